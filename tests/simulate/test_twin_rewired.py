"""A circuit that is changed while it runs goes on as if nothing had happened to what stayed."""

from __future__ import annotations

import numpy as np
import pytest

from luiapp.model.library import EXAMPLES
from luiapp.model.network import Network
from luiapp.model.stimulus import Poisson
from luiapp.simulate.engine import Options
from luiapp.simulate.twin import TwinSimulation

OPTIONS = Options(dt=1e-4)


def lively() -> Network:
    """Two boards, each driven by Poisson pulses, the first driving the second."""
    net = Network(model="lui")
    a = net.neuron("A", r_vleak=55e3, parts_seed=3)
    b = net.neuron("B", r_vleak=50e3, parts_seed=4, noise=2e-3)
    net.connect(a, b, synapse=1)
    for k, neuron in enumerate((a, b)):
        net.stimulus(Poisson(20.0, seed=k), to=neuron, synapse=0)
    net.probe([0, 1])
    return net


@pytest.mark.parametrize("n_before", [0, 1, 777, 1234, 2345, 3456])
def test_taking_over_the_same_circuit_changes_nothing(n_before: int) -> None:
    straight = TwinSimulation(lively(), OPTIONS)
    straight.advance(n_before)
    expected = straight.advance(5000)

    first = TwinSimulation(lively(), OPTIONS)
    first.advance(n_before)
    second = TwinSimulation(lively(), OPTIONS)
    second.take_over(first)
    got = second.advance(5000)

    assert got.i_first == expected.i_first == n_before
    np.testing.assert_array_equal(got.samples, expected.samples)
    np.testing.assert_array_equal(got.spike_times, expected.spike_times)


def test_pulses_half_done_go_on_and_end() -> None:
    """With a pulse by hand under way, the potential rises as far as it would have without the change."""
    peaks = []
    for change in (False, True):
        net = Network(model="lui")
        net.neuron("A", r_vleak=20e3, r_w1=2e3)
        net.probe(0)
        simulation = TwinSimulation(net, OPTIONS)
        simulation.advance(100)
        simulation.pulse(0, 0, width=20e-3)
        simulation.advance(100)
        if change:
            net.neuron("B")
            successor = TwinSimulation(net, OPTIONS)
            successor.take_over(simulation)
            simulation = successor
        peaks.append(float(simulation.advance(10_000).samples[:, 0].max()))
    assert peaks[0] == peaks[1] > 0.7


def test_a_wire_cut_during_its_pulse_lets_go_of_the_dendrite() -> None:
    """Else the dendrite would stay driven for ever: its membrane returns to rest."""
    net = Network(model="lui")
    a, b = net.neuron("A", r_vleak=20e3), net.neuron("B", r_vleak=20e3)
    net.connect(a, b)
    net.probe([0, 1])
    simulation = TwinSimulation(net, OPTIONS)
    simulation.advance(20_000)
    rest = float(simulation.advance(1).samples[0, 1])
    simulation.kick(0)
    simulation.advance(50)
    cut = net.copy()
    cut.disconnect(0)
    successor = TwinSimulation(cut, OPTIONS)
    successor.take_over(simulation)
    assert abs(float(successor.advance(60_000).samples[-1, 1]) - rest) < 2e-3


def test_removing_one_of_a_ring_keeps_the_others_going() -> None:
    net = EXAMPLES["ring"].build()
    simulation = TwinSimulation(net, OPTIONS)
    before = simulation.advance(2000).samples[-1]
    smaller = net.copy()
    smaller.remove(0)
    successor = TwinSimulation(smaller, OPTIONS)
    successor.take_over(simulation)
    after = successor.advance(1)
    assert after.i_first == 2000
    assert np.abs(after.samples[0] - before[1:]).max() < 0.02
