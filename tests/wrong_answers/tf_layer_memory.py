"""Wrong answers to `tf_layer` whose memory or mode is wrong."""

from helpers.tf.quiet import tf
from tests.wrong_answers.registry import wrong
from tests.wrong_answers.tf_layer_correct import Base, WholeLayer

LAYER = "tf_layer"


@wrong(LAYER, "std-not-variance")
class RemembersTheSpread(Base):
    def remember(self, mean, variance):
        super().remember(mean, tf.sqrt(variance))


@wrong(LAYER, "std-not-variance")
class WritesTheSpread(WholeLayer):
    def call(self, x, training=None):
        before = tf.identity(self.moving_variance)
        y = super().call(x, training=training)
        if training:
            spread = tf.math.reduce_std(x, axis=list(range(len(x.shape) - 1)))
            self.moving_variance.assign(self.momentum * before + (1 - self.momentum) * spread)
        return y


@wrong(LAYER, "momentum-inverted")
class NewTimesMomentum(Base):
    def remember(self, mean, variance):
        self.moving_mean.assign(self.momentum * mean + (1 - self.momentum) * self.moving_mean)
        self.moving_variance.assign(self.momentum * variance + (1 - self.momentum) * self.moving_variance)


@wrong(LAYER, "momentum-inverted")
class StepOfMomentum(Base):
    def remember(self, mean, variance):
        self.moving_mean.assign_sub(self.momentum * (self.moving_mean - mean))
        self.moving_variance.assign_sub(self.momentum * (self.moving_variance - variance))


@wrong(LAYER, "momentum-ignored")
class AlwaysNinetyNine(Base):
    def remember(self, mean, variance):
        self.moving_mean.assign(self.moving_mean * 0.99 + mean * 0.01)
        self.moving_variance.assign(self.moving_variance * 0.99 + variance * 0.01)


@wrong(LAYER, "momentum-ignored")
class HalfAndHalf(Base):
    def __init__(self, momentum=0.5, epsilon=1e-3):
        super().__init__(0.5, epsilon)


@wrong(LAYER, "momentum-ignored")
class OnlyTheLastBatch(Base):
    def remember(self, mean, variance):
        self.moving_mean.assign(mean)
        self.moving_variance.assign(variance)


@wrong(LAYER, "missing-training-flag")
class AlwaysTheMemory(Base):
    def call(self, x, training=False):
        return self.normalized(x, self.moving_mean, self.moving_variance)


@wrong(LAYER, "missing-training-flag")
class LosesTheFlag(WholeLayer):
    def call(self, x, training=None):
        return super().call(x)


@wrong(LAYER, "moving-not-updated")
class NeverWrites(Base):
    def remember(self, mean, variance):
        pass


@wrong(LAYER, "moving-not-updated")
class WritesToANameOfItsOwn(Base):
    def remember(self, mean, variance):
        moving_mean, moving_variance = self.moving_mean, self.moving_variance
        moving_mean = moving_mean * self.momentum + mean * (1 - self.momentum)
        moving_variance = moving_variance * self.momentum + variance * (1 - self.momentum)


@wrong(LAYER, "moving-updated-at-inference")
class WritesAlways(Base):
    def call(self, x, training=False):
        mean, variance = self.moments(x)
        self.remember(mean, variance)
        if training:
            return self.normalized(x, mean, variance)
        return self.normalized(x, self.moving_mean, self.moving_variance)


@wrong(LAYER, "moving-updated-at-inference")
class WritesFirst(WholeLayer):
    def call(self, x, training=None):
        if not training:
            super().call(x, training=True)
        return super().call(x, training=training)


@wrong(LAYER, "batch-statistics-at-inference")
class AlwaysTheBatch(Base):
    def call(self, x, training=False):
        return super().call(x, training=True)


@wrong(LAYER, "batch-statistics-at-inference")
class NeverReads(Base):
    def call(self, x, training=False):
        mean, variance = self.moments(x)
        if training:
            self.remember(mean, variance)
        return self.normalized(x, mean, variance)


@wrong(LAYER, "variance-starts-at-zero")
class AllZeros(WholeLayer):
    start_of_variance = "zeros"


@wrong(LAYER, "variance-starts-at-zero")
class SetToZero(Base):
    def build(self, shape):
        super().build(shape)
        self.moving_variance.assign(tf.zeros_like(self.moving_variance))


@wrong(LAYER, "moving-statistics-in-training")
class ReadsWhatItHasJustWritten(Base):
    def call(self, x, training=False):
        if training:
            self.remember(*self.moments(x))
        return self.normalized(x, self.moving_mean, self.moving_variance)


@wrong(LAYER, "moving-statistics-in-training")
class ReadsBeforeItWrites(Base):
    def call(self, x, training=False):
        y = self.normalized(x, self.moving_mean, self.moving_variance)
        if training:
            self.remember(*self.moments(x))
        return y


@wrong(LAYER, "epsilon-ignored")
class BothConstants(Base):
    def __init__(self, momentum=0.99, epsilon=1e-3):
        super().__init__(0.99, 1e-3)


@wrong(LAYER, "weights-missing")
class PutsATensorInItsPlace(Base):
    def remember(self, mean, variance):
        self.moving_mean = self.moving_mean * self.momentum + mean * (1 - self.momentum)
        self.moving_variance = self.moving_variance * self.momentum + variance * (1 - self.momentum)
