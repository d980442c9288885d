"""What all widgets have in common: controls above, the picture, the same facts as text, and errors in words."""

import base64
import html

import ipywidgets as ipw
import traitlets

from helpers.figures import plots
from helpers.widgets.canvas import Canvas

CLASS, FIGURE_CLASS, TEXT_CLASS = "course-widget", "course-figure", "course-text"
SLIDER = {"style": {"description_width": "15em"}, "layout": {"width": "27em", "max_width": "100%"}}
# ipywidgets gives the handle of a slider no name. The field beside it has one, and does the same: so the handle is for
# the mouse alone, neither read out nor stopped at by Tab, and what is drawn and dragged is the area inside it.
LOOK = f"""<style>
.{CLASS} .noUi-handle {{ visibility: hidden }}
.{CLASS} .noUi-touch-area {{ visibility: visible; border-radius: 50%; background: {plots.BLUE}; cursor: pointer }}
</style>"""


class Picture(ipw.Image):
    """An Image with a name for readers without sight, its `tooltip`.

    ipywidgets 8.1 cannot draw an Image that has a tooltip: it asks for a description as well, which only other widgets
    have. So this one has an empty one.
    """

    description = traitlets.Unicode("").tag(sync=True)


class CourseWidget(ipw.VBox):
    """A widget of the course: a subclass says what is drawn (`build`) and what a move changes (`update`).

    Parameters
    ----------
    size : (width, height) of the picture in inches
    controls : list of ipywidgets
        Each has a description. A change of a value redraws; a button or a box of others is only shown.
    where : str
        One sentence on what the widget is for, shown above it and wherever no kernel runs.

    Attributes
    ----------
    picture : Picture
    text : ipywidgets.HTML
        The same facts in words.
    problem : ipywidgets.HTML
        Why the last move could not be drawn; empty where it could. The picture stays as it was.
    """

    def __init__(self, size, controls, where, shown=None):
        self.where = where
        name = f"{where.partition(':')[0]}: the text below says what this picture shows."
        self.picture = Picture(format="png", tooltip=name, layout={"max_width": "100%", "object_fit": "contain"})
        self.text, self.problem = ipw.HTML(), ipw.HTML()
        self.picture.add_class(FIGURE_CLASS)
        self.text.add_class(TEXT_CLASS)
        self.canvas = Canvas(size, self.build)
        shown = ipw.VBox([row(control) for control in controls]) if shown is None else shown
        super().__init__([ipw.HTML(f"{LOOK}<p>{html.escape(where)}</p>"), shown, self.picture, self.problem, self.text])
        self.add_class(CLASS)
        for control in controls:
            if control.has_trait("value"):
                control.observe(self.refresh, "value")
        self.refresh()

    def build(self, figure):
        """Add axes and artists to the matplotlib figure, and return the list of artists that a move changes."""
        raise NotImplementedError

    def update(self):
        """Bring the artists to the controls' values, and return the facts as text, a sentence a line."""
        raise NotImplementedError

    def settings(self):
        """The controls' values in words, for a page on which no control is seen."""
        raise NotImplementedError

    def refresh(self, change=None):
        """Redraw for the controls' values as they are; what goes wrong is said in words."""
        try:
            facts = self.update()
            picture = self.canvas.png()
        except Exception as error:
            self.say_problem(error)
            return
        self.show(picture, facts)

    def show(self, picture, facts):
        """Show a picture (PNG) and its facts."""
        self.picture.value = picture
        self.text.value = f'<div role="status">{_paragraphs(facts)}</div>'
        self.problem.value = ""

    def say_problem(self, error):
        """Tell the learner what went wrong, in words and without a traceback."""
        words = html.escape(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
        self.problem.value = (
            f'<p role="alert" style="border-left: 4px solid #A3321F; padding-left: 0.6em">'
            f"This could not be shown. {words} Choose another value: the widget goes on working.</p>"
        )

    def still(self):
        """The picture for a page without a kernel, as the bytes of a PNG: the settings stand below it."""
        return self.canvas.still(f"{self.settings()}\nRun the cell to choose other values.")

    def _repr_mimebundle_(self, **options):
        bundle = super()._repr_mimebundle_(**options)
        # `text/plain` holds no measured number: it is the same on every machine.
        bundle["text/plain"] = f"{self.where} Run the cell to use it."
        bundle["image/png"] = base64.b64encode(self.still()).decode("ascii")
        return bundle


def slider(label, unit, values, value):
    """A slider over a list of values, with its unit behind the label."""
    return ipw.SelectionSlider(
        options=[(f"{one:g}", one) for one in values], value=value, description=f"{label} ({unit})", **_style()
    )


def whole(label, unit, low, high, value, step=1):
    """A slider over whole numbers, with its unit behind the label."""
    return ipw.IntSlider(min=low, max=high, step=step, value=value, description=f"{label} ({unit})", **_style())


def decimal(label, unit, low, high, value, step):
    """A slider over decimal numbers, with its unit behind the label."""
    return ipw.FloatSlider(
        min=low, max=high, step=step, value=value, description=f"{label} ({unit})", readout_format=".2f", **_style()
    )


def choice(label, unit, options, value):
    """A slider over a few words; options are values, or pairs of words and a value."""
    return ipw.SelectionSlider(options=options, value=value, description=f"{label} ({unit})", **_style())


def row(control):
    """A slider behind a field for the keyboard: its value can be typed there, and the label is the field's.

    Where a cell is selected, but not edited, JupyterLab and Notebook take the arrow keys for themselves, also when a
    slider or a list has the focus. They leave a field alone.
    """
    if not control.has_trait("readout"):
        return control
    look = {"description": control.description, "style": dict(SLIDER["style"]), "layout": {"width": "22em"}}
    control.readout, control.description, control.layout.width = False, "", "11em"
    kinds = {ipw.IntSlider: ipw.BoundedIntText, ipw.FloatSlider: ipw.BoundedFloatText}
    if type(control) in kinds:
        limits = {name: getattr(control, name) for name in ("min", "max", "step", "value")}
        field = kinds[type(control)](**limits, **look)
        ipw.link((control, "value"), (field, "value"))
    else:
        labels = [str(option[0] if isinstance(option, tuple) else option) for option in control.options]
        control.label = labels[control.index]  # ipywidgets leaves it empty where the first option is chosen
        look["layout"]["width"] = f"{max(22, 19 + 0.6 * max(map(len, labels))):g}em"  # room for the longest option
        field = ipw.Combobox(options=labels, value=control.label, ensure_option=True, continuous_update=False, **look)
        ipw.link((control, "label"), (field, "value"))
    return ipw.HBox([field, control], layout={"align_items": "center"})


def two_columns(controls):
    """Controls side by side where there is room for two, below each other where there is not."""
    return ipw.Box(
        [row(control) for control in controls], layout={"flex_flow": "row wrap", "width": "100%", "max_width": "72em"}
    )


def _style():
    return {"style": dict(SLIDER["style"]), "layout": dict(SLIDER["layout"])}


def _paragraphs(facts):
    return "".join(f"<p>{html.escape(line)}</p>" for line in facts.splitlines() if line)
