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

from luiapp.kernels.membrane import membrane_course, synapse_course
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
    if not len(inputs.onsets) or not len(p.amplitudes):
        return np.asarray(state * np.exp(-(time - time[0]) / p.tau_syn), np.float64)
    sizes = np.array(p.amplitudes)[inputs.groups] / scale  # of ± a_i / 2, per second
    edges = np.concatenate([inputs.onsets, inputs.onsets + inputs.widths])
    changes, excites = np.concatenate([sizes, -sizes]), np.concatenate([sizes > 0, sizes > 0])
    order = np.argsort(edges, kind="stable")
    rail = 0.5 if p.board else math.inf
    return synapse_course(time, edges[order], changes[order], excites[order], state, p.tau_syn, rail)


def _integrate(inputs: Inputs, p: Membrane, s: Floats, floor: Floats, guess: Floats) -> Floats:
    """The membrane for a drive and a floor; where `guess` lies below the floor, the floor pulls."""
    below = guess[1:] + guess[:-1] < floor[1:] + floor[:-1]
    lift = np.where(np.isfinite(floor), floor, 0.0)
    return membrane_course(inputs.time, p.v_leak / p.tau_mem + s, lift, below, inputs.spikes, v_start=p.v_start,
                           v_reset=p.v_reset, tau_mem=p.tau_mem, tau_ref=p.tau_ref,
                           kappa=p.kappa if p.board else 0.0)  # fmt: skip
