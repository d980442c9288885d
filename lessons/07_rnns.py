# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 07 · Batch normalization through time
#
# About 55 minutes to read and do (an estimate); about a minute to run.
# It builds on lesson 01 (the transform) and lesson 05 (training and inference, calibration).
#
# After this lesson you will be able to
# - say which values of a sequence share a mean and a variance, and compute both, with and without padding;
# - find what goes wrong at steps that are blank, padded, or later than any in training;
# - compare a plain, a batch-normalized and a layer-normalized LSTM, at equal settings and at each one's own best rate.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import checks, data
from helpers.course import quiz
from helpers.experiments import about, pin, stats
from helpers.figures import plots
from helpers.lessons.l07 import figures
from helpers.lessons.l07.tf_sequences import row_reader
from helpers.lessons.l07.tf_through_time import calibrate, gradient_norms, share_in_time
from helpers.tf.quiet import keras
from helpers.tf.sweep import sweep

plots.use_style()
digits = [data.load(split=seed) for seed in range(10)]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## An image, read row by row
#
# A recurrent network gets a sequence one step at a time.
# Here a digit is a sequence of eight rows, and the network has to say at the end which digit it was.

# %% tags=["figure"]
digit = digits[0].x_test[0]
seen = [np.where(np.arange(8)[:, None] <= t, digit, 0) for t in range(8)]
plots.images(seen, titles=[f"step {t + 1}" for t in range(8)], columns=8)
plt.show()

# %% [markdown]
# Each picture adds one row. At each step the network sees that row alone, together with what it has kept of the rows before.
#
# What it keeps is two vectors, the hidden state h and the cell state c. The same layer is used eight times. With batch normalization the step of an LSTM reads (Cooijmans et al. 2016, equations 6 to 8):
#
# $$i,f,g,o = \mathrm{BN}(x_tW) + \mathrm{BN}(h_{t-1}W_h) + b \qquad c_t = \sigma(f)\,c_{t-1} + \sigma(i)\tanh g \qquad h_t = \sigma(o)\tanh\mathrm{BN}(c_t)$$
#
# σ is the sigmoid. After it i, f and o are *gates*, numbers between 0 and 1: how much of the new value g comes in, how much of the old cell state stays, how much is shown. g is no gate: it passes through a tanh and is what the gates let in.
#
# Three places are normalized: what comes from the input, what comes from the past, and the cell state on its way *out*. (The first two have a gamma and no beta, because b does the same work.)
# On its way to the next step the cell state is not normalized, so that it can carry a value through many steps.
#
# **Predict first.** The weights are the same at all eight steps. How many sets of moving statistics should the layer keep?
# - one, as the weights are shared
# - eight, one for each step
# - none, because the states do not outlive the sequence

# %%
network = row_reader("batch")  # an LSTM of 32 units with batch normalization, then Dense(10)
for weight in network.layers[0].cell.weights:
    if "gamma" in weight.name or "moving" in weight.name:
        print(f"{weight.name:<26} {tuple(weight.shape)}")

# %% [markdown]
# Eight. Each weight with `moving` in its name has a row for each time step, while `gamma`, like every other weight, is shared by all of them.
# (Each of the 32 units has three gates and g, which makes 4 · 32 = 128 features at the first two places.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Statistics for each time step
#
# We average over the batch axis; the time axis stays.
# Three sequences of two steps, one feature:

# %%
three = np.array([[[1.0], [10.0]], [[3.0], [10.0]], [[5.0], [13.0]]])  # (N, T, D) = (3, 2, 1)
for name, over in (("for each step", 0), ("one for both", (0, 1))):
    print(f"{name:<14} mean {three.mean(axis=over).ravel().round(2)}  variance {three.var(axis=over).ravel().round(2)}")

# %% [markdown]
# At each step the three values lie within 4 of each other.
# Put together they seem to vary far more, because the *means* of the two steps, 3 and 11, lie far apart: the variance of 18.33 describes neither step.
#
# Do the steps of an LSTM differ that much? We pass all training images of five splits through five untrained networks. At each of the three places we measure two things, step by step: how far values spread from image to image, and how far the mean of a step lies from the mean of all steps.


# %%
def started(seed, normalization="batch", **settings):
    """An untrained network; with one seed all kinds start from the same kernels."""
    keras.utils.set_random_seed(seed)
    return row_reader(normalization, **settings)


def spread_of_steps(cell, place):
    """The standard deviation over images at this place, for each time step: (T,), the median over the features."""
    return np.median(np.sqrt(cell.moving("variance", place)), axis=1)


def shift_of_steps(cell, place):
    """How far each step's mean lies from the mean of all steps: (T,), the median over the features."""
    mean = cell.moving("mean", place).numpy()
    return np.median(np.abs(mean - mean.mean(axis=0)), axis=1)


# %% tags=["figure"]
cells = [calibrate(started(seed), d.x_train).layers[0].cell for seed, d in enumerate(digits[:5])]
places = {"from the input": "input", "from the past": "recurrent", "cell state": "cell"}
spreads = {name: np.array([spread_of_steps(cell, place) for cell in cells]) for name, place in places.items()}
shifts = {name: np.array([shift_of_steps(cell, place) for cell in cells]) for name, place in places.items()}
for name in places:
    first, last = (about(spreads[name][:, t], ".3f") for t in (0, -1))
    print(f"{name:<14} spread at step 1 {first}, at step 8 {last}")
    print(f"{'':<14} largest shift of a mean {about(shifts[name].max(axis=1), '.3f')}")
figures.spreads_and_shifts(spreads, shifts)
plt.show()

# %% [markdown]
# Lines are medians of five networks, bands reach from the smallest to the largest.
# Left: at step 1 what comes from the past does not vary, because the past is h = 0 for every image; its spread takes some steps to build up. The spread of the cell state builds up in the same way.
# Right: the means of what comes from the input move too, since the rows of an image differ. The means at the other two places hardly move, because they are computed from values that were normalized to mean 0 just before.
# Both panels have the same vertical axis: compare a shift with the spread beside it. One mean for all steps would be wrong by that shift.
# The paper saw the same on longer sequences (appendix A): a transient at the beginning, then a steady state. One set of statistics could describe the steady state only.
#
# ### Exercise 1: the moments
#
# `recurrent_moments(sequences)` gets sequences of shape (N, T, D) and returns two arrays, in this order: the mean (T, D) and the biased variance (1/N) (T, D).


# %% tags=["exercise"]
def recurrent_moments(sequences):
    """Mean (T, D) and biased variance (T, D) of each time step and feature, over the N sequences."""
    ### BEGIN SOLUTION
    mean = sequences.mean(axis=0)
    return mean, np.square(sequences - mean).mean(axis=0)
    ### END SOLUTION


# %% tags=["check"]
checks.recurrent_moments(recurrent_moments)

# %% tags=["pinned"]
grown = spreads["cell state"][:, -1] / spreads["cell state"][:, 0]
pin(spreads["from the past"][:, 0] == 0, "at step 1 what comes from the past does not vary")
pin(grown > 1.3, "the cell state's spread at step 8 is more than 1.3 times that of step 1")
moved = {name: np.median(shifts[name].max(axis=1) / spreads[name].max(axis=1)) for name in places}
pin(moved["from the input"] > 0.1, "the means of what comes from the input move")
pin(max(moved["from the past"], moved["cell state"]) < 0.05, "the means at the other two places hardly move")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where gamma starts
#
# Everywhere else in this course `gamma` starts at 1. Here it starts at 0.1, on the advice of the paper (section 4).
# The reason is the backward pass. The gradient passes through the same layer once for each step, so a factor that is a little above or below 1 is applied as often as there are steps.
#
# **Predict first.** A sequence of 32 steps (two pixels each), untrained networks. How large is the gradient at the first hidden state, compared with the one at the last?
# - much smaller for the plain LSTM, about equal with batch normalization
# - much smaller in both
# - much smaller for the plain LSTM; with batch normalization gamma decides between smaller and larger

# %%
pixels = [(d.x_train[:60].reshape(60, 32, 2), d.y_train[:60]) for d in digits[:5]]
kinds = {"gamma 0.1": {}, "gamma 1": {"initial_gamma": 1.0}, "plain LSTM": {"normalization": "none"}}


def gradients(kind, *orders):
    """|dLoss/dh_t| for each order of the steps, seed and step, that of the last step being 1: (orders, 5, T)."""
    networks = [started(seed, shape=(len(orders[0]), 2), **kinds[kind]) for seed in range(5)]
    batches = [(x[:, order], y) for order in orders for x, y in pixels]
    found = gradient_norms(networks * len(orders), batches).reshape(len(orders), 5, -1)
    return found / found[..., -1:]


# %% tags=["figure"]
norms = {kind: gradients(kind, np.arange(32))[0] for kind in kinds}
for kind, values in norms.items():
    print(f"{kind:<10} gradient at step 1, in units of the last one: {about(values[:, 0], '.4f')}")
figures.through_time(norms, "gradient at h, last step = 1", logarithmic=True)
plt.show()

# %% [markdown]
# The third answer. Read the figure from right to left, as the gradient travels: in the plain LSTM it fades, with gamma 0.1 it stays within about a factor of ten, with gamma 1 it grows.
#
# With gamma 1 most of the growth happens at the left end of the figure, in the first few steps of the sequence. They show the top edge of the digits, which is almost always blank.
# Is it gamma, or the blank edge? We put the same 32 steps in other orders, and we also keep only the 16 steps whose pixels vary most.

# %%
busy = np.mean([x.std(axis=0).mean(axis=1) for x, _ in pixels], axis=0)  # how far the pixels of each step spread
busiest = np.sort(np.argsort(busy)[16:])
shuffled = [np.random.default_rng(k).permutation(32) for k in range(4)]
orders = {"as they come": np.arange(32), "16 busiest steps": busiest}
orders |= {f"shuffled, {k}": order for k, order in enumerate(shuffled)}
grown = {name: {} for name in orders}
for kind in ("gamma 0.1", "gamma 1"):
    found = [norms[kind], *gradients(kind, busiest), *gradients(kind, *shuffled)]
    for by, values in zip(grown.values(), found):
        by[kind] = values[:, 0]
for name, by in grown.items():
    edge = f"first step's spread {busy[orders[name][0]]:.2f}"
    print(
        f"{name:<17} {edge}, gamma 0.1: {about(by['gamma 0.1'], '.2f', 'x')}, gamma 1: {about(by['gamma 1'], '.1f', 'x')}"
    )

# %% [markdown]
# With gamma 1 the gradient grows in every order, and more than with gamma 0.1. How much it grows depends on the data: on the 16 busy steps (which are also half as many) it is less than a third of what it is on all 32 as they come.
# So gamma decides whether the gradient grows, and the steps that hardly vary decide in part how far.
#
# Both follow from one factor. Going back through a normalization, a gradient is multiplied by gamma and divided by the spread of what was normalized (the gamma · s of lesson 05).
# After nearly blank steps the states hardly differ, so that the spread is small and the factor large.
# Gamma 1 is ten times as large as 0.1. The spread that it is divided by grows too, but less, because tanh and the gates keep h small. So the factor is larger:


# %%
def factor(cell):
    """gamma divided by the spread of what comes from the past, at the last step."""
    return float(cell.gamma_recurrent[0] / np.sqrt(np.median(cell.moving("variance", "recurrent")[-1]) + 1e-3))


ones = [calibrate(started(s, initial_gamma=1.0), d.x_train).layers[0].cell for s, d in enumerate(digits[:5])]
print("eight rows as steps: the normalization of the past multiplies a gradient by")
for name, group in (("gamma 0.1", cells), ("gamma 1", ones)):
    print(f"{name}: {about([factor(cell) for cell in group], '.1f')}")

# %% [markdown]
# This is one factor of several: at each step the gates and $W_h$ reduce the gradient again. With gamma 0.1 the two nearly balance over many steps, with gamma 1 they do not.
# (At 0.1 the variance is below 0.001, so that epsilon is the larger of the two under the root.)
#
# Figure 1 of the paper shows the opposite direction: in a plain tanh network instead of an LSTM, the gradient with gamma 1 *vanishes*, and the reason given is a saturated tanh. Here it grows.
# In both, the gradient with gamma 1 changes its size over many steps, and 0.1 is near the value that keeps it.
# The race below, on eight steps, tests whether this matters there.

# %% tags=["pinned"]
first = {kind: values[:, 0] for kind, values in norms.items()}
pin(first["plain LSTM"] < 0.01, "less than 1/100 of the gradient is left in the plain LSTM")
pin(abs(first["gamma 0.1"] - 1.05) < 0.95, "with gamma 0.1 the gradient stays within 1/10 and 2")
pin(first["gamma 1"] > 5, "with gamma 1 the gradient grows more than 5 times")
medians = {name: np.median(by["gamma 1"]) for name, by in grown.items()}
pin(
    [np.median(by["gamma 1"]) > np.median(by["gamma 0.1"]) for by in grown.values()],
    "gamma 1 grows more in each order",
)
pin(1.2 < medians["16 busiest steps"] < medians["as they come"] / 3, "the gradient grows less on busy steps")
pin([1.5 < factor(cell) < 3.2 for cell in cells], "the factor with gamma 0.1 lies between 1.5 and 3.2")
pin([4.5 < factor(cell) < 8 for cell in ones], "the factor with gamma 1 lies between 4.5 and 8")
variances = [np.median(cell.moving("variance", "recurrent")[-1]) for cell in cells]
pin(max(variances) < 1e-3, "with gamma 0.1 the variance of the past is below epsilon")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A race at equal settings
#
# Three networks of the same size: a plain LSTM, one with batch normalization and one with layer normalization. Layer normalization takes mean and variance over the features of one image at one step (one row in lesson 06's figure of cells that share a statistic), and so needs no memory.
# For each seed the three share kernels, images and the order of the batches. Plain gradient descent, batches of 60, 12 epochs, which are 252 steps.
# The next cell trains each of them for ten seeds at four rates; it is the longest one of this lesson.

# %%
from dataclasses import replace
from functools import partial

RATES = (0.1, 0.5, 2.0, 4.0)
KINDS = {kind: partial(row_reader, kind) for kind in ("none", "batch", "layer")}
TRAINING = {"steps": 252, "batch_size": 60, "xla": True}  # compiled, 21 steps at a time
runs = sweep(KINDS, learning_rates=RATES, seeds=10, evaluations=4, **TRAINING)

# %% [markdown]
# **Predict first.** At rate 0.1, how far apart are the plain and the batch-normalized LSTM after 12 epochs?
# - about equal: an LSTM was made to be trainable
# - a few points
# - more than ten points

# %% tags=["figure"]
plain = runs["none", 0.1].test_accuracy
at_01 = {kind: runs[kind, 0.1].test_accuracy for kind in KINDS}
for kind, accuracy_of in at_01.items():
    print(f"{kind:<6} test accuracy {about(accuracy_of, '.3f')}")
for one, other in (("batch", "none"), ("layer", "none"), ("layer", "batch")):
    interval = stats.paired_interval(at_01[other], at_01[one])
    answer = stats.verdict(interval, smallest_effect=0.03, equivalence_margin=0.01)
    points = about(100 * (at_01[one] - at_01[other]), "+.1f", " points")
    print(f"{one} over {other}: {points}; gains at least 3 points: {answer}")
figures.race({kind: runs[kind, 0.1] for kind in KINDS})
plt.show()

# %% [markdown]
# Far apart: more than ten points, in all ten seeds. After 12 epochs at this rate the plain LSTM has only begun to learn.
# Layer normalization uses no statistics of a batch, and it is not behind batch normalization here.
#
# (The brackets hold the worst and the best seed. The verdict is that of lesson 02, from an interval of the paired differences and an effect that matters, stated before: here three points.)
#
# And gamma? We repeat the ten trainings with gamma starting at 1. From now on an effect of one point matters, and less than half a point counts as none.

# %%
MATTERS = 0.01, 0.005  # the smallest effect that matters, and what counts as none
gamma_1 = {"batch": partial(row_reader, "batch", initial_gamma=1.0)}
from_1 = sweep(gamma_1, learning_rates=(0.1,), seeds=10, evaluations=4, **TRAINING)
ahead = from_1["batch", 0.1].validation_accuracy[:, 0] - runs["batch", 0.1].validation_accuracy[:, 0]
print("gamma 1 is ahead of gamma 0.1 after 3 epochs by", about(100 * ahead, "+.1f", " points"))
ends = from_1["batch", 0.1].test_accuracy, runs["batch", 0.1].test_accuracy
interval = stats.paired_interval(*ends)
print("starting at 0.1 gains, at the end,", about(100 * (ends[1] - ends[0]), "+.1f", " points"))
print("it gains at least 1 point:", stats.verdict(interval, *MATTERS))

# %% [markdown]
# On eight steps and at this rate a start at 0.1 costs accuracy: gamma 1 is far ahead after 3 epochs and still ahead at the end. A gradient that grows a little over eight steps does no harm.
# The advice was given for long sequences; of those we have looked at the gradients only, and the paper has trained them.

# %% tags=["pinned"]
pin(at_01["batch"] - plain >= 0.1, "batch normalization is at least 10 points ahead at rate 0.1 in each seed")
pin(at_01["layer"] - plain >= 0.1, "layer normalization is at least 10 points ahead at rate 0.1 in each seed")
pin(np.mean(at_01["layer"] - at_01["batch"]) > -0.005, "layer normalization is not behind batch normalization")
pin(np.sum(ahead > 0) >= 8, "gamma 1 is ahead after 3 epochs in at least 8 of 10 seeds")
pin(np.sum(ends[0] > ends[1]) >= 8, "gamma 1 is ahead at the end in at least 8 of 10 seeds")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Each at its own best rate
#
# We chose the rate of 0.1, and it does not suit the plain LSTM. Now each kind gets the one of the four rates that gives it the best mean validation accuracy over its ten runs.
#
# **Predict first.** What is left of the difference between the plain and the batch-normalized LSTM?
# - most of it
# - about half
# - too little for ten seeds to tell

# %%
chosen = {kind: max(RATES, key=lambda rate: runs[kind, rate].validation_accuracy[:, -1].mean()) for kind in KINDS}
best = {kind: runs[kind, rate].test_accuracy for kind, rate in chosen.items()}
for kind, rate in chosen.items():
    print(f"{kind:<6} chose the rate {rate:g}: test accuracy {about(best[kind], '.3f')}")
print("the plain LSTM gains by its own rate", about(100 * (best["none"] - plain), "+.0f", " points"))
for other in ("none", "layer"):
    interval = stats.paired_interval(best[other], best["batch"])
    answer = stats.verdict(interval, *MATTERS)
    points = about(100 * (best["batch"] - best[other]), "+.1f", " points")
    print(f"batch over {other}: {points}; gains at least 1 point: {answer}")

# %% tags=["figure"]
figures.rates(runs, chosen)
plt.show()

# %% [markdown]
# Lines are medians of ten seeds, bands reach from the worst to the best, and a ring marks the rate that each kind chose; the axis starts at 0.5.
# Nearly all of the gap was a matter of the rate.
# What batch normalization gave the LSTM here is what it gave the dense networks of lesson 02: good results at a wide range of rates, and early.
# Layer normalization gives good results at the lower rates, without any statistics of a batch. How the two compare depends on the rate.
# Whether batch normalization is *better* once each kind has its own rate, ten seeds cannot say. (No kind chose the smallest or the largest rate of the list.)
#
# The paper reports 98.9 without and 99.0 with batch normalization for MNIST read pixel by pixel, 784 steps, and 90.2 against 95.4 when the pixels are permuted (table 1): there, too, the gain depends on the task.

# %% tags=["pinned"]
pin([0.1 < rate < 4 for rate in chosen.values()], "no kind chose a rate at the end of the list")
pin(np.mean(best["none"] - plain) > 0.2, "the plain LSTM gains more than 20 points by its own rate")
pin(
    [abs(np.median(best["batch"] - best[o])) < 0.03 for o in ("none", "layer")], "the best are less than 3 points apart"
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Padding and masks
#
# Sequences in a batch rarely have the same length. The shorter ones are filled up, and a mask says which steps are real.
# Two things have to respect the mask: the states, which must stay as they were at the last real step, and the moments, which must leave the padding out.
#
# Two sequences; the second one ends after one step and is padded with a zero.

# %%
x = np.array([[[1.0], [3.0]], [[1.0], [0.0]]])  # (N, T, D) = (2, 2, 1)
mask = np.array([[True, True], [True, False]])  # (N, T)
print("mean of step 2, padding counted:", x[:, 1].mean())
print("padding left out:               ", x[0, 1].mean())

# %% [markdown]
# 1.5 counts the filler as a value; 3 is the mean of the one sequence that has a second step.
#
# ### Exercise 2: moments under a mask
#
# `masked_moments(sequences, mask)` gets sequences of shape (N, T, D) and a mask of shape (N, T), True for a real step and False for padding.
# It returns the mean (T, D) and the biased variance (T, D) of each time step, over the sequences that have not ended there.
# The number of sequences differs from step to step. At a step where no sequence is left, mean and variance are 0.
# What stands in the padding may be any number, and must not matter.


# %% tags=["exercise"]
def masked_moments(sequences, mask):
    """Mean (T, D) and biased variance (T, D) of each time step, over the sequences whose mask is True there."""
    ### BEGIN SOLUTION
    real = mask[:, :, np.newaxis]
    count = np.maximum(real.sum(axis=0), 1)
    mean = np.sum(sequences, axis=0, where=real) / count
    return mean, np.sum(np.square(sequences - mean), axis=0, where=real) / count
    ### END SOLUTION


# %% tags=["check"]
checks.masked_moments(masked_moments)

# %% [markdown]
# **Predict first.** We cut each digit after 4 to 8 rows, at random, and train twice: with padding left out of the moments, and with padding counted. How much accuracy does counting it cost?
# - none that ten seeds can show
# - a few points
# - the network does not learn

# %%
from helpers.lessons.l07.tf_padding import PADDING, cut_short

padded = {
    "left out": partial(row_reader, "batch", padding=PADDING),
    "counted": partial(row_reader, "batch", padding=PADDING, count_padding=True),
}
cut = sweep(padded, learning_rates=(0.5,), seeds=10, evaluations=1, load=cut_short, **TRAINING)

# %% tags=["figure"]
right, wrong = (cut[name, 0.5].test_accuracy for name in padded)
for name, accuracy_of in (("left out", right), ("counted", wrong)):
    print(f"padding {name:<8} test accuracy {about(accuracy_of, '.3f')}")
interval = stats.paired_interval(wrong, right)
print("leaving padding out gains", about(100 * (right - wrong), "+.1f", " points"), end="; ")
print("at least 1 point:", stats.verdict(interval, *MATTERS))
figures.each_seed({f"padding {name}": run.test_accuracy for (name, _), run in cut.items()})
plt.show()

# %% [markdown]
# Each mark is a seed, thin lines join the two trainings of a seed.
# None that ten seeds could show: some gain, some lose. We had expected a loss.
# The share of padding at each step is the same in training and at inference, so the memory has the same bias that the weights were trained with.
# Counting it is a mistake all the same: what the layer computes now depends on the number that stands in the padding, and on how long the other sequences of the batch are.
#
# **Where this goes wrong in practice.** In training the batches are sorted by length and hardly have padding; later the statistics are re-estimated on mixed batches, which have much.
# The test that tells: pad with 0, pad with 99; no moment may change.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One set of statistics for all steps
#
# Suppose somebody finds eight sets of statistics wasteful and keeps one, the average over the steps.
# Training does not change, since it normalizes with the batch's own statistics: the weights come out the same. Only inference differs.
# To see this difference alone, both versions get exact statistics of the training images (lesson 05, calibration).
#
# **Predict first.** What does it cost?
# - nothing: the steady state is the same for most steps
# - one to ten points
# - the network answers at random


# %%
def accuracy(network, x, y):
    """In inference mode."""
    return np.mean(np.argmax(network(x, training=False), axis=1) == y)


separate, shared = [], []
for seed, d in enumerate(digits):
    network = calibrate(runs["batch", 0.5].network(seed), d.x_train)
    separate.append(accuracy(network, d.x_test, d.y_test))
    shared.append(accuracy(share_in_time(network), d.x_test, d.y_test))
interval = stats.paired_interval(shared, separate)
lost = np.array(separate) - shared

# %% tags=["figure"]
ahead_in = about(np.sum(lost > 0), "d", of=10)
print(f"a set for each step gains {about(100 * lost, '+.1f', ' points')} and is ahead in {ahead_in}")
print("it gains at least 2 points:", stats.verdict(interval, 0.02, 0.01))
figures.each_seed({"one set for each step": separate, "one set for all": shared})
plt.show()

# %% [markdown]
# Each mark is a seed, thin lines join the two versions of one network, bars are medians.
# The second answer: nearly every network loses between one and ten points. Some lose less than two, so the verdict on a loss of two points stays open.
# The paper found that averaging over time "severely degrades performance" (section 3), on far longer sequences. On eight steps the loss is small enough to be overlooked.
#
# **Where this goes wrong in practice.** `keras.layers.BatchNormalization` inside a recurrent cell: in training each step is normalized with its own batch's statistics, while its single memory mixes the steps. It trains without complaint.
# (Between two recurrent layers it works: there it takes one mean over images *and* steps, in training too. Both modes agree, and Laurent et al. 2016 normalized the input of each layer so.)

# %% tags=["pinned"]
pin(np.median(lost) > 0.01, "one set for all loses more than 1 point in the median")
pin(np.sum(lost > 0) >= 9, "one set for all loses in at least 9 of 10 seeds")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Steps without variance
#
# Many sequences begin with nothing: silence, an empty margin, the black pixels above a digit.
# At such a step all images agree, the variance is 0, and `epsilon` alone stands under the root.
#
# We erase the first row of all images, in training and test alike, and train five networks.
#
# **Predict first.** What does the blank step do to the accuracy in inference mode?
# - nothing: x − mean is 0, and 0 divided by √epsilon is 0
# - it ruins it: something is divided by 0
# - it costs some points, more if epsilon is smaller


# %%
def first_row_blank(seed):
    """The digits with an empty first row, as a Dataset."""
    d = data.load(split=seed)
    images = {name: getattr(d, name).copy() for name in ("x_train", "x_validation", "x_test")}
    for x in images.values():
        x[:, 0] = 0
    return replace(d, **images)


blanks = [first_row_blank(seed) for seed in range(5)]
settings = {"seeds": 5, "evaluations": 1, "load": blanks.__getitem__}
blank = sweep({"batch": KINDS["batch"]}, learning_rates=(0.5,), **settings, **TRAINING)
networks = [blank["batch", 0.5].network(seed) for seed in range(5)]
exact = [calibrate(network, d.x_train) for network, d in zip(networks, blanks)]


# %%
def accuracies(networks, epsilon):
    """Of each seed's network in inference mode with this epsilon."""
    found = []
    for network, d in zip(networks, blanks):
        network.layers[0].cell.epsilon = epsilon
        found.append(accuracy(network, d.x_test, d.y_test))
    return found


# %%
epsilons = (1e-1, 1e-2, 1e-3, 1e-5)
moving = np.transpose([accuracies(networks, epsilon) for epsilon in epsilons])
calibration = np.transpose([accuracies(exact, epsilon) for epsilon in epsilons])
for name, values in (("exact statistics", calibration), ("moving statistics", moving)):
    for epsilon, accuracy_of in zip(epsilons, values.T):
        print(f"{name:<17} epsilon {epsilon:<7g} test accuracy {about(accuracy_of, '.3f')}")

# %%
print("variance at steps 2 to 8 of the trained networks, middle feature (median of steps and networks):")
for name, place in places.items():
    variances = [np.square(spread_of_steps(network.layers[0].cell, place))[1:] for network in exact]
    print(f"{name:<14} {about(np.ravel(variances), '.4f')}")

# %% tags=["figure"]
figures.epsilons({"exact statistics": calibration, "moving statistics": moving}, epsilons)
plt.show()

# %% [markdown]
# Lines are medians of five networks, bands reach from the worst to the best; all were trained with epsilon 0.001.
# It costs points, more if epsilon is smaller. But only with the *moving* statistics: with exact ones a small epsilon costs nothing. (An epsilon of 0.1 costs something with both: it is no longer small beside the variances of the other steps, printed above, and changes what those steps give.)
# So dividing by a small number does no harm by itself. In training, x − mean is exactly 0 at a blank step.
# In inference the mean comes from memory, which is always some updates late. Let us follow an image through its blank row, and look at x̂, which was 0 in training.


# %%
def x_hat(cell, place, values, t):
    """The middle size of x_hat at this place and step, with the moving statistics."""
    mean, variance = (cell.moving(statistic, place)[t] for statistic in ("mean", "variance"))
    return np.median(np.abs(values - mean) / np.sqrt(variance + 1e-3))


found = []
for network in networks:
    cell = network.layers[0].cell
    cell.epsilon, nothing = 1e-3, np.zeros((1, 32), "float32")
    h, c, _ = cell.step(np.zeros((1, 8), "float32"), nothing, nothing, 0)
    found.append([x_hat(cell, "cell", c, 0), x_hat(cell, "recurrent", h @ cell.recurrent_kernel, 1)])
first, second = np.transpose(found)
print("size of x_hat in inference, 0 in training. Cell state at step 1:", about(first, ".2f"))
print("the past at step 2:", about(second, ".2f"))

# %% [markdown]
# At the blank step the memory of the cell's mean lags a little. Dividing by √0.001 ≈ 1/32 makes the lag 32 times as large, so h leaves the step slightly wrong.
# At step 2 the past is still the same for all images, so its variance is 0 too, and the error in h is enlarged *again*: what was 0 in training is now of the size of a real signal.
#
# Calibration repairs it. A training that ends with a small rate should help too, since the lag is as large as the last updates.
# Mind the defaults: Keras's epsilon is 0.001; PyTorch's, 0.00001, enlarges ten times more.
#
# Gradients have their own problem on the way back, which the paper reports (section 5.1): each normalization of a blank step multiplies the gradient by gamma / √epsilon.

# %%
margin = [(np.pad(d.x_train[:60], ((0, 0), (3, 0), (0, 0))), d.y_train[:60]) for d in digits[:5]]  # three blank rows
norms = {}
for epsilon in (1e-3, 1e-5):
    found = gradient_norms([started(seed, shape=(11, 8), epsilon=epsilon) for seed in range(5)], margin)
    norms[f"epsilon {epsilon:g}"] = found / found[:, -1:]
    print(f"epsilon {epsilon:g}: grows to step 1 by", about(norms[f"epsilon {epsilon:g}"][:, 0], ",.1f", "x"))

# %% tags=["figure"]
figures.through_time(norms, "gradient at h, last step = 1", logarithmic=True, blank=3)
plt.show()

# %% [markdown]
# Lines are medians of five untrained networks, with gamma 0.1 in both. With epsilon 0.001 the factor is 0.1 / 0.032 ≈ 3, and the gates take most of it back. With 0.00001 the factor is 32, at two normalizations in each step (that of the past and that of the cell state), and three blank rows are enough for an explosion.
# The authors added noise to the initial states, so that no variance is 0.

# %% tags=["pinned"]
pin(np.sum(calibration[:, 2] - moving[:, 2] > 0.03) >= 4, "exact statistics gain more than 3 points in at least 4 of 5")
pin(
    np.median(moving[:, 1] - moving[:, -1]) > 0.05,
    "from epsilon 0.01 to 0.00001 moving statistics lose more than 5 points",
)
pin([first < 0.2, second > 0.3], "x_hat is below 0.2 at step 1 and above 0.3 at step 2")
pin(norms["epsilon 0.001"][:, 0] < 1000, "with epsilon 0.001 no gradient grows a thousandfold")
pin(norms["epsilon 1e-05"][:, 0] > 1000, "with epsilon 0.00001 each gradient grows more than a thousandfold")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Longer than trained
#
# The memory has T rows, one for each step of training. With a sequence of T + 1 steps a NumPy memory does this:

# %%
memory = np.array([[3.0], [11.0]])  # moving means of steps 0 and 1, one feature
for t in range(3):
    try:
        print(f"step {t}: mean {memory[t, 0]:g}")
    except IndexError as error:
        print(f"step {t}: IndexError: {error}")

# %% [markdown]
# Every test with sequences as long as in training passes, and the code stops at the first longer one.
# TensorFlow may hide the same fault: on a GPU `tf.gather` beyond the last row gives zeros, without an error (its documentation says so).
#
# The paper's rule is a convention: from there on use the statistics of the last step (section 3), because the transient at the beginning is over by then.
# The rule keeps the layer running. It does not teach the *weights* to go on reading after the last step they were trained on.
#
# ### Exercise 3: any step
#
# `recurrent_inference(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon)` normalizes one time step at inference.
# `x_t` is (N, D); steps are counted from 0; `moving_mean` and `moving_variance` are (T, D); `gamma` and `beta`, (D,), are those of all steps.
# A step beyond the last one that has statistics uses the last one's.


# %% tags=["exercise"]
def recurrent_inference(x_t, t, moving_mean, moving_variance, gamma, beta, epsilon):
    """y (N, D) for time step t, which may lie beyond the last step in memory."""
    ### BEGIN SOLUTION
    t = min(t, len(moving_mean) - 1)
    return gamma * (x_t - moving_mean[t]) / np.sqrt(moving_variance[t] + epsilon) + beta
    ### END SOLUTION


# %% tags=["check"]
checks.recurrent_inference(recurrent_inference)

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("07_rnns")

# %% [markdown] tags=["recap"] slideshow={"slide_type": "slide"}
# ## Recap, with one example in numbers
#
# One feature, three sequences, two steps: (1, 10), (3, 10), (5, 13). Then, at inference, a sequence whose third step is 12. gamma 0.1, beta 0, epsilon 0.
#
# | | |
# |---|---|
# | mean of step 1, of step 2 | 3, 11 |
# | variance of step 1, of step 2 | 8/3, 2 |
# | one set for both (a mistake) | mean 7, variance 18.33 |
# | step 3 uses the statistics of | step 2, the last one trained |
# | its output, 0.1 · (12 − 11) / √2 | 0.0707 |
# | had the second sequence ended after step 1: mean of step 2 | (10 + 13) / 2 = 11.5 |

# %%
mean, variance = three.mean(axis=0), three.var(axis=0)
last = min(2, len(mean) - 1)  # step 3 is number 2, and the memory has rows 0 and 1
print("output of step 3:", (0.1 * (12 - mean[last]) / np.sqrt(variance[last])).round(4))
print("mean of step 2 without the second sequence:", three[[0, 2], 1].mean())

# %% [markdown]
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | right in training mode, worse in inference mode, whatever the length of training | inside the cell, one set of statistics for all steps | print the shape of the moving mean: is there a time axis? |
# | inference gets worse as epsilon gets smaller | a step without variance, and a mean that lags there | print the smallest moving variance of each step; calibrate |
# | the gradient's norm grows or fades towards the first step | gamma started at 1 and the sequences are long | plot the gradient's norm against the step |
# | an IndexError on a sequence longer than those of training | no statistics beyond the last step | a test with one step more than in training |
# | the training loss changes when the number in the padding does | padding counted in the moments | pad with 0, pad with 99 |

# %% [markdown] tags=["references"]
# ## References
#
# - T. Cooijmans, N. Ballas, C. Laurent, Ç. Gülçehre, A. Courville: Recurrent Batch Normalization. ICLR 2017 (arXiv:1603.09025, 2016). Section 3: the equations, statistics for each step, longer sequences; section 4 and figure 1: gamma; section 5.1 and table 1: MNIST pixel by pixel, and its blank first pixels.
# - C. Laurent, G. Pereyra, P. Brakel, Y. Zhang, Y. Bengio: Batch Normalized Recurrent Neural Networks. ICASSP 2016. Normalizing the input term alone, with one mean over sequences and steps.
# - J. L. Ba, J. R. Kiros, G. E. Hinton: Layer Normalization. arXiv:1607.06450, 2016. Section 3.1: layer-normalized recurrent networks.
# - TensorFlow documentation, `tf.gather`: an index out of bounds is an error on a CPU and gives 0 on a GPU.
# - S. Hochreiter, J. Schmidhuber: Long Short-Term Memory. Neural Computation 9(8), 1997. Why a cell state is carried along unchanged.
