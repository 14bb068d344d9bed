"""Where sensors and displays stand on the bench, their parts under a finger, and the way of their wires."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui

from luiapp.gui.bench.cables import Way, route
from luiapp.gui.bench.state import places
from luiapp.model.items import Item
from luiapp.model.network import Network

if TYPE_CHECKING:
    from luiapp.gui.bench.scene import Scene

WIDTH, HEIGHT = 140.0, 76.0
R_FACE, R_JACK = 22.0, 7.5
FACE_X = 40.0  # of the round face, from the middle, away from the jack
BOARD_LEFT, BOARD_RIGHT = 130.0, 136.0  # what a board needs to each side of its place
SPACING = 90.0  # between things in a column
SOMA = (-6.0, -46.0)  # where a current goes into a board


@dataclass(frozen=True)
class Thing:
    """An item that is drawn."""

    item: Item
    centre: QtCore.QPointF

    @property
    def area(self) -> QtCore.QRectF:
        return QtCore.QRectF(self.centre.x() - WIDTH / 2, self.centre.y() - HEIGHT / 2, WIDTH, HEIGHT)

    @property
    def bounds(self) -> QtCore.QRectF:
        """Everything that it paints, its glow too."""
        return self.area.adjusted(-22, -22, 22, 22)

    @property
    def jack(self) -> QtCore.QPointF:
        """Where its wires are plugged: at the right where it sends, at the left where it hears."""
        return self.centre + QtCore.QPointF(WIDTH / 2 if self.item.sends else -WIDTH / 2, 0)

    @property
    def face(self) -> QtCore.QPointF:
        """The round part that shows what it is, and that is pressed."""
        return self.centre + QtCore.QPointF(-FACE_X if self.item.sends else FACE_X, 0)

    def part(self, point: QtCore.QPointF, slack: float = 0.0) -> str:
        """``"jack"``, ``"face"``, ``"body"`` or empty."""
        for name, at, radius in (("jack", self.jack, R_JACK + 5), ("face", self.face, R_FACE)):
            d = point - at
            if d.x() ** 2 + d.y() ** 2 <= (radius + slack) ** 2:
                return name
        return "body" if self.area.contains(point) else ""


@dataclass(frozen=True)
class Lead:
    """One of its wires, drawn in the bench's own units. `synapse` is −1 where it doesn't end at a dendrite."""

    i_thing: int
    i_neuron: int
    synapse: int
    path: QtGui.QPainterPath
    excites: bool
    membrane: bool = False  # a current into it
    lost: bool = False  # that no adapter can give

    @cached_property
    def way(self) -> Way:
        return Way(self.path)


def things(network: Network | None) -> list[Thing]:
    """All items of a network where they stand, or in a column beside the boards."""
    if network is None:
        return []
    placed: list[Thing] = []
    copy = network.copy()
    for k, item in enumerate(network.items):
        place = item.position
        if place is None:
            copy.items = [one.item for one in placed]
            place = free_spot(copy, sends=item.sends)
        placed.append(Thing(network.items[k], QtCore.QPointF(*place)))
    return placed


def leads(scene: Scene) -> list[Lead]:
    """The wires of all items; where neurons are discs they end at the disc."""
    network = scene.network
    if network is None or not scene.centres:
        return []
    found: list[Lead] = []
    by_name = {thing.item.name: k for k, thing in enumerate(scene.things)}
    boards = scene.kind == "boards"
    for link in network.stimuli:
        k = by_name.get(link.item, -1)
        if k < 0:
            continue
        synapse = link.synapse if link.stimulus.is_event and boards else -1
        end = _end(scene, link.i_neuron, synapse)
        excites = link.weight >= 0
        if synapse >= 0:
            excites = bool(network.parameter(f"sign_{synapse + 1}")[link.i_neuron] >= 0)
        path = route(scene.things[k].jack, end, 1, max(synapse, 0) if synapse >= 0 else 1)
        found.append(Lead(k, link.i_neuron, synapse, path, excites, boards and synapse < 0,
                          not link.stimulus.is_event and link.i_neuron in scene.real))  # fmt: skip
    for k, thing in enumerate(scene.things):
        for i in thing.item.hears:
            start = scene.pin(i, scene.pin_for(i, thing.jack)) if boards else QtCore.QPointF(*scene.centres[i])
            found.append(
                Lead(k, i, -1, route(start, thing.jack, scene.pin_for(i, thing.jack) if boards else 1, 1), True)
            )
    return found


def _end(scene: Scene, i_neuron: int, synapse: int) -> QtCore.QPointF:
    if scene.kind != "boards":
        x, y = scene.centres[i_neuron]
        return QtCore.QPointF(x - 34.0, y)
    return scene.pad(i_neuron, synapse) if synapse >= 0 else scene.at(i_neuron, SOMA)


def free_spot(network: Network, *, sends: bool) -> tuple[float, float]:
    """A place for one more item: in a column left of all boards where it sends, right of them where it hears."""
    boards = places(network, network.n_neurons)
    if not boards:
        x, y = 0.0, 0.0
    elif sends:
        x, y = min(a for a, _ in boards) - BOARD_LEFT - WIDTH, min(b for _, b in boards)
    else:
        x, y = max(a for a, _ in boards) + BOARD_RIGHT + WIDTH, min(b for _, b in boards)
    taken = [item.position for item in network.items if item.position is not None]
    while any(abs(a - x) < WIDTH and abs(b - y) < SPACING - 1 for a, b in taken):
        y += SPACING
    return x, y
