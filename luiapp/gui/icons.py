"""The window's own icons, drawn on a grid of 24 units so that they are sharp at every size and in every theme."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6 import QtCore, QtGui

Draw = Callable[[QtGui.QPainter], None]
_P = QtCore.QPointF
_R = QtCore.QRectF


def icon(name: str, colour: str, size: int = 24, *, active: str | None = None) -> QtGui.QIcon:
    """The icon called `name` (a key of `ICONS`) in `colour`; in `active` where its control is checked."""
    made = QtGui.QIcon()
    normal, disabled = QtGui.QIcon.Mode.Normal, QtGui.QIcon.Mode.Disabled
    for tint, state in ((colour, QtGui.QIcon.State.Off), (active or colour, QtGui.QIcon.State.On)):
        for ratio in (1, 2):
            whole = picture(name, tint, size * ratio)
            for pixmap, mode in ((whole, normal), (_faint(whole), disabled)):  # Qt's own disabled ones are as bright
                pixmap.setDevicePixelRatio(ratio)
                made.addPixmap(pixmap, mode, state)
    return made


def _faint(whole: QtGui.QPixmap) -> QtGui.QPixmap:
    pixmap = QtGui.QPixmap(whole.size())
    pixmap.fill(QtCore.Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(pixmap)
    painter.setOpacity(0.35)
    painter.drawPixmap(0, 0, whole)
    painter.end()
    return pixmap


def picture(name: str, colour: str, size: int) -> QtGui.QPixmap:
    """The icon as a pixmap of `size` device pixels."""
    pixmap = QtGui.QPixmap(size, size)
    pixmap.fill(QtCore.Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(pixmap)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.scale(size / 24, size / 24)
    pen = QtGui.QPen(QtGui.QColor(colour), 1.7)
    pen.setCapStyle(QtCore.Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(QtCore.Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    ICONS[name](painter)
    painter.end()
    return pixmap


def _lines(painter: QtGui.QPainter, *points: tuple[float, float], closed: bool = False) -> None:
    path = QtGui.QPainterPath(_P(*points[0]))
    for point in points[1:]:
        path.lineTo(_P(*point))
    if closed:
        path.closeSubpath()
    painter.drawPath(path)


def _fill(painter: QtGui.QPainter) -> None:
    painter.setBrush(painter.pen().color())


def _bench(painter: QtGui.QPainter) -> None:  # a neuron: dendrites, body, axon
    painter.drawEllipse(_R(7, 7.5, 9, 9))
    for y, y_end in ((8.6, 4.5), (15.4, 19.5)):
        _lines(painter, (8.4, y), (3, y_end))
    _lines(painter, (16, 12), (22, 12))
    _lines(painter, (2, 12), (7, 12))


def _boards(painter: QtGui.QPainter) -> None:  # a plug on its cable
    painter.drawRoundedRect(_R(7, 8, 10, 7), 2, 2)
    _lines(painter, (9.5, 8), (9.5, 3.5))
    _lines(painter, (14.5, 8), (14.5, 3.5))
    path = QtGui.QPainterPath(_P(12, 15))
    path.cubicTo(_P(12, 20), _P(18, 18), _P(18, 21.5))
    painter.drawPath(path)


def _recordings(painter: QtGui.QPainter) -> None:  # a strip chart
    painter.drawRoundedRect(_R(2.5, 4.5, 19, 15), 2, 2)
    _lines(painter, (5, 15), (8, 12.5), (10.5, 8), (11, 15.5), (14, 12.5), (16.5, 8), (17, 15.5), (19, 14))


def _pause(painter: QtGui.QPainter) -> None:
    _fill(painter)
    for x in (6.5, 14.0):
        painter.drawRoundedRect(_R(x, 5, 3.5, 14), 0.5, 0.5)


def _play(painter: QtGui.QPainter) -> None:
    _fill(painter)
    _lines(painter, (7.5, 5), (18.5, 12), (7.5, 19), closed=True)


def _step(painter: QtGui.QPainter) -> None:
    _fill(painter)
    _lines(painter, (5.5, 5.5), (14.5, 12), (5.5, 18.5), closed=True)
    painter.drawRoundedRect(_R(16.5, 5.5, 2.5, 13), 0.5, 0.5)


def _record(painter: QtGui.QPainter) -> None:
    _fill(painter)
    painter.drawEllipse(_R(6, 6, 12, 12))


def _stop(painter: QtGui.QPainter) -> None:
    _fill(painter)
    painter.drawRoundedRect(_R(6.5, 6.5, 11, 11), 1, 1)


def _speaker(painter: QtGui.QPainter) -> None:
    _lines(painter, (3.5, 9.5), (7, 9.5), (11.5, 5.5), (11.5, 18.5), (7, 14.5), (3.5, 14.5), closed=True)


def _sound(painter: QtGui.QPainter) -> None:
    _speaker(painter)
    for r in (3.5, 7.0):
        painter.drawArc(_R(12.5 - r, 12 - r, 2 * r, 2 * r), -45 * 16, 90 * 16)


def _mute(painter: QtGui.QPainter) -> None:
    _speaker(painter)
    _lines(painter, (15.5, 9.5), (20.5, 14.5))
    _lines(painter, (20.5, 9.5), (15.5, 14.5))


def _theme(painter: QtGui.QPainter) -> None:  # half light, half dark
    painter.drawEllipse(_R(4.5, 4.5, 15, 15))
    _fill(painter)
    painter.drawChord(_R(4.5, 4.5, 15, 15), 90 * 16, 180 * 16)


def _menu(painter: QtGui.QPainter) -> None:
    for y in (7, 12, 17):
        _lines(painter, (4.5, y), (19.5, y))


def _undo(painter: QtGui.QPainter) -> None:
    path = QtGui.QPainterPath(_P(5, 9.5))
    path.lineTo(_P(13.5, 9.5))
    path.cubicTo(_P(21, 9.5), _P(21, 18.5), _P(13.5, 18.5))
    path.lineTo(_P(9, 18.5))
    painter.drawPath(path)
    _lines(painter, (9, 5.5), (5, 9.5), (9, 13.5))


def _redo(painter: QtGui.QPainter) -> None:
    painter.translate(24, 0)
    painter.scale(-1, 1)
    _undo(painter)


def _close(painter: QtGui.QPainter) -> None:
    _lines(painter, (6.5, 6.5), (17.5, 17.5))
    _lines(painter, (17.5, 6.5), (6.5, 17.5))


def _help(painter: QtGui.QPainter) -> None:
    path = QtGui.QPainterPath(_P(8.5, 9))
    path.cubicTo(_P(8.5, 3.8), _P(15.8, 4.2), _P(15.5, 8.8))
    path.cubicTo(_P(15.4, 11.6), _P(12, 11.8), _P(12, 14.8))
    painter.drawPath(path)
    _fill(painter)
    painter.drawEllipse(_P(12, 18.6), 0.5, 0.5)


def _folder(painter: QtGui.QPainter) -> None:
    _lines(painter, (3, 18.5), (3, 5.5), (9, 5.5), (11, 8), (21, 8), (21, 18.5), closed=True)


def _trash(painter: QtGui.QPainter) -> None:
    _lines(painter, (4, 7), (20, 7))
    _lines(painter, (9.5, 7), (9.5, 4), (14.5, 4), (14.5, 7))
    _lines(painter, (6, 7), (7, 20.5), (17, 20.5), (18, 7))


def _export(painter: QtGui.QPainter) -> None:
    _lines(painter, (12, 15), (12, 3.5))
    _lines(painter, (8, 7.5), (12, 3.5), (16, 7.5))
    _lines(painter, (4, 14), (4, 20), (20, 20), (20, 14))


def _pencil(painter: QtGui.QPainter) -> None:
    _lines(painter, (4, 20), (5, 15.5), (16, 4.5), (19.5, 8), (8.5, 19), closed=True)


def _live(painter: QtGui.QPainter) -> None:  # back to now
    painter.drawEllipse(_R(9.5, 9.5, 5, 5))
    for r in (6.0, 9.5):
        for start in (-40, 140):
            painter.drawArc(_R(12 - r, 12 - r, 2 * r, 2 * r), start * 16, 80 * 16)


def _lock(painter: QtGui.QPainter) -> None:
    painter.drawRoundedRect(_R(5, 10.5, 14, 10), 2, 2)
    painter.drawArc(_R(8, 3.5, 8, 10), 0, 180 * 16)
    _lines(painter, (8, 8.5), (8, 10.5))
    _lines(painter, (16, 8.5), (16, 10.5))
    _lines(painter, (12, 14.5), (12, 17))


def _again(painter: QtGui.QPainter) -> None:  # back to the beginning
    painter.drawArc(_R(5, 5, 14, 14), 60 * 16, 290 * 16)
    _lines(painter, (10.5, 2.8), (15.6, 6.0), (11.2, 9.6))


def _compare(painter: QtGui.QPainter) -> None:  # one beside the other
    painter.drawEllipse(_R(2.5, 6, 11, 11))
    painter.drawEllipse(_R(10.5, 8, 11, 11))


def _course(painter: QtGui.QPainter) -> None:
    _lines(painter, (12, 6.5), (3, 5), (3, 18), (12, 19.5), (21, 18), (21, 5), (12, 6.5), (12, 19.5))


def _chip(painter: QtGui.QPainter) -> None:
    painter.drawRect(_R(6, 6, 12, 12))
    for u in (9, 12, 15):
        for a, b in ((2.5, 6), (18, 21.5)):
            _lines(painter, (u, a), (u, b))
            _lines(painter, (a, u), (b, u))


def _learn(painter: QtGui.QPainter) -> None:
    painter.drawEllipse(_R(3.5, 3.5, 17, 17))
    path = QtGui.QPainterPath(_P(12, 3.5))
    path.cubicTo(_P(19, 8), _P(5, 16), _P(12, 20.5))
    painter.drawPath(path)
    for y in (8.2, 15.8):
        painter.drawEllipse(_P(12 + math.copysign(0.3, y - 12), y), 0.9, 0.9)


def _measure(painter: QtGui.QPainter) -> None:  # points along a curve, between axes
    _lines(painter, (3.5, 3), (3.5, 20.5), (21.5, 20.5))
    path = QtGui.QPainterPath(_P(6.5, 17.5))
    path.cubicTo(_P(11, 17), _P(9.5, 6.5), _P(20, 5.5))
    painter.drawPath(path)
    _fill(painter)
    for x, y in ((8.2, 16.3), (11, 11), (15.2, 7)):
        painter.drawEllipse(_P(x, y), 1.3, 1.3)


ICONS: dict[str, Draw] = {
    "bench": _bench, "boards": _boards, "recordings": _recordings, "pause": _pause, "play": _play, "step": _step,
    "record": _record, "stop": _stop, "sound": _sound, "mute": _mute, "theme": _theme, "menu": _menu, "undo": _undo,
    "redo": _redo, "close": _close, "help": _help, "folder": _folder, "trash": _trash, "export": _export,
    "rename": _pencil, "live": _live, "course": _course, "chip": _chip, "learn": _learn,
    "again": _again, "compare": _compare, "measure": _measure, "lock": _lock,
}  # fmt: skip
