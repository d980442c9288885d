"""The Rows as a table in the terminal, and as docs/results/bench.json."""

import json
import os

DIGITS = 4


def text(rows):
    """A table in plain text: for each row its median, smallest and largest, its aim and whether it is met, its note."""
    width = max((len(row.name) for row in rows), default=0)
    lines, group = [], None
    for row in rows:
        if row.group != group:
            group = row.group
            lines += ["", group, f"{'':{width}}  {'median':>9} {'smallest':>9} {'largest':>9}"]
        values = " ".join(f"{number(value):>9}" for value in (row.median, min(row.values), max(row.values)))
        unit = "" if row.unit == "x" else row.unit
        lines.append(f"{row.name:{width}}  {values} {unit:2}  {_aim(row)}{row.note}".rstrip())
    return "\n".join(lines[1:])


def number(value):
    """A value with three digits that matter.

    Examples
    --------
    >>> number(12.345), number(0.16789), number(1234.5)
    ('12.3', '0.168', '1,234')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def shortfall(rows):
    """How many aims there are, and the list of rows that miss theirs."""
    aimed = [row for row in rows if row.met is not None]
    return len(aimed), [row for row in aimed if not row.met]


def write(path, rows, machine, busy):
    """Write the rows into the file `path`, in place of those of the same groups that were measured on the same machine.

    Parameters
    ----------
    machine : dict
    busy : float or None
        How many processes wanted a core before the measurement began.
    """
    entries, groups = [_entry(row, busy) for row in rows], {row.group for row in rows}
    if path.exists():
        old = json.loads(path.read_text(encoding="utf-8"))
        if old["machine"] == machine:
            entries = [entry for entry in old["rows"] if entry["group"] not in groups] + entries
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    text = json.dumps({"machine": machine, "rows": entries}, indent=1, ensure_ascii=False)
    beside.write_text(text + "\n", encoding="utf-8", newline="\n")
    os.replace(beside, path)


def _entry(row, busy):
    entry = {"group": row.group, "name": row.name, "unit": row.unit}
    entry |= {"median": _short(row.median), "min": _short(min(row.values)), "max": _short(max(row.values))}
    entry |= {"repeats": len(row.values), "load_before": busy}
    if row.aim:
        entry |= {"aim": f"{row.aim[0]} {row.aim[1]:g}", "met": row.met}
    return entry | ({"note": row.note} if row.note else {})


def _short(value):
    return float(f"{value:.{DIGITS}g}")


def _aim(row):
    if row.aim is None:
        return ""
    return f"[{row.aim[0]} {row.aim[1]:g}: {'met' if row.met else 'NOT MET'}] "
