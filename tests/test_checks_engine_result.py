"""helpers.checks.engine.result: what a learner sees, as plain text and as HTML."""

import numpy as np
import pytest

from helpers.checks.engine.result import CheckResult, Row

FAILED = CheckResult(
    exercise="forward",
    passed=False,
    diagnosis="epsilon-outside-sqrt",
    hint="Is it added to the variance?",
    table=(Row("mean", True, 3e-7, 1e-5), Row("y <of> a", False, 1.284), Row("note", None, None)),
    hints=("Most features agree.", "Is it added to the variance?"),
    printed="a & b\nc",
)
PASSED = CheckResult("fold", True, None, "Right.", (Row("kernel", True, 0.0, 1e-3),))


def test_plain_text_holds_headline_hints_table_and_what_was_printed():
    assert str(FAILED) == (
        "forward: not yet (epsilon-outside-sqrt).\n"
        "Most features agree.\n"
        "Is it added to the variance?\n"
        "\n"
        "  step      verdict       largest difference\n"
        "  mean      ok            < 1e-05\n"
        "  y <of> a  differs       1.3\n"
        "  note      not compared\n"
        "\n"
        "Your code printed:\n"
        "  a & b\n"
        "  c"
    )


def test_a_passed_check_says_so_first():
    assert str(PASSED) == (
        "fold: passed.\nRight.\n\n  step    verdict       largest difference\n  kernel  ok            < 0.001"
    )


def test_a_stub_is_not_called_a_failure():
    result = CheckResult("fold", False, "not-attempted", "Nothing to check yet.")
    assert str(result) == "fold: not attempted yet.\nNothing to check yet."


def test_the_shell_shows_the_plain_text():
    assert repr(PASSED) == str(PASSED)


def test_html_is_a_table_with_a_heading_for_each_column():
    assert PASSED._repr_html_() == (
        '<div class="course-check" style="border-left: 4px solid #00664B; padding-left: 0.8em">'
        '<p><strong style="color: #00664B">fold: passed.</strong></p><p>Right.</p>'
        "<table><thead><tr><th>step</th><th>verdict</th><th>largest difference</th></tr></thead><tbody>"
        "<tr><td>kernel</td><td>ok</td><td>&lt; 0.001</td></tr></tbody></table></div>"
    )


def test_html_escapes_names_and_what_was_printed():
    shown = FAILED._repr_html_()
    assert "<td>y &lt;of&gt; a</td>" in shown
    assert "<pre>a &amp; b\nc</pre>" in shown


def test_html_shows_every_hint_so_far():
    assert "<p>Most features agree.</p><p>Is it added to the variance?</p>" in FAILED._repr_html_()


@pytest.mark.parametrize(
    ("result", "colour"),
    [(PASSED, "#00664B"), (FAILED, "#A33A00"), (CheckResult("fold", False, "not-attempted", ""), "#555555")],
    ids=["passed", "failed", "not attempted"],
)
def test_colour_repeats_what_the_words_say(result, colour):
    assert f"4px solid {colour}" in result._repr_html_()


@pytest.mark.parametrize(
    ("row", "verdict", "shown"),
    [
        (Row("y", True, 2.1e-6, 3e-5), "ok", "< 0.0001"),
        (Row("y", True, 2.1e-6, 1e-4), "ok", "< 0.0001"),
        (Row("y", True, None), "ok", ""),
        (Row("y", False, 0.0123456, 1e-5), "differs", "0.012"),
        (Row("y", False, np.inf, 1e-5), "differs", "not a finite number"),
        (Row("y", False, np.nan, 1e-5), "differs", "another shape"),
        (Row("y", None, None), "not compared", ""),
    ],
)
def test_a_line_of_the_table(row, verdict, shown):
    assert (row.verdict, row.shown) == (verdict, shown)


def test_only_the_beginning_of_what_was_printed_is_shown():
    result = CheckResult("fold", True, None, "Right.", printed="\n".join(map(str, range(500))))
    assert str(result).splitlines()[-1] == "  19"


def test_html_shows_what_stands_between_backticks_as_code():
    result = CheckResult("forward", False, "wrong-values", "`x < y` differs, `mean` does not; a lone ` stays.")
    assert "<p><code>x &lt; y</code> differs, <code>mean</code> does not; a lone ` stays.</p>" in result._repr_html_()
