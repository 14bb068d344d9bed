"""A device's clock seen from here: its ticks unwrapped, and put on the host's clock by pings."""

from __future__ import annotations

from collections import deque

import numpy as np

_WRAP = 1 << 32
_KEPT = 120  # pings
_FEWEST = 5
_SPAN = 4.0  # s of pings before a drift is told


class DeviceClock:
    """Maps a device's u32 ticks to the host's seconds.

    Parameters
    ----------
    tick_hz : float
        The clock's nominal rate [Hz].

    Notes
    -----
    Of the pings within the last two minutes the quickest half counts, since what delays an answer only ever adds;
    a straight line through them is offset and rate. Ticks may be asked for that lie up to half a wrap (18 minutes at
    2 MHz) before or after the newest one heard of.
    """

    def __init__(self, tick_hz: float) -> None:
        self.tick_hz = tick_hz
        self._latest: int | None = None
        self._pings: deque[tuple[float, float, float]] = deque(maxlen=_KEPT)  # device s, host s, round trip s
        self._fit: tuple[float, float, float] | None = None  # device s, host s, host s per device s

    def unwrap(self, tick: int) -> int:
        """Ticks since the device's start, from their lower 32 bits."""
        if self._latest is None:
            self._latest = tick
            return tick
        ahead = (tick - self._latest + _WRAP // 2) % _WRAP - _WRAP // 2
        full = self._latest + ahead
        self._latest = max(self._latest, full)
        return full

    def add_ping(self, t_sent: float, t_rx: int, t_tx: int, t_got: float) -> None:
        """A ping sent and answered at host times [s], received and answered at device ticks."""
        rx, tx = self.unwrap(t_rx), self.unwrap(t_tx)
        there = (rx + tx) / 2 / self.tick_hz
        trip = (t_got - t_sent) - (tx - rx) / self.tick_hz
        self._pings.append((there, (t_sent + t_got) / 2, trip))
        self._fit = None

    @property
    def round_trip(self) -> float:
        """Median time of the wire there and back [s]; not-a-number before the first ping."""
        return float(np.median([trip for *_, trip in self._pings])) if self._pings else float("nan")

    @property
    def drift_ppm(self) -> float:
        """How much faster the device's clock runs than the host's [ppm]; not-a-number until it is known."""
        if len(self._pings) < _FEWEST or self._pings[-1][1] - self._pings[0][1] < _SPAN:
            return float("nan")
        return (1 / self._line()[2] - 1) * 1e6

    def host_time(self, tick: int) -> float:
        """When a (wrapped) tick was, on the host's clock [s]; not-a-number before the first ping."""
        return self.host_time_of(self.unwrap(tick))

    def host_time_of(self, ticks: int) -> float:
        """When unwrapped ticks were, on the host's clock [s]; not-a-number before the first ping."""
        if not self._pings:
            return float("nan")
        there, here, rate = self._line()
        return here + (ticks / self.tick_hz - there) * rate

    def _line(self) -> tuple[float, float, float]:
        if self._fit is None:
            pings = np.array(self._pings)
            quick = pings[pings[:, 2] <= np.median(pings[:, 2])]
            there, here = quick[:, 0].mean(), quick[:, 1].mean()
            spread = ((quick[:, 0] - there) ** 2).sum()
            rate = 1.0
            if len(quick) >= _FEWEST // 2 + 1 and np.ptp(quick[:, 0]) > 1.0:
                rate = ((quick[:, 0] - there) * (quick[:, 1] - here)).sum() / spread
            self._fit = float(there), float(here), float(rate)
        return self._fit
