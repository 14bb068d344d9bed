"""What is written into the chip's digital memory for a run: which circuits, which rows, which weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.spec import SPEC
from luiapp.errors import NetworkError, ParameterError

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Wiring:
    """Neurons on circuits, and sources on rows. Sources are the inputs, then the neurons.

    Attributes
    ----------
    n_inputs : int
    circuit : (n, n_merged) int64
        Circuits of each neuron, -1 where it has fewer; the first makes threshold, reset and spikes.
    segment : (n_segments + 1,) int64
        Layers: neurons from and to, in the order of the flow.
    target : (n_inputs + n, 2) int64
        Neurons from and to which each source reaches.
    row : (n_inputs + n, n_copies, 2, n_halves) int64
        The excitatory and the inhibitory row of each copy of a source in each half, -1 where it has none.
    member : (n_inputs + n, n_copies) int64
        Which of a merged neuron's circuits these synapses are on.
    weight : (n_weights,) int64
        Signed, source by source: the sum over all copies, -63 to 63 for each that the source has.
    readout : (n,) bool
        Neurons whose threshold is switched off.
    """

    n_inputs: int
    circuit: Ints
    segment: Ints
    target: Ints
    row: Ints
    member: Ints
    weight: Ints
    readout: NDArray[np.bool_]

    def __post_init__(self) -> None:
        n_weights = int((self.target[:, 1] - self.target[:, 0]).sum())
        if self.weight.shape != (n_weights,):
            raise NetworkError("this wiring has {n} synapses, not {m} weights", n=n_weights, m=self.weight.size)
        limit = SPEC.weight_max * np.repeat(self.n_copies(), self.target[:, 1] - self.target[:, 0])
        if (np.abs(self.weight) > limit).any():
            raise NetworkError("a weight of {value} is more than the {limit} of a synapse; repeat the input instead",
                               value=int(np.abs(self.weight).max()), limit=SPEC.weight_max)  # fmt: skip

    @property
    def n(self) -> int:
        """Neurons."""
        return len(self.circuit)

    def n_copies(self) -> Ints:
        """(n_sources,): on how many pairs of rows each source is."""
        return (self.row >= 0).any(axis=(2, 3)).sum(axis=1)

    def begins(self) -> Ints:
        """(n_sources,): where each source's weights begin."""
        sizes = self.target[:, 1] - self.target[:, 0]
        return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)

    def ends(self) -> tuple[Ints, Ints]:
        """(n_weights,) source and neuron of each synapse."""
        sizes = self.target[:, 1] - self.target[:, 0]
        source = np.repeat(np.arange(len(sizes)), sizes)
        place = np.arange(len(source)) - self.begins()[source]
        return source, self.target[source, 0] + place

    def reweighted(self, weight: Ints) -> Wiring:
        """The same with other weights."""
        return replace(self, weight=weight)


class Events(NamedTuple):
    """Input events of many samples.

    Attributes
    ----------
    first : (n_samples + 1,) int64
        Where each sample's events begin.
    time : (n_events,) float64
        [s], within a sample in order.
    source : (n_events,) int64
    """

    first: Ints
    time: NDArray[np.float64]
    source: Ints

    @property
    def n_samples(self) -> int:
        """Samples."""
        return len(self.first) - 1


def events(times: NDArray[np.float64]) -> Events:
    """Of one event a source and sample: times (n_samples, n_sources) [s], infinite for none."""
    order = np.argsort(times, axis=1, kind="stable")
    sorted_times = np.take_along_axis(times, order, 1)
    there = np.isfinite(sorted_times)
    if there.any() and sorted_times[there].min() < 0:
        raise ParameterError("events can't come before the sample begins")
    first = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int64)
    return Events(first, sorted_times[there], order[there].astype(np.int64))
