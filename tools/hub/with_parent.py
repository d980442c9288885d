"""`python with_parent.py ARGUMENTS`: become `python ARGUMENTS`, and be ended by the kernel when the parent ends.

JupyterHub ends its services when it is stopped; when it is killed, they would stay and hold their ports.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments):
    """Ask Linux for a signal at the parent's death, which survives exec; does not return."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended in between
        sys.exit(1)
    os.execv(sys.executable, [sys.executable, *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
