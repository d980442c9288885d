# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 07 · Batch normalization through time
#
# About 45 minutes to read and do (an estimate); about a minute to run.
# It builds on lesson 01 (the transform) and lesson 05 (training and inference, calibration).
#
# After this lesson you will be able to
# - say which values of a sequence share a mean and a variance, and compute both;
# - find what goes wrong at steps that are blank, padded, or later than any in training;
# - compare a plain, a batch-normalized and a layer-normalized LSTM, at equal settings and at each one's own best rate.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import checks, data
from helpers.course import quiz
from helpers.experiments import stats
from helpers.figures import plots
from helpers.lessons.l07 import figures
from helpers.lessons.l07.tf_sequences import row_reader
from helpers.lessons.l07.tf_through_time import calibrate, extend_memory, gradient_norms, share_in_time
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
# Each picture adds one row. At no step does the network see more than one row and what it made of the rows before.
#
# What it made of them is two vectors, the hidden state h and the cell state c, and one layer is used eight times over. With batch normalization the step of an LSTM reads (Cooijmans et al. 2016, equations 6 to 8):
#
# $$i,f,g,o = \mathrm{BN}(x_tW) + \mathrm{BN}(h_{t-1}W_h) + b \qquad c_t = \sigma(f)\,c_{t-1} + \sigma(i)\tanh g \qquad h_t = \sigma(o)\tanh\mathrm{BN}(c_t)$$
#
# σ is the sigmoid. i, f and o are *gates*, numbers between 0 and 1 after it: how much of the new value g comes in, how much of the old cell state stays, how much is shown.
#
# Three places are normalized: what comes from the input, what comes from the past, and the cell state on its way *out*. (The first two have a gamma and no beta, for b does its work.)
# On its way to the next step the cell state is left alone, so that it can carry a value as long as it likes.
#
# **Predict first.** The weights are the same at all eight steps. How many sets of moving statistics should the layer keep?
# - one, as the weights are shared
# - eight, one for each step
# - none, the states are short-lived anyway

# %%
network = row_reader("batch")  # an LSTM of 32 units with batch normalization, then Dense(10)
for weight in network.layers[0].cell.weights:
    if "gamma" in weight.name or "moving" in weight.name:
        print(f"{weight.name:<26} {tuple(weight.shape)}")

# %% [markdown]
# Eight. Each weight with `moving` in its name has a row for each time step, while `gamma`, like every other weight, is shared by all of them.
# (32 units have four gates, which makes 128 features at the first two places.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Statistics for each time step
#
# The batch axis is what disappears; the time axis stays.
# Three sequences of two steps, one feature:

# %%
three = np.array([[[1.0], [10.0]], [[3.0], [10.0]], [[5.0], [13.0]]])  # (N, T, D) = (3, 2, 1)
for name, over in (("for each step", 0), ("one for both", (0, 1))):
    print(f"{name:<14} mean {three.mean(axis=over).ravel().round(2)}  variance {three.var(axis=over).ravel().round(2)}")

# %% [markdown]
# At each step the three values lie within 5 of each other.
# Thrown together they seem to vary far more, because the *steps* differ: that variance, 18.33, describes neither.
#
# Do the steps of an LSTM differ that much? We let all training images of five splits through five untrained networks, and look at how much each of the three places varies from image to image, step by step.


# %%
def started(seed, normalization="batch", **settings):
    """An untrained network; with one seed all kinds start from the same kernels."""
    keras.utils.set_random_seed(seed)
    return row_reader(normalization, **settings)


def spread_of_steps(cell, place):
    """The standard deviation of the middle one of the features at this place, for each time step: (T,)."""
    return np.median(np.sqrt(cell.moving("variance", place)), axis=1)


# %%
cells = [calibrate(started(seed), d.x_train).layers[0].cell for seed, d in enumerate(digits[:5])]
places = {"from the input": "input", "from the past": "recurrent", "cell state": "cell"}
spreads = {name: np.array([spread_of_steps(cell, place) for cell in cells]) for name, place in places.items()}
print("from the past, step 1: no spread at all in", np.sum(spreads["from the past"][:, 0] == 0), "of 5 networks")
growth = spreads["cell state"][:, -1] / spreads["cell state"][:, 0]
print("cell state, step 8: more than 1.3 times the spread of step 1 in", np.sum(growth > 1.3), "of 5 networks")

# %% tags=["figure"]
figures.through_time(spreads, "standard deviation over the images")
plt.show()

# %% [markdown]
# Lines are medians of five networks, bands reach from the smallest to the largest.
# What comes from the past does not vary at step 1, for the past is h = 0 for every image; it needs some steps to arrive at a spread, and then keeps it. The cell state fills up in the same way.
# The paper saw the same on longer sequences (appendix A): a transient at the beginning, then a steady state. One set of statistics would describe the steady state at best.
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

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Why gamma starts at 0.1
#
# Everywhere else in this course `gamma` starts at 1. Here it starts at 0.1, on the advice of the paper (section 4).
# The reason is the way back: the gradient passes the same layer once for each step, and what happens to it at one step happens to it at all.
#
# **Predict first.** A sequence of 32 steps (two pixels each), untrained networks. How large is the gradient at the first hidden state, compared with the one at the last?
# - much smaller for the plain LSTM, about equal with batch normalization
# - much smaller in both
# - it depends on gamma

# %%
batches = [(d.x_train[:60].reshape(60, 32, 2), d.y_train[:60]) for d in digits[:5]]
kinds = {"gamma 0.1": {}, "gamma 1": {"initial_gamma": 1.0}, "plain LSTM": {"normalization": "none"}}
norms = {}
for name, settings in kinds.items():
    networks = [started(seed, shape=(32, 2), **settings) for seed in range(5)]
    found = gradient_norms(networks, batches)  # |dLoss/dh_t| for each seed and step
    norms[name] = found / found[:, -1:]
first = {name: values[:, 0] for name, values in norms.items()}
print("plain LSTM: less than 1/100 is left in", np.sum(first["plain LSTM"] < 0.01), "of 5 networks")
print("gamma 0.1:  between 1/10 and 2 in     ", np.sum(abs(first["gamma 0.1"] - 1.05) < 0.95), "of 5 networks")
print("gamma 1:    more than 5 times in      ", np.sum(first["gamma 1"] > 5), "of 5 networks")

# %% tags=["figure"]
figures.through_time(norms, "gradient at h, last step = 1", logarithmic=True)
plt.show()

# %% [markdown]
# It depends on gamma. Read the figure from right to left, as the gradient travels: in the plain LSTM it fades, with gamma 0.1 it stays within about a factor of ten, with gamma 1 it grows.
#
# Going back through a normalization, a gradient is multiplied by gamma and divided by the spread of what was normalized (the gamma · s of lesson 05).
# A gamma ten times as large also enlarges that spread, but not ten times, since tanh and the gates keep h small:


# %%
def factor(cell):
    """gamma divided by the spread of what comes from the past, at the last step."""
    return float(cell.gamma_recurrent[0] / np.sqrt(np.median(cell.moving("variance", "recurrent")[-1]) + 1e-3))


ones = [calibrate(started(s, initial_gamma=1.0), d.x_train).layers[0].cell for s, d in enumerate(digits[:5])]
print("a gradient that goes through the past's normalization is multiplied, eight rows as steps,")
print("gamma 0.1: by 1.5 to 3.2 in", sum(1.5 < factor(cell) < 3.2 for cell in cells), "of 5 networks")
print("gamma 1:   by 4.5 to 8 in  ", sum(4.5 < factor(cell) < 8 for cell in ones), "of 5 networks")
assert max(np.median(cell.moving("variance", "recurrent")[-1]) for cell in cells) < 1e-3

# %% [markdown]
# This is one factor of several: at each step the gates and $W_h$ take something back. With gamma 0.1 the two nearly balance over many steps, with gamma 1 they don't.
# (At 0.1 the variance is below 0.001, so that epsilon is the larger of the two under the root.)
#
# Figure 1 of the paper goes the other way: in a plain tanh network instead of an LSTM, the gradient with gamma 1 *vanishes*, and the reason given is a saturated tanh. Here it grows.
# Both find that with gamma 1 the gradient changes its size over many steps, and that 0.1 is near the place where it keeps it.
# Whether it matters for eight steps is a question for the race.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A race at equal settings
#
# Three networks of the same size: a plain LSTM, one with batch normalization, one with layer normalization, which takes mean and variance over the features of one image at one step (one row in lesson 06's figure of cells that share a statistic) and so needs no memory.
# For a seed they share kernels, images and the order of the batches. Plain gradient descent, batches of 60, 12 epochs, which are 252 steps.
# The cell trains each of them for ten seeds at three rates; it is the longest one of this lesson.

# %%
from dataclasses import replace
from functools import partial

RATES = (0.1, 0.5, 2.0)
KINDS = {kind: partial(row_reader, kind) for kind in ("none", "batch", "layer")}
TRAINING = {"steps": 252, "batch_size": 60, "xla": True}  # compiled, 21 steps at a time
runs = sweep(KINDS, learning_rates=RATES, seeds=10, evaluations=4, **TRAINING)

# %% [markdown]
# **Predict first.** At rate 0.1, how far apart are the plain and the batch-normalized LSTM after 12 epochs?
# - about equal: an LSTM was made to be trainable
# - a few points
# - more than ten points

# %%
plain = runs["none", 0.1].test_accuracy
for kind in ("batch", "layer"):
    gain = runs[kind, 0.1].test_accuracy - plain
    interval = stats.paired_interval(plain, runs[kind, 0.1].test_accuracy)
    answer = stats.verdict(interval, smallest_effect=0.03, equivalence_margin=0.01)
    print(f"{kind + '-normalized:':<17} at least 10 points above the LSTM in {np.sum(gain >= 0.1)} of 10 seeds")
    print(f"{'':<17} gains at least 3 points: {answer}")
    assert gain.mean() > 0.1

# %% tags=["figure"]
figures.race({kind: runs[kind, 0.1] for kind in KINDS})
plt.show()

# %% [markdown]
# Far apart, in all ten seeds. At this rate the normalized networks are nearly done when the plain LSTM has begun.
# Layer normalization, without any statistics of a batch, is ahead of both.
#
# (The verdict is that of lesson 02: an interval from the smallest to the largest of ten paired differences, and an effect that matters, stated before. Here it is three points.)
#
# And gamma? The same ten trainings with gamma starting at 1. From now on an effect of one point matters, and less than half a point counts as none.

# %%
MATTERS = 0.01, 0.005  # the smallest effect that matters, and what counts as none
gamma_1 = {"batch": partial(row_reader, "batch", initial_gamma=1.0)}
from_1 = sweep(gamma_1, learning_rates=(0.1,), seeds=10, evaluations=4, **TRAINING)
ahead = from_1["batch", 0.1].validation_accuracy[:, 0] - runs["batch", 0.1].validation_accuracy[:, 0]
print("after 3 epochs gamma 1 is ahead of gamma 0.1 in at least 8 of 10 seeds:", bool(np.sum(ahead > 0) >= 8))
interval = stats.paired_interval(from_1["batch", 0.1].test_accuracy, runs["batch", 0.1].test_accuracy)
print("starting at 0.1 gains at least 1 point:", stats.verdict(interval, *MATTERS))

# %% [markdown]
# On eight steps 0.1 brings nothing. A gradient that grows a little over eight steps does no harm, and gamma 1 even starts faster.
# Long sequences are what the advice was given for; we have looked at their gradients only, and the paper has trained them.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Each at its own best rate
#
# A rate of 0.1 was our choice, and it was not the LSTM's. So let each kind choose its rate from the three, by the mean validation accuracy of its ten runs.
#
# **Predict first.** What is left of the difference between the plain and the batch-normalized LSTM?
# - most of it
# - about half
# - nothing that ten seeds could tell from zero

# %%
chosen = {kind: max(RATES, key=lambda rate: runs[kind, rate].validation_accuracy[:, -1].mean()) for kind in KINDS}
best = {kind: runs[kind, rate].test_accuracy for kind, rate in chosen.items()}
print("the plain LSTM gains more than 20 points by its own rate:", bool(np.mean(best["none"] - plain) > 0.2))
for other in ("none", "layer"):
    interval = stats.paired_interval(best[other], best["batch"])
    print(f"batch over {other}: gains at least 1 point: {stats.verdict(interval, *MATTERS)};", end=" ")
    print("typically less than 3 points apart:", bool(abs(interval.estimate) < 0.03))

# %% tags=["figure"]
figures.rates(runs, chosen)
plt.show()

# %% [markdown]
# Lines are medians of ten seeds, bands reach from the worst to the best, and a ring marks the rate that each kind chose.
# Nearly all of the gap was a matter of the rate.
# What batch normalization gave the LSTM here is what it gave the dense networks of lesson 02: good results from a wide range of rates, and early.
# Layer normalization is ahead at the smallest rate; at the largest its band reaches far down, and some of its runs go wrong.
# Whether batch normalization is *better* once each has its own rate, ten seeds cannot say. (The LSTM did best at the largest rate of the list; a longer list might help it further.)
#
# The paper reports 98.9 without and 99.0 with batch normalization for MNIST read pixel by pixel, 784 steps, and 90.2 against 95.4 when the pixels are permuted (table 1): there, too, the gain depends on the task.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One set of statistics for all steps
#
# Suppose somebody finds eight sets of statistics wasteful and keeps one, the average over the steps.
# In training nothing changes, since training normalizes with the batch's own statistics: the weights come out the same (a test of this course checks it). Only inference differs.
# To see nothing but that, both versions get exact statistics of the training images (lesson 05, calibration).
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
print("one set for all loses more than 1 point in the median:", bool(np.median(lost) > 0.01))
print("it loses something in at least 9 of 10 seeds:         ", bool(np.sum(lost > 0) >= 9))
print("a set for each step gains at least 2 points:", stats.verdict(interval, 0.02, 0.01))

# %% tags=["figure"]
figures.each_seed({"one set for each step": separate, "one set for all": shared})
plt.show()

# %% [markdown]
# Each mark is a seed, thin lines join the two versions of one network, bars are medians.
# One to ten points: the second answer. Nearly every network loses, though not each of them two points, so that the verdict on a loss of two stays open.
# The paper found that averaging over time "severely degrades performance" (section 3), on far longer sequences; on eight steps the loss is small enough to be overlooked, which is worse in its way.
#
# **Where this goes wrong in practice.** `keras.layers.BatchNormalization` inside a recurrent cell: in training each step has its own batch's statistics, the one memory mixes the steps. It trains without complaint.
# (Between two recurrent layers it is another thing: there it takes one mean over images *and* steps, in training too. Both modes agree, and Laurent et al. 2016 normalized the input of each layer so.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Steps without variance
#
# Many sequences begin with nothing: silence, an empty margin, the black pixels above a digit.
# At such a step all images agree, the variance is 0, and `epsilon` alone stands under the root.
#
# We erase the first row of all images, in training and test alike, and train five networks. They lose one row of eight, and not an important one.
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
better = calibration[:, 2] - moving[:, 2]
print("epsilon 0.001: exact statistics gain more than 3 points in at least 4 of 5:", bool(np.sum(better > 0.03) >= 4))
fallen = np.median(moving[:, 1] - moving[:, -1])
print("moving statistics, epsilon 0.01 to 0.00001: more than 5 points lost:", bool(fallen > 0.05))

# %% tags=["figure"]
figures.epsilons({"exact statistics": calibration, "moving statistics": moving}, epsilons)
plt.show()

# %% [markdown]
# Lines are medians of five networks, bands reach from the worst to the best; all were trained with epsilon 0.001.
# It costs points, more if epsilon is smaller. But only with the *moving* statistics: with exact ones the blank row costs nothing, whatever epsilon, as long as it is small (0.1 is as large as the variances of the other steps, and spoils those).
# So no division by a small number does harm as such. In training, x − mean is exactly 0 at a blank step.
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
print("cell state at step 1: size of x_hat below 0.2 in", np.sum(first < 0.2), "of 5 networks, 0 in training")
print("the past at step 2:   size of x_hat above 0.3 in", np.sum(second > 0.3), "of 5 networks, 0 in training")

# %% [markdown]
# The lag of the cell's mean is divided by √0.001, which enlarges it 32 times; so h leaves the step a little wrong.
# At step 2 the past is still the same for all images, so its variance is 0 too, and the error in h is enlarged *again*: what was 0 in training is now of the size of a real signal.
#
# The cure is calibration. A training that ends with a small rate should do as well, since the lag is as large as the last steps.
# And mind the defaults: 0.001 is Keras's epsilon, the 0.00001 of PyTorch enlarges ten times more.
#
# The way back has a trouble of its own, which the paper reports (section 5.1): each normalization of a blank step multiplies the gradient by gamma / √epsilon.

# %%
margin = [(np.pad(d.x_train[:60], ((0, 0), (3, 0), (0, 0))), d.y_train[:60]) for d in digits[:5]]  # three blank rows
norms = {}
for epsilon in (1e-3, 1e-5):
    found = gradient_norms([started(seed, shape=(11, 8), epsilon=epsilon) for seed in range(5)], margin)
    norms[f"epsilon {epsilon:g}"] = found / found[:, -1:]
    grown = np.sum(norms[f"epsilon {epsilon:g}"][:, 0] > 1000)
    print(f"epsilon {epsilon:g}: grows more than a thousandfold to step 1 in {grown} of 5 networks")

# %% tags=["figure"]
figures.through_time(norms, "gradient at h, last step = 1", logarithmic=True, blank=3)
plt.show()

# %% [markdown]
# Lines are medians of five untrained networks, with gamma 0.1 in both. With epsilon 0.001 the factor is 0.1 / 0.032 ≈ 3, and the gates take most of it back; with 0.00001 it is 32, twice at each step, and three blank rows are enough for an explosion.
# The authors added noise to the initial states, so that no variance is 0.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Padding and masks
#
# Sequences in a batch rarely have one length. The shorter ones are filled up, and a mask says which steps are real.
# Two things have to respect it: the states, which must stay as they were at the last real step, and the moments, which must not count what is not there.
#
# Two sequences; the second one ends after one step and is padded with a zero.

# %%
x = np.array([[[1.0], [3.0]], [[1.0], [0.0]]])  # (N, T, D) = (2, 2, 1)
mask = np.array([[True, True], [True, False]])
print("mean of step 2, padding counted:", x.mean(axis=0)[1, 0])
print("padding left out:               ", x.mean(axis=0, where=mask[..., None])[1, 0])

# %% [markdown]
# 1.5 is the mean of a value and a filler.
#
# **Predict first.** We cut each digit after 4 to 8 rows, at random, and train twice: with padding left out of the moments, and with padding counted. How much accuracy does the mistake cost?
# - none
# - a few points
# - the network does not learn

# %%
from helpers.lessons.l07.tf_padding import PADDING, cut_short

padded = {
    "left out": partial(row_reader, "batch", padding=PADDING),
    "counted": partial(row_reader, "batch", padding=PADDING, count_padding=True),
}
cut = sweep(padded, learning_rates=(0.5,), seeds=10, evaluations=1, load=cut_short, **TRAINING)
right, wrong = (cut[name, 0.5].test_accuracy for name in padded)
interval = stats.paired_interval(wrong, right)
print("leaving padding out gains at least 1 point:", stats.verdict(interval, *MATTERS))

# %% tags=["figure"]
figures.each_seed({f"padding {name}": run.test_accuracy for (name, _), run in cut.items()})
plt.show()

# %% [markdown]
# Each mark is a seed, thin lines join the two trainings of a seed.
# None that ten seeds could show: some gain, some lose. We expected worse.
# The share of padding at each step is the same in training and at inference, so the memory carries the same bias that the weights were trained with.
# It is a mistake all the same: what the layer computes now depends on the number that stands in the padding, and on how long the batch-mates are.
#
# **Where this goes wrong in practice.** Batches sorted by length in training, which hardly have padding, and mixed ones when the statistics are re-estimated, which have much.
# The test that tells: pad with 0, pad with 99; no moment may change.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Longer than trained
#
# The memory has T rows, and one day a sequence with T + 1 steps arrives.
# The paper's rule: from there on, use the statistics of the last step (section 3), since the transient is over by then.
#
# We train on digits cut after 4 to 6 rows, and then show the whole digits, all 8 rows.
#
# **Predict first.** Which statistics serve steps 7 and 8 best?
# - the last step's
# - the mean of all steps
# - it makes no difference

# %%
settings = {"seeds": 5, "evaluations": 1, "load": partial(cut_short, longest=6)}
short = sweep({"batch": padded["left out"]}, learning_rates=(0.5,), **settings, **TRAINING)
longer = {"6 rows": []}
for seed, d in enumerate(digits[:5]):
    network = short["batch", 0.5].network(seed)
    longer["6 rows"].append(accuracy(extend_memory(network, 6), d.x_test[:, :6], d.y_test))
    for beyond in ("last", "mean of all", "untrained"):
        version = extend_memory(network, 8, beyond)
        longer.setdefault(f"8 rows,\n{beyond}", []).append(accuracy(version, d.x_test, d.y_test))
    exact = calibrate(extend_memory(network, 8), d.x_train)
    longer.setdefault("8 rows,\nexact", []).append(accuracy(exact, d.x_test, d.y_test))
for name, values in longer.items():
    print(f"{name.replace(chr(10), ' '):<20} at least 0.75 in {np.sum(np.array(values) >= 0.75)} of 5 seeds")

# %% tags=["figure"]
figures.each_seed(longer)
plt.show()

# %% [markdown]
# Each mark is a seed. "Untrained" is the mean 0 and variance 1 that a memory starts with; "exact" are the true statistics of whole digits, which nobody has before the long sequences arrive.
# It makes no difference that would matter: all four are far below what six rows give, the exact ones too.
# The statistics are not what fails here. The *weights* were never asked to go on reading after row six, and no statistics teach them.
#
# So the rule of the last step keeps a layer from crashing. That it chooses better numbers than another rule would, this experiment does not show; nor does any rule promise that the network can read on.

# %% [markdown]
# ### Exercise 2: any step
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
# | an IndexError, on the longest sequence in a year | no statistics beyond the last step | a test with one step more than in training |
# | the training loss changes when the number in the padding does | padding counted in the moments | pad with 0, pad with 99 |

# %% [markdown] tags=["references"]
# ## References
#
# - T. Cooijmans, N. Ballas, C. Laurent, Ç. Gülçehre, A. Courville: Recurrent Batch Normalization. ICLR 2017 (arXiv:1603.09025, 2016). Section 3: the equations, statistics for each step, longer sequences; section 4 and figure 1: gamma; section 5.1 and table 1: MNIST pixel by pixel, and its blank first pixels.
# - C. Laurent, G. Pereyra, P. Brakel, Y. Zhang, Y. Bengio: Batch Normalized Recurrent Neural Networks. ICASSP 2016. Normalizing the input term alone, with one mean over sequences and steps.
# - J. L. Ba, J. R. Kiros, G. E. Hinton: Layer Normalization. arXiv:1607.06450, 2016. Section 3.1: layer-normalized recurrent networks.
# - S. Hochreiter, J. Schmidhuber: Long Short-Term Memory. Neural Computation 9(8), 1997. Why a cell state is carried along unchanged.
