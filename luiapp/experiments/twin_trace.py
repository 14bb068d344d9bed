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
COARSEST = 0.03  # s between two samples
FARTHEST = 1e3  # s; times further from 0 are counted from the first one
BLIND = 3e-3  # s after a spike: the fall, which isn't modelled
BLIND_SLOW = 7e-3  # s, where spikes are far enough from each other: a board falls with 0.6 ms
FAR = 14e-3  # s
_FLAT = 0.01  # of a trace's range: less than that from a sample to the next is no fall
_GAP = 20e-3  # s without a sample, after which nothing is compared until the next spike
_BESIDE = 4  # samples before and after a spike that are not averaged
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
    origin : float
        What is to be added to all times [s].
    left_out : float
        How much of a long trace, at its end, isn't looked at [s].
    """

    time: Floats
    v: Floats
    spikes: Floats
    exact: bool = False
    onsets: Floats | None = None
    widths: Floats | None = None
    synapses: NDArray[np.int64] | None = None
    model: str = ""
    origin: float = 0.0
    left_out: float = 0.0

    @property
    def dt(self) -> float:
        """Median sampling interval [s]."""
        return float(np.median(np.diff(self.time)))

    def counts(self) -> NDArray[np.bool_]:
        """(n,) which samples are compared: all but those in which a spike falls."""
        slow = len(self.spikes) > 0 and (len(self.spikes) < 2 or float(np.diff(self.spikes).min()) > FAR)
        after = 3.1 * self.dt if self._at_once() else max(BLIND_SLOW if slow else BLIND, 1.1 * self.dt)
        a = np.searchsorted(self.time, self.spikes - 0.6 * self.dt)
        b = np.searchsorted(self.time, self.spikes + after, "right")
        gap = np.flatnonzero(np.diff(self.time) > max(_GAP, 5 * self.dt)) + 1  # spikes in it are missing
        if len(self.spikes) and len(gap):
            until = np.append(a, len(self.time))
            a, b = np.append(a, gap), np.append(b, until[np.searchsorted(until, gap)])
        edges = np.zeros(len(self.time) + 1, np.int64)
        np.add.at(edges, a, 1)
        np.add.at(edges, b, -1)
        return np.cumsum(edges)[:-1] == 0

    def _at_once(self) -> bool:
        """Whether spikes end from one sample to the next, as in a textbook, and other than on a board."""
        i = np.searchsorted(self.time, self.spikes, "right")
        i = i[i + 2 < len(self.time)]
        if not len(i) or 3.1 * self.dt > BLIND:
            return False
        later = float(np.median(np.abs(self.v[i + 1] - self.v[i + 2])))
        return later < _FLAT * float(self.v.max() - self.v.min())

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
    origin = float(t[0]) if abs(t[0]) > FARTHEST else 0.0
    t = _apart(t - origin)
    if not np.abs(y).max() < 100:
        raise FormatError("{value} V is no membrane; is the second column in millivolts? Name it v_mV then",
                          value=f"{y[np.argmax(np.abs(y))]:g}")  # fmt: skip
    if not float(np.median(np.diff(t))) < COARSEST:
        raise FormatError("samples {dt} s apart are too far from each other for a membrane; if that column is in "
                          "milliseconds, name it time_ms", dt=f"{float(np.median(np.diff(t))):g}")  # fmt: skip
    trace = Trace(t, y, _near(t, find_spikes(t, y)), origin=origin)
    if pulses is not None:
        onsets = np.asarray(pulses, np.float64) - origin
        wide = np.full(len(onsets), SPIKE_WIDTH) if widths is None else np.asarray(widths, np.float64)
        which = np.zeros(len(onsets), np.int64) if synapses is None else np.asarray(synapses, np.int64)
        if not (np.isfinite(onsets).all() and (wide > 0).all() and (which >= 0).all() and (which <= 2).all()):
            raise ParameterError("pulses need a time, a width of more than 0 s, and a dendrite from 0 to 2")
        order = np.argsort(onsets, kind="stable")
        trace = replace(trace, onsets=onsets[order], widths=wide[order], synapses=which[order])
    return thinned(trace)


def _near(t: Floats, spikes: Floats) -> Floats:
    """Only spikes between samples that follow each other: what falls over a gap needn't be one."""
    i = np.clip(np.searchsorted(t, spikes, "right"), 1, len(t) - 1)
    return spikes[t[i] - t[i - 1] < 5 * float(np.median(np.diff(t)))]


def _apart(t: Floats) -> Floats:
    """Times that rise: several in a row that are written alike lie evenly until the next.

    Raises `FormatError` where time goes back.
    """
    steps = np.diff(t)
    if (steps < 0).any() or (steps > 0).mean() < 0.05:
        k = int(np.flatnonzero(steps <= 0)[0])
        raise FormatError("times must rise, but {b} s follows {a} s", a=f"{t[k]:g}", b=f"{t[k + 1]:g}")
    if (steps > 0).all():
        return t
    first = np.concatenate([[True], steps > 0])
    begins = np.flatnonzero(first)
    ends = np.append(t[begins[1:]], t[-1] + float(np.median(np.diff(t[begins]))))
    size = np.diff(np.append(begins, len(t)))
    run = np.cumsum(first) - 1
    return np.asarray(t + (np.arange(len(t)) - begins[run]) * ((ends - t[begins]) / size)[run], np.float64)


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
    """About `MOST` samples: means of blocks; beyond that the beginning."""
    k = min(math.ceil(len(trace.time) / MOST), max(1, int(LONGEST_BLOCK / trace.dt + 1e-9)))
    trace = averaged(trace, k)
    if len(trace.time) > MOST + 2 * _BESIDE * len(trace.spikes):
        stop, end = float(trace.time[MOST]), float(trace.time[-1])
        trace = replace(trace, time=trace.time[:MOST], v=trace.v[:MOST], spikes=trace.spikes[trace.spikes < stop],
                        left_out=end - stop)  # fmt: skip
    return trace


def averaged(trace: Trace, k: int, *, beside: int = _BESIDE) -> Trace:
    """Means of `k` samples, each at the mean of its times.

    Around spikes `beside` samples on either side stay as they are: a mean over a fall is nothing that a membrane had.
    """
    n = len(trace.time)
    if k <= 1:
        return trace
    place = np.searchsorted(trace.time, trace.spikes)
    single = np.zeros(n, bool)
    for step in range(-beside, beside):
        single[np.clip(place + step, 0, n - 1)] = True
    fresh = single | np.concatenate([[True], single[:-1]])  # where a run of blocks begins
    i = np.arange(n)
    begun = np.maximum.accumulate(np.where(fresh, i, 0))
    begins = np.flatnonzero(fresh | ((i - begun) % k == 0))
    size = np.diff(np.append(begins, n))
    return replace(trace, time=np.add.reduceat(trace.time, begins) / size,
                   v=np.add.reduceat(trace.v, begins) / size)  # fmt: skip
