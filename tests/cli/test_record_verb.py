"""Recording from the command line: exact lengths, nothing lost, whatever the rig does."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.cli.cut import cut
from luiapp.cli.main import main
from luiapp.cli.record import Progress, follow
from luiapp.data.chunk import Chunk, Event, Layout, Trace
from luiapp.data.recording import Recording, join
from luiapp.errors import FileError, LinkError, LuiError, ParameterError, RigError

LAYOUT = Layout(1e-3, (Trace("V1"),), ("N1",), "board")


def chunk(i_first: int, n: int, *, layout: Layout = LAYOUT, spikes: Sequence[float] = ()) -> Chunk:
    """A chunk whose samples are their own indices."""
    samples = np.arange(i_first, i_first + n, dtype=np.float32)[:, None]
    return Chunk(layout, i_first, samples, np.array(spikes, float), np.zeros(len(spikes), np.int32))


class Script:
    """A source that plays a list: chunks, None, or errors to raise; then EOFError."""

    layout = LAYOUT

    def __init__(self, *steps: Chunk | Exception | None, then: Exception | None = None) -> None:
        self.steps = list(steps)
        self.then = then

    def read(self, timeout: float) -> Chunk | None:
        if not self.steps:
            if self.then is not None:
                raise self.then
            return None
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


class ScriptRig:
    name, kind, network = "toy", "board", None

    def __init__(self, *steps: Chunk | Exception | None, then: Exception | None = None) -> None:
        self.source = Script(*steps, then=then)
        self.closed = False

    def health(self) -> dict[str, int | float | str]:
        return {"gaps": 0}

    def close(self) -> None:
        self.closed = True


class ListWriter:
    def __init__(self) -> None:
        self.chunks: list[Chunk] = []

    def append(self, one: Chunk) -> None:
        self.chunks.append(one)


class Clock:
    """A second passes each time that somebody looks."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def play(rig: ScriptRig, duration: float | None = None, patience: float = 9.5) -> tuple[Recording, Progress]:
    writer, progress = ListWriter(), Progress()
    follow(rig, writer, progress, duration, stop=threading.Event(), patience=patience, clock=Clock())  # type: ignore[arg-type]
    return join(writer.chunks), progress


@given(st.integers(0, 50), st.lists(st.integers(0, 40), min_size=1, max_size=20), st.integers(1, 300))
def test_exactly_the_samples_that_were_asked_for(first: int, sizes: list[int], wanted: int) -> None:
    starts = first + np.cumsum([0, *sizes])
    chunks = [chunk(int(a), n, spikes=(a + np.arange(n)) * 1e-3) for a, n in zip(starts, sizes, strict=False)]
    recording, progress = play(ScriptRig(*chunks, then=EOFError()), wanted * 1e-3)
    n = min(wanted, sum(sizes))
    assert recording.samples[:, 0].tolist() == list(range(first, first + n))
    assert progress.ended == ("duration" if sum(sizes) >= wanted and n else "end of stream")
    assert progress.seconds == pytest.approx(n * 1e-3)
    # A spike at the time of the first sample that is left out is left out too.
    assert progress.n_spikes == len(recording.spike_times)
    assert np.all(recording.spike_times < (first + n) * 1e-3 - 1e-9)


def test_a_gap_counts_as_time() -> None:
    recording, progress = play(ScriptRig(chunk(0, 10), chunk(90, 20)), 0.1)
    assert progress.ended == "duration"
    assert len(recording.samples) == 100
    assert np.isnan(recording.samples[10:90]).all()


def test_a_jump_beyond_the_end_ends_it() -> None:
    recording, progress = play(ScriptRig(chunk(0, 10), chunk(500, 20, spikes=[0.5])), 0.1)
    assert progress.ended == "duration"
    assert (len(recording.samples), progress.n_spikes) == (100, 0)


def test_faults_on_the_way_are_told_and_reading_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    unplugged = LinkError("'{text}' is too large", text="cable")
    recording, progress = play(ScriptRig(chunk(0, 10), unplugged, None, chunk(10, 10), then=EOFError()), 0.02)
    assert len(recording.samples) == 20
    assert progress.ended == "duration"
    assert capsys.readouterr().err == "warning: 'cable' is too large\n"


def test_a_rig_that_never_speaks() -> None:
    with pytest.raises(RigError, match="sent nothing"):
        play(ScriptRig())


def test_what_the_port_says_is_told_and_explains_the_silence(capsys: pytest.CaptureFixture[str]) -> None:
    def said(text: str, i_first: int) -> Chunk:
        return replace(chunk(i_first, 0), events=(Event(0.0, "link", "ttyX", "missing", text),))

    rig = ScriptRig(said("no such port", 0), said("no such port", 0))
    with pytest.raises(RigError, match=r"'toy' has sent nothing for 9\.5 s: no such port"):
        play(rig)
    assert capsys.readouterr().err == "ttyX: no such port\n"
    recording, _ = play(ScriptRig(said("waiting", 0), chunk(7, 5), then=EOFError()))
    assert recording.samples[-5:, 0].tolist() == [7, 8, 9, 10, 11]


def test_a_rig_that_only_complains_ends_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RigError, match="sent nothing"):
        play(ScriptRig(then=LuiError("nothing was recorded")))
    assert capsys.readouterr().err.startswith("warning: nothing was recorded")


def test_patience_begins_anew_with_every_sample() -> None:
    pause: list[Chunk | Exception | None] = [None] * 9
    recording, _ = play(ScriptRig(*pause, chunk(0, 1), *pause, chunk(1, 1), *pause, then=EOFError()))
    assert len(recording.samples) == 2
    with pytest.raises(RigError, match=r"the 1\.00 ms before"):
        play(ScriptRig(*pause, chunk(0, 1), *pause, None, chunk(1, 1), then=EOFError()))


def test_empty_chunks_try_patience_too() -> None:
    with pytest.raises(RigError, match="sent nothing"):
        play(ScriptRig(*(chunk(0, 0) for _ in range(30)), then=EOFError()))


def test_a_rig_that_falls_silent_says_how_much_is_kept() -> None:
    with pytest.raises(RigError, match=r"the 30\.0 ms before that are kept"):
        play(ScriptRig(chunk(0, 30)), 1.0)


def test_a_stream_that_begins_anew_goes_on_counting() -> None:
    writer, progress = ListWriter(), Progress()
    twice = Layout(0.5e-3, LAYOUT.traces, LAYOUT.neurons, "board")
    rig = ScriptRig(chunk(0, 30), chunk(0, 200, layout=twice))
    follow(rig, writer, progress, 0.1, stop=threading.Event())  # type: ignore[arg-type]
    assert progress.seconds == pytest.approx(0.1)
    assert [len(c.samples) for c in writer.chunks] == [30, 140]


def test_interruption_keeps_what_there_is() -> None:
    stop = threading.Event()

    class Stopping(Script):
        def read(self, timeout: float) -> Chunk | None:
            got = super().read(timeout)
            if not self.steps:
                stop.set()
            return got

    rig, writer, progress = ScriptRig(), ListWriter(), Progress()
    rig.source = Stopping(chunk(0, 10), chunk(10, 10))
    follow(rig, writer, progress, stop=stop)  # type: ignore[arg-type]
    assert progress.ended == "interrupted"
    assert len(join(writer.chunks).samples) == 20


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 250))
def test_until_keeps_only_what_lies_before(first: int, n: int, end: int) -> None:
    kept = chunk(first, n, spikes=(first + np.arange(n)) * 1e-3).until(end)
    assert kept.samples[:, 0].tolist() == [i for i in range(first, first + n) if i < end]
    assert len(kept.spike_times) == kept.n_samples
    assert kept.i_end <= max(end, first)


@given(st.integers(1, 40), st.integers(0, 60))
def test_until_does_not_depend_on_where_a_chunk_ends(cut: int, end: int) -> None:
    """What happens at the very end belongs to what follows, also where a chunk ends just there."""
    times = np.arange(0, 41) * 1e-3  # the last one at the end of the last sample
    whole = chunk(0, 40, spikes=times).until(end)
    before = chunk(0, cut, spikes=times[times < cut * 1e-3]).until(end)
    after = chunk(cut, 40 - cut, spikes=times[times >= cut * 1e-3]).until(end)
    if end <= 40:
        assert [*before.spike_times, *after.spike_times] == whole.spike_times.tolist() == times[:end].tolist()


def small(n: int = 100, first: int = 50) -> Recording:
    events = (
        Event(0.04, "parameter", "N1", "r_leak", 1.0),
        Event(0.04, "marker", value=1),
        Event(0.1, "marker", value=2),
    )
    times = (first + np.arange(0, n, 10)) * 1e-3
    samples = np.arange(first, first + n, dtype=np.float32)[:, None]
    return Recording(LAYOUT, samples, times, np.zeros(len(times), np.int32), events, {"a": 1}, first)


@given(st.integers(0, 200), st.integers(0, 200))
def test_cut_keeps_what_lies_between(a: int, b: int) -> None:
    whole = small()
    expected = [i for i in range(50, 150) if a <= i < b]
    if not expected:
        with pytest.raises(ParameterError):
            cut(whole, start=a * 1e-3, stop=b * 1e-3)
        return
    part = cut(whole, start=a * 1e-3, stop=b * 1e-3)
    assert part.samples[:, 0].tolist() == expected
    assert part.i_first == expected[0]
    assert np.rint(part.spike_times * 1e3).tolist() == [i for i in expected if i % 10 == 0]


def test_cut_carries_the_knobs_into_the_part() -> None:
    part = cut(small(), start=0.09, stop=0.12)
    assert [(e.kind, e.time) for e in part.events] == [("parameter", 0.09), ("marker", 0.1)]
    assert part.metadata == {"a": 1}
    assert cut(small()).samples.shape == (100, 1)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> ScriptRig:
    """`open_rig` hands out a toy that sends 0.1 s and ends."""
    rig = ScriptRig(*(chunk(10 * i, 10, spikes=[i * 0.01 + 0.005]) for i in range(10)), then=EOFError())
    monkeypatch.setattr("luiapp.rigs.registry.open_rig", lambda text: rig)
    return rig


@pytest.mark.parametrize("name", ["out.mcap", "out.npz"])
def test_record_into_a_file(name: str, toy: ScriptRig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from luiapp.files import read_recording

    assert main(["record", "toy", "--duration", "50 ms", "--out", str(tmp_path / name), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {k: told[k] for k in ("rig", "n_samples", "n_spikes", "ended")} == {
        "rig": "toy", "n_samples": 50, "n_spikes": 5, "ended": "duration",
    }  # fmt: skip
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert read_recording(tmp_path / name).samples[:, 0].tolist() == list(range(50))
    assert toy.closed


def test_record_never_replaces_by_accident(toy: ScriptRig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "precious.mcap"
    out.write_bytes(b"precious")
    assert main(["record", "toy", "--out", str(out)]) == 1
    assert "already exists" in capsys.readouterr().err
    assert out.read_bytes() == b"precious"
    assert main(["record", "toy", "--out", str(out), "--overwrite"]) == 0
    assert out.read_bytes() != b"precious"


def test_record_leaves_what_was_cut_off_alone(
    toy: ScriptRig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut_off = tmp_path / "a.npz.partial.mcap"
    cut_off.write_bytes(b"an hour of somebody's work")
    assert main(["record", "toy", "--out", str(tmp_path / "a.npz")]) == 1
    assert "cut off" in capsys.readouterr().err
    assert cut_off.read_bytes() == b"an hour of somebody's work"


def test_record_keeps_the_growing_file_when_the_last_step_fails(
    toy: ScriptRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from luiapp.files import read_recording

    def full(path: Path, recording: Recording) -> None:
        raise LuiError("nothing was recorded")

    monkeypatch.setattr("luiapp.files.write_recording", full)
    assert main(["record", "toy", "--out", str(tmp_path / "a.npz")]) == 1
    kept = tmp_path / "a.npz.partial.mcap"
    assert str(kept) in capsys.readouterr().err
    assert len(read_recording(kept).samples) == 100


def test_a_full_disk_is_told_with_what_is_safe(
    toy: ScriptRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from luiapp.files import McapWriter, read_recording

    append = McapWriter.append

    def full(self: McapWriter, one: Chunk) -> None:
        if one.i_first > 0:
            raise FileError("the disk is full")
        append(self, one)

    monkeypatch.setattr(McapWriter, "append", full)
    path = tmp_path / "a.mcap"
    assert main(["record", "toy", "--out", str(path)]) == 1
    kept = len(read_recording(path).samples)
    assert f"the disk is full The {kept}.0 ms before that are kept in '{path}'" in capsys.readouterr().err


def test_record_of_nothing_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig = ScriptRig()
    monkeypatch.setattr("luiapp.rigs.registry.open_rig", lambda text: rig)
    monkeypatch.setattr("luiapp.cli.record.follow.__kwdefaults__", {"tell": False, "patience": 0.05, "clock": Clock()})
    assert main(["record", "toy", "--out", str(tmp_path / "a.mcap")]) == 1
    assert "sent nothing" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert rig.closed


@pytest.mark.parametrize(
    ("name", "told"),
    [("a.docx", "ends with '.docx'"), ("none/a.mcap", "doesn't exist"), ("", "ends with ''")],
)
def test_a_file_that_cannot_be_is_refused_before_recording(
    name: str, told: str, toy: ScriptRig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", "toy", "--out", str(tmp_path / name)]) == 1
    assert told in capsys.readouterr().err
    assert len(toy.source.steps) == 10
