"""The board rig over a pty, with every fault that a cable, a sketch and another program can bring."""

from __future__ import annotations

import os
import time
from itertools import pairwise

import numpy as np
import pytest
from board_pty import FakeBoard, events, n_samples, read_until, replaceable, sawtooth

from luiapp.data.chunk import Chunk
from luiapp.errors import LinkError
from luiapp.link import listener as listener_module
from luiapp.link.columns import BoardSettings, ColumnSettings
from luiapp.rigs.board import BoardRig, PortSpec, open_board
from luiapp.stream.pump import Pump, Tap


def heard(chunks: list[Chunk], name: str) -> bool:
    return bool(events(chunks, name))


def test_the_two_line_sketch_becomes_volts_and_spikes():
    with FakeBoard() as board:
        rig = open_board(board.path)
        chunks = [c for c in read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 900) if c.n_samples]
        rig.close()
    layout = chunks[-1].layout
    assert layout.dt == 1e-3 and [t.unit for t in layout.traces] == ["V"] and layout.kind == "board"
    name = board.path.replace("/dev/pts/", "pts") + " A"
    assert layout.neurons == (name,) and layout.traces[0].name == name
    samples = np.concatenate([c.samples for c in chunks])[:, 0]
    # Each value is one that the converter can give, and the highest lies just below the threshold.
    steps = samples / np.float32(5 / 1024)
    assert np.abs(steps - np.rint(steps)).max() < 1e-3
    assert 1.48 < samples.max() <= 1.55
    spikes = np.concatenate([c.spike_times for c in chunks])
    assert len(spikes) >= 8 and np.abs(np.diff(spikes) - 0.1).max() < 2.1e-3


def test_nothing_is_lost_or_doubled_between_port_and_stream():
    with FakeBoard(lambda i: b"N:%d,X:%.2f\n" % (i % 900, i)) as board:
        rig = open_board(board.path)
        chunks = [c for c in read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 900) if c.n_samples]
        rig.close()
    assert [t.name for t in chunks[0].layout.traces] == ["N", "X"]
    values = np.rint(np.concatenate([c.samples for c in chunks])[:, 0] / (5 / 1024)).astype(int)
    assert set(np.diff(values) % 900) == {1}
    assert all(a.i_end == b.i_first for a, b in pairwise(chunks))


def test_unplug_and_replug_leave_a_gap_as_long_as_it_was(tmp_path):
    with replaceable(tmp_path) as (link, point):
        first, second = FakeBoard(), FakeBoard()
        rig = open_board(str(link))
        with first:
            point(first)
            before = read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 50)
            t_out = time.monotonic()
            first.unplug()
        gone = read_until(rig.source, lambda cs: heard(cs, "gone"))
        assert rig.health()["ports_open"] == 0
        with second:
            point(second)
            after = read_until(rig.source, lambda cs: heard(cs, "back") and bool(cs) and cs[-1].n_samples > 0)
            t_in = time.monotonic()
            rig.close()
    chunks = [c for c in before + gone + after if c.n_samples]
    (jump,) = [b.i_first - a.i_end for a, b in pairwise(chunks) if b.i_first != a.i_end]
    assert chunks[0].layout is chunks[-1].layout
    assert 0.05 < jump * 1e-3 <= t_in - t_out + 0.05
    (gap,) = [e for c in chunks for e in c.events if e.kind == "gap"]
    assert gap.value == jump
    health = rig.health()
    assert health["unplugged"] == 1 and health["reconnects"] == 1 and health["missing"] == jump


def test_garbage_and_half_lines_are_counted_and_cost_only_their_own_place():
    with FakeBoard(lambda i: b"%d\n" % (i % 900)) as board:
        rig = open_board(board.path)
        read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 0)
        for rubbish in (b"\xff\x00\xfe rubbish \x80\n", b"1x2,\n,,", b"x" * 3000 + b"\n", b"12,7,9\n"):
            board.say(rubbish)
        chunks = read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 300)
        rig.close()
    health = rig.health()
    assert health["bad_lines"] >= 2 and health["overlong"] == 1 and health["garbage_bytes"] > 3000
    assert 2 <= health["missing"] <= 6 and health["unplugged"] == 0
    values = np.rint(np.concatenate([c.samples for c in chunks])[:, 0] / (5 / 1024))
    good = values[np.isfinite(values)]
    # The numbers are those printed, in order; only a line that rubbish was glued to may be missing.
    assert (np.diff(good) % 900 <= 2).all() and len(good) > 295


@pytest.mark.parametrize("baud", [57600, 9600])
def test_the_baud_rate_is_found(baud):
    with FakeBoard(baud=baud) as board:
        rig = open_board(board.path)
        chunks = read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 0)
        rig.close()
    assert rig.health()["baud"] == baud
    assert str(baud) in events(chunks, "data")[0].value


def test_a_wrong_baud_rate_given_by_hand_is_said():
    with FakeBoard(baud=57600) as board:
        rig = open_board(f"{board.path}@9600")
        chunks = read_until(rig.source, lambda cs: heard(cs, "garbage"))
        rig.close()
    assert "9600" in events(chunks, "garbage")[0].value and rig.health()["baud"] == 9600
    assert rig.health()["samples"] == 0


def test_silence_is_said_once_and_ends(monkeypatch):
    monkeypatch.setattr(listener_module, "SILENCE", 0.3)
    with FakeBoard() as board:
        rig = open_board(board.path)
        read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 0)
        board.silent.set()
        read_until(rig.source, lambda cs: heard(cs, "silent"))
        t_end = time.monotonic() + 0.15
        assert not events(read_until(rig.source, lambda cs: time.monotonic() > t_end))
        board.silent.clear()
        chunks = read_until(rig.source, lambda cs: heard(cs, "data") and any(c.n_samples for c in cs))
        rig.close()
    assert [e.value > 300 for c in chunks for e in c.events if e.kind == "gap"] == [True]


def test_a_sketch_that_prints_only_words_is_told(monkeypatch):
    monkeypatch.setattr(listener_module, "WORDS", 0.2)
    with FakeBoard(lambda i: b"all is well, the board is fine\n", rate=100.0) as board:
        rig = open_board(board.path)
        chunks = read_until(rig.source, lambda cs: heard(cs, "garbage"))
        rig.close()
    assert "words" in events(chunks, "garbage")[0].value


def test_a_busy_port_is_named_and_taken_once_it_is_free():
    import serial

    with FakeBoard() as board:
        other = serial.Serial(board.path, exclusive=True)
        rig = open_board(board.path)
        chunks = read_until(rig.source, lambda cs: heard(cs, "busy"))
        assert "another program" in events(chunks, "busy")[0].value and board.path in events(chunks, "busy")[0].value
        other.close()
        read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 0)
        rig.close()


def test_a_missing_port_is_said_once_and_waited_for(tmp_path):
    rig = open_board(str(tmp_path / "ttyNONE"))
    chunks = read_until(rig.source, lambda cs: heard(cs, "missing"))
    t_end = time.monotonic() + 1.3
    while time.monotonic() < t_end:
        before = time.monotonic()
        assert rig.source.read(0.05) is None
        assert time.monotonic() - before < 0.5
    assert "luiapp ports" in events(chunks, "missing")[0].value
    rig.close()


def test_no_permission_says_what_to_do(monkeypatch):
    import serial

    def deny(*args: object, **kwargs: object) -> None:
        raise serial.SerialException(13, "could not open port")

    monkeypatch.setattr(serial, "serial_for_url", deny)
    with FakeBoard() as board:
        rig = open_board(board.path)
        chunks = read_until(rig.source, lambda cs: heard(cs, "denied"))
        rig.close()
    assert "usermod -aG dialout" in events(chunks, "denied")[0].value


def test_other_columns_begin_a_new_layout_at_zero():
    switched = []
    with FakeBoard(lambda i: b"%d,%d\n" % (i % 900, i % 7 + 200) if switched else b"%d\n" % (i % 900)) as board:
        rig = open_board(board.path)
        before = read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 0)
        switched.append(True)
        after = read_until(rig.source, lambda cs: any(len(c.layout.traces) == 2 for c in cs))
        rig.close()
    assert heard(after, "columns")
    first = next(c for c in after if len(c.layout.traces) == 2)
    assert first.i_first == 0 and len(first.layout.neurons) == 2
    assert before[-1].layout.neurons[0] == first.layout.neurons[0]
    assert rig.source.layout is after[-1].layout


def test_a_time_stamp_shows_missing_lines_as_holes():
    def line(i: int) -> bytes:
        return b"" if 20 <= i % 100 < 30 else b"t_us:%d,V:%.3f\n" % (i * 1000 + 5_000_000, sawtooth(i / 1000))

    with FakeBoard(line) as board:
        rig = open_board(board.path)
        chunks = [c for c in read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 900) if c.n_samples]
        rig.close()
    assert [t.name for t in chunks[0].layout.traces] == ["V"] and chunks[0].layout.dt == 1e-3
    samples = np.concatenate([c.samples for c in chunks])[:, 0]
    assert all(a.i_end == b.i_first for a, b in pairwise(chunks))
    missing = np.flatnonzero(np.isnan(samples))
    assert len(missing) % 10 == 0 and len(missing) >= 80 and rig.health()["missing"] == len(missing)
    phase = missing.reshape(-1, 10)[:, 0] % 100
    assert (phase == phase[0]).all()


def test_four_ports_at_once_share_one_grid():
    boards = [
        FakeBoard(lambda i, k=k: b"%.3f\n" % (0.1 * k + 0.01 * (i % 2)), rate=500.0 * (1 + k % 2)) for k in range(4)
    ]
    try:
        for board in boards:
            board.__enter__()
        rig = open_board(",".join(board.path for board in boards))
        chunks = read_until(rig.source, lambda cs: bool(cs) and len(cs[-1].layout.traces) == 4 and n_samples(cs) > 400)
        t_out = chunks[-1].i_end
        boards[2].unplug()
        chunks += read_until(rig.source, lambda cs: heard(cs, "gone"))
        chunks += read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 400)
        rig.close()
    finally:
        for board in boards:
            board.unplug()
    last = [c for c in chunks if c.layout == chunks[-1].layout and c.n_samples]
    assert last[-1].layout.dt == 1e-3 and len(set(last[-1].layout.neurons)) == 4
    assert last[0].i_first == 0 and all(a.i_end == b.i_first for a, b in pairwise(last))
    samples = np.concatenate([c.samples for c in last])
    for k in range(4):  # raw values, never a mixture of two
        seen = samples[np.isfinite(samples[:, k]), k]
        assert len(seen) > 300
        assert np.isclose(seen[:, None], [0.1 * k, 0.1 * k + 0.01], atol=1e-6).any(axis=1).all()
    assert np.isnan(samples[-100:, 2]).all() and np.isfinite(samples[-100:, [0, 1, 3]]).mean() > 0.8
    assert np.isfinite(samples[100:t_out, 1]).mean() > 0.8


def test_a_burst_of_200_kilobytes_is_read_to_the_last_line():
    with FakeBoard(lambda i: b"%d\n" % (100 + i % 800)) as board:
        rig = open_board(board.path)
        read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 0)
        before = rig.health()["lines"]
        n_lines = 40_000
        board.say(b"".join(b"%d\n" % (100 + i % 800) for i in range(n_lines)))
        read_until(rig.source, lambda cs: rig.health()["lines"] >= before + n_lines)
        rig.close()
    assert rig.health()["bad_lines"] == 0


def test_settings_win_over_inference():
    settings = BoardSettings(
        columns={"A": ColumnSettings(name="soma", scale=2e-3, offset=0.5), "B": ColumnSettings(use="ignore")},
        rate=250.0,
    )
    with FakeBoard(lambda i: b"%d %d\n" % (400 + i % 2, 7)) as board:
        rig = open_board(board.path, settings=settings)
        chunks = [c for c in read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 0) if c.n_samples]
        rig.close()
    assert chunks[0].layout.dt == 1 / 250
    assert [t.name.split()[-1] for t in chunks[0].layout.traces] == ["soma"]
    assert np.isclose(chunks[0].samples[:, 0, None], [1.3, 1.302]).any(axis=1).all()


def test_reading_always_returns_in_time_whatever_the_port_does(monkeypatch):
    """A wire that fails in every way that pyserial is known to: nothing but EOFError may come out of read."""

    class Wire:
        path = "x"
        faults = [LinkError("gone", fault="gone")] * 3

        def read(self) -> bytes:
            if self.faults:
                raise self.faults.pop()
            return b"1\n2\n"

        def set_baud(self, baud: int) -> None:
            raise LinkError("gone", fault="gone")

        def close(self) -> None: ...

    rig = BoardRig([PortSpec("x")], lister=list)
    rig.source.listeners[0]._opener = lambda path, baud: Wire()
    monkeypatch.setattr(listener_module, "RETRY", 0.01)
    read_until(rig.source, lambda cs: bool(cs) and n_samples(cs) > 0)
    assert rig.health()["unplugged"] == 3
    rig.close()
    with pytest.raises(EOFError):
        rig.source.read(0.0)


@pytest.mark.skipif(os.name != "posix", reason="ptys")
def test_a_closed_rig_has_let_go_of_the_port():
    import serial

    with FakeBoard() as board:
        rig = open_board(board.path)
        read_until(rig.source, lambda cs: heard(cs, "open"))
        rig.close()
        rig.close()
        serial.Serial(board.path, exclusive=True).close()


def test_a_pump_carries_the_stream_and_ends_when_the_rig_is_closed():
    with FakeBoard() as board:
        rig = open_board(board.path)
        pump = Pump(rig.source)
        tap = pump.add(Tap())
        pump.start()
        chunks: list[Chunk] = []
        end = time.monotonic() + 6
        while not chunks or n_samples(chunks) < 100:
            assert time.monotonic() < end
            time.sleep(0.02)
            chunks += tap.drain()
        rig.close()
        while not pump.finished:
            assert time.monotonic() < end
            time.sleep(0.01)
        assert pump.stop() and pump.take_errors() == []
