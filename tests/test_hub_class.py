"""A workshop on a real hub: a class at once, mishaps in the middle, and what nobody may see.

Three learners in `make test-slow`, twelve in `make test-weekly` (HUB_LEARNERS).
"""

import json
import os
import signal
import stat
import subprocess
import sys

import httpx
import hub_class
import pytest
from hub_class import goes_on, kept, run, saved, servers_process, user_of

REASON = hub_class.reason_to_skip()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.notebook,
    pytest.mark.timeout(1200),  # the first test waits for the class
    pytest.mark.skipif(REASON is not None, reason=str(REASON)),
]

NOTEBOOK = "batchnorm-course/notebooks/00_start_here.ipynb"


@pytest.fixture(scope="module")
def room():
    with hub_class.classroom() as classroom:
        yield classroom


@pytest.fixture(scope="module")
def hub(room):
    return room.hub


@pytest.fixture(scope="module")
def ana(room):
    return room.learners[0]


@pytest.fixture(scope="module")
def ben(room):
    return room.learners[1]


# The class


def test_all_learners_at_once_sign_up_and_run_lesson_00_to_its_end(room):
    print(json.dumps(room.summaries, indent=1))
    assert [outcome["failed"] for outcome in room.outcomes[hub_class.SIZE]] == [[]] * hub_class.SIZE


def test_a_learner_among_others_takes_no_more_memory_than_one_alone(room):
    one, among = (room.summaries[size]["peak_mb_per_learner_median"] for size in (1, hub_class.SIZE))
    assert 50 < among < 1.25 * one + 50


def test_each_learner_is_a_system_user_with_a_home_that_only_they_can_enter(room):
    homes = [os.stat(user_of(person).pw_dir) for person in room.learners]
    assert len({home.st_uid for home in homes}) == hub_class.SIZE
    assert {stat.S_IMODE(home.st_mode) for home in homes} == {0o700}
    assert [home.st_uid for home in homes] == [user_of(person).pw_uid for person in room.learners]


# Mishaps


def test_a_killed_kernel_costs_no_saved_work_and_the_learner_goes_on(ana):
    text = saved(ana, "before_the_kernel_died = 1")
    assert run(ana, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")[0] == "dead"
    assert goes_on(ana)
    assert kept(ana) == text


def test_a_killed_server_costs_no_saved_work_and_the_learner_goes_on(ana):
    text = saved(ana, "before_the_server_died = 1")
    os.kill(servers_process(ana), signal.SIGKILL)
    ana.start_server()
    assert goes_on(ana)
    assert kept(ana) == text


@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL"])  # by name: Windows has no SIGKILL
def test_a_restarted_hub_finds_servers_kernels_and_logins_as_they_were(hub, room, ana, how):
    text, process = saved(ana, f"before_{how} = 1"), servers_process(ana)
    assert run(ana, f"here = {how!r}")[0] == "ok"
    hub.end(signal.Signals[how])
    hub.start()
    assert servers_process(ana) == process
    assert run(ana, "print(here)") == ("ok", f"{how}\n")
    assert kept(ana) == text
    assert ana.browser.get("/hub/home").url.path == "/hub/home"
    assert all(person.answers() for person in room.learners)


def test_after_the_restarts_another_learner_can_join(hub):
    late = hub.person("late")
    hub.let_in(late)
    late.start_server()
    assert goes_on(late)


def test_what_both_sides_changed_is_merged_without_loss(hub, room, ana):
    notebook = ana.read(NOTEBOOK)["content"]
    lesson = room.hub.checkout / "lessons" / "00_start_here.py"
    mine = next(cell for cell in notebook["cells"] if "exercise" in cell["metadata"].get("tags", ()))
    mine["source"] = "def standardize(x):\n    return x  # mine"
    notebook["cells"].append({"cell_type": "markdown", "id": "of-mine", "metadata": {}, "source": "A note of mine."})
    ana.save(NOTEBOOK, notebook)
    text = lesson.read_text(encoding="utf-8")
    doc = '"""x (N, D), each column brought to mean 0 and standard deviation 1."""'
    title = next(line for line in text.splitlines() if line.startswith("# # "))
    assert doc in text
    lesson.write_text(text.replace(doc, '"""Changed by the course."""').replace(title, title + ", changed"), "utf-8")
    prepared = [sys.executable, str(hub.checkout / "tools" / "hub"), "prepare", "--directory", str(hub.layout.root)]
    subprocess.run(prepared, check=True, timeout=300)
    pull = {"repo": f"file://{hub.layout.repository}", "branch": "main", "targetpath": "batchnorm-course"}
    told = ana.server("GET", "git-pull/api", params=pull)
    assert "finished" in told.text, told.text[-2000:]
    merged = [cell["source"] for cell in ana.read(NOTEBOOK)["content"]["cells"]]
    assert mine["source"] in merged
    assert "A note of mine." in merged
    assert any(title.removeprefix("# ") + ", changed" in source for source in merged)
    beside = ana.read(NOTEBOOK.replace(".ipynb", ".course.ipynb"))["content"]["cells"]
    assert any("Changed by the course." in cell["source"] for cell in beside)


# What is refused, with the status code


def test_another_learners_server_is_refused_with_403(ana, ben):
    assert ana.server("GET", "api/contents", whose=ben.name).status_code == 403
    assert ana.browser.get(f"/user/{ben.name}/lab").status_code == 403
    assert ana.browser.get(f"/user/{ben.name}/api/contents").status_code == 403


def test_a_server_without_a_login_is_refused_with_403(hub, ana):
    assert httpx.get(f"{hub.url}/user/{ana.name}/api/contents", trust_env=False).status_code == 403


def test_the_instructor_is_no_reader_of_learners_servers(hub, ana):
    assert hub.instructor.browser.get(f"/user/{ana.name}/api/contents").status_code == 403


def test_paths_out_of_ones_home_are_refused_with_404(ana, ben):
    inside_homes = f"%2e%2e/{ben.name}/{NOTEBOOK}"
    solution = "%2e%2e/%2e%2e/solutions/00_start_here.ipynb"
    assert [ana.server("GET", f"api/contents/{path}").status_code for path in (inside_homes, solution)] == [404, 404]


@pytest.mark.parametrize("what", ["home", "progress", "notebook", "sockets", "solutions", "lessons", "accounts", "key"])
def test_a_learners_own_code_cannot_read(what, hub, ana, ben):
    path = {
        "home": hub.layout.home(ben.name),
        "progress": hub.layout.home(ben.name) / ".local/share/batchnorm-course/progress.json",
        "notebook": hub.layout.home(ben.name) / NOTEBOOK,
        "sockets": hub.layout.run(ben.name),
        "solutions": hub.layout.solutions / "00_start_here.ipynb",
        "lessons": hub.checkout / "lessons" / "00_start_here.py",
        "accounts": hub.layout.database,
        "key": hub.layout.state / "cookie_secret",
    }[what]
    assert path.exists()
    read = f"import os\npath = {str(path)!r}\nos.listdir(path) if os.path.isdir(path) else open(path)"
    status, text = run(ana, read)
    assert (status, text.split(":")[0]) == ("error", "PermissionError")


def test_the_hubs_inner_ports_refuse_a_learners_code_with_403(hub, ana):
    addresses = [f"http://127.0.0.1:{hub.port + 1}/api/routes", f"http://127.0.0.1:{hub.port + 81}/hub/api/users"]
    code = f"import httpx\nprint([httpx.get(a, trust_env=False).status_code for a in {addresses}])"
    assert run(ana, code) == ("ok", "[403, 403]\n")


def test_the_list_of_users_and_the_approvals_are_refused_with_403(ana, ben):
    assert ana.api("GET", "users").status_code == 403
    assert ana.browser.get("/hub/authorize").status_code == 403
    assert ana.approve(ben.name).status_code == 403


def test_nobody_is_let_in_before_the_instructor_says_so(hub):
    person = hub.person("early")
    assert person.sign_up().status_code == 200
    assert person.log_in().status_code == 403


@pytest.mark.parametrize("name", ["root", "daemon", "bn-ana", "../ana", "a", "a" * 17, "1st", "Ana Lee", "an_a", "ána"])
def test_names_that_will_not_do_make_no_account(hub, name):
    from hub import accounts, authenticator

    person = hub.person("x")
    person.name = name
    person.sign_up()
    known = authenticator.has_account(hub.layout, name)
    # "root" and "daemon" are names like any other: their system users would be bn-root and bn-daemon.
    assert known == (name in ("root", "daemon"))
    assert name not in accounts.learners(hub.layout)


@pytest.mark.parametrize("password", ["", "short", "password123", "x" * 80])
def test_weak_passwords_make_no_account(hub, password):
    from hub import authenticator

    person = hub.person("weak")
    person.password = password
    person.sign_up()
    assert not authenticator.has_account(hub.layout, person.name)


@pytest.mark.parametrize("password", ["", "password", "jupyter"])
def test_no_default_password_opens_the_instructors_account(hub, password):
    somebody = hub.person("teacher")
    assert somebody.name == hub.instructor.name
    somebody.password = password
    assert somebody.log_in().status_code == 403


def test_after_five_wrong_logins_the_right_one_is_refused_too(hub, ben):
    assert [ben.log_in("wrong " * 3).status_code for _ in range(5)] == [403] * 5
    assert ben.log_in().status_code == 403


def test_more_memory_than_the_limit_is_an_error_for_the_one_who_asks(ana, ben):
    assert run(ana, "x = bytearray(6_000_000_000)") == ("error", "MemoryError: ")
    assert goes_on(ana)
    assert goes_on(ben)


# The class view


def view(person):
    return person.browser.get("/services/class/", params={"format": "json"})


def test_the_class_view_is_refused_to_learners_with_403(ana):
    assert view(ana).status_code == 403


def test_the_class_view_counts_those_who_agreed_and_names_those_who_said_so(hub, room):
    assert view(hub.instructor).json() | {"learners": 0} == {"learners": 0, "sharing": 0, "exercises": [], "named": []}
    for person, how in zip(room.learners[:3], ["", "", "name=True"]):
        assert run(person, f"from helpers.course import consent; consent.give({how})")[0] == "ok"
    told = view(hub.instructor).json()
    named = room.learners[2].name
    (line,) = told["exercises"]
    assert (told["sharing"], told["named"]) == (3, [[named, 1]])
    assert (line["exercise"], line["passed"]) == ("standardize", 3)
    page = hub.instructor.browser.get("/services/class/").text
    assert [person.name in page for person in room.learners[:3]] == [False, False, True]
    for person in room.learners[:3]:
        run(person, "consent.withdraw()")
    assert view(hub.instructor).json()["sharing"] == 0


# Late, since it ends all servers


def test_idle_servers_are_ended_and_saved_work_stays(hub, ana):
    from hub_people import wait_for

    text = saved(ana, "before_the_long_break = 1")
    hub.end()
    hub.start("--idle-minutes", "0.05")
    wait_for("the end of an idle server", lambda: not ana.answers(), seconds=120)
    (cell,) = json.loads((hub.layout.home(ana.name) / "work.ipynb").read_text(encoding="utf-8"))["cells"]
    assert "".join(cell["source"]) == text


# Last, since the hub starts anew for them: with a certificate. In no class of their own, which --dist loadscope would
# give to the other worker, and that one would open a second hub with a second class


@pytest.fixture(scope="module")
def secure(hub, room):
    with hub_class.over_https(hub, room.folder):
        yield hub


def test_plain_http_is_not_answered_with_a_certificate(secure):
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(secure.url.replace("https:", "http:") + "/hub/login", trust_env=False)


def test_a_browser_that_does_not_know_the_certificate_is_warned(secure):
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(secure.url + "/hub/login", trust_env=False)


def test_a_learner_signs_up_logs_in_and_runs_a_cell_with_a_certificate(secure):
    person = secure.person("safe")
    secure.let_in(person)
    assert {cookie.secure for cookie in person.browser.cookies.jar} == {True}
    person.start_server()
    assert goes_on(person)
