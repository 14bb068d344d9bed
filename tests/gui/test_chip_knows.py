"""What a network is judged by on the chip's page, and how its circuits change while they are calibrated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chip_desk import small_network

from luiapp.chip.calibrate import QUANTITIES
from luiapp.errors import ParameterError
from luiapp.gui.chip.state import Found, Tuned
from luiapp.gui.chip.work import Stopped, Work
from luiapp.train.datasets import painted
from luiapp.train.sets import PAINTED, told_painting
from luiapp.train.store import Model


def quiet(_step: str, _share: float) -> None:
    pass


def test_painted_points_are_what_their_network_is_judged_by() -> None:
    """Forty points, each of the class that the network gives it: in software all of them are right."""
    plain = small_network()
    points = np.random.default_rng(1).uniform(0.2, 0.8, (40, 2))
    given: object = painted(points, np.zeros(40))
    with plain.task.learner(weight=plain.weight) as learner:
        labels = learner.evaluate(plain.task.data(learner, given)).predicted  # type: ignore[arg-type]
    assert len(set(labels.tolist())) > 1
    work = Work(7, replace(plain, about=told_painting(points, labels)), "mine.npz", seed=3)
    for station in ("serial", "place", "run"):
        work.do(station, quiet)
    found = work.found
    assert found.data == PAINTED and found.ideal == 1.0
    assert found.transfer is not None
    for share in found.transfer.uncalibrated.accuracies:
        assert 40 * share == pytest.approx(round(40 * share)), "of forty points"


def test_a_network_that_nobody_can_judge_is_refused_at_the_first_station() -> None:
    plain = small_network()
    with pytest.raises(ParameterError, match="painted points"):
        Work(7, Model(plain.task, plain.weight, {"data": PAINTED}), "mine.npz").do("serial", quiet)


def test_circuits_are_seen_coming_closer_while_they_are_calibrated() -> None:
    work = Work(7, small_network(), seed=3)
    work.do("serial", quiet)
    seen: list[Tuned] = []

    def tell(_step: str, _share: float) -> None:
        now = work.found.tuned
        if now is not None and (not seen or now is not seen[-1]):
            seen.append(now)

    work.do("calibrate", tell)
    names = list(dict.fromkeys(one.name for one in seen))
    assert set(names) <= set(QUANTITIES) and {"reset", "leak", "tau_mem", "peak_exc", "threshold"} <= set(names)
    for name in ("reset", "leak", "threshold"):
        mine = [one for one in seen if one.name == name]
        spreads = [float(one.now[np.isfinite(one.now)].std()) for one in mine]
        assert min(spreads[-2:]) < 0.35 * spreads[0], name
        assert all(one.before is mine[0].before for one in mine)
    assert work.found.tuned is None and work.found.calibration is not None


def test_nothing_is_tuned_any_more_once_a_person_ended_it() -> None:
    work = Work(7, small_network(), seed=3)
    work.do("serial", quiet)

    def tell(step: str, _share: float) -> None:
        if step == "leak":
            raise Stopped

    with pytest.raises(Stopped):
        work.do("calibrate", tell)
    assert work.found.tuned is None and work.found.calibration is None
    assert isinstance(work.found, Found)
