# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 06 · Convolutional networks
#
# About 85 minutes to read and do (an estimate: 20 to read, 15 for the code, 50 for the exercises); about two minutes to run.
# It builds on lesson 03 (`training=`) and lesson 05 (the backward pass, moments and moving statistics).
#
# After this lesson you will be able to
# - say which values of a convolution share a mean, why its shared weights call for exactly these, and where the gradient goes;
# - normalize images in either layout, and spot the wrong layout by counting means;
# - calculate what 19 convolutions leave of a signal, and say what batch normalization and shortcuts each do about it.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import batchnorm, checks, data, widgets
from helpers.course import quiz
from helpers.experiments import about, pin
from helpers.figures import plots, shared_cells
from helpers.lessons.l06 import figures
from helpers.lessons.l06.tf_conv import conv_network, residual_network, small_network
from helpers.tf.quiet import keras, tf
from helpers.tf.sweep import one_thread_each, sweep, train
from helpers.tf.trainer import softmax_loss

one_thread_each()  # two networks at a time, a core for each
plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Which values share a mean?
#
# A convolution slides one small kernel over the whole image.
# The result is a *feature map*: one number for each position, all computed with the same weights.
#
# **Predict first.** A convolution makes 16 feature maps of 8 × 8 positions from each of 60 images. How many means does the batch normalization after it keep?
# - 1,024: one for each of the 8 · 8 · 16 numbers, as after a dense layer
# - 960: one for each map of each image
# - 16

# %% tags=["path-90"]
keras.utils.set_random_seed(0)
images = data.load().x_train[:60, ..., np.newaxis].copy()  # (N, H, W, C): 60 images of 8 x 8, one channel
convolution = keras.layers.Conv2D(16, 3, padding="same", use_bias=False)
maps = convolution(images)
layer = keras.layers.BatchNormalization()
y = layer(maps, training=True)
print("feature maps", tuple(maps.shape), " means kept:", layer.moving_mean.shape[0])
print(f"values that share a mean: {tf.size(maps) // 16:,}")
by_hand, _ = batchnorm.forward(maps.numpy(), np.ones(16), np.zeros(16))
print("largest difference from lesson 01's formula:", about(np.abs(y - by_hand).max(), ".0e"))

# %% [markdown] tags=["path-90"]
# Sixteen, one for each feature map, taken over all images and all positions: 60 · 8 · 8 = 3,840 values each.
# The mean runs over axes 0, 1 and 2 of (N, H, W, C); axis 3 is kept.
#
# Why not 1,024? Each of those means would still average 60 values, as after a dense layer.
# The reason lies in the weights. A kernel that finds a stroke in one place finds it everywhere, because its weights are the same everywhere.
# Its output should therefore be treated the same everywhere.
#
# **Predict first.** We copy a patch of ink to a second place in the same image. The convolution gives the same 16 numbers in the middle of both patches. What about after normalization?
# - the same, whichever way we average
# - the same only if positions share a mean
# - different in both cases: the two patches have different surroundings

# %% tags=["path-90"]
images[0, 0:3, 0:3] = images[0, 4:7, 3:6]  # the same 3 x 3 patch, around (5, 4) and around (1, 1)
maps = convolution(images)
apart = {"before": np.abs(maps[0, 1, 1] - maps[0, 5, 4]).max()}
print("before normalization, the two places differ by at most", about(apart["before"], ".1f"))
for axes in ([0, 1, 2], [0]):
    mean, variance = tf.nn.moments(maps, axes)
    y = (maps - mean) / tf.sqrt(variance + 0.001)
    apart[str(axes)] = np.abs(y[0, 1, 1] - y[0, 5, 4]).max()
    print(f"moments over {axes!s:<9}: {tf.size(mean):>5,} means; apart by at most", about(apart[str(axes)], ".1f"))

# %% [markdown] tags=["path-90"]
# With a mean for each position the same patch gets different values in different places, more than one standard deviation apart: the normalization undoes what the weights are shared for.
# With one mean for each feature map the two places stay equal: the second answer.
# The paper puts it this way: different elements of one feature map, at different positions, are normalized in the same way (Ioffe & Szegedy 2015, section 3.2).
#
# What does this look like? Here are digits, normalized in both ways as if they were feature maps themselves.

# %% tags=["figure", "path-90"]
digits = data.load().x_train[:60]
rows = {}
for name, axes in (("one mean", (0, 1, 2)), ("a mean for\neach position", 0)):
    rows[name] = (digits - digits.mean(axis=axes)) / np.sqrt(digits.var(axis=axes) + 0.001)
figures.rows_of_images(digits[:7], {name: x[:7] for name, x in rows.items()}, limit=3)
plt.show()
for name, x in rows.items():
    name = name.replace("\n", " ")
    print(f"{name:<24}  furthest from the mean: {about(np.abs(x).max(), '.1f')} standard deviations")

# %% [markdown] tags=["path-90"]
# Top: the images, in units of ink. Middle: with one mean they are the same pictures in other units.
# Bottom: with a mean for each position they turn patchy. A stroke that many digits share fades; where ink is rare, a little of it weighs more than a whole stroke (the black squares in the corners).
# Some digits can still be read, but the same ink no longer means the same thing everywhere.
#
# **Where this goes wrong in practice.** Somebody writes a layer by hand with `axis=0`, copied from a dense network. It runs, its means are 0, and its test with random numbers passes.
# The test that tells: count the means. There must be as many as feature maps.

# %% tags=["pinned"]
pin(apart["before"] < 1e-6 and apart["[0, 1, 2]"] < 1e-4, "equal patches stay equal with one mean for each map")
pin(apart["[0]"] > 1, "with a mean for each position they come out more than 1 standard deviation apart")
furthest = [np.abs(x).max() for x in rows.values()]
pin(furthest[0] < 3 < 6 < furthest[1], "rare ink stands out with a mean for each position alone")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What `keepdims` keeps
#
# `tf.nn.moments(x, axes)` is told which axes to **average over**.

# %%
for axes in ([0], [0, 1, 2]):
    for keepdims in (False, True):
        mean, variance = tf.nn.moments(maps, axes, keepdims=keepdims)
        print(f"moments(maps, {axes!s:<9}, keepdims={keepdims!s:<5}) -> {tuple(mean.shape)}")

# %% [markdown]
# The numbers are the same with and without `keepdims`. It merely leaves the averaged axes in place, with size 1. That matters in the next line, where the mean is subtracted.
# `x - mean` lines up shapes from the right: (16,) meets the last axis of x, whatever that axis is.
# With images in (N, H, W, C), called *channels last*, the last axis is the right one. Many files and libraries store (N, C, H, W), *channels first*.
#
# **Predict first.** 60 images with 8 features in 8 × 8 positions, channels first: (60, 8, 8, 8). We average over axes 0, 2 and 3, without `keepdims`. What does `x - mean` do?
# - it raises an error
# - the right thing: there are 8 means for 8 features
# - it subtracts the mean of feature 3 from column 3

# %%
first = tf.transpose(maps[..., :8], [0, 3, 1, 2])  # (N, C, H, W), and C = H = W = 8
furthest = {}
for keepdims in (True, False):
    mean, variance = tf.nn.moments(first, [0, 2, 3], keepdims=keepdims)
    y = (first - mean) / tf.sqrt(variance + 0.001)
    furthest[keepdims] = np.abs(tf.reduce_mean(y, [0, 2, 3])).max()
    print(f"keepdims={keepdims!s:<5}: the means of the features reach", about(furthest[keepdims], ".2f"))

# %% [markdown]
# The third answer: the eight means went to the eight columns, and no error was raised.
# With 16 features the same line raises an error. The mistake goes unnoticed only in a layer that has as many features as columns.
# `keepdims=True`, or a reshape to (1, C, 1, 1), is right in every case.

# %% tags=["pinned"]
pin(furthest[True] < 1e-4 and furthest[False] > 0.2, "without keepdims the features' means are far from 0")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The `axis` argument
#
# `keras.layers.BatchNormalization(axis=...)` is told which axis to **keep**: that of the features. Its default is −1, the last axis.
# A negative axis counts from the end: of four axes, −1 is axis 3 and −3 is axis 1.
#
# **Predict first.** In lesson 05 the layer got images with channels first, nobody set `axis`, and it kept a mean for each column. Now it gets 60 images with 8 features of 8 × 8. Does `moving_mean.shape` show the mistake?
# - yes: it holds 64 means, one for each position
# - there is no need: with two axes of size 8 the layer raises an error
# - no

# %%
for features in (16, 8):
    first = tf.transpose(maps[..., :features], [0, 3, 1, 2])  # (60, 16, 8, 8), then (60, 8, 8, 8)
    for axis in (-1, 1):
        layer = keras.layers.BatchNormalization(axis=axis)
        off = np.abs(tf.reduce_mean(layer(first, training=True), [0, 2, 3])).max()
        print(f"{features:>2} features, axis={axis:>2}: {layer.moving_mean.shape[0]:>2} means;", end=" ")
        print("the means of the features reach", about(off, ".2f"))

# %% [markdown]
# No: eight means either way, and no error. A network with this mistake can still train, so a falling loss does not reveal it.
# With 16 features one line does: print `moving_mean.shape` and compare it with the number of feature maps. Where that number happens to equal the width, look at the features' means after the layer, which should be 0.
#
# ### Exercise 1: the forward pass, for any layout
#
# Write `conv_forward(x, gamma, beta, epsilon, axis)`: x is (N, H, W, C) with `axis` 3 or −1, or (N, C, H, W) with `axis` 1; gamma and beta are (C,).
# Return y in the shape of x. Each feature has one mean and one biased variance (1/m, with m = N · H · W).


# %% tags=["exercise"]
def conv_forward(x, gamma, beta, epsilon, axis):
    """y, shaped like x, each feature normalized over all axes but `axis`."""
    ### BEGIN SOLUTION
    kept = axis % x.ndim
    others = tuple(i for i in range(x.ndim) if i != kept)
    shape = [x.shape[kept] if i == kept else 1 for i in range(x.ndim)]
    mean, variance = x.mean(axis=others, keepdims=True), x.var(axis=others, keepdims=True)
    x_hat = (x - mean) / np.sqrt(variance + epsilon)
    return gamma.reshape(shape) * x_hat + beta.reshape(shape)
    ### END SOLUTION


# %% tags=["check"]
checks.conv_forward(conv_forward)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where the gradient goes
#
# In lesson 05 the gradient had three ways back to x: directly, through the mean and through the variance. Here the last two are shared by many more values.
#
# **Predict first.** Suppose the loss depends on a single number: feature 3 of image 0, at row 2 and column 5. There dy is 1; everywhere else it is 0. How many of the 61,440 entries of dx are not 0?
# - 1
# - 64: the feature map of that image
# - 3,840: the same feature map in all images
# - 61,440

# %%
dy = np.zeros(maps.shape)
dy[0, 2, 5, 3] = 1
_, cache = batchnorm.forward(maps.numpy().astype(float), np.ones(16), np.zeros(16))
dx, dgamma, dbeta = batchnorm.backward(dy, cache)
reached = np.nonzero(dx)
print(f"entries of dx that are not 0: {len(reached[0]):,} of {dx.size:,}; features:", np.unique(reached[3]))
print(
    "images reached:", len(np.unique(reached[0])), " largest |dx| outside image 0:", about(np.abs(dx[1:]).max(), ".3f")
)

# %% [markdown]
# The same feature map in all 60 images: 3,840 values share a mean and a variance, so each of them has a part in the one number on which the loss depends.
#
# gamma and beta are shared in the same way. One gamma multiplies a feature at every position of every image, and the gradient of a parameter is the sum over all places where it is used.
#
# ### Exercise 2: the backward pass, for any layout
#
# Lesson 05 derived the backward pass for a batch of rows. Carry it over to feature maps.
# Write `conv_backward(dy, x, gamma, epsilon, axis)`: dy and x are (N, H, W, C) with `axis` 3 or −1, or (N, C, H, W) with `axis` 1; gamma is (C,).
# Return dx in the shape of x, and dgamma and dbeta, both (C,). Two questions decide it: over which axes do the sums run, and what is m?
#
# After `from helpers import gradcheck`, `gradcheck.numerical_gradient(lambda a: conv_forward(a, gamma, beta, epsilon, axis), x, dy)` measures dx (lesson 05), on maps as small as (2, 3, 3, 2).


# %% tags=["exercise"]
def conv_backward(dy, x, gamma, epsilon, axis):
    """dx, shaped like x, and dgamma and dbeta (C,), for features on `axis`."""
    ### BEGIN SOLUTION
    kept = axis % x.ndim
    others = tuple(i for i in range(x.ndim) if i != kept)
    shape = [x.shape[kept] if i == kept else 1 for i in range(x.ndim)]
    inv_std = 1 / np.sqrt(x.var(axis=others, keepdims=True) + epsilon)
    x_hat = (x - x.mean(axis=others, keepdims=True)) * inv_std
    dbeta, dgamma = dy.sum(axis=others), (dy * x_hat).sum(axis=others)
    m = x.size // x.shape[kept]  # N * H * W
    dx = gamma.reshape(shape) * inv_std * (dy - dbeta.reshape(shape) / m - x_hat * dgamma.reshape(shape) / m)
    return dx, dgamma, dbeta
    ### END SOLUTION


# %% tags=["check"]
checks.conv_backward(conv_backward)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which cells share a statistic
#
# Call each number of (N, H, W, C) a *cell*. Other normalizations average over other cells. Four choices have names.

# %% tags=["figure"]
figure, all_axes = plt.subplots(2, 2, figsize=(7.5, 5))
for axes, kind in zip(all_axes.flat, shared_cells.KINDS):
    shared_cells.draw(axes, cell=(1, 1, 1, 2), shape=(3, 3, 3, 4), kind=kind, groups=2)
plt.show()

# %% [markdown]
# Three images (rows) with four feature maps (columns) of 3 × 3 cells. The dark cell is normalized with the mean and variance of all blue cells, itself included.
# Batch normalization takes a column: one feature in all images. Layer normalization takes a row: all features of one image. (That is Wu & He's definition. Keras's `LayerNormalization` averages over the last axis alone, one position at a time, unless you set `axis=(1, 2, 3)`.)
# Instance normalization takes one square, and group normalization a part of a row.
#
# **Predict first.** There are 60 images of 8 × 8 positions with 16 features, and 4 groups. For which kinds does the number of images decide how many values go into a mean?
# - for all four
# - for batch and layer normalization
# - for batch normalization alone

# %%
for kind in shared_cells.KINDS:
    alone, together = (
        np.count_nonzero(shared_cells.shared_with((0, 0, 0, 0), (n, 8, 8, 16), kind, groups=4)) for n in (1, 60)
    )
    print(f"{kind:<8}  values that share a mean, 1 image: {alone:>5,}   60 images: {together:>5,}")

# %% [markdown]
# Batch normalization alone. Its special needs all follow from this: moving statistics, two modes, and outputs that depend on the other images of the batch.
# Now compare the numbers for one image: batch and instance normalization both average 64 cells. For one image they are the same formula.
#
# Choose a cell yourself, and the number of groups.

# %% tags=["figure"]
widgets.AxesExplorer()

# %% [markdown]
# Three images with six feature maps of 4 × 4 positions, in three groups. Blue cells share their mean and variance with the dark one.
# Move the cell within its map (row or column): only the dark cell moves, in all four panels. None of the four treats one position differently from another.
# With one group, group normalization becomes layer normalization; with six groups, instance normalization.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One image in training mode
#
# In lesson 05 a dense network was asked for one image at a time, in training mode by mistake. Each feature's mean was its only value, every x̂ was 0, and all images got the same answer.
#
# **Predict first.** The same mistake, with a network of two convolutions (16 and 32 features, the second with stride 2) and no dense layer but the output. How often is it right?
# - about 1 time in 10: it gives one and the same digit to all images
# - nearly as often as in inference mode
# - about half of the time

# %%
small = train({"small": small_network}, seeds=5, steps=200, evaluations=1)["small"]


def answers(network, images, training):
    ask = tf.function(network)  # traced once, for one image at a time
    return np.concatenate([np.argmax(ask(image[np.newaxis], training=training), axis=1) for image in images])


right = {"inference": [], "training": []}
for seed in small.seeds:
    split, network = data.load(split=seed), small.network(seed)
    for mode, shares in right.items():
        shares.append(np.mean(answers(network, split.x_test[:100], mode == "training") == split.y_test[:100]))
for mode, shares in right.items():
    print(f"{mode:<9} mode, share right of 100 images, 5 seeds:", about(shares, ".2f", each=True))

# %% [markdown]
# Nearly as often as in inference mode. A feature map of one image has 64 cells (in the second layer 16). They differ from each other, so most of them differ from their mean, and x̂ is not 0.
# Normalization takes away how strong a feature is in the image as a whole. It leaves *where* in the image the feature is strong, and that is enough to read a digit.
#
# Training mode with one image has a name. By the table above it should be instance normalization:

# %%
one = convolution(digits[:1, ..., np.newaxis]).numpy()
y = keras.layers.BatchNormalization()(one, training=True)
instance = (one - one.mean(axis=(1, 2), keepdims=True)) / np.sqrt(one.var(axis=(1, 2), keepdims=True) + 0.001)
print("8 x 8 maps: largest difference from instance normalization", about(np.abs(y - instance).max(), ".0e"))
tiny = keras.layers.BatchNormalization()(one[:, :1, :1], training=True)
print("1 x 1 maps: largest |output|", int(np.abs(tiny).max()))

# %% [markdown]
# It is. The second line is the warning: maps that have shrunk to 1 × 1 behave like a dense layer again, and for one image every x̂ is 0.
# Whether x̂ collapses therefore depends on the size of the maps: the number that counts is N · H · W. (It does not say how *good* the statistics are: positions of one image resemble each other, so 64 positions are worth less than 64 images. Wu & He 2018 found batches of two clearly worse than larger batches, even with large maps.)

# %% tags=["pinned"]
pin(
    np.array(list(right.values())) >= 0.85,
    "the network is right for at least 85 of 100 images in both modes, in 5 of 5 seeds",
)

# %% [markdown]
# ### Exercise 3: a convolutional network of your own
#
# Write `add_batchnorm_conv(model_config)`. It gets a dict such as
# `{"image_shape": (8, 8, 1), "filters": (16, 32), "dense": 100, "activation": "relu", "classes": 10}`
# and returns a Keras model: a convolution for each entry of `filters`, one hidden dense layer, and an output layer that gives logits.
# Each hidden layer has batch normalization before its activation (after it is accepted too), and a layer directly before batch normalization has no bias (lesson 03). Choose kernel sizes, strides and pooling yourself.


# %% tags=["exercise"]
def add_batchnorm_conv(model_config):
    """A Keras model with batch normalization after each convolution and after the hidden dense layer."""
    ### BEGIN SOLUTION
    model = keras.Sequential([keras.Input(model_config["image_shape"])])
    for filters in model_config["filters"]:
        model.add(keras.layers.Conv2D(filters, 3, padding="same", use_bias=False))
        model.add(keras.layers.BatchNormalization())
        model.add(keras.layers.Activation(model_config["activation"]))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(model_config["dense"], use_bias=False))
    model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.Activation(model_config["activation"]))
    model.add(keras.layers.Dense(model_config["classes"]))
    return model
    ### END SOLUTION


# %% tags=["check"]
checks.add_batchnorm_conv(add_batchnorm_conv)

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Nineteen convolutions
#
# Now a deep network. Layer i of 19 has 4 · i feature maps, so deeper layers are wider. Kernels are 3 × 3, and every third layer has stride 2, which halves its maps.
# A dense layer of 100 units and the output follow. The network comes from an earlier course (Udacity 2017), where it was made as a stress test, not to be good.

# %% tags=["path-90"]
for layer in conv_network().layers:
    if isinstance(layer, keras.layers.Conv2D):
        _, height, width, features = layer.output.shape
        print(f"{height}x{width}x{features}", end="\n" if features in (40, 76) else " ")

# %% [markdown] tags=["path-90"]
# The original had MNIST's 28 × 28 pixels. Our digits have 8 × 8, and from layer 9 on their maps are 1 × 1: there, in a batch of 64, a mean is taken over 64 numbers, one from each image.
#
# **Predict first.** Without batch normalization, 800 batches of 64 images with Adam at 0.002. Three seeds. What test accuracy do they reach?
# - 0.9: Adam finds a way
# - somewhere between 0.3 and 0.8
# - 0.1, that of a guess

# %% tags=["path-90"]
kinds = {"without": lambda: conv_network(batch_norm=False), "with": conv_network}  # "with" is for later
trained = train(kinds, seeds=3)  # both at once: together they take less time
without, with_it = trained["without"], trained["with"]
print("without batch normalization, test accuracy, 3 seeds:", about(without.test_accuracy, ".3f", each=True))

# %% [markdown] tags=["path-90"]
# All three still guess. To see why, follow 64 images through the layers before the first training step: how far do the images differ in what each layer passes on?


# %% tags=["figure", "path-90"]
def spread_of_images(batch_norm, seed):
    """For each of the 19 layers, how far images differ in what it passes on: the sd over 64 images."""
    keras.utils.set_random_seed(seed)
    network = conv_network(batch_norm=batch_norm)
    outputs = [layer.output for layer in network.layers if isinstance(layer, keras.layers.Activation)][:19]
    passed = keras.Model(network.inputs[0], outputs)(data.load(split=seed).x_train[:64], training=True)
    return [np.sqrt(np.var(output, axis=0).mean()) for output in passed]


spreads = {batch_norm: np.array([spread_of_images(batch_norm, s) for s in range(3)]) for batch_norm in (True, False)}
figures.signals(spreads)
plt.show()
for batch_norm, name, spec in ((True, "with", ".2f"), (False, "without", ".0e")):
    print(f"sd over images after layer 19, {name:<7} batch normalization:", about(spreads[batch_norm][:, -1], spec))

# %% [markdown] tags=["path-90"]
# The axis is logarithmic; lines are medians of three seeds, bands reach from the lowest to the highest.
# Without batch normalization each layer passes on a fraction of what it received, and from layer 10 on a smaller fraction. After 19 layers images differ by about 10⁻¹⁰: on the scale of the input all 64 are one and the same black picture, with ten different labels for it.
#
# The fraction can be calculated. A number before ReLU is a sum of n products, weight times input. The weights are drawn independently, around 0, with standard deviation s, so the mean square of the sum is n · s² times the mean square of the inputs.
# (n counts the weights that meet a number other than padding.)
# ReLU then sets about half of the numbers to 0, and with them half of the mean square is gone:
#
# $$\frac{\text{mean square after the layer}}{\text{mean square before}} \approx \tfrac{1}{2}\, n\, s^2$$
#
# For the variance over images the rule holds approximately as well: a difference of two images passes through the same weights, and through about half of the ReLUs.
#
# - He's weights are made for this rule: s² = 2/n gives 1. Lesson 04's weights had n = 100 and s = 0.05, which gives 1/8: the standard deviation shrinks to √(1/8) ≈ 0.35 of its value in every layer.
# - Keras's default (Glorot & Bengio 2010) is s² = 2 / (9 C_in + 9 C_out), where 9 counts the cells of a kernel. On large maps n is 9 C_in, and with C_in ≈ C_out the rule gives about 1/2.
# - On 1 × 1 maps one cell of the kernel meets a number and the other eight meet padding, so n is only C_in. That is one ninth, and the rule gives about 1/18. (He's weights, drawn for n = 9 C_in, would give 1/9 here: not enough either.)

# %% tags=["path-90"]
c = 4 * np.arange(1, 20)  # feature maps of layers 1 to 19; layers 10 to 19 go from 1 x 1 maps to 1 x 1 maps
s_squared = 2 / (9 * c[8:18] + 9 * c[9:19])
rule = np.sqrt(0.5 * c[8:18] * s_squared)  # for each of the ten layers
measured = (spreads[False][:, 18] / spreads[False][:, 8]) ** (1 / 10)  # geometric mean of the same ten
print(
    f"what a layer leaves of the sd, by the rule: {rule.mean():.2f}; measured, 3 seeds:",
    about(measured, ".2f", each=True),
)

# %% [markdown] tags=["path-90"]
# The rule holds: each of the last ten layers leaves less than a quarter, and 0.23 to the power of 10 is 4 · 10⁻⁷.
#
# On the way back the gradient is multiplied by the same weights, so it shrinks in the same way. How large is it at the first kernel?


# %% tags=["path-90"]
def largest_gradient(batch_norm, seed):
    """The largest entry of the loss's gradient with respect to the first convolution's kernel."""
    keras.utils.set_random_seed(seed)
    network, batch = conv_network(batch_norm=batch_norm), data.load(split=seed)
    with tf.GradientTape() as tape:
        logits = network(batch.x_train[:64], training=True)
        loss = softmax_loss(batch.y_train[:64], logits)
    return np.abs(tape.gradient(loss, network.trainable_variables[0])).max()


gradients = {batch_norm: [largest_gradient(batch_norm, s) for s in range(3)] for batch_norm in (True, False)}
for batch_norm, name, spec in ((False, "without", ".0e"), (True, "with", ".0f")):
    print(f"first kernel's gradient, largest entry, {name:<7}:", about(gradients[batch_norm], spec, each=True))

# %% [markdown] tags=["path-90"]
# Adam should make up for small gradients. For each weight it keeps two running averages, called m and v: of the gradient and of its square. Its step is
#
# $$\text{rate} \cdot \frac{m}{\sqrt{v} + \text{epsilon}}$$
#
# (up to a correction in the first steps; Kingma & Ba 2015). With a gradient a thousand times smaller, m and √v both shrink a thousandfold and the step stays the same, unless √v falls below Adam's epsilon. Keras's default for it is 10⁻⁷, and the gradients without batch normalization are far smaller. (With batch normalization the gradients are large rather than small. Adam divides by their size, so this does no harm.)
#
# **Predict first.** The same network and batches, still without batch normalization, but with Adam's epsilon at 10⁻¹². What test accuracy?
# - 0.1: the images no longer differ, so there is nothing to learn from
# - far above 0.1

# %% tags=["path-90"]
from functools import partial

patient = partial(keras.optimizers.Adam, epsilon=1e-12)
alone = train({"without": kinds["without"]}, seeds=3, optimizer=patient, evaluations=1)["without"]
print("without batch normalization, Adam's epsilon 1e-12, 3 seeds:", about(alone.test_accuracy, ".3f", each=True))

# %% [markdown] tags=["path-90"]
# Far above. The signal was never lost. It was small, and the default settings could not use it.
# So batch normalization is *a* cure here, not the only one. Lesson 02 found the same: what does not train with one setting often trains with another, and with batch normalization the settings matter less.
#
# ### With batch normalization
#
# These networks were trained alongside the first ones: the same kernels and the same batches in the same order, with batch normalization instead of the bias after each convolution and after the dense layer.

# %% tags=["figure", "path-90"]
figures.trainings(without, with_it)
plt.show()
early = with_it.step == 100
print("with batch normalization, 3 seeds")
print("  test accuracy at the end:", about(with_it.test_accuracy, ".3f", each=True))
print("  after 100 batches, training loss:", about(with_it.train_loss[:, early], ".2f", each=True))
print("  after 100 batches, validation accuracy:", about(with_it.validation_accuracy[:, early], ".2f", each=True))

# %% [markdown] tags=["path-90"]
# Lines are medians of three seeds, bands reach from the lowest to the highest.
# Left, in training mode: with batch normalization the loss falls from the first batches on; without it, the loss stays at ln 10 ≈ 2.3, the loss of equal probabilities.
#
# Right, the same networks in inference mode: for the first 150 batches or more, both are at chance.
# You met the reason in lessons 03 and 05: the moving statistics are out of date. With momentum 0.99, the start still has a weight of 22% after 150 batches. Here twenty layers use them, and each adds its error to that of the layer before, so it takes longer than in a network of three.
# Later, a single evaluation can still drop by several points.
#
# Somebody who stops this training after 100 batches because "it does not work either" has judged the moving statistics, not the network.

# %% tags=["pinned"]
pin(without.test_accuracy <= 0.2, "without batch normalization 3 of 3 seeds stay below 0.2")
pin(spreads[True] > 0.1, "with batch normalization the images differ by more than 0.1 after each layer")
pin(spreads[False][:, -1] < 1e-8, "without it they differ by less than 1e-8 after layer 19")
pin((measured > 0.18) & (measured < 0.25), "the last ten layers leave less than a quarter each, near the rule's 0.23")
pin(max(gradients[False]) < 1e-8 and min(gradients[True]) > 1, "the first gradient is far below Adam's epsilon without")
pin(alone.test_accuracy >= 0.5, "a smaller epsilon brings 3 of 3 seeds above 0.5")
pin(with_it.test_accuracy >= 0.9, "with batch normalization 3 of 3 seeds reach 0.9")
pin(with_it.train_loss[:, early] < 1.2, "after 100 batches the training loss is below 1.2")
pin(with_it.validation_accuracy[:, with_it.step <= 150] < 0.2, "for 150 batches validation stays at chance")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Shortcuts
#
# Batch normalization is not the only way to get a signal through 19 layers. Another is to let it pass *beside* them (He et al. 2016a):
#
# $$x \leftarrow \mathrm{ReLU}\bigl(x + \mathrm{branch}(x)\bigr)$$
#
# A branch is two convolutions with a ReLU between them; branch and shortcut together are a *residual block*.

# %% tags=["figure"]
figures.residual_blocks()
plt.show()

# %% [markdown]
# BN stands for batch normalization. In a residual block x takes two ways, through the branch and along the shortcut, and the two are added.
# With batch normalization each convolution is normalized, and the second ReLU comes *after* the sum. A ReLU at the end of the branch would let the branch add to x, but never subtract from it.
# In the *pre-activation* order (He et al. 2016b) normalization and ReLU come before each convolution. Then the path along the shortcuts holds nothing but additions, from the first block to the last.
#
# ### Exercise 4: a residual block
#
# Write `residual_block(filters, stride)`, a Keras model of one block as in the third row: two 3 × 3 convolutions with zero padding, the first with the given stride.
# Its input has shape `(8, 8, filters // stride)`. So a stride of 2 halves the maps and doubles the features, and x no longer fits the sum: there, the shortcut needs a 1 × 1 convolution with the same stride, normalized as well. With a stride of 1 the shortcut is x itself. As in Exercise 3, no layer directly before a normalization has a bias.
# `keras.layers.add([a, b])` adds two tensors; layers that need two inputs call for the functional style: `keras.Model(inputs, outputs)`.


# %% tags=["exercise"]
def residual_block(filters, stride):
    """A Keras model: ReLU of the sum of a shortcut and a branch of two normalized 3 x 3 convolutions."""

    ### BEGIN SOLUTION
    def normalized(x, size, stride=1):
        x = keras.layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False)(x)
        return keras.layers.BatchNormalization()(x)

    inputs = keras.Input((8, 8, filters // stride))
    shortcut = inputs if stride == 1 else normalized(inputs, 1, stride)
    branch = normalized(keras.layers.ReLU()(normalized(inputs, 3, stride)), 3)
    return keras.Model(inputs, keras.layers.ReLU()(keras.layers.add([shortcut, branch])))
    ### END SOLUTION


# %% tags=["check"]
checks.residual_block(residual_block)

# %% [markdown]
# ### Shortcuts and normalization, apart
#
# He's networks had shortcuts *and* batch normalization. To see what each does, we also train the 19 layers with shortcuts alone. Layer 1 stays as it is, layers 2 to 19 become nine blocks.
# Unlike your block, these have no convolution on the shortcut: where a branch halves the maps, the shortcut averages 2 × 2 cells; where it adds features, the shortcut adds maps of zeros. So shortcuts have no parameters, and the 19 kernels are those from before.
# A third kind of network starts the last gamma of each branch at 0 instead of 1; the next section says why.
#
# **Predict first.** Shortcuts without batch normalization, for 120 batches at learning rates 0.002 and 0.02. Do they train?
# - no: the kernels are as weak as before
# - yes, at both rates, and batch normalization is of no use to them
# - yes, but not at both rates

# %%
residual = {
    "shortcuts alone": lambda: residual_network(batch_norm=False),
    "shortcuts and batch normalization": lambda: residual_network(last_gamma=1.0, momentum=0.9),
    "shortcuts, batch normalization, last gamma 0": lambda: residual_network(last_gamma=0.0, momentum=0.9),
}
rates = (0.002, 0.02)
races = sweep(residual, learning_rates=rates, seeds=3, steps=120, evaluations=6)

# %% tags=["figure"]
figures.shortcuts(races)
plt.show()
print("validation accuracy, 3 seeds")
for (name, rate), race in races.items():
    accuracy = {step: about(race.validation_accuracy[:, race.step == step], ".2f") for step in (20, 40, 120)}
    points = "  ".join(f"{step} batches {value}" for step, value in accuracy.items())
    print(f"{name} at {rate}\n    {points}")
print("mean training loss of the first 20 batches at 0.002, in training mode")
for name in residual:
    print(f"    {name:<46}", about(races[name, 0.002].train_loss[:, 0], ".2f"))

# %% [markdown]
# Left, at 0.002: shortcuts alone are enough to train. At the first point, after 20 batches, they even lead, although their training loss is still the highest of the three.
# The other two networks are judged with moving statistics. In these the start still has a weight of 12% after 20 batches, in each of twenty layers (momentum is 0.9 here). After 40 batches the blue line is ahead.
# Right, at ten times the rate: with shortcuts alone the network stays at chance, and both networks with batch normalization train.
# Two rates are not a range, but they agree with what lesson 02 measured at many: batch normalization makes higher rates usable.

# %% tags=["pinned"]
best = {key: race.validation_accuracy.max(axis=1) for key, race in races.items()}
for name, rate in races:
    trains = rate == 0.002 or "normalization" in name
    pin(
        (best[name, rate] > 0.8) == trains, f"{name} at {rate}: 3 of 3 seeds " + ("pass" if trains else "miss") + " 0.8"
    )
at_20, at_40 = ({key: np.median(race.validation_accuracy[:, k]) for key, race in races.items()} for k in (0, 1))
plain, normalized, silent = residual
at_first = [races[name, 0.002].train_loss[:, 0] for name in residual]
pin(at_first[0].min() > np.max(at_first[1:]), "shortcuts alone have the highest training loss at first")
pin(at_20[plain, 0.002] > max(at_20[normalized, 0.002], at_20[silent, 0.002]), "shortcuts alone lead after 20 batches")
pin(at_40[normalized, 0.002] > at_40[plain, 0.002], "batch normalization leads after 40 batches")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The last gamma
#
# One of the networks in that figure starts the last gamma of each branch at 0 instead of 1. What does that change?


# %% tags=["figure"]
def summands(build, seed=0):
    """For each of the nine sums, at the start: how far images differ along the shortcut, and in the branch."""
    keras.utils.set_random_seed(seed)
    network = build()
    sums = [layer for layer in network.layers if isinstance(layer, keras.layers.Add)]
    probe = keras.Model(network.inputs[0], [part for layer in sums for part in layer.input])
    found = [np.sqrt(np.var(part, axis=0).mean()) for part in probe(data.load(split=seed).x_train[:64], training=True)]
    return np.reshape(found, (9, 2))


figures.sums({name: summands(build) for name, build in residual.items()})
plt.show()
along, branches = np.moveaxis([summands(residual["shortcuts alone"], seed)[4:] for seed in range(3)], -1, 0)
print("shortcuts alone, 3 seeds: branch over shortcut, blocks 5 to 9:", about(branches / along, ".2f"))
print("                          branch 9 over branch 5:", about(branches[:, -1] / branches[:, 0], ".1f"))

# %% [markdown]
# Seed 0, before training. Left, without batch normalization: each branch passes on a fraction of what it receives, from block 5 on less than a tenth. But the next branch starts again from the shortcut, so the fractions are not multiplied as in the plain network, and the branches stay nearly level. Along the shortcuts the signal survives: it shrinks in the first blocks, where maps are averaged, and hardly any more after that.
# Middle, with gamma 1: each branch adds something with an sd near 1, however weak its kernels. So the sum grows, and later branches are a smaller part of it (De & Smith 2020).
# Right, with gamma 0: the branches add exactly 0. At the start these 19 convolutions do the work of *one*.
#
# **Predict first.** If a branch is multiplied by 0, so is the gradient of its kernels. Can the branch ever learn?
# - no: 0 stays 0
# - yes: gamma moves first

# %%
keras.utils.set_random_seed(0)
network, adam = residual["shortcuts, batch normalization, last gamma 0"](), keras.optimizers.Adam(0.002)
branch = [v for v in network.trainable_variables if v.name in ("kernel", "gamma")][2:6]  # the first branch's
before, split = [variable.numpy() for variable in branch], data.load()
adam.build(network.trainable_variables)
for step in (1, 2):
    with tf.GradientTape() as tape:
        loss = softmax_loss(split.y_train[:64], network(split.x_train[:64], training=True))
    adam.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)
    moved = [bool(np.abs(v.numpy() - old).max() > 1e-6) for v, old in zip(branch, before)]
    print(f"step {step}:", *(f"{v.name} moved: {m!s:<6}" for v, m in zip(branch, moved)))

# %% [markdown]
# The columns are the branch's two kernels, each with its gamma. In step 1 only the last gamma moves: its gradient is the sum of dy · x̂, and x̂ is not 0. After that gamma is no longer 0, and in step 2 the kernels move too.
# So the network starts shallow and becomes deeper as it learns.
#
# Goyal et al. (2017, section 5.1) report that this start helped all their models, most of all with large batches. In the races above, with batches of 64, it did not help: at 0.002 it was slower at first, and at 0.02 the bands overlap at the end.

# %% tags=["pinned"]
pin(at_40[silent, 0.002] < at_40[normalized, 0.002], "with last gamma 0 the network is slower at first, at 0.002")
ends = [races[name, 0.02].validation_accuracy[:, -1] for name in (silent, normalized)]
pin(max(end.min() for end in ends) <= min(end.max() for end in ends), "at 0.02 the bands overlap at the end")
pin(branches / along < 0.1, "from block 5 on a branch has less than a tenth of the shortcut")
pin(branches[:, -1] / branches[:, 0] > 0.4, "the branches stay nearly level from block 5 on")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same in low-level operations
#
# None of this needs Keras's layers. Here is one convolution with its batch normalization, from `tf.nn` alone; `layer` is a dict of variables.
# Compare it with the dense layer of lesson 05: the moments run over two more axes; the rest of the normalization is the same.
#
# `LowLevelNetwork` (in `helpers/lessons/l06/tf_conv_low.py`) puts 19 of them in a row, and `Adam` in the same file is the optimizer in six lines.
# The cell after the layer asks: do they make the same steps as Keras, from the same weights and on the same batches?


# %%
def conv_layer(x, layer, stride, training):
    z = tf.nn.conv2d(x, layer["kernel"], stride, "SAME")
    if "gamma" not in layer:  # the network without batch normalization
        return tf.nn.relu(z + layer["bias"])
    mean, variance = layer["moving_mean"], layer["moving_variance"]
    if training:
        mean, variance = tf.nn.moments(z, [0, 1, 2])  # one statistic for each feature map
        layer["moving_mean"].assign(layer["moving_mean"] * 0.99 + mean * 0.01)
        layer["moving_variance"].assign(layer["moving_variance"] * 0.99 + variance * 0.01)
    return tf.nn.relu(tf.nn.batch_normalization(z, mean, variance, layer["beta"], layer["gamma"], 0.001))


# %%
from helpers.lessons.l06.tf_conv_low import Adam, LowLevelNetwork

keras.utils.set_random_seed(0)
high, batches = conv_network(), data.load().x_train[:192].reshape(3, 64, 8, 8)
low, labels = LowLevelNetwork(high, layer=conv_layer), data.load().y_train[:192].reshape(3, 64)
losses = []
for network, adam in ((high, keras.optimizers.Adam(0.002)), (low, Adam(0.002))):
    adam.build(network.trainable_variables)
    for x, y in zip(batches, labels):
        with tf.GradientTape() as tape:
            loss = softmax_loss(y, network(x, training=True))
        adam.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)
        losses.append(float(loss))
print("losses of three steps, layers:    ", about(losses[:3], ".3f", each=True))
print("losses of three steps, operations:", about(losses[3:], ".3f", each=True))

# %% [markdown]
# They do. These are single-precision numbers; in double precision the two agree to nine digits over six steps.
# Now all 800 batches with operations only, one seed.

# %%
low_kinds = {"operations": lambda: LowLevelNetwork(conv_network(), layer=conv_layer)}
low_level = train(low_kinds, seeds=1, optimizer=Adam, evaluations=1)["operations"]
print("operations, with batch normalization, test accuracy:", about(low_level.test_accuracy[0], ".3f"))

# %% [markdown]
# Operations reach what layers reach: the arithmetic decides, not the library.
#
# The earlier course reported 0.122 without batch normalization, 0.975 with layers and 0.961 with operations, on MNIST, one run each (Udacity 2017).
# Its loss was a sigmoid for each digit, ten yes-or-no questions; ours is one softmax over all ten.
# With its loss, on MNIST, our layers reached 0.10 and 0.11 without batch normalization and 0.95 and 0.96 with it (two seeds).
#
# **Predict first.** Back to the 19 convolutions with batch normalization: they end in 1 × 1 maps and a normalized dense layer. In training mode the network gets 50 images, one at a time. How many different answers does it give?
# - ten, nearly all of them right: it is a convolutional network
# - a few, as with the batches of two in lesson 05
# - one

# %%
told = answers(with_it.network(0), data.load().x_test[:50], training=True)
print("19 convolutions, 50 images one at a time, training mode; distinct answers:", len(set(told.tolist())))

# %% [markdown]
# One answer for all fifty. From layer 9 on, N · H · W is 1: each value is its own mean, every x̂ is 0, and each layer passes on the ReLU of its beta.

# %% tags=["pinned"]
pin(np.allclose(losses[:3], losses[3:], rtol=2e-3), "layers and operations make the same steps")
pin(low_level.test_accuracy >= 0.9, "operations with batch normalization reach 0.9")
pin(len(set(told.tolist())) == 1, "one image at a time in training mode gets the same answer, whichever it is")

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("06_convnets")

# %% [markdown] tags=["recap"] slideshow={"slide_type": "slide"}
# ## Recap, with one example in numbers
#
# - A feature map has one mean, one variance, one gamma and one beta, because it has one kernel. Their gradients are sums over images and positions.
# - The `axes` of `moments` are averaged over; the `axis` of the layer is kept. Count the means to see whether either is right.
# - A mean is taken over N · H · W values. With one image that is H · W, with 1 × 1 maps it is N.
# - A layer multiplies the signal's mean square by about ½ n s². Over many layers it can shrink until default settings cannot use it. Batch normalization restores it in each layer; a shortcut lets it pass by. The two do different things, and networks use both.
#
# **In numbers.** Two images, one feature, maps of one row and two columns: (1, 3) and (5, 7). epsilon is 0.
#
# | mean over | means | x̂ of the first image | x̂ of the second |
# |---|---|---|---|
# | images and positions (batch normalization) | 4 | (−1.34, −0.45) | (0.45, 1.34) |
# | images (each position for itself) | 3, 5 | (−1, −1) | (1, 1) |
# | positions (each image for itself: instance normalization) | 2, 6 | (−1, 1) | (−1, 1) |
#
# In the second row the columns no longer differ, and in the third the images no longer differ. Only the first row keeps both differences.

# %%
x = np.array([1.0, 3.0, 5.0, 7.0]).reshape(2, 1, 2, 1)  # (N, H, W, C)
for axes in ((0, 1, 2), (0,), (1, 2)):
    mean = x.mean(axis=axes, keepdims=True)
    x_hat = (x - mean) / x.std(axis=axes, keepdims=True)
    print(f"over axes {axes!s:<9}  means {mean.ravel()}  x_hat {x_hat.ravel().round(2)}")

# %% [markdown]
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | far more moving means than feature maps | statistics for each position: axis 0 alone, or normalization after `Flatten` | `moving_mean.shape` |
# | as many moving means as columns | channels first, `axis` left at −1 | `moving_mean.shape`, with a width that differs from the number of features |
# | one layer is wrong, the others are right | means without `keepdims` met the wrong axis, where C = W | are the features' means 0 afterwards? |
# | fine with large images, bad with small ones or crops | the last maps are 1 × 1, and N · H · W is small | print N · H · W for each layer |
# | a deep network's loss stays at ln(classes) | the signal is too small before the last layer | the sd over images, layer by layer |
# | training loss falls, validation stays at chance for hundreds of batches | moving statistics still out of date, in many layers | momentum 0.9, or exact statistics (lesson 05) |

# %% [markdown] tags=["references"]
# ## References
#
# - S. Ioffe, C. Szegedy: Batch Normalization. ICML 2015. Section 3.2: batch-normalized convolutional networks, one gamma and beta for each feature map, and m · p · q values for each mean.
# - Udacity: Batch_Normalization_Exercises.ipynb and Batch_Normalization_Solutions.ipynb, in the repository deep-learning, 2017: the 19 layers, in layers and in operations, and their figures.
# - X. Glorot, Y. Bengio: Understanding the difficulty of training deep feedforward neural networks. AISTATS 2010. Section 4.2: signals and gradients from layer to layer, and Keras's default weights.
# - D. Kingma, J. Ba: Adam: A Method for Stochastic Optimization. ICLR 2015. Section 2: the update, and its epsilon.
# - Y. Wu, K. He: Group Normalization. ECCV 2018. Section 3: which cells share a statistic.
# - D. Ulyanov, A. Vedaldi, V. Lempitsky: Instance Normalization: The Missing Ingredient for Fast Stylization. arXiv:1607.08022, 2016. Section 2: the formula.
# - K. He, X. Zhang, S. Ren, J. Sun: Deep Residual Learning for Image Recognition. CVPR 2016 (2016a). Sections 3.1–3.3: shortcuts, with zeros or a 1 × 1 convolution where features are added.
# - K. He, X. Zhang, S. Ren, J. Sun: Identity Mappings in Deep Residual Networks. ECCV 2016 (2016b). Section 4: the pre-activation order.
# - K. He, X. Zhang, S. Ren, J. Sun: Delving Deep into Rectifiers. ICCV 2015. Section 2.2: the rule ½ n s² for layers with ReLU.
# - P. Goyal et al.: Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour. arXiv:1706.02677, 2017. Section 5.1: the last gamma of each block starts at 0.
# - S. De, S. L. Smith: Batch Normalization Biases Residual Blocks Towards the Identity Function in Deep Networks. NeurIPS 2020. The share of a branch in the sum.
