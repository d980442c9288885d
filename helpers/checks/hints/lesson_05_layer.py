"""Hints for the layer of lesson 05; most come from what all exercises share."""

WHERE = {"tf_layer": "Lesson 05, 'The layer in low-level TensorFlow'."}

HINTS = {
    "tf_layer": {
        "not-callable": (
            "The check makes layers of its own and needs the class: checks.tf_layer(MyBatchNorm). It was given an "
            "object of type {received}.",
            "Leave out the brackets behind the name of your class.",
            WHERE["tf_layer"],
        ),
        "wrong-shape": (
            "Not what was asked for{on}: {name} should be {due}, yours is {received}.",
            "The layer hands on one number for each number that it gets. Does every path through your `call` end in a "
            "`return`?",
            WHERE["tf_layer"],
        ),
        "raises": (
            "Your layer stopped{on} with {error}.",
            'Make one yourself, `layer = MyBatchNorm()`, and call it on `np.ones((3, 2), "float32")` in both modes. '
            "Print the shape of each step: where does the first one surprise you?",
            WHERE["tf_layer"],
        ),
        "weights-missing": (
            "The layer has no weight named {name}.",
            "Four weights: two that are learned, two that are remembered. `build` makes them with `self.add_weight`, "
            "and each one is an attribute.",
            WHERE["tf_layer"],
        ),
        "moving-updated-at-inference": (
            "After a call with `training=False` the moving mean is not what it was.",
            "Only training mode may write to the memory. What protects it in your `call`?",
            WHERE["tf_layer"],
        ),
        "missing-training-flag": (
            "Called with `training=True` or `training=False`, your layer does the same: it reads its memory.",
            "Which line of your `call` asks for `training`?",
            WHERE["tf_layer"],
        ),
        "per-position-statistics": (
            "On dense batches all is right. On images each position gets statistics of its own.",
            "An image has two axes more. Over which axes does a feature map's statistic run?",
            "Lesson 05, 'The layer in low-level TensorFlow', and lesson 06 on shared statistics.",
        ),
        "instance-statistics": (
            "On dense batches all is right. On images each image gets statistics of its own.",
            "Which axis is missing in the reduction once there are four?",
            "Lesson 05, 'The layer in low-level TensorFlow', and lesson 06 on shared statistics.",
        ),
        "epsilon-ignored": (
            "A feature that hardly varies comes out as if `epsilon` were not the one that the layer was made with.",
            "Make the layer with epsilon 1: what changes in its output?",
            WHERE["tf_layer"],
        ),
        "momentum-ignored": (
            "The memory moves by the same share whatever `momentum` the layer was made with.",
            "Make the layer with momentum 0: after one call, whose statistics should it hold?",
            "Lesson 05, 'Momentum: fast or steady'.",
        ),
        "detached-statistics": (
            "The outputs are right, and the gradient for x is not: its sum over the batch is not 0.",
            "TensorFlow follows x through the mean and the variance by itself, unless something stops it on the way.",
            "Lesson 05, 'The backward pass, one line at a time'.",
        ),
        "detached-variance": (
            "The outputs are right, and the gradient for x is not. Its sum over the batch is 0, as it should be; what "
            "comes back through the variance is missing.",
            "TensorFlow follows x through the variance by itself, unless something stops it on the way. Where, between "
            "x and the root, do your numbers leave its sight?",
            "Lesson 05, 'The backward pass, one line at a time'.",
        ),
        "detached-mean": (
            "The outputs are right, and the gradient for x is not: its sum over the batch is not 0, though what comes "
            "back through the variance is there.",
            "TensorFlow follows x through the mean by itself, unless something stops it on the way. Where, between x "
            "and the difference from its mean, do your numbers leave its sight?",
            "Lesson 05, 'The backward pass, one line at a time'.",
        ),
    }
}

PRAISE = {
    "tf_layer": "Right in both modes, for dense batches and images: outputs, memory after 1, 2 and 10 steps, gradients."
}
