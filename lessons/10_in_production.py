# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 10 · In production
#
# About 80 minutes to read and do (an estimate).
# It builds on lesson 05 (training and inference).
#
# After this lesson you will be able to
# - fold batch normalization into the layers around it, and check the result, also in an exported file of 8-bit integers;
# - carry a whole network from Keras to PyTorch without changing what it computes;
# - repair what can be repaired without labels when the input drifts, and mend eight faulty snippets.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import batchnorm, checks, data, doctor
from helpers.checks.l10.as_pytorch import forward as as_pytorch
from helpers.course import quiz
from helpers.experiments import Experiment, about, pin, stats, train
from helpers.figures import plots, shared_cells
from helpers.lessons.l10 import tf_export
from helpers.tf.quiet import keras, tf

plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What normalization costs at inference
#
# In inference mode all four arrays of a batch normalization are constants.
#
# **Predict first.** A phone runs a trained network of three Dense layers, each followed by batch normalization. How much does normalization have to cost at each prediction?
# - two multiplications and two additions for each unit
# - nothing
# - it depends on the batch size
#
# A linear layer followed by a constant gain and a constant shift is again a linear layer:
#
# $$\gamma\,\frac{(xW + b) - \mu}{\sqrt{v + \epsilon}} + \beta \;=\; x\,(W s) + (b - \mu)\,s + \beta, \qquad s = \frac{\gamma}{\sqrt{v+\epsilon}}$$
#
# To try this, `train` below trains the NumPy network of lesson 01 from ten seeds.
# `result.network(0)` is the first of the ten trained networks.
# Its `parameters` are a list with one dict for each layer (`kernel`, `gamma`, `beta`; the last layer has `kernel` and `bias`).
# Its `moving_statistics` are a list with one dict for each normalization.

# %%
result = train(Experiment(batch_norm=True, activation="relu", learning_rate=0.1, steps=800), seeds=10, progress=False)
splits = [data.load("digits", split=seed) for seed in result.seeds]
network, digits = result.network(0), splits[0]


def folded(network):
    """Kernel and bias of each layer, the batch normalizations folded into them."""
    layers = []
    for layer, memory in zip(network.parameters, network.moving_statistics):
        statistics = layer["gamma"], layer["beta"], memory["moving_mean"], memory["moving_variance"]
        layers.append(batchnorm.fold(layer["kernel"], None, *statistics, epsilon=network.epsilon))
    return [*layers, (network.parameters[-1]["kernel"], network.parameters[-1]["bias"])]


# %%
x = digits.x_test.reshape(len(digits.x_test), -1)
for kernel, bias in folded(network)[:-1]:
    x = np.maximum(x @ kernel + bias, 0)  # three Dense layers and ReLUs: nothing else is left
logits = x @ folded(network)[-1][0] + folded(network)[-1][1]
exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
apart = np.abs(probabilities - network.predict(digits.x_test)).max()
print("largest difference between the two networks' probabilities:", about(apart, ".0e"))

# %% [markdown]
# Nothing: the second answer.
# The folded network has no batch normalization, and its probabilities differ only in the last digits that float32 keeps.
# So batch normalization costs time in training, and need not cost any in a deployed network.

# %% tags=["pinned"]
pin(apart < 1e-5, "the folded network's probabilities are those of the original to 1e-5")

# %% [markdown]
# This is called folding *backwards*: the normalization goes into the layer before it.
# A convolution folds in the same way, with the features on its kernel's last axis. The kernel of a depthwise convolution is reshaped first.
# A normalization that stands *after* the ReLU cannot be folded backwards, because the ReLU lies between it and the layer before it.
#
# The next cells fold three kinds of layers.
# The statistics are drawn at random, far from 0 and 1, so that a forgotten epsilon or a wrong sign shows.


# %%
def largest_difference(layer, depthwise=False):
    """max|a - b| / max|b| between layer + batch normalization and the folded layer, on random images."""
    rng, norm = np.random.default_rng(0), keras.layers.BatchNormalization()
    x = tf.constant(rng.normal(size=(4, 8, 8, 5)), tf.float32)
    norm.build(layer(x).shape)
    c = layer(x).shape[-1]
    norm.set_weights([rng.normal(2, 1, c), rng.normal(0, 3, c), rng.normal(0, 9, c), 10.0 ** rng.uniform(-2, 4, c)])
    two = norm(layer(x)).numpy()
    kernel = layer.get_weights()[0]
    shaped = kernel.reshape(*kernel.shape[:2], 1, c) if depthwise else kernel
    new_kernel, new_bias = batchnorm.fold(shaped, layer.get_weights()[1], *norm.get_weights())
    layer.set_weights([new_kernel.reshape(kernel.shape), new_bias])
    return np.abs(layer(x) - two).max() / np.abs(two).max()


# %%
keras.utils.set_random_seed(0)
layers = {
    "Dense": (keras.layers.Dense(7), False),
    "Conv2D": (keras.layers.Conv2D(7, 3, padding="same"), False),
    "DepthwiseConv2D": (keras.layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), True),
}
for name, (layer, depthwise) in layers.items():
    print(f"{name:<16} folded and not folded differ by", about(largest_difference(layer, depthwise), ".0e"))

# %% [markdown]
# ### Exercise 1: fold
#
# `fold(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon)` returns the kernel and the bias of the single layer.
# Features are on the kernel's last axis. `bias` may be `None`, for a layer without one; the bias that you return is an array in any case.


# %% tags=["exercise"]
def fold(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    """Kernel (as given) and bias (C,) of the layer that does the work of both."""
    ### BEGIN SOLUTION
    scale = gamma / np.sqrt(moving_variance + epsilon)
    old_bias = 0 if bias is None else bias
    return kernel * scale, (old_bias - moving_mean) * scale + beta
    ### END SOLUTION


# %% tags=["check"]
checks.fold(fold)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Folding forwards
#
# What about a normalization that stands **before** a convolution?
# It is a gain and a shift for each input channel, so it should fold forwards into the convolution's kernel and bias.
#
# **Predict first.** The convolution pads with zeros; its kernels are 3 x 3, its maps 8 x 8. Where do the two networks differ?
# - nowhere, because convolutions are linear
# - a little everywhere
# - along the border

# %%
rng = np.random.default_rng(1)
images = rng.normal(size=(4, 8, 8, 3)).astype("float32")
kernel = rng.normal(size=(3, 3, 3, 1)).astype("float32")
# The normalization, as y = gain * x + shift.
gain, shift = np.array([0.5, 2.0, 1.0], "float32"), np.array([1.0, -1.0, 0.5], "float32")


def padded(x, values):
    """Images with a border of one pixel, which holds one value for each channel."""
    border = [(0, 0), (1, 1), (1, 1)]
    return np.stack([np.pad(x[..., c], border, constant_values=values[c]) for c in range(3)], axis=-1)


def convolve(x, kernel):
    return tf.nn.conv2d(x, kernel, 1, "VALID").numpy()


# %%
def differences(gain, pad_with):
    """|normalize, pad, convolve - pad, convolve with the folded kernel and bias|, largest over the images, (8, 8)."""
    two = convolve(padded(gain * images + shift, np.zeros(3)), kernel)
    one = convolve(padded(images, pad_with), kernel * gain[:, None]) + np.sum(kernel * shift[:, None])
    return np.abs(two - one).max(axis=(0, 3))


def show(axes, title, apart):
    axes.imshow(apart, vmin=0, vmax=5, cmap="viridis")
    axes.set(title=title, xlabel="column", ylabel="row")
    axes.grid(False)
    border = max(apart[0].max(), apart[-1].max(), apart[:, 0].max(), apart[:, -1].max())
    print(f"{title:<26} inside:", about(apart[1:-1, 1:-1].max(), ".1g"), " border:", about(border, ".1g"))


# %% tags=["figure"]
figure, both = plt.subplots(1, 2, figsize=(7, 3.2))
zeros, cure = differences(gain, np.zeros(3)), differences(gain, -shift / gain)
show(both[0], "padded with 0", zeros)
show(both[1], "padded with −shift / gain", cure)
figure.colorbar(both[0].images[0], ax=both, label="largest difference")
plt.show()

# %% [markdown]
# Along the border (left picture), where the two differ by several units, and nowhere else.
# The original pads *after* the normalization. The folded network pads *before* it, and there the shift would have turned the zeros into something else.
# One cure (right picture: no difference anywhere) is to pad with the value that the normalization maps to 0, which is −shift / gain for each channel.

# %% tags=["pinned"]
pin(zeros[1:-1, 1:-1].max() < 1e-4 and zeros.max() > 1, "zeros as padding disturb the border and nothing else")
pin(cure.max() < 1e-4, "padding with −shift / gain is right everywhere")

# %% [markdown]
# That cure fails where gain is 0: whatever x is, the result is the shift, and no padding gives 0. A gamma may be 0 because it started there (lesson 09), or because weight decay pulled it there.
# Another cure works for any gain.
# Fold the gain into the kernel, pad with zeros, and add, instead of one bias, a *map* of biases: what the convolution makes of the shift alone.

# %%
gain = np.array([0.5, 0.0, 1.0], "float32")
bias_map = convolve(padded(np.broadcast_to(shift, (1, 8, 8, 3)), np.zeros(3)), kernel)
two = convolve(padded(gain * images + shift, np.zeros(3)), kernel)
one = convolve(padded(images, np.zeros(3)), kernel * gain[:, None]) + bias_map
print("biases:", bias_map[0, :2, :3, 0].astype(float).round(2).tolist(), "... in the upper left corner")
print("with a gain of 0, largest difference:", about(np.abs(two - one).max(), ".0e"))

# %% [markdown]
# Inside, where no zeros are seen, all biases are equal; along the border they differ. The price is a fixed image size.

# %% tags=["pinned"]
pin(np.abs(two - one).max() < 1e-4, "a map of biases is exact where a gain is 0")

# %% [markdown]
# **Where this goes wrong in practice.** A converted model that is right on average and wrong at the edges of images; detections at the border get worse.
# The test: compare the two networks' outputs position by position, not by their accuracy.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exporting a network
#
# A phone or a microcontroller runs no Keras. It gets a file that a converter writes, here for TensorFlow Lite (now called LiteRT).
# The network below has a depthwise convolution between two ordinary ones, as networks for phones do.


# %%
def small_network():
    layers = [keras.Input((8, 8, 1))]
    for convolution in (
        keras.layers.Conv2D(16, 3, padding="same", use_bias=False),
        keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False),
        keras.layers.Conv2D(32, 1, use_bias=False),
    ):
        layers += [convolution, keras.layers.BatchNormalization(momentum=0.9), keras.layers.Activation("relu")]
    return keras.Sequential([*layers, keras.layers.Flatten(), keras.layers.Dense(10)])


# %%
keras.utils.set_random_seed(0)
model, loss = small_network(), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.Adam(0.01), loss)
model.fit(digits.x_train[..., np.newaxis], digits.y_train, batch_size=32, epochs=6, verbose=0)
test_images = digits.x_test[..., np.newaxis]
logits = np.asarray(model(test_images, training=False))
print("test accuracy:", about(np.mean(logits.argmax(axis=1) == digits.y_test), ".3f"))

# %% [markdown]
# Keras writes such a file with `model.export("digits.tflite", format="litert")`; `tf_export.convert` asks the same converter for the bytes.
# `tf_export.Runtime` loads them as a phone would, and lists the operations that are left.
#
# **Predict first.** The network has 3 convolutions, 3 normalizations, 3 ReLUs, Flatten and Dense. How many operations does the file hold for the first nine?
# - 9
# - 6
# - 3

# %%
content = tf_export.convert(model)
runtime = tf_export.Runtime(content)
print("operations:", *(name for name in runtime.operators if "CONV" in name or "FULLY" in name or "NORM" in name))
print("all others:", *sorted(name for name in runtime.operators if "CONV" not in name and "FULLY" not in name))
apart_in_file = np.abs(runtime(test_images) - logits).max()
print("largest difference of a logit:", about(apart_in_file, ".0e"), "where the largest is", about(logits.max(), ".0f"))
print(f"bytes of the file: {about(len(content), ',d')}, of the weights in float32: {4 * model.count_params():,}")

# %% [markdown]
# Three. The converter has folded each normalization backwards, and a ReLU has become a flag of the convolution before it.
# (The other operations compute the shape that Flatten needs.)
# The logits agree to the last digits of float32. After every export compare the logits: most mistakes change them, and leave the accuracy nearly as it was.
#
# The common format outside of TensorFlow is ONNX. Keras writes it with `model.export("digits.onnx", format="onnx")`, and ONNX Runtime runs the file.
# Both need packages that this course does not install for everybody: `pip install onnx tf2onnx onnxruntime`.
# We did it once, for these layers with random weights and statistics (29 November 2026; Keras 3.15, tf2onnx 1.17, ONNX Runtime 1.32). The logits agreed to 0.00001, where the largest was 22.
# Two of the three normalizations were folded. The one after the depthwise convolution was left, as a multiplication and an addition: count the operations of your own file.

# %% tags=["pinned"]
pin(not any("MUL" in name or "NORM" in name or "ADD" in name for name in runtime.operators), "no normalization is left")
pin(apart_in_file < 1e-3 and sum("CONV" in name for name in runtime.operators) == 3, "three convolutions, same logits")

# %% [markdown]
# How much time does folding save? The file is always folded, so compare two Keras models, both compiled into graphs.
# `without_norms` builds the second one from the first.


# %%
def fold_pair(convolution, norm):
    """Kernel and bias of the convolution that has taken up the normalization after it."""
    kernel, statistics = convolution.get_weights()[0], norm.get_weights()
    by_feature = kernel.reshape(*kernel.shape[:2], -1, len(statistics[0]))
    new_kernel, bias = batchnorm.fold(by_feature, None, *statistics, epsilon=norm.epsilon)
    return new_kernel.reshape(kernel.shape), bias


# %%
def without_norms(model):
    """The same network, each normalization folded into the convolution before it."""
    norm, kept = keras.layers.BatchNormalization, []
    for layer in model.layers:
        config = layer.get_config()
        config |= {"use_bias": True} if "use_bias" in config else {}
        kept += [] if isinstance(layer, norm) else [type(layer).from_config(config)]
    folded, followers = keras.Sequential([keras.Input((8, 8, 1)), *kept]), iter(kept)
    for layer, follower in zip(model.layers, [*model.layers[1:], None]):
        if isinstance(follower, norm):
            next(followers).set_weights(fold_pair(layer, follower))
        elif not isinstance(layer, norm):
            next(followers).set_weights(layer.get_weights())
    return folded


# %%
light = without_norms(model)
print("largest difference of a logit:", about(np.abs(np.asarray(light(test_images)) - logits).max(), ".0e"))
graphs = [tf.function(lambda x, network=network: network(x, training=False)) for network in (model, light)]
repeats = [tf_export.microseconds([*graphs, runtime], test_images[:1]) for _ in range(5)]
with_norms, folded_in, in_file = np.array(repeats).T
print("one image, time with the normalizations / time without:", about(with_norms / folded_in, ".2f", "x"))
print("one image, Keras graph / TensorFlow Lite, both folded: ", about(folded_in / in_file, ".0f", "x"))

# %% [markdown]
# The normalizations themselves cost some of the time of one image (first line; the ratio changes from machine to machine).
# In a network as small as this, most of the time goes into calling Python and TensorFlow, which the small runtime avoids.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Eight bits, after folding
#
# Integers of 8 bits make the file smaller and suit cheap processors. A kernel is stored as whole numbers from −127 to 127 times a scale, and the scale is set by the largest weight.
# Either the whole kernel has one scale (*per tensor*), or each output channel its own (*per channel*).
#
# Folding multiplies each channel by its own s = gamma / √(variance + epsilon), so channels may differ widely after folding.
# We produce this on purpose, without changing what the network computes: multiply gamma and beta of some channels by a small number, and divide the next layer's weights by it.
# (The factor is positive, so it passes through the ReLU: relu(a · x) = a · relu(x). In the depthwise convolution that follows, each channel meets a filter of its own, and there it is divided away.)

# %%
factors = 10.0 ** np.random.default_rng(0).uniform(-4, 0, 16)
uneven = small_network()
uneven.set_weights(model.get_weights())
norm, depthwise = uneven.layers[1], uneven.layers[3]
gamma, beta, *memory = norm.get_weights()
norm.set_weights([gamma * factors, beta * factors, *memory])
depthwise.set_weights([depthwise.get_weights()[0] / factors[:, np.newaxis]])
print("largest difference of a logit:", about(np.abs(np.asarray(uneven(test_images)) - logits).max(), ".0e"))
for name, each in (("as trained", model), ("uneven", uneven)):
    largest = np.abs(without_norms(each).layers[0].kernel).max(axis=(0, 1, 2))
    print(f"{name:<10} largest weight of a channel, folded:", about(largest.max() / largest.min(), ".0f", "x"), "apart")

# %% [markdown]
# **Predict first.** Both networks compute the same. We round their kernels to 8 bits, per tensor and per channel. Which of the four loses accuracy?
# - none: 8 bits are enough for digits
# - both that are rounded per tensor
# - the uneven one, rounded per tensor


# %%
def rounded(kernel, axes):
    """The kernel in whole numbers from -127 to 127 times a scale; the weights along `axes` share one."""
    scale = np.abs(kernel).max(axis=axes, keepdims=True) / 127
    return np.round(kernel / scale) * scale


def eight_bits(network, per_channel):
    """The folded network with rounded kernels, biases as they are."""
    folded = without_norms(network)
    for layer in folded.layers:
        for kernel in layer.weights[:1]:
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            within_channel = (0, 1) if depthwise else tuple(range(len(kernel.shape) - 1))
            kernel.assign(rounded(kernel.numpy(), within_channel if per_channel else None))
    return np.asarray(folded(test_images))


# %%
kept_right, off = {}, {}
for name, each in (("as trained", model), ("uneven", uneven)):
    for per_channel in (True, False):
        answers, case = eight_bits(each, per_channel), (name, per_channel)
        kept_right[case] = np.mean(answers.argmax(axis=1) == digits.y_test)
        off[case] = np.abs(answers - logits).max()
        how = "per channel" if per_channel else "per tensor"
        print(
            f"{name:<10} {how:<11} accuracy", about(kept_right[case], ".3f"), " a logit off by", about(off[case], ".1f")
        )

# %% [markdown]
# The uneven one, rounded per tensor. The largest channel sets the scale, and the weights of the small channels are rounded to few whole numbers, or to 0.
# Per channel, each channel uses all 255 numbers, and the accuracy stays.
# As trained, this network's channels differ little, and one scale would do. Ours differ more than those of any real network, to make the point; but published networks for phones also lose most of their accuracy with one scale per tensor (Krishnamoorthi 2018; Nagel et al. 2019).
#
# The converter does the same to the kernels, and also rounds what flows between the layers. It learns the ranges from images that it is shown.

# %% tags=["pinned"]
pin(kept_right["uneven", False] < kept_right["uneven", True] - 0.1, "per tensor, the uneven network loses 10 points")
pin(kept_right["as trained", False] > kept_right["as trained", True] - 0.03, "as trained, one scale would do")
pin(abs(kept_right["uneven", True] - kept_right["as trained", True]) < 0.03, "per channel the accuracy stays")

# %%
integers = tf_export.convert(model, digits.x_train[:100, ..., np.newaxis])
answers = tf_export.Runtime(integers)(test_images)
print("accuracy of the 8-bit file:", about(np.mean(answers.argmax(axis=1) == digits.y_test), ".3f"))
print("a logit off by at most", about(np.abs(answers - logits).max(), ".1f"))
print("size of the file:", about(len(integers) / len(content), ".2f", "x"), "that of the float file")

# %% [markdown]
# A third of the bytes, and the accuracy of the float file.
# (Only kernels have a scale for each channel. The values between two layers share one scale, so channels as uneven as ours should be made alike before this step.)
# The order is therefore: fold, make the channels alike where they are not, quantize per channel, and compare the outputs with those of the original.

# %% tags=["pinned"]
pin(len(integers) < 0.5 * len(content), "the 8-bit file has less than half of the bytes")
pin(np.mean(answers.argmax(axis=1) == digits.y_test) > kept_right["as trained", True] - 0.03, "it is as accurate")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## From Keras to PyTorch
#
# Both libraries compute the same formula. They disagree about three conventions.
#
# | | Keras | PyTorch |
# |---|---|---|
# | momentum | weight of the **old** value: moving = moving · momentum + batch · (1 − momentum) | weight of the **new** value: running = running · (1 − momentum) + batch · momentum |
# | default momentum and epsilon | 0.99 and 1e-3 | 0.1 and 1e-5 |
# | variance that is stored | biased, 1/m | unbiased, 1/(m − 1), although the batch is normalized with 1/m |
#
# (Sources: the documentation of `keras.layers.BatchNormalization` and of `torch.nn.BatchNorm1d`.
# PyTorch's choice is also that of the original paper, whose algorithm 2 multiplies by m/(m − 1) for inference.)
#
# **Predict first.** A PyTorch model says `momentum=0.1`. Someone writes `BatchNormalization(momentum=0.1)` in Keras. What happens?
# - training diverges
# - training looks the same, but the memory jumps from batch to batch
# - nothing: 0.1 is 0.1

# %%
rng = np.random.default_rng(0)
batches, wanders = rng.normal(3, 2, (300, 16, 1)), {}
for momentum in (0.9, 0.1):
    layer, track = batchnorm.BatchNorm(1, momentum=momentum), []
    for batch in batches:
        layer(batch, training=True)
        track.append(layer.moving_mean[0])
    wanders[momentum] = np.std(track[100:])
    print(f"Keras momentum {momentum}: the moving mean wanders by {wanders[momentum]:.2f} around the true mean, 3")

# %% [markdown]
# Training looks the same, because training mode does not read the memory.
# With the two weights swapped, the memory is nearly the last batch alone: it wanders almost as widely as the means of 16 values do, 2/√16 = 0.5.
#
# The third convention matters with small batches. Take one batch of the values 1, 2, 6, a memory of 1, and PyTorch's momentum 0.1.
# The biased variance is 14/3 ≈ 4.67, the unbiased one is 7. PyTorch stores 0.9 · 1 + 0.1 · 7 = 1.6; Keras, with momentum 0.9, stores 0.9 · 1 + 0.1 · 4.67 = 1.37.
# With m values in a batch the two variances differ by a factor of m/(m − 1): 50% at 3 values, 1.7% at 60.

# %%
three = np.array([[1.0], [2.0], [6.0]])
keras_stores = batchnorm.update_moving(np.ones(1), three.var(axis=0), momentum=0.9)
torch_stores = batchnorm.update_moving(np.ones(1), three.var(axis=0, ddof=1), momentum=0.9)
print("Keras stores", keras_stores.round(2), " PyTorch stores", torch_stores.round(2))

# %% [markdown]
# ### Exercise 2: convert the settings
#
# `to_pytorch(momentum, epsilon)` takes Keras's two numbers and returns the dict `{"momentum": …, "eps": …}` for PyTorch.


# %% tags=["exercise"]
def to_pytorch(momentum, epsilon):
    """The keyword arguments of torch.nn.BatchNorm2d for the same behaviour."""
    ### BEGIN SOLUTION
    return {"momentum": 1 - momentum, "eps": epsilon}
    ### END SOLUTION


# %% tags=["check"]
checks.to_pytorch(to_pytorch)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A whole network
#
# PyTorch keeps a network's arrays in a `state_dict`, a dict whose names begin with the place of the layer in `torch.nn.Sequential`.
# Images have the shape (N, H, W, C) in Keras and (N, C, H, W) in PyTorch.
#
# | layer | Keras | PyTorch |
# |---|---|---|
# | Dense / `Linear` | kernel (in, out), bias (out,) | `weight` (out, in), `bias` (out,) |
# | Conv2D / `Conv2d` | kernel (height, width, in, out) | `weight` (out, in, height, width) |
# | DepthwiseConv2D / `Conv2d` with `groups=in` | kernel (height, width, in, m) | `weight` (in · m, 1, height, width), the m filters of one channel side by side |
# | BatchNormalization / `BatchNorm2d` | gamma, beta, moving_mean, moving_variance (C,) | `weight`, `bias`, `running_mean`, `running_var` (C,), and `num_batches_tracked`, one integer |
# | Flatten | (height, width, channel), channels change fastest | (channel, height, width), width changes fastest |
#
# `eps` and `momentum` are *not* in the `state_dict`: they belong to the constructor, and whoever leaves `BatchNorm2d` at its default computes with 1e-5.
# `num_batches_tracked` counts steps of training. PyTorch reads it only with `momentum=None`, so any count will do. Keras keeps none: write 0.
#
# **Predict first.** Should the moving variance of a *trained* network be multiplied by m/(m − 1) on its way to PyTorch?
# - yes, because PyTorch stores the unbiased variance
# - no, because inference uses what is stored
#
# The next cells go the opposite way, from PyTorch to Keras, for a convolution and the normalization that follows it.
# `as_pytorch(layers, state, images)` computes in NumPy what PyTorch defines.

# %%
rng = np.random.default_rng(0)
state = {"0.weight": rng.normal(size=(6, 3, 3, 3)), "0.bias": rng.normal(size=6)}
state |= {f"1.{name}": rng.uniform(0.5, 2, 6) for name in ("weight", "bias", "running_mean", "running_var")}
layers = [("conv", {"padding": 1, "groups": 1}), ("norm", {"eps": 1e-5})]
images = rng.normal(size=(4, 3, 8, 8))
from_torch = as_pytorch(layers, state, images)


def to_keras(variance_factor=1.0, epsilon=1e-5):
    convolution = keras.layers.Conv2D(6, 3, padding="same")
    network = keras.Sequential([keras.Input((8, 8, 3)), convolution, keras.layers.BatchNormalization(epsilon=epsilon)])
    gamma, beta, mean, variance = (state[f"1.{n}"] for n in ("weight", "bias", "running_mean", "running_var"))
    kernel = state["0.weight"].transpose(2, 3, 1, 0)  # (out, in, height, width) -> (height, width, in, out)
    network.set_weights([kernel, state["0.bias"], gamma, beta, mean, variance * variance_factor])
    return network(images.transpose(0, 2, 3, 1)).numpy().transpose(0, 3, 1, 2)


# %%
cases = {
    "as it is stored": {},
    "variance · 15/16": {"variance_factor": 15 / 16},
    "epsilon left at 1e-3": {"epsilon": 1e-3},
}
differ = {
    name: np.abs(to_keras(**changed) - from_torch).max() / np.abs(from_torch).max() for name, changed in cases.items()
}
for name, difference in differ.items():
    print(f"{name:<21} largest difference, as a share of the largest output:", about(difference, ".0e"))

# %% [markdown]
# No, the second answer. Inference divides by what is stored, whoever stored it, and a "corrected" variance changes every output; so does another epsilon.
# The factor m/(m − 1) matters only if training goes on.
#
# Two more traps have no array of their own.
# With stride 2 and `padding="same"` Keras pads an even image at the bottom and the right only, PyTorch's `padding=1` on all sides; in PyTorch pad with `torch.nn.ZeroPad2d((0, 1, 0, 1))` first.
# A square Dense kernel that is not transposed raises no error: only the outputs tell.

# %% tags=["pinned"]
pin(differ["as it is stored"] < 1e-5, "the network carried over computes the same")
pin(
    min(differ["variance · 15/16"], differ["epsilon left at 1e-3"]) > 1e-4,
    "another variance or epsilon changes the outputs",
)

# %% [markdown]
# ### Exercise 3: to_state_dict
#
# `to_state_dict(model)` gets a Keras `Sequential` and returns its arrays as PyTorch names them.
# Its layers are Conv2D, DepthwiseConv2D, BatchNormalization, ReLU, **one** Flatten, Dense; the number in a name is the layer's place in `model.layers`, from 0.
# So a convolution without bias, a normalization, a ReLU, a Flatten and a Dense layer make
# `0.weight`, `1.weight`, `1.bias`, `1.running_mean`, `1.running_var`, `1.num_batches_tracked`, `4.weight`, `4.bias`.
# Mind the Dense layer that follows Flatten: `layer.input.shape` tells the shape before it. The check has a square Dense kernel and kernels that are not symmetric.


# %% tags=["exercise"]
def to_state_dict(model):
    """{"0.weight": array, ...}: the state_dict of the torch.nn.Sequential that computes the same."""
    ### BEGIN SOLUTION
    state, flat = {}, None
    for place, layer in enumerate(model.layers):
        found, kind = {v.name: v.numpy() for v in layer.variables}, type(layer).__name__
        if kind == "Flatten":
            flat = layer.input.shape[1:]
        if kind == "BatchNormalization":
            names = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
            state |= {f"{place}.{theirs}": found[ours] for theirs, ours in names.items()}
            state[f"{place}.num_batches_tracked"] = np.array(0)
        if "kernel" in found:
            kernel = found["kernel"]
            if kind == "Dense" and flat is not None:  # (H · W · C, out) -> (C · H · W, out)
                kernel = kernel.reshape(*flat, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
                flat = None
            if kind == "DepthwiseConv2D":
                kernel = kernel.reshape(*kernel.shape[:2], 1, -1)
            state[f"{place}.weight"] = kernel.T if kind == "Dense" else kernel.transpose(3, 2, 0, 1)
        if "bias" in found:
            state[f"{place}.bias"] = found["bias"]
    return state
    ### END SOLUTION


# %% tags=["check"]
checks.to_state_dict(to_state_dict)

# %% [markdown]
# The check computes PyTorch's side in NumPy. `make test-extras` loads such a dict into PyTorch itself, and compares what both libraries have after each layer: convolution, depthwise convolution, dense, and normalizations with two epsilons.
# The largest difference, as a share of the layer's largest output, was 2e-7 (PyTorch 2.15 on a CPU, 29 November 2026).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## When the input drifts
#
# A scanner is replaced, and its pictures come out faint. Nobody labels the new ones. (0 is paper, 1 is ink.)
# The weights may still be right, but the *statistics* describe another scanner.
#
# **Predict first.** We replace every moving statistic by that of the new test images, labels unseen. For which of these drifts is the accuracy as high again as before the drift?
# - faint: x becomes 0.4 x
# - grey paper: x becomes 0.6 x + 0.4
# - moved: every digit one pixel to the right (the last column goes to the left edge)
# - inverted: x becomes 1 − x


# %%
def readapted(network, images):
    """A copy of the network whose moving statistics are those of these images."""
    copy, x = network.copy(), images.reshape(len(images), -1)
    for layer, memory in zip(network.parameters, copy.moving_statistics):
        y, cache = batchnorm.forward(x @ layer["kernel"], layer["gamma"], layer["beta"])
        memory["moving_mean"], memory["moving_variance"] = cache.mean, cache.variance
        x = np.maximum(y, 0)
    return copy


# %%
DRIFTS = {
    "none": lambda x: x,
    "faint": lambda x: 0.4 * x,
    "grey paper": lambda x: 0.6 * x + 0.4,
    "moved": lambda x: np.roll(x, 1, axis=2),
    "inverted": lambda x: 1 - x,
}
before, after = {}, {}
for name, drift in DRIFTS.items():
    pairs = [(result.network(seed), drift(d.x_test), d.y_test) for seed, d in enumerate(splits)]
    before[name] = [network.accuracy(x, y) for network, x, y in pairs]
    after[name] = [readapted(network, x).accuracy(x, y) for network, x, y in pairs]

# %% tags=["figure"]
figure, axes = plt.subplots(figsize=(7, 3.5))
for offset, name, accuracy, style in (
    (-0.1, "as trained", before, ("o", plots.VERMILION)),
    (0.1, "re-estimated", after, ("s", plots.BLUE)),
):
    for place, values in enumerate(accuracy.values()):
        axes.plot([place + offset] * 10, values, style[0], color=style[1], alpha=0.6, label=None if place else name)
axes.set_xticks(range(len(DRIFTS)), DRIFTS)
axes.set(ylabel="test accuracy (one mark a seed)", ylim=(-0.03, 1.05))
axes.legend(title="statistics", loc="lower left")
plt.show()

# %% [markdown]
# Each mark is one of ten networks, circles with the statistics of training, squares with those of the new images.
# Which of the gains can be told from luck?

# %%
for name in DRIFTS:
    interval = stats.paired_interval(100 * np.array(before[name]), 100 * np.array(after[name]))
    answer = stats.verdict(interval, smallest_effect=5, equivalence_margin=5)
    print(
        f"{name:<10} gains {about(interval, '+.1f', ' points')}: at least 5 points: {answer} ({interval.pairs} seeds)"
    )

# %% [markdown]
# For faint pictures and for those on grey paper the accuracy is as high as before: both drifts are a gain and a shift of the input, which normalization removes.
# For inverted pictures it is not: in the first layer every x̂ is now exactly the negative of what it was.
# Moved ones stay far below as well; whether they gain 5 points, ten seeds do not settle. The statistics know only how bright a pixel is on average and how far it varies, not which pattern the pixels form.
#
# The verdicts use the paired interval of lesson 02, with 5 points of accuracy as the smallest gain that matters.
# Now take the faint images of one class alone, as they come from a user who writes only sevens, and then all classes, but eight images at a time.


# %%
def one_class(network, x, y, digit=7):
    mine = x[y == digit]
    return readapted(network, mine).accuracy(mine, y[y == digit])


def eight_at_a_time(network, x, y):
    return np.mean([readapted(network, x[i : i + 8]).accuracy(x[i : i + 8], y[i : i + 8]) for i in range(0, 200, 8)])


def measured(measure):
    return [measure(result.network(seed), 0.4 * d.x_test, d.y_test) for seed, d in enumerate(splits)]


# %%
everything = measured(lambda network, x, y: readapted(network, x).accuracy(x, y))
sevens, eight = measured(one_class), measured(eight_at_a_time)
print("accuracy, median of ten networks (smallest–largest)")
for name, values in (("all images", everything), ("sevens only", sevens), ("eight at a time", eight)):
    print(f"{name:<16}", about(values, ".2f"))

# %% tags=["pinned"]
pin(np.median(everything) >= 0.95, "statistics of the whole test set bring faint images back")
pin(np.median(sevens) <= 0.4, "statistics of sevens alone ruin the sevens")
pin(0.75 <= np.median(eight) <= 0.95, "statistics of eight images are in between")

# %% [markdown]
# With sevens only, the mean of the batch is what all sevens have in common, and it is subtracted: re-estimation removes the very thing to be recognized.
# With eight images the statistics are noisy, as in lesson 05, and a tenth of the answers or more is lost.
# So re-estimate from many images of mixed classes, and never from whatever one user sends.
# (Re-estimation at test time is studied under the name of covariate shift adaptation: Schneider et al. 2020; Nado et al. 2020.)
#
# ### Exercise 4: adapt
#
# `adapt(model, images)` gets a trained Keras model and images, and returns its predictions with the statistics of those images.
# (The model has no dropout, which `training=True` would switch on as well.)
# Afterwards the model must be as it was, every weight of it.


# %% tags=["exercise"]
def adapt(model, images):
    """Predictions (N, classes) with batch normalization statistics re-estimated from the images."""
    ### BEGIN SOLUTION
    before = model.get_weights()
    predictions = model(images, training=True)  # the batch's statistics, and a write to the memory
    model.set_weights(before)
    return predictions
    ### END SOLUTION


# %% tags=["check"]
checks.adapt(adapt)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What to use where
#
# Kinds of normalization differ in *which values share a mean and a variance*.

# %% tags=["figure"]
figure, all_axes = plt.subplots(2, 2, figsize=(7.5, 4.6))
for axes, kind in zip(all_axes.flat, shared_cells.KINDS):
    shared_cells.draw(axes, cell=(1, 1, 1, 2), shape=(3, 3, 4, 4), kind=kind, groups=2)
plt.show()

# %% [markdown]
# Three images (rows) of four feature maps (columns), each 3 x 4 positions. The dark cell is normalized with the mean and variance of all blue ones.
# Only in the first picture does the blue reach other images. Noise, the influence of batch-mates, two modes and a memory all follow from that.
#
# | kind | depends on the batch | where it is used | source |
# |---|---|---|---|
# | batch | yes | convolutional networks with batches of 16 and more (Wu & He 2018, table 2); where folding matters | Ioffe & Szegedy 2015 |
# | layer | no | transformers, recurrent networks | Ba et al. 2016 |
# | RMS: layer, without subtracting the mean | no | many large language models, Llama among them | Zhang & Sennrich 2019; Touvron et al. 2023, section 2.2 |
# | instance | no | style transfer | Ulyanov et al. 2016 |
# | group | no | detection with few images a device; the U-Nets of diffusion models | Wu & He 2018; Ho et al. 2020, appendix B |
# | none: scaled residual branches, weight standardization, gradient clipping | no | normalizer-free networks | Brock et al. 2021 |
# | none: tanh(αx) with a learned α in the place of layer normalization (DyT) | no | transformers, as an experiment | Zhu et al. 2025 |
#
# In transformers, and with Keras's default `axis=-1`, layer normalization takes each position by itself.
# The last two rows show that no normalization is *necessary*. Normalization spares a network the special care that those rows describe.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A gallery of eight faults
#
# Each snippet prints the symptom of one fault. Several of these faults have been seen in published lessons.
# Read the snippet, name the fault, write down the mended function, then open the answer.
# Exercise 5 collects the eight mended functions.
#
# ### 1


# %%
def variance(x):
    return (x**2).mean(axis=0) - x.mean(axis=0) ** 2


x = np.random.default_rng(0).normal(1e4, 1.0, (60, 200)).astype("float32")
negative = np.sum(variance(x) < 0)
print("features with a negative variance:", about(negative, "d", of=200))

# %% [markdown]
# <details><summary>Answer</summary>
#
# `unstable-variance`: E[x²] − E[x]² subtracts two numbers near 10⁸, of which float32 keeps seven digits, to get one near 1.
# The differences from the mean are small numbers, and their squares lose nothing.
# </details>
#
# ### 2


# %%
def backward(dy, x_hat, inv_std, gamma):
    return dy * gamma * inv_std


x, dy = np.random.default_rng(0).normal(size=(2, 60, 5))
_, cache = batchnorm.forward(x, np.ones(5), np.zeros(5))
dx = backward(dy, cache.x_hat, cache.inv_std, np.ones(5))
print("sum of dx over the batch:", dx.sum(axis=0).round(1), " due: 0")

# %% [markdown]
# <details><summary>Answer</summary>
#
# `detached-statistics`: mean and variance are treated as constants. The true dx sums to 0 over the batch (lesson 05).
# </details>
#
# ### 3


# %%
def service(network, image):
    return network.predict(image[None], training=True).argmax()


answers = {int(service(network, image)) for image in digits.x_test[:100]}
print("different answers to 100 different images:", len(answers))

# %% [markdown]
# <details><summary>Answer</summary>
#
# `batch-statistics-at-inference`: one image is its own mean, every x̂ is 0, and the network answers with a constant.
# </details>
#
# ### 4


# %%
def normalize_maps(x):  # x is (N, H, W, C)
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-3)


shapes = np.zeros((20, 8, 8, 1))
shapes[:, 2:6, 2:6] = np.random.default_rng(0).uniform(1, 2, (20, 1, 1, 1))  # a bright square of varying brightness
typical = normalize_maps(shapes).mean(axis=0)
print(
    f"mean over the images, centre of the square: {abs(typical[4, 4, 0]):.2f}, corner of the image: {typical[0, 0, 0]:.2f}"
)

# %% [markdown]
# <details><summary>Answer</summary>
#
# `per-position-statistics`: axis 0 alone gives each *position* its own mean, so the square, which all images have in common, is subtracted.
# A feature map has one mean, over all images and positions.
# </details>
#
# ### 5


# %%
def normalize(x, epsilon=1e-3):
    """epsilon makes the variance unbiased"""
    return (x - x.mean(axis=0)) / (x.std(axis=0) + epsilon)


quiet = np.array([[0.30], [0.32]])  # a feature that hardly varies
due = batchnorm.forward(quiet, [1.0], [0.0])[0]
print(f"spread of the quiet feature: {normalize(quiet).std():.2f}, due: {due.std():.2f}")

# %% [markdown]
# <details><summary>Answer</summary>
#
# `epsilon-outside-sqrt`, with a wrong explanation. `epsilon` corrects no bias. It keeps the division finite, and is added to the variance, under the root.
# </details>
#
# ### 6


# %%
def update(moving, batch):  # in Keras's words: momentum is 0.99
    return moving * 0.01 + batch * 0.99


moving = 0.0
for seed in range(60):
    moving = update(moving, np.random.default_rng(seed).normal(3, 2, 16).mean())
print(f"moving mean {moving:.1f}, after one strange batch of mean 100: {update(moving, 100.0):.1f}")

# %% [markdown]
# <details><summary>Answer</summary>
#
# `momentum-inverted`: the old value has the weight 0.01. One batch wipes out the memory.
# </details>
#
# ### 7


# %%
def output(x, kernel, bias):
    logits = x @ kernel + bias
    return batchnorm.forward(logits, np.ones(10), np.zeros(10))[0]


x, kernel, bias = np.random.default_rng(0).normal(size=(30, 10)), np.eye(10), 8.0 * (np.arange(10) == 3)
before, after = x @ kernel + bias, output(x, kernel, bias)  # thirty pictures of a three, with a large logit for 3
print(
    f"recognized as a three, of 30: {np.sum(before.argmax(axis=1) == 3)} by the logits,",
    f"{np.sum(after.argmax(axis=1) == 3)} by what `output` returns",
)

# %% [markdown]
# <details><summary>Answer</summary>
#
# `after-output`: each normalized logit has mean 0 over the batch, so no class can be frequent in a batch.
# The output layer stays free.
# </details>
#
# ### 8


# %%
def restore(network, fresh):
    fresh.parameters = [{name: array.copy() for name, array in layer.items()} for layer in network.parameters]
    return fresh  # kernels, gammas, betas: "all that was trained"


fresh = train(Experiment(batch_norm=True, activation="relu", steps=0), seeds=[0], progress=False).network(0)
restored = restore(network, fresh)
found = [100 * one.accuracy(digits.x_test, digits.y_test) for one in (network, restored)]
print("accuracy in points, saved:", about(found[0], ".0f"), " restored:", about(found[1], ".0f"))

# %% [markdown]
# <details><summary>Answer</summary>
#
# `restored-without-moving-statistics`: gradient descent does not train them, so they were missing from the backup, and the predictions need them.
# Save all weights, not only the trainable ones.
# </details>

# %% tags=["pinned"]
pin(negative > 20, "more than 20 variances are negative")
pin(len(answers) == 1, "one image alone always gets the same answer")
pin(found[0] - found[1] > 15, "restoring in part costs more than 15 points")

# %% [markdown]
# ### Exercise 5: gallery
#
# `gallery()` takes nothing and returns a dict of the eight mended functions, each under its name in the snippet and with the same arguments:
# `variance`, `backward`, `service`, `normalize_maps`, `normalize`, `update`, `output`, `restore`.
# Begin with those that you know: the check tells which are still missing.


# %% tags=["exercise"]
def gallery():
    """{"variance": function, "backward": function, ...}"""

    ### BEGIN SOLUTION
    def variance(x):
        return ((x - x.mean(axis=0)) ** 2).mean(axis=0)

    def backward(dy, x_hat, inv_std, gamma):
        return gamma * inv_std * (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0))

    def service(network, image):
        return network.predict(image[None], training=False).argmax()

    def normalize_maps(x):
        return (x - x.mean(axis=(0, 1, 2))) / np.sqrt(x.var(axis=(0, 1, 2)) + 1e-3)

    def normalize(x, epsilon=1e-3):
        return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon)

    def update(moving, batch):
        return moving * 0.99 + batch * 0.01

    def output(x, kernel, bias):
        return x @ kernel + bias

    def restore(network, fresh):
        saved = network.copy()
        fresh.parameters, fresh.moving_statistics = saved.parameters, saved.moving_statistics
        return fresh

    found = (variance, backward, service, normalize_maps, normalize, update, output, restore)
    return {function.__name__: function for function in found}
    ### END SOLUTION


# %% tags=["check"]
checks.gallery(gallery)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A doctor for your own model
#
# You have read a gallery of faults in eight lines each. Your own model has thousands of lines, and tomorrow it misbehaves.
# `helpers.doctor` asks it everything that lessons 03 to 11 taught you to ask: is the memory that of the data, do the modes agree, do batch-mates matter, what stands around each layer, what does the optimizer pull at.
# It reads and measures, and leaves the model as it was. Here is a colleague's, after one epoch.


# %%
def colleagues_model():
    layers = [keras.Input((8, 8, 1))]
    for number, filters in enumerate((16, 32, 64), 1):
        layers.append(keras.layers.Conv2D(filters, 3, strides=2, padding="same"))
        layers += [keras.layers.BatchNormalization(name=f"norm_{number}"), keras.layers.ReLU()]
    return keras.Sequential([*layers, keras.layers.Flatten(), keras.layers.Dense(10)])


# %%
keras.utils.set_random_seed(0)
patient = colleagues_model()
patient.compile(keras.optimizers.AdamW(0.01, weight_decay=0.01), loss)
patient.fit(digits.x_train[..., np.newaxis], digits.y_train, batch_size=32, epochs=1, verbose=0)
batches = [(digits.x_train[i : i + 32, ..., np.newaxis], digits.y_train[i : i + 32]) for i in range(0, 320, 32)]
report = doctor.examine(patient, batches)
for one in report.findings:
    print(f"{one.layer:<7} {one.name:<20} {one.sure}")

# %% tags=["figure"]
report.draw()
plt.show()

# %% [markdown]
# Three findings in each layer, and one about the whole model: its two modes disagree. `print(report)` says of each what was measured, what you would notice, the cure, and the lesson.
# Each point of the picture is a feature; on the vertical line the memory is that of the data.
# Here it lags: after so few steps the default momentum of 0.99 has left most of the start, 0 and 1, where it was.
# The bias does no harm. Weight decay on gamma and beta is a choice that you should make on purpose (lesson 09).
#
# One cure needs no training: `recalibrate` gives a copy whose memory is exact for these batches. The others are changes in the code.

# %%
repaired = doctor.recalibrate(patient, batches)
accuracies = {}
for name, network in (("as trained", patient), ("recalibrated", repaired)):
    answers = np.asarray(network(test_images, training=False)).argmax(axis=1)
    accuracies[name] = np.mean(answers == digits.y_test)
    print(f"{name:<12} test accuracy", about(accuracies[name], ".2f"))
print("still found:", ", ".join(doctor.examine(repaired, batches).names))

# %% tags=["pinned"]
pin(accuracies["as trained"] + 0.05 < accuracies["recalibrated"], "the copy is better")
pin(accuracies["recalibrated"] > 0.8, "and good")

# %% [markdown]
# Next time it is your model: `doctor.examine(model, train_batches)`, in a terminal `batchnorm-course examine model.keras data.npz`.
# The page "A doctor for your own model" on the course's site lists all findings with their cures.

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("10_in_production")

# %% [markdown] tags=["recap"] slideshow={"slide_type": "slide"}
# ## Recap, with one example in numbers
#
# One input, one unit: kernel 3, no bias, gamma 4, beta 5, moving mean 1, moving variance 4, epsilon 0.
#
# | | |
# |---|---|
# | scale s = gamma / √variance | 4 / 2 = 2 |
# | folded kernel | 3 · 2 = 6 |
# | folded bias | (0 − 1) · 2 + 5 = 3 |
# | x = 2, two layers | 4 · (6 − 1) / 2 + 5 = 15 |
# | x = 2, folded | 6 · 2 + 3 = 15 |

# %%
kernel, bias = batchnorm.fold([[3.0]], None, [4.0], [5.0], [1.0], [4.0], epsilon=0.0)
print("kernel", kernel.ravel(), " bias", bias, " output for x = 2:", 2.0 * kernel[0, 0] + bias[0])

# %% [markdown]
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | an 8-bit model is much worse than the float model | one scale for kernels whose channels differ widely | scales per channel; compare the channels' largest weights |
# | the network carried to PyTorch is wrong, though every shape fits | a square kernel not transposed, or Flatten's other order | outputs of both libraries on ten images |
# | the converted model is worse at the borders of images | a normalization folded *forwards* over zero padding | compare outputs position by position |
# | the folded model is wrong everywhere | old bias or epsilon forgotten | random statistics far from 0 and 1, difference below 1e-5 |
# | the memory jumps after a move from PyTorch to Keras, and validation with it where batches differ much | momentum not inverted | print the moving mean for ten steps |
# | accuracy falls when the camera changes | statistics of another camera | re-estimate on mixed, unlabelled images |
# | worse after re-estimation | one class, or few images, in the batch | the same with shuffled images |
# | good before saving, bad after loading | only trainable weights were saved | compare `get_weights()` before and after |

# %% [markdown] tags=["references"]
# ## References
#
# - S. Ioffe, C. Szegedy: Batch Normalization. ICML 2015. Section 3.1: inference, where the layer becomes a linear transform; algorithm 2: inference with m/(m − 1).
# - J. L. Ba, J. R. Kiros, G. E. Hinton: Layer Normalization. arXiv:1607.06450, 2016.
# - D. Ulyanov, A. Vedaldi, V. Lempitsky: Instance Normalization. arXiv:1607.08022, 2016.
# - Y. Wu, K. He: Group Normalization. ECCV 2018. Section 3 and figure 2: which values share a statistic.
# - B. Zhang, R. Sennrich: Root Mean Square Layer Normalization. NeurIPS 2019.
# - H. Touvron et al.: LLaMA: Open and Efficient Foundation Language Models. arXiv:2302.13971, 2023. Section 2.2.
# - J. Ho, A. Jain, P. Abbeel: Denoising Diffusion Probabilistic Models. NeurIPS 2020. Appendix B: group normalization in the U-Net.
# - A. Brock, S. De, S. L. Smith, K. Simonyan: High-Performance Large-Scale Image Recognition Without Normalization. ICML 2021.
# - J. Zhu, X. Chen, K. He, Y. LeCun, Z. Liu: Transformers without Normalization. CVPR 2025. DyT: section 4.
# - S. Schneider, E. Rusak, L. Eck, O. Bringmann, W. Brendel, M. Bethge: Improving robustness against common corruptions by covariate shift adaptation. NeurIPS 2020.
# - Z. Nado, S. Padhy, D. Sculley, A. D'Amour, B. Lakshminarayanan, J. Snoek: Evaluating Prediction-Time Batch Normalization for Robustness under Covariate Shift. arXiv:2006.10963, 2020.
# - R. Krishnamoorthi: Quantizing Deep Convolutional Networks for Efficient Inference. arXiv:1806.08342, 2018. Scales per tensor and per channel.
# - M. Nagel, M. van Baalen, T. Blankevoort, M. Welling: Data-Free Quantization Through Weight Equalization and Bias Correction. ICCV 2019. Channels of one kernel that differ widely after folding.
# - Keras documentation: `Model.export`, with the formats it writes.
# - Documentation of `keras.layers.BatchNormalization` and `torch.nn.BatchNorm1d`: momentum, epsilon, and the variance that is stored; of `torch.nn.Conv2d` and `torch.nn.Linear`: shapes of the weights.
