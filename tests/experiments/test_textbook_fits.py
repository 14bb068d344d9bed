"""Fits of a textbook neuron, stepped here by Euler with steps far below a sample: it falls at once, holds, climbs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from luiapp.data.measure import find_spikes
from luiapp.experiments.twin_fit import fit_trace
from luiapp.experiments.twin_trace import from_columns

Floats = NDArray[np.float64]
V_THRESHOLD, V_RESET = 1.5, 0.05


def firing(v_leak: float, tau_mem: float, tau_ref: float, dt: float, duration: float) -> tuple[Floats, Floats, Floats]:
    """Time, membrane with 1.5 mV of noise, and spikes of a neuron that leaks beyond its threshold."""
    n = round(dt / 5e-6)
    h, v, held = dt / n, 0.3, 0
    course, spikes = [], []
    for k in range(round(duration / dt)):
        course.append(v)
        for i in range(n):
            if held:
                held -= 1
            else:
                v += h * (v_leak - v) / tau_mem
                if v >= V_THRESHOLD:
                    v, held = V_RESET, round(tau_ref / h)
                    spikes.append(k * dt + (i + 1) * h)
    noise = np.random.default_rng(3).normal(0.0, 1.5e-3, len(course))
    return np.arange(len(course)) * dt, np.array(course) + noise, np.array(spikes)


@pytest.mark.parametrize(
    ("v_leak", "tau_mem", "tau_ref", "dt"),
    [
        (2.2, 0.03, 8e-3, 2e-4),
        (2.2, 0.03, 3e-3, 2e-4),
        (2.2, 0.01, 1e-2, 2e-4),
        (1.9, 0.05, 2e-3, 1e-4),
        (1.8, 0.06, 2e-2, 1e-3),
    ],
)
def test_a_neuron_of_any_pause_and_pace_is_found(v_leak: float, tau_mem: float, tau_ref: float, dt: float) -> None:
    time, v, _ = firing(v_leak, tau_mem, tau_ref, dt, 3.0)
    found = fit_trace(from_columns(time, v))
    assert found.rms_residual < 2.2e-3, "no more is left than noise and a little of what isn't modelled"
    assert found.parameter("v_leak").value == pytest.approx(v_leak, rel=5e-3)
    assert found.parameter("tau_mem").value == pytest.approx(tau_mem, rel=7e-3)
    assert found.parameter("tau_ref").value == pytest.approx(tau_ref, abs=0.1 * dt + 6e-5)
    assert found.parameter("v_threshold").value == pytest.approx(V_THRESHOLD, abs=3e-3)
    assert found.parameter("v_reset").value == pytest.approx(V_RESET, abs=3e-3)


def test_a_spike_just_before_the_end_lies_where_it_was() -> None:
    time, v, spikes = firing(1.9, 0.05, 2e-3, 1e-4, 4.0)
    for n_more in (2, 5, 20):  # samples after the last fall that is seen
        stop = int(spikes[9] / 1e-4) + 1 + n_more
        found = find_spikes(time[:stop], v[:stop])
        assert found == pytest.approx(spikes[:10], abs=1.01e-4)
