"""A membrane between its spikes: what a fit compares with what was measured.

The reduced board of `luiapp.model.lui`, in the quantities that a membrane alone can tell. With w = u/VDD the voltage on
the synaptic capacitor, o = clip(1/2 − w, 0, 1) the integrator's output (both as fractions of VDD), k the ladder and
κ = 1/(R_s·C_mem):

    dw/dt = −w/tau_syn + Σ ± a_i/2                       while off the rails; a_i = A_i / (k·κ·VDD)
    dV/dt = (V_leak − V)/tau_mem + s + κ·max(k·o·VDD − V, 0),      s = 2·k·κ·VDD·(1/2 − o)

so that off the rails s is what each pulse lets rise by A_i volts per second, each second. A textbook neuron is the same
without floor and rails. Spikes are those that were measured: each resets the membrane until `tau_ref` later.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.model.lui import C_MEM, K_LADDER, R_SOURCE, VDD

KAPPA = 1 / (R_SOURCE * C_MEM)  # 1/s, nominal
_NARROW = 4.0  # samples; the edges of shorter pulses are made times of their own
Floats = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Inputs:
    """What drove the membrane, and when it was looked at.

    Attributes
    ----------
    time, v : (n,) float64
        Of the samples [s, V]; `v` decides on which side of the floor the membrane is in a first pass.
    spikes : (n_spikes,) float64
        In s.
    onsets, widths, groups : (n_pulses,) float64, float64, int64
        Of each pulse [s], sorted by onset, and which amplitude it has.
    """

    time: Floats
    v: Floats
    spikes: Floats
    onsets: Floats
    widths: Floats
    groups: NDArray[np.int64]


@dataclass(frozen=True)
class Membrane:
    """Parameters of a trace.

    Attributes
    ----------
    v_leak, v_reset, v_start : float
        Where it relaxes to, where a spike leaves it, where it is at the first sample [V].
    tau_mem, tau_syn, tau_ref : float
        In s.
    s_start : float
        Synaptic drive at the first sample [V/s].
    amplitudes : tuple of float
        A of each group of pulses [V/s²]; negative ones inhibit.
    kappa, vdd : float
        Conductance of the stages over the membrane's capacitance [1/s], and supply [V].
    board : bool
        With floor and rails.
    """

    v_leak: float
    tau_mem: float
    v_reset: float = 0.0
    v_start: float = 0.0
    tau_syn: float = 20e-3
    tau_ref: float = 15.9e-3
    s_start: float = 0.0
    amplitudes: tuple[float, ...] = ()
    kappa: float = KAPPA
    vdd: float = VDD
    board: bool = True


def membrane(inputs: Inputs, p: Membrane, *, fixed: bool = False) -> Floats:
    """The membrane [V] at each of ``inputs.time``, shape (n,).

    Between two samples the drive is a straight line, and the rest exact. With `fixed`, a board's floor stays where it
    is without a synapse, and pulls where ``inputs.v`` lies below it: then the membrane is linear in leak and drive.
    """
    if len(inputs.widths) and len(inputs.time) > 1:
        coarse = float(inputs.time[-1] - inputs.time[0]) / (len(inputs.time) - 1)
        if float(inputs.widths.min()) < _NARROW * coarse:
            return _between(inputs, p, fixed)
    return _course(inputs, p, fixed)


def _course(inputs: Inputs, p: Membrane, fixed: bool) -> Floats:
    w = synapse(inputs, p)
    if p.board:
        full = K_LADDER * p.kappa * p.vdd
        o = np.clip(0.5 - w, 0.0, 1.0)
        s, floor = 2 * full * (0.5 - o), K_LADDER * p.vdd * o
    else:
        s, floor = w, np.full(len(w), -np.inf)
    if fixed and p.board:
        floor = np.full(len(w), K_LADDER * p.vdd / 2)
    v = inputs.v
    low = bool(len(inputs.spikes)) or float(v.min()) < float(floor.max())
    for _ in range(2 if low and p.board and not fixed else 1):
        v = _integrate(inputs, p, s, floor, v)
    return v


def _between(inputs: Inputs, p: Membrane, fixed: bool) -> Floats:
    """As `membrane`, with the edges of pulses that are shorter than a few samples among the times."""
    edges = np.concatenate([inputs.onsets, inputs.onsets + inputs.widths])
    edges = edges[(edges > inputs.time[0]) & (edges < inputs.time[-1])]
    time = np.union1d(inputs.time, edges)
    finer = Inputs(time, np.interp(time, inputs.time, inputs.v), inputs.spikes, inputs.onsets,
                   inputs.widths, inputs.groups)  # fmt: skip
    return _course(finer, p, fixed)[np.searchsorted(time, inputs.time)]


def synapse(inputs: Inputs, p: Membrane) -> Floats:
    """The synaptic state at each time: w for a board, the drive s [V/s] itself for a textbook neuron."""
    scale = 2 * K_LADDER * p.kappa * p.vdd if p.board else 1.0
    state = p.s_start / scale
    time = inputs.time
    out = np.empty(len(time))
    if not len(inputs.onsets) or not len(p.amplitudes):
        return np.asarray(state * np.exp(-(time - time[0]) / p.tau_syn), np.float64)
    sizes = np.array(p.amplitudes)[inputs.groups] / scale  # of ± a_i / 2, per second
    edges = np.concatenate([inputs.onsets, inputs.onsets + inputs.widths])
    changes = np.concatenate([sizes, -sizes])
    excites = np.concatenate([sizes > 0, sizes > 0])
    order = np.argsort(edges, kind="stable")
    places = np.searchsorted(time, edges[order]).tolist()
    t, i, excite, inhibit = float(time[0]), 0, 0.0, 0.0
    rail = 0.5 if p.board else math.inf
    rows = zip(edges[order].tolist(), changes[order].tolist(), excites[order].tolist(), places, strict=True)
    for edge, change, plus, place in rows:
        if edge > t:
            state = _piece(out[i:place], time[i:place], (t, edge), state, (excite, inhibit), p.tau_syn, rail)
            t, i = edge, place
        if plus:
            excite += change
        else:
            inhibit -= change
    _piece(out[i:], time[i:], (t, float(time[-1]) + 1.0), state, (excite, inhibit), p.tau_syn, rail)
    return out


def _piece(
    out: Floats,
    time: Floats,
    span: tuple[float, float],
    state: float,
    pushes: tuple[float, float],
    tau: float,
    rail: float,
) -> float:
    """Fill `out` with the state between two edges, from `state` on, and return it at the end of the `span`."""
    (t, stop), (excite, inhibit) = span, pushes
    i = 0
    for _ in range(8):  # a state that only decays or charges crosses each rail once
        side = 1 if state > rail or (state == rail and excite - inhibit > rail / tau) else 0
        side = -1 if state < -rail or (state == -rail and inhibit - excite > rail / tau) else side
        if side == 0:
            b, goal = 1 / tau, tau * (excite - inhibit)
        else:
            b = 1 / tau + 2 * (excite + inhibit)
            goal = 2 * (excite if side > 0 else -inhibit) / b
        end = goal + (state - goal) * math.exp(-b * (stop - t))
        bound = math.copysign(rail, end) if side == 0 else side * rail
        crosses = abs(end) > rail * (1 + 1e-12) if side == 0 else side * end < rail * (1 - 1e-12)
        until = stop
        if crosses and state != goal:
            until = t + math.log((state - goal) / (bound - goal)) / b if bound != goal else stop
            until = min(max(until, t), stop)
        j = i + int(np.searchsorted(time[i:], until)) if until < stop else len(time)
        out[i:j] = goal + (state - goal) * np.exp(-b * (time[i:j] - t))
        if until >= stop:
            return end
        i, t, state = j, until, bound
    out[i:] = state
    return state


def _integrate(inputs: Inputs, p: Membrane, s: Floats, floor: Floats, guess: Floats) -> Floats:
    """The membrane for a drive and a floor; where `guess` lies below the floor, the floor pulls."""
    time = inputs.time
    h = np.diff(time)
    below = 0.5 * (guess[1:] + guess[:-1]) < 0.5 * (floor[1:] + floor[:-1])
    pull = np.where(below, p.kappa, 0.0)
    rate = 1 / p.tau_mem + pull
    lift = np.where(np.isfinite(floor), floor, 0.0)
    force = p.v_leak / p.tau_mem + s
    first, last = force[:-1] + pull * lift[:-1], force[1:] + pull * lift[1:]
    decay, gain, slope = _propagators(rate, h)
    steps = gain * first + slope * (last - first)
    if len(inputs.spikes):
        _reset(inputs, p, decay, steps, (force, lift))
    v = p.v_start
    course = [v]
    for e, f in zip(decay.tolist(), steps.tolist(), strict=True):
        v = e * v + f
        course.append(v)
    return np.array(course)


def _propagators(rate: Floats, h: Floats) -> tuple[Floats, Floats, Floats]:
    """Of dV/dt = −rate·V + force over `h`, the force a straight line: V1 = decay·V0 + gain·F0 + slope·(F1 − F0)."""
    z = rate * h
    decay = np.exp(-z)
    small = z < 1e-4
    safe = np.where(small, 1.0, z)
    phi = np.where(small, 1 - z / 2 + z * z / 6, -np.expm1(-z) / safe)
    chi = np.where(small, 0.5 - z / 6 + z * z / 24, (1 - phi) / safe)
    return decay, h * phi, h * chi


def _reset(inputs: Inputs, p: Membrane, decay: Floats, steps: Floats, course: tuple[Floats, Floats]) -> None:
    """Hold the membrane from each spike until `tau_ref` later, and let it go from there."""
    time, n = inputs.time, len(inputs.time)
    force, lift = course
    firsts = np.searchsorted(time, inputs.spikes, "right")
    releases = inputs.spikes + p.tau_ref
    lasts = np.minimum(np.searchsorted(time, releases), np.append(firsts[1:], n))
    for a, b, release in zip(firsts.tolist(), lasts.tolist(), releases.tolist(), strict=True):
        for k in range(max(a, 1), min(b, n)):
            decay[k - 1], steps[k - 1] = 0.0, p.v_reset
        if a < 1 or b >= n or time[b] < release:
            continue
        rest = float(time[b] - release)
        share = min(max((release - time[b - 1]) / (time[b] - time[b - 1]), 0.0), 1.0)
        pull = p.kappa if p.board else 0.0
        ends = force[b - 1 : b + 1] + pull * lift[b - 1 : b + 1]
        start = float(ends[0] + share * (ends[1] - ends[0]))
        e, gain, slope = _propagators(np.array([1 / p.tau_mem + pull]), np.array([rest]))
        decay[b - 1] = 0.0
        steps[b - 1] = float(e[0] * p.v_reset + gain[0] * start + slope[0] * (ends[1] - start))
