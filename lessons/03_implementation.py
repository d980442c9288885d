# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 03 · Adding it to a network
#
# About 70 minutes to read and do (an estimate: 20 to read, 20 for the code, 30 for the exercises); less than a minute to run.
# It builds on lesson 01: the transform, `gamma` and `beta`, and what a batch's mean and variance are.
#
# After this lesson you will be able to
# - put batch normalization into a Keras network, and say when a bias or a `gamma` can be left out;
# - train and predict with it, by `fit` and in a loop of your own, with `training=` and `trainable` set as you mean them;
# - tell a validation loss that only looks broken from one that is, repair the first, and save a network so that nothing is lost.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import batchnorm, checks, data
from helpers.course import quiz
from helpers.experiments import Experiment, about, pin, stats, sweep
from helpers.figures import plots
from helpers.lessons.l03 import figures
from helpers.lessons.l03.tf_dense import dense_network
from helpers.tf.fit import compile_classifier, fit
from helpers.tf.quiet import keras, tf

plots.use_style()
digits = data.load("digits")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## One line becomes three
#
# A hidden layer of 100 units in Keras is one line. With batch normalization it is three:
#
# ```python
# Dense(100, activation="relu")           Dense(100, use_bias=False)
#                                         BatchNormalization()
#                                         Activation("relu")
# ```
#
# The dense layer loses its activation, because the normalization goes in between, and its bias, for a reason that the next section measures.
#
# **Predict first.** The 100 biases go, and batch normalization brings four arrays of 100 numbers each. How does the count of numbers that gradient descent trains change?
# - 100 fewer: the biases are gone
# - 100 more
# - 300 more: four arrays came, one went


# %% tags=["path-90"]
def numbers(variables):
    """How many numbers these variables hold."""
    return sum(int(np.prod(variable.shape)) for variable in variables)


for batch_norm in (False, True):
    layer = dense_network((100,), batch_norm=batch_norm)
    print(f"batch_norm={batch_norm!s:<5}   trained: {numbers(layer.trainable_variables):,}", end="")
    print(f"   not trained: {numbers(layer.non_trainable_variables)}")
for weight in layer.layers[2].weights:
    print(f"   {weight.name:<15} {tuple(weight.shape)}   {'trained' if weight.trainable else 'not trained'}")

# %% [markdown]
# 100 more: minus 100 biases, plus 100 `gamma`, plus 100 `beta`.
# Gradient descent does not train the other two arrays. The forward pass itself writes to them, each time it sees a batch in training mode:
#
# `moving_mean = moving_mean * momentum + batch_mean * (1 - momentum)`, and `moving_variance` likewise.
#
# They are the layer's **memory** of what batches look like. In inference mode the layer normalizes with this memory, even when it is handed a whole batch: the answer for one image must not depend on which other images are asked about at the same time.
# Most of the faults in this lesson are faults of this memory.

# %% [markdown] tags=["path-90"]
# ## The training loop, once by hand
#
# From here on a helper does the training. So that you know what it does, here is the whole of it: shuffle the images, cut them into batches of 60, and take one step of plain gradient descent for each batch.


# %% tags=["path-90"]
def train_by_hand(model, x, y, epochs, *, rate=0.1, training=True):
    """Plain gradient descent on batches of 60; returns the mean loss of each epoch."""

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            logits = model(x, training=training)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        for variable, gradient in zip(model.trainable_variables, tape.gradient(loss, model.trainable_variables)):
            variable.assign_sub(rate * gradient)
        return loss

    orders = [np.random.default_rng(epoch).permutation(len(x)) for epoch in range(epochs)]
    return [np.mean([step(x[batch], y[batch]) for batch in order.reshape(-1, 60)]) for order in orders]


# %% [markdown]
# One argument is there for the sake of batch normalization (dropout would need it, too): `training=True`. It tells the layer to normalize with the batch and to write the memory; a later section leaves it out.
#
# The helper `fit` is Keras's `model.fit` without its printing (`helpers/tf/fit.py`). From the same weights, on the same 60 images, the two must find the same losses.

# %% tags=["path-90"]
keras.utils.set_random_seed(0)
ours, theirs = dense_network(), compile_classifier(dense_network(), 0.1)
theirs.set_weights(ours.get_weights())
sixty = digits.x_train[:60], digits.y_train[:60]  # a single batch: no shuffling can make a difference
by_hand, by_fit = train_by_hand(ours, *sixty, epochs=20), fit(theirs, *sixty, epochs=20).train_loss
for step in (1, 10, 20):
    print(f"step {step:>2}: loss by hand {about(by_hand[step - 1], '.4f')}, by fit {about(by_fit[step - 1], '.4f')}")
print("largest difference in 20 steps:", about(np.abs(by_hand - by_fit).max(), ".0e"))

# %% [markdown]
# They do, up to rounding. Now a network of three normalized hidden layers (`dense_network`, in `helpers/lessons/l03/tf_dense.py`), trained on all training images for 30 epochs.


# %% tags=["pinned"]
pin(np.abs(by_hand - by_fit).max() < 1e-4, "the loop by hand and fit find the same losses")


# %% tags=["path-90"]
def accuracy(model, x, y):
    """The share of right answers, in inference mode."""
    return np.mean(np.argmax(model(x, training=False), axis=1) == y)


keras.utils.set_random_seed(0)
network = compile_classifier(dense_network((100, 100, 100)), 0.1)
fit(network, digits.x_train, digits.y_train, epochs=30)
print("kinds of layers:", [type(layer).__name__ for layer in network.layers[:5]], "...")
print("right on test images, which it has not seen:", about(accuracy(network, digits.x_test, digits.y_test), ".3f"))

# %% tags=["pinned"]
pin(accuracy(network, digits.x_test, digits.y_test) > 0.95, "the network is right on more than 95% of the test images")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Why the bias goes
#
# Give the dense layers their biases back, directly before batch normalization, train for two epochs, and look at the gradients of the 300 biases of the three hidden layers.
#
# **Predict first.** How large are they?
# - about as large as other gradients: a parameter is a parameter
# - smaller, because the normalization damps everything
# - zero


# %% tags=["path-90"]
def with_biases(placement):
    """A network that keeps its biases, after two epochs; `placement`: batch normalization before or after the activation."""
    keras.utils.set_random_seed(0)
    model = compile_classifier(dense_network(placement=placement, use_bias=True), 0.1)
    fit(model, digits.x_train, digits.y_train, epochs=2)
    return model


def gradients(model, name="bias", training=True):
    """The magnitudes of the gradients of all variables with this name in the hidden layers."""
    variables = [v for layer in model.layers[:-1] for v in layer.trainable_variables if v.name == name]
    with tf.GradientTape() as tape:
        loss = model.loss(digits.y_train[:60], model(digits.x_train[:60], training=training))
    return np.abs(np.concatenate(tape.gradient(loss, variables)))


# %% tags=["path-90"]
before = with_biases("before")
found = {"bias → normalization,\ntraining mode": gradients(before)}
print("the 300 betas:   median gradient ", about(np.median(gradients(before, "beta")), ".4f"))
print("the 300 biases:  largest gradient", about(gradients(before).max(), ".0e"))

# %% [markdown]
# Zero, up to rounding. Batch normalization subtracts the mean of the batch. A bias adds the same number to every row, so the mean grows by that number, and the subtraction takes it away again:
# (Wx + b) − mean(Wx + b) = Wx − mean(Wx).
# The loss does not depend on the bias, so the bias has no gradient and stays where it started. `beta`, which is added after the subtraction, does its work.
#
# People often shorten this to "the bias is useless with batch normalization". In that form it is wrong: two changes bring the gradient back.

# %% tags=["figure", "path-90"] slideshow={"slide_type": "subslide"}
after = with_biases("after")
found["bias → normalization,\ninference mode"] = gradients(before, training=False)
found["bias → ReLU → normalization,\ntraining mode"] = gradients(after)
figures.magnitudes(found, xlabel="magnitude of the gradient of each of 300 biases")
plt.show()

# %% [markdown]
# Each dot is one bias, and the black line is the median of its row. Exact zeros are drawn at the left edge.
# Directly before batch normalization, in training mode, all gradients are rounding errors near 10⁻⁹. The medians of the other two rows are more than 100,000 times as large.
# In inference mode the layer subtracts its memory, which does not know the bias and so does not remove it.
# With an activation in between, the bias decides where the ReLU bends before any mean is taken.
#
# The lower two rows still hold some gradients of exactly 0, and the lowest a few near 10⁻⁹. Sort the units of the lowest row by the share of the 60 images for which their ReLU is on:


# %%
def share_on(model, training=True):
    """For each hidden unit the share of the 60 images for which its ReLU is on."""
    relus = [layer.output for layer in model.layers if isinstance(layer, keras.layers.Activation)]
    outputs = keras.Model(model.inputs[0], relus)(digits.x_train[:60], training=training)
    return np.concatenate([np.mean(np.asarray(h) > 0, axis=0) for h in outputs])


on = share_on(after)
for name, units in {"no image": on == 0, "some images": (on > 0) & (on < 1), "all images": on == 1}.items():
    largest = about(gradients(after)[units].max(initial=0), ".0e") if np.any(on[units]) else "exactly 0"
    print(f"ReLU on for {name:<11}  {about(units.sum(), 'd')} units, largest gradient {largest}")

# %% [markdown]
# A ReLU that is off for all 60 images lets no gradient through; the zeros of the middle row are such units, too. A ReLU that is on for all 60 passes its inputs on unchanged, so the bias again adds the same number to every row, and the mean removes it.
#
# So: `use_bias=False` directly before batch normalization, and nowhere else.
#
# **Where this goes wrong in practice.** Somebody moves batch normalization behind the activation and leaves `use_bias=False` in place. The place where a ReLU bends can then no longer be trained directly.
# There is no error and no warning, but the first layer has lost 100 numbers that nothing replaces. (In a later layer the `beta` of the layer before it can do their work, by way of the kernel.) The test: a layer with `use_bias=False` must have no `activation` of its own, and batch normalization must come next.

# %% tags=["pinned"]
dust, *others = found.values()
medians = [np.median(row) for row in others]
pin(min(medians) > max(1e5 * np.median(dust), 1e4 * dust.max()), "the other medians are 100,000 times larger")
pin(0 < sum(on == 1) < 30 and 0 < sum(on == 0) < 60, "a few units are on for all 60 images, and some for none")
pin(gradients(after)[on == 1].max(initial=0) < 1e-6, "a unit that is always on has no gradient for its bias")
pin((others[0] == 0) == (share_on(before, training=False) == 0), "the zeros of the middle row are units that are off")

# %% [markdown]
# ### Exercise 1: add it
#
# Here is a plain network, built from a description. Write the same network with batch normalization.
#
# ```python
# def plain(model_config):
#     model = keras.Sequential([keras.Input(model_config["image_shape"]), keras.layers.Flatten()])
#     for units in model_config["hidden"]:
#         model.add(keras.layers.Dense(units, activation=model_config["activation"]))
#     model.add(keras.layers.Dense(model_config["classes"]))
#     return model
# ```
#
# `model_config` is a dict such as `{"image_shape": (8, 8), "hidden": (100, 100), "activation": "relu", "classes": 10}`.
# Normalize every hidden layer, before its activation or after it, as you like. Keep a bias where it has a use, and only there.
# The last layer gives **logits**: no softmax. Do not normalize it either: a normalized logit has the same mean, its `beta`, in every batch, whichever digits the batch holds.


# %% tags=["exercise"]
def add_batchnorm(model_config):
    """A Keras model from images to logits, each hidden layer with batch normalization."""
    ### BEGIN SOLUTION
    model = keras.Sequential([keras.Input(model_config["image_shape"]), keras.layers.Flatten()])
    for units in model_config["hidden"]:
        model.add(keras.layers.Dense(units, use_bias=False))
        model.add(keras.layers.BatchNormalization())
        model.add(keras.layers.Activation(model_config["activation"]))
    model.add(keras.layers.Dense(model_config["classes"]))
    return model
    ### END SOLUTION


# %% tags=["check"]
checks.add_batchnorm(add_batchnorm)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Before the activation, or after it?
#
# The 2015 paper puts batch normalization before the activation. Many networks have it after, and people hold strong views.
#
# **Predict first.** Three hidden layers on the digits, 10 seeds, each placement at its own best learning rate. What comes out?
# - before is better: it is what the paper does
# - after is better: then what the next layer receives really is normalized
# - neither is ahead by as much as three points
#
# What counts as a difference is fixed beforehand: three points of accuracy, 11 of the 357 test images. Ten pairs can show a smaller difference, but that would hardly decide which placement to choose.
# The course's NumPy engine trains the networks. For each seed both placements get the same images, the same initial kernels and the same batches.

# %% tags=["figure"] slideshow={"slide_type": "subslide"}
settings = [
    Experiment(batch_norm=True, activation=a, placement=p, learning_rate=r, init_scale="he", steps=400, evaluations=1)
    for a in ("relu", "sigmoid")
    for p in ("before", "after")
    for r in (0.03, 0.1, 0.3, 1, 3)
]
results = sweep(settings, seeds=10)
figures.placements(results)
plt.show()

# %% [markdown]
# The lines are medians over ten seeds, and the bands reach from the worst seed to the best.
# From a rate of 0.1 to a rate of 1 the two placements lie on top of each other. At 0.03 the sigmoid network with batch normalization *after* the activation is a few points ahead. At a rate of 3 the two placements part: before the activation every run still trains; after it, every sigmoid network diverges and so do some of the ReLU networks. A diverged network answers by guessing.
#
# Now the comparison that we set out to make: each placement at the rate that was best on *validation* images, then the difference on test images, pair by pair.

# %%
intervals = {}
for activation in ("relu", "sigmoid"):
    best = {}
    for placement in ("before", "after"):
        runs = [r for e, r in results.items() if (e.activation, e.placement) == (activation, placement)]
        best[placement] = max(runs, key=lambda run: np.median(run.validation_accuracy[:, -1]))
        rate, there = best[placement].experiment.learning_rate, about(best[placement].test_accuracy, ".3f")
        failed = about(sum(runs[-1].test_accuracy < 0.5), "d", of=10)
        print(f"{activation:<8} {placement:<7} best rate {about(rate, 'g')}   test accuracy {there}", end="")
        print(f"   failed at rate 3: {failed}")
    after, before = (100 * best[placement].test_accuracy for placement in ("after", "before"))
    intervals[activation] = stats.paired_interval(before, after)

# %%
for activation, interval in intervals.items():
    verdict = "no difference of 3 points" if stats.no_difference(interval, 3) else "undecided"
    print(f"{activation:<8} after minus before {about(interval, '+.1f', ' points')}, 10 seeds, 99%: {verdict}")

# %% [markdown]
# Each interval comes from ten paired differences, as in lesson 02. It holds their true median, that of endlessly many seeds, with a probability of at least 99%, whatever the distribution (`helpers.experiments.stats`). "No difference" means that the whole interval lies inside ±3 points.
# So at their best rates neither placement is ahead by as much as 3 points, and *before* leaves more room above the best rate.
#
# Why more room? With a rate that is too high, the kernels grow. That does little harm where batch normalization undoes the scale of a kernel: the kernel's output grows, and the layer scales it down again.
# Which placements keep that property? Multiply a kernel by 10, and see by how much the hidden layer's output changes.

# %% tags=["pinned"]
none = [stats.no_difference(interval, 3) for interval in intervals.values()]
pin(none, "at the best rates there is no difference of 3 points")
at_3 = {(e.activation, e.placement): r.test_accuracy > 0.9 for e, r in results.items() if e.learning_rate == 3}
pin(at_3["relu", "before"] & at_3["sigmoid", "before"], "every run with batch normalization before trains at rate 3")
pin(not at_3["sigmoid", "after"].any(), "every run with batch normalization after a sigmoid fails at rate 3")
pin(not at_3["relu", "after"].all(), "some runs with batch normalization after a ReLU fail at rate 3")
slow = {
    e.placement: 100 * r.test_accuracy
    for e, r in results.items()
    if (e.activation, e.learning_rate) == ("sigmoid", 0.03)
}
pin(
    1.5 < np.median(slow["after"] - slow["before"]) < 6,
    "at 0.03 batch normalization after a sigmoid is a few points ahead",
)

# %%
rng = np.random.default_rng(1)
x, kernel, one, zero = rng.normal(size=(60, 64)), rng.normal(size=(64, 100)), np.ones(100), np.zeros(100)


def normalize(z):
    """Batch normalization with gamma 1 and beta 0, and next to no epsilon."""
    return batchnorm.forward(z, one, zero, epsilon=1e-9)[0]


activations = {"ReLU": lambda z: np.maximum(z, 0), "sigmoid": lambda z: 1 / (1 + np.exp(-z))}

# %%
changes = {}
for name in ("ReLU", "sigmoid"):
    f = activations[name]
    orders = {"before": lambda z, f=f: f(normalize(z)), "after": lambda z, f=f: normalize(f(z))}
    for place, layer in orders.items():
        changes[name, place] = np.abs(layer(x @ kernel) - layer(x @ kernel * 10)).max()
        print(f"{place:<6} {name:<8} the output changes by up to {about(changes[name, place], '.0e')}")

# %% [markdown]
# One of the four lacks this property: batch normalization after a sigmoid. It is the one whose runs all failed at rate 3. (After a ReLU the property holds here because we left out the bias; with a bias, as in the networks above, it holds only in part.)
# The failures fit this explanation, but they do not prove it. A proof would take the property away and change nothing else.

# %% tags=["pinned"]
unprotected = changes.pop(("sigmoid", "after"))
pin(max(changes.values()) < 1e-6 < 0.1 < unprotected, "only after a sigmoid does the scale of the kernel matter")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## `training=`: who sets it?
#
# A layer with two modes has to be told which one to use. `training=True` means: normalize with the batch's own statistics and write the memory. `training=False` means: read the memory and leave it alone.
# You rarely write this argument, so something else must.
#
# **Predict first.** Which of these six lines change the model's memory?
# `fit`, `evaluate`, `predict`, `model(x)`, `model(x, training=True)`, `model(x, training=False)`

# %% tags=["path-90"]
x, y, probe = digits.x_train[:60], digits.y_train[:60], compile_classifier(dense_network(), 0.1)
ways = {
    "model.fit(x, y)": lambda model: model.fit(x, y, verbose=0),
    "model.evaluate(x, y)": lambda model: model.evaluate(x, y, verbose=0),
    "model.predict(x)": lambda model: model.predict(x, verbose=0),
    "model(x)": lambda model: model(x),
    "model(x, training=True)": lambda model: model(x, training=True),
    "model(x, training=False)": lambda model: model(x, training=False),
}
for name, way in ways.items():
    old = [variable.numpy() for variable in probe.non_trainable_variables]
    way(probe)
    change = max(np.abs(a - b.numpy()).max() for a, b in zip(old, probe.non_trainable_variables))
    print(f"{name:<26} memory changed by up to {about(change, '.3f') if change else 0}")

# %% [markdown]
# Two of the six do. `fit` sets the flag for you, `evaluate` and `predict` set it to False, and a plain `model(x)` means False as well.
# The plain call is the one that hurts: in a training loop of your own, `model(x)` looks natural, and it trains without batch normalization.
#
# (The fifth line deserves a second look: `model(x, training=True)` changed the model although nothing was trained. Few Keras layers have a forward pass with a side effect; this one does.)
#
# ## A loop that forgets
#
# Take the loop from the beginning of this lesson and leave out one thing: in its step, write `model(x)` where it had `model(x, training=True)`. As you have just seen, that is the same as `training=False`.
#
# **Predict first.** What does the loss of the forgetful loop do in five epochs? (The kernels start with a standard deviation of 0.05, which is small for layers of 100 inputs.)
# - it falls as with `fit`, since the gradients are those of the same loss
# - it falls much more slowly, and nothing warns you
# - Keras raises an error

# %% tags=["path-90"]
forgot, changed, histories, starts, weights = [], [], [], [], []
fitted = compile_classifier(dense_network(), 0.1)
for seed in range(5):
    split = data.load("digits", split=seed)
    keras.utils.set_random_seed(seed)
    model = dense_network()
    starts.append(model.get_weights())
    fitted.set_weights(starts[-1])
    forgot.append(train_by_hand(model, split.x_train, split.y_train, epochs=5, training=False)[-1])
    # A fresh memory is all 0, or all 1. As long as nothing writes to it, its spread is 0.
    changed.append(max(np.ptp(variable) for variable in model.non_trainable_variables))
    validation = split.x_validation, split.y_validation
    histories.append(fit(fitted, split.x_train, split.y_train, epochs=5, validation=validation))
    weights.append(fitted.get_weights())

# %% tags=["path-90"]
with_fit = [history.train_loss[-1] for history in histories]
print(f"loss of guessing: ln 10 = {np.log(10):.3f}")
print("loss in the fifth epoch, `fit`:              ", about(with_fit, ".3f"), "5 seeds")
print("loss in the fifth epoch, the forgetful loop: ", about(forgot, ".3f"), "5 seeds")
print("change of the forgetful loop's memory:        exactly", *changed)

# %% [markdown]
# The loss does fall, by about 0.03 in 105 steps (five epochs of 21 batches), so the network is still close to guessing. With `fit`, from the same weights, it ends at about a fortieth of that loss. There was no error and no warning.
# Inference mode with a fresh memory subtracts 0 and divides by about 1, so the network trains as if it had no batch normalization. With kernels as small as these a plain network learns slowly.
# Does the fault always show in the loss? Give the kernels a standard deviation of 0.15, near that of He weights for 100 inputs (√(2/100) ≈ 0.14), and forget again.

# %% tags=["pinned"]
pin(np.less(with_fit, 0.15), "fit brings the loss below 0.15 in each seed")
pin(np.greater(forgot, 2.15) & np.less(forgot, 2.30), "the forgetful loop's loss falls a little, and stays above 2.15")

# %%
larger = []
for seed in range(5):
    split = data.load("digits", split=seed)
    keras.utils.set_random_seed(seed)
    model = dense_network(init_scale=0.15)
    larger.append(train_by_hand(model, split.x_train, split.y_train, epochs=5, training=False)[-1])
print("forgetful loop, kernels of sd 0.15, fifth epoch: loss", about(larger, ".2f"), "5 seeds")

# %% [markdown]
# Now the loss falls well, and hides the fault. The memory does not hide it.
#
# **The test that tells**, whatever the initial weights: after a few steps, is `moving_mean` still exactly 0 and `moving_variance` exactly 1? Then no batch has ever been seen in training mode.

# %% tags=["pinned"]
pin(np.less(larger, 1.2), "with larger kernels the forgetful loop learns")

# %% [markdown]
# ### Exercise 2: a training step
#
# The loop by hand knows one optimizer, plain gradient descent. Write one step that works with any Keras optimizer, and that does not forget.
# `model` gives logits, and `y` holds integer labels. The loss is sparse cross-entropy on logits, averaged over the batch; `keras.losses` has it. Let the optimizer apply the gradients (`apply_gradients` or `apply`), and return the loss of the batch as it was before the step.
# (Ask for gradients of `model.trainable_variables`. `model.weights` holds the memory as well, and the memory has no gradient.)


# %% tags=["exercise"]
def training_step(model, optimizer, x, y):
    """One step of training on the batch x, y; returns its loss before the step."""
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss
    ### END SOLUTION


# %% tags=["check"]
checks.training_step(training_step)

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## `trainable` is not `training`
#
# `training=` is an argument of a call: it chooses the mode, this once. `layer.trainable` is a property of the layer: it says whether its weights may be trained at all.
#
# **Predict first.** A layer has `trainable = False` and is called with `training=True`. What does it normalize with?
# - with the batch: the call says so
# - with its memory
#
# The input below has mean 5 and standard deviation 2. A fresh memory assumes mean 0 and variance 1. So the mean of the output shows which of the two the layer used.

# %% tags=["path-90"]
x = np.random.default_rng(0).normal(5, 2, (600, 3)).astype("float32")
print("trainable  training   mean of the output   moving mean   gamma and beta")
for trainable in (True, False):
    for training in (True, False):
        layer = keras.layers.BatchNormalization()
        layer.trainable = trainable
        mean = abs(float(np.mean(layer(x, training=training))))
        learned = "trained" if layer.trainable_variables else "frozen"
        print(f"{trainable!s:<10} {training!s:<10} {mean:<20.1f} {np.max(layer.moving_mean):<13.2f} {learned}")

# %% [markdown]
# With its memory: the third line has a mean of 5, and its moving mean did not move. In Keras `trainable = False` freezes the whole layer, `gamma`, `beta` and the statistics, whatever the call says.
# Only the first of the four combinations does what you think of as batch normalization.
# Keras decided this (since TensorFlow 2) to make fine-tuning safe. Other libraries decide otherwise.
#
# **If you come from PyTorch**, mind four differences.
# - The mode belongs to the module, not to the call: `model.train()` and `model.eval()` set it, and a new module starts in training mode. Forgetting `model.eval()` is the mirror image of the forgetful loop: predictions then use the batch, and write the memory too.
# - `requires_grad = False` freezes `gamma` and `beta` alone, and the statistics keep moving. Lesson 09 shows what that does.
# - `momentum` is the weight of the *new* value. PyTorch's default of 0.1 is Keras's 0.9, and Keras's default of 0.99 is PyTorch's 0.01.
# - The running variance is the unbiased one (divided by m − 1), and `eps` is 1e-5 by default, where Keras has 1e-3.
#
# There is one more trap in the same place. The model is compiled, then you freeze a layer. Does `fit` notice?


# %%
def memory_moves(model):
    """By how much one step of `fit` changes the moving means, at most."""
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    old = [norm.moving_mean.numpy() for norm in norms]
    model.fit(digits.x_train[:60], digits.y_train[:60], verbose=0)
    return max(np.abs(a - norm.moving_mean.numpy()).max() for a, norm in zip(old, norms))


# %%
frozen = compile_classifier(dense_network(), 0.1)
moves = {"trainable": memory_moves(frozen)}
for layer in frozen.layers:
    layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
moves["frozen after a first fit"] = memory_moves(frozen)
moves["frozen, compiled again"] = memory_moves(compile_classifier(frozen, 0.1))
for name, move in moves.items():
    print(f"{name:<26} one step moves the memory by up to {about(move, '.4f') if move else 0}")

# %% [markdown]
# It does not notice. Keras built the training step at the first `fit`, with the layer as it was then, and uses that step again. After every change of `trainable`, call `compile` again.

# %% tags=["pinned"]
first, second, third = moves.values()
pin(first > 0 and second > 0 and third == 0, "fit notices a frozen layer only after compile")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## A validation loss that looks broken
#
# Go back to the five networks that `fit` trained above for five epochs, one for each seed. `fit` reported loss and accuracy on the training images, and both on the validation images.

# %% tags=["path-90"]
names = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
reported = {name: np.array([getattr(history, name)[-1] for history in histories]) for name in names}
for name, values in reported.items():
    print(f"{name.replace('_', ' '):<20}", about(values, ".2f", each=True))

# %% [markdown]
# On the validation images the loss is almost that of guessing, 2.30, while on the training images it is almost 0.
#
# **Predict first.** What is wrong?
# - overfitting: the network has learned its 1,260 training images by heart
# - the validation images are of another kind, or their labels are shuffled
# - something else. What could you measure to tell?
#
# Measure this: the *training* images once more, the very same images, but by `evaluate`.

# %% tags=["path-90"]
again = []
for seed, arrays in enumerate(weights):
    split = data.load("digits", split=seed)
    fitted.set_weights(arrays)
    again.append(fitted.evaluate(split.x_train, split.y_train, verbose=0))
for name, values in zip(("loss", "accuracy"), np.transpose(again)):
    print(f"training images again, {name:<9}", about(values, ".2f", each=True))

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## How fast the memory warms up
#
# A network that has overfitted is right on its training images. In inference mode these five are often wrong on theirs. So the fault is neither overfitting nor the validation data. That leaves the memory.
# `fit` measured the training loss in training mode, with each batch's own statistics. Validation reads the memory, which began at mean 0 and variance 1 and keeps a part of that start for a while:
# after t batches the start still has the weight momentumᵗ. The rest, 1 − momentumᵗ, says how **warm** the memory is.

# %% tags=["pinned"]
pin(reported["train_loss"] < 0.1, "the training loss is below 0.1 in each seed")
pin(
    (reported["validation_loss"] > 1.7) & (reported["validation_accuracy"] < 0.8),
    "validation looks broken in each seed",
)
pin([loss > 1.7 and right < 0.8 for loss, right in again], "the training images look broken in inference mode, too")

# %% tags=["path-90"]
for steps in (21, 100, 105, 200, 459):
    print(f"after {steps:>3} steps   weight of the start: {0.99**steps:4.0%}   warm: {1 - 0.99**steps:4.0%}")

# %% [markdown]
# With Keras's default momentum, 0.99, the memory is 63% warm after 100 steps and needs 459 steps to reach 99%.
# On a large data set that is a moment: the 1.28 million images of ImageNet make 5,000 batches of 256 in the first epoch. On small data, or in a quick test of "does it learn at all", it can be the whole run.
#
# How much the lag hurts depends on how far the start is from the truth. So let us compare the memory with the exact statistics, and then replace it by them.
# One forward pass over all training images in training mode, with a momentum of 0, makes the memory their exact mean and variance.


# %% tags=["path-90"]
def refresh_memory(model, images):
    """Replace the memory by the exact statistics of these images; no weight that was trained changes."""
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    model(images, training=True)  # writes the memory
    for norm, momentum in zip(norms, usual):
        norm.momentum = momentum


# %% tags=["path-90"]
lagging, exact, first = [], [], []
for seed, arrays in enumerate(weights):
    split = data.load("digits", split=seed)
    fitted.set_weights(arrays)
    variance = fitted.layers[2].moving_variance.numpy()
    lagging.append(accuracy(fitted, split.x_validation, split.y_validation))
    refresh_memory(fitted, split.x_train)
    first.append(np.median(variance / fitted.layers[2].moving_variance))
    exact.append(accuracy(fitted, split.x_validation, split.y_validation))
print("first layer, variance in the memory over exact variance (median unit):", about(first, ".1f", "x"))
print("validation accuracy, memory after 105 steps:", about(lagging, ".2f", each=True))
print("validation accuracy, exact memory:          ", about(exact, ".2f", each=True))

# %% tags=["pinned"]
pin(max(lagging) < 0.8 < 0.9 < min(exact), "exact statistics repair each of the five networks")
pin(min(first) > 10, "the young memory overestimates the first layer's variance more than ten times")

# %% [markdown]
# Not one trained weight changed between the two lines. The networks had been good all along, and were judged with a wrong memory.
# The kernels began at sd 0.05, so the variances in the network are far below the 1 that the memory started from. After 105 steps that 1 still has a weight of 35%, which makes the first layer's variances some 20 times too large.
# There is a second, smaller reason: while the network learns, its activations move, so even a warm memory describes a network of the past. (Lesson 05 measures both.)
#
# ### Exercise 3: recalibrate from batches
#
# All 1,260 images fit into one batch here. A million would not. Write `recalibrate(model, batches)`: `batches` is a list of arrays of images, not all of the same length, and may be sorted by class. Give back the same model, the memory of each batch normalization replaced by the exact mean and biased variance of everything that came into that layer, and nothing else changed.
#
# Two batches of one feature, (1, 3) and (8), show what has to be thought about. Their means are 2 and 8, and their variances 1 and 0. All three values together have mean 4 and variance 26/3.
#
# A later layer's input depends on how the earlier layers normalize. Two definitions are in use, and the check accepts both: each batch passes in training mode, and its statistics are combined; or you go layer by layer, and the layers that are done run in inference mode with their new memory.


# %% tags=["exercise"]
def recalibrate(model, batches):
    """The model, each BatchNormalization with the exact moving statistics of all batches together."""
    ### BEGIN SOLUTION
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    usual, seen = [norm.momentum for norm in norms], []
    for norm in norms:
        norm.momentum = 0.0
    for batch in batches:
        model(batch, training=True)  # each memory now holds the statistics of this batch alone
        seen.append([(norm.moving_mean.numpy(), norm.moving_variance.numpy()) for norm in norms])
    share = np.array([len(batch) for batch in batches])[:, None] / sum(len(batch) for batch in batches)
    for norm, momentum, found in zip(norms, usual, zip(*seen)):
        means, variances = (np.array(values) for values in zip(*found))
        mean = np.sum(share * means, axis=0)
        norm.moving_mean.assign(mean)
        norm.moving_variance.assign(np.sum(share * (variances + (means - mean) ** 2), axis=0))
        norm.momentum = momentum
    return model
    ### END SOLUTION


# %% tags=["check"]
checks.recalibrate(recalibrate)

# %% [markdown]
# ## Three cures
#
# 1. **Wait.** After 459 steps a memory with the default momentum is 99% warm.
# 2. **A lower momentum.** With 0.9 it is 99% warm after 44 steps. But then it averages over the last ten batches or so, and is noisier.
# 3. **Exact statistics** before each validation.


# %% tags=["path-90"]
class Refresh(keras.callbacks.Callback):
    """Exact statistics before each validation."""

    def on_test_begin(self, logs=None):
        refresh_memory(self.model, split.x_train)


# %% tags=["figure", "path-90"] slideshow={"slide_type": "subslide"}
ways = {"momentum 0.99": (20, 0.99, []), "momentum 0.9": (5, 0.9, []), "exact statistics": (5, 0.99, [Refresh()])}
# steps_per_execution: 21 steps in one call, for speed; the training is the same
models = {m: compile_classifier(dense_network(momentum=m), 0.1, steps_per_execution=21) for m in (0.99, 0.9)}
runs, trained = {name: [] for name in ways}, {name: [] for name in ways}
for name, (epochs, momentum, callbacks) in ways.items():
    for seed, start in enumerate(starts):
        split = data.load("digits", split=seed)
        keras.utils.set_random_seed(seed)
        models[momentum].set_weights(start)
        settings = {"validation": (split.x_validation, split.y_validation), "callbacks": callbacks}
        runs[name].append(fit(models[momentum], split.x_train, split.y_train, epochs=epochs, **settings))
        trained[name].append(models[momentum].get_weights())
figures.lag(runs)
plt.show()

# %% [markdown]
# Black is the training itself, seen in training mode. The three other lines show the same five networks, with the same weights at each step, judged with three different memories. The bands reach from the worst seed to the best.
# With momentum 0.99 the median validation accuracy falls for about a hundred steps while the network learns, and comes back when the values that the memory started from have faded. With 0.9 there is one bad epoch. With exact statistics there is no bad epoch at all. (The two cured lines end after five epochs, to save you time.)
#
# Are the weights really the same? Momentum concerns the memory, and nothing in training reads the memory. Let us check that, too.

# %% tags=["path-90"]
losses = np.array([[history.train_loss[:5] for history in histories] for histories in runs.values()])
apart = np.ptp(losses, axis=0).max()
print("training losses of the three ways, five seeds, five epochs: differ by at most", about(apart, ".3f"))
at_105 = {name: [history.validation_accuracy[4] for history in histories] for name, histories in runs.items()}
for name, values in at_105.items():
    print(f"{name:<17} validation accuracy at step 105: {about(values, '.2f', each=True)}")
late = [history.validation_accuracy[-1] for history in runs["momentum 0.99"]]
print("momentum 0.99     validation accuracy at step 420:", about(late, ".2f", each=True))

# %% [markdown]
# **Where this goes wrong in practice.** Somebody sees the dashed line, takes it for overfitting, adds dropout and trains on. Some 300 steps later the memory is warm, the curve recovers, and the dropout gets the credit.
# The test: evaluate training images in inference mode. If they are as bad as the validation images, while the loss in training mode is low, suspect the memory. If exact statistics repair the predictions for both sets of images, it was the memory.

# %% tags=["pinned"]
pin(np.ptp(losses, axis=0) < 0.02, "the memory's momentum does not change the training")
pin(min(at_105["momentum 0.9"] + at_105["exact statistics"] + late) > 0.9, "both cures, and waiting, reach 0.9")
pin(max(at_105["momentum 0.99"]) < 0.9, "with momentum 0.99 no network reaches 0.9 by step 105")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Saving, and what gets lost
#
# A trained network consists of its kernels, its biases, its `gamma` and `beta`, and its memory. `model.save` writes all of them.

# %%
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    network.save(Path(folder) / "digits.keras")
    loaded = keras.models.load_model(Path(folder) / "digits.keras")
difference = np.abs(network(digits.x_test, training=False) - loaded(digits.x_test, training=False)).max()
print("saved and loaded: the logits differ by at most", about(difference, ".6f"))

# %% [markdown]
# There are other ways to move weights. The loop below copies the variables that an optimizer trains.
#
# **Predict first.** Every kernel, bias, `gamma` and `beta` is copied to a new network. How does the new network do on the test images?
# - as well as the original: everything that was learned has been copied
# - worse

# %%
original, restored, found = models[0.99], dense_network(), []
fresh = restored.get_weights()
for seed, arrays in enumerate(trained["momentum 0.99"]):  # the five networks with a warm memory
    split = data.load("digits", split=seed)
    original.set_weights(arrays)
    restored.set_weights(fresh)
    for new, old in zip(restored.trainable_variables, original.trainable_variables):
        new.assign(old)
    found.append([accuracy(model, split.x_test, split.y_test) for model in (original, restored)])
    refresh_memory(restored, split.x_train)
    found[-1].append(accuracy(restored, split.x_test, split.y_test))
for name, values in zip(("original", "copy", "copy, memory refreshed"), np.transpose(found)):
    print(f"{name:<23} test accuracy {about(values, '.2f', each=True)}")
print(len(original.trainable_variables), "of", len(original.weights), "arrays were copied")

# %% [markdown]
# Worse, by far. Eleven arrays were learned and copied. Six were not copied: the memories of the three normalizations. A new memory assumes mean 0 and variance 1.
# Nothing was lost for good: with its statistics computed again each copy does as well as its original, or better (at step 420 the original's memory is not quite warm). That works as long as you have training images and know that the statistics are what is missing.
#
# **Where this goes wrong in practice.** Somebody writes a checkpoint from `trainable_variables`, or puts averaged weights into the network at the end and leaves the old memory in place (lesson 05).
# The test: count the arrays. `len(model.weights)` of them must travel, not `len(model.trainable_variables)`. And compare one prediction before and after.

# %% tags=["pinned"]
kept, lost, mended = np.transpose(found)
pin(difference < 1e-4, "a network that was saved and loaded gives the same logits")
pin(lost.max() < 0.85 < 0.93 < min(kept.min(), mended.min()), "the copies fail without their memory, and only then")
pin(mended > kept - 0.02, "with exact statistics a copy is about as good as its original, or better")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## When `gamma` can go too
#
# Back to the layer itself, for one last question: the bias could go; what about `gamma`? `BatchNormalization(scale=False)` leaves out `gamma`. Keras's documentation says that this is fine when the next layer is linear.
#
# **Predict first.** If `gamma` is left out, the next dense layer can make up for it by scaling its kernel: each row of the kernel times the `gamma` of its feature. For which activations in between does that work?
# - only where there is no activation: an activation is not linear
# - for ReLU, and where there is no activation
# - for all: a network can learn anything

# %%
rng = np.random.default_rng(0)
x_hat, kernel = rng.normal(size=(1000, 100)), rng.normal(size=(100, 10))
gamma, beta = rng.uniform(0.5, 2, 100), rng.normal(size=100)
others = {"none": lambda z: z, "tanh": np.tanh}

differences = {}
for name, f in (others | activations).items():
    with_gamma = f(gamma * x_hat + beta) @ kernel
    without = f(x_hat + beta / gamma) @ (gamma[:, None] * kernel)
    differences[name] = np.abs(with_gamma - without).max()
    print(f"{name:<8} largest difference in 10,000 outputs: {about(differences[name], '.0e')}")

# %% [markdown]
# A positive factor passes through a ReLU untouched: max(0, γz) = γ·max(0, z). It may as well be multiplied into the next kernel, which is trained anyway.
# A sigmoid is nearly straight for small inputs and flat for large ones. `gamma` decides in which of the two ranges it works, and no layer behind the sigmoid can change that.
# (A negative `gamma` is made up for one layer earlier: change the sign of that feature's column in the kernel before, and x̂ changes its sign.)
#
# So before a ReLU, or before a linear layer, leaving out `gamma` takes nothing away from what the network *can* compute. Training may still take another path: one redundant number for each unit changes the steps of gradient descent.
# The saving is small, 100 numbers beside a kernel of 10,000. Leave `gamma` in if you are unsure, and always before a sigmoid or a tanh.
# `beta` must stay before a ReLU, because it decides where the ReLU bends.

# %% tags=["pinned"]
pin(
    max(differences["none"], differences["ReLU"]) < 1e-9, "without an activation and with ReLU the outputs are the same"
)
pin(min(differences["tanh"], differences["sigmoid"]) > 1, "with tanh and sigmoid the outputs differ")

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("03_implementation")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["recap"]
# ## Recap
#
# Dense without bias, batch normalization, activation: three lines. `gamma` can go before a ReLU or a linear layer. Before the activation or after it, the accuracies at the best rates lie within 3 points of each other, and *before* leaves more room above those rates.
# `fit` sets `training=True`, and your own loop must set it too. `trainable=False` means inference mode. With the default momentum the memory needs 459 steps to be 99% warm, and it has to travel with the weights.
#
# **One example in numbers.** A feature has mean 8 and variance 4 in every batch; the memory starts at mean 0 and variance 1; momentum is 0.99. After 100 batches the start still weighs 0.99¹⁰⁰ = 0.366:
#
# | | moving mean | moving variance | a value of 10 becomes |
# |---|---|---|---|
# | training mode | not read | not read | (10 − 8) / √4 = 1.00 |
# | inference after 100 batches | 0.634 · 8 = 5.07 | 0.366 · 1 + 0.634 · 4 = 2.90 | (10 − 5.07) / √2.90 = 2.89 |
# | inference after 459 batches | 0.990 · 8 = 7.92 | 0.010 · 1 + 0.990 · 4 = 3.97 | (10 − 7.92) / √3.97 = 1.04 |
#
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | training loss near 0, validation loss near guessing, early in training | the memory is cold | evaluate *training* images in inference mode: as bad? With exact statistics: good? |
# | your own loop learns slowly or not at all | `training=True` forgotten | `moving_mean` is still exactly 0, though no layer is frozen |
# | a network predicts well in the notebook, badly after it was restored | only trainable variables were restored | count the arrays; compare one prediction |
# | frozen layers that move, or unfrozen ones that don't | `trainable` changed without `compile` | look at `moving_mean` before and after one step |
# | batch normalization was moved behind the activation, and the ReLUs have lost their biases | `use_bias=False` kept before an activation | `layer.use_bias` beside what follows each dense layer, `activation` included |

# %%
moving, seen = np.array([[0.0], [1.0]]), {}
for step in range(1, 460):
    moving = batchnorm.update_moving(moving, [[8.0], [4.0]], momentum=0.99)
    seen[step] = batchnorm.inference(np.array([[10.0]]), np.ones(1), np.zeros(1), *moving, epsilon=0.0)[0, 0]
for step in (100, 459):
    print(f"after {step} batches a value of 10 becomes {seen[step]:.2f}")

# %% [markdown] tags=["references"]
# ## References
#
# - Ioffe and Szegedy, *Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift* (2015), section 3.1 and algorithm 2 (training and inference), section 3.2 (before the nonlinearity, and why the bias can be left out). https://arxiv.org/abs/1502.03167
# - Keras, *BatchNormalization layer*: `scale`, `training`, and the note on `trainable = False`. https://keras.io/api/layers/normalization_layers/batch_normalization/
# - Lesson 05 for the layer from the inside and exact statistics batch by batch, lesson 09 for freezing and small batches.
