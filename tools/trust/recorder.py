"""A plugin of pytest (`-p trust.recorder`): what ran, into the JSON file that the variable TRUST_FILE names."""

import json
import os
from pathlib import Path

VARIABLE = "TRUST_FILE"


def pytest_configure(config):
    """Record in the process that the command started, not in its workers."""
    if os.environ.get(VARIABLE) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(Path(os.environ[VARIABLE])), "trust-recorder")


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
        text = json.dumps({"tests": dict(sorted(self.tests.items()))}, indent=1, ensure_ascii=False)
        self.path.write_text(text + "\n", encoding="utf-8")
