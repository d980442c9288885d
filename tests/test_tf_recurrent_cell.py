"""One step of the batch-normalized LSTM by hand numbers, and what the cell remembers of it."""

from functools import partial

import numpy as np
import pytest

from helpers.tf.quiet import keras, tf
from helpers.tf.recurrent_cell import BatchNormLSTMCell, forget_gate_open

pytestmark = [
    pytest.mark.keras,
    # Keras 3.15 hands NumPy a TensorFlow variable, whose __array__ does not know NumPy 2's `copy`.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

X, H, C = [[3.0], [7.0]], [[1.0], [-1.0]], [[0.5], [-0.25]]  # two rows: mean 5, variance 4; 0 and 1; 0.125 and 0.140625
PLACES = ("input", "recurrent", "cell")
CONFIG = {
    "units": 2,
    "max_steps": 7,
    "momentum": 0.5,
    "epsilon": 0.25,
    "initial_gamma": 0.5,
    "normalize": True,
    "shared_statistics": True,
}


def cell(units=1, features=1, max_steps=4, **settings):
    """A cell whose kernels are all 1, so that the numbers can be followed."""
    made = BatchNormLSTMCell(units, max_steps=max_steps, **settings)
    made.build((None, features))
    made.kernel.assign(tf.ones_like(made.kernel))
    made.recurrent_kernel.assign(tf.ones_like(made.recurrent_kernel))
    return made


def step(made, x=X, h=H, c=C, t=0, **settings):
    """One step in NumPy: h, c, [(mean, variance), ...]."""
    x, h, c = (tf.constant(value, tf.float32) for value in (x, h, c))
    h, c, batch = made.step(x, h, c, tf.constant(t), **settings)
    return h.numpy(), c.numpy(), [(mean.numpy(), variance.numpy()) for mean, variance in batch]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def moments(value, size=1):
    """A batch's moments for `remember`: one step, means of this value and variances ten times it, at all places."""
    means = [tf.fill((1, width), float(value)) for width in (4 * size, 4 * size, size)]
    return [(mean, 10 * mean) for mean in means]


def remembered(made, place="cell"):
    return [made.moving(statistic, place).numpy()[:, 0].tolist() for statistic in ("mean", "variance")]


def test_a_training_step_by_hand():
    h, c, batch = step(cell(initial_gamma=0.5, epsilon=0.0), training=True)
    terms = np.array([[-0.5], [0.5]]) + np.array([[0.5], [-0.5]])  # x and h, each at -1 and 1 times gamma
    new_c = sigmoid(terms + 1) * C + sigmoid(terms) * np.tanh(terms)  # the forget gate's bias is 1
    x_hat = (new_c - new_c.mean()) / new_c.std()
    np.testing.assert_allclose(c, new_c, atol=1e-6)
    np.testing.assert_allclose(h, sigmoid(terms) * np.tanh(0.5 * x_hat), atol=1e-6)
    assert [(mean.tolist(), variance.tolist()) for mean, variance in batch[:2]] == [
        ([5.0] * 4, [4.0] * 4),
        ([0.0] * 4, [1.0] * 4),
    ]
    np.testing.assert_allclose(batch[2], [[new_c.mean()], [new_c.var()]], atol=1e-6)


def test_the_four_parts_are_input_forget_candidate_and_output():
    made = cell(normalize=False)
    made.bias.assign([0.1, 0.2, 0.3, 0.4])
    h, c, batch = step(made, x=[[0.0]], h=[[0.0]], c=[[2.0]])
    assert c[0, 0] == pytest.approx(sigmoid(0.2) * 2 + sigmoid(0.1) * np.tanh(0.3))
    assert h[0, 0] == pytest.approx(sigmoid(0.4) * np.tanh(c[0, 0]))
    assert batch == []


def test_epsilon_stands_under_the_root_and_gamma_before_it():
    made = cell(epsilon=5.0)
    made.gamma_input.assign([2.0] * 4)
    y, _ = made.normalize_at(tf.constant(X), "input", tf.constant(0), training=True, mask=None)
    np.testing.assert_allclose(y, [[-4 / 3] * 4, [4 / 3] * 4], rtol=1e-6)  # 2 * (3 - 5) / sqrt(4 + 5)


def test_beta_is_added_to_the_cell_state_on_its_way_out_only():
    made = cell(initial_gamma=0.5)
    _, before, _ = step(made, training=True)
    made.beta_cell.assign([20.0])
    h, c, _ = step(made, training=True)
    np.testing.assert_array_equal(c, before)
    np.testing.assert_allclose(h, [[0.5], [0.5]], atol=1e-3)  # the output gate at sigmoid(0), tanh of 20 is 1


def test_a_padded_row_counts_in_no_moment():
    mask = tf.constant([True, True, False])
    _, _, batch = step(cell(), x=[[3.0], [7.0], [99.0]], h=[*H, [9.0]], c=[*C, [9.0]], training=True, mask=mask)
    assert [(mean[0], variance[0]) for mean, variance in batch[:2]] == [(5.0, 4.0), (0.0, 1.0)]


def test_inference_takes_the_moving_statistics_of_its_step():
    made = cell(epsilon=0.0, initial_gamma=0.5)
    made.moving_mean_input.assign(np.repeat([[0.0], [1.0], [3.0], [0.0]], 4, axis=1))
    made.moving_variance_input.assign(np.repeat([[1.0], [4.0], [16.0], [1.0]], 4, axis=1))
    given = [
        made.normalize_at(tf.constant([[7.0]]), "input", tf.constant(t), training=False, mask=None) for t in (1, 2)
    ]
    assert [(y.numpy().tolist(), found) for y, found in given] == [([[1.5] * 4], []), ([[0.5] * 4], [])]


def test_a_cell_that_is_not_trainable_uses_and_changes_no_batch_statistics():
    made = cell()
    made.trainable = False
    assert step(made, training=True)[2] == []


def test_float16_comes_out_as_float16():
    values = tf.constant([[300.0], [700.0]], tf.float16)  # squared 40,000, beyond float16 with a few more
    y, found = cell(initial_gamma=1.0).normalize_at(values, "cell", tf.constant(0), training=True, mask=None)
    assert y.dtype == tf.float16
    assert (y.numpy().tolist(), found[0][1].dtype) == ([[-1.0], [1.0]], tf.float32)


def test_a_step_that_is_not_told_to_train_takes_the_moving_statistics():
    assert step(cell())[2] == []


def test_half_precision_is_rounded_once_at_the_end(monkeypatch):
    def normalized_within_a_call(policy):  # where Keras casts the weights that are read
        made = cell(initial_gamma=1.003, dtype=policy)  # bfloat16 has no number between 1 and 1.0078
        x = tf.cast([[1.0], [-2.0], [7.0], [0.5]], made.compute_dtype)
        with monkeypatch.context() as patch:
            of_cell = partial(made.normalize_at, training=True, mask=None)
            patch.setattr(made, "step", lambda x, h, c, t, **_: (of_cell(x, "cell", t)[0], c, []))
            return made(x, [tf.zeros((4, 1))] * 3)[0]

    half, whole = (normalized_within_a_call(policy) for policy in ("mixed_bfloat16", "float32"))
    rounded = tf.cast(tf.cast(whole, tf.bfloat16), tf.float32)
    np.testing.assert_array_equal(tf.cast(half, tf.float32), rounded)


def test_moving_statistics_stay_in_float32_where_the_rest_is_in_half_precision():
    made = cell(momentum=1.0, dtype="mixed_bfloat16")
    for place in PLACES:
        made.moving("mean", place).assign(tf.fill(made.moving("mean", place).shape, 1.003))
    states = [tf.constant(value, tf.bfloat16) for value in (H, C, [[0.0], [0.0]])]
    made(tf.constant(X, tf.bfloat16), states, training=True)
    for place in PLACES:
        np.testing.assert_array_equal(made.moving("mean", place).numpy()[0], np.float32(1.003))


@pytest.mark.parametrize(("calls", "mean", "variance"), [(1, 2.0, 20.9), (2, 3.8, 38.81), (10, 13.026431, 130.612994)])
def test_what_is_remembered_of_a_step_after_some_batches(calls, mean, variance):
    made = cell(momentum=0.9)
    for _ in range(calls):
        made.remember(moments(20.0), [1])
    means, variances = remembered(made)
    assert means == pytest.approx([0, mean, 0, 0])
    assert variances == pytest.approx([1, variance, 1, 1])


def test_all_three_places_are_remembered():
    made = cell(momentum=0.0)
    values = [tf.fill((1, size), value) for size, value in ((4, 2.0), (4, 3.0), (1, 4.0))]
    made.remember([(value, value) for value in values], [0])
    assert [remembered(made, place)[0][0] for place in PLACES] == [2, 3, 4]


def test_steps_in_one_call_go_each_to_its_row_and_minus_one_to_none():
    made = cell(momentum=0.0)
    rows = [(tf.reshape(tf.range(3.0) + 5, (3, 1)) * tf.ones((1, size)), tf.ones((3, size))) for size in (4, 4, 1)]
    made.remember(rows, [2, -1, 0])
    assert remembered(made)[0] == [7, 0, 5, 0]


def test_shared_statistics_remember_the_mean_of_the_steps_in_one_row():
    made = cell(momentum=0.5, shared_statistics=True)
    rows = [(tf.constant([[2.0] * size, [4.0] * size, [99.0] * size]), tf.ones((3, size))) for size in (4, 4, 1)]
    made.remember(rows, [0, 1, -1])
    assert remembered(made) == [[1.5], [1.0]]  # half of the mean of 2 and 4
    assert made.place_in_memory(tf.constant(3)).numpy() == 0


def test_shared_statistics_stay_where_no_step_is_to_be_remembered():
    made = cell(momentum=0.5, shared_statistics=True)
    made.remember(moments(3.0), [-1])
    assert remembered(made) == [[0.0], [1.0]]


def test_the_number_of_steps_trained_grows_and_stays_within_max_steps():
    made, told = cell(), []
    for t in (0, 2, 1, -1, 3):
        made.remember(moments(1.0), [t])
        told.append(int(made.steps_trained.numpy()))
    assert told == [1, 3, 3, 3, 4]


def test_a_step_beyond_the_last_one_trained_is_served_by_the_last_one():
    made = cell()
    assert [int(made.place_in_memory(tf.constant(t))) for t in (0, 3, 9)] == [0, 3, 3]  # nothing trained yet
    made.steps_trained.assign(2)
    assert [int(made.place_in_memory(tf.constant(t))) for t in (0, 1, 2, 9)] == [0, 1, 1, 1]


def test_a_call_counts_its_steps_and_remembers_each_once():
    made = cell(momentum=0.0)
    states = [tf.constant(H), tf.constant(C), tf.zeros((2, 1))]
    for t in range(3):
        output, states = made(tf.constant(X) + t, states, training=True)
        assert states[2].numpy().tolist() == [[t + 1.0]] * 2
        np.testing.assert_array_equal(output, states[0])
    assert remembered(made, "input")[0] == [5, 6, 7, 0]
    assert made.steps_trained.numpy() == 3


def test_a_bare_call_is_inference_and_remembers_nothing():
    made = cell(momentum=0.0)
    made(tf.constant(X), [tf.constant(H), tf.constant(C), tf.zeros((2, 1))])
    assert remembered(made, "input") == [[0] * 4, [1] * 4]


def test_a_call_beyond_max_steps_remembers_nothing():
    made = cell(momentum=0.0, max_steps=1)
    made(tf.constant(X), [tf.constant(H), tf.constant(C), tf.ones((2, 1))], training=True)
    assert remembered(made, "input") == [[0], [1]]


def test_the_first_step_counts_once_where_keras_takes_it_twice():
    made = cell(momentum=0.5)
    states = made.get_initial_state(batch_size=2)
    assert [tuple(state.shape) for state in states] == [(2, 1), (2, 1), (2, 1)]
    assert sum(float(tf.reduce_sum(state)) for state in states) == 0
    for _ in range(2):
        _, after = made(tf.constant(X), states, training=True)
    assert remembered(made, "input")[0] == [2.5, 0, 0, 0]
    made(tf.constant(X), after, training=True)
    made(tf.constant(X), states, training=True)  # the next sequence begins
    assert remembered(made, "input")[0] == [3.75, 2.5, 0, 0]


def test_bias_begins_with_the_forget_gate_open():
    assert forget_gate_open((8,), "float32").numpy().tolist() == [0, 0, 1, 1, 0, 0, 0, 0]


def test_weights_of_a_plain_lstm_are_three():
    assert [weight.name for weight in cell(normalize=False).weights] == ["kernel", "recurrent_kernel", "bias"]


def test_shapes_of_the_weights():
    made = cell(units=2, features=3)
    shapes = {weight.name: tuple(weight.shape) for weight in made.weights}
    assert (shapes["kernel"], shapes["recurrent_kernel"], shapes["bias"]) == ((3, 8), (2, 8), (8,))
    for place, size in zip(PLACES, (8, 8, 2)):
        assert shapes[f"gamma_{place}"] == (size,)
        assert (shapes[f"moving_mean_{place}"], shapes[f"moving_variance_{place}"]) == ((4, size), (4, size))


def test_seven_weights_are_trained_and_eight_are_remembered():
    made = cell()
    trained = ["kernel", "recurrent_kernel", "bias", "gamma_input", "gamma_recurrent", "gamma_cell", "beta_cell"]
    assert sorted(weight.name for weight in made.trainable_weights) == sorted(trained)
    assert len(made.non_trainable_weights) == 8


def test_the_settings_come_back_from_the_configuration():
    made = BatchNormLSTMCell(**CONFIG)
    assert BatchNormLSTMCell.from_config(made.get_config()).get_config() == made.get_config()
    assert made.get_config().items() >= CONFIG.items()


def test_the_defaults():
    expected = {"momentum": 0.99, "epsilon": 1e-3, "initial_gamma": 0.1, "normalize": True, "shared_statistics": False}
    assert BatchNormLSTMCell(1, max_steps=1).get_config().items() >= expected.items()


OLD = "It is the weight of the old value, such as 0.99."
SIZE, LENGTH = "Pass the size of the hidden state, such as 100.", "Pass the longest sequence's length."
REFUSED = [
    ({"units": 0}, f"`units` must be at least 1. Received: units=0. {SIZE}"),
    ({"max_steps": 0}, f"`max_steps` must be at least 1. Received: max_steps=0. {LENGTH}"),
    ({"momentum": -0.1}, f"`momentum` must be between 0 and 1. Received: momentum=-0.1. {OLD}"),
    ({"momentum": 1.1}, f"`momentum` must be between 0 and 1. Received: momentum=1.1. {OLD}"),
    ({"epsilon": -1}, "`epsilon` must be at least 0. Received: epsilon=-1. Pass a small number such as 0.001."),
]


@pytest.mark.parametrize(("setting", "message"), REFUSED, ids=[str(setting) for setting, _ in REFUSED])
def test_what_is_refused(setting, message):
    with pytest.raises(ValueError, match="must be") as caught:
        BatchNormLSTMCell(**{"units": 1, "max_steps": 1} | setting)
    assert str(caught.value) == message


@pytest.mark.parametrize("extreme", [{"units": 1, "max_steps": 1, "momentum": 0, "epsilon": 0}, {"momentum": 1}])
def test_the_ends_of_the_ranges_are_taken(extreme):
    made = BatchNormLSTMCell(**{"units": 1, "max_steps": 1} | extreme)
    assert made.momentum == extreme["momentum"]
    assert keras.saving.get_registered_name(BatchNormLSTMCell) == "batchnorm_course>BatchNormLSTMCell"
