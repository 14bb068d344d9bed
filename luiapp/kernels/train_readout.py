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
def readout_forward(first, found, out, n_steps, a, b, one, readout):  # type: ignore[no-untyped-def]
    """Four leaky integrators through all steps."""
    zero = one - one
    x0, x1, x2, x3 = zero, zero, zero, zero
    i0, i1, i2, i3 = zero, zero, zero, zero
    for t in range(n_steps):
        q = OUTPUTS * t
        readout[q], readout[q + 1], readout[q + 2], readout[q + 3] = x0, x1, x2, x3
        x0, x1, x2, x3 = b * x0 + i0, b * x1 + i1, b * x2 + i2, b * x3 + i3
        i0, i1, i2, i3 = a * i0, a * i1, a * i2, a * i3
        for e in range(first[t], first[t + 1]):
            w = OUTPUTS * found[e]
            i0 += out[w]
            i1 += out[w + 1]
            i2 += out[w + 2]
            i3 += out[w + 3]


@_kernel
def classify(loss, scale, readout, n_steps, n_out, score, where):  # type: ignore[no-untyped-def]
    """`train_loss.scores` of membranes that lie four by four."""
    one = readout.dtype.type(1)
    for k in range(n_out):
        where[k] = n_steps - 1
        score[k] = readout[OUTPUTS * (n_steps - 1) + k]
        if loss == MAXIMUM:
            best, step = readout[k], 0
            for t in range(1, n_steps):
                x = readout[OUTPUTS * t + k]
                if x > best:
                    best, step = x, t
            score[k], where[k] = best, step
        elif loss == MEAN:
            total = one - one
            for t in range(n_steps):
                total += readout[OUTPUTS * t + k]
            score[k] = total / scale


@_kernel
def readout_backward(loss, scale, slope, where, n_back, n_out, first, found, a, b, one, gradient, out_grad):  # type: ignore[no-untyped-def]
    """Back through the readout: ``gradient[t]`` is that of the currents at t + 1; the weights' is added up."""
    zero = one - one
    d_u, d_i, steady = np.zeros(OUTPUTS, gradient.dtype), np.zeros(OUTPUTS, gradient.dtype), zero
    gradient[COLUMNS * n_back :] = zero  # the hidden layer goes back by whole blocks
    for t in range(n_back - 1, -1, -1):
        q = COLUMNS * t
        gradient[q + OUTPUTS] = gradient.dtype.type(1)
        for k in range(OUTPUTS):
            gradient[q + k] = d_i[k]
        for e in range(first[t], first[t + 1]):
            w = OUTPUTS * found[e]
            for k in range(OUTPUTS):
                out_grad[w + k] += d_i[k]
        for k in range(n_out):
            steady = zero
            if loss == MEAN:
                steady = slope[k] / scale
            elif where[k] == t:
                steady = slope[k]
            d_i[k] = a * d_i[k] + d_u[k]
            d_u[k] = b * d_u[k] + steady
