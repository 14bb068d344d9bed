"""What is analysed beside the screen: averages around spikes, spectra, intervals – as curves with words. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from luiapp.data.analysis import inter_spike_intervals, variability
from luiapp.data.measure import courses_around, spectrum
from luiapp.experiments.watch import AFTER, BEFORE, HIGHEST
from luiapp.gui.scope import axes
from luiapp.stream.ring import Ring
from luiapp.texts import mark, tr
from luiapp.units import format_quantity

KINDS = {"average": mark("Around spikes"), "spectrum": mark("Spectrum"), "intervals": mark("Intervals")}
_BACK = 10.0  # s of the past with which an average begins
_MOST_SPIKES = 200  # that are added at once
_MOST_SAMPLES = 1 << 17
_LEAST = 64  # samples of a spectrum
Values = NDArray[np.float64]
_NONE = np.empty(0)


@dataclass(frozen=True, eq=False)
class Curve:
    """A line, or bars, with what is to be said of it.

    Attributes
    ----------
    x, y : (n,) float64
        In `x_unit` and `y_unit`. For bars, `x` has their n + 1 edges.
    low, high : (n,) float64
        The ends of a band about the line; empty without one.
    peak : (x, text) or None
        A place that is marked.
    log : bool
        Both axes are logarithmic.
    note : str
        In words what is seen.
    """

    x: Values
    y: Values
    x_text: str
    x_unit: str
    y_text: str
    y_unit: str
    low: Values = field(default_factory=_NONE.copy)
    high: Values = field(default_factory=_NONE.copy)
    bars: bool = False
    log: bool = False
    peak: tuple[float, str] | None = None
    note: str = ""

    def csv(self) -> str:
        """The numbers as columns, SI."""
        names = [f"{self.x_text} [{self.x_unit}]", f"{self.y_text} [{self.y_unit}]"]
        columns = [self.x[: len(self.y)], self.y]
        if len(self.low):
            names += [tr("mean − sd"), tr("mean + sd")]
            columns += [self.low, self.high]
        mark = axes.decimal()
        between = ";" if mark == "," else ","
        rows = [between.join(f"{v:.9g}".replace(".", mark) for v in row) for row in zip(*columns, strict=True)]
        return "\n".join([between.join(names), *rows]) + "\n"


class Average:
    """The mean course of a trace around spikes, and its scatter, as more and more of them come."""

    def __init__(self) -> None:
        self.n = 0
        self._of: object = None
        self._t_done = 0.0
        self._lag = self._count = self._total = self._square = _NONE

    def reset(self, now: float) -> None:
        """Begin anew with the spikes from `now` [s] on."""
        self.n, self._t_done = 0, now
        self._lag = self._count = self._total = self._square = _NONE

    def take(self, ring: Ring, i_trace: int, i_neuron: int) -> None:
        """Add the spikes of which enough is known by now; another trace, neuron or stream begins anew."""
        layout, dt = ring.layout, ring.layout.dt
        of = layout.traces[i_trace].name, layout.neurons[i_neuron], dt, ring.n_restarts
        if of != self._of or ring.now < self._t_done:
            self._of = of
            self.reset(ring.now - _BACK)
        t_end = ring.now - AFTER - 2 * dt
        first = max(self._t_done, ring.tail * dt + BEFORE + 2 * dt)
        times, neurons = ring.spikes(first, max(t_end, first))
        self._t_done = max(t_end, self._t_done)
        times = times[neurons == i_neuron][-_MOST_SPIKES:]
        times = np.array([t for t in times.tolist() if not ring.gaps(t - BEFORE, t + AFTER)])
        if len(times):
            self._add(ring, i_trace, times)

    def _add(self, ring: Ring, i_trace: int, times: Values) -> None:
        dt = ring.layout.dt
        first = math.floor((times[0] - BEFORE) / dt) - 1
        v = ring.trace(i_trace, first, math.ceil((times[-1] + AFTER) / dt) + 2).astype(np.float64)
        lag, courses = courses_around(v, dt, times, before=BEFORE, after=AFTER, t_start=first * dt)
        if not len(self._lag):
            self._lag = lag
            self._count, self._total, self._square = (np.zeros(len(lag)) for _ in range(3))
        self.n += len(courses)
        self._count += np.isfinite(courses).sum(axis=0)
        self._total += np.nansum(courses, axis=0)
        self._square += np.nansum(courses**2, axis=0)

    def curve(self, name: str, neuron: str, unit: str) -> Curve:
        """Mean ± standard deviation of the single courses."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self._total / self._count
            variance = np.maximum(self._square / self._count - mean**2, 0.0) * self._count / (self._count - 1)
        sd = np.sqrt(np.where(self._count > 1, variance, 0.0))
        if self.n == 0:
            note = tr("{neuron} hasn't fired yet; the average begins with its next spike", neuron=neuron)
        elif self.n == 1:
            note = tr("{name} around 1 spike of {neuron}", name=name, neuron=neuron)
        else:
            note = tr("{name} around {n} spikes of {neuron}: mean ± sd", name=name, n=self.n, neuron=neuron)
        return Curve(self._lag, mean, tr("time from the spike"), "s", tr("mean"), unit, mean - sd, mean + sd, note=note)


def spectrum_curve(ring: Ring, i_trace: int, t_first: float, t_end: float, *, log: bool) -> Curve:
    """Amplitude density in a stretch of time by Welch's method, with its largest peak."""
    dt, trace = ring.layout.dt, ring.layout.traces[i_trace]
    end = min(math.ceil(t_end / dt - 1e-6), ring.head)
    first = max(math.ceil(t_first / dt - 1e-6), end - _MOST_SAMPLES, ring.tail)
    values = ring.trace(i_trace, first, end).astype(np.float64)
    texts = tr("frequency"), "Hz", tr("density"), f"{trace.unit}/√Hz"
    if np.isfinite(values).sum() < _LEAST:
        return Curve(_NONE, _NONE, *texts, note=tr("a spectrum needs a longer window: the wheel makes it longer"))
    frequency, power = spectrum(values, dt, n_segment=max(8, len(values) // 4))
    root = np.sqrt(power)
    segment = 1 / frequency[1]
    about = tr("{name}: Hann window, segments of {length}", name=trace.name, length=_told(segment, "s"))
    start = min(2, len(root) - 1)  # below lies what the window makes of a slow drift
    k = start + int(np.argmax(root[start:]))
    peak = None
    if 0 < k < len(root) - 1 and root[k] > 0:
        at = (k + _vertex(np.log(np.maximum(root[k - 1 : k + 2], 1e-30)))) * frequency[1]
        peak = float(at), _told(float(at), "Hz")
        about = tr("{about}; largest at {f}", about=about, f=peak[1])
    shown = slice(1, None if log else int(np.searchsorted(frequency, max(HIGHEST, 2 * frequency[k]), "right")))
    return Curve(frequency[shown], root[shown], *texts, log=log, peak=peak, note=about)


def _vertex(y: Values) -> float:
    """Where the parabola through three points at −1, 0 and 1 is highest."""
    bend = y[0] - 2 * y[1] + y[2]
    return float(np.clip(0.5 * (y[0] - y[2]) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def interval_curve(spikes: Values, neuron: str) -> Curve:
    """How often intervals of which length occur, with their mean and how they scatter."""
    found = inter_spike_intervals(spikes)
    texts = tr("interval"), "s", tr("how often"), "1"
    if len(found) < 2:
        return Curve(_NONE, _NONE, *texts, bars=True, note=tr("{neuron}: intervals need three spikes", neuron=neuron))
    mean, cv = float(found.mean()), variability(spikes)
    low, high = float(found.min()), float(found.max())
    if high - low < 0.02 * mean:
        low, high = 0.95 * mean, 1.05 * mean
    n = min(max(round(2 * math.sqrt(len(found))), 6), 40)
    counts, edges = np.histogram(found, bins=n, range=(low, high))
    note = tr("{neuron}: {n} intervals, mean {mean}, CV {cv}", neuron=neuron, n=len(found), mean=_told(mean, "s"),
              cv=axes.number(cv, 3))  # fmt: skip
    return Curve(edges, counts.astype(np.float64), *texts, bars=True, peak=(mean, _told(mean, "s")), note=note)


def decades(low: float, high: float) -> Sequence[int]:
    """The powers of ten in [low, high], by their exponents."""
    return range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)


def _told(value: float, unit: str) -> str:
    return format_quantity(value, unit, 3, axes.decimal())
