"""A card that hands something on: as a text to copy or to paste, and as a QR code."""

from __future__ import annotations

import segno
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.controls import label, push
from luiapp.gui.theme import Look
from luiapp.gui.widgets.overlay import Overlay
from luiapp.texts import tr

QUIET = 4  # modules of white round a QR code, as its standard wants it


def qr_image(text: str) -> QtGui.QImage:
    """The QR code of `text` with its quiet zone, a pixel for a module. `segno.DataOverflowError` if it is too long."""
    matrix = segno.make(text, error="m", micro=False).matrix
    size = len(matrix) + 2 * QUIET
    image = QtGui.QImage(size, size, QtGui.QImage.Format.Format_Grayscale8)
    image.fill(255)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                image.setPixel(x + QUIET, y + QUIET, 0xFF000000)
    return image


class Code(QtWidgets.QWidget):
    """A QR code, as large as there is room in whole pixels; black on white in every theme."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QtGui.QImage()
        self.setMinimumSize(200, 200)

    def show_text(self, text: str) -> None:
        """The code of `text`."""
        self.image = qr_image(text)
        self.update()

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(264, 264)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        if self.image.isNull():
            return
        p = QtGui.QPainter(self)
        side = max(1, min(self.width(), self.height()) // self.image.width()) * self.image.width()
        p.drawImage(QtCore.QRect((self.width() - side) // 2, 0, side, side), self.image)
        p.end()


class HandOnCard(Overlay):
    """A line of text, buttons to copy and to open, a QR code.

    A child says what the text is (`_write`), and what copying and opening do (`_copy`, `_open`).
    """

    def __init__(self, over: QtWidgets.QWidget, look: Look) -> None:
        super().__init__(over, look)
        self.note, self.problem = label("secondary", wrap=True), label("bad", wrap=True)
        self.line = QtWidgets.QLineEdit()
        self.line.returnPressed.connect(self._open)
        self.line.textEdited.connect(lambda _text: self.problem.hide())
        self.copy, self.open_ = push(self._copy), push(self._open)
        self.code = Code()
        self.problem.hide()

    def _column(self) -> QtWidgets.QVBoxLayout:
        """The layout with all that every card has; a child adds below."""
        row = QtWidgets.QHBoxLayout()
        for one, stretch in ((self.line, 1), (self.copy, 0), (self.open_, 0)):
            row.addWidget(one, stretch)
        column = self._head()
        column.addLayout(row)
        column.addWidget(self.problem)
        return column

    def _fill(self) -> None:
        self._write()

    def _focus(self) -> None:
        self.line.setFocus()
        self.line.selectAll()

    def retranslate(self) -> None:
        super().retranslate()
        self.copy.setText(tr("Copy"))

    def complain(self, text: str) -> None:
        """Say what is wrong with the text in the line."""
        self.problem.setText("⚠ " + text)
        self.problem.show()
        self._place()

    def _write(self) -> None:
        raise NotImplementedError

    def _copy(self) -> None:
        raise NotImplementedError

    def _open(self) -> None:
        raise NotImplementedError
