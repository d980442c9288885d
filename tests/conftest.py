"""No test writes to the home of the person who runs it."""

import signal

import pytest

# Started in the background, a shell's command ignores Ctrl-C, and so would each process that a test starts and stops.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def own_course_home(tmp_path_factory):
    """The learner's record of this test run, away from that of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BATCHNORM_COURSE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("BATCHNORM_COURSE_PROGRESS", "0")
        yield
