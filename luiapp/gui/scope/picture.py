"""The moving picture: one image that is reused from frame to frame and drawn anew only where it has changed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6 import QtCore, QtGui

from luiapp.gui.scope.ink import Afterglow, Ink, Stretch, blend, rgb
from luiapp.gui.scope.scene import Scene
from luiapp.gui.scope.view import View
from luiapp.gui.theme import Theme
from luiapp.stream.ring import Ring

CONTEXT = 32  # columns, as in luiapp.kernels.trace


class Picture:
    """An image of what moves.

    While the stream scrolls, the image is a ring: only new columns are drawn, over the oldest, and the two parts are
    put on the screen in their order. A sweep is drawn about its beam only.

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
        self._beam = 0  # the column that a sweep has come to
        self._ahead: tuple[float, ...] = ()  # where the sweep before it began
        self._afterglow = Afterglow()

    def render(self, ring: Ring, view: View, scene: Scene, theme: Theme, levels: Sequence[float]) -> None:
        """Bring the image up to date; `levels` are the values of the grid's level lines."""
        key = self._depends_on(ring, view, scene, theme, levels)
        ink = Ink(ring, view, scene, theme, levels)
        self._scrolls = view.kind in ("live", "past") and len(view.segments) == 1
        # Columns near the newest data were drawn before their neighbours were known.
        unsure = 2 * CONTEXT + math.ceil(2 * ring.layout.dt / ink.column)
        a, b = self._scrolled(key, ink, unsure) if self._scrolls else self._swept(key, ink, unsure)
        self.n_drawn = max(b - a, 0)
        if b <= a:
            return
        self._gather(ink, a, b)
        self._fit(scene)
        glow = self._afterglow.bring_up(ink, key, self._pixels.shape) if view.earlier else None
        for s in self._stretches(ink, a, b):
            x = slice(s.j_from + s.shift, s.j_end + s.shift)
            if glow is None:
                ink.background(self._pixels[:, x])
            else:
                self._pixels[:, x] = glow[:, x]
            if s.t_from != -np.inf:
                phase = self._first if self._scrolls else 0
                ink.draw(self._pixels, s, (self.low, self.high), phase=phase)

    def _scrolled(self, key: object, ink: Ink, unsure: int) -> tuple[int, int]:
        """The columns to draw where everything moves to the left."""
        n = ink.scene.n_columns
        first = round(ink.view.t_low / ink.view.span * n)
        moved = first - self._first
        keeps = key == self._key and moved >= 0 and moved + unsure < n
        self._key, self._first = key, first
        if keeps and moved:
            for data in (self.low, self.high):
                data[:, : n - moved] = data[:, moved:]
        return (n - moved - unsure if moved else n, n) if keeps else (0, n)

    def _swept(self, key: object, ink: Ink, unsure: int) -> tuple[int, int]:
        """The columns to draw where a beam writes over what was there."""
        n, segments = ink.scene.n_columns, ink.view.segments
        begins = tuple(round((s.t_begin - s.begin * ink.view.span) / ink.column, 3) for s in segments)
        whole = key, ink.view.kind, ink.view.earlier, begins[:1]
        ahead = begins[1:]  # none once the beam has come to the end
        beam, before = round(segments[0].end * n) if segments else 0, self._beam
        # When a sweep begins, the end of the one before it isn't known yet.
        keeps = whole == self._key and ahead in ((), self._ahead) and beam >= before > unsure - 2 * CONTEXT
        self._key, self._ahead, self._beam, self._first = whole, ahead, beam, 0
        if not keeps:
            return 0, n
        return max(before - unsure, 0), min(round(segments[1].begin * n) + 2 * CONTEXT, n) if ahead else n

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

    def _gather(self, ink: Ink, j_from: int, j_end: int) -> None:
        """Fetch the data of columns [j_from, j_end)."""
        view, n = ink.view, ink.scene.n_columns
        shape = len(ink.scene.chosen), n
        if self.low.shape != shape:
            self.low, self.high = np.empty(shape, np.float32), np.empty(shape, np.float32)
        done = j_from
        for segment in view.segments:
            a = min(max(done, round(segment.begin * n)), j_end)
            b = min(round(segment.end * n), j_end)
            self._blank(done, a)
            # Columns are counted from the stream's or the sweep's beginning, so that they keep their edges.
            if self._scrolls:
                ink.columns((self.low, self.high), 0.0, (a, b), self._first + a)
            else:
                ink.columns((self.low, self.high), segment.t_begin - segment.begin * view.span, (a, b), a)
            done = max(a, b)
        self._blank(done, j_end)

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

    def _stretches(self, ink: Ink, j_from: int, j_end: int) -> list[Stretch]:
        """What to draw, in pieces that lie side by side in the image."""
        n = ink.scene.n_columns
        out, done = [], j_from
        for s in ink.view.segments:
            a, b = min(max(round(s.begin * n), done), j_end), min(round(s.end * n), j_end)
            if a > done:
                out.append(Stretch(done, a, 0, -np.inf))  # nothing is known there
            wrap = n - self._first % n if self._scrolls else n
            for begin, end, shift in ((a, min(b, wrap), n - wrap), (max(a, wrap), b, -wrap)):
                if end > begin:
                    out.append(Stretch(begin, end, shift, s.t_begin + (begin - s.begin * n) * ink.column))
            done = max(done, a, b)
        if done < j_end:
            out.append(Stretch(done, j_end, 0, -np.inf))
        return out
