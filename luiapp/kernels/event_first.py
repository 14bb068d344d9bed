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
_rows = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz", "contract"})  # one loop each
_sums = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz", "contract", "reassoc"})
_lanes = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nsz", "contract"})
_FEW = 24  # up to here insertion alone is faster
_PAIRS = 6
_MANY = 8
_CELLS = 128


def _table() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """y(p) and its slope for `before_peak` on a grid: exp(y) (1 - y) = 1 - p²/2, by Newton's steps."""
    p = np.linspace(0.0, math.sqrt(2.0), _CELLS + 1)
    y = np.minimum(p * (1.0 - p / 3.0 + 11.0 / 72.0 * p * p), 1.0)
    for _ in range(50):
        y[1:] += (np.exp(y[1:]) * (1.0 - y[1:]) - 1.0 + 0.5 * p[1:] ** 2) / (y[1:] * np.exp(y[1:]))
    slope = np.ones_like(p)
    slope[1:] = p[1:] / (y[1:] * np.exp(y[1:]))
    return y, slope * (p[1] - p[0])


_RISE, _STEEP = _table()
_PER_P = _CELLS / math.sqrt(2.0)


@_kernel
def before_peak(ratio: float) -> tuple[float, float]:
    """How long before its peak s exp(-s) is at `ratio` (0..1) of the peak, y = 1 + W(-ratio/e); and exp(y)."""
    if ratio >= 1.0:
        return 0.0, 1.0
    # A cubic between points of a table leaves 1e-10; one of Newton's steps squares that.
    x = math.sqrt(2.0 * (1.0 - ratio)) * _PER_P
    cell = min(int(x), _CELLS - 1)
    u = x - cell
    low, high = _RISE[cell], _RISE[cell + 1]
    d_low, d_high = _STEEP[cell], _STEEP[cell + 1]
    bend = 3.0 * (high - low) - 2.0 * d_low - d_high
    twist = 2.0 * (low - high) + d_low + d_high
    y = low + u * (d_low + u * (bend + u * twist))
    grown = math.exp(y)
    step = (grown * (1.0 - y) - ratio) / (y * grown)
    return y + step, grown * (1.0 + step)


@_kernel
def _insert(arrival, order, n):  # type: ignore[no-untyped-def]
    """Sort the n indices in `order` by their arrival."""
    for k in range(1, n):
        i = order[k]
        key = arrival[i]
        at = k
        while at > 0 and arrival[order[at - 1]] > key:
            order[at] = order[at - 1]
            at -= 1
        order[at] = i


@_kernel
def _deal(arrival, order, spare, count, n):  # type: ignore[no-untyped-def]
    """The same for many: first into as many bins of equal width, so that insertion has little left to do."""
    low, high = math.inf, -math.inf
    for k in range(n):
        low, high = min(low, arrival[order[k]]), max(high, arrival[order[k]])
    if high > low:
        per_time = (n - 1) / (high - low)
        count[: n + 1] = 0
        for k in range(n):
            count[int((arrival[order[k]] - low) * per_time) + 1] += 1
        for k in range(n):
            count[k + 1] += count[k]
        for k in range(n):
            place = int((arrival[order[k]] - low) * per_time)
            spare[count[place]] = order[k]
            count[place] += 1
        order[:n] = spare[:n]
    _insert(arrival, order, n)


@_kernel
def _sort(arrival, order, spare, count):  # type: ignore[no-untyped-def]
    """Write the finite arrivals' indices to `order`, earliest first; returns their number."""
    n = 0
    if arrival.shape[0] <= _PAIRS:  # count for each those before it: no branch that depends on the times
        for i in range(arrival.shape[0]):
            rank = 0
            for k in range(arrival.shape[0]):
                rank += arrival[k] < arrival[i] or (arrival[k] == arrival[i] and k < i)
            order[rank] = i
            n += arrival[i] < math.inf
        return n
    for i in range(arrival.shape[0]):
        if arrival[i] < math.inf:
            order[n] = i
            n += 1
    if n > _FEW:
        _deal(arrival, order, spare, count, n)
    else:
        _insert(arrival, order, n)
    return n


@_kernel
def _first_equal(arrival, e, weights, j, order, n, threshold):  # type: ignore[no-untyped-def]
    """First spike of neuron j and the membrane's slope there; tau_mem = tau_syn, e = exp(arrival)."""
    a, b = 0.0, 0.0
    for k in range(n):
        i = order[k]
        now = arrival[i]
        gain = weights[i, j] * e[i]
        a += gain
        b += gain * now
        if b <= a * (now - 1.0) or a <= 0.0:
            continue  # no peak ahead
        if k + 1 < n:
            after = order[k + 1]
            if b > a * (arrival[after] - 1.0):  # it still rises when the next input arrives
                if a * arrival[after] - b < threshold * e[after]:
                    continue
                peak_at = 1.0 + b / a
                ratio = min(threshold / (a * math.exp(-peak_at)), 1.0)
                early, grown = before_peak(ratio)
                return peak_at - early, threshold / ratio * grown * early
        peak_at = 1.0 + b / a
        peak = a * math.exp(-peak_at)
        if peak < threshold:
            continue
        early, grown = before_peak(threshold / peak)
        return peak_at - early, peak * grown * early
    return math.inf, 0.0


@_kernel
def _first_double(e, weights, j, order, n, threshold):  # type: ignore[no-untyped-def]
    """The same for tau_mem = 2 tau_syn, e = exp(arrival/2)."""
    a, b = 0.0, 0.0
    for k in range(n):
        i = order[k]
        gain = weights[i, j] * e[i]
        a += gain * e[i]
        b += gain
        if a <= 0.0 or b * e[i] >= 2.0 * a:
            continue  # no peak ahead: the membrane is highest at exp(-t/2) = b / 2a
        if k + 1 < n and b * e[order[k + 1]] < 2.0 * a:
            later = e[order[k + 1]]
            if b * later - a < threshold * later * later:
                continue
        elif b <= 0.0 or b * b < 4.0 * a * threshold:
            continue
        root = math.sqrt(max(b * b - 4.0 * a * threshold, 0.0))
        x = (b + root) / (2.0 * a)
        return -2.0 * math.log(x), 0.5 * x * root
    return math.inf, 0.0


@_kernel
def _grow(times, scale, e):  # type: ignore[no-untyped-def]
    """exp(scale t), 0 where there is no spike."""
    for i in range(times.shape[0]):
        e[i] = math.exp(scale * times[i]) if times[i] < math.inf else 0.0


@_lanes
def _prefix_row(e_last, e, weights, a, b, after):  # type: ignore[no-untyped-def]
    """Add input e to the sums of the neurons where it arrives no later than e_last; elsewhere it may be the next."""
    for j in range(a.shape[0]):
        counts = e[j] <= e_last[j]
        gain = weights[j] * e[j] if counts else 0.0
        b[j] += gain
        a[j] += gain * e[j]
        after[j] = after[j] if counts | (e[j] > after[j]) else e[j]


@_lanes
def _candidate_row(e_last, a, b, after, threshold, best, root):  # type: ignore[no-untyped-def]
    """Keep, as exp(-T/2), the spike after e_last if it comes before the next input and before the others found."""
    for j in range(a.shape[0]):
        square = b[j] * b[j] - 4.0 * a[j] * threshold
        width = math.sqrt(square if square > 0.0 else 0.0)
        possible = (a[j] > 0.0) & (square >= 0.0)
        x = (b[j] + width) / (2.0 * a[j] if possible else 1.0)
        # A little more than nothing, so that rounding can't lose a spike that coincides with an input.
        inside = (x * e_last[j] <= 1.0 + 1e-12) & (x * after[j] >= 1.0 - 1e-12)
        better = possible & inside & (x > best[j])
        best[j] = x if better else best[j]
        root[j] = width if better else root[j]


@_kernel
def _first_double_few(times, weights, e_times, e_delays, threshold, room, spikes, slopes):  # type: ignore[no-untyped-def]
    """The same for all neurons of a layer with few inputs at once, each input tried as the last before the spike."""
    n_in, n_out = weights.shape
    e, a, b, after, best, root = room[:n_in], room[n_in], room[n_in + 1], room[n_in + 2], room[n_in + 3], room[n_in + 4]
    for i in range(n_in):
        for j in range(n_out):
            e[i, j] = e_times[i] * e_delays[i, j]
    best[:] = 0.0
    root[:] = 0.0
    for i in range(n_in):
        if times[i] == math.inf:
            continue
        a[:] = 0.0
        b[:] = 0.0
        after[:] = math.inf
        for k in range(n_in):
            _prefix_row(e[i], e[k], weights[k], a, b, after)
        _candidate_row(e[i], a, b, after, threshold, best, root)
    for j in range(n_out):
        spikes[j] = -2.0 * math.log(best[j]) if best[j] > 0.0 else math.inf
        slopes[j] = 0.5 * best[j] * root[j]


@_kernel
def first_spikes(times, weights, delays, threshold, double, spikes, slopes):  # type: ignore[no-untyped-def]
    """Fill `spikes` and `slopes` (n_samples, n_out): the first spike times, and dv/dt there (0 where silent)."""
    n_in, n_out = weights.shape
    scale = 0.5 if double else 1.0
    delayed = delays.shape[0] > 0
    e_delays = np.exp(scale * delays)
    arrival, e, e_times = np.empty(n_in), np.empty(n_in), np.empty(n_in)
    order, spare, count = np.empty(n_in, np.int64), np.empty(n_in, np.int64), np.empty(n_in + 1, np.int64)
    few = double and delayed and n_in <= _PAIRS
    room = np.empty((n_in + 5, n_out if few else 0))
    for sample in range(times.shape[0]):
        _grow(times[sample], scale, e_times)
        if few:
            _first_double_few(
                times[sample], weights, e_times, e_delays, threshold, room, spikes[sample], slopes[sample]
            )
            continue
        n = 0
        for i in range(n_in):
            arrival[i], e[i] = times[sample, i], e_times[i]
        if not delayed:
            n = _sort(arrival, order, spare, count)
        for j in range(n_out):
            if delayed:
                for i in range(n_in):
                    arrival[i], e[i] = times[sample, i] + delays[i, j], e_times[i] * e_delays[i, j]
                n = _sort(arrival, order, spare, count)
            if double:
                found, slope = _first_double(e, weights, j, order, n, threshold)
            else:
                found, slope = _first_equal(arrival, e, weights, j, order, n, threshold)
            spikes[sample, j] = found
            slopes[sample, j] = slope


@_rows
def _pull(arrival, e, spike, double, kernel, slope_of_kernel):  # type: ignore[no-untyped-def]
    """k(T - t_i) and k'(T - t_i) of the causal inputs, 0 for the others."""
    decay = math.exp(-0.5 * spike) if double else math.exp(-spike)
    if double:
        for i in range(arrival.shape[0]):
            slow = decay * e[i] if arrival[i] < spike else 0.0
            fast = slow * slow
            kernel[i] = slow - fast
            slope_of_kernel[i] = fast - 0.5 * slow
    else:
        for i in range(arrival.shape[0]):
            since = spike - arrival[i] if arrival[i] < spike else 0.0
            gone = decay * e[i] if arrival[i] < spike else 0.0
            kernel[i] = since * gone
            slope_of_kernel[i] = gone - since * gone


@_rows
def _largest_row(t, e, spikes, decay, double, largest):  # type: ignore[no-untyped-def]
    """Raise `largest` (n_out,) to k(T - t) of one input."""
    for j in range(spikes.shape[0]):
        since = spikes[j] - t if t < spikes[j] else 0.0
        gone = decay[j] * e if t < spikes[j] else 0.0
        kernel = gone - gone * gone if double else since * gone
        largest[j] = kernel if kernel > largest[j] else largest[j]


@_sums
def _back_row(t, e, spikes, decay, pull, weights, double, d_weights):  # type: ignore[no-untyped-def]
    """What one input owes to all neurons: adds to its row of `d_weights`, returns dL/dt."""
    moved = 0.0
    for j in range(spikes.shape[0]):
        since = spikes[j] - t if t < spikes[j] else 0.0
        gone = decay[j] * e if t < spikes[j] else 0.0
        fast = gone * gone if double else since * gone
        kernel = gone - fast if double else fast
        rise = fast - 0.5 * gone if double else gone - fast
        d_weights[j] -= pull[j] * kernel
        moved += pull[j] * weights[j] * rise
    return moved


@_kernel
def _back_many(times, weights, e_times, double, spikes, slopes, errors, limit, room, d_weights, d_times):  # type: ignore[no-untyped-def]
    """One sample of a layer with many neurons that all get the same arrivals: all neurons at once."""
    at, decay, pull, largest = room[0], room[1], room[2], room[3]
    scale = 0.5 if double else 1.0
    for j in range(weights.shape[1]):
        taught = errors[j] != 0.0 and slopes[j] > 0.0
        at[j] = spikes[j] if taught else -1.0  # before all inputs
        decay[j] = math.exp(-scale * spikes[j]) if taught else 0.0
        pull[j] = errors[j] / slopes[j] if taught else 0.0
    if limit < math.inf:
        largest[:] = 0.0
        for i in range(weights.shape[0]):
            _largest_row(times[i], e_times[i], at, decay, double, largest)
        for j in range(weights.shape[1]):
            if abs(pull[j]) * largest[j] > limit:
                pull[j] = math.copysign(limit / largest[j], pull[j])
    for i in range(weights.shape[0]):
        d_times[i] += _back_row(times[i], e_times[i], at, decay, pull, weights[i], double, d_weights[i])


@_kernel
def first_spike_gradients(  # type: ignore[no-untyped-def]
    times, weights, delays, double, spikes, slopes, errors, limit, d_weights, d_delays, d_times
):
    """Add the gradients of a loss with ``errors`` = dL/dT (n_samples, n_out).

    `d_weights`, `d_delays` as weights and delays, summed over samples; `d_times` as times. An error is scaled down so
    that no |dL/dw_i| of its sample and neuron exceeds `limit`: at a grazing threshold they have no bound.
    """
    n_in, n_out = weights.shape
    scale = 0.5 if double else 1.0
    delayed = delays.shape[0] > 0
    e_delays = np.exp(scale * delays)
    arrival, e, e_times = np.empty(n_in), np.empty(n_in), np.empty(n_in)
    kernel, slope_of_kernel = np.empty(n_in), np.empty(n_in)
    many = not delayed and n_out >= _MANY
    room = np.empty((4, n_out if many else 0))
    for sample in range(times.shape[0]):
        _grow(times[sample], scale, e_times)
        if many:
            _back_many(
                times[sample], weights, e_times, double, spikes[sample], slopes[sample], errors[sample], limit, room,
                d_weights, d_times[sample],
            )  # fmt: skip
            continue
        for i in range(n_in):
            arrival[i], e[i] = times[sample, i], e_times[i]
        for j in range(n_out):
            error, slope = errors[sample, j], slopes[sample, j]
            if error == 0.0 or slope <= 0.0:
                continue
            if delayed:
                for i in range(n_in):
                    arrival[i], e[i] = times[sample, i] + delays[i, j], e_times[i] * e_delays[i, j]
            _pull(arrival, e, spikes[sample, j], double, kernel, slope_of_kernel)
            pull = error / slope
            if limit < math.inf:
                largest = 0.0
                for i in range(n_in):
                    largest = max(largest, kernel[i])
                if abs(pull) * largest > limit:
                    pull = math.copysign(limit / largest, pull)
            for i in range(n_in):
                d_weights[i, j] -= pull * kernel[i]
                moved = pull * weights[i, j] * slope_of_kernel[i]
                d_times[sample, i] += moved
                if delayed:
                    d_delays[i, j] += moved
