"""The symptom and the idea of every slug of the vocabulary, for exercises that have nothing more exact to say.

{where}, the third hint, is each lesson's `WHERE`. Placeholders of the first group are filled by core.py and values.py.
"""

WHATEVER = {
    "not-attempted": (
        "Nothing to check yet: replace `raise NotImplementedError()` by your own lines and run both cells again.",
        "Begin with one line that returns something of the right shape; the table then says what differs.",
    ),
    "raises": (
        "Your code stopped{on} with {error}.",
        "The message says what Python could not do. Call your function yourself with small arguments, and print each "
        "name in that line and its shape: which one is not what you meant?",
    ),
    "other-arguments": (
        "Your function could not be called{on}: {error}.",
        "The exercise passes {arguments}, in this order and without names. Does the line that begins with `def` take "
        "as many?",
    ),
    "too-slow": (
        "Your code had not ended after {seconds} seconds, the limit for a check, and was stopped.",
        "Is there a loop whose condition never becomes false? Print its counter for the first ten rounds.",
    ),
    "not-callable": (
        "The check calls your code itself and needs the function, not its result: checks.{exercise}(your_function). "
        "It was given an object of type {received}.",
        "Leave out the brackets behind your function's name.",
    ),
    "wrong-shape": (
        "Something has another shape{on}: {name} should be {due}, yours is {received}.",
        "Is everything returned, and nothing besides? Each reduction removes an axis, each `keepdims=True` leaves one "
        "of length 1. Steps on the way may come as well, but in a dict: `return result, {{'mean': mean}}`.",
    ),
    "wrong-dtype": (
        "{name} should hold floating-point numbers{on}; yours is {received}.",
        "Integers lose what stands behind the point: where does an integer, or something that is no number, come in?",
    ),
    "modifies-input": (
        "After the call `{name}` is not what it was before: whoever passed it in loses their data.",
        "`x -= m` writes into the caller's array, `x = x - m` makes a new one. Which of your lines writes in place?",
    ),
    "modifies-global-state": (
        "After the call {whose} global random generator is in another state: a seed set elsewhere in the notebook "
        "no longer means what it meant.",
        "Nothing here needs chance. Where a function does need it, it makes a generator of its own: "
        "`np.random.default_rng(seed)`.",
    ),
    "not-finite": (
        "{name} holds a NaN or an infinity{on}.",
        "Look for a division by something that can be 0, and for the root of something that can be negative.",
    ),
    "wrong-values": (
        "{name} differs by up to {difference}{on}{place}. None of the usual mistakes gives just these numbers.",
        "The table lists the steps in order. The first one marked `differs` is where to look: work it out by hand for "
        "one feature of three rows.",
    ),
}

MISTAKES = {
    "wrong-axis": (
        "The features (columns) do not come out at mean 0 and spread 1, but the rows, or everything together, might.",
        "A statistic belongs to a feature, over the examples of the batch: which axis has to disappear?",
    ),
    "divides-by-variance": (
        "A feature that varied a lot comes out almost flat, one that hardly varied comes out huge.",
        "Dividing a feature by which of its statistics leaves a spread of 1: the one in squared units, or its root?",
    ),
    "unbiased-variance": (
        "Every feature comes out a little too narrow or too wide, the more so the fewer rows there are.",
        "Batch normalization uses the biased variance (1/m). Which number do you divide the sum of squares by?",
    ),
    "epsilon-outside-sqrt": (
        "Most features agree to three digits; one that hardly varies is far off.",
        "Where a feature varies little, `epsilon` decides: is it added to the variance or to the standard deviation?",
    ),
    "epsilon-ignored": (
        "A feature that hardly varies comes out as if `epsilon` were another number than the one that was passed.",
        "Change `epsilon` in the call: what changes in your result?",
    ),
    "missing-gamma": (
        "Every feature comes out with the same spread, whatever `gamma` is.",
        "What is left of `gamma` in your last line?",
    ),
    "missing-beta": (
        "Every feature comes out with the same mean, whatever `beta` is.",
        "What is left of `beta` in your last line?",
    ),
    "gamma-beta-swapped": (
        "The spread follows `beta` and the mean follows `gamma`.",
        "One of the two multiplies, the other one is added: which is which?",
    ),
    "gamma-wrong-axis": (
        "`gamma` or `beta` acts along another axis than the features'; nobody notices where both are equally long.",
        "`gamma` has one number for each feature. Along which axis does it broadcast in your line?",
    ),
    "unstable-variance": (
        "With a mean of 10,000 and a spread of 1 in float32 the result is far off; with small means it is right.",
        "The difference of two huge, almost equal numbers keeps few digits. What could you subtract before squaring?",
    ),
    "detached-statistics": (
        "The sum of dx over the batch is not 0, although shifting all of x by the same amount cannot change y.",
        "Mean and variance are computed from x. What do they contribute when x changes a little?",
    ),
    "detached-variance": (
        "The sum of dx over the batch is 0, as it should be; the sum of dx times x_hat is not.",
        "x reaches y by three paths: itself, the mean, the variance. Which of them does your dx not know?",
    ),
    "detached-mean": (
        "The sum of dx over the batch is not 0; what goes through the variance is right.",
        "x reaches y by three paths: itself, the mean, the variance. Which of them does your dx not know?",
    ),
    "sum-not-mean": (
        "The wrong part grows with the number of rows.",
        "Each example has a share of 1/m in the mean and in the variance. Where does your dx divide by m?",
    ),
    "missing-inverse-std": (
        "The error depends on the feature's spread: right at spread 1, too small or too large elsewhere.",
        "Half the spread makes y twice as steep in x. Where does your gradient know the spread?",
    ),
    "missing-gamma-in-dx": (
        "dx does not change when `gamma` does.",
        "`gamma` scales y. What does it do to the slope of y in x?",
    ),
    "returns-zeros": (
        "dx is 0 everywhere. That is right for a dy of ones, and only there.",
        "Try a random dy: what should come out differently from a constant one?",
    ),
    "momentum-inverted": (
        "The new value moves as much as it should stay, and the other way round.",
        "`momentum` is the weight of the OLD value. Which of the two gets it in your line?",
    ),
    "momentum-ignored": (
        "The result is the same whatever `momentum` is passed.",
        "Pass 0.5: is there any place where your code could notice?",
    ),
    "mean-not-sum": (
        "A gradient of `gamma` or `beta` is too small by a factor of the number of rows.",
        "The loss hears `beta` through every example. Do their contributions add up, or average?",
    ),
    "std-not-variance": (
        "What should be a variance is its root: it grows with the data's scale, not with the square of it.",
        "Double the data: by which factor does a variance grow?",
    ),
    "moving-not-updated": (
        "After several steps the moving statistics still are what they were at the start.",
        "In training mode the layer writes to its memory as well. Which line does that?",
    ),
    "moving-updated-at-inference": (
        "The same input twice in inference mode gives two different results.",
        "Only training mode may write to the memory. What protects it in yours?",
    ),
    "batch-statistics-at-inference": (
        "An example's output changes with the other examples of its batch.",
        "In inference mode no statistic may be computed from the input. Which line still does it?",
    ),
    "averages-std": (
        "The variance comes out too small, the more so the more the batches differ in spread.",
        "The root of an average is not the average of roots. What exactly do you average?",
    ),
    "variance-starts-at-zero": (
        "The very first inference multiplies its input by about 30.",
        "With a moving variance of 0 only `epsilon` is left under the root, and 1/√0.001 is 31.6. What would leave the "
        "input as it is?",
    ),
    "per-position-statistics": (
        "Each position of the image has statistics of its own; a feature map should have one pair.",
        "The same kernel looks at every position. Which axes besides the batch's does its statistic run over?",
    ),
    "instance-statistics": (
        "An image's result does not change when the other images of its batch do.",
        "Your statistics stay within one image. Which axis is missing in the reduction?",
    ),
    "channels-first-ignored": (
        "With the features on axis 1 the statistics still follow the last axis.",
        "What does your code do with `axis`, and how long is `gamma` in that case?",
    ),
    "shared-over-time": (
        "All time steps share one pair of statistics.",
        "The first step of a sequence and its tenth are distributed differently. Which axis must stay?",
    ),
    "stats-over-padding": (
        "The zeros that fill up short sequences are counted as data: the mean comes out too near to 0.",
        "The mask says which steps are real. What do you divide by, and what do you add up?",
    ),
    "no-step-beyond-last": (
        "A time step beyond the last one with statistics is not handled.",
        "A sequence can be longer than any in training. Whose statistics are the nearest to its later steps?",
    ),
    "two-factors-changed": (
        "The two differ in more than batch normalization: {differing}.",
        "If one of them wins, which of the differences was it?",
    ),
    "nothing-changed": (
        "The two are the same experiment.",
        "A comparison needs one difference. Which field holds it?",
    ),
    "averages-batch-variances": (
        "The variance is too small wherever the batches have different means.",
        "Two batches without any spread, at 0 and at 10: what is the variance of all their values together?",
    ),
    "ignores-counts": (
        "The result is right while all batches are equally large.",
        "A batch of 3 and a batch of 60 speak for how many values each?",
    ),
    "whole-batch-statistics": (
        "All groups share one pair of statistics.",
        "What would the second group look like if the first one were multiplied by 100?",
    ),
    "bias-kept": (
        "A layer directly before batch normalization still has a bias.",
        "What happens to a constant when the mean is subtracted?",
    ),
    "no-batchnorm": (
        "There is no batch normalization in the model.",
        "Which layers of the model should hand on normalized values?",
    ),
    "after-output": (
        "The output layer is normalized too.",
        "What may a logit say about one image if its mean over the batch is fixed?",
    ),
    "missing-training-flag": (
        "While training, the moving statistics do not move.",
        "A model that is called bare runs in inference mode. What tells it that this is training?",
    ),
    "uses-test-data": (
        "Test data had a part in training or choosing.",
        "What may the final number be measured on, if it is to say something about images never seen?",
    ),
    "frozen-wrongly": (
        "What should be frozen moves, or what should be trained does not.",
        "`trainable` of a layer and `training` of a call are two switches. Which one does what here?",
    ),
    "decays-gamma-beta": (
        "Weight decay reaches `gamma` or `beta`.",
        "Decay pulls towards 0. What does a layer compute whose `gamma` is 0?",
    ),
    "model-changed": (
        "The model is not what it was before the call.",
        "Whoever passed it in goes on using it. What did you change, and who puts it back?",
    ),
    "fold-ignores-bias": (
        "With a bias of 0 all is well; with any other it is lost.",
        "The layer's own bias passes through batch normalization as well. What happens to it there?",
    ),
    "fold-ignores-epsilon": (
        "The folded layer agrees where the moving variance is large, and not where it is small.",
        "What does the unfolded layer add to the variance before it takes the root?",
    ),
    "pytorch-momentum-same": (
        "PyTorch's layer would forget almost everything at each step.",
        "Which of the two values does each library's `momentum` weigh: the old one or the new one?",
    ),
    "restored-without-moving-statistics": (
        "After loading, the weights are there and the moving statistics are those of a new layer.",
        "Which numbers of the layer does no gradient reach? They have to be saved as well.",
    ),
}

HINTS = WHATEVER | MISTAKES
