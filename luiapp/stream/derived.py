"""Calculated traces: differences, slopes, means of what a stream brings, as further columns of its chunks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.errors import LuiError, ParameterError
from luiapp.stream.recorder import Writer
from luiapp.stream.ring import Ring, heirs
from luiapp.texts import mark

CALCULATED = "calculated"  # the quantity of such a trace
LONGEST = 1.0  # s that a mean, a low pass or a slope may take
_PIECE = 1 << 16  # samples of the past that are calculated at a time
_BLOCK = 64  # samples of a low pass at a time
_Values = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """A way to calculate: how it is written, and which of a channel's fields it uses."""

    text: str
    uses: tuple[str, ...]


KINDS = {
    "difference": Kind(mark("A − B"), ("b",)),
    "sum": Kind(mark("A + B"), ("b",)),
    "product": Kind(mark("A × B"), ("b",)),
    "scaled": Kind(mark("k · A + c"), ("factor", "offset")),
    "slope": Kind(mark("slope of A"), ("seconds",)),
    "mean": Kind(mark("running mean of A"), ("seconds",)),
    "low_pass": Kind(mark("low pass of A"), ("seconds",)),
}


@dataclass(frozen=True)
class Channel:
    """One calculated trace. Raises `ParameterError` where it can't be.

    Attributes
    ----------
    name : str
        What it is called; no other trace may be called so.
    kind : str
        A key of `KINDS`.
    a, b : str
        Names of traces; a calculated one before it will do, too.
    factor, offset : float
        Of ``"scaled"``; the offset in the unit of `a`.
    seconds : float
        How long a slope or a mean is, or the time constant of a low pass [s]. Means and slopes end at the present
        sample, so they lag behind by half of it.
    """

    name: str
    kind: str
    a: str
    b: str = ""
    factor: float = 1.0
    offset: float = 0.0
    seconds: float = 5e-3

    def __post_init__(self) -> None:
        if not 0 < len(self.name.strip()) <= 40:
            raise ParameterError("a calculated trace needs a name of 1 to 40 characters, not '{name}'", name=self.name)
        if self.kind not in KINDS:
            raise ParameterError("a trace is calculated as one of {kinds}, not as '{kind}'",
                                 kinds=", ".join(KINDS), kind=self.kind)  # fmt: skip
        if self.name in (self.a, self.b):
            raise ParameterError("'{name}' can't be calculated from itself; give it another name", name=self.name)
        if not (math.isfinite(self.factor) and math.isfinite(self.offset)):
            raise ParameterError("factor and offset must be numbers, not {a} and {b}", a=self.factor, b=self.offset)
        if not 0 < self.seconds <= LONGEST:
            raise ParameterError("a mean or a slope takes more than 0 s and at most {limit} s, not {value} s",
                                 limit=f"{LONGEST:g}", value=f"{self.seconds:g}")  # fmt: skip

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the traces that it is calculated from."""
        return (self.a, self.b) if "b" in KINDS[self.kind].uses else (self.a,)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Channel:
        """From the fields as a file has them. Raises `ParameterError` where they aren't those of a channel."""
        types = {"name": str, "kind": str, "a": str, "b": str, "factor": float, "offset": float, "seconds": float}
        try:
            return cls(**{k: types[k](v) for k, v in dict(data).items() if k in types})
        except (TypeError, ValueError) as error:
            raise ParameterError("a calculated trace can't be read from {data}", data=str(data)[:200]) from error


class Derived:
    """Appends calculated traces to the chunks of a stream, in order, whatever pieces it comes in.

    Attributes
    ----------
    channels : tuple of Channel
        To be changed by `again` only, where a ring remembers the stream.
    faults : dict
        For each channel that can't be calculated from this stream, the `LuiError` that says why.
    """

    def __init__(self, channels: Sequence[Channel] = ()) -> None:
        self.channels = tuple(channels)
        self.faults: dict[str, LuiError] = {}
        self._source: Layout | None = None
        self._layout: Layout | None = None
        self._steps: list[_Step] = []
        self._next = 0  # index of the sample after the last

    def extend(self, chunk: Chunk) -> Chunk:
        """The chunk with the calculated columns behind its own; itself where there are none."""
        if not self.channels:
            return chunk
        if chunk.layout is not self._source:
            self.bind(chunk.layout)
        if not self._steps or self._layout is None:
            return chunk
        if chunk.i_first != self._next:
            self._begin()
        self._next = chunk.i_end
        return replace(chunk, layout=self._layout, samples=self._columns(chunk.samples))

    def again(self, ring: Ring, channels: Sequence[Channel], seconds: float) -> Ring:
        """Other channels from now on: a ring that remembers what `ring` does, with their past calculated as well."""
        source = self._source if self._source is not None and self._layout == ring.layout else ring.layout
        self.channels = tuple(channels)
        self.bind(source)
        assert self._layout is not None
        n = len(source.traces)
        new = Ring(self._layout, seconds)
        traces, neurons = heirs(ring.layout, self._layout)
        new.inherit(ring, [*traces[:n], *(-1 for _ in self._steps)], neurons)
        for first in range(new.tail, new.head, _PIECE):
            end = min(first + _PIECE, new.head)
            values = self._columns(new.copy(first, end)[:, :n])
            for k in range(n, values.shape[1]):
                new.fill(k, first, values[:, k])
        self._next = new.head
        return new

    def bind(self, layout: Layout) -> None:
        """Find the columns that each channel needs in a stream of this layout; `faults` says what is missing."""
        self._source, self.faults, self._steps = layout, {}, []
        traces = list(layout.traces)
        for channel in self.channels:
            try:
                unit = _unit(channel, traces)
            except LuiError as error:
                self.faults[channel.name] = error
                continue
            names = [t.name for t in traces]
            self._steps.append(_Step(channel, [names.index(name) for name in channel.inputs], layout.dt))
            traces.append(Trace(channel.name, unit, CALCULATED, -1))
        self._layout = replace(layout, traces=tuple(traces)) if self._steps else layout
        self._begin()

    def _begin(self) -> None:
        """Nothing is known of the past: at the start, and after a gap."""
        for step in self._steps:
            step.begin()

    def _columns(self, samples: NDArray[Any]) -> NDArray[Any]:
        n = samples.shape[1]
        out = np.empty((len(samples), n + len(self._steps)), samples.dtype)
        out[:, :n] = samples
        for k, step in enumerate(self._steps):
            out[:, n + k] = step([out[:, i].astype(np.float64) for i in step.columns])
        return out


class CalculatingWriter:
    """A `Writer` whose file gets the calculated traces, too."""

    def __init__(self, writer: Writer, channels: Sequence[Channel]) -> None:
        self._writer, self._derived = writer, Derived(channels)

    @property
    def bytes_written(self) -> int:
        """Size of the file so far."""
        return self._writer.bytes_written

    def append(self, chunk: Chunk) -> None:
        """Take one chunk."""
        self._writer.append(self._derived.extend(chunk))

    def flush(self) -> None:
        """Hand to the operating system what was appended."""
        self._writer.flush()

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


def _unit(channel: Channel, traces: Sequence[Trace]) -> str:
    """The unit of a channel of these traces; `ParameterError` where they don't allow it."""
    units = {t.name: t.unit for t in traces}
    if channel.name in units:
        raise ParameterError("there is a trace called '{name}' already; choose another name", name=channel.name)
    for name in channel.inputs:
        if name not in units:
            raise ParameterError("'{name}' needs the trace '{input}', which isn't there now; choose another",
                                 name=channel.name, input=name)  # fmt: skip
    one = units[channel.a]
    if channel.kind == "slope":
        return f"{one}/s"
    other = units[channel.b] if len(channel.inputs) > 1 else one
    if channel.kind == "product":
        return f"{one}²" if one == other else f"{one}·{other}"
    if one != other:
        raise ParameterError("{a} is in {one} and {b} in {other}; only what has one unit can be added",
                             a=channel.a, one=one, b=channel.b, other=other)  # fmt: skip
    return one


class _Step:
    """A channel at work, with what it has to remember of the past."""

    def __init__(self, channel: Channel, columns: list[int], dt: float) -> None:
        self.channel, self.columns, self._dt = channel, columns, dt
        self._n = max(1, round(channel.seconds / dt))
        self.begin()

    def begin(self) -> None:
        """Forget the past."""
        n = {"slope": self._n, "mean": self._n - 1}.get(self.channel.kind, 0)
        self._past = np.full(n, np.nan)
        self._level = math.nan

    def __call__(self, inputs: list[_Values]) -> _Values:
        """(n,) values from (n,) inputs."""
        ways: dict[str, Callable[[], _Values]] = {
            "difference": lambda: inputs[0] - inputs[1],
            "sum": lambda: inputs[0] + inputs[1],
            "product": lambda: inputs[0] * inputs[1],
            "scaled": lambda: self.channel.factor * inputs[0] + self.channel.offset,
            "slope": lambda: self._slope(inputs[0]),
            "mean": lambda: self._mean(inputs[0]),
            "low_pass": lambda: self._low_pass(inputs[0]),
        }
        return ways[self.channel.kind]()

    def _with_past(self, x: _Values) -> _Values:
        every = np.concatenate([self._past, x])
        self._past = every[len(every) - len(self._past) :]
        return every

    def _slope(self, x: _Values) -> _Values:
        every = self._with_past(x)
        return (every[self._n :] - every[: len(x)]) / (self._n * self._dt)

    def _mean(self, x: _Values) -> _Values:
        """Of those samples of the last `seconds` that were measured."""
        every = self._with_past(x)
        good = np.isfinite(every)
        total = np.concatenate([[0.0], np.cumsum(np.where(good, every, 0.0))])
        count = np.concatenate([[0], np.cumsum(good)])
        n, k = len(x), self._n
        found = count[k:] - count[:n]
        return np.where(found > 0, (total[k:] - total[:n]) / np.maximum(found, 1), np.nan)

    def _low_pass(self, x: _Values) -> _Values:
        """First order: y' = (x − y)/τ, exact for what stays level from one sample to the next."""
        keep = math.exp(-self._dt / self.channel.seconds)
        out = np.full(len(x), np.nan)
        good = np.flatnonzero(np.isfinite(x))
        values = x[good]
        done = np.empty(len(values))
        powers = keep ** np.arange(_BLOCK + 1)
        weights = (1 - keep) * np.tril(powers[np.abs(np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK)))])
        for i in range(0, len(values), _BLOCK):
            piece = values[i : i + _BLOCK]
            n = len(piece)
            level = piece[0] if math.isnan(self._level) else self._level
            done[i : i + n] = weights[:n, :n] @ piece + powers[1 : n + 1] * level
            self._level = float(done[i + n - 1])
        out[good] = done
        return out
