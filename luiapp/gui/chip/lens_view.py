"""What is measured of one circuit: trials over each other, circuits beside each other, or PSPs that pile up."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.chip.spec import SPEC
from luiapp.gui.chip.lens_state import Seen
from luiapp.gui.theme import Look
from luiapp.gui.training.colours import excites, inhibits
from luiapp.texts import tr

_POINTS = 500  # of a line, at most


class LensView(QtWidgets.QWidget):
    """The first line in front, the others faint; spikes are ticks above."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.seen: Seen | None = None
        self.setMinimumHeight(106)

    def show_seen(self, seen: Seen) -> None:
        """Another measurement."""
        self.seen = seen
        self.update()

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(320, 170)

    # -- geometry ------------------------------------------------------------------------------------------------

    def area(self) -> QtCore.QRectF:
        """Where lines are drawn."""
        line = self.fontMetrics().height()
        left = self.fontMetrics().horizontalAdvance("−888") + 8.0
        return QtCore.QRectF(left, line * 0.7, self.width() - left - 14, self.height() - 1.7 * line - 4)

    def ranges(self) -> tuple[float, float, float, float]:
        """Ends of x and y."""
        seen = self.seen
        if seen is None:
            return 0.0, 1.0, 0.0, 1.0
        if len(seen.expected):
            far = float(seen.x[-1])
            return -far, far, float(seen.traces.min()) * 1.15 - 5, float(seen.traces.max()) * 1.15 + 5
        low, high = float(seen.traces.min()) - 4, float(seen.traces.max()) + 4
        return 0.0, float(seen.x[-1]), min(low, seen.figures["rest"][0] - 15), max(high, seen.threshold + 8)

    def to_pixel(self, x: float, y: float) -> QtCore.QPointF:
        """Where a value is drawn."""
        area, (x_low, x_high, y_low, y_high) = self.area(), self.ranges()
        return QtCore.QPointF(area.left() + area.width() * (x - x_low) / (x_high - x_low),
                              area.bottom() - area.height() * (y - y_low) / (y_high - y_low))  # fmt: skip

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        if self.seen is not None:
            stacking = bool(len(self.seen.expected))
            self._axes(p, stacking)
            p.setClipRect(self.area().adjusted(-2, -2, 2, 2))
            if stacking:
                self._stacking(p, self.seen)
            else:
                self._traces(p, self.seen)
        p.end()

    def _axes(self, p: QtGui.QPainter, stacking: bool) -> None:
        theme, metrics, area = self._look.theme, self.fontMetrics(), self.area()
        x_low, x_high, y_low, y_high = self.ranges()
        unit = 1.0 if stacking else 1e-6
        flag = QtCore.Qt.AlignmentFlag
        text = tr("summed weight · peak in LSB") if stacking else tr("µs · LSB")
        most = area.right() - metrics.horizontalAdvance(text) - 24
        for value in ticks(x_low / unit, x_high / unit, 6):
            x = self.to_pixel(value * unit, y_low).x()
            p.setPen(QtGui.QPen(QtGui.QColor(theme.line), 1))
            p.drawLine(QtCore.QPointF(x, area.top()), QtCore.QPointF(x, area.bottom()))
            p.setPen(QtGui.QColor(theme.secondary))
            if x < most:
                box = QtCore.QRectF(x - 30, area.bottom() + 1, 60, metrics.height())
                p.drawText(box, flag.AlignHCenter, _text(value))
        for value in ticks(y_low, y_high, 4):
            y = self.to_pixel(x_low, value).y()
            p.setPen(QtGui.QPen(QtGui.QColor(theme.line), 1))
            p.drawLine(QtCore.QPointF(area.left(), y), QtCore.QPointF(area.right(), y))
            p.setPen(QtGui.QColor(theme.secondary))
            box = QtCore.QRectF(0, y - metrics.height() / 2, area.left() - 5, metrics.height())
            p.drawText(box, flag.AlignRight | flag.AlignVCenter, _text(value))
        box = QtCore.QRectF(area.left(), area.bottom() + 1, area.width(), metrics.height())
        p.drawText(box, flag.AlignRight, text)

    def _traces(self, p: QtGui.QPainter, seen: Seen) -> None:
        theme = self._look.theme
        y = self.to_pixel(0, seen.threshold).y()
        p.setPen(QtGui.QPen(QtGui.QColor(theme.secondary), 1.2, QtCore.Qt.PenStyle.DashLine))
        p.drawLine(QtCore.QPointF(self.area().left(), y), QtCore.QPointF(self.area().right(), y))
        step = max(1, len(seen.x) // _POINTS)
        for k in reversed(range(len(seen.traces))):
            colour = QtGui.QColor(theme.neuron_colour(0) if k == 0 else theme.secondary)
            colour.setAlphaF(1.0 if k == 0 else 0.6)
            p.setPen(QtGui.QPen(colour, min(theme.trace_width, 3.0) if k == 0 else 1.1))
            p.drawPolyline(self._points(seen.x[::step], _thinned(seen.traces[k], step)))
            for time in seen.spikes[k].tolist() if k < len(seen.spikes) else ():
                x, top = self.to_pixel(time, 0).x(), self.area().top()
                p.drawLine(QtCore.QPointF(x, top), QtCore.QPointF(x, top + (12 if k == 0 else 8)))

    def _stacking(self, p: QtGui.QPainter, seen: Seen) -> None:
        theme = self._look.theme
        rest = seen.figures["rest"][0]
        for raw in (0, SPEC.madc_max):  # what the converter can't go beyond
            y = self.to_pixel(0, (raw - SPEC.madc_law[1]) / SPEC.madc_law[0] - rest).y()
            p.setPen(QtGui.QPen(QtGui.QColor(theme.bad), 1.4, QtCore.Qt.PenStyle.DotLine))
            p.drawLine(QtCore.QPointF(self.area().left(), y), QtCore.QPointF(self.area().right(), y))
        for k, (way, colour) in enumerate(((1, excites(theme)), (-1, inhibits(theme)))):
            p.setPen(QtGui.QPen(QtGui.QColor(theme.secondary), 1.4, QtCore.Qt.PenStyle.DashLine))
            p.drawPolyline(self._points(way * seen.x, seen.expected[k]))
            p.setPen(QtGui.QPen(QtGui.QColor(colour), 2.4))
            p.drawPolyline(self._points(way * seen.x, seen.traces[k]))
            p.setBrush(QtGui.QColor(colour))
            for point in self._points(way * seen.x, seen.traces[k]):
                p.drawEllipse(point, 2.2, 2.2)
            p.setBrush(QtCore.Qt.BrushStyle.NoBrush)

    def _points(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> list[QtCore.QPointF]:
        area, (x_low, x_high, y_low, y_high) = self.area(), self.ranges()
        across = area.left() + area.width() * (x - x_low) / (x_high - x_low)
        down = area.bottom() - area.height() * (y - y_low) / (y_high - y_low)
        return [QtCore.QPointF(a, b) for a, b in zip(across.tolist(), down.tolist(), strict=True)]


def ticks(low: float, high: float, most: int) -> list[float]:
    """At most about `most` round values from `low` to `high`."""
    rough = (high - low) / most
    size = 10.0 ** math.floor(math.log10(max(rough, 1e-9)))
    step = next(size * k for k in (1, 2, 5, 10) if size * k >= rough)
    return [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _text(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")


def _thinned(values: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """Every `step`-th value; what lies between is averaged, so that noise looks no wilder than it is."""
    if step == 1:
        return values
    n = -(-len(values) // step)
    padded = np.concatenate([values, np.full(n * step - len(values), values[-1])])
    return np.asarray(padded.reshape(n, step).mean(axis=1))
