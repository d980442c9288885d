"""Check of lesson 06: a convolutional network with batch normalization."""

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.engine.tf_examine import examine, outline
from helpers.checks.engine.tf_network import images

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
        examined = []
        for config in CONFIGS:
            x, on = images(16, config["image_shape"]), f"{config}"
            model = tf_network.built(attempt, config, x=x, shape=(len(x), config["classes"]), on=on)
            look = outline if examined else examine  # the first tells what it does, the others what it follows
            examined.append((tf_network.run(attempt, lambda f=look, m=model, x=x: f(m, x), on), config, on))
        attempt.no_side_effects()
        tf_network.judge(attempt, examined[0][0])
        for found, config, on in examined:
            sizes = [*config["filters"], config["dense"], config["classes"]]
            tf_network.as_configured(attempt, found, sizes, config["activation"], on)
