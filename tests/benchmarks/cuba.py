"""The CUBA network: 4000 neurons with current synapses, benchmark 2 of Brette et al., J Comput Neurosci 23 (2007) 349.

After Vogels and Abbott, J Neurosci 25 (2005) 10786. Connectivity and initial state are drawn with numpy, so that every
simulator gets the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.model.network import Network

TAU_MEM, TAU_EXC, TAU_INH, TAU_REF = 20e-3, 5e-3, 10e-3, 5e-3  # s
V_LEAK, V_THRESHOLD, V_RESET = -49e-3, -50e-3, -60e-3  # V
W_EXC, W_INH = 1.62e-3, -9e-3  # V
DELAY = 1e-3  # s
DT = 1e-4  # s


@dataclass(frozen=True)
class Cuba:
    """Arrays that every simulator is given."""

    n: int
    n_exc: int
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    v0: NDArray[np.float64]


def cuba(n: int = 4000, *, probability: float = 0.02, seed: int = 1) -> Cuba:
    """Four fifths excite, one fifth inhibits; each pair is connected with `probability`."""
    random = np.random.default_rng(seed)
    pre, post = np.nonzero(random.random((n, n)) < probability)
    v0 = V_RESET + (V_THRESHOLD - V_RESET) * random.random(n)
    return Cuba(n, n * 4 // 5, pre, post, v0)


def network(arrays: Cuba) -> Network:
    """The same as a network of ours."""
    net = Network(name="CUBA")
    net.neurons(arrays.n, tau_mem=TAU_MEM, tau_syn=TAU_EXC, tau_syn_1=TAU_INH, tau_ref=TAU_REF,
                v_leak=V_LEAK, v_threshold=V_THRESHOLD, v_reset=V_RESET)  # fmt: skip
    excites = arrays.pre < arrays.n_exc
    net.connect(arrays.pre, arrays.post, synapse=np.where(excites, 0, 1),
                weight=np.where(excites, W_EXC, W_INH), delay=DELAY)  # fmt: skip
    return net


def problem(arrays: Cuba, *, duration: float, dtype: str = "float64") -> dict[str, object]:
    """What `brian_standalone.py` and `nest_single.py` take, all in SI."""
    excites = arrays.pre < arrays.n_exc
    return {
        "n": arrays.n, "pre": arrays.pre, "post": arrays.post, "synapse": np.where(excites, 0, 1),
        "weight": np.where(excites, W_EXC, W_INH), "delay": np.full(len(arrays.pre), DELAY), "v0": arrays.v0,
        "tau_mem": TAU_MEM, "tau_0": TAU_EXC, "tau_1": TAU_INH, "tau_ref": TAU_REF, "v_leak": V_LEAK,
        "v_threshold": V_THRESHOLD, "v_reset": V_RESET, "dt": DT, "duration": duration, "record": False,
        "dtype": dtype,
    }  # fmt: skip
