"""A recording: what came out, with all that is needed to understand it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Chunk, Event, Layout
from luiapp.errors import ParameterError


@dataclass(frozen=True, repr=False)
class Recording:
    """Traces, spikes and events of one stream.

    Attributes
    ----------
    layout : Layout
        Sampling interval, traces and neurons.
    samples : (n_samples, n_traces) float32 or float64
        In the units of ``layout.traces``; not-a-number in gaps, so that sample i is always at ``t_start + i·dt``.
    spike_times : (n_spikes,) float64
        Sorted [s], on the same clock as the samples.
    spike_neurons : (n_spikes,) int32
        Index into ``layout.neurons``.
    events : tuple of Event
    metadata : dict
        JSON-ready: ``network`` (its description), ``created``, ``software``, …
    i_first : int
        Index of the first sample on the stream's clock.
    """

    layout: Layout
    samples: NDArray[np.floating[Any]]
    spike_times: NDArray[np.float64]
    spike_neurons: NDArray[np.int32]
    events: tuple[Event, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    i_first: int = 0

    def __repr__(self) -> str:
        names = [trace.name for trace in self.layout.traces]
        shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
        return (
            f"<Recording: {self.duration:g} s at {1 / self.layout.dt:g} Hz, {len(names)} traces ({shown}), "
            f"{len(self.spike_times)} spikes of {len(self.layout.neurons)} neurons, {len(self.events)} events>"
        )

    @property
    def t_start(self) -> float:
        """Time of the first sample [s]."""
        return self.i_first * self.layout.dt

    @property
    def duration(self) -> float:
        """Length [s]."""
        return self.samples.shape[0] * self.layout.dt

    @property
    def time(self) -> NDArray[np.float64]:
        """(n_samples,) time of each sample [s]."""
        return (self.i_first + np.arange(self.samples.shape[0], dtype=np.float64)) * self.layout.dt

    def trace(self, name: str) -> NDArray[np.floating[Any]]:
        """The samples of one trace, shape (n_samples,)."""
        for i, one in enumerate(self.layout.traces):
            if one.name == name:
                return self.samples[:, i]
        raise ParameterError("there is no trace '{name}'; there are {names}",
                             name=name, names=", ".join(t.name for t in self.layout.traces))  # fmt: skip

    def spike_train(self, neuron: int | str) -> NDArray[np.float64]:
        """Spike times [s] of one neuron, by index or name."""
        if isinstance(neuron, str):
            if neuron not in self.layout.neurons:
                raise ParameterError("there is no neuron '{name}'; there are {names}",
                                     name=neuron, names=", ".join(self.layout.neurons))  # fmt: skip
            neuron = self.layout.neurons.index(neuron)
        return self.spike_times[self.spike_neurons == neuron]


def join(chunks: Iterable[Chunk], metadata: dict[str, Any] | None = None) -> Recording:
    """One recording from the chunks of a stream (all of one layout); gaps are filled with not-a-number.

    Raises
    ------
    ParameterError
        If there is no chunk, the layout changes on the way, or a chunk lies before its predecessor's end.
    """
    parts = list(chunks)
    if not parts:
        raise ParameterError("nothing was recorded")
    layout, i_first = parts[0].layout, parts[0].i_first
    n_total = parts[-1].i_end - i_first
    dtype = np.result_type(*{p.samples.dtype for p in parts})
    samples = np.full((n_total, len(layout.traces)), np.nan, dtype)
    end = i_first
    for part in parts:
        if part.layout != layout:
            raise ParameterError("the columns of the stream changed while it was recorded")
        if part.i_first < end:
            raise ParameterError("a piece of the stream came twice")
        samples[part.i_first - i_first : part.i_end - i_first] = part.samples
        end = part.i_end
    spike_times = np.concatenate([p.spike_times for p in parts])
    order = np.argsort(spike_times, kind="stable")
    return Recording(layout, samples, spike_times[order], np.concatenate([p.spike_neurons for p in parts])[order],
                     tuple(e for p in parts for e in p.events), metadata or {}, i_first)  # fmt: skip
