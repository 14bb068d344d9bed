"""The latest stretch of a stream, chunk by chunk, for checks: from whichever rig it comes."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from luiapp.course.sight import Sight
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
    def neurons(self) -> tuple[str, ...]:
        """What the stream calls its boards."""
        return self._chunks[-1].layout.neurons if self._chunks else ()

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
        parts: list[Chunk] = []
        for chunk in reversed(self._chunks):
            if chunk.i_end * chunk.layout.dt <= end - seconds - 1e-9:
                break
            if chunk.i_first * chunk.layout.dt < end:
                parts.append(chunk)
        if not parts:
            return None
        return cut(join(reversed(parts)), end - seconds, end)

    def sight(
        self,
        seconds: float,
        network: Network | None = None,
        until: float | None = None,
        names: Sequence[str] = (),
    ) -> Sight | None:
        """What a check that wants `seconds` sees; the boards under the `names` that the lesson gives them."""
        recording = self.recording(seconds, until)
        return None if recording is None else Sight(called(recording, names), network)


def called(recording: Recording, names: Sequence[str]) -> Recording:
    """The same with other names for its neurons, in their order, unless it has these already.

    Real boards are called by their place or by what somebody named them; a lesson knows them in the order of its text.
    """
    layout = recording.layout
    if not names or set(names) <= set(layout.neurons) or len(names) > len(layout.neurons):
        return recording
    other = dict(zip(layout.neurons, names, strict=False))
    renamed = replace(layout, neurons=tuple(other.get(n, n) for n in layout.neurons))
    events = tuple(replace(e, target=other.get(e.target, e.target)) for e in recording.events)
    return replace(recording, layout=renamed, events=events)


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
