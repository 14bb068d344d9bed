"""A card that hands something on: as a text to copy or to paste, and as a QR code."""

from __future__ import annotations

import segno
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.controls import label, push
from luiapp.gui.icons import icon
from luiapp.gui.theme import Look
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


class HandOnCard(QtWidgets.QFrame):
    """Lies over a part of the window and holds nothing up: a line of text, buttons to copy and to open, a QR code.

    A child says what the text is (`_write`), and what copying and opening do (`_copy`, `_open`).
    """

    def __init__(self, over: QtWidgets.QWidget, look: Look) -> None:
        super().__init__(over)
        self._over, self._look = over, look
        self.setProperty("role", "overlay")
        self.title, self.note, self.problem = label("title"), label("secondary", wrap=True), label("bad", wrap=True)
        self.line = QtWidgets.QLineEdit()
        self.line.returnPressed.connect(self._open)
        self.line.textEdited.connect(lambda _text: self.problem.hide())
        self.copy, self.open_ = push(self._copy), push(self._open)
        self.close_button = QtWidgets.QToolButton()
        self.close_button.clicked.connect(lambda _c=False: self.hide())
        self.code = Code()
        self.problem.hide()
        self.hide()
        over.installEventFilter(self)

    def _column(self) -> QtWidgets.QVBoxLayout:
        """The layout with all that every card has; a child adds below."""
        head = QtWidgets.QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        row = QtWidgets.QHBoxLayout()
        for one, stretch in ((self.line, 1), (self.copy, 0), (self.open_, 0)):
            row.addWidget(one, stretch)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addLayout(head)
        column.addLayout(row)
        column.addWidget(self.problem)
        return column

    def toggle(self) -> None:
        """Show it, or put it away."""
        if self.isVisible():
            self.hide()
            return
        self.retranslate()
        self._write()
        self._place()
        self.show()
        self.raise_()
        self.line.setFocus()
        self.line.selectAll()

    def retranslate(self) -> None:
        """All texts again, after the language changed."""
        self.copy.setText(tr("Copy"))
        self.close_button.setToolTip(tr("Close (Esc)"))
        self.close_button.setAccessibleName(tr("Close (Esc)"))
        self.close_button.setIcon(icon("close", self._look.theme.text))

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

    def _height(self) -> int:
        """As high as it would like to be [pixels]."""
        return max(self.sizeHint().height(), self.minimumSizeHint().height())

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.hide()
            self._over.setFocus()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        for one in self.findChildren(QtWidgets.QWidget):
            one.ensurePolished()
        layout = self.layout()
        if layout is not None:
            layout.activate()
        area = self._over.rect()
        width = min(round(760 * self._look.theme.scale), area.width() - 32)
        height = min(self._height(), area.height() - 16)
        self.setGeometry((area.width() - width) // 2, max(8, (area.height() - height) // 3), width, height)
