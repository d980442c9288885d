"""Lesson 04's own figures: each seed's race, where each seed ended, and the two suspects at an initial sd of 5."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.figures import plots


def each_seed(results):
    """One line for each seed, no median: a panel for each result, titled with its learning rate; returns the figure.

    Parameters
    ----------
    results : list of helpers.experiments.Result
    """
    fig, axes = plt.subplots(1, len(results), figsize=(3.8 * len(results), 3.4), sharey=True, squeeze=False)
    for ax, result in zip(axes[0], results):
        style = plots.line_style(result.experiment.batch_norm)
        for accuracy in result.validation_accuracy:
            ax.plot(result.step, accuracy, **style, alpha=0.8, linewidth=1.3)
        guessing(ax.axhline, 0.1)
        ax.set(title=f"learning rate {result.experiment.learning_rate:g}", xlabel="training step", ylim=(0, 1.02))
        ax.set_xticks(np.linspace(0, result.experiment.steps, 3))
    axes[0, 0].set_ylabel(plots.LABELS["validation_accuracy"])
    axes[0, 0].text(result.step[-1], 0.11, "guessing", color=plots.GREY, ha="right", va="bottom")
    handle = axes[0, 0].get_lines()[0]
    fig.legend([handle], [f"{handle.get_label()}, a line for each seed"], loc="outside upper center")
    return fig


def ends(results):
    """Where each run ended: a point for each seed at its test accuracy, a row for each result; returns the figure.

    Parameters
    ----------
    results : list of helpers.experiments.Result
        All with the same `batch_norm`; rows are named by the learning rate.
    """
    fig, ax = plt.subplots(figsize=(7, 2.2))
    for row, result in enumerate(results):
        style = plots.line_style(result.experiment.batch_norm)
        height = row + np.linspace(-0.3, 0.3, len(result.seeds))  # in the order of the seeds: no point hides another
        ax.plot(result.test_accuracy, height, "o", color=style["color"], markersize=5)
    guessing(ax.axvline, 0.1)
    ax.axvline(0.5, color=plots.GREY, linewidth=1)
    ax.text(0.11, len(results) - 0.55, "guessing", color=plots.GREY, va="top")
    ax.text(0.49, len(results) - 0.55, "failed", color=plots.GREY, va="top", ha="right")
    names = [f"rate {result.experiment.learning_rate:g}" for result in results]
    ax.set(xlim=(0, 1.02), ylim=(-0.5, len(results) - 0.5), yticks=range(len(results)), yticklabels=names)
    ax.set_xlabel("test accuracy at the end, a point for each seed")
    ax.grid(visible=False, axis="y")
    return fig


def guessing(line, share):
    """The dotted grey line that marks what guessing gets: `line` is an Axes' axhline or axvline."""
    line(share, color=plots.GREY, linewidth=1, linestyle=":")


def suspects(results):
    """Races with batch normalization that differ in the initial sd of the hidden and of the output layer: a thin line
    for each seed, a thick one for the median.

    Parameters
    ----------
    results : mapping of Experiment to Result
        A panel for each learning rate.

    Returns
    -------
    matplotlib Figure
    """
    looks = {
        (False, False): (plots.BLUE, "-"),
        (False, True): (plots.GREEN, "-."),
        (True, False): (plots.VERMILION, "--"),
        (True, True): ("black", ":"),
    }
    rates = list(dict.fromkeys(experiment.learning_rate for experiment in results))
    fig, axes = plt.subplots(1, len(rates), figsize=(3.8 * len(rates), 3.8), sharey=True, squeeze=False)
    for experiment, result in results.items():
        ax = axes[0, rates.index(experiment.learning_rate)]
        output = experiment.output_init_scale or experiment.init_scale
        color, linestyle = looks[experiment.init_scale > 1, output > 1]
        label = f"hidden sd {experiment.init_scale:g}, output sd {output:g}"
        for accuracy in result.validation_accuracy:
            ax.plot(result.step, accuracy, color=color, linestyle=linestyle, linewidth=0.6, alpha=0.6)
        middle = np.median(result.validation_accuracy, axis=0)
        ax.plot(result.step, middle, color=color, linestyle=linestyle, label=label)
        ax.set(title=f"learning rate {experiment.learning_rate:g}", xlabel="training step", ylim=(0.5, 1.01))
    axes[0, 0].set_ylabel(plots.LABELS["validation_accuracy"])
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return fig
