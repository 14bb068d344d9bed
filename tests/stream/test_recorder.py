"""The recorder loses nothing, tells a fault once, and a killed program leaves all but the last second."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from luiapp.data.chunk import Chunk, Event, Layout, Trace
from luiapp.errors import FileError, ParameterError, RigError
from luiapp.files.mcap_reader import read_mcap
from luiapp.files.mcap_writer import McapWriter
from luiapp.stream.pump import Pump, Tap
from luiapp.stream.record import record
from luiapp.stream.recorder import Recorder

LAYOUT = Layout(1e-3, (Trace("N1"),), ("N1",), "sim")


def chunk(i_first: int, n: int, layout: Layout = LAYOUT) -> Chunk:
    return Chunk(layout, i_first, np.arange(i_first, i_first + n, dtype=np.float32)[:, None],
                 np.array([i_first * layout.dt]), np.zeros(1, np.int32),
                 (Event(i_first * layout.dt, "marker", value=i_first),))  # fmt: skip


class Steady:
    """A source of `n_chunks` chunks of `n` samples; ends after them."""

    def __init__(self, n_chunks: int = 500, n: int = 7) -> None:
        self.layout, self.n_chunks, self.n, self.i = LAYOUT, n_chunks, n, 0

    def read(self, timeout: float) -> Chunk | None:
        if self.i == self.n_chunks:
            raise EOFError
        self.i += 1
        return chunk((self.i - 1) * self.n, self.n)


class FakeRig:
    name, kind, network = "fake", "sim", None

    def __init__(self, source: object) -> None:
        self.source = source


def test_everything_that_was_pumped_is_in_the_file(tmp_path: Path) -> None:
    recorder = Recorder(McapWriter(tmp_path / "a.mcap"), interval=0.002)
    pump = Pump(Steady())
    pump.add(recorder.tap)
    recorder.start()
    pump.start()
    pump._thread.join(10)
    assert pump.stop()
    assert recorder.stop()
    assert recorder.take_errors() == []
    recording = read_mcap(tmp_path / "a.mcap")
    np.testing.assert_array_equal(recording.samples[:, 0], np.arange(3500))
    assert len(recording.spike_times) == len(recording.events) == 500
    assert recorder.seconds == pytest.approx(3.5)
    assert recorder.n_chunks == 500
    assert recorder.bytes_written == (tmp_path / "a.mcap").stat().st_size


def test_stop_writes_what_is_still_in_the_tap(tmp_path: Path) -> None:
    for started in (True, False):
        recorder = Recorder(McapWriter(tmp_path / "a.mcap"), interval=60.0)
        if started:
            recorder.start()
        recorder.tap.put(chunk(0, 5))
        assert recorder.stop()
        assert len(read_mcap(tmp_path / "a.mcap").samples) == 5


class FullAfter:
    """A writer whose disk is full after some chunks."""

    def __init__(self, n_chunks: int) -> None:
        self.left, self.closed, self.bytes_written = n_chunks, 0, 0

    def append(self, chunk: Chunk) -> None:
        self.left -= 1
        if self.left < 0:
            raise FileError("The disk is full: '{file}' was not completely written.", file="a")

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed += 1
        if self.left < 0:
            raise FileError("and again")


def test_a_fault_is_told_once_and_the_stream_goes_on() -> None:
    writer = FullAfter(3)
    recorder = Recorder(writer, Tap(None), interval=0.001)
    recorder.start()
    for i in range(50):
        recorder.tap.put(chunk(i, 1))
        if i == 10:
            time.sleep(0.02)
    assert recorder.stop()
    errors = recorder.take_errors()
    assert len(errors) == 1
    assert isinstance(errors[0], FileError)
    assert recorder.take_errors() == []
    assert recorder.failed
    assert writer.closed == 1
    assert recorder.tap.drain() == []


@pytest.mark.parametrize("duration", [0.001, 0.5, 1.0, 1.2345])
def test_record_stops_exactly(duration: float) -> None:
    recording = record(FakeRig(Steady()), duration)  # type: ignore[arg-type]
    assert len(recording.samples) == round(duration / 1e-3)
    np.testing.assert_array_equal(recording.samples[:, 0], np.arange(len(recording.samples)))
    assert (recording.spike_times < duration).all()
    assert len(recording.spike_times) == len(recording.events) == -(-len(recording.samples) // 7)
    assert recording.metadata["kind"] == "sim"


class Listed:
    def __init__(self, *chunks: Chunk | None) -> None:
        self.chunks = list(chunks)

    def read(self, timeout: float) -> Chunk | None:
        if not self.chunks:
            raise EOFError
        return self.chunks.pop(0)


def test_record_fills_gaps_even_at_the_end() -> None:
    recording = record(FakeRig(Listed(None, chunk(100, 10), None, chunk(115, 5), chunk(500, 5))), 0.1)  # type: ignore[arg-type]
    assert recording.i_first == 100
    assert len(recording.samples) == 100
    assert np.isfinite(recording.samples[:, 0]).sum() == 15
    assert recording.spike_times.tolist() == [0.1, 0.115]


def test_record_tells_what_is_wrong() -> None:
    now = iter(range(100))
    with pytest.raises(RigError, match="'fake' has sent nothing for 10 s"):
        record(FakeRig(Listed(*[None] * 50)), 1.0, clock=lambda: float(next(now)))  # type: ignore[arg-type]
    with pytest.raises(RigError, match="ended before anything"):
        record(FakeRig(Listed()), 1.0)  # type: ignore[arg-type]
    with pytest.raises(ParameterError):
        record(FakeRig(Listed()), float("nan"))  # type: ignore[arg-type]


def test_what_came_before_the_end_is_kept() -> None:
    now = iter(range(100))
    ended = record(FakeRig(Listed(chunk(0, 5))), 1.0)  # type: ignore[arg-type]
    stuck = record(FakeRig(Listed(chunk(0, 5), *[None] * 50)), 1.0, clock=lambda: float(next(now)))  # type: ignore[arg-type]
    for recording in (ended, stuck):
        assert len(recording.samples) == 5
        assert recording.metadata["incomplete"] is True
    assert "incomplete" not in record(FakeRig(Listed(chunk(0, 1000))), 1.0).metadata  # type: ignore[arg-type]


CHILD = """
import sys, time
import numpy as np
from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.files.mcap_writer import McapWriter
from luiapp.stream.pump import Pump
from luiapp.stream.recorder import Recorder

layout = Layout(1e-4, tuple(Trace(f"N{i}", i_neuron=i) for i in range(8)), tuple(f"N{i}" for i in range(8)), "sim")

class RealTime:
    def __init__(self):
        self.layout, self.i, self.start = layout, 0, time.monotonic()
    def read(self, timeout):
        time.sleep(0.02)
        n = int((time.monotonic() - self.start) / layout.dt) - self.i
        i, self.i = self.i, self.i + n
        samples = np.repeat(np.arange(i, i + n, dtype=np.float32)[:, None], 8, 1)
        print(self.i, flush=True)
        return Chunk(layout, i, samples)

recorder = Recorder(McapWriter(sys.argv[1]))
pump = Pump(RealTime())
pump.add(recorder.tap)
recorder.start()
pump.start()
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_kill_9_loses_at_most_a_second(tmp_path: Path) -> None:
    path = tmp_path / "killed.mcap"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    made = 0
    for line in child.stdout:
        made = int(line)
        if made >= 25_000:  # 2.5 s
            break
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read().split()
    child.stdout.close()
    assert child.wait(10) == -signal.SIGKILL
    made = int(rest[-1]) if rest else made
    samples = read_mcap(path).samples
    assert made - len(samples) <= 10_000
    np.testing.assert_array_equal(samples[:, 5], np.arange(len(samples)))
