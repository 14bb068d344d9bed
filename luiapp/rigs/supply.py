"""The supply of real boards, told by their spikes: a board fires at a fixed fraction of its VDD."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Chunk, Layout
from luiapp.model.lui import THRESHOLD_RATIO

BEFORE = 4e-3  # s before a spike in which the membrane was at its highest
AFTER = 1.5e-3  # s; a spike's time may be told a little before the membrane falls
N_LATEST = 8  # spikes, of which the middle one counts
N_LEAST = 2
PLAUSIBLE = (1.5, 5.5)  # V


class SupplyEstimate:
    """VDD of each board, from how high its membrane came just before each spike: V_threshold / 0.5167.

    Low by about half a sample's rise near the threshold, at most by a whole one. Boards whose membrane isn't sampled in
    volts, or that don't fire, have none. Fed by one thread; `vdd` may be read by any.

    Attributes
    ----------
    vdd : (n_neurons,) float64
        In V, not-a-number where it isn't known. Replaced by a new array when something is learnt.
    """

    def __init__(self) -> None:
        self._begin(None)

    def _begin(self, layout: Layout | None) -> None:
        self._layout: Layout | None = layout
        traces = layout.traces if layout is not None else ()
        self._columns = {t.i_neuron: i for i, t in enumerate(traces) if t.quantity == "membrane" and t.unit == "V"}
        self._peaks: list[deque[float]] = [deque(maxlen=N_LATEST) for _ in (layout.neurons if layout else ())]
        self.vdd = self._estimate()
        self._tail = np.empty((0, len(traces)), np.float32)
        self._waiting: list[tuple[float, int]] = []
        self._i_end = 0
        self._keep = math.ceil(4 * BEFORE / layout.dt) + 2 if layout is not None else 1

    def feed(self, chunk: Chunk) -> None:
        """Take the next chunk of a stream."""
        if chunk.layout is not self._layout:
            self._begin(chunk.layout)
        if not len(self._columns):
            return
        if chunk.i_first != self._i_end or not len(self._tail):
            self._tail = chunk.samples[:0]
            self._waiting.clear()
        self._tail = np.concatenate([self._tail, chunk.samples])
        self._i_end = chunk.i_end
        self._waiting += zip(chunk.spike_times.tolist(), chunk.spike_neurons.tolist(), strict=True)
        n_before = len(self._waiting)
        self._waiting = [spike for spike in self._waiting if not self._take(*spike)]
        self._tail = self._tail[-self._keep :]
        if len(self._waiting) < n_before:
            self.vdd = self._estimate()

    def _take(self, t: float, neuron: int) -> bool:
        """Whether a spike is dealt with; False while samples after it are still to come."""
        assert self._layout is not None
        if neuron not in self._columns or neuron >= len(self._peaks):
            return True
        i_tail = self._i_end - len(self._tail)
        last = math.floor((t + AFTER) / self._layout.dt)
        if last >= self._i_end:
            return False
        first = math.floor((t - BEFORE) / self._layout.dt)
        if first < i_tail:
            return True  # just after a gap: how high it came wasn't seen
        window = self._tail[first - i_tail : last + 1 - i_tail, self._columns[neuron]]
        if len(window) and np.isfinite(window).any():
            self._peaks[neuron].append(float(np.nanmax(window)))
        return True

    def _estimate(self) -> NDArray[np.float64]:
        out = np.full(len(self._peaks), math.nan)
        for i, peaks in enumerate(self._peaks):
            value = float(np.median(peaks)) / THRESHOLD_RATIO if len(peaks) >= N_LEAST else math.nan
            if PLAUSIBLE[0] <= value <= PLAUSIBLE[1]:
                out[i] = value
        return out
