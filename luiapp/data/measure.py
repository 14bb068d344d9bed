"""What an oscilloscope measures: peaks, spikes in a trace, averages around spikes, rates over time, spectra."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from luiapp.errors import ParameterError

LEAST_FALL = 0.35  # of the trace's range: how far a membrane falls at a spike
CLEAR = 6.0  # times the noise of a sample, that a spike's fall is at least
FALL_TIME = 4e-3  # s, within which it does
DEAD_TIME = 3e-3  # s between two spikes at least


def peaks(values: ArrayLike, *, prominence: float, distance: int = 1) -> NDArray[np.int64]:
    """Where a trace has its maxima.

    Parameters
    ----------
    values : (n,) float64
        Not-a-number parts have no peaks.
    prominence : float
        How far the trace must fall on both sides of a peak before it rises above it again, in its unit.
    distance : int
        Samples between two peaks at least; of nearer ones the higher is kept.

    Returns
    -------
    (n_peaks,) int64
        Indices, rising. A flat top counts once, at its middle.
    """
    v = np.asarray(values, np.float64)
    if not prominence > 0:
        raise ParameterError("the prominence of peaks must be more than 0, not {value}", value=f"{prominence:g}")
    v = np.where(np.isfinite(v), v, -np.inf)
    if len(v) < 3:
        return np.empty(0, np.int64)
    steps = np.diff(v, prepend=v[0] - 1)
    starts = np.flatnonzero(steps != 0)  # of runs of equal values
    levels, ends = v[starts], np.append(starts[1:], len(v)) - 1
    top = np.zeros(len(starts), bool)
    top[1:-1] = (levels[1:-1] > levels[:-2]) & (levels[1:-1] > levels[2:])
    found = [(int(starts[k] + ends[k]) // 2, float(levels[k])) for k in np.flatnonzero(top)]
    kept = [i for i, height in found if _stands_out(v, i, height, prominence)]
    chosen: list[int] = []
    for i in sorted(kept, key=lambda i: -v[i]):
        if all(abs(i - other) >= distance for other in chosen):
            chosen.append(i)
    return np.array(sorted(chosen), np.int64)


def _stands_out(v: NDArray[np.float64], i: int, height: float, prominence: float) -> bool:
    """Whether the lower of the two sides' bases lies deep enough below peak `i`."""
    for side in (v[:i][::-1], v[i + 1 :]):
        higher = np.flatnonzero(side > height)
        reach = side[: higher[0]] if len(higher) else side
        low = float(reach.min()) if len(reach) else height
        if height - low < prominence:
            return False
    return True


def find_spikes(time: ArrayLike, v: ArrayLike) -> NDArray[np.float64]:
    """Spikes of an integrate-and-fire membrane, told by its sudden fall from the threshold.

    Parameters
    ----------
    time, v : (n,) float64
        In s and V; not-a-number where nothing was measured.

    Returns
    -------
    (n_spikes,) float64
        When the trace crossed its threshold [s]: extrapolated from its rise before the fall, between two samples.

    Notes
    -----
    A fall counts if it takes at most `FALL_TIME`, crosses `LEAST_FALL` of the range between the trace's extremes, and
    lands in the lowest quarter of that range; a membrane that only relaxes is much slower.
    """
    t, y = np.asarray(time, np.float64), np.asarray(v, np.float64)
    if t.shape != y.shape or t.ndim != 1:
        raise ParameterError("a trace needs as many times as values, not {a} and {b}", a=t.size, b=y.size)
    good = np.isfinite(y) & np.isfinite(t)
    t, y = t[good], y[good]
    if len(y) < 4:
        return np.empty(0)
    low, high = float(y.min()), float(y.max())
    span = high - low
    dt = float(np.median(np.diff(t)))
    reach = max(1, math.ceil(FALL_TIME / dt)) if dt > 0 else 1
    jitter = float(np.median(np.abs(y[2:] - 2 * y[1:-1] + y[:-2]))) / 0.6745 / math.sqrt(6)
    if span <= 0 or LEAST_FALL * span < CLEAR * jitter:
        return np.empty(0)
    reach = min(reach, len(y) - 1)
    ahead = np.append(y, np.full(reach, y[-1]))  # a fall just before the end is one, too
    lands = np.lib.stride_tricks.sliding_window_view(ahead, reach + 1).min(axis=1)
    falls = (y - lands > LEAST_FALL * span) & (lands < low + 0.25 * span) & (y > low + 0.5 * span)
    ends = np.flatnonzero(falls & ~np.append(falls[1:], False))  # the last sample before the fall
    times: list[float] = []
    for i in ends.tolist():
        while i > 0 and y[i - 1] > y[i] + 0.05 * span:  # already falling
            i -= 1
        when = _crossing(t, y, i)
        if not times or when - times[-1] > DEAD_TIME:
            times.append(when)
    return np.array(times)


def _crossing(t: NDArray[np.float64], y: NDArray[np.float64], i: int) -> float:
    """Half a sample after the last high one; without a next sample, at it."""
    return float(0.5 * (t[i] + t[i + 1])) if i + 1 < len(t) else float(t[i])


def courses_around(
    values: ArrayLike, dt: float, spike_times: ArrayLike, *, before: float, after: float, t_start: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The course of a trace around each spike.

    Parameters
    ----------
    values : (n,) float64
        Sampled every `dt` seconds from `t_start` on.
    spike_times : (n_spikes,) float64
        In s; spikes too near to an end of the trace are left out.
    before, after : float
        How much of it [s].

    Returns
    -------
    lag : (k,) float64
        Time from the spike [s].
    courses : (n_used, k) float64
        In the trace's unit, linearly interpolated to each spike's own time.
    """
    v = np.asarray(values, np.float64)
    if not (dt > 0 and before >= 0 and after >= 0 and before + after > 0):
        raise ParameterError("a window around spikes needs a length: {before} s before, {after} s after",
                             before=f"{before:g}", after=f"{after:g}")  # fmt: skip
    lag: NDArray[np.float64] = (
        np.arange(-math.floor(before / dt + 1e-9), math.floor(after / dt + 1e-9) + 1, dtype=np.float64) * dt
    )
    place = (np.asarray(spike_times, np.float64) - t_start) / dt
    place = place[(place + lag[0] / dt >= 0) & (place + lag[-1] / dt <= len(v) - 1)]
    if not len(place):
        return lag, np.empty((0, len(lag)))
    at = place[:, None] + lag / dt
    i = np.clip(np.floor(at + 1e-9).astype(np.int64), 0, len(v) - 1)
    share = np.clip(at - i, 0.0, 1.0)
    following = v[np.minimum(i + 1, len(v) - 1)]
    return lag, np.where(share > 1e-9, (1 - share) * v[i] + share * following, v[i])


def spike_triggered_average(
    values: ArrayLike, dt: float, spike_times: ArrayLike, *, before: float, after: float, t_start: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """The mean course of a trace around spikes; see `courses_around`.

    Returns
    -------
    lag : (k,) float64
        Time from the spike [s].
    mean : (k,) float64
        In the trace's unit; not-a-number samples are left out.
    n_used : int
        How many spikes it is the mean of.
    """
    lag, cut = courses_around(values, dt, spike_times, before=before, after=after, t_start=t_start)
    n_good = np.isfinite(cut).sum(axis=0)
    total = np.where(np.isfinite(cut), cut, 0.0).sum(axis=0)
    return lag, np.where(n_good > 0, total / np.maximum(n_good, 1), np.nan), len(cut)


def crossings(values: ArrayLike, dt: float, level: float, *, hysteresis: float = 0.0) -> NDArray[np.float64]:
    """When a trace rises through `level` [s from its first sample], linearly interpolated between two samples.

    A crossing counts once the trace has been below `level` by more than `hysteresis`, in the trace's unit, since the
    one before. Not-a-number samples are no crossing.
    """
    v = np.asarray(values, np.float64)
    low, high = np.flatnonzero(v < level - hysteresis), np.flatnonzero(v >= level)
    found: list[float] = []
    i = -1
    while True:
        k = int(np.searchsorted(low, i, "right"))
        if k == len(low):
            return np.array(found) * dt
        j = int(np.searchsorted(high, low[k], "right"))
        if j == len(high):
            return np.array(found) * dt
        i = int(high[j])
        before = v[i - 1]
        if np.isfinite(before):
            found.append(i - 1 + (level - before) / (v[i] - before))


def rise_times(values: ArrayLike, dt: float, *, low: float = 0.1, high: float = 0.9) -> NDArray[np.float64]:
    """How long each rise of a trace takes [s], from `low` to `high` of the range between its extremes.

    Of a rise that falls back below `low` on its way, only the last start counts.
    """
    v = np.asarray(values, np.float64)
    good = v[np.isfinite(v)]
    span = float(good.max() - good.min()) if len(good) else 0.0
    if span <= 0:
        return np.empty(0)
    bottom = float(good.min())
    starts = crossings(v, dt, bottom + low * span)
    ends = crossings(v, dt, bottom + high * span, hysteresis=(high - low) * span)
    k = np.searchsorted(starts, ends, "right") - 1
    return ends[k >= 0] - starts[k[k >= 0]]


def latencies(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """From each event of `first` [s, sorted] to the next of `second`, where that comes before another of `first`."""
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if not len(a) or not len(b):
        return np.empty(0)
    k = np.searchsorted(b, a, "left")
    following = np.append(a[1:], np.inf)
    there = k < len(b)
    answer = b[np.minimum(k, len(b) - 1)]
    there &= answer < following
    return answer[there] - a[there]


def rate_over_time(
    spike_times: ArrayLike, start: float, stop: float, width: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Spikes per second [Hz] in successive bins of `width` seconds, and the bins' middles [s]; the last is whole."""
    if not (width > 0 and stop - start >= width):
        raise ParameterError("bins of {width} s don't fit between {start} s and {stop} s",
                             width=f"{width:g}", start=f"{start:g}", stop=f"{stop:g}")  # fmt: skip
    n = math.floor((stop - start) / width + 1e-9)
    edges = start + width * np.arange(n + 1)
    counts, _ = np.histogram(np.asarray(spike_times, np.float64), edges)
    inside = np.asarray(spike_times, np.float64) == edges[-1]  # the histogram's last bin is closed; ours are not
    counts[-1] -= int(inside.sum())
    return 0.5 * (edges[1:] + edges[:-1]), counts / width


def spectrum(values: ArrayLike, dt: float, *, n_segment: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Power spectral density of a trace by Welch's method.

    Parameters
    ----------
    values : (n,) float64
        Sampled every `dt` seconds. The longest stretch without not-a-number is used.
    n_segment : int
        Samples a segment (Hann windows that overlap by half, each without its mean); 0: an eighth of the data.

    Returns
    -------
    frequency : (k,) float64
        In Hz, from 0 to half the sampling rate.
    density : (k,) float64
        Unit of the trace squared per Hz, one-sided: its integral is the variance.

    Notes
    -----
    P. D. Welch, IEEE Trans. Audio Electroacoust. 15 (1967) 70.
    """
    v = _longest(np.asarray(values, np.float64))
    if len(v) < 8 or not dt > 0:
        raise ParameterError("a spectrum needs at least {n} samples in a row, not {k}", n=8, k=len(v))
    n = min(n_segment if n_segment > 0 else max(8, len(v) // 8), len(v))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
    hop = max(1, n // 2)
    pieces = np.lib.stride_tricks.sliding_window_view(v, n)[::hop]
    pieces = (pieces - pieces.mean(axis=1, keepdims=True)) * window
    power = (np.abs(np.fft.rfft(pieces, axis=1)) ** 2).mean(axis=0) * dt / float((window**2).sum())
    power[1 : (n + 1) // 2] *= 2
    return np.asarray(np.fft.rfftfreq(n, dt), np.float64), power


def _longest(v: NDArray[np.float64]) -> NDArray[np.float64]:
    bad = np.concatenate([[-1], np.flatnonzero(~np.isfinite(v)), [len(v)]])
    k = int(np.argmax(np.diff(bad)))
    return v[bad[k] + 1 : bad[k + 1]]
