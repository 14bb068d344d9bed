"""What stands still around the moving picture, and what lies on top of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6 import QtCore, QtGui

from luiapp.data.chunk import Event, Layout
from luiapp.gui.scope import axes
from luiapp.gui.scope.ink import blend
from luiapp.gui.scope.scene import Frame, Scene
from luiapp.gui.scope.view import View
from luiapp.gui.theme import Theme
from luiapp.texts import mark, tr

_ALIGN = QtCore.Qt.AlignmentFlag


@dataclass
class Pen:
    """A painter with the theme and the fonts of the scope."""

    p: QtGui.QPainter
    theme: Theme
    font: QtGui.QFont
    metrics: QtGui.QFontMetrics

    def text(self, x: float, y: float, text: str, colour: str, align: QtCore.Qt.AlignmentFlag) -> QtCore.QRectF:
        """Text with its left, middle or right end at x, centred on y. Returns where it stands."""
        width = self.metrics.horizontalAdvance(text)
        shift = 0 if align == _ALIGN.AlignLeft else width / 2 if align == _ALIGN.AlignHCenter else width
        rect = QtCore.QRectF(x - shift, y - self.metrics.height() / 2, width + 1, self.metrics.height())
        self.p.setPen(QtGui.QColor(colour))
        self.p.drawText(rect, int(_ALIGN.AlignLeft | _ALIGN.AlignVCenter), text)
        return rect

    def label(self, rect: QtCore.QRectF, text: str, colour: str, ground: str) -> None:
        """Text in a box that keeps it legible over traces."""
        self.p.setPen(QtCore.Qt.PenStyle.NoPen)
        self.p.setBrush(QtGui.QColor(ground))
        self.p.drawRoundedRect(rect, 3, 3)
        self.p.setPen(QtGui.QColor(colour))
        self.p.drawText(rect, int(_ALIGN.AlignCenter), text)

    def line(self, x0: float, y0: float, x1: float, y1: float, colour: str, width: float = 1.0,
             style: QtCore.Qt.PenStyle = QtCore.Qt.PenStyle.SolidLine) -> None:  # fmt: skip
        """A straight line."""
        pen = QtGui.QPen(QtGui.QColor(colour), width, style)
        pen.setCapStyle(QtCore.Qt.PenCapStyle.FlatCap)
        self.p.setPen(pen)
        self.p.drawLine(QtCore.QPointF(x0, y0), QtCore.QPointF(x1, y1))

    def upright(self, x: float, top: float, bottom: float, colour: str, width: float = 1.0,
                style: QtCore.Qt.PenStyle = QtCore.Qt.PenStyle.SolidLine) -> None:  # fmt: skip
        """An upright line on whole pixels: smoothed over two columns it would be pale."""
        ratio = self.p.device().devicePixelRatioF()
        n = max(1, round(width * ratio))
        x = (math.floor(x * ratio) + (n % 2) / 2) / ratio
        self.line(x, top, x, bottom, colour, n / ratio, style)


def scope_font(theme: Theme, base: QtGui.QFont) -> QtGui.QFont:
    """The type of axes: small, with figures of equal width."""
    font = QtGui.QFont(base)
    font.setPixelSize(max(10, round(11 * theme.scale)))
    if hasattr(QtGui.QFont, "Tag"):
        font.setFeature(QtGui.QFont.Tag("tnum"), 1)
    return font


def x_ticks(view: View, width: float, metrics: QtGui.QFontMetrics) -> tuple[list[tuple[float, str]], list[float]]:
    """(share, text) of each label on the time axis, and the shares of the grid's lines."""
    high = view.x_low + view.span
    sample = max(metrics.horizontalAdvance(f"{axes.number(x, 3)}") for x in (view.x_low, high))
    values, n_places = axes.ticks(view.x_low, high, max(2, min(10, int(width / (sample + 26)))))
    shares = [(x - view.x_low) / view.span for x in values]
    return [(s, axes.number(x, n_places)) for s, x in zip(shares, values, strict=True)], shares


def y_ticks(scene: Scene, metrics: QtGui.QFontMetrics) -> tuple[list[float], int]:
    """Values of the voltage axis that are labelled, and their decimal places."""
    n = max(1, min(8, int(scene.main / scene.dpr / (1.6 * metrics.height()))))
    return axes.ticks(scene.y_low, scene.y_high, n)


def unit_name(unit: str, layout: Layout | None, chosen: list[int]) -> str:
    """The unit of the vertical axis: V, VDD, or what all traces have in common."""
    if unit == "vdd" and not (layout is not None and all(layout.traces[i].i_neuron < 0 for i in chosen)):
        return "VDD"
    units = {layout.traces[i].unit for i in chosen} if layout is not None else set()
    return units.pop() or "1" if len(units) == 1 else "V"


def draw_still(pen: Pen, scene: Scene, view: View, layout: Layout, unit: str, selected: int, header: str) -> None:
    """Names and numbers around the picture."""
    frame, theme = scene.frame, pen.theme
    middle = frame.both.top() / 2
    quantities = {layout.traces[i].quantity for i in scene.shared}
    title = tr("membrane") if quantities <= {"membrane"} else tr("signal")
    name = unit_name(unit, layout, scene.shared)
    text = f"{title} [{name}]"
    if scene.stacked:
        n_places = axes.places(axes.nice_step(scene.y_high - scene.y_low, 40))
        text += "  " + tr("each lane {low} to {high} {unit}", low=axes.number(scene.y_low, n_places),
                          high=axes.number(scene.y_high, n_places), unit=name)  # fmt: skip
    rect = pen.text(8, middle, text, theme.secondary, _ALIGN.AlignLeft)
    right = frame.both.right() - min(pen.metrics.horizontalAdvance(header), 0.85 * frame.both.width())
    end = _draw_level_names(pen, scene, layout, unit, selected, rect.right(), right - 16)
    room = frame.both.right() - end - 16
    header = pen.metrics.elidedText(header, QtCore.Qt.TextElideMode.ElideRight, int(max(room, 0)))
    pen.text(frame.both.right(), middle, header, theme.text, _ALIGN.AlignRight)
    _draw_x_axis(pen, scene, view)
    _draw_lane_names(pen, scene, layout, selected)
    if not scene.stacked and not scene.own.all():
        values, n_places = y_ticks(scene, pen.metrics)
        main, half = scene.main / scene.dpr, pen.metrics.height() / 2
        for value in values:
            y = frame.plot.top() + main * (scene.y_high - value) / (scene.y_high - scene.y_low)
            y = min(max(y, frame.plot.top() + 0.66 * half), frame.plot.top() + main - half / 2)
            pen.text(frame.plot.left() - 6, y, axes.number(value, n_places), theme.secondary, _ALIGN.AlignRight)
    _draw_raster_names(pen, scene, layout, selected)


def _draw_x_axis(pen: Pen, scene: Scene, view: View) -> None:
    frame = scene.frame
    y = frame.both.bottom() + 4 + pen.metrics.height() / 2 + 1
    rect = pen.text(8, y, "t [s]", pen.theme.secondary, _ALIGN.AlignLeft)
    width = frame.both.width()
    for share, text in x_ticks(view, width, pen.metrics)[0]:
        x = frame.both.left() + share * width
        pen.line(x, frame.both.bottom() + 1, x, frame.both.bottom() + 4, pen.theme.line)
        half = pen.metrics.horizontalAdvance(text) / 2
        x = min(x, frame.both.right() + 8 - half)
        if x - half > rect.right() + 4:
            pen.text(x, y, text, pen.theme.secondary, _ALIGN.AlignHCenter)


def _draw_lane_names(pen: Pen, scene: Scene, layout: Layout, selected: int) -> None:
    frame, last = scene.frame, -100.0
    lanes = np.flatnonzero(scene.own | scene.stacked).tolist()
    for row in sorted(lanes, key=lambda row: int(scene.y_from[row])):
        y = frame.plot.top() + float(scene.y_from[row] + scene.y_end[row]) / 2 / scene.dpr
        half = pen.metrics.height() / 2
        y = max(min(y, frame.plot.bottom() - half + 2), frame.plot.top() + half)  # off the lines above and below
        trace = layout.traces[scene.chosen[row]]
        if y - last >= pen.metrics.height() - 1 or trace.i_neuron == selected:
            chosen = trace.i_neuron == selected >= 0
            _name(pen, frame.plot.left() - 6, y, trace.name, scene.colours[row], chosen, frame)
            last = y


def draw_scales(pen: Pen, scene: Scene, layout: Layout) -> None:
    """At the right end of each calculated trace's lane, from where to where it reaches."""
    half = pen.metrics.height() / 2
    for row in np.flatnonzero(scene.own).tolist():
        top, bottom = (scene.frame.plot.top() + float(y[row]) / scene.dpr for y in (scene.y_from, scene.y_end))
        if bottom - top < 4.4 * half:
            continue
        low, high = scene.limits[row]
        n_places, unit = axes.places(axes.nice_step(high - low, 4)), layout.traces[scene.chosen[row]].unit
        for y, value in ((top + half + 2, high), (bottom - half - 2, low)):
            text = f"{axes.number(value, n_places)} {unit}"
            width = pen.metrics.horizontalAdvance(text) + 8
            rect = QtCore.QRectF(scene.frame.plot.right() - width - 3, y - half, width, 2 * half)
            pen.label(rect, text, pen.theme.secondary, blend(pen.theme.ground, pen.theme.panel, 0.85))


def _draw_raster_names(pen: Pen, scene: Scene, layout: Layout, selected: int) -> None:
    frame, last = scene.frame, -100.0
    if not frame.raster.height():
        return
    for i, name in enumerate(layout.neurons):
        y = max(frame.raster.top() + (i + 0.5) * frame.row, frame.raster.top() + pen.metrics.height() / 2 - 2)
        if y - last >= pen.metrics.height() - 3:
            _name(pen, frame.raster.left() - 6, y, name, pen.theme.neuron_colour(i), i == selected, frame)
            last = y


def _name(pen: Pen, x: float, y: float, name: str, colour: str, chosen: bool, frame: Frame) -> None:
    """A neuron's name in its colour, its right end at x; the selected one's on a ground of that colour."""
    short = pen.metrics.elidedText(name, QtCore.Qt.TextElideMode.ElideRight, int(frame.both.left() - 12))
    width, height = pen.metrics.horizontalAdvance(short), pen.metrics.height()
    rect = QtCore.QRectF(x - width - 1, y - height / 2, width + 2, height)
    if chosen:
        pen.label(rect.adjusted(-3, 1, 3, -1), short, pen.theme.ground, colour)
        return
    pen.p.setPen(QtGui.QColor(colour))
    pen.p.drawText(rect, int(_ALIGN.AlignLeft | _ALIGN.AlignVCenter), short)


def draw_levels(pen: Pen, scene: Scene, layout: Layout, selected: int) -> None:
    """Thresholds (dashed) and leak potentials (dotted); what they are called stands above the picture."""
    frame, theme = scene.frame, pen.theme
    style = QtCore.Qt.PenStyle
    seen: set[int] = set()
    focus = scene.focus(selected, layout)
    for row in reversed(range(len(scene.chosen))):
        i = layout.traces[scene.chosen[row]].i_neuron
        marked = row == focus
        for levels, dash in ((scene.thresholds, style.DashLine), (scene.rests, style.DotLine)):
            if i not in levels or (levels is scene.rests and not marked and not scene.stacked):
                continue
            y = scene.y_at(row, levels[i])
            low = frame.plot.top() + scene.y_from[row] / scene.dpr
            high = frame.plot.top() + scene.y_end[row] / scene.dpr
            if not low <= y <= high or (round(y) in seen and not marked):
                continue
            seen.add(round(y))
            if scene.stacked and high - low < 2 * pen.metrics.height() and not marked:
                continue
            pen.line(frame.plot.left(), y, frame.plot.right() + 1, y, blend(theme.secondary, theme.ground, 0.8),
                     max(1.0, theme.trace_width / 2), dash)  # fmt: skip


def _draw_level_names(pen: Pen, scene: Scene, layout: Layout, unit: str, selected: int, x: float, room: float) -> float:
    """The key of the focused neuron's level lines, from x on, as far as there is room; an arrow where a line lies
    beyond the axis. Returns where it ends."""
    row = scene.focus(selected, layout)
    if row < 0:
        return x
    i, y = layout.traces[scene.chosen[row]].i_neuron, scene.frame.both.top() / 2
    dash, gap = 22 * pen.theme.scale, 6
    name = unit_name(unit, layout, scene.shared)
    for levels, style, text in (
        (scene.thresholds, QtCore.Qt.PenStyle.DashLine, mark("threshold {value}")),
        (scene.rests, QtCore.Qt.PenStyle.DotLine, mark("rest {value}")),
    ):
        if i not in levels:
            continue
        shown = levels[i] / scene.divisor[row]
        beyond = " ↑" if shown > scene.y_high else " ↓" if shown < scene.y_low else ""
        words = tr(text, value=f"{axes.number(shown, 3 if unit == 'vdd' else 2)} {name}") + beyond
        if x + 2 * gap + dash + gap + pen.metrics.horizontalAdvance(words) > room:
            break
        x += 2 * gap
        pen.line(x, round(y) + 0.5, x + dash, round(y) + 0.5, pen.theme.secondary, max(1.0, pen.theme.trace_width / 2),
                 style)  # fmt: skip
        x = pen.text(x + dash + gap, y, words, pen.theme.secondary, _ALIGN.AlignLeft).right()
    return x


def draw_events(pen: Pen, scene: Scene, view: View, events: list[Event]) -> None:
    """Markers as flags, turned knobs and stimuli as small signs on the time axis."""
    both, theme = scene.frame.both, pen.theme
    last: dict[str, float] = {}
    for event in events:
        for share in view.shares_at(event.time):
            x = both.left() + share * both.width()
            if x - last.get(event.kind, -99.0) < (10 if event.kind != "marker" else 2):
                continue
            last[event.kind] = x
            if event.kind == "marker":
                text = str(event.value)[:12]
                width = max(pen.metrics.horizontalAdvance(text) + 8, 14)
                pen.upright(x, both.top(), both.bottom(), theme.amber)
                rect = QtCore.QRectF(x, both.bottom() - pen.metrics.height(), width, pen.metrics.height())
                pen.label(rect, text, "#17131c", theme.amber)
            else:
                _sign(pen, x, both.bottom() + 1, event.kind)


def _sign(pen: Pen, x: float, y: float, kind: str) -> None:
    size = 4.0 * pen.theme.scale
    colour = {"pulse": pen.theme.amber, "kick": pen.theme.amber, "gap": pen.theme.bad, "link": pen.theme.bad}
    points = {
        "pulse": [(-size, 0), (0, -1.6 * size), (size, 0)],
        "kick": [(-size, 0), (0, -1.6 * size), (size, 0)],
    }.get(kind, [(-size, -size), (0, -2 * size), (size, -size), (0, 0)])
    pen.p.setPen(QtGui.QPen(QtGui.QColor(pen.theme.ground), 1))
    pen.p.setBrush(QtGui.QColor(colour.get(kind, pen.theme.text)))
    pen.p.drawPolygon([QtCore.QPointF(x + a, y + b) for a, b in points])


def draw_cursors(pen: Pen, scene: Scene, shares: list[float], active: int) -> None:
    """Two upright lines with a handle each."""
    both, theme = scene.frame.both, pen.theme
    for i, share in enumerate(shares):
        if not 0 <= share <= 1:
            continue
        x = both.left() + share * (both.width() - 1)
        style = QtCore.Qt.PenStyle.SolidLine if i == active else QtCore.Qt.PenStyle.DashLine
        pen.upright(x, both.top(), both.bottom(), theme.text, max(1.0, theme.trace_width / 2), style)
        size = pen.metrics.height()
        rect = QtCore.QRectF(min(max(x - size / 2, both.left()), both.right() - size), both.top(), size, size)
        pen.label(rect, "AB"[i], theme.ground, theme.text if i == active else theme.secondary)


def draw_focus(pen: Pen, frame: Frame) -> None:
    """The ring round what the keyboard acts on."""
    pen.p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    pen.p.setPen(QtGui.QPen(QtGui.QColor(pen.theme.focus), 2))
    pen.p.drawRect(QtCore.QRectF(frame.both).adjusted(1, 1, -1, -1))


def draw_hover(pen: Pen, scene: Scene, at: QtCore.QPointF, lines: list[str], colour: str) -> None:
    """A read-out beside the pointer."""
    both = scene.frame.both
    width = max(pen.metrics.horizontalAdvance(text) for text in lines) + 14
    height = len(lines) * pen.metrics.height() + 6
    x = at.x() + 14 if at.x() + 18 + width < both.right() else at.x() - 14 - width
    y = min(max(at.y() - height - 6, both.top() + 2), both.bottom() - height)
    rect = QtCore.QRectF(x, y, width, height)
    pen.p.setPen(QtGui.QPen(QtGui.QColor(colour), 1))
    pen.p.setBrush(QtGui.QColor(pen.theme.raised))
    pen.p.drawRoundedRect(rect, 4, 4)
    pen.p.setPen(QtGui.QColor(pen.theme.text))
    for i, text in enumerate(lines):
        row = QtCore.QRectF(x + 7, y + 3 + i * pen.metrics.height(), width - 10, pen.metrics.height())
        pen.p.drawText(row, int(_ALIGN.AlignLeft | _ALIGN.AlignVCenter), text)
