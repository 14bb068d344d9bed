"""A readout of four leaky integrators, of which some may be padding: the narrow end of `train_tiles`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from luiapp.kernels.train_loss import MAXIMUM, MEAN
from luiapp.kernels.train_rows import FASTMATH

OUTPUTS = 4
COLUMNS = OUTPUTS + 1  # of gradients: the last is 1 in the steps that count, and 0 beyond

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=FASTMATH)


@_kernel
def readout_forward(first, found, out, n_steps, a, b, one, readout, top, when):  # type: ignore[no-untyped-def]
    """Four leaky integrators through all steps; `top` and `when` (4,) get the maximum of each and its step."""
    zero = one - one
    x0, x1, x2, x3 = zero, zero, zero, zero
    i0, i1, i2, i3 = zero, zero, zero, zero
    top0, top1, top2, top3 = zero, zero, zero, zero
    t0, t1, t2, t3 = 0, 0, 0, 0
    for t in range(n_steps):
        q = np.uintp(OUTPUTS * t)
        readout[q], readout[q + np.uintp(1)], readout[q + np.uintp(2)], readout[q + np.uintp(3)] = x0, x1, x2, x3
        t0, top0 = (t, x0) if x0 > top0 else (t0, top0)
        t1, top1 = (t, x1) if x1 > top1 else (t1, top1)
        t2, top2 = (t, x2) if x2 > top2 else (t2, top2)
        t3, top3 = (t, x3) if x3 > top3 else (t3, top3)
        x0, x1, x2, x3 = b * x0 + i0, b * x1 + i1, b * x2 + i2, b * x3 + i3
        i0, i1, i2, i3 = a * i0, a * i1, a * i2, a * i3
        for e in range(first[t], first[t + 1]):
            w = np.uintp(OUTPUTS * found[e])
            i0 += out[w]
            i1 += out[w + np.uintp(1)]
            i2 += out[w + np.uintp(2)]
            i3 += out[w + np.uintp(3)]
    top[0], top[1], top[2], top[3] = top0, top1, top2, top3
    when[0], when[1], when[2], when[3] = t0, t1, t2, t3


@_kernel
def classify(loss, scale, readout, n_steps, n_out, top, score, when):  # type: ignore[no-untyped-def]
    """`train_loss.scores` of membranes that lie four by four; what `readout_forward` found is there."""
    one = readout.dtype.type(1)
    for k in range(n_out):
        if loss == MAXIMUM:
            score[k] = top[k]
        elif loss == MEAN:
            total = one - one
            for t in range(n_steps):
                total += readout[OUTPUTS * t + k]
            score[k] = total / scale
        else:
            score[k] = readout[OUTPUTS * (n_steps - 1) + k]
            when[k] = n_steps - 1


@_kernel
def readout_backward(loss, scale, slope, when, n_back, first, found, a, b, one, gradient, out_grad):  # type: ignore[no-untyped-def]
    """Back through the readout: ``gradient[t]`` is that of the currents at t + 1; the weights' is added up.

    `slope` (4,) is the scores', zero where there is padding.
    """
    zero = one - one
    steady = loss == MEAN
    s0, s1, s2, s3 = slope[0], slope[1], slope[2], slope[3]
    if steady:
        s0, s1, s2, s3 = s0 / scale, s1 / scale, s2 / scale, s3 / scale
    t0, t1, t2, t3 = when[0], when[1], when[2], when[3]
    i0, i1, i2, i3 = zero, zero, zero, zero
    u0, u1, u2, u3 = zero, zero, zero, zero
    gradient[COLUMNS * n_back :] = zero  # the hidden layer goes back by whole blocks
    for t in range(n_back - 1, -1, -1):
        q = np.uintp(COLUMNS * t)
        gradient[q], gradient[q + np.uintp(1)], gradient[q + np.uintp(2)], gradient[q + np.uintp(3)] = i0, i1, i2, i3
        gradient[q + np.uintp(OUTPUTS)] = one
        for e in range(first[t], first[t + 1]):
            w = np.uintp(OUTPUTS * found[e])
            out_grad[w] += i0
            out_grad[w + np.uintp(1)] += i1
            out_grad[w + np.uintp(2)] += i2
            out_grad[w + np.uintp(3)] += i3
        i0, i1, i2, i3 = a * i0 + u0, a * i1 + u1, a * i2 + u2, a * i3 + u3
        u0 = b * u0 + (s0 if steady or t == t0 else zero)
        u1 = b * u1 + (s1 if steady or t == t1 else zero)
        u2 = b * u2 + (s2 if steady or t == t2 else zero)
        u3 = b * u3 + (s3 if steady or t == t3 else zero)
