"""The netlist has the figures of the board: it is read from the circuit alone, without the twin."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from board_spice import Setting, Traces, run_board

from luiapp.model.lui import LUI

pytestmark = [
    pytest.mark.spice,
    pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed"),
]
FLOOR = {5e3: 0.335, 20e3: 0.431, 50e3: 0.458}
SUPPLY = {10.0: [2.988, 2.934, 2.885, 2.840, 2.799, 2.762, 2.727], 40.0: [2.953, 2.772, 2.642, 2.544, 2.468, 2.406,
                                                                        2.355]}  # fmt: skip
IN_PULSE = {10.0: (2.55, 2.70), 40.0: (2.19, 2.37)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[object, Traces]:
    nominal = {p.name: p.default for p in LUI.parameters} | {"v_cell": 3.0, "r_cell": 0.1}
    settings = {"firing": Setting({**nominal, "r_vleak": 70e3, "r_leak": 10e3}, duration=0.4)}
    settings |= {r: Setting({**nominal, "r_vleak": 0.0, "r_leak": r}, duration=0.6) for r in FLOOR}
    # Without a leak potential of its own to load the cell: three pulses carry the membrane past the LEDs.
    for r in SUPPLY:
        pulses = tuple((0.05 + 0.03 * k, 20e-3) for k in range(3))
        settings[("cell", r)] = Setting({**nominal, "r_vleak": 0.0, "r_leak": 50e3, "r_cell": r, "r_w1": 1e3,
                                         "r_tsyn": 3e3}, (pulses, (), ()), 0.3)  # fmt: skip

    def run(setting: Setting) -> Traces:
        return run_board(setting, Path(tmp_path_factory.mktemp("board")))

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(settings, pool.map(run, settings.values()), strict=True))


def test_threshold_reset_and_refractory_time(runs: dict[object, Traces]) -> None:
    one = runs["firing"]
    first, second = np.flatnonzero((one.out[:-1] < 1) & (one.out[1:] >= 1))[0], np.flatnonzero(
        (one.out[:-1] >= 1) & (one.out[1:] < 1))  # fmt: skip
    assert one.mem[first] / one.vdd[first] == pytest.approx(0.5167, abs=1e-3)
    width = one.time[second[second > first][0]] - one.time[first]
    assert width == pytest.approx(15.9e-3, abs=0.2e-3)
    assert one.out[first + 50] == pytest.approx(2.93, abs=0.02)
    a, b = one.mem[first + 5], one.mem[first + 15]
    assert 1e-3 / np.log(a / b) == pytest.approx(0.6e-3, rel=0.1)
    assert 0 <= one.mem[first + 100] < 0.011


@pytest.mark.parametrize("r_leak", FLOOR)
def test_floor(runs: dict[object, Traces], r_leak: float) -> None:
    assert runs[r_leak].mem[-1] == pytest.approx(FLOOR[r_leak], abs=4e-3)


@pytest.mark.parametrize("r_cell", SUPPLY)
def test_supply(runs: dict[object, Traces], r_cell: float) -> None:
    one = runs["cell", r_cell]
    quiet = (np.abs(one.vsyn - one.vdd / 2) < 0.03 * one.vdd) & (one.out < 1)
    lit = np.floor(one.mem / (0.0695 * one.vdd) + 1e-9)
    seen = 0
    for n, expected in enumerate(SUPPLY[r_cell]):
        inside = quiet & (lit == n) & (np.abs(one.mem / (0.0695 * one.vdd) - n - 0.5) < 0.4)
        if inside.any():
            seen += 1
            assert np.median(one.vdd[inside]) == pytest.approx(expected, abs=4e-3)
    assert seen >= 3
    pulse = one.vdd[(one.out > 1) & (one.time < 0.0155)]
    assert pulse.max() == pytest.approx(IN_PULSE[r_cell][1], abs=0.02)
    rises = np.flatnonzero((one.out[:-1] < 1) & (one.out[1:] >= 1))
    assert len(rises) >= 1
    for k in rises:
        assert one.vdd[k : k + 3].min() == pytest.approx(IN_PULSE[r_cell][0], abs=0.03)
