"""The core as a map: dragged and zoomed by mouse or keys, down to one synapse; a circuit or a synapse is picked."""

from __future__ import annotations

from PySide6 import QtCore, QtGui

from luiapp.gui.chip import map_state as here
from luiapp.gui.chip.core_paint import CorePainter, Scene, neuron_images, synapse_images
from luiapp.gui.chip.map_state import Spot, View
from luiapp.gui.theme import Look
from luiapp.gui.widgets.keyed import Keyed, arrow, shifted

_STEP = 1.25  # of the zoom by a key
_JUMP = 8  # spots by a key with Shift
_STILL = 4  # px that a click may move


class CoreView(Keyed):
    """Arrows move the cursor, + and − zoom, Home shows all; the wheel zooms, dragging moves, a click picks."""

    picked = QtCore.Signal(object)  # Spot

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.view = View().fitted()
        self.scene = Scene()
        self.spot = here.of_circuit(0)
        self._images: dict[str, list[QtGui.QImage]] = {}
        self._still: tuple[View, QtGui.QPixmap] | None = None  # all but lights and cursor, as it was painted last
        self._pressed: QtCore.QPointF | None = None
        self._dragged = False
        self.setMinimumSize(260, 180)
        self.setMouseTracking(False)

    def show_scene(self, scene: Scene, *, still: bool = False) -> None:
        """Another configuration or other colours; `still`: only what glows is another."""
        self.scene = scene
        if not still:
            self._forget()
        self.update()

    def pick(self, spot: Spot, *, reveal: bool = True) -> None:
        """Another circuit or synapse."""
        if reveal:
            self.view = self.view.showing(spot)
        if spot != self.spot:
            self.spot = spot
            self.picked.emit(spot)
        self.update()

    def zoom(self, factor: float, at: QtCore.QPointF | None = None) -> None:
        """Closer or farther; round `at`, or what is picked."""
        if at is None:
            left, top, width, height = here.box(self.spot)
            x, y = self.view.to_window(left + width / 2, top + height / 2)
            inside = 0 <= x <= self.width() and 0 <= y <= self.height()
            at = QtCore.QPointF(x, y) if inside else QtCore.QPointF(self.width() / 2, self.height() / 2)
        self.view = self.view.zoomed(factor, (at.x(), at.y()))
        self.update()

    def fit(self) -> None:
        """All of the core."""
        self.view = self.view.fitted()
        self.update()

    def restyle(self) -> None:
        self._forget()
        self.update()

    def _forget(self) -> None:
        self._images.clear()
        self._still = None

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(820, 560)

    # -- events --------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self.view = self.view.resized(self.width(), self.height())

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        if event.pixelDelta().isNull() or event.modifiers() & QtCore.Qt.KeyboardModifier.ControlModifier:
            self.zoom(1.0015 ** event.angleDelta().y(), event.position())
        else:  # a pad scrolls in both directions
            self.view = self.view.panned(event.pixelDelta().x(), event.pixelDelta().y())
            self.update()
        event.accept()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.button() == QtCore.Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._pressed is None:
            return
        moved = event.position() - self._pressed
        if self._dragged or moved.manhattanLength() > _STILL:
            self._dragged = True
            self.view = self.view.panned(moved.x(), moved.y())
            self._pressed = event.position()
            self.update()

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._pressed is not None and not self._dragged:
            spot = here.spot_at(*self.view.to_map(event.position().x(), event.position().y()))
            if spot is not None:
                self.pick(spot, reveal=False)
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:
        self.zoom(3.0, event.position())

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        keys = QtCore.Qt.Key
        key = QtCore.Qt.Key(event.key())
        way = arrow(event)
        if way is not None:
            by = _JUMP if shifted(event) else 1
            self.pick(self.spot.moved(by * way[1], by * way[0]))
        elif key in (keys.Key_Plus, keys.Key_Equal):
            self.zoom(_STEP)
        elif key == keys.Key_Minus:
            self.zoom(1 / _STEP)
        elif key == keys.Key_Home:
            self.fit()
        else:
            super().keyPressEvent(event)

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        theme = self._look.theme
        ratio = self.devicePixelRatioF()
        size = self.size() * ratio
        if self._still is None or self._still[0] != self.view or self._still[1].size() != size:
            self._still = self.view, self._paint_still(size, ratio)
        p = QtGui.QPainter(self)
        p.drawPixmap(0, 0, self._still[1])
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter = CorePainter(p, theme, self.view, self.scene, self.font())
        painter.glow()
        painter.cursor(self.spot, focused=self.hasFocus())
        if self.hasFocus():
            p.setPen(QtGui.QPen(QtGui.QColor(theme.focus), 2))
            p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            p.drawRect(self.rect().adjusted(1, 1, -1, -1))
        p.end()

    def _paint_still(self, size: QtCore.QSize, ratio: float) -> QtGui.QPixmap:
        theme = self._look.theme
        pixmap = QtGui.QPixmap(size)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(QtGui.QColor(theme.ground))
        fold = 2 if self.view.zoom * ratio < 1.0 else 1
        name = f"synapses {fold}"
        if name not in self._images:
            self._images[name] = synapse_images(self.scene.array, theme, fold)
        if "neurons" not in self._images:
            self._images["neurons"] = neuron_images(self.scene, theme)
        p = QtGui.QPainter(pixmap)
        painter = CorePainter(p, theme, self.view, self.scene, self.font())
        painter.images(self._images[name], self._images["neurons"])
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing, False)
        painter.close_by()
        painter.drivers()
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.failed()
        painter.network()
        if self.view.zoom < 2 * self.view.whole:
            painter.captions()
        p.end()
        return pixmap
