"""Jumper wires between boards: their way, their paint, and the light that runs along them with each spike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6 import QtCore, QtGui

from luiapp.gui.bench.art import INHIBIT, INK, line_pen
from luiapp.gui.theme import Theme
from luiapp.model.drawing import way


class Way:
    """A path by its length: where and in which direction it runs. Qt's own answers are too slow for many wires."""

    def __init__(self, path: QtGui.QPainterPath) -> None:
        corners = [polygon.value(i) for polygon in path.toSubpathPolygons()[:1] for i in range(polygon.size())]
        points = np.array([(p.x(), p.y()) for p in corners] or [(0.0, 0.0)])
        steps = np.hypot(*np.diff(points, axis=0).T)
        keep = np.concatenate([[True], steps > 0])
        self._points = points[keep]
        self._along = np.concatenate([[0.0], np.cumsum(steps[steps > 0])])

    @property
    def length(self) -> float:
        return float(self._along[-1])

    def at(self, share: float) -> QtCore.QPointF:
        """The point at `share` of the length, 0…1."""
        goal = share * self._along[-1]
        return QtCore.QPointF(float(np.interp(goal, self._along, self._points[:, 0])),
                              float(np.interp(goal, self._along, self._points[:, 1])))  # fmt: skip

    def angle(self, share: float) -> float:
        """Its direction there, in degrees clockwise on the screen from the right."""
        if len(self._points) < 2:
            return 0.0
        i = int(np.clip(np.searchsorted(self._along, share * self._along[-1], "left") - 1, 0, len(self._points) - 2))
        dx, dy = self._points[i + 1] - self._points[i]
        return math.degrees(math.atan2(dy, dx))


@dataclass(frozen=True)
class Cable:
    """One connection, drawn. The path is in the bench's own units."""

    pre: int
    post: int
    synapse: int
    path: QtGui.QPainterPath
    length: float
    excites: bool
    crosses: bool = False  # between a simulated board and one on the table

    @cached_property
    def way(self) -> Way:
        return Way(self.path)


def route(start: QtCore.QPointF, end: QtCore.QPointF, i_pin: int, i_pad: int) -> QtGui.QPainterPath:
    """The way of a wire from an output pin to a dendrite, see `model.drawing.way`."""
    path = QtGui.QPainterPath(start)
    for first, second, last in way((start.x(), start.y()), (end.x(), end.y()), i_pin, i_pad):
        path.cubicTo(*first, *second, *last)
    return path


def paint_cable(painter: QtGui.QPainter, cable: Cable, colour: str, theme: Theme) -> None:
    """The wire without its ends: insulation in the colour of where it comes from, striped where it inhibits."""
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    flat = QtCore.Qt.PenCapStyle.FlatCap
    shade = QtGui.QColor("#000000")
    shade.setAlphaF(0.45 if theme.dark else 0.16)
    painter.strokePath(cable.path.translated(0.8, 2.4), QtGui.QPen(shade, 4.4, c=flat))
    painter.strokePath(cable.path, QtGui.QPen(QtGui.QColor(colour).darker(190), 4.6, c=flat))
    painter.strokePath(cable.path, QtGui.QPen(QtGui.QColor(colour), 3.2, c=flat))
    if not cable.excites:
        stripe = QtGui.QPen(QtGui.QColor(colour).darker(260), 3.2, c=flat)
        stripe.setDashPattern([1.6, 2.4])
        painter.strokePath(cable.path, stripe)
    if cable.crosses:
        paint_crossing(painter, cable.path)
        return
    light = QtGui.QColor("#ffffff")
    light.setAlphaF(0.38)
    painter.strokePath(cable.path.translated(-0.4, -0.7), QtGui.QPen(light, 0.8, c=flat))


def paint_crossing(painter: QtGui.QPainter, path: QtGui.QPainterPath) -> None:
    """A wire from one world to the other: a row of beads along it, as no cable lies there."""
    beads = QtGui.QPen(QtGui.QColor("#ffffff"), 1.7, c=QtCore.Qt.PenCapStyle.RoundCap)
    beads.setDashPattern([0.1, 4.2])
    painter.strokePath(path, beads)


def paint_bridge(painter: QtGui.QPainter, cable: Cable, theme: Theme) -> None:
    """In the middle of such a wire, the adapter that it goes through: two arrows that pass each other."""
    at = cable.way.at(0.5)
    painter.save()
    painter.translate(at)
    painter.setPen(line_pen("#d9ae54", 1.4, "solid"))
    painter.setBrush(QtGui.QColor(theme.panel))
    painter.drawRoundedRect(QtCore.QRectF(-13, -10.5, 26, 21), 5, 5)
    painter.setPen(line_pen(theme.text, 1.9, "solid"))
    for _ in range(2):
        painter.drawLine(QtCore.QPointF(-7.5, -3.6), QtCore.QPointF(7.5, -3.6))
        painter.drawLine(QtCore.QPointF(3.8, -7.2), QtCore.QPointF(7.5, -3.6))
        painter.rotate(180)
    painter.restore()


def paint_plugs(painter: QtGui.QPainter, cable: Cable) -> None:
    """The two plugs, and the sign of what arrives beside the second."""
    for at, back in ((0.0, 0.0), (1.0, 180.0)):
        point = cable.way.at(at)
        painter.save()
        painter.translate(point)
        painter.rotate(cable.way.angle(at) + back)
        painter.setPen(QtGui.QPen(QtGui.QColor("#4a4454"), 0.7))
        painter.setBrush(QtGui.QColor("#16121b"))
        painter.drawRoundedRect(QtCore.QRectF(-3.2, -3.1, 12.5, 6.2), 1.3, 1.3)
        painter.setPen(QtGui.QPen(QtGui.QColor("#d9ae54"), 1.0))
        painter.drawLine(QtCore.QPointF(1.0, 0), QtCore.QPointF(5.2, 0))
        painter.restore()
    near = max(cable.length - 17.0, 0.55 * cable.length) / max(cable.length, 1e-9)
    paint_sign(painter, cable.way.at(near), cable.excites)


def paint_sign(painter: QtGui.QPainter, at: QtCore.QPointF, excites: bool) -> None:
    """A round mark with + or −."""
    painter.setPen(QtGui.QPen(QtGui.QColor(INK), 0.8))
    painter.setBrush(QtGui.QColor("#f4ecd8" if excites else INHIBIT))
    painter.drawEllipse(at, 5.0, 5.0)
    painter.setPen(line_pen(INK if excites else "#ffffff", 1.5, "solid"))
    painter.drawLine(at - QtCore.QPointF(2.6, 0), at + QtCore.QPointF(2.6, 0))
    if excites:
        painter.drawLine(at - QtCore.QPointF(0, 2.6), at + QtCore.QPointF(0, 2.6))
