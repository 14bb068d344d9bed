"""The verb ``fit``: which board a membrane was measured on."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luiapp.cli.parser import Verb
from luiapp.cli.paths import add_overwrite, existing_file, new_table
from luiapp.cli.report import Report, to_json
from luiapp.errors import FormatError, ParameterError
from luiapp.texts import mark, tr

if TYPE_CHECKING:
    from luiapp.experiments.twin_fit import TwinFit
    from luiapp.experiments.twin_trace import Trace

_NOTES = 200  # lines at the head of a table that may be notes


def fit(options: Namespace) -> Report:
    """Fit the membrane in a file, and say what it tells and what it doesn't."""
    from luiapp.experiments.twin_fit import fit_trace

    out = new_table(options.out, overwrite=options.overwrite) if options.out else None
    trace = _trace(existing_file(options.file), options)

    def tell(fraction: float, text: str) -> None:
        print(f"{100 * fraction:3.0f} %  {text}", file=sys.stderr, flush=True)

    found = fit_trace(trace, tell=tell)
    if out is not None:
        _write(out, found)
    lines = found.summary()
    if out is not None:
        lines.append(tr("written to {path}", path=out))
    return Report({"file": options.file, **found.to_dict(), "summary": found.summary(), "out": out}, lines)


def _trace(path: Path, options: Namespace) -> Trace:
    from dataclasses import replace

    from luiapp.cli.fit_table import trace_of
    from luiapp.experiments.twin_trace import from_columns, from_recording
    from luiapp.files import read_recording
    from luiapp.files.columns import read_columns
    from luiapp.files.csv_format import HEADER_MARK

    pulses = _pulses(options.pulses)
    if path.suffix.lower() not in (".csv", ".txt", ".tsv", ".dat") or _is_ours(path, HEADER_MARK):
        recording = read_recording(path)
        names = recording.layout.neurons or tuple(t.name for t in recording.layout.traces)
        trace = from_recording(recording, _index(options.neuron, names))
        if pulses:
            told = from_columns(trace.time, trace.v, **pulses)
            trace = replace(trace, onsets=told.onsets, widths=told.widths, synapses=told.synapses)
    else:
        trace = trace_of(read_columns(path), options.neuron, pulses)
    return replace(trace, model=options.model) if options.model else trace


def _is_ours(path: Path, mark_of_ours: str) -> bool:
    """Whether a table is a recording that we wrote: among the notes at its head is ours."""
    with path.open("rb") as file:
        for _ in range(_NOTES):
            line = file.readline(4096)
            if not line.lstrip(b"\xef\xbb\xbf").startswith(b"#"):
                return False
            if line.lstrip(b"\xef\xbb\xbf").startswith(mark_of_ours.encode()):
                return True
            while line and not line.endswith(b"\n"):
                line = file.readline(4096)
    return False


def _index(text: str | None, names: tuple[str, ...]) -> int:
    if text is None:
        return 0
    if text in names:
        return names.index(text)
    raise ParameterError("there is no neuron '{name}'; there are {names}", name=text, names=", ".join(names))


def _pulses(text: str | None) -> dict[str, Any]:
    """Onsets, widths and dendrites (from 1 on in the table) of known pulses."""
    if text is None:
        return {}
    from luiapp.files.columns import read_columns

    table = read_columns(existing_file(text), least=1)
    columns = table.values.T
    if len(columns) > 3:
        raise FormatError("pulses are a time, a dendrite (1 to 3) and a width; '{file}' has {n} columns",
                          file=text, n=len(columns))  # fmt: skip
    found: dict[str, Any] = {"pulses": columns[0]}
    if len(columns) > 1:
        found["synapses"] = columns[1] - 1
    if len(columns) > 2:
        found["widths"] = columns[2]
    return found


def _write(path: Path, found: TwinFit) -> None:
    from luiapp.files.disk import atomic

    if path.suffix.lower() == ".json":
        content = to_json(found.to_dict()) + "\n"
    else:
        rows = ["time_s,membrane_V,fit_V,residual_V"]
        for t, v, f, r in zip(found.time, found.v, found.fitted, found.residuals, strict=True):
            rows.append(f"{float(t)!r},{float(v)!r},{float(f)!r},{'' if r != r else repr(float(r))}")
        content = "\n".join(rows) + "\n"
    with atomic(path) as file:
        file.write(content.encode())


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar=tr("FILE"),
        help=tr("a table of time [s], membrane [V] and, if known, pulses (0 and 1), or a recording of ours"),
    )
    parser.add_argument(
        "--pulses", metavar=tr("FILE"),
        help=tr("when pulses came: a table of time [s], dendrite (1 to 3) and width [s]; the last two may be missing"),
    )  # fmt: skip
    parser.add_argument("--model", choices=("lui", "lif"), help=tr("a board or a textbook neuron (the trace tells)"))
    parser.add_argument("--neuron", metavar=tr("NAME"), help=tr("which neuron or column, by name (the first)"))
    parser.add_argument(
        "--out", metavar=tr("FILE"), help=tr("write trace, fit and residuals (.csv) or the figures (.json)")
    )
    add_overwrite(parser)


def _more() -> str:
    return tr(
        "Fitted are leak potential, time constants, weights, refractory time, threshold, reset, and for a board its\n"
        "capacitance and supply; each with its standard error. What the data don't determine is said to be so.\n"
        "Pulses that nobody told of are looked for in the trace."
    )


FIT = Verb(
    fit,
    mark("fit a twin to a membrane: time constants, weights, threshold and more"),
    _arguments,
    (
        ("luiapp fit trace.csv --json", mark("a table of time and membrane; its header may be missing")),
        ("luiapp fit a.mcap --out fit.csv", mark("a recording, with the fit and what it leaves")),
        ("luiapp fit trace.csv --pulses pulses.csv", mark("with the times at which pulses came")),
    ),
    more=_more,
)
