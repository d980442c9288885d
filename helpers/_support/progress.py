"""The progress bar of everything that trains; where BATCHNORM_COURSE_PROGRESS is 0 nobody sees one."""

import os

from helpers._support import threads


def shown(progress=True):
    """Whether a caller who passes this `progress` sees a bar."""
    return bool(progress) and os.environ.get("BATCHNORM_COURSE_PROGRESS") != "0"


def progress_bar(total, unit, progress=True, **settings):
    """A tqdm bar for `total` units, which disappears at its end; `settings` are tqdm's."""
    # Late: who loads data needs no bar. A page has neither a terminal to draw it in nor a thread to watch it from.
    if threads.ONE:
        from tqdm.notebook import tqdm

        tqdm.monitor_interval = 0
    else:
        from tqdm.auto import tqdm
    return tqdm(total=total, unit=unit, desc="training", disable=not shown(progress), leave=False, **settings)
