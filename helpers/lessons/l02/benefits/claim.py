"""A claim, what was measured for it, and the verdict that follows."""

from dataclasses import dataclass, field, replace

import numpy as np

from helpers.experiments import Results, about, stats
from helpers.experiments.stats import Interval, paired_interval

LOGARITHMS = {"halvings of the time": 2.0, "decades of the learning rate": 10.0}
"""Units of effects that are logarithms, so that a gain and a loss weigh the same; they are shown as factors."""


@dataclass(frozen=True)
class Part:
    """One comparison with its own verdict; a claim has one part or several.

    Attributes
    ----------
    name : str
        What tells this part from the others, such as "sigmoid".
    interval : Interval
        Of the paired differences, with batch normalization minus without.
    unit : str
        Of the interval and of both thresholds.
    smallest_effect, equivalence_margin : float
        Stated in the experiment's source.
    """

    name: str
    interval: Interval
    unit: str
    smallest_effect: float
    equivalence_margin: float

    @property
    def verdict(self):
        """ "supported", "not supported", "harms" or "undecided" (see `helpers.experiments.stats.verdict`)."""
        return stats.verdict(self.interval, self.smallest_effect, self.equivalence_margin)

    @property
    def effect(self):
        """The median effect with its interval, such as "≈+1.2 points (−0.8 to +3.1)" or "≈2.8x (2.3–3.3)"."""
        base = LOGARITHMS.get(self.unit)
        ends = {
            name: base ** getattr(self.interval, name) if base else 100 * getattr(self.interval, name)
            for name in ("estimate", "low", "high")
        }
        return about(replace(self.interval, **ends), *((".1f", "x") if base else ("+.1f", " points")))

    @property
    def no_difference(self):
        """Whether a difference that matters is excluded on both sides."""
        return stats.no_difference(self.interval, self.equivalence_margin)


@dataclass(frozen=True)
class Claim:
    """One of the seven claims after its experiment.

    Attributes
    ----------
    number : int
    text : str
        What is said about batch normalization.
    parts : tuple of Part
    settings : tuple
        What was varied: rates, depths, names of activations; length X.
    values : dict
        For each side, False (without) and True (with), an array (S, X): a number for each seed and setting.
    results : Results
        Every run behind the values.
    chosen : dict
        For each side a tuple of the X experiments whose values are shown, their rates chosen on validation data.
    seeds : tuple of int
    """

    number: int
    text: str
    parts: tuple
    settings: tuple
    values: dict = field(repr=False)
    results: Results = field(repr=False)
    chosen: dict = field(repr=False)
    seeds: tuple

    @property
    def verdict(self):
        """The verdict of all parts together; "depends" where some are supported and others are not."""
        return stats.combine(part.verdict for part in self.parts)

    def table(self):
        """A pandas.DataFrame with a row for each part: effect, interval, thresholds, verdict."""
        import pandas as pd

        rows = [
            {
                "claim": f"{self.number} {self.text}",
                "part": part.name,
                "median effect": part.interval.estimate,
                "low": part.interval.low,
                "high": part.interval.high,
                "unit": part.unit,
                "smallest effect": part.smallest_effect,
                "seeds": part.interval.pairs,
                "verdict": part.verdict,
            }
            for part in self.parts
        ]
        return pd.DataFrame(rows)

    def __repr__(self):
        lines = [f"{self.number} {self.text}: {self.verdict} ({len(self.seeds)} seeds)"]
        width = max(len(part.name) for part in self.parts)
        lines += [f"    {part.name:<{width}}  {part.effect}: {part.verdict}" for part in self.parts]
        return "\n".join(lines)


class Scorecard:
    """Claims side by side, and what can be said about all of their intervals together."""

    def __init__(self, claims):
        self.claims = tuple(claims)

    @property
    def parts(self):
        """The parts of all claims."""
        return tuple(part for claim in self.claims for part in claim.parts)

    @property
    def verdicts(self):
        """A dict from each claim's number to its verdict."""
        return {claim.number: claim.verdict for claim in self.claims}

    @property
    def together(self):
        """The probability, at least, that all intervals hold their true medians (see `stats.together`)."""
        return stats.together(part.interval for part in self.parts)

    def table(self):
        """A pandas.DataFrame with a row for each part of each claim."""
        import pandas as pd

        return pd.concat([claim.table() for claim in self.claims], ignore_index=True)

    def __repr__(self):
        lines = [repr(claim) for claim in self.claims]
        chance = np.floor(100 * self.together)
        lines.append(f"{len(self.parts)} intervals; all of them hold with probability {chance:.0f}% or more")
        return "\n".join(lines)


def part(name, without, with_, *, unit, smallest_effect, equivalence_margin=None, resolution=0.0):
    """The Part for numbers (S,) of both sides; `resolution` is the step of the grid from which they were read."""
    interval = paired_interval(without, with_)
    if resolution:
        interval = interval.widen(resolution)
    return Part(name, interval, unit, smallest_effect, equivalence_margin or smallest_effect)
