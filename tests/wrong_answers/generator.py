"""Wrong answers to `generator`."""

from helpers.tf.quiet import keras, tf
from tests.wrong_answers.add_batchnorm_conv_correct import norms
from tests.wrong_answers.add_batchnorm_correct import EachPosition, ForHalf, HandMade, OneForAll
from tests.wrong_answers.generator_correct import Generator, sequential
from tests.wrong_answers.registry import wrong, wrong_lines

layers = keras.layers
GENERATOR = "generator"


@wrong(GENERATOR, "axis-not-features")
def axis_two_of_one_layer(latent_size):
    return Generator(latent_size, norm=lambda: layers.BatchNormalization(axis=2))


@wrong(GENERATOR, "per-position-statistics")
def flattened_first(latent_size):
    def flat(shape):
        return [layers.Flatten(), layers.BatchNormalization(), layers.Reshape(shape)]

    shapes = iter([(2, 2, 8), (4, 4, 4)])
    return sequential(latent_size, lambda: flat(next(shapes)))


@wrong(GENERATOR, "batch-statistics-at-inference")
def always_training(latent_size):
    class Moved(Generator):
        def call(self, z, training=False):
            return super().call(z, training=True)

    return Moved(latent_size)


@wrong(GENERATOR, "batch-statistics-at-inference")
def built_in_training_mode(latent_size):
    # Keras passes on a flag that is given; called bare, as a sampler calls it, the layer keeps this one.
    x = z = keras.Input((latent_size,))
    x = layers.Reshape((4, 4, 2))(layers.Dense(32, use_bias=False)(x))
    x = layers.ReLU()(layers.BatchNormalization()(x, training=True))
    return keras.Model(z, layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="tanh")(x))


@wrong(GENERATOR, "moving-updated-at-inference")
def writes_after_sampling(latent_size):
    class Writer(Generator):
        def call(self, z, training=False):
            picture = super().call(z, training=training)
            if not training:
                super().call(z, training=True)
            return picture

    return Writer(latent_size)


@wrong(GENERATOR, "moving-updated-at-inference")
def counts_its_calls(latent_size):
    class Counter(HandMade):
        def call(self, x, training=False):
            y = super().call(x, training=training)
            self.moving_mean.assign_add(tf.ones_like(self.moving_mean))
            return y

    return sequential(latent_size, lambda: [Counter()])


@wrong(GENERATOR, "missing-training-flag")
def always_inference(latent_size):
    class Still(Generator):
        def call(self, z, training=False):
            return super().call(z)

    return Still(latent_size)


@wrong(GENERATOR, "missing-training-flag")
def a_layer_that_never_hears_the_flag(latent_size):
    class Deaf(layers.BatchNormalization):
        def call(self, x, training=None, mask=None):
            return super().call(x, training=False)

    return sequential(latent_size, lambda: [Deaf()])


@wrong(GENERATOR, "frozen-wrongly")
def frozen(latent_size):
    return sequential(latent_size, norms((0, 1), trainable=False))


@wrong(GENERATOR, "frozen-wrongly")
def frozen_as_for_a_discriminator_s_step(latent_size):
    model = Generator(latent_size)
    model.trainable = False
    return model


@wrong(GENERATOR, "moving-not-updated")
def never_writes(latent_size):
    class Forgetful(HandMade):
        def call(self, x, training=False):
            mean, variance = self.moving_mean, self.moving_variance
            if training:
                mean, variance = tf.nn.moments(x, axes=list(range(len(x.shape) - 1)))
            return self.gamma * (x - mean) * tf.math.rsqrt(variance + 1e-3) + self.beta

    return Generator(latent_size, norm=Forgetful)


@wrong(GENERATOR, "after-output")
def after_the_picture(latent_size):
    return sequential(latent_size, last=None, end=[layers.BatchNormalization(), layers.Activation("tanh")])


@wrong(GENERATOR, "after-output")
def after_the_tanh(latent_size):
    class Closed(Generator):
        def __init__(self, latent_size):
            super().__init__(latent_size)
            self.last = layers.BatchNormalization()

        def call(self, z, training=False):
            return self.last(super().call(z, training=training), training=training)

    return Closed(latent_size)


@wrong(GENERATOR, "bias-kept")
def bias_of_the_middle(latent_size):
    model = Generator(latent_size)
    model.middle = layers.Conv2D(5, 3, padding="same")
    return model


@wrong(GENERATOR, "latent-normalized")
def norm_of_the_latent_vector(latent_size):
    return keras.Sequential([keras.Input((latent_size,)), layers.BatchNormalization(), *sequential(latent_size).layers])


@wrong(GENERATOR, "latent-normalized")
def norm_of_the_latent_vector_in_a_class(latent_size):
    class Early(Generator):
        def __init__(self, latent_size):
            super().__init__(latent_size)
            self.first = layers.BatchNormalization()

        def call(self, z, training=False):
            return super().call(self.first(z, training=training), training=training)

    return Early(latent_size)


@wrong(GENERATOR, "half-the-range")
def clipped_at_0_and_1(latent_size):
    return sequential(latent_size, last=None, end=[layers.Lambda(lambda x: tf.clip_by_value(x, 0.0, 1.0))])


@wrong(GENERATOR, "ignores-latent")
def noise_times_zero(latent_size):
    model = sequential(latent_size)
    return keras.Sequential([keras.Input((latent_size,)), layers.Rescaling(0.0), model])


@wrong(GENERATOR, "ignores-latent")
def starts_from_a_constant(latent_size):
    class Constant(Generator):
        def call(self, z, training=False):
            return super().call(tf.ones_like(z), training=training)

    return Constant(latent_size)


wrong_lines(
    GENERATOR,
    {
        "no-batchnorm": dict(
            without=lambda latent_size: sequential(latent_size, list, bias=True),
            only_the_convolution=lambda latent_size: sequential(latent_size, norms((1,))),
            layer_normalization=lambda latent_size: Generator(latent_size, norm=layers.LayerNormalization),
        ),
        "axis-not-features": dict(
            axis_one=lambda latent_size: sequential(latent_size, norms((0, 1), axis=1)),
        ),
        "per-position-statistics": dict(
            weights_for_each_position=lambda latent_size: Generator(latent_size, norm=EachPosition),
        ),
        "moving-not-updated": dict(
            momentum_one=lambda latent_size: sequential(latent_size, norms((0, 1), momentum=1.0)),
        ),
        "bias-kept": dict(
            biases_kept=lambda latent_size: sequential(latent_size, bias=True),
        ),
        "output-unbounded": dict(
            linear_picture=lambda latent_size: sequential(latent_size, last=None),
            relu_picture=lambda latent_size: sequential(latent_size, last="relu"),
        ),
        "half-the-range": dict(
            sigmoid_picture=lambda latent_size: sequential(latent_size, last="sigmoid"),
        ),
        "wrong-axis": dict(
            one_mean_for_everything=lambda latent_size: sequential(latent_size, lambda: [OneForAll()]),
            one_mean_for_two_maps=lambda latent_size: sequential(latent_size, lambda: [ForHalf()]),
        ),
    },
)
