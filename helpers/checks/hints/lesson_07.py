"""Hints of lesson 07: statistics for each time step."""

WHERE = {
    "recurrent_moments": "Lesson 07, 'Statistics for each time step'.",
    "recurrent_inference": "Lesson 07, 'Longer than trained'.",
}

TRANSFORM = "Lesson 01, 'The transform by hand': the same four steps, for one time step."

RECURRENT_MOMENTS = {
    "wrong-axis": (
        "For sequences of shape {shape} each result should have shape {due_shape}: one number for each time step and "
        "feature.",
        "The axes are sequence, step, feature, in this order. Two of them are in the result: over which one do you "
        "average?",
        None,
    ),
    "unbiased-variance": (
        "The variances are too large by n / (n - 1), with n = {number} sequences.",
        None,
        None,
    ),
    "sum-not-mean": (
        "What should be an average grows with the number of sequences: it is {number} times too large.",
        "By which number is a sum over {number} sequences divided to become their mean?",
        None,
    ),
    "instance-statistics": (
        "Each sequence gets statistics of its own: add one sequence to the batch, and nothing changes for the others.",
        "The axes are sequence, step, feature. The sequences are the examples of this batch: which axis has to "
        "disappear?",
        None,
    ),
    "shared-over-time": (
        "The first feature has the mean {first} at the first step and {last} at the last one. Your {which} mixes the "
        "steps.",
        "The axes are sequence, step, feature. Each step has a mean of its own, and a variance about that mean: over "
        "which axis do you average, and which mean do you subtract?",
        None,
    ),
    "results-swapped": (
        "The first of the two results is the variance, and the second one the mean.",
        "The assignment names what comes back, in order. In which order does your last line return the two?",
        "Lesson 07, the assignment of the exercise: the order of the two results.",
    ),
    "unstable-variance": (None, None, "Lesson 10, 'A gallery of eight faults', number 1."),
}

RECURRENT_INFERENCE = {
    "wrong-axis": (
        "Where as many sequences or steps come as there are features, the result is wrong; elsewhere nothing fits.",
        "The statistics of one step have shape (D,), one number for each feature. Along which axis of x_t, (N, D), do "
        "they belong, and on which axis of (T, D) are the steps?",
        "Lesson 07, 'Statistics for each time step'.",
    ),
    "divides-by-variance": (
        "At t={t} a feature leaves with the spread {wide}; it should be {wide_due}.",
        "Dividing by which of the two makes the scale disappear: the moving variance, or its root?",
        TRANSFORM,
    ),
    "epsilon-outside-sqrt": (
        "Most features agree. The one with a small moving variance has a spread of {narrow}, due is {narrow_due}.",
        None,
        TRANSFORM,
    ),
    "epsilon-ignored": (
        "Most features agree. The one with a small moving variance has a spread of {narrow}, due is {narrow_due}.",
        None,
        TRANSFORM,
    ),
    "missing-gamma": (
        "At t={t} a feature leaves with the spread {wide} where {wide_due} is due, whatever `gamma` is.",
        None,
        TRANSFORM,
    ),
    "missing-beta": (
        "At t={t} the first feature has the mean {mean}, due is {mean_due}: `beta`, {beta}, is missing.",
        None,
        TRANSFORM,
    ),
    "gamma-beta-swapped": (None, None, TRANSFORM),
    "batch-statistics-at-inference": (
        "At t={t} a sequence's result changes when the other sequences of its batch do.",
        "At inference no statistic may be computed from x_t: the memory holds them. Which line still does it?",
        "Lesson 05, 'One image at a time': what becomes of an example that is alone in its batch.",
    ),
    "shared-over-time": (
        "All time steps are normalized with the same statistics, whatever `t` is.",
        "moving_mean has shape (T, D), a row for each step. Which row belongs to `t`?",
        "Lesson 07, 'Statistics for each time step'.",
    ),
    "wrong-step": (
        "At t={t} you use the statistics of a neighbouring step.",
        "Steps are counted from 0, as Python counts. Which row of moving_mean belongs to the very first step?",
        "Lesson 07, 'Statistics for each time step'.",
    ),
    "no-step-beyond-last": (
        "Steps 0 to {last} are right. At t={t} your code fails, or uses other statistics than it should.",
        "A sequence can be longer than any in training. Of the steps that have statistics, which one is the nearest to "
        "step {t}?",
        None,
    ),
}

HINTS = {"recurrent_moments": RECURRENT_MOMENTS, "recurrent_inference": RECURRENT_INFERENCE}

PRAISE = {
    "recurrent_moments": "Right: a mean and a variance for each time step and feature, over the sequences.",
    "recurrent_inference": "Right: each step has its own statistics, and those of the last one go on for ever.",
}
