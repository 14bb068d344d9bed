"""The trigger: finds the instant at which a sweep begins. No Qt."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from luiapp.gui.scope.state import ScopeState
from luiapp.stream.ring import Ring

HYSTERESIS = 0.02  # V; noise smaller than this does not fire the trigger twice
_MOST = 200_000  # samples that are searched at once
MOST_EARLIER = 12  # sweeps that are remembered, for their afterglow
_PATIENCE = 0.5  # s without a trigger after which "auto" sweeps all the same


def first_crossing(
    values: NDArray[np.float32], level: float, *, rising: bool, armed: bool, hysteresis: float = HYSTERESIS
) -> tuple[int | None, bool]:
    """The index of the first sample at or beyond `level` after one on its other side by at least the hysteresis.

    Parameters
    ----------
    values : (n,) float32
    armed : bool
        Whether such a sample came before `values`.

    Returns
    -------
    (int or None, bool)
        The index, and whether the trigger is armed after the last of the values that were used.
    """
    sign = 1.0 if rising else -1.0
    above = sign * values >= sign * level
    below = sign * values < sign * level - hysteresis
    if not armed:
        if not below.any():
            return None, False
        first_below = int(np.argmax(below))
    else:
        first_below = 0
    after = above[first_below:]
    if after.any():
        return first_below + int(np.argmax(after)), False
    return None, True


class Trigger:
    """Watches a ring as it grows and holds the time of the sweep on the screen, and of the one before.

    Attributes
    ----------
    t_trigger, t_before : float or None
        Trigger times [s] of the present and the last sweep.
    earlier : deque of float
        Those of the sweeps before the present one [s], the latest first; not of sweeps without a trigger.
    forced : bool
        The present sweep began without a trigger ("auto" grew impatient).
    done : bool
        A single sweep is complete; `arm` lets the next one come.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after another stream began."""
        self.t_trigger: float | None = None
        self.t_before: float | None = None
        self.earlier: deque[float] = deque(maxlen=MOST_EARLIER)
        self.forced = self.done = False
        self._seen: float | None = None
        self._since = 0.0
        self._armed = False

    def arm(self) -> None:
        """Wait for the next trigger from now on."""
        self.done = False
        self._seen = None
        self._armed = False
        if self.t_trigger is not None:
            self._keep()
            self.t_before, self.t_trigger = self.t_trigger, None

    def update(self, ring: Ring, state: ScopeState) -> None:
        """Look at what came since the last call."""
        now = ring.now
        if self._seen is None or self._seen > now:
            self._seen = self._since = now
        # After a pause of the screen, what is long gone need not be searched.
        self._seen = max(self._seen, now - 2 * state.window - 2 * _PATIENCE)
        after = (1 - state.pre) * state.window
        while not self.done:
            if self.t_trigger is not None and not self.forced:
                end = self.t_trigger + after
                if now < end:
                    return
                if state.trigger_mode == "single":
                    self.done = True
                    return
                self._seen = max(self._seen, end)
            found = self._find(ring, state, self._seen, now)
            if found is None:
                patience = 0.0 if self.forced else _PATIENCE
                if state.trigger_mode == "auto" and now - self._since >= patience:
                    self._begin(now, after, forced=True)
                return
            self._begin(found, after, forced=False)

    def _begin(self, t: float, after: float, *, forced: bool) -> None:
        self._keep()
        self.t_before, self.t_trigger, self.forced = self.t_trigger, t, forced
        self._since = t + after
        self._armed = False

    def _keep(self) -> None:
        if self.t_trigger is not None and not self.forced:
            self.earlier.appendleft(self.t_trigger)

    def _find(self, ring: Ring, state: ScopeState, t_from: float, now: float) -> float | None:
        """The first trigger in [t_from, now); remembers how far it looked."""
        if t_from >= now:
            return None
        if state.trigger == "spike":
            times, neurons = ring.spikes(t_from, now)
            if state.trigger_neuron >= 0:
                times = times[neurons == state.trigger_neuron]
            self._seen = math.nextafter(float(times[0]), math.inf) if len(times) else now
            return float(times[0]) if len(times) else None
        i_trace = next((i for i, t in enumerate(ring.layout.traces) if t.i_neuron == state.trigger_neuron), -1)
        if i_trace < 0:
            return None
        dt = ring.layout.dt
        i_end = ring.head
        i_first = max(round(t_from / dt), ring.tail, i_end - _MOST)
        values = ring.trace(i_trace, i_first, i_end)
        at, self._armed = first_crossing(values, state.level, rising=state.trigger == "rising", armed=self._armed)
        if at is None:
            self._seen = now
            return None
        self._seen = (i_first + at + 1) * dt
        return (i_first + at) * dt
