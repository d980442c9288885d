"""Intervals and verdicts for paired experiments with few seeds, and what may be said when there are several of them.

Two sides are paired by seed: equal images, initial weights and order of batches. What is compared is the difference of
each pair, never the two clouds.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import stats

from helpers._support import validate

CONFIDENCE = 0.99
GUARD = 0.25
FEWEST_PAIRS = 10
GUARD_ADVICE = "Pass a share of the threshold, such as 0.25."
BEFOREHAND = "State it before looking at the result."

SUPPORTED, NOT_SUPPORTED, HARMS = "supported", "not supported", "harms"
UNDECIDED, DEPENDS = "undecided", "depends"


@dataclass(frozen=True)
class Interval:
    """The median of paired differences, and an interval for it.

    estimate : the median of the differences measured
    low, high : the interval's ends, in the unit of the differences
    miss : the probability, at most, that such an interval does not hold the true median; 0.0063 for 12 pairs
    pairs : how many differences
    """

    estimate: float
    low: float
    high: float
    miss: float
    pairs: int

    def widen(self, resolution):
        """The same with `resolution` added on both sides: for thresholds that were read off a grid of this step."""
        resolution = validate.number("resolution", resolution, low=0, advice="Pass the step of the grid.")
        return Interval(self.estimate, self.low - resolution, self.high + resolution, self.miss, self.pairs)


def paired_interval(without, with_, *, confidence=CONFIDENCE):
    """The median of `with_ - without` over the seeds, with an interval that holds its coverage for any distribution.

    Each difference falls below the true median with probability 1/2, whatever the distribution, so the number that do
    is Binomial(n, 1/2). The interval runs from the k-th smallest to the k-th largest difference, k as large as possible
    with 2 * P(Binomial(n, 1/2) < k) <= 1 - confidence (`scipy.stats.quantile_test`, the inverted sign test). For 99%:
    10 seeds, smallest to largest; 12 seeds, second smallest to second largest.

    Why not the usual ones? Accuracies are bounded, skewed, come in steps of one image, and now and then one run of ten
    fails. Simulated with 10 pairs at 95% (tests/test_stats.py):

    ==========================  ========  ==============  ===============  ============
    differences                 Student   BCa bootstrap   signed ranks     this one
                                (mean)    (mean)          (pseudo-median)  (median)
    ==========================  ========  ==============  ===============  ============
    normal                      0.95      0.88            0.94             0.98
    accuracies near 1           0.93      0.89            0.93             0.98
    strongly skewed             0.90      0.85            0.94             0.98
    one run in ten fails        0.65      0.61            0.94             0.98
    ==========================  ========  ==============  ===============  ============

    Signed ranks (Wilcoxon, Hodges & Lehmann) come near, but only a symmetric distribution guarantees it. What this
    interval costs is width: about a quarter more than Student's where the differences are normal.

    Parameters
    ----------
    without, with_ : (S,) array of real numbers
        One number for each seed, in the same order of seeds; at least 10.
    confidence : float in (0, 1)
        The coverage that the interval has at least.

    Returns
    -------
    Interval

    Raises
    ------
    TypeError, ValueError
        If the two are not finite vectors of one length, there are fewer than 10 pairs, or too few for the confidence.

    Examples
    --------
    >>> paired_interval(np.zeros(12), np.arange(12.0))
    Interval(estimate=5.5, low=1.0, high=10.0, miss=0.00634765625, pairs=12)

    Note
    ----
    The median says what a typical run gains. It does not see a failure in one run of ten: count failures beside it.
    """
    without = validate.finite("without", validate.real_array("without", without)).astype(np.float64)
    with_ = validate.finite("with_", validate.real_array("with_", with_)).astype(np.float64)
    if without.ndim != 1 or without.shape != with_.shape:
        raise ValueError(
            "`without` and `with_` must be vectors of one length, a number for each seed. "
            f"Received: without.shape={without.shape}, with_.shape={with_.shape}. Train both sides with the same seeds."
        )
    advice = "Pass a number above 0 and below 1, such as 0.99."
    confidence = validate.number("confidence", confidence, low=0, high=1, advice=advice)
    pairs, differences = len(without), with_ - without
    if pairs < FEWEST_PAIRS:
        raise ValueError(
            f"An interval needs at least {FEWEST_PAIRS} pairs. {validate.received(pairs=pairs)} Train more seeds."
        )
    # The ranks of the two ends: the same method on the numbers 1 to n.
    rank = np.nan
    if 0 < confidence < 1:
        rank = stats.quantile_test(np.arange(1.0, pairs + 1), p=0.5).confidence_interval(confidence).low
    if not np.isfinite(rank):
        raise ValueError(
            f"`confidence` must be one that {pairs} pairs can give. {validate.received(confidence=confidence)} "
            "Lower it, or train more seeds."
        )
    low, high = stats.quantile_test(differences, p=0.5).confidence_interval(confidence)
    miss = 2 * stats.binom.cdf(rank - 1, pairs, 0.5)
    return Interval(float(np.median(differences)), float(low), float(high), float(miss), pairs)


def verdict(interval, smallest_effect, equivalence_margin, *, guard=GUARD):
    """What the interval says about the claim "the effect is at least `smallest_effect`", which is stated beforehand.

    - "supported": the whole interval lies above `smallest_effect`;
    - "harms": the whole interval lies below `-smallest_effect`: a loss that matters;
    - "not supported": the whole interval lies below `equivalence_margin`, but a loss that matters is not shown;
    - "undecided": none of these.

    An interval that contains 0 supports nothing: it may be wide. "No difference" is claimed by `no_difference` alone.

    Parameters
    ----------
    interval : Interval
    smallest_effect : float above 0
        The smallest effect that matters, in the interval's unit.
    equivalence_margin : float above 0, at most smallest_effect
        Effects smaller than this count as none.
    guard : float in [0, 1)
        How far beyond a threshold the interval has to stay, as a share of the threshold: an interval that ends close
        to one would cross it with other seeds, and is "undecided".

    Raises
    ------
    TypeError, ValueError
        If a number is outside its range, or the margin exceeds the smallest effect.

    Examples
    --------
    >>> verdict(Interval(0.05, 0.03, 0.07, 0.006, 12), smallest_effect=0.02, equivalence_margin=0.02)
    'supported'
    >>> verdict(Interval(0.00, -0.01, 0.01, 0.006, 12), smallest_effect=0.02, equivalence_margin=0.02)
    'not supported'
    >>> verdict(Interval(-0.06, -0.09, -0.04, 0.006, 12), smallest_effect=0.02, equivalence_margin=0.02)
    'harms'
    >>> verdict(Interval(0.01, -0.03, 0.05, 0.006, 12), smallest_effect=0.02, equivalence_margin=0.02)
    'undecided'
    """
    smallest_effect = validate.positive("smallest_effect", smallest_effect, advice=BEFOREHAND)
    equivalence_margin = validate.positive("equivalence_margin", equivalence_margin, advice=BEFOREHAND)
    if equivalence_margin > smallest_effect:
        raise ValueError(
            "`equivalence_margin` must be at most `smallest_effect`. "
            f"{validate.received(equivalence_margin=equivalence_margin, smallest_effect=smallest_effect)} "
            "What counts as no difference cannot be an effect that matters."
        )
    guard = validate.share("guard", guard, advice=GUARD_ADVICE)
    if interval.low > smallest_effect * (1 + guard):
        return SUPPORTED
    if interval.high < -smallest_effect * (1 + guard):
        return HARMS
    if interval.high < equivalence_margin * (1 - guard):
        return NOT_SUPPORTED
    return UNDECIDED


def no_difference(interval, equivalence_margin, *, guard=GUARD):
    """Whether the whole interval lies between -equivalence_margin and equivalence_margin (two one-sided tests, TOST).

    Examples
    --------
    >>> no_difference(Interval(0.0, -0.01, 0.01, 0.006, 12), 0.02)
    True
    >>> no_difference(Interval(0.0, -0.05, 0.05, 0.006, 12), 0.02)
    False
    """
    bound = validate.positive("equivalence_margin", equivalence_margin, advice=BEFOREHAND) * (
        1 - validate.share("guard", guard, advice=GUARD_ADVICE)
    )
    return -bound < interval.low and interval.high < bound


def combine(verdicts):
    """The verdict on a claim that has several parts, from the verdicts of the parts.

    All equal: that verdict. Some supported, or some that harm, and others not: "depends" (on what tells the parts
    apart). Else some are undecided: "undecided".

    Examples
    --------
    >>> combine(["supported", "harms"]), combine(["not supported", "undecided"])
    ('depends', 'undecided')
    """
    verdicts = validate.items("verdicts", verdicts, advice="Pass the verdict of each part.")
    verdicts = [validate.one_of("verdict", v, (SUPPORTED, NOT_SUPPORTED, HARMS, UNDECIDED, DEPENDS)) for v in verdicts]
    if not verdicts:
        raise ValueError("`verdicts` must be at least one. Received: verdicts=[]. Pass the verdict of each part.")
    if all(a == b for a, b in pairwise(verdicts)):
        return verdicts[0]
    return DEPENDS if {SUPPORTED, HARMS, DEPENDS} & set(verdicts) else UNDECIDED


def together(intervals):
    """The probability, at least, that all of these intervals hold their true medians: 1 - the sum of their misses.

    One interval in a hundred may miss; of twenty, some one misses far more often. This bound (Bonferroni's) needs no
    independence, so intervals that share runs are allowed.

    Examples
    --------
    >>> round(together([Interval(0, 0, 0, miss=0.01, pairs=12)] * 5), 6)
    0.95
    """
    return max(0.0, 1.0 - sum(interval.miss for interval in intervals))
