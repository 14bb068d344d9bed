"""Reads recordings from MCAP files: whole ones, cut ones, and files that only pretend."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import lz4.frame
import numpy as np
import zstandard
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.reader import make_reader
from mcap.records import Channel, Header
from mcap.records import Chunk as Block
from numpy.typing import NDArray

from luiapp.data.chunk import Event, Layout
from luiapp.data.recording import Recording
from luiapp.errors import FormatError
from luiapp.files.codec import check_first, check_spikes, event_from_dict, from_json, layout_from_dict
from luiapp.files.disk import MAX_JSON, MAX_VALUES, guard, naming
from luiapp.files.mcap_format import EVENTS, LAYOUT, METADATA, PROFILE, SAMPLES, SAMPLES_HEADER, SPIKE, SPIKES

MAGIC = b"\x89MCAP0\r\n"
MAX_BLOCK = 64 * 2**20  # bytes of one block, unpacked
MAX_EVENTS = 1_000_000
_DAMAGE = "damage"  # a message of our own in place of a block whose checksum is wrong
LONG_GAP = 60.0  # s; a longer hole (a laptop that slept) is not filled but begins another segment
_RECORD = struct.Struct("<BQ")
_MESSAGE = struct.Struct("<HIQQ")


class _Damaged(FormatError):
    """One block can't be trusted; the others can."""


@dataclass
class _Segment:
    """What one segment holds; the samples are counted in a first pass and read in a second."""

    layout: Layout
    i_first: int | None = None
    i_end: int = 0
    spikes: list[NDArray[Any]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    samples: NDArray[np.float32] | None = None


@dataclass
class _Content:
    start: float = -np.inf
    stop: float = np.inf
    metadata: dict[str, Any] = field(default_factory=dict)
    segments: list[_Segment] = field(default_factory=list)
    n_values: int = 0
    n_events: int = 0


def read_segments(path: str | Path, *, start: float = -np.inf, stop: float = np.inf) -> list[Recording]:
    """All segments of an ``.mcap`` recording, in the order they were recorded.

    Parameters
    ----------
    start, stop : float
        Only what was recorded between these times [s] on the stream's clock, give or take the piece that was written
        at once: for recordings that are too large to be opened whole.

    A new segment begins where the columns, the rate or the clock of the stream changed, or after a hole of more
    than a minute. A file that was cut off is read up to the cut.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it is not a recording of ours, or claims more than fits into memory.
    """
    path = Path(path)
    content = _Content(start, stop)
    with guard(path, writing=False), naming(path):
        for topic, message in _messages(path):
            _survey(content, topic, message)
        for segment in content.segments:
            n = segment.i_end - (segment.i_first or 0)
            segment.samples = np.full((n, len(segment.layout.traces)), np.nan, np.float32)
        _fill(content, path)
        kept = [s for s in content.segments if s.i_first is not None or (s.spikes and start == -np.inf)]
        recordings = [_recording(s, content) for s in kept]
        if not recordings:
            raise FormatError("nothing was recorded in it")
    return recordings


def indexed_duration(path: str | Path) -> float | None:
    """Length [s] by the index at the file's end, at once; None where that is missing or damaged.

    It reaches to the start of the last block of samples, so that it may be a fraction of a second short.
    """
    try:
        with Path(path).open("rb") as file:
            summary = make_reader(file).get_summary()
    except Exception:  # the library has no base of its own for what damaged bytes do to it
        return None
    statistics = summary.statistics if summary is not None else None
    if statistics is None or statistics.message_count == 0:
        return None
    return (statistics.message_end_time - statistics.message_start_time) / 1e9


def read_mcap(path: str | Path) -> Recording:
    """The longest segment of an ``.mcap`` recording; see `read_segments`."""
    return max(read_segments(path), key=lambda r: r.duration)


def _survey(content: _Content, topic: str, message: bytes) -> None:
    if topic == _DAMAGE:
        content.metadata["damaged_blocks"] = content.metadata.get("damaged_blocks", 0) + 1
    elif topic == METADATA:
        values = from_json(_bounded(message))
        if not isinstance(values, dict):
            raise FormatError("its metadata is not a JSON object")
        content.metadata.update(values)
    elif topic == LAYOUT:
        content.segments.append(_Segment(layout_from_dict(from_json(_bounded(message)))))
    elif topic in (SAMPLES, SPIKES, EVENTS):
        if not content.segments:
            raise FormatError("samples come before the description of the columns")
        segment = content.segments[-1]
        if topic == SAMPLES:
            i_first, values = _samples(segment, message)
            if _wanted(content, segment, i_first, len(values)):
                _count(content, segment, i_first, values)
        elif topic == SPIKES:
            segment.spikes.append(np.frombuffer(message[: len(message) // SPIKE.itemsize * SPIKE.itemsize], SPIKE))
        else:
            rows = from_json(_bounded(message))
            content.n_events += len(rows) if isinstance(rows, list) else 0
            if not isinstance(rows, list) or content.n_events > MAX_EVENTS:
                raise FormatError("its events are malformed or more than {limit}", limit=MAX_EVENTS)
            segment.events += [event_from_dict(row) for row in rows]


def _bounded(message: bytes) -> bytes:
    if len(message) > MAX_JSON:
        raise FormatError("a description in it is larger than {limit} MB", limit=MAX_JSON // 2**20)
    return message


def _samples(segment: _Segment, message: bytes) -> tuple[int, NDArray[np.float32]]:
    """Index and values of one message of samples."""
    if len(message) < SAMPLES_HEADER.size:
        raise FormatError("a block of samples has no header")
    i_first, n_samples, n_traces = SAMPLES_HEADER.unpack_from(message)
    if n_traces != len(segment.layout.traces):
        raise FormatError("a block has {n} columns, but its description names {m} traces",
                          n=n_traces, m=len(segment.layout.traces))  # fmt: skip
    if len(message) != SAMPLES_HEADER.size + 4 * n_samples * n_traces:
        raise FormatError("a block of samples is not as long as it says")
    values = np.frombuffer(message, "<f4", offset=SAMPLES_HEADER.size)
    return check_first(i_first), values.reshape(n_samples, n_traces)


def _wanted(content: _Content, segment: _Segment, i_first: int, n: int) -> bool:
    dt = segment.layout.dt
    return i_first * dt < content.stop and (i_first + n) * dt > content.start


def _count(content: _Content, segment: _Segment, i_first: int, values: NDArray[np.float32]) -> None:
    if segment.i_first is not None:
        if i_first < segment.i_end:
            raise FormatError("sample {index} comes twice", index=i_first)
        if (i_first - segment.i_end) * segment.layout.dt > LONG_GAP:
            segment = _Segment(segment.layout)
            content.segments.append(segment)
    if segment.i_first is None:
        segment.i_first = segment.i_end = i_first
    new_end = i_first + len(values)
    if not segment.layout.traces and new_end - segment.i_first > MAX_VALUES:
        raise FormatError("it claims more samples than can be")
    content.n_values += (new_end - segment.i_end) * len(segment.layout.traces)
    segment.i_end = new_end
    if content.n_values > MAX_VALUES:
        raise FormatError(
            "it holds more than {limit} million samples, too many to open at once; open a part of it (start, stop)",
            limit=MAX_VALUES // 10**6,
        )


def _fill(content: _Content, path: Path) -> None:
    """Second pass: the samples go to their places, which the first pass has checked."""
    segments = iter(content.segments)
    segment: _Segment | None = None
    for topic, message in _messages(path):
        if topic == LAYOUT:
            segment = next(segments, None)
        elif topic == SAMPLES and segment is not None:
            i_first, values = _samples(segment, message)
            if not _wanted(content, segment, i_first, len(values)):
                continue
            while segment is not None and not _holds(segment, i_first, len(values)):
                segment = next(segments, None)  # beyond a long gap
            if segment is None:
                return  # the file grew since the first pass
            assert segment.samples is not None and segment.i_first is not None
            at = i_first - segment.i_first
            segment.samples[at : at + len(values)] = values


def _holds(segment: _Segment, i_first: int, n: int) -> bool:
    return segment.i_first is not None and segment.i_first <= i_first and i_first + n <= segment.i_end


def _recording(segment: _Segment, content: _Content) -> Recording:
    spikes = np.concatenate(segment.spikes) if segment.spikes else np.empty(0, SPIKE)
    spikes = spikes[~((spikes["time"] < content.start) | (spikes["time"] >= content.stop))]
    events = tuple(e for e in segment.events if content.start <= e.time < content.stop)
    times, neurons = check_spikes(spikes["time"], spikes["neuron"], len(segment.layout.neurons))
    assert segment.samples is not None
    return Recording(segment.layout, segment.samples, times, neurons, events, dict(content.metadata),
                     segment.i_first or 0)  # fmt: skip


def _messages(path: Path) -> Iterator[tuple[str, bytes]]:
    """(topic, data) of every whole message, up to the end or the cut of the file."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise FormatError("this is not an MCAP file")
        size = path.stat().st_size
        topics: dict[int, str] = {}
        for opcode, data, whole in _records(file, size):
            if opcode == Opcode.HEADER and whole:
                _check_profile(data)
            elif opcode == Opcode.CHUNK:
                try:
                    plain = _unpack(data, whole=whole)
                except _Damaged:
                    yield _DAMAGE, b""
                    continue
                for inner_code, inner in _inner_records(plain):
                    yield from _message(inner_code, inner, topics)
            elif whole:
                yield from _message(opcode, data, topics)
            if opcode == Opcode.DATA_END or not whole:
                return


def _message(opcode: int, data: bytes, topics: dict[int, str]) -> Iterator[tuple[str, bytes]]:
    if opcode == Opcode.CHANNEL:
        channel = _decode(Channel, data)
        topics[channel.id] = channel.topic
    elif opcode == Opcode.MESSAGE and len(data) >= _MESSAGE.size:
        yield topics.get(_MESSAGE.unpack_from(data)[0], ""), data[_MESSAGE.size :]


def _records(file: IO[bytes], size: int) -> Iterator[tuple[int, bytes, bool]]:
    """(opcode, content, whether it is whole) of each record of the file."""
    while len(head := file.read(_RECORD.size)) == _RECORD.size:
        opcode, length = _RECORD.unpack(head)
        if opcode == 0:  # a power cut may leave zeros where the end should be
            return
        left = size - file.tell()
        if min(length, left) > MAX_BLOCK:
            raise FormatError("it has a block of {size} MB; {limit} MB is the most",
                              size=min(length, left) // 2**20, limit=MAX_BLOCK // 2**20)  # fmt: skip
        data = file.read(max(0, min(length, left)))
        yield opcode, data, len(data) == length


def _inner_records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _RECORD.size <= len(data):
        opcode, length = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        if at + length > len(data):
            return
        yield opcode, data[at : at + length]
        at += length


def _unpack(data: bytes, *, whole: bool) -> bytes:
    """The content of a block, never more than `MAX_BLOCK` bytes; of a cut block, what can be had."""
    try:
        block = _decode(Block, data)
    except FormatError:
        if whole:
            raise
        return b""
    packed = block.data
    try:
        if block.compression == "zstd":
            reader = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(packed, read_across_frames=False)
            plain = _read_up_to(reader, MAX_BLOCK + 1)
        elif block.compression == "lz4":
            plain = lz4.frame.LZ4FrameDecompressor().decompress(packed, max_length=MAX_BLOCK + 1)
        elif block.compression == "":
            plain = packed
        else:
            raise FormatError("it is packed by '{name}', which this program can't unpack", name=block.compression[:40])
    except (zstandard.ZstdError, RuntimeError, EOFError, ValueError) as error:
        if isinstance(error, FormatError):
            raise
        if not whole:
            return b""
        raise _Damaged("a block of it is damaged: {reason}", reason=error) from None
    if len(plain) > MAX_BLOCK:
        raise FormatError("it has a block that unpacks to more than {limit} MB", limit=MAX_BLOCK // 2**20)
    if whole and block.uncompressed_crc and zlib.crc32(plain) != block.uncompressed_crc:
        raise _Damaged("a block of it is damaged: its checksum is wrong")
    return plain


def _read_up_to(reader: Any, limit: int) -> bytes:
    """Up to `limit` bytes; of a damaged stream, the part before the damage (the checksum tells)."""
    parts, total = [], 0
    while total < limit:
        part = reader.read(min(limit - total, 2**20))
        if not part:
            break
        parts.append(part)
        total += len(part)
    return b"".join(parts)


def _check_profile(data: bytes) -> None:
    header = _decode(Header, data)
    if header.profile != PROFILE:
        raise FormatError("it is an MCAP file of another program (profile '{profile}')", profile=header.profile[:40])


def _decode(kind: Any, data: bytes) -> Any:
    try:
        return kind.read(ReadDataStream(BytesIO(data)))
    except (McapError, struct.error, UnicodeDecodeError, OverflowError, ValueError) as error:
        raise FormatError("a record of it is malformed: {reason}", reason=repr(error)[:80]) from None
