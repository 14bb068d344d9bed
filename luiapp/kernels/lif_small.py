"""Small leaky integrate-and-fire networks, eight steps at a time.

Few neurons seldom spike. So all of them are taken eight steps ahead as if nobody did, side by side in the lanes of the
processor, and everything on the way is kept. If nobody has reached the threshold by then, that was it; else what comes
after the first spike is forgotten, the spike is sent out, and the next eight steps begin there. That makes no demand on
delays, and costs little even if somebody spikes at every step.

On every number the operations are those of `luiapp.kernels.lif`, in the same order: results are the same bit for bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from luiapp.kernels.lif_arrays import (
    DECAY_0,
    DECAY_1,
    DECAY_V,
    I0,
    I1,
    LANES,
    NOTHING,
    RESET,
    SETTLE,
    THRESHOLD,
    V,
)

_kernel = njit(cache=True, nogil=True, error_model="numpy")  # no fastmath: see `luiapp.kernels.lif`
_inlined = njit(cache=True, nogil=True, error_model="numpy", forceinline=True)

AHEAD = 8  # steps
# Where things are in a row of `Plan.work`, which has everything about eight neurons, LANES numbers each. The compiler
# must know all distances, or it can't tell that what is written isn't what is read next.
_X = 0  # membrane now and after each step
_A = _X + LANES * (AHEAD + 1)  # the same of synapse 0
_B = _A + LANES * (AHEAD + 1)  # and of synapse 1
_R0 = _B + LANES * (AHEAD + 1)  # what arrives at synapse 0 with each step
_R1 = _R0 + LANES * AHEAD
_U = _R1 + LANES * AHEAD  # what stimulus currents add to the membrane in each step
_P, _P0, _P1, _LIMIT, _RESET, _HELD = (_U + LANES * (AHEAD + k) for k in range(6))
N_WORK = _HELD + LANES
PLACES = (_X, _A, _B)  # of membrane and synapses, in the order of the rows of the state


def _make_ahead(driven: bool) -> Any:
    @_inlined
    def ahead(w, g):  # type: ignore[no-untyped-def]
        """Eight neurons eight steps ahead. Returns how many of them reach their threshold."""
        n_reached = 0
        for i in range(LANES):
            x, a, b = w[g, _X + i], w[g, _A + i], w[g, _B + i]
            p, p0, p1 = w[g, _P + i], w[g, _P0 + i], w[g, _P1 + i]
            limit, reset, held = w[g, _LIMIT + i], w[g, _RESET + i], w[g, _HELD + i]
            reached = False
            for s in range(AHEAD):
                x = x * p + (a + b)
                a = a * p0 + w[g, _R0 + LANES * s + i]
                b = b * p1 + w[g, _R1 + LANES * s + i]
                if driven:
                    x = x + w[g, _U + LANES * s + i]
                x = reset if held > s else x
                reached = reached | ((x >= limit) & (held <= s))
                w[g, _X + LANES * (s + 1) + i] = x
                w[g, _A + LANES * (s + 1) + i] = a
                w[g, _B + LANES * (s + 1) + i] = b
            n_reached += 1 if reached else 0
        return n_reached

    return ahead


_ahead, _ahead_driven = _make_ahead(False), _make_ahead(True)


@_inlined
def _load(w, state, coef, flip):  # type: ignore[no-untyped-def]
    for g in range(w.shape[0]):
        for i in range(LANES):
            k = LANES * g + i
            w[g, _X + i], w[g, _A + i], w[g, _B + i] = state[flip, V, k], state[flip, I0, k], state[flip, I1, k]
            w[g, _P + i], w[g, _P0 + i], w[g, _P1 + i] = coef[DECAY_V, k], coef[DECAY_0, k], coef[DECAY_1, k]
            w[g, _LIMIT + i], w[g, _RESET + i] = coef[THRESHOLD, k], coef[RESET, k]
        for i in range(2 * LANES * AHEAD):
            w[g, _R0 + i] = 0


@_inlined
def _store(w, state, flip):  # type: ignore[no-untyped-def]
    for g in range(w.shape[0]):
        for i in range(LANES):
            k = LANES * g + i
            state[flip, V, k], state[flip, I0, k], state[flip, I1, k] = w[g, _X + i], w[g, _A + i], w[g, _B + i]


@_inlined
def _settle(w):  # type: ignore[no-untyped-def]
    for g in range(w.shape[0]):
        for i in range(LANES):
            for row in (_X, _A, _B):
                if abs(w[g, row + i]) < NOTHING:
                    w[g, row + i] = 0


@_inlined
def _fetch(w, ring, n_sent, n0, width):  # type: ignore[no-untyped-def]
    """What arrives in the next steps; most often nothing. Returns whether anything does."""
    any_sent = False
    for s in range(width):
        slot = (n0 + 1 + s) & (ring.shape[0] - 1)
        if n_sent[slot] != 0:
            any_sent = True
            for g in range(w.shape[0]):
                for i in range(LANES):
                    w[g, _R0 + LANES * s + i] = ring[slot, 0, LANES * g + i]
                    w[g, _R1 + LANES * s + i] = ring[slot, 1, LANES * g + i]
    return any_sent


@_inlined
def _wipe(w, ring, n_sent, n0, width):  # type: ignore[no-untyped-def]
    """Forget what has arrived."""
    for s in range(width):
        slot = (n0 + 1 + s) & (ring.shape[0] - 1)
        if n_sent[slot] != 0:
            n_sent[slot] = 0
            for k in range(ring.shape[2]):
                ring[slot, 0, k] = 0
                ring[slot, 1, k] = 0
    for g in range(w.shape[0]):
        for i in range(2 * LANES * AHEAD):
            w[g, _R0 + i] = 0


@_inlined
def _first_spike(w, width):  # type: ignore[no-untyped-def]
    """The first step at which a neuron reaches its threshold, or `width`."""
    for s in range(width):
        for g in range(w.shape[0]):
            for i in range(LANES):
                if w[g, _X + LANES * (s + 1) + i] >= w[g, _LIMIT + i] and w[g, _HELD + i] <= s:
                    return s
    return width


@_inlined
def _put_eight(samples, k, g, w, at, shift):  # type: ignore[no-untyped-def]
    """A sample of eight membranes in volts. Only if all is read before the first is written can it be done at once."""
    c, at = LANES * g, _X + at
    x0, x1, x2, x3 = w[g, at], w[g, at + 1], w[g, at + 2], w[g, at + 3]
    x4, x5, x6, x7 = w[g, at + 4], w[g, at + 5], w[g, at + 6], w[g, at + 7]
    y0, y1, y2, y3 = x0 + shift[c], x1 + shift[c + 1], x2 + shift[c + 2], x3 + shift[c + 3]
    y4, y5, y6, y7 = x4 + shift[c + 4], x5 + shift[c + 5], x6 + shift[c + 6], x7 + shift[c + 7]
    samples[k, c], samples[k, c + 1], samples[k, c + 2], samples[k, c + 3] = y0, y1, y2, y3
    samples[k, c + 4], samples[k, c + 5], samples[k, c + 6], samples[k, c + 7] = y4, y5, y6, y7


@_inlined
def _keep(w, g, s):  # type: ignore[no-untyped-def]
    """What is after `s` steps is now."""
    for i in range(LANES):
        w[g, _X + i] = w[g, _X + LANES * s + i]
        w[g, _A + i] = w[g, _A + LANES * s + i]
        w[g, _B + i] = w[g, _B + LANES * s + i]


@_inlined
def _fire(w, left, hold, width, found_step, found_neuron, n, n_found):  # type: ignore[no-untyped-def]
    """Reset who has reached the threshold with the last of `width` steps. Returns the number of spikes so far."""
    for k in range(left.shape[0]):
        g, i = k >> 3, k & (LANES - 1)
        if w[g, _X + i] >= w[g, _LIMIT + i] and left[k] < width:
            w[g, _X + i] = w[g, _RESET + i]
            left[k] = hold[k]
            found_step[n_found] = n
            found_neuron[n_found] = k
            n_found += 1
        else:
            left[k] = max(left[k] - np.int32(width), np.int32(0))
    return n_found


@_inlined
def _send(routes, ring, n_sent, n, source):  # type: ignore[no-untyped-def]
    """`luiapp.kernels.lif_delivery.deliver` without notes of what is where."""
    rows = routes.rows
    for run in range(routes.first[source], routes.first[source + 1]):
        slot, k = (n + routes.delay[run]) & (ring.shape[0] - 1), routes.receptor[run]
        n_sent[slot] += 1
        if rows.shape[0] > 0:
            for i in range(ring.shape[2]):
                ring[slot, k, i] += rows[run, i]
        else:
            for q in range(routes.start[run], routes.start[run + 1]):
                ring[slot, k, routes.target[q]] += routes.weight[q]


@_kernel
def march_small(part, routes, events, plan, drive, samples, out, flip, n0, n_end, n_first, every, i_first):  # type: ignore[no-untyped-def]
    """`luiapp.kernels.lif.march` for few neurons; it writes samples as they are wanted, in volts.

    `drive` has a column for each neuron, padding included, and the ring at least `AHEAD` slots.

    Returns
    -------
    tuple of int
        The step reached, events used, and spikes found; the state stays in the same half.
    """
    w, group, place, divisor, shift = plan.work, plan.group, plan.place, plan.divisor, plan.shift
    ring, left, hold, n_sent = part.ring, part.left, part.hold, part.n_sent
    event_step, event_neuron, event_receptor, event_weight = events.step, events.neuron, events.receptor, events.weight
    found_step, found_neuron = out.step, out.neuron
    n_groups, n_columns = w.shape[0], shift.shape[0]
    n_eights = n_columns // LANES if plan.plain else 0
    _load(w, part.state, part.coef, flip)
    n_total, i_event, i_sample = 0, 0, -(-n0 // every)
    while n0 < n_end and n_total <= found_step.shape[0] - left.shape[0]:
        if n0 % SETTLE == 0:
            _settle(w)
        width = min(n_end - n0, SETTLE - n0 % SETTLE, AHEAD)
        arriving = _fetch(w, ring, n_sent, n0, width)
        j = i_event
        while j < event_step.shape[0] and event_step[j] <= n0 + width:
            k, at = event_neuron[j], _R0 if event_receptor[j] == 0 else _R1
            w[k >> 3, at + LANES * (event_step[j] - n0 - 1) + (k & (LANES - 1))] += event_weight[j]
            arriving = True
            j += 1
        n_reached = 0
        for g in range(n_groups):
            for i in range(LANES):
                w[g, _HELD + i] = min(left[LANES * g + i], AHEAD)
        if drive.shape[0] > 0:
            for s in range(width):
                for k in range(left.shape[0]):
                    w[k >> 3, _U + LANES * s + (k & (LANES - 1))] = drive[n0 - n_first + s, k]
            for g in range(n_groups):
                n_reached += _ahead_driven(w, g)
        else:
            for g in range(n_groups):
                n_reached += _ahead(w, g)
        s = _first_spike(w, width) if n_reached > 0 else width
        spiked, width = s < width, min(s + 1, width)
        while i_sample * every < n0 + width:
            at, k = LANES * (i_sample * every - n0), i_sample - i_first
            for g in range(n_eights):
                _put_eight(samples, k, g, w, at, shift)
            for c in range(LANES * n_eights, n_columns):
                samples[k, c] = w[group[c], place[c] + at] / divisor[c] + shift[c]
            i_sample += 1
        if arriving:
            _wipe(w, ring, n_sent, n0, width)
            while i_event < j and event_step[i_event] <= n0 + width:
                i_event += 1
        for g in range(n_groups):
            if width == AHEAD:  # of constant size, and so in few instructions
                _keep(w, g, AHEAD)
            else:
                _keep(w, g, width)
        n0 += width
        if spiked:
            n_before = n_total
            n_total = _fire(w, left, hold, width, found_step, found_neuron, n0, n_total)
            for j in range(n_before, n_total):
                _send(routes, ring, n_sent, n0, found_neuron[j])
        else:
            for k in range(left.shape[0]):
                left[k] = max(left[k] - np.int32(width), np.int32(0))
    _store(w, part.state, flip)
    return n0, i_event, n_total
