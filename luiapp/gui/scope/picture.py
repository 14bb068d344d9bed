"""The moving picture: grid, traces, spikes at the traces and the raster, drawn into one image by the kernels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui

from luiapp.gui.scope.scene import DASHES, MARK, Scene
from luiapp.gui.scope.view import View
from luiapp.gui.theme import Theme
from luiapp.stream.ring import Ring

CONTEXT = 32  # columns, as in luiapp.kernels.trace


def rgb(colour: str) -> int:
    """``#rrggbb`` as an opaque pixel."""
    return 0xFF000000 | int(colour[1:], 16)


def blend(colour: str, ground: str, share: float) -> str:
    """`share` of `colour` over `ground`."""
    above, below = int(colour[1:], 16), int(ground[1:], 16)
    parts = (round(((above >> s) & 255) * share + ((below >> s) & 255) * (1 - share)) for s in (16, 8, 0))
    return "#" + "".join(f"{part:02x}" for part in parts)


@dataclass(frozen=True)
class _Stretch:
    """Columns [j_from, j_end) of the screen, at pixels j + shift of the image; the first begins at time t_from [s]."""

    j_from: int
    j_end: int
    shift: int
    t_from: float


class Picture:
    """An image of what moves, reused from frame to frame.

    While the stream scrolls, the image is a ring too: only new columns are drawn, over the oldest, and the two parts
    are put on the screen in their order.

    Attributes
    ----------
    low, high : (n_chosen, n_columns) float32
        The data of the last frame [V]; not-a-number where nothing is drawn.
    n_drawn : int
        Columns that the last frame had to draw.
    """

    def __init__(self) -> None:
        self.low = self.high = np.empty((0, 0), np.float32)
        self.n_drawn = 0
        self._pixels = np.empty((0, 0), np.uint32)
        self._image = QtGui.QImage()
        self._key: object = None
        self._first = 0  # number of the leftmost column since the stream began
        self._scrolls = False

    def render(self, ring: Ring, view: View, scene: Scene, theme: Theme, levels: Sequence[float]) -> None:
        """Bring the image up to date; `levels` are the values of the grid's level lines."""
        n = scene.n_columns
        first = round(view.t_low / view.span * n)
        scrolls = view.kind in ("live", "past") and len(view.segments) == 1
        key = self._depends_on(ring, view, scene, theme, levels) if scrolls else None
        # Columns near the right edge were drawn before their neighbours were known.
        n_new = first - self._first + 2 * CONTEXT
        keeps = scrolls and key == self._key and first >= self._first and n_new < n
        self._key, self._first, self._scrolls = key, first, scrolls
        j_from = n - n_new if keeps else 0
        if keeps and n_new == 2 * CONTEXT:
            self.n_drawn = 0
            return
        self.n_drawn = n - j_from
        self._gather(ring, view, scene, j_from if keeps else None)
        self._fit(scene)
        for stretch in self._stretches(view, scene, j_from):
            self._draw(stretch, ring, view, scene, theme, levels)

    def paint(self, p: QtGui.QPainter, at: QtCore.QPoint, dpr: float, uprights: Sequence[float], theme: Theme) -> None:
        """Put the image on the screen with its top left corner at `at`, upright lines behind it at shares of its width.

        The lines stand still while the image moves: they are only lent to its empty pixels.
        """
        height, n = self._pixels.shape
        split = self._first % n if self._scrolls else 0
        ground, faint = rgb(theme.ground), rgb(blend(theme.line, theme.ground, 0.55))
        lent = []
        for share in uprights:
            for x in range(thick := max(1, round(dpr))):
                column = self._pixels[:, (min(int(share * n), n - thick) + x + split) % n]
                lent.append((column, column.copy()))
                column[column == ground] = faint
        for begin, end, x in ((split, n, 0), (0, split, n - split)):
            if end > begin:
                target = QtCore.QRectF(at.x() + x / dpr, at.y(), (end - begin) / dpr, height / dpr)
                p.drawImage(target, self._image, QtCore.QRectF(begin, 0, end - begin, height))
        for column, before in lent:
            column[:] = before

    def _depends_on(self, ring: Ring, view: View, scene: Scene, theme: Theme, levels: Sequence[float]) -> object:
        """What an image can't change without being drawn anew."""
        arrays = scene.chosen, scene.gain, scene.zero, scene.y_from, scene.y_end, scene.widths
        return (id(ring), ring.n_restarts, ring.n_late, view.span, theme, scene.frame, scene.dpr, tuple(levels),
                tuple(scene.colours), tuple(scene.styles), tuple(scene.thresholds.items()),
                *(a.tobytes() for a in arrays))  # fmt: skip

    def _gather(self, ring: Ring, view: View, scene: Scene, j_from: int | None) -> None:
        """Fetch the data of each column; from `j_from` on, where the others only moved to the left."""
        n = scene.n_columns
        shape = len(scene.chosen), n
        if self.low.shape != shape:
            self.low, self.high = np.empty(shape, np.float32), np.empty(shape, np.float32)
        dt = ring.layout.dt
        step = view.span / n / dt
        if j_from is not None:
            moved = n - 2 * CONTEXT - j_from
            for data in (self.low, self.high):
                data[:, : n - moved] = data[:, moved:]
        done = j_from or 0
        for segment in view.segments:
            a = max(done, round(segment.begin * n))
            b = min(round(segment.end * n), n)
            self._blank(done, a)
            # Columns of what scrolls are counted from the stream's beginning, so that they keep their edges.
            origin, number = (
                (0.0, self._first + a) if self._scrolls else (segment.t_begin / dt, a - round(segment.begin * n))
            )
            ring.columns(scene.chosen, origin, step, (a, b), (self.low, self.high), number)
            done = max(a, b)
        self._blank(done, n)

    def _blank(self, a: int, b: int) -> None:
        if b > a:
            self.low[:, a:b] = np.nan
            self.high[:, a:b] = np.nan

    def _fit(self, scene: Scene) -> None:
        height = max(1, round(scene.frame.both.height() * scene.dpr))
        if self._pixels.shape != (height, scene.n_columns):
            self._pixels = np.empty((height, scene.n_columns), np.uint32)
            self._image = QtGui.QImage(self._pixels.data, scene.n_columns, height, 4 * scene.n_columns,
                                       QtGui.QImage.Format.Format_RGB32)  # fmt: skip

    def _stretches(self, view: View, scene: Scene, j_from: int) -> list[_Stretch]:
        """What to draw, in pieces that lie side by side in the image."""
        n = scene.n_columns
        column = view.span / n
        out, done = [], j_from
        for s in view.segments:
            a, b = max(round(s.begin * n), done), min(round(s.end * n), n)
            if a > done:
                out.append(_Stretch(done, a, 0, -np.inf))  # nothing is known there
            wrap = n - self._first % n if self._scrolls else n
            for begin, end, shift in ((a, min(b, wrap), n - wrap), (max(a, wrap), b, -wrap)):
                if end > begin:
                    out.append(_Stretch(begin, end, shift, s.t_begin + (begin - s.begin * n) * column))
            done = max(done, b)
        if done < n:
            out.append(_Stretch(done, n, 0, -np.inf))
        return out

    def _draw(self, s: _Stretch, ring: Ring, view: View, scene: Scene, theme: Theme, levels: Sequence[float]) -> None:
        from luiapp.kernels import trace

        self._background(self._pixels[:, s.j_from + s.shift : s.j_end + s.shift], scene, theme, levels)
        if s.t_from == -np.inf:
            return
        column = view.span / scene.n_columns
        t_end = s.t_from + (s.j_end - s.j_from) * column
        least = max(1, round(2 * scene.dpr))
        for t0, t1 in ring.gaps(s.t_from - least * column, t_end):
            a = s.j_from + math.floor((t0 - s.t_from) / column)
            b = min(max(s.j_from + math.floor((t1 - s.t_from) / column), a + least), s.j_end)
            a = max(a, s.j_from)
            self._pixels[:, a + s.shift : max(a, b) + s.shift] = rgb(blend(theme.bad, theme.ground, 0.25))
        colours = np.array([rgb(c) for c in scene.colours], np.uint32)
        dash = np.array([[round(d * scene.dpr * theme.scale) for d in DASHES[k]] for k in scene.styles], np.int32)
        phase = self._first if self._scrolls else 0
        trace.strokes(self._pixels, self.low, self.high, scene.gain, scene.zero, scene.y_from, scene.y_end, colours,
                      scene.widths, dash.reshape(-1, 4), phase, s.shift, s.j_from, s.j_end)  # fmt: skip
        self._spikes(s, t_end, ring, view, scene, theme)

    def _background(self, pixels: NDArray[np.uint32], scene: Scene, theme: Theme, levels: Sequence[float]) -> None:
        pixels[:] = rgb(theme.ground)
        faint = rgb(blend(theme.line, theme.ground, 0.55))
        thick = max(1, round(scene.dpr))
        plot = round(scene.frame.plot.height() * scene.dpr)
        if not scene.stacked:
            for value in levels:
                y = int(plot * (scene.y_high - value) / (scene.y_high - scene.y_low))
                pixels[min(max(y, 0), plot - 1) : min(max(y, 0), plot - 1) + thick] = faint
        else:
            for y in scene.y_from.tolist():
                pixels[y : y + thick] = faint
        if scene.frame.raster.height():
            pixels[plot : plot + round(6 * scene.dpr)] = rgb(theme.panel)

    def _spikes(self, s: _Stretch, t_end: float, ring: Ring, view: View, scene: Scene, theme: Theme) -> None:
        from luiapp.kernels import trace

        n = len(ring.layout.neurons)
        width = max(1, round(theme.trace_width * scene.dpr))
        column = view.span / scene.n_columns
        times, neurons = ring.spikes(s.t_from - width * column, t_end + width * column)
        if not len(times):
            return
        colours = np.array([rgb(theme.neuron_colour(i)) for i in range(n)], np.uint32)
        span = s.j_from + s.shift, s.j_end + s.shift
        for low, high in (mark_rows(scene, ring, n), raster_rows(scene, n)):
            trace.bars(self._pixels, times, neurons, s.t_from, 1 / column, *span, low, high, colours, width)


def mark_rows(scene: Scene, ring: Ring, n: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Where the spikes of each of `n` neurons are marked at their trace: just above the threshold, or at the top."""
    low, high = np.zeros(n, np.int32), np.zeros(n, np.int32)
    size = MARK * scene.dpr
    for row, i_trace in enumerate(scene.chosen.tolist()):
        trace = ring.layout.traces[i_trace]
        i = trace.i_neuron
        if not 0 <= i < n or trace.quantity not in ("membrane", "signal"):
            continue
        first, last = int(scene.y_from[row]), int(scene.y_end[row])
        y = first + size
        if i in scene.thresholds:
            y = scene.zero[row] - scene.gain[row] * scene.thresholds[i] - 4 * scene.dpr
        bottom = min(max(round(y), first + round(size)), last)
        low[i], high[i] = max(bottom - round(size), first), bottom
    return low, high


def raster_rows(scene: Scene, n: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The rows of pixels of each of `n` neurons in the raster; none where it is switched off."""
    raster = scene.frame.raster
    if not raster.height() or not n:
        return np.zeros(n, np.int32), np.zeros(n, np.int32)
    top = (raster.top() - scene.frame.plot.top()) * scene.dpr
    edges = top + np.arange(n + 1) * scene.frame.row * scene.dpr
    air = round(1.5 * scene.dpr) if scene.frame.row >= 7 else 0
    low = np.round(edges[:-1]).astype(np.int32) + air
    limit = round(scene.frame.both.height() * scene.dpr)
    return np.minimum(low, limit), np.minimum(np.maximum(np.round(edges[1:]).astype(np.int32) - air, low + 1), limit)
