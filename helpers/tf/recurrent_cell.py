"""One step of an LSTM with batch normalization, whose statistics differ from time step to time step.

Cooijmans et al. (2016), "Recurrent batch normalization", section 3. `helpers.tf.recurrent` runs it along a sequence.
"""

from helpers._support import validate
from helpers.tf.moments import holds_values, masked_moments, moments
from helpers.tf.quiet import keras, tf

__all__ = ["BatchNormLSTMCell"]

PLACES = ("input", "recurrent", "cell")
"""What is normalized: x_t W, h W_h, and the cell state on its way to the output."""


@keras.saving.register_keras_serializable(package="batchnorm_course")
class BatchNormLSTMCell(keras.layers.Layer):
    """One step of an LSTM whose two terms, and whose cell state on the way out, are batch normalized.

        i, f, g, o = split(BN(x_t W; gamma_input) + BN(h W_h; gamma_recurrent) + bias)        (equation 6)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)                                             (equation 7)
        h = sigmoid(o) * tanh(BN(c; gamma_cell, beta_cell))                                   (equation 8)

    The two terms have no beta of their own: the bias does its work. The cell state that is kept is never normalized,
    so that it can carry a value through many steps. Moments are those of the batch at this time step, and each time
    step has its own moving statistics:

        moving[t] = moving[t] * momentum + batch * (1 - momentum)

    Inference at a step beyond the last one trained uses the statistics of the last one.

    Parameters
    ----------
    units : int, at least 1
    max_steps : int
        T, the number of time steps with statistics of their own.
    momentum : float in [0, 1]
        The weight of the old value.
    epsilon : float, at least 0
        Added to the variance, under the root.
    initial_gamma : float
        Where every gamma starts. 0.1 keeps tanh near its linear part, where gradients pass (section 4 of the paper).
    normalize : bool
        False: a plain LSTM with the same weights, to compare with.
    shared_statistics : bool
        One moving statistic for all time steps: what the paper warns of, kept to be measured.
    **kwargs
        `name`, `dtype`, `trainable`.

    Attributes
    ----------
    kernel, recurrent_kernel, bias : variables (D, 4 units), (units, 4 units), (4 units,)
        The four parts are those of `keras.layers.LSTM`: input gate, forget gate, candidate, output gate.
    gamma_input, gamma_recurrent : variables (4 units,)
    gamma_cell, beta_cell : variables (units,)
        Shared by all time steps.
    moving_mean_input, moving_variance_input : variables (T, 4 units)
        Remembered, not trained; likewise for "recurrent", and for "cell" (T, units). T is 1 with `shared_statistics`.
    steps_trained : int variable
        Number of time steps for which something is remembered.

    Raises
    ------
    ValueError
        If an argument is out of its range, or `max_steps` is missing.

    Notes
    -----
    As cell of `keras.layers.RNN` it counts the steps in a third state (N, 1). Keras does not tell a cell which rows are
    padding: there, moments include them. `helpers.tf.recurrent.BatchNormLSTM` leaves them out.
    """

    def __init__(
        self,
        units,
        *,
        max_steps=None,
        momentum=0.99,
        epsilon=1e-3,
        initial_gamma=0.1,
        normalize=True,
        shared_statistics=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = validate.integer("units", units, low=1, advice="Pass the size of the hidden state, such as 100.")
        if max_steps is None:
            raise ValueError(
                "`max_steps` must be the number of time steps that get statistics of their own. "
                "Received: max_steps=None. Pass the length of the longest sequence."
            )
        self.max_steps = validate.integer("max_steps", max_steps, low=1, advice="Pass the longest sequence's length.")
        self.momentum = validate.number(
            "momentum", momentum, low=0, high=1, advice="It is the weight of the old value, such as 0.99."
        )
        self.epsilon = validate.number("epsilon", epsilon, low=0, advice="Pass a small number such as 0.001.")
        self.initial_gamma = float(initial_gamma)
        self.normalize, self.shared_statistics = normalize, shared_statistics
        self.state_size, self.output_size = (self.units, self.units, 1), self.units
        self._may_repeat = False

    def build(self, input_shape):
        wide, rows = 4 * self.units, 1 if self.shared_statistics else self.max_steps
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], wide), initializer="glorot_uniform")
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel", shape=(self.units, wide), initializer="orthogonal"
        )
        self.bias = self.add_weight(name="bias", shape=(wide,), initializer=forget_gate_open)
        if not self.normalize:
            return
        gamma = keras.initializers.Constant(self.initial_gamma)
        for place, size in zip(PLACES, (wide, wide, self.units)):
            weight = self.add_weight(name=f"gamma_{place}", shape=(size,), initializer=gamma, autocast=False)
            setattr(self, f"gamma_{place}", weight)
            for statistic, start in (("mean", "zeros"), ("variance", "ones")):
                name = f"moving_{statistic}_{place}"
                weight = self.add_weight(
                    name=name,
                    shape=(rows, size),
                    initializer=start,
                    trainable=False,
                    autocast=False,
                    aggregation="mean",  # replicas may have seen different batches, as for BatchNorm
                )
                setattr(self, name, weight)
        self.beta_cell = self.add_weight(name="beta_cell", shape=(self.units,), initializer="zeros", autocast=False)
        counter = {"shape": (), "initializer": "zeros", "dtype": "int32", "trainable": False}
        counter["aggregation"] = "only_first_replica"  # which has rows if any replica has
        self.steps_trained = self.add_weight(name="steps_trained", **counter)
        self.previous_step = self.add_weight(name="previous_step", **counter)  # plus 1; 0: there was none

    def step(self, x, h, c, t, *, training=False, mask=None):
        """The states after time step t, and the batch's moments.

        Parameters
        ----------
        x : (N, D)
        h, c : (N, units)
        t : int tensor
        training : bool
        mask : (N,) of bool, optional
            False where a row is padding: it counts in no moment.

        Returns
        -------
        h, c : (N, units)
        batch : list of (mean, variance) in the order of PLACES
            Empty unless the batch's own moments were used.
        """
        batch = []

        def normalize(values, place):
            y, found = self.normalize_at(values, place, t, training=training, mask=mask)
            batch.extend(found)
            return y

        kernel, recurrent_kernel, bias = (
            tf.cast(weight, x.dtype) for weight in (self.kernel, self.recurrent_kernel, self.bias)
        )
        terms = normalize(tf.matmul(x, kernel), "input") + normalize(tf.matmul(h, recurrent_kernel), "recurrent")
        i, f, g, o = tf.split(terms + bias, 4, axis=-1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        out = normalize(c, "cell")
        if self.normalize:
            out += tf.cast(self.beta_cell, out.dtype)
        return tf.sigmoid(o) * tf.tanh(out), c, batch

    def normalize_at(self, values, place, t, *, training, mask):
        """gamma * x_hat (N, C) by the statistics of step t, and [(mean, variance)] if they are the batch's own."""
        if not self.normalize:
            return values, []
        x = values if values.dtype == tf.float64 else tf.cast(values, tf.float32)
        if training and self.trainable:
            mean, variance = moments(x, [0]) if mask is None else masked_moments(x, [0], mask)[:2]
            found = [(mean, variance)]
        else:
            mean, variance = (
                tf.cast(tf.gather(self.moving(statistic, place), self.place_in_memory(t)), x.dtype)
                for statistic in ("mean", "variance")
            )
            found = []
        gain = tf.math.rsqrt(variance + self.epsilon) * tf.cast(getattr(self, f"gamma_{place}"), x.dtype)
        return tf.cast((x - mean) * gain, values.dtype), found

    def moving(self, statistic, place):
        """The variable (T, C) that remembers the "mean" or the "variance" at one of PLACES."""
        return getattr(self, f"moving_{statistic}_{place}")

    def place_in_memory(self, t):
        """The row of the moving statistics that serves step t: the last one trained for any step beyond it."""
        if self.shared_statistics:
            return tf.zeros_like(t)
        known = tf.convert_to_tensor(self.steps_trained)
        last = tf.where(known > 0, known, self.max_steps) - 1
        return tf.minimum(t, last)

    def remember(self, batch, steps):
        """Move the statistics of some time steps towards the batch's.

        Parameters
        ----------
        batch : list of (mean, variance), in the order of PLACES
            Each (K, C), the moments of K time steps in a row.
        steps : (K,) of int
            Which steps these are; -1 for one that is not to be remembered.
        """
        rows = self.max_steps
        dtype = batch[0][0].dtype
        takes = tf.one_hot(steps, rows, axis=0, dtype=dtype)  # (T, K)
        if self.shared_statistics:
            takes = tf.reduce_sum(takes, axis=0, keepdims=True)  # (1, K): the mean of all steps of this batch
            takes = tf.math.divide_no_nan(takes, tf.reduce_sum(takes))
        seen = tf.reduce_sum(takes, axis=1, keepdims=True) > 0
        for place, moments_of_place in zip(PLACES, batch):
            for statistic, values in zip(("mean", "variance"), moments_of_place):
                moving = self.moving(statistic, place)
                old = tf.cast(moving, dtype)
                new = old * self.momentum + tf.matmul(takes, values) * (1 - self.momentum)
                moving.assign(tf.where(seen, new, old))
        latest = tf.minimum(tf.reduce_max(tf.cast(steps, tf.int32)) + 1, rows)
        self.steps_trained.assign(tf.maximum(tf.convert_to_tensor(self.steps_trained), latest))

    def get_initial_state(self, batch_size=None):
        """Zeros: h, c and the number of steps taken (N, 1)."""
        self._may_repeat = True
        return [tf.zeros((batch_size, size), self.compute_dtype) for size in self.state_size]

    def call(self, inputs, states, training=False):
        h, c, count = states
        t = tf.cast(tf.reduce_max(count), tf.int32)
        h, c, batch = self.step(inputs, h, c, t, training=training)
        if batch:
            step = tf.where((t < self.max_steps) & ~self._is_repeated(t) & holds_values(inputs), t, -1)
            self.remember([(mean[tf.newaxis], variance[tf.newaxis]) for mean, variance in batch], step[tf.newaxis])
        return h, [h, c, count + 1]

    def _is_repeated(self, t):
        """Whether this is the first step for the second time.

        keras.layers.RNN takes the first step once to learn what comes out, and then again; it counts once.
        """
        if not self._may_repeat:
            return tf.constant(value=False)
        repeated = (t == 0) & (tf.convert_to_tensor(self.previous_step) == 1)
        self.previous_step.assign(tf.where(repeated, 0, t + 1))
        return repeated

    def get_config(self):
        names = ("units", "max_steps", "momentum", "epsilon", "initial_gamma", "normalize", "shared_statistics")
        return super().get_config() | {name: getattr(self, name) for name in names}


def forget_gate_open(shape, dtype=None):
    """0, but 1 for the forget gate: a cell that begins by remembering (as in keras.layers.LSTM)."""
    units = shape[0] // 4
    return tf.concat([tf.zeros(units, dtype), tf.ones(units, dtype), tf.zeros(2 * units, dtype)], axis=0)
