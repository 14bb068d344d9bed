"""The one window: rail, top bar, bench over scope, right column, status bar.

It appears before anything heavy is loaded: it is made without a `Live`, `attach` gives it one after the first paint,
and `load_next` then loads the panels one by one.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui import session, steps
from luiapp.gui.actions import Actions, adopt
from luiapp.gui.banner import Banner
from luiapp.gui.controls import EnterPresses, placeholder, thin_line
from luiapp.gui.deeds import Deeds
from luiapp.gui.faults import Faults
from luiapp.gui.helpcard import HelpCard
from luiapp.gui.icons import icon
from luiapp.gui.late import late
from luiapp.gui.pages import Pages, meanings, panel_actions
from luiapp.gui.paths import Paths
from luiapp.gui.qt_texts import QtTexts
from luiapp.gui.rail import PLACES, Place, Rail
from luiapp.gui.settings import Settings
from luiapp.gui.statusbar import StatusBar
from luiapp.gui.theme import Look
from luiapp.gui.topbar import TopBar
from luiapp.texts import set_language, tr

if TYPE_CHECKING:
    from luiapp.gui.desk import Desk
    from luiapp.gui.live import Live
    from luiapp.gui.recording import Recording
    from luiapp.gui.sources import Sources

_log = logging.getLogger(__name__)
PANELS = {"bench": "luiapp.gui.bench.panel:BenchPanel", "scope": "luiapp.gui.scope.panel:ScopePanel"}
NEEDS = {"pause": "SetPaused", "step": "StepOnce", "slower": "SetSpeed", "faster": "SetSpeed", "real_time": "SetSpeed"}
WARM_UP_TOLD_MS = 1500
SIDE_AFTER_MS = 300  # the right column waits until the first trace moves


class Shell(QtWidgets.QWidget):
    """The window.

    Attributes
    ----------
    panels : dict
        Panels by name as far as they are loaded: bench, scope, and the places of the right column.
    """

    painted = QtCore.Signal()  # the first paint is done
    loaded = QtCore.Signal()  # all panels that are seen at the start are there

    def __init__(self, settings: Settings, faults: Faults, look: Look, paths: Paths) -> None:
        super().__init__()
        self.settings, self.faults, self.look, self.paths = settings, faults, look, paths
        self.live: Live | None = None
        self.sources: Sources | None = None
        self.recording: Recording | None = None
        self.panels: dict[str, Any] = {}
        self.desk: Desk | None = None
        self._keeper: session.Keeper | None = None
        self._painted = self._closed = False
        self.qt_texts = QtTexts(self)
        self.setProperty("role", "window")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self.setMinimumSize(960, 600)
        self.deeds = Deeds(self)
        self.actions_ = Actions(self, self.deeds.table())
        self.actions_.marked.connect(self.deeds.mark)
        self.addActions(self.actions_.all())
        self._keys = {key.toString() for action in self.actions_.all() for key in action.shortcuts()}
        self.top, self.rail = TopBar(self.actions_, look), Rail(look)
        self.status, self.banner = StatusBar(), Banner(faults, look)
        self.stage = {name: placeholder() for name in PANELS}
        self.side = QtWidgets.QStackedWidget()
        self.foot = QtWidgets.QVBoxLayout()
        self._arrange()
        self.help = HelpCard(self, self.actions_, look)
        self.help.set_panels(lambda: panel_actions(self), lambda: meanings(self))
        self.place, self.side_open = str(settings.get("side")), bool(settings.get("side_open"))
        if self.place not in self.rail.buttons:
            self.place = PLACES[0].name
        self.top.speed_chosen.connect(self.deeds.set_speed)
        self.top.example_chosen.connect(self.deeds.open_example)
        self.rail.chosen.connect(self.choose_place)
        look.changed.connect(self.restyle)
        app = QtWidgets.QApplication.instance()
        if isinstance(app, QtWidgets.QApplication):
            self._enter = EnterPresses(app, self)
        self.retranslate()
        self.restyle()
        self._show_side()

    # -- layout --------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self.main = QtWidgets.QSplitter(QtCore.Qt.Orientation.Vertical)
        self.across = QtWidgets.QSplitter(QtCore.Qt.Orientation.Horizontal)
        for splitter in (self.main, self.across):
            splitter.setHandleWidth(4)
        for holder in self.stage.values():
            self.main.addWidget(holder)
            self.main.setCollapsible(self.main.count() - 1, False)
        self.side.setProperty("role", "side")
        self.side.setMinimumWidth(session.SIDE_WIDTH[0])
        self.pages = Pages(self, self.main)
        self.across.addWidget(self.pages)
        self.across.addWidget(self.side)
        self.across.setCollapsible(0, False)
        self.across.setCollapsible(1, False)
        self.across.setStretchFactor(0, 1)
        self.foot.setSpacing(0)
        column = QtWidgets.QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(thin_line())
        column.addWidget(self.across, 1)
        column.addLayout(self.foot)
        column.addWidget(self.banner)
        column.addWidget(self.status)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(column, 1)

    def restore_layout(self) -> None:
        """Window and splitters as they were left, or as designed."""
        session.restore_layout(self)
        self._show_side()

    # -- the heavy part, after the first paint --------------------------------------------------------------------

    def attach(self, desk: Desk) -> None:
        """Take the services that need numpy, and begin to show what is open."""
        self.desk = desk
        live = self.live = desk.live
        self.sources, self.recording = desk.sources, desk.recording
        self._keeper = session.Keeper(self, live)
        live.problem.connect(lambda error: self.faults.take(error, "source"))
        live.refused.connect(self.deeds.refused)
        desk.sources.problem.connect(lambda error: self.faults.take(error, "opening"))
        desk.recording.problem.connect(lambda error: self.faults.take(error, "recording"))
        desk.recording.changed.connect(self.show_recording)
        desk.recording.finished.connect(self.deeds.recorded)
        live.rig_changed.connect(self._show_source)
        live.network_changed.connect(self._show_source)
        live.layout_changed.connect(self._show_source)  # an adapter's name comes with its first samples
        live.state_changed.connect(self._show_state)
        live.opening_changed.connect(self._show_opening)
        live.numbers.connect(self._show_numbers)
        live.spiked.connect(self.deeds.hear)
        live.undo.indexChanged.connect(self.show_undo)
        live.undo.cleanChanged.connect(self.show_undo)
        desk.watch.came.connect(self.deeds.port_came)
        desk.watch.failed.connect(lambda error: self.faults.take(error, "ports"))
        self.top.set_examples(desk.sources.menu())
        from luiapp.gui.recordings.scrub import ScrubBar

        self.rail.follow(live.lock)
        self.foot.addWidget(self.deeds.lock_strip(live.lock))
        scrub = ScrubBar(desk, self.actions_)
        self.panels["scrub"] = scrub
        self.foot.addWidget(scrub)
        self._show_source()
        self._show_state()
        self.show_undo()
        self.deeds.start_sound_if(self.settings.get("sound"))

    def load_next(self) -> None:
        """Load one more panel; call again from the event loop until `loaded` comes, so that nothing freezes."""
        for name, path in PANELS.items():
            if name not in self.panels:
                self.main.replaceWidget(list(PANELS).index(name), self._make(name, path, by_desk=False))
                break
        else:
            QtCore.QTimer.singleShot(SIDE_AFTER_MS, self, self._load_last)
            return
        QtCore.QTimer.singleShot(0, self, self.load_next)

    def _load_last(self) -> None:
        if not self._closed:
            self._load_side()
            self.panels["bench"].setFocus()
            if self.desk is not None:
                self.desk.watch.start()
            self.loaded.emit()

    def _make(self, name: str, path: str, *, by_desk: bool) -> Any:
        desk = self.desk
        assert desk is not None
        cls = late(path)
        panel: Any = cls(desk) if by_desk else cls(desk.live, desk.look)
        state = self.settings.get("panels").get(name)
        if isinstance(state, dict):
            panel.restore(state)
        refused = adopt(self, list(panel.actions()), self._keys)
        if refused:
            _log.warning("keys that mean something else already: %s", ", ".join(refused))
        self.panels[name] = panel
        return panel

    def _load_side(self) -> None:
        place = self._place(self.place)
        if self.desk is not None and self.side_open and place.name + " side" not in self.panels:
            panel = self._make(place.name + " side", place.side, by_desk=place.by_desk)
            scroll = QtWidgets.QScrollArea(widgetResizable=True)
            scroll.setObjectName(place.name)
            scroll.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
            scroll.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            scroll.setWidget(panel)
            self.side.addWidget(scroll)
        for i in range(self.side.count()):
            page = self.side.widget(i)
            if page is not None and page.objectName() == place.name:
                self.side.setCurrentIndex(i)

    # -- places --------------------------------------------------------------------------------------------------

    def choose_place(self, name: str) -> None:
        """Show a place in the right column, the present one once more folds it; or its page."""
        if not self.pages.choose(name):
            self.side_open = self.pages.leave() or not (self.side_open and name == self.place)
            self.place = name
        self._show_side()

    def show_place(self, name: str) -> None:
        """Show a place in the right column, or its page."""
        if not self.pages.choose(name):
            self.pages.leave()
            self.place, self.side_open = name, True
        self._show_side()

    def set_side_open(self, open_: bool) -> None:
        """Fold the right column, or unfold it."""
        self.side_open = open_
        self._show_side()

    def _show_side(self) -> None:
        if "scope" in self.panels:
            self._load_side()
        alone = bool(self.pages.name) and not self.pages.beside
        self.side.setVisible(self.side_open and not alone)
        self.rail.show_place(self.pages.name if alone else self.place, self.side_open or alone)
        with QtCore.QSignalBlocker(self.actions_["side"]):
            self.actions_["side"].setChecked(self.side_open)

    @staticmethod
    def _place(name: str) -> Place:
        return next(place for place in PLACES if place.name == name)

    # -- what it shows -------------------------------------------------------------------------------------------

    def _show_source(self) -> None:
        if self.live is None or self.sources is None:
            return
        rig = self.live.rig
        name, about = self.sources.describe()
        self.top.show_source(rig.kind if rig is not None else "sim", name, about)
        self.setWindowTitle(f"{name} – luiapp" if name else "luiapp")
        self.actions_["live"].setEnabled(rig is not None and rig.kind == "replay")
        can = {command.__name__ for command in self.live.describe().commands} if rig is not None else set()
        for action, command in NEEDS.items():  # a real board's time can't be held or stretched
            self.actions_[action].setEnabled(rig is None or command in can)
        self.top.speed.setEnabled(rig is None or "SetSpeed" in can)

    def _show_state(self) -> None:
        if self.live is not None:
            self.top.show_paused(self.live.paused)
            self.top.show_speed(self.live.speed)

    def _show_numbers(self) -> None:
        if self.live is not None:
            name = self.sources.describe()[0] if self.sources is not None else ""
            self.status.show_live(self.live, self.recording, name)
        if self.recording is not None and self.recording.active:
            self.show_recording()

    def _show_opening(self, opening: bool) -> None:
        if opening:
            QtCore.QTimer.singleShot(WARM_UP_TOLD_MS, self, self._tell_warm_up)

    def _tell_warm_up(self) -> None:
        if self.live is not None and self.live.opening:
            self.status.say(tr("Warming up … the first start takes some seconds."))

    def show_recording(self) -> None:
        """Record button and status line."""
        if self.recording is not None:
            self.top.show_recording(self.recording.active, self.recording.elapsed)

    def show_undo(self) -> None:
        """Undo and redo say what they would do."""
        if self.pages.show_undo() or self.live is None:
            return
        stack = self.live.undo
        for name, text, what, can in (
            ("undo", tr("Undo"), stack.undoText(), stack.canUndo()),
            ("redo", tr("Redo"), stack.redoText(), stack.canRedo()),
        ):
            self.actions_[name].setText(f"{text}: {what}" if what else text)
            self.actions_[name].setToolTip(
                self.actions_[name].text() + f" ({self.actions_[name].shortcut().toString()})"
            )
            self.actions_[name].setEnabled(can)

    # -- theme and language --------------------------------------------------------------------------------------

    def restyle(self) -> None:
        """Everything in the theme in use."""
        theme = self.look.theme
        self.actions_.set_icons(lambda name: icon(name, theme.text))
        for part in (self.top, self.rail, self.banner, *self.panels.values()):
            restyle = getattr(part, "restyle", None)
            if restyle is not None:
                restyle()
        self.side.setMinimumWidth(round(session.SIDE_WIDTH[0] * min(theme.scale, 1.4)))
        self.deeds.show_sound_icon()
        self._show_state()

    def choose_language(self, language: str) -> None:
        """Switch all texts while everything runs."""
        set_language(language)
        self.qt_texts.load(language)
        self.settings.put("language", language)
        if self._keeper is not None:
            self._keeper.changed()
        self.retranslate()

    def retranslate(self) -> None:
        """All texts in the language in use."""
        self.actions_.retranslate()
        for part in (self.top, self.rail, self.banner, *self.panels.values()):
            retranslate = getattr(part, "retranslate", None)
            if retranslate is not None:
                retranslate()
        self.main.setAccessibleName(tr("Bench and scope"))
        if self.live is not None:
            steps.retranslate(self.live.undo)
        self._show_source()
        self._show_state()
        self.show_undo()
        self.show_recording()
        self._show_numbers()
        self.deeds.retranslate()
        if self.help.isVisible():
            self.help.retranslate()

    # -- events --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QtCore.QTimer.singleShot(0, self, self.painted.emit)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape and self.deeds.escape():
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QtGui.QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QtGui.QDropEvent) -> None:
        self.deeds.dropped([url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        self.shut()
        super().closeEvent(event)

    def shut(self) -> None:
        """Finish the recording, remember everything, let go of rig, threads and timers."""
        if self._closed:
            return
        self._closed = True
        if self._keeper is not None:
            self._keeper.stop()
        session.save(self)
        self.deeds.stop_sound()
        if self.recording is not None:
            self.recording.stop()
        for panel in self.panels.values():
            stop = getattr(panel, "shut", None) or getattr(panel, "shutdown", None)
            if stop is not None:
                stop()
        if self.desk is not None:
            self.desk.watch.shut()
        if self.live is not None:
            self.live.shut()
        self.banner.shut()
