"""Circuits with a rhythm or a state of their own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from luiapp.model.library.claims import Spikes, spikes_between
from luiapp.model.library.example import Example, circuit
from luiapp.model.library.settings import ONE_FOR_ONE
from luiapp.model.stimulus import Train, spike_train
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


@dataclass(frozen=True)
class TurnsOn:
    """Of boards `names` exactly one fires at a time, and a turn every `interval` seconds hands on to the next.

    Looked at from `settle` seconds after each turn until the next, up to `stop` [s]; `least` spikes are wanted there.
    """

    names: tuple[str, ...]
    interval: float
    stop: float
    settle: float = 0.5
    least: int = 4

    def __call__(self, spikes: Spikes) -> list[str]:
        order = []
        for k in range(int(self.stop / self.interval)):
            start, stop = k * self.interval + self.settle, (k + 1) * self.interval
            n = [len(spikes_between(spikes, name, start, stop)) for name in self.names]
            if max(n) < self.least or sum(n) > max(n):
                return [tr("not one board alone fires between {start} s and {stop} s",
                           start=f"{start:g}", stop=f"{stop:g}")]  # fmt: skip
            order.append(n.index(max(n)))
        if any((b - a) % len(self.names) != 1 for a, b in pairwise(order)):
            return [tr("a turn doesn't hand on from each board to the next: {order}",
                       order=" ".join(self.names[i] for i in order))]  # fmt: skip
        return []


# Each O fires by itself and, through the others' I, keeps them silent. An I also keeps the S of a silent O from being
# fired by a turn, so that only the S beside the active O answers: it stops its O and starts the next.
_TURN = 1.5  # s
_ACTIVE = {"leak": 56.5, "tau_mem": 3.2, "tau_syn": 36, "w1": 96.2, "w2": 98.8, "w3": 95.8, "sign_1": -1, "sign_3": -1}
_HOLD = {"leak": 46, "tau_mem": 2, "tau_syn": 12, "w1": 98, "w2": 98, "w3": 98}
_SWITCH = {"leak": 46, "tau_mem": 7, "tau_syn": 56, "w1": 93, "w2": 98, "sign_2": -1}
_AFTER = {1: 2, 2: 3, 3: 1}

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
    Example(
        "attractor",
        mark("Ring attractor"),
        mark("Only one of O1, O2 and O3 fires and, through the I boards, silences the others: the circuit remembers a "
             "direction. A spike of TURN hands the activity on to the next in the ring."),
        "memory",
        circuit(
            "attractor",
            [*((f"O{k}", k, 0, _ACTIVE) for k in _AFTER), *((f"I{k}", k, 1, _HOLD) for k in _AFTER),
             *((f"S{k}", k, 2, _SWITCH) for k in _AFTER), ("TURN", 0, 2, ONE_FOR_ONE)],
            [(f"O{_AFTER[k]}", f"I{k}", 1) for k in _AFTER] + [(f"O{_AFTER[_AFTER[k]]}", f"I{k}", 2) for k in _AFTER]
            + [(f"I{k}", f"O{k}", 1) for k in _AFTER] + [(f"I{k}", f"S{k}", 2) for k in _AFTER]
            + [(f"S{k}", f"O{_AFTER[k]}", 2) for k in _AFTER] + [(f"S{k}", f"O{k}", 3) for k in _AFTER]
            + [("TURN", f"S{k}", 1) for k in _AFTER],
            [(Train(_TURN, start=_TURN), "TURN", 1)]
            + [(spike_train([0.02, 0.1, 0.18]), f"I{k}", 3) for k in (2, 3)],  # so that O1 begins
        ),
        6 * _TURN,
        (TurnsOn(("O1", "O2", "O3"), _TURN, 6 * _TURN),),
    ),
)  # fmt: skip
