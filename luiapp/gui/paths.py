"""Where the window keeps things: settings, log, recordings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from PySide6 import QtCore

HOME_VARIABLE = "LUIAPP_HOME"  # everything under one folder: for tests, and for running from a USB stick


@dataclass(frozen=True)
class Paths:
    """The folders and files of one installation. Nothing is made before it is needed."""

    settings: Path
    log: Path
    recordings: Path
    progress: Path  # of the lessons
    results: Path  # of measurements

    @classmethod
    def under(cls, home: Path) -> Paths:
        """Everything under one folder."""
        return cls(home / "settings.json", home / "luiapp.log", home / "recordings", home / "lessons.db",
                   home / "measurements")  # fmt: skip

    @classmethod
    def standard(cls) -> Paths:
        """Where this system wants them, or under ``$LUIAPP_HOME`` if that is set."""
        if os.environ.get(HOME_VARIABLE):
            return cls.under(Path(os.environ[HOME_VARIABLE]).expanduser())
        where = QtCore.QStandardPaths
        kind = where.StandardLocation
        config = Path(where.writableLocation(kind.AppConfigLocation) or Path.home() / ".config" / "luiapp")
        data = Path(where.writableLocation(kind.AppLocalDataLocation) or Path.home() / ".local/share/luiapp")
        documents = where.writableLocation(kind.DocumentsLocation)
        # A machine without a Documents folder (a server, a kiosk) shall not get one in someone's home.
        has_documents = bool(documents) and Path(documents).is_dir() and os.access(documents, os.W_OK)
        recordings = Path(documents) / "luiapp" if has_documents else data / "recordings"
        return cls(config / "settings.json", data / "luiapp.log", recordings, data / "lessons.db",
                   data / "measurements")  # fmt: skip
