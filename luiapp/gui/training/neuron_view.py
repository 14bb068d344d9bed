"""One hidden neuron in time: what comes in, its membrane with threshold and surrogate, its spikes, the gradient."""

from __future__ import annotations

import math

import numpy as np
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.statusbar import decimal
from luiapp.gui.theme import Look, Theme
from luiapp.gui.training.colours import excites, inhibits, mixed, strong
from luiapp.gui.training.insight import Inside
from luiapp.gui.training.network_paint import polyline
from luiapp.texts import tr

_RIGHT = QtCore.Qt.AlignmentFlag.AlignRight | QtCore.Qt.AlignmentFlag.AlignVCenter
_MOST_TOLD = 4  # spikes that are named in the sentence


class NeuronView(QtWidgets.QWidget):
    """The selected neuron, drawn along the time of the sample."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._inside: Inside | None = None
        self._names: list[str] = []
        self.neuron = 0
        self.now: float | None = None
        self.backwards = False

    def show_run(self, inside: Inside, names: list[str], neuron: int) -> None:
        """A sample, names of the inputs, and which neuron."""
        self._inside, self._names = inside, names
        self.neuron = min(neuron, inside.hidden.shape[1] - 1)
        self.update()

    def show_moment(self, now: float | None, backwards: bool) -> None:
        """The moment that is watched; None: the whole sample."""
        self.now, self.backwards = now, backwards
        self.update()

    def sentence(self) -> str:
        """What is drawn, in words."""
        inside = self._inside
        if inside is None:
            return ""
        times = np.sort(inside.spikes[inside.spikes[:, 1] == self.neuron, 0])
        unit = "τ" if inside.in_tau else "ms"
        told = ", ".join(f"{t:.2f}" if inside.in_tau else f"{t:.0f}" for t in times[:_MOST_TOLD].tolist())
        told = told.replace(".", decimal()).replace(", ", "; ") + (" …" if len(times) > _MOST_TOLD else "")
        n = self.neuron + 1
        if not len(times):
            return tr("Neuron {n}: no spike", n=n)
        if len(times) == 1:
            return tr("Neuron {n}: 1 spike, at {times} {unit}", n=n, times=told, unit=unit)
        return tr("Neuron {n}: {k} spikes, at {times} {unit}", n=n, k=len(times), times=told, unit=unit)

    def minimumSizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(200, 5 * self.fontMetrics().height())

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(400, 8 * self.fontMetrics().height())

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        inside = self._inside
        if inside is None:
            return
        theme = self._look.theme
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        small = p.font()
        small.setPixelSize(max(9, round(0.82 * self.fontMetrics().height() * 0.8)))
        p.setFont(small)
        line = p.fontMetrics().height()
        left = 8 + max([p.fontMetrics().horizontalAdvance(one) for one in (*self._names, tr("gradient"))])
        area = QtCore.QRectF(left, 2, self.width() - left - 6, self.height() - line - 4)
        rows = len(self._names)
        top = QtCore.QRectF(area.left(), area.top(), area.width(), min(0.42 * area.height(), rows * (line + 1)))
        foot = QtCore.QRectF(area.left(), area.bottom() - line - 2, area.width(), line + 2)
        middle = QtCore.QRectF(area.left(), top.bottom() + 4, area.width(), foot.top() - top.bottom() - 6)
        until = inside.until if self.now is None or self.backwards else self.now
        self._inputs(p, theme, top, inside, until)
        self._membrane(p, theme, middle, inside, until)
        self._gradient(p, theme, foot, inside, left)
        self._axis(p, theme, area, inside, line)
        if self.now is not None:
            x = area.left() + area.width() * self.now / inside.until
            p.setPen(QtGui.QPen(QtGui.QColor(theme.amber), 2))
            p.drawLine(QtCore.QPointF(x, area.top()), QtCore.QPointF(x, area.bottom()))
        p.end()

    def _inputs(self, p: QtGui.QPainter, theme: Theme, area: QtCore.QRectF, inside: Inside, until: float) -> None:
        step = area.height() / max(len(self._names), 1)
        for c, name in enumerate(self._names):
            y = area.top() + c * step
            p.setPen(QtGui.QColor(theme.secondary))
            if step >= 0.75 * p.fontMetrics().height():
                p.drawText(QtCore.QRectF(0, y, area.left() - 6, step),
                           _RIGHT, name)  # fmt: skip
            p.setPen(QtGui.QPen(QtGui.QColor(theme.line), 1))
            p.drawLine(QtCore.QPointF(area.left(), y + step / 2), QtCore.QPointF(area.right(), y + step / 2))
            p.setPen(QtGui.QPen(QtGui.QColor(strong(theme)), 3))
            for t in inside.inputs[inside.inputs[:, 1] == c, 0].tolist():
                if t <= until:
                    x = area.left() + area.width() * t / inside.until
                    p.drawLine(QtCore.QPointF(x, y + 0.15 * step), QtCore.QPointF(x, y + 0.85 * step))

    def _membrane(self, p: QtGui.QPainter, theme: Theme, area: QtCore.QRectF, inside: Inside, until: float) -> None:
        values = inside.hidden[:, self.neuron]
        low, high = min(float(values.min()), 0.0), max(float(values.max()), 1.0) + 0.15
        if inside.window.size:
            self._window(p, theme, area, inside)
        y = area.bottom() - area.height() * (1.0 - low) / (high - low)
        dashes = QtGui.QPen(QtGui.QColor(theme.secondary), 1)
        dashes.setDashPattern([4, 3])
        p.setPen(dashes)
        p.drawLine(QtCore.QPointF(area.left(), y), QtCore.QPointF(area.right(), y))
        p.setPen(QtGui.QColor(theme.secondary))
        p.drawText(QtCore.QRectF(0, y - 8, area.left() - 6, 16),
                   _RIGHT, "θ")  # fmt: skip
        p.setPen(QtGui.QPen(QtGui.QColor(theme.text), min(theme.trace_width, 2.5)))
        p.drawPolyline(polyline(area, inside, values, low, high, until))
        p.setPen(QtGui.QPen(QtGui.QColor(theme.amber), 3))
        for t in inside.spikes[inside.spikes[:, 1] == self.neuron, 0].tolist():
            if t <= until:
                x = area.left() + area.width() * t / inside.until
                p.drawLine(QtCore.QPointF(x, area.top()), QtCore.QPointF(x, y))

    def _window(self, p: QtGui.QPainter, theme: Theme, area: QtCore.QRectF, inside: Inside) -> None:
        """The surrogate's derivative as a shade behind the membrane: where it is dark, the neuron learns."""
        window = inside.window[:, self.neuron]
        top = max(float(inside.window.max()), 1e-9)
        n = len(window)
        for i, share in enumerate((window / top).tolist()):
            if share > 0.03:
                x = area.left() + area.width() * i / n
                p.fillRect(QtCore.QRectF(x, area.top(), area.width() / n + 0.6, area.height()),
                           mixed(strong(theme), theme.raised, 0.5 * share))  # fmt: skip

    def _gradient(self, p: QtGui.QPainter, theme: Theme, area: QtCore.QRectF, inside: Inside, left: float) -> None:
        """Arrows where the gradient arrives: up, where more of it would help; down, where less would."""
        p.setPen(QtGui.QColor(theme.secondary))
        p.drawText(QtCore.QRectF(0, area.top(), left - 6, area.height()),
                   _RIGHT, tr("gradient"))  # fmt: skip
        middle = area.center().y()
        p.setPen(QtGui.QPen(QtGui.QColor(theme.line), 1))
        p.drawLine(QtCore.QPointF(area.left(), middle), QtCore.QPointF(area.right(), middle))
        own = inside.back[inside.back[:, 1] == self.neuron]
        for t, _, value in own.tolist():
            if self.now is not None and (not self.backwards or t < self.now):
                continue
            x = area.left() + area.width() * t / inside.until
            p.setPen(QtGui.QPen(QtGui.QColor(excites(theme) if value < 0 else inhibits(theme)), 2))
            tall = math.copysign(math.sqrt(abs(value)), value)  # so that small ones are seen, too
            p.drawLine(QtCore.QPointF(x, middle), QtCore.QPointF(x, middle + tall * (area.height() / 2)))

    @staticmethod
    def _axis(p: QtGui.QPainter, theme: Theme, area: QtCore.QRectF, inside: Inside, line: int) -> None:
        p.setPen(QtGui.QColor(theme.secondary))
        under = QtCore.QRectF(area.left(), area.bottom() + 1, area.width(), line)
        p.drawText(under, QtCore.Qt.AlignmentFlag.AlignLeft, "0")
        end = f"{inside.until:.0f} " + ("τ" if inside.in_tau else "ms")
        p.drawText(under, QtCore.Qt.AlignmentFlag.AlignRight, end)
