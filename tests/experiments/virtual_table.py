"""Adapters that aren't there, on a clock that runs as fast as it can, with random boards and wires behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from luiapp.data.chunk import Chunk
from luiapp.experiments.session import Session
from luiapp.link.adapter import Adapter
from luiapp.model.network import Network
from luiapp.rigs.adapter import AdapterRig, AdapterSource
from luiapp.rigs.virtual import VirtualDevice, VirtualTransport

N = 8


class Time:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class QuickRig(AdapterRig):
    """An adapter that isn't there, and `read`, which takes no time."""

    def __init__(self, network: Network) -> None:
        self.time = Time()
        self.device = VirtualDevice(network, clock=self.time)
        adapter = Adapter("virtual", opener=lambda path, baud: VirtualTransport(self.device), clock=self.time)
        source = AdapterSource([adapter], [network.n_neurons], clock=self.time)
        super().__init__([adapter], source=source)

    def read(self, _timeout: float) -> Chunk | None:
        self.time.now += 4e-3
        return self.source.read(0.0)


@contextmanager
def quick(network: Network, i_neuron: int = 0) -> Iterator[tuple[QuickRig, Session]]:
    """The rig and a session on it, once boards are there."""
    rig = QuickRig(network)
    try:
        while rig.read(0.0) is None:
            pass
        yield rig, Session(rig, i_neuron=i_neuron, read=rig.read, clock=rig.time)
    finally:
        rig.close()


def random_table(seed: int, wires: Callable[[np.random.Generator], int] | None = None, *, boards: int = N) -> Network:
    """Boards of random parts, trimmers, switches and noise, with 0 to 14 wires, some of them doubled."""
    rng = np.random.default_rng(seed)
    net = Network(model="lui")
    for k in range(boards):
        i = net.neuron(r_vleak=rng.uniform(32e3, 47e3) if rng.random() < 0.85 else rng.uniform(53e3, 58e3),
                       r_leak=rng.uniform(3e3, 15e3), r_tsyn=rng.uniform(1e3, 8e3), v_cell=rng.uniform(2.85, 3.1),
                       noise=1e-3)  # fmt: skip
        net.set_parameter(i, "parts_seed", 100 * seed + k + 1)
        for synapse in (1, 2, 3):
            net.set_parameter(i, f"r_w{synapse}", rng.uniform(1e3, 20e3))
            net.set_parameter(i, f"sign_{synapse}", rng.choice([1.0, 1.0, -1.0]))
    free = [(j, k) for j in range(boards) for k in range(3)]
    rng.shuffle(free)
    n = wires(rng) if wires is not None else int(rng.integers(0, 13))
    for j, k in free[:n]:
        net.connect(int(rng.choice([i for i in range(boards) if i != j])), j, synapse=k)
    net.probe(range(boards), "membrane")
    return net


def true_wires(net: Network) -> set[tuple[int, int, int]]:
    """(from, to, dendrite) of all wires."""
    every = net.connections
    return set(zip(every.pre.tolist(), every.post.tolist(), every.synapse.tolist(), strict=True))
