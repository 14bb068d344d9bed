"""The board's shape as Qt paints it; the numbers are `model.drawing`'s."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

from PySide6 import QtCore, QtGui

from luiapp.model.drawing import (
    LEDS,
    PADS,
    PINS,
    PLATE,
    R_LED,
    R_PAD,
    R_PIN,
    R_SPIKE_LED,
    R_TRIMMER,
    SIZE,
    SPIKE_LED,
    SWITCH_SIZE,
    SWITCHES,
    TRIMMERS,
    TURN,
    Point,
    contour,
)

__all__ = [
    "LEDS", "PADS", "PINS", "R_LED", "R_PAD", "R_PIN", "R_SPIKE_LED", "R_TRIMMER", "SIZE", "SPIKE_LED",
    "SWITCHES", "SWITCH_SIZE", "TRIMMERS", "TURN", "Point",
]  # fmt: skip

NAME_PLATE = QtCore.QRectF(*PLATE)
BOUNDS = QtCore.QRectF(-146, -86, 300, 176)  # everything that a board paints, its shadow and glow too


def _smooth(points: Sequence[Point]) -> QtGui.QPainterPath:
    """A closed Catmull-Rom curve through `points`."""
    n = len(points)
    path = QtGui.QPainterPath(QtCore.QPointF(*points[0]))
    for i in range(n):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (points[(i + k) % n] for k in (-1, 0, 1, 2))
        path.cubicTo(x1 + (x2 - x0) / 6, y1 + (y2 - y0) / 6, x2 - (x3 - x1) / 6, y2 - (y3 - y1) / 6, x2, y2)
    path.closeSubpath()
    return path


@cache
def outline() -> QtGui.QPainterPath:
    """The edge of the board."""
    return _smooth(contour())


@cache
def inset(by: float) -> QtGui.QPainterPath:
    """A line `by` inside the edge."""
    points, n = contour(), len(contour())
    moved = []
    for i, (x, y) in enumerate(points):
        dx, dy = points[(i + 1) % n][0] - points[i - 1][0], points[(i + 1) % n][1] - points[i - 1][1]
        length = math.hypot(dx, dy)
        moved.append((x + dy / length * by, y - dx / length * by))
    return _smooth(moved)


def knob_angle(percent: float) -> float:
    """Where a trimmer's pointer stands, in degrees clockwise from straight up."""
    return (percent / 100 - 0.5) * TURN


def toward(centre: Point, degrees: float, radius: float) -> QtCore.QPointF:
    """The point `radius` from `centre` in the direction `degrees` clockwise from straight up."""
    a = math.radians(degrees)
    return QtCore.QPointF(centre[0] + radius * math.sin(a), centre[1] - radius * math.cos(a))
