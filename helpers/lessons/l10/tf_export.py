"""A Keras model in the TensorFlow Lite runtime: conversion, outputs, operators, and how long one image takes."""

import contextlib
import io
import time
import warnings

import numpy as np

from helpers.tf.quiet import silenced_descriptor, tf

__all__ = ["Runtime", "convert", "microseconds"]


@contextlib.contextmanager
def _quietly():
    """Without the lines that the converter and the runtime print: paths, addresses, a notice about another package."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        with contextlib.redirect_stdout(io.StringIO()), silenced_descriptor(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def convert(model, images=None):
    """The bytes of a .tflite file.

    Parameters
    ----------
    model : keras.Model
    images : array (N, ...), optional
        If given, kernels and activations become integers of 8 bits: kernels with a scale for each output channel,
        activations in the ranges that these images cause.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if images is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([image[np.newaxis]] for image in images)
    with _quietly():
        return converter.convert()


class Runtime:
    """A .tflite file, loaded: `runtime(images)` -> outputs (N, ...); `operators` are the names of its steps."""

    def __init__(self, content):
        with _quietly():
            self._interpreter = tf.lite.Interpreter(model_content=content, num_threads=1)
            self.operators = [one["op_name"] for one in self._interpreter._get_ops_details()]
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._shape = None

    def __call__(self, images):
        if images.shape != self._shape:
            with _quietly():
                self._interpreter.resize_tensor_input(self._input, images.shape)
                self._interpreter.allocate_tensors()
            self._shape = images.shape
        self._interpreter.set_tensor(self._input, images)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)


def microseconds(functions, image, *, rounds=200):
    """The median time of one call, for each of the functions, which take turns: a busy machine slows all of them."""
    for function in functions:
        function(image)
    seconds = np.empty((rounds, len(functions)))
    for i in range(rounds):
        for j, function in enumerate(functions):
            start = time.perf_counter()
            function(image)
            seconds[i, j] = time.perf_counter() - start
    return 1e6 * np.median(seconds, axis=0)
