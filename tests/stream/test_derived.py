"""Calculated traces: against closed forms, and the same whatever pieces a stream comes in."""

from __future__ import annotations

import math

import numpy as np
import pytest

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.errors import ParameterError
from luiapp.stream.derived import CALCULATED, KINDS, Channel, Derived
from luiapp.stream.ring import Ring

DT = 1e-3
LAYOUT = Layout(DT, (Trace("N1", i_neuron=0), Trace("N2", i_neuron=1), Trace("I", "A", "current", 0)), ("N1", "N2"))
T = np.arange(3000) * DT
DATA = np.stack([np.sin(2 * np.pi * 2 * T), 0.5 + T, np.full(len(T), 1e-3)], axis=1).astype(np.float32)
EVERY = [Channel(kind, kind, "N1", "N2" if "b" in one.uses else "", factor=-2.0, offset=0.25, seconds=0.05)
         for kind, one in KINDS.items()]  # fmt: skip


def run(channels, data=DATA, cuts=(), skip=()) -> np.ndarray:
    derived, out, first = Derived(channels), [], 0
    for piece in np.split(data, list(cuts)):
        first += dict(skip).get(len(out), 0)
        out.append(derived.extend(Chunk(LAYOUT, first, piece)).samples)
        first += len(piece)
    return np.concatenate(out)


def test_each_kind_is_its_formula() -> None:
    got = dict(zip(KINDS, run(EVERY).astype(float).T[3:], strict=True))
    a, b = DATA[:, 0].astype(float), DATA[:, 1].astype(float)
    np.testing.assert_allclose(got["difference"], a - b, atol=1e-6)
    np.testing.assert_allclose(got["sum"], a + b, atol=1e-6)
    np.testing.assert_allclose(got["product"], a * b, atol=1e-6)
    np.testing.assert_allclose(got["scaled"], 0.25 - 2 * a, atol=1e-6)
    w = 2 * np.pi * 2
    # A slope over 50 ms is the derivative in its middle, less by a sinc; a mean likewise.
    sinc = math.sin(w * 0.025) / (w * 0.025)
    assert np.isnan(got["slope"][:50]).all()
    np.testing.assert_allclose(got["slope"][50:], w * sinc * np.cos(w * (T[50:] - 0.025)), atol=1e-3)
    discrete = math.sin(50 * w * DT / 2) / (50 * math.sin(w * DT / 2))
    np.testing.assert_allclose(got["mean"][50:], discrete * np.sin(w * (T[50:] - 49 * DT / 2)), atol=1e-5)
    # A low pass: gain 1/sqrt(1 + (ωτ)²), once it has settled.
    settled = got["low_pass"][1000:]
    assert np.ptp(settled) / 2 == pytest.approx(1 / math.sqrt(1 + (w * 0.05) ** 2), rel=5e-3)


def test_a_low_pass_answers_a_step_exactly() -> None:
    step = DATA.copy()
    step[:, 0] = T >= 1.0
    got = run([Channel("y", "low_pass", "N1", seconds=0.1)], step)[:, 3]
    i = np.arange(1000, 3000)
    np.testing.assert_allclose(got[i], 1 - np.exp(-(i - 999) * DT / 0.1), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_pieces_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = DATA.copy()
    data[rng.integers(0, len(data), 20), 0] = np.nan
    cuts = np.sort(rng.integers(0, len(data), 12))
    np.testing.assert_allclose(run(EVERY, data, cuts), run(EVERY, data), atol=1e-6)


def test_after_a_gap_nothing_is_remembered() -> None:
    got = run([Channel("d", "slope", "N1", seconds=0.05)], cuts=[1000], skip={1: 500})[:, 3]
    assert np.isnan(got[1000:1050]).all() and np.isfinite(got[1050:]).all()


def test_units_follow_and_misfits_are_named() -> None:
    channels = [Channel("p", "product", "N1", "N1"), Channel("q", "product", "N1", "I"), Channel("d", "slope", "p"),
                Channel("bad", "sum", "N1", "I"), Channel("lost", "mean", "N7"), Channel("N2", "mean", "N1"),
                Channel("soft", "mean", "d")]  # fmt: skip
    derived = Derived(channels)
    traces = derived.extend(Chunk(LAYOUT, 0, DATA)).layout.traces[3:]
    assert [(t.name, t.unit) for t in traces] == [("p", "V²"), ("q", "V·A"), ("d", "V²/s"), ("soft", "V²/s")]
    assert all(t.quantity == CALCULATED and t.i_neuron == -1 for t in traces)
    assert set(derived.faults) == {"bad", "lost", "N2"} and "N7" in str(derived.faults["lost"])


@pytest.mark.parametrize("wrong", [
    {"name": ""}, {"name": "x" * 41}, {"kind": "eval"}, {"a": "c"}, {"factor": math.nan}, {"seconds": 0.0},
    {"seconds": 1.5}, {"seconds": math.nan}, {"offset": math.inf},
])  # fmt: skip
def test_a_channel_that_cannot_be_is_refused(wrong: dict) -> None:
    with pytest.raises(ParameterError):
        Channel(**{"name": "c", "kind": "mean", "a": "N1", **wrong})


def test_nothing_is_touched_without_channels() -> None:
    chunk = Chunk(LAYOUT, 0, DATA)
    assert Derived().extend(chunk) is chunk
    assert Derived([Channel("x", "mean", "N9")]).extend(chunk) is chunk


@pytest.mark.parametrize("budget", [1 << 28, 1 << 20])
def test_the_past_is_calculated_too_with_its_least_and_greatest_values(budget: int) -> None:
    ring, derived = Ring(LAYOUT, 100.0, budget=budget), Derived()
    data = np.tile(DATA, (12, 1))
    for i in range(0, len(data), 700):
        ring.push(Chunk(LAYOUT, i, data[i : i + 700]))
    new = derived.again(ring, [Channel("z", "scaled", "N1", factor=-2.0, offset=0.25)], 100.0)
    assert new.head == ring.head
    kept = new.copy(new.tail, new.head)
    np.testing.assert_allclose(kept[:, 3], 0.25 - 2 * kept[:, 0], atol=1e-6)
    n, step = 20, (new.head - new.tail) // 20
    chosen = np.array([0, 3], np.int32)
    low, high = np.empty((2, n), np.float32), np.empty((2, n), np.float32)
    new.columns(chosen, float(new.tail + 4096), step - 300.0, (0, n), (low, high))
    np.testing.assert_allclose(high[1], 0.25 - 2 * low[0], atol=1e-6)
    np.testing.assert_allclose(low[1], 0.25 - 2 * high[0], atol=1e-6)
    more = derived.extend(Chunk(LAYOUT, new.head, DATA))
    new.push(more)
    assert more.layout is new.layout
    back = derived.again(new, [], 100.0)
    np.testing.assert_array_equal(back.copy(back.tail, back.head), new.copy(back.tail, back.head)[:, :3])


def test_a_stream_that_goes_on_with_an_equal_layout_is_the_same_stream() -> None:
    derived = Derived([Channel("d", "difference", "N1", "N2")])
    first = derived.extend(Chunk(LAYOUT, 0, DATA))
    ring = Ring(first.layout, 100.0)
    ring.push(first)
    same = Layout(LAYOUT.dt, LAYOUT.traces, LAYOUT.neurons)
    ring.push(derived.extend(Chunk(same, ring.head, DATA)))
    new = derived.again(ring, [Channel("s", "sum", "N1", "N2")], 100.0)
    assert [t.name for t in new.layout.traces] == ["N1", "N2", "I", "s"]
    kept = new.copy(0, new.head)
    np.testing.assert_allclose(kept[:, 3], kept[:, 0] + kept[:, 1], atol=1e-6)
