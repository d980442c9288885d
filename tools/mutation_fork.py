"""The tests of one mutant after another, each in a fork of one process that has imported TensorFlow already.

The import takes longer than the tests. No mutant changes what is imported before the fork, and TensorFlow itself has
computed nothing there. `tools/mutation.py` starts the server; cosmic-ray starts `CLIENT` for each mutant.
"""

import importlib
import os
import signal
import socket
import sys
import time

CPU_SECONDS, WALL_SECONDS = 120, 480  # a mutant whose tests take longer counts as killed
CLIENT = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); sys.exit(s.recv(9) != b'0')"


def serve(path, imported, tests):
    """Answer each connection to the socket `path` with the exit status of the tests, as text."""
    sys.path.insert(0, os.getcwd())
    for module in imported:
        importlib.import_module(module)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        while True:
            client, _ = server.accept()
            with client:
                client.sendall(str(status_of(tests)).encode())


def status_of(tests):
    """The exit status of pytest on these tests in a fork; negative where a signal or a time limit ended it."""
    import resource  # not on Windows, where the tests of this module are collected all the same

    child = os.fork()
    if child == 0:
        status = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
            import pytest

            status = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]))
        finally:
            sys.stdout.flush()
            os._exit(status)
    deadline = time.monotonic() + WALL_SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGKILL


if __name__ == "__main__":
    serve(sys.argv[1], ("numpy", "pytest", "helpers.tf_quiet"), sys.argv[2:])
