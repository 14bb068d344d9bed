"""The scope's kernels against slow, obvious versions of themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.kernels import trace
from luiapp.stream.ring import Ring


def ring_of(n_traces: int = 1, seconds: float = 1.0, budget: int = 2**28) -> Ring:
    traces = tuple(Trace(f"N{i}", i_neuron=i) for i in range(n_traces))
    return Ring(Layout(1e-4, traces, tuple(t.name for t in traces)), seconds, budget=budget)


def columns(ring: Ring, start: float, step: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    k = len(ring.layout.traces)
    out = np.full((k, n), 7, np.float32), np.full((k, n), 7, np.float32)
    ring.columns(np.arange(k, dtype=np.int32), start, step, (0, n), out)
    return out


pieces = st.lists(st.tuples(st.integers(1, 3000), st.sampled_from([0, 0, 0, 5, 700])), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(pieces, st.floats(1.0, 900.0), st.floats(0, 1), st.integers(0, 2**31), st.integers(0, 10**7))
def test_columns_hold_what_lies_in_them(pieces, step, where, seed, i_first):
    rng = np.random.default_rng(seed)
    ring = ring_of(2)
    everything = np.full((0, 2), np.nan, np.float32)
    i = i_first
    for n, gap in pieces:
        everything = np.vstack([everything, np.full((gap if len(everything) else 0, 2), np.nan, np.float32)])
        i = i_first + len(everything)
        data = rng.normal(size=(n, 2)).astype(np.float32)
        ring.push(Chunk(ring.layout, i, data))
        everything = np.vstack([everything, data])
    start = i_first + math.floor(where * len(everything))
    low, high = columns(ring, start, step, 25)
    level = max((size for size in (16, 256, 4096) if size * 4 <= step), default=1)
    oldest = ring.oldest - i_first
    for j in range(25):
        a = math.floor((start + j * step) / level) * level - i_first
        b = math.floor((start + (j + 1) * step) / level) * level - i_first
        if a < oldest and b >= oldest - 16 * level:
            continue  # half forgotten; what is left is shown in whole bins
        part = everything[max(a, 0) : max(b, 0)] if a >= oldest else everything[:0]
        for k in range(2):
            finite = part[:, k][~np.isnan(part[:, k])]
            if len(finite):
                assert (low[k, j], high[k, j]) == (finite.min(), finite.max())
            else:
                assert np.isnan(low[k, j]) and np.isnan(high[k, j])


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0, 50), st.integers(0, 2**31))
def test_between_samples_columns_follow_the_line(step, start, seed):
    data = np.random.default_rng(seed).normal(size=(200, 1)).astype(np.float32)
    ring = ring_of()
    ring.push(Chunk(ring.layout, 0, data))
    low, high = columns(ring, start, step, 60)
    for j in range(60):
        ends = start + j * step, start + (j + 1) * step
        inside = [i for i in range(math.ceil(ends[0]), math.floor(ends[1]) + 1)]
        values = np.interp([*ends, *inside], np.arange(200), data[:, 0].astype(float))
        assert low[0, j] == pytest.approx(values.min(), abs=2e-5)
        assert high[0, j] == pytest.approx(values.max(), abs=2e-5)


def test_where_only_bins_are_left_they_are_shown():
    ring = ring_of(1, seconds=60.0, budget=2**20)  # samples for 20 s at least, bins for as long as fits
    assert ring._n_raw < ring._n_history
    n = 400_000
    data = np.sin(np.arange(n) / 1000.0).astype(np.float32)[:, None]
    for i in range(0, n, 5000):
        ring.push(Chunk(ring.layout, i, data[i : i + 5000]))
    i = ring.oldest + 4096
    assert i < ring.tail - 1000
    low, high = columns(ring, i, 0.5, 100)
    assert np.isfinite(low).all()
    assert (np.abs((low + high) / 2 - np.sin((i + np.arange(100) / 2) / 1000.0)) < 0.02).all()
    assert np.isnan(ring.copy(i, i + 10)).all()


def test_before_its_beginning_a_stream_is_empty():
    ring = ring_of()
    ring.push(Chunk(ring.layout, 0, np.ones((9000, 1), np.float32)))
    ring.push(Chunk(ring.layout, 5000, np.full((2000, 1), 2, np.float32)))  # anew
    low, high = columns(ring, 1000, 100.0, 60)
    assert np.isnan(low[0, :39]).all()
    assert (low[0, 41:59] == 2).all() and (high[0, 41:59] == 2).all()


def draw(low, high, *, height=60, width=1.0, dash=(0, 0, 0, 0), phase=0, gain=1.0, zero=50.0, y_end=None):
    pixels = np.full((height, len(low)), 0xFF000000, np.uint32)
    trace.strokes(pixels, np.array([low], np.float32), np.array([high], np.float32), np.array([gain]), np.array([zero]),
                  np.array([0], np.int32), np.array([y_end or height], np.int32), np.array([0xFFFFFFFF], np.uint32),
                  np.array([width], np.float32), np.array([dash], np.int32), phase, 0, 0, len(low))  # fmt: skip
    return (pixels & 0xFF) / 255.0


def test_a_level_line_is_as_wide_as_the_pen_and_where_it_belongs():
    for width in (1.0, 2.0, 3.5, 6.0):
        ink = draw([20.25] * 30, [20.25] * 30, width=width)
        np.testing.assert_allclose(ink.sum(axis=0), width, atol=0.02)
        centre = (ink * (np.arange(60)[:, None] + 0.5)).sum(axis=0) / ink.sum(axis=0)
        np.testing.assert_allclose(centre, 50.0 - 20.25, atol=0.13 / width)


def test_a_slope_is_as_wide_as_a_level_line():
    values = np.arange(40.0)
    ink = draw(values, values + 1, width=4.0, zero=55.0)[:, 10:30]
    np.testing.assert_allclose(ink.sum(axis=0), 4 * math.sqrt(2), atol=0.3)


@pytest.mark.parametrize("values", [[5.0] * 10 + [45.0] * 10, [45.0] * 10 + [5.0] * 10])
def test_a_step_is_joined_and_as_wide_as_the_pen(values):
    ink = draw(values, values, width=3.0) > 0.5
    middle = ink[50 - 15]
    assert (ink[6:45].sum(axis=1) >= 3).all()
    assert middle.sum() == 3 and 8 <= np.flatnonzero(middle).mean() <= 11


def test_a_gap_stays_empty_and_is_not_bridged():
    values = np.array([10.0] * 10 + [np.nan] * 5 + [40.0] * 10)
    ink = draw(values, values)
    assert (ink[:, 10:15] == 0).all() and (ink[:, 9].sum(), ink[:, 15].sum()) == (pytest.approx(1, abs=0.02),) * 2


def test_dashes_have_their_lengths_and_travel_with_the_trace():
    flat = [20.0] * 52
    on = draw(flat, flat, dash=(9, 4, 0, 0)).sum(axis=0) > 0
    np.testing.assert_array_equal(on, np.arange(52) % 13 < 9)
    moved = draw(flat, flat, dash=(9, 4, 0, 0), phase=5).sum(axis=0) > 0
    np.testing.assert_array_equal(moved[:40], on[5:45])
    four = draw(flat, flat, dash=(9, 3, 2, 3)).sum(axis=0) > 0
    np.testing.assert_array_equal(four[:17], [True] * 9 + [False] * 3 + [True] * 2 + [False] * 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9, width=32) | st.just(math.nan), min_size=1, max_size=40), st.integers(0, 2**31))
def test_nothing_is_drawn_outside(values, seed):
    rng = np.random.default_rng(seed)
    high = np.array(values, np.float32) + rng.uniform(0, 100, len(values)).astype(np.float32)
    canvas = np.full((80, len(values) + 20), 0xFF123456, np.uint32)
    trace.strokes(canvas[20:], np.array([values], np.float32), high[None], np.array([0.7]), np.array([30.0]),
                  np.array([10], np.int32), np.array([40], np.int32), np.array([0xFFFFFFFF], np.uint32),
                  np.array([3.0], np.float32), np.array([[5, 3, 0, 0]], np.int32), 0, 10, 0, len(values))  # fmt: skip
    canvas[30:60, 10:-10] = 0xFF123456
    assert (canvas == 0xFF123456).all()


def test_spikes_are_bars_at_their_time_and_row():
    pixels = np.zeros((30, 100), np.uint32)
    rows = np.array([0, 10, 20], np.int32)
    colour = np.array([1, 2, 3], np.uint32)
    times, neurons = np.array([0.1, 0.5, 0.999, 1.2, 0.3]), np.array([0, 1, 2, 0, 9], np.int32)
    trace.bars(pixels, times, neurons, 0.0, 100.0, 0, 100, rows, rows + np.int32(8), colour, 1)
    expected = np.zeros_like(pixels)
    expected[0:8, 10], expected[10:18, 50], expected[20:28, 99] = 1, 2, 3
    np.testing.assert_array_equal(pixels, expected)
