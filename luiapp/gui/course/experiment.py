"""An experiment's card: knobs, a button that runs it, the numbers and the curves that come out."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from PySide6 import QtCore, QtWidgets

from luiapp.course.checks import told
from luiapp.course.lab import program
from luiapp.course.lesson import Experiment
from luiapp.course.sheet_figures import points_of
from luiapp.course.trial import Knob, knobs
from luiapp.errors import LuiError
from luiapp.gui.controls import label, push, set_role
from luiapp.gui.course.chart import Chart
from luiapp.gui.course.tasks import Host, TaskBox
from luiapp.gui.widgets.turner import Turner
from luiapp.texts import tr

_IN_A_ROW = 20  # letters of all words together, above which their buttons stand below each other


class KnobRow(QtWidgets.QWidget):
    """One knob: a slider with its value, or buttons to choose from."""

    turned = QtCore.Signal(object)

    def __init__(self, host: Host, knob: Knob, value: Any) -> None:
        super().__init__()
        self._knob, self.value = knob, value
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        name = label("secondary", wrap=True)
        name.setText(knob.label)
        column.addWidget(name)
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(6)
        column.addLayout(row)
        self.buttons: list[QtWidgets.QPushButton] = []
        self.turner: Turner | None = None
        if knob.words:
            if sum(len(text) for text in knob.labels) > _IN_A_ROW:
                row.setDirection(QtWidgets.QBoxLayout.Direction.TopToBottom)
            for word, text in zip(knob.words, knob.labels, strict=True):
                one = push(partial(self._choose, word))
                one.setText(text)
                one.setCheckable(True)
                one.setAccessibleName(f"{knob.label}: {text}")
                row.addWidget(one)
                self.buttons.append(one)
            row.addStretch(1)
            self._choose(value, told_=False)
        else:
            self.turner = Turner()
            self.turner.setAccessibleName(knob.label)
            self.turner.restyle(host.look.theme, host.look.theme.amber)
            self.number = label("heading")
            self.number.setMinimumWidth(round(64 * host.look.theme.scale))
            row.addWidget(self.turner, 1)
            row.addWidget(self.number)
            if knob.whole and knob.high - knob.low <= 100:
                self.turner.setSingleStep(max(1, round(1000 / (knob.high - knob.low))))
            self.turner.show_percent(self._percent(value))
            self.turner.turned.connect(self._turned)
            self._say()

    def enable(self, on: bool) -> None:
        """Whether it can be turned."""
        for one in (*self.buttons, *([self.turner] if self.turner is not None else [])):
            one.setEnabled(on)

    @property
    def _logarithmic(self) -> bool:
        return self._knob.low > 0 and self._knob.high / self._knob.low >= 50

    def _percent(self, value: float) -> float:
        low, high = self._knob.low, self._knob.high
        if self._logarithmic:
            return 100 * math.log(value / low) / math.log(high / low)
        return 100 * (value - low) / (high - low)

    def _turned(self, percent: float) -> None:
        low, high = self._knob.low, self._knob.high
        value = low * (high / low) ** (percent / 100) if self._logarithmic else low + percent / 100 * (high - low)
        value = float(f"{value:.2g}") if not self._knob.whole else round(value)
        self.value = self._knob.take(min(max(value, low), high))
        self._say()
        self.turned.emit(self.value)

    def _choose(self, word: str, told_: bool = True) -> None:
        self.value = word
        for one, here in zip(self.buttons, self._knob.words, strict=False):
            one.setChecked(here == word)
        if told_:
            self.turned.emit(word)

    def _say(self) -> None:
        self.number.setText(told(self.value, ""))


class ExperimentBox(TaskBox):
    """Turn, run, look."""

    def __init__(self, host: Host, task: Experiment) -> None:
        super().__init__(host)
        self.task = task
        self.title = self.said(task.text)
        kept = {**host.play.known.get(task.id, {}).get("given", {}), **host.trials.settings.get(task.id, {})}
        self.rows: dict[str, KnobRow] = {}
        for knob in knobs(task):
            try:
                value = knob.take(kept.get(knob.name, knob.start))
            except LuiError:
                value = knob.start
            row = self.rows[knob.name] = KnobRow(host, knob, value)
            row.turned.connect(partial(self._turned, knob.name))
            self.add(row)
        self.warning = self.said("", "secondary")
        self.code = QtWidgets.QPlainTextEdit(readOnly=True)
        self.code.setFixedHeight(round(180 * host.look.theme.scale))
        self.code.setAccessibleName(tr("The lesson's program"))
        self.add(self.code)
        self.agree = push(host.trials.agree)
        self.add(self.agree)
        self.go = push(self.run, "primary")
        self.add(self.go)
        self.problem = self.said("", "bad")
        self.chart = Chart(host.look, task)
        self.add(self.chart)
        self.numbers = self.said("")
        self.refresh()

    def run(self) -> None:
        """Run it with the knobs as they stand."""
        self.host.trials.start(self.host.play, self.task, {name: row.value for name, row in self.rows.items()})

    def _turned(self, name: str, value: Any) -> None:
        self.host.trials.settings.setdefault(self.task.id, {})[name] = value

    def refresh(self) -> None:
        trials, play = self.host.trials, self.host.play
        state = play.known.get(self.task.id, {})
        running, allowed = trials.running == self.task.id, trials.allowed
        held = play.held_back(self.task)
        self.title.setText(("✓ " if play.task_done(self.task) else "○ ") + self.task.text)
        self._ask(not allowed)
        self.go.setVisible(allowed)
        self.go.setEnabled(not trials.running and not held)
        self.go.setText(tr("It is running …") if running else tr("Predict first") if held else tr("Run"))
        for row in self.rows.values():
            row.enable(not running)
        self.problem.setText("⚠ " + trials.problems.get(self.task.id, ""))
        self.problem.setVisible(self.task.id in trials.problems)
        curves = state.get("curves", {})
        self.chart.setVisible(bool(self.task.axes) and bool(curves))
        self.chart.show_curves({name: points_of(points) for name, points in curves.items()})
        self.numbers.setText("\n".join(self._values(state.get("values", {}))))
        self.numbers.setVisible("values" in state and bool(self.task.values))
        set_role(self.numbers, "lesson")

    def _values(self, values: dict[str, float]) -> list[str]:
        found = []
        for text, name in zip(self.task.values, self.task.value_names, strict=True):
            key, _, unit = text.partition(" ")
            found.append(f"{name}: {told(values[key], unit)}" if key in values else f"{name}: –")
        return found

    def _ask(self, wanted: bool) -> None:
        for one in (self.warning, self.code, self.agree):
            one.setVisible(wanted)
        if wanted and not self.code.toPlainText():
            self.warning.setText(
                tr("This lesson comes from outside and brings a program of its own, which could do anything that you "
                   "may do. Read it first; run it only if you trust whoever wrote it.")
            )  # fmt: skip
            self.agree.setText(tr("I trust it: let it run"))
            try:
                self.code.setPlainText(program(self.host.trials.folder) if self.host.trials.folder else "")
            except LuiError as error:
                self.code.setPlainText(str(error))
