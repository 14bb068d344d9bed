"""A membrane between measured spikes, and the synaptic state that drives it: the inner loops of the twin fit.

`luiapp.experiments.twin_model` has the equations. Times need not be equally far apart.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy")
Floats = NDArray[np.float64]


def synapse_course(
    time: Floats, edges: Floats, changes: Floats, excites: NDArray[np.bool_], start: float, tau: float, rail: float
) -> Floats:
    """The state of a synaptic stage at each of `time`.

    Parameters
    ----------
    time : (n,) float64
        Rising [s].
    edges : (k,) float64
        When pulses begin and end [s], in order.
    changes : (k,) float64
        By how much the push changes there [unit of the state per second].
    excites : (k,) bool
        Whether that is a push upwards.
    start, tau, rail : float
        State at the first sample, time constant [s], and the state at which an op-amp meets its rail (inf: never).

    Returns
    -------
    (n,) float64
    """
    out = np.empty(len(time))
    if len(time):
        _synapse(np.ascontiguousarray(time), edges, changes, excites, start, tau, rail, out)
    return out


def membrane_course(
    time: Floats,
    force: Floats,
    floor: Floats,
    below: NDArray[np.bool_],
    spikes: Floats,
    *,
    v_start: float,
    v_reset: float,
    tau_mem: float,
    tau_ref: float,
    kappa: float,
) -> Floats:
    """A membrane [V] at each of `time`, exact for a drive that is a straight line between two samples.

    Parameters
    ----------
    time : (n,) float64
        Rising [s].
    force : (n,) float64
        What drives it, the leak included [V/s].
    floor : (n,) float64
        Level [V] to which it is pulled at rate `kappa` [1/s], over each step in which ``below`` (n - 1) is true, and
        after every spike.
    spikes : (k,) float64
        In order [s]; each holds it at `v_reset` [V] until `tau_ref` [s] later.

    Returns
    -------
    (n,) float64
    """
    out = np.empty(len(time))
    if len(time):
        _membrane(np.ascontiguousarray(time), force, floor, below, spikes, v_start, v_reset, tau_mem, tau_ref, kappa,
                  out)  # fmt: skip
    return out


@_kernel
def _synapse(time, edges, changes, excites, start, tau, rail, out):  # type: ignore[no-untyped-def]
    state, t, excite, inhibit, e = start, time[0], 0.0, 0.0, 0
    for k in range(time.shape[0]):
        while e < edges.shape[0] and edges[e] <= time[k]:
            if edges[e] > t:
                state = _charged(state, edges[e] - t, excite, inhibit, tau, rail)
                t = edges[e]
            if excites[e]:
                excite += changes[e]
            else:
                inhibit -= changes[e]
            e += 1
        if time[k] > t:
            state = _charged(state, time[k] - t, excite, inhibit, tau, rail)
            t = time[k]
        out[k] = state


@_kernel
def _charged(state, span, excite, inhibit, tau, rail):  # type: ignore[no-untyped-def]
    """The state after `span` seconds of constant pushes; beyond a rail the capacitor charges at another pace."""
    for _ in range(8):  # a state that only decays or charges crosses each rail once
        side = 0
        if state > rail or (state == rail and excite - inhibit > rail / tau):
            side = 1
        elif state < -rail or (state == -rail and inhibit - excite > rail / tau):
            side = -1
        if side == 0:
            b = 1 / tau
            goal = tau * (excite - inhibit)
        else:
            b = 1 / tau + 2 * (excite + inhibit)
            goal = 2 * (excite if side > 0 else -inhibit) / b
        end = goal + (state - goal) * math.exp(-b * span)
        if side == 0:
            crosses, bound = abs(end) > rail * (1 + 1e-12), math.copysign(rail, end)
        else:
            crosses, bound = side * end < rail * (1 - 1e-12), side * rail
        if not crosses or state == goal or bound == goal:
            return end
        until = math.log((state - goal) / (bound - goal)) / b
        span -= min(max(until, 0.0), span)
        state = bound
        if span <= 0.0:
            return state
    return state


@_kernel
def _membrane(time, force, floor, below, spikes, v_start, v_reset, tau_mem, tau_ref, kappa, out):  # type: ignore[no-untyped-def]
    v, held, release, s = v_start, False, 0.0, 0
    out[0] = v
    for k in range(1, time.shape[0]):
        while s < spikes.shape[0] and spikes[s] < time[k]:
            held, release = True, spikes[s] + tau_ref
            s += 1
        h = time[k] - time[k - 1]
        if held and time[k] < release:
            v = v_reset
        else:
            pull = kappa if held or below[k - 1] else 0.0
            first, last = force[k - 1] + pull * floor[k - 1], force[k] + pull * floor[k]
            if held:
                share = min(max((release - time[k - 1]) / h, 0.0), 1.0)
                first, v, h, held = first + share * (last - first), v_reset, time[k] - release, False
            v = _step(v, 1 / tau_mem + pull, h, first, last)
        out[k] = v


@_kernel
def _step(v, rate, h, first, last):  # type: ignore[no-untyped-def]
    """dV/dt = -rate V + force over `h`, the force a straight line."""
    z = rate * h
    if z < 1e-4:
        phi, chi = 1 - z / 2 + z * z / 6, 0.5 - z / 6 + z * z / 24
    else:
        phi = -math.expm1(-z) / z
        chi = (1 - phi) / z
    return math.exp(-z) * v + h * (phi * first + chi * (last - first))
