"""The pad on which an expected trace is drawn, by mouse or by keys, and what was seen laid over it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.theme import Look
from luiapp.texts import language, tr

N_COLUMNS = 100
_EDGE = 34  # px of the 13-px world: left and below, for numbers


class DrawPad(QtWidgets.QWidget):
    """A curve over `seconds`, between `low` and `high` volts.

    Left and right move along the time axis, up and down move the curve there; so it can be drawn without a mouse.
    """

    drawn = QtCore.Signal()

    def __init__(self, look: Look, seconds: float, low: float, high: float) -> None:
        super().__init__()
        self._look, self.seconds, self.low, self.high = look, seconds, low, high
        self._values = [math.nan] * N_COLUMNS
        self._seen: list[tuple[float, float]] = []
        self._column = 0
        self._last: int | None = None
        self.locked = False
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setCursor(QtCore.Qt.CursorShape.CrossCursor)
        self.setFixedHeight(round(170 * min(look.theme.scale, 1.4)))
        self.setAccessibleName(tr("Drawing of the expected membrane"))
        self.setAccessibleDescription(tr("Left and right move in time, up and down move the curve there."))

    def points(self) -> list[tuple[float, float]]:
        """(s, V) of what was drawn, from left to right."""
        return [(self._time(i), v) for i, v in enumerate(self._values) if math.isfinite(v)]

    def show_points(self, drawn: Sequence[Sequence[float]], seen: Sequence[Sequence[float]]) -> None:
        """What was drawn once, and what was then seen; nothing can be drawn any more."""
        self._values = [math.nan] * N_COLUMNS
        for t, v in drawn:
            self._values[min(max(round(t / self.seconds * (N_COLUMNS - 1)), 0), N_COLUMNS - 1)] = v
        self._seen = [(t, v) for t, v in seen]
        self.locked = True
        self.update()

    def _time(self, column: int) -> float:
        return column / (N_COLUMNS - 1) * self.seconds

    def _area(self) -> QtCore.QRectF:
        edge = self._edge()
        return QtCore.QRectF(edge + 8, 8, self.width() - edge - 16, self.height() - edge)

    def _edge(self) -> float:
        return _EDGE * self._look.theme.scale

    def _place(self, time: float, volts: float) -> QtCore.QPointF:
        area = self._area()
        y = area.bottom() - (volts - self.low) / (self.high - self.low) * area.height()
        return QtCore.QPointF(area.left() + time / self.seconds * area.width(), y)

    def _put(self, at: QtCore.QPointF) -> None:
        area = self._area()
        column = min(max(round((at.x() - area.left()) / area.width() * (N_COLUMNS - 1)), 0), N_COLUMNS - 1)
        share = min(max((area.bottom() - at.y()) / area.height(), 0.0), 1.0)
        value = self.low + share * (self.high - self.low)
        last = column if self._last is None else self._last
        before = self._values[last] if math.isfinite(self._values[last]) else value
        step = 1 if column >= last else -1
        for i in range(last, column + step, step):  # a fast hand leaves no holes
            part = 1.0 if column == last else (i - last) / (column - last)
            self._values[i] = before + part * (value - before)
        self._last = self._column = column
        self.update()
        self.drawn.emit()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        self.setFocus()
        if not self.locked and event.button() == QtCore.Qt.MouseButton.LeftButton:
            self._last = None
            self._put(event.position())

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if not self.locked and event.buttons() & QtCore.Qt.MouseButton.LeftButton:
            self._put(event.position())

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        keys = QtCore.Qt.Key
        along = {keys.Key_Left: -1, keys.Key_Right: 1}.get(QtCore.Qt.Key(event.key()))
        up = {keys.Key_Up: 1, keys.Key_Down: -1}.get(QtCore.Qt.Key(event.key()))
        if self.locked or (along is None and up is None):
            super().keyPressEvent(event)
            return
        here = self._values[self._column]
        value = here if math.isfinite(here) else (self.low + self.high) / 2
        if up is not None:
            value = min(max(value + up * (self.high - self.low) / 40, self.low), self.high)
        self._values[self._column] = value
        if along is not None:
            self._column = min(max(self._column + along, 0), N_COLUMNS - 1)
            if not math.isfinite(self._values[self._column]):
                self._values[self._column] = value
        self.update()
        self.drawn.emit()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        theme, area = self._look.theme, self._area()
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QtGui.QColor(theme.ground))
        self._axes(painter, area)
        drawn, width = self.points(), max(2.0, theme.trace_width)
        dashes = QtGui.QPen(QtGui.QColor(theme.amber), width, QtCore.Qt.PenStyle.DashLine)
        self._curve(painter, drawn, dashes)
        self._curve(painter, self._seen, QtGui.QPen(QtGui.QColor(theme.neuron_colour(0)), width))
        painter.setPen(QtGui.QColor(theme.secondary))
        if self._seen:
            painter.drawText(area.adjusted(4, 0, -4, 0), QtCore.Qt.AlignmentFlag.AlignRight,
                             tr("– – expected   — seen"))  # fmt: skip
        elif not drawn:
            painter.drawText(area, QtCore.Qt.AlignmentFlag.AlignCenter, tr("draw here"))
        if self.hasFocus() and not self.locked:
            x = self._place(self._time(self._column), self.low).x()
            painter.setPen(QtGui.QPen(QtGui.QColor(theme.focus), 1))
            painter.drawLine(QtCore.QPointF(x, area.top()), QtCore.QPointF(x, area.bottom()))
        if self.hasFocus():
            painter.setPen(QtGui.QPen(QtGui.QColor(theme.focus), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _axes(self, painter: QtGui.QPainter, area: QtCore.QRectF) -> None:
        theme, comma = self._look.theme, language() == "de"
        flags, high = QtCore.Qt.AlignmentFlag, 20 * theme.scale
        for k in range(5):
            volts = self.low + (self.high - self.low) * k / 4
            y = self._place(0, volts).y()
            painter.setPen(QtGui.QColor(theme.line))
            painter.drawLine(QtCore.QPointF(area.left(), y), QtCore.QPointF(area.right(), y))
            if k % 2 == 0:
                painter.setPen(QtGui.QColor(theme.secondary))
                text = f"{volts:.1f} V".replace(".", "," if comma else ".")
                painter.drawText(
                    QtCore.QRectF(0, y - high / 2, self._edge() + 4, high), flags.AlignRight | flags.AlignVCenter, text
                )
        for k in range(3):
            x = area.left() + area.width() * k / 2
            text = f"{self.seconds * k / 2:g} s".replace(".", "," if comma else ".")
            side = (flags.AlignLeft, flags.AlignHCenter, flags.AlignRight)[k]
            left = x - (0, high * 2, high * 4)[k]
            painter.drawText(QtCore.QRectF(left, area.bottom() + 2, high * 4, high), side, text)

    def _curve(self, painter: QtGui.QPainter, points: Sequence[tuple[float, float]], pen: QtGui.QPen) -> None:
        if len(points) < 2:
            return
        path = QtGui.QPainterPath(self._place(*points[0]))
        for point in points[1:]:
            path.lineTo(self._place(*point))
        painter.setPen(pen)
        painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        painter.save()
        painter.setClipRect(self._area().adjusted(-1, -2, 1, 2))
        painter.drawPath(path)
        painter.restore()
