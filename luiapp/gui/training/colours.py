"""How classes, confidence and activity look: colours of the theme, each with a shape beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui

from luiapp.gui.theme import Theme
from luiapp.texts import mark

CLASSES = (mark("yin"), mark("yang"), mark("dot"))
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


def response_image(inside: NDArray[np.bool_], counts: NDArray[Any], theme: Theme, most: float) -> QtGui.QImage:
    """How much a neuron fires at every place, from nothing to `most`."""
    low, high = rgb(theme.panel), rgb(strong(theme))
    level = np.clip(counts / max(most, 1e-9), 0.0, 1.0)[:, None]
    return _image(inside, low + level * (high - low))


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
    """The shape of a class: circle, square, triangle."""
    path = QtGui.QPainterPath()
    if i_class == 0:
        path.addEllipse(centre, r, r)
    elif i_class == 1:
        path.addRect(centre.x() - 0.9 * r, centre.y() - 0.9 * r, 1.8 * r, 1.8 * r)
    else:
        x, y = centre.x(), centre.y()
        path.moveTo(x, y - 1.2 * r)
        path.lineTo(x + 1.15 * r, y + 0.9 * r)
        path.lineTo(x - 1.15 * r, y + 0.9 * r)
        path.closeSubpath()
    return path


def _image(inside: NDArray[np.bool_], colours: NDArray[np.float64]) -> QtGui.QImage:
    size = inside.shape[0]
    pixels = np.zeros((size, size, 4), np.uint8)
    pixels[inside, :3] = np.clip(np.rint(colours[:, ::-1]), 0, 255)
    pixels[inside, 3] = 255
    made = QtGui.QImage(pixels.data, size, size, 4 * size, QtGui.QImage.Format.Format_ARGB32)
    return made.copy()
