"""Quantities are printed and parsed without loss, in both languages' notation."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.errors import ParameterError
from luiapp.units import format_quantity, parse_quantity


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("12.5 ms", "s", 12.5e-3),
        ("12,5ms", "s", 12.5e-3),
        ("0.0125", "s", 12.5e-3),
        ("1.5 s", "s", 1.5),
        ("−70 mV", "V", -70e-3),
        ("22 kΩ", "Ω", 22e3),
        ("22k", "Ω", 22e3),
        ("22 kOhm", "Ω", 22e3),
        ("435 uA", "A", 435e-6),
        ("1e-3 s", "s", 1e-3),
        ("40 %", "", 0.4),
    ],
)
def test_typed_quantities(text: str, unit: str, value: float) -> None:
    assert parse_quantity(text, unit) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("text", ["", "ms", "1 2", "5 V", "1..2 s", "1e999 s", "five", "--3", "nan", "inf", "5 m s"])
def test_what_is_no_time_is_refused_by_name(text: str) -> None:
    with pytest.raises(ParameterError) as refusal:
        parse_quantity(text, "s")
    assert text in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0125, "s", "12.5 ms"),
        (1.55, "V", "1.55 V"),
        (-3e-3, "V", "−3.00 mV"),
        (22e3, "Ω", "22.0 kΩ"),
        (0.0, "V", "0.00 V"),
        (999.9e-6, "s", "1.00 ms"),
        (999.99, "Hz", "1.00 kHz"),
        (math.nan, "V", "–"),
        (math.inf, "s", "∞"),
        (-1e-30, "V", "0.00 V"),
    ],
)
def test_printed_quantities(value: float, unit: str, text: str) -> None:
    assert format_quantity(value, unit) == text


def test_german_notation() -> None:
    assert format_quantity(0.0125, "s", decimal=",") == "12,5 ms"


@given(st.floats(1e-11, 9e11), st.sampled_from(["s", "V", "A", "Hz", "Ω"]), st.sampled_from([".", ","]))
def test_what_is_printed_can_be_typed_again(value: float, unit: str, decimal: str) -> None:
    assert parse_quantity(format_quantity(value, unit, 6, decimal), unit) == pytest.approx(value, rel=1e-5)


@given(st.text(max_size=30))
def test_no_text_crashes_the_parser(text: str) -> None:
    with contextlib.suppress(ParameterError):
        assert math.isfinite(parse_quantity(text, "V"))
