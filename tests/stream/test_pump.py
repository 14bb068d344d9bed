"""Chunks reach every tap in order; slow listeners lose the oldest and it is counted; faults are told, not lost."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.errors import LinkError
from luiapp.stream.pump import Pump, Tap

LAYOUT = Layout(1e-3, (Trace("N1"),), ("N1",))


def chunk(i: int) -> Chunk:
    return Chunk(LAYOUT, i, np.full((1, 1), i, np.float32))


class Script:
    """A source that plays a list of chunks and exceptions, then ends."""

    def __init__(self, items: list[Chunk | Exception | None]) -> None:
        self.layout = LAYOUT
        self._items = list(items)

    def read(self, timeout: float) -> Chunk | None:
        if not self._items:
            raise EOFError
        item = self._items.pop(0)
        if isinstance(item, Exception):
            raise item
        return item


def run(pump: Pump) -> None:
    pump.start()
    for _ in range(200):
        if pump.finished:
            break
        threading.Event().wait(0.01)
    assert pump.stop()


def test_every_tap_gets_every_chunk_in_order() -> None:
    pump = Pump(Script([chunk(0), None, chunk(1), chunk(2)]))
    taps = [pump.add(Tap()), pump.add(Tap(None))]
    run(pump)
    for tap in taps:
        assert [c.i_first for c in tap.drain()] == [0, 1, 2]
        assert tap.drain() == []


def test_a_removed_tap_gets_nothing() -> None:
    pump = Pump(Script([chunk(0)]))
    tap = pump.add(Tap())
    pump.remove(tap)
    run(pump)
    assert tap.drain() == []


def test_a_full_tap_drops_the_oldest_and_counts() -> None:
    tap = Tap(3)
    for i in range(10):
        tap.put(chunk(i))
    assert tap.n_dropped == 7
    assert [c.i_first for c in tap.drain()] == [7, 8, 9]


def test_reading_goes_on_after_a_fault_and_the_fault_is_kept() -> None:
    pump = Pump(Script([chunk(0), LinkError("gone"), chunk(1)]))
    tap = pump.add(Tap())
    run(pump)
    assert [c.i_first for c in tap.drain()] == [0, 1]
    assert [str(e) for e in pump.take_errors()] == ["gone"]
    assert pump.take_errors() == []


@pytest.mark.parametrize("started", [True, False])
def test_stopping_twice_is_harmless(started: bool) -> None:
    pump = Pump(Script([chunk(0)]))
    if started:
        pump.start()
    assert pump.stop()
    assert pump.stop()
