"""The learning page: what it has to tell apart, the network, and how well it does; everything follows one thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.errors import LuiError
from luiapp.gui.banner import Notice
from luiapp.gui.desk import Desk
from luiapp.gui.training import keys
from luiapp.gui.training.boards_card import BoardsCard
from luiapp.gui.training.body import Body
from luiapp.gui.training.cards import NetworkCard
from luiapp.gui.training.data_card import DataCard
from luiapp.gui.training.data_state import MIDDLE, Place
from luiapp.gui.training.drawing import Drawing
from luiapp.gui.training.engine import Engine, Snapshot, run_readings
from luiapp.gui.training.export import SUFFIX, Export
from luiapp.gui.training.figures import Figures
from luiapp.gui.training.knobs import DATA, KnobBar
from luiapp.gui.training.painter import Painter
from luiapp.gui.training.rival import RivalCard
from luiapp.gui.training.setup_state import Setup, from_link, link
from luiapp.gui.training.share import ShareCard
from luiapp.gui.training.state import Studio
from luiapp.gui.training.timeline import Timeline
from luiapp.gui.training.watch_state import Watch

FRAME_MS = 16


class LearnPage(QtWidgets.QWidget):
    """The studio. It takes the newest snapshot at frame rate and never waits for the thread that learns."""

    changed = QtCore.Signal()  # undo and redo may mean something else now
    to_bench = QtCore.Signal()
    meanings = keys.MEANINGS

    def __init__(self, desk: Desk, engine: Engine | None = None) -> None:
        super().__init__()
        self.desk, self._look = desk, desk.look
        self.studio = Studio()
        self.engine = engine or Engine(self.studio.setup)
        self.latest: Snapshot | None = None
        self._resume = False
        self.place: Place = MIDDLE
        self.hidden: frozenset[str] = frozenset()
        self.setProperty("role", "window")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.ClickFocus)
        self.knobs = KnobBar(desk.look)
        self.data = DataCard(desk.look)
        self.map, self.verdict = self.data.map, self.data.verdict
        self.middle = NetworkCard(desk.look)
        self.figures = Figures(desk.look)
        self.rival = RivalCard(desk.look)
        self.timeline = Timeline(desk.look)
        self.watch = Watch()
        self.export = Export(self, desk.paths.recordings)
        self._arrange()
        self.painter = Painter(self)
        self.share = ShareCard(self, desk.look, lambda text: desk.tell(Notice(lambda: text)))
        self.boards = BoardsCard(self, desk)
        self.boards.built.connect(self.to_bench)
        self.share.opened.connect(self.open_link)
        self.share.hid.connect(self.hide_knobs)
        for one in (self.data.view, self.rival.view):
            one.probed.connect(self.probe)
        self.knobs.play_pressed.connect(self.kick)
        self.knobs.step_pressed.connect(self.step)
        self.knobs.reset_pressed.connect(self.reset)
        self.knobs.turned.connect(self.turn)
        self.knobs.paced.connect(lambda share: self._each(lambda one: one.pace(share)))
        self.knobs.compare.clicked.connect(lambda _c=False: self.compare())
        self.middle.watch_pressed.connect(self.toggle_watch)
        self.middle.mode_chosen.connect(lambda mode: self.engine.want_rasters(mode == "spikes"))
        self.timeline.looked.connect(self.look_back)
        self.timeline.go_on_pressed.connect(self.go_on)
        self._keys = keys.make_keys(self, {
            "epoch": self.step_epoch, "reset": self.reset, "watch": self.toggle_watch, "tiles": self.middle.next_mode,
            "compare": self.compare, "share": self.toggle_share, "bench": self.export.to_bench,
            "boards": self.boards.toggle,
        })  # fmt: skip
        self.knobs.files.menu().aboutToShow.connect(lambda: self.export.fill(self.knobs.files.menu()))
        self._timer = QtCore.QTimer(self, interval=FRAME_MS)
        self.drawing = Drawing(self)
        self._timer.timeout.connect(self.drawing.draw)
        self.retranslate()
        self.restyle()

    def _arrange(self) -> None:
        self.data.head.addWidget(self.knobs.boxes[DATA])
        self.body = Body(self._look, self.data, self.middle, self.figures, self.rival)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.knobs)
        self.body.narrowed.connect(self._show_narrow)
        column.addWidget(self.body, 1)
        column.addWidget(self.timeline)

    def _show_narrow(self, narrow: bool) -> None:
        for one in (self.knobs, self.timeline, self.data):
            one.show_narrow(narrow)
        self.middle.heading.setVisible(not narrow)
        self.show_history()

    # -- what a person does --------------------------------------------------------------------------------------

    def kick(self) -> None:
        """Learn, or pause."""
        self._to_present()
        playing = not self.engine.playing
        self._each(lambda one: one.play(playing))

    pause = kick

    def slower(self) -> None:
        self.knobs.change_speed(-1)

    def faster(self) -> None:
        self.knobs.change_speed(1)

    def step(self) -> None:
        """Learn one mini-batch."""
        self._to_present()
        self._each(lambda one: one.step())

    def step_epoch(self) -> None:
        """Learn up to the end of the epoch."""
        self._to_present()
        self._each(lambda one: one.step(epoch=True))

    def toggle_watch(self) -> None:
        """Watch the chosen sample on its way, while learning pauses; or stop that."""
        if self.watch.on:
            self.watch.stop()
        else:
            self._each(lambda one: one.play(False))
            self.watch.start()
        self.middle.show_watching(self.watch.on)

    def look_back(self, at: int | None) -> None:
        """Look at mark `at` of the run; None: the present."""
        self.studio.go(at)
        past = self.studio.mark if self.studio.at is not None else None
        self.engine.show(past)
        self.rival.look_back(past)
        self.show_history()

    def go_on(self) -> None:
        """Learn on from the moment that is looked at."""
        mark = self.studio.mark
        if self.studio.at is not None and mark is not None:
            self.timeline.stop()
            self.studio.go(None)
            self.engine.go_on_from(mark)
            self.engine.play(True)

    def _to_present(self) -> None:
        self.watch.stop()
        self.timeline.stop()
        self.studio.go(None)
        self._each(lambda one: one.show(None))

    def reset(self) -> None:
        """Begin anew with the weights of the beginning."""
        self._to_present()
        self._each(lambda one: one.restart())

    def turn(self, name: str, value: Any) -> None:
        """One knob to another value; it acts at once."""
        try:
            turned = self.studio.turn(name, value)
        except LuiError as error:
            self.desk.faults.take(error, "learn")
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

    def probe(self, place: Place) -> None:
        """Look at the sample at a place."""
        self.place = place
        for one in (self.data.view, self.rival.view):
            one.set_place(place)
        self._each(lambda one: one.probe(place))

    def paint(self, points: str) -> None:
        """Learn painted points, as a set-up holds them; without any, Yin-Yang."""
        setup = self.studio.setup
        if points != setup.points and self.studio.put(
            replace(setup, points=points, data="painted" if points else "yinyang")
        ):
            self._to_present()
            self._follow_setup()

    def compare(self) -> None:
        """Let a second run learn beside the first, by the set-up as it is now; or no longer."""
        if self.rival.engine is None:
            self.rival.begin(Engine(self.studio.setup, load=self.engine.load), self.studio.setup)
            playing = self.engine.playing
            self.reset()  # both from the same beginning
            self._each(lambda one: one.pace(self.knobs.speed))
            self._each(lambda one: one.probe(self.place))
            self._each(lambda one: one.play(playing))
        else:
            self.rival.stop()
            self.show_history()
        self.body.fit()
        self.knobs.show_comparing(self.rival.engine is not None)

    def _each(self, do: Callable[[Engine], object]) -> None:
        """`do` with the run, and with the other one if there is one."""
        for one in (self.engine, self.rival.engine):
            if one is not None:
                do(one)

    def save(self) -> None:
        self.export.save()

    def open_file(self) -> None:
        self.export.open()

    def export_figure(self) -> None:
        self.export.figure()

    def take_files(self, names: list[str]) -> bool:
        """Open a trained network that was dropped. Returns whether it is one by its name."""
        return bool(names) and names[0].lower().endswith(SUFFIX) and self.export.open_from(Path(names[0]))

    def toggle_share(self) -> None:
        """The card with the link, or put it away."""
        self.share.show_setup(self.studio.setup, self.hidden)
        self.share.toggle()

    def escape(self) -> bool:
        """Put away what lies on top. Returns whether there was anything."""
        shown = [one for one in (self.share, self.boards) if one.isVisible()]
        for one in shown:
            one.hide()
        return bool(shown)

    def hide_knobs(self, names: frozenset[str]) -> None:
        """Knobs that a class shall not see."""
        self.hidden = names
        self.knobs.hide_knobs(names)

    def open_text(self, text: str) -> None:
        """The set-up of a link; what is wrong with it is told."""
        try:
            self.open_link(*from_link(text))
        except LuiError as error:
            self.desk.faults.take(error, "learn")

    def open_link(self, setup: Setup, hidden: frozenset[str]) -> None:
        """Another set-up, from a link."""
        self.hide_knobs(hidden)
        if self.studio.put(setup):
            self._follow_setup()

    def show_network(self, setup: Setup, weight: Any) -> None:
        """Another network, as it was trained, at the beginning of a run of its own."""
        self._to_present()
        self.engine.play(False)
        self.studio.put(setup)
        self.knobs.show_setup(setup)
        self.painter.take(setup)
        self.engine.change(setup, anew=True, weight=weight)
        self.changed.emit()

    def _follow_setup(self) -> None:
        self.knobs.show_setup(self.studio.setup)
        self.share.show_setup(self.studio.setup, self.hidden)
        self.painter.take(self.studio.setup)
        if self.rival.engine is not None and not self.rival.follows(self.studio.setup):
            self.compare()  # no longer
        self.rival.say(self.studio.setup)
        self.engine.change(self.studio.setup)
        self.changed.emit()

    def readings(self) -> dict[str, dict[str, float | str]]:
        """What a lesson may read off this page."""
        return {"learn": run_readings(self.studio.setup, self.latest)}

    # -- what it shows -------------------------------------------------------------------------------------------

    def show_history(self) -> None:
        if self.latest is not None:
            self.figures.show_run(self.latest, self.studio, self.rival.marks)
            self.timeline.show_run(self.studio)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        if self._resume:
            self._each(lambda one: one.play(True))

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        self._resume = self.engine.playing
        self._each(lambda one: one.play(False))

    # -- theme, language, life -----------------------------------------------------------------------------------

    def actions(self) -> list[QtGui.QAction]:
        return list(self._keys.values())

    def retranslate(self) -> None:
        keys.retranslate(self._keys)
        self.data.retranslate()
        self.knobs.retranslate()
        self.middle.retranslate()
        self.middle.show_watching(self.watch.on)
        self.figures.retranslate()
        self.data.say(self.latest.inside if self.latest is not None else None)
        self.timeline.retranslate()
        self.share.retranslate()
        self.boards.retranslate()
        self.rival.say(self.studio.setup)
        self.show_history()
        self.drawing.show_progress()

    def restyle(self) -> None:
        for part in (self.knobs, self.data, self.middle, self.figures, self.timeline, self.rival):
            part.restyle()
        self.body.fit()
        self.show_history()

    def state(self) -> dict[str, Any]:
        """What comes back at the next start."""
        return {"setup": link(self.studio.setup, self.hidden)}

    def restore(self, state: dict[str, Any]) -> None:
        try:
            setup, hidden = from_link(str(state.get("setup", "")))
        except LuiError:
            setup, hidden = Setup(), frozenset()
        self.hide_knobs(hidden)
        self.studio = Studio(setup)
        self._follow_setup()

    def shut(self) -> None:
        """Let go of the thread and the timer."""
        self._timer.stop()
        self.rival.stop()
        self.boards.shut()
        self.engine.shut()
