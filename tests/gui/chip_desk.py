"""Small networks and fakes for tests of the chip's page."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from luiapp.gui.chip.engine import Engine
from luiapp.gui.chip.state import Snapshot
from luiapp.gui.chip.work import Work, built_in
from luiapp.train.store import Model


@cache
def small_network() -> Model:
    """Learned in two epochs: some 90 %."""
    return built_in(lambda _step, _share: None, hidden=40, epochs=2)


def small_work(serial: int, model: Model | None = None, name: str = "built-in network") -> Work:
    """Without chance, and short."""
    return Work(serial, model or small_network(), name, seed=3, epochs=1)


class Watched:
    """An engine without a window; keeps all of its snapshots."""

    def __init__(self, work: Callable[..., Work] = small_work, serial: int = 7) -> None:
        self.engine = Engine(serial, work=work)
        self.seen: list[Snapshot] = []
        self.problem: Exception | None = None

    def until(self, is_so: Callable[[Snapshot], bool], timeout: float = 90.0) -> Snapshot:
        """Wait for such a snapshot."""
        pause, waited = threading.Event(), 0.0
        while waited < timeout:
            self.problem = self.engine.take_problem() or self.problem
            now: Any = self.engine.take()
            if now is not None:
                self.seen.append(now)
                if is_so(now):
                    return now  # type: ignore[no-any-return]
            pause.wait(0.002)
            waited += 0.002
        raise AssertionError(f"never came; the last: {self.seen[-1] if self.seen else None}")
