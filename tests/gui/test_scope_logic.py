"""The scope without its window: axes, settings, trigger, views and cursors."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.gui.scope import axes
from luiapp.gui.scope.cursors import Cursors, Reading
from luiapp.gui.scope.state import ScopeState
from luiapp.gui.scope.trigger import Trigger, first_crossing
from luiapp.gui.scope.view import Timebase
from luiapp.stream.ring import Ring
from luiapp.texts import set_language

LAYOUT = Layout(1e-3, (Trace("N1"), Trace("N2", i_neuron=1)), ("N1", "N2"))


def feed(ring: Ring, seconds: float, period: float = 0.25) -> None:
    """N1 is a saw tooth from 0 to 1.5 V that fires each `period`; N2 is its mirror."""
    i = ring.head
    t = np.arange(i, i + round(seconds * 1000)) / 1000
    saw = (t % period / period * 1.5).astype(np.float32)
    spikes = np.arange(math.ceil(t[0] / period - 1e-9), math.floor(t[-1] / period + 1e-9) + 1) * period
    ring.push(Chunk(LAYOUT, i, np.stack([saw, 1.5 - saw], axis=1), spikes, np.zeros(len(spikes), np.int32)))


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(1, 12))
def test_ticks_are_round_and_not_too_many(low, span, n):
    values, places = axes.ticks(low, low + span, n)
    step = axes.nice_step(span, n)
    assert round(step / 10 ** math.floor(math.log10(step) + 1e-9), 6) in (1, 2, 5)
    assert len(values) <= n + 1
    for value in values:
        assert low - 1e-3 * step <= value <= low + span + 1e-3 * step
        assert float(f"{value:.{places}f}") == pytest.approx(value, abs=1e-6 * step)


@given(st.floats(-10, 10), st.floats(0, 10))
def test_a_round_range_holds_the_data_without_wasting_half_of_it(low, span):
    bottom, top = axes.round_range(low, low + span)
    assert bottom <= low and top >= low + span and top > bottom
    assert top - bottom <= 2.1 * max(span, 1e-3)


def test_numbers_in_two_languages():
    assert (axes.number(-1.25, 2), axes.number(math.nan, 1), axes.number(-0.001, 1)) == ("−1.25", "–", "0.0")
    set_language("de")
    assert axes.number(1234.5, 1) == "1234,5"
    assert [axes.duration(s) for s in (5e-3, 0.5, 2, 600)] == ["5 ms", "500 ms", "2 s", "10 min"]


def test_windows_are_1_2_5_and_end():
    w, seen = 1e-3, [1e-3]
    while (w := axes.next_window(w, 1)) != seen[-1]:
        seen.append(w)
    assert seen[:4] == [1e-3, 2e-3, 5e-3, 1e-2] and seen[-1] == 600
    assert axes.next_window(600, -1) == 200 and axes.next_window(1e-3, -1) == 1e-3 and axes.next_window(3.0, 1) == 5


def test_settings_survive_json():
    state = ScopeState(
        mode="sweep", window=0.5, unit="vdd", hidden=["N2"], trigger="rising", level=0.7, auto_axes=False
    )
    assert ScopeState.from_dict(json.loads(json.dumps(state.to_dict()))) == state


junk = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["sweep", "x", ""])
    | st.sampled_from([[], ["N1"], [1]])
)


@given(st.dictionaries(st.sampled_from(sorted(ScopeState().to_dict())), junk))
def test_whatever_a_file_says_settings_are_usable(data):
    state = ScopeState.from_dict(data)
    assert state.mode in ("scroll", "sweep") and 1e-3 <= state.window <= 600 and state.y_high > state.y_low
    assert {k: type(v) for k, v in state.to_dict().items()} == {k: type(v) for k, v in ScopeState().to_dict().items()}


@settings(max_examples=80)
@given(st.lists(st.integers(-3, 3), max_size=20), st.integers(-4, 4), st.booleans(), st.booleans())
def test_a_crossing_is_found_as_by_hand(sixteenths, level_32, rising, armed):
    values, level = [v / 16 for v in sixteenths], level_32 / 16 + 1 / 32
    got = first_crossing(np.array(values, np.float32), level, rising=rising, armed=armed, hysteresis=0.1)
    at, ready = None, armed
    for i, v in enumerate(np.array(values, np.float32).tolist()):
        v, limit = (v, level) if rising else (-v, -level)
        if ready and v >= limit:
            at, ready = i, False
            break
        if v < limit - 0.1:
            ready = True
    assert got == (at, ready)


@pytest.mark.parametrize(("kind", "neuron", "at"), [("spike", 0, 0.0), ("rising", 0, 1 / 6), ("falling", 1, 1 / 6),
                                                    ("rising", 1, 0.0), ("falling", 0, 0.0)])  # fmt: skip
def test_the_trigger_finds_spikes_and_crossings(kind, neuron, at):
    level = 1.0 if neuron == 0 else 0.5
    ring, trigger = Ring(LAYOUT, 60.0), Trigger()
    state = ScopeState(
        mode="sweep", trigger=kind, trigger_mode="normal", trigger_neuron=neuron, level=level, window=0.2
    )
    found = []
    for _ in range(120):
        feed(ring, 0.016)
        trigger.update(ring, state)
        if trigger.t_trigger is not None and trigger.t_trigger not in found:
            found.append(trigger.t_trigger)
    assert len(found) >= 6
    for t in found:
        assert abs((t - at + 0.125) % 0.25 - 0.125) < 1.01e-3
    assert min(np.diff(found)) >= 0.2 * 0.8


def test_a_sweep_is_complete_before_the_next_one_begins():
    ring, trigger = Ring(LAYOUT, 60.0), Trigger()
    state = ScopeState(mode="sweep", trigger="spike", trigger_mode="normal", trigger_neuron=0, window=1.0, pre=0.2)
    found = []
    for _ in range(300):
        feed(ring, 0.016)
        trigger.update(ring, state)
        if trigger.t_trigger is not None and trigger.t_trigger not in found:
            found.append(trigger.t_trigger)
    assert found == [0.25, 1.25, 2.25, 3.25, 4.25]


def test_single_stops_until_armed_and_normal_waits_and_auto_does_not():
    ring = Ring(LAYOUT, 60.0)
    single, normal, auto = Trigger(), Trigger(), Trigger()
    states = [ScopeState(mode="sweep", trigger="spike", trigger_mode=m, trigger_neuron=n, window=0.1)
              for m, n in (("single", 0), ("normal", 1), ("auto", 1))]  # fmt: skip
    for _ in range(100):
        feed(ring, 0.016)
        for one, state in zip((single, normal, auto), states, strict=True):
            one.update(ring, state)
    assert single.done and single.t_trigger == 0.25 and not single.forced
    assert normal.t_trigger is None
    assert auto.forced and auto.t_trigger is not None and auto.t_trigger > 1.2
    single.arm()
    for _ in range(40):
        feed(ring, 0.016)
        single.update(ring, states[0])
    assert single.done and single.t_trigger == 1.75


def test_scroll_follows_and_looking_back_stays():
    ring, base = Ring(LAYOUT, 60.0), Timebase(ScopeState(window=1.0))
    feed(ring, 5.0)
    view = base.view(ring, 500)
    assert (view.kind, view.x_low) == ("live", -1.0) and view.t_high == pytest.approx(5.0, abs=2e-3)
    assert view.time_at(0.5) == pytest.approx(4.5, abs=2e-3)
    base.pan(-2.0, ring)
    feed(ring, 1.0)
    view = base.view(ring, 500)
    assert view.kind == "past" and view.x_low == pytest.approx(2.0, abs=2e-3) and not base.is_live
    assert view.shares_at(2.5) == [pytest.approx(0.5, abs=3e-3)] and view.shares_at(4.0) == []
    base.pan(-100, ring)
    assert base.view(ring, 500).t_low == pytest.approx(0.0, abs=2e-3)
    base.pan(100, ring)
    assert base.is_live


def test_zoom_in_the_past_keeps_what_is_under_the_pointer():
    ring, base = Ring(LAYOUT, 60.0), Timebase(ScopeState(window=1.0))
    feed(ring, 20.0)
    base.look_at(10.0, ring)
    before = base.view(ring, 1000).time_at(0.25)
    base.zoom(0.2, ring, 0.25)
    assert base.view(ring, 1000).time_at(0.25) == pytest.approx(before, abs=2e-3)


def test_a_sweep_writes_from_left_to_right_over_the_last_one():
    ring, base = Ring(LAYOUT, 60.0), Timebase(ScopeState(mode="sweep", window=1.0))
    feed(ring, 3.4)
    view = base.view(ring, 1000)
    assert view.time_at(0.2) == pytest.approx(3.2) and view.time_at(0.8) == pytest.approx(2.8)
    assert view.time_at(0.405) is None
    base.freeze(True, ring)
    feed(ring, 0.3)
    assert base.view(ring, 1000) == view
    base.freeze(False, ring)
    assert base.view(ring, 1000).time_at(0.6) == pytest.approx(3.6)


def test_a_restart_of_the_stream_ends_the_past():
    ring, base = Ring(LAYOUT, 60.0), Timebase(ScopeState())
    feed(ring, 5.0)
    base.freeze(True, ring)
    ring.push(Chunk(LAYOUT, 0, np.zeros((10, 2), np.float32)))
    assert base.view(ring, 100).kind == "live" and not base.frozen


def test_cursors_measure():
    one = Reading(0.1, 0.3, 1.0, 0.4)
    assert (one.dt, one.dv, one.rate) == (pytest.approx(0.2), pytest.approx(-0.6), pytest.approx(5.0))
    assert Reading(0.1, 0.1, 0, 0).rate == math.inf
    ring, base, cursors = Ring(LAYOUT, 60.0), Timebase(ScopeState(window=1.0)), Cursors()
    feed(ring, 5.0)
    view = base.view(ring, 1000)
    cursors.follow(view)
    cursors.put(0, 0.1, view)
    cursors.put(1, 0.2, view)
    read = cursors.read(view, ring, 0)
    assert (read.t_a, read.t_b) == (pytest.approx(-0.9), pytest.approx(-0.8))
    assert (read.v_a, read.v_b, read.dv) == (pytest.approx(0.6, abs=0.02), pytest.approx(1.2, abs=0.02),
                                             pytest.approx(0.6, abs=0.02))  # fmt: skip


def test_cursors_stay_with_the_data_while_looking_back():
    ring, base, cursors = Ring(LAYOUT, 60.0), Timebase(ScopeState(window=1.0)), Cursors()
    feed(ring, 5.0)
    view = base.view(ring, 1000)
    cursors.follow(view)
    t = view.time_at(cursors.shares[0])
    base.freeze(True, ring, 1000)
    cursors.follow(base.view(ring, 1000))
    base.pan(-0.2, ring)
    view = base.view(ring, 1000)
    cursors.follow(view)
    assert view.time_at(cursors.shares[0]) == pytest.approx(t, abs=2e-3)
    assert cursors.shares[0] == pytest.approx(0.55, abs=3e-3)
