"""One key records: which file, what goes into it, and how long it has been."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6 import QtCore

from luiapp.errors import FileError, RigError
from luiapp.gui.live import Live

_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')  # on any system; a stick goes from one to the other


def safe_name(text: str) -> str:
    """`text` without what a file name can't hold on some system, at most 80 characters."""
    return " ".join(_UNSAFE.sub(" ", text).split()).strip(". ")[:80]


def free_path(folder: Path, stem: str, suffix: str = ".mcap") -> Path:
    """A path in `folder` that doesn't exist yet: ``stem.mcap``, ``stem (2).mcap`` …"""
    path, n = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, n = folder / f"{stem} ({n}){suffix}", n + 1
    return path


def default_stem(name: str, now: datetime) -> str:
    """Such as ``2026-11-22 14.03 synfire ring``."""
    return f"{now:%Y-%m-%d %H.%M} {safe_name(name)}".strip()


def _mcap_writer(path: Path, metadata: dict[str, Any]) -> Any:
    from luiapp.files import McapWriter

    return McapWriter(path, metadata)


class Recording(QtCore.QObject):
    """Records the open rig.

    Attributes
    ----------
    path : Path or None
        The file that is being written.
    """

    changed = QtCore.Signal()  # started or stopped
    finished = QtCore.Signal(object)  # Path of a finished recording
    problem = QtCore.Signal(object)

    def __init__(
        self,
        live: Live,
        folder: Path,
        *,
        make_writer: Callable[[Path, dict[str, Any]], Any] = _mcap_writer,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        super().__init__(live)
        self.folder = folder
        self.path: Path | None = None
        self._live, self._make_writer, self._now = live, make_writer, now
        self._recorder: Any = None
        self._tap: Any = None
        self._clock = QtCore.QElapsedTimer()
        live.rig_leaving.connect(self.stop)
        live.numbers.connect(self._check)

    @property
    def active(self) -> bool:
        return self.path is not None

    @property
    def elapsed(self) -> float:
        """Seconds since the start; 0 where nothing is recorded."""
        return self._clock.elapsed() / 1000 if self.active else 0.0

    @property
    def bytes_written(self) -> int:
        return int(self._recorder.bytes_written) if self._recorder is not None else 0

    def toggle(self) -> None:
        """Start, or stop and finish."""
        if self.active:
            self.stop()
        else:
            self.start()

    def start(self, path: Path | None = None) -> bool:
        """Start recording, into `path` or a file with a sensible name. A fault is told as `problem`."""
        if self.active:
            return False
        try:
            if self._live.rig is None:
                raise RigError("there is nothing to record yet; wait until the source is open")
            self._begin(path)
        except Exception as error:  # whatever it is, the window goes on and the person hears of it
            self.problem.emit(error)
            return False
        self._clock.start()
        self.changed.emit()
        return True

    def stop(self) -> None:
        """Stop and finish the file; nothing where none is being written."""
        if self.path is None:
            return
        path, recorder = self.path, self._recorder
        self._live.untap(self._tap)
        done = recorder.stop()
        self._tell(recorder)
        failed = recorder.failed or not done
        if recorder.failed and not recorder.n_chunks:  # an empty recording would only puzzle
            with suppress(OSError):
                path.unlink()
        self.path = self._recorder = self._tap = None
        self.changed.emit()
        if not failed:
            self.finished.emit(path)

    def _begin(self, path: Path | None) -> None:
        rig, network = self._live.rig, self._live.network
        assert rig is not None
        name = (network.name if network is not None else "") or rig.name
        if path is None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise FileError(
                    "the folder for recordings, {folder}, can't be made: {why}; check its permissions",
                    folder=self.folder, why=error.strerror or error,
                ) from error  # fmt: skip
            path = free_path(self.folder, default_stem(name, self._now()))
        writer: Any = self._make_writer(path, self._metadata(name))
        from luiapp.stream.derived import CalculatingWriter
        from luiapp.stream.recorder import Recorder

        if self._live.derived.channels:
            writer = CalculatingWriter(writer, self._live.derived.channels)
        self._recorder = Recorder(writer)
        self._tap = self._recorder.tap
        self._live.tap(self._tap)
        self._recorder.start()
        self.path = path

    def _metadata(self, name: str) -> dict[str, Any]:
        network, rig = self._live.network, self._live.rig
        return {
            "name": name,
            "created": self._now().astimezone().isoformat(timespec="seconds"),
            "rig": rig.name if rig is not None else "",
            "kind": rig.kind if rig is not None else "",
            "network": network.to_dict() if network is not None else None,
        }

    def _check(self) -> None:
        if self._recorder is not None and self._tell(self._recorder) and self._recorder.failed:
            self.stop()

    def _tell(self, recorder: Any) -> bool:
        errors = recorder.take_errors()
        for error in errors:
            self.problem.emit(error)
        return bool(errors)
