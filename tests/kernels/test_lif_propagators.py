"""The propagators against integrals computed otherwise, near and at equal time constants too."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from luiapp.kernels.lif_propagators import g_to_v, i_to_v, propagators

TAUS = st.floats(1e-4, 1.0)


@settings(deadline=None, max_examples=60)
@given(TAUS, TAUS, st.floats(1e-5, 0.05))
def test_propagators_are_the_integrals(tau_mem: float, tau: float, t: float) -> None:
    exponential = quad(lambda s: math.exp(-(t - s) / tau_mem - s / tau) / tau_mem, 0, t, epsabs=0, epsrel=1e-12)[0]
    alpha = quad(lambda s: math.exp(-(t - s) / tau_mem - s / tau) * s / tau / tau_mem, 0, t, epsabs=0, epsrel=1e-12)[0]
    assert i_to_v(t, tau_mem, tau) == pytest.approx(exponential, rel=1e-10, abs=1e-300)
    assert g_to_v(t, tau_mem, tau) == pytest.approx(alpha, rel=1e-10, abs=1e-300)


@pytest.mark.parametrize("distance", [0.0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, -1e-15, -1e-9, -1e-3])
def test_nothing_cancels_near_equal_time_constants(distance: float) -> None:
    t, tau_mem = 1e-4, 20e-3
    tau = tau_mem * (1 + distance)
    # To second order in the distance of the rates, from the series of both integrals.
    z = t * (tau - tau_mem) / (tau * tau_mem)
    exponential = t / tau_mem * math.exp(-t / tau_mem) * (1 + z / 2 + z * z / 6)
    alpha = t * t / (tau_mem * tau) * math.exp(-t / tau_mem) * (1 / 2 + z / 3 + z * z / 8)
    assert i_to_v(t, tau_mem, tau) == pytest.approx(exponential, rel=1e-14)
    assert g_to_v(t, tau_mem, tau) == pytest.approx(alpha, rel=1e-14)


@given(TAUS, TAUS, st.floats(1e-6, 0.5))
def test_two_steps_are_one_of_their_sum(tau_mem: float, tau: float, t: float) -> None:
    def step(state: tuple[float, float, float], h: float) -> tuple[float, float, float]:
        four = np.empty((4, 1))
        propagators(h, np.array([tau_mem]), np.array([tau]), four)
        decay, from_i, from_g, g_to_i = four[:, 0]
        x, i, g = state
        return (x * math.exp(-h / tau_mem) + i * from_i + g * from_g, i * decay + g * g_to_i, g * decay)

    start = (0.3, 0.7, 0.5)
    twice, once = step(step(start, 0.3 * t), 0.7 * t), step(start, t)
    assert twice == pytest.approx(once, rel=1e-12, abs=1e-30)


def test_extremes_stay_finite() -> None:
    for tau_mem, tau in ((1e-6, 1e3), (1e3, 1e-6), (1e-6, 1e-6)):
        for t in (1e-9, 1e-3, 1.0):
            assert 0 <= i_to_v(t, tau_mem, tau) <= 1
            assert 0 <= g_to_v(t, tau_mem, tau) <= 1
