"""The left card: the data with the map of decisions, its legend, and what the network says of the chosen sample."""

from __future__ import annotations

from luiapp.gui.controls import label
from luiapp.gui.statusbar import decimal
from luiapp.gui.theme import Look
from luiapp.gui.training.cards import Card
from luiapp.gui.training.colours import CLASSES
from luiapp.gui.training.insight import Inside
from luiapp.gui.training.map_view import Legend, MapView
from luiapp.gui.training.words_state import verdict
from luiapp.texts import tr


class DataCard(Card):
    """Map, legend, and a sentence."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.map, self.legend, self.verdict = MapView(look), Legend(look), label(wrap=True)
        self.column.addWidget(self.map, 1)
        self.column.addWidget(self.legend)
        self.column.addWidget(self.verdict)

    def say(self, inside: Inside | None) -> None:
        """What the network says of the sample; None: there is no network yet."""
        if inside is None:
            self.verdict.setText(tr("The samples are being drawn …"))
            return
        text = verdict(inside, tuple(tr(name) for name in CLASSES), decimal())
        self.verdict.setText(text)
        self.map.setAccessibleDescription(text)

    def retranslate(self) -> None:
        self.heading.setText(tr("What it has to tell apart"))
        self.map.setAccessibleName(tr("Map of decisions; the arrow keys choose a sample"))
        self.map.setToolTip(tr("Behind the samples: what the network says of every place. Click to choose a sample."))
        self.legend.retranslate()

    def restyle(self) -> None:
        self.map.restyle()
        self.legend.restyle()
