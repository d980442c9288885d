# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 08 · A network that invents digits
#
# About 50 minutes to read and do (an estimate); one or two of them are the computer's.
# It builds on lesson 06 (one statistic for each feature map) and lesson 05 (training and inference).
#
# After this lesson you will be able to
# - write the training step of such a network, and say which network runs in which mode in each half of it;
# - build a generator with batch normalization where it helps, and leave it out where it harms;
# - tell with two numbers whether a generator has collapsed;
# - say what batch normalization does for such a network, and why "it needs it" is too strong a claim.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import batchnorm, checks, data, widgets
from helpers.course import quiz
from helpers.experiments import about, pin
from helpers.figures import plots
from helpers.lessons.l08 import figures, gan_scores
from helpers.lessons.l08.tf_gan import discriminator, generator, pair
from helpers.lessons.l08.tf_gan_training import from_picture, real_batches, train, train_each
from helpers.tf.quiet import keras, tf
from helpers.tf.sweep import one_thread_each

one_thread_each()  # two trainings at a time, a core for each
plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two networks against each other
#
# A **generator** turns random numbers into pictures. It never sees a real one.
# A **discriminator** is shown real pictures and the generator's, and says which is which.
# Each is trained against the other: the discriminator learns to tell them apart, the generator to have its pictures taken for real.
#
# The discriminator gives one number for each picture, a *logit* a; its sigmoid is the probability of "real".
# The cross-entropy of the answer "real" is −log sigmoid(a) = log(1 + e⁻ᵃ), that of "generated" is log(1 + eᵃ); log(1 + eᵃ) is called the *softplus* of a.
# The discriminator's loss is the cross-entropy on real pictures plus that on generated ones.
# For a discriminator that always says one half, each of the two is log 2; together they are 2 log 2 = 1.39.
# The generator's loss is the cross-entropy of its pictures against the answer "real" (Goodfellow et al. 2014): it is low when they are taken for real.
#
# This is a generative adversarial network, GAN; with convolutions, ReLUs and batch normalization placed as by Radford, Metz and Chintala (2016), a DCGAN.

# %%
for title, network in (("generator", generator()), ("discriminator", discriminator())):
    print(title)
    for layer in network.layers:
        print(f"    {type(layer).__name__:<19} {' x '.join(map(str, layer.output.shape[1:]))}")

# %% [markdown]
# The generator goes from a vector of 16 random numbers, the *latent* vector, to 64 small maps, then twice to maps of twice the width; the discriminator goes the same way back.
# Two ranges of pixels occur. Images that we look at and measure are kept from 0 (white) to 1 (black), as everywhere in this course.
# Inside the two networks a pixel lies between −1 (white) and 1 (black), the range of the generator's last `tanh`: 2 · pixel − 1. The helper converts.
#
# Look where batch normalization stands, and where it does not.
# The generator normalizes after its first two layers, not its picture.
# The discriminator normalizes after its second convolution, not what it is given.
# Later we put it in both of these places and see what changes.
#
# Initial weights are those of the paper (normal, standard deviation 0.02), and so are Adam's `beta_1` of 0.5 and the slope of the leaky ReLU, 0.2.
# The learning rate is 0.0005 instead of 0.0002, because we train for 600 updates of 64 images only; the moving statistics have a momentum of 0.9: moving = moving · 0.9 + batch · 0.1.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One update, in two half-steps
#
# In the first half-step the discriminator takes a step, in the second the generator.
# Each half-step calls both networks, and both contain batch normalization, so each call needs a mode.
#
# **Predict first.** Which mode, for which network, in which half-step?
# - training mode for the network that takes the step, inference mode for the other one
# - training mode for both, in both half-steps
# - training mode for the generator, inference mode for the discriminator, which is only a judge


# %%
def cross_entropy(logits, real):
    """In nats: of the answer "real" (True) or "generated" (False)."""
    return tf.reduce_mean(tf.nn.softplus(-logits if real else logits))


def step(network, optimizer, tape, loss):
    """One step of this network alone."""
    variables = network.trainable_variables
    optimizer.apply(tape.gradient(loss, variables), variables)


# %%
def update(generator, discriminator, optimizers, real, z):
    """One update of both networks, on real images (N, 8, 8, 1) and latent vectors (N, 16)."""
    with tf.GradientTape() as generator_tape:
        fake = generator(z, training=True)  # one batch of pictures, used in both half-steps
    with tf.GradientTape() as tape:  # first half-step: the discriminator's
        on_real, on_fake = discriminator(real, training=True), discriminator(fake, training=True)
        loss = cross_entropy(on_real, True) + cross_entropy(on_fake, False)
    step(discriminator, optimizers[1], tape, loss)
    with generator_tape:  # second half-step: the generator's; the tape goes on recording where it stopped
        loss = cross_entropy(discriminator(fake, training=True), True)
    step(generator, optimizers[0], generator_tape, loss)


# %% [markdown]
# Training mode for both, everywhere: the second answer. Three calls of the discriminator, and each normalizes its batch with that batch's own statistics.
# If the discriminator judged in inference mode in the second half-step, its memory would mix real and generated batches. The generator would then be trained against a function that nobody has trained: the discriminator learned with the statistics of each batch.
# `trainable_variables` decides who takes the step. Setting `discriminator.trainable = False` instead, as older examples do, puts its batch normalization into inference mode (lesson 03).
#
# A consequence is easy to miss: the second half-step trains the generator alone, and yet it also writes to the discriminator's moving statistics.
#
# `train`, the helper below, does this for several seeds, compiled; `train_each` does it for several kinds of networks. Four updates by hand and by `train` must give the same pictures.

# %%
keras.utils.set_random_seed(0)
networks, rng = pair(), np.random.default_rng(0)  # the helper's draws, in its order
kept, latent = (rng.normal(size=size).astype("float32") for size in ((50, 16), (4, 64, 16)))
adams = [keras.optimizers.Adam(0.0005, beta_1=0.5) for _ in networks]
for real, z in zip(real_batches(data.load().x_train, 64, rng), latent):
    update(*networks, adams, real, z)
by_hand = from_picture(networks[0](kept, training=False).numpy())
by_train = train(pair, seeds=1, updates=4, samples=50).images[0, -1]
print("largest difference of a pixel:", about(np.abs(by_hand - by_train).max(), ".0e"))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## With and without
#
# We train the two networks twice, once as they are and once without batch normalization. For each seed the initial weights, the order of the real images and the random numbers are the same.
#
# **Predict first.** What comes out of a GAN that trains badly?
# - grey noise
# - blurred digits, all ten of them
# - one picture, again and again

# %%
from functools import cache, partial

both_kinds = {"with": {"build": pair}, "without": {"build": partial(pair, batch_norm=False)}}
with_it, without = train_each(both_kinds, seeds=5, updates=600, points=6).values()

# %% tags=["figure"]
rows = {"real digits": data.load().x_test[:12]}
rows |= {f"with, seed {seed}": with_it.images[seed, -1, :12] for seed in with_it.seeds}
rows |= {f"without, seed {seed}": without.images[seed, -1, :12] for seed in without.seeds}
figures.rows_of_images(rows)
plt.show()

# %% [markdown]
# Each row holds twelve pictures that one generator made of twelve random vectors, the same twelve with and without.
# With batch normalization they are different digits, clumsy ones; without, the pictures of a row are nearly all the same: the third answer.
# A generator that makes nearly the same picture whatever it is given has collapsed: **mode collapse**. (A mode is a peak of the data's distribution; the word has nothing to do with training *mode*.)
#
# Twelve pictures are few. Two numbers describe 2,000 of them, all made in inference mode:
#
# - **Coverage.** A classifier, trained once on real digits, says which digit each picture is. A digit counts as covered if at least 1% of the pictures are taken for it.
# - **Fréchet distance.** Mean and covariance of the pictures' first 16 principal components, compared with those of the real training digits. (The components are the 16 directions in which digits vary most, found once on the training digits.) In one dimension it is (difference of means)² + (difference of standard deviations)² (Heusel et al. 2017, who use features of a large network instead of principal components).

# %%
classify = gan_scores.classifier()
far_from = {seed: gan_scores.Distance(data.load(split=seed).x_train) for seed in with_it.seeds}


def distances(gans):
    """Fréchet distance (S, K) of the pictures kept from the digits that were trained on."""
    return np.array([[far_from[seed](kept) for kept in images] for seed, images in zip(gans.seeds, gans.images)])


# %%
@cache
def labels(gans):
    """Which digit the classifier takes each seed's 2,000 pictures for, at the end."""
    return [classify(images[-1]) for images in gans.images]


def coverage(gans):
    """How many of the ten digits each seed's generator makes at the end."""
    return np.array([gan_scores.classes_covered(found) for found in labels(gans)])


# %%
near, far = distances(with_it), distances(without)
splits = [data.load(split=seed) for seed in with_it.seeds]
real = [far_from[s](np.concatenate([d.x_validation, d.x_test])) for s, d in enumerate(splits)]

# %%
for name, gans, distance in (("with", with_it, near), ("without", without, far)):
    print(
        f"{name:<8} distance {about(distance[:, -1], '.2f')}, digits covered {about(coverage(gans), 'd', of=10)},",
        end=" ",
    )
    print("discriminator's loss", about(gans.discriminator_loss[:, -1], ".2f"))
print("without, in units of with:    ", about(far[:, -1] / near[:, -1], ".0f", "x"))
print("real digits that nobody has seen: distance", about(real, ".2f"))

# %% tags=["figure"]
shares = {"with batch normalization": with_it, "without": without}
shares = {name: [gan_scores.shares(found) for found in labels(gans)] for name, gans in shares.items()}
figures.which_digits(shares)
plt.show()

# %% [markdown]
# A row is a seed, a column a digit; the darker, the more of the 2,000 pictures are taken for it, and a cross marks less than 1%.
# With batch normalization there is no cross. Without, at least half of each row is crossed out, and a few digits have everything.
#
# In the textbook a collapsed generator makes the one picture that fools the discriminator.
# Here it does not even do that: guessing would cost the discriminator 1.39, and its loss is below 0.9.
# (From here on each setting is trained with three seeds, not five. That shows large differences and no small ones.)

# %% tags=["pinned"]
pin(np.abs(by_hand - by_train).max() < 1e-3, "the update written out and the helper give the same pictures")
pin(far[:, -1] / near[:, -1] >= 10, "the distance is at least ten times smaller with batch normalization, in each seed")
pin(coverage(with_it) == 10, "with batch normalization all ten digits come, in each seed")
pin(coverage(without) <= 5, "without, at most half of the digits come")
pin(without.discriminator_loss[:, -1] < 0.9, "without, the discriminator's loss is below 0.9")
pin(np.max(real) < near[:, -1].min(), "real digits are nearer than any generator's")

# %% [markdown]
# How do the two kinds of generator differ before they are trained?
# With weights this small, the differences between latent vectors shrink from layer to layer, and all pictures start out alike.
# Normalization scales these differences back to a standard deviation of 1 in each layer, so that a batch of latent vectors gives a batch of different pictures.
# We look at the generators before their first update.


# %%
def spread_of_pictures(batch_norm):
    """How far pixels vary from picture to picture, before any training; for each of five seeds."""
    spreads = []
    for seed in range(5):
        keras.utils.set_random_seed(seed)
        z = np.random.default_rng(seed).normal(size=(256, 16))
        spreads.append(np.std(generator(batch_norm=batch_norm)(z, training=True), axis=0).mean())
    return np.array(spreads)


at_start = {name: spread_of_pictures(name == "with") for name in ("with", "without")}
for name, values in at_start.items():
    print(f"{name:<8} standard deviation of a pixel over 256 pictures {about(values, '.5f')}")
print("their ratio:", about(at_start["with"] / at_start["without"], ",.0f", "x"))

# %% [markdown]
# A tempting explanation: without batch normalization the pictures start out alike, therefore they stay alike.
# It is wrong, or at least not the whole cause. The section "Is it necessary?" tests it, and there such a start collapses at one learning rate and not at another.

# %% tags=["pinned"]
pin(np.median(at_start["with"]) / np.median(at_start["without"]) >= 10, "pictures differ ten times more at the start")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which layers to leave alone
#
# If it helps so much, why not also normalize the generator's picture and the discriminator's input?
#
# **Predict first.** The generator's last layer gets a batch normalization before its `tanh`. What happens?
# - training becomes even more stable
# - nothing much: `gamma` and `beta` can undo it
# - the pictures get worse

# %% [markdown]
# Let us try both, and answer another question with the same training.
# In `update` the discriminator sees real and generated images in two batches, each normalized with its own statistics. Both together in one batch would save a call:
# `on_real, on_fake = tf.split(discriminator(tf.concat([real, fake], 0), training=True), 2)`, and the same in the second half-step.

# %%
three_kinds = {"output": {"build": partial(pair, normalize_output=True)}}
three_kinds |= {"input": {"build": partial(pair, normalize_input=True)}, "one batch": {"batches": "one"}}
output_too, input_too, one_batch = train_each(three_kinds, seeds=3, updates=300, points=3).values()

# %% tags=["figure"]
AFTER_300 = 2  # of the six points of `with_it`, 100 updates apart, the third: after as many updates as the others had
changed = {"as in the paper": near[:3, AFTER_300]}
changed["generator's output normalized too"] = distances(output_too)[:, -1]
changed["discriminator's input normalized too"] = distances(input_too)[:, -1]
changed["real and generated in one batch"] = distances(one_batch)[:, -1]
for name, values in changed.items():
    ratio = values / near[:3, AFTER_300]
    print(f"{name:<38} {about(values, '.2f')}, in units of the paper's way {about(ratio, '.1f', 'x')}")
figures.single_runs(changed, np.median(real))
plt.show()

# %% [markdown]
# Each mark is a seed after 300 updates; further right is worse. The grey line marks real digits that no network has seen.
#
# Normalizing either of them is worse, the third answer; one batch or two makes no difference that three seeds could show.
# (These are 300 updates. Longer trainings may differ; we have not measured them.)
#
# How do the two fail? We measure three things: how dark the pictures are, how many of their pixels are white (below 0.02, on the scale from 0 to 1), and the discriminator's loss, where 2 log 2 = 1.39 is guessing and 0 is certainty.

# %%
digits = data.load().x_train
print(f"{'real digits':<16} mean pixel {digits.mean():.2f}, white pixels {(digits < 0.02).mean():.2f}")
darkness, white, losses = {}, {}, {}
for name, gans in {"as in the paper": with_it, "output too": output_too, "input too": input_too}.items():
    pictures, losses[name] = gans.images[:3, AFTER_300], gans.discriminator_loss[:3, AFTER_300]
    darkness[name] = pictures.mean(axis=(1, 2, 3))
    white[name] = (pictures < 0.02).mean(axis=(1, 2, 3))
    pixels = f"mean pixel {about(darkness[name], '.2f')}, white pixels {about(white[name], '.2f')}"
    print(f"{name:<16} {pixels}, discriminator's loss {about(losses[name], '.2f')}")

# %% [markdown]
# **The discriminator's input.** The pictures are too dark, and the discriminator is close to guessing.
# It cannot see that they are dark: each of its two batches arrives with mean 0 and standard deviation 1, whatever the brightness and contrast were. So no gradient tells the generator to become brighter.
#
# **The generator's output.** Here the discriminator is nearly certain, because far too few pixels are white.
# Before the `tanh`, the pixels of a batch have the mean `beta` and the standard deviation `gamma`. These two could undo the normalization, so the second answer has a point. How far have they come from 0 and 1?
#
# White is −1 for the networks, and a `tanh` never quite reaches it. A pixel below 0.02 is below −0.96 on their scale, and tanh(−1.9) = −0.96.
# So we look at what the `tanh` is given, and mark −1.9.

# %%
gammas, betas = np.ravel([output_too.network(s).layers[-2].get_weights()[:2] for s in range(3)]).reshape(3, 2).T
print("gamma:", about(gammas, ".2f", each=True), " beta:", about(betas, ".2f", each=True))
below = -np.arctanh(0.96)  # what the tanh must be given for a white pixel: about -1.9
z = np.random.default_rng(2).normal(size=(512, 16))


def before_tanh(gans):
    """What the tanh is given, for 512 pictures of seed 0 in inference mode."""
    network = gans.network(0)
    return keras.Model(network.inputs[0], network.layers[-2].output)(z).numpy()


# %% tags=["figure"]
given = {"as in the paper, 600 updates": before_tanh(with_it), "output normalized too": before_tanh(output_too)}
figures.before_tanh(given, below)
plt.show()

# %% [markdown]
# Left of the dashed line a pixel is white. The free layer puts much of the picture there, far to the left; the normalized one leaves most of it to the right of the line.
#
# A white background needs a large spread before the `tanh`. About half of the pixels of real digits are white (above), so about half of the values must lie at −1.9 or below, and their median too.
# A median is never further from the mean than one standard deviation.
# So the standard deviation, `gamma`, must be at least 1.9 + `beta`: with the `beta` printed above, about 1.65.
# In 300 updates `gamma` has come from 1 to about 1.25, because Adam moves a number by about its rate, 0.0005, at each update (here by not quite twice as much): too slow.
# A last layer without normalization can change the contrast with all its weights at once.
#
# Radford et al. report oscillating samples and instability when every layer is normalized. In 300 updates at this size we only see a discriminator that wins.
#
# **One batch or two.** In one batch both halves share their statistics, so that the second layer's features may differ in mean between real and generated; in two batches they cannot. Neither proved better here.
# (With one batch, the second half-step also calls the discriminator on real and generated images together. So it judges pictures with the statistics with which it was trained.)

# %% tags=["pinned"]
times = {name: values / near[:3, AFTER_300] for name, values in changed.items()}
pin(
    times["generator's output normalized too"] > 1.1,
    "a normalized output is further than the same seed in the paper's way",
)
pin(times["discriminator's input normalized too"] >= 2, "a normalized input is at least twice as far")
pin(np.abs(np.log(times["real and generated in one batch"])) < np.log(3), "one batch and two are within a factor of 3")
pin(darkness["input too"] > digits.mean() + 0.1, "with a normalized input pictures are too dark")
pin([losses["input too"] > 1.25, losses["output too"] < 0.35], "the discriminator guesses, or is nearly certain")
pin([white["as in the paper"] > 0.2, white["output too"] < 0.2], "few pixels are white with a normalized output")
pin([abs(gammas - 1) < 0.4, abs(betas) < 0.4], "gamma and beta are within 0.4 of where they started")
pin(gammas < betas - below - 0.2, "gamma is too small for half of the pixels to be white")
pin([1.1 < np.median(gammas) < 1.4, 1.5 < np.median(betas) - below < 1.8], "gamma is near 1.25, and 1.65 is needed")

# %% [markdown]
# ### Exercise 1: a generator
#
# `build_generator(latent_size)` returns a Keras generator: latent vectors (N, latent_size) become images (N, 8, 8, 1) between −1 and 1.
# Every layer with weights but the last is batch-normalized, and the latent vector is not. A layer directly before batch normalization has no bias (lesson 03). The number of layers, the maps and the kernels are up to you.


# %% tags=["exercise"]
def build_generator(latent_size):
    """A Keras model: (N, latent_size) -> (N, 8, 8, 1), between -1 and 1."""
    ### BEGIN SOLUTION
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((latent_size,)),
            layers.Dense(4 * 4 * 32, use_bias=False),
            layers.Reshape((4, 4, 32)),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Conv2DTranspose(16, 3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),
        ]
    )
    ### END SOLUTION


# %% tags=["check"]
checks.generator(build_generator)

# %% [markdown]
# Now train it, against the discriminator of this lesson, for 300 updates and three seeds.
# As long as `build_generator` gives no generator of the right shape, the lesson's own takes its place.


# %%
def own_pair():
    """Your generator, or the lesson's where yours cannot be used yet, and the lesson's discriminator."""
    try:
        own = keras.Sequential([keras.Input((16,)), build_generator(16)])
        if own.output_shape == (None, 8, 8, 1):
            return own, discriminator()
    except Exception:  # not written yet, or not finished
        pass
    return pair()


own = train(own_pair, seeds=3, updates=300)

# %% tags=["figure"]
print(f"weights: {own.build()[0].count_params():,}; the lesson's generator has {generator().count_params():,}")
for name, distance in (("this generator", distances(own)[:, -1]), ("the lesson's", near[:3, AFTER_300])):
    print(f"{name:<14} distance after 300 updates {about(distance, '.2f')}")
print("digits covered:", about(coverage(own), "d", of=10))
figures.rows_of_images({f"seed {seed}": own.images[seed, -1, :12] for seed in own.seeds})
plt.show()

# %% [markdown]
# Each row holds twelve pictures of one seed. More maps, a higher resolution before the last layer or larger kernels change the distance; try one at a time.
# Compare the ranges over the three seeds before you call one generator better than another.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The mode when sampling
#
# The generator was trained in training mode, and the discriminator saw only pictures made in that mode.
# The pictures above were made in inference mode.
#
# **Predict first.** We put one latent vector into eight batches, each time with three other vectors. Are the eight pictures equal?
# - yes in both modes: the vector decides the picture
# - in inference mode only
# - in training mode only: that is what it was trained for

# %%
mine = np.random.default_rng(1).normal(size=(1, 16))
company = [np.random.default_rng(k).normal(size=(3, 16)) for k in range(100, 108)]


def in_company(training):
    """The picture of my vector, in each of eight batches of four."""
    return np.array([with_it.pictures(0, np.vstack([mine, z]), training=training)[0] for z in company])


modes = {"inference mode": in_company(False), "training mode": in_company(True)}
change = {mode: np.ptp(pictures, axis=0).max() for mode, pictures in modes.items()}
for mode, largest in change.items():
    print(f"{mode:<15} the largest change of a pixel is {about(largest, '.3f')}")

# %% tags=["figure"]
figures.rows_of_images(modes)
plt.show()

# %% [markdown]
# Eight pictures of one latent vector in each row. In inference mode they are the same picture; in training mode it changes with the other vectors of the batch.
# So a picture that you like cannot be made again from its vector alone: the whole batch would have to be kept.
# Salimans et al. (2016) saw this and proposed virtual batch normalization: the statistics come from a reference batch that is chosen once, together with the vector itself. They used it in the generator only, because it is costly: the reference batch is computed again at each step.
#
# ### Exercise 2: virtual batch normalization
#
# `virtual_forward(x, reference, gamma, beta, epsilon)` normalizes rows x (N, D) with a reference batch (M, D).
# Each row gets the mean and the biased variance, 1/(M + 1), of M + 1 rows: those of the reference and the row itself. Then follow gamma and beta, (D,).
# The other rows of x must not matter.


# %% tags=["exercise"]
def virtual_forward(x, reference, gamma, beta, epsilon):
    """y (N, D): each row of x normalized with the statistics of the reference batch and of itself."""
    ### BEGIN SOLUTION
    y = []
    for row in x:
        rows = np.vstack([reference, row])
        y.append(gamma * (row - rows.mean(axis=0)) / np.sqrt(rows.var(axis=0) + epsilon) + beta)
    return np.array(y)
    ### END SOLUTION


# %% tags=["check"]
checks.virtual_forward(virtual_forward)

# %% [markdown]
# Does the mode change how *good* pictures are? 512 of each seed, in batches of several sizes.


# %%
def sampled(**how):
    """The distance of each seed's 512 pictures, sampled in this way."""
    return np.array([far_from[seed](with_it.pictures(seed, z, **how)) for seed in with_it.seeds])


samplings = {"inference mode": sampled()}
for size in (64, 4, 1):
    samplings[f"training mode, batches of {size}"] = sampled(training=True, batch_size=size)

# %% tags=["figure"]
for name, values in samplings.items():
    print(
        f"{name:<28} {about(values, '.2f')}, in units of inference mode {about(values / samplings['inference mode'], '.2f', 'x')}"
    )
figures.single_runs(samplings, np.median(real))
plt.show()

# %% [markdown]
# Each mark is a seed; further right is worse.
# With batches as large as in training the mode does not matter to the quality, only to whether a picture can be made again.
# With a batch of one it matters: at 2 x 2 positions the first normalization has four values for a feature, all of the same picture, and subtracts their mean. In lesson 05 a batch of one row left nothing at all; here the positions save part of the picture, as in lesson 06.
# In inference mode each vector has its own picture, at no cost. Sample in that mode.

# %% tags=["pinned"]
pin([change["inference mode"] < 0.0005, change["training mode"] > 0.2], "the company matters in training mode only")
same = np.abs(np.log(samplings["training mode, batches of 64"] / samplings["inference mode"]))
pin(same < np.log(1.25), "batches of 64 are within a quarter of inference mode")
pin(samplings["training mode, batches of 1"] / samplings["inference mode"] > 1.1, "alone is at least a tenth worse")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is it necessary?
#
# Radford et al. call it critical for deep generators, and our comparison agrees: with their initial weights, at this rate, in 600 updates.
# Without it, two things could cause the collapse: weights so small that all pictures start out alike, or an unsuitable rate. We change one at a time, then both.
#
# - larger weights: Keras's default, after Glorot, at the old rate
# - a rate ten times as high, 0.005, with the old weights
#
# **Predict first.** Which change makes the ten digits come?
# - the larger weights
# - the higher rate
# - only both together

# %%
bare = partial(pair, batch_norm=False)
glorot = partial(bare, start="glorot")
bare_kinds = {"weights": {"build": glorot}, "rate": {"build": bare, "learning_rate": 0.005, "points": 6}}
bare_kinds["both"] = {"build": glorot, "learning_rate": 0.005}
weights, rate, both = train_each(bare_kinds, seeds=3, updates=600).values()

# %% tags=["figure"]
changes = {"nothing changed": without, "larger weights": weights, "higher rate": rate, "both": both}
found = {name: distances(gans)[:, -1] for name, gans in changes.items()}
for name, values in found.items():
    print(f"{name:<15} distance {about(values, '.2f')}, digits covered {about(coverage(changes[name]), 'd', of=10)}")
rows = {"with batch normalization": near[:, -1]} | {f"without; {name}": values for name, values in found.items()}
figures.single_runs(rows, np.median(real))
plt.show()

# %% [markdown]
# Each mark is a seed after 600 updates; further right is worse. The circles are all without batch normalization.
#
# The rate decided, which is the second answer. With the old, small weights and ten times the rate the digits come; with larger weights at the old rate not all of them do.
# So the explanation from above fails: all pictures start out alike at both rates, and only one of them collapses.
# Batch normalization makes a rate work that is too low without it.
# (Too low for 600 updates. We have not tried whether four times as many would do as well.)
#
# There are other ways to do without. **Spectral normalization** (Miyato et al. 2018): each kernel of the discriminator is divided by its largest singular value, which limits how fast the discriminator's answer can change (for a convolution, approximately).
# It acts on weights, not on activations, so that no picture depends on its batch and there is no second mode. We train it with larger weights at rate 0.002, and beside it the control: the same weights and rate without it.

# %%
last_kinds = {"spectral": {"build": partial(glorot, norm="spectral")}, "control": {"build": glorot}}
spectral, control = train_each(last_kinds, seeds=3, updates=600, points=6, learning_rate=0.002).values()

# %% tags=["figure"]
kinds = dict(zip(figures.CURVES, (with_it, without, rate, spectral, control)))
measured = {name: distances(gans) for name, gans in kinds.items()}
for name, values in measured.items():
    print(
        f"{name:<30} distance at the end {about(values[:, -1], '.2f')}, digits {about(coverage(kinds[name]), 'd', of=10)}"
    )
figures.distances(with_it.step, measured, np.median(real))
plt.show()

# %% [markdown]
# Lines are medians over the seeds, bands reach from the best to the worst seed; lower is better, on a logarithmic scale.
#
# With spectral normalization no seed collapsed. The control says how much of that is due to spectral normalization: it comes down too, but late, and one of its three seeds not at all (in the run shown).
#
# The networks at the higher rate and those with spectral normalization have no batch normalization anywhere, and did not collapse. So "necessary" is too strong.
# What remains true: among these settings batch normalization came nearest, and from the start, with weights and a rate that collapse without it. It helps networks whose weights and rates nobody has tuned.
# (Three rates occur, and we do not claim that any is the best for its kind.)

# %% tags=["pinned"]
share = {name: values / far[: len(values), -1] for name, values in found.items()}
pin(np.median(share["larger weights"]) > 0.4, "larger weights leave at least 0.4 of the distance")
pin(
    max(np.median(share["higher rate"]), np.median(share["both"])) < 0.25,
    "the higher rate takes three quarters of it away",
)
pin([coverage(rate) >= 8, coverage(both) >= 8, coverage(spectral) >= 8], "at least eight digits come in each seed")
pin(coverage(weights) < 8, "with larger weights at the old rate fewer than eight digits come")
last = {name: values[:, -1] for name, values in measured.items()}
ends = last["spectral normalization instead"].max() / last["its control"].max()
pin(ends < 0.85, "the worst seed with spectral normalization is nearer than the worst of its control")
pin(min(last, key=lambda name: np.median(last[name])) == "with batch normalization", "batch normalization is nearest")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A walk between two pictures
#
# A latent vector is a point in a space of 16 dimensions. What lies between two points whose pictures we know?
# We take ten steps along the straight line from one to the other.


# %% tags=["figure"]
def walk(begin, end, steps=10):
    """The pictures along the straight line between two latent vectors, in inference mode."""
    t = np.linspace(0, 1, steps)[:, None]
    return with_it.pictures(0, (1 - t) * begin + t * end)


points = np.random.default_rng(5).normal(size=(4, 2, 16))
figures.rows_of_images({f"walk {k}": walk(*pair_of_points) for k, pair_of_points in enumerate(points, 1)})
plt.show()

# %% [markdown]
# Each row is a walk. One digit turns into another through shapes that are partly digits themselves.
# The shapes change gradually. That alone does not prove that nothing was memorized: every such network is continuous.
# (The walk is done in inference mode: in training mode each step would also depend on the nine others.)
#
# A test that tells more: the nearest training image to each generated one.

# %% tags=["figure"]
known = data.load(split=0).x_train


def apart(images):
    """How far each image is from each training image: the root of the sum of squared differences of pixels."""
    return np.linalg.norm((images[:, None] - known).reshape(len(images), len(known), -1), axis=-1)


made = with_it.images[0, -1]
figures.rows_of_images({"generated": made[:12], "nearest": known[apart(made[:12]).argmin(axis=1)]})
plt.show()

# %% [markdown]
# Below each generated picture stands the training image that is nearest to it.

# %%
nearest = {"generated pictures": made[:200], "real digits, unseen": splits[0].x_test[:200]}
nearest = {name: apart(images).min(axis=1) for name, images in nearest.items()}
for name, values in nearest.items():
    print(f"{name:<19} distance to the nearest training image {about(values, '.2f')}")

# %% [markdown]
# A stored picture would be at distance 0. The generated ones are further from the training images than real digits that nobody has seen: they resemble their neighbours and do not copy them.

# %% tags=["pinned"]
middle = {name: np.median(values) for name, values in nearest.items()}
pin(
    middle["generated pictures"] > middle["real digits, unseen"],
    "generated pictures are further from the training images",
)

# %% [markdown]
# Choose two points of your own, and a place between them.

# %% tags=["figure"]
widgets.LatentWalk(lambda points: with_it.pictures(0, points), 16)

# %% [markdown]
# Left: the picture at the chosen place; right: nine pictures along the way, where the triangle marks the place. (The way is an arc, because a straight line passes nearer to 0 than random vectors lie.)

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("08_dcgan")

# %% [markdown] tags=["recap"] slideshow={"slide_type": "slide"}
# ## Recap, with one example in numbers
#
# Why must the discriminator's input stay as it is? Two real pictures have a mean pixel of 0.2 and 0.4, two generated ones 0.6 and 1.0; a batch normalization (epsilon 0) gets them in two batches.
#
# | | real | generated |
# |---|---|---|
# | mean pixel | 0.2, 0.4 | 0.6, 1.0 |
# | mean | 0.3 | 0.8 |
# | standard deviation, biased (1/m) | 0.1 | 0.2 |
# | normalized | (0.2 − 0.3) / 0.1 = −1, and 1 | (0.6 − 0.8) / 0.2 = −1, and 1 |
# | Fréchet distance of the mean pixel | | (0.3 − 0.8)² + (0.1 − 0.2)² = 0.26 |

# %%
for name, brightness in (("real", [[0.2], [0.4]]), ("generated", [[0.6], [1.0]])):
    seen, _ = batchnorm.forward(np.array(brightness), np.ones(1), np.zeros(1), epsilon=0.0)
    print(f"{name:<9} as the discriminator sees it: {seen.ravel().round(6)}")
print("distance:", round(gan_scores.frechet_distance([0.3], [[0.01]], [0.8], [[0.04]]), 6))

# %% [markdown]
# The generated pictures are far darker and twice as varied, and the discriminator cannot know.
#
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | all pictures alike after some hundred updates | collapse: the rate, or the weights, do not suit a network without normalization | another rate, another start, one at a time |
# | shapes are right, brightness or contrast is not | the discriminator's input is normalized | mean brightness of 2,000 generated pictures beside that of the real ones |
# | the same latent vector gives another picture each time | sampling in training mode | one vector, two batches, compare |
# | pictures differ from those seen during training | moving statistics that lag behind a generator which still changes | the distance in both modes; a smaller momentum |
# | "it only works with batch normalization" | one setting was tried without it | other initial weights and rates, or another normalization |

# %% [markdown] tags=["references"]
# ## References
#
# - I. Goodfellow et al.: Generative Adversarial Nets. NeurIPS 2014. Section 3 and algorithm 1: the game, and the generator's loss that does not saturate.
# - A. Radford, L. Metz, S. Chintala: Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks. ICLR 2016. Section 3: where batch normalization stands and where it does not; section 4: initial weights, rate, slope.
# - M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter: GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium. NeurIPS 2017. Equation 6: the Fréchet distance.
# - T. Salimans et al.: Improved Techniques for Training GANs. NeurIPS 2016. Section 3.5: pictures that depend on their batch, and virtual batch normalization.
# - T. Miyato, T. Kataoka, M. Koyama, Y. Yoshida: Spectral Normalization for Generative Adversarial Networks. ICLR 2018. Section 2.1.
# - X. Glorot, Y. Bengio: Understanding the difficulty of training deep feedforward neural networks. AISTATS 2010. Equation 16: the larger initial weights.
# - S. Ioffe, C. Szegedy: Batch Normalization. ICML 2015. Section 3.1: inference.
