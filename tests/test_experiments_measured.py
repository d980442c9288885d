"""experiments.measured: how a measured number is printed, and what a comparison of outputs forgives."""

import re
from pathlib import Path

import numpy as np
import pytest

from helpers.experiments import about, measured, pin, stats

SANITIZE = (Path(__file__).parent / "nbval_sanitize.cfg").read_text(encoding="ascii")
REGEX, REPLACE = (re.search(rf"^{key}: (.*)$", SANITIZE, re.MULTILINE).group(1) for key in ("regex", "replace"))


def sanitized(text):
    """The text as nbval compares it."""
    return re.sub(REGEX, REPLACE, text)


PRINTED = {
    "a number": ((0.9744,), {}, "≈0.974"),
    "a NumPy number": ((np.float32(0.5), ".2f"), {}, "≈0.50"),
    "a share": ((0.974, ".1%"), {}, "≈97.4%"),
    "a factor": ((55.83, ".1f", "x"), {}, "≈55.8x"),
    "a count": ((7, "d"), {"of": 1200}, "≈7 of 1,200"),
    "a loss": ((-1.25, ".2f"), {}, "≈−1.25"),
    "a small number": ((0.00002, ".0e"), {}, "≈2e-05"),
    "no difference": ((0.0, ".0e"), {}, "≈0"),
    "seeds": (([0.981, 0.968, 0.974],), {}, "≈0.974 (0.968–0.981)"),
    "counts of seeds": (([9, 7, 12, 19], "d"), {"of": 100}, "≈9 (7–19) of 100"),
    "signed seeds": (([-0.8, 1.2, 3.1], "+.1f", " points"), {}, "≈+1.2 points (−0.8 to +3.1)"),
    "each seed": (([0.31, 0.35], ".2f"), {"each": True}, "≈[0.31, 0.35]"),
    "an interval": ((stats.Interval(1.2, -0.8, 3.1, 0.006, 12), "+.1f", " points"), {}, "≈+1.2 points (−0.8 to +3.1)"),
}


@pytest.mark.parametrize("case", PRINTED)
def test_what_is_printed(case):
    arguments, options, text = PRINTED[case]
    assert about(*arguments, **options) == text


@pytest.mark.parametrize("text", [text for _, _, text in PRINTED.values()])
def test_a_comparison_forgives_the_whole_mark_and_the_padding_around_it(text):
    assert sanitized(f"with   {text}  , 12 seeds") == "with(measured), 12 seeds"
    assert sanitized(f"<td>{text}</td>") == "<td>(measured)</td>"


@pytest.mark.parametrize("unit", measured.UNITS)
def test_every_unit_is_covered_alone_and_after_a_list(unit):
    assert sanitized(f"a {about(0.5, unit=unit)}: b") == "a(measured): b"
    assert sanitized(f"a {about([0.5, 1], unit=unit, each=True)}: b") == "a(measured): b"


@pytest.mark.parametrize("change", ["0.97", "≈nan", "≈inf", "≈0.97 with", "≈0.97\n", "≈", "7 of ≈100"])
def test_a_comparison_forgives_nothing_else(change):
    assert sanitized(change) != sanitized("≈0.98 without")
    assert "nan" not in change or sanitized(change) == change


def test_no_number_and_a_strange_unit_are_refused():
    with pytest.raises(
        ValueError, match=r"^`value` must hold a number. Received: value=\[\]. Pass what was measured.$"
    ):
        about([])
    with pytest.raises(ValueError, match=r"^`unit` must be one of '', 'x', .* Received: unit='furlongs'"):
        about(1.0, unit="furlongs")


@pytest.mark.parametrize("condition", [False, np.array([True, False]), np.nan < 1])
def test_a_fact_that_does_not_hold_fails_the_build_and_the_tests(monkeypatch, condition):
    monkeypatch.setenv(measured.RAISES, "raise")
    with pytest.raises(AssertionError, match=r"^The text assumes that all arrive\. It does not hold here\.$"):
        pin(condition, "all arrive")


def test_a_learner_reads_one_sentence_and_goes_on(monkeypatch, capsys):
    monkeypatch.delenv(measured.RAISES, raising=False)
    pin(False, "all arrive")
    said = (
        "On this computer, or with these settings, it does not hold that all arrive: trust the numbers, not the text.\n"
    )
    assert capsys.readouterr().out == said


def test_a_fact_that_holds_is_not_mentioned(monkeypatch, capsys):
    monkeypatch.setenv(measured.RAISES, "raise")
    pin(np.array([0.3, 0.4]) < 0.65, "both lie below 0.65")
    assert capsys.readouterr().out == ""
