"""The view: which stretch of the stream lies where on the time axis. No Qt."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from luiapp.gui.scope.state import ScopeState
from luiapp.gui.scope.trigger import MOST_EARLIER, Trigger
from luiapp.stream.ring import Ring

_BLANK = 0.012  # share of the screen that stays dark ahead of the beam of a sweep


@dataclass(frozen=True)
class Segment:
    """From share `begin` to share `end` of the time axis, the stream is shown from time `t_begin` [s] on."""

    begin: float
    end: float
    t_begin: float


@dataclass(frozen=True)
class View:
    """What is on the screen.

    Attributes
    ----------
    kind : str
        ``"live"`` (axis: time before now), ``"sweep"`` (since its left edge), ``"trigger"`` (since the trigger), or
        ``"past"`` (since the stream began).
    x_low : float
        Axis value at the left edge [s].
    span : float
        Width of the axis [s].
    segments : tuple of Segment
    earlier : tuple of float
        When the sweeps before this one began [s], the latest first; those that glow on.
    """

    kind: str
    x_low: float
    span: float
    segments: tuple[Segment, ...]
    earlier: tuple[float, ...] = ()

    def time_at(self, share: float) -> float | None:
        """Time on the stream's clock [s] at a share of the axis; None where nothing is shown."""
        for segment in self.segments:
            if segment.begin <= share <= segment.end:
                return segment.t_begin + (share - segment.begin) * self.span
        return None

    def shares_at(self, t: float) -> list[float]:
        """Where on the axis a time is shown (nowhere, once, or in two sweeps)."""
        shares = [s.begin + (t - s.t_begin) / self.span for s in self.segments]
        return [x for x, s in zip(shares, self.segments, strict=True) if s.begin <= x < s.end]

    @property
    def t_low(self) -> float:
        """Time [s] at the left edge (of the present sweep)."""
        return self.segments[0].t_begin if self.segments else 0.0

    @property
    def t_high(self) -> float:
        """Latest time [s] that is shown."""
        return max((s.t_begin + (s.end - s.begin) * self.span for s in self.segments), default=0.0)


class Timebase:
    """Makes the view of each frame from the ring, the settings, and whether someone looks back.

    Attributes
    ----------
    frozen : bool
        The picture stands still; the stream goes on behind it.
    t_right : float or None
        Right edge [s] while looking back; None while following the stream.
    """

    def __init__(self, state: ScopeState) -> None:
        self.state = state
        self.trigger = Trigger()
        self.frozen = False
        self.t_right: float | None = None
        self._held: View | None = None
        self._n_restarts = 0

    @property
    def is_live(self) -> bool:
        return not self.frozen and self.t_right is None

    def reset(self) -> None:
        """Another stream began."""
        self.trigger.reset()
        self.frozen, self.t_right, self._held = False, None, None

    def freeze(self, frozen: bool, ring: Ring | None, n_columns: int = 1000) -> None:
        """Hold the picture, or let it go on (which also ends looking back)."""
        if frozen and ring is not None and self.t_right is None:
            held = self.view(ring, n_columns)
            if held.kind == "live":
                self.t_right = held.t_high
            else:
                self._held = held
        if not frozen:
            self.t_right, self._held = None, None
        self.frozen = frozen and ring is not None

    def look_at(self, t_right: float, ring: Ring) -> None:
        """Show the stretch that ends at `t_right` [s]; at the newest data follow the stream again, unless frozen."""
        self._held = None
        oldest = ring.oldest * ring.layout.dt
        t_right = max(t_right, min(oldest + self.state.window, ring.now))
        if t_right >= ring.now - 1e-9 and not self.frozen:
            self.t_right = None
        else:
            self.t_right = min(t_right, ring.now)

    def pan(self, seconds: float, ring: Ring) -> None:
        """Go back (negative) or forward in time."""
        right = self._held.t_high if self._held is not None else self.t_right
        self.look_at((ring.now if right is None else right) + seconds, ring)

    def zoom(self, window: float, ring: Ring | None, share: float = 1.0) -> None:
        """Another window; while looking back, what is at `share` of the axis stays there."""
        before, self.state.window = self.state.window, window
        if self._held is not None and ring is not None:
            self.look_at(self._held.t_high, ring)
        if self.t_right is not None and ring is not None:
            self.look_at(self.t_right - (1 - share) * before + (1 - share) * window, ring)

    def view(self, ring: Ring, n_columns: int) -> View:
        """The present view, its edges on whole columns so that nothing shimmers while it moves."""
        if ring.n_restarts != self._n_restarts:
            self._n_restarts = ring.n_restarts
            self.reset()
        state = self.state
        if self._held is not None:
            return self._held
        span = state.window
        column = span / max(n_columns, 1)
        if self.t_right is not None:
            t = math.floor(self.t_right / column + 0.5) * column
            return View("past", t - span, span, (Segment(0.0, 1.0, t - span),))
        if state.mode == "sweep" and state.trigger != "off":
            self.trigger.update(ring, state)
            return self._triggered(ring, span)
        if state.mode == "sweep":
            i = math.floor(ring.now / span + 1e-9)
            first = max(math.floor(ring.oldest * ring.layout.dt / span + 1e-9), i - MOST_EARLIER)
            earlier = self._glowing((k * span for k in range(i - 1, first - 1, -1)), ring)
            return View("sweep", 0.0, span, _beam(ring.now, span, i * span, (i - 1) * span), earlier)
        t = math.floor(ring.now / column + 1e-6) * column
        return View("live", -span, span, (Segment(0.0, 1.0, t - span),))

    def _triggered(self, ring: Ring, span: float) -> View:
        pre = self.state.pre * span
        t, before = self.trigger.t_trigger, self.trigger.t_before
        if t is None:
            t, before = before, None
        if t is None:
            return View("trigger", -pre, span, ())
        segments = _beam(ring.now, span, t - pre, None if before is None else before - pre)
        return View(
            "trigger", -pre, span, segments, self._glowing((x - pre for x in self.trigger.earlier if x < t), ring)
        )

    def _glowing(self, begins: Iterable[float], ring: Ring) -> tuple[float, ...]:
        """Of the sweeps that began then, those that are known to their last column."""
        latest = ring.now - self.state.window - 2 * ring.layout.dt
        return tuple(t for t in begins if t <= latest) if self.state.afterglow else ()


def _beam(now: float, span: float, t_begin: float, t_before: float | None) -> tuple[Segment, ...]:
    """The present sweep as far as it has come, and ahead of it what the last one left."""
    share = min(max((now - t_begin) / span, 0.0), 1.0)
    segments: tuple[Segment, ...] = (Segment(0.0, share, t_begin),)
    ahead = share + _BLANK
    if t_before is not None and ahead < 1:
        segments += (Segment(ahead, 1.0, t_before + ahead * span),)
    return segments
