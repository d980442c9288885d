"""The images that the course trains on: scikit-learn's 8x8 digits by default, MNIST for those who ask for it.

The digits travel with scikit-learn, so nothing is downloaded. Nothing is standardized or shuffled behind the learner's
back either: pixels are divided by their largest possible value, and a split is a fixed function of its number.
"""

import functools
import importlib.util
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from helpers._support import validate
from helpers.data import mnist

DIGITS_SIZES = (1260, 180, 357)  # training: 21 batches of 60, validation: 3 of 60, test: the rest
MNIST_SIZES = (55_000, 5000)


@dataclass(frozen=True)
class Dataset:
    """Images in [0, 1] and their labels, in three parts; every array is read-only.

    name : "digits" or "mnist"
    image_shape : (8, 8) or (28, 28)
    x_train, x_validation, x_test : float32, (N, height, width), 0 is background and 1 full ink
    y_train, y_validation, y_test : int64, (N,), the digit 0 to 9
    """

    name: str
    image_shape: tuple
    x_train: np.ndarray = field(repr=False)
    y_train: np.ndarray = field(repr=False)
    x_validation: np.ndarray = field(repr=False)
    y_validation: np.ndarray = field(repr=False)
    x_test: np.ndarray = field(repr=False)
    y_test: np.ndarray = field(repr=False)

    def __str__(self):
        height, width = self.image_shape
        sizes = (
            f"{len(y):,} {part}"
            for part, y in (("training", self.y_train), ("validation", self.y_validation), ("test", self.y_test))
        )
        return f"{self.name}: images of {height} x {width} in 10 classes; {', '.join(sizes)}"


@dataclass(frozen=True)
class Division:
    """Which of a data set's images train, validate and test: places in arrays that all its divisions share.

    images : uint8, (N, height * width), from 0 (background) to `ink` (full ink)
    labels : int64, (N,)
    ink : int
    train, validation, test : int64, places in `images` and `labels`
    """

    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    ink: int
    train: np.ndarray = field(repr=False)
    validation: np.ndarray = field(repr=False)
    test: np.ndarray = field(repr=False)

    def pixels(self, places):
        """The images at these places, float32 (n, height * width) in [0, 1]."""
        return self.images[places] / np.float32(self.ink)


def load(name="digits", *, split=0):
    """The data set `name`, divided into training, validation and test images as number `split` says.

    "digits": scikit-learn's 1,797 images of 8 x 8 pixels, divided by 16; 1,260 for training (21 batches of 60), 180 for
    validation, 357 for testing. All three vary with `split`.

    "mnist": 28 x 28 pixels, divided by 255; 55,000 for training, 5,000 for validation, and the 10,000 test images, the
    same in every split. Looked for in the folder that the environment variable BATCHNORM_COURSE_DATA names,
    then among the files that Keras has downloaded; if it is in neither, it is downloaded (11 MB) and its hash checked.

    Parts are stratified: each holds each digit in its share, to within one image. A split depends on its number alone:
    not on the process, the time, or NumPy's global generator.

    Parameters
    ----------
    name : "digits" or "mnist"
    split : int, at least 0
        An Experiment's seed s trains on split s.

    Returns
    -------
    Dataset

    Raises
    ------
    TypeError, ValueError
        If `name` is unknown, `split` is no integer or negative, or a file does not hold MNIST.
    FileNotFoundError, ConnectionError, PermissionError, OSError
        If MNIST is not where it should be, cannot be downloaded, or cannot be stored; each says what to do.

    Examples
    --------
    >>> load().x_train.shape
    (1260, 8, 8)

    Note
    ----
    Choose settings by `x_validation`. The test images are for the number that is reported at the end.
    """
    name, split = _checked(name, split)
    return _digits(split) if name == "digits" else _mnist(split)


def divide(name="digits", *, split=0):
    """The Division of `load(name, split=split)`, for what trains with many splits: it copies no image.

    Examples
    --------
    >>> division = divide()
    >>> np.array_equal(division.pixels(division.train), load().x_train.reshape(1260, 64))
    True
    """
    return _divide(*_checked(name, split))


def _checked(name, split):
    validate.one_of("name", name, ("digits", "mnist"))
    return name, validate.integer(
        "split", split, low=0, advice="Pass 0, 1, 2, ...: each is another division of the images."
    )


def stratify(labels, sizes, rng):
    """Disjoint index arrays of the given sizes, each with every label in its share of `labels`, to within one.

    Each label's images are put in random order and spread evenly over the interval from 0 to 1. Whatever stretch of
    that interval is cut off holds all labels in their shares.

    Examples
    --------
    >>> first, second = stratify(np.array([0, 0, 0, 0, 1, 1]), (3, 3), np.random.default_rng(0))
    >>> sorted(np.array([0, 0, 0, 0, 1, 1])[first])
    [0, 0, 1]
    """
    place = np.empty(len(labels))
    for label in np.unique(labels):  # np.bincount takes no int64 where Python has 32 bits, as in a browser
        members = rng.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    parts = np.split(np.argsort(place, kind="stable"), np.cumsum(sizes)[:-1])
    return [rng.permutation(part) for part in parts]


@functools.lru_cache(maxsize=64)  # half a megabyte each, at most
def _divide(name, split):
    images, labels, ink = _digits_arrays() if name == "digits" else _mnist_arrays()
    sizes = DIGITS_SIZES if name == "digits" else MNIST_SIZES
    parts = stratify(labels[: sum(sizes)], sizes, np.random.default_rng(split))
    if name == "mnist":
        parts.append(np.arange(sum(sizes), len(labels)))  # its own test images
    return Division(images, labels, ink, *parts)


@functools.lru_cache(maxsize=64)  # half a megabyte each
def _digits(split):
    return _dataset("digits", (8, 8), _divide("digits", split))


@functools.lru_cache(maxsize=2)  # 220 megabytes each
def _mnist(split):
    return _dataset("mnist", (28, 28), _divide("mnist", split))


@functools.lru_cache(maxsize=1)
def _digits_arrays():
    """The images and labels of sklearn.datasets.load_digits, without the seconds that importing scikit-learn takes."""
    folder = Path(importlib.util.find_spec("sklearn").submodule_search_locations[0])
    table = np.loadtxt(folder / "datasets" / "data" / "digits.csv.gz", delimiter=",", dtype=np.uint8)
    return table[:, :64].copy(), table[:, 64].astype(np.int64), 16


@functools.lru_cache(maxsize=1)  # 55 megabytes
def _mnist_arrays():
    x_train, y_train, x_test, y_test = mnist.arrays()
    images = np.concatenate([x_train, x_test]).reshape(-1, 784)
    return images, np.concatenate([y_train, y_test]).astype(np.int64), 255


def _dataset(name, shape, division):
    arrays = []
    for places in (division.train, division.validation, division.test):
        arrays += [division.pixels(places).reshape(-1, *shape), division.labels[places]]
    for array in arrays:
        array.flags.writeable = False
    return Dataset(name, shape, *arrays)
