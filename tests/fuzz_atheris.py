"""Fuzzing guided by coverage, by hand, on Linux: `python tests/fuzz_atheris.py quiz.parse --seconds 60`.

Each of `tests.fuzz_files.READERS` is a target: bytes that atheris makes up from a whole file are put in its place and
read. An undocumented error, something unpickled or a file written elsewhere ends it, or the end of its time.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]


def fuzz(name, seconds, count_file):
    """Never returns: libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["helpers", "lessonbuild"]):
        from tests import fuzz_files, fuzz_guard
    from helpers.course import progress

    reader, folder = fuzz_files.READERS[name], Path(tempfile.mkdtemp())
    corpus = Path(tempfile.mkdtemp())
    os.environ[progress.HOME_VARIABLE] = str(folder)
    (corpus / "whole").write_bytes(reader.whole(folder))
    path, tried = folder / reader.name, 0
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)

    def one(data):
        nonlocal tried
        for left in folder.iterdir():
            left.unlink()
        progress._unsaved.clear()
        path.write_bytes(data)
        try:
            fuzz_guard.run(lambda: reader.read(path), place=folder)
        except reader.raises as error:
            message = str(error)
            assert reader.words in message
        tried += 1
        if tried % 50 == 0:
            count_file.write_text(str(tried))

    settings = [f"-max_total_time={seconds}", "-max_len=20000", "-verbosity=0", "-close_fd_mask=1", str(corpus)]
    atheris.Setup([sys.argv[0], *settings], one)
    atheris.Fuzz()


def main():
    """Fuzz each target asked for in a process of its own, and say how many inputs it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="none means all")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--count-file", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.count_file:
        return fuzz(asked.targets[0], asked.seconds, asked.count_file)
    from tests.fuzz_files import READERS

    failed = 0
    for name in asked.targets or READERS:
        with tempfile.TemporaryDirectory() as folder:
            count = Path(folder) / "count"
            command = [sys.executable, __file__, name, "--seconds", str(asked.seconds), "--count-file", str(count)]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            tried = int(count.read_text()) if count.exists() else 0
        print(f"{name}: {tried:,} inputs, exit status {done.returncode}", flush=True)
        if done.returncode:
            print(done.stdout[-3000:] + done.stderr[-3000:])
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
