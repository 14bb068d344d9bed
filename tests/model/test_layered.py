"""Layered networks: the height of a PSP in closed form, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.errors import NetworkError
from luiapp.model.layered import Layer, Layered, psp_peak

TAU = st.floats(1e-3, 1.0)


@given(TAU, TAU)
def test_a_psp_peaks_where_leak_and_current_balance(tau_mem: float, tau_syn: float) -> None:
    """At the peak, dv/dt = 0: the membrane is what the current there would hold, ``v = i tau_mem / tau_syn``."""
    ratio = tau_mem / tau_syn
    at = tau_syn if abs(ratio - 1) < 1e-6 else tau_mem * np.log(ratio) / (ratio - 1)
    current = np.exp(-at / tau_syn)
    assert psp_peak(tau_mem, tau_syn) == pytest.approx(current * ratio, rel=1e-5)


def test_layers_must_fit() -> None:
    first, second = Layer(np.ones((4, 3))), Layer(np.ones((3, 2)), kind="li")
    assert (Layered((first, second)).n_in, Layered((first, second)).n_out) == (4, 2)
    with pytest.raises(NetworkError, match="can't feed one with 4 inputs"):
        Layered((first, Layer(np.ones((4, 2)))))
    with pytest.raises(NetworkError, match="can't feed"):
        Layered((second, Layer(np.ones((2, 2)))))


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight": np.full((2, 2), np.nan)},
        {"weight": np.ones(3)},
        {"tau_mem": 0.0},
        {"tau_ref": np.nan},
        {"kind": "adex"},
        {"loop": np.ones((2, 3))},
        {"delay": -np.ones((2, 2))},
    ],
)
def test_what_is_no_layer_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(NetworkError):
        Layer(**{"weight": np.ones((2, 2)), **wrong})  # type: ignore[arg-type]


def test_a_bias_is_no_input_of_the_layer_before() -> None:
    assert Layer(np.ones((5, 3)), bias=5e-3).n_in == 4
