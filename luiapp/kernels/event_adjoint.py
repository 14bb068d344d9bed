"""EventProp: layers of neurons that fire as often as they like, and the exact gradients of their spike times.

    tau_mem dv/dt = -v + i,    tau_syn di/dt = -i,    i += w at an input spike,    v = 0 after a spike at the threshold.

Between events the state is the exact solution; the adjoint variables run the same way, backwards (Wunderlich and
Pehle, Sci Rep 11 (2021) 12829). With ' = -d/dt

    tau_mem l_v' = -l_v,    tau_syn l_i' = -l_i + l_v,
    at an own spike    l_v = (i l_v + dL/dt) / (i - threshold),    at an input spike    dL/dw -= tau_syn l_i
                                                                                        dL/dt += w (l_v - l_i).

Spikes of many samples are one list: `first` (n_samples + 1,) where each sample begins, `time` and `source` (n,), sorted
by time within each sample. Time constants may be equal or not, in any unit of time.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from luiapp.kernels.lif_propagators import i_to_v

_kernel = njit(cache=True, nogil=True, error_model="numpy")
FULL = -1


@_kernel
def listed(times, first, time, source):  # type: ignore[no-untyped-def]
    """Write the finite ones of `times` (n_samples, n_in) as a list of spikes; returns their number."""
    n = 0
    for sample in range(times.shape[0]):
        first[sample] = n
        for i in np.argsort(times[sample]):
            if times[sample, i] < math.inf:
                time[n], source[n] = times[sample, i], i
                n += 1
    first[times.shape[0]] = n
    return n


@_kernel
def on(v: float, i: float, t: float, tau_mem: float, tau_syn: float) -> tuple[float, float]:
    """State (v, i) after time t; as `i_to_v`, with one exponential less."""
    slower = math.exp(-t / max(tau_mem, tau_syn))
    y = abs(t / tau_mem * ((tau_syn - tau_mem) / tau_syn))
    lost = math.expm1(-y)
    faster = slower * (1.0 + lost)
    gain = t / tau_mem * slower * (1.0 if y == 0.0 else -lost / y)
    if tau_mem >= tau_syn:
        return v * slower + i * gain, i * faster
    return v * faster + i * gain, i * slower


@_kernel
def rises_to(v: float, i: float, tau_mem: float, tau_syn: float) -> float:
    """The highest value of a membrane that rises now, i > v."""
    rate = 1.0 / tau_syn - 1.0 / tau_mem
    # At the peak v = i; with ahead = (exp(rate t) - 1)/rate it lies where
    ahead = (i - v) / (rate * v + i / tau_mem)
    return i * math.exp(-ahead / tau_syn) if rate == 0.0 else i * math.exp(-math.log1p(rate * ahead) / (rate * tau_syn))


@_kernel
def crossing(v, i, span, v_end, i_end, tau_mem, tau_syn, threshold):  # type: ignore[no-untyped-def]
    """When within `span` a membrane that starts at v < threshold reaches it; inf if it doesn't.

    `v_end`, `i_end` is the state at the end of `span`, if there is no spike before.
    """
    if i <= threshold:
        return math.inf  # at a crossing the membrane rises, so i > v = threshold, and i falls from here on
    if v_end < threshold and (i_end >= v_end or rises_to(v, i, tau_mem, tau_syn) < threshold):
        return math.inf  # i_end >= v_end: it rises all the time
    at = 0.0
    x, current = v, i
    for _ in range(60):
        # The parabola through slope and curvature. The membrane rises up to the root and is concave there.
        slope = (current - x) / tau_mem
        bend = -(slope + current / tau_syn) / tau_mem
        miss = threshold - x
        inside = slope * slope + 2.0 * bend * miss
        step = 2.0 * miss / (slope + math.sqrt(inside)) if inside > 0.0 else miss / slope
        if slope <= 0.0 or abs(step) <= 4e-16 * (at + tau_syn):
            break
        at += step
        if abs(step) <= 1e-6 * tau_syn and slope > 1e-3 * threshold / tau_mem:
            break  # the error goes with the third power of the step
        x, current = on(v, i, at, tau_mem, tau_syn)
    return min(max(at, 0.0), span)


@_kernel
def _gaps(time, begin, end, until, tau_mem, tau_syn, gap):  # type: ignore[no-untyped-def]
    """Fill `gap` (n, 4): time from each input spike to the next, decays of v and i over it, and what v gets from i."""
    for k in range(begin, end):
        span = max((time[k + 1] if k + 1 < end else until) - time[k], 0.0)
        gap[k - begin, 0] = span
        gap[k - begin, 1] = math.exp(-span / tau_mem)
        gap[k - begin, 2] = math.exp(-span / tau_syn)
        gap[k - begin, 3] = i_to_v(span, tau_mem, tau_syn)


@_kernel
def _neuron(time, source, begin, end, weights, j, gap, tau, threshold, most, n, out):  # type: ignore[no-untyped-def]
    """Run neuron j through one sample; returns the number of spikes in `out` = (time, neuron, current), or FULL."""
    tau_mem, tau_syn = tau
    out_time, out_neuron, out_current = out
    v, i, n_own = 0.0, 0.0, 0
    for k in range(begin, end):
        i += weights[source[k], j]
        left = gap[k - begin, 0]
        v_end, i_end = v * gap[k - begin, 1] + i * gap[k - begin, 3], i * gap[k - begin, 2]
        while True:
            at = crossing(v, i, left, v_end, i_end, tau_mem, tau_syn, threshold)
            if at == math.inf:
                break
            if n == out_time.shape[0]:
                return FULL
            left -= at
            i *= math.exp(-at / tau_syn)
            v = 0.0
            out_time[n], out_neuron[n], out_current[n] = time[k] + gap[k - begin, 0] - left, j, i
            n += 1
            n_own += 1
            if n_own == most:
                return n
            v_end, i_end = on(v, i, left, tau_mem, tau_syn)
        v, i = v_end, i_end
    return n


@_kernel
def run(first, time, source, weights, tau, threshold, until, most, out_first, out):  # type: ignore[no-untyped-def]
    """One layer from the first input on up to `until`, at most `most` spikes a neuron and sample (0: any number).

    Fills ``out`` = (time, neuron, synaptic current at the spike), sorted as the inputs are, and `out_first`. Returns
    the number of spikes; FULL if they are more than `out` holds.
    """
    out_time, out_neuron, out_current = out
    longest = 0
    for sample in range(first.shape[0] - 1):
        longest = max(longest, first[sample + 1] - first[sample])
    gap = np.empty((longest, 4))
    n = 0
    for sample in range(first.shape[0] - 1):
        begin, end = first[sample], first[sample + 1]
        out_first[sample] = n
        _gaps(time, begin, end, until, tau[0], tau[1], gap)
        since = n
        for j in range(weights.shape[1]):
            n = _neuron(time, source, begin, end, weights, j, gap, tau, threshold, most, n, out)
            if n == FULL:
                return FULL
        order = np.argsort(out_time[since:n])
        out_time[since:n] = out_time[since:n][order]
        out_neuron[since:n] = out_neuron[since:n][order]
        out_current[since:n] = out_current[since:n][order]
    out_first[first.shape[0] - 1] = n
    return n


@_kernel
def _back(  # type: ignore[no-untyped-def]
    time, source, begin, end, weights, j, gap, tau, threshold, last, before, out, errors, limit, d_weights, d_time
):
    """Neuron j of one sample from its last spike back to the first input."""
    tau_mem, tau_syn = tau
    out_time, out_current = out
    share = tau_mem / tau_syn
    l_v, l_i = 0.0, 0.0
    spike = last
    now = out_time[spike]
    for k in range(end - 1, begin - 1, -1):
        if time[k] >= now and spike == last:
            continue  # nothing that comes after the last spike matters
        whole = k + 1 < end  # unless the neuron fires in between, which then is where this starts
        while spike >= 0 and out_time[spike] > time[k]:
            span = now - out_time[spike]
            decay = math.exp(-span / tau_mem)
            l_i = l_i * math.exp(-span / tau_syn) + l_v * share * i_to_v(span, tau_mem, tau_syn)
            l_v *= decay
            steep = out_current[spike] - threshold
            l_v = (out_current[spike] * l_v + errors[spike]) / steep if steep > 0.0 else 0.0
            l_v = min(max(l_v, -limit), limit)
            now = out_time[spike]
            spike = before[spike]
            whole = False
        if whole:
            l_i = l_i * gap[k - begin, 2] + l_v * share * gap[k - begin, 3]
            l_v *= gap[k - begin, 1]
        else:
            span = now - time[k]
            l_i = l_i * math.exp(-span / tau_syn) + l_v * share * i_to_v(span, tau_mem, tau_syn)
            l_v *= math.exp(-span / tau_mem)
        now = time[k]
        w = weights[source[k], j]
        d_weights[source[k], j] -= tau_syn * l_i
        d_time[k] += w * (l_v - l_i)


@_kernel
def run_back(  # type: ignore[no-untyped-def]
    first, time, source, weights, tau, threshold, until, out_first, out, errors, limit, d_weights, d_time
):
    """Add the gradients of a loss with ``errors`` (n_out_spikes,) = dL/dt of the spikes in ``out`` = what `run` found.

    No adjoint l_v may pass ±`limit`: at a grazing threshold it has no bound.
    """
    out_time, out_neuron, out_current = out
    longest = 0
    for sample in range(first.shape[0] - 1):
        longest = max(longest, first[sample + 1] - first[sample])
    gap = np.empty((longest, 4))
    before = np.empty(out_time.shape[0], np.int64)
    last = np.empty(weights.shape[1], np.int64)
    for sample in range(first.shape[0] - 1):
        begin, end = first[sample], first[sample + 1]
        _gaps(time, begin, end, until, tau[0], tau[1], gap)
        last[:] = -1
        for k in range(out_first[sample], out_first[sample + 1]):
            before[k] = last[out_neuron[k]]
            last[out_neuron[k]] = k
        for j in range(weights.shape[1]):
            if last[j] >= 0:
                _back(
                    time, source, begin, end, weights, j, gap, tau, threshold, last[j], before,
                    (out_time, out_current), errors, limit, d_weights, d_time,
                )  # fmt: skip


@_kernel
def first_of_each(first: NDArray[np.int64], time: NDArray[np.float64], source: NDArray[np.int64],
                  times: NDArray[np.float64], place: NDArray[np.int64]) -> None:  # fmt: skip
    """Fill `times` and `place` (n_samples, n): each neuron's first spike and where in the list it stands (inf, -1)."""
    times[:] = math.inf
    place[:] = -1
    for sample in range(first.shape[0] - 1):
        for k in range(first[sample + 1] - 1, first[sample] - 1, -1):
            times[sample, source[k]] = time[k]
            place[sample, source[k]] = k
