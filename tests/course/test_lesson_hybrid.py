"""The lesson on real and virtual, done by the robot on simulated neurons and a virtual table, joined by an adapter."""

from __future__ import annotations

import time

import pytest

from luiapp.course.library import circuit, find_lesson
from luiapp.course.reading import read_lesson
from luiapp.course.robot import Robot
from luiapp.model.network import Network
from luiapp.rigs.hybrid import HybridRig
from luiapp.rigs.virtual import virtual_adapter
from luiapp.stream.source import Kick

REAL = ("N3", "N6")


def table(network: Network) -> Network:
    """The boards of `REAL` alone, as they are set in the whole circuit."""
    net = Network("lui", name="virtual")
    for name in REAL:
        i = network.index(name)
        net.neuron(None, **{p.name: float(network.parameter(p.name)[i]) for p in network.kind.parameters})
    net.probe(range(len(REAL)), "membrane")
    return net


@pytest.mark.slow
def test_a_robot_passes_with_half_of_the_ring_on_a_table() -> None:
    folder = find_lesson("18")
    lesson, lot = read_lesson(folder), 1
    network = circuit(lesson, folder, lot)
    rig = HybridRig(network, {name: place for place, name in enumerate(REAL)}, virtual_adapter(table(network)))
    try:
        pushed, until = False, time.monotonic() + 30
        n_round = 0
        while n_round < 5:  # a computer that is slow to start may have lost the spike at the first board
            assert time.monotonic() < until, "the ring doesn't run"
            chunk = rig.source.read(0.2)
            if chunk is not None and "N6" in chunk.layout.neurons:
                n_round += int((chunk.spike_neurons == chunk.layout.neurons.index("N6")).sum())
                if not pushed and not n_round and chunk.i_first * chunk.layout.dt > 2:
                    rig.send(Kick(rig.network.index("N1")))
                    pushed = True
        outcome = Robot(lesson, rig).run()
        assert outcome.messages == []
        spikes = [t for c in outcome.chunks for t in c.spike_times]
        assert len(spikes) > 200 and {"N3", "N6"} <= set(outcome.chunks[-1].layout.neurons)
        health = rig.health()
        assert health["lost_spikes"] == 0 and float(health["delay_ms"]) > 0, "spikes crossed the bridge both ways"
    finally:
        rig.close()
