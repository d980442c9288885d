"""The command: train what is missing, then write the report."""

import argparse
from pathlib import Path

from helpers.lessons.l04 import published
from replicate import figures, pieces, report, training
from replicate.store import Store

ROOT = Path(__file__).resolve().parents[2]
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
    pairs = pieces.experiments(rows, dataset=dataset)
    if not asked.report:
        store = Store.read(begun)
        if asked.keep:
            store.runs = Store.read(finished).runs | store.runs
        if not training.train(pieces.pieces(pairs, range(asked.seeds)), store):
            return 130
        store.path = finished
        store.write()
        begun.unlink(missing_ok=True)
    return report_on(pairs, Store.read(finished))


def report_on(pairs, store):
    """Write the page and its figures beside the store's file; the exit code."""
    seeds = {experiment: len(store.of(experiment)) for pair in pairs.values() for experiment in pair}
    if not all(seeds.values()):
        missing = sum(count == 0 for count in seeds.values())
        print(f"{missing} of {len(seeds)} settings have no finished run: `make replicate` trains them.")
        return 1
    folder = store.path.parent
    page = report.text(pairs, store, figures.write(folder, pairs, store))
    (folder / "replication.md").write_text(page, encoding="utf-8", newline="\n")
    print("Wrote docs/results/replication.md.")
    return 0
