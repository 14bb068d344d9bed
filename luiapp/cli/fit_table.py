"""What a table of somebody else's holds: which column is time, which the membrane, and which tells of pulses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import FormatError, ParameterError

if TYPE_CHECKING:
    from luiapp.experiments.twin_trace import Trace
    from luiapp.files.columns import Columns

_PULSES = ("stim", "pulse", "puls", "input", "syn", "reiz", "dend")  # how columns of pulses are called
_FEW = 0.5  # of all samples, that a column of pulses is high at most
_MARK = 1.5  # samples; what is high no longer marks an onset, and says nothing of a width


def trace_of(table: Columns, column: str | None, pulses: dict[str, Any]) -> Trace:
    """The trace in a table, with its pulses: as told, or of its own columns.

    Raises
    ------
    FormatError, ParameterError
        If there is no such column, or it is no membrane.
    """
    from luiapp.experiments.twin_trace import from_columns

    values, names = table.values, table.names
    time = _time(table)
    others = [i for i in range(values.shape[1]) if i != time and np.isfinite(values[:, i]).any()]
    if not others:
        raise FormatError("it needs at least {n} columns of numbers", n=2)
    named = {names[i]: i for i in others} if names else {}
    if column is not None and column not in named:
        raise ParameterError("there is no column '{name}'; there are {names}",
                             name=column, names=", ".join(named) or "–")  # fmt: skip
    gates = [i for i in others if _is_gate(table, i)]
    membranes = [i for i in others if i not in gates] or others
    found = table.find("membrane", "v_mem", "vmem", "mem", "v", "u", "spannung", "ch1", "ch 1")
    chosen = named[column] if column is not None else found if found in membranes else membranes[0]
    if not pulses:
        pulses = _pulses(values[:, time], [values[:, i] for i in gates if i != chosen][:3])
    return from_columns(values[:, time], values[:, chosen], **pulses)


def _time(table: Columns) -> int:
    """By its name; else the first column, unless another one alone rises all the way."""
    named = table.find("time", "t", "zeit", "sec")
    if named is not None:
        return named
    rising = [i for i in range(table.values.shape[1]) if _rises(table.values[:, i])]
    return rising[0] if rising and 0 not in rising else 0


def _rises(values: NDArray[np.float64]) -> bool:
    steps = np.diff(values[np.isfinite(values)])
    return len(steps) > 2 and bool((steps >= 0).all()) and bool((steps > 0).mean() > 0.5)


def _is_gate(table: Columns, i: int) -> bool:
    """Whether a column is low most of the time and high on one or a few levels, and is called so or has no name."""
    if table.names and not table.names[i].lower().startswith(_PULSES):
        return False
    column = table.values[np.isfinite(table.values[:, i]), i]
    levels = np.unique(column)
    return 2 <= len(levels) <= 4 and float(np.mean(column > levels[0])) < _FEW


def _pulses(time: NDArray[np.float64], gates: list[NDArray[np.float64]]) -> dict[str, Any]:
    """Onsets, widths and dendrites: of each column's own, or by the levels 1 to 3 of a single one."""
    if not gates:
        return {}
    whole = np.unique(np.nan_to_num(gates[0]))
    if len(gates) == 1 and len(whole) > 2 and set(whole.tolist()) <= {0.0, 1.0, 2.0, 3.0}:
        gates = [np.where(gates[0] == k, 1.0, 0.0) for k in (1.0, 2.0, 3.0)]
    onsets, widths, synapses = list[float](), list[float](), list[int]()
    dt = float(np.median(np.diff(time)))
    for k, gate in enumerate(gates):
        low, high = float(np.nanmin(gate)), float(np.nanmax(gate))
        up = np.nan_to_num(gate, nan=low) > 0.5 * (low + high) if high > low else np.zeros(len(gate), bool)
        edges = np.diff(np.concatenate([[False], up, [False]]).astype(np.int8))
        begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        onsets += (time[begins] - 0.5 * dt).tolist()  # it rose somewhere between two samples
        widths += ((ends - begins) * dt).tolist()
        synapses += [k] * len(begins)
    found: dict[str, Any] = {"pulses": onsets, "synapses": synapses}
    if onsets and max(widths) > _MARK * dt:
        found["widths"] = widths
    else:
        found["pulses"] = [onset + 0.5 * dt for onset in onsets]
    return found
