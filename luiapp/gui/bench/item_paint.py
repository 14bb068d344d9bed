"""How sensors and displays are painted: a little box with a round face, a jack, a name; what glows comes after."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui

from luiapp.gui.bench import art
from luiapp.gui.bench.cables import paint_sign
from luiapp.gui.bench.stimulus_state import curve
from luiapp.gui.bench.thing import R_FACE, R_JACK, Lead, Thing
from luiapp.gui.theme import Theme
from luiapp.model.items import light_level
from luiapp.model.stimulus import Stimulus

if TYPE_CHECKING:
    from luiapp.gui.bench.item_play import Play
    from luiapp.gui.bench.painter import View
    from luiapp.gui.bench.scene import Scene

_P = QtCore.QPointF
GOLD = "#d9ae54"


def paint_lead(painter: QtGui.QPainter, lead: Lead, colour: str, theme: Theme) -> None:
    """A wire of an item: thinner than between boards, with its plug at the end."""
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    painter.strokePath(lead.path, QtGui.QPen(QtGui.QColor(colour).darker(190), 4.0))
    pen = QtGui.QPen(QtGui.QColor(colour), 2.6)
    painter.strokePath(lead.path, pen)
    if not lead.excites:
        stripe = QtGui.QPen(QtGui.QColor(colour).darker(260), 2.6)
        stripe.setDashPattern([1.6, 2.4])
        painter.strokePath(lead.path, stripe)


def paint_lead_end(painter: QtGui.QPainter, lead: Lead) -> None:
    """The sign of what arrives at a dendrite; a plug where a current goes into the membrane."""
    if lead.membrane:
        painter.setPen(QtGui.QPen(QtGui.QColor("#8d6a26"), 1.0))
        painter.setBrush(QtGui.QColor(GOLD))
        painter.drawEllipse(lead.way.at(1.0), 4.5, 4.5)
    if lead.lost:  # crossed out
        at = lead.way.at(0.6)
        painter.setPen(art.line_pen("#ffffff", 1.2, "solid"))
        painter.setBrush(QtGui.QColor(art.INHIBIT))
        painter.drawEllipse(at, 8.5, 8.5)
        painter.setPen(art.line_pen("#ffffff", 2.2, "solid"))
        for side in (1, -1):
            painter.drawLine(at - QtCore.QPointF(4, 4 * side), at + QtCore.QPointF(4, 4 * side))
    if lead.synapse >= 0:
        length = lead.way.length
        near = max(length - 17.0, 0.55 * length) / max(length, 1e-9)
        paint_sign(painter, lead.way.at(near), lead.excites)


def paint_thing(painter: QtGui.QPainter, thing: Thing, theme: Theme, *, selected: bool, active: bool) -> None:
    """The box without what changes from moment to moment."""
    area = thing.area
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    shade = QtGui.QColor("#000000")
    shade.setAlphaF(0.35 if theme.dark else 0.16)
    painter.setBrush(shade)
    painter.drawRoundedRect(area.translated(0.5, 2.5), 10, 10)
    painter.setBrush(QtGui.QColor(theme.raised))
    edge = QtGui.QPen(QtGui.QColor(theme.text if selected else theme.line), 2.4 if selected else 1.4)
    painter.setPen(edge)
    painter.drawRoundedRect(area, 10, 10)
    if selected and active:
        halo = QtGui.QColor(theme.text)
        halo.setAlphaF(0.2)
        painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        painter.setPen(QtGui.QPen(halo, 5))
        painter.drawRoundedRect(area.adjusted(-4, -4, 4, 4), 13, 13)
    painter.setPen(QtGui.QPen(QtGui.QColor("#8d6a26"), 1.2))
    painter.setBrush(QtGui.QColor(GOLD))
    painter.drawEllipse(thing.jack, R_JACK, R_JACK)
    painter.setBrush(QtGui.QColor("#120c16"))
    painter.drawEllipse(thing.jack, 3.2, 3.2)
    _paint_face(painter, thing, theme)
    _paint_name(painter, thing, theme)


def _paint_name(painter: QtGui.QPainter, thing: Thing, theme: Theme) -> None:
    away = 1 if thing.item.sends else -1
    box = QtCore.QRectF(thing.face.x() + R_FACE + 3, thing.area.top(), 0, thing.area.height())
    box.setRight(thing.area.right() - R_JACK - 2)
    if away < 0:
        box = QtCore.QRectF(thing.area.left() + R_JACK + 2, thing.area.top(), 0, thing.area.height())
        box.setRight(thing.face.x() - R_FACE - 3)
    painter.setPen(QtGui.QColor(theme.text))
    font = art.silk_font(19, bold=True)
    for size in (19, 17, 15, 13, 11, 9):
        font.setPixelSize(size)
        if QtGui.QFontMetricsF(font).horizontalAdvance(thing.item.name) <= box.width():
            break
    painter.setFont(font)
    shown = QtGui.QFontMetricsF(font).elidedText(thing.item.name, QtCore.Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, QtCore.Qt.AlignmentFlag.AlignCenter, shown)


def _paint_face(painter: QtGui.QPainter, thing: Thing, theme: Theme) -> None:
    painter.save()
    painter.translate(thing.face)
    painter.setPen(QtGui.QPen(QtGui.QColor(theme.line), 1.4))
    painter.setBrush(QtGui.QColor(theme.ground))
    painter.drawEllipse(_P(0, 0), R_FACE, R_FACE)
    pen = QtGui.QPen(QtGui.QColor(theme.text), 2.0)
    pen.setCapStyle(QtCore.Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(QtCore.Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    if thing.item.kind == "light":
        _light(painter, theme, light_level(thing.item.stimulus))
    elif thing.item.kind == "generator":
        painter.drawPolyline(preview(thing.item.stimulus))
    else:
        _FACES[thing.item.kind](painter, theme)
    painter.restore()


def preview(stimulus: Stimulus | None, width: float = 26.0, height: float = 16.0) -> QtGui.QPolygonF:
    """What a stimulus does, as a line of a few points about the origin."""
    t, y = curve(stimulus, 60)
    low, high = (float(y.min()), float(y.max())) if len(y) else (0.0, 1.0)
    span = high - low or 1.0
    return QtGui.QPolygonF([_P((a - 0.5) * width, (0.5 - (b - low) / span) * height)
                            for a, b in zip(t.tolist(), y.tolist(), strict=True)])  # fmt: skip


def _button(painter: QtGui.QPainter, theme: Theme) -> None:
    painter.setBrush(QtGui.QColor("#c2452d"))
    painter.setPen(QtGui.QPen(QtGui.QColor("#6d2012"), 1.2))
    painter.drawEllipse(_P(0, 0), 13, 13)
    shine = QtGui.QColor("#ffffff")
    shine.setAlphaF(0.45)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(shine)
    painter.drawEllipse(_P(-4, -5), 4.5, 3)


def _metronome(painter: QtGui.QPainter, theme: Theme) -> None:
    painter.drawPolygon(QtGui.QPolygonF([_P(-8, 10), _P(-3, -11), _P(3, -11), _P(8, 10)]))
    painter.drawLine(_P(0, 6), _P(7, -9))


def _poisson(painter: QtGui.QPainter, theme: Theme) -> None:
    for x, up in ((-11, 1), (-8, 1), (-2, 1), (3, 1), (5, 1), (11, 1)):
        painter.drawLine(_P(x, 8), _P(x, 8 - 14 * up))


def _light(painter: QtGui.QPainter, theme: Theme, level: float) -> None:
    painter.drawEllipse(_P(0, 0), 6, 6)
    for k in range(8):
        a = k * math.pi / 4
        painter.drawLine(_P(9 * math.cos(a), 9 * math.sin(a)), _P(13 * math.cos(a), 13 * math.sin(a)))
    painter.setPen(QtGui.QPen(QtGui.QColor(theme.amber), 4.0))
    painter.drawArc(QtCore.QRectF(-17, -17, 34, 34), 225 * 16, round(-270 * 16 * level))


def _microphone(painter: QtGui.QPainter, theme: Theme) -> None:
    painter.drawRoundedRect(QtCore.QRectF(-4.5, -12, 9, 15), 4.5, 4.5)
    painter.drawArc(QtCore.QRectF(-8.5, -8, 17, 15), 180 * 16, 180 * 16)
    painter.drawLine(_P(0, 7), _P(0, 11))


def _lamp(painter: QtGui.QPainter, theme: Theme) -> None:
    painter.drawEllipse(_P(0, -3), 9, 9)
    painter.drawLine(_P(-3.5, 9), _P(3.5, 9))
    painter.drawLine(_P(-2.5, 12), _P(2.5, 12))


def _loudspeaker(painter: QtGui.QPainter, theme: Theme) -> None:
    painter.drawPolygon(QtGui.QPolygonF([_P(-11, -4), _P(-6, -4), _P(0, -10), _P(0, 10), _P(-6, 4), _P(-11, 4)]))
    painter.drawArc(QtCore.QRectF(-4, -7, 12, 14), -50 * 16, 100 * 16)
    painter.drawArc(QtCore.QRectF(-4, -12, 18, 24), -50 * 16, 100 * 16)


def _counter(painter: QtGui.QPainter, theme: Theme) -> None:
    """Its number is painted over it, as it changes."""


_FACES: dict[str, Callable[[QtGui.QPainter, Theme], None]] = {
    "button": _button, "metronome": _metronome, "poisson": _poisson, "microphone": _microphone, "lamp": _lamp,
    "loudspeaker": _loudspeaker, "counter": _counter,
}  # fmt: skip


def paint_glow(painter: QtGui.QPainter, thing: Thing, theme: Theme, glow: float, text: str) -> None:
    """What changes: a halo while it acts (0…1), a number, a ring while it listens."""
    if glow > 0.02:
        strong = thing.item.kind == "lamp"
        r = R_FACE * (2.1 if strong else 1.35)
        light = QtGui.QRadialGradient(thing.face, r)
        core, halo = QtGui.QColor("#fff3c4"), QtGui.QColor("#ffb938")
        core.setAlphaF(min(1.0, glow))
        halo.setAlphaF(0.75 * min(1.0, glow))
        light.setColorAt(0.0, core)
        light.setColorAt(0.45 if strong else 0.7, halo)
        halo.setAlphaF(0.0)
        light.setColorAt(1.0, halo)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(light)
        painter.drawEllipse(thing.face, r, r)
    if text:
        font = art.silk_font(20 if len(text) < 3 else 15 if len(text) < 4 else 11, bold=True)
        painter.setFont(font)
        painter.setPen(QtGui.QColor(theme.text if glow < 0.5 else art.INK))
        box = QtCore.QRectF(thing.face.x() - R_FACE, thing.face.y() - R_FACE, 2 * R_FACE, 2 * R_FACE)
        painter.drawText(box, QtCore.Qt.AlignmentFlag.AlignCenter, text)


def lead_colour(scene: Scene, lead: Lead, theme: Theme) -> str:
    """Of an item's wire: grey from a sensor, the neuron's own to what hears it."""
    return theme.secondary if scene.things[lead.i_thing].item.sends else theme.neuron_colour(lead.i_neuron)


def paint_items(painter: QtGui.QPainter, scene: Scene, view: View, play: Play, theme: Theme) -> None:
    """What glows on items, and the pulses on their wires."""
    painter.save()
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.translate(view.offset)
    painter.scale(view.scale, view.scale)
    for thing in scene.things:
        glow = play.glow.get(thing.item.name, 0.0)
        if thing.item.kind == "microphone" and play.listening(thing.item.name):
            glow = max(glow, 0.3)
        paint_glow(painter, thing, theme, glow, play.text(thing.item))
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    for i_lead, start in play.dots:
        point = play.dot_at(i_lead, start)
        if point is not None:
            painter.setBrush(QtGui.QColor(lead_colour(scene, scene.leads[i_lead], theme)))
            painter.drawEllipse(point, 6.5, 6.5)
            painter.setBrush(QtGui.QColor("#fff6d8"))
            painter.drawEllipse(point, 4.0, 4.0)
    painter.restore()
