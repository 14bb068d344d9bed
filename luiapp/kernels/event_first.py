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
from numpy.typing import NDArray

from luiapp.kernels.event_lanes import LANES, NEVER, SILENT, X, Y, exp_row, kernel, lanes, load, log_row, sort_rows

# Rows of `line`, for each input in the order of arrival; and of `work` beyond X and Y: sums so far, sums at the spike.
_PER_INPUT = 3  # exp(t), weight, t
_A, _B, _A_FOUND, _B_FOUND, _SPIKE, _SLOPE, _N_WORK = (k * LANES for k in range(2, 9))
_SILENT_BITS = int(np.float64(0.5 * SILENT).view(np.int64))


def _early() -> NDArray[np.float64]:
    """y(p) as polynomial: exp(y) (1 - y) = 1 - p²/2 for p = 0..sqrt(2), how long before its peak s exp(-s) is there."""
    p = math.sqrt(0.5) * (1.0 - np.cos((np.arange(64) + 0.5) * math.pi / 64))
    y = np.minimum(p * (1.0 - p / 3.0 + 11.0 / 72.0 * p * p), 1.0)
    for _ in range(50):
        y += (np.exp(y) * (1.0 - y) - 1.0 + 0.5 * p * p) / (y * np.exp(y))
    found = np.linalg.lstsq(p[:, None] ** np.arange(1, 11), y, rcond=None)[0]
    return np.ascontiguousarray(found[::-1])


_EARLY = _early()


@lanes
def _walk_double(line, work, n, threshold):  # type: ignore[no-untyped-def]
    """The inputs of neurons with tau_mem = 2 tau_syn, one by one: the sums where the spike comes before the next."""
    for k in range(n):
        p = np.uintp(k * _PER_INPUT * LANES)
        n_open = 0
        for j in range(LANES):
            q = p + np.uintp(j)
            e, later = line[q], line[q + np.uintp(_PER_INPUT * LANES)]
            gain = line[q + np.uintp(LANES)] * e
            a, b = work[_A + j] + gain * e, work[_B + j] + gain
            work[_A + j], work[_B + j] = a, b
            ahead = (a > 0.0) & (b * e < 2.0 * a)  # the membrane is highest at exp(-t/2) = b / 2a
            rises = b * later < 2.0 * a
            reached = (
                (b * later - a >= threshold * later * later) if rises else ((b > 0.0) & (b * b >= 4.0 * a * threshold))
            )
            is_open = work[_A_FOUND + j] == 0.0
            hit = ahead & reached & is_open
            work[_A_FOUND + j] = a if hit else work[_A_FOUND + j]
            work[_B_FOUND + j] = b if hit else work[_B_FOUND + j]
            n_open += is_open & (not hit)
        if n_open == 0:
            break


@lanes
def _walk_equal(line, work, k, threshold):  # type: ignore[no-untyped-def]
    """The same for tau_mem = tau_syn, where the next input is reached; returns how many peak before it."""
    p = np.uintp(k * _PER_INPUT * LANES)
    n_peaks = 0
    for j in range(LANES):
        q = p + np.uintp(j)
        gain, now = line[q] * line[q + np.uintp(LANES)], line[q + np.uintp(2 * LANES)]
        e_next, t_next = line[q + np.uintp(_PER_INPUT * LANES)], line[q + np.uintp((_PER_INPUT + 2) * LANES)]
        a, b = work[_A + j] + gain, work[_B + j] + gain * now
        work[_A + j], work[_B + j] = a, b
        ahead = (a > 0.0) & (b > a * (now - 1.0)) & (work[_A_FOUND + j] == 0.0)
        hit = ahead & (a * t_next - b >= threshold * e_next)
        peaks = ahead & (not hit) & (b <= a * (t_next - 1.0))
        work[_A_FOUND + j] = a if hit else work[_A_FOUND + j]
        work[_B_FOUND + j] = b if hit else work[_B_FOUND + j]
        work[X + j] = -1.0 - b / a if peaks else -700.0
        n_peaks += peaks
    return n_peaks


@lanes
def _peak_equal(work, threshold, width):  # type: ignore[no-untyped-def]
    """Keep the sums where the peak, `Y` has exp of it, is high enough; returns how many lanes still look."""
    n_open = 0
    for j in range(width):
        is_open = work[_A_FOUND + j] == 0.0
        a, b, a_found, b_found = work[_A + j], work[_B + j], work[_A_FOUND + j], work[_B_FOUND + j]
        hit = is_open & (work[X + j] > -700.0) & (a * work[Y + j] >= threshold)
        work[_A_FOUND + j] = a if hit else a_found
        work[_B_FOUND + j] = b if hit else b_found
        n_open += is_open & (not hit)
    return n_open


@lanes
def _root_double(work, threshold):  # type: ignore[no-untyped-def]
    """exp(-T/2) and the slope from the sums."""
    for j in range(LANES):
        a, b = work[_A_FOUND + j], work[_B_FOUND + j]
        square = b * b - 4.0 * a * threshold
        root = math.sqrt(square if square > 0.0 else 0.0)
        fires = a > 0.0
        x = (b + root) / (2.0 * a if fires else 1.0)
        work[X + j] = x if fires else 1.0
        work[_SLOPE + j] = 0.5 * x * root if fires else 0.0


@lanes
def _peak_time(work):  # type: ignore[no-untyped-def]
    """Minus the time of the peak."""
    for j in range(LANES):
        a, b = work[_A_FOUND + j], work[_B_FOUND + j]
        work[X + j] = -1.0 - b / a if a > 0.0 else 0.0


@lanes
def _guess_equal(work, threshold):  # type: ignore[no-untyped-def]
    """Roughly, how long before its peak the membrane is at threshold. `_A` gets the ratio, `_B` the peak's height."""
    for j in range(LANES):
        peak = work[_A_FOUND + j] * work[Y + j]
        ratio = threshold / peak if peak > threshold else 1.0
        p = math.sqrt(2.0 * (1.0 - ratio))
        y = _EARLY[0]
        for k in range(1, 10):
            y = y * p + _EARLY[k]
        work[_SPIKE + j], work[X + j], work[_A + j], work[_B + j] = -work[X + j], y * p, ratio, peak


@lanes
def _newton_equal(work):  # type: ignore[no-untyped-def]
    """One of Newton's steps: `Y` has the exponential of the guess. Then time and slope."""
    for j in range(LANES):
        y, grown, ratio = work[X + j], work[Y + j], work[_A + j]
        wide = y > 0.0
        step = (grown * (1.0 - y) - ratio) / (y * grown if wide else 1.0)
        step = step if wide else 0.0
        y += step
        work[_SPIKE + j] -= y
        work[_SLOPE + j] = work[_B + j] * grown * (1.0 + step) * y


@kernel
def _find(line, work, bits, scratch, n, threshold, double):  # type: ignore[no-untyped-def]
    """The first spike of one neuron in each lane, and the slope there."""
    for j in range(4 * LANES):
        work[_A + j] = 0.0
    if double:
        _walk_double(line, work, n, threshold)
        _root_double(work, threshold)
        log_row(work, bits, scratch)
        for j in range(LANES):
            work[_SPIKE + j] = -2.0 * work[Y + j]
        return
    for k in range(n):
        if _walk_equal(line, work, k, threshold) > 0:
            exp_row(work, bits, scratch)
            if _peak_equal(work, threshold, bits.shape[0] // 2) == 0:
                break
    _peak_time(work)
    exp_row(work, bits, scratch)
    _guess_equal(work, threshold)
    exp_row(work, bits, scratch)
    _newton_equal(work)


@lanes
def _number(base, factors, late, n, mask, key, bits, width):  # type: ignore[no-untyped-def]
    """What to sort, of `n` inputs: positive numbers are ordered as their bits are, of which the last are lent to i."""
    for i in range(n):
        p, factor, shift = np.uintp(i * LANES), factors[i], late[i]
        for j in range(width):
            key[p + np.uintp(j)] = base[p + np.uintp(j)] * factor + shift
        for j in range(width):
            bits[p + np.uintp(j)] = (bits[p + np.uintp(j)] & ~mask) | i


@lanes
def _gather_double(bits, mask, column, line, line_bits, n, width):  # type: ignore[no-untyped-def]
    """The arrivals in order with their weights; what was sorted is exp(t/2), but for the bits that were lent."""
    for i in range(n):
        p, q = np.uintp(i * _PER_INPUT * LANES), np.uintp(i * LANES)
        for j in range(width):
            line_bits[p + np.uintp(j)] = bits[q + np.uintp(j)] & ~mask
        for j in range(LANES):
            who = np.uintp(bits[q + np.uintp(j)] & mask)
            line[p + np.uintp(LANES + j)] = column[who] if bits[q + np.uintp(j)] < _SILENT_BITS else 0.0


@lanes
def _gather_equal(bits, mask, t, e, column, late, e_late, line, n):  # type: ignore[no-untyped-def]
    """The same where the times were sorted."""
    for i in range(n):
        p, q = np.uintp(i * _PER_INPUT * LANES), np.uintp(i * LANES)
        for j in range(LANES):
            who = np.uintp(bits[q + np.uintp(j)] & mask)
            grown = e[who * np.uintp(LANES) + np.uintp(j)]
            line[p + np.uintp(j)] = grown * e_late[who]
            line[p + np.uintp(LANES + j)] = column[who] if grown < SILENT else 0.0
            line[p + np.uintp(2 * LANES + j)] = t[who * np.uintp(LANES) + np.uintp(j)] + late[who]


@lanes
def _gather_weights(bits, mask, column, line, n):  # type: ignore[no-untyped-def]
    """The weights alone, where the arrivals are those of the neuron before."""
    for i in range(n):
        p, q = np.uintp((i * _PER_INPUT + 1) * LANES), np.uintp(i * LANES)
        for j in range(LANES):
            column_here = column[np.uintp(bits[q + np.uintp(j)] & mask)]
            comes = line[p - np.uintp(LANES) + np.uintp(j)] < 0.5 * SILENT
            line[p + np.uintp(j)] = column_here if comes else 0.0


@lanes
def _keep(work, n, at, found, slopes):  # type: ignore[no-untyped-def]
    """Write what `n` lanes have found."""
    p = np.uintp(at)
    for j in range(n):
        fires = work[_A_FOUND + j] > 0.0
        found[p + np.uintp(j)] = work[_SPIKE + j] if fires else math.inf
        slopes[p + np.uintp(j)] = work[_SLOPE + j] if fires else 0.0


@kernel
def first_spikes(times, weights, delays, threshold, double, spikes, slopes):  # type: ignore[no-untyped-def]
    """Fill `spikes` and `slopes` (n_samples, n_out): the first spike times, and dv/dt there (0 where silent)."""
    n_samples, n_in, n_out = times.shape[0], weights.shape[0], weights.shape[1]
    scale, delayed = 0.5 if double else 1.0, delays.shape[0] > 0
    t, e, key = np.empty(n_in * LANES), np.empty(n_in * LANES), np.empty(n_in * LANES)
    keys, line = key.view(np.int64), np.empty((n_in + 1) * _PER_INPUT * LANES)
    work, bits, line_bits = np.zeros(_N_WORK), np.zeros(2 * LANES, np.int64), line.view(np.int64)
    scratch, columns, by_input = bits.view(np.float64), weights.T.copy(), times.T.copy().ravel()
    late = delays.T.copy() if delayed else np.zeros((1, n_in))
    e_late = np.exp(scale * late)
    factors, shifts = (e_late, np.zeros_like(late)) if double else (np.ones_like(late), late)
    found, found_slopes = np.empty(n_samples * n_out), np.empty(n_samples * n_out)
    mask, width = 1, bits.shape[0] // 2
    while mask < n_in:
        mask = 2 * mask + 1
    end = n_in * _PER_INPUT * LANES
    line[end:] = SILENT
    line[end + 2 * LANES :] = NEVER
    for begin in range(0, n_samples, LANES):
        n = min(LANES, n_samples - begin)
        load(by_input, begin, n, n_samples, scale, t, e, work, bits, scratch)
        for j in range(n_out):
            column = columns[j]
            if delayed or j == 0:
                _number(e if double else t, factors[j], shifts[j], n_in, mask, key, keys, width)
                sort_rows(keys, n_in)
                if double:
                    _gather_double(keys, mask, column, line, line_bits, n_in, width)
                else:
                    _gather_equal(keys, mask, t, e, column, late[j], e_late[j], line, n_in)
            else:
                _gather_weights(keys, mask, column, line, n_in)
            _find(line, work, bits, scratch, n_in, threshold, double)
            _keep(work, n, j * n_samples + begin, found, found_slopes)
    spikes[:] = found.reshape((n_out, n_samples)).T
    slopes[:] = found_slopes.reshape((n_out, n_samples)).T
