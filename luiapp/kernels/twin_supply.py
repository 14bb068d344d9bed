"""What hangs on a board's supply voltage: LEDs, threshold, and the voltage itself."""

from __future__ import annotations

import numpy as np
from numba import njit

from luiapp.kernels.twin_columns import (
    N_OUT,
    N_TABLE,
    P_FALL,
    P_GL,
    P_GP,
    P_HOLD,
    P_LED,
    P_PL,
    P_SIGN,
    P_TH,
    P_THO,
    P_W,
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

_SAG = 2e-4  # V, by which a soft cell's voltage may be out before it is brought up to date


@njit(cache=True, nogil=True, inline="always")
def inputs(i: int, par: np.ndarray, state: np.ndarray) -> tuple[float, float]:
    """Conductances [S] that the inputs of board `i` now switch to the supply and to ground."""
    g_exc = 0.0
    g_inh = 0.0
    for k in range(3):
        if state[i, S_HIGH + k] > 0.0:
            if par[i, P_SIGN + k] >= 0.0:
                g_exc += par[i, P_W + k]
            else:
                g_inh += par[i, P_W + k]
    return g_exc, g_inh


@njit(cache=True, nogil=True)
def supply(table: np.ndarray, state: np.ndarray, i: int) -> float:
    pattern = 0
    for k in range(3):
        if state[i, S_HIGH + k] > 0.0:
            pattern += 1 << k
    pulse = 1 if state[i, S_PHASE] > 0.0 else 0
    k = pattern * 14 + pulse * 7 + int(state[i, S_LEDS])
    return table[i, k] - state[i, S_LOAD] * table[i, k + N_TABLE // 2]


@njit(cache=True, nogil=True, inline="always")
def weigh(i: int, par: np.ndarray, table: np.ndarray, state: np.ndarray) -> None:
    """What board `i` draws beyond what the table knows, brought up to date where it matters.

    The leak, the source stage beyond idling, and at a rail the synapses, at which less than half the supply is left.
    """
    vdd, u = state[i, S_VDD], state[i, S_U]
    x = par[i, P_XR] * vdd + par[i, P_XO]
    o = min(max(x - u, 0.0), vdd)
    load = par[i, P_GP] * (x - o) + par[i, P_GL] * max(par[i, P_PL] * vdd - state[i, S_V], 0.0)
    if o == 0.0 or o == vdd:
        g_exc, g_inh = inputs(i, par, state)
        load += max(g_exc * (vdd - o - u), g_inh * (o + u)) - 0.5 * vdd * max(g_exc, g_inh)
    if abs(load - state[i, S_LOAD]) * table[i, N_TABLE // 2] > _SAG:
        state[i, S_LOAD] = load
        state[i, S_DIRTY] = 1.0


@njit(cache=True, nogil=True)
def settle(i: int, time: float, par: np.ndarray, table: np.ndarray, state: np.ndarray,
            out_t: np.ndarray, out_rise: np.ndarray, n_out: np.ndarray) -> None:  # fmt: skip
    """Bring LEDs, supply and phase of board `i` in line with its membrane."""
    direction = 0
    for _ in range(24):
        vdd = supply(table, state, i)
        state[i, S_VDD] = vdd
        v = state[i, S_V]
        leds = state[i, S_LEDS]
        step = par[i, P_LED] * vdd
        if leds < 6.0 and v > (leds + 1.0) * step and direction >= 0:
            state[i, S_LEDS] = leds + 1.0
            direction = 1
        elif leds > 0.0 and v < leds * step and direction <= 0:
            state[i, S_LEDS] = leds - 1.0
            direction = -1
        elif state[i, S_PHASE] == 0.0 and v > par[i, P_TH] * vdd + par[i, P_THO]:
            state[i, S_PHASE] = 1.0
            if n_out[i] < N_OUT:
                out_t[i, n_out[i]] = time
                out_rise[i, n_out[i]] = 1
                n_out[i] += 1
            direction = 0
        elif state[i, S_PHASE] == 1.0 and v < par[i, P_FALL] * vdd:
            state[i, S_PHASE] = 2.0
            state[i, S_HOLD] = par[i, P_HOLD]
        else:
            break
