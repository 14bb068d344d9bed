"""A thread that answers the newest question, and forgets those that were asked before it was at leisure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from luiapp.gui.worker import Worker


class Asker(Worker[Any]):
    """It sleeps until it is asked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._question: Callable[[], Any] | None = None
        self._start(name)

    def ask(self, question: Callable[[], Any]) -> None:
        """The next to be answered."""
        with self._wake:
            self._question = question
            self._wake.notify()

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
                    self._ready = answer
            except Exception as error:  # told to the person; the thread goes on
                with self._wake:
                    self._problem = error
