# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 11 · Capstone: patients and a script
#
# About 60 minutes to read and do (an estimate).
# It builds on lessons 03 (`training`, `trainable`), 05 (the memory), 06 (`axis`) and 10 (momentum in PyTorch).
#
# After this lesson you will be able to
# - find out from a network's behaviour alone what is wrong with its batch normalization;
# - tell faults that ruin a network from faults that wait for production;
# - repair a training script and prove that nothing is left.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import checks, data
from helpers.checks.l11 import tf_capstone, tf_patients
from helpers.course import quiz
from helpers.experiments import about, pin
from helpers.figures import plots
from helpers.tf.quiet import keras, tf
from helpers.tf.sweep import one_thread_each

one_thread_each()  # two trainings at a time, a core for each
plots.use_style()
digits = data.load("digits")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three patients
#
# Three trained networks arrive without their code. A patient answers four questions:
#
# | call | answer |
# |---|---|
# | `patient.predict(images, training=False)` | logits (N, 10) for images (N, 8, 8); with `training=True` the call writes to the memory, as in any model |
# | `patient.memory()` | a list with (moving mean, moving variance) for each normalization, in order |
# | `patient.batch_statistics(images)` | a list with (mean, variance) of every feature that arrives at each normalization; nothing is written |
# | `patient.history` | `"loss"` of each training step, and `"moving_mean"` of the first normalization after every tenth step |
#
# **Predict first.** You see the test accuracy and the last losses of three patients, of which some are ill. Can you tell which?
# - yes, the ill ones have the lowest accuracy
# - no

# %%
patients = {name: tf_patients.admit(seed, digits) for name, seed in (("A", 7), ("B", 12), ("C", 11))}
for name, patient in patients.items():
    right = np.mean(patient.predict(digits.x_test).argmax(axis=1) == digits.y_test)
    print(
        f"patient {name}: test accuracy",
        about(right, ".2f"),
        " last losses",
        about(patient.history["loss"][-20:], ".2f"),
    )

# %% tags=["figure"]
figure, axes = plt.subplots(figsize=(7, 3.2))
for (name, patient), style in zip(patients.items(), ("-", "--", ":")):
    axes.plot(np.arange(10, 101, 10), patient.history["moving_mean"][:, 0], style, label=f"patient {name}")
axes.set(xlabel="step", ylabel="one moving mean")
axes.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
plt.show()

# %% [markdown]
# No. One network trains poorly, but two do well, and only one of those two is healthy.
# The curves show one number of each memory over the training: one stays at 0, the other two move.
#
# ## A page of symptoms
#
# | name of the fault | what was done | what betrays it |
# |---|---|---|
# | `missing-training-flag` | the training step called the model in inference mode | the memory is still exactly 0 and 1, but a call in training mode moves it |
# | `frozen-wrongly` | `trainable = False` on the normalizations | the memory is still exactly 0 and 1, and a call in training mode does not move it |
# | `axis-not-features` | `axis` names another axis than the features' | fewer moving means than features |
# | `momentum-inverted` | Keras's momentum is small | two calls with the same batch: the memory goes nearly the whole way in the first one |
# | `after-output` | the logits are normalized | in training mode the mean of each logit is the same for every batch |
#
# The fourth line in numbers: memory 0, batch mean 10, momentum 0.9. One call gives 1, the next 1.9: the second step, 0.9, is 0.9 times the first.
# The ratio of two successive steps with the same batch is the momentum, whatever the batch is.
#
# An examination changes the patient: a call in training mode writes to the memory. Look at the memory before you make one.
#
# ### Exercise 1: examine
#
# `examine(patient, images)` returns the set of the faults that the patient has, by their names above; for a healthy patient the set is empty.
# `images` (N, 8, 8) are 100 digits. The check brings patients of its own, some with two faults.


# %% tags=["exercise"]
def examine(patient, images):
    """The set of faults, such as {"after-output"}."""
    ### BEGIN SOLUTION
    found = set()
    memory, arriving = patient.memory(), patient.batch_statistics(images)
    if any(len(mean) != len(batch_mean) for (mean, _), (batch_mean, _) in zip(memory, arriving)):
        found.add("axis-not-features")
    means = [patient.predict(half, training=True).mean(axis=0) for half in np.array_split(images, 2)]
    if np.allclose(*means, atol=1e-3):
        found.add("after-output")
    track = [patient.memory()[0][0]]
    for _ in range(2):
        patient.predict(images, training=True)
        track.append(patient.memory()[0][0])
    first, second = np.diff(track, axis=0)
    if not first.any():
        return found | {"frozen-wrongly"}
    if not memory[0][0].any():
        found.add("missing-training-flag")
    if np.median(second / first) < 0.5:
        found.add("momentum-inverted")
    return found
    ### END SOLUTION


# %% tags=["check"]
checks.examine(examine)

# %% [markdown] tags=["solution"]
# What the examination finds in the three patients:

# %% tags=["solution"]
for name, patient in patients.items():
    print(f"patient {name}:", ", ".join(sorted(examine(patient, digits.x_validation[:100]))) or "healthy")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A colleague's script
#
# "It ran in PyTorch. I carried it over to Keras, and now it hardly learns. The model looks right to me. Could you have a look?"
#
# Four convolutions, each followed by batch normalization and ReLU, then a dense layer to ten logits.
# Something is wrong with the batch normalization in the two cells below; how many faults there are is for you to find out.
# The rest of the script is in order.
#
# **Predict first.** Read both cells and write down every fault that you see, before anything runs.


# %%
def colleagues_model():
    layers = [keras.Input((8, 8, 1))]
    for filters, strides in ((16, 2), (32, 1), (32, 1), (32, 2)):
        layers += [
            keras.layers.Conv2D(filters, 3, strides, padding="same", use_bias=False),
            keras.layers.BatchNormalization(axis=1, momentum=0.1),
            keras.layers.Activation("relu"),
        ]
    layers += [keras.layers.Flatten(), keras.layers.Dense(10), keras.layers.BatchNormalization(momentum=0.1)]
    model = keras.Sequential(layers)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False  # moving averages are no weights: the optimizer must not touch them
    return model


# %%
def colleagues_training(model, dataset, steps=300, batch_size=16, learning_rate=1.0, seed=0):
    x, y = dataset.x_train[..., np.newaxis], dataset.y_train
    optimizer, rng = keras.optimizers.SGD(learning_rate), np.random.default_rng(seed)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def step(images, labels):
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(images))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    for _ in range(steps):
        rows = rng.choice(len(x), batch_size, replace=False)
        step(x[rows], y[rows])
    return model


# %%
keras.utils.set_random_seed(0)
patient = colleagues_training(colleagues_model(), digits)
print("right on test images:", about(tf_capstone.accuracy(patient, digits), ".2f"))

# %% [markdown]
# A good network has 0.95 and more on these digits.
# You have read the code; now forget it for a while. We examine this network by its behaviour, as we did the patients.
#
# ## What do the arrays say?
#
# **Predict first.** The training took 300 steps. What should `moving_mean` and `gamma` of the first normalization look like, if all were well?
# - `moving_mean` near 0, `gamma` near 1: that is what normalizing means
# - both have left their starting values, 0 and 1
# - `moving_mean` has moved, `gamma` is fixed

# %%
norms = [layer for layer in patient.layers if isinstance(layer, keras.layers.BatchNormalization)]
for number, norm in enumerate(norms, 1):
    moved = not np.all(norm.moving_mean == 0)
    learned = not np.all(norm.gamma == 1)
    gammas, maps = norm.gamma.shape[0], norm.input.shape[-1]
    print(f"norm {number}: memory moved: {moved}, gamma learned: {learned}, {gammas:>2} gammas for {maps} features")

# %% [markdown]
# Both should have left their starting values. Here neither did, in any layer. These are two symptoms.
#
# - The **memory** is written by a forward pass in training mode, and by nothing else. After 300 steps it still holds 0 and 1, so none of these layers ever ran in training mode.
# - **gamma** is changed by the optimizer. It did not change, so the optimizer never got it.
#
# And a third: the first four layers have 16 or 32 feature maps and keep 4 or 2 gammas.
#
# Each symptom has its own line in the script.
# One fault hides another: a frozen layer runs in inference mode even if it is called with `training=True`, so that a missing `training=True` shows only after the layers are thawed.
# So repair one fault at a time, and examine the network again after each (exercise 2).
#
# ## Fault by fault
#
# `tf_capstone` is this script with a switch for each fault on the page of symptoms.
# There are seven cases: no fault, each of the five faults alone, and all five together. In each case we train five networks, on five splits of the digits.
#
# **Predict first.** Which of the five faults, alone, leaves the test accuracy about as high as it is without any?
# - none: each one ruins the network
# - one or two
# - four

# %%
splits = [data.load("digits", split=seed) for seed in range(5)]
cases = {"no fault": (), **{fault: (fault,) for fault in tf_capstone.FAULTS}, "all five": tf_capstone.FAULTS}
trained = tf_capstone.train_each(cases, splits)
found = {name: [tf_capstone.accuracy(n, d) for n, d in zip(networks, splits)] for name, networks in trained.items()}
for name, accuracies in found.items():
    print(f"{name:<24}", about(accuracies, ".2f"))

# %% tags=["figure"]
figure, axes = plt.subplots(figsize=(7, 3.2))
for place, (name, accuracies) in enumerate(found.items()):
    color = plots.BLUE if name == "no fault" else plots.VERMILION
    heights = place + np.linspace(-0.2, 0.2, 5)  # apart, so that equal accuracies do not hide each other
    axes.plot(accuracies, heights, "o", color=color, alpha=0.6, markersize=6)
axes.set(xlabel="test accuracy, five networks each", xlim=(0, 1.02))
axes.set_yticks(range(len(found)), found)
axes.invert_yaxis()
axes.grid(axis="y", visible=False)
plt.show()

# %% [markdown]
# One or two: two of the five are invisible here.
# Each point is a network. Three faults ruin the training: the layers do not normalize (no training flag; frozen), or normalize over the wrong cells (`axis=1`).
# (A rate of 1 with 16 images is rough for a healthy network as well, so look at the five points of a row, not at one.)
# A normalized output and an inverted momentum leave the median at 0.9 or more.
# Somebody who repairs until the test accuracy is good stops after three repairs.

# %% tags=["pinned"]
medians = {name: np.median(accuracies) for name, accuracies in found.items()}
pin([medians[name] >= 0.9 for name in ("no fault", "after-output", "momentum-inverted")], "two faults are invisible")
pin(
    [medians[name] < 0.9 for name in ("missing-training-flag", "frozen-wrongly", "axis-not-features")],
    "three ruin it",
)

# %% [markdown]
# All five together do better than two of them alone. How can that be? Look at the last ReLU: how many of its 32 feature maps are 0 on every test image?


# %%
def silent(network, images):
    """The share of the last ReLU's feature maps that are 0 on all of these images."""
    last = [layer for layer in network.layers if isinstance(layer, keras.layers.Activation)][-1]
    maps = keras.Model(network.inputs[0], last.output)(images[..., np.newaxis], training=False)
    return np.mean(np.max(maps, axis=(0, 1, 2)) == 0)


silence = {}
for name in cases:
    shares = [silent(network, split.x_test) for network, split in zip(trained[name], splits)]
    silence[name] = np.array(shares)
    print(f"{name:<24}", about(shares, ".2f"))

# %% [markdown]
# With two of the faults nearly every map of the last ReLU is silent in most of the networks, which then give every image the same answer.
# No gradient comes back through a silent ReLU.
# Frozen layers alone silence few maps in most of the networks, and these still learn a little.
# In the case with all five faults the layers are frozen too, and it behaves much like the case of frozen layers.
#
# The two faults that the accuracy does not show have other symptoms, which one has to look for.

# %% tags=["pinned"]
pin([np.median(silence[n]) == 1 for n in ("missing-training-flag", "axis-not-features")], "two faults silence it")
pin(np.median(silence["frozen-wrongly"]) < 1, "with frozen layers something passes")

# %% [markdown]
#
# ## The memory that jumps
#
# In Keras `momentum=0.1` means: nine tenths of the memory are the last batch, here 16 images.
# Let a finished network go on for 20 batches without learning anything, in training mode, and watch one number of its memory.
# (The test writes to the memory, so it keeps `get_weights()` and puts them back.)
#
# **Predict first.** By how much does a moving mean wander, if no weight changes?
# - not at all: the data are the same
# - about as much as the mean of one batch does


# %%
def wandering(network, images, batches=20):
    """How far the moving means of the first normalization stray while no weight changes, in standard deviations."""
    norm, seen, before = network.layers[1], [], network.get_weights()
    for batch in np.array_split(images[: 16 * batches, ..., np.newaxis], batches):
        network(batch, training=True)
        seen.append(norm.moving_mean.numpy())
    network.set_weights(before)
    return np.median(np.std(seen, axis=0) / np.sqrt(norm.moving_variance.numpy() + norm.epsilon))


# %%
jumps = {
    name: np.array([wandering(network, split.x_train) for network, split in zip(trained[name], splits)])
    for name in ("no fault", "momentum-inverted")
}
for name, shares in jumps.items():
    print(f"{name:<18} wanders by {about(shares, '.3f')} standard deviations")

# %% [markdown]
# About as much as the mean of one batch does, and more than twice as far as with 0.9.
# The accuracy on these digits survives that, because a batch of 16 shuffled digits has about the mean and the variance of all of them.
# A last batch of three, or of one class, would be remembered in the same way.

# %% tags=["pinned"]
pin(np.median(jumps["momentum-inverted"]) > 2 * np.median(jumps["no fault"]), "it wanders more than twice as far")

# %% [markdown]
#
# ## The output that cannot be sure of a whole batch
#
# Normalizing the logits fixes, for each class, their mean and spread over the batch.
#
# **Predict first.** A batch holds nothing but zeros. In training mode, how many of them can a network call zeros whose output is normalized?
# - all of them, if it is a good network
# - about as many as in any other batch
# - few: the logit of "zero" has the same mean over this batch as over any other


# %%
def zeros_found(network, dataset):
    """The share of a batch of nothing but zeros that is called zeros, in training mode."""
    zeros, before = dataset.x_test[dataset.y_test == 0][..., np.newaxis], network.get_weights()
    answers = np.asarray(network(zeros, training=True)).argmax(axis=1)
    network.set_weights(before)
    return float(np.mean(answers == 0))


shares = {name: [zeros_found(n, d) for n, d in zip(trained[name], splits)] for name in ("no fault", "after-output")}
for name, found_zeros in shares.items():
    print(f"{name:<13} share of the zeros that is found:", about(found_zeros, ".2f"))

# %% [markdown]
# Few. The logit of "zero" is moved to the same mean whatever the batch holds, so that in a batch of zeros some must fall below the others.
# In inference mode nothing of this shows, because the memory was made of mixed batches.
# It shows where batches are sorted by class, and in fine-tuning on a single class.

# %% tags=["pinned"]
pin(np.median(shares["after-output"]) < 0.5 <= np.median(shares["no fault"]), "a normalized output misses most zeros")

# %% [markdown]
#
# ## The examination, the cheapest questions first
#
# | ask | healthy | else |
# |---|---|---|
# | Are there as many gammas as features? | yes | `axis` names another axis |
# | Did `moving_mean` leave 0? | yes | no forward pass in training mode: no `training=True`, or a frozen layer |
# | Did gamma leave 1? | yes | the optimizer did not get it: `trainable` was False when it asked |
# | Does the memory hold still while no weight changes? | nearly | momentum is too small: Keras's is the weight of the OLD value |
# | Is one image predicted alone as in a batch? | yes | training mode in production |
# | Does the output stand behind a normalization? | no | logits with a fixed mean |
#
# The first three questions look at arrays that are there already, the next two call the network. Each is one or two lines of code, and none needs a reference solution.
#
# ### Exercise 2: the repair
#
# Write `repaired(dataset)`. It trains on `dataset.x_train` (N, 8, 8) and `dataset.y_train`, and returns the trained Keras model.
# Take the colleague's two functions as your start, batch normalization included: a network without it does not count.
# Rate, steps and batch size are yours to choose, by the validation part.
# The check asks for 0.95 on digits that you never get, and names each fault that is left.
# It also asks that the moving statistics be near the exact ones (lesson 05), and stops after 20 seconds.


# %% tags=["exercise"]
def repaired(dataset):
    """A trained Keras model, from images (N, 8, 8, 1) to logits (N, 10)."""
    ### BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    layers = [keras.Input((8, 8, 1))]
    for filters, strides in ((16, 2), (32, 1), (32, 1), (32, 2)):
        layers.append(keras.layers.Conv2D(filters, 3, strides, padding="same", use_bias=False))
        layers += [keras.layers.BatchNormalization(momentum=0.9), keras.layers.Activation("relu")]
    model = keras.Sequential([*layers, keras.layers.Flatten(), keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.3), loss)  # fit calls the model with training=True
    model.fit(dataset.x_train[..., np.newaxis], dataset.y_train, batch_size=32, epochs=12, verbose=0)
    return model
    ### END SOLUTION


# %% tags=["check"]
checks.capstone(repaired)

# %% [markdown] tags=["solution"]
# ## What was wrong, and how one could have known
#
# | line | symptom | why |
# |---|---|---|
# | `model(images)` without `training=True` | memory still 0 and 1; every map of the last ReLU silent | the call ran in inference mode, where the layer divides by the root of its starting variance, 1: it normalizes nothing |
# | `layer.trainable = False` | gamma still 1 | `trainable` governs gamma and beta too, and a frozen layer runs in inference mode; the moving statistics were never in the optimizer's hands |
# | `axis=1` | 4 gammas for 16 feature maps; every map of the last ReLU silent | PyTorch keeps features on axis 1, Keras on the last; here axis 1 is the rows of the image |
# | `momentum=0.1` | the memory wanders more than twice as far | PyTorch's 0.1 is Keras's 0.9 |
# | normalization after the last Dense | a batch of zeros is not called zeros | a logit must be free to be high for a whole batch |
#
# `fit` calls the model with `training=True` by itself; in a loop of one's own it is written out.

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("11_capstone")

# %% [markdown] tags=["recap"] slideshow={"slide_type": "slide"}
# ## Recap, with one example in numbers
#
# A feature's batch mean is 2, the memory holds 0. After one batch:
#
# | momentum in Keras | memory | after a second batch with mean 4 |
# |---|---|---|
# | 0.99 | 0 · 0.99 + 2 · 0.01 = 0.02 | 0.02 · 0.99 + 4 · 0.01 = 0.0598 |
# | 0.9 | 0.2 | 0.58 |
# | 0.1 | 1.8 | 3.78, which is nearly the last batch alone |
#
# The cell below computes the table.

# %%
for momentum, due in ((0.99, 0.0598), (0.9, 0.58), (0.1, 3.78)):
    once = 0 * momentum + 2 * (1 - momentum)
    twice = once * momentum + 4 * (1 - momentum)
    assert abs(twice - due) < 1e-9
    print(f"momentum {momentum:<4}  {once:.2f}  {twice:.4f}")

# %% [markdown]
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | hardly learns, at a rate that batch normalization should allow | the layer does not normalize: inference mode or frozen | did `moving_mean` leave 0? |
# | hardly learns; its weights do not fit images of another height | `axis` names height or width | as many gammas as features? |
# | good on the test set, erratic when batches are small or sorted | momentum given by PyTorch's convention | does the memory hold still while no weight changes? |
# | good on the test set, bad in fine-tuning on one class | normalized output | a batch of one class in training mode |
# | "we checked the test accuracy" | it shows three of these five faults | the examination above |

# %% [markdown] tags=["references"]
# ## References
#
# - S. Ioffe, C. Szegedy: Batch Normalization. ICML 2015. Section 3.1: training and inference; section 3.2: one statistic for each feature map.
# - Keras documentation, `BatchNormalization`: what `trainable=False` means for this layer, and the update of the moving statistics.
# - PyTorch documentation, `BatchNorm2d`: features on axis 1, and momentum as the weight of the new value.
