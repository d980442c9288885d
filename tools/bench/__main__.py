"""`python tools/bench [--only GROUP ...] [--repeats N]`: measure, print the table, write docs/results/bench.json."""

import argparse
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tqdm.auto import tqdm

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[0] = str(ROOT / "tools")

from bench import measure, normalization, table, training  # noqa: E402 (the path has to be known first)

GROUPS = {
    "training": training.rows,
    "cost": training.cost,
    "normalization": normalization.rows,
}
BUSY = 0.5  # processes that want a core before the measurement: above, the figures are too low


@dataclass(frozen=True)
class Settings:
    """How much is measured; what is None has its module's own value, and the tests' are tiny."""

    repeats: int = measure.REPEATS
    seconds: float = measure.SECONDS
    size: int = measure.SIZE
    images: int | None = None
    shape: tuple | None = None
    progress: bool = True

    @contextmanager
    def bar(self, name, total):
        """A progress bar; gives the function that moves it by one."""
        with tqdm(total=total, desc=name, disable=not self.progress, leave=False) as shown:
            yield lambda: shown.update()

    def contest(self, name, ways):
        """The ways' rates, measured in turns under a progress bar of this name."""
        with self.bar(name, measure.calls(ways, self.repeats)) as tick:
            return measure.in_turns(ways, self.repeats, tick)


def main(arguments=None, settings=None, root=ROOT):
    """Measure, print and write, whether or not aims are met."""
    parser = argparse.ArgumentParser(
        prog="tools/bench", description="How fast the course is, in ratios measured in turns on this machine."
    )
    parser.add_argument("--only", nargs="+", choices=list(GROUPS), metavar="GROUP", help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--repeats", type=int, default=measure.REPEATS, help=f"default {measure.REPEATS}")
    asked = parser.parse_args(arguments)
    settings = settings or Settings(repeats=asked.repeats)
    load = measure.busy()
    if load is not None and load > BUSY:
        print(f"Other processes want {load:.1f} cores: the figures come out too low. Ratios are measured in turns.")
    rows = [row for name in asked.only or GROUPS for row in GROUPS[name](settings)]
    print(table.text(rows))
    aims, missed = table.shortfall(rows)
    print(f"\n{aims - len(missed)} of {aims} aims are met." if aims else "")
    table.write(root / "docs" / "results" / "bench.json", rows, measure.describe(), load)
    print("Wrote docs/results/bench.json.")


if __name__ == "__main__":
    main()
