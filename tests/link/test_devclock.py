"""A device's clock against one whose rate and offset are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.link.devclock import DeviceClock

HZ = 2e6


def pinged(
    ppm: float, *, seed: int = 0, n: int = 60, begin: float = 0.0, jitter: float = 2e-3
) -> tuple[DeviceClock, float]:
    """A clock that was pinged once a second through a wire of 1 ms and now and then `jitter` more, and its rate."""
    rng = np.random.default_rng(seed)
    clock, rate = DeviceClock(HZ), 1 + ppm * 1e-6
    for k in range(n):
        sent = 100.0 + k
        rx = sent + 1e-3 + rng.exponential(jitter) * (rng.random() < 0.5)
        tx = rx + 50e-6
        got = tx + 1e-3 + rng.exponential(jitter) * (rng.random() < 0.5)
        ticks = [round((t - 100.0 + begin) * rate * HZ) % 2**32 for t in (rx, tx)]
        clock.add_ping(sent, *ticks, got)
    return clock, rate


@pytest.mark.parametrize("ppm", [0.0, 40.0, -50.0, 5000.0, -5000.0])
def test_drift_is_found(ppm):
    clock, _ = pinged(ppm)
    assert clock.drift_ppm == pytest.approx(ppm, abs=12)


@pytest.mark.parametrize("ppm", [0.0, 4000.0])
def test_times_are_right_to_the_asymmetry_of_the_quick_half(ppm):
    clock, rate = pinged(ppm)
    for t in (110.0, 158.0, 165.0):
        tick = round((t - 100.0) * rate * HZ) % 2**32
        assert clock.host_time(tick) == pytest.approx(t, abs=0.5e-3)


def test_the_wire_is_measured():
    clock, _ = pinged(0.0)
    assert 2e-3 <= clock.round_trip < 4e-3


def test_nothing_is_said_before_it_is_known():
    clock = DeviceClock(HZ)
    assert np.isnan(clock.round_trip) and np.isnan(clock.drift_ppm) and np.isnan(clock.host_time(0))
    clock, _ = pinged(0.0, n=3)
    assert np.isnan(clock.drift_ppm) and np.isfinite(clock.host_time(0))


def test_the_counter_may_begin_anew():
    """36 minutes at 2 MHz; here 20 s before, half of the pings lie after it."""
    clock, _ = pinged(100.0, begin=2**32 / HZ - 20.0, n=40)
    assert clock.drift_ppm == pytest.approx(100.0, abs=20)


@given(st.integers(0, 2**40), st.lists(st.integers(-(2**30), 2**30), max_size=30))
def test_ticks_are_unwrapped_forwards_and_a_little_backwards(begin, steps):
    clock, at = DeviceClock(HZ), begin
    first = clock.unwrap(at % 2**32)
    for step in steps:
        at = max(at + step, begin)
        if abs(at - begin) < 2**50:
            assert clock.unwrap(at % 2**32) - first == at - begin or abs(step) >= 2**31
