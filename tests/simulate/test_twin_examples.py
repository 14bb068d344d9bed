"""The example networks do what their texts say, whatever the lot."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from luiapp.model.library import EXAMPLES
from luiapp.model.network import Network
from luiapp.simulate.twin import TwinOptions, TwinSimulation

LOTS = [1 + 10 * k for k in range(25)]


def spikes(net: Network, duration: float = 4.0) -> list[np.ndarray]:
    chunk = TwinSimulation(net, TwinOptions(record_every=10)).advance(round(duration * 1000))
    return [chunk.spike_times[chunk.spike_neurons == i] for i in range(net.n_neurons)]


@pytest.mark.parametrize("key", EXAMPLES)
def test_every_board_is_its_own_and_probed(key: str) -> None:
    net = EXAMPLES[key].build()
    seeds = net.parameter("parts_seed")
    assert (seeds > 0).all() and len(set(seeds)) == net.n_neurons
    assert [(p.i_neuron, p.quantity) for p in net.probes] == [(i, "membrane") for i in range(net.n_neurons)]
    places = [p for p in net.positions if p is not None]
    gaps = [np.hypot(a[0] - b[0], 1.7 * (a[1] - b[1])) for i, a in enumerate(places) for b in places[:i]]
    assert len(places) == net.n_neurons and min(gaps, default=300) > 250
    assert Network.from_dict(net.to_dict()).to_dict() == net.to_dict()


@pytest.mark.parametrize("key", EXAMPLES)
def test_it_does_what_it_claims_for_at_least_nineteen_lots_in_twenty(key: str) -> None:
    one = EXAMPLES[key]
    lots = [1001 + 16 * k for k in range(20)]  # not those that the settings were chosen with
    faults = {}
    for lot in lots:
        net = one.build(lot)
        found = one.faults(dict(zip(net.names, spikes(net, one.duration), strict=True)))
        if found:
            faults[lot] = found
    assert len(faults) <= 1, faults


@pytest.mark.parametrize("lot", LOTS)
def test_single_fires_regularly(lot: int) -> None:
    (train,) = spikes(EXAMPLES["single"].build(lot), 6.0)
    intervals = np.diff(train)
    assert 1.0 <= 1 / intervals.mean() <= 4.0
    # The supply steps with the LEDs, so intervals of one board agree to far better than a sample.
    assert np.ptp(intervals) < 1e-6


def test_single_pulses_are_seen() -> None:
    for lot in LOTS:
        net = EXAMPLES["single"].build(lot)
        net.set_parameter(0, "r_vleak", 30e3)  # quiet, to see the pulse alone
        for synapse, sign in ((0, 1), (1, 1), (2, -1)):
            sim = TwinSimulation(net)
            before = sim.advance(1).samples[0, 0]
            sim.pulse(0, synapse, width=15.9e-3)
            v = sim.advance(3000).samples[:, 0] - before
            assert 0.08 < sign * v[np.abs(v).argmax()] < 0.9


@pytest.mark.parametrize("lot", LOTS)
def test_each_spike_of_a_makes_b_fire_once(lot: int) -> None:
    a, b = spikes(EXAMPLES["pair"].build(lot))
    _one_for_one(a, b)


def _one_for_one(a: np.ndarray, b: np.ndarray) -> None:
    a = a[a < 3.8]
    b = b[: len(a)] if len(b) - len(a) in (0, 1) else b  # the last may still come
    assert len(a) >= 2 and len(a) == len(b)
    assert ((b - a > 0.005) & (b - a < 0.08)).all()


@pytest.mark.parametrize("lot", LOTS)
def test_a_spike_runs_down_the_chain(lot: int) -> None:
    trains = spikes(EXAMPLES["chain"].build(lot))
    for a, b in itertools.pairwise(trains):
        _one_for_one(a, b)


@pytest.mark.parametrize("lot", LOTS)
def test_a_spike_runs_round_the_ring(lot: int) -> None:
    trains = spikes(EXAMPLES["ring"].build(lot))
    every = sorted((t, i) for i, train in enumerate(trains) for t in train)
    order = [i for _, i in every]
    assert order == [k % 7 for k in range(len(order))], "one spike at a time, from board to board"
    assert every[0][0] > 0.2 and every[-1][0] > 3.9, "it starts with the push and never dies"
    assert len(order) > 70


@pytest.mark.parametrize("lot", LOTS)
def test_inhibition_delays(lot: int) -> None:
    net = EXAMPLES["inhibition"].build(lot)
    a, b = spikes(net, 8.0)
    net.disconnect(0)
    same_a, alone = spikes(net, 8.0)
    assert np.array_equal(a, same_a)
    assert len(a) >= 6 and len(alone) >= 6
    assert 0.3 * len(alone) < len(b) < 0.8 * len(alone), "it is held back, and fires nevertheless"
