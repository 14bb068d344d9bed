"""Carrying a trained network over to a chip: how it fares as it is, without and with calibration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from luiapp.chip.calibrate import Calibration
from luiapp.chip.core import Chip
from luiapp.chip.spec import SPEC
from luiapp.deploy.onchip import Judged, OnChip, calibrated_codes, calibration_for, plain_codes
from luiapp.train.datasets import Dataset
from luiapp.train.sets import Sets, sets_for
from luiapp.train.store import Model

N_TUNED = 200  # training samples from which readouts are scaled
Repeat = int | tuple[int, ...] | None


@dataclass(frozen=True)
class Trials:
    """Accuracies of several trials, each with its own noise.

    Attributes
    ----------
    mean, spread : float
        Mean and standard deviation over the trials, 0 … 1.
    accuracies : tuple of float
    spikes : float
        Of hidden neurons per sample.
    lost : float
        Share of events that got lost.
    """

    mean: float
    spread: float
    accuracies: tuple[float, ...]
    spikes: float
    lost: float


@dataclass(frozen=True)
class Transfer:
    """A network carried over.

    Attributes
    ----------
    ideal : float
        Test accuracy of the network itself.
    equal : float
        On a chip whose circuits are all equal and free of noise: what whole weights, saturation and ranges cost.
    uncalibrated : Trials
    calibrated : Trials or None
        None: no calibration was wanted.
    success : float or None
        Share of circuits that were calibrated.
    clipped : float
        Share of the weights that are too strong for their synapses.
    repeat : tuple of int
    seconds, joules : float
        Of a sample: how long it lasts on the chip, and what the whole chip takes meanwhile. An estimate from published
        power.
    """

    ideal: float
    equal: float
    uncalibrated: Trials
    calibrated: Trials | None
    success: float | None
    clipped: float
    repeat: tuple[int, ...]
    seconds: float
    joules: float


def transfer(
    model: Model,
    serial: int,
    *,
    calibration: Calibration | Literal["none"] | None = None,
    trials: int = 3,
    seed: int | None = None,
    repeat: Repeat = None,
    sets: Sets | None = None,
    on_chip: OnChip | None = None,
    progress: Callable[[str], None] | None = None,
) -> Transfer:
    """Carry `model` over to chip `serial`.

    Parameters
    ----------
    calibration : Calibration, "none" or None
        None: the chip is calibrated now, to what the network needs.
    trials : int
        Runs over all test samples, each with its own noise.
    seed : int, optional
        Of everything that is left to chance.
    sets : Sets, optional
        By default those that the network learned from.
    on_chip : OnChip, optional
        Use this one, and leave it configured; with it go `serial` and `repeat`.

    Raises
    ------
    NetworkError, ParameterError
        If the chip can't hold it, the calibration is another's, or nobody knows what the network learned from.
    """
    tell = progress or (lambda _name: None)
    train_set, _, test, _ = sets or sets_for(model)
    task: Any = model.task
    on_chip = on_chip or OnChip(task, model.weight, Chip(serial), repeat=repeat)
    codes = None if calibration is None or calibration == "none" else calibrated_codes(calibration, on_chip)
    with task.learner(weight=model.weight) as learner:
        ideal = float(learner.evaluate(task.data(learner, test)).accuracy)
    tell("equal")
    equal = OnChip(task, model.weight, Chip(serial, ideal=True), repeat=repeat)
    equal.chip.configure(plain_codes(equal), seed=0)
    equal.fit_readout(train_set.samples[:N_TUNED])
    tell("uncalibrated")
    on_chip.chip.configure(plain_codes(on_chip), seed=seed)
    on_chip.adopt(equal)
    on_chip.from_rest = False
    uncalibrated = several(on_chip, test, trials, seed)
    on_chip.from_rest = True
    calibrated, success = None, None
    if calibration != "none":
        tell("calibrated")
        found = calibration or calibration_for(on_chip, seed=seed)
        on_chip.chip.configure(codes or calibrated_codes(found, on_chip), seed=seed)
        on_chip.fit_readout(train_set.samples[:N_TUNED])
        calibrated, success = several(on_chip, test, trials, seed), float(found.success.mean())
    placed = on_chip.placed
    seconds = placed.net.duration / placed.time_scale
    return Transfer(
        ideal, equal.judge(test.samples, test.labels, seed=seed).accuracy, uncalibrated, calibrated, success,
        placed.clipped, placed.repeat, seconds, seconds * SPEC.power,
    )  # fmt: skip


def several(on_chip: OnChip, test: Dataset, trials: int, seed: int | None) -> Trials:
    """All samples `trials` times, each time with other noise."""
    seeds: Any = [None] * trials if seed is None else np.random.SeedSequence((seed, 1)).generate_state(trials).tolist()
    found: list[Judged] = [on_chip.judge(test.samples, test.labels, seed=one) for one in seeds]
    accuracies = tuple(one.accuracy for one in found)
    spikes, lost = float(np.mean([one.spikes for one in found])), float(np.mean([one.lost for one in found]))
    return Trials(float(np.mean(accuracies)), float(np.std(accuracies)), accuracies, spikes, lost)
