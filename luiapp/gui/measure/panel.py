"""Measure: choose an experiment, let it run on what is open, and keep what came out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.data.chunk import Event
from luiapp.experiments.finding import Finding
from luiapp.experiments.registry import EXPERIMENTS
from luiapp.experiments.result import Result
from luiapp.gui.bench.state import KNOB_LABELS
from luiapp.gui.bench.words import can_do
from luiapp.gui.controls import label, push
from luiapp.gui.desk import Desk
from luiapp.gui.icons import icon
from luiapp.gui.measure import state
from luiapp.gui.measure.job import Job
from luiapp.gui.measure.options import OptionRows
from luiapp.gui.measure.results import ResultBox
from luiapp.gui.steps import OWN
from luiapp.stream.pump import Tap
from luiapp.texts import mark, tr

KEYS = (("go", mark("Start the measurement, or go on with it"), "Y"),
        ("stop", mark("Stop the measurement"), "Shift+Y"))  # fmt: skip
_WAIT = 3.0  # s for a job to end when the window closes
_ECHO = 1.0  # s within which the rig has told what was turned back


class MeasurePanel(QtWidgets.QWidget):
    """The experiments, the one at work, and the last results."""

    def __init__(self, desk: Desk, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.job: Job | None = None
        self._tap: Tap | None = None
        self._seen: tuple[object, ...] = ()
        self._what = next(iter(EXPERIMENTS))
        self._follow_until = 0.0
        self._adopts = False  # the bench is to show what is found
        self._begun = "", ""  # title and who of the job at work
        self._actions: dict[str, QtGui.QAction] = {}
        for (name, _, key), deed in zip(KEYS, (self.go, self.stop), strict=True):
            action = QtGui.QAction(self)
            action.setObjectName(f"measure.{name}")
            action.setShortcut(key)
            action.triggered.connect(deed)
            self._actions[name] = action
        self._build()
        live = desk.live
        live.frame.connect(self._frame)
        live.noted.connect(self._follow)
        live.rig_leaving.connect(lambda: self._end(_WAIT))
        for signal in (live.rig_changed, live.network_changed, live.layout_changed):
            signal.connect(self._rig_changed)
        live.selection_changed.connect(self._select)
        self.retranslate()
        self.restyle()

    def _build(self) -> None:
        self.title = label("title")
        self.what, self.neuron = QtWidgets.QComboBox(), QtWidgets.QComboBox()
        for box in (self.what, self.neuron):
            box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
        self.what.currentIndexChanged.connect(self._chosen)
        self.neuron.currentIndexChanged.connect(self._desk.live.select)
        self.about, self.needs = label(wrap=True), label("secondary", wrap=True)
        self.neuron_label = label("secondary")
        self.options = OptionRows()
        self.start, self.halt = push(self.go, "primary"), push(self.stop)
        self.bar = QtWidgets.QProgressBar(textVisible=False)
        self.bar.setRange(0, 1000)
        self.doing = label("secondary", wrap=True)
        self.card = QtWidgets.QFrame()
        self.card.setProperty("role", "card")
        self.please = label("heading", wrap=True)
        self.done = push(self.go, "primary")
        inner = QtWidgets.QVBoxLayout(self.card)
        inner.addWidget(self.please)
        inner.addWidget(self.done)
        self.box = ResultBox(self._desk)
        self._lay_out()

    def _lay_out(self) -> None:
        who, buttons = QtWidgets.QHBoxLayout(), QtWidgets.QHBoxLayout()
        who.addWidget(self.neuron_label)
        who.addWidget(self.neuron, 1)
        buttons.addWidget(self.start, 1)
        buttons.addWidget(self.halt)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        column.addWidget(self.title)
        column.addWidget(self.what)
        column.addWidget(self.about)
        column.addLayout(who)
        column.addWidget(self.options)
        column.addWidget(self.needs)
        column.addLayout(buttons)
        for one in (self.bar, self.doing, self.card):
            column.addWidget(one)
        column.addWidget(self.box, 1)

    # -- what all panels have ------------------------------------------------------------------------------------

    def actions(self) -> list[QtGui.QAction]:  # type: ignore[override]
        """Start or go on, and stop."""
        return list(self._actions.values())

    def state(self) -> dict[str, Any]:
        """What comes back at the next start."""
        return {"what": self._what}

    def restore(self, state: dict[str, Any]) -> None:
        """As it was left; what doesn't fit is ignored."""
        self.choose(str(state.get("what", "")))

    def retranslate(self) -> None:
        """Texts in the language in use."""
        self.title.setText(tr("Measure"))
        for name, text, key in KEYS:
            self._actions[name].setText(tr(text))
            self._actions[name].setToolTip(f"{tr(text)} ({key})")
        with QtCore.QSignalBlocker(self.what):
            self.what.clear()
            for name, one in EXPERIMENTS.items():
                self.what.addItem(tr(one.title), name)
            self.what.setCurrentIndex(self.what.findData(self._what))
        self.what.setAccessibleName(tr("What to measure"))
        self.neuron_label.setText(tr("Neuron"))
        self.neuron.setAccessibleName(tr("Neuron"))
        self.start.setText(tr("Start"))
        self.start.setToolTip(self._actions["go"].toolTip())
        self.halt.setText(tr("Stop"))
        self.halt.setToolTip(self._actions["stop"].toolTip())
        self.done.setText(tr("Done ({key})", key=KEYS[0][2]))
        self.bar.setAccessibleName(tr("Progress"))
        self.options.show_options(EXPERIMENTS[self._what].options)
        self.box.retranslate()
        self._rig_changed()
        self._seen = ()
        self._frame()

    def restyle(self) -> None:
        """Icons of the theme in use."""
        text = self._desk.look.theme.text
        self.halt.setIcon(icon("stop", text))
        self.box.restyle()

    def shut(self) -> None:
        """End what is at work."""
        self._end(_WAIT)

    # -- choosing --------------------------------------------------------------------------------------------------

    def choose(self, what: str) -> None:
        """Make `what` the experiment to begin with."""
        self.what.setCurrentIndex(max(0, self.what.findData(what)) if what else self.what.currentIndex())

    def _chosen(self, _index: int) -> None:
        self._what = str(self.what.currentData() or self._what)
        self.options.show_options(EXPERIMENTS[self._what].options)
        self._show_needs()

    def _select(self, i_neuron: int) -> None:
        with QtCore.QSignalBlocker(self.neuron):
            self.neuron.setCurrentIndex(i_neuron)

    def _rig_changed(self, *_: object) -> None:
        live = self._desk.live
        names = list(live.network.names) if live.network is not None else []
        if not names and live.ring is not None:
            names = list(live.ring.layout.neurons)
        if [self.neuron.itemText(i) for i in range(self.neuron.count())] != names:
            with QtCore.QSignalBlocker(self.neuron):
                self.neuron.clear()
                self.neuron.addItems(names)
        self._select(min(max(live.selected, 0), len(names) - 1))
        self._show_needs()
        if self.job is None:
            self.box.refresh()

    def _show_needs(self) -> None:
        live = self._desk.live
        model = live.network.model if live.network is not None else "lui"
        found = state.needs(EXPERIMENTS[self._what], can_do(live, live.selected), model) if live.rig is not None else []
        for one in (self.neuron, self.neuron_label):
            one.setVisible(not EXPERIMENTS[self._what].whole)
        self.about.setText(_sentence(tr(EXPERIMENTS[self._what].about)))
        self.needs.setText("\n".join(("" if one.met else "⚠ ") + one.text for one in found))
        self.needs.setVisible(bool(found))
        self.start.setEnabled(live.rig is not None and all(one.met for one in found) and self.job is None)

    # -- at work -----------------------------------------------------------------------------------------------------

    def go(self) -> None:
        """Begin; or, where a hand was asked for something, go on."""
        if self.job is not None:
            if self.job.request:
                self.job.done()
        elif self.start.isEnabled():
            one = EXPERIMENTS[self._what]
            chosen = self.options.values()
            self._begin(lambda session: one.begin(session, **chosen), one.title, real_time=one.by_hand)

    def discover(self) -> None:
        """Find out what is on the table, and let the bench show it."""
        if self.job is None:
            self.choose("table")
            self._adopts = True
            self.go()
            self._adopts = self._adopts and self.job is not None

    def stop(self) -> None:
        """End it before its time; what was turned by wire is put back."""
        if self.job is not None:
            self.job.stop()

    def _begin(self, begin: Callable[..., Any], title: str, *, real_time: bool = False) -> None:
        live = self._desk.live
        if live.rig is None:
            return
        i_neuron = max(0, self.neuron.currentIndex())
        rig = self._desk.sources.describe()[0] or live.rig.name
        self._begun = title, rig if EXPERIMENTS[self._what].whole else f"{self.neuron.currentText()}, {rig}"
        again = getattr(live.rig, "again", None)
        if again is not None:  # a recording, at its own pace
            self.job = Job(begin, again(), None, i_neuron)
        else:
            self._tap = Tap(None)
            live.tap(self._tap)
            self.job = Job(begin, live.rig, self._tap, i_neuron, real_time=real_time)
        self.job.start()
        self._frame()
        self._show_needs()

    def _follow(self, events: list[Event]) -> None:
        """Trimmers that the measurement turns are seen turning on the bench."""
        live = self._desk.live
        late = self.job is None and time.monotonic() > self._follow_until
        if late or live.rig is None or live.rig.kind not in OWN or live.network is None:
            return
        for event in events:
            if event.kind == "parameter" and event.target in live.network.names:
                i = live.network.index(event.target)
                live.network.set_parameter(i, event.name, float(event.value))
                live.parameter_changed.emit(i, event.name)

    def _frame(self) -> None:
        job = self.job
        if job is not None and not job.running:
            self._finished(job)
            return
        seen = (job, job and (round(1000 * job.fraction), job.text, job.request, len(job.points), job.stopped))
        if seen == self._seen:
            return
        self._seen = seen
        for one in (self.bar, self.doing, self.halt):
            one.setVisible(job is not None)
        self.card.setVisible(job is not None and bool(job.request))
        if job is None:
            return
        self.bar.setValue(round(1000 * job.fraction))
        self.doing.setText(_sentence(tr("stopping") if job.stopped else job.text))
        if job.request and _sentence(job.request) != self.please.text():
            self.please.setText(_sentence(job.request))
            self.done.setFocus()
        if not job.request:
            self.please.setText("")
        if job.points and job.axes is not None:
            self.box.show_growing(job.axes, job.points)

    def _finished(self, job: Job) -> None:
        adopts = self._adopts
        self._drop()
        if job.error is not None:
            self._desk.faults.take(job.error, "measure")
        elif isinstance(job.result, Result | Finding):
            self.box.keep(job.result, *self._begun)
            if adopts:
                self.box.show_on_bench()
            self._hand_over(job)
        else:
            self.box.refresh()
        self._frame()
        self._show_needs()

    def _hand_over(self, job: Job) -> None:
        """A twin that was fitted runs beside its board, if the scope shows one."""
        overlay: Any = self.window().findChild(QtCore.QObject, "scope.twin overlay")
        if overlay is not None and isinstance(job.result, Result) and job.result.experiment == "twin":
            overlay.take(job.name, job.result.more.get("membrane"))

    def _drop(self) -> None:
        live = self._desk.live
        if self._tap is not None:
            live.untap(self._tap)
        if self.job is not None and live.paused:
            live.set_paused(True)  # as it was before
        self.job = self._tap = None
        self._adopts = False
        self._follow_until = time.monotonic() + _ECHO

    def _end(self, wait: float) -> None:
        if self.job is not None:
            self.job.stop(wait)
            self._drop()
            self._frame()


def _sentence(text: str) -> str:
    """With a capital letter and a full stop; the name of a trimmer at the beginning stays as it is."""
    first = text.partition(" ")[0]
    begins = text if first in KNOB_LABELS else text[:1].upper() + text[1:]
    return begins + ("" if not text or text.endswith((".", "!", "?", "…")) else ".")
