"""Which neurons of a circuit are boards on the table, and what that makes of its wires."""

from __future__ import annotations

from collections.abc import Mapping

from luiapp.errors import ParameterError
from luiapp.model.network import Network, StimulusLink
from luiapp.rigs.adapter import MOST_BOARDS
from luiapp.texts import mark

_NOT_A_BOARD = mark("'{text}' is no hybrid circuit; write PORT,CIRCUIT,NEURON=BOARD, such as virtual,ring,N4=1,N5=2")


class Plan:
    """A circuit, part of which is real.

    Attributes
    ----------
    network : Network
        The whole circuit, in its own order.
    simulated : Network
        What is left without the boards.
    i_simulated : list of int
        Where each simulated neuron is in the whole.
    places : dict
        Neurons that are real: their places at the adapter, from 0.
    at_place : dict
        The inverse.
    to_board : dict
        Simulated neuron (of `simulated`): its wires to (place, dendrite) pairs.
    from_board : dict
        Place: its wires to (simulated neuron, dendrite) pairs.
    pulses, currents : list of StimulusLink
        Stimuli of real boards: those that are pulses, and those that no adapter can give.
    """

    def __init__(self, network: Network, boards: Mapping[str, int]) -> None:
        if network.model != "lui":
            raise ParameterError("a hybrid circuit is made of Lu.i boards, not of '{model}' neurons",
                                 model=network.model)  # fmt: skip
        self.places = {network.index(name): place for name, place in boards.items()}
        self.at_place = {place: i for i, place in self.places.items()}
        if len(self.at_place) < len(self.places):
            raise ParameterError("two boards can't be at the same place of the adapter; give each place once")
        if not all(0 <= place < MOST_BOARDS for place in self.at_place):
            raise ParameterError("an adapter has places 1 to {limit}", limit=MOST_BOARDS)
        self.network = network.copy()
        self.simulated = network.copy()
        for i in sorted(self.places, reverse=True):
            self.simulated.remove(i)
        self.i_simulated = [i for i in range(network.n_neurons) if i not in self.places]
        links = [link for link in network.stimuli if link.i_neuron in self.places]
        self.pulses: list[StimulusLink] = [link for link in links if link.stimulus.is_event]
        self.currents: list[StimulusLink] = [link for link in links if not link.stimulus.is_event]
        self.to_board: dict[int, list[tuple[int, int]]] = {}
        self.from_board: dict[int, list[tuple[int, int]]] = {}
        self._wire()

    def simulated_at(self, i_neuron: int) -> int:
        """Where a simulated neuron of the whole is among the simulated ones."""
        return self.i_simulated.index(i_neuron)

    def _wire(self) -> None:
        at = {i: k for k, i in enumerate(self.i_simulated)}
        wires = self.network.connections
        for pre, post, synapse in zip(wires.pre.tolist(), wires.post.tolist(), wires.synapse.tolist(), strict=True):
            if pre in at and post in self.places:
                self.to_board.setdefault(at[pre], []).append((self.places[post], synapse))
            elif pre in self.places and post in at:
                self.from_board.setdefault(self.places[pre], []).append((at[post], synapse))


def table_of(network: Network, boards: Mapping[str, int]) -> Network:
    """The boards alone, in an order of their own."""
    table = network.copy()
    for i in sorted((i for i, name in enumerate(network.names) if name not in boards), reverse=True):
        table.remove(i)
    return table


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
