"""Hints of lesson 09: ghost batches."""

WHERE = {"ghost_forward": "Lesson 09, 'Ghost batches'."}

TRANSFORM = "Lesson 01, 'The transform by hand', steps 2 and 3: they hold within each group."

GHOST_FORWARD = {
    "wrong-axis": (
        "In the first group the first feature has the mean {first}; within each group it should be its `beta`, {beta}.",
        "A group is a small batch: a statistic belongs to a feature, over the group's rows. Which axis disappears?",
        TRANSFORM,
    ),
    "divides-by-variance": (
        "In the first group a feature comes out with spread {wide} instead of {wide_due}.",
        "Dividing by which of the two leaves a spread of 1: the variance, or its root?",
        TRANSFORM,
    ),
    "unbiased-variance": (
        "Within each group every feature comes out a little too narrow. The smaller the group, the more.",
        None,
        TRANSFORM,
    ),
    "epsilon-outside-sqrt": (
        "Most features agree. One hardly varies: in the first group its spread is {narrow}, due is {narrow_due}.",
        None,
        TRANSFORM,
    ),
    "epsilon-ignored": (
        "Most features agree. One hardly varies: in the first group its spread is {narrow}, due is {narrow_due}.",
        None,
        TRANSFORM,
    ),
    "missing-gamma": (None, None, "Lesson 01, 'The transform by hand', step 4."),
    "missing-beta": (
        "The first feature has the mean {first} in the first group, whatever `beta` is; due is {beta}.",
        None,
        "Lesson 01, 'The transform by hand', step 4.",
    ),
    "gamma-beta-swapped": (
        "A feature with `gamma` {gamma} and `beta` {beta} has the mean {first} in each group.",
        None,
        "Lesson 01, 'The transform by hand', step 4.",
    ),
    "stats-over-padding": (
        "Where {rows} rows come in groups of {size}, the full groups are right and the last {rest} rows are not: zeros "
        "that you filled in count as data.",
        "How many rows does the last group have, really? Nothing asks for groups of equal length.",
        None,
    ),
    "whole-batch-statistics": (
        "In the first group the first feature has the mean {first}; {beta}, its `beta`, is due in every group.",
        "What would become of the second group if the rows of the first one were multiplied by 100? It should not "
        "notice. Whose mean do you subtract?",
        None,
    ),
    "wrong-groups": (
        "Where {rows} rows come in groups of {size}, the groups should have {sizes} rows; yours are others.",
        "`size` is the number of rows in a group, not the number of groups. In which row does the second group start, "
        "and in which the last?",
        None,
    ),
    "groups-not-consecutive": (
        "Your groups are as large as they should be, but made of other rows: neighbours are in different groups.",
        "With a size of 4 the first group is rows 0, 1, 2, 3. Which rows are in yours?",
        None,
    ),
    "last-group-wrong": (
        "Where {rows} rows come in groups of {size}, all full groups are right; the last {rest} rows are not.",
        "What is left after the full groups is a group like the others, only shorter. Whose mean and variance does it "
        "have in yours?",
        None,
    ),
    "unstable-variance": (None, None, "Lesson 10, 'A gallery of eight faults', number 1."),
}

HINTS = {"ghost_forward": GHOST_FORWARD}

PRAISE = {"ghost_forward": "Right: each group is normalized by itself, the short one at the end too."}
