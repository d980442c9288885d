# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 05 · What are you hiding?
#
# About 95 minutes to read and do (an estimate: 20 to read, 20 for the code, 55 for the exercises); less than a minute to run.
# It builds on lesson 01 (the transform) and lesson 03 (`training=`).
#
# After this lesson you will be able to
# - take the layer apart in three forms (low-level TensorFlow, pencil and paper, NumPy) and write its working parts yourself;
# - derive its backward pass step by step, check each step numerically, and do the same for layer normalization;
# - say why one and the same network can know nearly every digit in one mode and fail in the other, and repair it.

# %% tags=["setup"]
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np

from helpers import batchnorm, checks, data, gradcheck, widgets
from helpers.course import quiz
from helpers.experiments import Experiment, about, pin, train
from helpers.figures import plots
from helpers.lessons.l05 import figures
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
# This side effect of a forward pass causes most of the trouble with this layer, and fills most of this lesson.
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
# The layer itself only has to make the four arrays, choose a path, and write to the memory on one path only.


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
# In training mode the batch is normalized with its own statistics. The memory is updated (for that its old value is read), but plays no part in the normalization.
# In inference mode the memory is used to normalize and stays as it is, and the batch's own statistics are not even computed.
# So each path normalizes with numbers that the other path does not use. Only `gamma` and `beta` serve both.
#
# Does it do what Keras's layer does? Send ten batches through both, then make one prediction.

# %%
rng = np.random.default_rng(0)
small, theirs = SmallBatchNorm(), keras.layers.BatchNormalization()
for _ in range(10):
    x = tf.constant(rng.normal(4, 2, (60, 100)), tf.float32)
    outputs = small(x, training=True), theirs(x, training=True)
pairs = {
    "training output": outputs,
    "moving mean": (small.moving_mean, theirs.moving_mean),
    "moving variance": (small.moving_variance, theirs.moving_variance),
    "inference output": (small(x), theirs(x)),
}
gaps = {name: np.abs(np.subtract(*pair)).max() for name, pair in pairs.items()}
for name, gap in gaps.items():
    print(f"{name:<17} largest difference {about(gap, '.0e')}")

# %% [markdown]
# They agree up to rounding: these thirty lines do the work of the library's layer on a dense network.
# So what are the library's other few hundred lines for?
# Three kinds of input show it. The full layer of `helpers.tf.batchnorm` handles all three; ours gets the second wrong and cannot take the other two.

# %% tags=["pinned"]
pin(max(gaps.values()) < 1e-4, "the small layer and Keras's agree to four digits")

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
    print(f"{name:<6} largest output: {np.abs(layer(half, training=True)).max():.1f}")

# %%
words = tf.constant([[[3.0], [5.0], [0.0]], [[7.0], [0.0], [0.0]]])  # two sentences, padded with zeros
layer = BatchNorm(momentum=0.0)  # momentum 0: the memory holds the last batch alone
layer(words, training=True, mask=[[True, True, False], [True, False, False]])
print("mean with the padding:", float(tf.reduce_mean(words)), "  without it:", float(layer.moving_mean[0]))

# %% [markdown]
# | part of `helpers.tf.batchnorm.BatchNorm` | what breaks without it |
# |---|---|
# | `axis` | images stored as (N, C, H, W) are normalized along their width: above, `axis=-1` makes 6 statistics for 3 features |
# | moments in float32 | in half precision a square above 65,504 overflows to infinity; so does the variance, and everything is divided by infinity |
# | `mask` | padding counts as data: above, the mean of 3, 5 and 7 comes out as 2.5 instead of 5 |
# | `trainable=False` means inference mode | a frozen layer keeps normalizing with batch statistics (lesson 09) |
# | regularizers, constraints, `center`, `scale` | nothing breaks; they are options |
# | `get_config` | the model can be saved, but not loaded |
# | `synchronized` | on several devices each one has its own statistics (lesson 09) |
#
# Open `helpers/tf/batchnorm.py` beside this notebook and find its `call`: the two paths and the formula of `SmallBatchNorm` stand there in twelve lines. Then look at `build`, which decides what `axis` means.

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
# - 11.01
# - it cannot be computed without the other three

# %%
layer = batchnorm.BatchNorm(1, momentum=0.9, epsilon=0.0)  # the same layer in NumPy
layer.gamma, layer.beta = np.array([2.0]), np.array([10.0])
four = np.array([[1.0], [3.0], [5.0], [7.0]])
print("training  ", layer(four, training=True).ravel().round(2))
print("memory    ", layer.moving_mean.round(6), layer.moving_variance.round(6))
print("inference ", layer(four, training=False).ravel().round(2))

# %% [markdown]
# The second answer: 10 + 2 · (1 − 0.4) / √1.4 ≈ 11.01.
# After one batch the memory is still near its start, mean 0 and variance 1, so the two modes are far apart.
# They come together as the memory fills. How fast it fills is the subject of "Momentum: fast or steady" below.

# %% [markdown]
# ### Exercise 1: the path that reads the memory
#
# `inference(x, gamma, beta, moving_mean, moving_variance, epsilon)` gives y for x (N, C); all other arrays are (C,).
# The formula stands above. Write it in the form that fast libraries use: from call to call only x changes, so compute `x * scale + shift`, in which `scale` and `shift` do not contain x.


# %% tags=["exercise"]
def inference(x, gamma, beta, moving_mean, moving_variance, epsilon):
    """y (N, C), in which each row depends on that row alone."""
    ### BEGIN SOLUTION
    scale = gamma / np.sqrt(moving_variance + epsilon)
    shift = beta - moving_mean * scale
    return x * scale + shift
    ### END SOLUTION


# %% tags=["check"]
checks.inference(inference)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The backward pass, one line at a time
#
# A framework derives the backward pass for you. If you derive it once yourself, you will know where `dx` comes from and how to test it.
# Here is the forward pass, cut into steps so small that each derivative can be read off:
#
# $$\mu = \tfrac1m\sum x \qquad c = x - \mu \qquad v = \tfrac1m\sum c^2 \qquad s = (v+\epsilon)^{-1/2} \qquad \hat x = c\,s \qquad y = \gamma\hat x + \beta$$
#
# In the code they are called `mean, centred, variance, inv_std, x_hat, y`. We take one feature in a batch of three, so that you can follow with pencil and paper; the same lines work for any (N, C).

# %%
m, epsilon = 3, 1e-3
x, dy = np.array([[1.0], [2.0], [6.0]]), np.array([[3.0], [-1.0], [1.0]])
gamma, beta = np.array([2.0]), np.array([10.0])

mean = x.mean(axis=0)
centred = x - mean
variance = np.square(centred).mean(axis=0)
inv_std = 1 / np.sqrt(variance + epsilon)
x_hat = centred * inv_std
y = gamma * x_hat + beta

# %% [markdown]
# From the layers after ours comes `dy`: how much the loss changes with each number of `y`.
# We go back from y to x one step at a time, and after each step check the gradient by measuring it.
# The measurement is a **central difference**. It nudges one number of an array up and down by a small h, looks at what happens to the loss `sum(dy * f(a))`, and divides by 2h. It knows no calculus.


# %%
def slopes(f, a, dy, h=1e-5):
    """The gradient of sum(dy * f(a)) in each number of a, by central differences."""
    gradient = np.zeros_like(a)
    for i in np.ndindex(a.shape):
        nudge = np.zeros_like(a)
        nudge[i] = h
        gradient[i] = np.sum(dy * (f(a + nudge) - f(a - nudge))) / (2 * h)
    return gradient


of_y = slopes(lambda a: batchnorm.forward(a, gamma, beta, epsilon=epsilon)[0], x, dy)
the_helpers = gradcheck.numerical_gradient(lambda a: batchnorm.forward(a, gamma, beta, epsilon=epsilon)[0], x, dy)
print("dx, measured:            ", *[about(slope, ".4f") for slope in of_y.ravel()])
print("helpers.gradcheck, largest difference:", about(np.abs(of_y - the_helpers).max(), ".0e"))

# %% [markdown]
# So we know dx before we derive it: near 1.59, −1.98 and 0.40. `helpers.gradcheck` contains the same few lines and checks its arguments.
# Now for the derivation. `agrees` compares what we derive with what is measured; `f` is the rest of the way, from the quantity in question to `y`. The relative error is the largest difference as a share of the largest number.


# %%
def agrees(name, analytic, f, a):
    """Print how far a derivative that we wrote is from one that was measured."""
    error = gradcheck.relative_error(analytic, slopes(f, a, dy))
    pin(error < 1e-6, f"{name} agrees with central differences")
    print(f"{name:<10} {figures.numbers(analytic):<20} relative error {about(error, '.0e')}")


dbeta = dy.sum(axis=0)
dgamma = (dy * x_hat).sum(axis=0)
dx_hat = dy * gamma
agrees("dbeta", dbeta, lambda b: gamma * x_hat + b, beta)
agrees("dgamma", dgamma, lambda g: g * x_hat + beta, gamma)
agrees("dx_hat", dx_hat, lambda h: gamma * h + beta, x_hat)

# %% [markdown]
# The last step of the forward pass was a product and a sum.
# `beta` was added to all m rows, so its gradient is the sum over all m rows: what is *broadcast* on the way forward is *summed* on the way back.
# The reverse holds as well: what is *summed* on the way forward is *broadcast* on the way back, to each row alike.
#
# Next comes $\hat x = c\,s$. It has two factors, and both depend on x.

# %%
dcentred = dx_hat * inv_std  # the first of two paths into centred
dinv_std = (dx_hat * centred).sum(axis=0)  # inv_std was broadcast over the rows: sum
dvariance = dinv_std * -0.5 * inv_std**3  # derivative of (v + epsilon)^(-1/2)
agrees("dinv_std", dinv_std, lambda s: gamma * centred * s + beta, inv_std)
agrees("dvariance", dvariance, lambda v: gamma * centred / np.sqrt(v + epsilon) + beta, variance)

# %% [markdown]
# Now $v = \tfrac1m\sum c^2$ sends a second gradient into `centred`. It must be **added** to the first: where one quantity is used twice, its gradients add.
# The variance was a sum over the rows, so each row gets the same `dvariance`, times the derivative of its own term, 2c/m.


# %%
def from_centred(c):
    """The rest of the way from centred to y, the variance's path included."""
    return gamma * c / np.sqrt(np.square(c).mean(axis=0) + epsilon) + beta


dcentred = dcentred + dvariance * 2 / m * centred
agrees("dcentred", dcentred, from_centred, centred)

# %% [markdown]
# The last step back is $c = x - \mu$ with $\mu = \tfrac1m\sum x$. Here x is used twice: directly, and through the mean.
# The mean was subtracted from all rows, so its gradient is minus the sum over the rows. The mean was itself a sum with weights 1/m, so each row of x gets 1/m of that gradient.

# %%
dmean = -dcentred.sum(axis=0)
dx = dcentred + dmean / m
agrees("dx", dx, lambda a: batchnorm.forward(a, gamma, beta, epsilon=epsilon)[0], x)

# %% tags=["figure"] slideshow={"slide_type": "subslide"}
forward = {"x": x, "mean": mean, "centred": centred, "variance": variance, "inv_std": inv_std}
back = {"x": dx, "mean": dmean, "centred": dcentred, "variance": dvariance, "inv_std": dinv_std}
forward |= {"x_hat": x_hat, "gamma": gamma, "beta": beta, "y": y}
back |= {"x_hat": dx_hat, "gamma": dgamma, "beta": dbeta, "y": dy}
figures.graph(forward, back)
plt.show()

# %% [markdown]
# This is the computational graph of the layer. Solid blue arrows and the upright numbers show the forward pass; dashed red arrows and the italic numbers show the gradients on their way back.
# Two boxes send two blue arrows, x and centred, so at these two boxes two gradients arrive and are added. From x to y there are three ways that count: directly, through the variance, and through the mean. The picture has a fourth, through the mean *and* the variance. It carries nothing: the centred values sum to 0, so moving the mean does not change the variance to first order.

# %% [markdown]
# ### Exercise 2: the backward pass
#
# Nine lines lead from `dy` to `dx`, `dgamma` and `dbeta`. Most of them cancel. Take pencil and paper, substitute the lines into one another, and find dx as **one expression** in dy, x̂, dbeta and dgamma (and gamma, `inv_std` and the number of rows). Two facts help: $c\,s$ is $\hat x$, and $\hat x$ sums to 0 over the batch.
#
# Then write `backward`. It gets `dy` and `x` of shape (N, C), `gamma` (C,) and `epsilon`, and returns `dx`, `dgamma`, `dbeta`. N is the number of rows of the `x` that you are given, not the 3 of the cells above.
# If you get stuck, return `(dx, dgamma, dbeta), {"dx_hat": …, "dvariance": …, "dmean": …}`: the check then compares each intermediate and shows the first wrong one.


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
# ## Nine lines become one
#
# Compare your algebra with this one. Sums run over the batch, and $d\beta = \sum dy$, $d\gamma = \sum dy\,\hat x$.
#
# $$
# \begin{aligned}
# dv &= -\tfrac12\,s^3 \sum d\hat x\,c
#    && \text{the two lines } dinv\_std \text{ and } dvariance\\
#    &= -\tfrac12\,s^2 \sum d\hat x\,\hat x
#    && c\,s = \hat x\\
# dc &= d\hat x\,s + \tfrac2m\,dv\;c
#    && \text{the two paths into } c \text{ add}\\
#    &= s\,\Bigl(d\hat x - \hat x\,\tfrac1m\sum d\hat x\,\hat x\Bigr)
#    && \text{substitute } dv \text{; again } c\,s = \hat x\\
# d\mu &= -\sum dc = -s\sum d\hat x
#    && \textstyle\sum\hat x = 0 \text{, so the second term sums to } 0\\
# dx &= dc + \tfrac1m\,d\mu
#    && \text{the two paths into } x \text{ add}\\
#    &= s\,\Bigl(d\hat x - \tfrac1m\sum d\hat x - \hat x\,\tfrac1m\sum d\hat x\,\hat x\Bigr)
#    && \text{substitute } dc \text{ and } d\mu\\
#    &= \gamma\,s\,\Bigl(dy - \tfrac1m\,d\beta - \hat x\,\tfrac1m\,d\gamma\Bigr)
#    && d\hat x = \gamma\,dy \text{, and } \gamma \text{ is one number for the whole sum}
# \end{aligned}
# $$
#
# The last line is the one in `helpers.batchnorm.backward`. Read it as a sentence: take dy; remove its mean, which is dbeta/m; remove its part along x̂, which is x̂ times the mean of dy · x̂; scale by gamma · s.
# A gradient that asks all values to move together, or to spread out together, is removed, because the normalization would undo such a move.
#
# With a batch of three, dy is an arrow in space, and "remove" can be drawn.

# %% tags=["figure"] slideshow={"slide_type": "subslide"}
one_line = gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / m)
print("one line against nine, largest difference:", about(np.abs(one_line - dx).max(), ".0e"))
figure, left = figures.projection(dy.ravel(), x_hat.ravel())
plt.show()

# %% [markdown]
# The orange arrow is dy = (3, −1, 1). The blue sheet is the plane that holds all directions made of 1 = (1, 1, 1) and x̂. The dashed red arrow, the part of dy that lies in this plane, is removed. The blue arrow is what is left: it is perpendicular to 1 and to x̂, and times gamma · s it is dx (up to epsilon: the mean of x̂² is 1 only where the variance is far above it).
# With three images only one direction is left. With m images m − 2 directions are left: in a large batch little is lost, and in a batch of two nothing remains.
#
# What happens to dx if a path is forgotten?

# %%
versions = {
    "all three paths": one_line,
    "mean and variance held constant": gamma * inv_std * dy,
    "variance held constant": gamma * inv_std * (dy - dbeta / m),
}
for name, version in versions.items():
    print(f"{name:<32} sum of dx {round(version.sum(), 3) + 0.0:6.3f}", end="")
    print(f"   sum of dx * x_hat {round((version * x_hat).sum(), 3) + 0.0:6.3f}")

# %% [markdown]
# These two sums need no reference solution, and each of them tests one path.
# A correct dx sums to 0 over the batch. The products dx · x̂ sum to almost 0 as well, wherever the variance is far above epsilon.
# The first sum finds a layer that holds both statistics constant. Only the second finds a layer that forgot the variance alone.
#
# **Where this goes wrong in practice.** A hand-written layer trains a little worse than it should, although its gradient was tested, with `dy` all ones.
# With `dy` all ones the correct dx is almost exactly 0. A layer that forgot the variance's path gives 0 as well, and so does one that returns zeros. The test: random `dy`.

# %% tags=["pinned"]
pin(np.allclose(one_line, dx, rtol=1e-9, atol=1e-12), "one line gives what nine give")
pin(np.allclose(gamma * inv_std * left, dx.ravel(), rtol=1e-3), "the projection gives dx")

# %% [markdown]
# ### Exercise 3: the same for layer normalization
#
# Layer normalization takes mean and variance over the features of one image, not over the batch: for x of shape (N, D), `mean` and `variance` have one number for each **row**. `gamma` and `beta` still have one number for each **column**: y = gamma · x̂ + beta.
#
# Derive its backward pass. The rules are the same: what is broadcast is summed, where a quantity is used twice its gradients add. But check each reason in the algebra above before you use it again; one of them no longer holds.
# `layer_norm_backward(dy, x, gamma, epsilon)` returns `dx` (N, D), `dgamma` (D,) and `dbeta` (D,). `slopes` can tell you whether you are right before the check does.


# %% tags=["exercise"]
def layer_norm_backward(dy, x, gamma, epsilon):
    """dx (N, D), dgamma (D,) and dbeta (D,) for y = gamma * x_hat + beta, mean and variance taken over each row of x."""
    ### BEGIN SOLUTION
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + epsilon)
    x_hat = (x - x.mean(axis=1, keepdims=True)) * inv_std
    dx_hat = dy * gamma  # gamma differs within a row: it cannot be taken out of the means below
    along = (dx_hat * x_hat).mean(axis=1, keepdims=True)
    dx = inv_std * (dx_hat - dx_hat.mean(axis=1, keepdims=True) - x_hat * along)
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    ### END SOLUTION


# %% tags=["check"]
checks.layer_norm_backward(layer_norm_backward)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One image at a time
#
# Train five networks on the digits, one for each seed, as in lesson 04. Ask each of them about 200 test images, one image a call.
#
# **Predict first.** We leave the networks in training mode by mistake. What do they answer?
# - about what they should: an image's features do not change
# - noisy answers, right more often than wrong
# - always one and the same digit

# %%
setting = Experiment(batch_norm=True, activation="relu", learning_rate=0.1)
result = train(setting, seeds=5, progress=False)
digits, right = [data.load("digits", split=seed) for seed in result.seeds], {}
for training in (True, False):
    answers = [
        result.network(seed).predict(digits[seed].x_test[:200], training=training, batch_size=1).argmax(axis=1)
        for seed in result.seeds
    ]
    classes = [len(set(answer)) for answer in answers]
    right[training] = [np.mean(answer == digits[seed].y_test[:200]) for seed, answer in zip(result.seeds, answers)]
    print(f"training={training!s:<5}  distinct answers in each seed: {classes}", end="")
    print(f"   share of right answers: {about(right[training], '.3f', each=True)}")

# %% [markdown]
# In training mode each of the five networks gives one and the same digit, 200 times. In inference mode the same networks are right on at least 95 of 100 images.
# The weights are identical. Only the statistics differ.
#
# Look inside one of them while a single image passes.

# %% tags=["pinned"]
pin(
    max(right[True]) <= 0.15 < 0.95 <= min(right[False]),
    "alone, images are guessed in training mode and known in the other",
)

# %%
network, pair = result.network(0), digits[0].x_test[:2]
print("largest distance in each of three layers")
for training in (True, False):
    first, second = (network.pre_activations(image[None], training=training) for image in pair)
    apart = [about(np.abs(first[i] - second[i]).max(), ".1f") for i in range(3)]
    off = [about(np.abs(first[i] - network.parameters[i]["beta"]).max(), ".1f") for i in range(3)]
    print(f"training={training!s:<5}  between two images {', '.join(apart)}   from beta {', '.join(off)}")

# %% [markdown]
# The mean of one number is that number. So x − mean is 0, x̂ is 0, and every feature of every dense layer leaves as its `beta`.
# From the first layer on the image is gone, and what comes out is a constant of the network.
# (A convolution has height × width values for each statistic even with one image, and need not collapse: lesson 06.)
#
# **Where this goes wrong in practice.** A service answers well in the notebook, where it is tested with a batch, and gives every user the same answer.
# The cause: the model was left in training mode. The test that tells: predict one image alone and again within a batch; the two answers must be equal.

# %% [markdown]
# ## Your batch-mates decide
#
# With more than one image in the batch the answers get better, but they depend on more than the image.
# Send one image 200 times through the network in training mode, each time among other batch-mates.

# %%
network, rest = result.network(0), digits[0].x_train
image, label = digits[0].x_test[9], digits[0].y_test[9]
sizes, rng = [2, 4, 8, 16, 32, 60, 120], np.random.default_rng(0)
others = np.arange(10) != label
chance = np.empty((2, 200, len(sizes)))  # of the right digit, and of all others together
for column, size in enumerate(sizes):
    for row in range(200):
        mates = rest[rng.choice(len(rest), size - 1, replace=False)]
        answer = network.predict(np.concatenate([image[None], mates]), training=True)[0]
        chance[:, row, column] = answer[label], answer[others].sum()
alone = network.predict(image[None], training=False)[0]
for size, probabilities in zip(sizes, chance[0].T):
    print(f"batch size {size:>3}: probability of the right digit {about(probabilities, '.3f')}")

# %% tags=["figure"]
figures.odds(*chance, sizes, alone[label] / alone[others].sum())
plt.show()

# %% [markdown]
# Each box holds the middle half of the 200 answers, the line in it is their median, and the whiskers reach to the extremes. The axis is spaced by the logarithm of the odds. That stretches it near 0 and near 1, so that 0.9999 can be told from 0.99.
# With one batch-mate the median is about 0.4, and the answers reach from less than 0.01 to more than 0.9. The next section looks at such a batch of two.
# Among three or seven others the same image gets anything from a sure yes to a sure no. From a batch of eight on, the larger the batch, the closer the answers come to each other and to the line, the answer in inference mode.
# A prediction should depend on the image alone. The memory makes this possible.
#
# Try it on single images: choose one, and draw other batch-mates for it.

# %% tags=["pinned"]
small = chance[0, :, 0]
pin(
    0.2 < np.median(small) < 0.6 and small.min() < 0.01 and small.max() > 0.9,
    "with one batch-mate the median is about 0.4",
)

# %% tags=["figure"]
widgets.ModesExplorer(network, digits[0].x_test[9:49], digits[0].y_test[9:49], rest)

# %% [markdown]
# Left: the image, and below it the others that share its batch (three at first). Right: the network's probabilities, hatched in training mode, solid in inference mode. The triangle marks the right digit.
# Another draw of batch-mates moves the hatched bars and leaves the solid ones where they are.
# With a batch size of 1 the hatched bars are the same for every image: the constant answer of the five networks above. With 128 they come close to the solid ones.

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
    print(f"{a:>6} {b:>6}  ->  {y[0, 0]:5.2f} {y[1, 0]:5.2f}    dy 1 and -2  ->  dx at most {abs(dx).max():.1e}")

# %% [markdown]
# All the same: −1 and 1. With two values the mean lies in the middle, and each is one standard deviation away from it.
# Of two images the layer keeps, for each feature, only which of them had more of it.
# Where the output no longer depends on the values, almost no gradient can flow back to them: where `dy` is 1 and −2, dx is at most 0.002. (In the picture above, with m = 2, the vectors 1 and x̂ fill the whole plane of possible dy.)
# The last pair is the exception. Its standard deviation, 0.01, is small beside √epsilon ≈ 0.03, so `epsilon` rules the division. The pair leaves as ∓0.01 / √(0.01² + 0.001) = ∓0.30, which still tells how far apart it was, and the gradient passes, enlarged.

# %% [markdown]
# ### Exercise 4: the memory
#
# Single images need the memory, so back to how it is kept. `update_moving(moving, batch, momentum)` gives the moving statistic after one more batch. `momentum` is the weight of the **old** value, as in Keras.
# The formula stands at the beginning of this lesson. Write it as the old value plus a step towards the batch, so that `momentum` appears once.


# %% tags=["exercise"]
def update_moving(moving, batch, momentum):
    """The moving statistic (C,) after a batch whose statistic is `batch` (C,)."""
    ### BEGIN SOLUTION
    return moving + (batch - moving) * (1 - momentum)
    ### END SOLUTION


# %% tags=["check"]
checks.update_moving(update_moving)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Momentum: fast or steady
#
# The memory starts at mean 0 and variance 1, whatever the data are. Each batch multiplies what is left of that start by the momentum, so after t batches the start still has the weight `momentum**t`.
# (The optimizer's momentum is something else that happens to have the same name.)
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
# More than a third. If you train for 100 steps and then validate, 37% of the memory is still the arbitrary start: that is the "broken" validation loss of lesson 03.
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
# Momentum 0.5 arrives within ten batches and never comes to rest. Momentum 0.999 is smooth and has not arrived after 600 batches. Momentum 0.99 lies between, with the 459 batches of the table.
# While a network trains there is a second reason for a fast memory: the weights move, and with them the true mean. A slow memory describes a network that no longer exists.
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
# Grey dots are the means of the batches, the solid line is the moving mean, from 0, and the dotted line is the true mean, which stands still at 3 until you choose otherwise.
# The text below the picture says how far the two are apart over the last 100 batches. Choose the drift, and change the momentum. The third answer is right: under a steady drift a memory lags by as much as the values drift in momentum / (1 − momentum) batches. For 0.99 that is 99 batches, half a unit; 0.9 and 0.95 (9 and 19 batches) stay within a tenth.
# Now make the batches larger or smaller. There is no best momentum for all cases: a high one suits noisy batches, a low one suits a fast drift.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exact statistics: calibration
#
# A memory is a compromise. After training you no longer need one: the weights stand still, the training data are there, and the exact mean and variance of each feature can be computed.
# One batch of all the data may not fit into memory, but the batches' own statistics are enough.
#
# **Predict first.** Two batches of 60 values of one feature each have variance 1; their means are 0 and 10. What is the variance of all the values together?
# - 1, the mean of the two variances
# - 26
# - it cannot be said without the values

# %%
mean, variance = batchnorm.combine_moments([[0.0], [10.0]], [[1.0], [1.0]], [60, 60])
print(f"mean {mean[0]:.0f}, variance {variance[0]:.0f}")

# %% [markdown]
# 26: the mean of the variances, 1, plus the variance of the means, 25.
# The second term is often forgotten. A moving average forgets it too: it averages variances *within* batches, and does not see how the batches differ.
# With 60 shuffled digits in a batch the means hardly differ. With batches that are sorted, or small, they do.
#
# ### Exercise 5: calibrate
#
# `calibrate(means, variances, counts)` receives the statistics of K batches, with shapes (K, C), (K, C) and (K,). It gives the mean (C,) and the biased variance (C,) of all the values together.
# The batches need not all have the same size.


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
# Now for a real network. One function lets a batch pass in training mode and notes what each normalization computed. Another combines the notes.


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
# For the first normalization these statistics are exact. A later one is measured while the layers before it are in training mode; when the network is used, they are in inference mode. With batches of 60 the difference is small.
#
# **Predict first.** A network is stopped after 100 steps, when its memory still holds 37% of the arbitrary start. What does calibration do to its test accuracy?
# - nothing: the weights are those of 100 steps either way
# - it goes up by a few points: 37% is the smaller part
# - it turns a bad network into a good one

# %%
stops = (10, 30, 60, 100, 200, 400, 1000)
found, kept = {"moving statistics": [], "calibrated": []}, []
for steps in stops:
    stopped = train(replace(setting, steps=steps), seeds=5, progress=False)
    networks = [stopped.network(seed) for seed in stopped.seeds]
    kept.append(networks)
    repaired = [calibrated(network, d.x_train) for network, d in zip(networks, digits)]
    for name, group in (("moving statistics", networks), ("calibrated", repaired)):
        found[name].append([network.accuracy(d.x_test, d.y_test) for network, d in zip(group, digits)])
moving, exact = np.array(found["moving statistics"]).T, np.array(found["calibrated"]).T  # each (5 seeds, 7 stops)
for stop, with_moving, with_exact in zip(stops, moving.T, exact.T):
    print(f"{stop:>5} steps: test accuracy {about(with_moving, '.2f')}, calibrated {about(with_exact, '.2f')}")

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
# It turns a bad network into a good one: the third answer.
# The two lines differ in nothing but the statistics. Lines are medians of five seeds, and bands reach from the worst to the best.
# The network had learned its task within 30 steps. Its memory needed hundreds more.
# Two things can be wrong with such a memory: it still holds a part of its start, and the rest of it comes from earlier weights. Which of them does the harm?
# The start can be taken out. After t steps the start has the weight k = 0.99ᵗ. It contributes k · 1 to the moving variance and k · 0, that is nothing, to the moving mean. All batches together have the weight 1 − k.


# %%
def without_start(network, steps):
    """A copy of the network with the start taken out of its memory; the batches keep their relative weights."""
    copy, left = network.copy(), setting.momentum**steps
    for memory in copy.moving_statistics:
        memory["moving_mean"] = memory["moving_mean"] / (1 - left)
        memory["moving_variance"] = (memory["moving_variance"] - left) / (1 - left)
    return copy


without = []
for steps, networks in zip(stops, kept):
    without.append([without_start(n, steps).accuracy(d.x_test, d.y_test) for n, d in zip(networks, digits)])
    print(f"{steps:>5} steps: test accuracy, moving statistics without their start {about(without[-1], '.2f')}")

# %% [markdown]
# It is the start. Without the start the memory does nearly as well as the exact statistics at every stop. After 100 steps each of the five networks is above 0.9; with the start, none was above 0.8. That the weights move costs little here.
#
# Calibrate whenever weights and memory may not belong together: after a short training, after training at a high learning rate that was never lowered, after the weights were changed by other means.

# %% tags=["pinned"]
pin(moving[:, 3].max() <= 0.8 < 0.95 <= exact[:, 3].min(), "100 steps give at most 0.8, and 0.95 or more calibrated")
pin(abs(moving - exact)[:, -1] < 0.03, "after 1,000 steps the two differ by less than 0.03")
pin(min(without[3]) > 0.9, "without the start of the memory 100 steps give more than 0.9")
pin(
    np.median(exact - np.transpose(without), axis=0) < 0.04,
    "without the start the medians are near the calibrated ones",
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Averaged weights and their memory
#
# One popular change "by other means" is averaging: take the mean of the weights at several moments of one training (Izmailov et al. 2018).
# The averaged network has never seen a batch. What should its memory hold?
#
# **Predict first.** We average the weights after 20, 40, 60, 80 and 100 steps, and try three memories. Which of them are good enough?
# - the averaged moving statistics of the five networks: average of weights, average of memories
# - only its own statistics, computed with the averaged weights
# - its own, and also the averaged *exact* statistics of the five networks


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
ends = (20, 40, 60, 80, 100)  # with the same seed these are five moments of one training
trained = [train(replace(fast, steps=steps), seeds=5, progress=False) for steps in ends]
scores, ratio, shorter = {"moving": [], "exact": [], "own": []}, [], []
for seed, d in enumerate(digits):
    networks = [stopped.network(seed) for stopped in trained]
    versions = {"moving": averaged(networks), "exact": averaged([calibrated(n, d.x_train) for n in networks])}
    versions["own"] = calibrated(versions["moving"], d.x_train)
    for name, network in versions.items():
        scores[name].append(network.accuracy(d.x_test, d.y_test))
    of_exact, own = (versions[name].moving_statistics[0]["moving_variance"] for name in ("exact", "own"))
    ratio.append(np.median(of_exact / own))
    norms = [np.linalg.norm(n.parameters[0]["kernel"]) for n in (*networks, versions["own"])]
    shorter.append(norms[-1] / np.mean(norms[:-1]))

# %%
for name, what in {"moving": "averaged moving", "exact": "averaged exact", "own": "its own"}.items():
    print(f"{what + ' statistics:':<28} test accuracy {about(scores[name], '.3f')}, 5 seeds")

# %% [markdown]
# The third answer. Averaged exact statistics do about as well as the network's own. The averaged moving statistics fail, and three causes are possible:
# - The five memories still hold much of their start: 82% after 20 steps, 37% after 100.
# - What they have learned lags behind their own weights.
# - The averaged variances are too large for the averaged weights. This reason is often given. Averaged weights are a little shorter than the weights that went in, because the five point in somewhat different directions; shorter weights give smaller outputs, while the averaged variances were measured on the larger outputs of the five.

# %%
rid = []
for seed, d in enumerate(digits):
    networks = [without_start(stopped.network(seed), steps) for stopped, steps in zip(trained, ends)]
    rid.append(averaged(networks).accuracy(d.x_test, d.y_test))
moving, own, rid = (np.array(values) for values in (scores["moving"], scores["own"], rid))
print("averaged moving statistics without their start: test accuracy", about(rid, ".3f"))
print("share of the gap to its own statistics that this closes:     ", about((rid - moving) / (own - moving), ".0%"))
print("first kernel, length of the average over average length:     ", about(shorter, ".3f"))
print("first layer, averaged variance over its own:                 ", about(ratio, ".2f", "x"))

# %% [markdown]
# In the median about two thirds of the gap closes when the start is gone. The third cause costs little: averaged variances are too large by a few percent, but the averaged *exact* ones share this, and do well. What remains is lag: at this learning rate the weights keep moving.
# So the usual advice is right: after averaging weights, pass the data through the network once more. On this network, though, the main reason is the start that the memories still hold.

# %% tags=["pinned"]
moving, exact, own = np.array([scores[name] for name in ("moving", "exact", "own")])
pin(moving.max() < 0.93 < 0.95 < own.min(), "averaged moving statistics stay below 0.93, its own reach 0.95")
pin(abs(exact - own) < 0.02, "averaged exact statistics do within 0.02 as well as its own")
pin(0.5 < np.median((rid - moving) / (own - moving)) < 0.85, "the start is about two thirds of the gap")
pin(np.array(ratio) > 1.02, "the averaged variance is too large")
pin(np.array(shorter) < 0.995, "the averaged kernel is shorter")

# %% [markdown]
# ### Exercise 6: the whole layer
#
# Return to TensorFlow and to the layer from the beginning, without looking.
# `SmallBatchNorm` knows dense batches, one momentum and one epsilon. Write the `call` of a layer that uses its own momentum and epsilon, and that takes images (N, H, W, C) as well as dense batches (N, C). Features are on the last axis, with one statistic for each.
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
# The cell below computes the line for dx and its sum, so that you need not believe the table.

# %%
_, cache = batchnorm.forward(four, [2.0], [10.0], epsilon=0.0)
dx, dgamma, dbeta = batchnorm.backward(np.array([[1.0], [0.0], [0.0], [0.0]]), cache)
print("dx", dx.ravel().round(3), "  dgamma", dgamma.round(3), "  dbeta", dbeta.round(3))
print("sum of dx", round(dx.sum(), 6) + 0.0)

# %% [markdown]
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | one answer for every single image | training mode in production | predict an image alone and in a batch: equal? |
# | predictions change with their batch-mates | the same | the same |
# | validation far below training in the first few hundred steps | the memory still holds its start (momentum) | calibrate and validate again |
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
