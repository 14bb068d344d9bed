"""What can be read off a stretch of a stream, from whichever rig: the numbers that checks are about.

Each is a pure function of a `Sight` and its options, in SI; not-a-number where there is nothing to tell yet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from luiapp.course.acts import turn_percent
from luiapp.course.sight import Sight
from luiapp.data.analysis import inter_spike_intervals, variability

_CALM = 0.03  # s before a pulse whose mean is its base
_AFTER_SPIKE = 0.06  # s: the reset and the board's own help up to the floor
_LEAST = 0.55  # V: above the floor that the board's circuit has
_STRIDE = 0.02  # s between the two samples that a fit of an exponential compares
_PAIR = 0.1  # s between two spikes of one pair
_RESTING = 0.03  # V between the first and the last third of a stretch in which a membrane rests
_SETTLE = 0.3  # s after a turn that don't count


@dataclass(frozen=True)
class Metric:
    """A number: its unit, the options it needs (those that name neurons in `neurons`), and how it is found."""

    unit: str
    needs: tuple[str, ...]
    measure: Callable[..., float]
    neurons: tuple[str, ...] = ("neuron",)
    may: tuple[str, ...] = ()
    whole: bool = True  # it needs the whole stretch; otherwise it grows with what is there


def rate(sight: Sight, neuron: str) -> float:
    """Spikes per second [Hz]: of a regular train one over its mean interval, of fewer than two spikes their number."""
    train = sight.train(neuron)
    if len(train) < 3:
        return len(train) / sight.recording.duration
    return (len(train) - 1) / float(train[-1] - train[0])


def spikes(sight: Sight, neuron: str) -> float:
    """How many spikes there were."""
    return float(len(sight.train(neuron)))


def interval(sight: Sight, neuron: str) -> float:
    """Mean interval between spikes [s]."""
    intervals = inter_spike_intervals(sight.train(neuron))
    return float(intervals.mean()) if len(intervals) else math.nan


def irregularity(sight: Sight, neuron: str) -> float:
    """Coefficient of variation of the intervals: 0 for a clock."""
    return variability(sight.train(neuron))


def rest(sight: Sight, neuron: str) -> float:
    """Resting potential [V]; none while it fires or is on its way to another one."""
    values = sight.trace(neuron)
    third = len(values) // 3
    if len(sight.train(neuron)) or not third:
        return math.nan
    moved = float(np.nanmedian(values[-third:]) - np.nanmedian(values[:third])) if np.isfinite(values).all() else 0.0
    return math.nan if abs(moved) > _RESTING else sight.level(neuron)


def highest(sight: Sight, neuron: str) -> float:
    """Highest membrane potential [V]."""
    values = sight.trace(neuron)
    return float(np.nanmax(values)) if np.isfinite(values).any() else math.nan


def lowest(sight: Sight, neuron: str) -> float:
    """Lowest membrane potential [V]."""
    values = sight.trace(neuron)
    return float(np.nanmin(values)) if np.isfinite(values).any() else math.nan


def potential(sight: Sight, neuron: str, dendrite: float = 0, reach: float = 0.6) -> float:
    """Mean height [V] of the potentials that lone pulses made; negative where they pull down.

    A pulse is alone if no other came within `reach` before and after it, and no spike until then. `dendrite`, counted
    from 1, or 0 for any.
    """
    found = [peak for _, peak, _ in _alone(sight, neuron, dendrite, reach)]
    return float(np.mean(found)) if found else math.nan


def potential_width(sight: Sight, neuron: str, dendrite: float = 0, reach: float = 0.6) -> float:
    """Mean time [s] for which the potentials of lone pulses were above half of their height."""
    found = [width for _, _, width in _alone(sight, neuron, dendrite, reach)]
    return float(np.mean(found)) if found else math.nan


def time_constant(sight: Sight, neuron: str) -> float:
    """Membrane time constant [s], from the climbs after spikes: V(t + δ) = a + V(t)·e^(−δ/τ), least squares."""
    values, dt = sight.trace(neuron), sight.recording.layout.dt
    stride = max(1, round(_STRIDE / dt))
    train = sight.train(neuron)
    before, after = [], []
    for i, spike in enumerate(train):
        first = math.ceil((spike + _AFTER_SPIKE - sight.start) / dt)
        until = train[i + 1] - 2 * dt if i + 1 < len(train) else min(sight.end, spike + 2.0)
        last = math.floor((until - sight.start) / dt) - stride
        piece = np.arange(max(first, 0), max(last, 0))
        piece = piece[values[piece] > _LEAST] if len(piece) else piece
        before.append(values[piece])
        after.append(values[piece + stride] if len(piece) else np.empty(0))
    x, y = (np.concatenate(b) if b else np.empty(0) for b in (before, after))
    good = np.isfinite(x) & np.isfinite(y)
    x, y = x[good], y[good]
    if len(x) < 20 or np.ptp(x) < 0.1:
        return math.nan
    slope = float(np.cov(x, y)[0, 1] / np.var(x, ddof=1))
    return -stride * dt / math.log(slope) if 0 < slope < 1 else math.nan


def answered(sight: Sight, neuron: str, pulses: float, together: float = 0.05, within: float = 0.4) -> float:
    """Of the groups of exactly so many pulses, the percentage that a spike followed within `within` seconds.

    Pulses belong together that come within `together` seconds of the one before. Groups too close to the end are not
    judged yet.
    """
    given = sight.pulses(neuron)
    train = sight.train(neuron)
    groups: list[list[float]] = []
    for time, _ in given:
        if groups and time - groups[-1][-1] <= together:
            groups[-1].append(time)
        else:
            groups.append([time])
    fits = [g for g in groups if len(g) == round(pulses) and g[-1] + within <= sight.end]
    hit = [((train > g[0]) & (train <= g[-1] + within)).any() for g in fits]
    return 100 * float(np.mean(hit)) if hit else math.nan


def follows(sight: Sight, sender: str, receiver: str, within: float = 0.2) -> float:
    """Of the spikes of one neuron, the percentage that another answered with exactly one within `within` seconds."""
    first, second = sight.train(sender), sight.train(receiver)
    first = first[first + within <= sight.end]
    counts = [int(((second > t) & (second <= t + within)).sum()) for t in first]
    return 100 * float(np.mean([c == 1 for c in counts])) if counts else math.nan


def lag(sight: Sight, sender: str, receiver: str, within: float = 0.2, least: float = 0.0) -> float:
    """Median time [s] from a spike of one neuron to the next of another; only times from `least` to `within` count."""
    second = sight.train(receiver)
    waits = [float(later[0] - t) for t in sight.train(sender) if len(later := second[second > t])]
    waits = [w for w in waits if least <= w <= within]
    return float(np.median(waits)) if waits else math.nan


def cases(
    sight: Sight,
    first: str,
    second: str,
    neuron: str,
    active: float,
    together: float = 0.1,
    after: float = 0.0,
    within: float = 0.3,
) -> float:
    """Of the cases in which `active` (1 or 2) of two boards fired, the percentage in which `neuron` fired, too.

    Spikes of the two belong to one case if they come within `together` seconds of the one before. Looked at is the time
    from `after` seconds behind the first of them to `within` behind the last; cases that reach over an end of the
    stretch aren't judged. With ``active = 1`` each of the two must have had its turn.
    """
    every = sorted([(float(t), first) for t in sight.train(first)] + [(float(t), second) for t in sight.train(second)])
    groups: list[list[tuple[float, str]]] = []
    for time, name in every:
        if groups and time - groups[-1][-1][0] <= together:
            groups[-1].append((time, name))
        else:
            groups.append([(time, name)])
    train = sight.train(neuron)
    hit, turns = [], set()
    for group in groups:
        names = {name for _, name in group}
        start, stop = group[0][0], group[-1][0] + within
        if len(names) == round(active) and start - together >= sight.start and stop <= sight.end:
            hit.append(bool(((train > start + after) & (train <= stop)).any()))
            turns |= names
    return 100 * float(np.mean(hit)) if len(turns) == 2 else math.nan


def heard(
    sight: Sight,
    first: str,
    second: str,
    neuron: str,
    least: float,
    most: float,
    overall: float = 0,
    within: float = 0.15,
) -> float:
    """Of the pairs of spikes in which `second` came `least` to `most` seconds after `first`, the percentage answered.

    A pair is a spike of `first` and the nearest one of `second`, a tenth of a second away at most; it is answered if
    `neuron` fires from its beginning to `within` seconds behind its end. With `overall`, the percentage of all pairs
    about which it is right: those answered, and the others not.
    """
    late, train = sight.train(second), sight.train(neuron)
    hit = []
    for time in sight.train(first):
        apart = float(late[np.argmin(np.abs(late - time))] - time) if len(late) else math.inf
        start, stop = time + min(apart, 0.0), time + max(apart, 0.0) + within
        meant = least <= apart <= most
        if abs(apart) <= _PAIR and stop <= sight.end and (meant or overall):
            hit.append(bool(((train > start) & (train <= stop)).any()) == meant)
    return 100 * float(np.mean(hit)) if hit else math.nan


def share(sight: Sight, neuron: str) -> float:
    """Of all spikes there were, the percentage that one board fired; not-a-number where none did."""
    every = len(sight.recording.spike_times)
    return 100 * len(sight.train(neuron)) / every if every else math.nan


def winners(sight: Sight, hold: float = 1.0) -> float:
    """How many different boards have had at least `hold` seconds, from spike to spike, in which no other one fired."""
    recording = sight.recording
    order = np.argsort(recording.spike_times, kind="stable")
    times, who = recording.spike_times[order], recording.spike_neurons[order]
    edges = [0, *(np.flatnonzero(np.diff(who)) + 1).tolist(), len(who)]
    return float(len({int(who[a]) for a, b in pairwise(edges) if b > a and times[b - 1] - times[a] >= hold}))


def wires_missing(sight: Sight, wires: list[str]) -> float:
    """How many of these wires, such as ``A>B.1``, are not plugged in."""
    if sight.network is None:
        return math.nan
    every = sight.network.connections
    names = sight.network.names
    there = {f"{names[a]}>{names[b]}.{s + 1}"
             for a, b, s in zip(every.pre, every.post, every.synapse, strict=True)}  # fmt: skip
    return float(len(set(wires) - there))


def turned(sight: Sight, neuron: str, knob: str) -> float:
    """How far a trimmer is turned [%]; known for rigs that are set by wire."""
    return math.nan if sight.network is None else turn_percent(sight.network, neuron, knob)


def settings(sight: Sight, neuron: str, knob: str = "leak", apart: float = 0.1) -> float:
    """At how many settings of a trimmer a rate was measured (three spikes, rates apart by the fraction `apart`)."""
    return float(len(_rates(sight, neuron, knob, apart)))


def rate_span(sight: Sight, neuron: str, knob: str = "leak", apart: float = 0.1) -> float:
    """The highest rate that was measured, divided by the lowest."""
    found = _rates(sight, neuron, knob, apart)
    return max(found) / min(found) if len(found) > 1 else math.nan


def reading(sight: Sight, of: str, value: str, unit: str = "", where: Mapping[str, Any] | None = None) -> float:
    """What a page (``learn``) or an experiment (by its id) says, in `unit`; none unless it is set up as `where` says.

    In `where`, a word or a number must be met; a list ``[low, high]`` says between which it must lie.
    """
    source = sight.readings.get(of, {})
    for name, wanted in (where or {}).items():
        here = source.get(name)
        if isinstance(wanted, list):
            if not isinstance(here, int | float) or not wanted[0] <= here <= wanted[1]:
                return math.nan
        elif here != wanted:
            return math.nan
    found = source.get(value)
    return float(found) if isinstance(found, int | float) else math.nan


def _rates(sight: Sight, neuron: str, knob: str, apart: float) -> list[float]:
    from luiapp.model.lui import knob as knob_called

    parameter = knob_called(knob).parameter
    turns = [e.time for e in sight.recording.events if e.kind == "marker" or
             (e.kind == "parameter" and e.target == neuron and e.name == parameter)]  # fmt: skip
    edges = [sight.start, *sorted(turns), sight.end]
    train = sight.train(neuron)
    found: list[float] = []
    for a, b in pairwise(edges):
        part = train[(train > a + (_SETTLE if a != sight.start else 0.0)) & (train < b)]
        if len(part) >= 3:
            one = (len(part) - 1) / float(part[-1] - part[0])
            if all(abs(one - other) > apart * other for other in found):
                found.append(one)
    return found


def _alone(sight: Sight, neuron: str, dendrite: float, reach: float) -> list[tuple[float, float, float]]:
    """(time, height, width at half height) of the potentials of lone pulses."""
    values, dt = sight.trace(neuron), sight.recording.layout.dt
    given, train = sight.pulses(neuron), sight.train(neuron)
    found = []
    for time, which in given:
        if dendrite and which != round(dendrite) - 1:
            continue
        crowded = any(time != other and -reach < other - time < reach for other, _ in given)
        if crowded or ((train > time - reach) & (train < time + reach)).any():
            continue
        at, calm, span = (round(t / dt) for t in (time - sight.start, _CALM, reach))
        if at - calm < 0 or at + span > len(values):
            continue
        base = float(np.mean(values[at - calm : at]))
        shape = values[at : at + span] - base
        if not np.isfinite(shape).all():
            continue
        peak = float(shape[np.argmax(np.abs(shape))])
        width = float((np.abs(shape) > abs(peak) / 2).sum()) * dt
        found.append((time, peak, width))
    return found


METRICS: dict[str, Metric] = {
    "rate": Metric("Hz", ("neuron",), rate),
    "spikes": Metric("", ("neuron",), spikes),
    "interval": Metric("s", ("neuron",), interval),
    "irregularity": Metric("", ("neuron",), irregularity),
    "rest": Metric("V", ("neuron",), rest),
    "highest": Metric("V", ("neuron",), highest),
    "lowest": Metric("V", ("neuron",), lowest),
    "potential": Metric("V", ("neuron",), potential, may=("dendrite", "reach")),
    "potential_width": Metric("s", ("neuron",), potential_width, may=("dendrite", "reach")),
    "time_constant": Metric("s", ("neuron",), time_constant),
    "answered": Metric("%", ("neuron", "pulses"), answered, may=("together", "within")),
    "follows": Metric("%", ("sender", "receiver"), follows, ("sender", "receiver"), ("within",)),
    "lag": Metric("s", ("sender", "receiver"), lag, ("sender", "receiver"), ("within", "least")),
    "cases": Metric(
        "%",
        ("first", "second", "neuron", "active"),
        cases,
        ("first", "second", "neuron"),
        ("together", "after", "within"),
    ),
    "heard": Metric(
        "%",
        ("first", "second", "neuron", "least", "most"),
        heard,
        ("first", "second", "neuron"),
        ("overall", "within"),
    ),
    "share": Metric("%", ("neuron",), share),
    "winners": Metric("", (), winners, (), ("hold",), whole=False),
    "wires_missing": Metric("", ("wires",), wires_missing, ()),
    "turned": Metric("%", ("neuron", "knob"), turned),
    "settings": Metric("", ("neuron",), settings, may=("knob", "apart"), whole=False),
    "rate_span": Metric("", ("neuron",), rate_span, may=("knob", "apart"), whole=False),
    "reading": Metric("", ("of", "value"), reading, (), ("unit", "where"), whole=False),
}


def unit_of(name: str, options: Mapping[str, Any]) -> str:
    """The unit of the metric `name`, which may be one of its options."""
    return str(options.get("unit", METRICS[name].unit))


def measure(name: str, sight: Sight, options: dict[str, Any]) -> float:
    """The number called `name`; not-a-number where its neurons aren't in the stream."""
    one = METRICS[name]
    if any(options.get(key) not in sight.recording.layout.neurons for key in one.neurons):
        return math.nan
    return float(one.measure(sight, **options))
