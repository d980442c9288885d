# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# # 01 · What is batch normalization?
#
# About 50 minutes to read and do (an estimate); less than a minute to run.
# It builds on lesson 00 only: you know what a neural network and gradient descent are.
#
# After this lesson you will be able to
# - normalize a small batch with pencil and paper, and any batch in NumPy;
# - say what `gamma` and `beta` can give back to the network, and what they cannot;
# - explain why the layer treats a batch differently in training and in inference.

# %% tags=["setup", "path-90"]
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine

from helpers import batchnorm, checks, data, widgets
from helpers._support.blas import one_thread
from helpers.course import quiz
from helpers.experiments import Experiment, about, pin, stats, sweep, train
from helpers.figures import plots
from helpers.lessons.l01 import figures, pictures
from helpers.networks import draws

plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## The layer on one page
#
# A batch is a table of N examples (rows) with D features each (columns). Batch normalization takes one column at a time:
#
# $$
# \begin{aligned}
# \text{1. mean} &= \frac{1}{N} \sum_{n=1}^{N} x_n \\
# \text{2. variance} &= \frac{1}{N} \sum_{n=1}^{N} (x_n - \text{mean})^2 \\
# \text{3.}\quad \hat{x}_n &= \frac{x_n - \text{mean}}{\sqrt{\text{variance} + \text{epsilon}}} \\
# \text{4.}\quad y_n &= \text{gamma} \cdot \hat{x}_n + \text{beta}
# \end{aligned}
# $$
#
# Steps 1 to 3 bring the column to mean 0 and standard deviation 1 (from here on also called its *spread*). Step 4 gives it a new standard deviation, `gamma`, and a new mean, `beta`; both are learned.
# `epsilon` is a small constant that prevents a division by zero.
# The variance is the *biased* one: it divides by N, not by N − 1 (Ioffe & Szegedy 2015, algorithm 1). Here it describes this batch and does not estimate anything.

# %% tags=["figure", "path-90"]
x = np.array([[3, 300, 4.99], [9, 900, 5.01], [11, 1100, 4.99], [17, 1700, 5.01]])
pictures.shaded_table(x)
plt.show()

# %% [markdown] tags=["path-90"]
# This batch has four examples with three features each. Feature a, shaded, gets a mean and a variance over its four examples; b and c get their own.
# Nothing is ever averaged along a row.
#
# Where does the layer stand in a network? Usually between a layer's weights (a `Dense` layer in Keras) and its activation:

# %% tags=["figure", "path-90"]
pictures.block_diagram()
plt.show()

# %% [markdown] tags=["path-90"]
# On the *training path* (solid blue), mean and variance come from the batch that is passing through, and a memory is moved a little towards them.
# On the *inference path* (dashed purple), when the trained network is used, the layer takes the remembered mean and variance instead.
# A later section of this lesson, "What if one image comes alone?", shows why two paths are needed. Until then everything happens on the training path.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## The transform by hand
#
# Take a pencil and do feature a: 3, 9, 11, 17. Let `gamma` = 2, `beta` = 1 and `epsilon` = 0.001.
#
# 1. The **mean** is (3 + 9 + 11 + 17) / 4 = 10.
# 2. The **variance** is the mean of the squared distances: (49 + 1 + 1 + 49) / 4 = 25.
# 3. **x̂** = (x − mean) / √(variance + epsilon). The distances −7, −1, 1, 7 divided by √25.001 give −1.4, −0.2, 0.2, 1.4.
# 4. **y** = gamma · x̂ + beta gives −1.8, 0.6, 1.4, 3.8.
#
# The widget shows the same four steps. Move the slider, or click into the field beside it and press the arrow keys.

# %% tags=["figure", "path-90"]
widgets.TransformSteps()

# %% [markdown] tags=["path-90"]
# The four dots are the four examples. At step 1 the dashed line marks their mean, and at step 2 the shaded band shows their standard deviation.
# From step 2 to 3 the dots first slide until their mean is 0, then the distances between them shrink until the band reaches from −1 to 1.
# From step 3 to 4 they spread by `gamma` and slide by `beta`. Their order and their relative distances never change.

# %% [markdown] tags=["exercise", "path-90"]
# ### Exercise: write it
#
# `forward` takes a batch `x` of shape (N, D), `gamma` and `beta` of shape (D,), and `epsilon`, and returns `y` of shape (N, D).
# Return `y, {"mean": mean, "variance": variance, "x_hat": x_hat}` if you want the check to compare your steps one by one.


# %% tags=["exercise", "path-90"]
def forward(x, gamma, beta, epsilon):
    """Batch normalization of x (N, D) with the batch's own mean and biased variance."""
    ### BEGIN SOLUTION
    mean = np.mean(x, axis=0)
    variance = np.var(x, axis=0)
    x_hat = (x - mean) / np.sqrt(variance + epsilon)
    y = gamma * x_hat + beta
    return y, {"mean": mean, "variance": variance, "x_hat": x_hat}
    ### END SOLUTION


# %% tags=["check", "path-90"]
checks.forward(forward)

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## The layer in five lines
#
# Here is the course's own version. Compare it with yours once you have passed. It normalizes all three features of the table at once.
#
# **Predict first.** Feature b is feature a times a hundred. How does it come out?
# - a hundred times as large as a
# - the same as a
# - ten times as large as a, because of the root
#
# And feature c, whose values differ by two hundredths?


# %% tags=["figure", "path-90"]
def batch_normalization(x, gamma, beta, epsilon=1e-3):
    mean = x.mean(axis=0)
    variance = np.square(x - mean).mean(axis=0)
    x_hat = (x - mean) / np.sqrt(variance + epsilon)
    return gamma * x_hat + beta


y = batch_normalization(x, gamma=2, beta=1)
x_hat = batch_normalization(x, gamma=1, beta=0)  # with these, step 4 changes nothing
print("mean", x.mean(axis=0), " variance", x.var(axis=0).round(4))
print(x_hat.round(1))
course = batchnorm.forward(x, np.full(3, 2.0), np.full(3, 1.0), epsilon=1e-3)[0]
print("largest difference from batchnorm.forward, which later cells call:", np.abs(y - course).max().round(9))
figures.transform(x, x_hat, y, ["a", "b = 100 a", "c: 5 ± 0.01"])
plt.show()

# %% [markdown] tags=["path-90"]
# Top row: the four values as they came, on three very different scales (triangle: their mean). Middle row: after step 3. Bottom row: after step 4.
#
# Columns a and b have become the same column, because subtracting the mean and dividing by the standard deviation removes both.
# The shape of the column stays: two examples far out, two near the middle.
#
# Column c shows what `epsilon` does. Its standard deviation is 0.01, so its variance is 0.0001, a tenth of `epsilon`.
# The root is therefore mostly `epsilon`, and x̂ is ±0.3 instead of ±1.
# A feature that varies much less than √epsilon ≈ 0.03 counts as nearly constant, and the layer does not blow its noise up to full size.
#
# Now try a larger batch. The six sliders set the *shift* and the *scale* of the values that come in, the batch size, `gamma`, `beta` and `epsilon`.
#
# **Predict first.** While the scale stays far above √epsilon, which pair leaves the histogram on the right as it is?
# - gamma and beta
# - shift and scale
# - batch size and gamma

# %% tags=["figure"]
widgets.TransformExplorer()

# %% [markdown]
# Left, hatched: 64 values of one feature as they come, around 8 with a spread near 3. Right: the same values after the layer, around 0 with a spread of 1.
# The values come from two groups, a large one and a small one, so that there is a shape to recognize: two humps, the left one larger. Both histograms have this shape.
#
# The second answer is right: shift and scale change only the left side (and `epsilon` hardly matters there).
# Now set the scale to 0.01. The spread on the right shrinks because `epsilon` now dominates the root, and a larger `epsilon` shrinks it more.
# Set the scale back and the batch size to 2: whatever the two values were, −1 and 1 come out.
# A negative `gamma` mirrors the histogram. (By keyboard: Tab moves to the field beside a slider. There the arrow keys up and down work, and Enter takes what you type.)

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Two features on different scales
#
# Why should anybody want this inside a network? Start outside, with the inputs of the smallest model.
# Predict the alcohol of 178 wines from two measurements: the intensity of the colour (1 to 13) and the magnesium (70 to 162).
# The model is linear, and gradient descent looks for its two weights. Both features have their mean subtracted.
#
# Now divide each feature by its standard deviation. The data contain the same information, in other units.
#
# **Predict first.** Each version gets its own best learning rate. How many steps does each version need to come within 1% of the best fit?
# - about equally many: the best rate makes up for the units
# - half as many with equal spreads
# - less than a tenth as many with equal spreads

# %% tags=["path-90"]
wine = load_wine(as_frame=True).frame
alcohol = (wine["alcohol"] - wine["alcohol"].mean()).to_numpy()
features = wine[["color_intensity", "magnesium"]].to_numpy()
centred = features - features.mean(axis=0)


def descend(x, target, steps=200):
    """The weights at each step of gradient descent on the mean square error, at the best constant rate."""
    flattest, steepest = np.linalg.eigvalsh(2 * x.T @ x / len(x))  # how strongly the loss curves in either direction
    # The best compromise: a larger rate bounces more in the steep direction, a smaller one crawls more in the flat one.
    rate = 2 / (flattest + steepest)
    path = [np.zeros(2)]
    for _ in range(steps):
        path.append(path[-1] - rate * 2 * x.T @ (x @ path[-1] - target) / len(x))
    return np.array(path)


# %% tags=["path-90"]
inputs = {"own units": centred, "each divided by its sd": centred / centred.std(axis=0)}
paths = {title: descend(x, alcohol) for title, x in inputs.items()}
needed = {}
for title, x in inputs.items():
    loss = np.square(paths[title] @ x.T - alcohol).mean(axis=1)
    needed[title] = int(np.argmax(loss - loss[-1] < 0.01 * (loss[0] - loss[-1])))
    print(f"{title:<23}{needed[title]:>3} steps")

# %% tags=["figure", "path-90"]
figures.descents(inputs, alcohol, paths)
plt.show()

# %% [markdown] tags=["path-90"]
# The lines join weights of equal loss; the star is the best fit.
# On the left the loss is a narrow valley, and descent bounces from wall to wall: a rate small enough for the steep direction is far too small for the flat one.
# On the right the valley is nearly round, the gradient points almost at the star, and two steps are enough.
#
# No learning rate repairs the left picture, because one rate has to serve both directions.

# %% tags=["pinned"]
pin(needed["own units"] > 10 * needed["each divided by its sd"], "own units need more than ten times as many steps")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## A network is a chain of smaller networks
#
# This is why the inputs of networks are standardized (LeCun et al. 1998, section 4.3).
# But cut a network after its first layer. The rest is a network too, and its inputs are the outputs of the first layer.
# Nobody has standardized *those*.
#
# In this course, `Experiment` describes a network and its training on lesson 00's digits. `train` trains one network for each seed, and `.network(0)` is the one of seed 0. With `steps=0` it is untrained.

# %% tags=["path-90"]
images = data.load().x_test
whole = train(Experiment(batch_norm=False, activation="relu", steps=0), seeds=[0]).network(0)
rest = whole.copy()
rest.parameters = whole.parameters[1:]  # the network without its first layer
first_layer = whole.activations(images)[0]
same = np.array_equal(rest.predict(first_layer), whole.predict(images))
print(f"inputs of the whole:  {images[0].size} pixels, standard deviation {images.std():.2f}")
print(f"inputs of the rest:  {first_layer.shape[1]} units,  standard deviation {about(first_layer.std(), '.2f')}")
print(f"the rest, given the first layer's outputs, predicts what the whole predicts: {same}")

# %% [markdown]
# You can cut again after every layer: each layer is the start of a smaller network with its own inputs.
#
# **Predict first.** Take ten hidden layers of 100 ReLU units, untrained, with random weights of standard deviation 0.05.
# How does the spread of the ReLUs' inputs change from the first layer to the tenth?
# - hardly: the weights of all layers are drawn alike
# - it falls to about a tenth
# - it falls to less than a thousandth

# %%
deep = Experiment(batch_norm=False, activation="relu", hidden=(100,) * 10, steps=0)
spreads = {}
for batch_norm in (False, True):
    for scale in (0.05, "he", 0.3):
        drawn = train(replace(deep, batch_norm=batch_norm, init_scale=scale), seeds=5)
        received = [drawn.network(seed).pre_activations(images, training=True) for seed in range(5)]
        spreads[batch_norm, scale] = np.array([[z.std() for z in layers] for layers in received])

# %% tags=["figure"]
words = {0.05: "sd 0.05", "he": "He: sd 0.14", 0.3: "sd 0.3"}
figures.layer_spreads({(bn, words[scale]): sd for (bn, scale), sd in spreads.items()})
plt.show()
for (batch_norm, scale), sd in spreads.items():
    spec = ".2g" if sd[0, -1] < 10 else ".0f"
    print(f"{'with' if batch_norm else 'without':<8}{words[scale]:<12} tenth layer: {about(sd[:, -1], spec)}")

# %% [markdown]
# The scale is logarithmic. Each line is the median of five draws, with a band from the lowest to the highest.
# Without batch normalization every layer multiplies the spread by about the same factor.
# A unit adds up 100 inputs, each times a random weight, so its output has the spread sd · √(sum of the squared inputs).
# A ReLU passes on only the positive half of its inputs, which halves their mean square. So the factor is sd · √(100/2): 0.35 with sd 0.05, and 2.1 with sd 0.3.
# At the tenth layer the ReLUs' inputs have a spread of about 0.00001 with sd 0.05, and of several hundred or more with sd 0.3.
# He et al. (2015, section 2.2) choose the sd whose factor is 1: √(2/100) ≈ 0.14. That is right for the first step, but nothing keeps it right while the weights change.
#
# The blue line is the idea of this course: standardize inside the network, at every step, *as a part of it*.
# (Between weights and activation it standardizes what the ReLU receives. The next layer gets the ReLU of that, which no longer has mean 0, but whose scale is fixed as well.)

# %% tags=["pinned"]
pin(spreads[False, 0.05][:, -1].max() < 1e-4, "with sd 0.05 the tenth layer's spread is below 0.0001")
pin(spreads[False, 0.3][:, -1].min() > 200, "with sd 0.3 it is above 200")
pin(all(np.abs(spreads[True, s] - 1).max() < 0.05 for s in words), "with batch normalization it is about 1")

# %% [markdown] tags=["exercise"]
# ### Exercise: undo it
#
# Steps 1 to 3 remove a column's mean and spread, and step 4 puts others in their place. Which `gamma` and `beta` give one batch back exactly as it came?
#
# Write `undo`. It takes a batch `x` of shape (N, D) and `epsilon`, and returns `gamma` and `beta`, each of shape (D,), such that batch normalization of this batch gives `x` again.
# Try it first on paper with feature a, whose mean is 10 and whose variance is 25.


# %% tags=["exercise"]
def undo(x, epsilon):
    """The gamma and beta (D,) with which batch normalization returns x (N, D) unchanged."""
    ### BEGIN SOLUTION
    mean, variance = batchnorm.batch_moments(x)
    return np.sqrt(variance + epsilon), mean
    ### END SOLUTION


# %% tags=["check"]
checks.undo(undo)

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## What gamma and beta give back
#
# Why remove mean and spread in step 3, only to put others in at step 4?
# Because mean 0 and spread 1 need not be what the network needs. With `gamma` and `beta` it can choose, and it can even undo step 3 (Ioffe & Szegedy 2015, section 3).
#
# **Predict first.** Choose `gamma` and `beta` so that one batch of 60 comes back as it went in. A second batch from the same source passes with the same `gamma` and `beta`. Does it come back as it went in?
# - yes: the layer does nothing now
# - no
# - only if both batches have 60 examples

# %% tags=["path-90"]
rng = np.random.default_rng(0)
first, second = rng.normal(loc=20, scale=5, size=(2, 60, 1))
chosen = {"gamma": np.sqrt(first.var(axis=0) + 1e-3), "beta": first.mean(axis=0)}
for name, batch in {"first": first, "second": second}.items():
    moved = np.abs(batch_normalization(batch, **chosen) - batch).max()
    print(f"{name} batch: mean {batch.mean():.2f}, sd {batch.std():.2f}; values move by at most {moved:.2f}")

# %% [markdown] tags=["path-90"]
# No: the second batch comes back changed. `gamma` and `beta` are fixed numbers, but mean and variance are new for each batch.
# So they can undo the statistics of *one* batch, or those of an average batch, but not what differs from batch to batch.
# During training every example is moved a little, depending on which examples came with it. This is noise, and no `gamma` and `beta` can remove it.
# Lesson 02 asks whether the noise is useful, and lesson 05 what to do about it after training.
#
# Are `gamma` and `beta` two more settings for you to choose? No: they are **parameters**, one pair for each unit, learned by gradient descent like the weights.

# %% tags=["path-90"]
sigmoid = Experiment(batch_norm=True, activation="sigmoid", init_scale="he", learning_rate=1, steps=640)
trained = train(sigmoid, seeds=5)
hidden = trained.network(0).parameters[:-1]
count = sum(p["gamma"].size + p["beta"].size for p in hidden)
print(f"{count} values of gamma and beta, beside {sum(p['kernel'].size for p in hidden):,} weights, in three layers")
for layer, p in enumerate(hidden, start=1):
    print(f"layer {layer}: gamma {about(p['gamma'], '.2f')}, beta {about(p['beta'], '.2f')}")

# %% tags=["figure", "path-90"]
figures.learned([p["gamma"] for p in hidden], [p["beta"] for p in hidden])
plt.show()

# %% [markdown] tags=["path-90"]
# Each dot is a unit of the first network after 640 steps. The cross marks where all of them started, at `gamma` 1 and `beta` 0.
# Every unit has found its own place, and the third layer as a whole has learned a wider spread than 1.
#
# What would be lost without them? The 2015 paper takes the sigmoid as its example. Normalized inputs lie mostly between −2 and 2, where the sigmoid is nearly a straight line:
# with `gamma` = 1 and normally distributed inputs, a straight line explains 98% of the variance of its output. A network of straight lines is a straight line, however deep. So the network should need a larger `gamma`.
#
# The argument can be tested. Train the network once more and never update `gamma` and `beta`.
# The loop below does what `train` does, from the same weights with the same batches, but it changes only kernels and biases.
#
# **Predict first.** Ten seeds, 300 steps, ReLU and sigmoid. How many points of test accuracy does learning `gamma` and `beta` bring?
# - many with the sigmoid, few with ReLU
# - many with both
# - less than two with either


# %% tags=["path-90"]
def frozen(experiment, seed):
    """A network trained like the experiment's, but with gamma 1 and beta 0 throughout."""
    digits = data.load(split=seed)
    network = train(replace(experiment, steps=0), seeds=[seed], progress=False).network(seed)
    for rows in draws.Batches(seed, len(digits.x_train), experiment.batch_size).take(experiment.steps):
        _, gradients = network.loss_and_gradients(digits.x_train[rows], digits.y_train[rows])
        for parameters, gradient in zip(network.parameters, gradients):
            for name in {"kernel", "bias"} & set(parameters):
                parameters[name] -= experiment.learning_rate * gradient[name]
    return network


def score(network, seed):
    digits = data.load(split=seed)
    return 100 * np.mean(network.predict(digits.x_test, training=True).argmax(axis=1) == digits.y_test)


# %% tags=["path-90"]
gains = {}
for title, activation, rate in (("ReLU, rate 0.1", "relu", 0.1), ("sigmoid, rate 1", "sigmoid", 1)):
    learning = replace(sigmoid, activation=activation, learning_rate=rate, steps=300, evaluations=1)
    result = train(learning, seeds=10, progress=False)
    learned = np.array([score(result.network(seed), seed) for seed in range(10)])
    with one_thread():  # for networks this small, a second thread only waits
        fixed = np.array([score(frozen(learning, seed), seed) for seed in range(10)])
    gains[title] = stats.paired_interval(fixed, learned)
    print(f"{title:<16} learned {about(learned, '.1f')}, frozen {about(fixed, '.1f')} % of the test images")
    print(f"{'':<16} gain from learning: {about(gains[title], '+.1f', ' points')}, 10 seeds")

# %% [markdown] tags=["path-90"]
# Learning `gamma` and `beta` brings less than two points with either activation. The interval in brackets holds the median gain with 99% confidence (lesson 02 explains how), and both intervals contain 0.
# So on these digits the layer's benefit comes from steps 1 to 3, and step 4 is hardly needed. With ReLU the reason is easy to see, at least for `gamma`: a positive factor before a ReLU does the same as one after it, and the next kernel can supply that.
# With the sigmoid no later kernel can stand in for `gamma`; there the slight bend between −2 and 2 seems to be enough on these digits.
# That does not make `gamma` and `beta` useless elsewhere. Frankle et al. (2021) trained *only* them, in a deep network with random kernels, and reached 82% on CIFAR-10.
# (To keep the comparison about training, each network was scored on the training path, with the statistics of all test images together.)

# %% tags=["pinned"]
pin(all(-2 < g.low <= 0 <= g.high < 2 for g in gains.values()), "learning gamma and beta brings less than two points")
third = [trained.network(seed).parameters[2]["gamma"].min() for seed in range(5)]
pin(np.min(third) > 1.05, "every gamma of the third layer has grown")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## What if one image comes alone?
#
# After training, a network is used. Often it gets one image at a time.
#
# **Predict first.** The trained network receives one image, and batch normalization uses the statistics of this "batch" of one. What does the first layer pass on?
# - the same as for the image in a batch
# - `beta`, whatever the image shows
# - an error: the variance is 0

# %% tags=["path-90"]
digits, network = data.load(), trained.network(0)
gamma, beta = hidden[0]["gamma"], hidden[0]["beta"]
for image in digits.x_test[:3]:
    z = image.reshape(1, -1) @ hidden[0]["kernel"]  # Dense: one row
    print("largest |y - beta| of 100 units:", np.abs(batch_normalization(z, gamma, beta) - beta).max())

# %% [markdown] tags=["path-90"]
# The mean of one value is the value itself, so x − mean is 0, x̂ is 0, and y is `beta`. The image has disappeared.
#
# The cure is to remember. During training the layer keeps a **moving mean** and a **moving variance** of each feature. Every batch moves them a little:
#
# `moving = moving * momentum + batch * (1 - momentum)`
#
# `momentum` is the weight of the old value: 0.99 unless you choose another one, in Keras and in `Experiment`. (In PyTorch `momentum` is the weight of the *new* value, and 0.01 would be the same.)
# In inference the layer puts `moving_mean` and `moving_variance` into step 3, and the batch no longer matters. Here is the rule for one feature, with momentum 0.9:

# %% tags=["path-90"]
moving, momentum = 0.0, 0.9
for batch_mean in (10, 12, 8, 10):
    moving = moving * momentum + batch_mean * (1 - momentum)
    print(f"batch mean {batch_mean:>2}   moving mean {moving:.2f}")

# %% [markdown] tags=["path-90"]
# The moving mean starts at 0 and has covered about a third of the way to 10 after four batches. How long does it need to arrive?

# %% [markdown] tags=["exercise"]
# ### Exercise: how much of the start is left?
#
# The moving mean is a mixture of its starting value and of the means of all batches so far. Write `memory_left`.
# It takes `momentum` and the number of `batches` seen, and returns the share of the starting value in the mixture: 1 before the first batch, nearly 0 after many.
# Then use it: with momentum 0.9 and 0.99, how much is left after 40 batches? And after 460?


# %% tags=["exercise"]
def memory_left(momentum, batches):
    """The share of its starting value that a moving statistic still holds after so many batches."""
    ### BEGIN SOLUTION
    return momentum**batches
    ### END SOLUTION


# %% tags=["check"]
checks.memory_left(memory_left)

# %% [markdown] tags=["path-90"]
# With momentum 0.9 less than 2% of the start is left after 40 batches. With 0.99 about two thirds are left, and it takes 460 batches to bring them down to 1%.
#
# Now the test images of five networks, each image alone, or all together:

# %% tags=["path-90"]
scores = {"training path, all together": [], "training path, one at a time": [], "inference, one at a time": []}
for seed in range(5):
    digits, network = data.load(split=seed), trained.network(seed)
    for name, (path, size) in zip(scores, ((True, None), (True, 1), (False, 1))):
        predicted = network.predict(digits.x_test, training=path, batch_size=size).argmax(axis=1)
        scores[name].append(np.mean(predicted == digits.y_test))
for name, values in scores.items():
    print(f"{name:<30} {about(values, '.2f', each=True)}")

# %% [markdown] tags=["path-90"]
# One at a time on the training path, the network gives every image the same answer and is right one time in ten.
# With the remembered statistics it reads single images nearly as well as a whole batch.
# How to switch between the two paths in Keras is a subject of lesson 03. What goes wrong with the memory, and how to repair it, is a subject of lesson 05.

# %% tags=["pinned"]
pin(np.max(scores["training path, one at a time"]) < 0.15, "single images on the training path give about 0.1")
pin(np.min(scores["inference, one at a time"]) > 0.9, "single images in inference are read well")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## The layers while the network learns
#
# What do the activations receive while a network of three sigmoid layers learns the digits?
# The figure follows one unit of each hidden layer (the first in each layer, not a hand-picked one). It shows the 15th, 50th and 85th percentile of the unit's input over the test images.
# With this kind of figure the 2015 paper introduced batch normalization (section 4.1, figure 1).
#
# **Predict first.** Without batch normalization, which layer's unit moves most in the first ten steps?
# - the first: it sees the images
# - the last hidden layer
# - all alike: they have the same learning rate

# %% tags=["path-90"]
steps = (0, 10, 20, 40, 80, 160, 320, 640)
images = data.load(split=0).x_test
percentiles = {}
for batch_norm in (False, True):
    # One training, stopped at each of these steps; `sweep` runs several experiments.
    moments = [replace(sigmoid, batch_norm=batch_norm, steps=step, evaluations=1) for step in steps]
    networks = [result.network(0) for result in sweep(moments, seeds=[0]).values()]
    received = np.array([network.pre_activations(images, training=True) for network in networks])
    percentiles[batch_norm] = np.moveaxis(np.percentile(received[..., 0], [15, 50, 85], axis=2), 0, -1)

# %% tags=["figure", "path-90"]
figures.percentiles(steps, percentiles[False], percentiles[True])
plt.show()

# %% [markdown] tags=["path-90"]
# Top row, without: in the last hidden layer the band is as thin as a thread, so the unit receives nearly the same number for every image.
# Within ten steps the thread slides down to about −1.5, and it stays a thread for eighty steps. Then the bands open slowly.
#
# Bottom row, with: the bands are open and centred from the first step. They move a little, because `gamma` and `beta` learn, and they never close.
#
# That was one unit of one network. The next cell takes all units of five networks. For each unit it measures how far the median over the images moves in the first ten steps:

# %%
moved = {False: [], True: []}
for batch_norm, seed in [(bn, seed) for bn in moved for seed in range(5)]:
    images, medians = data.load(split=seed).x_test, []
    for step in (0, 10):
        moment = replace(sigmoid, batch_norm=batch_norm, steps=step, evaluations=1)
        layers = train(moment, seeds=[seed]).network(seed).pre_activations(images, training=True)
        medians.append(np.median(layers, axis=1))
    moved[batch_norm].append(np.abs(medians[1] - medians[0]).mean(axis=1))
without, with_ = np.array(moved[False]), np.array(moved[True])
for layer in range(3):
    print(f"layer {layer + 1}: without {about(without[:, layer], '.3f')}, with {about(with_[:, layer], '.3f')}")

# %% [markdown]
# Without batch normalization the third layer moves more than ten times as far as the first, and more than eight times as far as the third layer with batch normalization.
# All layers have the same learning rate, but not the same gradient. The slope of a sigmoid is at most 1/4, and on its way down the gradient is multiplied by such a slope at every layer.
#
# The next widget shows the first network again, with all its units.

# %% tags=["figure"]
widgets.ActivationScrubber(widgets.record(sigmoid))

# %% [markdown]
# Each panel shows the 100 units of a layer, sorted by their median. The band reaches from a unit's 15th to its 85th percentile over the test images.
# At step 40, which is shown first, the third layer without batch normalization (top right) is a thread: its units differ from each other, but they hardly respond to the image.
# In the bottom row every unit of every layer has an open band around 0, and had one at step 0.
#
# Now move on step by step to 640, and watch which panel at the top opens last.
#
# You now know what the layer computes and what it does to a network's activations. *Why* this helps is a different question, with several rival answers. Lesson 12 puts them to the test.

# %% tags=["pinned"]
pin((without[:, 2] > 10 * without[:, 0]).all(), "without, the third layer moves ten times as far as the first")
pin((without[:, 2] > 8 * with_[:, 2]).all(), "the third layer moves eight times as far without as with")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Quiz
#
# Use the mouse, or Tab and Enter. Each answer comes with a reason.

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("01_theory")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["recap", "path-90"]
# ## Recap, with one example in numbers
#
# A feature has the values 2, 2 and 5 in a batch of three; `gamma` = 3, `beta` = −1, and `epsilon` is too small to matter.
#
# | | | |
# |---|---|---|
# | mean | (2 + 2 + 5) / 3 | 3 |
# | variance, biased (1/N) | (1 + 1 + 4) / 3 | 2 |
# | x̂ | (−1, −1, 2) / √2 | −0.71, −0.71, 1.41 |
# | y | 3 · x̂ − 1 | −3.12, −3.12, 3.24 |
# | the same feature in units half as large: 4, 4, 10 | mean 6, variance 8 | the same y |
#
# - A layer's inputs are the inputs of a smaller network. Batch normalization fixes their scale at every step, *as a part of the network*, by standardizing what each activation receives.
# - Mean and variance are taken over the batch, for each feature separately. `epsilon` stands under the root and matters only where a feature hardly varies.
# - `gamma` and `beta` are learned. They can set a feature's mean and spread, and cannot remove the noise between batches. On the digits, the network learns as well without them.
# - In training the statistics come from the batch, in inference from memory. A single image on the training path becomes `beta`.

# %% tags=["path-90"]
for values in ([2, 2, 5], [4, 4, 10]):
    y, _ = batchnorm.forward(np.array(values)[:, None], np.array([3.0]), np.array([-1.0]), epsilon=1e-9)
    print(values, "->", y.ravel().round(2))

# %% [markdown] tags=["path-90"]
# ## Where this goes wrong in practice
#
# | what you see | the cause | the test that tells |
# |---|---|---|
# | it trains, and single images cause no trouble even on the training path | statistics per example (a row) instead of per feature (a column): that is layer normalization | the *column* means of x̂ are 0; if the row means are, the axis is wrong |
# | a feature that is almost always blank makes outputs jump from batch to batch | a tiny `epsilon`, such as 1e-8, lets its noise be blown up to spread 1 | compare the features' standard deviations with √epsilon |
# | every single image gets the same prediction | the network is used on the training path, with batches of one | predict it alone and in a batch; lesson 03 shows the switch |
# | the same image gets another output with other batch-mates | batch statistics at prediction time | the same test; lesson 05 is about this |

# %% [markdown] tags=["references"]
# ## References
#
# - Ioffe & Szegedy (2015), *Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift*, [arXiv:1502.03167](https://arxiv.org/abs/1502.03167). Section 3: the transform, `gamma` and `beta` (Algorithm 1), inference (Algorithm 2). Section 4.1: activations over time.
# - LeCun, Bottou, Orr & Müller (1998), *Efficient BackProp*, section 4.3: normalizing the inputs.
# - He, Zhang, Ren & Sun (2015), *Delving Deep into Rectifiers*, [arXiv:1502.01852](https://arxiv.org/abs/1502.01852), section 2.2: initial weights for ReLU.
# - Frankle, Schwab & Morcos (2021), *Training BatchNorm and Only BatchNorm*, [arXiv:2003.00152](https://arxiv.org/abs/2003.00152): networks in which only `gamma` and `beta` learn.
