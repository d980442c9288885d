"""What this machine can do at most: products of float32 matrices, and copies of memory."""

import os
import platform
import threading

import numpy as np

from helpers._support.blas import one_thread
from helpers.experiments.plan import cores

SIZE = 1536


def products(size=SIZE, times=4):
    """A way whose work is floating-point operations: a product of two matrices on each core, side by side."""
    rng = np.random.default_rng(0)
    factors = [rng.random((3, size, size), dtype=np.float32) for _ in range(cores())]

    def multiply(a, b, out):
        for _ in range(times):
            np.matmul(a, b, out=out)

    def way():
        with one_thread():
            threads = [threading.Thread(target=multiply, args=tuple(three)) for three in factors]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return 2.0 * size**3 * times * len(threads)

    return way


def copies(x, times=20):
    """A way whose work is copies of the array x, made by one core."""
    target = np.empty_like(x)

    def way():
        for _ in range(times):
            np.copyto(target, x)
        return times

    return way


def describe():
    """What the figures depend on; no name, no path."""
    return {
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "numpy": np.__version__,
    }


def busy():
    """How many processes want a core at the moment, this one not counted; None where the system does not tell."""
    try:
        return max(0.0, os.getloadavg()[0])
    except (AttributeError, OSError):
        return None


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"
