"""The way of a network onto a chip: its stations, what is known at each, what comes next. No Qt, no thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.calibrate import Calibration
from luiapp.chip.codes import Targets
from luiapp.chip.place import Placed
from luiapp.deploy.transfer import Transfer, Trials
from luiapp.texts import mark
from luiapp.train.sets import DIGITS, PAINTED, RANDMAN, YIN_YANG
from luiapp.train.store import Model

STATIONS = ("serial", "calibrate", "place", "run", "loop")
TITLES = {
    "serial": mark("Chip and network"),
    "calibrate": mark("Calibrate"),
    "place": mark("Place"),
    "run": mark("Run"),
    "loop": mark("Learn in the loop"),
}
HELP = {
    "serial": mark("A serial number is a chip with faults of its own; the network is trained in software"),
    "calibrate": mark("Measure all 512 circuits through the converter and find the codes that make them alike"),
    "place": mark("Find circuits, drivers and rows for the network, and round its weights to 6 bits"),
    "run": mark("Judge samples that it didn't learn from: without calibration, and with it"),
    "loop": mark("The chip computes, the model says which way to go: its faults become part of what is learned"),
}
STEPS = {
    "network": mark("a network learns in software"),
    "chip": mark("the chip is switched on"),
    "before": mark("measuring all circuits as they are"),
    "reset": mark("calibrating reset potentials"),
    "leak": mark("calibrating leak potentials"),
    "tau_mem": mark("calibrating membrane time constants"),
    "psp": mark("calibrating synaptic inputs"),
    "threshold": mark("calibrating thresholds"),
    "after": mark("measuring what is left"),
    "place": mark("looking for a place"),
    "equal": mark("on a chip without faults"),
    "uncalibrated": mark("without calibration"),
    "calibrated": mark("calibrated"),
    "epoch": mark("learning on the chip"),
    "judge": mark("judging what was learned"),
}
BUILT_IN, LEARNED = mark("built-in network"), mark("from the learning page")
# What has to be there before a station: calibration can be left out, to see what comes of it.
NEEDS = {"serial": "", "calibrate": "serial", "place": "serial", "run": "place", "loop": "run"}
BARS = {
    "ideal": mark("network in software"),
    "uncalibrated": mark("on the chip, uncalibrated"),
    "calibrated": mark("on the chip, calibrated"),
    "loop": mark("taught in the loop"),
}
DATA = {YIN_YANG: mark("Yin-Yang"), DIGITS: mark("digits"), PAINTED: mark("painted points"),
        RANDMAN: "Randman"}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Tuned:
    """What is measured of the circuits while they are calibrated.

    Attributes
    ----------
    name : str
        The parameter, one of `QUANTITIES`.
    targets : Targets
    before, now : (n_circuits,) float64
        Measured first, and last.
    """

    name: str
    targets: Targets
    before: NDArray[np.float64]
    now: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Found:
    """What is known of a chip and the network on it.

    Attributes
    ----------
    serial : int
    name : str
        Of the network; a text of the page, or a file's name.
    ideal : float or None
        Share of unseen samples that the network gets right in software.
    shape : tuple of int
        Inputs and neurons, layer by layer.
    data : str
        What it learned, a key of `DATA`.
    calibration : Calibration or None
    tuned : Tuned or None
        While the chip is being calibrated.
    placed : Placed or None
    transfer : Transfer or None
    taught : Trials or None
        After learning in the loop.
    course : tuple of float
        Share of the samples that were right while they were learned, epoch by epoch.
    counted : (2, n_quadrants) int64
        Events fired and lost since the chip was switched on.
    samples : int
        Run since then.
    model : Model or None
        The network as it is on the chip.
    done : tuple of str
        Stations, in the order of `STATIONS`.
    """

    serial: int
    name: str = BUILT_IN
    ideal: float | None = None
    shape: tuple[int, ...] = ()
    data: str = YIN_YANG
    calibration: Calibration | None = None
    tuned: Tuned | None = None
    placed: Placed | None = None
    transfer: Transfer | None = None
    taught: Trials | None = None
    course: tuple[float, ...] = ()
    counted: NDArray[np.int64] = field(default_factory=lambda: np.zeros((2, 4), np.int64))
    samples: int = 0
    model: Model | None = None
    done: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What is known, and what is being done.

    Attributes
    ----------
    found : Found
    busy : str
        The station at work, or "".
    step : str
        What it is at, a key of `STEPS`.
    share : float
        How much of it is done, 0 … 1.
    waiting : tuple of str
        Stations that follow by themselves.
    extra : dict
        What the page's other cards asked for.
    """

    found: Found
    busy: str = ""
    step: str = ""
    share: float = 0.0
    waiting: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bar:
    """A figure of the chart: 0 … 1, its spread over trials, and None where it isn't known yet."""

    name: str
    value: float | None
    spread: float | None = None


def upcoming(done: tuple[str, ...]) -> str:
    """The station after the last one that is done; "" after all of them."""
    last = max((STATIONS.index(name) for name in done), default=-1)
    return STATIONS[last + 1] if last + 1 < len(STATIONS) else ""


def possible(name: str, done: tuple[str, ...]) -> bool:
    """Whether all that a station needs is there."""
    return not NEEDS[name] or NEEDS[name] in done


def reached(name: str, done: tuple[str, ...]) -> tuple[str, ...]:
    """Stations that are done once `name` is: what came after it has to be done again."""
    at = STATIONS.index(name)
    return (*(one for one in done if STATIONS.index(one) < at), name)


def remaining(done: tuple[str, ...]) -> tuple[str, ...]:
    """Stations from the present one to the last."""
    name = upcoming(done)
    return STATIONS[STATIONS.index(name) :] if name else ()


def readings(found: Found) -> dict[str, float | str]:
    """What a lesson may read off the page: shares of samples in percent, as far as they are known."""
    known: dict[str, float | str] = {"serial": float(found.serial), "epochs": float(len(found.course)),
                                     "is_calibrated": "yes" if found.calibration is not None else "no"}  # fmt: skip
    known |= {bar.name: 100 * bar.value for bar in bars(found) if bar.value is not None}
    if found.calibration is not None:
        left = found.calibration.after["threshold"]
        known["scatter"] = float(left[np.isfinite(left)].std())  # LSB
    ideal, calibrated, loop = (known.get(name) for name in ("ideal", "calibrated", "loop"))
    if isinstance(ideal, float) and isinstance(calibrated, float):
        known["lost"] = ideal - calibrated
    if isinstance(ideal, float) and isinstance(loop, float):
        known["gap"] = ideal - loop
    return known


def leading(meant: str, done: tuple[str, ...]) -> str:
    """The station that is next on the way to `meant`; "" where it is done, or none is meant."""
    if meant not in STATIONS or meant in done:
        return ""
    return next(name for name in STATIONS[: STATIONS.index(meant) + 1] if name not in done)


def bars(found: Found) -> list[Bar]:
    """The four figures, in the order of the way."""
    transfer = found.transfer
    trials = {
        "uncalibrated": None if transfer is None else transfer.uncalibrated,
        "calibrated": None if transfer is None else transfer.calibrated,
        "loop": found.taught,
    }
    made = [Bar("ideal", found.ideal)]
    made += [Bar(name, None) if one is None else Bar(name, one.mean, one.spread) for name, one in trials.items()]
    return made
