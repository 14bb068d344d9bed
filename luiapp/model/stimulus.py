"""What we apply: events to a dendrite, or currents into the membrane. Plain values; nothing evolves here."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from luiapp.errors import FormatError, ParameterError
from luiapp.model.lui import SPIKE_WIDTH


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


STIMULI: dict[str, type[Stimulus]] = {one.kind: one for one in (SpikeTrain, Poisson, Step, Ramp, Sine, Noise)}


def spike_train(times: Iterable[float], *, width: float = SPIKE_WIDTH) -> SpikeTrain:
    """A `SpikeTrain` from any iterable of times [s], sorted and checked to be finite and not negative."""
    ordered = tuple(sorted(float(t) for t in times))
    if any(not math.isfinite(t) or t < 0 for t in ordered):
        raise ParameterError("spike times must be finite and not negative")
    if not 0 < width < math.inf:
        raise ParameterError("a pulse must be wider than 0 s, not {width} s", width=f"{width:g}")
    return SpikeTrain(ordered, width)


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
        return cls(**{n: int(v) if n == "seed" else float(v) for n, v in arguments.items()})
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(
            "the stimulus '{kind}' is incomplete or not a number: {error}", kind=kind, error=error
        ) from None
