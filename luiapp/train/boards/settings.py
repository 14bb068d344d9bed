"""What can be set at a board: trimmers in steps, switches, and which wires are plugged in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.model.lui import R_WEIGHT_SERIES, knob

Floats = NDArray[np.float64]
N_STEPS = 20  # from one end of a trimmer to the other: as finely as a hand sets it by eye
_TURNS = np.arange(N_STEPS + 1) / N_STEPS
_W = knob("w1")
LEVELS = 1e3 / (_W.track * (1 - _TURNS) + R_WEIGHT_SERIES)  # mS at each step of a weight trimmer
# Steps in which the other trimmers are worth turning: not at their ends, where nothing is left of a time constant; no
# leak below the floor of the circuit, and none so close to the threshold that parts decide whether a board rests.
LEAK, TAU_MEM, TAU_SYN = (5, 9), (1, 8), (1, 12)


@dataclass(frozen=True, eq=False)
class LayerSettings:
    """A layer of boards, as it is to be set.

    Attributes
    ----------
    weight : (n_in, n) int64
        Steps of the weight trimmers, counted from 1: ±1 the weakest, ±21 the strongest, the sign the switch's; 0: no
        wire.
    tau_syn, tau_mem, leak : (n,) int64
        Steps 0…20.
    """

    weight: NDArray[np.int64]
    tau_syn: NDArray[np.int64]
    tau_mem: NDArray[np.int64]
    leak: NDArray[np.int64]

    @property
    def fan_in(self) -> int:
        """The most wires that come to a board."""
        return int((self.weight != 0).sum(axis=0).max())

    def dendrites(self, board: int) -> list[tuple[int, int]]:
        """(input, signed step) of each wire to `board`, in the order of its dendrites."""
        return [(int(i), int(self.weight[i, board])) for i in np.flatnonzero(self.weight[:, board])]


def nearest_steps(weight: Floats) -> NDArray[np.int64]:
    """Signed steps, counted from 1, nearest to conductances in mS; 0 where less than half the weakest is wanted."""
    size = np.abs(weight)
    between = (LEVELS[1:] + LEVELS[:-1]) / 2
    step = np.searchsorted(between, size) + 1
    return np.where(size < LEVELS[0] / 2, 0, np.sign(weight) * step).astype(np.int64)


def conductances(steps: NDArray[np.int64]) -> Floats:
    """The inverse of `nearest_steps`: signed conductances in mS."""
    return np.where(steps == 0, 0.0, np.sign(steps) * LEVELS[np.maximum(np.abs(steps) - 1, 0)])


def weight_ohms(step: int) -> float:
    """Resistance [Ω] of a weight trimmer at a signed step as `LayerSettings.weight` has them."""
    return _W.ohms(100.0 * (abs(step) - 1) / N_STEPS)
