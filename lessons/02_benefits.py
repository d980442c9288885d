# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# # 02 · Seven claims, seven experiments
#
# About 45 minutes to read and do (an estimate); one to two minutes to run.
# It builds on lesson 01, where the transform is explained.
#
# After this lesson you will be able to
# - turn "it helps" into a paired experiment with an effect, an interval and a verdict;
# - say what seven well-known claims about batch normalization are worth on a small network, and on what each depends;
# - see when a comparison favours one side.

# %% tags=["setup", "path-90"]
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from helpers import checks, data
from helpers.course import quiz
from helpers.experiments import train
from helpers.experiments.stats import Interval, no_difference, paired_interval, verdict
from helpers.figures import plots
from helpers.lessons.l02 import benefits, figures

plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## From a claim to a verdict
#
# "Batch normalization trains faster, allows higher rates, forgives bad initial weights, makes more activations usable, trains deeper networks, regularizes, and gives better results."
# You find this list in many places. Here each item becomes an experiment, and the code says what came out.
#
# All seven start from one network: 64 inputs (the 8 × 8 digits), three hidden layers of 50, ReLU, He weights, 60 images a step, plain gradient descent.

# %% tags=["path-90"]
base = benefits.BASE
settings = ("hidden", "activation", "init_scale", "batch_size", "learning_rate", "steps", "momentum")
for name in settings:
    print(f"{name:<13} {getattr(base, name)}")

# %% [markdown] tags=["path-90"]
# (`momentum` is the weight of the old value in the moving statistics; 0.9 makes them follow within some ten steps. What another momentum does comes up soon.)
#
# A comparison that deserves a verdict needs five things.
#
# 1. **Pairs.** Each seed fixes the images, the initial kernels and the order of the batches, for both sides. What counts is the difference within each pair, so that luck with a seed hits both alike.
# 2. **A fair choice of the learning rate.** Each side at its own best rate from the same list, chosen on validation images. The test images are for the number at the end.
# 3. **An interval.** From twelve differences we take the second smallest and the second largest. They enclose the true median in at least 99% of such experiments, whatever the distribution of the differences: only coin flips are counted (the sign test). Bounded, skewed accuracies with a failure now and then cannot harm it. (With 30 or 40 seeds the two ends lie further inside.) What a median does not show is one failure in twelve, so the figures draw every seed, or the band from the worst to the best.
# 4. **A smallest effect that matters**, stated before. For accuracy: one point.
# 5. **A rule.** *Supported*: the whole interval lies above that effect. *Not supported*: the whole interval lies below it. *Undecided*: anything else. Within a quarter of the threshold we don't trust ourselves, and call it undecided too.
#
# **Predict first.** An interval from 0.5 to 3 points; at least one point matters. What is the verdict?
# - Supported: all of it is above 0
# - Supported: its middle is above one point
# - Undecided

# %% tags=["path-90"]
for low, high in [(2, 4), (0.5, 3), (0, 20), (-0.6, 0.6), (-9, -4), (0.9, 1.1)]:
    interval = Interval((low + high) / 2, low, high, miss=0.01, pairs=12)
    said = verdict(interval, smallest_effect=1, equivalence_margin=1)
    print(f"{low:>5} to {high:<4} points: {said}")

# %% [markdown] tags=["path-90"]
# Undecided, both for 0.5 to 3 and for 0 to 20: the effect may be large, and it may be half a point.
# "Above 0" says that there is an effect, not that it is worth anything.
# "Undecided" is not "no effect" either: with −0.6 to 0.6 we know that one point is out of reach; with 0 to 20 we know next to nothing.

# %% [markdown]
# ### Exercise: a fair pair
#
# `fair_comparison(base)` gets an Experiment and returns two, `(without, with)`.
# They shall differ from each other in batch normalization and in nothing else, whatever `base` says.
# `replace(experiment, name=value)` gives a copy with one setting changed.


# %% tags=["exercise"]
def fair_comparison(base):
    """Two Experiments made from `base`, without and with batch normalization."""
    ### BEGIN SOLUTION
    return replace(base, batch_norm=False), replace(base, batch_norm=True)
    ### END SOLUTION


# %% tags=["check"]
checks.fair_comparison(fair_comparison)

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 1: it trains faster
#
# How long until the validation accuracy reaches 90%, each side at the rate at which it gets there soonest?
# From two starts: an sd of 0.05, which is too small for this network, and He weights, which suit it.
# Time is the number of steps times the cost of a step, and a step with batch normalization does more work.
# The smallest gain that matters: a fifth of the time.
#
# **Predict first.** From He weights, all costs counted, how does the time compare?
# - Equal: a few steps saved, each of them slower
# - About half, or less
# - A tenth, or less

# %% tags=["path-90"]
speed = benefits.training_speed()
fewer = speed.values[False] / speed.values[True]  # how many times fewer steps: a row a seed, a column a start
cost = np.array([[benefits.step_cost(seed, rounds=3)] for seed in speed.seeds])  # how many times longer a step
assert 1.2 < np.median(cost) < 2.6
assert np.median(fewer[:, 0]) > 8
assert np.median(fewer[:, 1]) > 3.5
assert np.median(fewer[:, 1] / cost[:, 0]) > 1.7
print("a step with batch normalization takes 1.2 to 2.6 times as long")
print("sd 0.05:    more than 8 times fewer steps (median)")
print("He weights: more than 3.5 times fewer steps (median)")
print(speed)

# %% tags=["figure", "path-90"]
figures.speed(speed, {"steps": fewer, "time": fewer / cost}, benefits.TARGET)
plt.show()

# %% [markdown] tags=["path-90"]
# Slower steps, far fewer of them, less time: half of it or less from He weights, and much less from weights that are too small.
# Left and middle: medians, bands from the worst to the best seed, the dotted line at 90%. Right: a dot for each seed, and right of the black line batch normalization is sooner.
# Here each side had its own best rate. That is the fair question, and a modest answer compared with races in which the plain network runs at a rate that does not suit it.
#
# Supported, then. But on what did it depend? Let us change one setting that has no part in training at all.
#
# **Predict first.** `momentum` rules how fast the moving statistics follow; gradient descent never reads them. With 0.99, Keras's default, instead of 0.9, from He weights:
# - nothing changes, since the same weights are learned
# - it still trains faster, by a little less
# - the advantage is gone

# %%
slow = replace(base, momentum=0.99)
lagging = benefits.training_speed(base=slow, starts={"He weights": benefits.STARTS["He weights"]})
print(lagging)
quick, late = (train(replace(experiment, batch_norm=True), seeds=5) for experiment in (base, slow))
print("the same training loss at every step:", np.array_equal(quick.train_loss, late.train_loss))

# %% [markdown]
# The advantage is gone, although the losses are the same to the last digit: the same network was learned.
# After 15 steps a memory with momentum 0.99 still holds 86% of its arbitrary start (0.99¹⁵ = 0.86), validation uses that memory, and so it cannot see what was learned.
# "Trains faster" was measured by validation accuracy, and so the verdict depends on a number that training never reads.
# On longer trainings it does not matter; here training takes a dozen steps. Lessons 03 and 05 return to it.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 2: it allows higher learning rates
#
# Rates from 0.001 to 10, two in each decade, 300 steps. A network "trains" at a rate if it reaches 0.9 on the test images.
# For each seed: the highest rate at which it trains.
# The smallest gain that matters: a rate twice as high. As only two rates in a decade are tried, the interval is widened by half a decade on both sides.
#
# **Predict first.** How much higher is the highest rate with batch normalization?
# - Twice
# - Ten times
# - There is no highest rate any more

# %% tags=["path-90"]
higher = benefits.learning_rates()
print(higher)
edge = {side: 10 ** np.median(benefits.highest_rate(higher.settings, higher.values[side])) for side in higher.values}
print(f"highest rate that trains (median): without {edge[False]:.1f}, with {edge[True]:.1f}")

# %% tags=["figure", "path-90"]
figures.rates(higher, benefits.TRAINED)
plt.show()

# %% [markdown] tags=["path-90"]
# Ten times: one decade, and the interval says at least half of one. (Lines are medians, bands reach from the worst to the best seed, here and below.)
# Without batch normalization the accuracy falls from its best value to guessing within half a decade. That is the danger of a high rate: the best one stands at the edge of a cliff.
# With it the cliff is still there, further out. And look at the other end: at *low* rates batch normalization gains less, but it gains there too.
#
# ### Why?
#
# One rate has to fit all layers. So let us look at the size of each layer's gradient before the first step, in ten layers, for three initial sds.
#
# **Predict first.** From the smallest to the largest of the three sds, by what factor do the plain network's gradients grow?
# - 10, as the sd does
# - 1,000
# - More than a billion

# %% tags=["figure"]
scales = {"sd 0.05": 0.05, "He weights": "he", "sd 0.5": 0.5}
norms = {name: benefits.gradient_norms(10, base=replace(base, init_scale=scale)) for name, scale in scales.items()}
typical = {name: {side: np.median(n[side]) for side in n} for name, n in norms.items()}
assert typical["sd 0.5"][False] > 1e9 * typical["sd 0.05"][False]
assert typical["sd 0.5"][True] < 2 * typical["sd 0.05"][True]
first_to_tenth = {
    side: np.median(norms["He weights"][side][:, 0] / norms["He weights"][side][:, 9]) for side in (True, False)
}
assert first_to_tenth[True] > 4
assert 1 / 3 < first_to_tenth[False] < 3
figures.gradients(norms)
plt.show()

# %% [markdown]
# More than a billion: ten layers multiply the factor of ten, ten times over. Without batch normalization (dashed), the rate has to make up for that.
# With it (solid, three lines on top of each other) the three sds give the same gradients to within a factor of two.
# But they are not flat: the first layer's gradient is more than four times as large as the tenth's, where the plain network with He weights is flat. Keep that in mind for claim 5.
#
# There is a second reason, and it works while training. Lesson 01: behind a normalized layer, a longer kernel gets a smaller gradient, and the effective rate is the rate divided by |W|².

# %%
growth = {
    f"{experiment.learning_rate:.2g}": benefits.kernel_growth(higher.results[experiment])[:, 0]
    for experiment in higher.chosen[True]
}
assert max(growth["0.1"]) < 1.05
assert min(growth["3.2"]) > 1.6
print("rate 0.1: the first kernel grows by less than 5%; rate 3.2: by more than 60%, in every seed")

# %% [markdown]
# At a rate of 3.2 the first steps lengthen the kernel by more than 60%, and that divides the effective rate by more than 1.6² = 2.6.
# A rate that is too high lowers itself. Without batch normalization longer kernels make the other layers' gradients larger, and nothing holds a high rate back.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 3: it makes initial weights easier
#
# Initial sds from 0.001 to 10, two in each decade, 150 steps.
# The number for each seed: the accuracy averaged over the nine sds, that is, what you can expect if you choose the sd blindly within four decades. The smallest gain that matters: a tenth.
#
# There are two people to please. One picks a single rate, the best on average, and keeps it. The other tunes the rate anew for each sd, between 0.0001 and 1.
#
# **Predict first.** Is there an sd at which the second person is better off *without* batch normalization?
# - No
# - Yes, at the smallest
# - Yes, at the largest

# %% tags=["path-90"]
weights = benefits.initial_weights()
print(weights)
one_rate = benefits.test_accuracies(weights.results, benefits.at_one_rate(weights.results))
usable = {side: np.sum(np.median(one_rate[side], axis=0) > 0.7) for side in one_rate}
assert usable[False] == 2
assert usable[True] >= 7
print("one rate, median above 0.7: without at 2 of 9 sds, with at 7 or more")
at_ten = {side: np.median(weights.values[side][:, -1]) for side in weights.values}
assert at_ten[False] > at_ten[True] + 0.1
print("sd 10, best rate for it: without batch normalization ahead by more than a tenth")

# %% tags=["figure", "path-90"]
figures.weights(weights, one_rate)
plt.show()

# %% [markdown] tags=["path-90"]
# With one rate (left) the plain network trains at two of nine sds, and batch normalization at nearly all of them. For most of us that is the practical case.
# With patience (right) the plain network comes back at large sds, where it wants rates of 0.01 down to 0.0001; and at sd 10 it is then *ahead*.
# Why? Batch normalization makes the hidden layers blind to the scale of their kernels, but not the output layer, and it does not let long kernels move (lesson 04 takes this apart).
# At small sds no rate helps the plain network: its signal is gone after three layers.
#
# Averaged over the range both people gain far more than a tenth: supported. But "initial weights don't matter any more" is false, and at the upper end it is false in the other direction.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 4: it makes more activations usable
#
# ReLU, sigmoid, tanh; He weights, 300 steps, each side at its own best rate of 0.1, 0.3, 1 and 3. One point matters.
#
# Beside the accuracy we count *idle* units: those whose activation has, on average over the images, less than a tenth of its greatest slope. A dead ReLU is idle, and so is a saturated sigmoid.
#
# **Predict first.** At their best rates, which plain network has idle units?
# - The one with sigmoids: they saturate
# - The one with ReLUs
# - All three

# %% tags=["path-90"]
activations = benefits.activation_functions()
print(activations)
idle = {experiment: benefits.idle_units(result) for experiment, result in activations.results.items()}
for name, *pair in zip(activations.settings, activations.chosen[False], activations.chosen[True]):
    without, with_it = (np.median(idle[experiment]) for experiment in pair)
    assert without > 0.08 if name == "relu" else without < 0.02
    assert with_it < 0.02
    print(f"{name:<8} idle units: without {'more than 8%' if name == 'relu' else 'less than 2%'}, with less than 2%")
too_fast = [e for e in idle if not e.batch_norm and e.learning_rate == 1 and e.activation != "sigmoid"]
assert all(np.median(idle[experiment]) > 0.5 for experiment in too_fast)
print("ReLU and tanh at rate 1, without: more than half of the units idle")

# %% tags=["figure", "path-90"]
figures.activations(activations, idle)
plt.show()

# %% [markdown] tags=["path-90"]
# The verdict is "depends": sigmoids gain about a tenth within these 300 steps; for ReLU and tanh, each at its best rate, we cannot tell whether a point is gained.
# The answer to the question is ReLU, and its idle units do not hurt it much.
#
# The lower row is where a common explanation fails. The plain sigmoid network is bad at every rate, and at its best one its units are *not* saturated.
# Units die where the rate is too high, ReLU and tanh from rate 1 on, which is the cliff of claim 2 seen from inside.
# So what ails the sigmoids?

# %%
rows = {}
for side in (False, True):
    experiment = replace(base, activation="sigmoid", steps=0, batch_norm=side)
    network = train(experiment, seeds=1).network(0)
    received = network.pre_activations(data.load().x_train[:60], training=True)
    rows["with" if side else "without"] = [f"{z.std(axis=0).mean():.1g}" for z in received]
pd.DataFrame(rows, index=["layer 1", "layer 2", "layer 3"]).T

# %% [markdown]
# They get too little, not too much. What layer 3 receives varies from image to image by a few hundredths: a sigmoid has a slope of at most ¼, so each layer passes on at most a quarter of the variation that it receives, and He weights, made for ReLU, do not make up for that.
# With batch normalization each layer receives an sd of 1.
# Left alone for longer, a plain network of sigmoids may learn too: lesson 04 has one that comes close to the best in 2,000 steps, at a rate of 2. The claim holds for a budget of 300 steps.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 5: it trains deeper networks
#
# From 2 to 30 hidden layers of 32 units, ReLU, He weights, 300 steps; each depth and each side at its own best of four rates. One point matters.
#
# **Predict first.** What happens at 30 layers with batch normalization?
# - As good as 2 layers
# - Clearly worse than 2 layers, clearly better than without
# - As bad as without

# %% tags=["path-90"]
depth = benefits.network_depth()
print(depth)
ends = {side: np.median(depth.values[side], axis=0) for side in depth.values}
assert ends[False][-1] + 0.08 < ends[True][-1] < ends[True][0] - 0.3
assert np.argmax(ends[True] - ends[False]) == 3
print("30 layers with batch normalization: more than 0.3 below 2 layers, more than 0.08 above without (medians)")
print("the lead of batch normalization is largest at 20 layers")

# %% tags=["figure", "path-90"]
figures.depths(depth)
plt.show()

# %% [markdown] tags=["path-90"]
# The second answer. The verdict "depends" has a plain meaning here: on the depth. At 10 and 20 layers it is supported, at 2 and 5 it is undecided.
# The lead is largest at 20 layers. At 30 batch normalization fails too, only less. (There is no verdict for 30: such a training is so sensitive that rounding, which differs between processors, decides where a single seed ends. The medians stay apart.)
#
# The usual explanation is that without batch normalization gradients vanish or explode. Look before you believe it.
#
# **Predict first.** Thirty layers, He weights, before the first step. In which network does the gradient explode on its way down to layer 1?
# - Without batch normalization
# - With batch normalization
# - In both

# %% tags=["figure"]
norms = benefits.gradient_norms(30, units=32)
likeness = benefits.likeness(30, units=32)
explosion = {side: norms[side][:, 0] / norms[side][:, 29] for side in norms}
assert explosion[True].min() > 100
assert explosion[False].max() < 10
assert likeness[False][:, -1].min() > 0.9
print(f"per layer, with batch normalization: a factor of {np.median(explosion[True]) ** (1 / 29):.1f}")
figures.untrained({side: n[:, :30] for side, n in norms.items()}, likeness)
plt.show()

# %% [markdown]
# *With* batch normalization: by a factor of about 1.2 a layer, more than 100 over 30 layers, in every seed.
# Yang et al. (2019) derive it for wide untrained networks, whatever the sd of the initial weights: batch normalization itself makes gradients grow with depth, and without skip connections very deep networks with it do not train.
# No single rate fits gradients that differ by a factor of hundreds; lesson 06 adds the skip connections.
#
# The plain network's gradient is as large in layer 1 as in layer 30. What it loses is something else (right panel): how alike two images look, as the cosine of the angle between what a layer receives for the one and for the other.
# At layer 30 it is above 0.9 in every seed: all images look almost the same there, and the output layer has to tell the digits apart by a small remainder.
# Batch normalization subtracts what is common to all images at each layer, and enlarges what is left. That its cosine is near 0 is no discovery, then: it is what subtracting the mean does.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 6: it regularizes
#
# Statistics of random batches are noise, and noise can keep a network from memorizing.
# 300 training images and 500 steps, so that there is something to memorize; neither, dropout (0.3), batch normalization, or both, each at its own best rate.
# We measure the gap between training and test accuracy; the effect is by how much batch normalization closes it. One point matters.
#
# **Predict first.** The plain network has a gap of about 6 points. With batch normalization?
# - About 5
# - About 2
# - None

# %% tags=["path-90"]
gaps = benefits.regularization()
print(gaps)
neither, dropout = gaps.values[False].T
normalized, both = gaps.values[True].T
assert all(0.03 < np.median(gap) < 0.08 for gap in (neither, dropout, normalized, both))
print("each of the four has a median gap between 3 and 8 points")
of_dropout = paired_interval(-neither, -dropout)
print("dropout against neither:", verdict(of_dropout, smallest_effect=0.01, equivalence_margin=0.01))

# %% tags=["figure", "path-90"]
shifts = {e.dropout: benefits.variance_shift(gaps.results[e]) for e in gaps.chosen[True]}
assert 0.65 < np.median(shifts[0.3][:, 2]) < 0.88
assert all(abs(np.median(layer) - 1) < 0.05 for layer in shifts[0].T)
figures.regularization(gaps, shifts)
plt.show()

# %% [markdown] tags=["path-90"]
# Left: a dot for each seed, a bar for the median. If anything, batch normalization closes about one of six points, and with twelve seeds we cannot tell whether it reaches one: undecided.
# Dropout, made for the purpose, fares no better here. A claim of "some regularization" is neither shown nor refuted by this experiment, and "it replaces dropout" would need a network in which dropout does something.
#
# Right: why people advise against dropout *before* batch normalization.
# Dropout scales up what it keeps, by 1/(1 − 0.3), and so raises the variance that the next layer's batch normalization sees and remembers. At inference dropout is off, and less variance arrives than expected: by layer 3 about three quarters (Li et al. 2019).
# Layer 1 has no dropout before it, and there variance met and variance expected agree.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 7: better results overall
#
# Now nothing is in the way of the plain network: three layers, He weights, 1,000 steps, its own best rate.
# As little is to be expected, we take 40 seeds, which makes the interval narrower. One point matters.
#
# **Predict first.** By how much is batch normalization ahead?
# - 5 points or more
# - 1 to 2 points
# - Less than a point, if at all

# %% tags=["path-90"]
overall = benefits.overall()
print(overall)
difference = (overall.values[True] - overall.values[False])[:, 0]
print("ahead in at least 20 of 40 seeds:", np.sum(difference > 0) >= 20)
print("behind in at least 3:", np.sum(difference < 0) >= 3)
print("a difference of two points is excluded:", no_difference(overall.parts[0].interval, 0.02))

# %% tags=["figure", "path-90"]
figures.overall(overall)
plt.show()

# %% [markdown] tags=["path-90"]
# A dot for each seed; the black bar is the interval, the grey band one point to either side.
# Batch normalization wins more often than it loses, by about half a point. Whether the typical gain reaches a point is undecided; that it reaches two is excluded.
# Where the plain network gets weights, depth and a rate that suit it, it is as good to within two points.
# Batch normalization widened the range of settings that train. It did not raise what the best of them reach by much.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## The scorecard

# %% tags=["path-90"]
card = benefits.Scorecard([speed, higher, weights, activations, depth, gaps, overall])
print(card)

# %% tags=["figure", "path-90"]
figures.scorecard(card)
plt.show()

# %% [markdown] tags=["path-90"]
# Each line is one interval, in multiples of the smallest effect that matters to it; the grey band around 1 is where we trust ourselves least. Right of the band: supported. Beside it stand the numbers in their own units (a halving is half the time, a decade ten times the rate).
#
# What holds on every computer is stated with a margin in this table, and asserted.

# %%
within = {  # for each claim, for each part: the interval lies within these two
    1: [(2, 5), (0.6, 3)],
    2: [(0.5, 1.5)],
    3: [(0.4, 0.8), (0.2, 0.6)],
    4: [(-0.03, 0.04), (0.05, 0.3), (-0.02, 0.03)],
    5: [(-0.02, 0.06), (-0.02, 0.1), (0.02, 0.5), (0.1, 0.7)],
    6: [(-0.02, 0.04), (-0.02, 0.04)],
    7: [(-0.005, 0.015)],
}
rows = []
for claim in card.claims:
    for part, (low, high) in zip(claim.parts, within[claim.number], strict=True):
        assert low - 1e-9 <= part.interval.low <= part.interval.high <= high + 1e-9
        rows.append((claim.text, part.name, f"{low:g} to {high:g}", part.unit, part.interval.pairs, part.verdict))
pd.DataFrame(rows, columns=["claim", "part", "interval lies within", "unit", "seeds", "verdict"])

# %% [markdown] tags=["path-90"]
# Three claims are supported, two depend, two are undecided, and in each the reason is at hand.
# What they have in common: batch normalization helps most where something is *wrong* (weights too small, a rate too high, too many layers), and least where all is well.
#
# Three other sets of seeds give the same seven verdicts; a test of this course checks it (`tests/test_benefits_seeds.py`).
# Each claim takes other settings too. Paste one of these into a new cell, or make your own:
#
# ```python
# benefits.training_speed(seeds=range(100, 130), tuning_seeds=range(100, 112))
# benefits.learning_rates(base=replace(base, activation="tanh", batch_size=20))
# benefits.regularization(train_size=100, dropout=0.5)
# ```

# %% [markdown] slideshow={"slide_type": "slide"}
# ### A question to think about: fifteen intervals
#
# Suppose batch normalization did nothing at all, and we measured 15 effects, each with its 95% interval.
#
# **Predict first.** How often would at least one of the 15 exclude 0 and look like a discovery?
# - In 5% of such studies
# - In about a third of them or more
# - Practically never: there is nothing to discover

# %%
nothing = np.sort(np.random.default_rng(0).normal(size=(4000, 15, 12)))  # studies, effects, seeds: all medians are 0
for confidence, k in {0.95: 3, 0.99: 2}.items():  # for twelve seeds: from the k-th smallest to the k-th largest
    interval = paired_interval(np.zeros(12), nothing[0, 0], confidence=confidence)
    assert (interval.low, interval.high) == (nothing[0, 0, k - 1], nothing[0, 0, -k])
    misses = (nothing[..., k - 1] > 0) | (nothing[..., -k] < 0)
    print(f"{confidence:.0%} intervals: a false discovery in {misses.any(axis=1).mean():.0%} of 4,000 studies")

# %% [markdown]
# The second answer. One interval in twenty may miss, and fifteen have fifteen chances.
# This is why the intervals here are 99% intervals, and why the scorecard's last line adds up what may go wrong: all of its intervals hold together with the probability that it states, or a greater one.
# It is also one more reason to ask for an effect that matters instead of an effect that is not 0.
# What would you do with 100 comparisons? (More seeds make a stricter interval affordable. Fewer questions make it unnecessary.)

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("02_benefits")

# %% [markdown] tags=["recap", "path-90"] slideshow={"slide_type": "slide"}
# ## Recap, with one example in numbers
#
# - Supported here: it trains faster (at each side's best rate, slower steps included), it allows rates ten times as high, it forgives initial weights over most of four decades.
# - Depends: on the activation (sigmoid gains, for ReLU and tanh a point is not shown) and on the depth (at 10 and 20 layers).
# - Undecided: regularization, and better results overall, where two points are excluded.
# - A verdict belongs to its settings. One number that gradient descent never reads, `momentum`, undid the first.
#
# **The example.** Twelve differences in points, sorted: −0.3, 0.2, 0.4, 0.6, 0.8, 0.9, 1.1, 1.2, 1.4, 1.7, 2.0, 3.1.
# The median is 1.0, halfway between the sixth and the seventh. The interval runs from the second, 0.2, to the second last, 2.0.
# It misses the true median only if at least eleven of twelve coin flips fall on one side: 2 · (1 + 12) / 2¹² = 0.6%.
# One point matters, and the interval holds 1: undecided, although eleven of twelve seeds gained.

# %%
points = np.array([-0.3, 0.2, 0.4, 0.6, 0.8, 0.9, 1.1, 1.2, 1.4, 1.7, 2.0, 3.1])
interval = paired_interval(np.zeros(12), points)
assert np.allclose([interval.estimate, interval.low, interval.high], [1.0, 0.2, 2.0])
assert np.isclose(interval.miss, 2 * 13 / 2**12)
print(verdict(interval, smallest_effect=1, equivalence_margin=1))

# %% [markdown]
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | "ten times faster with batch normalization" | the plain network ran at a rate that does not suit it | give each side its own best rate, from the same list |
# | the best rate of one side is the last of the list | the list ends too early for that side | lengthen the list on that side |
# | "a gain of 0.4 points", from one run each | luck with a seed | repeat a single side with other seeds: how far apart are its own results? |
# | a large effect that vanishes in the next study | the best of many comparisons was reported | count the comparisons; repeat that one with new seeds |
# | faster in the paper, slower in your validation curve | the moving statistics lag | compare the training losses; lower `momentum` |
# | "no significant difference, so it makes none" | the interval was wide | look at its ends: is an effect that matters excluded? |

# %% [markdown] tags=["references"]
# ## References
#
# - S. Ioffe and C. Szegedy (2015). [Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift](https://arxiv.org/abs/1502.03167). Sections 3.3 and 3.4: higher rates, and regularization; section 4: the experiments behind the claims.
# - N. Bjorck, C. Gomes, B. Selman and K. Weinberger (2018). [Understanding Batch Normalization](https://arxiv.org/abs/1806.02375). The view that higher learning rates are where most of the benefit comes from.
# - G. Yang, J. Pennington, V. Rao, J. Sohl-Dickstein and S. Schoenholz (2019). [A Mean Field Theory of Batch Normalization](https://arxiv.org/abs/1902.08129). Gradients that grow with depth before training, caused by batch normalization itself.
# - H. Daneshmand, J. Kohler, F. Bach, T. Hofmann and A. Lucchi (2020). [Batch Normalization Provably Avoids Rank Collapse for Randomly Initialised Deep Networks](https://arxiv.org/abs/2003.01652). Why images stay different with depth.
# - X. Li, S. Chen, X. Hu and J. Yang (2019). [Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift](https://arxiv.org/abs/1801.05134). The shift measured under claim 6.
