"""A name typed where the thing stands."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets


class NameField(QtWidgets.QLineEdit):
    """A name typed in place: Enter takes it, Escape leaves it, a wrong one is explained below."""

    finished = QtCore.Signal(object, str)  # what start() was given, and the name

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._of: object = None
        self._text_before = ""
        self._note = QtWidgets.QLabel(parent)
        self._note.setWordWrap(True)
        self._note.hide()
        self.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        self.setMaxLength(40)
        self.returnPressed.connect(self._done)
        self.textEdited.connect(self._note.hide)
        self.hide()

    def start(self, of: object, name: str, area: QtCore.QRect) -> None:
        self._of = of
        self._text_before = name
        self.setText(name)
        parent = self.parentWidget()
        room = parent.rect() if parent is not None else area
        area.moveLeft(min(max(area.left(), 4), max(4, room.width() - area.width() - 4)))
        area.moveTop(min(max(area.top(), 4), max(4, room.height() - 3 * area.height())))
        self.setGeometry(area)
        wide = min(area.width() + 120, room.width() - 8)
        left = min(max(area.center().x() - wide // 2, 4), room.width() - wide - 4)
        self._note.setGeometry(left, area.bottom() + 4, wide, 3 * area.height() // 2)
        self.show()
        self.raise_()
        self.selectAll()
        self.setFocus()

    def complain(self, text: str) -> None:
        self._note.setText(text)
        self._note.show()
        self._note.raise_()

    def restyle(self, ground: str, text: str, edge: str, bad: str) -> None:
        self.setStyleSheet(f"background: {ground}; color: {text}; border: 2px solid {edge}; border-radius: 5px;")
        self._note.setStyleSheet(f"background: {ground}; color: {text}; border: 2px solid {bad}; padding: 4px;")

    def _done(self) -> None:
        self.finished.emit(self._of, self.text())

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.hide()
            parent = self.parentWidget()
            if parent is not None:
                parent.setFocus()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QtGui.QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.isVisible() and not self._note.isVisible():
            if self.text().strip() and self.text() != self._text_before:
                self._done()
            else:
                self.hide()

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        self._note.hide()
