"""First spikes in closed form: against roots found otherwise, a stepped simulation, and finite differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from differences import by_differences
from numpy.typing import NDArray
from scipy.special import lambertw

from luiapp.errors import ParameterError
from luiapp.kernels import event_first, event_lanes
from luiapp.train.event import losses
from luiapp.train.event.first_spike import DELAYS, FirstSpikeNetwork, FirstSpikeSpec

Floats = NDArray[np.float64]
RATIOS = (1.0, 2.0)


def drawn(spec: FirstSpikeSpec, seed: int) -> FirstSpikeNetwork:
    """A network of random weights of both signs, and random delays."""
    rng = np.random.default_rng(seed)
    draw = {name: rng.normal(1.2 if "weights" in name else 0.0, 1.0, shape) for name, shape in spec.shapes().items()}
    return FirstSpikeNetwork(spec, draw)


def kernel(since: Floats, tau_mem: float) -> Floats:
    late = np.maximum(since, 0.0)
    return late * np.exp(-late) if tau_mem == 1.0 else np.exp(-late / 2) - np.exp(-late)


def spikes_of(times: Floats, weights: Floats, tau_mem: float, delays: Floats | None = None) -> tuple[Floats, Floats]:
    found, slopes = np.empty((len(times), weights.shape[1])), np.empty((len(times), weights.shape[1]))
    event_first.first_spikes(
        times, weights, np.zeros((0, 0)) if delays is None else delays, 1.0, tau_mem == 2.0, found, slopes
    )
    return found, slopes


def test_rise_to_the_peak_is_the_principal_branch_of_lambert() -> None:
    ratios = np.concatenate([np.logspace(-12, 0, 400)[:-1], 1 - np.logspace(-6, -0.4, 200)])  # of threshold to peak
    found, slopes = spikes_of(np.zeros((1, 1)), (math.e / ratios)[None, :], 1.0)
    scipys = 1.0 + lambertw(-ratios / math.e).real
    # About the peak the root of v = threshold is known to about eps/y only.
    np.testing.assert_allclose(1.0 - found[0], scipys, rtol=1e-12, atol=2e-12)
    np.testing.assert_allclose(slopes[0], np.exp(scipys) * scipys / ratios, rtol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 30, 121])
def test_rows_are_sorted_lane_by_lane(n: int) -> None:
    keys = np.random.default_rng(n).integers(0, 50, (n, event_lanes.LANES))
    mixed = keys.ravel().copy()
    event_lanes.sort_rows(mixed, n)
    np.testing.assert_array_equal(mixed.reshape(keys.shape), np.sort(keys, axis=0))


def test_exponentials_and_logarithms_of_rows_are_those_of_the_library() -> None:
    random, n = np.random.default_rng(0), event_lanes.LANES
    work, bits = np.zeros(2 * n), np.zeros(2 * n, np.int64)
    for spread in (1e-9, 1.0, 700.0):
        work[:n] = random.uniform(-spread, spread, n)
        event_lanes.exp_row(work, bits, bits.view(np.float64))
        np.testing.assert_allclose(work[n:], np.exp(work[:n]), rtol=1e-15)
        work[:n] = work[n:].copy()
        event_lanes.log_row(work, bits, bits.view(np.float64))
        np.testing.assert_allclose(work[n:], np.log(work[:n]), rtol=1e-15, atol=1e-16)


@pytest.mark.parametrize("tau_mem", RATIOS)
@pytest.mark.parametrize("n_in", [1, 5, 20, 100])
@pytest.mark.parametrize("longest_delay", [0.0, 1.0])
def test_membrane_is_at_threshold_at_the_spike_and_never_before(
    tau_mem: float, n_in: int, longest_delay: float
) -> None:
    rng = np.random.default_rng(n_in)
    times = rng.uniform(0, 4, (60 if n_in < 10 else 10, n_in))
    times[rng.random(times.shape) < 0.1] = math.inf
    weights = rng.normal(4.0 / math.sqrt(n_in), 2.0, (n_in, 6))
    delays = rng.uniform(0, longest_delay, weights.shape) if longest_delay else None
    found, slopes = spikes_of(times, weights, tau_mem, delays)
    assert np.isfinite(found).mean() > 0.2
    for sample, j in np.ndindex(*found.shape):
        causal = np.isfinite(times[sample])
        arrivals = (times[sample] + (0.0 if delays is None else delays[:, j]))[causal]
        grid = np.linspace(0.0, min(found[sample, j], 30.0), 2001)
        membrane = kernel(grid[:, None] - arrivals, tau_mem) @ weights[causal, j]
        assert membrane[:-1].max() < 1.0
        if math.isfinite(found[sample, j]):
            h = 1e-6
            around = kernel(found[sample, j] + np.array([[-h], [0.0]]) - arrivals, tau_mem)
            before, at = around @ weights[causal, j]
            assert at == pytest.approx(1.0, abs=1e-11)
            assert (at - before) / h == pytest.approx(slopes[sample, j], rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("tau_mem", RATIOS)
def test_later_inputs_make_later_spikes_by_as_much(tau_mem: float) -> None:
    rng = np.random.default_rng(3)
    times, weights, delays = rng.uniform(0, 2, (50, 6)), rng.normal(1, 1, (6, 8)), rng.uniform(0, 1, (6, 8))
    found, _ = spikes_of(times, weights, tau_mem, delays)
    later, _ = spikes_of(times + 20.0, weights, tau_mem, delays)
    np.testing.assert_allclose(later, found + 20.0, rtol=0, atol=1e-10)


@pytest.mark.parametrize("tau_mem", RATIOS)
def test_the_kernel_without_its_compiler_says_the_same(tau_mem: float) -> None:
    rng = np.random.default_rng(4)
    times, weights = rng.uniform(0, 2, (10, 5)), rng.normal(1, 1, (5, 4))
    found, slopes = spikes_of(times, weights, tau_mem)
    plain, plain_slopes = np.empty_like(found), np.empty_like(slopes)
    event_first.first_spikes.py_func(times, weights, np.zeros((0, 0)), 1.0, tau_mem == 2.0, plain, plain_slopes)
    np.testing.assert_allclose(plain, found, rtol=1e-13)
    np.testing.assert_allclose(plain_slopes, slopes, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("tau_mem", RATIOS)
@pytest.mark.parametrize("delays", DELAYS)
def test_gradients_equal_finite_differences(tau_mem: float, delays: str) -> None:
    """Weights, delays and input times, two layers with bias: to 1e-6 relative where the spikes' order stays."""
    spec = FirstSpikeSpec((4, 9, 3), tau_mem=tau_mem, delays=delays, biases=(0.9, 1.3), longest_delay=1.5)
    network = drawn(spec, 5)
    rng = np.random.default_rng(6)
    times, h = rng.uniform(0.15, 2.0, (24, 4)), 1e-6
    passes = network.forward(times)
    # Not too near a grazing threshold, where finite differences themselves fail.
    steep = np.all([(np.isinf(p.spikes) | (p.slopes > 0.05)).all(axis=1) for p in passes], axis=0)
    times = times[steep & np.isfinite(passes[-1].out).any(axis=1)]
    assert len(times) >= 5
    passes = network.forward(times)
    errors = np.where(np.isfinite(passes[-1].out), rng.normal(size=passes[-1].out.shape), 0.0)
    gradients, by_time = network.backward(passes, errors)
    orders = [p.arrivals[:, :, None] < p.spikes[:, None, :] for p in passes]

    def loss() -> float:
        again = network.forward(times)
        if delays != "synaptic":
            for order, p in zip(orders, again, strict=True):
                assert ((p.arrivals[:, :, None] < p.spikes[:, None, :]) == order).all()
        out = again[-1].out
        return float(np.sum(errors[errors != 0.0] * out[errors != 0.0]))

    for array, gradient in [*((network.parameters[k], gradients[k]) for k in gradients), (times, by_time)]:
        numeric = by_differences(loss, array, h)
        assert np.abs(numeric).max() > 1e-3
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6 * np.abs(numeric).max())


@pytest.mark.parametrize("tau_mem", RATIOS)
@pytest.mark.parametrize("delays", DELAYS)
def test_a_stepped_simulation_arrives_at_the_same_times(tau_mem: float, delays: str) -> None:
    """The whole network, stepped by Euler's method: the distance falls with dt, and in proportion to it."""
    spec = FirstSpikeSpec((4, 6, 3), tau_mem=tau_mem, delays=delays, biases=(None, 0.9))
    network = drawn(spec, 11)
    times = np.random.default_rng(12).uniform(0.15, 2.0, (20, 4))
    passes = network.forward(times)
    exact = passes[-1].out
    steep = np.all([(np.isinf(p.spikes) | (p.slopes > 0.1)).all(axis=1) for p in passes], axis=0)
    distances = []
    for dt in (8e-3, 1e-3):
        stepped = _stepped(network, times, dt)
        both = np.isfinite(stepped) & np.isfinite(exact) & steep[:, None]
        assert both.sum() >= 6
        distances.append(np.median(np.abs(stepped[both] - exact[both])))
    # The few that differ in whether they fire at all only just reach the threshold, or only just don't.
    assert (np.isfinite(stepped) == np.isfinite(exact)).mean() > 0.95
    assert distances[1] < 3e-3
    assert 4.0 < distances[0] / distances[1] < 16.0


def _stepped(network: FirstSpikeNetwork, times: Floats, dt: float) -> Floats:
    spec = network.spec
    for layer in range(spec.n_layers):
        bias = spec.bias(layer)
        if bias is not None:
            times = np.column_stack([times, np.full(len(times), bias)])
        weights = network.parameters[f"weights_{layer}"]
        arrivals = np.broadcast_to(times[:, :, None], (*times.shape, weights.shape[1]))
        if spec.kind(layer) != "none":
            delay = network.delay(layer)
            arrivals = arrivals + (delay[:, None] if spec.kind(layer) == "axonal" else delay)
        v, i = np.zeros((len(times), weights.shape[1])), np.zeros((len(times), weights.shape[1]))
        fired = np.full(v.shape, math.inf)
        at_step = np.floor(arrivals / dt)
        for step in range(int(12.0 / dt)):
            now = step * dt
            due = at_step == step
            v += dt / spec.tau_mem * (i - v)
            i += -dt * i + (due * weights).sum(axis=1)
            fired = np.where((v >= spec.threshold) & np.isinf(fired), now + dt, fired)
        # A dendritic delay delays all inputs of a neuron by as much.
        times = fired
    return times


def test_silence_teaches_nothing_and_harms_nothing() -> None:
    network = FirstSpikeNetwork(FirstSpikeSpec((2, 3, 2)), {"weights_0": np.full((2, 3), 0.1)})
    passes = network.forward(np.array([[0.5, math.inf], [math.inf, math.inf]]))
    assert np.isinf(passes[-1].out).all()
    judged = losses.cross_entropy(passes[-1].out, np.array([0, 1]))
    assert judged.value == losses.SILENT_LOSS
    gradients, by_time = network.backward(passes, judged.errors)
    assert all((gradient == 0).all() for gradient in gradients.values()) and (by_time == 0).all()
    assert (losses.first(passes[-1].out) == -1).all()


@pytest.mark.parametrize("n_out", [1, 9])  # one by one, and all at once
def test_near_a_grazing_threshold_the_gradient_is_held_to_its_limit(n_out: int) -> None:
    weights = np.full((1, n_out), math.e * (1 + 1e-10))  # one input of weight e just reaches a threshold of 1
    weights[0, -1] = math.e * 2.0 if n_out > 1 else weights[0, 0]
    network = FirstSpikeNetwork(FirstSpikeSpec((1, n_out), tau_mem=1.0), {"weights_0": weights})
    passes = network.forward(np.array([[0.3]]))
    assert passes[-1].out[0, 0] == pytest.approx(1.3, abs=1e-4)
    free, _ = network.backward(passes, np.ones((1, n_out)))
    held, _ = network.backward(passes, np.ones((1, n_out)), limit=0.2)
    assert free["weights_0"][0, 0] < -1e3
    assert held["weights_0"][0, 0] == pytest.approx(-0.2)
    if n_out > 1:  # a steep one is left alone
        assert held["weights_0"][0, -1] == free["weights_0"][0, -1] > -0.2


@pytest.mark.parametrize("loss", [losses.cross_entropy, losses.margin])
def test_losses_equal_finite_differences(loss) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(8)
    times, labels = rng.uniform(0.5, 2.0, (12, 3)), rng.integers(0, 3, 12)
    times[0, (labels[0] + 1) % 3] = math.inf  # a silent wrong neuron
    times[1, labels[1]] = math.inf  # a silent label neuron
    settings = {"early_weight": 0.05} | ({"early_scale": 1.3} if loss is losses.cross_entropy else {})
    judged = loss(times, labels, **settings)
    h = 1e-6
    for index in np.ndindex(*times.shape):
        above, below = times.copy(), times.copy()
        above[index] += h
        below[index] -= h
        numeric = (loss(above, labels, **settings).value - loss(below, labels, **settings).value) / (2 * h)
        assert judged.errors[index] == pytest.approx(numeric, rel=1e-6, abs=1e-8)


def test_the_earlier_the_label_neuron_the_smaller_the_loss() -> None:
    label = np.array([1])
    times = np.array([[1.0, 0.5, 1.0]])
    for loss in (losses.cross_entropy, losses.margin):
        assert loss(times, label).value < loss(times[:, ::-1][:, [1, 0, 2]], label).value
    # Without a weight on earliness only differences of times matter to the margin.
    assert losses.margin(times, label).value == pytest.approx(losses.margin(times + 3.0, label).value)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"tau_mem": 1.5}, "1.5"),
        ({"delays": "long"}, "long"),
        ({"sizes": (4,)}, "4"),
        ({"biases": (0.1,)}, "1 biases"),
        ({"threshold": 0.0}, "threshold"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, object], named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        FirstSpikeSpec(**({"sizes": (4, 5, 3)} | settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "times", [np.full((2, 3), 0.5), np.full((2, 4), -0.5), np.full((2, 4), np.nan), np.full(4, 0.5)]
)
def test_bad_times_are_refused(times: Floats) -> None:
    with pytest.raises(ParameterError):
        FirstSpikeNetwork(FirstSpikeSpec((4, 5, 3))).forward(times)
