"""The recordings of a folder: list, rename, delete with a way back, export. Without Qt."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luiapp.errors import FileError, LuiError, ParameterError
from luiapp.gui.recording import free_path, safe_name
from luiapp.texts import mark

_log = logging.getLogger(__name__)
TRASH = ".trash"
SUFFIX = ".mcap"
_READABLE = 32_000_000  # bytes; what is larger isn't read only for its length
_DATED = re.compile(r"^(\d{4}-\d{2}-\d{2} \d{2}\.\d{2}) ?(.*)$")
EXPORTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("csv", ".csv", mark("CSV table, international"), {}),
    ("csv-de", ".csv", mark("CSV table for German Excel"), {"decimal": ","}),
    ("npz", ".npz", mark("NPZ for numpy"), {}),
    ("wav", ".wav", mark("WAV sound"), {}),
    ("svg", ".svg", mark("SVG figure"), {}),
    ("png", ".png", mark("PNG figure"), {}),
)


@dataclass(frozen=True)
class Entry:
    """One recording of the list; ``duration`` is None as long as it isn't known."""

    path: Path
    size: int
    modified: float
    duration: float | None = None

    @property
    def when(self) -> str:
        """Date and time of its name, or nothing."""
        found = _DATED.match(self.path.stem)
        return found[1].replace(".", ":") if found else ""

    @property
    def name(self) -> str:
        """Its name without the date."""
        found = _DATED.match(self.path.stem)
        return (found[2] if found else self.path.stem) or self.path.stem


def scan(folder: Path) -> list[Entry]:
    """The recordings in `folder`, newest first; none where it isn't there."""
    entries = []
    try:
        for path in folder.iterdir():
            if path.suffix.lower() == SUFFIX and path.is_file():
                info = path.stat()
                entries.append(Entry(path, info.st_size, info.st_mtime))
    except OSError as error:
        _log.info("%s: %s", folder, error)
    return sorted(entries, key=lambda e: (e.modified, e.path.name), reverse=True)


def mcap_duration(path: Path) -> float | None:
    """Length [s] from the index at the file's end; where a recording was cut off, from its contents.

    None where it can't be found out: nothing in it, too large to be read for that, or no recording.
    """
    from luiapp.files import indexed_duration, read_segments

    found = indexed_duration(path)
    if found is not None:
        return found
    try:
        if path.stat().st_size > _READABLE:
            return None
        return float(sum(part.duration for part in read_segments(path)))
    except (LuiError, OSError) as error:  # replaying will tell more
        _log.info("%s: %s", path, error)
        return None


def rename(path: Path, name: str) -> Path:
    """Rename a recording, keeping its date. Returns the new path. Raises `ParameterError` or `FileError`."""
    clean = safe_name(name)
    if not clean:
        raise ParameterError("a recording needs a name with at least one letter or digit")
    dated = _DATED.match(path.stem)
    stem = f"{dated[1]} {clean}" if dated else clean
    if stem == path.stem:
        return path
    target = free_path(path.parent, stem, path.suffix)
    return _move(path, target)


def delete(path: Path) -> Path:
    """Move a recording into the folder's own trash. Returns where it is; `restore` brings it back."""
    trash = path.parent / TRASH
    try:
        trash.mkdir(exist_ok=True)
    except OSError as error:
        raise FileError("{file} can't be deleted: {why}", file=path.name, why=error.strerror) from error
    return _move(path, free_path(trash, path.stem, path.suffix))


def restore(trashed: Path, path: Path) -> Path:
    """Bring back what `delete` took away."""
    return _move(trashed, path if not path.exists() else free_path(path.parent, path.stem, path.suffix))


def empty_trash(folder: Path, discard: Callable[[Path], bool]) -> None:
    """Hand everything in the folder's trash to the system's (`discard`), at the end of a session."""
    trash = folder / TRASH
    if trash.is_dir():
        for path in list(trash.iterdir()):
            if not discard(path):
                _log.info("%s stays: the system has no trash", path)
        if not any(trash.iterdir()):
            trash.rmdir()


def export(path: Path, kind: str) -> list[Path]:
    """Write the recording in another format beside it. Returns the files. Raises `LuiError`. Takes a while."""
    from luiapp.files import read_recording, write_recording
    from luiapp.gui.picture import write_png

    _, suffix, _, options = next(one for one in EXPORTS if one[0] == kind)
    recording = read_recording(path)
    target = free_path(path.parent, path.stem, suffix)
    if suffix == ".png":
        return list(write_png(target, recording))
    written = write_recording(target, recording, **options)
    return [Path(p) for p in (written or [target])]


def _move(path: Path, target: Path) -> Path:
    try:
        return path.rename(target)
    except OSError as error:
        raise FileError("{file} can't be moved to {target}: {why}",
                        file=path.name, target=target.name, why=error.strerror) from error  # fmt: skip
