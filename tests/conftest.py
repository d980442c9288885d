"""No test writes to the home of the person who runs it."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def own_course_home(tmp_path_factory):
    """The learner's record of this test run, away from that of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BATCHNORM_COURSE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("BATCHNORM_COURSE_PROGRESS", "0")
        yield
