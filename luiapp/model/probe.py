"""The wish to record a signal, part of the network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """Record `quantity` (a name from the neuron model's ``probes``, or ``"spikes"``) of neuron `i_neuron`."""

    i_neuron: int
    quantity: str
