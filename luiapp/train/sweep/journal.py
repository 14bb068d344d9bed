"""The notebook of a sweep: a line of JSON for each training, added as it ends. Pulling the plug loses none of them."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import IO

from luiapp.errors import FileError, FormatError
from luiapp.train.sweep.point import Point, Result, point_from_dict, result_from_dict

SUFFIX = ".jsonl"
_MAX_BYTES = 2**28
_HEAD = b'{"point": {'


class Journal:
    """Results so far, in a file that only grows.

    Parameters
    ----------
    path : str or Path
        Ends with ``.jsonl``; what is in it already counts as done.

    Attributes
    ----------
    results : dict
        `Result` by the key of its `Point`.

    Raises
    ------
    FileError
        If it can't be read or written.
    FormatError
        If it holds something else.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if self.path.suffix.lower() != SUFFIX:
            raise FormatError("'{path}' ends with '{suffix}'; a sweep is kept in a file that ends with {names}",
                              path=path, suffix=self.path.suffix, names=SUFFIX)  # fmt: skip
        self.results: dict[str, Result] = {}
        self._file: IO[bytes] | None = None
        try:
            whole = self._read()
            self._file = self.path.open("ab")
            if self._file.tell() > whole:
                self._file.truncate(whole)  # a line that was being written when the power went
        except OSError as error:
            raise self._fault(error) from None

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def add(self, point: Point, result: Result) -> None:
        """Write a line, through to the disk."""
        line = json.dumps({"point": asdict(point), "result": asdict(result)}, allow_nan=False) + "\n"
        if self._file is None:
            raise FileError("'{file}' is closed already", file=self.path.name)
        try:
            self._file.write(line.encode("ascii"))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._fault(error) from None
        self.results[point.key] = result

    def _read(self) -> int:
        """Take in what is there; where its last whole line ends."""
        if not self.path.exists():
            return 0
        if self.path.stat().st_size > _MAX_BYTES:
            raise FormatError("'{file}' is larger than a sweep can be", file=self.path.name)
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            try:
                one = json.loads(line)
                self.results[point_from_dict(one["point"]).key] = result_from_dict(one["result"])
            except (ValueError, KeyError, TypeError, RecursionError):
                raise FormatError("'{file}' is not the file of a sweep: line {number} is something else; name another",
                                  file=self.path.name, number=number) from None  # fmt: skip
        torn = content[whole:]
        if torn[: len(_HEAD)] != _HEAD[: len(torn)]:
            raise FormatError("'{file}' is not the file of a sweep: line {number} is something else; name another",
                              file=self.path.name, number=content.count(b"\n") + 1)  # fmt: skip
        return whole

    def _fault(self, error: OSError) -> FileError:
        return FileError("'{file}' could not be used: {reason}. Check the drive and try again.",
                         file=self.path.name, reason=error.strerror or str(error))  # fmt: skip
