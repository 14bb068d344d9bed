"""The pump: one thread per open rig that moves chunks from its source into every tap."""

from __future__ import annotations

import logging
import threading
from collections import deque

from luiapp.data.chunk import Chunk
from luiapp.stream.faults import Faults
from luiapp.stream.source import Source

_log = logging.getLogger(__name__)


class Tap:
    """A queue between the pump and one listener; when bounded and full it drops the oldest chunk and counts it."""

    def __init__(self, capacity: int | None = 1024) -> None:
        self._queue: deque[Chunk] = deque()
        self._capacity = capacity
        self._lock = threading.Lock()
        self.n_dropped = 0

    def put(self, chunk: Chunk) -> None:
        """Called by the pump."""
        with self._lock:
            if self._capacity is not None and len(self._queue) >= self._capacity:
                self._queue.popleft()
                self.n_dropped += 1
            self._queue.append(chunk)

    def drain(self) -> list[Chunk]:
        """All chunks since the last call, oldest first. Called by the listener."""
        with self._lock:
            chunks = list(self._queue)
            self._queue.clear()
        return chunks


class Pump:
    """Reads a source in a thread of its own until stopped.

    Attributes
    ----------
    finished : bool
        The source has ended (or the pump was stopped).
    """

    def __init__(self, source: Source, *, timeout: float = 0.05, name: str = "pump") -> None:
        self._source = source
        self._timeout = timeout
        self._taps: tuple[Tap, ...] = ()
        self._faults = Faults(64)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.finished = False

    def add(self, tap: Tap) -> Tap:
        """From now on every chunk also goes into `tap`. Returns it."""
        self._taps = (*self._taps, tap)
        return tap

    def remove(self, tap: Tap) -> None:
        """No more chunks into `tap`."""
        self._taps = tuple(t for t in self._taps if t is not tap)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """Ask the thread to end and wait for it. Returns whether it has ended."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def take_errors(self) -> list[Exception]:
        """Faults since the last call, oldest first."""
        return self._faults.take()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                chunk = self._source.read(self._timeout)
            except EOFError:
                break
            except Exception as error:  # a fault of the source must not end the stream silently
                _log.exception("reading failed")
                self._faults.keep(error)
                self._stop.wait(0.2)
                continue
            if chunk is not None:
                for tap in self._taps:
                    tap.put(chunk)
        self.finished = True
