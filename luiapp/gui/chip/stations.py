"""The way from a serial number to a network that has learned on its chip: five stations, the present one lit."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.chip.state import HELP, STATIONS, TITLES, Snapshot, leading, possible, upcoming
from luiapp.gui.chip.words import doing, told
from luiapp.gui.theme import Look
from luiapp.texts import tr

_PAD, _GAP = 10, 26  # px in a station, and between two


_SMALLEST = 0.64  # of the usual type, where a name would be cut else


def _wide(font: QtGui.QFont, text: str) -> int:
    return QtGui.QFontMetrics(font).horizontalAdvance(text)


@dataclass
class _Shown:
    title: str = ""
    line: str = ""
    done: bool = False
    present: bool = False
    meant: bool = False
    busy: bool = False
    share: float = 0.0


class Station(QtWidgets.QAbstractButton):
    """A station: its number or a tick, its name, what came out or what is being done, and a bar while it works."""

    def __init__(self, look: Look, number: int) -> None:
        super().__init__()
        self._look, self._number = look, number
        self.shown = _Shown()
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)

    def show_station(self, shown: _Shown) -> None:
        """Another state."""
        if shown != self.shown:
            self.shown = shown
            state = tr("at work") if shown.busy else tr("done") if shown.done else tr("next") if shown.present else ""
            state = tr("meant by the lesson") if shown.meant else state
            self.setAccessibleName(", ".join(one for one in (shown.title, state, shown.line) if one))
            self.update()

    def sizeHint(self) -> QtCore.QSize:
        line = self.fontMetrics().height()
        return QtCore.QSize(150, max(2 * line + 2 * _PAD, self._look.theme.touch))

    def minimumSizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(90, self.sizeHint().height())

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        theme, shown = self._look.theme, self.shown
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        lit = shown.present or shown.busy
        edge = theme.focus if self.hasFocus() else theme.amber if lit else theme.line
        frame = QtCore.QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        p.setPen(QtGui.QPen(QtGui.QColor(edge), 2.5 if lit or self.hasFocus() else 1.2))
        p.setBrush(QtGui.QColor(theme.raised if lit or self.underMouse() else theme.panel))
        p.drawRoundedRect(frame, 8, 8)
        r = 0.62 * self.fontMetrics().height()
        centre = QtCore.QPointF(_PAD + r, self.height() / 2)
        p.setPen(QtGui.QPen(QtGui.QColor(theme.good if shown.done else theme.amber if lit else theme.secondary), 1.8))
        p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        p.drawEllipse(centre, r, r)
        if shown.done and not shown.busy:
            p.drawPolyline([centre + QtCore.QPointF(x * r, y * r) for x, y in ((-0.45, 0.0), (-0.1, 0.4), (0.5, -0.4))])
        else:
            p.setPen(QtGui.QColor(theme.text if lit else theme.secondary))
            box = QtCore.QRectF(centre.x() - r, centre.y() - r, 2 * r, 2 * r)
            p.drawText(box, QtCore.Qt.AlignmentFlag.AlignCenter, str(self._number))
        self._write(p, _PAD + 2 * r + 8, lit)
        if shown.meant:
            self._arrow(p)
        if shown.busy:
            width = frame.width() - 2 * _PAD
            track = QtCore.QRectF(frame.left() + _PAD, frame.bottom() - 5, width, 3)
            p.fillRect(track, QtGui.QColor(theme.line))
            track.setWidth(width * min(max(shown.share, 0.02), 1.0))
            p.fillRect(track, QtGui.QColor(theme.amber))
        p.end()

    def _arrow(self, p: QtGui.QPainter) -> None:
        """From above, as on the bench, for what a lesson means."""
        x, half = self.width() - 16.0, 9.0
        p.setPen(QtGui.QPen(QtGui.QColor(self._look.theme.ground), 1.5))
        p.setBrush(QtGui.QColor(self._look.theme.amber))
        p.drawPolygon([QtCore.QPointF(x - half, 2), QtCore.QPointF(x + half, 2), QtCore.QPointF(x, 2 + 1.6 * half)])

    def _write(self, p: QtGui.QPainter, left: float, lit: bool) -> None:
        theme, shown = self._look.theme, self.shown
        room = int(self.width() - left - 6)
        font, small = QtGui.QFont(self.font()), QtGui.QFont(self.font())
        font.setWeight(QtGui.QFont.Weight.DemiBold)
        px = self.fontInfo().pixelSize()
        while px > _SMALLEST * self.fontInfo().pixelSize() and _wide(font, shown.title) > room:
            px -= 1
            font.setPixelSize(px)
        small.setPixelSize(max(10, round(0.85 * self.fontInfo().pixelSize())))
        elide = QtCore.Qt.TextElideMode.ElideRight
        upper, lower = QtGui.QFontMetrics(font), QtGui.QFontMetrics(small)
        top = (self.height() - (upper.height() + (lower.height() if shown.line else 0))) / 2
        p.setFont(font)
        p.setPen(QtGui.QColor(theme.text if lit or shown.done else theme.secondary))
        p.drawText(QtCore.QPointF(left, top + upper.ascent()), upper.elidedText(shown.title, elide, room))
        if shown.line:
            p.setFont(small)
            p.setPen(QtGui.QColor(theme.secondary))
            at = QtCore.QPointF(left, top + upper.height() + lower.ascent())
            p.drawText(at, lower.elidedText(shown.line, elide, room))


class Stations(QtWidgets.QWidget):
    """All five, with arrows between them."""

    chosen = QtCore.Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._snapshot: Snapshot | None = None
        self._meant = ""  # the station that a lesson is about
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        self.boxes = {name: Station(look, k + 1) for k, name in enumerate(STATIONS)}
        for name, box in self.boxes.items():
            box.clicked.connect(lambda _c=False, name=name: self.chosen.emit(name))
            row.addWidget(box)

    def lead_to(self, station: str) -> None:
        """Show the way to a station, as far as it isn't done; "" for none."""
        self._meant = station
        if self._snapshot is not None:
            self.show_state(self._snapshot)

    def show_state(self, snapshot: Snapshot) -> None:
        """Where the network stands on its way."""
        self._snapshot = snapshot
        done = snapshot.found.done
        present, meant = snapshot.busy or upcoming(done), "" if snapshot.busy else leading(self._meant, done)
        for name, box in self.boxes.items():
            busy = snapshot.busy == name
            line = doing(snapshot) if busy and snapshot.step else told(name, snapshot.found)
            shown = _Shown(tr(TITLES[name]), line, name in done, name == present, name == meant, busy, snapshot.share)
            box.show_station(shown)
            box.setEnabled(possible(name, done) and not snapshot.busy)
            box.setToolTip(tr(HELP[name]) + (f"\n{line}" if line else ""))
        self.update()

    def retranslate(self) -> None:
        if self._snapshot is not None:
            self.show_state(self._snapshot)

    def restyle(self) -> None:
        for box in self.boxes.values():
            box.updateGeometry()
            box.update()
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        p = QtGui.QPainter(self)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        p.setPen(QtGui.QPen(QtGui.QColor(self._look.theme.secondary), 1.6))
        for name in STATIONS[:-1]:
            box = self.boxes[name]
            x, y = box.geometry().right() + 6.0, box.geometry().center().y() + 0.5
            end = x + _GAP - 11
            p.drawLine(QtCore.QPointF(x, y), QtCore.QPointF(end, y))
            p.drawPolyline([QtCore.QPointF(end - 5, y - 4), QtCore.QPointF(end, y), QtCore.QPointF(end - 5, y + 4)])
        p.end()
