"""What surrogate training does to a row: one time step of one layer, neurons along the SIMD axis.

Small functions over one-dimensional arrays, so that the compiler can prove what it needs to vectorise each loop. Rows
are of one type, float32 or float64; so are the scalars, which come out of arrays: a literal would widen every product.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

# Divisions may become reciprocals and sums may be reordered; infinities and not-a-numbers keep their meaning, as they
# tell that a training has blown up. The order is the same for every number of threads.
FASTMATH = {"contract", "arcp", "afn", "nsz", "reassoc"}
_row: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=FASTMATH)
# Only without infinities may a division become an estimate and one step of Newton's: three times faster here.
_estimate: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath={*FASTMATH, "ninf"})

SUPERSPIKE, SIGMOID, ESSER, ARCTAN, TRIANGULAR, ASYMPTOTIC, NONE = range(7)


@_estimate
def surrogate_row(kind, beta, one, u, h):  # type: ignore[no-untyped-def]
    """The derivative that stands in for that of the step at threshold, of membranes `u`, into `h`."""
    n = u.shape[0]
    if kind == SUPERSPIKE:
        for j in range(n):
            d = beta * abs(u[j] - one) + one
            h[j] = one / (d * d)
    elif kind == SIGMOID:
        for j in range(n):
            e = math.exp(-beta * abs(u[j] - one))
            d = one + e
            h[j] = e / (d * d)
    elif kind in (ESSER, TRIANGULAR):
        top = one if kind == ESSER else beta
        zero = one - one
        for j in range(n):
            h[j] = max(zero, one - beta * abs(u[j] - one)) * top
    elif kind == ARCTAN:
        for j in range(n):
            d = beta * (u[j] - one)
            h[j] = one / (one + d * d)
    elif kind == ASYMPTOTIC:
        for j in range(n):
            d = beta * abs(u[j] - one) + one
            h[j] = beta / (d * d)
    else:
        h[:] = one - one


@_row
def primitive_row(kind, beta, one, u, s):  # type: ignore[no-untyped-def]
    """A function whose derivative is exactly the surrogate, 0.5 at threshold: spikes made smooth, into `s`."""
    half = one / (one + one)
    for j in range(u.shape[0]):
        x = u[j] - one
        if kind == SUPERSPIKE:
            s[j] = half + x / (one + beta * abs(x))
        elif kind == ASYMPTOTIC:
            s[j] = half + beta * x / (one + beta * abs(x))
        elif kind == SIGMOID:
            s[j] = half + (one / (one + math.exp(-beta * x)) - half) / beta
        elif kind == ARCTAN:
            s[j] = half + math.atan(beta * x) / beta
        elif kind == NONE:
            s[j] = half
        else:
            d = min(abs(x), one / beta)
            area = d - half * beta * d * d
            if kind == TRIANGULAR:
                area *= beta
            s[j] = half + (area if x > 0 else -area)


@_row
def fire_row(u, one, s):  # type: ignore[no-untyped-def]
    """Spikes of a row of membranes, 0 or 1, into `s`; returns how many."""
    n_spikes = 0
    zero = one - one
    for j in range(u.shape[0]):
        fires = u[j] >= one
        s[j] = one if fires else zero
        n_spikes += fires
    return n_spikes


@_row
def advance_row(u, s, i, a, b, one, u_next):  # type: ignore[no-untyped-def]
    """One step: the membrane decays and takes up its current, unless it has just fired; the current decays."""
    for j in range(u.shape[0]):
        u_next[j] = (b * u[j] + i[j]) * (one - s[j])
        i[j] *= a


@_row
def integrate_row(u, i, a, b, u_next):  # type: ignore[no-untyped-def]
    """One step of a readout, which never fires."""
    for j in range(u.shape[0]):
        u_next[j] = b * u[j] + i[j]
        i[j] *= a


@_row
def add_row(target, source):  # type: ignore[no-untyped-def]
    """``target += source``."""
    for j in range(target.shape[0]):
        target[j] += source[j]


@_row
def add_times_row(target, factor, source):  # type: ignore[no-untyped-def]
    """``target += factor * source``."""
    for j in range(target.shape[0]):
        target[j] += factor * source[j]


@_row
def reset_row(s_grad, u, i, b, u_grad):  # type: ignore[no-untyped-def]
    """What the reset adds to the gradient of the spikes: a spike takes away what the next membrane would have been."""
    for j in range(s_grad.shape[0]):
        s_grad[j] -= (b * u[j] + i[j]) * u_grad[j]


@_row
def back_row(u_grad, i_grad, s_grad, h, s, a, b, one):  # type: ignore[no-untyped-def]
    """One step back in time of `advance_row`, with the surrogate `h`; gradients of step n + 1 become those of n."""
    for j in range(u_grad.shape[0]):
        kept = (one - s[j]) * u_grad[j]
        i_grad[j] = a * i_grad[j] + kept
        u_grad[j] = b * kept + h[j] * s_grad[j]


@_row
def back_readout_row(u_grad, i_grad, outer, a, b):  # type: ignore[no-untyped-def]
    """One step back in time of `integrate_row`."""
    for j in range(u_grad.shape[0]):
        i_grad[j] = a * i_grad[j] + u_grad[j]
        u_grad[j] = b * u_grad[j] + outer[j]
