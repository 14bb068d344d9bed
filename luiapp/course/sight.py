"""What the checks of a lesson look at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from luiapp.data.analysis import level
from luiapp.data.recording import Recording
from luiapp.model.network import Network


@dataclass(frozen=True)
class Sight:
    """What a check looks at: the latest stretch of the stream, and the circuit where it is known."""

    recording: Recording
    network: Network | None = None
    readings: Mapping[str, Mapping[str, float | str]] = field(default_factory=dict)  # of pages and experiments, by name

    @property
    def start(self) -> float:
        """Time of the first sample [s]."""
        return self.recording.t_start

    @property
    def end(self) -> float:
        """Time of the sample after the last [s]."""
        return self.recording.t_start + self.recording.duration

    def train(self, neuron: str) -> NDArray[np.float64]:
        """Spike times [s] of a neuron within the stretch."""
        times = self.recording.spike_train(neuron)
        return times[(times >= self.start) & (times < self.end)]

    def trace(self, neuron: str) -> NDArray[np.float64]:
        """(n,) the membrane of a neuron [V]; empty where it isn't measured."""
        found = self._trace_name(neuron)
        return np.empty(0) if found is None else np.asarray(self.recording.trace(found), np.float64)

    def _trace_name(self, neuron: str) -> str | None:
        layout = self.recording.layout
        index = layout.neurons.index(neuron) if neuron in layout.neurons else -1
        fits = [t.name for t in layout.traces if t.i_neuron == index and t.quantity in ("membrane", "signal")]
        return fits[0] if fits and index >= 0 else None

    def pulses(self, neuron: str) -> list[tuple[float, int]]:
        """(time [s], dendrite from 0) of the pulses that were given to a neuron, in order."""
        return sorted((e.time, int(e.name)) for e in self.recording.events
                      if e.kind == "pulse" and e.target == neuron and e.name.isdigit())  # fmt: skip

    def level(self, neuron: str) -> float:
        """Resting level [V]."""
        name = self._trace_name(neuron)
        return math.nan if name is None else level(self.recording, name)
