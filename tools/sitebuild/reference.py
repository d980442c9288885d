"""The pages of helpers' documentation: one for each module, made by Sphinx's autodoc from the docstrings."""

import ast
import pkgutil
import re
from pathlib import Path

# Of packages whose names are imported from inner modules, the package's own page shows all of them.
PACKAGES = {"helpers.lessons.l02.benefits", "helpers.experiments", "helpers.doctor"}
SKIPPED = (
    "helpers.checks.",
    "helpers.lessons.l02.benefits.",
    "helpers.experiments.",
    "helpers.doctor.",
    "helpers.widgets.",
)


def modules(root: Path) -> list[str]:
    """The dotted names of the modules that have a page, sorted; inner modules of packages have none."""
    found = [info.name for info in pkgutil.walk_packages([str(root / "helpers")], "helpers.", onerror=_ignore)]
    return sorted(name for name in found if not name.startswith(SKIPPED))


def pages(root: Path) -> dict[str, str]:
    """File name (below reference/) -> text in Markdown."""
    names = modules(root)
    files = {f"{name}.md": _module(name, root) for name in names}
    parts = ["# The package `helpers`", "What the lessons import. Made from the docstrings."]
    for title, wanted in (("NumPy", False), ("TensorFlow and Keras", True)):
        listed = [name for name in names if bool(re.search(r"\btf(_|\.|$)", name)) is wanted]
        parts += [f"## {title}", "\n".join(f"- [`{name}`]({name}.md): {_first(name, root)}" for name in listed)]
    files["index.md"] = "\n\n".join([*parts, "```{toctree}\n:hidden:\n\n" + "\n".join(names) + "\n```\n"])
    return files


def _first(name, root):
    """The first line of a module's docstring, in Markdown."""
    path = root.joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    line = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).split("\n")[0]
    return re.sub(r"([*<|])(?=[^`]*(?:`[^`]*`[^`]*)*$)", r"\\\1", line)


def _module(name, root):
    options = ["   :members:", "   :member-order: bysource"]
    if name in PACKAGES or (root / name.replace(".", "/") / "__init__.py").exists():
        options.append("   :imported-members:")
    body = "\n".join([f".. automodule:: {name}", *options])
    return f"# `{name}`\n\n```{{eval-rst}}\n{body}\n```\n"


def _ignore(name):
    """A package that cannot be imported shows itself when its page is made."""
