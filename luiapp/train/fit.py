"""The loop: mini-batches in random order, epoch after epoch; whoever watches gets frozen values."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.train.learner import Outcome
from luiapp.train.optimise import Adam, AdamState


class Learner(Protocol):
    """What can be trained: it holds flat parameters, and makes one step from one mini-batch."""

    weight: NDArray[Any]

    def learn(self, data: Any, order: NDArray[np.int64], adam: Adam, state: AdamState) -> Outcome:
        """Change the parameters after the samples `order` of `data`; how these fared before."""
        ...

    def evaluate(self, data: Any) -> Outcome:
        """How all of `data` fares now."""
        ...


@dataclass(frozen=True)
class Schedule:
    """How long and how.

    Attributes
    ----------
    epochs : int
        At most.
    batch : int
        Samples in a mini-batch; the last of an epoch may be smaller.
    adam : Adam
    seed : int
        Of the order of the samples.
    patience : int or None
        Stop after so many epochs without a better accuracy on the validation samples, and go back to the best; None:
        never.
    anneal : bool
        Let the rate fall to zero along half a cosine over all epochs: what is learned last is not shaken off again.
    """

    epochs: int = 50
    batch: int = 150
    adam: Adam = field(default_factory=Adam)
    seed: int = 0
    patience: int | None = None
    anneal: bool = True

    def __post_init__(self) -> None:
        if self.epochs < 0 or self.batch < 1 or (self.patience is not None and self.patience < 1):
            raise ParameterError("epochs, mini-batches and patience are whole numbers above zero")


@dataclass(frozen=True, eq=False)
class Progress:
    """How far learning has come.

    Attributes
    ----------
    epoch, n_epochs : int
        Epochs done and asked for; the first value, of epoch 0, is before learning.
    loss, accuracy : float
        Of the training samples as they were learned, mean over the epoch; not-a-number at epoch 0.
    spikes : float
        Spikes of hidden neurons per sample, the same way.
    valid : Outcome or None
        Of the validation samples now.
    seconds : float
        Spent with learning so far, validation and watching not included.
    weight : array
        A copy of the parameters.
    stopped : bool
        Whether this is the last because somebody, or patience, said so.
    """

    epoch: int
    n_epochs: int
    loss: float
    accuracy: float
    spikes: float
    valid: Outcome | None
    seconds: float
    weight: NDArray[Any]
    stopped: bool = False


class Loop:
    """Mini-batch after mini-batch, for whoever wants to steer in between. `fit` runs it to its end.

    Parameters
    ----------
    learner, data, plan, n_samples
        As `fit` takes them.

    Attributes
    ----------
    plan : Schedule
        May be exchanged between any two steps; memory of gradients and order of samples go on.
    n_epochs : int
        Epochs begun.
    """

    def __init__(self, learner: Learner, data: Any, plan: Schedule, *, n_samples: int | None = None) -> None:
        self.learner, self.data, self.plan = learner, data, plan
        self.n_samples = len(data.labels) if n_samples is None else n_samples
        if self.n_samples < 1:
            raise ParameterError("there is no sample to learn from")
        self.state = AdamState.empty(len(learner.weight))
        self.n_epochs = 0
        self._random = np.random.default_rng(plan.seed)
        self._order = np.empty(0, np.int64)
        self._at = 0

    @property
    def between_epochs(self) -> bool:
        """Whether the next step is the first of an epoch."""
        return self._at >= len(self._order)

    @property
    def progress(self) -> float:
        """Epochs done, parts of one included."""
        return self.n_epochs if self.between_epochs else self.n_epochs - 1 + self._at / self.n_samples

    def step(self) -> Outcome:
        """Learn one mini-batch; how it fared before.

        Raises
        ------
        ParameterError
            If the loss is no longer a number.
        """
        plan = self.plan
        if self.between_epochs:
            self._order, self._at = self._random.permutation(self.n_samples), 0
            self.state.epoch = self.n_epochs
            self.n_epochs += 1
        if plan.anneal:
            self.state.share = 0.5 + 0.5 * math.cos(math.pi * min(self.progress / max(plan.epochs, 1), 1.0))
        chosen = self._order[self._at : self._at + plan.batch]
        found = self.learner.learn(self.data, chosen, plan.adam, self.state)
        if not np.isfinite(found.loss):
            raise ParameterError("learning has blown up (its loss is no longer a number); take a smaller learning rate")
        self._at += len(chosen)
        return found


def fit(
    learner: Learner,
    data: Any,
    schedule: Schedule | None = None,
    *,
    n_samples: int | None = None,
    valid: Any = None,
    stop: Callable[[], bool] | None = None,
) -> Iterator[Progress]:
    """Train, and tell after every epoch.

    Parameters
    ----------
    learner : Learner
        Its parameters change in place, mini-batch by mini-batch: whenever this ends, what was learned is there.
    data, valid
        As the learner takes them; `valid` is optional.
    n_samples : int, optional
        Samples in `data`; by default as many as it has labels.
    stop : callable, optional
        Asked after every mini-batch; once it says yes, the value that follows is the last.

    Yields
    ------
    Progress
    """
    plan = schedule or Schedule()
    loop = Loop(learner, data, plan, n_samples=n_samples)
    nan, seconds = float("nan"), 0.0
    best, best_epoch, best_weight = -1.0, 0, learner.weight.copy()
    checked = learner.evaluate(valid) if valid is not None else None
    yield Progress(0, plan.epochs, nan, nan, nan, checked, 0.0, learner.weight.copy())
    for epoch in range(plan.epochs):
        begun = time.perf_counter()
        parts, asked_to_stop = _epoch(loop, stop)
        seconds += time.perf_counter() - begun
        checked = learner.evaluate(valid) if valid is not None else None
        if checked is not None and checked.accuracy > best:
            best, best_epoch, best_weight = checked.accuracy, epoch, learner.weight.copy()
        tired = plan.patience is not None and checked is not None and epoch - best_epoch >= plan.patience
        if tired and not asked_to_stop:
            learner.weight[:] = best_weight
            checked = learner.evaluate(valid)
        weights = np.array([one.n_samples for one in parts])
        loss, accuracy, spikes = (
            float(np.average([getattr(one, name) for one in parts], weights=weights))
            for name in ("loss", "accuracy", "spikes")
        )
        ends = asked_to_stop or tired
        yield Progress(epoch + 1, plan.epochs, loss, accuracy, spikes, checked, seconds, learner.weight.copy(), ends)
        if ends:
            return


def _epoch(loop: Loop, stop: Callable[[], bool] | None) -> tuple[list[Outcome], bool]:
    parts: list[Outcome] = []
    while not parts or not loop.between_epochs:
        parts.append(loop.step())
        if stop is not None and stop():
            return parts, True
    return parts, False
