"""A label with a long and a short text: shows the longest that fits, and never cuts one."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets


class FitLabel(QtWidgets.QLabel):
    """Give it texts from long to short; the first one is also its tool tip where another is shown."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts: tuple[str, ...] = ("",)
        self.setIndent(0)

    def set_texts(self, *texts: str) -> None:
        self._texts = texts
        self.setAccessibleName(texts[0])
        self.updateGeometry()
        self._choose()

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(self._advance(self._texts[0]), super().sizeHint().height())

    def minimumSizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(self._advance(self._texts[-1]), super().minimumSizeHint().height())

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        self._choose()

    def changeEvent(self, event: QtCore.QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QtCore.QEvent.Type.FontChange, QtCore.QEvent.Type.StyleChange):
            self.updateGeometry()
            self._choose()

    def _advance(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text) + 2

    def _choose(self) -> None:
        fitting = [text for text in self._texts if self._advance(text) <= self.width()]
        chosen = fitting[0] if fitting else self._texts[-1]
        if chosen != self.text():
            self.setText(chosen)
            self.setToolTip("" if chosen == self._texts[0] else self._texts[0])
