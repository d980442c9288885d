"""Hints for the generator of lesson 08."""

from helpers.checks.hints.lesson_03 import NETWORK, with_where
from helpers.checks.hints.lesson_03 import PARAGRAPHS as SHARED

WHERE = {"generator": "Lesson 08, 'Two networks against each other'."}
PARAGRAPHS = SHARED | {"after-output": "Lesson 08, 'Which layers to leave alone'."}

GENERATOR = NETWORK | {
    "wrong-shape": (
        "Not what was asked for{on}: {name} should be {due}, yours is {received}.",
        "From `latent_size` numbers to a small stack of maps, then twice as wide with each step, up to 8 x 8. "
        "Which step leaves another size?",
    ),
    "not-finite": (
        "{name} holds a NaN or an infinity{on}.",
        "Try a latent vector a hundred times as large, and print the largest value after each layer: where does it "
        "leave what a float can hold?",
    ),
    "after-output": (
        "The picture itself is normalized, by {layer}: in training mode every batch of pictures gets one mean and "
        "spread.",
        "Real digits differ in brightness. Which layer must be free to show that?",
    ),
    "output-unbounded": (
        "With a large latent vector a pixel comes out at {largest}; pictures lie between -1 and 1.",
        "Which activation at the very end keeps every pixel in the range of the training images?",
    ),
    "half-the-range": (
        "No pixel is ever below 0; white is -1.",
        "Which values can the activation at the very end take? Half of the range of the training images is out of its "
        "reach.",
    ),
    "ignores-latent": (
        "Sixteen different latent vectors give sixteen times the same picture.",
        "On the way from z to the picture, where is z lost?",
    ),
}

HINTS = {"generator": with_where(GENERATOR, WHERE["generator"], PARAGRAPHS)}

PRAISE = {"generator": "Right: every layer but the last is normalized, and the picture is free within its range."}
