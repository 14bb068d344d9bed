"""CPU seconds per epoch of learning with exact spike times, beside the same method in PyTorch, one thread each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
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
        row = {
            "name": f"{name}, epoch",
            "value": ours,
            "unit": "s",
            "note": f"batch {task.schedule.batch}, 1 thread, CPU time",
        }
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
        begun = time.process_time()
        one()
        spent.append(time.process_time() - begun)
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
    """Seconds per epoch, from `batches` mini-batches; before that, that both compute the same gradients."""
    torch.set_num_threads(1)
    batch, rule = task.schedule.batch, task.rule
    times, labels = torch.tensor(task.code.times(data.samples)), torch.tensor(data.labels)
    network = event_torch.TorchNetwork(task.spec, trained, way)
    optimiser = torch.optim.Adam(network.parameters(), lr=task.schedule.adam.rate)
    at = [0]

    def gradients() -> None:
        part = slice(at[0], at[0] + batch)
        at[0] += batch
        optimiser.zero_grad()
        out = network(times[part])
        loss = event_torch.loss(out, labels[part], rule.margin, rule.early_weight, rule.loss == "least margin")
        loss.backward()

    def step() -> None:
        gradients()
        optimiser.step()

    gradients()
    _same(replace(task, rule=replace(rule, limit=None)), data, trained, network)
    return _median(step, batches) * N / batch


def _same(task: TimingTask, data: Dataset, trained: dict[str, Any], network: Any) -> None:
    """Hold their gradients of the first mini-batch against ours."""
    learner = task.learner(weight=np.concatenate([value.ravel() for value in trained.values()]))
    n = task.schedule.batch
    _, ours = learner.loss_and_gradient(task.data(learner, Dataset(data.samples[:n], data.labels[:n])))
    theirs = np.concatenate([network.values[name].grad.numpy().ravel() for name in trained])
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5 * np.abs(theirs).max())
