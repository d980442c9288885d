"""The only place where TensorFlow is imported: late, on the CPU, and without a word.

    from helpers.tf.quiet import keras, tf

TensorFlow writes lines to file descriptor 2 at import that none of its settings removes (tensorflow#100442). In a
notebook they would become part of the output, and differ from machine to machine. So descriptor 2 leads to a temporary
file during the import; if the import fails, what was caught is written out before the error goes on its way.
Lines that TensorFlow would write later (first operation, first compilation by XLA) obey TF_CPP_MIN_LOG_LEVEL, set here
unless you have set it: TF_CPP_MIN_LOG_LEVEL=0 brings them back.

A GPU is hidden: the course neither needs nor uses one, and its lessons say the same on every machine. No operation runs
here, so a notebook may still configure logical devices after this import.

What keras.json, the environment or another course's cells have set (image format, floatx, dtype policy, the backend, an
end to training after KERAS_MAX_EPOCHS) is set back: lessons and checks are written for Keras as it is installed.

Raises ImportError, a sentence that says what to do, where TensorFlow is not installed, and where Keras was imported
before with another backend: our layers would hand back tensors that it does not know.
"""

import contextlib
import os
import sys
import tempfile
import warnings

__all__ = ["keras", "tf"]


@contextlib.contextmanager
def silenced_descriptor():
    """File descriptor 2 leads to a temporary file inside the block; its lines come out only if the block raises."""
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        real = os.dup(2)
    except OSError:  # descriptor 2 is closed (pythonw, some services): there is nothing to silence
        yield
        return
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(real, 2)
            caught.seek(0)
            os.write(2, caught.read())
            raise
        finally:
            os.dup2(real, 2)
            os.close(real)


def refuse_another_backend():
    """The backend of Keras that was imported before cannot be changed."""
    if keras.config.backend() != "tensorflow":
        raise ImportError(
            "The course needs Keras on TensorFlow, and Keras was imported on another backend before. "
            f"Received: keras.config.backend()={keras.config.backend()!r}. "
            "Restart the kernel, and import the course's modules before Keras."
        )


def set_back():
    """Keras's settings as Keras installs them."""
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_max_epochs(None)
    keras.config.set_max_steps_per_epoch(None)
    tf.config.run_functions_eagerly(False)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow", "TF_USE_LEGACY_KERAS": "0"}

with silenced_descriptor(), warnings.catch_warnings():
    warnings.simplefilter("ignore")
    try:
        import keras

        refuse_another_backend()
        import tensorflow as tf
    except ModuleNotFoundError as error:
        if error.name not in ("keras", "tensorflow"):
            raise
        raise ImportError(
            "This part of the course needs TensorFlow: pip install 'batchnorm-course[keras]', then restart the kernel."
        ) from None

set_back()
