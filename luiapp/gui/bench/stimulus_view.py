"""The picture of a stimulus, in which pulses are set and curves are drawn, by the pointer or by keys."""

from __future__ import annotations

import numpy as np
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.bench.state import quantity
from luiapp.gui.bench.stimulus_state import STRONGEST, curve, drawn, pulses, span, toggled
from luiapp.gui.theme import Look
from luiapp.model.stimulus import HandDrawn, SpikeTrain, Stimulus, Train
from luiapp.texts import tr

_LEFT, _RIGHT, _TOP, _BOTTOM = 10, 10, 22, 20
_KEY = QtCore.Qt.Key
_STEPS = 100  # of the cursor across the picture


class StimulusView(QtWidgets.QWidget):
    """A click sets a pulse or takes it away; a stroke draws a curve. By keys: arrows move a cursor, Enter sets a pulse,
    up and down bend a curve.
    """

    changed = QtCore.Signal(object)  # the Stimulus that a hand made

    def __init__(self, look: Look, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._stimulus: Stimulus | None = None
        self._draft: HandDrawn | None = None
        self._last = (0.0, 0.0)
        self.cursor_step = 0
        self.setMinimumHeight(130)
        self.setMouseTracking(True)

    @property
    def editable(self) -> bool:
        """Whether there is something to set or to draw in it."""
        return isinstance(self._stimulus, SpikeTrain | Train | HandDrawn)

    @property
    def duration(self) -> float:
        """Seconds from the left to the right edge."""
        if isinstance(self._stimulus, Train):
            return self._stimulus.interval  # one repetition, in which pulses are set
        return span(self._stimulus)

    @property
    def tallest(self) -> float:
        """The current at the upper edge of a drawn curve [A]."""
        values = self._draft.values if self._draft is not None else getattr(self._stimulus, "values", (0.0,))
        return min(max(1e-4, *(1.25 * abs(v) for v in values)), STRONGEST)

    def show_stimulus(self, stimulus: Stimulus | None) -> None:
        """The stimulus to be seen."""
        self._stimulus, self._draft = stimulus, None
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus if self.editable else QtCore.Qt.FocusPolicy.NoFocus)
        self.setCursor(QtCore.Qt.CursorShape.CrossCursor if self.editable else QtCore.Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(tr("Picture of the stimulus"))
        self.setAccessibleDescription(self.hint())
        self.setToolTip(self.hint())
        self.update()

    def hint(self) -> str:
        """What a hand can do here; empty where it can't do anything."""
        if isinstance(self._stimulus, HandDrawn):
            return tr("Draw with the pointer, or with arrow keys.")
        if self.editable:
            return tr("Click to set a pulse or to take it away; arrow keys and Enter do the same.")
        return ""

    # -- painting ------------------------------------------------------------------------------------------------

    def _area(self) -> QtCore.QRectF:
        return QtCore.QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        theme, area = self._look.theme, self._area()
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtGui.QPen(QtGui.QColor(theme.focus if self.hasFocus() else theme.line), 1.4))
        painter.setBrush(QtGui.QColor(theme.ground))
        painter.drawRoundedRect(area.adjusted(-5, -5, 5, 5), 6, 6)
        stimulus = self._draft or self._stimulus
        if stimulus is not None:
            painter.setPen(QtGui.QPen(QtGui.QColor(theme.text), 2.0))
            if stimulus.is_event:
                self._paint_pulses(painter, area, stimulus)
            else:
                self._paint_curve(painter, area, stimulus)
        self._paint_scale(painter, area)
        if self.hasFocus():
            x = area.left() + area.width() * self.cursor_step / _STEPS
            painter.setPen(QtGui.QPen(QtGui.QColor(theme.focus), 1.4, QtCore.Qt.PenStyle.DashLine))
            painter.drawLine(QtCore.QPointF(x, area.top()), QtCore.QPointF(x, area.bottom()))
        painter.end()

    def _paint_pulses(self, painter: QtGui.QPainter, area: QtCore.QRectF, stimulus: Stimulus) -> None:
        times = np.array(stimulus.times) if isinstance(stimulus, Train) else pulses(stimulus, self.duration)
        width = float(getattr(stimulus, "width", 0.0))
        base = area.bottom() - 2
        painter.drawLine(QtCore.QPointF(area.left(), base), QtCore.QPointF(area.right(), base))
        painter.setBrush(painter.pen().color())
        for t in times[:2000]:
            x = area.left() + area.width() * float(t) / self.duration
            w = max(2.0, area.width() * width / self.duration)
            painter.fillRect(QtCore.QRectF(x, area.top() + 6, min(w, area.right() - x), base - area.top() - 6),
                             painter.brush())  # fmt: skip

    def _paint_curve(self, painter: QtGui.QPainter, area: QtCore.QRectF, stimulus: Stimulus) -> None:
        t, y = curve(stimulus, max(60, round(area.width())))
        top = self.tallest if isinstance(stimulus, HandDrawn) else max(1e-9, 1.1 * float(np.abs(y).max()))
        middle = area.center().y()
        line = QtGui.QPolygonF([QtCore.QPointF(area.left() + a * area.width(), middle - b / top * area.height() / 2)
                                for a, b in zip(t.tolist(), y.tolist(), strict=True)])  # fmt: skip
        faint = QtGui.QPen(QtGui.QColor(self._look.theme.line), 1.0)
        pen = painter.pen()
        painter.setPen(faint)
        painter.drawLine(QtCore.QPointF(area.left(), middle), QtCore.QPointF(area.right(), middle))
        painter.setPen(pen)
        painter.drawPolyline(line)
        painter.setPen(QtGui.QColor(self._look.theme.secondary))
        painter.drawText(QtCore.QPointF(area.left(), area.top() - 9), "±" + quantity(top, "A", 2))

    def _paint_scale(self, painter: QtGui.QPainter, area: QtCore.QRectF) -> None:
        painter.setPen(QtGui.QColor(self._look.theme.secondary))
        flags = QtCore.Qt.AlignmentFlag
        row = QtCore.QRectF(area.left(), area.bottom() + 5, area.width(), _BOTTOM - 4)
        painter.drawText(row, flags.AlignLeft, "0 s")
        painter.drawText(row, flags.AlignRight, quantity(self.duration, "s"))
        if self.hasFocus() and self.editable:
            painter.drawText(row, flags.AlignHCenter, quantity(self._cursor_time(), "s"))

    # -- hands ---------------------------------------------------------------------------------------------------

    def place(self, point: QtCore.QPointF) -> tuple[float, float]:
        """Where a pixel is: 0 to 1 from left to right, and −1 to 1 from bottom to top."""
        area = self._area()
        x = (point.x() - area.left()) / max(area.width(), 1)
        return min(max(x, 0.0), 1.0), min(max(2 * (area.center().y() - point.y()) / max(area.height(), 1), -1.0), 1.0)

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        x, y = self.place(event.position())
        self.cursor_step = round(x * _STEPS)
        if isinstance(self._stimulus, HandDrawn):
            self._scale = self.tallest
            self._last = (x, y * self._scale)
            self._draft = drawn(self._stimulus, self._last, self._last)
        elif isinstance(self._stimulus, SpikeTrain | Train):
            step = self.duration / _STEPS
            self.changed.emit(toggled(self._stimulus, round(x * _STEPS) * step, 0.75 * step))
        self.update()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._draft is not None and event.buttons() & QtCore.Qt.MouseButton.LeftButton:
            x, y = self.place(event.position())
            here = (x, y * self._scale)
            self._draft, self._last = drawn(self._draft, self._last, here), here
            self.update()

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        draft, self._draft = self._draft, None
        if draft is not None:
            self.changed.emit(draft)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        code = event.key()
        far = 10 if event.modifiers() & QtCore.Qt.KeyboardModifier.ShiftModifier else 1
        ways = {_KEY.Key_Left: -far, _KEY.Key_Right: far, _KEY.Key_Home: -_STEPS, _KEY.Key_End: _STEPS}
        stimulus = self._stimulus
        if code in ways:
            self.cursor_step = min(max(self.cursor_step + ways[QtCore.Qt.Key(code)], 0), _STEPS)
        elif code in (_KEY.Key_Return, _KEY.Key_Enter) and isinstance(stimulus, SpikeTrain | Train):
            self.changed.emit(toggled(stimulus, self._cursor_time(), 0.25 * self.duration / _STEPS))
        elif code in (_KEY.Key_Up, _KEY.Key_Down) and isinstance(stimulus, HandDrawn):
            x, n = self.cursor_step / _STEPS, len(stimulus.values)
            value = stimulus.values[min(int(x * n), n - 1)]
            value += far * 0.05 * self.tallest * (1 if code == _KEY.Key_Up else -1)
            self.changed.emit(drawn(stimulus, (x, value), (x, value)))
        else:
            super().keyPressEvent(event)
            return
        self.update()

    def _cursor_time(self) -> float:
        return self.cursor_step * self.duration / _STEPS

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QtGui.QFocusEvent) -> None:
        self.update()
