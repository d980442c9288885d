"""A hub of one's own on loopback, for tests and measurements: started by the command, ended, killed, started again."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from . import accounts
from .layout import Layout
from .prepare import ROOT
from .simulated import Person, wait_for

INNER = (0, 1, 2, 81)  # the ports that a hub takes, counted from the one that people see


class OwnHub:
    """A hub in the folder `directory`, run by the course in `checkout`; names carry a mark, to be nobody else's."""

    def __init__(self, directory, checkout=ROOT, *options):
        self.layout, self.checkout, self.options = Layout(Path(directory)), Path(checkout), options
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
        command = [sys.executable, self.checkout / "tools" / "hub", *asked, *self.options, *options]
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
