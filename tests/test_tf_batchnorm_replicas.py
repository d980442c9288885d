"""What replicas share, by hand numbers: each is a thread with a context of its own.

tests/test_tf_batchnorm_synchronized.py does the same with the real strategy, in processes of its own.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from helpers.tf import moments
from helpers.tf.batchnorm import BatchNorm
from helpers.tf.moments import moments_of_all_replicas
from helpers.tf.quiet import tf

pytestmark = pytest.mark.keras


class Replicas:
    """So many threads that each have a replica's context: what they reduce is added up over all of them."""

    def __init__(self, number):
        self.num_replicas_in_sync = number
        self._barrier, self._given, self._place = threading.Barrier(number, timeout=60), {}, threading.local()

    def all_reduce(self, how, value):
        assert how == "SUM"
        self._given[self._place.number] = value
        self._barrier.wait()
        total = tf.nest.map_structure(lambda *values: tf.add_n(values), *self._given.values())
        self._barrier.wait()
        return total

    def run(self, function, *shares):
        """What the function returns in each replica, for its share."""

        def replica(number, share):
            self._place.number = number
            return function(*share)

        with ThreadPoolExecutor(len(shares)) as pool:
            return list(pool.map(replica, range(len(shares)), shares))


@pytest.fixture
def two(monkeypatch):
    replicas = Replicas(2)
    monkeypatch.setattr(moments.tf.distribute, "get_replica_context", lambda: replicas)
    return replicas


def constants(*values):
    return tuple(tf.constant(value) for value in values)


def numbers(results):
    return [[tensor.numpy().tolist() for tensor in result] for result in results]


def test_moments_are_those_of_the_values_of_all_replicas(two):
    # 2 and 6 in one replica, 10 in the other: mean 6, squared distances 16, 0 and 16
    told = two.run(moments_of_all_replicas, constants([4.0], [4.0], 2.0), constants([10.0], [0.0], 1.0))
    assert numbers(told) == [[[6.0], [pytest.approx(32 / 3)]]] * 2


def test_a_replica_without_values_counts_nothing(two):
    told = two.run(moments_of_all_replicas, constants([4.0], [5.0], [2.0]), constants([0.0], [0.0], [0.0]))
    assert numbers(told) == [[[4.0], [5.0]]] * 2


def test_where_no_replica_has_values_the_moments_are_zero(two):
    told = two.run(moments_of_all_replicas, *[constants([0.0], [0.0], [0.0])] * 2)
    assert numbers(told) == [[[0.0], [0.0]]] * 2


def test_one_replica_keeps_its_moments(monkeypatch):
    monkeypatch.setattr(moments.tf.distribute, "get_replica_context", lambda: Replicas(1))
    mean, variance, count = constants([4.0], [4.0], 2.0)
    assert moments_of_all_replicas(mean, variance, count) == (mean, variance)


@pytest.mark.parametrize(
    ("synchronized", "means"), [(True, [[6.0, 6.0], [6.0, 6.0]]), (False, [[4.0, 4.0], [10.0, 10.0]])]
)
def test_a_layer_takes_them_if_it_is_synchronized(two, synchronized, means):
    layer = BatchNorm(synchronized=synchronized)
    layer.build((None, 2))
    shares = [(tf.constant([[2.0] * 2, [6.0] * 2]), None), (tf.constant([[10.0] * 2]), None)]
    assert [mean for mean, _ in numbers(two.run(layer.batch_moments, *shares))] == means


def test_a_layer_counts_what_the_masks_let_through(two):
    layer = BatchNorm(synchronized=True)
    layer.build((None, 2, 1))
    shares = [
        (tf.constant([[[2.0], [6.0]]]), tf.constant([[True, True]])),
        (tf.constant([[[10.0], [99.0]]]), tf.constant([[True, False]])),
    ]
    assert numbers(two.run(layer.batch_moments, *shares)) == [[[6.0], [pytest.approx(32 / 3)]]] * 2
