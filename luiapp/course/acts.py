"""What a lesson does to the bench, as commands for any rig."""

from __future__ import annotations

import re
from dataclasses import dataclass

from luiapp.course.lesson import Act
from luiapp.errors import FormatError
from luiapp.model.lui import KNOBS, N_SYNAPSES, knob
from luiapp.model.network import Network
from luiapp.stream.source import Command, Kick, Pulse, SetParameter

_WIRE = re.compile(r"^([^>.]+)>([^>.]+)\.([1-3])$")


@dataclass(frozen=True)
class Due:
    """A command, or a new circuit, and how long [s] after the start of its act it is due."""

    after: float
    what: Command | Network


def neuron_and(target: str, network: Network) -> tuple[int, str]:
    """The index and the rest of ``N1.leak``. Raises `FormatError` or `NetworkError`."""
    name, dot, rest = target.rpartition(".")
    if not dot:
        raise FormatError("'{target}' must name a board and a part of it, such as N1.leak or N1.1", target=target)
    return network.index(name), rest


def commands(act: Act, network: Network) -> list[Due]:
    """What `act` asks of a rig that runs `network`; nothing for waiting and for what only a learner does.

    Raises `FormatError`, `NetworkError` or `ParameterError` for what isn't there.
    """
    match act.verb:
        case "turn":
            i_neuron, name = neuron_and(act.target, network)
            one = knob(name)
            return [Due(0.0, SetParameter(i_neuron, one.parameter, one.ohms(act.value)))]
        case "flip":
            i_neuron, dendrite = neuron_and(act.target, network)
            name = f"sign_{_synapse(dendrite) + 1}"
            return [Due(0.0, SetParameter(i_neuron, name, network.kind.parameter(name).check(act.value)))]
        case "pulse":
            i_neuron, dendrite = neuron_and(act.target, network)
            return [Due(t, Pulse(i_neuron, _synapse(dendrite))) for t in act.times]
        case "kick":
            return [Due(t, Kick(network.index(act.target))) for t in act.times]
        case "wire" | "unwire":
            return [Due(0.0, _rewired(act, network))]
        case _:
            return []


def turn_percent(network: Network, neuron: str, name: str) -> float:
    """How far the trimmer `name` of a board is turned [%]."""
    one = knob(name)
    return one.percent(float(network.parameter(one.parameter)[network.index(neuron)]))


def missing_parts(target: str, network: Network) -> None:
    """Raise if `target`, such as ``N1.leak``, ``N1.2`` or ``N1``, is not on the bench."""
    if target in network.names:
        return
    _, rest = neuron_and(target, network)
    if rest not in {k.name for k in KNOBS}:
        _synapse(rest)


def _synapse(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= N_SYNAPSES:
        raise FormatError("a board has dendrites 1 to {n}, and trimmers {names}; not '{text}'",
                          n=N_SYNAPSES, names=", ".join(k.name for k in KNOBS), text=text)  # fmt: skip
    return int(text) - 1


def _rewired(act: Act, network: Network) -> Network:
    match = _WIRE.match(act.target)
    if match is None:
        raise FormatError("a wire is written A>B.1: from board A to dendrite 1 of board B; not '{text}'",
                          text=act.target)  # fmt: skip
    pre, post, synapse = network.index(match[1]), network.index(match[2]), int(match[3]) - 1
    changed = network.copy()
    every = changed.connections
    there = [i for i, (a, b, s) in enumerate(zip(every.pre, every.post, every.synapse, strict=True))
             if (a, b, s) == (pre, post, synapse)]  # fmt: skip
    if act.verb == "wire" and not there:
        changed.connect(pre, post, synapse=synapse)
    if act.verb == "unwire":
        for i in reversed(there):
            changed.disconnect(i)
    return changed
