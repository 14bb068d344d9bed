"""One sample on the chip, watched in slow motion: its events, what was read, and what a Lu.i would do. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.place import Placed
from luiapp.chip.spec import SPEC
from luiapp.deploy.describe import unit
from luiapp.deploy.onchip import OnChip
from luiapp.model.layered import psp_peak
from luiapp.train.task import latency_code

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
REPEATS = 16  # of the sample, one of which is shown
PACES = (1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6)  # how many times slower than the chip
USUAL = 4
_STEP = 5e-5  # s of biology, of the reference
_GLOW = 0.04  # share of the sample in which a light fades


@dataclass(frozen=True, eq=False)
class Watched:
    """A sample that ran.

    Attributes
    ----------
    placed : Placed
    label, said : int
        Its class, and what the chip answered.
    agree : int
        In how many of `REPEATS` runs the answer was right.
    time, source : (n_events,)
        Events that came in [s of the chip].
    spike_time, spike_neuron : (n_spikes,)
        Spikes that arrived [s of the chip].
    cadc_time : (n_cadc,) float64
        [s of the chip]
    cadc : (n_cadc, n_neurons) uint8
        [LSB]
    fired, lost : int
        Events of neurons in this sample, mean over the runs.
    duration : float
        [s of the chip]
    """

    placed: Placed
    label: int
    said: int
    agree: int
    time: Floats
    source: Ints
    spike_time: Floats
    spike_neuron: Ints
    cadc_time: Floats
    cadc: NDArray[np.uint8]
    fired: float
    lost: float
    duration: float


def watch(on_chip: OnChip, sample: Floats, label: int, *, seed: int | None = None) -> Watched:
    """Run `sample` as the chip is configured now."""
    samples = np.repeat(sample[None], REPEATS, axis=0)
    placed = on_chip.placed
    out = on_chip.run(samples, seed=seed, cadc=True)
    said = on_chip.scores(out).argmax(axis=1)
    times = latency_code(on_chip.task.code).times(sample[None]) * unit(on_chip.task)
    events = placed.events(times)
    mine = slice(int(out.first[0]), int(out.first[1]))
    order = np.argsort(out.time[mine], kind="stable")
    return Watched(
        placed, label, int(said[0]), int((said == label).sum()), events.time,
        events.source, out.time[mine][order], out.neuron[mine][order], out.cadc_time, out.cadc[0],
        float(out.fired.sum()) / REPEATS, float(out.lost.sum()) / REPEATS, out.duration,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Reference:
    """What a neuron with the same inputs does in biological time: a Lu.i, if it had so many.

    Attributes
    ----------
    time : (n,) float64
        [s of biology]
    v : (n,) float64
        Above rest, in thresholds.
    spikes : (n_spikes,) float64
        [s of biology]
    """

    time: Floats
    v: Floats
    spikes: Floats


def reference(watched: Watched, neuron: int) -> Reference:
    """The equations of the model with the weights that the chip was given, fed by the events of the sample."""
    placed = watched.placed
    wiring, slow = placed.wiring, placed.time_scale
    layer_at = int(np.searchsorted(wiring.segment, neuron, side="right")) - 1
    layer = placed.net.layers[layer_at]
    source, target = wiring.ends()
    weight = np.zeros(wiring.n_inputs + wiring.n)
    mine = target == neuron
    weight[source[mine]] = wiring.weight[mine] * placed.unit
    times = np.concatenate([watched.time, watched.spike_time]) * slow
    sources = np.concatenate([watched.source, watched.spike_neuron + wiring.n_inputs])
    n = math.ceil(watched.duration * slow / _STEP)
    arriving = np.zeros(n + 1)
    np.add.at(arriving, np.clip(np.rint(times / _STEP).astype(int), 0, n), weight[sources])
    return _integrated(arriving, layer.tau_mem, layer.tau_syn, layer.tau_ref, fires=layer.kind == "lif")


def _integrated(arriving: Floats, tau_mem: float, tau_syn: float, tau_ref: float, *, fires: bool) -> Reference:
    """Exact from step to step for an exponential current; weights are heights of a PSP in thresholds."""
    a, b = math.exp(-_STEP / tau_syn), math.exp(-_STEP / tau_mem)
    gain = 1.0 / (tau_syn * psp_peak(tau_mem, tau_syn))
    rate = 1 / tau_mem - 1 / tau_syn
    passed = _STEP * b if abs(rate) * _STEP < 1e-9 else (a - b) / rate
    v, current, silent = 0.0, 0.0, 0.0
    trace, spikes = np.zeros(len(arriving)), []
    for k, weight in enumerate(arriving.tolist()):
        current += weight
        trace[k] = v
        v = 0.0 if silent > 0 else v * b + gain * passed * current
        current *= a
        silent -= _STEP
        if fires and v >= 1.0:
            spikes.append((k + 1) * _STEP)
            trace[k], v, silent = 1.0, 0.0, tau_ref
    return Reference(_STEP * np.arange(len(arriving), dtype=np.float64), trace, np.array(spikes, np.float64))


class Slow:
    """Where in the sample the watcher is, and how slowly it passes."""

    def __init__(self) -> None:
        self.at = 0.0  # s of the chip
        self.duration = 0.0
        self.playing = False
        self.i_pace = USUAL

    @property
    def pace(self) -> float:
        """How many times slower than the chip."""
        return PACES[self.i_pace]

    def begin(self, duration: float) -> None:
        """Another sample, from its beginning."""
        self.at, self.duration, self.playing = 0.0, duration, True

    def toggle(self) -> None:
        """Play, from the beginning if it was at its end; or pause."""
        if not self.playing and self.at >= self.duration:
            self.at = 0.0
        self.playing = not self.playing and self.duration > 0

    def step(self, by: int = 1) -> None:
        """One reading of the converter further, or back."""
        self.playing = False
        self.go(self.at + by * SPEC.cadc_period)

    def go(self, at: float) -> None:
        """Another moment."""
        self.at = min(max(at, 0.0), self.duration)

    def change_pace(self, by: int) -> None:
        """A notch slower (-1) or faster (+1)."""
        self.i_pace = min(max(self.i_pace - by, 0), len(PACES) - 1)

    def advance(self, seconds: float) -> bool:
        """Time passes in the world; returns whether anything moved."""
        if not self.playing:
            return False
        self.go(self.at + seconds / self.pace)
        self.playing = self.at < self.duration
        return True


def lights(watched: Watched, at: float) -> tuple[dict[tuple[int, int], float], dict[int, float]]:
    """What glows at a moment: rows by half and row, and circuits; 1 when an event is there, then fading."""
    wiring, fade = watched.placed.wiring, _GLOW * watched.duration
    rows: dict[tuple[int, int], float] = {}
    circuits: dict[int, float] = {}

    def lit(source: int, since: float) -> None:
        share = 1 - since / fade
        for _, _, half, row in _rows(wiring.row[source]):
            rows[half, row] = max(rows.get((half, row), 0.0), share)

    for time, source in _recent(watched.time, watched.source, at, fade):
        lit(source, at - time)
    for time, neuron in _recent(watched.spike_time, watched.spike_neuron, at, fade):
        lit(wiring.n_inputs + neuron, at - time)
        for circuit in wiring.circuit[neuron]:
            if circuit >= 0:
                circuits[int(circuit)] = max(circuits.get(int(circuit), 0.0), 1 - (at - time) / fade)
    return rows, circuits


def _recent(times: Floats, what: Ints, at: float, fade: float) -> list[tuple[float, int]]:
    there = (times <= at) & (times > at - fade)
    return list(zip(times[there].tolist(), what[there].tolist(), strict=True))


def _rows(row: Any) -> list[tuple[int, int, int, int]]:
    """(copy, way, half, row) of all rows that a source has."""
    found = []
    for k, way, half in zip(*(axis.tolist() for axis in np.nonzero(row >= 0)), strict=True):
        found.append((k, way, half, int(row[k, way, half])))
    return found
