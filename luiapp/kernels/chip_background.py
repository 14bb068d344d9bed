"""The event sources of the emulated chip: a shift register with linear feedback, and the buses that they share.

The register has 32 bits and the feedback polynomial x^32 + x^22 + x^2 + x + 1, which is primitive: it runs through all
states but zero. Each draw moves it on by 16 bits; the lower eight are compared with the rate, the upper eight choose a
label.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy")

BITS = 16  # of a draw


@_kernel
def shifted(state, n):  # type: ignore[no-untyped-def]
    """The register after `n` more bits."""
    one = np.uint32(1)
    for _ in range(n):
        bit = (state ^ (state >> np.uint32(10)) ^ (state >> np.uint32(30)) ^ (state >> np.uint32(31))) & one
        state = np.uint32((state >> one) | (bit << np.uint32(31)))
    return state


@_kernel
def emit(seed, period, rate, mask, begin, end, tick, label):  # type: ignore[no-untyped-def]
    """Events of one source between the ticks `begin` and `end`, counted from when it was switched on.

    Parameters
    ----------
    rate : int
        0 … 255; -1: regular.
    mask : int
        Bits of the label that are drawn.
    tick, label : (room,)
        Written, the ticks counted from `begin`.

    Returns
    -------
    int
        How many events there are; those beyond the room are missing.
    """
    state = np.uint32(seed) if seed != 0 else np.uint32(1)
    n_found = 0
    at = period
    while at < end:
        fires, chosen = True, np.uint32(0)
        if rate >= 0:
            low = np.uint32(0)
            while low == 0:  # numbers from 1 to 255, so that the mean is rate / 255 as documented
                state = shifted(state, BITS)
                low = state & np.uint32(255)
            fires = low <= rate
            chosen = (state >> np.uint32(8)) & np.uint32(mask)
        if fires and at >= begin:
            if n_found < tick.shape[0]:
                tick[n_found] = at - begin
                label[n_found] = chosen
            n_found += 1
        at += period
    return n_found


@_kernel
def queue(tick, lane, waits, n_lanes, depth, kept, late):  # type: ignore[no-untyped-def]
    """Events in order of time onto buses that take one a tick.

    Parameters
    ----------
    lane : (n,) int64
        The bus of each.
    waits : (n,) bool
        Whether it can wait, and be lost; others take their tick and are never late.
    depth : int
        Events that can wait at a bus.
    kept : (n,) bool, late : (n,) int64
        Written: whether it passes, and by how many ticks later.
    """
    free = np.zeros(n_lanes, np.int64)  # the first tick that is free, of each bus
    for k in range(tick.shape[0]):
        behind = max(free[lane[k]] - tick[k], 0)
        kept[k] = not waits[k] or behind < depth
        late[k] = behind if waits[k] else 0
        if kept[k]:
            free[lane[k]] = tick[k] + behind + 1
