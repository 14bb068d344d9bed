"""The backward pass is exact: with smooth spikes it equals finite differences of an independent forward pass."""

from __future__ import annotations

import numpy as np
import pytest
from surrogate_reference import losses

from luiapp.train.codes import LatencyCode
from luiapp.train.datasets import yin_yang
from luiapp.train.surrogate.learner import SurrogateLearner
from luiapp.train.surrogate.network import LOSSES, SURROGATES, Bound, Rule, SpikingNet, Start

LIVELY = Start(mean_in=0.8, spread_in=0.8, mean=0.9, spread=1.0, spread_loop=0.8)
BOUNDS = (
    Bound(7.0, 0.2, upper=False),
    Bound(5.0, 0.1, upper=True, power=1),
    Bound(9.0, 0.3, upper=False, power=1, population=True),
    Bound(2.0, 0.05, upper=True, population=True),
)
STEP = 1e-5


def errors(rule: Rule, *, recurrent: bool = False, hidden: tuple[int, ...] = (6, 5),
           tau_out: float | None = None) -> list[float]:  # fmt: skip
    """Of each matrix of weights: largest difference to a five-point finite difference, over the largest gradient."""
    net = SpikingNet(5, 3, hidden, recurrent, tau_mem=8e-3, tau_syn=5e-3, n_steps=24, tau_out=tau_out)
    one = SurrogateLearner(net, rule, start=LIVELY, seed=1, dtype="float64", smooth=True)
    points = yin_yang(3, 7)
    grid = LatencyCode(1e-3, 14e-3, 2e-3).grid(points.samples, dt=1e-3, n_steps=24)
    loss, gradient = one.loss_and_gradient(one.data(grid, points.labels))
    x = grid.dense().astype(np.float64)
    plain, spikes = losses(net, rule, one.weight[None], x, points.labels)
    assert loss == pytest.approx(plain[0], rel=1e-12)
    held = None if rule.attached else spikes
    moved = one.weight + STEP * np.concatenate([k * np.eye(net.n_parameters) for k in (-2, -1, 1, 2)])
    around = losses(net, rule, moved, x, points.labels, held)[0].reshape(4, -1)
    numeric = np.array([1, -8, 8, -1]) @ around / (12 * STEP)
    found = []
    for ours, theirs in zip(net.matrices(gradient), net.matrices(numeric), strict=True):
        for a, b in zip(ours, theirs, strict=True):
            if a is None or b is None:
                continue
            if rule.surrogate == "none" and np.abs(b).max() < 1e-10:  # nothing gets past a spike
                assert np.abs(a).max() == 0
                continue
            assert np.abs(b).max() > 1e-5, "the case is too tame to tell anything"
            found.append(float(np.abs(a - b).max() / np.abs(b).max()))
    return found


@pytest.mark.parametrize("recurrent", [False, True], ids=["forward", "recurrent"])
@pytest.mark.parametrize("attached", [False, True], ids=["detached", "attached"])
@pytest.mark.parametrize("surrogate", list(SURROGATES))
def test_gradients_equal_finite_differences(surrogate: str, attached: bool, recurrent: bool) -> None:
    """Of every weight. Detached means: as if the spikes that reset were given."""
    found = errors(Rule(surrogate, beta=0.8, attached=attached, loss="mean"), recurrent=recurrent)
    assert len(found) >= 1
    assert max(found) < 1e-7


@pytest.mark.parametrize("loss", list(LOSSES))
@pytest.mark.parametrize("hidden", [(), (7,), (4, 5, 3)], ids=str)
def test_every_loss_and_depth(loss: str, hidden: tuple[int, ...]) -> None:
    rule = Rule("superspike", beta=1.3, attached=True, loss=loss, tau_loss=10e-3)
    assert max(errors(rule, recurrent=True, hidden=hidden)) < 1e-7


def test_a_slower_readout() -> None:
    rule = Rule("superspike", beta=1.3, attached=True, loss="maximum")
    assert max(errors(rule, recurrent=True, tau_out=17e-3)) < 1e-7


@pytest.mark.parametrize("bound", BOUNDS, ids=str)
def test_every_bound_on_activity(bound: Bound) -> None:
    with_bound = Rule("arctan", beta=1.5, attached=True, loss="mean", bounds=(bound,))
    assert max(errors(with_bound)) < 1e-7
