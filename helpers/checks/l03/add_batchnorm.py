"""Check of lesson 03: a network with batch normalization."""

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise

CONFIGS = (
    {"image_shape": (8, 8), "hidden": (32, 24), "activation": "relu", "classes": 10},
    {"image_shape": (6, 5), "hidden": (13, 7, 11), "activation": "tanh", "classes": 4},
    {"image_shape": (4, 4), "hidden": (9,), "activation": "sigmoid", "classes": 3},
)


@exercise("add_batchnorm", arguments=("model_config",))
def add_batchnorm(attempt):
    """Check `fn(model_config)` -> a Keras model that gives logits, each hidden layer batch-normalized.

    `model_config` is a dict such as {"image_shape": (8, 8), "hidden": (100, 100), "activation": "relu", "classes": 10}.
    Normalization before or after the activation both pass.
    """
    with tf_trace.seeded():
        tf_network.judge_built(attempt, CONFIGS, rows=24, widths=lambda config: config["hidden"])
