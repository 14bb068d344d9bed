"""All keys on one card, over the window and not in its way: nothing stops while it is read."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets
from shiboken6 import isValid

from luiapp.gui.actions import COMMANDS, GROUPS, VIEW, Actions
from luiapp.gui.controls import label
from luiapp.gui.icons import icon
from luiapp.gui.theme import Look
from luiapp.texts import mark, tr

PANEL_TITLES = {"bench": mark("Bench"), "scope": mark("Scope"), "inspector": mark("Inspector"),
                "learn": mark("Learn")}  # fmt: skip
Line = tuple[str, str]
N_COLUMNS = 3


class HelpCard(QtWidgets.QFrame):
    """An overlay with every command and its keys, those of the panels too."""

    def __init__(self, parent: QtWidgets.QWidget, actions: Actions, look: Look) -> None:
        super().__init__(parent)
        self._over = parent
        self.setProperty("role", "overlay")
        self._actions, self._look = actions, look
        self._panels: Callable[[], dict[str, list[QtGui.QAction]]] = dict
        self._meanings: Callable[[], dict[str, str] | None] = lambda: None
        self.title = label("title")
        self.note = label("secondary", wrap=True)
        self.close_button = QtWidgets.QToolButton()
        self.close_button.clicked.connect(lambda _c=False: self.hide())
        self._body = QtWidgets.QWidget()
        self._scroll = QtWidgets.QScrollArea(widgetResizable=True)
        self._scroll.setWidget(self._body)
        self._before: QtWidgets.QWidget | None = None
        head = QtWidgets.QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(24, 16, 16, 16)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._scroll, 1)
        column.addWidget(self.note)
        shadow = QtWidgets.QGraphicsDropShadowEffect(self, blurRadius=32, offset=QtCore.QPointF(0, 6))
        self.setGraphicsEffect(shadow)
        parent.installEventFilter(self)
        self.hide()

    def set_panels(
        self, panels: Callable[[], dict[str, list[QtGui.QAction]]], meanings: Callable[[], dict[str, str] | None]
    ) -> None:
        """Where the actions of the panels come from, and what the window's keys mean on a page."""
        self._panels, self._meanings = panels, meanings

    def toggle(self) -> None:
        """Show or hide it."""
        if self.isVisible():
            self.hide()
            return
        self.retranslate()
        self._place()
        self._before = QtWidgets.QApplication.focusWidget()
        self.show()
        self.raise_()
        self._scroll.setFocus()  # so that the arrow keys scroll it

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        super().hideEvent(event)
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus()

    def sections(self) -> list[tuple[str, list[Line]]]:
        """What is on it: (title, [(keys, text), …])."""
        found: list[tuple[str, list[Line]]] = []
        *first, last = GROUPS
        own = self._meanings()
        for group in first:
            lines = [_line(self._actions[c.name], c.text) for c in COMMANDS if c.group == group and c.keys]
            if own is not None and group != VIEW:  # a page has meanings of its own, or none
                lines = [_line(self._actions[c.name], own[c.name]) for c in COMMANDS
                         if c.group == group and c.name in own]  # fmt: skip
            elif group == GROUPS[1]:
                lines.append(("0 … 9", tr("Set a marker")))
            if lines:
                found.append((tr(group), lines))
        for name, actions in self._panels().items():
            lines = [_line(action) for action in actions if action.text() and not action.shortcut().isEmpty()]
            if lines:
                found.append((tr(PANEL_TITLES.get(name, name)), lines))
        found.append((tr(last), [_line(self._actions[c.name], c.text) for c in COMMANDS if c.group == last and c.keys]))
        found.append((tr("Everywhere"), [("Tab", tr("Next control")), ("Enter", tr("Press the focused button")),
                                         ("Esc", tr("Put away this card or a message"))]))  # fmt: skip
        return found

    def retranslate(self) -> None:
        """Fill it anew in the language in use."""
        self.title.setText(tr("Keys"))
        self._scroll.setAccessibleName(tr("Keys"))
        self.note.setText(
            tr("Everything also works by mouse. The space bar always belongs to the neuron.")
            if self._meanings() is None else tr("Everything also works by mouse.")
        )  # fmt: skip
        self.close_button.setToolTip(tr("Close (Esc)"))
        self.close_button.setAccessibleName(tr("Close (Esc)"))
        self.close_button.setIcon(icon("close", self._look.theme.text))
        fresh = QtWidgets.QWidget()
        columns = QtWidgets.QHBoxLayout(fresh)
        columns.setContentsMargins(0, 0, 12, 0)
        columns.setSpacing(32)
        sections = self.sections()
        ends = _even([len(lines) + 2 for _, lines in sections], N_COLUMNS)
        column = self._column(columns)
        for i, (title, lines) in enumerate(sections):
            if i in ends:
                column.addStretch(1)
                column = self._column(columns)
            self._add_section(column, title, lines)
        column.addStretch(1)
        old = self._scroll.takeWidget()
        self._scroll.setWidget(fresh)
        if old is not None:
            old.deleteLater()

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        area = self._over.rect()
        scale = self._look.theme.scale
        width = min(round(1080 * scale), area.width() - 48)
        content = self._scroll.widget()
        for one in content.findChildren(QtWidgets.QWidget) if content is not None else ():
            one.ensurePolished()  # the style says how large the letters are
        needed = content.sizeHint().height() if content is not None else 0
        around = self.sizeHint().height() - self._scroll.sizeHint().height()
        height = min(max(needed + around + 8, 320), area.height() - 48)
        self.setGeometry((area.width() - width) // 2, (area.height() - height) // 2, width, height)

    @staticmethod
    def _column(columns: QtWidgets.QHBoxLayout) -> QtWidgets.QVBoxLayout:
        column = QtWidgets.QVBoxLayout()
        column.setSpacing(4)
        columns.addLayout(column, 1)
        return column

    @staticmethod
    def _add_section(column: QtWidgets.QVBoxLayout, title: str, lines: list[Line]) -> None:
        heading = label("heading")
        heading.setText(title)
        column.addWidget(heading)
        grid = QtWidgets.QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for row, (keys, text) in enumerate(lines):
            key, what = label("key"), label("secondary", wrap=True)
            key.setText(keys)
            key.setMinimumWidth(64)
            key.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
            what.setText(text)
            grid.addWidget(key, row, 0)
            grid.addWidget(what, row, 1)
        column.addLayout(grid)
        column.addSpacing(10)


def _even(heights: list[int], n: int) -> set[int]:
    """Where to begin another of `n` columns so that the highest is as low as can be."""
    cuts = itertools.combinations(range(1, len(heights)), min(n, len(heights)) - 1)
    parts = [(max(sum(heights[a:b]) for a, b in itertools.pairwise((0, *cut, len(heights)))), cut) for cut in cuts]
    return set(min(parts)[1])


def _line(action: QtGui.QAction, text: str = "") -> Line:
    """Keys and meaning of an action; `text` where its own says what it would do at this moment."""
    native = QtGui.QKeySequence.SequenceFormat.NativeText
    keys = "  ".join(k.toString(native) for k in action.shortcuts()[:2])
    return keys, (tr(text) if text else action.text()).replace("…", "")
