"""The bar at the top: where the data comes from, which circuit, and the few things that everybody does."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.actions import COMMANDS as TABLE
from luiapp.gui.actions import GROUPS, Actions
from luiapp.gui.controls import Elided, SpeedSlider, button, clock_text, label, speed_text
from luiapp.gui.theme import Look, Theme
from luiapp.texts import language, mark, tr

BADGES = {"sim": mark("SIM"), "board": mark("BOARD"), "hybrid": mark("SIM + BOARD"), "replay": mark("REPLAY"),
          "chip": mark("CHIP")}  # fmt: skip
HINTS = {
    "sim": mark("Space: spike   ·   F11: stage   ·   ?: keys"),
    "hybrid": mark("Space: spike   ·   F11: stage   ·   ?: keys"),
    "replay": mark("Space: play or pause   ·   F11: stage   ·   ?: keys"),
    "board": mark("F11: stage   ·   ?: keys"),
}
BADGE_HELP = {
    "sim": mark("Simulated neurons"),
    "board": mark("Real neurons, read from a serial port"),
    "hybrid": mark("Simulated neurons and boards on the table, in one circuit"),
    "replay": mark("A recording is played back"),
    "chip": mark("The emulated chip"),
}


class TopBar(QtWidgets.QWidget):
    """Badge, circuit, play controls, record, and the menu of everything else."""

    speed_chosen = QtCore.Signal(float)
    example_chosen = QtCore.Signal(str)

    def __init__(self, actions: Actions, look: Look) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self._actions, self._look = actions, look
        self._kind, self._circuit, self._recording, self._page = "sim", "", False, ""
        self._examples: list[tuple[str, list[tuple[str, str]]]] = []
        self.badge = label()
        self.badge.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        self.circuit = self._make_circuit()
        self.about = Elided("secondary")
        self.speed = SpeedSlider()
        self.speed.chosen.connect(self.speed_chosen)
        self.speed_label = label()
        self.speed_label.setAlignment(QtCore.Qt.AlignmentFlag.AlignRight | QtCore.Qt.AlignmentFlag.AlignVCenter)
        self.record = button(actions["record"], text=True)
        self.hint = label("secondary")
        self.language = button(actions["language"])
        self.language.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.menu = QtWidgets.QToolButton()
        self.menu.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu.setMenu(QtWidgets.QMenu(self.menu))
        self.menu.menu().aboutToShow.connect(self.fill_menu)
        self._secondary: list[QtWidgets.QWidget] = []
        self._of_bench: list[QtWidgets.QWidget] = []  # what means nothing on a page
        self._arrange()
        self.show_speed(1.0)

    def _make_circuit(self) -> QtWidgets.QToolButton:
        made = QtWidgets.QToolButton()
        made.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextOnly)
        made.setMenu(QtWidgets.QMenu(made))
        made.menu().aboutToShow.connect(self.fill_circuits)
        return made

    def _arrange(self) -> None:
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(4)
        row.addWidget(self.badge)
        row.addSpacing(6)
        row.addWidget(self.circuit)
        self.about.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Preferred)
        row.addWidget(self.about)
        undo, redo = (button(self._actions[name]) for name in ("undo", "redo"))
        sound, theme, keys = (button(self._actions[name]) for name in ("sound", "theme", "help"))
        for one in (undo, redo):
            row.addWidget(one)
        row.addSpacing(8)
        pause, step = (button(self._actions[name]) for name in ("pause", "step"))
        for one in (pause, step):
            row.addWidget(one)
        row.addWidget(self.speed_label)
        row.addWidget(self.speed)
        row.addSpacing(8)
        row.addWidget(self.record)
        row.addSpacing(8)
        row.addStretch(1)
        row.addWidget(self.hint)
        row.addSpacing(8)
        for one in (sound, theme, self.language, keys, self.menu):
            row.addWidget(one)
        self._secondary = [undo, redo, sound, theme, self.language]  # from the dearest on
        self._of_bench = [self.circuit, pause, step, self.speed_label, self.speed, self.record, self.about, self.hint]

    # -- what it shows -------------------------------------------------------------------------------------------

    def show_source(self, kind: str, circuit: str, about: str = "") -> None:
        """Which kind of rig is open, and the name of its circuit."""
        self._kind, self._circuit = kind, circuit
        self.about.say(about)
        self._paint_badge()
        self.hint.setText(tr(HINTS.get(kind, HINTS["board"])))
        self.circuit.setText(f"{self._elided(circuit or tr('Circuit'))}  ˅")
        self.circuit.setToolTip(tr("Choose a circuit: {name}", name=circuit or "–"))
        self.circuit.setAccessibleName(tr("Choose a circuit: {name}", name=circuit or "–"))
        self.fit()

    def show_page(self, name: str) -> None:
        """A page is shown, or with "" bench and scope."""
        self._page = name
        for one in self._of_bench:
            one.setVisible(not name)
        self.fit()

    def show_speed(self, factor: float) -> None:
        """The speed that is set."""
        self.speed.show_factor(factor)
        self.speed_label.setText(speed_text(factor, "," if language() == "de" else "."))

    def show_paused(self, paused: bool) -> None:
        """Pause becomes play, and back."""
        action = self._actions["pause"]
        with QtCore.QSignalBlocker(action):
            action.setChecked(paused)
        self._draw_pause()
        # A blocked action doesn't tell its button.
        for one in self.findChildren(QtWidgets.QToolButton):
            if one.defaultAction() is action:
                one.setChecked(paused)
                one.setIcon(action.icon())
                one.setToolTip(action.toolTip())

    def show_recording(self, active: bool, elapsed: float) -> None:
        """Record button with its time."""
        action = self._actions["record"]
        text = clock_text(elapsed) if active else tr("Record")
        if active != action.isChecked():  # it didn't start, or ended by itself
            with QtCore.QSignalBlocker(action):
                action.setChecked(active)
        self.record.setChecked(active)
        if active != self._recording:
            self._recording = active
            self._draw_record()
        self.record.setText(text)
        self.record.setAccessibleName(tr("Stop recording") if active else tr("Record"))

    def set_examples(self, examples: list[tuple[str, list[tuple[str, str]]]]) -> None:
        """The circuits that can be chosen, by group: its English title, and (key, English title) of each circuit."""
        self._examples = examples

    def fill_circuits(self) -> None:
        """The menu of circuits, anew."""
        menu = self.circuit.menu()
        menu.clear()
        for group, circuits in self._examples:
            shelf = menu.addMenu(tr(group)) if group else menu
            for key, title in circuits:
                shelf.addAction(tr(title)).triggered.connect(lambda _c=False, k=key: self.example_chosen.emit(k))
        menu.addSeparator()
        menu.addActions([self._actions["open"], self._actions["save"]])

    def fill_menu(self) -> None:
        """The menu of everything, anew, in the order of the table."""
        menu = self.menu.menu()
        menu.clear()
        for group in reversed(GROUPS):
            menu.addSeparator()
            menu.addActions([self._actions[c.name] for c in TABLE if c.group == group])

    # -- theme and language --------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Texts in the language in use."""
        self.show_source(self._kind, self._circuit, self.about.whole)
        self.speed.setAccessibleName(tr("Speed"))
        self.speed.setToolTip(tr("Speed: from a tenth to ten times real time"))
        self.menu.setToolTip(tr("Everything else"))
        self.menu.setAccessibleName(tr("Everything else"))
        self.language.setText("EN · DE")
        self.language.setAccessibleName(self._actions["language"].text())
        self._recording = not self._recording
        self.show_recording(not self._recording, 0.0)
        self._draw_pause()
        self.fit()

    def restyle(self) -> None:
        """Icons, colours and sizes of the theme in use."""
        theme = self._look.theme
        self.setFixedHeight(max(48, theme.touch + 16))
        side = round(20 * min(theme.scale, 1.3))
        for one in self.findChildren(QtWidgets.QToolButton):
            one.setIconSize(QtCore.QSize(side, side))
        from luiapp.gui.icons import icon  # not needed for the first paint of a headless window

        self.menu.setIcon(icon("menu", theme.text))
        self.speed.setFixedWidth(round(110 * min(theme.scale, 1.3)))
        self.speed_label.setFixedWidth(round(44 * theme.scale))
        self.record.setMinimumWidth(round(104 * theme.scale))
        self._paint_badge()
        self._draw_pause()
        self._draw_record()
        self.fit()

    def fit(self) -> None:
        """Hide what is secondary where there is no room, or on stage; all of it is in the menu, too."""
        stage = self._look.theme.scale > 1.2
        self.circuit.setText(f"{self._elided(self._circuit or tr('Circuit'))}  ˅")
        spare = [*self._secondary, *([] if self._page else [self.about, self.hint])]  # from the dearest on
        for one in spare:
            one.setVisible(not stage or one is self.about)
        for one in reversed(spare):
            if self._needed() <= self.width():
                break
            one.hide()

    def _needed(self) -> int:
        """Width of all that is to be seen, with every text in full."""
        row = self.layout()
        assert isinstance(row, QtWidgets.QHBoxLayout)
        total = row.contentsMargins().left() + row.contentsMargins().right()
        for i in range(row.count()):
            item = row.itemAt(i)
            widget = item.widget() if item is not None else None
            if item is not None and widget is None:
                total += item.sizeHint().width()
            elif widget is not None and not widget.isHidden():
                widget.ensurePolished()
                total += row.spacing() + max(widget.sizeHint().width(), widget.minimumWidth())
        return total

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def _elided(self, text: str) -> str:
        room = round(190 * self._look.theme.scale)
        return self.circuit.fontMetrics().elidedText(text, QtCore.Qt.TextElideMode.ElideRight, room)

    def _paint_badge(self) -> None:
        theme: Theme = self._look.theme
        ground, text = theme.badge(self._kind)
        size = round(13 * min(theme.scale, 1.4))
        self.badge.setFixedHeight(2 * size)
        self.badge.setText(tr(BADGES.get(self._kind, self._kind.upper())))
        self.badge.setToolTip(tr(BADGE_HELP.get(self._kind, "")) if self._kind in BADGE_HELP else "")
        self.badge.setAccessibleName(tr("Source: {kind}", kind=self.badge.text()))
        self.badge.setStyleSheet(
            f"background: {ground}; color: {text}; font-weight: 600; font-size: {size}px;"
            f" border-radius: {size}px; padding: 0 {size + 4}px;"
        )

    def _draw_pause(self) -> None:
        from luiapp.gui.icons import icon

        action = self._actions["pause"]
        paused = action.isChecked()
        action.setIcon(icon("play" if paused else "pause", self._look.theme.text))
        action.setText(tr("Go on") if paused else tr("Pause"))
        action.setToolTip(f"{action.text()} (P)")

    def _draw_record(self) -> None:
        from luiapp.gui.icons import icon

        theme = self._look.theme
        self.record.setIcon(icon("stop" if self._recording else "record", theme.bad))
        self.record.setProperty("role", "recording" if self._recording else "")
        self.record.style().unpolish(self.record)
        self.record.style().polish(self.record)
