"""Example networks of Lu.i boards, ready to run: each does what it says whatever the lot its parts come from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from luiapp.model.network import Network
from luiapp.model.stimulus import spike_train
from luiapp.texts import mark

_PITCH = 300.0  # between boards on the bench; a board is about 200 wide
_OVAL = (400.0, 185.0)  # half axes of a ring of seven: as wide as a bench is, so that its boards are large

# Trimmers [Ω], chosen to hold for the parts of 100 lots and more. A quiet board answers one pulse with one spike.
_OWN_RHYTHM = {"r_vleak": 55.5e3, "r_leak": 10.5e3, "r_tsyn": 5e3}  # leak above the threshold, tau_mem about 230 ms
_ONE_FOR_ONE = {
    "r_vleak": 41e3,
    "r_leak": 3e3,
    "r_tsyn": 4e3,
    "r_w1": 500.0,
}  # 22 ms later


@dataclass(frozen=True)
class Example:
    """A network to start from.

    Attributes
    ----------
    key : str
        Its name in `EXAMPLES` and on the command line.
    title, about : str
        For people; to be translated where they are shown.
    make : callable
        Builds the network from the lot number of its first board; see `build`.
    """

    key: str
    title: str
    about: str
    make: Callable[[int], Network]

    def build(self, lot: int = 1) -> Network:
        """A new network; its boards are made of the parts of lots `lot`, `lot` + 1, …, so that no two are equal."""
        return self.make(lot)


def _finish(net: Network, lot: int) -> Network:
    for i in range(net.n_neurons):
        net.set_parameter(i, "parts_seed", lot + i)
    net.probe(range(net.n_neurons), "membrane")
    return net


def _single(lot: int) -> Network:
    net = Network(model="lui", name="single")
    net.neuron(None, position=(0.0, 0.0), r_w1=8e3, r_w2=3e3, r_w3=6e3, sign_3=-1, **_OWN_RHYTHM)
    return _finish(net, lot)


def _pair(lot: int) -> Network:
    net = Network(model="lui", name="pair")
    a = net.neuron("A", position=(0.0, 0.0), **_OWN_RHYTHM)
    b = net.neuron("B", position=(_PITCH, 0.0), **_ONE_FOR_ONE)
    net.connect(a, b, synapse=0)
    return _finish(net, lot)


def _chain(lot: int) -> Network:
    net = Network(model="lui", name="chain")
    net.neuron(None, position=(0.0, 0.0), **_OWN_RHYTHM)
    for i in range(1, 5):
        net.connect(i - 1, net.neuron(None, position=(i * _PITCH, 0.0), **_ONE_FOR_ONE), synapse=0)
    return _finish(net, lot)


def _ring(lot: int) -> Network:
    n, net = 7, Network(model="lui", name="ring")
    for i in range(n):
        angle = 2 * math.pi * i / n - math.pi / 2
        net.neuron(None, position=(round(_OVAL[0] * math.cos(angle), 1), round(_OVAL[1] * math.sin(angle), 1)),
                   r_w2=500.0, **_ONE_FOR_ONE)  # fmt: skip
    for i in range(n):
        net.connect(i, (i + 1) % n, synapse=0)
    net.stimulus(spike_train([0.2]), to=0, synapse=1)
    return _finish(net, lot)


def _inhibition(lot: int) -> Network:
    net = Network(model="lui", name="inhibition")
    a = net.neuron("A", position=(0.0, 0.0), **_OWN_RHYTHM)
    b = net.neuron("B", position=(_PITCH, 0.0), r_vleak=58e3, r_leak=5e3, r_tsyn=5e3, r_w1=500.0, sign_1=-1)
    net.connect(a, b, synapse=0)
    return _finish(net, lot)


_ALL = (
    Example("single", mark("One neuron"),
            mark("One board fires by itself, about one to three times a second. Its membrane charges, reaches the "
                 "threshold and is reset."), _single),
    Example("pair", mark("A drives B"),
            mark("A fires by itself and its output is plugged into B. Each spike of A makes B fire once."), _pair),
    Example("chain", mark("Chain of five"),
            mark("Five boards in a row; only the first fires by itself. Each of its spikes runs down the row."),
            _chain),
    Example("ring", mark("Ring of seven"),
            mark("Seven boards in a circle, none of which fires by itself. One push at the start, and a spike runs "
                 "round and round."), _ring),
    Example("inhibition", mark("A holds B back"),
            mark("Both boards fire by themselves, and A is plugged into an inhibitory dendrite of B. Each spike of A "
                 "pulls B down and delays its next spike."), _inhibition),
)  # fmt: skip
EXAMPLES: dict[str, Example] = {example.key: example for example in _ALL}
