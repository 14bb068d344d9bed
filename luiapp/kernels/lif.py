"""Leaky integrate-and-fire networks on a time grid, with exact propagators.

One window of steps at a time: within the shortest delay nobody hears of anybody else's spikes, so a neuron can be
taken through the whole window alone. Two passes do it:

- `sweep` takes all neurons through the window as if none had a threshold (a linear update, neurons along the SIMD
  axis, state in registers) and marks those that reached it, and those that are refractory or watched, as hot;
- `walk` takes each hot neuron through the same window again, step by step, with threshold, refractory time, stimulus
  currents and probes.

Both do the same floating-point operations in the same order on what they share, and nothing here may be contracted or
reordered (no fastmath): a result never depends on which of them a neuron went through, how time was cut into windows,
or the machine.

Units are the caller's (SI); times are in steps. Grid point n is reached by step n - 1. An event with a delay of d steps
sent at n arrives at n + d, and enters the state after the decay of the step that ends there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from luiapp.kernels.lif_arrays import (
    ALPHA,
    DECAY_0,
    DECAY_1,
    DECAY_V,
    EXPONENTIAL,
    G0,
    G1,
    G_TO_I_0,
    G_TO_I_1,
    G_TO_V_0,
    G_TO_V_1,
    I0,
    I1,
    I_TO_V_0,
    I_TO_V_1,
    NOTHING,
    RESET,
    SETTLE,
    THRESHOLD,
    V,
)
from luiapp.kernels.lif_delivery import deliver, receive, wipe

_kernel = njit(cache=True, nogil=True, error_model="numpy")  # no fastmath: see above
_inlined = njit(cache=True, nogil=True, error_model="numpy", forceinline=True)


def _make_sweep(width: int) -> Any:
    @_kernel
    def sweep(now, nxt, ring, watched, hot, left, coef, n0):  # type: ignore[no-untyped-def]
        last = ring.shape[0] - 1
        v, e, q = now[V], now[I0], now[I1]
        v_next, e_next, q_next = nxt[V], nxt[I0], nxt[I1]
        decay_v, decay_0, decay_1 = coef[DECAY_V], coef[DECAY_0], coef[DECAY_1]
        threshold, reset = coef[THRESHOLD], coef[RESET]
        for i in range(v.shape[0]):
            held = left[i]
            fixed = (held >= width) & (watched[i] == 0)  # refractory all the time: no need to look closer
            left[i] = held - np.int32(width) if fixed else held
            hot[i] = 2 if fixed else ((held > 0) | (watched[i] != 0))
        for i in range(v.shape[0]):
            x = v[i]
            a = e[i]
            b = q[i]
            p = decay_v[i]
            p0 = decay_0[i]
            p1 = decay_1[i]
            limit = threshold[i]
            reached = hot[i] == 1
            for s in range(width):
                slot = (n0 + 1 + s) & last
                x = x * p + (a + b)
                a = a * p0 + ring[slot, 0, i]
                b = b * p1 + ring[slot, 1, i]
                reached = reached | (x >= limit)
            fixed = hot[i] == 2
            v_next[i] = reset[i] if fixed else x
            e_next[i] = a
            q_next[i] = b
            hot[i] = reached & (not fixed)

    return sweep


_sweep_8, _sweep_1 = _make_sweep(8), _make_sweep(1)


@_inlined
def _synapse(a, g, coef, k, i, shape):  # type: ignore[no-untyped-def]
    """Synaptic drive in volts from the state, for a probe."""
    if shape == EXPONENTIAL:
        return a / coef[I_TO_V_0 + k, i]
    return a


@_kernel
def _walk(part, flip, i, n0, width, job, out, n_out):  # type: ignore[no-untyped-def]
    """Neuron i through the window, step by step. Returns the number of spikes in ``out.window_*`` so far."""
    now, nxt, coef, ring = part.state[flip], part.state[1 - flip], part.coef, part.ring
    last = ring.shape[0] - 1
    x, a, b, g, h = now[V, i], now[I0, i], now[I1, i], now[G0, i], now[G1, i]
    p, p0, p1, limit, reset = coef[DECAY_V, i], coef[DECAY_0, i], coef[DECAY_1, i], coef[THRESHOLD, i], coef[RESET, i]
    left = part.left[i]
    row = part.drive_row[i]
    probed = part.probe[0, i] >= 0 or part.probe[1, i] >= 0 or part.probe[2, i] >= 0
    for s in range(width):
        n = n0 + s
        if probed and n % job.every == 0:
            k = n // job.every - job.i_first
            if part.probe[0, i] >= 0:
                out.trace[k, part.probe[0, i]] = x
            if part.probe[1, i] >= 0:
                out.trace[k, part.probe[1, i]] = _synapse(a, g, coef, 0, i, job.shape)
            if part.probe[2, i] >= 0:
                out.trace[k, part.probe[2, i]] = _synapse(b, h, coef, 1, i, job.shape)
        slot = (n + 1) & last
        r0, r1 = ring[slot, 0, i], ring[slot, 1, i]
        if not job.swept:
            ring[slot, 0, i] = 0
            ring[slot, 1, i] = 0
        if job.shape == EXPONENTIAL:
            x = x * p + (a + b)
            a = a * p0 + r0
            b = b * p1 + r1
        elif job.shape == ALPHA:
            x = x * p + ((a * coef[I_TO_V_0, i] + b * coef[I_TO_V_1, i])
                         + (g * coef[G_TO_V_0, i] + h * coef[G_TO_V_1, i]))  # fmt: skip
            a = a * p0 + g * coef[G_TO_I_0, i]
            b = b * p1 + h * coef[G_TO_I_1, i]
            g = g * p0 + r0
            h = h * p1 + r1
        else:
            x = x * p + (r0 + r1)
        if row >= 0:
            x += job.drive[n - job.n_first, row]
        if left > 0:
            left -= 1
            x = reset
        elif x >= limit:
            x = reset
            left = part.hold[i]
            out.window_step[n_out] = n + 1
            out.window_neuron[n_out] = i
            n_out += 1
    nxt[V, i] = x
    nxt[I0, i] = a
    nxt[I1, i] = b
    nxt[G0, i] = g
    nxt[G1, i] = h
    part.left[i] = left
    return n_out


# A view, or a field of a tuple, costs two atomic operations in compiled code: what runs often gets plain arrays and
# indexes them in full.
@_inlined
def _walk_membrane(state, coef, ring, left, hold, flip, i, n0, width, steps, neurons, n_out):  # type: ignore[no-untyped-def]
    """`_walk` for a neuron that was swept and is not watched: its synapses are right already."""
    last = ring.shape[0] - 1
    x, a, b = state[flip, V, i], state[flip, I0, i], state[flip, I1, i]
    p, p0, p1, limit, reset = coef[DECAY_V, i], coef[DECAY_0, i], coef[DECAY_1, i], coef[THRESHOLD, i], coef[RESET, i]
    held = left[i]
    for s in range(width):
        slot = (n0 + 1 + s) & last
        x = x * p + (a + b)
        a = a * p0 + ring[slot, 0, i]
        b = b * p1 + ring[slot, 1, i]
        if held > 0:
            held -= 1
            x = reset
        elif x >= limit:
            x = reset
            held = hold[i]
            steps[n_out] = n0 + s + 1
            neurons[n_out] = i
            n_out += 1
    state[1 - flip, V, i] = x
    left[i] = held
    return n_out


@_kernel
def _walk_hot(part, state, coef, ring, left, hold, hot, watched, words, flip, n0, width, job, out, steps, neurons):  # type: ignore[no-untyped-def]
    """All hot neurons through a window that has been swept. Returns the number of spikes."""
    n_out = 0
    for w in range(words.shape[0]):
        if words[w] == 0:
            continue
        for i in range(8 * w, 8 * w + 8):
            if hot[i] == 0:
                continue
            if watched[i] != 0:
                n_out = _walk(part, flip, i, n0, width, job, out, n_out)
            else:
                n_out = _walk_membrane(state, coef, ring, left, hold, flip, i, n0, width, steps, neurons, n_out)
    return n_out


@_kernel
def _step_all(  # type: ignore[no-untyped-def]
              state, coef, ring, left, hold, drive_row, drive, probe_neuron, probe_row, trace, steps, neurons,
              flip, n0, width, n_neurons, n_first, every, i_first):  # fmt: skip
    """`_walk` for all neurons, a step at a time. Returns the number of spikes."""
    n_out, new = 0, 1 - flip
    last, driven = ring.shape[0] - 1, drive.shape[1] > 0
    for i in range(n_neurons):
        for row in range(3):
            state[new, row, i] = state[flip, row, i]
    for n in range(n0, n0 + width):
        if n % every == 0:
            k = n // every - i_first
            for column in range(probe_neuron.shape[0]):
                i, row = probe_neuron[column], probe_row[column]
                if i >= 0 and row == V:
                    trace[k, column] = state[new, V, i]
                elif i >= 0:
                    trace[k, column] = state[new, row, i] / coef[I_TO_V_0 + row - I0, i]
        slot = (n + 1) & last
        for i in range(n_neurons):
            a, b = state[new, I0, i], state[new, I1, i]
            x = state[new, V, i] * coef[DECAY_V, i] + (a + b)
            state[new, I0, i] = a * coef[DECAY_0, i] + ring[slot, 0, i]
            state[new, I1, i] = b * coef[DECAY_1, i] + ring[slot, 1, i]
            ring[slot, 0, i] = 0
            ring[slot, 1, i] = 0
            if driven and drive_row[i] >= 0:
                x += drive[n - n_first, drive_row[i]]
            if left[i] > 0:
                left[i] -= 1
                x = coef[RESET, i]
            elif x >= coef[THRESHOLD, i]:
                x = coef[RESET, i]
                left[i] = hold[i]
                steps[n_out] = n + 1
                neurons[n_out] = i
                n_out += 1
            state[new, V, i] = x
    return n_out


@_kernel
def window(part, routes, flip, n0, width, job, out):  # type: ignore[no-untyped-def]
    """All neurons of a part through the steps n0 … n0 + width - 1.

    Returns
    -------
    int
        Number of spikes, found in ``out.window_step`` and ``out.window_neuron``, by neuron.
    """
    if job.stepped:
        return _step_all(part.state, part.coef, part.ring, part.left, part.hold, part.drive_row, job.drive,
                         job.probe_neuron, job.probe_row, out.trace, out.window_step, out.window_neuron,
                         flip, n0, width, job.n_neurons, job.n_first, job.every, job.i_first)  # fmt: skip
    n_out = 0
    if not job.swept:
        for i in range(job.n_neurons):
            n_out = _walk(part, flip, i, n0, width, job, out, n_out)
        return n_out
    now, nxt = part.state[flip], part.state[1 - flip]
    if width == 8:
        _sweep_8(now, nxt, part.ring, part.watched, part.hot, part.left, part.coef, n0)
    else:
        _sweep_1(now, nxt, part.ring, part.watched, part.hot, part.left, part.coef, n0)
    n_out = _walk_hot(part, part.state, part.coef, part.ring, part.left, part.hold, part.hot, part.watched,
                      part.hot_words, flip, n0, width, job, out, out.window_step, out.window_neuron)  # fmt: skip
    wipe(part, routes, n0, width)
    return n_out


@_kernel
def sort_spikes(out, n_out, n0, width, n_total):  # type: ignore[no-untyped-def]
    """Append a window's spikes to the call's, by step and then by neuron. Returns their number so far."""
    for s in range(n0 + 1, n0 + width + 1):
        for j in range(n_out):
            if out.window_step[j] == s:
                out.step[n_total] = s
                out.neuron[n_total] = out.window_neuron[j]
                n_total += 1
    return n_total


@_kernel
def window_width(n0, n_end, widest, swept):  # type: ignore[no-untyped-def]
    """Steps of the window that begins at n0; none reaches over a grid point where `settle` is due."""
    room = min(n_end - n0, SETTLE - n0 % SETTLE)
    if room >= widest:
        return widest
    return 1 if swept else room


@_kernel
def settle(part, flip):  # type: ignore[no-untyped-def]
    """Make what has decayed to nothing zero: the smallest floating-point numbers take many times longer."""
    state = part.state[flip]
    for row in range(state.shape[0]):
        for i in range(state.shape[1]):
            if abs(state[row, i]) < NOTHING:
                state[row, i] = 0


@_kernel
def march(part, routes, events, job, out, flip, n0, n_end, widest):  # type: ignore[no-untyped-def]
    """Windows on end from step n0 to step n_end, or until `out` may overflow.

    Returns
    -------
    tuple of int
        The step reached, which half of the state is now, events used, and spikes found.
    """
    n_total, i_event = 0, 0
    state, coef, ring, left, hold, drive_row = part.state, part.coef, part.ring, part.left, part.hold, part.drive_row
    drive, probe_neuron, probe_row, trace = job.drive, job.probe_neuron, job.probe_row, out.trace
    found_step, found_neuron, event_step = out.window_step, out.window_neuron, events.step
    room = out.step.shape[0] - widest * left.shape[0]
    while n0 < n_end and n_total <= room:
        if n0 % SETTLE == 0:
            settle(part, flip)
        width = window_width(n0, n_end, widest, job.swept)
        if i_event < event_step.shape[0] and event_step[i_event] <= n0 + width:
            i_event = receive(part, events, i_event, n0 + width)
        if job.stepped:
            n_out = _step_all(state, coef, ring, left, hold, drive_row, drive, probe_neuron, probe_row, trace,
                              found_step, found_neuron, flip, n0, width, job.n_neurons, job.n_first, job.every,
                              job.i_first)  # fmt: skip
        else:
            n_out = window(part, routes, flip, n0, width, job, out)
        flip = 1 - flip
        if n_out > 0:
            n_before = n_total
            n_total = sort_spikes(out, n_out, n0, width, n_total)
            deliver(part, routes, out.step[n_before:n_total], out.neuron[n_before:n_total])
        n0 += width
    return n0, flip, i_event, n_total
