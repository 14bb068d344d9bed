"""A measurement at work in a thread of its own, on the rig that the window shows. No Qt."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from luiapp.data.chunk import Chunk
from luiapp.experiments.result import Axis, Progress, Request
from luiapp.experiments.session import Session
from luiapp.stream.pump import Tap
from luiapp.stream.source import Rig

_log = logging.getLogger(__name__)
_LOOK = 0.005  # s between two looks into the tap
Begin = Callable[[Session], Iterator[Any]]


class Stopped(Exception):
    """A hand stopped the measurement."""


class TapReader:
    """Takes the place of a source's `read`: the same chunks that the window shows."""

    def __init__(self, tap: Tap, stop: threading.Event) -> None:
        self._tap, self._stop = tap, stop
        self._waiting: deque[Chunk] = deque()

    def __call__(self, timeout: float) -> Chunk | None:
        """The next chunk, or None after `timeout` seconds. Raises `Stopped`."""
        deadline = time.monotonic() + timeout
        while not self._waiting:
            if self._stop.is_set():
                raise Stopped
            self._waiting.extend(self._tap.drain())
            left = deadline - time.monotonic()
            if self._waiting or left <= 0:
                break
            time.sleep(min(_LOOK, left))
        return self._waiting.popleft() if self._waiting else None


class Job:
    """Runs a protocol, and keeps what the window shows of it.

    Parameters
    ----------
    begin : callable
        From a `Session` to an iterator of `Progress`, `Request`s and, as the last, anything else: the result.
    rig : Rig
    tap : Tap or None
        Where the rig's chunks come out; None for a rig of the job's own, which it closes at the end.
    i_neuron : int
    real_time : bool
        Let a simulation run at its own pace, as a hand takes part.

    Attributes
    ----------
    fraction, text : float, str
        How far it is, and what it does.
    points : list of (float, float)
        Measured up to now; of those at the same place the last counts.
    axes : (Axis, Axis) or None
        What the points are.
    request : str
        What a hand must do before it goes on; empty while there is nothing.
    result : object
        None until it is there.
    error : Exception or None
    name : str
        Of the neuron, once it has ended.
    """

    def __init__(self, begin: Begin, rig: Rig, tap: Tap | None, i_neuron: int = 0, *, real_time: bool = False) -> None:
        self._begin, self._rig, self._i_neuron = begin, rig, i_neuron
        self._real_time = real_time
        self._stop, self._go_on = threading.Event(), threading.Event()
        self._reader = TapReader(tap, self._stop) if tap is not None else None
        self.fraction, self.text, self.request = 0.0, "", ""
        self.points: list[tuple[float, float]] = []
        self.axes: tuple[Axis, Axis] | None = None
        self.result: Any = None
        self.error: Exception | None = None
        self.name = ""
        self._thread = threading.Thread(target=self._run, name="measure", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    @property
    def stopped(self) -> bool:
        """Whether a hand stopped it."""
        return self._stop.is_set()

    def done(self) -> None:
        """The hand has done what was asked for."""
        self._go_on.set()

    def stop(self, timeout: float = 0.0) -> None:
        """Ask it to end, and wait for that up to `timeout` seconds; what was turned by wire is put back."""
        self._stop.set()
        if timeout and self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        session: Session | None = None
        try:
            read = self._read if self._reader is not None else None
            session = Session(self._rig, i_neuron=self._i_neuron, read=read, real_time=self._real_time)
            for step in self._begin(session):
                self._take(step)
            self.name = session.name
        except Stopped:
            _log.info("a measurement was stopped")
        except Exception as error:  # told by the panel, whatever it is
            self.error = error
        finally:
            self._finish(session)

    def _finish(self, session: Session | None) -> None:
        try:
            if session is not None:
                session.close()
            if self._reader is None:
                self._rig.close()
        except Exception as error:  # the rig went while it was measured
            _log.warning("a rig couldn't be put back: %s", error)

    def _take(self, step: Any) -> None:
        if self._stop.is_set():
            raise Stopped
        if isinstance(step, Request):
            self.fraction, self._go_on = step.fraction, threading.Event()
            self.request = step.text
            while not self._go_on.wait(0.05):
                if self._stop.is_set():
                    raise Stopped
            self.request = ""
        elif isinstance(step, Progress):
            self.fraction, self.text = step.fraction, step.text
            if step.point is not None:
                self.axes = step.axes
                self.points = [p for p in self.points if p[0] != step.point[0]] + [step.point]
        else:
            self.result = step

    def _read(self, timeout: float) -> Chunk | None:
        assert self._reader is not None
        return self._reader(timeout)
