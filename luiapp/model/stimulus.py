"""What we apply: events to a dendrite, or currents into the membrane. Plain values; nothing evolves here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Any, ClassVar

from luiapp.errors import FormatError, ParameterError
from luiapp.model.lui import SPIKE_WIDTH

FASTEST = 1e-4  # s, the least between two pulses or two values of a curve
MOST_VALUES = 100_000  # of a drawn curve


@dataclass(frozen=True)
class Stimulus:
    """Base of all stimuli. ``is_event`` tells events (for a dendrite) from currents (for the membrane, in A)."""

    kind: ClassVar[str]
    is_event: ClassVar[bool]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description that `stimulus_from_dict` reads back."""
        values = {name: value for name, value in asdict(self).items() if value != math.inf}  # JSON has no infinity
        return {"kind": self.kind, **values}


@dataclass(frozen=True)
class SpikeTrain(Stimulus):
    """Pulses at given times [s], sorted, each `width` seconds wide (a Lu.i weighs by width; a LIF ignores it)."""

    kind = "spike_train"
    is_event = True
    times: tuple[float, ...]
    width: float = SPIKE_WIDTH


@dataclass(frozen=True)
class Poisson(Stimulus):
    """Poisson events of `rate` [Hz] between `start` and `stop` [s]; the same seed gives the same train."""

    kind = "poisson"
    is_event = True
    rate: float
    seed: int = 0
    start: float = 0.0
    stop: float = math.inf
    width: float = SPIKE_WIDTH


@dataclass(frozen=True)
class Train(Stimulus):
    """A pattern of pulses that repeats: a metronome, bursts, a call in Morse.

    Attributes
    ----------
    interval : float
        From one repetition to the next [s].
    times : tuple of float
        The pulses within a repetition, sorted [s]; from 0 to less than `interval`.
    start, stop : float
        First repetition, and the end of the last pulse's time [s].
    jitter : float
        Standard deviation of each pulse's time [s]; no pulse leaves its repetition. Normal, seeded.
    width : float
        Of each pulse [s].
    """

    kind = "train"
    is_event = True
    interval: float
    times: tuple[float, ...] = (0.0,)
    start: float = 0.0
    stop: float = math.inf
    jitter: float = 0.0
    seed: int = 0
    width: float = SPIKE_WIDTH

    def __post_init__(self) -> None:
        least = FASTEST * max(len(self.times), 1)
        if not least <= self.interval < math.inf:
            raise ParameterError("a train repeats after {least} s or more, not after {value} s",
                                 least=f"{least:g}", value=f"{self.interval:g}")  # fmt: skip
        ordered = all(a <= b for a, b in pairwise(self.times))
        if not ordered or not all(0 <= t < self.interval for t in self.times):
            raise ParameterError("the pulses of a train must be sorted and lie between 0 s and its interval, {value} s",
                                 value=f"{self.interval:g}")  # fmt: skip
        if not (0 <= self.start < math.inf and 0 <= self.jitter < math.inf and self.seed >= 0):
            raise ParameterError("a train's start, jitter and seed must be finite and not negative")
        _check_width(self.width)


@dataclass(frozen=True)
class Manual(Stimulus):
    """Pulses that come when a hand makes them, each `width` seconds wide; of itself it does nothing."""

    kind = "manual"
    is_event = True
    width: float = SPIKE_WIDTH

    def __post_init__(self) -> None:
        _check_width(self.width)


@dataclass(frozen=True)
class HandDrawn(Stimulus):
    """A curve drawn by hand: `values` [A], each held for `hold` seconds, from `start` on; again and again if `repeat`.

    Zero before and, unless it repeats, after.
    """

    kind = "hand_drawn"
    is_event = False
    values: tuple[float, ...]
    hold: float = 10e-3
    start: float = 0.0
    repeat: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.values) <= MOST_VALUES:
            raise ParameterError("a drawn curve has 1 to {most} values, not {n}", most=MOST_VALUES, n=len(self.values))
        if not all(math.isfinite(v) for v in self.values):
            raise ParameterError("the values of a drawn curve must be finite")
        if not (FASTEST <= self.hold < math.inf and 0 <= self.start < math.inf):
            raise ParameterError("a drawn curve holds each value for {least} s or more and starts at 0 s or later",
                                 least=f"{FASTEST:g}")  # fmt: skip


@dataclass(frozen=True)
class Step(Stimulus):
    """`amplitude` [A] from `start` to `stop` [s]."""

    kind = "step"
    is_event = False
    amplitude: float
    start: float = 0.0
    stop: float = math.inf


@dataclass(frozen=True)
class Ramp(Stimulus):
    """From `first` to `last` [A] between `start` and `stop` [s], zero outside."""

    kind = "ramp"
    is_event = False
    first: float
    last: float
    start: float
    stop: float


@dataclass(frozen=True)
class Sine(Stimulus):
    """`offset` + `amplitude`·sin(2π·`frequency`·(t − `start`) + `phase`) [A, Hz, rad] from `start` to `stop` [s]."""

    kind = "sine"
    is_event = False
    amplitude: float
    frequency: float
    offset: float = 0.0
    phase: float = 0.0
    start: float = 0.0
    stop: float = math.inf


@dataclass(frozen=True)
class Noise(Stimulus):
    """White noise, held for `hold` seconds a value: mean and standard deviation [A], seeded."""

    kind = "noise"
    is_event = False
    sigma: float
    mean: float = 0.0
    hold: float = 1e-3
    seed: int = 0
    start: float = 0.0
    stop: float = math.inf


_ALL: tuple[type[Stimulus], ...] = (SpikeTrain, Train, Poisson, Manual, Step, Ramp, Sine, Noise, HandDrawn)
STIMULI: dict[str, type[Stimulus]] = {one.kind: one for one in _ALL}


def _numbers(values: Iterable[Any]) -> tuple[float, ...]:
    return tuple(float(v) for v in values)


# What a field of a description is made into; all others are numbers.
_CONVERT: dict[str, Callable[[Any], Any]] = {"seed": int, "times": _numbers, "values": _numbers, "repeat": bool}


def spike_train(times: Iterable[float], *, width: float = SPIKE_WIDTH) -> SpikeTrain:
    """A `SpikeTrain` from any iterable of times [s], sorted and checked to be finite and not negative."""
    ordered = tuple(sorted(float(t) for t in times))
    if any(not math.isfinite(t) or t < 0 for t in ordered):
        raise ParameterError("spike times must be finite and not negative")
    _check_width(width)
    return SpikeTrain(ordered, width)


def _check_width(width: float) -> None:
    if not 0 < width < math.inf:
        raise ParameterError("a pulse must be wider than 0 s, not {width} s", width=f"{width:g}")


def stimulus_from_dict(data: dict[str, Any]) -> Stimulus:
    """The stimulus that `Stimulus.to_dict` described; a `FormatError` says what is wrong with it."""
    kind = data.get("kind")
    if kind not in STIMULI:
        raise FormatError("there is no stimulus '{kind}'; there are {names}", kind=kind, names=", ".join(STIMULI))
    cls = STIMULI[kind]
    known = {field.name for field in fields(cls)}
    arguments = {name: value for name, value in data.items() if name in known}
    try:
        if cls is SpikeTrain:
            return spike_train(arguments.pop("times"), **arguments)
        return cls(**{name: _CONVERT.get(name, float)(value) for name, value in arguments.items()})
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(
            "the stimulus '{kind}' is incomplete or not a number: {error}", kind=kind, error=error
        ) from None
