"""The bench's words and numbers against the board's own formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.data.chunk import Layout, Trace
from luiapp.errors import ParameterError
from luiapp.gui.bench import state
from luiapp.model.lui import KNOBS, knob
from luiapp.model.network import Network
from luiapp.texts import set_language


@given(st.floats(0.0, 3.6), st.floats(1.8, 3.6))
def test_leds_count_by_the_voltage_law(v: float, vdd: float) -> None:
    levels = state.led_levels(v, vdd)
    for n in range(1, 7):
        edge = n * 0.0695 * vdd
        if abs(v - edge) > 0.0041 * vdd:
            assert levels[n - 1] == (1.0 if v > edge else 0.0)
    assert (np.diff(levels) <= 0).all()  # a bar: no LED without those before it


def test_led_edges_at_three_volts_are_the_published_ones() -> None:
    # 0.208 … 1.251 V at 3 V; at the edge itself an LED is at a half
    assert state.led_levels(0.2085, 3.0)[0] == pytest.approx(0.5)
    assert state.led_levels(1.251, 3.0)[5] == pytest.approx(0.5)
    assert not state.led_levels(math.nan, 3.0).any()


def test_what_a_trimmer_means() -> None:
    # the four formulas, worked out by hand
    assert state.knob_text(knob("tau_mem"), 10e3) == "τ mem  220 ms · 20 %"
    assert state.knob_text(knob("tau_syn"), 5.5e3) == "τ syn  55 ms · 25 %"
    assert state.knob_text(knob("leak"), 60e3) == "leak  1.80 V · 60 %"
    assert state.knob_text(knob("leak"), 60e3, 2.5) == "leak  1.50 V · 60 %"
    assert state.knob_text(knob("w1"), 13.2e3) == "w1  40 % · 0.11 mA"  # 1.5 V / 13.69 kΩ
    set_language("de")
    assert state.knob_text(knob("leak"), 60e3) == "Leck  1,80 V · 60 %"


@given(st.sampled_from(KNOBS), st.floats(0, 1), st.floats(2.0, 3.5))
def test_ohms_of_inverts_physical(one: object, fraction: float, vdd: float) -> None:
    assert isinstance(one, type(KNOBS[0]))
    ohms = fraction * one.track
    assert state.ohms_of(one, state.physical(one, ohms, vdd), vdd) == pytest.approx(ohms, abs=1e-6 * one.track)


@pytest.mark.parametrize("language", ["en", "de"])
@given(one=st.sampled_from(KNOBS), permille=st.integers(0, 1000))
def test_what_is_shown_can_be_typed(language: str, one: object, permille: int) -> None:
    assert isinstance(one, type(KNOBS[0]))
    set_language(language)
    try:
        ohms = one.ohms(permille / 10)
        assert one.percent(state.parse_knob(one, state.percent_text(one, ohms))) == pytest.approx(permille / 10)
        rounding = {"leak": 5e-3 / 3.0 * 100e3, "tau_mem": 0.5e-3 / 22e-6, "tau_syn": 0.5e-3 / 10e-6}.get(one.name)
        if rounding is not None:
            assert state.parse_knob(one, state.value_text(one, ohms)) == pytest.approx(ohms, abs=1.001 * rounding)
    finally:
        set_language("en")


@pytest.mark.parametrize(
    ("name", "text", "ohms"),
    [
        ("tau_mem", "220 ms", 10e3), ("tau_mem", "0,22s", 10e3), ("tau_mem", "20 %", 10e3), ("tau_mem", "20", 10e3),
        ("tau_mem", "10 kΩ", 10e3), ("tau_mem", "10 kOhm", 10e3), ("leak", "1,5 V", 50e3), ("leak", "1500 mV", 50e3),
        ("w2", "40 %", 13.2e3), ("w2", "13.2 kΩ", 13.2e3), ("w2", "0.1 mA", 14510.0), ("w2", "100µA", 14510.0),
    ],
)  # fmt: skip
def test_typed_values(name: str, text: str, ohms: float) -> None:
    assert state.parse_knob(knob(name), text) == pytest.approx(ohms)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("tau_mem", "3 s", "reaches from 0.0 ms to 1100 ms"), ("w1", "5 mA", "reaches from 0.07 mA to 3.06 mA"),
        ("leak", "5 V", "reaches from 0.00 V to 3.00 V"), ("leak", "120 %", "0 to 100 %"),
        ("tau_syn", "12 V", "%, Ω or s"), ("tau_syn", "abc", "%, Ω or s"), ("w1", "", "%, Ω or A"),
        ("w1", "0 A", "reaches"), ("tau_mem", "−5 %", "0 to 100 %"),
    ],
)  # fmt: skip
def test_wrong_values_are_told(name: str, text: str, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        state.parse_knob(knob(name), text)


@given(st.sampled_from(KNOBS), st.text(max_size=12))
def test_any_text_is_a_value_on_the_track_or_a_parameter_error(one: object, text: str) -> None:
    assert isinstance(one, type(KNOBS[0]))
    try:
        ohms = state.parse_knob(one, text)
    except ParameterError:
        return
    assert 0 <= ohms <= one.track


@given(st.lists(st.one_of(st.none(), st.tuples(st.floats(-500, 500), st.floats(-500, 500))), max_size=12))
def test_places_keep_what_has_one_and_never_stack(given_places: list[tuple[float, float] | None]) -> None:
    net = Network(model="lui")
    for place in given_places:
        net.neuron(position=place)
    found = state.places(net, net.n_neurons)
    assert all(own is None or own == there for own, there in zip(given_places, found, strict=True))
    free = [there for own, there in zip(given_places, found, strict=True) if own is None]
    for k, (x, y) in enumerate(free):
        assert all(abs(x - a) >= 250 or abs(y - b) >= 180 for a, b in free[:k])
    x, y = state.free_place(net)
    assert all(abs(x - a) > 250 or abs(y - b) > 170 for a, b in found) or len(found) == 0


def test_boards_that_are_added_fill_the_bench() -> None:
    net = Network(model="lui")
    for n in range(1, 65):
        net.neuron(position=state.free_place(net, n - 2))
        xs, ys = zip(*(p for p in net.positions if p is not None), strict=True)
        assert list(ys[:3]) == [0.0] * len(ys[:3]) and list(xs[:3]) == sorted(xs[:3]), "the first three in a row"
        width, height = max(xs) - min(xs) + state.DISTANCE_X, max(ys) - min(ys) + state.DISTANCE_Y
        assert max(width, state.WIDE * height) < 1.5 * math.sqrt(n * state.DISTANCE_X * state.DISTANCE_Y * state.WIDE)


def test_columns_follow_the_layout() -> None:
    traces = (Trace("s", "V", "synapse", 0), Trace("b", "V", "signal", 1), Trace("a", "V", "membrane", 0),
              Trace("c", "V", "signal", 0), Trace("n", "", "signal", 2))  # fmt: skip
    assert state.membrane_columns(Layout(1e-3, traces, ("a", "b", "c"))) == {0: 2, 1: 1}
    assert state.membrane_columns(None) == {}
