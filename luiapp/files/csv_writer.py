"""Recordings as tables for everybody: CSV, in the international and the German manner."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.data.recording import Recording
from luiapp.files.codec import header_to_dict, to_json
from luiapp.files.csv_format import (
    HEADER_MARK,
    Dialect,
    dialect,
    harmless,
    header,
    hide,
    n_spike_columns,
    one_line,
    spikes_path,
)
from luiapp.files.disk import atomic
from luiapp.texts import tr

_FIELDS_AT_ONCE = 1 << 16


def write_csv(path: str | Path, recording: Recording, *, decimal: str = ".") -> list[Path]:
    """Write a recording to `path` and its spikes to the file beside it (see `csv_format`).

    Parameters
    ----------
    decimal : str
        ``"."``: comma-separated; ``","``: as Excel in German expects it, with semicolons and a byte order mark.

    Returns
    -------
    list of Path
        The files written: the table and the spikes.

    Notes
    -----
    float32 samples are written with as few digits as bring back the same number.
    """
    path = Path(path)
    form = dialect(decimal)
    with atomic(path) as file:
        file.write(form.start)
        file.write((form.line_end.join(_head(recording, form)) + form.line_end).encode("utf-8", "replace"))
        for text in _rows(recording, form):
            file.write(text.encode("ascii"))
    beside = spikes_path(path)
    with atomic(beside) as file:
        file.write(form.start)
        for text in _spike_rows(recording, form):
            file.write(text.encode("utf-8", "replace"))
    return [path, beside]


def _head(recording: Recording, form: Dialect) -> Iterator[str]:
    metadata = recording.metadata
    network = metadata.get("network")
    yield "# " + hide(tr("luiapp recording: {duration} s at {rate} Hz", duration=f"{recording.duration:g}",
                         rate=f"{1 / recording.layout.dt:g}"))  # fmt: skip
    for key in ("created", "software", "rig"):
        if key in metadata:
            yield "# " + hide(f"{key}: {metadata[key]}")
    neurons = network.get("neurons") if isinstance(network, dict) else None
    for row in neurons[:100] if isinstance(neurons, list) else ():
        if isinstance(row, dict) and isinstance(row.get("parameters"), dict):
            values = "  ".join(f"{name}={value}" for name, value in row["parameters"].items())
            yield "# " + hide(f"{row.get('name')}: {values}")
    yield HEADER_MARK + hide(to_json(header_to_dict(recording)))
    yield _line(header(recording.layout), form)


def _line(cells: list[str], form: Dialect) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=form.delimiter, lineterminator="").writerow([one_line(cell) for cell in cells])
    return text.getvalue()


def _rows(recording: Recording, form: Dialect) -> Iterator[str]:
    samples, dt = recording.samples, recording.layout.dt
    n_spikes, n_traces = n_spike_columns(recording.layout), samples.shape[1]
    single = samples.dtype == np.float32
    cells = ["%.12g", *["%.9g" if single else "%r"] * n_traces, *["%d"] * n_spikes]
    template = form.delimiter.join(cells) + form.line_end
    n_at_once = max(1, _FIELDS_AT_ONCE // len(cells))
    counted = _spike_cells(recording, n_spikes)
    for first in range(0, len(samples), n_at_once):
        part = samples[first : first + n_at_once]
        block = np.zeros((len(part), len(cells)))
        block[:, 0] = (recording.i_first + np.arange(first, first + len(part))) * dt
        block[:, 1 : 1 + n_traces] = _short(part) if single else part
        here = slice(*np.searchsorted(counted[:, 0], [first, first + len(part)]))
        np.add.at(block, (counted[here, 0] - first, 1 + n_traces + counted[here, 1]), 1)
        text = (template * len(part)) % tuple(block.ravel().tolist())
        if np.isnan(part).any():
            text = text.replace("nan", "")
        yield text.replace(".", ",") if form.decimal == "," else text


def _spike_cells(recording: Recording, n_columns: int) -> NDArray[np.int64]:
    """(n_spikes, 2) row and column of the spikes that have a row, in order of the rows."""
    rows = np.rint(recording.spike_times / recording.layout.dt).astype(np.int64) - recording.i_first
    within = (rows >= 0) & (rows < len(recording.samples)) & (recording.spike_neurons < n_columns)
    cells = np.stack([rows[within], recording.spike_neurons[within].astype(np.int64)], axis=1)
    return cells[np.argsort(cells[:, 0], kind="stable")]


def _short(values: NDArray[Any]) -> NDArray[np.float64]:
    """float64 values of few decimal digits that are the same as float32: 0.6, not 0.600000024."""
    exact = values.astype(np.float64)
    short = exact.copy()
    with np.errstate(all="ignore"):
        digits = np.floor(np.log10(np.abs(exact)))
        todo = np.isfinite(digits)
        for n in (6, 7, 8):
            scale = 10.0 ** (n - 1 - digits)
            candidate = np.rint(exact * scale) / scale
            hit = todo & (candidate.astype(np.float32) == values)
            short[hit] = candidate[hit]
            todo &= ~hit
            if not todo.any():
                break
    return short


def _spike_rows(recording: Recording, form: Dialect) -> Iterator[str]:
    names = [harmless(name) for name in recording.layout.neurons]
    yield form.delimiter.join(["time_s", "neuron"]) + form.line_end
    for first in range(0, len(recording.spike_times), 10_000):
        text = io.StringIO()
        writer = csv.writer(text, delimiter=form.delimiter, lineterminator=form.line_end)
        times = [repr(t).replace(".", form.decimal) for t in recording.spike_times[first : first + 10_000].tolist()]
        owners = recording.spike_neurons[first : first + 10_000].tolist()
        writer.writerows(zip(times, [names[i] for i in owners], strict=True))
        yield text.getvalue()
