"""What a port doesn't say and its lines show: the baud rate and the sampling rate. No I/O; the time is an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Literal

import numpy as np

from luiapp.link.lines import LineCounters

# In the order of likeliness: what sketches use, then what the fast ones do.
BAUDS = (115200, 9600, 57600, 230400, 250000, 500000, 1000000, 921600, 460800, 38400, 19200, 2000000)
Verdict = Literal["wait", "next", "found"]
NICE_STEPS = (1.0, 2.0, 2.5, 4.0, 5.0, 8.0)
SNAP = 0.01  # a sketch paced by its own crystal or resonator is at most ½ % off, a short look at it another ½ %


class BaudFinder:
    """Judges a baud rate by the share of well-formed lines, and says which to try next.

    Parameters
    ----------
    first : int or None
        Where to begin, such as the rate that was right last time.
    fixed : bool
        Only `first` will do: a person said so.
    """

    def __init__(self, first: int | None = None, *, fixed: bool = False, bauds: Sequence[int] = BAUDS) -> None:
        start = bauds[0] if first is None else first
        self._bauds = (start,) if fixed else (start, *(b for b in bauds if b != start))
        self._i = 0
        self.n_rounds = 0  # how often all were tried in vain
        self._since = 0.0
        self._seen = LineCounters()

    @property
    def baud(self) -> int:
        """The rate under trial, or found."""
        return self._bauds[self._i]

    def begin(self, now: float, counters: LineCounters) -> None:
        """From `now` on the port listens at `baud`."""
        self._since = now
        self._seen = LineCounters(**counters.as_dict())

    def judge(self, now: float, counters: LineCounters) -> Verdict:
        """Whether to wait for more, to go on with the next rate (`advance`), or that this is it."""
        n_bytes = counters.bytes - self._seen.bytes
        good = counters.lines - self._seen.lines
        text = counters.text_lines + counters.header_lines - self._seen.text_lines - self._seen.header_lines
        bad = counters.bad_lines + counters.overlong - self._seen.bad_lines - self._seen.overlong
        elapsed = now - self._since
        enough = 4 if elapsed < 1.0 else 2
        if good >= enough and good >= 4 * bad:
            return "found"
        if n_bytes == 0:
            return "wait"  # silence is the same at every rate
        if elapsed > 0.2 and n_bytes >= 48 and bad >= 2 and bad > good + text:
            return "next"
        if n_bytes >= 600 and bad + good + text == 0:  # not one line end
            return "next"
        if elapsed > 2.5 and good + text <= bad:
            return "next"
        return "next" if elapsed > 10 and good == 0 else "wait"

    def advance(self) -> int:
        """The next rate to try."""
        self._i = (self._i + 1) % len(self._bauds)
        self.n_rounds += self._i == 0
        return self.baud


class LineClock:
    """When which line came: a straight line through (arrival, index), robust to bursts and stalls.

    The newest line at each look has just arrived, however many were waiting before it: so late looks don't bend the
    fit, they only thin it. A look may be late, never early: so the line lies along the earliest looks.

    Parameters
    ----------
    window : float
        How far back it looks [s].
    """

    def __init__(self, window: float = 8.0) -> None:
        self._window = window
        self._points: deque[tuple[float, int]] = deque()
        self._fit: tuple[float, float] | None = None
        self._stale = 0

    def add(self, index: int, now: float) -> None:
        """Line `index` was the newest at `now` [s]."""
        points = self._points
        if (points and now <= points[-1][0]) or (len(points) > 1 and now - points[-2][0] < self._window / 400):
            points.pop()
        points.append((now, index))
        while points and now - points[0][0] > self._window:
            points.popleft()
        self._stale += 1
        if self._stale >= 8 or len(points) < 64:
            self._fit = None

    @property
    def span(self) -> float:
        """From the first to the last look [s]."""
        return self._points[-1][0] - self._points[0][0] if self._points else 0.0

    @property
    def n_lines(self) -> int:
        """How many lines came between the first and the last look."""
        return self._points[-1][1] - self._points[0][1] if self._points else 0

    def rate(self) -> float | None:
        """Lines a second; None before at least four looks and four lines."""
        fit = self._fitted()
        return None if fit is None else 1 / fit[1]

    def time_of(self, index: float, dt: float) -> float:
        """When line `index` came [s], with `dt` for its interval where too little is known."""
        if not self._points:
            return 0.0
        fit = self._fitted() if self.span > 1.0 else None
        if fit is None:
            # the earliest of what the single looks say: all are late, none is early
            return min(t - i * dt for t, i in self._points) + index * dt
        return fit[0] + fit[1] * index

    def _fitted(self) -> tuple[float, float] | None:
        if self._fit is None and len(self._points) >= 4 and self.n_lines >= 4:
            self._fit = _fit_line(np.array(self._points, np.float64))
            self._stale = 0
        return self._fit


def _fit_line(points: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> tuple[float, float] | None:
    time, index = points[:, 0], points[:, 1]
    t_0, i_0 = time[0], index[0]
    keep = np.ones(len(time), bool)
    slope = 0.0
    for _ in range(3):
        x, y = index[keep] - i_0, time[keep] - t_0
        variance = ((x - x.mean()) ** 2).sum()
        if variance <= 0:
            return None
        slope = float(((x - x.mean()) * (y - y.mean())).sum() / variance)
        offset = float(y.mean() - slope * x.mean())
        if slope <= 0:
            return None
        residual = time - t_0 - offset - slope * (index - i_0)
        spread = 3 * 1.4826 * float(np.median(np.abs(residual))) + 1e-6
        keep = np.abs(residual) <= spread
        if keep.sum() < 4 or keep.all():
            break
    early = float(np.quantile(time - t_0 - slope * (index - i_0), 0.05))
    return t_0 + early - slope * i_0, slope


def nice_rate(rate: float, tolerance: float = SNAP) -> float:
    """A sampling rate [Hz] as its sketch meant it: 998.7 is 1000; what is near no round number keeps 4 digits."""
    decade = 10.0 ** np.floor(np.log10(rate))
    nearest = float(min((step * decade for step in (*NICE_STEPS, 10.0)), key=lambda nice: abs(rate / nice - 1)))
    return nearest if abs(rate / nearest - 1) <= tolerance else float(f"{rate:.4g}")


def is_nice(rate: float) -> bool:
    """Whether a measured rate [Hz] is near a round number."""
    nice = nice_rate(rate)
    return any(abs(nice / (step * 10.0 ** np.floor(np.log10(nice * 1.0001))) - 1) < 1e-9 for step in NICE_STEPS)
