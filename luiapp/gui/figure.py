"""Figures: what is seen on the scope, as PNG or SVG with axes and units, on white as for paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6 import QtCore, QtGui

from luiapp.errors import FileError, FormatError
from luiapp.gui.scope import paint
from luiapp.gui.scope.canvas import Canvas
from luiapp.gui.scope.ink import FADE, GLOW, blend, mark_rows, raster_rows
from luiapp.gui.scope.scene import DASHES, Scene
from luiapp.gui.scope.view import Segment
from luiapp.gui.theme import LIGHT
from luiapp.stream.ring import Ring
from luiapp.texts import tr

SHARPER = 3  # pixels of a PNG per pixel of the window
LEAST = QtCore.QSize(900, 400)  # however small the scope is; as wide as text across a page
PAPER = replace(LIGHT, name="paper", ground="#ffffff", panel="#ffffff")


def save_figure(canvas: Canvas, path: Path) -> None:
    """Save what a scope's screen shows.

    Parameters
    ----------
    path : Path
        Ends in ``.png`` or ``.svg``; a file of that name is replaced.

    Raises
    ------
    FormatError
        For any other suffix.
    FileError
        If there is nothing to draw, or the file can't be written.
    """
    if path.suffix.lower() not in (".png", ".svg"):
        raise FormatError("a figure is saved as .png or .svg, not as '{name}'", name=path.name)
    if canvas.ring is None:
        raise FileError("there is nothing to draw yet: open a rig or start a simulation first")
    data = _png(canvas) if path.suffix.lower() == ".png" else _svg(canvas)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise FileError("'{path}' can't be written: {reason}; choose another place",
                        path=path, reason=error.strerror or error) from error  # fmt: skip


def _png(canvas: Canvas) -> bytes:
    image = QtGui.QImage(_size(canvas) * SHARPER, QtGui.QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SHARPER)
    _draw(canvas, image)
    data = QtCore.QByteArray()
    buffer = QtCore.QBuffer(data)
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


def _svg(canvas: Canvas) -> bytes:
    from PySide6 import QtSvg

    data = QtCore.QByteArray()
    buffer = QtCore.QBuffer(data)
    generator = QtSvg.QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(_size(canvas))
    generator.setViewBox(QtCore.QRect(QtCore.QPoint(), _size(canvas)))
    generator.setTitle(tr("Screen of the scope"))
    generator.setDescription(canvas.accessibleDescription())
    _draw(canvas, generator)
    return bytes(data.data())


def _size(canvas: Canvas) -> QtCore.QSize:
    return canvas.size().expandedTo(LEAST)


def _draw(canvas: Canvas, device: QtGui.QPaintDevice) -> None:
    """Everything as lines and text, whatever the resolution of the screen."""
    theme, ring = PAPER, canvas.ring
    scene = canvas.scene_now(canvas.frame_in(_size(canvas), theme), theme)
    assert ring is not None and scene is not None
    font = paint.scope_font(theme, canvas.font())
    p = QtGui.QPainter(device)
    p.setFont(font)
    p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    p.fillRect(QtCore.QRect(QtCore.QPoint(), _size(canvas)), QtGui.QColor(theme.ground))
    pen = paint.Pen(p, theme, font, QtGui.QFontMetrics(font))
    _grid(pen, canvas, scene)
    paint.draw_still(pen, scene, canvas.view, ring.layout, canvas.state.unit, canvas.live.selected, canvas.header())
    p.save()
    p.setClipRect(scene.frame.both)
    for age in reversed(range(len(canvas.view.earlier))):
        p.setOpacity(GLOW * FADE**age)
        sweep = Segment(0.0, 1.0, canvas.view.earlier[age])
        for row in range(len(scene.chosen)):
            _trace(p, canvas, scene, ring, row, (sweep,))
    p.setOpacity(1.0)
    for row in range(len(scene.chosen)):
        _trace(p, canvas, scene, ring, row, canvas.view.segments)
    _spikes(p, canvas, scene, ring)
    canvas.draw_over(pen, scene, ring)
    p.restore()
    for part in (scene.frame.plot, scene.frame.raster):
        if part.height():
            pen.line(part.left(), part.top(), part.left(), part.bottom() + 1, theme.secondary)
            pen.line(part.left(), part.bottom() + 1, part.right() + 1, part.bottom() + 1, theme.secondary)
    p.end()


def _grid(pen: paint.Pen, canvas: Canvas, scene: Scene) -> None:
    both, plot = scene.frame.both, scene.frame.plot
    faint = blend(pen.theme.line, pen.theme.ground, 0.55)
    for share in paint.x_ticks(canvas.view, both.width(), pen.metrics)[1]:
        x = both.left() + share * both.width()
        pen.line(x, both.top(), x, both.bottom() + 1, faint)
    if not scene.stacked and not scene.own.all():
        for value in paint.y_ticks(scene, pen.metrics)[0]:
            y = plot.top() + scene.main / scene.dpr * (scene.y_high - value) / (scene.y_high - scene.y_low)
            pen.line(plot.left(), y, plot.right() + 1, y, faint)
    if scene.frame.raster.height():
        gap = QtCore.QRect(both.left(), plot.bottom() + 1, both.width(), scene.frame.raster.top() - plot.bottom() - 1)
        pen.p.fillRect(gap, QtGui.QColor(pen.theme.panel))


def _trace(p: QtGui.QPainter, canvas: Canvas, scene: Scene, ring: Ring, row: int, segments: Sequence[Segment]) -> None:
    """One trace: the line through its samples, or through least and greatest values where these are too many."""
    plot, view = scene.frame.plot, canvas.view
    n = plot.width() * SHARPER
    low, high = np.empty((1, n), np.float32), np.empty((1, n), np.float32)
    path = QtGui.QPainterPath()
    for s in segments:
        a, b = round(s.begin * n), round(s.end * n)
        step = view.span / n / ring.layout.dt
        ring.columns(scene.chosen[row : row + 1], s.t_begin / ring.layout.dt, step, (a, b), (low, high))
        pen_down = False
        for j in range(a, b):
            least, greatest = float(low[0, j]), float(high[0, j])
            if np.isnan(least):
                pen_down = False
                continue
            x = plot.left() + (j + 0.5) / SHARPER
            first, last = (least, greatest) if j % 2 else (greatest, least)
            tall = abs(scene.y_at(row, least) - scene.y_at(row, greatest)) > 0.5  # else its dashes would be blurred
            for value in (first, last) if tall else ((least + greatest) / 2,):
                point = QtCore.QPointF(x, scene.y_at(row, value))
                if pen_down:
                    path.lineTo(point)
                else:
                    path.moveTo(point)
                pen_down = True
    pen = QtGui.QPen(QtGui.QColor(scene.colours[row]), float(scene.widths[row]) / scene.dpr)
    pen.setJoinStyle(QtCore.Qt.PenJoinStyle.RoundJoin)
    lengths = [d * PAPER.scale / pen.widthF() for d in DASHES[scene.styles[row]] if d]
    if lengths:
        pen.setCapStyle(QtCore.Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(lengths)
    p.setPen(pen)
    p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    p.drawPath(path)


def _spikes(p: QtGui.QPainter, canvas: Canvas, scene: Scene, ring: Ring) -> None:
    both, view, theme = scene.frame.both, canvas.view, PAPER
    n = len(ring.layout.neurons)
    places = mark_rows(scene, ring, n), raster_rows(scene, n)
    for s in view.segments:
        times, neurons = ring.spikes(s.t_begin, s.t_begin + (s.end - s.begin) * view.span)
        for t, i in zip(times.tolist(), neurons.tolist(), strict=True):
            if not 0 <= i < n:
                continue
            x = both.left() + (s.begin + (t - s.t_begin) / view.span) * both.width()
            p.setPen(QtGui.QPen(QtGui.QColor(theme.neuron_colour(i)), theme.trace_width))
            for low, high in places:
                if high[i] > low[i]:
                    top = both.top() + low[i] / scene.dpr
                    p.drawLine(QtCore.QPointF(x, top), QtCore.QPointF(x, both.top() + high[i] / scene.dpr))
