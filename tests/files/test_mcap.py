"""Recordings in MCAP: what goes in comes out, cut files give what they have, hostile files are refused."""

from __future__ import annotations

import errno
import io
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcap.reader import make_reader
from mcap.writer import CompressionType, Writer
from recordings import example, recordings, same

from luiapp.data.chunk import Chunk, Event, Layout, Trace
from luiapp.errors import FileError, FormatError, LuiError
from luiapp.files import mcap_writer
from luiapp.files.mcap_format import SAMPLES_HEADER
from luiapp.files.mcap_reader import MAGIC, _records, read_mcap, read_segments
from luiapp.files.mcap_writer import McapWriter, write_mcap

QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
LAYOUT = Layout(1e-3, (Trace("N1"),), ("N1",), "sim")


def chunk(i_first: int, n: int = 10, layout: Layout = LAYOUT, **more: object) -> Chunk:
    values = np.arange(i_first, i_first + n, dtype=np.float32)
    return Chunk(layout, i_first, np.repeat(values[:, None], len(layout.traces), 1), **more)  # type: ignore[arg-type]


@QUICK
@given(recordings())
def test_round_trip(tmp_path: Path, recording) -> None:
    path = tmp_path / "a.mcap"
    write_mcap(path, recording)
    same(recording, read_mcap(path))
    assert list(tmp_path.glob(".*")) == []


def test_the_reference_reader_reads_our_files(tmp_path: Path) -> None:
    recording = example(400, i_first=7)
    write_mcap(tmp_path / "a.mcap", recording)
    with (tmp_path / "a.mcap").open("rb") as file:
        found = [(c.topic, m.log_time, m.data) for _, c, m in make_reader(file, validate_crcs=True).iter_messages()]
    samples = [m for m in found if m[0] == "/samples"]
    assert [m[1] for m in samples] == [7_000_000]
    assert SAMPLES_HEADER.unpack_from(samples[0][2]) == (7, 400, 3)
    np.testing.assert_array_equal(np.frombuffer(samples[0][2][16:], "<f4"), recording.samples.ravel())


def test_a_file_cut_anywhere_gives_everything_before_the_cut(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.mcap", tmp_path / "cut.mcap"
    writer = McapWriter(whole, {"a": 1})
    ends = []
    for i in range(20):
        writer.append(chunk(10 * i))
        writer.flush()
        ends.append(writer.bytes_written)
    writer.close()
    content = whole.read_bytes()
    for size in [*range(ends[0], len(content), 61), *ends]:
        cut.write_bytes(content[:size])
        recording = read_mcap(cut)
        n_whole = sum(end <= size for end in ends)
        assert recording.samples.shape[0] >= 10 * n_whole
        np.testing.assert_array_equal(recording.samples[:, 0], np.arange(len(recording.samples)))
        assert recording.metadata == {"a": 1}


def test_a_cut_block_gives_the_messages_before_the_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    random = np.random.default_rng(0)
    writer = McapWriter(path, clock=lambda: 0.0)
    for i in range(100):
        writer.append(Chunk(LAYOUT, 1000 * i, random.normal(size=(1000, 1)).astype(np.float32)))
    writer.close()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    assert 50_000 < len(read_mcap(path).samples) < 90_000


def test_zeros_at_the_end_after_a_power_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    writer = McapWriter(path)
    writer.append(chunk(0))
    writer.flush()
    size = writer.bytes_written
    writer.close()
    path.write_bytes(path.read_bytes()[:size] + bytes(5000))
    assert len(read_mcap(path).samples) == 10
    assert list(_records(io.BytesIO(bytes(900)), 900)) == []


def test_a_damaged_block_is_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    writer = McapWriter(path)
    ends = []
    for i in range(3):
        writer.append(chunk(500 * i, 500))
        writer.flush()
        ends.append(writer.bytes_written)
    writer.close()
    content = bytearray(path.read_bytes())
    content[ends[0] + 300] ^= 0xFF
    path.write_bytes(content)
    recording = read_mcap(path)
    assert recording.metadata["damaged_blocks"] == 1
    values = recording.samples[:, 0]
    np.testing.assert_array_equal(values[:500], np.arange(500))
    assert np.isnan(values[500:1000]).all()
    np.testing.assert_array_equal(values[1000:], np.arange(1000, 1500))


def test_segments_and_gaps(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    other = Layout(2e-3, (Trace("N1"), Trace("N2", i_neuron=1)), ("N1", "N2"), "sim")
    anew = Layout(2e-3, (Trace("N1"), Trace("N2", i_neuron=1)), ("N1", "N2"), "sim")
    writer = McapWriter(path)
    for one in (chunk(0), chunk(15), chunk(5, 4, other), chunk(0, 3, anew), chunk(1, 2, anew), chunk(100_000, 5, anew)):
        writer.append(one)
    writer.close()
    segments = read_segments(path)
    assert [(s.i_first, len(s.samples), s.layout.dt) for s in segments] == [
        (0, 25, 1e-3),
        (5, 4, 2e-3),
        (0, 3, 2e-3),  # equal columns, but the clock began anew
        (1, 2, 2e-3),  # it went back
        (100_000, 5, 2e-3),  # a hole of 200 s
    ]
    assert np.isnan(segments[0].samples[10:15]).all()
    assert np.isfinite(segments[0].samples[15:]).all()
    assert read_mcap(path).samples.shape == (25, 1)


def test_a_part_of_a_recording_too_large_to_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mcap"
    writer = McapWriter(path)
    for i in range(0, 10_000, 100):
        spikes = {"spike_times": np.array([i * 1e-3]), "spike_neurons": np.zeros(1, np.int32)}
        writer.append(chunk(i, 100, **spikes, events=(Event(i * 1e-3, "marker", value=i),)))
    writer.close()
    monkeypatch.setattr("luiapp.files.mcap_reader.MAX_VALUES", 5000)
    with pytest.raises(FormatError, match="open a part of it"):
        read_segments(path)
    (part,) = read_segments(path, start=2.0, stop=4.0)
    np.testing.assert_array_equal(part.samples[:, 0], np.arange(2000, 4000))
    assert (part.i_first, part.spike_times[0], len(part.spike_times), len(part.events)) == (2000, 2.0, 20, 20)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_nothing_stays_in_memory_for_long_and_fsync_is_rare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, synced, slow = Clock(), [], 0.0

    def fsync(handle: int) -> None:
        synced.append(clock.now)
        clock.now += slow

    monkeypatch.setattr("os.fsync", fsync)
    writer = McapWriter(tmp_path / "a.mcap", clock=clock)
    for i in range(400):  # 4 s
        clock.now += 0.01
        writer.append(chunk(i, 1))
        if i % 20 == 0 and i >= 40:
            assert i - len(read_mcap(tmp_path / "a.mcap").samples) <= 26
    assert len(synced) == pytest.approx(4, abs=1)
    slow = 2.0  # a poor stick: one try, and then a long rest
    synced.clear()
    for i in range(400, 2400):  # 20 s
        clock.now += 0.01
        writer.append(chunk(i, 1))
    assert len(synced) == 1
    writer.close()
    assert len(read_mcap(tmp_path / "a.mcap").samples) == 2400


def test_metadata_accumulates_and_faulty_values_dont_spoil_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    writer = McapWriter(path, {"a": 1, "b": float("nan")})
    spikes = {"spike_times": np.array([np.nan, 0.5, 0.6]), "spike_neurons": np.array([0, 0, 9], np.int32)}
    writer.append(chunk(0, **spikes, events=(Event(float("nan"), "marker", value=np.float32(2)),)))
    writer.metadata({"a": 2})
    writer.close()
    recording = read_mcap(path)
    assert recording.metadata == {"a": 2, "b": None}
    assert recording.spike_times.tolist() == [0.5]
    assert recording.events == (Event(0.0, "marker", value=2.0),)


def test_a_full_disk_is_told_once_and_leaves_a_readable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mcap"
    written = 0

    def write(self: object, data: bytes) -> int:
        nonlocal written
        n = min(len(data), 20_000 - written)  # as a disk does: the rest, then nothing
        if n <= 0 < len(data):
            raise OSError(errno.ENOSPC, "No space left on device")
        self.file.write(data[:n])  # type: ignore[attr-defined]
        written += n
        self.position += n  # type: ignore[attr-defined]
        return len(data) if n == len(data) else write(self, data[n:])

    monkeypatch.setattr(mcap_writer._Stream, "write", write)
    random = np.random.default_rng(0)
    writer = McapWriter(path)
    n_good = 0
    with pytest.raises(FileError, match=r"disk is full: 'a\.mcap'"):
        for i in range(100):
            writer.append(Chunk(LAYOUT, 1000 * i, random.normal(size=(1000, 1)).astype(np.float32)))
            writer.flush()
            n_good += 1000
    writer.append(chunk(0))
    writer.flush()
    writer.close()
    assert 2000 < n_good < 6000
    assert len(read_mcap(path).samples) == n_good
    content = path.read_bytes()[len(MAGIC) :]
    assert all(whole for _, _, whole in _records(io.BytesIO(content), len(content)))


def test_dev_full_is_a_full_disk() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with pytest.raises(FileError, match="disk is full"):
        McapWriter("/dev/full")


def test_places_that_cant_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"folder .* is not there"):
        McapWriter(tmp_path / "missing" / "a.mcap")
    with pytest.raises(FileError, match="is a folder"):
        write_mcap(tmp_path, example(3))
    with pytest.raises(FileError, match="is not there"):
        read_mcap(tmp_path / "a.mcap")


def hostile(path: Path, *messages: tuple[str, bytes], compression: CompressionType = CompressionType.NONE) -> None:
    with path.open("wb") as file:
        writer = Writer(file, compression=compression, chunk_size=2**31)
        writer.start(profile="luiapp")
        for topic, data in messages:
            channel = writer.register_channel(topic, "x", 0)
            writer.add_message(channel, 0, data, 0)
        writer.finish()


GOOD = b'{"dt": 0.001, "traces": [{"name": "a"}], "neurons": []}'


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [("/layout", b"{")],
        [("/layout", b"[" * 100_000)],
        [("/layout", b'{"dt": NaN, "traces": [], "neurons": []}')],
        [("/layout", b'{"dt": 0, "traces": [], "neurons": []}')],
        [("/layout", b'{"dt": 1, "traces": [{"i_neuron": 7}], "neurons": []}')],
        [("/layout", b'{"dt": 1, "traces": [' + b",".join([b"{}"] * 5000) + b'], "neurons": []}')],
        [("/samples", SAMPLES_HEADER.pack(0, 1, 1) + bytes(4))],
        [("/layout", GOOD), ("/samples", b"short")],
        [("/layout", GOOD), ("/samples", SAMPLES_HEADER.pack(0, 2**32 - 1, 1) + bytes(4))],
        [("/layout", GOOD), ("/samples", SAMPLES_HEADER.pack(0, 1, 2) + bytes(8))],
        [("/layout", GOOD), ("/samples", SAMPLES_HEADER.pack(2**62, 1, 1) + bytes(4))],
        [("/layout", GOOD), *[("/samples", SAMPLES_HEADER.pack(5, 1, 1) + bytes(4))] * 2],
        [("/layout", GOOD.replace(b"0.001", b"1e-9")),  # holes of 59 s at 1 GHz
         *[("/samples", SAMPLES_HEADER.pack(i * 59 * 10**9, 1, 1) + bytes(4)) for i in range(3)]],
        [("/layout", GOOD), ("/spikes", struct.pack("<di", 1.0, 3))],
        [("/layout", GOOD), ("/events", b"[1]")],
        [("/layout", GOOD), ("/events", b'[{"time": 1e999}]')],
        [("/metadata", b"[]")],
    ],
)  # fmt: skip
def test_impossible_content_is_refused(tmp_path: Path, messages: list[tuple[str, bytes]]) -> None:
    path = tmp_path / "bad.mcap"
    hostile(path, *messages)
    with pytest.raises(FormatError, match=r"bad\.mcap"):
        read_mcap(path)


@pytest.mark.parametrize("compression", [CompressionType.ZSTD, CompressionType.LZ4])
def test_a_bomb_doesnt_fill_the_memory(tmp_path: Path, compression: CompressionType) -> None:
    path = tmp_path / "bomb.mcap"
    hostile(path, ("/layout", GOOD), ("/samples", bytes(150 * 2**20)), compression=compression)
    assert path.stat().st_size < 2 * 2**20
    tracemalloc.start()
    with pytest.raises(FormatError, match="unpacks to more than 64 MB"):
        read_mcap(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * 2**20


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start(profile="ros2")
        writer.finish()
    with pytest.raises(FormatError, match=r"another program .profile 'ros2'"):
        read_mcap(path)


@QUICK
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6), st.floats(0, 1))
def test_random_damage_never_escapes(tmp_path: Path, damage: list[tuple[float, int]], cut: float) -> None:
    path = tmp_path / "a.mcap"
    write_mcap(path, example(30))
    content = bytearray(path.read_bytes())
    for place, value in damage:
        content[8 + int(place * (len(content) - 9))] = value
    path.write_bytes(content[: 8 + int(cut * len(content))])
    try:
        read_mcap(path)
    except LuiError as error:
        assert "a.mcap" in str(error)


@QUICK
@given(st.binary(max_size=300))
def test_random_bytes_are_refused(tmp_path: Path, noise: bytes) -> None:
    path = tmp_path / "a.mcap"
    for start in (b"", b"\x89MCAP0\r\n"):
        path.write_bytes(start + noise)
        with pytest.raises(FormatError, match=r"a\.mcap"):
            read_mcap(path)
