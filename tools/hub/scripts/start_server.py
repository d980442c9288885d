"""A learner's server: bring the notebooks up to date, then become jupyterhub-singleuser.

Runs as the learner, in the hub's environment for learners, and is copied to the hub's folder.
"""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path.home() / "batchnorm-course"
BRANCH = "main"


def pull():
    """Fetch what the instructor changed; whatever goes wrong, the server starts with the notebooks that are there."""
    command = [sys.executable, "-m", "nbgitpuller.pull", os.environ["BATCHNORM_COURSE_REPOSITORY"], BRANCH, str(FOLDER)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        failed, told = done.returncode != 0, done.stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        failed, told = True, str(error)
    if failed:
        print(f"The notebooks could not be brought up to date: {told}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    os.chdir(Path.home())
    pull()
    os.execv(sys.executable, [sys.executable, "-m", "jupyterhub.singleuser", *sys.argv[1:]])
