"""One linear piece of a board's motion: its solution, and where it ends."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from luiapp.kernels.twin_columns import M_B, M_GOAL, M_K0, M_KQ, M_L, M_Q, M_REST, M_SIDE, M_UHI, M_ULO, M_VHI, M_VLO

_TOLERANCE = 1e-13  # s, to which an event is located


@njit(cache=True, nogil=True)
def propagators(b: float, l: float, h: float) -> tuple[float, float, float]:  # noqa: E741
    """e^(-b·h), e^(-l·h) and the response of the second to a decay of the first, also where b and l are alike."""
    el = math.exp(-l * h)
    d = (l - b) * h
    phi = h * el if abs(d) < 1e-14 else h * el * math.expm1(d) / d
    return math.exp(-b * h), el, phi


@njit(cache=True, nogil=True)
def after(i: int, h: float, u: float, v: float, current: float, mode: np.ndarray) -> tuple[float, float]:
    """(u, v) after `h` seconds of the present piece; `current` is a stimulus in V/s."""
    b, l, q = mode[i, M_B], mode[i, M_L], mode[i, M_Q]  # noqa: E741
    eb, el, phi = propagators(b, l, h)
    rest, goal = mode[i, M_REST], mode[i, M_GOAL] + current / l
    return rest + (u - rest) * eb, goal + (v - goal) * el + q * (u - rest) * phi


@njit(cache=True, nogil=True)
def excess(i: int, kind: int, u: float, v: float, mode: np.ndarray) -> float:
    """How far a state lies beyond bound number `kind` of the present piece (positive: beyond)."""
    if kind == 0:
        return u - mode[i, M_UHI]
    if kind == 1:
        return mode[i, M_ULO] - u
    if kind == 2:
        return v - mode[i, M_VHI]
    if kind == 3:
        return mode[i, M_VLO] - v
    return mode[i, M_SIDE] * (mode[i, M_K0] - mode[i, M_KQ] * u - v)


@njit(cache=True, nogil=True)
def locate(i: int, kind: int, h: float, u: float, v: float, current: float, mode: np.ndarray) -> float:
    """When bound `kind`, exceeded after `h`, is first exceeded: Illinois iteration; the answer lies just beyond."""
    a, b = 0.0, h
    fa = excess(i, kind, u, v, mode)
    u1, v1 = after(i, h, u, v, current, mode)
    fb = excess(i, kind, u1, v1, mode)
    side = 0
    for k in range(80):
        if b - a < _TOLERANCE:
            break
        m = 0.5 * (a + b) if k % 8 == 7 or fa >= 0.0 else b - fb * (b - a) / (fb - fa)
        # Keep away from the ends, so that the bracket closes from both sides.
        m = min(max(m, a + 0.4 * _TOLERANCE), b - 0.4 * _TOLERANCE)
        u1, v1 = after(i, m, u, v, current, mode)
        fm = excess(i, kind, u1, v1, mode)
        if fm > 0.0:
            b, fb = m, fm
            if side == 1:
                fa *= 0.5
            side = 1
        else:
            a, fa = m, fm
            if side == -1:
                fb *= 0.5
            side = -1
    return b
