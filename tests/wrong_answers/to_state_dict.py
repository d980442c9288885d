"""Answers to `to_state_dict`."""

import numpy as np

from helpers.tf.quiet import keras
from tests.wrong_answers.registry import correct, wrong, wrong_lines

EXERCISE = "to_state_dict"


def dense_after_flatten(kernel, shape):
    return kernel.reshape(*shape, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)


def state_dict(
    model,
    *,
    dense=lambda kernel: kernel.T,
    flat=dense_after_flatten,
    conv=lambda kernel: kernel.transpose(3, 2, 0, 1),
    depthwise=lambda kernel: kernel.reshape(*kernel.shape[:2], 1, -1).transpose(3, 2, 0, 1),
    norm=lambda gamma, beta, mean, variance: (gamma, beta, mean, variance),
    tracked=0,
):
    """The right one, with each part to be replaced by a wrong one."""
    state, shape = {}, None
    for place, layer in enumerate(model.layers):
        values = layer.get_weights()
        if isinstance(layer, keras.layers.Flatten):
            shape = layer.input.shape[1:]
        elif isinstance(layer, keras.layers.BatchNormalization):
            names = ("weight", "bias", "running_mean", "running_var")
            state |= {f"{place}.{name}": value for name, value in zip(names, norm(*values))}
            state[f"{place}.num_batches_tracked"] = np.array(tracked)
        elif values:
            kernel, *bias = values
            if isinstance(layer, keras.layers.Dense):
                kernel, shape = dense(kernel if shape is None else flat(kernel, shape)), None
            else:
                kernel = (depthwise if isinstance(layer, keras.layers.DepthwiseConv2D) else conv)(kernel)
            state |= {f"{place}.weight": kernel, **({f"{place}.bias": bias[0]} if bias else {})}
    return state


def but(**changed):
    return lambda model: state_dict(model, **changed)


@correct(EXERCISE)
def part_by_part(model):
    return state_dict(model)


@correct(EXERCISE)
def as_tensors_with_a_count(model):
    return {name: keras.ops.convert_to_tensor(value) for name, value in state_dict(model, tracked=300).items()}


@correct(EXERCISE)
def by_moved_axes(model):
    def flat(kernel, shape):
        return np.moveaxis(kernel.reshape(*shape, -1), 2, 0).reshape(-1, kernel.shape[1])

    def depthwise(kernel):
        return np.moveaxis(kernel, (2, 3), (0, 1)).reshape(-1, 1, *kernel.shape[:2])

    return state_dict(model, flat=flat, depthwise=depthwise, conv=lambda k: np.moveaxis(k, (3, 2), (0, 1)))


@wrong(EXERCISE, "model-changed")
def emptied(model):
    state = state_dict(model)
    model.set_weights([0 * value for value in model.get_weights()])
    return state


@wrong(EXERCISE, "model-changed")
def a_training_step_on_the_way(model):
    state = state_dict(model)
    model(np.ones((3, *model.input_shape[1:])), training=True)
    return state


def swapped(gamma, beta, mean, variance):
    return beta, gamma, mean, variance


wrong_lines(
    EXERCISE,
    {
        "kernel-not-transposed": dict(
            dense_as_it_is=but(dense=lambda kernel: kernel),
            convolution_as_it_is=but(conv=lambda kernel: kernel),
            depthwise_as_it_is=but(depthwise=lambda kernel: kernel),
        ),
        "height-width-swapped": dict(
            transposed_whole=but(conv=lambda kernel: kernel.T),
            depthwise_transposed_whole=but(
                depthwise=lambda kernel: kernel.reshape(*kernel.shape[:2], 1, -1).transpose(3, 2, 1, 0)
            ),
        ),
        "flatten-order": dict(
            order_of_keras=but(flat=lambda kernel, shape: kernel),
            width_before_height=but(
                flat=lambda kernel, shape: kernel.reshape(*shape, -1).transpose(2, 1, 0, 3).reshape(kernel.shape)
            ),
        ),
        "depthwise-order": dict(
            filters_first=but(depthwise=lambda k: k.transpose(3, 2, 0, 1).reshape(-1, 1, *k.shape[:2])),
            stacked=but(
                depthwise=lambda k: np.concatenate(
                    [k[..., j : j + 1].transpose(2, 3, 0, 1) for j in range(k.shape[-1])]
                )
            ),
        ),
        "gamma-beta-swapped": dict(
            bias_is_gamma=but(norm=swapped),
            by_alphabet=but(
                norm=lambda gamma, beta, mean, variance: (*sorted((gamma, beta), key=np.min), mean, variance)
            ),
        ),
        "variance-converted": dict(
            by_batch_of_32=but(norm=lambda g, b, mean, variance: (g, b, mean, variance * 32 / 31)),
            by_batch_of_16=but(norm=lambda g, b, mean, variance: (g, b, mean, variance * 15 / 16)),
        ),
        "std-not-variance": dict(
            root=but(norm=lambda g, b, mean, variance: (g, b, mean, np.sqrt(variance))),
            power=but(norm=lambda g, b, mean, variance: (g, b, mean, variance**0.5)),
        ),
        "wrong-shape": dict(
            weights_as_a_list=lambda model: model.get_weights(),
            without_counts=lambda model: {n: v for n, v in state_dict(model).items() if "tracked" not in n},
            names_of_keras=lambda model: {v.path: v.numpy() for v in model.variables},
            flattened=but(dense=lambda kernel: kernel.ravel()),
        ),
        "wrong-dtype": dict(
            count_of_nothing=but(tracked=None),
            half_a_batch=but(tracked=0.5),
        ),
        "wrong-values": dict(
            mean_and_variance_swapped=but(norm=lambda g, b, mean, variance: (g, b, variance, mean)),
            halves=but(conv=lambda kernel: kernel.transpose(3, 2, 0, 1) / 2),
        ),
        "raises": dict(
            two_arguments=lambda model, names: state_dict(model),
            no_such_attribute=lambda model: model.state_dict(),
        ),
        "not-finite": dict(
            inverse=but(norm=lambda g, b, mean, variance: (g, b, mean, variance / 0 * np.inf)),
            logarithm=but(norm=lambda g, b, mean, variance: (g, b, np.full_like(mean, np.nan), variance)),
        ),
    },
)
