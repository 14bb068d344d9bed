"""The emulated chip in one call, for scripts and lessons; what it needs is loaded when it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from luiapp.train.store import Model


@dataclass(frozen=True)
class OnChipAccuracy:
    """Shares of unseen samples that were right, 0 … 1.

    Attributes
    ----------
    ideal, uncalibrated, calibrated : float
        The network itself; on the chip as it is delivered; on the calibrated chip.
    in_the_loop : tuple of float
        Of the samples as they were learned on the chip, epoch by epoch, and in the end of unseen ones.
    """

    ideal: float
    uncalibrated: float
    calibrated: float
    in_the_loop: tuple[float, ...]


def measure_chip(serial: int, *, calibrated: bool = False, seed: int | None = None) -> dict[str, NDArray[np.float64]]:
    """What the converter of chip `serial` reads of its 512 circuits, which are all asked to be equal.

    Parameters
    ----------
    calibrated : bool, whether the circuits are calibrated before, which takes some seconds
    seed : int, of the noise; None: no two measurements are the same

    Returns
    -------
    dict
        By quantity: ``leak``, ``reset``, ``threshold``, ``peak_exc``, ``peak_inh`` [LSB], ``tau_mem``, ``tau_exc``,
        ``tau_inh`` [s, as on the chip]. A threshold that was never reached is infinite.
    """
    from luiapp.chip.calibrate import calibrate, survey
    from luiapp.chip.core import Chip

    chip = Chip(serial)
    return calibrate(chip, seed=seed).after if calibrated else survey(chip, seed=seed)


def learn_on_chip(model: Model, serial: int, *, epochs: int = 0, seed: int | None = None) -> OnChipAccuracy:
    """Carry a trained network over to chip `serial`, without and with calibration, and teach it there for `epochs`.

    Raises
    ------
    NetworkError, ParameterError
        If the chip can't hold it.
    """
    from luiapp.chip.core import Chip
    from luiapp.deploy.loop import LoopSchedule, learn_in_the_loop
    from luiapp.deploy.onchip import OnChip
    from luiapp.deploy.transfer import several, transfer
    from luiapp.train.sets import sets_for

    task: Any = model.task
    on_chip = OnChip(task, model.weight, Chip(serial))
    sets = sets_for(model)
    found = transfer(model, serial, trials=1, seed=seed, on_chip=on_chip, sets=sets)
    course = []
    if epochs:
        plan = LoopSchedule(epochs, seed=seed)
        course = [one.accuracy for one in learn_in_the_loop(on_chip, model.weight, sets.train, plan)]
        course.append(several(on_chip, sets.test, 1, seed).mean)
    calibrated = found.calibrated.mean if found.calibrated is not None else found.uncalibrated.mean
    return OnChipAccuracy(found.ideal, found.uncalibrated.mean, calibrated, tuple(course))
