"""One step of a layer-normalized LSTM: statistics of each example alone, so no batch, no memory, one mode.

Ba, Kiros and Hinton (2016), "Layer Normalization". The three places that are normalized are those of
`helpers.tf.recurrent_cell`.
"""

from helpers._support import validate
from helpers.tf.quiet import keras, tf
from helpers.tf.recurrent_cell import PLACES, forget_gate_open

__all__ = ["LayerNormLSTMCell"]


@keras.saving.register_keras_serializable(package="batchnorm_course")
class LayerNormLSTMCell(keras.layers.Layer):
    """One step of an LSTM, for `keras.layers.RNN`, whose two terms and whose cell state on the way out are normalized.

        i, f, g, o = split(LN(x_t W; gamma_input) + LN(h W_h; gamma_recurrent) + bias)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(LN(c; gamma_cell, beta_cell))
        LN(a; gamma) = gamma * (a - mean(a)) / sqrt(variance(a) + epsilon)

    Mean and biased variance (1/C) are taken over the C features of one example at one time step.

    Parameters
    ----------
    units : int, at least 1
    epsilon : float, at least 0
        Added to the variance, under the root.
    initial_gamma : float
        Where every gamma starts.
    **kwargs
        `name`, `dtype`, `trainable`.

    Attributes
    ----------
    kernel, recurrent_kernel, bias : variables (D, 4 units), (units, 4 units), (4 units,)
        In the order of `keras.layers.LSTM`: input gate, forget gate, candidate, output gate.
    gamma_input, gamma_recurrent : variables (4 units,)
    gamma_cell, beta_cell : variables (units,)

    Raises
    ------
    TypeError, ValueError
        If `units` is no integer of at least 1, or `epsilon` no number of at least 0.

    Examples
    --------
    >>> keras.layers.RNN(LayerNormLSTMCell(5))(tf.zeros((2, 8, 3))).shape
    TensorShape([2, 5])

    Notes
    -----
    It keeps no statistics: training and inference are one, a batch of one is as good as any, and a sequence may be
    longer than those of training.
    """

    def __init__(self, units, *, epsilon=1e-3, initial_gamma=1.0, **kwargs):
        super().__init__(**kwargs)
        self.units = validate.integer("units", units, low=1, advice="Pass the size of the hidden state, such as 100.")
        self.epsilon = validate.number("epsilon", epsilon, low=0, advice="Pass a small number such as 0.001.")
        self.initial_gamma = float(initial_gamma)
        self.state_size, self.output_size = (self.units, self.units), self.units

    def build(self, input_shape):
        wide = 4 * self.units
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], wide), initializer="glorot_uniform")
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel", shape=(self.units, wide), initializer="orthogonal"
        )
        self.bias = self.add_weight(name="bias", shape=(wide,), initializer=forget_gate_open)
        gamma = keras.initializers.Constant(self.initial_gamma)
        for place, size in zip(PLACES, (wide, wide, self.units)):
            setattr(self, f"gamma_{place}", self.add_weight(name=f"gamma_{place}", shape=(size,), initializer=gamma))
        self.beta_cell = self.add_weight(name="beta_cell", shape=(self.units,), initializer="zeros")

    def call(self, inputs, states):
        h, c = states
        terms = self._normalized(tf.matmul(inputs, self.kernel), self.gamma_input)
        terms += self._normalized(tf.matmul(h, self.recurrent_kernel), self.gamma_recurrent)
        i, f, g, o = tf.split(terms + self.bias, 4, axis=-1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        h = tf.sigmoid(o) * tf.tanh(self._normalized(c, self.gamma_cell) + self.beta_cell)
        return h, [h, c]

    def _normalized(self, x, gamma):
        centred = x - tf.reduce_mean(x, axis=-1, keepdims=True)
        variance = tf.reduce_mean(tf.square(centred), axis=-1, keepdims=True)
        return centred * tf.math.rsqrt(variance + self.epsilon) * tf.convert_to_tensor(gamma)

    def get_config(self):
        names = ("units", "epsilon", "initial_gamma")
        return super().get_config() | {name: getattr(self, name) for name in names}
