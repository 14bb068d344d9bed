"""What the columns of a port mean: names, units, uses and time stamps, inferred from what they hold or set by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from luiapp.link.membrane import HIGH, LOW

Use = Literal["membrane", "signal", "spike", "time", "ignore"]


@dataclass(frozen=True)
class ColumnSettings:
    """What a person says of a column; None and ``"auto"`` leave it to inference. Value = printed·scale + offset."""

    name: str | None = None
    scale: float | None = None
    offset: float | None = None
    unit: str | None = None
    use: Use | Literal["auto"] = "auto"


@dataclass(frozen=True)
class BoardSettings:
    """What a person says of a board's ports.

    Attributes
    ----------
    columns : mapping
        By label, by letter (``"A"`` is the first), or by either after a port's name (``"ttyACM0 A"``), which wins.
    rate : float or None
        Lines a second [Hz], where the inferred one isn't good enough.
    vref : float or None
        Full scale of the converter [V].
    baud : int or None
        For all ports that don't say theirs.
    spike_high, spike_low : float
        A membrane that falls from above to below within 4 ms has fired [V].
    """

    columns: Mapping[str, ColumnSettings] = field(default_factory=dict)
    rate: float | None = None
    vref: float | None = None
    baud: int | None = None
    spike_high: float = HIGH
    spike_low: float = LOW


@dataclass(frozen=True)
class Column:
    """A column as it is understood.

    Attributes
    ----------
    name : str
        Its label, or a letter.
    use : str
        ``"time"`` is the device's clock, in seconds after scaling.
    quantity, unit, scale, offset
        Value in `unit` = printed·scale + offset.
    low, high : float
        The printed range that this reading of it allows.
    whole : bool
        Only whole numbers are expected.
    """

    name: str
    use: Use
    quantity: str
    unit: str
    scale: float
    offset: float = 0.0
    low: float = -np.inf
    high: float = np.inf
    whole: bool = False


_TIME = re.compile(r"^(t|time|timestamp|zeit|ms|millis|us|µs|micros|(t|time|zeit)[ _\[(]*(s|ms|us|µs)[\])]?)$", re.I)
_SPIKE = re.compile(r"spike|spk|fired", re.I)
_OTHER = (
    (re.compile(r"vdd|vcc|supply|batt", re.I), "supply"),
    (re.compile(r"syn", re.I), "synapse"),
    (re.compile(r"leak|thr|rest|ref|temp|light|pot", re.I), "signal"),
)
_MILLIVOLTS = re.compile(r"(^|[^a-z])mV([^a-z]|$)|millivolt", re.I)
_VOLTS = re.compile(r"[\[(_ ]V[\])]?$|volt", re.I)
_SECONDS = {"s": 1.0, "ms": 1e-3, "millis": 1e-3, "us": 1e-6, "µs": 1e-6, "micros": 1e-6}
V_MAX = 5.6  # V, a 5 V board and a little
N_MISFITS = 3  # as many values outside its range, and a column is read anew


def letter(i: int) -> str:
    """The name of column `i` without a label: A, B, …, Z, C27, …."""
    return chr(ord("A") + i) if i < 26 else f"C{i + 1}"


def infer_columns(
    labels: Sequence[str],
    values: NDArray[np.float64],
    *,
    rate: float | None = None,
    vref: float | None = None,
    settings: BoardSettings | None = None,
    port: str = "",
) -> tuple[Column, ...]:
    """What each column means.

    Parameters
    ----------
    values : (n_rows, n_columns) float64
        The first lines of a stream, as printed.
    rate : float or None
        Lines a second by the computer's clock [Hz]; tells the unit of a time stamp without a label.
    vref : float or None
        Full scale of the board's converter [V], where its USB number settles it.
    """
    settings = settings or BoardSettings()
    stamp = next((i for i in range(len(labels)) if _is_time(labels[i], values[:, i], rate, i, len(labels))), None)
    columns, i_letter = [], 0
    for i, label in enumerate(labels):
        name = label or letter(i_letter)
        i_letter += i != stamp
        chosen = settings.columns.get(f"{port} {name}") or settings.columns.get(name) or ColumnSettings()
        if (i == stamp and chosen.use in ("auto", "time")) or chosen.use == "time":
            scale = chosen.scale or _time_scale(label, values[:, i], rate)
            columns.append(Column(chosen.name or name, "time", "time", "s", scale))
        else:
            columns.append(_infer_one(name, values[:, i], settings.vref, vref, chosen))
    return tuple(columns)


def misfits(column: Column, values: NDArray[np.float64]) -> int:
    """How many printed values don't fit the way the column is read."""
    if column.low == -np.inf and column.high == np.inf:
        return 0
    known = values[np.isfinite(values)]
    wrong = (known < column.low) | (known > column.high)
    if column.whole:
        wrong |= known != np.rint(known)
    return int(wrong.sum())


def _infer_one(
    name: str, values: NDArray[np.float64], vref_set: float | None, vref_known: float | None, chosen: ColumnSettings
) -> Column:
    use: Use
    if chosen.use != "auto":
        use = chosen.use
    elif _SPIKE.search(name):
        use = "spike"
    else:
        use = "signal" if any(pattern.search(name) for pattern, _ in _OTHER) else "membrane"
    quantity = next((q for pattern, q in _OTHER if pattern.search(name)), "signal")
    if use in ("spike", "ignore"):
        return Column(chosen.name or name, use, "spike", "", chosen.scale or 1.0, chosen.offset or 0.0)
    if chosen.scale is not None or chosen.unit is not None:
        column = Column("", use, quantity, chosen.unit or "V", 1.0 if chosen.scale is None else chosen.scale)
    else:
        column = _infer_unit(name, values, vref_set, vref_known)
        if column.unit != "V" and chosen.use == "auto":
            use = "signal"
    return Column(chosen.name or name, use, "membrane" if use == "membrane" else quantity, column.unit, column.scale,
                  chosen.offset or 0.0, column.low, column.high, column.whole)  # fmt: skip


def _infer_unit(name: str, values: NDArray[np.float64], vref_set: float | None, vref_known: float | None) -> Column:
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    largest = max(-low, high)
    whole = len(known) > 0 and bool((known == np.rint(known)).all())
    if _MILLIVOLTS.search(name):
        return Column("", "membrane", "", "V", 1e-3)
    if _VOLTS.search(name) and largest <= V_MAX:
        return Column("", "membrane", "", "V", 1.0)
    if whole and low >= 0:
        # An AVR (5 V) converts to 10 bits: whole numbers above that can only be millivolts.
        for bits, vref in ((10, 5.0), (12, 3.3), (14, 5.0), (16, 3.3)):
            full = (1 << bits) - 1
            is_millivolts = bits > 10 and high <= 1000 * V_MAX and (vref_known == 5.0 or bits > 12)
            if high <= full and not is_millivolts:
                scale = (vref_set or vref_known or vref) / (full + 1)
                return Column("", "membrane", "", "V", scale, 0.0, 0.0, full, True)
            if high <= full:
                break
    if largest <= V_MAX:
        return Column("", "membrane", "", "V", 1.0, 0.0, -V_MAX, V_MAX)
    if largest <= 1000 * V_MAX:
        return Column("", "membrane", "", "V", 1e-3, 0.0, -1000 * V_MAX, 1000 * V_MAX)
    return Column("", "membrane", "", "", 1.0)


def _is_time(label: str, values: NDArray[np.float64], rate: float | None, i: int, n_columns: int) -> bool:
    known = values[np.isfinite(values)]
    if len(known) < 4 or len(known) < len(values):
        return False
    steps = np.diff(known)
    if label:
        return bool(_TIME.match(label)) and known[-1] > known[0] and float(np.median(steps)) >= 0
    # Without a label: the first of several columns, and it runs as evenly as a clock does, at a clock's pace.
    if i != 0 or n_columns < 2 or rate is None or len(known) < 16 or not (steps >= 0).all():
        return False
    pace = float((known[-1] - known[0]) / (len(known) - 1)) * rate
    uneven = np.abs(steps - np.median(steps)) > max(1.5, 0.3 * float(np.median(steps)))
    middle = len(known) // 2
    early, late = float(steps[:middle].mean()), float(steps[middle:].mean())  # a charging membrane slows down
    if float(uneven.mean()) > 0.1 or not 0.8 * early < late < 1.25 * early:
        return False
    return any(abs(pace * unit - 1) < 0.1 for unit in (1e-3, 1e-6)) or (
        abs(pace - 1) < 0.1 and bool((known != np.rint(known)).any())
    )


def _time_scale(label: str, values: NDArray[np.float64], rate: float | None) -> float:
    word = re.split(r"[ _\[(]+", label.strip("])"))[-1].lower()
    if word in _SECONDS and len(label) > 1:
        return _SECONDS[word]
    known = values[np.isfinite(values)]
    step = float(known[-1] - known[0]) / max(1, len(known) - 1) if len(known) > 1 else 0.0
    if rate is None or step <= 0:
        whole = bool((known == np.rint(known)).all())
        return 1e-3 if whole else 1.0
    return min((1.0, 1e-3, 1e-6), key=lambda unit: abs(np.log(step * rate * unit)))
