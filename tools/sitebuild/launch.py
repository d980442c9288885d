"""Where a lesson can be run without installing anything: the buttons on its page of the site."""

from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from lite.page import LESSONS


class Doors(NamedTuple):
    """Addresses, each "" where there is none.

    `browser` is where the page of `make browser` is served, `repository` the course's own, on GitHub, and `hub` a
    JupyterHub with nbgitpuller.
    """

    browser: str = ""
    repository: str = ""
    hub: str = ""


NONE = Doors()


def buttons(name: str, doors: Doors) -> str:
    """The line of buttons for the lesson `name`, as Markdown; "" without a door.

    Examples
    --------
    >>> print(buttons("00_start_here", Doors(browser="/browser/")))
    <a class="launch" href="/browser/lab/index.html?path=00_start_here.ipynb">Run it in this browser</a>
    """
    links = {}
    notebook = f"notebooks/{name}.ipynb"
    if doors.browser and name in LESSONS:
        links["Run it in this browser"] = f"{doors.browser}lab/index.html?path={name}.ipynb"
    if doors.repository:
        place = urlsplit(doors.repository).path.strip("/")
        links["Binder"] = f"https://mybinder.org/v2/gh/{place}/HEAD?{urlencode({'labpath': notebook})}"
        links["Colab"] = f"https://colab.research.google.com/github/{place}/blob/main/{quote(notebook)}"
        if doors.hub:
            path = f"lab/tree/{place.split('/')[-1]}/{notebook}"
            asked = urlencode({"repo": doors.repository.rstrip("/"), "urlpath": path, "branch": "main"})
            links["Your JupyterHub"] = f"{doors.hub}hub/user-redirect/git-pull?{asked}"
    return " ".join(f'<a class="launch" href="{_escaped(link)}">{label}</a>' for label, link in links.items())


def _escaped(link):
    return link.replace("&", "&amp;").replace('"', "&quot;")
