"""The things to do in a step, each a card: question, prediction, goal, measured number, button."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.course.lesson import Act, Button, Check, Entry, Prediction, Question
from luiapp.course.play import EXPLAINED, LOCKED, OBSERVED, OPEN, Play
from luiapp.course.tracks import order
from luiapp.errors import LuiError
from luiapp.gui.controls import label, push, set_role
from luiapp.gui.course.draw import DrawPad
from luiapp.gui.course.trials import Trials
from luiapp.gui.theme import Look
from luiapp.gui.widgets.wrapped_button import WrappedButton
from luiapp.texts import tr
from luiapp.units import parse_quantity


class Host(Protocol):
    """What a page asks of the panel that holds it."""

    @property
    def play(self) -> Play:
        """The open lesson."""

    @property
    def look(self) -> Look:
        """The theme."""

    @property
    def trials(self) -> Trials:
        """What runs experiments."""

    def percent(self, neuron: str, name: str) -> float | None:
        """How far a trimmer is turned; None where that isn't known."""

    def turn(self, neuron: str, name: str, percent: float) -> None:
        """Turn it."""

    def do(self, acts: tuple[Act, ...]) -> None:
        """Do something to the bench."""

    def run(self, task: Prediction) -> None:
        """A prediction was locked: let it happen."""

    def enter(self, task: Entry, value: float) -> str:
        """A number was measured; what is said about it."""

    def changed(self) -> None:
        """Something was done: keep it, show it."""


def reveal(widget: QtWidgets.QWidget) -> None:
    """Scroll to what has just appeared, once it has its place."""
    area = widget.parentWidget()
    while area is not None and not isinstance(area, QtWidgets.QScrollArea):
        area = area.parentWidget()
    if isinstance(area, QtWidgets.QScrollArea):
        QtCore.QTimer.singleShot(0, widget, partial(_show_settled, area, widget))


def _show_settled(area: QtWidgets.QScrollArea, widget: QtWidgets.QWidget) -> None:
    """A box grows, then its column, then what scrolls: each asks the next for room by an event."""
    for _ in range(4):  # as deep as they lie within each other
        QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.LayoutRequest.value)
    area.ensureWidgetVisible(widget)


class TaskBox(QtWidgets.QFrame):
    """A thing to do. Children build their widgets and keep them up to date in `refresh`."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.host = host
        self.column = QtWidgets.QVBoxLayout(self)
        self.column.setContentsMargins(12, 10, 12, 12)
        self.column.setSpacing(8)

    def add(self, widget: QtWidgets.QWidget) -> None:
        """One more widget at the bottom."""
        self.column.addWidget(widget)

    def said(self, text: str, role: str = "lesson") -> QtWidgets.QLabel:
        """A wrapped label at the bottom."""
        one = label(role, wrap=True)
        one.setText(text)
        self.add(one)
        return one

    def refresh(self) -> None:
        """Show what is known by now."""


class Picker(QtWidgets.QWidget):
    """Radio buttons under a heading."""

    picked = QtCore.Signal()

    def __init__(self, title: str, options: tuple[str, ...], look: Look, places: list[int] | None = None) -> None:
        super().__init__()
        self._group = QtWidgets.QButtonGroup(self)
        self.buttons: list[QtWidgets.QRadioButton] = []
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        head = label("heading")
        head.setText(title)
        column.addWidget(head)
        rows: list[QtWidgets.QHBoxLayout] = []
        for i, text in enumerate(options):
            row = QtWidgets.QHBoxLayout()
            one = QtWidgets.QRadioButton()
            one.setAccessibleName(text)
            words = _Words(text, one)
            row.addWidget(one, 0, QtCore.Qt.AlignmentFlag.AlignTop)
            row.addWidget(words, 1, QtCore.Qt.AlignmentFlag.AlignVCenter)
            rows.append(row)
            self._group.addButton(one, i)
            self.buttons.append(one)
        for i in places if places is not None else range(len(rows)):
            column.addLayout(rows[i])
        self._group.idToggled.connect(lambda *_: self.picked.emit())

    @property
    def chosen(self) -> int:
        """Which one, from 0; −1 for none."""
        return self._group.checkedId()

    def fix(self, chosen: int, right: int | None) -> None:
        """Show what was chosen; it can't be changed any more. The right one, if told, is marked."""
        with QtCore.QSignalBlocker(self._group):
            if 0 <= chosen < len(self.buttons):
                self.buttons[chosen].setChecked(True)
        for i, one in enumerate(self.buttons):
            one.setEnabled(False)
            words = one.property("words")
            if right is not None and isinstance(words, _Words):
                words.say_mark("✓ " if i == right else "✗ " if i == chosen else "")


class _Words(QtWidgets.QLabel):
    """The text of a radio button, wrapped; a click on it chooses."""

    def __init__(self, text: str, button: QtWidgets.QRadioButton) -> None:
        super().__init__(text)
        self._text, self._button = text, button
        self.setProperty("role", "lesson")
        self.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        button.setProperty("words", self)

    def say_mark(self, mark: str) -> None:
        """A sign before the text."""
        self.setText(mark + self._text)

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._button.isEnabled():
            self._button.setChecked(True)


class QuestionBox(TaskBox):
    """A question: an answer and a reason, then the explanation."""

    def __init__(self, host: Host, task: Question) -> None:
        super().__init__(host)
        self.task = task
        self.said(task.text)
        self.options = Picker(tr("Answer"), task.options, host.look)
        self.reasons = Picker(tr("Because"), task.reasons, host.look, order(task.id, len(task.reasons)))
        self.add(self.options)
        self.add(self.reasons)
        self.go = push(self.answer, "primary")
        self.go.setText(tr("Answer"))
        self.add(self.go)
        self.outcome = self.said("")
        for one in (self.options, self.reasons):
            one.picked.connect(self._enable)
        self.refresh()

    def answer(self) -> None:
        """Take what is picked."""
        try:
            self.host.play.answer(self.task, self.options.chosen, self.reasons.chosen)
        except LuiError:
            return
        self.host.changed()
        reveal(self.outcome)

    def refresh(self) -> None:
        state = self.host.play.known.get(self.task.id, {})
        open_ = "answer" not in state
        self.go.setVisible(open_)
        self.outcome.setVisible(not open_)
        self._enable()
        if not open_:
            hush = self.host.play.hush
            self.options.fix(state["answer"], None if hush else self.task.answer)
            self.reasons.fix(state["reason"], None if hush else self.task.reason)
            right = bool(state.get("right"))
            set_role(self.outcome, "lesson")
            self.outcome.setText(tr("Answered. It stays open what is right."))
        if not open_ and not hush:
            self.outcome.setText(("✓ " if right else "✗ ") + self.task.explain)

    def _enable(self) -> None:
        self.go.setEnabled(self.options.chosen >= 0 and self.reasons.chosen >= 0)


class PredictionBox(TaskBox):
    """Predict, lock, observe, explain."""

    def __init__(self, host: Host, task: Prediction) -> None:
        super().__init__(host)
        self.task = task
        self.stage_text = self.said("", "secondary")
        self.said(task.text)
        self.pad: DrawPad | None = None
        self.options = self.reasons = None
        if task.kind == "draw":
            self.pad = DrawPad(host.look, task.seconds, task.low, task.high)
            self.pad.drawn.connect(self._enable)
            self.add(self.pad)
        else:
            self.options = Picker(tr("I expect"), task.options, host.look)
            self.reasons = Picker(tr("Because"), task.reasons, host.look, order(task.id, len(task.reasons)))
            for one in (self.options, self.reasons):
                one.picked.connect(self._enable)
                self.add(one)
        self.go = push(self.lock, "primary")
        self.go.setText(tr("Lock it, then run it") if task.until else tr("Lock it, and let it run"))
        self.add(self.go)
        self.explanation = self.said("")
        self.words = QtWidgets.QLineEdit()
        self.words.setPlaceholderText(tr("What happened, in your own words? Enter keeps it."))
        self.words.setAccessibleName(tr("Explanation in your own words"))
        self.words.setMaxLength(1000)
        self.words.editingFinished.connect(self._explain)
        self.add(self.words)
        self.refresh()

    def lock(self) -> None:
        """Commit, and let it happen."""
        try:
            if self.pad is not None:
                self.host.play.lock(self.task, drawn=self.pad.points())
            elif self.options is not None and self.reasons is not None:
                self.host.play.lock(self.task, option=self.options.chosen, reason=self.reasons.chosen)
        except LuiError:
            return
        self.host.run(self.task)
        self.host.changed()

    def refresh(self) -> None:
        stage = self.host.play.stage(self.task)
        state = self.host.play.known.get(self.task.id, {})
        seen = stage in (OBSERVED, EXPLAINED)
        texts = {OPEN: tr("Predict first"), LOCKED: tr("Locked. Watch …"), OBSERVED: tr("Expected and seen"),
                 EXPLAINED: tr("Expected, seen, explained")}  # fmt: skip
        self.stage_text.setText(texts[stage])
        self.go.setVisible(stage == OPEN)
        if seen and self.explanation.isHidden() and self.isVisible():
            reveal(self.words)
        self.explanation.setVisible(seen)
        self.words.setVisible(seen)
        if seen:
            sign = "" if "right" not in state else "✓ " if state["right"] else "✗ "
            self.explanation.setText(sign + self.task.explain)
            if not self.words.hasFocus():
                self.words.setText(str(state.get("words", "")))
        if stage != OPEN:
            if self.pad is not None:
                self.pad.show_points(state.get("drawn", []), state.get("seen", []))
            elif self.options is not None and self.reasons is not None:
                self.options.fix(state["answer"], self.task.answer if seen else None)
                self.reasons.fix(state["reason"], self.task.reason if seen else None)
        self._enable()

    def _enable(self) -> None:
        if self.pad is not None:
            self.go.setEnabled(len(self.pad.points()) > 10)
        elif self.options is not None and self.reasons is not None:
            self.go.setEnabled(self.options.chosen >= 0 and self.reasons.chosen >= 0)

    def _explain(self) -> None:
        words = self.words.text().strip()
        if words and words != self.host.play.known.get(self.task.id, {}).get("words"):
            self.host.play.explain(self.task, words)
            self.host.changed()


class GoalBox(TaskBox):
    """A goal that the running circuit is held against, with its hints."""

    def __init__(self, host: Host, task: Check) -> None:
        super().__init__(host)
        self.task = task
        self.title = self.said(task.text)
        self.now = self.said("", "secondary")
        self.hints = HintPart(self, task)
        self.refresh()

    def refresh(self) -> None:
        play = self.host.play
        done, verdict = play.task_done(self.task), play.verdict(self.task)
        self.title.setText(("✓ " if done else "○ ") + self.task.text)
        if verdict is not None and verdict.ok:
            nothing_left = self.task.high == 0  # such as wires that are missing
            text = tr("Reached.") if nothing_left else tr("Reached: {value}", value=verdict.sentence)
        elif done:
            text = tr("Reached before.")
        else:
            text = verdict.sentence if verdict is not None else tr("Waiting for a signal …")
        self.now.setText(text)
        set_role(self.now, "good" if done else "secondary")
        self.hints.refresh(done)


class EntryBox(TaskBox):
    """A number to measure and type."""

    def __init__(self, host: Host, task: Entry) -> None:
        super().__init__(host)
        self.task = task
        self.title = self.said(task.text)
        self.line = QtWidgets.QLineEdit()
        self.line.setAccessibleName(task.text)
        self.line.setPlaceholderText(f"… {task.unit}" if task.unit != "s" else "… ms, … s")
        self.line.returnPressed.connect(self.enter)
        self.go = push(self.enter)
        self.go.setText(tr("Compare"))
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self.line, 1)
        row.addWidget(self.go)
        self.column.addLayout(row)
        self.outcome = self.said("", "secondary")
        self.hints = HintPart(self, task)
        self.refresh()

    def enter(self) -> None:
        """Hold what is typed against the stream."""
        try:
            value = parse_quantity(self.line.text(), self.task.unit)
        except LuiError as error:
            self.outcome.setText(str(error))
            return
        text = self.host.enter(self.task, value)
        self.host.changed()
        self.outcome.setText(text)

    def refresh(self) -> None:
        done = self.host.play.task_done(self.task)
        self.title.setText(("✓ " if done else "○ ") + self.task.text)
        verdict = self.host.play.verdict(self.task)
        if verdict is not None:
            self.outcome.setText(verdict.sentence)
        set_role(self.outcome, "good" if done else "secondary")
        self.hints.refresh(done)


class ButtonBox(TaskBox):
    """Something that the lesson offers to do."""

    def __init__(self, host: Host, task: Button) -> None:
        super().__init__(host)
        self.go = WrappedButton(task.text)
        self.go.clicked.connect(lambda _c=False: host.do(task.acts))
        self.add(self.go)


class HintPart:
    """A button for one more hint, and those asked for so far."""

    def __init__(self, box: TaskBox, task: Check | Entry) -> None:
        self._box, self._task = box, task
        self.text = box.said("")
        self.more = push(self.ask)
        box.add(self.more)

    def ask(self) -> None:
        """One more."""
        self._box.host.play.more_hints(self._task)
        self._box.host.changed()

    def refresh(self, done: bool) -> None:
        """Show them."""
        shown = self._box.host.play.hints(self._task)
        self.text.setText("\n".join(f"{i}. {hint}" for i, hint in enumerate(shown, 1)))
        self.text.setVisible(bool(shown))
        self.more.setText(tr("Hint {n} of {all}", n=len(shown) + 1, all=len(self._task.hints)))
        self.more.setVisible(not done and len(shown) < len(self._task.hints))


BOXES: dict[type, Callable[..., TaskBox]] = {Question: QuestionBox, Prediction: PredictionBox, Check: GoalBox,
                                             Entry: EntryBox, Button: ButtonBox}  # fmt: skip
