"""TensorFlow arrives without a word, on the CPU, and as the backend of Keras."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.keras


def run(code, **environment):
    """The finished process of `python -c code`, with nothing about TensorFlow set but `environment`."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "CUDA_", "KERAS_BACKEND"))}
    return subprocess.run([sys.executable, "-c", code], env=clean | environment, capture_output=True, text=True)


USE_IT = """
from helpers.tf.quiet import keras, tf
import os
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
print(tf.config.list_physical_devices("GPU"), keras.backend.backend(), len(tf.config.list_logical_devices("CPU")))
x = tf.ones((4, 3)) @ tf.ones((3, 3))
tf.function(lambda z: z @ z + 1, jit_compile=True)(tf.ones((3, 3)))
model = keras.Sequential([keras.layers.Dense(2)])
model.compile("sgd", "mse", jit_compile=True)
model.fit(x, tf.ones((4, 2)), verbose=0)
os.write(2, b"still here")
"""


def test_import_first_operation_and_compilation_write_nothing_and_find_a_cpu_that_can_be_divided():
    """One process for all of it, as an import takes up to half a minute; a later line on stderr is not swallowed."""
    done = run(USE_IT, CUDA_VISIBLE_DEVICES="0", KERAS_BACKEND="numpy")
    assert (done.returncode, done.stdout, done.stderr) == (0, "[] tensorflow 2\n", "still here")


def test_a_failed_import_says_what_was_written_to_descriptor_2(tmp_path):
    (tmp_path / "keras.py").write_text("import os\nos.write(2, b'the library says why')\nraise ImportError('broken')\n")
    done = run("import helpers.tf.quiet", PYTHONPATH=str(tmp_path))
    assert done.stderr.startswith("the library says why")
    assert done.stderr.endswith("ImportError: broken\n")


def test_keras_on_another_backend_is_one_sentence_that_says_what_to_do(tmp_path):
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "__init__.py").write_text("from keras import backend")
    (tmp_path / "keras" / "backend.py").write_text("def backend():\n    return 'jax'\n")
    done = run("import keras, helpers.tf.quiet", PYTHONPATH=str(tmp_path))
    assert done.stderr.splitlines()[-1] == (
        "ImportError: The course needs Keras on TensorFlow, and Keras was imported on another backend before. "
        "Received: keras.backend.backend()='jax'. Restart the kernel, and import the course's modules before Keras."
    )


def test_a_closed_descriptor_2_does_not_prevent_the_import():
    done = run("import os\nos.close(2)\nfrom helpers.tf.quiet import tf\nprint(int(tf.constant(7)))")
    assert done.stdout == "7\n"
