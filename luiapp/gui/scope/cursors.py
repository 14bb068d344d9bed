"""Two cursors: where they stand and what lies between them. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from luiapp.gui.scope.view import View
from luiapp.stream.ring import Ring


@dataclass(frozen=True)
class Reading:
    """What the cursors tell: times [s] and voltages [V] at A and B; not-a-number where nothing was measured."""

    t_a: float
    t_b: float
    v_a: float
    v_b: float

    @property
    def dt(self) -> float:
        """Time from A to B [s]."""
        return self.t_b - self.t_a

    @property
    def dv(self) -> float:
        """Voltage from A to B [V]."""
        return self.v_b - self.v_a

    @property
    def rate(self) -> float:
        """1/Δt [Hz]; infinite where both cursors stand at one place."""
        return 1 / abs(self.dt) if self.dt else math.inf


class Cursors:
    """Places on the screen while the picture moves, times on the stream's clock while someone looks back.

    Attributes
    ----------
    shares : list of float
        Places of A and B on the time axis, 0 to 1 (beyond where they are off the screen).
    active : int
        The one that keys move.
    """

    def __init__(self) -> None:
        self.shares = [0.35, 0.65]
        self.active = 0
        self._times: list[float] | None = None
        self._last: View | None = None

    def follow(self, view: View) -> None:
        """Stay with the data when the view is of the past, else with the screen."""
        if view.kind != "past":
            self._times = None
            self.shares = [min(max(s, 0.0), 1.0) for s in self.shares]
        else:
            if self._times is None:
                before = self._last or view
                self._times = [t if (t := before.time_at(s)) is not None else view.t_low + s * view.span
                               for s in self.shares]  # fmt: skip
            self.shares = [(t - view.t_low) / view.span for t in self._times]
        self._last = view

    def put(self, which: int, share: float, view: View) -> None:
        """Move one cursor to a place on the axis."""
        self.active = which
        self.shares[which] = min(max(share, 0.0), 1.0)
        if self._times is not None:
            self._times[which] = view.t_low + self.shares[which] * view.span

    def fetch(self, view: View) -> None:
        """Bring cursors that are off the screen back onto it."""
        for which, home in enumerate((0.35, 0.65)):
            if not 0 <= self.shares[which] <= 1:
                self.put(which, home, view)

    def read(self, view: View, ring: Ring, i_trace: int) -> Reading:
        """Times on the axis and voltages of one trace at both cursors."""
        values = [value_at(ring, i_trace, view.time_at(s)) for s in self.shares]
        times = [view.x_low + s * view.span for s in self.shares]
        return Reading(times[0], times[1], values[0], values[1])


def value_at(ring: Ring, i_trace: int, t: float | None) -> float:
    """The sample [V] nearest to `t` [s]; not-a-number where there is none."""
    if t is None or i_trace < 0:
        return math.nan
    i = round(t / ring.layout.dt)
    i = min(i, ring.head - 1) if i == ring.head else i
    return float(ring.trace(i_trace, i, i + 1)[0])
