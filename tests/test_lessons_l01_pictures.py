"""Pictures of lesson 01: the shaded column is one feature, and the two paths have two colours and two line styles."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch, Rectangle

from helpers.figures import plots
from helpers.lessons.l01 import pictures


@pytest.mark.parametrize("column", [0, 2])
def test_one_column_is_shaded_over_all_rows(column):
    (ax,) = pictures.shaded_table(np.arange(12.0).reshape(4, 3), column).axes
    shaded = [p for p in ax.patches if isinstance(p, Rectangle) and to_hex(p.get_facecolor()) != "#ffffff"]
    assert sorted(cell.get_xy() for cell in shaded) == [(column, row) for row in range(4)]


def test_each_cell_shows_its_value():
    (ax,) = pictures.shaded_table(np.array([[3, 1700.0], [4.99, 2.0]])).axes
    assert {"3", "1,700", "4.99", "2"} <= {text.get_text() for text in ax.texts}


def test_training_and_inference_differ_in_colour_and_in_line_style():
    (ax,) = pictures.block_diagram().axes
    boxes = {to_hex(p.get_edgecolor()).upper(): p.get_linestyle() for p in ax.patches if isinstance(p, FancyBboxPatch)}
    assert boxes[plots.BLUE] in ("solid", "-")
    assert boxes[plots.PURPLE] in ("dashed", "--")
