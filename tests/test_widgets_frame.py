"""What all widgets share: CSS classes, labels, errors in words, and a picture where no kernel runs."""

import base64
import io
import re

import ipywidgets as ipw
import numpy as np
import pytest
from matplotlib import image

from helpers import data, widgets
from helpers.experiments import Experiment, train
from helpers.widgets import frame

RECORDED = Experiment(batch_norm=True, activation="sigmoid", hidden=(10, 10), learning_rate=1)
TRAINED = Experiment(batch_norm=True, activation="relu", learning_rate=0.1, steps=100)


def modes():
    digits, network = data.load(), train(TRAINED, seeds=1, progress=False).network(0)
    return widgets.ModesExplorer(network, digits.x_test[:5], digits.y_test[:5], digits.x_train)


MAKERS = {
    "transform": widgets.TransformExplorer,
    "steps": widgets.TransformSteps,
    "scrubber": lambda: widgets.ActivationScrubber(widgets.record(RECORDED, steps=(0, 5, 40))),
    "race": lambda: widgets.RaceDashboard(Experiment(batch_norm=True, activation="relu", steps=100)),
    "modes": modes,
    "momentum": widgets.MomentumExplorer,
    "axes": widgets.AxesExplorer,
    "latent": lambda: widgets.LatentWalk(lambda z: np.abs(np.tanh(z)).reshape(-1, 4, 4), 16),
    "progress map": lambda: widgets.ProgressMap(["standardize"]),
}


@pytest.fixture(scope="module", params=MAKERS)
def widget(request):
    return MAKERS[request.param]()


def below(widget):
    """All widgets in it, itself included."""
    return [widget, *(one for child in getattr(widget, "children", ()) for one in below(child))]


def controls(widget):
    shown = (ipw.Image, ipw.HTML, ipw.IntProgress, ipw.Box)
    return [one for one in below(widget) if not isinstance(one, shown)]


def test_root_picture_and_text_have_the_classes_of_the_architecture(widget):
    assert "course-widget" in widget._dom_classes
    assert [type(one).__name__ for one in below(widget) if "course-figure" in one._dom_classes] == ["Picture"]
    assert [type(one).__name__ for one in below(widget) if "course-text" in one._dom_classes] == ["HTML"]


def test_the_picture_has_the_widgets_name(widget):
    name = widget.where.partition(":")[0]
    assert widget.picture.tooltip == f"{name}: the text below says what this picture shows."
    assert widget.picture.description == ""  # ipywidgets cannot draw a tooltip without


def test_a_field_is_wide_enough_for_the_longest_word_to_choose(widget):
    for field in below(widget):
        if isinstance(field, ipw.Combobox):
            room = float(field.layout.width.removesuffix("em")) - 15  # the label takes 15em
            assert room >= 4 + 0.6 * max(map(len, field.options))


def test_each_control_has_a_label_and_each_slider_a_field_with_a_unit(widget):
    assert controls(widget)
    rows = {id(box.children[1]): box.children[0] for box in below(widget) if isinstance(box, ipw.HBox)}
    for control in controls(widget):
        if "Slider" in type(control).__name__:
            assert re.search(r"\S \(.+\)$", rows[id(control)].description)
        else:
            assert control.description.strip()


def test_a_field_moves_its_slider_and_the_slider_its_field(widget):
    for box in below(widget):
        if not isinstance(box, ipw.HBox) or "Slider" not in type(box.children[1]).__name__:
            continue
        field, slider = box.children
        name = "label" if hasattr(slider, "options") else "value"
        before = getattr(slider, name)
        field.value = slider._options_labels[-1] if name == "label" else slider.max
        assert getattr(slider, name) == field.value
        setattr(slider, name, before)
        assert field.value == before


def test_every_widget_in_it_is_part_of_ipywidgets_itself(widget):
    """A front end then has its code already, and asks no other machine for it."""
    modules = {one._view_module for one in below(widget)} | {one._model_module for one in below(widget)}
    assert modules <= {"@jupyter-widgets/base", "@jupyter-widgets/controls"}


def test_the_text_says_something_in_sentences(widget):
    words = re.sub("<[^>]+>", "", widget.text.value)
    assert words.endswith(".")
    assert len(words) > 40
    assert widget.problem.value == ""


def test_where_no_kernel_runs_there_is_a_picture_and_a_sentence(widget):
    bundle = widget._repr_mimebundle_()
    still = image.imread(io.BytesIO(base64.b64decode(bundle["image/png"])), format="png")
    assert still.shape[0] > 200
    assert still.shape[1] > 600
    assert bundle["text/plain"] == f"{widget.where} Run the cell to use it."
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id


def test_a_saved_picture_is_small(widget):
    assert len(widget._repr_mimebundle_()["image/png"]) < 150_000


def test_the_sentence_is_the_same_in_two_widgets_of_a_kind(widget):
    assert re.search(r"\d\.\d", widget._repr_mimebundle_()["text/plain"]) is None


def test_an_error_is_said_in_words_and_the_widget_goes_on(widget, monkeypatch):
    picture = widget.picture.value

    def broken():
        raise ZeroDivisionError("<nothing> to divide")

    with monkeypatch.context() as patch:
        patch.setattr(widget, "update", broken)
        widget.refresh()
        assert "ZeroDivisionError: &lt;nothing&gt; to divide" in widget.problem.value
        assert 'role="alert"' in widget.problem.value
        assert widget.picture.value == picture
    widget.refresh()
    assert widget.problem.value == ""


def test_ctrl_c_is_not_swallowed(widget, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(widget, "update", interrupted)
        with pytest.raises(KeyboardInterrupt):
            widget.refresh()


def test_a_subclass_has_to_say_what_it_draws():
    with pytest.raises(NotImplementedError):
        frame.CourseWidget((3, 2), [], "Nothing.")
