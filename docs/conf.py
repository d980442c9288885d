"""Sphinx's settings. The site is made by tools/pages.py, which puts this file beside the pages that it assembles."""

import shutil
import sys
from pathlib import Path

from sitebuild import chinese, docstrings

project = "A course on batch normalization"
author = "the course's authors"
copyright = "code MIT, text and figures CC BY 4.0"
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
exclude_patterns = ["notebooks", "_build", "README.md"]
nb_execution_mode = "off"  # solutions/ were executed by the build; the site shows what came out
nb_ipywidgets_js = {}
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]

# Docstrings: numpydoc, with single backticks around code.
default_role = "code"
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "none"
autodoc_inherit_docstrings = False  # Keras's are written for another reader
autodoc_preserve_defaults = True  # a default that is a path would show this machine's

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["course.css"]
html_js_files = ["course.js"]
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "navbar_persistent": [],  # the search button is in the list of pages, and above the text on a phone
}

# MathJax 3 as one file in the site: its SVG output fetches no fonts, and its menu, which could fetch more, is off.
mathjax_path = "tex-svg-full.js"
mathjax3_config = {"options": {"enableMenu": False}, "svg": {"fontCache": "global"}}


def copy_mathjax(app, exception):
    """Put the one file of MathJax beside the site's other scripts."""
    found = next(
        (Path(place) for place in sys.path if (Path(place) / "sphinx-mathjax-offline" / "static").is_dir()), None
    )
    if exception is None and found and app.builder.format == "html":
        source = found / "sphinx-mathjax-offline" / "static" / "mathjax" / mathjax_path
        shutil.copy(source, Path(app.outdir) / "_static" / mathjax_path)


def setup(app):
    """Called by Sphinx."""
    app.connect("build-finished", copy_mathjax)
    docstrings.connect(app)
    chinese.connect(app)
