"""The parts of a lot, and the board's closed forms."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from luiapp.model import lui
from luiapp.model.parts import Parts, draw_parts


def flat(parts: Parts) -> np.ndarray:
    return np.hstack([np.atleast_1d(value) for value in astuple(parts)]).astype(float)


def test_lot_0_is_nominal() -> None:
    assert draw_parts(0) == Parts()
    assert Parts().c_mem == 22e-6 and Parts().source == pytest.approx(22 / 69 / 2200)


def test_a_lot_is_the_same_board_everywhere() -> None:
    assert draw_parts(7) == draw_parts(7)
    # Pinned: recordings refer to boards by their lot.
    assert draw_parts(1).c_mem == pytest.approx(1.473348647340829e-05, rel=1e-12)
    assert draw_parts(1).threshold == pytest.approx(0.5152267314907656, rel=1e-12)


def test_no_two_boards_are_equal() -> None:
    lots = np.array([flat(draw_parts(seed)) for seed in range(1, 401)])
    nominal = flat(Parts())
    varied = (nominal != 0) | (lots.std(axis=0) > 0)
    assert varied.all()
    for column in lots.T:
        assert len(set(column)) == 400
    # Neighbouring lots have nothing in common.
    scaled = (lots - lots.mean(axis=0)) / lots.std(axis=0)
    assert np.abs((scaled[1:] * scaled[:-1]).mean(axis=0)).max() < 0.2
    ratio = lots[:, 0] / 22e-6
    assert 0.55 <= ratio.min() < 0.65 and 1.1 < ratio.max() <= 1.2
    assert np.abs(lots[:, 2:4] - 1).max() <= 0.2 and lots[:, 2].std() > 0.04


BAR = {0.1: [3.000, 2.999, 2.999, 2.998, 2.998, 2.997, 2.996], 10.0: [2.988, 2.934, 2.885, 2.840, 2.799, 2.762, 2.727],
       20.0: [2.976, 2.874, 2.790, 2.718, 2.657, 2.604, 2.557],
       40.0: [2.953, 2.772, 2.642, 2.544, 2.468, 2.406, 2.355]}  # fmt: skip
PULSE = {0.1: (2.992, 2.996), 10.0: (2.55, 2.70), 20.0: (2.37, 2.54), 40.0: (2.19, 2.37)}


@pytest.mark.parametrize("r_cell", BAR)
def test_supply_table(r_cell: float) -> None:
    bar = lui.supply_voltage(3.0, r_cell, n_leds=np.arange(7))
    assert bar == pytest.approx(BAR[r_cell], abs=1.5e-3)
    pulse = lui.supply_voltage(3.0, r_cell, n_leds=[6, 0], pulse=True)
    assert pulse == pytest.approx(PULSE[r_cell], abs=10e-3)


def test_a_flat_cell_lights_nothing() -> None:
    assert lui.supply_voltage(1.8, 40.0, n_leds=6, pulse=True) == pytest.approx(1.8 / (1 + 40 * 0.4e-3))


def test_leds() -> None:
    levels = np.arange(1, 7) * 0.0695 * 3.0
    assert levels[0] == pytest.approx(0.208, abs=1e-3) and levels[-1] == pytest.approx(1.251, abs=1e-3)
    assert lui.leds_lit(levels - 1e-6).tolist() == [0, 1, 2, 3, 4, 5]
    assert lui.leds_lit(levels + 1e-6).tolist() == [1, 2, 3, 4, 5, 6]
    assert lui.leds_lit(np.array([-0.1, 0.0, 3.0, np.nan])).tolist() == [0, 0, 6, 0]
    assert lui.leds_lit(1.2, np.array([3.0, 2.4])).tolist() == [5, 6]
    assert int(lui.leds_lit(0.5)) == 2


def test_closed_forms() -> None:
    assert lui.v_threshold() == pytest.approx(1.550, abs=1e-3)
    assert lui.v_threshold(2.4) == pytest.approx(1.240, abs=1e-3)
    assert lui.tau_mem(50e3) == pytest.approx(1.1) and lui.tau_syn(22e3) == pytest.approx(0.22)
    assert lui.tau_mem(0) > 0 and lui.tau_syn(0) > 0
    assert lui.weight_current(0) == pytest.approx(3.06e-3, rel=1e-2)
    assert lui.weight_current(22e3) == pytest.approx(67e-6, rel=1e-2)
    assert lui.inter_spike_interval(50e3, 10e3) == float("inf")
    # Continuous where both time constants meet.
    a, b = (lui.psp_height(15.9e-3, r_w=11e3, r_tsyn=22e3 * f, r_leak=10e3) for f in (1 - 1e-7, 1 + 1e-7))
    assert a == pytest.approx(b, rel=1e-5) and np.isfinite(a)
