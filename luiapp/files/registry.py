"""Readers and writers by suffix. A new format is one entry here and its two functions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from luiapp.data.recording import Recording
from luiapp.errors import FormatError
from luiapp.files import csv_reader, csv_writer, mcap_reader, mcap_writer, npz, svg, wav
from luiapp.files.networks import read_network, write_network

F = TypeVar("F")
__all__ = ["READERS", "WRITERS", "read_network", "read_recording", "read_segments", "write_network", "write_recording"]

READERS: dict[str, Callable[[Path], Recording]] = {
    ".mcap": mcap_reader.read_mcap,
    ".csv": csv_reader.read_csv,
    ".npz": npz.read_npz,
    ".wav": wav.read_wav,
}
WRITERS: dict[str, Callable[..., list[Path]]] = {
    ".mcap": mcap_writer.write_mcap,
    ".csv": csv_writer.write_csv,
    ".npz": npz.write_npz,
    ".wav": wav.write_wav,
    ".svg": svg.write_svg,
}


def read_recording(path: str | Path) -> Recording:
    """The recording in a file; of several segments, the longest.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it isn't what its suffix says, or has no suffix of `READERS`.
    """
    path = Path(path)
    return _choose(READERS, path)(path)


def read_segments(path: str | Path, **options: float) -> list[Recording]:
    """All segments of a recording; only ``.mcap`` files have more than one. Raises as `read_recording`.

    Parameters
    ----------
    **options
        ``start``, ``stop``: see `luiapp.files.mcap_reader.read_segments`; for ``.mcap`` files only.
    """
    path = Path(path)
    if path.suffix.lower() == ".mcap":
        return mcap_reader.read_segments(path, **options)
    return [read_recording(path)]


def write_recording(path: str | Path, recording: Recording, **options: Any) -> list[Path]:
    """Write a recording in the format that the suffix says. Returns all files that were written.

    Parameters
    ----------
    **options
        Of the format's writer in `WRITERS`; an unknown one is a `TypeError`.

    Raises
    ------
    FileError
        If it can't be written; files that were there before are then unchanged.
    FormatError
        If there is no such format, or the recording doesn't fit into it.
    """
    path = Path(path)
    return _choose(WRITERS, path)(path, recording, **options)


def _choose(formats: dict[str, F], path: Path) -> F:
    suffix = path.suffix.lower()
    if suffix not in formats:
        raise FormatError("'{file}': files ending in '{suffix}' are unknown; choose one of {names}",
                          file=path.name, suffix=suffix, names=", ".join(formats))  # fmt: skip
    return formats[suffix]
