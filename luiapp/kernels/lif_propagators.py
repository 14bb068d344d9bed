"""Exact solution of the linear part of a leaky integrate-and-fire neuron over any time, free of cancellation.

With x the membrane's distance from v_leak, i a synaptic drive and g the inner variable of an alpha synapse,

    tau_mem dx/dt = -x + i,    tau di/dt = g - i,    tau dg/dt = -g    (g = 0: exponential synapse),

the state after time t is

    x' = x * exp(-t/tau_mem) + i * i_to_v + g * g_to_v,    i' = (i + g * t/tau) * exp(-t/tau),    g' = g * exp(-t/tau)

where i_to_v and g_to_v are the integrals below. Both are smooth where tau equals tau_mem; the textbook forms are
differences of nearly equal numbers there. (Rotter and Diesmann, Biol Cybern 81 (1999) 381, give those forms.)
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

_kernel = njit(cache=True, nogil=True, error_model="numpy")


@_kernel
def i_to_v(t: float, tau_mem: float, tau: float) -> float:
    """Membrane after time t from a unit exponential drive: 1/tau_mem ∫₀ᵗ exp(-(t-s)/tau_mem) exp(-s/tau) ds."""
    # = t/tau_mem * exp(-t/tau_long) * (1 - exp(-y))/y  with  y = t |1/tau - 1/tau_mem|
    y = abs(t / tau_mem * ((tau - tau_mem) / tau))
    ratio = 1.0 if y == 0.0 else -math.expm1(-y) / y
    return t / tau_mem * math.exp(-t / max(tau_mem, tau)) * ratio


@_kernel
def g_to_v(t: float, tau_mem: float, tau: float) -> float:
    """The same from an alpha synapse's unit g: 1/tau_mem ∫₀ᵗ exp(-(t-s)/tau_mem) s/tau exp(-s/tau) ds."""
    # = t²/(tau_mem tau) * F,  F = exp(-t/tau_mem) ∫₀¹ u exp(z u) du,  z = t (1/tau_mem - 1/tau)
    z = t / tau_mem * ((tau - tau_mem) / tau)
    if abs(z) < 1.0:
        total, term = 0.0, 1.0  # ∫ u exp(zu) du = Σ z^k / (k! (k+2)); 20 terms leave less than 1e-19
        for k in range(20):
            total += term / (k + 2)
            term *= z / (k + 1)
        factor = math.exp(-t / tau_mem) * total
    elif z > 0.0:
        factor = math.exp(-t / tau) * (z - 1.0 + math.exp(-z)) / (z * z)
    else:
        factor = math.exp(-t / tau_mem) * (math.exp(z) * (z - 1.0) + 1.0) / (z * z)
    return t / tau_mem * (t / tau) * factor


@_kernel
def propagators(t: float, tau_mem: NDArray[np.float64], tau: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Fill ``out`` (4, n): exp(-t/tau), i_to_v, g_to_v, and g_to_i = t/tau exp(-t/tau), for n neurons."""
    for i in range(tau.shape[0]):
        out[0, i] = math.exp(-t / tau[i])
        out[1, i] = i_to_v(t, tau_mem[i], tau[i])
        out[2, i] = g_to_v(t, tau_mem[i], tau[i])
        out[3, i] = t / tau[i] * math.exp(-t / tau[i])
