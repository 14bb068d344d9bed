"""A stimulus as it is designed: its fields, what another kind keeps of it, pulses set and curves drawn. No Qt."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.model.stimulus import (
    HandDrawn,
    Noise,
    Poisson,
    Ramp,
    Sine,
    SpikeTrain,
    Step,
    Stimulus,
    Train,
    spike_train,
)
from luiapp.simulate.drive import EventTimes, mean_current
from luiapp.texts import mark, tr
from luiapp.units import format_quantity, parse_quantity

SHOWN = 2.0  # s, of what has no end
NEAR = 1e-9  # s, within which two pulses are the same
MOST_PULSES = 2000
N_DRAWN = 100  # values of a curve before anybody drew
STRONGEST = 5e-3  # A, more than any trimmer gives

KINDS: dict[str, str] = {
    "spike_train": mark("Pulses at given times"), "train": mark("Pulses that repeat"), "poisson": mark("Poisson train"),
    "step": mark("Step of current"), "ramp": mark("Ramp of current"), "sine": mark("Sine current"),
    "noise": mark("Noise current"), "hand_drawn": mark("Drawn by hand"),
}  # fmt: skip
_FIRST: dict[str, Stimulus] = {
    "spike_train": spike_train([0.5]), "train": Train(1.0), "poisson": Poisson(5.0), "step": Step(5e-5, 0.5, 1.5),
    "ramp": Ramp(0.0, 1e-4, 0.5, 2.5), "sine": Sine(5e-5, 2.0), "noise": Noise(2e-5, hold=5e-3),
    "hand_drawn": HandDrawn((0.0,) * N_DRAWN, hold=20e-3, repeat=True),
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A number of a stimulus: its name, what it is called, its unit and its range. `count`: a whole number."""

    name: str
    text: str
    unit: str
    low: float = 0.0
    high: float = math.inf
    count: bool = False


_WIDTH = Field("width", mark("width of a pulse"), "s", 1e-5, 0.655)
_START = Field("start", mark("begins at"), "s", 0.0, 1e5)
_STOP = Field("stop", mark("ends at"), "s", 0.0)
_SEED = Field("seed", mark("seed"), "", 0, 2**31 - 1, True)
FIELDS: dict[str, tuple[Field, ...]] = {
    "manual": (_WIDTH,),
    "spike_train": (_WIDTH,),
    "train": (Field("interval", mark("repeats after"), "s", 1e-3, 1e4), Field("jitter", mark("jitter"), "s", 0.0, 10.0),
              _START, _STOP, _WIDTH, _SEED),
    "poisson": (Field("rate", mark("rate"), "Hz", 0.0, 1000.0), _START, _STOP, _WIDTH, _SEED),
    "step": (Field("amplitude", mark("current"), "A", -STRONGEST, STRONGEST), _START, _STOP),
    "ramp": (Field("first", mark("from"), "A", -STRONGEST, STRONGEST),
             Field("last", mark("to"), "A", -STRONGEST, STRONGEST), _START, _STOP),
    "sine": (Field("amplitude", mark("amplitude"), "A", -STRONGEST, STRONGEST),
             Field("frequency", mark("frequency"), "Hz", 1e-3, 1000.0),
             Field("offset", mark("mean"), "A", -STRONGEST, STRONGEST), _START, _STOP),
    "noise": (Field("sigma", mark("standard deviation"), "A", 0.0, STRONGEST),
              Field("mean", mark("mean"), "A", -STRONGEST, STRONGEST),
              Field("hold", mark("new value every"), "s", 1e-4, 10.0), _START, _STOP, _SEED),
    "hand_drawn": (Field("hold", mark("each value lasts"), "s", 1e-4, 10.0), _START),
}  # fmt: skip


def as_kind(stimulus: Stimulus | None, kind: str) -> Stimulus:
    """A stimulus of another kind that keeps of `stimulus` what both have: pulses, width, seed, beginning and end."""
    new = _FIRST[kind]
    if stimulus is None or stimulus.kind == kind:
        return stimulus or new
    common = {f.name for f in fields(new)} - {"mean", "amplitude", "hold"}
    kept: dict[str, Any] = {f.name: getattr(stimulus, f.name) for f in fields(stimulus)
                            if f.name in common and getattr(stimulus, f.name) != f.default}  # fmt: skip
    if not kept.get("start", getattr(new, "start", 0.0)) < kept.get("stop", getattr(new, "stop", math.inf)):
        kept.pop("start", None)
        kept.pop("stop", None)
    if isinstance(new, Train) and "times" in kept:
        kept["interval"] = max(new.interval, math.ceil(10 * (max(kept["times"], default=0.0) + 0.1)) / 10)
    return replace(new, **kept)


def with_field(stimulus: Stimulus, field: Field, value: float) -> Stimulus:
    """The same stimulus with another value in one field; `ParameterError` out of its range."""
    if math.isnan(value) or not field.low <= value <= field.high:
        low, high = (format_quantity(v, field.unit) if math.isfinite(v) else "∞" for v in (field.low, field.high))
        raise ParameterError("{name} goes from {low} to {high}", name=tr(field.text), low=low, high=high)
    stop = value if field.name == "stop" else getattr(stimulus, "stop", math.inf)
    start = value if field.name == "start" else getattr(stimulus, "start", 0.0)
    if field.name in ("start", "stop") and stop <= start:
        raise ParameterError("a stimulus must end after it begins")
    return replace(stimulus, **{field.name: round(value) if field.count else value})


def field_text(stimulus: Stimulus, field: Field, decimal: str = ".") -> str:
    """A field's value; a dash where there is no end."""
    value = float(getattr(stimulus, field.name))
    if math.isinf(value):
        return "–"
    if field.count:
        return str(round(value))
    number, _, unit = format_quantity(value, field.unit, 4, decimal).partition(" ")
    return f"{number.rstrip('0').rstrip(decimal) if decimal in number else number} {unit}"


def parse_field(field: Field, text: str) -> float:
    """What was typed into a field; nothing, or a dash, is no end."""
    if field.name == "stop" and text.strip() in ("", "–", "-", "—"):
        return math.inf
    value = parse_quantity(text, field.unit)
    return float(round(value)) if field.count else value


def times_text(stimulus: Stimulus, decimal: str = ".") -> str:
    """The pulses of a train in seconds, one after the other."""
    return "; ".join(f"{t:g}".replace(".", decimal) for t in getattr(stimulus, "times", ()))


def with_times(stimulus: Stimulus, text: str) -> Stimulus:
    """Other pulses, typed in seconds and parted by semicolons or spaces."""
    parts = text.replace(";", " ").split()
    if len(parts) > MOST_PULSES:
        raise ParameterError("a train has up to {most} pulses, not {n}", most=MOST_PULSES, n=len(parts))
    times = sorted(parse_quantity(part, "s") for part in parts)
    if any(t < 0 for t in times):
        raise ParameterError("spike times must be finite and not negative")
    return replace(stimulus, times=tuple(times))  # type: ignore[call-arg]


def toggled(stimulus: Stimulus, time: float, slack: float = 0.0) -> Stimulus:
    """One more pulse at `time` [s] of a train, or one less where there is one within `slack` of it."""
    if not isinstance(stimulus, SpikeTrain | Train):
        return stimulus
    times = list(stimulus.times)
    near = min(times, key=lambda t: abs(t - time), default=math.inf)
    if abs(near - time) <= slack + NEAR:
        times.remove(near)
    elif time >= 0 and len(times) < MOST_PULSES and not (isinstance(stimulus, Train) and time >= stimulus.interval):
        times.insert(bisect_left(times, time), round(time, 6))
    return replace(stimulus, times=tuple(times))


def tapped(stimulus: Stimulus, taps: list[float]) -> Stimulus:
    """What was played on keys, as pulses: in a train that repeats they repeat when it was let go, else just once.

    `taps` are times [s]; the last one is the end.
    """
    *times, end = taps
    rounded = tuple(round(t, 3) for t in times)
    if isinstance(stimulus, Train):
        return replace(stimulus, times=rounded, interval=round(max(end, 0.1, 1.05 * max(times, default=0.0)), 3))
    return replace(as_kind(stimulus, "spike_train"), times=rounded)  # type: ignore[call-arg]


def drawn(stimulus: HandDrawn, first: tuple[float, float], last: tuple[float, float]) -> HandDrawn:
    """A stroke from one point to another: (place from 0 to 1, current [A]) each; values between are in line."""
    values, n = list(stimulus.values), len(stimulus.values)
    (i0, y0), (i1, y1) = ((min(max(int(x * n), 0), n - 1), y) for x, y in (first, last))
    for i in range(min(i0, i1), max(i0, i1) + 1):
        y = y0 + (i - i0) / (i1 - i0) * (y1 - y0) if i1 != i0 else y1
        values[i] = min(max(y, -STRONGEST), STRONGEST)
    return replace(stimulus, values=tuple(values))


# -- to be looked at -------------------------------------------------------------------------------------------------


def span(stimulus: Stimulus | None) -> float:
    """How many seconds of it tell what it is."""
    if isinstance(stimulus, Train):
        return stimulus.start + (stimulus.interval if len(stimulus.times) > 1 else 4 * stimulus.interval)
    if isinstance(stimulus, SpikeTrain):
        return max(1.25 * stimulus.times[-1], 1.0) if stimulus.times else 1.0
    if isinstance(stimulus, Poisson):
        return min(20 / stimulus.rate, 20.0) if stimulus.rate > 0 else SHOWN
    if isinstance(stimulus, HandDrawn):
        return stimulus.start + stimulus.hold * len(stimulus.values)
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
    return t, mean_current(stimulus, np.linspace(0.0, duration, n + 1))
