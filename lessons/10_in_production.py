# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 10 · In production
#
# About 40 minutes to read and do (an estimate).
# It builds on lesson 05 (training and inference).
#
# After this lesson you will be able to
# - make batch normalization disappear from a trained network, and say where that is not exact;
# - carry a layer from Keras to PyTorch without changing what it does;
# - notice input that drifts, repair what can be repaired without labels, and read eight faulty snippets.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import batchnorm, checks, data
from helpers.course import quiz
from helpers.experiments import Experiment, stats, train
from helpers.figures import plots, shared_cells
from helpers.tf.quiet import keras, tf

plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The layer that disappears
#
# In inference mode all four arrays of a batch normalization are constants.
#
# **Predict first.** A phone runs a trained network of three Dense layers, each followed by batch normalization. How much must the normalization cost at each prediction?
# - two multiplications and two additions for each unit
# - nothing
# - it depends on the batch size
#
# A constant gain and a constant shift after a linear layer are one linear layer:
#
# $$\gamma\,\frac{(xW + b) - \mu}{\sqrt{v + \epsilon}} + \beta \;=\; x\,(W s) + (b - \mu)\,s + \beta, \qquad s = \frac{\gamma}{\sqrt{v+\epsilon}}$$

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
apart = np.abs(exponentials / exponentials.sum(axis=1, keepdims=True) - network.predict(digits.x_test)).max()
print("largest difference between the two networks' probabilities below 1e-5:", bool(apart < 1e-5))
assert apart < 1e-5

# %% [markdown]
# Nothing: the second answer. The folded network has no batch normalization, and its probabilities are the same to float32's precision.
# That is why batch normalization, which slows every training step, is popular where predictions have to be fast.
#
# A convolution folds in the same way, with the features on its kernel's last axis; a depthwise one after a reshape.
# A normalization that stands *after* the ReLU does not: the ReLU lies between it and the layer before.
# Random statistics far from 0 and 1 make the test a hard one.


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
    apart = largest_difference(layer, depthwise)
    assert apart < 1e-5
    print(f"{name:<16} folded and not folded agree to better than 1e-5")

# %% [markdown]
# ### Exercise 1: fold
#
# `fold(kernel, bias, gamma, beta, moving_mean, moving_variance, epsilon)` returns the kernel and the bias of the single layer.
# Features are on the kernel's last axis; `bias` may be `None` (a layer without one), the returned bias never is.


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
# ## Where folding is not exact
#
# Folding *backwards*, into the layer before, is exact. What about a batch normalization that stands **before** a convolution?
# It is a gain and a shift for each input channel, so it should fold forwards into the convolution's kernel and bias.
#
# **Predict first.** The convolution pads with zeros, 3 x 3 kernels on 8 x 8 maps. Where do the two networks differ?
# - nowhere, convolutions are linear
# - everywhere a little
# - along the border

# %%
rng = np.random.default_rng(1)
images = rng.normal(size=(4, 8, 8, 3)).astype("float32")
kernel = rng.normal(size=(3, 3, 3, 1)).astype("float32")
# The normalization, as y = gain * x + shift.
gain, shift = (
    np.array([0.5, 2.0, 1.0], "float32"),
    np.array([1.0, -1.0, 0.5], "float32"),
)


# %%
def differences(pad_with):
    """|normalize, pad, convolve - pad, convolve with the folded kernel|, largest over the images, (8, 8)."""
    border = [(0, 0), (1, 1), (1, 1), (0, 0)]
    two = tf.nn.conv2d(np.pad(gain * images + shift, border), kernel, 1, "VALID")
    padded = np.stack([np.pad(images[..., c], border[:3], constant_values=pad_with[c]) for c in range(3)], axis=-1)
    one = tf.nn.conv2d(padded, kernel * gain[:, None], 1, "VALID") + tf.reduce_sum(kernel * shift[:, None])
    return np.abs(two - one).max(axis=(0, 3))


# %% tags=["figure"]
figure, both = plt.subplots(1, 2, figsize=(7, 3.2))
for axes, (name, pad_with) in zip(
    both, {"padded with 0": np.zeros(3), "padded with −shift / gain": -shift / gain}.items()
):
    apart = differences(pad_with)
    picture = axes.imshow(apart, vmin=0, vmax=5, cmap="viridis")
    axes.set(title=name, xlabel="column", ylabel="row")
    axes.grid(False)
    print(
        f"{name:<26} inside: {'equal' if apart[1:-1, 1:-1].max() < 1e-4 else 'different'},",
        f"border: {'equal' if apart.max() < 1e-4 else 'different'}",
    )
figure.colorbar(picture, ax=both, label="largest difference")
plt.show()

# %% [markdown]
# Along the border (left picture), and nowhere else.
# Zeros are padded *after* the normalization in the original and *before* it in the folded network, where the shift turns them into something else.
# The cure (right picture, equal everywhere): pad with the value that the normalization maps to 0, which is −shift / gain for each channel.
#
# **Where this goes wrong in practice.** A converted model that is right on average and wrong at the edges of images; detections at the border get worse.
# The test: compare the two networks' outputs position by position, not by their accuracy.

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
# (Sources: the documentation of `keras.layers.BatchNormalization` and of `torch.nn.BatchNorm1d`.)
#
# **Predict first.** A PyTorch model says `momentum=0.1`. Someone writes `BatchNormalization(momentum=0.1)` in Keras. What happens?
# - training diverges
# - training looks the same, the memory jumps from batch to batch
# - nothing: 0.1 is 0.1

# %%
rng = np.random.default_rng(0)
batches = rng.normal(3, 2, (300, 16, 1))
for momentum in (0.9, 0.1):
    layer, track = batchnorm.BatchNorm(1, momentum=momentum), []
    for batch in batches:
        layer(batch, training=True)
        track.append(layer.moving_mean[0])
    wanders = "less" if np.std(track[100:]) < 0.2 else "more"
    print(f"Keras momentum {momentum}: the moving mean wanders by {wanders} than 0.2 around the true mean")

# %% [markdown]
# Training looks the same, because training mode does not read the memory.
# The memory, with the two weights swapped, is nearly the last batch alone, and wanders as the batches do.
#
# The third convention matters with small batches. One batch of the values 1, 2, 6, with the memory at 1 and PyTorch's momentum 0.1:
# the biased variance is 14/3 ≈ 4.67, the unbiased 7. PyTorch stores 0.9 · 1 + 0.1 · 7 = 1.6; Keras, with momentum 0.9, stores 0.9 · 1 + 0.1 · 4.67 = 1.37.
# With m values in a batch the two differ by m/(m − 1): 50% at 3 values, 1.7% at 60.

# %%
three = np.array([[1.0], [2.0], [6.0]])
keras_stores = batchnorm.update_moving(np.ones(1), three.var(axis=0), momentum=0.9)
torch_stores = batchnorm.update_moving(np.ones(1), three.var(axis=0, ddof=1), momentum=0.9)
print("Keras stores", keras_stores.round(2), " PyTorch stores", torch_stores.round(2))

# %% [markdown]
# To carry over a *trained* layer, copy gamma to `weight`, beta to `bias`, and the moving statistics to `running_mean` and `running_var` as they are: inference uses what is stored, and m/(m − 1) matters only if training goes on. Keras keeps features on the last axis, PyTorch on axis 1.
#
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
# ## When the input drifts
#
# A scanner is replaced, its pictures come out faint. Nobody labels the new ones. (0 is paper, 1 is ink.)
# The weights may still be right: it is the *statistics* that describe another scanner.
#
# **Predict first.** We replace every moving statistic by that of the new test images, labels unseen. For which of these drifts does the accuracy come back?
# - faint: x becomes 0.4 x
# - grey paper: x becomes 0.6 x + 0.4
# - moved: every digit one pixel to the right (the last column comes back on the left)
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
    interval = stats.paired_interval(before[name], after[name])
    answer = stats.verdict(interval, smallest_effect=0.05, equivalence_margin=0.05)
    print(f"{name:<10} re-estimation gains at least 5 points: {answer} ({interval.pairs} seeds)")

# %% [markdown]
# Faint pictures and those on grey paper come back entirely: such a drift is a gain and a shift of the input, and a gain and a shift is what normalization removes.
# Inverted pictures do not: in the first layer every x̂ is now exactly the negative of what it was. Moved ones stay far below as well; whether 5 points come back there, ten seeds do not settle. No statistics turn a new pattern into a known one.
#
# The verdicts use the paired interval of lesson 02, with 5 points of accuracy as the smallest gain that matters.
# So much for where it helps. Now try the faint images of one class alone, as they come from a user who writes only sevens, and eight at a time.


# %%
def one_class(network, x, y, digit=7):
    mine = x[y == digit]
    return readapted(network, mine).accuracy(mine, y[y == digit])


def eight_at_a_time(network, x, y):
    return np.mean([readapted(network, x[i : i + 8]).accuracy(x[i : i + 8], y[i : i + 8]) for i in range(0, 200, 8)])


def typical(measure):
    return np.median([measure(result.network(seed), 0.4 * d.x_test, d.y_test) for seed, d in enumerate(splits)])


# %%
everything = typical(lambda network, x, y: readapted(network, x).accuracy(x, y))
print("all images of the test set:", "at least 0.95" if everything >= 0.95 else "below 0.95")
print("sevens only:               ", "at most 0.4" if typical(one_class) <= 0.4 else "above 0.4")
print(
    "eight at a time:           ", "between 0.75 and 0.95" if 0.75 <= typical(eight_at_a_time) <= 0.95 else "elsewhere"
)

# %% [markdown]
# With sevens only, what makes a seven a seven is the *mean* of the batch, and it is subtracted: re-estimation removes the very thing to be recognized.
# With eight images the statistics are noisy, as in lesson 05.
# So re-estimate from many images of mixed classes, and never from whatever one user sends.
# (Re-estimation at test time is studied under the name of covariate shift adaptation: Schneider et al. 2020; Nado et al. 2020.)
#
# ### Exercise 3: adapt
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
# Batch normalization is one choice of *which values share a mean and a variance*. Other choices, other behaviour.

# %% tags=["figure"]
figure, all_axes = plt.subplots(2, 2, figsize=(7.5, 4.6))
for axes, kind in zip(all_axes.flat, shared_cells.KINDS):
    shared_cells.draw(axes, cell=(1, 1, 1, 2), shape=(3, 3, 4, 4), kind=kind, groups=2)
plt.show()

# %% [markdown]
# Three images (rows) of four feature maps (columns), each 3 x 4 positions. The dark cell is normalized with the mean and variance of all blue ones.
# Only in the first picture does the blue reach other images. That one property brings everything this course is about: noise, batch-mates, two modes, a memory.
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
# The last two rows say that no normalization is *necessary*. What it buys is that a network trains without the care that they describe.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A gallery of eight faults
#
# Each snippet prints the symptom of one fault. Several of them have been seen in published lessons.
# Read the snippet, name the fault, then open the answer.
#
# ### 1


# %%
def variance(x):
    return (x**2).mean(axis=0) - x.mean(axis=0) ** 2


x = np.random.default_rng(0).normal(1e4, 1.0, (60, 200)).astype("float32")
print("features with a negative variance, of 200:", "more than 20" if np.sum(variance(x) < 0) > 20 else "few")

# %% [markdown]
# <details><summary>Answer</summary>
#
# `unstable-variance`: E[x²] − E[x]² subtracts two numbers near 10⁸, of which float32 keeps seven digits, to get one near 1.
# Subtract the mean first, then square: `((x - x.mean(axis=0)) ** 2).mean(axis=0)`.
# </details>
#
# ### 2


# %%
def backward(dy, x_hat, inv_std, gamma):
    return dy * gamma * inv_std


x, dy = np.random.default_rng(0).normal(size=(2, 60, 5))
_, cache = batchnorm.forward(x, np.ones(5), np.zeros(5))
dx = backward(dy, cache.x_hat, cache.inv_std, np.ones(5))
print("sum of dx over the batch is 0:", bool(np.allclose(dx.sum(axis=0), 0, atol=1e-9)))

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
centre_minus_corner = normalize_maps(shapes).mean(axis=0)[4, 4] - normalize_maps(shapes).mean(axis=0)[0, 0]
print("the square is still brighter than its surroundings:", bool(centre_minus_corner > 0.1))

# %% [markdown]
# <details><summary>Answer</summary>
#
# `per-position-statistics`: axis 0 alone gives each *position* its own mean, so that what all images have in common, the square, is subtracted.
# A feature map has one mean: axes (0, 1, 2).
# </details>
#
# ### 5


# %%
def normalize(x, epsilon=1e-3):
    """epsilon makes the variance unbiased"""
    return (x - x.mean(axis=0)) / (x.std(axis=0) + epsilon)


quiet = np.array([[0.30], [0.32]])  # a feature that hardly varies
print(
    "spread of the quiet feature:",
    normalize(quiet).std().round(2),
    " with epsilon under the root:",
    batchnorm.forward(quiet, [1.0], [0.0])[0].std().round(2),
)

# %% [markdown]
# <details><summary>Answer</summary>
#
# `epsilon-outside-sqrt`, and an explanation that is wrong as well. `epsilon` corrects no bias: it keeps the division finite, and it belongs to the variance, under the root.
# </details>
#
# ### 6

# %%
moving = 0.0
for seed in range(60):
    moving = moving * 0.01 + np.random.default_rng(seed).normal(3, 2, 16).mean() * 0.99
after = moving * 0.01 + 100.0 * 0.99
print("after one strange batch of mean 100 the moving mean is above 90:", bool(after > 90))

# %% [markdown]
# <details><summary>Answer</summary>
#
# `momentum-inverted`: the old value has the weight 0.01. One batch and the memory is gone.
# </details>
#
# ### 7

# %%
logits = np.random.default_rng(0).normal(size=(30, 10))
logits[:, 3] += 8.0  # thirty pictures of a three, and the network sees it
final, _ = batchnorm.forward(logits, np.ones(10), np.zeros(10))
print(
    "recognized as a three, before the last layer:",
    np.mean(logits.argmax(axis=1) == 3),
    " after it: less than half" if np.mean(final.argmax(axis=1) == 3) < 0.5 else " after it: most",
)

# %% [markdown]
# <details><summary>Answer</summary>
#
# `after-output`: normalized logits have mean 0 over the batch, so that no class can be frequent in a batch.
# The output layer stays free.
# </details>
#
# ### 8

# %%
backup = [{name: array.copy() for name, array in layer.items()} for layer in network.parameters]
restored = train(Experiment(batch_norm=True, activation="relu", steps=0), seeds=[0], progress=False).network(0)
restored.parameters = backup  # kernels, gammas, betas: "all that was trained"
lost = network.accuracy(digits.x_test, digits.y_test) - restored.accuracy(digits.x_test, digits.y_test)
print("points of accuracy lost by saving and restoring:", "more than 15" if lost > 0.15 else "at most 15")

# %% [markdown]
# <details><summary>Answer</summary>
#
# `restored-without-moving-statistics`: they are not trained by gradient descent, and so were not in the backup; yet the predictions need them.
# Save all weights, not the trainable ones.
# </details>

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
# | the converted model is worse at the borders of images | a normalization folded *forwards* over zero padding | compare outputs position by position |
# | the folded model is wrong everywhere | old bias or epsilon forgotten | random statistics far from 0 and 1, difference below 1e-5 |
# | the memory jumps after a move from PyTorch to Keras, and validation with it where batches differ much | momentum not inverted | print the moving mean for ten steps |
# | accuracy falls when the camera changes | statistics of another camera | re-estimate on mixed, unlabelled images |
# | worse after re-estimation | one class, or few images, in the batch | the same with shuffled images |
# | good before saving, bad after loading | only trainable weights were saved | compare `get_weights()` before and after |

# %% [markdown] tags=["references"]
# ## References
#
# - S. Ioffe, C. Szegedy: Batch Normalization. ICML 2015. Section 3.1: inference, where the layer becomes a linear transform.
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
# - Documentation of `keras.layers.BatchNormalization` and `torch.nn.BatchNorm1d`: momentum, epsilon, and the variance that is stored.
