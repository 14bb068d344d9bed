"""Layouts, events and metadata as JSON, both ways; what comes in is checked before anything is built from it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Event, Layout, Trace
from luiapp.data.recording import Recording
from luiapp.errors import FormatError
from luiapp.files.disk import MAX_NAME, MAX_NEURONS, MAX_SPIKES, MAX_TRACES

MAX_DEPTH = 100
_TIME_LIMIT = 1e12  # s; beyond it a sample index no longer fits the files


def to_json(value: Any, *, indent: int | None = None) -> str:
    """`value` as strict JSON; numbers that JSON can't hold (not-a-number, infinity) become null."""
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False, indent=indent, default=_plain)
    except (ValueError, TypeError):
        return json.dumps(_finite(value), allow_nan=False, ensure_ascii=False, indent=indent, default=str)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    return list(value) if isinstance(value, set | frozenset | tuple) else str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, list | tuple | set | frozenset) else value


def from_json(content: bytes | str) -> Any:
    """The value of a JSON text.

    Raises
    ------
    FormatError
        With line and column, if it is not JSON, not UTF-8, holds a number that isn't finite, or is nested deeper
        than `MAX_DEPTH`.
    """
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite_number)
    except UnicodeDecodeError as error:
        raise FormatError("byte {place} is not UTF-8 text", place=error.start) from None
    except json.JSONDecodeError as error:
        raise FormatError("line {line}, column {column}: this is not JSON ({reason})",
                          line=error.lineno, column=error.colno, reason=error.msg) from None  # fmt: skip
    except RecursionError:
        raise FormatError("it is nested deeper than {limit} levels", limit=MAX_DEPTH) from None
    except FormatError:
        raise
    except ValueError as error:  # an integer of thousands of digits
        raise FormatError("it holds a number that can't be read ({reason})", reason=error) from None
    _check_depth(value)
    return value


def _refuse(name: str) -> None:
    raise FormatError("it holds '{value}', which is not a number", value=name)


def _finite_number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise FormatError("it holds '{value}', which is too large a number", value=text[:40])
    return number


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += [v for v in one.values() if isinstance(v, dict | list)]
            elif isinstance(one, list):
                inner += [v for v in one if isinstance(v, dict | list)]
        if not inner:
            return
        level = inner
    raise FormatError("it is nested deeper than {limit} levels", limit=MAX_DEPTH)


def layout_to_dict(layout: Layout) -> dict[str, Any]:
    """A JSON-ready description of the columns."""
    traces = [{"name": t.name, "unit": t.unit, "quantity": t.quantity, "i_neuron": t.i_neuron} for t in layout.traces]
    return {"dt": layout.dt, "traces": traces, "neurons": list(layout.neurons), "kind": layout.kind}


def layout_from_dict(data: Any) -> Layout:
    """The layout that `layout_to_dict` described. Raises `FormatError`."""
    if not isinstance(data, dict):
        raise FormatError("the description of the columns is not a JSON object")
    dt = check_dt(data.get("dt"))
    neurons = data.get("neurons", [])
    rows = data.get("traces", [])
    if not isinstance(neurons, list) or not isinstance(rows, list):
        raise FormatError("the description of the columns has no list of traces or neurons")
    if len(rows) > MAX_TRACES or len(neurons) > MAX_NEURONS:
        raise FormatError("it names {n} traces; {limit} is the most that can be read",
                          n=max(len(rows), len(neurons)), limit=MAX_TRACES)  # fmt: skip
    names = tuple(_name(n) for n in neurons)
    traces = tuple(_trace(row, len(names)) for row in rows)
    return Layout(dt, traces, names, _name(data.get("kind", "replay")))


def check_dt(value: Any) -> float:
    """`value` as a sampling interval [s], or a `FormatError`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1e-9 <= value <= 1e6:
        raise FormatError("the sampling interval must lie between 1 ns and 1,000,000 s, but is {value}",
                          value=repr(value)[:40])  # fmt: skip
    return float(value)


def _name(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_NAME:
        raise FormatError("a name must be a text of at most {limit} characters, not {value}",
                          limit=MAX_NAME, value=repr(value)[:40])  # fmt: skip
    return value


def _trace(row: Any, n_neurons: int) -> Trace:
    if not isinstance(row, dict):
        raise FormatError("a trace is described by {value}, not by a JSON object", value=repr(row)[:40])
    i_neuron = row.get("i_neuron", -1)
    if isinstance(i_neuron, bool) or not isinstance(i_neuron, int) or not -1 <= i_neuron < max(n_neurons, 1):
        raise FormatError(
            "a trace belongs to neuron {value}, but there are {n}", value=repr(i_neuron)[:40], n=n_neurons
        )
    return Trace(
        _name(row.get("name", "")), _name(row.get("unit", "V")), _name(row.get("quantity", "signal")), i_neuron
    )


def event_to_dict(event: Event) -> dict[str, Any]:
    """A JSON-ready event."""
    return {"time": event.time, "kind": event.kind, "target": event.target, "name": event.name, "value": event.value}


def event_from_dict(data: Any) -> Event:
    """The event that `event_to_dict` described. Raises `FormatError`."""
    if not isinstance(data, dict):
        raise FormatError("an event is described by {value}, not by a JSON object", value=repr(data)[:40])
    time = data.get("time")
    if isinstance(time, bool) or not isinstance(time, int | float) or abs(time) > _TIME_LIMIT:
        raise FormatError("an event has the time {value}, which is not a number of seconds", value=repr(time)[:40])
    texts = [_name(data.get(key, "")) for key in ("kind", "target", "name")]
    return Event(float(time), texts[0], texts[1], texts[2], data.get("value"))


def check_spikes(
    times: NDArray[Any], neurons: NDArray[Any], n_neurons: int
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Spikes in order of time, as the types of a recording. Raises `FormatError` if one is impossible."""
    if (
        times.ndim != 1
        or times.shape != neurons.shape
        or times.dtype.kind not in "fiu"
        or neurons.dtype.kind not in "iu"
    ):
        raise FormatError("the spikes are not two columns of numbers of equal length")
    if len(times) > MAX_SPIKES:
        raise FormatError("it holds {n} spikes; {limit} is the most that can be read", n=len(times), limit=MAX_SPIKES)
    times = times.astype(np.float64)
    if not (np.abs(times) <= _TIME_LIMIT).all():
        raise FormatError("the time of a spike is not a finite number")
    if len(neurons) and not (int(neurons.min()) >= 0 and int(neurons.max()) < n_neurons):
        raise FormatError("a spike belongs to a neuron that is not there; there are {n}", n=n_neurons)
    order = np.argsort(times, kind="stable")
    return times[order], neurons[order].astype(np.int32)


def header_to_dict(recording: Recording) -> dict[str, Any]:
    """All of a recording but its arrays, JSON-ready: for formats that carry it in one text."""
    return {
        "format": "luiapp-recording",
        "version": 1,
        "dtype": str(recording.samples.dtype),
        "layout": layout_to_dict(recording.layout),
        "i_first": int(recording.i_first),
        "events": [event_to_dict(e) for e in recording.events],
        "metadata": recording.metadata,
    }


def header_from_dict(data: Any) -> tuple[Layout, int, tuple[Event, ...], dict[str, Any]]:
    """Layout, i_first, events and metadata that `header_to_dict` described. Raises `FormatError`."""
    if not isinstance(data, dict) or data.get("format") != "luiapp-recording":
        raise FormatError("its description is not one of a recording")
    if not isinstance(data.get("version"), int) or data["version"] > 1:
        raise FormatError("this recording is of version {version}; this program reads up to {known}: update it",
                          version=repr(data.get("version"))[:40], known=1)  # fmt: skip
    events, metadata = data.get("events", []), data.get("metadata", {})
    if not isinstance(events, list) or not isinstance(metadata, dict):
        raise FormatError("its events or its metadata are malformed")
    return (layout_from_dict(data.get("layout")), check_first(data.get("i_first", 0)),
            tuple(event_from_dict(e) for e in events), metadata)  # fmt: skip


def check_first(value: Any) -> int:
    """`value` as the index of a first sample, or a `FormatError`."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**53:
        raise FormatError("the index of the first sample is {value}, not a whole number", value=repr(value)[:40])
    return value
