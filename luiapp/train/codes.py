"""Spike codes: from points to spikes, at exact times or on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError

MAX_SPIKES = 2**28


class SpikeGrid(NamedTuple):
    """Spikes of many samples on a grid of time, sorted by sample, step and channel.

    Attributes
    ----------
    first : (n_samples + 1,) int64
        Where each sample's spikes begin.
    step : (n_spikes,) int32
    channel : (n_spikes,) int32
    n_steps, n_channels : int
    """

    first: NDArray[np.int64]
    step: NDArray[np.int32]
    channel: NDArray[np.int32]
    n_steps: int
    n_channels: int

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.first) - 1

    def dense(self) -> NDArray[np.float32]:
        """(n_samples, n_steps, n_channels): how many spikes; large, for other libraries and for tests."""
        out = np.zeros((self.n_samples, self.n_steps, self.n_channels), np.float32)
        np.add.at(out, (np.repeat(np.arange(self.n_samples), np.diff(self.first)), self.step, self.channel), 1)
        return out


@dataclass(frozen=True)
class LatencyCode:
    """One spike per feature: the larger the value, the later. Times in any unit, as long as all are in the same.

    Attributes
    ----------
    early, late : float
        When a feature of 0 and of 1 fires.
    bias : float or None
        When one more channel, the last, fires in every sample; None: there is no such channel.
    """

    early: float = 0.0
    late: float = 1.0
    bias: float | None = None

    def __post_init__(self) -> None:
        times = (self.early, self.late, self.early if self.bias is None else self.bias)
        if not (np.isfinite(times).all() and 0 <= self.early <= self.late and times[2] >= 0):
            raise ParameterError("spike times must not be negative, and 'late' must not come before 'early'")

    def n_channels(self, n_features: int) -> int:
        """Inputs that it takes to carry `n_features`."""
        return n_features + (self.bias is not None)

    def times(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """Exact spike times.

        Parameters
        ----------
        samples : (n_samples, n_features)
            From 0 to 1.

        Returns
        -------
        (n_samples, n_channels) float64
        """
        exact = self.early + np.asarray(samples, np.float64) * (self.late - self.early)
        if self.bias is None:
            return exact
        return np.concatenate([exact, np.full((len(exact), 1), float(self.bias))], axis=1)

    def grid(self, samples: NDArray[np.float64], *, dt: float, n_steps: int) -> SpikeGrid:
        """The same at the nearest points of a grid of `n_steps` steps of `dt`."""
        return on_grid(self.times(samples), dt=dt, n_steps=n_steps)


@dataclass(frozen=True)
class RateCode:
    """Poisson spikes: the larger the value, the more.

    Attributes
    ----------
    low, high : float
        Rate of a feature of 0 and of 1 [spikes per unit of time].
    seed : int
        Sample i of a call gets the same spikes whatever comes after it.
    """

    low: float = 0.0
    high: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.low <= self.high < np.inf):
            raise ParameterError("rates must not be negative, and 'high' must not be below 'low'")

    def n_channels(self, n_features: int) -> int:
        """Inputs that it takes to carry `n_features`."""
        return n_features

    def grid(self, samples: NDArray[np.float64], *, dt: float, n_steps: int) -> SpikeGrid:
        """Spikes on a grid, at most one a channel and step, with the probability ``1 - exp(-rate dt)``."""
        rate = self.low + np.asarray(samples, np.float64) * (self.high - self.low)
        chance = -np.expm1(-rate * dt)
        if rate.size * n_steps > MAX_SPIKES:
            raise ParameterError("{n} samples with {m} steps are too many at once", n=len(rate), m=n_steps)
        fires = np.random.default_rng(self.seed).random((len(rate), n_steps, rate.shape[1])) < chance[:, None, :]
        sample, step, channel = np.nonzero(fires)
        return _packed(sample, step, channel, len(rate), n_steps, rate.shape[1])


def on_grid(times: NDArray[np.float64], *, dt: float, n_steps: int) -> SpikeGrid:
    """Spike times (n_samples, n_channels), one a channel, at the nearest grid points.

    Infinite times are no spikes.

    Raises
    ------
    ParameterError
        If a spike lies beyond the end of the grid.
    """
    if dt <= 0:
        raise ParameterError("the time step must be more than zero, not {value}", value=dt)
    fires = np.isfinite(times)
    step = np.rint(np.where(fires, times, 0.0) / dt).astype(np.int64)
    if fires.any() and step[fires].max() >= n_steps:
        raise ParameterError("the last spike is at step {step}, but a sample has only {n_steps} steps",
                             step=int(step[fires].max()), n_steps=n_steps)  # fmt: skip
    order = np.argsort(step, axis=1, kind="stable")
    sample, place = np.nonzero(np.take_along_axis(fires, order, 1))
    channel = order[sample, place]
    return _packed(sample, step[sample, channel], channel, len(times), n_steps, times.shape[1])


def _packed(
    sample: NDArray[np.int64], step: NDArray[np.int64], channel: NDArray[np.int64],
    n_samples: int, n_steps: int, n_channels: int,
) -> SpikeGrid:  # fmt: skip
    first = np.zeros(n_samples + 1, np.int64)
    np.cumsum(np.bincount(sample, minlength=n_samples), out=first[1:])
    return SpikeGrid(first, step.astype(np.int32), channel.astype(np.int32), n_steps, n_channels)
