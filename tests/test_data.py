"""The digits and MNIST in numbered splits."""

import os
import subprocess
import sys

import numpy as np
import pytest

from helpers import data
from helpers.data import mnist

PARTS = ("train", "validation", "test")


def rows(dataset, part):
    """The images of a part as a set of byte strings."""
    return {image.tobytes() for image in getattr(dataset, f"x_{part}")}


def test_the_digits_have_1260_training_180_validation_and_357_test_images_of_8_by_8():
    d = data.load()
    assert (d.name, d.image_shape) == ("digits", (8, 8))
    assert [getattr(d, f"x_{part}").shape for part in PARTS] == [(1260, 8, 8), (180, 8, 8), (357, 8, 8)]
    assert [getattr(d, f"y_{part}").shape for part in PARTS] == [(1260,), (180,), (357,)]


def test_pixels_are_sixteenths_from_0_to_1_in_float32_and_labels_int64():
    d = data.load()
    for part in PARTS:
        x, y = getattr(d, f"x_{part}"), getattr(d, f"y_{part}")
        assert x.dtype == np.float32
        assert (x.min(), x.max()) == (0, 1)
        assert np.array_equal(x * 16, np.round(x * 16))
        assert y.dtype == np.int64


def test_the_three_parts_together_are_the_whole_of_scikit_learns_digits():
    from sklearn.datasets import load_digits

    d, whole = data.load(split=3), load_digits()
    pairs = [
        (*image.ravel(), label) for p in PARTS for image, label in zip(getattr(d, f"x_{p}") * 16, getattr(d, f"y_{p}"))
    ]
    assert sorted(pairs) == sorted((*image.ravel(), label) for image, label in zip(whole.images, whole.target))


@pytest.mark.parametrize("split", range(5))
def test_each_part_holds_each_digit_in_its_share_to_within_one_image(split):
    d = data.load(split=split)
    total = sum(np.bincount(getattr(d, f"y_{part}"), minlength=10) for part in PARTS)
    for part in PARTS:
        y = getattr(d, f"y_{part}")
        assert np.abs(np.bincount(y, minlength=10) - total * len(y) / 1797).max() <= 1


def test_the_same_number_gives_the_same_split_in_another_process():
    code = "import zlib; from helpers import data; print(zlib.crc32(data.load(split=7).y_train.tobytes()))"
    out = [
        subprocess.run([sys.executable, "-c", f"import numpy; numpy.random.seed({seed}); {code}"], capture_output=True)
        for seed in (0, 1)
    ]
    assert out[0].stdout == out[1].stdout != b""


def test_splits_of_different_numbers_have_different_test_images():
    assert rows(data.load(split=0), "test") != rows(data.load(split=1), "test")


def test_loading_leaves_the_global_generator_alone():
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    data._digits.cache_clear()
    data.load(split=2)
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


def test_loading_again_costs_nothing_and_the_arrays_cannot_be_changed():
    assert data.load(split=0).x_train is data.load(split=0).x_train
    with pytest.raises(ValueError, match="read-only"):
        data.load().x_train[0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        data.load().y_test[0] = 1


def test_a_dataset_prints_its_sizes_not_its_pixels():
    assert str(data.load()) == "digits: images of 8 x 8 in 10 classes; 1,260 training, 180 validation, 357 test"
    assert repr(data.load()) == "Dataset(name='digits', image_shape=(8, 8))"


def test_stratified_divides_six_labels_by_hand():
    labels = np.array([0, 0, 0, 0, 1, 1])
    first, second = data.stratify(labels, (3, 3), np.random.default_rng(0))
    assert sorted(labels[first]) == sorted(labels[second]) == [0, 0, 1]
    assert sorted([*first, *second]) == [0, 1, 2, 3, 4, 5]


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError) as error:  # noqa: PT011
        data.load("cifar")
    assert str(error.value) == ("`name` must be one of 'digits', 'mnist'. Received: name='cifar'. Choose one of them.")


@pytest.mark.parametrize(
    ("split", "kind", "message"),
    [
        (
            -1,
            ValueError,
            "`split` must be at least 0. Received: split=-1. "
            "Pass 0, 1, 2, ...: each is another division of the images.",
        ),
        (
            0.5,
            TypeError,
            "`split` must be an integer. Received: split=0.5. "
            "Pass 0, 1, 2, ...: each is another division of the images.",
        ),
    ],
)
def test_a_split_that_is_no_number_from_0_up_is_refused(split, kind, message):
    with pytest.raises(kind) as error:
        data.load(split=split)
    assert str(error.value) == message


def test_loading_the_digits_reads_no_environment_and_imports_nothing_that_takes_seconds():
    code = (
        "import sys; from helpers import data; data.load(); print({'tensorflow', 'sklearn', 'pooch'} & {*sys.modules})"
    )
    environment = {**os.environ, "BATCHNORM_COURSE_DATA": "/nowhere"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout == "set()\n"


@pytest.fixture(scope="module")
def real_mnist():
    folder = os.environ.get("BATCHNORM_COURSE_DATA")
    if not folder or not os.path.isfile(os.path.join(folder, "mnist.npz")):
        pytest.skip("needs MNIST: set BATCHNORM_COURSE_DATA to a folder with mnist.npz")
    return mnist.arrays()


def test_mnist_keeps_its_test_set_in_every_split(real_mnist):
    first, second = data.load("mnist", split=0), data.load("mnist", split=1)
    assert np.array_equal(first.x_test, second.x_test)
    assert first.y_test[:5].tolist() == [7, 2, 1, 0, 4]
    assert not np.array_equal(first.y_train, second.y_train)
    data._mnist.cache_clear()


def test_sixteen_splits_of_mnist_share_its_images(real_mnist):
    divisions = [data.divide("mnist", split=split) for split in range(16)]
    assert {id(one.images) for one in divisions} == {id(divisions[0].images)}
    own = sum(places.nbytes for one in divisions for places in (one.train, one.validation, one.test))
    assert divisions[0].images.nbytes + own < 65e6
    first = data.load("mnist", split=3)
    assert np.array_equal(divisions[3].pixels(divisions[3].train[:500]), first.x_train[:500].reshape(-1, 784))
    assert np.array_equal(divisions[3].labels[divisions[3].test], first.y_test)
    data._mnist.cache_clear()


def test_mnist_has_55000_training_and_5000_validation_images_of_28_by_28(real_mnist):
    d = data.load("mnist")
    assert [getattr(d, f"x_{p}").shape for p in PARTS] == [(55000, 28, 28), (5000, 28, 28), (10000, 28, 28)]
    assert d.x_train.dtype == np.float32
    x = np.concatenate([d.x_train, d.x_validation])
    assert (round(float(x.mean(dtype=np.float64)), 4), round(float(x.std(dtype=np.float64)), 4)) == (0.1307, 0.3081)
    data._mnist.cache_clear()
