"""Check of lesson 06: a convolutional network with batch normalization."""

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise

CONFIGS = (
    {"image_shape": (12, 10, 3), "filters": (5, 7), "dense": 13, "activation": "relu", "classes": 4},
    {"image_shape": (24, 22, 1), "filters": (4, 9, 6), "dense": 20, "activation": "tanh", "classes": 10},
)
"""The first has another size on every axis, so that none can be taken for another. Both leave room for convolutions
without padding, each followed by a pooling that halves the maps."""


@exercise("add_batchnorm_conv", arguments=("model_config",))
def add_batchnorm_conv(attempt):
    """Check `fn(model_config)` -> a Keras model that gives logits, each convolution and the dense layer normalized.

    `model_config` is a dict such as {"image_shape": (8, 8, 1), "filters": (16, 32), "dense": 100, "activation": "relu",
    "classes": 10}: one convolution for each entry of `filters`, one hidden dense layer, one number for each class.
    Kernel sizes, strides and pooling are free.
    """
    with tf_trace.seeded():
        tf_network.judge_built(attempt, CONFIGS, rows=16, widths=lambda config: (*config["filters"], config["dense"]))
