"""Averages around spikes, spectra and intervals beside the screen: against signals whose curves are known."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from PySide6 import QtWidgets
from scope_desk import Bench

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.experiments.watch import AFTER, BEFORE
from luiapp.gui.scope.analysis_state import Average, interval_curve, spectrum_curve
from luiapp.gui.scope.chart import Axis
from luiapp.stream.ring import Ring

DT = 1e-3
LAYOUT = Layout(DT, (Trace("N1", i_neuron=0), Trace("N2", i_neuron=1)), ("N1", "N2"))
RNG = np.random.default_rng(3)
SPIKES = np.sort(RNG.uniform(0.5, 19.5, 60))


def jumps(n: int = 20_000) -> np.ndarray:
    """N1 rises by a random height at each of `SPIKES` and falls back with 30 ms."""
    t = np.arange(n) * DT
    out = np.zeros(n)
    for k, spike in enumerate(SPIKES):
        out += (0.5 + 0.1 * (k % 3)) * np.where(t >= spike, np.exp(-(t - spike).clip(0) / 0.03), 0.0)
    return np.stack([out, np.zeros(n)], axis=1).astype(np.float32)


def played(data: np.ndarray, pieces: int, average: Average | None = None) -> Ring:
    ring = Ring(LAYOUT, 60.0)
    for piece in np.array_split(data, pieces):
        t0, t1 = ring.now, ring.now + len(piece) * DT
        mine = SPIKES[(t0 <= SPIKES) & (t1 > SPIKES)]
        ring.push(Chunk(LAYOUT, ring.head, piece, mine, np.ones(len(mine), np.int32)))
        if average is not None:
            average.take(ring, 0, 1)
    return ring


@pytest.mark.parametrize("pieces", [80, 97])
def test_an_average_that_grows_is_the_average_of_all_courses(pieces: int) -> None:
    average, data = Average(), jumps()
    played(data, pieces, average)
    inside = SPIKES[(SPIKES > BEFORE + 3 * DT) & (SPIKES < 20 - AFTER - 4 * DT)]
    assert average.n == len(inside)
    curve = average.curve("N1", "N2", "V")
    courses = np.array([np.interp(t + curve.x, np.arange(len(data)) * DT, data[:, 0]) for t in inside])
    np.testing.assert_allclose(curve.y, courses.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(curve.high - curve.y, courses.std(axis=0, ddof=1), atol=1e-4)
    assert str(len(inside)) in curve.note
    average.reset(20.0)
    assert average.n == 0 and not len(average.curve("N1", "N2", "V").y)


def test_spikes_beside_a_gap_are_left_out() -> None:
    ring, average = Ring(LAYOUT, 60.0), Average()
    ring.push(Chunk(LAYOUT, 0, np.ones((1000, 2), np.float32), np.array([0.5, 0.95]), np.ones(2, np.int32)))
    ring.push(Chunk(LAYOUT, 1200, np.ones((1000, 2), np.float32), np.array([1.25, 1.8]), np.ones(2, np.int32)))
    average.take(ring, 0, 1)
    assert average.n == 2 and np.isfinite(average.curve("N1", "N2", "V").y).all()


@pytest.mark.parametrize("f", [7.3, 20.0, 61.7])
def test_the_peak_of_a_sine_is_its_frequency_and_the_integral_its_variance(f: float) -> None:
    t = np.arange(8192) * DT
    ring = Ring(LAYOUT, 60.0)
    wave = (0.8 + 0.25 * np.sin(2 * np.pi * f * t) + RNG.normal(0, 1e-3, len(t))).astype(np.float32)
    ring.push(Chunk(LAYOUT, 0, np.stack([wave, wave], axis=1)))
    curve = spectrum_curve(ring, 0, 0.0, ring.now, log=True)
    assert curve.peak is not None and curve.peak[0] == pytest.approx(f, abs=0.06)
    assert np.trapezoid(curve.y**2, curve.x) == pytest.approx(0.25**2 / 2, rel=0.02)
    assert "Hann" in curve.note and curve.y_unit == "V/√Hz"
    assert not len(spectrum_curve(ring, 0, 0.0, 0.01, log=False).y)


def test_intervals_are_counted_once_each() -> None:
    times = np.cumsum(RNG.exponential(0.1, 400))
    curve = interval_curve(times, "N1")
    assert curve.y.sum() == 399 and len(curve.x) == len(curve.y) + 1
    assert curve.peak is not None and curve.peak[0] == pytest.approx(np.diff(times).mean())
    regular = interval_curve(np.arange(20) * 0.25, "N1")
    assert regular.y.max() == 19 and regular.x[0] < 0.25 < regular.x[-1]
    assert not len(interval_curve(times[:2], "N1").y)


def test_an_axis_has_its_ticks_at_its_values() -> None:
    one = Axis(np.array([1e-3, 5.0, 200.0]), "Hz", 300.0, log=True)
    for value, _ in one.ticks:
        assert math.log10(value) == pytest.approx(round(math.log10(value)))
        assert one.at(value) / 300 == pytest.approx(math.log10(value / 2e-3) / 5)
    linear = Axis(np.array([0.012, 0.031]), "V", 200.0, log=False)
    assert linear.unit == "mV" and {"10", "20", "30"} == {text for _, text in linear.ticks}


def test_the_card_is_built_when_first_shown_and_each_kind_draws(qtbot) -> None:
    bench = Bench(qtbot, size=(1000, 420))
    assert bench.panel.instruments.analysis is None
    bench.feed(6.0, [(t, 0) for t in np.arange(1.0, 5.8, 0.5)])
    bench.panel._actions["average"].trigger()
    card = bench.panel.instruments.analysis
    assert card is not None and card.isVisible() and card.again.isVisible() and "N1" in card.note.text()
    curve = card.chart.curve
    # The saw of the bench jumps from 1.5 V to 0 V every 0.5 s, and fires there.
    before = curve.y[np.argmin(np.abs(curve.x + 0.1))]
    assert before == pytest.approx(1.2, abs=0.01) and curve.y[np.argmin(np.abs(curve.x - 0.05))] == pytest.approx(0.15)
    bench.panel._actions["spectrum"].trigger()
    bench.live.numbers.emit()
    assert card.log.isVisible() and card.chart.curve.log and not card.spikes_box.isVisible()
    card.log.click()
    assert not card.chart.curve.log and not bench.panel.settings.logarithmic
    bench.panel._actions["intervals"].trigger()
    assert card.chart.curve.bars and card.chart.curve.peak[0] == pytest.approx(0.5)
    card.copy.click()
    rows = list(csv.reader(io.StringIO(QtWidgets.QApplication.clipboard().text())))
    assert len(rows) == 1 + len(card.chart.curve.y)
    assert not card.grab().isNull()
    bench.live.undo.undo()
    assert bench.panel.settings.analysis == "spectrum"
    card.close_button.click()
    assert not card.isVisible() and not bench.panel._actions["spectrum"].isChecked()
    bench.panel.shutdown()
