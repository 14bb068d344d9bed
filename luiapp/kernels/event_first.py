"""First spikes of leaky integrate-and-fire neurons in closed form, and what they owe to each input.

A neuron that counts from rest, with times in units of tau_syn and one spike per input,

    tau_mem dv/dt = -v + i,    di/dt = -i,    i += w_i at t_i,    v = sum_i w_i k(t - t_i),

has closed-form spike times for two ratios of its time constants (Göltz et al., Nat Mach Intell 3 (2021) 823):

    tau_mem = 1:  k(s) = s exp(-s),               a = sum w_i e^(t_i), b = sum w_i t_i e^(t_i), T = b/a - W(z)
    tau_mem = 2:  k(s) = exp(-s/2) - exp(-s),     a = sum w_i e^(t_i), b = sum w_i e^(t_i/2),   T = 2 ln(2a/(b+s))

with z = -(threshold/a) e^(b/a), W the principal branch of Lambert's function and s² = b² - 4 a threshold. Only inputs
before the spike count, the causal set; it is found by walking the inputs in the order of their arrival. Where the
order stays, dT/dw_i = -k(T - t_i)/v'(T) and dT/dt_i = w_i k'(T - t_i)/v'(T).

Arrays: times (n_samples, n_in), inf where there is no spike; weights (n_in, n_out); delays (n_in, n_out) or (0, 0).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

_kernel = njit(cache=True, nogil=True, error_model="numpy")
_FEW = 24  # up to here insertion beats the general sort


@_kernel
def before_peak(ratio: float) -> float:
    """How long before its peak, in tau_syn, s exp(-s) reaches `ratio` (0..1) of the peak: 1 + W(-ratio/e)."""
    if ratio >= 1.0:
        return 0.0
    if ratio > 0.5:  # series about the branch point, then about 0; two of Halley's steps leave rounding only
        p = math.sqrt(2.0 * (1.0 - ratio))
        y = p * (1.0 - p * (1.0 / 3.0 - p * (11.0 / 72.0 - p * (43.0 / 540.0))))
    else:
        z = -ratio / math.e
        y = 1.0 + z * (1.0 - z * (1.0 - z * (1.5 - z * (8.0 / 3.0))))
    for _ in range(2):
        grown = math.exp(y)
        miss = grown * (1.0 - y) - ratio
        step = 2.0 * miss * y / (2.0 * y * y * grown + miss * (1.0 + y))
        y = max(y + step, 0.0)
    return y


@_kernel
def _sort(arrival: NDArray[np.float64], order: NDArray[np.int64]) -> int:
    """Write the finite arrivals' indices to `order`, earliest first; returns their number."""
    n = 0
    for i in range(arrival.shape[0]):
        if arrival[i] < math.inf:
            order[n] = i
            n += 1
    if n > _FEW:
        order[:n] = order[:n][np.argsort(arrival[order[:n]])]
        return n
    for k in range(1, n):
        i = order[k]
        at = k
        while at > 0 and arrival[order[at - 1]] > arrival[i]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = i
    return n


@_kernel
def _first_equal(arrival, e_1, weights, j, order, n, threshold):  # type: ignore[no-untyped-def]
    """First spike of neuron j and the membrane's slope there; tau_mem = tau_syn."""
    a, b = 0.0, 0.0
    for k in range(n):
        i = order[k]
        now = arrival[i]
        gain = weights[i, j] * e_1[i]
        a += gain
        b += gain * now
        if a <= 0.0:
            continue  # no peak ahead
        peak_at = 1.0 + b / a
        if peak_at <= now:
            continue
        if k + 1 < n and peak_at > arrival[order[k + 1]]:
            after = order[k + 1]
            if a * arrival[after] - b < threshold * e_1[after]:
                continue  # still below when the next input arrives
            peak = max(a * math.exp(-peak_at), threshold)
        else:
            peak = a * math.exp(-peak_at)
            if peak < threshold:
                continue
        early = before_peak(threshold / peak)
        return peak_at - early, peak * math.exp(early) * early
    return math.inf, 0.0


@_kernel
def _first_double(arrival, e_1, e_2, weights, j, order, n, threshold):  # type: ignore[no-untyped-def]
    """The same for tau_mem = 2 tau_syn."""
    a, b = 0.0, 0.0
    for k in range(n):
        i = order[k]
        w = weights[i, j]
        a += w * e_1[i]
        b += w * e_2[i]
        if a <= 0.0 or b * e_2[i] >= 2.0 * a:
            continue  # no peak ahead: the membrane is highest at exp(-t/2) = b / 2a
        if k + 1 < n and b * e_2[order[k + 1]] < 2.0 * a:
            later = e_2[order[k + 1]]
            if b * later - a < threshold * later * later:
                continue
        elif b <= 0.0 or b * b < 4.0 * a * threshold:
            continue
        root = math.sqrt(max(b * b - 4.0 * a * threshold, 0.0))
        x = (b + root) / (2.0 * a)
        return -2.0 * math.log(x), 0.5 * x * root
    return math.inf, 0.0


@_kernel
def _arrive(times, delays, j, double, arrival, e_1, e_2):  # type: ignore[no-untyped-def]
    """Arrivals at neuron j and their exponentials."""
    for i in range(times.shape[0]):
        arrival[i] = times[i] + delays[i, j] if delays.shape[0] > 0 else times[i]
        if arrival[i] == math.inf:
            e_1[i], e_2[i] = 0.0, 0.0
        elif double:
            e_2[i] = math.exp(0.5 * arrival[i])
            e_1[i] = e_2[i] * e_2[i]
        else:
            e_1[i] = math.exp(arrival[i])


@_kernel
def first_spikes(times, weights, delays, threshold, double, spikes, slopes):  # type: ignore[no-untyped-def]
    """Fill `spikes` and `slopes` (n_samples, n_out): the first spike times, and dv/dt there (0 where silent)."""
    n_in, n_out = weights.shape
    arrival, e_1, e_2 = np.empty(n_in), np.empty(n_in), np.empty(n_in)
    order = np.empty(n_in, np.int64)
    for sample in range(times.shape[0]):
        n = 0
        for j in range(n_out):
            if j == 0 or delays.shape[0] > 0:
                _arrive(times[sample], delays, j, double, arrival, e_1, e_2)
                n = _sort(arrival, order)
            if double:
                found, slope = _first_double(arrival, e_1, e_2, weights, j, order, n, threshold)
            else:
                found, slope = _first_equal(arrival, e_1, weights, j, order, n, threshold)
            spikes[sample, j] = found
            slopes[sample, j] = slope


@_kernel
def _pull(arrival, e_1, e_2, spike, double, kernel, slope_of_kernel):  # type: ignore[no-untyped-def]
    """k(T - t_i) and k'(T - t_i) of the causal inputs, 0 for the others; returns the largest k."""
    largest = 0.0
    decay = math.exp(-0.5 * spike) if double else math.exp(-spike)
    for i in range(arrival.shape[0]):
        if arrival[i] >= spike:
            kernel[i] = 0.0
            slope_of_kernel[i] = 0.0
        elif double:
            slow = decay * e_2[i]
            fast = slow * slow
            kernel[i] = slow - fast
            slope_of_kernel[i] = fast - 0.5 * slow
        else:
            since = spike - arrival[i]
            kernel[i] = since * e_1[i] * decay
            slope_of_kernel[i] = (1.0 - since) * e_1[i] * decay
        largest = max(largest, kernel[i])
    return largest


@_kernel
def first_spike_gradients(  # type: ignore[no-untyped-def]
    times, weights, delays, double, spikes, slopes, errors, limit, d_weights, d_delays, d_times
):
    """Add the gradients of a loss with ``errors`` = dL/dT (n_samples, n_out).

    `d_weights`, `d_delays` as weights and delays, summed over samples; `d_times` as times. An error is scaled down so
    that no |dL/dw_i| of its sample and neuron exceeds `limit`: at a grazing threshold they have no bound.
    """
    n_in, n_out = weights.shape
    arrival, e_1, e_2 = np.empty(n_in), np.empty(n_in), np.empty(n_in)
    kernel, slope_of_kernel = np.empty(n_in), np.empty(n_in)
    for sample in range(times.shape[0]):
        for j in range(n_out):
            if j == 0 or delays.shape[0] > 0:
                _arrive(times[sample], delays, j, double, arrival, e_1, e_2)
            error, slope = errors[sample, j], slopes[sample, j]
            if error == 0.0 or slope <= 0.0:
                continue
            largest = _pull(arrival, e_1, e_2, spikes[sample, j], double, kernel, slope_of_kernel)
            pull = error / slope
            if abs(pull) * largest > limit:
                pull = math.copysign(limit / largest, pull)
            for i in range(n_in):
                d_weights[i, j] -= pull * kernel[i]
                moved = pull * weights[i, j] * slope_of_kernel[i]
                d_times[sample, i] += moved
                if delays.shape[0] > 0:
                    d_delays[i, j] += moved
