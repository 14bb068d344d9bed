"""Samples side by side: what the closed forms of spike times do to a group of them at once.

Samples are taken in groups of `LANES`, so that each loop over them becomes a few wide instructions. No branch depends
on one sample: all of a group are sorted by the same exchanges, walked input by input, and what a sample finds is kept
by selection. Rows of a group stand in one array at fixed distances, so that the compiler needs no alias checks. Short
loops over several arrays take their `width`, which is always `LANES`, as a number that the compiler doesn't know: else
it would unroll them into single steps.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

LANES = 32
SILENT, NEVER = 1e150, 1e3  # exp(t) and t of a spike that doesn't come: beyond all others, and its square is finite
X, Y = 0, LANES  # rows of `work` that exp_row and log_row read and write

kernel: Any = njit(cache=True, nogil=True, error_model="numpy")
lanes: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz", "contract"})

_POWERS = np.array([1.0 / math.factorial(k) for k in range(13, -1, -1)])
_ODD = np.array([2.0 / (2 * k + 1) for k in range(10, -1, -1)])
_MAGIC = 1.5 * 2.0**52  # added to a number it leaves its integer part in the lowest bits
_MAGIC_BITS = int(np.float64(_MAGIC).view(np.int64))
_ROOT_HALF_BITS = int(np.float64(math.sqrt(0.5)).view(np.int64))
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # the first ends in zeros


@lanes
def exp_row(work, bits, scratch):  # type: ignore[no-untyped-def]
    """exp of the row `X` into the row `Y`, for -700..700; `bits` is the memory of `scratch`."""
    for j in range(LANES):
        scratch[j] = work[X + j] * (1.0 / math.log(2.0)) + _MAGIC
    for j in range(LANES):
        bits[LANES + j] = (bits[j] - _MAGIC_BITS + 1023) << 52
    for j in range(LANES):
        whole = scratch[j] - _MAGIC
        r = work[X + j] - whole * _LN2_HIGH - whole * _LN2_LOW
        y = _POWERS[0]
        for k in range(1, 14):
            y = y * r + _POWERS[k]
        work[Y + j] = y * scratch[LANES + j]


@lanes
def log_row(work, bits, scratch):  # type: ignore[no-untyped-def]
    """ln of the row `X`, which is above zero, into the row `Y`."""
    for j in range(LANES):
        scratch[j] = work[X + j]
    for j in range(LANES):
        power = (bits[j] - _ROOT_HALF_BITS) >> 52
        bits[j] -= power << 52
        bits[LANES + j] = _MAGIC_BITS + power
    for j in range(LANES):
        f = (scratch[j] - 1.0) / (scratch[j] + 1.0)
        square = f * f
        y = _ODD[0]
        for k in range(1, 11):
            y = y * square + _ODD[k]
        power = scratch[LANES + j] - _MAGIC
        work[Y + j] = power * _LN2_HIGH + (power * _LN2_LOW + f * y)


@lanes
def _exchange_next(key, low):  # type: ignore[no-untyped-def]
    """The smaller keys of a row and the next one to the row, the greater to the next."""
    p = np.uintp(low * LANES)
    for j in range(LANES):
        first, second = key[p + np.uintp(j)], key[p + np.uintp(LANES + j)]
        key[p + np.uintp(j)], key[p + np.uintp(LANES + j)] = min(first, second), max(first, second)


@lanes
def _exchange_rows(key, low, high, n):  # type: ignore[no-untyped-def]
    """The same of `n` rows and others."""
    p, q = np.uintp(low * LANES), np.uintp(high * LANES)
    for j in range(n * LANES):
        first, second = key[p + np.uintp(j)], key[q + np.uintp(j)]
        key[p + np.uintp(j)], key[q + np.uintp(j)] = min(first, second), max(first, second)


@kernel
def sort_rows(key, n):  # type: ignore[no-untyped-def]
    """Sort `n` rows in each lane: Batcher's merges of odd and even, exchanges that don't depend on what is sorted."""
    p = 1
    while p < n:
        k = p
        while k >= 1:
            for j in range(k % p, n - k, 2 * k):
                if j // (2 * p) == (j + k) // (2 * p):
                    if k == 1:
                        _exchange_next(key, j)
                    else:
                        _exchange_rows(key, j, j + k, min(k, n - j - k))
            k //= 2
        p *= 2


@lanes
def _take(times, at, n, scale, t, p, work, width):  # type: ignore[no-untyped-def]
    """An input's times of a group, and what to take the exponential of; lanes beyond the last sample stay silent."""
    q, r = np.uintp(at), np.uintp(p)
    for j in range(n):
        t[r + np.uintp(j)] = min(times[q + np.uintp(j)], NEVER)
    for j in range(n, LANES):
        t[r + np.uintp(j)] = NEVER
    for j in range(width):
        work[X + j] = scale * min(t[r + np.uintp(j)], 700.0)


@lanes
def _grown(work, t, p, e, width):  # type: ignore[no-untyped-def]
    """The exponentials, once they are there."""
    q = np.uintp(p)
    for j in range(width):
        grown = work[Y + j]
        e[q + np.uintp(j)] = grown if t[q + np.uintp(j)] < NEVER else SILENT


@kernel
def load(by_input, begin, n, n_samples, scale, t, e, work, bits, scratch):  # type: ignore[no-untyped-def]
    """Times of the `n` samples from `begin` on, and exp(scale t), row by row; `by_input` is (n_in * n_samples,)."""
    n_in, width = by_input.shape[0] // n_samples, bits.shape[0] // 2
    for i in range(n_in):
        _take(by_input, i * n_samples + begin, n, scale, t, i * LANES, work, width)
        exp_row(work, bits, scratch)
        _grown(work, t, i * LANES, e, width)
