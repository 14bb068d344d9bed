"""Wires leave an axon to the right, come to a dendrite from the left, and end where they are plugged."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6 import QtCore, QtGui

from luiapp.gui.bench import shape
from luiapp.gui.bench.art import ink_on
from luiapp.gui.bench.cables import Way, route
from luiapp.gui.theme import THEMES

_PLACE = st.floats(-900, 900)


@given(_PLACE, _PLACE, st.integers(0, 2), st.integers(0, 2))
def test_wires_end_at_their_plugs_and_look_like_cables(dx: float, dy: float, pin: int, pad: int) -> None:
    start, end = QtCore.QPointF(10, 20), QtCore.QPointF(10 + dx, 20 + dy)
    path = route(start, end, pin, pad)
    assert path.pointAtPercent(0) == start
    last = path.pointAtPercent(1)
    assert math.hypot(last.x() - end.x(), last.y() - end.y()) < 1e-6
    elements = [path.elementAt(i) for i in range(path.elementCount())]
    assert elements[1].x > start.x() and elements[-2].x < end.x()  # out to the right, in from the left
    assert path.length() < 4 * (abs(dx) + abs(dy)) + 800  # no detours
    box = path.boundingRect()
    assert math.isfinite(box.width()) and box.width() < abs(dx) + 420


@given(_PLACE, _PLACE, st.integers(0, 2), st.integers(0, 2), st.floats(0, 1))
def test_the_way_of_a_wire_is_that_of_its_path(dx: float, dy: float, pin: int, pad: int, share: float) -> None:
    path = route(QtCore.QPointF(10, 20), QtCore.QPointF(10 + dx, 20 + dy), pin, pad)
    way = Way(path)
    assert way.length == pytest.approx(path.length(), rel=0.01)
    here = way.at(share)
    true = path.pointAtPercent(path.percentAtLength(share * path.length()))
    assert math.hypot(here.x() - true.x(), here.y() - true.y()) < 0.01 * path.length() + 1
    for end in (0.0, 1.0):
        a, b = way.at(end), path.pointAtPercent(end)
        assert math.hypot(a.x() - b.x(), a.y() - b.y()) < 1e-6
        if way.length > 40:
            turn = (way.angle(end) + path.angleAtPercent(end) + 180) % 360 - 180
            assert abs(turn) < 15


def test_a_way_without_length_has_a_place() -> None:
    way = Way(QtGui.QPainterPath(QtCore.QPointF(3, 4)))
    assert way.length == 0.0 and way.angle(0.5) == 0.0


def test_parts_lie_on_the_board_and_apart() -> None:
    outline = shape.outline()
    spots = [(p, shape.R_PAD) for p in shape.PADS] + [(p, shape.R_PIN) for p in shape.PINS]
    spots += [(p, shape.R_TRIMMER) for p in shape.TRIMMERS.values()] + [(p, shape.R_LED) for p in shape.LEDS]
    spots += [(shape.SPIKE_LED, shape.R_SPIKE_LED)]
    for k, ((x, y), r) in enumerate(spots):
        for angle in range(0, 360, 15):
            a = math.radians(angle)
            assert outline.contains(QtCore.QPointF(x + r * math.cos(a), y + r * math.sin(a)))
        for (a, b), other in spots[:k]:
            assert math.hypot(x - a, y - b) > r + other
    assert outline.contains(shape.NAME_PLATE)
    assert shape.BOUNDS.contains(outline.boundingRect())


def test_trimmers_point_from_lower_left_over_the_top_to_lower_right() -> None:
    tips = [shape.toward((0, 0), shape.knob_angle(percent), 1.0) for percent in (0, 50, 100)]
    assert tips[0].x() < 0 < tips[0].y()
    assert (tips[1].x(), tips[1].y()) == pytest.approx((0, -1))
    assert tips[2].x() > 0 and tips[2].y() == pytest.approx(tips[0].y())


def test_names_on_stickers_can_be_read() -> None:
    def luminance(name: str) -> float:
        channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                    for c in QtGui.QColor(name).getRgbF()[:3]]  # fmt: skip
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]

    for theme in THEMES.values():
        for colour in theme.neurons:
            pair = sorted((luminance(colour), luminance(ink_on(colour))))
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (theme.name, colour)
