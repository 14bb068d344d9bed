"""What the first spikes of `event_first` owe to weights, delays and inputs: gradients, a sample in each lane."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from luiapp.kernels.event_lanes import LANES, X, Y, exp_row, kernel, lanes, load

_sums: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz", "contract", "reassoc"})

_AT, _DECAY, _PULL, _LARGEST, _N_WORK = (k * LANES for k in range(2, 7))


@lanes
def _largest(t, e, i, late, e_late, double, work):  # type: ignore[no-untyped-def]
    """Raise the row to k(T - t) of input i."""
    p = np.uintp(i * LANES)
    for j in range(LANES):
        since, gone = work[_AT + j] - t[p + np.uintp(j)] - late, work[_DECAY + j] * e[p + np.uintp(j)] * e_late
        here = gone - gone * gone if double else since * gone
        here = here if since > 0.0 else 0.0
        work[_LARGEST + j] = max(work[_LARGEST + j], here)


@_sums
def _owed(t, e, i, late, e_late, weight, double, work, moved):  # type: ignore[no-untyped-def]
    """The sums over lanes of dL/dw and dL/dt of input i; the latter are added to its row of `moved`, lane by lane."""
    p = np.uintp(i * LANES)
    by_weight, by_time = 0.0, 0.0
    for j in range(LANES):
        since, gone = work[_AT + j] - t[p + np.uintp(j)] - late, work[_DECAY + j] * e[p + np.uintp(j)] * e_late
        fast = gone * gone if double else since * gone
        rise = fast - 0.5 * gone if double else gone - fast
        pull = work[_PULL + j] if since > 0.0 else 0.0
        by_weight -= pull * (gone - fast if double else fast)
        shift = weight * (pull * rise)
        by_time += shift
        moved[p + np.uintp(j)] += shift
    return by_weight, by_time


@kernel
def _taught(spikes, slopes, errors, at, n, n_samples, scale, work, bits, scratch):  # type: ignore[no-untyped-def]
    """Spike, exp(-scale T), and dL/dT over the slope, a neuron in each lane; before all inputs if it isn't taught.

    Returns the greatest of the latter.
    """
    greatest = 0.0
    for j in range(LANES):
        k = at + min(j, n - 1)
        taught = (j < n) & (errors[k] != 0.0) & (slopes[k] > 0.0)
        work[_AT + j] = spikes[k] if taught else -1.0
        work[_PULL + j] = errors[k] / slopes[k] if taught else 0.0
        work[X + j] = -scale * work[_AT + j]
        greatest = max(greatest, abs(work[_PULL + j]))
    exp_row(work, bits, scratch)
    for j in range(LANES):
        work[_DECAY + j], work[_LARGEST + j] = work[Y + j], 0.0
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
    e_delays = np.exp(scale * delays)
    t, e, moved = np.empty(n_in * LANES), np.empty(n_in * LANES), np.empty(n_in * LANES)
    work, bits = np.zeros(_N_WORK), np.zeros(2 * LANES, np.int64)
    scratch, by_input = bits.view(np.float64), times.T.copy().ravel()
    by_neuron = spikes.T.copy().ravel(), slopes.T.copy().ravel(), errors.T.copy().ravel()
    late, e_late = 0.0, 1.0
    for begin in range(0, n_samples, LANES):
        n = min(LANES, n_samples - begin)
        load(by_input, begin, n, n_samples, scale, t, e, work, bits, scratch)
        moved[:] = 0.0
        for j in range(n_out):
            greatest = _taught(*by_neuron, j * n_samples + begin, n, n_samples, scale, work, bits, scratch)
            if greatest * (0.25 if double else math.exp(-1.0)) > limit:  # the kernel's height
                for i in range(n_in):
                    if delayed:
                        late, e_late = delays[i, j], e_delays[i, j]
                    _largest(t, e, i, late, e_late, double, work)
                _limit(work, limit)
            for i in range(n_in):
                if delayed:
                    late, e_late = delays[i, j], e_delays[i, j]
                by_weight, by_time = _owed(t, e, i, late, e_late, weights[i, j], double, work, moved)
                d_weights[i, j] += by_weight
                if delayed:
                    d_delays[i, j] += by_time
        for k in range(n):
            for i in range(n_in):
                d_times[begin + k, i] += moved[i * LANES + k]
