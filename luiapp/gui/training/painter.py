"""Brushes below the map: a click or a key paints points, and the network learns them instead of Yin-Yang."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.icons import icon
from luiapp.gui.theme import Look
from luiapp.gui.training.colours import class_colour, sign_path
from luiapp.gui.training.data_state import MOST_CLASSES
from luiapp.gui.training.paint_state import ERASER, Painting
from luiapp.texts import mark, tr

if TYPE_CHECKING:
    from luiapp.gui.training.panel import LearnPage
    from luiapp.gui.training.setup_state import Setup

TOOLS: dict[int | None, tuple[str, str]] = {  # brush: text, help
    None: (mark("Look"), mark("A click chooses a sample")),
    **{k: ("", mark("Paint points of class {name}; on the map: key {key}")) for k in range(MOST_CLASSES)},
    ERASER: (mark("Erase"), mark("Take points away; on the map: key Delete")),
}


class Brushes(QtWidgets.QWidget):
    """A row of tools, of which one is taken up; `undo` and `back` are there once something is painted."""

    chosen = QtCore.Signal(object)  # a class, `ERASER`, or None

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.tools: dict[int | None, QtWidgets.QToolButton] = {}
        self.undo, self.back = QtWidgets.QToolButton(), QtWidgets.QToolButton()
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        group = QtWidgets.QButtonGroup(self)
        for brush in TOOLS:
            one = QtWidgets.QToolButton()
            one.setCheckable(True)
            one.setChecked(brush is None)
            one.clicked.connect(_sender(self.chosen.emit, brush))
            group.addButton(one)
            row.addWidget(one)
            self.tools[brush] = one
        row.addStretch(1)
        row.addWidget(self.undo)
        row.addWidget(self.back)
        self.show_painting(Painting())

    def show_painting(self, painting: Painting) -> None:
        """What can be taken back, and with which classes it can go on."""
        for k in range(MOST_CLASSES):
            self.tools[k].setVisible(k < painting.n_brushes)
        self.undo.setEnabled(painting.can_undo)
        self.undo.setVisible(painting.can_undo)
        self.back.setVisible(painting.can_undo or bool(len(painting.labels)))
        self.back.setEnabled(bool(len(painting.labels)))

    def retranslate(self) -> None:
        for brush, (text, about) in TOOLS.items():
            one = self.tools[brush]
            if brush is None or brush == ERASER:
                one.setAccessibleName(tr(text))
                one.setToolTip(tr(about))
            else:
                name = "ABCDEF"[brush]
                one.setAccessibleName(name)
                one.setToolTip(tr(about, name=name, key=brush + 1))
        self.undo.setAccessibleName(tr("Take the last stroke back"))
        self.undo.setToolTip(tr("Take the last stroke back"))
        self.back.setAccessibleName(tr("Learn Yin-Yang again, and take all points away"))
        self.back.setToolTip(tr("Learn Yin-Yang again, and take all points away"))

    def restyle(self) -> None:
        self.undo.setIcon(icon("undo", self._look.theme.text))
        self.back.setIcon(icon("trash", self._look.theme.text))
        side = round(0.9 * self.fontMetrics().height())
        for brush, one in self.tools.items():
            one.setIcon(QtGui.QIcon(_sign(self._look, brush, side)))
            one.setIconSize(QtCore.QSize(side, side))


class Painter(QtCore.QObject):
    """Between the map, its brushes, and what learns."""

    def __init__(self, page: LearnPage) -> None:
        super().__init__(page)
        self._page, self.painting = page, Painting()
        card = page.data
        card.brushes.chosen.connect(card.map.take_brush)
        card.brushes.undo.clicked.connect(lambda _c=False: self.undo())
        card.brushes.back.clicked.connect(lambda _c=False: self.clear())
        card.map.stroked.connect(self.stroke)
        card.map.stroke_ended.connect(self.follow)

    def stroke(self, x: float, y: float, brush: int, begins: bool) -> None:
        """A dab of the brush."""
        if begins:
            self.painting.begin()
        self.painting.dab(x, y, brush)
        self.show_points()

    def undo(self) -> None:
        """Take the last stroke back."""
        if self.painting.undo():
            self.follow()

    def clear(self) -> None:
        """Back to Yin-Yang."""
        self.painting.clear()
        self.follow()

    def follow(self) -> None:
        """Learn what is painted, from the beginning; as long as that is less than two classes, Yin-Yang."""
        self._page.paint(self.painting.text)
        self.show_points()

    def take(self, setup: Setup) -> None:
        """Show the points of a set-up."""
        self.painting.take(setup.points if setup.data == "painted" else "")
        self.show_points()

    def show_points(self) -> None:
        """The points as they are now; without any, what is learned instead."""
        if len(self.painting.labels):
            self._page.map.set_samples(self.painting.points, self.painting.labels)
        else:
            self._page.data.view.show_samples()
        self._page.data.show_painting(self.painting)


def _sign(look: Look, brush: int | None, side: int) -> QtGui.QPixmap:
    """The sign of a class; a ring, as the chosen sample has; or a cross, which erases."""
    made = QtGui.QPixmap(2 * side, 2 * side)
    made.setDevicePixelRatio(2.0)
    made.fill(QtCore.Qt.GlobalColor.transparent)
    p = QtGui.QPainter(made)
    p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    middle, r = QtCore.QPointF(side / 2, side / 2), 0.38 * side
    if brush is None or brush == ERASER:
        p.setPen(QtGui.QPen(QtGui.QColor(look.theme.text), 0.12 * side))
        if brush is None:
            p.drawEllipse(middle, r, r)
        else:
            for way in (1, -1):
                p.drawLine(middle - QtCore.QPointF(r, way * r), middle + QtCore.QPointF(r, way * r))
    else:
        p.setPen(QtCore.Qt.PenStyle.NoPen)
        p.setBrush(QtGui.QColor(class_colour(look.theme, brush)))
        p.drawPath(sign_path(brush, middle, r))
    p.end()
    return made


def _sender(call: Callable[[Any], object], value: int | None) -> Callable[[bool], None]:
    def run(_checked: bool = False) -> None:
        call(value)

    return run
