"""What is learned, as it can be shown: the map of a plane, or a gallery of samples."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from PySide6 import QtCore, QtWidgets

from luiapp.gui.theme import Look
from luiapp.gui.training.data_state import Data, Place
from luiapp.gui.training.engine import MAP_SIZE
from luiapp.gui.training.gallery_view import GalleryView
from luiapp.gui.training.map_view import MapView


class DataView(QtWidgets.QStackedWidget):
    """Shows one or the other, whichever the data needs."""

    probed = QtCore.Signal(object)  # a place of the data

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.map, self.gallery = MapView(look), GalleryView(look)
        self._data: Data | None = None
        for one in (self.map, self.gallery):
            self.addWidget(one)
            one.probed.connect(self.probed)

    @property
    def flat(self) -> bool:
        """Whether the map is shown."""
        return self.currentWidget() is self.map

    def show_data(self, data: Data, shares: NDArray[Any], place: Place) -> bool:
        """Samples, and how sure the network is at each place shown. Returns whether these are other samples."""
        fresh = data is not self._data
        self._data = data
        if data.gallery is None:
            if fresh:
                self.show_samples()
            self.map.set_shares(MAP_SIZE, shares)
        else:
            self.gallery.set_data(data)
            self.gallery.set_shares(shares)
        if fresh:
            self.setCurrentWidget(self.map if data.gallery is None else self.gallery)
            self.set_place(place)
        return fresh

    def show_samples(self) -> None:
        """The samples of the plane, whatever was shown over them."""
        if self._data is not None and self._data.gallery is None:
            some = self._data.valid if self._data.by_points else self._data.train  # of few points, each once
            self.map.set_samples(some.samples[:, :2], some.labels)

    def set_place(self, place: Place) -> None:
        """Which sample is chosen."""
        if isinstance(place, int):
            self.gallery.set_place(place)
        else:
            self.map.set_place(place)

    def restyle(self) -> None:
        self.map.restyle()
        self.gallery.restyle()
