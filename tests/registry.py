"""What needs packages from an index is skipped, with the reason, where none answers; where one does, it fails."""

import contextlib
import subprocess
import sys

import pytest


@contextlib.contextmanager
def needed(error):
    """Skip if what is inside raises this kind of error and no package index answers."""
    try:
        yield
    except error as raised:
        if answers():
            raise
        pytest.skip(f"no package index answers, and this needs packages from one: {raised}")


def answers():
    """Whether the index that uv asks knows a package that every index has."""
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "--version"], capture_output=True, check=True)  # without uv nothing is known of the index
    ask = [*uv, "pip", "compile", "--quiet", "--no-cache", "--no-deps", "-"]
    return subprocess.run(ask, input=b"pip", capture_output=True, timeout=300).returncode == 0
