"""What mouse and keys do on the bench: turn, flip, touch, move, select, pan, zoom, plug."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from PySide6 import QtCore, QtGui

from luiapp.gui.bench import edit, item_edit
from luiapp.gui.bench.arrange import spots
from luiapp.gui.bench.fingers import is_finger, percent_of, turn
from luiapp.gui.bench.scene import Part, part_order
from luiapp.gui.bench.wiring import Wiring
from luiapp.gui.bench.words import by_wire
from luiapp.model.lui import knob

if TYPE_CHECKING:
    from luiapp.gui.bench.canvas import BenchCanvas

_Mode = Literal["", "pan", "press", "move", "turn", "wire", "frame"]
_SLIP = 4.0  # pixels before a press becomes a drag
_FULL_DRAG = 200.0  # pixels of vertical drag from end to end of a trimmer
_FINE = 0.1
_FINGER = 44.0  # pixels across the tip of a finger
_STEP = 8.0  # bench units per arrow key
_MODIFIER = QtCore.Qt.KeyboardModifier
_KEY = QtCore.Qt.Key
_TURNS: dict[int, float] = {
    _KEY.Key_Up: 1.0, _KEY.Key_Right: 1.0, _KEY.Key_Down: -1.0, _KEY.Key_Left: -1.0,
    _KEY.Key_PageUp: 10.0, _KEY.Key_PageDown: -10.0, _KEY.Key_Home: -100.0, _KEY.Key_End: 100.0,
}  # fmt: skip
_WAYS: dict[int, tuple[int, int]] = {
    _KEY.Key_Left: (-1, 0),
    _KEY.Key_Right: (1, 0),
    _KEY.Key_Up: (0, -1),
    _KEY.Key_Down: (0, 1),
}


class Hands:
    """Turns events of the canvas into deeds."""

    def __init__(self, canvas: BenchCanvas) -> None:
        self._canvas = canvas
        self._mode: _Mode = ""
        self._part: Part | None = None
        self._from = QtCore.QPointF()
        self._last = QtCore.QPointF()
        self._percent = 0.0
        self._circular: bool | None = None
        self._held = QtCore.QPointF()
        self.wiring = Wiring(canvas)

    @property
    def busy(self) -> bool:
        """A drag is under way."""
        return self._mode in ("pan", "move", "wire")

    # -- mouse ---------------------------------------------------------------------------------------------------

    def press(self, event: QtGui.QMouseEvent) -> None:
        canvas, pixel = self._canvas, event.position()
        self.wiring.drop()
        self._from = self._last = pixel
        part = self._at(pixel, finger=is_finger(event))
        canvas.focus_part = None
        more = bool(event.modifiers() & (_MODIFIER.ShiftModifier | _MODIFIER.ControlModifier))
        if event.button() == QtCore.Qt.MouseButton.MiddleButton or part is None:
            self._mode = "frame" if part is None and more else "pan"
            return
        if more and part.kind in ("body", "plate"):
            canvas.chosen.toggle(part.i)
            return
        if event.button() != QtCore.Qt.MouseButton.LeftButton:
            canvas.live.select(part.i)
            return
        if part.i not in canvas.chosen.more:  # else all that is chosen is moved
            canvas.live.select(part.i)
        self._part, self._mode = part, "press"
        live = canvas.live
        if part.kind == "trimmer" and by_wire(live, knob(part.name).parameter, part.i):
            self._mode, self._circular = "turn", None
            self._percent = percent_of(live, part.i, part.name)
        elif part.kind == "switch":
            self._flip(part)
        elif part.kind == "pad":
            self.pulse(part.i, part.number)
        elif part.kind == "pin":
            self.begin_wire(part.i, pixel)
        elif part.kind in ("body", "plate"):
            self._held = canvas.view.to_bench(pixel) - QtCore.QPointF(*canvas.scene.centres[part.i])
        canvas.show_bubble(part if part.kind not in ("body", "plate") else None)

    def motion(self, event: QtGui.QMouseEvent) -> None:
        canvas, pixel = self._canvas, event.position()
        fine = bool(event.modifiers() & _MODIFIER.ShiftModifier)
        part = self._part
        if self._mode == "":
            if not self.wiring.keyed:
                self._hover(pixel)
        elif self._mode == "pan":
            canvas.follows = False
            canvas.view.offset += pixel - self._last
            canvas.shift()
        elif self._mode == "frame":
            canvas.update()
        elif self._mode == "turn" and part is not None:
            self._turn(part, pixel, fine)
        elif self._mode == "wire":
            self.wiring.pull(pixel)
        elif part is not None and part.kind in ("body", "plate"):
            if self._mode == "press" and (pixel - self._from).manhattanLength() > _SLIP:
                self._mode = "move"
            if self._mode == "move":
                there = canvas.view.to_bench(pixel) - self._held
                self.place(part.i, there.x(), there.y(), snap=not fine)
        self._last = pixel

    def release(self, event: QtGui.QMouseEvent) -> None:
        canvas, mode = self._canvas, self._mode
        if self.wiring.keyed:
            return
        if mode == "frame":
            ends = canvas.view.to_bench(self._from), canvas.view.to_bench(event.position())
            canvas.chosen.within(QtCore.QRectF(*ends).normalized())
        if mode == "wire":
            self.wiring.pull(event.position())
            self.wiring.plug()
        self._mode, self._part = "", None
        if mode in ("move", "wire"):
            canvas.rebuild()
        self._hover(event.position())

    def double(self, event: QtGui.QMouseEvent) -> None:
        part = self._at(event.position())
        live = self._canvas.live
        if part is None:
            self._canvas.fit()
        elif part.kind == "trimmer" and by_wire(live, knob(part.name).parameter, part.i):
            parameter = knob(part.name).parameter
            live.turn(part.i, parameter, live.network.kind.parameter(parameter).default if live.network else 0.0)
        elif part.kind in ("body", "plate"):
            self._mode, self._part = "", None
            self._canvas.rename_wanted.emit(part.i)
        else:
            self.press(event)  # quick clicks on pads and switches all count

    def wheel(self, event: QtGui.QWheelEvent) -> None:
        canvas, pixel = self._canvas, event.position()
        delta = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & _MODIFIER.ControlModifier:
            canvas.zoom(1.0015**delta, pixel)
            return
        part = self._at(pixel)
        if part is not None and part.kind == "trimmer":
            if by_wire(canvas.live, knob(part.name).parameter, part.i):
                step = delta / 120 * (_FINE if event.modifiers() & _MODIFIER.ShiftModifier else 2.0)
                canvas.live.select(part.i)
                turn(canvas.live, part.i, part.name, percent_of(canvas.live, part.i, part.name) + step)
            canvas.show_bubble(part)
            return
        moved = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
        canvas.follows = False
        canvas.view.offset += QtCore.QPointF(moved)
        canvas.shift()

    def begin_wire(self, source: int | str, pixel: QtCore.QPointF) -> None:
        """A wire from an axon, or from the sensor of that name, follows the pointer."""
        if edit.can_rewire(self._canvas.live):
            self._mode = "wire"
            self.wiring.take(source, pixel)

    # -- keys ----------------------------------------------------------------------------------------------------

    def key(self, event: QtGui.QKeyEvent) -> bool:
        """Handle a key; returns whether it was ours."""
        canvas, live, code = self._canvas, self._canvas.live, event.key()
        part, modifiers = canvas.focus_part, event.modifiers()
        if code == _KEY.Key_Escape and (part is not None or self._mode or self.wiring.keyed):
            self._mode, self._part = "", None
            self.wiring.drop()
            self._focus(None)
            return True
        if self.wiring.key(code) or (part is None and self._canvas.item_hands.key(code)):
            return True
        if code in _WAYS and modifiers & _MODIFIER.ControlModifier:
            self.nudge(*_WAYS[code], fine=bool(modifiers & _MODIFIER.ShiftModifier))
            return True
        if part is not None and part.kind == "trimmer" and code in _TURNS:
            if by_wire(live, knob(part.name).parameter, part.i):
                fine = modifiers & _MODIFIER.ShiftModifier
                step = _TURNS[code] * (_FINE if fine else 1.0)
                turn(live, part.i, part.name, percent_of(live, part.i, part.name) + step)
            canvas.show_bubble(part)
            return True
        if part is not None and code in (_KEY.Key_Return, _KEY.Key_Enter, _KEY.Key_Plus, _KEY.Key_Minus):
            return self._use(part, code)
        if code in _WAYS:
            before = canvas.chosen.keys if modifiers & _MODIFIER.ShiftModifier else set()
            stepped = self._step(_WAYS[code])
            if before and canvas.chosen.main is not None:
                canvas.chosen.choose(before | canvas.chosen.keys, main=canvas.chosen.main)
            return stepped
        return False

    def tab(self, forward: bool) -> bool:
        """Go to the next or last part of the selected board; False at the end, so that the focus can leave."""
        canvas, i = self._canvas, self._canvas.live.selected
        if self.wiring.keyed:
            return self.wiring.key(_KEY.Key_Right if forward else _KEY.Key_Left)
        if canvas.scene.kind != "boards" or not 0 <= i < len(canvas.scene.centres):
            return False
        if canvas.focus_part is None and not forward:
            return False
        parts = part_order(i)
        here = parts.index(canvas.focus_part) if canvas.focus_part in parts else -1
        there = here + (1 if forward else -1)
        if not 0 <= there < len(parts):
            self._focus(None)
            return False
        self._focus(parts[there])
        return True

    def start_wire(self) -> None:
        """Draw a wire from the selected board by keys."""
        self._canvas.setFocus()
        self._focus(None)
        live = self._canvas.live
        self.wiring.start_by_keys(live.item or live.selected)

    def settle(self, n: int) -> None:
        """There are `n` neurons now: let go of what is no longer there."""
        if self._part is not None and self._part.i >= n:
            self._mode, self._part = "", None
        gone = isinstance(self.wiring.source, int) and self.wiring.source >= n
        if gone or (self.wiring.target is not None and self.wiring.target.i >= n):
            self.wiring.drop()
            self._mode = ""

    def nudge(self, right: int, down: int, *, fine: bool = False) -> None:
        """Move the selected board by a step, or by a hair."""
        canvas, i = self._canvas, self._canvas.live.selected
        step = 1.0 if fine else _STEP
        if canvas.chosen.more and canvas.live.network is not None:
            there = spots(canvas.live.network, canvas.chosen.keys)
            canvas.chosen.move({key: (x + right * step, y + down * step) for key, (x, y) in there.items()})
        elif canvas.live.item:
            canvas.item_hands.nudge(right, down, fine=fine)
        elif 0 <= i < len(canvas.scene.centres):
            x, y = canvas.scene.centres[i]
            self.place(i, x + right * step, y + down * step, snap=False)

    def pulse(self, i: int, synapse: int) -> None:
        """One pulse on a dendrite, with a ripple to be seen."""
        live = self._canvas.live
        if not 0 <= i < len(self._canvas.scene.names):
            return
        live.pulse(i, synapse)
        if self._canvas.scene.kind == "boards":
            self._canvas.lights.ripple(i, synapse)

    # -- inside --------------------------------------------------------------------------------------------------

    def _at(self, pixel: QtCore.QPointF, *, finger: bool = False) -> Part | None:
        """The part at a pixel; small parts are larger for a pointer, and as large as a fingertip for a finger."""
        canvas = self._canvas
        wanted = _FINGER / 2 if finger else canvas.look.theme.touch / 4
        slack = max(0.0, wanted - 10 * canvas.view.scale) / canvas.view.scale
        return canvas.scene.hit(canvas.view.to_bench(pixel), min(slack, 14.0 if finger else 3.0))

    def _hover(self, pixel: QtCore.QPointF) -> None:
        canvas = self._canvas
        part = self._at(pixel)
        shape = {None: "ArrowCursor", "body": "OpenHandCursor", "plate": "OpenHandCursor"}.get(
            part.kind if part is not None else None, "PointingHandCursor")  # fmt: skip
        canvas.setCursor(getattr(QtCore.Qt.CursorShape, shape))
        if part != canvas.hover:
            canvas.hover = part
            canvas.show_bubble(part if part is not None and part.kind not in ("body", "plate") else None)
            canvas.update()

    def _turn(self, part: Part, pixel: QtCore.QPointF, fine: bool) -> None:
        """Round the centre like a screwdriver where the drag goes round, else up and down like a fader."""
        canvas = self._canvas
        centre = canvas.view.to_pixel(canvas.scene.place_of(part)[0])
        if self._circular is None:
            moved, arm = pixel - self._from, self._from - centre
            if moved.manhattanLength() < _SLIP:
                return
            across = abs(moved.x() * arm.y() - moved.y() * arm.x())
            along = abs(moved.x() * arm.x() + moved.y() * arm.y())
            self._circular = math.hypot(arm.x(), arm.y()) > 5 and across > along and abs(moved.x()) > abs(moved.y()) / 3
        if self._circular:
            a, b = self._last - centre, pixel - centre
            if math.hypot(b.x(), b.y()) < 2:
                return
            step = math.degrees(math.atan2(a.x() * b.y() - a.y() * b.x(), a.x() * b.x() + a.y() * b.y())) / 2.7
        else:
            step = -(pixel.y() - self._last.y()) / _FULL_DRAG * 100
        self._percent = min(max(self._percent + step * (_FINE if fine else 1.0), 0.0), 100.0)
        turn(canvas.live, part.i, part.name, self._percent)
        canvas.show_bubble(part)

    def _flip(self, part: Part) -> None:
        live = self._canvas.live
        if live.network is not None and by_wire(live, part.name, part.i):
            live.turn(part.i, part.name, -1.0 if float(live.network.parameter(part.name)[part.i]) >= 0 else 1.0)

    def _use(self, part: Part, code: int) -> bool:
        live = self._canvas.live
        if part.kind == "pad":
            self.pulse(part.i, part.number)
        elif part.kind == "switch" and by_wire(live, part.name, part.i):
            if code == _KEY.Key_Plus:
                live.turn(part.i, part.name, 1.0)
            elif code == _KEY.Key_Minus:
                live.turn(part.i, part.name, -1.0)
            else:
                self._flip(part)
        else:
            return False
        self._canvas.show_bubble(part)
        return True

    def _focus(self, part: Part | None) -> None:
        canvas = self._canvas
        canvas.focus_part = part
        canvas.show_bubble(part)
        canvas.announce()
        canvas.update()

    def _step(self, way: tuple[int, int]) -> bool:
        """Select the nearest board or item in a direction."""
        canvas, live = self._canvas, self._canvas.live
        spots: list[tuple[int | str, float, float]] = [(k, x, y) for k, (x, y) in enumerate(canvas.scene.centres)]
        spots += [(one.item.name, one.centre.x(), one.centre.y()) for one in canvas.scene.things]
        here = next(((a, b) for key, a, b in spots if key == (live.item or live.selected)), None)
        if here is None:
            if spots:
                self._choose(spots[0][0])
            return bool(spots)
        best: int | str = live.item or live.selected
        least = math.inf
        for key, a, b in spots:
            along = (a - here[0]) * way[0] + (b - here[1]) * way[1]
            across = abs((a - here[0]) * way[1]) + abs((b - here[1]) * way[0])
            if along > 1 and along + 2 * across < least:
                best, least = key, along + 2 * across
        self._choose(best)
        return True

    def go(self, by: int) -> None:
        """Select the next thing on the bench, or the one before: boards, then items, as they came."""
        canvas, scene = self._canvas, self._canvas.scene
        every: list[int | str] = [*range(len(scene.centres)), *(one.item.name for one in scene.things)]
        if every:
            main = canvas.chosen.main
            here = every.index(main) if main in every else (-1 if by > 0 else 0)
            self._choose(every[(here + by) % len(every)])
            canvas.setFocus()

    def _choose(self, key: int | str) -> None:
        live = self._canvas.live
        if isinstance(key, str):
            live.select_item(key)
        else:
            live.select(key)

    def place(self, key: int | str, x: float, y: float, *, snap: bool) -> None:
        """Put a board or an item elsewhere, and with it what else is chosen."""
        canvas, grid = self._canvas, _STEP if snap else 1.0
        x, y = round(x / grid) * grid, round(y / grid) * grid
        if canvas.chosen.more and canvas.live.network is not None and key in canvas.chosen.keys:
            before = spots(canvas.live.network, canvas.chosen.keys)
            dx, dy = x - before[key][0], y - before[key][1]
            canvas.chosen.move({one: (a + dx, b + dy) for one, (a, b) in before.items()})
        elif isinstance(key, str):
            item_edit.move(canvas.live, key, (x, y))
        else:
            edit.move(canvas.live, key, (x, y))

    def paint_frame(self, painter: QtGui.QPainter) -> None:
        """The frame that is drawn round what shall be chosen."""
        if self._mode == "frame":
            colour = QtGui.QColor(self._canvas.look.theme.focus)
            painter.setPen(QtGui.QPen(colour, 1.4, QtCore.Qt.PenStyle.DashLine))
            colour.setAlphaF(0.12)
            painter.setBrush(colour)
            painter.drawRect(QtCore.QRectF(self._from, self._last).normalized())
