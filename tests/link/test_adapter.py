"""The client at the hands of wires that go wrong: unplugged, foreign, garbled, cut, started anew."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.errors import LinkError
from luiapp.link import messages as msg
from luiapp.link.adapter import GREETING, Adapter, answers_as_adapter
from luiapp.link.adapter_intake import AdapterIntake
from luiapp.link.frames import encode
from luiapp.link.port import Port
from luiapp.link.requests import MOST_UNANSWERED
from luiapp.rigs.virtual import VirtualDevice, VirtualTransport, table


class Time:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Wire(VirtualTransport):
    """To a virtual device; what the device says passes through `spoil`."""

    def __init__(self, device: VirtualDevice) -> None:
        super().__init__(device)
        self.is_cut = False
        self.spoil = bytes

    def read(self) -> bytes:
        if self.is_cut:
            raise LinkError("gone", fault="gone")
        return self.spoil(super().read())

    def write(self, data: bytes) -> None:
        if self.is_cut:
            raise LinkError("gone", fault="gone")
        super().write(data)


class Bench:
    """A virtual device, a client, and time in their hands."""

    def __init__(self, **options: object) -> None:
        self.time = Time()
        self.device = VirtualDevice(table(), clock=self.time)
        self.wire: Wire | None = None
        self.is_there = True
        self.adapter = Adapter("port", opener=self.open, clock=self.time, **options)
        self.intake = AdapterIntake(self.adapter)
        self.pieces: list[object] = []

    def open(self, path: str, baud: int) -> Wire:
        if not self.is_there:
            raise LinkError("there is no port", fault="missing")
        self.wire = Wire(self.device)
        return self.wire

    def run(self, seconds: float, step: float = 0.005) -> None:
        until = self.time.now + seconds
        while self.time.now < until:
            self.time.now += step
            self.intake.feed(self.adapter.poll(self.time.now), self.time.now)
            self.pieces += self.intake.take()

    def notes(self) -> list[str]:
        return [note.name for note in self.adapter.notes]


def test_it_is_greeted_and_streams_from_the_first_set():
    bench = Bench()
    bench.run(1.0)
    assert bench.adapter.state == "ready" and bench.notes() == ["open"]
    first, *_, last = bench.pieces
    assert first.i_first == 0 and last.i_first + len(last.samples) > 950
    assert bench.intake.n_missing == 0 and bench.adapter.counters.lost_frames == 0


def test_volts_are_what_the_boards_have():
    """Against the twin itself: half a bit of 2.44 mV."""
    bench = Bench()
    bench.run(0.5)
    bench.run(0.5, step=1e-3)
    piece = bench.pieces[-1]
    assert piece.samples[-1, 6] == pytest.approx(bench.device._codes[6] * 2.5 / 1024, abs=2.5 / 1024)


def test_calibration_is_applied():
    plain, bench = Bench(), Bench()
    bench.device._calibration[6] = 20_000, 5_000  # + 2 %, + 5 mV
    plain.run(0.6)
    bench.run(0.6)
    assert bench.pieces[-1].samples[-1, 6] == pytest.approx(plain.pieces[-1].samples[-1, 6] * 1.02 + 5e-3, abs=1e-4)


def test_unplugged_and_back_is_a_gap_as_long_as_it_lasted():
    bench = Bench()
    bench.run(1.0)
    bench.wire.is_cut = True
    bench.is_there = False
    bench.run(2.0)
    assert bench.adapter.state == "waiting" and bench.adapter.n_lost == 1 and bench.notes()[:2] == ["open", "gone"]
    bench.is_there = True
    n = len(bench.pieces)
    bench.run(2.5)
    assert bench.adapter.state == "ready" and bench.notes()[-1] == "back"
    gaps = [piece.n_gap for piece in bench.pieces[n:] if piece.n_gap]
    assert len(gaps) == 1 == bench.intake.n_gaps and 1800 < gaps[0] < 3500
    assert bench.pieces[-1].setup is bench.pieces[0].setup  # the same columns: the stream goes on


def test_a_reset_in_the_middle_is_noticed_and_streamed_again():
    bench = Bench()
    bench.run(1.0)
    bench.device.boot()
    n = len(bench.pieces)
    bench.run(1.0)
    assert bench.adapter.counters.restarts == 1 and bench.adapter.state == "ready"
    assert len(bench.pieces) > n + 100 and bench.intake.n_gaps == 1


def test_a_reset_whose_notice_was_lost_is_noticed_by_the_status():
    bench = Bench()
    bench.run(2.0)
    bench.device.boot()
    bench.device._out.clear()
    bench.device._greeted = True
    n = len(bench.pieces)
    bench.run(3.0)
    assert len(bench.pieces) > n + 100


def test_garbage_between_frames_costs_only_what_it_hit():
    bench = Bench()
    bench.run(1.0)
    bench.wire.spoil = lambda data: data + b"\x07rubbish\x00" if data else data
    bench.run(1.0)
    bench.wire.spoil = bytes
    bench.run(0.5)
    assert bench.adapter.state == "ready" and bench.adapter.counters.bad_frames > 50
    assert bench.intake.n_missing == 0


def test_lost_frames_are_counted_as_frames_and_as_samples():
    bench = Bench()
    bench.run(1.0)
    bench.wire.spoil = lambda data: b""
    bench.run(0.1)
    bench.wire.spoil = bytes
    bench.run(0.5)
    assert bench.intake.n_gaps == 1 and 90 <= bench.intake.n_missing <= 115
    assert bench.adapter.counters.lost_frames >= 15


def test_another_adapter_at_the_same_port_is_not_taken_for_it():
    bench = Bench(uid=b"another\0")
    bench.run(1.0)
    assert bench.adapter.state == "foreign" and bench.notes() == ["garbage"] and not bench.pieces


def test_what_never_answers_is_foreign_after_a_while():
    bench = Bench()
    bench.device.receive = lambda data: None
    bench.device.boot = lambda: None
    bench.device._out.clear()
    bench.run(GREETING - 0.5)
    assert bench.adapter.state == "greeting"
    bench.run(1.5)
    assert bench.adapter.state == "foreign"


def test_silence_is_told_and_greeted_again():
    bench = Bench()
    bench.run(1.0)
    bench.wire.spoil = lambda data: b""
    bench.run(4.5)
    assert "silent" in bench.notes() and bench.adapter.state == "greeting"
    bench.wire.spoil = bytes
    bench.run(2.0)
    assert bench.adapter.state == "ready"


def test_it_is_found_where_it_is_plugged_in_again():
    """Its USB numbers and its place at the hub tell which it is; a CH340 has no serial number."""
    listed = [
        Port("/dev/ttyUSB0", "USB", 0x1A86, 0x7523, "", "1-2"),
        Port("/dev/ttyUSB1", "", 0x1A86, 0x7523, "", "1-4"),
    ]
    opened: list[str] = []
    bench = Bench()

    def opener(path: str, baud: int) -> Wire:
        opened.append(path)
        return bench.open(path, baud)

    adapter = Adapter("/dev/ttyUSB0", lister=lambda: listed, opener=opener, clock=bench.time)
    adapter.poll(bench.time())
    bench.wire.is_cut = True
    listed[:] = [
        Port("/dev/ttyUSB0", "", 0x1A86, 0x7523, "", "1-4"),
        Port("/dev/ttyUSB5", "", 0x1A86, 0x7523, "", "1-2"),
    ]
    for _ in range(3):
        bench.time.now += 1.0
        adapter.poll(bench.time())
    assert opened == ["/dev/ttyUSB0", "/dev/ttyUSB5"]


def test_requests_are_not_more_than_the_device_has_room_for():
    bench = Bench()
    bench.run(1.0)
    for line in range(24):
        bench.adapter.send(msg.Stim(line, 100, 1, 0, 0))
    assert len(bench.adapter._requests._sent) == MOST_UNANSWERED
    bench.run(0.5)
    assert len(bench.adapter._requests._sent) == 0 and sorted(3 * b + k for _, b, k, _ in bench.intake.done) == [
        *range(24)
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=300) | st.sampled_from(
    [encode(kind.ID, 3, bytes(60)) for kind in msg.MESSAGES.values()]), max_size=20))  # fmt: skip
def test_no_stream_of_bytes_breaks_it(parts):
    class Noise(Wire):
        def read(self) -> bytes:
            super().read()
            return parts.pop() if parts else b""

    bench = Bench()
    bench.adapter._opener = lambda path, baud: Noise(bench.device)
    bench.run(0.5)
    assert bench.adapter.state in ("greeting", "ready", "foreign")


def test_asking_ends_early_where_something_else_talks():
    time_, opened = Time(), []

    class Sketch:
        path = "port"

        def read(self) -> bytes:
            time_.now += 0.01
            return b"512\r\n" * 20

        def write(self, data: bytes) -> None:
            opened.append(data)

        def set_baud(self, baud: int) -> None: ...

        def reset(self) -> None: ...

        def close(self) -> None: ...

    adapter = Adapter("port", opener=lambda path, baud: Sketch(), clock=time_)
    assert not answers_as_adapter(adapter, 3.0, clock=time_)
    assert time_.now < 1001.0
    assert adapter.let_go() is not None and adapter.let_go() is None
