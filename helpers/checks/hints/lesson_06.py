"""Hints of lesson 06."""

WHERE = {"conv_forward": "Lesson 06, 'One statistic for each feature map'."}

AXIS_ARGUMENT = "Lesson 06, 'The `axis` argument': it names the axis that is kept, and may count from the end."

SHAPES = "Lesson 06, 'What `keepdims` keeps': shapes are lined up from the right."

CONV_FORWARD = {
    "wrong-axis": (
        "The mean of a feature map over all its values is {mean}; it should be its `beta`, {beta}.",
        "`axis` names the one to keep, not one to reduce. A feature map has one mean and one variance, over all images "
        "and all positions: which three of the four axes disappear?",
        AXIS_ARGUMENT,
    ),
    "per-position-statistics": (
        "At the top left corner the first feature has the mean {place} over the images; {place_due} is due. In your "
        "result every corner, every edge and every centre has the same mean.",
        "The same kernel looks at every position, so all positions of a map share one mean. Which axes besides the "
        "batch's does your mean run over?",
        None,
    ),
    "instance-statistics": (
        "In the first image the first feature map has the mean {image}; {image_due} is due. Replace the second image "
        "by zeros: your first one stays the same.",
        "Your statistics stay within one image. Which axis is missing in the reduction?",
        None,
    ),
    "negative-axis": (
        "With the features on axis 3 the result is right with axis=3, and another one with axis=-1.",
        "Both name the last axis. Write down which axes your code reduces for axis=-1: is there an i in 0, 1, 2, 3 "
        "that equals -1? What turns -1 into 3?",
        AXIS_ARGUMENT,
    ),
    "channels-first-ignored": (
        "With the features last the result is right. With shape {shape} and axis={axis} your statistics still belong "
        "to the last axis.",
        "Print the shape of your mean for axis=1. For x - mean it has to lie along axis 1: which shape of four numbers "
        "does that?",
        SHAPES,
    ),
    "gamma-wrong-axis": (
        "With shape {shape} and axis={axis} `gamma` or `beta` acts along another axis than the features'. "
        "Both are equally long, so nothing complains.",
        "NumPy puts an array of shape (C,) along the last axis. Which shape of four numbers puts it along axis 1?",
        SHAPES,
    ),
    "divides-by-variance": (
        "A feature map that varied a lot comes out with spread {wide} instead of {wide_due}.",
        "Dividing by which of the two leaves a spread of 1: the variance, or its root?",
        None,
    ),
    "unbiased-variance": (
        "Every map comes out a little too narrow: {ratio} of its spread, the more so the fewer values it has.",
        None,
        None,
    ),
    "epsilon-outside-sqrt": (
        "Most maps agree to three digits. One hardly varies: yours leaves with spread {narrow}, due is {narrow_due}.",
        None,
        "Lesson 01, 'The transform by hand', step 3: what stands under the root.",
    ),
    "epsilon-ignored": (
        "Most maps agree to three digits. One hardly varies: yours leaves with spread {narrow}, due is {narrow_due}.",
        None,
        "Lesson 01, 'The transform by hand', step 3: what stands under the root.",
    ),
    "missing-gamma": (None, None, "Lesson 01, 'The transform by hand', step 4."),
    "missing-beta": (
        "A feature map comes out with mean {mean}, whatever `beta` is; due is {beta}.",
        None,
        "Lesson 01, 'The transform by hand', step 4.",
    ),
    "gamma-beta-swapped": (
        "A feature map with `gamma` {gamma} and `beta` {beta} comes out with mean {mean}.",
        None,
        "Lesson 01, 'The transform by hand', step 4.",
    ),
    "unstable-variance": (None, None, "Lesson 10, 'A gallery of eight faults', number 1."),
}

HINTS = {"conv_forward": CONV_FORWARD}

PRAISE = {"conv_forward": "Right: one mean and one variance for each feature map, on whichever axis the features are."}
