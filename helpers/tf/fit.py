"""Train one Keras network as a lesson shows it: without a line of output, its history as arrays, stoppable."""

import time
from dataclasses import dataclass

import numpy as np

from helpers._support import validate
from helpers._support.progress import progress_bar
from helpers.tf.quiet import keras, tf


@dataclass(frozen=True, eq=False)
class History:
    """What `fit` measured after each of E epochs; E is smaller than requested after Ctrl-C.

    step : (E,) int
        Training steps done.
    train_loss, train_accuracy : (E,)
        Means over the batches of the epoch, in training mode, while the weights moved.
    validation_loss, validation_accuracy : (E,)
        After the epoch, in inference mode; NaN without validation data.
    seconds : float
        For the whole training, evaluation included.
    """

    step: np.ndarray
    train_loss: np.ndarray
    train_accuracy: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray
    seconds: float


def compile_classifier(model, optimizer=0.1, *, jit_compile=False, steps_per_execution=1):
    """Compile `model` with the course's loss and metric for classification from logits, and return it.

    Parameters
    ----------
    model : keras.Model
        Gives logits (N, classes).
    optimizer : float or keras.optimizers.Optimizer
        A number is the learning rate of plain gradient descent.
    jit_compile : bool
        Whether XLA compiles the step: worth its seconds for convolutions and long trainings.
    steps_per_execution : int
        Steps between two looks at callbacks and Ctrl-C; 20 make a small network train about twice as fast.
    """
    if isinstance(optimizer, (int, float)):
        optimizer = keras.optimizers.SGD(optimizer)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    settings = {"jit_compile": jit_compile, "steps_per_execution": steps_per_execution}
    model.compile(optimizer, loss, metrics=["accuracy"], **settings)
    return model


def fit(model, x, y, *, epochs, batch_size=60, validation=None, callbacks=(), progress=True):
    """Train a compiled model and return its History; it is `model.fit` without its output.

    Parameters
    ----------
    model : keras.Model
        Compiled with the metric "accuracy"; see `compile_classifier`. It is trained in place, from its current weights.
    x, y : arrays of one length
        Shuffled again for each epoch.
    epochs, batch_size : int
        The last batch of an epoch is smaller if `batch_size` does not divide the number of images.
    validation : pair of arrays or None
        Images and labels on which the model is evaluated after each epoch, in inference mode.
    callbacks : sequence of keras.callbacks.Callback
    progress : bool
        Show a progress bar (never if the environment variable BATCHNORM_COURSE_PROGRESS is 0).

    Returns
    -------
    History
        On Ctrl-C, the epochs that were completed.

    Raises
    ------
    ValueError
        If the model is not compiled.
    TypeError, ValueError
        If `epochs` or `batch_size` is not an integer of at least 1.

    Note
    ----
    `train_loss` is measured in training mode and `validation_loss` in inference mode. If the two are far apart, the
    moving statistics may be the reason, not the data: evaluate the training images in inference mode to tell.
    """
    epochs = validate.integer("epochs", epochs, low=1, advice="Pass how often to go through the images.")
    batch_size = validate.integer("batch_size", batch_size, low=1, advice="Pass a number such as 60.")
    if not getattr(model, "compiled", False):
        raise ValueError(
            f"`model` must be compiled. {validate.received(model=model)} Call compile_classifier(model) first."
        )
    recorder, begin = _Recorder(progress_bar(epochs, "epoch", progress)), time.perf_counter()
    try:
        model.fit(
            _plain(tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).batch(batch_size)),
            epochs=epochs,
            validation_data=validation and _plain(tf.data.Dataset.from_tensor_slices(validation).batch(1000)),
            callbacks=[*callbacks, recorder],
            shuffle=False,  # the Dataset shuffles already
            verbose=0,
        )
    except KeyboardInterrupt:
        pass  # the recorder has the epochs that were completed
    finally:
        recorder.bar.close()
    return recorder.history(-(-len(x) // batch_size), time.perf_counter() - begin)


def _plain(dataset):
    """The Dataset, not optimized by tf.data: at the start of each epoch that takes longer than a small epoch itself."""
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    options.threading.private_threadpool_size = 1
    return dataset.with_options(options)


class _Recorder(keras.callbacks.Callback):
    """Keeps Keras's numbers of each epoch and moves the progress bar."""

    names = ("loss", "accuracy", "val_loss", "val_accuracy")

    def __init__(self, bar):
        super().__init__()
        self.bar, self.rows = bar, []

    def on_epoch_end(self, epoch, logs=None):
        self.rows.append([logs.get(name, np.nan) for name in self.names])
        self.bar.update()

    def history(self, steps_an_epoch, seconds):
        columns = np.array(self.rows, dtype=float).reshape(-1, len(self.names)).T
        return History(steps_an_epoch * np.arange(1, len(self.rows) + 1), *columns, seconds=seconds)
