"""`python tools/replicate [--seeds 3] [--keep] [--report]`: train what is missing, then write the report."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[0] = str(ROOT / "tools")

from helpers.lessons.l04 import published  # noqa: E402 (the path has to be known first)
from replicate import figures, report, runs  # noqa: E402

SEEDS = 3


def main(arguments=None, root=ROOT, rows=published.ROWS, dataset="mnist"):
    """Train the published table, and write docs/results/replication.md; the exit code is 130 after Ctrl-C.

    What is finished is kept in build/replication.json until all of it is: a run that was stopped, or killed, goes on.
    """
    parser = argparse.ArgumentParser(
        prog="tools/replicate", description="Train the published table of lesson 04 again, on MNIST, and report."
    )
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"runs of each setting (default {SEEDS})")
    parser.add_argument("--keep", action="store_true", help="keep the runs of the last report, train only others")
    parser.add_argument("--report", action="store_true", help="train nothing, write the report of the last runs anew")
    asked = parser.parse_args(arguments)
    finished, begun = root / "docs" / "results" / "replication.json", root / "build" / "replication.json"
    pairs = runs.experiments(rows, dataset=dataset)
    if not asked.report:
        store = runs.Store.read(begun)
        if asked.keep:
            store.runs = runs.Store.read(finished).runs | store.runs
        if not runs.train(runs.pieces(pairs, range(asked.seeds)), store):
            return 130
        store.path = finished
        store.write()
        begun.unlink(missing_ok=True)
    store = runs.Store.read(finished)
    missing = sum(not store.of(experiment) for pair in pairs.values() for experiment in pair)
    if missing:
        print(f"{missing} of {2 * len(pairs)} settings have no finished run: `make replicate` trains them.")
        return 1
    page = report.text(pairs, store, figures.write(finished.parent, pairs, store))
    (finished.parent / "replication.md").write_text(page, encoding="utf-8", newline="\n")
    print("Wrote docs/results/replication.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
