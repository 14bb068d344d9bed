"""The thread that works on the chip. The page puts wishes down and takes the newest snapshot; neither waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from luiapp.gui.chip.state import BUILT_IN, Found, Snapshot, remaining
from luiapp.gui.chip.work import Stopped, Work
from luiapp.gui.worker import Worker
from luiapp.train.store import Model

NICE = 2
Ask = Callable[[Work], Any]


@dataclass
class _Wish:
    """What the page wants; the one-shot parts are taken away when they are begun."""

    fresh: Work | None
    asked: dict[str, Ask] = field(default_factory=dict)
    jobs: tuple[str, ...] = ()
    through: bool = False
    stop: bool = False


class Engine(Worker[Snapshot]):
    """Works in a thread of its own, one station at a time.

    Parameters
    ----------
    serial : int
    work : callable, optional
        Makes the `Work` of a serial number, a network and its name.
    """

    def __init__(self, serial: int, *, work: Callable[..., Work] = Work) -> None:
        super().__init__()
        self._make = work
        self._work = work(serial)
        self._wish = _Wish(None)
        self._built_in: Model | None = None
        self._extra: dict[str, Any] = {}
        self._start("chip", nice=NICE)

    # -- from the window -----------------------------------------------------------------------------------------

    def choose(self, serial: int, model: Model | None, name: str) -> None:
        """Another chip or another network: what is being done ends, and the way begins anew."""
        with self._wake:
            wish = self._wish
            own = self._built_in if model is None else model
            wish.fresh, wish.jobs, wish.through, wish.stop = self._make(serial, own, name), ("serial",), False, True
            wish.asked.clear()
            self._wake.notify()

    def do(self, station: str) -> None:
        """Do what belongs to a station."""
        with self._wake:
            self._wish.jobs, self._wish.through = (station,), False
            self._wake.notify()

    def ask(self, name: str, call: Ask) -> None:
        """Something short, done between two stations; what `call` returns is in `Snapshot.extra` under `name`."""
        with self._wake:
            self._wish.asked[name] = call
            self._wake.notify()

    def go_through(self) -> None:
        """Do all that is left, station by station."""
        with self._wake:
            self._wish.through = True
            self._wake.notify()

    def stop(self) -> None:
        """End what is being done at its next step, and all that would follow."""
        with self._wake:
            self._wish.jobs, self._wish.through, self._wish.stop = (), False, True
            self._wake.notify()

    def shut(self, timeout: float = 10.0) -> None:
        """End the thread, and what is being done at its next step."""
        with self._wake:
            self._wish.stop = True
        super().shut(timeout)

    # -- the thread ----------------------------------------------------------------------------------------------

    def _live(self) -> None:
        self._publish()
        while True:
            job = self._next()
            if job is None:
                return
            try:
                job()
            except Stopped:
                pass
            except Exception as error:  # told to the person; the thread goes on
                with self._wake:
                    self._problem = error
                    self._wish.jobs, self._wish.through = (), False
            self._publish()

    def _next(self) -> Callable[[], None] | None:
        """Wait until there is something to do."""
        with self._wake:
            while True:
                wish = self._wish
                if self._end:
                    return None
                wish.stop = False
                if wish.fresh is not None:
                    self._work, wish.fresh, self._extra = wish.fresh, None, {}
                if wish.asked:
                    name = next(iter(wish.asked))
                    return partial(self._answer, name, wish.asked.pop(name))
                if wish.jobs:
                    job, wish.jobs = wish.jobs[0], wish.jobs[1:]
                    return partial(self._do, job)
                left = remaining(self._work.found.done)
                if wish.through and left:
                    return partial(self._do, left[0])
                wish.through = False
                self._wake.wait()

    def _answer(self, name: str, call: Ask) -> None:
        answer = call(self._work)
        with self._wake:
            self._extra = {**self._extra, name: answer}

    def _do(self, job: str) -> None:
        work = self._work

        def tell(step: str, share: float) -> None:
            if self._wish.stop:
                raise Stopped
            self._publish(job, step, share)

        tell("", 0.0)
        work.do(job, tell)
        if job == "serial" and work.name == BUILT_IN:
            self._built_in = work.model

    def _publish(self, busy: str = "", step: str = "", share: float = 0.0) -> None:
        found: Found = self._work.found
        with self._wake:
            wish = self._wish
            waiting = tuple(one for one in remaining(found.done) if one != busy) if wish.through else wish.jobs
            self._ready = Snapshot(found, busy, step, share, waiting, self._extra)
