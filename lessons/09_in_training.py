# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# # 09 · In training
#
# About 75 minutes to read and do (an estimate); one of them is the computer's.
# It builds on lesson 05 (moving statistics, calibration, the backward pass).
#
# After this lesson you will be able to
# - fine-tune a trained network in two phases, and decide whose statistics it should use in them;
# - say down to which batch size batch normalization can be trusted, and what to use below it: other normalizations or synchronized devices;
# - say what weight decay does to a kernel whose length the next layer divides away, and what a last gamma of 0 is good for.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import checks
from helpers.batchnorm import batch_moments, combine_moments
from helpers.course import quiz
from helpers.experiments import about, pin, stats
from helpers.figures import plots
from helpers.lessons.l09 import figures, fine_tuning, norm_training, tf_replicas
from helpers.networks.normalizations import normalize
from helpers.tf.quiet import keras

devices = tf_replicas.logical_devices(4)  # four devices in one CPU: possible only before TensorFlow starts
plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Frozen weights, new images
#
# Ten networks have learned the digits: black ink on white paper.
# Now inverted images arrive, white on black. All weights are frozen and nothing is learned; the images only pass through in training mode, 100 batches of 32.
# (This happens when the network is the frozen lower part of a larger one, and the part above it is being trained.)
#
# **Predict first.** What is the accuracy on the *old* images afterwards?
# - as before: no weight has changed
# - a point or two lower
# - less than 0.75

# %%
trained, digits = fine_tuning.pretrain(seeds=10)
before = trained.accuracy(*digits.test).ravel()
passed = trained.copy()
order = norm_training.batches(range(10), digits.train[0].shape[2], 32, 100)
x, labels = fine_tuning.invert(digits.train[0]), digits.train[1]
norm_training.follow(passed, order, x, labels, 0.0)  # learning rate 0: no weight moves
after = passed.accuracy(*digits.test).ravel()
pairs = [(old[name], new[name]) for old, new in zip(trained.layers, passed.layers) for name in old]
print("weights that changed:", sum(not np.array_equal(old, new) for old, new in pairs))
print("accuracy on old images, before:", about(before))
print("accuracy on old images, after: ", about(after))

# %% [markdown]
# The third answer, in every seed, though no weight has changed. (Behind ≈ stand the median and, in brackets, the worst and the best seed.)
# What changed is the memory: the moving mean and variance now describe inverted images, and inference uses them for all images.
#
# PyTorch users know this trap, because the usual line for freezing reaches parameters only:
#
# ```python
# for p in backbone.parameters():
#     p.requires_grad = False      # freezes gamma and beta; running_mean and running_var go on moving
# backbone.eval()                  # stops them, until the next model.train() starts them again
# ```
#
# In PyTorch the mode decides, `train()` or `eval()`, and the mode has nothing to do with gradients (PyTorch documentation, "Autograd mechanics").
# In Keras `layer.trainable = False` does both, if it is set on a batch normalization *layer*. Is it enough to set it on the layer's variables?

# %% tags=["pinned"]
pin(before.min() > 0.92 and after.max() < 0.7, "every seed falls from above 0.92 to below 0.7")

# %%
batch = np.random.default_rng(0).normal(5, 2, (32, 3)).astype("float32")
for what in ("gamma and beta", "the layer"):
    layer = keras.layers.BatchNormalization()
    layer.build((None, 3))
    for part in [layer] if what == "the layer" else [layer.gamma, layer.beta]:
        part.trainable = False
    layer(batch, training=True)
    moved = not np.array_equal(layer.moving_mean, np.zeros(3))
    print(f"trainable = False on {what:<15} learned arrays: {len(layer.trainable_variables)}  memory moved: {moved}")

# %% [markdown]
# Freezing gamma and beta alone gives PyTorch's situation: nothing is learned, and the memory moves.
# `trainable = False` on the layer also puts it into inference mode, whatever `training=` says (lesson 03).
# Set on a model, `trainable` passes to every layer inside. But see what happens when the model already has the value that you assign:

# %%
layers = keras.layers
inner = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.BatchNormalization()])
outer = keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
norm = inner.layers[-1]
norm.trainable = False
outer.trainable = True  # outer.trainable was True all the time
print("outer: True, then True    norm.trainable is", norm.trainable)
outer.trainable = False
outer.trainable = True
print("outer: False, then True   norm.trainable is", norm.trainable)

# %% [markdown]
# The first assignment did nothing: Keras 3.15, which this course pins, skips an assignment of the value that is there already, so a frozen inner layer stays frozen.
# From False to True the assignment reaches every layer, and thaws the normalization that you had frozen.
# So don't rely on it in either direction: set the model's flag first, then the layers' flags, and print the flags before you compile.
#
# **Where this goes wrong in practice.** A service keeps one backbone for two tasks. The second head is trained on new images, "with the backbone frozen", and the *first* task gets worse.
# The test: compare all arrays of the backbone before and after, not the trainable ones alone.

# %% [markdown]
# ### Exercise 1: freeze
#
# Sometimes you get a model whose calls you cannot change. Then the layers have to be frozen one by one.
# Write `freeze(model)`: it returns the model with the statistics of each batch normalization frozen, so that training mode uses them too, and every weight outside batch normalization trainable.
# (gamma and beta may be frozen too, as Keras does it.) A layer of the model may be a model itself, and the model may arrive frozen as a whole.


# %% tags=["exercise"]
def freeze(model):
    """The model; its batch normalizations in inference mode for good, all else trainable."""
    ### BEGIN SOLUTION
    model.trainable = True
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            freeze(layer)
        else:
            layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    return model
    ### END SOLUTION


# %% tags=["check"]
checks.freeze(freeze)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Fine-tuning: whose statistics?
#
# Now the weights may learn. There are 200 training images of a new kind, and five new kinds to try.
# Three are mild shifts: *faint* ink (70%), *noisy* pixels, digits *rotated* by 15 degrees.
# Two are hard: digits *turned*, that is mirrored at their diagonal, and *inverted* digits.

# %% tags=["figure"]
digit = digits.test[0][0, 0, 4]
shown = {"trained on": digit} | {name: change(digit) for name, change in fine_tuning.NEW.items()}
plots.images(np.clip(np.stack(list(shown.values())), 0, 1).reshape(-1, 8, 8), titles=list(shown), columns=6)
plt.show()

# %% [markdown]
# One digit as the networks know it, and in the five new kinds. The first three are easy to recognize as the same picture, the last two are not.
#
# There are three ways to normalize during fine-tuning: with *moving* statistics, where each batch uses its own and the memory follows;
# with *frozen* ones, where the memory of the old images is used in training as in inference;
# and *calibrated, then frozen*, where the memory is first measured anew on the 200 new images (lesson 05) and then kept.
# Every run makes 150 steps, whatever its batch size, and each way has the best of seven learning rates, chosen on validation images.
#
# **Predict first.** When is it better to freeze the statistics?
# - always: they were measured on many more images than a batch holds
# - never: they describe other images
# - it depends on the batch size, and on how new the images are

# %%
new = {name: fine_tuning.changed(digits, change) for name, change in fine_tuning.NEW.items()}
sizes, WAYS, tuned = (2, 8, 32), fine_tuning.WAYS, {}
cases = {(n, w, s): {"new": new[n], "way": w, "batch_size": s} for n in new for w in WAYS for s in sizes}
found = fine_tuning.tune_each(trained, cases)
for name, of_this_kind in new.items():
    print(f"{name:<9} before tuning: {about(trained.accuracy(*of_this_kind.test).ravel(), '.2f')}")
    tuned[name] = {way: [found[name, way, size].at_best() for size in sizes] for way in WAYS}
    for way, by_size in tuned[name].items():
        medians = ", ".join(about(np.median(one)) for one in by_size)
        print(f"    {way:<19} batches of 2, 8, 32: {medians}")
panels = {name: {way: np.transpose(found) for way, found in ways.items()} for name, ways in tuned.items()}

# %% tags=["figure"]
figures.accuracies(panels, sizes)
plt.show()

# %% [markdown]
# Test accuracy on the new images after fine-tuning; lines are medians of ten seeds, bands reach from the worst to the best.
# In the three mild panels the lines meet at batches of 8 and 32, and the moving statistics (solid) fall behind at batches of 2, on faint images by little.
# On turned digits frozen statistics win clearly at 2, and moving ones are a little ahead from 8 on.
# On inverted digits nothing works at 2, and from 8 on moving statistics are far ahead.
# The two frozen lines, dashed and dotted, lie within each other's bands in every panel.

# %% tags=["pinned"]
for name in ("faint", "noisy", "rotated"):
    moving, old = tuned[name]["moving"], tuned[name]["frozen"]
    pin(np.median(old[0] - moving[0]) > 0.01, f"freezing is better for {name} images in batches of 2")
    pin(np.abs(np.median(old[1:], axis=1) - np.median(moving[1:], axis=1)).max() < 0.04, f"{name}: a tie from 8 on")
for way in ("frozen", "calibrated, frozen"):
    pin(np.median(tuned["inverted"]["moving"][1] - tuned["inverted"][way][1]) > 0.2, "moving wins on inverted images")

# %% [markdown]
# It depends, on both.
#
# *On the batch size.* Two images tell which of two values is larger and nothing else (lesson 05). Frozen statistics know nothing of the batch, and win at batches of 2 on four of the five kinds.
# All runs made equally many steps, so the number of steps is not the reason.
#
# *On how new the images are.* For a mild shift, with 8 images or more, it hardly matters. That is the usual case, and the usual advice, to freeze, costs nothing there.
# Of the hard shifts, inverted images need moving statistics, and batches of 8 images or more.
#
# Why do frozen statistics fail on inverted images? A natural guess is that they describe the wrong images.
# The third way tests that guess: its statistics *do* describe the new images at the start, and it does no better. The guess does not explain the gap.
# Look at the learning rates instead.

# %%
for way in WAYS:
    result = found["inverted", way, 32]
    by_rate = np.median(result.validation, axis=0)
    print(f"{way:<19} validation accuracy at rates {result.rates}: {about(by_rate, '.2f', each=True)}")
cases = {(way, steps): cases["inverted", way, 32] | {"steps": steps} for steps in (40, 600) for way in WAYS[:2]}
longer = fine_tuning.tune_each(trained, cases)
longer |= {(way, 150): found["inverted", way, 32] for way in WAYS}
for steps in (40, 150, 600):
    runs = [longer[way, steps].at_best() for way in ("moving", "frozen")]
    print(f"{steps:>3} steps   moving: {about(runs[0], '.2f')}   frozen: {about(runs[1], '.2f')}")

# %% [markdown]
# With moving statistics the best rate is a large one. With statistics that are kept, the same rate ruins the network: it trains as one without batch normalization does (lesson 04), and needs small steps.
# (On faint images with batches of 2 the smallest rate of the list was the best: such a network had better stay nearly as it is.)
# 150 small steps are too few to learn inverted digits. 600 bring the frozen network most of the way.
# So frozen statistics are safe where little has to be learned, and slow where much has to be.

# %% tags=["pinned"]
pin(by_rate[-3:] < 0.2, "high rates ruin the network with calibrated and frozen statistics")
pin(
    np.argmax(np.median(found["inverted", "moving", 32].validation, axis=0)) in (3, 4, 5),
    "moving: a large rate is best",
)
smallest = np.argmax(np.median(found["faint", "moving", 2].validation, axis=0)) == 0
pin(smallest, "on faint images with batches of 2 the smallest rate is best")
pin(np.median(runs[1]) > 0.75, "600 steps bring the frozen network above 0.75")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The recipe
#
# This is how it is done in Keras (guide "Transfer learning & fine-tuning"), here with a small convnet, trained on digits and tuned to 200 rotated ones.
# First the network that somebody trained for you, the *base*, which gives features:

# %%
keras.utils.set_random_seed(0)
base = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(16, 3, use_bias=False), layers.BatchNormalization()])
for layer in (layers.ReLU(), layers.Conv2D(32, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU()):
    base.add(layer)
base.add(layers.Flatten())
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
first_task = keras.Sequential([base, layers.Dense(10)])
first_task.compile(keras.optimizers.Adam(3e-3), loss)
known = digits.train[0][0, 0].reshape(-1, 8, 8, 1), digits.train[1][0, 0]
first_task.fit(*known, batch_size=32, epochs=6, verbose=0)
parts = new["rotated"].train, new["rotated"].test
(x, labels), test = [(x[0, 0].reshape(-1, 8, 8, 1), labels[0, 0]) for x, labels in parts]
memory = base.layers[1].moving_mean.numpy().copy()

# %% [markdown]
# Then the two phases, to copy:

# %%
base.trainable = False  # phase 1: the new head alone
inputs = keras.Input((8, 8, 1))
features = base(inputs, training=False)
model = keras.Model(inputs, layers.Dense(10)(features))
model.compile(keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
model.fit(x, labels, batch_size=8, epochs=8, verbose=0)
head_only = model.evaluate(*test, verbose=0)[1]

# %%
base.trainable = True  # phase 2: all weights, at a low rate
for layer in base.layers:
    layer.trainable = not isinstance(layer, layers.BatchNormalization)
model.compile(keras.optimizers.Adam(3e-4), loss, metrics=["accuracy"])  # compile again
model.fit(x, labels, batch_size=8, epochs=8, verbose=0)
print("accuracy on rotated digits, head only:", about(head_only, ".2f"))
print("accuracy after both phases:           ", about(model.evaluate(*test, verbose=0)[1], ".2f"))
print("the base's memory is as it was:", np.array_equal(memory, base.layers[1].moving_mean))

# %% [markdown]
# (One run, which shows that the code works and compares nothing. On this mild shift the head alone does about as well.)
# - The head comes first, because its random start sends large gradients into the base.
# - The base is thawed at a low rate, here about a thirtieth of the head's, and its normalizations stay frozen.
# - `compile` comes after each change of `trainable`, because a compiled model keeps the list of weights that it was compiled with.
#
# The guide has no loop over the normalizations: it trusts `base(inputs, training=False)` to hold in phase 2, too. Does it?

# %%
base.trainable = False
base.trainable = True  # thawed whole, normalizations included
model(x[:8], training=True)  # what `fit` does
print("the base's memory is as it was:", np.array_equal(memory, base.layers[1].moving_mean))

# %% [markdown]
# No. In Keras 3.15 the mode in which a functional model is called overrides the mode that was written when the model was built.
# `training=False` holds where your own code makes the call at run time: in the `call` method of a class (`keras.Model` or `keras.layers.Layer`), as in `self.base(x, training=False)`.
# In a functional model, freeze the normalizations one by one, as above, or compare the memory before and after a step.
#
# In PyTorch `requires_grad = False` does the part of `trainable`, and the mode has to be held against `train()`, which every training loop calls:
#
# ```python
# class Tuned(nn.Module):
#     def train(self, mode=True):
#         super().train(mode)
#         for module in self.modules():
#             if isinstance(module, nn.modules.batchnorm._BatchNorm):
#                 module.eval()        # the running statistics normalize, and stay
#         return self
# ```
#
# The Keras guide gives another reason for keeping the statistics: otherwise their updates "will suddenly destroy what the model has learned".

# %% [markdown]
# ### Exercise 2: finetune
#
# Write `finetune(base, classes)`: it returns a Keras model, ready for phase 1, for images of the base's input shape (`base.input_shape[1:]`).
# A new head gives one output for each class. The base does not learn yet. When somebody thaws it later with `base.trainable = True`, normalizations included, its memory must still be used and stay as it is.


# %% tags=["exercise"]
def finetune(base, classes):
    """A model with a new head on the base, ready for phase 1."""

    ### BEGIN SOLUTION
    class Tuned(keras.Model):
        def __init__(self):
            super().__init__()
            self.base, self.head = base, keras.layers.Dense(classes)

        def call(self, x, training=False):
            return self.head(self.base(x, training=False))

    base.trainable = False
    return Tuned()
    ### END SOLUTION


# %% tags=["check"]
checks.finetune(finetune)

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Batch size: 1 to 64
#
# Detection, segmentation and video have images so large that one or two fit on a device.
# What does batch normalization do there, and what do its relatives, whose statistics belong to one image?
# *Layer* normalization averages over all features of an image, *group* normalization over some of them (here 32 features in 4 groups).
#
# All networks start from the same weights and see 3,000 images, whatever the batch size. So small batches make more steps.
# The rate is proportional to the batch size (the linear scaling rule, Goyal et al. 2017, section 2.1), times the best of three factors, chosen on validation data. (Where the best factor is the first or the last of the three, a longer list might help that kind a little.)
# Batch normalization gets exact statistics after training (lesson 05), so that a lagging memory doesn't count against it.
#
# **Predict first.** Down to which batch size does batch normalization keep up?
# - 32, the usual one
# - about 4
# - 1, because it has exact statistics

# %%
batch_sizes, rates = (1, 2, 4, 8, 16, 32, 64), (0.1, 0.3, 1.0)
norms = {"batch": {}, "group": {"size": 4}, "layer": {}}
settings = {(n, b): {"kind": n, "batch_size": b} | extra for n, extra in norms.items() for b in batch_sizes}
found = norm_training.sweep(settings, rates=rates, seeds=10, seen=3000, momentum=0.9)
lines = {n: np.transpose([found[n, b].at_best(exact=True) for b in batch_sizes]) for n in norms}

# %% tags=["figure"]
figures.accuracies({"trained from scratch": lines}, batch_sizes)
plt.show()

# %% [markdown]
# With batches of 1, batch normalization (solid) is right about once in ten, which is guessing; with larger batches it gets better quickly.
# Group and layer normalization (dash-dotted, dotted) hardly notice the batch size. They lose a little where it is large: in the 46 steps of batches of 64, batch normalization gets further.
# Lines are medians of ten seeds, bands reach from the worst to the best. Where a band hangs down, one seed did badly at a rate that suits the others.

# %%
print("median accuracy (worst to best of 10 seeds), and how far group normalization is ahead (99% interval)")
for place, size in enumerate(batch_sizes):
    by_batch, by_group = lines["batch"][:, place], lines["group"][:, place]
    ahead = stats.paired_interval(100 * by_batch, 100 * by_group)
    print(
        f"{size:>2}  batch {about(by_batch, '.2f')}  group {about(by_group, '.2f')}  {about(ahead, '+.0f', ' points')}"
    )

# %% [markdown]
# The second answer, roughly. At 1 and 2 the others are far ahead, from 8 on they are not. At 4 the medians are close, and another ten seeds may order them differently.
#
# A batch of 1 is its own mean: every x̂ is 0, no gradient reaches a kernel, and exact statistics cannot help kernels that never moved.
# A batch of 2 does train, but sees ±1 for nearly every value.
# So small batches harm the training itself, and not only the memory, which calibration would repair.
#
# On ImageNet, with 32, 16, 8, 4 and 2 images a device, a ResNet-50 has a top-1 error of 23.6, 23.7, 24.8, 27.3 and 34.7% with batch normalization; with group normalization between 24.0 and 24.2% (Wu & He 2018, table 2).
# The shape is the same: batch normalization is a little better with large batches and far worse with tiny ones.

# %% tags=["pinned"]
median = np.median(lines["batch"], axis=0)
pin(median[0] < 0.2 and median[3:].min() > 0.9, "batches of 1 learn nothing, and those of 8 and more reach 0.9")
pin(np.median(lines["group"], axis=0)[1] - median[1] > 0.05, "at batches of 2 group normalization is 5 points ahead")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ghost batches
#
# Some people want the opposite: a large batch with the noise of small ones.
# Divide the batch into consecutive groups and normalize each with its own statistics. The groups are called *ghost batches* (Hoffer, Hubara & Soudry 2017, algorithm 1).
#
# **Predict first.** Six values, 1, 3, 10, 30, 5, 5, in ghost batches of two. What comes out?
# - six different numbers, since one mean is subtracted from all
# - −1, 1, −1, 1 and twice 0

# %%
six = np.array([[1.0], [3.0], [10.0], [30.0], [5.0], [5.0]])
for name, y in (("one batch ", normalize(six)), ("ghosts of 2", normalize(six, "ghost", 2))):
    print(f"{name:<12}", (np.round(y[0].ravel(), 2) + 0.0).tolist())

# %% [markdown]
# In a ghost batch of two only the order survives, as in any batch of two.
# Does the noise of larger ghost batches help? 64 images a batch, in ghost batches of 2, 4 and 8, against one batch of 64.

# %%
ghosts = (2, 4, 8, 64)
settings = {size: {"kind": "ghost", "size": size, "batch_size": 64} for size in ghosts}
noisy = {
    size: run.at_best() for size, run in norm_training.sweep(settings, rates=rates, seen=10000, momentum=0.9).items()
}
for size in ghosts:
    interval = stats.paired_interval(100 * noisy[64], 100 * noisy[size])
    ahead = f"   ahead of one batch: {about(interval, '+.1f', ' points')}" if size != 64 else ""
    print(f"ghost batches of {size:>2}: {about(noisy[size])}{ahead}")

# %% [markdown]
# Ghost batches of 2 lose clearly. For 4 and 8 the intervals (99%, ten seeds, each at its best rate) exclude a gain of three points.
# This does not contradict the paper, whose batches had 4,096 images and whose ghosts had 128.
# It is a reason to measure before you believe that noise helps.

# %% tags=["pinned"]
for size in (4, 8):
    gain = stats.paired_interval(noisy[64], noisy[size])
    pin(gain.high < 0.03, f"ghost batches of {size} gain less than 3 points")
pin(stats.paired_interval(noisy[64], noisy[2]).high < -0.05, "ghost batches of 2 lose 5 points")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Gradient accumulation
#
# A batch of 32 does not fit into memory. So you take four batches of 8, add up the gradients, divide by 4, and make one step: *gradient accumulation*.
# Without batch normalization this is exactly the step of 32.
#
# **Predict first.** And with batch normalization?
# - still exactly: a mean of means of equal batches is the mean
# - it differs in the last digits
# - it is the step of 32 in ghost batches of 8


# %%
def gradient(kind, size=None, parts=1):
    """The first kernel's gradient for 32 images, accumulated over `parts` equal batches."""
    stack = norm_training.initial((0,), (1.0,), kind=kind, size=size)
    x, labels = digits.train[0][:1, :, :32], digits.train[1][:1, :, :32]
    total = 0
    for images, answers in zip(np.split(x, parts, axis=2), np.split(labels, parts, axis=2)):
        _, found = stack.gradients(images, answers)
        total = total + found[0]["kernel"].ravel() / parts
    return total


def apart(a, b):
    return np.linalg.norm(a - b) / np.linalg.norm(b)


# %%
accumulated = gradient("batch", parts=4)
comparisons = {
    "layer normalization, 4 x 8 and 32": apart(gradient("layer", parts=4), gradient("layer")),
    "batch normalization, 4 x 8 and 32": apart(accumulated, gradient("batch")),
    "4 x 8 and 32 in ghost batches of 8": apart(accumulated, gradient("ghost", size=8)),
}
for name, difference in comparisons.items():
    print(f"{name:<36}apart by {about(difference, '.0%') if difference > 1e-5 else 'less than 0.001%'}")

# %% [markdown]
# The third answer. The gradients are averaged correctly, but each of the four was computed with the statistics of 8 images, and no later sum brings back those of 32.
# Accumulation saves memory, and normalizes with as many images as fit into it. Layer normalization sees one image at a time and gives the same gradient.
#
# (The moving statistics differ as well: four batches of 8 move them four times, one batch of 32 once.)
#
# **Where this goes wrong in practice.** A published recipe with batches of 256 is repeated "with batch 4, accumulated 64 times", and falls short.
# The test: compare the gradient of one batch with the accumulated one, as above, before training for a week.

# %% tags=["pinned"]
pin(apart(accumulated, gradient("batch")) > 0.2, "the accumulated gradient is more than 20% away")
pin(list(comparisons.values())[0::2][0] < 1e-5 and list(comparisons.values())[2] < 1e-5, "the two others agree")

# %% [markdown]
# ### Exercise 3: ghost batches
#
# Ghost batches and accumulation compute the same thing. Write it as `ghost_forward(x, gamma, beta, epsilon, size)`.
# x is (N, D); each `size` consecutive rows form a group with its own mean and biased variance (1/m), and the last group may be shorter.
# gamma and beta, (D,), are the same for all groups.


# %% tags=["exercise"]
def ghost_forward(x, gamma, beta, epsilon, size):
    """y (N, D), each group of `size` consecutive rows normalized by itself."""
    ### BEGIN SOLUTION
    y = np.empty_like(x)
    for start in range(0, len(x), size):
        group = x[start : start + size]
        mean, variance = group.mean(axis=0), group.var(axis=0)
        y[start : start + size] = gamma * (group - mean) / np.sqrt(variance + epsilon) + beta
    return y
    ### END SOLUTION


# %% tags=["check"]
checks.ghost_forward(ghost_forward)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Synchronized statistics
#
# With several devices, each gets a share of the batch and normalizes it with the statistics of its share: ghost batches again, one on each device.
# To do better, the devices have to tell each other their means and variances. Lesson 05 showed how to combine them.
#
# **Predict first.** Four devices send each other mean and variance of their eight images. Is the mean of the four variances the variance of all 32?
# - yes, the shares are equally large
# - no, it is too small
# - no, it is too large

# %%
rng = np.random.default_rng(0)
batch = (rng.normal(size=(32, 6)) + np.linspace(-2, 2, 32)[:, np.newaxis]).astype("float32")
means, variances = map(np.array, zip(*[batch_moments(share) for share in np.split(batch, 4)]))
mean, variance = combine_moments(means, variances, counts=[8, 8, 8, 8])
whole_mean, whole_variance = batch_moments(batch)
print("largest difference of the combined mean to the whole batch's:    ", np.abs(mean - whole_mean).max().round(4))
print(
    "largest difference of the combined variance to the whole batch's:",
    np.abs(variance - whole_variance).max().round(4),
)
print("mean of the four variances / variance of the whole batch:", (variances.mean(axis=0) / whole_variance).round(2))

# %% [markdown]
# Too small in every feature: the mean of the variances lacks the variance of the means. These rows drift from −2 to 2, as sorted or neighbouring images do, and so the shares differ.
# Calibration's formula, mean of the variances plus variance of the means, is all that synchronization needs: two numbers for each feature and device.
#
# Now the same with TensorFlow. The first cell has divided this CPU into four devices. `one_step` uses `tf.distribute.MirroredStrategy`: it keeps a copy of the layer on each device, hands each an equal share of the batch, runs one training step, and puts the parts together.

# %%
from helpers.tf.batchnorm import BatchNorm

dy = rng.normal(size=batch.shape).astype("float32")  # the gradient that arrives from above
alone = tf_replicas.one_step(BatchNorm, batch, dy, replicas=1)
for synchronized in (True, False):
    for replicas in (2, 4):
        step = tf_replicas.one_step(lambda s=synchronized: BatchNorm(synchronized=s), batch, dy, replicas=replicas)
        difference = step.difference(alone)  # the largest of outputs, gradients, moving statistics
        pin(
            difference < 1e-5 if synchronized else difference > 0.5, "synchronized devices agree with one, others don't"
        )
        says = "below 0.001%" if difference < 1e-5 else about(difference, ".0%")
        print(f"{replicas} devices, synchronized={synchronized!s:<5}: largest difference to one device {says}")

# %% [markdown]
# With `synchronized=True` two and four devices compute what one computes with the whole batch: outputs, the gradients of inputs, gamma and beta, and both moving statistics, to 1e-5 of the largest.
# The gradients agree too, because they flow back through the exchange to all devices.
#
# In Keras you write `keras.layers.BatchNormalization(synchronized=True)` inside `strategy.scope()`, and the rest is an ordinary `fit`.
# In PyTorch `torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)` replaces every normalization before the model is wrapped in `DistributedDataParallel`.
# Without synchronization each device also has its own moving statistics, and a model is saved once. Whose are saved?

# %%
shares = np.split(batch, 4)
keras_step = tf_replicas.one_step(lambda: keras.layers.BatchNormalization(momentum=0.0), batch, dy, replicas=4)
ours_step = tf_replicas.one_step(lambda: BatchNorm(momentum=0.0), batch, dy, replicas=4)  # momentum 0: the batch's own
kept = {"first device's share": shares[0], "last device's share": shares[3], "whole batch": batch}
for name, rows in kept.items():
    print(f"{name:<21} mean of the first feature {rows[:, 0].mean():.2f}, variance {rows[:, 0].var():.2f}")
for name, step in (("Keras's layer keeps", keras_step), ("ours keeps", ours_step)):
    print(f"{name:<21} mean of the first feature {step.moving_mean[0]:.2f}, variance {step.moving_variance[0]:.2f}")
pin(np.allclose(keras_step.moving_mean, shares[0].mean(axis=0), atol=1e-4), "Keras reads the first device's memory")

# %% [markdown]
# Keras, in the pinned version, saves what the first device saw, and drops the other memories. The course's layer averages the four; its mean is right and its variance still too small.
# PyTorch's `DistributedDataParallel` likewise broadcasts the first process's buffers. If the shares are alike, this costs little. If they are sorted, synchronize, or calibrate before you save.
#
# Keras's synchronized layer exchanges sums and sums of squares, and computes the variance as E[x²] − E[x]². Rounding makes this formula inaccurate for features with a large mean:

# %%
far = (batch + 1e4).astype("float32")  # the same spread, a mean of 10,000
for name, norm in (("ours", BatchNorm), ("Keras's", keras.layers.BatchNormalization)):
    one = tf_replicas.one_step(norm, far, dy, replicas=1)
    two = tf_replicas.one_step(lambda norm=norm: norm(synchronized=True), far, dy, replicas=2)
    difference = np.abs(two.y - one.y).max() / np.abs(one.y).max()
    says = "less than 2%" if difference < 0.02 else about(difference, ".0%")
    print(f"{name:<8} synchronized, mean 10,000: outputs of two devices differ from one's by {says}")
    pin(difference < 0.02 if name == "ours" else difference > 0.5, "the two layers differ for a large mean")

# %% [markdown]
# (Measured with the Keras that this course pins. Such means are rare inside a network, but raw inputs in physical units can have them. Lesson 10 comes back to the formula.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What weight decay decays
#
# Weight decay multiplies each weight by a number a little below 1 at every step. Small weights are said to keep functions simple.
#
# **Predict first.** A kernel that is followed by batch normalization is multiplied by 0.1. What happens to the layer's output, and to the kernel's gradient?
# - both are divided by 10
# - the output stays, the gradient is divided by 10
# - the output stays, the gradient is multiplied by 10

# %%
stack = norm_training.initial((0,), (1.0,), epsilon=1e-9)
x, labels = digits.train[0][:1, :, :60], digits.train[1][:1, :, :60]
logits, kernel = stack.forward(x)[0], stack.layers[0]["kernel"].copy()
gradient_before = stack.gradients(x, labels)[1][0]["kernel"].copy()
lengths = np.linalg.norm(gradient_before, axis=-2) * np.linalg.norm(kernel, axis=-2)
cosine = np.sum(gradient_before * kernel, axis=-2) / (lengths + 1e-12)
stack.layers[0]["kernel"] *= 0.1
change = np.abs(stack.forward(x)[0] - logits).max() / np.abs(logits).max()
print(f"largest change of the output: {about(change, '.1e')} of its size")
gradient_after = stack.gradients(x, labels)[1][0]["kernel"]
print(f"gradient multiplied by {np.linalg.norm(gradient_after) / np.linalg.norm(gradient_before):.1f}")
print(f"largest cosine between gradient and kernel, over all units: {about(np.abs(cosine).max(), '.1e')}")

# %% [markdown]
# The third answer (lesson 12). The output does not depend on the kernel's length, so decay cannot make the layer's function simpler.
# But a kernel of a tenth of the length gets ten times the gradient, and each step of plain gradient descent turns it a hundred times as far. The direction of the kernel moves with the *effective rate*, rate / |w|².
#
# The last line adds one thing: the gradient stands at a right angle to the kernel. So a step without decay always makes the kernel a little longer, as a step along a tangent leads away from a circle. Decay pulls the other way.

# %%
from helpers.lessons.l09 import effective_rate

decays, rate = (0.0, 0.003, 0.01), 0.5
squares, accuracy = {}, {}
for decay in decays:
    squares[decay], accuracy[decay] = effective_rate.with_decay(decay, rate=rate, seeds=10, steps=400)
    change = squares[decay][:, -1] / squares[decay][:, 0]
    print(f"decay {decay:<6} |w|² multiplied by {about(change, '.2f')}   test accuracy {about(accuracy[decay])}")
interval = stats.paired_interval(100 * accuracy[0.0], 100 * accuracy[0.01])
print("decay 0.01 gains", about(interval, "+.1f", " points"), "(99% interval)")

# %% tags=["figure"]
figures.decays(squares, rate)
plt.show()

# %% [markdown]
# Left, the squared length of the first layer's kernels, medians of ten seeds; right, the effective rate. All three networks were given the same learning rate.
# Without decay (solid) the effective rate falls slowly. With decay 0.01 (dotted) it rises several times over, until growth and decay balance.
# The accuracy gains nothing that would matter: the interval above excludes two points. A rate that rises is not always what a network needs at the end.
#
# Does decay do anything else to these kernels? The update is
#
# $$w \leftarrow (1 - \mathrm{rate}\cdot\mathrm{decay})\,w - \mathrm{rate}\cdot\mathrm{gradient}(w)$$
#
# Substitute $w = (1 - \mathrm{rate}\cdot\mathrm{decay})^t\,v$, use that the gradient at a · v is 1/a of that at v, and the decay drops out:
#
# $$v \leftarrow v - \mathrm{rate}_t \cdot \mathrm{gradient}(v), \qquad \mathrm{rate}_t = \mathrm{rate}\,/\,(1 - \mathrm{rate}\cdot\mathrm{decay})^{2t+1}$$
#
# What remains is training without decay, at a learning rate that grows exponentially (Li & Arora 2020). Let us check that.

# %%
decaying, growing, growth, shrinkage = effective_rate.lockstep(decay=0.02, rate=0.3, steps=200, seeds=5)
difference = np.abs(decaying - growing).max() / np.abs(growing).max()
print(f"after 200 steps the growing rate is {growth:.0f} times what it was")
print(f"|w|² of the decaying kernels is 1/{1 / shrinkage:.0f} of the other's")
print(f"largest difference of the two networks' outputs, 5 seeds: {about(difference, '.0e')} of the largest output")
pin(difference < 1e-4, "the two networks agree")

# %% [markdown]
# One training had weight decay, the other a rate that grew elevenfold, and both gave the same network.
# For kernels before batch normalization, with plain gradient descent and a negligible epsilon (here 1e-12, in float64), weight decay *is* a schedule of the learning rate, and nothing else.
# (Neither training decayed the output layer, gamma and beta. Decay changes their functions, as it does without batch normalization.)
#
# Does this also hold for Adam? Adam divides the gradient by a running measure of its size, so the length of its step does not depend on the length of the gradient.
# Compare the first step of both optimizers, for the kernel as it was and for a tenth of it: by which angle does a unit's kernel turn?


# %%
def angle(kernel, step):
    """By how many degrees each step turns the kernels, the median over units; a column is a unit's kernel."""
    moved = kernel - step
    lengths = np.linalg.norm(kernel, axis=-2) * np.linalg.norm(moved, axis=-2)
    return np.degrees(np.median(np.arccos(np.clip(np.sum(kernel * moved, axis=-2) / lengths, -1, 1))))


optimizers = {"gradient descent": lambda g: 0.001 * g, "Adam": lambda g: 1e-5 * g / (np.abs(g) + 1e-12)}  # first step
original, gradient_at = kernel.astype(np.float64), gradient_before.astype(np.float64)
for name, step in optimizers.items():
    whole, tenth = angle(original, step(gradient_at)), angle(0.1 * original, step(10 * gradient_at))
    print(f"{name:<17} a tenth of the kernel turns {about(tenth / whole, '.0f', 'x')} as far")

# %% [markdown]
# With Adam a kernel of a tenth of the length turns about ten times as far, and not a hundred times: the effective rate is rate / |w|.
# So decay still changes the effective rate, but the exponential schedule above no longer follows.
#
# It also matters where the decay enters. Added to the gradient ("L2"), it is divided by the gradient's size as well.
# AdamW leaves the gradient alone and multiplies the weight by 1 − rate · decay, as in the update above (Loshchilov & Hutter 2019).
# We train the networks from above with both, at the rate 0.003.

# %%
ways = {"Adam without decay": ("AdamW", 0.0), "Adam, L2 0.01": ("Adam, L2", 0.01)}
ways |= {"AdamW, decay 0.01": ("AdamW", 0.01), "AdamW, decay 1": ("AdamW", 1.0)}
shrunk, right = {"SGD, decay 0.01": squares[0.01]}, {"SGD, decay 0.01": accuracy[0.01]}
for name, (optimizer, decay) in ways.items():
    settings = {"optimizer": optimizer, "rate": 0.003, "seeds": 10, "steps": 400}
    shrunk[name], right[name] = effective_rate.with_decay(decay, **settings)
shrunk = {name: values[:, -1] / values[:, 0] for name, values in shrunk.items()}
for name, change in shrunk.items():
    print(f"{name:<18} |w|² multiplied by {about(change, '.2f')}   test accuracy {about(right[name])}")

# %% [markdown]
# With Adam, L2 at 0.01 leaves about a seventh of |w|². The same 0.01 in AdamW leaves |w|² within a few percent of what it is without decay, since a step takes away 0.003 · 0.01 of a weight; it takes a decay of 1 to reach what L2 reached.
# So a value of the decay means nothing without its optimizer and its rate: a recipe that moves from Adam to AdamW needs another one.
# The test accuracies hardly differ. What changes is the effective rate.
#
# In Keras you write `keras.optimizers.AdamW(weight_decay=0.004)`, or `weight_decay=` of any other optimizer, which is AdamW's kind of decay too, and `optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])` before training.

# %% tags=["pinned"]
medians = {name: np.median(change) for name, change in shrunk.items()}
pin(medians["Adam, L2 0.01"] < 0.25, "L2 with Adam leaves less than a quarter of |w|²")
pin(0.95 < medians["AdamW, decay 0.01"] < 1.2, "AdamW's decay of 0.01 changes |w|² little")
pin(0.5 < medians["AdamW, decay 1"] / medians["Adam, L2 0.01"] < 2, "AdamW's 1 does about what L2's 0.01 does")
pin(np.ptp([np.median(values) for values in right.values()]) < 0.03, "the accuracies hardly differ")

# %% [markdown]
# What should decay reach? All kernels, if you want to keep the effective rate from dying out.
# The usual recipes leave gamma and beta undecayed (Goyal et al. 2017, section 5.1). They are the scale and the shift that the layer was given back (lesson 01), and no later step divides them away.
#
# **Where this goes wrong in practice.** Somebody switches weight decay off "because it is only regularization", and training slows down after some epochs. Or a learning rate was tuned with one decay and is kept with another.
# The test: plot |w|² and rate / |w|² over training.
#
# ### Exercise 4: what to decay
#
# Write `decay_parameters(model)`: return a list of those variables of a Keras model that weight decay should reach.
# It should hold every kernel, also those in models inside the model and in recurrent layers, and no gamma or beta. Biases are your choice.


# %% tags=["exercise"]
def decay_parameters(model):
    """The variables that weight decay should reach."""
    ### BEGIN SOLUTION
    return [variable for variable in model.trainable_variables if variable.name.endswith("kernel")]
    ### END SOLUTION


# %% tags=["check"]
checks.decay_parameters(decay_parameters)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Residual branches and the last gamma
#
# In a residual network each block *adds* its branch to its input: x ← x + branch(x). Where a branch ends with batch normalization, its last gamma decides how much is added.
#
# **Predict first.** Every last gamma starts at 1. How large is the branch of block 20, compared with the x that it is added to?
# - equally large: both are normalized
# - about a quarter of it
# - a twentieth

# %%
from helpers.lessons.l09 import residual

blocks, gammas, rates = 20, (1.0, 0.0), (0.03, 0.3)
images = norm_training.images(range(10)).train[0][:, :, :60]
spreads, losses, reached = {}, {}, {}
for gamma in gammas:
    fresh = residual.ResidualStack(range(10), (0.1,), blocks=blocks, last_gamma=gamma)
    spreads[gamma] = residual.spreads(fresh, images)
    losses[gamma], reached[gamma] = residual.train(10, rates, steps=60, blocks=blocks, last_gamma=gamma)
share = spreads[1.0][1][-1] / spreads[1.0][0][-1]
print("last gamma 1, block 20: sd of the branch / sd of its input", about(share, ".2f"))

# %% tags=["figure"]
figures.branches(spreads, losses, rates)
plt.show()

# %% [markdown]
# Left: with gamma 1 (solid) each branch has spread 1, but its input grows, because variances add up. After l blocks the input has a variance of about l, so the branch's share is about 1/√l, and √20 is about 4.5.
# The deeper a block, the less it changes. Batch normalization makes a residual network begin close to a shallow one (De & Smith 2020).
# A last gamma of 0 (dashed) goes further: every block passes on its input unchanged, until training switches it on.
#
# Middle and right, the training loss in the first 60 steps, at two learning rates.
# With gamma 1 it begins higher, because what arrives at the output layer is larger. The next cell compares the two starts in numbers.

# %%
for place, rate in enumerate(rates):
    for gamma in gammas:
        early = losses[gamma][10:20, :, place].mean(axis=0)
        end = f"test accuracy after 60 steps {about(reached[gamma][:, place], '.2f')}"
        print(f"rate {rate:<4} last gamma {gamma:g}: loss at steps 11 to 20 {about(early, '.2f')}   {end}")

# %% [markdown]
# It depends on the rate. At 0.03, twenty blocks that are switched off learn more slowly, and after 60 steps they are still behind. At 0.3 they keep the first steps from running away, and after 60 steps the two are within a few points of each other.
# So a last gamma of 0 gives a calm start at a high rate, as it is used with large batches (Goyal et al. 2017, section 5.1, who also report a small gain at the end; sixty steps cannot show it).
# In Keras you write `BatchNormalization(gamma_initializer="zeros")` for the last one of each branch only. Anywhere else, a gamma of 0 makes the layer's output constant.

# %% tags=["pinned"]
start = {(g, p): np.median(losses[g][10:20, :, p].mean(axis=0)) for g in gammas for p in (0, 1)}
pin(start[1.0, 0] < start[0.0, 0] and start[0.0, 1] < start[1.0, 1], "gamma 1 starts better at 0.03, gamma 0 at 0.3")
pin(np.all((share > 0.2) & (share < 0.3)), "the branch of block 20 is about a quarter of its input")
pin(stats.paired_interval(accuracy[0.0], accuracy[0.01]).high < 0.02, "decay gains less than 2 points")

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("09_in_training")

# %% [markdown] tags=["recap", "path-90"] slideshow={"slide_type": "slide"}
# ## Recap, with one example in numbers
#
# One feature, two devices: one holds the values 1 and 3, the other 8 and 12. epsilon is 0.
#
# | | device 1 | device 2 | synchronized |
# |---|---|---|---|
# | mean | 2 | 10 | (2 + 10) / 2 = 6 |
# | variance, biased (1/m) | 1 | 4 | (1 + 4) / 2 + (4² + 4²) / 2 = 18.5 |
# | x̂ | −1, 1 | −1, 1 | −1.16, −0.70, 0.46, 1.39 |
#
# Not synchronized, the devices are two ghost batches, in which 3 and 12 become the same number. Accumulation over the two gives the same ghost batches.
#
# An example for the effective rate (gradient descent): w = (3, 4) has |w|² = 25, so at the rate 0.1 its effective rate is 0.004. If decay halves w, |w|² is 6.25 and the effective rate 0.016, four times as large.

# %%
values = np.array([[1.0], [3.0], [8.0], [12.0]])
mean, variance = combine_moments([[2.0], [10.0]], [[1.0], [4.0]], [2, 2])
print("mean", mean[0], " variance", variance[0])
print("synchronized", normalize(values, epsilon=0.0)[0].ravel().round(2).tolist())
print("by itself   ", normalize(values, "ghost", 2, epsilon=0.0)[0].ravel().round(2).tolist())
print("effective rates", [0.1 / 25, 0.1 / 6.25])

# %% [markdown]
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | the old task gets worse while a new head is trained on a frozen backbone | the statistics were not frozen | compare *all* arrays before and after |
# | fine-tuning with 2 images a batch makes the network worse | statistics of 2 images | freeze them, or a larger batch |
# | fine-tuning with frozen statistics gets nowhere | the shift is hard, and only small steps are stable | more steps; or moving statistics with batches of 8 and more |
# | the memory moves again in phase 2 | the normalizations were thawed, or a functional model overrode `training=False` | compare the memory before and after one step |
# | a saved model is worse than its training on several devices | the first device's memory was saved | calibrate, and evaluate again |
# | accumulated batches fall short of a published result | ghost batches | compare the two gradients |
# | results change with the number of devices | each has its own statistics | one step on one device, the same on two |
# | training slows down without weight decay, or with another one | the effective rate has changed | plot rate / \|w\|² |
# | a deep residual network runs away in the first steps | all branches are on, at a high rate | last gamma 0, or a smaller rate at first |

# %% [markdown] tags=["references"]
# ## References
#
# - Y. Wu, K. He: Group Normalization. ECCV 2018. Section 3: the formula; table 2: error against images per device.
# - E. Hoffer, I. Hubara, D. Soudry: Train longer, generalize better: closing the generalization gap in large batch training of neural networks. NeurIPS 2017. Algorithm 1: ghost batches.
# - P. Goyal et al.: Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour. arXiv:1706.02677, 2017. Section 2.1: the linear scaling rule; section 5.1: no decay on gamma and beta, and a last gamma of 0.
# - I. Loshchilov, F. Hutter: Decoupled Weight Decay Regularization. ICLR 2019. AdamW.
# - T. van Laarhoven: L2 Regularization versus Batch and Weight Normalization. arXiv:1706.05350, 2017. Weight decay and the effective learning rate.
# - Z. Li, S. Arora: An Exponential Learning Rate Schedule for Deep Learning. ICLR 2020. Weight decay as a rate that grows exponentially.
# - S. De, S. L. Smith: Batch Normalization Biases Residual Blocks Towards the Identity Function in Deep Networks. NeurIPS 2020. The branch's share falls with depth.
# - S. Ioffe, C. Szegedy: Batch Normalization. ICML 2015. Section 3.3: the scale of the weights does not matter to the layer's output.
# - Keras documentation: `BatchNormalization` (`trainable`, `synchronized`), and the guide "Transfer learning & fine-tuning".
# - PyTorch documentation: "Autograd mechanics", on evaluation mode and gradients as two independent things.
