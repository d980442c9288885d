"""Train a DCGAN for several seeds, two at a time, each in compiled code on its own thread."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from helpers import data
from helpers._support import validate
from helpers._support.progress import progress_bar
from helpers.experiments import arguments
from helpers.lessons.l08.tf_gan import pair
from helpers.tf.quiet import keras, tf
from helpers.tf.sweep import (
    AT_ONCE,
    Queue,
    Trained,
    batch_rows,
    build_with_seed,
    measured_steps,
    two_at_a_time,
    until_ctrl_c,
)
from helpers.tf.trainer import apply, scan_steps, set_variables

UPDATES_AT_ONCE = 4  # in one compiled call, between two looks at Ctrl-C; about 40 ms on two quiet cores
BATCHES = ("two", "one")


@dataclass(frozen=True, eq=False, kw_only=True)
class Gans(Trained):
    """What S trainings of one kind of DCGAN left, at K points; NaN from where a training was stopped.

    seeds, step, build, weights
        As in `helpers.tf.sweep.Trained`: a step updates both networks, and weights are the generator's.
    discriminator_loss, generator_loss : (S, K)
        Means since the last point, in nats; before training they are 2 log 2 and log 2, about.
    images : (S, K, N, 8, 8) float32
        What the generator makes of the same N latent vectors at each point, in inference mode; 0: background, 1: ink.
    """

    discriminator_loss: np.ndarray
    generator_loss: np.ndarray
    images: np.ndarray

    def _rebuild(self):
        return self.build()[0]

    def pictures(self, seed, z, *, training=False, batch_size=None):
        """What this seed's trained generator makes of latent vectors: (N, 8, 8) float32, from 0 to 1.

        Parameters
        ----------
        seed : int
        z : (N, latent_size)
        training : bool
            In training mode each batch is normalized with its own statistics, so that a picture depends on its batch.
        batch_size : int, optional
            Latent vectors that the generator is given at once; all unless given.

        Note
        ----
        The weights that are kept do not change, not even the moving statistics.
        """
        z = np.asarray(z, np.float32)
        size = len(z) if batch_size is None else batch_size
        size = validate.integer("batch_size", size, low=1, advice="Pass a number such as 64.")
        generator, draw = self._drawing
        generator.set_weights(self.weights_of(seed))  # in training mode the call before moved the statistics
        whole = len(z) // size * size
        parts = [z[:whole].reshape(-1, size, z.shape[1]), z[np.newaxis, whole:]]
        drawn = [draw[bool(training)](tf.constant(part)).numpy() for part in parts if part.size]
        return from_picture(np.concatenate([images.reshape(-1, *images.shape[2:]) for images in drawn]))

    @cached_property
    def _drawing(self):
        """A generator, and for each mode a traced loop over batches: one by one they would take most of a minute."""
        generator = self._rebuild()

        def loop(training):
            return lambda z: tf.map_fn(lambda batch: generator(batch, training=training), z)

        z = tf.TensorSpec((None, None, generator.input_shape[-1]), tf.float32)
        return generator, {mode: tf.function(loop(mode), input_signature=[z]) for mode in (False, True)}


def train(build=pair, **settings):
    """One kind of DCGAN, trained; `train_each` for a single kind."""
    return train_each({"": {"build": build}}, **settings)[""]


def train_each(kinds, *, progress=True, **shared):
    """Train a generator and a discriminator against each other, for each kind and seed: {name: Gans}.

    One update: the generator makes images of latent vectors (standard normal); the discriminator takes one step of Adam
    towards telling them from as many real ones; then the generator takes one towards images that the discriminator
    takes for real (the non-saturating loss, Goodfellow et al. 2014).

    A seed decides the initial weights, the split of the digits, the order of the real images and the latent vectors:
    kinds that draw their kernels in the same order start alike and see the same images.

    Parameters
    ----------
    kinds : dict of str to dict
        For each name the settings of its kind, those of `Settings`; such as {"build": pair, "seeds": 5}.
    progress : bool
        Show a progress bar (never if the environment variable BATCHNORM_COURSE_PROGRESS is 0).
    **shared
        Settings of all kinds.

    On Ctrl-C, what is done is returned. Networks that differ in their start or their rate alone are traced once.
    """
    plans = {name: Settings(**shared | own) for name, own in kinds.items()}
    results = {name: plan.empty() for name, plan in plans.items()}
    bar = progress_bar(sum(len(plan.seeds) * plan.updates for plan in plans.values()), "update", progress)

    def work(_, stop):
        """Train what is left, until nothing is."""
        while not stop.is_set() and (job := queue.take()):
            structure, name, row, trainer = job
            run(trainer, plans[name], results[name], row, starts[name][row], stop)
            queue.give_back(structure, trainer)

    def run(trainer, plan, result, row, start, stop):
        trainer.start(start, plan.learning_rate)
        seed, every = plan.seeds[row], plan.updates // plan.points
        rng = np.random.default_rng(seed)
        kept = _latent(rng, plan.samples, trainer.latent_size)
        real = real_batches(data.load(split=seed).x_train, plan.batch_size, rng)
        for point in range(plan.points):
            losses = []
            for part in np.array_split(np.arange(every), -(-every // UPDATES_AT_ONCE)):
                if stop.is_set():
                    return
                z = _latent(rng, (len(part), plan.batch_size), trainer.latent_size)
                losses.append(trainer.updates(np.stack([next(real) for _ in part]), z))
                bar.update(len(part))
            means = np.mean(np.concatenate(losses), axis=0)
            result.discriminator_loss[row, point], result.generator_loss[row, point] = means
            result.images[row, point] = from_picture(trainer.generator(kept, training=False).numpy())
        result.weights[seed] = trainer.generator.get_weights()

    with until_ctrl_c(bar):
        # Networks are built here, one after the other: their weights come from one global generator.
        pairs = {name: [build_with_seed(plan.build, seed) for seed in plan.seeds] for name, plan in plans.items()}
        starts = {name: [[network.get_weights() for network in pair] for pair in made] for name, made in pairs.items()}
        structures = {name: _structure(pairs[name][0], plan) for name, plan in plans.items()}
        unused = {structures[name]: (list(made), plans[name]) for name, made in pairs.items()}
        rows = range(max(len(plan.seeds) for plan in plans.values()))
        jobs = [(structures[name], name, row) for row in rows for name in plans if row < len(plans[name].seeds)]
        queue = Queue(jobs, lambda structure: _Trainer(unused[structure][0].pop(), unused[structure][1]))
        for structure in unused:
            queue.add(structure, _FREE.pop(structure, []))
        two_at_a_time(work, range(AT_ONCE))
        _FREE.update(queue.free)
    return results


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one kind is trained.

    Parameters
    ----------
    build : function
        `build()` -> generator, discriminator, such as `helpers.lessons.l08.tf_gan.pair`.
    seeds : int or sequence of int
        n means 0 to n - 1.
    updates, batch_size : int
        `batch_size` real and as many generated images are seen in each update.
    learning_rate, beta_1 : float
        Of both Adams.
    batches : "two" or "one"
        Whether the discriminator is called on real and generated images one after the other, each normalized with its
        own statistics, or on both together.
    points : int
        How often images are kept, at equal distances; a divisor of `updates`.
    samples : int
        Images kept at each point.
    """

    build: Callable = pair
    seeds: tuple = 5
    updates: int = 600
    batch_size: int = 64
    learning_rate: float = 0.0005
    beta_1: float = 0.5
    batches: str = "two"
    points: int = 1
    samples: int = 2000

    def __post_init__(self):
        measured_steps("updates", self.updates, "points", self.points)
        for name in ("batch_size", "samples"):
            validate.integer(name, getattr(self, name), low=1, advice="Pass a number such as 4.")
        validate.one_of("batches", self.batches, BATCHES)
        object.__setattr__(self, "seeds", arguments.seeds(self.seeds))

    def empty(self):
        """The Gans before anything is trained."""
        shape = len(self.seeds), self.points
        return Gans(
            seeds=self.seeds,
            step=measured_steps("updates", self.updates, "points", self.points),
            build=self.build,
            discriminator_loss=np.full(shape, np.nan),
            generator_loss=np.full(shape, np.nan),
            images=np.full((*shape, self.samples, 8, 8), np.nan, np.float32),
        )


_FREE = {}
"""Trainers that are not in use, by structure: tracing one takes as long as some hundred updates."""


def _structure(networks, plan):
    """What decides whether a trainer can be used again: all but names, initial kernels and the learning rate.

    A learner's own layers may do something else under the same name: networks with such layers are never alike.
    """

    def alike(config):
        if isinstance(config, dict):
            return {k: alike(v) for k, v in config.items() if k not in ("name", "kernel_initializer")}
        return [alike(item) for item in config] if isinstance(config, list | tuple) else config

    if not all(type(layer).__module__.startswith("keras.") for one in networks for layer in one._flatten_layers()):
        return object()
    configs = [alike(network.get_config()) for network in networks]
    return json.dumps([configs, plan.batches, plan.beta_1, plan.batch_size], sort_keys=True, default=str)


def real_batches(images, batch_size, rng):
    """Batches (batch_size, 8, 8, 1) of images in [0, 1], scaled to [-1, 1], in the order of `batch_rows`."""
    for rows in batch_rows(rng, len(images), batch_size):
        yield 2 * images[rows, :, :, None] - 1


def from_picture(pictures):
    """Pictures (N, 8, 8, 1) from -1 to 1, as a tanh gives them, as images (N, 8, 8) from 0 to 1."""
    return (pictures[..., 0] + 1) / 2


def _latent(rng, count, latent_size):
    return rng.normal(size=(*np.atleast_1d(count), latent_size)).astype(np.float32)


class _Trainer:
    """A generator, a discriminator and their optimizers: traced once, trained from several starts."""

    def __init__(self, networks, plan):
        (self.generator, self.discriminator), self.batches = networks, plan.batches
        self.latent_size = self.generator.input_shape[-1]
        self.optimizers = [keras.optimizers.Adam(0.0, beta_1=plan.beta_1) for _ in networks]
        for optimizer, network in zip(self.optimizers, networks):
            optimizer.build(network.trainable_variables)
        self.fresh = [[variable.numpy() for variable in optimizer.variables] for optimizer in self.optimizers]
        self._updates = tf.function(lambda real, z: scan_steps(self._one_update, real, z), reduce_retracing=True)

    def start(self, weights, learning_rate):
        for network, values in zip((self.generator, self.discriminator), weights):
            network.set_weights(values)
        for optimizer, values in zip(self.optimizers, self.fresh):
            set_variables(optimizer.variables, values)
            optimizer.learning_rate = learning_rate

    def updates(self, real, z):
        """Both losses (K, 2) of an update for each batch of real (K, N, 8, 8, 1) and latent vectors (K, N, size)."""
        return self._updates(tf.constant(real), tf.constant(z)).numpy()

    def _one_update(self, real, z):
        with tf.GradientTape() as generator_tape:
            fake = self.generator(z, training=True)
        with tf.GradientTape() as tape:
            on_real, on_fake = self._judged(real, fake)
            discriminator_loss = _loss(on_real, 1) + _loss(on_fake, 0)
        self._step(1, tape, discriminator_loss)
        with generator_tape:  # it goes on where it stopped
            generator_loss = _loss(self._judged(real, fake)[1] if self.batches == "one" else self._seen(fake), 1)
        self._step(0, generator_tape, generator_loss)
        return tf.stack([discriminator_loss, generator_loss])

    def _judged(self, real, fake):
        if self.batches == "one":
            return tf.split(self._seen(tf.concat([real, fake], 0)), 2)
        return self._seen(real), self._seen(fake)

    def _seen(self, images):
        return self.discriminator(images, training=True)

    def _step(self, which, tape, loss):
        variables = (self.generator, self.discriminator)[which].trainable_variables
        apply(self.optimizers[which], tape.gradient(loss, variables), variables)


def _loss(logits, target):
    """The mean cross-entropy, in nats, of "real" (target 1) or "generated" (0)."""
    return tf.reduce_mean(tf.nn.softplus(-logits if target else logits))
