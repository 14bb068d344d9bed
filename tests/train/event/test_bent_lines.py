"""Derivatives of spikes where synaptic lines saturate, against finite differences of a solution by quadrature."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import brentq

from luiapp.errors import ParameterError
from luiapp.train.event.first_spike import FirstSpikeSpec
from luiapp.train.event.learner import TimedData, TimingLearner, TimingRule
from luiapp.train.event.measured import STRAIGHT, MeasuredTimingLearner

LINES = ((2.5, 1.5), (0.6, 0.3))
NODES, SHARE = np.polynomial.legendre.leggauss(16)
RULE = TimingRule("margin", 0.3, 0.01, limit=None, push=0.0)


def saturated(x: np.ndarray, bound: float, depth: float) -> np.ndarray:
    y = np.maximum(x - bound, 0.0)
    return x - y**2 / (y + depth)


def charge(length: float, x: np.ndarray, tau_mem: float, lines: tuple) -> float:
    """What lines at `x` add to a membrane in `length`; split where one comes back to its bound: there is a kink."""
    kinks = [math.log(a / b) for a, (b, _) in zip(x, lines, strict=True) if a > b]
    total = 0.0
    for a, b in pairwise(sorted({0.0, length, *(one for one in kinks if one < length)})):
        s = (a + b) / 2 + (b - a) / 2 * NODES
        now = x[:, None] * np.exp(-s)
        drive = saturated(now[0], *lines[0]) - saturated(now[1], *lines[1])
        total += (b - a) / 2 * float(np.sum(SHARE * drive * np.exp((s - length) / tau_mem))) / tau_mem
    return total


def spike(times: np.ndarray, weights: np.ndarray, tau_mem: float, lines: tuple) -> float:
    """The first crossing of 1, by quadrature from event to event."""
    begun, v, x = 0.0, 0.0, np.zeros(2)
    for i in [*(i for i in np.argsort(times) if np.isfinite(times[i])), None]:
        end = 6.0 if i is None else times[i]

        def over(t: float, v: float = v, x: np.ndarray = x) -> float:
            return v * math.exp(-t / tau_mem) + charge(t, x, tau_mem, lines) - 1.0

        grid = np.linspace(0.0, end - begun, 7)
        for a, b in pairwise(grid):
            if over(a) < 0.0 <= over(b):
                return begun + float(brentq(over, a, b, xtol=1e-14))
        v, x = over(end - begun) + 1.0, x * math.exp(begun - end)
        if i is not None:
            x[0 if weights[i] >= 0 else 1] += abs(weights[i])
        begun = end
    return math.inf


def layer(times: np.ndarray, weights: np.ndarray, tau_mem: float, lines: tuple) -> np.ndarray:
    return np.array([[spike(one, weights[:, j], tau_mem, lines) for j in range(weights.shape[1])] for one in times])


def case(tau_mem: float, delays: str = "none") -> tuple[MeasuredTimingLearner, TimedData]:
    random = np.random.default_rng(3)
    spec = FirstSpikeSpec((4, 3, 2), tau_mem=tau_mem, delays=delays, biases=(0.3, 0.4))
    shapes = {name: math.prod(shape) for name, shape in spec.shapes().items()}
    parts = [random.normal(1.6, 1.0, n) if name[0] == "w" else random.normal(0, 0.5, n) for name, n in shapes.items()]
    learner = MeasuredTimingLearner(spec, RULE, weight=np.concatenate(parts) * (2.2 if tau_mem == 2 else 1.4))
    return learner, learner.data(random.uniform(0.1, 1.5, (2, 4)), np.array([0, 1]))


def run(learner: MeasuredTimingLearner, data: TimedData) -> list[np.ndarray]:
    given, found = data.times, []
    for i in range(learner.network.spec.n_layers):
        weights = learner.network.parameters[f"weights_{i}"]
        found.append(layer(learner.network.arrivals(i, given), weights, learner.network.spec.tau_mem, learner.lines))
        given = found[-1]
    return found


@pytest.mark.parametrize(("tau_mem", "delays"), [(1.0, "none"), (2.0, "none"), (1.0, "inputs")])
def test_gradients_are_those_of_finite_differences(tau_mem: float, delays: str) -> None:
    learner, data = case(tau_mem, delays)
    learner.lines = LINES
    spikes = run(learner, data)
    assert np.isfinite(spikes[0]).mean() > 0.6
    assert np.isfinite(spikes[1]).all()
    straight = run_straight(learner, data)
    assert np.abs(straight - spikes[1]).max() > 0.03  # the saturation matters
    learner.measured_gradient(data, np.arange(2), spikes)
    found, weight = learner.gradient.copy(), learner.weight.copy()
    expected, step = np.zeros_like(found), 1e-5
    for k in range(len(weight)):
        losses = []
        for sign in (1, -1):
            learner.weight[:] = weight
            learner.weight[k] += sign * step
            losses.append(learner.measured_gradient(data, np.arange(2), run(learner, data)).loss)
        expected[k] = (losses[0] - losses[1]) / (2 * step)
    assert np.abs(expected).max() > 1e-3
    assert np.abs(found - expected).max() < 2e-5 * np.abs(expected).max() + 1e-7


def run_straight(learner: MeasuredTimingLearner, data: TimedData) -> np.ndarray:
    plain = TimingLearner(learner.spec, learner.rule, weight=learner.weight)
    return plain.network.run(data.times)[-1].out


@pytest.mark.parametrize("tau_mem", [1.0, 2.0])
def test_without_saturation_they_are_those_of_the_closed_form(tau_mem: float) -> None:
    learner, data = case(tau_mem)
    assert learner.lines == STRAIGHT
    plain = TimingLearner(learner.spec, RULE, weight=learner.weight)
    loss, gradient = plain.loss_and_gradient(data)
    passes = plain.network.run(data.times)
    outcome = learner.measured_gradient(data, np.arange(2), [one.spikes for one in passes])
    assert outcome.loss == pytest.approx(loss, rel=1e-12)
    assert np.abs(gradient).max() > 1e-3
    assert np.abs(learner.gradient - gradient).max() < 1e-9


def test_delays_behind_the_inputs_are_refused() -> None:
    spec = FirstSpikeSpec((4, 3, 2), tau_mem=1.0, delays="axonal")
    learner = MeasuredTimingLearner(spec, RULE)
    data = learner.data(np.full((1, 4), 0.5), np.array([0]))
    with pytest.raises(ParameterError, match="at the inputs"):
        learner.measured_gradient(data, np.arange(1), [np.ones((1, 3)), np.ones((1, 2))])
