# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 03 · Adding it to a network
#
# About 40 minutes to read and do (an estimate); less than a minute to run.
# It builds on lesson 01: the transform, `gamma` and `beta`, and what a batch's mean and variance are.
#
# After this lesson you will be able to
# - put batch normalization into a Keras network, and say which of its parts can go: a bias, or a `gamma`;
# - train and predict with it, by `fit` and in a loop of your own, without falling for `training=` or `trainable`;
# - tell a validation loss that looks broken from one that is, and save a network so that nothing is lost.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import batchnorm, checks, data
from helpers.course import quiz
from helpers.experiments import Experiment, stats, sweep
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
# **Predict first.** The 100 biases go, and batch normalization comes with four arrays of 100 numbers each. How many numbers does gradient descent train afterwards?
# - 100 fewer: the biases went
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
# The other two arrays are not trained by gradient descent. The forward pass itself writes to them, each time it sees a batch in training:
#
# `moving_mean = moving_mean * momentum + batch_mean * (1 - momentum)`, and `moving_variance` likewise.
#
# They are the layer's **memory** of what batches look like, and it reads them when it has no batch to look at.
# Most of what goes wrong in this lesson goes wrong with this memory.
#
# Now a network of three such layers, trained for 30 epochs with plain gradient descent.
# `dense_network`, `compile_classifier` and `fit` are short; they live in `helpers/lessons/l03/tf_dense.py` and `helpers/tf/fit.py`, and `fit` is `model.fit` without its printing.


# %% tags=["path-90"]
def accuracy(model, x, y):
    """The share of right answers, in inference mode."""
    return np.mean(np.argmax(model(x, training=False), axis=1) == y)


keras.utils.set_random_seed(0)
network = compile_classifier(dense_network((100, 100, 100)), 0.1)
fit(network, digits.x_train, digits.y_train, epochs=30)
assert accuracy(network, digits.x_test, digits.y_test) > 0.95
print("kinds of layers:", [type(layer).__name__ for layer in network.layers[:5]], "...")
print("right on images that it has not seen: more than 95%")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## Why the bias goes
#
# Give the dense layer its bias back, directly before batch normalization, train for two epochs, and look at the gradients of the 300 biases of the three hidden layers.
#
# **Predict first.** How large are they?
# - about as large as other gradients: a parameter is a parameter
# - smaller, because the normalization damps everything
# - zero


# %% tags=["path-90"]
def with_biases(placement):
    """A network that keeps its biases, after two epochs of training."""
    keras.utils.set_random_seed(0)
    model = compile_classifier(dense_network(placement=placement, use_bias=True), 0.1)
    fit(model, digits.x_train, digits.y_train, epochs=2)
    return model


def bias_gradients(model, training=True):
    """What gradient descent would tell the biases of the hidden layers: 300 magnitudes."""
    biases = [layer.bias for layer in model.layers[:-1] if isinstance(layer, keras.layers.Dense)]
    with tf.GradientTape() as tape:
        loss = model.loss(digits.y_train[:60], model(digits.x_train[:60], training=training))
    return np.abs(np.concatenate(tape.gradient(loss, biases)))


# %% tags=["path-90"]
directly = with_biases("before")
gradients = {"directly before,\ntraining mode": bias_gradients(directly)}
largest = gradients["directly before,\ntraining mode"].max()
print("largest of 300:", "below 0.000001" if largest < 1e-6 else "above 0.000001")

# %% [markdown]
# Zero, up to rounding. Batch normalization subtracts the mean of the batch. A bias adds the same number to every row, so the mean grows by that number, and the subtraction takes it away again:
# (Wx + b) − mean(Wx + b) = Wx − mean(Wx).
# What the loss does not depend on has no gradient. The bias stays where it started, and `beta`, which is added after the subtraction, does its work.
#
# "The bias is useless with batch normalization" is how this gets passed on, and in that form it is wrong. Two changes bring the gradient back.

# %% tags=["figure", "path-90"] slideshow={"slide_type": "subslide"}
gradients["directly before,\ninference mode"] = bias_gradients(directly, training=False)
gradients["an activation in between,\ntraining mode"] = bias_gradients(with_biases("after"))
dust, *others = gradients.values()
assert min(np.median(other) for other in others) > 10_000 * dust.max()
figures.magnitudes(gradients, xlabel="magnitude of the gradient of each of 300 biases")
plt.show()

# %% [markdown]
# Each dot is one bias, the black line their median; dots at the left edge are exact zeros: in the two lower rows those are units whose ReLU is off for all 60 images.
# Directly before the layer, in training mode, the 300 gradients are rounding dust: the largest is less than a ten-thousandth of the other rows' medians.
# In inference mode the layer subtracts its memory, which is a constant and takes nothing away.
# With an activation in between, the bias decides where the ReLU bends before any mean is taken.
#
# So: `use_bias=False` directly before batch normalization, and nowhere else.
#
# **Where this goes wrong in practice.** Somebody moves batch normalization behind the activation and leaves `use_bias=False` standing; every ReLU now bends at exactly 0.
# No error and no warning; 100 numbers a layer that had a use are gone. The test: a layer with `use_bias=False` must have no `activation` of its own, and batch normalization must come next.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## When `gamma` can go too
#
# `BatchNormalization(scale=False)` leaves out `gamma`. Keras's documentation says that this is fine when the next layer is linear.
#
# **Predict first.** If `gamma` is left out, the next dense layer can make up for it by scaling its kernel: each row of the kernel times the `gamma` of its feature. For which activations in between does that work?
# - for none exactly: an activation is not linear
# - for ReLU, and for no activation at all
# - for all: a network can learn anything

# %%
rng = np.random.default_rng(0)
x_hat, kernel = rng.normal(size=(1000, 100)), rng.normal(size=(100, 10))
gamma, beta = rng.uniform(0.5, 2, 100), rng.normal(size=100)
activations = {"none": lambda z: z, "ReLU": lambda z: np.maximum(z, 0), "tanh": np.tanh}
activations["sigmoid"] = lambda z: 1 / (1 + np.exp(-z))

for name, f in activations.items():
    with_gamma = f(gamma * x_hat + beta) @ kernel
    without = f(x_hat + beta / gamma) @ (gamma[:, None] * kernel)
    same = np.allclose(with_gamma, without, rtol=0, atol=1e-9)
    assert same == (name in ("none", "ReLU"))
    print(f"{name:<8} {'the same 10,000 outputs' if same else 'other outputs'}")

# %% [markdown]
# A positive factor passes through a ReLU untouched: max(0, γz) = γ·max(0, z). So it may as well be multiplied into the next kernel, which is trained anyway.
# A sigmoid is nearly straight for small inputs and flat for large ones; which of the two it is, `gamma` decides, and nothing behind the sigmoid can.
# (A negative `gamma` is made up for one layer earlier: turn the sign of that feature's column in the kernel before, and x̂ turns its sign.)
#
# The same on the network that you trained: a copy whose every `gamma` is 1.

# %%
twin = keras.models.clone_model(network)
twin.set_weights(network.get_weights())
norms = [layer for layer in twin.layers if isinstance(layer, keras.layers.BatchNormalization)]
dense = [layer for layer in twin.layers if isinstance(layer, keras.layers.Dense)]
for norm, following in zip(norms, dense[1:]):
    gamma = norm.gamma.numpy()
    following.kernel.assign(gamma[:, None] * following.kernel)
    norm.beta.assign(norm.beta / gamma)
    norm.gamma.assign(np.ones_like(gamma))

before, after = (model(digits.x_test, training=False).numpy() for model in (network, twin))
assert np.allclose(before, after, rtol=1e-3, atol=1e-3)
print("gamma is 1 everywhere now, and each of the", before.size, "logits is the same to 3 digits")

# %% [markdown]
# What this shows is that nothing is lost in what the network *can* compute. It does not show that training takes the same path: a number too many still changes the steps of gradient descent.
# The saving is small, 100 numbers of 10,000 here. Leave `gamma` in if you are unsure, and always before a sigmoid or a tanh.
# `beta` must stay before a ReLU, since it decides where the ReLU bends.

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
# Normalize every hidden layer, before its activation or after it, as you like; keep a bias where it has a use, and only there.
# The last layer gives **logits**: no softmax. It is not normalized either: a normalized logit has the same mean, its `beta`, in every batch, whichever digits the batch holds.


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
# **Predict first.** Three hidden layers on the digits, 10 seeds, each side at the best of three learning rates for it. What comes out?
# - before is better: it is what the paper does
# - after is better: then what the next layer receives really is normalized
# - no difference that 10 seeds could see
#
# What counts as a difference is said beforehand: three points of accuracy, 11 of the 357 test images. With so few images, less could not be told from luck.
# The networks come from the course's NumPy engine: for a seed, the same images, the same kernels at the start and the same batches on both sides.

# %% tags=["figure"] slideshow={"slide_type": "subslide"}
settings = [
    Experiment(batch_norm=True, activation=a, placement=p, learning_rate=r, init_scale="he", steps=400, evaluations=1)
    for a in ("relu", "sigmoid")
    for p in ("before", "after")
    for r in (0.3, 1, 3)
]
results = sweep(settings, seeds=10)
figures.placements(results)
plt.show()

# %% [markdown]
# The lines are medians over ten seeds, the bands reach from the worst seed to the best.
# Up to a rate of 1 the two placements lie on top of each other. At 3 they part: before the activation, all runs still train; after it, every sigmoid network and some of the ReLU networks diverge, and what they answer then is a guess.
#
# Now the comparison that was asked for: each side at the rate that was best on *validation* images, then the difference on test images, pair by pair.

# %%
for activation in ("relu", "sigmoid"):
    best, survived = {}, {}
    for placement in ("before", "after"):
        runs = [r for e, r in results.items() if (e.activation, e.placement) == (activation, placement)]
        best[placement] = max(runs, key=lambda run: np.median(run.validation_accuracy[:, -1]))
        survived[placement] = (runs[-1].test_accuracy > 0.9).mean()
    interval = stats.paired_interval(best["before"].test_accuracy, best["after"].test_accuracy, confidence=0.95)
    none = stats.no_difference(interval, 0.03)
    print(f"{activation:<8} each at its best rate: {'no difference of 3 points' if none else 'undecided'}")
    words = {name: "all" if share == 1 else "some" if share else "none" for name, share in survived.items()}
    print(f"{activation:<8} above 0.9 at rate 3: before in {words['before']}, after in {words['after']} of 10 seeds")

# %% [markdown]
# The interval is for the median of ten paired differences, with 95% coverage whatever their distribution (`helpers.experiments.stats`), and it must lie inside ±3 points.
# So at their best rates neither placement is better by as much as we can see here, and *before* leaves more room above the best rate.
#
# Why more room? Lesson 01 had a reason why a rate can be too high without doing harm: scale a kernel up, and batch normalization scales it down again.
# Which placements keep that property? Multiply a kernel by 10, and look whether the hidden layer's output changes.

# %%
rng = np.random.default_rng(1)
x, kernel, one, zero = rng.normal(size=(60, 64)), rng.normal(size=(64, 100)), np.ones(100), np.zeros(100)


def normalize(z):
    """Batch normalization with gamma 1 and beta 0, and next to no epsilon."""
    return batchnorm.forward(z, one, zero, epsilon=1e-9)[0]


for name in ("ReLU", "sigmoid"):
    f = activations[name]
    orders = {"before": lambda z, f=f: f(normalize(z)), "after": lambda z, f=f: normalize(f(z))}
    kept = [placement for placement, layer in orders.items() if np.allclose(layer(x @ kernel), layer(x @ kernel * 10))]
    print(f"{name:<8} a kernel 10 times as large gives the same output with batch normalization:", *kept)

# %% [markdown]
# One of the four lacks the protection: after a sigmoid. It is the one that lost every run. (After a ReLU it holds here because we left out the bias; with a bias, as in the networks above, it holds only in part.)
# That fits. It is an argument and not a proof: to prove it, one would have to take the protection away and change nothing else.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## `training=`: who sets it?
#
# A layer with two modes has to be told which one. `training=True`: use the batch's own statistics and write the memory. `training=False`: read the memory, leave it alone.
# You rarely write it, so somebody else must.
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
    before = [variable.numpy() for variable in probe.non_trainable_variables]
    way(probe)
    moved = any(np.any(a != b.numpy()) for a, b in zip(before, probe.non_trainable_variables))
    print(f"{name:<26} memory {'moved' if moved else 'as it was'}")

# %% [markdown]
# Two of six. `fit` sets the flag for you, `evaluate` and `predict` set it to False, and a plain `model(x)` means False as well.
# That last line is the one that hurts: in a training loop of your own, `model(x)` looks as natural as anything, and it trains without batch normalization.
#
# (The fifth line is worth a second look: `model(x, training=True)` changed the model although nobody trained it. A forward pass with a side effect is rare in Keras; this layer has one.)
#
# ## A loop that forgets
#
# Here is such a loop. Everything is right but one argument.
#
# **Predict first.** What does its loss do in five epochs?
# - it falls as with `fit`, since the gradients are those of the same loss
# - it falls more slowly, and nothing warns you
# - Keras raises an error


# %% tags=["path-90"]
def forgetful_loop(model, optimizer, x, y, epochs):
    """The mean loss of the last epoch, of a loop that forgets `training=True`."""

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(x), from_logits=True))
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    for epoch in range(epochs):
        batches = np.random.default_rng(epoch).permutation(len(x)).reshape(-1, 60)
        losses = [step(x[batch], y[batch]) for batch in batches]
    return np.mean(losses)


# %% tags=["path-90"]
forgot, untouched, histories, weights = [], [], [], []
fitted = compile_classifier(dense_network(), 0.1)
for seed in range(5):
    split = data.load("digits", split=seed)
    validation = split.x_validation, split.y_validation
    keras.utils.set_random_seed(seed)
    model = dense_network()
    fitted.set_weights(model.get_weights())
    forgot.append(forgetful_loop(model, keras.optimizers.SGD(0.1), split.x_train, split.y_train, epochs=5))
    untouched.append(all(np.ptp(variable) == 0 for variable in model.non_trainable_variables))
    histories.append(fit(fitted, split.x_train, split.y_train, epochs=5, validation=validation))
    weights.append(fitted.get_weights())

# %% tags=["path-90"]
with_fit = [history.train_loss[-1] for history in histories]
assert min(forgot) > 2.15 > 0.15 > max(with_fit)
print("loss of guessing, ln 10         2.30")
print("loss with `fit`                 below 0.15 in", sum(np.less(with_fit, 0.15)), "of 5")
print("loss with the forgetful loop    above 2.15 in", sum(np.greater(forgot, 2.15)), "of 5")
print("memory still as it was created  in", sum(untouched), "of 5")

# %% [markdown]
# Five epochs, and the forgetful loop is still guessing. No error, no warning.
# Inference mode with a fresh memory subtracts 0 and divides by about 1: the network trains as if it had no batch normalization, and with small initial kernels that is slow.
# Where a network trains well without batch normalization, as lesson 01's with ReLU and He weights, the loss falls and the fault hides. The last line does not hide it.
#
# **The test that tells**, whatever the initial weights: after a few steps, is `moving_mean` still exactly 0 and `moving_variance` exactly 1? Then no batch has ever been seen in training mode.

# %% [markdown]
# ### Exercise 2: a training step
#
# Write one step of a loop that does not forget. `model` gives logits, `y` holds integer labels.
# Return the loss of the batch, the mean sparse cross-entropy from logits, as it was before the step.


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
# `training=` is an argument of a call: which mode, this once. `layer.trainable` is a property of the layer: may its weights be trained at all.
#
# **Predict first.** A layer has `trainable = False` and is called with `training=True`. With what does it normalize?
# - with the batch: the call says so
# - with its memory
#
# The input below has mean 5, the memory is fresh and believes in mean 0, so the output shows who was asked.

# %% tags=["path-90"]
x = np.random.default_rng(0).normal(5, 2, (60, 3)).astype("float32")
print("trainable  training    normalized with   memory      gamma, beta")
for trainable in (True, False):
    for training in (True, False):
        layer = keras.layers.BatchNormalization()
        layer.trainable = trainable
        y = layer(x, training=training)
        source = "the batch" if abs(float(np.mean(y))) < 0.01 else "its memory"
        memory = "moved" if np.any(layer.moving_mean) else "as it was"
        learned = "trained" if layer.trainable_variables else "frozen"
        print(f"{trainable!s:<10} {training!s:<11} {source:<17} {memory:<11} {learned}")

# %% [markdown]
# With its memory. In Keras `trainable = False` freezes the whole layer: `gamma`, `beta`, and the statistics too, whatever the call says.
# Only one of the four combinations does what you think of as batch normalization.
# That is a decision of Keras (since TensorFlow 2), made for fine-tuning, and not a law of nature: in PyTorch, `requires_grad = False` freezes `gamma` and `beta` alone, and the statistics run on. Lesson 09 shows what that does.
#
# One more trap in the same place. `fit` was compiled once; does it notice when you freeze a layer afterwards?


# %%
def memory_moves(model):
    """Whether one step of `fit` changes the moving means."""
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    before = [norm.moving_mean.numpy() for norm in norms]
    model.fit(digits.x_train[:60], digits.y_train[:60], verbose=0)
    return any(np.any(a != norm.moving_mean.numpy()) for a, norm in zip(before, norms))


# %%
frozen = compile_classifier(dense_network(), 0.1)
moves = {"trainable": memory_moves(frozen)}
for layer in frozen.layers:
    layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
moves["frozen after a first fit"] = memory_moves(frozen)
moves["frozen, compiled again"] = memory_moves(compile_classifier(frozen, 0.1))
assert list(moves.values()) == [True, True, False]
print("\n".join(f"{name:<23} memory {'moves' if moved else 'stands still'}" for name, moved in moves.items()))

# %% [markdown]
# It does not notice. The training step was made at the first `fit`, with the layer as it was then, and is used again. After every change of `trainable`: `compile` again.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## A validation loss that looks broken
#
# The five networks that `fit` trained above, one for each seed, after five epochs. `fit` reported loss and accuracy on the training images, and both on the validation images.

# %% tags=["path-90"]
names = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
loss, right, validation_loss, validation_right = np.array([[getattr(h, name)[-1] for h in histories] for name in names])
print(f"training images:   loss below 0.1 in {sum(loss < 0.1)} of 5, accuracy above 0.97 in {sum(right > 0.97)} of 5")
print(f"validation images: loss above 1.7 in {sum(validation_loss > 1.7)} of 5, ", end="")
print(f"accuracy below 0.8 in {sum(validation_right < 0.8)} of 5")

# %% [markdown]
# A loss near that of guessing, 2.30, on validation images, while the training loss is near 0.
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
again_loss, again_right = np.transpose(again)
assert min(again_loss) > 1.7
assert max(again_right) < 0.8
print(f"training images again: loss above 1.7 in {sum(again_loss > 1.7)} of 5, ", end="")
print(f"accuracy below 0.8 in {sum(again_right < 0.8)} of 5")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["path-90"]
# ## How fast the memory warms up
#
# A network that has overfitted knows its training images. These five do not, in inference mode. So it is neither overfitting nor the data. That leaves the memory.
# `fit` measured the training loss in training mode, with each batch's own statistics. Validation reads the memory, which began at mean 0 and variance 1 and believes them for a while:
# after t batches the weight of that arbitrary start is the momentum to the power of t.

# %% tags=["path-90"]
for steps in (21, 100, 105, 200, 459):
    print(f"after {steps:>3} steps   warm: {1 - 0.99**steps:4.0%}")
assert 0.99**459 < 0.01 < 0.99**458
assert 0.9**44 < 0.01 < 0.9**43

# %% [markdown]
# With Keras's default momentum, 0.99, the memory is 63% warm after 100 steps and needs 459 steps to reach 99%.
# On ImageNet that is a moment. On small data, or in a quick test of "does it learn at all", it can be the whole run.
# How much it hurts depends on how wrong the start is. These kernels begin at sd 0.05, so that the first layer's true variance is far below 1, and a memory that still holds a third of that 1 is wrong by a large factor; with Keras's default kernels the same lag costs less.
# And while the network learns, its activations move, so that even a warm memory is a memory of the past.
#
# If only the memory is wrong, the weights are fine, and a memory can be replaced.
# One forward pass over all training images in training mode, with a momentum of 0, makes the memory their exact mean and variance.


# %% tags=["path-90"]
def recalibrate(model, images):
    """Replace the memory by the exact statistics of these images; no weight that was trained changes."""
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    model(images, training=True)  # writes the memory
    for norm, momentum in zip(norms, usual):
        norm.momentum = momentum


# %% tags=["path-90"]
validation = split.x_validation, split.y_validation  # of the last of the five
before = accuracy(fitted, *validation)
recalibrate(fitted, split.x_train)
assert before < 0.8 < 0.9 < accuracy(fitted, *validation)
print("the last of the five networks on its validation images: from below 0.8 to above 0.9")

# %% [markdown]
# Not one trained weight changed. The network had been good all along, and was judged with a wrong memory.
# (All 1,260 images fit into one batch here. Lesson 05 does it batch by batch, which has a pitfall of its own.)
#
# ## Three cures
#
# 1. **Wait.** After 459 steps the default is 99% warm.
# 2. **A lower momentum.** 0.9 is 99% warm after 44 steps. It remembers about ten batches, and they must be enough for a mean.
# 3. **Exact statistics** before each validation, by `recalibrate`.


# %% tags=["path-90"]
class Recalibrate(keras.callbacks.Callback):
    """Exact statistics before each validation."""

    def on_test_begin(self, logs=None):
        recalibrate(self.model, split.x_train)


# %% tags=["path-90"]
starts = []
for seed in range(5):
    keras.utils.set_random_seed(seed)
    starts.append(dense_network().get_weights())

# %% tags=["path-90"]
ways = {"momentum 0.99": (20, 0.99, []), "momentum 0.9": (5, 0.9, []), "exact statistics": (5, 0.99, [Recalibrate()])}
models = {m: compile_classifier(dense_network(momentum=m), 0.1, steps_per_execution=21) for m in (0.99, 0.9)}
runs = {name: [] for name in ways}
for name, (epochs, momentum, callbacks) in ways.items():
    for seed, start in enumerate(starts):
        split = data.load("digits", split=seed)
        keras.utils.set_random_seed(seed)
        models[momentum].set_weights(start)
        settings = {"validation": (split.x_validation, split.y_validation), "callbacks": callbacks}
        runs[name].append(fit(models[momentum], split.x_train, split.y_train, epochs=epochs, **settings))

# %% tags=["figure", "path-90"] slideshow={"slide_type": "subslide"}
figures.lag(runs)
plt.show()

# %% [markdown]
# Black is the training itself, seen in training mode. The three other lines are the same five networks with the same weights at each step, judged with three different memories; bands reach over five seeds.
# With momentum 0.99 the validation accuracy falls for a hundred steps while the network learns, and comes back when the memory has caught up. With 0.9 there is one bad epoch. With exact statistics there was never anything to see. (The two cured lines end after five epochs, to save you time.)
#
# The same weights? Momentum concerns the memory, and nothing in training reads the memory. Let us check that, too.

# %% tags=["path-90"]
losses = np.array([[history.train_loss[:5] for history in histories] for histories in runs.values()])
assert np.allclose(losses, losses[0], rtol=0, atol=0.02)
print("training losses of the three ways, all seeds, five epochs: equal")
for name, histories in runs.items():
    early = sum(history.validation_accuracy[4] > 0.9 for history in histories)
    print(f"{name:<17} validation accuracy above 0.9 at step 105 in {early} of 5")
late = sum(history.validation_accuracy[-1] > 0.9 for history in runs["momentum 0.99"])
print(f"momentum 0.99     validation accuracy above 0.9 at step 420 in {late} of 5")

# %% [markdown]
# **Where this goes wrong in practice.** Somebody sees the dashed line, believes in overfitting, adds dropout, and trains on; 300 steps later the memory is warm, the curve recovers, and the dropout gets the credit.
# The test: evaluate training images in inference mode. If they are as bad as the validation images, it is the memory.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Saving, and what gets lost
#
# A trained network is its kernels, its biases, its `gamma` and `beta`, and its memory. `model.save` writes all of them.

# %%
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    network.save(Path(folder) / "digits.keras")
    loaded = keras.models.load_model(Path(folder) / "digits.keras")
same = np.allclose(network(digits.x_test, training=False), loaded(digits.x_test, training=False), atol=1e-5)
assert same
print("saved and loaded: the same logits:", same)

# %% [markdown]
# Other ways to move weights from one network to another take less. An optimizer knows only what is trained. So does an average of weights that is kept along the way, and so does this loop, which reads so well:
#
# **Predict first.** Every kernel, bias, `gamma` and `beta` is copied to a new network. How does it do on the test images?
# - as well as the original: everything that was learned has been copied
# - worse

# %%
restored = dense_network()
for new, old in zip(restored.trainable_variables, network.trainable_variables):
    new.assign(old)

test = digits.x_test, digits.y_test
found = [accuracy(network, *test), accuracy(restored, *test)]
recalibrate(restored, digits.x_train)
found.append(accuracy(restored, *test))
for name, value in zip(("original", "copy", "copy, recalibrated"), found):
    print(f"{name:<19} {'above 0.95' if value > 0.95 else 'below 0.85'} on test images")
print(len(network.trainable_variables), "of", len(network.weights), "arrays were copied")
assert found[1] < 0.85 < 0.95 < min(found[0], found[2])

# %% [markdown]
# Worse, by far. Eleven arrays were learned and copied. Six were not, the memory of the three normalizations, and a new memory believes in mean 0 and variance 1.
# Nothing was lost for good: the statistics can be computed again, as long as you have training images and know that this is what is missing.
#
# **Where this goes wrong in practice.** A checkpoint written from `trainable_variables`; averaged weights that are put into the network at the end, with the old memory left in place (lesson 05).
# The test: count. `len(model.weights)` arrays must travel, not `len(model.trainable_variables)`. And compare one prediction before and after.

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("03_implementation")

# %% [markdown] slideshow={"slide_type": "slide"} tags=["recap"]
# ## Recap
#
# Dense without bias, batch normalization, activation: three lines. `gamma` can go before a ReLU or a linear layer. Before the activation or after it: the same at the best rate, more room above it with *before*.
# `fit` sets `training=True`, your own loop must. `trainable=False` means inference mode. The memory needs 459 steps to be 99% warm, and it has to travel with the weights.
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
# | training loss near 0, validation loss near guessing, early in training | the memory is cold | evaluate *training* images in inference mode: as bad? recalibrate: good? |
# | a loop of one's own learns slowly or not at all | `training=True` forgotten | `moving_mean` is still exactly 0, though no layer is frozen |
# | a network predicts well in the notebook, badly after it was restored | only trainable variables were restored | count the arrays; compare one prediction |
# | frozen layers that move, or unfrozen ones that don't | `trainable` changed without `compile` | look at `moving_mean` before and after one step |
# | batch normalization was moved behind the activation, and every ReLU bends at 0 | `use_bias=False` kept before an activation | `layer.use_bias` beside what follows each dense layer, `activation` included |

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
# - Lesson 01 for the scale invariance, lesson 05 for the layer from the inside and exact statistics batch by batch, lesson 09 for freezing and small batches.
