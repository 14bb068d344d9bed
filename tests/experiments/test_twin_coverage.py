"""Standard errors are honest: intervals of 95 % hold the truth about that often, on boards from another simulator."""

from __future__ import annotations

import numpy as np
import pytest
from euler_boards import compared, measured

from luiapp.experiments.twin_spikes import aligned
from luiapp.experiments.twin_trace import from_columns


@pytest.mark.parametrize("told", [False, True], ids=["firing by itself", "with pulses"])
def test_intervals_hold_the_truth(told: bool) -> None:
    """On ten boards; of what is determined at least 85 % lies within, nothing further off than five standard errors.

    `python -m tests.benchmarks twin_fit` asks fifty, parameter by parameter.
    """
    off: list[float] = []
    for seed in range(2, 12):
        found = compared(*measured(seed, told))
        assert all(abs(z) < 5 for _, z in found.values()), (seed, found)
        assert {"v_leak"} <= set(found)
        off += [abs(z) for _, z in found.values()]
    assert len(off) > 30
    assert np.mean(np.array(off) < 1.96) >= 0.85
    assert max(off) > 0.5, "errors so large that nothing is ever near their end say nothing either"


def test_the_threshold_of_a_steep_rise_is_as_sure_as_its_samples() -> None:
    """Spikes on the same part of a sample leave its whole rise open: a uniform distribution's deviation, dt/sqrt(12).

    Spikes on all parts of it bound the shift they share far better.
    """
    from luiapp.experiments.twin_model import Membrane

    p = Membrane(2.0, 20e-3, v_reset=0.0, tau_ref=5e-3, board=False)
    errors = []
    for period in (30e-3, 30.37e-3):
        time = np.arange(0, 1.5, 1e-3)
        since = (time - 0.4e-3) % period
        v = np.where(since < 5e-3, 0.0, 2.0 * (1 - np.exp(-(since - 5e-3) / 20e-3)))
        v = v + np.random.default_rng(0).normal(0, 1e-5, len(v))
        trace = from_columns(time, v)
        turns = aligned(trace, trace.inputs(), p)
        level = 2.0 * (1 - np.exp(-(period - 5e-3) / 20e-3))
        slope = (2.0 - level) / 20e-3
        assert abs(turns.level - level) < 2.5 * turns.error
        errors.append(turns.error / slope)
    assert errors[0] == pytest.approx(1e-3 / np.sqrt(12), rel=0.15)
    assert errors[1] < errors[0] / 5
