"""The chip's own event sources: one at each bus of each half, regular or by chance, and what of it the bus takes.

Two sources with the same seed, one in each half, are one train of events for the whole chip, as PyNN uses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.spec import SPEC
from luiapp.chip.wiring import Events, Wiring
from luiapp.errors import ParameterError
from luiapp.kernels import chip_background as kernel

Ints = NDArray[np.int64]
REGULAR = -1
LAST_SEED = 2**32 - 1
_RAREST = 13  # of 255: at most so many of the bins hold an event, so that a binned train is close to Poisson's


@dataclass(frozen=True)
class Background:
    """A source that is switched on as a run begins, and runs on through all of its samples.

    Attributes
    ----------
    number : int
        0 … 7: source k is at bus k of the first half, or at bus k - 4 of the second.
    inputs : tuple of int
        Inputs of the wiring that its labels lead to, one or a power of two; with several, each event draws one.
    period : int
        Ticks between events, or between bins of a random train.
    rate : int
        A bin holds an event with the chance ``rate / 255``; `REGULAR`: each does.
    seed : int
        Of its register; the same seed is the same train.

    Raises
    ------
    ParameterError
        If there can't be such a source.
    """

    number: int
    inputs: tuple[int, ...]
    period: int
    rate: int = REGULAR
    seed: int = 1

    def __post_init__(self) -> None:
        limits = (("number", self.number, 0, SPEC.n_background - 1), ("period", self.period, 1, SPEC.background_period),
                  ("rate", self.rate, REGULAR, SPEC.background_rate), ("seed", self.seed, 0, LAST_SEED))  # fmt: skip
        for name, value, low, high in limits:
            if not low <= value <= high:
                raise ParameterError("the '{name}' of a background source lies between {low} and {high}, not {value}",
                                     name=name, low=low, high=high, value=value)  # fmt: skip
        n, most = len(self.inputs), SPEC.background_labels
        if not 0 < n <= most or n & (n - 1) or (n > 1 and self.rate == REGULAR):
            raise ParameterError("a background source leads to one input, or by chance to 2, 4, … {limit}; not to {n}",
                                 limit=most, n=n)  # fmt: skip


class Emitted(NamedTuple):
    """What the background sources added to a run.

    Attributes
    ----------
    events : Events
        Those from outside and those that passed, with whole ticks as times.
    sent, lost : (n_background,) int64
        Of each source.
    """

    events: Events
    sent: Ints
    lost: Ints


def poisson(rate: float) -> tuple[int, int]:
    """Period and rate of a random train with `rate` events a second, as near as can be.

    Raises
    ------
    ParameterError
        If no source is so fast or so slow.
    """
    codes = np.arange(1, _RAREST + 1)
    share = codes / SPEC.background_rate
    fastest = share[-1] / SPEC.tick
    slowest = share[0] / SPEC.tick / SPEC.background_period
    if not slowest <= rate <= fastest:
        raise ParameterError("a background source makes between {low} and {high} events a second, not {value}",
                             low=f"{slowest:.3g}", high=f"{fastest:.3g}", value=f"{rate:.3g}")  # fmt: skip
    period = np.clip(np.rint(share / SPEC.tick / rate), 1, SPEC.background_period)
    best = int(np.argmin(np.abs(share / SPEC.tick / period / rate - 1)))
    return int(period[best]), int(codes[best])


def emitted(
    sources: Sequence[Background], wiring: Wiring, given: Events, n_ticks: int, first_sample: int = 0
) -> Emitted:
    """Events from outside, with times in ticks, and those of the sources, through the buses.

    A bus takes one event a tick. Events from outside pass at once; a source's wait for a free tick, and are lost where
    too many wait already.

    Parameters
    ----------
    n_ticks : int
        Of a sample.
    first_sample : int
        The number of the first: the sources have run since sample 0.

    Raises
    ------
    ParameterError
        If two sources are in the same place, or an input isn't on the bus of its source.
    """
    lanes = _lanes(wiring)
    _check(sources, wiring, lanes)
    sample = np.repeat(np.arange(given.n_samples), np.diff(given.first))
    absolute = given.time.astype(np.int64) + n_ticks * sample
    k_given, lane = np.nonzero(lanes[given.source])
    tick, who, waits = [absolute[k_given]], [given.source[k_given]], [np.zeros(len(k_given), np.bool_)]
    bus = [lane]
    for one in sources:
        when, which = _train(one, given.n_samples, n_ticks, first_sample)
        tick.append(when)
        who.append(which)
        bus.append(np.full(len(when), one.number))
        waits.append(np.ones(len(when), np.bool_))
    at, reached, own = np.concatenate(tick), np.concatenate(bus), np.concatenate(waits)
    order = np.lexsort((own, at))
    kept, late = np.zeros(len(at), np.bool_), np.zeros(len(at), np.int64)
    kernel.queue(at[order], reached[order], own[order], SPEC.n_background, SPEC.bus_queue, kept, late)
    sent, lost = (np.bincount(reached[order][own[order] & one], minlength=SPEC.n_background) for one in (True, ~kept))
    passed = own[order] & kept
    when = np.concatenate([absolute, (at[order] + late)[passed]])
    which = np.concatenate([given.source, np.concatenate(who)[order][passed]])
    return Emitted(_sorted(when, which, given.n_samples, n_ticks), sent, lost)


def _train(one: Background, n_samples: int, n_ticks: int, first_sample: int) -> tuple[Ints, Ints]:
    """Ticks since the run began, and inputs, of a source's events."""
    begin, end = first_sample * n_ticks, (first_sample + n_samples) * n_ticks
    room = (end - begin) // one.period + 1
    tick, label = np.zeros(room, np.int64), np.zeros(room, np.int64)
    n = kernel.emit(one.seed, one.period, one.rate, len(one.inputs) - 1, begin, end, tick, label)
    return tick[:n], np.array(one.inputs, np.int64)[label[:n]]


def _lanes(wiring: Wiring) -> NDArray[np.bool_]:
    """(n_inputs, n_background): the buses, of both halves, on which each input has rows."""
    row = wiring.row[: wiring.n_inputs]
    lane = row // (SPEC.n_rows // SPEC.n_padi) + SPEC.n_padi * np.arange(SPEC.n_halves)
    there = (lane[..., None] == np.arange(SPEC.n_background)) & (row >= 0)[..., None]
    return np.asarray(there.any(axis=(1, 2, 3)))


def _sorted(when: Ints, which: Ints, n_samples: int, n_ticks: int) -> Events:
    when = np.minimum(when, n_samples * n_ticks - 1)
    order = np.argsort(when, kind="stable")
    sample, tick = when[order] // n_ticks, when[order] % n_ticks
    first = np.concatenate([[0], np.cumsum(np.bincount(sample, minlength=n_samples))]).astype(np.int64)
    return Events(first, tick.astype(np.float64), which[order])


def _check(sources: Sequence[Background], wiring: Wiring, lanes: NDArray[np.bool_]) -> None:
    if len({one.number for one in sources}) < len(sources):
        raise ParameterError("each of the {n} background sources can be used once", n=SPEC.n_background)
    for one in sources:
        for i in one.inputs:
            if not 0 <= i < wiring.n_inputs:
                raise ParameterError("there is an event of source {value}, but the wiring has {n} inputs",
                                     value=i, n=wiring.n_inputs)  # fmt: skip
            if not set(np.flatnonzero(lanes[i]).tolist()) <= {one.number}:
                raise ParameterError(
                    "input {n} has rows that background source {number} doesn't reach: it feeds the drivers of bus "
                    "{bus} in half {half} only", n=i, number=one.number, bus=one.number % SPEC.n_padi,
                    half=one.number // SPEC.n_padi,
                )  # fmt: skip
