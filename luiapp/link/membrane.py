"""Spikes from a sampled membrane: a Lu.i that fires pulls its membrane to ground within milliseconds.

Nothing else does that. The threshold is 0.52·VDD (1.55 V on a fresh cell, 1.24 V on a worn one), the reset has a time
constant of 0.6 ms, and the membrane then stays at 0 V for 15.5 ms. Inhibition takes at least 20 ms for the same way
and ends at the floor near 0.4 V. So a fall from above `HIGH` to below `LOW` within `MAX_FALL` is a spike, whatever
the cell's voltage. The membrane must be sampled more often than every 15 ms, else spikes fall
between two samples; below about 250 Hz the strongest inhibition may pass for a spike.
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
        self._reach = math.ceil(MAX_FALL / dt) + 1  # one sample may lie half-way down
        self._before = math.ceil(TAU_RESET / dt) + 1  # from the threshold to `high` takes less than τ
        self._i_high = self._i_low = -(1 << 60)  # the last sample above `high`, below `low`
        self._tail = np.empty(0, np.float32)  # the last samples
        self._end = 0  # index after them

    def feed(self, samples: NDArray[np.float32], i_first: int) -> NDArray[np.float64]:
        """Spike times in samples since the stream began (fractions lie between two samples), ascending.

        The threshold was crossed where the fall begins: between the last sample before it and the next one, placed by
        the reset's exponential, V = V_before·exp(−t/τ).
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
        self._tail = np.concatenate([self._tail, samples]) if i_first == self._end else samples
        self._end = i_first + n
        spikes = [self._place(int(i), int(high[i - i_first])) for i in found]
        self._i_high, self._i_low = int(high[-1]), int(low[-1])
        self._tail = self._tail[-(self._reach + self._before + 2) :]
        return np.array(spikes, np.float64)

    @property
    def undecided(self) -> int | None:
        """The first sample that a spike not yet seen could lie at; None where no fall can be under way."""
        if self._i_high > self._i_low and self._end - 1 - self._i_high < self._reach:
            return self._start_of_fall(self._i_high)
        return None

    def _start_of_fall(self, i_high: int) -> int:
        """The last sample at the level that the membrane fell from; `i_high` may be one of the fall."""
        i_tail = self._end - len(self._tail)
        first = max(i_high - self._before, i_tail)
        window = self._tail[first - i_tail : i_high + 1 - i_tail]
        if not len(window):  # before a gap
            return i_high
        return first + int(np.flatnonzero(window >= 0.95 * np.nanmax(window))[-1])

    def _place(self, i_low: int, i_high: int) -> float:
        i_tail = self._end - len(self._tail)
        if i_high < i_tail:
            return float(i_low)
        start = self._start_of_fall(i_high)
        v_start, i_next = float(self._tail[start - i_tail]), start + 1
        if math.isnan(self._tail[i_next - i_tail]):  # missing
            i_next = i_low
        if v_start <= 0:  # thresholds set for another unit: no exponential to go by
            return float(start)
        v_next = max(float(self._tail[i_next - i_tail]), 0.02 * v_start)
        fallen = TAU_RESET / self._dt * math.log(v_start / v_next)
        return min(max(i_next - fallen, float(start)), float(i_next))
