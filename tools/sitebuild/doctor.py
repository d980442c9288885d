"""The doctor's page: docs/doctor.md, with the list of findings from the doctor's own words."""

from pathlib import Path

from helpers.doctor.findings import texts

MARK = "<!-- findings -->"


def page(docs: Path, lessons: list[str]) -> str:
    """The page in Markdown, each finding with its symptom, what was measured, the cure and a link to its lesson."""
    names = {name[:2]: name for name in lessons}
    parts = []
    for finding, words in texts().items():
        if finding != "report":
            why = words["why"].format_map(_Placeholders())
            lesson = f"[lesson {words['lesson']}](lessons/{names[words['lesson']]}.ipynb)"
            parts += [f"### {finding}", f"*You see:* {words['symptom']}", f"*It says:* {why}"]
            parts += [f"*Cure:* {words['cure']} ({lesson})"]
            torch = words.get("torch", {}).get("cure")
            parts += [f"*In PyTorch:* {torch}"] if torch else []
    return (docs / "doctor.md").read_text(encoding="utf-8").replace(MARK, "\n\n".join(parts))


class _Placeholders(dict):
    def __missing__(self, key):
        return _Anything("…")


class _Anything(str):
    def __format__(self, spec):
        return str(self)
