"""The ring: the latest stretch of a stream, for views that draw a window of it at frame rate."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Chunk, Event, Layout


class Ring:
    """Remembers at least `seconds` of one layout's stream. One thread writes and reads it.

    Attributes
    ----------
    layout : Layout
    n_gaps : int
        How often samples were missing.
    """

    def __init__(self, layout: Layout, seconds: float = 600.0) -> None:
        self.layout = layout
        self.n_gaps = 0
        self._capacity = 1 << max(10, int(np.ceil(np.log2(max(seconds / layout.dt, 1)))))
        # Pages of an empty array are only taken when data comes.
        self._samples = np.empty((len(layout.traces), self._capacity), np.float32)
        self._first: int | None = None
        self._head = 0
        self._spikes: deque[tuple[float, int]] = deque()
        self._events: deque[Event] = deque()

    @property
    def head(self) -> int:
        """Index of the sample after the newest."""
        return self._head

    @property
    def tail(self) -> int:
        """Index of the oldest sample that is still there."""
        return max(self._first or 0, self._head - self._capacity)

    @property
    def now(self) -> float:
        """Time of the head [s]."""
        return self._head * self.layout.dt

    def push(self, chunk: Chunk) -> None:
        """Append a chunk; a jump of its index becomes not-a-number, counted in `n_gaps`. A jump back starts anew."""
        if self._first is None or chunk.i_first < self._head:
            self._first = self._head = chunk.i_first
            self._spikes.clear()
            self._events.clear()
        if chunk.i_first > self._head:
            self.n_gaps += 1
            self._write(self._head, np.full((min(chunk.i_first - self._head, self._capacity), len(self.layout.traces)),
                                            np.nan, np.float32))  # fmt: skip
        self._write(chunk.i_first, chunk.samples)
        self._head = chunk.i_end
        self._spikes.extend(zip(chunk.spike_times.tolist(), chunk.spike_neurons.tolist(), strict=True))
        self._events.extend(chunk.events)
        oldest = self.tail * self.layout.dt
        while self._spikes and self._spikes[0][0] < oldest:
            self._spikes.popleft()
        while self._events and self._events[0].time < oldest:
            self._events.popleft()

    def latest(self) -> NDArray[np.float32]:
        """(n_traces,) the newest sample; not-a-number before the first."""
        if self._head == self.tail:
            return np.full(len(self.layout.traces), np.nan, np.float32)
        return self._samples[:, (self._head - 1) % self._capacity].copy()

    def copy(self, i_first: int, i_end: int) -> NDArray[np.float32]:
        """(i_end − i_first, n_traces) samples; not-a-number where the ring has none."""
        out = np.full((max(i_end - i_first, 0), len(self.layout.traces)), np.nan, np.float32)
        a, b = max(i_first, self.tail), min(i_end, self._head)
        if b > a:
            out[a - i_first : b - i_first] = self._samples[:, np.arange(a, b) % self._capacity].T
        return out

    def spikes(self, t_first: float, t_end: float) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Times [s] and neurons of the spikes in [t_first, t_end)."""
        chosen = [s for s in self._spikes if t_first <= s[0] < t_end]
        return np.array([s[0] for s in chosen], np.float64), np.array([s[1] for s in chosen], np.int32)

    def events(self, t_first: float, t_end: float) -> list[Event]:
        """Events in [t_first, t_end)."""
        return [e for e in self._events if t_first <= e.time < t_end]

    def _write(self, i_first: int, samples: NDArray[np.float32]) -> None:
        n = len(samples)
        if n > self._capacity:
            samples, i_first, n = samples[-self._capacity :], i_first + n - self._capacity, self._capacity
        a = i_first % self._capacity
        first = min(n, self._capacity - a)
        self._samples[:, a : a + first] = samples[:first].T
        self._samples[:, : n - first] = samples[first:].T
