"""Stimuli: Poisson statistics, means of currents, and that nothing depends on how time is cut."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import kstest

from luiapp.errors import ParameterError
from luiapp.model.stimulus import HandDrawn, Noise, Poisson, Ramp, Sine, SpikeTrain, Step, Stimulus, Train
from luiapp.simulate.drive import EventTimes, mean_current


def test_poisson_rate_and_intervals() -> None:
    times = EventTimes(Poisson(200.0, seed=11, start=0.5, stop=100.5)).until(math.inf if False else 1000.0)
    assert len(times) == pytest.approx(20_000, abs=4 * math.sqrt(20_000))
    assert times[0] >= 0.5 and times[-1] < 100.5
    assert kstest(np.diff(times), "expon", args=(0, 1 / 200.0)).pvalue > 1e-3
    counts = np.histogram(times, bins=np.arange(0.5, 100.5, 0.1))[0]
    assert counts.var() / counts.mean() == pytest.approx(1.0, abs=4 * math.sqrt(2 / len(counts)))  # Fano factor


def test_poisson_seeds_are_independent_and_repeatable() -> None:
    a, b, again = (EventTimes(Poisson(500.0, seed=s)).until(40.0) for s in (1, 2, 1))
    assert a.tobytes() == again.tobytes()
    bins = np.arange(0, 40.001, 0.01)
    correlation = np.corrcoef(np.histogram(a, bins)[0], np.histogram(b, bins)[0])[0, 1]
    assert abs(correlation) < 4 / math.sqrt(len(bins))


@given(
    st.lists(st.floats(1e-4, 3.0), min_size=1, max_size=30),
    st.builds(Poisson, st.floats(1.0, 3000.0), seed=st.just(5))
    | st.builds(Train, st.floats(0.02, 2.0), st.just((0.0, 0.013)), jitter=st.floats(0, 0.5), seed=st.just(2)),
)
def test_events_do_not_depend_on_cuts(pieces: list[float], stimulus: Stimulus) -> None:
    whole, cut = EventTimes(stimulus), EventTimes(stimulus)
    edges = np.cumsum(pieces)
    parts = [cut.until(float(t)) for t in edges]
    assert np.concatenate(parts).tobytes() == whole.until(float(edges[-1])).tobytes()
    for part, end in zip(parts, edges, strict=True):
        assert (part < end).all()


def test_spike_trains_come_once() -> None:
    times = EventTimes(SpikeTrain((0.0, 0.1, 0.1, 0.3)))
    assert times.until(0.1).tolist() == [0.0]
    assert times.until(0.2).tolist() == [0.1, 0.1]
    assert times.until(9.0).tolist() == [0.3]


def test_a_train_repeats_its_pattern_until_it_stops() -> None:
    train = Train(0.5, (0.0, 0.1, 0.35), start=0.2, stop=1.3)
    assert EventTimes(train).until(99.0) == pytest.approx([0.2, 0.3, 0.55, 0.7, 0.8, 1.05, 1.2])
    assert EventTimes(Train(0.5, ())).until(99.0).size == 0


def test_jitter_has_its_spread_and_keeps_the_count() -> None:
    times = EventTimes(Train(1.0, (0.5,), jitter=0.02, seed=3)).until(4000.0)
    assert (np.floor(times) == np.arange(4000)).all(), "one pulse a repetition, none leaves it"
    assert np.std(times % 1.0) == pytest.approx(0.02, rel=4 / math.sqrt(2 * 4000))
    wild = EventTimes(Train(0.1, (0.0, 0.05), jitter=5.0, seed=3)).until(10.0)
    assert len(wild) == 200 and (np.diff(wild) >= 0).all()


@pytest.mark.parametrize("bad", [{"interval": 1e-9}, {"interval": 1.0, "times": (0.5, 0.2)}, {"interval": math.nan},
                                 {"interval": 1.0, "times": (1.0,)}, {"interval": 1.0, "jitter": -1.0},
                                 {"interval": 1.0, "width": 0.0}, {"interval": 1.0, "seed": -1}])  # fmt: skip
def test_an_impossible_train_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        Train(**bad)


@pytest.mark.parametrize("bad", [{"values": ()}, {"values": (math.inf,)}, {"values": (1.0,), "hold": 0.0}])
def test_an_impossible_curve_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        HandDrawn(**bad)


@pytest.mark.parametrize("repeat", [False, True])
def test_a_drawn_curve_brings_the_charge_that_was_drawn(repeat: bool) -> None:
    drawn = HandDrawn((1.0, -2.0, 4.0), hold=0.1, start=0.05, repeat=repeat)
    edges = np.arange(0.0, 1.0, 0.025)
    middle = (edges[:-1] + edges[1:]) / 2 - 0.05
    place = np.floor(middle / 0.1).astype(int)
    shown = (middle >= 0) & (repeat | (place < 3))
    expected = np.where(shown, np.array(drawn.values)[place % 3], 0.0)
    np.testing.assert_allclose(mean_current(drawn, edges), expected, atol=1e-12)


CURRENTS: list[tuple[Stimulus, list[float]]] = [
    (Step(2.0, 0.0123, 0.0777), [0.0123, 0.0777]),
    (Ramp(1.0, -3.0, 0.0123, 0.0777), [0.0123, 0.0777]),
    (Sine(2.0, 13.0, 0.5, 0.7, 0.0123, 0.0777), [0.0123, 0.0777]),
]


@pytest.mark.parametrize(("stimulus", "breaks"), CURRENTS)
def test_means_are_the_integrals(stimulus: Stimulus, breaks: list[float]) -> None:
    def value(t: float) -> float:
        if not stimulus.start <= t < stimulus.stop:  # type: ignore[attr-defined]
            return 0.0
        if isinstance(stimulus, Step):
            return stimulus.amplitude
        if isinstance(stimulus, Ramp):
            return stimulus.first + (stimulus.last - stimulus.first) * (t - stimulus.start) / (0.0777 - 0.0123)
        assert isinstance(stimulus, Sine)
        return stimulus.offset + stimulus.amplitude * math.sin(
            2 * math.pi * stimulus.frequency * (t - stimulus.start) + stimulus.phase
        )

    edges = np.arange(0, 0.1, 0.7e-2)
    for a, b, mean in zip(edges[:-1], edges[1:], mean_current(stimulus, edges), strict=True):
        inside = [t for t in breaks if a < t < b]
        assert mean == pytest.approx(quad(value, a, b, points=inside or None, epsabs=1e-12)[0] / (b - a), abs=1e-9)


@pytest.mark.parametrize("dt", [1e-4, 2.5e-4, 3e-3])
def test_noise_keeps_its_charge_on_any_grid(dt: float) -> None:
    noise = Noise(1.0, mean=0.3, hold=1e-3, seed=8, start=0.0105, stop=2.0)
    fine, coarse = np.arange(0, 24001) * 1e-4, np.arange(0, round(2.4 / dt) + 1) * dt
    charge = np.concatenate([[0.0], np.cumsum(mean_current(noise, fine) * 1e-4)])
    found = np.concatenate([[0.0], np.cumsum(mean_current(noise, coarse) * dt)])
    every = np.isin(np.rint(fine / 1e-6), np.rint(coarse / 1e-6))
    both = np.isin(np.rint(coarse / 1e-6), np.rint(fine / 1e-6))
    np.testing.assert_allclose(found[both], charge[every], rtol=0, atol=1e-12)


def test_noise_has_its_mean_and_deviation() -> None:
    edges = np.arange(0, 20_001) * 1e-3
    values = mean_current(Noise(2.0, mean=0.5, hold=1e-3, seed=3), edges)
    assert values.mean() == pytest.approx(0.5, abs=4 * 2.0 / math.sqrt(20_000))
    assert values.std() == pytest.approx(2.0, rel=4 / math.sqrt(2 * 20_000))
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 4 / math.sqrt(20_000)


@given(st.lists(st.integers(1, 400), min_size=2, max_size=6))
def test_currents_do_not_depend_on_cuts(lengths: list[int]) -> None:
    edges = np.arange(sum(lengths) + 1, dtype=np.float64) * 1e-4
    for stimulus in (*(c[0] for c in CURRENTS), Noise(1.0, hold=3.3e-4, seed=1, start=1e-3),
                     HandDrawn((1.0, 0.3, -2.0), hold=1.7e-3, start=4e-3, repeat=True)):  # fmt: skip
        whole, at, parts = mean_current(stimulus, edges), 0, []
        for length in lengths:
            parts.append(mean_current(stimulus, edges[at : at + length + 1]))
            at += length
        assert np.concatenate(parts).tobytes() == whole.tobytes()
