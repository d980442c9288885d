"""Hints of lesson 01."""

BY_HAND = "Lesson 01, 'The transform by hand', step"

WHERE = {"forward": "Lesson 01, 'The transform by hand': work column a through your code and compare it step by step."}

FORWARD = {
    "wrong-axis": (
        "Each feature should leave with its `beta` as its mean. One of yours is {mean_off} away from it.",
        "A statistic belongs to a feature (a column), over the {rows} examples of the batch. Which axis has to "
        "disappear when you take the mean?",
        f"{BY_HAND} 1, and the last paragraph below the figure: everything is computed down a column.",
    ),
    "divides-by-variance": (
        "The feature that varies most leaves with the spread {wide}; it should be {wide_due}.",
        "Halve a feature: its variance falls to a quarter, its standard deviation to a half. Dividing by which of the "
        "two makes the scale disappear?",
        f"{BY_HAND} 3: what is x - mean divided by?",
    ),
    "unbiased-variance": (
        "Every feature leaves with {ratio} of the spread that is due in a batch of {rows}. With 256 rows you would "
        "hardly see it.",
        "Batch normalization uses the biased variance (1/m). Which number do you divide the sum of squares by?",
        f"{BY_HAND} 2: four squares, divided by how much?",
    ),
    "epsilon-outside-sqrt": (
        "All features but one agree to three digits. That one hardly varies: yours leaves with a spread of {narrow}, "
        "it should be {narrow_due}.",
        "Where a feature varies little, `epsilon` decides: is it added to the variance or to the standard deviation? "
        "√(0.01² + 0.001) and 0.01 + 0.001 are far apart.",
        f"{BY_HAND} 3: look at what stands under the root.",
    ),
    "epsilon-ignored": (
        "All features but one agree to three digits. That one hardly varies: yours leaves with a spread of {narrow}, "
        "it should be {narrow_due}.",
        "Where a feature varies little, `epsilon` decides. Call your function twice on column c, with epsilon=0.001 "
        "and epsilon=1: what changes in your result, and what should?",
        f"{BY_HAND} 3: look at what stands under the root.",
    ),
    "missing-gamma": (
        "A feature leaves with the spread {wide} where {wide_due} is due, and stays so whatever `gamma` is.",
        "After step 3 every feature has the spread 1. What gives it the spread that the network has learned?",
        f"{BY_HAND} 4.",
    ),
    "missing-beta": (
        "The first feature leaves with the mean {mean}, whatever `beta` is; here it is {beta}.",
        "After step 3 every feature has the mean 0. What moves it to the mean that the network has learned?",
        f"{BY_HAND} 4.",
    ),
    "gamma-beta-swapped": (
        "The first feature has `gamma` {gamma} and `beta` {beta}; it leaves with the mean {mean}.",
        "One of the two multiplies and sets the spread, the other one is added and sets the mean: which is which?",
        f"{BY_HAND} 4.",
    ),
    "gamma-wrong-axis": (
        "With as many rows as features ({rows} each) `gamma` or `beta` acts on rows instead of columns. With other "
        "batches your code stops, or should.",
        "`gamma` has one number for each feature. NumPy puts an array of shape (D,) along the last axis by itself: "
        "what did you add that turns it?",
        f"{BY_HAND} 4.",
    ),
    "unstable-variance": (
        None,
        "E[x²] and E[x]² are both near 100,000,000 there, and float32 keeps seven digits of each: what is left of "
        "their difference? What could you subtract from x before anything is squared?",
        f"{BY_HAND} 2: the squares of which distances?",
    ),
}

HINTS = {"forward": FORWARD}

PRAISE = {"forward": "Right on every batch, from one row to 256, and where a feature does not vary at all."}
