"""The moving picture: grid, traces, spikes at the traces and the raster, drawn into one image by the kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtGui

from luiapp.gui.scope.scene import DASHES, MARK, Scene
from luiapp.gui.scope.view import View
from luiapp.gui.theme import Theme
from luiapp.stream.ring import Ring


def rgb(colour: str) -> int:
    """``#rrggbb`` as an opaque pixel."""
    return 0xFF000000 | int(colour[1:], 16)


def blend(colour: str, ground: str, share: float) -> str:
    """`share` of `colour` over `ground`."""
    above, below = int(colour[1:], 16), int(ground[1:], 16)
    parts = (round(((above >> s) & 255) * share + ((below >> s) & 255) * (1 - share)) for s in (16, 8, 0))
    return "#" + "".join(f"{part:02x}" for part in parts)


class Picture:
    """An image of what moves, reused from frame to frame.

    Attributes
    ----------
    low, high : (n_chosen, n_columns) float32
        The data of the last frame [V]; not-a-number where nothing is drawn.
    """

    def __init__(self) -> None:
        self.low = self.high = np.empty((0, 0), np.float32)
        self._pixels = np.empty((0, 0), np.uint32)
        self._image = QtGui.QImage()

    def gather(self, ring: Ring, view: View, scene: Scene) -> None:
        """Fetch the data of each column."""
        shape = len(scene.chosen), scene.n_columns
        if self.low.shape != shape:
            self.low, self.high = np.empty(shape, np.float32), np.empty(shape, np.float32)
        step = view.span / scene.n_columns / ring.layout.dt
        done = 0
        for segment in view.segments:
            a = max(done, round(segment.begin * scene.n_columns))
            b = min(round(segment.end * scene.n_columns), scene.n_columns)
            self._blank(done, a)
            start = segment.t_begin / ring.layout.dt + (a - segment.begin * scene.n_columns) * step
            ring.columns(scene.chosen, _whole(start), step, (a, b), (self.low, self.high))
            done = max(a, b)
        self._blank(done, scene.n_columns)

    def _blank(self, a: int, b: int) -> None:
        if b > a:
            self.low[:, a:b] = np.nan
            self.high[:, a:b] = np.nan

    def render(
        self, ring: Ring, view: View, scene: Scene, theme: Theme, grid: tuple[Sequence[float], Sequence[float]]
    ) -> QtGui.QImage:
        """The image of this moment; valid until the next call.

        Parameters
        ----------
        grid : (shares of the width, values on the axis)
            Where the lines of the grid lie.
        """
        from luiapp.kernels import trace

        self.gather(ring, view, scene)
        pixels = self._background(scene, theme, grid)
        for begin, end in self._gaps(ring, view, scene):
            pixels[:, begin:end] = rgb(blend(theme.bad, theme.ground, 0.25))
        colours = np.array([rgb(c) for c in scene.colours], np.uint32)
        dash = np.array([[round(d * scene.dpr * theme.scale) for d in DASHES[s]] for s in scene.styles], np.int32)
        phase = round(view.t_low / view.span * scene.n_columns) if view.kind in ("live", "past") else 0
        trace.strokes(pixels, self.low, self.high, scene.gain, scene.zero, scene.y_from, scene.y_end, colours,
                      scene.widths, dash.reshape(-1, 4), phase, 0)  # fmt: skip
        self._spikes(pixels, ring, view, scene, theme)
        return self._image

    def _background(
        self, scene: Scene, theme: Theme, grid: tuple[Sequence[float], Sequence[float]]
    ) -> NDArray[np.uint32]:
        height = max(1, round(scene.frame.both.height() * scene.dpr))
        if self._pixels.shape != (height, scene.n_columns):
            self._pixels = np.empty((height, scene.n_columns), np.uint32)
            self._image = QtGui.QImage(self._pixels.data, scene.n_columns, height, 4 * scene.n_columns,
                                       QtGui.QImage.Format.Format_RGB32)  # fmt: skip
        self._image.setDevicePixelRatio(scene.dpr)
        pixels = self._pixels
        pixels.fill(rgb(theme.ground))
        faint = rgb(blend(theme.line, theme.ground, 0.55))
        thick = max(1, round(scene.dpr))
        for share in grid[0]:
            x = min(int(share * scene.n_columns), scene.n_columns - thick)
            pixels[:, x : x + thick] = faint
        plot = round(scene.frame.plot.height() * scene.dpr)
        if not scene.stacked:
            for value in grid[1]:
                y = int(plot * (scene.y_high - value) / (scene.y_high - scene.y_low))
                pixels[min(max(y, 0), plot - 1) : min(max(y, 0), plot - 1) + thick] = faint
        else:
            for y in scene.y_from.tolist():
                pixels[y : y + thick] = faint
        if scene.frame.raster.height():
            pixels[plot : plot + round(6 * scene.dpr)] = rgb(theme.panel)
        return pixels

    def _gaps(self, ring: Ring, view: View, scene: Scene) -> list[tuple[int, int]]:
        out = []
        for s in view.segments:
            t_end = s.t_begin + (s.end - s.begin) * view.span
            for t0, t1 in ring.gaps(s.t_begin, t_end):
                a = s.begin + (max(t0, s.t_begin) - s.t_begin) / view.span
                b = s.begin + (min(t1, t_end) - s.t_begin) / view.span
                x = min(int(a * scene.n_columns), scene.n_columns - 1)
                out.append((x, max(int(b * scene.n_columns), x + max(1, round(2 * scene.dpr)))))
        return out

    def _spikes(self, pixels: NDArray[np.uint32], ring: Ring, view: View, scene: Scene, theme: Theme) -> None:
        from luiapp.kernels import trace

        n = len(ring.layout.neurons)
        colours = np.array([rgb(theme.neuron_colour(i)) for i in range(n)], np.uint32)
        marks, rows = mark_rows(scene, ring, n), raster_rows(scene, n)
        width = max(1, round(theme.trace_width * scene.dpr))
        for s in view.segments:
            times, neurons = ring.spikes(s.t_begin, s.t_begin + (s.end - s.begin) * view.span)
            if not len(times):
                continue
            span = round(s.begin * scene.n_columns), round(s.end * scene.n_columns)
            for low, high in (marks, rows):
                trace.bars(pixels, times, neurons, s.t_begin, scene.n_columns / view.span, *span, low, high,
                           colours, width)  # fmt: skip


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


def _whole(samples: float) -> float:
    """A sample number freed of rounding errors, so that a column begins where the last one ended."""
    near = round(samples)
    return float(near) if abs(samples - near) < 1e-6 * max(1.0, abs(near)) ** 0.5 else samples
