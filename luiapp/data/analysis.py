"""What can be read off a recording: rates, intervals, levels, and the same in a sentence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from luiapp.data.recording import Recording
from luiapp.errors import ParameterError
from luiapp.texts import language, tr
from luiapp.units import format_quantity

REST_BEFORE = 5e-3  # s before a spike that don't count as rest
REST_AFTER = 50e-3  # s after a spike that don't count as rest: the reset and the first climb


def inter_spike_intervals(spike_times: ArrayLike) -> NDArray[np.float64]:
    """Intervals between successive spikes.

    Parameters
    ----------
    spike_times : (n,) float64
        Of one neuron, sorted [s].

    Returns
    -------
    (n − 1,) float64
        In s; empty with fewer than two spikes.
    """
    times = np.asarray(spike_times, np.float64)
    return np.diff(times) if len(times) > 1 else np.empty(0, np.float64)


def firing_rate(spike_times: ArrayLike, duration: float) -> float:
    """Spikes per second [Hz]: their number divided by the `duration` [s] that was observed."""
    if not 0 < duration < math.inf:
        raise ParameterError("a rate needs an observed time longer than 0 s, not {value} s", value=f"{duration:g}")
    return len(np.asarray(spike_times)) / duration


def frequency(spike_times: ArrayLike) -> float:
    """Frequency [Hz] of a regular train: one over the mean interval; not-a-number with fewer than two spikes.

    For f–I curves: unlike `firing_rate` it doesn't depend on where in the period the observation began and ended.
    """
    intervals = inter_spike_intervals(spike_times)
    span = float(intervals.sum())
    return len(intervals) / span if span > 0 else math.nan


def instantaneous_frequency(spike_times: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One over each interval, at the time of the spike that ends it.

    Returns
    -------
    times : (n − 1,) float64
        In s.
    frequencies : (n − 1,) float64
        In Hz; infinite where two spikes share a time or nearly so.
    """
    times = np.asarray(spike_times, np.float64)
    with np.errstate(divide="ignore", over="ignore"):
        return times[1:].copy(), 1.0 / inter_spike_intervals(times)


def variability(spike_times: ArrayLike) -> float:
    """Coefficient of variation of the intervals: 0 for a clock, 1 for a Poisson train; needs two intervals.

    Standard deviation (of the sample, n − 1) over mean.
    """
    intervals = inter_spike_intervals(spike_times)
    if len(intervals) < 2 or intervals.mean() == 0:
        return math.nan
    return float(intervals.std(ddof=1) / intervals.mean())


def level(recording: Recording, trace: str) -> float:
    """Resting level of a trace: the median of its samples away from the spikes of its neuron.

    A neuron that never rests has the median of all its samples for it; nothing measured gives not-a-number.
    """
    values = np.asarray(recording.trace(trace), np.float64)
    i_neuron = next(t.i_neuron for t in recording.layout.traces if t.name == trace)
    keep = np.isfinite(values)
    dt = recording.layout.dt
    away = keep.copy()
    for spike in recording.spike_times[recording.spike_neurons == i_neuron]:
        first = math.floor((spike - REST_BEFORE) / dt) - recording.i_first
        last = math.ceil((spike + REST_AFTER) / dt) - recording.i_first
        away[max(0, first) : max(0, last)] = False
    chosen = values[away] if away.any() else values[keep]
    return float(np.median(chosen)) if len(chosen) else math.nan


def summary(recording: Recording) -> dict[str, Any]:
    """The numbers of a recording, JSON-ready but for not-a-number where there is nothing to tell.

    Returns
    -------
    dict
        ``duration`` [s], ``dt`` [s], ``n_samples``, ``n_missing`` (samples without a value in any trace), ``traces``:
        for each ``name, unit, mean, min, max`` and ``rest`` (see `level`); ``neurons``: for each ``name, n_spikes``,
        ``rate`` [Hz], ``mean_isi`` [s], ``cv``; ``n_events``.
    """
    samples = recording.samples
    duration = recording.duration
    traces = []
    for i, one in enumerate(recording.layout.traces):
        values = samples[:, i][np.isfinite(samples[:, i])]
        numbers = [float(f(values)) if len(values) else math.nan for f in (_mean, np.min, np.max)]
        rest = level(recording, one.name)
        traces.append({"name": one.name, "unit": one.unit, **dict(zip(("mean", "min", "max"), numbers, strict=True)),
                       "rest": rest})  # fmt: skip
    neurons = []
    for i, name in enumerate(recording.layout.neurons):
        train = recording.spike_train(i)
        intervals = inter_spike_intervals(train)
        neurons.append({
            "name": name,
            "n_spikes": len(train),
            "rate": firing_rate(train, duration) if duration > 0 else math.nan,
            "mean_isi": float(intervals.mean()) if len(intervals) else math.nan,
            "cv": variability(train),
        })  # fmt: skip
    missing = int((~np.isfinite(samples)).all(axis=1).sum()) if samples.shape[1] else 0
    return {"duration": duration, "dt": recording.layout.dt, "n_samples": len(samples), "n_missing": missing,
            "traces": traces, "neurons": neurons, "n_events": len(recording.events)}  # fmt: skip


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values, dtype=np.float64))


def describe_trace(recording: Recording, trace: str) -> str:
    """A sentence for those who can't see the picture, such as "N1: 3 spikes, mean 4.2 Hz, rest 0.600 V"."""
    found = next((t for t in recording.layout.traces if t.name == trace), None)
    if found is None:
        recording.trace(trace)  # raises, and says which there are
        raise AssertionError
    values = np.asarray(recording.trace(trace))
    values = values[np.isfinite(values)]
    if not len(values):
        return tr("{name}: nothing measured", name=trace)
    rest = _told(level(recording, trace), found.unit)
    if not 0 <= found.i_neuron < len(recording.layout.neurons):
        low, high = _told(float(values.min()), found.unit), _told(float(values.max()), found.unit)
        return tr("{name}: between {low} and {high}, mostly {rest}", name=trace, low=low, high=high, rest=rest)
    train = recording.spike_train(found.i_neuron)
    if len(train) == 0:
        return tr("{name}: no spikes, rest {rest}", name=trace, rest=rest)
    if len(train) == 1:
        return tr("{name}: 1 spike, rest {rest}", name=trace, rest=rest)
    rate = _told(frequency(train), "Hz", 2)
    return tr("{name}: {n} spikes, mean {rate}, rest {rest}", name=trace, n=len(train), rate=rate, rest=rest)


def describe_recording(recording: Recording) -> str:
    """The sentences of all traces, after one about the whole."""
    whole = tr("{duration} of {n} signals.", duration=_told(recording.duration, "s"), n=len(recording.layout.traces))
    return " ".join([whole, *(describe_trace(recording, t.name) + "." for t in recording.layout.traces)])


def _told(value: float, unit: str, digits: int = 3) -> str:
    return format_quantity(value, unit, digits, decimal="," if language() == "de" else ".")
