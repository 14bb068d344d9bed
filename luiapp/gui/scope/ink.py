"""Ink: what the kernels draw into an image, column by column – background, traces, gaps and spikes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.gui.scope.scene import DASHES, MARK, Scene
from luiapp.gui.scope.view import View
from luiapp.gui.theme import Theme
from luiapp.stream.ring import Ring

Data = tuple[NDArray[np.float32], NDArray[np.float32]]  # least and greatest values (n_chosen, n_columns)
GLOW = 0.55  # how bright the last sweep is under the present one
_AT_ONCE = 96  # traces of earlier sweeps that one frame has the time to draw
FADE = 0.78  # of a sweep's brightness is left when the next one is over


def rgb(colour: str) -> int:
    """``#rrggbb`` as an opaque pixel."""
    return 0xFF000000 | int(colour[1:], 16)


def blend(colour: str, ground: str, share: float) -> str:
    """`share` of `colour` over `ground`."""
    above, below = int(colour[1:], 16), int(ground[1:], 16)
    parts = (round(((above >> s) & 255) * share + ((below >> s) & 255) * (1 - share)) for s in (16, 8, 0))
    return "#" + "".join(f"{part:02x}" for part in parts)


@dataclass(frozen=True)
class Stretch:
    """Columns [j_from, j_end) of the screen, at pixels j + shift of the image; the first begins at time t_from [s]."""

    j_from: int
    j_end: int
    shift: int
    t_from: float


@dataclass(frozen=True)
class Ink:
    """What a frame is drawn with; `levels` are the values of the grid's level lines."""

    ring: Ring
    view: View
    scene: Scene
    theme: Theme
    levels: Sequence[float]

    @property
    def column(self) -> float:
        """How long a column is [s]."""
        return self.view.span / self.scene.n_columns

    def background(self, pixels: NDArray[np.uint32]) -> None:
        """The ground with its level lines, over whole columns."""
        scene, theme = self.scene, self.theme
        pixels[:] = rgb(theme.ground)
        faint = rgb(blend(theme.line, theme.ground, 0.55))
        thick = max(1, round(scene.dpr))
        plot, main = round(scene.frame.plot.height() * scene.dpr), round(scene.main)
        if not scene.stacked:
            for value in self.levels:
                y = int(main * (scene.y_high - value) / (scene.y_high - scene.y_low))
                pixels[min(max(y, 0), main - 1) : min(max(y, 0), main - 1) + thick] = faint
        for y in scene.y_from[scene.own | scene.stacked].tolist():
            pixels[y : y + thick] = faint
        if scene.frame.raster.height():
            pixels[plot : plot + round(6 * scene.dpr)] = rgb(theme.panel)

    def columns(self, out: Data, origin: float, where: tuple[int, int], number: int) -> None:
        """Fetch the data of columns `where`, the first of them being of this number, counted from time `origin` [s]."""
        dt = self.ring.layout.dt
        begin = round(origin / dt, 6)  # a column keeps its edges however its origin was reckoned
        self.ring.columns(self.scene.chosen, begin, self.column / dt, where, out, number)

    def draw(self, pixels: NDArray[np.uint32], s: Stretch, data: Data, *, phase: int = 0, share: float = 1.0) -> None:
        """Gaps, traces and spikes of a stretch, with `share` of their colours; dashes are counted from `phase` on."""
        from luiapp.kernels import trace

        ring, scene, theme, column = self.ring, self.scene, self.theme, self.column
        t_end = s.t_from + (s.j_end - s.j_from) * column
        least = max(1, round(2 * scene.dpr))
        for t0, t1 in ring.gaps(s.t_from - least * column, t_end) if share == 1 else ():
            a = s.j_from + math.floor((t0 - s.t_from) / column)
            b = min(max(s.j_from + math.floor((t1 - s.t_from) / column), a + least), s.j_end)
            a = max(a, s.j_from)
            pixels[:, a + s.shift : max(a, b) + s.shift] = rgb(blend(theme.bad, theme.ground, 0.25))
        colours = np.array([self._paled(c, share) for c in scene.colours], np.uint32)
        dash = np.array([[round(d * scene.dpr * theme.scale) for d in DASHES[k]] for k in scene.styles], np.int32)
        trace.strokes(pixels, *data, scene.gain, scene.zero, scene.y_from, scene.y_end, colours, scene.widths,
                      dash.reshape(-1, 4), phase, s.shift, s.j_from, s.j_end)  # fmt: skip
        self._spikes(pixels, s, t_end, share)

    def _paled(self, colour: str, share: float) -> int:
        return rgb(colour) if share == 1 else rgb(blend(colour, self.theme.ground, share))

    def _spikes(self, pixels: NDArray[np.uint32], s: Stretch, t_end: float, share: float) -> None:
        from luiapp.kernels import trace

        ring, theme, column = self.ring, self.theme, self.column
        n = len(ring.layout.neurons)
        width = max(1, round(theme.trace_width * self.scene.dpr))
        times, neurons = ring.spikes(s.t_from - width * column, t_end + width * column)
        if not len(times):
            return
        colours = np.array([self._paled(theme.neuron_colour(i), share) for i in range(n)], np.uint32)
        span = s.j_from + s.shift, s.j_end + s.shift
        for low, high in (mark_rows(self.scene, ring, n), raster_rows(self.scene, n)):
            trace.bars(pixels, times, neurons, s.t_from, 1 / column, *span, low, high, colours, width)


class Afterglow:
    """An image of the sweeps that went before, each paler than the next; drawn once a sweep, not once a frame."""

    def __init__(self) -> None:
        self.pixels = np.empty((0, 0), np.uint32)
        self._key: object = None
        self._earlier: tuple[float, ...] = ()

    def bring_up(self, ink: Ink, key: object, shape: tuple[int, int]) -> NDArray[np.uint32]:
        """The image for `ink.view.earlier`; where `key` is another, it is drawn anew."""
        earlier, known = ink.view.earlier, self._earlier
        if (key, shape) != (self._key, self.pixels.shape):
            known = ()
        if known != earlier:
            new = [t for t in earlier if not known or t > known[0]]
            if not known or earlier[len(new) :] != known[: len(earlier) - len(new)]:
                self.pixels, new = np.empty(shape, np.uint32), list(earlier)
                ink.background(self.pixels)
            for t in reversed(new[: max(3, _AT_ONCE // max(len(ink.scene.chosen), 1))]):
                self._add(ink, t)
        self._key, self._earlier = key, earlier
        return self.pixels

    def _add(self, ink: Ink, t: float) -> None:
        from luiapp.kernels import trace

        height, n = self.pixels.shape
        ground = np.empty((height, 1), np.uint32)
        ink.background(ground)
        trace.fade(self.pixels, ground[:, 0].copy(), np.float32(FADE))
        data = np.empty((len(ink.scene.chosen), n), np.float32), np.empty((len(ink.scene.chosen), n), np.float32)
        ink.columns(data, t, (0, n), 0)
        ink.draw(self.pixels, Stretch(0, n, 0, t), data, share=GLOW)


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
