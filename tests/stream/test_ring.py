"""The ring against a plain list of everything that was pushed."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.data.chunk import Chunk, Event, Layout, Trace
from luiapp.stream.ring import Ring

LAYOUT = Layout(1e-3, (Trace("a"), Trace("b", i_neuron=1)), ("a", "b"))


def chunk(i_first: int, n: int, times=(), neurons=(), events=()) -> Chunk:
    samples = np.stack([np.arange(i_first, i_first + n), -np.arange(i_first, i_first + n)], axis=1).astype(np.float32)
    return Chunk(LAYOUT, i_first, samples, np.array(times, float), np.array(neurons, np.int32), tuple(events))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 3) | st.integers(2000, 9000)), min_size=1, max_size=20),
       st.integers(0, 1000))  # fmt: skip
def test_copy_gives_back_what_came_and_gaps_as_not_a_number(pieces, i_first):
    ring = Ring(LAYOUT, 4.0)
    known: dict[int, float] = {}
    i, n_gaps = i_first, 0
    for n, gap in pieces:
        n_gaps += gap > 0 and i > i_first
        i += gap if i > i_first else 0
        ring.push(chunk(i, n))
        known.update({s: float(s) for s in range(i, i + n)})
        i += n
    assert ring.head == i
    assert ring.n_gaps <= n_gaps  # a jump before any sample is no gap
    got = ring.copy(i_first - 5, i + 5)
    for row, s in enumerate(range(i_first - 5, i + 5)):
        value = known.get(s) if s >= ring.tail else None
        assert np.isnan(got[row]).all() if value is None else got[row].tolist() == [value, -value]
    assert ring.head - ring.tail <= ring._n_raw and ring.oldest <= ring.tail
    np.testing.assert_array_equal(ring.trace(1, i_first, i), ring.copy(i_first, i)[:, 1])


def test_a_jump_back_starts_anew():
    ring = Ring(LAYOUT, 4.0)
    ring.push(chunk(500, 300, [0.6], [1], [Event(0.6, "marker", value=1)]))
    ring.push(chunk(0, 10))
    assert (ring.tail, ring.head, ring.n_restarts, ring.n_gaps) == (0, 10, 1, 0)
    assert len(ring.spikes(0, 9)[0]) == 0 and ring.events(0, 9) == []
    assert ring.latest().tolist() == [9.0, -9.0]


def test_gaps_are_told_where_they_are():
    ring = Ring(LAYOUT, 4.0)
    ring.push(chunk(0, 100))
    ring.push(chunk(150, 100))
    ring.push(chunk(400, 10))
    assert ring.n_gaps == 2
    np.testing.assert_allclose(ring.gaps(0, 1), [(0.1, 0.15), (0.25, 0.4)])
    np.testing.assert_allclose(ring.gaps(0.16, 0.3), [(0.25, 0.4)])
    assert list(ring.gaps(0.15, 0.25)) == []


def test_a_gap_longer_than_the_history_leaves_only_what_came_after():
    ring = Ring(LAYOUT, 4.0)
    ring.push(chunk(0, 100, [0.05], [0]))
    ring.push(chunk(10**9, 50))
    low, high = np.zeros((2, 10), np.float32), np.zeros((2, 10), np.float32)
    ring.columns(np.array([0, 1], np.int32), 10**9 - 50, 10.0, (0, 10), (low, high))
    assert np.isnan(low[:, :5]).all() and np.isfinite(low[:, 5:]).all()
    assert len(ring.spikes(0, 1e9)[0]) == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.floats(0, 1), max_size=8), max_size=30), st.floats(0, 30), st.floats(0, 30))
def test_spikes_are_found_by_time(bursts, t0, t1):
    ring = Ring(LAYOUT, 60.0)
    every = []
    for k, burst in enumerate(bursts):
        times = sorted(k + t for t in burst)
        neurons = [round(t * 1e6) % 2 for t in times]
        ring.push(chunk(k * 1000, 1000, times, neurons))
        every += list(zip(times, neurons, strict=True))
    times, neurons = ring.spikes(t0, t1)
    expected = sorted((t for t in every if t0 <= t[0] < t1), key=lambda one: one[0])
    assert times.tolist() == [t for t, _ in expected]
    assert sorted(neurons.tolist()) == sorted(n for _, n in expected)


def test_late_spikes_are_put_in_order_and_bad_ones_dropped():
    ring = Ring(LAYOUT, 60.0)
    ring.push(chunk(0, 10, [0.001, 0.008], [0, 0]))
    ring.push(chunk(10, 10, [0.004, np.nan, 0.012], [1, 1, 1]))
    times, neurons = ring.spikes(0, 1)
    assert times.tolist() == [0.001, 0.004, 0.008, 0.012] and neurons.tolist() == [0, 1, 0, 1]


def test_ten_busy_minutes_are_kept_and_no_more():
    layout = Layout(1e-3, tuple(Trace(str(i), i_neuron=i) for i in range(2)), tuple("ab"))
    ring = Ring(layout, 600.0)
    per_second = np.sort(np.random.default_rng(0).random(64 * 60))
    samples = np.zeros((1000, 2), np.float32)
    for k in range(700):
        ring.push(Chunk(layout, k * 1000, samples, k + per_second, np.zeros(64 * 60, np.int32),
                        (Event(float(k), "marker", value=1),)))  # fmt: skip
    assert ring.now - ring.oldest * layout.dt >= 600
    kept = ring.spikes(0, 1000)[0]
    assert len(kept) >= 600 * 64 * 60 and kept[0] >= ring.oldest * layout.dt
    assert len(ring.spikes(650.0, 651.0)[0]) == 64 * 60
    assert [e.time for e in ring.events(650, 652)] == [650.0, 651.0]
    assert len(ring.events(0, 1000)) < 700


def test_the_memory_budget_holds():
    for n, rate in ((1, 1e4), (8, 1e4), (32, 1e4), (64, 1e4), (32, 2e3)):
        ring = Ring(Layout(1 / rate, tuple(Trace(str(i)) for i in range(n)), ()), 660.0)
        assert ring.n_bytes <= 257 * 2**20
        assert ring._n_history / rate >= 600 and ring._n_raw / rate >= 20
        assert n > 8 or ring._n_raw == ring._n_history


def test_a_stream_without_traces_still_has_spikes():
    ring = Ring(Layout(1e-3, (), ("a",)), 10.0)
    ring.push(Chunk(ring.layout, 0, np.empty((100, 0), np.float32), np.array([0.05]), np.array([0], np.int32)))
    assert ring.head == 100 and len(ring.spikes(0, 1)[0]) == 1
