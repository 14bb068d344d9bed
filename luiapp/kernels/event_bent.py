"""What measured first spikes owe to each input where synaptic lines saturate, as those of a chip do.

With times in units of tau_syn, one spike per input and one line for each sign,

    tau_mem dv/dt = -v + S_e(x_e) - S_i(x_i),    dx/dt = -x,    x += |w_j| at t_j,

where S(x) = x up to a bound and then bends to its limit: x - y² / (y + depth) with y = x - bound. The spike time T is
known from elsewhere. With S' = dS/dx,

    dv(T)/dw_j = exp(t_j - T/tau_mem) / tau_mem * integral of S'(x(s)) exp((1/tau_mem - 1) s) from t_j to T,
    dv(T)/dt_j = w_j dv(T)/dw_j - (jump of S at t_j) exp((t_j - T)/tau_mem) / tau_mem,
    tau_mem dv/dt(T) = -threshold + S_e(x_e(T)) - S_i(x_i(T)),

and dT = -dv(T) / (dv/dt), as in `event_first`, which is the same with bounds that aren't reached. The integrals are by
Gauss's three points on pieces short enough for an error of about 1e-6.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy")
_PIECE = 0.25  # tau_syn
_FAR = math.sqrt(0.6)


@_kernel
def bent(x, bound, depth):  # type: ignore[no-untyped-def]
    """S(x)."""
    y = x - bound
    return x - y * y / (y + depth) if y > 0.0 else x


@_kernel
def gain(x, bound, depth):  # type: ignore[no-untyped-def]
    """dS/dx."""
    y = x - bound
    return (depth / (y + depth)) ** 2 if y > 0.0 else 1.0


@_kernel
def _bent_part(x, since, length, power, bound, depth):  # type: ignore[no-untyped-def]
    """The integral of S'(x exp(-u)) exp(power (since + u)) over u from 0 to `length`, all above the bound."""
    n = math.ceil(length / _PIECE)
    total = 0.0
    if n == 0:
        return total
    half = 0.5 * length / n
    for k in range(n):
        middle = (2 * k + 1) * half
        for point in range(3):
            u = middle + (point - 1) * _FAR * half
            weight = 8.0 / 9.0 if point == 1 else 5.0 / 9.0
            total += weight * half * gain(x * math.exp(-u), bound, depth) * math.exp(power * (since + u))
    return total


@_kernel
def _integral(x, begin, end, power, bound, depth):  # type: ignore[no-untyped-def]
    """The integral of S' exp(power s) from `begin`, where the line is at `x`, to `end`."""
    length = end - begin
    kink = min(math.log(x / bound), length) if x > bound else 0.0
    after = begin + kink
    straight = end - after if power == 0.0 else (math.exp(power * end) - math.exp(power * after)) / power
    return _bent_part(x, begin, kink, power, bound, depth) + straight


@_kernel
def _neuron(times, order, weights, j, spike, rate, bounds, by_weight, by_time, jumps):  # type: ignore[no-untyped-def]
    """dv(T)/dw and dv(T)/dt of the inputs of neuron j; returns both lines, bent, at T."""
    line_0, line_1, before = 0.0, 0.0, 0.0
    sum_0, sum_1 = 0.0, 0.0
    power = rate - 1.0
    n = 0
    for i in order:
        t = times[i]
        if not t < spike:
            break
        sum_0 += _integral(line_0, before, t, power, bounds[0, 0], bounds[0, 1])
        sum_1 += _integral(line_1, before, t, power, bounds[1, 0], bounds[1, 1])
        decay = math.exp(before - t)
        line_0 *= decay
        line_1 *= decay
        w = weights[i, j]
        if w >= 0.0:
            by_weight[i] = sum_0
            jumps[i] = bent(line_0 + w, bounds[0, 0], bounds[0, 1]) - bent(line_0, bounds[0, 0], bounds[0, 1])
            line_0 += w
        else:
            by_weight[i] = sum_1
            jumps[i] = bent(line_1, bounds[1, 0], bounds[1, 1]) - bent(line_1 - w, bounds[1, 0], bounds[1, 1])
            line_1 -= w
        before = t
        n += 1
    sum_0 += _integral(line_0, before, spike, power, bounds[0, 0], bounds[0, 1])
    sum_1 += _integral(line_1, before, spike, power, bounds[1, 0], bounds[1, 1])
    decay = math.exp(before - spike)
    for k in range(n):
        i = order[k]
        w, t = weights[i, j], times[i]
        whole = sum_0 if w >= 0.0 else sum_1
        by_weight[i] = rate * math.exp(t - rate * spike) * (whole - by_weight[i])
        by_time[i] = w * by_weight[i] - rate * math.exp(rate * (t - spike)) * jumps[i]
    return (
        n,
        bent(line_0 * decay, bounds[0, 0], bounds[0, 1]),
        bent(line_1 * decay, bounds[1, 0], bounds[1, 1]),
    )


@_kernel
def bent_gradients(  # type: ignore[no-untyped-def]
    times, order, weights, bounds, threshold, tau_mem, least, spikes, errors, limit, room, d_weights, d_times
):
    """Add the gradients of a loss with ``errors`` = dL/dT (n_samples, n_out) of spikes that were measured.

    Parameters
    ----------
    times : (n_samples, n_in) float64
        Arrivals; inf where there is no spike.
    order : (n_samples, n_in) int64
        Inputs by their arrival.
    bounds : (2, 2) float64
        Bound and depth of the excitatory and of the inhibitory lines, in the unit of the weights.
    least : float
        The least slope of a membrane at its spike [threshold's unit per tau_syn].
    spikes : (n_samples, n_out) float64
    limit : float
        No sample moves a weight's gradient by more.
    room : (3, n_in) float64
    d_weights, d_times
        As weights, summed over samples; as times.
    """
    by_weight, by_time, jumps = room[0], room[1], room[2]
    rate = 1.0 / tau_mem
    for sample in range(times.shape[0]):
        for j in range(weights.shape[1]):
            error, spike = errors[sample, j], spikes[sample, j]
            if error == 0.0 or not spike < math.inf:
                continue
            n, excited, inhibited = _neuron(
                times[sample], order[sample], weights, j, spike, rate, bounds, by_weight, by_time, jumps
            )
            pull = error / max(rate * (excited - inhibited - threshold), least)
            if limit < math.inf:
                largest = 0.0
                for k in range(n):
                    largest = max(largest, abs(by_weight[order[sample, k]]))
                if abs(pull) * largest > limit:
                    pull = math.copysign(limit / largest, pull)
            for k in range(n):
                i = order[sample, k]
                # An inhibitory weight grows with its absolute value, and pulls down: the same sign as an excitatory.
                d_weights[i, j] -= pull * by_weight[i]
                d_times[sample, i] -= pull * by_time[i]
