"""Spikes of a trace to a part of a sample, and the threshold that goes with them.

The climb after a spike tells when it began, up to a shift that all spikes share: a later spike and a shorter refractory
time look the same. That shift is bounded because every spike fell between its last sample before the fall and the next
one. Where spikes fall on many different parts of a sample the bound is narrow; where they don't, it is a whole sample,
and on a steep rise that is a good part of the threshold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from luiapp.experiments.twin_model import Inputs, Membrane, membrane
from luiapp.experiments.twin_trace import Trace

Floats = NDArray[np.float64]
_BEFORE = 1e-7  # s before a spike, where its level is read
_GRID = 801  # shifts that are weighed against each other
_STRAY = 0.02  # share of spikes that may have been taken for a sample too late or early
_FAR = 10.0  # times the usual deviation, from which a spike's level says nothing
_PROBIT = 1.702  # a logistic curve of this slope is a normal distribution's integral to 1 %


@dataclass(frozen=True, repr=False)
class Turns:
    """How spikes lie.

    Attributes
    ----------
    spikes : (n,) float64
        In s.
    late : float
        How far all of them together may be off [s].
    level, error : float
        The threshold and its standard error [V], for a membrane that is itself known; not-a-number without spikes.
    """

    spikes: Floats
    late: float
    level: float
    error: float


def rough_threshold(trace: Trace) -> float:
    """The level at which a trace falls [V], from the rise of the last samples before; not-a-number without spikes."""
    i = _last(trace)
    i = i[i >= 2]
    if not len(i):
        return math.nan
    rise = np.maximum(0.0, 0.5 * (trace.v[i] - trace.v[i - 2]))
    return float(np.median(trace.v[i] + (0.0 if trace.exact else 0.5) * rise))


def aligned(trace: Trace, inputs: Inputs, p: Membrane) -> Turns:
    """Where the membrane `p` says that spikes were, and the threshold that they have in common."""
    if not len(trace.spikes):
        return Turns(trace.spikes, 0.0, math.nan, math.nan)
    last = _last(trace)
    begin = trace.time[last]
    width = np.maximum(trace.time[np.minimum(last + 1, len(trace.time) - 1)] - begin, 1e-9)
    spikes, unsure = trace.spikes, np.full(len(last), 1e-6)
    late = 0.0
    if not trace.exact:
        moves, unsure = _moves(trace, membrane(inputs, p), p)
        moves = np.clip(moves, -2 * width, 2 * width)
        shift, late = _shift(trace.spikes + moves - begin, unsure, width)
        slack = np.minimum(3 * unsure, 0.5 * width)
        spikes = np.clip(trace.spikes + moves + shift, begin - slack, begin + width + slack)
    level, slope = levels(inputs, p, spikes)
    scatter = np.abs(slope) * np.minimum(unsure, width / math.sqrt(12)) + 1e-6
    weight = 1 / (scatter**2 + trace.noise() ** 2 / 9)
    off = np.abs(level - np.median(level))  # a board that is switched on fires once from below
    weight[off > np.maximum(_FAR * np.median(off), 5 * scatter + 1e-3)] = 0.0
    weight /= weight.sum()
    mean = float(weight @ level)
    random = math.sqrt(float(weight**2 @ np.maximum((level - mean) ** 2, scatter**2)))
    return Turns(spikes, late, mean, math.hypot(random, float(weight @ np.abs(slope)) * late))


def levels(inputs: Inputs, p: Membrane, spikes: Floats) -> tuple[Floats, Floats]:
    """The membrane just before each of `spikes` [V], and how steep it is there [V/s]."""
    place = np.clip(np.searchsorted(inputs.time, spikes, "right") - 1, 0, len(inputs.time) - 1)
    ends = spikes - _BEFORE
    begins = np.minimum(inputs.time[place], ends - 1e-6)
    extra = np.concatenate([begins, ends])
    time, first = np.unique(np.concatenate([inputs.time, extra]), return_index=True)
    v = np.concatenate([inputs.v, inputs.v[place], inputs.v[place]])[first]
    course = membrane(replace(inputs, time=time, v=v, spikes=spikes), p)
    a, b = (course[np.searchsorted(time, when)] for when in (begins, ends))
    return b, (b - a) / (ends - begins)


def _last(trace: Trace) -> NDArray[np.int64]:
    """The last sample of the rise before each spike."""
    i = np.maximum(np.searchsorted(trace.time, trace.spikes + 1e-9, "right") - 1, 0)
    if trace.exact:
        return i
    v, a, b = trace.v, np.maximum(i - 1, 0), np.maximum(i - 2, 0)
    rise = v[a] - v[b]
    falls = v[i] < v[a] + rise - np.maximum(10 * trace.noise(), 0.5 * np.abs(rise))  # that one has begun to fall
    return np.where(falls & (i >= 2), i - 1, i)


def _moves(trace: Trace, model: Floats, p: Membrane) -> tuple[Floats, Floats]:
    """By how much each spike is to be moved so that the climb after it fits, and the standard error of that [s]."""
    slope = np.gradient(model, trace.time)
    rest, counts = trace.v - model, trace.counts()
    noise = float(np.sqrt(np.mean(rest[counts] ** 2))) if counts.any() else 0.0
    ends = np.append(trace.spikes[1:], trace.time[-1])
    first = np.searchsorted(trace.time, trace.spikes + p.tau_ref, "right") + 1
    stop = np.searchsorted(trace.time, ends - 1.5 * trace.dt)
    mixed, power = np.where(counts, rest * slope, 0.0), np.where(counts, slope**2, 0.0)
    sums = [np.concatenate([[0.0], np.cumsum(one)]) for one in (mixed, power)]
    stop = np.maximum(stop, np.minimum(first, len(trace.time)))
    first = np.minimum(first, stop)
    m, w = (one[stop] - one[first] for one in sums)
    seen = w > 1e-12
    moves = np.where(seen, -m / np.where(seen, w, 1.0), 0.0)
    return moves, np.where(seen, noise / np.sqrt(np.where(seen, w, 1.0)), trace.dt)


def _shift(place: Floats, unsure: Floats, width: Floats) -> tuple[float, float]:
    """The shift that brings all of `place` between 0 and `width`, and its standard error [s].

    Mean and deviation of its distribution when each place is known to within `unsure`, and any shift is as likely.
    """
    most = float(width.max())
    middle = float(np.median(0.5 * width - place))
    shifts = middle + np.linspace(-1.5, 1.5, _GRID) * most
    scale = np.maximum(unsure, 0.01 * width) / _PROBIT
    total = np.zeros(_GRID)
    for x, s, w in zip(place.tolist(), scale.tolist(), width.tolist(), strict=True):
        at = np.clip((x + shifts) / s, -60, 60), np.clip((x + shifts - w) / s, -60, 60)
        total += np.log(np.maximum(1 / (1 + np.exp(-at[0])) - 1 / (1 + np.exp(-at[1])), 0.0) + _STRAY)
    chance = np.exp(total - total.max())
    chance /= chance.sum()
    mean = float(chance @ shifts)
    return mean, math.sqrt(float(chance @ (shifts - mean) ** 2))
