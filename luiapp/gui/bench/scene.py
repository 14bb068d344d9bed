"""What stands on the bench and where: boards or plain neurons, their parts under a finger, and their wires."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from PySide6 import QtCore, QtGui

from luiapp.gui.bench import shape
from luiapp.gui.bench.cables import Cable, Way, route
from luiapp.gui.bench.real import crosses, real_boards
from luiapp.gui.bench.state import MOST_DRAWN, membrane_columns, places
from luiapp.gui.bench.thing import Lead, Thing, leads, things
from luiapp.gui.live import Live
from luiapp.model.drawing import pin_for
from luiapp.model.lui import KNOBS
from luiapp.model.network import Network
from luiapp.rigs.board import RealBoard

R_DISC = 34.0
MOST_CABLES = 400
Kind = Literal["none", "boards", "discs", "many"]


@dataclass(frozen=True)
class Part:
    """A part of neuron `i`: ``"body"``, ``"plate"``, ``"trimmer"`` (named), ``"switch"``, ``"pad"`` or ``"pin"``."""

    i: int
    kind: str
    name: str = ""
    number: int = -1


def part_order(i: int) -> list[Part]:
    """The parts of a board in the order in which the Tab key visits them."""
    parts = [Part(i, "trimmer", knob.name) for knob in KNOBS[:3]]
    for k in range(3):
        parts += [Part(i, "trimmer", f"w{k + 1}"), Part(i, "switch", f"sign_{k + 1}", k), Part(i, "pad", "", k)]
    return parts


class Scene:
    """The bench's picture of the open rig.

    Attributes
    ----------
    kind : str
        ``"boards"``, ``"discs"`` (textbook neurons), ``"many"`` (too many to draw) or ``"none"``.
    names : list of str
    centres : list of (x, y)
        In the bench's units.
    cables : list of Cable
    things, leads : list of Thing, Lead
        Sensors and displays, and their wires.
    columns : dict
        The column of each neuron's membrane in the ring.
    real : dict
        What is known of those that lie on the table.
    """

    def __init__(self, live: Live) -> None:
        self._live = live
        self.kind: Kind = "none"
        self.names: list[str] = []
        self.centres: list[tuple[float, float]] = []
        self.cables: list[Cable] = []
        self.things: list[Thing] = []
        self.leads: list[Lead] = []
        self.columns: dict[int, int] = {}
        self.real: dict[int, RealBoard] = {}

    @property
    def network(self) -> Network | None:
        return self._live.network

    def rebuild(self) -> None:
        """Read everything anew."""
        network, ring = self.network, self._live.ring
        layout = ring.layout if ring is not None and self._live.rig is not None else None
        self.columns = membrane_columns(layout)
        self.real = real_boards(self._live)
        if network is not None:
            self.names = list(network.names)
            self.kind = "boards" if network.model == "lui" else "discs"
        else:
            self.names = list(layout.neurons) if layout is not None else []
            self.kind = "boards"
        if not self.names:
            self.kind = "none"
        elif len(self.names) > MOST_DRAWN:
            self.kind = "many"
        drawn = self.kind in ("boards", "discs")
        self.centres = places(network, len(self.names)) if drawn else []
        self.things = things(network) if self.kind != "many" else []
        self.rewire()

    def rewire(self) -> None:
        """Lay the wires anew (a board moved, or a sign flipped)."""
        network = self.network
        self.cables, self.leads = [], leads(self)
        if network is None or not self.centres:
            return
        every = network.connections
        for k in range(min(len(every), MOST_CABLES)):
            pre, post, synapse = int(every.pre[k]), int(every.post[k]), int(every.synapse[k])
            if network.model == "lui":
                excites = network.parameter(f"sign_{synapse + 1}")[post] >= 0
            else:
                excites = every.weight[k] >= 0
            path = self._path(pre, post, synapse)
            over = crosses(self.real, pre, post)
            self.cables.append(Cable(pre, post, synapse, path, Way(path).length, bool(excites), over))

    def _path(self, pre: int, post: int, synapse: int) -> QtGui.QPainterPath:
        if self.kind == "boards":
            i_pin = self.pin_for(pre, self.pad(post, synapse))
            return route(self.pin(pre, i_pin), self.pad(post, synapse), i_pin, synapse)
        a, b = QtCore.QPointF(*self.centres[pre]), QtCore.QPointF(*self.centres[post])
        path = QtGui.QPainterPath()
        if pre == post:
            path.moveTo(a + QtCore.QPointF(R_DISC * 0.7, -R_DISC * 0.7))
            path.cubicTo(a + QtCore.QPointF(80, -90), a + QtCore.QPointF(-80, -90),
                         a + QtCore.QPointF(-R_DISC * 0.7, -R_DISC * 0.7))  # fmt: skip
            return path
        d = b - a
        length = math.hypot(d.x(), d.y()) or 1.0
        unit = d / length
        side = QtCore.QPointF(-unit.y(), unit.x()) * (10 + 0.12 * length)
        path.moveTo(a + unit * R_DISC)
        path.quadTo((a + b) / 2 + side, b - unit * (R_DISC + 3))
        return path

    # -- places, in the bench's units ----------------------------------------------------------------------------

    def at(self, i: int, point: shape.Point) -> QtCore.QPointF:
        """A point of a board on the bench."""
        x, y = self.centres[i]
        return QtCore.QPointF(x + point[0] * shape.SIZE, y + point[1] * shape.SIZE)

    def pad(self, i: int, synapse: int) -> QtCore.QPointF:
        return self.at(i, shape.PADS[min(synapse, 2)])

    def pin(self, i: int, i_pin: int) -> QtCore.QPointF:
        return self.at(i, shape.PINS[i_pin])

    def pin_for(self, i: int, target: QtCore.QPointF) -> int:
        """The output pin that looks towards `target`."""
        start = self.pin(i, 1)
        return pin_for((start.x(), start.y()), (target.x(), target.y()))

    def bounds(self, i: int) -> QtCore.QRectF:
        """Everything that neuron `i` paints."""
        x, y = self.centres[i]
        if self.kind == "discs":
            return QtCore.QRectF(x - 52, y - 52, 104, 104)
        b, s = shape.BOUNDS, shape.SIZE
        return QtCore.QRectF(x + b.x() * s, y + b.y() * s, b.width() * s, b.height() * s)

    def extent(self) -> QtCore.QRectF:
        """Everything on the bench."""
        whole = QtCore.QRectF()
        for i in range(len(self.centres)):
            whole = whole.united(self.bounds(i))
        for cable in self.cables:
            whole = whole.united(cable.path.boundingRect().adjusted(-6, -6, 6, 6))
        for thing in self.things:
            whole = whole.united(thing.area.adjusted(-8, -8, 8, 8))
        for lead in self.leads:
            whole = whole.united(lead.path.boundingRect().adjusted(-6, -6, 6, 6))
        return whole

    def hit(self, point: QtCore.QPointF, slack: float = 0.0) -> Part | None:
        """The part at a point of the bench; `slack` makes small parts larger for a finger."""
        for i in reversed(range(len(self.centres))):
            if not self.bounds(i).contains(point):
                continue
            x, y = self.centres[i]
            if self.kind == "discs":
                if math.hypot(point.x() - x, point.y() - y) <= R_DISC:
                    return Part(i, "body")
                continue
            found = _part_of_board(i, (point.x() - x) / shape.SIZE, (point.y() - y) / shape.SIZE, slack / shape.SIZE)
            if found is not None:
                return found
        return None

    def meant(self) -> Part | None:
        """The part that a lesson points at; None where it points at none, or it isn't on this bench."""
        if self._live.pointed is None or not 0 <= self._live.pointed[0] < len(self.centres):
            return None
        i, name = self._live.pointed
        if name.isdigit():
            return Part(i, "pad", "", int(name) - 1)
        return Part(i, "trimmer", name) if name in shape.TRIMMERS else None

    def place_of(self, part: Part) -> tuple[QtCore.QPointF, float]:
        """Centre and radius of a part, in the bench's units."""
        if self.kind == "discs":
            return QtCore.QPointF(*self.centres[part.i]), R_DISC
        if part.kind == "trimmer":
            return self.at(part.i, shape.TRIMMERS[part.name]), 13.6 * shape.SIZE
        if part.kind == "switch":
            return self.at(part.i, shape.SWITCHES[part.number]), 11.0 * shape.SIZE
        if part.kind == "pad":
            return self.at(part.i, shape.PADS[part.number]), 10.0 * shape.SIZE
        if part.kind == "pin":
            return self.at(part.i, shape.PINS[part.number]), 7.5 * shape.SIZE
        return QtCore.QPointF(*self.centres[part.i]), 60 * shape.SIZE


def _part_of_board(i: int, x: float, y: float, slack: float) -> Part | None:
    for k, (px, py) in enumerate(shape.PADS):
        if math.hypot(x - px, y - py) <= 9.5 + slack:
            return Part(i, "pad", "", k)
    for k, (px, py) in enumerate(shape.SWITCHES):
        if abs(x - px) <= 9.5 + slack and abs(y - py) <= 6.5 + slack:
            return Part(i, "switch", f"sign_{k + 1}", k)
    for name, (px, py) in shape.TRIMMERS.items():
        if math.hypot(x - px, y - py) <= 12.0 + slack:
            return Part(i, "trimmer", name)
    for k, (px, py) in enumerate(shape.PINS):
        if math.hypot(x - px, y - py) <= 7.5 + slack:
            return Part(i, "pin", "", k)
    if shape.NAME_PLATE.contains(x, y):
        return Part(i, "plate")
    return Part(i, "body") if shape.outline().contains(QtCore.QPointF(x, y)) else None
