"""A stretch of a stream: samples, spikes and events that say themselves where they belong."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Trace:
    """One sampled analog signal: its name, unit, and the neuron it belongs to (−1: none).

    ``quantity`` is a probe's name (``"membrane"``, ``"synapse"``, ``"supply"``) or ``"signal"`` where that isn't known.
    """

    name: str
    unit: str = "V"
    quantity: str = "membrane"
    i_neuron: int = 0


@dataclass(frozen=True)
class Layout:
    """What the columns of a stream mean. A stream whose columns or rate change starts anew with another layout.

    Attributes
    ----------
    dt : float
        Sampling interval [s]. Sample i was taken at i·dt on the stream's clock.
    traces : tuple of Trace
        One per column.
    neurons : tuple of str
        Names; spikes refer to them by index.
    kind : str
        Where it comes from, for the badge: ``"sim"``, ``"board"``, ``"hybrid"``, ``"replay"`` or ``"chip"``.
    """

    dt: float
    traces: tuple[Trace, ...]
    neurons: tuple[str, ...]
    kind: str = "sim"


@dataclass(frozen=True)
class Event:
    """Something that happened at `time` [s]: a knob turned, a marker set, a cable pulled.

    ``kind`` is one of ``"parameter"`` (target: neuron, name, value), ``"network"`` (the circuit from here on:
    value is its description), ``"marker"`` (value 0–9 or a text), ``"pulse"`` and ``"kick"`` (stimuli by hand),
    ``"gap"`` (samples missing, value how many), ``"link"`` (a port came or went).
    """

    time: float
    kind: str
    target: str = ""
    name: str = ""
    value: Any = None


_NO_SPIKES = np.empty(0, np.float64)
_NO_SOURCES = np.empty(0, np.int32)


@dataclass(frozen=True)
class Chunk:
    """Consecutive samples of a stream.

    Attributes
    ----------
    layout : Layout
        The same object for all chunks of a stream until something changes.
    i_first : int
        Index of the first sample since the stream began. A jump is a gap: drawn as a gap and counted.
    samples : (n_samples, n_traces) float32
        In the units of ``layout.traces``; not-a-number where nothing was measured. (float64 from a simulation that
        was asked for it.)
    spike_times : (n_spikes,) float64
        In seconds on the stream's clock, sorted.
    spike_neurons : (n_spikes,) int32
        Index into ``layout.neurons``.
    events : tuple of Event
    """

    layout: Layout
    i_first: int
    samples: NDArray[np.float32]
    spike_times: NDArray[np.float64] = field(default_factory=_NO_SPIKES.copy)
    spike_neurons: NDArray[np.int32] = field(default_factory=_NO_SOURCES.copy)
    events: tuple[Event, ...] = ()

    @property
    def n_samples(self) -> int:
        return self.samples.shape[0]

    @property
    def i_end(self) -> int:
        """Index of the sample after the last."""
        return self.i_first + self.samples.shape[0]

    def until(self, i_end: int) -> Chunk:
        """The part before sample `i_end`; where the stream jumps over it, an empty chunk that ends there."""
        if self.i_end < i_end:
            return self
        t_end = i_end * self.layout.dt
        within = self.spike_times < t_end
        return replace(
            self,
            i_first=min(self.i_first, i_end),
            samples=self.samples[: max(0, i_end - self.i_first)],
            spike_times=self.spike_times[within],
            spike_neurons=np.asarray(self.spike_neurons)[within],
            events=tuple(e for e in self.events if e.time < t_end),
        )
