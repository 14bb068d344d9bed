"""The latest stretch of a stream, chunk by chunk, for checks: from whichever rig it comes."""

from __future__ import annotations

from collections import deque

from luiapp.course.metrics import Sight
from luiapp.data.chunk import Chunk
from luiapp.data.recording import Recording, join
from luiapp.model.network import Network

MOST_SECONDS = 120.0


class History:
    """Keeps the chunks of the last `seconds`; a stream that begins anew or changes its columns begins a new stretch."""

    def __init__(self, seconds: float = MOST_SECONDS) -> None:
        self._seconds = seconds
        self._chunks: deque[Chunk] = deque()

    @property
    def now(self) -> float:
        """Time of the sample after the newest [s]; 0 before the first."""
        return self._chunks[-1].i_end * self._chunks[-1].layout.dt if self._chunks else 0.0

    @property
    def length(self) -> float:
        """How much is kept [s]."""
        return self.now - self._chunks[0].i_first * self._chunks[0].layout.dt if self._chunks else 0.0

    def take(self, chunk: Chunk) -> None:
        """One more chunk."""
        if self._chunks:
            last = self._chunks[-1]
            if chunk.layout != last.layout or chunk.i_first < last.i_end:
                self._chunks.clear()
        self._chunks.append(chunk)
        while self.length > self._seconds and len(self._chunks) > 1:
            self._chunks.popleft()

    def clear(self) -> None:
        """Forget everything."""
        self._chunks.clear()

    def recording(self, seconds: float, until: float | None = None) -> Recording | None:
        """The last `seconds` (up to `until`), cut to the sample; None while there is nothing."""
        end = self.now if until is None else min(until, self.now)
        parts = [c for c in self._chunks if c.i_end * c.layout.dt > end - seconds - 1e-9]
        parts = [c for c in parts if c.i_first * c.layout.dt < end]
        if not parts:
            return None
        return cut(join(parts), end - seconds, end)

    def sight(self, seconds: float, network: Network | None = None, until: float | None = None) -> Sight | None:
        """What a check that wants `seconds` sees."""
        recording = self.recording(seconds, until)
        return None if recording is None else Sight(recording, network)


def cut(recording: Recording, start: float, end: float) -> Recording:
    """The part of a recording between two times [s]; its spikes and events with it."""
    dt = recording.layout.dt
    first = min(max(round(start / dt) - recording.i_first, 0), len(recording.samples))
    last = min(max(round(end / dt) - recording.i_first, first), len(recording.samples))
    low, high = (recording.i_first + first) * dt, (recording.i_first + last) * dt
    kept = (recording.spike_times >= low) & (recording.spike_times < high)
    return Recording(recording.layout, recording.samples[first:last], recording.spike_times[kept],
                     recording.spike_neurons[kept], tuple(e for e in recording.events if low <= e.time < high),
                     recording.metadata, recording.i_first + first)  # fmt: skip
