"""Hints of lesson 00."""

WHERE = {
    "standardize": "Lesson 00, 'Your first exercise': over what mean and standard deviation are taken, and the example "
    "by hand."
}

STANDARDIZE = {
    "wrong-axis": (
        "The columns should come out at mean 0, and one of yours has the mean {mean}.",
        "x has {rows} rows (examples) and one column for each feature. A mean belongs to a column: over which axis do "
        "you average, the one that counts the rows, or the other one?",
        None,
    ),
    "divides-by-variance": (
        "A column whose spread was {column_spread} comes out with the spread {low} instead of 1.",
        "A column in metres has a variance in square metres. Dividing by which of the two leaves no unit, and a spread "
        "of 1: the variance, or its root?",
        None,
    ),
    "unbiased-variance": (
        "With {rows} rows every column comes out with the spread {low} instead of 1; with more rows it is nearer to 1.",
        "The standard deviation here is the biased one (1/N). Which number do you divide the sum of squares by?",
        None,
    ),
    "unstable-variance": (
        None,
        "The mean of squares and the square of the mean are both near 100,000,000 there, and float32 keeps seven "
        "digits of each. What could you subtract from x before anything is squared?",
        None,
    ),
}

HINTS = {"standardize": STANDARDIZE}

PRAISE = {
    "standardize": "Right: every column at mean 0 and spread 1, in float32 and float64. Checks like this one follow."
}
