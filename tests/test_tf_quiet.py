"""TensorFlow arrives without a word, on the CPU, and as the backend of Keras: see also tests/test_tf_replicas.py."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.keras
CLOSED = "import os\nos.close(2)\nfrom helpers.tf.quiet import tf\nprint(int(tf.constant(7)))"


def run(code, **environment):
    """The finished process of `python -c code`, with nothing about TensorFlow set but `environment`."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "CUDA_", "KERAS_BACKEND"))}
    return subprocess.run([sys.executable, "-c", code], env=clean | environment, capture_output=True, text=True)


NEEDS_TENSORFLOW = (
    "ImportError: This part of the course needs TensorFlow: "
    "pip install 'batchnorm-course[keras]', then restart the kernel."
)
OTHER_BACKEND = (
    "ImportError: The course needs Keras on TensorFlow, and Keras was imported on another backend before. "
    "Received: keras.config.backend()='jax'. Restart the kernel, and import the course's modules before Keras."
)
KERAS_ON_JAX = """
import sys, types
sys.modules["keras"] = types.SimpleNamespace(config=types.SimpleNamespace(backend=lambda: "jax"))
"""


@pytest.mark.parametrize(
    ("before", "said"),
    [("import sys; sys.modules['keras'] = None", NEEDS_TENSORFLOW), (KERAS_ON_JAX, OTHER_BACKEND)],
)
def test_without_tensorflow_or_with_another_backend_the_last_line_says_what_to_do(before, said):
    done = run(f"{before}\nfrom helpers.tf.batchnorm import BatchNorm")
    assert done.stderr.splitlines()[-1] == said


def test_a_failed_import_says_what_was_written_to_descriptor_2(tmp_path):
    (tmp_path / "keras.py").write_text("import os\nos.write(2, b'the library says why')\nraise ImportError('broken')\n")
    done = run("import helpers.tf.quiet", PYTHONPATH=str(tmp_path))
    assert done.stderr.startswith("the library says why")
    assert done.stderr.endswith("ImportError: broken\n")


def test_a_closed_descriptor_2_does_not_prevent_the_import(tmp_path):
    fake = "from unittest.mock import Mock\nconfig, constant = Mock(), int\nconfig.backend = lambda: 'tensorflow'\n"
    for name in ("keras", "tensorflow"):
        (tmp_path / f"{name}.py").write_text(fake)
    assert run(CLOSED, PYTHONPATH=str(tmp_path)).stdout == "7\n"


@pytest.mark.weekly
def test_nor_does_it_prevent_that_of_tensorflow_itself():
    assert run(CLOSED).stdout == "7\n"
