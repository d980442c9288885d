"""docs/results/trust.md from the JSON files beside it; a part that was not run says so."""

import json
import re
from pathlib import Path

HEAD = """\
# Trust

What was tried to break this course, and what came of it. `tools/trust` writes this page from what the commands \
themselves recorded in `docs/results/trust/`; nothing here is written by hand.

"""
OUTCOMES = ("passed", "failed", "skipped")
DIRECT = ("numpy", "scipy", "pandas", "matplotlib", "tensorflow-cpu", "keras", "jupyterlab", "ipywidgets")


def write(folder: Path, path: Path) -> None:
    """Write the page."""
    path.write_text(render(folder), encoding="utf-8", newline="\n")


def render(folder: Path) -> str:
    """The page in Markdown."""
    found = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))}
    lines = "\n".join(_sections(found))
    return HEAD + lines.replace("\n ", " ") + "\n"  # a sentence of two lines above is one line on the page


def outcomes(part):
    """How many tests passed, failed, were skipped."""
    told = [test["outcome"] for test in part["tests"].values()]
    return {outcome: told.count(outcome) for outcome in OUTCOMES if outcome in told}


def _counted(part):
    counts = part["outcomes"] if "outcomes" in part else outcomes(part)
    return ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items()) or "nothing ran"


def _source(part):
    end = "" if part.get("exit_status", 0) == 0 else f" It ended with exit status {part['exit_status']}."
    when = f"{part['date']}, commit {part['commit']}, {part['seconds']:,} s"
    return f"`{part['command']}`, {when} on {part['machine']}.{end}"


def _told(part, how, tell):
    """What `tell` makes of a part and whence it comes; where it was not run, how to run it."""
    if part is None:
        yield f"Not run yet: {how}.\n"
        return
    yield from tell(part)
    yield f"\n{_source(part)}\n"


def _processors(part):
    later = dict(part.get("again", {}))
    for line in part["processors"]:
        again = later.pop(line.partition(":")[0], None)
        yield f"- {line}" + (f"; again at commit {again['commit']}: {again['outcome']}" if again else "")
    for name, tried in later.items():
        yield f"- {name}, added at commit {tried['commit']}: {tried['outcome']}"


def _runs(part):
    """How many runs up to the last one passed, and each of them."""
    runs = part["runs"]
    passed = [run["exit_status"] == 0 for run in runs]
    row = len(passed) if all(passed) else passed[::-1].index(False)
    yield f"The last {row} passed, of {len(runs)} recorded one after the other: each compares every text output of all"
    yield " solutions with what is committed.\n"
    yield "| run | date | commit | machine | cells and checks | seconds | outcome |\n|---|---|---|---|---|---|---|"
    for number, run in enumerate(runs, 1):
        told = "passed" if run["exit_status"] == 0 else "FAILED"
        counted = ", ".join(f"{run[name]:,} {name}" for name in OUTCOMES if name in run)
        known = f"{number} | {run['date']} | {run['commit']} | {run['machine']} | {counted}"
        yield f"| {known} | {run['seconds']:,} | {told} |"
    yield f"\n`{runs[-1]['command']}`\n"


def _faults(part):
    yield f"{len(part['tests'])} faults tried: {_counted(part)}. A test passes where the course gave its normal result"
    yield " or one clear sentence, and lost nothing of the learner's.\n"
    files = {}
    for name, test in part["tests"].items():
        file, _, title = name.partition("::")
        files.setdefault(file, []).append((_sentence(title), test["outcome"]))
    yield "| fault | outcome |\n|---|---|"
    for file, tests in files.items():
        yield from (f"| {title} | {outcome} |" for title, outcome in tests if "clumsy" in file)
        if "clumsy" not in file:
            told = [outcome for _, outcome in tests]
            yield f"| `{file}`: {len(told)} more | {told.count('passed')} passed |"


def _inputs(part):
    tested = {name: test for name, test in part["tests"].items() if "inputs" in test}
    total = sum(test["inputs"] for test in tested.values())
    counted = _counted({"tests": tested})
    rest = {name: test for name, test in part["tests"].items() if name not in tested}
    counted += f"; {len(rest)} tests of other kinds: {_counted({'tests': rest})}" if rest else ""
    yield f"{total:,} inputs tried by {len(tested)} tests: {counted}. A test passes where each of its inputs"
    yield " was taken or refused with a documented error; none hung, was unpickled, or wrote outside its place.\n"
    rows = {}
    for name, test in tested.items():
        target = re.search(r"\[(.+)\]$", name)
        called = target.group(1) if target else _sentence(name.split("::")[1])
        row = rows.setdefault("checks." * ("test_fuzz_checks" in name) + called, [0, 0])
        row[0] += test["inputs"]
        row[1] += test.get("refused", 0)
    yield "| what was called | inputs | of these refused |\n|---|---|---|"
    yield from (f"| {name} | {tried:,} | {refused:,} |" for name, (tried, refused) in sorted(rows.items()))


def _atheris(part):
    yield "| what was called | inputs | seconds | ended |\n|---|---|---|---|"
    for name, row in part["targets"].items():
        yield f"| {name} | {row['inputs']:,} | {row['seconds']} | {row['ended']} |"


def _mutants(found):
    parts = {name.removeprefix("mutants-"): part for name, part in found.items() if name.startswith("mutants-")}
    yield "A mutant is the source with one small change. It is killed if a test fails on it. Where fewer were tried"
    yield " than there are, they are a random sample, the same in each run.\n"
    yield "| subject | tool | mutants | tried | killed | share | survivors explained |\n|---|---|---|---|---|---|---|"
    for name in ("batchnorm", "experiments", "checks", "tf_batchnorm", "tf_recurrent"):
        part = parts.get(name)
        if part is None:
            yield f"| {name} | | | not run yet: `make test-mutants SUBJECT={name}` | | | |"
            continue
        explained = sum(bool(one.get("why")) for one in part["survivors"])
        share = f"{100 * part['killed'] / part['tried']:.1f}%" if part["tried"] else "–"
        yield (
            f"| {name} | {part['tool']} | {part['mutants']:,} | {part['tried']:,} | {part['killed']:,} | {share} | "
            f"{explained} of {len(part['survivors'])} |"
        )
    for name, part in parts.items():
        yield f"\n### Survivors of {name}\n" if part["survivors"] else f"\n### No survivors of {name}"
        yield from _survivors(part["survivors"])
        yield f"\n{_source(part)}"
        if "again" in part:
            yield f"\nWhat survived was tried again after tests were added: {_source(part['again'])}"
    yield ""


def _survivors(survivors):
    """A line for each reason, and the mutants that it explains."""
    reasons = {}
    for one in survivors:
        reasons.setdefault(one.get("why") or "not explained yet", []).append(one)
    for why, ones in sorted(reasons.items()):
        yield f"- {why} ({len(ones)})"
        if why == "not explained yet":
            yield from (f"\t- `{one['name']}`: `{one['change']}`" for one in ones)


def _supply(part):
    yield f"{_counted(part)}. [Licences](licences.md), [bill of materials](sbom.json)."


def _versions(part):
    versions = ", ".join(f"{name} {part['installed'][name]}" for name in DIRECT if name in part["installed"])
    yield f"All of `make test`: {_counted(part)}, with {versions} and {len(part['installed'])} packages in all.\n"
    yield from (f"- failed: `{name}`" for name in part["failed"])


def _sentence(name):
    return name.removeprefix("test_").replace("_", " ").replace("|", "\\|")


def _sections(found):
    """Title after title, each with what was found for it."""
    yield "## The same facts on any processor\n"
    yield from _told(found.get("processors"), "`make trust PART=processors` (over an hour)", _processors)
    yield "## The same facts each time\n"
    if "runs" in found:
        yield from _runs(found["runs"])
    else:
        yield "Not run yet: `make trust PART=runs` (over an hour; a row of runs can be made in parts).\n"
    yield "## Clumsy hands\n"
    yield from _told(found.get("faults"), "`make trust PART=faults`", _faults)
    yield "## Bad input\n"
    yield from _told(found.get("inputs"), "`make trust PART=inputs`", _inputs)
    yield "Guided by coverage (atheris):\n"
    yield from _told(found.get("atheris"), "`make fuzz-atheris`", _atheris)
    yield "## Mutants\n"
    yield from _mutants(found)
    yield "## What it is made of\n"
    yield from _told(found.get("supply"), "`make trust PART=supply`", _supply)
    yield "## Lowest and newest versions\n"
    for which in ("lowest", "newest"):
        yield f"**{which}**\n"
        how = f"`make trust PART={which}` (as `make test-{which}`)"
        yield from _told(found.get(f"versions-{which}"), how, _versions)
