"""The left card: the data with the map of decisions, its legend, and what the network says of the chosen sample."""

from __future__ import annotations

from PySide6 import QtGui

from luiapp.gui.controls import label
from luiapp.gui.statusbar import decimal
from luiapp.gui.theme import Look
from luiapp.gui.training.cards import Card
from luiapp.gui.training.colours import CLASSES
from luiapp.gui.training.insight import Inside
from luiapp.gui.training.map_view import Legend, MapView
from luiapp.gui.training.paint_state import Painting
from luiapp.gui.training.painter import Brushes
from luiapp.gui.training.words_state import verdict
from luiapp.texts import tr

_ROOMY = 1.3  # scale of a theme beyond which there is no room to name the signs twice
_LINES = 16  # of text, below which a card is too low for that


class DataCard(Card):
    """Map, legend, and a sentence."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._painted = look, False
        self.map, self.legend, self.verdict = MapView(look), Legend(look), label(wrap=True)
        self.brushes = Brushes(look)
        self.head.addWidget(self.brushes.back)
        self.column.addWidget(self.map, 1)
        self.column.addWidget(self.legend)
        self.column.addWidget(self.brushes)
        self.column.addWidget(self.verdict)

    def say(self, inside: Inside | None, *, long: bool = False) -> None:
        """What the network says of the sample; None: there is no network yet, and perhaps that takes `long`."""
        if inside is None:
            slow = tr("Warming up … the first start takes some seconds.")
            self.verdict.setText(slow if long else tr("The samples are being drawn …"))
            return
        text = verdict(inside, tuple(tr(name) for name in CLASSES), decimal())
        self.verdict.setText(text)
        self.map.setAccessibleDescription(text)

    def retranslate(self) -> None:
        self._head()
        self.map.setAccessibleName(
            tr("Map of decisions; the arrow keys choose a place, 1, 2 and 3 paint there, Delete erases")
        )
        self.map.setToolTip(tr("Behind the samples: what the network says of every place. Click to choose a sample."))
        self.legend.retranslate()
        self.brushes.retranslate()

    def show_painting(self, painting: Painting) -> None:
        """Whose points these are, and what can be taken back."""
        self._painted = bool(len(painting.labels))
        self.brushes.show_painting(painting)
        self._head()

    def _head(self) -> None:
        self.heading.setText(tr("Painted points") if self._painted else tr("What it has to tell apart"))

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Without room the legend goes: the outputs name the signs, too."""
        low = self.height() < _LINES * self.fontMetrics().height()
        self.legend.setVisible(self._look.theme.scale < _ROOMY and not low)

    def restyle(self) -> None:
        self._fit()
        self.map.restyle()
        self.legend.restyle()
        self.brushes.restyle()
        self.heading.setMinimumHeight(self.brushes.back.sizeHint().height())  # the map stays while the first is painted
