"""What the CSV writer and reader share.

A CSV recording has comment lines that begin with ``#`` (settings for people, and one line ``# luiapp: {…}`` that
describes the columns and carries events and metadata as JSON), a header with units, and one row per sample::

    time_s,v_N1_V,synapse_N1_V,spike_N1
    0,0.6,0,0
    0.001,0.61,,1

Nothing measured is an empty field; a spike column counts the spikes nearest to the sample. All spike times to the
last digit stand beside it in ``<name>-spikes.csv`` with the columns ``time_s,neuron``.

In the comments ``%``, delimiters and line ends are percent-encoded, so that a comment stays one cell of a table and
no name that somebody chose can become a formula there; for the same reason a header begins with a letter of ours,
and a neuron's name that begins like a formula has an apostrophe before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from luiapp.data.chunk import Layout, Trace
from luiapp.errors import ParameterError

HEADER_MARK = "# luiapp: "
MAX_SPIKE_COLUMNS = 64
_HIDDEN = re.compile(r"[%,;\t\r\n\x00-\x1f\x7f\x85\u2028\u2029]")
_FORMULA = ("=", "+", "-", "@", "'", "\t", "\r")


@dataclass(frozen=True)
class Dialect:
    """How numbers and lines are written."""

    delimiter: str
    decimal: str
    line_end: str
    start: bytes  # before everything


INTERNATIONAL = Dialect(",", ".", "\n", b"")
# Excel set to German splits at semicolons, reads decimal commas, and knows UTF-8 by its mark only.
GERMAN = Dialect(";", ",", "\r\n", b"\xef\xbb\xbf")


def dialect(decimal: str) -> Dialect:
    """The dialect with that decimal mark."""
    if decimal not in (".", ","):
        raise ParameterError("the decimal mark is '.' or ',', not '{value}'", value=decimal)
    return INTERNATIONAL if decimal == "." else GERMAN


def spikes_path(path: Path) -> Path:
    """Where the spike times of a recording lie: ``a.csv`` has them in ``a-spikes.csv``."""
    return path.with_name(f"{path.stem}-spikes{path.suffix}")


def hide(text: str) -> str:
    """`text` without anything that would end a cell or a line."""
    return _HIDDEN.sub(lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode("utf-8")), text)


def unhide(text: str) -> str:
    """The text that `hide` hid."""
    return unquote(text, errors="replace")


def one_line(text: str) -> str:
    """`text` in one line."""
    return " ".join(text.splitlines())


def harmless(name: str) -> str:
    """A name as a cell that no table takes for a formula."""
    name = one_line(name)
    return f"'{name}" if name.startswith(_FORMULA) else name


def named(cell: str) -> str:
    """The name that `harmless` made a cell of."""
    return cell[1:] if cell.startswith("'") else cell


def n_spike_columns(layout: Layout) -> int:
    """One for each neuron, unless there are so many that the table would be all zeros."""
    return len(layout.neurons) if len(layout.neurons) <= MAX_SPIKE_COLUMNS else 0


def header(layout: Layout) -> list[str]:
    """Names of the columns."""
    spikes = [f"spike_{one}" for one in layout.neurons[: n_spike_columns(layout)]]
    return ["time_s", *(_column(t) for t in layout.traces), *spikes]


def _column(trace: Trace) -> str:
    quantity = "v" if trace.quantity == "membrane" else re.sub(r"\W+", "_", trace.quantity) or "signal"
    return "_".join(["" if quantity[0].isalpha() else "x", quantity, trace.name, trace.unit]).lstrip("_")
