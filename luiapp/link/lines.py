"""Lines of numbers as any sketch prints them, from bytes: no I/O, no clock.

What is understood, as the Arduino plotters understand it: columns separated by comma, semicolon, tab or space (a run
of separators is one), ``label:value`` pairs, a header line of labels, integers, decimals, exponents, ``nan``, ``inf``
and ``ovf`` (the last two become not-a-number), ended by CR, LF or both. All else is counted and skipped.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

MAX_LINE = 1024  # bytes; what is longer is no line of numbers
MAX_COLUMNS = 64
FIRST_LINES = 2  # as many alike make a stream
CHANGED_LINES = 3  # as many alike make a change of columns; fewer are torn lines

_SEPARATORS = bytes.maketrans(b",;\t", b"   ")
_LINE_ENDS = bytes.maketrans(b"\r", b"\n")
_PLAIN = b"0123456789+-.eE \n"
_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_NOT_NUMBERS = frozenset((b"nan", b"-nan", b"inf", b"-inf", b"+inf", b"ovf", b"-ovf"))
_COLON = re.compile(rb"[ ]*:[ ]*")
_WORD = re.compile(r"[^\W\d_]{3}")
_LETTER = re.compile(r"[^\W\d_]")

Shape = tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """Consecutive lines of one form.

    Attributes
    ----------
    labels : tuple of str
        One a column; empty strings where a column has none.
    values : (n_rows, n_columns) float64
        As printed.
    n_lost : int
        How many lines between the rows before and these could not be read: each had its place in time.
    """

    labels: Shape
    values: NDArray[np.float64]
    n_lost: int = 0


@dataclass
class LineCounters:
    """What went through a `LineParser`, since it was made."""

    bytes: int = 0
    lines: int = 0  # read as numbers
    bad_lines: int = 0  # torn, garbled, or of another form for a moment
    text_lines: int = 0  # words that aren't a header, such as a greeting
    header_lines: int = 0
    fragments: int = 0  # the rest of a line that was under way when listening began
    overlong: int = 0
    garbage_bytes: int = 0  # bytes of bad and overlong lines
    format_changes: int = 0

    def as_dict(self) -> dict[str, int]:
        """By name."""
        return asdict(self)


class LineParser:
    """Turns bytes into rows; any split of the bytes gives the same rows and counters.

    Parameters
    ----------
    starts_whole : bool
        The first byte is the first of a line. Else the first line, should it be numbers, is taken for a fragment.

    Attributes
    ----------
    counters : LineCounters
    """

    def __init__(self, *, starts_whole: bool = False) -> None:
        self.counters = LineCounters()
        self._begin(starts_whole)

    def _begin(self, starts_whole: bool) -> None:
        self._rest = b""
        self._fresh = not starts_whole
        self._skipping = False  # inside an overlong line
        self._shape: Shape | None = None
        self._names: Shape = ()  # from the header in force
        self._header: Shape | None = None  # seen, waits for rows that fit it
        self._held: list[list[float]] = []  # rows of a form not yet believed
        self._held_shape: Shape = ()
        self._lost = 0
        self._blocks: list[Rows] = []
        self._values: list[list[float]] = []

    def reset(self, *, starts_whole: bool = False) -> None:
        """Forget half lines, labels and form (another device, another baud rate); counters go on."""
        self._begin(starts_whole)

    @property
    def n_pending(self) -> int:
        """Bytes kept for the line that isn't ended yet; at most `MAX_LINE`."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[Rows]:
        """The rows that `data` completes, in order."""
        self.counters.bytes += len(data)
        whole, newline, rest = (self._rest + data.translate(_LINE_ENDS)).rpartition(b"\n")
        self._rest = rest
        if newline and not self._feed_steady(whole):
            for line in whole.split(b"\n"):
                self._feed_line(line)
        if self._skipping or len(self._rest) > MAX_LINE:
            self._skipping = True
            self.counters.garbage_bytes += len(self._rest)
            self._rest = b""
        self._close_block()
        blocks, self._blocks = self._blocks, []
        return blocks

    def _feed_steady(self, whole: bytes) -> bool:
        """Many lines of the form in force at once. Returns False, having done nothing, where one of them isn't."""
        if self._shape is None or self._fresh or self._skipping or self._held or self._header is not None:
            return False
        labelled = b":" in whole
        if labelled:
            whole = whole.replace(b": ", b":")
        lines = whole.split(b"\n")
        if max(map(len, lines)) > MAX_LINE:
            return False
        rows = [tokens for line in lines if (tokens := line.translate(_SEPARATORS).split())]
        n_columns = len(self._shape)
        if any(len(row) != n_columns for row in rows):
            return False
        tokens = list(chain.from_iterable(rows))
        if labelled:
            for i, label in enumerate(self._shape):
                prefix = label.encode() + b":"
                column = tokens[i::n_columns]
                if not label or not all(token.startswith(prefix) for token in column):
                    return False
                tokens[i::n_columns] = [token[len(prefix) :] for token in column]
        elif self._shape != (self._names or ("",) * n_columns):
            return False
        if b" ".join(tokens).translate(None, _PLAIN):
            return False
        try:
            values = np.array(list(map(float, tokens)), np.float64).reshape(-1, n_columns)
        except ValueError:
            return False
        if len(values):
            values[~np.isfinite(values)] = np.nan
            self._blocks.append(Rows(self._shape, values, self._lost))
            self._lost = 0
            self.counters.lines += len(values)
        return True

    def _feed_line(self, line: bytes) -> None:
        fresh, self._fresh = self._fresh, False
        if self._skipping or len(line) > MAX_LINE:
            self._skipping = False
            self.counters.overlong += 1
            self._lose(1, len(line))
            return
        tokens = _COLON.sub(b":", line.translate(_SEPARATORS)).split()
        if not tokens:
            return
        row = _read_row(tokens)
        if row is not None:
            if fresh:
                self.counters.fragments += 1
            else:
                self._take_row(*row)
            return
        words = _read_words(line, tokens)
        # Under way, a single word is a remark: it is no reason to rename the one column.
        if words is None:
            self.counters.bad_lines += 1
            self._lose(1, len(line))
        elif words and not any(":" in word for word in words) and (len(words) > 1 or self._shape is None):
            self.counters.header_lines += 1
            self._header = words
        else:
            self.counters.text_lines += 1

    def _take_row(self, labels: Shape, values: list[float]) -> None:
        n_columns = len(values)
        header, self._header = self._header, None
        if not any(labels):
            if header is not None and len(header) == n_columns:
                self._names = header
            labels = self._names if len(self._names) == n_columns else labels
        if labels == self._shape:
            self._drop_held()
            self.counters.lines += 1
            self._values.append(values)
            return
        if self._held and labels != self._held_shape:
            self._drop_held()
        self._held.append(values)
        self._held_shape = labels
        if len(self._held) >= (FIRST_LINES if self._shape is None else CHANGED_LINES):
            self._close_block()
            self.counters.format_changes += self._shape is not None
            self.counters.lines += len(self._held)
            self._shape, self._values, self._held = labels, self._held, []

    def _drop_held(self) -> None:
        if self._held:
            self.counters.bad_lines += len(self._held)
            self._lose(len(self._held), 0)
            self._held = []

    def _lose(self, n_lines: int, n_bytes: int) -> None:
        self._close_block()
        self.counters.garbage_bytes += n_bytes
        self._lost += n_lines

    def _close_block(self) -> None:
        if self._values and self._shape is not None:
            self._blocks.append(Rows(self._shape, np.array(self._values, np.float64), self._lost))
            self._values, self._lost = [], 0


def _read_row(tokens: list[bytes]) -> tuple[Shape, list[float]] | None:
    """Labels and values of one line, or None where it isn't numbers."""
    if len(tokens) > MAX_COLUMNS:
        return None
    labels: list[str] = []
    values: list[float] = []
    words: list[bytes] = []  # "Sensor 1:23" has a label of two words
    for token in tokens:
        label, colon, number = token.rpartition(b":")
        value = _read_number(number)
        if value is None:
            words.append(token)
            continue
        try:
            name = b" ".join([*words, label] if colon else words).decode()
        except UnicodeDecodeError:
            return None
        if (name or colon) and not (colon and name.isprintable() and ":" not in name and _LETTER.search(name)):
            return None
        labels.append(name)
        values.append(value)
        words = []
    return None if words else (tuple(labels), values)


def _read_number(token: bytes) -> float | None:
    if _NUMBER.match(token):
        value = float(token)
        return value if abs(value) != float("inf") else float("nan")
    return float("nan") if token.lower() in _NOT_NUMBERS else None


def _read_words(line: bytes, tokens: list[bytes]) -> Shape | None:
    """The labels of a header line; () for any other text of a person; None for a torn or garbled line."""
    try:
        text = line.decode().replace("\t", " ")
    except UnicodeDecodeError:
        return None
    if not text.isprintable():
        return None
    words = tuple(token.decode() for token in tokens)
    if len(words) <= MAX_COLUMNS and all(_LETTER.match(w) and _read_number(w.encode()) is None for w in words):
        return words
    return () if _WORD.search(text) and _LETTER.match(text) else None
