"""Curves that come out of an experiment: axes with round numbers, and lines told apart by colour, dash and name."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.course.checks import told
from luiapp.course.lesson import Experiment
from luiapp.course.sheet_figures import heights, ticks
from luiapp.gui.theme import Look

Points = tuple[tuple[float, float], ...]
_DASHES: tuple[list[float], ...] = ([], [5, 3], [1.5, 2.5], [8, 2, 1.5, 2])


class Chart(QtWidgets.QWidget):
    """As high as its legend needs."""

    def __init__(self, look: Look, task: Experiment) -> None:
        super().__init__()
        self._look, self._task = look, task
        self.curves: dict[str, Points] = {}
        self.setAccessibleName(task.text)

    def show_curves(self, curves: dict[str, Points]) -> None:
        """Draw these."""
        if curves != self.curves:
            self.curves = curves
            said = [f"{name}: {told(p[0][1], '')} … {told(p[-1][1], '')}" for _, name, p in self._lines()]
            self.setAccessibleDescription("; ".join(said))
            self.setFixedHeight(self._height())
            self.update()

    def _lines(self) -> list[tuple[int, str, Points]]:
        named = zip(self._task.curves, self._task.curve_names, strict=True)
        return [(i, name, self.curves[key]) for i, (key, name) in enumerate(named) if self.curves.get(key)]

    def _height(self) -> int:
        return round(190 * min(self._look.theme.scale, 1.4)) + (len(self._lines()) + 1) * self._line()

    def _line(self) -> int:
        return round(1.3 * self.fontMetrics().height())

    def _bounds(self) -> tuple[float, float, float, float]:
        xs, ys = ([p[i] for _, _, points in self._lines() for p in points] for i in (0, 1))
        low, high = heights(ys)
        return min(xs), max(max(xs), min(xs) + 1e-9), low, max(high + 0.04 * (high - low), low + 1e-9)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        if not self._lines():
            return
        theme, line = self._look.theme, self._line()
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        p.fillRect(self.rect(), QtGui.QColor(theme.ground))
        x0, x1, y0, y1 = self._bounds()
        marks = ticks(y0, y1)
        left = 10 + max(p.fontMetrics().horizontalAdvance(told(y, "")) for y in marks)
        bottom = self.height() - (len(self._lines()) + 2) * line - 4
        area = QtCore.QRectF(left, 8 + line, self.width() - left - 14, bottom - 8 - line)

        def at(x: float, y: float) -> QtCore.QPointF:
            return QtCore.QPointF(area.left() + (x - x0) / (x1 - x0) * area.width(),
                                  area.bottom() - (y - y0) / (y1 - y0) * area.height())  # fmt: skip

        flags = QtCore.Qt.AlignmentFlag
        p.setPen(QtGui.QColor(theme.secondary))
        p.drawText(QtCore.QRectF(6, 2, self.width() - 12, line), flags.AlignLeft, self._task.axes[1])
        p.drawText(QtCore.QRectF(left, area.bottom() + line, area.width(), line), flags.AlignHCenter,
                   self._task.axes[0])  # fmt: skip
        for y in marks:
            p.setPen(QtGui.QColor(theme.line))
            p.drawLine(at(x0, y), at(x1, y))
            p.setPen(QtGui.QColor(theme.secondary))
            p.drawText(QtCore.QRectF(0, at(x0, y).y() - line / 2, left - 5, line),
                       flags.AlignRight | flags.AlignVCenter, told(y, ""))  # fmt: skip
        for x in ticks(x0, x1):
            p.drawText(QtCore.QRectF(at(x, y0).x() - 40, area.bottom() + 1, 80, line), flags.AlignHCenter, told(x, ""))
        for k, (i, name, points) in enumerate(self._lines()):
            pen = self._pen(i)
            path = QtGui.QPainterPath(at(*points[0]))
            for one in points[1:]:
                path.lineTo(at(*one))
            p.setPen(pen)
            p.drawPath(path)
            y = area.bottom() + (k + 2.5) * line
            p.drawLine(QtCore.QPointF(left, y), QtCore.QPointF(left + 28, y))
            p.setPen(QtGui.QColor(theme.text))
            p.drawText(QtCore.QRectF(left + 36, y - line / 2, self.width(), line), flags.AlignVCenter, name)
        p.end()

    def _pen(self, i: int) -> QtGui.QPen:
        pen = QtGui.QPen(QtGui.QColor(self._look.theme.neuron_colour(i)), max(2.0, self._look.theme.trace_width))
        dash = _DASHES[i % len(_DASHES)]
        if dash:
            pen.setDashPattern(dash)
        return pen
