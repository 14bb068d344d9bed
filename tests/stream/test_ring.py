"""The ring against a plain list of everything that was pushed."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from luiapp.data.chunk import Chunk, Event, Layout, Trace
from luiapp.stream.ring import Ring, heirs

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


def of(*names: str) -> Layout:
    return Layout(1e-3, tuple(Trace(name, i_neuron=i) for i, name in enumerate(names)), names)


def test_neurons_are_known_by_name_and_a_renamed_one_by_its_place():
    before = of("a", "b", "c")
    assert heirs(before, of("a", "c")) == ([0, 2], [0, 2])
    assert heirs(before, of("c", "new", "a", "b")) == ([2, -1, 0, 1], [2, -1, 0, 1])
    assert heirs(before, of("a", "other", "c")) == ([0, 1, 2], [0, 1, 2])
    assert heirs(before, of("c", "other", "a")) == ([2, 1, 0], [2, 1, 0])
    probes = Layout(1e-3, (Trace("a"), Trace("a synapse", "A", "synapse"), Trace("x", "V", "signal", -1)), ("a",))
    assert heirs(before, probes) == ([0, -1, -1], [0]) and heirs(probes, probes) == ([0, 1, 2], [0])


@settings(max_examples=60, deadline=None)
@given(i_first=st.integers(0, 9000), n_before=st.integers(1, 45000), n_after=st.just(0) | st.integers(0, 6000),
       gap=st.sampled_from([0, 0, 70, 5000]), step=st.sampled_from([0.3, 1.0, 7.5, 90.0, 2000.0]),
       bytes_old=st.sampled_from([1, 200_000, 10**9]), bytes_new=st.sampled_from([1, 280_000, 10**9]))  # fmt: skip
@example(i_first=0, n_before=45000, n_after=0, gap=0, step=1.0, bytes_old=200_000, bytes_new=10**9)
@example(i_first=0, n_before=12010, n_after=0, gap=0, step=90.0, bytes_old=1, bytes_new=1)
def test_what_is_inherited_is_drawn_as_if_the_columns_had_always_been_so(
    i_first, n_before, n_after, gap, step, bytes_old, bytes_new
):
    """Against a ring of the new layout that saw the same stream from the start, "new" being not-a-number till then."""
    rng = np.random.default_rng(i_first + n_before)
    before, after = of("a", "b"), of("b", "new", "a")

    def stretch(layout: Layout, a: int, b: int, values) -> Chunk:
        times = np.arange(a + 5, b, 97) * 1e-3
        return Chunk(layout, a, values, times, np.zeros(len(times), np.int32) + layout.neurons.index("b"))

    old, new, whole = Ring(before, 30.0, budget=bytes_old), Ring(after, 30.0, budget=bytes_new), Ring(after, 30.0)
    middle, end = i_first + n_before, i_first + n_before + gap + n_after
    first = rng.normal(size=(n_before, 2)).astype(np.float32)
    half = n_before // 2
    for a, b, jump in ((0, half, 0), (half, n_before, gap)):
        old.push(stretch(before, i_first + a + jump, i_first + b + jump, first[a:b]))
        padded = np.stack([first[a:b, 1], np.full(b - a, np.nan, np.float32), first[a:b, 0]], axis=1)
        whole.push(stretch(after, i_first + a + jump, i_first + b + jump, padded))
    new.inherit(old, *heirs(before, after))
    later = stretch(after, middle + gap, end, rng.normal(size=(n_after, 3)).astype(np.float32))
    new.push(later)
    whole.push(later)
    assert (new.head, new.n_gaps) == (whole.head, whole.n_gaps)
    assert list(new.gaps(new.oldest * 1e-3, 99)) == list(whole.gaps(new.oldest * 1e-3, 99))
    np.testing.assert_array_equal(new.copy(new.tail, new.head), whole.copy(new.tail, new.head))
    for got, wanted in zip(new.spikes(new.oldest * 1e-3, 99), whole.spikes(new.oldest * 1e-3, 99), strict=True):
        np.testing.assert_array_equal(got, wanted)
    chosen = np.arange(3, dtype=np.int32)
    span = [np.empty((3, 40), np.float32) for _ in range(4)]
    start = max(float(new.tail if step < 64 else new.oldest + 2000), end - 40 * step)
    new.columns(chosen, start, step, (0, 40), (span[0], span[1]))
    whole.columns(chosen, start, step, (0, 40), (span[2], span[3]))
    np.testing.assert_array_equal(span[0], span[2])
    np.testing.assert_array_equal(span[1], span[3])
    assert new.oldest == max(i_first, new.head - new._n_history, old.tail if new._n_raw > old._n_raw else 0)


def test_spikes_of_a_neuron_that_is_gone_are_forgotten():
    old, new = Ring(of("a", "b", "c"), 10.0), Ring(of("c", "a"), 10.0)
    samples = np.zeros((100, 3), np.float32)
    event = Event(0.02, "marker", value=1)
    old.push(Chunk(old.layout, 0, samples, np.array([0.01, 0.02, 0.03]), np.array([0, 1, 2], np.int32), (event,)))
    new.inherit(old, *heirs(old.layout, new.layout))
    times, neurons = new.spikes(0, 1)
    assert times.tolist() == [0.01, 0.03] and neurons.tolist() == [1, 0]
    assert new.events(0, 1) == [event] and new.head == 100
