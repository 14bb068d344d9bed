"""Spikes from samples, against a membrane in closed form whose spike times are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.link.membrane import SpikeFinder

TAU_RESET, HOLD = 0.6e-3, 15.9e-3


def membrane(times: np.ndarray, spikes: np.ndarray, *, v_threshold: float, tau: float = 0.1) -> np.ndarray:
    """V at `times` of a neuron that crosses its threshold exactly at `spikes`: reset, hold, floor, charge."""
    k = np.searchsorted(spikes, times, side="right") - 1
    since = np.where(k >= 0, times - spikes[np.maximum(k, 0)], np.inf)
    period = np.where(k + 1 < len(spikes), spikes[np.minimum(k + 1, len(spikes) - 1)] - spikes[np.maximum(k, 0)], 1.0)
    charge = v_threshold * (1 - np.exp(-(since - HOLD) / tau)) / (1 - np.exp(-(period - HOLD) / tau))
    v = np.where(since < HOLD, v_threshold * np.exp(-since / TAU_RESET), charge)
    return np.where(k < 0, v_threshold * times / spikes[0], np.minimum(v, v_threshold)).astype(np.float32)


@pytest.mark.parametrize("vdd", [2.4, 2.7, 3.0])
@pytest.mark.parametrize(("rate", "tolerance"), [(10_000, 1e-4), (1000, 3e-4), (500, 2e-3), (100, 10e-3)])
def test_every_spike_is_found_where_it_was(vdd, rate, tolerance):
    rng = np.random.default_rng(1)
    spikes = 0.05 + np.cumsum(rng.uniform(0.045, 0.3, 60))
    times = np.arange(0, spikes[-1] + 0.03, 1 / rate)
    v = membrane(times, spikes, v_threshold=0.5167 * vdd) + rng.normal(0, 2e-3, len(times)).astype(np.float32)
    found = SpikeFinder(1 / rate).feed(v.astype(np.float32), 0) / rate
    assert len(found) == len(spikes)
    assert np.abs(found - spikes).max() < tolerance


@given(st.lists(st.integers(0, 1999), max_size=30), st.integers(0, 3))
def test_any_split_into_blocks_finds_the_same(cuts, seed):
    rng = np.random.default_rng(seed)
    spikes = 0.02 + np.cumsum(rng.uniform(0.02, 0.2, 10))
    v = membrane(np.arange(2000) / 2000, spikes, v_threshold=1.5)
    v[rng.random(2000) < 0.02] = np.nan
    whole = SpikeFinder(5e-4).feed(v, 100)
    finder, parts = SpikeFinder(5e-4), []
    edges = [0, *sorted(cuts), 2000]
    for a, b in zip(edges[:-1], edges[1:], strict=True):  # noqa: RUF007
        before = finder.undecided
        found = finder.feed(v[a:b], 100 + a)
        # What had been called decided stays decided.
        assert all(s >= (100 + a if before is None else before) for s in found)
        parts.append(found)
    assert np.array_equal(np.concatenate(parts), whole) and (np.diff(whole) > 0).all()


def test_inhibition_noise_and_a_slow_fall_are_no_spikes():
    t = np.arange(0, 2, 1e-3)
    strongest = np.maximum(1.5 - 33.0 * np.maximum(t - 0.5, 0), 0.0)  # 435 µA out of 13 µF, down to ground
    wiggle = 1.0 + 0.25 * np.sin(2 * np.pi * 40 * t)
    resting = np.random.default_rng(0).normal(0.3, 0.05, len(t))
    for v in (strongest, wiggle, resting):
        assert len(SpikeFinder(1e-3).feed(v.astype(np.float32), 0)) == 0


def test_a_gap_between_high_and_low_is_no_spike():
    finder = SpikeFinder(1e-3)
    finder.feed(np.array([1.2, 1.3], np.float32), 0)
    assert len(finder.feed(np.array([0.0, 0.0], np.float32), 500)) == 0
    finder.feed(np.array([1.3, 1.3], np.float32), 600)
    assert 700 <= finder.feed(np.array([0.8, 0.0], np.float32), 700)[0] <= 701
