"""A sample that is watched: forward through its time, then back with the gradient. No Qt."""

from __future__ import annotations

FORWARD, PAUSE, BACK = 4.0, 0.6, 3.0  # s


class Watch:
    """Where in a sample's time the watcher is."""

    def __init__(self) -> None:
        self._passed: float | None = None

    @property
    def on(self) -> bool:
        """Whether a sample is being watched."""
        return self._passed is not None

    def start(self) -> None:
        """From the beginning."""
        self._passed = 0.0

    def stop(self) -> None:
        """The whole sample again."""
        self._passed = None

    def advance(self, seconds: float) -> None:
        """Time passes; at the end it stops."""
        if self._passed is not None:
            self._passed += seconds
            if self._passed >= FORWARD + PAUSE + BACK:
                self._passed = None

    @property
    def backwards(self) -> bool:
        """Whether the gradient is on its way."""
        return self._passed is not None and self._passed > FORWARD + PAUSE / 2

    def moment(self, until: float) -> float | None:
        """The moment of a sample that lasts `until`; None if none is watched."""
        if self._passed is None:
            return None
        if not self.backwards:
            return until * min(self._passed / FORWARD, 1.0)
        return until * min(max(1.0 - (self._passed - FORWARD - PAUSE) / BACK, 0.0), 1.0)
