"""Hints for statistics re-estimated at test time in lesson 10."""

from helpers.checks.hints.lesson_03 import with_where

WHERE = {
    "adapt": "Lesson 10, 'When the input drifts'; for exact statistics lesson 05, 'Exact statistics: calibration'."
}

ADAPT = {
    "raises": (
        "Your code stopped{on} with {error}.",
        "Call it yourself with a small model and three images in the shape that the model was built for, and print "
        "what each line hands to the next.",
    ),
    "wrong-shape": (
        "What your function returns should be {due}; it is {received}.",
        "One prediction for each image: the outputs of the model, or the class. Is it returned?",
    ),
    "not-finite": (
        "Among your predictions there is a NaN or an infinity.",
        "The outputs are logits, some of them negative. Which of your operations does not take them?",
    ),
    "wrong-values": (
        "The predictions differ by up to {difference} from those with the statistics of the images, and from those "
        "with the old statistics too.",
        "One mean and one variance for each feature, of all images together. How many images does each of your calls "
        "see, and in which layers do their statistics arrive?",
    ),
    "model-changed": (
        "After the call the model is another one: {names} changed.",
        "A call in training mode writes to the memory. Who puts the old statistics back, or works on a copy?",
    ),
    "not-adapted": (
        "The predictions are those of the model as it came: the images' own statistics play no part.",
        "Which call of the model computes statistics from its input?",
    ),
    "barely-adapted": (
        "The predictions are those after {updates} update(s) of the moving statistics: much of the memory is still "
        "old.",
        "moving = moving * momentum + batch * (1 - momentum): how much of the new images is in it, and for which "
        "momentum would it be all?",
    ),
    "batch-statistics-at-inference": (
        "All images get the same prediction.",
        "The statistics of a single image are that image. How many images does each of your calls see?",
    ),
}

HINTS = {"adapt": with_where(ADAPT, WHERE["adapt"])}

PRAISE = {"adapt": "Right: the predictions use the statistics of these images, and the model is as it was."}
