"""What an examination found, to read, to show in a notebook, and to hand on as a dict."""

import base64
import html
import io
from dataclasses import dataclass

import numpy as np

from helpers.doctor.findings import texts

__all__ = ["Report"]


@dataclass
class Report:
    """Findings about a model, and what could not be looked at. `print(report)` is meant to be read.

    Attributes
    ----------
    findings : list of Finding
        Each with `name`, `layer`, `number`, `sure`, `symptom`, `why`, `lesson`, `cure`; the first to repair first.
    not_looked_at : list of str
    facts : Facts
        All that was measured.
    """

    findings: list
    facts: object

    @property
    def not_looked_at(self):
        return self.facts.not_looked_at

    @property
    def names(self):
        """The names of the findings, each once, in order."""
        return list(dict.fromkeys(one.name for one in self.findings))

    @property
    def exit_code(self):
        """0 if nothing was found, 1 otherwise."""
        return int(bool(self.findings))

    def to_dict(self):
        """Numbers, text, lists and dicts only: ready for `json.dumps`."""
        return {
            "images": self.facts.images,
            "normalizations": [norm.path for norm in self.facts.norms],
            "findings": [one.to_dict() for one in self.findings],
            "not_looked_at": list(self.not_looked_at),
        }

    def __str__(self):
        words, lines = texts()["report"], [self._first_line()]
        for name in self.names:
            group = [one for one in self.findings if one.name == name]
            worst = max(group, key=lambda one: abs(one.number or 0))
            where = f", {words['in_layers'].format(count=len(group))}" if len(group) > 1 else ""
            lines += ["", f"{name} ({worst.sure}{where})"]
            lines += [f"  {words[part]}: {getattr(worst, part)}" for part in ("why", "symptom", "cure", "lesson")]
        lines += ["", *self._accuracy(), *self._remarks()] if self._accuracy() or self._remarks() else []
        return "\n".join(lines)

    __repr__ = __str__

    def _first_line(self):
        words, norms = texts()["report"], len(self.facts.norms)
        if not norms and not self.findings:
            return f"{words['none']} {words['nothing']}"
        if not self.findings:
            return words["healthy"].format(norms=norms, images=self.facts.images)
        count = len(self.names)
        found = words["finding"] if count == 1 else words["findings"].format(count=count)
        return words["found"].format(found=found, norms=norms, images=self.facts.images)

    def _accuracy(self):
        facts = self.facts
        if facts.right_by_memory is None:
            return []
        shares = {"memory": np.mean(facts.right_by_memory), "batch": np.mean(facts.right_by_batch)}
        text = "accuracy" if facts.output_gap else "accuracy_by_memory"
        return [texts()["report"][text].format(**shares)]

    def _remarks(self):
        words, others = texts()["report"], ", ".join(f"{path} ({kind})" for path, kind in self.facts.others)
        lines = [words["others"].format(others=others)] if others else []
        return lines + (
            [words["not_looked_at"]] + [f"  {one}" for one in self.not_looked_at] if self.not_looked_at else []
        )

    def draw(self):
        """A figure: for each normalization a row, for each feature a point, left how far its memory's mean is from the
        data's, right the ratio of the variances. Rows with a finding are marked by their color.
        """
        import matplotlib.pyplot as plt

        from helpers.figures import plots

        norms = [norm for norm in self.facts.norms if norm.known]
        ill, words = {one.layer for one in self.findings}, texts()["report"]
        figure, axes = plt.subplots(
            1, 2, figsize=(9, 1.4 + 0.35 * max(len(norms), 1)), sharey=True, layout="constrained"
        )
        for row, norm in enumerate(norms):
            color = plots.VERMILION if norm.path in ill else plots.BLUE
            for axis, values in zip(axes, (norm.distances[0], np.exp(norm.distances[1]))):
                axis.plot(values, np.full(len(values), row), "o", color=color, alpha=0.5, markersize=5)
        for axis, label, exact in zip(axes, (words["mean"], words["variance"]), (0, 1)):
            axis.axvline(exact, color=plots.GREY, linewidth=1)
            axis.set_xlabel(label, fontsize=9)
        axes[1].set_xscale("log")
        axes[0].set_yticks(range(len(norms)), [norm.path for norm in norms])
        axes[0].invert_yaxis()
        return figure

    def _repr_html_(self):
        import matplotlib.pyplot as plt

        picture = ""
        if any(norm.known for norm in self.facts.norms):
            figure, file = self.draw(), io.BytesIO()
            figure.savefig(file, format="png", dpi=80)
            plt.close(figure)
            data = base64.b64encode(file.getvalue()).decode()
            words = texts()["report"]
            alternative = html.escape(f"{words['mean']}; {words['variance']}")
            picture = f'<img alt="{alternative}" src="data:image/png;base64,{data}">'
        return f'<pre style="white-space: pre-wrap">{html.escape(str(self))}</pre>{picture}'
