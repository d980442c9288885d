"""The doctor on real Keras models of every form: what it sees, what it leaves as it was, and what it costs."""

import re
import subprocess
import sys

import numpy as np
import pytest

from helpers import doctor
from helpers.course import command
from helpers.tf.batchnorm import BatchNorm
from helpers.tf.quiet import keras, tf
from helpers.tf.recurrent import BatchNormLSTM
from tests import doctor_models as small

pytestmark = pytest.mark.keras
L = keras.layers


def images(count=96, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 6)).astype(np.float32)


def network(*layers):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((6,)), *(layers or (L.Dense(5, use_bias=False), norm(), L.ReLU())), L.Dense(3)]
    )
    return small.settle(model, [(images(), None)], passes=12)


def norm(**settings):
    return L.BatchNormalization(name="norm", **settings)


def test_weights_modes_optimizer_and_seeds_are_as_before():
    model = network(L.Dense(5), norm(), L.Dropout(0.5), L.ReLU())
    small.compiled(model).fit(images(), np.zeros((96, 3)), verbose=0)
    state = tf.random.get_global_generator().state.numpy(), np.random.get_state()[1].copy()  # noqa: NPY002
    flags = [layer.trainable for layer in model.layers]
    before = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    doctor.examine(model, [images(32), images(32, 1)])
    doctor.recalibrate(model, images())
    after = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    assert all(map(np.array_equal, before, after))
    assert [layer.trainable for layer in model.layers] == flags
    assert np.array_equal(state[0], tf.random.get_global_generator().state.numpy())
    assert np.array_equal(state[1], np.random.get_state()[1])  # noqa: NPY002
    assert not tf.config.functions_run_eagerly()


def test_each_image_passes_the_model_four_times():
    class Counting(L.Layer):
        rows = 0

        def call(self, x):
            Counting.rows += 0 if x.shape[0] is None else x.shape[0]
            return x

    model = network(Counting(), L.Dense(5), norm())
    Counting.rows = 0
    doctor.examine(model, [images(32), images(31)])
    assert Counting.rows == 4 * 63


@pytest.mark.slow
def test_it_takes_less_memory_than_the_model_again():
    code = """
import resource, numpy as np
from helpers import doctor
from helpers.tf.quiet import keras, tf
L = keras.layers
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
x = np.zeros((4096, 512), np.float32)
layers = [layer for _ in range(6) for layer in (L.Dense(2048, use_bias=False), L.BatchNormalization(), L.ReLU())]
start = peak()
model = keras.Sequential([keras.Input((512,)), *layers])
model(x, training=True)
own = peak() - start
doctor.examine(model, [x])
print(own, peak() - start)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    own, examined = map(float, done.stdout.split())
    assert examined < 2 * own, done.stdout


def test_models_in_models_are_named_by_their_path():
    inner = keras.Sequential([L.Dense(5), norm(momentum=0.1)], name="inner")
    report = doctor.examine(network(inner), images())
    assert {(one.name, one.layer) for one in report.findings} == {
        ("momentum-inverted", "inner/norm"),
        ("bias-kept", "inner/norm"),
        ("activation-missing", "inner/norm"),
    }


def test_the_courses_own_layer_is_examined_and_layers_without_memory_are_listed():
    model = network(
        L.Dense(6, use_bias=False), BatchNorm(momentum=0.2, name="ours"), L.ReLU(), L.GroupNormalization(2, name="g")
    )
    report = doctor.examine(model, images())
    assert [one.layer for one in report.findings] == ["ours"]
    assert report.facts.others == [("g", "GroupNormalization")]


def test_statistics_for_each_time_step_are_said_not_to_be_looked_at():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6, 1)), BatchNormLSTM(4, name="lstm"), L.Dense(3)])
    report = doctor.examine(model, images()[..., None])
    assert report.names == []
    assert any("lstm" in line for line in report.not_looked_at)


def test_padding_does_not_count():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6, 2)), L.Masking(), norm(), L.LSTM(3)])
    x = np.random.default_rng(0).normal(3, 1, (64, 6, 2)).astype(np.float32)
    x[:, 4:] = 0
    report = doctor.examine(small.settle(model, [(x, None)], passes=12), x)
    assert report.names == []
    np.testing.assert_allclose(report.facts.norms[0].mean, x[:, :4].mean(axis=(0, 1)), atol=1e-4)


def test_several_inputs_and_outputs():
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    x = norm()(L.Dense(4, use_bias=False)(L.Concatenate()([a, b])))
    model = keras.Model({"a": a, "b": b}, [L.Dense(2)(L.ReLU()(x)), L.Dense(1)(L.ReLU()(x))])
    given = [{"a": images(32, i), "b": images(32, i + 5)} for i in range(3)]
    report = doctor.examine(small.settle(model, [(one, None) for one in given], passes=9), given)
    assert report.names == []
    assert report.facts.images == 96


def test_a_data_set_of_tensorflow_is_taken_as_fit_takes_it():
    data = tf.data.Dataset.from_tensor_slices((images(), np.zeros(96, np.int64))).batch(32)
    report = doctor.examine(network(), data)
    assert (report.names, len(report.facts.right_by_memory)) == ([], 96)


def test_a_model_that_cannot_be_traced_is_looked_at_as_far_as_it_goes():
    class Eager(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.norm = L.Dense(4), norm(momentum=0.1)

        def call(self, x, training=None):
            return self.norm(self.dense(x * float(np.max(x.numpy()) > 0)), training=training)

    model = Eager()
    model(images())
    report = doctor.examine(model, images())
    assert "momentum-inverted" in report.names
    assert any(line.startswith("the surroundings of the layers") for line in report.not_looked_at)


def test_dropout_makes_no_gap_between_the_modes():
    report = doctor.examine(network(L.Dense(50, use_bias=False), norm(), L.ReLU(), L.Dropout(0.8)), [images()])
    assert "mode-gap" not in report.names


def test_momentum_is_measured_where_a_layer_does_other_than_it_says():
    class Swapped(L.BatchNormalization):
        def call(self, inputs, training=None, mask=None):
            before = tf.identity(self.moving_mean.value)
            y = super().call(inputs, training=training, mask=mask)
            if training:
                batch = tf.reduce_mean(inputs, axis=0)
                self.moving_mean.assign(before * (1 - self.momentum) + batch * self.momentum)
            return y

    report = doctor.examine(
        network(L.Dense(5, use_bias=False), Swapped(momentum=0.99, name="norm"), L.ReLU()), images(seed=1)
    )
    assert report.names == ["momentum-inverted"]
    assert report.findings[0].number == pytest.approx(0.01, abs=0.01)


def test_recalibrating_repairs_a_copy():
    model = network()
    small.reset(model, small.norms(model))
    repaired = doctor.recalibrate(model, images())
    assert doctor.examine(model, images()).names[0] == "missing-training-flag"
    assert doctor.examine(repaired, images()).names == []
    arriving = model.layers[0](images()).numpy()
    np.testing.assert_allclose(small.norms(repaired)[0].moving_variance, arriving.var(axis=0), rtol=1e-4)
    np.testing.assert_array_equal(small.norms(model)[0].moving_variance, np.ones(5))


def test_recalibrating_a_subclassed_model():
    @keras.saving.register_keras_serializable(package="doctor_tests")
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.norm = L.Dense(4, use_bias=False), norm()

        def call(self, x, training=None):
            return keras.ops.relu(self.norm(self.dense(x), training=training))

    model = Own()
    model(images())
    repaired = doctor.recalibrate(model, images())
    assert doctor.examine(repaired, images()).names == []
    np.testing.assert_array_equal(small.norms(model)[0].moving_mean, np.zeros(4))


def test_a_model_that_keras_cannot_copy_is_refused():
    with pytest.raises(TypeError, match=r"`model` must be one that Keras can copy. Received: type\(model\)=<class '"):
        doctor.recalibrate(small.residual(small.Options()), small.batches("residual", 0))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("a model", "`model` must be a Keras model or a PyTorch module. Received: type(model)=<class 'str'>."),
        (lambda: keras.Sequential([L.Dense(2)]), "`model` must have weights. Received: a model that was never called."),
    ],
)
def test_what_cannot_be_examined_is_refused(model, message):
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        doctor.examine(model() if callable(model) else model, images())


def test_no_batch_at_all_is_refused():
    with pytest.raises(ValueError, match=r"`batches` must hold at least one batch. Received: none."):
        doctor.examine(network(), [])


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, when it saves
def test_the_command_prints_a_report_and_its_exit_code(tmp_path, capsys):
    healthy, ill, arrays = tmp_path / "healthy.keras", tmp_path / "ill.keras", tmp_path / "data.npz"
    network().save(healthy)
    network(L.Dense(5, use_bias=False), norm(momentum=0.1), L.ReLU()).save(ill)
    np.savez(arrays, x=images(), y=np.zeros(96, np.int64))
    assert doctor.main([str(healthy), str(arrays)]) == 0
    assert capsys.readouterr().out.startswith("Nothing found.")
    assert doctor.main([str(ill), str(arrays), "--batch-size", "24", "--json"]) == 1
    assert '"name": "momentum-inverted"' in capsys.readouterr().out
    assert doctor.main([str(tmp_path / "none.keras"), str(arrays)]) == 2
    assert capsys.readouterr().err.startswith("ValueError: File not found")
    assert doctor.main([]) == 2
    assert command.main(["examine", str(ill), str(arrays)]) == 1


def test_recalibrate_reaches_frozen_layers_that_are_called_in_inference_mode():
    keras.utils.set_random_seed(0)
    hidden = [layer for _ in range(2) for layer in (L.Dense(5, use_bias=False), L.BatchNormalization(), L.ReLU())]
    base = keras.Sequential([keras.Input((6,)), *hidden], name="base")
    base.trainable = False
    inputs = keras.Input((6,))
    model = keras.Model(inputs, L.Dense(3)(base(inputs, training=False)))
    new = 3 + 2 * images(300)
    assert doctor.examine(model, new).names == ["missing-training-flag"]
    repaired = doctor.recalibrate(model, new)
    report = doctor.examine(repaired, [(3 + 2 * images(300, seed=1), np.arange(300) % 3)])
    assert report.names == []
    assert "No layer uses the batch's own statistics, not even in training mode." in str(report)
    assert not repaired.get_layer("base").trainable
    assert not any(layer.trainable for layer in repaired.get_layer("base").layers)
