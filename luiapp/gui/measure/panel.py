"""Measure: choose an experiment, let it run on what is open, and keep what came out."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.data.chunk import Event
from luiapp.errors import LuiError
from luiapp.experiments.registry import EXPERIMENTS
from luiapp.experiments.result import Result
from luiapp.gui.banner import Notice
from luiapp.gui.controls import label, push, set_role
from luiapp.gui.desk import Desk
from luiapp.gui.icons import icon
from luiapp.gui.measure import state
from luiapp.gui.measure.job import Job
from luiapp.gui.measure.plot import Plot, content_of, content_so_far, in_words
from luiapp.stream.pump import Tap
from luiapp.texts import mark, tr

KEYS = (("go", mark("Start the measurement, or go on with it"), "M"),
        ("stop", mark("Stop the measurement"), "Shift+M"))  # fmt: skip
_WAIT = 3.0  # s for a job to end when the window closes
_ECHO = 1.0  # s within which the rig has told what was turned back


class MeasurePanel(QtWidgets.QWidget):
    """The experiments, the one at work, and the last results."""

    def __init__(self, desk: Desk, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.shelf = state.Shelf()
        self.job: Job | None = None
        self._tap: Tap | None = None
        self._shown: state.Kept | None = None
        self._seen: tuple[object, ...] = ()
        self._what = next(iter(EXPERIMENTS))
        self._follow_until = 0.0
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
        self.what, self.neuron, self.results = (QtWidgets.QComboBox() for _ in range(3))
        for box in (self.what, self.neuron, self.results):
            box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
        self.what.currentIndexChanged.connect(self._chosen)
        self.neuron.currentIndexChanged.connect(self._desk.live.select)
        self.results.currentIndexChanged.connect(self._show_kept)
        self.about, self.needs = label(wrap=True), label("secondary", wrap=True)
        self.neuron_label, self.results_label = label("secondary"), label("secondary")
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
        self.plot = Plot(self._desk.look)
        self.numbers = label(wrap=True)
        self.numbers.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        self.export = QtWidgets.QPushButton()
        self.export.setMenu(QtWidgets.QMenu(self.export))
        self.export.menu().aboutToShow.connect(self._fill_export)
        self.table = push(self.open_table)
        self._lay_out()

    def _lay_out(self) -> None:
        who, buttons, files = QtWidgets.QHBoxLayout(), QtWidgets.QHBoxLayout(), QtWidgets.QHBoxLayout()
        who.addWidget(self.neuron_label)
        who.addWidget(self.neuron, 1)
        buttons.addWidget(self.start, 1)
        buttons.addWidget(self.halt)
        files.addWidget(self.export, 1)
        files.addWidget(self.table, 1)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        column.addWidget(self.title)
        column.addWidget(self.what)
        column.addWidget(self.about)
        column.addLayout(who)
        column.addWidget(self.needs)
        column.addLayout(buttons)
        for one in (self.bar, self.doing, self.card):
            column.addWidget(one)
        column.addWidget(self.plot, 1)
        column.addWidget(self.numbers)
        column.addLayout(files)
        column.addWidget(self.results_label)
        column.addWidget(self.results)

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
        self.done.setText(tr("Done (M)"))
        self.bar.setAccessibleName(tr("Progress"))
        self.plot.setAccessibleName(tr("Plot of the measurement"))
        self.export.setText(tr("Export"))
        self.table.setText(tr("From a table…"))
        self.table.setToolTip(tr("An f–I curve from a file with currents and rates"))
        self.results_label.setText(tr("Last results"))
        self.results.setAccessibleName(tr("Last results"))
        self._fill_results()
        self._rig_changed()
        self._seen = ()
        self._frame()

    def restyle(self) -> None:
        """Icons of the theme in use."""
        text = self._desk.look.theme.text
        for one, name in ((self.export, "export"), (self.table, "folder"), (self.halt, "stop")):
            one.setIcon(icon(name, text))
        self.plot.updateGeometry()
        self.plot.update()

    def shut(self) -> None:
        """End what is at work."""
        self._end(_WAIT)

    # -- choosing --------------------------------------------------------------------------------------------------

    def choose(self, what: str) -> None:
        """Make `what` the experiment to begin with."""
        self.what.setCurrentIndex(max(0, self.what.findData(what)) if what else self.what.currentIndex())

    def _chosen(self, _index: int) -> None:
        self._what = str(self.what.currentData() or self._what)
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

    def _show_needs(self) -> None:
        live = self._desk.live
        model = live.network.model if live.network is not None else "lui"
        found = state.needs(EXPERIMENTS[self._what], live.describe(), model) if live.rig is not None else []
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
            self._begin(EXPERIMENTS[self._what].begin, EXPERIMENTS[self._what].title)

    def stop(self) -> None:
        """End it before its time; what was turned by wire is put back."""
        if self.job is not None:
            self.job.stop()

    def _begin(self, begin: Callable[..., Any], title: str) -> None:
        live = self._desk.live
        if live.rig is None:
            return
        i_neuron = max(0, self.neuron.currentIndex())
        self._begun = title, f"{self.neuron.currentText()}, {self._desk.sources.describe()[0] or live.rig.name}"
        again = getattr(live.rig, "again", None)
        if again is not None:  # a recording, at its own pace
            self.job = Job(begin, again(), None, i_neuron)
        else:
            self._tap = Tap(None)
            live.tap(self._tap)
            self.job = Job(begin, live.rig, self._tap, i_neuron)
        self.job.start()
        self._frame()
        self._show_needs()

    def _follow(self, events: list[Event]) -> None:
        """Trimmers that the measurement turns are seen turning on the bench."""
        live = self._desk.live
        late = self.job is None and time.monotonic() > self._follow_until
        if late or live.rig is None or live.rig.kind != "sim" or live.network is None:
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
            content = content_so_far(job.axes, job.points)
            self.plot.show_content(content, in_words(content))
            self.numbers.setText("")

    def _finished(self, job: Job) -> None:
        self._drop()
        if job.error is not None:
            self._desk.faults.take(job.error, "measure")
        elif isinstance(job.result, Result):
            self._keep(job.result, *self._begun)
        self._frame()
        self._show_needs()

    def _drop(self) -> None:
        live = self._desk.live
        if self._tap is not None:
            live.untap(self._tap)
        if self.job is not None and live.paused:
            live.set_paused(True)  # as it was before
        self.job = self._tap = None
        self._follow_until = time.monotonic() + _ECHO

    def _end(self, wait: float) -> None:
        if self.job is not None:
            self.job.stop(wait)
            self._drop()
            self._frame()

    # -- what came out ---------------------------------------------------------------------------------------------

    def _keep(self, result: Result, title: str, who: str) -> None:
        self._shown = self.shelf.put(result, title, who, datetime.now())
        self._fill_results()

    def _fill_results(self) -> None:
        with QtCore.QSignalBlocker(self.results):
            self.results.clear()
            self.results.addItems([one.told() for one in self.shelf.kept])
        if self._shown in self.shelf.kept:
            self.results.setCurrentIndex(self.shelf.kept.index(self._shown))
        self._show_kept(self.results.currentIndex())

    def _show_kept(self, i: int) -> None:
        kept = self.shelf.kept[i] if 0 <= i < len(self.shelf.kept) else None
        self._shown = kept
        for one in (self.results, self.results_label):
            one.setVisible(kept is not None)
        self.export.setEnabled(kept is not None)
        if kept is None:
            self.plot.show_content(None)
            self.numbers.setText("")
            return
        lines = state.summary(kept.result)
        self.plot.show_content(content_of(kept.result), "\n".join(kept.result.summary()))
        self.numbers.setText("\n".join(lines))
        self.numbers.setVisible(bool(lines))
        set_role(self.numbers, "")

    def open_table(self) -> None:
        """An f–I curve from a file."""
        name, _ = QtWidgets.QFileDialog.getOpenFileName(
            self, tr("Open a table of currents and rates"), str(Path.home()),
            tr("Tables") + " (*.csv *.txt *.tsv);;" + tr("All files") + " (*)",
        )  # fmt: skip
        if name:
            self.take_table(Path(name))

    def take_table(self, path: Path) -> None:
        """The f–I curve in the table at `path`."""
        try:
            self._keep(state.pairs_from(path), EXPERIMENTS["f-i"].title, path.name)
        except (LuiError, OSError) as error:
            self._desk.faults.take(error, "measure")

    def _fill_export(self) -> None:
        menu = self.export.menu()
        menu.clear()
        for suffix, text in ((".csv", tr("Points as a table (.csv)")), (".json", tr("Everything (.json)")),
                             (".svg", tr("Figure (.svg)"))):  # fmt: skip
            menu.addAction(text, partial(self.save, suffix))

    def save(self, suffix: str, path: str = "") -> None:
        """Write the result that is shown."""
        kept = self._shown
        if kept is None:
            return
        if not path:
            folder = self._desk.paths.recordings if self._desk.paths.recordings.is_dir() else Path.home()
            path, _ = QtWidgets.QFileDialog.getSaveFileName(
                self, tr("Export the measurement"), str(folder / (state.file_name(kept) + suffix)), f"*{suffix}"
            )
        if not path:
            return
        target = Path(path) if Path(path).suffix else Path(path).with_suffix(suffix)
        try:
            state.write(kept, target, lambda: self.plot.svg(tr(kept.title)))
        except (LuiError, OSError) as error:
            self._desk.faults.take(error, "measure")
            return
        self._desk.tell(Notice(lambda: tr("Saved: {file}", file=target.name)))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith((".", "!", "?", "…")) else ".")
