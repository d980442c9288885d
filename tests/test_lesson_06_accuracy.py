"""What the 19-layer network reaches in 800 batches: on the digits chance without batch normalization, 0.9 with it."""

import os

import pytest

from helpers import data
from helpers.lessons.l06.tf_conv import conv_network
from helpers.lessons.l06.tf_conv_low import Adam, LowLevelNetwork
from helpers.tf.quiet import keras
from helpers.tf.sweep import train
from helpers.tf.trainer import sigmoid_loss

pytestmark = [pytest.mark.keras, pytest.mark.weekly, pytest.mark.timeout(1500)]

HIGH = {"without": lambda **shape: conv_network(batch_norm=False, **shape), "with": conv_network}
LOW = {name: lambda build=build: LowLevelNetwork(build()) for name, build in HIGH.items()}


@pytest.mark.parametrize(("kinds", "adam"), [(HIGH, keras.optimizers.Adam), (LOW, Adam)], ids=["layers", "operations"])
def test_on_digits_three_seeds_stay_at_chance_without_and_pass_09_with(kinds, adam):
    trained = train(kinds, seeds=3, optimizer=adam, evaluations=1, progress=False)
    print({name: result.test_accuracy.round(3).tolist() for name, result in trained.items()})
    assert trained["without"].test_accuracy.max() <= 0.2
    assert trained["with"].test_accuracy.min() >= 0.9


def test_on_mnist_with_the_published_loss_one_seed_stays_at_chance_without_and_passes_093_with():
    """The published run had 0.122 without, and 0.975 with; its loss was that of a sigmoid for each digit.

    Measured with that loss: seeds 0 and 1 0.101 and 0.114 without, 0.950 and 0.964 with; seed 0 with an epsilon of 1e-8
    in Adam (TensorFlow 1's default) 0.101 and 0.933. With the softmax of the lesson seed 0 had 0.628 and 0.938.
    """
    folder = os.environ.get("BATCHNORM_COURSE_DATA")
    if not folder or not os.path.isfile(os.path.join(folder, "mnist.npz")):
        pytest.skip("needs MNIST: set BATCHNORM_COURSE_DATA to a folder with mnist.npz")
    kinds = {name: lambda build=build: build(image_shape=(28, 28)) for name, build in HIGH.items()}

    def mnist(seed):
        return data.load("mnist", split=seed)

    trained = train(kinds, seeds=1, loss=sigmoid_loss, evaluations=1, load=mnist, progress=False)
    print({name: result.test_accuracy.round(3).tolist() for name, result in trained.items()})
    assert trained["without"].test_accuracy[0] <= 0.2
    assert trained["with"].test_accuracy[0] >= 0.93
