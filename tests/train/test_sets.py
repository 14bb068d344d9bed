"""A network is judged by what it learned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from luiapp.errors import ParameterError
from luiapp.train.codes import LatencyCode
from luiapp.train.digits import digits_task
from luiapp.train.event.task import eventprop_task, first_spike_task
from luiapp.train.sets import DIGITS, PAINTED, RANDMAN, YIN_YANG, painted_sets, sets_for, told_painting
from luiapp.train.store import Model, open_model, save_model
from luiapp.train.surrogate.network import SpikingNet
from luiapp.train.task import SurrogateTask, yin_yang_sets

POINTS, LABELS = np.array([[0.2, 0.3], [0.7, 0.6], [0.5, 0.5]]), np.array([0, 1, 1])


def model(task: object, **about: object) -> Model:
    return Model(task, np.zeros(task.n_parameters), about)  # type: ignore[attr-defined,arg-type]


@pytest.mark.parametrize("task", [SurrogateTask(), first_spike_task(10), eventprop_task(10)])
def test_who_does_not_tell_is_known_by_the_size(task: object) -> None:
    found = sets_for(model(task))
    assert found.name == YIN_YANG
    for ours, published in zip(found[:3], yin_yang_sets(), strict=True):
        assert np.array_equal(ours.samples, published.samples)


@pytest.mark.oracle
def test_digits_are_judged_by_digits() -> None:
    pytest.importorskip("sklearn")
    for about in ({}, {"data": DIGITS}):
        found = sets_for(model(digits_task(8), **about))
        assert found.name == DIGITS and found.test.samples.shape == (300, 64)


def test_manifolds_are_judged_by_manifolds() -> None:
    task = SurrogateTask(SpikingNet(20, 10, (8,)), LatencyCode(0.0, 50e-3))
    found = sets_for(model(task, data=RANDMAN))
    assert found.name == RANDMAN and [len(one.labels) for one in found[:3]] == [1400, 300, 300]
    assert len(np.unique(np.concatenate([one.samples for one in found[:3]]), axis=0)) == 2000, "no sample twice"


def test_painted_points_travel_with_their_network(tmp_path: Path) -> None:
    path = save_model(tmp_path / "a.npz", model(SurrogateTask(), **told_painting(POINTS, LABELS)))
    found = sets_for(open_model(path))
    assert found.name == PAINTED
    assert np.allclose(found.test.samples[:, :2], POINTS) and np.allclose(found.test.samples[:, 2:], 1 - POINTS)
    assert found.test.labels.tolist() == LABELS.tolist()
    # An epoch has as many samples as it needs, each point about as often as any other.
    counts = np.bincount(np.round(10 * found.train.samples[:, 0]).astype(int))
    assert counts[[2, 7, 5]].tolist() == [200, 200, 200]
    assert np.array_equal(found.train.samples, painted_sets(POINTS, LABELS)[0].samples)


def test_what_cannot_be_judged_is_told() -> None:
    odd = replace(SurrogateTask(), net=SpikingNet(8, n_out=2))
    with pytest.raises(ParameterError, match="7 inputs and 2 classes"):
        sets_for(model(odd))
    with pytest.raises(ParameterError, match="painted points, but"):
        sets_for(model(SurrogateTask(), data=PAINTED))
    with pytest.raises(ParameterError, match="painted points, but"):
        sets_for(model(SurrogateTask(), data=PAINTED, points=[[2.0, 0.1]], labels=[0]))
    with pytest.raises(ParameterError, match="damaged"):
        sets_for(model(odd, data=YIN_YANG))
