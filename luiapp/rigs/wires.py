"""One stream of what comes by wires: the pieces of one port, or of several on a common grid, become chunks."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from luiapp.data.chunk import Chunk, Event, Layout
from luiapp.link.grid import Grid, Input
from luiapp.link.intake import Piece
from luiapp.rigs.supply import SupplyEstimate


class Feeding(Input, Protocol):
    """An intake that gives out what it has understood."""

    def take(self) -> list[Piece]:
        """The pieces since last time."""


class WireSource(ABC):
    """A stream from ports. Reads in the caller's thread, and owns none.

    Parameters
    ----------
    inputs : sequence of Feeding
        With one, samples are passed on untouched; several are put on a grid by nearest sample, each on its own clock.
    layout : Layout
        Before the first piece; without columns.
    poll_every : float
        Between two looks at the ports [s].

    Attributes
    ----------
    supply : SupplyEstimate
        What the boards' spikes tell of their cells.
    n_chunks : int
        Chunks read so far.
    """

    def __init__(
        self, inputs: Sequence[Feeding], layout: Layout, *, poll_every: float, clock: Callable[[], float]
    ) -> None:
        self.supply = SupplyEstimate()
        self.n_chunks = 0
        self._inputs = tuple(inputs)
        self._grid = Grid(self._inputs) if len(self._inputs) > 1 else None
        self._poll_every, self._clock = poll_every, clock
        self._layout = self._read_layout = layout
        self._setup: object = None
        self._i_next = 0
        self._queue: deque[Chunk] = deque()
        self._marks: deque[int | str] = deque()
        self._lock = threading.RLock()  # commands and closing may come from any thread
        self._closed = False

    @property
    def layout(self) -> Layout:
        """Of the chunk read last; no columns before the ports have told theirs."""
        return self._read_layout

    def read(self, timeout: float) -> Chunk | None:
        """The next chunk, or None after about `timeout` seconds. Raises `EOFError` once closed, nothing else."""
        deadline = self._clock() + timeout
        while True:
            with self._lock:
                if not self._closed and not self._queue:
                    self._poll(self._clock())
                if self._closed:
                    self._let_go()
                    raise EOFError
                if self._queue:
                    self.n_chunks += 1
                    chunk = self._queue.popleft()
                    self._read_layout = chunk.layout
                    self.supply.feed(chunk)
                    return chunk
            left = deadline - self._clock()
            if left <= 0:
                return None
            time.sleep(min(self._poll_every, left))

    def mark(self, value: int | str) -> None:
        """A marker at the present place of the stream."""
        self._marks.append(value)

    def close(self) -> None:
        """Let go of all ports; the next read raises `EOFError`."""
        self._closed = True
        if self._lock.acquire(timeout=0.5):  # else the reader is held up by a port, and lets go of all itself
            self._let_go()
            self._lock.release()

    # -- what a kind of port does ----------------------------------------------------------------------------------

    @abstractmethod
    def _poll(self, now: float) -> None:
        """Look at the ports, feed the inputs, and then `_put`."""

    @abstractmethod
    def _let_go(self) -> None:
        """Close the ports; also more than once."""

    @abstractmethod
    def _flowing(self) -> list[bool]:
        """Of which input samples are to be expected at present."""

    @abstractmethod
    def _name(self, i_input: int) -> str:
        """The name of a port in what is told of it."""

    @abstractmethod
    def _news(self, now: float) -> list[Event]:
        """What happened to the ports since last time; `now` is the present time of the stream [s]."""

    # -- from pieces to chunks -------------------------------------------------------------------------------------

    def _put(self, now: float) -> None:
        """What the inputs have understood, as chunks in the queue."""
        if self._grid is None:
            for piece in self._inputs[0].take():
                self._put_piece(piece)
        else:
            self._put_grid(self._grid, now)
        self._put_events()

    def _put_piece(self, piece: Piece) -> None:
        setup = piece.setup
        if setup is not self._setup:
            self._setup, self._i_next = setup, 0
            self._layout = Layout(setup.dt, setup.traces, setup.neurons, "board")
        events: tuple[Event, ...] = ()
        if piece.n_gap and self._i_next:
            events = (Event(self._i_next * setup.dt, "gap", self._name(0), "", piece.n_gap),)
        self._queue.append(Chunk(self._layout, piece.i_first, piece.samples, piece.spikes * setup.dt,
                                 piece.neurons, events))  # fmt: skip
        self._i_next = piece.i_first + len(piece.samples)

    def _put_grid(self, grid: Grid, now: float) -> None:
        pieces = [one.take() for one in self._inputs]
        if grid.renew(pieces, now):
            self._layout, self._i_next = grid.layout, 0
        if not grid.layout.traces and not grid.layout.neurons:
            return
        for i, ones in enumerate(pieces):
            for piece in ones:
                grid.add(i, piece)
        i_first, samples, spikes = grid.step(now, self._flowing())
        if len(samples):
            times = np.array([t for t, _ in spikes], np.float64)
            neurons = np.array([i for _, i in spikes], np.int32)
            self._i_next = i_first + len(samples)
            self._queue.append(Chunk(self._layout, i_first, samples, times, neurons))

    def _put_events(self) -> None:
        now = self._i_next * self._layout.dt
        events = self._news(now)
        while self._marks:
            events.append(Event(now, "marker", value=self._marks.popleft()))
        if events:
            empty = np.empty((0, len(self._layout.traces)), np.float32)
            self._queue.append(Chunk(self._layout, self._i_next, empty, events=tuple(events)))
