"""One neuron of any rig at hand: turn its trimmers, pulse its dendrites, and keep everything that it did."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Chunk, Event, Layout
from luiapp.data.measure import find_spikes
from luiapp.data.recording import Recording, join
from luiapp.errors import ParameterError, RigError
from luiapp.experiments.result import Axis, Progress, Request
from luiapp.model.lui import KNOBS
from luiapp.model.network import Network
from luiapp.stream.source import Pulse, Rig, SetParameter, SetPaused, StepOnce
from luiapp.texts import mark, tr

Step = Progress | Request
_PIECE = 0.25  # s of the rig's time between two reports
_PATIENCE = 10.0  # s without anything
_RECENT = 4096  # chunks in which spikes are counted
_RESEND = 64  # empty reads in a row after which a stepped rig has nothing more


class Session:
    """What an experiment does with a rig.

    A simulation is paused and stepped, so that it runs as fast as it can and pulses fall exactly where they should;
    `close` lets it run on as it was before. Other rigs take their own time.

    Parameters
    ----------
    rig : Rig
        Nobody else may read its source meanwhile, unless `read` is given.
    i_neuron : int
        Which neuron.
    read : callable, optional
        Takes the place of ``rig.source.read``.
    real_time : bool
        Don't step a simulation: a hand takes part, and needs its time.
    """

    def __init__(
        self,
        rig: Rig,
        *,
        i_neuron: int = 0,
        read: Callable[[float], Chunk | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        real_time: bool = False,
    ) -> None:
        self.rig = rig
        self.i_neuron = i_neuron
        self.fraction, self.text = 0.0, ""
        about = rig.describe()
        self.settable = about.parameters
        self.commands = about.commands
        self.is_replay = about.duration is not None
        self.length = about.duration or 0.0
        known = rig.network
        self.network = known if known is not None else _one_board(i_neuron)
        if not 0 <= i_neuron < self.network.n_neurons:
            raise ParameterError("there is no neuron {value}; there are {n}", value=i_neuron, n=self.network.n_neurons)
        self._first_network = self.network.to_dict()
        self._read = read or rig.source.read
        self._clock = clock
        self._stepped = {SetPaused, StepOnce} <= about.commands and not real_time
        self._parts: list[Chunk] = []
        self._layout: Layout | None = None
        self._n_spikes: Counter[int] = Counter()
        self._before: dict[str, float] = {}
        if self._stepped:
            rig.send(SetPaused(True))

    @property
    def now(self) -> float:
        """End of what was read [s], on the stream's clock."""
        return self._parts[-1].i_end * self._parts[-1].layout.dt if self._parts else 0.0

    @property
    def name(self) -> str:
        """The neuron's, as the stream calls it where it does."""
        names = self.neurons
        return names[self.i_neuron] if self.i_neuron < len(names) else self.network.names[self.i_neuron]

    def n_spikes_since(self, start: float) -> int:
        """Spikes of the neuron from `start` [s] on; where the stream has none, counted in its trace."""
        return len(self.spikes_since(start))

    def spikes_since(self, start: float) -> NDArray[np.float64]:
        """When it spiked [s], from `start` on."""
        if self._layout is None:
            return np.empty(0)
        if self._layout.neurons:
            found = [p.spike_times[(p.spike_neurons == self.i_neuron) & (p.spike_times >= start)]
                     for p in self._parts[-_RECENT:]]  # fmt: skip
            return np.concatenate(found) if found else np.empty(0)
        recent = [p for p in self._parts[-_RECENT:] if p.i_end * p.layout.dt > start]
        if not recent:
            return np.empty(0)
        cut = join(recent)
        times = find_spikes(cut.time, cut.samples[:, self.i_trace(self._layout)])
        return times[times >= start]

    @property
    def neurons(self) -> tuple[str, ...]:
        """Names of all neurons of the stream; those of the circuit before anything was read."""
        return self._layout.neurons if self._layout is not None else tuple(self.network.names)

    def n_spikes_of(self, i_neuron: int) -> int:
        """Spikes of any neuron since the beginning."""
        return self._n_spikes[i_neuron]

    def value(self, parameter: str) -> float:
        """What a parameter of the neuron is set to, as far as that is known."""
        return float(self.network.parameter(parameter)[self.i_neuron])

    def can(self, command: type) -> bool:
        """Whether the rig obeys a command."""
        return command in self.commands

    def report(
        self, fraction: float, text: str, point: tuple[float, float] | None = None,
        axes: tuple[Axis, Axis] | None = None,
    ) -> Progress:  # fmt: skip
        """Where it is; the steps of `run` repeat it."""
        self.fraction, self.text = fraction, text
        return Progress(fraction, text, point, axes)

    def tail(self, start: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Time and membrane from `start` [s, V] up to now, without what wasn't measured."""
        recent = [p for p in self._parts[-_RECENT:] if p.n_samples and p.i_end * p.layout.dt > start]
        if not recent or self._layout is None:
            return np.empty(0), np.empty(0)
        cut = join(recent)
        v = np.asarray(cut.samples[:, self.i_trace(self._layout)], np.float64)
        good = (cut.time >= start) & np.isfinite(v)
        return cut.time[good], v[good]

    def run(self, duration: float) -> Iterator[Step]:
        """Let `duration` seconds of the rig's time pass."""
        end: int | None = None
        if self._parts:
            dt = self._parts[-1].layout.dt
            n = max(1, round(duration / dt))
            end, duration = self._parts[-1].i_end + n, n * dt
        left = duration
        while left > 0:
            piece = min(left, _PIECE)
            left -= piece
            if self._stepped:
                self.rig.send(StepOnce(piece))
            if end is None:
                chunk = self._next()
                end = chunk.i_first + max(1, round(duration / chunk.layout.dt))
            target = end - round(max(left, 0.0) / self._parts[-1].layout.dt)
            while self._parts[-1].i_end < target:
                if not self._more():
                    return
            if left > 0:
                yield Progress(self.fraction, self.text)

    def turn(self, parameter: str, value: float) -> Iterator[Step]:
        """Set a parameter: by wire, or by asking for a hand."""
        way = self.settable.get(parameter, "fixed")
        if way == "by wire":
            self._before.setdefault(parameter, self.value(parameter))
            self.rig.send(SetParameter(self.i_neuron, parameter, value))
            self.network.set_parameter(self.i_neuron, parameter, value)
            return
        if way == "fixed":
            raise RigError("'{name}' of {rig} can't be changed; use another rig for this experiment",
                           name=parameter, rig=self.rig.name)  # fmt: skip
        if self._parts and self.value(parameter) == value and parameter in self._before:
            return
        self._before.setdefault(parameter, self.value(parameter))
        yield from self.ask(self._hand(parameter, value))
        self.network.set_parameter(self.i_neuron, parameter, value)
        self.note(Event(self.now, "parameter", self.name, parameter, value))

    def ask(self, text: str) -> Iterator[Step]:
        """Have a hand do something; what came meanwhile is kept."""
        yield Request(self.fraction, text)
        self._drain()

    def pulse(
        self, *, width: float, synapse: int = 0, weight: float = 1.0, i_neuron: int | None = None
    ) -> Iterator[Step]:
        """A pulse at a dendrite now (of another neuron than its own, if that is named), by wire or by hand."""
        if self.can(Pulse):
            i = self.i_neuron if i_neuron is None else i_neuron
            self.rig.send(Pulse(i, synapse, width=width, weight=weight))
            return
        yield from self.ask(tr("touch 3 V to dendrite {k} of {neuron} for a moment",
                               k=synapse + 1, neuron=self.name))  # fmt: skip

    def train(self, *, n: int, width: float, period: float, synapse: int = 0) -> Iterator[Step]:
        """`n` pulses by wire, `period` seconds apart, from now on; returns while they still come where a wire can."""
        stimulate = getattr(self.rig, "stimulate", None)
        if stimulate is not None:
            stimulate(self.i_neuron, synapse, width=width, n=n, period=period)
            return
        for _ in range(n):
            self.rig.send(Pulse(self.i_neuron, synapse, width=width))
            yield from self.run(period)

    def recent(self, duration: float) -> Recording | None:
        """The last `duration` seconds; None where nothing was read."""
        start = self.now - duration
        parts = [p for p in self._parts[-_RECENT:] if p.i_end * p.layout.dt > start]
        return join(parts) if parts else None

    def pulse_times(self, start: float, synapse: int) -> NDArray[np.float64]:
        """When pulses rose at a dendrite since `start` [s], as far as was told."""
        mine = ("pulse", self.name, str(synapse))
        events = (e for p in self._parts[-_RECENT:] for e in p.events if e.time >= start)
        return np.array(sorted(e.time for e in events if (e.kind, e.target, e.name) == mine), np.float64)

    def recording(self) -> Recording:
        """Everything since the beginning, with what was turned as events.

        Raises `RigError` if nothing came.
        """
        if not self._parts:
            raise RigError("'{name}' ended before anything was recorded", name=self.rig.name)
        return join(self._parts, {"network": self._first_network, "rig": self.rig.name, "kind": self.rig.kind})

    def close(self) -> None:
        """Put back what was turned by wire, and let the rig run."""
        try:
            for parameter, value in self._before.items():
                if self.settable.get(parameter) == "by wire":
                    self.rig.send(SetParameter(self.i_neuron, parameter, value))
        finally:
            if self._stepped:
                self.rig.send(SetPaused(False))

    def _hand(self, parameter: str, value: float) -> str:
        for knob in KNOBS:
            if knob.parameter == parameter:
                percent = f"{knob.percent(value):.0f}"
                return tr("turn {knob} of {neuron} to {percent} %",
                          knob=knob.name, neuron=self.name, percent=percent)  # fmt: skip
        k = parameter.rpartition("_")[2]
        return tr(_PLUS if value > 0 else _MINUS, k=k, neuron=self.name)

    def note(self, event: Event) -> None:
        """Keep an event with the recording."""
        if not self._parts:
            self._next()
        last = self._parts[-1]
        self._parts[-1] = replace(last, events=(*last.events, event))

    def _next(self) -> Chunk:
        """Wait for the next chunk with samples."""
        n = len(self._parts)
        while len(self._parts) == n:
            if not self._more():
                raise RigError("'{name}' ended before anything was recorded", name=self.rig.name)
        return self._parts[-1]

    def _more(self) -> bool:
        """Read one chunk and keep it; False at the end of a stream."""
        last, empty = self._clock(), 0
        while True:
            try:
                chunk = self._read(0.05)
            except EOFError:
                return False
            if chunk is not None and (chunk.n_samples or (self._parts and chunk.events)):
                break
            empty += 1
            if self.is_replay and empty > _RESEND:
                return False
            if self._clock() - last > _PATIENCE:
                raise RigError("'{name}' has sent nothing for {seconds} s. Is it plugged in, and not paused?",
                               name=self.rig.name, seconds=f"{_PATIENCE:g}")  # fmt: skip
        if self._layout is None and chunk.layout.traces:
            self._layout = chunk.layout
            self.i_trace(chunk.layout)
        if chunk.layout is not self._layout and chunk.layout != self._layout:
            raise RigError("the columns of '{name}' changed during the experiment; start it again", name=self.rig.name)
        self._keep(chunk)
        return True

    def _drain(self) -> None:
        """Read what came while a hand was at work."""
        if self._stepped:
            return
        deadline = self._clock() + 2.0
        while self._clock() < deadline:
            try:
                chunk = self._read(0.0)
            except EOFError:
                return
            if chunk is None:
                return
            if self._layout is None or chunk.layout == self._layout:
                self._keep(chunk)

    def _keep(self, chunk: Chunk) -> None:
        self._parts.append(chunk)
        self._n_spikes.update(chunk.spike_neurons.tolist())

    def i_trace(self, layout: Layout) -> int:
        """The column with the neuron's membrane; a `RigError` where it isn't sampled."""
        for i, trace in enumerate(layout.traces):
            if trace.i_neuron == self.i_neuron and trace.quantity in ("membrane", "signal"):
                return i
        raise RigError("the membrane of {neuron} isn't sampled; add a probe, or choose another neuron",
                       neuron=self.name)  # fmt: skip


_PLUS = mark("set the switch of dendrite {k} of {neuron} to + (excites)")
_MINUS = mark("set the switch of dendrite {k} of {neuron} to − (inhibits)")


def _one_board(i_neuron: int) -> Network:
    """Boards on a table, with their trimmers where nobody knows them: in the middle."""
    net = Network(model="lui")
    net.neurons(max(1, i_neuron + 1))
    return net


def settle_time(network: Network, i_neuron: int, n: float = 6.0) -> float:
    """`n` membrane and synaptic time constants of a neuron [s], at most 8 s, at least 50 ms."""
    if network.model == "lui":
        from luiapp.model.lui import tau_mem, tau_syn

        slow = tau_mem(float(network.parameter("r_leak")[i_neuron]))
        quick = tau_syn(float(network.parameter("r_tsyn")[i_neuron]))
    else:
        slow, quick = (float(network.parameter(name)[i_neuron]) for name in ("tau_mem", "tau_syn"))
    longest = n * max(slow, quick)
    return min(max(longest, 0.05), 8.0) if math.isfinite(longest) else 8.0
