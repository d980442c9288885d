# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # 08 · A network that invents digits
#
# About 30 minutes to read and do (an estimate); about two of them are the computer's.
# It builds on lesson 06 (one statistic for each feature map) and lesson 05 (training and inference).
#
# After this lesson you will be able to
# - build a generator with batch normalization where it helps, and leave it out where it harms;
# - tell with two numbers whether a generator has collapsed;
# - say what batch normalization does for such a network, and why "it needs it" is too much said.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import batchnorm, checks, data, widgets
from helpers.course import quiz
from helpers.figures import plots
from helpers.lessons.l08 import figures, gan_scores
from helpers.lessons.l08.tf_gan import discriminator, generator, pair
from helpers.lessons.l08.tf_gan_training import train
from helpers.tf.quiet import keras
from helpers.tf.sweep import one_thread_each

one_thread_each()  # two trainings at a time, a core for each
plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two networks against each other
#
# A **generator** turns random numbers into pictures. It never sees a real one.
# A **discriminator** is shown real pictures and the generator's, and says which is which.
# Each is trained against the other: the discriminator to tell them apart, the generator to be taken for real.
#
# The discriminator's loss is the cross-entropy on real pictures plus that on generated ones.
# One that always says one half pays log 2 for each: 2 log 2 = 1.39 together.
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
# `tanh` keeps every pixel between −1 and 1, where the real images are put too.
#
# Look where batch normalization stands, and where it does not.
# The generator normalizes after its first two layers, not its picture.
# The discriminator normalizes after its second convolution, not what it is given.
# We shall put it in both of these places and see what changes.
#
# Initial weights are those of the paper (normal, standard deviation 0.02), and so are Adam's `beta_1` of 0.5 and the slope of the leaky ReLU, 0.2.
# The learning rate is 0.0005 instead of 0.0002, because we train for 600 updates of 64 images only; the moving statistics have a momentum of 0.9: moving = moving · 0.9 + batch · 0.1.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## With and without
#
# The same two networks, once as above, once without batch normalization: for each seed the same initial weights, the same real images in the same order, the same random numbers.
#
# **Predict first.** What comes out of a GAN that trains badly?
# - grey noise
# - blurred digits, all ten of them
# - one picture, again and again

# %%
with_it = train(pair, seeds=5, updates=600, points=6)

# %%
from functools import partial

without = train(partial(pair, batch_norm=False), seeds=5, updates=600, points=6)

# %% tags=["figure"]
rows = {"real digits": data.load().x_test[:12]}
rows |= {f"with, seed {seed}": with_it.images[seed, -1, :12] for seed in with_it.seeds}
rows |= {f"without, seed {seed}": without.images[seed, -1, :12] for seed in without.seeds}
figures.rows_of_images(rows)
plt.show()

# %% [markdown]
# Each row holds twelve pictures that one generator made of twelve random vectors, the same twelve with and without.
# With batch normalization they are different digits, clumsy ones; without, the pictures of a row are nearly one picture: the third answer.
# A generator that makes nearly one picture, whatever it is given, has collapsed: **mode collapse** (a mode is a peak of the data's distribution, no relation of training *mode*).
#
# Pictures persuade, and twelve of them are few. Two numbers say it of 2,000 (all made in inference mode):
#
# - **Coverage.** A classifier that was trained on real digits, and never again, says which digit each picture is. A digit counts as covered if at least 1% of the pictures are taken for it.
# - **Fréchet distance.** Mean and covariance of the pictures' first 16 principal components, compared with those of the real training digits. (The components are the 16 directions in which digits vary most, found once on the training digits.) In one dimension it is (difference of means)² + (difference of standard deviations)² (Heusel et al. 2017, who use features of a large network instead of principal components).

# %%
classify = gan_scores.classifier()
far_from = {seed: gan_scores.Distance(data.load(split=seed).x_train) for seed in with_it.seeds}


def distances(gans):
    """Fréchet distance (S, K) of the pictures kept from the digits that were trained on."""
    return np.array([[far_from[seed](kept) for kept in images] for seed, images in zip(gans.seeds, gans.images)])


def coverage(gans):
    """How many of the ten digits each seed's generator makes at the end."""
    return np.array([gan_scores.covered(classify(images[-1])) for images in gans.images])


# %%
near, far = distances(with_it), distances(without)
splits = [data.load(split=seed) for seed in with_it.seeds]
real = [far_from[s](np.concatenate([d.x_validation, d.x_test])) for s, d in enumerate(splits)]

# %%
ratio = far[:, -1] / near[:, -1]
print("distance at least ten times smaller with it:", np.sum(ratio >= 10), "of 5 seeds")
print("all ten digits with batch normalization:    ", np.sum(coverage(with_it) == 10), "of 5")
print("all ten digits without:                     ", np.sum(coverage(without) == 10), "of 5")
print("at most half of the digits without:         ", np.sum(coverage(without) <= 5), "of 5")
print("discriminator's loss below 0.9 without:     ", np.sum(without.discriminator_loss[:, -1] < 0.9), "of 5")
print("real digits, unseen, still nearer than any generator's:", bool(np.max(real) < near[:, -1].min()))

# %% tags=["figure"]
shares = {"with batch normalization": with_it, "without": without}
shares = {name: [gan_scores.shares(classify(kept[-1])) for kept in gans.images] for name, gans in shares.items()}
figures.which_digits(shares)
plt.show()

# %% [markdown]
# A row is a seed, a column a digit; the darker, the more of the 2,000 pictures are taken for it, and a cross marks less than 1%.
# With batch normalization there is no cross. Without, most of each row is crossed out, and a few digits have everything.
#
# In the textbook a collapsed generator makes the one picture that fools the discriminator.
# Here it does not even do that: where guessing costs 1.39, the discriminator's loss is below 0.9.
#
# How do the two kinds of generator differ before they are trained?
# With weights this small, the differences between latent vectors shrink from layer to layer, and all pictures start out alike.
# Normalization stretches them back to a standard deviation of 1, in each layer: after it, a batch of latent vectors *is* a batch of different pictures.
# Let us look at the generators before their first update.


# %%
def spread_of_pictures(batch_norm):
    """How far pixels vary from picture to picture, before any training; the median of five seeds."""
    spreads = []
    for seed in range(5):
        keras.utils.set_random_seed(seed)
        z = np.random.default_rng(seed).normal(size=(256, 16))
        spreads.append(np.std(generator(batch_norm=batch_norm)(z, training=True), axis=0).mean())
    return np.median(spreads)


times = spread_of_pictures(True) / spread_of_pictures(False)
print("pictures differ more with batch normalization, by a factor of at least 10:", bool(times >= 10))

# %% [markdown]
# That is how they start. Whether it is why they collapse is a question for the section "Is it necessary?".

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which layers to leave alone
#
# If it helps so much, why not normalize the picture as well, and what the discriminator is given?
#
# **Predict first.** The generator's last layer gets a batch normalization before its `tanh`. What happens?
# - training becomes even more stable
# - nothing much: `gamma` and `beta` can undo it
# - the pictures get worse

# %%
output_too = train(partial(pair, normalize_output=True), seeds=3, updates=300, points=3)

# %%
input_too = train(partial(pair, normalize_input=True), seeds=3, updates=300, points=3)

# %% [markdown]
# And a question that comes with the discriminator's own batch normalization.
# It sees real and generated images in two batches, each normalized with its own statistics. Both together in one batch would be one call less.

# %%
one_batch = train(pair, batches="one", seeds=3, updates=300, points=3)

# %% tags=["figure"]
changed = {"as in the paper": near[:3, 2]}
changed["generator's output normalized too"] = distances(output_too)[:, -1]
changed["discriminator's input normalized too"] = distances(input_too)[:, -1]
changed["real and generated in one batch"] = distances(one_batch)[:, -1]
figures.single_runs(changed, np.median(real))
plt.show()

# %% [markdown]
# One mark a seed after 300 updates, further right is worse; the grey line is where real digits are that no network has seen.

# %%
times = {name: values / near[:3, 2] for name, values in changed.items()}
further = times["generator's output normalized too"]
twice = np.sum(times["discriminator's input normalized too"] >= 2)
alike = np.sum(np.abs(np.log(times["real and generated in one batch"])) < np.log(3))
print("output normalized too: further than the same seed in the paper's way:", np.sum(further > 1), "of 3")
print("input normalized too: at least twice as far:                         ", twice, "of 3")
print("one batch or two: neither three times as far as the other:           ", alike, "of 3")
assert further.min() > 1.1

# %% [markdown]
# After 300 updates both are worse, which is the third answer; one batch or two makes no difference that three seeds could show.
# Does it last? Train `output_too` for 600 updates, and compare with the last points of `with_it`.
#
# How do the two fail? Three measurements: how dark the pictures are, how many of their pixels are white, as every second pixel of a real digit is, and the discriminator's loss: 2 log 2 = 1.39 is guessing, 0 is certainty.

# %%
digits = data.load().x_train
print("white pixels of real digits: about", (digits < 0.02).mean().round(1))
for name, gans in {"as in the paper": with_it, "output too": output_too, "input too": input_too}.items():
    pictures, loss = gans.images[:3, 2], gans.discriminator_loss[:3, 2]
    dark = np.sum(pictures.mean(axis=(1, 2, 3)) > digits.mean() + 0.1)
    white = np.sum((pictures < 0.02).mean(axis=(1, 2, 3)) > 0.2)
    print(f"{name:<15}  too dark: {dark} of 3, one pixel in five white: {white} of 3")
    certain, guessing = np.sum(loss < 0.35), np.sum(loss > 1.25)
    print(f"{'':<15}  discriminator nearly certain: {certain} of 3, nearly guessing: {guessing} of 3")

# %% [markdown]
# **The discriminator's input.** The pictures are too dark, and the discriminator is close to guessing.
# It cannot see that they are dark: each of its two batches arrives with mean 0 and standard deviation 1, whatever the brightness and contrast were. Nobody tells the generator, so nothing corrects it.
#
# **The generator's output.** Here the discriminator is nearly certain: it wins, for no picture has a white background.
# Before the `tanh`, a normalized picture has over the batch the mean `beta` and the standard deviation `gamma`. They can undo it, so the second answer has a point. How far have they come from 0 and 1?

# %%
white, slow, near_start = -np.arctanh(0.96), 0, 0  # what the tanh must be given for a white pixel: about -1.9
for seed in output_too.seeds:
    gamma, beta = (weight.numpy() for weight in output_too.network(seed).layers[-2].trainable_variables)
    slow += int(gamma[0] < beta[0] - white)
    near_start += int(abs(gamma[0] - 1) < 0.4 and abs(beta[0]) < 0.4)
print(f"gamma and beta are within 0.4 of where they started: {near_start} of 3")
print(f"gamma is still too small for half of the pixels to be white: {slow} of 3")

# %% [markdown]
# A white background needs a large spread. Half of the values must be at −1.9 or below, so their median is; a median is never further from the mean than one standard deviation.
# So the standard deviation, `gamma`, must be at least 1.9 + `beta`.
# That is 1.5 or more where `beta` is at least −0.4, and `gamma`, which started at 1, has not reached 1.4.
# Adam moves a number by something like its rate at each update, and 300 times 0.0005 is 0.15: too slow.
# A last layer without normalization can change the contrast with all its weights at once.
#
# Radford et al. report oscillating samples and instability when every layer is normalized. In 300 updates at this size we see a discriminator that wins, and no more than that.
#
# **One batch or two.** In one batch both halves share their statistics, so that the second layer's features may differ in mean between real and generated; in two they cannot. Neither proved better here.
# (With one batch, the generator's step shows the discriminator both halves as well, so that pictures are judged with the statistics that it learned on.)

# %% [markdown]
# ### Exercise: a generator
#
# `build_generator(latent_size)` returns a Keras generator: latent vectors (N, latent_size) become images (N, 8, 8, 1) between −1 and 1.
# Every layer with weights but the last is batch-normalized. A layer directly before batch normalization has no bias (lesson 03). How many layers, how many maps, which kernels: as you like.


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

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The mode when sampling
#
# The generator was trained in training mode, and the discriminator never saw its pictures in any other.
# Above we took them in inference mode.
#
# **Predict first.** One latent vector, in eight batches, each time with three other vectors. Do eight equal pictures come out?
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
for mode, pictures in modes.items():
    change = np.ptp(pictures, axis=0).max()
    print(f"{mode:<15} the largest change of a pixel is {'below 0.001' if change < 0.001 else 'above 0.1'}")
    assert change < 0.0005 or change > 0.2

# %% tags=["figure"]
figures.rows_of_images(modes)
plt.show()

# %% [markdown]
# Eight pictures of one latent vector in each row. In inference mode they are one picture; in training mode the company shows in it.
# So a picture that you like cannot be made again from its vector, unless the batch is kept too.
# Salimans et al. (2016) saw this and proposed virtual batch normalization: the statistics come from a reference batch that is chosen once.
#
# Does the mode change how *good* pictures are? 512 of each seed, in batches of several sizes.

# %%
z = np.random.default_rng(2).normal(size=(512, 16))


def sampled(**how):
    """The distance of each seed's 512 pictures, sampled in this way."""
    return np.array([far_from[seed](with_it.pictures(seed, z, **how)) for seed in with_it.seeds])


samplings = {"inference mode": sampled()}
for size in (64, 4, 1):
    samplings[f"training mode, batches of {size}"] = sampled(training=True, batch_size=size)

# %% tags=["figure"]
figures.single_runs(samplings, np.median(real))
plt.show()

# %% [markdown]
# One mark a seed, further right is worse.

# %%
same = np.abs(np.log(samplings["training mode, batches of 64"] / samplings["inference mode"])) < np.log(1.25)
alone = samplings["training mode, batches of 1"] / samplings["inference mode"] > 1.1
print("batches of 64, within a quarter of inference mode:", np.sum(same), "of 5")
print("alone, at least a tenth worse:                    ", np.sum(alone), "of 5")

# %% [markdown]
# With batches as large as in training the mode does not matter to the quality, only to whether a picture can be had again.
# Alone it does: at 2 x 2 positions the first normalization has four values for a feature, all of the same picture, and takes their mean away. Not a catastrophe as in lesson 05, where one row left nothing at all: positions save it, as in lesson 06.
# Inference mode gives each vector its own picture, at no cost. That is the mode to sample in.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is it necessary?
#
# Radford et al. call it critical for deep generators, and our comparison agrees: with their initial weights, at this rate, in 600 updates.
# Two things could be at fault where it is missing: weights so small that all pictures start out alike, or a rate that does not suit them. We change one at a time, then both.
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
weights = train(glorot, seeds=3, updates=600, points=6)

# %%
rate = train(bare, seeds=3, updates=600, points=6, learning_rate=0.005)

# %%
both = train(glorot, seeds=3, updates=600, points=6, learning_rate=0.005)

# %% tags=["figure"]
changes = {"as above": without, "larger weights": weights, "higher rate": rate, "both": both}
found = {name: distances(gans)[:, -1] for name, gans in changes.items()}
figures.single_runs({"with batch normalization": near[:, -1]} | found, np.median(real))
plt.show()

# %% [markdown]
# One mark a seed after 600 updates, further right is worse. The circles are all without batch normalization.

# %%
share = {name: values / far[: len(values), -1] for name, values in found.items()}  # of the distance "as above"
for name, gans in changes.items():
    runs, nearer = len(gans.seeds), bool(np.median(share[name]) < 1 / 3)
    print(f"{name:<15} eight digits or more: {np.sum(coverage(gans) >= 8)} of {runs};", end=" ")
    print(f"at most a third of the distance, in the median: {nearer}")
assert np.median(share["larger weights"]) > 0.4
assert max(np.median(share["higher rate"]), np.median(share["both"])) < 0.25

# %% [markdown]
# The rate decided, which is the second answer. With the old, small weights and ten times the rate the digits come; with larger weights at the old rate they do not all come.
# That all pictures start out alike is true, and it does not decide.
# So batch normalization makes a rate work that is too low without it.
# (Too low for 600 updates. Whether patience would do as well, `train(bare, seeds=2, updates=2400)` tells.)
#
# There are other ways to do without. **Spectral normalization** (Miyato et al. 2018): each kernel of the discriminator is divided by its largest singular value, which limits how fast the discriminator's answer can change (for a convolution, approximately).
# It acts on weights, not on activations: no batch, no mates, no second mode. Larger weights, rate 0.002, and beside it the control: the same weights and rate without it.

# %%
spectral = train(partial(glorot, norm="spectral"), seeds=3, updates=600, points=6, learning_rate=0.002)

# %%
control = train(glorot, seeds=3, updates=600, points=6, learning_rate=0.002)

# %% tags=["figure"]
kinds = dict(zip(figures.CURVES, (with_it, without, rate, spectral, control)))
measured = {name: distances(gans) for name, gans in kinds.items()}
figures.distances(with_it.step, measured, np.median(real))
plt.show()

# %% [markdown]
# Lines are medians over the seeds, bands reach from the best to the worst seed; lower is better, on a logarithmic scale.

# %%
last = {name: values[:, -1] for name, values in measured.items()}
worst = last["spectral normalization instead"].max() / last["its control"].max()
print("spectral normalization, eight digits or more:         ", np.sum(coverage(spectral) >= 8), "of 3")
print("its worst seed is nearer than the worst of its control:", bool(worst < 1))
assert worst < 0.85
print("nearest in the median:", min(last, key=lambda name: np.median(last[name])))

# %% [markdown]
# With spectral normalization no seed collapsed. The control says how much of that is its own doing: it comes down too, but late, and one of its three seeds not at all (in the run shown).
#
# The networks at the higher rate and those with spectral normalization have no batch normalization anywhere, and did not collapse. So "necessary" is too much said.
# What remains true: among these settings batch normalization came nearest and from the start, with the weights and a rate that collapse without it. It is a help for networks whose weights and rates nobody has tuned.
# (Three rates occur, and none is claimed to be the best for its side.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A walk between two pictures
#
# A latent vector is a point in a space of 16 dimensions. What lies between two points whose pictures we know?
# Ten steps along the straight line from one to the other.


# %% tags=["figure"]
def walk(begin, end, steps=10):
    """The pictures along the straight line between two latent vectors, in inference mode."""
    t = np.linspace(0, 1, steps)[:, None]
    return with_it.pictures(0, (1 - t) * begin + t * end)


points = np.random.default_rng(5).normal(size=(4, 2, 16))
figures.rows_of_images({f"walk {k}": walk(*pair_of_points) for k, pair_of_points in enumerate(points, 1)})
plt.show()

# %% [markdown]
# Each row is a walk. One digit bends into another through shapes that are partly digits themselves.
# The shapes change gradually. That alone does not prove that nothing was memorized: every such network is continuous.
# (Do it in inference mode: in training mode each step would also depend on the nine others.)
#
# The test that tells: the nearest training image to each generated one.

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
unseen = apart(splits[0].x_test[:200]).min(axis=1)
print("generated pictures are further from the training images than unseen real digits are, in the median:", end=" ")
print(bool(np.median(apart(made[:200]).min(axis=1)) > np.median(unseen)))

# %% [markdown]
# A stored picture would be at distance 0. These are relatives of their neighbours, not copies.
#
# Choose two points of your own, and a place between them.

# %% tags=["figure"]
widgets.LatentWalk(lambda points: with_it.pictures(0, points), 16)

# %% [markdown]
# Left: the picture at the chosen place; right: nine pictures along the way, the triangle marks the place. (The way is an arc: a straight line passes nearer to 0 than random vectors lie.)

# %% [markdown]
# ## Quiz

# %% tags=["quiz", "nbval-ignore-output"]
quiz.show("08_dcgan")

# %% [markdown] tags=["recap"] slideshow={"slide_type": "slide"}
# ## Recap, with one example in numbers
#
# Why must the discriminator's input stay as it is? Two real pictures with a brightness of 0.2 and 0.4, two generated ones with 0.6 and 1.0, and a batch normalization (epsilon 0) that gets them in two batches.
#
# | | real | generated |
# |---|---|---|
# | brightness | 0.2, 0.4 | 0.6, 1.0 |
# | mean | 0.3 | 0.8 |
# | standard deviation, biased (1/m) | 0.1 | 0.2 |
# | normalized | (0.2 − 0.3) / 0.1 = −1, and 1 | (0.6 − 0.8) / 0.2 = −1, and 1 |
# | Fréchet distance of the brightness | | (0.3 − 0.8)² + (0.1 − 0.2)² = 0.26 |

# %%
for name, brightness in (("real", [[0.2], [0.4]]), ("generated", [[0.6], [1.0]])):
    seen, _ = batchnorm.forward(np.array(brightness), np.ones(1), np.zeros(1), epsilon=0.0)
    print(f"{name:<9} as the discriminator sees it: {seen.ravel().round(6)}")
print("distance:", round(gan_scores.frechet_distance([0.3], [[0.01]], [0.8], [[0.04]]), 6))

# %% [markdown]
# Far higher and twice as varied, and the discriminator cannot know.
#
# **Where this goes wrong in practice**
#
# | symptom | cause | the test that tells |
# |---|---|---|
# | all pictures alike after some hundred updates | collapse: weights and a rate that do not suit a network without normalization | another rate, another start, one at a time |
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
