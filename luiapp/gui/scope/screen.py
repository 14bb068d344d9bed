"""The screen of the scope with what a mouse and keys do on it."""

from __future__ import annotations

from PySide6 import QtCore, QtGui

from luiapp.gui.scope.canvas import Canvas

_GRIP = 7  # pixels beside a cursor where it is taken hold of
_Key = QtCore.Qt.Key


class Screen(Canvas):
    """Drag to pan, wheel to zoom, click to select, arrows for the cursors; see the help on keys."""

    _drag: tuple[str, QtCore.QPointF, float, float] | None = None

    def share_at(self, x: float) -> float:
        """Share of the time axis at a place in the widget."""
        both = self.frame_now().both
        return (x - both.left()) / max(both.width() - 1, 1)

    def _cursor_at(self, x: float) -> int:
        if self.state.cursors:
            both = self.frame_now().both
            for i, share in enumerate(self.cursors.shares):
                if abs(both.left() + share * (both.width() - 1) - x) <= _GRIP:
                    return i
        return -1

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.button() != QtCore.Qt.MouseButton.LeftButton or self.ring is None:
            return
        at = event.position()
        which = self._cursor_at(at.x())
        if which >= 0:
            self.cursors.active = which
            self._drag = ("cursor", at, 0.0, 0.0)
        elif at.x() < self.frame_now().plot.left() or event.modifiers() & QtCore.Qt.KeyboardModifier.ShiftModifier:
            self._drag = ("volts", at, self.state.y_low, self.state.y_high)
        else:
            self._drag = ("press", at, self.view.t_high, 0.0)

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        at, ring = event.position(), self.ring
        both = self.frame_now().both
        self.pointer = at if self._drag is None and both.contains(at.toPoint()) else None
        if self._drag is None or ring is None:
            shape = QtCore.Qt.CursorShape
            over = self._cursor_at(at.x()) >= 0
            self.setCursor(
                shape.SplitHCursor if over else shape.CrossCursor if self.pointer is not None else shape.ArrowCursor
            )
            self.update(both)
            return
        kind, begin, first, second = self._drag
        if kind == "cursor":
            self.cursors.put(self.cursors.active, self.share_at(at.x()), self.view)
            self.read_out()
            self.update()
        elif kind == "volts":
            frame = self.frame_now()
            shift = (at.y() - begin.y()) / max(frame.plot.height(), 1) * (second - first)
            self.set_range(first + shift, second + shift)
        elif kind == "pan" or abs(at.x() - begin.x()) > 6:
            self._drag = ("pan", begin, first, second)
            self.timebase.look_at(first - (at.x() - begin.x()) / max(both.width(), 1) * self.state.window, ring)
            self.touched()

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        scene = self.scene_now()
        if drag is None or drag[0] != "press" or scene is None or self.ring is None:
            return
        at = event.position()
        raster = scene.frame.raster
        if raster.height() and at.y() >= raster.top():
            i = int((at.y() - raster.top()) / scene.frame.row)
            if 0 <= i < len(self.ring.layout.neurons):
                self.live.select(i)
            return
        row = self.row_near(scene, at)
        if row >= 0 and self.ring.layout.traces[scene.chosen[row]].i_neuron >= 0:
            self.live.select(self.ring.layout.traces[scene.chosen[row]].i_neuron)

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:
        self.auto_axes(True)

    def leaveEvent(self, event: QtCore.QEvent) -> None:
        self.pointer = None
        self.update()

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        steps = event.angleDelta().y() or event.angleDelta().x()
        if not steps:
            return
        modifier = QtCore.Qt.KeyboardModifier
        if event.modifiers() & (modifier.ControlModifier | modifier.ShiftModifier) or \
                event.position().x() < self.frame_now().plot.left():  # fmt: skip
            self.zoom_volts(1 / 1.25 if steps > 0 else 1.25)
        else:
            self.zoom_time(-1 if steps > 0 else 1, self.share_at(event.position().x()))
        event.accept()

    # -- keys ----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        shift = bool(event.modifiers() & QtCore.Qt.KeyboardModifier.ShiftModifier)
        if not self._do_key(QtCore.Qt.Key(event.key()), shift):
            super().keyPressEvent(event)

    def _do_key(self, key: QtCore.Qt.Key, shift: bool) -> bool:
        window = self.state.window
        span = self.state.y_high - self.state.y_low
        if key in (_Key.Key_Left, _Key.Key_Right):
            way = -1 if key == _Key.Key_Left else 1
            if self.state.cursors:
                self.move_cursor(way * (10 if shift else 1))
            else:
                self.pan(way * window * (0.5 if shift else 0.1))
        elif key == _Key.Key_X and self.state.cursors:
            self.cursors.active = 1 - self.cursors.active
            self.update()
        elif key == _Key.Key_PageUp:
            self.pan(-window)
        elif key == _Key.Key_PageDown:
            self.pan(window)
        elif key == _Key.Key_End:
            self.timebase.freeze(False, self.ring)
            self.touched()
        elif key == _Key.Key_Home:
            self.auto_axes(True)
        elif key in (_Key.Key_Up, _Key.Key_Down):
            up = key == _Key.Key_Up
            shift_by = span * (0.1 if up else -0.1)
            if shift:
                self.zoom_volts(1 / 1.25 if up else 1.25)
            else:
                self.set_range(self.state.y_low + shift_by, self.state.y_high + shift_by)
        else:
            return False
        return True
