"""Which cells of a block of activations (N, H, W, C) share a statistic, for each kind of normalization; and a picture.

Wu & He (2018), "Group Normalization", section 3 and figure 2.
"""

import numpy as np
from matplotlib.colors import ListedColormap

from helpers._support import validate

KINDS = ("batch", "layer", "instance", "group")


def shared_with(cell, shape, kind, *, groups=2):
    """A bool array of the given shape: True where a value shares its mean and variance with `cell`.

        batch     all images, all positions, the same feature
        layer     the same image, all positions, all features
        instance  the same image, all positions, the same feature
        group     the same image, all positions, the features of the same group

    Parameters
    ----------
    cell : (n, h, w, c)
        Counted from 0.
    shape : (N, H, W, C)
    kind : "batch", "layer", "instance" or "group"
    groups : int
        For "group": into how many groups of neighbours the C features are divided.

    Raises
    ------
    TypeError, ValueError
        If the kind is another, the cell is not in the block, or groups does not divide C.

    Examples
    --------
    >>> {kind: int(shared_with((0, 0, 0, 0), (4, 3, 3, 6), kind).sum()) for kind in KINDS}
    {'batch': 36, 'layer': 54, 'instance': 9, 'group': 27}
    """
    validate.one_of("kind", kind, KINDS)
    advice = "Pass four integers, counted from 0."
    cell, shape = (
        tuple(
            validate.integer(name, place, low=0, advice=advice) for place in validate.items(name, value, advice=advice)
        )
        for name, value in (("cell", cell), ("shape", shape))
    )
    if len(shape) != 4 or len(cell) != 4 or not all(0 <= place < size for place, size in zip(cell, shape)):
        raise ValueError(
            f"`cell` must lie in the block (N, H, W, C). {validate.received(cell=cell, shape=shape)} "
            "Count from 0, and name four places."
        )
    groups = validate.integer("groups", groups, low=1, advice="Pass a divisor of the number of features.")
    if shape[3] % groups:
        raise ValueError(
            f"`groups` must divide the number of features, {shape[3]}. {validate.received(groups=groups)} "
            "Pass a divisor of the number of features."
        )
    n, _, _, c = np.indices(shape)
    width = shape[3] // groups
    return {
        "batch": c == cell[3],
        "layer": n == cell[0],
        "instance": (n == cell[0]) & (c == cell[3]),
        "group": (n == cell[0]) & (c // width == cell[3] // width),
    }[kind]


def draw(axes, cell, shape, kind, *, groups=2):
    """Draw the block on `axes` as N rows of C feature maps, each H x W, with the cells that share a statistic coloured.

    Parameters are those of `shared_with`; the chosen cell is the darkest.
    """
    share = shared_with(cell, shape, kind, groups=groups).astype(int)
    share[tuple(cell)] = 2
    n, h, w, c = shape
    # A gap of one cell between maps, so that each map is seen as one.
    picture = np.full((n * (h + 1) - 1, c * (w + 1) - 1), np.nan)
    for image in range(n):
        for feature in range(c):
            rows, columns = slice(image * (h + 1), image * (h + 1) + h), slice(feature * (w + 1), feature * (w + 1) + w)
            picture[rows, columns] = share[image, :, :, feature]
    axes.imshow(picture, cmap=ListedColormap(["#DDDDDD", "#56B4E9", "#003B5C"]), vmin=0, vmax=2)
    _outline_cells(axes, shape)
    axes.set_xticks([feature * (w + 1) + (w - 1) / 2 for feature in range(c)], range(c))
    axes.set_yticks([image * (h + 1) + (h - 1) / 2 for image in range(n)], range(n))
    axes.set(title=f"{kind} ({np.count_nonzero(share)} values)", xlabel="feature (C)", ylabel="image (N)")
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _outline_cells(axes, shape):
    """Draw the border of every cell, so that they can be counted."""
    n, h, w, c = shape
    tops, lefts = (h + 1) * np.arange(n) - 0.5, (w + 1) * np.arange(c) - 0.5
    style = {"color": "#888888", "linewidth": 0.6}
    levels, left = (a.ravel() for a in np.meshgrid(np.add.outer(tops, np.arange(h + 1)), lefts))
    axes.hlines(levels, left, left + w, **style)
    places, top = (a.ravel() for a in np.meshgrid(np.add.outer(lefts, np.arange(w + 1)), tops))
    axes.vlines(places, top, top + h, **style)
