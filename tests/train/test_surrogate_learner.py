"""Threads, the faster kernels, dropout, the loop and its optimiser."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from luiapp.errors import ParameterError
from luiapp.train.codes import LatencyCode
from luiapp.train.datasets import yin_yang
from luiapp.train.fit import Schedule, fit
from luiapp.train.optimise import Adam, AdamState
from luiapp.train.surrogate.learner import SurrogateLearner
from luiapp.train.surrogate.network import SURROGATES, Bound, Rule, SpikingNet, Start
from luiapp.train.task import SurrogateTask

BOUNDS = (Bound(1.0, 0.1, upper=False), Bound(2.0, 0.2, population=True, power=1))
NET = SpikingNet(5, 3, (37,), n_steps=61)
CODE = LatencyCode(2e-3, 40e-3, 2e-3)


SLOW = replace(NET, hidden=(67,), tau_out=33e-3)


def some(learner: SurrogateLearner, n: int = 40, seed: int = 3) -> object:
    points = yin_yang(n, seed)
    return learner.data(CODE.grid(points.samples, dt=1e-3, n_steps=61), points.labels)


@pytest.mark.parametrize("surrogate", list(SURROGATES))
@pytest.mark.parametrize(("loss", "bounds"), [("maximum", ()), ("mean", BOUNDS), ("last", ()), ("maximum", BOUNDS)])
def test_the_faster_kernels_compute_the_same(surrogate: str, loss: str, bounds: tuple[Bound, ...]) -> None:
    rule = Rule(surrogate, beta=3.0, loss=loss, bounds=bounds)
    fast, plain = (SurrogateLearner(SLOW, rule, dtype="float64", fast=fast, seed=2) for fast in (True, False))
    assert fast._run_slices is not plain._run_slices
    found, expected = fast.loss_and_gradient(some(fast)), plain.loss_and_gradient(some(plain))
    assert found[0] == pytest.approx(expected[0], rel=1e-13)
    assert np.abs(expected[1]).max() > 1e-3
    assert np.abs(found[1] - expected[1]).max() < 1e-13 * np.abs(expected[1]).max() + 1e-15
    ours, theirs = fast.evaluate(some(fast)), plain.evaluate(some(plain))
    assert ours.spikes == theirs.spikes > 10
    assert np.array_equal(ours.predicted, theirs.predicted)


@pytest.mark.parametrize("n_steps", [56, 57, 63])
def test_the_faster_kernels_take_any_steps_and_samples_without_spikes(n_steps: int) -> None:
    """What an earlier sample has left behind is not seen by a later one."""
    net = replace(SLOW, n_steps=n_steps)
    grid = CODE.grid(yin_yang(3, 3).samples, dt=1e-3, n_steps=n_steps)
    cuts, kept = grid.first[[0, 1, 1, 2]], np.r_[grid.first[0] : grid.first[1], grid.first[2] : grid.first[3]]
    cuts[3] = len(kept)
    step = grid.step[kept] + np.where(np.arange(len(kept)) >= cuts[2], 12, 0).astype(np.int32)  # the last comes later
    some_empty = grid._replace(first=cuts, step=step, channel=grid.channel[kept])
    told = []
    for fast in (True, False):
        learner = SurrogateLearner(net, Rule(beta=3.0), dtype="float64", fast=fast, seed=2)
        data = learner.data(some_empty, np.array([0, 1, 2]))
        told.append([learner.loss_and_gradient(data, np.array(order)) for order in ([0, 1, 2], [1], [2, 1, 0])])
    for (loss, gradient), (expected, theirs) in zip(*told, strict=True):
        assert loss == pytest.approx(expected, rel=1e-13)
        assert np.abs(gradient - theirs).max() < 1e-13 * np.abs(theirs).max() + 1e-15
    assert told[0][1][0] == pytest.approx(np.log(3)) and not told[0][1][1].any()  # nothing came in


@pytest.mark.parametrize("recurrent", [False, True])
def test_threads_change_nothing_bit_for_bit(recurrent: bool) -> None:
    weights = []
    for threads in (1, 2, 3, 4):
        rule = Rule(dropout=0.2, bounds=BOUNDS)
        with SurrogateLearner(replace(NET, recurrent=recurrent), rule, threads=threads, seed=4) as learner:
            data, state, adam = some(learner), AdamState.empty(learner.net.n_parameters), Adam()
            for begin in (0, 7, 20):
                learner.learn(data, np.arange(begin, begin + 17), adam, state)
            weights.append(learner.weight)
    assert all(np.array_equal(weights[0], other) for other in weights[1:])
    assert not np.array_equal(weights[0], SurrogateLearner(replace(NET, recurrent=recurrent), rule, seed=4).weight)


def test_adam_is_adam() -> None:
    """Three steps of the published recursion, in plain numpy; decays of rate and weights included."""
    learner = SurrogateLearner(NET, dtype="float64", seed=1)
    data, adam = some(learner), Adam(0.01, rate_decay=0.5, weight_decay=0.1)
    state = AdamState.empty(learner.net.n_parameters)
    weight, first, second = learner.weight.copy(), 0.0, 0.0
    for n in (1, 2, 3):
        state.epoch = n - 1
        gradient = learner.loss_and_gradient(data)[1]
        rate = 0.01 * 0.5 ** (n - 1)
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        step = first / (1 - 0.9**n) / (np.sqrt(second / (1 - 0.999**n)) + 1e-8)
        weight = weight - rate * step - rate * 0.1 * weight
        learner.learn(data, np.arange(40), adam, state)
        assert np.abs(learner.weight - weight).max() < 1e-12


def test_dropout_silences_neurons_for_a_whole_batch_and_none_when_testing() -> None:
    """An unheard neuron's weights to the readout don't move; the others' scale makes up for it on average."""
    learner = SurrogateLearner(NET, Rule(dropout=0.5), seed=5)
    data, state = some(learner), AdamState.empty(learner.net.n_parameters)
    plain = SurrogateLearner(NET, Rule(), seed=5)
    assert learner.evaluate(data).loss == plain.evaluate(some(plain)).loss
    learner.learn(data, np.arange(40), Adam(), state)
    (_, _), (moved, _) = learner.net.matrices(learner.gradient)
    (_, _), (all_moved, _) = plain.net.matrices(plain.loss_and_gradient(some(plain))[1])
    heard = np.abs(moved).max(axis=1) > 0
    fires = np.abs(all_moved).max(axis=1) > 0
    assert 0.3 < heard[fires].mean() < 0.7
    scales = [learner._dropped()[1] for _ in range(400)]
    mean = np.mean([scale for scale in scales if scale is not None], axis=0)
    assert set(np.unique(scales[0])) == {0.0, 1.0, 2.0}
    assert np.abs(mean - 1).max() < 0.25


def test_it_learns_and_a_seed_gives_the_same_again() -> None:
    task = SurrogateTask(net=SpikingNet(5, 3, (40,)), schedule=Schedule(3, batch=50, adam=Adam(1e-2)))
    ends = []
    for _ in range(2):
        learner = task.learner()
        data, valid = task.data(learner, yin_yang(1500)), task.data(learner, yin_yang(500, 41))
        told = list(fit(learner, data, task.schedule, valid=valid))
        ends.append(told[-1])
    assert [one.epoch for one in told] == [0, 1, 2, 3]
    assert told[0].valid is not None and told[-1].valid is not None
    assert told[0].valid.accuracy < 0.5 < 0.8 < told[-1].valid.accuracy
    assert told[-1].loss < told[1].loss and told[-1].spikes > 1
    assert np.array_equal(ends[0].weight, ends[1].weight)
    assert np.array_equal(ends[1].weight, learner.weight) and ends[1].weight is not learner.weight
    other = list(fit(replace(task, seed=1).learner(), data, task.schedule))
    assert not np.array_equal(other[0].weight, told[0].weight)
    shuffled = list(fit(task.learner(), data, replace(task.schedule, seed=1)))
    assert np.array_equal(shuffled[0].weight, told[0].weight)
    assert not np.array_equal(shuffled[1].weight, told[1].weight)


def test_it_stops_when_asked_and_when_nothing_gets_better() -> None:
    learner = SurrogateLearner(NET, seed=6)
    data = some(learner)
    asked = iter([False, True])
    told = list(fit(learner, data, Schedule(50, batch=10), stop=lambda: next(asked)))
    assert [(one.epoch, one.stopped) for one in told] == [(0, False), (1, True)]
    still = replace(Schedule(50), adam=Adam(1e-12), patience=3)
    told = list(fit(learner, data, still, valid=data))
    assert [one.stopped for one in told] == [False] * 4 + [True]
    assert np.array_equal(told[-1].weight, told[1].weight)  # back to the best, which was the first


def test_a_readout_is_not_dead_at_the_start() -> None:
    """One whose maximum is at the first step, at rest, can't learn: of 30 seeds, none has one for every sample."""
    for seed in range(30):
        learner = SurrogateLearner(SpikingNet(5), seed=seed)
        points = yin_yang(20)
        grid = LatencyCode(5e-3, 65e-3, 5e-3).grid(points.samples, dt=1e-3, n_steps=100)
        data = learner.data(grid, points.labels)
        tops = np.array([learner.look(data, i).membranes[-1].max(axis=0) for i in range(20)])
        assert (tops.max(axis=0) > 0).all()


def test_a_look_inside_tells_what_the_network_did() -> None:
    learner = SurrogateLearner(NET, Rule(), dtype="float64", seed=2)
    data = some(learner, 5)
    look = learner.look(data, 3)
    u, s = look.membranes[0], look.spikes[0]
    assert u.shape == s.shape == (61, 37)
    assert np.array_equal(s, u >= 1) and s.sum() > 0
    assert (u[1:][s[:-1] > 0] == 0).all()
    assert np.argmax(look.membranes[1].max(axis=0)) == learner.evaluate(data).predicted[3]
    assert np.abs(look.gradients[0]).max() > 0


def test_what_does_not_fit_is_refused() -> None:
    learner = SurrogateLearner(NET)
    points = yin_yang(5)
    with pytest.raises(ParameterError):
        learner.data(CODE.grid(points.samples, dt=1e-3, n_steps=62), points.labels)
    with pytest.raises(ParameterError):
        learner.data(CODE.grid(points.samples, dt=1e-3, n_steps=61), points.labels + 2)
    with pytest.raises(ParameterError):
        learner.data(CODE.grid(points.samples, dt=1e-3, n_steps=61), points.labels[:3])
    for wrong in (lambda: Rule("boxcar"), lambda: Rule(loss="mse"), lambda: Rule(beta=0), lambda: Bound(1, 1, power=3),
                  lambda: SpikingNet(0), lambda: SpikingNet(5, hidden=(0,)), lambda: SpikingNet(5, dt=0),
                  lambda: Adam(rate=0), lambda: Schedule(batch=0), lambda: Rule(dropout=1.0),
                  lambda: SurrogateLearner(NET, weight=np.zeros(3)),
                  lambda: SurrogateLearner(NET, dtype="int8")):  # fmt: skip
        with pytest.raises(ParameterError):
            wrong()


def test_learning_that_blows_up_says_so() -> None:
    learner = SurrogateLearner(NET, Rule(loss="mean"))
    with pytest.raises(ParameterError, match="smaller learning rate"):
        list(fit(learner, some(learner), Schedule(40, batch=4, adam=Adam(1e37, rate_decay=1.0))))


def test_initial_weights_are_scaled_by_what_a_spike_does() -> None:
    net = SpikingNet(2000, 3, (100,), tau_mem=12e-3, tau_syn=4e-3)
    weight = net.matrices(Start(0.5, 0.8).draw(net, 1))[0][0] * net.psp_peak()
    assert (weight.mean(), weight.std()) == pytest.approx((0.5, 0.8), rel=0.01)
    a, b = np.exp(-1 / 4), np.exp(-1 / 12)
    u, i, top = 0.0, 1.0, 0.0
    for _ in range(100):
        u, i = b * u + i, a * i
        top = max(top, u)
    assert net.psp_peak() == pytest.approx(top, rel=1e-12)
