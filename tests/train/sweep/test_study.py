"""Studies: their grids, their statistics, and the paper's numbers that they are built on."""

from __future__ import annotations

import csv
import io
import math
import statistics

import numpy as np
import pytest

from luiapp.train.codes import LatencyCode
from luiapp.train.sweep.point import Point, Result
from luiapp.train.sweep.study import ALL_BETAS, STUDIES, Extent, spots, to_csv


def result(accuracy: float, spikes: float = 1.0) -> Result:
    return Result(accuracy, accuracy, spikes, 0.1, 20, False, 1.0)


@pytest.mark.parametrize("name", list(STUDIES))
@pytest.mark.parametrize("data", ["randman", "yinyang"])
def test_every_study_varies_one_thing_along_each_curve(name: str, data: str) -> None:
    study = STUDIES[name]
    points = study.points(data, Extent(seeds=2))
    assert len({point.key for point in points}) == len(points)
    assert {point.seed for point in points[: len(points) // 2]} == {0}  # a first look at all before a second seed
    for label in study.curves:
        along = study.along(label, data, Extent(), 0)
        differs = {name for name in vars(along[0]) if len({getattr(one, name) for one in along}) > 1}
        assert differs == {"beta" if study.axis == "beta" else "ceiling"}
    full = study.along(next(iter(study.curves)), data, Extent(full=True), 0)
    assert all(one.n_train is None and one.epochs == 50 for one in full)
    if study.axis == "beta":
        assert tuple(one.beta for one in full) == ALL_BETAS


def test_the_paper_s_network_starts_silent() -> None:
    """20-100-10; weights of the paper's variance, 1 / (3 n), in its units; and no neuron fires."""
    task = Point(seed=3).task()
    learner = task.learner()
    first, out = (weight for weight, _ in task.net.matrices(learner.weight.astype(float)))
    scale = 1 - math.exp(-1e-3 / 10e-3)
    assert (first.shape, out.shape) == ((20, 100), (100, 10))
    assert (first / scale).std() == pytest.approx(1 / math.sqrt(60), rel=0.03)
    assert (out / (1 - math.exp(-1e-3 / 20e-3))).std() == pytest.approx(1 / math.sqrt(300), rel=0.06)
    samples = np.random.default_rng(0).random((50, 20))
    data = learner.data(LatencyCode(0.0, 50e-3).grid(samples, dt=1e-3, n_steps=100), np.zeros(50, np.int64))
    assert learner.evaluate(data).spikes == 0


def test_spots_are_means_and_spreads_over_the_seeds_that_ran() -> None:
    study, extent = STUDIES["shapes"], Extent(seeds=3)
    label = "derivative of the sigmoid"
    seeds = [study.along(label, "randman", extent, seed) for seed in range(3)]
    results = {seeds[0][1].key: result(0.5, 1.0), seeds[2][1].key: result(0.9, 3.0), seeds[1][4].key: result(0.7)}
    results["something else"] = result(0.1)
    first, second = spots(study, "randman", extent, results)
    assert (first.curve, first.x, first.n_seeds, first.n_planned) == (label, seeds[0][1].beta, 2, 3)
    assert (first.mean, first.spread) == pytest.approx((0.7, statistics.stdev([0.5, 0.9])))
    assert (first.worst, first.best, first.spikes) == (0.5, 0.9, 2.0)
    assert (second.n_seeds, second.mean, second.spread) == (1, 0.7, 0.0)
    assert spots(study, "yinyang", extent, results) == []


def test_the_table_can_be_read_by_others() -> None:
    study, extent = STUDIES["activity"], Extent(seeds=1)
    results = {point.key: result(0.25 + 0.1 * (point.ceiling or 0)) for point in study.points("yinyang", extent)}
    found = spots(study, "yinyang", extent, results)
    rows = list(csv.DictReader(io.StringIO(to_csv(study, "yinyang", found))))
    assert len(rows) == len(found) == 10
    for row, spot in zip(rows, found, strict=True):
        assert row["curve"] == spot.curve and float(row["ceiling"]) == spot.x
        assert float(row["mean"]) == pytest.approx(0.25 + 0.1 * spot.x, abs=1e-4)
