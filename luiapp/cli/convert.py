"""The verb ``convert``: one recording or circuit into another kind of file."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luiapp.cli.convert_circuit import convert_circuit, is_circuit
from luiapp.cli.parser import Verb, quantity
from luiapp.cli.paths import add_overwrite, existing_file, new_file
from luiapp.cli.report import Report
from luiapp.errors import FileError, FormatError, ParameterError
from luiapp.texts import mark, tr
from luiapp.units import format_quantity

if TYPE_CHECKING:
    from luiapp.data.recording import Recording

DECIMALS = {"point": ".", "comma": ","}


def convert(options: Namespace) -> Report:
    """Read, cut, write."""
    if is_circuit(options.source):
        return convert_circuit(options)
    if options.script is not None:
        raise ParameterError("--script is for circuits; '{source}' is a recording", source=options.source)
    from luiapp.files import read_recording, write_recording

    source = existing_file(options.source)
    target = new_file(options.target, overwrite=options.overwrite, also=(".png",))
    if target.exists() and target.samefile(source):
        raise FileError("'{path}' would be overwritten while it is read; name another file", path=target)
    extra: dict[str, Any] = {}
    if options.decimal is not None:
        if target.suffix.lower() != ".csv":
            raise FormatError("--decimal is for .csv files; '{path}' has no decimal mark", path=target)
        extra["decimal"] = DECIMALS[options.decimal]
    recording = read_recording(source)
    if options.start is not None or options.stop is not None:
        from luiapp.cli.cut import cut

        recording = cut(recording, start=options.start, stop=options.stop)
    files = _draw(target, recording) if target.suffix.lower() == ".png" else write_recording(target, recording, **extra)
    data = {
        "from": source,
        "file": target,
        "files": files,
        "start": recording.t_start,
        "duration": recording.duration,
        "n_samples": recording.samples.shape[0],
        "n_spikes": len(recording.spike_times),
    }
    line = tr(
        "{file}: {duration}, {n} spikes",
        file=target,
        duration=format_quantity(recording.duration, "s"),
        n=data["n_spikes"],
    )
    return Report(data, [line])


def _draw(target: Path, recording: Recording) -> list[Path]:
    try:
        from luiapp.gui.picture import write_png
    except ImportError as error:
        raise FormatError("a picture as .png needs Qt, which can't start here ({error}); .svg needs nothing",
                          error=error) from error  # fmt: skip
    return write_png(target, recording)


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar=tr("IN"), help=tr("a recording or a circuit"))
    parser.add_argument("target", metavar=tr("OUT"), help=tr("the new file; its ending says what it becomes"))
    parser.add_argument(
        "--decimal", choices=sorted(DECIMALS), help=tr("decimal mark in a .csv: 'comma' suits a German Excel")
    )
    parser.add_argument("--script", choices=("pynn", "norse"), help=tr("for which program a circuit as .py is (pynn)"))
    parser.add_argument(
        "--start", type=quantity("s", positive=False), metavar=tr("TIME"), help=tr("leave out what lies before")
    )
    parser.add_argument("--stop", type=quantity("s"), metavar=tr("TIME"), help=tr("leave out what lies behind"))
    add_overwrite(parser)


CONVERT = Verb(
    convert,
    mark("turn a recording or a circuit into another kind of file"),
    _arguments,
    (
        ("luiapp convert lesson.mcap lesson.csv --decimal comma", mark("for a spreadsheet set to German")),
        ("luiapp convert lesson.mcap lesson.png", mark("a figure with axes and units (or .svg)")),
        ("luiapp convert circuit.json circuit.nir", mark("a circuit as a NIR graph; so do .svg, .py and .txt")),
        ('luiapp convert lesson.mcap part.npz --start "1 s" --stop "2.5 s"', mark("one and a half seconds, for numpy")),
    ),
)
