"""What mouse and keys do with sensors and displays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6 import QtCore, QtGui

from luiapp.gui.bench import item_edit
from luiapp.gui.bench.item_play import describe_item
from luiapp.gui.bench.thing import Thing
from luiapp.model.items import light_level, light_stimulus

if TYPE_CHECKING:
    from luiapp.gui.bench.canvas import BenchCanvas

_SLIP = 4.0  # pixels before a press becomes a drag
_FULL_DRAG = 160.0  # pixels from dark to bright
_GRID = 8.0
_KEY = QtCore.Qt.Key
_PRESSED = ("button", "microphone", "counter")  # their face does something


class ItemHands:
    """Asked before the boards' hands; each method returns whether the event was for an item."""

    def __init__(self, canvas: BenchCanvas) -> None:
        self._canvas = canvas
        self._mode: Literal["", "press", "move", "slide"] = ""
        self._name = ""
        self._from = QtCore.QPointF()
        self._held = QtCore.QPointF()
        self._level = 0.0
        self.hover = ""

    def at(self, pixel: QtCore.QPointF) -> tuple[Thing | None, str]:
        """The item at a pixel and its part; small parts are larger for a finger."""
        canvas = self._canvas
        point = canvas.view.to_bench(pixel)
        slack = min(max(0.0, canvas.look.theme.touch / 2 / canvas.view.scale - 12), 6.0)
        for thing in reversed(canvas.scene.things):
            part = thing.part(point, slack)
            if part:
                return thing, part
        return None, ""

    def press(self, event: QtGui.QMouseEvent) -> bool:
        canvas, pixel = self._canvas, event.position()
        thing, part = self.at(pixel)
        if thing is None or event.button() == QtCore.Qt.MouseButton.MiddleButton:
            return False
        canvas.hands.wiring.drop()
        item = thing.item
        more = event.modifiers() & (
            QtCore.Qt.KeyboardModifier.ShiftModifier | QtCore.Qt.KeyboardModifier.ControlModifier
        )
        if more and part == "body":
            canvas.chosen.toggle(item.name)
            return True
        if item.name not in canvas.chosen.more:
            canvas.live.select_item(item.name)
        if event.button() != QtCore.Qt.MouseButton.LeftButton:
            return True
        self._name, self._from = item.name, pixel
        if part == "jack" and item.sends:
            canvas.hands.begin_wire(item.name, pixel)
        elif part == "face" and item.kind in _PRESSED:
            canvas.play.use(item.name)
        elif part == "face" and item.kind == "light":
            self._mode, self._level = "slide", light_level(item.stimulus)
        else:
            self._mode = "press"
            self._held = canvas.view.to_bench(pixel) - thing.centre
        return True

    def motion(self, event: QtGui.QMouseEvent) -> bool:
        canvas, pixel = self._canvas, event.position()
        if self._mode == "":
            if canvas.hands.busy:
                return False
            thing, part = self.at(pixel)
            self._hover(thing, part)
            return thing is not None
        if self._mode == "press" and (pixel - self._from).manhattanLength() > _SLIP:
            self._mode = "move"
        if self._mode == "move":
            there = canvas.view.to_bench(pixel) - self._held
            fine = bool(event.modifiers() & QtCore.Qt.KeyboardModifier.ShiftModifier)
            canvas.hands.place(self._name, there.x(), there.y(), snap=not fine)
        elif self._mode == "slide":
            self._shine(self._level + (self._from.y() - pixel.y()) / _FULL_DRAG)
        return True

    def release(self, event: QtGui.QMouseEvent) -> bool:
        mode, self._mode = self._mode, ""
        if mode == "move":
            self._canvas.rebuild()
        return bool(mode)

    def double(self, event: QtGui.QMouseEvent) -> bool:
        thing, part = self.at(event.position())
        if thing is None:
            return False
        if part == "face" and thing.item.kind in _PRESSED:
            return self.press(event)
        self._mode = ""
        self._canvas.item_rename_wanted.emit(thing.item.name)
        return True

    def wheel(self, event: QtGui.QWheelEvent) -> bool:
        thing, _ = self.at(event.position())
        if (
            thing is None
            or thing.item.kind != "light"
            or event.modifiers() & QtCore.Qt.KeyboardModifier.ControlModifier
        ):
            return False
        self._name = thing.item.name
        self._shine(light_level(thing.item.stimulus) + 0.05 * event.angleDelta().y() / 120)
        return True

    def key(self, code: int) -> bool:
        """Enter uses the selected item; + and − make it lighter and darker at a sensor."""
        canvas, name = self._canvas, self._canvas.live.item
        thing = next((one for one in canvas.scene.things if one.item.name == name), None)
        if thing is None:
            return False
        self._name = name
        if code in (_KEY.Key_Return, _KEY.Key_Enter):
            canvas.play.use(name)
            canvas.announce()
            return True
        if thing.item.kind == "light" and code in (_KEY.Key_Plus, _KEY.Key_Minus):
            self._shine(light_level(thing.item.stimulus) + (0.05 if code == _KEY.Key_Plus else -0.05))
            return True
        if code == _KEY.Key_Escape:
            canvas.live.select_item("")
            return True
        return False

    def nudge(self, right: int, down: int, *, fine: bool = False) -> None:
        """Move the selected item by a step, or by a hair."""
        self._name = self._canvas.live.item
        thing = next((one for one in self._canvas.scene.things if one.item.name == self._name), None)
        if thing is not None:
            step = 1.0 if fine else _GRID
            x, y = thing.centre.x() + right * step, thing.centre.y() + down * step
            self._canvas.hands.place(self._name, x, y, snap=False)

    def _shine(self, level: float) -> None:
        item_edit.set_stimulus(self._canvas.live, self._name, light_stimulus(round(min(max(level, 0.0), 1.0), 3)))

    def _hover(self, thing: Thing | None, part: str) -> None:
        canvas = self._canvas
        name = f"{thing.item.name} {part}" if thing is not None else ""
        if thing is not None:
            shape = "OpenHandCursor" if part == "body" else "PointingHandCursor"
            canvas.setCursor(getattr(QtCore.Qt.CursorShape, shape))
        if name != self.hover:
            self.hover = name
            canvas.hover = None if thing is not None else canvas.hover
            canvas.say_at(thing.centre if thing is not None else None,
                          describe_item(canvas.live, canvas.play, thing.item) if thing is not None else "")  # fmt: skip
