"""Learning in the loop: the chip computes, the model says which way to go.

Every mini-batch runs on the chip with its weights in whole numbers. The spikes and readouts that were measured are put
into the model in place of its own, and its gradient moves the weights (Cramer et al., PNAS 119 (2022) e2109194119);
networks of first spikes learn from the measured times (Göltz et al., Nat Mach Intell 3 (2021) 823).
The faults of the chip are thereby part of what is learned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.readout import Readout
from luiapp.chip.spec import SPEC
from luiapp.deploy.describe import heights, unit, views
from luiapp.deploy.onchip import OnChip
from luiapp.errors import ParameterError
from luiapp.train.datasets import Dataset
from luiapp.train.event.first_spike import FirstSpikeSpec
from luiapp.train.event.measured import MeasuredTimingLearner
from luiapp.train.event.task import TimingTask
from luiapp.train.learner import Outcome
from luiapp.train.optimise import Adam, AdamState
from luiapp.train.surrogate.measured import Measured, MeasuredLearner
from luiapp.train.task import SurrogateTask

Floats = NDArray[np.float64]
_LAG = 1.0  # steps by which each layer of the model comes later than the chip's


@dataclass(frozen=True)
class LoopSchedule:
    """How long and how.

    Attributes
    ----------
    epochs : int
    batch : int
    adam : Adam
    anneal : bool
        Let the rate fall to zero along half a cosine.
    seed : int or None
        Of the order of the samples, and of the chip's noise; None: no two courses are the same.
    use_membranes : bool
        Read the hidden membranes too, for the surrogate; else the model's are used, which know nothing of gains and
        time constants that went astray.
    """

    epochs: int = 5
    batch: int = 100
    adam: Adam = field(default_factory=lambda: Adam(5e-3))
    anneal: bool = True
    seed: int | None = None
    use_membranes: bool = True


def usual(task: SurrogateTask | TimingTask, epochs: int, *, seed: int | None = None) -> LoopSchedule:
    """The schedule that suits a kind of network: first spikes take larger steps."""
    return LoopSchedule(epochs, adam=Adam(5e-3 if isinstance(task, SurrogateTask) else 4e-2), seed=seed)


@dataclass(frozen=True)
class LoopProgress:
    """After an epoch: mean loss and accuracy of the samples as they were learned, on the chip; spikes per sample."""

    epoch: int
    n_epochs: int
    loss: float
    accuracy: float
    spikes: float
    weight: NDArray[Any]


class _Surrogate:
    """Mini-batches of a network of surrogate gradients."""

    def __init__(self, on_chip: OnChip, weight: NDArray[Any], data: Dataset, plan: LoopSchedule) -> None:
        task: Any = on_chip.task
        self._on_chip, self._data, self._plan = on_chip, data, plan
        self.learner = MeasuredLearner(task.net, task.rule, weight=weight)
        self._samples = task.data(self.learner, data)

    def learn(self, chosen: NDArray[np.int64], seed: int | None, state: AdamState) -> Outcome:
        measured = measure(self._on_chip, self._data.samples[chosen], seed=seed, membranes=self._plan.use_membranes)
        return self.learner.learn_measured(self._samples, chosen, measured, self._plan.adam, state)


class _FirstSpikes:
    """Mini-batches of a network of first spikes."""

    def __init__(self, on_chip: OnChip, weight: NDArray[Any], data: Dataset, plan: LoopSchedule) -> None:
        task: Any = on_chip.task
        self._on_chip, self._data, self._plan = on_chip, data, plan
        self.learner = MeasuredTimingLearner(task.spec, task.rule, weight=weight)
        weight_one = heights(task) / on_chip.placed.unit
        self.learner.lines = tuple((a / weight_one, b / weight_one) for a, b in (SPEC.excitation, SPEC.inhibition))  # type: ignore[assignment]
        self._samples = task.data(self.learner, data)

    def learn(self, chosen: NDArray[np.int64], seed: int | None, state: AdamState) -> Outcome:
        on_chip = self._on_chip
        out = on_chip.run(self._data.samples[chosen], seed=seed, cadc=False)
        placed = on_chip.placed
        times = out.first_spikes(placed.wiring.n) * placed.time_scale / unit(on_chip.task)
        cuts = placed.wiring.segment.tolist()
        fired = [times[:, a:b] for a, b in pairwise(cuts)]
        return self.learner.learn_measured(self._samples, chosen, fired, self._plan.adam, state)


def learn_in_the_loop(
    on_chip: OnChip,
    weight: NDArray[Any],
    data: Dataset,
    schedule: LoopSchedule | None = None,
    *,
    stop: Callable[[], bool] | None = None,
) -> Iterator[LoopProgress]:
    """Teach `weight` on the chip of `on_chip`, which is configured already; afterwards the chip has what was learned.

    Raises
    ------
    ParameterError
        If the network is of a kind that can't be taught by measurements.
    """
    task, plan = on_chip.task, schedule or LoopSchedule()
    if not (isinstance(task, SurrogateTask) or isinstance(task.spec, FirstSpikeSpec)):
        raise ParameterError("this loop teaches networks of surrogate gradients and of first spikes, not of '{method}'",
                             method=task.method)  # fmt: skip
    random = np.random.default_rng(plan.seed)
    taught = (_Surrogate if isinstance(task, SurrogateTask) else _FirstSpikes)(on_chip, weight, data, plan)
    learner = taught.learner
    state, n = AdamState.empty(len(learner.weight)), len(data.labels)
    for epoch in range(plan.epochs):
        order = random.permutation(n)
        found: list[Outcome] = []
        for begin in range(0, n, plan.batch):
            chosen = order[begin : begin + plan.batch]
            state.share = 0.5 + 0.5 * math.cos(math.pi * (epoch + begin / n) / plan.epochs) if plan.anneal else 1.0
            on_chip.reweigh(learner.weight)
            found.append(taught.learn(chosen, None if plan.seed is None else int(random.integers(2**62)), state))
            _bound(on_chip, learner.weight)
            if stop is not None and stop():
                break
        on_chip.reweigh(learner.weight)
        sizes = [one.n_samples for one in found]
        loss, accuracy, spikes = (
            float(np.average([getattr(one, name) for one in found], weights=sizes))
            for name in ("loss", "accuracy", "spikes")
        )
        yield LoopProgress(epoch + 1, plan.epochs, loss, accuracy, spikes, learner.weight.copy())
        if sum(sizes) < n:
            return


def measure(on_chip: OnChip, samples: Floats, *, seed: int | None, membranes: bool = False) -> Measured:
    """Run `samples` and put what the chip says on the grid of the model."""
    out = on_chip.run(samples, seed=seed, cadc=True if membranes else None)
    task: Any = on_chip.task
    net, placed = task.net, on_chip.placed
    step = net.dt / placed.time_scale
    spikes = np.zeros((len(samples), net.n_steps, sum(net.hidden)), np.bool_)
    sample, column = out.sample, 0
    for depth, neurons in enumerate(placed.hidden):
        own = (out.neuron >= neurons.start) & (out.neuron < neurons.stop)
        at = np.rint(out.time[own] / step + _LAG * (depth + 1)).astype(np.int64)
        inside = at < net.n_steps
        spikes[sample[own][inside], at[inside], column + out.neuron[own][inside] - neurons.start] = True
        column += neurons.stop - neurons.start
    grid = np.arange(net.n_steps) * step
    values = on_chip.membranes(out)
    readout = _on_grid(values, out.cadc_time, grid - _LAG * len(net.layers()) * step)
    return Measured(spikes, readout, _hidden(on_chip, out, grid, step) if membranes else None)


def _hidden(on_chip: OnChip, out: Readout, grid: Floats, step: float) -> Floats:
    """The hidden membranes, each counted from what the converter reads of it as samples begin, mean over all."""
    placed, parts = on_chip.placed, []
    values = out.membranes(out.cadc[:, 0].mean(axis=0), placed.targets.gap)
    for depth, neurons in enumerate(placed.hidden):
        parts.append(_on_grid(values[:, :, neurons], out.cadc_time, grid - _LAG * (depth + 1) * step))
    return np.concatenate(parts, axis=2)


def _on_grid(values: Floats, time: Floats, grid: Floats) -> Floats:
    """Values (n_samples, n_times, n) at the times of `grid`, by lines between those of `time`."""
    at = np.clip(np.searchsorted(time, grid) - 1, 0, len(time) - 2)
    share = np.clip((grid - time[at]) / (time[at + 1] - time[at]), 0.0, 1.0)[None, :, None]
    return np.asarray(values[:, at] * (1 - share) + values[:, at + 1] * share)


def _bound(on_chip: OnChip, weight: NDArray[Any]) -> None:
    """Keep the weights within what synapses can do; those of readouts are scaled instead."""
    task, placed = on_chip.task, on_chip.placed
    if isinstance(task, SurrogateTask):
        parts = [[one for one in pair if one is not None] for pair in task.net.matrices(weight)]
    else:
        parts = [[views(task, weight)[f"weights_{i}"]] for i in range(len(placed.net.layers))]
    for i, matrices in enumerate(parts):
        if placed.net.layers[i].kind == "li":
            continue
        limit = SPEC.weight_max * placed.unit * placed.repeat[i] / heights(task)
        for matrix in matrices:
            np.clip(matrix, -limit, limit, out=matrix)
