"""How a network is read from its description: files are written by programs and by people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from luiapp.model.items import add_item, item_from_dict
from luiapp.model.stimulus import stimulus_from_dict

if TYPE_CHECKING:
    from luiapp.model.network import Network


def read(cls: type[Network], data: Mapping[str, Any]) -> Network:
    """The network that `data` describes; neurons may be named or counted. Raises whatever is wrong with it."""
    known = {
        "format",
        "version",
        "model",
        "name",
        "synapse_shape",
        "neurons",
        "connections",
        "stimuli",
        "probes",
        "items",
    }
    net = cls(model=data.get("model", "lif"), name=str(data.get("name", "")),
              synapse_shape=data.get("synapse_shape", "exponential"))  # fmt: skip
    net.extra = {k: v for k, v in data.items() if k not in known}
    for row in data.get("neurons", []):
        x_y = row.get("position")
        position = (float(x_y[0]), float(x_y[1])) if x_y is not None else None
        neuron = net.neuron(row.get("name"), position=position, **row.get("parameters", {}))
        net._neuron_extra[neuron.index] = {k: v for k, v in row.items() if k not in ("name", "parameters", "position")}
    rows = data.get("connections", [])
    if rows:
        net.connect([net._index(r["from"]) for r in rows], [net._index(r["to"]) for r in rows],
                    synapse=[int(r.get("synapse", 0)) for r in rows],
                    weight=[float(r.get("weight", 0.0)) for r in rows],
                    delay=[float(r.get("delay", 0.0)) for r in rows])  # fmt: skip
    for row in data.get("stimuli", []):
        net.stimulus(stimulus_from_dict(row["stimulus"]), to=net._index(row["to"]), synapse=int(row.get("synapse", 0)),
                     weight=float(row.get("weight", 0.0)))  # fmt: skip
        net.stimuli[-1] = replace(net.stimuli[-1], item=str(row.get("item", "")))
    for row in data.get("probes", []):
        net.probe(net._index(row["neuron"]), row.get("quantity", "membrane"))
    for row in data.get("items", []):
        item = item_from_dict(row, net.n_neurons)
        add_item(net, item.kind, item.name)
        net.items[-1] = item
    names = {item.name for item in net.items}
    net.stimuli = [link if link.item in names else replace(link, item="") for link in net.stimuli]
    return net
