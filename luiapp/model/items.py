"""What stands on the bench beside neurons: what sends pulses to dendrites, and what shows the spikes of axons.

An item is plain data of a network. What a sensor does is a stimulus; each of its wires is a `StimulusLink` that names
it, so that whatever plays stimuli plays sensors too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from luiapp.errors import FormatError, NetworkError, ParameterError
from luiapp.model.stimulus import Manual, Poisson, Stimulus, Train, stimulus_from_dict
from luiapp.texts import mark

if TYPE_CHECKING:
    from luiapp.model.network import Network

MOST_ITEMS = 64
BRIGHTEST = 40.0  # Hz, of a light sensor in full light


@dataclass(frozen=True)
class ItemKind:
    """A kind of item.

    Attributes
    ----------
    name, about : str
        In files, and for people (marked).
    short : str
        Its names on the bench begin with this.
    stimulus : Stimulus or None
        What a new sensor does; None for what hears axons.
    """

    name: str
    about: str
    short: str
    stimulus: Stimulus | None = None

    @property
    def sends(self) -> bool:
        """Whether wires run from it to dendrites; otherwise from axons to it."""
        return self.stimulus is not None


ITEMS: dict[str, ItemKind] = {kind.name: kind for kind in (
    ItemKind("button", mark("Button"), "KEY", Manual()),
    ItemKind("metronome", mark("Metronome"), "TICK", Train(0.5)),
    ItemKind("poisson", mark("Poisson source"), "RANDOM", Poisson(5.0)),
    ItemKind("light", mark("Light sensor"), "LIGHT", Train(0.1)),
    ItemKind("microphone", mark("Microphone"), "CLAP", Manual()),
    ItemKind("generator", mark("Stimulus generator"), "STIM", Train(1.0)),
    ItemKind("lamp", mark("Lamp"), "LAMP"),
    ItemKind("loudspeaker", mark("Loudspeaker"), "SOUND"),
    ItemKind("counter", mark("Counter"), "COUNT"),
)}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One of them.

    Attributes
    ----------
    kind, name : str
        A key of `ITEMS`, and its label, of which there is only one on the bench.
    position : (x, y) or None
        On the bench, as a neuron's.
    stimulus : Stimulus or None
        What a sensor does.
    hears : tuple of int
        The neurons whose axons are wired to it, for what hears.
    extra : dict
        Unknown fields of a file, kept.
    """

    kind: str
    name: str
    position: tuple[float, float] | None = None
    stimulus: Stimulus | None = None
    hears: tuple[int, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sends(self) -> bool:
        return ITEMS[self.kind].sends

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description that `item_from_dict` reads back."""
        row: dict[str, Any] = {**self.extra, "kind": self.kind, "name": self.name}
        if self.position is not None:
            row["position"] = list(self.position)
        if self.stimulus is not None:
            row["stimulus"] = self.stimulus.to_dict()
        if self.hears:
            row["hears"] = list(self.hears)
        return row


def item_from_dict(data: Mapping[str, Any], n_neurons: int) -> Item:
    """The item that `Item.to_dict` described; `FormatError` if there is no such kind."""
    kind = data.get("kind")
    if kind not in ITEMS:
        raise FormatError("there is no bench item '{kind}'; there are {names}", kind=kind, names=", ".join(ITEMS))
    given, x_y = data.get("stimulus"), data.get("position")
    hears = tuple(int(i) for i in data.get("hears", ()))
    if not all(0 <= i < n_neurons for i in hears):
        raise FormatError("the item '{name}' hears a neuron that isn't there", name=str(data.get("name")))
    known = ("kind", "name", "position", "stimulus", "hears")
    return Item(kind, str(data["name"]), (float(x_y[0]), float(x_y[1])) if x_y is not None else None,
                stimulus_from_dict(given) if given is not None else ITEMS[kind].stimulus, hears,
                {k: v for k, v in data.items() if k not in known})  # fmt: skip


def add_item(
    network: Network,
    kind: str,
    name: str = "",
    *,
    position: tuple[float, float] | None = None,
    stimulus: Stimulus | None = None,
) -> Item:
    """One more item on the bench of `network`; `NetworkError` if the name is taken or the bench is full."""
    if kind not in ITEMS:
        raise NetworkError("there is no bench item '{kind}'; there are {names}", kind=kind, names=", ".join(ITEMS))
    if len(network.items) >= MOST_ITEMS:
        raise NetworkError("the bench holds {most} items beside boards; remove one first", most=MOST_ITEMS)
    one = ITEMS[kind]
    chosen = name or _free_name(network, one.short)
    _free(network, chosen)
    item = Item(kind, chosen, position, (stimulus or one.stimulus) if one.sends else None)
    network.items.append(item)
    return item


def find_item(network: Network, name: str) -> Item:
    """The item called `name`."""
    for item in network.items:
        if item.name == name:
            return item
    raise NetworkError("there is no item called '{name}' on the bench", name=name)


def change_item(network: Network, name: str, /, **changes: Any) -> Item:
    """Give an item another name, position or stimulus, or let it hear others; its wires follow."""
    old = find_item(network, name)
    new = replace(old, **changes)
    if new.name != old.name:
        if not new.name.strip():
            raise NetworkError("an item needs a name")
        _free(network, new.name)
    if new.position is not None and not all(math.isfinite(v) for v in new.position):
        raise NetworkError("a position on the bench must be two finite numbers")
    network.items[network.items.index(old)] = new
    if new.stimulus is not None:
        network.stimuli = [replace(link, stimulus=new.stimulus, item=new.name) if link.item == old.name else link
                           for link in network.stimuli]  # fmt: skip
    return new


def remove_item(network: Network, name: str) -> None:
    """Take an item and its wires away."""
    network.items.remove(find_item(network, name))
    network.stimuli = [link for link in network.stimuli if link.item != name]


def plug_item(network: Network, name: str, i_neuron: int, synapse: int = 0) -> None:
    """A wire from a sensor to a dendrite, or from the axon of a neuron to what hears it."""
    item = find_item(network, name)
    if item.stimulus is None:
        network._index(i_neuron)
        change_item(network, name, hears=tuple(sorted({*item.hears, int(i_neuron)})))
        return
    network.stimulus(item.stimulus, to=i_neuron, synapse=synapse, weight=0.1 if network.model == "lif" else 0.0)
    network.stimuli[-1] = replace(network.stimuli[-1], item=name)


def unplug_item(network: Network, name: str, i_neuron: int, synapse: int = 0) -> bool:
    """Pull that wire; False if there was none."""
    item = find_item(network, name)
    if item.stimulus is None:
        change_item(network, name, hears=tuple(i for i in item.hears if i != i_neuron))
        return i_neuron in item.hears
    n = len(network.stimuli)
    whole = not item.stimulus.is_event  # a current goes into the membrane, wherever its wire was dropped
    gone = {id(link) for link in network.stimuli
            if (link.item, link.i_neuron) == (name, i_neuron) and (whole or link.synapse == synapse)}  # fmt: skip
    network.stimuli = [link for link in network.stimuli if id(link) not in gone]
    return len(network.stimuli) < n


def itemised(network: Network) -> Network:
    """A copy in which every stimulus comes from an item, so that a bench can show it: bare ones get a generator.

    Bare stimuli that are equal become the wires of one generator.
    """
    net = network.copy()
    names: list[tuple[Stimulus, str]] = []
    for k, link in enumerate(net.stimuli):
        if link.item:
            continue
        known = [name for stimulus, name in names if stimulus == link.stimulus]
        if not known:
            if len(net.items) >= MOST_ITEMS:
                break
            place = net.positions[link.i_neuron]
            left = (place[0] - 270.0, place[1] + 60.0 * len(names) - 20.0) if place is not None else None
            known = [add_item(net, "generator", position=left, stimulus=link.stimulus).name]
            names.append((link.stimulus, known[0]))
        net.stimuli[k] = replace(link, item=known[0])
    return net


def without_neuron(item: Item, gone: int) -> Item:
    """The same item after neuron `gone` was removed and those behind it moved up."""
    return replace(item, hears=tuple(i - (i > gone) for i in item.hears if i != gone)) if item.hears else item


def light_level(stimulus: Stimulus | None) -> float:
    """How bright it is at a light sensor, 0…1."""
    if not isinstance(stimulus, Train) or not stimulus.times:
        return 0.0
    return min(1.0, 1 / stimulus.interval / BRIGHTEST)


def light_stimulus(level: float) -> Train:
    """What a light sensor sends at a brightness of 0…1: evenly spaced pulses, up to `BRIGHTEST` a second."""
    if not 0 <= level <= 1:
        raise ParameterError("brightness goes from 0 to 100 %, not to {value} %", value=f"{100 * level:g}")
    rate = round(BRIGHTEST * level, 3)
    return Train(1 / rate) if rate >= 0.1 else Train(1.0, ())


def _free(network: Network, name: str) -> None:
    if name in network.names or any(item.name == name for item in network.items):
        raise NetworkError("there is already something called '{name}' on the bench", name=name)


def _free_name(network: Network, short: str) -> str:
    taken = {*network.names, *(item.name for item in network.items)}
    n = 1
    while f"{short}{n}" in taken:
        n += 1
    return f"{short}{n}"
