"""How the parts of a network are drawn: wires, inputs, tiles, outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui

from luiapp.gui.theme import Theme
from luiapp.gui.training.colours import class_colour, excites, inhibits, mixed, rgb, sign_path, strong
from luiapp.gui.training.insight import Inside

HIGH = 1.35  # thresholds; the height of a tile's membrane
TILE_EDGE = 3  # pixels between a tile's edge and what is in it
JUST_NOW = 0.03  # of a sample's length, for which a spike lights up
_THICK = 0.6  # weights above this share are drawn thick, those of the selected neuron always
_DEEPEST = 110  # of 255, of the shade behind a membrane
_FAINT = 0.25  # weights below this share of the largest are not drawn


def wire(p: QtGui.QPainter, theme: Theme, a: QtCore.QPointF, b: QtCore.QPointF, weight: float, opacity: float) -> None:
    """A connection: as wide as its weight (−1…1); solid if it excites, dashed if it inhibits."""
    size = abs(weight)
    strong_ = opacity >= 1.0
    if size < (_FAINT if not strong_ else 0.05):
        return
    colour = QtGui.QColor(excites(theme) if weight > 0 else inhibits(theme))
    colour.setAlphaF(min(1.0, opacity * (0.35 + 0.65 * size)))
    width = 0.5 + 2.3 * size
    pen = QtGui.QPen(colour, width if strong_ or size > _THICK else 1.0)  # a width of 1 is drawn much faster
    if weight < 0:
        pen.setDashPattern([4.0, 3.0])
    p.setPen(pen)
    p.drawLine(a, b)


def node(p: QtGui.QPainter, theme: Theme, centre: QtCore.QPointF, r: float, name: str, *, lit: bool) -> None:
    """An input."""
    p.setPen(QtGui.QPen(QtGui.QColor(theme.amber if lit else strong(theme)), 2.0))
    p.setBrush(QtGui.QColor(theme.amber) if lit else QtGui.QColor(theme.panel))
    p.drawEllipse(centre, r, r)
    if r < 0.42 * p.fontMetrics().height():
        return
    p.setPen(QtGui.QColor("#1c1300") if lit else QtGui.QColor(theme.text))
    p.drawText(
        QtCore.QRectF(centre.x() - 3 * r, centre.y() - r, 6 * r, 2 * r), QtCore.Qt.AlignmentFlag.AlignCenter, name
    )


def pixel(p: QtGui.QPainter, theme: Theme, centre: QtCore.QPointF, r: float, ink: float, *, lit: bool) -> None:
    """An input that is a pixel, with so much ink (0…1)."""
    area = QtCore.QRectF(centre.x() - r, centre.y() - r, 2 * r, 2 * r)
    p.fillRect(area, QtGui.QColor(theme.amber) if lit else mixed(theme.text, theme.raised, ink))


def frame(p: QtGui.QPainter, theme: Theme, rect: QtCore.QRectF, *, selected: bool, lit: bool, focus: bool) -> None:
    """Ground and edge of a tile; the selected one has an amber edge, one that just fired is filled."""
    p.setBrush(mixed(theme.amber, theme.panel, 0.55) if lit else QtGui.QColor(theme.panel))
    edge = theme.focus if selected and focus else theme.amber if selected else theme.line
    p.setPen(QtGui.QPen(QtGui.QColor(edge), 3.0 if selected else 1.0))
    p.drawRoundedRect(rect, 4, 4)


def response(p: QtGui.QPainter, theme: Theme, rect: QtCore.QRectF, image: QtGui.QImage, *, disc: bool) -> None:
    """A neuron's map of responses, drawn as it is; of a disc, with its rim."""
    inner = rect.adjusted(TILE_EDGE, TILE_EDGE, -TILE_EDGE, -TILE_EDGE)
    p.drawImage(inner.topLeft(), image)
    if not disc:
        return
    p.setPen(QtGui.QPen(QtGui.QColor(theme.line), 1.0))
    p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    p.drawEllipse(inner)


def trace(
    p: QtGui.QPainter, theme: Theme, rect: QtCore.QRectF, inside: Inside, i: int, low: float, until: float
) -> None:
    """A hidden neuron's membrane from the height `low` on, up to the time `until`; its threshold and its spikes, and as
    a shade where the surrogate lets it learn.
    """
    inner = rect.adjusted(3, 3, -3, -3)
    if inside.window.size:
        p.drawImage(inner, _shade(inside.window[:, i] / max(float(inside.window.max()), 1e-9), strong(theme)))
    y = inner.bottom() - inner.height() * (1.0 - low) / (HIGH - low)
    dashes = QtGui.QPen(QtGui.QColor(theme.secondary), 0.8)
    dashes.setDashPattern([3, 3])
    p.setPen(dashes)
    p.drawLine(QtCore.QPointF(inner.left(), y), QtCore.QPointF(inner.right(), y))
    p.setPen(QtGui.QPen(QtGui.QColor(strong(theme)), 1.0))
    p.drawPolyline(polyline(inner, inside, inside.hidden[:, i], low, HIGH, until))
    p.setPen(QtGui.QPen(QtGui.QColor(theme.amber), 2.0))
    for t in inside.spikes[inside.spikes[:, 1] == i, 0].tolist():
        if t <= until:
            x = inner.left() + inner.width() * t / inside.until
            p.drawLine(QtCore.QPointF(x, inner.top()), QtCore.QPointF(x, y))


def _shade(shares: NDArray[Any], colour: str) -> QtGui.QImage:
    """A row of pixels in `colour`, the deeper the larger the share."""
    pixels = np.empty((len(shares), 4), np.uint8)
    pixels[:, :3] = rgb(colour)[::-1]
    pixels[:, 3] = np.rint(_DEEPEST * np.clip(shares, 0, 1))
    return QtGui.QImage(pixels.tobytes(), len(shares), 1, 4 * len(shares), QtGui.QImage.Format.Format_ARGB32).copy()


def raster(
    p: QtGui.QPainter, theme: Theme, rect: QtCore.QRectF, spikes: NDArray[Any], labels: NDArray[Any], until: float
) -> None:
    """A neuron's spikes in some samples, a row each, in the colours of their classes.

    Parameters
    ----------
    spikes : (n, 2) sample and time of the neuron's spikes
    labels : (n_samples,) classes, in order: the rows of a class lie together
    """
    inner = rect.adjusted(4, 4, -4, -4)
    step = inner.height() / max(len(labels), 1)
    for sample, t in spikes.tolist():
        x, y = inner.left() + inner.width() * t / until, inner.top() + (sample + 0.12) * step
        p.setPen(QtGui.QPen(QtGui.QColor(class_colour(theme, int(labels[int(sample)]))), 1.8))
        p.drawLine(QtCore.QPointF(x, y), QtCore.QPointF(x, y + 0.76 * step))
    p.setPen(QtGui.QPen(QtGui.QColor(theme.line), 1.0))
    for row in np.flatnonzero(np.diff(labels)) + 1:
        y = inner.top() + float(row) * step
        p.drawLine(QtCore.QPointF(inner.left(), y), QtCore.QPointF(inner.right(), y))


def output(
    p: QtGui.QPainter, theme: Theme, rect: QtCore.QRectF, inside: Inside, k: int, name: str, until: float
) -> None:
    """An output: its membrane, its class as sign and word, and how sure it is."""
    says = inside.answer == k
    colour = QtGui.QColor(class_colour(theme, k))
    p.setBrush(QtGui.QColor(theme.panel))
    p.setPen(QtGui.QPen(colour, 3.0 if says else 1.2))
    p.drawRoundedRect(rect, 6, 6)
    font, line = p.font(), p.fontMetrics().height()
    low_ = rect.height() < 2 * line + 8  # sign, word and figure stand in one line
    p.save()
    if low_ and rect.height() < line + 2:
        font.setPixelSize(max(8, round(0.66 * rect.height())))
        p.setFont(font)
        line = p.fontMetrics().height()
    foot = line + 4 if low_ else 2 * line + 8
    area = rect.adjusted(6, 6, -6, -foot)
    low, high = float(inside.readout.min()), float(inside.readout.max())
    if area.height() > 8:
        p.setPen(QtGui.QPen(colour, 2.0))
        p.drawPolyline(polyline(area, inside, inside.readout[:, k], low, max(high, low + 1e-9), until))
        p.setPen(QtGui.QPen(QtGui.QColor(theme.amber), 2.0))
        for t in inside.answers[inside.answers[:, 1] == k, 0].tolist():
            if t <= until:
                x = area.left() + area.width() * t / inside.until
                p.drawLine(QtCore.QPointF(x, area.top()), QtCore.QPointF(x, area.bottom()))
    font.setBold(says)
    p.setFont(font)
    r = 0.28 * line
    advance = p.fontMetrics().horizontalAdvance(name)
    x = rect.center().x() - (advance + 3 * r) / 2
    y = rect.bottom() - 2 * line - 4
    if low_:
        x, y = rect.left() + 6, min(rect.bottom() - line - 1, rect.center().y() - line / 2)
    p.setPen(QtCore.Qt.PenStyle.NoPen)
    p.setBrush(colour)
    p.drawPath(sign_path(k, QtCore.QPointF(x + r, y + line / 2), r))
    p.setPen(QtGui.QColor(theme.text))
    p.drawText(QtCore.QRectF(x + 3 * r, y, advance + 4, line), QtCore.Qt.AlignmentFlag.AlignVCenter, name)
    percent = f"{100 * float(inside.shares[k]):.0f} %"
    if low_:
        right = QtCore.Qt.AlignmentFlag.AlignRight | QtCore.Qt.AlignmentFlag.AlignVCenter
        p.drawText(QtCore.QRectF(rect.left(), y, rect.width() - 6, line), right, percent)
    else:
        below = QtCore.QRectF(rect.left(), y + line, rect.width(), line)
        p.drawText(below, QtCore.Qt.AlignmentFlag.AlignCenter, percent)
    p.restore()


def lowest(inside: Inside) -> float:
    """How deep tiles show membranes [thresholds]: all but the deepest."""
    return float(np.clip(np.percentile(inside.hidden, 2), -6.0, -0.4))


def polyline(
    area: QtCore.QRectF, inside: Inside, values: NDArray[Any], low: float, high: float, until: float
) -> list[QtCore.QPointF]:
    """The points of a trace between the heights `low` and `high`, up to the time `until`."""
    x = area.left() + area.width() * inside.times / inside.until
    y = area.bottom() - area.height() * (np.clip(values, low, high) - low) / (high - low)
    n = int(np.searchsorted(inside.times, until, side="right"))
    return [QtCore.QPointF(a, b) for a, b in zip(x[:n].tolist(), y[:n].tolist(), strict=True)]


def lit_now(times: NDArray[Any], who: int, inside: Inside, now: float | None) -> bool:
    """Whether `who` has just fired: `times` are (n, 2) time and who."""
    if now is None:
        return False
    own = times[times[:, 1] == who, 0]
    return bool(((own <= now) & (own > now - JUST_NOW * inside.until)).any())
