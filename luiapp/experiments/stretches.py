"""A recording cut at the moments when something was turned, so that each stretch has one set of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.data.measure import find_spikes
from luiapp.data.recording import Recording
from luiapp.errors import LuiError, ParameterError
from luiapp.model.network import Network


@dataclass(frozen=True)
class PulseEvent:
    """A pulse that went to the neuron: when, on which dendrite (0…2), how wide [s]."""

    time: float
    synapse: int
    width: float


@dataclass(frozen=True, repr=False)
class Stretch:
    """Part of a recording in which nothing was turned, as seen from one neuron.

    Attributes
    ----------
    start, stop : float
        In s.
    parameters : dict
        Of the neuron, by name; empty where the recording doesn't know them.
    time, v : (n,) float64
        Its membrane [s, V].
    spikes : (n,) float64
        In s.
    pulses : tuple of PulseEvent
    """

    start: float
    stop: float
    parameters: Mapping[str, float]
    time: NDArray[np.float64]
    v: NDArray[np.float64]
    spikes: NDArray[np.float64]
    pulses: tuple[PulseEvent, ...]

    def window(self, start: float, stop: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Time and membrane of a part [s, V], without what wasn't measured."""
        a, b = np.searchsorted(self.time, (start, stop))
        good = np.isfinite(self.v[a:b])
        return self.time[a:b][good], self.v[a:b][good]


def membrane_column(recording: Recording, i_neuron: int = 0) -> int:
    """The column with a neuron's membrane: probed as such, else the only one in volts that belongs to it."""
    traces = recording.layout.traces
    for wanted in ("membrane", "signal"):
        for i, trace in enumerate(traces):
            if trace.i_neuron == i_neuron and trace.quantity == wanted:
                return i
    raise ParameterError("the recording has no membrane of neuron {value}; it has {names}",
                         value=i_neuron, names=", ".join(t.name for t in traces))  # fmt: skip


def model_of(recording: Recording) -> str:
    """``"lui"`` or ``"lif"``, whichever was recorded; ``"lui"`` where nobody knows."""
    net = _network(recording)
    return "lui" if net is None else net.model


def stretches(recording: Recording, i_neuron: int = 0) -> list[Stretch]:
    """Cut where a parameter of the neuron changed; pieces without a sample are left out."""
    column = membrane_column(recording, i_neuron)
    time, v = recording.time, np.asarray(recording.samples[:, column], np.float64)
    layout, net = recording.layout, _network(recording)
    name = layout.neurons[i_neuron] if i_neuron < len(layout.neurons) else layout.traces[column].name
    spikes = recording.spike_train(i_neuron) if layout.neurons else find_spikes(time, v)
    pulses = pulse_events(recording, name)
    cuts: list[tuple[float, dict[str, float]]] = [(recording.t_start, _parameters(net, i_neuron))]
    for event in sorted(recording.events, key=lambda e: e.time):
        now = dict(cuts[-1][1])
        if event.kind == "parameter" and event.target == name and isinstance(event.value, int | float):
            now[event.name] = float(event.value)
        elif event.kind == "network" and isinstance(event.value, dict):
            now = _parameters(_read(event.value), i_neuron)
        else:
            continue
        if event.time <= cuts[-1][0]:
            cuts[-1] = (cuts[-1][0], now)
        else:
            cuts.append((event.time, now))
    found = []
    for k, (start, parameters) in enumerate(cuts):
        stop = cuts[k + 1][0] if k + 1 < len(cuts) else recording.t_start + recording.duration
        a, b = np.searchsorted(time, (start - 1e-9, stop - 1e-9))
        if b > a:
            chosen = spikes[(spikes >= start) & (spikes < stop)]
            within = tuple(p for p in pulses if start <= p.time < stop)
            found.append(Stretch(start, stop, parameters, time[a:b], v[a:b], chosen, within))
    return found


def pulse_events(recording: Recording, name: str) -> tuple[PulseEvent, ...]:
    """The pulses that a neuron got, as the recording's events tell."""
    pulses = []
    for event in sorted(recording.events, key=lambda e: e.time):
        if event.kind == "pulse" and event.target == name and isinstance(event.value, int | float):
            synapse = int(event.name) if event.name.isdigit() else 0
            pulses.append(PulseEvent(event.time, synapse, float(event.value)))
    return tuple(pulses)


def _network(recording: Recording) -> Network | None:
    return _read(recording.metadata.get("network"))


def _read(description: object) -> Network | None:
    if not isinstance(description, dict):
        return None
    try:
        return Network.from_dict(description)
    except LuiError:  # traces are worth measuring even where the description is damaged
        return None


def _parameters(net: Network | None, i_neuron: int) -> dict[str, float]:
    if net is None or i_neuron >= net.n_neurons:
        return {}
    return {p.name: float(net.parameter(p.name)[i_neuron]) for p in net.kind.parameters}
