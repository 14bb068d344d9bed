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
_NOTES = 200  # lines above the numbers at most
_NOTHING = ("", "nan", "n/a", "na", "#nv", "#n/a", "null", "none", "-", "--", "?")
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
    separated by commas; a header of one line, of names and units on two, or none; lines that begin with ``#`` and
    notes above the header are left out. A unit at the end of a name (``I (mA)``, ``rate_Hz``, ``time_ms``) turns its
    column into SI. Empty cells and such as ``NaN``, ``n/a`` or ``#NV`` are not-a-number.

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
            text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
        return _parse(text, least)


def _parse(text: str, least: int) -> Columns:
    lines = [(n, line) for n, line in enumerate(map(_bare, text.splitlines()), 1) if line and line[0] != "#"]
    if not lines:
        raise FormatError("there are no numbers in it")
    head, delimiter, n_columns = _begin(lines, least)
    if head == len(lines):
        raise FormatError("line {line} is not a row of numbers like the others: {text}", line=lines[-1][0],
                          text=lines[-1][1][:40])  # fmt: skip
    if n_columns < least:
        raise FormatError("it needs at least {n} columns of numbers", n=least)
    if head and _row(lines[head - 1][1].split(delimiter)[0], ";") is not None:  # begins with a number: no header
        raise FormatError("line {line} is not a row of numbers like the others: {text}", line=lines[head - 1][0],
                          text=lines[head - 1][1][:40])  # fmt: skip
    names, scales = _header([line for _, line in lines[:head]], delimiter, n_columns)
    values = _quickly([line for _, line in lines[head:]], delimiter)
    if values is None or values.shape != (len(lines) - head, n_columns):
        values = _slowly(lines[head:], delimiter, n_columns)
    return Columns(names, values * scales if len(scales) else values)


def _bare(line: str) -> str:
    return line.strip(" \r\n\x00")


def _begin(lines: list[tuple[int, str]], least: int) -> tuple[int, str | None, int]:
    """Where the numbers begin, what stands between them, and how many columns there are."""
    best: tuple[int, str | None, int] = (len(lines), None, 0)
    for i, (_, line) in enumerate(lines[:_NOTES]):
        for delimiter in (";", "\t", ",", None):
            row = _row(line, delimiter) if delimiter is None or delimiter in line else None
            if row is not None and len(row) >= least:
                return i, delimiter, len(row)
            if row is not None and best[2] == 0:
                best = i, delimiter, len(row)
    return best


def _header(lines: list[str], delimiter: str | None, n: int) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Names and factors of the columns; empty without a header."""
    if not lines:
        return (), np.ones(0)
    cells = [[cell.strip().strip('"') for cell in line.split(delimiter)] for line in lines]
    if len(cells[-1]) != n:
        raise FormatError("its header has {a} columns, its rows have {b}", a=len(cells[-1]), b=n)
    last = cells[-1]
    if len(cells) > 1 and len(cells[-2]) == n and all(not cell or _UNIT.fullmatch(cell) for cell in last):
        last = [f"{name} [{unit.strip('[]() ')}]" if unit else name for name, unit in zip(cells[-2], last, strict=True)]
    found = [_unit(cell) for cell in last]
    return tuple(name for name, _ in found), np.array([scale for _, scale in found])


def _quickly(lines: list[str], delimiter: str | None) -> NDArray[np.float64] | None:
    """All rows at once, where every cell is a plain number; else None."""
    if delimiter != "," and any("," in line for line in lines[:_NOTES]):
        lines = [line.replace(",", ".") for line in lines]
    try:
        return np.loadtxt(lines, np.float64, comments=None, delimiter=delimiter, ndmin=2)
    except ValueError:
        return None


def _slowly(lines: list[tuple[int, str]], delimiter: str | None, n_columns: int) -> NDArray[np.float64]:
    rows: list[list[float]] = []
    for n, line in lines:
        row = _row(line, delimiter)
        if row is None or len(row) != n_columns:
            raise FormatError("line {line} is not a row of numbers like the others: {text}", line=n, text=line[:40])
        rows.append(row)
    return np.array(rows, np.float64)


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
        row = [np.nan if cell.lower() in _NOTHING else float(cell) for cell in cells]
    except ValueError:
        return None
    return row if not np.isnan(row).all() else None
