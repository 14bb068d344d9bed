"""A slider for a trimmer: fills up to its handle, ticks at the quarters, fine with Shift."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.theme import DARK, Theme

STEPS = 1000  # of the whole way: 0.1 % each


class Turner(QtWidgets.QSlider):
    """0…100 % in tenths. `turned` is emitted for turns by a person only."""

    turned = QtCore.Signal(float)  # percent

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(QtCore.Qt.Orientation.Horizontal, parent)
        self._theme = DARK
        self._fill = DARK.text
        self.setRange(0, STEPS)
        self.setSingleStep(10)
        self.setPageStep(100)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(lambda value: self.turned.emit(value / 10))

    @property
    def percent(self) -> float:
        return self.value() / 10

    def show_percent(self, percent: float) -> None:
        """Stand at `percent` without telling anybody."""
        with QtCore.QSignalBlocker(self):
            self.setValue(round(percent * 10))
        self.update()

    def restyle(self, theme: Theme, fill: str) -> None:
        self._theme, self._fill = theme, fill
        height = max(22, theme.touch - 8)
        self.setStyleSheet(f"min-height: {height}px; max-height: {height}px;")  # also where the window styles sliders
        self.setFixedHeight(height)
        self.update()

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(120, max(22, self._theme.touch - 8))

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        keys = QtCore.Qt.Key
        steps = {keys.Key_Left: -1, keys.Key_Down: -1, keys.Key_Right: 1, keys.Key_Up: 1}
        if event.modifiers() & QtCore.Qt.KeyboardModifier.ShiftModifier and event.key() in steps:
            self.setValue(self.value() + steps[QtCore.Qt.Key(event.key())])
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        if not self.hasFocus():  # a page that is scrolled mustn't turn trimmers on its way
            event.ignore()
            return
        fine = event.modifiers() & QtCore.Qt.KeyboardModifier.ShiftModifier
        delta = event.angleDelta().y() or event.angleDelta().x()
        self.setValue(self.value() + round(delta / 120 * (1 if fine else 10)))
        event.accept()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.button() == QtCore.Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._go(event.position().x())

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if self.isSliderDown():
            self._go(event.position().x())

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        self.setSliderDown(False)
        self.update()

    def _go(self, x: float) -> None:
        left, right = self._ends()
        self.setValue(round((x - left) / max(right - left, 1.0) * STEPS))

    def _ends(self) -> tuple[float, float]:
        r = self.height() * 0.32 + 2
        return r, self.width() - r

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        theme = self._theme
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        left, right = self._ends()
        y, thick = self.height() / 2, max(4.0, self.height() * 0.17)
        x = left + (right - left) * self.value() / STEPS
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(theme.line))
        painter.drawRoundedRect(QtCore.QRectF(left, y - thick / 2, right - left, thick), thick / 2, thick / 2)
        painter.setBrush(QtGui.QColor(self._fill if self.isEnabled() else theme.secondary))
        painter.drawRoundedRect(QtCore.QRectF(left, y - thick / 2, x - left, thick), thick / 2, thick / 2)
        r = self.height() * 0.32 * (1.0 if self.isEnabled() else 0.6)
        if self.hasFocus():
            painter.setPen(QtGui.QPen(QtGui.QColor(theme.focus), 2))
            painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QtCore.QPointF(x, y), r + 1.2, r + 1.2)
            r -= 1.6
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
        knob = QtGui.QColor("#ffffff" if theme.dark else theme.accent)
        painter.setBrush(knob if self.isEnabled() else QtGui.QColor(theme.secondary))
        painter.drawEllipse(QtCore.QPointF(x, y), r, r)
        painter.end()
