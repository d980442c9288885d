"""Hints for the convolutional network of lesson 06."""

from helpers.checks.hints.lesson_03 import ADD_BATCHNORM, PARAGRAPHS, with_where

WHERE = {
    "add_batchnorm_conv": "Lesson 06, 'One statistic for each feature map'; "
    "for the order of layers lesson 03, 'One line becomes three'."
}

WHERE_ELSE = PARAGRAPHS | {"channels-first-ignored": "Lesson 06, 'The `axis` argument'."}

HINTS = {"add_batchnorm_conv": with_where(ADD_BATCHNORM, WHERE["add_batchnorm_conv"], WHERE_ELSE)}

PRAISE = {
    "add_batchnorm_conv": "Right: every convolution and the dense layer are normalized, one statistic for each feature "
    "map, and the output is free."
}
