"""Race dashboard: choose the settings, and watch two networks train, one with batch normalization, one without."""

import asyncio
import contextlib
import signal
import threading
import time

import ipywidgets as ipw

from helpers._support.blas import one_thread
from helpers.experiments import Experiment
from helpers.figures import plots
from helpers.widgets import frame
from helpers.widgets.race_engine import Race

SLICE = 0.035  # seconds of training between two checks for what the learner pressed
LAP = 10  # steps of each network between two measurements of its accuracy
FAINT = 4  # earlier races that stay in the picture
REDRAW = 0.03  # seconds from one picture to the next at least: the browser needs the processor, too
SIDES = {True: "with", False: "without"}


class RaceDashboard(frame.CourseWidget):
    """Two networks train live from the same weights on the same batches; Stop acts between two slices of 35 ms.

    Parameters
    ----------
    experiment : helpers.experiments.Experiment or None
        The settings to begin with; None means ReLU, rate 0.01, initial sd 0.05, three hidden layers, 500 steps.

    Note
    ----
    Start and Stop are buttons. `run()` does a race to its end and waits for it. A value that cannot be trained with
    (a rate of -1) is refused in words; one that trains to nothing (a rate of 1e6) is trained with, and the text says at
    which step it diverged.
    """

    def __init__(self, experiment=None):
        first = experiment or Experiment(batch_norm=True, activation="relu", steps=500)
        names = [(words, name) for name, words in plots.ACTIVATION_NAMES.items()]
        self.activation = frame.choice("activation", "function", names, first.activation)
        self.rate = _field(ipw.FloatText, "learning rate (per step)", first.learning_rate)
        self.sd = _field(ipw.FloatText, "initial sd (of the weights)", first.init_scale)
        self.depth = frame.whole("depth", "hidden layers", 1, 12, len(first.hidden))
        self.size = _field(ipw.IntText, "batch size (images)", first.batch_size)
        self.steps = frame.choice("length", "steps", [100, 500, 1000, 2000], first.steps)
        self.start_button = ipw.Button(description="Start", icon="play", button_style="primary", tooltip="Start a race")
        self.stop_button = ipw.Button(description="Stop", icon="stop", tooltip="Stop the race", disabled=True)
        self.progress = ipw.IntProgress(description="steps", layout={"width": "16em"})
        self.start_button.on_click(lambda _: self.start())
        self.stop_button.on_click(lambda _: self.stop())
        self.race, self._earlier, self._task, self._wanted, self.redraws = None, [], None, False, 0
        controls = [self.activation, self.rate, self.sd, self.depth, self.size, self.steps]
        buttons = ipw.HBox([self.start_button, self.stop_button, self.progress])
        where = "Race dashboard: two networks train live, with and without batch normalization."
        # Choosing redraws nothing: the controls say what the next race will be.
        super().__init__((8, 3.4), [], where, ipw.VBox([frame.two_columns(controls), buttons]))
        self.run()

    def build(self, figure):
        self._axes = figure.subplots()
        self._axes.set(xlabel="training step", ylabel=plots.LABELS["validation_accuracy"], ylim=(0, 1.02))
        self._axes.axhline(0.1, color=plots.GREY, linewidth=1, linestyle=":")
        where = self._axes.get_yaxis_transform()
        self._axes.text(1, 0.09, "guessing", transform=where, ha="right", va="top", fontsize=9, color=plots.GREY)
        lines = {side: self._axes.plot([], [], **plots.line_style(side))[0] for side in SIDES}
        figure.legend(handles=lines.values(), loc="outside upper center", ncols=2)
        self._lines = lines
        self._faint = [
            self._axes.plot([], [], color=lines[side].get_color(), linestyle=lines[side].get_linestyle())[0]
            for _ in range(FAINT)
            for side in SIDES
        ]
        for line in self._faint:
            line.set(alpha=0.35, linewidth=1)
        return [*self._faint, *self._lines.values()]

    def chosen(self):
        """The Experiment that the controls describe; raises ValueError where they describe none."""
        return Experiment(
            batch_norm=True,
            activation=self.activation.value,
            learning_rate=self.rate.value,
            init_scale=self.sd.value,
            hidden=(100,) * self.depth.value,
            batch_size=self.size.value,
            steps=self.steps.value,
        )

    def start(self):
        """Begin a race with the settings as they are, and return at once; a race under way is ended first."""
        if self._prepare():
            self._task = asyncio.get_running_loop().create_task(self._go(self._task))

    def run(self):
        """Run a race with the settings as they are, and return when it is over."""
        if self._prepare():
            with self._racing():
                while not self._done():
                    self._slice(seconds=60)
            self.refresh()

    def stop(self):
        """End the race where it is; its lines stay."""
        self._wanted = False

    def update(self):
        if self.race is None:
            return "No race yet: press Start."
        for side, line in self._lines.items():
            line.set_data(self.race.sides[side].steps, self.race.sides[side].accuracies)
        for line, (steps, accuracies) in zip(self._faint, self._earlier):
            line.set_data(steps, accuracies)
        self.progress.value = self.race.step
        total = self.race.experiment.steps
        state = "running" if self._wanted and not self.race.over else "over" if self.race.over else "stopped"
        sides = "\n".join(f"{plots.line_style(side)['label'].capitalize()}: {self._say(side)}" for side in SIDES)
        return f"Step {self.race.step} of {total}, {state}.\n{sides}"

    def settings(self):
        one = self.race.experiment
        words = plots.describe(("activation", "learning_rate", "init_scale", "hidden"), _values(one))
        return f"{words}, batches of {one.batch_size}, one seed."

    def _say(self, side):
        one = self.race.sides[side]
        pace = f"{float(f'{one.steps_per_second:.2g}'):,.0f} steps a second"
        if one.diverged_at is not None:
            return f"diverged at step {one.diverged_at} (the loss is no finite number)."
        return f"validation accuracy {one.accuracies[-1]:.2f}, {pace}."

    def _prepare(self):
        """Set up the next race; False where the settings describe none, and then the widget says why."""
        self._wanted = False
        try:
            with one_thread():
                race = Race(self.chosen())
        except Exception as error:
            self.say_problem(error)
            return False
        if self.race is not None:
            lines = [(side.steps, side.accuracies) for side in self.race.sides.values()]
            self._earlier = [*lines, *self._earlier][: 2 * FAINT]
        self.race, self._wanted, self.redraws = race, True, 0
        self.start_button.disabled, self.stop_button.disabled = True, False
        self.progress.max, self.progress.value = race.experiment.steps, 0
        limits = (0, race.experiment.steps)
        if self._axes.get_xlim() != limits:
            self._axes.set_xlim(limits)
            self.canvas.renew()
        return True

    def _done(self):
        return self.race.over or not self._wanted

    def _slice(self, seconds):
        """Train for this many seconds, or to the end of the race."""
        end = time.perf_counter() + seconds
        while not self._done() and time.perf_counter() < end:
            self.race.advance(LAP)

    async def _go(self, earlier):
        race = self.race
        if earlier is not None and not earlier.done():
            await earlier  # it sees that another race has begun, and ends
        with self._racing():
            try:
                shown = 0.0
                while race is self.race and not self._done():
                    self._slice(SLICE)
                    if time.perf_counter() - shown >= REDRAW:
                        self.refresh()
                        self.redraws, shown = self.redraws + 1, time.perf_counter()
                    await asyncio.sleep(0.002)  # here the kernel hears of Stop, and of everything else
            except Exception as error:
                self.say_problem(error)
                return
        if race is self.race:
            self._wanted = False
            self.refresh()

    @contextlib.contextmanager
    def _racing(self):
        """The kernel's interrupt ends the race; one thread is fastest; Start can be pressed again afterwards."""
        race = self.race
        before = None
        if threading.current_thread() is threading.main_thread() and self._task is not None:
            before = signal.signal(signal.SIGINT, lambda *_: self.stop())
        try:
            with one_thread():
                yield
        finally:
            if before is not None:
                signal.signal(signal.SIGINT, before)
            if race is self.race:
                self.start_button.disabled, self.stop_button.disabled = False, True


def _field(kind, label, value):
    return kind(value=value, description=label, style={"description_width": "15em"}, layout={"width": "22em"})


def _values(experiment):
    return experiment.activation, experiment.learning_rate, experiment.init_scale, experiment.hidden
