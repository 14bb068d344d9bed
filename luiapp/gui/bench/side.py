"""The right column of the bench: the selected board, or the selected sensor or display."""

from __future__ import annotations

from typing import Any

from PySide6 import QtGui, QtWidgets

from luiapp.gui.bench.inspector import Inspector
from luiapp.gui.bench.item_panel import ItemPanel
from luiapp.gui.live import Live
from luiapp.gui.theme import Look


class BenchSide(QtWidgets.QStackedWidget):
    """One of both."""

    def __init__(self, live: Live, look: Look, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._live = live
        self.inspector, self.item_panel = Inspector(live, look), ItemPanel(live, look)
        self.addWidget(self.inspector)
        self.addWidget(self.item_panel)
        live.item_changed.connect(self._turn)
        self._turn()

    def retranslate(self) -> None:
        """All texts again, after the language changed."""
        self.inspector.retranslate()
        self.item_panel.retranslate()

    def state(self) -> dict[str, Any]:
        """What to remember until the next start."""
        return self.inspector.state()

    def restore(self, state: dict[str, Any]) -> None:
        """Show what `state` remembered; nonsense is ignored."""
        self.inspector.restore(state)

    def actions(self) -> list[QtGui.QAction]:
        """None of its own: everything here has a control."""
        return []

    def _turn(self) -> None:
        self.setCurrentWidget(self.item_panel if self._live.item else self.inspector)
