"""The board's shape: our own silhouette of a neuron, and where its parts sit. Board units, origin in the soma.

Three dendrites reach to the left, each with its pad, sign switch and weight trimmer. The soma carries the three
trimmers of the membrane and the row of LEDs that fills towards the axon; the axon runs to the right and ends in three
boutons, each with an output pin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

from PySide6 import QtCore, QtGui

Point = tuple[float, float]

PADS: tuple[Point, ...] = ((-99.0, -63.0), (-124.0, 0.0), (-99.0, 63.0))
PINS: tuple[Point, ...] = ((126.0, -27.0), (135.0, 0.0), (126.0, 27.0))
SWITCHES: tuple[Point, ...] = ((-75.5, -46.5), (-94.0, 0.0), (-75.5, 46.5))
TRIMMERS: dict[str, Point] = {
    "leak": (-20.5, -25.0),
    "tau_mem": (8.0, -30.0),
    "tau_syn": (36.5, -25.0),
    "w1": (-51.5, -33.5),
    "w2": (-67.0, 0.0),
    "w3": (-51.5, 33.5),
}
LEDS: tuple[Point, ...] = tuple((-31.0 + 15.5 * i, 2.0) for i in range(6))
SPIKE_LED: Point = (80.0, 2.0)
NAME_PLATE = QtCore.QRectF(-26.0, 17.0, 68.0, 20.0)
R_TRIMMER = 8.6
R_PAD = 6.2
R_PIN = 4.0
R_LED = 4.3
R_SPIKE_LED = 5.6
SWITCH_SIZE: Point = (17.0, 10.0)
SIZE = 0.82  # of a board unit on the bench, where boards stand some 260 apart
TURN = 270.0  # degrees between the ends of a trimmer
BOUNDS = QtCore.QRectF(-146, -86, 300, 176)  # everything that a board paints, its shadow and glow too


# The upper half of the edge from the tip of the axon to the tip of the middle dendrite: the zero line of a smooth union
# of an ellipse and six tapered limbs, sampled at equal distances. The lower half is its mirror image.
_HALF = """
    143.9,0.0 142.2,-5.2 138.3,-8.3 133.4,-9.4 129.4,-11.8 130.5,-16.6 132.9,-21.0 134.8,-25.6 134.2,-30.5
    131.0,-34.4 126.3,-35.9 121.5,-34.7 118.1,-31.1 116.6,-26.3 115.2,-21.4 113.4,-16.8 109.4,-14.0 104.5,-12.9
    99.6,-11.9 94.7,-10.7 89.7,-11.0 85.0,-12.7 80.7,-15.3 76.7,-18.3 73.1,-21.8 69.5,-25.3 65.8,-28.7 61.8,-31.7
    57.6,-34.5 53.2,-37.0 48.9,-39.5 44.4,-41.6 39.7,-43.6 35.0,-45.4 30.3,-46.9 25.4,-48.2 20.5,-49.1 15.5,-49.7
    10.5,-50.0 5.5,-49.9 0.5,-49.7 -4.5,-49.2 -9.5,-48.6 -14.5,-48.0 -19.5,-47.3 -24.5,-46.7 -29.5,-46.4 -34.5,-46.6
    -39.4,-47.4 -44.3,-48.6 -49.0,-50.4 -53.7,-52.2 -58.5,-53.7 -63.2,-55.3 -68.0,-57.0 -72.6,-58.9 -77.1,-61.1
    -81.5,-63.6 -85.3,-66.8 -88.8,-70.4 -92.6,-73.7 -97.3,-75.3 -102.3,-75.0 -106.7,-72.7 -109.9,-68.9 -111.4,-64.1
    -110.8,-59.2 -108.4,-54.8 -105.2,-51.0 -101.7,-47.4 -98.0,-44.0 -94.2,-40.7 -90.3,-37.5 -86.3,-34.5 -82.4,-31.3
    -78.9,-27.7 -76.5,-23.4 -78.4,-19.1 -82.9,-16.9 -87.8,-15.6 -92.7,-14.9 -97.7,-14.3 -102.7,-13.8 -107.7,-13.1
    -112.7,-12.5 -117.7,-12.4 -122.7,-12.5 -127.7,-11.9 -132.0,-9.5 -135.1,-5.6 -136.5,0.0
"""


@cache
def _contour() -> tuple[Point, ...]:
    upper = [tuple(float(v) for v in pair.split(",")) for pair in _HALF.split()]
    return tuple((x, y) for x, y in upper) + tuple((x, -y) for x, y in upper[-2:0:-1])


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
    return _smooth(_contour())


@cache
def inset(by: float) -> QtGui.QPainterPath:
    """A line `by` inside the edge."""
    points, n = _contour(), len(_contour())
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
