"""The model and the step that a submission's training step is compared with."""

import numpy as np
import pytest

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def training_step():
    from helpers.checks.l03 import training_step

    return training_step


@pytest.fixture(scope="module")
def stepped(training_step):
    from helpers.checks.engine import tf_trace
    from helpers.tf.quiet import keras

    with tf_trace.seeded():
        model, before = training_step._model(), training_step._model()
        before.set_weights(model.get_weights())
        rng = np.random.default_rng(0)
        x, y = rng.normal(2, 3, (12, 5)).astype(np.float32), rng.integers(0, 3, 12)
        loss = training_step._step(model, keras.optimizers.SGD(0.2), x, y)
        return model, before, loss, x, y


def test_our_own_step_moves_every_weight_and_every_statistic(training_step, stepped):
    model, before, *_ = stepped
    assert min(training_step._differences(training_step._learned, model, before)) > training_step.BOUND
    assert min(training_step._differences(training_step._remembered, model, before)) > training_step.BOUND


def test_the_loss_is_the_mean_cross_entropy_before_the_step(stepped):
    _, before, loss, x, y = stepped
    logits = np.asarray(before(x, training=True), np.float64)
    by_hand = np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(12), y])
    assert loss == pytest.approx(by_hand, abs=1e-5)


def test_the_memory_holds_a_tenth_of_the_batch_after_one_step(stepped):
    model, before, _, x, _ = stepped
    inputs = x @ before.layers[0].kernel.numpy()
    np.testing.assert_allclose(model.layers[1].moving_mean, 0.1 * inputs.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(model.layers[1].moving_variance, 0.9 + 0.1 * inputs.var(axis=0), rtol=1e-4)


def test_the_modes_of_the_model_differ_by_far_more_than_the_bound(training_step, stepped):
    _, before, _, x, y = stepped
    losses = [float(np.mean(training_step._losses(before(x, training=mode), y))) for mode in (True, False)]
    assert abs(losses[0] - losses[1]) > 100 * training_step.BOUND
