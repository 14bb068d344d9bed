"""Trained networks as layers in thresholds and seconds: what the chip takes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import NetworkError
from luiapp.model.layered import Layered, psp_peak
from luiapp.train.event.first_spike import FirstSpikeSpec
from luiapp.train.event.task import TimingTask
from luiapp.train.layered import to_layered
from luiapp.train.store import Model
from luiapp.train.task import SurrogateTask

Floats = NDArray[np.float64]
UNIT = 6e-3  # s, of the time constant that networks of exact spike times count in


def layered(task: SurrogateTask | TimingTask, weight: NDArray[Any]) -> Layered:
    """The network that `weight` makes of `task`, as the chip is told it: bias spikes are inputs like others.

    Raises
    ------
    NetworkError
        If it can't be told in layers, or has delays that the chip's wires have not.
    """
    flat = np.asarray(weight, np.float64)
    if isinstance(task, SurrogateTask):
        found = to_layered(Model(task, flat))
        layers = tuple(replace(one, tau_ref=task.net.dt, bias=None) for one in found.layers)  # a step's pause
    else:
        spec: Any = task.spec
        once = isinstance(spec, FirstSpikeSpec)
        if once and spec.delays == "dendritic":
            raise NetworkError("dendritic delays can't be told in layers; train with axonal delays or with none")
        found = to_layered(Model(task, flat), tau_syn=UNIT * getattr(spec, "tau_syn", 1.0))
        layers = found.layers
        if not once:
            layers = tuple(replace(one, tau_ref=0.0, bias=None) for one in layers)
    return Layered(layers, found.decision, found.duration)


def unit(task: SurrogateTask | TimingTask) -> float:
    """What one unit of the task's spike times is [s]."""
    return 1.0 if isinstance(task, SurrogateTask) else UNIT


def heights(task: SurrogateTask | TimingTask) -> float:
    """The peak, in thresholds, of a PSP whose weight is one in the task's own unit."""
    if isinstance(task, SurrogateTask):
        return task.net.psp_peak()
    spec: Any = task.spec
    tau_syn = getattr(spec, "tau_syn", 1.0)
    return psp_peak(spec.tau_mem, tau_syn) * tau_syn / spec.tau_mem / spec.threshold


def views(task: TimingTask, flat: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Views of the flat parameters of a task of exact spike times, by name."""
    parts, at = {}, 0
    for name, shape in task.spec.shapes().items():
        n = math.prod(shape)
        parts[name] = flat[at : at + n].reshape(shape)
        at += n
    return parts
