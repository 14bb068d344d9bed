"""What can be learned in the studio: samples, names of classes, and which samples are shown; painted points as text.

Some data lies in a plane, and a map shows what the network says of every place. Of other data a gallery of unseen
samples is shown instead. No Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import FormatError
from luiapp.texts import mark
from luiapp.train.datasets import Dataset, mirrored, yin_yang_classes
from luiapp.train.digits import digit_sets
from luiapp.train.sets import DIGITS, N_MANIFOLDS, PAINTED, RANDMAN, YIN_YANG, painted_sets, randman_sets
from luiapp.train.task import yin_yang_sets

Place = tuple[float, float] | int  # in the plane, or the number of a sample in the gallery
KINDS = (YIN_YANG, PAINTED, DIGITS, RANDMAN)
CLASSES = (mark("yin"), mark("yang"), mark("dot"))
MOST_CLASSES = 6  # that can be painted
MOST_POINTS = 1500  # more would hide the map
MIDDLE: Place = (0.62, 0.78)  # a sample to begin with
_ROWS = 8  # of the gallery
_GRID = 512  # places along each coordinate of a painted point: 18 bits for both, three symbols
SHAPES = (  # signs of the classes from the third on: triangle, cross, diamond, triangle upside down
    ((0, -1.2), (1.15, 0.9), (-1.15, 0.9)),
    ((-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4), (0.4, 1.2), (-0.4, 1.2), (-0.4, 0.4),
     (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4)),
    ((0, -1.35), (1.1, 0), (0, 1.35), (-1.1, 0)),
    ((0, 1.2), (1.15, -0.9), (-1.15, -0.9)),
)  # fmt: skip
_SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True, eq=False)
class Data:
    """Samples and what they are called.

    Attributes
    ----------
    names : of the classes; texts of the studio, or plain
    train, valid, test : Dataset
    gallery : Dataset or None
        Unseen samples to be shown, row by row one of each class; None: a map shows the plane.
    pictures : bool, whether features are pixels of a square, 0 for ink
    by_points : bool, whether a place is of the class of the nearest sample, and not of Yin-Yang's
    """

    names: tuple[str, ...]
    train: Dataset
    valid: Dataset
    test: Dataset
    gallery: Dataset | None = None
    pictures: bool = False
    by_points: bool = False

    def fitting(self, place: Place) -> Place:
        """`place`, or another where it means nothing."""
        if self.gallery is None:
            return MIDDLE if isinstance(place, int) else place
        return min(place, len(self.gallery.labels) - 1) if isinstance(place, int) else 0

    def at(self, place: Place) -> Dataset:
        """The one sample there, with its true class."""
        if isinstance(place, int):
            assert self.gallery is not None
            return Dataset(self.gallery.samples[place : place + 1], self.gallery.labels[place : place + 1])
        label = true_class(*place)
        if self.by_points:
            label = int(self.train.labels[np.hypot(*(self.train.samples[:, :2] - place).T).argmin()])
        return Dataset(mirrored(np.array([place])), np.array([label]))


def true_class(x: float, y: float) -> int:
    """The class of a place of Yin-Yang's disc."""
    return max(int(yin_yang_classes(np.array([[x, y]]))[0]), 0)


def load(kind: str, points: str = "") -> Data:
    """The samples of one of `KINDS`; where too few `points` are painted, Yin-Yang.

    Raises
    ------
    ParameterError
        If what carries them isn't installed; says what to do.
    """
    kind = learned(kind, points)
    names = tuple(class_name(kind, k) for k in range(n_classes(kind, points)))
    if kind == PAINTED:
        return Data(names, *painted_sets(*decoded(points)), by_points=True)
    if kind == YIN_YANG:
        return Data(names, *yin_yang_sets())
    sets = digit_sets() if kind == DIGITS else randman_sets()
    return Data(names, *sets, gallery=_gallery(sets[2]), pictures=kind == DIGITS)


def class_name(kind: str, k: int) -> str:
    """What class `k` is called: a text of the studio, or plain."""
    return CLASSES[k] if kind == YIN_YANG else "ABCDEF"[k] if kind == PAINTED else str(k + (kind == RANDMAN))


def learned(kind: str, points: str) -> str:
    """The kind that is learned: less than two classes of painted points are nothing to tell apart."""
    return YIN_YANG if kind == PAINTED and sum(map(bool, points.split("."))) < 2 else kind


def n_classes(kind: str, points: str) -> int:
    """Classes of what is learned; three at least."""
    kind = learned(kind, points)
    return {YIN_YANG: 3, PAINTED: max(3, len(points.split("."))), DIGITS: 10, RANDMAN: N_MANIFOLDS}[kind]


def encoded(points: NDArray[Any], labels: NDArray[np.int64]) -> str:
    """Painted points as text: for each class its points, three symbols each; classes with a dot between them."""
    cells = np.clip(np.floor(points * _GRID), 0, _GRID - 1).astype(np.int64)
    parts = []
    for label in range(int(labels.max()) + 1 if len(labels) else 0):
        whole = cells[labels == label] @ (_GRID, 1)
        parts.append("".join(_SYMBOLS[w >> 12] + _SYMBOLS[w >> 6 & 63] + _SYMBOLS[w & 63] for w in whole.tolist()))
    return ".".join(parts)


def decoded(text: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The inverse of `encoded`: (n, 2) places and (n,) classes.

    Raises
    ------
    FormatError
        If it isn't one.
    """
    known = {symbol: i for i, symbol in enumerate(_SYMBOLS)}
    groups = text.split(".") if text else []
    bad = len(groups) > MOST_CLASSES or any(len(one) % 3 or set(one) - known.keys() for one in groups)
    if bad or sum(map(len, groups)) > 3 * MOST_POINTS:
        raise FormatError("these are no painted points: up to {n} classes, {m} points in all, three symbols each",
                          n=MOST_CLASSES, m=MOST_POINTS)  # fmt: skip
    bits = np.array([known[symbol] for one in groups for symbol in one], np.int64).reshape(-1, 3) @ (4096, 64, 1)
    labels = np.repeat(np.arange(len(groups)), [len(one) // 3 for one in groups])
    return (np.column_stack([bits // _GRID, bits % _GRID]) + 0.5) / _GRID, labels.astype(np.int64)


def _gallery(pool: Dataset) -> Dataset:
    """Some of `pool`, row by row one of each class."""
    n = int(pool.labels.max()) + 1
    own = [np.flatnonzero(pool.labels == k) for k in range(n)]
    rows = min(_ROWS, *map(len, own))
    chosen = np.array([own[k][row] for row in range(rows) for k in range(n)])
    return Dataset(pool.samples[chosen], pool.labels[chosen])
