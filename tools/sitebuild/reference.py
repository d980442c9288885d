"""The pages of helpers' documentation: one for each module, made by Sphinx's autodoc from the docstrings."""

import ast
import pkgutil
from pathlib import Path

# Of packages whose names are imported from inner modules, the package's own page shows all of them.
PACKAGES = {"helpers.benefits", "helpers.experiments"}
SKIPPED = ("helpers.checks.", "helpers.benefits.", "helpers.experiments.", "helpers.widgets.")


def modules(root: Path) -> list[str]:
    """The dotted names of the modules that have a page, sorted; inner modules of packages have none."""
    found = [info.name for info in pkgutil.walk_packages([str(root / "helpers")], "helpers.", onerror=_ignore)]
    return sorted(name for name in found if not name.startswith(SKIPPED))


def pages(root: Path) -> dict[str, str]:
    """File name (below reference/) -> text in Markdown."""
    names = modules(root)
    files = {f"{name}.md": _module(name, root) for name in names}
    tree = "\n".join(names)
    source = (root / "helpers" / "__init__.py").read_text(encoding="utf-8")  # a map in columns: kept as it is
    files["index.md"] = (
        "# The package `helpers`\n\nWhat the lessons import. Made from the docstrings.\n\n"
        f"```text\n{ast.get_docstring(ast.parse(source))}\n```\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{tree}\n```\n"
    )
    return files


def _module(name, root):
    options = ["   :members:", "   :member-order: bysource"]
    if name in PACKAGES or (root / name.replace(".", "/") / "__init__.py").exists():
        options.append("   :imported-members:")
    body = "\n".join([f".. automodule:: {name}", *options])
    return f"# `{name}`\n\n```{{eval-rst}}\n{body}\n```\n"


def _ignore(name):
    """A package that cannot be imported shows itself when its page is made."""
