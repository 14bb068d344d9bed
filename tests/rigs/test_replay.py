"""A replay is the recording again: same samples, spikes and events, at the chosen pace and place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.data.chunk import Chunk, Event, Layout, Trace
from luiapp.data.recording import Recording, join
from luiapp.errors import ParameterError, RigError
from luiapp.files.mcap_writer import write_mcap
from luiapp.model.network import Network
from luiapp.rigs.replay import ReplayRig
from luiapp.stream.record import record
from luiapp.stream.source import Kick, Mark, Pulse, Seek, SetParameter, SetPaused, SetSpeed, StepOnce

DT = 1e-3


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


def recording(n: int = 3000, i_first: int = 0) -> Recording:
    net = Network("lui")
    net.neuron("N1")
    t = i_first * DT
    times = t + np.array([0.0, 0.25, 1.0, 1.0005, n * DT - 1e-4])
    events = (Event(t + 0.5, "parameter", "N1", "r_leak", 20e3), Event(t + 2.0, "parameter", "N1", "r_leak", 30e3))
    return Recording(Layout(DT, (Trace("N1"),), ("N1",), "sim"), np.arange(n, dtype=np.float32)[:, None], times,
                     np.zeros(5, np.int32), events, {"network": net.to_dict(), "rig": "x"}, i_first)  # fmt: skip


def rig(one: Recording | None = None, **more: object) -> tuple[ReplayRig, Clock]:
    clock = Clock()
    return ReplayRig(one or recording(), clock=clock, wait=clock.wait, **more), clock  # type: ignore[arg-type]


def play(replay: ReplayRig, clock: Clock, seconds: float) -> list[Chunk]:
    """All chunks until `seconds` have passed."""
    end, chunks = clock.now + seconds, []
    while clock.now < end - 1e-9:
        chunk = replay.read(min(0.05, end - clock.now))
        if chunk is not None:
            chunks.append(chunk)
    return chunks


@pytest.mark.parametrize("i_first", [0, 12345])
def test_all_of_it_comes_in_real_time_and_then_it_holds(i_first: int) -> None:
    one = recording(i_first=i_first)
    replay, clock = rig(one)
    first = join(play(replay, clock, 1.0))
    assert abs(len(first.samples) - 1000) <= 1
    again = join([*play(replay, clock, 2.5)])
    both = np.concatenate([first.samples, again.samples])
    np.testing.assert_array_equal(both, one.samples)
    times = np.concatenate([first.spike_times, again.spike_times])
    np.testing.assert_allclose(times, one.spike_times - one.t_start, atol=1e-9)
    assert [e.value for e in first.events + again.events] == [20e3, 30e3]
    assert first.layout == replace(one.layout, kind="replay")
    assert replay.at_end
    assert play(replay, clock, 0.5) == []
    replay.send(Seek(0))
    np.testing.assert_array_equal(join(play(replay, clock, 3.5)).samples, one.samples)


@pytest.mark.parametrize("factor", [0.1, 0.5, 10])
def test_speed(factor: float) -> None:
    replay, clock = rig()
    replay.send(SetSpeed(factor))
    n = len(join(play(replay, clock, 0.25)).samples)
    assert abs(n - 250 * factor) <= 0.01 * 1000 * factor + 1


def test_pause_and_step() -> None:
    replay, clock = rig()
    play(replay, clock, 0.5)
    at = replay.position
    replay.send(SetPaused(True))
    assert sum(c.n_samples for c in play(replay, clock, 1.0)) <= 1
    replay.send(StepOnce(0.1))
    assert abs(sum(c.n_samples for c in play(replay, clock, 1.0)) - 100) <= 1
    assert replay.position == pytest.approx(at + 0.1)
    replay.send(SetPaused(False))
    assert sum(c.n_samples for c in play(replay, clock, 0.2)) == pytest.approx(200, abs=1)


def test_a_seek_starts_a_new_stream_that_leads_up_to_the_target() -> None:
    replay, clock = rig(history=0.5)
    before = play(replay, clock, 0.2)[-1]
    replay.send(Seek(2.0))
    first = replay.read(0)
    assert first is not None
    assert first.layout is not before.layout
    assert first.layout == before.layout
    assert (first.i_first, first.i_end) == (1500, 2000)
    np.testing.assert_array_equal(first.samples[:, 0], np.arange(1500, 2000))
    after = join(play(replay, clock, 0.3))
    assert after.i_first == 2000
    assert abs(len(after.samples) - 300) <= 1
    assert [e.time for e in after.events] == [2.0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1, 4), min_size=1, max_size=6), st.booleans(), st.integers(0, 500))
def test_wherever_it_seeks_samples_and_spikes_are_those_of_the_recording(
    targets: list[float], paused: bool, i_first: int
) -> None:
    one = recording(i_first=i_first)
    replay, clock = rig(one, history=0.7)
    replay.send(SetPaused(paused))
    for target in targets:
        replay.send(Seek(target))
        chunks = [c for c in [replay.read(0), *play(replay, clock, 0.3)] if c is not None]
        assert chunks, "a view must learn of the jump"
        heard = join(chunks)
        np.testing.assert_array_equal(heard.samples[:, 0], np.arange(heard.i_first, heard.i_first + len(heard.samples)))
        begin, end = heard.t_start, heard.t_start + heard.duration
        shifted = one.spike_times - one.t_start
        # One that lies on an edge, to rounding, may be in or out.
        inside, got = (t[(t > begin + 1e-9) & (t < end - 1e-9)] for t in (shifted, heard.spike_times))
        np.testing.assert_allclose(got, inside, atol=1e-9)
        assert all(np.abs(shifted - t).min() < 1e-9 for t in heard.spike_times)
        assert begin == pytest.approx(max(0, min(target, 3.0) - 0.7), abs=DT)


def test_a_loop_begins_anew() -> None:
    replay, clock = rig(recording(1000), loop=True)
    chunks = play(replay, clock, 2.5)
    starts = [c for c in chunks if c.i_first == 0 and c.n_samples]
    assert len(starts) == 3
    assert len({id(c.layout) for c in chunks}) == 3
    assert replay.health()["loops"] == 2
    assert sum(c.n_samples for c in chunks) == pytest.approx(2500, abs=60)


def test_segments_follow_each_other(tmp_path: Path) -> None:
    a = recording(500)
    b = Recording(Layout(2.5e-3, (Trace("a"), Trace("b")), ("N1",)), np.ones((100, 2), np.float32), np.array([0.1]),
                  np.zeros(1, np.int32))  # fmt: skip
    replay, clock = rig([a, b])  # type: ignore[arg-type]
    assert replay.duration == pytest.approx(0.75)
    chunks = play(replay, clock, 1.0)
    first = [c for c in chunks if len(c.layout.traces) == 1]
    second = [c for c in chunks if len(c.layout.traces) == 2]
    np.testing.assert_array_equal(join(first).samples, a.samples)
    np.testing.assert_array_equal(join(second).samples, b.samples)
    assert join(second).t_start == pytest.approx(0.5)
    np.testing.assert_allclose(join(second).spike_times, [0.6])
    replay.send(Seek(0.6))
    assert replay.read(0).i_first == 200  # type: ignore[union-attr]


def test_a_file_is_a_rig_that_a_script_can_record(tmp_path: Path) -> None:
    one = recording()
    write_mcap(tmp_path / "lesson.mcap", one)
    clock = Clock()
    replay = ReplayRig(tmp_path / "lesson.mcap", clock=clock, wait=clock.wait)
    assert (replay.name, replay.kind) == ("lesson.mcap", "replay")
    heard = record(replay, 1.0, clock=clock)
    np.testing.assert_array_equal(heard.samples, one.samples[:1000])
    assert heard.spike_times.tolist() == [0.0, 0.25]
    assert heard.metadata["network"]["model"] == "lui"


def test_network_follows_the_position() -> None:
    replay, _ = rig()
    values = []
    for target in (0.1, 1.0, 2.5):
        replay.send(Seek(target))
        replay.read(0)
        assert replay.network is not None
        values.append(replay.network.parameter("r_leak")[0])
    assert values == [10e3, 20e3, 30e3]
    assert ReplayRig(replace(recording(), metadata={})).network is None
    assert ReplayRig(replace(recording(), metadata={"network": {"format": 3}})).network is None


def test_marks_are_heard() -> None:
    replay, clock = rig()
    play(replay, clock, 0.3)
    replay.send(Mark(4))
    events = [e for c in play(replay, clock, 0.1) for e in c.events]
    assert [(e.kind, e.value) for e in events] == [("marker", 4)]
    assert events[0].time == pytest.approx(0.3, abs=0.02)


def test_what_it_cant_do() -> None:
    replay, _ = rig()
    for command in (Kick(0), Pulse(0), SetParameter(0, "r_leak", 1.0)):
        with pytest.raises(RigError):
            replay.send(command)
    with pytest.raises(RigError):
        replay.apply(Network())
    for wrong, error in ((SetSpeed(11), RigError), (SetSpeed(float("nan")), RigError),
                         (Seek(float("nan")), ParameterError), (StepOnce(-1), ParameterError)):  # fmt: skip
        with pytest.raises(error):
            replay.send(wrong)
    about = replay.describe()
    assert about.duration == pytest.approx(3.0)
    assert not about.can_rewire
    assert set(about.parameters.values()) == {"fixed"}
    replay.close()
    with pytest.raises(EOFError):
        replay.read(0)


def test_time_that_passed_while_the_computer_slept_is_not_played() -> None:
    replay, clock = rig()
    play(replay, clock, 0.1)
    clock.now += 8 * 3600
    assert sum(c.n_samples for c in play(replay, clock, 0.1)) == pytest.approx(1100, abs=20)
