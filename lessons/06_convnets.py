# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 06 · Convolutional networks
#
# About 45 minutes to read and do (an estimate); about two minutes of them are the computer's.
# It builds on lesson 03 (`training=`) and lesson 05 (moments and moving statistics).
#
# After this lesson you will be able to
# - say which values of a convolution share a mean, and why its shared weights ask for just these;
# - normalize images in any layout, and notice a wrong one by its shapes;
# - train a network of 19 convolutions that does not train with default settings, and tell what batch normalization does for it, what shortcuts do in its place, and what they don't.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import batchnorm, checks, data, widgets
from helpers.course import quiz
from helpers.figures import plots, shared_cells
from helpers.lessons.l06 import figures
from helpers.lessons.l06.tf_conv import conv_network, residual_network
from helpers.lessons.l06.tf_conv_low import Adam, LowLevelNetwork
from helpers.tf.quiet import keras, tf
from helpers.tf.sweep import one_thread_each, sweep, train
from helpers.tf.trainer import softmax_loss

one_thread_each()  # two networks at a time, a core for each
plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## One statistic for each feature map
#
# A convolution slides one small kernel over the whole image.
# What it makes of an image is a *feature map*: a number for each position, all of them from the same weights.
#
# **Predict first.** A convolution makes 16 feature maps of 8 × 8 positions from each of 60 images. How many means does the batch normalization behind it keep?
# - 1,024: one for each of the 8 · 8 · 16 numbers, as behind a dense layer
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
assert np.allclose(y, by_hand, atol=1e-4)

# %% [markdown] tags=["path-90"]
# Sixteen, one for each feature map, taken over all images and all positions: 60 · 8 · 8 = 3,840 values each.
# The axes that are reduced are 0, 1 and 2 of (N, H, W, C); the last one is kept.
#
# Why not 1,024? Each of those would still have 60 values to average, as behind a dense layer.
# The reason is in the weights. A kernel that finds a stroke finds it everywhere, because its weights are the same everywhere.
# What is done to its output should be the same everywhere, too.
#
# **Predict first.** We copy a patch of ink to a second place of an image. Before normalization the convolution gives the same 16 numbers in the middle of both. And after it?
# - the same, whichever way we average
# - the same if positions share a mean, different if each has its own

# %% tags=["path-90"]
images[0, 0:3, 0:3] = images[0, 4:7, 3:6]  # the same 3 x 3 patch, around (5, 4) and around (1, 1)
maps = convolution(images)
assert np.allclose(maps[0, 1, 1], maps[0, 5, 4], atol=1e-6)
for axes in ([0, 1, 2], [0]):
    mean, variance = tf.nn.moments(maps, axes)
    y = (maps - mean) / tf.sqrt(variance + 0.001)
    apart = np.abs(y[0, 1, 1] - y[0, 5, 4]).max()
    says = "equal" if apart < 1e-4 else "more than 1 standard deviation apart" if apart > 1 else "different"
    print(f"moments over {axes!s:<9}: {tf.size(mean):>5,} means, the two places are {says}")

# %% [markdown] tags=["path-90"]
# With a mean for each position, one and the same patch becomes two different things, depending on where it lies: the normalization has undone what the shared weights were for.
# With a mean for each feature map it stays one thing.
# As the paper says, different elements of one feature map, at different positions, are normalized in the same way (Ioffe & Szegedy 2015, section 3.2).
#
# What does it do to a picture? Here are digits, normalized in both ways as if they were feature maps themselves.

# %% tags=["figure", "path-90"]
digits = data.load().x_train[:60]
rows = {"image": digits}
for name, axes in (("one mean", (0, 1, 2)), ("a mean for\neach position", 0)):
    rows[name] = (digits - digits.mean(axis=axes)) / np.sqrt(digits.var(axis=axes) + 0.001)
figures.rows_of_images({name: x[:7] for name, x in rows.items()}, limit=3)
plt.show()
largest = {name: np.abs(x).max() for name, x in rows.items()}
assert largest["one mean"] < 3 < 6 < largest["a mean for\neach position"]
print("furthest from the mean: below 3 standard deviations with one mean, above 6 with one for each position")

# %% [markdown] tags=["path-90"]
# Normalized with one mean (second row), a digit is the same digit in other units.
# With a mean for each position (third row) it is hard to read: strokes that many digits share fade, and where ink is rare a little of it weighs more than a whole stroke.
#
# **Where this goes wrong in practice.** A hand-written layer with `axis=0`, taken over from a dense network. It runs, its means are 0, its test with random numbers passes.
# The test that tells: the number of means. It has to be the number of feature maps.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What `keepdims` keeps
#
# `tf.nn.moments(x, axes)` is told which axes to **reduce**.

# %%
for axes in ([0], [0, 1, 2]):
    for keepdims in (False, True):
        mean, variance = tf.nn.moments(maps, axes, keepdims=keepdims)
        print(f"moments(maps, {axes!s:<9}, keepdims={keepdims!s:<5}) -> {tuple(mean.shape)}")

# %% [markdown]
# The numbers are the same with and without `keepdims`. It keeps the reduced axes, with size 1, and that matters one line later, at the subtraction.
# `x - mean` lines shapes up from the right: (16,) meets the last axis of x, whatever that axis is.
# With images in (N, H, W, C), *channels last*, it is the right one. Many files and libraries store (N, C, H, W), *channels first*.
#
# **Predict first.** 60 images of 8 features in 8 × 8 positions, channels first: (60, 8, 8, 8). We reduce axes 0, 2 and 3, without `keepdims`. What does `x - mean` do?
# - it raises an error
# - the right thing: there are 8 means for 8 features
# - it subtracts the mean of feature 3 from column 3

# %%
first = tf.transpose(maps[..., :8], [0, 3, 1, 2])  # (N, C, H, W), and C = H = W = 8
for keepdims in (True, False):
    mean, variance = tf.nn.moments(first, [0, 2, 3], keepdims=keepdims)
    y = (first - mean) / tf.sqrt(variance + 0.001)
    left = np.abs(tf.reduce_mean(y, [0, 2, 3])).max()
    says = "0" if left < 1e-4 else "as far as 0.2 and more from 0" if left > 0.2 else "not 0"
    print(f"keepdims={keepdims!s:<5}: the features' means afterwards are {says}")

# %% [markdown]
# The third: the eight means went to the eight columns, and nobody complained.
# With 16 features the same line would have raised an error, which is why such a mistake waits for the one layer with as many features as columns.
# `keepdims=True`, or a reshape to (1, C, 1, 1), is right in every case.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The `axis` argument
#
# `keras.layers.BatchNormalization(axis=...)` is told which axis to **keep**: the features'. Its default is −1, the last.
# A negative axis counts from the end: of four axes, −1 is axis 3 and −3 is axis 1.
#
# **Predict first.** It gets 60 images with 16 features of 8 × 8, channels first, and nobody sets `axis`. What happens?
# - an error: the shapes do not fit
# - 16 means, it sees which axis is which
# - 8 means

# %%
first = tf.transpose(maps, [0, 3, 1, 2])  # (60, 16, 8, 8)
for axis in (-1, 1):
    layer = keras.layers.BatchNormalization(axis=axis)
    y = layer(first, training=True)
    off = np.abs(tf.reduce_mean(y, [0, 2, 3])).max()
    says = "0" if off < 1e-4 else "not 0"
    print(f"axis={axis:>2}: {layer.moving_mean.shape[0]:>2} means; the features' means afterwards are {says}")

# %% [markdown]
# Eight means, one for each column. No error comes, the network trains after a fashion, and one test finds it at once: print `moving_mean.shape` and compare it with the number of feature maps.
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
# ## Which cells share a statistic
#
# Over images and positions, or over something else? Four answers have names.

# %% tags=["figure"]
figure, all_axes = plt.subplots(2, 2, figsize=(7.5, 5))
for axes, kind in zip(all_axes.flat, shared_cells.KINDS):
    shared_cells.draw(axes, cell=(1, 1, 1, 2), shape=(3, 3, 3, 4), kind=kind, groups=2)
plt.show()

# %% [markdown]
# Three images (rows) with four feature maps (columns) of 3 × 3 positions. The dark cell is normalized with the mean and variance of all blue ones.
# Batch normalization takes one column, over all images; instance normalization one square; layer normalization one row; group normalization a part of a row.
#
# **Predict first.** For 60 images of 8 × 8 positions and 16 features, which kind averages the most values, and which kind cares how many images there are?

# %%
for kind in shared_cells.KINDS:
    alone, together = (
        np.count_nonzero(shared_cells.shared_with((0, 0, 0, 0), (n, 8, 8, 16), kind, groups=4)) for n in (1, 60)
    )
    print(f"{kind:<8}  values that share a mean, 1 image: {alone:>5,}   60 images: {together:>5,}")

# %% [markdown]
# Only the first line depends on the number of images.
# That is the whole difference in behaviour: a memory, two modes, batch-mates that matter, all come from the one kind whose statistics reach across images.
# Compare the numbers for one image: batch and instance normalization average the same 64 cells. They are the same formula then.
#
# Choose a cell yourself, and into how many groups the features are divided.

# %% tags=["figure"]
widgets.AxesExplorer()

# %% [markdown]
# Three images with six feature maps of 4 × 4 positions, in three groups; the chosen cell is the dark one, and blue are those that share its mean and variance.
# Move the row or the column: nothing changes but the place of the dark cell, in all four. No kind treats one position unlike another.
# With one group, group normalization becomes layer normalization; with six, instance normalization.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One image in training mode
#
# In lesson 05 a dense network was asked for one image at a time, in training mode by mistake. Each feature was its own mean, every x̂ was 0, and it gave one and the same answer to all images.
#
# **Predict first.** The same mistake with a network of two convolutions and no dense layer but the output. What does it answer?
# - one and the same digit
# - nearly always the right one
# - something in between


# %%
def small_network():
    network = keras.Sequential([keras.Input((8, 8)), keras.layers.Reshape((8, 8, 1))])
    for filters, stride in ((16, 1), (32, 2)):
        network.add(keras.layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False))
        network.add(keras.layers.BatchNormalization(momentum=0.9))
        network.add(keras.layers.Activation("relu"))
    network.add(keras.layers.Flatten())
    network.add(keras.layers.Dense(10))
    return network


small = train({"small": small_network}, seeds=5, steps=200, evaluations=1)["small"]


# %%
def answers(network, images, training):
    """The network's digit for each image, asked one image at a time."""
    ask = tf.function(network)
    return np.concatenate([np.argmax(ask(image[np.newaxis], training=training), axis=1) for image in images])


in_mode = {False: [], True: []}
for seed in small.seeds:
    split, network = data.load(split=seed), small.network(seed)
    for training in (False, True):
        in_mode[training].append(np.mean(answers(network, split.x_test[:100], training) == split.y_test[:100]))
for training, name in ((False, "inference"), (True, "training")):
    print(f"{name:<9} mode: at least 0.85 right in {np.sum(np.array(in_mode[training]) >= 0.85)} of 5 seeds")

# %% [markdown]
# Nearly always the right one. A feature map of one image has 64 cells (in the second layer 16), and they differ, so that none of them is its own mean.
# What is lost is how strongly the image as a whole shows a feature; *where* it shows it is left, and that is enough to read a digit.
#
# What was computed there has a name.
# It is instance normalization, as the table above said:

# %%
one = convolution(digits[:1, ..., np.newaxis]).numpy()
y = keras.layers.BatchNormalization()(one, training=True)
instance = (one - one.mean(axis=(1, 2), keepdims=True)) / np.sqrt(one.var(axis=(1, 2), keepdims=True) + 0.001)
assert np.allclose(y, instance, atol=1e-4)
tiny = keras.layers.BatchNormalization()(one[:, :1, :1], training=True)
print("8 x 8 maps of one image: instance normalization;  1 x 1 maps of one image: all", int(np.abs(tiny).max()))

# %% [markdown]
# The second half of that line is the warning. Maps that have shrunk to 1 × 1 are a dense layer again, and one image's x̂ is 0 in all of them.
# How much a convolutional network suffers from small batches depends on the size of its maps: the number that counts is N · H · W.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## A network that does not train as it stands
#
# Now a deep one. Layer i of 19 has 4 · i feature maps, so that it grows wider with depth; kernels are 3 × 3; each third layer has stride 2 and halves its maps.
# Then a dense layer of 100 units and the output. This is the network of the lesson which this course descends from (Udacity 2017), and no good design; it was meant to be hard.

# %% tags=["path-90"]
for layer in conv_network().layers:
    if isinstance(layer, keras.layers.Conv2D):
        _, height, width, features = layer.output.shape
        print(f"{height}x{width}x{features}", end="\n" if features in (40, 76) else " ")

# %% [markdown] tags=["path-90"]
# The original had MNIST's 28 × 28 pixels. Our digits have 8 × 8, and from layer 9 on their maps are 1 × 1: only the middle weight of each 3 × 3 kernel meets a number, the other eight meet padding, and a mean is taken over 64 images and nothing else.
#
# **Predict first.** Without batch normalization, 800 batches of 64 images with Adam at 0.002. Three seeds. How far do they come?
# - 0.9: Adam finds a way
# - somewhere between 0.3 and 0.8
# - 0.1, where they began

# %% tags=["path-90"]
kinds = {"without": lambda: conv_network(batch_norm=False), "with": conv_network}  # "with" is for later
trained = train(kinds, seeds=3)  # both at once: together they take less time
without, with_it = trained["without"], trained["with"]
assert without.test_accuracy.max() <= 0.2
print("without batch normalization: test accuracy at most 0.2 in 3 of 3 seeds")

# %% [markdown] tags=["path-90"]
# Where they began. Before the cure, the cause: let us follow the images through the layers, before the first step.


# %% tags=["path-90"]
def spread_of_images(batch_norm, seed):
    """For each of the 19 layers, how far images differ in what it passes on: the sd over 64 images."""
    keras.utils.set_random_seed(seed)
    network = conv_network(batch_norm=batch_norm)
    outputs = [layer.output for layer in network.layers if isinstance(layer, keras.layers.Activation)][:19]
    passed = keras.Model(network.inputs[0], outputs)(data.load(split=seed).x_train[:64], training=True)
    return [np.sqrt(np.var(output, axis=0).mean()) for output in passed]


spreads = {batch_norm: np.array([spread_of_images(batch_norm, s) for s in range(3)]) for batch_norm in (True, False)}

# %% tags=["figure", "path-90"]
figures.signals(spreads)
plt.show()
assert spreads[True].min() > 0.1
assert spreads[False][:, -1].max() < 1e-8
print("after layer 19: with batch normalization above 0.1, without below 0.00000001")

# %% [markdown] tags=["path-90"]
# The axis is logarithmic, the lines are medians of three seeds.
# Without batch normalization each layer passes on a fraction of what it received: ReLU takes half of the signal's mean square, and on 1 × 1 maps the padding takes eight ninths of what is left.
# After 19 layers two images do not differ before the ninth decimal. The last layers see one and the same picture, with ten different labels for it.
#
# Adam divides each gradient by its own typical size, so should it not make up for that?


# %% tags=["path-90"]
def largest_gradient(batch_norm):
    """The largest entry of the loss's gradient with respect to the first convolution's kernel."""
    keras.utils.set_random_seed(0)
    network, batch = conv_network(batch_norm=batch_norm), data.load()
    with tf.GradientTape() as tape:
        logits = network(batch.x_train[:64], training=True)
        loss = softmax_loss(batch.y_train[:64], logits)
    return np.abs(tape.gradient(loss, network.trainable_variables[0])).max()


assert largest_gradient(batch_norm=False) < 1e-8 < 1 < largest_gradient(batch_norm=True)
print("first kernel's gradient, largest entry: without below 0.00000001, with above 1")
print("Adam's epsilon:", keras.optimizers.Adam().epsilon)

# %% [markdown] tags=["path-90"]
# Adam's step is rate · m / (√v + epsilon), and *its* epsilon, 10⁻⁷, is large beside such gradients. Where a gradient is below it, Adam is slow, too.
# If that is so, a smaller epsilon should do without any normalization.

# %% tags=["path-90"]
from functools import partial

patient = partial(keras.optimizers.Adam, epsilon=1e-12)
alone = train({"without": kinds["without"]}, seeds=3, optimizer=patient, evaluations=1)["without"]
assert alone.test_accuracy.min() >= 0.5
print("without batch normalization, Adam's epsilon 0.000000000001: at least 0.5 in 3 of 3 seeds")

# %% [markdown] tags=["path-90"]
# The signal is not lost, it is small, and the default settings cannot use it. So batch normalization is *a* cure here, not the only one.
# It was so in lesson 02: what does not train at one setting often trains at another, and with batch normalization the settings matter less.
#
# ### With batch normalization
#
# The same kernels, the same batches in the same order; a batch normalization behind each convolution and behind the dense layer, and no bias there.
# These networks were trained above, side by side with the others.

# %% tags=["path-90"]
assert with_it.test_accuracy.min() >= 0.9
print("with batch normalization: test accuracy at least 0.9 in 3 of 3 seeds")

# %% tags=["figure", "path-90"]
figures.trainings(without, with_it)
plt.show()
early = with_it.step == 100
assert with_it.train_loss[:, early].max() < 1.2
assert with_it.validation_accuracy[:, early].max() < 0.2
print("with batch normalization, after 100 batches: loss below 1.2, and validation accuracy still below 0.2")

# %% [markdown] tags=["path-90"]
# Lines are medians of three seeds, bands reach from the lowest to the highest.
# Left, in training mode, the network with batch normalization learns from the first batches on; without, the loss stays at ln 10 ≈ 2.3, that of equal probabilities.
#
# Right, the same networks in inference mode, and for the first 150 batches or more the better one looks as bad as the other.
# You met this in lessons 03 and 05: the moving statistics, with momentum 0.99, are not there yet. Here twenty layers use them, each on top of the last one's error, and so it takes longer than in a network of three.
# Whoever had stopped this training after 100 batches because "it does not work either" would have been looking at a memory.

# %% [markdown]
# ### Exercise 2: a convolutional network of your own
#
# Write `add_batchnorm_conv(model_config)`. It gets a dict such as
# `{"image_shape": (8, 8, 1), "filters": (16, 32), "dense": 100, "activation": "relu", "classes": 10}`
# and returns a Keras model: a convolution for each entry of `filters`, one hidden dense layer, and the output, which gives logits.
# Each hidden layer has batch normalization before its activation (behind it passes too); a layer directly before batch normalization has no bias (lesson 03). Kernel sizes, strides and pooling are yours to choose.


# %% tags=["exercise"]
def add_batchnorm_conv(model_config):
    """A Keras model with batch normalization behind each convolution and behind the hidden dense layer."""
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

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same in low-level operations
#
# Nothing in it needs Keras's layers. Here is one of the 19, from `tf.nn` alone; `layer` is a dict of variables.
# Compare it with lesson 05's: what is new is two axes, and nothing else.


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


# %% [markdown]
# `LowLevelNetwork` puts 19 of them in a row, `Adam` is the optimizer in six lines; both are in `helpers/lessons/l06/tf_conv_low.py`, to be read.
# From the same weights and on the same batches they should make the same steps as Keras.

# %%
keras.utils.set_random_seed(0)
high, batches = conv_network(), data.load().x_train[:192].reshape(3, 64, 8, 8)
low, labels = LowLevelNetwork(high, layer=conv_layer), data.load().y_train[:192].reshape(3, 64)
losses = {}
for network, adam in ((high, keras.optimizers.Adam(0.002)), (low, Adam(0.002))):
    adam.build(network.trainable_variables)
    for x, y in zip(batches, labels):
        with tf.GradientTape() as tape:
            loss = softmax_loss(y, network(x, training=True))
        adam.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)
        losses.setdefault(type(adam).__module__.split(".")[0], []).append(float(loss))
assert np.allclose(*losses.values(), rtol=2e-3)
print("the losses of three training steps, layers and operations: equal to better than 1%")

# %% [markdown]
# (In double precision, where rounding does not blur it, the project's tests find the two equal to nine digits over six steps.)
# Now all 800 batches, one seed, both sides.

# %%
low_kinds = {
    "without": lambda: LowLevelNetwork(conv_network(batch_norm=False), layer=conv_layer),
    "with": lambda: LowLevelNetwork(conv_network(), layer=conv_layer),
}
low_level = train(low_kinds, seeds=1, optimizer=Adam, evaluations=1)
assert low_level["without"].test_accuracy[0] <= 0.2 < 0.9 <= low_level["with"].test_accuracy[0]
print("low-level operations: at most 0.2 without batch normalization, at least 0.9 with")

# %% [markdown]
# The same as with layers: what decides is the arithmetic, not the library.
# (The original, on MNIST, reported 0.122 without, 0.975 with layers and 0.961 with operations, one run each; Udacity 2017.
# Its loss asked ten yes-or-no questions, a sigmoid for each digit, where ours asks one, a softmax over all.
# With that loss a slow test of this project finds the same on MNIST, for one seed: at most 0.2 without, at least 0.93 with.)
#
# And one image at a time, in training mode? This network has 1 × 1 maps and a normalized dense layer.

# %%
split = data.load()
told = answers(with_it.network(0), split.x_test[:50], training=True)
print("19 convolutions, 50 images one at a time, training mode; distinct answers:", len(set(told.tolist())))
assert len(set(told.tolist())) == 1

# %% [markdown]
# One answer for all fifty. From layer 9 on, and in the dense layer, N · H · W is 1: each value is its own mean, and every x̂ is 0.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Shortcuts
#
# Batch normalization is not the only way to get a signal through 19 layers. Another is to let it pass *beside* them (He et al. 2016, who had batch normalization in all their networks; we take it away to see what the shortcut does alone):
#
# $$x \leftarrow \mathrm{ReLU}\bigl(x + \mathrm{branch}(x)\bigr)$$
#
# A branch is two convolutions with a ReLU between. Layer 1 stays as it is, layers 2 to 19 become nine branches. Where a branch halves the maps, the shortcut averages 2 × 2 cells; where it adds features, the shortcut adds maps of zeros.
# So the shortcuts have no parameter, and the 19 kernels are those from before.
#
# **Predict first.** Shortcuts, and no batch normalization. Does it train?
# - no, it has the same weak kernels
# - yes, and then batch normalization is of no use to it
# - yes, but not at every learning rate

# %%
residual = {
    "shortcuts alone": lambda: residual_network(batch_norm=False),
    "shortcuts and batch normalization": lambda: residual_network(last_gamma=1.0, momentum=0.9),
    "the same, last gamma 0": lambda: residual_network(last_gamma=0.0, momentum=0.9),
}
rates = (0.002, 0.02)
races = sweep(residual, learning_rates=rates, seeds=3, steps=120, evaluations=6)

# %% tags=["figure"]
figures.shortcuts(races)
plt.show()
for (name, rate), race in races.items():
    best = race.validation_accuracy.max(axis=1)  # of six looks at each seed
    print(f"rate {rate:<5}  {name:<34} passes 0.8 in {np.sum(best > 0.8)} of 3 seeds")

# %% [markdown]
# A hundred and twenty batches, three seeds, momentum 0.9 so that the memory keeps up.
# At 0.002 (left) the shortcuts alone are enough: what needed twenty normalizations before trains without a single one.
# At ten times the rate (right) the network with shortcuts alone is stuck at chance, and both with batch normalization train.
# Two rates are no range, but they fit what lesson 02 measured with many: batch normalization makes rates usable that were not.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The last gamma
#
# There were two networks with batch normalization in that figure. In one, the last gamma of each branch starts at 0 instead of 1. What does that do?


# %%
def summands(build):
    """For each of the nine sums, at the start: how far images differ along the shortcut, and in the branch."""
    keras.utils.set_random_seed(0)
    network = build()
    sums = [layer for layer in network.layers if isinstance(layer, keras.layers.Add)]
    probe = keras.Model(network.inputs[0], [part for layer in sums for part in layer.input])
    found = [np.sqrt(np.var(part, axis=0).mean()) for part in probe(data.load().x_train[:64], training=True)]
    return np.reshape(found, (9, 2))


# %% tags=["figure"]
parts = {name: summands(build) for name, build in residual.items()}
figures.sums(parts)
plt.show()

# %% [markdown]
# Left, without batch normalization: the branches fade as the plain network did, but what travels along the shortcuts arrives (it shrinks where maps are averaged, in the first blocks, and hardly any more after that).
# Middle, with gamma 1: each branch adds something of sd 1, however weak its kernels, so that the sum grows wherever it is not averaged, and the later branches are a smaller part of it than the first (De & Smith 2020).
# Right, with gamma 0: the branches add nothing at all (drawn at the bottom edge). At the start these 19 layers are *one* layer and an output.
#
# **Predict first.** If a branch is multiplied by 0, so is the gradient of its kernels. Can it ever learn?
# - no: 0 stays 0
# - yes, gamma moves first

# %%
keras.utils.set_random_seed(0)
network, adam = residual["the same, last gamma 0"](), keras.optimizers.Adam(0.002)
branch = [v for v in network.trainable_variables if v.name in ("kernel", "gamma")][2:6]  # the first branch's
before = [variable.numpy() for variable in branch]
adam.build(network.trainable_variables)
for step in (1, 2):
    with tf.GradientTape() as tape:
        loss = softmax_loss(split.y_train[:64], network(split.x_train[:64], training=True))
    adam.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)
    moved = [bool(np.abs(v.numpy() - old).max() > 1e-6) for v, old in zip(branch, before)]
    print(f"step {step}:", *(f"{v.name} moved: {m!s:<6}" for v, m in zip(branch, moved)))

# %% [markdown]
# Kernel, gamma, kernel, last gamma. The gradient of gamma is the sum of dy · x̂, and x̂ is not 0. After the first step gamma isn't either, and with the second the kernels learn.
# So a network with last gammas of 0 begins shallow and grows deep as far as it helps.
#
# Did it help here? Let us ask the races of the figure above.

# %%
points = {"after 40 batches": 1, "at some point": slice(None)}
for name, last_gamma in (("shortcuts and batch normalization", 1), ("the same, last gamma 0", 0)):
    for when, point in points.items():
        reached = np.reshape(races[name, 0.002].validation_accuracy[:, point], (3, -1)).max(axis=1)
        print(f"rate 0.002, last gamma {last_gamma}: {when:<16} above 0.78 in {np.sum(reached > 0.78)} of 3 seeds")

# %% [markdown]
# No: at 0.002 it only began more slowly, as a shallow network does that has to grow first, and at 0.02 (see the figure) three seeds and two lines that cross are too little to say anything.
# Goyal et al. (2017, section 5.1) report that it helped all their models, most of all with large batches. Here, with batches of 64, it did not.

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("06_convnets")

# %% [markdown] tags=["recap"] slideshow={"slide_type": "slide"}
# ## Recap, with one example in numbers
#
# - A feature map has one mean, one variance, one gamma and one beta, because it has one kernel.
# - `axes` of `moments` names what is reduced, `axis` of the layer what is kept. The number of means tells whether either was right.
# - The number of values behind a mean is N · H · W. With one image it is H · W, with 1 × 1 maps it is N.
# - Depth without care shrinks the signal until default settings cannot use it. Batch normalization restores it at each layer, a shortcut lets it pass by; the two do different things and are used together.
#
# **In numbers.** Two images, one feature, maps of one row and two columns: (1, 3) and (5, 7). epsilon is 0.
#
# | mean over | means | x̂ of the first image | x̂ of the second |
# |---|---|---|---|
# | images and positions (batch normalization) | 4 | (−1.34, −0.45) | (0.45, 1.34) |
# | images (each position for itself) | 3, 5 | (−1, −1) | (1, 1) |
# | positions (each image for itself: instance normalization) | 2, 6 | (−1, 1) | (−1, 1) |
#
# The second row has forgotten that columns differ, the third that images do. The first has forgotten neither.

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
# | a model with far more moving means than feature maps | statistics for each position: axis 0 alone, or normalization after `Flatten` | `moving_mean.shape` |
# | as many moving means as columns | channels first, `axis` left at −1 | `moving_mean.shape`, on images that are not square |
# | right for all layers but one | means without `keepdims` met the wrong axis, where C = W | the features' means afterwards: all 0? |
# | fine with large images, bad with small ones or crops | the last maps are 1 × 1, and N · H · W is small | print N · H · W for each layer |
# | a deep network's loss stays at ln(classes) | the signal is too small before the last layer | the sd over images, layer by layer |
# | training loss falls, validation stays at chance for hundreds of batches | many layers of moving statistics that lag | momentum 0.9, or exact statistics (lesson 05) |

# %% [markdown] tags=["references"]
# ## References
#
# - S. Ioffe, C. Szegedy: Batch Normalization. ICML 2015. Section 3.2: batch-normalized convolutional networks, one gamma and beta for each feature map, and m · p · q values behind a mean.
# - Udacity: Batch_Normalization_Exercises.ipynb and Batch_Normalization_Solutions.ipynb, in the repository deep-learning, 2017: the 19 layers, in layers and in operations, and their figures.
# - X. Glorot, Y. Bengio: Understanding the difficulty of training deep feedforward neural networks. AISTATS 2010. Section 4.2: signals and gradients from layer to layer, and the initial weights used here.
# - D. Kingma, J. Ba: Adam: A Method for Stochastic Optimization. ICLR 2015. Section 2: the update, and its epsilon.
# - Y. Wu, K. He: Group Normalization. ECCV 2018. Section 3: which cells share a statistic.
# - D. Ulyanov, A. Vedaldi, V. Lempitsky: Instance Normalization: The Missing Ingredient for Fast Stylization. arXiv:1607.08022, 2016. Section 2: the formula.
# - K. He, X. Zhang, S. Ren, J. Sun: Deep Residual Learning for Image Recognition. CVPR 2016. Sections 3.1–3.3: shortcuts, with zeros where features are added.
# - P. Goyal et al.: Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour. arXiv:1706.02677, 2017. Section 5.1: the last gamma of each block starts at 0.
# - S. De, S. L. Smith: Batch Normalization Biases Residual Blocks Towards the Identity Function in Deep Networks. NeurIPS 2020. The share of a branch in the sum.
