"""What a port's lines turn into: sampling interval, traces, neurons, and which column feeds which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Trace
from luiapp.link.columns import Column

WRAP = 2.0**32  # a microcontroller's clock counts in 32 bits


@dataclass(frozen=True)
class Setup:
    """A stream as it is understood until its columns or rate change.

    Attributes
    ----------
    labels : tuple of str
        As printed; one a column.
    i_time : int or None
        The column with the device's clock.
    trace_columns, membrane_traces : (n,) int
        The column of each trace; of each neuron the trace to look for spikes in, −1 where a column tells them.
    spike_columns : tuple of (column, neuron)
    """

    labels: tuple[str, ...]
    columns: tuple[Column, ...]
    dt: float
    traces: tuple[Trace, ...]
    neurons: tuple[str, ...]
    i_time: int | None
    trace_columns: NDArray[np.intp]
    membrane_traces: tuple[int, ...]
    spike_columns: tuple[tuple[int, int], ...]
    scale: NDArray[np.float64]
    offset: NDArray[np.float64]

    def convert(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Printed values (n, n_columns) to samples (n, n_traces)."""
        return np.asarray(values[:, self.trace_columns] * self.scale + self.offset, np.float32)


def make_setup(labels: tuple[str, ...], columns: Sequence[Column], dt: float, prefix: str) -> Setup:
    """Name traces and neurons; `prefix` is the port's name where labels don't tell, or several ports are open.

    A column without a label is called after the port, ``"ttyACM0 A"``; each membrane is a neuron of the same name;
    other signals belong to the membrane before them. The k-th spike column tells the spikes of the k-th membrane; in
    excess of membranes it is a neuron without a trace.
    """
    named = [i for i, c in enumerate(columns) if c.use not in ("time", "ignore")]
    free = _unique([f"{prefix} {columns[i].name}" if prefix else columns[i].name for i in named])
    names = dict(zip(named, free, strict=True))
    i_columns = [i for i, c in enumerate(columns) if c.use in ("membrane", "signal")]
    neurons: list[str] = []
    traces: list[Trace] = []
    membranes: list[int] = []
    for k, i in enumerate(i_columns):
        if columns[i].use == "membrane":
            neurons.append(names[i])
            membranes.append(k)
        traces.append(Trace(names[i], columns[i].unit, columns[i].quantity, len(neurons) - 1))
    spikes: list[tuple[int, int]] = []
    for k, i in enumerate(i for i, c in enumerate(columns) if c.use == "spike"):
        if k >= len(neurons):
            neurons.append(names[i])
            membranes.append(-1)
        membranes[k] = -1
        spikes.append((i, k))
    i_time = next((i for i, c in enumerate(columns) if c.use == "time"), None)
    return Setup(
        labels, tuple(columns), dt, tuple(traces), tuple(neurons), i_time, np.array(i_columns, np.intp),
        tuple(membranes), tuple(spikes), np.array([columns[i].scale for i in i_columns], np.float64),
        np.array([columns[i].offset for i in i_columns], np.float64),
    )  # fmt: skip


def bare_setup(dt: float, traces: tuple[Trace, ...], neurons: tuple[str, ...]) -> Setup:
    """Of a stream that says itself what it holds, and has no columns to be read."""
    none = np.empty(0)
    return Setup((), (), dt, traces, neurons, None, none.astype(np.intp), (), (), none, none)


def stamp_interval(stamps: NDArray[np.float64]) -> float | None:
    """The sampling interval [s] that time stamps [s] show; None if they stand still. Robust to missing lines."""
    steps = np.diff(stamps[np.isfinite(stamps)])
    forward = steps[steps >= 0]
    if not len(forward) or forward.max() <= 0:
        return None
    middle = float(np.median(forward))
    unit = float(forward[forward > 0].min())
    if middle <= 1.5 * unit and unit > 0:  # coarse stamps, 0 1 1 2 1 …: only the mean tells
        near = forward[forward <= 4 * unit]
        return float(near.mean()) or None
    near = forward[np.abs(forward - middle) <= 0.5 * middle]
    return float(near.mean())


def stamp_advance(stamps: NDArray[np.float64], last: float, dt: float, unit: float) -> NDArray[np.int64]:
    """How many samples each line lies after the one before, from its time stamp; 0 where the clock began anew.

    Parameters
    ----------
    stamps : (n,) float64
        In seconds.
    last : float
        The stamp before them.
    dt, unit : float
        Sampling interval and one count of the stamp [s]. A stamp in coarse counts jitters by one, which is no gap.
    """
    steps = np.diff(stamps, prepend=last)
    wrap = WRAP * unit
    steps = np.where((steps < 0) & (steps + wrap >= 0) & (steps + wrap < 60.0), steps + wrap, steps)
    late = steps > 1.5 * dt + (1.01 * unit if unit > 0.05 * dt else 0.0)
    advance = np.where(late, np.rint(np.minimum(steps, 1e6 * dt) / dt), 1.0)
    restarted = (steps < -max(dt, 2 * unit)) | (steps > 3600.0)
    advance[restarted] = 0
    return np.where(np.isfinite(steps), advance, 1).astype(np.int64)


def _unique(names: list[str]) -> list[str]:
    result: list[str] = []
    for name in names:
        free, n = name, 1
        while free in result:
            n += 1
            free = f"{name} ({n})"
        result.append(free)
    return result
