"""A field for a serial number: typed, or stepped by the arrow keys."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

LAST = 2**31 - 1


class SerialField(QtWidgets.QLineEdit):
    """A whole number from 0 on."""

    chosen = QtCore.Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._value = 7
        self.setText("7")
        self.setMaxLength(len(str(LAST)))
        self.setValidator(QtGui.QRegularExpressionValidator(QtCore.QRegularExpression("[0-9]+"), self))
        self.editingFinished.connect(lambda: self.choose(min(int(self.text() or self._value), LAST)))

    @property
    def value(self) -> int:
        return self._value

    def show_value(self, value: int) -> None:
        """Follow what was chosen elsewhere."""
        self._value = min(max(value, 0), LAST)
        self.setText(str(self._value))

    def choose(self, value: int) -> None:
        """Another number."""
        before = self._value
        self.show_value(value)
        if self._value != before:
            self.chosen.emit(self._value)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        by = {QtCore.Qt.Key.Key_Up: 1, QtCore.Qt.Key.Key_Down: -1}.get(QtCore.Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self.choose(self._value + by)
