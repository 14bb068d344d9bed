"""Training against PyTorch's automatic differentiation, float32, spikes and all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from luiapp.train.codes import LatencyCode
from luiapp.train.datasets import yin_yang
from luiapp.train.surrogate.learner import SurrogateLearner
from luiapp.train.surrogate.network import Rule, SpikingNet

pytestmark = pytest.mark.oracle


def _torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch is in the extra 'oracles'", exc_type=ImportError)


def _spike(torch: Any, kind: str, beta: float) -> Any:
    """A step whose derivative is a surrogate."""

    class Spike(torch.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return (x >= 0).to(x.dtype)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (x,) = ctx.saved_tensors
            size = x.abs()
            return (
                grad
                * {
                    "superspike": lambda: 1 / (1 + beta * size) ** 2,
                    "asymptotic": lambda: beta / (1 + beta * size) ** 2,
                    "sigmoid": lambda: torch.sigmoid(beta * x) * torch.sigmoid(-beta * x),
                    "arctan": lambda: 1 / (1 + (beta * x) ** 2),
                    "esser": lambda: torch.relu(1 - beta * size),
                    "triangular": lambda: beta * torch.relu(1 - beta * size),
                    "none": lambda: torch.zeros_like(x),
                }[kind]()
            )

    return Spike.apply


def _loss(torch: Any, net: SpikingNet, rule: Rule, weight: Any, x: Any, labels: Any) -> tuple[Any, Any]:
    """Mean loss and number of hidden spikes."""
    spike = _spike(torch, rule.surrogate, rule.beta)
    a, b = math.exp(-net.dt / net.tau_syn), math.exp(-net.dt / net.tau_mem)
    begin, n_in, incoming, n_spikes = 0, net.n_in, x.unbind(1), 0
    for depth, n in enumerate((*net.hidden, net.n_out)):
        last = depth == len(net.hidden)
        w = weight[begin : begin + n_in * n].reshape(n_in, n)
        begin += n_in * n
        loop = None
        if net.recurrent and not last:
            loop = weight[begin : begin + n * n].reshape(n, n)
            begin += n * n
        fires = not last or rule.loss == "first spike"
        u = i = torch.zeros(len(x), n)
        us, ss = [], []
        for inputs in incoming:
            s = spike(u - 1) if fires else torch.zeros_like(u)
            us.append(u)
            ss.append(s)
            u = (b * u + i) * (1 - (s if rule.attached else s.detach()))
            i = a * i + inputs @ w + (s @ loop if loop is not None else 0)
        if not last:
            n_spikes += torch.stack(ss).detach().sum()
        incoming, n_in = ss, n
    u, s = torch.stack(us, 1), torch.stack(ss, 1)
    score = {
        "maximum": lambda: u.max(1).values,
        "last": lambda: u[:, -1],
        "mean": lambda: u.mean(1),
        "first spike": lambda: -torch.cumprod(1 - s, 1).sum(1) * net.dt / rule.tau_loss,
    }[rule.loss]()
    return torch.nn.functional.cross_entropy(score, labels), n_spikes


CASES = [
    *((Rule(kind, beta), {}) for kind, beta in (
        ("superspike", 10.0), ("asymptotic", 5.0), ("sigmoid", 5.0), ("arctan", 5.0), ("esser", 0.7),
        ("triangular", 0.7), ("none", 1.0),
    )),
    *((Rule("superspike", 10.0, loss=loss), {}) for loss in ("last", "mean", "first spike")),
    (Rule("superspike", 10.0, attached=True), {}),
    (Rule("superspike", 10.0), {"recurrent": True}),
    (Rule("sigmoid", 5.0, attached=True, loss="mean"), {"recurrent": True, "hidden": (30, 20)}),
]  # fmt: skip


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize(("rule", "shape"), CASES, ids=str)
def test_gradients_equal_autograd(rule: Rule, shape: dict[str, Any], fast: bool) -> None:
    torch = _torch()
    torch.set_num_threads(1)
    net = SpikingNet(5, 3, **{"hidden": (50,), **shape})
    points = yin_yang(24, 5)
    grid = LatencyCode(5e-3, 65e-3, 5e-3).grid(points.samples, dt=1e-3, n_steps=100)
    learner = SurrogateLearner(net, rule, seed=8, fast=fast)
    data = learner.data(grid, points.labels)
    loss, gradient = learner.loss_and_gradient(data)
    weight = torch.tensor(learner.weight, requires_grad=True)
    theirs, n_spikes = _loss(torch, net, rule, weight, torch.tensor(grid.dense()), torch.tensor(points.labels))
    theirs.backward()
    assert int(n_spikes) == round(24 * learner.evaluate(data).spikes)  # the very same
    assert float(n_spikes) > 24 * 10
    assert loss == pytest.approx(theirs.item(), rel=1e-5)
    for ours, other in zip(net.matrices(gradient), net.matrices(weight.grad.numpy()), strict=True):
        for one, expected in zip(ours, other, strict=True):
            if one is not None and expected is not None:
                assert np.linalg.norm(one - expected) <= 1e-5 * np.linalg.norm(expected)
