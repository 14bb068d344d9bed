"""EventProp: against finite differences, closed forms, another solver of the same equations, and a stepped one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from differences import by_differences
from numpy.typing import NDArray
from scipy.optimize import brentq

from luiapp.errors import ParameterError
from luiapp.kernels import event_adjoint
from luiapp.train.event.eventprop import EventPropNetwork, EventPropSpec
from luiapp.train.event.first_spike import FirstSpikeNetwork, FirstSpikeSpec

Floats = NDArray[np.float64]
# tau_mem and tau_syn: the usual, the two with closed forms, nearly equal, and a membrane faster than its synapse.
CONSTANTS = ((4.0, 1.0), (1.0, 1.0), (2.0, 1.0), (1.0 + 1e-7, 1.0), (0.7, 1.9))


def drawn(spec: EventPropSpec, seed: int, mean: float = 2.0) -> EventPropNetwork:
    rng = np.random.default_rng(seed)
    return EventPropNetwork(spec, {name: rng.normal(mean, 2.0, shape) for name, shape in spec.shapes().items()})


def response(since: Floats, tau_mem: float, tau_syn: float) -> Floats:
    late = np.maximum(since, 0.0)
    if tau_mem == tau_syn:
        return late / tau_mem * np.exp(-late / tau_mem)
    return tau_syn / (tau_mem - tau_syn) * (np.exp(-late / tau_mem) - np.exp(-late / tau_syn))


@pytest.mark.parametrize(("tau_mem", "tau_syn"), [c for c in CONSTANTS if c[0] != 1.0 + 1e-7])
def test_spikes_are_those_of_the_summed_responses(tau_mem: float, tau_syn: float) -> None:
    """Membrane as a sum of responses and resets, its crossings bracketed on a fine grid: the same spikes."""
    network = drawn(EventPropSpec((5, 8), tau_mem, tau_syn, output_spikes=0), 1, mean=3.0)
    weights = network.parameters["weights_0"]
    times = np.random.default_rng(2).uniform(0, 4, (6, 5))
    events = network.forward(times)[0].events
    assert len(events.time) > 1.3 * len(np.unique(events.neuron + 8 * np.repeat(np.arange(6), np.diff(events.first))))
    for sample in range(6):
        part = slice(events.first[sample], events.first[sample + 1])
        for j in range(8):
            own = _spikes(times[sample], weights[:, j], tau_mem, tau_syn)
            np.testing.assert_allclose(events.time[part][events.neuron[part] == j], own, rtol=0, atol=1e-9)


def _spikes(times: Floats, weights: Floats, tau_mem: float, tau_syn: float) -> list[float]:
    found: list[float] = []

    def membrane(t: float) -> float:
        resets = sum(math.exp(-(t - at) / tau_mem) for at in found)
        return float(response(t - times, tau_mem, tau_syn) @ weights) - resets - 1.0

    grid, at = np.linspace(0.0, 12.0, 2001), 0
    while at < len(grid) - 1:
        if membrane(grid[at + 1]) >= 0.0:
            begin = max(grid[at], found[-1] + 1e-9 if found else 0.0)
            found.append(brentq(membrane, begin, grid[at + 1], xtol=1e-13))
        at += 1
    return found


@pytest.mark.parametrize(("tau_mem", "tau_syn"), CONSTANTS)
def test_gradients_equal_finite_differences(tau_mem: float, tau_syn: float) -> None:
    """Two layers, several spikes a neuron, an error on every output spike; weights and input times."""
    network = drawn(EventPropSpec((4, 6, 3), tau_mem, tau_syn, output_spikes=0), 3, mean=2.5)
    network.parameters["weights_1"] *= 0.5 if tau_mem > tau_syn else 0.1  # else output spikes by the thousand
    rng = np.random.default_rng(4)
    times = rng.uniform(0, 3, (30, 4))
    every = network.forward(times)
    steep = [
        all(_steep(layer_pass, sample) for layer_pass in every) and np.diff(every[-1].events.first)[sample] > 0
        for sample in range(len(times))
    ]
    times = times[steep]
    passes = network.forward(times)
    events = passes[-1].events
    assert len(times) >= 5 and 3 * len(times) < len(events.time) < 1000 * len(times)
    errors = rng.normal(size=len(events.time))
    gradients, by_time = network.backward(passes, errors)
    h = 1e-6

    def loss() -> float:
        again = network.forward(times)
        for old, new in zip(passes, again, strict=True):
            np.testing.assert_array_equal(old.events.neuron, new.events.neuron)  # the order stayed
        return float(errors @ again[-1].events.time)

    for array, gradient in [*((network.parameters[k], gradients[k]) for k in gradients), (times, by_time)]:
        numeric = by_differences(loss, array, h)
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6 * np.abs(numeric).max())


def _steep(layer_pass: object, sample: int) -> bool:
    """No spike of the sample grazes the threshold or comes within finite differences of an input."""
    events, inputs = layer_pass.events, layer_pass.inputs  # type: ignore[attr-defined]
    part = slice(events.first[sample], events.first[sample + 1])
    arrivals = inputs.time[inputs.first[sample] : inputs.first[sample + 1]]
    apart = np.abs(arrivals[:, None] - events.time[part])
    return bool((events.current[part] > 1.1).all() and apart.min(initial=1.0) > 1e-4)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_first_spikes_and_their_gradients_equal_the_closed_forms(ratio: float) -> None:
    """One layer stopped after its first spikes is what the closed forms describe; so is a chain of such layers."""
    rng = np.random.default_rng(5)
    for n_in, n_out in ((5, 40), (40, 3)):
        weights, times = rng.normal(6.0 / math.sqrt(n_in), 1.0, (n_in, n_out)), rng.uniform(0, 2, (50, n_in))
        closed = FirstSpikeNetwork(FirstSpikeSpec((n_in, n_out), tau_mem=ratio), {"weights_0": weights})
        tau_syn = 5e-3  # the unit of time is free
        spec = EventPropSpec((n_in, n_out), ratio * tau_syn, tau_syn, until=40 * tau_syn)
        adjoint = EventPropNetwork(spec, {"weights_0": weights})
        one, other = closed.forward(times), adjoint.forward(times * tau_syn)
        assert np.isfinite(one[-1].out).mean() > 0.5
        np.testing.assert_allclose(other[-1].out / tau_syn, one[-1].out, rtol=0, atol=1e-7)
        steep = np.where(one[-1].slopes > 0.02, rng.normal(size=one[-1].out.shape), 0.0)
        gradients, by_time = closed.backward(one, steep)
        theirs, theirs_by_time = adjoint.backward(other, steep / tau_syn)
        np.testing.assert_allclose(theirs["weights_0"], gradients["weights_0"], rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(theirs_by_time * tau_syn, by_time, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(("tau_mem", "tau_syn"), [(4.0, 1.0), (1.0, 1.0)])
def test_a_stepped_simulation_arrives_at_the_same_spikes(tau_mem: float, tau_syn: float) -> None:
    network = drawn(EventPropSpec((4, 6), tau_mem, tau_syn, output_spikes=0), 7, mean=3.0)
    times = np.random.default_rng(8).uniform(0.1, 3.0, (10, 4))
    exact = network.forward(times)[0].events
    distances = []
    for dt in (2e-3, 5e-4):
        v, i, found = np.zeros((10, 6)), np.zeros((10, 6)), []
        for step in range(int(12.0 / dt)):
            due = np.floor(times / dt) == step
            v, i = v + dt / tau_mem * (i - v), i - dt / tau_syn * i + due @ network.parameters["weights_0"]
            found += [(sample, step * dt + dt, j) for sample, j in zip(*np.nonzero(v >= 1.0), strict=True)]
            v[v >= 1.0] = 0.0
        pairs = []
        for sample, j in np.ndindex(10, 6):
            part = slice(exact.first[sample], exact.first[sample + 1])
            own = exact.time[part][exact.neuron[part] == j]
            stepped = np.array([t for s, t, n in found if s == sample and n == j])
            if len(own) == len(stepped):
                pairs += list(np.abs(own - stepped))
        assert len(pairs) > 0.8 * len(exact.time)
        distances.append(float(np.median(pairs)))
    assert 2.5 < distances[0] / distances[1] < 6.0


def test_an_error_of_the_loss_reaches_the_first_spike_only() -> None:
    network = drawn(EventPropSpec((4, 6, 3), output_spikes=0), 3, mean=3.0)
    passes = network.forward(np.random.default_rng(1).uniform(0, 3, (5, 4)))
    assert len(passes[-1].events.time) > np.isfinite(passes[-1].out).sum()
    by_neuron = np.where(np.isfinite(passes[-1].out), 1.0, 0.0)
    by_spike = np.zeros(len(passes[-1].events.time))
    seen = set()
    for k in range(len(by_spike)):
        key = (int(np.searchsorted(passes[-1].events.first, k, side="right")), int(passes[-1].events.neuron[k]))
        by_spike[k] = key not in seen
        seen.add(key)
    for name, gradient in network.backward(passes, by_neuron)[0].items():
        np.testing.assert_array_equal(gradient, network.backward(passes, by_spike)[0][name])


def test_more_spikes_than_expected_find_room() -> None:
    network = EventPropNetwork(EventPropSpec((1, 2), output_spikes=0), {"weights_0": np.array([[300.0, 0.1]])})
    events = network.forward(np.array([[1.0]]))[0].events
    assert len(events.time) > 50 and (events.neuron == 0).all() and (np.diff(events.time) > 0).all()
    with pytest.raises(ParameterError, match="fires without end"):
        EventPropNetwork(EventPropSpec((1, 1), output_spikes=0), {"weights_0": np.array([[1e12]])}).forward(
            np.array([[1.0]])
        )


def test_silence_teaches_nothing() -> None:
    network = EventPropNetwork(EventPropSpec((2, 3, 2)), {"weights_0": np.full((2, 3), 0.1)})
    passes = network.forward(np.array([[0.5, math.inf], [math.inf, math.inf]]))
    assert np.isinf(passes[-1].out).all()
    gradients, by_time = network.backward(passes, np.ones((2, 2)))
    assert all((gradient == 0).all() for gradient in gradients.values()) and (by_time == 0).all()


def test_the_kernel_without_its_compiler_says_the_same() -> None:
    rng = np.random.default_rng(9)
    for v, i in zip(rng.uniform(-2, 1, 50), rng.uniform(0, 6, 50), strict=True):
        end = event_adjoint.on(v, i, 2.0, 4.0, 1.0)
        assert event_adjoint.on.py_func(v, i, 2.0, 4.0, 1.0) == pytest.approx(end, rel=1e-13)
        settings = (v, i, 2.0, *end, 4.0, 1.0, 1.0)
        assert event_adjoint.crossing.py_func(*settings) == pytest.approx(event_adjoint.crossing(*settings), rel=1e-12)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"tau_mem": 0.0}, "tau_mem"),
        ({"until": math.inf}, "until"),
        ({"sizes": (3,)}, "3"),
        ({"output_spikes": -1}, "output"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, object], named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        EventPropSpec(**({"sizes": (4, 5, 3)} | settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(("shape", "value"), [((2, 3), 0.5), ((2, 4), -0.5), ((2, 4), np.nan), ((2, 4), 13.0)])
def test_bad_times_are_refused(shape: tuple[int, ...], value: float) -> None:
    with pytest.raises(ParameterError):
        EventPropNetwork(EventPropSpec((4, 5, 3))).forward(np.full(shape, value))
