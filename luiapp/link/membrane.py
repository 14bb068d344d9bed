"""Spikes from a sampled membrane: a Lu.i that fires pulls its membrane to ground within milliseconds.

Nothing else does that. The threshold is 0.52·VDD (1.55 V on a fresh cell, 1.24 V on a worn one), the reset has a time
constant of 0.6 ms, and the membrane then stays at 0 V for 15.5 ms. Inhibition takes at least 20 ms for the same way
and ends at the floor near 0.4 V. So a fall from above `HIGH` to below `LOW` within `MAX_FALL` is a spike, whatever
the cell's voltage. The membrane must be sampled more often than every 15 ms, else spikes fall between two samples.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

TAU_RESET = 0.6e-3  # s, time constant of the fall (26 Ω times 22 µF)
HIGH = 0.7  # V, half of the lowest threshold that a usable cell gives
LOW = 0.3  # V, below the floor, above the noise of a membrane at ground
MAX_FALL = 4e-3  # s, seven time constants of the reset
SLOWEST = 15e-3  # s, longest sampling interval that still sees every reset


class SpikeFinder:
    """Finds spikes in consecutive blocks of one membrane; any split into blocks finds the same.

    Parameters
    ----------
    dt : float
        Sampling interval [s].
    high, low : float
        A spike is a fall from above `high` to below `low`, in the samples' unit.
    """

    def __init__(self, dt: float, *, high: float = HIGH, low: float = LOW) -> None:
        self._dt, self._high, self._low = dt, high, low
        self._reach = max(1, math.ceil(MAX_FALL / dt))
        self._i_high = -(1 << 60)  # the last sample above `high`
        self._v_high = 0.0
        self._v_next = math.nan  # the sample after it
        self._i_low = -(1 << 60)
        self._last = -(1 << 60)  # the last sample seen

    def feed(self, samples: NDArray[np.float32], i_first: int) -> NDArray[np.float64]:
        """Spike times in samples since the stream began (fractions lie between two samples), ascending.

        The threshold was crossed where the fall begins: between the last high sample and the next one, placed by the
        reset's exponential fall, V = V_high·exp(−t/τ).
        """
        n = len(samples)
        if n == 0:
            return np.empty(0)
        index = np.arange(i_first, i_first + n)
        is_high, is_low = samples > self._high, samples < self._low
        high = np.maximum.accumulate(np.where(is_high, index, self._i_high))
        low = np.maximum.accumulate(np.where(is_low, index, self._i_low))
        low_before = np.concatenate([[self._i_low], low[:-1]])
        found = index[is_low & (high > low_before) & (index - high <= self._reach)]
        spikes = [self._place(samples, i_first, int(i), int(high[i - i_first])) for i in found]
        i_last = int(high[-1])
        if i_last >= i_first:
            self._v_high, self._v_next = float(samples[i_last - i_first]), math.nan
        if 0 <= i_last + 1 - i_first < n:
            self._v_next = float(samples[i_last + 1 - i_first])
        self._i_high, self._i_low, self._last = int(high[-1]), int(low[-1]), i_first + n - 1
        return np.array(spikes, np.float64)

    @property
    def undecided(self) -> int | None:
        """The first sample that a spike not yet seen could lie at; None where no fall can be under way."""
        if self._i_high > self._i_low and self._last - self._i_high < self._reach:
            return self._i_high
        return None

    def _place(self, samples: NDArray[np.float32], i_first: int, i_low: int, i_high: int) -> float:
        v_high = float(samples[i_high - i_first]) if i_high >= i_first else self._v_high
        i_next = i_high + 1  # the first sample of the fall
        v_next = float(samples[i_next - i_first]) if i_next >= i_first else self._v_next
        if math.isnan(v_next):  # missing
            i_next, v_next = i_low, float(samples[i_low - i_first])
        fallen = TAU_RESET / self._dt * math.log(v_high / max(v_next, 0.02 * v_high, 1e-9))
        return min(max(i_next - fallen, float(i_high)), float(i_next))
