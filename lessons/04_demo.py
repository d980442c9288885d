# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# # 04 · Let's see it work
#
# About 55 minutes to read and do (an estimate: 20 to read, 10 for the code, 25 for the exercises); about a minute to run.
# It builds on lesson 01, where the transform is explained, and needs nothing else.
#
# After this lesson you will be able to
# - read a grid of races, and tell what holds for every seed from what holds for some;
# - say what batch normalization rescued in each of twelve settings, and at what price;
# - take a poor result apart by changing one setting at a time, until only its causes are left.

# %% tags=["setup", "path-90"]
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from helpers import checks, data, widgets
from helpers.checks.l04.mystery import MYSTERY
from helpers.course import quiz
from helpers.experiments import Experiment, about, pin, sweep, train
from helpers.experiments.stats import paired_interval
from helpers.figures import plots
from helpers.lessons.l04 import figures, published

plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## What makes a race fair?
#
# Two networks read the 8 × 8 digits: 64 inputs, three hidden layers of 100 units, ten outputs.
# Both learn by plain gradient descent, 60 images a step.
# One of them has batch normalization before each activation.
#
# An `Experiment` holds all settings of one such training; `init_scale` is the standard deviation (sd) of its initial kernels.
# `train(experiment, seeds=5)` trains it five times, with the seeds 0 to 4; `.network(4)` of the result is the network of seed 4.
#
# **Predict first.** Before the first step, how do the two networks differ?
# - In all their numbers: both are drawn at random
# - In nothing
# - In a few parameters, but in no kernel

# %% tags=["path-90"]
base = Experiment(batch_norm=False, activation="relu", learning_rate=0.01, init_scale=0.05, steps=2000)
pair = [base, replace(base, batch_norm=True)]
before = [train(replace(experiment, steps=0), seeds=5).network(4).parameters for experiment in pair]
for layer, (without, with_it) in enumerate(zip(*before), 1):
    same = np.array_equal(without["kernel"], with_it["kernel"])
    print(f"layer {layer}: same kernel: {same}; {', '.join(without)} against {', '.join(with_it)}")

# %% [markdown] tags=["path-90"]
# They differ in a few parameters, but in no kernel.
# A seed fixes the initial kernels, the order of the batches, and which images are for training and which for testing. Batch normalization has no part in any of these draws.
# Where it stands directly before an activation, beta does what the bias did, so the layer has gamma and beta instead of a bias.
# The output layer is the same in both networks: it is never normalized.
# If the two end differently, batch normalization is the only possible cause.
#
# One race may still be won by luck, so every race is run with five seeds.
# In the figures a line is the median of the five, and a band reaches from the worst to the best.
#
# **Predict first.** ReLU, learning rate 0.01, initial sd 0.05. The network with batch normalization ends near 0.98. Where does the other one end after the same 2,000 steps?
# - Also near 0.98: it takes longer, but not that long
# - Near one half
# - At 0.1, which is guessing

# %% tags=["figure", "path-90"]
opening = sweep(pair, seeds=5)  # `sweep` trains several experiments
without, with_it = opening.values()
fig, ax = plt.subplots()
for result in (with_it, without):
    plots.curves(ax, result)
ax.legend(loc="lower right")
plt.show()
print("test accuracy of the five seeds, without:", about(np.sort(without.test_accuracy), ".2f", each=True))
print("                                    with:", about(np.sort(with_it.test_accuracy), ".2f", each=True))

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# With batch normalization (solid) all five networks are above 0.9 from step 500 on. Without it (dashed) the median is near one half when the race stops, and the five seeds end far from each other.
# Are these networks lost, or only late? We come back to that.
#
# ## Twelve races
#
# Two initial sds, two activations, three learning rates: twelve settings, each with and without batch normalization, five seeds each, 120 trainings.
#
# **Predict first.** In how many of the twelve does batch normalization win in *every* one of the five seeds?
# - In all twelve
# - In about half: some settings suit plain networks
# - In eleven; one is a draw


# %% tags=["figure", "path-90"]
def with_and_without(sd, activation, rate):
    plain = replace(base, init_scale=sd, activation=activation, learning_rate=rate)
    return [plain, replace(plain, batch_norm=True)]


settings = [(sd, activation, rate) for sd in (0.05, 5) for activation in ("relu", "sigmoid") for rate in (0.01, 1, 2)]
pairs = {setting: with_and_without(*setting) for setting in settings}
others = [experiment for both in pairs.values() for experiment in both if experiment not in opening]
results = {**opening, **sweep(others, seeds=5)}
plots.races(results)
plt.show()

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# In every panel the solid line (with batch normalization) ends on top. Above each panel stands the median *test* accuracy at the end, without → with; the curves show *validation* accuracy.
# In five of the twelve the dashed line stays at guessing: ReLU at rate 2 with sd 0.05, ReLU at all rates with sd 5, and sigmoid at rate 0.01 with sd 0.05.
#
# The numbers: for each setting the median test accuracy of the five seeds, with the worst and the best in brackets, and the smallest lead of batch normalization among the five seeds, in points (1 point is 0.01 of accuracy).

# %% tags=["path-90"]
ends = {setting: [results[experiment].test_accuracy for experiment in both] for setting, both in pairs.items()}
lead = {setting: 100 * (with_it - without).min() for setting, (without, with_it) in ends.items()}
for (sd, activation, rate), (without, with_it) in ends.items():
    least = about(lead[sd, activation, rate], "+.1f", " points")
    name = f"sd {sd:<4} {activation:<7} rate {rate:<4}"
    print(f"{name}  {about(without, '.2f')} → {about(with_it, '.2f')}, smallest lead {least}")
print(f"batch normalization wins in all five seeds in {sum(least > 0 for least in lead.values())} of 12 settings")

# %% [markdown] tags=["path-90"]
# It wins in all twelve. One race is close: sigmoid with sd 0.05 and rate 2, where the plain network trains well too, and the smallest lead is a point or two.
# A lead that small in five seeds could be luck. So let us train this setting with ten more seeds.
# The interval below holds the median lead with a probability of at least 99% (lesson 02 explains how).

# %% tags=["path-90"]
more = sweep(pairs[0.05, "sigmoid", 2], seeds=range(5, 15))
without, with_it = (
    np.concatenate([results[e].test_accuracy, more[e].test_accuracy]) for e in pairs[0.05, "sigmoid", 2]
)
close = paired_interval(100 * without, 100 * with_it)
print("sigmoid, sd 0.05, rate 2: a lead of", about(close, "+.1f", " points"))
print("wins in", about(np.sum(with_it > without), "d", of=15), "seeds")

# %% [markdown] tags=["path-90"]
# The lead is small and real: two or three points, and 0 is excluded.
#
# Now read the rows of the figure, one by one.
# - **sd 0.05, ReLU.** Rate 0.01 is too slow for the plain network, and rates 1 and 2 are too fast. Some rate between them may suit it; lesson 02 looks for one. With batch normalization all three will do.
# - **sd 0.05, sigmoid.** Here the plain network learns well only at rate 2, which is a *huge* rate for gradient descent.
# - **sd 5, ReLU.** The plain network never trains. With batch normalization it does, but it ends well below 0.98. The second half of this lesson asks why.
# - **sd 5, sigmoid.** Inputs far from 0 meet the flat ends of the sigmoid, where gradients are small. A rate of 2 makes up for much of that.
#
# The best plain network of the twelve ends near 0.95, the best with batch normalization near 0.99. Nobody tuned the rate for either, so this compares settings, not what each network can do; lesson 02 tunes both.
# The grid does show how much the choice of settings matters: without batch normalization the medians reach from guessing to 0.95, with it from about 0.85 to 0.99.

# %% tags=["pinned"]
low = [np.median(ends[setting][0]) for setting in settings]
high = [np.median(ends[setting][1]) for setting in settings]
ceiling = [0.65, 0.45, 0.15, 0.15, 0.70, 0.98, 0.15, 0.15, 0.15, 0.35, 0.88, 0.94]
floor = [0.97, 0.97, 0.97, 0.95, 0.95, 0.95, 0.80, 0.88, 0.88, 0.83, 0.93, 0.93]
pin(np.array(low) <= ceiling, "each median without batch normalization is at most what the text says")
pin(np.array(high) >= floor, "each median with it is at least what the text says")
first_race = results[pair[1]].validation_accuracy, results[base].test_accuracy
pin(first_race[0][:, 5:] > 0.9, "with batch normalization all five are above 0.9 from step 500 on")
pin(0.3 < np.median(first_race[1]) < 0.65, "the median without it lies between 0.3 and 0.65")
grounded = [setting for setting, most in zip(settings, ceiling) if most == 0.15]
pin([ends[setting][0].max() <= 0.3 for setting in grounded], "in five settings no plain network leaves the ground")
pin([least > 0 for least in lead.values()], "batch normalization wins every race in every seed")
pin(close.low > 0.3 and 1.5 < close.estimate < 3.5, "the closest race is won by two or three points, and not by 0")
pin(max(low) < max(high), "the best median belongs to batch normalization")

# %% [markdown] tags=["path-90"]
# ### Your own race
#
# Twelve settings are not many. Choose one of your own, press Start, and watch both networks train; Stop ends the race where it is.
#
# **Predict first.** Is there a setting here in which the network *without* batch normalization wins?
# - No: it always helps, or does no harm
# - Yes, with the right learning rate for it
# - Yes, with very small batches

# %% tags=["figure"]
widgets.RaceDashboard()

# %% [markdown]
# The picture is a race of 500 steps in the setting with which this lesson began: solid with batch normalization, dashed without. Earlier races stay as faint lines.
# It is one seed, so a close finish means nothing. What you find here is a question, and a sweep over seeds answers it.
#
# With batches of 1 the third answer is right, provided that the other settings suit the plain network: at rate 0.01 and initial sd 0.2, say, it passes one half. A batch of one image has that image as its mean, so in training all images look the same to the network with batch normalization, and it ends by guessing.
# For the second answer, look for the rate that suits the plain network best. Whichever side leads then, remember that you saw one seed.
# Then try a rate of 1,000,000. Nothing breaks; the text below the picture says at which step the loss stopped being a number.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Late, or lost?
#
# Take ReLU with sd 0.05 again, without batch normalization. At rate 0.01 the median ended near one half, at rate 1 below that.
# Give both three times as long: 6,000 steps.
#
# **Predict first.** What becomes of them?
# - Both arrive: they only needed more steps
# - The slow one arrives, the fast one goes on jumping up and down
# - The slow one arrives, the fast one ends near guessing

# %% tags=["figure", "path-90"]
longer = replace(base, steps=6_000, evaluations=30)
slow, fast = sweep([longer, replace(longer, learning_rate=1)], seeds=5).values()
figures.each_seed([slow, fast])
plt.show()
for result in (slow, fast):
    print(f"rate {result.experiment.learning_rate:<4g}", about(np.sort(result.test_accuracy), ".2f", each=True))

# %% [markdown] tags=["path-90"]
# Each thin line is one seed.
# At rate 0.01 (left) all five have climbed far above one half, and on the test images all five end above 0.9: they were late.
# At rate 1 (right) all five end below 0.35, at least four of them at 0.3 or less. They climb, fall, perhaps climb once more, and in the end stay where they are: they are lost.
# What happened to them?

# %% tags=["pinned"]
pin(slow.test_accuracy >= 0.9, "at rate 0.01 all five end above 0.9 on the test images")
pin(fast.test_accuracy <= 0.35, "at rate 1 all five end below 0.35")
pin((fast.test_accuracy <= 0.3).sum() >= 4, "at rate 1 at least four of five end at 0.3 or less")

# %% [markdown]
# ### Exercise: count the silent units
#
# A ReLU unit is *silent* if it gives 0 for every image.
# `silent_units(outputs)` gets the outputs of a layer of ReLUs, (N, D): a row for each image, a column for each unit. It returns how many of the D units are silent.
# A unit that is 0 for many images but not for all is at work, and does not count.
# Write yours before you read on: the code below counts silent units, too.


# %% tags=["exercise"]
def silent_units(outputs):
    """How many units give 0 for every image."""
    ### BEGIN SOLUTION
    return int(np.sum(np.all(outputs == 0, axis=0)))
    ### END SOLUTION


# %% tags=["check"]
checks.silent_units(silent_units)

# %% [markdown]
# How many units of the last hidden layer are silent for all 1,260 training images, in each of the five seeds?

# %% tags=["path-90"]
with_it = results[pairs[0.05, "relu", 1][1]]
silent = {"rate 0.01": slow, "rate 1": fast, "rate 1, with batch normalization": with_it}
for name, result in silent.items():
    silent[name] = []
    for seed in result.seeds:
        last_layer = result.network(seed).activations(data.load(split=seed).x_train)[-1]
        silent[name].append(int((last_layer.max(axis=0) <= 0).sum()))
    print(f"{name:<33} silent units of 100:", about(silent[name], "d", each=True))

# %% [markdown] tags=["path-90"]
# At rate 1 without batch normalization nearly the whole layer is silent; at rate 0.01 it is a minority of the units, and with batch normalization hardly any.
#
# One step that is too large can push a unit below 0 for every image, and its own weights cannot bring it back: where ReLU is 0 its gradient is 0, too. Only a change in the layers before it could.
# When the whole last layer is silent, the layers before it get no gradient either. All images look the same, and the network can only learn how frequent each digit is. That is guessing.
# (Where one or two units survive, they can still tell a digit or two from the rest: those are the lines that rest at 0.2 and 0.3.)
#
# Batch normalization makes this fall improbable: over the batch each unit has mean beta and standard deviation |gamma|, so some images stay above 0 unless beta sinks far below −|gamma|.
#
# At rates 1 and 2 a difference in rounding is enough to change which unit falls silent, and when: on another processor the same seed may end elsewhere, with batch normalization too. So the text speaks of all seeds together. Does any of the ten runs with batch normalization fail? Here they are.

# %% tags=["path-90"]
accuracies = np.concatenate([results[pairs[0.05, "relu", rate][1]].test_accuracy for rate in (1, 2)])
print("rates 1 and 2, with batch normalization:", about(np.sort(accuracies), ".2f", each=True))

# %% tags=["pinned"]
pin([count >= 90 for count in silent["rate 1"]], "at rate 1 at least 90 of 100 units are silent")
pin([count < 50 for count in silent["rate 0.01"]], "at rate 0.01 most units are at work")
pin([count < 10 for count in silent["rate 1, with batch normalization"]], "with it hardly a unit is silent")
pin(accuracies >= 0.9, "with batch normalization all ten runs end at 0.9 or above")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where does the signal go?
#
# A look at the networks *before* any training explains most of what the twelve races showed at rate 0.01.
# Take what a hidden layer hands to its activation, and measure how much it varies from image to image: the sd over the images, averaged over the units.
#
# **Predict first.** Initial sd 0.05, sigmoid. In the first layer, which reads the pixels, this sd is 0.11. What is it in the third?
# - Also about 0.1: all layers have the same initial sd
# - About 0.03
# - About 0.002

# %%
rows = {}
for sd, activation, _ in settings[::3]:
    for experiment in (replace(e, steps=0) for e in pairs[sd, activation, 0.01]):
        network = train(experiment, seeds=1).network(0)
        received = network.pre_activations(data.load().x_test, training=True)
        spreads = [z.std(axis=0).mean() for z in received]
        side = "with" if experiment.batch_norm else "without"
        rows[f"sd {sd}, {activation}, {side}"] = [f"{float(f'{s:.2g}'):,g}" for s in spreads]
pd.DataFrame(rows, index=["layer 1", "layer 2", "layer 3"]).T

# %% [markdown]
# About 0.002. The arithmetic: a unit adds up 100 inputs, each multiplied by a weight of sd 0.05. A sum of 100 independent terms has √100 = 10 times the sd of one term, so the kernel alone multiplies by √100 · 0.05 = 0.5.
# The activation takes its share. ReLU passes on only the positive half, which leaves half of the mean square: a factor of √½, together 0.5 · √½ ≈ 0.35 a layer.
# A sigmoid's slope is at most ¼: together 0.5 · ¼ = 0.125 a layer.
# Compare with the table: 0.11 → 0.033 → 0.011 for ReLU (a little less than 0.35 a layer, because part of the mean square is the same for all images), 0.11 → 0.013 → 0.0016 for sigmoids.
#
# So with sd 0.05 the images' differences shrink layer by layer until all images look nearly alike, and at first the network can learn little more than how frequent each digit is. The ReLU network gets past that within 6,000 steps; the sigmoid network at rate 0.01 is still there after 2,000.
# With sd 5 the factor for ReLU is 35: the differences grow to ten thousand, and the first gradient is so large that one step overwrites the weights.
# With batch normalization each activation receives an sd near 1, whatever was drawn (0.95 where the variance, about 0.01, is so small that the `epsilon` of 0.001 counts). Before training it does nothing else, and it does the same again at every step.

# %% [markdown]
# ### Exercise: the sd that neither shrinks nor grows
#
# Between 0.05 and 5 there is an sd at which a layer of ReLUs passes on the mean square that it receives: no shrinking, no growing.
# `steady_sd(inputs)` gets the number of inputs of each unit and returns that sd of the initial weights.


# %% tags=["exercise"]
def steady_sd(inputs):
    """The sd of the initial weights at which the mean square stays the same from one layer of ReLUs to the next."""
    ### BEGIN SOLUTION
    return np.sqrt(2 / inputs)
    ### END SOLUTION


# %% tags=["check"]
checks.steady_sd(steady_sd)

# %% [markdown]
# For 100 inputs it lies nearer to 0.05 than to 5. He et al. (2015) derived it, and lesson 02 uses it under the name "He weights".

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Does it ever fail?
#
# Say that a network failed if it ends below 0.5 on the test images.
# Over all twelve settings and five seeds, up to 60 networks could fail on each side. How many did?

# %% tags=["path-90"]
failed = {False: 0, True: 0}
for experiment, result in results.items():
    failed[experiment.batch_norm] += int((result.test_accuracy < 0.5).sum())
for side, count in failed.items():
    print("with batch normalization:   " if side else "without batch normalization:", about(count, "d", of=60), "fail")

# %% [markdown] tags=["path-90"]
# About 40 without batch normalization, and none with it. But the lesson that this course descends from raced the same twelve settings on MNIST, and two of its networks *with* batch normalization failed: ReLU, sd 5, rates 1 and 2, test accuracy 0.101 (Udacity 2017).
# In another run the same two settings had trained to 0.92 and 0.91.
# From one run each nobody can tell a failure from a fluke, and our five seeds are not many either.
# So let us look for failures: these two settings, fifteen more seeds each.
#
# **Predict first.** How many of these 30 networks fail?
# - None
# - One or two: something always goes wrong at sd 5
# - About half, as on MNIST

# %% tags=["figure", "path-90"]
hard = list(sweep([pairs[5, "relu", rate][1] for rate in (1, 2)], seeds=range(5, 20)).values())
figures.ends(hard)
plt.show()
fails = sum(int((result.test_accuracy < 0.5).sum()) for result in hard)
print(
    about(fails, "d", of=30),
    "fail; the lowest test accuracy is",
    about(min(r.test_accuracy.min() for r in hard), ".2f"),
)
print(
    "test accuracy at rate 1", about(hard[0].test_accuracy, ".2f"), "and at rate 2", about(hard[1].test_accuracy, ".2f")
)

# %% [markdown] tags=["path-90"]
# Each point is one network, at the test accuracy where it ended; within a row the height is the seed's number and means nothing.
# None fails: all thirty lie far above 0.5, most of them between 0.9 and 0.95. They lie lower, and further apart, than with sd 0.05; the next section asks why.
#
# No failure in these thirty runs and the ten of the races: is the failure rate 0? Count what is independent. The two rates share each seed's kernels and batches, so there are 20 independent seeds, not 40.
# If a seed failed with probability p, twenty seeds would all pass with probability (1 − p)²⁰.
# That falls below one in twenty only where p is above 14%, so a failure in up to 14% of seeds is still possible (the upper end of a one-sided 95% interval).
# And this holds for the digits. On MNIST, with 784 inputs and 50,000 steps, two of the six networks failed when we trained these two settings again ("The same at full size, on MNIST", below).

# %% tags=["pinned"]
pin(failed[True] == 0 and failed[False] > 30, "none of 60 fail with batch normalization, and more than 30 without")
pin(fails == 0 and min(result.test_accuracy.min() for result in hard) > 0.7, "all thirty end above 0.7")
pin(0.135 < 1 - 0.05 ** (1 / 20) < 0.145, "no failure in 20 seeds still allows a failure in 14% of seeds")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two suspects at sd 5
#
# With batch normalization, ReLU and rate 0.01, an initial sd of 5 instead of 0.05 costs more than ten points of accuracy.
# Yet batch normalization divides by the standard deviation, so the scale of a hidden layer's kernel does not change what the layer passes on.
# Two suspects are left.
# - The hidden layers after all.
# - The output layer, which is not normalized, and whose kernel has an sd of 5 too.
#
# An Experiment can give the output layer an sd of its own (`output_init_scale`), so each suspect can be tried alone.
#
# **Predict first.** Who did it?
# - The output layer: it is the only one whose scale can matter
# - The hidden layers
# - Both, and the shares depend on the learning rate

# %% tags=["figure"]
normalized = replace(base, batch_norm=True)
choices = [(rate, hidden, output) for rate in (0.01, 1) for hidden in (0.05, 5) for output in (0.05, 5)]
grid = {}
for rate, hidden, output in choices:  # where both sds are equal, it is a network that raced above
    own = None if output == hidden else output
    grid[rate, hidden, output] = replace(normalized, learning_rate=rate, init_scale=hidden, output_init_scale=own)
new = sweep([experiment for experiment in grid.values() if experiment not in results], seeds=5)
parts = {experiment: (new if experiment in new else results)[experiment] for experiment in grid.values()}
figures.suspects(parts)
plt.show()

# %% [markdown]
# Thin lines are seeds, thick ones medians. (The axis begins at 0.5.)
# At rate 0.01 (left) the four medians make two pairs: the upper two have a hidden sd of 0.05, the lower two a hidden sd of 5.
# At rate 1 (right) they lie closer together, and the dotted one, where both sds are 5, is the lowest.
# What does each suspect cost alone, at the end and in test accuracy? The next cell subtracts seed by seed.

# %%
costs = {}
for rate in (0.01, 1):
    healthy = parts[grid[rate, 0.05, 0.05]].test_accuracy
    for name, scales in {"hidden layers": (5, 0.05), "output layer": (0.05, 5), "two together": (5, 5)}.items():
        costs[rate, name] = 100 * (healthy - parts[grid[rate, *scales]].test_accuracy)
        print(f"rate {rate:<4}: sd 5 in the {name:<13} costs", about(costs[rate, name], "+.1f", " points"))

# %% [markdown]
# Both did it, and the shares depend on the learning rate.
# At rate 0.01 the hidden layers cost about eight points, and the output layer about one. At rate 1 each of them costs two or three points.
# Together they cost about 12 points at rate 0.01, which is more than the sum, and five or six at rate 1.
#
# Each suspect has its own way of doing harm.
#
# **The hidden layers hardly move.**
# Batch normalization takes the scale out of the result, but not out of the learning. If W is 100 times longer, its gradient is 100 times smaller (lesson 12), and so is a step. As a share of W's length, the first step is then 10,000 times smaller: the *effective rate* is the rate divided by |W|².

# %% [markdown]
# ### Exercise: how far did a kernel move?
#
# The length of a kernel is the root of the sum of its squared weights.
# `share_moved(start, end)` gets a kernel before and after training, both (inputs, units), and returns how far it moved as a share of its length at the start: 0.1 for a tenth.
# Here, too, write yours before you read on.


# %% tags=["exercise"]
def share_moved(start, end):
    """How far a kernel moved, as a share of its length at the start."""
    ### BEGIN SOLUTION
    return np.linalg.norm(end - start) / np.linalg.norm(start)
    ### END SOLUTION


# %% tags=["check"]
checks.share_moved(share_moved)

# %% [markdown]
# With this measure, look at the hidden kernels after the first step and after 2,000.

# %% tags=["pinned"]
limits = [(5, 15), (-2, 2), (10, 20), (1, 6), (1, 8), (3, 10)]
middle = [np.median(cost) for cost in costs.values()]
pin([low < cost < high for cost, (low, high) in zip(middle, limits)], "each median cost lies within its limits")
pin(middle[2] > middle[0] + middle[1] + 1, "at rate 0.01 the two together cost more than the sum")


# %%
def moved(experiment, steps):
    """How far each kernel has moved after so many steps, as a share of its length at the start."""
    start, first = (train(replace(experiment, steps=k), seeds=1) for k in (0, 1))
    end = first if steps == 1 else parts[experiment]  # trained above
    kernels = zip(start.network(0).parameters, end.network(0).parameters)
    return np.array([np.linalg.norm(b["kernel"] - a["kernel"]) / np.linalg.norm(a["kernel"]) for a, b in kernels])


shares = {steps: [moved(grid[0.01, hidden, 0.05], steps)[:3] for hidden in (0.05, 5)] for steps in (1, 2000)}
for steps, (small, large) in shares.items():
    print("the three hidden kernels after", "the first step" if steps == 1 else f"{steps:,} steps")
    print(
        "  sd 0.05 moved by", about(small, ".2g", each=True), "of their length, sd 5 by", about(large, ".2g", each=True)
    )
    print("  ratio", about(small / large, ",.0f", each=True))

# %% [markdown]
# The first step bears out the 10,000. Over 2,000 steps the ratio falls to between some 600 and 1,200: the small kernels soon fit the images, their gradients fade and they stop, while the large ones still have something to learn and go on.
# But they do not get far. At sd 5 and rate 0.01 the hidden layers are random and stay random; only gamma, beta and the output layer learn.
# That this still gives about 0.9 is worth a thought: three layers of random features, normalized, and a linear classifier on top.
#
# **The output layer is too sure.**
# Each of its 100 inputs is the ReLU of a number with mean 0 and sd 1, and the mean square of such an input is one half.
# So a logit (an output before softmax) has an sd of about √(100 · ½ · 5²) = 35. A network that has learned nothing gives one digit a probability near 1, and which digit that is, is a matter of chance.

# %%
x, y = data.load().x_train[:60], data.load().y_train[:60]
for sd in (0.05, 5):
    network = train(replace(grid[0.01, 0.05, sd], steps=0), seeds=1).network(0)
    logits = network.activations(x, training=True)[-1] @ network.parameters[-1]["kernel"]
    loss, _ = network.loss_and_gradients(x, y)
    print(f"output sd {sd}: the logits' sd is {logits.std():.2g}, the first loss {loss:.2g}")
print(f"a network that gives every digit the same probability has loss ln 10 = {np.log(10):.1f}")

# %% [markdown]
# A loss of more than 50 instead of 2.3 has to be unlearned, and the output kernel is too large to do it: it would have to move 100 times as far as a small one.
# The hidden layers do it instead, because a large output kernel sends large gradients down to them. How far do those push the hidden kernels, and when?

# %%
pushed = {(rate, steps): moved(grid[rate, 0.05, 5], steps) for rate in (0.01, 1) for steps in (1, 2000)}
for (rate, steps), shares_moved in pushed.items():
    hidden, output = about(shares_moved[:3], ".2g", each=True), about(shares_moved[3], ".2g")
    print(f"rate {rate:<4}, step {steps:>5,}: hidden kernels moved by {hidden} of their length, output by {output}")

# %% [markdown]
# At rate 0.01 the hidden layers adapt to the output layer that they were given, and little is lost.
# At rate 1 the very first step throws them to many times their length, and there they stay: the numbers after 2,000 steps are nearly the same. Such a long kernel has a small effective rate and moves little afterwards.
# So at rate 1 the large output layer does its harm by way of the hidden layers.

# %% tags=["pinned"]
(small, large), first = shares[2000], shares[1]
pin((small / large > 400) & (small / large < 2000), "over 2,000 steps the ratio falls to between 400 and 2,000")
pin(small.min() > 0.1 and large.max() < 0.002, "at sd 5 the hidden kernels move by less than 0.2% of their length")
pin(
    (first[0] / first[1] > 5_000).all() and (first[0] / first[1] < 20_000).all(),
    "the first step is 10,000 times smaller",
)
pin(pushed[0.01, 2000][3] < 0.01, "at rate 0.01 the large output kernel moves by less than 1%")
pin(pushed[0.01, 2000][:3].min() > 0.2 and pushed[0.01, 2000][:3].max() < 2, "the hidden kernels adapt")
pin(pushed[1, 2000][:3].min() > 8, "at rate 1 each hidden kernel is thrown to more than eight times its length")
pin(np.abs(pushed[1, 1][:3] / pushed[1, 2000][:3] - 1) < 0.1, "the first step does it")

# %% [markdown]
# ### A larger output kernel, without batch normalization
#
# **Predict first.** *Without* batch normalization, ReLU, sd 0.05, rate 0.01: the race with which this lesson began, which ended near one half. Now make the output kernel 100 times larger, and nothing else.
# - It gets worse, as it did with batch normalization
# - It makes no difference
# - It reaches 0.95

# %%
louder = train(replace(base, output_init_scale=5), seeds=5)
print("output sd 0.05:", about(np.sort(results[base].test_accuracy), ".2f", each=True))
print("output sd 5:   ", about(np.sort(louder.test_accuracy), ".2f", each=True))

# %% [markdown]
# It reaches 0.95, in all five seeds.
# The plain network was slow because its signal, and with it its gradient, shrinks from layer to layer.
# A large output kernel makes the gradient 100 times larger where it enters, and that was enough.
# Batch normalization is *one* way to keep signals at a useful size. It does so for any weights, at every layer and at every step, so you need not find out which kernel is too small.

# %% tags=["pinned"]
pin(louder.test_accuracy > 0.95, "with an output sd of 5 all five plain networks reach 0.95")

# %% [markdown]
# ### Exercise: a mystery run
#
# Here is a run that fails although it has batch normalization. Several of its settings are unusual, and not all of them are to blame.

# %%
print(MYSTERY)
print("test accuracy of five seeds:", about(np.sort(train(MYSTERY, seeds=5).test_accuracy), ".2f", each=True))

# %% [markdown]
# Find the causes. `mystery(base)` gets this Experiment (inside the function it is called `base`) and returns a list of Experiments, the record of your search:
# - the first differs from `base` in one setting, and each one differs from the one before it in one setting;
# - the last trains: its median test accuracy over the seeds 0 to 4 is at least 0.95;
# - no change is needless: if you undo any one of them, the last experiment no longer gets there;
# - `batch_norm` and `steps` stay as they are.
#
# (`momentum` and `epsilon` are those of batch normalization; gradient descent has no momentum here.)
# Try your ideas in a new cell first: `train(replace(MYSTERY, activation="tanh"), seeds=5)` takes a second or two.


# %% tags=["exercise"]
def mystery(base):
    """Experiments, each one change away from the one before it; the last of them trains."""
    ### BEGIN SOLUTION
    larger_batches = replace(base, batch_size=60)
    return [larger_batches, replace(larger_batches, init_scale=0.05)]
    ### END SOLUTION


# %% tags=["check"]
checks.mystery(mystery)

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## What a step costs
#
# So far a race was counted in steps. A step with batch normalization does more work.
# The two sides are timed in turns, nine times each, so that whatever else this computer does hits both alike.

# %% tags=["path-90"]
ratios = []
for _ in range(9):
    # live: timed on this computer, and never taken from a recording
    plain, normal = (train(replace(e, steps=300, evaluations=1), seeds=1, live=True).seconds[0] for e in pair)
    ratios.append(normal / plain)
print("a step with batch normalization takes", about(ratios, ".2f", "x"), "the time of one without")

# %% [markdown] tags=["path-90"]
# Each step is slower, then. Does the network still reach the goal sooner?
# One of the twelve settings lets both sides pass a validation accuracy of 0.9 before the end: sigmoid, sd 0.05, rate 2, the close race with its 15 seeds. (Accuracy was looked at every 100 steps.)

# %% tags=["path-90"]
arrival = []
for experiment in pairs[0.05, "sigmoid", 2]:
    accuracy = np.concatenate([results[experiment].validation_accuracy, more[experiment].validation_accuracy])
    reached = accuracy >= 0.9
    step = results[experiment].step
    arrival.append(np.where(reached.any(axis=1), step[reached.argmax(axis=1)], step[-1]))
print("steps to 0.9 without:", about(arrival[0], ",d"), "and with:", about(arrival[1], ",d"))
as_long = about(arrival[0] / arrival[1] / np.median(ratios), ".1f", "x")
print("without batch normalization it takes", as_long, "as long, slower steps included")

# %% [markdown]
# The slower step is paid back, and more: a typical seed needs about a seventh of the steps, and far less than half the time.
# That is this setting, this network, and this computer.
# The fair question, each side with the learning rate that suits it best, is claim 1 of lesson 02.

# %% tags=["pinned"]
pin(1.05 < np.median(ratios) < 2.5, "a step takes 1.05 to 2.5 times as long")
pin(
    np.median(arrival[1]) <= 400 and np.median(arrival[0]) >= 1000,
    "the medians arrive by step 400 and after step 1,000",
)
pin(5.5 < np.median(arrival[0] / arrival[1]) < 9, "it takes about a seventh of the steps")
pin(np.median(arrival[0] / arrival[1]) > 2 * np.median(ratios), "it takes less than half the time")

# %% [markdown]
# ## The same at full size, on MNIST
#
# Digits of 8 × 8 pixels train in seconds. The original races used MNIST, 28 × 28 pixels, and up to 50,000 steps.
# These are the published figures: test accuracy, one run each, a second one after a comma (Udacity 2017).

# %%
published.table()

# %% [markdown]
# At sd 5, and at rates 1 and 2 with sd 0.05, the plain ReLU networks are lost there as they were here.
# The other plain networks with sd 0.05 were only late. After 50,000 steps three of them are close to batch normalization: 0.975 against 0.980 (ReLU, rate 0.01), 0.975 against 0.981 (sigmoid, rate 1), and 0.978 against 0.978, a draw (sigmoid, rate 2).
# Two runs with batch normalization failed, both of them ReLU at sd 5.
#
# These are single runs. We trained the whole table again with three seeds on each side (`docs/results/replication.md`). In the three close races batch normalization ended ahead in each seed, by 0.3 to 0.8 points. Of the 36 networks with batch normalization two failed, both of them ReLU at sd 5 and rate 1.
#
# To set your own measurements beside these figures, type one command into a new cell:
#
# ```python
# published.replicate(steps=2000)
# ```
#
# It looks for MNIST on your computer, and downloads it (11 MB) only if it is not there.
# Then it trains the three rows of 2,000 steps, with three seeds each: 36,000 steps in all, which takes less than a minute on an idle laptop.
# `steps=50_000` means the other twelve rows and a hundred times as many steps: start it before lunch. Stop ends it within a moment and keeps what is done.

# %% [markdown] tags=["path-90"]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output", "path-90"]
quiz.show("04_demo")

# %% [markdown] tags=["recap", "path-90"]
# ## Recap
#
# - A fair pair shares initial kernels, batches and images, and differs in one setting. Here batch normalization won in every seed in all twelve settings; the closest race by two or three points.
# - It widened the range of settings that train. Nobody tuned the rates here, so these races do not say which network has the better best result.
# - A poor network is late or lost. A small rate makes it late, and more steps mend that; a rate that silences the ReLUs makes it lost, and more steps do not.
# - Each step takes longer with batch normalization, and the network needs far fewer steps where the plain one struggles.
# - Batch normalization repairs what it normalizes. The output layer is not normalized, and the length of the hidden kernels still decides how fast they learn.
# - No failure in 20 seeds leaves room for a failure in 14% of seeds.
#
# **One example in numbers.** 100 inputs of mean square ½ and an output kernel of sd s give logits of sd √50 · s: 0.35 for s = 0.05, and 35 for s = 5.
# A softmax over ten logits of sd 35 gives nearly all probability to the largest, which lies about 1.5 sd, or 50, above the average. The right digit's logit is an average one, so the loss is about 50.
# A network that gives every digit the same probability has a loss of ln 10 = 2.3.
#
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | the first loss is far above ln(classes) | the output layer's initial scale: batch normalization before it does not help | print the first loss; divide the output kernel by 10 and look again |
# | the loss stays at ln(classes) from the start | the signal is gone before the last layer | sd over images of what the last hidden layer passes on |
# | accuracy drops to that of guessing, and no number of steps brings it back | at some step the learning rate was too large, and the ReLUs fell silent | count the units of a layer that are 0 for every image |
# | "with batch normalization we gained a point" | two things were changed, or one seed was lucky | list the settings that differ; repeat both sides with five seeds or more |
# | large initial weights, and training is slow although every layer is normalized | the effective rate is rate / \|W\|² | how far kernels move, as a share of their length |

# %% [markdown] tags=["references"]
# ## References
#
# - S. Ioffe and C. Szegedy (2015). [Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift](https://arxiv.org/abs/1502.03167). Section 3.3: higher learning rates, and the invariance to the weights' scale.
# - Udacity (2017). [Batch_Normalization_Lesson.ipynb](https://github.com/udacity/deep-learning/blob/master/batch-norm/Batch_Normalization_Lesson.ipynb), in the repository deep-learning: the twelve settings and the figures of the table.
# - K. He, X. Zhang, S. Ren and J. Sun (2015). [Delving Deep into Rectifiers](https://arxiv.org/abs/1502.01852). Section 2.2: the sd of the exercise.
# - X. Glorot and Y. Bengio (2010). [Understanding the difficulty of training deep feedforward neural networks](https://proceedings.mlr.press/v9/glorot10a.html). Section 4.2: how signals and gradients shrink or grow from layer to layer.
# - L. Lu, Y. Shin, Y. Su and G. E. Karniadakis (2019). [Dying ReLU and Initialization: Theory and Numerical Examples](https://arxiv.org/abs/1903.06733). Section 1: units and whole networks that output a constant.
# - J. A. Hanley and A. Lippman-Hand (1983). If nothing goes wrong, is everything all right? Interpreting zero numerators. JAMA 249(13), 1743–1745: what none in n allows.
# - T. van Laarhoven (2017). [L2 Regularization versus Batch and Weight Normalization](https://arxiv.org/abs/1706.05350). Section 3: the effective learning rate is the rate divided by |W|².
