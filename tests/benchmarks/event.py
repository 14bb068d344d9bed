"""Seconds per epoch of learning with exact spike times, beside the same method in PyTorch, one thread each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from luiapp.train.datasets import Dataset, yin_yang
from luiapp.train.event.first_spike import FirstSpikeSpec
from luiapp.train.event.task import TimingTask, eventprop_task, first_spike_task
from luiapp.train.optimise import AdamState

try:
    import torch

    from tests.benchmarks import event_torch
except ImportError:
    torch = None  # type: ignore[assignment]

TASKS = (
    ("first spikes, 120 hidden", first_spike_task(120)),
    ("first spikes, 30 hidden, synaptic delays", first_spike_task(30, delays="synaptic")),
    ("first spikes, 30 hidden, axonal delays", first_spike_task(30, delays="axonal")),
    ("EventProp, 200 hidden", eventprop_task(200)),
)
N = 5000


def rows(quick: bool = False) -> list[dict[str, Any]]:
    """Median seconds of an epoch of 5000 samples; PyTorch's from some of its mini-batches."""
    found: list[dict[str, Any]] = []
    data = yin_yang(N)
    for name, task in TASKS:
        ours, trained = _ours(task, data, epochs=3 if quick else 7)
        row = {"name": f"{name}, epoch", "value": ours, "unit": "s", "note": f"batch {task.schedule.batch}, 1 thread"}
        if torch is None:
            row["note"] += "; PyTorch is not installed"
        found.append(row)
        comparable = isinstance(task.spec, FirstSpikeSpec) and task.spec.delays in ("none", "synaptic")
        if torch is not None and comparable:
            for way in event_torch.WAYS:
                theirs = _theirs(task, data, trained, way, batches=2 if quick else 8)
                found.append(
                    {"name": f"{name}, PyTorch, {way}", "value": theirs, "unit": "s", "ratio": theirs / ours,
                     "against": f"PyTorch {torch.__version__}, {way}", "note": row["note"]}
                )  # fmt: skip
    return found


def _median(one: Callable[[], object], n: int) -> float:
    spent = []
    for _ in range(n):
        begun = time.perf_counter()
        one()
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent)


def _ours(task: TimingTask, data: Dataset, *, epochs: int) -> tuple[float, dict[str, Any]]:
    """Seconds per epoch, and the parameters after a first one: what was just drawn is untypical."""
    learner = task.learner()
    samples, batch = task.data(learner, data), task.schedule.batch
    state, order = AdamState.empty(len(learner.weight)), np.random.default_rng(0)

    def epoch() -> None:
        mixed = order.permutation(N)
        for begin in range(0, N, batch):
            learner.learn(samples, mixed[begin : begin + batch], task.schedule.adam, state)

    epoch()
    trained = {name: value.copy() for name, value in learner.network.parameters.items()}
    return _median(epoch, epochs), trained


def _theirs(task: TimingTask, data: Dataset, trained: dict[str, Any], way: str, *, batches: int) -> float:
    """Seconds per epoch, from `batches` mini-batches. What they compute is checked first."""
    torch.set_num_threads(1)
    batch, rule = task.schedule.batch, task.rule
    times = torch.tensor(task.code.times(data.samples))
    labels = torch.tensor(data.labels)
    network = event_torch.TorchNetwork(task.spec, trained, way)
    learner = task.learner()
    for name, value in trained.items():
        learner.network.parameters[name][...] = value
    ours: Any = learner.network.forward(times[:batch].numpy())
    np.testing.assert_allclose(network(times[:batch]).detach().numpy(), ours[-1].out, rtol=0, atol=1e-4)
    optimiser = torch.optim.Adam(network.parameters(), lr=task.schedule.adam.rate)
    at = [0]

    def step() -> None:
        part = slice(at[0], at[0] + batch)
        optimiser.zero_grad()
        event_torch.loss(network(times[part]), labels[part], rule.margin, rule.early_weight).backward()
        optimiser.step()
        at[0] += batch

    step()
    return _median(step, batches) * N / batch
