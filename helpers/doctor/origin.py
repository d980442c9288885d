"""What the graphs of both libraries are asked: where a value comes from."""

from typing import NamedTuple


class Origin(NamedTuple):
    """Where a value of a model's graph comes from, along one path."""

    kernel: object = None
    """The last operation with weights, in the graph's own form."""
    norm: object = None
    """The normalization since then."""
    bent: bool = False
    """Whether a nonlinearity, or a sum of two paths, came since."""
    turned: bool = False
    """Whether axes were exchanged since."""
