"""`batchnorm-course examine model.keras data.npz`: a report in the terminal, and an exit code."""

import argparse
import json
import sys

import numpy as np


def main(argv):
    """Examine a saved model; returns 0 if nothing was found, 1 if something was, 2 if the files cannot be used.

    data.npz holds the images as `x` and, if there are any, their labels as `y` (or `x_train`, `y_train`).
    """
    parser = argparse.ArgumentParser(prog="batchnorm-course examine", description=main.__doc__.splitlines()[0])
    parser.add_argument("model", help="a file written by model.save, such as model.keras")
    parser.add_argument("data", help="an .npz file with the arrays x and, if you have labels, y")
    parser.add_argument("--batch-size", type=int, help="as in your training; needed to judge it")
    parser.add_argument("--json", action="store_true", help="print a dict instead of a text")
    try:
        options = parser.parse_args(argv)
    except SystemExit as end:
        return int(end.code or 0)
    from helpers.doctor import examine

    try:
        x, y = _arrays(options.data)
        report = examine(_load(options.model), _in_batches(x, options.batch_size), labels=y)
    except (OSError, ValueError, TypeError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print(json.dumps(report.to_dict(), indent=2) if options.json else report)
    return report.exit_code


def _in_batches(x, size):
    return x if size is None else [x[i : i + size] for i in range(0, len(x), size)]


def _arrays(path):
    with np.load(path, allow_pickle=False) as file:
        for x, y in (("x", "y"), ("x_train", "y_train")):
            if x in file:
                return file[x], file.get(y)
        raise ValueError(f"`{path}` must hold an array `x`. Received: {sorted(file)}. Write it by numpy.savez.")


def _load(path):
    from helpers.tf import batchnorm  # noqa: F401 - registers the course's layer
    from helpers.tf.quiet import keras

    return keras.models.load_model(path)
