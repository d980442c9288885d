"""tests/wrong_answers: the table that `python -m tests.wrong_answers` prints."""

from tests.wrong_answers.__main__ import main


def test_the_table_counts_the_answers_of_each_slug_and_ends_with_the_totals(capsys):
    assert main(["update_moving"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1:] for line in lines if "inverted" in line] == [["momentum-inverted", "2", "of", "2"]]
    assert lines[-1] == (
        "Exercises: 1; pairs of exercise and slug: 10; wrong answers: 26; correct answers: 7; misjudged: 0."
    )


def test_an_exercise_that_is_not_there_is_refused(capsys):
    assert main(["forwards"]) == 1
    assert capsys.readouterr().err.startswith("There is no exercise named 'forwards'. There are: standardize, forward,")
