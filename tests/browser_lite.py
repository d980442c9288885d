"""The built page, served from its folder, in a real browser that can reach no other machine."""

import contextlib
import functools
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from browser import CONNECTED, FLAGS, chromium

APP = "window.jupyterapp"
NOTEBOOK = f"{APP}.shell.currentWidget.content"
CELLS = """() => {
    const cells = window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells
    return cells.map(cell => cell.toJSON())
}"""
# Of each code cell that is not empty, without its outputs, which may be large: [number, first line, count, failed].
STATES = """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells
    .map((cell, number) => [cell, number])
    .filter(([cell]) => cell.cell_type === 'code' && cell.source.trim())
    .map(([cell, number]) => [
        number, cell.source.split('\\n')[0], cell.execution_count, cell.outputs.some(o => o.output_type === 'error')
    ])"""
# What Matplotlib says on stderr at each start, where no cache of fonts is kept.
KNOWN = "Matplotlib is building the font cache; this may take a moment.\n"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and keeps no log; `sent` counts bytes."""

    sent = 0

    def log_message(self, *_):
        pass

    def copyfile(self, source, outputfile):
        content = source.read()
        Quiet.sent += len(content)
        outputfile.write(content)


@contextlib.contextmanager
def served(folder):
    """The address of a server of these files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def learner(home):
    """A browser with a profile of its own, in the folder `home`, which it finds again the next time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(str(home), executable_path=chromium(), args=FLAGS)
        try:
            yield context
        finally:
            context.close()


class Lesson:
    """A lesson of the page in a tab; `asked` holds every address that the page or its workers wanted."""

    def __init__(self, context, address, name):
        self.asked, self.began, self.tab = [], time.monotonic(), context.new_page()
        context.on("request", lambda request: self.asked.append(request.url))
        self.tab.goto(f"{address}lab/index.html?path={name}.ipynb")
        ready = f"() => {APP}?.shell.currentWidget?.content?.model?.cells?.length > 3"
        self.tab.wait_for_function(ready, timeout=120_000)
        self.tab.wait_for_function(CONNECTED, timeout=120_000)  # or it drops what it is told

    def cells(self):
        """The notebook's cells, with their outputs."""
        return self.tab.evaluate(CELLS)

    def place(self, text):
        """The number of the first code cell whose source holds the text."""
        return next(i for i, c in enumerate(self.cells()) if c["cell_type"] == "code" and text in c["source"])

    def run_all(self, seconds):
        """Run all cells, up to the first error; for each that ran, the seconds from the address until it was done."""
        done = {}

        def ended():
            states = self.tab.evaluate(STATES)
            for number, _, count, _ in states:
                if count is not None:
                    done.setdefault(number, time.monotonic() - self.began)
            return len(done) == len(states) or any(failed for *_, failed in states)

        self._start("run-all-cells")
        self._until(ended, seconds)
        return done

    def write(self, place, source):
        """Type into a cell, in place of what is there."""
        self.tab.evaluate(f"([i, s]) => {NOTEBOOK}.model.sharedModel.cells[i].setSource(s)", [place, source])

    def run(self, place, seconds=120):
        """Run one cell; the text of its outputs."""
        before = self.cells()[place]["execution_count"]
        self.tab.evaluate(f"i => {{ {NOTEBOOK}.activeCellIndex = i; {NOTEBOOK}.scrollToItem(i) }}", place)
        self._start("run-cell")
        self._until(lambda: self.cells()[place]["execution_count"] not in (None, before), seconds)
        return text_of(self.cells()[place])

    def save(self):
        """What Ctrl-S does."""
        self.tab.evaluate(f"{APP}.commands.execute('docmanager:save')")

    def errors(self):
        """What is an error, or went to stderr, as (number of the cell, text)."""
        return [
            (number, text[-500:])
            for number, cell in enumerate(self.cells())
            for output in cell.get("outputs", ())
            if output["output_type"] == "error" or output.get("name") == "stderr"
            if (text := text_of({"outputs": [output]})) != KNOWN
        ]

    def outside(self):
        """What was asked of another machine."""
        return [url for url in self.asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]

    def _start(self, command):
        """Begin, and do not wait: what is returned to Playwright must be no promise."""
        self.tab.evaluate(f"() => {{ {APP}.commands.execute('notebook:{command}') }}")

    def _until(self, holds, seconds):
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                waiting = [(number, line) for number, line, count, _ in self.tab.evaluate(STATES) if count is None]
                number, line = waiting[0]
                raise TimeoutError(
                    f"waited {seconds} s for cell {number} ({line}) and {len(waiting) - 1} after it; {self.errors()}"
                )
            self.tab.wait_for_timeout(500)


def text_of(cell):
    """The plain text of a cell's outputs."""
    told = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        told.append(output.get("text") or data.get("text/plain") or "\n".join(output.get("traceback", ())))
    return "\n".join("".join(text) for text in told)
