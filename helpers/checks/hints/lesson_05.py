"""Hints of lesson 05: the backward pass and the memory."""

DERIVATION = "Lesson 05, 'The backward pass, one line at a time'"
BY_HAND = "Lesson 01, 'The transform by hand', step"

WHERE = {
    "backward": f"{DERIVATION}. Hand over your steps (dx_hat, dvariance, dmean): the table shows the first wrong one.",
    "update_moving": "Lesson 05, 'The layer in low-level TensorFlow': `moved`, and what it says of itself.",
    "inference": "Lesson 05, 'The same with pencil and paper': the computation with the moving mean in it.",
    "calibrate": "Lesson 05, 'Exact statistics: calibration'.",
}

FORWARD_PART = "Lesson 05, 'The backward pass, one line at a time': the forward pass at its head, cut into steps."

BACKWARD = {
    "wrong-axis": (
        "Something is summed or averaged over the features, where it should be over the batch.",
        "What was broadcast over the rows on the way up is summed over the rows on the way down: over which axis do "
        "your statistics and sums run?",
        f"{DERIVATION}: the paragraph about dbeta, 'what is broadcast on the way up'.",
    ),
    "divides-by-variance": (
        "dx is {size} where {size_due} is due, in a feature whose spread is far from 1.",
        "The gradient repeats the forward pass's division. Which of the two has x's unit: the variance, or its root?",
        FORWARD_PART,
    ),
    "unbiased-variance": (
        "All gradients are off by a few percent, the more so the fewer rows there are.",
        "The variance of batch normalization is biased (1/m). Which number do you divide by, going up or going down?",
        FORWARD_PART,
    ),
    "epsilon-outside-sqrt": (
        "Most features agree; the one that hardly varies is far off.",
        "Where a feature varies little, `epsilon` decides: is it added to the variance or to the standard deviation?",
        FORWARD_PART,
    ),
    "epsilon-ignored": (None, "Change `epsilon` in the call: what changes in your gradients?", FORWARD_PART),
    "gamma-beta-swapped": (
        "What you return as dgamma is dbeta, or the other way round.",
        "y = gamma * x_hat + beta: the gradient of which of the two knows x_hat? And in which order are they due?",
        f"{DERIVATION}: the lines for dbeta and dgamma.",
    ),
    "gamma-wrong-axis": (
        None,
        "`gamma` has one number for each feature. NumPy puts an array of shape (D,) along the last axis by itself: "
        "what did you add that turns it?",
        f"{DERIVATION}: the line for dx_hat.",
    ),
    "detached-statistics": (
        "The sum of dx over the batch reaches {sum}. It should be 0: shifting all of x by the same amount cannot "
        "change y.",
        "Nudge one x: the mean moves and the variance moves, and with them every row of y. By how many ways does x "
        "reach y, and how many of them does your dx know?",
        f"{DERIVATION}: dvariance, dcentred, dmean; and the paragraph after 'The last line is a mistake'.",
    ),
    "detached-variance": (
        "The sum of dx over the batch is 0, as it should be. The sum of dx times x_hat is {with_x_hat} in one feature, "
        "and should be {with_x_hat_due}.",
        "x reaches y by three ways: itself, the mean, the variance. Stretching all of x hardly changes y, so that a "
        "part along x_hat has to go. Which way removes it?",
        f"{DERIVATION}: from dinv_std to dcentred.",
    ),
    "detached-mean": (
        "The sum of dx over the batch reaches {sum}, and should be 0; what goes through the variance is right.",
        "x reaches y by three ways: itself, the mean, the variance. Which of them does your dx not know?",
        f"{DERIVATION}: its last step, dmean.",
    ),
    "sum-not-mean": (
        "dx is {size} where {size_due} is due, with {rows} rows; with more rows it would be further off.",
        "Each x has a share of 1/m in the mean and in the variance. Where does your dx divide by m?",
        f"{DERIVATION}: the two lines of code that hold an m.",
    ),
    "missing-inverse-std": (
        "dgamma or dx does not know how much a feature varies: it is right where the spread is 1, and nowhere else.",
        "Halve the spread of x and y gets twice as steep. By what does x_hat differ from x - mean, and which of your "
        "lines needs that factor, or one more power of it?",
        f"{DERIVATION}: every place where inv_std stands, and its power.",
    ),
    "missing-gamma-in-dx": (
        "Double `gamma`: dx, or a part of it, stays as it was.",
        "`gamma` scales x_hat on its way to y. What does that do to everything that comes back through x_hat?",
        f"{DERIVATION}: the line for dx_hat.",
    ),
    "returns-zeros": (
        "dx is 0 everywhere. A dy of ones would not notice: what is right there is almost 0. This dy is random.",
        "A dy that asks the first row to rise and the second to fall asks for something that x can do. What does your "
        "dx answer it?",
        f"{DERIVATION}: the paragraph that reads the one line as a sentence.",
    ),
    "mean-not-sum": (
        "dgamma is {ratio_dgamma} times and dbeta {ratio_dbeta} times as large as due, with {rows} rows.",
        "The loss hears `beta` through every row. Do the rows' contributions add up, or average?",
        f"{DERIVATION}: the paragraph about dbeta, 'what is broadcast on the way up'.",
    ),
    "unstable-variance": (None, None, f"{FORWARD_PART} The square is of the centred values."),
}

UPDATE_MOVING = {
    "momentum-inverted": (
        "With momentum {momentum} the old value should keep the weight {momentum}; in yours it has {weight}.",
        "`momentum` is the weight of the OLD value: 0.99 forgets slowly. Which of the two gets it in your line?",
        None,
    ),
    "moving-not-updated": (
        "The memory is what it was before, whatever the batch says.",
        "A memory that takes in nothing stays at its start. Where does `batch` enter what you return?",
        None,
    ),
    "momentum-ignored": (
        "The old value has the weight {weight} in yours, whichever momentum is passed; here it is {momentum}.",
        "Pass 0 and 1: with 0 only the batch should be left, with 1 only the memory. Where could your code notice?",
        None,
    ),
    "modifies-input": (
        None,
        "`moving *= momentum` writes into the caller's array, `moving * momentum` makes a new one. Which is yours?",
        None,
    ),
}

INFERENCE = {
    "wrong-axis": (
        "With as many rows as features the result is wrong; with other batches the shapes do not fit.",
        "moving_mean has one number for each feature. NumPy puts an array of shape (D,) along the last axis by itself: "
        "what did you add that turns it?",
        None,
    ),
    "divides-by-variance": (
        "A feature leaves with the spread {wide}; it should be {wide_due}.",
        "Dividing by which of the two makes the scale disappear: the moving variance, or its root?",
        f"{BY_HAND} 3, with the moving statistics.",
    ),
    "unbiased-variance": (
        "Every feature is off by the same few percent, the more so the fewer rows there are.",
        "The memory holds what is to be used. A factor that knows the number of rows cannot come from the memory: "
        "where does it come in?",
        None,
    ),
    "epsilon-outside-sqrt": (
        "Most features agree. The one with a small moving variance has the spread {narrow}; it should be {narrow_due}.",
        "Where the variance is small, `epsilon` decides: is it added to the variance or to its root?",
        f"{BY_HAND} 3: what stands under the root.",
    ),
    "epsilon-ignored": (
        "Most features agree. The one with a small moving variance has the spread {narrow}; it should be {narrow_due}.",
        "Change `epsilon` in the call: what changes in your result?",
        f"{BY_HAND} 3: what stands under the root.",
    ),
    "missing-gamma": (
        "A feature leaves with the spread {wide} where {wide_due} is due, whatever `gamma` is.",
        None,
        f"{BY_HAND} 4.",
    ),
    "missing-beta": (
        "The first feature leaves with the mean {mean} whatever `beta` is; here it is {beta}.",
        None,
        f"{BY_HAND} 4.",
    ),
    "gamma-beta-swapped": (None, None, f"{BY_HAND} 4."),
    "gamma-wrong-axis": (
        None,
        "`gamma` has one number for each feature. NumPy puts an array of shape (D,) along the last axis by itself: "
        "what did you add that turns it?",
        f"{BY_HAND} 4.",
    ),
    "batch-statistics-at-inference": (
        "The first feature leaves with the mean {mean}. Put other rows beside an example, and its output changes.",
        "In inference mode an example is on its own, and the memory speaks for the others. Which of your lines still "
        "computes something over the rows of x?",
        "Lesson 05, 'One image at a time': what is left of a single row that is its own mean.",
    ),
}

CALIBRATE = {
    "wrong-axis": (
        "The results should have one number for each feature, over all the batches.",
        "means has shape (K, C): K batches, C features. Which of the two axes has to disappear?",
        None,
    ),
    "unbiased-variance": (
        "The variance is a little too large, the more so the fewer rows there are.",
        "All variances here are biased (1/m), the given ones and the one that is due. Where do you take one away?",
        None,
    ),
    "sum-not-mean": (
        "What should be an average over all rows grows with their number.",
        "The weights of batches of {counts} rows should add up to 1. Do yours?",
        None,
    ),
    "std-not-variance": (
        "What you return as the variance of one feature is {variance}; {variance_due} is due.",
        "Double all the data: by which factor does a variance grow, and by which does yours?",
        None,
    ),
    "averages-std": (
        None,
        "The average of 1 and 3 is 2, and 2² is 4; the average of 1² and 3² is 5. Which of the two is the average "
        "variance, and in which order do you square and average?",
        None,
    ),
    "averages-batch-variances": (
        "The variance is {variance} in one feature: the average of the batches' own. But their means lie between {low} "
        "and {high}, and that is spread as well.",
        "Two batches without any spread of their own, at 0 and at 10: what is the variance of all their values "
        "together?",
        "Lesson 05, 'Exact statistics: calibration': where the 25 in 26 = 1 + 25 comes from.",
    ),
    "ignores-counts": (
        "Batches of {counts} rows have an equal say in your result; where all are equally large, it is right.",
        "A batch of 3 and a batch of 60 speak for how many values each? Look at the mean, at the variances, and at the "
        "spread of the means.",
        "Lesson 05, 'Exact statistics: calibration'. Then do one by hand: a batch of the value 0 and one of 8, 8, 8 "
        "have mean 6 and variance 12 together.",
    ),
    "unstable-variance": (
        "With means of 10,000 in float32 the variance is far off; with small means it is right.",
        "The difference of two huge, almost equal numbers keeps few digits. Distances from the common mean are small "
        "numbers: what could you square instead?",
        None,
    ),
}

HINTS = {
    "backward": BACKWARD,
    "update_moving": UPDATE_MOVING,
    "inference": INFERENCE,
    "calibrate": CALIBRATE,
}

PRAISE = {
    "backward": "Right: all three paths, on every batch. You have derived what a framework does for you.",
    "update_moving": "Right: the old value keeps the weight `momentum`, whatever momentum is passed.",
    "inference": "Right: one row or six, each leaves as if it were alone.",
    "calibrate": "Right: the same moments as if all rows had come in one batch.",
}
