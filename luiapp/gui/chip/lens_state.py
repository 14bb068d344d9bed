"""One circuit under the lens: its codes, what it is given, and what is measured of it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.codes import CELLS, Codes
from luiapp.chip.core import Chip, RunOptions
from luiapp.chip.readout import Readout
from luiapp.chip.spec import SPEC
from luiapp.chip.wiring import Events, Wiring
from luiapp.errors import ParameterError
from luiapp.texts import mark

Floats = NDArray[np.float64]
VIEWS = ("trials", "circuits", "stacking")
NAMES = {
    "leak": mark("leak"),
    "reset": mark("reset"),
    "threshold": mark("threshold"),
    "tau_mem": mark("τ membrane"),
    "tau_exc": mark("τ syn. +"),
    "tau_inh": mark("τ syn. −"),
    "gain_exc": mark("gain +"),
    "gain_inh": mark("gain −"),
}
assert tuple(NAMES) == CELLS
N_TRIALS, N_CIRCUITS = 8, 16
N_EVENTS, INTERVALS = (1, 2, 3, 5, 8), (1, 2, 5, 10, 20)  # events; µs between them
_BEGIN, _AFTER = 10e-6, 60e-6  # s before the first event and after the last
_STACKED, _REPEATS = 12, 4  # events at once at most; runs of each number
_PHASES = 4  # of the parallel converter, for a denser trace


@dataclass(frozen=True)
class Lens:
    """What is looked at, and how.

    Attributes
    ----------
    circuit : int
    turned : tuple of (int, str, int)
        Codes other than those that were found: circuit, cell, code.
    weight : int
        Of the synapse that is stimulated, -63 … 63.
    n_events : int
    interval : int
        Between events [µs].
    view : str, one of `VIEWS`
    own : bool
        The other circuits have the codes that were found for them, not those of this one.
    """

    circuit: int = 0
    turned: tuple[tuple[int, str, int], ...] = ()
    weight: int = 63
    n_events: int = 5
    interval: int = 5
    view: str = "trials"
    own: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.circuit < SPEC.n_circuits:
            raise ParameterError("there is no circuit {value}; the chip has {n}", value=self.circuit, n=SPEC.n_circuits)
        if abs(self.weight) > SPEC.weight_max:
            raise ParameterError("a synapse's weight lies between −63 and 63")
        if self.view not in VIEWS or self.n_events not in N_EVENTS or self.interval not in INTERVALS:
            raise ParameterError("'{name}' can't be '{value}'; it can be {names}",
                                 name="view", value=self.view, names=", ".join(VIEWS))  # fmt: skip

    def codes(self, base: Codes) -> dict[str, int]:
        """The circuit's codes as they are turned, over those of `base`."""
        found = {name: int(getattr(base, name)[self.circuit]) for name in CELLS}
        return {**found, **{name: code for circuit, name, code in self.turned if circuit == self.circuit}}

    def turn(self, name: str, code: int) -> Lens:
        """One code of the circuit at another value."""
        kept = tuple(one for one in self.turned if one[:2] != (self.circuit, name))
        return replace(self, turned=(*kept, (self.circuit, name, min(max(code, 0), SPEC.code_max))))

    def untouched(self) -> Lens:
        """The circuit's codes as they were found."""
        return replace(self, turned=tuple(one for one in self.turned if one[0] != self.circuit))


class Book:
    """The lens with its undo; what goes on while a slider is held is one step."""

    def __init__(self) -> None:
        self.lens = Lens()
        self._before: list[Lens] = []
        self._after: list[Lens] = []
        self._going = ""

    def put(self, lens: Lens, going: str = "") -> bool:
        """Another lens; `going`: the slider that is being moved. Returns whether it is another."""
        if lens == self.lens:
            return False
        if not going or going != self._going:
            self._before.append(self.lens)
        self._after.clear()
        self.lens, self._going = lens, going
        return True

    def look_at(self, circuit: int) -> bool:
        """Another circuit; that is no step of undo."""
        self._going = ""
        changed = circuit != self.lens.circuit
        self.lens = replace(self.lens, circuit=circuit)
        return changed

    def let_go(self) -> None:
        """The slider is let go: what comes next is another step."""
        self._going = ""

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        return bool(self._after)

    def undo(self) -> bool:
        """The lens before. Returns whether there was one."""
        return self._step(self._before, self._after)

    def redo(self) -> bool:
        """What was undone last. Returns whether there was anything."""
        return self._step(self._after, self._before)

    def _step(self, back: list[Lens], forth: list[Lens]) -> bool:
        self._going = ""
        if not back:
            return False
        forth.append(self.lens)
        self.lens = back.pop()
        return True


@dataclass(frozen=True, eq=False)
class Seen:
    """What was measured.

    Attributes
    ----------
    lens : Lens
    x : (n_x,) float64
        Time [s of the chip], or summed weights.
    traces : (n_lines, n_x) float64
        Membranes [LSB], trials or circuits; or the peak over rest [LSB] of excitation and of inhibition.
    expected : (n_lines, n_x) float64
        If it were linear; empty for traces.
    spikes : tuple of (n,) float64
        Of each line [s].
    figures : dict
        Mean and spread of ``rest`` and ``peak``; of ``exc`` and ``inh``, the last peak and what it would be if it
        were linear.
    circuits : tuple of int
        Of the lines.
    threshold : float
        Where the threshold should be [LSB].
    """

    lens: Lens
    x: Floats
    traces: Floats
    expected: Floats
    spikes: tuple[Floats, ...]
    figures: dict[str, tuple[float, float]]
    circuits: tuple[int, ...]
    threshold: float


def spread_out(circuit: int) -> tuple[int, ...]:
    """`circuit` and others, as far apart as can be."""
    step = SPEC.n_circuits // N_CIRCUITS
    return tuple((circuit + k * step) % SPEC.n_circuits for k in range(N_CIRCUITS))


def wiring(circuits: tuple[int, ...], weight: NDArray[np.int64]) -> Wiring:
    """Sources by circuits (n_in, n_circuits), each source on a pair of rows of its own in both halves."""
    n_in, n = weight.shape
    target = np.zeros((n_in + n, 2), np.int64)
    target[:n_in] = 0, n
    row = np.full((n_in + n, 1, 2, SPEC.n_halves), -1, np.int64)
    row[:n_in, 0, :, :] = (2 * np.arange(n_in)[:, None] + np.arange(2))[:, :, None]
    return Wiring(n_in, np.array(circuits)[:, None], np.array([0, n]), target, row, np.zeros((n_in + n, 1), np.int64),
                  weight.astype(np.int64).ravel(), np.zeros(n, np.bool_))  # fmt: skip


class Lab:
    """A chip of the same serial number on the side, so that the network's stays as it is.

    Parameters
    ----------
    serial : int
    base : Codes
        Those that were found, or those of an average chip.
    threshold : float
        Where the threshold should be [LSB].
    ideal : bool
        Without faults, to compare with.
    """

    def __init__(self, serial: int, base: Codes, threshold: float, *, ideal: bool = False) -> None:
        self.serial, self.base, self.threshold, self._ideal = serial, base, threshold, ideal
        self._chip: Chip | None = None  # made where it is first looked at, as that takes a moment

    def look(self, lens: Lens, *, seed: int | None = None) -> Seen:
        """Write the codes and measure."""
        circuits = spread_out(lens.circuit) if lens.view == "circuits" else (lens.circuit,)
        values = lens.codes(self.base)
        changed = {}
        for name in CELLS:
            codes = getattr(self.base, name).copy()
            codes[list(circuits) if not lens.own else [lens.circuit]] = values[name]
            changed[name] = codes
        if self._chip is None:
            self._chip = Chip(self.serial, ideal=self._ideal)
        self._chip.configure(self.base.changed(**changed), seed=0)  # always with the same chance: only turns show
        measure = {"trials": _trials, "circuits": _circuits, "stacking": _stacking}[lens.view]
        return measure(self._chip, lens, circuits, seed, self.threshold)


def _events(lens: Lens, n_samples: int) -> tuple[Events, float]:
    times = _BEGIN + 1e-6 * lens.interval * np.arange(lens.n_events)
    first = lens.n_events * np.arange(n_samples + 1)
    source = np.zeros(n_samples * lens.n_events, np.int64)
    return Events(first, np.tile(times, n_samples), source), float(times[-1]) + _AFTER


def _trials(chip: Chip, lens: Lens, circuits: tuple[int, ...], seed: int | None, threshold: float) -> Seen:
    given, duration = _events(lens, N_TRIALS)
    one = wiring(circuits, np.array([[lens.weight]]))
    out = chip.run(one, given, duration, RunOptions(seed=seed, cadc=False, madc=(0,)))
    traces = _fast(out)
    spikes = tuple(out.time[out.first[k] : out.first[k + 1]] for k in range(N_TRIALS))
    return _seen(lens, out.madc_time, traces, spikes, circuits * N_TRIALS, threshold)


def _circuits(chip: Chip, lens: Lens, circuits: tuple[int, ...], seed: int | None, threshold: float) -> Seen:
    given, duration = _events(lens, 1)
    many = wiring(circuits, np.full((1, len(circuits)), lens.weight))
    times, traces = [], []
    spikes: tuple[Floats, ...] = ()
    chance = int(np.random.default_rng(seed).integers(2**62))  # the same trial in every phase of the converter
    for k in range(_PHASES):
        options = RunOptions(seed=chance, phase=k * SPEC.cadc_period / _PHASES)
        out = chip.run(many, given, duration, options)
        times.append(out.cadc_time)
        traces.append(out.cadc[0].astype(np.float64))
        spikes = tuple(out.time[out.neuron == j] for j in range(len(circuits)))
    order = np.argsort(np.concatenate(times))
    return _seen(lens, np.concatenate(times)[order], np.concatenate(traces)[order].T, spikes, circuits, threshold)


def _seen(
    lens: Lens, time: Floats, traces: Floats, spikes: tuple[Floats, ...], circuits: tuple[int, ...], threshold: float
) -> Seen:
    rest = traces[:, time < _BEGIN].mean(axis=1)
    after = traces[:, time >= _BEGIN]
    peak = (after.max(axis=1) if lens.weight >= 0 else after.min(axis=1)) - rest
    figures = {name: (float(v.mean()), float(v.std())) for name, v in (("rest", rest), ("peak", peak))}
    return Seen(lens, time, traces, np.zeros((0, 0)), spikes, figures, circuits, threshold)


def _stacking(chip: Chip, lens: Lens, circuits: tuple[int, ...], seed: int | None, threshold: float) -> Seen:
    """Peaks of 0, 1, 2 … events at once, of either sign; nobody fires."""
    size = max(abs(lens.weight), 1)
    numbers = np.arange(_STACKED + 1)
    weight = np.concatenate([np.full(_STACKED, size), np.full(_STACKED, -size)])[:, None]
    sources = [np.arange(n) + sign * _STACKED for sign in (0, 1) for n in numbers for _ in range(_REPEATS)]
    first = np.concatenate([[0], np.cumsum([len(s) for s in sources])]).astype(np.int64)
    time = np.full(int(first[-1]), _BEGIN)
    out = chip.run(wiring(circuits, weight), Events(first, time, np.concatenate(sources)), _AFTER,
                   RunOptions(seed=seed, cadc=False, madc=(0,), threshold=False))  # fmt: skip
    mean = _fast(out).reshape(2, len(numbers), _REPEATS, -1).mean(axis=2)
    off = mean - mean[:, :, out.madc_time < _BEGIN].mean(axis=2, keepdims=True)
    smooth = np.apply_along_axis(np.convolve, 2, off, np.full(9, 1 / 9), "valid")
    peaks = np.stack([smooth[0].max(axis=1), smooth[1].min(axis=1)])
    peaks -= peaks[:, :1]  # what noise alone makes
    x = (size * numbers).astype(np.float64)
    line = np.stack([peaks[k, 1] * numbers for k in (0, 1)])
    figures = {"exc": (float(peaks[0, -1]), float(line[0, -1])), "inh": (float(peaks[1, -1]), float(line[1, -1])),
               "rest": (float(mean[:, :, out.madc_time < _BEGIN].mean()), 0.0)}  # fmt: skip
    return Seen(lens, x, peaks, line, (), figures, circuits, threshold)


def _fast(out: Readout) -> Floats:
    """(n_samples, n_times) of the fast converter, in LSB of the parallel one."""
    return (out.madc[:, :, 0].astype(np.float64) - SPEC.madc_law[1]) / SPEC.madc_law[0]
