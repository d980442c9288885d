# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 12 · Why does it work?
#
# About 40 minutes to read and do (an estimate); less than a minute to run.
# It builds on lesson 01. Lesson 02 explains the intervals, but you do not need it here.
#
# After this lesson you will be able to
# - say what a gradient promises, and measure how much of the promise a step keeps;
# - tell which explanations of batch normalization survive a measurement, and in which networks;
# - compute the effective learning rate of a unit, and say when the idea applies.

# %% tags=["setup"]
from dataclasses import replace
from functools import reduce

import matplotlib.pyplot as plt
import numpy as np

from helpers import batchnorm, checks, data, gradcheck
from helpers.course import quiz
from helpers.experiments import Experiment, about, pin, stats, sweep, train
from helpers.figures import plots
from helpers.lessons.l12 import figures, landscape
from helpers.lessons.l12.drift import step_drift

plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One step changes every factor at once
#
# Lesson 01 gave one reason to normalize inside a network: what follows a layer is a smaller network, and its inputs should be standardized like any other's.
# There is a second reason, and it does not depend on how the network starts (Goodfellow et al. 2016, section 8.7.1).
# Take a very small deep network, with one number per layer and no activation: $y = x \cdot w_1 \cdot w_2 \cdots w_L$.
# We want y to become smaller, so every weight takes a step against its gradient.
#
# The gradient answers a question about one weight: what happens to y if *this* weight moves and all others stay?
# But all of them move at once. Multiplied out, the new y is a polynomial in the learning rate.
# Its first-order term is what the gradients promised together. The other terms come from weights that move at the same time.
#
# **Predict first.** Let x = 1, each weight 1.1 and the learning rate 0.02. How much of the promised decrease of y does one step bring in a chain of L = 2, 5 and 20?
# - nearly all of it in each chain: the square of 0.02 is only 0.0004
# - nearly all of it with 2, most of it with 5, less than half with 20
# - more than promised with 20: twenty weights push in the same direction


# %%
def step_terms(weights, rate):
    """Terms of order 0 to L of y = w1 * w2 * ... * wL after one step of every weight."""
    y = np.prod(weights)
    factors = [np.array([w, -rate * y / w]) for w in weights]  # w - rate * dy/dw, the rate's power kept apart
    return reduce(np.convolve, factors)  # convolving the terms multiplies the polynomials


terms = {length: step_terms(np.full(length, 1.1), rate=0.02) for length in (2, 5, 20)}
for length, t in terms.items():
    kept = (t[0] - t.sum()) / -t[1]
    print(
        f"L = {length:>2}: y {t[0]:5.2f}, promised {t[0] + t[1]:5.2f}, reached {t.sum():5.2f}: {kept:.0%} of the decrease"
    )

# %% tags=["figure"]
figures.orders({f"L = {length}": t[:7] for length, t in terms.items()})
plt.show()

# %% [markdown]
# Each bar is one term of the step, as a share of the promise. The first-order term (blue, unhatched) is −1: it is the promise itself.
# The hatched bars show what happens because the weights move together. (With L = 20 only the first six orders are drawn.)
#
# In a chain of two the higher orders are invisible, and in a chain of five they take back 5%. In a chain of twenty the second order alone is larger than the first.
# The gradient promised to take y from 6.73 down to −8.23, and the step arrived at 0.64.
# Two things add up. Each weight takes a step of 0.12, where it took 0.02 in the chain of two, and 190 pairs of weights move at the same time instead of one.
# A smaller rate would keep more of the promise, but it would also learn more slowly.
#
# Now put batch normalization after each factor but the last.
# It needs a batch, because a single number cannot be normalized, so x takes five values.


# %%
def normalized_chain(weights):
    """y of the first of five examples: batch normalization after each factor but the last."""
    h = np.array([[1.0], [2.0], [4.0], [5.0], [9.0]])
    for w in weights[:-1]:
        h, _ = batchnorm.forward(h * w, np.ones(1), np.zeros(1), epsilon=1e-9)
    return (h * weights[-1])[0, 0]


weights = np.full(20, 1.1)
gradient = gradcheck.numerical_gradient(normalized_chain, weights)
for rate in (0.02, 2):
    promised = normalized_chain(weights) - rate * np.square(gradient).sum()
    reached = normalized_chain(weights - rate * gradient)
    print(f"rate {rate:<4}: y {normalized_chain(weights):.2f}, promised {promised:.2f}, reached {reached:.2f}")
print(f"gradients of w1 to w19: at most {np.abs(gradient[:-1]).max():.4f}; of w20: {gradient[-1]:.2f}")

# %% [markdown]
# The promise is kept, even at a rate a hundred times as high. Whatever size w₁ to w₁₉ take, the next normalization divides it out again (only a change of sign would show).
# So y depends on w₂₀ alone, and that dependence is a straight line.
#
# You may object that nineteen of twenty weights have become useless, and you are right. That is the price *in a linear chain of single units*.
# In a real network a layer has many units and an activation. Batch normalization removes each unit's mean and spread over the batch, and leaves the rest: which examples lie together, which lie apart, and in which direction.

# %% tags=["pinned"]
pin(np.abs(gradient[:-1]).max() < 1e-6, "the gradients of all weights but the last are 0")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How much of its promise does a step keep?
#
# What we did to the chain can be done to any network. A gradient promises a decrease of the loss; take the step, and compare.
#
# $$\text{share kept} = \frac{\text{loss before} - \text{loss after}}{\text{rate} \cdot |\text{gradient}|^2}$$
#
# The denominator is the promise: the step has the length rate · |gradient|, and along it the loss falls with slope |gradient|.
# If the share is 1, the promise was kept in full. If it is 0, the loss did not fall. Below 0 the loss rose.
# For a very small rate the share is close to 1 for every smooth loss, so it is compared at the rate at which a network trains.

# %% [markdown] tags=["exercise"]
# ### Exercise: the share that is kept
#
# Write `share_kept`. It takes a function `loss(w)`, the weights `w` (an array), the `gradient` of the loss at `w` (an array of the same shape) and a `rate`, and returns the share of the promise that one step of gradient descent keeps.
# By hand, for loss = w² at w = 1 with rate 0.25: the gradient is 2, so the step leads to 0.5, and the loss falls from 1 to 0.25. The promise was 0.25 · 4 = 1, and 0.75 of it was kept.


# %% tags=["exercise"]
def share_kept(loss, w, gradient, rate):
    """The decrease of the loss in one step of gradient descent, as a share of what the gradient promises."""
    ### BEGIN SOLUTION
    decrease = loss(w) - loss(w - rate * gradient)
    return decrease / (rate * np.sum(gradient**2))
    ### END SOLUTION


# %% tags=["check"]
checks.share_kept(share_kept)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Internal covariate shift: the claim
#
# The 2015 paper has a name for what lesson 01 showed layer by layer. It calls **internal covariate shift** "the change in the distribution of network activations due to the change in network parameters during training" (section 2).
# Its claim has two halves. Batch normalization holds the distribution of each layer's inputs still; and *that* is why it helps, because no layer has to follow ever-moving inputs.
#
# The first half can be measured. Train for 100 steps, then take one more, and look at the values that a unit hands to its activation. How far does their mean move in that one step, counted in their standard deviations?

# %%
# (`momentum` belongs to batch normalization's moving statistics; gradient descent has none here.)
relu = Experiment(batch_norm=False, activation="relu", init_scale="he", learning_rate=0.1, momentum=0.9)
plain = {"sigmoid, rate 1": replace(relu, activation="sigmoid", learning_rate=1), "ReLU, rate 0.1": relu}
trio = {}  # three networks for each activation: without, with, and with noise after the normalization
for title, experiment in plain.items():
    without = replace(experiment, steps=300, evaluations=15)
    trio[title] = [without, replace(without, batch_norm=True), replace(without, batch_norm=True, noise=1.0)]
drifts = {title: [step_drift(e, at=100, seeds=10) for e in three] for title, three in trio.items()}
for title, (without, with_, _) in drifts.items():
    print(
        f"{title:<16} mean over layers: without {about(without.mean(axis=1), '.3f')}, "
        f"with {about(with_.mean(axis=1), '.4f')}"
    )

# %% [markdown]
# Batch normalization holds the means still. In one step they move hundreds of times less than without it, so, as far as the means go, this half of the claim is true, here as in the paper.
# It is built that way: a normalized unit's mean over the batch is its `beta`, so the means can move only as far as `beta` does.
#
# But is this stillness *why* batch normalization helps? Two things that come together need not be cause and effect.
# Santurkar et al. (2018, section 2.1) found a test. Keep the normalization and destroy the stillness:
# right after each batch normalization, add noise that gives every unit a new mean and a new spread at every training step.
# If stillness is the cause, this network must do badly. But first, is the noise strong enough?

# %%
for title, three in drifts.items():
    for name, drift in zip(("without", "with, noisy"), (three[0], three[2])):
        layers = ", ".join(about(drift[:, layer], ".2f") for layer in range(3))
        print(f"{title:<16} {name:<12} layers 1 to 3: {layers}")

# %% [markdown]
# In the noisy network every layer's means now jump by about half a standard deviation at every step.
# In the sigmoid network without batch normalization the drift averages about as much, but it is unevenly spread: almost nothing in the first layer, more than a standard deviation in the third.
# In the ReLU network the noise moves the means several times as far as training does without batch normalization.
#
# **Predict first.** How well does the noisy network learn, compared with the network without batch normalization? Answer twice, for sigmoid and for ReLU.
# - worse: it has all of the drift, and the noise on top
# - about as well
# - better
#
# We fix in advance what counts: a difference of 5 points of test accuracy, in ten pairs that share weights and batches.
# The interval below holds the median difference with 99% confidence. It rests on the *sign test*. Each difference falls below the true median with probability 1/2, so all ten do so with probability 1 in 1,024, and all ten fall above it with the same probability.
# With ten pairs the interval therefore reaches from the smallest difference to the largest: it misses the true median only in those two cases.

# %% tags=["figure"]
races = {title: list(sweep(three, seeds=10).values()) for title, three in trio.items()}
gains, costs = {}, {}
for title, (without, clean, noisy) in races.items():
    for name, result in zip(("without", "with", "with, noisy"), (without, clean, noisy)):
        print(f"{title:<16} {name:<12} test accuracy {about(result.test_accuracy, '.3f')}")
    gains[title] = stats.paired_interval(100 * without.test_accuracy, 100 * noisy.test_accuracy)
    costs[title] = 100 * clean.test_accuracy - 100 * noisy.test_accuracy
    print(f"{title:<16} noisy against without: {about(gains[title], '+.1f', ' points')}")
figures.noise_races(list(races.values()), list(races))
plt.show()

# %% [markdown]
# For the sigmoid network the third answer is right, for the ReLU network the second.
# The figure shows validation accuracy while training: median and full spread of ten seeds.
# On the left (sigmoid) the noisy network (dotted green) lies on top of the clean one (blue), far above the network without batch normalization (orange). The gain is more than 5 points, although its means jump at every step.
# On the right (ReLU) the three end close together. The interval lies within ±5 points, so the noisy network is neither better nor worse by an amount that counts.
#
# So the large benefit in the sigmoid network does not depend on still means: it remains when the means move.
# In the ReLU network there was little benefit to lose. What there was, a point or so in the medians, is gone with the noise, so the ReLU network cannot tell the two explanations apart.
# One reservation: the noise is jitter about a fixed centre. This experiment does not say whether a slow, lasting shift would hurt.
#
# The paper reports one more thing: there, the same noise kept the network *without* batch normalization from training at all. Here?

# %% tags=["pinned"]
stiller = [without.mean(axis=1) > 20 * with_.mean(axis=1) for without, with_, _ in drifts.values()]
pin(np.all(stiller), "the means move more than 20 times as far without batch normalization")
ratios = [np.median(without.mean(axis=1)) / np.median(with_.mean(axis=1)) for without, with_, _ in drifts.values()]
pin(min(ratios) > 100, "in the medians the means move hundreds of times as far")
pin((drifts["ReLU, rate 0.1"][2].mean(axis=1) > 3 * drifts["ReLU, rate 0.1"][0].mean(axis=1)).all(), "noise moves more")
pin((drifts["sigmoid, rate 1"][2].mean(axis=1) > 0.5 * drifts["sigmoid, rate 1"][0].mean(axis=1)).all(), "as much")
pin(gains["sigmoid, rate 1"].low > 5, "the noisy sigmoid network is better by more than 5 points")
pin(stats.no_difference(gains["ReLU, rate 0.1"], 5), "with ReLU the difference is within 5 points")
pin(all(np.median(cost) < 3.5 for cost in costs.values()), "noise costs a few points at most")
benefit = np.median(100 * (races["ReLU, rate 0.1"][1].test_accuracy - races["ReLU, rate 0.1"][0].test_accuracy))
pin(0.3 < benefit < 2.5 and np.median(costs["ReLU, rate 0.1"]) > benefit, "noise costs the ReLU network its benefit")

# %%
noise_alone = {}
for title, (without, *_) in trio.items():
    noise_alone[title] = train(replace(without, noise=1.0), seeds=5).test_accuracy
    print(f"{title:<16} noise, no batch normalization: {about(noise_alone[title], '.2f', each=True)}")

# %% [markdown]
# The sigmoid network learns nothing, as in the paper. The ReLU network learns, though less well than without noise: there the paper's finding is not reproduced.

# %% tags=["pinned"]
pin(noise_alone["sigmoid, rate 1"].max() < 0.15, "the sigmoid network learns nothing with noise alone")
pin(noise_alone["ReLU, rate 0.1"].min() > 0.7, "the ReLU network learns with noise alone")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How far can a gradient be trusted?
#
# If stillness is not the reason, what is? Santurkar et al. (2018, section 3) answer that batch normalization makes the loss *smoother*, so that a gradient remains right for a longer step.
# The share that a step keeps measures this.
#
# They also look for drift where it would hurt, in the gradients (section 2.2, definition 2.1): let only the layers *before* layer i make their step; by how much does the gradient of layer i change?
# A relative change of 0 means that the gradient is still right. A change of 1 means that it has changed by its own length.
#
# **Predict first.** A ReLU network with 3 hidden layers, after 100 steps at rate 0.1. How much of its promise does the next step keep, without batch normalization and with it?
# - nearly all of it in both: the rate is moderate
# - less than half without, most of it with
# - less than half in both

# %% tags=["figure"]
multiples = (0.25, 0.5, 1, 2, 4)
base = replace(relu, steps=100, evaluations=1)
shallow = [landscape.survey(replace(base, batch_norm=bn), multiples, seeds=10) for bn in (False, True)]
for name, found in zip(("without", "with"), shallow):
    print(f"{name:<8} kept at rate 0.1: {about(found.kept[:, 2], '.2f')}; at 0.4: {about(found.kept[:, 4], '.2f')}")
    print(f"{'':<8} the layers' gradients change by {about(found.changes.mean(axis=1), '.2f')}")
more = stats.paired_interval(shallow[0].kept[:, 2], shallow[1].kept[:, 2])
print(f"more of the promise with batch normalization: {about(more, '+.2f')}, 10 seeds")
figures.surveys({"3 hidden layers": shallow}, multiples, rate=0.1)
plt.show()

# %% [markdown]
# Medians and full spread of ten seeds; the step measured is the one after 100 steps of training.
# Top: the drift of the means in that step, taken as above from the values that each layer hands to its activation. Middle: the share of the promise that a step of each size keeps; the dotted line marks the rate of the training. (The lower band reaches below −3 and is cut off.) Bottom: how much each layer's gradient changes when the layers before it move ("layer 4" is the output layer).
#
# The middle panel agrees with the 2018 paper. With batch normalization a step keeps most of its promise, without it less than half. At four times the rate the loss *rises* without batch normalization.
# Their other finding, that the gradients change as much with batch normalization as without, is not reproduced here: they change about a third as much.

# %% tags=["pinned"]
pin(more.low > 0.05, "with 3 layers more of the promise is kept with batch normalization")
pin(np.median(shallow[0].kept[:, 4]) < 0, "without it, four times the rate makes the loss rise")
pin(np.median(shallow[0].kept[:, 2]) < 0.5, "less than half is kept without it")
calmer = stats.paired_interval(shallow[1].changes.mean(axis=1), shallow[0].changes.mean(axis=1))
pin(calmer.low > 0.05, "the gradients change less with it")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The length of the weights
#
# Multiply all weights that lead into a batch normalization by 10.
#
# **Predict first.** What happens to the layer's output, and to the gradient of these weights?
# - the output is ten times as large, the gradient the same
# - both stay the same
# - the output is the same, the gradient a tenth

# %%
rng = np.random.default_rng(1)
x, W, dy = rng.normal(size=(60, 8)), rng.normal(size=(8, 5)), rng.normal(size=(60, 5))


def output_and_gradient(W):
    """y = BN(x W), and the gradient of W when dy is the gradient of y."""
    y, cache = batchnorm.forward(x @ W, np.ones(5), np.zeros(5), epsilon=1e-12)
    return y, x.T @ batchnorm.backward(dy, cache)[0]


y, gradient = output_and_gradient(W)
for a in (0.1, 10, 1000):
    y_a, gradient_a = output_and_gradient(a * W)
    ratio = np.linalg.norm(gradient_a) / np.linalg.norm(gradient)
    print(f"weights times {a:<5}: output changes by {np.abs(y_a - y).max():.6f}, gradient times {ratio:g}")

# %% [markdown]
# The output does not change, and the gradient becomes a tenth.
# The reason: x·aW has a times the mean and a times the standard deviation of x·W, for any a > 0, so a cancels in (z − mean) / sd (Ioffe & Szegedy 2015, section 3.3).
# This is exact as `epsilon` goes to 0; with 0.001 it holds nearly, as long as the variances are much larger than that.
# And if W is ten times as long, the same small change of its *direction* takes a change of W that is ten times as large. So the slope per unit of W is a tenth.
#
# Each unit is normalized by itself, so each has its own length: |w|² is the sum of the squares of one *column* of W, the weights that lead into that unit.
# Only the direction of w matters to the output. One step turns it by an angle of about rate · |gradient| / |w|, and |gradient| itself is proportional to 1 / |w|.
# So the angle is proportional to **rate / |w|², the effective rate** (van Laarhoven 2017). The length comes in twice.
#
# If this is right, a kernel ten times as long at a hundred times the rate must be the *same* training, step for step:


# %%
def learn(W, rate, steps=50):
    """The layer's output after gradient descent on half the squared distance to a target."""
    for _ in range(steps):
        y, cache = batchnorm.forward(x @ W, np.ones(5), np.zeros(5), epsilon=1e-12)
        dz, _, _ = batchnorm.backward((y - dy) / len(x), cache)  # dy serves as the target
        W = W - rate * (x.T @ dz)
    return y


plain_run, long_run = learn(W, 0.5), learn(10 * W, 0.5 * 100)
print(f"50 steps of training change the outputs by up to {about(np.abs(plain_run - y).max(), '.2f')}")
print(f"10 W at rate 50 and W at rate 0.5 differ by {np.abs(plain_run - long_run).max():.6f}")

# %% [markdown] tags=["exercise"]
# ### Exercise: the effective rate
#
# Write `effective_rate`. It takes a `kernel` of shape (n, C), whose C units are followed by batch normalization, and the learning `rate`, and returns the effective rate of each unit, an array of shape (C,).
# By hand: a unit with the weights (3, 4) at rate 0.5 has |w|² = 25 and the effective rate 0.02.


# %% tags=["exercise"]
def effective_rate(kernel, rate):
    """rate / |w|² of each unit, w its column of the kernel (n, C)."""
    ### BEGIN SOLUTION
    return rate / np.square(kernel).sum(axis=0)
    ### END SOLUTION


# %% tags=["check"]
checks.effective_rate(effective_rate)

# %% [markdown]
# **With plain gradient descent, and no weight decay, the weights can only grow longer.** The loss does not change along w, so the gradient is perpendicular to w, and by Pythagoras a step gives |w|² + rate² · |gradient|².
# If the rate is far too high, the first step is wild. After it w is long, and the effective rate is low: the layer has slowed itself down (Arora et al. 2019 prove it).
#
# This holds for plain gradient descent, which this lesson uses; lessons 06 and 08 to 10 train with Adam. Momentum adds earlier gradients, which are perpendicular to earlier weights but not to today's, so the length can change a little either way.
# Adam divides each gradient by its own recent size, so the step is no longer perpendicular, and its length no longer follows 1 / |w|: there the angle is proportional to rate / |w|.
#
# **Predict first.** Kernels of seven initial sizes, from sd 0.001 to sd 1, train at learning rate 1. Before the first step, rate / |w|² differs by a factor of a million. And after 500 steps?
# - still by a factor of a million
# - they all end at about the same value
# - the short ones end within a factor of ten or so of each other, the long ones stay where they were

# %%
scales = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1)  # of the hidden kernels; the output layer always starts alike
base = replace(relu, batch_norm=True, learning_rate=1, output_init_scale="he", steps=500, evaluations=1)
results = sweep([replace(base, init_scale=scale) for scale in scales], seeds=5)
before, after = np.array([1 / (100 * scale**2) for scale in scales]), []
for result in results.values():
    kernels = [result.network(seed).parameters[1]["kernel"] for seed in range(5)]  # the second hidden layer
    after.append([np.median(1 / np.square(kernel).sum(axis=0)) for kernel in kernels])  # its median unit
after = np.array(after).T
accuracy = np.array([result.test_accuracy for result in results.values()])
for scale, start, end, reached in zip(scales, before, after.T, accuracy):
    print(f"sd {scale:<6g}{start:>10,.2f} -> {about(end, '.3f')}, test accuracy {about(reached, '.2f')}")

# %% tags=["figure"]
figures.effective_rates(scales, before, after)
plt.show()

# %% [markdown]
# Dashed: the effective rate before the first step. Solid: that of the median unit after 500 steps, with the spread of five seeds.
# The third answer is right. On the left the effective rate started anywhere between 1 and 10,000, and it ends between about 0.1 and 1, because the weights have grown longer.
# On the right it was low and stays low, because lengths can grow but not shrink. So a rate that is too high corrects itself, and one that is too low does not.
# (At the far left `epsilon` plays a part: there the variances are smaller than 0.001, so it softens the first steps.)
# All seven learn the digits.
#
# Weight decay shortens the weights, so it can raise the effective rate. Lesson 09 returns to this.

# %% tags=["pinned"]
pin((after < 2).all(), "the effective rate of the median unit ends below 2")
pin((after[:, :5] > 0.05).all(), "the short ones end near 0.1 or above it")
pin((after[:, -1] > 0.5 * before[-1]).all(), "the longest weights keep their effective rate")
pin((accuracy > 0.93).all(), "each of the runs learns the digits")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Fifteen layers (optional)
#
# You can skip to the summary, "What was claimed, and what we found". This section asks whether the explanation by smoothness also holds in a deep network.
#
# **Predict first.** The same survey with 15 hidden layers. Where does a step keep more of its promise?
# - with batch normalization, as before
# - without it
# - it cannot be decided with ten seeds

# %%
base = replace(relu, hidden=(100,) * 15, steps=100, evaluations=1)
deep = [landscape.survey(replace(base, batch_norm=bn), multiples, seeds=10) for bn in (False, True)]
for name, found in zip(("without", "with"), deep):
    kept, changes = about(found.kept[:, 2], ".2f"), about(found.changes.mean(axis=1), ".2f")
    print(f"{name:<8} kept {kept}; gradients change by {changes}")
    print(f"{'':<8} test accuracy {about(found.result.test_accuracy, '.2f')}")
change = stats.paired_interval(deep[0].changes.mean(axis=1), deep[1].changes.mean(axis=1))
print("more change of the gradients with batch normalization:", about(change, "+.2f"))
difference = stats.paired_interval(deep[0].kept[:, 2], deep[1].kept[:, 2])
verdict = stats.verdict(difference, 0.05, 0.05)
print(f"more of the promise with batch normalization: {about(difference, '+.2f')}, 10 seeds: {verdict}")

# %% [markdown]
# In the medians the step keeps *less* of its promise with batch normalization, about 0.2 against about 0.5. The seeds without it differ so much that ten of them cannot decide. (And the two steps start from different places: after 100 steps one network is near the beginning, the other nearly done.)
# In either case the gradient is a poor guide: each layer's gradient changes nearly by its own length in one step.
# Nevertheless the network with batch normalization has learned far more by then, in every seed. So smoothness, measured like this, fits what happens in the shallow network, and does not explain the deep one.
#
# What the section "The length of the weights" found (it is called *scale invariance*) helps here. The hidden kernels may be ten times as long without changing what the network predicts. What does that do to its promises?

# %%
kept, moved = [], []
for seed in range(5):
    split, network = data.load(split=seed), deep[1].result.network(seed)
    batch = split.x_train[:60], split.y_train[:60]
    longer = network.copy()
    for layer in longer.parameters[:-1]:
        layer["kernel"] = 10 * layer["kernel"]
    moved.append(np.abs(longer.predict(batch[0], training=True) - network.predict(batch[0], training=True)).max())
    kept.append([landscape.promise_kept(one, *batch, [0.1])[0] for one in (network, longer)])
kept = np.array(kept)
print(f"share kept: {about(kept[:, 0], '.2f', each=True)}, with longer kernels {about(kept[:, 1], '.2f', each=True)}")
print(f"the predictions move by at most {about(np.max(moved), '.3f')}")

# %% [markdown]
# The two networks compute the same function, and one keeps several times as much of its promise as the other.
# So the share depends on how long the step is compared with the weights, and the predictions do not show how long the weights are.
# Ten times the length gives a hundredth of the effective rate, and every smooth loss keeps its promise if the step is short enough. But a network that takes short steps learns slowly, so longer kernels are no remedy.
# What the experiment does tell us: a rate of 0.1 was too high for the gradients of the deep network to stay right, and the network learned all the same.
#
# There is a possible reason why the deep network differs. Yang et al. (2019) prove, for very wide networks at initialization, that batch normalization makes gradients *grow* exponentially with depth. Lesson 02 measures that.
# Bjorck et al. (2018) conclude from their experiments that batch normalization mainly makes *large learning rates* possible: without it, large steps make activations grow from layer to layer until the loss diverges.

# %% tags=["pinned"]
pin((deep[1].kept[:, 2] < 0.5).all(), "with 15 layers less than half of the promise is kept with batch normalization")
pin(verdict == "undecided" and change.low < 0 < change.high, "with 15 layers ten seeds cannot decide either question")
pin((deep[1].result.test_accuracy > deep[0].result.test_accuracy).all(), "it has learned more in every seed")
pin((kept[:, 1] > kept[:, 0] + 0.2).all() and np.max(moved) < 0.03, "longer kernels keep more, and predict the same")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What was claimed, and what we found
#
# On these digits, with these rates:
#
# | claim | where | here |
# |---|---|---|
# | batch normalization holds the means of layers' inputs still | Ioffe & Szegedy 2015, section 2 | yes, measured on what the activations receive: hundreds of times stiller |
# | that is why it helps | Ioffe & Szegedy 2015, section 2 | sigmoid: no, the benefit stays when noise moves the means; ReLU: little benefit to explain |
# | with noise, it beats the plain network | Santurkar et al. 2018, section 2.1 | sigmoid: yes; ReLU: equal within 5 points |
# | gradients drift as much with it as without | Santurkar et al. 2018, section 2.2 | 3 layers: no, less with it; 15 layers: undecided |
# | a step keeps more of its promise | Santurkar et al. 2018, section 3 | 3 layers: yes, about 0.9 against 0.4; 15 layers: undecided, with medians of 0.2 against 0.5 |
# | the length of the weights sets the effective rate, and too high a rate corrects itself | van Laarhoven 2017; Arora et al. 2019 | yes, with plain gradient descent |
#
# No single explanation covers all of our networks. What can be said safely is what the layer *does*: it holds each unit's mean and spread, and it makes its outputs independent of the length of the weights that lead into it.
# What that is worth (speed, rates, initial weights, depth, accuracy) is a matter of measurement: lesson 02.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz
#
# Use the mouse, or Tab and Enter. Each answer comes with a reason.

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("12_why_it_works")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["recap"]
# ## Recap, with one example in numbers
#
# A unit has the weights w = (3, 4), the rate is 0.5, and its gradient is (0.8, −0.6): perpendicular to w, because 3 · 0.8 − 4 · 0.6 = 0.
#
# | | | |
# |---|---|---|
# | \|w\|² | 9 + 16 | 25 |
# | effective rate | 0.5 / 25 | 0.02 |
# | the step | (3, 4) − 0.5 · (0.8, −0.6) | (2.6, 4.3) |
# | \|w\|² after it | 6.76 + 18.49 = 25 + 0.25 · 1 | 25.25 |
# | twice as long, (6, 8): gradient (0.4, −0.3), \|w\|² = 100 | 0.5 / 100 | effective rate 0.005, a quarter |
#
# - A gradient is right for small steps. In a deep chain, where all weights move together, the higher orders can outweigh the promise.
# - Batch normalization holds still the means of what the activations receive, but the benefit of the sigmoid network does not depend on it.
# - In the shallow network a step keeps more of its promise with batch normalization. In the deep one this is undecided.
# - The length of the weights that lead into a normalized unit does not matter to its output. It sets the effective rate, rate / |w|², and plain gradient descent can only lower it.

# %%
w, gradient = np.array([3.0, 4.0]), np.array([0.8, -0.6])
stepped = w - 0.5 * gradient
print("perpendicular:", round(w @ gradient, 9), " after the step:", stepped, " |w|² =", round(stepped @ stepped, 4))

# %% [markdown]
# ## Where this goes wrong in practice
#
# | what you see | the cause | the test that tells |
# |---|---|---|
# | training slows down though the learning rate is high | the weights have grown long, and the effective rate is low | print rate / \|w\|² of each unit as training goes on |
# | a unit's weights are shrunk by a common factor (or their norm is clipped), and the outputs stay the same | before a batch normalization, the length of the weights does not matter | multiply the kernel by 10: if the outputs are equal, only the effective rate was changed |
# | an explanation fits your network and fails in the next one | it was tested at one depth, one activation or one rate | repeat the measurement at another depth |
# | a longer step than before makes the loss rise | the gradient is right only near the weights where it was taken | print the share of the promise that a step keeps |

# %% [markdown] tags=["references"]
# ## References
#
# - Ioffe & Szegedy (2015), *Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift*, [arXiv:1502.03167](https://arxiv.org/abs/1502.03167). Section 2: internal covariate shift. Section 3.3: the scale of the weights.
# - Goodfellow, Bengio & Courville (2016), *Deep Learning*, [section 8.7.1](https://www.deeplearningbook.org/contents/optimization.html): the chain and its higher-order terms.
# - van Laarhoven (2017), *L2 Regularization versus Batch and Weight Normalization*, [arXiv:1706.05350](https://arxiv.org/abs/1706.05350): the effective learning rate, also with momentum and Adam.
# - Santurkar, Tsipras, Ilyas & Mądry (2018), *How Does Batch Normalization Help Optimization?*, [arXiv:1805.11604](https://arxiv.org/abs/1805.11604). Section 2.1: noise. Section 2.2: drift as gradients see it. Section 3: the loss along a step.
# - Bjorck, Gomes, Selman & Weinberger (2018), *Understanding Batch Normalization*, [arXiv:1806.02375](https://arxiv.org/abs/1806.02375): larger learning rates.
# - Arora, Li & Lyu (2019), *Theoretical Analysis of Auto Rate-Tuning by Batch Normalization*, [arXiv:1812.03981](https://arxiv.org/abs/1812.03981).
# - Yang, Pennington, Rao, Sohl-Dickstein & Schoenholz (2019), *A Mean Field Theory of Batch Normalization*, [arXiv:1902.08129](https://arxiv.org/abs/1902.08129).
