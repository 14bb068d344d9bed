"""The recorder: drains its own unbounded tap into a file while the stream goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from luiapp.data.chunk import Chunk
from luiapp.stream.faults import Faults
from luiapp.stream.pump import Tap

_log = logging.getLogger(__name__)


class Writer(Protocol):
    """A file that grows, such as `luiapp.files.McapWriter`. Used by one thread."""

    bytes_written: int

    def append(self, chunk: Chunk) -> None:
        """Take one chunk."""

    def flush(self) -> None:
        """Hand to the operating system what was appended; does nothing if there is nothing."""

    def close(self) -> None:
        """Finish the file."""


class Recorder:
    """Writes every chunk that comes through a tap.

    Parameters
    ----------
    writer : Writer
        Belongs to the recorder from now on.
    tap : Tap, optional
        Where the chunks come from. Must be unbounded, as a recorder never drops; made if not given.
    interval : float
        How often the tap is drained [s].

    Notes
    -----
    ``recorder = Recorder(McapWriter(path)); pump.add(recorder.tap); recorder.start()`` … and at the end
    ``pump.remove(recorder.tap); recorder.stop()``: what was in the tap by then is in the file.

    When the writer fails (a full disk), the fault is kept for `take_errors`, once; the recorder closes the file and
    from then on only empties its tap, so that the stream goes on and memory doesn't grow.
    """

    def __init__(self, writer: Writer, tap: Tap | None = None, *, interval: float = 0.2) -> None:
        self.tap = tap if tap is not None else Tap(None)
        self._writer = writer
        self._interval = interval
        self._faults = Faults(8)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self.failed = False
        self.seconds = 0.0
        self.n_chunks = 0

    @property
    def bytes_written(self) -> int:
        """Size of the file so far."""
        return self._writer.bytes_written

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Write what is in the tap, finish the file, end the thread. Returns whether all that is done."""
        self._stop.set()
        if self._thread.ident is None:
            self._run()
        elif self._thread is not threading.current_thread():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def take_errors(self) -> list[Exception]:
        """Faults since the last call, oldest first."""
        return self._faults.take()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            stopping = self._stop.wait(self._interval)
            self._drain()
        self._attempt(self._writer.close)

    def _drain(self) -> None:
        chunks = self.tap.drain()
        if self.failed:
            return
        self._attempt(lambda: self._write(chunks))
        if self.failed:
            try:
                self._writer.close()
            except Exception:  # the fault has been told already
                _log.exception("closing after a fault failed")

    def _write(self, chunks: list[Chunk]) -> None:
        for chunk in chunks:
            self._writer.append(chunk)
            self.n_chunks += 1
            self.seconds += chunk.n_samples * chunk.layout.dt
        self._writer.flush()

    def _attempt(self, action: Callable[[], None]) -> None:
        if self.failed:
            return
        try:
            action()
        except Exception as error:  # whatever it is, the stream must go on and a person must hear of it
            _log.exception("recording failed")
            self._faults.keep(error)
            self.failed = True
