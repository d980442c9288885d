"""Answers to `recalibrate`."""

import numpy as np

from helpers.tf.quiet import keras
from tests.wrong_answers.registry import correct, wrong, wrong_lines

EXERCISE = "recalibrate"


def norms_of(model):
    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


def exact(found, *, weighted=True, between=True, ddof=0):
    """Mean and variance of all batches from (mean, variance, count) of each."""
    counts = np.array([count if weighted else 1 for *_, count in found], float)
    means, variances = (np.array([one[i] for one in found]) for i in (0, 1))
    share = (counts / counts.sum())[:, None]
    mean = (share * means).sum(axis=0)
    variance = (share * (variances + between * (means - mean) ** 2)).sum(axis=0)
    return mean, variance * counts.sum() / (counts.sum() - ddof)


def in_training_mode(model, batches, combine=exact, put_back=True):
    norms = norms_of(model)
    usual, found = [norm.momentum for norm in norms], [[] for _ in norms]
    for norm in norms:
        norm.momentum = 0.0
    for batch in batches:
        model(batch, training=True)
        for kept, norm in zip(found, norms):
            kept.append((norm.moving_mean.numpy(), norm.moving_variance.numpy(), len(batch)))
    for norm, momentum, kept in zip(norms, usual, found):
        norm.momentum = momentum if put_back else 0.0
        for variable, value in zip((norm.moving_mean, norm.moving_variance), combine(kept)):
            variable.assign(value)
    return model


def layer_by_layer(model, batches, combine=exact, stale=False):
    writes = []
    for norm in norms_of(model):
        before = keras.Model(model.inputs, norm.input)
        values = [before(batch, training=False).numpy() for batch in batches]
        statistics = combine([(x.mean(0), x.var(0), len(x)) for x in values])
        writes += zip((norm.moving_mean, norm.moving_variance), statistics)
        if not stale:
            for variable, value in writes:
                variable.assign(value)
    for variable, value in writes:
        variable.assign(value)
    return model


@correct(EXERCISE)
def passes_in_training_mode(model, batches):
    return in_training_mode(model, batches)


@correct(EXERCISE)
def one_layer_after_the_other(model, batches):
    return layer_by_layer(model, batches)


@correct(EXERCISE)
def all_in_one_batch(model, batches):
    return in_training_mode(model, [np.concatenate(batches)])


@correct(EXERCISE)
def in_another_model(model, batches):
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    exact_ones = [norm.variables[-2:] for norm in norms_of(in_training_mode(twin, batches))]
    for norm, values in zip(norms_of(model), exact_ones):
        norm.moving_mean.assign(values[0])
        norm.moving_variance.assign(values[1])
    return model


@wrong(EXERCISE, "averages-batch-variances")
def plain_averages(model, batches):
    return in_training_mode(model, batches, lambda found: exact(found, weighted=False, between=False))


@wrong(EXERCISE, "averages-batch-variances")
def variance_of_the_means_forgotten(model, batches):
    return layer_by_layer(model, batches, lambda found: exact(found, between=False))


@wrong(EXERCISE, "ignores-counts")
def an_equal_say_for_each_batch(model, batches):
    return in_training_mode(model, batches, lambda found: exact(found, weighted=False))


@wrong(EXERCISE, "ignores-counts")
def an_equal_say_layer_by_layer(model, batches):
    return layer_by_layer(model, batches, lambda found: exact(found, weighted=False))


@wrong(EXERCISE, "calibrated-on-stale-layers")
def all_layers_at_once(model, batches):
    return layer_by_layer(model, batches, stale=True)


@wrong(EXERCISE, "calibrated-on-stale-layers")
def all_images_at_once_in_inference_mode(model, batches):
    return layer_by_layer(model, [np.concatenate(batches)], stale=True)


@wrong(EXERCISE, "last-batch-only")
def momentum_zero(model, batches):
    return in_training_mode(model, batches, lambda found: found[-1][:2])


@wrong(EXERCISE, "last-batch-only")
def only_the_last_batch(model, batches):
    return in_training_mode(model, batches[-1:])


@wrong(EXERCISE, "still-a-moving-average")
def just_passes(model, batches):
    for batch in batches:
        model(batch, training=True)
    return model


@wrong(EXERCISE, "still-a-moving-average")
def by_hand_with_the_layers_momentum(model, batches):
    for x in batches:
        for layer in model.layers:
            old = [variable.numpy() for variable in layer.variables]
            if isinstance(layer, keras.layers.BatchNormalization):
                mean, variance = np.mean(x, axis=0), np.var(x, axis=0)
                layer.moving_mean.assign(old[2] * layer.momentum + mean * (1 - layer.momentum))
                layer.moving_variance.assign(old[3] * layer.momentum + variance * (1 - layer.momentum))
                x = old[0] * (x - mean) / np.sqrt(variance + layer.epsilon) + old[1]
            else:
                x = np.asarray(layer(x))
    return model


@wrong(EXERCISE, "moving-not-updated")
def passes_in_inference_mode(model, batches):
    for batch in batches:
        model(batch)
    return model


@wrong(EXERCISE, "unbiased-variance")
def one_less_than_all(model, batches):
    return in_training_mode(model, batches, lambda found: exact(found, ddof=1))


@wrong(EXERCISE, "unbiased-variance")
def with_ddof(model, batches):
    return layer_by_layer(model, [np.concatenate(batches)], lambda found: exact(found, ddof=1))


@wrong(EXERCISE, "weights-changed")
def trains_as_well(model, batches):
    model.compile(keras.optimizers.SGD(0.1), "mse")
    for batch in batches:
        model.train_on_batch(batch, np.zeros((len(batch), 3), np.float32))
    return in_training_mode(model, batches)


@wrong(EXERCISE, "weights-changed")
def momentum_left_at_zero(model, batches):
    return in_training_mode(model, batches, put_back=False)


@wrong(EXERCISE, "modifies-input")
def takes_batches_away(model, batches):
    return in_training_mode(model, [batches.pop() for _ in range(len(batches))])


wrong_lines(
    EXERCISE,
    {
        "moving-not-updated": dict(as_it_was=lambda model, batches: model),
        "wrong-shape": dict(without_a_return=lambda model, batches: in_training_mode(model, batches) and None),
        "raises": dict(of_images_alone=lambda model, batches: model(np.array(batches), training=True)),
        "wrong-values": dict(
            twice_the_variance=lambda model, batches: in_training_mode(
                model, batches, lambda found: (exact(found)[0], 2 * exact(found)[1])
            ),
        ),
    },
)
