"""The chip's page: the way of a network onto a chip, the core as a map, and how the network fares there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.chip.calibrate import QUANTITIES
from luiapp.chip.place import Placed
from luiapp.errors import LuiError
from luiapp.gui.banner import Notice
from luiapp.gui.chip import keys
from luiapp.gui.chip.bar import PathBar
from luiapp.gui.chip.chart import Chart
from luiapp.gui.chip.engine import Engine
from luiapp.gui.chip.export import SUFFIX, Export
from luiapp.gui.chip.lens_card import LensCard
from luiapp.gui.chip.limits_card import LimitsCard
from luiapp.gui.chip.map_card import MapCard
from luiapp.gui.chip.map_state import Spot
from luiapp.gui.chip.serial_field import LAST
from luiapp.gui.chip.slow_card import SlowCard
from luiapp.gui.chip.slow_state import Watched, lights, watch
from luiapp.gui.chip.spread_view import SpreadView
from luiapp.gui.chip.state import BUILT_IN, DATA, LEARNED, Snapshot, bars, readings, upcoming
from luiapp.gui.chip.tabs import Tabs
from luiapp.gui.chip.words import costs
from luiapp.gui.chip.work import Work
from luiapp.gui.controls import Elided
from luiapp.gui.desk import Desk
from luiapp.gui.training.cards import Card
from luiapp.gui.training.keys import make_keys, retranslate, without_state
from luiapp.texts import tr
from luiapp.train.store import Model, open_model

FRAME_MS = 16
WARM_UP_TOLD_MS = 4000  # without news: code is being compiled
NARROW = 700  # px of its width, at the usual size of type, below which the bar shows what is next alone
LOW = 560  # px of the page's height, at the usual size of type, below which there isn't room for all


class ChipPage(QtWidgets.QWidget):
    """Takes the newest snapshot at frame rate and never waits for the thread that works on the chip."""

    changed = QtCore.Signal()  # undo and redo may mean something else now
    meanings = keys.MEANINGS

    def __init__(self, desk: Desk, engine: Engine | None = None) -> None:
        super().__init__()
        self.desk, self._look = desk, desk.look
        self.engine = engine or Engine(7)
        self.latest: Snapshot | None = None
        self._model: Model | None = None
        self._name = BUILT_IN
        self.setProperty("role", "window")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.ClickFocus)
        self.bar = PathBar(desk.look)
        self.fares = Card()
        self.chart = Chart(desk.look)
        self.fares.column.addWidget(self.chart)
        self.costs = Elided("status")
        self.fares.head.addWidget(self.costs, 9)
        self.map = MapCard(desk.look)
        self.spread = SpreadView(desk.look)
        self.slow = SlowCard(desk.look)
        self.lens = LensCard(desk.look)
        self.limits = LimitsCard()
        self.tabs = Tabs()
        for name, widget in (
            ("spread", self.spread),
            ("slow", self.slow),
            ("lens", self.lens),
            ("limits", self.limits),
        ):
            self.tabs.add(name, widget)
        self._random = np.random.default_rng(1)  # which sample is next
        self._sampled: Placed | None = None  # the configuration that a sample ran on
        self._clock, self._since = QtCore.QElapsedTimer(), QtCore.QElapsedTimer()
        self._clock.start()
        self._since.start()
        self._arrange()
        self.export = Export(self, desk.paths.recordings)
        self.bar.serial_chosen.connect(self.choose_serial)
        self.bar.go_pressed.connect(self.kick)
        self.bar.through_pressed.connect(self.go_through)
        self.bar.stations.chosen.connect(self.engine.do)
        self.bar.network.menu().aboutToShow.connect(self._fill_menu)
        self.tabs.chosen.connect(lambda _name: self._fit())
        self.map.recoloured.connect(self._show_spread)
        self.map.core.picked.connect(self._pick)
        self.lens.changed.connect(self.changed)
        self.slow.another.connect(self.next_sample)
        self.slow.moved.connect(self._light)
        self._keys = make_keys(self, {
            "through": self.go_through, "halt": self.engine.stop, "sample": self.next_sample, "beside": self.tabs.turn,
        }, keys.TABLE)  # fmt: skip
        self._timer = QtCore.QTimer(self, interval=FRAME_MS)
        self._timer.timeout.connect(self.draw)
        self.retranslate()
        self.restyle()
        self.engine.do("serial")

    def _arrange(self) -> None:
        self.body = QtWidgets.QWidget()
        body = QtWidgets.QHBoxLayout(self.body)
        body.setContentsMargins(12, 10, 12, 10)
        body.setSpacing(10)
        body.addWidget(self.map, 7)
        right = QtWidgets.QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.fares)
        right.addWidget(self.tabs, 1)
        body.addLayout(right, 4)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.body, 1)

    # -- what a person does --------------------------------------------------------------------------------------

    def kick(self) -> None:
        """The next station; or stop what is being done."""
        if self.latest is not None and self.latest.busy:
            self.engine.stop()
        elif self.latest is not None:
            self.engine.do(upcoming(self.latest.found.done) or "loop")

    def go_through(self) -> None:
        """All stations that are left."""
        self.engine.go_through()

    def undo(self) -> None:
        self.lens.undo()

    def redo(self) -> None:
        self.lens.redo()

    @property
    def can_undo(self) -> bool:
        return self.lens.book.can_undo

    @property
    def can_redo(self) -> bool:
        return self.lens.book.can_redo

    def pause(self) -> None:
        """Play in slow motion, or pause."""
        self.slow.toggle()

    def step(self) -> None:
        """Slow motion, one reading further."""
        self.slow.step()

    def slower(self) -> None:
        self.slow.change_pace(-1)

    def faster(self) -> None:
        self.slow.change_pace(1)

    def next_sample(self) -> None:
        """Another unseen sample through the chip, as it is configured now."""
        chosen = float(self._random.random())

        def run(work: Work) -> Watched | None:
            if work.on_chip is None or work.sets is None:
                return None
            test = work.sets.test
            i_sample = int(chosen * len(test.labels))
            return watch(work.on_chip, test.samples[i_sample], int(test.labels[i_sample]), seed=work.seed)

        self.engine.ask("watched", run)

    def choose_serial(self, serial: int) -> None:
        """Another chip, with the same network."""
        self.bar.show_serial(serial)
        self.engine.choose(serial, self._model, self._name)

    def choose_network(self, model: Model | None, name: str) -> None:
        """Another network, on the same chip; None: the built-in one."""
        self._model, self._name = model, name
        self.engine.choose(self.bar.serial.value, model, name)

    def take_learned(self) -> None:
        """The network of the learning page, as it is there now."""
        from luiapp.gui.training.model_state import pack

        page = self._learning()
        latest = page.latest if page is not None else None
        if latest is not None and page.studio.mark is not None:
            self.choose_network(pack(latest.setup, page.studio.mark), LEARNED)

    def open_file(self) -> None:
        """Ask which network, and put it on the chip."""
        name, _ = QtWidgets.QFileDialog.getOpenFileName(
            self, tr("Open a trained network"), str(self.desk.paths.recordings), f"{tr('Trained network')} (*{SUFFIX})"
        )
        if name:
            self.open_from(Path(name))

    def open_from(self, path: Path) -> bool:
        """Put a trained network on the chip. Returns whether it could be read."""
        try:
            model = open_model(path)
        except LuiError as error:
            self.desk.faults.take(error, "chip")
            return False
        self.choose_network(model, path.name)
        self.desk.tell(Notice(lambda: tr("Opened: {file}", file=path.name)))
        return True

    def save(self) -> None:
        self.export.network()

    def export_figure(self) -> None:
        self.export.figure()

    def take_files(self, names: list[str]) -> bool:
        """Open a trained network that was dropped. Returns whether it is one by its name."""
        return bool(names) and names[0].lower().endswith(SUFFIX) and self.open_from(Path(names[0]))

    def _learning(self) -> Any:
        panels: dict[str, Any] = getattr(self.window(), "panels", {})
        return panels.get("learn page")

    def _fill_menu(self) -> None:
        menu = self.bar.network.menu()
        menu.clear()
        menu.addAction(tr("Built-in network")).triggered.connect(lambda _c=False: self.choose_network(None, BUILT_IN))
        learned = menu.addAction(tr("From the learning page"))
        learned.triggered.connect(lambda _c=False: self.take_learned())
        page = self._learning()
        learned.setEnabled(page is not None and page.latest is not None)
        menu.addAction(tr("Open a trained network…") + "\tCtrl+O").triggered.connect(lambda _c=False: self.open_file())
        menu.addSeparator()
        found = self.latest.found if self.latest is not None else None
        for text, there, call in (
            (tr("Save the network…") + "\tCtrl+S", found is not None and found.model is not None, self.save),
            (tr("Save the calibration…"), found is not None and found.calibration is not None, self.export.calibration),
            (tr("Export figure…") + "\tCtrl+P", True, self.export_figure),
        ):
            action = menu.addAction(text)
            action.setEnabled(there)
            action.triggered.connect(without_state(call))

    # -- what it shows -------------------------------------------------------------------------------------------

    def readings(self) -> dict[str, dict[str, float | str]]:
        """What a lesson may read off this page."""
        return {} if self.latest is None else {"chip": readings(self.latest.found)}

    def point(self, station: str) -> None:
        """A lesson means this station: an arrow leads to it; "" for none."""
        self.bar.stations.lead_to(station)

    def open_text(self, text: str) -> None:
        """The chip of a lesson, ``luiapp://chip?serial=7``; the one that is on the page already goes on."""
        serial = text.rpartition("serial=")[2]
        if serial.isdigit() and int(serial) <= LAST and int(serial) != self.bar.serial.value:
            self.choose_serial(int(serial))

    def draw(self) -> None:
        """Show the newest snapshot."""
        for problem in (self.engine.take_problem(), self.lens.draw()):
            if problem is None:
                continue
            self.desk.faults.take(problem, "chip")
        snapshot = self.engine.take()
        if snapshot is not None:
            before, self.latest = self.latest, snapshot
            self.bar.show_state(snapshot)
            self._show_found()
            self._show_extra(before, snapshot)
            self._since.restart()
        elif self.latest is not None and self.latest.busy and self._since.elapsed() > WARM_UP_TOLD_MS:
            self.bar.told.say(tr("Warming up … the first start takes some seconds."))
        self.slow.advance(self._clock.restart() / 1000)

    def _show_extra(self, before: Snapshot | None, now: Snapshot) -> None:
        watched = now.extra.get("watched")
        if before is None or watched is not before.extra.get("watched"):
            self.slow.show_sample(watched)
        placed = now.found.placed
        if placed is None and self.slow.watched is not None:
            self.slow.show_sample(None)
        elif placed is not None and placed is not self._sampled:
            self._sampled = placed
            self.next_sample()
        if before is not None and before.found.placed is None and placed is not None:
            self.tabs.propose("slow")
        elif before is not None and before.found.tuned is None and now.found.tuned is not None:
            self.tabs.propose("spread")

    def _show_found(self) -> None:
        if self.latest is not None:
            self.map.show_found(self.latest.found)
            self.chart.show_bars(bars(self.latest.found), (self.latest.found.shape or (3,))[-1])
            self.fares.heading.setText(tr("How well it does: {data}", data=tr(DATA[self.latest.found.data])))
            self.costs.say(costs(self.latest.found))
            self.slow.show_found(self.latest.found)
            self.lens.show_found(self.latest.found)

    def _pick(self, spot: Spot) -> None:
        self.lens.look_at(spot.circuit)
        self.slow.pick(int(self.map.core.scene.array.neuron[spot.circuit]))

    def _light(self) -> None:
        scene, watched = self.map.core.scene, self.slow.watched
        scene.rows, scene.circuits = lights(watched, self.slow.slow.at) if watched is not None else ({}, {})
        self.map.core.show_scene(scene, still=True)

    def _show_spread(self) -> None:
        self.spread.show_spread(self.map.spread, after=self.map.after.isChecked())

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    # -- theme, language, life -----------------------------------------------------------------------------------

    def actions(self) -> list[QtGui.QAction]:
        return list(self._keys.values())

    def retranslate(self) -> None:
        retranslate(self._keys, keys.TABLE)
        self.bar.retranslate()
        self.map.retranslate()
        self.slow.retranslate()
        self.lens.retranslate()
        for name, text in (("spread", tr("Spread")), ("slow", tr("Slow motion")), ("lens", tr("Lens")),
                           ("limits", tr("Limits"))):  # fmt: skip
            self.tabs.buttons[name].setText(text)
        self.limits.retranslate()
        self._show_spread()
        self._show_found()

    def restyle(self) -> None:
        self.bar.restyle()
        self.map.restyle()
        self.spread.update()
        self.slow.restyle()
        self.lens.restyle()
        self.chart.updateGeometry()
        self.chart.update()
        self._fit()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where there is little room, what is wanted less steps back."""
        room = self.height() / min(self._look.theme.scale, 1.4)
        self.fares.setVisible(room >= LOW or self.tabs.name == "spread")
        narrow = self.width() < NARROW * self._look.theme.scale  # such as beside a lesson, on the stage
        for one in (self.bar.network, self.bar.through):  # both can be done by keys, too
            one.setHidden(narrow)
        body = self.body.layout()
        if isinstance(body, QtWidgets.QHBoxLayout):
            body.setStretch(0, 5 if narrow else 7)
            body.setStretch(1, 6 if narrow else 4)

    def state(self) -> dict[str, Any]:
        """What comes back at the next start."""
        return {"serial": self.bar.serial.value, "beside": self.tabs.name, "colours": self.map.parameter}

    def restore(self, state: dict[str, Any]) -> None:
        serial = state.get("serial")
        if isinstance(serial, int) and 0 <= serial <= LAST:
            self.choose_serial(serial)
        if state.get("beside") in self.tabs.buttons:
            self.tabs.choose(state["beside"])
        if state.get("colours") in QUANTITIES:
            self.map.choose(state["colours"])

    def shut(self) -> None:
        """Let go of the thread and the timer."""
        self._timer.stop()
        self.lens.shut()
        self.engine.shut()
