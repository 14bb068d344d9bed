"""The three columns of the page, and what of them is put away where there is little room."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.theme import Look
from luiapp.gui.training.cards import Card, NetworkCard
from luiapp.gui.training.curves import LEAST_CURVE
from luiapp.gui.training.figures import Figures
from luiapp.gui.training.rival import RivalCard

TABLE_FROM, NEURON_FROM = 330, 365  # pixels of height, at the usual size of type
FEW = 4  # classes, up to which the table needs little
FIGURES_FROM = 560  # pixels of width, the same way: beside a lesson on a small stage the network needs them


class Body(QtWidgets.QWidget):
    """Data and table (or the other run), the network, and the figures."""

    narrowed = QtCore.Signal(bool)  # there is little width now, or no longer

    def __init__(self, look: Look, data: Card, middle: NetworkCard, figures: Figures, rival: RivalCard) -> None:
        super().__init__()
        self._look, self._middle, self._figures, self._rival = look, middle, figures, rival
        self.narrow = False
        left = self._left = QtWidgets.QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(data, 4)
        left.addWidget(figures.table, 1)
        left.addWidget(rival, 3)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(10)
        row.addLayout(left, 4)
        row.addWidget(middle, 7)
        row.addWidget(figures, 3)

    def show_classes(self, n: int) -> None:
        """Room for a table of `n` classes."""
        self._left.setStretchFactor(self._figures.table, 1 if n <= FEW else 3)

    def fit(self) -> None:
        """Put away what is secondary where there is little room; the table also while two runs are compared."""
        room = self.height() / min(self._look.theme.scale, 1.4)
        narrow = self.width() / self._look.theme.scale < FIGURES_FROM
        if narrow != self.narrow:
            self.narrow = narrow
            self._figures.setVisible(not narrow)
            if narrow:  # how well it does takes the table's place
                self._left.insertWidget(1, self._figures.rows[0], 2)
            else:
                self._figures.take_back()
            line = self.fontMetrics().height()
            self._figures.accuracy.setMinimumHeight(5 * line if narrow else LEAST_CURVE)
            self.narrowed.emit(narrow)
        self._figures.show_room(room)
        there = self._rival.engine is None and room >= TABLE_FROM
        self._figures.table.setVisible(there and not narrow)
        self._figures.rows[0].setVisible(there or not narrow)
        self._middle.neuron.setVisible(room >= NEURON_FROM)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def minimumSizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(400, 100)
