"""A bench on a fake rig, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from fakes import FakeRig
from PySide6 import QtCore
from pytestqt.qtbot import QtBot

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.gui.bench.panel import BenchPanel
from luiapp.gui.bench.scene import Part
from luiapp.gui.live import Live
from luiapp.gui.theme import Look
from luiapp.model.network import Network
from luiapp.stream.ring import Ring
from luiapp.stream.source import Description

KEY = QtCore.Qt.Key
LEFT = QtCore.Qt.MouseButton.LeftButton


class Bench:
    """A panel on a fake rig whose stream stands still, so that a test says itself what is measured."""

    def __init__(self, qtbot: QtBot, network: Network | None = None, rig: object = None) -> None:
        self.qtbot = qtbot
        self.live, self.look = Live(), Look("dark")
        self.rig = rig or FakeRig(network)
        self.panel = BenchPanel(self.live, self.look)
        self.canvas = self.panel.canvas
        qtbot.addWidget(self.panel)
        self.panel.resize(884, 400)
        self.panel.show()
        self.live.adopt(self.rig)
        self.live._timer.stop()

    def measure(self, *volts: float) -> None:
        """One sample of each membrane."""
        names = self.canvas.scene.names
        layout = Layout(1e-3, tuple(Trace(n, "V", "membrane", i) for i, n in enumerate(names)), tuple(names))
        if self.live.ring is None or self.live.ring.layout != layout:
            self.live.ring = Ring(layout, 1.0)
            self.live.layout_changed.emit(True)
        self.live.ring.push(Chunk(layout, self.live.ring.head, np.array([volts], np.float32)))
        self.live.frame.emit()

    def pixel(self, part: Part) -> QtCore.QPoint:
        return self.canvas.view.to_pixel(self.canvas.scene.place_of(part)[0]).toPoint()

    def ohms(self, i: int, name: str) -> float:
        assert self.live.network is not None
        return float(self.live.network.parameter(name)[i])

    def sent(self, kind: type) -> list[object]:
        return [c for c in self.rig.sent if isinstance(c, kind)]


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def build(network: Network | None = None, rig: object = None) -> Bench:
        made.append(Bench(qtbot, network, rig))
        return made[-1]

    yield build
    for bench in made:
        bench.live.close()


class ByHand(FakeRig):
    """Real boards: trimmers by hand, no circuit known."""

    @property
    def network(self) -> None:
        return None

    def describe(self) -> Description:
        return Description({p.name: "by hand" for p in self._network.kind.parameters}, frozenset(), False)
