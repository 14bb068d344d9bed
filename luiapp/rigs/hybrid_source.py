"""The stream of a circuit that is half simulated, half on the table, and the spikes that pass between the halves."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from luiapp.data.chunk import Chunk, Event, Layout, Trace
from luiapp.errors import RigError
from luiapp.link import messages as msg
from luiapp.link.adapter import Adapter
from luiapp.link.adapter_intake import EDGE, RISES, AdapterIntake
from luiapp.link.grid import Grid
from luiapp.link.intake import Piece
from luiapp.link.message import Message
from luiapp.link.requests import Refusal
from luiapp.link.setup import Setup, bare_setup
from luiapp.model.lui import SPIKE_WIDTH
from luiapp.model.network import StimulusLink
from luiapp.rigs.adapter import MOST_BOARDS, AdapterSource
from luiapp.rigs.hybrid_plan import Plan
from luiapp.rigs.sim import SimRig
from luiapp.simulate.drive import EventTimes
from luiapp.simulate.engine import Options
from luiapp.stream.source import Pulse

N_DELAYS = 512  # latest spikes on their way, for the figures
PERIOD = 1e-3  # s
N_PROBED = 64  # neurons up to which all membranes are sampled
CATCH_UP = 16  # pieces of the simulation between two looks at the wire


@dataclass
class _Train:
    """Pulses for a simulated neuron: when the next one is due [s], from one to the next and width [s], how many."""

    due: float
    period: float
    width: float
    left: int


class SimIntake:
    """A simulation as the grid reads a port: pieces, and when on the computer's clock they happened."""

    def __init__(self, sim: SimRig) -> None:
        self.sim = sim
        self._layout = sim.layout
        self.setup: Setup | None = bare_setup(sim.layout.dt, sim.layout.traces, sim.layout.neurons)
        self._zero = sim.t_zero  # when sample 0 happened
        self._t = self._zero  # up to when it is simulated
        self.t_own = 0.0  # the same on its own clock
        self.pieces: list[Piece] = []
        self.events: list[Event] = []
        self.fired: list[tuple[float, int]] = []  # host time, neuron

    @property
    def clock(self) -> SimIntake:
        return self

    def time_of(self, index: float, dt: float) -> float:
        return self._zero + index * dt

    @property
    def t(self) -> float:
        """Up to when it is simulated, on the computer's clock [s]."""
        return self._t

    def feed(self) -> None:
        """Simulate up to now, also after a computer that had other things to do."""
        for _ in range(CATCH_UP):
            chunk = self.sim.read(0.0)
            if chunk is None:
                return
            self._take(chunk)

    def _take(self, chunk: Chunk) -> None:
        layout, self._zero = chunk.layout, self.sim.t_zero
        if layout is not self._layout:
            self._layout = layout
            self.setup = bare_setup(layout.dt, layout.traces, layout.neurons)
        assert self.setup is not None
        self.t_own = chunk.i_end * layout.dt
        self._t = self._zero + self.t_own
        self.events += chunk.events
        self.fired += [(self._zero + t, i) for t, i in zip(chunk.spike_times.tolist(), chunk.spike_neurons.tolist(),
                                                           strict=True)]  # fmt: skip
        self.pieces.append(Piece(self.setup, chunk.i_first, np.asarray(chunk.samples, np.float32),
                                 chunk.spike_times / layout.dt, chunk.spike_neurons))  # fmt: skip

    def take(self) -> list[Piece]:
        pieces, self.pieces = self.pieces, []
        return pieces


class HybridSource(AdapterSource):
    """Both streams on one grid, in the order of the circuit, and the spikes that pass between them.

    Its columns are those of the circuit from the beginning on: a board that isn't there (yet) is not-a-number. Its time
    goes on when boards become real or simulated, come or go.
    """

    def __init__(self, plan: Plan, adapter: Adapter, *, clock: Callable[[], float] = time.monotonic) -> None:
        sim = SimRig(plan.simulated, options=Options(record_every=round(PERIOD / Options().dt)), clock=clock)
        self.sim = SimIntake(sim)
        super().__init__([adapter], [MOST_BOARDS], period=PERIOD, clock=clock, beside=(self.sim,))
        self._setups: list[object] = [None, None]
        self._base = 0  # index of the grid's point 0
        self._trace_at: list[int] = []  # which column of the grid each trace is; −1 where there is none
        self._neuron_at: dict[int, int] = {}  # neuron of the grid: where it is in the circuit
        self._on_the_way: dict[int, deque[float]] = {}  # line: when the spikes fell due that it was asked to give
        self._to_come: deque[tuple[float, Sequence[tuple[int, int]]]] = deque()  # real spikes, when they happened
        self._trains: dict[tuple[int, int], _Train] = {}  # by simulated neuron and dendrite
        self._played: list[tuple[StimulusLink, EventTimes]] = []
        self.late_out: deque[float] = deque(maxlen=N_DELAYS)  # s from a simulated spike to the edge on the wire
        self.late_in: deque[float] = deque(maxlen=N_DELAYS)  # s from a real spike to its event in the simulation
        self.plan = plan
        self._adopt()

    def follow(self, plan: Plan) -> None:
        """Take another plan: from now on other neurons are real, or other wires run between the halves."""
        with self._lock:
            self.sim.sim.apply(plan.simulated)
            self.plan = plan
            self._adopt()

    def _adopt(self) -> None:
        """What is on its way by the indices of the plan before is forgotten."""
        self._to_come.clear()
        self._trains.clear()
        self._on_the_way.clear()
        self._played = [(link, EventTimes(link.stimulus)) for link in self.plan.pulses]
        for _, times in self._played:
            times.until(self.sim.t_own)  # these are over
        self._arrange()

    def board(self, i_neuron: int) -> tuple[Adapter, int]:
        """The adapter of a real neuron of the circuit, and its place there. Raises `RigError` where there is none."""
        with self._lock:
            if i_neuron not in self.plan.places:
                name = self.plan.network.names[i_neuron] if 0 <= i_neuron < self.plan.network.n_neurons else i_neuron
                raise RigError("{name} is simulated, not a board on the table; make it real first", name=name)
            return super().board(self.plan.places[i_neuron])

    def pulses(self, i_neuron: int, synapse: int, *, width: float, n: int, period: float) -> None:
        """A train of pulses for a neuron of the circuit that is simulated."""
        with self._lock:
            i = self.plan.simulated_at(i_neuron)
            self._trains[i, synapse] = _Train(self.sim.t, period, width, n)

    def close(self) -> None:
        """As of an adapter; the simulation ends, too."""
        super().close()
        self.sim.sim.close()

    # -- what passes between the halves ----------------------------------------------------------------------------

    def _poll(self, now: float) -> None:
        adapter, intake = self.adapters[0], self.intakes[0]
        messages = adapter.poll(now)
        self.sim.feed()
        for t, i in self.sim.fired:
            for place, synapse in self.plan.to_board.get(i, ()):
                self._pass_out(t, place, synapse, SPIKE_WIDTH)
        self.sim.fired.clear()
        self._play()
        for message in messages:
            self._pass_in(message)
        self._let_in()
        intake.feed(messages, now)
        self._put(now)

    def _pass_in(self, message: Message | Refusal) -> None:
        """Spikes of boards, as they arrive, to simulated dendrites; and how late pulses were that went out."""
        clock = self.adapters[0].device_clock
        if isinstance(message, msg.StimDone):
            asked = self._on_the_way.get(message.line)
            if asked:
                _note(self.late_out, clock.host_time_of(clock.unwrap(message.t_rise)) - asked.popleft())
        elif isinstance(message, msg.Spikes):
            for t, edge in np.frombuffer(message.edges[: len(message.edges) // EDGE.itemsize * EDGE.itemsize],
                                         EDGE).tolist():  # fmt: skip
                wires = self.plan.from_board.get(edge & 0x1F, ()) if edge & RISES else ()
                if wires:
                    self._to_come.append((clock.host_time_of(clock.unwrap(t)), wires))

    def _let_in(self) -> None:
        """Real spikes that the simulation's time has come up to: no event before its cause."""
        while self._to_come and not self._to_come[0][0] > self.sim.t:
            t, wires = self._to_come.popleft()
            for i, synapse in wires:
                self.sim.sim.send(Pulse(i, synapse))
            _note(self.late_in, self.sim.t - t)
        for (i, synapse), train in self._trains.items():
            while train.left and train.due <= self.sim.t:
                train.left -= 1
                train.due += train.period
                self.sim.sim.send(Pulse(i, synapse, train.width))

    def _pass_out(self, t: float, place: int, synapse: int, width: float) -> None:
        """A spike or pulse at host time `t`, to a real dendrite; where no adapter is, it is lost as on a cut wire."""
        adapter = self.adapters[0]
        if adapter.state != "ready":
            return
        line = 3 * place + synapse
        self.request(adapter, msg.Stim(line, round(width * 1e5), 1, 0, 0))
        self._on_the_way.setdefault(line, deque(maxlen=8)).append(t)

    def _play(self) -> None:
        """Stimuli of real boards, as pulses when their time comes."""
        for link, times in self._played:
            for due in times.until(self.sim.t_own).tolist():
                width = float(getattr(link.stimulus, "width", SPIKE_WIDTH))
                place = self.plan.places[link.i_neuron]
                self._pass_out(self.sim.time_of(due, 1.0), place, link.synapse, width)

    # -- one stream, in the order of the circuit -------------------------------------------------------------------

    def _flowing(self) -> list[bool]:
        return [True, *super()._flowing()]

    def _put_grid(self, grid: Grid, now: float) -> None:
        pieces = [one.take() for one in self._inputs]
        setups: list[object] = [one.setup for one in self._inputs]
        fresh = [(i, piece) for i, ones in enumerate(pieces) for piece in ones if piece.setup is not self._setups[i]]
        for i, ones in enumerate(pieces):
            for piece in ones:
                grid.add(i, piece)
        if any(a is not b for a, b in zip(setups, self._setups, strict=True)):
            self._step(grid, now, [False, False])  # what is still there of the columns up to now
            grid.renew(pieces, now)
            self._setups, self._base = setups, self._i_next
            for i, piece in fresh:
                grid.add(i, piece)
            self._arrange()
        if any(setups):
            self._step(grid, now, self._flowing())

    def _step(self, grid: Grid, now: float, flowing: Sequence[bool]) -> None:
        if not grid.layout.neurons:
            return
        i_first, samples, spikes = grid.step(now, flowing)
        if not len(samples):
            return
        whole = np.full((len(samples), len(self._trace_at)), np.nan, np.float32)
        for k, column in enumerate(self._trace_at):
            if column >= 0:
                whole[:, k] = samples[:, column]
        base = self._base * self._layout.dt
        found = [(base + t, self._neuron_at[i]) for t, i in spikes if i in self._neuron_at]
        self._i_next = self._base + i_first + len(samples)
        self._queue.append(Chunk(self._layout, self._base + i_first, whole,
                                 np.array([t for t, _ in found], np.float64),
                                 np.array([i for _, i in found], np.int32), self._beside()))  # fmt: skip

    def _arrange(self) -> None:
        """Columns in the order of the circuit: of the grid they are the simulation's first, then the adapter's."""
        plan, sim, table = self.plan, self.sim.setup, self.intakes[0].setup
        names = plan.network.names
        known = sim.neurons if sim is not None else ()
        n_sim = len(sim.traces) if sim is not None else 0
        n_table = len(table.neurons) if table is not None else 0
        at = {name: i for i, name in enumerate(names)}
        self._neuron_at = {k: at[name] for k, name in enumerate(known) if name in at}
        self._neuron_at |= {len(known) + place: i for place, i in plan.at_place.items() if place < n_table}
        traces: list[tuple[int, Trace, int]] = []
        for column, trace in enumerate(sim.traces if sim is not None else ()):
            i = at.get(known[trace.i_neuron], -1)
            if i >= 0 and i not in plan.places:
                traces.append((i, replace(trace, i_neuron=i), column))
        for place, i in plan.at_place.items():
            column = n_sim + place if place < n_table else -1
            traces.append((i, Trace(names[i], i_neuron=i), column))
        for i in plan.i_simulated if len(names) <= N_PROBED else ():
            if names[i] not in known:  # simulated from the next look on
                traces.append((i, Trace(names[i], i_neuron=i), -1))
        traces.sort(key=lambda one: one[0])
        self._trace_at = [column for _, _, column in traces]
        layout = Layout(PERIOD, tuple(trace for _, trace, _ in traces), tuple(names), "hybrid")
        if layout != self._layout:
            self._layout = layout

    def _beside(self) -> tuple[Event, ...]:
        """What the simulation told, at the present place of the stream; of circuits, the whole one."""
        t_end = self._i_next * self._layout.dt
        whole = self.plan.network.to_dict() if any(e.kind == "network" for e in self.sim.events) else None
        events = tuple(Event(t_end, e.kind, e.target, e.name, whole if e.kind == "network" else e.value)
                       for e in self.sim.events)  # fmt: skip
        self.sim.events.clear()
        return events

    def _neuron_name(self, intake: AdapterIntake, place: int) -> str:
        i = self.plan.at_place.get(place)
        return "" if i is None else self.plan.network.names[i]

    def _stream_time(self, intake: AdapterIntake, place: float) -> float:
        return super()._stream_time(intake, place) + self._base * self._layout.dt


def _note(delays: deque[float], delay: float) -> None:
    if math.isfinite(delay):  # else the device's clock isn't known yet
        delays.append(delay)
