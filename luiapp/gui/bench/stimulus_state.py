"""A stimulus as a curve to be looked at. No Qt."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from luiapp.model.stimulus import HandDrawn, Poisson, SpikeTrain, Stimulus, Train
from luiapp.simulate.drive import EventTimes, mean_current

SHOWN = 2.0  # s, of what has no end


def span(stimulus: Stimulus | None) -> float:
    """How many seconds of it tell what it is."""
    if isinstance(stimulus, Train):
        return stimulus.start + (stimulus.interval if len(stimulus.times) > 1 else 4 * stimulus.interval)
    if isinstance(stimulus, SpikeTrain):
        return max(1.1 * stimulus.times[-1], 0.2) if stimulus.times else 1.0
    if isinstance(stimulus, Poisson):
        return min(20 / stimulus.rate, 20.0) if stimulus.rate > 0 else SHOWN
    if isinstance(stimulus, HandDrawn):
        return stimulus.start + stimulus.hold * len(stimulus.values) * (2 if stimulus.repeat else 1.1)
    if frequency := getattr(stimulus, "frequency", 0.0):
        return float(getattr(stimulus, "start", 0.0) + 3 / frequency)
    stop = float(getattr(stimulus, "stop", math.inf))
    return 1.25 * stop if math.isfinite(stop) and stop > 0 else SHOWN


def pulses(stimulus: Stimulus | None, duration: float) -> NDArray[np.float64]:
    """The times of its pulses before `duration` [s]; none of a current."""
    if stimulus is None or not stimulus.is_event:
        return np.empty(0)
    return EventTimes(stimulus).until(duration)


def curve(stimulus: Stimulus | None, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) and (n,): time from 0 to 1, and the current [A], or 0 and 1 between and at pulses. A flat line for none."""
    t = np.linspace(0.0, 1.0, n)
    if stimulus is None:
        return t, np.zeros(n)
    duration = span(stimulus)
    if stimulus.is_event:
        y = np.zeros(n)
        at = np.minimum((pulses(stimulus, duration) / duration * n).astype(np.int64), n - 1)
        y[at] = 1.0
        return t, y
    edges = np.linspace(0.0, duration, n + 1)
    return t, mean_current(stimulus, edges)
