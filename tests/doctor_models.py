"""Small models of ten architectures for the doctor's tests: healthy ones, and each fault that they can have."""

import functools
from dataclasses import dataclass

import numpy as np

from helpers import data
from helpers.tf.quiet import keras, tf

L = keras.layers


class Forced(L.BatchNormalization):
    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=True, mask=mask)


@dataclass(frozen=True)
class Options:
    """How the normalizations of a model are built; one of them differs where a fault is planted."""

    momentum: float = 0.9
    epsilon: float = 1e-3
    axis: int = -1
    dtype: str | None = None
    bias: bool = False
    twice: bool = False
    straight: bool = False
    behind: bool = False
    forced: bool = False
    """Whether the layer's own code calls it in training mode always."""

    def norm(self, **settings):
        settings = {"momentum": self.momentum, "epsilon": self.epsilon, "dtype": self.dtype} | settings
        return (Forced if self.forced else L.BatchNormalization)(**settings)

    def normalize(self, x, axis=None):
        return self.norm(axis=self.axis if axis is None else axis)(x)

    def unit(self, x, layer, *, straight=False, activation="relu"):
        """A layer with weights, its normalization, and an activation."""
        settings = {"use_bias": self.bias, "activation": activation if self.twice else None}
        x = self.normalize(layer(**settings)(x))
        return x if straight and self.straight else L.Activation(activation)(x)

    def end(self, x, output):
        """The output, which a fault normalizes."""
        return self.norm()(output(x)) if self.behind else output(x)


def conv(filters, size=3, **settings):
    return functools.partial(L.Conv2D, filters, size, padding="same", **settings)


def dense(o):
    x = inputs = keras.Input((64,))
    for number in range(3):
        x = o.unit(x, functools.partial(L.Dense, 32), straight=number == 1)
    return keras.Model(inputs, o.end(x, L.Dense(10)))


def plain(o, dtype=None):
    x = inputs = keras.Input((8, 8, 1))
    x = L.Rescaling(2.0)(x)
    for number, (filters, strides) in enumerate(((8, 1), (16, 2), (16, 1))):
        x = o.unit(x, conv(filters, strides=strides), straight=number == 1)
    return keras.Model(inputs, o.end(L.Flatten()(x), L.Dense(10, dtype=dtype and "float32")))


@keras.saving.register_keras_serializable(package="doctor_tests")
class Residual(keras.Model):
    """Subclassed, with blocks that are models themselves."""

    def __init__(self, o):
        super().__init__()
        self.stem, self.blocks = Block(o, first=True), [Block(o), Block(o)]
        self.pool, self.head, self.last = L.GlobalAveragePooling2D(), L.Dense(10), o.norm() if o.behind else None

    def call(self, x, training=None):
        x = self.stem(x, training=training)
        for block in self.blocks:
            x = block(x, training=training)
        x = self.head(self.pool(x))
        return x if self.last is None else self.last(x)


class Block(keras.Model):
    def __init__(self, o, *, first=False):
        super().__init__()
        self.o, self.first = o, first
        activation = "relu" if o.twice else None
        self.convs = [conv(12)(use_bias=o.bias, activation=activation) for _ in range(1 if first else 2)]
        self.norms, self.relu = [o.norm(axis=o.axis) for _ in self.convs], L.ReLU()

    def call(self, x, training=None):
        y = self.norms[0](self.convs[0](x), training=training)
        if self.first:
            return self.relu(y)
        y = y if self.o.straight else self.relu(y)
        y = self.norms[1](self.convs[1](y), training=training)
        return self.relu(tf.cast(y, x.dtype) + x)


def residual(o):
    model = Residual(o)
    model(np.zeros((2, 8, 8, 1), np.float32))
    return model


def depthwise(o):
    x = inputs = keras.Input((8, 8, 1))
    x = o.unit(x, conv(12), straight=True)
    for filters in (16, 24):
        x = o.unit(x, functools.partial(L.DepthwiseConv2D, 3, padding="same"))
        x = o.unit(x, conv(filters, 1))
    return keras.Model(inputs, o.end(L.GlobalAveragePooling2D()(x), L.Dense(10)))


def unet(o):
    inputs = keras.Input((8, 8, 1))
    wide = o.unit(inputs, conv(8))
    down = o.unit(L.MaxPooling2D()(wide), conv(16), straight=True)
    low = o.unit(o.unit(L.MaxPooling2D()(down), conv(16)), conv(16))
    up = o.unit(L.Concatenate()([L.UpSampling2D()(low), down]), conv(16))
    up = o.unit(L.Concatenate()([L.UpSampling2D()(up), wide]), conv(8))
    return keras.Model(inputs, o.end(up, L.Conv2D(1, 1)))


def lstm(o):
    x = inputs = keras.Input((8, 8))
    x = o.normalize(L.LSTM(16, return_sequences=True)(x))
    x = o.normalize(L.LSTM(16)(x), axis=-1)
    return keras.Model(inputs, o.end(x, L.Dense(10)))


def generator(o):
    x = inputs = keras.Input((8,))
    x = L.Reshape((2, 2, 16))(o.unit(x, functools.partial(L.Dense, 64)))
    for filters in (16, 8):
        layer = functools.partial(L.Conv2DTranspose, filters, 3, strides=2, padding="same")
        x = o.unit(x, layer, straight=filters == 16)
    return keras.Model(inputs, o.end(x, L.Conv2D(1, 3, padding="same", activation=None if o.behind else "sigmoid")))


def discriminator(o):
    x = inputs = keras.Input((8, 8, 1))
    x = L.LeakyReLU(0.2)(conv(8)()(x))
    for number, filters in enumerate((16, 16)):
        x = o.unit(x, conv(filters, strides=2), straight=number == 0, activation="leaky_relu")
    return keras.Model(inputs, o.end(L.Flatten()(x), L.Dense(1)))


def mixed(o):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return plain(o, dtype="float16")
    finally:
        keras.config.set_dtype_policy("float32")


def mobile(o):
    """From keras.applications, whose code knows no options: only its momentum and epsilon can be set afterwards."""
    model = keras.applications.MobileNetV2((32, 32, 1), alpha=0.35, weights=None, classes=10)
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            layer.momentum = o.momentum
    return model


def transformer(o):
    x = inputs = keras.Input((8, 8))
    x = L.Dense(16)(x)
    for _ in range(2):
        x = L.LayerNormalization()(x + L.MultiHeadAttention(2, 8)(x, x))
        x = L.LayerNormalization()(x + L.Dense(16)(L.Dense(32, activation="relu")(x)))
    return keras.Model(inputs, L.Dense(10)(L.GlobalAveragePooling1D()(x)))


MODELS = {
    "dense": dense,
    "plain conv": plain,
    "residual": residual,
    "depthwise": depthwise,
    "U-Net": unet,
    "LSTM": lstm,
    "generator": generator,
    "discriminator": discriminator,
    "mixed precision": mixed,
    "MobileNetV2": mobile,
    "transformer": transformer,
}
IMAGES = 160


@functools.cache
def digits(seed):
    return data.load(split=seed)


def inputs(name, x, seed=0):
    """The digits x (N, 8, 8) in the form of a model's inputs."""
    if name == "generator":
        return np.random.default_rng(seed).normal(size=(len(x), 8)).astype(np.float32)
    if name in ("LSTM", "transformer"):
        return x
    if name == "MobileNetV2":
        return x.repeat(4, axis=1).repeat(4, axis=2)[..., np.newaxis]
    return x.reshape(len(x), 64) if name == "dense" else x[..., np.newaxis]


def batches(name, seed, size=32, count=IMAGES):
    """Batches (inputs, labels) of training digits; those of the GAN and the U-Net have no class labels."""
    split = digits(seed)
    x, y = inputs(name, split.x_train[:count], seed), split.y_train[:count]
    if name == "discriminator":
        x = x.copy()
        x[::2] = np.random.default_rng(seed).uniform(size=x[::2].shape)
    labels = None if name in ("U-Net", "generator", "discriminator") else y
    return [(x[i : i + size], None if labels is None else labels[i : i + size]) for i in range(0, count, size)]


def fit(model, name, seed, *, epochs=2):
    """Train a model as its kind is trained; of MobileNetV2 only the statistics are made, to save minutes."""
    split = digits(seed)
    x = inputs(name, split.x_train, seed)
    if name == "MobileNetV2":
        settle(model, batches(name, seed))
    elif name == "transformer":  # it holds nothing that would have to be learned to be healthy
        return model
    elif name == "generator":
        compiled(model, keras.losses.MeanSquaredError()).fit(x, split.x_train[..., None], 32, epochs, verbose=0)
    elif name == "discriminator":
        real = x[: len(x) // 32 * 32].reshape(-1, 1, 32, 8, 8, 1)  # batches of real images and of false ones in turn
        false = np.random.default_rng(seed).uniform(size=real.shape).astype(np.float32)
        rows = np.concatenate([real, false], axis=1).reshape(-1, 8, 8, 1)
        truth = np.tile(np.repeat([1.0, 0.0], 32), len(real))
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        compiled(model, loss).fit(rows, truth, 32, epochs, shuffle=False, verbose=0)
    elif name == "U-Net":
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        compiled(model, loss).fit(x, (x > 0.5).astype(np.float32), 32, epochs, verbose=0)
    else:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        compiled(model, loss).fit(x, split.y_train, 32, epochs, verbose=0)
    return model


def compiled(model, loss="mse", optimizer=None):
    model.compile(optimizer or keras.optimizers.Adam(0.003), loss)
    return model


def settle(model, given, passes=3):
    """Let the memory take up the statistics of batches while no weight changes."""
    kept = [(norm, norm.momentum) for norm in norms(model)]
    for norm, _ in kept:
        norm.momentum = 0.6
    for _ in range(passes):
        for x, _ in given:
            model(x, training=True)
    for norm, momentum in kept:
        norm.momentum = momentum
    return model


def norms(model):
    return [layer for layer in model._flatten_layers() if isinstance(layer, L.BatchNormalization)]


@functools.cache
def trained_weights(name, seed):
    keras.utils.set_random_seed(seed)
    model = fit(MODELS[name](Options()), name, seed)
    return model.get_weights()


def healthy(name, seed, **options):
    """A trained model; with options that change its layers' shapes, one that only has its statistics."""
    keras.utils.set_random_seed(seed)
    model = MODELS[name](Options(**options))
    try:
        model.set_weights(trained_weights(name, seed))
    except ValueError:
        settle(model, batches(name, seed))
    return model


# -- Faults: a function from (name, seed) to (model, batches)


def built(**options):
    """A fault of how the normalizations are built."""

    def plant(name, seed):
        model = healthy(name, seed, **options)
        return settle(model, batches(name, seed)), batches(name, seed)

    return plant


def changed(change):
    """A fault of a healthy model's state: change(model, norms)."""

    def plant(name, seed):
        model = healthy(name, seed)
        change(model, norms(model))
        return model, batches(name, seed)

    return plant


def reset(model, layers):
    for norm in layers:
        norm.moving_mean.assign(tf.zeros_like(norm.moving_mean))
        norm.moving_variance.assign(tf.ones_like(norm.moving_variance))


def starting(momentum, passes):
    """A memory that began at 0 and 1 and has seen some steps."""

    def plant(name, seed):
        model = healthy(name, seed, momentum=momentum)
        reset(model, norms(model))
        for x, _ in (batches(name, seed) * 100)[:passes]:
            model(x, training=True)
        return model, batches(name, seed)

    return plant


def never_trained(name, seed):
    """Random weights, and a memory that nobody wrote to."""
    keras.utils.set_random_seed(seed)
    return MODELS[name](Options()), batches(name, seed)


def drifted(name, seed):
    return healthy(name, seed), [(1 - 3 * x, y) for x, y in batches(name, seed)]


def stale(model, layers):
    for variable in model.trainable_variables:
        if len(variable.shape) > 1:
            variable.assign(3 * variable + 0.3 * tf.cast(tf.random.normal(variable.shape, seed=1), variable.dtype))


def frozen(model, layers):
    reset(model, layers)
    for norm in layers:
        norm.trainable = False


def unwritten(model, layers):
    reset(model, layers)
    for norm in layers:
        norm.momentum = 1.0


def base_frozen(model, layers):
    for layer in model._flatten_layers(include_self=False):
        if not any(inner in layers for inner in layer._flatten_layers()):
            layer.trainable = False


def frozen_after_compile(model, layers):
    compiled(model)
    model.optimizer.build(model.trainable_variables)
    for norm in layers:
        norm.trainable = False


def decaying(model, layers):
    compiled(model, optimizer=keras.optimizers.AdamW(0.001, weight_decay=0.01))
    model.optimizer.build(model.trainable_variables)


def dead(model, layers):
    for norm in layers[:1]:
        norm.gamma.assign(norm.gamma * (np.arange(norm.gamma.shape[0]) % 3 > 0))


def poisoned(model, layers):
    layers[0].moving_variance.assign(
        layers[0].moving_variance * np.where(np.arange(layers[0].gamma.shape[0]) == 1, np.nan, 1)
    )


def faint(name, seed):
    """Inputs, or the first kernel, far too small."""
    model = healthy(name, seed)
    for variable in model.trainable_variables:
        if len(variable.shape) > 1 and "bias" not in variable.path:
            variable.assign(variable * 1e-3)
            break
    return settle(model, batches(name, seed)), batches(name, seed)


def jumping(name, seed):
    """PyTorch's 0.1 in Keras: training goes on for some steps, no weight changes."""
    model = healthy(name, seed, momentum=0.1)
    for x, _ in batches(name, seed):
        model(x, training=True)
    return model, batches(name, seed)


def pairs_of_images(name, seed):
    return healthy(name, seed), batches(name, seed, size=2, count=64)


def displaced(model, layers):
    """A memory so far from the data that the answers change."""
    for norm in layers:
        sign = np.where(np.arange(norm.gamma.shape[0]) % 2, 1.0, -1.0)
        norm.moving_mean.assign(norm.moving_mean + 3 * sign * np.sqrt(norm.moving_variance))


FAULTS = {
    "never trained in training mode": (never_trained, "missing-training-flag"),
    "memory lost": (changed(reset), "restored-without-moving-statistics missing-training-flag"),
    "never written": (changed(unwritten), "moving-not-updated"),
    "frozen at the start": (changed(frozen), "frozen-wrongly"),
    "too few steps": (starting(0.97, 20), "statistics-lag"),
    "momentum too near 1": (starting(0.999, 40), "momentum-near-one"),
    "drift": (drifted, "statistics-off"),
    "stale": (changed(stale), "statistics-off"),
    "momentum inverted": (jumping, "momentum-inverted"),
    "mode gap": (changed(displaced), "mode-gap"),
    "training=True in the call": (built(forced=True), "batch-statistics-at-inference"),
    "wrong axis": (built(axis=1), "axis-not-features"),
    "bias": (built(bias=True), "bias-kept"),
    "activated twice": (built(twice=True), "activated-twice"),
    "activation missing": (built(straight=True), "activation-missing"),
    "output normalized": (built(behind=True), "after-output"),
    "dead gammas": (changed(dead), "gamma-dead"),
    "variance below epsilon": (faint, "variance-below-epsilon"),
    "batches of two": (pairs_of_images, "batch-too-small"),
    "frozen base that updates": (changed(base_frozen), "frozen-layer-updates"),
    "frozen after compile": (changed(frozen_after_compile), "trainable-changed"),
    "weight decay": (changed(decaying), "decays-gamma-beta"),
    "NaN in the memory": (changed(poisoned), "memory-not-finite"),
    "float16 statistics": (built(dtype="float16"), "half-precision-statistics"),
}
"""{fault: (how to plant it, the names of findings of which one is due)}"""
STRUCTURAL = {"training=True in the call", "wrong axis", "bias", "activated twice", "activation missing"}
BATCHES = {"batches of two"}
CANNOT = {
    "transformer": set(FAULTS),
    # keras.applications offers no options for its layers; with random weights there is no accuracy to lose.
    "MobileNetV2": STRUCTURAL | {"output normalized", "float16 statistics", "mode gap"},
    # Two images have many positions: chance moves the means by a tenth of a standard deviation.
    **dict.fromkeys(("plain conv", "residual", "depthwise", "U-Net", "discriminator", "mixed precision"), BATCHES),
    # What an LSTM does before its output is inside of it.
    "LSTM": {"bias", "activated twice", "activation missing"},
    "dense": {"wrong axis"},
}
"""Faults that a model cannot have."""


def applicable(name):
    return [fault for fault in FAULTS if fault not in CANNOT.get(name, ())]
