"""Sensitivity and false alarms: eleven models of ten architectures, healthy and with every fault that they can have.

`make test` takes a sample; `make test-weekly` all of it, with three seeds, and prints the table (`pytest -s`).
"""

from collections import Counter

import pytest

from helpers import doctor
from helpers.doctor.findings import FINDINGS
from tests import doctor_models as small

pytestmark = pytest.mark.keras
SEEDS = (0, 1, 2)
SAMPLE = [
    ("dense", "memory lost"),
    ("dense", "too few steps"),
    ("dense", "batches of two"),
    ("dense", "weight decay"),
    ("dense", "training=True in the call"),
    ("plain conv", "wrong axis"),
]


def named(name, fault, seed):
    """Whether the fault that was planted is among the findings, and the names of all."""
    plant, due = small.FAULTS[fault]
    found = doctor.examine(*plant(name, seed)).names
    return bool(set(due.split()) & set(found)), found


@pytest.mark.parametrize(("name", "fault"), SAMPLE)
def test_a_planted_fault_is_named(name, fault):
    assert named(name, fault, 0)[0]


@pytest.mark.parametrize("name", ["dense", "transformer"])
def test_a_healthy_model_gets_no_finding(name):
    assert doctor.examine(small.healthy(name, 0), small.batches(name, 0)).names == []


@pytest.mark.parametrize("fault", ["memory lost", "too few steps", "momentum too near 1"])
def test_recalibrating_gives_back_what_a_bad_memory_took(fault):
    model, batches = small.FAULTS[fault][0]("dense", 0)
    repaired = doctor.examine(doctor.recalibrate(model, batches), batches)
    assert repaired.names == []
    right = [one.facts.right_by_memory.mean() for one in (doctor.examine(model, batches), repaired)]
    assert right[1] > right[0] + 0.03


@pytest.mark.weekly
@pytest.mark.timeout(3600)
def test_nineteen_of_twenty_faults_are_named_and_one_alarm_in_fifty_is_false():
    alarms, misses, hits, planted = [], [], Counter(), Counter()
    for name in small.MODELS:
        for seed in SEEDS:
            found = doctor.examine(small.healthy(name, seed), small.batches(name, seed)).names
            alarms += [(name, seed, finding) for finding in found]
            for fault in small.applicable(name):
                hit, found = named(name, fault, seed)
                hits[fault, name] += hit
                planted[fault, name] += 1
                misses += [] if hit else [(name, seed, fault, found)]
    print("\n" + _table(hits, planted), *misses, *alarms, sep="\n")
    assert sum(hits.values()) >= 0.95 * sum(planted.values())
    assert len(alarms) <= 0.02 * len(small.MODELS) * len(SEEDS) * len(FINDINGS)


def _table(hits, planted):
    lines = [f"{'':<30}" + " ".join(f"{name[:9]:>9}" for name in small.MODELS)]
    for fault in small.FAULTS:
        cells = [f"{hits[fault, n]}/{planted[fault, n]}" if planted[fault, n] else "-" for n in small.MODELS]
        lines.append(f"{fault:<30}" + " ".join(f"{cell:>9}" for cell in cells))
    return "\n".join([*lines, f"named: {sum(hits.values())} of {sum(planted.values())}"])
