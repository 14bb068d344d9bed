"""One circuit of simulated neurons and boards on the table: wires run between them by way of an adapter.

A spike of a simulated neuron becomes a pulse on a real dendrite, a spike of a real board an event at a simulated one.
Wires between two real boards are cables on the table and nobody's business here. Time is the computer's: what a spike
is late on its way is measured and told, and every sample and spike is drawn where it truly was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from luiapp.errors import RigError
from luiapp.link.adapter import Adapter
from luiapp.model.network import Network
from luiapp.rigs.adapter import NAME, AdapterRig
from luiapp.rigs.board import PortSpec, RealBoard, hand_steps
from luiapp.rigs.boards import ask
from luiapp.rigs.hybrid_plan import Plan, parse_hybrid, table_of
from luiapp.rigs.hybrid_source import HybridSource
from luiapp.stream.source import Command, Description, HandStep, Kick, Mark, Pulse, SetParameter
from luiapp.texts import mark

_REAL = mark("{name} is a board on the table: turn its trimmer by hand, or make it a simulated neuron")
_NO_KICK = mark("{name} is a board on the table and can't be lifted by wire: send it pulses instead (H, J and K)")


class HybridRig(AdapterRig):
    """Simulated neurons and boards in one circuit. Which is which may change while it runs.

    Parameters
    ----------
    network : Network
        Of Lu.i boards.
    boards : mapping
        Name of each neuron that is real: its place at the adapter, from 0.
    adapter : Adapter

    Raises
    ------
    ParameterError, NetworkError
        If it isn't made of boards, two are at one place, or a name or place isn't there.
    """

    kind = "hybrid"

    def __init__(self, network: Network, boards: Mapping[str, int], adapter: Adapter) -> None:
        self._boards = dict(boards)  # also of neurons that were taken away: they come back as they were
        self._plan = Plan(network, boards)
        self._hybrid = HybridSource(self._plan, adapter)
        super().__init__([adapter], source=self._hybrid)
        self._title = network.name

    @property
    def name(self) -> str:  # type: ignore[override]
        """The circuit's name, and the adapter's."""
        return f"{self._title} + {super().name}" if self._title else super().name

    @property
    def port(self) -> str:
        """Of its adapter."""
        return self.source.adapters[0].path

    @property
    def network(self) -> Network:
        """A copy of the whole circuit."""
        return self._plan.network.copy()

    @property
    def boards(self) -> dict[str, int]:
        """Each neuron of the circuit that is real: its place at the adapter, from 0."""
        return {name: place for name, place in self._boards.items() if name in self._plan.network.names}

    def real_boards(self) -> dict[int, RealBoard]:
        """By neuron, the boards that are on the table."""
        adapter = self.source.adapters[0]
        silent = adapter.state != "ready"
        return {i: RealBoard(place, adapter.label, silent, adapter.is_virtual)
                for i, place in self._plan.places.items()}  # fmt: skip

    def ungiven(self) -> tuple[tuple[str, str], ...]:
        """Currents that no adapter can give: (neuron, item or kind of stimulus)."""
        names = self._plan.network.names
        return tuple((names[link.i_neuron], link.item or link.stimulus.kind) for link in self._plan.currents)

    def assign(self, boards: Mapping[str, int]) -> list[HandStep]:
        """Make these neurons real and all others simulated. Returns what is left for a hand to do on the table."""
        return self._change(self._plan.network, dict(boards))

    def describe(self) -> Description:
        """Simulated neurons obey by wire; `send` refuses what only a hand can do to a board."""
        parameters = {p.name: "by wire" for p in self._plan.network.kind.parameters}
        return Description(parameters, frozenset({SetParameter, Pulse, Kick, Mark}), can_rewire=True)  # type: ignore[arg-type]

    def describe_neuron(self, i_neuron: int) -> Description:
        """What it can do with one neuron: trimmers of a real board are turned by hand."""
        return AdapterRig.describe(self) if i_neuron in self._plan.places else self.describe()

    def apply(self, network: Network) -> list[HandStep]:
        """Rewire and turn what is simulated; what concerns boards is left for a hand.

        A board whose neuron is taken out of the circuit isn't asked any more, and real again when that comes back.
        """
        boards, before = dict(self._boards), self._plan.network.names
        if len(before) == network.n_neurons:
            for old, new in zip(before, network.names, strict=True):
                if old in boards and old not in network.names and new not in before:
                    boards[new] = boards.pop(old)  # it was renamed
        return self._change(network, boards)

    def _change(self, network: Network, boards: dict[str, int]) -> list[HandStep]:
        here = {name: place for name, place in boards.items() if name in network.names}
        plan, known = Plan(network, here), self.boards
        before = table_of(self._plan.network, known)
        self._hybrid.follow(plan)
        self._plan, self._boards = plan, boards
        after = table_of(network, here)
        return [replace(one, i_neuron=network.index(after.names[one.i_neuron])) if one.i_neuron >= 0 else one
                for one in hand_steps(after, before)]  # fmt: skip

    def send(self, command: Command) -> None:
        """To the simulated neuron that is meant; `Pulse` goes to boards by wire. Raises `RigError` for the rest."""
        if isinstance(command, Mark):
            self.source.mark(command.value)
        elif not isinstance(command, SetParameter | Pulse | Kick):
            super().send(command)
        elif not 0 <= command.i_neuron < self._plan.network.n_neurons:
            raise RigError("there is no neuron {value}; there are {n}",
                           value=command.i_neuron, n=self._plan.network.n_neurons)  # fmt: skip
        elif command.i_neuron not in self._plan.places:
            self._hybrid.sim.sim.send(replace(command, i_neuron=self._plan.simulated_at(command.i_neuron)))
            if isinstance(command, SetParameter):
                self._plan.network.set_parameter(command.i_neuron, command.name, command.value)
        elif isinstance(command, Pulse):
            self.stimulate(command.i_neuron, command.synapse, width=command.width)
        else:
            told = _NO_KICK if isinstance(command, Kick) else _REAL
            raise RigError(told, name=self._plan.network.names[command.i_neuron])

    def stimulate(
        self, i_neuron: int, synapse: int, *, width: float = 15.9e-3, n: int = 1, period: float = 0.05
    ) -> None:
        """Pulses on a dendrite of any neuron of the circuit; see `AdapterRig.stimulate`."""
        if i_neuron in self._plan.places or not 0 <= i_neuron < self._plan.network.n_neurons:
            super().stimulate(i_neuron, synapse, width=width, n=n, period=period)
        else:
            self._hybrid.pulses(i_neuron, synapse, width=width, n=n, period=period)

    def health(self) -> dict[str, int | float | str]:
        """As of an `AdapterRig`; ``slowed`` of the simulation; and what spikes take on their way, of the latest ones.

        ``out_ms`` and ``back_ms``: medians from a simulated spike to the pulse on the wire, and from a real spike to
        its event in the simulation. Once spikes went both ways, ``delay_ms`` and ``delay_99_ms``: median and 99th
        percentile of both added up.
        """
        health = super().health()
        health["slowed"] = self._hybrid.sim.sim.health()["slowed"]
        out, back = np.array(self._hybrid.late_out), np.array(self._hybrid.late_in)
        for name, delays in (("out_ms", out), ("back_ms", back)):
            if len(delays):
                health[name] = round(float(1000 * np.median(delays)), 1)
        n = min(len(out), len(back))
        if n:
            both = 1000 * (out[-n:] + back[-n:])
            health["delay_ms"] = round(float(np.median(both)), 1)
            health["delay_99_ms"] = round(float(np.quantile(both, 0.99)), 1)
        return health


def open_hybrid(text: str, circuit: Callable[[str], Network]) -> HybridRig:
    """The rig that ``"PORT,CIRCUIT,NEURON=BOARD…"`` names; `circuit` finds a network by its name or file."""
    port, name, boards = parse_hybrid(text)
    network = circuit(name)
    Plan(network, boards)  # refused before a port is touched
    return HybridRig(network, boards, _adapter(port))


def join(network: Network, boards: Mapping[str, int], port: str, *, known: bool = False) -> HybridRig:
    """Boards at the adapter behind `port` in one circuit with simulated neurons.

    With `known`, `port` isn't asked first whether it is an adapter. Raises `RigError` if it is asked and is none.
    """
    Plan(network, boards)  # refused before a port is touched
    if known or port == NAME:
        return HybridRig(network, boards, _adapter(port))
    adapter, answered = ask([PortSpec(port)])[port]
    if not answered:
        adapter.close()
        raise RigError("no adapter answers at {port}; pulses to boards need one: plug it in, or make a Nano an adapter "
                       "with 'luiapp firmware flash'", port=port)  # fmt: skip
    return HybridRig(network, boards, adapter)


def _adapter(port: str) -> Adapter:
    from luiapp.rigs.virtual import virtual_adapter

    return virtual_adapter() if port == NAME else Adapter(port)
