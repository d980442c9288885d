"""How good generated images are: their distance from real ones, and how many of the ten digits are among them."""

from functools import lru_cache

import numpy as np

from helpers import data
from helpers._support import validate

COMPONENTS = 16
CLASSES = 10
SHARE = 0.01
"""A digit counts as covered if at least this share of the images is taken for it."""


def frechet_distance(mean_a, covariance_a, mean_b, covariance_b):
    """The Fréchet distance of two normal distributions, in squared units of the data (Heusel et al. 2017, equation 6).

        |mean_a - mean_b|² + trace(A + B - 2 (A^½ B A^½)^½)

    Parameters
    ----------
    mean_a, mean_b : (D,)
    covariance_a, covariance_b : (D, D)
        A and B, symmetric and without negative eigenvalues.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If an argument is no array of finite numbers, or the shapes do not fit.

    Examples
    --------
    In one dimension it is (difference of means)² + (difference of standard deviations)²:

    >>> frechet_distance([0.0], [[1.0]], [3.0], [[25.0]])
    25.0

    Note
    ----
    The inner product A^½ B A^½ is symmetric, so its root comes from eigenvalues and is exact and real; a general matrix
    root of A B, as it is often written, leaves an imaginary rest that has to be thrown away.
    """
    given = {"mean_a": mean_a, "covariance_a": covariance_a, "mean_b": mean_b, "covariance_b": covariance_b}
    mean_a, a, mean_b, b = (validate.finite(n, validate.real_array(n, v)).astype(float) for n, v in given.items())
    if mean_a.ndim != 1 or mean_a.shape != mean_b.shape or not a.shape == b.shape == 2 * mean_a.shape:
        raise ValueError(
            "The means must have shape (D,) and the covariances (D, D). "
            f"Received: shapes {mean_a.shape}, {a.shape}, {mean_b.shape}, {b.shape}. Pass those of the same components."
        )
    root = _root(a)
    between = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ b @ root), 0)).sum()
    return float(np.sum((mean_a - mean_b) ** 2) + np.trace(a) + np.trace(b) - 2 * between)


def _root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


class Distance:
    """The Fréchet distance from given real images, in their first principal components.

    Parameters
    ----------
    real : (N, height, width)
        They decide the components, and are what others are compared with.
    components : int

    Examples
    --------
    >>> digits = data.load()
    >>> Distance(digits.x_train)(digits.x_train) < 1e-6
    True
    """

    def __init__(self, real, *, components=COMPONENTS):
        from sklearn.decomposition import PCA  # late: seconds of import, for one lesson

        self._pca = PCA(components, svd_solver="full").fit(_rows(real))
        self._statistics = self._of(real)

    def _of(self, images):
        scores = self._pca.transform(_rows(images))
        return scores.mean(axis=0), np.cov(scores, rowvar=False)

    def __call__(self, images):
        """How far these images (N, height, width) are from the real ones."""
        return frechet_distance(*self._statistics, *self._of(images))


def _rows(images):
    return np.asarray(images, np.float64).reshape(len(images), -1)


@lru_cache(maxsize=1)
def classifier():
    """A support vector machine, trained on the training digits of split 0 and never again: images -> labels.

    Returns
    -------
    function
        `classify(images)` -> (N,) int, for images (N, 8, 8) in [0, 1].
    """
    from sklearn.svm import SVC

    digits = data.load()
    machine = SVC(C=10, gamma="scale").fit(_rows(digits.x_train), digits.y_train)
    return lambda images: machine.predict(_rows(images))


def shares(labels):
    """The share of each of the ten digits among these labels: (10,), with sum 1.

    Raises
    ------
    TypeError, ValueError
        If the labels are not integers from 0 to 9, at least one.

    Examples
    --------
    >>> shares([3, 3, 3, 7]).tolist()
    [0.0, 0.0, 0.0, 0.75, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0]
    """
    counted = validate.real_array("labels", labels)
    whole = counted.ndim == 1 and counted.size > 0 and np.isin(counted, np.arange(CLASSES)).all()
    if not whole:
        raise ValueError(
            f"`labels` must be integers from 0 to 9, at least one. {validate.received(labels=labels)} "
            "Pass what a classifier of digits returned."
        )
    return np.bincount(counted.astype(int), minlength=CLASSES) / len(counted)


def classes_covered(labels, *, share=SHARE):
    """How many of the ten digits have at least this share of the labels.

    Examples
    --------
    >>> classes_covered([3] * 98 + [7, 8])
    3

    Note
    ----
    The classifier has no answer "none of the ten": noise is taken for some digit too. Coverage counts kinds, it says
    nothing about how good the pictures are; that is what the distance is for.
    """
    share = validate.number("share", share, low=0, high=1, advice="Pass a share such as 0.01.")
    return int(np.sum(shares(labels) >= share))
