"""How classes, confidence and activity look: colours of the theme, each with a shape beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui

from luiapp.gui.theme import Theme
from luiapp.gui.training.data_state import SHAPES

_STRENGTH = 0.5  # of the map's colours; the samples stand over it


def rgb(colour: str) -> NDArray[np.float64]:
    """(3,) of ``#rrggbb``."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float64)


def mixed(one: str, other: str, share: float) -> QtGui.QColor:
    """`share` of `one` in `other`."""
    return QtGui.QColor(*(round(float(v)) for v in share * rgb(one) + (1 - share) * rgb(other)))


def class_colour(theme: Theme, i_class: int) -> str:
    """The colour of a class."""
    return theme.neuron_colour(i_class)


def map_image(inside: NDArray[np.bool_], shares: NDArray[Any], theme: Theme) -> QtGui.QImage:
    """What the network says of every place: the paler, the less sure.

    Parameters
    ----------
    inside : (size, size) bool, pixels of the disc
    shares : (n, n_classes) how sure it is of each class, for the pixels inside
    """
    ground = rgb(theme.panel)
    classes = np.stack([rgb(class_colour(theme, k)) for k in range(shares.shape[1])]) - ground
    return _image(inside, ground + _STRENGTH * shares @ classes)


class Responses:
    """Maps of responses of many neurons, at the size of their tiles: made at once, and drawn without scaling.

    Parameters
    ----------
    inside : (n_rows, n_columns) bool, pixels of the disc; all of a gallery
    side : int, of a tile [device pixels]
    """

    def __init__(self, inside: NDArray[np.bool_], side: int) -> None:
        self.inside, self.side = inside, side
        number = np.full(inside.shape, -1)
        number[inside] = np.arange(int(inside.sum()))
        middle = (np.arange(side) + 0.5) / side
        x, y = np.meshgrid(middle - 0.5, middle - 0.5)
        far = np.zeros_like(x) if inside.all() else np.hypot(x, y)
        pull = np.where(far > 0.47, 0.47 / np.maximum(far, 1e-9), 1.0)  # the rim takes what is just inside
        rows, columns = (np.floor((v * pull + 0.5) * n).astype(int) for v, n in zip((y, x), inside.shape, strict=True))
        self._place = np.maximum(number[rows, columns], 0)
        self._cover = np.clip((0.5 - far) * side + 0.5, 0.0, 1.0)  # of a pixel by the disc

    def images(self, counts: NDArray[Any], theme: Theme, most: float) -> list[QtGui.QImage]:
        """How much neurons fire at every place, from nothing to `most`; `counts` are (n_places, n_neurons)."""
        low, high = rgb(theme.panel), rgb(strong(theme))
        level = np.rint(np.clip(counts / max(most, 1e-9), 0.0, 1.0) * 255).astype(np.uint8)
        scale = low + np.linspace(0.0, 1.0, 256)[:, None] * (high - low)
        tiles = scale[level.T[:, self._place]][..., ::-1] * self._cover[..., None]
        pixels = np.empty((*tiles.shape[:3], 4), np.uint8)
        pixels[..., :3] = np.rint(tiles)
        pixels[..., 3] = np.rint(255 * self._cover)
        kind = QtGui.QImage.Format.Format_ARGB32_Premultiplied
        return [QtGui.QImage(one.data, self.side, self.side, 4 * self.side, kind).copy() for one in pixels]


def strong(theme: Theme) -> str:
    """The end of the scale of activity: the boards' purple, as light or dark as the theme needs it."""
    return "#c79adb" if theme.dark else "#6b2d78"


def excites(theme: Theme) -> str:
    """Of weights above zero; they are solid lines."""
    return theme.neuron_colour(0)


def inhibits(theme: Theme) -> str:
    """Of weights below zero; they are dashed lines."""
    return theme.neuron_colour(1)


def sign_path(i_class: int, centre: QtCore.QPointF, r: float) -> QtGui.QPainterPath:
    """The shape of a class: circle, square, and those of `SHAPES`; with its colour no two classes are alike."""
    path = QtGui.QPainterPath()
    k = i_class % (2 + len(SHAPES))
    if k == 0:
        path.addEllipse(centre, r, r)
    elif k == 1:
        path.addRect(centre.x() - 0.9 * r, centre.y() - 0.9 * r, 1.8 * r, 1.8 * r)
    else:
        path.addPolygon(QtGui.QPolygonF([centre + QtCore.QPointF(x * r, y * r) for x, y in SHAPES[k - 2]]))
        path.closeSubpath()
    return path


def _image(inside: NDArray[np.bool_], colours: NDArray[np.float64]) -> QtGui.QImage:
    size = inside.shape[0]
    pixels = np.zeros((size, size, 4), np.uint8)
    pixels[inside, :3] = np.clip(np.rint(colours[:, ::-1]), 0, 255)
    pixels[inside, 3] = 255
    made = QtGui.QImage(pixels.data, size, size, 4 * size, QtGui.QImage.Format.Format_ARGB32)
    return made.copy()
