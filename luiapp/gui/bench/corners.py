"""The controls in the corners of the bench: what is put on it, and how large it is seen."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.theme import Look


class ZoomBar(QtWidgets.QWidget):
    """Zoom out, fit, zoom in."""

    def __init__(self, actions: list[QtGui.QAction], look: Look, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._look = look
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(3, 3, 3, 3)
        layout.setSpacing(0)
        self._buttons: list[tuple[QtWidgets.QToolButton, QtGui.QAction]] = []
        for action in actions:
            button = QtWidgets.QToolButton(self)
            button.setAutoRaise(True)
            button.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
            button.clicked.connect(action.trigger)
            layout.addWidget(button)
            self._buttons.append((button, action))

    def retranslate(self) -> None:
        for button, action in self._buttons:
            button.setAccessibleName(action.text())
            button.setToolTip(action.toolTip())

    def restyle(self) -> None:
        theme = self._look.theme
        side = theme.touch - 4
        self.setStyleSheet(
            f"QToolButton {{ background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.line};"
            f" min-width: {side}px; min-height: {side}px; font-size: {round(theme.font_px * 1.15)}px; }}"
            f"QToolButton:hover {{ background: {theme.raised}; }}"
            f"QToolButton:focus {{ border: 2px solid {theme.focus}; }}"
        )
        size = QtCore.QSize(side // 2, side // 2)
        for (button, _), kind in zip(self._buttons, ("out", "fit", "in"), strict=True):
            button.setIconSize(size)
            button.setIcon(_icon(kind, size, theme.text, self.devicePixelRatioF()))
        self.adjustSize()


def _icon(kind: str, size: QtCore.QSize, colour: str, ratio: float) -> QtGui.QIcon:
    """Minus, plus, or the four corners of a frame."""
    pixmap = QtGui.QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QtCore.Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(pixmap)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setPen(QtGui.QPen(QtGui.QColor(colour), 1.8, c=QtCore.Qt.PenCapStyle.RoundCap))
    painter.translate(size.width() / 2, size.height() / 2)
    a = size.width() / 2 - 2
    for quarter in range(4):
        painter.rotate(90)
        if kind == "fit":
            painter.drawPolyline([QtCore.QPointF(0.35 * a, -a), QtCore.QPointF(a, -a), QtCore.QPointF(a, -0.35 * a)])
        elif kind == "in" or quarter % 2 == 0:
            painter.drawLine(QtCore.QPointF(0, 0), QtCore.QPointF(0, -a))
    painter.end()
    return QtGui.QIcon(pixmap)


class AddBar(QtWidgets.QWidget):
    """A board, or a sensor or display, for those who use no keys."""

    def __init__(self, actions: list[QtGui.QAction], look: Look, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._look = look
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(3, 3, 3, 3)
        layout.setSpacing(6)
        self.buttons: list[QtWidgets.QToolButton] = []
        self._actions = actions
        for action in actions:
            button = QtWidgets.QToolButton(self)
            button.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
            button.clicked.connect(action.trigger)
            layout.addWidget(button)
            self.buttons.append(button)

    def retranslate(self, texts: list[str]) -> None:
        """Short `texts` on the buttons; the long ones are told."""
        for button, action, text in zip(self.buttons, self._actions, texts, strict=True):
            button.setText("+ " + text)
            button.setAccessibleName(action.text())
            button.setToolTip(action.toolTip())

    def restyle(self) -> None:
        theme = self._look.theme
        self.setStyleSheet(
            f"QToolButton {{ background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.line};"
            f" border-radius: 6px; padding: 0 10px; min-height: {theme.touch - 4}px; font-size: {theme.font_px}px; }}"
            f"QToolButton:hover {{ background: {theme.raised}; }}"
            f"QToolButton:focus {{ border: 2px solid {theme.focus}; }}"
        )
        self.adjustSize()
