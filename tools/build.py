"""Build notebooks/ and solutions/ from lessons/: `python tools/build.py --help`."""

import sys

from lessonbuild.cli import main

if __name__ == "__main__":
    sys.exit(main())
