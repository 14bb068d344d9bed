"""Where threads and Qt meet: nothing is lost, nothing comes too late, nothing stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fakes import FakeRig, two_boards

from luiapp.data.chunk import Chunk, Event, Layout, Trace
from luiapp.errors import LinkError
from luiapp.gui.live import Live
from luiapp.gui.steps import retranslate
from luiapp.model.network import Network
from luiapp.stream.pump import Tap
from luiapp.stream.source import SetParameter
from luiapp.texts import set_language


class Script(FakeRig):
    """Sends exactly the chunks it is given."""

    def __init__(self, chunks: list[Any], kind: str = "board") -> None:
        super().__init__(kind=kind)
        self.chunks = list(chunks)

    def read(self, timeout: float) -> Chunk | None:
        if self._closed or not self.chunks:
            raise EOFError
        item = self.chunks.pop(0)
        if isinstance(item, Exception):
            raise item
        return item


@pytest.fixture
def live(qapp: Any) -> Iterator[Live]:
    made = Live()
    yield made
    made.shut()


def some(layout: Layout, i_first: int, n: int, *events: Event) -> Chunk:
    samples = np.tile(np.arange(i_first, i_first + n, dtype=np.float32)[:, None], (1, len(layout.traces)))
    return Chunk(layout, i_first, samples, events=events)


def test_every_sample_and_spike_arrives(qtbot: Any, live: Live) -> None:
    layout = FakeRig().layout
    spikes: list[tuple[float, int]] = []
    live.spiked.connect(spikes.extend)
    chunk = Chunk(layout, 0, np.zeros((10, 2), np.float32), np.array([0.001, 0.002]), np.array([1, 0], np.int32))
    live.adopt(Script([chunk, some(layout, 10, 5), some(layout, 20, 5)]))
    qtbot.waitUntil(lambda: live.ring is not None and live.ring.head == 25)
    assert live.ring is not None and live.ring.n_gaps == 1 and spikes == [(0.001, 1), (0.002, 0)]
    data = live.ring.copy(10, 25)[:, 0]
    assert np.array_equal(data[:5], np.arange(10, 15)) and np.isnan(data[5:10]).all()


def test_a_rewired_simulation_keeps_what_was_seen(qtbot: Any, live: Live) -> None:
    first, again = FakeRig().layout, FakeRig().layout
    assert first == again and first is not again
    live.adopt(Script([some(first, 0, 5), some(again, 5, 5), some(again, 10, 2)], "sim"))
    qtbot.waitUntil(lambda: live.ring is not None and live.ring.head == 12)
    assert live.ring is not None and live.ring.n_gaps == 0
    assert np.array_equal(live.ring.copy(0, 12)[:, 0], np.arange(12))


def test_a_board_more_or_less_leaves_the_others_past_where_it_is(qtbot: Any, live: Live) -> None:
    two = Layout(1e-3, (Trace("a"), Trace("b", i_neuron=1)), ("a", "b"))
    three = replace(two, traces=(*two.traces, Trace("c", i_neuron=2)), neurons=("a", "b", "c"))
    told: list[bool] = []
    live.layout_changed.connect(told.append)
    live.adopt(Script([some(two, 0, 5), some(three, 5, 5), some(two, 10, 2)], "sim"))
    qtbot.waitUntil(lambda: live.ring is not None and live.ring.head == 12)
    assert live.ring is not None and live.ring.layout is two and told == [True, False, False]
    assert np.array_equal(live.ring.copy(0, 12), np.tile(np.arange(12)[:, None], 2))


def test_a_seek_begins_a_new_stretch_and_is_no_gap(qtbot: Any, live: Live) -> None:
    first, again = FakeRig().layout, FakeRig().layout
    assert first == again and first is not again
    layouts: list[Layout] = []
    live.layout_changed.connect(lambda: layouts.append(live.ring.layout if live.ring else first))
    live.adopt(Script([some(first, 0, 5), some(again, 5000, 5)], "replay"))
    qtbot.waitUntil(lambda: live.ring is not None and live.ring.head == 5005)
    assert live.ring is not None and live.ring.n_gaps == 0 and live.ring.tail == 5000
    assert [layout is again for layout in layouts] == [False, True]


def test_the_latest_request_wins_and_the_others_are_closed(qtbot: Any, live: Live) -> None:
    slow, fast = FakeRig(), FakeRig()
    gate = threading.Event()

    def wait() -> FakeRig:
        gate.wait(5)
        return slow

    live.open(wait)
    live.open(lambda: fast)
    qtbot.waitUntil(lambda: live.rig is fast)
    gate.set()
    qtbot.waitUntil(lambda: slow._closed)
    assert live.rig is fast and not live.opening


def test_opening_that_fails_is_told_and_the_rig_before_stays(qtbot: Any, live: Live) -> None:
    rig = FakeRig()
    live.adopt(rig)

    def broken() -> FakeRig:
        raise LinkError("the port is busy")

    with qtbot.waitSignal(live.problem) as told:
        live.open(broken)
    assert isinstance(told.args[0], LinkError) and live.rig is rig and not rig._closed and not live.opening


def test_faults_of_the_pump_are_told_and_reading_goes_on(qtbot: Any, live: Live) -> None:
    layout = FakeRig().layout
    rig = Script([some(layout, 0, 5), LinkError("a loose cable"), some(layout, 5, 5)])
    with qtbot.waitSignal(live.problem) as told:
        live.adopt(rig)
    assert isinstance(told.args[0], LinkError)
    qtbot.waitUntil(lambda: live.ring is not None and live.ring.head == 10)


def test_a_preview_is_shown_until_the_rig_comes(live: Live) -> None:
    shown: list[int] = []
    live.network_changed.connect(lambda: shown.append(live.network.n_neurons if live.network else -1))
    live.preview(two_boards())
    assert shown == [2] and live.selected == 0 and live.rig is None
    live.adopt(FakeRig(Network(model="lui")))
    assert live.selected == -1
    live.preview(two_boards())
    assert live.network is not None and live.network.n_neurons == 0, "a running rig is never painted over"


def test_knobs_turned_elsewhere_are_followed(qtbot: Any, live: Live) -> None:
    layout = FakeRig().layout
    other = two_boards()
    other.neuron("N3")
    events = (Event(0.0, "parameter", "N2", "r_leak", 7e3), Event(0.0, "parameter", "gone", "r_leak", 1.0))
    live.adopt(Script([some(layout, 0, 5, *events)], "replay"))
    with qtbot.waitSignal(live.parameter_changed) as changed:
        pass
    assert changed.args == [1, "r_leak"]
    assert live.network is not None and live.network.parameter("r_leak")[1] == 7e3
    live.adopt(Script([some(layout, 0, 5, Event(0.0, "network", value=other.to_dict()))], "replay"))
    qtbot.waitUntil(lambda: live.network is not None and live.network.n_neurons == 3)


def test_turns_in_one_go_are_one_step_of_undo(live: Live) -> None:
    rig = FakeRig()
    live.adopt(rig)
    before = float(rig.network.parameter("r_leak")[0])
    for value in (11e3, 12e3, 13e3):
        live.turn(0, "r_leak", value)
    live.turn(1, "r_leak", 14e3)
    assert live.undo.count() == 2
    live.undo.undo()
    live.undo.undo()
    assert [c.value for c in rig.sent if isinstance(c, SetParameter)][-1] == before
    english = live.undo.redoText()
    set_language("de")
    retranslate(live.undo)
    assert live.undo.redoText() != english and "N1" in live.undo.redoText()


def test_taps_get_every_chunk_until_they_are_taken_away(qtbot: Any, live: Live) -> None:
    tap = Tap(None)
    assert not live.tap(tap), "there is nothing to tap"
    live.adopt(FakeRig())
    assert live.tap(tap)
    got: list[Chunk] = []
    qtbot.waitUntil(lambda: got.extend(tap.drain()) or sum(c.n_samples for c in got) > 30)
    live.untap(tap)
    tap.drain()
    head = live.ring.head if live.ring is not None else 0
    qtbot.waitUntil(lambda: live.ring is not None and live.ring.head > head + 20)
    assert len(tap.drain()) <= 1


def test_leaving_is_announced_before_the_rig_closes(live: Live) -> None:
    rig = FakeRig()
    seen: list[bool] = []
    live.rig_leaving.connect(lambda: seen.append(rig._closed))
    live.adopt(rig)
    live.adopt(FakeRig())
    assert seen == [False] and rig._closed


def test_frames_are_counted(qtbot: Any, live: Live) -> None:
    with qtbot.waitSignal(live.numbers):
        live.adopt(FakeRig())
    with qtbot.waitSignal(live.numbers):
        pass
    assert 1 < live.fps < 200 and live.health()["samples"] > 0


@pytest.mark.parametrize(("kind", "goes_dark"), [("board", True), ("sim", False)])
def test_what_a_silent_board_said_last_is_not_its_present_state(
    qtbot: Any, live: Live, monkeypatch: pytest.MonkeyPatch, kind: str, goes_dark: bool
) -> None:
    monkeypatch.setattr("luiapp.gui.live.SILENCE_MS", 60)
    assert live.latest() is None
    layout = Layout(1e-3, FakeRig().layout.traces, ("N1", "N2"), kind)
    live.adopt(Script([Chunk(layout, 0, np.full((5, 2), 1.25, np.float32))], kind))
    qtbot.waitUntil(lambda: live.ring is not None and live.ring.head == 5)
    qtbot.wait(150)
    latest = live.latest()
    assert latest is not None and np.isnan(latest).all() == goes_dark
    assert live.ring is not None and live.ring.latest().tolist() == [1.25, 1.25]
