"""The data and, behind them, what the network says of every place; the probe is put down here."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.theme import Look
from luiapp.gui.training.colours import class_colour, map_image, mixed, sign_path
from luiapp.gui.training.data_state import CLASSES, MOST_CLASSES, MOST_POINTS
from luiapp.gui.training.insight import disc, into_disc
from luiapp.gui.training.paint_state import ERASER
from luiapp.gui.widgets.keyed import Keyed, arrow, shifted
from luiapp.texts import tr

STEP, FINE = 0.04, 0.01  # of the probe by the arrow keys; with Shift
_SAMPLES = 260
_MARGIN = 8
_KEYS = QtCore.Qt.Key
_PAINTS = {**{_KEYS(_KEYS.Key_1 + k): k for k in range(MOST_CLASSES)}, _KEYS.Key_Delete: ERASER}


class MapView(Keyed):
    """Click, drag or use the arrow keys to choose a sample."""

    probed = QtCore.Signal(object)  # the place
    stroked = QtCore.Signal(float, float, int, bool)  # place, class or ERASER, whether a stroke begins
    stroke_ended = QtCore.Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._inside: NDArray[np.bool_] = disc(2)[0]
        self._shares: NDArray[Any] = np.zeros((0, 3))
        self._image: QtGui.QImage | None = None
        self._samples: QtGui.QPixmap | None = None
        self._points: NDArray[Any] = np.zeros((0, 2))
        self._labels: NDArray[Any] = np.zeros(0, np.int64)
        self.place = (0.62, 0.78)
        self.brush: int | None = None
        self.setMinimumSize(90, 90)
        self.setCursor(QtCore.Qt.CursorShape.CrossCursor)

    def set_samples(self, points: NDArray[Any], labels: NDArray[Any]) -> None:
        """Samples to show: (n, 2) places and (n,) classes."""
        # Painted points are all shown, drawn ones by way of example.
        most = MOST_POINTS if len(labels) <= MOST_POINTS else _SAMPLES
        self._points, self._labels = points[:most], labels[:most]
        self._samples = None
        self.update()

    def take_brush(self, brush: int | None) -> None:
        """Paint with clicks from now on, in a class or as `ERASER`; None: choose samples."""
        self.brush = brush

    def set_shares(self, size: int, shares: NDArray[Any]) -> None:
        """(n_places, n_classes) how sure the network is at the places of ``disc(size)``."""
        if self._inside.shape[0] != size:
            self._inside = disc(size)[0]
        self._shares = shares
        self._image = None
        self.update()

    def set_place(self, place: tuple[float, float]) -> None:
        """Where the probe is."""
        self.place = place
        self.update()

    def restyle(self) -> None:
        self._image = self._samples = None
        self.update()

    # -- geometry ------------------------------------------------------------------------------------------------

    def disc_rect(self) -> QtCore.QRectF:
        """Where the disc is drawn."""
        side = max(20.0, float(min(self.width(), self.height()) - 2 * _MARGIN))
        return QtCore.QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def to_pixel(self, x: float, y: float) -> QtCore.QPointF:
        """Where a place of the data is drawn."""
        rect = self.disc_rect()
        return QtCore.QPointF(rect.left() + x * rect.width(), rect.bottom() - y * rect.height())

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(280, 280)

    # -- events --------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.button() == QtCore.Qt.MouseButton.LeftButton:
            if self.brush is None:
                self._probe_at(event.position())
            else:
                self.stroked.emit(*self._place_at(event.position()), self.brush, True)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.button() == QtCore.Qt.MouseButton.LeftButton and self.brush is not None:
            self.stroke_ended.emit()

    def event(self, event: QtCore.QEvent) -> bool:
        """Keys that paint are not the window's while the map has the focus."""
        asked = event.type() == QtCore.QEvent.Type.ShortcutOverride
        if asked and isinstance(event, QtGui.QKeyEvent) and _KEYS(event.key()) in _PAINTS and not event.modifiers():
            event.accept()
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.buttons() & QtCore.Qt.MouseButton.LeftButton:
            if self.brush is None:
                self._probe_at(event.position())
            else:
                self.stroked.emit(*self._place_at(event.position()), self.brush, False)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        brush = _PAINTS.get(QtCore.Qt.Key(event.key()))
        if brush is not None:
            self.stroked.emit(*self.place, brush, True)
            self.stroke_ended.emit()
            return
        way = arrow(event)
        if way is None:
            super().keyPressEvent(event)
            return
        by = FINE if shifted(event) else STEP
        self._go(self.place[0] + by * way[0], self.place[1] - by * way[1])

    def _place_at(self, at: QtCore.QPointF) -> tuple[float, float]:
        rect = self.disc_rect()
        return into_disc((at.x() - rect.left()) / rect.width(), (rect.bottom() - at.y()) / rect.height())

    def _probe_at(self, at: QtCore.QPointF) -> None:
        self._go(*self._place_at(at))

    def _go(self, x: float, y: float) -> None:
        place = into_disc(x, y)
        if place != self.place:
            self.set_place(place)
            self.probed.emit(place)

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        theme = self._look.theme
        p = QtGui.QPainter(self)
        p.setRenderHints(QtGui.QPainter.RenderHint.Antialiasing | QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        rect = self.disc_rect()
        path = QtGui.QPainterPath()
        path.addEllipse(rect)
        p.fillPath(path, QtGui.QColor(theme.panel))
        if self._image is None and len(self._shares):
            self._image = map_image(self._inside, self._shares, theme)
        if self._image is not None:
            p.save()
            p.setClipPath(path)
            pixel = rect.width() / self._image.width()  # its edge pixels are half empty: draw a little beyond
            p.drawImage(rect.adjusted(-pixel, -pixel, pixel, pixel), self._image)
            p.restore()
        if self._samples is None or self._samples.size() != self.size() * self.devicePixelRatioF():
            self._samples = self._draw_samples()
        p.drawPixmap(0, 0, self._samples)
        p.setPen(
            QtGui.QPen(QtGui.QColor(theme.focus if self.hasFocus() else theme.line), 2 if self.hasFocus() else 1.5)
        )
        p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        p.drawEllipse(rect)
        at, r = self.to_pixel(*self.place), 8.0 * min(theme.scale, 1.3)
        for colour, width in ((theme.ground, 5.0), (theme.text, 2.2)):
            p.setPen(QtGui.QPen(QtGui.QColor(colour), width))
            p.drawEllipse(at, r, r)
        p.end()

    def _draw_samples(self) -> QtGui.QPixmap:
        theme = self._look.theme
        made = QtGui.QPixmap(self.size() * self.devicePixelRatioF())
        made.setDevicePixelRatio(self.devicePixelRatioF())
        made.fill(QtCore.Qt.GlobalColor.transparent)
        p = QtGui.QPainter(made)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        r = max(2.4, self.disc_rect().width() / 105)
        for i_class in range(int(self._labels.max()) + 1 if len(self._labels) else 0):
            p.setPen(QtGui.QPen(mixed(theme.ground, class_colour(theme, i_class), 0.7), 0.8))
            p.setBrush(QtGui.QColor(class_colour(theme, i_class)))
            for x, y in self._points[self._labels == i_class].tolist():
                p.drawPath(sign_path(i_class, self.to_pixel(x, y), r))
        p.end()
        return made


class Legend(QtWidgets.QWidget):
    """The classes, each with its sign in its colour."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._names: tuple[str, ...] = CLASSES

    def show_names(self, names: tuple[str, ...]) -> None:
        """Other classes."""
        if names != self._names:
            self._names = names
            self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(", ".join(tr(name) for name in self._names))
        self.updateGeometry()
        self.update()

    def restyle(self) -> None:
        self.updateGeometry()

    def sizeHint(self) -> QtCore.QSize:
        line = self.fontMetrics().height()
        return QtCore.QSize(sum(self._room(name) for name in self._names), line + 4)

    def minimumSizeHint(self) -> QtCore.QSize:
        return self.sizeHint()

    def _room(self, name: str) -> int:
        return self.fontMetrics().horizontalAdvance(tr(name)) + 2 * self.fontMetrics().height()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        theme, line = self._look.theme, self.fontMetrics().height()
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        x, r = 0.0, 0.3 * line
        for k, name in enumerate(self._names):
            p.setPen(QtCore.Qt.PenStyle.NoPen)
            p.setBrush(QtGui.QColor(class_colour(theme, k)))
            p.drawPath(sign_path(k, QtCore.QPointF(x + r + 1, self.height() / 2), r))
            p.setPen(QtGui.QColor(theme.secondary))
            rest = QtCore.QRectF(x + 3 * r, 0, self._room(name), self.height())
            p.drawText(rest, QtCore.Qt.AlignmentFlag.AlignVCenter, tr(name))
            x += self._room(name)
        p.end()
