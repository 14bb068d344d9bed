"""The chip's own event sources: their register, their rates, and what a full bus does to them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from chip_kit import silence, wired

from luiapp.chip.background import REGULAR, Background, emitted, poisson
from luiapp.chip.core import Chip, RunOptions
from luiapp.chip.spec import SPEC
from luiapp.chip.wiring import Events, Wiring
from luiapp.errors import ParameterError
from luiapp.kernels.chip_background import shifted

TICKS = 125_000  # a millisecond


def on_buses(numbers: list[int], n: int = 1) -> Wiring:
    """Inputs on the bus of a half each, full weight onto `n` circuits of that half."""
    first = wired(np.full((len(numbers), n), 63), [SPEC.n_columns * (numbers[0] // 4) + k for k in range(n)])
    row = np.full_like(first.row, -1)
    for i, number in enumerate(numbers):
        row[i, 0, :, number // 4] = 2 * (32 * (number % 4) + i) + np.arange(2)
    return replace(first, row=row)


def test_the_register_obeys_its_polynomial() -> None:
    """Feedback x^32 + x^22 + x^2 + x + 1: bit n + 32 is the sum of bits n, n + 10, n + 30 and n + 31."""
    state, bits = 0xDEADBEEF, []
    for _ in range(400):
        bits.append(int(state) & 1)
        state = shifted(np.uint32(state), 1)
    b = np.array(bits)
    assert np.array_equal(b[32:], (b[:-32] + b[10:-22] + b[30:-2] + b[31:-1]) % 2)
    assert shifted(np.uint32(0xDEADBEEF), 400) == state


@pytest.mark.parametrize("rate", [1, 40, 255])
def test_a_random_train_has_the_documented_mean(rate: int) -> None:
    """A mean interval of period / (rate / 255), binomially: within 4.5 standard deviations; bins are whole periods."""
    n_bins, period = 40_000, 7
    out = emitted([Background(2, (0,), period, rate, 99)], on_buses([2]), silence(), n_bins * period + 1)
    chance = rate / 255
    assert abs(int(out.sent[2]) - n_bins * chance) <= 4.5 * np.sqrt(n_bins * chance * (1 - chance)) + 1e-9
    assert (out.events.time % period == 0).all() and out.events.time[0] >= period, "the first after a full period"
    assert out.sent.sum() == out.sent[2] and out.lost.sum() == 0


def test_a_regular_source_keeps_its_period_across_samples() -> None:
    source, wiring = Background(0, (0,), 1000), on_buses([0])
    out = emitted([source], wiring, silence(4), 2_500)
    when = out.events.time + 2_500 * np.repeat(np.arange(4), np.diff(out.events.first))
    assert when.tolist() == [1000 * k for k in range(1, 10)]
    later = emitted([source], wiring, silence(2), 2_500, first_sample=2)
    assert np.array_equal(later.events.time, out.events.time[out.events.first[2] :])


def test_labels_are_drawn_evenly_and_the_same_seed_is_the_same_train() -> None:
    wiring = on_buses([1, 1, 1, 1])
    one, same, other = (emitted([Background(1, (0, 1, 2, 3), 3, 255, seed)], wiring, silence(), TICKS)
                        for seed in (5, 5, 6))  # fmt: skip
    counts = np.bincount(one.events.source, minlength=4)
    assert counts.sum() == len(one.events.time)
    assert np.abs(counts - counts.mean()).max() < 4.5 * np.sqrt(counts.mean() * 0.75)
    assert np.array_equal(one.events.source, same.events.source)
    assert not np.array_equal(one.events.source, other.events.source)


@pytest.mark.parametrize("wanted", [20.0, 5e3, 120e3, 2e6])
def test_rates_are_met_to_two_per_cent_by_rare_bins(wanted: float) -> None:
    period, rate = poisson(wanted)
    assert rate / 255 / (period * SPEC.tick) == pytest.approx(wanted, rel=0.02)
    assert rate / 255 < 0.06
    with pytest.raises(ParameterError, match="events a second"):
        poisson(1e8)


@pytest.mark.parametrize("n_given", [0, 5_000, 60_000])
def test_a_full_bus_loses_what_it_has_no_tick_for_and_nothing_else(n_given: int) -> None:
    """One event a tick: who sends at every tick loses as many as come from outside, but for those that wait."""
    wiring = on_buses([3, 3])
    when = np.sort(np.random.default_rng(1).choice(np.arange(1, TICKS), n_given, replace=False)).astype(float)
    given = Events(np.array([0, n_given]), when, np.zeros(n_given, np.int64))
    out = emitted([Background(3, (1,), 1)], wiring, given, TICKS)
    delivered = int((out.events.source == 1).sum())
    assert int(out.sent[3]) == TICKS - 1 and delivered + int(out.lost[3]) == TICKS - 1
    assert 0 <= n_given - int(out.lost[3]) <= SPEC.bus_queue
    assert int((out.events.source == 0).sum()) == n_given, "from outside nothing is lost"
    times = out.events.time[out.events.source == 1]
    assert (np.diff(times[times < TICKS - 1]) >= 1).all()


def test_a_source_drives_neurons_and_the_chip_counts() -> None:
    chip, wiring = Chip(0, ideal=True), on_buses([5, 5, 5], n=4)
    source = Background(5, (0,), 250)
    options = RunOptions(seed=1, background=(source,), cadc=False)
    out = chip.run(wiring, silence(2), 100e-6, options)
    assert out.background.tolist() == [[0, 0, 0, 0, 0, 99, 0, 0], [0] * 8]
    assert out.fired.sum() > 0 and out.fired[:2].sum() == 0, "its half alone"
    ticks = np.arange(250, 25_000, 250)
    by_hand = Events(np.array([0, 49, 99]), ticks % 12_500 * SPEC.tick, np.zeros(99, np.int64))
    same = chip.run(wiring, by_hand, 100e-6, RunOptions(seed=1, cadc=False))
    assert np.array_equal(same.time, out.time) and np.array_equal(same.first, out.first)
    chip.run(wiring, silence(1), 100e-6, options)
    assert chip.counters.background[0, 5] == 99 + 49


def test_a_batch_in_pieces_is_the_same() -> None:
    chip, wiring = Chip(7), on_buses([0], n=3)
    options = RunOptions(seed=4, background=(Background(0, (0,), 60, 120, 8),), cadc=False)
    whole = chip.run(wiring, silence(3), 80e-6, options)
    parts = [chip.run(wiring, silence(1), 80e-6, replace(options, first_sample=k)) for k in range(3)]
    assert whole.time.size > 5
    for part, (a, b) in zip(parts, pairwise(whole.first.tolist()), strict=True):
        assert np.array_equal(part.time, whole.time[a:b])


def test_what_a_source_cannot_do_is_told() -> None:
    wiring = on_buses([1, 2])
    for bad in (Background(1, (1,), 5), Background(5, (0,), 5)):
        with pytest.raises(ParameterError, match="doesn't reach"):
            emitted([bad], wiring, silence(), 100)
    with pytest.raises(ParameterError, match="used once"):
        emitted([Background(1, (0,), 5), Background(1, (0,), 6)], wiring, silence(), 100)
    with pytest.raises(ParameterError, match="the wiring has 2 inputs"):
        emitted([Background(1, (7,), 5)], wiring, silence(), 100)
    for change in ({"number": 8}, {"period": 0}, {"period": 65_536}, {"rate": 256}, {"seed": 2**32}):
        with pytest.raises(ParameterError, match=next(iter(change))):
            Background(**{"number": 0, "inputs": (0,), "period": 9, **change})  # type: ignore[arg-type]
    for inputs, rate in (((), 3), ((0, 1, 2), 3), ((0, 1), REGULAR)):
        with pytest.raises(ParameterError, match="2, 4"):
            Background(0, inputs, 9, rate)
