"""What metrics read off recordings whose numbers are known beforehand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from luiapp.course.checks import judge, judge_entry, told
from luiapp.course.history import History, cut
from luiapp.course.lesson import Check, Entry
from luiapp.course.metrics import METRICS, measure
from luiapp.course.sight import Sight
from luiapp.data.chunk import Chunk, Event, Layout, Trace
from luiapp.data.recording import Recording
from luiapp.model import lui
from luiapp.model.network import Network
from luiapp.model.stimulus import Step, spike_train
from luiapp.simulate import run
from luiapp.texts import set_language

DT = 1e-3
LAYOUT = Layout(DT, (Trace("A", i_neuron=0), Trace("B", i_neuron=1)), ("A", "B"))


def sight(duration: float, a: list[float] = (), b: list[float] = (), events: tuple[Event, ...] = (), *,
          volts: np.ndarray | None = None, i_first: int = 0, network: Network | None = None) -> Sight:  # fmt: skip
    n = round(duration / DT)
    samples = np.full((n, 2), 1.0) if volts is None else np.stack([volts, volts], axis=1)
    times = np.array([*a, *b])
    neurons = np.array([0] * len(a) + [1] * len(b), np.int32)
    order = np.argsort(times, kind="stable")
    return Sight(Recording(LAYOUT, samples, times[order], neurons[order], events, {}, i_first), network)


@pytest.mark.parametrize("hz", [0.8, 3.0, 47.0])
def test_rates_and_intervals_of_a_clock(hz: float) -> None:
    seen = sight(5.0, list(np.arange(0.01, 5.0, 1 / hz)))
    assert measure("rate", seen, {"neuron": "A"}) == pytest.approx(hz, rel=1e-9)
    assert measure("interval", seen, {"neuron": "A"}) == pytest.approx(1 / hz, rel=1e-9)
    assert measure("irregularity", seen, {"neuron": "A"}) == pytest.approx(0, abs=1e-9)
    assert measure("rate", seen, {"neuron": "B"}) == 0
    assert math.isnan(measure("interval", seen, {"neuron": "B"}))


@pytest.mark.parametrize(("to", "rests"), [(1.0, True), (0.98, True), (0.9, False), (1.3, False)])
def test_a_membrane_on_its_way_does_not_rest_yet(to: float, rests: bool) -> None:
    seen = sight(3.0, volts=1.0 + (to - 1.0) * np.clip(np.arange(3000) / 1000 - 1, 0, 1))  # moves in the second second
    assert math.isnan(measure("rest", seen, {"neuron": "A"})) is not rests


def test_a_poisson_train_is_irregular() -> None:
    gaps = np.random.default_rng(5).exponential(0.1, 4000)
    seen = sight(float(gaps.sum()) + 1, np.cumsum(gaps).tolist())
    assert measure("irregularity", seen, {"neuron": "A"}) == pytest.approx(1, abs=0.05)  # 3 standard errors
    assert measure("rate", seen, {"neuron": "A"}) == pytest.approx(10, rel=0.05)


def test_time_constant_of_a_simulated_board_is_its_resistor_times_its_capacitor() -> None:
    for r_leak in (5e3, 10e3, 20e3):
        net = Network(model="lui")
        net.neuron("A", r_vleak=40e3, r_leak=r_leak)
        net.probe(0)
        net.stimulus(Step(2e-3, 0.5, 0.51), to=0)  # a push over the threshold
        recording = run(net, 5.0)
        assert len(recording.spike_times) == 1
        value = measure("time_constant", Sight(recording), {"neuron": "A"})
        assert value == pytest.approx(lui.tau_mem(r_leak), rel=0.02)


def test_potentials_of_a_simulated_board_have_their_closed_form() -> None:
    net = Network(model="lui")
    net.neuron("A", r_vleak=35e3, r_leak=6e3, r_tsyn=3e3, r_w1=15e3, r_w2=15e3, sign_2=-1)
    net.probe(0)
    times = [1.0, 2.5]
    net.stimulus(spike_train(times[:1]), to=0, synapse=0)
    net.stimulus(spike_train(times[1:]), to=0, synapse=1)
    recording = run(net, 4.0)
    events = tuple(Event(t, "pulse", "A", str(i)) for i, t in enumerate(times))
    seen = Sight(Recording(recording.layout, recording.samples, recording.spike_times, recording.spike_neurons, events))
    expected = lui.psp_height(lui.SPIKE_WIDTH, r_w=15e3, r_tsyn=3e3, r_leak=6e3)
    assert measure("potential", seen, {"neuron": "A", "dendrite": 1}) == pytest.approx(expected, rel=0.03)
    assert measure("potential", seen, {"neuron": "A", "dendrite": 2}) == pytest.approx(-expected, rel=0.03)
    assert math.isnan(measure("potential", seen, {"neuron": "A", "dendrite": 3}))


def test_width_at_half_height_of_a_triangle() -> None:
    volts = np.full(4000, 0.9)
    volts[1000:1201] += np.interp(np.arange(201), [0, 100, 200], [0, 0.4, 0])
    seen = sight(4.0, events=(Event(1.0, "pulse", "A", "0"),), volts=volts)
    assert measure("potential", seen, {"neuron": "A"}) == pytest.approx(0.4)
    assert measure("potential_width", seen, {"neuron": "A"}) == pytest.approx(0.1, abs=2e-3)


def test_crowded_pulses_and_pulses_with_spikes_have_no_potential() -> None:
    pulses = tuple(Event(t, "pulse", "A", "0") for t in (1.0, 1.2))
    assert math.isnan(measure("potential", sight(4.0, events=pulses), {"neuron": "A"}))
    assert math.isnan(measure("potential", sight(4.0, [1.1], events=pulses[:1]), {"neuron": "A"}))


def test_groups_of_pulses_and_their_answers() -> None:
    events = tuple(Event(t, "pulse", "A", d) for t, d in
                   [(1.0, "0"), (2.0, "0"), (2.02, "1"), (3.0, "1"), (4.0, "0"), (4.03, "1"), (4.9, "0")])  # fmt: skip
    seen = sight(5.0, [2.1, 3.05], events=events)
    assert measure("answered", seen, {"neuron": "A", "pulses": 2}) == 50
    assert measure("answered", seen, {"neuron": "A", "pulses": 1}) == 50  # the one at 4.9 s can't be judged yet
    assert math.isnan(measure("answered", seen, {"neuron": "A", "pulses": 3}))


def test_followers_and_lags() -> None:
    first = [0.5, 1.0, 1.5, 2.0]
    seen = sight(3.0, first, [0.52, 1.03, 1.04, 2.05])
    options = {"sender": "A", "receiver": "B", "within": 0.2}
    assert measure("follows", seen, options) == 50  # one answered twice, one not at all
    assert measure("lag", seen, options) == pytest.approx(0.03)


def test_wires_and_knobs() -> None:
    net = Network(model="lui")
    net.neuron("A", r_vleak=25e3)
    net.neuron("B", r_w1=22e3)
    net.connect("A", "B", synapse=1)
    seen = sight(1.0, network=net)
    assert measure("wires_missing", seen, {"wires": ["A>B.2"]}) == 0
    assert measure("wires_missing", seen, {"wires": ["A>B.1", "B>A.2", "A>B.2"]}) == 2
    assert measure("turned", seen, {"neuron": "A", "knob": "leak"}) == pytest.approx(25)
    assert measure("turned", seen, {"neuron": "B", "knob": "w1"}) == pytest.approx(0)
    assert math.isnan(measure("turned", sight(1.0), {"neuron": "A", "knob": "leak"}))


def test_settings_are_counted_between_turns() -> None:
    spikes, events, start = [], [], 0.0
    for hz in (2.0, 2.05, 4.0, 8.0):  # the second isn't another rate
        events.append(Event(start, "parameter", "A", "r_vleak", 1.0))
        spikes += list(start + 0.35 + np.arange(5) / hz)
        start = spikes[-1] + 0.5
    seen = sight(start, spikes, events=tuple(events))
    assert measure("settings", seen, {"neuron": "A", "knob": "leak"}) == 3
    assert measure("rate_span", seen, {"neuron": "A"}) == pytest.approx(4, rel=1e-9)


def test_neurons_that_are_not_there_are_no_fault() -> None:
    for name, metric in METRICS.items():
        if metric.neurons:
            options = {k: "nobody" for k in metric.needs} | {"pulses": 1, "wires": []}
            value = measure(name, sight(1.0), {k: v for k, v in options.items() if k in metric.needs})
            assert math.isnan(value), name


def goal(**changes: object) -> Check:
    one = {"id": "c", "text": "t", "metric": "rate", "options": {"neuron": "A"}, "low": 4.0, "high": 6.0,
           "seconds": 4.0, "below": "It fires at {value}; 5 Hz is the goal: raise the leak a little.",
           "above": "{value.__class__} {value}", "hints": ("a", "b", "c")}  # fmt: skip
    return Check(**{**one, **changes})  # type: ignore[arg-type]


def test_a_verdict_says_why_it_is_not_there_yet() -> None:
    at = lambda hz: sight(4.0, list(np.arange(0.01, 4, 1 / hz)))  # noqa: E731
    assert judge(goal(), at(5)).ok
    low = judge(goal(), at(3.1))
    assert not low.ok and low.sentence == "It fires at 3.10 Hz; 5 Hz is the goal: raise the leak a little."
    high = judge(goal(), at(9))
    assert not high.ok and high.sentence == "{value.__class__} 9.00 Hz"  # nothing is looked up for a lesson
    short = judge(goal(), sight(2.0, [0.1, 0.3, 0.5]))
    assert not short.ok and math.isnan(short.value)


def test_what_is_just_short_of_a_goal_is_never_rounded_to_it() -> None:
    options = {"of": "page", "value": "right", "unit": "%"}
    check = goal(metric="reading", options=options, low=80.0, high=95.0, below="{value}", above="{value}")
    said = lambda v: judge(check, Sight(sight(1.0).recording, None, {"page": {"right": v}})).sentence  # noqa: E731
    assert [said(v) for v in (79.6, 76.4, 95.4)] == ["79.6 %", "76 %", "95.4 %"]


def test_numbers_are_told_as_the_language_writes_them() -> None:
    set_language("de")
    try:
        assert told(3.14159, "Hz") == "3,14 Hz"
        assert told(0.0125, "s") == "12,5 ms"
    finally:
        set_language("en")
    assert [told(v, u) for v, u in ((3.0, ""), (66.7, "%"), (0.35, ""), (2.5, ""), (-0.2, "V"))] == [
        "3", "67 %", "0.35", "2.5", "−200 mV"]  # fmt: skip


@pytest.mark.parametrize(("typed", "ok"), [(5.0, True), (5.7, True), (4.3, True), (6.0, False), (4.0, False)])
def test_measured_numbers_have_a_tolerance(typed: float, ok: bool) -> None:
    entry = Entry("e", "t", "Hz", "rate", {"neuron": "A"}, 0.15, 4.0, ("a", "b", "c"))
    verdict = judge_entry(entry, typed, sight(4.0, list(np.arange(0.01, 4, 0.2))))
    assert verdict.ok is ok
    assert ("too much" in verdict.sentence, "too little" in verdict.sentence) == (typed > 5 and not ok,
                                                                                 typed < 5 and not ok)  # fmt: skip


def chunk(i_first: int, n: int, *, layout: Layout = LAYOUT) -> Chunk:
    values = np.arange(i_first, i_first + n, dtype=float)
    times = np.array([(i_first + n / 2) * DT])
    return Chunk(layout, i_first, np.stack([values, values], axis=1), times, np.array([0], np.int32))


def test_history_gives_the_last_seconds_to_the_sample() -> None:
    history = History(2.0)
    for i in range(0, 5000, 10):
        history.take(chunk(i, 10))
    assert history.now == pytest.approx(5.0) and 2.0 <= history.length <= 2.02
    got = history.recording(1.0)
    assert got is not None
    assert (got.i_first, len(got.samples)) == (4000, 1000)
    assert got.samples[0, 0] == 4000 and got.samples[-1, 0] == 4999
    assert len(got.spike_times) == 100
    part = cut(got, 4.25, 4.5)
    assert (part.t_start, part.duration) == (pytest.approx(4.25), pytest.approx(0.25))
    history.take(chunk(0, 10))  # the stream began anew
    assert history.length == pytest.approx(0.01)


def test_cases_count_what_one_or_both_boards_make_a_third_do() -> None:
    layout = Layout(DT, (), ("A", "B", "OUT"))
    a, b, out = [1.0, 1.05, 3.0, 5.0, 9.98], [2.0, 3.02, 6.0, 6.05], [1.10, 2.9, 3.15, 6.01]
    times = np.array([*a, *b, *out])
    who = np.repeat(np.arange(3, dtype=np.int32), [len(a), len(b), len(out)])
    order = np.argsort(times, kind="stable")
    recording = Recording(layout, np.zeros((10_000, 0)), times[order], who[order])
    boards = {"first": "A", "second": "B", "neuron": "OUT", "within": 0.2}
    seen = Sight(recording)
    # Alone: A at 1.0 (answered) and 5.0 (not), B at 2.0 (not) and 6.0 (answered); A at 9.98 isn't over yet.
    assert measure("cases", seen, {**boards, "active": 1}) == 50
    assert measure("cases", seen, {**boards, "active": 2}) == 100  # 3.0 with 3.02
    assert measure("cases", seen, {**boards, "active": 2, "within": 0.1}) == 0
    assert measure("cases", seen, {**boards, "active": 1, "after": 0.05}) == 25  # 6.01 comes too soon to count
    assert measure("cases", seen, {**boards, "active": 1, "together": 0.01}) == 62.5
    only_a = Recording(layout, np.zeros((2_500, 0)), np.array([0.5, 1.0]), np.array([0, 0], np.int32))
    assert math.isnan(measure("cases", Sight(only_a), {**boards, "active": 1}))  # B had no turn


def test_heard_tells_directions_apart_by_the_order_of_two_spikes() -> None:
    layout = Layout(DT, (), ("L", "R", "D"))
    left, right, detector = [1.0, 2.0, 3.035, 4.0, 4.9], [1.035, 2.002, 3.0, 4.035, 4.935], [1.05, 2.02, 5.6]
    times = np.array([*left, *right, *detector])
    who = np.repeat(np.arange(3, dtype=np.int32), [len(left), len(right), len(detector)])
    order = np.argsort(times, kind="stable")
    seen = Sight(Recording(layout, np.zeros((5_000, 0)), times[order], who[order]))
    ears = {"first": "L", "second": "R", "neuron": "D"}
    late, early, same = ({"least": a, "most": b} for a, b in ((0.02, 0.05), (-0.05, -0.02), (-0.01, 0.01)))
    assert measure("heard", seen, {**ears, **late}) == 50  # 1.0 yes, 4.0 no; 4.9 isn't over yet
    assert measure("heard", seen, {**ears, **same}) == 100
    assert measure("heard", seen, {**ears, **early}) == 0
    assert measure("heard", seen, {**ears, **same, "overall": 1}) == 75  # wrong at 1.0 alone
    assert math.isnan(measure("heard", seen, {**ears, "least": 0.06, "most": 0.09}))
    assert measure("lag", seen, {"sender": "L", "receiver": "R", "within": 0.06}) == pytest.approx(0.035)
    assert measure("lag", seen, {"sender": "L", "receiver": "R", "within": 0.02}) == pytest.approx(0.002)
    pair = {"sender": "L", "receiver": "R", "within": 0.06, "least": 0.01}
    assert measure("lag", seen, pair) == pytest.approx(0.035)


def test_shares_and_winners_of_boards_that_take_turns() -> None:
    layout = Layout(DT, (), ("A", "B", "C"))
    a, b, c = np.arange(0.1, 2.0, 0.1), np.arange(2.05, 4.0, 0.1), np.array([4.1, 4.2, 4.25])
    times = np.concatenate([a, b, c, [4.22]])
    who = np.array([0] * len(a) + [1] * len(b) + [2] * len(c) + [0], np.int32)
    order = np.argsort(times, kind="stable")
    seen = Sight(Recording(layout, np.zeros((5_000, 0)), times[order], who[order]))
    assert measure("winners", seen, {}) == 2  # A and B; C was alone for a tenth of a second
    assert measure("winners", seen, {"hold": 0.09}) == 3
    assert measure("winners", seen, {"hold": 1.85}) == 1  # B, from 2.05 to 3.95; A from 0.1 to 1.9
    assert measure("share", seen, {"neuron": "C"}) == pytest.approx(100 * 3 / len(times))
    silent = Sight(Recording(layout, np.zeros((100, 0)), np.empty(0), np.empty(0, np.int32)))
    assert math.isnan(measure("share", silent, {"neuron": "A"})) and measure("winners", silent, {}) == 0
