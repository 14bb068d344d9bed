"""Gradients from measurements: with the model's own spikes and readouts put in, they are the model's own."""

from __future__ import annotations

import numpy as np
import pytest

from luiapp.errors import ParameterError
from luiapp.train.codes import LatencyCode
from luiapp.train.datasets import yin_yang
from luiapp.train.surrogate.measured import Measured, MeasuredLearner
from luiapp.train.surrogate.network import Rule, SpikingNet


def case(hidden: tuple[int, ...], *, recurrent: bool, loss: str) -> tuple[MeasuredLearner, object, Measured]:
    net = SpikingNet(5, 3, hidden, recurrent, n_steps=60)
    learner = MeasuredLearner(net, Rule(loss=loss), seed=2, dtype="float64", fast=False)
    points = yin_yang(9, 5)
    data = learner.data(LatencyCode(2e-3, 40e-3, 2e-3).grid(points.samples, dt=1e-3, n_steps=60), points.labels)
    looks = [learner.look(data, i) for i in range(9)]
    spikes = np.stack([np.concatenate(one.spikes[:-1], axis=1) for one in looks]) > 0
    return learner, data, Measured(spikes, np.stack([one.membranes[-1] for one in looks]))


@pytest.mark.parametrize("loss", ["maximum", "mean", "last"])
@pytest.mark.parametrize(("hidden", "recurrent"), [((20,), False), ((12, 9), False), ((14,), True)], ids=str)
def test_with_its_own_spikes_it_is_the_model(hidden: tuple[int, ...], recurrent: bool, loss: str) -> None:
    learner, data, own = case(hidden, recurrent=recurrent, loss=loss)
    assert own.spikes.sum() > 20
    expected = learner.loss_and_gradient(data)
    outcome, gradient = learner.measured_gradient(data, np.arange(9), own)
    assert outcome.loss == pytest.approx(expected[0], rel=1e-12)
    assert np.abs(expected[1]).max() > 1e-4
    assert np.abs(gradient / 9 - expected[1]).max() < 1e-12
    assert outcome.spikes == pytest.approx(own.spikes.sum() / 9)


def test_the_loss_is_that_of_the_measured_readout() -> None:
    """A readout that is right by far has no loss; one that is wrong by far has its distance."""
    learner, data, own = case((20,), recurrent=False, loss="maximum")
    shown = np.zeros_like(own.membranes)
    shown[np.arange(9), 30, data.labels] = 40.0  # type: ignore[attr-defined]
    assert learner.measured_gradient(data, np.arange(9), own._replace(membranes=shown))[0].loss < 1e-9
    shown = np.zeros_like(own.membranes)
    shown[np.arange(9), 30, (data.labels + 1) % 3] = 40.0  # type: ignore[attr-defined]
    assert learner.measured_gradient(data, np.arange(9), own._replace(membranes=shown))[0].loss == pytest.approx(40)


def test_measured_membranes_far_from_threshold_teach_less() -> None:
    learner, data, own = case((20,), recurrent=False, loss="mean")
    shown = [own._replace(hidden=np.full(own.spikes.shape, x)) for x in (1.0, -3.0)]
    near, far = (np.abs(learner.measured_gradient(data, np.arange(9), one)[1][:100]).max() for one in shown)
    assert near / far == pytest.approx((10 * 4 + 1) ** 2, rel=1e-6)  # the surrogate at both places


def test_what_does_not_fit_is_told() -> None:
    learner, data, own = case((20,), recurrent=False, loss="maximum")
    with pytest.raises(ParameterError, match="shapes"):
        learner.measured_gradient(data, np.arange(8), own)
