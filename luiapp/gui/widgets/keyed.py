"""What pictures that are steered by keys and a wheel have in common."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

_KEYS = QtCore.Qt.Key
_WAYS = {_KEYS.Key_Left: (-1, 0), _KEYS.Key_Right: (1, 0), _KEYS.Key_Up: (0, -1), _KEYS.Key_Down: (0, 1)}


def arrow(event: QtGui.QKeyEvent) -> tuple[int, int] | None:
    """How far to the right and down an arrow key goes; None for another key."""
    return _WAYS.get(_KEYS(event.key()))


def shifted(event: QtGui.QKeyEvent) -> bool:
    """Whether Shift is held."""
    return bool(event.modifiers() & QtCore.Qt.KeyboardModifier.ShiftModifier)


class Keyed(QtWidgets.QWidget):
    """A picture that takes the keyboard, and paints itself anew as it gets and loses it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QtGui.QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
