"""A membrane made ready for a fit: its spikes, what drove it, how noisy it is, and which samples count."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from luiapp.data.measure import find_spikes
from luiapp.data.recording import Recording
from luiapp.errors import FormatError, ParameterError
from luiapp.experiments.stretches import Stretch, stretches
from luiapp.experiments.twin_model import Inputs
from luiapp.model.lui import SPIKE_WIDTH
from luiapp.model.network import Network
from luiapp.model.stimulus import SpikeTrain

Floats = NDArray[np.float64]
LEAST = 20  # samples
MOST = 20_000  # samples that are compared; longer traces are averaged in blocks
LONGEST_BLOCK = 2e-3  # s
BLIND = 3e-3  # s after a spike: the fall, which isn't modelled
IMPULSE = 1e-4  # s, the width of a pulse that has none


@dataclass(frozen=True, repr=False)
class Trace:
    """What a fit begins with.

    Attributes
    ----------
    time, v : (n,) float64
        In s and V, all finite, rising.
    spikes : (n_spikes,) float64
        In s.
    exact : bool
        Whether spikes come from elsewhere than the trace, to better than a sample.
    onsets, widths, synapses : (n_pulses,)
        Known pulses [s, s, dendrite]; None as `onsets` where nobody told.
    model : str
        ``"lui"``, ``"lif"``, or ``""`` where the trace must tell.
    """

    time: Floats
    v: Floats
    spikes: Floats
    exact: bool = False
    onsets: Floats | None = None
    widths: Floats | None = None
    synapses: NDArray[np.int64] | None = None
    model: str = ""

    @property
    def dt(self) -> float:
        """Median sampling interval [s]."""
        return float(np.median(np.diff(self.time)))

    def counts(self) -> NDArray[np.bool_]:
        """(n,) which samples are compared: all but those in which a spike falls."""
        good = np.ones(len(self.time), bool)
        for spike in self.spikes:
            good &= (self.time < spike - 0.6 * self.dt) | (self.time > spike + max(BLIND, 1.1 * self.dt))
        return good

    def noise(self) -> float:
        """Standard deviation of the white part of the trace [V], from its second differences (their median)."""
        good = self.counts()
        second = self.v[2:] - 2 * self.v[1:-1] + self.v[:-2]
        second = second[good[2:] & good[1:-1] & good[:-2]]
        return float(np.median(np.abs(second))) / 0.6745 / math.sqrt(6) if len(second) else 0.0

    def inputs(self) -> Inputs:
        """For `membrane`; without known pulses, none."""
        none = np.empty(0)
        if self.onsets is None or self.widths is None or self.synapses is None:
            return Inputs(self.time, self.v, self.spikes, none, none, np.empty(0, np.int64))
        return Inputs(self.time, self.v, self.spikes, self.onsets, self.widths, self.synapses)


def from_columns(
    time: ArrayLike,
    v: ArrayLike,
    *,
    pulses: ArrayLike | None = None,
    widths: ArrayLike | None = None,
    synapses: ArrayLike | None = None,
) -> Trace:
    """A trace from columns of numbers.

    Parameters
    ----------
    time, v : (n,) float64
        In s and V.
    pulses, widths, synapses : (n_pulses,), optional
        Onset [s], width [s; a board's own pulse where not given] and dendrite (0…2; 0) of known pulses.

    Raises
    ------
    FormatError
        If there are fewer than `LEAST` samples, or times don't rise.
    """
    t, y = np.asarray(time, np.float64), np.asarray(v, np.float64)
    good = np.isfinite(t) & np.isfinite(y)
    t, y = t[good], y[good]
    if len(t) < LEAST:
        raise FormatError("a fit needs at least {n} samples, not {k}", n=LEAST, k=len(t))
    if (np.diff(t) <= 0).any():
        k = int(np.flatnonzero(np.diff(t) <= 0)[0])
        raise FormatError("times must rise, but {b} s follows {a} s", a=f"{t[k]:g}", b=f"{t[k + 1]:g}")
    if not np.abs(y).max() < 100:
        raise FormatError("{value} V is no membrane; is the second column in millivolts? Name it v_mV then",
                          value=f"{y[np.argmax(np.abs(y))]:g}")  # fmt: skip
    trace = Trace(t, y, find_spikes(t, y))
    if pulses is not None:
        onsets = np.asarray(pulses, np.float64)
        wide = np.full(len(onsets), SPIKE_WIDTH) if widths is None else np.asarray(widths, np.float64)
        which = np.zeros(len(onsets), np.int64) if synapses is None else np.asarray(synapses, np.int64)
        if not (np.isfinite(onsets).all() and (wide > 0).all() and (which >= 0).all() and (which <= 2).all()):
            raise ParameterError("pulses need a time, a width of more than 0 s, and a dendrite from 0 to 2")
        order = np.argsort(onsets, kind="stable")
        trace = replace(trace, onsets=onsets[order], widths=wide[order], synapses=which[order])
    return thinned(trace)


def from_recording(recording: Recording, i_neuron: int = 0) -> Trace:
    """The longest stretch of a recording in which nothing was turned, with the pulses that it knows of.

    Pulses are those of its events, of the spike trains of its stimuli, and of neurons that drive this one.
    """
    found = stretches(recording, i_neuron)
    if not found:
        raise FormatError("a fit needs at least {n} samples, not {k}", n=LEAST, k=0)
    return from_stretch(recording, max(found, key=lambda one: one.stop - one.start), i_neuron)


def from_stretch(recording: Recording, stretch: Stretch, i_neuron: int = 0) -> Trace:
    """A trace from one stretch; see `from_recording`."""
    good = np.isfinite(stretch.v)
    trace = from_columns(stretch.time[good], stretch.v[good])
    known = bool(recording.layout.neurons)
    if known:
        trace = replace(trace, spikes=stretch.spikes, exact=True)
    described = recording.metadata.get("network")
    if isinstance(described, dict):
        net = Network.from_dict(described)
        pulses = [(p.time, p.width, p.synapse) for p in stretch.pulses] + _wired(net, recording, i_neuron)
        pulses = sorted(p for p in pulses if stretch.start - 1.0 <= p[0] < stretch.stop)
        is_lif = net.model == "lif"
        columns = np.array(pulses, np.float64).reshape(-1, 3)
        widths = np.full(len(columns), IMPULSE) if is_lif else columns[:, 1]
        silent = net.model == "lui" and recording.metadata.get("kind", "sim") == "board" and not len(columns)
        if not silent:  # a board on the table may have wires that nobody told of
            trace = replace(trace, onsets=columns[:, 0], widths=widths, synapses=columns[:, 2].astype(np.int64))
        trace = replace(trace, model=net.model)
    return trace


def _wired(net: Network, recording: Recording, i_neuron: int) -> list[tuple[float, float, int]]:
    """Pulses by stimuli and by other neurons' spikes."""
    pulses: list[tuple[float, float, int]] = []
    for link in net.stimuli:
        if link.i_neuron == i_neuron and isinstance(link.stimulus, SpikeTrain):
            pulses += [(t, link.stimulus.width, link.synapse) for t in link.stimulus.times]
    every = net.connections
    for pre, post, synapse, delay in zip(every.pre, every.post, every.synapse, every.delay, strict=True):
        if post == i_neuron and pre < len(recording.layout.neurons):
            late = float(delay) if net.model == "lif" else 0.0
            pulses += [(float(t) + late, SPIKE_WIDTH, int(synapse)) for t in recording.spike_train(int(pre))]
    return pulses


def thinned(trace: Trace) -> Trace:
    """At most `MOST` samples: means of blocks, each at the mean of its times; beyond that the beginning."""
    n = len(trace.time)
    k = min(math.ceil(n / MOST), max(1, int(LONGEST_BLOCK / trace.dt + 1e-9)))
    if k > 1:
        whole = n // k * k
        trace = replace(trace, time=trace.time[:whole].reshape(-1, k).mean(axis=1),
                        v=trace.v[:whole].reshape(-1, k).mean(axis=1))  # fmt: skip
    if len(trace.time) > MOST:
        stop = float(trace.time[MOST])
        trace = replace(trace, time=trace.time[:MOST], v=trace.v[:MOST], spikes=trace.spikes[trace.spikes < stop])
    return trace
