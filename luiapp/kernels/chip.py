"""The circuits of an emulated neuromorphic chip that are in use, through all steps of a sample.

Per circuit, with the membrane U counted from its leak potential and synaptic lines X in weights,

    tau_mem dU/dt = -U + tau_mem (k_e S_e(X_e) / tau_e - k_i S_i(X_i) / tau_i),    dX/dt = -X / tau,   X += w at events

where S(X) = X up to a bound and then bends to its limit: X - y^2 / (y + depth) with y = X - bound. A step is an
exponential integrator with coefficients fitted so that it is exact for currents that decay exponentially and for
constant ones; an event between two grid points is shared by both so that its mean time stays. That is of order 2, and
of order 1 in what a jump does to a line that is bent already. The crossing of the threshold is found by a line between
grid points and takes place at the next tick of the event clock; the membrane is then held at the reset potential for
the refractory time, to fractions of a step.

Random numbers are a sequence of splitmix64 for each sample, so that it doesn't matter which samples run together.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy")
_inlined: Any = njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
_row: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})

SHIFT = 4
LANES = 1 << SHIFT  # circuits lie side by side in blocks of so many; segments are filled up with silent ones
# Rows of a block in `Room.work`: what changes, and the constants of its circuits.
(U, V, EXC, INH, HELD, LEVEL, DECAY, DECAY_EXC, DECAY_INH, EXC_0, EXC_1, INH_0, INH_1, EXC_LINEAR, EXC_DEPTH,
 INH_LINEAR, INH_DEPTH) = range(17)  # fmt: skip
N_WORK, N_STATE = 17, 6
# Rows of `Plan.circuit`.
LEAK, RESET, THRESHOLD, HOLD = range(4)
N_ROWS = 4
# Places of `Plan.number`.
(TICKS_PER_STEP, TICK_JITTER, TICK_LATENCY, THRESHOLD_NOISE, CADC_FIRST, CADC_PERIOD, CADC_NOISE, CADC_MAX, QUEUE_FREE,
 QUEUE_SLOPE, QUEUE_DECAY) = range(11)  # fmt: skip
N_NUMBERS = 11
# Columns of counters, for each quadrant.
FIRED, LOST = range(2)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_S16, _S32, _S48, _LOW = np.uint64(16), np.uint64(32), np.uint64(48), np.uint64(0xFFFF)


class Plan(NamedTuple):
    """Circuits, wires and clocks; times in steps where nothing else is said."""

    circuit: NDArray[np.float32]  # (N_ROWS, n) where n is a multiple of LANES
    constant: NDArray[np.float32]  # (n / LANES, N_WORK, LANES)
    number: NDArray[np.float64]  # (N_NUMBERS,)
    segment: NDArray[np.int64]  # (n_segments + 1,) circuits that are advanced together, in this order; whole blocks
    target: NDArray[np.int64]  # (n_inputs + n, 3) circuits from, to, and where the weights begin
    excite: NDArray[np.float32]  # (n_weights,)
    inhibit: NDArray[np.float32]  # (n_weights,)
    quadrant: NDArray[np.int64]  # (n,)
    cadc: NDArray[np.float32]  # (2, n) gain and offset of the converter's channels
    recorded: NDArray[np.int64]  # circuits whose converter samples are kept
    traced: NDArray[np.int64]  # circuits whose membrane is kept at every step


class Input(NamedTuple):
    """Events of many samples, by sample and then by time."""

    first: NDArray[np.int64]  # (n_samples + 1,)
    tick: NDArray[np.int64]
    source: NDArray[np.int32]


class Output(NamedTuple):
    """What is written."""

    first: NDArray[np.int64]  # (n_samples + 1,)
    tick: NDArray[np.int64]  # (room,)
    circuit: NDArray[np.int32]  # (room,)
    cadc: NDArray[np.uint8]  # (n_samples, n_cadc, n_recorded)
    trace: NDArray[np.float32]  # (n_samples, n_steps + 1, n_traced)
    counted: NDArray[np.int64]  # (n_quadrants, 2)


@_inlined
def draw_word(state):  # type: ignore[no-untyped-def]
    """The next 64 random bits."""
    state[0] += _GOLDEN
    z = state[0]
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@_inlined
def draw_uniform(state):  # type: ignore[no-untyped-def]
    """Between 0 (not included) and 1."""
    return (float(draw_word(state) >> _S11) + 0.5) * (1.0 / 9007199254740992.0)


@_inlined
def draw_normal(state):  # type: ignore[no-untyped-def]
    """Normal, by Box and Muller."""
    return math.sqrt(-2.0 * math.log(draw_uniform(state))) * math.cos(2.0 * math.pi * draw_uniform(state))


@_inlined
def draw_rough(state):  # type: ignore[no-untyped-def]
    """Of mean 0 and variance 1, the sum of four uniform numbers: for noise that is rounded to whole numbers anyway."""
    z = draw_word(state)
    total = (z & _LOW) + ((z >> _S16) & _LOW) + ((z >> _S32) & _LOW) + (z >> _S48)
    return (float(total) - 131070.0) * (1.7320508075688772 / 65536.0)


@_row
def step_blocks(work, add_exc, add_inh, low, high, hits):  # type: ignore[no-untyped-def]
    """One step of the blocks low … high - 1; how many circuits reach their level, in each (`hits`) and together.

    U is the membrane at the begin of the step, V at its end; HELD is the time, in steps, that a circuit is held from
    the begin on. What was to be added to the lines is taken.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    none: Any = np.int32(0)
    total = 0
    for block in range(low, high):
        n_fired = none
        w = work[block * (N_WORK * LANES) : (block + 1) * (N_WORK * LANES)]
        more_exc, more_inh = add_exc[block * LANES : (block + 1) * LANES], add_inh[block * LANES : (block + 1) * LANES]
        for j in range(LANES):
            u = w[V * LANES + j]
            held = w[HELD * LANES + j] - one
            held = held if held > zero else zero
            e0 = w[EXC * LANES + j] + more_exc[j]
            i0 = w[INH * LANES + j] + more_inh[j]
            more_exc[j] = zero
            more_inh[j] = zero
            e1 = e0 * w[DECAY_EXC * LANES + j]
            i1 = i0 * w[DECAY_INH * LANES + j]
            w[U * LANES + j] = u
            w[HELD * LANES + j] = held
            w[EXC * LANES + j] = e1
            w[INH * LANES + j] = i1
            bound, depth = w[EXC_LINEAR * LANES + j], w[EXC_DEPTH * LANES + j]
            y0 = e0 - bound if e0 > bound else zero
            y1 = e1 - bound if e1 > bound else zero
            e0 -= y0 * y0 / (y0 + depth)
            e1 -= y1 * y1 / (y1 + depth)
            bound, depth = w[INH_LINEAR * LANES + j], w[INH_DEPTH * LANES + j]
            y0 = i0 - bound if i0 > bound else zero
            y1 = i1 - bound if i1 > bound else zero
            i0 -= y0 * y0 / (y0 + depth)
            i1 -= y1 * y1 / (y1 + depth)
            free = u * w[DECAY * LANES + j]
            free += w[EXC_0 * LANES + j] * e0 + w[EXC_1 * LANES + j] * e1
            free -= w[INH_0 * LANES + j] * i0 + w[INH_1 * LANES + j] * i1
            share = one - held if held < one else zero
            v = u + share * (free - u)
            w[V * LANES + j] = v
            n_fired += np.int32((v >= w[LEVEL * LANES + j]) & (held < one))
        hits[block] = n_fired
        total += n_fired
    return total


@_inlined
def place(j):  # type: ignore[no-untyped-def]
    """Where circuit `j` lies in `Room.work`; its rows follow LANES apart."""
    return (j >> SHIFT) * (N_WORK * LANES) + (j & (LANES - 1))


@_row
def add_row(target, factor, source):  # type: ignore[no-untyped-def]
    """``target += factor * source``."""
    for j in range(target.shape[0]):
        target[j] += factor * source[j]


@_inlined
def deliver(plan, source, tick, step, done, ring):  # type: ignore[no-untyped-def]
    """An event that arrives at `tick` onto the lines; circuits below `done` are past `step` already."""
    low, high, begin = plan.target[source]
    if high <= low:
        return
    at = tick / plan.number[TICKS_PER_STEP]
    k = int(at)
    share = np.float32(at - k)
    if low < done and k <= step:  # too late for this step
        k, share = step + 1, np.float32(0.0)
    n_slots = ring.shape[0]
    end = begin + high - low
    early, late = ring[k % n_slots], ring[(k + 1) % n_slots]
    rest = np.float32(1.0) - share
    add_row(early[0, low:high], rest, plan.excite[begin:end])
    add_row(early[1, low:high], rest, plan.inhibit[begin:end])
    add_row(late[0, low:high], share, plan.excite[begin:end])
    add_row(late[1, low:high], share, plan.inhibit[begin:end])


@_inlined
def passes(plan, quadrant, tick, fill, last, state, count):  # type: ignore[no-untyped-def]
    """Whether an event gets through the queue of its quadrant."""
    number = plan.number
    fill[quadrant] *= math.exp(-(tick - last[quadrant]) * number[QUEUE_DECAY])
    last[quadrant] = tick
    count[quadrant, FIRED] += 1
    over = fill[quadrant] - number[QUEUE_FREE]
    if over > 0 and draw_uniform(state) * number[QUEUE_SLOPE] < over:
        count[quadrant, LOST] += 1
        return False
    fill[quadrant] += 1.0
    return True


@_inlined
def fire(plan, n_inputs, k, j, high, room, fill, last, state, out, n_out):  # type: ignore[no-untyped-def]
    """Circuit j, of a segment that ends at `high`, fires in step k: reset, hold, send. Returns the spikes recorded."""
    number, c, work = plan.number, plan.circuit, room.work
    one = np.float32(1.0)
    w = place(j)
    begun, level, u, v = (
        work[w + HELD * LANES],
        work[w + LEVEL * LANES],
        work[w + U * LANES],
        work[w + V * LANES],
    )
    part = (level - u) / (v - u) if v > u else np.float32(0.0)
    part = min(max(part, np.float32(0.0)), one)
    where = begun + (one - begun) * part
    tick = math.ceil((k + where) * number[TICKS_PER_STEP])
    work[w + V * LANES] = c[RESET, j]
    work[w + HELD * LANES] = c[HOLD, j] + where
    work[w + LEVEL * LANES] = c[THRESHOLD, j] + np.float32(number[THRESHOLD_NOISE] * draw_normal(state))
    if not passes(plan, plan.quadrant[j], tick, fill, last, state, out.counted):
        return n_out
    if n_out < out.tick.shape[0]:
        out.tick[n_out] = tick
        out.circuit[n_out] = j
    jitter = int(draw_uniform(state) * (number[TICK_JITTER] + 1.0))
    deliver(plan, n_inputs + j, tick + int(number[TICK_LATENCY]) + jitter, k, high, room.ring)
    return n_out + 1


@_kernel
def fire_segment(plan, n_inputs, k, low, high, room, fill, last, state, out, n_out):  # type: ignore[no-untyped-def]
    """All spikes of the circuits low … high - 1 in step k. Returns the number of spikes recorded so far."""
    for block in range(low >> SHIFT, high >> SHIFT):
        if room.hits[block] == 0:
            continue
        begin = block * (N_WORK * LANES)
        w = room.work[begin : begin + N_WORK * LANES]
        for lane in range(LANES):
            if w[V * LANES + lane] >= w[LEVEL * LANES + lane] and w[HELD * LANES + lane] < 1.0:
                j = block * LANES + lane
                n_out = fire(plan, n_inputs, k, j, high, room, fill, last, state, out, n_out)
    return n_out


class Room(NamedTuple):
    """Scratch of one thread."""

    work: NDArray[np.float32]  # (n / LANES * N_WORK * LANES,)
    ring: NDArray[np.float32]  # (n_slots, 2, n) what will be added to the lines
    hits: NDArray[np.int32]  # (n / LANES,)
    fill: NDArray[np.float64]  # (n_quadrants,) events in the queues
    last: NDArray[np.float64]  # (n_quadrants,) tick at which that was so
    going: NDArray[np.bool_]  # (1,) what comes goes on from the last sample, which had whole rounds of the ring


@_kernel
def begin(plan, start, room, state):  # type: ignore[no-untyped-def]
    """A sample begins: lines empty, membranes and holds as `start` (2, n) says, thresholds newly drawn."""
    room.ring[:] = np.float32(0.0)
    for j in range(plan.circuit.shape[1]):
        w = place(j)
        for row in range(N_STATE, N_WORK):
            room.work[w + row * LANES] = plan.constant[j // LANES, row, j % LANES]
        room.work[w + V * LANES] = start[0, j]
        room.work[w + EXC * LANES] = np.float32(0.0)
        room.work[w + INH * LANES] = np.float32(0.0)
        room.work[w + HELD * LANES] = start[1, j] + np.float32(1.0)
        level = plan.circuit[THRESHOLD, j]
        if level < math.inf:
            level += np.float32(plan.number[THRESHOLD_NOISE] * draw_normal(state))
        room.work[w + LEVEL * LANES] = level


@_kernel
def convert(plan, work, k, sample, i_cadc, cadc, state):  # type: ignore[no-untyped-def]
    """Converter samples that fall between step k and k + 1; returns the next one's index."""
    number = plan.number
    while i_cadc < cadc.shape[1]:
        at = number[CADC_FIRST] + i_cadc * number[CADC_PERIOD] - k
        if at >= 1.0:
            break
        for r in range(plan.recorded.shape[0]):
            j = plan.recorded[r]
            w = place(j)
            u, v = work[w + U * LANES], work[w + V * LANES]
            read = plan.cadc[0, j] * (plan.circuit[LEAK, j] + u + np.float32(at) * (v - u)) + plan.cadc[1, j]
            read += np.float32(number[CADC_NOISE] * draw_rough(state))
            cadc[sample, i_cadc, r] = np.uint8(min(max(read + 0.5, 0.0), number[CADC_MAX]))
        i_cadc += 1
    return i_cadc


@_kernel
def keep(plan, work, k, row, trace):  # type: ignore[no-untyped-def]
    """The traced membranes, rows U or V, into ``trace[k]``."""
    for r in range(plan.traced.shape[0]):
        j = plan.traced[r]
        trace[k, r] = plan.circuit[LEAK, j] + work[place(j) + row * LANES]


@_kernel
def run_samples(plan, n_inputs, n_steps, events, seed, i_first, start, room, out):  # type: ignore[no-untyped-def]
    """All samples of `events`, of which the first has the number `i_first`.

    Returns
    -------
    int
        Spikes that there are; more than there is room for in `out` means that those beyond are missing.
    """
    state = np.empty(1, np.uint64)
    fill, last = room.fill, room.last
    n_out, number = 0, plan.number
    for sample in range(events.first.shape[0] - 1):
        out.first[sample] = n_out
        state[0] = seed ^ (np.uint64(i_first + sample) * _MIX_1)
        draw_word(state)
        if room.going[0]:
            last -= n_steps * number[TICKS_PER_STEP]
        else:
            begin(plan, start, room, state)
            fill[:] = 0.0
            last[:] = 0.0
        i_cadc = 0
        e, end = events.first[sample], events.first[sample + 1]
        keep(plan, room.work, 0, V, out.trace[sample])
        for k in range(n_steps):
            until = (k + 1) * number[TICKS_PER_STEP]
            while e < end and events.tick[e] < until:
                jitter = int(draw_uniform(state) * (number[TICK_JITTER] + 1.0))
                deliver(plan, events.source[e], events.tick[e] + jitter, k, 0, room.ring)
                e += 1
            slot = room.ring[k % room.ring.shape[0]]
            for g in range(plan.segment.shape[0] - 1):
                low, high = plan.segment[g], plan.segment[g + 1]
                if step_blocks(room.work, slot[0], slot[1], low >> SHIFT, high >> SHIFT, room.hits) > 0:
                    n_out = fire_segment(plan, n_inputs, k, low, high, room, fill, last, state, out, n_out)
            if out.cadc.shape[1] > 0:
                i_cadc = convert(plan, room.work, k, sample, i_cadc, out.cadc, state)
            keep(plan, room.work, k + 1, V, out.trace[sample])
    out.first[events.first.shape[0] - 1] = n_out
    return n_out
