"""The disk's side of every reader and writer: faults told in words, and files that are whole or not there."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from luiapp.errors import FileError, FormatError, LuiError
from luiapp.texts import mark

# What is read is data from outside: these bound the memory that any file can claim.
MAX_VALUES = 2**28  # samples times traces of one recording: 1 GiB as float32, 14 min of 32 traces at 10 kHz
MAX_TRACES = 4096
MAX_NEURONS = 1_000_000
MAX_SPIKES = 2**26
MAX_NAME = 1024  # characters
MAX_JSON = 64 * 2**20  # bytes
MAX_TEXT = 8 * 2**30  # bytes of a text file; its values are bounded by MAX_VALUES anyway

_FULL = mark("The disk is full: '{file}' was not completely written. Make room or choose another place.")
_DENIED_WRITE = mark("'{file}' may not be written here. Choose a folder of your own, or ask for permission.")
_DENIED_READ = mark("'{file}' may not be read. Ask its owner for permission, or copy it elsewhere first.")
_MISSING_READ = mark("'{file}' is not there. Check the name, or whether the drive is plugged in.")
_MISSING_WRITE = mark("The folder '{folder}' is not there. Make it first, or choose another one.")
_FOLDER = mark("'{file}' is a folder. Choose a file.")
_LONG = mark("The file name is too long. Choose a shorter one than '{file}'.")
_BUSY = mark("'{file}' is open in another program. Close it there and try again.")
_OTHER = mark("'{file}' could not be used: {reason}. Check the drive and try again.")


def file_error(error: OSError, path: Path, *, writing: bool) -> FileError:
    """The `FileError` that tells a person about `error`: which file, why, and what to do."""
    code = error.errno
    if code in (errno.ENOSPC, getattr(errno, "EDQUOT", -1), errno.EFBIG):
        text = _FULL
    elif getattr(error, "winerror", None) in (32, 33) or code in (errno.EBUSY, errno.ETXTBSY):
        text = _BUSY
    elif code == errno.EISDIR or (code == errno.EACCES and path.is_dir()):
        text = _FOLDER
    elif code in (errno.EACCES, errno.EPERM, errno.EROFS):
        text = _DENIED_WRITE if writing else _DENIED_READ
    elif code in (errno.ENOENT, errno.ENOTDIR):
        text = _MISSING_WRITE if writing else _MISSING_READ
    elif code == errno.ENAMETOOLONG:
        text = _LONG
    else:
        text = _OTHER
    told = FileError(text, file=path.name, folder=str(path.parent), reason=error.strerror or str(error))
    told.errno = code
    return told


@contextmanager
def guard(path: Path, *, writing: bool) -> Iterator[None]:
    """Inside, every `OSError` becomes a `FileError` about `path`, and every other fault of reading a `FormatError`."""
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise file_error(error, path, writing=writing) from error
    except MemoryError as error:
        raise FormatError("'{file}' is too large for this computer's memory", file=path.name) from error


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Inside, a `LuiError` about the content of a file is told again with the file's name before it."""
    try:
        yield
    except FileError:
        raise
    except LuiError as error:
        raise FormatError("'{file}': {reason}", file=path.name, reason=error) from error


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of `path` when all went well, and leaves nothing behind when not.

    The content is on the disk (fsync) before it gets its name, so that a power cut leaves the old file or the new.
    """
    with guard(path, writing=True):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}-", suffix=".part", dir=path.parent)
        temporary = Path(name)
        try:
            os.close(handle)
            with temporary.open("wb", buffering=2**20) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _usual_rights(temporary, path)
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


def _usual_rights(temporary: Path, path: Path) -> None:
    """A temporary file is private; what takes its name should be as readable as the file before, or any new one."""
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        mode = 0o644
    with suppress(OSError):  # a stick formatted FAT has no rights to set
        temporary.chmod(mode)


def small_file(path: Path, limit: int) -> bytes:
    """The whole content of a file of at most `limit` bytes; `FormatError` if it is larger."""
    with guard(path, writing=False):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with path.open("rb") as file:
            content = file.read(limit + 1)
    if len(content) > limit:
        raise FormatError("'{file}' is larger than {limit} MB; it can't be what it says it is",
                          file=path.name, limit=limit // 2**20)  # fmt: skip
    return content
