"""The strip of measured numbers below the screen: which trace, over what, which quantities, and the numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.scope.controls import fill, style
from luiapp.gui.scope.measure_state import QUANTITIES, SPANS, Reading
from luiapp.gui.scope.paint import scope_font
from luiapp.gui.scope.state import ScopeState
from luiapp.gui.theme import Theme
from luiapp.texts import tr

_WIDE = 760  # pixels from which numbers stand beside the controls, not below


class Strip(QtWidgets.QFrame):
    """Emits what a person chooses; shows what it is given."""

    chosen = QtCore.Signal(str, object)  # a field of the state, and its new value
    copied = QtCore.Signal(str)  # "text" or "csv"
    reset = QtCore.Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lane_box, self.second_box, self.over_box = (QtWidgets.QComboBox() for _ in range(3))
        for box, name in ((self.lane_box, "lane"), (self.second_box, "second"), (self.over_box, "measure_over")):
            box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.activated.connect(self._told(name, box))
        self.which = _menu_button(self)
        self.copy = _menu_button(self)
        self.reset_button = QtWidgets.QToolButton()
        self.reset_button.clicked.connect(lambda _c=False: self.reset.emit())
        self.values = QtWidgets.QLabel()
        self.values.setTextFormat(QtCore.Qt.TextFormat.RichText)
        self.values.setWordWrap(True)
        self.values.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        self.values.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred)
        line = QtWidgets.QHBoxLayout()
        line.setSpacing(4)
        for widget in (self.lane_box, self.second_box, self.over_box, self.reset_button, self.which, self.copy):
            line.addWidget(widget)
        line.addStretch(0)
        self._both = QtWidgets.QBoxLayout(QtWidgets.QBoxLayout.Direction.LeftToRight, self)
        self._both.setContentsMargins(8, 2, 8, 2)
        self._both.setSpacing(4)
        self._both.addLayout(line)
        self._both.addWidget(self.values, 1)
        self._scale = 1.0
        for key in ("text", "csv"):
            action = QtGui.QAction(self)
            action.setObjectName(key)
            action.triggered.connect(lambda _c=False, key=key: self.copied.emit(key))
            self.copy.menu().addAction(action)
        for key in QUANTITIES:
            action = QtGui.QAction(self, checkable=True)
            action.setObjectName(key)
            action.triggered.connect(self._pick)
            self.which.menu().addAction(action)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        ways = QtWidgets.QBoxLayout.Direction
        self._both.setDirection(ways.LeftToRight if self.width() > _WIDE * self._scale else ways.TopToBottom)

    def _told(self, name: str, box: QtWidgets.QComboBox) -> Callable[[int], None]:
        return lambda i: self.chosen.emit(name, box.itemData(i))

    def _pick(self) -> None:
        self.chosen.emit("quantities", [a.objectName() for a in self.which.menu().actions() if a.isChecked()])

    def retranslate(self, theme: Theme) -> None:
        """All texts and sizes anew."""
        self.setStyleSheet(style(theme))
        self._scale = theme.scale
        font = scope_font(theme, self.font())
        for widget in self.findChildren(QtWidgets.QWidget):
            widget.setFont(font)
        self.which.setText(tr("Quantities"))
        self.copy.setText(tr("Copy"))
        self.reset_button.setText(tr("Reset"))
        self.reset_button.setToolTip(tr("Measure from now on"))
        for widget, text in (
            (self.lane_box, tr("Trace that is measured")), (self.second_box, tr("Trace B, for the latency")),
            (self.over_box, tr("Over what is measured")), (self.which, tr("Choose what is measured")),
            (self.copy, tr("Copy the numbers")), (self.values, tr("Measured numbers")),
        ):  # fmt: skip
            widget.setAccessibleName(text)
            widget.setToolTip(text)
        for action in self.which.menu().actions():
            one = QUANTITIES[action.objectName()]
            action.setText(f"{tr(one.text)}: {tr(one.about)}")
        for action in self.copy.menu().actions():
            action.setText(tr("as text") if action.objectName() == "text" else tr("as a table (CSV)"))
        for button in (self.which, self.copy, self.reset_button, self.lane_box, self.second_box, self.over_box):
            button.setFixedHeight(max(26, round(theme.touch * 0.85)))

    def show_state(self, state: ScopeState, lanes: Sequence[str]) -> None:
        """Set every control to the settings; `lanes` are names of traces."""
        blockers = [QtCore.QSignalBlocker(box) for box in (self.lane_box, self.second_box, self.over_box)]
        names = [(name, name) for name in lanes]
        fill(self.lane_box, [(tr("selected"), ""), *names], state.lane)
        fill(self.second_box, [(tr("B: selected"), ""), *((tr("B: {name}", name=n), n) for n in lanes)], state.second)
        fill(self.over_box, [(tr(text), key) for key, text in SPANS.items()], state.measure_over)
        for action in self.which.menu().actions():
            action.setChecked(action.objectName() in state.quantities)
        self.lane_box.setVisible(len(lanes) > 1)
        self.second_box.setVisible("latency" in state.quantities)
        self.reset_button.setVisible(state.measure_over == "reset")
        for blocker in blockers:
            blocker.unblock()

    def show_readings(self, name: str, found: Sequence[Reading], theme: Theme, note: str) -> None:
        """The numbers, and in a few words of what."""
        parts = [f'<span style="color:{theme.secondary}">{tr(QUANTITIES[r.key].text)}</span>\u00a0<b>'
                 + r.told().replace(" ", "\u00a0") + "</b>" for r in found]  # fmt: skip
        of = f'<span style="color:{theme.secondary}">{note}</span>'
        text = " &nbsp; ".join([*parts, of]) if parts else tr("Choose what is measured")
        if text != self.values.text():
            self.values.setText(text)
            said = ", ".join(f"{tr(QUANTITIES[r.key].text)} {r.told()}" for r in found)
            self.values.setAccessibleDescription(f"{name}: {said}")


def _menu_button(owner: QtWidgets.QWidget) -> QtWidgets.QToolButton:
    button = QtWidgets.QToolButton(owner)
    button.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
    button.setMenu(QtWidgets.QMenu(button))
    return button
