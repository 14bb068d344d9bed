"""Derivatives by central differences, the judge of every gradient of spike times."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def by_differences(loss: Callable[[], float], array: Floats, h: float) -> Floats:
    """d loss / d array, each entry of `array` moved by ±h in place (and put back)."""
    numeric = np.empty(array.shape)
    for index in np.ndindex(*array.shape):
        value = array[index]
        array[index] = value + h
        above = loss()
        array[index] = value - h
        below = loss()
        array[index] = value
        numeric[index] = (above - below) / (2 * h)
    return numeric
