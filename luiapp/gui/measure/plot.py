"""Points with their errors, what was expected, what was fitted, and below it what the fit leaves. Paints itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.experiments.result import Axis, Result
from luiapp.gui.scope.axes import number, round_range, ticks
from luiapp.gui.theme import LIGHT, Look, Theme
from luiapp.texts import tr
from luiapp.units import format_quantity

Array = NDArray[np.float64]
_PAPER = QtCore.QSize(720, 480)
_MANY = 120  # points above which they are drawn as dots
_P, _R = QtCore.QPointF, QtCore.QRectF
_PREFIXES = {-12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
_NO_POINTS, _NO_CURVE, _NOTHING = np.empty((0, 3)), np.empty((0, 2)), np.empty(0)


@dataclass(frozen=True, eq=False)
class Content:
    """What is plotted: see `Result`; `over` is another result on the same axes, laid over it, both with their names."""

    x: Axis
    y: Axis
    points: Array
    theory: Array
    fit: Array
    residuals: Array
    over: Content | None = None
    names: tuple[str, str] = ("", "")


def content_of(result: Result) -> Content:
    """A finished result."""
    return Content(result.x, result.y, result.points, result.theory, result.fit, result.residuals)


def content_so_far(axes: tuple[Axis, Axis], points: Sequence[tuple[float, float]]) -> Content:
    """Points while they come."""
    array = np.array([(x, y, math.nan) for x, y in points], np.float64).reshape(-1, 3)
    return Content(*axes, array, _NO_CURVE, _NO_CURVE, _NOTHING)


@dataclass(frozen=True)
class Scale:
    """One direction of a plot: from values in SI to numbers at its ticks."""

    low: float
    high: float
    factor: float
    unit: str

    def share(self, value: float) -> float:
        """Where a value lies, 0…1."""
        return (value / self.factor - self.low) / (self.high - self.low)


def scale_of(values: Array, unit: str, *, zero: bool = False) -> Scale:
    """A round range that holds `values`, with an SI prefix for `unit`; from zero on if that is asked for."""
    found = values[np.isfinite(values)]
    if not len(found):
        found = np.array([0.0, 1.0])
    low, high = float(found.min()), float(found.max())
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    size = max(abs(low), abs(high))
    power = math.floor(math.log10(size) / 3 + 1e-9) * 3 if size > 0 and unit else 0
    power = min(max(power, -12), 9)
    factor = 10.0**power
    if high - low < 1e-9 * max(size, 1e-30):
        low, high = low - 0.5 * factor, high + 0.5 * factor
    bottom, top = round_range(low / factor, high / factor)
    return Scale(bottom, top, factor, _PREFIXES[power] + unit)


class Plot(QtWidgets.QWidget):
    """The plot as a widget."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.content: Content | None = None
        self.setMinimumHeight(200)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(320, round(290 * min(self._look.theme.scale, 1.4)))

    def show_content(self, content: Content | None, description: str = "") -> None:
        """Plot it; `description` says in words what is seen."""
        self.content = content
        self.setAccessibleDescription(description)
        self.update()

    def svg(self, title: str = "") -> bytes:
        """The plot as a figure on white."""
        from PySide6 import QtSvg

        data = QtCore.QByteArray()
        buffer = QtCore.QBuffer(data)
        generator = QtSvg.QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(_PAPER)
        generator.setViewBox(QtCore.QRect(QtCore.QPoint(), _PAPER))
        generator.setTitle(title)
        generator.setDescription(self.accessibleDescription())
        painter = QtGui.QPainter(generator)
        painter.setFont(self.font())
        theme = replace(LIGHT, name="paper", ground="#ffffff", panel="#ffffff")
        painter.fillRect(QtCore.QRect(QtCore.QPoint(), _PAPER), QtGui.QColor(theme.ground))
        if self.content is not None:
            _Drawing(painter, _R(8, 8, _PAPER.width() - 16, _PAPER.height() - 16), theme, self.content).all()
        painter.end()
        return bytes(data.data())

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        theme = self._look.theme
        painter.setPen(QtGui.QPen(QtGui.QColor(theme.line), 1))
        painter.setBrush(QtGui.QColor(theme.ground))
        painter.drawRoundedRect(_R(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        inside = _R(self.rect()).adjusted(8, 8, -10, -8)
        if self.content is None:
            painter.setPen(QtGui.QColor(theme.secondary))
            flags = QtCore.Qt.AlignmentFlag.AlignCenter | QtCore.Qt.TextFlag.TextWordWrap
            painter.drawText(inside, int(flags), tr("The curve grows here, point by point."))
        else:
            _Drawing(painter, inside, theme, self.content).all()
        painter.end()


class _Drawing:
    """One drawing of a content into a rectangle."""

    def __init__(self, painter: QtGui.QPainter, rect: QtCore.QRectF, theme: Theme, content: Content) -> None:
        self.p, self.theme, self.c = painter, theme, content
        metrics = painter.fontMetrics()
        self.line, self.advance = metrics.height(), metrics.horizontalAdvance
        both = [content] if content.over is None else [content, content.over]
        curves = [c for one in both for c in (one.points, one.theory, one.fit)]
        xs, ys = np.concatenate([c[:, 0] for c in curves]), np.concatenate([c[:, 1] for c in curves])
        self.x = scale_of(xs, content.x.unit)
        self.y = scale_of(_bounded(ys, np.concatenate([one.points[:, 1] for one in both])), content.y.unit)
        fits = len(content.residuals) == len(content.points) and np.isfinite(content.residuals).any()
        self.left = scale_of(content.residuals, content.y.unit, zero=True) if fits else None
        gutter = max(self._gutter(s) for s in (self.y, self.left) if s is not None)
        top, foot = rect.top() + (2 + (2 if content.over is not None else 0)) * self.line + 4, 2 * self.line + 6
        height = rect.bottom() - foot - top
        low = 0.26 * height if self.left is not None else 0.0
        width = rect.width() - gutter
        gap = self.line + 4 if self.left is not None else 0
        self.rect = rect
        self.main = _R(rect.left() + gutter, top, width, height - low - gap)
        self.below = _R(rect.left() + gutter, top + height - low, width, low)

    def all(self) -> None:
        """Everything."""
        theme = self.theme
        self._legend()
        self._axes(self.main, self.y, x_numbers=self.left is None)
        self.p.save()
        self.p.setClipRect(self.main.adjusted(-4, -4, 4, 4))
        self._curve(self.c.theory, theme.secondary, QtCore.Qt.PenStyle.DashLine)
        self._curve(self.c.fit, theme.amber_text, QtCore.Qt.PenStyle.SolidLine)
        self._points(self.main, self.y, self.c.points, self.c.points[:, 1])
        if self.c.over is not None:
            self._curve(self.c.over.fit, theme.neuron_colour(1), QtCore.Qt.PenStyle.DotLine)
            self._points(self.main, self.y, self.c.over.points, self.c.over.points[:, 1], second=True)
        self.p.restore()
        if self.left is not None:
            self._axes(self.below, self.left, x_numbers=True)
            self._text(_R(self.main.left(), self.below.top() - self.line - 2, self.main.width(), self.line),
                       tr("What the fit leaves, in {unit}", unit=self.left.unit or "1"))  # fmt: skip
            zero = self._y(self.below, self.left, 0.0)
            self.p.setPen(QtGui.QPen(QtGui.QColor(theme.secondary), 1))
            self.p.drawLine(_P(self.below.left(), zero), _P(self.below.right(), zero))
            bare = np.column_stack([self.c.points[:, :2], np.full(len(self.c.points), np.nan)])
            self._points(self.below, self.left, bare, self.c.residuals)
        name = tr(self.c.x.name) + (f" [{self.x.unit}]" if self.x.unit else "")
        self._text(_R(self.main.left(), self.rect.bottom() - self.line, self.main.width(), self.line), name,
                   QtCore.Qt.AlignmentFlag.AlignRight)  # fmt: skip

    def _legend(self) -> None:
        name = tr(self.c.y.name) + (f" [{self.y.unit}]" if self.y.unit else "")
        self._text(_R(self.rect.left(), self.rect.top(), self.rect.width(), self.line), name)
        x, y = self.rect.right(), self.rect.top() + 1.5 * self.line
        keys = [(tr("expected"), self.c.theory, self.theme.secondary, QtCore.Qt.PenStyle.DashLine),
                (tr("fit"), self.c.fit, self.theme.amber_text, QtCore.Qt.PenStyle.SolidLine)]  # fmt: skip
        for text, curve, colour, style in keys:
            if not len(curve):
                continue
            x -= self.advance(text)
            self._text(_R(x, y - self.line / 2, self.advance(text) + 2, self.line), text)
            self.p.setPen(QtGui.QPen(QtGui.QColor(colour), 2, style))
            self.p.drawLine(_P(x - 26, y), _P(x - 5, y))
            x -= 38
        if self.c.over is None:
            return
        for k, text in enumerate(self.c.names):
            y = self.rect.top() + (2.5 + k) * self.line
            self._mark(_P(self.rect.left() + 5, y), 3.2 * min(self.theme.scale, 1.3), second=k == 1)
            room = self.rect.width() - 16
            short = self.p.fontMetrics().elidedText(text, QtCore.Qt.TextElideMode.ElideRight, int(room))
            self._text(_R(self.rect.left() + 16, y - self.line / 2, room, self.line), short)

    def _axes(self, area: QtCore.QRectF, scale: Scale, *, x_numbers: bool) -> None:
        faint = QtGui.QPen(QtGui.QColor(self.theme.line), 1)
        n = max(2, int(area.height() // (2.2 * self.line)))
        found, places = ticks(scale.low, scale.high, n)
        for value in found:
            y = area.bottom() - (value - scale.low) / (scale.high - scale.low) * area.height()
            self.p.setPen(faint)
            self.p.drawLine(_P(area.left(), y), _P(area.right(), y))
            self._text(_R(self.rect.left(), y - self.line / 2, area.left() - self.rect.left() - 6, self.line),
                       number(value, places), QtCore.Qt.AlignmentFlag.AlignRight)  # fmt: skip
        found, places = ticks(self.x.low, self.x.high, max(2, int(area.width() // (5 * self.line))))
        for value in found:
            x = area.left() + (value - self.x.low) / (self.x.high - self.x.low) * area.width()
            self.p.setPen(faint)
            self.p.drawLine(_P(x, area.top()), _P(x, area.bottom()))
            if x_numbers:
                text = number(value, places)
                half = self.advance(text) / 2 + 2
                x = min(x, self.rect.right() - half)
                self._text(_R(x - half, area.bottom() + 3, 2 * half, self.line), text,
                           QtCore.Qt.AlignmentFlag.AlignHCenter)  # fmt: skip

    def _curve(self, curve: Array, colour: str, style: QtCore.Qt.PenStyle) -> None:
        self.p.setPen(QtGui.QPen(QtGui.QColor(colour), min(self.theme.trace_width, 3.0), style))
        line = QtGui.QPolygonF()
        for x, y in curve.tolist():
            if math.isfinite(x) and math.isfinite(y):
                line.append(_P(self._x(x), self._y(self.main, self.y, y)))
        self.p.drawPolyline(line)

    def _points(self, area: QtCore.QRectF, scale: Scale, points: Array, values: Array, *, second: bool = False) -> None:
        """Marks at `values`, above the places of (n, 3) `points`, with their errors."""
        size = 1.2 if len(values) > _MANY else 3.2 * min(self.theme.scale, 1.3)
        for x, y, error in zip(points[:, 0].tolist(), values.tolist(), points[:, 2].tolist(), strict=True):
            if not (math.isfinite(x) and math.isfinite(y)):
                continue
            at = _P(self._x(x), self._y(area, scale, y))
            if math.isfinite(error):
                self.p.setPen(QtGui.QPen(QtGui.QColor(self.theme.neuron_colour(int(second))), 1.3))
                self.p.drawLine(
                    _P(at.x(), self._y(area, scale, y - error)), _P(at.x(), self._y(area, scale, y + error))
                )
            self._mark(at, size, second=second)

    def _mark(self, at: QtCore.QPointF, size: float, *, second: bool) -> None:
        """A full disk; of the second result an open square."""
        colour = QtGui.QColor(self.theme.neuron_colour(int(second)))
        if second:
            self.p.setPen(QtGui.QPen(colour, 1.3))
            self.p.drawRect(_R(at.x() - size, at.y() - size, 2 * size, 2 * size))
            return
        self.p.setPen(QtCore.Qt.PenStyle.NoPen)
        self.p.setBrush(colour)
        self.p.drawEllipse(at, size, size)
        self.p.setBrush(QtCore.Qt.BrushStyle.NoBrush)

    def _text(
        self, rect: QtCore.QRectF, text: str, align: QtCore.Qt.AlignmentFlag = QtCore.Qt.AlignmentFlag.AlignLeft
    ) -> None:
        self.p.setPen(QtGui.QColor(self.theme.secondary))
        self.p.drawText(rect, int(align | QtCore.Qt.AlignmentFlag.AlignVCenter), text)

    def _x(self, value: float) -> float:
        return self.main.left() + self.x.share(value) * self.main.width()

    @staticmethod
    def _y(area: QtCore.QRectF, scale: Scale, value: float) -> float:
        return area.bottom() - scale.share(value) * area.height()

    def _gutter(self, scale: Scale) -> float:
        found, places = ticks(scale.low, scale.high, 5)
        return 8.0 + max(self.advance(number(value, places)) for value in found or [0.0])


def _bounded(values: Array, measured: Array) -> Array:
    """Curves may leave the plot: no further than half the measured range beyond it."""
    found = measured[np.isfinite(measured)]
    if len(found) < 2:
        return values
    room = max(0.5 * float(np.ptp(found)), 0.05 * float(np.abs(found).max()))
    return np.clip(values, found.min() - room, found.max() + room)


def in_words(content: Content | None) -> str:
    """What the plot shows, for those who don't see it."""
    if content is None or not len(content.points):
        return ""
    last = content.points[-1]
    return tr("{n} points; the last: {x}, {y}", n=len(content.points), x=format_quantity(last[0], content.x.unit),
              y=format_quantity(last[1], content.y.unit))  # fmt: skip
