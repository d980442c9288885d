# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# # 02 · Seven claims, seven experiments
#
# About 70 minutes to read and do (an estimate); one to two minutes to run.
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
from helpers.experiments import about, pin, sweep, train
from helpers.experiments.stats import Interval, paired_interval, verdict
from helpers.figures import plots
from helpers.lessons.l02 import benefits, figures

plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## From a claim to a verdict
#
# "Batch normalization trains faster, allows higher rates, forgives bad initial weights, makes more activations usable, trains deeper networks, regularizes, and gives better results."
# You find this list in many places. Here each item becomes an experiment, and code computes its verdict.
#
# **One example by hand.** Two networks, one without and one with batch normalization, are trained twelve times each. In each of the twelve pairs both have the same images, initial weights and order of batches.
# The twelve differences in test accuracy, with minus without, in points and sorted:
#
# −0.3, 0.2, 0.4, 0.6, 0.8, 0.9, 1.1, 1.2, 1.4, 1.7, 2.0, 3.1
#
# What is the typical difference? The median, 1.0, lies halfway between the sixth and the seventh. How far could it be off?
# Take the interval from the second smallest, 0.2, to the second largest, 2.0.
# Each difference falls above or below the true median like a fair coin, so the interval misses it only if at least eleven of twelve coins fall on the same side.

# %% tags=["path-90"]
points = np.array([-0.3, 0.2, 0.4, 0.6, 0.8, 0.9, 1.1, 1.2, 1.4, 1.7, 2.0, 3.1])
low, high = np.sort(points)[[1, -2]]
miss = 2 * (1 + 12) / 2**12  # one way that all twelve fall on a side, twelve ways that all but one do; two sides
print(f"median {np.median(points):.1f}, interval {low} to {high}, misses the true median in {miss:.1%} of experiments")
print(paired_interval(np.zeros(12), points))  # the helper that all experiments below use

# %% [markdown] tags=["path-90"]
# So the interval holds the true median in at least 99% of such experiments, whatever the distribution of the differences.
# Accuracies are bounded and skewed, and now and then one run fails. The interval holds all the same, because it only counts on which side a difference falls.
# What a median does not show is one failure in twelve, so the figures draw every seed, or a band from the worst to the best.
#
# Now the verdict. Before measuring, state the **smallest effect that matters**; for accuracy it is one point in this lesson. Then compare the interval with it.
#
# | verdict | the whole interval lies |
# |---|---|
# | supported | above the smallest effect that matters |
# | harms | below the negative of that: a loss that matters |
# | not supported | below the smallest effect that matters, and it does not show harm |
# | undecided | none of these |
#
# Other seeds would move the ends of an interval a little, so an interval that ends near a threshold, less than a quarter of the smallest effect away from it, counts as undecided too: if one point matters, "supported" begins at 1.25 points, and "not supported" ends at 0.75.
#
# **Predict first.** An interval from 0.5 to 3 points; at least one point matters. What is the verdict?
# - Supported: all of it is above 0
# - Supported: its middle is above one point
# - Undecided

# %% tags=["path-90"]
for low, high in [(2, 4), (0.5, 3), (0, 20), (-0.6, 0.6), (-9, -4), (0.9, 1.1)]:
    interval = Interval((low + high) / 2, low, high, miss=0.01, pairs=12)
    answer = verdict(interval, smallest_effect=1, equivalence_margin=1)  # gains above 1 matter, those below 1 do not
    print(f"{low:>5} to {high:<4} points: {answer}")

# %% [markdown] tags=["path-90"]
# Undecided, both for 0.5 to 3 and for 0 to 20: the effect may be large, and it may be half a point.
# "Above 0" says that there is an effect, not that the effect is worth anything.
# "Undecided" is not "no effect" either. With −0.6 to 0.6 we know that the effect does not reach one point; with 0 to 20 we know next to nothing.
# The example above, 0.2 to 2.0, is undecided too, although eleven of twelve seeds gained.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## What makes a comparison fair?
#
# All experiments start from one network.

# %% tags=["path-90"]
base = benefits.BASE
print("64 inputs (the 8 × 8 digits), plain gradient descent")
for name in ("hidden", "activation", "init_scale", "batch_size", "learning_rate", "steps", "momentum"):
    print(f"{name:<13} {getattr(base, name)}")

# %% [markdown] tags=["path-90"]
# `init_scale` "he" means He weights: an sd of √(2/inputs), made for ReLU.
# `momentum` is batch normalization's own: the weight of the old value in the *moving statistics*.
# Those are running averages of the batches' means and variances, which a trained network uses in place of a batch's own (lesson 01 introduces them, lesson 03 works with them).
# Gradient descent itself has no momentum here.
#
# Three rules make a comparison fair.
#
# 1. **Pairs.** A seed fixes the images, the initial kernels and the order of the batches, for both sides. The difference within a pair is what counts, so luck with a seed hits both sides alike.
# 2. **One change.** The two sides differ in batch normalization and in nothing else.
# 3. **The learning rate is tuned for both.** Each side gets its own best rate from the same list, chosen on validation images. The verdict uses test images, with one exception: claim 1 counts steps on the validation curve, and therefore chooses its rates with other seeds than those it reports on.
#
# One limit holds for every interval in this lesson: the images are the same 1,797, by 13 writers, split anew for each seed, and each writer has images in training and in test. The intervals say what other *seeds* would give, not what other writers would.

# %% [markdown]
# ### Exercise: a fair pair
#
# `fair_comparison(base)` gets an Experiment and returns two, `(without, with)`.
# They must differ from each other in batch normalization and in nothing else, whatever `base` says.
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
# ## One experiment, line by line
#
# "With batch normalization you can use sigmoids." Four rates, two sides, twelve seeds, 300 steps: 96 trainings.
# First choose each side's rate, by its mean validation accuracy at the end of training.

# %% tags=["path-90"]
rates = (0.1, 0.3, 1.0, 3.0)
results, best = {}, {}
for batch_norm in (False, True):
    sigmoid = replace(base, activation="sigmoid", batch_norm=batch_norm)
    results |= sweep([replace(sigmoid, learning_rate=rate) for rate in rates], seeds=12)
    tried = [experiment for experiment in results if experiment.batch_norm == batch_norm]
    best[batch_norm] = max(tried, key=lambda experiment: results[experiment].validation_accuracy[:, -1].mean())
    for experiment in tried:
        scores = about(results[experiment].validation_accuracy[:, -1].mean(), ".2f")
        print(f"{experiment.label}: validation accuracy {scores}{'  <- best' * (experiment is best[batch_norm])}")

# %% [markdown] tags=["path-90"]
# With batch normalization the best rate is the last of the list, so the list may end too early. (With other seeds, 2000 to 2011, a rate of 10 was about two points worse.)
#
# Then subtract the test accuracies of the two chosen experiments, pair by pair, and take the interval as above.

# %% tags=["path-90"]
without, with_it = (results[best[side]].test_accuracy for side in (False, True))
gains = np.sort(100 * (with_it - without))
print("gains in points, sorted:", about(gains, ".1f", each=True))
low, high = gains[[1, -2]]
print("from", about(low, ".1f"), "to", about(high, ".1f"), "points; supported:", low > 1.25)  # a point and a quarter

# %% [markdown] tags=["path-90"]
# Supported: the whole interval lies far above one point. At its best rate, a typical network of sigmoids gains more than ten points.
# A helper does the same for a list of activations, and there is such a helper for each of the seven claims below. Does it give the same numbers?
# (It trains ReLU and tanh networks too. Claim 4 looks at those.)

# %% tags=["path-90"]
activations = benefits.activation_functions()
part = activations.parts[1]  # of ReLU, sigmoid and tanh
interval = part.interval
print(f"{part.name}  {part.effect}: {part.verdict}")
print("largest difference of the ends:", np.abs(100 * np.array([interval.low, interval.high]) - [low, high]).max())

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 1: it trains faster
#
# How long until the validation accuracy reaches 90%, each side at the rate at which it gets there soonest?
# We try two starts: an initial sd of 0.05, which is too small for this network, and He weights, which suit it.
# Time is the number of steps times the cost of a step, and a step with batch normalization does more work.
# The smallest gain that matters is a time that is shorter by a fifth.
#
# **Predict first.** From He weights, all costs counted, how does the time compare?
# - Equal: a few steps saved, each of them slower
# - About half, or less
# - A tenth, or less

# %% tags=["path-90"]
cost = np.array([benefits.step_cost(seed) for seed in range(30)])[:, None]  # how many times longer a step takes
speed = benefits.training_speed(seeds=30, cost=cost[:, 0])
fewer = speed.values[False] / speed.values[True]  # how many times fewer steps: a row a seed, a column a start
print("a step takes", about(cost, ".1f", "x"), "as long with batch normalization")
for column, start in enumerate(speed.settings):
    times = about(fewer[:, column], ".1f", "x")
    print(f"{start}: it needs {times} fewer steps (median, lowest and highest of 30 seeds)")
print("Time, slower steps counted (factor by which it is shorter, 99% interval):")
print(speed)

# %% tags=["figure", "path-90"]
figures.speed(speed, {"steps": fewer, "time": fewer / cost}, benefits.TARGET)
plt.show()

# %% [markdown] tags=["path-90"]
# Each step is slower, but far fewer are needed: the time is half or less from He weights, and a fifth or less from weights that are too small.
# Left and middle: medians, bands from the worst to the best seed, the dotted line at 90%. Right: a dot for each seed, and right of the black line batch normalization arrives sooner.
# Here each side had its own best rate. That makes the answer modest, compared with races in which the plain network runs at a rate that does not suit it.

# %% tags=["pinned"]
pin(1.2 < np.median(cost) < 2.6, "a step takes 1.2 to 2.6 times as long")
pin(np.median(fewer[:, 0]) > 8, "from sd 0.05 it takes more than 8 times fewer steps")
pin(np.median(fewer[:, 1]) > 3.5, "from He weights it takes more than 3.5 times fewer steps")
pin(np.median(fewer[:, 1] / cost[:, 0]) > 1.7, "from He weights the time is about half or less")
pin(np.median(fewer[:, 0] / cost[:, 0]) > 4, "from sd 0.05 the time is about a fifth or less")

# %% [markdown] tags=["path-90"]
# The claim is supported. But on what does that depend? Let us change one setting that has no part in training at all.
#
# **Predict first.** `momentum` decides how fast the moving statistics follow the batches; gradient descent never reads them. With 0.99, Keras's default, instead of 0.9, from He weights:
# - nothing changes, since the same weights are learned
# - it still trains faster, by a little less
# - the advantage is gone

# %%
usual = speed.chosen[True][1]  # He weights, with batch normalization, at its best rate
slow = [replace(usual, momentum=0.99, learning_rate=rate) for rate in (0.2, 0.3, 0.5, 1.0)]
tuning = sweep(slow, seeds=range(500, 512))  # again each rate, with other seeds than those reported
best_slow = min(slow, key=lambda experiment: np.median(benefits.steps_to(tuning[experiment])))
needed = benefits.steps_to(train(best_slow, seeds=30))
in_steps = speed.values[False][:, 1] / needed
print("steps to 90%, without over with:", about(in_steps, ".1f", "x"))
print("time to 90%, without over with: ", about(in_steps / cost[:, 0], ".1f", "x"))
both = [train(replace(usual, momentum=m, steps=60, evaluations=60), seeds=5).train_loss for m in (0.9, 0.99)]
print("the same training loss at each of 60 steps:", np.array_equal(*both))

# %% [markdown]
# The advantage is gone: in the median both need about the same number of steps, and the plain network takes less time for them.
# Yet the losses are the same to the last digit, so the same network was learned.
# After 15 steps a memory with momentum 0.99 still holds 86% of its arbitrary start (0.99¹⁵ = 0.86). Validation uses that memory, and so it does not show what the network has learned.
# "Trains faster" was measured by validation accuracy, and so the verdict depends on a number that training never reads.
# In longer trainings this matters little; here 90% is reached after a dozen steps. Lessons 03 and 05 return to it.

# %% tags=["pinned"]
pin(0.6 < np.median(in_steps) < 1.5, "with momentum 0.99 both sides need about the same number of steps")
pin(np.median(in_steps / cost[:, 0]) < 0.9, "and the plain network takes less time for them")

# %% [markdown]
# ### Exercise: an interval for any number of seeds
#
# Claim 1 took 30 seeds, so its interval does not run from the second smallest difference to the second largest. Which ranks does it use?
# `sign_interval(differences, confidence)` gets n differences, unsorted, and returns `(low, high)`: the k-th smallest and the k-th largest, with k as large as the confidence allows.
# The interval misses the true median if fewer than k of n fair coins fall on one side, or on the other. Such a miss may have a probability of at most 1 − confidence.
# (`math.comb(n, i)` counts the ways in which i of n coins fall on one side. Every n that is tried allows k = 1.)


# %% tags=["exercise"]
def sign_interval(differences, confidence):
    """The k-th smallest and the k-th largest difference, k as large as the confidence allows."""
    ### BEGIN SOLUTION
    from math import comb

    ordered, n = np.sort(differences), len(differences)
    k = 1
    while 2 * sum(comb(n, i) for i in range(k + 1)) / 2**n <= 1 - confidence:
        k += 1
    return ordered[k - 1], ordered[-k]
    ### END SOLUTION


# %% tags=["check"]
checks.sign_interval(sign_interval)

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 2: it allows higher learning rates
#
# We try rates from 0.001 to 10, two in each decade (each factor of ten), 300 steps. A network "trains" at a rate if it reaches 0.9 on the test images.
# The number for each seed is the highest rate at which it trains.
# The smallest gain that matters: a rate twice as high. As only two rates in a decade are tried, the interval is widened by half a decade on both sides.
#
# **Predict first.** How much higher is the highest rate with batch normalization?
# - Twice
# - Ten times
# - There is no highest rate any more

# %% tags=["path-90"]
higher = benefits.learning_rates()
print(higher)
for side, name in {False: "without", True: "with"}.items():
    highest = 10 ** benefits.highest_rate(higher.settings, higher.values[side])
    print(f"highest rate that trains, {name}: {about(highest, '.2g')}")

# %% tags=["figure", "path-90"]
figures.rates(higher, benefits.TRAINED)
plt.show()

# %% [markdown] tags=["path-90"]
# Ten times as high, and the interval says at least about three times. (Lines are medians, bands reach from the worst to the best seed, here and below.)
# Without batch normalization the accuracy falls from its best value to guessing within half a decade. That is the danger of a high rate: the best one stands at the edge of a cliff.
# With it the cliff is still there, further out. At the other end, at *low* rates, batch normalization is ahead too, by less.
#
# ### Why?
#
# First look before training. How large is each layer's gradient, in ten layers, for initial sds of 0.05, of He weights, and of 0.5?
#
# **Predict first.** From the smallest to the largest of the three sds, by what factor do the plain network's gradients grow?
# - 10, as the sd does
# - 1,000
# - More than a billion

# %% tags=["figure"]
scales = {"sd 0.05": 0.05, "He weights": "he", "sd 0.5": 0.5}
norms = {name: benefits.gradient_norms(10, base=replace(base, init_scale=scale)) for name, scale in scales.items()}
figures.gradients(norms)
plt.show()
for side, name in {False: "without", True: "with"}.items():
    grown = np.median(norms["sd 0.5"][side], axis=1) / np.median(norms["sd 0.05"][side], axis=1)
    print(f"{name}: from sd 0.05 to sd 0.5 the median layer's gradient grows {about(grown, ',.2g', 'x')}")
he = norms["He weights"]
first_to_tenth = {side: n[:, 0] / n[:, 9] for side, n in he.items()}
print("He weights, layer 1 over layer 10, without:", about(first_to_tenth[False], ".1f", "x"))
print("                                      with:", about(first_to_tenth[True], ".1f", "x"))
print("He weights, layer 1, with over without:", about(he[True][:, 0] / he[False][:, 0], ".1f", "x"))

# %% [markdown]
# More than a billion. With the output layer there are eleven layers, and with weights ten times as large, a layer's gradient is multiplied by ten once for each of the other ten: 10¹⁰ is ten billion.
# Without batch normalization (dashed) the initial sd decides how large the gradients are, and so which rate suits them.
# With it (solid, three lines on top of each other) the three sds give the same gradients to within a factor of two.
# (Two things cancel: a kernel that is ten times as long gets a gradient a tenth as large, and the output layer, which is not normalized and is drawn larger too, passes down one ten times as large.)
# But these gradients are not flat: the first layer's is more than four times as large as the tenth's, while the plain network with He weights is nearly flat. Keep that in mind for claim 5.
#
# That prepares claim 3. It does not explain claim 2, which was measured from He weights: there the gradients with batch normalization are no smaller than without it, and in the first layer they are several times as large as without it.
# The reason for higher rates shows only while training. When a unit's result is normalized, only the direction of its weights w matters. How fast it turns depends on the *effective rate*: the learning rate divided by |w|², the sum of the squares of these weights (lesson 12).

# %% tags=["pinned"]
typical = {name: {side: np.median(n[side]) for side in n} for name, n in norms.items()}
pin(typical["sd 0.5"][False] > 1e9 * typical["sd 0.05"][False], "the plain gradients grow by more than a billion")
pin(typical["sd 0.5"][True] < 2 * typical["sd 0.05"][True], "with batch normalization they stay within a factor of two")
pin(np.median(first_to_tenth[True]) > 4, "the first layer's gradient is more than four times the tenth's")
pin(1 / 3 < np.median(first_to_tenth[False]) < 3, "with He weights the plain gradients are nearly flat")
pin(np.median(he[True][:, 0] / he[False][:, 0]) > 2, "from He weights batch normalization makes the first one larger")

# %%
growth = {}
for experiment in higher.chosen[True]:
    growth[f"{experiment.learning_rate:.2g}"] = benefits.kernel_growth(higher.results[experiment])[:, 0]
for rate in ("0.1", "1", "3.2"):
    print(f"rate {rate:<3}: after 300 steps the first kernel is", about(growth[rate], ".2f", "x"), "as long")

# %% [markdown]
# At a rate of 3.2 the first kernel nearly doubles its length, and that divides the effective rate by more than three.
# With batch normalization a rate that is too high lowers itself. Without it longer kernels mean larger gradients, as the dashed lines of the figure show, and nothing holds a high rate back. Bjorck et al. (2018) see most of the benefit in these higher rates.

# %% tags=["pinned"]
pin(max(growth["0.1"]) < 1.05, "at rate 0.1 the first kernel grows by less than 5% in every seed")
pin(min(growth["3.2"]) > 1.6, "at rate 3.2 it grows by more than 60% in every seed")
pin(1.75 < np.median(growth["3.2"]) < 2.2, "at rate 3.2 it nearly doubles in the median")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 3: it forgives bad initial weights
#
# We try initial sds from 0.001 to 10, two in each decade, 150 steps.
# The number for each seed is the accuracy averaged over the nine sds: what you can expect if you choose the sd blindly within four decades. The smallest gain that matters: ten points.
#
# We judge it for two people. One picks a single rate, the best on average, and keeps it. The other tunes the rate again for each sd, between 0.0001 and 1.
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
for side, name in {False: "without", True: "with"}.items():
    print(f"{name}, one rate: the median is above 0.7 at {about(usable[side], 'd', of=9)} sds")
    print(f"{name}, its best rate: at sd 0.001 {about(weights.values[side][:, 0], '.2f')}", end=", ")
    print(f"at sd 10 {about(weights.values[side][:, -1], '.2f')}, at rate {weights.chosen[side][-1].learning_rate:g}")
at_ten = paired_interval(*(100 * weights.values[side][:, -1] for side in (False, True)))
print("gain at sd 10, each at its best rate:", about(at_ten, "+.1f", " points"))

# %% tags=["figure", "path-90"]
figures.weights(weights, one_rate)
plt.show()

# %% [markdown] tags=["path-90"]
# With one rate (left) the plain network trains at two of nine sds, and batch normalization at seven or more of them. For most of us that is the practical case.
# With patience (right) the plain network comes back at large sds, where it wants rates of 0.01 down to 0.0001; at sd 10 it is then *ahead*, by more than ten points with nearly every seed (with one it fails).
# (We print no verdict here, because it would be too close to call: for "harms" the whole interval would have to lie below −12.5, and its upper end is close to that. The plain network's rate is the lowest of the list; with other seeds, 2000 to 2011, still lower rates were no better.)
# Why? Batch normalization takes the scale out of what the hidden layers pass on, but not out of the output layer, and it makes long kernels move slowly (lesson 04 takes this apart).
# At small sds no rate up to 1 helps the plain network within 150 steps: its signal is gone after three layers.
#
# Averaged over the range both people gain far more than ten points: supported. But "initial weights don't matter any more" is false: at the upper end both sides get worse, and at sd 10 a tuned plain network is better off.

# %% tags=["pinned"]
pin(usable[False] == 2 and usable[True] >= 7, "one rate: usable at 2 of 9 sds without, at 7 or more with")
gain = 100 * (weights.values[True] - weights.values[False])[:, -1]
pin(np.median(gain) < -10 and np.sum(gain < -10) >= 10, "at sd 10 nearly every seed is better off without it")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 4: it makes more activations usable
#
# The experiment with sigmoids, and the same with ReLU and tanh: He weights, 300 steps, each side at its own best rate. One point matters.
#
# Beside the accuracy we count *idle* units: those whose activation has, on average over the images, less than a tenth of its greatest slope. A dead ReLU is idle, and so is a saturated sigmoid.

# %% [markdown]
# ### Exercise: idle units
#
# `idle_units(received)` gets what D sigmoid units receive for N images, (N, D), and returns the share of the units that are idle, a number between 0 and 1.
# The sigmoid is s = 1 / (1 + exp(−z)), and its slope is s · (1 − s).


# %% tags=["exercise"]
def idle_units(received):
    """The share of sigmoid units whose slope, averaged over the images, is below a tenth of the greatest slope."""
    ### BEGIN SOLUTION
    s = 1 / (1 + np.exp(-received))
    return np.mean(np.mean(s * (1 - s), axis=0) < 0.1 * 0.25)
    ### END SOLUTION


# %% tags=["check"]
checks.idle_units(idle_units)

# %% [markdown] tags=["path-90"]
# Now the measurement. (The helper has already trained all three, in "One experiment, line by line".)
#
# **Predict first.** At their best rates, which plain network has idle units?
# - The one with sigmoids: they saturate
# - The one with ReLUs
# - All three

# %% tags=["path-90"]
print(activations)
idle = {experiment: 100 * benefits.idle_units(result) for experiment, result in activations.results.items()}
for name, *both in zip(activations.settings, activations.chosen[False], activations.chosen[True]):
    without, with_it = (about(idle[experiment], ".0f", of=100) for experiment in both)
    print(f"{name:<8} idle units in percent: without {without}, with {with_it}")
too_fast = [e for e in idle if not e.batch_norm and e.learning_rate == 1 and e.activation != "sigmoid"]
for experiment in too_fast:
    print(f"{experiment.activation:<8} at rate 1, without: {about(idle[experiment], '.0f', of=100)}")

# %% tags=["figure", "path-90"]
figures.activations(activations, {experiment: share / 100 for experiment, share in idle.items()})
plt.show()

# %% [markdown] tags=["path-90"]
# The verdict is "depends": sigmoids gain ten points or more within these 300 steps; for ReLU and tanh, each at its best rate, it is undecided whether a point is gained.
# Only the ReLU network has idle units (about one in seven), and they do not hurt it much.
#
# The lower row is where a common explanation fails. The plain sigmoid network is poor at every rate, and at its best one its units are *not* saturated.
# Units die where the rate is too high, ReLU and tanh from rate 1 on, which is the cliff of claim 2 seen from inside.
# So what is wrong with the sigmoids?

# %% tags=["pinned"]
for name, *both in zip(activations.settings, activations.chosen[False], activations.chosen[True]):
    without, with_it = (np.median(idle[experiment]) for experiment in both)
    pin(without > 8 if name == "relu" else without < 2, f"idle units without batch normalization, {name}, as stated")
    pin(with_it < 2, f"with batch normalization hardly a unit is idle, {name}")
pin([np.median(idle[experiment]) > 50 for experiment in too_fast], "at rate 1 more than half of the units are idle")
pin(activations.parts[1].interval.low > 0.05, "sigmoids gain far more than a point")

# %%
rows = {}
for side in (False, True):
    experiment = replace(base, activation="sigmoid", steps=0, batch_norm=side)
    network = train(experiment, seeds=1).network(0)
    received = network.pre_activations(data.load().x_train[:60], training=True)
    rows["with" if side else "without"] = [f"{z.std(axis=0).mean():.1g}" for z in received]
pd.DataFrame(rows, index=["layer 1", "layer 2", "layer 3"]).T

# %% [markdown]
# They get too little, not too much: the table shows how much a layer's input to the activation varies between images (sd). At layer 3 it is a few hundredths. A sigmoid has a slope of at most ¼, so it passes on at most a quarter of the variation that it receives, and He weights, made for ReLU, do not make up for that.
# With batch normalization each layer receives an sd of 1.
# Left alone for longer, a plain network of sigmoids may learn too: in lesson 04 one comes close to the best in 2,000 steps, at a rate of 2. The claim holds for a budget of 300 steps.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 5: it trains deeper networks
#
# We train networks with 2 to 30 hidden layers of 32 units (ReLU, He weights, 300 steps), each depth and each side at its own best rate, tried from 0.01 to 1. (At 20 and 30 layers the highest rates are left out, because both sides do worse at them.) One point matters.
#
# **Predict first.** What happens at 30 layers with batch normalization?
# - As good as 2 layers
# - Clearly worse than 2 layers, clearly better than without
# - As bad as without

# %% tags=["figure", "path-90"]
depth = benefits.network_depth()
print(depth)
for side, name in {False: "without", True: "with"}.items():
    medians = ", ".join(about(np.median(column), ".2f") for column in depth.values[side].T)
    print(f"median accuracy at 2, 5, 10, 20, 30 layers, {name}: {medians}")
figures.depths(depth)
plt.show()

# %% [markdown] tags=["path-90"]
# The second answer. The verdict is "depends", and it depends on the depth: at 10 and 20 layers the claim is supported, at 2 layers it is undecided.
# At 5 layers it depends on the seeds: of eight sets of twelve seeds, two say "supported" and six, this one among them, "undecided".
# The lead is largest at 20 layers. At 30 batch normalization fails too, only less. (For 30 layers there is no verdict. It changed on another processor, which rounds differently; only the medians stayed apart.)
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
figures.untrained({side: n[:, :30] for side, n in norms.items()}, likeness)
plt.show()
print("gradient of layer 1 over that of layer 30, without:", about(explosion[False], ".1f", "x"))
print("                                              with:", about(explosion[True], ",.0f", "x"))
print("with, a factor for each layer:", about(explosion[True] ** (1 / 29), ".2f", "x"))
print("cosine between two images at layer 30, without:", about(likeness[False][:, -1], ".2f"))
print("                                          with:", about(likeness[True][:, -1], ".2f"))

# %% [markdown]
# It explodes *with* batch normalization: by a factor of about 1.2 a layer, more than 100 over 30 layers, in every seed.
# Yang et al. (2019) derive it for wide untrained networks, whatever the sd of the initial weights: batch normalization itself makes gradients grow with depth, and without skip connections very deep networks with it do not train.
# No single rate fits gradients that differ by a factor of hundreds; lesson 06 adds the skip connections.
#
# The plain network's gradient is about as large in layer 1 as in layer 30: less than a factor of three apart. The plain network loses something else (right panel): how different two images look. The panel shows the cosine of the angle between a layer's inputs to the activation for one image and for another.
# At layer 30 it is above 0.9 in every seed: all images look almost the same there, and the output layer has to tell the digits apart by a small remainder.
# Batch normalization subtracts what all images have in common at each layer, and enlarges the rest. That alone brings its cosine near 0. (Daneshmand et al. 2020 prove, for such networks, that images stay different with depth.)

# %% tags=["pinned"]
ends = {side: np.median(depth.values[side], axis=0) for side in depth.values}
pin(ends[False][-1] + 0.08 < ends[True][-1] < ends[True][0] - 0.3, "30 layers: far below 2 layers, above without")
pin(np.argmax(ends[True] - ends[False]) == 3, "the lead of batch normalization is largest at 20 layers")
pin(explosion[True].min() > 100, "with batch normalization the gradient grows more than 100 times, in every seed")
pin((explosion[False] > 1 / 3) & (explosion[False] < 3), "without it the gradient stays within a factor of 3")
pin(likeness[False][:, -1].min() > 0.9, "at layer 30 the plain network's images look alike, in every seed")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 6: it regularizes
#
# The statistics of random batches are noise, and noise can keep a network from memorizing.
# We train on 300 images for 500 steps, so that there is something to memorize: with neither, with dropout (0.3), with batch normalization, or with both, each at its own best rate.
# The number for each seed is the gap between training and test accuracy; the effect is by how much batch normalization closes it. One point matters.
#
# **Predict first.** The plain network has a gap of about 6 points. With batch normalization?
# - About 5
# - About 2
# - None

# %% tags=["path-90"]
gaps = benefits.regularization()
print(gaps)
neither, dropout = 100 * gaps.values[False].T
normalized, both = 100 * gaps.values[True].T
names = {"neither": neither, "dropout": dropout, "batch normalization": normalized, "both": both}
for name, values in names.items():
    print(f"gap with {name:<19} {about(values, '.1f', ' points')}")
of_dropout = paired_interval(-neither, -dropout)
print("dropout closes", about(of_dropout, "+.1f", " points") + ":", verdict(of_dropout, 1, 1))

# %% [markdown] tags=["path-90"]
# If anything, batch normalization closes about one of six points, and with twelve seeds we cannot tell whether it reaches one: undecided.
# Dropout, made for the purpose, does no better here. So perhaps this experiment could not see regularization if there were any?
#
# Two controls answer that. One has a sure effect: with 1,000 training images instead of 300 the gap must close.
# The other tests the explanation. The smaller the batch, the noisier its statistics. If this noise regularizes, batch normalization must close *more* of the gap with batches of 10 than with batches of 150.

# %% tags=["path-90"]
few = gaps.chosen[False][0]
closed = {}
# A rate of 1 with batches of 10, and a rate of 10 with batches of 150, validated no better on either side.
for size, tried in {10: (0.03, 0.1, 0.3), 150: rates}.items():
    results, chosen = benefits.tune([replace(few, batch_size=size)], tried, seeds=12)
    without, with_it = (100 * benefits.gaps(results[chosen[side][0]]) for side in (False, True))
    closed[size] = without - with_it
    effect = paired_interval(-without, -with_it)
    print(f"batches of {size}: batch normalization closes {about(effect, '+.1f', ' points')}")
noise = paired_interval(closed[10], closed[150])
print("batches of 150 close", about(noise, "+.1f", " points"), "more than batches of 10")
more = paired_interval(-neither, -100 * benefits.gaps(train(replace(few, train_size=1000), seeds=12)))
print("1,000 images instead of 300 close", about(more, "+.1f", " points") + ":", verdict(more, 1, 1))

# %% [markdown] tags=["path-90"]
# With 1,000 images the gap closes by far more than a point, so this experiment can see such an effect.
# The other control speaks against the explanation. With batches of 10, whose statistics are noisier, batch normalization closes *less* of the gap than with batches of 150.
# So this experiment shows no sign that the noise of the statistics regularizes. (That is no proof: smaller batches also make the gradients noisier on both sides, and 500 of them hold fewer images.)
# With batches of 150 the interval begins close to 1.25, where "supported" begins: other seeds may decide either way. But that is one of three batch sizes, and not the claim that we stated beforehand. With the usual 60 it is undecided whether a point is closed, and so it is with 10.
# Nor can this network show whether batch normalization replaces dropout, because dropout has no effect here that we could see.

# %% tags=["pinned"]
pin([3 < np.median(values) < 8 for values in names.values()], "the four median gaps lie between 3 and 8 points")
pin(more.low > 1.25, "more images close the gap by more than a point")
pin(noise.estimate > 0, "batches of 10 close less of the gap than batches of 150")
pin(np.median(closed[150]) > 1, "with batches of 150 more than a point is closed in the median")

# %% [markdown]
# ### Exercise: dropout before batch normalization
#
# People advise against dropout *before* batch normalization. Work out why.
# While training, dropout sets each value to 0 with probability p and divides what it keeps by 1 − p; at inference it does nothing.
# A unit's values have some mean and variance without dropout. The next layer's batch normalization remembers the variance that it sees while training.
# (Between the unit and that batch normalization lie the next layer's weights, which add up many such values. Leave them out: take one value with weight 1.)
# `variance_shift(mean, variance, p)` returns the variance that arrives at inference divided by the variance that arrives while training.


# %% tags=["exercise"]
def variance_shift(mean, variance, p):
    """Variance without dropout over variance with it, for values of this mean and variance."""
    ### BEGIN SOLUTION
    mean_square = (variance + mean**2) / (1 - p)  # a share 1 - p of the values, each divided by 1 - p
    return variance / (mean_square - mean**2)
    ### END SOLUTION


# %% tags=["check"]
checks.variance_shift(variance_shift)

# %% [markdown]
# How large is it in the trained networks? For each hidden layer the next cell divides the variance that batch normalization meets at inference by the one that it remembers.

# %% tags=["figure", "path-90"]
shifts = {e.dropout: benefits.variance_shift(gaps.results[e]) for e in gaps.chosen[True]}
figures.regularization(gaps, shifts)
plt.show()
for share, shift in shifts.items():
    layers = ", ".join(about(np.median(layer), ".2f") for layer in shift.T)
    print(f"dropout {share}: variance met over variance expected in layers 1 to 3: {layers}")

# %% [markdown] tags=["path-90"]
# Left: a dot for each seed, a bar for the median.
# Right: dropout raises the variance that the next layer's batch normalization sees and remembers. At inference dropout is off, and less variance arrives than expected (Li et al. 2019): here, by layer 3, about three quarters.
# Layer 1 has no dropout before it, and there variance met and variance expected agree.

# %% tags=["pinned"]
pin(0.65 < np.median(shifts[0.3][:, 2]) < 0.88, "by layer 3 about three quarters of the variance arrives")
pin([abs(np.median(layer) - 1) < 0.05 for layer in shifts[0].T], "without dropout the two variances agree")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Claim 7: better results overall
#
# Now nothing is in the way of the plain network: three layers, He weights, 1,000 steps, its own best rate.
# We expect little, so we take 40 seeds, which makes the interval narrower. One point matters.
#
# **Predict first.** By how much is batch normalization ahead?
# - 5 points or more
# - 1 to 2 points
# - Less than a point, if at all

# %% tags=["path-90"]
overall = benefits.overall()
print(overall)
difference = 100 * (overall.values[True] - overall.values[False])[:, 0]
print(
    "ahead in", about(np.sum(difference > 0), "d", of=40), "seeds, behind in", about(np.sum(difference < 0), "d", of=40)
)
for side, name in {False: "without", True: "with"}.items():
    print(f"test accuracy {name}: {about(overall.values[side], '.3f')}")

# %% tags=["figure", "path-90"]
figures.overall(overall)
plt.show()

# %% [markdown] tags=["path-90"]
# A dot for each seed; the black bar is the interval, the grey band one point to either side.
# Batch normalization wins more often than it loses, by less than a point in the median. Whether the typical gain reaches a point is undecided; two points lie outside the interval.
# Where the plain network gets weights, depth and a rate that suit it, it comes within two points.
# Batch normalization widened the range of settings that train. It raised what the best of them reach by little.

# %% tags=["pinned"]
pin(np.sum(difference > 0) >= 20 and np.sum(difference < 0) >= 3, "it wins more often than it loses, and loses too")
pin(np.median(difference) < 1 and overall.parts[0].interval.high < 0.02, "less than a point, and two are outside")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## The scorecard

# %% tags=["path-90"]
card = benefits.Scorecard([speed, higher, weights, activations, depth, gaps, overall])
print(card)

# %% tags=["figure", "path-90"]
figures.scorecard(card)
plt.show()

# %% [markdown] tags=["path-90"]
# Each line of the figure is one interval, in multiples of the smallest effect that matters to it; an interval that reaches into the grey band around 1 is undecided. Right of the band: supported. The numbers stand above the figure: points of accuracy, or a factor for times and rates.
#
# Three claims are supported, two depend, two are undecided.
# In claims 1 to 5, batch normalization helps most where something is *wrong* (weights too small, a rate too high, sigmoids, too many layers). Claim 7 asks what remains when nothing is wrong: less than two points.
# The exception is speed: even from He weights it needs about half the time, or less.
#
# How firm are these verdicts?
# - **Thresholds.** The claims and their smallest effects were stated first. Three things were changed later, after runs on other processors: the verdict at 30 layers was removed, the folded `pin` cell below accepts a wider interval at 10 layers, and some facts about single seeds became facts about medians.
# - **Seeds.** Claims 4 to 7 were repeated with eight sets of seeds. Each part got the same verdict in all eight, except 5 layers, which two sets call supported. Claims 1 to 3 lie far from their thresholds, and a second set gave the same verdicts.
# - **Settings.** A verdict belongs to its settings. Try others: paste one of these into a new cell, or make your own.
#
# ```python
# benefits.training_speed(seeds=range(100, 130))
# benefits.learning_rates(base=replace(base, activation="tanh", batch_size=20))
# benefits.regularization(train_size=100, dropout=0.5)
# ```

# %% tags=["pinned"]
within = {  # for each claim, for each part: the interval lies within these two
    1: [(2, 5), (0.6, 3)],
    2: [(0.5, 1.5)],
    3: [(0.4, 0.8), (0.2, 0.6)],
    4: [(-0.03, 0.04), (0.05, 0.3), (-0.02, 0.03)],
    5: [(-0.02, 0.06), (-0.02, 0.1), (0.02, 0.5), (0.1, 0.7)],
    6: [(-0.02, 0.04), (-0.02, 0.04)],
    7: [(-0.005, 0.015)],
}
for claim in card.claims:
    for part, (low, high) in zip(claim.parts, within[claim.number], strict=True):
        inside = low - 1e-9 <= part.interval.low <= part.interval.high <= high + 1e-9
        pin(inside, f"the interval of claim {claim.number}, {part.name}, lies between {low:g} and {high:g}")

# %% [markdown]
# ### Exercise: an eighth claim
#
# Your turn to claim something: "batch normalization helps with batches of 4", "… with tanh and an sd of 1", "… with a single hidden layer".
# `own_claim()` returns three things: the Experiment without batch normalization, the Experiment with it, and the smallest effect that matters, as a share of the test images (0.01 is one point).
# The check judges the design, not the result. The cell after it then runs your claim like the seven: both sides at their own best rate of 0.01, 0.03, 0.1, 0.3 and 1, twelve seeds, interval, verdict.
# Say aloud which verdict you expect before you run that cell.


# %% tags=["exercise"]
def own_claim():
    """The Experiment without, the Experiment with, and the smallest effect that matters."""
    ### BEGIN SOLUTION
    small_batches = replace(benefits.BASE, batch_size=4)
    return small_batches, replace(small_batches, batch_norm=True), 0.01
    ### END SOLUTION


# %% tags=["check"]
design = checks.own_claim(own_claim)
design

# %%
example = replace(base, batch_size=4), replace(base, batch_size=4, batch_norm=True), 0.01
without, with_it, smallest = own_claim() if design.passed else example
results, chosen = benefits.tune([without], (0.01, 0.03, 0.1, 0.3, 1.0), seeds=12)
accuracy = benefits.test_accuracies(results, chosen)
eighth = paired_interval(100 * accuracy[False][:, 0], 100 * accuracy[True][:, 0])
settings = without.label.removeprefix("without, ").split(", rate")[0]
print(f"{settings}, batches of {without.batch_size}, hidden {without.hidden}")
for side, name in {False: "without", True: "with"}.items():
    print(f"{name}: rate {chosen[side][0].learning_rate:g}, test accuracy {about(accuracy[side], '.2f')}")
print(f"batch normalization gains {about(eighth, '+.1f', ' points')}:", verdict(eighth, 100 * smallest, 100 * smallest))

# %% [markdown]
# The example, batches of 4, comes out undecided: the interval reaches from a loss to a large gain, because the plain network does well with some seeds and poorly with others.
# If yours is undecided, look at the two ends. Is the interval wide, so that more seeds would help? Or is it narrow and holds your smallest effect, so that the effect is about as large as you asked for?
# If it is decided, change one setting and ask on what the verdict depends. And count: the scorecard has fifteen intervals, and yours is one more.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### A question to think about: fifteen intervals
#
# Suppose batch normalization did nothing at all, and each of the fifteen intervals on the scorecard were a 95% interval.
#
# **Predict first.** How often would at least one of the 15 exclude 0 and look like a discovery?
# - In 5% of such studies
# - In about a third of them or more
# - Practically never: there is nothing to discover

# %%
nothing = np.sort(np.random.default_rng(0).normal(size=(4000, 15, 12)))  # studies, effects, seeds: all medians are 0
for confidence, k in {0.95: 3, 0.99: 2}.items():  # for twelve seeds: from the k-th smallest to the k-th largest
    misses = (nothing[..., k - 1] > 0) | (nothing[..., -k] < 0)
    print(f"{confidence:.0%} intervals: a false discovery in {misses.any(axis=1).mean():.0%} of 4,000 studies")

# %% [markdown]
# The second answer. One interval in twenty may miss, and fifteen have fifteen chances.
# (It is 43%, and not 1 − 0.95¹⁵ = 54%: with twelve seeds the narrowest interval that holds in at least 95% misses in only 3.9%.)
# This is why the intervals here are 99% intervals, and why the scorecard's last line adds up what may go wrong: the probability that all of its intervals hold at once is at least the one that it states.
# It is also one more reason to ask for an effect that matters instead of an effect that is not 0.
# What would you do with 100 comparisons? (More seeds make a stricter interval affordable. Fewer questions make it unnecessary.)

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("02_benefits")

# %% [markdown] tags=["recap", "path-90"] slideshow={"slide_type": "slide"}
# ## Recap, with one example in numbers
#
# - Supported here: it trains faster (at each side's best rate, slower steps included), it allows rates ten times as high, and it forgives initial weights over most of four decades.
# - Depends: on the activation (sigmoids gain; for ReLU and tanh a point is not shown) and on the depth (at 10 and 20 layers it is supported).
# - Undecided: regularization, and better results overall, where the gain is below two points.
# - A verdict belongs to its settings. One number that gradient descent never reads, `momentum`, undid the first.
#
# **The example.** Ten differences in points, sorted: −4.2, −3.9, −3.1, −2.8, −2.6, −2.5, −2.2, −1.9, −1.6, −1.4.
# Ten seeds allow the interval from the smallest, −4.2, to the largest, −1.4: it misses the true median only if all ten coins fall on one side, 2 / 2¹⁰ = 0.2%.
# One point matters, with a quarter as a margin: the whole interval lies below −1.25. The verdict is "harms".

# %%
points = np.array([-4.2, -3.9, -3.1, -2.8, -2.6, -2.5, -2.2, -1.9, -1.6, -1.4])
interval = paired_interval(np.zeros(10), points)
print(f"{interval.low} to {interval.high}, misses in {interval.miss:.1%}: {verdict(interval, 1, 1)}")

# %% [markdown]
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | "ten times faster with batch normalization" | the plain network ran at a rate that does not suit it | give each side its own best rate, from the same list |
# | the best rate of one side is the last of the list | the list ends too early for that side | lengthen the list on that side |
# | "a gain of 0.4 points", from one run each | luck with a seed | repeat a single side with other seeds: how far apart are its own results? |
# | a large effect that vanishes in the next study | the best of many comparisons was reported | count the comparisons; repeat that one with new seeds |
# | "no effect found", in an experiment that could not see one | whatever one does in it, the number hardly moves | add a control whose effect is certain |
# | faster in the paper, slower in your validation curve | the moving statistics still contain much of their start | compare the training losses; lower `momentum` |
# | "no significant difference, so it makes none" | the interval was wide | look at its ends: is an effect that matters excluded? |

# %% [markdown] tags=["references"]
# ## References
#
# - S. Ioffe and C. Szegedy (2015). [Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift](https://arxiv.org/abs/1502.03167). Sections 3.3 and 3.4: higher rates, and regularization; section 4: the experiments behind the claims.
# - N. Bjorck, C. Gomes, B. Selman and K. Weinberger (2018). [Understanding Batch Normalization](https://arxiv.org/abs/1806.02375). The view that higher learning rates are where most of the benefit comes from.
# - G. Yang, J. Pennington, V. Rao, J. Sohl-Dickstein and S. Schoenholz (2019). [A Mean Field Theory of Batch Normalization](https://arxiv.org/abs/1902.08129). Gradients that grow with depth before training, caused by batch normalization itself.
# - H. Daneshmand, J. Kohler, F. Bach, T. Hofmann and A. Lucchi (2020). [Batch Normalization Provably Avoids Rank Collapse for Randomly Initialised Deep Networks](https://arxiv.org/abs/2003.01652). Why images stay different with depth.
# - X. Li, S. Chen, X. Hu and J. Yang (2019). [Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift](https://arxiv.org/abs/1801.05134). The shift measured under claim 6.
