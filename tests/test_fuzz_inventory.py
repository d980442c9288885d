"""Every function that documents errors is fuzzed, or stands here with the reason why it is not."""

import ast
import re
from pathlib import Path

from tests.fuzz_files import READERS
from tests.fuzz_targets import TARGETS

ROOT = Path(__file__).resolve().parents[1]
BY_OTHERS = {
    "experiments.running.train": "its arguments are checked by experiments.arguments, which is fuzzed",
    "experiments.experiment.Experiment": "fuzzed as experiments.Experiment",
    "experiments.result.Result.load": "fuzzed as Result.load",
    "networks.network.Network.load": "fuzzed as Network.load",
    "networks.network.Network.accuracy": "fuzzed with Network.loss_and_gradients",
    "networks.network.network_from": "reads what Network.load and Result.load read, which are fuzzed",
    "batchnorm.BatchNorm.backward": "fuzzed as batchnorm.BatchNorm",
    "_support.npz_file.read": "reads what Network.load and Result.load read, which are fuzzed",
    "_support.validate.items": "called by what is fuzzed",
    "experiments.result.Result.network": "one seed, looked up among those trained",
    "lessons.l02.benefits.tuning.train_all": "its error is that of Ctrl-C: test_clumsy_hands_interrupt",
    "course.environment.read_requirements": "reads the installed course's own metadata",
    "data.mnist.arrays": "takes nothing; the file it reads is fuzzed as data.mnist.read",
    "data.mnist.find": "takes nothing",
    "data.mnist.download": "needs a network: test_mnist serves damaged files to it",
    "lessons.l04.published.replicate": "its arguments are those of published.experiments and of sweep",
    "course.quiz.show": "shows what quiz.load reads, which is fuzzed",
    "course.record_file.write": "writes what progress made: test_clumsy_hands_record",
    "course.record_file.hold_lock": "takes a path of the course's own: test_record_file",
    "networks.normalizations.batch_statistics": "takes a Cache of the course's own",
    "course.consent.give": "its errors are those of a file that cannot be written: test_consent",
    "widgets.race_engine.Race": "takes settings that a widget's controls allow",
    "experiments.measured.about": "prints what the course measured",
    "experiments.measured.pin": "takes a condition of the course's own",
    "doctor.examine": "takes a model: test_doctor_tf_examine passes what is none",
    "doctor.recalibrate": "takes a model: test_doctor_tf_examine passes what is none",
    "figures.plots.spread": "draws what the course computed",
    "figures.plots.images": "draws what the course computed",
}


def documented():
    """The names of all functions, methods and classes of helpers whose docstring says what they raise."""
    for path in sorted((ROOT / "helpers").rglob("*.py")):
        if (
            path.stem.startswith("tf_") or path.parent.name == "tf"
        ):  # Keras checks most of what these take, in its own words
            continue
        module = ".".join(path.relative_to(ROOT / "helpers").with_suffix("").parts).removesuffix(".__init__")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            inner = node.body if isinstance(node, ast.ClassDef) else []
            for one in (node, *(part for part in inner if isinstance(part, ast.FunctionDef))):
                named = isinstance(one, (ast.FunctionDef, ast.ClassDef)) and not one.name.startswith("_")
                if named and re.search(r"Raises\n *-+\n", ast.get_docstring(one) or ""):
                    yield ".".join([module, *([] if one is node else [node.name]), one.name])


def test_each_function_that_documents_errors_is_fuzzed_or_left_out_for_a_reason():
    missing = set(documented()) - set(TARGETS) - set(READERS) - set(BY_OTHERS)
    assert missing == set(), "add each to tests/fuzz_targets.py, or to BY_OTHERS with the reason"


def test_nothing_is_left_out_that_is_not_there():
    everything = (ROOT / "helpers").rglob("*.py")
    defined = {node.name for path in everything for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
               if isinstance(node, (ast.FunctionDef, ast.ClassDef))}  # fmt: skip
    assert {name.split(".")[-1] for name in BY_OTHERS} <= defined
    assert not set(BY_OTHERS) & set(TARGETS)
