"""Changing what stands beside the boards: each step goes through undo and says what it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from luiapp.errors import LuiError
from luiapp.gui.bench.arrange import renamed
from luiapp.gui.bench.edit import can_rewire
from luiapp.gui.bench.thing import free_spot
from luiapp.gui.live import Live
from luiapp.gui.steps import Go
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
    _change(live, "item", name, lambda: tr("set {name}", name=name), stimulus=stimulus)


def move(live: Live, name: str, place: tuple[float, float]) -> None:
    """Put an item elsewhere on the bench."""
    _change(live, "place", name, lambda: tr("move {name}", name=name), position=place)


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


def _change(live: Live, what: str, name: str, say: Callable[[], str], **changes: Any) -> None:
    network = _copy(live)
    if network is None or live.network is None:
        return
    before = live.network.copy()
    change_item(network, name, **changes)
    if network.items == before.items:
        return

    def put(network: Network) -> None:
        if what == "place" and live.network is not None:  # only a place: the rig isn't asked
            live.network.items = list(network.items)
            live.network_changed.emit()
        else:
            live.put_network(network)

    live.undo.push(Go((what, name), put, before, network, say))
