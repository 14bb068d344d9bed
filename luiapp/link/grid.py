"""Several ports on one time grid: each grid point takes the nearest sample of each port, as it was measured.

No value is interpolated. Each port's clock is fitted by itself, so that a resonator half a per cent off doesn't drift
away from the others. While a port is away, and where it sent nothing, its columns are not-a-number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Layout, Trace
from luiapp.link.intake import Piece
from luiapp.link.setup import Setup

PATIENCE = 0.15  # s, as long a port may lag before the grid goes on without it
LONGEST = 4.0  # s, what one block of the grid covers at most


class Timed(Protocol):
    """A clock that knows when a sample was taken."""

    def time_of(self, index: float, dt: float) -> float:
        """In seconds on the computer's clock."""


class Input(Protocol):
    """What the grid reads of a port's intake."""

    @property
    def setup(self) -> Setup | None:
        """Its columns and rate, once they are known."""

    @property
    def clock(self) -> Timed:
        """When its samples were taken."""


@dataclass
class _Column:
    """What is known of one port: its samples since the last grid point."""

    setup: Setup | None = None
    i_trace: int = 0
    i_neuron: int = 0
    first: int = 0
    samples: NDArray[np.float32] | None = None


class Grid:
    """Puts the pieces of several intakes on one grid.

    Attributes
    ----------
    layout : Layout
        Of the grid at present; without columns until one port's are known.
    i_next : int
        The next grid point.
    t_zero : float
        When grid point 0 is, on the computer's clock [s].
    n_late : int
        Samples that came after their grid point was given out.
    """

    def __init__(self, intakes: Sequence[Input]) -> None:
        self._intakes = tuple(intakes)
        self._columns = [_Column() for _ in intakes]
        self.t_zero = 0.0
        self._spikes: list[tuple[float, int, int]] = []  # time on the computer's clock, port, its neuron
        self.layout = Layout(1e-3, (), (), "board")
        self.i_next = 0
        self.n_late = 0

    def add(self, i_port: int, piece: Piece) -> None:
        """Take in a piece of port `i_port`; `step` must have seen its setup."""
        column, intake = self._columns[i_port], self._intakes[i_port]
        if piece.setup is not column.setup:
            return
        is_first = column.samples is None  # what was learned from may be older than the layout
        end = 0 if column.samples is None else column.first + len(column.samples)
        if column.samples is None or piece.i_first != end:
            column.first, column.samples = piece.i_first, piece.samples
        else:
            column.samples = np.concatenate([column.samples, piece.samples])
        for spike, neuron in zip(piece.spikes.tolist(), piece.neurons.tolist(), strict=True):
            self._spikes.append((intake.clock.time_of(spike, piece.setup.dt), i_port, neuron))
        last = piece.i_first + len(piece.samples) - 1
        if not is_first and intake.clock.time_of(last, piece.setup.dt) < self._t_next - self.layout.dt:
            self.n_late += len(piece.samples)

    def renew(self, pieces: Sequence[Sequence[Piece]], now: float) -> bool:
        """Adopt the ports' present setups; True where that made a new layout.

        Its time begins where the last one ended; the first one's with the earliest of the `pieces` (one list a port).
        """
        setups = [one.setup for one in self._intakes]
        changed = [i for i, column in enumerate(self._columns) if column.setup is not setups[i]]
        if not changed:
            return False
        for i in changed:
            self._columns[i] = _Column(setups[i])
        self._spikes = [one for one in self._spikes if one[1] not in changed]
        traces: list[Trace] = []
        neurons: list[str] = []
        for column in self._columns:
            if column.setup is None:
                continue
            column.i_trace, column.i_neuron = len(traces), len(neurons)
            traces += [Trace(t.name, t.unit, t.quantity, t.i_neuron + len(neurons) if t.i_neuron >= 0 else -1)
                       for t in column.setup.traces]  # fmt: skip
            neurons += column.setup.neurons
        t_first = [
            intake.clock.time_of(ones[0].i_first, ones[0].setup.dt)
            for intake, ones in zip(self._intakes, pieces, strict=True)
            if ones
        ]
        t_zero = self._t_next if self.layout.traces or self.layout.neurons else min([now, *t_first])
        dt = min(c.setup.dt for c in self._columns if c.setup is not None)
        self.layout = Layout(dt, tuple(traces), tuple(neurons), "board")
        self.i_next, self.t_zero = 0, t_zero
        return True

    def step(self, now: float, flowing: Sequence[bool]) -> tuple[int, NDArray[np.float32], list[tuple[float, int]]]:
        """The grid up to where all flowing ports have arrived: first index, samples (n, n_traces), spikes.

        Spikes are (time [s] since the layout began, neuron), sorted, inside the block.
        """
        n = self._n_ready(now, flowing)
        samples = np.full((n, len(self.layout.traces)), np.nan, np.float32)
        i_first = self.i_next
        if n == 0:
            return i_first, samples, []
        times = self.t_zero + (i_first + np.arange(n, dtype=np.float64)) * self.layout.dt
        for column, intake in zip(self._columns, self._intakes, strict=True):
            if column.setup is not None and column.samples is not None and len(column.samples):
                self._fill(samples, column, intake, times)
        self.i_next += n
        return i_first, samples, self._due_spikes(i_first * self.layout.dt, self.i_next * self.layout.dt)

    def _due_spikes(self, begin: float, end: float) -> list[tuple[float, int]]:
        """Clocks are fitted: a spike may turn out before its block. None is lost, but those from before the layout."""
        due, later = [], []
        for one in self._spikes:
            time = one[0] - self.t_zero
            if time >= end:
                later.append(one)
            elif time >= 0:
                due.append((max(time, begin), one[2] + self._columns[one[1]].i_neuron))
        self._spikes = later
        return sorted(due)

    @property
    def _t_next(self) -> float:
        return self.t_zero + self.i_next * self.layout.dt

    def _n_ready(self, now: float, flowing: Sequence[bool]) -> int:
        dt = self.layout.dt
        horizon = now
        for column, intake, flows in zip(self._columns, self._intakes, flowing, strict=True):
            if column.setup is None or not flows:
                continue
            patience = max(PATIENCE, 2 * column.setup.dt)
            arrived = now - 2 * patience
            if column.samples is not None:
                last = column.first + len(column.samples) - 1
                arrived = intake.clock.time_of(last, column.setup.dt) + column.setup.dt / 2
            horizon = min(horizon, max(arrived, now - patience))
        return int(min(max(0, np.floor((horizon - self._t_next) / dt)), max(1, LONGEST / dt)))

    def _fill(self, samples: NDArray[np.float32], column: _Column, intake: Input, times: NDArray[np.float64]) -> None:
        setup, have = column.setup, column.samples
        if setup is None or have is None:
            return
        t_first = intake.clock.time_of(column.first, setup.dt)
        step = intake.clock.time_of(column.first + 1, setup.dt) - t_first
        nearest = np.rint((times - t_first) / step).astype(np.int64)
        known = (nearest >= 0) & (nearest < len(have))
        samples[known, column.i_trace : column.i_trace + have.shape[1]] = have[nearest[known]]
        n_used = int(min(max(nearest[-1] - 1, 0), len(have)))
        column.samples = have[n_used:]
        column.first += n_used
