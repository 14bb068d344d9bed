"""The row of controls above the screen, and what can be done with the scope as actions for menus and keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.data.chunk import Layout
from luiapp.gui.scope import axes
from luiapp.gui.scope.state import ScopeState
from luiapp.gui.theme import Theme
from luiapp.texts import mark, tr


@dataclass(frozen=True)
class Verb:
    """One thing a person can do: English text, what it is for, key, and whether it is on or off."""

    name: str
    text: str
    about: str
    key: str = ""
    checkable: bool = False


VERBS = (
    Verb("freeze", mark("Freeze"), mark("Hold the picture; the neurons go on"), "F", True),
    Verb("sweep", mark("Sweep"), mark("The trace is drawn from left to right instead of scrolling"), "W", True),
    Verb("cursors", mark("Cursors"), mark("Two cursors measure ΔV, Δt and 1/Δt; X changes between them"), "C", True),
    Verb("auto", mark("Auto axis"), mark("The voltage axis follows the data"), "A", True),
    Verb("vdd", mark("In VDD"), mark("Voltages as fractions of the supply"), "U", True),
    Verb("stacked", mark("Lanes"), mark("Each trace in a lane of its own"), "L", True),
    Verb("raster", mark("Spikes"), mark("A row of spikes for each neuron"), "G", True),
    Verb("afterglow", mark("Afterglow"), mark("Earlier sweeps stay on the screen and fade"), "D", True),
    Verb("measure", mark("Measure"), mark("Peaks, mean, rate, intervals and more, as numbers"), "M", True),
    Verb("maths", mark("Calculate…"), mark("Traces made of others: A − B, mean, slope and more"), "Shift+M", True),
    Verb("average", mark("Around spikes"), mark("The mean course of a trace around spikes, ± sd"), "Shift+A", True),
    Verb("spectrum", mark("Spectrum"), mark("How much a trace swings at which frequency"), "Shift+F", True),
    Verb("intervals", mark("Intervals"), mark("How long the neuron pauses between spikes"), "Shift+I", True),
    Verb(
        "listen",
        mark("Hear the membrane"),
        mark("A tone follows the chosen neuron's voltage; spikes click"),
        "Shift+S",
        True,
    ),
    Verb(
        "twin", mark("Twin"), mark("The twin of a real board runs on the same pulses, drawn over it"), "Shift+T", True
    ),
    Verb("zoom_in", mark("Shorter window"), mark("See a shorter time, larger"), "+"),
    Verb("zoom_out", mark("Longer window"), mark("See a longer time at once"), "-"),
    Verb("arm", mark("Next sweep"), mark("Wait for the next trigger"), "N"),
    Verb("live", mark("Back to live"), mark("Follow the stream again"), "End"),
)
TRIGGERS = (
    ("off", mark("no trigger")),
    ("spike", mark("spike")),
    ("rising", mark("rising")),
    ("falling", mark("falling")),
)
_STYLE = """
QToolButton {{ border: 2px solid transparent; border-radius: {radius}px; padding: 0 6px;
    background: {t.raised}; color: {t.text}; }}
QToolButton:checked {{ background: {t.accent}; color: {t.on_accent}; }}
QToolButton:hover {{ border-color: {t.secondary}; }}
QToolButton:focus {{ border-color: {t.focus}; }}
#back {{ background: {t.amber}; color: #17131c; font-weight: 600; }}
#back:focus {{ border-color: {t.text}; }}
QToolButton::menu-indicator {{ image: none; }}
#legend, #legend QWidget {{ background: transparent; }}
#legend QToolButton {{ padding: 0 4px; background: transparent; }}
#legend QToolButton:checked {{ color: {t.text}; }}
#legend QToolButton:!checked {{ color: {t.secondary}; }}
#legend QToolButton:focus {{ border-color: {t.focus}; }}
"""
_LEGEND = 80  # pixels that the legend keeps at least
TRIGGER_MODES = (("auto", mark("auto")), ("normal", mark("normal")), ("single", mark("single")))


def style(theme: Theme) -> str:
    """The style sheet of the scope's controls."""
    return _STYLE.format(t=theme, radius=round(4 * theme.scale))


def make_actions(owner: QtWidgets.QWidget, do: Callable[[str, bool], None]) -> dict[str, QtGui.QAction]:
    """The actions by name; `do` is called with the name, and whether a checkable one is on."""
    actions = {}
    for verb in VERBS:
        action = QtGui.QAction(owner)
        action.setObjectName(f"scope.{verb.name}")
        action.setCheckable(verb.checkable)
        if verb.key:
            action.setShortcut(QtGui.QKeySequence(verb.key))
        # The shell may widen this; inside the scope a key must never act elsewhere.
        action.setShortcutContext(QtCore.Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(_teller(do, verb.name))
        actions[verb.name] = action
    return actions


def _teller(do: Callable[[str, bool], None], name: str) -> Callable[[bool], None]:
    def tell(on: bool) -> None:
        do(name, on)

    return tell


class Controls(QtWidgets.QWidget):
    """Compact controls, each with a name for screen readers."""

    window_chosen = QtCore.Signal(float)
    trigger_chosen = QtCore.Signal()

    def __init__(self, actions: dict[str, QtGui.QAction], legend: QtWidgets.QWidget) -> None:
        super().__init__()
        line = QtWidgets.QHBoxLayout(self)
        line.setSizeConstraint(QtWidgets.QLayout.SizeConstraint.SetNoConstraint)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Fixed)
        line.setContentsMargins(6, 4, 6, 2)
        line.setSpacing(3)
        shown = ("freeze", "sweep", "cursors", "measure", "auto", "arm", "live")
        self.buttons = {name: self._button(actions[name]) for name in shown}
        self.window_box = self._box()
        self.trigger_box, self.source_box, self.trigger_mode_box = self._box(), self._box(), self._box()
        self.level_box = QtWidgets.QDoubleSpinBox(decimals=2, singleStep=0.05, minimum=-100.0, maximum=100.0)
        self.level_box.setSuffix(" V")
        self.more = QtWidgets.QToolButton()
        self.more.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.more.setText("⋯")
        self.menu = QtWidgets.QMenu(self.more)
        for verb in VERBS:
            if verb.name in ("measure", "zoom_in"):
                self.menu.addSeparator()
            self.menu.addAction(actions[verb.name])
        self.more.setMenu(self.menu)
        b = self.buttons
        self._order = [b["freeze"], self.window_box, b["sweep"], self.trigger_box, self.source_box, self.level_box,
                       self.trigger_mode_box, b["arm"], b["cursors"], b["measure"], b["auto"], self.more]  # fmt: skip
        for widget in self._order:
            line.addWidget(widget)
        line.addWidget(legend, 1)
        self.back = b["live"]  # at the end of the line, so that nothing moves when it comes
        self.back.setObjectName("back")
        self._order.append(self.back)
        line.addWidget(self.back)
        self.window_box.activated.connect(self._window_picked)
        for box in (self.trigger_box, self.source_box, self.trigger_mode_box):
            box.activated.connect(self.trigger_chosen)
        self.level_box.valueChanged.connect(self.trigger_chosen)

    def minimumSizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(120, self.sizeHint().height())

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self.make_room()

    def make_room(self) -> None:
        """Show as many buttons as fit; all of them are in the menu, too."""
        spare = [self.buttons[name] for name in ("measure", "auto", "cursors", "freeze", "sweep")]
        for button in spare:
            button.setVisible(True)
        for button in spare:
            line = self.layout()
            assert line is not None
            shown = [w for w in self._order if not w.isHidden()]
            width = sum(w.sizeHint().width() + line.spacing() for w in shown) + 12 + _LEGEND
            if width <= self.width() or not self.isVisible():
                return
            button.setVisible(False)

    def _button(self, action: QtGui.QAction) -> QtWidgets.QToolButton:
        button = QtWidgets.QToolButton()
        button.setDefaultAction(action)
        button.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        return button

    def _box(self) -> QtWidgets.QComboBox:
        box = QtWidgets.QComboBox()
        box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        return box

    def _window_picked(self, index: int) -> None:
        self.window_chosen.emit(float(self.window_box.itemData(index)))

    def retranslate(self, theme: Theme) -> None:
        """All texts anew, and the height that the theme gives to controls."""
        names = {
            self.window_box: tr("Time window"),
            self.trigger_box: tr("What starts a sweep"),
            self.source_box: tr("Neuron of the trigger"),
            self.level_box: tr("Trigger level"),
            self.trigger_mode_box: tr("How the trigger repeats"),
            self.more: tr("More of the scope"),
        }
        for widget, text in names.items():
            widget.setAccessibleName(text)
            widget.setToolTip(text)
        height = max(26, round(theme.touch * 0.85))
        for one in (*names, *self.buttons.values()):
            one.setFixedHeight(height)
        for button in self.buttons.values():
            button.setAccessibleName(button.defaultAction().toolTip())
        self.setStyleSheet(style(theme))
        here = QtCore.QLocale.Language
        german = axes.decimal() == ","
        self.level_box.setLocale(QtCore.QLocale(here.German if german else here.English))

    def show_state(self, state: ScopeState, layout: Layout | None) -> None:
        """Set every control to the settings."""
        blockers = [QtCore.QSignalBlocker(w) for w in (self.window_box, self.trigger_box, self.source_box,
                                                       self.trigger_mode_box, self.level_box)]  # fmt: skip
        windows = sorted({*axes.WINDOWS[:-1], axes.LONGEST, state.window})
        fill(self.window_box, [(axes.duration(w), w) for w in windows if w >= 5e-3 or w == state.window], state.window)
        fill(self.trigger_box, [(tr(text), key) for key, text in TRIGGERS], state.trigger)
        fill(self.trigger_mode_box, [(tr(text), key) for key, text in TRIGGER_MODES], state.trigger_mode)
        neurons = layout.neurons if layout is not None else ()
        every = [(tr("any"), -1)] if state.trigger == "spike" else []
        fill(self.source_box, every + [(name, i) for i, name in enumerate(neurons)], state.trigger_neuron)
        self.level_box.setValue(state.level)
        sweeping, triggered = state.mode == "sweep", state.mode == "sweep" and state.trigger != "off"
        self.trigger_box.setVisible(sweeping)
        self.source_box.setVisible(triggered)
        self.trigger_mode_box.setVisible(triggered)
        self.level_box.setVisible(triggered and state.trigger != "spike")
        self.buttons["arm"].setVisible(triggered and state.trigger_mode == "single")
        for blocker in blockers:
            blocker.unblock()
        self.make_room()

    def read_trigger(self, state: ScopeState) -> None:
        """Put what the controls say into the settings."""
        state.trigger = str(self.trigger_box.currentData() or "off")
        state.trigger_mode = str(self.trigger_mode_box.currentData() or "auto")
        source = self.source_box.currentData()
        state.trigger_neuron = int(source) if source is not None else 0
        state.level = self.level_box.value()


def fill(box: QtWidgets.QComboBox, items: Sequence[tuple[str, object]], value: object) -> None:
    """Let a box offer (text, data) items and show that of `value`."""
    if [(box.itemText(i), box.itemData(i)) for i in range(box.count())] != list(items):
        box.clear()
        for text, data in items:
            box.addItem(text, data)
    box.setCurrentIndex(max(0, next((i for i, (_, data) in enumerate(items) if data == value), 0)))
