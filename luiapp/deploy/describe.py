"""Trained networks as layers in thresholds and seconds: what the chip takes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import NetworkError
from luiapp.model.layered import Layer, Layered, psp_peak
from luiapp.train.event.first_spike import FirstSpikeNetwork, FirstSpikeSpec
from luiapp.train.event.task import TimingTask
from luiapp.train.task import SurrogateTask

Floats = NDArray[np.float64]
UNIT = 6e-3  # s, of the time constant that networks of exact spike times count in
_LATE = 10.0  # time constants after the last input until which first spikes are awaited


def layered(task: SurrogateTask | TimingTask, weight: NDArray[Any]) -> Layered:
    """The network that `weight` makes of `task`.

    Raises
    ------
    NetworkError
        If it can't be told in layers.
    """
    flat = np.asarray(weight, np.float64)
    return _grid(task, flat) if isinstance(task, SurrogateTask) else _timed(task, flat)


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


def _grid(task: SurrogateTask, flat: Floats) -> Layered:
    net, layers = task.net, []
    for i, (weight, loop) in enumerate(net.matrices(flat)):
        last = i == len(net.hidden)
        layers.append(
            Layer(
                weight * net.psp_peak(), "li" if last and task.rule.loss != "first spike" else "lif", net.tau_mem,
                net.tau_syn, net.dt, None if loop is None else loop * net.psp_peak(),
            )
        )  # fmt: skip
    return Layered(tuple(layers), task.rule.loss, net.n_steps * net.dt)  # type: ignore[arg-type]


def _timed(task: TimingTask, flat: Floats) -> Layered:
    spec: Any = task.spec
    once = isinstance(spec, FirstSpikeSpec)
    tau_syn = getattr(spec, "tau_syn", 1.0)
    views = _views(task, flat)
    delays = FirstSpikeNetwork(spec, views) if once and spec.delays != "none" else None
    layers = []
    for i in range(spec.n_layers):
        weight = views[f"weights_{i}"] * heights(task)
        bias = spec.bias(i) if once else None
        delay = None
        if delays is not None:
            own = np.asarray(delays.delay(i)) * UNIT
            if spec.delays == "dendritic":
                raise NetworkError("dendritic delays can't be told in layers; train with axonal delays or with none")
            delay = np.broadcast_to(own[:, None] if own.ndim == 1 else own, weight.shape).copy()
        layers.append(
            Layer(weight, "lif", spec.tau_mem * UNIT, tau_syn * UNIT, math.inf if once else 0.0, None, delay,
                  None if bias is None else bias * UNIT)
        )  # fmt: skip
    latest = max(task.code.late, task.code.bias or 0.0)
    until = getattr(spec, "until", latest + _LATE)
    return Layered(tuple(layers), "first spike", until * UNIT)


def _views(task: TimingTask, flat: Floats) -> dict[str, Floats]:
    views, at = {}, 0
    for name, shape in task.spec.shapes().items():
        n = math.prod(shape)
        views[name] = flat[at : at + n].reshape(shape)
        at += n
    return views
