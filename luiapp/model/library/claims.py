"""What an example circuit claims to do, as something that can be judged from the spikes of its boards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from luiapp.texts import tr

Spikes = Mapping[str, NDArray[np.float64]]  # spike times [s] of each board, from the beginning of the stimuli
Claim = Callable[[Spikes], list[str]]  # what is wrong, in the language in use; empty if the claim holds


def spikes_between(spikes: Spikes, name: str, start: float, stop: float) -> NDArray[np.float64]:
    """The spikes of board `name` from `start` to before `stop` [s]."""
    times = spikes[name]
    return times[(times >= start) & (times < stop)]


@dataclass(frozen=True)
class Fires:
    """Board `name` fires `least` to `most` times from `start` to before `stop` [s]."""

    name: str
    start: float
    stop: float
    least: int
    most: int = 1_000_000

    def __call__(self, spikes: Spikes) -> list[str]:
        n = len(spikes_between(spikes, self.name, self.start, self.stop))
        if self.least <= n <= self.most:
            return []
        wanted = str(self.least)
        if self.most >= 1_000_000:
            wanted = tr("{n} or more", n=self.least)
        elif self.most > self.least:
            wanted = tr("{a} to {b}", a=self.least, b=self.most)
        return [tr("{board} fired {n} times between {start} s and {stop} s; expected: {wanted}",
                   board=self.name, n=n, start=f"{self.start:g}", stop=f"{self.stop:g}", wanted=wanted)]  # fmt: skip


def silent(name: str, start: float, stop: float) -> Fires:
    """Board `name` doesn't fire from `start` to before `stop` [s]."""
    return Fires(name, start, stop, 0, 0)


@dataclass(frozen=True)
class Follows:
    """Each spike of board `first` makes board `then` fire once, `soonest` to `latest` seconds later.

    Spikes of `first` after `until` aren't looked at: what they cause may come too late to be seen.
    """

    first: str
    then: str
    until: float
    soonest: float = 0.003
    latest: float = 0.08

    def __call__(self, spikes: Spikes) -> list[str]:
        a = spikes_between(spikes, self.first, 0.0, self.until)
        b = spikes[self.then][: len(a)]
        if len(a) < 2:
            return [tr("{board} hardly fired", board=self.first)]
        late = b - a[: len(b)]
        # One more than expected before the end of what is looked at is one too many.
        extra = np.count_nonzero(spikes[self.then] < self.until) > len(a)
        if len(b) == len(a) and not extra and ((late > self.soonest) & (late < self.latest)).all():
            return []
        return [tr("{then} doesn't fire once for each spike of {first}", then=self.then, first=self.first)]


@dataclass(frozen=True)
class Circles:
    """One spike at a time runs round the boards `names`, from `start` to `stop` [s], without an end."""

    names: tuple[str, ...]
    start: float
    stop: float

    def __call__(self, spikes: Spikes) -> list[str]:
        every = sorted((float(t), i) for i, name in enumerate(self.names) for t in spikes[name])
        if not every or every[0][0] < self.start:
            return [tr("the spike doesn't start with the push")]
        if every[-1][0] < self.stop - 0.5:
            return [tr("the spike dies after {t} s", t=f"{every[-1][0]:.2f}")]
        if any((b - a) % len(self.names) != 1 for (_, a), (_, b) in pairwise(every)):
            return [tr("the spike doesn't go from board to board")]
        return []


@dataclass(frozen=True)
class Rate:
    """Board `name` fires evenly, at `low` to `high` Hz."""

    name: str
    low: float
    high: float

    def __call__(self, spikes: Spikes) -> list[str]:
        intervals = np.diff(spikes[self.name])
        if len(intervals) < 2:
            return [tr("{board} hardly fired", board=self.name)]
        rate = 1 / float(intervals.mean())
        if not self.low <= rate <= self.high:
            return [tr("{board} fires at {rate} Hz; expected: {low} to {high} Hz",
                       board=self.name, rate=f"{rate:.2f}", low=f"{self.low:g}", high=f"{self.high:g}")]  # fmt: skip
        if np.ptp(intervals) > 0.05 * intervals.mean():
            return [tr("{board} fires unevenly", board=self.name)]
        return []


@dataclass(frozen=True)
class Delays:
    """After each spike of board `first`, board `then` is silent for `pause` seconds."""

    first: str
    then: str
    pause: float

    def __call__(self, spikes: Spikes) -> list[str]:
        for name in (self.first, self.then):
            if len(spikes[name]) < 3:
                return [tr("{board} hardly fired", board=name)]
        for t in spikes[self.first]:
            if len(spikes_between(spikes, self.then, t + 0.003, t + self.pause)):
                return [tr("spikes of {first} don't delay {then}", first=self.first, then=self.then)]
        return []
