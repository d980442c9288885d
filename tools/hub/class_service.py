"""The class view in the hub, at /services/class/: for instructors, refused to everybody else."""

import html
import os

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from tornado import ioloop, web

from . import class_view

NAME = "class"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>The class</title>
<meta http-equiv="refresh" content="60"><style>body {{ font-family: sans-serif; margin: 2em }}
td, th {{ text-align: left; padding: 0.2em 1em }}</style>
<h1>The class</h1><p>{sharing} of {learners} learners share their results.{few}</p>
<table><tr><th scope="col">exercise</th><th scope="col">tried</th><th scope="col">passed</th>
<th scope="col">commonest diagnosis</th></tr>{rows}</table>{named}</html>"""


class ClassHandler(HubOAuthenticated, web.RequestHandler):
    """GET gives the page, with ?format=json the numbers."""

    def initialize(self, layout):
        self.layout = layout

    @web.authenticated
    def get(self):
        view = class_view.collect(self.layout)
        self.set_header("Cache-Control", "no-store")
        if self.get_argument("format", "html") == "json":
            self.finish(view.as_dict())
        else:
            self.finish(render(view))


def render(view):
    """The page for a ClassView."""
    rows = "".join(
        f"<tr><td>{line.exercise}</td><td>{line.tried}</td><td>{line.passed}</td>"
        f"<td>{f'{line.diagnosis} ({line.got_it})' if line.diagnosis else '–'}</td></tr>"
        for line in view.lines
    )
    people = "".join(f"<li>{html.escape(name)}: {count} passed</li>" for name, count in view.named)
    return PAGE.format(
        sharing=view.sharing,
        learners=view.learners,
        few="" if view.lines else f" Counts are shown from {class_view.FEWEST} learners on.",
        rows=rows,
        named=f"<h2>Named, as they agreed</h2><ul>{people}</ul>" if people else "",
    )


def serve(layout, port):
    """Serve until ended; JupyterHub starts this and gives its token in the environment."""
    prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    handlers = [(prefix, ClassHandler, {"layout": layout}), (prefix + "oauth_callback", HubOAuthCallbackHandler)]
    app = web.Application(handlers, cookie_secret=os.urandom(32))
    app.listen(port, "127.0.0.1")
    ioloop.IOLoop.current().start()
