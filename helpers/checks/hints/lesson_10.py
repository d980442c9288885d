"""Hints of lesson 10: folding, and Keras's settings in PyTorch's words."""

WHERE = {
    "fold": "Lesson 10, 'The layer that disappears': the line with s, and the two brackets to the right of its = sign.",
    "to_pytorch": "Lesson 10, 'From Keras to PyTorch': the first row of the table, both assignments.",
}

FOLD = {
    "gamma-wrong-axis": (
        "With a square kernel every weight is off; with any other shape the multiplication does not fit at all.",
        "Each unit has its own scale, and its weights are one column of the kernel: kernel[..., c] belongs to unit c. "
        "Along which axis do your numbers run?",
        None,
    ),
    "divides-by-variance": (
        "The weights of a unit whose moving variance is {variance} are {narrow} times as large as they should be.",
        "Which of the two has the unit of x, the variance or its root? Dividing by that one leaves a spread of 1.",
        None,
    ),
    "epsilon-outside-sqrt": (
        "Most units agree. The one with the moving variance {variance} has weights {narrow} times as large as due.",
        "Where the variance is small, `epsilon` decides: is it added to the variance or to its root?",
        "Lesson 10, 'The layer that disappears': what stands under the root in s.",
    ),
    "fold-ignores-epsilon": (
        "Most units agree. The one with the moving variance {variance} has weights {narrow} times as large as due.",
        "What did the layer that you fold add to the variance before it took the root? The number arrives as an "
        "argument: is it in your code?",
        "Lesson 10, 'The layer that disappears': what stands under the root in s.",
    ),
    "missing-gamma": (
        "The folded layer has the same gain in every unit, whatever `gamma` is.",
        "What is left of `gamma` in the number that you multiply the kernel by?",
        None,
    ),
    "missing-beta": (
        "Kernel and most of the bias are right, but the folded layer gives the same whatever `beta` is.",
        "`beta` was added last. Where does it come in when there is only one bias?",
        None,
    ),
    "gamma-beta-swapped": (
        "The gain of the folded layer follows `beta`, and its offset follows `gamma`.",
        None,
        None,
    ),
    "fold-ignores-bias": (
        "The layer without a bias folds correctly; any other one loses its bias: {bias} where {bias_due} is due.",
        "The layer's own bias passes through the normalization as well. What happens there to a number that is added "
        "to xW: is it only shifted, or also scaled?",
        None,
    ),
    "bias-not-scaled": (
        "The layer without a bias folds correctly. With one the new bias is {bias}, and should be {bias_due}.",
        "xW and b arrive at the normalization as one sum. If it multiplies xW by s, what does it multiply b by?",
        None,
    ),
    "mean-not-folded": (
        "The kernel is right. The bias is {bias} where {bias_due} is due: the moving mean is lost or on another scale.",
        "What leaves the two layers for an input of zeros? Follow b through all four: subtract, divide, multiply, add.",
        None,
    ),
    "kernel-not-scaled": (
        "The bias is right, but the kernel is the one that came in.",
        "Double the input of both networks: by how much does the output of each one grow?",
        None,
    ),
}

TO_PYTORCH = {
    "pytorch-momentum-same": (
        "With Keras's momentum of 0.99 your layer in PyTorch forgets 99% of its memory at each step.",
        "Write down both update lines with the memory at 1 and a batch at 0. Which momentum must PyTorch get so that "
        "the memory is 0.99 afterwards in both?",
        None,
    ),
    "momentum-ignored": (
        "`momentum` is {yours} for PyTorch whatever Keras's was.",
        "Keras's 0.99 and Keras's 0.9 remember differently. Where could your code notice?",
        None,
    ),
    "epsilon-ignored": (
        "`eps` is {yours} whatever `epsilon` was.",
        "Both libraries add this number to the variance, under the root. What has to be done with it?",
        "Lesson 10, 'From Keras to PyTorch': the row of default values. Your layer need not have the default one.",
    ),
    "not-a-dict": (
        "Your function should return {due}; it returns {received}.",
        "A dict is written {{key: value, key: value}}; without `return` a function gives None.",
        "Lesson 10, 'Exercise 2: convert the settings': its first sentence.",
    ),
    "other-keys": (
        'The dict should have the keys "momentum" and "eps" and no other; yours has {received}.',
        "The dict is handed to PyTorch as **settings. Which names do its arguments have?",
        "Lesson 10, 'Exercise 2: convert the settings': its first sentence.",
    ),
    "not-a-number": (
        "{name} should be one number; yours is of type {received}.",
        "Print what each key holds: is it computed, or quoted?",
        "Lesson 10, 'Exercise 2: convert the settings': its first sentence.",
    ),
}

HINTS = {"fold": FOLD, "to_pytorch": TO_PYTORCH}

PRAISE = {
    "fold": "Right: dense, convolution and without bias, the one layer gives what the two gave.",
    "to_pytorch": "Right: the memory forgets at the same speed in both, whatever the settings.",
}
