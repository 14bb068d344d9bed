"""One circuit under the lens: sliders for its codes that act at once, its stimulus, and three ways to look at it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.chip.calibrate import Calibration
from luiapp.chip.codes import CELLS, Targets, nominal
from luiapp.chip.spec import SPEC
from luiapp.gui.chip.asker import Asker
from luiapp.gui.chip.lens_state import INTERVALS, N_CIRCUITS, N_EVENTS, N_TRIALS, NAMES, VIEWS, Book, Lab, Lens, Seen
from luiapp.gui.chip.lens_view import LensView
from luiapp.gui.chip.state import Found
from luiapp.gui.chip.words import number
from luiapp.gui.controls import Elided, label
from luiapp.gui.icons import icon
from luiapp.gui.theme import Look
from luiapp.texts import mark, tr

_LEAST = 80  # px of a slider
_VIEW_TEXTS = {"trials": mark("Trials"), "circuits": mark("Circuits"), "stacking": mark("Stacking")}
_VIEW_HELP = {
    "trials": mark("The same once more, eight times: what noise alone makes"),
    "circuits": mark("The same codes in 16 circuits: their fixed pattern"),
    "stacking": mark("More and more events at once: where synaptic inputs saturate"),
}


class CodeSlider(QtWidgets.QWidget):
    """A 10-bit code with its name and its number."""

    moved = QtCore.Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.caption, self.number = label("status"), label("status")
        self.slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self.slider.setRange(0, SPEC.code_max)
        self.slider.setPageStep(50)
        self.number.setAlignment(QtCore.Qt.AlignmentFlag.AlignRight | QtCore.Qt.AlignmentFlag.AlignVCenter)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.caption)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        self.slider.valueChanged.connect(self.moved)

    def show_code(self, code: int) -> None:
        """Follow what was set elsewhere."""
        with QtCore.QSignalBlocker(self.slider):
            self.slider.setValue(code)
        self.number.setText(str(code))

    def fit(self) -> None:
        """Room for the longest name and number, so that all sliders are as long."""
        for one, texts in ((self.caption, [tr(name) for name in NAMES.values()]), (self.number, ["1022"])):
            one.ensurePolished()
            one.setFixedWidth(max(one.fontMetrics().horizontalAdvance(text) for text in texts) + 4)


class LensCard(QtWidgets.QWidget):
    """Measures in a thread of its own, on a chip with the same serial number beside the network's."""

    changed = QtCore.Signal()  # undo and redo may mean something else now

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.book = Book()
        self._asker: Asker | None = None
        self._lab: Lab | None = None
        self._key: tuple[Any, ...] = ()
        self.seen: Seen | None = None
        self.heading, self.told = Elided(), Elided("secondary")
        self.view = LensView(look)
        self.views: dict[str, QtWidgets.QToolButton] = {}
        self.codes = {name: CodeSlider() for name in CELLS}
        self.weight = CodeSlider()
        self.weight.slider.setRange(-SPEC.weight_max, SPEC.weight_max)
        self.events, self.interval = QtWidgets.QComboBox(), QtWidgets.QComboBox()
        self.own = QtWidgets.QCheckBox()
        self.untouched = QtWidgets.QToolButton()
        self.untouched.clicked.connect(lambda _c=False: self._put(self.book.lens.untouched()))
        self._arrange()
        for name, one in self.codes.items():
            one.moved.connect(partial(self._turned, name))
            one.slider.sliderReleased.connect(self.book.let_go)
        self.weight.moved.connect(lambda value: self._put(replace(self.book.lens, weight=value), "weight"))
        self.weight.slider.sliderReleased.connect(self.book.let_go)
        self.events.activated.connect(lambda i: self._put(replace(self.book.lens, n_events=N_EVENTS[i])))
        self.interval.activated.connect(lambda i: self._put(replace(self.book.lens, interval=INTERVALS[i])))
        self.own.toggled.connect(lambda on: self._put(replace(self.book.lens, own=on)))

    def _arrange(self) -> None:
        head = QtWidgets.QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.heading, 1)
        group = QtWidgets.QButtonGroup(self)
        for name in VIEWS:
            one = QtWidgets.QToolButton()
            one.setCheckable(True)
            one.clicked.connect(lambda _c=False, name=name: self._put(replace(self.book.lens, view=name)))
            group.addButton(one)
            head.addWidget(one)
            self.views[name] = one
        head.addWidget(self.untouched)
        grid = self._grid = QtWidgets.QGridLayout()
        self._n_columns = 0
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(0)
        self._given = QtWidgets.QWidget()
        given = QtWidgets.QHBoxLayout(self._given)
        given.setContentsMargins(0, 0, 0, 0)
        given.setSpacing(6)
        for widget in (self.events, self.interval):
            widget.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)
            given.addWidget(widget, 1)
        self._lay(2)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        column.addWidget(self.told)
        column.addWidget(self.own)
        column.addLayout(grid)

    def _lay(self, n_columns: int) -> None:
        """The sliders side by side, or one below the other where there is little room."""
        if n_columns == self._n_columns:
            return
        self._n_columns = n_columns
        n_rows = len(self.codes) // n_columns
        for k, one in enumerate(self.codes.values()):
            self._grid.addWidget(one, k % n_rows, k // n_rows)
        self._grid.addWidget(self.weight, n_rows, 0)
        self._grid.addWidget(self._given, n_rows + 2 - n_columns, n_columns - 1)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, n_columns - 1)
        self.updateGeometry()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        texts = self.weight.caption.width() + self.weight.number.width()
        self._lay(2 if event.size().width() / 2 - texts >= _LEAST else 1)

    # -- what a person does --------------------------------------------------------------------------------------

    def look_at(self, circuit: int) -> None:
        """Another circuit."""
        if self.book.look_at(circuit):
            self._follow()

    def undo(self) -> None:
        if self.book.undo():
            self._follow()

    def redo(self) -> None:
        if self.book.redo():
            self._follow()

    def _turned(self, name: str, code: int) -> None:
        self._put(self.book.lens.turn(name, code), f"{self.book.lens.circuit} {name}")

    def _put(self, lens: Lens, going: str = "") -> None:
        if self.book.put(lens, going):
            self._follow()

    # -- what it shows -------------------------------------------------------------------------------------------

    def show_found(self, found: Found) -> None:
        """The codes that were found for this chip, or else those of an average one."""
        calibration: Calibration | None = found.calibration
        key = found.serial, calibration
        if self._key and all(a is b or a == b for a, b in zip(key, self._key, strict=True)):
            return
        self._key = key
        targets = Targets() if calibration is None else calibration.targets
        base = nominal(targets) if calibration is None else calibration.codes
        self._lab = Lab(found.serial, base, targets.threshold)
        self._follow()

    def draw(self) -> Exception | None:
        """Show the newest measurement; what went wrong is returned."""
        if self._asker is None:
            return None
        seen = self._asker.take()
        if seen is not None:
            self.seen = seen
            self.view.show_seen(seen)
            self._say()
        return self._asker.take_problem()

    def _follow(self) -> None:
        lab, lens = self._lab, self.book.lens
        if lab is None:
            return
        codes = lens.codes(lab.base)
        for name, slider in self.codes.items():
            slider.show_code(codes[name])
        self.weight.show_code(lens.weight)
        self.weight.number.setText(f"{lens.weight:+d}".replace("-", "−"))
        self.events.setCurrentIndex(N_EVENTS.index(lens.n_events))
        self.interval.setCurrentIndex(INTERVALS.index(lens.interval))
        self.views[lens.view].setChecked(True)
        with QtCore.QSignalBlocker(self.own):
            self.own.setChecked(lens.own)
        self.own.setVisible(lens.view == "circuits")
        for one in (self.events, self.interval):
            one.setEnabled(lens.view != "stacking")
        self.untouched.setEnabled(lens != lens.untouched())
        self.heading.say(tr("Circuit {n} of chip {serial}", n=lens.circuit, serial=lab.serial))
        self._ask()
        self.changed.emit()

    def _ask(self) -> None:
        if self.isVisible() and self._lab is not None:
            if self._asker is None:
                self._asker = Asker("lens")
            self._asker.ask(partial(self._lab.look, self.book.lens))

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._ask()

    def _say(self) -> None:
        seen = self.seen
        text = "" if seen is None else _sentence(seen)
        self.told.say(text)
        self.view.setAccessibleName(text or tr("What is measured of the circuit"))

    # -- theme, language, life -----------------------------------------------------------------------------------

    def retranslate(self) -> None:
        for name, one in self.views.items():
            one.setText(tr(_VIEW_TEXTS[name]))
            one.setToolTip(tr(_VIEW_HELP[name]))
        for name, slider in self.codes.items():
            slider.caption.setText(tr(NAMES[name]))
            slider.slider.setAccessibleName(tr("Code: {name}", name=tr(NAMES[name])))
            slider.setToolTip(tr("A 10-bit code in the chip's analogue memory, 0 to 1022"))
        self.weight.caption.setText(tr("weight"))
        self.weight.slider.setAccessibleName(tr("Weight of the synapse"))
        for box, texts in (
            (self.events, [tr("events: {n}", n=n) for n in N_EVENTS]),
            (self.interval, [f"{n} µs" for n in INTERVALS]),
        ):
            at = max(box.currentIndex(), 0)
            box.clear()
            box.addItems(texts)
            box.setCurrentIndex(at)
        self.events.setAccessibleName(tr("How many events"))
        self.interval.setAccessibleName(tr("Time between events"))
        self.own.setText(tr("each with the codes that were found for it"))
        self.untouched.setToolTip(tr("This circuit's codes as they were found"))
        self.untouched.setAccessibleName(tr("This circuit's codes as they were found"))
        self._fit()
        self._follow()
        self._say()

    def restyle(self) -> None:
        side = round(18 * min(self._look.theme.scale, 1.3))
        self.untouched.setIcon(icon("again", self._look.theme.text))
        self.untouched.setIconSize(QtCore.QSize(side, side))
        self._fit()
        self.view.update()

    def _fit(self) -> None:
        for one in (*self.codes.values(), self.weight):
            one.fit()

    def shut(self) -> None:
        """Let go of the thread."""
        if self._asker is not None:
            self._asker.shut()


def _sentence(seen: Seen) -> str:
    if len(seen.expected):
        (exc, exc_line), (inh, inh_line) = seen.figures["exc"], seen.figures["inh"]
        return tr("at ±{weight}: excitation {exc} of {exc_line} LSB, inhibition {inh} of {inh_line} LSB",
                  weight=int(seen.x[-1]), exc=number(exc, 0), exc_line=number(exc_line, 0), inh=number(inh, 0),
                  inh_line=number(inh_line, 0))  # fmt: skip
    rest, peak = (" ± ".join(number(v) for v in seen.figures[name]) for name in ("rest", "peak"))
    if seen.lens.view == "trials":
        return tr("{n} trials: rest {rest}, peak {peak} LSB above it", n=N_TRIALS, rest=rest, peak=peak)
    return tr("{n} circuits: rest {rest}, peak {peak} LSB above it", n=N_CIRCUITS, rest=rest, peak=peak)
