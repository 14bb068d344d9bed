"""What comes back at the next start: a JSON file, written whole or not at all."""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)
FORMAT = "luiapp-settings"
VERSION = 1
# The type of a default is also the check: a value of another type in the file is ignored.
DEFAULTS: dict[str, Any] = {
    "theme": "dark",
    "language": "",
    "sound": False,
    "geometry": "",
    "splitter_side": "",
    "splitter_main": "",
    "side": "bench",
    "side_open": True,
    "network": {},
    "panels": {},
    "baud": 0,
    "ports": [],
    "welcomed": False,
    "locked": False,
}


class Settings:
    """Named values with defaults, kept in one file.

    Attributes
    ----------
    set_aside : Path or None
        Where a file that couldn't be read was put, so that a person can be told.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._values = deepcopy(DEFAULTS)
        self._unknown: dict[str, Any] = {}
        self.set_aside: Path | None = None
        if path is not None:
            self._load(path)

    def get(self, name: str) -> Any:
        """The value called `name`, a key of `DEFAULTS`."""
        return deepcopy(self._values[name])

    def put(self, name: str, value: Any) -> None:
        """Remember `value` (JSON-ready, of the default's type); it is on disk after `save`."""
        if type(value) is not type(DEFAULTS[name]):
            raise TypeError(f"{name} must be {type(DEFAULTS[name]).__name__}, not {type(value).__name__}")
        self._values[name] = deepcopy(value)

    def save(self) -> None:
        """Write the file. Raises `OSError` where that can't be done; the file before is then unchanged."""
        if self._path is None:
            return
        data = {**self._unknown, "format": FORMAT, "version": VERSION, **self._values}
        text = json.dumps(data, indent=1, ensure_ascii=False)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        try:
            with beside.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        finally:
            with suppress(OSError):
                beside.unlink()

    def _load(self, path: Path) -> None:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("version"), int):
                raise ValueError("not a settings file")
        except FileNotFoundError:
            return
        except (OSError, ValueError, RecursionError) as error:
            _log.warning("settings %s can't be read: %s", path, error)
            self._put_aside(path)
            return
        if data["version"] > VERSION:  # written by a newer program: leave it to that, and begin anew beside it
            self._put_aside(path)
            return
        for name, value in data.items():
            if name not in DEFAULTS:
                if name not in ("format", "version"):
                    self._unknown[name] = value
            elif type(value) is type(DEFAULTS[name]):
                self._values[name] = value

    def _put_aside(self, path: Path) -> None:
        target = path.with_name(f"{path.stem} (set aside).json")
        try:
            path.replace(target)
            self.set_aside = target
        except OSError as error:
            _log.warning("%s can't be set aside: %s", path, error)
            self.set_aside = path
