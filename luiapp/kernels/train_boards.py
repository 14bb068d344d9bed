"""A layer of boards through time and back, for many samples on many sets of parts.

The reduced circuit of the board twin on a grid of time, so that it has a gradient. With c the voltage on the synaptic
capacitor, o the integrator's output, x its summing node and V the membrane::

    o = clip(h - c, 0, VDD),  x = o + c             h half the supply
    C_syn dc/dt = E (VDD - x) - N x - c G_syn       E, N conductances of the excitatory and inhibitory pulses
    C_mem dV/dt = (V_leak - V) G_leak + (VDD - o) G_p - min(k o, V) G_n + i_bias

Both are stepped by their own exponentials, the membrane with c in the middle of the step. A spike is a step in the
forward pass; backward, its derivative is 1 / (1 + |V - V_threshold| / width)² / width (SuperSpike). The reset is not
differentiated.

Arrays are (n_sets, n_samples, n, time), constants (n_sets, n, N_PAR), weights (n_sets, n_in, n); SI throughout.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

G_SYN, G_LEAK, V_LEAK, C_SYN, C_MEM, MIDDLE, SOURCE, RATIO, SINK, BIAS, THRESHOLD = range(11)
N_PAR = 11

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy")


@_kernel
def rest(one, vdd):  # type: ignore[no-untyped-def]
    """The membrane of a board at rest [V], threshold out of reach; and the conductance that holds it there."""
    inflow = one[V_LEAK] * one[G_LEAK] + one[BIAS] + (vdd - one[MIDDLE]) * one[SOURCE]
    corner = one[RATIO] * one[MIDDLE]
    above = (inflow - corner * one[SINK]) / one[G_LEAK]
    if above >= corner:
        return above, one[G_LEAK]
    return inflow / (one[G_LEAK] + one[SINK]), one[G_LEAK] + one[SINK]


@_kernel
def _inputs(weight, high, t, j):  # type: ignore[no-untyped-def]
    """Conductances of the pulses that reach board `j` in step `t`: excitatory, inhibitory."""
    exc, inh = 0.0, 0.0
    for i in range(weight.shape[0]):
        level = high[i, t]
        if level > 0.0:
            if weight[i, j] >= 0.0:
                exc += level * weight[i, j]
            else:
                inh -= level * weight[i, j]
    return exc, inh


@_kernel
def forward(par, weight, high, vdd, dt, pulse, spiking, c, v, free, out):  # type: ignore[no-untyped-def]
    """Fill `c` and `v` (…, n_steps + 1; v before resets), `free` (membrane not held) and `out` (output high)."""
    n_sets, n_samples, n, n_times = v.shape
    for l in range(n_sets):  # noqa: E741
        for s in range(n_samples):
            for j in range(n):
                one = par[l, j]
                fade = math.exp(-dt * one[G_SYN] / one[C_SYN])
                loose, tight = one[G_LEAK], one[G_LEAK] + one[SINK]
                keep_loose, keep_tight = math.exp(-dt * loose / one[C_MEM]), math.exp(-dt * tight / one[C_MEM])
                now, _ = rest(one, vdd)
                c[l, s, j, 0], v[l, s, j, 0], free[l, s, j, 0], out[l, s, j, 0] = 0.0, now, 1.0, 0.0
                left = 0
                for t in range(n_times - 1):
                    exc, inh = _inputs(weight[l], high[l, s], t, j)
                    old = c[l, s, j, t]
                    x = min(max(one[MIDDLE] - old, 0.0), vdd) + old
                    new = old * fade + (exc * (vdd - x) - inh * x) * (1.0 - fade) / one[G_SYN]
                    o = min(max(one[MIDDLE] - 0.5 * (old + new), 0.0), vdd)
                    corner = one[RATIO] * o
                    goal = one[V_LEAK] * one[G_LEAK] + one[BIAS] + (vdd - o) * one[SOURCE]
                    if now < corner:
                        goal /= tight
                        now = goal + (now - goal) * keep_tight
                    else:
                        goal = (goal - corner * one[SINK]) / loose
                        now = goal + (now - goal) * keep_loose
                    held = left > 0
                    if held:
                        now = 0.0
                        left -= 1
                    c[l, s, j, t + 1], v[l, s, j, t + 1], free[l, s, j, t + 1] = new, now, not held
                    if spiking and not held and now >= one[THRESHOLD]:
                        left = pulse
                        now = 0.0
                    out[l, s, j, t + 1] = left > 0


@_kernel
def backward(par, weight, high, vdd, dt, pulse, width, c, v, free, out, d_out, d_v, d_par, d_weight, d_high):  # type: ignore[no-untyped-def]
    """Add the derivatives by G_SYN, G_LEAK and V_LEAK to `d_par`, by weights and inputs to `d_weight`, `d_high`."""
    n_sets, n_samples, n, n_times = v.shape
    for l in range(n_sets):  # noqa: E741
        for s in range(n_samples):
            for j in range(n):
                one = par[l, j]
                fade = math.exp(-dt * one[G_SYN] / one[C_SYN])
                share = (1.0 - fade) / one[G_SYN]
                d_fade = -dt / one[C_SYN] * fade
                by_spike, l_v, l_c = 0.0, 0.0, 0.0
                for t in range(n_times - 2, -1, -1):
                    by_spike += d_out[l, s, j, t + 1]
                    if t + 1 + pulse < n_times:
                        by_spike -= d_out[l, s, j, t + 1 + pulse]
                    if out[l, s, j, t + 1] > 0.0:
                        l_v = 0.0
                    if free[l, s, j, t + 1] > 0.0:
                        near = 1.0 + abs(v[l, s, j, t + 1] - one[THRESHOLD]) / width
                        l_v += d_v[l, s, j, t + 1] + by_spike / (near * near * width)
                    else:
                        l_v = 0.0
                    exc, inh = _inputs(weight[l], high[l, s], t, j)
                    old, before = c[l, s, j, t], v[l, s, j, t]
                    if out[l, s, j, t] > 0.0:
                        before = 0.0
                    # The membrane's step.
                    middle = one[MIDDLE] - 0.5 * (old + c[l, s, j, t + 1])
                    o = min(max(middle, 0.0), vdd)
                    goal = one[V_LEAK] * one[G_LEAK] + one[BIAS] + (vdd - o) * one[SOURCE]
                    rate, by_o = one[G_LEAK] + one[SINK], -one[SOURCE]
                    if before >= one[RATIO] * o:
                        goal -= one[RATIO] * o * one[SINK]
                        rate, by_o = one[G_LEAK], by_o - one[RATIO] * one[SINK]
                    goal /= rate
                    keep = math.exp(-dt * rate / one[C_MEM])
                    gain = l_v * (1.0 - keep) / rate
                    d_par[l, j, G_LEAK] += gain * (one[V_LEAK] - goal) - l_v * (before - goal) * dt / one[C_MEM] * keep
                    d_par[l, j, V_LEAK] += gain * one[G_LEAK]
                    half = -0.5 * gain * by_o if 0.0 < middle < vdd else 0.0
                    l_v *= keep
                    # The synapse's step.
                    l_c += half
                    at_rail = one[MIDDLE] - old <= 0.0 or one[MIDDLE] - old >= vdd
                    x = min(max(one[MIDDLE] - old, 0.0), vdd) + old
                    current = exc * (vdd - x) - inh * x
                    by_current = l_c * share
                    d_par[l, j, G_SYN] += l_c * (old * d_fade - current * (d_fade + share) / one[G_SYN])
                    for i in range(weight.shape[1]):
                        up = weight[l, i, j] >= 0.0
                        push = by_current * ((vdd - x) if up else x)
                        d_weight[l, i, j] += high[l, s, i, t] * push
                        d_high[l, s, i, t] += weight[l, i, j] * push
                    l_c = l_c * fade + half
                    if at_rail:
                        l_c -= by_current * (exc + inh)
                l_v += d_v[l, s, j, 0]
                at, rate = rest(one, vdd)
                d_par[l, j, G_LEAK] += l_v * (one[V_LEAK] - at) / rate
                d_par[l, j, V_LEAK] += l_v * one[G_LEAK] / rate
