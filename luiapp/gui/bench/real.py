"""Boards of the circuit that lie on the table: which they are, and making others so, each a step of undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from luiapp.errors import LuiError, RigError
from luiapp.gui.steps import Exchange, by_hand
from luiapp.rigs.board import RealBoard
from luiapp.stream.source import HandStep
from luiapp.texts import mark, tr

if TYPE_CHECKING:
    from luiapp.gui.live import Live

N_PLACES = 8  # of an adapter
NOT_JOINED = mark("Everything is simulated as yet. Join the boards on the table with this circuit first (Ctrl+J).")
ALL_REAL = mark("All of these are boards on the table. Open a circuit and join them with it (Ctrl+J).")


def real_boards(live: Live) -> dict[int, RealBoard]:
    """By neuron, what is real; nothing for rigs that are simulated, played back or a chip."""
    told = getattr(live.rig, "real_boards", None)
    return told() if told is not None else {}


def is_joined(live: Live) -> bool:
    """Whether boards can become real and simulated."""
    return hasattr(live.rig, "assign")


def joined(live: Live) -> dict[str, int]:
    """Each neuron that is real, and its place from 0; empty where nothing is joined."""
    return dict(getattr(live.rig, "boards", {})) if is_joined(live) else {}


def crosses(real: Mapping[int, object], pre: int, post: int) -> bool:
    """Whether a wire runs from one world to the other."""
    return (pre in real) != (post in real)


def free_place(boards: Mapping[str, int]) -> int:
    """The first place where no board is; −1 where all are taken."""
    return next((place for place in range(N_PLACES) if place not in boards.values()), -1)


def toggle(live: Live, i_neuron: int) -> None:
    """Make a neuron real, at the first free place, or simulated again. Where that can't be, a word says why."""
    if not is_joined(live):
        live.refused.emit(RigError(ALL_REAL if real_boards(live) else NOT_JOINED))
        return
    if live.network is None or not 0 <= i_neuron < live.network.n_neurons:
        return
    boards, name = joined(live), live.network.names[i_neuron]
    if name in boards:
        put(live, name, -1)
    elif (place := free_place(boards)) >= 0:
        put(live, name, place)
    else:
        live.refused.emit(RigError("all {n} places of the adapter are taken; make another board simulated first",
                                   n=N_PLACES))  # fmt: skip


def put(live: Live, name: str, place: int) -> None:
    """Make a neuron the board at `place` (from 0; whoever was there is simulated then), or with −1 simulated."""
    before = joined(live)
    after = {one: at for one, at in before.items() if one != name and at != place}
    if place >= 0:
        after[name] = place
        say: Callable[[], str] = lambda: tr("{name} is board {n}", name=name, n=place + 1)  # noqa: E731
    else:
        say = lambda: tr("{name} is simulated", name=name)  # noqa: E731
    if is_joined(live) and after != before:
        live.undo.push(Exchange(partial(_assign, live), before, after, say))


def lost_currents(live: Live) -> tuple[tuple[str, str], ...]:
    """Currents that the adapter can't give to real boards: (neuron, item)."""
    told = getattr(live.rig, "ungiven", None)
    return told() if told is not None else ()


def current_lost(live: Live, item: str = "") -> str:
    """That a current doesn't arrive (of `item`, or any), and what can be done about it; empty where all do."""
    lost = [one for one in lost_currents(live) if item in ("", one[1])]
    if not lost:
        return ""
    return tr("{item} is a current into {name}, a real board: an adapter can't give currents, only pulses. Shift+P "
              "makes pulses of it", item=lost[0][1], name=lost[0][0])  # fmt: skip


def settings(live: Live) -> list[HandStep]:
    """How each real board of the circuit is to be set, and which cables lie between them."""
    from luiapp.rigs.board import hand_steps
    from luiapp.rigs.hybrid_plan import table_of

    network = live.network
    return hand_steps(table_of(network, joined(live)), None) if network is not None and is_joined(live) else []


def _assign(live: Live, boards: dict[str, int]) -> None:
    """Other boards are real, by name."""
    if not is_joined(live):
        return
    try:
        steps = live.rig.assign(boards)  # type: ignore[union-attr]
    except LuiError as error:
        live.problem.emit(error)
        return
    if steps:
        live.refused.emit(by_hand(steps))
    live.network_changed.emit()  # what the bench has to say about currents comes last
