"""Sequences of different lengths: images cut short and padded, and a layer whose moments count the padding."""

from dataclasses import replace

import numpy as np

from helpers import data
from helpers.tf.quiet import keras
from helpers.tf.recurrent import BatchNormLSTM
from helpers.tf.recurrent_cell import BatchNormLSTMCell

__all__ = ["PADDING", "PaddingCountedLSTM", "cut_short"]

PADDING = -1.0
"""What stands in a row that is padding; no pixel has this value."""

SHORTEST, LONGEST = 4, 8


def cut_short(seed, longest=LONGEST):
    """The digits' split of this number, each image cut to its first 4 to 8 rows, PADDING in the place of the others.

    Each length from 4 to `longest` has the same probability, drawn from a generator that starts from `seed`.

    Returns
    -------
    helpers.data.Dataset

    Examples
    --------
    >>> x = cut_short(0).x_train
    >>> bool(np.all(x[:, :4] >= 0)), bool(np.any(x[:, 7] == PADDING))
    (True, True)
    """
    digits, rng = data.load(split=seed), np.random.default_rng(seed)

    def cut(images):
        rows = images.shape[1]
        lengths = rng.integers(SHORTEST, longest + 1, len(images))
        kept = np.arange(rows) < lengths[:, None]
        return np.where(kept[:, :, None], images, np.float32(PADDING))

    parts = {name: cut(getattr(digits, name)) for name in ("x_train", "x_validation", "x_test")}
    return replace(digits, **parts)


@keras.saving.register_keras_serializable(package="batchnorm_course")
class _PaddingCountedCell(BatchNormLSTMCell):
    def step(self, x, h, c, t, *, training=False, mask=None):
        return super().step(x, h, c, t, training=training)


@keras.saving.register_keras_serializable(package="batchnorm_course")
class PaddingCountedLSTM(BatchNormLSTM):
    """BatchNormLSTM with one mistake: padded rows keep their states, but count in the moments of each time step."""

    def _new_cell(self, max_steps):
        return _PaddingCountedCell(self.units, max_steps=max_steps, dtype=self.dtype_policy, **self.cell_settings)
