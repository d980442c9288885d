"""Make or update .venv, or the folder named, from requirements.lock: `python3 tools/env.py`, which `make env` calls.

Runs under the system's Python, before anything is installed: standard library only, and nothing newer than Python 3.6
needs to read it, so that an old Python gets a sentence rather than a SyntaxError.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time

OLDEST, NEWEST = (3, 11), (3, 14)
PREFERRED = ["3.13", "3.12", "3.11", "3.14"]
# Measured on Linux: 2.2 GB installed, and as much again in uv's cache where that cannot be linked.
GIGABYTES = 5
MARKER = "course-environment"
PROGRESS = " *(Resolved|Downloading|Downloaded|Prepared|Installed|Updated|Uninstalled|Building|Built) "
WINDOWS = os.name == "nt"


class SetupError(Exception):
    """What a person is told before exit status 1: one sentence that says what to do."""


def main(root=None, folder=".venv"):
    """Bring `root`/`folder` to the state of the lock; exit status 0, or 1 after one sentence on stderr."""
    root = root or os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    venv = os.path.join(root, folder)
    stamp = _stamp(root)
    if is_ready(venv, stamp):
        return 0
    try:
        if not _is_whole(venv, root):
            _create(root, venv, stamp)
        else:
            _update(root, venv, stamp)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the next `make env` starts afresh.", file=sys.stderr)
        return 1
    return 0


def is_ready(venv, stamp):
    """Whether the environment was finished from this very lock, and its Python is still there."""
    return os.path.exists(python_of(venv)) and _read(os.path.join(venv, MARKER)) == stamp


def _is_whole(venv, root):
    """Whether some earlier run finished here: a folder that was moved afterwards has scripts that lead nowhere."""
    marker = _read(os.path.join(venv, MARKER))
    return os.path.exists(python_of(venv)) and marker is not None and marker.endswith("\n" + root)


def python_of(venv):
    """The path of the environment's Python."""
    return os.path.join(venv, "Scripts", "python.exe") if WINDOWS else os.path.join(venv, "bin", "python")


def find_python(version=None, run=subprocess.run):
    """The path of a Python that is not too old and not too new: this one, or else one on the PATH.

    Raises SetupError where there is none.
    """
    version = version or sys.version_info[:2]
    if OLDEST <= tuple(version) <= NEWEST:
        return sys.executable
    for name in PREFERRED:
        found = shutil.which("python" + name)
        if found:
            # A version manager's stand-in may be on the PATH without that Python behind it: ask.
            told = run(
                [found, "-c", "import sys; print(sys.executable)"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            if told.returncode == 0:
                return told.stdout.decode().strip()
    raise SetupError(
        "The course needs Python 3.11, 3.12, 3.13 or 3.14; received: Python {}.{}, and none of those is on the PATH: "
        "install one (https://www.python.org/downloads/) and run the command again.".format(*version)
    )


def explain(text, root):
    """The sentence for what an installer wrote when it failed."""
    lower = text.lower()
    if any(
        sign in lower for sign in ["no space left", "disk quota", "not enough space", "os error 28", "os error 112"]
    ):
        return _space(root)
    if any(sign in lower for sign in ["hash mismatch", "do not match the hashes"]):
        return (
            "A downloaded package is not the one that requirements.lock names, so nothing was installed: try again, "
            f"and if that does not help, report it with the line {_told(text)!r}."
        )
    network = ["error sending request", "failed to fetch", "dns error", "connection refused", "timed out",
               "could not connect", "network is unreachable", "connection error", "newconnectionerror", "proxyerror",
               "name resolution", "failed to establish a new connection", "from versions: none"]  # fmt: skip
    if any(sign in lower for sign in network):
        return (
            "The packages could not be downloaded: connect to the internet (behind a proxy or a mirror, set "
            "HTTPS_PROXY or UV_DEFAULT_INDEX) and run the command again."
        )
    found = re.search(r"([\w.-]+)==\S+ has no wheels with", " ".join(text.split()))
    if found:
        machine = f"{platform.system()} {platform.machine()}"
        return (
            f"There is no build of {found.group(1)} for this machine ({machine}): use Linux, Windows or a Mac with "
            "Apple silicon, or the course in the browser (README.md, 'Binder')."
        )
    return f"Installing failed with the message {_told(text)!r}: run the command again, and report it if it stays."


def pip_settings(listing, environment):
    """Variables that give uv the indexes and the certificate of `pip config list`, where it has none of its own."""
    found = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        key, value = key.split(".")[-1], " ".join(value.strip("'\"").replace("\\n", " ").split())
        found[key] = value
    wanted = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "cert": "SSL_CERT_FILE"}
    settings = {}
    for key, variable in wanted.items():
        value = found.get(key, "")
        if key == "extra-index-url":
            value = " ".join(url for url in value.split() if url.startswith("http"))
        if value and variable not in environment:
            settings[variable] = value
    if "UV_INDEX" in settings:
        # As pip does: the best version over all indexes. The lock's hashes say which file it must be.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return settings


def _create(root, venv, stamp):
    if os.path.isdir(venv):
        print(f"Removing {os.path.basename(venv)}, which was not finished.", flush=True)
        _remove(venv)
    _check_space(root)
    start = time.time()
    python, uv = find_python(), shutil.which("uv")
    try:
        print(f"Making {os.path.basename(venv)} with {python} (a few minutes the first time) ...", flush=True)
        if uv:
            _run([uv, "venv", "--quiet", "--python", python, venv], root)
        else:
            _run([python, "-m", "venv", venv], root)
        _install(root, venv, uv)
        _write(os.path.join(venv, MARKER), stamp)
    except BaseException:
        _remove(venv)
        raise
    print(f"Ready in {time.time() - start:.0f} s.", flush=True)


def _update(root, venv, stamp):
    """Install what the lock has new. Where nothing was changed before a failure, the old environment stays in use."""
    marker = os.path.join(venv, MARKER)
    before, old = _installed(venv), _read(marker)
    os.remove(marker)
    try:
        print(f"Updating {os.path.basename(venv)} to requirements.lock ...", flush=True)
        _install(root, venv, shutil.which("uv"))
        _write(marker, stamp)
    except BaseException as error:
        if _installed(venv) != before:
            _remove(venv)
        else:
            _write(marker, old)
            if isinstance(error, SetupError):
                raise SetupError(f"{error} ({os.path.basename(venv)} is as it was before.)") from None
        raise
    print("Ready.", flush=True)


def _install(root, venv, uv):
    lock = os.path.join(root, "requirements.lock")
    uv = uv or _fetched_uv(root, venv, lock)
    environment = dict(os.environ, VIRTUAL_ENV=venv)
    environment.update(pip_settings(_pip_config(), environment))
    install = [uv, "pip", "install", "--python", python_of(venv)]
    _run([*install, "--require-hashes", "-r", lock], root, environment)
    # The course itself, from this folder, with the setuptools that the lock has brought: no network.
    _run([*install, "--offline", "--no-deps", "--no-build-isolation", "--quiet", "-e", root], root, environment)


def _fetched_uv(root, venv, lock):
    """uv in the environment, installed by pip in the version and with the hashes of the lock."""
    uv = os.path.join(os.path.dirname(python_of(venv)), "uv.exe" if WINDOWS else "uv")
    if not os.path.exists(uv):
        print("Fetching uv, which installs the rest ...", flush=True)
        requirement = re.search(r"^uv==.*(?:\n[ ]+--hash=.*)*", _read(lock), re.MULTILINE).group()
        own = os.path.join(venv, "uv.lock.txt")
        _write(own, requirement)
        command = [python_of(venv), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*command, "--require-hashes", "--only-binary", ":all:", "-r", own], root)
        os.remove(own)
    return uv


def _run(command, root, environment=None):
    """Run an installer, show its progress as it comes, and turn a failure into one sentence."""
    kept = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=root
    ) as process:
        try:
            for raw in process.stdout:
                kept.append(raw.decode(errors="replace").rstrip())
                if re.match(PROGRESS, kept[-1]):
                    print("  " + kept[-1].strip(), flush=True)
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0:
        if "ensurepip" in "\n".join(kept) and "venv" in command:
            raise SetupError(
                "This Python lacks its venv module: install it (on Debian and Ubuntu: apt install python3-venv), or "
                "install uv, and run the command again."
            )
        raise SetupError(explain("\n".join(kept), root))


def _check_space(root):
    if shutil.disk_usage(root).free < GIGABYTES * 1e9:
        raise SetupError(_space(root))


def _space(root):
    free = shutil.disk_usage(root).free / 1e9
    return (
        f"The environment needs {GIGABYTES} GB of disk and {free:.1f} GB are free where {root} is: free some space and "
        "run the command again."
    )


def _stamp(root):
    digest = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        with open(os.path.join(root, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest() + "\n" + root


def _installed(venv):
    library = os.path.join(venv, "Lib" if WINDOWS else "lib")
    return {folder for _, folders, _ in os.walk(library) for folder in folders if folder.endswith(".dist-info")}


def _pip_config():
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return told.stdout.decode(errors="replace")


def _told(text):
    """The installer's own first line that says error (older releases of uv draw a cross), or else its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "×"))]
    return (errors or lines[-1:] or ["(none)"])[0]


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return None


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _remove(folder):
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(folder=(sys.argv[1:] or [".venv"])[0]))
