"""A network of the studio as a model for a file, and back. No Qt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import FormatError, LuiError
from luiapp.gui.training.data_state import decoded
from luiapp.gui.training.setup_state import Setup, Task, from_link, link
from luiapp.gui.training.state import Mark
from luiapp.train.codes import RateCode
from luiapp.train.event.first_spike import FirstSpikeSpec
from luiapp.train.sets import PAINTED, told_painting
from luiapp.train.store import Model
from luiapp.train.task import SurrogateTask

_LINK = "setup"  # what a model's `about` calls the link to its knobs


def pack(setup: Setup, mark: Mark) -> Model:
    """The network at a moment of its run; its `about` says what it learned from, see `sets_for`."""
    task = setup.task()
    task = replace(task, schedule=replace(task.schedule, epochs=max(1, round(mark.epochs))))
    about = {
        "method": task.method, "valid_accuracy": mark.accuracy, "epochs": mark.epochs, "seconds": mark.seconds,
        "spikes_per_sample": mark.spikes, "n_parameters": task.n_parameters, "hidden": list(task.hidden),
        "seed": setup.seed, _LINK: link(setup), **_told(setup),
    }  # fmt: skip
    return Model(task, mark.weight, about)


def _told(setup: Setup) -> dict[str, Any]:
    kind, points = setup.learns
    return told_painting(*decoded(points)) if kind == PAINTED else {"data": kind}


def unpack(model: Model, name: str) -> tuple[Setup, NDArray[Any]]:
    """The knobs and the parameters of a model, also of one that was taught on the command line.

    Raises
    ------
    FormatError
        If the studio has no knobs for such a network; `name` is what it is called.
    """
    try:
        setup = _knobs(model)
        task = setup.task()
    except LuiError as error:
        raise FormatError("the studio can't show '{file}': {reason}", file=name, reason=str(error)) from None
    if _core(task) != _core(model.task):
        raise FormatError("the studio can't show '{file}': its neurons or its code are not the studio's", file=name)
    return setup, np.array(model.weight)


def _core(task: Task) -> tuple[Any, ...]:
    """What a network computes, however it was taught."""
    return (task.net if isinstance(task, SurrogateTask) else task.spec, task.code)


def _knobs(model: Model) -> Setup:
    task, told = model.task, model.about.get(_LINK)
    if isinstance(told, str):
        try:
            return from_link(told)[0]
        except LuiError:
            pass  # the task says as much
    if len(task.hidden) != 1:
        raise FormatError("it has {n} hidden layers, and not one", n=len(task.hidden))
    adam = task.schedule.adam
    plain = Setup(task.method, task.hidden[0], task.seed, adam.rate, max(adam.rate_decay, 0.5))
    if isinstance(task, SurrogateTask):
        rule = task.rule
        code = "rate" if isinstance(task.code, RateCode) else "latency"
        bounds = {one.upper: one.count for one in rule.bounds}
        return replace(plain, code=code, surrogate=rule.surrogate, beta=rule.beta, attached=rule.attached,
                       loss=rule.loss, dropout=rule.dropout, recurrent=task.net.recurrent,
                       at_most=bounds.get(True, 0.0), at_least=bounds.get(False, 0.0))  # fmt: skip
    return replace(plain, delays=task.spec.delays) if isinstance(task.spec, FirstSpikeSpec) else plain
