"""Rates, intervals, levels and sentences, against numbers known beforehand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.data.analysis import (
    describe_recording,
    describe_trace,
    firing_rate,
    frequency,
    instantaneous_frequency,
    inter_spike_intervals,
    level,
    summary,
    variability,
)
from luiapp.data.chunk import Layout, Trace
from luiapp.data.recording import Recording
from luiapp.errors import ParameterError
from luiapp.texts import set_language


def recording(spikes: list[float], unit: str = "V") -> Recording:
    """Rest at 0.6 V; around each spike the membrane is somewhere else."""
    n, dt = 2000, 1e-3
    values = np.full((n, 2), 0.6, np.float32)
    for spike in spikes:
        values[round(spike / dt) : round(spike / dt) + 40, 0] = -1
    values[:, 1] = np.linspace(0, 1, n)
    values[5:9] = np.nan
    layout = Layout(dt, (Trace("N1", unit), Trace("battery", "V", "supply", -1)), ("N1", "N2"))
    return Recording(layout, values, np.array(spikes), np.zeros(len(spikes), np.int32))


@given(st.lists(st.floats(0, 1e3), min_size=2, max_size=50).map(sorted), st.floats(0.1, 10))
def test_laws_of_trains(train: list[float], stretch: float) -> None:
    intervals = inter_spike_intervals(train)
    assert intervals.sum() == pytest.approx(train[-1] - train[0], abs=1e-9)
    assert (intervals >= 0).all()
    if train[-1] - train[0] < 1e-6:
        return
    longer = [stretch * t for t in train]
    assert frequency(longer) == pytest.approx(frequency(train) / stretch)
    assert variability(longer) == pytest.approx(variability(train), nan_ok=True, rel=1e-6, abs=1e-6)
    times, rates = instantaneous_frequency(train)
    np.testing.assert_array_equal(times, train[1:])
    if (intervals > 1e-9).all():
        assert 1 / np.mean(1 / rates) == pytest.approx(frequency(train))


def test_a_clock_and_a_poisson_train() -> None:
    clock = 0.3 + np.arange(11) * 0.1
    assert frequency(clock) == pytest.approx(10)
    assert firing_rate(clock, 2.0) == pytest.approx(5.5)
    assert variability(clock) == pytest.approx(0, abs=1e-12)
    poisson = np.cumsum(np.random.default_rng(3).exponential(0.1, 20_000))
    assert variability(poisson) == pytest.approx(1, abs=0.03)
    assert frequency(poisson) == pytest.approx(10, rel=0.03)


def test_too_few_spikes() -> None:
    for train in ([], [1.0]):
        assert len(inter_spike_intervals(train)) == 0
        assert math.isnan(frequency(train))
        assert math.isnan(variability(train))
    assert math.isnan(variability([1.0, 2.0]))
    for duration in (0.0, -1.0, math.nan):
        with pytest.raises(ParameterError):
            firing_rate([1.0], duration)


def test_the_resting_level_ignores_spikes() -> None:
    busy = recording([0.1 + 0.045 * i for i in range(35)])  # below rest for nine tenths of the time in between
    assert np.nanmedian(busy.trace("N1")) == -1
    assert level(busy, "N1") == pytest.approx(0.6)
    assert level(recording([]), "battery") == pytest.approx(0.5, abs=0.01)


def test_summary() -> None:
    found = summary(recording([0.5, 0.75, 1.0, 1.5]))
    assert (found["duration"], found["n_samples"], found["n_missing"]) == (2.0, 2000, 4)
    membrane, battery = found["traces"]
    assert (membrane["min"], membrane["unit"]) == (-1.0, "V")
    assert membrane["max"] == pytest.approx(0.6)
    assert membrane["mean"] == pytest.approx((0.6 * (1996 - 160) - 160) / 1996, rel=1e-6)
    assert battery["mean"] == pytest.approx(0.5, abs=2e-3)
    one, other = found["neurons"]
    assert (one["n_spikes"], one["rate"]) == (4, 2.0)
    assert one["mean_isi"] == pytest.approx(1 / 3)
    assert one["cv"] == pytest.approx(np.std([0.25, 0.25, 0.5], ddof=1) / (1 / 3))
    assert (other["n_spikes"], other["rate"]) == (0, 0.0)
    assert math.isnan(other["mean_isi"])


def test_sentences() -> None:
    assert describe_trace(recording([0.5, 0.75, 1.0]), "N1") == "N1: 3 spikes, mean 4.0 Hz, rest 600 mV"
    assert describe_trace(recording([0.5]), "N1") == "N1: 1 spike, rest 600 mV"
    assert describe_trace(recording([]), "N1") == "N1: no spikes, rest 600 mV"
    assert describe_trace(recording([]), "battery").startswith("battery: between 0.00 V and 1.00 V, mostly ")
    nothing = Recording(Layout(1, (Trace("N1"),), ("N1",)), np.full((3, 1), np.nan), np.empty(0), np.empty(0, np.int32))
    assert describe_trace(nothing, "N1") == "N1: nothing measured"
    assert describe_recording(nothing) == "3.00 s of 1 signals. N1: nothing measured."
    with pytest.raises(ParameterError, match="there is no trace 'x'"):
        describe_trace(nothing, "x")


def test_sentences_in_german() -> None:
    set_language("de")
    assert describe_trace(recording([0.5, 0.75, 1.0]), "N1") == "N1: 3 Spikes, im Mittel 4,0 Hz, Ruhe bei 600 mV"
