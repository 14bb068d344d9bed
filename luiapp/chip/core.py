"""One core: written to, run, and read back. What its circuits truly are stays in here; from outside it is measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.background import Background, emitted
from luiapp.chip.codes import Codes, Targets, linear, nominal, power
from luiapp.chip.flow import Flow
from luiapp.chip.instance import EXC, INH, FixedPattern, draw, quadrant
from luiapp.chip.plan import DT, Parts, Truth, clocks, prepared, spread
from luiapp.chip.readout import Readout, madc_samples
from luiapp.chip.spec import SPEC, ChipSpec
from luiapp.chip.wiring import Events, Wiring
from luiapp.errors import ParameterError
from luiapp.kernels import chip as kernel

_ROOM, _RATE = 64, 50e3  # spikes per sample, and per neuron and second, for which there is room to begin with
MAX_EVENTS = 2**26
COARSEST = 1e-6  # s


@dataclass(frozen=True)
class RunOptions:
    """How a run is made and what of it is kept.

    Attributes
    ----------
    seed : int or None
        Of its noise; None: drawn anew, as no two runs on a chip are the same.
    cadc : bool or tuple of int
        Whose membranes the parallel converter reads: all neurons, none, or these.
    madc : tuple of int
        Up to two neurons for the fast converter.
    start : str
        ``"leak"``: membranes begin at rest; ``"reset"``: they are let go from the reset potential at time 0.
    held : bool
        They are held at the reset potential throughout.
    phase : float
        When the parallel converter takes its first sample [s].
    threshold : bool
        False: nobody fires.
    dt : float
        Internal step [s], 0.25 µs as usual; up to 1 µs to compare with what steps so coarsely.
    first_sample : int
        Number of the first sample in the sequence of noise: a batch cut in pieces gives the same results.
    background : tuple of Background
        Sources on the chip that run meanwhile.
    """

    seed: int | None = None
    cadc: bool | tuple[int, ...] = True
    madc: tuple[int, ...] = ()
    start: Literal["leak", "reset"] = "leak"
    held: bool = False
    phase: float = 0.0
    threshold: bool = True
    dt: float = DT
    first_sample: int = 0
    background: tuple[Background, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.dt <= COARSEST:
            raise ParameterError("the internal step of the chip is 1 µs at most")
        if len(self.madc) > SPEC.madc_channels:
            raise ParameterError("the fast converter has {limit} channels, not {n}; read the others in a second run",
                                 limit=SPEC.madc_channels, n=len(self.madc))  # fmt: skip


@dataclass
class Counters:
    """What passed and was lost since the chip was switched on: by quadrant; and sent and lost, by background source."""

    fired: NDArray[np.int64] = field(default_factory=lambda: np.zeros(SPEC.n_quadrants, np.int64))
    lost: NDArray[np.int64] = field(default_factory=lambda: np.zeros(SPEC.n_quadrants, np.int64))
    background: NDArray[np.int64] = field(default_factory=lambda: np.zeros((2, SPEC.n_background), np.int64))
    runs: int = 0
    samples: int = 0


class Chip:
    """A core with its faults.

    Parameters
    ----------
    serial : int
        The same number is the same chip, on every machine.
    ideal : bool
        All circuits equal and no noise: to compare with.

    Raises
    ------
    ParameterError
        If there is no such chip.
    """

    def __init__(self, serial: int, *, ideal: bool = False) -> None:
        self.serial, self.ideal, self.spec = serial, ideal, SPEC
        self.counters = Counters()
        self.__pattern = _equal(SPEC) if ideal else draw(serial)
        self.__plans: tuple[Any, ...] = ()
        self.configure(nominal(Targets()), seed=0)

    @property
    def codes(self) -> Codes:
        """What was written last."""
        return self._codes

    def configure(self, codes: Codes, *, seed: int | None = None) -> None:
        """Write all analogue parameters. Each write leaves a little to chance; a `seed` makes it repeatable."""
        random = np.random.default_rng(None if seed is None else (seed, self.serial, 0))
        self._codes, spec, pattern, n = codes, self.spec, self.__pattern, self.spec.n_circuits
        scale = 0.0 if self.ideal else 1.0
        noise = random.standard_normal((8, n)) * scale
        gain = spec.peak * math.e / spec.weight_max * codes.bias / spec.bias_code / spec.gain_code
        self.__truth = Truth(
            linear(spec.leak_law, codes.leak + spec.leak_written * noise[0]) + pattern.leak,
            linear(spec.reset_law, codes.reset + spec.reset_written * noise[1]) + pattern.reset,
            linear(spec.threshold_law, codes.threshold + spec.threshold_written * noise[2]) + pattern.threshold,
            power(spec.tau_mem_law, codes.tau_mem) * pattern.tau_mem * (1 + spec.tau_mem_written * noise[3]),
            np.stack([
                power(spec.tau_syn_law, codes.tau_exc) * pattern.tau_syn[EXC] * (1 + spec.tau_syn_written * noise[4]),
                power(spec.tau_syn_law, codes.tau_inh) * pattern.tau_syn[INH] * (1 + spec.tau_syn_written * noise[5]),
            ]),
            gain * np.stack([
                codes.gain_exc * pattern.gain[EXC] * (1 + spec.gain_written[EXC] * noise[6]),
                codes.gain_inh * pattern.gain[INH] * (1 + spec.gain_written[INH] * noise[7]),
            ]),
            pattern.saturation, pattern.cadc_gain, pattern.cadc_offset + codes.trim, codes.tau_ref,
        )  # fmt: skip
        self.__plans = ()

    def run(self, wiring: Wiring, events: Events, duration: float, options: RunOptions | None = None) -> Readout:
        """Run samples, each from rest, one after the other.

        Parameters
        ----------
        duration : float
            Of a sample [s].

        Returns
        -------
        Readout

        Raises
        ------
        ParameterError
            If the events don't fit the wiring.
        """
        options = options or RunOptions()
        _check(wiring, events, duration)
        n_steps = math.ceil(duration / options.dt - 1e-9)
        parts = self._parts(wiring, options.dt)
        plan = self._plan(wiring, parts, options)
        n_samples = events.n_samples
        tick = np.rint(events.time / self.spec.tick)
        sent, lost = np.zeros((2, self.spec.n_background), np.int64)
        if options.background:
            n_ticks = round(duration / self.spec.tick)
            ticked = Events(events.first, np.minimum(tick, n_ticks - 1), events.source)
            events, sent, lost = emitted(options.background, wiring, ticked, n_ticks, options.first_sample)
            tick = events.time
        given = kernel.Input(events.first.astype(np.int64), tick.astype(np.int64), events.source.astype(np.int32))
        seed = np.random.SeedSequence(options.seed).generate_state(1, np.uint64)[0]
        start = self._start(plan, options)
        n_cadc = math.ceil((duration - options.phase) / self.spec.cadc_period - 1e-9) if len(plan.recorded) else 0
        room = _room(plan, options.dt, self.spec)
        size = n_samples * (_ROOM + int(_RATE * wiring.n * duration))
        while True:
            out = kernel.Output(
                np.zeros(n_samples + 1, np.int64), np.empty(size, np.int64), np.empty(size, np.int32),
                np.zeros((n_samples, n_cadc, len(plan.recorded)), np.uint8),
                np.zeros((n_samples, n_steps + 1, len(plan.traced)), np.float32),
                np.zeros((self.spec.n_quadrants, 2), np.int64),
            )  # fmt: skip
            found = int(kernel.run_samples(plan, wiring.n_inputs, n_steps, given, seed, options.first_sample, start,
                                           room, out))  # fmt: skip
            if found <= size:
                break
            size = found
        self._count(out, n_samples)
        self.counters.background += np.stack([sent, lost])
        neuron = np.full(plan.circuit.shape[1], -1)
        neuron[parts.place] = np.arange(wiring.n)
        return Readout(
            out.first, np.asarray(out.tick[:found] * self.spec.tick, np.float64), neuron[out.circuit[:found]], out.cadc,
            np.asarray(options.phase + self.spec.cadc_period * np.arange(n_cadc), np.float64), neuron[plan.recorded],
            *madc_samples(out.trace, options.dt, 0.0 if self.ideal else self.spec.madc_noise, seed),
            neuron[plan.traced], out.trace,
            out.counted[:, kernel.FIRED].copy(), out.counted[:, kernel.LOST].copy(), np.stack([sent, lost]), duration,
        )  # fmt: skip

    def flow(self, wiring: Wiring, options: RunOptions | None = None) -> Flow:
        """The chip as it is configured now, on and on instead of sample by sample; every call begins anew.

        Of the `options` count `seed`, `cadc`, `start` and `threshold`.
        """
        options = options or RunOptions()
        parts = self._parts(wiring, DT)
        plan = self._plan(wiring, parts, options)
        seed = np.random.SeedSequence(options.seed).generate_state(1, np.uint64)[0]
        neuron = np.full(plan.circuit.shape[1], -1)
        neuron[parts.place] = np.arange(wiring.n)
        return Flow(plan, wiring.n_inputs, neuron, seed, self._start(plan, options), _room(plan, DT, self.spec),
                    self._count)  # fmt: skip

    def read_reference(self, level: float, n: int = 64, *, seed: int | None = None) -> NDArray[np.uint8]:
        """What all channels of the parallel converter read of one known potential on a common line.

        Parameters
        ----------
        level : float
            [LSB]

        Returns
        -------
        (n, n_circuits) uint8
        """
        random = np.random.default_rng(seed)
        truth = self.__truth
        noise = 0.0 if self.ideal else self.spec.cadc_noise
        read = truth.cadc_gain * level + truth.cadc_offset + noise * random.standard_normal((n, self.spec.n_circuits))
        return np.clip(np.rint(read), 0, self.spec.cadc_max).astype(np.uint8)

    def _parts(self, wiring: Wiring, dt: float) -> Parts:
        """What doesn't depend on weights; made anew only if circuits, rows or codes have changed since the last run."""
        key = (wiring.circuit, wiring.segment, wiring.target, wiring.row, wiring.member, wiring.readout, dt)
        if not self.__plans or any(a is not b for a, b in zip(self.__plans[0], key, strict=True)):
            self.__plans = (key, prepared(wiring, self.__truth, self.__pattern.synapse, dt, self.spec))
        return self.__plans[1]

    def _plan(self, wiring: Wiring, parts: Parts, options: RunOptions) -> kernel.Plan:
        circuit = parts.circuit
        if not options.threshold:
            circuit = circuit.copy()
            circuit[kernel.THRESHOLD] = np.inf
        wanted = range(wiring.n) if options.cadc is True else options.cadc or ()
        beyond = [j for j in (*wanted, *options.madc) if not 0 <= j < wiring.n]
        if beyond:
            raise ParameterError("there is no neuron {value} on the chip; there are {n}", value=beyond[0], n=wiring.n)
        places = np.zeros(circuit.shape[1], np.int64)
        places[parts.place] = quadrant(wiring.circuit[:, 0], self.spec)
        return kernel.Plan(
            circuit, parts.constant, clocks(options.dt, options.phase, self.spec, noisy=not self.ideal), parts.segment,
            parts.target, spread(parts, EXC, wiring.weight), spread(parts, INH, wiring.weight), places, parts.cadc,
            parts.place[np.array(wanted, np.int64)], parts.place[np.array(options.madc, np.int64)],
        )  # fmt: skip

    def _start(self, plan: kernel.Plan, options: RunOptions) -> NDArray[np.float32]:
        start = np.zeros((2, plan.circuit.shape[1]), np.float32)
        if options.start == "reset" or options.held:
            start[0] = plan.circuit[kernel.RESET]
        if options.held:
            start[1] = np.inf
        return start

    def _count(self, out: kernel.Output, n_samples: int) -> None:
        self.counters.fired += out.counted[:, kernel.FIRED]
        self.counters.lost += out.counted[:, kernel.LOST]
        self.counters.runs += 1
        self.counters.samples += n_samples


def _check(wiring: Wiring, events: Events, duration: float) -> None:
    if not 0 < duration <= 1.0:
        raise ParameterError("a sample lasts longer than zero and 1 s at most, not {value} s", value=duration)
    if len(events.time) > MAX_EVENTS:
        raise ParameterError("{n} events are too many at once; run fewer samples", n=len(events.time))
    if len(events.source) and not 0 <= events.source.min() <= events.source.max() < wiring.n_inputs:
        raise ParameterError("there is an event of source {value}, but the wiring has {n} inputs",
                             value=int(events.source.max()), n=wiring.n_inputs)  # fmt: skip
    if len(events.time) and not 0 <= events.time.min() <= events.time.max() <= 1.0:
        raise ParameterError("events can't come before the sample begins")


def _room(plan: kernel.Plan, dt: float, spec: ChipSpec) -> kernel.Room:
    n = plan.circuit.shape[1]
    n_slots = math.ceil((spec.latency + 2 * spec.jitter) / dt) + 3
    return kernel.Room(np.zeros(n * kernel.N_WORK, np.float32), np.zeros((n_slots, 2, n), np.float32),
                       np.zeros(n // kernel.LANES, np.int32), np.zeros(spec.n_quadrants), np.zeros(spec.n_quadrants),
                       np.zeros(1, np.bool_))  # fmt: skip


def _equal(spec: ChipSpec) -> FixedPattern:
    n, zero = spec.n_circuits, np.zeros(spec.n_circuits)
    one, both = np.ones(n), np.ones((2, n))
    synapse = np.ones((spec.n_halves, spec.n_rows, spec.n_columns))
    return FixedPattern(zero, zero, zero, one, both, both, both, zero, one, synapse)
