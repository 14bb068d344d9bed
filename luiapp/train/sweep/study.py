"""What is asked of surrogate gradients: four studies, each a set of curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from luiapp.errors import ParameterError
from luiapp.texts import mark, tr
from luiapp.train.sweep.point import Point, Result

# Of the paper, and a part of them.
ALL_BETAS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0, 1000.0)
BETAS = (0.1, 1.0, 5.0, 20.0, 100.0)
ALL_CEILINGS = (0.02, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0)
CEILINGS = (0.05, 0.1, 0.2, 0.5, 2.0)


@dataclass(frozen=True)
class Extent:
    """How much of a study is done.

    Attributes
    ----------
    full : bool
        The paper's grid; else a part of it, in minutes.
    seeds : int
        Trainings of each point; they tell the spread.
    epochs : int or None
        None: 50 in full, else 12.
    """

    full: bool = False
    seeds: int = 3
    epochs: int | None = None

    def __post_init__(self) -> None:
        if self.seeds < 1 or (self.epochs is not None and self.epochs < 0):
            raise ParameterError("a study takes one seed at least, and no fewer than 0 epochs")


@dataclass(frozen=True)
class Study:
    """One question, asked along one axis.

    Attributes
    ----------
    name : str
    title : str
        Marked for translation.
    axis : str
        ``"beta"``, steepness, or ``"spikes"``, spikes that fall on a neuron in a sample.
    curves : dict of str (marked) to Point
        What each curve has in common.
    """

    name: str
    title: str
    axis: Literal["beta", "spikes"]
    curves: Mapping[str, Point]

    def points(self, data: str, extent: Extent) -> list[Point]:
        """All trainings, seed by seed, so that a sweep that is ended early has every place once."""
        return [
            point
            for seed in range(extent.seeds)
            for label in self.curves
            for point in self.along(label, data, extent, seed)
        ]

    def along(self, label: str, data: str, extent: Extent, seed: int) -> list[Point]:
        """The points of one curve."""
        epochs = (50 if extent.full else 12) if extent.epochs is None else extent.epochs
        base = replace(self.curves[label], data=data, seed=seed, epochs=epochs, batch=250 if data == "randman" else 100)
        if self.axis == "beta":
            return [replace(base, beta=beta) for beta in (ALL_BETAS if extent.full else BETAS)]
        return [replace(base, ceiling=ceiling) for ceiling in (ALL_CEILINGS if extent.full else CEILINGS)]


STUDIES = {
    one.name: one
    for one in (
        Study("shapes", mark("the shape of the surrogate"), "beta", {
            mark("fast sigmoid (SuperSpike)"): Point(surrogate="superspike"),
            mark("derivative of the sigmoid"): Point(surrogate="sigmoid"),
            mark("piecewise linear (Esser)"): Point(surrogate="esser"),
        }),
        Study("reset", mark("the reset in the gradient, and the surrogate's scale"), "beta", {
            mark("height 1, reset detached"): Point(surrogate="superspike"),
            mark("height 1, reset attached"): Point(surrogate="superspike", attached=True),
            mark("height β, reset detached"): Point(surrogate="asymptotic"),
            mark("height β, reset attached"): Point(surrogate="asymptotic", attached=True),
        }),
        Study("recurrent", mark("recurrent networks, and the surrogate's scale"), "beta", {
            mark("height 1, feed-forward"): Point(surrogate="superspike"),
            mark("height 1, recurrent"): Point(surrogate="superspike", recurrent=True),
            mark("height β, feed-forward"): Point(surrogate="asymptotic"),
            mark("height β, recurrent"): Point(surrogate="asymptotic", recurrent=True),
        }),
        Study("activity", mark("how few spikes suffice"), "spikes", {
            mark("feed-forward"): Point(),
            mark("recurrent"): Point(recurrent=True),
        }),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Spot:
    """A place on a curve, over all seeds that were run.

    Attributes
    ----------
    curve : str
        Its label, in the language in use.
    x : float
        Steepness; or the bound on the spikes per neuron.
    n_seeds, n_planned : int
    mean, spread, worst, best : float
        Of the test accuracy; the spread is the sample standard deviation, 0 for a single seed.
    spikes : float
        Mean spikes per hidden neuron and sample.
    diverged : int
        Trainings that blew up.
    """

    curve: str
    x: float
    n_seeds: int
    n_planned: int
    mean: float
    spread: float
    worst: float
    best: float
    spikes: float
    diverged: int


def spots(study: Study, data: str, extent: Extent, results: Mapping[str, Result]) -> list[Spot]:
    """The study's curves as far as `results` (by the key of the point) tell; places without any are left out."""
    found = []
    for label in study.curves:
        seeds = [study.along(label, data, extent, seed) for seed in range(extent.seeds)]
        for same in zip(*seeds, strict=True):
            known = [results[point.key] for point in same if point.key in results]
            if known:
                x = same[0].beta if study.axis == "beta" else same[0].ceiling
                found.append(_spot(tr(label), float(x or 0.0), known, len(same)))
    return found


def _spot(curve: str, x: float, known: list[Result], n_planned: int) -> Spot:
    right = np.array([one.test_accuracy for one in known])
    return Spot(
        curve, x, len(known), n_planned, float(right.mean()), float(right.std(ddof=1)) if len(known) > 1 else 0.0,
        float(right.min()), float(right.max()), float(np.mean([one.spikes for one in known])),
        sum(one.diverged for one in known),
    )  # fmt: skip


def to_csv(study: Study, data: str, found: list[Spot]) -> str:
    """As a table with a comma between columns and a line of names, for any spreadsheet; accuracies from 0 to 1."""
    names = ("data", "study", "curve", "beta" if study.axis == "beta" else "ceiling", "seeds", "mean", "sd", "min",
             "max", "spikes_per_neuron", "diverged")  # fmt: skip
    quoted: Callable[[str], str] = '"{}"'.format
    rows = [
        ",".join([data, study.name, quoted(one.curve), f"{one.x:g}", str(one.n_seeds), f"{one.mean:.4f}",
                  f"{one.spread:.4f}", f"{one.worst:.4f}", f"{one.best:.4f}", f"{one.spikes:.4f}", str(one.diverged)])
        for one in found
    ]  # fmt: skip
    return "\n".join([",".join(names), *rows]) + "\n"
