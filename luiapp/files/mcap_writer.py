"""Writes a recording while it happens: what was appended stays, whatever becomes of the program."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from io import FileIO
from math import isfinite
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from mcap.writer import CompressionType, Writer

from luiapp.data.chunk import Chunk, Layout
from luiapp.data.recording import Recording
from luiapp.errors import FileError
from luiapp.files.codec import event_to_dict, layout_to_dict, to_json
from luiapp.files.disk import atomic, file_error
from luiapp.files.mcap_format import (
    EVENTS,
    LAYOUT,
    METADATA,
    PROFILE,
    SAMPLES,
    SAMPLES_HEADER,
    SCHEMAS,
    SPIKE,
    SPIKES,
    VERSION,
)

FLUSH_EVERY = 0.25  # s
SYNC_EVERY = 1.0  # s
SLOW_SYNC = 0.2  # s
SYNC_REST = 30.0  # s
_BLOCK = 1 << 20  # bytes of samples in one message at most


class _Stream:
    """What the MCAP library writes to. Unbuffered: after a full disk nothing lingers that a close would write."""

    def __init__(self, file: FileIO) -> None:
        self.file = file
        self.position = 0

    def write(self, data: bytes) -> int:
        view = memoryview(data)
        while len(view):
            n = self.file.write(view)
            self.position += n
            view = view[n:]
        return len(data)

    def tell(self) -> int:
        return self.position

    def flush(self) -> None:
        """Nothing is held back."""


class McapWriter:
    """Appends chunks to an ``.mcap`` file.

    Parameters
    ----------
    path : path
        An existing file is replaced.
    metadata : dict, optional
        See `metadata`.
    clock : callable
        Seconds, for the flush intervals.

    Notes
    -----
    Every `FLUSH_EVERY` seconds (when `append` or `flush` is called) the samples in memory become a compressed block
    and go to the operating system with ``write()``: from then on they survive the death of the program. Against a
    power cut the file is also fsynced once per second. An fsync that takes longer than `SLOW_SYNC` (a poor USB
    stick) would hold up the writes that protect against the more likely fault, so after one such the next is
    `SYNC_REST` seconds away; the operating system writes back on its own meanwhile.

    The first fault (a full disk, a stick pulled out) raises `FileError` and ends the file at its last whole block;
    later calls do nothing.

    Not thread-safe: one thread uses it.
    """

    def __init__(
        self,
        path: str | Path,
        metadata: dict[str, Any] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = Path(path)
        self.bytes_written = 0
        self._clock = clock
        self._layout: Layout | None = None
        self._i_next = 0
        self._open = True
        self._good = 0
        self._last_flush = self._next_sync = clock()
        self._dirty = False
        try:
            self._stream = _Stream(self.path.open("wb", buffering=0))
        except OSError as error:
            raise file_error(error, self.path, writing=True) from error
        self._guarded(self._start)
        if metadata:
            self.metadata(metadata)

    def append(self, chunk: Chunk) -> None:
        """Append one chunk. Raises `FileError` once if the disk refuses."""
        if not self._open:
            return
        if chunk.layout is not self._layout or chunk.i_first < self._i_next:
            self._begin_segment(chunk)
        dt = chunk.layout.dt
        if chunk.n_samples:
            step = max(1, _BLOCK // (4 * max(1, chunk.samples.shape[1])))
            for first in range(0, chunk.n_samples, step):
                part = np.ascontiguousarray(chunk.samples[first : first + step], "<f4")
                header = SAMPLES_HEADER.pack(chunk.i_first + first, *part.shape)
                self._add(SAMPLES, (chunk.i_first + first) * dt, header + part.tobytes())
        self._i_next = chunk.i_end
        if len(chunk.spike_times):
            self._append_spikes(chunk)
        if chunk.events:
            start = chunk.i_first * dt
            events = [event_to_dict(e if isfinite(e.time) else replace(e, time=start)) for e in chunk.events]
            self._add(EVENTS, events[0]["time"], to_json(events).encode("utf-8", "replace"))
        if self._clock() - self._last_flush >= FLUSH_EVERY:
            self.flush()

    def metadata(self, values: dict[str, Any]) -> None:
        """Add fields to the metadata, such as ``network``; the last value of a field counts. JSON-ready values."""
        if self._open:
            self._add(METADATA, 0.0, to_json(values).encode("utf-8", "replace"))

    def flush(self) -> None:
        """Hand all that was appended to the operating system. Raises `FileError` once if the disk refuses."""
        if self._open:
            self._guarded(self._flush)

    def close(self) -> None:
        """Write the index and let go of the file. Raises `FileError` if the disk refuses; the samples stay readable."""
        if not self._open:
            return
        self._guarded(self._finish)
        self._open = False
        self._stream.file.close()

    def _start(self) -> None:
        self._writer: Any = Writer(cast(IO[bytes], self._stream), compression=CompressionType.ZSTD)
        self._writer.start(profile=PROFILE, library=f"luiapp-{VERSION}")
        self._channels: dict[str, int] = {}
        for topic, (name, encoding, text, message_encoding) in SCHEMAS.items():
            schema = self._writer.register_schema(name, encoding, text.encode())
            self._channels[topic] = self._writer.register_channel(topic, message_encoding, schema)
        self._good = self.bytes_written = self._stream.position

    def _begin_segment(self, chunk: Chunk) -> None:
        self._layout = chunk.layout
        text = to_json(layout_to_dict(chunk.layout))
        self._add(LAYOUT, chunk.i_first * chunk.layout.dt, text.encode("utf-8", "replace"))

    def _append_spikes(self, chunk: Chunk) -> None:
        spikes = np.empty(len(chunk.spike_times), SPIKE)
        spikes["time"], spikes["neuron"] = chunk.spike_times, chunk.spike_neurons
        # One impossible spike from a faulty source must not make the file unreadable.
        sound = np.isfinite(spikes["time"]) & (spikes["neuron"] >= 0)
        sound &= spikes["neuron"] < len(chunk.layout.neurons)
        if sound.any():
            self._add(SPIKES, float(spikes["time"][sound][0]), spikes[sound].tobytes())

    def _add(self, topic: str, at: float, data: bytes) -> None:
        log_time = min(max(0, round(at * 1e9)), 2**63)

        def add() -> None:
            self._writer.add_message(self._channels[topic], log_time, data, time.time_ns())
            self.bytes_written = self._stream.position
            self._dirty = True

        if self._open:
            self._guarded(add)

    def _flush(self) -> None:
        self._writer.flush()
        self._good = self.bytes_written = self._stream.position
        now = self._last_flush = self._clock()
        if self._dirty and now >= self._next_sync:
            os.fsync(self._stream.file.fileno())
            self._dirty = False
            took = self._clock() - now
            self._next_sync = now + (SYNC_REST if took > SLOW_SYNC else SYNC_EVERY)

    def _finish(self) -> None:
        self._writer.flush()
        self._good = self._stream.position
        self._writer.finish()
        self.bytes_written = self._stream.position
        os.fsync(self._stream.file.fileno())

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:
            self._open = False
            told: FileError = file_error(error, self.path, writing=True)
            with suppress(OSError):  # without the half block at its end the file reads without complaint
                self._stream.file.truncate(self._good)
            with suppress(OSError):
                self._stream.file.close()
            raise told from error


def write_mcap(path: str | Path, recording: Recording) -> list[Path]:
    """Write a whole recording (samples as float32) to `path`: all of it, or nothing."""
    path = Path(path)
    with atomic(path) as file:
        writer = McapWriter(file.name, recording.metadata, clock=lambda: 0.0)
        writer.path = path  # for the wording of faults
        for chunk in _in_pieces(recording):
            writer.append(chunk)
        writer.close()
    return [path]


def _in_pieces(recording: Recording) -> Iterator[Chunk]:
    """The recording as chunks of bounded size: first the samples, then the spikes, then the events."""
    layout, i_first, samples = recording.layout, recording.i_first, recording.samples
    n_rows = max(1, 2**20 // max(1, samples.shape[1]))
    for first in range(0, max(1, len(samples)), n_rows):
        piece = samples[first : first + n_rows].astype(np.float32, copy=False)
        yield Chunk(layout, i_first + first, piece)
    end, nothing = i_first + len(samples), np.empty((0, samples.shape[1]), np.float32)
    for first in range(0, len(recording.spike_times), 50_000):
        part = slice(first, first + 50_000)
        yield Chunk(layout, end, nothing, recording.spike_times[part], recording.spike_neurons[part])
    for first in range(0, len(recording.events), 1000):
        yield Chunk(layout, end, nothing, events=recording.events[first : first + 1000])
