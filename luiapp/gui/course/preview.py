"""A lesson that is being written: shown as it is, anew whenever one of its files changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtCore

from luiapp.course.validate import faults
from luiapp.gui.banner import Notice
from luiapp.gui.course.state import Session
from luiapp.texts import tr

EVERY_MS = 500


class Preview(QtCore.QObject):
    """Looks at a lesson's folder twice a second.

    Parameters
    ----------
    session : Session
        With the lesson open.
    show : callable
        Shows the session anew.
    tell : callable
        Tells what is wrong with the lesson.
    """

    def __init__(self, parent: QtCore.QObject, session: Session, show: Callable[[], object],
                 tell: Callable[[Notice], object]) -> None:  # fmt: skip
        super().__init__(parent)
        self._session, self._show, self._tell = session, show, tell
        self._folder = session.home
        self._seen = self._state()
        self._wrong = False
        self._timer = QtCore.QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Read it again if anything changed."""
        state = self._state()
        if state == self._seen:
            return
        self._seen = state
        found = faults(self._folder)
        if found:
            self._wrong = True
            self._tell(Notice(lambda: str(found[0])))
            return
        if self._wrong:
            self._wrong = False
            self._tell(Notice(lambda: tr("The lesson is right again.")))
        self._session.reread()
        self._show()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def _state(self) -> tuple[tuple[str, int, int], ...]:
        found = []
        for path in sorted(self._folder.glob("*.*")):
            try:
                about = path.stat()
            except OSError:  # it is being written just now
                continue
            found.append((path.name, about.st_mtime_ns, about.st_size))
        return tuple(found)
