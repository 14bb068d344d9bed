"""The board twin's kernel: many Lu.i boards, each a piecewise linear system of two states, solved exactly.

Between events a board is linear: u, the voltage on the synaptic capacitor, and v, the membrane, follow
du/dt = a - b·u and dv/dt = p - l·v + q·u, whose solution is written out. Events end a piece: an edge at a dendrite,
the integrator reaching or leaving a rail, the membrane crossing the corner of the sink stage, an LED's level, the
threshold or the level that starts the reset's clock, and the release. Each is located on the closed form inside the
step, so the step length decides when samples are taken, not how right they are. A spike reaches other boards within
the same step: edges are settled in the order of time, and a board that receives one is taken back to the step's
beginning and run again.

All of it is in one file, since numba's cache notices changes of a function's own file only.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from luiapp.kernels.twin_columns import (
    M_A,
    M_B,
    M_EB,
    M_EL,
    M_FULL,
    M_GOAL,
    M_K0,
    M_KQ,
    M_L,
    M_P,
    M_Q,
    M_QPHI,
    M_REST,
    M_SIDE,
    M_UHI,
    M_ULO,
    M_VHI,
    M_VLO,
    N_OUT,
    N_STATE,
    P_CM,
    P_CS,
    P_FALL,
    P_GL,
    P_GN,
    P_GP,
    P_GR,
    P_GT,
    P_IB,
    P_KN,
    P_LED,
    P_PL,
    P_SOFT,
    P_TH,
    P_THO,
    P_VLO,
    P_XO,
    P_XR,
    S_DIRTY,
    S_HIGH,
    S_HOLD,
    S_LEDS,
    S_LOAD,
    S_PHASE,
    S_U,
    S_V,
    S_VDD,
)
from luiapp.kernels.twin_pieces import after, excess, locate, propagators
from luiapp.kernels.twin_supply import inputs, settle, weigh

_MAX_PIECES = 200


@njit(cache=True, nogil=True)
def _set_mode(i: int, par: np.ndarray, state: np.ndarray, mode: np.ndarray) -> None:
    """The coefficients of the piece that board `i` is in, and where the piece ends."""
    vdd, u, v, phase = state[i, S_VDD], state[i, S_U], state[i, S_V], state[i, S_PHASE]
    g_exc, g_inh = inputs(i, par, state)
    cs, cm, gt = par[i, P_CS], par[i, P_CM], par[i, P_GT]
    x = par[i, P_XR] * vdd + par[i, P_XO]
    mode[i, M_ULO], mode[i, M_UHI] = -np.inf, np.inf
    if u > x:  # output at ground
        a, b, o0, oq = vdd * g_exc, g_exc + g_inh + gt, 0.0, 0.0
        mode[i, M_ULO] = x
    elif u < x - vdd:  # output at the supply
        a, b, o0, oq = -vdd * g_inh, g_exc + g_inh + gt, vdd, 0.0
        mode[i, M_UHI] = x - vdd
    else:
        a, b, o0, oq = (vdd - x) * g_exc - x * g_inh, gt, x, 1.0
        mode[i, M_ULO], mode[i, M_UHI] = x - vdd, x
    kn, gn, gp = par[i, P_KN], par[i, P_GN], par[i, P_GP]
    mode[i, M_A], mode[i, M_B], mode[i, M_K0], mode[i, M_KQ] = a / cs, b / cs, kn * o0, kn * oq
    below = v < kn * (o0 - oq * u)
    conductance = par[i, P_GL]
    current = par[i, P_GL] * (par[i, P_PL] * vdd + par[i, P_VLO]) + par[i, P_IB] + (vdd - o0) * gp
    slope = gp
    if below:
        conductance += gn
    else:
        current -= kn * o0 * gn
        slope += kn * gn
    if phase > 0.0:
        conductance += par[i, P_GR]
    mode[i, M_L], mode[i, M_P], mode[i, M_Q] = conductance / cm, current / cm, oq * slope / cm
    mode[i, M_SIDE] = -1.0 if below else 1.0
    mode[i, M_REST] = mode[i, M_A] / mode[i, M_B]
    mode[i, M_GOAL] = (mode[i, M_P] + mode[i, M_Q] * mode[i, M_REST]) / mode[i, M_L]
    leds, step = state[i, S_LEDS], par[i, P_LED] * vdd
    high = (leds + 1.0) * step if leds < 6.0 else np.inf
    low = leds * step if leds > 0.0 else -np.inf
    if phase == 0.0:
        high = min(high, par[i, P_TH] * vdd + par[i, P_THO])
    elif phase == 1.0:
        low = max(low, par[i, P_FALL] * vdd)
    mode[i, M_VLO], mode[i, M_VHI] = low, high
    mode[i, M_FULL] = 0.0


@njit(cache=True, nogil=True, inline="always")
def _full_step(i: int, dt: float, u: float, v: float, current: float, mode: np.ndarray) -> tuple[float, float]:
    """As `_after` for a whole step; the exponentials are kept for as long as the piece lasts."""
    if mode[i, M_FULL] == 0.0:
        mode[i, M_EB], mode[i, M_EL], phi = propagators(mode[i, M_B], mode[i, M_L], dt)
        mode[i, M_QPHI] = mode[i, M_Q] * phi
        mode[i, M_FULL] = 1.0
    rest, goal = mode[i, M_REST], mode[i, M_GOAL]
    if current != 0.0:
        goal += current / mode[i, M_L]
    return (rest + (u - rest) * mode[i, M_EB],
            goal + (v - goal) * mode[i, M_EL] + (u - rest) * mode[i, M_QPHI])  # fmt: skip


@njit(cache=True, nogil=True, inline="always")
def _beyond(i: int, u: float, v: float, mode: np.ndarray) -> bool:
    return (u > mode[i, M_UHI] or u < mode[i, M_ULO] or v > mode[i, M_VHI] or v < mode[i, M_VLO]
            or mode[i, M_SIDE] * (mode[i, M_K0] - mode[i, M_KQ] * u - v) > 0.0)  # fmt: skip


@njit(cache=True, nogil=True)
def _run_board(i: int, dt: float, current: float, par: np.ndarray, table: np.ndarray, state: np.ndarray,
               mode: np.ndarray, edge_t: np.ndarray, edge_line: np.ndarray, edge_rise: np.ndarray, n_edges: int,
               out_t: np.ndarray, out_rise: np.ndarray, n_out: np.ndarray) -> None:  # fmt: skip
    """Take board `i` through one step; `edge_*` holds the step's edges at all dendrites, in any order."""
    tau = 0.0
    seen = 0  # edges of this board already applied, in the order of time
    for _ in range(_MAX_PIECES):
        if state[i, S_DIRTY] > 0.0:
            settle(i, tau, par, table, state, out_t, out_rise, n_out)
            _set_mode(i, par, state, mode)
            state[i, S_DIRTY] = 0.0
        target, edge = dt, -1
        if n_edges > 0:
            target, edge = _next_edge(i, dt, seen, edge_t, edge_line, n_edges)
        release = state[i, S_PHASE] == 2.0 and tau + state[i, S_HOLD] < target
        if release:
            target, edge = tau + state[i, S_HOLD], -1
        h = target - tau
        u, v = state[i, S_U], state[i, S_V]
        if h > 0.0:
            if h == dt:
                u1, v1 = _full_step(i, dt, u, v, current, mode)
            else:
                u1, v1 = after(i, h, u, v, current, mode)
            if _beyond(i, u1, v1, mode):
                first = h
                for kind in range(5):
                    if excess(i, kind, u1, v1, mode) > 0.0:
                        first = min(first, locate(i, kind, h, u, v, current, mode))
                state[i, S_U], state[i, S_V] = after(i, first, u, v, current, mode)
                state[i, S_HOLD] -= first
                tau += first
                state[i, S_DIRTY] = 1.0
                continue
            state[i, S_U], state[i, S_V] = u1, v1
            state[i, S_HOLD] -= h
        tau = target
        if release:
            state[i, S_PHASE] = 0.0
            state[i, S_DIRTY] = 1.0
            if n_out[i] < N_OUT:
                out_t[i, n_out[i]] = tau
                out_rise[i, n_out[i]] = 0
                n_out[i] += 1
        elif edge >= 0:
            k = edge_line[edge] % 3
            state[i, S_HIGH + k] += 1.0 if edge_rise[edge] == 1 else -1.0
            state[i, S_DIRTY] = 1.0
            seen += 1
        else:
            break
    if par[i, P_SOFT] > 0.0:
        weigh(i, par, table, state)


@njit(cache=True, nogil=True)
def _next_edge(i: int, dt: float, seen: int, edge_t: np.ndarray, edge_line: np.ndarray,
               n_edges: int) -> tuple[float, int]:  # fmt: skip
    """Time and place of this board's edge number `seen` in the order of (time, place); (dt, -1) if there is none."""
    last_t, last_k = -1.0, -1
    best_t, best_k = dt, -1
    for _ in range(seen + 1):
        best_t, best_k = dt, -1
        for k in range(n_edges):
            if edge_line[k] // 3 != i:
                continue
            t = edge_t[k]
            later = t > last_t or (t == last_t and k > last_k)
            if later and (best_k < 0 or t < best_t):
                best_t, best_k = t, k
        if best_k < 0:
            return dt, -1
        last_t, last_k = best_t, best_k
    return best_t, best_k


@njit(cache=True, nogil=True)
def _restore(i: int, quiet: bool, par: np.ndarray, state: np.ndarray, before: np.ndarray) -> None:
    """Take board `i` back to the step's beginning; after a quiet step, `before` is completed first."""
    for k in range(N_STATE):
        kept = k in (S_U, S_V, S_HOLD) or (k == S_LOAD and par[i, P_SOFT] > 0.0)
        if quiet and not kept:
            before[i, k] = state[i, k]
        state[i, k] = before[i, k]
    state[i, S_DIRTY] = 1.0


@njit(cache=True, nogil=True)
def run_twins(n_steps: int, i_first: int, dt: float, record_every: int, par: np.ndarray, table: np.ndarray,
              state: np.ndarray, mode: np.ndarray, axon_start: np.ndarray, axon_line: np.ndarray,
              ext_step: np.ndarray, ext_t: np.ndarray, ext_line: np.ndarray, ext_rise: np.ndarray,
              current: np.ndarray, current_column: np.ndarray, noise: np.ndarray, noise_column: np.ndarray,
              probe_neuron: np.ndarray, probe_kind: np.ndarray, samples: np.ndarray,
              spike_step: np.ndarray, spike_t: np.ndarray, spike_neuron: np.ndarray) -> int:  # fmt: skip
    """Advance all boards by `n_steps` steps of `dt`, the first of which is number `i_first`.

    Parameters
    ----------
    par, table, state, mode : (n, N_PAR), (n, N_TABLE), (n, N_STATE), (n, N_MODE) float64
        Constants, supply voltages, state (changed) and scratch (kept between calls) of each board.
    axon_start, axon_line : (n + 1,), (n_connections,) int64
        Rows of the dendrites (3·board + dendrite) that each board's output drives.
    ext_step, ext_t, ext_line, ext_rise : (n_edges,) int64, float64, int64, int64
        Edges from outside: step, time within it [s], dendrite, 1 for rise and 0 for fall; sorted by step.
    current, current_column : (n_steps, n_columns) float64, (n,) int64
        Current into the membrane during each step [A] and the column of each board (-1: none).
    noise, noise_column : (n_steps, n_columns) float64, (n,) int64
        Standard normal numbers times the amplitude of a step [V], likewise.
    probe_neuron, probe_kind, samples : (n_probes,) int64, (n_probes,) int64, (n_samples, n_probes) float32
        What to sample (0 membrane, 1 synapse, 2 supply) and where to put it.
    spike_step, spike_t, spike_neuron : (capacity,) int64, float64, int64
        Where to put the spikes: step, time within it [s], board.

    Returns
    -------
    int
        The number of spikes.
    """
    n = par.shape[0]
    capacity = 2 * (ext_t.shape[0] + N_OUT * axon_line.shape[0]) + 1
    edge_t, edge_line = np.empty(capacity), np.empty(capacity, np.int64)
    edge_rise = np.empty(capacity, np.int64)
    out_t, out_rise = np.empty((n, N_OUT)), np.empty((n, N_OUT), np.int64)
    n_out, n_done = np.zeros(n, np.int64), np.zeros(n, np.int64)
    before, whole = np.empty((n, N_STATE)), np.zeros(n, np.int64)
    n_spikes, i_ext, i_sample = 0, 0, 0
    for step in range(n_steps):
        if (i_first + step) % record_every == 0:
            _sample(i_sample, par, state, probe_neuron, probe_kind, samples)
            i_sample += 1
        n_edges = 0
        while i_ext < ext_step.shape[0] and ext_step[i_ext] <= i_first + step:
            edge_t[n_edges], edge_line[n_edges] = ext_t[i_ext], ext_line[i_ext]
            edge_rise[n_edges] = ext_rise[i_ext]
            n_edges += 1
            i_ext += 1
        any_out = False
        for i in range(n):
            n_out[i], n_done[i] = 0, 0
            drive = 0.0 if current_column[i] < 0 else current[step, current_column[i]] / par[i, P_CM]
            whole[i] = 0
            # The usual case, that nothing happens in this step, is written out here: as a function of its own it costs
            # eight times as much, for numba counts references to the arrays at every call.
            if (n_edges == 0 and state[i, S_DIRTY] == 0.0
                    and (state[i, S_PHASE] != 2.0 or state[i, S_HOLD] > dt)):  # fmt: skip
                u, v = state[i, S_U], state[i, S_V]
                u1, v1 = _full_step(i, dt, u, v, drive, mode)
                if not _beyond(i, u1, v1, mode):
                    before[i, S_U], before[i, S_V], before[i, S_HOLD] = u, v, state[i, S_HOLD]
                    state[i, S_U], state[i, S_V] = u1, v1
                    state[i, S_HOLD] -= dt
                    whole[i] = 1
                    if par[i, P_SOFT] > 0.0:
                        before[i, S_LOAD] = state[i, S_LOAD]
                        weigh(i, par, table, state)
                    continue
            for k in range(N_STATE):
                before[i, k] = state[i, k]
            _run_board(i, dt, drive, par, table, state, mode, edge_t, edge_line, edge_rise, n_edges,
                       out_t, out_rise, n_out)  # fmt: skip
            any_out = any_out or n_out[i] > 0
        while any_out:  # hand the earliest edge not yet handed on to its dendrites
            first, j = np.inf, -1
            for i in range(n):
                if n_done[i] < n_out[i] and out_t[i, n_done[i]] < first:
                    first, j = out_t[i, n_done[i]], i
            if j < 0:
                break
            rise = out_rise[j, n_done[j]]
            n_done[j] += 1
            if rise == 1 and n_spikes < spike_t.shape[0]:
                spike_step[n_spikes], spike_t[n_spikes], spike_neuron[n_spikes] = i_first + step, first, j
                n_spikes += 1
            for c in range(axon_start[j], axon_start[j + 1]):
                edge_t[n_edges], edge_line[n_edges], edge_rise[n_edges] = first, axon_line[c], rise
                n_edges += 1
                i = axon_line[c] // 3
                _restore(i, whole[i] == 1, par, state, before)
                whole[i] = 0
                n_out[i] = 0
                drive = 0.0 if current_column[i] < 0 else current[step, current_column[i]] / par[i, P_CM]
                _run_board(i, dt, drive, par, table, state, mode, edge_t, edge_line, edge_rise, n_edges,
                           out_t, out_rise, n_out)  # fmt: skip
        if noise.shape[1] > 0:
            for i in range(n):
                if noise_column[i] >= 0 and state[i, S_PHASE] == 0.0:
                    state[i, S_V] += noise[step, noise_column[i]]
                    if _beyond(i, state[i, S_U], state[i, S_V], mode):
                        state[i, S_DIRTY] = 1.0
    return n_spikes


@njit(cache=True, nogil=True)
def _sample(row: int, par: np.ndarray, state: np.ndarray, probe_neuron: np.ndarray, probe_kind: np.ndarray,
            samples: np.ndarray) -> None:  # fmt: skip
    for k in range(probe_neuron.shape[0]):
        i = probe_neuron[k]
        if probe_kind[k] == 0:
            samples[row, k] = state[i, S_V]
        elif probe_kind[k] == 1:
            vdd = state[i, S_VDD]
            samples[row, k] = min(max(par[i, P_XR] * vdd + par[i, P_XO] - state[i, S_U], 0.0), vdd)
        else:
            samples[row, k] = state[i, S_VDD]
