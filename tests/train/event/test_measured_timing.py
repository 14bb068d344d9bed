"""Gradients from measured first spikes: with the network's own spikes put in, they are its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from luiapp.errors import ParameterError
from luiapp.train.datasets import yin_yang
from luiapp.train.event.first_spike import FirstSpikeSpec
from luiapp.train.event.measured import LEAST_SLOPE, MeasuredTimingLearner
from luiapp.train.event.task import eventprop_task, first_spike_task

POINTS = yin_yang(40, 3)


def learner(tau_mem: float) -> tuple[MeasuredTimingLearner, object]:
    task = first_spike_task(20, seed=2)
    spec: FirstSpikeSpec = replace(task.spec, tau_mem=tau_mem)  # type: ignore[arg-type]
    one = MeasuredTimingLearner(spec, task.rule, start=task.start, seed=2)
    return one, one.data(task.code.times(POINTS.samples), POINTS.labels)


@pytest.mark.parametrize("tau_mem", [1.0, 2.0])
def test_with_its_own_spikes_it_is_the_network(tau_mem: float) -> None:
    one, data = learner(tau_mem)
    passes = one.network.run(data.times)  # type: ignore[attr-defined]
    slopes = np.concatenate([part.slopes[np.isfinite(part.spikes)] for part in passes])
    assert np.isfinite(passes[0].spikes).mean() > 0.5
    expected = one.loss_and_gradient(data)
    found = one.measured_gradient(data, np.arange(40), [part.spikes for part in passes])
    assert found.loss == pytest.approx(expected[0], rel=1e-12)
    scale = np.abs(expected[1]).max()
    assert scale > 1e-3
    if slopes.min() > LEAST_SLOPE:
        assert np.abs(one.gradient - expected[1]).max() < 1e-9 * scale
    else:  # a few grazing spikes have a smaller slope than is allowed here
        assert np.median(np.abs(one.gradient - expected[1])) < 1e-6 * scale


def test_networks_that_it_cannot_teach_are_refused() -> None:
    task = eventprop_task(10)
    other = MeasuredTimingLearner(task.spec, task.rule, start=task.start)
    data = other.data(task.code.times(POINTS.samples), POINTS.labels)
    with pytest.raises(ParameterError, match="first spikes"):
        other.measured_gradient(data, np.arange(2), [])
    one, own = learner(1.0)
    with pytest.raises(ParameterError, match="2 layers"):
        one.measured_gradient(own, np.arange(2), [])
