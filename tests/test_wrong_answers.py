"""tests/wrong_answers: the table that `python -m tests.wrong_answers` prints."""

from helpers import checks
from tests.wrong_answers import KERAS, NUMPY, load
from tests.wrong_answers.__main__ import main


def test_the_table_counts_the_answers_of_each_slug(capsys):
    assert main(["update_moving"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["update_moving", "momentum-inverted", "2", "of", "2"] in lines
    assert ["update_moving", "(correct:", "passes)", "5", "of", "5"] in lines


def test_the_table_ends_with_the_totals(capsys):
    main(["update_moving"])
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Exercises: 1; pairs of exercise and slug: 8; wrong answers: 18; correct answers: 5; misjudged: 0."
    )


def test_an_exercise_that_is_not_there_is_refused(capsys):
    assert main(["forwards"]) == 1
    assert capsys.readouterr().err.startswith("There is no exercise named 'forwards'. There are: standardize, forward,")


def test_every_exercise_belongs_to_numpy_or_to_keras():
    assert set(NUMPY) | set(KERAS) == set(checks.MODULES)
    assert not set(NUMPY) & set(KERAS)


def test_names_of_answers_are_unique():
    wrong, correct = load(*NUMPY)
    names = [one.name for one in wrong + correct]
    assert len(names) == len(set(names))
