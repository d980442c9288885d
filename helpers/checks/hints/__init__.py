"""What learners read: hints, praise and the sentences of tables and results, from the folder of a language.

LANGUAGE/NN.toml holds for each exercise of lesson NN `praise` (a sentence for those who pass), `where` (the paragraph
to read) and for each diagnosis `symptom`, `idea` and a `where` of its own. What an exercise leaves out is looked up in
the file that it is `like`, then in common.toml, which has symptom and idea of every diagnosis; the third hint is then
the exercise's own `where`. Placeholders such as {yours} are filled with what the check measured. sentences.toml holds
all other words of the checks.
"""

import functools
import re
import tomllib
from importlib import resources

from helpers.course.lessons import EXERCISES

LANGUAGE = "en"
"""The folder that is read: another language is another folder of the same files."""

PARTS = ("symptom", "idea", "where")


@functools.cache
def read_file(name):
    """The tables of LANGUAGE/name.toml."""
    text = (resources.files(__package__) / LANGUAGE / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def read_exercise(exercise):
    """The table of an exercise: `praise`, `where`, and a table for each diagnosis that it has hints of its own for."""
    return read_file(EXERCISES[exercise].lesson)[exercise]


def say(sentence, **facts):
    """A sentence or a word of sentences.toml, such as "result.passed", filled with facts."""
    group, name = sentence.split(".")
    return read_file("sentences")[group][name].format(**facts)


def say_on(what):
    """What goes on in a sentence after "Your code stopped": on eight rows; nothing for nothing."""
    return say("running.on", on=what) if what else ""


def praise(exercise):
    """What a learner reads who has passed."""
    return read_exercise(exercise)["praise"]


def find(exercise, slug):
    """The three templates (symptom, idea, where) for a slug of an exercise."""
    own = read_exercise(exercise)
    shared = read_file(own["like"]).get(slug, {}) if "like" in own else {}
    found = dict(zip(PARTS, _general(exercise, slug))) | shared | own.get(slug, {})
    return tuple(found[part] for part in PARTS)


def fill(exercise, slug, facts):
    """The three hints for a slug of an exercise, with what was measured filled in.

    Where something could not be measured, because what came back has another shape, the general hint takes the place of
    the one that would tell the number.
    """
    return tuple(
        _without_minus_zero(_fill(*pair, facts)) for pair in zip(find(exercise, slug), _general(exercise, slug))
    )


def _general(exercise, slug):
    entry = read_file("common").get(slug, {})
    return entry.get("symptom"), entry.get("idea"), read_exercise(exercise)["where"]


def _fill(template, general, facts):
    try:
        return template.format(**facts)
    except KeyError:
        return (general or template).format_map(_Unmeasured(facts))


class _Unmeasured(dict):
    def __missing__(self, name):
        return say("hints.not_measured")


def _without_minus_zero(text):
    return re.sub(r"(?<![\w.)\]])-(0\.0+)(?!\d)", r"\1", text)
