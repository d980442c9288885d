"""Check of lesson 08: the generator of a DCGAN."""

import numpy as np

from helpers.checks.engine import tf_network, tf_trace
from helpers.checks.engine.core import exercise
from helpers.checks.engine.tf_examine import examine
from helpers.checks.hints import say, say_on

SIZES = (16, 7)


@exercise("generator", arguments=("latent_size",))
def generator(attempt):
    """Check `fn(latent_size)` -> a Keras generator: (N, latent_size) becomes N images of 8 x 8 x 1 between -1 and 1.

    Every layer with weights but the last is batch-normalized, and the latent vector is not. (N, 8, 8) passes too;
    images that never fall below 0 do not, since white is -1.
    """
    with tf_trace.seeded():
        for size in SIZES:
            on = f"latent_size={size}"
            z = np.random.default_rng(0).normal(size=(16, size)).astype(np.float32)
            model = tf_network.build(attempt, size, x=z, shape=(16, 8, 8, 1), or_shape=(16, 8, 8), on=on)
            attempt.no_side_effects()
            found = tf_network.run(attempt, lambda m=model, z=z: examine(m, z), on)
            if size == SIZES[0]:
                tf_network.judge(attempt, found, output=say("generator.picture"))
                first = [norm.call.layer.name for norm in found.norms_before_first()]
                attempt.row(say("generator.latent_free"), not first)
                attempt.require(not first, "latent-normalized", layer=", ".join(first))
            bright = tf_network.run(attempt, lambda m=model, z=z: tf_trace.predict(m, 100 * z), on)
            attempt.require(np.isfinite(bright).all(), "not-finite", on=say_on(on), name=say("generator.the_picture"))
            largest, lowest, varied = np.abs(bright).max(), bright.min(), found.output.std(axis=0).max() > 1e-6
            if size == SIZES[0]:
                attempt.row(say("generator.bounded"), bool(largest <= 1))
                attempt.row(say("generator.below_zero"), bool(lowest < 0))
                attempt.row(say("generator.varied"), bool(varied))
            attempt.require(largest <= 1, "output-unbounded", largest=f"{largest:.2g}")
            attempt.require(lowest < 0 or not varied, "half-the-range")
            attempt.require(varied, "ignores-latent")
