"""The guide for a hand at a trimmer: followed by a hand that turns as it is told, the response is what was wanted."""

from __future__ import annotations

import re

import numpy as np
import pytest
from virtual_table import quick

from luiapp.errors import ParameterError
from luiapp.experiments import trimmer
from luiapp.experiments.finding import Finding
from luiapp.experiments.result import Progress, Request
from luiapp.experiments.trimmer import TOLERANCE, Wish, counted, guide, pulse_count
from luiapp.model import lui
from luiapp.model.network import Network


def one(seed: int = 0, **values: float) -> Network:
    net = Network(model="lui")
    given = {"r_vleak": 40e3, "r_leak": 8e3, "r_tsyn": 4e3, "r_w1": 15e3, "r_w2": 9e3, "r_w3": 12e3, "noise": 1e-3}
    i = net.neuron(**(given | values))  # type: ignore[arg-type]
    net.set_parameter(i, "parts_seed", seed)
    net.probe([0], "membrane")
    return net


class Hand:
    """Does what the guide says: fully left when asked for that, else right or left in steps that get smaller."""

    def __init__(self, device: object, trimmer: str, turn: float, *, reluctant: bool = False) -> None:
        self.twins, self.knob, self.turn, self.step = device._twins, lui.knob(trimmer), turn, 9.0  # type: ignore[attr-defined]
        self.way, self.reluctant, self.said = 0, reluctant, ""

    def hear(self, step: object) -> None:
        if self.reluctant or not isinstance(step, Progress | Request) or step.text == self.said:
            return
        self.said = step.text if isinstance(step, Request) else ""
        if "fully to the left" in step.text:
            self.turn = 0.0
        elif isinstance(step, Progress) and step.point is not None:
            way = 1 if " right" in step.text and "is right" not in step.text else -1 if " left" in step.text else 0
            if way:
                self.step = max(1.0, self.step * (1.0 if way == self.way else 0.5))
                self.way = way
            self.turn = min(max(self.turn + way * self.step, 0.0), 100.0)
        self.twins.set_parameter(0, self.knob.parameter, self.knob.ohms(self.turn))


def turned(net: Network, name: str, percent: float, **options: bool) -> tuple[Finding, float]:
    start = lui.knob(name).percent(float(net.parameter(lui.knob(name).parameter)[0]))
    with quick(net) as (rig, session):
        hand, found = Hand(rig.device, name, start, **options), None
        for found in guide(session, trimmer=name, percent=percent):
            hand.hear(found)
    assert isinstance(found, Finding)
    return found, hand.turn


@pytest.mark.parametrize(
    ("name", "percent"), [("w1", 40.0), ("w3", 75.0), ("leak", 47.0), ("tau_mem", 30.0), ("tau_syn", 35.0)]
)
def test_a_hand_that_follows_ends_where_it_should(name: str, percent: float) -> None:
    found, turn = turned(one(), name, percent)
    assert found.well and found.more["reading"] == pytest.approx(percent, abs=TOLERANCE[name])
    assert turn == pytest.approx(percent, abs=2 * TOLERANCE[name])


@pytest.mark.parametrize("seed", [3, 8])
def test_weights_need_no_knowledge_of_the_parts(seed: int) -> None:
    """Capacitors that differ by tens of percent cancel, as the left stop is the measure."""
    found, turn = turned(one(seed), "w2", 55.0)
    assert found.well and turn == pytest.approx(55.0, abs=2 * TOLERANCE["w2"])


def test_it_doesnt_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trimmer, "LONGEST", 4.0)
    found, _ = turned(one(), "leak", 20.0, reluctant=True)
    assert not found.well and "reads 40 %, not 20 %" in found.headline


def test_the_pulse_count_is_turned_to_what_was_wanted() -> None:
    net = one(r_vleak=44e3, r_w1=19e3)
    with quick(net) as (rig, session):
        hand, found = Hand(rig.device, "w1", 14.0), None
        for found in pulse_count(session, wanted=6):
            hand.hear(found)
    assert isinstance(found, Finding) and found.well and found.more["counts"][-3:] == [6, 6, 6]
    assert "fires on pulse 6" in found.headline and hand.turn > 14.0


def test_pulses_are_counted_up_to_the_spike() -> None:
    times = np.array([1.0, 1.01, 1.02, 1.03])
    assert counted(times, np.array([0.5, 1.025])) == 3 and counted(times, np.array([0.9])) == 0


def test_wishes_that_no_trimmer_fulfils_are_refused() -> None:
    with pytest.raises(ParameterError, match="turns from 0 to 100 %"):
        Wish("w1", 120.0)
    with pytest.raises(ParameterError, match="has no trimmer"):
        Wish("w4", 20.0)
    with quick(one()) as (_, session), pytest.raises(ParameterError, match="pulse 1 to 40"):
        next(pulse_count(session, wanted=60))
    assert re.fullmatch(r"w\d", Wish("w3", 20.0).trimmer) and Wish("w3", 20.0).synapse == 2
