"""The learner over exact spike times: its gradient, its steps, its pushes, and that it learns."""

from __future__ import annotations

import numpy as np
import pytest
from differences import by_differences

from luiapp.errors import ParameterError
from luiapp.train.codes import LatencyCode
from luiapp.train.datasets import yin_yang
from luiapp.train.event.eventprop import EventPropSpec
from luiapp.train.event.first_spike import FirstSpikeSpec
from luiapp.train.event.learner import LOSSES, Spec, TimingLearner, TimingRule, TimingStart
from luiapp.train.optimise import Adam, AdamState

SPECS: tuple[Spec, ...] = (
    FirstSpikeSpec((4, 8, 3), delays="axonal"),
    FirstSpikeSpec((4, 8, 3), delays="inputs"),
    FirstSpikeSpec((4, 8, 3), tau_mem=1.0, delays="synaptic", biases=(0.9, 0.9)),
    EventPropSpec((4, 20, 3), tau_mem=2.0),
)
STARTS = (TimingStart(), TimingStart(), TimingStart(((1.5, 1.0), (1.0, 1.0))), TimingStart(((3.0, 2.0), (1.0, 1.0))))
STARTED = tuple(zip(SPECS, STARTS, strict=True))
CODE = LatencyCode(0.15, 2.0)


def samples(n: int, seed: int = 42) -> tuple[np.ndarray, np.ndarray]:
    drawn = yin_yang(n, seed)
    return CODE.times(drawn.samples), drawn.labels


@pytest.mark.parametrize(("spec", "start"), STARTED)
@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_of_the_loss_equals_finite_differences(spec: Spec, start: TimingStart, loss: str) -> None:
    """All parameters as one array, through whichever network and loss."""
    rule = TimingRule(loss=loss, limit=None)  # type: ignore[arg-type]
    learner = TimingLearner(spec, rule, start=start, seed=1)
    times, labels = samples(40)
    chosen = [k for k in range(40) if _calm(learner, times[k : k + 1], labels[k : k + 1])]
    data = learner.data(times[chosen], labels[chosen])
    assert len(chosen) >= 4
    _, gradient = learner.loss_and_gradient(data)
    numeric = by_differences(lambda: learner.evaluate(data).loss, learner.weight, 1e-6)
    np.testing.assert_allclose(gradient, numeric, rtol=2e-6, atol=2e-6 * np.abs(numeric).max())


def _calm(learner: TimingLearner, times: np.ndarray, labels: np.ndarray) -> bool:
    """No grazing threshold, which would make the gradient of the sample large."""
    gradient = learner.loss_and_gradient(learner.data(times, labels))[1]
    return bool(0.0 < np.abs(gradient).max() < 3.0)


@pytest.mark.parametrize(("spec", "start"), STARTED)
def test_one_step_of_adam_moves_every_taught_parameter_by_the_rate(spec: Spec, start: TimingStart) -> None:
    learner = TimingLearner(spec, TimingRule(push=0.0), start=start, seed=2)
    before = learner.weight.copy()
    data = learner.data(*samples(50))
    learner.learn(data, np.arange(50), Adam(rate=1e-3), AdamState.empty(len(before)))
    taught = np.abs(learner.gradient) > 1e-5
    assert taught.sum() > 20
    np.testing.assert_allclose((learner.weight - before)[taught], -1e-3 * np.sign(learner.gradient)[taught], rtol=1e-2)


@pytest.mark.parametrize("spec", SPECS)
def test_silent_neurons_are_pushed_until_they_fire(spec: Spec) -> None:
    learner = TimingLearner(spec, TimingRule(push=0.01), start=TimingStart(((0.1, 0.01), (0.1, 0.01))), seed=3)
    data = learner.data(*samples(30))
    assert (learner.evaluate(data).predicted == -1).all() and learner.evaluate(data).spikes == 0.0
    state = AdamState.empty(len(learner.weight))
    for _ in range(60):
        learner.learn(data, np.arange(30), Adam(rate=0.1, rate_decay=1.0), state)
    assert learner.evaluate(data).spikes > 4.0
    assert (learner.evaluate(data).predicted >= 0).all()
    still = TimingLearner(spec, TimingRule(push=0.0), start=TimingStart(((0.1, 0.01), (0.1, 0.01))), seed=3)
    before = still.weight.copy()
    still.learn(data, np.arange(30), Adam(rate=0.1), AdamState.empty(len(before)))
    np.testing.assert_array_equal(still.weight, before)


@pytest.mark.parametrize(("spec", "start"), STARTED)
def test_it_learns_and_equal_seeds_learn_alike(spec: Spec, start: TimingStart) -> None:
    """Few epochs with few neurons; a third would be chance."""
    accuracy = []
    for _ in range(2):
        learner = TimingLearner(spec, start=start, seed=5)
        data, state = learner.data(*samples(1000)), AdamState.empty(len(learner.weight))
        order = np.random.default_rng(0)
        for _ in range(15):
            for part in np.split(order.permutation(1000), 20):
                learner.learn(data, part, Adam(rate=0.03, rate_decay=1.0), state)
        accuracy.append((learner.evaluate(learner.data(*samples(500, 40))).accuracy, *learner.weight))
    assert accuracy[0][0] > 0.75
    assert accuracy[0] == accuracy[1]


def test_bad_input_is_named() -> None:
    learner = TimingLearner(SPECS[0])
    times, labels = samples(5)
    with pytest.raises(ParameterError, match="labels"):
        learner.data(times, labels[:4])
    with pytest.raises(ParameterError, match="class 3"):
        learner.data(times, np.array([0, 1, 2, 3, 0]))
    with pytest.raises(ParameterError, match="finite weights"):
        TimingLearner(SPECS[0], weight=np.zeros(3))
    with pytest.raises(ParameterError, match="sorrow"):
        TimingRule(loss="sorrow")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="margin"):
        TimingRule(margin=0.0)
