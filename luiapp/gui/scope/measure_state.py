"""What the scope measures of a trace, over what, and how it is told. No Qt."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from luiapp.data.analysis import inter_spike_intervals, variability
from luiapp.data.measure import crossings, latencies, rise_times
from luiapp.gui.scope import axes
from luiapp.gui.scope.view import View
from luiapp.stream.ring import Ring
from luiapp.texts import language, mark, tr
from luiapp.units import format_quantity

SPANS = {"visible": mark("what is seen"), "cursors": mark("between A and B"), "reset": mark("since reset")}
_BLOCK = 1 << 15  # samples whose sums are remembered
_MOST = 1 << 18  # samples of a trace that are searched for rises, the latest ones


@dataclass(frozen=True)
class Lane:
    """A trace and the spikes of its neuron in a stretch of time; the samples are fetched where they are needed.

    Attributes
    ----------
    moments : (n, sum, sum of squares, least, greatest)
        Of its samples that were measured.
    spikes : (n,) float64
        In s; empty for a trace of no neuron.
    seconds : float
        How much of the time there are samples of [s].
    samples : callable
        The latest of its samples (n,) float32, at most `_MOST`; the first of them was taken at `t_samples` [s].
    """

    name: str
    unit: str
    dt: float
    moments: tuple[int, float, float, float, float]
    spikes: NDArray[np.float64]
    seconds: float
    t_samples: float
    samples: Callable[[], NDArray[np.float32]]

    @property
    def mean(self) -> float:
        n, total, *_ = self.moments
        return total / n if n else math.nan

    @property
    def rms(self) -> float:
        return math.sqrt(self.moments[2] / self.moments[0]) if self.moments[0] else math.nan

    @property
    def deviation(self) -> float:
        """Standard deviation about the mean."""
        return math.sqrt(max(self.rms**2 - self.mean**2, 0.0)) if self.moments[0] else math.nan

    def rises(self) -> NDArray[np.float64]:
        """When it fires, or where it doesn't: when it rises through the middle of its range [s]."""
        if len(self.spikes):
            return self.spikes
        _, _, _, low, high = self.moments
        values = self.samples()
        return self.t_samples + crossings(values, self.dt, (low + high) / 2, hysteresis=0.1 * (high - low))


@dataclass(frozen=True)
class Quantity:
    """Something that can be measured: a short name, what it is, its unit ("": the trace's), and how."""

    text: str
    about: str
    unit: str
    measure: Callable[[Lane, Lane | None], float]


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else math.nan


def _latency(lane: Lane, second: Lane | None) -> float:
    found = latencies(lane.rises(), second.rises()) if second is not None else np.empty(0)
    return float(np.median(found)) if len(found) else math.nan


QUANTITIES = {
    "max": Quantity(mark("max"), mark("greatest value"), "", lambda a, b: a.moments[4]),
    "min": Quantity(mark("min"), mark("least value"), "", lambda a, b: a.moments[3]),
    "span": Quantity(mark("pp"), mark("peak to peak"), "", lambda a, b: a.moments[4] - a.moments[3]),
    "mean": Quantity(mark("mean"), mark("mean value"), "", lambda a, b: a.mean),
    "rms": Quantity(mark("rms"), mark("root of the mean square"), "", lambda a, b: a.rms),
    "deviation": Quantity(mark("sd"), mark("standard deviation about the mean"), "", lambda a, b: a.deviation),
    "rate": Quantity(mark("rate"), mark("spikes per second"), "Hz",
                     lambda a, b: len(a.spikes) / a.seconds if a.seconds > 0 else math.nan),
    "interval": Quantity(mark("ISI"), mark("mean interval between spikes"), "s",
                         lambda a, b: _mean(inter_spike_intervals(a.spikes))),
    "cv": Quantity(mark("CV"), mark("how irregular the intervals are: 0 like a clock, 1 by chance"), "1",
                   lambda a, b: variability(a.spikes)),
    "rise": Quantity(mark("rise"), mark("mean time from 10 to 90 % of the range"), "s",
                     lambda a, b: _mean(rise_times(a.samples(), a.dt))),
    "latency": Quantity(mark("latency"), mark("median time from a spike (or rise) to the next one of trace B"), "s",
                        _latency),
}  # fmt: skip


@dataclass
class Sums:
    """Sums over stretches of a ring's traces; whole blocks are added up once, so that ten minutes cost no more."""

    _blocks: dict[tuple[int, int], NDArray[np.float64]] = field(default_factory=dict)
    _of: tuple[int, int] = (0, 0)

    def over(self, ring: Ring, i_trace: int, i_first: int, i_end: int) -> tuple[int, float, float, float, float]:
        """Number, sum, sum of squares, least and greatest of the samples in [i_first, i_end) that were measured."""
        if self._of != (id(ring), ring.n_restarts):
            self._of = id(ring), ring.n_restarts
            self._blocks.clear()
        a, b = max(i_first, ring.tail), min(i_end, ring.head)
        parts = []
        while a < b:
            end = min((a // _BLOCK + 1) * _BLOCK, b)
            key = i_trace, a // _BLOCK
            if end - a < _BLOCK:
                parts.append(_moments(ring.trace(i_trace, a, end)))
            else:
                if key not in self._blocks:
                    self._blocks[key] = _moments(ring.trace(i_trace, a, end))
                parts.append(self._blocks[key])
            a = end
        if not parts:
            return 0, 0.0, 0.0, math.nan, math.nan
        every = np.array(parts)
        n, total, squares = every[:, :3].sum(axis=0)
        return int(n), total, squares, float(np.fmin.reduce(every[:, 3])), float(np.fmax.reduce(every[:, 4]))


def _moments(values: NDArray[np.float32]) -> NDArray[np.float64]:
    v = values[np.isfinite(values)].astype(np.float64)
    if not len(v):
        return np.array([0, 0, 0, np.nan, np.nan])
    return np.array([len(v), v.sum(), (v * v).sum(), v.min(), v.max()])


def lane_over(ring: Ring, i_trace: int, t_first: float, t_end: float, sums: Sums) -> Lane:
    """A trace in [t_first, t_end), as far as there are samples of it."""
    dt, trace = ring.layout.dt, ring.layout.traces[i_trace]
    first, end = max(math.ceil(t_first / dt - 1e-6), ring.tail), min(math.ceil(t_end / dt - 1e-6), ring.head)
    end = max(first, end)
    times, neurons = ring.spikes(first * dt, end * dt)
    missing = sum(min(b, end * dt) - max(a, first * dt) for a, b in ring.gaps(first * dt, end * dt))
    latest = max(first, end - _MOST)
    return Lane(trace.name, trace.unit, dt, sums.over(ring, i_trace, first, end),
                times[neurons == trace.i_neuron] if trace.i_neuron >= 0 else np.empty(0), (end - first) * dt - missing,
                latest * dt, lambda: ring.trace(i_trace, latest, end))  # fmt: skip


def span_of(
    over: str, view: View, shares: Sequence[float], window: float, t_reset: float, now: float
) -> tuple[float, float]:
    """From when to when [s] is measured, for a key of `SPANS`; empty where a cursor stands on nothing."""
    if over == "reset":
        return t_reset, now
    if over == "cursors":
        ends = [view.time_at(min(max(share, 0.0), 1.0)) for share in shares]
        known = sorted(t for t in ends if t is not None)
        return (known[0], known[-1]) if len(known) == 2 else (now, now)
    t_end = view.t_high if view.segments else now
    return t_end - window, t_end


@dataclass(frozen=True)
class Reading:
    """One measured number."""

    key: str
    value: float
    unit: str

    def told(self) -> str:
        """Such as ``1.55 V``; a dash where there is nothing to measure."""
        if not math.isfinite(self.value):
            return "–"
        if self.unit == "1":
            return axes.number(self.value, 3)
        if "/" in self.unit or "²" in self.unit or "·" in self.unit:  # a prefix would be read as the first unit's
            digits = max(0, 3 - len(f"{abs(self.value):.0f}"))
            return f"{axes.number(self.value, digits)} {self.unit}"
        return format_quantity(self.value, self.unit, 3, axes.decimal())


def readings(keys: Sequence[str], lane: Lane, second: Lane | None) -> list[Reading]:
    """What was asked for, in the order of `QUANTITIES`."""
    return [Reading(key, one.measure(lane, second), one.unit or lane.unit)
            for key, one in QUANTITIES.items() if key in keys]  # fmt: skip


def as_text(found: Sequence[Reading], lane: Lane) -> str:
    """For a lab book: a line for each number, below one that says of what."""
    of = tr("{name}, {seconds} s measured", name=lane.name, seconds=axes.number(lane.seconds, 3))
    return "\n".join([of, *(f"{tr(QUANTITIES[r.key].text)}\t{r.told()}" for r in found)])


def as_csv(found: Sequence[Reading], lane: Lane) -> str:
    """For a spreadsheet in the reader's language: SI numbers; German ones with decimal commas, semicolons between."""
    comma = language() == "de"
    rows: list[tuple[str, ...]] = [(tr("trace"), tr("quantity"), tr("value"), tr("unit"), tr("measured [s]"))]
    for r in found:
        number, seconds = (f"{x:.9g}" if math.isfinite(x) else "" for x in (r.value, lane.seconds))
        row = (lane.name, tr(QUANTITIES[r.key].text), number, r.unit, seconds)
        rows.append(tuple(x.replace(".", ",") if comma and k in (2, 4) else x for k, x in enumerate(row)))
    return "\n".join((";" if comma else ",").join(_quoted(x) for x in row) for row in rows) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',;"\n') else text
