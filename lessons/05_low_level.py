# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 05 · What are you hiding?
#
# About 75 minutes to read and do (an estimate); seconds to run.
# It builds on lesson 01 (the transform) and lesson 03 (`training=`).
#
# After this lesson you will be able to
# - take the layer apart in three forms, low-level TensorFlow, pencil and paper, NumPy, and write its working parts yourself;
# - derive its backward pass line by line, and check each line numerically;
# - say why a network with 97% in one mode has 10% in the other, and repair it.

# %% tags=["setup"]
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np

from helpers import batchnorm, checks, data, gradcheck, widgets
from helpers.course import quiz
from helpers.experiments import Experiment, train
from helpers.figures import plots
from helpers.tf.quiet import keras, tf

plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The layer in low-level TensorFlow
#
# `keras.layers.BatchNormalization` looks like one thing.
# It is three: the statistics of a batch, a memory of those statistics, and a formula that uses one or the other.
#
# **Predict first.** How many arrays does the layer keep for a dense layer of 100 features, and how many of them does gradient descent change?
# - 2 arrays, both
# - 4 arrays, all of them
# - 4 arrays, 2 of them

# %%
layer = keras.layers.BatchNormalization()
layer.build((None, 100))
for weight in layer.weights:
    learned = "learned by gradient descent" if weight.trainable else "moved along by the forward pass"
    print(f"{weight.name:<16} {tuple(weight.shape)}  {learned}")

# %% [markdown]
# Four arrays, two of them learned.
# The other two change although no gradient reaches them: the forward pass writes to them.
# A forward pass with a side effect is the source of most trouble with this layer, and of most of this lesson.
#
# Here are its three parts as three functions.


# %%
def moments(x):
    """Mean and biased variance (1/m) of each feature of x (N, C)."""
    mean = tf.reduce_mean(x, axis=0)
    return mean, tf.reduce_mean(tf.square(x - mean), axis=0)


def moved(moving, batch, momentum):
    """The memory: the old value keeps the weight `momentum`."""
    return moving * momentum + batch * (1 - momentum)


def normalized(x, mean, variance, gamma, beta, epsilon):
    """The formula, whatever statistics it is given."""
    return gamma * (x - mean) / tf.sqrt(variance + epsilon) + beta


# %% [markdown]
# What is left for the layer is book-keeping: make the four arrays, choose a path, write to the memory on one path only.


# %%
class SmallBatchNorm(keras.layers.Layer):
    def build(self, shape):
        starts = {"gamma": "ones", "beta": "zeros", "moving_mean": "zeros", "moving_variance": "ones"}
        for name, start in starts.items():
            learned = not name.startswith("moving")
            setattr(self, name, self.add_weight(name=name, shape=shape[-1:], initializer=start, trainable=learned))

    def call(self, x, training=False):
        if not training:
            return normalized(x, self.moving_mean, self.moving_variance, self.gamma, self.beta, 0.001)
        mean, variance = moments(x)
        self.moving_mean.assign(moved(self.moving_mean, mean, 0.99))
        self.moving_variance.assign(moved(self.moving_variance, variance, 0.99))
        return normalized(x, mean, variance, self.gamma, self.beta, 0.001)


# %% [markdown]
# Read `call` once more, aloud if you can.
# In training mode the batch is normalized with its own statistics, and the memory is written but not read.
# In inference mode the memory is read but not written, and the batch's own statistics are not even computed.
# The two paths share no number but `gamma` and `beta`.
#
# Does it do what Keras's layer does? Ten batches through both, then one prediction.

# %%
rng = np.random.default_rng(0)
small, theirs = SmallBatchNorm(), keras.layers.BatchNormalization()
for _ in range(10):
    x = tf.constant(rng.normal(4, 2, (60, 100)), tf.float32)
    outputs = small(x, training=True), theirs(x, training=True)
agree = {
    "training output": outputs,
    "moving mean": (small.moving_mean, theirs.moving_mean),
    "moving variance": (small.moving_variance, theirs.moving_variance),
    "inference output": (small(x), theirs(x)),
}
for name, (ours, keras_own) in agree.items():
    assert np.allclose(ours, keras_own, rtol=1e-4, atol=1e-4)
    print(f"{name:<17} the same to 4 digits")

# %% [markdown]
# Thirty lines, and they do the work of the library's layer on a dense network.
# So what are the library's other few hundred lines for?
# Three kinds of input show it: the full layer of `helpers.tf.batchnorm` takes all three, ours gets the second wrong and cannot take the other two.

# %%
from helpers.tf.batchnorm import BatchNorm

images = tf.constant(rng.normal(4, 2, (8, 3, 6, 6)), tf.float32)  # channels first: three features, on axis 1
for axis in (-1, 1):
    layer = BatchNorm(axis=axis)
    layer(images, training=True)
    print(f"axis={axis:>2}: statistics for {layer.moving_mean.shape[0]} features")

# %%
half = tf.constant(rng.normal(0, 1000, (60, 4)), tf.float16)  # 1000² is more than float16 can hold
for name, layer in (("small", SmallBatchNorm(dtype="float16")), ("full", BatchNorm(dtype="float16"))):
    print(f"{name:<6} everything comes out as 0: {not np.any(layer(half, training=True))}")

# %%
words = tf.constant([[[3.0], [5.0], [0.0]], [[7.0], [0.0], [0.0]]])  # two sentences, padded with zeros
layer = BatchNorm(momentum=0.0)  # momentum 0: the memory holds the last batch alone
layer(words, training=True, mask=[[True, True, False], [True, False, False]])
print("mean with the padding:", float(tf.reduce_mean(words)), "  without it:", float(layer.moving_mean[0]))

# %% [markdown]
# | part of `helpers.tf.batchnorm.BatchNorm` | what breaks without it |
# |---|---|
# | `axis` | images stored as (N, C, H, W) are normalized along their width: above, `axis=-1` makes 6 statistics for 3 features |
# | moments in float32 | in half precision a square above 65,504 is infinite, so the variance is, and everything is divided by infinity |
# | `mask` | padding counts as data: above, the mean of 3, 5 and 7 comes out as 2.5 instead of 5 |
# | `trainable=False` means inference mode | a frozen layer would go on normalizing with batch statistics (lesson 09) |
# | regularizers, constraints, `center`, `scale` | nothing breaks; they are wishes of the user |
# | `get_config` | the model can be saved, but not loaded |
# | `synchronized` | on several devices each one has its own statistics (lesson 09) |
#
# Open `helpers/tf/batchnorm.py` beside this notebook: you know its core by now.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same with pencil and paper
#
# One feature, a batch of four values: 1, 3, 5, 7. `epsilon` is 0 here, `gamma` 2, `beta` 10, momentum 0.9.
#
# | step | training mode |
# |---|---|
# | mean | (1 + 3 + 5 + 7) / 4 = 4 |
# | variance, biased (1/m) | (9 + 1 + 1 + 9) / 4 = 5 |
# | x̂ | (−3, −1, 1, 3) / √5 = (−1.34, −0.45, 0.45, 1.34) |
# | y = gamma · x̂ + beta | (7.32, 9.11, 10.89, 12.68) |
# | moving_mean = moving_mean · momentum + mean · (1 − momentum) | 0 · 0.9 + 4 · 0.1 = 0.4 |
# | moving_variance, the same way | 1 · 0.9 + 5 · 0.1 = 1.4 |
#
# **Predict first.** The same four values come again, now in inference mode. What is the first of the four outputs?
# - 7.32 again: the same values, the same layer
# - 10 + 2 · (1 − 0.4) / √1.4 ≈ 11.01
# - it can't be computed without the other three

# %%
layer = batchnorm.BatchNorm(1, momentum=0.9, epsilon=0.0)  # the same layer in NumPy
layer.gamma, layer.beta = np.array([2.0]), np.array([10.0])
four = np.array([[1.0], [3.0], [5.0], [7.0]])
print("training  ", layer(four, training=True).ravel().round(2))
print("memory    ", layer.moving_mean.round(6), layer.moving_variance.round(6))
print("inference ", layer(four, training=False).ravel().round(2))

# %% [markdown]
# The second answer: 11.01.
# After one batch the memory is still nearly where it started, at mean 0 and variance 1, so the two modes are far apart.
# They come together as the memory fills: how fast is the subject of "Momentum: fast or steady" below.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The backward pass, one line at a time
#
# A framework derives the backward pass for you. Derive it once yourself, and `dx` will never be a mystery again.
# The forward pass, cut into steps so small that each derivative can be read off:
#
# $$\mu = \tfrac1m\sum x \qquad c = x - \mu \qquad v = \tfrac1m\sum c^2 \qquad s = (v+\epsilon)^{-1/2} \qquad \hat x = c\,s \qquad y = \gamma\hat x + \beta$$
#
# In the code they are called `mean, centred, variance, inv_std, x_hat, y`.

# %%
m, epsilon = 6, 1e-3
rng = np.random.default_rng(3)
x, dy = rng.normal(5, 2, (m, 3)), rng.normal(size=(m, 3))
gamma, beta = np.array([0.5, 2.0, -3.0]), np.array([1.0, 0.0, 4.0])

mean = x.mean(axis=0)
centred = x - mean
variance = np.square(centred).mean(axis=0)
inv_std = 1 / np.sqrt(variance + epsilon)
x_hat = centred * inv_std
y = gamma * x_hat + beta

# %% [markdown]
# From above comes `dy`: how the loss would change with each number of `y`.
# We walk back, one step at a time, and after each step we measure whether it is right.
# `numerical_gradient(f, a, dy)` nudges each number of `a` up and down and looks at what happens to `sum(dy * f(a))` (central differences); it knows no calculus.
# Here `f` is the rest of the way, from the quantity in question to `y`.
# The relative error is the largest difference between the two, as a share of the largest number in them.


# %%
def agrees(name, analytic, rest_of_the_way, a):
    """Compare a derivative that we wrote with one that was measured."""
    error = gradcheck.relative_error(analytic, gradcheck.numerical_gradient(rest_of_the_way, a, dy))
    assert error < 1e-6, f"{name}: relative error {error:.1e}"
    print(f"{name:<10} agrees with central differences")


dbeta = dy.sum(axis=0)
dgamma = (dy * x_hat).sum(axis=0)
dx_hat = dy * gamma
agrees("dbeta", dbeta, lambda b: gamma * x_hat + b, beta)
agrees("dgamma", dgamma, lambda g: g * x_hat + beta, gamma)
agrees("dx_hat", dx_hat, lambda h: gamma * h + beta, x_hat)

# %% [markdown]
# The last step was a product and a sum.
# `beta` was added to all m rows, so its gradient is the sum over all m rows: what is *broadcast* on the way up is *summed* on the way down.
# The mirror image holds too: what is *summed* on the way up is *broadcast* on the way down, to each row alike.
#
# Next, $\hat x = c\,s$. It has two factors, and both depend on x.

# %%
dcentred = dx_hat * inv_std  # the first of two paths into centred
dinv_std = (dx_hat * centred).sum(axis=0)  # inv_std was broadcast over the rows: sum
dvariance = dinv_std * -0.5 * inv_std**3  # derivative of (v + epsilon)^(-1/2)
agrees("dinv_std", dinv_std, lambda s: gamma * centred * s + beta, inv_std)
agrees("dvariance", dvariance, lambda v: gamma * centred / np.sqrt(v + epsilon) + beta, variance)

# %% [markdown]
# Now $v = \tfrac1m\sum c^2$ sends a second gradient into `centred`, to be **added** to the first: where one quantity is used twice, its gradients add.
# It was a sum over the rows, so each row gets the same `dvariance`, times the derivative of its own term, 2c/m.


# %%
def from_centred(c):
    """The rest of the way from centred to y, the variance's path included."""
    return gamma * c / np.sqrt(np.square(c).mean(axis=0) + epsilon) + beta


dcentred = dcentred + dvariance * 2 / m * centred
agrees("dcentred", dcentred, from_centred, centred)

# %% [markdown]
# Last, $c = x - \mu$ with $\mu = \tfrac1m\sum x$. Again x is used twice: directly, and through the mean.
# The mean was broadcast to all rows with a minus, so its gradient is a sum with a minus; it was a sum with weights 1/m, so each row gets 1/m of that.

# %%
dmean = -dcentred.sum(axis=0)
dx = dcentred + dmean / m
agrees("dx", dx, lambda a: batchnorm.forward(a, gamma, beta, epsilon=epsilon)[0], x)

# %% [markdown]
# That is the whole backward pass: three ways from y to x, one direct, one through the variance, one through the mean.
#
# Put the lines into each other and most of it cancels.
# The variance's path becomes $-s\,\hat x\cdot\tfrac1m\sum (d\hat x\,\hat x)$, because $c\,s$ is x̂ again.
# The mean's path becomes $-s\cdot\tfrac1m\sum d\hat x$, because x̂ sums to 0 and takes the variance's share with it.
# With $d\hat x = \gamma\,dy$ the rest fits on one line, and it is the line in `helpers.batchnorm.backward`:
#
# $$dx = \gamma\,s\,\Bigl(dy - \tfrac1m\,d\beta - \hat x\,\tfrac1m\,d\gamma\Bigr)$$
#
# Read it as a sentence: take dy; remove its mean, which is dbeta/m; remove the part of it that points along x̂ (x̂ times the mean of dy · x̂, which is dgamma/m); scale by gamma · s.
# A gradient that asks all values to move together, or to spread out together, is removed, because the normalization would undo such a move anyway.
#
# What is left of it if a path is forgotten?

# %%
one_line = gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / m)
assert np.allclose(one_line, dx, rtol=1e-9, atol=1e-12)
versions = {
    "one line": one_line,
    "mean and variance held constant": gamma * inv_std * dy,
    "variance held constant": gamma * inv_std * (dy - dbeta / m),
}
for name, version in versions.items():
    total, along = np.abs(version.sum(axis=0)).max(), np.abs((version * x_hat).sum(axis=0)).max()
    print(f"{name:<32} sum of dx below 0.1: {total < 0.1!s:<5}  sum of dx * x_hat below 0.1: {along < 0.1}")

# %% [markdown]
# Two sums that need no reference solution, and each tells of one path.
# The correct dx sums to 0 over the batch, and so, nearly, does dx · x̂ wherever the variance is far above epsilon.
# The first sum finds a layer that holds both statistics constant; only the second finds one that forgot the variance alone.
#
# **Where this goes wrong in practice.** A hand-written layer that trains a little worse than it should, although its gradient was tested, with `dy` all ones.
# With `dy` all ones the correct dx is almost exactly 0, and a layer that forgot the variance's path gives 0 as well, as would one that returns zeros. The test: random `dy`.

# %% [markdown]
# ### Exercise 1: the backward pass
#
# Write `backward`. It gets `dy` and `x` of shape (N, C), `gamma` (C,) and `epsilon`, and returns `dx`, `dgamma`, `dbeta`.
# Scroll on until the cells above are out of sight, and derive it again. Nine small lines or one long one: both pass.
# (`m` is the number of rows of the `x` that you are given, not the 6 of the cells above.)
# If you return `(dx, dgamma, dbeta), {"dx_hat": …, "dvariance": …, "dmean": …}`, the check compares each intermediate and shows the first wrong one.


# %% tags=["exercise"]
def backward(dy, x, gamma, epsilon):
    """dx (N, C), dgamma (C,) and dbeta (C,) for y = gamma * x_hat + beta, mean and variance taken over the rows of x."""
    ### BEGIN SOLUTION
    inv_std = 1 / np.sqrt(x.var(axis=0) + epsilon)
    x_hat = (x - x.mean(axis=0)) * inv_std
    dbeta = dy.sum(axis=0)
    dgamma = (dy * x_hat).sum(axis=0)
    dx = gamma * inv_std * (dy - dbeta / len(x) - x_hat * dgamma / len(x))
    return dx, dgamma, dbeta
    ### END SOLUTION


# %% tags=["check"]
checks.backward(backward)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One image at a time
#
# Five networks, five seeds, trained on the digits as in lesson 04. Each is asked for 200 test images, one image a call.
#
# **Predict first.** We leave the networks in training mode by mistake. What do they answer?
# - about what they should: an image's features do not change
# - noisy answers, right more often than wrong
# - always one and the same digit

# %%
setting = Experiment(batch_norm=True, activation="relu", learning_rate=0.1)
result = train(setting, seeds=5, progress=False)
digits = [data.load("digits", split=seed) for seed in result.seeds]
for training in (True, False):
    answers = [
        result.network(seed).predict(digits[seed].x_test[:200], training=training, batch_size=1).argmax(axis=1)
        for seed in result.seeds
    ]
    classes = [len(set(answer)) for answer in answers]
    right = [np.mean(answer == digits[seed].y_test[:200]) for seed, answer in zip(result.seeds, answers)]
    print(f"training={training!s:<5}  distinct answers in each seed: {classes}")
    print(f"                right: {'at most 0.15' if max(right) <= 0.15 else 'at least 0.95'} in every seed")
    assert max(right) <= 0.15 if training else min(right) >= 0.95

# %% [markdown]
# One and the same digit, 200 times, in each of the five networks, and the same networks are right 95 times in 100 and more in inference mode.
# The weights are identical. Only the statistics differ.
#
# Look inside one of them while a single image passes.

# %%
network, pair = result.network(0), digits[0].x_test[:2]
for training in (True, False):
    first, second = (network.pre_activations(image[None], training=training) for image in pair)
    same = [bool(np.array_equal(first[i], second[i])) for i in range(3)]
    beta = [bool(np.allclose(first[i], network.parameters[i]["beta"], atol=1e-6)) for i in range(3)]
    print(f"training={training!s:<5}  two images give the same: {same}   and that is beta: {beta}")

# %% [markdown]
# The mean of one number is that number. So x − mean is 0, x̂ is 0, and every feature of every dense layer leaves as its `beta`.
# From the first layer on the image is gone; what comes out is a constant of the network.
# (A convolution has height × width values for each statistic even with one image, and need not collapse: lesson 06.)
#
# **Where this goes wrong in practice.** A service that answers well in the notebook, where it is tested with a batch, and gives the same answer to every user.
# The cause: the model was left in training mode. The test that tells: predict one image alone and again within a batch; the two answers must be equal.

# %% [markdown]
# ## Your batch-mates decide
#
# With more than one image in the batch the answers are better, but whose answers are they?
# One image goes 200 times through the network in training mode, each time among other batch-mates.

# %%
network, rest = result.network(0), digits[0].x_train
image, label = digits[0].x_test[0], digits[0].y_test[0]
sizes, rng = [2, 4, 8, 16, 32, 60, 120], np.random.default_rng(0)
chance = np.empty((200, len(sizes)))
for column, size in enumerate(sizes):
    for row in range(200):
        mates = rest[rng.choice(len(rest), size - 1, replace=False)]
        chance[row, column] = network.predict(np.concatenate([image[None], mates]), training=True)[0, label]
alone = network.predict(image[None], training=False)[0, label]

# %% tags=["figure"]
figure, axes = plt.subplots(figsize=(7, 3.5))
axes.boxplot(chance, tick_labels=sizes, whis=(0, 100))
axes.axhline(alone, color=plots.BLUE, linewidth=2, label="inference mode")
axes.set(
    xlabel="batch size (one image and its batch-mates)", ylabel="probability of the right digit", ylim=(-0.05, 1.05)
)
axes.legend(loc="lower right")
plt.show()

# %% [markdown]
# Each box holds the middle half of the 200 answers, the line in it is their median, the whiskers reach to the extremes.
# Among three or seven others the same image gets anything from a sure yes to a sure no; the larger the batch, the closer the answers come together, and the closer to the line, which is the answer in inference mode.
# A prediction ought to depend on the image alone. That is what the memory is for.
#
# Try it on single images: choose one, and draw other batch-mates for it.

# %% tags=["figure"]
widgets.ModesExplorer(network, digits[0].x_test[:40], digits[0].y_test[:40], rest)

# %% [markdown]
# Left: the image, and below it the three that share its batch. Right: the network's probabilities, hatched in training mode, solid in inference mode; the triangle marks the right digit.
# Another draw of batch-mates moves the hatched bars and leaves the solid ones where they are.
# With a batch size of 1 the hatched bars are the same for every image, which is the answer of the five networks above; with 128 they come close to the solid ones.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A batch of two
#
# **Predict first.** One feature of two images is normalized with the statistics of those two alone. The pairs are (2, 4), (10, 90) and (−500, 900). Which pair comes out furthest apart?
# - the third, by far
# - all three come out the same
# - the first, because dividing by a small spread enlarges it

# %%
for a, b in [(2, 4), (10, 90), (-500, 900), (7.00, 7.02)]:
    y, cache = batchnorm.forward(np.array([[a], [b]]), gamma=np.ones(1), beta=np.zeros(1), epsilon=0.001)
    dx, _, _ = batchnorm.backward(np.array([[1.0], [-2.0]]), cache)
    print(f"{a:>6} {b:>6}  ->  {y[0, 0]:5.2f} {y[1, 0]:5.2f}    dy 1 and -2  ->  dx at most {abs(dx).max():.4f}")

# %% [markdown]
# All the same: −1 and 1. With two values the mean lies in the middle, and each is one standard deviation away from it.
# What is left of two images is, for each feature, which of them had more of it.
# And where the output no longer depends on the values, no gradient can flow to them: of a `dy` of 1 and −2 two thousandths arrive at most.
# The last pair is the exception. Its standard deviation, 0.01, is small beside √epsilon ≈ 0.03, so `epsilon` rules the division: the pair leaves as −0.30 and 0.30, which still tells how far apart it was, and the gradient passes, enlarged.

# %% [markdown]
# ### Exercises 2 and 3: the memory, and the path that reads it
#
# `update_moving(moving, batch, momentum)` gives the moving statistic after one more batch; `momentum` is the weight of the **old** value, as in Keras.
# `inference(x, gamma, beta, moving_mean, moving_variance, epsilon)` gives y for x (N, C); all others are (C,).


# %% tags=["exercise"]
def update_moving(moving, batch, momentum):
    """The moving statistic (C,) after a batch whose statistic is `batch` (C,)."""
    ### BEGIN SOLUTION
    return moving * momentum + batch * (1 - momentum)
    ### END SOLUTION


# %% tags=["check"]
checks.update_moving(update_moving)


# %% tags=["exercise"]
def inference(x, gamma, beta, moving_mean, moving_variance, epsilon):
    """y (N, C), in which each row depends on that row alone."""
    ### BEGIN SOLUTION
    return gamma * (x - moving_mean) / np.sqrt(moving_variance + epsilon) + beta
    ### END SOLUTION


# %% tags=["check"]
checks.inference(inference)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Momentum: fast or steady
#
# The memory starts at mean 0 and variance 1, whatever the data are. Each batch multiplies what is left of that start by the momentum, so after t batches the momentum to the power of t is left.
# (The optimizer's momentum is another thing that happens to have the same name.)
#
# **Predict first.** Keras's default is 0.99. After 100 batches, how much of the memory is still the arbitrary start?
# - 1%
# - 37%
# - nothing

# %%
for momentum in (0.9, 0.99, 0.999):
    left = momentum**100
    warm = int(np.ceil(np.log(0.01) / np.log(momentum)))
    print(
        f"momentum {momentum:<5}  left of the start after 100 batches: {left:7.3%}   less than 1% after {warm:>4} batches"
    )

# %% [markdown]
# More than a third. A run of 100 steps and a validation with a memory that is 37% invention: that is the "broken" validation loss of lesson 03.
# Why not a small momentum, then? Because a fast memory is a noisy one. Watch one feature of mean 3 and standard deviation 2 in batches of 16.

# %% tags=["figure"]
batches = np.random.default_rng(4).normal(3, 2, (600, 16)).mean(axis=1)
figure, axes = plt.subplots(figsize=(7, 3.5))
for momentum, color in [(0.5, "#E69F00"), (0.9, "#009E73"), (0.99, "#0072B2"), (0.999, "#CC79A7")]:
    track = [np.zeros(1)]
    for batch in batches:
        track.append(batchnorm.update_moving(track[-1], [batch], momentum=momentum))
    axes.plot(np.ravel(track), color=color, label=f"momentum {momentum}", linewidth=1 if momentum < 0.9 else 2)
axes.axhline(3, color="black", linestyle=":", label="true mean")
axes.set(xlabel="batches seen", ylabel="moving mean")
axes.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))
plt.show()

# %% [markdown]
# Momentum 0.5 arrives within ten batches and never comes to rest; 0.999 is smooth and after 600 batches has not arrived; 0.99 lies between, with the 459 batches of the table.
# While a network trains there is a second reason for haste: the weights move, and with them the true mean. A slow memory describes a network that no longer exists.
#
# In the next figure the true mean can move.
#
# **Predict first.** It drifts from 3 to 6 within the 600 batches. Which momentum ends nearest to it, with batches of 16?
# - 0.999: the smoothest
# - 0.99: the default
# - a shorter memory: 0.9 or 0.95

# %% tags=["figure"]
widgets.MomentumExplorer()

# %% [markdown]
# Grey dots: the means of the batches. Solid line: the moving mean, from 0. Dotted: the true mean, which stands still at 3 until you choose otherwise.
# The text below the picture says how far the two are apart over the last 100 batches. Choose the drift, and move the momentum: 0.99 lags by the drift of 99 batches, half a unit, and 0.9 and 0.95 stay within a tenth.
# Now make the batches larger or smaller. The best momentum is not a constant of nature; it weighs the noise of the batches against the speed of the drift.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exact statistics: calibration
#
# A memory is a compromise. After training there is no need for one: the weights stand still, the training data are there, and the exact mean and variance of each feature can be computed.
# Not by one batch of everything, which may not fit, but from the batches' own statistics.
#
# **Predict first.** Two batches of one feature, each with variance 1; their means are 0 and 10. What is the variance of all the values together?
# - 1, the mean of the two variances
# - 26
# - it can't be said without the values

# %%
mean, variance = batchnorm.combine_moments([[0.0], [10.0]], [[1.0], [1.0]], [60, 60])
print(f"mean {mean[0]:.0f}, variance {variance[0]:.0f}")

# %% [markdown]
# 26: the mean of the variances, 1, plus the variance of the means, 25.
# The second term is the one that gets forgotten, and a moving average forgets it too: it averages variances *within* batches, and knows nothing of how the batches differ.
# With 60 shuffled digits in a batch the means hardly differ. With batches that are sorted, or small, they do.
#
# ### Exercise 4: calibrate
#
# `calibrate(means, variances, counts)`: statistics of K batches, (K, C), (K, C) and (K,), give the mean (C,) and the biased variance (C,) of all the values together.
# The batches need not be of one size.


# %% tags=["exercise"]
def calibrate(means, variances, counts):
    """Mean (C,) and biased variance (C,) of all batches together."""
    ### BEGIN SOLUTION
    weights = np.asarray(counts)[:, None] / np.sum(counts)
    mean = (weights * means).sum(axis=0)
    variance = (weights * (variances + (means - mean) ** 2)).sum(axis=0)
    return mean, variance
    ### END SOLUTION


# %% tags=["check"]
checks.calibrate(calibrate)

# %% [markdown]
# ## Calibration on a network
#
# Now for a real network. Two functions do it: one lets a batch pass in training mode and notes what each normalization computed, the other combines the notes.


# %%
def moments_of(network, images):
    """For each batch normalization, the mean and variance that it computes for this batch in training mode."""
    found, x = [], images.reshape(len(images), -1)
    for layer in network.parameters[:-1]:
        y, cache = batchnorm.forward(x @ layer["kernel"], layer["gamma"], layer["beta"])
        found.append((cache.mean, cache.variance))
        x = np.maximum(y, 0)
    return found


# %%
def calibrated(network, images, size=60):
    """A copy of the network, its moving statistics replaced by exact ones for these images."""
    batches = [images[i : i + size] for i in range(0, len(images), size)]
    of_batches, copy = [moments_of(network, batch) for batch in batches], network.copy()
    for i, memory in enumerate(copy.moving_statistics):
        means, variances = zip(*(layers[i] for layers in of_batches))
        exact = batchnorm.combine_moments(means, variances, [len(batch) for batch in batches])
        memory["moving_mean"], memory["moving_variance"] = exact
    return copy


# %% [markdown]
# For the first normalization these statistics are exact. The later ones are measured behind layers in training mode, which differ a little from the inference mode that they will serve; with batches of 60 that is close enough.
#
# **Predict first.** A network is stopped after 100 steps, when its memory still holds 37% of the arbitrary start. What does calibration do to its test accuracy?
# - nothing: the weights are those of 100 steps either way
# - it goes up by a few points: 37% is the smaller part
# - it makes a good network of a bad one

# %%
stops = (10, 30, 60, 100, 200, 400, 1000)
found = {"moving statistics": [], "calibrated": []}
for steps in stops:
    stopped = train(replace(setting, steps=steps), seeds=5, progress=False)
    networks = [stopped.network(seed) for seed in stopped.seeds]
    repaired = [calibrated(network, d.x_train) for network, d in zip(networks, digits)]
    for name, group in (("moving statistics", networks), ("calibrated", repaired)):
        found[name].append([network.accuracy(d.x_test, d.y_test) for network, d in zip(group, digits)])
moving, exact = np.array(found["moving statistics"]).T, np.array(found["calibrated"]).T  # each (5 seeds, 7 stops)
print("100 steps, moving statistics: at most 0.8 in", np.sum(moving[:, 3] <= 0.8), "of 5 seeds")
print("the same weights calibrated: at least 0.95 in", np.sum(exact[:, 3] >= 0.95), "of 5 seeds")
print("1,000 steps: less than 0.03 apart in", np.sum(abs(moving - exact)[:, -1] < 0.03), "of 5 seeds")
assert moving[:, 3].max() <= 0.8 < 0.95 <= exact[:, 3].min()

# %% tags=["figure"]
figure, axes = plt.subplots(figsize=(7, 3.5))
plots.spread(axes, stops, exact, color=plots.BLUE, label="calibrated")
plots.spread(axes, stops, moving, color=plots.VERMILION, linestyle=":", label="moving statistics")
axes.set(xlabel="steps of training (logarithmic)", ylabel="test accuracy", xscale="log", ylim=(0, 1.02))
axes.set_xticks(stops, stops)
axes.minorticks_off()
axes.legend()
plt.show()

# %% [markdown]
# A good network of a bad one: the third answer.
# The two lines differ in nothing but the statistics. Lines are medians of five seeds, bands reach from the worst to the best.
# The network had learned its task within 30 steps. Its memory needed hundreds more to notice, and in between the accuracy with moving statistics even *falls*, while the weights move and the memory follows slowly.
#
# Calibration is the cure wherever weights and memory have parted: after a short training, after a rate that was high to the end, after weights were changed by other means.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Averaged weights need statistics of their own
#
# A popular change "by other means" is averaging: the mean of the weights of several moments along one training (Izmailov et al. 2018).
# The averaged network has never seen a batch. What should its memory hold?
#
# **Predict first.** We average the weights after 20, 40, 60, 80 and 100 steps, and their statistics too. Is the averaged variance right for the averaged network?
# - yes: average of weights, average of statistics
# - no: it is too large
# - no: it is too small


# %%
def averaged(networks):
    """A network whose parameters and statistics are the means of those of the networks."""
    mean = networks[-1].copy()
    for part in ("parameters", "moving_statistics"):
        for i, arrays in enumerate(getattr(mean, part)):
            for name in arrays:
                arrays[name] = np.mean([getattr(network, part)[i][name] for network in networks], axis=0)
    return mean


# %%
fast = replace(setting, learning_rate=3.0)  # so fast that the weights keep moving: else there is little to average
trained = [train(replace(fast, steps=steps), seeds=5, progress=False) for steps in (20, 40, 60, 80, 100)]
accuracy, ratio = {"moving": [], "exact": [], "own": []}, []
for seed, d in enumerate(digits):
    networks = [stopped.network(seed) for stopped in trained]
    versions = {"moving": averaged(networks), "exact": averaged([calibrated(n, d.x_train) for n in networks])}
    versions["own"] = calibrated(versions["moving"], d.x_train)
    for name, network in versions.items():
        accuracy[name].append(network.accuracy(d.x_test, d.y_test))
    of_exact, own = (versions[name].moving_statistics[0]["moving_variance"] for name in ("exact", "own"))
    ratio.append(np.median(of_exact / own))
print("first layer, averaged variance over own: above 1.02 in", np.sum(np.array(ratio) > 1.02), "of 5 seeds")

# %%
moving, exact, own = np.array([accuracy[name] for name in ("moving", "exact", "own")])
print("averaged moving statistics:", np.sum(moving < 0.93), "of 5 seeds below 0.93")
print("statistics of its own:     ", np.sum(own > 0.95), "of 5 seeds above 0.95")
print("averaged exact statistics: ", np.sum(abs(exact - own) < 0.02), "of 5 seeds within 0.02 of those")
assert moving.max() < 0.93 < 0.95 < own.min()

# %% [markdown]
# Too large: a variance is a square, and the square of a mean is smaller than the mean of the squares.
# (Where the snapshots point in different directions, the averaged weights are shorter than each of them.)
#
# But mind what the accuracies say. Averaging *exact* statistics costs next to nothing here, since the snapshots of one training point in similar directions.
# What costs is the lag that each memory brought along, and one calibration removes both.
# So the rule stands, one pass over the data after averaging; the reason for it that one reads most often is not what hurts on this network.

# %% [markdown]
# ### Exercise 5: the whole layer
#
# Back to TensorFlow, and to the layer from the beginning, without looking.
# `SmallBatchNorm` knows dense batches, one momentum and one epsilon. Write the `call` of a layer that takes its own, and images (N, H, W, C) as well as dense batches (N, C): features are on the last axis, one statistic for each.
# The four weights are there already: `build` is inherited.


# %% tags=["exercise"]
class MyBatchNorm(SmallBatchNorm):
    def __init__(self, momentum=0.99, epsilon=1e-3, **options):
        super().__init__(**options)
        self.momentum, self.epsilon = momentum, epsilon

    def call(self, x, training=False):
        ### BEGIN SOLUTION
        mean, variance = self.moving_mean, self.moving_variance
        if training:
            mean, variance = tf.nn.moments(x, axes=list(range(len(x.shape) - 1)))
            self.moving_mean.assign(moved(self.moving_mean, mean, self.momentum))
            self.moving_variance.assign(moved(self.moving_variance, variance, self.momentum))
        return normalized(x, mean, variance, self.gamma, self.beta, self.epsilon)
        ### END SOLUTION


# %% tags=["check"]
checks.tf_layer(MyBatchNorm)

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("05_low_level")

# %% [markdown] tags=["recap"] slideshow={"slide_type": "slide"}
# ## Recap, with one example in numbers
#
# One feature; batch (1, 3, 5, 7); gamma 2, beta 10, epsilon 0, momentum 0.9; `dy` = (1, 0, 0, 0).
#
# | | |
# |---|---|
# | mean, variance | 4, 5 |
# | x̂ | (−1.342, −0.447, 0.447, 1.342) |
# | dbeta = Σ dy | 1 |
# | dgamma = Σ dy · x̂ | −1.342 |
# | dx = gamma/√5 · (dy − ¼ dbeta − x̂ · ¼ dgamma) | (0.268, −0.358, −0.089, 0.179) |
# | sum of dx | 0 |
# | moving mean, moving variance, from 0 and 1 | 0.4, 1.4 |
#
# The cell below computes the fifth line and its sum, so that you need not believe the table.

# %%
_, cache = batchnorm.forward(four, [2.0], [10.0], epsilon=0.0)
dx, dgamma, dbeta = batchnorm.backward(np.array([[1.0], [0.0], [0.0], [0.0]]), cache)
assert np.allclose(dx.ravel(), [0.268, -0.358, -0.089, 0.179], atol=5e-4)
assert np.allclose([dgamma[0], dbeta[0]], [-1.342, 1.0], atol=5e-4)
print("dx", dx.ravel().round(3), "  its sum is 0:", bool(abs(dx.sum()) < 1e-12))

# %% [markdown]
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | one answer for every single image | training mode in service | predict an image alone and in a batch: equal? |
# | predictions change with their batch-mates | the same | the same |
# | validation far below training in the first hundreds of steps | momentum lag | calibrate and validate again |
# | validation stays bad after the weights were changed (averaged, say) | statistics of other weights | the same |
# | a hand-written layer trains, but badly | a path of the backward pass is missing | sums of dx and of dx · x̂ over the batch: both near 0? |
# | a gradient test passes, training fails | `dy` was all ones | random `dy` |

# %% [markdown] tags=["references"]
# ## References
#
# - S. Ioffe, C. Szegedy: Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift. ICML 2015. Section 3: the transform and its gradient (Algorithm 1); section 3.1: training and inference (Algorithm 2).
# - P. Izmailov, D. Podoprikhin, T. Garipov, D. Vetrov, A. G. Wilson: Averaging Weights Leads to Wider Optima and Better Generalization. UAI 2018. Section 3: one more pass over the data for the statistics of the averaged weights.
# - Y. Wu, J. Johnson: Rethinking "Batch" in BatchNorm. arXiv:2105.07576, 2021. Section 3: exact ("precise") statistics of the whole training set against moving averages.
# - Keras documentation, `BatchNormalization`: the update of the moving statistics, and what `training` and `trainable` do.
