"""Chinese words on an English page say so, so that they are read aloud, and drawn, as Chinese."""

import re

CHARACTER = r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]"
STRETCH = re.compile(f"{CHARACTER}(?:[^<>]*{CHARACTER})?")


def marked(html: str) -> str:
    """The HTML with the Chinese part of each text between two tags in a `span` of that language.

    >>> marked("<td>also 均值</td>")
    '<td>also <span lang="zh-Hans">均值</span></td>'
    """
    return re.sub(r"(?<=>)[^<>]+(?=<)", lambda text: STRETCH.sub(r'<span lang="zh-Hans">\g<0></span>', text[0]), html)


def connect(app) -> None:
    """Let Sphinx pass each page through `marked`."""
    app.connect("html-page-context", _mark)


def _mark(app, pagename, templatename, context, doctree):
    if "body" in context:
        context["body"] = marked(context["body"])
