"""A scope whose stream is fed by hand, and what its pixels show."""

from __future__ import annotations

import numpy as np
from fakes import two_boards
from PySide6 import QtGui

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.gui.live import Live
from luiapp.gui.scope import ScopePanel
from luiapp.gui.theme import Look
from luiapp.stream.ring import Ring


def saw(i: int, n: int, n_traces: int = 2) -> np.ndarray:
    t = np.arange(i, i + n)[:, None] / 1000
    return ((t + 0.1 * np.arange(n_traces)) % 0.5 * 3.0).astype(np.float32)


class Bench:
    """A panel whose stream is fed by hand."""

    def __init__(self, qtbot, n: int = 2, theme: str = "dark", size=(900, 360)) -> None:
        names = tuple(f"N{i + 1}" for i in range(n))
        self.layout = Layout(1e-3, tuple(Trace(m, i_neuron=i) for i, m in enumerate(names)), names)
        self.live, self.look = Live(), Look(theme)
        self.live.ring = Ring(self.layout, 700.0)
        self.live.network = two_boards() if n == 2 else None
        self.live.selected = 0
        self.panel = ScopePanel(self.live, self.look)
        self.panel._warmup.join()
        qtbot.addWidget(self.panel)
        self.panel.resize(*size)
        self.panel.show()
        qtbot.waitExposed(self.panel)
        self.canvas = self.panel.canvas

    def feed(self, seconds: float, spikes=(), events=(), skip: int = 0) -> None:
        i, n = self.live.ring.head + skip, round(seconds * 1000)
        times = np.array([t for t, _ in spikes], float)
        who = np.array([k for _, k in spikes], np.int32)
        data = saw(i, n, len(self.layout.traces))
        self.live.ring.push(Chunk(self.layout, i, data, times, who, tuple(events)))
        self.live.frame.emit()
        self.live.numbers.emit()

    def image(self) -> QtGui.QImage:
        return self.canvas.grab().toImage().convertToFormat(QtGui.QImage.Format.Format_RGB32)

    def pixels(self) -> np.ndarray:
        """(height, width) of what moves, as 0xffRRGGBB."""
        image = self.image()
        array = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4).copy()
        r = self.canvas.frame_now().both
        return array[r.top() : r.bottom() + 1, r.left() : r.right() + 1]


def near(pixels: np.ndarray, colour: str) -> np.ndarray:
    target = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    rgb_ = np.stack([(pixels >> s) & 255 for s in (16, 8, 0)], axis=-1).astype(int)
    return np.abs(rgb_ - target).sum(axis=-1) < 60
