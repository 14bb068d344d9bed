"""Watches the serial ports all the time, so that plugging in a board is seen wherever one looks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore

_log = logging.getLogger(__name__)
POLL_MS = 2000
Lister = Callable[[], list[Any]]


def list_ports() -> list[Any]:
    """All ports that the system lists."""
    from luiapp.link.doctor import port_report

    return list(port_report())


class PortWatch(QtCore.QObject):
    """Asks the system for its ports every two seconds, off the GUI's thread: some systems take a second for it.

    Attributes
    ----------
    ports : list or None
        What was listed last; None before the first time.
    """

    changed = QtCore.Signal()  # `ports` is another list
    came = QtCore.Signal(object)  # a port that wasn't there before; not for those of the first look
    failed = QtCore.Signal(object)  # an exception; only the first of a row
    _listed = QtCore.Signal(object, object)  # ports or None, error or None; from the lister's thread

    def __init__(self, parent: QtCore.QObject | None = None, *, lister: Lister = list_ports) -> None:
        super().__init__(parent)
        self.ports: list[Any] | None = None
        self._lister = lister
        self._thread: threading.Thread | None = None
        self._told = self._shut = False
        self._listed.connect(self._take)
        self._timer = QtCore.QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Look now, and every two seconds."""
        if not self._shut and not self._timer.isActive():
            self._timer.start()
            self.look()

    def look(self) -> None:
        """Look once, unless that is going on already."""
        if self._shut or (self._thread is not None and self._thread.is_alive()):
            return

        def work() -> None:
            found, fault = None, None
            try:
                found = self._lister()
            except Exception as error:  # told once; the next look may succeed
                fault = error
            try:
                self._listed.emit(found, fault)
            except RuntimeError:
                _log.info("the window went while ports were listed")

        self._thread = threading.Thread(target=work, name="list-ports", daemon=True)
        self._thread.start()

    def shut(self) -> None:
        """No more timers and threads."""
        self._shut = True
        self._timer.stop()
        if self._thread is not None:
            self._thread.join(2.0)

    def _take(self, found: list[Any] | None, error: Exception | None) -> None:
        if self._shut:
            return
        if found is None:
            if not self._told:
                self._told = True
                self.failed.emit(error)
            return
        self._told = False
        before = self.ports
        if found != before:
            self.ports = found
            self.changed.emit()
            known = [port.path for port in before or []]
            for port in found if before is not None else []:
                if port.path not in known:
                    self.came.emit(port)
