"""Leaky integrate-and-fire networks whose spikes happen and arrive between grid points.

Time is cut at every event: between two events a neuron's state is the exact solution, and the threshold crossing is a
root of it, found to rounding. So spike times don't depend on the time step, apart from two limits: a delay is at least
one step, and a stimulus current has one value per step. (The idea is that of Morrison et al., Neural Comput 19 (2007)
47, with the root in place of an interpolation.) A rise over the threshold and back between two events is found if the
membrane's slope changes its sign once between them.

A moment is a step n and an offset in it, 0 < offset <= 1; grid point n + 1 is (n, 1).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from luiapp.kernels.lif_propagators import g_to_v, i_to_v

_kernel = njit(cache=True, nogil=True, error_model="numpy")
MAX_SPIKES = 16  # of one neuron in one step
DONE, FULL, RUNAWAY = 0, 1, 2
EXPONENTIAL, ALPHA, DELTA = 0, 1, 2


class Cells(NamedTuple):
    """State and parameters of n neurons; the membrane counts from v_leak, times are in s."""

    state: NDArray[np.float64]  # (5, n) membrane, synapses 0 and 1, inner variables of alpha synapses 0 and 1 [V]
    release_step: NDArray[np.int64]  # (n,) moment at which the refractory time ends
    release_offset: NDArray[np.float64]  # (n,)
    tau_mem: NDArray[np.float64]  # (n,)
    tau: NDArray[np.float64]  # (2, n)
    tau_ref: NDArray[np.float64]  # (n,) in steps
    threshold: NDArray[np.float64]  # (n,)
    reset: NDArray[np.float64]  # (n,)
    drive_row: NDArray[np.int32]  # (n,) column of the stimulus currents, -1: none
    probe: NDArray[np.int32]  # (3, n) column of the trace, -1: none


class Wires(NamedTuple):
    """Connections by source."""

    first: NDArray[np.int64]  # (n + 1,)
    target: NDArray[np.int64]
    receptor: NDArray[np.int64]
    weight: NDArray[np.float64]
    delay: NDArray[np.float64]  # steps, at least 1


class Queue(NamedTuple):
    """Events under way: one list per neuron, in order of arrival, in a common pool."""

    head: NDArray[np.int64]  # (n,) first event of each neuron, -1: none
    free: NDArray[np.int64]  # (2,) first free place, and their number
    after: NDArray[np.int64]  # (size,) next in the list
    step: NDArray[np.int64]
    offset: NDArray[np.float64]
    key: NDArray[np.int64]  # decides between events of the same moment
    receptor: NDArray[np.int64]
    weight: NDArray[np.float64]


class Found(NamedTuple):
    """What comes out."""

    trace: NDArray[np.float64]  # (n_samples, n_probes)
    step: NDArray[np.int64]  # (capacity,)
    offset: NDArray[np.float64]
    neuron: NDArray[np.int64]


@_kernel
def put(queue, i, step, offset, key, receptor, weight):  # type: ignore[no-untyped-def]
    """Insert an event; there must be a free place."""
    place = queue.free[0]
    queue.free[0] = queue.after[place]
    queue.free[1] -= 1
    queue.step[place], queue.offset[place], queue.key[place] = step, offset, key
    queue.receptor[place], queue.weight[place] = receptor, weight
    before, here = -1, queue.head[i]
    while here >= 0:
        later = queue.offset[here] > offset or (queue.offset[here] == offset and queue.key[here] > key)
        if queue.step[here] > step or (queue.step[here] == step and later):
            break
        before, here = here, queue.after[here]
    queue.after[place] = here
    if before < 0:
        queue.head[i] = place
    else:
        queue.after[before] = place


@_kernel
def _membrane(y, t, tau_mem, tau_0, tau_1, current):  # type: ignore[no-untyped-def]
    """Membrane t seconds after state y = (membrane, i_0, i_1, g_0, g_1)."""
    x = y[0] * math.exp(-t / tau_mem) - current * math.expm1(-t / tau_mem)
    if y[1] != 0.0 or y[3] != 0.0:
        x += y[1] * i_to_v(t, tau_mem, tau_0) + y[3] * g_to_v(t, tau_mem, tau_0)
    if y[2] != 0.0 or y[4] != 0.0:
        x += y[2] * i_to_v(t, tau_mem, tau_1) + y[4] * g_to_v(t, tau_mem, tau_1)
    return x


@_kernel
def _slope(y, t, tau_mem, tau_0, tau_1, current):  # type: ignore[no-untyped-def]
    """tau_mem times the membrane's slope t seconds after state y."""
    i_0 = (y[1] + y[3] * (t / tau_0)) * math.exp(-t / tau_0)
    i_1 = (y[2] + y[4] * (t / tau_1)) * math.exp(-t / tau_1)
    return current + i_0 + i_1 - _membrane(y, t, tau_mem, tau_0, tau_1, current)


@_kernel
def _synapses(y, t, tau_0, tau_1):  # type: ignore[no-untyped-def]
    """Take the synapses of y on by t seconds."""
    decay_0, decay_1 = math.exp(-t / tau_0), math.exp(-t / tau_1)
    y[1] = (y[1] + y[3] * (t / tau_0)) * decay_0
    y[2] = (y[2] + y[4] * (t / tau_1)) * decay_1
    y[3] *= decay_0
    y[4] *= decay_1


@_kernel
def crossing(y, t, tau_mem, tau_0, tau_1, current, threshold):  # type: ignore[no-untyped-def]
    """When within t seconds the membrane first reaches the threshold; -1.0 if it doesn't."""
    if y[0] >= threshold:
        return 0.0
    high = t
    if _membrane(y, t, tau_mem, tau_0, tau_1, current) < threshold:
        if _slope(y, 0.0, tau_mem, tau_0, tau_1, current) <= 0 or _slope(y, t, tau_mem, tau_0, tau_1, current) >= 0:
            return -1.0
        low = 0.0
        for _ in range(60):  # the summit
            middle = 0.5 * (low + high)
            if _slope(y, middle, tau_mem, tau_0, tau_1, current) > 0:
                low = middle
            else:
                high = middle
        if _membrane(y, high, tau_mem, tau_0, tau_1, current) < threshold:
            return -1.0
    low, at = 0.0, 0.5 * high
    for _ in range(100):  # Newton's step, or a half where that would leave the bracket
        distance = _membrane(y, at, tau_mem, tau_0, tau_1, current) - threshold
        if distance >= 0:
            high = at
        else:
            low = at
        slope = _slope(y, at, tau_mem, tau_0, tau_1, current) / tau_mem
        new = at - distance / slope if slope > 0 else -1.0
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - at) <= 1e-16 * t or high - low <= 1e-16 * t:
            break
        at = new
    return at


@_kernel
def send(queue, wires, i, step, offset):  # type: ignore[no-untyped-def]
    """Put a spike of neuron i on its way to its targets; there must be free places."""
    for q in range(wires.first[i], wires.first[i + 1]):
        later = offset + wires.delay[q]
        steps = max(math.ceil(later) - 1, 1)
        put(queue, wires.target[q], step + steps, later - steps, i, wires.receptor[q], wires.weight[q])


@_kernel
def _step(cells, queue, wires, found, i, n, dt, current, shape, n_out):  # type: ignore[no-untyped-def]
    """Neuron i through step n. Returns the number of spikes found so far, negative if it fires without end."""
    y = cells.state[:, i]
    tau_mem, tau_0, tau_1 = cells.tau_mem[i], cells.tau[0, i], cells.tau[1, i]
    at, n_before = 0.0, n_out
    while True:
        event = queue.head[i]
        due = event >= 0 and queue.step[event] <= n
        until = min(queue.offset[event], 1.0) if due else 1.0
        held = cells.release_step[i] > n or (cells.release_step[i] == n and cells.release_offset[i] > at)
        freed = held and cells.release_step[i] == n and cells.release_offset[i] < until
        if freed:
            until = cells.release_offset[i]
        t = max(until - at, 0.0) * dt
        moment = -1.0 if held else crossing(y, t, tau_mem, tau_0, tau_1, current, cells.threshold[i])
        if moment >= 0.0:
            if n_out - n_before >= MAX_SPIKES:
                return -1
            _synapses(y, moment, tau_0, tau_1)
            y[0] = cells.reset[i]
            at = min(at + moment / dt, 1.0)
            later = at + cells.tau_ref[i]
            steps = max(math.ceil(later) - 1, 0)
            cells.release_step[i], cells.release_offset[i] = n + steps, later - steps
            found.step[n_out], found.offset[n_out], found.neuron[n_out] = n, at, i
            n_out += 1
            send(queue, wires, i, n, at)
            continue
        if not held:
            y[0] = _membrane(y, t, tau_mem, tau_0, tau_1, current)
        _synapses(y, t, tau_0, tau_1)
        at = until
        if due and not freed:
            receptor, weight = queue.receptor[event], queue.weight[event]
            if shape == EXPONENTIAL:
                y[1 + receptor] += weight
            elif shape == ALPHA:
                y[3 + receptor] += weight * math.e
            elif not held:
                y[0] += weight
            queue.head[i] = queue.after[event]
            queue.after[event] = queue.free[0]
            queue.free[0] = event
            queue.free[1] += 1
        elif not freed:
            return n_out


@_kernel
def march(cells, queue, wires, found, drive, n0, n, n_end, i, every, i_first, dt, shape):  # type: ignore[no-untyped-def]
    """From neuron i in step n on to step n_end.

    Returns
    -------
    tuple of int
        DONE, FULL (no room for more spikes or events: make some and go on) or RUNAWAY; the step and the neuron
        reached; the number of spikes found.
    """
    n_out = 0
    while n < n_end:
        while i < cells.tau_mem.shape[0]:
            room = (wires.first[i + 1] - wires.first[i]) * (MAX_SPIKES + 1)
            if queue.free[1] < room or n_out + MAX_SPIKES + 1 > found.step.shape[0]:
                return FULL, n, i, n_out
            if n % every == 0:
                for row in range(3):
                    if cells.probe[row, i] >= 0:
                        found.trace[n // every - i_first, cells.probe[row, i]] = cells.state[row, i]
            current = drive[n - n0, cells.drive_row[i]] if cells.drive_row[i] >= 0 else 0.0
            after = _step(cells, queue, wires, found, i, n, dt, current, shape, n_out)
            if after < 0:
                return RUNAWAY, n, i, n_out
            n_out = after
            i += 1
        i = 0
        n += 1
    return DONE, n, 0, n_out
