"""One circuit of simulated neurons and boards on the table: wires run between them by way of an adapter.

A spike of a simulated neuron becomes a pulse on a real dendrite, a spike of a real board an event at a simulated one.
Wires between two real boards are cables on the table and nobody's business here. Time is the computer's: what a spike
is late on its way is measured and told, and every sample and spike is drawn where it truly was.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from luiapp.data.chunk import Event, Layout
from luiapp.errors import ParameterError, RigError
from luiapp.link import messages as msg
from luiapp.link.adapter import Adapter
from luiapp.link.adapter_intake import EDGE, RISES
from luiapp.link.intake import Piece
from luiapp.link.message import Message
from luiapp.link.requests import Refusal
from luiapp.link.setup import Setup, bare_setup
from luiapp.model.lui import SPIKE_WIDTH
from luiapp.model.network import Network
from luiapp.rigs.adapter import MOST_BOARDS, NAME, AdapterRig, AdapterSource
from luiapp.rigs.board import hand_steps
from luiapp.rigs.sim import SimRig
from luiapp.simulate.engine import Options
from luiapp.stream.source import Command, Description, HandStep, Kick, Mark, Pulse, SetParameter
from luiapp.texts import mark

N_DELAYS = 512  # latest spikes on their way, for the figures
PERIOD = 1e-3  # s

_NOT_A_BOARD = mark("'{text}' is no hybrid circuit; write PORT,CIRCUIT,NEURON=BOARD, such as virtual,ring,N4=1,N5=2")
_REAL = mark("{name} is a board on the table: turn its trimmer by hand, or pick a simulated neuron")


class Plan:
    """Which neurons are real, and what that makes of the wires.

    Attributes
    ----------
    network : Network
        The whole circuit: simulated neurons first, then the boards in the order of their places at the adapter. Places
        that nobody named are boards of their own.
    simulated : Network
        Its first part.
    n_boards : int
    to_board : dict
        Simulated neuron: its wires to (board, dendrite) pairs.
    from_board : dict
        Board: its wires to (simulated neuron, dendrite) pairs.
    """

    def __init__(self, network: Network, boards: Mapping[str, int]) -> None:
        if network.model != "lui":
            raise ParameterError("a hybrid circuit is made of Lu.i boards, not of '{model}' neurons",
                                 model=network.model)  # fmt: skip
        places = {network.index(name): board for name, board in boards.items()}
        if not places or sorted(set(places.values())) != sorted(places.values()):
            raise ParameterError("name at least one board, and each place at the adapter once")
        if not all(0 <= board < MOST_BOARDS for board in places.values()):
            raise ParameterError("an adapter has places 1 to {limit}", limit=MOST_BOARDS)
        self.n_boards = max(places.values()) + 1
        self.simulated = network.copy()
        for i in sorted(places, reverse=True):
            self.simulated.remove(i)
        if not self.simulated.n_neurons:
            raise ParameterError("no neuron is left to be simulated; open the adapter by itself: board:PORT")
        self.network = self.simulated.copy()
        at = {board: i for i, board in places.items()}
        for board in range(self.n_boards):
            i_given = at.get(board)
            name = _free(network, board) if i_given is None else network.names[i_given]
            place = None if i_given is None else network.positions[i_given]
            values = {} if i_given is None else _values(network, i_given)
            self.network.neuron(name, position=place, **values)
        n = self.simulated.n_neurons
        where = {network.index(name): k for k, name in enumerate(self.simulated.names)}
        where |= {i: n + board for i, board in places.items()}
        self.to_board: dict[int, list[tuple[int, int]]] = {}
        self.from_board: dict[int, list[tuple[int, int]]] = {}
        wires = network.connections
        for pre, post, synapse in zip(wires.pre.tolist(), wires.post.tolist(), wires.synapse.tolist(), strict=True):
            a, b = where[pre], where[post]
            if a < n <= b:
                self.to_board.setdefault(a, []).append((b - n, synapse))
            elif b < n <= a:
                self.from_board.setdefault(a - n, []).append((b, synapse))
            if max(a, b) >= n:
                self.network.connect(a, b, synapse=synapse)


def _values(network: Network, i: int) -> dict[str, float]:
    return {p.name: float(network.parameter(p.name)[i]) for p in network.kind.parameters}


def _free(network: Network, board: int) -> str:
    name = f"B{board + 1}"
    while name in network.names:
        name += "'"
    return name


class _SimIntake:
    """A simulation as the grid reads a port: pieces, and when on the computer's clock they happened."""

    def __init__(self, sim: SimRig, clock: Callable[[], float]) -> None:
        self.sim, self._clock = sim, clock
        self.setup: Setup | None = None
        self._layout: Layout | None = None
        self._slowed = 0
        self._zero = self._t = 0.0  # when sample 0 happened, and up to when it is simulated
        self.pieces: list[Piece] = []
        self.events: list[Event] = []
        self.fired: list[tuple[float, int]] = []  # host time, neuron

    @property
    def clock(self) -> _SimIntake:
        return self

    def time_of(self, index: float, dt: float) -> float:
        return self._zero + index * dt

    @property
    def t(self) -> float:
        """Up to when it is simulated, on the computer's clock [s]."""
        return self._t

    def feed(self) -> None:
        """Simulate up to now."""
        chunk = self.sim.read(0.0)
        if chunk is None:
            return
        layout = chunk.layout
        if layout is not self._layout:
            self._layout = layout
            self.setup = bare_setup(layout.dt, layout.traces, layout.neurons)
            self._zero = self._clock() - chunk.i_end * layout.dt
        assert self.setup is not None
        zero, slowed = self._clock() - chunk.i_end * layout.dt, int(self.sim.health()["slowed"])
        if zero < self._zero or slowed != self._slowed:
            self._zero = zero  # the least delay counts; one that gave up catching up is late from now on
        self._slowed = slowed
        self._t = self._zero + chunk.i_end * layout.dt
        self.events += chunk.events
        self.fired += [(self._zero + t, i) for t, i in zip(chunk.spike_times.tolist(), chunk.spike_neurons.tolist(),
                                                           strict=True)]  # fmt: skip
        self.pieces.append(Piece(self.setup, chunk.i_first, np.asarray(chunk.samples, np.float32),
                                 chunk.spike_times / layout.dt, chunk.spike_neurons))  # fmt: skip

    def take(self) -> list[Piece]:
        pieces, self.pieces = self.pieces, []
        return pieces


class HybridSource(AdapterSource):
    """Both streams on one grid, and the spikes that pass between them."""

    def __init__(self, plan: Plan, adapter: Adapter, *, clock: Callable[[], float] = time.monotonic) -> None:
        sim = SimRig(plan.simulated, options=Options(record_every=round(PERIOD / Options().dt)), clock=clock)
        self.sim = _SimIntake(sim, clock)
        self.plan = plan
        super().__init__([adapter], [plan.n_boards], period=PERIOD, clock=clock, beside=(self.sim,))
        self._on_the_way: dict[int, deque[float]] = {}  # line: when the spikes fell due that it was asked to give
        self._to_come: deque[tuple[float, Sequence[tuple[int, int]]]] = deque()  # real spikes, when they happened
        self.late_out: deque[float] = deque(maxlen=N_DELAYS)  # s from a simulated spike to the edge on the wire
        self.late_in: deque[float] = deque(maxlen=N_DELAYS)  # s from a real spike to its event in the simulation

    def close(self) -> None:
        """As of an adapter; the simulation ends, too."""
        super().close()
        self.sim.sim.close()

    def _poll(self, now: float) -> None:
        adapter, intake = self.adapters[0], self.intakes[0]
        messages = adapter.poll(now)
        self.sim.feed()
        for t, i in self.sim.fired:
            self._pass_out(t, i)
        self.sim.fired.clear()
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

    def _pass_out(self, t: float, i: int) -> None:
        """A simulated spike, to real dendrites."""
        adapter = self.adapters[0]
        for board, synapse in self.plan.to_board.get(i, ()):
            if adapter.state != "ready":
                continue
            line = 3 * board + synapse
            self.request(adapter, msg.Stim(line, round(SPIKE_WIDTH * 1e5), 1, 0, 0))
            waiting = self._on_the_way.setdefault(line, deque(maxlen=8))
            waiting.append(t)

    def _flowing(self) -> list[bool]:
        return [True, *super()._flowing()]

    def _named(self, layout: Layout) -> Layout:
        names = tuple(self.plan.network.names[: len(layout.neurons)])
        traces = tuple(t if t.i_neuron < 0 else type(t)(names[t.i_neuron], t.unit, t.quantity, t.i_neuron)
                       for t in layout.traces)  # fmt: skip
        return Layout(layout.dt, traces, names, "board")

    def _beside(self, t_end: float) -> tuple[Event, ...]:
        events = tuple(Event(t_end, e.kind, e.target, e.name, e.value) for e in self.sim.events)
        self.sim.events.clear()
        return events


def _table_of(network: Network, boards: set[str]) -> Network:
    """The boards alone, in an order of their own."""
    table = network.copy()
    for i in sorted((i for i, name in enumerate(network.names) if name not in boards), reverse=True):
        table.remove(i)
    return table


def _note(delays: deque[float], delay: float) -> None:
    if math.isfinite(delay):  # else the device's clock isn't known yet
        delays.append(delay)


class HybridRig(AdapterRig):
    """Simulated neurons and boards in one circuit.

    Parameters
    ----------
    network : Network
        Of Lu.i boards.
    boards : mapping
        Name of each neuron that is real: its place at the adapter, from 0.
    adapter : Adapter
    """

    def __init__(self, network: Network, boards: Mapping[str, int], adapter: Adapter) -> None:
        self._boards = dict(boards)
        self._plan = Plan(network, boards)
        self._hybrid = HybridSource(self._plan, adapter)
        super().__init__([adapter], source=self._hybrid)
        self._title = network.name

    @property
    def name(self) -> str:  # type: ignore[override]
        """The circuit's name, and the adapter's."""
        return f"{self._title} + {super().name}" if self._title else super().name

    @property
    def network(self) -> Network:
        """A copy of the whole circuit: simulated neurons first, then boards."""
        return self._plan.network.copy()

    def describe(self) -> Description:
        """Simulated neurons obey by wire; `send` refuses what only a hand can do to a board."""
        parameters = {p.name: "by wire" for p in self._plan.network.kind.parameters}
        return Description(parameters, frozenset({SetParameter, Pulse, Kick, Mark}), can_rewire=True)  # type: ignore[arg-type]

    def apply(self, network: Network) -> list[HandStep]:
        """Rewire and turn what is simulated; what concerns boards is left for a hand. Boards can't be taken away."""
        missing = [name for name in self._boards if name not in network.names]
        if missing:
            raise RigError("{name} is a board on the table and can't be removed here; pull its wires", name=missing[0])
        before = _table_of(self.network, set(self._boards))
        self._plan = plan = Plan(network, self._boards)
        self._hybrid.plan = plan
        self._hybrid.sim.sim.apply(plan.simulated)
        after = _table_of(network, set(self._boards))
        return [replace(one, i_neuron=plan.network.index(after.names[one.i_neuron]))
                for one in hand_steps(after, before)]  # fmt: skip

    def send(self, command: Command) -> None:
        """To the simulated neuron that is meant; `Pulse` goes to boards by wire. Raises `RigError` for the rest."""
        n = self._plan.simulated.n_neurons
        if isinstance(command, Mark):
            self.source.mark(command.value)
        elif isinstance(command, SetParameter | Pulse | Kick) and command.i_neuron < n:
            self._hybrid.sim.sim.send(command)
            if isinstance(command, SetParameter):
                self._plan.network.set_parameter(command.i_neuron, command.name, command.value)
        elif isinstance(command, Pulse):
            self.stimulate(command.i_neuron - n, command.synapse, width=command.width)
        elif isinstance(command, SetParameter | Kick):
            names = self._plan.network.names
            name = names[command.i_neuron] if command.i_neuron < len(names) else str(command.i_neuron)
            raise RigError(_REAL, name=name)
        else:
            super().send(command)

    def health(self) -> dict[str, int | float | str]:
        """As of an `AdapterRig`, and ``delay_ms`` and ``delay_99_ms``: what a spike takes out to a board and back in.

        Median and 99th percentile of the latest spikes, both ways added up; told once spikes went both ways.
        """
        health = super().health()
        out, back = np.array(self._hybrid.late_out), np.array(self._hybrid.late_in)
        n = min(len(out), len(back))
        if n:
            both = 1000 * (out[-n:] + back[-n:])
            health["delay_ms"] = round(float(np.median(both)), 1)
            health["delay_99_ms"] = round(float(np.quantile(both, 0.99)), 1)
        return health


def parse_hybrid(text: str) -> tuple[str, str, dict[str, int]]:
    """Port, circuit, and boards of ``"PORT,CIRCUIT,NEURON=BOARD[,NEURON=BOARD…]"``; boards count from 1 there.

    Raises
    ------
    ParameterError
        If it is none.
    """
    port, _, rest = text.partition(",")
    circuit, _, wires = rest.partition(",")
    boards: dict[str, int] = {}
    for part in wires.split(",") if wires else ():
        name, sign, board = part.rpartition("=")
        if not sign or not name or name in boards or not (board.isascii() and board.isdigit()):
            raise ParameterError(_NOT_A_BOARD, text=text)
        boards[name] = int(board) - 1
    if not port or not circuit or not boards:
        raise ParameterError(_NOT_A_BOARD, text=text)
    return port, circuit, boards


def open_hybrid(text: str, circuit: Callable[[str], Network]) -> HybridRig:
    """The rig that ``"PORT,CIRCUIT,NEURON=BOARD…"`` names; `circuit` finds a network by its name or file."""
    from luiapp.rigs.virtual import virtual_adapter

    port, name, boards = parse_hybrid(text)
    network = circuit(name)
    Plan(network, boards)  # refused before a port is touched
    return HybridRig(network, boards, virtual_adapter() if port == NAME else Adapter(port))
