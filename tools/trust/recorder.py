"""A plugin of pytest (`-p trust.recorder`): what ran, into the JSON file that the variable TRUST_FILE names."""

import json
import os
from pathlib import Path

VARIABLE = "TRUST_FILE"


def pytest_configure(config):
    """Record in the process that the command started, not in its workers, and not in what a test starts."""
    if os.environ.get(VARIABLE) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(Path(os.environ.pop(VARIABLE))), "trust-recorder")
        os.environ.pop("PYTEST_ADDOPTS", None)


class Recorder:
    """Keeps each test's name, outcome and counted inputs, and writes them at the end."""

    def __init__(self, path):
        self.path, self.tests = path, {}

    def pytest_runtest_logreport(self, report):
        if report.when != "call" and report.outcome == "passed":
            return
        entry = {"outcome": report.outcome, **dict(report.user_properties)}
        if report.when == "call" or report.nodeid not in self.tests:
            self.tests[report.nodeid] = entry
        else:  # an error while tearing down
            self.tests[report.nodeid]["outcome"] = report.outcome

    def pytest_sessionfinish(self):
        """A command may start pytest several times (`make test` does): all of their tests are in the file."""
        before = json.loads(self.path.read_text(encoding="utf-8"))["tests"] if self.path.exists() else {}
        text = json.dumps({"tests": dict(sorted((before | self.tests).items()))}, indent=1, ensure_ascii=False)
        self.path.write_text(text + "\n", encoding="utf-8")
