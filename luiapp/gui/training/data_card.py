"""The left card: the data with the map of decisions, its legend, and what the network says of the chosen sample."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from PySide6 import QtGui

from luiapp.gui.controls import label
from luiapp.gui.statusbar import decimal
from luiapp.gui.theme import Look
from luiapp.gui.training.cards import Card
from luiapp.gui.training.data_state import CLASSES, Data, Place
from luiapp.gui.training.data_view import DataView
from luiapp.gui.training.insight import Inside
from luiapp.gui.training.map_view import Legend
from luiapp.gui.training.paint_state import Painting
from luiapp.gui.training.painter import Brushes
from luiapp.gui.training.words_state import verdict
from luiapp.texts import tr

_ROOMY = 1.3  # scale of a theme beyond which there is no room to name the signs twice
_LINES = 16  # of text, below which a card is too low for that


class DataCard(Card):
    """Map or gallery, legend, and a sentence."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._painted, self._n_features = look, False, 0
        self._narrow = False
        self._names: tuple[str, ...] = CLASSES
        self.view, self.legend, self.verdict = DataView(look), Legend(look), label(wrap=True)
        self.map, self.note = self.view.map, label("secondary", wrap=True)
        self.note.hide()
        self.brushes = Brushes(look)
        self.column.addWidget(self.view, 1)
        self.column.addWidget(self.legend)
        self.column.addWidget(self.note)
        self.column.addWidget(self.brushes)
        self.column.addWidget(self.verdict)

    def show_data(self, data: Data, shares: NDArray[Any], place: Place) -> bool:
        """What is learned, and what is said of it. Returns whether these are other samples."""
        fresh = self.view.show_data(data, shares, place)
        if fresh:
            self._names, self._n_features = data.names, data.train.samples.shape[1]
            self.legend.show_names(data.names)
            self._fit()
            self.retranslate()
        return fresh

    def say(self, inside: Inside | None, *, long: bool = False) -> None:
        """What the network says of the sample; None: there is no network yet, and perhaps that takes `long`."""
        if inside is None:
            slow = tr("Warming up … the first start takes some seconds.")
            self.verdict.setText(slow if long else tr("The samples are being drawn …"))
            return
        text = verdict(inside, tuple(tr(name) for name in self._names), decimal())
        self.verdict.setText(text)
        for one in (self.map, self.view.gallery):
            one.setAccessibleDescription(text)

    def retranslate(self) -> None:
        self._head()
        self.map.setAccessibleName(
            tr("Map of decisions; the arrow keys choose a place, 1 to 6 paint there, Delete erases")
        )
        self.view.gallery.setAccessibleName(tr("Unseen samples, a column for each class; the arrow keys choose one"))
        self.view.gallery.setToolTip(tr(
            "Behind each sample: what the network says of it; a flag names what it is wrongly taken for. Click to "
            "choose a sample."
        ))  # fmt: skip
        self.note.setText(tr("{n} features fill no map. Here are unseen samples instead.", n=self._n_features))
        self.map.setToolTip(tr("Behind the samples: what the network says of every place. Click to choose a sample."))
        self.legend.retranslate()
        self.brushes.retranslate()

    def show_narrow(self, narrow: bool) -> None:
        """Whether there is little width: on a stage the brushes go then; the keys paint still."""
        self._narrow = narrow
        self._fit()

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
        flat = self.view.flat
        self.legend.setVisible(flat and self._look.theme.scale < _ROOMY and not low)
        self.brushes.setVisible(flat and not (self._narrow and self._look.theme.scale >= _ROOMY))
        self.note.setVisible(not flat and not low)

    def restyle(self) -> None:
        self._fit()
        self.verdict.ensurePolished()
        self.verdict.setMinimumHeight(2 * self.verdict.fontMetrics().height())  # the map stays, however long it is
        self.view.restyle()
        self.legend.restyle()
        self.brushes.restyle()
