"""Small curves that grow while something is learned, painted by themselves: they change ten times a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.theme import Look

LEAST_CURVE = 44  # pixels of its height
_TOP, _BOTTOM = 6, 4
_LARGE, _LEAST_ROW = 4, 11  # classes of a table from which its figures may be small; pixels of a row then
DASHES = {"solid": [], "dashed": [3.0, 2.0], "dotted": [1.0, 1.6]}


@dataclass(frozen=True, eq=False)
class Series:
    """A line: (n,) places and values, its colour, and a key of `DASHES`."""

    x: NDArray[Any]
    y: NDArray[Any]
    colour: str
    style: str = "solid"


class Curve(QtWidgets.QWidget):
    """Lines over a common axis, with a few labelled heights and a cursor where the timeline stands."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._series: list[Series] = []
        self._low, self._high = 0.0, 1.0
        self._ticks: list[tuple[float, str]] = []
        self._cursor: float | None = None
        self.setMinimumHeight(LEAST_CURVE)

    def show_series(
        self, series: list[Series], low: float, high: float, ticks: list[tuple[float, str]], cursor: float | None = None
    ) -> None:
        """Lines between the heights `low` and `high`, `ticks` as (height, text), and the cursor's place."""
        self._series, self._low, self._high = series, low, max(high, low + 1e-9)
        self._ticks, self._cursor = ticks, cursor
        self.update()

    @property
    def series(self) -> list[Series]:
        return self._series

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(200, 70)

    def _gutter(self) -> int:
        return 6 + max((self.fontMetrics().horizontalAdvance(text) for _, text in self._ticks), default=0)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        theme = self._look.theme
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        left, half = self._gutter(), self.fontMetrics().height() / 2
        area = QtCore.QRectF(left, half + _TOP, self.width() - left - 4, self.height() - 2 * half - _TOP - _BOTTOM)
        last = max([float(one.x[-1]) for one in self._series if len(one.x)] + [1e-9])
        said: list[float] = []
        ends = (self._ticks[0], self._ticks[-1]) if self._ticks else ()
        for height, text in sorted(self._ticks, key=lambda tick: tick not in ends):
            y = self._y(area, height)
            p.setPen(QtGui.QPen(QtGui.QColor(theme.line), 1))
            p.drawLine(QtCore.QPointF(area.left(), y), QtCore.QPointF(area.right(), y))
            p.setPen(QtGui.QColor(theme.secondary))
            if all(abs(y - other) > 1.8 * half for other in said):  # the ends have the say
                p.drawText(QtCore.QRectF(0, y - half, left - 6, 2 * half), QtCore.Qt.AlignmentFlag.AlignRight, text)
                said.append(y)
        if self._cursor is not None:
            x = area.left() + area.width() * min(self._cursor / last, 1.0)
            p.setPen(QtGui.QPen(QtGui.QColor(theme.amber), 2))
            p.drawLine(QtCore.QPointF(x, area.top()), QtCore.QPointF(x, area.bottom()))
        for one in self._series:
            pen = QtGui.QPen(QtGui.QColor(one.colour), min(theme.trace_width, 3.0))
            pen.setJoinStyle(QtCore.Qt.PenJoinStyle.RoundJoin)
            if one.style != "solid":
                pen.setDashPattern(DASHES[one.style])
            p.setPen(pen)
            known = np.isfinite(one.y)
            points = [QtCore.QPointF(area.left() + area.width() * x / last, self._y(area, y))
                      for x, y in zip(one.x[known].tolist(), one.y[known].tolist(), strict=True)]  # fmt: skip
            if len(points) == 1:
                p.drawPoint(points[0])
            p.drawPolyline(points)
        p.end()

    def _y(self, area: QtCore.QRectF, value: float) -> float:
        share = (value - self._low) / (self._high - self._low)
        return area.bottom() - area.height() * min(max(share, -0.02), 1.02)


class Confusion(QtWidgets.QWidget):
    """Which class was taken for which: a table, the darker the more."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._names: list[str] = []
        self._table: NDArray[Any] = np.zeros((0, 0), np.int64)

    def show_table(self, names: list[str], table: NDArray[Any]) -> None:
        """(n_classes, n_classes) samples, by true class (rows) and answer."""
        if table.shape != self._table.shape:
            self.updateGeometry()
        self._names, self._table = names, table
        self.update()

    @property
    def table(self) -> NDArray[Any]:
        return self._table

    def sizeHint(self) -> QtCore.QSize:
        n, line = max(3, len(self._table)), self.fontMetrics().height()
        return QtCore.QSize(200, (n + 2) * (line + 6) if n <= _LARGE else (n + 1) * (line + 1))

    def minimumSizeHint(self) -> QtCore.QSize:
        n = max(3, len(self._table))
        return QtCore.QSize(150, (n + 1) * (self.fontMetrics().height() + 2) if n <= _LARGE else (n + 1) * _LEAST_ROW)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        from luiapp.gui.training.colours import mixed, strong

        if not self._table.size:
            return
        theme, n = self._look.theme, len(self._table)
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        font, line = p.font(), self.fontMetrics().height()
        if n > _LARGE:
            line = max(_LEAST_ROW, min(line, self.height() // (n + 1) - 1))
            font.setPixelSize(max(9, min(round(0.8 * line), p.fontInfo().pixelSize())))
            p.setFont(font)
        left = 8 + max(p.fontMetrics().horizontalAdvance(name) for name in self._names)
        w, h = (self.width() - left) / n, (self.height() - line - 2) / n
        centre = QtCore.Qt.AlignmentFlag.AlignCenter
        p.setPen(QtGui.QColor(theme.secondary))
        for k, name in enumerate(self._names):
            p.drawText(QtCore.QRectF(left + k * w, 0, w, line), centre, name)
            p.drawText(QtCore.QRectF(0, line + 2 + k * h, left - 8, h),
                       QtCore.Qt.AlignmentFlag.AlignRight | QtCore.Qt.AlignmentFlag.AlignVCenter, name)  # fmt: skip
        total = np.maximum(self._table.sum(axis=1), 1)
        for row in range(n):
            for column in range(n):
                share = float(self._table[row, column] / total[row])
                edge = 2.0 if n <= _LARGE else 1.0
                rect = QtCore.QRectF(left + column * w + edge, line + 2 + row * h + edge / 2, w - 2 * edge, h - edge)
                p.setPen(QtCore.Qt.PenStyle.NoPen)
                p.setBrush(mixed(strong(theme), theme.panel, 0.06 + 0.94 * share))
                p.drawRoundedRect(rect, 3, 3)
                bright = theme.ground if share > 0.5 else theme.text
                p.setPen(QtGui.QColor("#ffffff" if share > 0.5 and not theme.dark else bright))
                if h >= 9 and (n <= _LARGE or self._table[row, column]):  # the shade tells it, too
                    p.drawText(rect, centre, str(int(self._table[row, column])))
        p.end()
