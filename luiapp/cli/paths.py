"""Files named on the command line: checked before the work starts, and never overwritten by accident."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path

from luiapp.errors import FileError, FormatError
from luiapp.texts import tr


def existing_file(text: str) -> Path:
    """The path of a file that is there, or a `FileError`."""
    path = Path(text)
    if path.is_dir():
        raise FileError("'{path}' is a folder, not a file", path=path)
    if not path.exists():
        raise FileError("there is no file '{path}' here ({folder})", path=path, folder=Path.cwd())
    return path


def new_file(text: str, *, overwrite: bool, also: tuple[str, ...] = ()) -> Path:
    """The path of a file that can be written, of a kind that we write (or one of `also`); found out before hours of
    recording.
    """
    from luiapp.files import WRITERS

    path = Path(text)
    suffixes = sorted([*WRITERS, *also])
    if path.suffix.lower() not in suffixes:
        raise FormatError(
            "'{path}' ends with '{suffix}'; recordings can be written as {names}",
            path=path, suffix=path.suffix, names=", ".join(suffixes),
        )  # fmt: skip
    if path.is_dir():
        raise FileError("'{path}' is a folder, not a file", path=path)
    if not path.parent.is_dir():
        raise FileError("the folder '{folder}' doesn't exist; make it first", folder=path.parent)
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise FileError("'{path}' can't be written: no permission", path=path)
    if path.exists() and not overwrite:
        raise FileError("'{path}' already exists; name another file, or add --overwrite", path=path)
    return path


def new_table(text: str, *, overwrite: bool) -> Path:
    """The path of a result that can be written, as ``.csv`` or ``.json``; else as `new_file`."""
    path = Path(text)
    if path.suffix.lower() not in (".csv", ".json"):
        raise FormatError("'{path}' ends with '{suffix}'; results can be written as .csv or .json",
                          path=path, suffix=path.suffix)  # fmt: skip
    return new_file(text, overwrite=overwrite, also=(".json",))


def add_overwrite(parser: ArgumentParser) -> None:
    """The option that `new_file` asks for."""
    parser.add_argument("--overwrite", action="store_true", help=tr("replace the file if it exists"))
