"""The bench's surface: shows the scene, keeps it in step with the rig, and hands mouse and keys on."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.data.chunk import Event
from luiapp.gui.bench import art, shape
from luiapp.gui.bench.chosen import Chosen
from luiapp.gui.bench.hands import Hands
from luiapp.gui.bench.item_hands import ItemHands
from luiapp.gui.bench.item_paint import paint_items
from luiapp.gui.bench.item_play import Play, describe_item
from luiapp.gui.bench.lights import Lights
from luiapp.gui.bench.painter import Layers, View
from luiapp.gui.bench.real import real_boards
from luiapp.gui.bench.scene import Part, Scene
from luiapp.gui.bench.thing import HEIGHT
from luiapp.gui.bench.words import describe_part, describe_scene, empty_text
from luiapp.gui.live import Live
from luiapp.gui.theme import Look


class BenchCanvas(QtWidgets.QWidget):
    """Boards, wires and lights. Everything it shows comes from `live`; everything a hand does goes through `Hands`."""

    view_changed = QtCore.Signal()
    rename_wanted = QtCore.Signal(int)
    item_rename_wanted = QtCore.Signal(str)

    def __init__(self, live: Live, look: Look, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.live, self.look = live, look
        self.scene = Scene(live)
        self.lights = Lights(self.scene)
        self.view = View()
        self.layers = Layers(self.scene, self.lights, self.view, look)
        self.play = Play(live, self.scene)
        self.hands, self.item_hands = Hands(self), ItemHands(self)
        self.chosen = Chosen(self)
        self.follows = True  # zooms to fit by itself until a person chooses otherwise
        self.focus_part: Part | None = None
        self.hover: Part | None = None
        self.corners: list[QtCore.QRectF] = []  # pixels that buttons lie over
        self._fitted: object = None  # what the view was last fitted to; boards that move a little don't move the rest
        self._bubble: tuple[Part | QtCore.QPointF, str] | None = None
        self._clock = QtCore.QElapsedTimer()
        self._clock.start()
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.grabGesture(QtCore.Qt.GestureType.PinchGesture)
        self.setMinimumSize(240, 160)
        live.frame.connect(self._frame)
        live.spiked.connect(self._spiked)
        live.noted.connect(self._noted)
        live.numbers.connect(self._look_at_table)
        live.network_changed.connect(self.rebuild)
        live.layout_changed.connect(self.rebuild)
        live.rig_changed.connect(self._new_rig)
        live.parameter_changed.connect(self._parameter)
        live.selection_changed.connect(self._select)
        live.item_changed.connect(self._select_item)
        live.pointing_changed.connect(self.update)
        look.changed.connect(self._restyle)
        self.rebuild()

    # -- keeping in step -----------------------------------------------------------------------------------------

    def rebuild(self) -> None:
        """Read boards, wires and places anew."""
        before = (self.scene.kind, len(self.scene.names), dict(self.scene.columns))
        self.scene.rebuild()
        if before != (self.scene.kind, len(self.scene.names), self.scene.columns):
            self.lights.resize(len(self.scene.names))
        else:
            self.lights.refresh()
        n = len(self.scene.centres)
        self.hands.settle(n)
        if self.focus_part is not None and self.focus_part.i >= n:
            self.focus_part = None
        if self.hover is not None and self.hover.i >= n:
            self.hover = None
        self._bubble = None
        self.layers.selected, self.layers.item = self.live.selected, self.live.item
        fitted = (self.scene.kind, tuple(self.scene.names), len(self.scene.things))
        if self.follows and not self.hands.busy and (fitted != self._fitted or not self._all_seen()):
            self.fit()
            self._fitted = fitted
        self.layers.forget()
        self.announce()
        self.update()

    def _all_seen(self) -> bool:
        return QtCore.QRectF(self.rect()).contains(self.view.rect_to_pixel(self.scene.extent()))

    def fit(self) -> None:
        """Show everything, and keep doing so."""
        self.follows = True
        extent, size = self.scene.extent(), QtCore.QSizeF(self.size())
        self.view.fit(extent, size)
        shown = self.view.rect_to_pixel(extent)
        covered = [corner for corner in self.corners if corner.intersects(shown)]
        if covered:  # better a little smaller than under a button
            self.view.fit(extent, QtCore.QSizeF(size.width(), min(corner.top() for corner in covered)))
        self.shift()

    def zoom(self, factor: float, about: QtCore.QPointF | None = None) -> None:
        """Magnify about a pixel, the middle if none is given."""
        self.follows = False
        self.view.zoom(factor, QtCore.QPointF(self.rect().center()) if about is None else about)
        self.shift()

    def shift(self) -> None:
        """The view changed."""
        self.layers.forget()
        self.view_changed.emit()
        self.update()

    def announce(self) -> None:
        """Tell assistive technology what is selected and what it is set to."""
        self.setAccessibleName(describe_scene(self.scene))
        part = self.focus_part
        if part is None and 0 <= self.live.selected < len(self.scene.names):
            part = Part(self.live.selected, "body")
        text = describe_part(self.live, self.scene, part) if part is not None else ""
        for thing in self.scene.things:
            if thing.item.name == self.live.item:
                text = describe_item(self.live, self.play, thing.item)
        self.setAccessibleDescription(text)

    def show_bubble(self, part: Part | None) -> None:
        """Say beside a part what it is set to; None says nothing."""
        if part is not None:
            self.say(part, describe_part(self.live, self.scene, part))
        elif self._bubble is not None:
            self._bubble = None
            self.update()

    def say_at(self, point: QtCore.QPointF | None, text: str) -> None:
        """Say `text` beside a point of the bench; None says nothing."""
        if point is None:
            self.show_bubble(None)
        elif self._bubble != (point, text):
            self._bubble = (point, text)
            self.update()

    def say(self, part: Part, text: str) -> None:
        """Say `text` beside a part."""
        if self._bubble != (part, text):
            self._bubble = (part, text)
            self.update()

    def _new_rig(self) -> None:
        self.follows, self._fitted = True, None
        self.focus_part = self.hover = None
        self.rebuild()

    def _parameter(self, i: int, name: str) -> None:
        if name.startswith("sign_"):
            self.scene.rewire()
            self.layers.forget()
            self.update()
        elif i < len(self.scene.centres):
            self.layers.touch(i)
            self.update(self.view.rect_to_pixel(self.scene.bounds(i)).adjusted(-10, -10, 10, 10).toAlignedRect())
        self.lights.refresh()
        if self._bubble is not None and isinstance(self._bubble[0], Part):
            self.show_bubble(self._bubble[0])
        self.announce()

    def _select_item(self, name: str) -> None:
        self.layers.item = name
        self.layers.forget()
        self.announce()
        self.update()

    def _select(self, i: int) -> None:
        self.layers.selected = i
        if self.focus_part is not None and self.focus_part.i != i:
            self.focus_part = None
        self.layers.forget()
        self.announce()
        self.update()

    def _restyle(self) -> None:
        self.layers.forget_art()
        self.update()

    def _spiked(self, spikes: list[tuple[float, int]]) -> None:
        if self.isVisible():
            for i in {neuron for _, neuron in spikes}:
                self.lights.spike(i)

    def _noted(self, events: list[Event]) -> None:
        """Pulses from anywhere (the inspector, a replay) are seen at their dendrite."""
        if not self.isVisible() or self.scene.kind != "boards":
            return
        for event in events:
            if event.kind == "pulse" and event.target in self.scene.names and event.name in ("0", "1", "2"):
                self.lights.ripple(self.scene.names.index(event.target), int(event.name))

    def _look_at_table(self) -> None:
        """A board that fell silent, or came back, is seen so."""
        if self.scene.real != (real := real_boards(self.live)):
            self.scene.real = real
            self.layers.forget()
            self.announce()
            self.update()

    def _frame(self) -> None:
        if not self.isVisible():
            return
        now = self._clock.nsecsElapsed() * 1e-9
        dirty = self.lights.follow(self.live.latest(), now) + self.play.follow(now)
        if not dirty:
            return
        region = QtGui.QRegion()
        for area in dirty:
            region += self.view.rect_to_pixel(area).adjusted(-1, -1, 1, 1).toAlignedRect()
        self.update(region)

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        ratio = self.devicePixelRatioF()
        still = self.layers.static(self.size(), ratio)
        for rect in event.region():  # type: ignore[attr-defined]
            source = QtCore.QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
            painter.drawPixmap(QtCore.QRectF(rect), still, source)
        if self.scene.centres or self.scene.things:
            self.layers.paint_lights(painter, QtCore.QRectF(event.rect()))
            paint_items(painter, self.scene, self.view, self.play, self.look.theme)
            self._paint_focus(painter)
            self.hands.wiring.paint(painter)
            self.hands.paint_frame(painter)
            self._paint_bubble(painter)
        else:
            self._paint_empty(painter)
        painter.end()

    def _paint_focus(self, painter: QtGui.QPainter) -> None:
        meant = self.scene.meant()
        if meant is not None:
            self.layers.paint_pointer(painter, meant)
        if self.hover is not None and self.hover != self.focus_part:
            self.layers.paint_focus(painter, self.hover, strong=False)
        if self.focus_part is not None and self.hasFocus():
            self.layers.paint_focus(painter, self.focus_part, strong=True)

    def _paint_bubble(self, painter: QtGui.QPainter) -> None:
        if self._bubble is None:
            return
        part, text = self._bubble
        theme = self.look.theme
        font = art.silk_font(theme.font_px, bold=True)
        painter.setFont(font)
        metrics = QtGui.QFontMetricsF(font)
        room = max(160.0, min(self.width() - 24.0, 420.0 * theme.scale))
        box = metrics.boundingRect(QtCore.QRectF(0, 0, room, 400), QtCore.Qt.TextFlag.TextWordWrap, text)
        box = box.adjusted(0, 0, 22, 12)
        if isinstance(part, QtCore.QPointF):
            at, r, below = self.view.to_pixel(part), HEIGHT / 2 * self.view.scale, True
        else:
            centre, radius = self.scene.place_of(part)
            at, r = self.view.to_pixel(centre), radius * self.view.scale
            if part.kind in ("body", "plate"):
                r = 0.0
            below = centre.y() > self.scene.centres[part.i][1] + 4  # away from the middle: the board stays seen
        box.moveCenter(QtCore.QPointF(at.x(), at.y() + (1 if below else -1) * (r + 12 + box.height() / 2)))
        if box.top() < 4:
            box.moveTop(at.y() + r + 12)
        elif box.bottom() > self.height() - 4:
            box.moveBottom(at.y() - r - 12)
        box.moveLeft(min(max(box.left(), 4.0), max(4.0, self.width() - box.width() - 4)))
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtGui.QPen(QtGui.QColor(theme.line), 1.2))
        painter.setBrush(QtGui.QColor(theme.raised))
        painter.drawRoundedRect(box, 8, 8)
        painter.setPen(QtGui.QColor(theme.text))
        flags = QtCore.Qt.AlignmentFlag.AlignCenter | QtCore.Qt.TextFlag.TextWordWrap
        painter.drawText(box.adjusted(11, 6, -11, -6), flags, text)

    def _paint_empty(self, painter: QtGui.QPainter) -> None:
        theme = self.look.theme
        title, hint = empty_text(self.live, self.scene)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        middle = QtCore.QPointF(self.rect().center())
        if self.scene.kind == "none":
            ghost = max(0.4, min(self.width() / 420, self.height() / 330, 1.6))
            painter.save()
            painter.translate(middle - QtCore.QPointF(0, 0.10 * self.height()))
            painter.scale(ghost, ghost)
            pen = QtGui.QPen(QtGui.QColor(theme.secondary), 1.8)
            pen.setDashPattern([4, 4])
            painter.strokePath(shape.outline(), pen)
            painter.restore()
            middle += QtCore.QPointF(0, 62 * ghost)
        width = self.width() - 32
        painter.setPen(QtGui.QColor(theme.text))
        painter.setFont(art.silk_font(round(theme.font_px * 1.5), bold=True))
        flags = QtCore.Qt.AlignmentFlag.AlignHCenter | QtCore.Qt.TextFlag.TextWordWrap
        line = 1.9 * theme.font_px
        painter.drawText(QtCore.QRectF(16, middle.y() - line / 2, width, 2 * line), flags, title)
        painter.setPen(QtGui.QColor(theme.secondary))
        painter.setFont(art.silk_font(theme.font_px))
        painter.drawText(QtCore.QRectF(16, middle.y() + 0.75 * line, width, 4 * line), flags, hint)

    # -- hands ---------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        if self.follows:
            self.fit()
        self.layers.forget()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if not self.item_hands.press(event):
            self.hands.press(event)

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if not self.item_hands.motion(event):
            self.hands.motion(event)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        if not self.item_hands.release(event):
            self.hands.release(event)

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:
        if not self.item_hands.double(event):
            self.hands.double(event)

    def leaveEvent(self, event: QtCore.QEvent) -> None:
        self.hover = None
        self.show_bubble(None)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        if not self.item_hands.wheel(event):
            self.hands.wheel(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if not self.hands.key(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        self._focus(True)

    def focusOutEvent(self, event: QtGui.QFocusEvent) -> None:
        self._focus(False)

    def _focus(self, active: bool) -> None:
        self.layers.active = active
        if not active:
            self.show_bubble(None)
        self.layers.forget()
        self.announce()
        self.update()

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self.hands.tab(forward) or super().focusNextPrevChild(forward)

    def event(self, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.Gesture:
            assert isinstance(event, QtWidgets.QGestureEvent)
            pinch = event.gesture(QtCore.Qt.GestureType.PinchGesture)
            if isinstance(pinch, QtWidgets.QPinchGesture):
                self.zoom(pinch.scaleFactor(), self.mapFromGlobal(pinch.centerPoint()))
                return True
        zooms = QtCore.Qt.NativeGestureType.ZoomNativeGesture
        if isinstance(event, QtGui.QNativeGestureEvent) and event.gestureType() == zooms:
            self.zoom(1 + event.value(), event.position())
            return True
        return bool(super().event(event))
