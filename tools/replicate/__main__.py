"""`python tools/replicate [--seeds 3] [--keep] [--report]`."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from replicate.cli import main  # noqa: E402 (the folder of this package has to be known first)

if __name__ == "__main__":
    sys.exit(main())
