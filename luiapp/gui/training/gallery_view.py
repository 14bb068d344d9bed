"""Unseen samples of data that lies in no plane: a column for each class, and behind each what is said of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui

from luiapp.gui.theme import Look
from luiapp.gui.training.colours import class_colour, mixed, rgb
from luiapp.gui.training.data_state import Data
from luiapp.gui.widgets.keyed import Keyed, arrow
from luiapp.texts import tr

_GAP = 2.0
_MOST = 46.0  # pixels of a sample's side, for a scale of 1


class GalleryView(Keyed):
    """Click a sample or use the arrow keys to choose it. The deeper a ground, the surer; a flag names what is wrong."""

    probed = QtCore.Signal(object)  # its number

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._data: Data | None = None
        self._shares: NDArray[Any] = np.zeros((0, 0))
        self._drawn: QtGui.QPixmap | None = None  # the samples without what is said of them
        self.place = 0
        self.setMinimumSize(90, 90)

    def set_data(self, data: Data) -> None:
        """Samples to show."""
        if data is not self._data:
            self._data, self._drawn, self._shares = data, None, np.zeros((0, 0))
            self.update()

    def set_shares(self, shares: NDArray[Any]) -> None:
        """(n_samples, n_classes) how sure the network is of each."""
        self._shares = shares
        self.update()

    def set_place(self, place: int) -> None:
        """Which sample is chosen."""
        self.place = place
        self.update()

    def restyle(self) -> None:
        self._drawn = None
        self.update()

    # -- geometry ------------------------------------------------------------------------------------------------

    @property
    def n_columns(self) -> int:
        return len(self._data.names) if self._data is not None else 1

    @property
    def n(self) -> int:
        return len(self._data.gallery.labels) if self._data is not None and self._data.gallery is not None else 0

    def cell(self, i: int) -> QtCore.QRectF:
        """Where sample `i` is drawn."""
        head = self.fontMetrics().height()
        n_rows = max(1, -(-self.n // self.n_columns))
        most = _MOST * min(self._look.theme.scale, 1.4)
        side = min(self.width() / self.n_columns, (self.height() - head) / n_rows, most + _GAP)
        left, top = (self.width() - side * self.n_columns) / 2, (self.height() - head - side * n_rows) / 2 + head
        row, column = divmod(i, self.n_columns)
        return QtCore.QRectF(left + column * side, top + row * side, side - _GAP, side - _GAP)

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(280, 280)

    # -- events --------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        found = [i for i in range(self.n) if self.cell(i).contains(event.position())]
        if event.button() == QtCore.Qt.MouseButton.LeftButton and found:
            self.probed.emit(found[0])

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        way = arrow(event)
        if way is None:
            super().keyPressEvent(event)
            return
        other = self.place + way[0] + way[1] * self.n_columns
        if 0 <= other < self.n:
            self.probed.emit(other)

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        data, theme = self._data, self._look.theme
        if data is None or data.gallery is None:
            return
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        for i, share in enumerate(self._shares[: self.n]):
            said = int(share.argmax())
            p.fillRect(self.cell(i), mixed(class_colour(theme, said), theme.panel, 0.55 * float(share[said])))
        if self._drawn is None or self._drawn.size() != self.size() * self.devicePixelRatioF():
            self._drawn = self._draw_samples(data)
        p.drawPixmap(0, 0, self._drawn)
        for i, (share, label) in enumerate(zip(self._shares[: self.n], data.gallery.labels.tolist(), strict=True)):
            if int(share.argmax()) != label or not share.any():
                self._wrong(p, self.cell(i), tr(data.names[int(share.argmax())]) if share.any() else "?")
        frame = self.cell(min(self.place, self.n - 1))
        p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        p.setPen(QtGui.QPen(QtGui.QColor(theme.focus if self.hasFocus() else theme.amber), 3))
        p.drawRect(frame)
        p.end()

    def _wrong(self, p: QtGui.QPainter, cell: QtCore.QRectF, said: str) -> None:
        """A flag in the corner: what the network says instead."""
        theme = self._look.theme
        font = p.font()
        font.setPixelSize(max(8, round(min(0.34 * cell.height(), 0.8 * self.fontMetrics().height()))))
        font.setBold(True)
        p.save()
        p.setFont(font)
        wide = min(p.fontMetrics().horizontalAdvance(said) + 5.0, cell.width())
        tall = min(p.fontMetrics().capHeight() + 5.0, cell.height())
        flag = QtCore.QRectF(cell.right() - wide, cell.bottom() - tall, wide, tall)
        p.fillRect(flag, QtGui.QColor(theme.ground))
        p.setPen(QtGui.QColor(theme.bad))
        p.drawText(flag, QtCore.Qt.AlignmentFlag.AlignCenter, said)
        p.restore()

    def _draw_samples(self, data: Data) -> QtGui.QPixmap:
        theme = self._look.theme
        made = QtGui.QPixmap(self.size() * self.devicePixelRatioF())
        made.setDevicePixelRatio(self.devicePixelRatioF())
        made.fill(QtCore.Qt.GlobalColor.transparent)
        p = QtGui.QPainter(made)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        p.setPen(QtGui.QColor(theme.secondary))
        for k, name in enumerate(data.names):
            cell = self.cell(k)
            head = QtCore.QRectF(cell.left(), cell.top() - self.fontMetrics().height(), cell.width(), cell.height())
            p.drawText(head, QtCore.Qt.AlignmentFlag.AlignHCenter, tr(name))
        assert data.gallery is not None
        for i, sample in enumerate(data.gallery.samples):
            if data.pictures:
                p.drawImage(self.cell(i), picture(sample, theme.text))
            else:
                p.setPen(QtGui.QPen(QtGui.QColor(theme.text), 1.2))
                p.drawPolyline(profile(sample, self.cell(i)))
        p.end()
        return made


def picture(sample: NDArray[Any], ink: str) -> QtGui.QImage:
    """A square of pixels, 0 for ink, as an image that is transparent where there is paper."""
    side = round(len(sample) ** 0.5)
    pixels = np.empty((side, side, 4), np.uint8)
    pixels[..., :3] = rgb(ink)[::-1]
    pixels[..., 3] = np.rint(255 * (1 - sample.reshape(side, side)))
    return QtGui.QImage(pixels.data, side, side, 4 * side, QtGui.QImage.Format.Format_ARGB32).copy()


def profile(sample: NDArray[Any], cell: QtCore.QRectF) -> list[QtCore.QPointF]:
    """Features from left to right, as heights."""
    inner = cell.adjusted(3, 3, -3, -3)
    x = inner.left() + inner.width() * np.arange(len(sample)) / max(len(sample) - 1, 1)
    y = inner.bottom() - inner.height() * sample
    return [QtCore.QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
