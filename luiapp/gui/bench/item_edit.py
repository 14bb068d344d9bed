"""Changing what stands beside the boards: each step goes through undo and says what it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui

from luiapp.errors import LuiError
from luiapp.gui.bench.arrange import renamed
from luiapp.gui.bench.edit import can_rewire
from luiapp.gui.bench.thing import free_spot
from luiapp.gui.live import Live
from luiapp.gui.steps import ONE_GO_MS, Rewire
from luiapp.model.items import ITEMS, add_item, change_item, find_item, plug_item, remove_item, unplug_item
from luiapp.model.network import Network
from luiapp.model.stimulus import Stimulus
from luiapp.model.wiring import refused
from luiapp.texts import tr


def add(live: Live, kind: str) -> str:
    """One more item in a free place, selected. Returns its name, empty where that can't be."""
    network = _copy(live)
    if network is None:
        return ""
    try:
        name = add_item(network, kind, position=free_spot(network, sends=ITEMS[kind].sends)).name
    except LuiError as error:
        live.problem.emit(error)
        return ""
    live.rewire(network, lambda: tr("add {name}", name=name))
    live.select_item(name)
    return name


def duplicate(live: Live, name: str) -> str:
    """The same item once more, without its wires."""
    network = _copy(live)
    if network is None:
        return ""
    old = find_item(network, name)
    place = free_spot(network, sends=old.sends)
    new = add_item(network, old.kind, position=place, stimulus=old.stimulus).name
    live.rewire(network, lambda: tr("duplicate {name}", name=name))
    live.select_item(new)
    return new


def remove(live: Live, name: str) -> None:
    """Take an item and its wires away."""
    network = _copy(live)
    if network is not None:
        remove_item(network, name)
        live.rewire(network, lambda: tr("remove {name}", name=name))


def rename(live: Live, name: str, new: str) -> LuiError | None:
    """Call an item otherwise; returns what is wrong with the name, if anything."""
    network, chosen = _copy(live), new.strip()
    if network is None or chosen == name:
        return None
    try:
        change_item(network, name, name=chosen)
    except LuiError as error:
        return error
    renamed(network, name, chosen)
    live.rewire(network, lambda: tr("rename {old} to {new}", old=name, new=chosen))
    live.select_item(chosen)
    return None


def set_stimulus(live: Live, name: str, stimulus: Stimulus) -> None:
    """Let a sensor do something else. What is changed in one go is one step of undo."""
    _change(live, name, 3, lambda: tr("set {name}", name=name), stimulus=stimulus)


def move(live: Live, name: str, place: tuple[float, float]) -> None:
    """Put an item elsewhere on the bench."""
    _change(live, name, 4, lambda: tr("move {name}", name=name), position=place)


def plug(live: Live, name: str, i_neuron: int, synapse: int = 0) -> None:
    """Plug a wire between an item and a neuron; the same wire again is taken away.

    From a sensor to dendrite `synapse`, or from the neuron's axon to what hears. Where the hardware forbids it, a word
    says why and what to do instead.
    """
    network = _copy(live)
    if network is None:
        return
    item, neuron = find_item(network, name), network.names[i_neuron]
    fields = {"pre": name if item.sends else neuron, "post": neuron if item.sends else name, "n": synapse + 1}
    to_dendrite = item.stimulus is not None and item.stimulus.is_event
    if unplug_item(network, name, i_neuron, synapse):
        if to_dendrite:
            live.rewire(network, lambda: tr("unplug {pre} from dendrite {n} of {post}", **fields))
        else:
            live.rewire(network, lambda: tr("unplug {pre} from {post}", **fields))
        return
    why = refused(network, name, i_neuron, synapse) if to_dendrite else None
    if why is not None:
        live.problem.emit(why)
        return
    plug_item(network, name, i_neuron, synapse)
    if to_dendrite:
        live.rewire(network, lambda: tr("plug {pre} into dendrite {n} of {post}", **fields))
    else:
        live.rewire(network, lambda: tr("plug {pre} into {post}", **fields))


def _copy(live: Live) -> Network | None:
    return live.network.copy() if can_rewire(live) and live.network is not None else None


def _change(live: Live, name: str, kind: int, say: Callable[[], str], **changes: Any) -> None:
    network = _copy(live)
    if network is None or live.network is None:
        return
    before = live.network.copy()
    change_item(network, name, **changes)
    if network.items != before.items:
        live.undo.push(_Go(live, before, network, say, kind, name))


class _Go(Rewire):
    """The same item changed again and again: a slider that is dragged, a board that is moved."""

    def __init__(
        self, live: Live, before: Network, after: Network, say: Callable[[], str], kind: int, name: str
    ) -> None:
        super().__init__(live, before, after, say)
        self._kind, self._name = kind, name
        self._clock = QtCore.QElapsedTimer()
        self._clock.start()

    def id(self) -> int:
        return self._kind

    def mergeWith(self, other: QtGui.QUndoCommand) -> bool:
        if not isinstance(other, _Go) or (other._kind, other._name) != (self._kind, self._name):
            return False
        if self._clock.elapsed() > ONE_GO_MS:
            return False
        self._after = other._after
        self._clock.restart()
        return True

    def redo(self) -> None:
        self._put(self._after)

    def undo(self) -> None:
        self._put(self._before)

    def _put(self, network: Network) -> None:
        if self._kind == 4 and self._live.network is not None:  # only a place: the rig isn't asked
            self._live.network.items = list(network.items)
            self._live.network_changed.emit()
        else:
            self._live.put_network(network)
