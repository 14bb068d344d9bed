"""What an example is, and how one is built from a short table of boards, wires and stimuli."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from luiapp.model.items import add_item, plug_item
from luiapp.model.library.claims import Claim, Spikes
from luiapp.model.lui import knob
from luiapp.model.network import Network
from luiapp.model.stimulus import Stimulus

PITCH = 300.0  # between boards on the bench; a board is about 200 wide
ITEM_LEFT, ITEM_PITCH = 270.0, 90.0  # from the leftmost board to its generators, and between them
Setting = Mapping[str, float]  # trimmers in % of their turn, by name; switches as sign_1, sign_2, sign_3: +1 or -1


@dataclass(frozen=True)
class Example:
    """A network to start from.

    Attributes
    ----------
    key : str
        Its name in `EXAMPLES` and on the command line.
    title, about : str
        For people; to be translated where they are shown. `about` says what is to be seen.
    group : str
        Where it stands in the menu: a key of `GROUPS`.
    make : callable
        Builds the network from the lot number of its first board; see `build`.
    duration : float
        How long it must be watched to see that it works [s].
    claims : tuple of Claim
        What it does, judged from the spikes of that time.
    """

    key: str
    title: str
    about: str
    group: str
    make: Callable[[int], Network]
    duration: float
    claims: tuple[Claim, ...]

    def build(self, lot: int = 1) -> Network:
        """A new network; its boards are made of the parts of lots `lot`, `lot` + 1, …, so that no two are equal."""
        return self.make(lot)

    def faults(self, spikes: Spikes) -> list[str]:
        """What a run of `duration` seconds didn't do as it should, in the language in use; empty if it works."""
        return [fault for claim in self.claims for fault in claim(spikes)]


def circuit(
    name: str,
    boards: Iterable[tuple[str, float, float, Setting]],
    wires: Iterable[tuple[str, str, int]] = (),
    given: Iterable[tuple[Stimulus, str, int]] = (),
) -> Callable[[int], Network]:
    """How to build a circuit of boards.

    Parameters
    ----------
    boards : (name, x, y, setting)
        `x`, `y` in units of `PITCH`.
    wires : (from, to, dendrite)
        Dendrites are counted from 1, as on the board.
    given : (stimulus, board, dendrite)
        Pulses from outside.
    """
    boards, wires, given = tuple(boards), tuple(wires), tuple(given)

    def make(lot: int) -> Network:
        net = Network(model="lui", name=name)
        for i, (label, x, y, setting) in enumerate(boards):
            net.neuron(label, position=(PITCH * x, PITCH * y), parts_seed=lot + i, **parameters(setting))
        for pre, post, dendrite in wires:
            net.connect(pre, post, synapse=dendrite - 1)
        ways = sorted({stimulus: None for stimulus, _, _ in given}, key=lambda one: _height(boards, given, one))
        for k, stimulus in enumerate(ways):
            add_item(net, "generator", position=_beside(boards, given, ways, k), stimulus=stimulus)
            for other, board, dendrite in given:
                if other == stimulus:
                    plug_item(net, net.items[-1].name, net.index(board), dendrite - 1)
        net.probe(range(net.n_neurons), "membrane")
        return net

    return make


_Boards = tuple[tuple[str, float, float, Setting], ...]
_Given = tuple[tuple[Stimulus, str, int], ...]


def _height(boards: _Boards, given: _Given, stimulus: Stimulus) -> float:
    """The mean y of the boards that a stimulus goes to, in units of `PITCH`."""
    heights = [y for label, _, y, _ in boards for one, board, _ in given if one == stimulus and board == label]
    return sum(heights) / len(heights)


def _beside(boards: _Boards, given: _Given, ways: list[Stimulus], k: int) -> tuple[float, float]:
    """Where the generator of the `k`-th of `ways` stands: left of all boards, none over another."""
    y = -math.inf
    for one in ways[: k + 1]:
        y = max(PITCH * _height(boards, given, one), y + ITEM_PITCH)
    return PITCH * min(x for _, x, _, _ in boards) - ITEM_LEFT, y


def parameters(setting: Setting) -> dict[str, float]:
    """A network's parameters [Ω, signs] for a setting of trimmers and switches."""
    return {name if name.startswith("sign") else knob(name).parameter:
            value if name.startswith("sign") else round(knob(name).ohms(value), 6)
            for name, value in setting.items()}  # fmt: skip
