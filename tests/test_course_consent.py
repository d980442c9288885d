"""helpers.course.consent: what the instructor may see is what the learner last said, and nothing by default."""

import json

import pytest

from helpers.course import consent, progress


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHNORM_COURSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


NOTHING = "The class view shows nothing of yours."


def test_nothing_is_shared_by_default_and_no_file_is_made(home):
    assert consent.given() == NOTHING
    assert not home.exists()


def test_consent_is_to_counts_and_the_name_is_asked_for_by_itself():
    assert consent.give() == "The class view counts your results, without your name."
    assert consent.give(name=True) == "The class view counts your results and shows your name."
    assert consent.give() == "The class view counts your results, without your name."


def test_consent_can_be_withdrawn_at_any_time(home):
    consent.give(name=True)
    assert consent.withdraw() == NOTHING
    assert not (home / "consent.json").exists()
    assert consent.withdraw() == NOTHING


def test_the_answer_lies_beside_the_record_and_does_not_touch_it():
    progress.record("forward", True)
    consent.give()
    assert consent.path().parent == progress.path().parent
    assert progress.passed() == {"forward"}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "true", "{}", '{"share": true}', '{"share": "all"}', '{"share": []}']
)
def test_a_file_that_does_not_say_it_clearly_is_no_consent(home, content):
    home.mkdir()
    (home / "consent.json").write_text(content)
    assert consent.given() == NOTHING


def test_an_answer_that_cannot_be_stored_is_an_error_and_what_held_before_holds(home, monkeypatch):
    consent.give()

    def full(path, value):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(consent.record_file, "write", full)
    with pytest.raises(OSError, match="No space left on device"):
        consent.give(name=True)
    assert json.loads((home / "consent.json").read_text())["share"] == "counts"
