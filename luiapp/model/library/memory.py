"""Circuits with a rhythm or a state of their own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from luiapp.model.library.claims import Spikes
from luiapp.model.library.example import Example, circuit
from luiapp.texts import mark, tr


@dataclass(frozen=True)
class Bursts:
    """Board `many` fires in bursts of 2 to `most` spikes; board `one` ends each, and a pause follows.

    The pause is `factor` times as long as the intervals within a burst, or longer.
    """

    many: str
    one: str
    most: int
    factor: float

    def __call__(self, spikes: Spikes) -> list[str]:
        ends = spikes[self.one]
        if len(ends) < 4:
            return [tr("{board} hardly fired", board=self.one)]
        for start, stop in pairwise(ends):
            burst = spikes[self.many][(spikes[self.many] > start) & (spikes[self.many] <= stop)]
            if not 2 <= len(burst) <= self.most:
                return [tr("a burst of {board} has {n} spikes; expected: 2 to {most}",
                           board=self.many, n=len(burst), most=self.most)]  # fmt: skip
            if burst[0] - start < self.factor * np.diff(burst).max():
                return [tr("{board} makes no pause after a spike of {other}", board=self.many, other=self.one)]
        return []


MEMORY = (
    Example(
        "oscillator",
        mark("Two-neuron oscillator"),
        mark("A fires by itself and excites B, which collects several of its spikes. When B fires, it silences A for "
             "a while, and everything begins anew: A fires in bursts."),
        "memory",
        circuit(
            "oscillator",
            [("A", 0, 0, {"leak": 65, "tau_mem": 10, "tau_syn": 54, "w1": 98, "sign_1": -1}),
             ("B", 1, 0, {"leak": 43.5, "tau_mem": 40, "tau_syn": 28, "w1": 64})],
            [("A", "B", 1), ("B", "A", 1)],
        ),
        10.0,
        (Bursts("A", "B", most=12, factor=1.4),),
    ),
)  # fmt: skip
