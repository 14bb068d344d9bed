"""Calibrations on disk: arrays and a JSON text in one ``.npz`` file. Never pickled, neither way."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.calibrate import QUANTITIES, Calibration
from luiapp.chip.codes import CELLS, Codes, Targets
from luiapp.chip.spec import SPEC
from luiapp.data.archive import check_format, read_archive, write_archive
from luiapp.errors import FormatError
from luiapp.texts import mark

FORMAT, VERSION = "luiapp-chip-calibration", 1
_MAX_BYTES = 2**20  # of one array


def save_calibration(path: str | Path, calibration: Calibration) -> Path:
    """Write a calibration; a file of that name is replaced only once the new one is complete.

    Raises
    ------
    FileError
        If it can't be written.
    """
    targets = asdict(calibration.targets)
    if targets["tau_ref"] == math.inf:
        targets["tau_ref"] = None
    arrays: dict[str, Any] = {name: getattr(calibration.codes, name) for name in (*CELLS, "trim")}
    arrays |= {f"before_{name}": value for name, value in calibration.before.items()}
    arrays |= {f"after_{name}": value for name, value in calibration.after.items()}
    return write_archive(
        path,
        {"success": calibration.success, **arrays},
        {"format": FORMAT, "version": VERSION, "serial": calibration.serial, "targets": targets,
         "bias": calibration.codes.bias},
    )  # fmt: skip


def open_calibration(path: str | Path) -> Calibration:
    """The calibration that `save_calibration` wrote.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it isn't one.
    """
    return read_archive(
        path, _built, largest=_MAX_BYTES, broken=mark("'{file}' is not a calibration of a chip: {reason}")
    )


def _built(description: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Calibration:
    check_format(description, FORMAT, VERSION)
    given = dict(description["targets"])
    given["tau_ref"] = math.inf if given["tau_ref"] is None else given["tau_ref"]
    targets = Targets(**given)
    parts: dict[str, Any] = {name: arrays[name].astype(np.int64) for name in (*CELLS, "trim")}
    codes = Codes(**parts, tau_ref=targets.tau_ref, bias=int(description["bias"]))
    success = arrays["success"].astype(np.bool_)
    found = [
        {name: arrays[f"{when}_{name}"].astype(np.float64) for name in QUANTITIES if f"{when}_{name}" in arrays}
        for when in ("before", "after")
    ]
    for array in (success, *found[0].values(), *found[1].values()):
        if array.shape != (SPEC.n_circuits,):
            raise FormatError("an array of it doesn't have one value for each circuit")
    return Calibration(int(description["serial"]), targets, codes, success, *found)
