"""A whole set-up, as the command line and the studio use it: data, code, network, rule and schedule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from luiapp.errors import ParameterError
from luiapp.train.codes import LatencyCode, RateCode
from luiapp.train.datasets import Dataset, yin_yang
from luiapp.train.fit import Schedule
from luiapp.train.surrogate.learner import SurrogateLearner
from luiapp.train.surrogate.network import Rule, SpikingNet, Start

TRAIN, VALID, TEST = (5000, 42), (1000, 41), (1000, 40)  # size and seed of the published Yin-Yang sets


@dataclass(frozen=True)
class SurrogateTask:
    """Everything that a result depends on.

    Attributes
    ----------
    code : LatencyCode or RateCode
        Times in seconds.
    net : SpikingNet
    start : Start
    rule : Rule
    schedule : Schedule
    seed : int
        Of the initial weights and of dropout.
    """

    net: SpikingNet = field(default_factory=lambda: SpikingNet(5))
    code: LatencyCode | RateCode = field(default_factory=lambda: LatencyCode(5e-3, 65e-3, 5e-3))
    start: Start = field(default_factory=Start)
    rule: Rule = field(default_factory=Rule)
    schedule: Schedule = field(default_factory=Schedule)
    seed: int = 0

    @property
    def method(self) -> str:
        """Its name in files and on the command line."""
        return "surrogate"

    @property
    def hidden(self) -> tuple[int, ...]:
        """Neurons of the hidden layers."""
        return self.net.hidden

    @property
    def n_out(self) -> int:
        """Classes."""
        return self.net.n_out

    @property
    def n_parameters(self) -> int:
        """Weights."""
        return self.net.n_parameters

    def learner(self, *, threads: int = 1, weight: Any = None) -> SurrogateLearner:
        """A fresh one, or one that goes on from `weight`."""
        return SurrogateLearner(self.net, self.rule, start=self.start, seed=self.seed, threads=threads, weight=weight)

    def data(self, learner: SurrogateLearner, dataset: Dataset) -> Any:
        """`dataset` in spikes, as the learner takes it."""
        grid = self.code.grid(dataset.samples, dt=self.net.dt, n_steps=self.net.n_steps)
        return learner.data(grid, dataset.labels)


def yin_yang_sets() -> tuple[Dataset, Dataset, Dataset]:
    """The published training, validation and test sets."""
    return yin_yang(*TRAIN), yin_yang(*VALID), yin_yang(*TEST)


def latency_code(code: LatencyCode | RateCode) -> LatencyCode:
    """`code`, which must be a latency code. Raises `ParameterError` for a rate code, whose spikes differ each time."""
    if isinstance(code, RateCode):
        raise ParameterError("a network that learned rates can't be carried over: its inputs have no fixed times; "
                             "teach it with the latency code")  # fmt: skip
    return code
