"""Recordings made up for tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from luiapp.data.chunk import Event, Layout, Trace
from luiapp.data.recording import Recording


def example(n: int = 500, n_neurons: int = 2, dt: float = 1e-3, i_first: int = 0, seed: int = 1) -> Recording:
    """Membranes, one synapse, spikes and events, with a gap."""
    random = np.random.default_rng(seed)
    traces = [Trace(f"N{i + 1}", "V", "membrane", i) for i in range(n_neurons)]
    traces.append(Trace("N1 synapse", "V", "synapse", 0))
    samples = random.normal(0.6, 0.3, (n, n_neurons + 1)).astype(np.float32)
    samples[n // 3 : n // 3 + 3] = np.nan
    times = np.sort(random.uniform(i_first * dt, (i_first + n - 1) * dt, n // 20))
    events = (
        Event(i_first * dt, "marker", value=3),
        Event((i_first + 2) * dt, "parameter", "N1", "r_w1", 1.5),
        Event((i_first + 9) * dt, "marker", value='he said "ä;,\n"'),
    )
    layout = Layout(dt, tuple(traces), tuple(f"N{i + 1}" for i in range(n_neurons)), "sim")
    return Recording(layout, samples, times, random.integers(0, n_neurons, len(times)).astype(np.int32), events,
                     {"created": "2026-11-22T08:00:00+00:00", "note": "π; \"x\", y"}, i_first)  # fmt: skip


_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
_FLOATS = st.floats(width=32, allow_infinity=False)


@st.composite
def recordings(draw: st.DrawFn, min_samples: int = 1) -> Recording:
    """Any recording that the model of the data allows."""
    neurons = tuple(draw(st.lists(_NAMES, min_size=1, max_size=3, unique=True)))
    quantities = st.sampled_from(["membrane", "synapse", "supply", "signal"])
    traces = tuple(
        Trace(
            name, draw(st.sampled_from(["V", "A", "", "mV"])), draw(quantities), draw(st.integers(0, len(neurons) - 1))
        )
        for name in draw(st.lists(_NAMES, min_size=1, max_size=3, unique=True))
    )
    dt = draw(st.sampled_from([1e-4, 1e-3, 1 / 44100, 1 / 3000, 0.02]))
    n = draw(st.integers(min_samples, 40))
    samples = np.array(draw(st.lists(_FLOATS, min_size=n * len(traces), max_size=n * len(traces))), np.float32)
    i_first = draw(st.integers(0, 10**6))
    times = np.sort(np.array(draw(st.lists(st.floats(i_first * dt, (i_first + n) * dt), max_size=20)), np.float64))
    owners = draw(st.lists(st.integers(0, len(neurons) - 1), min_size=len(times), max_size=len(times)))
    values = st.none() | st.integers(-9, 9) | st.floats(-1e6, 1e6) | _NAMES
    events = tuple(
        Event(t, draw(st.sampled_from(["marker", "parameter", "gap"])), draw(_NAMES), draw(_NAMES), draw(values))
        for t in draw(st.lists(st.floats(-10, 1e4), max_size=4))
    )
    metadata = draw(st.dictionaries(_NAMES, values, max_size=3))
    return Recording(Layout(dt, traces, neurons, "board"), samples.reshape(n, len(traces)), times,
                     np.array(owners, np.int32), events, metadata, i_first)  # fmt: skip


def same(a: Recording, b: Recording) -> None:
    """Assert that two recordings are equal, to the bit."""
    assert a.layout == b.layout
    assert a.i_first == b.i_first
    np.testing.assert_array_equal(a.samples.astype(np.float32), b.samples)
    np.testing.assert_array_equal(a.spike_times, b.spike_times)
    np.testing.assert_array_equal(a.spike_neurons, b.spike_neurons)
    assert a.events == b.events
    assert a.metadata == b.metadata
