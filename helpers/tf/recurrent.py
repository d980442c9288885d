"""Recurrent batch normalization: an LSTM layer with statistics for each time step, masks respected.

Cooijmans et al. (2016), "Recurrent batch normalization". One step is in `helpers.tf.recurrent_cell`.
"""

from helpers._support import validate
from helpers.tf.moments import holds_values
from helpers.tf.quiet import keras, tf
from helpers.tf.recurrent_cell import BatchNormLSTMCell

__all__ = ["BatchNormLSTM", "BatchNormLSTMCell"]


@keras.saving.register_keras_serializable(package="batchnorm_course")
class BatchNormLSTM(keras.layers.Layer):
    """The last hidden state (N, units) of a batch-normalized LSTM, or all of them (N, T, units).

    Parameters
    ----------
    units : int
    max_steps : int, optional
        The number of time steps with statistics of their own; the length of the inputs if that is known when the layer
        is built.
    return_sequences : bool
        Whether to return the hidden state of every step.
    return_state : bool
        Whether to return the last hidden state and cell state, too.
    go_backwards : bool
        Whether to read from the last step to the first, as `keras.layers.Bidirectional` asks of one of its two layers;
        statistics are then those of the steps in the order of reading.
    stateful : False
        True is refused: pass states by `initial_state=[h, c]` in the call.
    **kwargs
        `momentum, epsilon, initial_gamma, normalize, shared_statistics` as in BatchNormLSTMCell; `name`, `dtype`,
        `trainable`.

    Raises
    ------
    ValueError
        If the inputs are not (N, T, D), or `max_steps` is not given and their length is not known, or `stateful`, or a
        mask is neither (N, T) nor (N, T, 1).

    Examples
    --------
    >>> layer = BatchNormLSTM(5)
    >>> layer(tf.zeros((2, 8, 3))).shape, layer.cell.moving_mean_input.shape
    (TensorShape([2, 5]), (8, 20))

    Notes
    -----
    With a mask (N, T), padded rows count in no moment, and their states stay as they were. A step in which every row is
    padding is not remembered.
    """

    def __init__(
        self,
        units,
        *,
        max_steps=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        **kwargs,
    ):
        if stateful:
            raise ValueError(
                "`stateful` must be False: statistics belong to time steps counted from a sequence's beginning. "
                "Received: stateful=True. Pass the states on yourself: return_state=True, then initial_state=[h, c]."
            )
        cell = {name: kwargs.pop(name) for name in CELL_SETTINGS if name in kwargs}
        super().__init__(**kwargs)
        self.units = validate.integer("units", units, low=1, advice="Pass the size of the hidden state, such as 100.")
        self.max_steps, self.return_sequences, self.return_state = max_steps, return_sequences, return_state
        self.go_backwards, self.stateful = go_backwards, False
        self.cell_settings = cell
        self.supports_masking = True
        self.cell = None if max_steps is None else self._new_cell(max_steps)

    def _new_cell(self, max_steps):
        return BatchNormLSTMCell(self.units, max_steps=max_steps, dtype=self.dtype_policy, **self.cell_settings)

    def build(self, inputs_shape, initial_state_shape=None):
        if len(inputs_shape) != 3 or inputs_shape[2] is None:
            raise ValueError(
                "`inputs` must have shape (N, T, D), with D known. "
                f"Received: input_shape={tuple(inputs_shape)}. Add the axis of time steps, or reshape."
            )
        if self.cell is None:
            if inputs_shape[1] is None:
                raise ValueError(
                    "`max_steps` must be given where the inputs' length is not known. "
                    f"Received: max_steps=None, input_shape={tuple(inputs_shape)}. Pass the longest sequence's length."
                )
            self.cell = self._new_cell(int(inputs_shape[1]))
        self.input_spec = keras.layers.InputSpec(ndim=3, axes={2: inputs_shape[2]})
        self.cell.build((inputs_shape[0], inputs_shape[2]))

    def call(self, inputs, initial_state=None, mask=None, training=None):
        x = tf.transpose(inputs, [1, 0, 2])  # time first: the loop takes one step after the other
        # Where the number of steps is known it is no tensor: only then does what tf2onnx makes of the loop load.
        rows, steps = tf.shape(x)[1], x.shape[0] or tf.shape(x)[0]
        masks = None if mask is None else tf.transpose(steps_of_mask(mask))
        if self.go_backwards:
            x, masks = x[::-1], None if masks is None else masks[::-1]
        learns = bool(training) and self.trainable and self.cell.trainable and self.cell.normalize
        h = c = tf.zeros((rows, self.units), x.dtype)
        if initial_state is not None:
            if not isinstance(initial_state, (list, tuple)) or len(initial_state) != 2:
                raise ValueError(
                    "`initial_state` must be [h, c], each (N, units). "
                    f"Received: {type(initial_state).__name__} of {len(initial_state)}. "
                    "Pass what return_state=True gave."
                )
            h, c = (tf.cast(state, x.dtype) for state in initial_state)
        sizes = (4 * self.units, 4 * self.units, self.units)
        statistics = tf.float64 if x.dtype == tf.float64 else tf.float32
        kept = [tf.TensorArray(statistics, steps, element_shape=(size,)) for size in sizes for _ in range(2)]
        kept = kept if learns else []

        def body(t, h, c, outputs, kept):
            present = None if masks is None else masks[t]
            new_h, new_c, batch = self.cell.step(x[t], h, c, t, training=learns, mask=present)
            if present is not None:
                new_h, new_c = (tf.where(present[:, tf.newaxis], a, b) for a, b in ((new_h, h), (new_c, c)))
            values = [value for pair in batch for value in pair]
            return t + 1, new_h, new_c, outputs.write(t, new_h), [a.write(t, v) for a, v in zip(kept, values)]

        outputs = tf.TensorArray(x.dtype, steps, element_shape=(None, self.units))
        _, h, c, outputs, kept = tf.while_loop(
            lambda t, *_: t < steps, body, (0, h, c, outputs, kept), maximum_iterations=steps
        )
        if learns:
            stacked = [array.stack() for array in kept]
            self.cell.remember(list(zip(stacked[::2], stacked[1::2])), self._which_steps(x, masks))
        result = tf.transpose(outputs.stack(), [1, 0, 2]) if self.return_sequences else h
        return [result, h, c] if self.return_state else result

    def _which_steps(self, x, masks):
        """0, 1, 2, ...; -1 for a step beyond the memory, or one without a row that is not padding."""
        order = tf.range(tf.shape(x)[0])
        remembered = (order < self.cell.max_steps) & holds_values(x)
        if masks is not None:
            remembered &= tf.reduce_any(masks, axis=1)
        return tf.where(remembered, order, -1)

    def compute_mask(self, inputs, mask=None):
        own = mask if self.return_sequences else None
        return [own, None, None] if self.return_state else own

    def compute_output_shape(self, inputs_shape, initial_state_shape=None):
        last = (inputs_shape[0], self.units)
        result = (inputs_shape[0], inputs_shape[1], self.units) if self.return_sequences else last
        return [result, last, last] if self.return_state else result

    def get_config(self):
        names = ("units", "max_steps", "return_sequences", "return_state", "go_backwards", "stateful")
        return super().get_config() | {name: getattr(self, name) for name in names} | self.cell_settings


CELL_SETTINGS = ("momentum", "epsilon", "initial_gamma", "normalize", "shared_statistics")
"""What BatchNormLSTM hands on to its cell."""


def steps_of_mask(mask):
    """The mask as (N, T) of bool: True, or any number but 0, where a step counts."""
    mask = tf.cast(mask, tf.bool)
    if mask.shape.rank == 3 and mask.shape[2] == 1:
        return mask[:, :, 0]
    if mask.shape.rank != 2:
        raise ValueError(
            "`mask` must have shape (N, T), one entry for each step. "
            f"Received: mask.shape={tuple(mask.shape)}. Leave out the features' axis."
        )
    return mask
