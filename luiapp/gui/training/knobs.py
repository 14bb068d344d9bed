"""The bar over the studio: play, step, begin anew, how far it is, and the knobs."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets

from luiapp.gui.controls import label
from luiapp.gui.icons import icon
from luiapp.gui.statusbar import decimal
from luiapp.gui.theme import Look
from luiapp.gui.training.engine import PACE
from luiapp.gui.training.flow import Flow
from luiapp.gui.training.knob_state import TABLE, Knob, offered, said
from luiapp.gui.training.setup_state import Setup, matters
from luiapp.texts import tr

DATA = "data"
_PACE_STEPS = 20


class KnobBox(QtWidgets.QWidget):
    """A knob with its name over it."""

    turned = QtCore.Signal(str, object)

    def __init__(self, knob: Knob) -> None:
        super().__init__()
        self.knob = knob
        self.caption = label("status")
        self.choice = QtWidgets.QComboBox()
        self.choice.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.choice.activated.connect(self._activated)
        self._values: list[Any] = []
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.caption)
        column.addWidget(self.choice)

    def show_value(self, value: Any) -> None:
        """Stand at `value`, in the language in use."""
        self._values = offered(self.knob, value)
        texts = [said(self.knob, one, decimal()) for one in self._values]
        if texts != [self.choice.itemText(i) for i in range(self.choice.count())]:
            self.choice.clear()
            self.choice.addItems(texts)
        self.choice.setCurrentIndex(self._values.index(value))
        self.caption.setText(tr(self.knob.text))
        self.choice.setAccessibleName(tr(self.knob.text))
        self.setToolTip(tr(self.knob.help))
        self.choice.setAccessibleDescription(tr(self.knob.help))

    def _activated(self, index: int) -> None:
        self.turned.emit(self.knob.name, self._values[index])


class KnobBar(QtWidgets.QWidget):
    """Everything that is turned and pressed."""

    play_pressed = QtCore.Signal()
    step_pressed = QtCore.Signal()
    reset_pressed = QtCore.Signal()
    turned = QtCore.Signal(str, object)
    paced = QtCore.Signal(float)  # 0…1

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._playing = False
        self._hidden: frozenset[str] = frozenset()
        self.setProperty("role", "bar")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self.play = QtWidgets.QPushButton()
        self.play.setProperty("role", "primary")
        self.step, self.reset, self.more, self.files = (QtWidgets.QToolButton() for _ in range(4))
        self.compare = QtWidgets.QToolButton()
        self.compare.setCheckable(True)
        self.files.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.files.setMenu(QtWidgets.QMenu(self.files))
        self.more.setCheckable(True)
        self.epoch, self.seconds = label("title"), label("status")
        self.pace = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self.pace.setRange(0, _PACE_STEPS)
        self.pace.setValue(round(PACE * _PACE_STEPS))
        self.pace.setPageStep(5)
        self.pace_caption = label("status")
        self.boxes = {knob.name: KnobBox(knob) for knob in TABLE}
        self._arrange()
        self.play.clicked.connect(lambda _c=False: self.play_pressed.emit())
        self.step.clicked.connect(lambda _c=False: self.step_pressed.emit())
        self.reset.clicked.connect(lambda _c=False: self.reset_pressed.emit())
        self.more.toggled.connect(lambda _c=False: self._fold())
        self.pace.valueChanged.connect(lambda value: self.paced.emit(value / _PACE_STEPS))
        for box in self.boxes.values():
            box.turned.connect(self.turned)
        self._setup = Setup()
        self.show_setup(self._setup)

    def _arrange(self) -> None:
        told = QtWidgets.QVBoxLayout()
        told.setSpacing(0)
        told.addWidget(self.epoch)
        told.addWidget(self.seconds)
        speed = QtWidgets.QVBoxLayout()
        speed.setSpacing(1)
        speed.addWidget(self.pace_caption)
        speed.addWidget(self.pace)
        top = QtCore.Qt.AlignmentFlag.AlignTop
        hands = QtWidgets.QWidget()
        first = QtWidgets.QHBoxLayout(hands)
        first.setContentsMargins(0, 0, 6, 0)
        first.setSpacing(6)
        for one in (self.play, self.step, self.reset):
            first.addWidget(one, 0, top)
        for column in (told, speed):
            first.addSpacing(4)
            first.addLayout(column)
            first.setAlignment(column, top)
        flow = Flow()  # knobs without room go on below
        flow.addWidget(hands)
        for name, box in self.boxes.items():
            if name == DATA:
                box.setParent(self)  # until it gets its place over the data, where a heading says what it is
                box.caption.hide()
            else:
                flow.addWidget(box)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(16, 6, 12, 6)
        row.setSpacing(6)
        row.addLayout(flow, 1)
        for button in (self.more, self.compare, self.files):
            row.addWidget(button, 0, top)

    # -- what it shows -------------------------------------------------------------------------------------------

    def show_setup(self, setup: Setup) -> None:
        """Every knob at its value; those that mean nothing to the method are put away."""
        self._setup = setup
        for name, box in self.boxes.items():
            box.show_value(getattr(setup, name))
        self._fold()

    @property
    def speed(self) -> float:
        """The pace that is set, 0…1."""
        return self.pace.value() / _PACE_STEPS

    def change_speed(self, by: int) -> None:
        """A notch slower or faster."""
        self.pace.setValue(self.pace.value() + 2 * by)

    def show_comparing(self, comparing: bool) -> None:
        """Whether two runs are compared."""
        self.compare.setChecked(comparing)

    def show_narrow(self, narrow: bool) -> None:
        """Whether there is little width: two runs have no room there, but for their key."""
        self.compare.setVisible(not narrow)

    def hide_knobs(self, names: frozenset[str]) -> None:
        """Knobs that a class shall not see."""
        self._hidden = names
        self._fold()

    def show_progress(self, epochs: float, seconds: float, playing: bool) -> None:
        """How far it is."""
        mark = decimal()
        self.epoch.setText(tr("Epoch {n}", n=f"{epochs:.1f}".replace(".", mark) if epochs < 10 else f"{epochs:.0f}"))
        self.seconds.setText(tr("{n} s of learning", n=f"{seconds:.2f}".replace(".", mark)))
        if playing != self._playing:
            self._playing = playing
            self._draw_play()

    def _fold(self) -> None:
        stage = self._look.theme.scale > 1.2  # there, all knobs are secondary, and some can't be had at all
        there = [n for n in self.boxes if matters(n, self._setup) and n not in self._hidden]
        more = self.more.isChecked()
        seen = [n for n in there if (more and not stage) or (self.boxes[n].knob.dear and (more or not stage))]
        for name, box in self.boxes.items():
            box.setVisible(name in seen)
        self.more.setVisible(self.more.isChecked() or len(seen) < len(there))
        self.updateGeometry()

    def _draw_play(self) -> None:
        self.play.setText(tr("Pause") if self._playing else tr("Learn"))
        self.play.setToolTip(tr("Pause (Space)") if self._playing else tr("Learn (Space)"))
        self.play.setAccessibleName(self.play.text())
        self.play.setIcon(icon("pause" if self._playing else "play", self._look.theme.on_accent))

    # -- theme and language --------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        for one, text in ((self.step, tr("One mini-batch (.)")), (self.reset, tr("Begin anew (Backspace)"))):
            one.setToolTip(text)
            one.setAccessibleName(text)
        self.files.setToolTip(tr("Open, save, export"))
        self.files.setAccessibleName(tr("Open, save, export"))
        self.compare.setToolTip(tr("A second run beside this one, by the set-up as it is now; then turn a knob (K)"))
        self.compare.setAccessibleName(tr("Compare two runs"))
        self.more.setText(tr("More"))
        self.more.setToolTip(tr("More knobs"))
        self.more.setAccessibleName(tr("More knobs"))
        self.pace_caption.setText(tr("Speed"))
        self.pace.setAccessibleName(tr("Speed of learning"))
        self.pace.setToolTip(tr("Speed: from one mini-batch a second to as fast as this computer can"))
        self._draw_play()
        self.show_setup(self._setup)
        self._size()

    def restyle(self) -> None:
        theme = self._look.theme
        side = round(20 * min(theme.scale, 1.3))
        for one, name in (
            (self.step, "step"),
            (self.reset, "again"),
            (self.compare, "compare"),
            (self.files, "export"),
        ):
            one.setIcon(icon(name, theme.text))
            one.setIconSize(QtCore.QSize(side, side))
        self.play.setIconSize(QtCore.QSize(side, side))
        self.pace.setFixedWidth(round(84 * min(theme.scale, 1.3)))
        self._draw_play()
        self._size()
        self._fold()

    def _size(self) -> None:
        """Room for the longest text, so that nothing moves while figures run."""
        for one, text in (
            (self.epoch, tr("Epoch {n}", n="888.8")),
            (self.seconds, tr("{n} s of learning", n="888.88")),
        ):
            one.ensurePolished()
            one.setFixedWidth(one.fontMetrics().horizontalAdvance(text) + 4)
        self.play.ensurePolished()
        room = max(self.play.fontMetrics().horizontalAdvance(text) for text in (tr("Pause"), tr("Learn")))
        self.play.setFixedWidth(room + round(58 * min(self._look.theme.scale, 1.4)))
