"""How the network fares, from software to the chip and back: four bars with their numbers."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.chip.state import BARS, Bar
from luiapp.gui.chip.words import percent
from luiapp.gui.theme import Look
from luiapp.gui.training.colours import strong
from luiapp.texts import tr

_LEAST = 130  # px of a bar's track


class Chart(QtWidgets.QWidget):
    """A bar for each figure, from 0 to 100 %, a mark at what guessing gets, and the spread over trials as a whisker."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.bars: list[Bar] = [Bar(name, None) for name in BARS]
        self.n_classes = 3

    def show_bars(self, bars: list[Bar], n_classes: int) -> None:
        """Other figures."""
        self.bars, self.n_classes = bars, n_classes
        said = [f"{tr(BARS[one.name])}: {percent(one.value)}" for one in bars if one.value is not None]
        self.setAccessibleName(tr("Share of unseen samples that are right") + ". " + ", ".join(said))
        self.update()

    def sizeHint(self) -> QtCore.QSize:
        rows = 1.5 if self._beside() else 2.35
        return QtCore.QSize(300, round(len(self.bars) * rows * self.fontMetrics().height()) + self._foot())

    def minimumSizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(180, self.sizeHint().height())

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    def _foot(self) -> int:
        return self.fontMetrics().height() + 2

    def _names(self) -> int:
        return max(self.fontMetrics().horizontalAdvance(tr(name)) for name in BARS.values()) + 10

    def _numbers(self) -> int:
        return self.fontMetrics().horizontalAdvance("100.0 % ± 0.0 ") + 6

    def _beside(self) -> bool:
        """Whether there is room for the names beside the bars; else they stand above them."""
        return self.width() - self._names() - self._numbers() >= _LEAST

    def _left(self) -> float:
        return self._names() if self._beside() else 1.0

    def length(self, value: float) -> float:
        """Pixels of a share."""
        return value * (self.width() - self._left() - self._numbers())

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        theme, metrics, left, beside = self._look.theme, self.fontMetrics(), self._left(), self._beside()
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        row = (self.height() - self._foot()) / max(len(self.bars), 1)
        thick = min(0.55 * row if beside else 0.42 * row, 16.0)
        chance = left + self.length(1 / self.n_classes)
        p.setPen(QtGui.QColor(theme.secondary))
        guessing = tr("guessing: {percent}", percent=percent(1 / self.n_classes, 0))
        p.drawText(QtCore.QPointF(chance, self.height() - metrics.descent()), guessing)
        for k, bar in enumerate(self.bars):
            y = (k + 0.5) * row - thick / 2 if beside else k * row + metrics.height() + 2
            base = y + thick / 2 + metrics.ascent() / 2 - 1 if beside else k * row + metrics.ascent()
            p.setPen(QtGui.QColor(theme.text if bar.value is not None else theme.secondary))
            p.drawText(QtCore.QPointF(1, base), tr(BARS[bar.name]))
            p.setPen(QtCore.Qt.PenStyle.NoPen)
            p.setBrush(QtGui.QColor(theme.line))
            p.drawRoundedRect(QtCore.QRectF(left, y, self.length(1.0), thick), 2, 2)
            if bar.value is not None:
                self._bar(p, bar, y, thick)
            p.setPen(QtGui.QPen(QtGui.QColor(theme.text), 1.5))
            p.drawLine(QtCore.QPointF(chance, y - 1), QtCore.QPointF(chance, y + thick + 2))
        p.end()

    def _bar(self, p: QtGui.QPainter, bar: Bar, y: float, thick: float) -> None:
        theme, metrics, left = self._look.theme, self.fontMetrics(), self._left()
        assert bar.value is not None
        p.setBrush(QtGui.QColor(strong(theme)))
        p.drawRoundedRect(QtCore.QRectF(left, y, self.length(bar.value), thick), 2, 2)
        text = percent(bar.value)
        if bar.spread is not None:
            a, b = (left + self.length(min(max(bar.value + s * bar.spread, 0.0), 1.0)) for s in (-1, 1))
            p.setPen(QtGui.QPen(QtGui.QColor(theme.text), 2))
            p.drawLine(QtCore.QPointF(a, y + thick / 2), QtCore.QPointF(b, y + thick / 2))
            text += " ± " + percent(bar.spread).removesuffix("\u202f%")
        p.setPen(QtGui.QColor(theme.text))
        p.drawText(QtCore.QPointF(left + self.length(1.0) + 6, y + thick / 2 + metrics.ascent() / 2 - 1), text)
