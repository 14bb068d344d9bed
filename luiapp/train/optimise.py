"""Adam, with decay of the rate and of the weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError


@dataclass(frozen=True)
class Adam:
    """The optimiser of Kingma and Ba, arXiv 1412.6980.

    Attributes
    ----------
    rate : float
        Learning rate at the beginning.
    rate_decay : float
        What remains of it after each epoch.
    decay_1, decay_2 : float
        Memory of the gradient and of its square.
    epsilon : float
    weight_decay : float
        Decoupled: each step takes ``rate * weight_decay`` of every weight.
    """

    rate: float = 5e-3
    rate_decay: float = 1.0
    decay_1: float = 0.9
    decay_2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        if not (0 < self.rate < math.inf and 0 < self.rate_decay <= 1 and self.epsilon > 0):
            raise ParameterError("the learning rate must be more than zero, and its decay between 0 and 1")
        if not (0 <= self.decay_1 < 1 and 0 <= self.decay_2 < 1 and 0 <= self.weight_decay < math.inf):
            raise ParameterError("the optimiser's decays must lie between 0 and 1")

    def corrected(self, state: AdamState) -> tuple[float, float, float]:
        """Count one more step; its rate and epsilon, with the moments' start made good, and the weights' decay."""
        state.n_steps += 1
        rate = self.rate * self.rate_decay**state.epoch * state.share
        second = math.sqrt(1 - self.decay_2**state.n_steps)
        return (rate * second / (1 - self.decay_1**state.n_steps), self.epsilon * second, rate * self.weight_decay)


@dataclass
class AdamState:
    """What Adam remembers: both moments, each of shape (n_parameters,), steps taken, epochs behind.

    `share` is what the schedule leaves of the rate now.
    """

    first: NDArray[np.float64]
    second: NDArray[np.float64]
    n_steps: int = 0
    epoch: int = 0
    share: float = 1.0

    @classmethod
    def empty(cls, n_parameters: int) -> AdamState:
        """At the beginning."""
        return cls(np.zeros(n_parameters), np.zeros(n_parameters))
