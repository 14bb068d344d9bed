"""The emulated chip against published figures: ``python -m tests.benchmarks.chip_table [--write]``.

Over the serial numbers 1 to 5, with the usual targets. What courses of learning bring is measured by `chip_loop`.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import luiapp.chip
from luiapp.chip.calibrate import Calibration, calibrate
from luiapp.chip.core import Chip
from luiapp.chip.instance import EXC, INH, FixedPattern, draw
from luiapp.chip.spec import SPEC

SERIALS = (1, 2, 3, 4, 5)
README = Path(luiapp.chip.__file__).with_name("README.md")
HEAD, END = "| figure | published | ours | source |\n|---|---|---|---|\n", "| excitation linear up to |"
CODES, TWO, SAME = "codes of five calibrated chips", "two calibrations of one chip", "the same"


class Row(NamedTuple):
    """A figure: what was published, how ours is found, and where the published one comes from."""

    figure: str
    published: str
    ours: Callable[[], str]
    source: str
    quick: bool = True  # without a calibration


@cache
def patterns() -> list[FixedPattern]:
    """The chips as they truly are."""
    return [draw(serial) for serial in SERIALS]


@cache
def calibrations() -> list[Calibration]:
    """Each with noise of its own."""
    return [calibrate(Chip(serial), seed=serial) for serial in SERIALS]


def inside(values: Any) -> float:
    """Spread in a quadrant, mean square over the four."""
    parts = values.reshape(SPEC.n_quadrants, -1)
    return float(np.sqrt(parts.var(axis=1).mean()))


def ranged(values: list[float], digits: int = 1, scale: float = 1.0) -> str:
    """Mean, and from where to where."""
    found = [f"{scale * one:.{digits}f}" for one in (np.mean(values), min(values), max(values))]
    return found[0] if found[1] == found[2] else f"{found[0]} ({found[1]}–{found[2]})"


def over(name: str) -> str:
    """A potential over the chip, and in a quadrant."""
    all_, parts = ([one(getattr(c, name)) for c in patterns()] for one in (lambda v: float(v.std()), inside))
    return f"{ranged(all_)} / {np.mean(parts):.1f} LSB"


def share(pick: Callable[[FixedPattern], Any], spread: Callable[[Any], float]) -> str:
    """A relative spread in per cent."""
    return ranged([spread(pick(c)) for c in patterns()], scale=100.0) + " %"


def alike(one: Callable[[FixedPattern], Any], other: Callable[[FixedPattern], Any]) -> str:
    """A correlation."""
    return ranged([float(np.corrcoef(one(c), other(c))[0, 1]) for c in patterns()], 2)


def left(name: str, relative: bool = False) -> str:
    """What of a spread is left after calibration."""
    found = []
    for one in calibrations():
        values = one.after[name][np.isfinite(one.after[name])]
        found.append(float(values.std() / (np.mean(values) if relative else 1.0)))
    return ranged(found, 1, 100.0) + " %" if relative else ranged(found, 2) + " LSB"


def circuits() -> str:
    """How many can be calibrated."""
    found = [int(one.success.sum()) for one in calibrations()]
    return f"{min(found)}–{max(found)}" if min(found) < max(found) else f"{min(found)}"


def std(values: Any) -> float:
    return float(np.std(values))


ROWS = (
    Row("leak, uncalibrated, over the chip / in a quadrant", "12–16 / 10–12 LSB", lambda: over("leak"), CODES),
    Row("reset, the same", "13–16 / 10 LSB", lambda: over("reset"), SAME),
    Row("threshold, the same", "7–13 / 6–7 LSB", lambda: over("threshold"), SAME),
    Row("tau_mem, uncalibrated", "13–16 %", lambda: share(lambda c: c.tau_mem, std), SAME),
    Row("tau_syn, uncalibrated", "18–26 %", lambda: share(lambda c: c.tau_syn, std), SAME),
    Row("gain in a quadrant, excitatory", "5.4–6.2 %", lambda: share(lambda c: np.log(c.gain[EXC]), inside), SAME),
    Row("gain in a quadrant, inhibitory", "6–12 %", lambda: share(lambda c: np.log(c.gain[INH]), inside), SAME),
    Row("gain over the chip", "8–27 %", lambda: share(lambda c: c.gain[EXC], std), SAME),
    Row("correlation of leak and reset", "0.7–0.9", lambda: alike(lambda c: c.leak, lambda c: c.reset), SAME),
    Row("correlation of leak and threshold", "0.35–0.7", lambda: alike(lambda c: c.leak, lambda c: c.threshold), SAME),
    Row("correlation of both tau_syn", "0.13–0.40",
        lambda: alike(lambda c: c.tau_syn[EXC], lambda c: c.tau_syn[INH]), SAME),
    Row("correlation of both gains", "0.83–0.97",
        lambda: alike(lambda c: np.log(c.gain[EXC]), lambda c: np.log(c.gain[INH])), SAME),
    Row("CADC offsets", "9.2–10.4 LSB", lambda: ranged([std(c.cadc_offset) for c in patterns()]) + " LSB", SAME),
    Row("leak after calibration", "about 2.5 LSB", lambda: left("leak"), TWO, False),
    Row("reset after calibration", "about 1 LSB", lambda: left("reset"), SAME, False),
    Row("threshold after calibration", "0.7–1.0 LSB", lambda: left("threshold"), SAME, False),
    Row("tau_mem after calibration", "about 1 % (repeatability)", lambda: left("tau_mem", True), SAME, False),
    Row("tau_syn after calibration", "about 1 % (repeatability)", lambda: left("tau_exc", True), SAME, False),
    Row("gain after calibration, excitatory", "2–2.5 %", lambda: left("peak_exc", True), SAME, False),
    Row("gain after calibration, inhibitory", "3–8 %", lambda: left("peak_inh", True), SAME, False),
    Row("circuits that can be calibrated", "512 of 512", circuits, "calibrations of five chips", False),
    Row("threshold noise", "0.9 LSB", lambda: f"{SPEC.threshold_noise:g} LSB, put in", "log of one chip"),
    Row("CADC noise, rounding included", "0.65–0.85 LSB",
        lambda: f"{math.hypot(SPEC.cadc_noise, 12**-0.5):.2f} LSB", SAME),
    Row("PSP of weight 63, share of leak to threshold", "0.27–0.35", lambda: f"{SPEC.peak / 70:.2f}",
        "three weight scalings, one log"),
)  # fmt: skip


def line(row: Row) -> str:
    """A line of the table."""
    return f"| {row.figure} | {row.published} | {row.ours()} | {row.source} |\n"


def main(argv: list[str] | None = None) -> int:
    """Print the table, or put it into the README."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.chip_table", description=__doc__.split(":")[0])
    parser.add_argument("--write", action="store_true", help="replace these lines in the README of luiapp/chip")
    options = parser.parse_args(argv)
    lines = "".join(line(row) for row in ROWS)
    if options.write:
        before, _, rest = README.read_text("utf-8").partition(HEAD)
        README.write_text(before + HEAD + lines + END + rest.partition(END)[2], "utf-8")
    print(HEAD + lines, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
