"""Points that a person paints instead of Yin-Yang: strokes, the eraser, and undo. No Qt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from luiapp.gui.training.data_state import MOST_CLASSES, MOST_POINTS, decoded, encoded
from luiapp.gui.training.insight import into_disc

ERASER = -1  # in place of a class
_DAB, _SPREAD = 4, 0.03  # points at once, and how far they lie from the brush
_UNDOS = 50


class Painting:
    """Points and their classes.

    Attributes
    ----------
    points : (n, 2) float64, in the unit square and in its disc
    labels : (n,) int64
    """

    def __init__(self) -> None:
        self.points: NDArray[np.float64] = np.zeros((0, 2))
        self.labels: NDArray[np.int64] = np.zeros(0, np.int64)
        self._before: list[tuple[NDArray[np.float64], NDArray[np.int64]]] = []
        self._random = np.random.default_rng(0)

    @property
    def text(self) -> str:
        """The points as a set-up holds them."""
        return encoded(self.points, self.labels)

    def take(self, text: str) -> None:
        """Show the points of a set-up. Where they are others than these, no stroke is left to be taken back."""
        if text != self.text:
            self.points, self.labels = decoded(text)
            self._before.clear()

    @property
    def n_brushes(self) -> int:
        """Classes that can be painted now: one more than there are, three at least."""
        used = int(self.labels.max()) + 1 if len(self.labels) else 0
        return min(max(used + 1, 3), MOST_CLASSES)

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    def begin(self) -> None:
        """What follows, up to the next call, is one stroke: `undo` takes it back as a whole."""
        self._before = [*self._before, (self.points, self.labels)][-_UNDOS:]

    def dab(self, x: float, y: float, brush: int) -> None:
        """Some points of class `brush` around (x, y), or with `ERASER` none any more."""
        if brush == ERASER:
            keep = np.hypot(*(self.points - (x, y)).T) > 2 * _SPREAD
            self.points, self.labels = self.points[keep], self.labels[keep]
            return
        n = min(_DAB, MOST_POINTS - len(self.labels))
        far, angle = _SPREAD * np.sqrt(self._random.random(n)), 2 * np.pi * self._random.random(n)
        fresh = [into_disc(x + r * np.cos(a), y + r * np.sin(a)) for r, a in zip(far, angle, strict=True)]
        self.points = np.concatenate([self.points, np.array(fresh).reshape(n, 2)])
        self.labels = np.concatenate([self.labels, np.full(n, brush)])

    def undo(self) -> bool:
        """Take the last stroke back. Returns whether there was one."""
        if not self._before:
            return False
        self.points, self.labels = self._before.pop()
        return True

    def clear(self) -> None:
        """No points; that can be taken back, too."""
        self.begin()
        self.points, self.labels = self.points[:0], self.labels[:0]
