"""LIF simulations against closed forms: responses below threshold, rates, orders of convergence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from luiapp.model.network import Network
from luiapp.model.stimulus import Ramp, Sine, SpikeTrain, Step
from luiapp.simulate import Options, run

EXACT = Options(samples="float64")
T_MEM, WEIGHT, T_EVENT = 20e-3, 0.4, 0.01


def _response(shape: str, t: NDArray[np.float64], tau_mem: float, tau: float) -> NDArray[np.float64]:
    """Textbook closed forms of the membrane's response to one event at t = 0."""
    t = np.maximum(t, 0.0)
    if shape == "delta":
        return WEIGHT * np.exp(-t / tau_mem)
    if tau == tau_mem:
        if shape == "exponential":
            return WEIGHT * t / tau * np.exp(-t / tau)
        return WEIGHT * math.e / 2 * (t / tau) ** 2 * np.exp(-t / tau)
    a = 1 / tau_mem - 1 / tau
    slow, fast = np.exp(-t / tau), np.exp(-t / tau_mem)
    if shape == "exponential":
        return WEIGHT / (tau_mem * a) * (slow - fast)
    return WEIGHT * math.e / (tau * tau_mem) * (t * slow / a - (slow - fast) / a**2)


@pytest.mark.parametrize("interpolate", [False, True])
@pytest.mark.parametrize("shape", ["exponential", "alpha", "delta"])
def test_response_is_the_closed_form(shape: str, interpolate: bool) -> None:
    net = Network(synapse_shape=shape)
    taus = [(T_MEM, 5e-3), (T_MEM, T_MEM), (50e-3, 80e-3), (8e-3, 2e-3)]  # every neuron has its own
    for receptor in (0, 1):
        for tau_mem, tau in taus:
            name = "tau_syn_1" if receptor else "tau_syn"
            i = net.neuron(tau_mem=tau_mem, v_leak=0.0, v_threshold=100.0, v_reset=-1.0, **{name: tau})
            net.stimulus(SpikeTrain((T_EVENT,)), to=i, synapse=receptor, weight=WEIGHT)
            net.probe(i)
    made = run(net, 0.1, options=Options(samples="float64", interpolate=interpolate))
    after = made.time > T_EVENT + 1e-9
    for column, (tau_mem, tau) in enumerate(taus * 2):
        expected = _response(shape, made.time[after] - T_EVENT, tau_mem, tau)
        assert np.abs(made.samples[after, column] / expected - 1).max() < 1e-9
    assert (made.samples[made.time < T_EVENT - 1e-9] == 0).all()


def test_synaptic_drive_is_the_closed_form() -> None:
    for shape in ("exponential", "alpha"):
        net = Network(synapse_shape=shape)
        i = net.neuron(tau_syn=7e-3, tau_syn_1=3e-3, v_threshold=100.0)
        net.stimulus(SpikeTrain((0.0,)), to=i, synapse=0, weight=WEIGHT)
        net.stimulus(SpikeTrain((0.0,)), to=i, synapse=1, weight=-WEIGHT)
        net.probe(i, "synapse")
        net.probe(i, "synapse_1")
        made = run(net, 0.03, options=EXACT)
        for column, (tau, weight) in enumerate(((7e-3, WEIGHT), (3e-3, -WEIGHT))):
            u = made.time / tau
            expected = weight * np.exp(-u) if shape == "exponential" else weight * u * np.exp(1 - u)
            np.testing.assert_allclose(made.samples[:, column], expected, rtol=1e-11, atol=1e-16)


def test_step_current_charges_the_membrane() -> None:
    net = Network()
    i = net.neuron(tau_mem=T_MEM, v_leak=0.1, r_leak=1e4, v_threshold=100.0)
    net.stimulus(Step(2e-5, start=0.01234567), to=i)  # begins between grid points
    net.probe(i)
    made = run(net, 0.1, options=Options(dt=1e-3, samples="float64"))
    # The step in which it begins has the right charge: what is left is at most (dt/tau_mem)²/8 of the amplitude.
    late = made.time > 0.02
    expected = 0.1 + 0.2 * -np.expm1(-(made.time[late] - 0.01234567) / T_MEM)
    assert np.abs(made.samples[late, 0] - expected).max() < 0.2 * (1e-3 / T_MEM) ** 2 / 8


@pytest.mark.parametrize("stimulus", [Sine(1e-5, 20.0, offset=1e-5, phase=0.3), Ramp(0.0, 3e-5, 0.01, 0.06)])
def test_currents_are_of_second_order(stimulus: Sine | Ramp) -> None:
    def membrane(dt: float) -> float:
        net = Network()
        net.probe(net.stimulus(stimulus, to=net.neuron(tau_mem=T_MEM, v_leak=0.0, v_threshold=100.0)) or 0)
        made = run(net, 0.05 + dt, options=Options(dt=dt, samples="float64"))
        return float(made.samples[round(0.05 / dt), 0])

    coarse, middle, fine = (membrane(dt) for dt in (2e-3, 1e-3, 0.5e-3))
    assert math.log2((coarse - middle) / (middle - fine)) == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("tau_ref", [0.0, 3.33e-3])
@pytest.mark.parametrize("drive", [1.6, 2.0, 5.0])
def test_rate_is_the_analytic_one(drive: float, tau_ref: float) -> None:
    net = Network()
    net.neuron(tau_mem=T_MEM, v_leak=drive, v_threshold=1.5, v_reset=0.2, tau_ref=tau_ref)
    made = run(net, 1.0, options=Options(interpolate=True))
    period = tau_ref + T_MEM * math.log((drive - 0.2) / (drive - 1.5))
    np.testing.assert_allclose(np.diff(made.spike_times), period, rtol=1e-11)
    on_grid = run(net, 1.0, options=Options(dt=1e-5)).spike_times
    assert 0 <= np.diff(on_grid).mean() - period < 1.1e-5 + 0.6e-5  # late by up to a step; tau_ref is rounded


def _spikes(dt: float, *, interpolate: bool) -> NDArray[np.float64]:
    """Three neurons in a ring and one stimulus, everything off every grid."""
    net = Network()
    for k in range(3):
        net.neuron(tau_mem=(21 + k) * 1e-3, tau_syn=4.1e-3, v_leak=0.6 + 0.1 * k, v_threshold=1.0, tau_ref=2.3e-3)
    for k in range(3):
        net.connect(k, (k + 1) % 3, weight=6.0, delay=3.14159e-3)
    net.stimulus(SpikeTrain((0.00271828,)), to=0, weight=6.0)
    return run(net, 0.058, options=Options(dt=dt, interpolate=interpolate)).spike_times


def test_order_of_convergence_of_spike_times() -> None:
    truth = _spikes(1e-3, interpolate=True)
    assert len(truth) >= 8
    errors = []
    for dt in (8e-5, 4e-5, 2e-5, 1e-5, 5e-6):
        found = _spikes(dt, interpolate=False)
        assert len(found) == len(truth)
        errors.append(np.abs(found - truth).mean())
    slope = np.polyfit(np.log2([16, 8, 4, 2, 1]), np.log2(errors), 1)[0]
    assert slope == pytest.approx(1.0, abs=0.25)  # on the grid: first order


@pytest.mark.parametrize("dt", [1.9e-3, 7e-4, 1e-4, 1.3e-5])
def test_interpolated_spike_times_do_not_depend_on_the_step(dt: float) -> None:
    assert np.abs(_spikes(dt, interpolate=True) - _spikes(1e-3, interpolate=True)).max() < 1e-12


def test_a_hump_between_grid_points_is_found() -> None:
    net = Network()
    net.neuron(tau_mem=1e-3, tau_syn=1e-3, v_leak=0.0, v_threshold=0.36, v_reset=-0.1)
    net.stimulus(SpikeTrain((0.0,)), to=0, weight=1.0)  # summit at 1 ms: 1/e = 0.3679
    exact = run(net, 0.04, options=Options(dt=4e-3, interpolate=True)).spike_times
    assert len(exact) == 1
    t = exact[0] / 1e-3
    assert t * math.exp(-t) == pytest.approx(0.36, rel=1e-12)
    assert 0 < t < 1


def test_refractory_time_holds_and_synapses_go_on() -> None:
    net = Network()
    i = net.neuron(tau_mem=T_MEM, tau_syn=50e-3, v_leak=0.0, v_threshold=0.5, v_reset=-0.2, tau_ref=10e-3)
    net.stimulus(SpikeTrain((0.01,)), to=i, weight=5.0)
    net.probe(i)
    net.probe(i, "synapse")
    made = run(net, 0.03, options=EXACT)
    n = round(made.spike_times[0] / 1e-4)
    assert (made.samples[n : n + 101, 0] == -0.2).all()  # from the spike to 100 steps later
    assert made.samples[n + 101, 0] > -0.2
    after = made.time > 0.0101
    np.testing.assert_allclose(made.samples[after, 1], 5.0 * np.exp(-(made.time[after] - 0.01) / 50e-3), rtol=1e-11)
