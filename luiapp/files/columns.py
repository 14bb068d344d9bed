"""Tables of plain numbers, with or without a header, as spreadsheets and meters write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import FormatError
from luiapp.files.disk import naming, small_file

MAX_BYTES = 1 << 28
_SCALES = {"": 1.0, "m": 1e-3, "µ": 1e-6, "u": 1e-6, "μ": 1e-6, "n": 1e-9, "p": 1e-12, "k": 1e3}
_UNIT = re.compile(r"[\s_\[(/]*(m|µ|u|μ|n|p|k)?(Hz|V|A|sec|s)[\])\s]*$")


@dataclass(frozen=True)
class Columns:
    """A table of numbers.

    Attributes
    ----------
    names : tuple of str
        As the header has them, without units; empty without a header.
    values : (n_rows, n_columns) float64
        In SI where the header names a unit; not-a-number where a cell is empty.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]

    def find(self, *words: str) -> int | None:
        """The first column whose name begins with one of `words`; None without one."""
        for i, name in enumerate(self.names):
            if any(name.lower().startswith(word) for word in words):
                return i
        return None


def read_columns(path: str | Path, *, least: int = 2) -> Columns:
    """The numbers in a table.

    Commas, semicolons, tabs or spaces between columns; decimal points, and decimal commas where the columns are not
    separated by commas; a header or none; lines that begin with ``#`` are left out. A unit at the end of a name
    (``I (mA)``, ``rate_Hz``, ``time_ms``) turns its column into SI.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it isn't such a table, or has fewer columns than `least`; the line is named.
    """
    path = Path(path)
    raw = small_file(path, MAX_BYTES)
    with naming(path):
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
        return _parse(text, least)


def _parse(text: str, least: int) -> Columns:
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1)]
    lines = [(n, line) for n, line in lines if line and not line.startswith("#")]
    if not lines:
        raise FormatError("there are no numbers in it")
    probe = lines[min(1, len(lines) - 1)][1]
    delimiter = ";" if ";" in probe else "\t" if "\t" in probe else "," if "," in probe else None
    names: tuple[str, ...] = ()
    scales = np.ones(0)
    if _row(lines[0][1], delimiter) is None:
        cells = [cell.strip().strip('"') for cell in lines[0][1].split(delimiter)]
        found = [_unit(cell) for cell in cells]
        names, scales = tuple(name for name, _ in found), np.array([scale for _, scale in found])
        lines = lines[1:]
    rows: list[list[float]] = []
    for n, line in lines:
        row = _row(line, delimiter)
        if row is None or (rows and len(row) != len(rows[0])):
            raise FormatError("line {line} is not a row of numbers like the others: {text}", line=n, text=line[:40])
        rows.append(row)
    if not rows or len(rows[0]) < least:
        raise FormatError("it needs at least {n} columns of numbers", n=least)
    values = np.array(rows, np.float64)
    if len(scales) == values.shape[1]:
        values = values * scales
    elif names:
        raise FormatError("its header has {a} columns, its rows have {b}", a=len(names), b=values.shape[1])
    return Columns(names, values)


def _unit(cell: str) -> tuple[str, float]:
    match = _UNIT.search(cell)
    if match is None or match.start() == 0:
        return cell, 1.0
    if cell[match.start()] not in " _[(/":  # the end of a word, such as in "times"
        return cell, 1.0
    return cell[: match.start()], _SCALES[match[1] or ""]


def _row(line: str, delimiter: str | None) -> list[float] | None:
    cells = [cell.strip().strip('"') for cell in line.split(delimiter)]
    if delimiter != ",":
        cells = [cell.replace(",", ".") for cell in cells]
    try:
        row = [float(cell) if cell else np.nan for cell in cells]
    except ValueError:
        return None
    return row if not np.isnan(row).all() else None
