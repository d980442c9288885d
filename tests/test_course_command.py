"""The command `batchnorm-course`: what it copies and leaves alone, what it says, its exit status."""

import pytest

from helpers.course import command

RIGHT = "def standardize(x):\n    return (x - x.mean(axis=0)) / x.std(axis=0)\n"
WRONG = "def standardize(x):\n    return (x - x.mean()) / x.std()\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHNORM_COURSE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_new_copies_the_notebooks_and_leaves_those_that_are_there(folder, capsys):
    (folder / "mine").mkdir()
    (folder / "mine" / "05_low_level.ipynb").write_text("my work")
    assert command.main(["new", "mine"]) == 0
    assert capsys.readouterr().out == f"{folder / 'mine'}: 12 notebooks copied, 1 left as they were.\n"
    assert (folder / "mine" / "05_low_level.ipynb").read_text() == "my work"
    assert len(list((folder / "mine").glob("*.ipynb"))) == 13


def test_reset_puts_fresh_copies_beside_and_changes_nothing(folder, capsys):
    fresh = next(path for path in command.notebooks() if path.name == "05_low_level.ipynb").read_bytes()
    (folder / "05_low_level.ipynb").write_text("my work")
    assert [command.main(["reset", lesson]) for lesson in ("05", "5")] == [0, 0]
    assert (folder / "05_low_level.ipynb").read_text() == "my work"
    assert [(folder / f"05_low_level.fresh-{i}.ipynb").read_bytes() for i in (1, 2)] == [fresh, fresh]
    first, _ = capsys.readouterr().out.splitlines()
    assert first == f"{folder / '05_low_level.fresh-1.ipynb'} is a fresh copy; nothing else was changed."


@pytest.mark.parametrize(
    ("code", "status", "first"),
    [(RIGHT, 0, "standardize: passed."), (WRONG, 1, "standardize: not yet (wrong-axis).")],
)
def test_check_prints_the_result_and_its_exit_status_says_whether_it_passed(folder, capsys, code, status, first):
    (folder / "my.py").write_text(code)
    assert command.main(["check", "standardize", "my.py"]) == status
    assert capsys.readouterr().out.splitlines()[0] == first


NUMBERS = "00, 01, 02, 03, 04, 05, 06, 07, 08, 09, 10, 11, 12"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("check standardize no.py", "FILE must be a Python file. Received: no.py, which is not there. Check its name."),
        ("check forward my.py", "FILE must define `forward`, and my.py does not. Give your function that name."),
        ("new my.py", "DIR must be a folder. Received: my.py, a file. Name another."),
        ("reset 0 --folder x", "--folder must be the folder of your notebooks. Received: x. Make one with `new`."),
        ("reset 13", f"LESSON must be one of {NUMBERS}. Received: 13. Choose one of them."),
    ],
)
def test_misuse_is_one_sentence_and_exit_status_2(folder, capsys, arguments, said):
    (folder / "my.py").write_text(RIGHT)
    assert command.main(arguments.split()) == 2
    assert capsys.readouterr().err == f"batchnorm-course: {said}\n"


def test_a_check_that_needs_tensorflow_says_so_where_there_is_none(folder, capsys, monkeypatch):
    monkeypatch.setitem(command.sys.modules, "keras", None)
    monkeypatch.delitem(command.sys.modules, "helpers.tf.quiet", raising=False)
    monkeypatch.delitem(command.sys.modules, "helpers.checks.l05.tf_layer", raising=False)
    (folder / "my.py").write_text("tf_layer = None\n")
    assert command.main(["check", "tf_layer", "my.py"]) == 2
    assert capsys.readouterr().err == (
        "batchnorm-course: This part of the course needs TensorFlow: pip install 'batchnorm-course[keras]', "
        "then restart the kernel.\n"
    )


def test_a_word_that_no_subcommand_knows_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["check", "standardize", "my.py", "--quick"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith("error: unrecognized arguments: --quick\n")
