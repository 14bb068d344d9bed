"""A card that lies over a part of the window, holds nothing up, and goes by Esc."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.controls import label
from luiapp.gui.icons import icon
from luiapp.gui.theme import Look
from luiapp.texts import tr


class Overlay(QtWidgets.QFrame):
    """Has a title and a button to close. A child fills it, and may say how high it would like to be."""

    def __init__(self, over: QtWidgets.QWidget, look: Look) -> None:
        super().__init__(over)
        self._over, self._look = over, look
        self.setProperty("role", "overlay")
        self.title = label("title")
        self.close_button = QtWidgets.QToolButton()
        self.close_button.clicked.connect(lambda _c=False: self.hide())
        self.hide()
        over.installEventFilter(self)

    def _head(self) -> QtWidgets.QVBoxLayout:
        """The layout with title and button; a child adds below."""
        head = QtWidgets.QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addLayout(head)
        return column

    def toggle(self) -> None:
        """Show it, or put it away."""
        if self.isVisible():
            self.hide()
            return
        self.retranslate()
        self._fill()
        self._place()
        self.show()
        self.raise_()
        self._focus()

    def _fill(self) -> None:
        """What it shows, as it comes up."""

    def _focus(self) -> None:
        """Who has the keyboard, as it comes up."""
        self.close_button.setFocus()

    def retranslate(self) -> None:
        """All texts again, after the language changed."""
        self.close_button.setToolTip(tr("Close (Esc)"))
        self.close_button.setAccessibleName(tr("Close (Esc)"))
        self.close_button.setIcon(icon("close", self._look.theme.text))

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
