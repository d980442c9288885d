"""Hints of lesson 02."""

WHERE = {"fair_comparison": "Lesson 02, 'Exercise: a fair pair': its second sentence, word by word."}

COPY = "Lesson 02, 'Exercise: a fair pair': its last sentence says how to copy an experiment with one setting changed."

FAIR_COMPARISON = {
    "two-factors-changed": (
        "The two differ in more than batch normalization: {differing}.",
        "If one of them trains better, which of the differences was it? Only `batch_norm` may say one thing here and "
        "another there.",
        None,
    ),
    "nothing-changed": (
        "The two are the same experiment, twice {which} batch normalization.",
        "`base` itself may come with batch normalization or without. What do you set for each of the two, whatever "
        "`base` says?",
        None,
    ),
    "another-factor-changed": (
        "Both have the same `batch_norm`; what differs is {differing}.",
        "The question is what batch normalization does. Which setting holds it?",
        None,
    ),
    "wrong-order": (
        "For at least one `base` the pair comes back as (with, without).",
        "`base` itself may come with batch normalization or without. Which of your two does it become, and which one "
        "comes first?",
        None,
    ),
    "ignores-base": (
        "The pair is fair, but made for another experiment than `base`: {differing} in `base` and in yours.",
        "Whoever calls your function chooses the settings. Which of them do you take from `base`, and which ones come "
        "from elsewhere?",
        COPY,
    ),
    "no-pair": (
        "Your function should return {due}; it returns {received}.",
        "Two results are returned as `return first, second`.",
        None,
    ),
    "no-experiment": (
        "Both of the pair should be an Experiment; {name} is an object of type {received}.",
        "A network is trained from an Experiment: its settings, checked, under their names. Which call makes one?",
        COPY,
    ),
    "raises": (
        None,
        'Call it yourself with Experiment(batch_norm=True, activation="relu"). An Experiment cannot be changed once it '
        "is made, and its settings have exactly the names that `Experiment?` lists.",
        COPY,
    ),
    "modifies-input": (
        "After the call `{name}` is another experiment: whoever passed it in trains something else from now on.",
        "An experiment is frozen on purpose. What makes a changed copy and leaves the original alone?",
        COPY,
    ),
}

HINTS = {"fair_comparison": FAIR_COMPARISON}

PRAISE = {
    "fair_comparison": "Right: whatever the experiment, the two differ in batch normalization and in nothing else."
}
