"""Trained networks on disk: arrays and a JSON text in one ``.npz`` file. Never pickled, neither way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.data.archive import check_format, read_archive, write_archive
from luiapp.errors import FormatError
from luiapp.texts import mark
from luiapp.train.codes import LatencyCode, RateCode
from luiapp.train.event.task import TimingTask, timing_task_from_dict
from luiapp.train.fit import Schedule
from luiapp.train.optimise import Adam
from luiapp.train.surrogate.network import SpikingNet, Start, rule_from_dict
from luiapp.train.task import SurrogateTask

FORMAT, VERSION = "luiapp-trained-network", 1
_MAX_BYTES = 2**30


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
    return write_archive(path, {"weight": model.weight}, _described(model))


def open_model(path: str | Path) -> Model:
    """The model that `save_model` wrote.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it isn't one.
    """
    return read_archive(path, _built, largest=_MAX_BYTES, broken=mark("'{file}' is not a trained network: {reason}"))


def _described(model: Model) -> dict[str, Any]:
    return {"format": FORMAT, "version": VERSION, "method": model.task.method, "task": asdict(model.task),
            "about": model.about}  # fmt: skip


def _built(description: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Model:
    check_format(description, FORMAT, VERSION)
    if description["method"] not in _TASKS:
        raise FormatError("it is of a kind or a version that this program doesn't know")
    task = _TASKS[description["method"]](description["task"])
    n_values = task.n_values if isinstance(task, SurrogateTask) else task.n_parameters
    weight = arrays["weight"]
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
