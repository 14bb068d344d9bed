"""Several boards and items at once: parts of a circuit taken out and put in, places in line, groups. No Qt.

A key is a neuron's index or an item's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from luiapp.errors import NetworkError
from luiapp.gui.bench.state import places
from luiapp.model.items import add_item, change_item, remove_item
from luiapp.model.network import Network
from luiapp.texts import mark

Key = int | str
Place = tuple[float, float]
GROUPS = "bench_groups"  # field of a network's file: lists of names that are moved together
SHIFT = 40.0  # between a thing and its copy
WAYS = {"row": mark("Put in a row"), "column": mark("Put in a column"), "spread": mark("Space out evenly")}


def spots(network: Network, keys: Iterable[Key]) -> dict[Key, Place]:
    """Where things stand."""
    from luiapp.gui.bench.thing import things

    boards = places(network, network.n_neurons)
    items = {one.item.name: (one.centre.x(), one.centre.y()) for one in things(network)}
    return {key: items[key] if isinstance(key, str) else boards[key] for key in keys}


def placed(network: Network, where: Mapping[Key, Place]) -> Network:
    """A copy with things at other places."""
    net = network.copy()
    for key, place in where.items():
        if isinstance(key, str):
            change_item(net, key, position=place)
        else:
            net.move(key, place)
    return net


def arranged(where: Mapping[Key, Place], way: str) -> dict[Key, Place]:
    """Places in a row, in a column, or at even distances along the longer way; the order stays."""
    xs, ys = np.array([p[0] for p in where.values()]), np.array([p[1] for p in where.values()])
    if way == "row":
        return {key: (x, float(ys.mean())) for key, (x, _) in where.items()}
    if way == "column":
        return {key: (float(xs.mean()), y) for key, (_, y) in where.items()}
    across = np.ptp(xs) >= np.ptp(ys)
    along = xs if across else ys
    even = np.empty(len(along))
    even[np.argsort(along, kind="stable")] = np.linspace(along.min(), along.max(), len(along))
    pairs = zip(where.items(), even.tolist(), strict=True)
    return {key: (value, y) if across else (x, value) for (key, (x, y)), value in pairs}


def part_of(network: Network, keys: Iterable[Key]) -> Network:
    """A network of the chosen things alone, with the wires between them."""
    keep = set(keys)
    net = placed(network, spots(network, [*range(network.n_neurons), *(item.name for item in network.items)]))
    for item in list(net.items):
        if item.name not in keep:
            remove_item(net, item.name)
    for i in reversed(range(net.n_neurons)):
        if i not in keep:
            net.remove(i)
    net.stimuli = [link for link in net.stimuli if link.item]
    net.extra.pop(GROUPS, None)
    return net


def joined(network: Network, part: Network, *, shift: float = SHIFT) -> tuple[Network, list[Key]]:
    """`network` with `part` put in beside what is there, and the keys of what came.

    Names that are taken are changed; boards come with parts of their own, so that no two are equal.

    Raises
    ------
    NetworkError
        If they are of different kinds.
    """
    if part.model != network.model and network.n_neurons and part.n_neurons:
        raise NetworkError("boards and textbook neurons can't stand on one bench; open the other circuit instead")
    net = network.copy()
    if not network.n_neurons and part.n_neurons:
        net = Network(part.model, network.name, part.synapse_shape)
        net.items = list(network.items)
    first = net.n_neurons
    where = spots(part, [*range(part.n_neurons), *(item.name for item in part.items)])
    seeds = int(net.parameter("parts_seed").max()) if net.model == "lui" and net.n_neurons else 0
    for i, name in enumerate(part.names):
        taken = {*net.names, *(item.name for item in net.items)}
        x, y = where[i]
        values = {p.name: float(part.parameter(p.name)[i]) for p in part.kind.parameters}
        if values.get("parts_seed", 0) and first:
            values["parts_seed"] = seeds = seeds + 1
        new = net.neuron(fresh(name, taken), position=(x + shift, y + shift), **values)
        net.probe(new)
    every = part.connections
    if len(every):
        net.connect(every.pre + first, every.post + first, synapse=every.synapse, weight=every.weight,
                    delay=every.delay)  # fmt: skip
    keys: list[Key] = list(range(first, net.n_neurons))
    for item in part.items:
        x, y = where[item.name]
        name = fresh(item.name, {*net.names, *(one.name for one in net.items)})
        add_item(net, item.kind, name, position=(x + shift, y + shift), stimulus=item.stimulus)
        net.items[-1] = replace(net.items[-1], hears=tuple(i + first for i in item.hears), extra=item.extra)
        net.stimuli += [replace(link, i_neuron=link.i_neuron + first, item=name)
                        for link in part.stimuli if link.item == item.name]  # fmt: skip
        keys.append(name)
    return net, keys


def fresh(name: str, taken: set[str]) -> str:
    """`name`, or with a number behind it that isn't taken."""
    if name not in taken:
        return name
    stem = name.rstrip("0123456789") or name
    n = 2
    while f"{stem}{n}" in taken:
        n += 1
    return f"{stem}{n}"


# -- groups ----------------------------------------------------------------------------------------------------------


def groups(network: Network | None) -> list[set[Key]]:
    """The groups of a bench, as keys."""
    if network is None:
        return []
    index: dict[str, Key] = {name: i for i, name in enumerate(network.names)}
    index |= {item.name: item.name for item in network.items}
    stored = network.extra.get(GROUPS)
    rows = stored if isinstance(stored, list) else []
    found = [{index[name] for name in row if isinstance(name, str) and name in index}
             for row in rows if isinstance(row, list)]  # fmt: skip
    return [one for one in found if len(one) > 1]


def grouped(network: Network, keys: Iterable[Key], *, together: bool) -> Network:
    """A copy in which `keys` are one group, or in no group."""
    net, chosen = network.copy(), set(keys)
    rest = [one - chosen for one in groups(network)]
    if together:
        rest.append(chosen)
    _store(net, rest)
    return net


def with_group(network: Network | None, keys: Iterable[Key]) -> set[Key]:
    """`keys` and what is grouped with them."""
    chosen = set(keys)
    return chosen.union(*(one for one in groups(network) if one & chosen))


def renamed(network: Network, old: str, new: str) -> None:
    """Let groups follow a name that changed."""
    stored = network.extra.get(GROUPS)
    if isinstance(stored, list):
        network.extra[GROUPS] = [[new if name == old else name for name in row] if isinstance(row, list) else row
                                 for row in stored]  # fmt: skip


def _store(net: Network, found: list[set[Key]]) -> None:
    rows = [sorted(key if isinstance(key, str) else net.names[key] for key in one) for one in found if len(one) > 1]
    if rows:
        net.extra[GROUPS] = rows
    else:
        net.extra.pop(GROUPS, None)
