"""The fixed pattern: the same chip everywhere, and spreads and correlations as published."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import luiapp.chip
from luiapp.chip.instance import EXC, INH, draw, quadrant
from luiapp.chip.spec import SPEC, facts
from luiapp.errors import ParameterError

CHIPS = [draw(serial) for serial in range(24)]
PINNED = {
    "leak": [4.991821574158183, -6.9387988270366066, -4.891978921105251],
    "tau_syn": [0.8578669490836881, 0.8697247229097761],
    "synapse": [0.8860202304447733, 1.022878968943774],
    "cadc": 0.17687974022372782,
}


def within(values: np.ndarray) -> np.ndarray:
    """Spread inside quadrants of one chip."""
    parts = values.reshape(SPEC.n_quadrants, -1)
    return np.sqrt((parts - parts.mean(axis=1, keepdims=True)).var(axis=1).mean())


def test_every_constant_has_a_source() -> None:
    assert all(len(source) > 7 for _, _, _, source in facts())
    assert len({name for name, *_ in facts()}) == len(facts()) > 60


def test_a_serial_number_is_one_chip_on_every_machine() -> None:
    """Figures taken once; a generator or an order of draws that changes makes other chips of all."""
    chip = draw(7)
    assert chip.leak[[0, 200, 511]] == pytest.approx(PINNED["leak"], abs=1e-9)
    assert chip.tau_syn[INH, [0, 511]] == pytest.approx(PINNED["tau_syn"], abs=1e-9)
    assert chip.synapse[1, 255, [0, 255]] == pytest.approx(PINNED["synapse"], abs=1e-9)
    assert chip.cadc_offset[3] == pytest.approx(PINNED["cadc"], abs=1e-9)
    assert draw(8).leak[0] != chip.leak[0]


def test_there_is_no_chip_below_zero() -> None:
    with pytest.raises(ParameterError, match="serial number"):
        draw(-1)


@pytest.mark.parametrize(
    ("name", "inside", "whole"),
    [("leak", (10, 12), (12, 16)), ("reset", (9, 11), (13, 16)), ("threshold", (6, 7), (7, 13))],
)
def test_potentials_scatter_as_measured(name: str, inside: tuple[float, float], whole: tuple[float, float]) -> None:
    """Published: codes of five calibrated chips, in a quadrant and over the chip."""
    assert inside[0] <= np.mean([within(getattr(chip, name)) for chip in CHIPS]) <= inside[1]
    over_chips = np.sqrt(np.mean([getattr(chip, name).var() for chip in CHIPS]))
    assert whole[0] - 1 <= over_chips <= whole[1]


def test_correlations_are_as_measured() -> None:
    """Published: leak and reset 0.7 to 0.9, leak and threshold 0.35 to 0.7, tau_syn 0.13 to 0.40, gains 0.83 up."""
    pairs = {
        "reset": [np.corrcoef(c.leak, c.reset)[0, 1] for c in CHIPS],
        "threshold": [np.corrcoef(c.leak, c.threshold)[0, 1] for c in CHIPS],
        "tau_syn": [np.corrcoef(*c.tau_syn)[0, 1] for c in CHIPS],
        "gain": [np.corrcoef(*np.log(c.gain))[0, 1] for c in CHIPS],
    }
    found = {name: float(np.median(values)) for name, values in pairs.items()}
    assert 0.7 <= found["reset"] <= 0.9
    assert 0.35 <= found["threshold"] <= 0.7
    assert 0.13 <= found["tau_syn"] <= 0.40
    assert 0.8 <= found["gain"] <= 0.97


def test_relative_spreads_are_as_measured() -> None:
    """Published: tau_mem 12 to 14 (13 to 20) %, tau_syn 18 to 26 %, gain 5.4 to 6.2 and 6 to 12 % in a quadrant."""
    assert 0.12 <= np.mean([c.tau_mem.std() for c in CHIPS]) <= 0.16
    assert 0.18 <= np.mean([c.tau_syn.std() for c in CHIPS]) <= 0.26
    assert 0.054 <= np.mean([within(np.log(c.gain[EXC])) for c in CHIPS]) <= 0.066
    assert 0.06 <= np.mean([within(np.log(c.gain[INH])) for c in CHIPS]) <= 0.12
    assert 0.08 <= np.mean([c.gain[EXC].std() for c in CHIPS]) <= 0.27
    assert 9.2 <= np.mean([c.cadc_offset.std() for c in CHIPS]) <= 10.4
    assert all(25 < np.abs(c.cadc_offset).max() < 45 for c in CHIPS)  # measured: -33 to 34 over 1024 channels


def test_quadrants_are_quarters() -> None:
    assert np.bincount(quadrant(np.arange(512))).tolist() == [128] * 4


def test_only_the_core_looks_at_the_fixed_pattern() -> None:
    """Calibration must measure. What the pattern is made of, no other file of the room may import."""
    folder = Path(luiapp.chip.__file__).parent
    for path in folder.glob("*.py"):
        if path.name in ("core.py", "instance.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "luiapp.chip.instance":
                assert {alias.name for alias in node.names} <= {"quadrant", "EXC", "INH"}, path.name
            assert not (isinstance(node, ast.Attribute) and node.attr.startswith("_Chip__")), path.name


def test_the_readme_tells_the_spreads_of_today() -> None:
    """What can be told without calibrating; ``python -m tests.benchmarks.chip_table --write`` renews all."""
    from tests.benchmarks.chip_table import README, ROWS, line

    text = README.read_text("utf-8")
    assert [line(row) for row in ROWS if row.quick and line(row) not in text] == []
