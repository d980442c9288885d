"""Hints for the capstone: symptoms that a person would see, causes, where to read."""

WHERE = {
    "capstone": "The lesson of the fault: 03 for `training=`, `trainable` and saving, 05 for momentum, 06 for `axis`."
}

CAPSTONE = {
    "raises": (
        "Your code stopped{on} with {error}.",
        "Run your function yourself on `data.load()`, then the model that it returns on three images: which of the two "
        "stops?",
        "Lesson 03, 'One line becomes three', for a network of these images.",
    ),
    "too-slow": (
        "Training and check together have {seconds} seconds, and yours had not ended.",
        "Fewer steps, larger batches, a smaller network: which of these costs you no accuracy on the validation "
        "images?",
        "Lesson 04, on how many steps these networks need.",
    ),
    "wrong-shape": (
        "Not what was asked for: {name} should be {due}, yours is {received}.",
        "What comes back is the trained model itself, with ten outputs for each image. Is it returned?",
        "Lesson 03, 'One line becomes three', for a network of these images.",
    ),
    "not-finite": (
        "After the training {name} of the model is a NaN or an infinity.",
        "Print the loss while you train. At which step does it stop being a number, and what happens with a tenth of "
        "the learning rate?",
        "Lesson 02, on learning rates.",
    ),
    "no-batchnorm": (
        "Batch normalization is gone from {layer}.",
        "It is the subject of the repair: a network without it may reach 0.95 too. Which layers had it?",
        "Lesson 03, 'One line becomes three'.",
    ),
    "missing-training-flag": (
        "The moving statistics of {layer} are 0 and 1, as if the network had never seen a batch.",
        "The gradient steps ran in inference mode. What tells a model that a call is part of training?",
        "Lesson 03, 'A loop that forgets'.",
    ),
    "moving-not-updated": (
        "Called with `training=True`, {layer} uses the batch's statistics and writes nothing down: its memory still is "
        "0 and 1.",
        "moving = moving * momentum + batch * (1 - momentum): for which momentum does nothing move?",
        "Lesson 05, 'Momentum: fast or steady'.",
    ),
    "moving-updated-at-inference": (
        "After a prediction the moving statistics are not what they were.",
        "Only training mode may write to the memory. What protects it in yours?",
        "Lesson 05, 'The layer in low-level TensorFlow'.",
    ),
    "restored-without-moving-statistics": (
        "By the batch's statistics the network is good, by its memory it is not: {layer} remembers 0 and 1.",
        "Which numbers of a layer does no gradient reach? Did they come along when the weights were copied?",
        "Lesson 03, 'Saving, and what gets lost'.",
    ),
    "after-output": (
        "The output is normalized too, by {layer}: its mean over the batch is the same for every batch.",
        "What may a logit say about one image if its mean and spread over the batch are fixed?",
        "Lesson 03, 'One line becomes three'.",
    ),
    "channels-first-ignored": (
        "{layer} keeps {kept} means for values of shape {shape}: that is not the number of feature maps.",
        "Which axis holds the feature maps in these images, and which one does `axis` name?",
        "Lesson 06, on channels first and the `axis` argument.",
    ),
    "momentum-inverted": (
        "The memory of {layer} jumps with every batch: it holds little more than the last one.",
        "Keras and PyTorch call opposite weights by one name. Which of the two is Keras's `momentum`?",
        "Lesson 05, 'Momentum: fast or steady', and lesson 10, 'From Keras to PyTorch'.",
    ),
    "frozen-wrongly": (
        "Not everything learned: {layer}.",
        "Who sets `trainable`, and which variables does the optimizer get?",
        "Lesson 03, '`trainable` is not `training`'.",
    ),
    "batch-statistics-at-inference": (
        "Called {how}, which is inference mode, an image's output changes by {difference} of its size when the other "
        "images are replaced.",
        "Alone, an image must get the answer that it gets among others. Which line computes statistics from the input?",
        "Lesson 05, 'One image at a time'.",
    ),
    "statistics-lag": (
        "The moving statistics of {layer} are not those that the training images have now: {off} off, in standard "
        "deviations or in the logarithm of the variance.",
        "After t steps a share of momentum^t of the memory is still the start, and weights that are changed afterwards "
        "leave it behind. Which of the two is yours, and could the statistics be computed exactly at the end?",
        "Lesson 05, 'Exact statistics: calibration', and lesson 03, 'Three cures'.",
    ),
    "uses-test-data": (
        "The model knows the labels of the test part by heart, which happen to be wrong ones.",
        "What may the final number be measured on, if it is to say something about images never seen?",
        "Lesson 02, on choosing by validation images.",
    ),
    "not-accurate": (
        "None of the known faults is left, but only {right} of the unseen digits are right.",
        "Does the training loss still fall when you stop? Look at its curve, then at the validation images.",
        "Lesson 02, on learning rates.",
    ),
    "per-position-statistics": (
        "{layer} keeps {kept} means for values of shape {shape}: one for each position and feature map.",
        "A kernel looks at every position with the same weights. How many statistics does a feature map need?",
        "Lesson 06, on one statistic for each feature map.",
    ),
    "wrong-axis": (
        "{layer} keeps {kept} means for values of shape {shape}: not one for each feature.",
        "Which axis holds the features, and which one does the layer keep?",
        "Lesson 05, 'The layer in low-level TensorFlow'.",
    ),
}

HINTS = {"capstone": CAPSTONE}

PRAISE = {
    "capstone": "Right: at least 0.95 on digits that the model has not seen, alone or in a batch, and no fault is left."
}
