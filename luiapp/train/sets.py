"""Which samples a trained network learned from, so that it can be judged by what it knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from luiapp.errors import LuiError, ParameterError
from luiapp.train.datasets import Dataset, painted, randman
from luiapp.train.digits import N_PIXELS, digit_sets
from luiapp.train.store import Model
from luiapp.train.task import SurrogateTask, yin_yang_sets

YIN_YANG, DIGITS, PAINTED, RANDMAN = "yinyang", "digits", "painted", "randman"
N_MANIFOLDS, _PER_MANIFOLD = 10, 200
_SIZES = {(4, 3): YIN_YANG, (N_PIXELS, 10): DIGITS}  # features and classes, for networks that don't tell
_FEWEST = 600  # samples of an epoch: few painted points are learned several times in it


class Sets(NamedTuple):
    """Training, validation and test samples, and what they are called in a file."""

    train: Dataset
    valid: Dataset
    test: Dataset
    name: str


def sets_for(model: Model) -> Sets:
    """The samples that `model` learned from: those that it names, else those that its size goes with.

    Raises
    ------
    ParameterError
        If it learned from something that isn't at hand, or scikit-learn, which has the digits, is missing.
    """
    task = model.task
    name = model.about.get("data") or _SIZES.get((_n_features(model), task.n_out))
    if name == PAINTED:
        sets = _painted(model.about)
    elif name in _MADE:
        sets = _MADE[str(name)]()
    else:
        raise ParameterError(
            "this network has {n_in} inputs and {n_out} classes; there are samples for Yin-Yang (4 inputs, 3 classes), "
            "for the digits (64, 10), and for points that were painted and saved with their network. Teach one of "
            "these: 'luiapp train yinyang --save net.npz'", n_in=_n_features(model), n_out=task.n_out,
        )  # fmt: skip
    if sets[0].samples.shape[1] != _n_features(model) or sets[0].labels.max() >= task.n_out:
        raise ParameterError("this network says that it learned '{name}', but with {n_in} inputs and {n_out} classes "
                             "it can't have; its file is damaged", name=name, n_in=_n_features(model),
                             n_out=task.n_out)  # fmt: skip
    return Sets(*sets, str(name))


def painted_sets(points: Any, labels: Any) -> tuple[Dataset, Dataset, Dataset]:
    """Samples to learn from, and the painted points themselves to judge by.

    Parameters
    ----------
    points : (n, 2), in the unit square; labels : (n,)

    Raises
    ------
    ParameterError
        See `painted`.
    """
    seen = painted(points, labels)
    chosen = np.resize(np.arange(len(seen.labels)), max(len(seen.labels), _FEWEST))
    return Dataset(seen.samples[chosen], seen.labels[chosen]), seen, seen


def randman_sets() -> tuple[Dataset, Dataset, Dataset]:
    """1400 points on ten manifolds to train with, 300 to validate and 300 to test."""
    samples, labels = randman(N_MANIFOLDS, _PER_MANIFOLD)
    first, second = len(labels) * 7 // 10, len(labels) * 17 // 20
    return (Dataset(samples[:first], labels[:first]), Dataset(samples[first:second], labels[first:second]),
            Dataset(samples[second:], labels[second:]))  # fmt: skip


_MADE: dict[str, Callable[[], tuple[Dataset, Dataset, Dataset]]] = {
    YIN_YANG: yin_yang_sets, DIGITS: digit_sets, RANDMAN: randman_sets,
}  # fmt: skip


def told_painting(points: Any, labels: Any) -> dict[str, Any]:
    """What a model's `about` says of painted points, JSON-ready."""
    return {"data": PAINTED, "points": np.round(points, 6).tolist(), "labels": np.asarray(labels).tolist()}


def _painted(about: dict[str, Any]) -> tuple[Dataset, Dataset, Dataset]:
    try:
        return painted_sets(np.array(about["points"], np.float64), np.array(about["labels"], np.int64))
    except (KeyError, TypeError, ValueError, LuiError):
        raise ParameterError("this network learned painted points, but its file doesn't hold them; save it anew from "
                             "the learning page") from None  # fmt: skip


def _n_features(model: Model) -> int:
    task = model.task
    n_in = task.net.n_in if isinstance(task, SurrogateTask) else task.spec.sizes[0]
    return n_in - task.code.n_channels(0)
