"""The models that checks hand to a submission."""

import numpy as np
import pytest

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def example():
    from helpers.checks.engine.tf_examples import conv_model

    return conv_model()


def test_no_weight_of_the_convolutional_model_is_where_it_began(example):
    model, _ = example
    starts = [np.all(w == 0) or np.all(w == 1) for w in model.get_weights()]
    assert not any(starts)


def test_one_of_its_norms_is_outside_of_the_model_inside_it(example):
    from helpers.checks.engine.tf_trace import norm_layers

    model, _ = example
    assert [layer.name for layer in norm_layers(model)] == ["norm_1", "norm_2", "norm_3"]
    assert "norm_3" in [layer.name for layer in model.layers]


def test_its_modes_differ_on_its_batch(example):
    from helpers.checks.engine.tf_trace import predict

    model, x = example
    assert np.abs(predict(model, x, training=True) - predict(model, x)).max() > 0.1


def test_the_dense_model_is_the_same_each_time():
    from helpers.checks.engine.tf_examples import dense_model

    assert all(map(np.array_equal, dense_model().get_weights(), dense_model().get_weights()))
