"""Interactive figures on ipywidgets, one module each; a class shows itself as the last expression of a cell.

    canvas, frame         a figure that is reused, and what all widgets have in common
    steps                 one column through the four steps of the transform (lesson 01)
    transform             a batch before and after the layer (01)
    scrubber              what the layers receive, step by step (01)
    race, race_engine     two networks train live (04)
    modes                 training or inference: what batch-mates do to one image (05)
    momentum              fast or steady: the lag of the moving mean (05)
    axes                  which cells share a statistic (06)
    latent                a walk from one sample of a generator to another (08)
    progress_map          what builds on what, and what is passed (00)

Nothing is fetched from the network: each picture is drawn by the kernel and shown by ipywidgets' own Image.
"""

from helpers.widgets.axes import AxesExplorer
from helpers.widgets.latent import LatentWalk
from helpers.widgets.modes import ModesExplorer
from helpers.widgets.momentum import MomentumExplorer
from helpers.widgets.progress_map import ProgressMap
from helpers.widgets.race import RaceDashboard
from helpers.widgets.scrubber import ActivationScrubber, record
from helpers.widgets.steps import TransformSteps
from helpers.widgets.transform import TransformExplorer

__all__ = [
    "ActivationScrubber",
    "AxesExplorer",
    "LatentWalk",
    "ModesExplorer",
    "MomentumExplorer",
    "ProgressMap",
    "RaceDashboard",
    "TransformExplorer",
    "TransformSteps",
    "record",
]
