"""The rail at the left: where am I. One button for each place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.icons import icon, picture
from luiapp.gui.theme import Look
from luiapp.texts import mark, tr

if TYPE_CHECKING:
    from luiapp.gui.lock import Lock


@dataclass(frozen=True)
class Place:
    """A place of the window.

    Attributes
    ----------
    side : str
        Import path of what stands in the right column, ``module:class``.
    by_desk : bool
        It is made from the window's `Desk`; otherwise from (live, look).
    page : str
        Import path of what takes the place of bench, scope and right column, made from the `Desk`; then `side` is "".
    """

    name: str
    text: str
    icon: str
    side: str
    by_desk: bool = False
    page: str = ""


PLACES = (
    Place("bench", mark("Bench"), "bench", "luiapp.gui.bench.side:BenchSide"),
    Place("course", mark("Course"), "course", "luiapp.gui.course.panel:CoursePanel", True),
    Place("boards", mark("Boards"), "boards", "luiapp.gui.boards.panel:BoardsPanel", True),
    Place("measure", mark("Measure"), "measure", "luiapp.gui.measure.panel:MeasurePanel", True),
    Place("recordings", mark("Recordings"), "recordings", "luiapp.gui.recordings.panel:RecordingsPanel", True),
    Place("learn", mark("Learn"), "learn", "", page="luiapp.gui.training.panel:LearnPage"),
    Place("chip", mark("Chip"), "chip", "", page="luiapp.gui.chip.panel:ChipPage"),
)


class Rail(QtWidgets.QWidget):
    """Buttons of the places; the present one has an amber edge. Pressing it once more folds the right column."""

    chosen = QtCore.Signal(str)

    def __init__(self, look: Look, places: tuple[Place, ...] = PLACES) -> None:
        super().__init__()
        self.setProperty("role", "rail")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self._look, self._places = look, places
        self.buttons: dict[str, QtWidgets.QToolButton] = {}
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(2, 52, 2, 8)
        column.setSpacing(12)
        for place in places:
            one = QtWidgets.QToolButton()
            one.setCheckable(True)
            one.setProperty("role", "rail")
            one.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            one.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
            one.clicked.connect(lambda _c=False, name=place.name: self.chosen.emit(name))
            self.buttons[place.name] = one
            column.addWidget(one)
        column.addStretch(1)

    def follow(self, lock: Lock) -> None:
        """Places that are locked can't be chosen."""
        lock.changed.connect(lambda: self._show_lock(lock))
        self._show_lock(lock)

    def _show_lock(self, lock: Lock) -> None:
        self.update()
        for name, one in self.buttons.items():
            free = lock.may_go(name)
            one.setEnabled(free)
            one.setToolTip("" if free else tr("locked by the teacher: this lesson doesn't need it"))

    def show_place(self, name: str, open_: bool) -> None:
        """`name` stands in the right column, or nothing if not `open_`."""
        for key, one in self.buttons.items():
            one.setChecked(key == name and open_)
        self.update()

    def retranslate(self) -> None:
        """Texts in the language in use."""
        for place in self._places:
            one = self.buttons[place.name]
            one.setText(tr(place.text))
            one.setAccessibleName(tr(place.text))

    def restyle(self) -> None:
        """Icons and width of the theme in use."""
        theme = self._look.theme
        side = round(30 * min(theme.scale, 1.3))
        for place in self._places:
            one = self.buttons[place.name]
            one.setIcon(icon(place.icon, theme.secondary, side, active=theme.text))
            one.setIconSize(QtCore.QSize(side, side))
        self.setFixedWidth(76 if theme.scale < 1.2 else 104)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        for one in self.buttons.values():
            if one.isChecked():
                painter.fillRect(0, one.y(), 4, one.height(), QtGui.QColor(self._look.theme.amber))
            if not one.isEnabled():
                painter.drawPixmap(
                    one.geometry().right() - 18, one.y() + 4, picture("lock", self._look.theme.secondary, 16)
                )
        painter.end()
