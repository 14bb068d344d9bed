"""The chip as a rig: a network runs on it trial after trial, slowed down to the network's own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

import numpy as np

from luiapp.chip.calibrate import Calibration
from luiapp.chip.core import Chip, RunOptions
from luiapp.chip.free import FreelyPlaced, place_network, volts
from luiapp.chip.spec import SPEC
from luiapp.data.chunk import Chunk, Event, Layout, Trace
from luiapp.errors import RigError
from luiapp.model.network import Network
from luiapp.rigs.pace import check_speed
from luiapp.stream.source import Command, Description, HandStep, Mark, SetParameter, SetPaused, SetSpeed, StepOnce

TRIAL = 10.0  # s of the network; then the chip begins again, from rest and with other noise
_SLICE = 0.020  # s of real time per chunk
_COMMANDS = frozenset({SetParameter, SetSpeed, SetPaused, StepOnce, Mark})
_MOST_LAG = 0.25  # s


def unequal(n: int = 8) -> Network:
    """Neurons that are told to be equal and fire by themselves: how far a chip departs from that is seen at once."""
    network = Network(name="unequal")
    for _ in range(n):
        network.neuron(tau_mem=20e-3, tau_syn=5e-3, tau_ref=5e-3, v_leak=2.0)
    return network


class ChipRig:
    """One emulated core with a network of LIF neurons on it, as a rig.

    Parameters
    ----------
    network : Network, optional
        By default neurons that should be equal.
    serial : int
        Of the chip.
    calibration : Calibration, optional
        Of this chip; else it isn't calibrated.
    clock : callable
        Monotonic seconds; tests put their own.
    seed : int, optional
        Of the chip's noise; None: no two trials are the same.

    Raises
    ------
    ParameterError
        If the calibration is another chip's.
    """

    kind = "chip"

    def __init__(
        self,
        network: Network | None = None,
        *,
        serial: int = 7,
        clock: Callable[[], float] = time.monotonic,
        seed: int | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        if calibration is not None:
            calibration.check_serial(serial)
        self._chip, self._calibration = Chip(serial), calibration
        self.name = f"chip {serial}"
        self._clock, self._seed = clock, seed
        self._inbox: SimpleQueue[Command | Network] = SimpleQueue()
        self._closed, self._paused, self._speed, self._owed = False, False, 1.0, 0.0
        self._last: float | None = None
        self._events: list[Event] = []
        self._n_samples, self._trials = 0, 0
        self._n_here, self._at = 0, 0  # samples of this stream, and of this trial, that were read
        self._trace = np.zeros((0, 0), np.float32)
        self._spike_time, self._spike_neuron = np.zeros(0), np.zeros(0, np.int64)
        self._spike_at = np.zeros(0, np.int64)
        first = (network or unequal()).copy()
        self._placed: FreelyPlaced = place_network(first, calibration)
        self._layout = _layout(self._placed)
        self._load(first)

    @property
    def source(self) -> ChipRig:
        return self

    @property
    def layout(self) -> Layout:
        return self._layout

    @property
    def network(self) -> Network:
        return self._placed.network.copy()

    def describe(self) -> Description:
        parameters = {p.name: "fixed" if p.name in ("r_leak", "tau_syn_1") else "by wire"
                      for p in self._placed.network.kind.parameters}  # fmt: skip
        return Description(parameters, _COMMANDS, can_rewire=True)  # type: ignore[arg-type]

    def apply(self, network: Network) -> list[HandStep]:
        place_network(network)  # raises what is wrong with it now, not at the next read
        self._inbox.put(network.copy())
        return []

    def send(self, command: Command) -> None:
        if type(command) not in _COMMANDS:
            raise RigError("the chip can't do '{command}'; it runs trials", command=type(command).__name__)
        if isinstance(command, SetSpeed):
            check_speed(command.factor)
        if isinstance(command, SetParameter):
            changed = self._placed.network.copy()
            changed.set_parameter(command.i_neuron, command.name, command.value)
            place_network(changed)
        self._inbox.put(command)

    def health(self) -> dict[str, int | float | str]:
        counters = self._chip.counters
        sent, lost = (int(one) for one in counters.background.sum(axis=1))
        return {"samples": self._n_samples, "trials": self._trials, "lost_events": int(counters.lost.sum()),
                "background_events": sent, "background_lost": lost}  # fmt: skip

    def close(self) -> None:
        self._closed = True

    def read(self, timeout: float) -> Chunk | None:
        if self._closed:
            raise EOFError
        self._obey()
        n = self._due(timeout)
        if n == 0 and not self._events:
            return None
        if self._at >= len(self._trace):
            self._trial()
        n = min(n, len(self._trace) - self._at)
        begin, end = self._at, self._at + n
        mine = (self._spike_at >= begin) & (self._spike_at < end)
        dt, shift = self._layout.dt, self._n_here - begin
        events, self._events = tuple(self._events), []
        chunk = Chunk(self._layout, self._n_here, self._trace[begin:end],
                      np.maximum(self._spike_time[mine] + shift * dt, self._n_here * dt),
                      self._spike_neuron[mine].astype(np.int32), events)  # fmt: skip
        self._at, self._n_here, self._n_samples = end, self._n_here + n, self._n_samples + n
        return chunk

    def _due(self, timeout: float) -> int:
        """Samples that are due; waits for a slice of them."""
        wait = min(timeout, _SLICE)
        if self._paused or self._owed < self._layout.dt:
            time.sleep(wait)
        now = self._clock()
        elapsed = 0.0 if self._last is None else now - self._last
        self._last = now
        if not self._paused:
            self._owed = min(self._owed + elapsed * self._speed, _MOST_LAG * max(self._speed, 1.0))
        n = int(self._owed / self._layout.dt + 1e-6)
        self._owed -= n * self._layout.dt
        return n

    def _obey(self) -> None:
        while True:
            try:
                command = self._inbox.get_nowait()
            except Empty:
                return
            now = self._n_here * self._layout.dt
            match command:
                case Network():
                    self._load(command)
                    self._events.append(Event(0.0, "network", value=command.to_dict()))
                case SetParameter(i_neuron, name, value):
                    changed = self._placed.network.copy()
                    changed.set_parameter(i_neuron, name, value)
                    self._place(changed)
                    self._events.append(Event(now, "parameter", changed.names[i_neuron], name, value))
                case SetSpeed(factor):
                    self._speed = factor
                case SetPaused(paused):
                    self._paused, self._owed = paused, 0.0
                case StepOnce(duration):
                    self._owed += duration
                case Mark(value):
                    self._events.append(Event(now, "marker", value=value))

    def _load(self, network: Network) -> None:
        """Another network: its stream begins anew."""
        self._place(network)
        self._layout = _layout(self._placed)
        self._n_here = 0
        self._trial()

    def _place(self, network: Network) -> None:
        """Write it into the chip; what runs ends with the samples that were read."""
        before, self._placed = self._placed, place_network(network, self._calibration)
        self._chip.configure(self._placed.codes, seed=self._seed)
        self._trace = np.zeros((0, network.n_neurons), np.float32)
        self._at = 0
        if self._placed.time_scale != before.time_scale:  # another scale of time is another stream
            self._layout = _layout(self._placed)
            self._n_here = 0

    def _trial(self) -> None:
        seed = None if self._seed is None else self._seed + self._trials
        placed = self._placed
        out = self._chip.run(placed.wiring, placed.events(TRIAL, self._trials), TRIAL / placed.time_scale,
                             RunOptions(seed=seed, background=placed.background(self._trials)))  # fmt: skip
        self._trace = volts(out.cadc[0].astype(np.float64)).astype(np.float32)
        order = np.argsort(out.time, kind="stable")
        self._spike_time = out.time[order] * placed.time_scale
        self._spike_neuron = out.neuron[order]
        self._spike_at = np.floor(self._spike_time / self._layout.dt).astype(np.int64)
        self._at = 0
        self._trials += 1


def _layout(placed: FreelyPlaced) -> Layout:
    names = placed.network.names
    traces = tuple(Trace(name, "V", "membrane", i) for i, name in enumerate(names))
    return Layout(SPEC.cadc_period * placed.time_scale, traces, tuple(names), ChipRig.kind)
