"""The sample in time: a raster of all events over the membranes that the converter read, and the Lu.i's beside them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.bench import art, shape
from luiapp.gui.chip.array_state import neuron_name
from luiapp.gui.chip.slow_state import Reference, Watched
from luiapp.gui.theme import Look
from luiapp.texts import tr

_ROW_LEAST = 1.0


class TraceView(QtWidgets.QWidget):
    """Time runs to the right, up to the moment that is watched; what comes later is faint."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.watched: Watched | None = None
        self.neurons: list[int] = []
        self.reference: Reference | None = None
        self.at = 0.0
        self.setMinimumHeight(120)

    def show_sample(self, watched: Watched | None, neurons: list[int], ref: Reference | None) -> None:
        """Another sample, or other neurons; the first of them in front."""
        self.watched, self.neurons, self.reference = watched, neurons, ref
        self.update()

    def show_moment(self, at: float) -> None:
        """The moment that is watched [s of the chip]."""
        self.at = at
        self.update()

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(320, 160)

    def areas(self) -> tuple[QtCore.QRectF, QtCore.QRectF]:
        """Where the raster and the membranes are drawn."""
        line = self.fontMetrics().height()
        left = self.fontMetrics().horizontalAdvance("150") + 10.0
        width, height = self.width() - left - 16, self.height() - 2.0 * line - 13  # two lines of text below
        upper = 0.36 * height
        return QtCore.QRectF(left, 2, width, upper), QtCore.QRectF(left, upper + 10, width, height - upper)

    def x_of(self, time: float) -> float:
        """Where a moment of the chip is drawn."""
        area = self.areas()[0]
        duration = self.watched.duration if self.watched is not None else 1.0
        return area.left() + area.width() * time / duration

    def y_of(self, lsb: float) -> float:
        """Where a reading of the converter is drawn."""
        area, (low, high) = self.areas()[1], self._range()
        return area.bottom() - area.height() * (lsb - low) / (high - low)

    def _range(self) -> tuple[float, float]:
        if self.watched is None:
            return 0.0, 1.0
        targets = self.watched.placed.targets
        low, high = targets.leak - 0.5 * targets.gap, targets.threshold + 0.15 * targets.gap
        if self.neurons:
            read = self.watched.cadc[:, self.neurons]
            low, high = min(low, float(read.min()) - 4), max(high, float(read.max()) + 4)
        return low, high

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        theme = self._look.theme
        raster, membranes = self.areas()
        if self.watched is None:
            p.setPen(QtGui.QColor(theme.secondary))
            flags = QtCore.Qt.AlignmentFlag.AlignCenter | QtCore.Qt.TextFlag.TextWordWrap
            p.drawText(self.rect(), int(flags), tr("Once the network has its place, a sample runs here, slowly."))
            p.end()
            return
        self._grid(p, raster, membranes)
        self._raster(p, raster)
        p.setClipRect(membranes.adjusted(-1, -2, 1, 2))
        self._membranes(p)
        p.setClipping(False)
        x = self.x_of(self.at)
        p.setPen(QtGui.QPen(QtGui.QColor(theme.amber), 2))
        p.drawLine(QtCore.QPointF(x, raster.top()), QtCore.QPointF(x, membranes.bottom()))
        p.end()

    def _grid(self, p: QtGui.QPainter, raster: QtCore.QRectF, membranes: QtCore.QRectF) -> None:
        assert self.watched is not None
        theme, metrics = self._look.theme, self.fontMetrics()
        targets = self.watched.placed.targets
        flag = QtCore.Qt.AlignmentFlag
        for value in (targets.leak, targets.threshold):
            y = self.y_of(value)
            p.setPen(QtGui.QPen(QtGui.QColor(theme.secondary), 1, QtCore.Qt.PenStyle.DashLine))
            p.drawLine(QtCore.QPointF(membranes.left(), y), QtCore.QPointF(membranes.right(), y))
            p.setPen(QtGui.QColor(theme.secondary))
            box = QtCore.QRectF(0, y - metrics.height() / 2, membranes.left() - 6, metrics.height())
            p.drawText(box, flag.AlignRight | flag.AlignVCenter, f"{value:.0f}")
        us = 1e6 * self.watched.duration
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if us / s <= 6)
        for k in range(int(us // step) + 1):
            x = self.x_of(1e-6 * k * step)
            p.setPen(QtGui.QPen(QtGui.QColor(theme.line), 1))
            p.drawLine(QtCore.QPointF(x, raster.top()), QtCore.QPointF(x, membranes.bottom()))
            p.setPen(QtGui.QColor(theme.secondary))
            box = QtCore.QRectF(x - 30, membranes.bottom() + 2, 60, metrics.height())
            p.drawText(box, flag.AlignHCenter, f"{k * step}")
        box = QtCore.QRectF(
            membranes.left(), membranes.bottom() + 2 + metrics.height(), membranes.width(), metrics.height()
        )
        p.drawText(box, flag.AlignRight, tr("µs on the chip = ms in biology"))

    def _raster(self, p: QtGui.QPainter, area: QtCore.QRectF) -> None:
        assert self.watched is not None
        theme, one = self._look.theme, self.watched
        n = one.placed.wiring.n_inputs + one.placed.wiring.n
        row = max(area.height() / n, _ROW_LEAST)
        n_inputs = one.placed.wiring.n_inputs
        chosen = {n_inputs + j: self._colour(k) for k, j in enumerate(self.neurons)}
        parts = (
            (one.time, one.source, theme.amber, 3.0),
            (one.spike_time, one.spike_neuron + n_inputs, theme.text, 1.6),
        )
        for times, sources, colour, width in parts:
            for time, source in zip(times.tolist(), sources.tolist(), strict=True):
                mine = chosen.get(source)
                ink = QtGui.QColor(mine or colour)
                ink.setAlphaF(1.0 if time <= self.at else 0.25)
                p.setPen(QtGui.QPen(ink, width + (1.6 if mine else 0)))
                x, y = self.x_of(time), area.top() + (source + 0.5) * area.height() / n
                tall = max(row / 2, 5.0 if mine or width > 2 else 1.4)
                p.drawLine(QtCore.QPointF(x, y - tall), QtCore.QPointF(x, y + tall))

    def _colour(self, k: int) -> str:
        return self._look.theme.neuron_colour(k)

    def _membranes(self, p: QtGui.QPainter) -> None:
        assert self.watched is not None
        one, theme = self.watched, self._look.theme
        if self.reference is not None and self.neurons:
            targets, slow = one.placed.targets, one.placed.time_scale
            pen = QtGui.QPen(QtGui.QColor(theme.secondary), 1.6, QtCore.Qt.PenStyle.DashLine)
            self._line(p, self.reference.time[::4] / slow, targets.leak + targets.gap * self.reference.v[::4], pen)
        for k, neuron in reversed(list(enumerate(self.neurons))):
            pen = QtGui.QPen(QtGui.QColor(self._colour(k)), min(theme.trace_width, 3.0) if k == 0 else 1.3)
            self._line(p, one.cadc_time, one.cadc[:, neuron].astype(np.float64), pen, dots=k == 0)

    def _line(self, p: QtGui.QPainter, time: NDArray[np.float64], value: NDArray[np.float64], pen: QtGui.QPen, *,
              dots: bool = False) -> None:  # fmt: skip
        (x_zero, x_one), (y_zero, y_one) = (self.x_of(0.0), self.x_of(1e-6)), (self.y_of(0.0), self.y_of(1.0))
        across = x_zero + 1e6 * (x_one - x_zero) * time
        down = y_zero + (y_one - y_zero) * value
        points = [QtCore.QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True)]
        n = int((time <= self.at).sum())
        faint = QtGui.QPen(pen)
        colour = QtGui.QColor(pen.color())
        colour.setAlphaF(0.25)
        faint.setColor(colour)
        for part, ink in ((points[max(n - 1, 0) :], faint), (points[:n], pen)):
            p.setPen(ink)
            p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            p.drawPolyline(part)
        if dots:
            p.setPen(QtCore.Qt.PenStyle.NoPen)
            p.setBrush(pen.color())
            for point in points[:n]:
                p.drawEllipse(point, 2.2, 2.2)


class LuiView(QtWidgets.QWidget):
    """A Lu.i whose LEDs are the membrane of the neuron in front, at the moment that is watched."""

    FLASH = 8e-3  # s of biology that the spike's LED is on

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._ref: Reference | None = None
        self._board: tuple[object, QtGui.QPixmap] | None = None
        self.level, self.flash = 0.0, False
        self.setMinimumSize(110, 60)

    def show_reference(self, ref: Reference | None) -> None:
        """Another neuron."""
        self._ref = ref
        self.show_moment(0.0)

    def show_moment(self, at: float) -> None:
        """The moment that is watched [s of biology]."""
        ref = self._ref
        if ref is None or not len(ref.time):
            self.level, self.flash = 0.0, False
        else:
            k = min(int(np.searchsorted(ref.time, at)), len(ref.time) - 1)
            self.level = float(np.clip(ref.v[k], 0.0, 1.0))
            self.flash = bool(((ref.spikes <= at) & (ref.spikes > at - self.FLASH)).any())
        self.update()

    def lit(self) -> int:
        """How many LEDs of the row are on."""
        return round(self.level * len(shape.LEDS))

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(120, 66)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        bounds, ratio = shape.BOUNDS, self.devicePixelRatioF()
        scale = min(self.width() / bounds.width(), self.height() / bounds.height())
        key = (scale, ratio, self._look.theme.name)
        if self._board is None or self._board[0] != key:
            self._board = key, art.board_pixmap(scale, ratio, self._look.theme)
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        left = (self.width() - bounds.width() * scale) / 2
        top = (self.height() - bounds.height() * scale) / 2
        p.drawPixmap(QtCore.QPointF(left, top), self._board[1])
        p.translate(left - bounds.left() * scale, top - bounds.top() * scale)
        p.setPen(QtCore.Qt.PenStyle.NoPen)
        lights = [(at, shape.R_LED, "#ffb000") for at in shape.LEDS[: self.lit()]]
        if self.flash:
            lights.append((shape.SPIKE_LED, shape.R_SPIKE_LED, "#fff3c4"))
        for (x, y), r, colour in lights:
            for grown, alpha in ((2.4, 0.3), (1.0, 1.0)):
                ink = QtGui.QColor(colour)
                ink.setAlphaF(alpha)
                p.setBrush(ink)
                p.drawEllipse(QtCore.QPointF(x * scale, y * scale), grown * r * scale, grown * r * scale)
        p.end()


def names(watched: Watched, neurons: list[int]) -> str:
    """The neurons that are shown, for people."""
    return ", ".join(neuron_name(watched.placed, j) for j in neurons)
