"""Tables read as recordings: ours to the last bit, and those of other programs as far as they explain themselves."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Event, Layout, Trace
from luiapp.data.recording import Recording
from luiapp.errors import FormatError
from luiapp.files.codec import check_spikes, from_json, header_from_dict
from luiapp.files.csv_format import HEADER_MARK, n_spike_columns, named, one_line, spikes_path, unhide
from luiapp.files.disk import MAX_JSON, MAX_SPIKES, MAX_TRACES, MAX_VALUES, guard, naming
from luiapp.files.grid import on_grid

MAX_LINE = 2**16
_BLOCK = 1 << 22  # bytes
_TIME = re.compile(r"^(?:time|t|zeit|timestamp)(?:[\s_\[(]*(s|sec|seconds|ms|us|µs)[\])]*)?$", re.IGNORECASE)
_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}
_UNIT = re.compile(r"^(.*?)[\s_\[(]+(mV|V|µV|uV|A|mA|µA|uA|nA|pA)[\])]*$")
_SCALE = {"mV": ("V", 1e-3), "µV": ("V", 1e-6), "uV": ("V", 1e-6), "mA": ("A", 1e-3), "µA": ("A", 1e-6),
          "uA": ("A", 1e-6), "nA": ("A", 1e-9), "pA": ("A", 1e-12)}  # fmt: skip


@dataclass
class _Columns:
    """What the head of a table says."""

    layout: Layout | None
    i_first: int
    events: tuple[Event, ...]
    metadata: dict[str, Any]
    names: list[str]
    delimiter: str
    n_lines: int
    time_scale: float = 1.0
    i_time: int = 0
    i_traces: list[int] = field(default_factory=list)
    i_spikes: list[int] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    scales: list[float] = field(default_factory=list)
    neurons: list[str] = field(default_factory=list)
    spike_owner: list[int] = field(default_factory=list)
    dtype: str = "float32"


def read_csv(path: str | Path) -> Recording:
    """The recording in a table.

    Commas, semicolons and tabs, decimal points and (except between commas) decimal commas are understood. A table of
    another program needs a header with a column ``time_s``, ``time_ms``, ``t`` or the like; all others are traces
    (unit from their names' ends, millivolts become volts), or spikes where they are called ``spike_…``.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        With file and line, if it isn't such a table.
    """
    path = Path(path)
    with guard(path, writing=False), naming(path), path.open("rb") as file:
        columns = _head(file)
        _assign(columns)
        times, values, spikes = _body(file, columns)
        recording = _build(columns, times, values, spikes)
    beside = spikes_path(path)
    if beside != path and beside.exists():
        with guard(beside, writing=False), naming(beside), beside.open("rb") as file:
            return _with_spikes(recording, file)
    return recording


def _decode(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")  # what Excel saves unless it is told otherwise


def _head(file: IO[bytes]) -> _Columns:
    found: tuple[Layout | None, int, tuple[Event, ...], dict[str, Any]] = (None, 0, (), {})
    dtype, n = "float32", 0
    while line := file.readline(MAX_JSON):
        n += 1
        if not line.startswith((b"#", b"\xef\xbb\xbf#")) and len(line) > MAX_LINE:
            raise FormatError("line {line} is longer than {limit} characters", line=n, limit=MAX_LINE)
        text = _decode(line).strip("\r\n")
        if text.startswith(HEADER_MARK):
            data = from_json(unhide(text[len(HEADER_MARK) :].rstrip(",;\t ")))
            found = header_from_dict(data)
            dtype = "float64" if data.get("dtype") == "float64" else "float32"
        elif text.strip(",;\t ") and not text.startswith("#"):
            try:
                delimiter, names = _names(text)
            except csv.Error as error:
                raise FormatError("line {line}: {reason}", line=n, reason=error) from None
            if len(names) > MAX_TRACES:
                raise FormatError(
                    "line {line} has {n} columns; {limit} is the most", line=n, n=len(names), limit=MAX_TRACES
                )
            return _Columns(*found, names=names, delimiter=delimiter, n_lines=n, dtype=dtype)
    raise FormatError("it has no header line with the names of the columns")


def _names(text: str) -> tuple[str, list[str]]:
    """The delimiter of a header line and its names. Names hold any mark: the right one leaves a column of times."""
    found = []
    for delimiter in ";\t,":
        names = [name.strip() for name in next(csv.reader([text], delimiter=delimiter))]
        found.append((any(map(_TIME.match, names)), text.count(delimiter), delimiter, names))
    _, _, delimiter, names = max(found, key=lambda one: one[:2])
    return delimiter, names


def _assign(columns: _Columns) -> None:
    """Find out which column is what."""
    names, layout = columns.names, columns.layout
    if layout is not None:
        n_traces, n_spikes = len(layout.traces), n_spike_columns(layout)
        if len(names) != 1 + n_traces + n_spikes:
            raise FormatError(
                "line {line} names {n} columns, but the line '# luiapp: …' {m}; delete that line if this is on purpose",
                line=columns.n_lines, n=len(names), m=1 + n_traces + n_spikes,
            )  # fmt: skip
        columns.i_traces, columns.scales = list(range(1, 1 + n_traces)), [1.0] * n_traces
        columns.i_spikes = list(range(1 + n_traces, len(names)))
        columns.traces, columns.neurons = list(layout.traces), list(layout.neurons)
        columns.spike_owner = list(range(n_spikes))
        return
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise FormatError("line {line} has two columns called '{name}'", line=columns.n_lines, name=twice[:60])
    times = [i for i, name in enumerate(names) if _TIME.match(name)]
    if not times:
        raise FormatError("line {line} has no column of times, such as 'time_s'; it has {names}",
                          line=columns.n_lines, names=", ".join(names)[:200])  # fmt: skip
    columns.i_time = times[0]
    match = _TIME.match(names[times[0]])
    columns.time_scale = _SECONDS[((match and match[1]) or "").lower()]
    for i, name in enumerate(names):
        if i != columns.i_time:
            _assign_foreign(columns, i, name)


def _assign_foreign(columns: _Columns, i: int, name: str) -> None:
    if name.lower().startswith("spike_"):
        columns.i_spikes.append(i)
        columns.spike_owner.append(_neuron(columns, name[6:]))
        return
    match = _UNIT.match(name)
    unit, scale = _SCALE.get(match[2], (match[2], 1.0)) if match else ("V", 1.0)
    plain = (match[1] if match else name) or name
    is_membrane = plain.lower().startswith("v_") or unit == "V"
    plain = plain[2:] if plain.lower().startswith("v_") and len(plain) > 2 else plain
    columns.i_traces.append(i)
    columns.scales.append(scale)
    quantity = "membrane" if is_membrane else "signal"
    columns.traces.append(Trace(plain, unit, quantity, _neuron(columns, plain) if is_membrane else -1))


def _neuron(columns: _Columns, name: str) -> int:
    if name not in columns.neurons:
        columns.neurons.append(name)
    return columns.neurons.index(name)


def _body(file: IO[bytes], columns: _Columns) -> tuple[NDArray[np.float64], NDArray[Any], list[NDArray[np.int64]]]:
    """Times, traces (n_rows, n_traces), and for each block the (row, owner) of spikes."""
    times, values, spikes = [], [], []
    n_rows = 0
    for block in _blocks(file, columns):
        n_rows += len(block)
        if n_rows * len(columns.names) > MAX_VALUES:
            raise FormatError("it holds more than {limit} million numbers", limit=MAX_VALUES // 10**6)
        times.append(block[:, columns.i_time] * columns.time_scale)
        values.append((block[:, columns.i_traces] * np.array(columns.scales)).astype(columns.dtype))
        counts = np.nan_to_num(block[:, columns.i_spikes], nan=0.0)
        row, column = np.nonzero(counts > 0)
        n = np.clip(counts[row, column], 0, 1000).astype(np.int64)
        owner = np.array(columns.spike_owner, np.int64)[column]
        spikes.append(np.stack([np.repeat(row + n_rows - len(block), n), np.repeat(owner, n)], axis=1))
    if not times:
        raise FormatError("it has no rows of numbers")
    return np.concatenate(times), np.concatenate(values), spikes


def _blocks(file: IO[bytes], columns: _Columns) -> Iterator[NDArray[np.float64]]:
    n_lines = columns.n_lines
    rest = b""
    while True:
        content = rest + file.read(_BLOCK)
        if not content:
            return
        cut = content.rfind(b"\n") + 1
        if cut == 0 and len(content) > MAX_LINE:
            raise FormatError("line {line} is longer than {limit} characters", line=n_lines + 1, limit=MAX_LINE)
        ended = len(content) - len(rest) < _BLOCK
        if ended or cut == 0:
            cut = len(content)
        part, rest = content[:cut], content[cut:]
        block = _numbers(part, columns, n_lines)
        n_lines += part.count(b"\n")
        if len(block):
            yield block
        if ended:
            return


def _numbers(part: bytes, columns: _Columns, n_before: int) -> NDArray[np.float64]:
    """(n_rows, n_columns) numbers of a piece of text; empty fields are not-a-number."""
    text = part.decode("latin-1").replace("\r\n", "\n")
    delimiter = columns.delimiter
    if delimiter != "," and "," in text:
        text = text.replace(",", ".")
    doubled = delimiter * 2
    if doubled in text or f"{delimiter}\n" in text or f"\n{delimiter}" in text or text[:1] == delimiter \
            or text[-1:] == delimiter:  # fmt: skip
        text = _filled(text, delimiter)
    lines = [line for line in text.split("\n") if line.strip()]
    n_columns = len(columns.names)
    if not lines:
        return np.empty((0, n_columns))
    try:
        block = np.loadtxt(lines, np.float64, delimiter=delimiter, ndmin=2, comments=None)
    except ValueError:
        block = np.empty((0, 0))
    if block.shape != (len(lines), n_columns):
        return _slowly(text, columns, n_before)
    return block


def _filled(text: str, delimiter: str) -> str:
    """`text` with ``nan`` in its empty fields; lines of delimiters only (empty rows of Excel) vanish."""
    lines = []
    for line in text.split("\n"):
        if line.strip(f"{delimiter} "):
            lines.append(delimiter.join(cell if cell.strip() else "nan" for cell in line.split(delimiter)))
        else:
            lines.append("")
    return "\n".join(lines)


def _slowly(text: str, columns: _Columns, n_before: int) -> NDArray[np.float64]:
    """Line by line, for a table with comments in it, or to say which line is wrong."""
    rows = []
    for n, line in enumerate(text.split("\n"), n_before + 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split(columns.delimiter)
        if len(cells) != len(columns.names):
            raise FormatError(
                "line {line} has {n} columns, but the header {m}", line=n, n=len(cells), m=len(columns.names)
            )
        try:
            rows.append([float(cell) for cell in cells])
        except ValueError as error:
            raise FormatError("line {line}: {reason}", line=n, reason=error) from None
    return np.array(rows, np.float64).reshape(len(rows), len(columns.names))


def _build(
    columns: _Columns, times: NDArray[np.float64], values: NDArray[Any], spikes: list[NDArray[np.int64]]
) -> Recording:
    known = columns.layout
    samples, dt, i_first, how = on_grid(times, values, known.dt if known else None)
    if known is not None and abs(times[0] / dt - columns.i_first) < 0.5:
        i_first = columns.i_first
    layout = known or Layout(dt, tuple(columns.traces), tuple(columns.neurons), "replay")
    metadata = columns.metadata if how == "even" else {**columns.metadata, "sampling": how}
    cells = np.concatenate(spikes) if spikes else np.empty((0, 2), np.int64)
    spike_times, owners = check_spikes(times[cells[:, 0]], cells[:, 1], len(layout.neurons))
    return Recording(layout, samples, spike_times, owners, columns.events, metadata, i_first)


def _with_spikes(recording: Recording, file: IO[bytes]) -> Recording:
    """The recording with the spike times of the file beside it."""
    text = (_decode(line) for line in iter(lambda: file.readline(MAX_LINE), b""))
    first = next(text, "")
    delimiter = max(";\t,", key=first.count)
    index = {one_line(name): i for i, name in enumerate(recording.layout.neurons)}
    times, owners = [], []
    try:
        for n, cells in enumerate(csv.reader(text, delimiter=delimiter), 2):
            if not cells:
                continue
            name = named(cells[1]) if len(cells) == 2 else None
            if name not in index:
                raise FormatError("line {line} is not a time and the name of a neuron of this recording", line=n)
            times.append(float(cells[0].replace(",", ".")))
            owners.append(index[name])
            if len(times) > MAX_SPIKES:
                raise FormatError("it holds more than {limit} spikes", limit=MAX_SPIKES)
    except (ValueError, csv.Error) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError("line {line}: {reason}", line=len(times) + 2, reason=error) from None
    found = check_spikes(np.array(times, np.float64), np.array(owners, np.int64), len(index))
    return Recording(recording.layout, recording.samples, *found, recording.events, recording.metadata,
                     recording.i_first)  # fmt: skip
