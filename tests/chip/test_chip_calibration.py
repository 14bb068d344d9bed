"""Calibration: what is left over against published figures, on several chips; files; nothing but measurements."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from luiapp.chip import calibrate as module
from luiapp.chip import measure
from luiapp.chip.calibrate import QUANTITIES, Calibration, calibrate, wanted
from luiapp.chip.codes import Targets, nominal
from luiapp.chip.core import Chip
from luiapp.chip.store import open_calibration, save_calibration
from luiapp.errors import FileError, FormatError

SERIALS = (1, 2, 3, 4, 5)


@cache
def calibrated(serial: int) -> tuple[Chip, Calibration]:
    chip = Chip(serial)
    return chip, calibrate(chip, seed=serial)


def spreads(when: str) -> dict[str, list[float]]:
    """Of each quantity on each chip; potentials in LSB, the others relative to the target."""
    found: dict[str, list[float]] = {}
    for serial in SERIALS:
        _, one = calibrated(serial)
        for name, target in wanted(one.targets).items():
            values = getattr(one, when)[name]
            scale = 1.0 if name in ("leak", "reset", "threshold") else target
            found.setdefault(name, []).append(float(np.std(values[np.isfinite(values)]) / scale))
    return found


# What is left after calibration: bounds around the published figures (repeatability; acceptance tests of calix).
LEFT = {"leak": (1.5, 3.5), "reset": (0.5, 1.5), "threshold": (0.6, 1.5), "tau_mem": (0.006, 0.03),
        "tau_exc": (0.006, 0.03), "tau_inh": (0.006, 0.03), "peak_exc": (0.02, 0.05),
        "peak_inh": (0.03, 0.08)}  # fmt: skip
# calix accepts no more than these shares of the spread before.
SHARES = {"leak": 0.3, "reset": 0.2, "threshold": 0.35, "tau_mem": 0.45, "tau_exc": 0.2, "tau_inh": 0.2}


@pytest.mark.parametrize("name", QUANTITIES)
def test_what_is_left_is_as_published(name: str) -> None:
    low, high = LEFT[name]
    assert all(low <= value <= high for value in spreads("after")[name])


@pytest.mark.parametrize("name", list(SHARES))
def test_spreads_shrink_as_accepted(name: str) -> None:
    before, after = spreads("before")[name], spreads("after")[name]
    assert all(b / a < SHARES[name] for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("name", QUANTITIES)
def test_the_mean_is_on_target(name: str) -> None:
    for serial in SERIALS:
        _, one = calibrated(serial)
        target = wanted(one.targets)[name]
        scale = 1.0 if name in ("leak", "reset", "threshold") else target / 100
        assert abs(np.mean(one.after[name]) - target) < 1.0 * scale


def test_nearly_all_circuits_succeed() -> None:
    """Published: 512 of 512."""
    assert all(calibrated(serial)[1].success.sum() >= 505 for serial in SERIALS)


def test_true_thresholds_scatter_as_on_a_nightly_calibration() -> None:
    """Published: one chip in daily use shows 3 to 4 LSB; the gain of each converter channel stays in the result."""
    for serial in SERIALS:
        chip, _ = calibrated(serial)
        assert 1.5 < chip._Chip__truth.threshold.std() < 4.0  # type: ignore[attr-defined]


def test_it_sees_nothing_but_the_outside_of_a_chip() -> None:
    """No name of the hidden pattern in the search, and of the chip only what a user has."""
    for part in (module, measure):
        tree = ast.parse(Path(inspect.getfile(part)).read_text("utf-8"))
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not {name for name in names if name.startswith("_Chip")}
        modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert "luiapp.chip.instance" not in modules
        assert "luiapp.chip.plan" not in modules


def test_other_targets_are_met_too() -> None:
    chip = Chip(9)
    one = calibrate(chip, Targets(70, 60, 130, 20e-6, 10e-6, 20.0, 1e-6), seed=0)
    assert one.success.sum() >= 505
    assert np.mean(one.after["tau_mem"]) == pytest.approx(20e-6, rel=0.01)
    assert np.mean(one.after["threshold"]) == pytest.approx(130, abs=1)


def test_a_seed_makes_the_search_repeatable() -> None:
    chip = Chip(3)
    one, same, other = (calibrate(chip, seed=seed).codes.leak for seed in (3, 3, 4))
    assert np.array_equal(one, same)
    assert np.abs(one - other).std() > 1


def test_files(tmp_path: Path) -> None:
    _, one = calibrated(1)
    again = open_calibration(save_calibration(tmp_path / "seven.npz", one))
    assert again.serial == 1
    assert again.targets == one.targets
    for name in ("leak", "gain_inh", "trim"):
        assert np.array_equal(getattr(again.codes, name), getattr(one.codes, name))
    assert np.array_equal(again.after["threshold"], one.after["threshold"])
    assert np.array_equal(again.success, one.success)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        open_calibration(tmp_path / "missing.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(FormatError, match="calibration"):
        open_calibration(tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", success=np.zeros(3))
    with pytest.raises(FormatError, match="calibration"):
        open_calibration(tmp_path / "other.npz")
    whole = save_calibration(tmp_path / "cut.npz", calibrated(1)[1]).read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FormatError, match="calibration"):
        open_calibration(tmp_path / "cut.npz")


def test_nominal_codes_are_the_same_for_all_circuits() -> None:
    assert len(set(nominal(Targets()).leak.tolist())) == 1
