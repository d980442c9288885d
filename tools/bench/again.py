"""The published demonstration again: 2,000 steps of one run on MNIST, then the first 200 test images."""

import numpy as np

from bench.measure import Row
from helpers import data
from helpers.data import mnist
from helpers.experiments import Experiment, train

STEPS = 2000
PUBLISHED_SECONDS = 4  # "under 4 seconds" for the 2,000 steps, on its author's machine


def rows(settings):
    """Seconds of training, and the accuracy; nothing where MNIST is not on this machine."""
    try:
        if mnist.find() is None:
            return []
    except FileNotFoundError:
        return []
    experiment = Experiment(True, "relu", dataset="mnist", steps=settings.steps or STEPS, evaluations=1)
    seconds, right = [], []
    with settings.bar("published demonstration", settings.repeats) as tick:
        for seed in range(settings.repeats):
            result = train(experiment, seeds=[seed], progress=False)
            split = data.load("mnist", split=seed)
            predicted = result.network(seed).predict(split.x_test[:200].reshape(200, -1)).argmax(axis=1)
            right.append(float(np.mean(predicted == split.y_test[:200])))
            seconds.append(float(result.seconds[0]))
            tick()
    group = f"{experiment.steps:,} steps on MNIST, published in under {PUBLISHED_SECONDS} s"
    return [
        Row(group, "seconds of training", tuple(seconds), "s", ("at most", 1.5)),
        Row(group, "accuracy on the first 200 test images", tuple(right), ""),
    ]
