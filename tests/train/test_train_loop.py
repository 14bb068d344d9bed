"""The loop that can be steered, and what networks say of samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from luiapp.train.codes import RateCode
from luiapp.train.datasets import yin_yang
from luiapp.train.event.learner import TimingRule
from luiapp.train.event.task import eventprop_task, first_spike_task
from luiapp.train.fit import Loop, Schedule, fit
from luiapp.train.optimise import Adam
from luiapp.train.store import Model, open_model, save_model
from luiapp.train.surrogate.network import Rule, SpikingNet
from luiapp.train.task import SurrogateTask

DATA = yin_yang(130, 5)
SURROGATE = SurrogateTask(SpikingNet(5, hidden=(12, 7)), schedule=Schedule(3, 40, Adam(0.02)))
TASKS: list[Any] = [
    SURROGATE,
    replace(SURROGATE, rule=Rule(loss="mean")),
    first_spike_task(9, delays="axonal", epochs=3),
    eventprop_task(9, epochs=3),
]


TIMED = replace(first_spike_task(9, delays="synaptic"), rule=TimingRule("cross entropy", early_weight=0.1))


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.method)
def test_steps_of_the_loop_are_those_of_fit(task: Any) -> None:
    one, other = task.learner(), task.learner()
    for _ in fit(one, task.data(one, DATA), task.schedule):
        pass
    loop = Loop(other, task.data(other, DATA), task.schedule)
    progress = []
    while loop.progress < task.schedule.epochs:
        loop.step()
        progress.append(loop.progress)
    assert (one.weight == other.weight).all()
    n = -(-len(DATA.labels) // task.schedule.batch)
    assert progress[n - 1 :: n] == [1.0, 2.0, 3.0] and progress == sorted(progress)


def test_another_rate_counts_from_the_next_step_on() -> None:
    still = SURROGATE.learner()
    loop = Loop(still, SURROGATE.data(still, DATA), SURROGATE.schedule)
    loop.step()
    before = still.weight.copy()
    loop.plan = replace(loop.plan, adam=Adam(1e-5), anneal=False)
    loop.step()
    assert 0 < np.abs(still.weight - before).max() < 1e-4


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.method)
def test_what_is_said_is_what_is_counted(task: Any) -> None:
    """The likeliest class is the one that `evaluate` predicts, and all spikes are those that it counts."""
    learner = task.learner()
    data = task.data(learner, DATA)
    said, found = learner.say(data), learner.evaluate(data)
    heard = np.isfinite(said.scores).any(axis=1)
    assert heard.sum() > 20
    assert (said.scores.argmax(axis=1) == found.predicted)[heard].all()
    assert said.counts.shape == (len(DATA.labels), sum(task.hidden))
    assert said.counts.sum() / len(DATA.labels) == pytest.approx(found.spikes, rel=1e-12) and found.spikes > 0


def test_counts_of_layers_stand_where_a_look_finds_them() -> None:
    learner = SURROGATE.learner()
    data = SURROGATE.data(learner, DATA)
    said = learner.say(data)
    for i in (0, 17, 129):
        seen = learner.look(data, i)
        expected = np.concatenate([spikes.sum(axis=0) for spikes in seen.spikes[:-1]])
        assert (said.counts[i] == expected).all()
        np.testing.assert_allclose(said.scores[i], seen.membranes[-1].max(axis=0), rtol=1e-6)


@pytest.mark.parametrize("task", [TIMED, TASKS[3]], ids=lambda t: t.method)
def test_moving_all_inputs_moves_all_spikes_and_the_loss_by_the_sum_of_their_errors(task: Any) -> None:
    """All spikes of a layer move along, so that by the chain rule each layer's errors add up to the loss's change."""
    learner = task.learner()
    data = task.data(learner, yin_yang(20, 8))
    passes, errors = learner.trail(data)
    assert [len(one) for one in (passes, errors)] == [2, 2]
    h = 1e-6

    def loss(shift: float) -> float:
        moved = data._replace(times=data.times + shift)
        return float(learner.evaluate(moved).loss)

    numeric = (loss(h) - loss(-h)) / (2 * h)
    assert abs(numeric) > 1e-5
    for one in errors:
        assert one.sum() == pytest.approx(numeric, rel=1e-4)


def test_a_network_with_rates_comes_back_from_its_file(tmp_path: Any) -> None:
    task = SurrogateTask(SpikingNet(4, hidden=(6,)), RateCode(5.0, 200.0, 3))
    weight = task.learner().weight
    back = open_model(save_model(tmp_path / "a.npz", Model(task, weight)))
    assert back.task == task and (back.weight == weight).all()
