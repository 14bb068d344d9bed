"""Stimuli, step by step: when events arrive, and the mean current of each step."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import NetworkError
from luiapp.model.stimulus import HandDrawn, Manual, Noise, Poisson, Ramp, Sine, SpikeTrain, Step, Stimulus, Train

_STRETCH = 4096  # expected Poisson events, or noise values, that are drawn together


class EventTimes:
    """The times of an event stimulus, drawn as time goes on; the same however it is cut.

    Parameters
    ----------
    stimulus : SpikeTrain, Train, Poisson or Manual
    """

    def __init__(self, stimulus: Stimulus) -> None:
        self._left = np.empty(0, np.float64)
        self._end = math.inf  # times beyond this have not been drawn yet
        self._poisson: Poisson | None = None
        self._train: Train | None = None
        self._i_repetition = 0  # of the train, the next to be drawn
        if isinstance(stimulus, SpikeTrain):
            self._left = np.array(stimulus.times, np.float64)
        elif isinstance(stimulus, Train):
            self._train = stimulus if stimulus.times else None
        elif isinstance(stimulus, Poisson):
            if stimulus.rate > 0:
                self._poisson = stimulus
                self._end = max(stimulus.start, 0.0)
                self._random = np.random.default_rng(stimulus.seed)
        elif not isinstance(stimulus, Manual):  # whose pulses nobody knows beforehand
            raise NetworkError("the stimulus '{kind}' is not known to the simulation", kind=stimulus.kind)

    def until(self, t: float) -> NDArray[np.float64]:
        """Times not returned yet that are smaller than `t` [s], sorted."""
        while self._end < t and self._poisson is not None:
            gaps = self._random.exponential(1 / self._poisson.rate, _STRETCH)
            times = self._end + np.cumsum(gaps)
            self._end = float(times[-1])
            if self._end >= self._poisson.stop:
                self._end = math.inf
            self._left = np.concatenate([self._left, times[times < self._poisson.stop]])
        if self._train is not None:
            self._repeat(self._train, t)
        n = int(np.searchsorted(self._left, t, "left"))
        taken, self._left = self._left[:n], self._left[n:]
        return taken

    def _repeat(self, train: Train, t: float) -> None:
        """Draw all repetitions that begin before `t` and weren't drawn yet."""
        # One more than is due, so that rounding can't withhold one.
        first, last = self._i_repetition, math.ceil((min(t, train.stop) - train.start) / train.interval) + 1
        if last <= first:
            return
        within = np.broadcast_to(np.array(train.times), (last - first, len(train.times)))
        if train.jitter > 0:
            n = len(train.times)
            shift = train.jitter * _numbered_normals(train.seed, first * n, last * n).reshape(-1, n)
            within = np.sort(np.clip(within + shift, 0.0, (1 - 1e-9) * train.interval), axis=1)
        times = (train.start + train.interval * np.arange(first, last)[:, None] + within).ravel()
        self._left = np.concatenate([self._left, times[times < train.stop]])
        self._i_repetition = last


def mean_current(stimulus: Stimulus, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean current [A] between neighbouring edges [s], so that every step brings the right charge.

    Parameters
    ----------
    stimulus : Step, Ramp, Sine, Noise or HandDrawn
    edges : (n + 1,) float64
        Grid points.

    Returns
    -------
    (n,) float64
    """
    if isinstance(stimulus, Noise):
        return _mean_noise(stimulus, edges)
    if isinstance(stimulus, HandDrawn):
        return np.diff(_drawn_charge(stimulus, edges)) / np.diff(edges)
    if not isinstance(stimulus, Step | Ramp | Sine):
        raise NetworkError("the stimulus '{kind}' is not known to the simulation", kind=stimulus.kind)
    a = np.clip(edges[:-1], stimulus.start, stimulus.stop)
    b = np.clip(edges[1:], stimulus.start, stimulus.stop)
    share = (b - a) / np.diff(edges)
    middle = (a + b) / 2
    if isinstance(stimulus, Step):
        return stimulus.amplitude * share
    if isinstance(stimulus, Ramp):
        length = stimulus.stop - stimulus.start
        slope = (stimulus.last - stimulus.first) / length if length > 0 else 0.0
        return (stimulus.first + slope * (middle - stimulus.start)) * share
    # The mean of sin over a stretch is its value in the middle times sin(w/2)/(w/2), w the phase that passes.
    half = math.pi * stimulus.frequency * (b - a)
    phase = 2 * math.pi * stimulus.frequency * (middle - stimulus.start) + stimulus.phase
    return (stimulus.offset + stimulus.amplitude * np.sin(phase) * np.sinc(half / math.pi)) * share


def _drawn_charge(drawn: HandDrawn, t: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a drawn curve has brought until `t` [s], in C, shape of `t`."""
    length = drawn.hold * len(drawn.values)
    knots = np.linspace(0.0, length, len(drawn.values) + 1)
    charge = np.concatenate([[0.0], np.cumsum(np.array(drawn.values) * drawn.hold)])
    since = np.maximum(t - drawn.start, 0.0)
    laps = np.floor(since / length) if drawn.repeat else np.zeros(len(t))
    return laps * charge[-1] + np.interp(since - laps * length, knots, charge)


def _mean_noise(noise: Noise, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values are held from ``start`` on, `hold` seconds each, and are numbered: cutting time doesn't change them."""
    a = np.clip(edges[:-1], noise.start, noise.stop)
    b = np.clip(edges[1:], noise.start, noise.stop)
    i_a = np.floor((a - noise.start) / noise.hold).astype(np.int64)
    i_b = np.floor((b - noise.start) / noise.hold).astype(np.int64)
    first, last = int(i_a[0]), int(i_b[-1]) + 1
    values = noise.mean + noise.sigma * _numbered_normals(noise.seed, first, last)
    charge = np.zeros(len(a))
    for k in range(int((i_b - i_a).max()) + 1):
        i = np.minimum(i_a + k, i_b)
        begin = np.maximum(a, noise.start + i * noise.hold) if k else a
        end = np.where(i < i_b, noise.start + (i + 1) * noise.hold, b)
        charge += np.where(i_a + k <= i_b, values[i - first] * np.maximum(end - begin, 0.0), 0.0)
    return charge / np.diff(edges)


def _numbered_normals(seed: int, first: int, last: int) -> NDArray[np.float64]:
    """Standard normal numbers `first` … `last` - 1 of the endless list that belongs to `seed`."""
    blocks = range(first // _STRETCH, (last - 1) // _STRETCH + 1) if last > first else range(0)
    drawn = [np.random.default_rng([seed, block]).standard_normal(_STRETCH) for block in blocks]
    if not drawn:
        return np.empty(0, np.float64)
    offset = blocks[0] * _STRETCH
    return np.concatenate(drawn)[first - offset : last - offset]
