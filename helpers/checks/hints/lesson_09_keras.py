"""Hints for fine-tuning and weight decay in lesson 09."""

from helpers.checks.hints.lesson_03 import with_where

WHERE = {
    "freeze": "Lesson 09, 'Frozen weights, moving statistics', its second cell; the table in lesson 03, "
    "'`trainable` is not `training`'.",
    "decay_parameters": "Lesson 09, 'What weight decay decays', its last paragraphs.",
}

FREEZE = {
    "raises": (
        "Your code stopped{on} with {error}.",
        "Print name and type of every layer that your function meets. Is there one that has no such attribute, or one "
        "that is a model itself?",
    ),
    "wrong-shape": (
        "What your function returns should be {due}; it is {received}.",
        "Whoever calls the function goes on with what it returns.",
    ),
    "model-changed": (
        "Its predictions in inference mode changed by up to {difference}: some weight or statistic is another one.",
        "Freezing keeps every number as it is. Which of yours were set anew?",
    ),
    "frozen-wrongly": (
        "After {steps} steps of training the moving statistics of {layers} are not what they were.",
        "Print the name of every layer that your loop meets. Which layers of the model are inside another layer?",
    ),
    "rest-frozen": (
        "Of {rest} weights outside of batch normalization, {learning} can still be trained.",
        "`trainable` of a model holds for everything inside it. Which layers did you mean?",
    ),
    "still-by-the-batch": (
        "The moving statistics stay, but in training mode nobody uses them: the modes differ by {difference}.",
        "Frozen means: the same numbers to normalize with in training as afterwards. Which switch decides about both?",
    ),
}

DECAY = {
    "raises": (
        "Your code stopped{on} with {error}.",
        "Print name and type of every layer that your function meets. Which of them have no weights at all?",
    ),
    "wrong-shape": (
        "What your function returns should be {due}; it is {received}.",
        "An optimizer needs the variables themselves, neither their names nor their layers.",
    ),
    "decays-gamma-beta": (
        "Decay would reach {names}.",
        "Decay pulls a number towards 0. What does a normalized feature look like whose `gamma` is pulled to 0, "
        "and what would be gained?",
    ),
    "decays-moving-statistics": (
        "Decay would reach {names}, which no gradient reaches.",
        "A moving statistic is measured, not learned. Which list of the model holds what is learned?",
    ),
    "misses-kernels": (
        "Only {received} of {due} kernels are among them.",
        "Convolutions, depthwise convolutions, layers inside another model: how does your function find a weight?",
    ),
    "model-changed": (
        "After the call the model computes something else, or trains other weights.",
        "The function only has to look. What did it set?",
    ),
}

HINTS = {
    "freeze": with_where(FREEZE, WHERE["freeze"]),
    "decay_parameters": with_where(DECAY, WHERE["decay_parameters"]),
}

PRAISE = {
    "freeze": "Right: the statistics stay and are used in both modes, in the nested model too, and all else can learn.",
    "decay_parameters": "Right: decay reaches every kernel, and leaves scale, shift and memory alone.",
}
