"""The histogram of a parameter over all circuits, before and after calibration, with the colour scale below it."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.chip.scale import N, table
from luiapp.gui.chip.spread_state import Spread
from luiapp.gui.chip.words import number
from luiapp.gui.theme import Look
from luiapp.texts import tr

_BAR = 10  # px of the colour scale


class SpreadView(QtWidgets.QWidget):
    """After calibration filled, before it as a dashed line; numbers at the ends and at the target."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.spread: Spread | None = None
        self._after = True
        self.setMinimumHeight(110)

    def show_spread(self, spread: Spread | None, *, after: bool) -> None:
        """Another parameter; `after`: the map shows what came out."""
        self.spread, self._after = spread, after
        self.setAccessibleName(self.sentence())
        self.update()

    def sentence(self) -> str:
        """Both spreads in words."""
        if self.spread is None:
            return tr("The spread of 512 circuits is measured when the chip is calibrated.")
        one = self.spread
        said = {"unit": one.unit}
        for name, after in (("before", False), ("after", True)):
            mean, deviation = one.moments(after=after)
            said[name] = f"{number(mean)} ± {number(deviation, 2 if deviation < 1 else 1)}"
        if one.running:
            return tr("before: {before} {unit}, now: {after} {unit}", **said)
        return tr("before: {before} {unit}, after: {after} {unit}", **said)

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(300, 150)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        theme, metrics = self._look.theme, self.fontMetrics()
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        line = metrics.height()
        area = QtCore.QRectF(8, line + 4, self.width() - 16, self.height() - 2 * line - _BAR - 12)
        bar = QtCore.QRectF(area.left(), area.bottom() + 3, area.width(), _BAR)
        image = QtGui.QImage(N, 1, QtGui.QImage.Format.Format_RGB32)
        for k, (r, g, b) in enumerate(table().tolist()):
            image.setPixel(k, 0, QtGui.qRgb(r, g, b))
        p.drawImage(bar, image)
        p.setPen(QtGui.QColor(theme.text))
        if self.spread is None:
            p.setPen(QtGui.QColor(theme.secondary))
            flags = QtCore.Qt.AlignmentFlag.AlignCenter | QtCore.Qt.TextFlag.TextWordWrap
            p.drawText(area, int(flags), self.sentence())
            p.end()
            return
        elide = QtCore.Qt.TextElideMode.ElideRight
        p.drawText(QtCore.QPointF(8, metrics.ascent()), metrics.elidedText(self.sentence(), elide, self.width() - 12))
        self._histogram(p, area)
        self._numbers(p, bar)
        p.end()

    def _histogram(self, p: QtGui.QPainter, area: QtCore.QRectF) -> None:
        assert self.spread is not None
        theme = self._look.theme
        counts = {after: self.spread.histogram(after=after)[0] for after in (False, True)}
        for after in (True, False):
            most = max(int(counts[after].max()), 1)  # each to its own height: what matters is the width
            step = area.width() / len(counts[after])
            path = QtGui.QPainterPath(area.bottomLeft())
            for k, n in enumerate(counts[after].tolist()):
                y = area.bottom() - area.height() * n / most
                path.lineTo(area.left() + k * step, y)
                path.lineTo(area.left() + (k + 1) * step, y)
            path.lineTo(area.bottomRight())
            pen = QtGui.QPen(QtGui.QColor(theme.text if after == self._after else theme.secondary), 1.8)
            fill = QtGui.QColor(theme.secondary)
            fill.setAlphaF(0.35)
            if after:
                p.setBrush(fill)
            else:
                p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
                pen.setDashPattern([3.0, 2.0])
            p.setPen(pen)
            p.drawPath(path)
        x = area.left() + area.width() / 2
        p.setPen(QtGui.QPen(QtGui.QColor(theme.amber), 1.5))
        p.drawLine(QtCore.QPointF(x, area.top()), QtCore.QPointF(x, area.bottom() + _BAR + 5))

    def _numbers(self, p: QtGui.QPainter, bar: QtCore.QRectF) -> None:
        assert self.spread is not None
        one, line = self.spread, self.fontMetrics().height()
        flag = QtCore.Qt.AlignmentFlag
        texts = (
            (flag.AlignLeft, number(one.low)),
            (flag.AlignHCenter, f"{number(one.target)} {one.unit}"),
            (flag.AlignRight, number(one.high)),
        )
        p.setPen(QtGui.QColor(self._look.theme.secondary))
        for where, text in texts:
            p.drawText(QtCore.QRectF(bar.left(), bar.bottom() + 3, bar.width(), line), where, text)
