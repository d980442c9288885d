"""Keras training as a lesson needs it: seeded, without a line of output, its history as arrays, stoppable."""

import os
import time
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from helpers._support import validate
from helpers.tf.quiet import keras, tf


@dataclass(frozen=True, eq=False)
class History:
    """What `fit` measured after each of E epochs; E is less than was asked for after Ctrl-C.

    step : (E,) int
        Training steps done.
    loss, accuracy : (E,)
        Means over the batches of the epoch, in training mode, while the weights moved.
    validation_loss, validation_accuracy : (E,)
        After the epoch, in inference mode; NaN without validation data.
    seconds : float
        Of the whole training, evaluation included.
    """

    step: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray
    seconds: float


def seeded(seed):
    """Let Keras's, NumPy's and Python's global generators start from `seed`: the next network and its training repeat.

    Parameters
    ----------
    seed : int, at least 0

    Raises
    ------
    TypeError, ValueError
        If `seed` is no integer, or negative.
    """
    keras.utils.set_random_seed(validate.integer("seed", seed, low=0, advice="Pass 0, 1, 2, ..."))


def built(build, seed):
    """What `build()` makes, such as a network, its weights drawn from `seed`."""
    seeded(seed)
    return build()


def compiled(model, optimizer=0.1, *, jit_compile=False, steps_per_execution=1):
    """`model`, compiled for classification from logits with the course's loss and metric, and returned.

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
    """The History of training a compiled model; it is `model.fit` without its output.

    Parameters
    ----------
    model : keras.Model
        Compiled, with the metric "accuracy"; see `compiled`. It is trained in place, from where it stands.
    x, y : arrays of one length
        Shuffled anew for each epoch.
    epochs, batch_size : int
        The last batch of an epoch is smaller where `batch_size` does not divide the number of images.
    validation : pair of arrays or None
        Images and labels on which the model is evaluated after each epoch, in inference mode.
    callbacks : sequence of keras.callbacks.Callback
    progress : bool
        Show a progress bar (never where the environment variable BATCHNORM_COURSE_PROGRESS is 0).

    Returns
    -------
    History
        On Ctrl-C the epochs that were completed.

    Raises
    ------
    ValueError
        If the model is not compiled.
    TypeError, ValueError
        If `epochs` or `batch_size` is no integer of at least 1.

    Note
    ----
    `loss` is measured in training mode and `validation_loss` in inference mode: where the two are far apart, the moving
    statistics may be the reason, not the data. Evaluate the training images in inference mode to tell.
    """
    epochs = validate.integer("epochs", epochs, low=1, advice="Pass how often to go through the images.")
    batch_size = validate.integer("batch_size", batch_size, low=1, advice="Pass a number such as 60.")
    if not getattr(model, "compiled", False):
        raise ValueError("`model` must be compiled. Received: a model without a loss. Call compiled(model) before.")
    recorder, begin = _Recorder(epochs, progress), time.perf_counter()
    try:
        model.fit(
            _unoptimized(tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).batch(batch_size)),
            epochs=epochs,
            validation_data=validation and _unoptimized(tf.data.Dataset.from_tensor_slices(validation).batch(1000)),
            callbacks=[*callbacks, recorder],
            shuffle=False,  # the images are: Keras would shuffle arrays, not a Dataset
            verbose=0,
        )
    except KeyboardInterrupt:
        pass  # the epochs that were completed are in the recorder
    finally:
        recorder.bar.close()
    return recorder.history(-(-len(x) // batch_size), time.perf_counter() - begin)


def _unoptimized(dataset):
    """The Dataset without a plan for speed: making one at the start of each epoch takes longer than a small epoch."""
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    options.threading.private_threadpool_size = 1
    return dataset.with_options(options)


class _Recorder(keras.callbacks.Callback):
    """Keeps Keras's numbers of each epoch and moves the progress bar."""

    names = ("loss", "accuracy", "val_loss", "val_accuracy")

    def __init__(self, epochs, progress):
        super().__init__()
        quiet = not progress or os.environ.get("BATCHNORM_COURSE_PROGRESS") == "0"
        self.bar = tqdm(total=epochs, unit="epoch", desc="training", disable=quiet, leave=False)
        self.rows = []

    def on_epoch_end(self, epoch, logs=None):
        self.rows.append([logs.get(name, np.nan) for name in self.names])
        self.bar.update()

    def history(self, steps_an_epoch, seconds):
        columns = np.array(self.rows, dtype=float).reshape(-1, len(self.names)).T
        return History(steps_an_epoch * np.arange(1, len(self.rows) + 1), *columns, seconds=seconds)
