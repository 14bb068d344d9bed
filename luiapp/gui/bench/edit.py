"""Changing the circuit by hand: each step goes through undo and says what it was."""

from __future__ import annotations

import random

from PySide6 import QtGui

from luiapp.errors import LuiError
from luiapp.gui.bench.arrange import renamed
from luiapp.gui.bench.state import free_place, places
from luiapp.gui.live import Live
from luiapp.gui.steps import Step
from luiapp.model.network import Network
from luiapp.model.wiring import refused
from luiapp.texts import tr


def can_rewire(live: Live) -> bool:
    """Whether boards can come, go and be renamed."""
    return live.network is not None and live.describe().can_rewire


def add(live: Live) -> int:
    """One more neuron, in a free place, probed, with parts of its own. Returns its index, −1 where that can't be."""
    if not can_rewire(live) or live.network is None:
        return -1
    network = live.network.copy()
    _fix_places(network)
    new = network.neuron(position=free_place(network, live.selected))
    if network.model == "lui":
        network.set_parameter(new, "parts_seed", _new_lot(network))
    network.probe(new)
    name = new.name
    live.rewire(network, lambda: tr("add {name}", name=name))
    live.select(new.index)
    return new.index


def duplicate(live: Live, i_neuron: int) -> int:
    """The same neuron once more, with its trimmers and signs but without its wires and with parts of its own."""
    if not can_rewire(live) or live.network is None or not 0 <= i_neuron < live.network.n_neurons:
        return -1
    network = live.network.copy()
    _fix_places(network)
    new = network.neuron(position=free_place(network, i_neuron))
    for parameter in network.kind.parameters:
        network.set_parameter(new, parameter.name, float(network.parameter(parameter.name)[i_neuron]))
    if network.model == "lui" and network.parameter("parts_seed")[i_neuron]:
        network.set_parameter(new, "parts_seed", _new_lot(network))
    network.probe(new)
    name = network.names[i_neuron]
    live.rewire(network, lambda: tr("duplicate {name}", name=name))
    live.select(new.index)
    return new.index


def remove(live: Live, i_neuron: int) -> None:
    """Take a neuron and its wires away."""
    if not can_rewire(live) or live.network is None or not 0 <= i_neuron < live.network.n_neurons:
        return
    network = live.network.copy()
    name = network.names[i_neuron]
    _fix_places(network)
    network.remove(i_neuron)
    live.rewire(network, lambda: tr("remove {name}", name=name))


def rename(live: Live, i_neuron: int, name: str) -> LuiError | None:
    """Call a neuron otherwise; returns what is wrong with the name, if anything."""
    if not can_rewire(live) or live.network is None or live.network.names[i_neuron] == name.strip():
        return None
    network = live.network.copy()
    try:
        network.rename(i_neuron, name)
    except LuiError as error:
        return error
    old, new = live.network.names[i_neuron], name.strip()
    renamed(network, old, new)
    live.rewire(network, lambda: tr("rename {old} to {new}", old=old, new=new))
    return None


def connect(live: Live, pre: int, post: int, synapse: int) -> None:
    """Plug a wire from an axon into a dendrite; the same wire again is taken away.

    Where the hardware forbids it, a word says why and what to do instead.
    """
    if not can_rewire(live) or live.network is None:
        return
    network = live.network.copy()
    every = network.connections
    same = [k for k in range(len(every)) if (every.pre[k], every.post[k], every.synapse[k]) == (pre, post, synapse)]
    names = {"pre": network.names[pre], "post": network.names[post], "n": synapse + 1}
    if same:
        network.disconnect(same[0])
        live.rewire(network, lambda: tr("unplug {pre} from dendrite {n} of {post}", **names))
    elif (why := refused(network, pre, post, synapse)) is not None:
        live.problem.emit(why)
    else:
        network.connect(pre, post, synapse=synapse, weight=0.1 if network.model == "lif" else 0.0)
        live.rewire(network, lambda: tr("plug {pre} into dendrite {n} of {post}", **names))


def move(live: Live, i_neuron: int, place: tuple[float, float]) -> None:
    """Put a neuron elsewhere on the bench. The circuit stays the same, so the rig isn't asked."""
    if live.network is None or not 0 <= i_neuron < live.network.n_neurons:
        return
    before = live.network.positions[i_neuron]
    if before != place:
        live.undo.push(_Move(live, i_neuron, before, place))


def another_lot(live: Live, i_neuron: int) -> None:
    """Give a board other parts."""
    live.turn(i_neuron, "parts_seed", random.randrange(1, 10_000))


def _new_lot(network: Network) -> int:
    seeds = network.parameter("parts_seed")
    return int(seeds.max()) + 1 if len(seeds) else 1


def _fix_places(network: Network) -> None:
    """Write down where the bench put neurons, so that they stay there when others come and go."""
    for i, place in enumerate(places(network, network.n_neurons)):
        network.move(i, place)


class _Move(Step):
    """A board moved. Moves of the same board in one go are one step."""

    def __init__(
        self, live: Live, i_neuron: int, before: tuple[float, float] | None, after: tuple[float, float]
    ) -> None:
        name = live.network.names[i_neuron] if live.network is not None else ""
        super().__init__(lambda: tr("move {name}", name=name))
        self._live, self._i_neuron, self._before, self._after = live, i_neuron, before, after

    def id(self) -> int:
        return 2

    def mergeWith(self, other: QtGui.QUndoCommand) -> bool:
        if not isinstance(other, _Move) or other._i_neuron != self._i_neuron:
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        self._put(self._after)

    def undo(self) -> None:
        self._put(self._before)

    def _put(self, place: tuple[float, float] | None) -> None:
        network = self._live.network
        if network is not None and self._i_neuron < network.n_neurons:
            network.move(self._i_neuron, place)
            self._live.network_changed.emit()
