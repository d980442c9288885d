"""`python tools/hub`: prepare and start the hub, or one of the commands of hub.cli."""

import sys
from pathlib import Path

# This file's folder is first on the path when it is run as a script; the package is beside it.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from hub.cli import main  # noqa: E402 (the folder of this package has to be known first)

if __name__ == "__main__":
    sys.exit(main())
