"""How a circuit is built by hand: the wires to plug in, and how far to turn each trimmer."""

from __future__ import annotations

from dataclasses import dataclass

from luiapp.errors import NetworkError
from luiapp.model.lui import KNOBS, N_SYNAPSES
from luiapp.model.network import Network


@dataclass(frozen=True)
class Cable:
    """A wire from the axon of board `start` to dendrite `dendrite` (1, 2 or 3) of board `end`.

    `start` is empty for a wire from a stimulus.
    """

    start: str
    end: str
    dendrite: int


@dataclass(frozen=True)
class BoardSetting:
    """How one board is set.

    Attributes
    ----------
    name : str
    percent : dict
        Turn of each trimmer from its left end, 0 to 100 %, by the trimmer's name.
    signs : tuple of int
        Switch of each dendrite: +1 excites, −1 inhibits.
    used : tuple of bool
        Whether anything is plugged into the dendrite; the others' weights don't matter.
    """

    name: str
    percent: dict[str, float]
    signs: tuple[int, ...]
    used: tuple[bool, ...]


def cables(network: Network) -> list[Cable]:
    """All wires of a network of boards, ordered by where they end; doubled wires once."""
    _boards_only(network)
    every = network.connections
    found = {(int(end), int(synapse), network.names[int(start)])
             for start, end, synapse in zip(every.pre, every.post, every.synapse, strict=True)}  # fmt: skip
    found |= {(s.i_neuron, s.synapse, "") for s in network.stimuli if s.stimulus.is_event}
    return [Cable(start, network.names[end], synapse + 1) for end, synapse, start in sorted(found)]


def settings(network: Network) -> list[BoardSetting]:
    """How each board of a network is set, in the order of its neurons."""
    used = {(cable.end, cable.dendrite) for cable in cables(network)}
    rows = []
    for i, name in enumerate(network.names):
        percent = {one.name: one.percent(float(network.parameter(one.parameter)[i])) for one in KNOBS}
        signs = tuple(-1 if network.parameter(f"sign_{k + 1}")[i] < 0 else 1 for k in range(N_SYNAPSES))
        rows.append(BoardSetting(name, percent, signs, tuple((name, k + 1) in used for k in range(N_SYNAPSES))))
    return rows


def crowded(network: Network) -> list[tuple[str, int]]:
    """Dendrites (board, 1 to 3) with more than one source: outputs must not be joined, as they would fight."""
    ends = [(cable.end, cable.dendrite) for cable in cables(network)]
    return sorted({end for end in ends if ends.count(end) > 1})


def refused(network: Network, pre: int | str, post: int, synapse: int) -> NetworkError | None:
    """Why a wire from the axon of `pre` can't be plugged into dendrite `synapse` (from 0) of `post`; None if it can.

    `pre` may also be the name of a bench item that sends pulses.

    A dendrite takes one wire: outputs of two boards that are joined would fight. Simulated neurons of other models take
    any number.
    """
    if network.model != "lui":
        return None
    every = network.connections
    taken = {int(s): network.names[int(p)]
             for p, q, s in zip(every.pre, every.post, every.synapse, strict=True) if q == post}  # fmt: skip
    taken |= {link.synapse: link.item for link in network.stimuli
              if link.item and link.i_neuron == post and link.stimulus.is_event}  # fmt: skip
    source = network.names[pre] if isinstance(pre, int) else pre
    if taken.get(synapse, source) == source:
        return None
    free = [str(k + 1) for k in range(N_SYNAPSES) if k not in taken]
    fields = {"n": synapse + 1, "name": network.names[post], "other": taken[synapse]}
    if not free:
        return NetworkError(
            "All three dendrites of '{name}' have a wire; unplug one, or join two wires with a helper neuron", **fields
        )
    if len(free) == 1:
        return NetworkError(
            "Dendrite {n} of '{name}' already has a wire from '{other}'; use dendrite {a}, or join the wires with a "
            "helper neuron", a=free[0], **fields,
        )  # fmt: skip
    return NetworkError(
        "Dendrite {n} of '{name}' already has a wire from '{other}'; use dendrite {a} or {b}, or join the wires with a "
        "helper neuron", a=free[0], b=free[1], **fields,
    )  # fmt: skip


def _boards_only(network: Network) -> None:
    if network.model != "lui":
        raise NetworkError("only a network of Lu.i boards has wires and trimmers; this one is of model '{name}'",
                           name=network.model)  # fmt: skip
