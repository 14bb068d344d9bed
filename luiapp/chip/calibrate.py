"""Calibration: for each circuit the codes that take it to the targets, found by measuring, never by knowing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.codes import Codes, Targets, nominal
from luiapp.chip.core import Chip
from luiapp.chip.measure import Bench
from luiapp.chip.spec import SPEC
from luiapp.errors import ParameterError

Floats = NDArray[np.float64]
# Beyond these a circuit counts as failed: LSB for potentials, relative for the others.
TOLERANCE = {"leak": 10.0, "reset": 8.0, "threshold": 8.0, "tau_mem": 0.15, "tau_exc": 0.15, "tau_inh": 0.15,
             "peak_exc": 0.15, "peak_inh": 0.2}  # fmt: skip
QUANTITIES = tuple(TOLERANCE)


@dataclass(frozen=True, eq=False)
class Calibration:
    """What was found.

    Attributes
    ----------
    serial : int
        The chip it belongs to.
    targets : Targets
    codes : Codes
    success : (n_circuits,) bool
        Circuits that came close enough in everything.
    before, after : dict of (n_circuits,) float64
        Measured with the codes of an average chip and with the codes found; potentials and peaks [LSB], times [s].
    """

    serial: int
    targets: Targets
    codes: Codes
    success: NDArray[np.bool_]
    before: dict[str, Floats] = field(default_factory=dict)
    after: dict[str, Floats] = field(default_factory=dict)

    def check_serial(self, serial: int) -> None:
        """Raises `ParameterError` if it is another chip's."""
        if self.serial != serial:
            raise ParameterError("this calibration belongs to chip {found}, not to chip {serial}; every chip needs its "
                                 "own", found=self.serial, serial=serial)  # fmt: skip


def calibrate(
    chip: Chip,
    targets: Targets | None = None,
    *,
    seed: int | None = None,
    progress: Callable[[str, float], None] | None = None,
    heard: Callable[[str, Floats], None] | None = None,
) -> Calibration:
    """Search the codes that take all circuits of `chip` to `targets`. Leaves the chip configured with them.

    Parameters
    ----------
    seed : int, optional
        Makes the search repeatable.
    progress : callable, optional
        Told the quantity that comes next, and the share that is done.
    heard : callable, optional
        Told what is measured of all circuits on the way, by quantity, as ``Calibration.before`` has it.

    Returns
    -------
    Calibration
        Circuits that failed are marked in ``success``; nothing is raised for them.
    """
    targets = targets or Targets()
    bench = Bench(chip, seed=seed, heard=heard)
    steps = (("reset", _reset), ("leak", _leak), ("tau_mem", _tau_mem), ("psp", _psp), ("threshold", _threshold))
    tell = progress or (lambda _name, _share: None)
    tell("before", 0.0)
    before = _as_delivered(bench, targets)
    for k, (name, search) in enumerate(steps):
        tell(name, (k + 1) / (len(steps) + 2))
        search(bench, targets)
    tell("after", (len(steps) + 1) / (len(steps) + 2))
    bench.write(chip.codes)
    after = _all(bench, targets)
    return Calibration(chip.serial, targets, chip.codes, _good(after, targets), before, after)


def survey(chip: Chip, targets: Targets | None = None, *, seed: int | None = None) -> dict[str, Floats]:
    """What is measured of all circuits with the codes of an average chip, as ``Calibration.before`` has it."""
    return _as_delivered(Bench(chip, seed=seed), targets or Targets())


def wanted(targets: Targets) -> dict[str, float]:
    """The target of each quantity."""
    return {"leak": targets.leak, "reset": targets.reset, "threshold": targets.threshold, "tau_mem": targets.tau_mem,
            "tau_exc": targets.tau_syn, "tau_inh": targets.tau_syn, "peak_exc": targets.peak,
            "peak_inh": targets.peak}  # fmt: skip


def _as_delivered(bench: Bench, targets: Targets) -> dict[str, Floats]:
    codes = nominal(targets)
    bench.write(codes)
    bench.write(codes.changed(trim=_trimmed(bench, codes, targets)))
    return _all(bench, targets)


def _trimmed(bench: Bench, codes: Codes, targets: Targets) -> Floats:
    return codes.trim - bench.offsets(targets.leak)


def _all(bench: Bench, targets: Targets) -> dict[str, Floats]:
    tau_mem = bench.tau_mem(targets)
    exc, inh = bench.psp(targets, 1, tau_mem), bench.psp(targets, -1, tau_mem)
    return {"leak": bench.leak(), "reset": bench.reset(), "threshold": bench.threshold(targets), "tau_mem": tau_mem,
            "tau_exc": exc[0], "tau_inh": inh[0], "peak_exc": exc[1], "peak_inh": inh[1]}  # fmt: skip


def _shift(bench: Bench, name: str, slope: float, target: float, read: Callable[[], Floats], rounds: int = 4) -> None:
    """Move codes along a line until what is read is the target; the last is the mean of the last two."""
    found: list[Any] = []
    code = getattr(bench.chip.codes, name).astype(np.float64)
    for _ in range(rounds):
        off = target - np.minimum(read(), target + 30.0)
        code = np.clip(code + off / slope, 0, SPEC.code_max)
        found.append(code)
        bench.write(bench.chip.codes.changed(**{name: code}))
    bench.write(bench.chip.codes.changed(**{name: (found[-1] + found[-2]) / 2}))


def _reset(bench: Bench, targets: Targets) -> None:
    _shift(bench, "reset", SPEC.reset_law[0], targets.reset, bench.reset)


def _leak(bench: Bench, targets: Targets) -> None:
    _shift(bench, "leak", SPEC.leak_law[0], targets.leak, bench.leak)


def _threshold(bench: Bench, targets: Targets) -> None:
    _shift(bench, "threshold", SPEC.threshold_law[0], targets.threshold, lambda: bench.threshold(targets))


def _tau_mem(bench: Bench, targets: Targets) -> None:
    codes = bench.chip.codes
    code = codes.tau_mem.astype(np.float64)
    for _ in range(3):
        code = np.clip(code * (bench.tau_mem(targets) / targets.tau_mem) ** (1 / SPEC.tau_mem_law[2]), 1, SPEC.code_max)
        bench.write(bench.chip.codes.changed(tau_mem=code))


def _psp(bench: Bench, targets: Targets) -> None:
    """Time constants and gains of both signs; a gain is set for the time constants that came out."""
    tau_mem = bench.tau_mem(targets)
    for sign, tau_name, gain_name in ((1, "tau_exc", "gain_exc"), (-1, "tau_inh", "gain_inh")):
        tau_code = getattr(bench.chip.codes, tau_name).astype(np.float64)
        gain_code = getattr(bench.chip.codes, gain_name).astype(np.float64)
        for _ in range(4):
            tau, peak = bench.psp(targets, sign, tau_mem)
            tau_code = np.clip(tau_code * (tau / targets.tau_syn) ** (1 / SPEC.tau_syn_law[2]), 1, SPEC.code_max)
            gain_code = np.clip(gain_code * targets.peak / np.maximum(peak, 0.1), 1, SPEC.code_max)
            bench.write(bench.chip.codes.changed(**{tau_name: tau_code, gain_name: gain_code}))


def _good(after: dict[str, Floats], targets: Targets) -> NDArray[np.bool_]:
    good = np.ones(SPEC.n_circuits, np.bool_)
    for name, target in wanted(targets).items():
        scale = 1.0 if name in ("leak", "reset", "threshold") else target
        good &= np.abs(after[name] - target) <= TOLERANCE[name] * scale
    return good
