"""A wire while it is being drawn, by the mouse from an axon to a dendrite or by keys alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui

from luiapp.gui.bench import edit
from luiapp.gui.bench.cables import route
from luiapp.gui.bench.scene import Part
from luiapp.gui.bench.words import wire_text

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
    pre : int
        Whose axon it comes from; −1 while none is drawn.
    target : Part or None
        The dendrite that it would be plugged into.
    keyed : bool
        It is drawn by keys.
    """

    def __init__(self, canvas: BenchCanvas) -> None:
        self._canvas = canvas
        self._end = QtCore.QPointF()
        self.pre = -1
        self.target: Part | None = None
        self.keyed = False

    def take(self, pre: int, pixel: QtCore.QPointF) -> None:
        """A wire taken from the axon of `pre` by the pointer."""
        self.pre, self.target, self.keyed = pre, None, False
        self._end = self._canvas.view.to_bench(pixel)

    def start_by_keys(self, pre: int) -> None:
        """A wire from `pre`: arrows choose the dendrite, Enter plugs, Escape leaves."""
        canvas = self._canvas
        n = len(canvas.scene.centres)
        if canvas.scene.kind == "boards" and edit.can_rewire(canvas.live) and 0 <= pre < n:
            self.pre, self.keyed = pre, True
            self._aim(Part((pre + 1) % n, "pad", "", 1))

    def pull(self, pixel: QtCore.QPointF) -> None:
        """The pointer moved; near a dendrite the wire jumps to it."""
        self._end, self.target = self._canvas.view.to_bench(pixel), None
        scene = self._canvas.scene
        for i in range(len(scene.centres)):
            for k in range(3):
                d = self._end - scene.pad(i, k)
                if math.hypot(d.x(), d.y()) < _MAGNET:
                    self.target = Part(i, "pad", "", k)
        self._canvas.hover = self.target
        self._canvas.update()

    def key(self, code: int) -> bool:
        """A key while a wire is drawn by keys; returns whether it was for the wire."""
        target = self.target
        if not self.keyed or target is None:
            return False
        if code in _WAYS:
            right, down = _WAYS[code]
            n = len(self._canvas.scene.centres)
            self._aim(Part((target.i + right) % n, "pad", "", (target.number + down) % 3))
        elif code in (_KEY.Key_Return, _KEY.Key_Enter):
            self.plug()
        else:
            return False
        return True

    def plug(self) -> None:
        """Plug it in where it points, if it points anywhere; a wire that is there already comes out."""
        pre, target = self.pre, self.target
        self.drop()
        if target is not None and pre >= 0:
            edit.connect(self._canvas.live, pre, target.i, target.number)

    def drop(self) -> None:
        """No wire."""
        if self.pre >= 0:
            self.pre, self.target, self.keyed = -1, None, False
            self._canvas.hover = None
            self._canvas.show_bubble(None)
            self._canvas.update()

    def paint(self, painter: QtGui.QPainter) -> None:
        """The wire that is being drawn."""
        if self.pre < 0:
            return
        canvas, target = self._canvas, self.target
        end = canvas.scene.pad(target.i, target.number) if target is not None else self._end
        i_pin = canvas.scene.pin_for(self.pre, end)
        path = route(canvas.scene.pin(self.pre, i_pin), end, i_pin, target.number if target is not None else 1)
        painter.save()
        painter.translate(canvas.view.offset)
        painter.scale(canvas.view.scale, canvas.view.scale)
        colour = QtGui.QColor(canvas.look.theme.neuron_colour(self.pre))
        if target is None:
            colour.setAlphaF(0.6)
        painter.strokePath(path, QtGui.QPen(colour, 3.4, c=QtCore.Qt.PenCapStyle.RoundCap))
        painter.restore()

    def _aim(self, target: Part) -> None:
        canvas = self._canvas
        self.target = canvas.hover = target
        canvas.say(target, wire_text(canvas.live, self.pre, target))
        canvas.update()
