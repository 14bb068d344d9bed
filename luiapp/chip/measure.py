"""What can be known of a chip's circuits from outside: all through the parallel converter, all circuits at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.codes import Codes, Targets, height
from luiapp.chip.core import Chip, RunOptions
from luiapp.chip.readout import Readout
from luiapp.chip.spec import SPEC
from luiapp.chip.wiring import Events, Wiring

Floats = NDArray[np.float64]
N_SOURCES = 16  # synapses over which a gain is averaged
_PHASES = 4  # of the converter, so that a trace is sampled more densely than it can be at once
_EVENT = 2e-6  # s
_ABOVE = 25.0  # LSB by which the leak is lifted over the threshold
_FAR, _WIDE = 9, 8  # LSB below the highest reading, and width of the window in which readings are counted


class Bench:
    """A chip to be measured, and seeds for its runs.

    Parameters
    ----------
    chip : Chip
    seed : int or None
        None: no two measurements are the same.
    heard : callable, optional
        Told what was measured, and of all circuits what came out, at every measurement.
    """

    def __init__(
        self, chip: Chip, *, seed: int | None = None, heard: Callable[[str, Floats], None] | None = None
    ) -> None:
        self.chip = chip
        self._heard = heard or (lambda _name, _values: None)
        self._seeds: Iterator[int | None] = _seeds(seed)
        n = SPEC.n_circuits
        self._bare = _wiring(np.zeros((0, n)))
        self._events = {sign: _wiring(np.full((N_SOURCES, n), sign * SPEC.weight_max)) for sign in (1, -1)}

    def write(self, codes: Codes) -> None:
        """Write `codes`; each time a little differently, as the chip does."""
        self.chip.configure(codes, seed=next(self._seeds))

    def offsets(self, level: float) -> Floats:
        """By how much each channel of the converter reads too much at `level` [LSB]."""
        return self.chip.read_reference(level, 256, seed=next(self._seeds)).mean(axis=0) - level

    def leak(self) -> Floats:
        """(n_circuits,) membranes at rest [LSB]."""
        return self._told("leak", self._quiet(held=False).cadc.mean(axis=(0, 1), dtype=np.float64))

    def reset(self) -> Floats:
        """Membranes held at reset [LSB]."""
        return self._told("reset", self._quiet(held=True).cadc.mean(axis=(0, 1), dtype=np.float64))

    def threshold(self, targets: Targets) -> Floats:
        """Thresholds [LSB], with the leak above them so that everybody fires; infinite where nobody does.

        Readings just below the threshold tell where they end: a membrane that rises towards a leak L spends
        ``tau ln((L - a) / (L - b))`` between a and b, so what is counted above a level says how far it goes.
        """
        codes = self.chip.codes
        lifted = min(targets.threshold + _ABOVE, SPEC.leak_law[0] * SPEC.code_max + SPEC.leak_law[1] - 15.0)
        self.write(codes.changed(leak=codes.leak + (lifted - targets.leak) / SPEC.leak_law[0]))
        rise = targets.tau_mem * math.log((lifted - targets.reset) / (lifted - targets.threshold))
        out = self._run(self._bare, _none(4), max(60 * (rise + min(targets.tau_ref, 10e-6)), 200e-6),
                        start='reset')  # fmt: skip
        self.write(codes)
        reads = out.cadc.reshape(-1, SPEC.n_circuits).astype(np.float64)
        level = reads.max(axis=0) - _FAR + 0.5
        above = (reads > level).sum(axis=0)
        window = ((reads > level - _WIDE) & (reads <= level)).sum(axis=0)
        to_leak = np.maximum(lifted - level, 1.0)
        per_log = np.maximum(window, 1) / np.log((to_leak + _WIDE) / to_leak)
        found = lifted - to_leak * np.exp(-above / per_log)
        return self._told("threshold", np.where(out.counts(SPEC.n_circuits).sum(axis=0) > 0, found, np.inf))

    def tau_mem(self, targets: Targets) -> Floats:
        """Membrane time constants [s], from the way back from a reset well above the leak."""
        codes = self.chip.codes
        self.write(codes.changed(reset=codes.reset + (targets.leak + 40.0 - targets.reset) / SPEC.reset_law[0]))
        time, trace = self._trace(self._bare, _none(8), 5 * targets.tau_mem, start="reset")
        self.write(codes)

        def shape(tau: Floats) -> Floats:
            return np.exp(-time[:, None] / tau)

        return self._told("tau_mem", _fit(shape, trace, targets.tau_mem)[0])

    def psp(self, targets: Targets, sign: int, tau_mem: Floats) -> tuple[Floats, Floats]:
        """Synaptic time constants [s] and peaks of an event of weight 63 [LSB], mean over several synapses.

        Parameters
        ----------
        sign : 1 or -1
        tau_mem : (n_circuits,) float64
            As measured.
        """
        n_each = 4
        source = np.repeat(np.arange(N_SOURCES), n_each)
        given = Events(np.arange(len(source) + 1), np.full(len(source), _EVENT), source)
        length = 3 * (targets.tau_mem + targets.tau_syn)
        time, trace = self._trace(self._events[sign], given, _EVENT + length)
        since = np.maximum(time[:, None] - _EVENT - SPEC.jitter / 2, 0.0)

        def shape(tau: Floats) -> Floats:
            x = since * (1 / tau - 1 / tau_mem)  # the difference of two exponentials, also where both are the same
            return (
                since / tau * np.exp(-since / tau_mem) * np.where(x == 0, 1.0, -np.expm1(-x) / np.where(x == 0, 1.0, x))
            )

        tau, size = _fit(shape, trace, targets.tau_syn)
        peaks = np.array([height(a, b) / math.e for a, b in zip(tau_mem, tau, strict=True)])
        name = "exc" if sign > 0 else "inh"
        return self._told(f"tau_{name}", tau), self._told(f"peak_{name}", np.abs(size) * peaks)

    def _told(self, name: str, values: Floats) -> Floats:
        self._heard(name, values)
        return values

    def _quiet(self, *, held: bool) -> Readout:
        return self._run(self._bare, _none(8), 60e-6, held=held, threshold=False)

    def _trace(self, wiring: Wiring, events: Events, duration: float, *, start: str = "leak") -> tuple[Floats, Floats]:
        """Mean over samples at several phases of the converter: times, and (n_times, n_circuits) [LSB]."""
        times, means = [], []
        for k in range(_PHASES):
            phase = k * SPEC.cadc_period / _PHASES
            out = self._run(wiring, events, duration, start=start, phase=phase, threshold=False)
            times.append(out.cadc_time)
            means.append(out.cadc.mean(axis=0, dtype=np.float64))
        return np.concatenate(times), np.concatenate(means)

    def _run(self, wiring: Wiring, events: Events, duration: float, **options: object) -> Readout:
        return self.chip.run(wiring, events, duration, RunOptions(seed=next(self._seeds), **options))  # type: ignore[arg-type]


def _fit(shape: object, trace: Floats, start: float) -> tuple[Floats, Floats]:
    """Least squares of ``size * shape(tau) + base`` for each column of `trace`: tau and size, by Gauss and Newton."""
    tau = np.full(trace.shape[1], start)
    size = np.zeros_like(tau)
    for _ in range(12):
        one: Floats = shape(tau)  # type: ignore[operator]
        bent = (shape(tau * 1.001) - one) / 0.001  # type: ignore[operator]
        centred = one - one.mean(axis=0)
        moved = trace - trace.mean(axis=0)
        size = (centred * moved).sum(axis=0) / np.maximum((centred**2).sum(axis=0), 1e-12)
        slope = size * (bent - bent.mean(axis=0))
        # The part of the slope that a change of size can't explain.
        share = (slope * centred).sum(axis=0) / np.maximum((centred**2).sum(axis=0), 1e-12)
        alone = slope - share * centred
        rest = moved - size * centred
        step = (alone * rest).sum(axis=0) / np.maximum((alone**2).sum(axis=0), 1e-9)
        tau = np.clip(tau * np.exp(np.clip(step, -0.3, 0.3)), start / 8, start * 8)
    return tau, size


def _wiring(weight: Floats) -> Wiring:
    """Sources by circuits, each source on a pair of rows of its own, in both halves."""
    n_in, n = weight.shape
    target = np.zeros((n_in + n, 2), np.int64)
    target[:n_in] = 0, n
    row = np.full((n_in + n, 1, 2, SPEC.n_halves), -1, np.int64)
    row[:n_in, 0, :, :] = (2 * np.arange(n_in)[:, None] + np.arange(2))[:, :, None]
    return Wiring(n_in, np.arange(n)[:, None], np.array([0, n]), target, row, np.zeros((n_in + n, 1), np.int64),
                  weight.astype(np.int64).ravel(), np.zeros(n, np.bool_))  # fmt: skip


def _none(n_samples: int) -> Events:
    return Events(np.zeros(n_samples + 1, np.int64), np.zeros(0), np.zeros(0, np.int64))


def _seeds(seed: int | None) -> Iterator[int | None]:
    random = np.random.default_rng(seed)
    while True:
        yield None if seed is None else int(random.integers(2**62))
