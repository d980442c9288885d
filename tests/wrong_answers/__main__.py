"""Print, for each exercise and slug, how many wrong answers its check names exactly, and how many correct ones pass.

    python -m tests.wrong_answers                     # all exercises; those of Keras train, and take minutes
    python -m tests.wrong_answers forward backward    # these

Ends with status 1 if an answer was called by another name, or a correct one was refused.
"""

import os
import sys
import tempfile
from collections import Counter

from helpers import checks
from helpers.course.lessons import EXERCISES
from tests.wrong_answers import load


def main(chosen):
    """Print the table of the chosen exercises; returns how many answers were misjudged."""
    unknown = [name for name in chosen if name not in EXERCISES]
    if unknown:
        print(f"There is no exercise named {unknown[0]!r}. There are: {', '.join(EXERCISES)}.", file=sys.stderr)
        return len(unknown)
    totals, misjudged = Counter(), []
    print(f"{'exercise':<20} {'slug':<36} named exactly")
    for exercise in chosen or EXERCISES:
        wrong, correct = load(exercise)
        named, of = Counter(), Counter(one.slug for one in wrong)
        for one in wrong + correct:
            said = getattr(checks, exercise)(one.function).diagnosis
            named[one.slug] += said == one.slug
            if said != one.slug:
                misjudged.append(f"{one.name}: {said or 'passed'}")
        for slug, number in of.items():
            print(f"{exercise:<20} {slug:<36} {named[slug]} of {number}")
        print(f"{exercise:<20} {'(correct: passes)':<36} {named[None]} of {len(correct)}", flush=True)
        totals += Counter(wrong=len(wrong), correct=len(correct), slugs=len(of), exercises=1)
    print(
        f"\nExercises: {totals['exercises']}; pairs of exercise and slug: {totals['slugs']}; wrong answers: "
        f"{totals['wrong']}; correct answers: {totals['correct']}; misjudged: {len(misjudged)}."
    )
    for line in misjudged:
        print(f"  {line}")
    return len(misjudged)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["BATCHNORM_COURSE_HOME"] = home
        sys.exit(1 if main(sys.argv[1:]) else 0)
