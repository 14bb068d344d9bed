"""Boards and simulated neurons in one circuit: which neuron is at which place, and what a hand has to set there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtWidgets

from luiapp.gui.bench.real import N_PLACES, is_joined, joined, put, settings
from luiapp.gui.boards.state import delay_sentence
from luiapp.gui.controls import label
from luiapp.texts import tr

if TYPE_CHECKING:
    from luiapp.gui.desk import Desk


class JoinedBox(QtWidgets.QWidget):
    """A row for each place of the adapter; hidden where nothing is joined."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.title, self.about, self.delay = label("heading"), label("secondary", wrap=True), label(wrap=True)
        self.hand_title, self.hand = label("heading"), label(wrap=True)
        self.hand.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        self.places = [QtWidgets.QComboBox() for _ in range(N_PLACES)]
        self._labels = [label("secondary") for _ in self.places]
        grid = QtWidgets.QGridLayout()
        grid.setHorizontalSpacing(8)
        half = N_PLACES // 2
        for k, (name, box) in enumerate(zip(self._labels, self.places, strict=True)):
            box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(4)
            box.activated.connect(partial(self._put, k))
            grid.addWidget(name, k % half, 2 * (k // half))
            grid.addWidget(box, k % half, 2 * (k // half) + 1)
        for column in (1, 3):
            grid.setColumnStretch(column, 1)
        column_ = QtWidgets.QVBoxLayout(self)
        column_.setContentsMargins(0, 0, 0, 0)
        column_.setSpacing(10)
        for one in (self.title, self.about):
            column_.addWidget(one)
        column_.addLayout(grid)
        for one in (self.delay, self.hand_title, self.hand):
            column_.addWidget(one)
        self.show_rig()

    def show_rig(self) -> None:
        """Another rig is open, or none."""
        self.setVisible(is_joined(self._desk.live))
        self.follow()

    def retranslate(self) -> None:
        """Texts in the language in use."""
        self.title.setText(tr("One circuit, two worlds"))
        self.about.setText(tr("Choose which neuron is the board at which place of the adapter. All others are "
                              "simulated. On the bench, Shift+B does the same for the selected board."))  # fmt: skip
        for k, (name, box) in enumerate(zip(self._labels, self.places, strict=True)):
            name.setText(tr("Place {n}", n=k + 1))
            box.setAccessibleName(tr("Neuron at place {n} of the adapter", n=k + 1))
        self.hand_title.setText(tr("To be set by hand"))
        self.follow()

    def follow(self) -> None:
        """The circuit changed, or who is real in it."""
        live = self._desk.live
        names = live.network.names if live.network is not None and is_joined(live) else []
        at = {place: name for name, place in joined(live).items()}
        for place, box in enumerate(self.places):
            with QtCore.QSignalBlocker(box):
                box.clear()
                box.addItems(["–", *names])
                box.setCurrentIndex(1 + names.index(at[place]) if place in at else 0)
        lines = [one.text for one in settings(live)]
        self.hand.setText("\n".join(f"• {line}" for line in lines))
        for one in (self.hand_title, self.hand):
            one.setVisible(bool(lines))

    def refresh(self, health: dict[str, int | float | str]) -> None:
        """The latest figures."""
        self.delay.setText(delay_sentence(health) if is_joined(self._desk.live) else "")
        self.delay.setVisible(bool(self.delay.text()))

    def _put(self, place: int, i: int) -> None:
        live, at = self._desk.live, {where: name for name, where in joined(self._desk.live).items()}
        if i > 0 and live.network is not None:
            put(live, live.network.names[i - 1], place)
        elif place in at:
            put(live, at[place], -1)
