"""A small trained network, made once."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from luiapp.train.fit import Schedule, fit
from luiapp.train.store import Model
from luiapp.train.task import SurrogateTask, yin_yang_sets


@cache
def trained(epochs: int = 20, seed: int = 0) -> Model:
    """Yin-Yang with 120 hidden neurons."""
    task = replace(SurrogateTask(seed=seed), schedule=Schedule(epochs=epochs, seed=seed))
    with task.learner() as learner:
        for _ in fit(learner, task.data(learner, yin_yang_sets()[0]), task.schedule):
            pass
        return Model(task, learner.weight.copy())
