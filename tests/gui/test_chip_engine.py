"""The thread behind the chip's page: the whole way, stopped, begun anew, and faults that are told."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from chip_desk import Watched, small_network, small_work

from luiapp.deploy.transfer import transfer
from luiapp.errors import LuiError, NetworkError
from luiapp.gui.chip.state import STATIONS, STEPS, Snapshot, bars
from luiapp.gui.chip.work import Work
from luiapp.train.store import Model


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.engine.shut()


def test_the_whole_way_comes_to_what_the_deploy_room_says(watched: Watched) -> None:
    watched.engine.do("serial")
    watched.engine.go_through()
    end = watched.until(lambda now: "loop" in now.found.done and not now.busy)
    found = end.found
    assert found.done == STATIONS and watched.problem is None
    said = transfer(small_network(), 7, calibration=found.calibration, trials=3, seed=3)
    assert found.transfer == said and found.ideal == said.ideal
    values = {one.name: one.value or 0.0 for one in bars(found)}
    assert values["uncalibrated"] < values["calibrated"] < values["ideal"], "what the chip costs"
    assert values["loop"] > values["calibrated"], "what learning in the loop gives back"
    busy = [now for now in watched.seen if now.busy]
    order = list(dict.fromkeys(now.busy for now in busy))
    assert order == [name for name in STATIONS if name in order]
    assert {"calibrate", "run", "loop"} <= set(order), "the others are soon done"
    assert {now.step for now in busy} - {""} <= set(STEPS)
    for name in STATIONS:
        shares = [now.share for now in busy if now.busy == name]
        assert shares == sorted(shares) and max(shares, default=0.0) <= 1.0
    assert found.counted[0].sum() > found.counted[1].sum() >= 0


def test_a_stop_ends_a_calibration_and_leaves_what_was_known(watched: Watched) -> None:
    watched.engine.do("serial")
    watched.until(lambda now: "serial" in now.found.done and not now.busy)
    watched.engine.go_through()
    watched.until(lambda now: now.busy == "calibrate")
    watched.engine.stop()
    end = watched.until(lambda now: not now.busy)
    assert end.found.done == ("serial",) and end.found.calibration is None and not end.waiting
    assert not [now for now in watched.seen if now.step == "after"]
    watched.engine.do("place")
    placed = watched.until(lambda now: "place" in now.found.done and not now.busy).found.placed
    assert placed is not None and placed.wiring.n == 43


def test_epochs_that_were_completed_count_after_a_stop_and_others_leave_no_trace() -> None:
    def two_epochs(serial: int, model: Model | None = None, name: str = "x") -> Work:
        return Work(serial, model or small_network(), name, seed=3, epochs=2)

    watched = Watched(two_epochs)
    try:
        for name in ("serial", "place", "run"):
            watched.engine.do(name)
            watched.until(lambda now, name=name: name in now.found.done and not now.busy)  # type: ignore[misc]
        before = watched.seen[-1].found
        watched.engine.do("loop")
        watched.until(lambda now: now.step == "epoch" and now.share > 0.1)
        watched.engine.stop()
        end = watched.until(lambda now: not now.busy).found
        assert end.taught is None and end.done == ("serial", "place", "run") and end.course == ()
        watched.engine.do("loop")
        watched.until(lambda now: now.step == "epoch" and now.share > 0.55)
        watched.engine.stop()
        end = watched.until(lambda now: not now.busy).found
        assert end.taught is not None and len(end.course) == 1 and end.done[-1] == "loop"
        assert end.model is not None and before.model is not None
        assert not np.array_equal(end.model.weight, before.model.weight)
        assert end.model.about["loop_epochs"] == 1 and end.model.about["in_the_loop"] == end.taught.mean
    finally:
        watched.engine.shut()


def test_another_chip_ends_what_is_being_done_and_begins_anew(watched: Watched) -> None:
    watched.engine.do("serial")
    watched.engine.go_through()
    watched.until(lambda now: now.busy == "calibrate")
    watched.engine.choose(8, None, "built-in network")
    end = watched.until(lambda now: now.found.serial == 8 and "serial" in now.found.done and not now.busy)
    assert end.found.done == ("serial",) and end.found.calibration is None


def test_a_network_that_has_no_room_is_told_and_the_thread_goes_on() -> None:
    class Wide(Work):
        def _begin(self, tell):  # type: ignore[no-untyped-def]
            raise NetworkError("no room")

    def make(serial: int, model: Model | None = None, name: str = "x") -> Work:
        return Wide(serial, model, name) if serial == 1 else small_work(serial, model, name)

    watched = Watched(make, serial=1)
    try:
        watched.engine.do("serial")
        watched.engine.go_through()
        watched.until(lambda now: watched.problem is not None)
        assert isinstance(watched.problem, LuiError)
        watched.engine.choose(2, None, "built-in network")
        watched.until(lambda now: now.found.done == ("serial",))
    finally:
        watched.engine.shut()


def test_snapshots_are_not_changed_afterwards(watched: Watched) -> None:
    for name in ("serial", "place", "run"):
        watched.engine.do(name)
        watched.until(lambda now, name=name: name in now.found.done and not now.busy)  # type: ignore[misc]
    before: Snapshot = watched.seen[-1]
    counted = before.found.counted.copy()
    assert before.found.placed is not None
    weight = before.found.placed.wiring.weight.copy()
    watched.engine.do("loop")
    after = watched.until(lambda now: "loop" in now.found.done and not now.busy)
    assert np.array_equal(before.found.counted, counted) and not np.array_equal(after.found.counted, counted)
    assert np.array_equal(before.found.placed.wiring.weight, weight)
    assert after.found.placed is not None and not np.array_equal(after.found.placed.wiring.weight, weight)
