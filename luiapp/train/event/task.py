"""Whole set-ups of the exact methods, as the command line and the studio use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from luiapp.train.codes import LatencyCode
from luiapp.train.datasets import Dataset
from luiapp.train.event.eventprop import EventPropSpec
from luiapp.train.event.first_spike import FirstSpikeSpec
from luiapp.train.event.learner import Spec, TimedData, TimingLearner, TimingRule, TimingStart
from luiapp.train.fit import Schedule
from luiapp.train.optimise import Adam

_FEW_HIDDEN = 60  # with fewer neurons learning is cheap and slow: it gets more epochs


@dataclass(frozen=True)
class TimingTask:
    """Everything that a result depends on.

    Attributes
    ----------
    spec : FirstSpikeSpec or EventPropSpec
    code : LatencyCode
        Times in the unit of the spec.
    start : TimingStart
    rule : TimingRule
    schedule : Schedule
    seed : int
        Of the initial parameters.
    """

    spec: Spec
    code: LatencyCode
    start: TimingStart
    rule: TimingRule
    schedule: Schedule
    seed: int = 0

    def learner(self, *, weight: Any = None) -> TimingLearner:
        """A fresh one, or one that goes on from `weight`."""
        return TimingLearner(self.spec, self.rule, start=self.start, seed=self.seed, weight=weight)

    def data(self, learner: TimingLearner, dataset: Dataset) -> TimedData:
        """`dataset` as spike times, as the learner takes it."""
        return learner.data(self.code.times(dataset.samples), dataset.labels)


def first_spike_task(
    hidden: int = 120, *, delays: str = "none", epochs: int | None = None, seed: int = 0
) -> TimingTask:
    """Yin-Yang by first spikes in closed form; times in tau_syn.

    Parameters
    ----------
    hidden : int, hidden neurons
    delays : str, "none", "axonal", "dendritic" or "synaptic": learned beside the weights
    epochs : int, by default 100 for many hidden neurons without delays, else 300
    """
    plain = delays == "none"
    n = epochs if epochs is not None else (100 if plain and hidden >= _FEW_HIDDEN else 300)
    rate = 0.01 if plain else 0.02
    return TimingTask(
        FirstSpikeSpec((4, hidden, 3), tau_mem=1.0 if plain else 2.0, delays=delays,
                       biases=(0.9, 0.9) if plain else ()),
        LatencyCode(0.15, 2.0),
        TimingStart(((1.5, 0.8), (0.5, 0.8)) if plain else ((1.0, 2.0), (1.0, 2.0))),
        TimingRule("margin", 0.2, 0.005, limit=0.2),
        Schedule(n, 150, Adam(rate, _decay(n)), seed=seed),
        seed,
    )  # fmt: skip


def eventprop_task(hidden: int = 200, *, epochs: int | None = None, seed: int = 0) -> TimingTask:
    """Yin-Yang by EventProp, tau_mem = 4 tau_syn and as many spikes as there are; after Wunderlich and Pehle (2021).

    Parameters
    ----------
    hidden : int, hidden neurons
    epochs : int, by default 100
    """
    n = 100 if epochs is None else epochs
    return TimingTask(
        EventPropSpec((5, hidden, 3), tau_mem=4.0, tau_syn=1.0, until=12.0),
        LatencyCode(0.0, 6.0, 0.0),
        TimingStart(((1.5, 0.78), (0.93 * 200 / hidden, 0.1 * 200 / hidden))),
        TimingRule("cross entropy", 0.1, 0.003),
        Schedule(n, 32, Adam(5e-3, _decay(n, 6e-3)), seed=seed),
        seed,
    )


def _decay(epochs: int, remains: float = 0.02) -> float:
    """Decay of the learning rate after which that much of it remains at the end."""
    return remains ** (1.0 / max(epochs, 10))
