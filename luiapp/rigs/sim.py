"""The simulated rig: a network that runs in real time, faster or slower, and obeys at once."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from queue import Empty, SimpleQueue

from luiapp.data.chunk import Chunk, Event, Layout
from luiapp.errors import RigError
from luiapp.model.network import Network
from luiapp.rigs.pace import check_speed
from luiapp.simulate.engine import Options, Simulation, build
from luiapp.stream.source import (
    Command,
    Description,
    HandStep,
    Kick,
    Mark,
    Pulse,
    SetParameter,
    SetPaused,
    SetSpeed,
    StepOnce,
)

_SLICE = 0.010  # s of real time per chunk: short enough to feel immediate, long enough to be cheap
_MOST_LAG = 0.25  # s; more than this behind, the rig falls back instead of catching up
_COMMANDS = frozenset({SetParameter, Pulse, Kick, SetSpeed, SetPaused, StepOnce, Mark})


class SimRig:
    """A `Network` on the simulator, as a rig.

    Parameters
    ----------
    network : Network
        Copied. Neurons without any probe get one on their membrane.
    options : Options, optional
        Internal step and precision. ``record_every`` is chosen by the rig when it is 1: sampled at 10 kHz for
        up to 8 traces, and more coarsely for more, so that ten minutes fit into memory.
    clock : callable
        Monotonic seconds; tests put their own.
    real_time : bool
        False: `read` never waits and advances by a slice each time.
    make : callable
        Builds what runs the network.
    """

    kind = "sim"

    def __init__(
        self,
        network: Network,
        *,
        options: Options | None = None,
        name: str = "",
        clock: Callable[[], float] = time.monotonic,
        real_time: bool = True,
        make: Callable[[Network, Options], Simulation] = build,
    ) -> None:
        self.name = name or network.name or "sim"
        self._options = options
        self._clock = clock
        self._real_time = real_time
        self._make = make
        self._inbox: SimpleQueue[Command | Network] = SimpleQueue()
        self._closed = False
        self._paused = False
        self._speed = 1.0
        self._owed = 0.0  # s of the rig's time that are due
        self._last: float | None = None
        self._lag = 0.0
        self._n_samples = 0
        self._fell_back = 0
        self._pending: list[Event] = []
        self._build(network)

    @property
    def source(self) -> SimRig:
        return self

    @property
    def layout(self) -> Layout:
        return self._simulation.layout

    @property
    def network(self) -> Network:
        return self._network.copy()

    @property
    def t_zero(self) -> float:
        """When its time was 0 on its clock, as it runs now [s]; later each time it gives up catching up."""
        last = self._clock() if self._last is None else self._last
        return last - (self._simulation.t + self._owed)

    def describe(self) -> Description:
        parameters = {p.name: "by wire" for p in self._network.kind.parameters}
        return Description(parameters, _COMMANDS, can_rewire=True)  # type: ignore[arg-type]

    def apply(self, network: Network) -> list[HandStep]:
        self._inbox.put(network.copy())
        return []

    def send(self, command: Command) -> None:
        if type(command) not in _COMMANDS:
            raise RigError("a simulated rig can't do '{command}'", command=type(command).__name__)
        if isinstance(command, SetSpeed):
            check_speed(command.factor)
        if isinstance(command, SetParameter):
            self._network.kind.parameter(command.name).check(command.value)
        if isinstance(command, SetParameter | Pulse | Kick) and not 0 <= command.i_neuron < self._network.n_neurons:
            raise RigError("there is no neuron {value}; there are {n}",
                           value=command.i_neuron, n=self._network.n_neurons)  # fmt: skip
        self._inbox.put(command)

    def health(self) -> dict[str, int | float | str]:
        return {"samples": self._n_samples, "lag_s": round(self._lag, 3), "slowed": self._fell_back}

    def close(self) -> None:
        self._closed = True

    def read(self, timeout: float) -> Chunk | None:
        if self._closed:
            raise EOFError
        self._obey()
        n_due = self._due(timeout)
        if n_due == 0 and not self._pending:
            return None
        chunk = self._simulation.advance(n_due)
        self._n_samples += chunk.n_samples
        if self._pending:
            chunk = replace(chunk, events=(*self._pending, *chunk.events))
            self._pending = []
        return chunk

    def _due(self, timeout: float) -> int:
        """Samples to compute now; waits for a slice of them where time is real."""
        dt = self.layout.dt
        if not self._real_time:
            self._owed += 0.0 if self._paused else _SLICE
        else:
            wait = 0.0
            if self._owed < _SLICE * self._speed and not self._paused:
                wait = min(timeout, _SLICE - self._owed / self._speed)
            elif self._paused and self._owed < dt:
                wait = min(timeout, _SLICE)
            if wait > 0:
                time.sleep(wait)
            self._advance_clock()
        n_due = math.floor(self._owed / dt + 1e-6)
        if not self._real_time or self._paused:
            n_most = n_due
        else:
            n_most = max(1, math.ceil(2 * _SLICE * max(self._speed, 1.0) / dt))
        n_due = min(n_due, n_most)
        self._owed -= n_due * dt
        return n_due

    def _advance_clock(self) -> None:
        now = self._clock()
        elapsed = 0.0 if self._last is None else now - self._last
        self._last = now
        if self._paused:
            return
        self._owed += elapsed * self._speed
        self._lag = max(0.0, self._owed / self._speed - _SLICE)
        if self._lag > _MOST_LAG:  # too slow a machine, or it slept: run slower rather than ever later
            self._owed = _SLICE * self._speed
            self._fell_back += 1

    def _obey(self) -> None:
        while True:
            try:
                command = self._inbox.get_nowait()
            except Empty:
                return
            if isinstance(command, Network):
                self._rebuild(command)
            else:
                self._do(command)

    def _do(self, command: Command) -> None:
        simulation, now = self._simulation, self._simulation.t
        match command:
            case SetParameter(i_neuron, name, value):
                simulation.set_parameter(i_neuron, name, value)
                self._network.set_parameter(i_neuron, name, value)
                self._note(Event(now, "parameter", self._network.names[i_neuron], name, value))
            case Pulse(i_neuron, synapse, width, weight):
                simulation.pulse(i_neuron, synapse, width=width, weight=weight)
                self._note(Event(now, "pulse", self._network.names[i_neuron], str(synapse), width))
            case Kick(i_neuron):
                simulation.kick(i_neuron)
                self._note(Event(now, "kick", self._network.names[i_neuron]))
            case SetSpeed(factor):
                self._speed = factor
            case SetPaused(paused):
                self._paused = paused
                self._owed = 0.0
            case StepOnce(duration):
                self._owed += duration
            case Mark(value):
                self._note(Event(now, "marker", value=value))

    def _note(self, event: Event) -> None:
        self._pending.append(event)

    def _build(self, network: Network) -> None:
        self._network = network.copy()
        probed = {probe.i_neuron for probe in self._network.probes}
        self._network.probe([i for i in range(self._network.n_neurons) if i not in probed][:64])
        options = self._options or Options()
        if options.record_every == 1:
            n_traces = len(self._network.probes)
            options = replace(options, record_every=1 if n_traces <= 8 else 5 if n_traces <= 32 else 10)
        self._simulation: Simulation = self._make(self._network, options)

    def _rebuild(self, network: Network) -> None:
        """Run `network` from now on; neurons of the same name keep their state where the simulation can hand it on."""
        old = self._simulation
        self._build(network)
        hand_over = getattr(self._simulation, "take_over", None)
        if hand_over is not None:
            hand_over(old)
        self._note(Event(self._simulation.t, "network", value=self._network.to_dict()))
