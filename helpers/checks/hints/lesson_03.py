"""Hints of lesson 03, and those that every exercise about a whole network shares."""

NETWORK = {
    "raises": (
        "Your code stopped{on} with {error}.",
        "Call your function yourself, then call the model that it returns on three inputs of zeros. Which of the two "
        "stops, and at which layer?",
    ),
    "modifies-input": (
        "After the call `{name}` is not what it was before: whoever passed it in misses an entry or finds another one.",
        "`pop` takes an entry out of the caller's dict, an assignment puts another one in. Which of your lines does "
        "more than read?",
    ),
    "not-finite": (
        "{name} holds a NaN or an infinity{on}, for ordinary inputs and a model fresh from your function.",
        "Which operation of yours can divide by 0, or meets a number that it is not made for? Print the smallest and "
        "the largest value after each layer.",
    ),
    "wrong-shape": (
        "Not what was asked for{on}: {name} should be {due}, yours is {received}.",
        "Is the model returned? Does it take images of the given shape, flatten them where a dense layer comes first, "
        "and end with one number for each class?",
    ),
    "no-batchnorm": (
        "In training mode nothing normalizes what comes out of: {layer}.",
        "Go through the layers with weights. Behind each one but the last, where is its `BatchNormalization`?",
    ),
    "per-position-statistics": (
        "{layer} keeps {kept} means for values of shape {shape}: one for each position and feature map.",
        "A kernel looks at every position with the same weights, so a feature map needs one mean. What happens to the "
        "positions before your layer sees them?",
    ),
    "channels-first-ignored": (
        "{layer} keeps {kept} means for values of shape {shape}: that is not the number of feature maps.",
        "Which axis holds the feature maps in these images, and which one does `axis` name?",
    ),
    "wrong-axis": (
        "{layer} keeps {kept} means for values of shape {shape}: not one for each feature.",
        "Which axis holds the features, and which one does the layer keep?",
    ),
    "batch-statistics-at-inference": (
        "Called {how}, which is inference mode, an image's output changes by {difference} of its size when the other "
        "images are replaced.",
        "Who decides whether a layer uses the batch or its memory: the layer, or whoever calls the model?",
    ),
    "moving-updated-at-inference": (
        "After a prediction the moving statistics are not what they were.",
        "Only training mode may write to the memory. What protects it in yours?",
    ),
    "frozen-wrongly": (
        "{layer} is frozen: called with `training=True` it still uses its memory, and does not write to it.",
        "A layer whose `trainable` is False runs in inference mode whatever `training` says. Who set it?",
    ),
    "missing-training-flag": (
        "Called with `training=True`, {layer} does not normalize with the batch's statistics.",
        "The flag has to reach the layer. Where on its way is it replaced or lost?",
    ),
    "moving-not-updated": (
        "{layer} normalizes with the batch's statistics, but its memory stays as it was at the start.",
        "moving = moving * momentum + batch * (1 - momentum): for which momentum does nothing move?",
    ),
    "after-output": (
        "The output is normalized too, by {layer}: its mean over the batch is the same for every batch.",
        "What may an output say about one image if its mean and spread over the batch are fixed?",
    ),
    "bias-kept": (
        "The gradient of {bias} is 0 in training mode, whatever the loss: it can never learn.",
        "What happens to a constant that is added to all values of a feature when their mean is subtracted?",
    ),
}
"""Facts: layer, kept, shape, how, difference, bias; see helpers.checks.engine.tf_network."""

PARAGRAPHS = {
    "bias-kept": "Lesson 03, 'Why the bias goes'.",
    "bias-missing": "Lesson 03, 'Why the bias goes'.",
    "missing-training-flag": "Lesson 03, 'A loop that forgets'.",
    "frozen-wrongly": "Lesson 03, '`trainable` is not `training`'.",
    "batch-statistics-at-inference": "Lesson 03, '`training=`: who sets it?', and lesson 05, 'One image at a time'.",
    "moving-updated-at-inference": "Lesson 05, 'The layer in low-level TensorFlow'.",
    "moving-not-updated": "Lesson 05, 'Momentum: fast or steady'.",
    "probabilities-not-logits": "Lesson 03, 'Exercise 1: add it', its last two sentences.",
    "after-output": "Lesson 03, 'Exercise 1: add it', its last two sentences.",
    "settings-ignored": "The exercise's own text: what each entry of `model_config` means.",
}
"""Slug -> where to read, whichever network it is."""

WHERE = {
    "add_batchnorm": "Lesson 03, 'One line becomes three'.",
    "training_step": "Lesson 03, 'A loop that forgets'.",
}


def with_where(hints, where, paragraphs=None):
    """Pairs (symptom, idea) as the three hints, all with one pointer but those of `paragraphs`."""
    return {slug: (*pair, (paragraphs or {}).get(slug, where)) for slug, pair in hints.items()}


ADD_BATCHNORM = NETWORK | {
    "probabilities-not-logits": (
        "The outputs for an image are positive and sum to 1: these are probabilities.",
        "A loss made `from_logits=True` applies the softmax itself. What should the last layer leave out?",
    ),
    "settings-ignored": (
        "The model does not follow its settings{on}: {what} should be {due}, yours is {received}.",
        "Which entries of `model_config` does your function read, and which numbers did you write down yourself?",
    ),
}

BIAS_MISSING = {
    "bias-missing": (
        "No bias in {layer}, and nothing takes a mean right after it: that bias would have had a use.",
        "A mean takes away only a constant that still stands there when the mean is taken. What comes between this "
        "layer and the next normalization?",
    ),
}

TRAINING_STEP = {
    "raises": (
        "Your code stopped{on} with {error}.",
        "Call it yourself with a small model, an optimizer and three rows. A gradient needs a tape that was watching "
        "when the model was called: where does yours begin and end?",
    ),
    "wrong-shape": (
        "{name} should be {due}, yours is {received}.",
        "The loss of a batch is one number: the mean over its examples. Is it returned?",
    ),
    "missing-training-flag": (
        "After the step the moving statistics are what they were, and the loss is that of inference mode.",
        "A model that is called bare runs in inference mode. What tells it that this is training?",
    ),
    "moving-not-updated": (
        "The weights are right after the step, but the moving statistics are those from before it.",
        "Was the memory put back, or did the step run on another model than the one that was passed?",
    ),
    "moving-updated-twice": (
        "After one step the moving statistics have moved as far as two steps would move them.",
        "Each call in training mode writes to the memory. How often does your step call the model?",
    ),
    "weights-not-updated": (
        "After the step every weight is what it was.",
        "A tape computes gradients; who hands them to the variables?",
    ),
    "frozen-wrongly": (
        "All weights took their step except `gamma` and `beta`.",
        "They are learned like any other weight. Which variables did you ask gradients for?",
    ),
    "loss-after-the-step": (
        "The loss that comes back is that of the weights after the step.",
        "A step reports the loss whose gradient it followed. When is yours computed?",
    ),
    "logits-as-probabilities": (
        "The loss is the one that comes out if the logits are taken for probabilities.",
        "The model's outputs can be negative. What does the loss have to know about them?",
    ),
    "sum-not-mean": (
        "The loss is as many times too large as there are images in the batch.",
        "With twice as many images the step should not become twice as long. Sum or mean?",
    ),
    "wrong-values": (
        "{name} differs by up to {difference} after the step. None of the usual mistakes gives just these numbers.",
        "The table says which of loss, weights and memory is off. Is the optimizer that was passed the one that steps?",
    ),
}

HINTS = {
    "add_batchnorm": with_where(ADD_BATCHNORM | BIAS_MISSING, WHERE["add_batchnorm"], PARAGRAPHS),
    "training_step": with_where(TRAINING_STEP, WHERE["training_step"]),
}

PRAISE = {
    "add_batchnorm": "Right: every hidden layer is normalized by its batch in training and by its memory afterwards, "
    "nothing learns in vain, and the output is free.",
    "training_step": "Right: one step, one loss, and the memory moved along with the weights.",
}
