"""Arrays on disk in one ``.npz`` file, never pickled; what describes them is a JSON text among them."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import FileError, FormatError, LuiError

Found = TypeVar("Found")
DESCRIPTION = "description"
_MAX_TEXT = 4 * 2**20  # bytes: a million characters
_BROKEN = (zipfile.BadZipFile, zlib.error, LuiError, ValueError, KeyError, TypeError, AttributeError, EOFError,
           NotImplementedError, RuntimeError, MemoryError, OverflowError, SyntaxError)  # fmt: skip


def write_archive(path: str | Path, arrays: dict[str, Any], description: dict[str, Any] | None = None) -> Path:
    """Write arrays; a file of that name is replaced only once the new one is complete.

    Raises
    ------
    FileError
        If it can't be written.
    """
    path = Path(path)
    if description is not None:
        arrays = {**arrays, DESCRIPTION: np.array(json.dumps(description, allow_nan=False), np.str_)}
    temporary = path.with_name(f".{path.name[:40]}.{os.getpid()}.part")
    try:
        try:
            with temporary.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(path, error) from None
    return path


def read_archive(
    path: str | Path, built: Callable[[dict[str, Any], dict[str, NDArray[Any]]], Found], *, largest: int, broken: str
) -> Found:
    """What `built` makes of the description and the arrays of a file.

    Parameters
    ----------
    largest : int
        Bytes of an array at most.
    broken : str
        What to say of a file that isn't one, with fields for ``file`` and ``reason`` (marked).

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it isn't what it should be.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            for one in archive.infolist():
                if one.file_size > (_MAX_TEXT if one.filename == f"{DESCRIPTION}.npy" else largest):
                    raise FormatError("it is larger than such a file can be")
        with np.load(path, allow_pickle=False) as arrays:
            return built(json.loads(str(arrays[DESCRIPTION])), dict(arrays))
    except OSError as error:
        raise _unusable(path, error) from None
    except _BROKEN as error:
        raise FormatError(broken, file=path.name, reason=str(error)[:120]) from None


def check_format(description: dict[str, Any], name: str, version: int) -> None:
    """Raises `FormatError` if a file is of another kind or version than `name` and `version`."""
    if description["format"] != name:
        raise FormatError("it is of the kind '{found}', not '{wanted}'", found=str(description["format"])[:40],
                          wanted=name)  # fmt: skip
    if description["version"] != version:
        raise FormatError("it is of a kind or a version that this program doesn't know")


def _unusable(path: Path, error: OSError) -> FileError:
    return FileError("'{file}' could not be used: {reason}. Check the drive and try again.",
                     file=path.name, reason=error.strerror or str(error))  # fmt: skip
