"""Whole set-ups of the exact methods, as the command line and the studio use them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from luiapp.train.codes import LatencyCode
from luiapp.train.datasets import Dataset
from luiapp.train.event.eventprop import EventPropSpec
from luiapp.train.event.first_spike import FirstSpikeSpec
from luiapp.train.event.learner import Spec, TimedData, TimingLearner, TimingRule, TimingStart
from luiapp.train.fit import Schedule
from luiapp.train.optimise import Adam

_FEW_HIDDEN = 20  # with fewer neurons learning is cheap and slow: it gets more epochs


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

    @property
    def method(self) -> str:
        """Its name in files and on the command line."""
        return "ttfs" if isinstance(self.spec, FirstSpikeSpec) else "eventprop"

    @property
    def hidden(self) -> tuple[int, ...]:
        """Neurons of the hidden layers."""
        return self.spec.sizes[1:-1]

    @property
    def n_out(self) -> int:
        """Classes."""
        return self.spec.sizes[-1]

    @property
    def n_parameters(self) -> int:
        """Weights and delays."""
        return sum(math.prod(shape) for shape in self.spec.shapes().values())

    def learner(self, *, threads: int = 1, weight: Any = None) -> TimingLearner:
        """A fresh one, or one that goes on from `weight`. However many `threads` there are, it uses one."""
        return TimingLearner(self.spec, self.rule, start=self.start, seed=self.seed, weight=weight)

    def data(self, learner: TimingLearner, dataset: Dataset) -> TimedData:
        """`dataset` as spike times, as the learner takes it."""
        return learner.data(self.code.times(dataset.samples), dataset.labels)


def first_spike_task(
    hidden: int | None = None, *, delays: str = "none", epochs: int | None = None, seed: int = 0
) -> TimingTask:
    """Yin-Yang by first spikes in closed form; times in tau_syn.

    Parameters
    ----------
    hidden : int, hidden neurons; by default 120 without delays, 30 with them
    delays : str, "none", "axonal", "dendritic", "synaptic" or "inputs": learned beside the weights
    epochs : int, by default 100, with less than 20 hidden neurons 400
    """
    plain, synaptic = delays == "none", delays == "synaptic"
    hidden = (120 if plain else 30) if hidden is None else hidden
    n = epochs if epochs is not None else (400 if hidden < _FEW_HIDDEN else 100)
    # A handful of neurons gets stuck in an early order of spikes unless it is shaken.
    rate = 0.08 if synaptic and hidden < _FEW_HIDDEN else 0.02
    # Delays that differ from synapse to synapse can stand in for the bias spikes.
    start = ((1.0, 2.0), (1.0, 2.0)) if synaptic else ((1.5, 0.8), (0.5, 0.8)) if plain else ((1.5, 1.0), (1.0, 1.0))
    return TimingTask(
        FirstSpikeSpec(
            (4, hidden, 3), tau_mem=2.0 if synaptic else 1.0, delays=delays, biases=() if synaptic else (0.9, 0.9)
        ),
        LatencyCode(0.15, 2.0),
        TimingStart(start),
        TimingRule("margin", 0.2, 0.005, limit=0.2) if plain else TimingRule("least margin", 0.2, 0.001, limit=2.0),
        Schedule(n, 150, Adam(0.01 if plain else rate, _decay(n)), seed=seed, anneal=False),
        seed,
    )


def eventprop_task(hidden: int | None = None, *, epochs: int | None = None, seed: int = 0) -> TimingTask:
    """Yin-Yang by EventProp, tau_mem = 4 tau_syn and as many spikes as there are; after Wunderlich and Pehle (2021).

    Parameters
    ----------
    hidden : int, hidden neurons, by default 200
    epochs : int, by default 80
    """
    hidden = 200 if hidden is None else hidden
    n = 80 if epochs is None else epochs
    return TimingTask(
        EventPropSpec((5, hidden, 3), tau_mem=4.0, tau_syn=1.0, until=12.0),
        LatencyCode(0.0, 6.0, 0.0),
        TimingStart(((1.5, 0.78), (0.93 * 200 / max(hidden, 1), 0.1 * 200 / max(hidden, 1)))),
        TimingRule("cross entropy", 0.1, 0.003, 1.28, limit=100.0, silent_share=1.0),
        Schedule(n, 100, Adam(0.01, _decay(n, 0.015)), seed=seed, anneal=False),
        seed,
    )


def timing_task_from_dict(data: dict[str, Any]) -> TimingTask:
    """The task that ``dataclasses.asdict`` took apart, also after its tuples became lists."""
    spec: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data["spec"].items()
    }
    start = TimingStart(tuple(tuple(one) for one in data["start"]["weights"]), tuple(data["start"]["delays"]))  # type: ignore[arg-type]
    return TimingTask(
        (FirstSpikeSpec if "delays" in spec else EventPropSpec)(**spec),
        LatencyCode(**data["code"]),
        start,
        TimingRule(**data["rule"]),
        Schedule(**{**data["schedule"], "adam": Adam(**data["schedule"]["adam"])}),
        data["seed"],
    )


def _decay(epochs: int, remains: float = 0.02) -> float:
    """Decay of the learning rate after which that much of it remains at the end."""
    return remains ** (1.0 / max(epochs, 10))
