"""A Jupyter server and a real browser on it: `with lab(folder, home) as server, server.open(path) as notebook`.

One server and one browser serve many notebooks: `with server.browser() as browser, browser.open(path) as notebook`.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # a name that is asked for is not even looked up
]
# All cells are in the page, also those far below; nothing is asked of the web.
SETTINGS = {
    "@jupyterlab/notebook-extension": {"tracker.jupyterlab-settings": {"windowingMode": "none"}},
    "@jupyterlab/apputils-extension": {
        "notification.jupyterlab-settings": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
    },
}
CONNECTED = (
    "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.connectionStatus === 'connected'"
)
# An error, something on stderr, a widget that the front end could not draw.
ERRORS = (
    '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"], '
    ".jupyter-widgets-error-widget"
)
# What Notebook 7.6 says when it opens any notebook here, before a cell is run.
KNOWN = ("Cannot read properties of undefined (reading 'schema')", "Command 'filebrowser:open-path' not registered.")


def chromium():
    """The path of a Chromium, or a skip that says how to get one."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on the PATH: .ci/run installs it (on Debian: apt install chromium)")
    return found


@contextlib.contextmanager
def lab(folder, home):
    """A server of JupyterLab and Notebook 7 for the notebooks in `folder`; settings and state are in `home`."""
    home = Path(home)
    for extension, files in SETTINGS.items():
        place = home / "settings" / extension
        place.mkdir(parents=True)
        for name, content in files.items():
            (place / name).write_text(json.dumps(content), encoding="utf-8")
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "BATCHNORM_COURSE_HOME": str(home / "course"),
    }
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.root_dir": folder,
        "IdentityProvider.token": "test",
        "LabApp.news_url": "",
        "LabApp.expose_app_in_browser": True,
        "JupyterNotebookApp.expose_app_in_browser": True,
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--port=0", "--allow-root"]
    command += [f"--{name}={value}" for name, value in options.items()]
    with (
        open(home / "server.log", "wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            yield Server(_address(process, home))
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def _address(process, home, seconds=180):
    """The server's address, from the file that it writes when it listens."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        for path in (home / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(ValueError, KeyError):
                return json.loads(path.read_text(encoding="utf-8"))["url"]
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start: {(home / 'server.log').read_text(encoding='utf-8')[-2000:]}")


class Server:
    """A running Jupyter server."""

    def __init__(self, url):
        self.url = url

    def get(self, path):
        """The JSON that the server answers to `path` with."""
        with urllib.request.urlopen(f"{self.url}{path}?token=test", timeout=10) as answer:
            return json.load(answer)

    def end_kernels(self):
        """End all kernels: the memory of one notebook is free before the next one runs."""
        for session in self.get("api/sessions"):
            address = f"{self.url}api/sessions/{session['id']}?token=test"
            urllib.request.urlopen(urllib.request.Request(address, method="DELETE"), timeout=30).close()

    @contextlib.contextmanager
    def browser(self):
        """A browser for this server's notebooks."""
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            chrome = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            try:
                yield Browser(self, chrome)
            finally:
                chrome.close()

    @contextlib.contextmanager
    def open(self, path):
        """The notebook at `path` in JupyterLab, in a browser of its own, with a kernel."""
        with self.browser() as browser, browser.open(path) as notebook:
            yield notebook


class Browser:
    """A running browser."""

    def __init__(self, server, chrome):
        self.server, self.chrome = server, chrome

    @contextlib.contextmanager
    def open(self, path, app="lab"):
        """The notebook at `path` in a tab with a kernel; `app` is "lab" or "notebook" (Notebook 7)."""
        tab = self.chrome.new_page(viewport={"width": 1400, "height": 1000})
        try:
            notebook = Notebook(self.server, tab, path)
            place = f"lab/tree/{path}?token=test&reset" if app == "lab" else f"notebooks/{path}?token=test"
            tab.goto(self.server.url + place, timeout=240_000)
            notebook.wait_for_kernel()
            yield notebook
        finally:
            tab.close()
            self.server.end_kernels()


class Notebook:
    """A notebook in a browser's tab.

    Attributes
    ----------
    asked : list
        The addresses that the page wanted something from.
    page_errors : list
        What went wrong in the page's own scripts.
    """

    def __init__(self, server, tab, path):
        self.server, self.tab, self.path, self.asked, self.page_errors = server, tab, path, [], []
        tab.on("request", lambda request: self.asked.append(request.url))
        tab.on("websocket", lambda socket: self.asked.append(socket.url))
        tab.on("pageerror", lambda error: str(error) in KNOWN or self.page_errors.append(str(error)))

    def wait_for_kernel(self, seconds=240):
        """The toolbar says idle before a kernel exists: ask the server, then the page, or it drops what it is told."""
        self.tab.wait_for_selector(".jp-NotebookPanel .jp-CodeCell", timeout=seconds * 1000)
        self._until(lambda: [s for s in self.server.get("api/sessions") if s["path"] == self.path], seconds, "a kernel")
        self.tab.wait_for_function(CONNECTED, timeout=seconds * 1000)

    def run_all(self, seconds=180):
        """Run all cells, and wait until each code cell has its number."""
        self.tab.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self._until(lambda: all(prompt.strip("[]: ").isdigit() for prompt in self.prompts()), seconds, "all cells")

    def prompts(self):
        """The prompt beside each code cell that is neither empty nor folded: [ ], [*] or its number."""
        return self.tab.evaluate(
            "[...document.querySelectorAll('.jp-NotebookPanel .jp-CodeCell')]"
            ".filter(cell => cell.querySelector('.cm-content')?.innerText.trim())"
            ".map(cell => cell.querySelector('.jp-InputPrompt').innerText)"
        )

    def sources(self):
        """All lines of code in the page."""
        return self.tab.locator(".jp-NotebookPanel .jp-CodeCell .cm-line").all_inner_texts()

    def errors(self):
        """The text of each output that is an error or went to stderr."""
        return [element.inner_text() for element in self.tab.query_selector_all(ERRORS)]

    def faults(self):
        """All that must not be: error outputs, errors of the page, addresses of other machines."""
        return {"outputs": self.errors(), "page": self.page_errors, "outside": self.outside()}

    def outside(self):
        """What the page asked of any machine but this one."""
        return [url for url in self.asked if urlsplit(url).scheme not in ("data", "blob") and not _is_here(url)]

    def _until(self, holds, seconds, what):
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.path}: waited {seconds} s for {what}; prompts {self.prompts()}")
            self.tab.wait_for_timeout(200)


NO_FAULTS = {"outputs": [], "page": [], "outside": []}


def _is_here(url):
    return urlsplit(url).hostname in ("127.0.0.1", "localhost")
