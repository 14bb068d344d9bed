"""Recordings as sound: 16-bit WAV, one channel per membrane, with an events file beside it as neuroscience toys use.

``<name>-events.txt`` has the two comment lines and the rows ``marker, <tab> time in s`` that SpikeRecorder (Backyard
Brains) reads and writes; spikes are rows ``_ch0_neuron0``. What a WAV has no place for (volts per count, the
resampling factor, names, metadata) lies as JSON in its standard comment field (``LIST INFO ICMT``), so that reading
our own file gives volts again; its signals are rounded to 1/32767 of the largest.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Event, Layout, Trace
from luiapp.data.recording import Recording
from luiapp.errors import FormatError
from luiapp.files.codec import check_spikes, from_json, header_from_dict, header_to_dict, to_json
from luiapp.files.disk import MAX_JSON, MAX_VALUES, atomic, guard, naming, small_file

LOWEST_RATE = 8000  # Hz; below it many players refuse
EVENTS_HEAD = "# Marker IDs can be arbitrary strings.\n# Marker ID,\tTime (in s)\n"
_FULL_SCALE = 32767
_ROWS = 1 << 16
_SPIKE_ID = re.compile(r"^_(?:ch\d+_)?neuron(\d+)$")
_MAX_EVENTS = 64 * 2**20


def events_path(path: Path) -> Path:
    """Where the events of a sound lie: ``a.wav`` has them in ``a-events.txt``."""
    return path.with_name(f"{path.stem}-events.txt")


def audio_rate(dt: float) -> tuple[int, int]:
    """Sampling rate [Hz] of the sound for a sampling interval [s], and how many of its samples make one of ours."""
    factor = max(1, math.ceil(LOWEST_RATE * dt - 1e-9))
    return round(factor / dt), factor


def write_wav(path: str | Path, recording: Recording) -> list[Path]:
    """Write the membranes (or, without any, all traces) as sound, and markers and spikes beside it.

    Below 8 kHz samples are interpolated in between, by the whole factor that `audio_rate` tells.

    Raises
    ------
    FormatError
        If there is nothing to hear, or more than the 4 GiB that a WAV can be.
    """
    path = Path(path)
    columns = [i for i, t in enumerate(recording.layout.traces) if t.quantity == "membrane"]
    columns = columns or list(range(len(recording.layout.traces)))
    rate, factor = audio_rate(recording.layout.dt)
    n = (len(recording.samples) - 1) * factor + 1
    if not columns or n < 1:
        raise FormatError("'{file}': there is no trace to be heard", file=path.name)
    if n * len(columns) * 2 > 2**32 - 2**27 or len(columns) > 2**16 - 1 or rate >= 2**31:
        raise FormatError("'{file}': a WAV holds 4 GB; export fewer traces or a shorter stretch, or use CSV or NPZ",
                          file=path.name)  # fmt: skip
    scale = _volts_per_count(recording.samples, columns)
    comment = _comment(recording, columns, factor, scale)
    with atomic(path) as file:
        file.write(_riff_head(n, rate, len(columns), comment))
        for block in _resampled(recording.samples, columns, factor):
            counts = np.clip(np.rint(block / scale), -_FULL_SCALE - 1, _FULL_SCALE)
            file.write(counts.astype("<i2").tobytes())
    beside = events_path(path)
    with atomic(beside) as file:
        file.write(EVENTS_HEAD.encode())
        for line in _event_lines(recording, columns):
            file.write(line.encode("utf-8", "replace"))
    return [path, beside]


def _volts_per_count(samples: NDArray[Any], columns: list[int]) -> float:
    largest = 0.0
    for first in range(0, len(samples), _ROWS):
        part = np.abs(samples[first : first + _ROWS][:, columns].astype(np.float64))
        finite = part[np.isfinite(part)]
        largest = max(largest, float(finite.max(initial=0.0)))
    return largest / _FULL_SCALE if largest / _FULL_SCALE > 0 else 1.0 / _FULL_SCALE


def _comment(recording: Recording, columns: list[int], factor: int, scale: float) -> bytes:
    layout = replace(recording.layout, traces=tuple(recording.layout.traces[i] for i in columns))
    header = header_to_dict(replace(recording, layout=layout, events=()))
    return to_json({**header, "factor": factor, "volts_per_count": scale}).encode("utf-8", "replace")


def _riff_head(n: int, rate: int, n_channels: int, comment: bytes) -> bytes:
    """Everything before the samples; `n` samples in each channel."""
    step = 2 * n_channels
    text = comment + bytes(1 + (len(comment) + 1) % 2)  # ends with a zero, has an even length
    info = b"INFO" + b"ICMT" + struct.pack("<I", len(text)) + text
    head = (
        b"WAVE"
        + b"fmt "
        + struct.pack("<IHHIIHH", 16, 1, n_channels, rate, rate * step & 0xFFFFFFFF, step & 0xFFFF, 16)
    )
    head += b"LIST" + struct.pack("<I", len(info)) + info + b"data" + struct.pack("<I", n * step)
    return b"RIFF" + struct.pack("<I", len(head) + n * step) + head


def _resampled(samples: NDArray[Any], columns: list[int], factor: int) -> Iterator[NDArray[np.float64]]:
    """The columns with ``factor - 1`` values interpolated between any two, in blocks."""
    rows = max(1, _ROWS // factor)
    between = (np.arange(factor) / factor)[None, :, None]
    for first in range(0, len(samples), rows):
        part = np.nan_to_num(samples[first : first + rows + 1][:, columns].astype(np.float64), nan=0.0)
        is_last = first + rows >= len(samples)
        if factor == 1:
            yield part if is_last else part[:-1]
            continue
        here, after = part[:-1, None, :], part[1:, None, :]
        if len(here):
            yield (here * (1 - between) + after * between).reshape(-1, len(columns))
        if is_last:
            yield part[-1:] if first + len(part) == len(samples) else part[:0]


def _event_lines(recording: Recording, columns: list[int]) -> Iterator[str]:
    channel = {recording.layout.traces[i].i_neuron: k for k, i in reversed(list(enumerate(columns)))}
    start = recording.t_start
    rows = [(t - start, f"_ch{channel.get(i, 0)}_neuron{i}")
            for t, i in zip(recording.spike_times.tolist(), recording.spike_neurons.tolist(), strict=True)]  # fmt: skip
    rows += [(e.time - start, _event_id(e)) for e in recording.events]
    for time, name in sorted(rows, key=lambda row: row[0]):
        yield f"{name},\t{time:.4f}\n"


def _event_id(event: Event) -> str:
    parts = (event.value,) if event.kind == "marker" else (event.kind, event.target, event.name, event.value)
    if event.kind == "network":
        parts = ("network",)
    text = " ".join(str(p) for p in parts if p is not None and p != "")
    return " ".join(text.replace(",", " ").split()) or "?"


@dataclass
class _Wav:
    """What the chunks of a WAV say."""

    rate: int = 0
    n_channels: int = 0
    bits: int = 0
    is_float: bool = False
    comment: bytes = b""
    data_at: int = 0
    data_size: int = 0


def read_wav(path: str | Path) -> Recording:
    """The recording in a WAV (8, 16, 24, 32 bit or float) and the events file beside it, if there is one.

    Without our comment in it, values are fractions of full scale.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it is not such a file.
    """
    path = Path(path)
    with guard(path, writing=False), naming(path), path.open("rb") as file:
        wav = _chunks(file, path.stat().st_size)
        recording = _with_meaning(wav, file)
    beside = events_path(path)
    if beside.exists():
        content = small_file(beside, _MAX_EVENTS)
        with naming(beside):
            return _with_events(recording, content.decode("utf-8-sig", "replace"))
    return recording


def _chunks(file: IO[bytes], size: int) -> _Wav:
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise FormatError("this is not a WAV file")
    wav = _Wav()
    while len(head := file.read(8)) == 8:
        name, length = head[:4], int.from_bytes(head[4:], "little")
        at = file.tell()
        if name == b"fmt ":
            _read_format(wav, file.read(min(length, 64)))
        elif name == b"LIST" and length <= MAX_JSON:
            wav.comment = wav.comment or _info(file.read(min(length, size - at)))
        elif name == b"data" and not wav.data_at:
            wav.data_at, wav.data_size = at, min(length, size - at)
        file.seek(at + length + length % 2)
    if not wav.rate or not wav.data_at:
        raise FormatError("it has no sound in it")
    return wav


def _read_format(wav: _Wav, data: bytes) -> None:
    if len(data) < 16:
        raise FormatError("its description of the sound is cut")
    kind, wav.n_channels, wav.rate, _, _, wav.bits = struct.unpack_from("<HHIIHH", data)
    if kind == 0xFFFE and len(data) >= 26:  # the extensible form says further below what it is
        kind = int.from_bytes(data[24:26], "little")
    wav.is_float = kind == 3
    if (kind, wav.bits) not in ((1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64)):
        raise FormatError("its sound is packed in a way that can't be read (format {kind}, {bits} bit); save it as PCM",
                          kind=kind, bits=wav.bits)  # fmt: skip
    if not wav.n_channels or not wav.rate:
        raise FormatError("it has {n} channels at {rate} Hz", n=wav.n_channels, rate=wav.rate)


def _info(data: bytes) -> bytes:
    at = 4
    while data[:4] == b"INFO" and at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"ICMT":
            return data[at + 8 : at + 8 + length].rstrip(b"\0")
        at += 8 + length + length % 2
    return b""


def _with_meaning(wav: _Wav, file: IO[bytes]) -> Recording:
    n_rows = wav.data_size // (wav.n_channels * wav.bits // 8)
    ours = from_json(wav.comment) if wav.comment.startswith(b"{") and b"volts_per_count" in wav.comment else None
    if ours is None:
        names = tuple(f"N{i + 1}" for i in range(wav.n_channels))
        traces = tuple(Trace(name, "", "signal", i) for i, name in enumerate(names))
        samples = _samples(wav, file, n_rows, 1, 1.0 if wav.is_float else 2.0 ** (1 - wav.bits))
        return _bare(Layout(1 / wav.rate, traces, names, "replay"), samples, {}, 0)
    layout, i_first, _, metadata = header_from_dict(ours)
    factor, scale = ours.get("factor"), ours.get("volts_per_count")
    if len(layout.traces) != wav.n_channels or not isinstance(factor, int) or not 1 <= factor <= 10**7 \
            or not isinstance(scale, float) or not 0 < scale < 1e38:  # fmt: skip
        raise FormatError("its comment doesn't fit its sound")
    return _bare(layout, _samples(wav, file, n_rows, factor, scale), metadata, i_first)


def _bare(layout: Layout, samples: NDArray[np.float32], metadata: dict[str, Any], i_first: int) -> Recording:
    return Recording(layout, samples, np.empty(0), np.empty(0, np.int32), (), metadata, i_first)


def _samples(wav: _Wav, file: IO[bytes], n_rows: int, factor: int, scale: float) -> NDArray[np.float32]:
    """Every `factor`-th sample of all channels, as float32 in units of the trace."""
    n_kept = -(-n_rows // factor)
    if n_kept * wav.n_channels > MAX_VALUES:
        raise FormatError("it holds more than {limit} million samples", limit=MAX_VALUES // 10**6)
    samples = np.empty((n_kept, wav.n_channels), np.float32)
    width = wav.n_channels * wav.bits // 8
    rows = max(1, _ROWS * 8 // wav.n_channels // factor) * factor
    file.seek(wav.data_at)
    for first in range(0, n_rows, rows):
        n = min(rows, n_rows - first)
        values = _plain(file.read(n * width), wav).reshape(n, wav.n_channels)[::factor]
        samples[first // factor : first // factor + len(values)] = values * scale
    return samples


def _plain(data: bytes, wav: _Wav) -> NDArray[np.float64]:
    if wav.is_float:
        return np.frombuffer(data, f"<f{wav.bits // 8}").astype(np.float64)
    if wav.bits == 8:
        return np.frombuffer(data, np.uint8).astype(np.float64) - 128
    if wav.bits == 24:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return (wide.view("<i4")[:, 0] >> 8).astype(np.float64)
    return np.frombuffer(data, f"<i{wav.bits // 8}").astype(np.float64)


def _with_events(recording: Recording, text: str) -> Recording:
    times: list[float] = []
    owners: list[int] = []
    events: list[Event] = []
    start = recording.t_start
    for n, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, time = line.rpartition(",")
        try:
            at = float(time)
        except ValueError:
            at = math.nan
        if not abs(at) < 1e9 or not name:
            raise FormatError("line {line} is not a marker and a time", line=n)
        spike = _SPIKE_ID.match(name.strip())
        if spike and int(spike[1][:9]) < len(recording.layout.neurons):
            times.append(start + at)
            owners.append(int(spike[1][:9]))
        else:
            value: int | str = int(name) if name.strip().isdecimal() and len(name) < 10 else name.strip()
            events.append(Event(start + at, "marker", value=value))
    spikes = check_spikes(np.array(times, np.float64), np.array(owners, np.int64), len(recording.layout.neurons))
    return Recording(recording.layout, recording.samples, *spikes, tuple(events), recording.metadata,
                     recording.i_first)  # fmt: skip
