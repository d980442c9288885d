"""`python tools/trust PART ...` runs these parts and writes docs/results/trust.md; without a part, only the page."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trust.commands import main

if __name__ == "__main__":
    sys.exit(main())
