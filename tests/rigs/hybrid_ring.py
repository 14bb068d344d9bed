"""A ring of three simulated neurons and three boards, and the law that its one spike must keep. For tests."""

from __future__ import annotations

import time
from collections import deque
from itertools import pairwise

from luiapp.data.chunk import Chunk
from luiapp.link.adapter import Adapter
from luiapp.model.network import Network
from luiapp.rigs.hybrid import HybridRig
from luiapp.stream.source import Pulse

BOARDS = {"N4": 0, "N5": 1, "N6": 2}
# Trimmers with which one pulse makes one spike.
RELAY = {"r_vleak": 41e3, "r_leak": 3e3, "r_tsyn": 4e3, "r_w1": 500.0, "r_w2": 500.0}


def ring() -> Network:
    """N1 to N6, each exciting the next; dendrite 2 is free for a first push."""
    net = Network("lui", name="ring of six")
    for _ in range(6):
        net.neuron(None, **RELAY)
    for k in range(6):
        net.connect(k, (k + 1) % 6, synapse=0)
    return net


def table() -> Network:
    """What stands on the table: three boards, each exciting the next by a cable."""
    net = Network("lui", name="virtual")
    for _ in range(3):
        net.neuron(None, **RELAY)
    net.connect([0, 1], [1, 2], synapse=0)
    net.probe(range(3), "membrane")
    return net


def run(adapter: Adapter, seconds: float) -> tuple[list[tuple[float, int]], dict[str, int | float | str], list[Chunk]]:
    """Push the ring once, and listen: (time, neuron) of all spikes, counters, what was read."""
    rig = HybridRig(ring(), BOARDS, adapter)
    spikes: list[tuple[float, int]] = []
    chunks: deque[Chunk] = deque(maxlen=1000)  # the latest: a long run must not fill the memory
    pushed = 0.0
    until = time.monotonic() + 20
    try:
        while not pushed or time.monotonic() < pushed + seconds:
            chunk = rig.source.read(0.2)
            assert pushed or time.monotonic() < until, "the adapter didn't answer"
            if chunk is None or len(chunk.layout.neurons) < 6:
                continue
            chunks.append(chunk)
            spikes += zip(chunk.spike_times.tolist(), chunk.spike_neurons.tolist(), strict=True)
            if not pushed and sum(c.n_samples for c in chunks) > 1500:  # the adapter's clock is known
                rig.send(Pulse(0, 1))
                pushed = time.monotonic()
                spikes.clear()
        return spikes, rig.health(), list(chunks)
    finally:
        rig.close()


def breaks(spikes: list[tuple[float, int]]) -> int:
    """How often a spike isn't that of the next neuron, in the simulation and on the table; each on its own clock.

    On a laden computer the two clocks agree less well than a spike takes from one to the other. Both halves must have
    been passed equally often, to the round that is under way.
    """
    n = 0
    for half in ((0, 1, 2), (3, 4, 5)):
        order = [i for _, i in sorted(spikes) if i in half]
        n += sum(b != half[(half.index(a) + 1) % 3] for a, b in pairwise(order))
    simulated = sum(i < 3 for _, i in spikes)
    return n + max(0, abs(2 * simulated - len(spikes)) - 3)
