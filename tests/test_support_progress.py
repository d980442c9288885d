"""Who sees a progress bar."""

import pytest

from helpers._support import progress


@pytest.mark.parametrize(
    ("variable", "asked", "seen"), [("1", True, True), ("", True, True), ("1", False, False), ("0", True, False)]
)
def test_a_bar_is_shown_where_it_is_asked_for_and_not_switched_off(variable, asked, seen, monkeypatch):
    monkeypatch.setenv("BATCHNORM_COURSE_PROGRESS", variable)
    assert progress.shown(asked) is seen
    with progress.progress_bar(3, "step", asked) as bar:
        assert bar.disable is not seen
