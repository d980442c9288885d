"""A hub of a test's own, and people without a browser, who use its pages and a server's REST and websocket.

A request that fails raises httpx.HTTPStatusError, and a wait that is too long TooLateError.
"""

import contextlib
import itertools
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import httpx
import websocket
from hub import accounts
from hub.layout import Layout

FOLDER = "batchnorm-course/notebooks"


class TooLateError(Exception):
    """Something did not happen in time."""


def wait_for(what, happened, seconds=180.0, pause=0.25):
    """The first true value of `happened()`, asked again and again; raises TooLateError that names `what`."""
    end = time.monotonic() + seconds
    while True:
        value = happened()
        if value:
            return value
        if time.monotonic() > end:
            raise TooLateError(f"{what} did not happen within {seconds:g} s")
        time.sleep(pause)


class Person:
    """Somebody at the hub `url`, with a name, a password and a browser's cookies.

    `trust` is True, or an ssl.SSLContext that knows the hub's certificate.
    """

    def __init__(self, url, name, password, trust=True):
        self.url, self.name, self.password, self.trust = url, name, password, trust
        # A connection for each request: the hub's proxy ends idle ones after 5 s, perhaps just as a request is sent,
        # which a browser would send again and httpx does not.
        options = {"limits": httpx.Limits(max_keepalive_connections=0), "timeout": 300, "trust_env": False}
        self.browser = httpx.Client(base_url=url, follow_redirects=True, verify=trust, **options)
        self.token = None

    def form(self, page, **fields):
        """Open a page of the hub, fill its form in and send it; returns the response, whatever its status."""
        self.browser.get(f"/hub/{page}")
        return self.browser.post(f"/hub/{page}", data={**fields, "_xsrf": self.xsrf()})

    def xsrf(self):
        """The hub's own mark against forged requests."""
        cookies = self.browser.cookies.jar
        return next(cookie.value for cookie in cookies if (cookie.name, cookie.path) == ("_xsrf", "/hub/"))

    def sign_up(self):
        """Send the sign-up form; returns the response, which is 200 in any case: its text tells."""
        twice = {"signup_password": self.password, "signup_password_confirmation": self.password}
        return self.form("signup", username=self.name, **twice)

    def log_in(self, password=None):
        """Send the login form; returns the response: 403 if refused."""
        return self.form("login", username=self.name, password=password or self.password)

    def api(self, method, path, **options):
        """A request to the hub's API with this person's login; returns the response, whatever its status."""
        headers = {"X-XSRFToken": self.xsrf(), "Referer": f"{self.url}/hub/home"}
        return self.browser.request(method, f"/hub/api/{path}", headers=headers, **options)

    def approve(self, name):
        """Let `name` in, as the button on /hub/authorize does; returns the response."""
        return self.browser.get(f"/hub/authorize/{name}")

    def start_server(self, seconds=300.0):
        """Ask for this person's server and wait until it answers."""
        if self.token is None:
            made = self.api("POST", f"users/{self.name}/tokens", json={"note": "me"})
            self.token = made.raise_for_status().json()["token"]

        def running():
            # Asked for again and again, since a server that was killed may still count as running for a while.
            self.api("POST", f"users/{self.name}/server")
            return self.answers()

        wait_for(f"the server of {self.name}", running, seconds, pause=1.0)

    def answers(self):
        """Whether this person's server answers."""
        try:
            return self.server("GET", "api/status").status_code == 200
        except httpx.TransportError:
            return False

    def server(self, method, path, *, whose=None, **options):
        """A request to a server, one's own or somebody's; returns the response, whatever its status."""
        options["headers"] = {"Authorization": f"token {self.token}"}
        address = f"{self.url}/user/{whose or self.name}/{path}"
        return httpx.request(method, address, timeout=300, trust_env=False, verify=self.trust, **options)

    def close(self):
        """End the browser's connections."""
        self.browser.close()

    def read(self, path):
        """A file from the server, as the contents service gives it."""
        return self.server("GET", f"api/contents/{path}").raise_for_status().json()

    def save(self, path, notebook):
        """Save a notebook as JupyterLab does."""
        body = {"type": "notebook", "format": "json", "content": notebook}
        self.server("PUT", f"api/contents/{path}", json=body).raise_for_status()

    def kernel(self, path):
        """The kernel of the notebook at `path`, started if there is none."""
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        session = self.server("POST", "api/sessions", json=body).raise_for_status().json()
        return Kernel(self, session["kernel"]["id"])


def _text(outputs):
    """The (kind, text) pairs as one text. What is printed is whole, however many messages a busy kernel made of it."""
    texts = []
    for kind, group in itertools.groupby(outputs, key=lambda output: output[0]):
        shown = [text for _, text in group]
        texts += ["".join(shown)] if kind == "stream" else shown
    return "\n".join(texts)


class Kernel:
    """A running kernel, reached through its server's websocket."""

    def __init__(self, person, number):
        self.person, self.number = person, number
        self.socket = None

    def run(self, code, seconds=240.0):
        """Execute `code`: (status, outputs as text); status is "ok", "error", or "dead" if the kernel died over it."""
        socket = self._connected()
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": uuid.uuid4().hex}
        header |= {"username": "", "version": "5.3", "date": ""}
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        socket.send(json.dumps(message))
        end, outputs, status, idle = time.monotonic() + seconds, [], None, False
        while status is None or not idle:
            try:
                received = socket.recv()
            except websocket.WebSocketTimeoutException:
                if time.monotonic() > end:
                    raise TooLateError(f"a cell of {self.person.name} did not end within {seconds:g} s") from None
                continue
            if isinstance(received, bytes):  # a widget's picture: messages with buffers come in binary frames
                continue
            got = json.loads(received)
            kind, told = got["msg_type"], got["content"]
            if kind == "status" and told["execution_state"] in ("restarting", "dead", "autorestarting"):
                return "dead", _text(outputs)
            if got["parent_header"].get("msg_id") != header["msg_id"]:
                continue
            if kind == "stream":
                outputs.append((kind, told["text"]))
            elif kind in ("execute_result", "display_data"):
                outputs.append((kind, told["data"].get("text/plain", "")))
            elif kind == "error":
                outputs.append((kind, f"{told['ename']}: {told['evalue']}"))
            elif kind == "execute_reply":
                status = told["status"]
            elif kind == "status":
                idle = told["execution_state"] == "idle"
        return status, _text(outputs)

    def _connected(self):
        if self.socket is None or not self.socket.connected:
            address = self.person.url.replace("http", "ws", 1)
            path = f"/user/{self.person.name}/api/kernels/{self.number}/channels"
            headers = [f"Authorization: token {self.person.token}"]
            # The server starts the kernel before it answers: long on a busy machine.
            secure = {} if self.person.trust is True else {"context": self.person.trust}
            self.socket = websocket.create_connection(
                address + path, header=headers, timeout=180, http_no_proxy=["*"], sslopt=secure
            )
            self.socket.settimeout(5)
        return self.socket

    def close(self):
        """Leave the kernel running and end the connection."""
        if self.socket is not None:
            self.socket.close()


INNER = (0, 1, 2, 81)  # the ports that a hub takes, counted from the one that people see


class OwnHub:
    """A hub in the folder `directory`, run by the course in `checkout`; names carry a mark, to be nobody else's."""

    def __init__(self, directory, checkout):
        self.layout, self.checkout = Layout(Path(directory)), Path(checkout)
        self.mark = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz") for _ in range(5))
        self.port, self.process, self.people = free_port(), None, []
        self.url, self.trust = f"http://127.0.0.1:{self.port}", True
        self.instructor = self.person("teacher")
        self.log = self.layout.root.with_name(self.layout.root.name + ".log")

    def person(self, name):
        """Somebody with this name (the mark is added) and a password of their own."""
        self.people.append(Person(self.url, name + self.mark, secrets.token_urlsafe(12), self.trust))
        return self.people[-1]

    def start(self, *options):
        """Start the hub and wait until it answers; a hub that ends instead raises AssertionError with what it said."""
        asked = ["--directory", self.layout.root, "--port", self.port, "--instructor", self.instructor.name]
        command = [sys.executable, self.checkout / "tools" / "hub", *asked, *options]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{self.instructor.password}\n".encode())
            self.process.stdin.close()
        wait_for("the hub's start", self.is_up, seconds=600)

    def is_up(self):
        """Whether the hub answers behind its proxy, the class view too."""
        assert self.process.poll() is None, f"the hub ended: {self.log.read_text(errors='replace')[-2000:]}"
        try:
            paths = ("/hub/health", "/services/class/")
            answers = [httpx.get(self.url + path, trust_env=False, verify=self.trust) for path in paths]
        except httpx.TransportError:
            return False
        return [answer.status_code for answer in answers] == [200, 302]

    def let_in(self, person):
        """Sign up, approve and log in; the server begins to start with that, as it does for a person."""
        person.sign_up().raise_for_status()
        self.instructor.approve(person.name).raise_for_status()
        person.log_in().raise_for_status()

    def end(self, how=signal.SIGTERM):
        """End the hub and wait for that; learners' servers stay. SIGKILL leaves it no time for anything."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)

    def remove(self):
        """End everything, and delete the system users with their homes."""
        self.end()
        for person in self.people:
            person.close()
        for name in accounts.learners(self.layout):
            accounts.remove(self.layout, name, homes=True)
        with contextlib.suppress(OSError, ValueError):  # a proxy that a killed hub has left
            proxy = int((self.layout.state / "proxy.pid").read_text().split()[0])
            if b"configurable-http-proxy" in Path(f"/proc/{proxy}/cmdline").read_bytes():
                os.kill(proxy, signal.SIGTERM)


def free_port():
    """A port that is free together with the hub's inner ones."""
    for port in range(20000 + secrets.randbelow(20000), 60000, 100):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for above in INNER:
                one = stack.enter_context(socket.socket())
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                one.bind(("127.0.0.1", port + above))
            return port
    raise OSError("no free ports on this machine")


def megabytes(uid):
    """What the processes of user number `uid` take: their proportional share of memory (PSS), in MB, one by one."""
    for process in accounts.processes(uid):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            yield next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6
