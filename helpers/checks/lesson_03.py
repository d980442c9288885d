"""Checks of lesson 03: a network with batch normalization, and one step of its training."""

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.engine.tf_examine import examine, outline
from helpers.checks.engine.tf_network import images
from helpers.checks.engine.tf_step import judge_steps

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
        examined = []
        for config in CONFIGS:
            x, on = images(24, config["image_shape"]), f"{config}"
            model = tf_network.built(attempt, config, x=x, shape=(len(x), config["classes"]), on=on)
            look = outline if examined else examine  # the first tells what it does, the others what it follows
            examined.append((tf_network.run(attempt, lambda f=look, m=model, x=x: f(m, x), on), config, on))
        attempt.no_side_effects()
        tf_network.judge(attempt, examined[0][0])
        for found, config, on in examined:
            tf_network.as_configured(attempt, found, [*config["hidden"], config["classes"]], config["activation"], on)
            missing = ", ".join(tf_network.missing_biases(found))
            attempt.require(not missing, "bias-missing", layer=missing)


@exercise("training_step", arguments=("model", "optimizer", "x", "y"))
def training_step(attempt):
    """Check `fn(model, optimizer, x, y)` -> loss: one step of training on the batch x, y.

    The model gives logits and has batch normalization layers, the labels y are integers, the loss is the mean sparse
    cross-entropy before the step. Afterwards weights and moving statistics are those after one step.
    """
    with tf_trace.seeded():
        judge_steps(attempt)
