"""The network: inputs, hidden neurons as tiles, outputs; weights as lines between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui

from luiapp.gui.theme import Look
from luiapp.gui.training import network_paint as paint
from luiapp.gui.training.colours import Responses
from luiapp.gui.training.engine import MAP_SIZE, Snapshot
from luiapp.gui.training.grid_state import Grid, grid, spread
from luiapp.gui.training.insight import Inside, disc, matrices
from luiapp.gui.training.setup_state import channels
from luiapp.gui.widgets.keyed import Keyed, arrow
from luiapp.texts import mark, tr

FEW_OUTPUTS = 4
MOST_WIRED = 24  # inputs, beyond which only the selected neuron's wires are drawn
WIRES_MS = 400  # between two drawings of all wires, while it learns
MODES = ("response", "membrane", "spikes")
MODE_TEXTS = {"response": mark("Responses"), "membrane": mark("Membranes"), "spikes": mark("Spikes")}
MODE_HELP = {
    "response": mark(
        "Each tile: at which places, or for which of the samples at the left, the neuron fires, and how much"
    ),
    "membrane": mark("Each tile: the neuron's membrane while it gets the chosen sample, its threshold dashed"),
    "spikes": mark("Each tile: the neuron's spikes for some unseen samples of each class, a row for a sample"),
}


@dataclass
class _Places:
    """Where everything lies, in pixels."""

    grid: Grid
    inputs: list[QtCore.QPointF]
    outputs: list[QtCore.QRectF]
    r: float


class NetworkView(Keyed):
    """Click a tile, or move between tiles with the arrow keys, to select a neuron."""

    selected_changed = QtCore.Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._disc = disc(MAP_SIZE)[0]
        self._snapshot: Snapshot | None = None
        self._inside: Inside | None = None
        self._labels: NDArray[np.int64] = np.zeros(0, np.int64)
        self._wires: QtGui.QPixmap | None = None
        self._wires_drawn = QtCore.QElapsedTimer()
        self._images: list[QtGui.QImage] = []  # of the page's tiles
        self._responses: Responses | None = None
        self._low = -1.0  # height of the tiles' membranes
        self.mode = "response"
        self.selected = 0
        self.page = 0
        self.now: float | None = None  # the moment of the sample that is being watched
        self.backwards = False
        self.setMinimumSize(240, 90)

    def show_run(self, snapshot: Snapshot, inside: Inside, labels: NDArray[np.int64]) -> None:
        """A network and a sample on its way through it; `labels` are the classes of the snapshot's rasters."""
        n_before = self._inside.hidden.shape[1] if self._inside is not None else 0
        fresh = self._snapshot is None or self._snapshot.data is not snapshot.data
        self._snapshot, self._inside, self._labels = snapshot, inside, labels
        n_hidden = inside.hidden.shape[1]
        if fresh or n_hidden != n_before:  # begin with one that has something to tell
            fired = np.bincount(inside.spikes[:, 1].astype(np.int64), minlength=n_hidden)
            first = self.places().grid.on_page(0)
            self.selected = int(fired[: first.stop].argmax())
            self.page = 0
        self.page = min(self.page, self.places().grid.n_pages - 1)
        # Of all that is drawn, wires take longest and change least.
        if not snapshot.playing or self._wires_drawn.elapsed() > WIRES_MS:
            self._wires = None
        self._images.clear()
        self._low = paint.lowest(inside)
        self.update()

    def show_moment(self, now: float | None, backwards: bool) -> None:
        """The moment that is watched; None: the whole sample."""
        self.now, self.backwards = now, backwards
        self.update()

    def set_mode(self, mode: str) -> None:
        """One of `MODES`."""
        self.mode = mode
        self.update()

    def select(self, i: int) -> None:
        """Select a neuron, and turn to its page."""
        if self._inside is None or not 0 <= i < self._inside.hidden.shape[1]:
            return
        self.page = self.places().grid.page_of(i)
        changed, self.selected = i != self.selected, i
        self._wires = None
        self._images.clear()
        self.update()
        if changed:
            self.selected_changed.emit(i)

    def turn_page(self, by: int) -> None:
        """To another page of tiles; its first neuron is selected."""
        g = self.places().grid
        page = min(max(self.page + by, 0), g.n_pages - 1)
        if page != self.page:
            self.select(page * g.per_page)

    def restyle(self) -> None:
        self._wires = None
        self._images.clear()
        self.update()

    # -- geometry ------------------------------------------------------------------------------------------------

    @property
    def _pictured(self) -> bool:
        """Whether inputs are pixels of a picture."""
        return self._snapshot is not None and self._snapshot.data.pictures

    def places(self) -> _Places:
        """Where everything lies now."""
        scale = min(self._look.theme.scale, 1.4)
        n_hidden = self._inside.hidden.shape[1] if self._inside is not None else 1
        n_in = len(channels(self._snapshot.task)) if self._snapshot is not None else 5
        w, h, line = float(self.width()), float(self.height()), self.fontMetrics().height()
        square = min(0.2 * w, 0.6 * (h - line), h - 4 * line, 150 * scale) if self._pictured else 0.0
        side = round((n_in - 1) ** 0.5) if self._pictured else 1
        r = square / (2 * side) if self._pictured else min(17 * scale, 0.46 * (h - line) / n_in)
        out_w = max(84 * scale, self.fontMetrics().horizontalAdvance("▲ 100 %  ") + 10)
        gap = max(24.0, 0.1 * w)
        left = max(2 * r, square) + 4 + gap
        tiles = grid(n_hidden, left, line + 2, max(w - left - out_w - gap - 4, 40.0), h - line - 4, scale)
        if self._pictured:  # the bias stands below the picture
            top, pitch = line + (h - 3 * line - square) / 2, 2 * r
            inputs = [QtCore.QPointF(2 + r + pitch * (i % side), top + r + pitch * (i // side))
                      for i in range(n_in - 1)]  # fmt: skip
            inputs.append(QtCore.QPointF(2 + square / 2, min(top + square + 1.6 * line, h - 1.1 * line)))
        else:
            inputs = [QtCore.QPointF(r + 2, y) for y in spread(n_in, line, h - line)]
        n_out = len(self._snapshot.data.names) if self._snapshot is not None else 3
        tall = min((h - line) / n_out - (10 if n_out <= FEW_OUTPUTS else 3), 110 * scale)
        outputs = [QtCore.QRectF(w - out_w - 2, y - tall / 2, out_w, tall) for y in spread(n_out, line, h - line)]
        return _Places(tiles, inputs, outputs, r)

    def tile_rect(self, i: int) -> QtCore.QRectF:
        """Where the tile of neuron `i` is drawn, on its page."""
        g = self.places().grid
        return QtCore.QRectF(*g.corner(i), g.side, g.side)

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(560, 420)

    # -- events --------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.button() == QtCore.Qt.MouseButton.LeftButton:
            i = self.places().grid.at(event.position().x(), event.position().y(), self.page)
            if i is not None:
                self.select(i)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        self.turn_page(-1 if event.angleDelta().y() > 0 else 1)
        event.accept()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        keys, g = QtCore.Qt.Key, self.places().grid
        key, way = QtCore.Qt.Key(event.key()), arrow(event)
        if way is not None:
            self.select(g.neighbour(self.selected, *way))
        elif key in (keys.Key_PageUp, keys.Key_PageDown):
            self.turn_page(-1 if key == keys.Key_PageUp else 1)
        elif key in (keys.Key_Home, keys.Key_End):
            self.select(0 if key == keys.Key_Home else g.n - 1)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._wires = None
        self._images.clear()
        self.page = self.places().grid.page_of(self.selected)

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        snapshot, inside = self._snapshot, self._inside
        if snapshot is None or inside is None:
            return
        theme, places = self._look.theme, self.places()
        until = inside.until if self.now is None else inside.until if self.backwards else self.now
        p = QtGui.QPainter(self)
        p.setRenderHints(QtGui.QPainter.RenderHint.Antialiasing | QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        if self._wires is None:
            self._wires = self._draw_wires(snapshot, places)
        p.drawPixmap(0, 0, self._wires)
        self._caption(p, places)
        self._inputs(p, snapshot, inside, places)
        if self.mode == "response" and self.now is None and not self._images:
            self._images = self._draw_responses(snapshot, places.grid)
        for i in places.grid.on_page(self.page):
            self._tile(p, snapshot, inside, places.grid, i, until)
        for k, rect in enumerate(places.outputs):
            paint.output(p, theme, rect, inside, k, tr(snapshot.data.names[k]), until)
        p.end()

    def _inputs(self, p: QtGui.QPainter, snapshot: Snapshot, inside: Inside, places: _Places) -> None:
        theme, names, data = self._look.theme, channels(snapshot.task), snapshot.data
        forward = None if self.backwards else self.now
        pixels = data.at(inside.place).samples[0] if data.pictures else np.zeros(0)
        for c, centre in enumerate(places.inputs):
            lit = paint.lit_now(inside.inputs, c, inside, forward)
            if c < len(pixels):
                paint.pixel(p, theme, centre, places.r, float(1 - pixels[c]), lit=lit)
                continue
            r = max(places.r, 0.95 * self.fontMetrics().height()) if data.pictures else places.r
            paint.node(p, theme, centre, r, tr(names[c]) if len(names[c]) > 3 else names[c], lit=lit)

    def _caption(self, p: QtGui.QPainter, places: _Places) -> None:
        shown = places.grid.on_page(self.page)
        text = tr("hidden {a}–{b} of {n}", a=shown.start + 1, b=shown.stop, n=places.grid.n)
        if places.grid.n_pages > 1:
            longer = text + "   ·   " + tr("PgUp, PgDn: others")
            room = places.outputs[0].left() - places.inputs[0].x() - places.r
            text = longer if self.fontMetrics().horizontalAdvance(longer) < room else text
        p.setPen(QtGui.QColor(self._look.theme.secondary))
        left, right = places.inputs[0].x() + places.r, places.outputs[0].left()
        area = QtCore.QRectF(left, 0, right - left, self.fontMetrics().height())
        p.drawText(area, QtCore.Qt.AlignmentFlag.AlignHCenter, text)

    def _tile(self, p: QtGui.QPainter, snapshot: Snapshot, inside: Inside, tiles: Grid, i: int, until: float) -> None:
        theme, rect = self._look.theme, QtCore.QRectF(*tiles.corner(i), tiles.side, tiles.side)
        forward = None if self.backwards else self.now
        lit = paint.lit_now(inside.spikes, i, inside, forward)
        if self.backwards and self.now is not None and len(inside.back):
            lit = paint.lit_now(inside.back[:, :2], i, inside, self.now)
        paint.frame(p, theme, rect, selected=i == self.selected, lit=lit, focus=self.hasFocus())
        if self.mode == "membrane" or self.now is not None:
            paint.trace(p, theme, rect, inside, i, self._low, until)
        elif self.mode == "spikes":
            own = snapshot.rasters[snapshot.rasters[:, 2] == i, :2]
            paint.raster(p, theme, rect, own, self._labels, inside.until)
        else:
            image = self._images[i - tiles.on_page(self.page).start]
            paint.response(p, theme, rect, image, disc=snapshot.data.gallery is None)

    def _draw_responses(self, snapshot: Snapshot, tiles: Grid) -> list[QtGui.QImage]:
        ratio = self.devicePixelRatioF()
        side = max(4, round((tiles.side - 2 * paint.TILE_EDGE) * ratio))
        inside = self._disc
        if snapshot.data.gallery is not None:
            inside = np.ones((len(snapshot.counts) // len(snapshot.data.names), len(snapshot.data.names)), bool)
        if self._responses is None or self._responses.side != side or self._responses.inside.shape != inside.shape:
            self._responses = Responses(inside, side)
        most = max(float(np.percentile(snapshot.counts, 99)), 1.0)
        shown = tiles.on_page(self.page)
        made = self._responses.images(snapshot.counts[:, shown.start : shown.stop], self._look.theme, most)
        for one in made:
            one.setDevicePixelRatio(ratio)
        return made

    def _draw_wires(self, snapshot: Snapshot, places: _Places) -> QtGui.QPixmap:
        self._wires_drawn.start()
        made = QtGui.QPixmap(self.size() * self.devicePixelRatioF())
        made.setDevicePixelRatio(self.devicePixelRatioF())
        made.fill(QtCore.Qt.GlobalColor.transparent)
        p = QtGui.QPainter(made)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        theme, g = self._look.theme, places.grid
        first, second = matrices(snapshot.task, snapshot.weight)
        largest = [max(float(np.percentile(np.abs(one), 98)), 1e-9) for one in (first, second)]
        order = [i for i in g.on_page(self.page) if i != self.selected]
        for i in [*order, self.selected]:
            if g.page_of(i) != self.page:
                continue
            x, y = g.corner(i)
            opacity = 1.0 if i == self.selected else 0.3
            if len(places.inputs) > MOST_WIRED and i != self.selected:
                continue  # so many wires would hide each other
            middle = y + g.side / 2
            for c, centre in enumerate(places.inputs):
                begin = QtCore.QPointF(centre.x() + places.r, centre.y())
                paint.wire(p, theme, begin, QtCore.QPointF(x, middle), float(np.clip(first[c, i] / largest[0], -1, 1)),
                           opacity)  # fmt: skip
            for k, rect in enumerate(places.outputs):
                end = QtCore.QPointF(rect.left(), rect.center().y())
                paint.wire(p, theme, QtCore.QPointF(x + g.side, middle), end,
                           float(np.clip(second[i, k] / largest[1], -1, 1)), opacity)  # fmt: skip
        p.end()
        return made
