"""Questions that people asked in public about models that train and do not predict, rebuilt small in code of our own.

Each case has its address and, in a few words of ours, the answer that helped there; the doctor's finding must name it.
"""

import numpy as np
import pytest

from helpers import doctor
from helpers.tf.quiet import keras, tf
from tests import doctor_models as small

pytestmark = pytest.mark.keras
L = keras.layers
GITHUB = "https://github.com/"
CASES = {}
"""{address: (function, name of the finding, the answer)}"""


def case(address, finding, answer):
    def enter(build):
        CASES[address] = (build, finding, answer)
        return build

    return enter


def network(*, norm=L.BatchNormalization, first=(), last=(), weighted=None, **settings):
    """conv, norm, ReLU, conv, norm, ReLU, dense: what most of the threads have."""
    keras.utils.set_random_seed(0)
    weighted = weighted or (lambda: L.Conv2D(8, 3, strides=2, padding="same", use_bias=False))
    units = [layer for _ in range(2) for layer in (weighted(), norm(**settings), L.ReLU())]
    return keras.Sequential([keras.Input((8, 8, 1)), *first, *units, L.Flatten(), L.Dense(10), *last])


def digits(count=320):
    split = small.digits(0)
    return split.x_train[:count, ..., None], split.y_train[:count]


def trained(model, *, epochs=3, x=None, y=None, batch_size=32, optimizer=None):
    images, labels = digits(1000)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer or keras.optimizers.Adam(0.01), loss)
    x = images if x is None else x
    model.fit(x, labels[: len(x)] if y is None else y, batch_size=batch_size, epochs=epochs, verbose=0)
    return model


def batches(size=32, count=320):
    x, y = digits(count)
    return [(x[i : i + size], y[i : i + size]) for i in range(0, count, size)]


@case(
    "https://stackoverflow.com/q/47157526",
    "statistics-lag",
    "after 15 updates at momentum 0.99 the start is still there",
)
def three_images_fifteen_updates():
    x, y = digits(3)
    return trained(network(), epochs=15, x=x, y=y, batch_size=3), [(x, y)]


@case(GITHUB + "keras-team/keras/issues/3949", "statistics-off", "the average has too much history of earlier weights")
def weights_that_ran_away():
    model = trained(network(momentum=0.9))
    memory = [(v, v.numpy()) for v in model.non_trainable_variables if "moving" in v.path]
    trained(model, epochs=6, optimizer=keras.optimizers.Adam(0.05))
    for variable, earlier in memory:
        variable.assign(0.95 * earlier + 0.05 * variable)
    return model, batches()


@case(GITHUB + "tensorflow/tensorflow/issues/32864", "missing-training-flag", "call the model with training=True")
def own_loop_without_the_flag():
    model, optimizer = network(), keras.optimizers.SGD(0.1)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    for x, y in batches():
        with tf.GradientTape() as tape:
            value = loss(y, model(x))
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
    return model, batches()


@keras.saving.register_keras_serializable(package="doctor_tests")
class Unwritten(L.BatchNormalization):
    """By the batch in training mode, and nothing is remembered: TensorFlow 1 without its update operations."""

    def call(self, inputs, training=None, mask=None):
        before = tf.identity(self.moving_mean.value), tf.identity(self.moving_variance.value)
        y = super().call(inputs, training=training, mask=mask)
        self.moving_mean.assign(before[0])
        self.moving_variance.assign(before[1])
        return y


@case(GITHUB + "tensorflow/tensorflow/issues/11965", "moving-not-updated", "the updates of the averages were never run")
def updates_that_never_run():
    return trained(network(norm=Unwritten)), batches()


@case(
    GITHUB + "Cadene/pretrained-models.pytorch/issues/5", "moving-not-updated", "momentum 0 (Keras's 1) stops updates"
)
def momentum_of_another_meaning():
    return trained(network(momentum=1.0)), batches()


@case(GITHUB + "affinelayer/pix2pix-tensorflow/issues/126", "momentum-inverted", "Torch's 0.1 is TensorFlow's 0.9")
def momentum_copied():
    return trained(network(momentum=0.1)), batches()


@case(GITHUB + "sharathadavanne/seld-dcase2021/issues/8", "axis-not-features", "channels first, and axis still -1")
def channels_first():
    return network_of_channels_first(), batches()


def network_of_channels_first():
    keras.utils.set_random_seed(0)
    layers = [keras.Input((8, 8, 1)), L.Permute((3, 1, 2))]
    for _ in range(2):
        layers += [L.Conv2D(6, 3, data_format="channels_first", use_bias=False), L.BatchNormalization(), L.ReLU()]
    return keras.Sequential([*layers, L.Flatten(), L.Dense(10)])


@case(GITHUB + "tanakataiki/ssd_kerasV2/issues/20", "axis-not-features", "channels last, and axis=1 in some layers")
def axis_of_rows():
    return trained(network(axis=1)), batches()


class Forced(keras.Model):
    """training=True is written into the calls of the normalizations."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.dense = L.Conv2D(8, 3, use_bias=False), L.BatchNormalization(), L.Dense(10)

    def call(self, x):
        x = keras.ops.relu(self.norm(self.conv(x), training=True))
        return self.dense(keras.ops.reshape(x, (-1, 6 * 6 * 8)))


@case(
    "https://community.deeplearning.ai/t/keras-predict-giving-different-results-depending-on-how-used/87440",
    "batch-statistics-at-inference",
    "training=True must not be hardwired",
)
def flag_in_the_code():
    return trained(Forced()), batches()


@case(
    GITHUB + "broadinstitute/keras-resnet/pull/47", "batch-statistics-at-inference", "a layer always in training mode"
)
def layer_that_is_always_training():
    return trained(network(norm=small.Forced)), batches()


@case(GITHUB + "keras-team/keras/issues/9646", "memory-not-finite", "the moving mean goes to infinity")
def infinite_memory():
    model = trained(network())
    x = digits(64)[0]
    model(np.where(np.arange(64)[:, None, None, None] == 5, np.inf, x).astype(np.float32), training=True)
    return model, batches()


@case(GITHUB + "tensorflow/tensorflow/issues/18334", "memory-not-finite", "a moving variance below 0")
def negative_variance():
    model = trained(network())
    variance = small.norms(model)[0].moving_variance
    variance.assign(variance - 1.0)
    return model, batches()


@case(GITHUB + "microsoft/CNTK/issues/905", "batch-too-small", "one image is no sample to take statistics of")
def batches_of_one():
    return network(weighted=lambda: L.Dense(16, use_bias=False), first=[L.Flatten()]), batches(1, 64)


@case(GITHUB + "keras-team/keras/issues/12400", "statistics-off", "one image that nobody had standardized (sd 52)")
def one_wild_image():
    model = trained(network(momentum=0.9))
    x = digits(32)[0]
    model(np.concatenate([x[:31], 52 * x[31:]]), training=True)
    return model, batches()


@case(GITHUB + "keras-team/keras/issues/9214", "statistics-off", "frozen statistics of other images")
def frozen_base_on_other_images():
    base = trained(network(momentum=0.9))
    for layer in base.layers[:-1]:
        layer.trainable = False
    x, y = digits()
    x = 3 * x[:, ::-1] - 2
    trained(base, epochs=1, x=x, y=y)
    return base, [(x[i : i + 32], y[i : i + 32]) for i in range(0, len(x), 32)]


@case(GITHUB + "mlpack/examples/pull/213", "statistics-off", "the test data were not preprocessed as the others")
def other_scale_at_test():
    return trained(network(momentum=0.9)), [(16 * x, y) for x, y in batches()]


@case(
    GITHUB + "tinghuiz/SfMLearner/issues/17", "restored-without-moving-statistics", "the trainable variables were saved"
)
def half_of_the_weights_saved():
    model, restored = trained(network(momentum=0.9)), network(momentum=0.9)
    for variable, saved in zip(restored.trainable_variables, model.trainable_variables, strict=True):
        variable.assign(saved)
    return restored, batches()


@case(GITHUB + "tensorflow/tensorflow/issues/33027", "variance-below-epsilon", "a scale so small that epsilon decides")
def inputs_of_a_small_scale():
    model = trained(network(first=[L.BatchNormalization()]), x=1e-3 * digits(1000)[0])
    return model, [(1e-3 * x, y) for x, y in batches()]


@case(GITHUB + "kwotsin/TensorFlow-Xception/pull/7", "activated-twice", "ReLU belongs behind the normalization only")
def relu_twice():
    conv = lambda: L.Conv2D(8, 3, strides=2, activation="relu", use_bias=False)  # noqa: E731
    return network(weighted=conv), batches()


@case(GITHUB + "zzw922cn/Automatic_Speech_Recognition/issues/27", "activation-missing", "no ReLU behind conv and norm")
def no_relu():
    keras.utils.set_random_seed(0)
    units = [layer for _ in range(2) for layer in (L.Conv2D(8, 3, use_bias=False), L.BatchNormalization())]
    return keras.Sequential([keras.Input((8, 8, 1)), *units, L.Flatten(), L.Dense(10)]), batches()


@case(GITHUB + "fastai/fastai2/issues/107", "after-output", "a normalization at the end fixes mean and spread")
def normalized_output():
    return trained(network(last=[L.BatchNormalization()])), batches()


@case(GITHUB + "calmiLovesAI/TensorFlow2.0_ResNet/issues/7", "bias-kept", "use_bias=False before a normalization")
def bias_before():
    return network(weighted=lambda: L.Conv2D(8, 3, strides=2)), batches()


@case(GITHUB + "Samyssmile/edux/issues/209", "decays-gamma-beta", "leave gamma and beta out of weight decay")
def decay_of_everything():
    return trained(network(), epochs=1, optimizer=keras.optimizers.AdamW(0.01, weight_decay=0.01)), batches()


QUICK = ("issues/32864", "issues/8", "issues/905", "issues/27", "issues/7")


@pytest.mark.parametrize(
    "address", [a if a.endswith(QUICK) else pytest.param(a, marks=pytest.mark.slow) for a in CASES]
)
def test_the_finding_is_the_answer_of_the_thread(address):
    build, finding, answer = CASES[address]
    report = doctor.examine(*build())
    print(f"{address}: {finding} ({answer}); also {[name for name in report.names if name != finding]}")
    assert finding in report.names


def test_there_are_at_least_fifteen_cases():
    assert len(CASES) >= 15
