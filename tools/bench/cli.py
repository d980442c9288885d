"""The command: measure what was asked for, print the table, write docs/results/bench.json."""

import argparse
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tqdm.auto import tqdm

from bench import again, cost, fresh, growth, machine, normalization, notebooks, table, training
from bench.measure import REPEATS, SECONDS

ROOT = Path(__file__).resolve().parents[2]
GROUPS = {
    "training": training.rows,
    "cost": cost.rows,
    "growth": growth.rows,
    "normalization": normalization.rows,
    "again": again.rows,
    "fresh": fresh.rows,
}
BUSY = 0.5  # processes that want a core, before the measurement: above, the figures are too low


@dataclass(frozen=True)
class Settings:
    """How much is measured; what is None has its module's own value, and the tests' are tiny."""

    repeats: int = REPEATS
    seconds: float = SECONDS
    size: int = machine.SIZE
    images: int | None = None
    sizes: tuple | None = None
    shape: tuple | None = None
    steps: int | None = None
    notebooks: int = 1
    progress: bool = True

    @contextmanager
    def bar(self, name, total):
        """A progress bar; gives the function that moves it by one."""
        with tqdm(total=total, desc=name, disable=not self.progress, leave=False) as shown:
            yield lambda: shown.update()


def main(arguments=None, settings=None, root=ROOT):
    """Measure, print and write; the exit status is 1 where `make test` fails, and 0 whether or not aims are met."""
    parser = argparse.ArgumentParser(
        prog="tools/bench", description="How fast the course is, in ratios measured in turns on this machine."
    )
    parser.add_argument("--only", nargs="+", choices=list(GROUPS), metavar="GROUP", help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--repeats", type=int, default=REPEATS, help=f"of each measurement (default {REPEATS})")
    parser.add_argument(
        "--notebooks", type=int, nargs="?", const=1, default=0, metavar="N", help="N times each notebook"
    )
    parser.add_argument("--test", action="store_true", help="time `make test` too, up to 15 minutes")
    asked = parser.parse_args(arguments)
    settings = settings or Settings(repeats=asked.repeats, notebooks=asked.notebooks)
    load = machine.busy()
    if load is not None and load > BUSY:
        print(f"Other processes want {load:.1f} cores: the figures come out too low. Ratios are measured in turns.")
    rows, passed = [], True
    for name in asked.only or ([] if asked.notebooks or asked.test else GROUPS):
        rows += GROUPS[name](settings)
    rows += notebooks.rows(settings) if asked.notebooks else []
    if asked.test:
        suite, passed = notebooks.suite(settings)
        rows += suite
    print(table.text(rows))
    aims, missed = table.shortfall(rows)
    print(f"\n{aims - len(missed)} of {aims} aims are met." if aims else "")
    table.write(root / "docs" / "results" / "bench.json", rows, machine.describe(), load)
    print("Wrote docs/results/bench.json.")
    return 0 if passed else 1
