"""A small plot of one curve: a line with its band, or bars; linear or logarithmic; a marked place."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.measure.plot import scale_of
from luiapp.gui.scope import axes
from luiapp.gui.scope.analysis_state import Curve, decades
from luiapp.gui.scope.ink import blend
from luiapp.gui.scope.paint import Pen, scope_font
from luiapp.gui.theme import Look

_Align = QtCore.Qt.AlignmentFlag
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MOST_DECADES = 5  # of a logarithmic axis


def _power(k: int) -> str:
    """Ten to the power of `k`, short."""
    return f"{10**k:g}".replace(".", axes.decimal()) if -3 < k < 4 else "10" + str(k).translate(_RAISED)


class Axis:
    """One direction: from values to pixels, with its ticks and what stands at them."""

    def __init__(self, values: NDArray[np.float64], unit: str, length: float, *, log: bool, zero: bool = False) -> None:
        found = values[np.isfinite(values) & ((values > 0) | (not log))]
        self.log, self._length = log, length
        if log:
            high = float(found.max()) if len(found) else 1.0
            low = max(float(found.min()), high * 10.0**-_MOST_DECADES) if len(found) else 0.1
            self._low, self._high = math.log10(low), max(math.log10(high), math.log10(low) + 0.1)
            self.unit = unit
            self.ticks = [(10.0**k, _power(k)) for k in decades(low, high)]
            return
        scale = scale_of(found, unit if unit != "1" else "", zero=zero)
        self._low, self._high, self.unit = scale.low * scale.factor, scale.high * scale.factor, scale.unit
        marks, n_places = axes.ticks(scale.low, scale.high, max(2, int(length / 60)))
        self.ticks = [(v * scale.factor, axes.number(v, n_places)) for v in marks]

    def at(self, value: float) -> float:
        """Pixels from the lower end of the axis."""
        if self.log:
            value = math.log10(value) if value > 0 else self._low
        return (value - self._low) / (self._high - self._low) * self._length


class Chart(QtWidgets.QWidget):
    """Draws a `Curve` in the colour of its trace."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.curve: Curve | None = None
        self.colour = "#ffffff"
        self.setMinimumWidth(160)

    def show_curve(self, curve: Curve, colour: str) -> None:
        """Draw it."""
        self.curve, self.colour = curve, colour
        self.setAccessibleDescription(curve.note)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        theme, curve = self._look.theme, self.curve
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        font = scope_font(theme, self.font())
        p.setFont(font)
        pen = Pen(p, theme, font, QtGui.QFontMetrics(font))
        if curve is not None:
            self._draw(pen, curve)
        p.end()

    def _draw(self, pen: Pen, curve: Curve) -> None:
        line = pen.metrics.height()
        left, bottom = 8 + pen.metrics.horizontalAdvance("−0,000"), 2 * line + 6
        area = QtCore.QRectF(left, line + 4, self.width() - left - 10, self.height() - bottom - line - 4)
        pen.p.fillRect(area, QtGui.QColor(pen.theme.ground))
        if area.width() < 20 or area.height() < 20 or not len(curve.y):
            return
        x = Axis(curve.x, curve.x_unit, area.width(), log=curve.log)
        y = Axis(np.concatenate([curve.y, curve.low, curve.high]), curve.y_unit, area.height(), log=curve.log,
                 zero=curve.bars)  # fmt: skip
        self._axes(pen, curve, area, x, y)
        pen.p.setClipRect(area)
        if curve.bars:
            self._bars(pen, curve, area, x, y)
        else:
            self._line(pen, curve, area, x, y)
        pen.p.setClipping(False)
        if curve.peak is not None:
            self._peak(pen, area, area.left() + x.at(curve.peak[0]), curve.peak[1])

    def _axes(self, pen: Pen, curve: Curve, area: QtCore.QRectF, x: Axis, y: Axis) -> None:
        theme, line = pen.theme, pen.metrics.height()
        faint = blend(theme.line, theme.ground, 0.6)
        for value, text in x.ticks:
            at = area.left() + x.at(value)
            if area.left() - 1 <= at <= area.right() + 1:
                pen.upright(at, area.top(), area.bottom(), faint)
                half = pen.metrics.horizontalAdvance(text) / 2
                pen.text(min(at, self.width() - half - 2), area.bottom() + line / 2 + 3, text, theme.secondary,
                         _Align.AlignHCenter)  # fmt: skip
        for value, text in y.ticks:
            at = area.bottom() - y.at(value)
            if area.top() - 1 <= at <= area.bottom() + 1:
                pen.line(area.left(), at, area.right(), at, faint)
                pen.text(area.left() - 5, at, text, theme.secondary, _Align.AlignRight)
        units = [f" [{unit}]" if unit not in ("", "1") else "" for unit in (x.unit, y.unit)]
        pen.text(area.center().x(), area.bottom() + 1.5 * line + 3, curve.x_text + units[0], theme.secondary,
                 _Align.AlignHCenter)  # fmt: skip
        pen.text(6, line / 2 + 1, curve.y_text + units[1], theme.secondary, _Align.AlignLeft)
        if not curve.log and curve.x[0] < 0 < curve.x[-1]:
            pen.upright(area.left() + x.at(0.0), area.top(), area.bottom(), theme.secondary, 1.0,
                        QtCore.Qt.PenStyle.DashLine)  # fmt: skip

    def _line(self, pen: Pen, curve: Curve, area: QtCore.QRectF, x: Axis, y: Axis) -> None:
        stride = max(1, len(curve.y) // max(int(area.width() * 2), 1)) if not curve.log else 1
        chosen = [k for k in range(0, len(curve.y), stride) if math.isfinite(curve.y[k])]
        xs = [area.left() + x.at(float(curve.x[k])) for k in chosen]

        def points(values: NDArray[np.float64]) -> list[QtCore.QPointF]:
            return [
                QtCore.QPointF(px, area.bottom() - y.at(float(values[k]))) for px, k in zip(xs, chosen, strict=True)
            ]

        if len(curve.low):
            pen.p.setPen(QtCore.Qt.PenStyle.NoPen)
            pen.p.setBrush(QtGui.QColor(blend(self.colour, pen.theme.ground, 0.28)))
            pen.p.drawPolygon(QtGui.QPolygonF([*points(curve.high), *reversed(points(curve.low))]))
        pen.p.setPen(QtGui.QPen(QtGui.QColor(self.colour), pen.theme.trace_width * 0.8))
        pen.p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        pen.p.drawPolyline(QtGui.QPolygonF(points(curve.y)))

    def _bars(self, pen: Pen, curve: Curve, area: QtCore.QRectF, x: Axis, y: Axis) -> None:
        pen.p.setPen(QtGui.QPen(QtGui.QColor(pen.theme.ground), 1))
        pen.p.setBrush(QtGui.QColor(self.colour))
        for k, count in enumerate(curve.y.tolist()):
            a, b = (area.left() + x.at(float(v)) for v in curve.x[k : k + 2])
            top = area.bottom() - y.at(count)
            pen.p.drawRect(QtCore.QRectF(a, top, b - a, area.bottom() - top))

    def _peak(self, pen: Pen, area: QtCore.QRectF, at: float, text: str) -> None:
        if not area.left() <= at <= area.right():
            return
        pen.upright(at, area.top(), area.bottom(), pen.theme.amber, 1.0, QtCore.Qt.PenStyle.DashLine)
        width, height = pen.metrics.horizontalAdvance(text) + 10, pen.metrics.height()
        x = at + 4 if at + 6 + width < area.right() else at - 4 - width
        pen.label(QtCore.QRectF(x, area.top() + 3, width, height), text, "#17131c", pen.theme.amber)
