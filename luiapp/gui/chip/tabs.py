"""A frame whose heading is a row of names; one of the things that they name is shown."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets


class Tabs(QtWidgets.QFrame):
    """Things of which one is shown.

    Attributes
    ----------
    by_hand : bool
        Whether a person has chosen; then nothing is chosen for him any more.
    """

    chosen = QtCore.Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.by_hand = False
        self.buttons: dict[str, QtWidgets.QToolButton] = {}
        self.stack = QtWidgets.QStackedWidget()
        self._group = QtWidgets.QButtonGroup(self)
        self._row = QtWidgets.QHBoxLayout()
        self._row.setSpacing(2)
        self._row.addStretch(1)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 8)
        column.setSpacing(4)
        column.addLayout(self._row)
        column.addWidget(self.stack, 1)

    def add(self, name: str, widget: QtWidgets.QWidget) -> None:
        """One more."""
        one = QtWidgets.QToolButton()
        one.setCheckable(True)
        one.clicked.connect(lambda _c=False: self._press(name))
        self._group.addButton(one)
        self._row.insertWidget(self._row.count() - 1, one)
        self.buttons[name] = one
        scroll = QtWidgets.QScrollArea(widgetResizable=True)
        scroll.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(widget)
        for part in (scroll.viewport(), widget):  # the card's own ground shows through
            part.setAutoFillBackground(False)
        self.stack.addWidget(scroll)
        if len(self.buttons) == 1:
            self.choose(name)

    @property
    def name(self) -> str:
        """What is shown."""
        return list(self.buttons)[self.stack.currentIndex()]

    def choose(self, name: str) -> None:
        """Show it."""
        self.buttons[name].setChecked(True)
        self.stack.setCurrentIndex(list(self.buttons).index(name))
        self.chosen.emit(name)

    def propose(self, name: str) -> None:
        """Show it, unless a person has chosen something."""
        if not self.by_hand:
            self.choose(name)

    def turn(self) -> None:
        """Show the next one."""
        names = list(self.buttons)
        self._press(names[(names.index(self.name) + 1) % len(names)])

    def _press(self, name: str) -> None:
        self.by_hand = True
        self.choose(name)
