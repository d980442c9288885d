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


def test_a_failed_import_says_what_was_written_to_descriptor_2(tmp_path):
    (tmp_path / "keras.py").write_text("import os\nos.write(2, b'the library says why')\nraise ImportError('broken')\n")
    done = run("import helpers.tf.quiet", PYTHONPATH=str(tmp_path))
    assert done.stderr.startswith("the library says why")
    assert done.stderr.endswith("ImportError: broken\n")


def test_a_closed_descriptor_2_does_not_prevent_the_import(tmp_path):
    (tmp_path / "keras.py").touch()
    (tmp_path / "tensorflow.py").write_text("constant = int\n")
    assert run(CLOSED, PYTHONPATH=str(tmp_path)).stdout == "7\n"


@pytest.mark.weekly
def test_nor_does_it_prevent_that_of_tensorflow_itself():
    assert run(CLOSED).stdout == "7\n"
