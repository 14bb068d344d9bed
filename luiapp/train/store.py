"""Trained networks on disk: arrays and a JSON text in one ``.npz`` file. Never pickled, neither way."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import FileError, FormatError, LuiError
from luiapp.train.codes import LatencyCode, RateCode
from luiapp.train.event.task import TimingTask, timing_task_from_dict
from luiapp.train.fit import Schedule
from luiapp.train.optimise import Adam
from luiapp.train.surrogate.network import SpikingNet, Start, rule_from_dict
from luiapp.train.task import SurrogateTask

FORMAT, VERSION = "luiapp-trained-network", 1
_MAX_BYTES = 2**30
_MAX_TEXT = 2**20


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network with all that made it.

    Attributes
    ----------
    task : SurrogateTask or TimingTask
    weight : (n_parameters,) float32 or float64; (n_values,) if the network is normalised
        In thresholds, layer by layer; ``task.net.matrices``, or the learner's ``network.parameters``, take them apart.
    about : dict
        JSON-ready: accuracies, date, whatever the maker wants to tell.
    """

    task: SurrogateTask | TimingTask
    weight: NDArray[Any]
    about: dict[str, Any] = field(default_factory=dict)


def save_model(path: str | Path, model: Model) -> Path:
    """Write a model; a file of that name is replaced only once the new one is complete.

    Raises
    ------
    FileError
        If it can't be written.
    """
    path = Path(path)
    text = json.dumps(_described(model), allow_nan=False)
    temporary = path.with_name(f".{path.name[:40]}.{os.getpid()}.part")
    try:
        try:
            with temporary.open("wb") as file:
                np.savez(file, allow_pickle=False, weight=model.weight, description=np.array(text, np.str_))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise FileError("'{file}' could not be used: {reason}. Check the drive and try again.",
                        file=path.name, reason=error.strerror or str(error)) from None  # fmt: skip
    return path


def open_model(path: str | Path) -> Model:
    """The model that `save_model` wrote.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it isn't one.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {one.filename: one.file_size for one in archive.infolist()}
        if sizes.get("weight.npy", 0) > _MAX_BYTES or sizes.get("description.npy", 0) > 4 * _MAX_TEXT:
            raise FormatError("it is larger than a network can be")
        with np.load(path, allow_pickle=False) as arrays:
            weight, description = arrays["weight"], json.loads(str(arrays["description"]))
        return _built(description, weight)
    except OSError as error:
        raise FileError("'{file}' could not be used: {reason}. Check the drive and try again.",
                        file=path.name, reason=error.strerror or str(error)) from None  # fmt: skip
    except (zipfile.BadZipFile, zlib.error, LuiError, ValueError, KeyError, TypeError, AttributeError, EOFError,
            NotImplementedError, RuntimeError, MemoryError, OverflowError, SyntaxError) as error:  # fmt: skip
        raise FormatError("'{file}' is not a trained network: {reason}",
                          file=path.name, reason=str(error)[:120]) from None  # fmt: skip


def _described(model: Model) -> dict[str, Any]:
    return {"format": FORMAT, "version": VERSION, "method": model.task.method, "task": asdict(model.task),
            "about": model.about}  # fmt: skip


def _built(description: dict[str, Any], weight: NDArray[Any]) -> Model:
    if description["format"] != FORMAT or description["version"] != VERSION or description["method"] not in _TASKS:
        raise FormatError("it is of a kind or a version that this program doesn't know")
    task = _TASKS[description["method"]](description["task"])
    n_values = task.n_values if isinstance(task, SurrogateTask) else task.n_parameters
    if weight.dtype not in (np.float32, np.float64) or weight.shape != (n_values,):
        raise FormatError("it holds {n} weights, but its network has {m}", n=weight.size, m=n_values)
    if not np.isfinite(weight).all():
        raise FormatError("a weight of it is not a number")
    return Model(task, weight, dict(description["about"]))


def _surrogate_task(data: dict[str, Any]) -> SurrogateTask:
    schedule = {**data["schedule"], "adam": Adam(**data["schedule"]["adam"])}
    code = RateCode(**data["code"]) if "high" in data["code"] else LatencyCode(**data["code"])
    return SurrogateTask(
        SpikingNet(**data["net"]), code, Start(**data["start"]), rule_from_dict(data["rule"]),
        Schedule(**schedule), data["seed"],
    )  # fmt: skip


_TASKS: dict[str, Callable[[dict[str, Any]], SurrogateTask | TimingTask]] = {
    "surrogate": _surrogate_task,
    "ttfs": timing_task_from_dict,
    "eventprop": timing_task_from_dict,
}
