"""Errors from anywhere arrive here: logged in full, told once, and the window goes on."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6 import QtCore

from luiapp.errors import LuiError
from luiapp.texts import tr

_log = logging.getLogger(__name__)
QUIET = 5.0  # s without it before the same fault is told again after it was dismissed
LOG_BYTES = 1 << 20
MOST_COUNTED = 1000  # kinds of faults


@dataclass
class Fault:
    """One thing that went wrong, as it is told. ``n`` says how often it came."""

    error: BaseException
    n: int = 1
    last: float = 0.0
    key: tuple[str, str] = field(default=("", ""))

    @property
    def text(self) -> str:
        """The sentence for people, in the language in use."""
        if isinstance(self.error, LuiError):
            text = str(self.error)
        elif isinstance(self.error, OSError) and self.error.strerror:
            text = tr("{what}: {file}", what=self.error.strerror, file=self.error.filename or "")
        else:
            text = tr("Something went wrong inside luiapp ({error}). It runs on, but the last action may have failed.",
                      error=f"{type(self.error).__name__}: {self.error}"[:200])  # fmt: skip
        if not (isinstance(self.error, LuiError) and tr(self.error.text).startswith("{")):  # a file keeps its name
            text = text[:1].upper() + text[1:]
        return text + ("" if text.endswith((".", "!", "?")) else ".")


class Faults(QtCore.QObject):
    """The one place. `told` is emitted for what a person hasn't seen yet, `repeated` for more of what is on screen."""

    told = QtCore.Signal(object)  # Fault
    repeated = QtCore.Signal(object)  # Fault
    _arrived = QtCore.Signal(object)  # an exception, from any thread

    def __init__(self, log: Path | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.log = log
        self._clock = clock
        self._shown: dict[tuple[str, str], Fault] = {}
        self._dismissed: dict[tuple[str, str], Fault] = {}
        self._n_taken: dict[str, int] = {}
        self._handler: logging.Handler | None = None
        self._restore: list[Callable[[], None]] = []
        self._arrived.connect(self._take)  # queued where it comes from another thread

    def take(self, error: BaseException, where: str = "") -> None:
        """Tell of `error`; may be called from any thread. Of a stream of the same one, every doubling is logged."""
        key = f"{where} {type(error).__name__} {error}"
        if len(self._n_taken) > MOST_COUNTED:
            self._n_taken.clear()
        n = self._n_taken[key] = self._n_taken.get(key, 0) + 1
        if n & (n - 1) == 0:
            times = f" ({n} times)" if n > 1 else ""
            _log.error("%s: %s%s", where or "fault", error, times, exc_info=(type(error), error, error.__traceback__))
        self._arrived.emit(error)

    def dismiss(self, fault: Fault) -> None:
        """The person has read it."""
        self._shown.pop(fault.key, None)
        fault.last = self._clock()
        self._dismissed[fault.key] = fault

    def _take(self, error: BaseException) -> None:
        now = self._clock()
        key = (type(error).__name__, error.text if isinstance(error, LuiError) else str(error))
        if isinstance(error, LuiError):
            key = (key[0], key[1] + repr(sorted((k, str(v)) for k, v in error.fields.items())))
        shown = self._shown.get(key)
        if shown is not None:
            shown.n += 1
            shown.last = now
            self.repeated.emit(shown)
            return
        before = self._dismissed.get(key)
        if before is not None and now - before.last < QUIET:
            before.last = now  # a stream of the same fault stays quiet as long as it lasts
            return
        self._dismissed.pop(key, None)
        fault = Fault(error, last=now, key=key)
        self._shown[key] = fault
        self.told.emit(fault)

    # -- from where faults come -----------------------------------------------------------------------------------

    def install(self) -> None:
        """Hear of uncaught exceptions of all threads and of Qt's messages, and write the log file."""
        self._open_log()
        before_main, before_thread = sys.excepthook, threading.excepthook
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread
        before_qt = QtCore.qInstallMessageHandler(self._qt_message)
        self._restore = [
            lambda: setattr(sys, "excepthook", before_main),
            lambda: setattr(threading, "excepthook", before_thread),
            lambda: _ignore(QtCore.qInstallMessageHandler(before_qt)),
        ]

    def uninstall(self) -> None:
        """Leave everything as it was before `install`."""
        for restore in self._restore:
            restore()
        self._restore = []
        if self._handler is not None:
            logging.getLogger("luiapp").removeHandler(self._handler)
            self._handler.close()
            self._handler = None

    def _open_log(self) -> None:
        if self.log is None:
            return
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(self.log, maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8")
        except OSError as error:
            self.log = None
            self._arrived.emit(error)
            return
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
        root = logging.getLogger("luiapp")
        root.addHandler(handler)
        if root.level in (logging.NOTSET, logging.WARNING):
            root.setLevel(logging.INFO)
        self._handler = handler

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            sys.__excepthook__(kind, error, trace)
            return
        self.take(error.with_traceback(trace), "uncaught")

    def _uncaught_in_thread(self, args: Any) -> None:
        if args.exc_value is not None:
            self.take(args.exc_value, f"uncaught in {args.thread.name if args.thread else 'a thread'}")

    def _qt_message(self, kind: QtCore.QtMsgType, context: object, text: str) -> None:
        level = {QtCore.QtMsgType.QtDebugMsg: logging.DEBUG, QtCore.QtMsgType.QtInfoMsg: logging.INFO,
                 QtCore.QtMsgType.QtWarningMsg: logging.WARNING}.get(kind, logging.ERROR)  # fmt: skip
        _log.log(level, "Qt: %s", text)
        if level == logging.ERROR:  # warnings of Qt are for the log; people could do nothing about them
            self._arrived.emit(RuntimeError(text))


def _ignore(_: object) -> None:
    """A result that nobody needs."""
