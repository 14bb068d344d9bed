"""A thread beside the window: wishes are put down, results are taken up, and neither waits for the other. No Qt."""

from __future__ import annotations

import os
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Worker(ABC, Generic[Result]):
    """Keeps the newest result, and the last thing that went wrong, until they are taken.

    A worker calls `_start` at the end of its constructor. All that both threads touch is touched with `_wake` held.

    Attributes
    ----------
    _wake : Condition, notified when there is a wish; _ready : the newest result; _end : whether the thread shall end
    """

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._ready: Result | None = None
        self._problem: Exception | None = None
        self._end = False

    def _start(self, name: str, *, nice: int = 0) -> None:
        """Begin; `nice` lets the window go first."""
        self._thread = threading.Thread(target=self._run, args=(nice,), name=name, daemon=True)
        self._thread.start()

    def take(self) -> Result | None:
        """The newest result, if there is one that wasn't taken yet."""
        with self._wake:
            ready, self._ready = self._ready, None
            return ready

    def take_problem(self) -> Exception | None:
        """What went wrong since the last call."""
        with self._wake:
            problem, self._problem = self._problem, None
            return problem

    def shut(self, timeout: float = 10.0) -> None:
        """End the thread; what it is at, a small step, ends first."""
        with self._wake:
            self._end = True
            self._wake.notify()
        self._thread.join(timeout)

    @abstractmethod
    def _live(self) -> None:
        """Work, in the thread, until `_end`."""

    def _run(self, nice: int) -> None:
        if nice and sys.platform == "linux":  # only there a thread has a priority of its own
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
        self._live()
