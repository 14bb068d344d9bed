"""Surrogate-gradient training on Yin-Yang: seconds an epoch beside PyTorch, Norse and snnTorch, and accuracy.

5-120-3, 5000 samples, 100 steps, mini-batches of 150, one thread each, float32. Others are timed over some of an
epoch's 34 mini-batches, in turns with ours; their input is a dense tensor that is made beforehand, ours are spikes.
Times of one thread are times of the processor, which a neighbour on the same machine disturbs least.
"""

from __future__ import annotations

import importlib.util
import statistics
import time
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from luiapp.train.fit import Schedule, fit
from luiapp.train.optimise import AdamState
from luiapp.train.surrogate.network import SpikingNet
from luiapp.train.task import SurrogateTask, yin_yang_sets
from tests.benchmarks.train_rivals import RIVALS

BATCH, N_BATCHES = 150, 34
TASK = SurrogateTask(schedule=Schedule(batch=BATCH))


def rows(quick: bool = False) -> list[dict[str, Any]]:
    """Speed first, as it wants a quiet machine."""
    return [*speed(quick=quick), *accuracy(quick=quick)]


def speed(*, quick: bool) -> list[dict[str, Any]]:
    """Ours on one and two threads, and every rival that is installed."""
    rounds = 2 if quick else 5
    found, ours = [], Ours(1)
    two = Ours(2)
    one_thread, two_threads = min(ours.epoch() for _ in range(rounds)), min(two.epoch() for _ in range(rounds))
    two.learner.close()
    found.append({"name": "epoch, 1 thread", "value": one_thread * 1e3, "unit": "ms", "note": "5-120-3, 5000 samples"})
    found.append({"name": "epoch, 2 threads", "value": two_threads * 1e3, "unit": "ms"})
    for name, (module, make) in RIVALS.items():
        if importlib.util.find_spec(module) is None:
            found.append({"name": "epoch", "value": None, "unit": "", "against": name, "note": f"no {module} here"})
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.append(_beside(name, make, ours, n=2 if quick else 8, rounds=2 if quick else 3))
    return found


def _beside(name: str, make: Any, ours: Ours, *, n: int, rounds: int) -> dict[str, Any]:
    import torch

    torch.set_num_threads(1)
    step = make([matrix for matrix, _ in TASK.net.matrices(TASK.learner().weight.copy())])
    grid = TASK.code.grid(ours.samples[: n * BATCH], dt=TASK.net.dt, n_steps=TASK.net.n_steps)
    xs = torch.tensor(grid.dense()).split(BATCH)
    ys = torch.tensor(ours.labels[: n * BATCH]).split(BATCH)
    step(xs[0], ys[0])
    ratios, theirs = [], []
    for _ in range(rounds):
        own = min(ours.epoch(), ours.epoch())
        begun = time.process_time()
        for x, y in zip(xs, ys, strict=True):
            step(x, y)
        theirs.append((time.process_time() - begun) / n * N_BATCHES)
        ratios.append(theirs[-1] / min(own, ours.epoch()))
    return {"name": "epoch", "value": min(theirs) * 1e3, "unit": "ms", "ratio": statistics.median(ratios),
            "against": name, "note": f"theirs, from {n} of {N_BATCHES} mini-batches"}  # fmt: skip


class Ours:
    """Epochs of our own."""

    def __init__(self, threads: int) -> None:
        self.samples, self.labels = yin_yang_sets()[0]
        self.learner = TASK.learner(threads=threads)
        self.data = TASK.data(self.learner, yin_yang_sets()[0])
        self.clock = time.process_time if threads == 1 else time.perf_counter
        self.state = AdamState.empty(TASK.net.n_parameters)
        self.epoch()

    def epoch(self) -> float:
        """Seconds of one."""
        order = np.random.default_rng(1).permutation(len(self.labels))
        begun = self.clock()
        for k in range(0, len(order), BATCH):
            self.learner.learn(self.data, order[k : k + BATCH], TASK.schedule.adam, self.state)
        return self.clock() - begun


def accuracy(*, quick: bool) -> list[dict[str, Any]]:
    """Mean test accuracy over seeds; the worst seed tells of dead ones."""
    train_set, _, test_set = yin_yang_sets()
    cases = [("120 hidden, 5 epochs", 120, 5, 2 if quick else 10)]
    if not quick:
        cases += [("120 hidden, 50 epochs", 120, 50, 10), ("30 hidden, 50 epochs", 30, 50, 5)]
    found = []
    for name, hidden, epochs, n_seeds in cases:
        right, spikes, seconds = [], [], []
        for seed in range(n_seeds):
            plain = SurrogateTask(seed=seed, net=SpikingNet(5, 3, (hidden,)))
            task = replace(plain, schedule=replace(plain.schedule, epochs=epochs, seed=seed))
            learner = task.learner()
            for last in fit(learner, task.data(learner, train_set), task.schedule):
                seconds.append(last.seconds)
            outcome = learner.evaluate(task.data(learner, test_set))
            right.append(100 * outcome.accuracy)
            spikes.append(outcome.spikes)
        note = (f"{n_seeds} seeds, spread {np.std(right):.2f}, worst {min(right):.1f}; {np.mean(spikes):.0f} spikes a "
                f"sample, {max(seconds):.1f} s")  # fmt: skip
        found.append({"name": f"test accuracy, {name}", "value": float(np.mean(right)), "unit": "%", "note": note})
    return found
