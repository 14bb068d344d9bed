"""Small controls that the window's parts share."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets

SPEED_LOW, SPEED_HIGH = 0.1, 10.0
_STEPS = 100  # of the slider, per decade


def button(action: QtGui.QAction, *, text: bool = False) -> QtWidgets.QToolButton:
    """A tool button for an action; with its text, or with its icon alone (the text is still its accessible name)."""
    made = QtWidgets.QToolButton()
    made.setDefaultAction(action)
    style = QtCore.Qt.ToolButtonStyle
    made.setToolButtonStyle(style.ToolButtonTextBesideIcon if text else style.ToolButtonIconOnly)
    return made


def label(role: str = "", *, wrap: bool = False) -> QtWidgets.QLabel:
    """A label that the style sheet knows by `role`."""
    made = QtWidgets.QLabel()
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    made.setTextFormat(QtCore.Qt.TextFormat.PlainText)
    return made


def set_role(widget: QtWidgets.QWidget, role: str) -> None:
    """Another role, at once."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def push(press: Callable[[], object], role: str = "") -> QtWidgets.QPushButton:
    """A push button that calls `press`."""
    made = QtWidgets.QPushButton()
    made.setProperty("role", role)
    made.clicked.connect(lambda _checked=False: press())
    return made


def placeholder(text: str = "") -> QtWidgets.QLabel:
    """Stands where a panel will be."""
    made = label("secondary")
    made.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
    made.setText(text)
    return made


def thin_line() -> QtWidgets.QFrame:
    """A line between two parts of the window."""
    made = QtWidgets.QFrame()
    made.setProperty("role", "line")
    made.setFixedHeight(1)
    return made


class Elided(QtWidgets.QLabel):
    """A line of text that ends in … where there isn't room; the whole stands in its tool tip."""

    def __init__(self, role: str = "") -> None:
        super().__init__()
        self.setProperty("role", role)
        self._whole = ""
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred)

    def say(self, text: str) -> None:
        """Show `text`."""
        if text != self._whole:
            self._whole = text
            self.setToolTip(text)
            self.setAccessibleName(text)
            self.updateGeometry()
            self._fit()

    @property
    def whole(self) -> str:
        return self._whole

    def sizeHint(self) -> QtCore.QSize:
        """Room for the whole text."""
        return QtCore.QSize(self.fontMetrics().horizontalAdvance(self._whole) + 4, super().sizeHint().height())

    def minimumSizeHint(self) -> QtCore.QSize:
        """It can do with none."""
        return QtCore.QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(0, self.width() - 2)
        self.setText(self.fontMetrics().elidedText(self._whole, QtCore.Qt.TextElideMode.ElideRight, room))


class SpeedSlider(QtWidgets.QSlider):
    """0.1× to 10×, logarithmic, with a magnet at 1×."""

    chosen = QtCore.Signal(float)

    def __init__(self) -> None:
        super().__init__(QtCore.Qt.Orientation.Horizontal)
        self.setRange(-_STEPS, _STEPS)
        self.setPageStep(_STEPS // 4)
        self.setSingleStep(5)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self._moved)

    def factor(self) -> float:
        """What is set."""
        value = self.value()
        return 1.0 if abs(value) <= 4 else 10 ** (value / _STEPS)

    def show_factor(self, factor: float) -> None:
        """Follow what was set elsewhere."""
        with QtCore.QSignalBlocker(self):
            self.setValue(round(_STEPS * math.log10(min(max(factor, SPEED_LOW), SPEED_HIGH))))

    def _moved(self, _value: int) -> None:
        self.chosen.emit(self.factor())


def speed_text(factor: float, decimal: str) -> str:
    """Such as ``0.25×``."""
    text = f"{factor:.2f}".rstrip("0").rstrip(".") if factor < 9.95 else f"{factor:.0f}"
    return text.replace(".", decimal) + "×"


def clock_text(seconds: float, *, tenths: bool = False, decimal: str = ".") -> str:
    """Such as ``1:07`` or, with tenths, ``1:07.3``; hours from one on."""
    units = int(max(seconds, 0.0) * 10 + 1e-6) if tenths else int(max(seconds, 0.0) + 1e-6) * 10
    whole, tenth = divmod(units, 10)
    minutes, s = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}:{s:02d}" if hours else f"{minutes}:{s:02d}"
    return f"{text}{decimal}{tenth}" if tenths else text


class EnterPresses(QtCore.QObject):
    """Lets the Enter key press the focused button everywhere, as the space bar belongs to the neuron."""

    def __init__(self, app: QtWidgets.QApplication, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        app.focusChanged.connect(self._follow)

    def _follow(self, old: QtWidgets.QWidget | None, new: QtWidgets.QWidget | None) -> None:
        if isinstance(old, QtWidgets.QAbstractButton):
            old.removeEventFilter(self)
        if isinstance(new, QtWidgets.QAbstractButton):
            new.installEventFilter(self)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.KeyPress and isinstance(event, QtGui.QKeyEvent):
            pressed = event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter)
            held = watched.property("hold")  # that button counts how long
            if pressed and not held and not event.isAutoRepeat() and isinstance(watched, QtWidgets.QAbstractButton):
                watched.click()
                return True
        return False
