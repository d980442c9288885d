"""Which runs train side by side: those of equal shape, as many as keep every core busy and every step short."""

import math
import os
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from helpers._support import threads

# The settings in which runs of one stack may differ.
FREE = ("learning_rate", "init_scale", "output_init_scale", "weight_decay")

# In floating-point operations; a core makes 5e10 to 1e11 a second.
WIDTH = 8  # runs of one stack, at most: more of them train no faster
SHORTEST_STEP = 1.5e7  # of a step of a stack: below, two threads mostly wait for Python's lock
LONGEST_STEP = 1.5e8  # of a step of a stack: beyond, what the step needs leaves the cache, and Ctrl-C waits for it
LONG = 2e11  # of all steps: from here on, processes are worth starting


def stacks(pairs, workers):
    """The (experiment, seed) pairs in lists of equal shape, divided so that all workers are busy; costliest first.

    Runs of one seed stand together: they see the same images in the same order.
    """
    groups = {}
    for pair in pairs:
        groups.setdefault(shape(pair[0]), []).append(pair)
    divided = []
    for group in groups.values():
        width = max(1, min(WIDTH, int(LONGEST_STEP / max(1, operations(group[0][0])))))
        count = -(-len(group) // width)
        if len(groups) % workers:  # the groups alone would leave a worker idle at the end
            narrowest = max(1, int(SHORTEST_STEP / max(1, operations(group[0][0])) + 0.5))
            count = max(count, min(len(group) // narrowest, -(-count // workers) * workers))
        group = sorted(group, key=lambda pair: pair[1])
        places = [len(group) * i // count for i in range(count + 1)]
        divided += [group[start:end] for start, end in pairwise(places)]
    return sorted(divided, key=lambda stack: -len(stack) * stack[0][0].steps * operations(stack[0][0]))


def shape(experiment):
    """Equal for experiments that can train in one stack."""
    return tuple((name, value) for name, value in vars(experiment).items() if name not in FREE)


def operations(experiment):
    """Roughly the floating-point operations in one step of one run: two for each weight and image, three times over."""
    sizes = (784 if experiment.dataset == "mnist" else 64, *experiment.hidden, 10)
    return 6 * experiment.batch_size * sum(a * b for a, b in pairwise(sizes))


def is_long(pairs):
    """Whether training these takes some seconds."""
    return sum(experiment.steps * operations(experiment) for experiment, _ in pairs) >= LONG


def cores():
    """How many cores this process may use: those it is bound to, and no more than a quota pays for or a hub allows."""
    if threads.ONE:
        return 1
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(bound, quota(), allowed_by_hub()))


def quota(folder=Path("/sys/fs/cgroup"), own=Path("/proc/self/cgroup")):
    """The cores that the CPU quotas on this process pay for, rounded up; infinity where there is none.

    A container has its quota at the top of `folder`, a service of systemd in the folder that `own` names, or above it.
    """
    groups = {""}
    with suppress(OSError, IndexError):
        groups |= {line.split(":", 2)[2].strip("/") for line in own.read_text().splitlines()}
    paid = [math.inf]
    for place in {place for group in groups for place in (Path(group), *Path(group).parents)}:
        cpu = folder / "cpu" / place
        for files in ((folder / place / "cpu.max",), (cpu / "cpu.cfs_quota_us", cpu / "cpu.cfs_period_us")):  # v2, v1
            with suppress(OSError, ValueError):
                allowed, period = (int(word) for file in files for word in file.read_text().split())
                if allowed > 0 and period > 0:
                    paid.append(math.ceil(allowed / period))
    return min(paid)


def allowed_by_hub():
    """The cores that JupyterHub allows a learner's server (CPU_LIMIT), rounded down; infinity where there is none."""
    with suppress(KeyError, ValueError, OverflowError):
        return int(float(os.environ["CPU_LIMIT"]))
    return math.inf
