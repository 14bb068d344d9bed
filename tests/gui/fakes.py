"""A small rig in plain Python for tests of the window: leaky neurons at 1 kHz, no JIT, same protocol."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue

import numpy as np

from luiapp.data.chunk import Chunk, Event, Layout, Trace
from luiapp.errors import RigError
from luiapp.model.network import Network
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


def two_boards() -> Network:
    net = Network(model="lui", name="two boards")
    a = net.neuron("N1", position=(0.0, 0.0), r_vleak=65e3, parts_seed=1)
    b = net.neuron("N2", position=(260.0, 40.0), r_vleak=40e3, parts_seed=2)
    net.connect(a, b, synapse=1)
    return net


class FakeRig:
    """Charges towards the leak potential with 0.2 s, fires at 1.55 V; a pulse adds 0.3 V."""

    def __init__(self, network: Network | None = None, *, kind: str = "sim") -> None:
        self.name, self.kind = "fake", kind
        self._network = network or two_boards()
        self._inbox: SimpleQueue[Command | Network] = SimpleQueue()
        self._i, self._closed, self._paused, self._speed = 0, False, False, 1.0
        self._owed, self._last = 0.0, time.monotonic()
        self.sent: list[Command] = []
        self._begin()

    def _begin(self) -> None:
        self._v = np.zeros(self._network.n_neurons)
        traces = tuple(Trace(n, "V", "membrane", i) for i, n in enumerate(self._network.names))
        self.layout = Layout(1e-3, traces, tuple(self._network.names), self.kind)

    @property
    def source(self) -> FakeRig:
        return self

    @property
    def network(self) -> Network:
        return self._network.copy()

    def describe(self) -> Description:
        commands = frozenset({SetParameter, Pulse, Kick, SetSpeed, SetPaused, StepOnce, Mark})
        return Description({p.name: "by wire" for p in self._network.kind.parameters}, commands, True)

    def apply(self, network: Network) -> list[HandStep]:
        self._inbox.put(network.copy())
        return []

    def send(self, command: Command) -> None:
        if type(command) not in self.describe().commands:
            raise RigError("no")
        self.sent.append(command)
        self._inbox.put(command)

    def health(self) -> dict[str, int | float | str]:
        return {"samples": self._i}

    def close(self) -> None:
        self._closed = True

    def read(self, timeout: float) -> Chunk | None:
        if self._closed:
            raise EOFError
        time.sleep(min(timeout, 0.01))
        now = time.monotonic()
        self._owed += 0.0 if self._paused else (now - self._last) * self._speed
        self._last = now
        events = self._obey()
        n = int(self._owed * 1000)
        self._owed -= n / 1000
        samples = np.empty((n, len(self._v)), np.float32)
        times, neurons = [], []
        for k in range(n):
            samples[k] = self._v
            target = 3.0 * self._network.parameter("r_vleak") / 100e3
            self._v += (target - self._v) * 0.005
            for i in np.flatnonzero(self._v >= 1.55):
                self._v[i] = 0.0
                times.append((self._i + k + 1) * 1e-3)
                neurons.append(i)
        chunk = Chunk(self.layout, self._i, samples, np.array(times, float), np.array(neurons, np.int32), tuple(events))
        self._i += n
        return chunk

    def _obey(self) -> list[Event]:
        events: list[Event] = []
        while True:
            try:
                command = self._inbox.get_nowait()
            except Empty:
                return events
            now = self._i * 1e-3
            match command:
                case Network():
                    self._network, self._i = command, 0
                    self._begin()
                case SetParameter(i, name, value):
                    self._network.set_parameter(i, name, value)
                    events.append(Event(now, "parameter", self._network.names[i], name, value))
                case Pulse(i, _, _, _):
                    self._v[i] += 0.3
                case Kick(i):
                    self._v[i] = 1.6
                case SetPaused(paused):
                    self._paused = paused
                case SetSpeed(factor):
                    self._speed = factor
                case StepOnce(duration):
                    self._owed += duration
                case Mark(value):
                    events.append(Event(now, "marker", value=value))
