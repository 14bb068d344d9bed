"""The learning page: what it has to tell apart, the network, and how well it does; everything follows one thread."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.errors import LuiError
from luiapp.gui.controls import label
from luiapp.gui.desk import Desk
from luiapp.gui.statusbar import decimal
from luiapp.gui.training.cards import Card, NetworkCard
from luiapp.gui.training.colours import CLASSES
from luiapp.gui.training.engine import MAP_SIZE, Engine, Snapshot
from luiapp.gui.training.figures import Figures
from luiapp.gui.training.knobs import KnobBar
from luiapp.gui.training.map_view import Legend, MapView
from luiapp.gui.training.setup_state import Setup, from_link, link
from luiapp.gui.training.state import Studio
from luiapp.gui.training.watch_state import Watch
from luiapp.texts import tr
from luiapp.train.task import yin_yang_sets

FRAME_MS = 16


class LearnPage(QtWidgets.QWidget):
    """The studio. It takes the newest snapshot at frame rate and never waits for the thread that learns."""

    changed = QtCore.Signal()  # undo and redo may mean something else now

    def __init__(self, desk: Desk, engine: Engine | None = None) -> None:
        super().__init__()
        self._desk, self._look = desk, desk.look
        self.studio = Studio()
        self.engine = engine or Engine(self.studio.setup)
        self.latest: Snapshot | None = None
        self._resume = False
        self.setProperty("role", "window")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.ClickFocus)
        self.knobs = KnobBar(desk.look)
        self.map = MapView(desk.look)
        self.legend, self.verdict = Legend(desk.look), label(wrap=True)
        self.middle = NetworkCard(desk.look)
        self.figures = Figures(desk.look)
        self.watch = Watch()
        self._clock = QtCore.QElapsedTimer()
        self._clock.start()
        self._arrange()
        train, _, _ = yin_yang_sets()
        self.map.set_samples(train.samples[:, :2], train.labels)
        self.knobs.play_pressed.connect(self.kick)
        self.knobs.step_pressed.connect(self.step)
        self.knobs.reset_pressed.connect(self.reset)
        self.knobs.turned.connect(self.turn)
        self.knobs.paced.connect(self.engine.pace)
        self.map.probed.connect(self.probe)
        self.middle.watch_pressed.connect(self.toggle_watch)
        self.middle.mode_chosen.connect(lambda mode: self.engine.want_rasters(mode == "spikes"))
        self._keys = self._make_actions()
        self._timer = QtCore.QTimer(self, interval=FRAME_MS)
        self._timer.timeout.connect(self.draw)
        self.retranslate()
        self.restyle()
        self.knobs.show_progress(0.0, 0.0, False)

    def _arrange(self) -> None:
        self.data = Card()
        self.data.column.addWidget(self.map, 1)
        self.data.column.addWidget(self.legend)
        self.data.column.addWidget(self.verdict)
        row = QtWidgets.QHBoxLayout()
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(10)
        left = QtWidgets.QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.data, 3)
        left.addWidget(self.figures.table, 1)
        row.addLayout(left, 4)
        row.addWidget(self.middle, 7)
        row.addWidget(self.figures, 3)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.knobs)
        column.addLayout(row, 1)

    def _make_actions(self) -> dict[str, QtGui.QAction]:
        made = {}
        for name, keys, call in (
            ("reset", "Backspace", self.reset), ("epoch", "E", self.step_epoch),
            ("watch", "W", self.toggle_watch), ("tiles", "V", self.middle.next_mode),
        ):  # fmt: skip
            action = QtGui.QAction(self)
            action.setObjectName(name)
            action.setShortcut(QtGui.QKeySequence(keys))
            action.setShortcutContext(QtCore.Qt.ShortcutContext.WindowShortcut)
            action.triggered.connect(lambda _c=False, call=call: call())
            self.addAction(action)
            made[name] = action
        return made

    # -- what a person does --------------------------------------------------------------------------------------

    def kick(self) -> None:
        """Learn, or pause."""
        self._to_present()
        self.engine.play(not self.engine.playing)

    pause = kick

    def step(self) -> None:
        """Learn one mini-batch."""
        self._to_present()
        self.engine.step()

    def step_epoch(self) -> None:
        """Learn up to the end of the epoch."""
        self._to_present()
        self.engine.step(epoch=True)

    def toggle_watch(self) -> None:
        """Watch the chosen sample on its way, while learning pauses; or stop that."""
        if self.watch.on:
            self.watch.stop()
        else:
            self.engine.play(False)
            self.watch.start()
        self._clock.restart()
        self.middle.show_watching(self.watch.on)

    def _to_present(self) -> None:
        self.watch.stop()
        self.studio.go(None)
        self.engine.show(None)

    def reset(self) -> None:
        """Begin anew with the weights of the beginning."""
        self.studio.go(None)
        self.engine.restart()

    def turn(self, name: str, value: Any) -> None:
        """One knob to another value; it acts at once."""
        try:
            turned = self.studio.turn(name, value)
        except LuiError as error:
            self._desk.faults.take(error, "learn")
            turned = True  # the knob goes back
        if turned:
            self._follow_setup()

    def undo(self) -> None:
        if self.studio.undo():
            self._follow_setup()

    def redo(self) -> None:
        if self.studio.redo():
            self._follow_setup()

    @property
    def can_undo(self) -> bool:
        return self.studio.can_undo

    @property
    def can_redo(self) -> bool:
        return self.studio.can_redo

    def probe(self, x: float, y: float) -> None:
        """Look at the sample at (x, y)."""
        self.engine.probe((x, y))

    def _follow_setup(self) -> None:
        self.knobs.show_setup(self.studio.setup)
        self.engine.change(self.studio.setup)
        self.changed.emit()

    # -- what it shows -------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Show the newest snapshot, if there is a newer one."""
        problem = self.engine.take_problem()
        if problem is not None:
            self._desk.faults.take(problem, "learn")
        snapshot = self.engine.take()
        if snapshot is not None:
            self.latest = snapshot
            self.studio.take(snapshot.marks)
            self.map.set_shares(MAP_SIZE, snapshot.shares)
            self.figures.show_run(snapshot, self.studio)
            self.middle.show_run(snapshot, snapshot.inside, self.engine.few.labels)
            self._say_verdict()
        self._follow_watch()
        self.knobs.show_progress(*self._progress(), self.engine.playing)

    def _follow_watch(self) -> None:
        was = self.watch.on
        self.watch.advance(self._clock.restart() / 1000)
        if self.latest is not None and (was or self.middle.network.now is not None):
            self.middle.show_moment(self.watch.moment(self.latest.inside.until), self.watch.backwards)
        if was != self.watch.on or not self.middle.watch.text():
            self.middle.show_watching(self.watch.on)

    def _progress(self) -> tuple[float, float]:
        if self.latest is None:
            return 0.0, 0.0
        past = self.latest.past
        return (past.epochs, past.seconds) if past is not None else (self.latest.epochs, self.latest.seconds)

    def _say_verdict(self) -> None:
        if self.latest is None:
            self.verdict.setText(tr("The samples are being drawn …"))
            return
        inside = self.latest.inside
        x, y = (f"{v:.2f}".replace(".", decimal()) for v in inside.place)
        truth = tr(CLASSES[inside.label])
        if inside.answer < 0:
            text = tr("Sample ({x}; {y}) is {truth}; the network says nothing", x=x, y=y, truth=truth)
        else:
            percent = f"{100 * float(inside.shares[inside.answer]):.0f}\u00a0%"
            said = tr(CLASSES[inside.answer])
            sign = "✓" if inside.answer == inside.label else "✗"
            text = sign + " " + tr("Sample ({x}; {y}) is {truth}; the network says {said}, {percent}",
                                   x=x, y=y, truth=truth, said=said, percent=percent)  # fmt: skip
        self.verdict.setText(text)
        self.map.setAccessibleDescription(text)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        if self._resume:
            self.engine.play(True)

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        self._resume = self.engine.playing
        self.engine.play(False)

    # -- theme, language, life -----------------------------------------------------------------------------------

    def actions(self) -> list[QtGui.QAction]:
        return list(self._keys.values())

    def retranslate(self) -> None:
        self._keys["reset"].setText(tr("Begin anew"))
        self._keys["epoch"].setText(tr("Learn one epoch"))
        self.data.heading.setText(tr("What it has to tell apart"))
        self.map.setAccessibleName(tr("Map of decisions; the arrow keys choose a sample"))
        self.map.setToolTip(tr("Behind the samples: what the network says of every place. Click to choose a sample."))
        self._keys["watch"].setText(tr("Watch the sample"))
        self._keys["tiles"].setText(tr("What tiles show"))
        self.knobs.retranslate()
        self.middle.retranslate()
        self.middle.show_watching(self.watch.on)
        self.figures.retranslate()
        self._say_verdict()
        self.legend.retranslate()
        if self.latest is not None:
            self.figures.show_run(self.latest, self.studio)
            self.knobs.show_progress(*self._progress(), self.engine.playing)

    def restyle(self) -> None:
        for part in (self.knobs, self.map, self.legend, self.middle, self.figures):
            part.restyle()
        if self.latest is not None:
            self.figures.show_run(self.latest, self.studio)

    def state(self) -> dict[str, Any]:
        """What comes back at the next start."""
        return {"setup": link(self.studio.setup)}

    def restore(self, state: dict[str, Any]) -> None:
        try:
            setup, _ = from_link(str(state.get("setup", "")))
        except LuiError:
            setup = Setup()
        self.studio = Studio(setup)
        self._follow_setup()

    def shut(self) -> None:
        """Let go of the thread and the timer."""
        self._timer.stop()
        self.engine.shut()
