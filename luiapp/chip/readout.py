"""What comes back from a run, and its translation from the chip's units to those of a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.spec import SPEC

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Readout:
    """What a run gave, sample by sample.

    Attributes
    ----------
    first : (n_samples + 1,) int64
        Where each sample's spikes begin.
    time : (n_spikes,) float64
        [s], whole ticks of the event clock.
    neuron : (n_spikes,) int64
    cadc : (n_samples, n_cadc, n_recorded) uint8
        What the parallel converter read [LSB].
    cadc_time : (n_cadc,) float64
        [s]
    recorded : (n_recorded,) int64
        Neurons that it read.
    madc : (n_samples, n_madc, n_traced) int16
        What the fast converter read [LSB of its own].
    madc_time : (n_madc,) float64
        [s]
    traced : (n_traced,) int64
        Neurons that it read.
    trace : (n_samples, n_steps + 1, n_traced) float32
        The same membranes before conversion [LSB], at every internal step: nothing that a chip could tell; for tests.
    fired, lost : (n_quadrants,) int64
        Events of neurons, and those of them that got lost on their way.
    background : (2, n_background) int64
        Events that each background source sent, and those of them that got lost.
    duration : float
        Of a sample [s].
    """

    first: NDArray[np.int64]
    time: Floats
    neuron: NDArray[np.int64]
    cadc: NDArray[np.uint8]
    cadc_time: Floats
    recorded: NDArray[np.int64]
    madc: NDArray[np.int16]
    madc_time: Floats
    traced: NDArray[np.int64]
    trace: NDArray[np.float32]
    fired: NDArray[np.int64]
    lost: NDArray[np.int64]
    background: NDArray[np.int64]
    duration: float

    @property
    def n_samples(self) -> int:
        """Samples."""
        return len(self.first) - 1

    @property
    def sample(self) -> NDArray[np.int64]:
        """(n_spikes,): the sample of each spike."""
        return np.repeat(np.arange(self.n_samples), np.diff(self.first))

    def counts(self, n: int) -> NDArray[np.int64]:
        """(n_samples, n): spikes of each neuron."""
        flat = np.bincount(self.sample * n + self.neuron, minlength=self.n_samples * n)
        return flat.reshape(self.n_samples, n)

    def first_spikes(self, n: int) -> Floats:
        """(n_samples, n): each neuron's first spike [s], infinite where it kept silent."""
        found = np.full((self.n_samples, n), np.inf)
        np.minimum.at(found, (self.sample, self.neuron), self.time)
        return found

    def membranes(self, leak: float | Floats, gap: float) -> Floats:
        """The parallel converter's readings in units of a model: 0 at `leak`, 1 at `gap` LSB above it."""
        return (self.cadc.astype(np.float64) - leak) / gap


def madc_samples(trace: NDArray[np.float32], dt: float, noise: float, seed: int) -> tuple[NDArray[np.int16], Floats]:
    """The fast converter's samples of membranes on a grid (n_samples, n_steps + 1, n_traced) [LSB of the CADC].

    Its trigger comes early, so that the invalid samples at its begin fall before the run.
    """
    n_steps = trace.shape[1] - 1
    if trace.shape[2] == 0:
        return np.zeros((len(trace), 0, 0), np.int16), np.zeros(0)
    time = np.arange(int(n_steps * dt * SPEC.madc_rate)) / SPEC.madc_rate
    at = np.minimum((time / dt).astype(np.int64), n_steps - 1)
    share = (time / dt - at)[None, :, None]
    value = trace[:, at] * (1 - share) + trace[:, at + 1] * share
    random = np.random.default_rng((int(seed), 2))
    read = SPEC.madc_law[0] * value + SPEC.madc_law[1] + noise * random.standard_normal(value.shape)
    return np.clip(np.rint(read), 0, SPEC.madc_max).astype(np.int16), time
