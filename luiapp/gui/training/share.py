"""The card that hands a set-up on: as a link, as a QR code, without the knobs that a class shall not see."""

from __future__ import annotations

from collections.abc import Callable

import segno
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.errors import LuiError
from luiapp.gui.controls import label, push
from luiapp.gui.icons import icon
from luiapp.gui.theme import Look
from luiapp.gui.training.knob_state import TABLE
from luiapp.gui.training.setup_state import Setup, from_link, link, matters
from luiapp.texts import tr

QUIET = 4  # modules of white round a QR code, as its standard wants it


def qr_image(text: str) -> QtGui.QImage:
    """The QR code of `text` with its quiet zone, a pixel for a module."""
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
        self.setAccessibleName(tr("QR code of the link"))
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


class ShareCard(QtWidgets.QFrame):
    """Lies over the page and holds nothing up."""

    opened = QtCore.Signal(object, object)  # Setup, names of hidden knobs
    hid = QtCore.Signal(object)  # names of hidden knobs

    def __init__(self, over: QtWidgets.QWidget, look: Look, tell: Callable[[str], None]) -> None:
        super().__init__(over)
        self._over, self._look, self._tell = over, look, tell
        self._setup = Setup()
        self.setProperty("role", "overlay")
        self.title, self.note, self.problem = label("title"), label("secondary", wrap=True), label("bad", wrap=True)
        self.line = QtWidgets.QLineEdit()
        self.copy, self.open_ = push(self._copy), push(self._open)
        self.close_button = QtWidgets.QToolButton()
        self.close_button.clicked.connect(lambda _c=False: self.hide())
        self.code = Code()
        self.boxes = {knob.name: QtWidgets.QCheckBox(self) for knob in TABLE}
        for box in self.boxes.values():
            box.toggled.connect(self._chosen)
        self.line.returnPressed.connect(self._open)
        self.line.textEdited.connect(lambda _text: self.problem.hide())
        self._arrange()
        self.problem.hide()
        self.hide()
        over.installEventFilter(self)

    def _arrange(self) -> None:
        head = QtWidgets.QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        row = QtWidgets.QHBoxLayout()
        for one, stretch in ((self.line, 1), (self.copy, 0), (self.open_, 0)):
            row.addWidget(one, stretch)
        grid = self._grid = QtWidgets.QGridLayout()
        grid.setVerticalSpacing(0)
        knobs = QtWidgets.QVBoxLayout()
        knobs.addWidget(self.note)
        knobs.addLayout(grid)
        knobs.addStretch(1)
        below = QtWidgets.QHBoxLayout()
        below.setSpacing(20)
        below.addLayout(knobs, 1)
        below.addWidget(self.code)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addLayout(head)
        column.addLayout(row)
        column.addWidget(self.problem)
        column.addLayout(below)

    @property
    def hidden(self) -> frozenset[str]:
        """Knobs that a class shall not see."""
        return frozenset(name for name, box in self.boxes.items() if box.isChecked())

    def show_setup(self, setup: Setup, hidden: frozenset[str]) -> None:
        """The set-up that is handed on."""
        self._setup = setup
        for name, box in self.boxes.items():
            with QtCore.QSignalBlocker(box):
                box.setChecked(name in hidden)
            box.setVisible(matters(name, setup))
            self._grid.removeWidget(box)
        for i, name in enumerate(name for name in self.boxes if matters(name, setup)):
            self._grid.addWidget(self.boxes[name], i // 2, i % 2)
        self._write()

    def toggle(self) -> None:
        """Show it, or put it away."""
        if self.isVisible():
            self.hide()
            return
        self.retranslate()
        self._place()
        self.show()
        self.raise_()
        self.line.setFocus()
        self.line.selectAll()

    def _write(self) -> None:
        text = link(self._setup, self.hidden)
        self.line.setText(text)
        self.line.setCursorPosition(0)
        self.code.show_text(text)
        self.problem.hide()

    def _chosen(self) -> None:
        self._write()
        self.hid.emit(self.hidden)

    def _copy(self) -> None:
        QtGui.QGuiApplication.clipboard().setText(self.line.text())
        self._tell(tr("The link is on the clipboard."))

    def _open(self) -> None:
        try:
            setup, hidden = from_link(self.line.text())
        except LuiError as error:
            self.problem.setText("⚠ " + str(error))
            self.problem.show()
            self._place()
            return
        self.opened.emit(setup, hidden)
        self.hide()

    def retranslate(self) -> None:
        self.title.setText(tr("Hand this set-up on"))
        self.line.setAccessibleName(tr("Link to this set-up"))
        self.line.setToolTip(tr("Copy this link, or paste another one and open it"))
        self.copy.setText(tr("Copy"))
        self.open_.setText(tr("Open the link"))
        self.note.setText(tr("Knobs that a class shall not see:"))
        for knob in TABLE:
            self.boxes[knob.name].setText(tr(knob.text))
        self.close_button.setToolTip(tr("Close (Esc)"))
        self.close_button.setAccessibleName(tr("Close (Esc)"))
        self.close_button.setIcon(icon("close", self._look.theme.text))
        self.code.setAccessibleName(tr("QR code of the link"))

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        area, scale = self._over.rect(), self._look.theme.scale
        for one in self.findChildren(QtWidgets.QWidget):
            one.ensurePolished()
        layout = self.layout()
        if layout is not None:
            layout.activate()
        width = min(round(760 * scale), area.width() - 32)
        height = min(max(self.sizeHint().height(), self.minimumSizeHint().height()), area.height() - 16)
        self.setGeometry((area.width() - width) // 2, max(8, (area.height() - height) // 3), width, height)
