"""A readout of four leaky integrators, of which some may be padding: the narrow end of `train_tiles`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from luiapp.kernels.train_loss import MAXIMUM, MEAN
from luiapp.kernels.train_rows import FASTMATH

OUTPUTS = 4
STATES = 4
# Rows of `readout`: the maximum of each, its step, their last values, their sums.
_TOP, _WHEN, _LAST, _SUM = (k * OUTPUTS for k in range(STATES))

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=FASTMATH)


@_kernel
def readout_forward(comes, n_rows, pad, a, b, one, readout):  # type: ignore[no-untyped-def]
    """Four leaky integrators through all rows; steps are kept as Real, which is exact for all that there can be."""
    zero = one - one
    x0, x1, x2, x3 = zero, zero, zero, zero
    i0, i1, i2, i3 = zero, zero, zero, zero
    m0, m1, m2, m3 = zero, zero, zero, zero
    s0, s1, s2, s3 = zero, zero, zero, zero
    l0, l1, l2, l3 = zero, zero, zero, zero
    t = one * pad
    w0, w1, w2, w3 = t, t, t, t
    t = zero
    for row in range(n_rows):
        l0, l1, l2, l3 = x0, x1, x2, x3
        s0, s1, s2, s3 = s0 + x0, s1 + x1, s2 + x2, s3 + x3
        w0, w1, w2, w3 = t if x0 > m0 else w0, t if x1 > m1 else w1, t if x2 > m2 else w2, t if x3 > m3 else w3
        m0, m1, m2, m3 = max(m0, x0), max(m1, x1), max(m2, x2), max(m3, x3)
        x0, x1, x2, x3 = b * x0 + i0, b * x1 + i1, b * x2 + i2, b * x3 + i3
        q = np.uintp(OUTPUTS * row)
        c0, c1, c2, c3 = comes[q], comes[q + np.uintp(1)], comes[q + np.uintp(2)], comes[q + np.uintp(3)]
        i0, i1, i2, i3 = a * i0 + c0, a * i1 + c1, a * i2 + c2, a * i3 + c3
        t += one
    readout[_TOP], readout[_TOP + 1], readout[_TOP + 2], readout[_TOP + 3] = m0, m1, m2, m3
    readout[_WHEN], readout[_WHEN + 1], readout[_WHEN + 2], readout[_WHEN + 3] = w0, w1, w2, w3
    readout[_LAST], readout[_LAST + 1], readout[_LAST + 2], readout[_LAST + 3] = l0, l1, l2, l3
    readout[_SUM], readout[_SUM + 1], readout[_SUM + 2], readout[_SUM + 3] = s0, s1, s2, s3


@_kernel
def classify(loss, scale, readout, n_rows, n_out, score, where):  # type: ignore[no-untyped-def]
    """`train_loss.scores` of what `readout_forward` found; `where` (4,) gets rows."""
    for k in range(n_out):
        where[k] = n_rows - 1
        if loss == MAXIMUM:
            score[k], where[k] = readout[_TOP + k], np.int64(readout[_WHEN + k])
        elif loss == MEAN:
            score[k] = readout[_SUM + k] / scale
        else:
            score[k] = readout[_LAST + k]


@_kernel
def readout_backward(steady, slope, where, n_back, row, a, b, one, gradient):  # type: ignore[no-untyped-def]
    """Back through the readout from `n_back` to `row`: ``gradient[t]`` is that of the currents at t + 1.

    `slope` (4,) is the scores', zero where there is padding: of each membrane at its row, or, if `steady`, at all.
    """
    zero = one - one
    s0, s1, s2, s3 = slope[0], slope[1], slope[2], slope[3]
    t0, t1, t2, t3 = where[0], where[1], where[2], where[3]
    i0, i1, i2, i3 = zero, zero, zero, zero
    u0, u1, u2, u3 = zero, zero, zero, zero
    gradient[OUTPUTS * n_back :] = zero
    for t in range(n_back - 1, row - 1, -1):
        q = np.uintp(OUTPUTS * t)
        gradient[q], gradient[q + np.uintp(1)], gradient[q + np.uintp(2)], gradient[q + np.uintp(3)] = i0, i1, i2, i3
        i0, i1, i2, i3 = a * i0 + u0, a * i1 + u1, a * i2 + u2, a * i3 + u3
        u0 = b * u0 + (s0 if steady or t == t0 else zero)
        u1 = b * u1 + (s1 if steady or t == t1 else zero)
        u2 = b * u2 + (s2 if steady or t == t2 else zero)
        u3 = b * u3 + (s3 if steady or t == t3 else zero)
