"""What the first spikes of `event_first` owe to weights, delays and inputs: gradients, a sample in each lane."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from luiapp.kernels.event_lanes import LANES, X, Y, exp_row, kernel, lanes, load

_sums: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz", "contract", "reassoc"})

_AT, _PULL, _LARGEST, _N_WORK = (k * LANES for k in range(2, 6))


@lanes
def _largest(t, e, n, late, e_late, double, work):  # type: ignore[no-untyped-def]
    """Raise the row to k(T - t) of every input."""
    for i in range(n):
        p = np.uintp(i * LANES)
        for j in range(LANES):
            since = work[_AT + j] - t[p + np.uintp(j)] - late[i]
            gone = work[Y + j] * e[p + np.uintp(j)] * e_late[i]
            here = gone - gone * gone if double else since * gone
            here = here if since > 0.0 else 0.0
            work[_LARGEST + j] = max(work[_LARGEST + j], here)


@_sums
def _owed(t, e, n, late, e_late, weights, double, work, moved, by_weights, by_times):  # type: ignore[no-untyped-def]
    """Add the sums over lanes of dL/dw and dL/dt of `n` inputs; the latter also to `moved`, lane by lane."""
    for i in range(n):
        p, shift_by, grown, weight = np.uintp(i * LANES), late[i], e_late[i], weights[i]
        by_weight, by_time = 0.0, 0.0
        for j in range(LANES):
            since = work[_AT + j] - t[p + np.uintp(j)] - shift_by
            gone = work[Y + j] * e[p + np.uintp(j)] * grown
            fast = gone * gone if double else since * gone
            rise = fast - 0.5 * gone if double else gone - fast
            pull = work[_PULL + j] if since > 0.0 else 0.0
            by_weight -= pull * (gone - fast if double else fast)
            shift = weight * (pull * rise)
            by_time += shift
            moved[p + np.uintp(j)] += shift
        by_weights[i] += by_weight
        by_times[i] += by_time


@lanes
def _taught(spikes, slopes, errors, at, n, scale, work):  # type: ignore[no-untyped-def]
    """Spike, -scale T, and dL/dT over the slope, a neuron in each lane; before all inputs if it isn't taught.

    Returns the greatest of the latter.
    """
    p, greatest = np.uintp(at), 0.0
    for j in range(n):
        q = p + np.uintp(j)
        taught = (errors[q] != 0.0) & (slopes[q] > 0.0)
        spike, pull = spikes[q] if taught else -1.0, errors[q] / (slopes[q] if taught else 1.0)
        pull = pull if taught else 0.0
        work[_AT + j], work[_PULL + j], work[X + j], work[_LARGEST + j] = spike, pull, -scale * spike, 0.0
        greatest = max(greatest, abs(pull))
    for j in range(n, LANES):
        work[_AT + j], work[_PULL + j], work[X + j], work[_LARGEST + j] = -1.0, 0.0, scale, 0.0
    return greatest


@kernel
def _limit(work, limit):  # type: ignore[no-untyped-def]
    """Shrink what would move a weight by more than `limit`."""
    for j in range(LANES):
        if abs(work[_PULL + j]) * work[_LARGEST + j] > limit:
            work[_PULL + j] = math.copysign(limit / work[_LARGEST + j], work[_PULL + j])


@kernel
def first_spike_gradients(  # type: ignore[no-untyped-def]
    times, weights, delays, double, spikes, slopes, errors, limit, d_weights, d_delays, d_times
):
    """Add the gradients of a loss with ``errors`` = dL/dT (n_samples, n_out).

    `d_weights`, `d_delays` as weights and delays, summed over samples; `d_times` as times. An error is scaled down so
    that no |dL/dw_i| of its sample and neuron exceeds `limit`: at a grazing threshold they have no bound.
    """
    n_samples, n_in, n_out = times.shape[0], weights.shape[0], weights.shape[1]
    scale, delayed = 0.5 if double else 1.0, delays.shape[0] > 0
    columns, late = weights.T.copy(), delays.T.copy() if delayed else np.zeros((n_out, n_in))
    e_late, by_weights, by_delays = np.exp(scale * late), np.zeros((n_out, n_in)), np.zeros((n_out, n_in))
    t, e, moved = np.empty(n_in * LANES), np.empty(n_in * LANES), np.empty(n_in * LANES)
    work, bits = np.zeros(_N_WORK), np.zeros(2 * LANES, np.int64)
    scratch, by_input = bits.view(np.float64), times.T.copy().ravel()
    by_neuron = spikes.T.copy().ravel(), slopes.T.copy().ravel(), errors.T.copy().ravel()
    for begin in range(0, n_samples, LANES):
        n = min(LANES, n_samples - begin)
        load(by_input, begin, n, n_samples, scale, t, e, work, bits, scratch)
        moved[:] = 0.0
        for j in range(n_out):
            greatest = _taught(*by_neuron, j * n_samples + begin, n, scale, work)
            exp_row(work, bits, scratch)
            if greatest * (0.25 if double else math.exp(-1.0)) > limit:  # the kernel's height
                _largest(t, e, n_in, late[j], e_late[j], double, work)
                _limit(work, limit)
            _owed(t, e, n_in, late[j], e_late[j], columns[j], double, work, moved, by_weights[j], by_delays[j])
        for k in range(n):
            for i in range(n_in):
                d_times[begin + k, i] += moved[i * LANES + k]
    d_weights += by_weights.T
    if delayed:
        d_delays += by_delays.T
