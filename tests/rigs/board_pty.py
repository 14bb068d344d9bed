"""A board that isn't there: a pty and a feeder that prints what a sketch would. For tests."""

from __future__ import annotations

import contextlib
import os
import select
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import numpy as np

from luiapp.data.chunk import Chunk, Event

Line = Callable[[int], bytes]


def sawtooth(t: float, period: float = 0.1, threshold: float = 1.55) -> float:
    """The membrane of a Lu.i that fires every `period` [V], in closed form: held at 0 for 15.5 ms, then charging."""
    u = t % period - 0.0155
    tau = 0.1
    return 0.0 if u < 0 else threshold * (1 - np.exp(-u / tau)) / (1 - np.exp(-(period - 0.0155) / tau))


def counts(i: int) -> bytes:
    """A line of the two-line sketch at 1 kHz: a 10-bit, 5 V converter."""
    return b"%d\r\n" % int(sawtooth(i / 1000) / 5 * 1024)


class FakeBoard:
    """A pty that prints ``line(i)`` at `rate` lines a second in a thread, until closed. A context manager.

    With `baud`, what the host hears at another rate is rubbish, as on a wire.
    """

    def __init__(self, line: Line = counts, *, rate: float = 1000.0, baud: int | None = None) -> None:
        self.line, self.rate, self.baud = line, rate, baud
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.path = os.ttyname(self.slave)
        self.n_sent = 0
        self.silent = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake board")
        self._queue: list[bytes] = []

    def __enter__(self) -> FakeBoard:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.unplug()

    def say(self, data: bytes) -> None:
        """Print something in between."""
        self._queue.append(data)

    def unplug(self) -> None:
        """The cable is pulled."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        for fd in (self.master, self.slave):
            with contextlib.suppress(OSError):
                os.close(fd)

    def _run(self) -> None:
        t_0, i = time.monotonic(), 0
        while not self._stop.is_set():
            n = int((time.monotonic() - t_0) * self.rate)
            data = b"" if self.silent.is_set() else b"".join(self.line(k) for k in range(i, n))
            i = n
            while self._queue:
                data += self._queue.pop(0)
            if self.baud is not None and self._heard_at() != self.baud:
                data = bytes((b * 37 + 141) % 256 | 0x80 for b in data[::3])
            self._write(data)
            time.sleep(0.004)

    def _write(self, data: bytes) -> None:
        while data and not self._stop.is_set():
            try:
                n = os.write(self.master, data)
            except BlockingIOError:
                select.select([], [self.master], [], 0.02)
                continue
            except OSError:
                return
            self.n_sent += n
            data = data[n:]

    def _heard_at(self) -> int:
        speed = termios.tcgetattr(self.slave)[5]
        return next(
            (b for b in (9600, 19200, 38400, 57600, 115200, 230400) if getattr(termios, f"B{b}") == speed), speed
        )


def read_until(source: object, done: Callable[[list[Chunk]], bool], limit: float = 6.0) -> list[Chunk]:
    """All chunks until `done` of them; fails after `limit` seconds, which no good run comes near."""
    chunks: list[Chunk] = []
    end = time.monotonic() + limit
    while not done(chunks):
        assert time.monotonic() < end, f"waited {limit} s in vain; events: {[e.name for e in events(chunks)]}"
        chunk = source.read(0.05)  # type: ignore[attr-defined]
        if chunk is not None:
            chunks.append(chunk)
    return chunks


def events(chunks: list[Chunk], name: str | None = None) -> list[Event]:
    """The link events, or those called `name`."""
    return [e for c in chunks for e in c.events if e.kind == "link" and name in (None, e.name)]


def n_samples(chunks: list[Chunk]) -> int:
    """How many samples of the last layout."""
    return sum(c.n_samples for c in chunks if c.layout == chunks[-1].layout)


@contextlib.contextmanager
def replaceable(tmp_path: Path) -> Iterator[tuple[Path, Callable[[FakeBoard], None]]]:
    """A path that a test points at one pty after the other."""
    link = tmp_path / "ttyTEST0"

    def point(board: FakeBoard) -> None:
        link.unlink(missing_ok=True)
        link.symlink_to(board.path)

    yield link, point
