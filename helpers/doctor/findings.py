"""What the measurements mean: one function for each finding, from the Facts to (layer, number, how sure).

The words for each are in texts/LANGUAGE.toml under the finding's name. The limits below were set by the models of
tests/test_doctor_table.py, healthy and ill.
"""

import functools
import tomllib
from dataclasses import asdict, dataclass
from importlib import resources

import numpy as np

LANGUAGE = "en"
FINDINGS = {}
"""{name: function}, in the order in which the faults are best repaired."""

CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"

MEAN_OFF, VARIANCE_OFF = 0.5, 0.8
"""Root mean squares from which a memory is far from the data: in standard deviations, and of the log of the ratio."""
LATE, EXPLAINED = 0.05, 0.7
"""The share of its start that a memory may hold, and the part of its distance that this share must account for."""
FAST, SLOW = 0.5, 0.99
"""Momenta below the first keep little but the last batch; above the second a memory needs hundreds of steps."""
OUTPUT_GAP, ACCURACY_GAP = 0.5, 0.05
NOISY = 0.4
"""Standard deviations by which chance moves the mean of one batch."""
DEAD_GAMMA, SHARE = 0.01, 0.1


@dataclass
class Finding:
    """One fault in one layer, or in the whole model ("model")."""

    name: str
    layer: str
    number: float | None
    sure: str
    symptom: str
    why: str
    lesson: str
    cure: str

    def to_dict(self):
        """The fields by name, for JSON: a number that is not finite becomes None."""
        number = self.number if self.number is not None and np.isfinite(self.number) else None
        return asdict(self) | {"number": number}


def judge(facts):
    """All Findings, the first to repair first."""
    found = []
    for name, look in FINDINGS.items():
        words = texts()[name] | texts()[name].get(facts.library, {})
        for layer, number, sure in look(facts):
            why = words["why"].format(layer=layer, number=number)
            found.append(Finding(name, layer, number, sure, words["symptom"], why, words["lesson"], words["cure"]))
    return found


@functools.cache
def texts():
    """{name: {"symptom", "why", "lesson", "cure"}}, and "report" with the report's own words.

    What differs for PyTorch is in a table "torch" inside of each.
    """
    return tomllib.loads((resources.files(__package__) / "texts" / f"{LANGUAGE}.toml").read_text(encoding="utf-8"))


def finding(name):
    """Enter a function from Facts to (layer, number, how sure), once for each fault, into FINDINGS."""

    def enter(look):
        FINDINGS[name] = look
        return look

    return enter


def in_each(name, sure=CERTAIN):
    """Enter a function of one Norm and the Facts: a number, or True, where the fault is; None or False where not.

    sure is how sure that is, or a function that says it of a Norm.
    """

    def enter(look):
        def everywhere(facts):
            numbers = ((norm, look(norm, facts)) for norm in facts.norms)
            for norm, number in numbers:
                if number is not None and number is not False:
                    yield norm.path, None if number is True else number, sure(norm) if callable(sure) else sure

        FINDINGS[name] = everywhere
        return look

    return enter


# -- The memory -------------------------------------------------------------------------------------------------------


@in_each("memory-not-finite")
def memory_not_finite(norm, facts):
    return norm.unusable or None


@in_each("moving-not-updated", lambda norm: CERTAIN if norm.by_batch else LIKELY)
def moving_not_updated(norm, facts):
    still = norm.trainable and not norm.moved and not facts.frozen_whole and not norm.unusable
    return still and norm.memory_dtype is not None and (norm.by_batch or norm.at_start)


@in_each("frozen-wrongly", lambda norm: CERTAIN if norm.at_start else LIKELY)
def frozen_wrongly(norm, facts):
    return bool(not norm.trainable and norm.kernel_trainable and (norm.at_start or _far(norm)))


@in_each("restored-without-moving-statistics", LIKELY)
def restored_without(norm, facts):
    return _gain(facts) if _never_written(norm, facts) and _good_by_batch(facts) else None


@in_each("missing-training-flag", LIKELY)
def missing_training_flag(norm, facts):
    return _never_written(norm, facts) and not _good_by_batch(facts)


def _good_by_batch(facts):
    """Whether the model is good, and only by the batch: it has learned in training mode. By chance one is not good."""
    return _gain(facts) >= ACCURACY_GAP and np.mean(facts.right_by_batch) > 0.5


def _never_written(norm, facts):
    frozen = facts.frozen_whole or not (norm.trainable or norm.kernel_trainable)
    return norm.at_start and (norm.moved or frozen)


@in_each("momentum-near-one")
def momentum_near_one(norm, facts):
    return _late(norm, facts) if (norm.momentum or 0) > SLOW else None


@in_each("statistics-lag", LIKELY)
def statistics_lag(norm, facts):
    return _late(norm, facts) if (norm.momentum or 0) <= SLOW else None


def _late(norm, facts):
    """The share of its start that a memory still holds, or None; one that is its start whole is another finding."""
    if not norm.known or norm.at_start or max(norm.mean_off, norm.variance_off) < 0.1:
        return None
    share, fit = norm.share_of_start()
    left = norm.momentum**facts.iterations if facts.iterations and norm.momentum is not None else None
    if left is not None and left < 0.01:
        return None  # steps enough
    due = EXPLAINED if left is None or left < LATE else EXPLAINED / 2  # the number of steps says the same
    return share if LATE < share < 1 and fit > due else None


@in_each("statistics-off", LIKELY)
def statistics_off(norm, facts):
    far = _far(norm) and not norm.at_start and _late(norm, facts) is None
    return max(norm.mean_off, norm.variance_off) if far else None


def _far(norm):
    return norm.known and (norm.mean_off > MEAN_OFF or norm.variance_off > VARIANCE_OFF)


@in_each("momentum-inverted")
def momentum_inverted(norm, facts):
    return norm.momentum if norm.momentum is not None and norm.momentum < FAST else None


@in_each("half-precision-statistics")
def half_precision_statistics(norm, facts):
    return norm.memory_dtype in ("float16", "bfloat16")


# -- The modes --------------------------------------------------------------------------------------------------------


@finding("batch-statistics-at-inference")
def batch_statistics_at_inference(facts):
    if facts.mates_differ is not None and facts.mates_differ > facts.precision:
        yield "model", facts.mates_differ, CERTAIN


@in_each("moving-updated-at-inference")
def moving_updated_at_inference(norm, facts):
    return norm.moved_at_inference


@finding("mode-gap")
def mode_gap(facts):
    if any(norm.by_batch and (norm.noise or 0) > NOISY for norm in facts.norms):
        return  # by such batches the outputs are bad, and that is another finding
    if facts.right_by_batch is None:
        if facts.output_gap is not None and facts.output_gap > OUTPUT_GAP:
            yield "model", facts.output_gap, LIKELY
    elif _gain(facts) >= ACCURACY_GAP or _gain(facts) <= -2 * ACCURACY_GAP:
        yield "model", _gain(facts), CERTAIN


def _gain(facts):
    """The accuracy by the batch less that by the memory; 0 where chance may account for it, or nobody knows."""
    if facts.right_by_batch is None:
        return 0.0
    better = int(np.sum(facts.right_by_batch & ~facts.right_by_memory))
    worse = int(np.sum(facts.right_by_memory & ~facts.right_by_batch))
    told = abs(better - worse) > 2 * np.sqrt(better + worse)
    return float((better - worse) / len(facts.right_by_batch)) if told else 0.0


@in_each("batch-too-small", LIKELY)
def batch_too_small(norm, facts):
    return norm.noise if facts.batch_size is not None and norm.by_batch and (norm.noise or 0) > NOISY else None


# -- Frozen and thawed ------------------------------------------------------------------------------------------------


@in_each("frozen-layer-updates", lambda norm: POSSIBLE if norm.trainable else CERTAIN)
def frozen_layer_updates(norm, facts):
    return norm.moved and (not norm.trainable or norm.kernel_trainable is False)


@in_each("trainable-changed", LIKELY)
def trainable_changed(norm, facts):
    return not facts.frozen_whole and norm.in_optimizer not in (None, norm.trainable)


@in_each("decays-gamma-beta")
def decays_gamma_beta(norm, facts):
    return len(norm.decays) if norm.decays else None


# -- The surroundings -------------------------------------------------------------------------------------------------


@in_each("axis-not-features")
def axis_not_features(norm, facts):
    axes = len(norm.shape)
    told = norm.axis is not None and norm.features_axis is not None and axes > 2
    return norm.axis if told and norm.axis % axes != norm.features_axis % axes else None


@in_each("after-output", LIKELY)
def after_output(norm, facts):
    return norm.behind_output


@in_each("activated-twice", LIKELY)
def activated_twice(norm, facts):
    return bool(norm.activated_before and norm.activated_after)


@in_each("activation-missing", LIKELY)
def activation_missing(norm, facts):
    return norm.straight_to is not None


@in_each("bias-kept")
def bias_kept(norm, facts):
    return norm.bias is not None and axis_not_features(norm, facts) is None


@in_each("gamma-dead")
def gamma_dead(norm, facts):
    dead = np.abs(norm.gamma) < DEAD_GAMMA if norm.gamma is not None else np.zeros(1)
    return float(dead.mean()) if dead.sum() > 1 and dead.mean() >= SHARE else None


@in_each("variance-below-epsilon")
def variance_below_epsilon(norm, facts):
    middle = np.median(norm.variance) if norm.variance is not None else np.inf
    return float(middle) if middle < norm.epsilon / 10 else None
