"""Normalisation through time: statistics that run along, threads, files. Its gradients: test_surrogate_gradients."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from luiapp.errors import NetworkError
from luiapp.train.codes import LatencyCode
from luiapp.train.datasets import yin_yang
from luiapp.train.fit import Schedule, fit
from luiapp.train.layered import to_layered
from luiapp.train.optimise import Adam, AdamState
from luiapp.train.store import Model, open_model, save_model
from luiapp.train.surrogate.learner import MOST_AT_ONCE, SurrogateLearner
from luiapp.train.surrogate.network import Rule, SpikingNet
from luiapp.train.task import SurrogateTask

NET = SpikingNet(5, 3, (12, 9), n_steps=41, normalise=True)
CODE = LatencyCode(2e-3, 30e-3, 2e-3)


def some(learner: SurrogateLearner, n: int = 40) -> Any:
    points = yin_yang(n, 3)
    return learner.data(CODE.grid(points.samples, dt=1e-3, n_steps=41), points.labels)


def test_the_flat_values_fall_into_their_parts() -> None:
    """Weights, a gain for each neuron and step, and as many means and variances, without overlap or gap."""
    flat = np.arange(NET.n_values)
    parts = [matrix for matrix, _ in NET.matrices(flat)] + NET.gains(flat)
    means, variances = zip(*NET.statistics(flat), strict=True)
    together = np.concatenate([part.ravel() for part in (*parts, *means, *variances)])
    assert np.array_equal(np.sort(together), flat) and len(together) == 195 + 3 * 41 * 21
    assert (NET.n_weights, NET.n_parameters) == (5 * 12 + 12 * 9 + 9 * 3, 195 + 41 * 21)
    plain = replace(NET, normalise=False)
    assert plain.n_values == plain.n_parameters == plain.n_weights == 195


def test_running_statistics_are_running_means() -> None:
    """Of the first layer, whose currents are linear in the input: by hand, over three mini-batches."""
    learner = SurrogateLearner(NET, dtype="float64", seed=2)
    data, state = some(learner), AdamState.empty(NET.n_values)
    x = CODE.grid(yin_yang(40, 3).samples, dt=1e-3, n_steps=41).dense().astype(float)
    mean, variance = np.zeros((41, 12)), np.ones((41, 12))
    for chosen in (np.arange(0, 15), np.arange(15, 40), np.arange(5, 25)):
        currents, now = [], np.zeros((len(chosen), 12))
        for t in range(41):
            currents.append(now)
            now = np.exp(-1 / 10) * now + x[chosen, t] @ NET.matrices(learner.weight)[0][0]
        mean += 0.1 * (np.mean(currents, axis=1) - mean)
        variance += 0.1 * (np.var(currents, axis=1, ddof=1) - variance)
        learner.learn(data, chosen, Adam(weight_decay=0.1), state)
        found = NET.statistics(learner.weight)[0]
        assert np.abs(found[0] - mean).max() < 1e-12 and np.abs(found[1] - variance).max() < 1e-12


def test_evaluation_with_a_batch_s_statistics_is_what_learning_saw() -> None:
    """Running statistics that equal a mini-batch's give its loss; and then samples no longer know each other."""
    learner = SurrogateLearner(NET, dtype="float64", seed=2)
    data, everybody = some(learner), np.arange(40)
    loss = learner.loss_and_gradient(data)[0]
    assert abs(learner.evaluate(data).loss - loss) > 1e-3
    batch = learner._batch(learner.weight, 40)
    batch.forward(data, everybody, by_batch=True)
    for (mean, variance), (mean_now, variance_now) in zip(NET.statistics(learner.weight), batch.found, strict=True):
        mean[:], variance[:] = mean_now, variance_now
    assert learner.evaluate(data).loss == pytest.approx(loss, rel=1e-12)
    look = learner.look(data, 7)
    assert np.allclose(look.membranes[0], batch.layers[0].u[7], atol=1e-12)
    assert np.array_equal(look.spikes[1], batch.layers[1].s[7])
    assert np.argmax(look.membranes[-1].max(axis=0)) == learner.evaluate(data).predicted[7]


def test_threads_and_portions_change_nothing() -> None:
    """Threads bit for bit; and how many samples are tested at once."""
    weights = []
    n = 2 * MOST_AT_ONCE + 3
    samples = yin_yang(n, 3).samples
    for threads in (1, 2, 4):
        with SurrogateLearner(NET, Rule(dropout=0.2), threads=threads, seed=4) as learner:
            data, state = some(learner), AdamState.empty(NET.n_values)
            for begin in (0, 7, 20):
                learner.learn(data, np.arange(begin, begin + 17), Adam(), state)
            weights.append(learner.weight)
            many = some(learner, n)
            outcome = learner.evaluate(many)
            for i in (0, MOST_AT_ONCE, n - 1):
                one = learner.data(CODE.grid(samples[i : i + 1], dt=1e-3, n_steps=41), many.labels[i : i + 1])
                assert learner.evaluate(one).predicted[0] == outcome.predicted[i]
    assert all(np.array_equal(weights[0], other) for other in weights[1:])


def test_it_learns_and_its_statistics_travel_in_the_file(tmp_path: Path) -> None:
    net = SpikingNet(5, 3, (40,), normalise=True)
    task = SurrogateTask(net=net, schedule=Schedule(5, batch=50, adam=Adam(1e-2)))
    learner = task.learner()
    data, test = task.data(learner, yin_yang(1500)), task.data(learner, yin_yang(500, 41))
    list(fit(learner, data, task.schedule))
    found = learner.evaluate(test)
    assert found.accuracy > 0.8
    back = open_model(save_model(tmp_path / "net.npz", Model(task, learner.weight)))
    assert back.task == task
    again: Any = back.task.learner(weight=back.weight)
    assert again.evaluate(test).loss == found.loss


def test_what_it_says_is_what_it_is_judged_by() -> None:
    """Scores and counts for those who watch; and no way out to where normalisation has no counterpart."""
    learner = SurrogateLearner(NET, seed=2)
    data = some(learner, MOST_AT_ONCE + 5)
    said, outcome = learner.say(data), learner.evaluate(data)
    assert np.array_equal(said.scores.argmax(axis=1), outcome.predicted)
    assert said.counts.shape == (MOST_AT_ONCE + 5, 21)
    assert said.counts.sum() / len(said.counts) == pytest.approx(outcome.spikes)
    with pytest.raises(NetworkError, match="normalised"):
        to_layered(Model(SurrogateTask(net=NET), learner.weight))
