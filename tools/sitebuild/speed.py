"""The section on speed of the page of results, from docs/results/bench.json, which `make bench` writes."""

HEAD = """\
## Speed

Each figure is a median of {repeats}, with the smallest and the largest beside it. Most are ratios ("x"): both sides
were measured in turns in one run, so that whatever else the machine did met both alike. Measured on {cores} cores
({processor}, {system}), Python {python}, NumPy {numpy}; again on yours: `make bench`.
"""


def section(bench):
    """The section in Markdown: a table for each group and the aims that are missed.

    Parameters
    ----------
    bench : dict
        "machine": dict of str, "rows": list of dict, as tools/bench writes them.
    """
    rows = bench["rows"]
    repeats = sorted({row["repeats"] for row in rows if row["unit"] == "x"})
    lines = [HEAD.format(**bench["machine"], repeats=" or ".join(map(str, repeats)))]
    aimed = [row for row in rows if "met" in row]
    missed = [row for row in aimed if not row["met"]]
    if aimed:
        lines.append(f"{len(aimed) - len(missed)} of {len(aimed)} aims are met{'; missed:' if missed else '.'}")
    lines += ["", *(f"- {row['group']}, {row['name']}: {value(row)}, {row['aim']} asked" for row in missed), ""]
    for group in dict.fromkeys(row["group"] for row in rows):
        lines += _table(group, [row for row in rows if row["group"] == group])
    return "\n".join(lines)


def value(row, key="median"):
    """A figure with its unit.

    Examples
    --------
    >>> value({"median": 12.34, "unit": "x"}), value({"median": 1204.4, "unit": "MB"})
    ('12.3x', '1,204 MB')
    """
    number = f"{row[key]:,.0f}" if abs(row[key]) >= 1000 else f"{row[key]:.3g}"
    return f"{number}x" if row["unit"] == "x" else f"{number} {row['unit']}".rstrip()


def _table(group, rows):
    lines = [
        f"### {group[0].upper()}{group[1:]}",
        "",
        "| what | median | from – to | asked | in numbers |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        aim = f"{row['aim']}: {'met' if row['met'] else '**missed**'}" if "met" in row else ""
        spread = f"{value(row, 'min')} – {value(row, 'max')}" if row["repeats"] > 1 else ""
        cells = [row["name"], value(row), spread, aim, row.get("note", "")]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*lines, ""]
