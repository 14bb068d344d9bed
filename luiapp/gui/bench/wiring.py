"""A wire while it is being drawn, by the mouse from an axon to a dendrite or by keys alone.

It may also come from a sensor, or go to what hears an axon: a lamp, a loudspeaker, a counter.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui

from luiapp.gui.bench import edit, item_edit
from luiapp.gui.bench.cables import route
from luiapp.gui.bench.scene import Part
from luiapp.gui.bench.words import ear_text, wire_text

if TYPE_CHECKING:
    from luiapp.gui.bench.canvas import BenchCanvas

_MAGNET = 22.0  # bench units from a dendrite at which a wire jumps to it
_KEY = QtCore.Qt.Key
_WAYS: dict[int, tuple[int, int]] = {
    _KEY.Key_Left: (-1, 0), _KEY.Key_Right: (1, 0), _KEY.Key_Up: (0, -1), _KEY.Key_Down: (0, 1),
}  # fmt: skip


class Wiring:
    """At most one wire.

    Attributes
    ----------
    source : int or str
        Whose axon it comes from, or the name of a sensor; −1 while none is drawn.
    target : Part or None
        The dendrite that it would be plugged into.
    ear : str
        Or the name of what would hear it.
    keyed : bool
        It is drawn by keys.
    """

    def __init__(self, canvas: BenchCanvas) -> None:
        self._canvas = canvas
        self._end = QtCore.QPointF()
        self.source: int | str = -1
        self.target: Part | None = None
        self.ear = ""
        self.keyed = False

    def take(self, source: int | str, pixel: QtCore.QPointF) -> None:
        """A wire taken from an axon or a sensor by the pointer."""
        self.source, self.target, self.ear, self.keyed = source, None, "", False
        self._end = self._canvas.view.to_bench(pixel)

    def start_by_keys(self, source: int | str) -> None:
        """A wire from `source`: arrows choose where to, Enter plugs, Escape leaves."""
        canvas = self._canvas
        n = len(canvas.scene.centres)
        if canvas.scene.kind != "boards" or not edit.can_rewire(canvas.live):
            return
        if isinstance(source, str):
            thing = next((one for one in canvas.scene.things if one.item.name == source), None)
            if thing is None or not thing.item.sends:
                return
            self.source, self.keyed = source, True
            self._aim(Part(0, "pad", "", 0))
        elif 0 <= source < n:
            self.source, self.keyed = source, True
            self._aim(Part((source + 1) % n, "pad", "", 1))

    def pull(self, pixel: QtCore.QPointF) -> None:
        """The pointer moved; near a dendrite the wire jumps to it."""
        self._end, self.target, self.ear = self._canvas.view.to_bench(pixel), None, ""
        scene = self._canvas.scene
        for i in range(len(scene.centres)):
            for k in range(3):
                d = self._end - scene.pad(i, k)
                if math.hypot(d.x(), d.y()) < _MAGNET:
                    self.target = Part(i, "pad", "", k)
        for thing in scene.things if isinstance(self.source, int) else ():
            if not thing.item.sends and thing.area.adjusted(-12, -12, 12, 12).contains(self._end):
                self.ear, self.target = thing.item.name, None
        self._canvas.hover = self.target
        self._canvas.update()

    def key(self, code: int) -> bool:
        """A key while a wire is drawn by keys; returns whether it was for the wire."""
        if not self.keyed or (self.target is None and not self.ear):
            return False
        if code in _WAYS:
            self._walk(*_WAYS[code])
        elif code in (_KEY.Key_Return, _KEY.Key_Enter):
            self.plug()
        else:
            return False
        return True

    def plug(self) -> None:
        """Plug it in where it points, if it points anywhere; a wire that is there already comes out."""
        source, target, ear, live = self.source, self.target, self.ear, self._canvas.live
        self.drop()
        if ear and isinstance(source, int):
            item_edit.plug(live, ear, source)
        elif target is not None and isinstance(source, str):
            item_edit.plug(live, source, target.i, target.number)
        elif target is not None and isinstance(source, int) and source >= 0:
            edit.connect(live, source, target.i, target.number)

    def drop(self) -> None:
        """No wire."""
        if self.source != -1:
            self.source, self.target, self.ear, self.keyed = -1, None, "", False
            self._canvas.hover = None
            self._canvas.show_bubble(None)
            self._canvas.update()

    def paint(self, painter: QtGui.QPainter) -> None:
        """The wire that is being drawn."""
        if self.source == -1:
            return
        canvas, target, scene = self._canvas, self.target, self._canvas.scene
        end = scene.pad(target.i, target.number) if target is not None else self._end
        for thing in scene.things:
            end = thing.jack if thing.item.name == self.ear else end
        i_pin, colour, start = 1, QtGui.QColor(canvas.look.theme.secondary), end
        if isinstance(self.source, int):
            i_pin = scene.pin_for(self.source, end)
            start, colour = scene.pin(self.source, i_pin), QtGui.QColor(canvas.look.theme.neuron_colour(self.source))
        for thing in scene.things:
            start = thing.jack if thing.item.name == self.source else start
        path = route(start, end, i_pin, target.number if target is not None else 1)
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.translate(canvas.view.offset)
        painter.scale(canvas.view.scale, canvas.view.scale)
        if target is None and not self.ear:
            colour.setAlphaF(0.6)
        painter.strokePath(path, QtGui.QPen(colour, 3.4, c=QtCore.Qt.PenCapStyle.RoundCap))
        painter.restore()

    def _walk(self, right: int, down: int) -> None:
        """To the next target: boards one after the other, then what hears; up and down between dendrites."""
        scene = self._canvas.scene
        n = len(scene.centres)
        ears = [one.item.name for one in scene.things if not one.item.sends] if isinstance(self.source, int) else []
        here = n + ears.index(self.ear) if self.ear in ears else self.target.i if self.target is not None else 0
        number = self.target.number if self.target is not None else 1
        there = (here + right) % (n + len(ears))
        if there < n:
            self._aim(Part(there, "pad", "", (number + down) % 3))
            return
        self.target, self.ear = None, ears[there - n]
        self._canvas.hover = None
        thing = next(one for one in scene.things if one.item.name == self.ear)
        assert isinstance(self.source, int)
        self._canvas.say_at(thing.centre, ear_text(self._canvas.live, self.source, self.ear))
        self._canvas.update()

    def _aim(self, target: Part) -> None:
        canvas = self._canvas
        self.ear = ""
        self.target = canvas.hover = target
        canvas.say(target, wire_text(canvas.live, self.source, target))
        canvas.update()
