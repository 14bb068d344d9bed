"""A chip on and on is the same as one sample of the same length."""

from __future__ import annotations

import numpy as np
import pytest
from chip_kit import layered

from luiapp.chip.core import Chip, RunOptions
from luiapp.chip.flow import PIECE
from luiapp.chip.spec import SPEC
from luiapp.chip.wiring import Events

N = 60  # pieces


def in_pieces(chip: Chip, wiring: object, time: np.ndarray, source: np.ndarray, **options: object) -> tuple:
    flow = chip.flow(wiring, RunOptions(**options))  # type: ignore[arg-type]
    times, neurons, reads = [], [], []
    for k in range(N):
        ticks = np.rint(time / SPEC.tick)
        mine = (ticks >= 125 * k) & (ticks < 125 * (k + 1))
        piece = flow.advance(ticks[mine] * SPEC.tick - k * PIECE, source[mine])
        times.append(piece.time + k * PIECE)
        neurons.append(piece.neuron)
        reads += [piece.cadc] if piece.cadc is not None else []
    return np.concatenate(times), np.concatenate(neurons), np.array(reads)


def given() -> tuple[object, np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    wiring = layered(random.integers(10, 60, (6, 4)), random.integers(0, 20, (4, 2)))
    return wiring, np.sort(random.uniform(0, 55e-6, 60)), random.integers(0, 6, 60)


def test_pieces_put_together_are_one_sample() -> None:
    """On a chip without noise: the same spikes, and the same readings of the converter, to rounding of float32."""
    wiring, time, source = given()
    chip = Chip(0, ideal=True)
    whole = chip.run(wiring, Events(np.array([0, 60]), time, source), N * PIECE)  # type: ignore[arg-type]
    times, neurons, reads = in_pieces(chip, wiring, time, source)
    assert len(times) > 30 and whole.lost.sum() == 0
    assert np.array_equal(neurons, whole.neuron) and times == pytest.approx(whole.time, abs=1e-12)
    assert reads.shape == whole.cadc[0].shape
    assert np.abs(reads.astype(int) - whole.cadc[0].astype(int)).max() <= 1
    assert (reads == whole.cadc[0]).mean() > 0.99


def test_a_real_chip_differs_from_time_to_time_but_not_with_a_seed() -> None:
    wiring, time, source = given()
    chip = Chip(5)
    one, same, other = (in_pieces(chip, wiring, time, source, seed=seed) for seed in (1, 1, None))
    assert np.array_equal(one[0], same[0]) and np.array_equal(one[2], same[2])
    assert not np.array_equal(one[2], other[2])
    before = int(chip.counters.fired.sum())
    assert before == sum(len(each[0]) for each in (one, same, other)) + int(chip.counters.lost.sum())
