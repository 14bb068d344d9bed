"""Measured numbers: against traces whose numbers are known, over what was asked for."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from PySide6 import QtWidgets
from scope_desk import Bench

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.data.measure import crossings, latencies, rise_times
from luiapp.gui.scope.measure_state import QUANTITIES, Sums, as_csv, lane_over, readings, span_of
from luiapp.gui.scope.view import Segment, View
from luiapp.stream.ring import Ring
from luiapp.texts import set_language

DT = 1e-4
LAYOUT = Layout(DT, (Trace("N1", i_neuron=0), Trace("N2", i_neuron=1)), ("N1", "N2"))


def sine_ring(seconds: float = 4.0, spikes=()) -> Ring:
    ring = Ring(LAYOUT, 60.0)
    t = np.arange(round(seconds / DT)) * DT
    samples = np.stack([1.0 + 0.5 * np.sin(2 * np.pi * 5 * t), t % 0.25], axis=1).astype(np.float32)
    times = np.array([s for s, _ in spikes], float)
    ring.push(Chunk(LAYOUT, 0, samples, times, np.array([i for _, i in spikes], np.int32)))
    return ring


def values(ring: Ring, keys, t0: float, t1: float) -> dict[str, float]:
    sums = Sums()
    lanes = [lane_over(ring, i, t0, t1, sums) for i in (0, 1)]
    return {r.key: r.value for r in readings(keys, *lanes)}


def test_a_sine_has_the_numbers_of_a_sine() -> None:
    got = values(sine_ring(), QUANTITIES, 0.4, 2.4)
    assert got["max"] == pytest.approx(1.5, abs=1e-5) and got["min"] == pytest.approx(0.5, abs=1e-5)
    assert got["span"] == pytest.approx(1.0, abs=1e-5) and got["mean"] == pytest.approx(1.0, abs=1e-6)
    assert got["rms"] == pytest.approx(math.sqrt(1 + 0.125), rel=1e-6)
    assert got["deviation"] == pytest.approx(0.5 / math.sqrt(2), rel=1e-5)
    # From 10 to 90 % of a sine: from asin(−0.8) to asin(0.8).
    assert got["rise"] == pytest.approx(2 * math.asin(0.8) / (2 * np.pi * 5), rel=1e-3)


def test_spikes_have_rate_intervals_and_latency() -> None:
    first, second = [0.1, 0.3, 0.6, 1.0], [0.112, 0.311, 0.613]
    ring = sine_ring(2.0, sorted([(t, 0) for t in first] + [(t, 1) for t in second]))
    got = values(ring, QUANTITIES, 0.0, 2.0)
    intervals = np.diff(first)
    assert got["rate"] == pytest.approx(2.0) and got["interval"] == pytest.approx(intervals.mean())
    assert got["cv"] == pytest.approx(intervals.std(ddof=1) / intervals.mean())
    assert got["latency"] == pytest.approx(0.012)
    nothing = values(ring, QUANTITIES, 1.5, 1.5)
    assert all(math.isnan(v) for k, v in nothing.items())


def test_a_gap_counts_neither_as_time_nor_as_samples() -> None:
    ring = sine_ring(1.0, [(0.5, 0)])
    ring.push(Chunk(LAYOUT, 30_000, np.zeros((10_000, 2), np.float32)))
    got = values(ring, ("rate", "min"), 0.0, 4.0)
    assert got["rate"] == pytest.approx(1 / 2.0) and got["min"] == 0


@pytest.mark.parametrize("seed", range(4))
def test_sums_by_blocks_are_the_sums(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ring = Ring(LAYOUT, 60.0, budget=1 << 23)
    data = rng.normal(0.7, 0.4, (300_000, 2)).astype(np.float32)
    data[rng.integers(0, len(data), 50)] = np.nan
    sums = Sums()
    for piece in np.split(data, 10):
        ring.push(Chunk(LAYOUT, ring.head, piece))
        a, b = sorted(int(i) for i in rng.integers(0, ring.head, 2))
        n, total, squares, low, high = sums.over(ring, 1, a, b)
        there = data[max(a, ring.tail) : b, 1].astype(float)
        there = there[np.isfinite(there)]
        assert n == len(there)
        if n:
            assert (low, high) == (there.min(), there.max())
            assert total == pytest.approx(there.sum()) and squares == pytest.approx((there**2).sum())


def test_crossings_rises_and_latencies_by_hand() -> None:
    ramp = np.array([0.0, 1.0, 2.0, 1.9, 2.0, 0.0, 4.0])
    assert crossings(ramp, 0.5, 1.95) == pytest.approx([0.975, 1.75, 2.5 + 0.5 * 1.95 / 4])
    assert crossings(ramp, 0.5, 1.95, hysteresis=0.5) == pytest.approx([0.975, 2.5 + 0.5 * 1.95 / 4])
    assert len(crossings(np.full(5, np.nan), 1.0, 0.0)) == 0
    assert rise_times(np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0.0]), 1e-3) == pytest.approx([8e-3])
    assert latencies([0, 1, 2], [0.5, 0.7, 2.25]) == pytest.approx([0.5, 0.25])


def test_what_is_measured_is_seen_between_cursors_or_since_reset() -> None:
    view = View("past", 3.0, 2.0, (Segment(0.0, 1.0, 3.0),))
    assert span_of("visible", view, (0.2, 0.7), 2.0, 1.0, 9.0) == pytest.approx((3.0, 5.0))
    assert span_of("cursors", view, (0.7, 0.2), 2.0, 1.0, 9.0) == pytest.approx((3.4, 4.4))
    assert span_of("reset", view, (0.7, 0.2), 2.0, 1.0, 9.0) == pytest.approx((1.0, 9.0))


def test_the_strip_measures_and_copies_and_is_undone(qtbot) -> None:
    bench = Bench(qtbot)
    assert bench.panel.instruments.strip is None  # built when it is first shown
    bench.feed(3.0, [(1.5, 0), (2.0, 0), (2.5, 0)])
    bench.panel._actions["measure"].trigger()
    strip = bench.panel.instruments.strip
    assert strip is not None and strip.isVisible() and "max" in strip.values.text()
    strip.which.menu().actions()[0].trigger()
    assert "max" not in bench.panel.settings.quantities
    bench.live.undo.undo()
    assert "max" in bench.panel.settings.quantities
    set_language("de")
    try:
        strip.copied.emit("csv")
        rows = list(csv.reader(io.StringIO(QtWidgets.QApplication.clipboard().text()), delimiter=";"))
    finally:
        set_language("en")
    assert len(rows) == 1 + len(bench.panel.settings.quantities) and rows[1][:2] == ["N1", "max"]
    assert float(rows[1][2].replace(",", ".")) == pytest.approx(1.497, abs=2e-3)
    assert [row[4] for row in rows[1:]] == ["2"] * (len(rows) - 1)
    bench.live.undo.undo()
    assert not strip.isVisible()
    bench.panel.shutdown()


def test_numbers_for_spreadsheets_are_plain() -> None:
    lane = lane_over(sine_ring(), 0, 0.0, 1.0, Sums())
    rows = list(csv.reader(io.StringIO(as_csv(readings(["max"], lane, None), lane))))
    assert rows[1][0] == "N1" and float(rows[1][2]) == pytest.approx(1.5) and rows[1][3] == "V"
