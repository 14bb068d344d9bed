"""What went wrong in a thread, kept until somebody asks."""

from __future__ import annotations

from collections import deque


class Faults:
    """Faults of one thread, told to another.

    Parameters
    ----------
    most : int
        How many are kept; older ones are forgotten.
    """

    def __init__(self, most: int) -> None:
        self._errors: deque[Exception] = deque(maxlen=most)

    def keep(self, error: Exception) -> None:
        """Called by the thread in which it happened."""
        self._errors.append(error)

    def take(self) -> list[Exception]:
        """Faults since the last call, oldest first."""
        errors = []
        while self._errors:
            errors.append(self._errors.popleft())
        return errors
