"""A thread that answers the newest question, and forgets those that were asked before it was at leisure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Asker:
    """It sleeps until it is asked."""

    def __init__(self, name: str) -> None:
        self._wake = threading.Condition()
        self._question: Callable[[], Any] | None = None
        self._answer: Any = None
        self._problem: Exception | None = None
        self._end = False
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._thread.start()

    def ask(self, question: Callable[[], Any]) -> None:
        """The next to be answered."""
        with self._wake:
            self._question = question
            self._wake.notify()

    def take(self) -> Any:
        """The newest answer, or None if there is none that wasn't taken yet."""
        with self._wake:
            answer, self._answer = self._answer, None
            return answer

    def take_problem(self) -> Exception | None:
        """What went wrong since the last call."""
        with self._wake:
            problem, self._problem = self._problem, None
            return problem

    def shut(self, timeout: float = 10.0) -> None:
        """End the thread, after the question that it is at."""
        with self._wake:
            self._end = True
            self._wake.notify()
        self._thread.join(timeout)

    def _live(self) -> None:
        while True:
            with self._wake:
                while self._question is None and not self._end:
                    self._wake.wait()
                question, self._question = self._question, None
                if self._end or question is None:
                    return
            try:
                answer = question()
                with self._wake:
                    self._answer = answer
            except Exception as error:  # told to the person; the thread goes on
                with self._wake:
                    self._problem = error
