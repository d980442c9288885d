"""The digits of the live race as a script: docs/_static/race/ holds the rest of its page."""

from pathlib import Path

import numpy as np

from helpers import data


def write(folder: Path) -> None:
    """Write digits.js to `folder`: training and validation images of split 0, a letter for each pixel, from a to q."""
    digits = data.load()
    x = np.concatenate([digits.x_train, digits.x_validation])
    pixels = bytes((x * 16).round().astype(np.uint8).ravel() + ord("a")).decode()
    labels = "".join(map(str, [*digits.y_train, *digits.y_validation]))
    script = f'const DIGITS = {{ train: {len(digits.x_train)}, labels: "{labels}", pixels: "{pixels}" }};\n'
    (folder / "digits.js").write_text(script, encoding="utf-8")
