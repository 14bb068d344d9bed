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
    n = len(data.labels) if n_samples is None else n_samples
    if n < 1:
        raise ParameterError("there is no sample to learn from")
    state = AdamState.empty(len(learner.weight))
    random = np.random.default_rng(plan.seed)
    nan, seconds = float("nan"), 0.0
    best, best_epoch, best_weight = -1.0, 0, learner.weight.copy()
    checked = learner.evaluate(valid) if valid is not None else None
    yield Progress(0, plan.epochs, nan, nan, nan, checked, 0.0, learner.weight.copy())
    for epoch in range(plan.epochs):
        state.epoch = epoch
        begun = time.perf_counter()
        parts, asked_to_stop = _epoch(learner, data, random.permutation(n), plan, state, stop)
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


def _epoch(
    learner: Learner, data: Any, order: NDArray[np.int64], plan: Schedule, state: AdamState,
    stop: Callable[[], bool] | None,
) -> tuple[list[Outcome], bool]:  # fmt: skip
    parts = []
    for begin in range(0, len(order), plan.batch):
        if plan.anneal:
            done = (state.epoch + begin / len(order)) / plan.epochs
            state.share = 0.5 + 0.5 * math.cos(math.pi * done)
        parts.append(learner.learn(data, order[begin : begin + plan.batch], plan.adam, state))
        if not np.isfinite(parts[-1].loss):
            raise ParameterError("learning has blown up (its loss is no longer a number); take a smaller learning rate")
        if stop is not None and stop():
            return parts, True
    return parts, False
