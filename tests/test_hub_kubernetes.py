"""The values for Kubernetes: sized from what was measured, with the rules of the hub for one machine, and no secret.

They were checked against the chart's own schema when they were written; this test needs nothing from outside.
"""

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "deploy" / "zero-to-jupyterhub"
VALUES = yaml.safe_load((FOLDER / "values.yaml").read_text(encoding="utf-8"))
MEASURED = json.loads((ROOT / "docs" / "results" / "hub.json").read_text(encoding="utf-8"))
UNITS = {"M": 2**20, "G": 2**30}  # the chart's, as its documentation of singleuser.memory has them


def size(text):
    return int(text[:-1]) * UNITS[text[-1]]


def test_the_guarantee_covers_a_learner_in_lesson_00():
    most = max(row["peak_mb_per_learner_most"] for row in MEASURED["classes"])
    assert size(VALUES["singleuser"]["memory"]["guarantee"]) > most * 1e6


def test_the_limit_has_room_for_two_learners_with_tensorflow():
    learner = MEASURED["heavy"]["peak_mb_per_learner_most"]
    assert size(VALUES["singleuser"]["memory"]["limit"]) > 2 * learner * 1e6


def test_sign_up_and_login_follow_the_same_rules_as_on_one_machine():
    authenticator = pytest.importorskip("hub.authenticator", reason="needs JupyterHub, of the extra `hub`")
    config = VALUES["hub"]["config"]
    assert config["JupyterHub"]["authenticator_class"] == "native"
    assert config["Authenticator"]["username_pattern"] == f"^{authenticator.NAME}$"
    assert config["NativeAuthenticator"] == {
        "open_signup": False,
        "minimum_password_length": authenticator.SHORTEST,
        "check_common_password": True,
        "allowed_failed_logins": authenticator.FAILED_LOGINS,
        "seconds_before_next_try": authenticator.WAIT_SECONDS,
    }


def texts(values, path=""):
    """All texts of the values, as (keys joined by dots, text)."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from texts(value, f"{path}{key}.")
        elif isinstance(value, str):
            yield path + key, value


def test_there_is_no_secret_in_the_values():
    found = dict(texts(VALUES))
    assert "singleuser.image.tag" in found
    assert [name for name in found if re.search("token|secret|password|cookie|key", name, re.IGNORECASE)] == []


def test_only_the_parts_that_the_chart_has_are_set():
    assert set(VALUES) <= {"proxy", "hub", "singleuser", "cull", "scheduling"}


def test_notebooks_come_from_a_repository_and_idle_servers_are_ended():
    command = VALUES["singleuser"]["lifecycleHooks"]["postStart"]["exec"]["command"][-1]
    assert command.startswith("gitpuller https://")
    assert VALUES["cull"] == {"enabled": True, "timeout": 7200, "every": 300}


def test_the_guide_says_that_it_was_not_run():
    assert "**It was not run on a cluster here.**" in (FOLDER / "README.md").read_text(encoding="utf-8")
