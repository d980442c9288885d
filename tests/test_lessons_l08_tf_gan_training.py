"""Trainings of a DCGAN: the updates are those of two plain Adams, seeds repeat, Ctrl-C returns what is done."""

import _thread
import re
import threading
import time

import numpy as np
import pytest

from helpers import data
from helpers.lessons.l08 import tf_gan_training
from helpers.lessons.l08.tf_gan import pair
from helpers.lessons.l08.tf_gan_training import real_batches, train
from helpers.tf.quiet import keras, tf

pytestmark = [pytest.mark.keras, pytest.mark.slow]
SHORT = {"updates": 6, "points": 2, "batch_size": 8, "samples": 5, "progress": False}


def small(**settings):
    return pair(latent_size=3, maps=(4, 3), start="glorot", **settings)


def plain(**settings):
    return small(batch_norm=False, **settings)


@pytest.fixture(autouse=True)
def no_trainers_of_other_tests(monkeypatch):
    monkeypatch.setattr(tf_gan_training, "_FREE", {})


@pytest.fixture(scope="module")
def trained():
    return train(small, seeds=3, **SHORT)


def test_there_is_a_row_for_each_seed_and_a_column_for_each_point(trained):
    assert trained.step.tolist() == [3, 6]
    assert trained.images.shape == (3, 2, 5, 8, 8)
    assert trained.discriminator_loss.shape == trained.generator_loss.shape == (3, 2)
    assert np.isfinite(trained.images).all()


def test_images_are_those_of_the_generator_that_is_returned_in_inference_mode(trained):
    for row, seed in enumerate(trained.seeds):
        z = np.random.default_rng(seed).normal(size=(5, 3)).astype(np.float32)
        images = trained.network(seed)(z, training=False)[..., 0] / 2 + 0.5
        np.testing.assert_allclose(trained.images[row, -1], images, atol=1e-5)
        np.testing.assert_allclose(trained.pictures(seed, z), images, atol=1e-5)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("size", [1, 4, 6, 64])
def test_pictures_are_those_of_the_generator_called_on_each_batch(trained, training, size):
    z, network = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32), trained.network(1)
    due = np.concatenate([network(z[i : i + size], training=training) for i in range(0, 6, size)])[..., 0] / 2 + 0.5
    np.testing.assert_allclose(trained.pictures(1, z, training=training, batch_size=size), due, atol=1e-5)
    assert np.abs(due - trained.pictures(0, z, training=training, batch_size=size)).max() > 1e-3  # another seed


def test_making_pictures_in_training_mode_leaves_the_kept_weights_as_they_are(trained):
    before = [weight.copy() for weight in trained.weights[0]]
    trained.pictures(0, np.ones((4, 3)), training=True)
    for weight, was in zip(trained.weights[0], before, strict=True):
        np.testing.assert_array_equal(weight, was)


def test_a_seed_repeats_its_training_alone_and_among_others(trained):
    """Three seeds are trained by two pairs: the third one starts anew, with its optimizers' memory empty."""
    again = train(small, seeds=[2], **SHORT)
    np.testing.assert_allclose(again.images[0], trained.images[2], atol=1e-3)
    assert np.abs(trained.images[0] - trained.images[2]).max() > 1e-2


def test_before_training_the_discriminator_guesses():
    result = train(lambda: pair(latent_size=3, maps=(4, 3)), seeds=1, learning_rate=0.0, **SHORT)
    np.testing.assert_allclose(result.discriminator_loss, 2 * np.log(2), atol=0.05)
    np.testing.assert_allclose(result.generator_loss, np.log(2), atol=0.05)


def by_hand(build, updates, *, batches):
    """The same training as a plain loop of Keras calls: weights of both networks at the end."""
    keras.utils.set_random_seed(1)
    generator, discriminator = build()
    adams = [keras.optimizers.Adam(0.01, beta_1=0.5) for _ in range(2)]
    rng = np.random.default_rng(1)
    rng.normal(size=(5, 3))  # the latent vectors whose images are kept
    real = real_batches(data.load(split=1).x_train, 8, rng)
    for z in rng.normal(size=(updates, 8, 3)).astype(np.float32):
        x = next(real)
        fake = generator(z, training=True)
        with tf.GradientTape() as tape:
            if batches == "one":
                logits = discriminator(tf.concat([x, fake], 0), training=True)
            else:
                logits = tf.concat([discriminator(x, training=True), discriminator(fake, training=True)], 0)
            targets = np.repeat([[1.0], [0.0]], 8, axis=0).astype(np.float32)
            loss = 2 * tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(targets, logits))
        variables = discriminator.trainable_variables
        adams[1].apply(tape.gradient(loss, variables), variables)
        before = [w.numpy() for w in generator.non_trainable_variables]
        with tf.GradientTape() as tape:
            fake = generator(z, training=True)  # a second pass: its writes to the memory are taken back below
            shown = tf.concat([x, fake], 0) if batches == "one" else fake
            logits = discriminator(shown, training=True)[-8:]
            loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(np.ones((8, 1), np.float32), logits))
        variables = generator.trainable_variables
        adams[0].apply(tape.gradient(loss, variables), variables)
        for weight, value in zip(generator.non_trainable_variables, before, strict=True):
            weight.assign(value)
    return generator.get_weights()


@pytest.mark.parametrize(
    ("build", "batches"), [(small, "two"), (small, "one"), (plain, "two")], ids=["two", "one", "no batch norm"]
)
def test_the_updates_are_those_of_a_loop_written_with_keras_calls(build, batches):
    settings = SHORT | {"updates": 3, "points": 1, "learning_rate": 0.01, "batches": batches}
    result = train(build, seeds=[1], **settings)
    for ours, due in zip(result.weights[1], by_hand(build, 3, batches=batches), strict=True):
        np.testing.assert_allclose(ours, due, rtol=1e-2, atol=1e-4)


def test_one_batch_and_two_are_different_trainings_with_batch_normalization_and_the_same_without(trained):
    normalized = train(small, seeds=1, batches="one", **SHORT)
    assert not np.allclose(normalized.generator_loss, trained.generator_loss[:1], rtol=1e-3)
    two, one = (train(plain, seeds=1, batches=b, **SHORT).generator_loss for b in ("two", "one"))
    np.testing.assert_allclose(one, two, rtol=1e-3)


def test_kinds_that_are_trained_together_are_trained_as_each_by_itself_and_share_what_is_traced():
    kinds = {"small": {"build": small}, "plain": {"build": plain, "learning_rate": 0.01}, "again": {"build": plain}}
    together = tf_gan_training.train_each(kinds, seeds=2, **SHORT)
    assert len(tf_gan_training._FREE) == 2
    for name, own in kinds.items():
        alone = train(**own, seeds=2, **SHORT)
        np.testing.assert_allclose(together[name].images, alone.images, atol=1e-3)
    assert np.abs(together["plain"].images - together["again"].images).max() > 1e-3


def test_a_learner_s_own_layer_is_traced_each_time():
    class Own(keras.layers.Layer):
        def call(self, x):
            return x

    def build():
        generator, discriminator = small()
        return keras.Sequential([keras.Input((3,)), Own(), generator]), discriminator

    train(build, seeds=1, **SHORT)
    train(build, seeds=1, **SHORT)
    assert len(tf_gan_training._FREE) == 2


def test_all_real_images_come_once_before_one_comes_again():
    images = np.linspace(0, 1, 10)[:, None, None] * np.ones((10, 8, 8))
    source = real_batches(images, 4, np.random.default_rng(0))
    seen = np.concatenate([next(source) for _ in range(5)])[:, 0, 0, 0]
    assert seen.shape == (20,)
    np.testing.assert_allclose(np.sort(seen[:10]), np.linspace(-1, 1, 10))
    np.testing.assert_allclose(np.sort(seen[10:]), np.linspace(-1, 1, 10))
    assert not np.array_equal(seen[:10], seen[10:])


def test_ctrl_c_returns_soon_and_keeps_what_is_done():
    def interrupt():
        while not np.isfinite(shown[-1] if shown else np.nan):
            time.sleep(0.05)
        asked.append(time.perf_counter())
        _thread.interrupt_main()

    class Seen(tf_gan_training._Trainer):
        def updates(self, real, z):
            losses = super().updates(real, z)
            shown.append(losses[0, 0])
            return losses

    shown, asked, original = [], [], tf_gan_training._Trainer
    tf_gan_training._Trainer = Seen
    threading.Thread(target=interrupt).start()
    try:
        result = train(small, seeds=1, updates=10**6, points=10**5 // 4, batch_size=8, samples=2, progress=False)
    finally:
        tf_gan_training._Trainer = original
    assert time.perf_counter() - asked[0] < 1
    assert np.isnan(result.images[0, -1]).all()
    assert result.weights == {}
    with pytest.raises(ValueError, match="training was finished"):
        result.network(0)


def test_an_error_in_a_training_is_raised():
    def broken():
        generator, discriminator = small()
        discriminator.call = None
        return generator, discriminator

    with pytest.raises(TypeError):
        train(broken, seeds=2, **SHORT)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"updates": 10, "points": 3}, "`points` must divide `updates`, 10. Received: points=3. Pass a divisor."),
        ({"batches": "both"}, "`batches` must be one of 'two', 'one'. Received: batches='both'. Choose one of them."),
        ({"samples": 0}, "`samples` must be at least 1. Received: samples=0. Pass a number such as 4."),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        train(small, **settings)
