"""A colour scale on which equal steps of a value look equally far apart, also in grey: lightness grows evenly."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
N = 256
_LIGHT = (22.0, 92.0)  # L* at both ends
_HUES = (310.0, 265.0, 200.0, 150.0, 100.0)  # degrees: purple, blue, teal, green, yellow
_CHROMA = 46.0
_WHITE = np.array([0.95047, 1.0, 1.08883])  # D65
_TO_RGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])


@cache
def table() -> NDArray[np.uint8]:
    """(256, 3) red, green and blue, from the lowest to the highest value."""
    at = np.linspace(0.0, 1.0, N)
    light = _LIGHT[0] + at * (_LIGHT[1] - _LIGHT[0])
    hue = np.deg2rad(np.interp(at, np.linspace(0.0, 1.0, len(_HUES)), _HUES))
    chroma = np.full(N, _CHROMA)
    for _ in range(60):  # paler where a screen can't show it
        rgb = _rgb(light, chroma * np.cos(hue), chroma * np.sin(hue))
        beyond = (rgb < 0).any(axis=1) | (rgb > 1).any(axis=1)
        chroma[beyond] *= 0.96
    return np.asarray(np.rint(255 * np.clip(_rgb(light, chroma * np.cos(hue), chroma * np.sin(hue)), 0, 1)), np.uint8)


def colours(values: Any, low: float, high: float) -> NDArray[np.uint8]:
    """(…, 3) for each of `values` between `low` and `high`; those beyond look like the ends."""
    share = np.nan_to_num((np.asarray(values, np.float64) - low) / max(high - low, 1e-12), nan=0.0)
    return table()[np.rint(np.clip(share, 0.0, 1.0) * (N - 1)).astype(np.int64)]


def _rgb(light: Floats, a: Floats, b: Floats) -> Floats:
    """sRGB 0 … 1 of CIELAB under D65 (CIE 15:2004; IEC 61966-2-1)."""
    y = (light + 16) / 116
    f = np.stack([y + a / 500, y, y - b / 200], axis=1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * _WHITE
    linear = xyz @ _TO_RGB.T
    curved = 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= 0.0031308, 12.92 * linear, curved))
