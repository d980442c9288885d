"""A doctor for your own model: what is wrong with its batch normalization, measured, with a cure for each finding.

    from helpers import doctor

    print(doctor.examine(model, train_batches))
    repaired = doctor.recalibrate(model, train_batches)

It stands on `tf/`, `course/` and `figures/`; TensorFlow is imported when a Keras model is examined, the modules about
PyTorch when a PyTorch module is.
"""

import sys

from helpers.doctor.command import main
from helpers.doctor.findings import Finding
from helpers.doctor.report import Report

__all__ = ["Finding", "Report", "examine", "main", "recalibrate"]


def examine(model, batches, *, labels=None):
    """A Report of what is wrong with the batch normalization of a trained model; the model is left as it was.

    Parameters
    ----------
    model : keras.Model or torch.nn.Module
        Sequential, functional or subclassed, with other models in it or not. It has to be built, and should be as it
        was trained: compiled, with its optimizer, where weight decay is to be looked at. A module's batches are what
        its `forward` takes: tensors or arrays, or a `DataLoader`.
    batches : array, or iterable of batches
        Best the batches that the model is trained with, shuffled, a few hundred images in all: what `fit` takes, such
        as a `tf.data.Dataset` that ends, or a list of arrays or of tuples (inputs, labels). One array (N, ...) is taken
        32 rows at a time, and then nothing is said about the size of your batches.
    labels : array (N,) or (N, classes), optional
        With them, or with labels in the batches, accuracies are compared as well.

    Returns
    -------
    Report
        `print` it, show it in a notebook, `report.findings`, `report.names`, `report.to_dict()`, `report.exit_code`.

    Raises
    ------
    TypeError
        If the model is of another library, or batches is neither an array nor an iterable.
    ValueError
        If the model was never called, there is no batch, or labels and images differ in number.

    Notes
    -----
    Each image passes the model four times (twice in training mode, after which everything is put back). Data other than
    those of the training are allowed, and a memory that does not fit them is then reported: it may be drift.
    """
    return _library(model).examine(model, batches, labels)


def recalibrate(model, batches):
    """A copy of the model whose moving statistics are those of these batches; the model is left as it was.

    The only cure that is safe without another training: no weight changes, and what it writes is what training mode
    would compute from the batches together (dropout off). It repairs a memory that is late, lost, jumping or of other
    data, and nothing else. Pass training data, at least some hundred images, shuffled; or, after a drift, new data.

    Raises
    ------
    TypeError
        If the model is of another library, or one that Keras cannot copy.
    """
    return _library(model).recalibrate(model, batches)


def _library(model):
    torch = sys.modules.get("torch")  # whoever has a module has imported it
    if torch is not None and isinstance(model, torch.nn.Module):
        from helpers.doctor import torch_examine

        return torch_examine
    from helpers.doctor import tf_examine

    return tf_examine
