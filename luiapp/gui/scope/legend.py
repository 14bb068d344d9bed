"""The legend: one small button per trace with its name and line; click or press space to hide and show."""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.data.chunk import Layout
from luiapp.gui.scope.scene import DASHES, style_of, visible
from luiapp.gui.scope.state import ScopeState
from luiapp.gui.theme import Theme
from luiapp.texts import mark, tr

_STYLE_NAMES = {
    "solid": mark("solid line"),
    "dashed": mark("dashed line"),
    "dotted": mark("dotted line"),
    "dash-dotted": mark("dash-dotted line"),
}


class Legend(QtWidgets.QScrollArea):
    """Buttons in a row, as many as there are traces, none narrower than its name; keys and the wheel reach the rest."""

    toggled = QtCore.Signal(int, bool)  # trace, shown

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        off = QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(off)
        self.setVerticalScrollBarPolicy(off)
        self.setMinimumWidth(0)
        self._row = QtWidgets.QWidget()
        self._line = QtWidgets.QHBoxLayout(self._row)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(2)
        self._line.addStretch(1)
        self.setWidget(self._row)
        self.setObjectName("legend")
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.buttons: list[_Chip] = []

    def show_traces(self, layout: Layout | None, state: ScopeState, theme: Theme) -> None:
        """One button per trace of `layout`."""
        traces = layout.traces if layout is not None else ()
        while len(self.buttons) > len(traces):
            self.buttons.pop().deleteLater()
        while len(self.buttons) < len(traces):
            button = _Chip(self._told(len(self.buttons)))
            self._line.insertWidget(len(self.buttons), button)
            self.buttons.append(button)
        height = max(26, round(theme.touch * 0.85))
        self.setFixedHeight(height)
        shown = set(visible(layout, state)) if layout is not None else set()
        for i, trace in enumerate(traces):
            assert layout is not None
            colour, style = style_of(layout, i, theme)
            button = self.buttons[i]
            button.blockSignals(True)
            button.setChecked(i in shown)
            button.blockSignals(False)
            button.setText(trace.name)
            font = button.font()
            font.setStrikeOut(i not in shown)
            button.setFont(font)
            button.setIcon(sample(colour, style, theme, faint=i not in shown))
            button.setIconSize(QtCore.QSize(round(22 * theme.scale), round(12 * theme.scale)))
            button.setFixedHeight(height)
            button.setMinimumWidth(button.sizeHint().width())
            words = tr(_STYLE_NAMES[style])
            button.setAccessibleName(tr("show trace {name}, {style}", name=trace.name, style=words))
            button.setToolTip(tr("Show or hide {name} ({style})", name=trace.name, style=words))

    def _told(self, i: int) -> Callable[[bool], None]:
        def tell(on: bool) -> None:
            self.toggled.emit(i, on)

        return tell

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (event.angleDelta().y() or event.angleDelta().x()) // 2)
        event.accept()

    def focus_moved(self, widget: QtWidgets.QWidget) -> None:
        """Bring a button that took the keyboard's focus into sight."""
        self.ensureWidgetVisible(widget, 20, 0)


class _Chip(QtWidgets.QToolButton):
    def __init__(self, told: Callable[[bool], None]) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setAutoRaise(True)
        self.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.toggled.connect(told)

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        super().focusInEvent(event)
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, Legend):
            parent = parent.parentWidget()
        if parent is not None:
            parent.focus_moved(self)


def sample(colour: str, style: str, theme: Theme, *, faint: bool) -> QtGui.QIcon:
    """A short piece of the line, as on the screen."""
    width, height = round(22 * theme.scale), round(12 * theme.scale)
    pixmap = QtGui.QPixmap(width * 2, height * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(QtCore.Qt.GlobalColor.transparent)
    p = QtGui.QPainter(pixmap)
    p.setOpacity(0.35 if faint else 1.0)
    pen = QtGui.QPen(QtGui.QColor(colour), max(2.0, theme.trace_width))
    pen.setCapStyle(QtCore.Qt.PenCapStyle.FlatCap)
    lengths = [d * theme.scale for d in DASHES[style] if d]
    if lengths:
        pen.setDashPattern([d / pen.widthF() for d in lengths])
    p.setPen(pen)
    p.drawLine(QtCore.QPointF(0, height / 2), QtCore.QPointF(width, height / 2))
    p.end()
    return QtGui.QIcon(pixmap)
