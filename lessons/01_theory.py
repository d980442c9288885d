# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# # 01 · What is batch normalization?
#
# About 45 minutes to read and do (an estimate); less than a minute to run.
# It builds on lesson 00, and on nothing else: you know what a neural network and gradient descent are.
#
# After this lesson you will be able to
# - normalize a small batch with pencil and paper, and any batch in NumPy;
# - say what `gamma` and `beta` give back to the network, and what they cannot;
# - tell which explanations of *why it works* hold when they are measured, and in which networks.

# %% tags=["setup", "path-90"]
from dataclasses import replace
from functools import reduce

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine

from helpers import batchnorm, checks, data, gradcheck, widgets
from helpers.course import quiz
from helpers.experiments import Experiment, stats, sweep, train
from helpers.figures import plots
from helpers.lessons.l01 import figures, landscape
from helpers.lessons.l01.drift import step_drift

plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Two features on different scales
#
# Before anything is normalized *inside* a network, look at the oldest trick *outside* it.
# Take 178 wines and predict their alcohol from two measurements: the intensity of the colour (1 to 13) and the magnesium (70 to 162).
# The model is linear, with two weights, and gradient descent looks for them. Both features have their mean subtracted.
#
# Now divide each feature by its standard deviation. The data say the same as before, in other units.
#
# **Predict first.** Each version gets its own best learning rate. How do the numbers of steps compare that they need to come within 1% of the best fit?
# - they are about equal: the best rate makes up for the units
# - half as many with equal spreads
# - less than a tenth as many with equal spreads

# %% tags=["path-90"]
wine = load_wine(as_frame=True).frame
alcohol = (wine["alcohol"] - wine["alcohol"].mean()).to_numpy()
features = wine[["color_intensity", "magnesium"]].to_numpy()
centred = features - features.mean(axis=0)


def descend(x, target, steps=200):
    """The weights at each step of gradient descent on the mean square error, at the best constant rate."""
    flattest, steepest = np.linalg.eigvalsh(2 * x.T @ x / len(x))  # curvatures of the loss
    rate = 2 / (flattest + steepest)  # between the two; a larger one bounces more, a smaller one crawls more
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
assert needed["own units"] > 10 * needed["each divided by its sd"]

# %% tags=["figure", "path-90"]
figures.descents(inputs, alcohol, paths)
plt.show()

# %% [markdown] tags=["path-90"]
# The lines join weights of equal loss; the star is the best fit.
# On the left the loss is a narrow valley, and descent bounces from wall to wall: a rate small enough for the steep direction is far too small for the flat one.
# On the right the valley is nearly round, the gradient points at the star, and two steps are enough.
#
# No learning rate repairs the left picture, because there are two curvatures and one rate.
# It can be much worse. Leave the means in and add a bias, and the steepest direction is half a million times as steep as the flattest:

# %%
ones = np.ones((len(features), 1))
for title, x in [("means left in, with a bias", np.hstack([ones, features])), *inputs.items()]:
    curvatures = np.linalg.eigvalsh(x.T @ x)
    ratio = float(f"{curvatures[-1] / curvatures[0]:.2g}")
    print(f"{title:<27} steepest / flattest = {ratio:>7,g}")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## A network is a chain of smaller networks
#
# So we standardize the inputs of a network, and everybody does (LeCun et al. 1998, section 4.3).
# But cut a network after its first layer. What is left is a network, too, and its inputs are what the first layer puts out.
# Nobody has standardized *those*.
#
# `Experiment` describes a network and its training on lesson 00's digits, `train` trains one network for each seed, and `.network(0)` is that of seed 0. With `steps=0` it is as it was drawn.

# %% tags=["path-90"]
x = data.load().x_test
whole = train(Experiment(batch_norm=False, activation="relu", steps=0), seeds=[0]).network(0)
rest = whole.copy()
rest.parameters = whole.parameters[1:]  # the network without its first layer
first_layer = whole.activations(x)[0]
assert np.array_equal(rest.predict(first_layer), whole.predict(x))
print(f"inputs of the whole:  {x.reshape(len(x), -1).shape[1]} pixels, standard deviation {x.std():.1f}")
print(f"inputs of the rest:  {first_layer.shape[1]} units,  standard deviation {first_layer.std():.1f}")

# %% [markdown]
# Fed with the first layer's output, the rest predicts what the whole predicts, to the last digit.
# Cut again and again: each layer begins a smaller network with inputs of its own.
#
# **Predict first.** Ten hidden layers of 100 ReLU units, with random weights of standard deviation (sd) 0.05, as the network is before training.
# How does the spread, the standard deviation of what the ReLUs receive, change from the first layer to the tenth?
# - hardly: the weights of all layers are drawn alike
# - it falls to about a tenth
# - it falls to less than a thousandth

# %%
deep = Experiment(batch_norm=False, activation="relu", hidden=(100,) * 10, steps=0)
spreads = {}
for batch_norm in (False, True):
    for scale in (0.05, "he", 0.3):
        drawn = train(replace(deep, batch_norm=batch_norm, init_scale=scale), seeds=5)
        received = [drawn.network(seed).pre_activations(x, training=True) for seed in range(5)]
        spreads[batch_norm, scale] = np.array([[z.std() for z in layers] for layers in received])
assert spreads[False, 0.05][:, -1].max() < 1e-4
assert spreads[False, 0.3][:, -1].min() > 200
assert all(np.abs(spreads[True, scale] - 1).max() < 0.05 for scale in (0.05, "he", 0.3))

# %% tags=["figure"]
words = {0.05: "sd 0.05", "he": "He: sd 0.14", 0.3: "sd 0.3"}
figures.layer_spreads({(bn, words[scale]): sd for (bn, scale), sd in spreads.items()})
plt.show()

# %% [markdown]
# The scale is logarithmic; each line is the median of five draws, with a band from the lowest to the highest.
# Without batch normalization the spread is multiplied by about the same factor at every layer: 0.05 · √(100/2) = 0.35 with sd 0.05, and 0.3 · √(100/2) = 2.1 with sd 0.3.
# So the tenth ReLU receives values with a spread below 0.0001, or above 200.
# He et al. (2015, section 2.2) choose the one sd whose factor is 1: √(2/100) ≈ 0.14. That is right before the first step, and promised for no later one.
#
# The blue line is the idea of this course: standardize what each layer receives, at every step, *as a part of the network*.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One step changes every factor at once
#
# There is a second reason to want this, and it has nothing to do with how the network starts (Goodfellow et al. 2016, section 8.7.1).
# Take the smallest deep network there is, one number per layer and no activation: $y = x \cdot w_1 \cdot w_2 \cdots w_L$.
# We want y to be a little smaller, so every weight takes a step against its gradient.
#
# The gradient answers a question about one weight: what happens to y if *this* weight moves and all others stay?
# But all of them move. Multiplied out, the new y is a polynomial in the learning rate.
# Its first-order term is what the gradient promised; the others are what the weights do to each other.
#
# **Predict first.** x = 1, each weight 1.3, learning rate 0.02. For which of L = 2, 5, 10 does the second-order term exceed a tenth of the first?
# - for none: 0.02 squared is 0.0004
# - for 10 only
# - for 5 and 10


# %%
def step_terms(weights, rate):
    """Terms of order 0 to L of y = w1 * w2 * ... * wL after one step of every weight."""
    y = np.prod(weights)
    factors = [np.array([w, -rate * y / w]) for w in weights]  # w - rate * dy/dw, the rate's power kept apart
    return reduce(np.convolve, factors)  # convolving the terms multiplies the polynomials


terms = {length: step_terms(np.full(length, 1.3), rate=0.02) for length in (2, 5, 10)}
for length, t in terms.items():
    shares = ", ".join(f"order {k} {abs(t[k] / t[1]):.0%}" for k in (2, 3) if k <= length)
    print(
        f"L = {length:>2}: y {t[0]:6.2f}   promised {t[0] + t[1]:6.2f}   reached {t.sum():6.2f}   {shares} of order 1"
    )

# %% tags=["figure"]
figures.orders({f"L = {length}": t for length, t in terms.items()})
plt.show()

# %% [markdown]
# Solid: the first-order term, the promise. Hatched: all higher orders, as shares of it.
# In a chain of two the promise is kept. In a chain of five the second order takes 9% of it back, and in a chain of ten 73%, before the third adds 32% again.
# The gradient promised to take y from 13.8 to −8.7; it arrived at 2.3.
# A smaller rate would help, at the price of slower learning. A second-order method would stop at order two, and the picture on the right does not.
#
# Now the same chain with batch normalization after each factor but the last.
# It needs a batch, since one number cannot be normalized: five values of x.


# %%
def normalized_chain(weights):
    """y of the first of five examples: batch normalization after each factor but the last."""
    h = np.array([[1.0], [2.0], [4.0], [5.0], [9.0]])
    for w in weights[:-1]:
        h, _ = batchnorm.forward(h * w, np.ones(1), np.zeros(1), epsilon=1e-9)
    return (h * weights[-1])[0, 0]


# %%
weights = np.full(10, 1.3)
gradient = gradcheck.numerical_gradient(normalized_chain, weights)
assert np.abs(gradient[:-1]).max() < 1e-6
for rate in (0.02, 2):
    promised = normalized_chain(weights) - rate * np.square(gradient).sum()
    reached = normalized_chain(weights - rate * gradient)
    assert abs(promised - reached) < 1e-6
    print(f"rate {rate:<4}: y {normalized_chain(weights):.2f}, promised {promised:.2f}, reached {reached:.2f}")
print(f"gradients of w1 to w9: below 0.000001; of w10: {gradient[-1]:.2f}")

# %% [markdown]
# The promise is kept, also at a rate a hundred times as high: whatever size w₁ to w₉ take, the next normalization takes it out again (only a change of sign would show), and y is linear in w₁₀ alone.
# You may object that nine of ten weights have become useless, and you are right: that is the price *in a linear chain of single units*.
# With an activation between, a layer has more to say than a mean and a spread.
# Batch normalization takes those two away from it and leaves the rest: which examples lie together, which apart, in which direction.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## The transform by hand
#
# Four examples, three features. Do it with a pencil, column by column; `gamma` = 2, `beta` = 1 and `epsilon` = 0.001 for each feature.
#
# | example | a | b | c |
# |---|---|---|---|
# | 1 | 3 | 300 | 4.99 |
# | 2 | 9 | 900 | 5.01 |
# | 3 | 11 | 1,100 | 4.99 |
# | 4 | 17 | 1,700 | 5.01 |
#
# 1. The **mean** of each column: 10, 1,000 and 5.
# 2. The **variance**, biased (1/m): the mean of the squared distances. For a: (49 + 1 + 1 + 49) / 4 = 25.
# 3. **x̂** = (x − mean) / √(variance + epsilon). For a: −7, −1, 1, 7 over √25.001 gives −1.4, −0.2, 0.2, 1.4.
# 4. **y** = gamma · x̂ + beta. For a: −1.8, 0.6, 1.4, 3.8.
#
# **Predict first.** Column b is column a times a hundred. How does it come out?
# - a hundred times as large as a
# - the same as a
# - ten times as large as a, because of the root
#
# And column c, whose values differ by two hundredths?

# %% tags=["path-90"]
x = np.array([[3, 300, 4.99], [9, 900, 5.01], [11, 1100, 4.99], [17, 1700, 5.01]])
gamma, beta, epsilon = np.full(3, 2.0), np.full(3, 1.0), 1e-3

mean = x.mean(axis=0)
variance = np.square(x - mean).mean(axis=0)
x_hat = (x - mean) / np.sqrt(variance + epsilon)
y = gamma * x_hat + beta

print("mean    ", mean.round(2))
print("variance", variance.round(4))
print(x_hat.round(1))
assert np.allclose(y, batchnorm.forward(x, gamma, beta, epsilon=epsilon)[0])

# %% tags=["figure", "path-90"]
figures.transform(x, x_hat, y, ["a", "b = 100 a", "c: 5 ± 0.01"])
plt.show()

# %% [markdown] tags=["path-90"]
# Top row: the four values as they came, on three very different scales (triangle: their mean). Middle row: after step 3. Bottom row: after step 4.
#
# Columns a and b have become the same column: mean and scale are what is subtracted and divided out, so they are forgotten.
# The shape stays: two examples far out, two near the middle.
#
# Column c shows what `epsilon` is for. Its standard deviation is 0.01, its variance 0.0001, a tenth of `epsilon`: so `epsilon` rules the root, and x̂ is ±0.3 instead of ±1.
# A feature that varies less than √epsilon ≈ 0.03 is taken for nearly constant, and its noise is not blown up to full size.
# Everything is computed down a column, over the examples. Nothing is ever averaged across a row: a wine's colour and its magnesium have no mean.
#
# Now one feature of a batch under your hands. Six sliders: four of them reach the histogram on the right.
#
# **Predict first.** Which two do not, as long as the scale is not small?
# - gamma and beta
# - shift and scale
# - epsilon and batch size

# %% tags=["figure"]
widgets.TransformExplorer()

# %% [markdown]
# Left, hatched: 64 values of one feature as they come, around 8 with a spread near 3. Right: the same values after the layer, around 0 with a spread of 1.
# Both have two humps, one larger than the other, at the same relative places.
#
# Shift and scale, the second answer: move them, and only the left side follows.
# Then pull the scale down to 0.01: the spread on the right shrinks, since `epsilon` rules now, and a larger `epsilon` shrinks it more.
# Put the scale back, and set the batch size to 2: whatever the two values were, −1 and 1 come out.
# A negative `gamma` mirrors the histogram. (By keyboard: Tab goes to the field beside a slider; there the arrow keys up and down work, and Enter takes what is typed.)

# %% [markdown] tags=["exercise", "path-90"]
# ### Exercise: write it
#
# `forward` takes a batch `x` of shape (N, D), `gamma` and `beta` of shape (D,), and `epsilon`, and returns `y` of shape (N, D).
# Return `y, {"mean": mean, "variance": variance, "x_hat": x_hat}` if you want the check to compare your steps one by one.


# %% tags=["exercise", "path-90"]
def forward(x, gamma, beta, epsilon):
    """Batch normalization of x (N, D) with the batch's own mean and biased variance."""
    ### BEGIN SOLUTION
    mean = x.mean(axis=0)
    variance = np.square(x - mean).mean(axis=0)
    x_hat = (x - mean) / np.sqrt(variance + epsilon)
    y = gamma * x_hat + beta
    return y, {"mean": mean, "variance": variance, "x_hat": x_hat}
    ### END SOLUTION


# %% tags=["check", "path-90"]
checks.forward(forward)

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## What gamma and beta give back
#
# Why take mean and spread away in step 3, only to put others in at step 4?
# Because mean 0 and spread 1 need not be what the network needs. With `gamma` and `beta` it can choose.
# If `gamma` is √(variance + epsilon) and `beta` is the mean, step 4 undoes step 3, and the layer does nothing at all (Ioffe & Szegedy 2015, section 3).
#
# **Predict first.** Choose `gamma` and `beta` so that one batch of 60 comes back as it went in. A second batch, drawn from the same source, passes with the same `gamma` and `beta`. Does it come back as it went in?
# - yes: the layer does nothing now
# - no
# - only if both batches have 60 examples

# %% tags=["path-90"]
rng = np.random.default_rng(0)
one, another = rng.normal(loc=20, scale=5, size=(2, 60, 1))
mean, variance = batchnorm.batch_moments(one)
undo = {"gamma": np.sqrt(variance + epsilon), "beta": mean, "epsilon": epsilon}

for name, values in {"the first batch": one, "the second batch": another}.items():
    moved = np.abs(batchnorm.forward(values, **undo)[0] - values).max()
    print(f"{name} comes back {'unchanged' if moved < 1e-9 else 'changed by more than a tenth of its spread'}")
    assert moved < 1e-9 or moved > 0.1 * 5

# %% [markdown] tags=["path-90"]
# No. `gamma` and `beta` are fixed numbers; mean and variance are new for each batch.
# So they can undo *one* batch's statistics, or the statistics on average, but never the differences between batches.
# During training every example is moved a little, depending on which examples came with it: a noise that no setting of `gamma` and `beta` removes.
# Lesson 02 asks whether that noise is good for something, and lesson 05 what to do about it once training is over.
#
# What would be lost without them? Look at a sigmoid. Normalized inputs lie mostly between −2 and 2, and there the sigmoid is almost a straight line.
# A network of straight lines is one straight line, however deep.

# %% tags=["figure"]
z = rng.normal(size=100_000)
for gamma_value in (0.5, 1, 4):
    share = np.corrcoef(gamma_value * z, 1 / (1 + np.exp(-gamma_value * z)))[0, 1] ** 2
    print(f"gamma {gamma_value:<3}: a straight line explains {share:.0%} of the sigmoid's output")
figures.sigmoid_inputs((0.5, 1, 4))
plt.show()

# %% [markdown]
# Shaded: where the inputs lie. Thick line: the part of the sigmoid that 95% of them use.
# With `gamma` 1 a straight line explains 98% of what comes out. With `gamma` 4 the network uses the bends, and with `beta` it chooses which one.
#
# Are these two more knobs for you to set? No: they are **parameters**, learned by gradient descent like the weights, one pair for each unit.
# You choose `epsilon`, and later momentum; nobody chooses `gamma`.

# %% tags=["path-90"]
sigmoid = Experiment(batch_norm=True, activation="sigmoid", init_scale="he", learning_rate=1, steps=640)
trained_five = train(sigmoid, seeds=5)
five = [trained_five.network(seed).parameters[:-1] for seed in range(5)]
hidden = five[0]
learned = sum(p["gamma"].size + p["beta"].size for p in hidden)
print(f"{learned} numbers gamma and beta beside {sum(p['kernel'].size for p in hidden):,} weights in three layers")
raised = sum(layers[-1]["gamma"].min() > 1.1 for layers in five)
print(f"third hidden layer: every gamma has grown above 1.1 in {raised} of 5 networks")

# %% tags=["figure", "path-90"]
figures.learned([p["gamma"] for p in hidden], [p["beta"] for p in hidden])
plt.show()

# %% [markdown]
# Each dot is a unit of the first network after 640 steps; the cross is where all of them started, `gamma` 1 and `beta` 0.
# Each has found a place of its own, and the third layer as a whole wants a wider spread than 1.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## The layers while the network learns
#
# What do the activations receive while a network of three sigmoid layers learns the digits?
# One unit of each hidden layer (the first, not a chosen one), its 15th, 50th and 85th percentile over the test images: the picture by which the 2015 paper introduced batch normalization (section 4.1, figure 1).
#
# **Predict first.** Which layer moves most in the first ten steps, if there is no batch normalization?
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
# Top row, without: in the last hidden layer the band is a thread, so the unit receives nearly the same number for every image.
# Within ten steps the thread slides down to about −1.5, and for eighty steps it stays a thread. Then the bands open, slowly.
#
# Bottom row, with: the bands are open and centred from the first step on. They move, too, since `gamma` and `beta` learn, but never far, and they never close.
#
# That was one unit of one network. All units of five networks, the median over the images before and after the first ten steps:

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
print("without: third layer over 10 times as far as the first in", sum(without[:, 2] > 10 * without[:, 0]), "of 5")
print("third layer: over 8 times as far without as with in", sum(without[:, 2] > 8 * with_[:, 2]), "of 5")

# %% [markdown]
# The rate is the same for all, the gradient is not: the slope of a sigmoid is at most 1/4, and each layer on the way down multiplies by it again.
#
# Here is the first network once more, with all its units, to scrub through.

# %% tags=["figure"]
widgets.ActivationScrubber(widgets.record(sigmoid))

# %% [markdown]
# Each panel holds the 100 units of a layer, from the one that receives least to the one that receives most; the band is where a unit's 15th to 85th percentile over the test images lie.
# At step 40, which is shown, the third layer without batch normalization (top right) is a thread: its units differ from each other, and hardly one differs from image to image.
# In the bottom row every unit of every layer has an open band around 0, and it had one at step 0.
#
# Move to step 640, and look for the panel at the top that opened last.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Internal covariate shift: the claim
#
# The 2015 paper has a name for what you saw: **internal covariate shift**, "the change in the distribution of network activations due to the change in network parameters during training" (section 2).
# Its claim: each layer has to follow its ever-moving inputs, which slows it down; batch normalization holds them still, and *that* is why it helps.
#
# The first half can be measured. Train for 100 steps, then one more: how far has the mean that a unit's activation receives moved in that one step, in standard deviations, on average over the units?

# %%
relu = Experiment(batch_norm=False, activation="relu", init_scale="he", learning_rate=0.1)
plain = {"sigmoid, rate 1": replace(sigmoid, batch_norm=False), "ReLU, rate 0.1": relu}
trio = {}  # three networks for each activation: without, with, and with noise after the normalization
for title, experiment in plain.items():
    without = replace(experiment, steps=300, evaluations=15)
    trio[title] = [without, replace(without, batch_norm=True), replace(without, batch_norm=True, noise=1.0)]
drifts = {title: [step_drift(e, at=100, seeds=10).mean(axis=1) for e in three] for title, three in trio.items()}
for title, (without, with_, _) in drifts.items():
    print(f"{title}: over 20 times as much drift without as with, in {np.sum(without > 20 * with_)} of 10 seeds")
    assert (without > 20 * with_).all()

# %% [markdown]
# So batch normalization does hold the means still: that half of the claim is true, here as in the paper.
# (It is built that way: a normalized unit's mean over the batch is its `beta`, so only the step of `beta` is left of the drift.)
# But is the stillness *why* it helps? Two things that come together need not be cause and effect.
#
# Santurkar et al. (2018, section 2.1) thought of a test. Keep the normalization and destroy the stillness:
# right after each batch normalization, add noise that gives every unit a new mean and a new spread at every training step.
# If stillness is the cause, this network must do badly. First, is the noise strong enough?

# %%
for (title, (without, _, noisy)), times in zip(drifts.items(), (0.5, 3)):
    count = np.sum(noisy > times * without)
    print(f"{title}: with noise over {times} times as much drift as the network without, in {count} of 10 seeds")
    assert count == 10

# %% [markdown]
# Strong enough: every unit's mean now jumps by half a standard deviation at every step.
# In the sigmoid network that is about the drift there is without batch normalization, in the ReLU network several times as much.
#
# **Predict first.** How well does the noisy network learn, compared to the network without batch normalization?
# - worse: it has all of the drift, and the noise on top
# - about as well
# - better
#
# Which difference counts is said beforehand: 5 points of test accuracy. The interval is for the median of ten paired differences, at 99% (sign test; lesson 02 explains the choice).

# %%
races = {title: list(sweep(three, seeds=10).values()) for title, three in trio.items()}
verdicts = []
for title, (without, clean, noisy) in races.items():
    gain = stats.paired_interval(100 * without.test_accuracy, 100 * noisy.test_accuracy)
    better, equal = stats.verdict(gain, 5, 5) == "supported", stats.no_difference(gain, 5)
    verdicts.append("better" if better else "no difference" if equal else "undecided")
    cost = np.median(100 * clean.test_accuracy - 100 * noisy.test_accuracy)
    assert cost < 3
    print(f"{title}: noisy against without: {verdicts[-1]}. Noise costs less than 3 points (median).")
assert verdicts == ["better", "no difference"]

# %% tags=["figure"]
figures.noise_races(list(races.values()), list(races))
plt.show()

# %% [markdown]
# Validation accuracy while training, median and full spread of ten seeds.
# On the left the noisy network (dotted green) lies on top of the clean one (blue) and far above the one without (orange), although its inputs drift as much as the orange one's do.
# On the right all three end close together, although the noisy one's inputs drift several times as much as anyone's.
#
# Stillness of the means is therefore not what the large benefit on the left lives on: take it away, and the benefit stays.
# (On the right there was little benefit to lose: the clean network is ahead by a few points at most, too few for our 5 points to decide.)
# It is jitter about a fixed centre that we added, though. Whether a slow, lasting shift would hurt, this experiment does not say.
# This reproduces. One detail of the paper reproduces by half: there, the same noise kept the network *without* batch normalization from training at all.

# %%
for title, (without, *_) in trio.items():
    accuracy = train(replace(without, noise=1.0), seeds=5).test_accuracy
    verdict = "learns nothing" if (accuracy < 0.15).all() else "learns" if (accuracy > 0.7).all() else "mixed"
    print(f"{title}: noise and no batch normalization: {verdict}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How far can a gradient be trusted?
#
# If not stillness, what then? Santurkar et al. (2018, section 3) answer: batch normalization makes the loss *smoother*, so that a gradient still holds some way off.
# That is the question of the little chain again, asked of a real network: how much of its promise does a step keep?
#
# $$\text{share kept} = \frac{\text{loss before} - \text{loss after}}{\text{rate} \cdot |\text{gradient}|^2}$$
#
# The denominator is the first-order term. A share of 1: the promise was kept. 0: nothing was gained. Below 0: the loss rose.
#
# They also look for drift where it would hurt, in the gradients (section 2.2, definition 2.1): let the layers *before* layer i make their step; how much does the gradient of layer i change?
# 0 means that it can ignore the others. 1 means that the change is as large as the gradient itself.
#
# **Predict first.** ReLU networks with 3 and with 15 hidden layers, after 100 steps at rate 0.1. Where does batch normalization make the gradient more trustworthy?
# - in both, and more so in the deep one
# - in the shallow one only
# - in neither

# %%
multiples = (0.25, 0.5, 1, 2, 4)
surveyed = {}
for layers in (3, 15):
    base = replace(relu, hidden=(100,) * layers, steps=100, evaluations=1)
    pair = [landscape.survey(replace(base, batch_norm=bn), multiples, seeds=10) for bn in (False, True)]
    surveyed[f"{layers} hidden layers"] = pair

# %% tags=["figure"]
figures.surveys(surveyed, multiples, rate=0.1)
plt.show()

# %% [markdown]
# Medians and full spread of ten seeds, one step after 100.
# Top: how far the means of each layer's inputs drift. Middle: the share of the promise that a step of each size keeps; the dotted line marks the rate of the training. Bottom: how much each layer's gradient changes when the layers before it move.
#
# In verdicts, where 5 points of promise or of gradient are the smallest difference that counts:

# %%
for title, (without, with_) in surveyed.items():
    still = without.drifts.mean(axis=1) > 20 * with_.drifts.mean(axis=1)
    kept = stats.paired_interval(without.kept[:, 2], with_.kept[:, 2])
    calmer = stats.paired_interval(with_.changes.mean(axis=1), without.changes.mean(axis=1))
    better = with_.result.test_accuracy > without.result.test_accuracy
    print(f"{title}, with batch normalization")
    print(f"  the means drift over 20 times less in     {still.sum()} of 10 seeds")
    print(f"  more of the promise is kept:              {stats.verdict(kept, 0.05, 0.05)}")
    print(f"  the layers' gradients change less:        {stats.verdict(calmer, 0.05, 0.05)}")
    print(f"  less than half of the promise is kept in  {sum(with_.kept[:, 2] < 0.5)} of 10 seeds")
    print(f"  gradients change by more than 70% in      {sum(with_.changes.mean(axis=1) > 0.7)} of 10 seeds")
    print(f"  the test accuracy is higher:              {'in every seed' if better.all() else 'not in every seed'}")

# %% [markdown]
# 3 layers: the picture of the 2018 paper for the promise. With batch normalization most of it is kept, and without it four times the rate makes the loss *rise*.
# But their other finding, that the gradients change as much with batch normalization as without, does not come out here: they change less.
#
# 15 layers: the means stand still, as before. Nevertheless the gradients change nearly as much as they are large, and less than half of the promise is kept, in every seed; whether that is more or less than without, ten seeds cannot say.
# And it is the normalized network that has learned more by then, in every seed.
#
# So neither tale explains both networks. Here is what was claimed, and what we found, on these digits, with these rates:
#
# | claim | where | here |
# |---|---|---|
# | batch normalization holds the means of layers' inputs still | Ioffe & Szegedy 2015, 2 | yes |
# | that is why it helps | Ioffe & Szegedy 2015, 2 | sigmoid: no, with noise the means jump, and the benefit stays; ReLU: little benefit to explain |
# | with noise, it beats the plain network | Santurkar et al. 2018, 2.1 | sigmoid: yes; ReLU: as good, not better |
# | gradients drift as much with it as without | Santurkar et al. 2018, 2.2 | 3 layers: less with it; 15 layers: undecided |
# | it makes the gradient more trustworthy | Santurkar et al. 2018, 3 | 3 layers: yes; 15 layers: undecided, and the gradient is not to be trusted either way |
#
# Yang et al. (2019) prove one reason why the deep network differs: at initialization, batch normalization makes gradients *grow* exponentially with depth. Lesson 02 measures that.
# How such a network can learn at all is the subject of the last idea.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The length of the weights
#
# Multiply all weights that lead into a batch normalization by 10.
#
# **Predict first.** What happens to the layer's output, and to the gradient of these weights?
# - the output is ten times as large, the gradient the same
# - the output is the same, the gradient, too
# - the output is the same, the gradient a tenth

# %%
rng = np.random.default_rng(1)
x, W, dy = rng.normal(size=(60, 8)), rng.normal(size=(8, 5)), rng.normal(size=(60, 5))


def output_and_gradient(W):
    """y = BN(x W), and the gradient of W when dy is the gradient of y."""
    y, cache = batchnorm.forward(x @ W, np.ones(5), np.zeros(5), epsilon=1e-12)
    return y, x.T @ batchnorm.backward(dy, cache)[0]


# %%
y, gradient = output_and_gradient(W)
assert np.abs(np.sum(W * gradient, axis=0)).max() < 1e-9  # each unit's gradient is perpendicular to its weights
for a in (0.1, 10, 1000):
    y_a, gradient_a = output_and_gradient(a * W)
    assert np.allclose(y_a, y)
    assert np.allclose(gradient_a * a, gradient)
    print(f"weights times {a:<5}: output the same, gradient times {1 / a:g}")

# %% [markdown]
# Why: x·aW has a times the mean and a times the standard deviation of x·W, for any a > 0, so a cancels in (z − mean) / sd (Ioffe & Szegedy 2015, section 3.3).
# (It is exact as `epsilon` goes to 0; with 0.001 it holds as long as the variances are much larger.)
# And since the loss does not change when W is stretched, its slope per unit of W is a times smaller where W is a times longer.
#
# **The effective rate is rate / |W|².** What matters of W is its direction. A step turns it by (rate · gradient) / |W|, and the gradient itself goes like 1 / |W|.
# So ten times the length with a hundred times the rate is the *same* training, step for step (van Laarhoven 2017):


# %%
def trained(W, rate, steps=50):
    """The layer's output after gradient descent on half the squared distance to a target."""
    for _ in range(steps):
        y, cache = batchnorm.forward(x @ W, np.ones(5), np.zeros(5), epsilon=1e-12)
        dz, _, _ = batchnorm.backward((y - dy) / len(x), cache)  # dy serves as the target
        W = W - rate * (x.T @ dz)
    return y


assert not np.allclose(trained(W, 0.5), y, atol=0.1)  # it has learned something
assert np.allclose(trained(W, 0.5), trained(10 * W, 0.5 * 100))
print("50 steps from W at rate 0.5 and from 10 W at rate 50: the same outputs")

# %% [markdown]
# **The weights can only get longer.** The loss does not change along W, so the gradient is perpendicular to W (the first assert above), and by Pythagoras a step gives |W|² + rate² · |gradient|².
# A rate that is far too high makes one wild step, W is long afterwards, and the effective rate is low: the layer has braked by itself.
#
# **Predict first.** Kernels of seven different initial sizes, from sd 0.001 to sd 1, all at learning rate 1. Rate / |W|² then differs by a factor of a million before the first step. And after 500 steps?

# %%
scales = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1)  # of the hidden kernels; the output layer always starts alike
base = Experiment(batch_norm=True, activation="relu", learning_rate=1, output_init_scale="he", steps=500, evaluations=1)
results = sweep([replace(base, init_scale=scale) for scale in scales], seeds=5)


def effective(network):
    return 1 / np.square(network.parameters[1]["kernel"]).sum()  # of the second hidden layer, at rate 1


# %%
before = np.array([1 / (100 * 100 * scale**2) for scale in scales])
after = np.array([[effective(result.network(seed)) for result in results.values()] for seed in range(5)])
accuracy = np.array([result.test_accuracy for result in results.values()])
fits = (after < 0.02).all(axis=1).sum()
print(f"before: from {before.min():g} to {before.max():g};  after: all below 0.02 in {fits} of 5 seeds")
print(f"test accuracy above 0.93 in {(accuracy > 0.93).sum()} of {accuracy.size} runs")
assert (after < 0.02).all()
assert (accuracy > 0.93).all()

# %% tags=["figure"]
figures.effective_rates(scales, before, after)
plt.show()

# %% [markdown]
# Dashed: the effective rate before the first step. Solid: after 500 steps, median and spread of five seeds.
# On the left it was up to ten thousand times as high as it ends, since the weights have lengthened themselves.
# (At the far left `epsilon` has a hand in it: there the variances are smaller than 0.001, so it softens the first steps.)
# On the right it was low, and stays low: lengths can grow, but not shrink. It is a brake, not an accelerator.
# (Lesson 09 returns to this: weight decay shortens W, and so it is the accelerator.)
#
# Back to the deep network whose gradients kept no promises. Its hidden kernels may be ten times as long without changing what it predicts. And its promises?

# %%
better, same = [], []
for seed in range(5):
    split, network = data.load(split=seed), surveyed["15 hidden layers"][1].result.network(seed)
    batch = split.x_train[:60], split.y_train[:60]
    longer = network.copy()
    for layer in longer.parameters[:-1]:
        layer["kernel"] = 10 * layer["kernel"]
    same.append(np.abs(longer.predict(batch[0], training=True) - network.predict(batch[0], training=True)).max() < 0.03)
    kept = [landscape.promise_kept(n, *batch, [0.1])[0] for n in (network, longer)]
    better.append(kept[1] > kept[0] + 0.2)
print(f"the same predictions in {sum(same)} of 5 seeds; more of the promise kept in {sum(better)} of 5")

# %% [markdown]
# One and the same function, and the promise is kept or not: it is a question of the step's length compared with the weights' length, which no prediction shows.
# Ten times the length is a hundredth of the effective rate, and any smooth loss keeps its promise if the step is short enough. Short steps are slow steps, though, so this is no advice.
# It says what the rate of 0.1 was for the deep network: too long for its gradient to hold, and survived.
#
# That is close to what Bjorck et al. (2018) conclude from their experiments: batch normalization mainly makes *large learning rates* possible. Without it, large steps make activations grow from layer to layer until the loss diverges; with it, each layer's scale is put right at once.
# Arora et al. (2019) prove how the braking works.
# What all this is worth (speed, rates, initial weights, depth, accuracy) is not a matter of explanations but of measurement: lesson 02.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Quiz
#
# Use the mouse, or Tab and Enter. Each answer tells you why.

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("01_theory")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["recap", "path-90"]
# ## Recap, with one example in numbers
#
# A feature has the values 1, 1 and 4 in a batch of three; `gamma` = 3, `beta` = −1, and `epsilon` is too small to matter.
#
# | | | |
# |---|---|---|
# | mean | (1 + 1 + 4) / 3 | 2 |
# | variance, biased (1/m) | (1 + 1 + 4) / 3 | 2 |
# | x̂ | (−1, −1, 2) / √2 | −0.71, −0.71, 1.41 |
# | y | 3 · x̂ − 1 | −3.12, −3.12, 3.24 |
# | the weights before it doubled: 2, 2, 8 | mean 4, variance 8 | the same y |
#
# - A layer's inputs are the inputs of a smaller network: standardize them, at every step, as a part of the network.
# - Mean and variance are taken down each feature, over the batch. `epsilon` stands under the root and decides only where a feature hardly varies.
# - `gamma` and `beta` are learned. They give back the mean and spread that a layer needs, and cannot undo the noise between batches.
# - Internal covariate shift goes down, but it is not what the benefit of the sigmoid network lives on. A more trustworthy gradient was found in the shallow network, not in the deep one, and neither finding explains both. The length of the weights stops mattering to the output and sets the effective rate.

# %% tags=["path-90"]
for values in ([1, 1, 4], [2, 2, 8]):
    y, _ = batchnorm.forward(np.array(values)[:, None], np.array([3.0]), np.array([-1.0]), epsilon=1e-9)
    print(values, "->", y.ravel().round(2))

# %% [markdown] tags=["path-90"]
# ## Where this goes wrong in practice
#
# | what you see | the cause | the test that tells |
# |---|---|---|
# | it trains, but one image's result depends oddly on its brightest pixel | statistics per example (a row) instead of per feature (a column) | the *column* means of x̂ are 0; if the row means are, the axis is wrong |
# | a feature that is almost always blank makes outputs jump from batch to batch | a tiny `epsilon`, such as 1e-8, lets its noise be blown up to spread 1 | compare the features' standard deviations with √epsilon |
# | training goes quiet though the learning rate is high | the weights have grown long, and the effective rate is low | print rate / \|W\|² for each layer as training goes on |
# | weights are shrunk or clipped, and nothing changes in the outputs | before a batch normalization, the length of W does not matter | multiply W by 10: equal outputs mean that only the effective rate was changed |
# | the same image gets another output with other batch-mates | batch statistics at prediction time | predict it alone and in a batch; lesson 05 is about this |

# %% [markdown] tags=["references"]
# ## References
#
# - Ioffe & Szegedy (2015), *Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift*, [arXiv:1502.03167](https://arxiv.org/abs/1502.03167). Section 2: internal covariate shift. Section 3: the transform, `gamma` and `beta` (Algorithm 1). Section 3.3: the scale of the weights. Section 4.1: activations over time.
# - LeCun, Bottou, Orr & Müller (1998), *Efficient BackProp*, section 4.3: normalizing the inputs.
# - He, Zhang, Ren & Sun (2015), *Delving Deep into Rectifiers*, [arXiv:1502.01852](https://arxiv.org/abs/1502.01852), section 2.2: initial weights for ReLU.
# - Goodfellow, Bengio & Courville (2016), *Deep Learning*, [section 8.7.1](https://www.deeplearningbook.org/contents/optimization.html): the chain and its higher-order terms.
# - van Laarhoven (2017), *L2 Regularization versus Batch and Weight Normalization*, [arXiv:1706.05350](https://arxiv.org/abs/1706.05350): the effective learning rate.
# - Santurkar, Tsipras, Ilyas & Mądry (2018), *How Does Batch Normalization Help Optimization?*, [arXiv:1805.11604](https://arxiv.org/abs/1805.11604). Section 2.1: noise. Section 2.2: drift as gradients see it. Section 3: the loss along a step.
# - Bjorck, Gomes, Selman & Weinberger (2018), *Understanding Batch Normalization*, [arXiv:1806.02375](https://arxiv.org/abs/1806.02375): larger learning rates.
# - Arora, Li & Lyu (2019), *Theoretical Analysis of Auto Rate-Tuning by Batch Normalization*, [arXiv:1812.03981](https://arxiv.org/abs/1812.03981).
# - Yang, Pennington, Rao, Sohl-Dickstein & Schoenholz (2019), *A Mean Field Theory of Batch Normalization*, [arXiv:1902.08129](https://arxiv.org/abs/1902.08129).
