"""How the core looks: pictures of its synapses and neurons, and what can be read of them from close by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui

from luiapp.chip.place import Placed
from luiapp.chip.spec import SPEC
from luiapp.gui.chip import map_state as here
from luiapp.gui.chip.array_state import NONE, Array, empty, neuron_name, source_name
from luiapp.gui.chip.map_state import Spot, View
from luiapp.gui.chip.scale import colours
from luiapp.gui.chip.words import number
from luiapp.gui.theme import Theme
from luiapp.gui.training.colours import excites, inhibits, rgb

GRID_FROM, READ_FROM, LABEL_FROM = 6.0, 13.0, 27.0  # px of a synapse's height
_HALF = SPEC.n_columns // 2
_CENTRE = QtCore.Qt.AlignmentFlag.AlignCenter


@dataclass(eq=False)
class Scene:
    """What the map shows.

    Attributes
    ----------
    array : Array
    placed : Placed or None
    values : (n_circuits,) float64 or None
        Colours of the neurons; infinite or not a number: couldn't be measured.
    low, high : float
        Ends of the colour scale.
    failed : (n_circuits,) bool or None
        Circuits that a calibration gave up.
    bias : str
        What the bias input is called.
    captions : (str, str)
        Of the synapses and of the neurons, where nothing stands in them yet.
    rows : dict
        What lights up: how much, 0 … 1, by half and row.
    circuits : dict
        How much, by circuit.
    """

    array: Array = field(default_factory=empty)
    placed: Placed | None = None
    values: NDArray[Any] | None = None
    low: float = 0.0
    high: float = 1.0
    failed: NDArray[np.bool_] | None = None
    bias: str = ""
    captions: tuple[str, str] = ("", "")
    rows: dict[tuple[int, int], float] = field(default_factory=dict)
    circuits: dict[int, float] = field(default_factory=dict)


def synapse_images(array: Array, theme: Theme, fold: int) -> list[QtGui.QImage]:
    """A picture of each half, a pixel for a synapse, from above; with `fold` rows in one, the strongest counts."""
    table = _synapse_colours(theme)
    made = []
    for half in range(SPEC.n_halves):
        sign, weight = array.sign[half][:, None], array.weight[half]
        if fold > 1:
            sign = np.broadcast_to(sign, weight.shape).reshape(-1, fold, weight.shape[1])
            weight = weight.reshape(-1, fold, weight.shape[1])
            strongest = weight.argmax(axis=1)[:, None]
            sign, weight = (np.take_along_axis(one, strongest, axis=1)[:, 0] for one in (sign, weight))
        pixels = table[sign + 1, weight]
        made.append(_image(pixels[::-1] if half == 0 else pixels))
    return made


def _synapse_colours(theme: Theme) -> NDArray[np.float64]:
    """(3, 64, 3): by sign of the row (-1, 0, 1) and weight."""
    ground, panel = rgb(theme.ground), rgb(theme.panel)
    share = np.where(np.arange(SPEC.weight_max + 1) > 0, 0.22 + 0.78 * np.arange(SPEC.weight_max + 1) / 63, 0.0)[
        :, None
    ]
    rows = [np.broadcast_to(0.5 * ground + 0.5 * panel, (SPEC.weight_max + 1, 3))]
    for colour in (inhibits(theme), excites(theme)):
        tint = rgb(colour)
        rows.append((0.93 * panel + 0.07 * tint) * (1 - share) + tint * share)
    return np.stack([rows[1], rows[0], rows[2]])


def neuron_images(scene: Scene, theme: Theme) -> list[QtGui.QImage]:
    """A picture of each line of neurons, a pixel for a circuit."""
    blank = np.broadcast_to(rgb(theme.raised), (SPEC.n_circuits, 3))
    pixels = blank
    if scene.values is not None:
        known = np.isfinite(scene.values)[:, None]
        pixels = np.where(known, colours(scene.values, scene.low, scene.high), blank)
    lines = np.asarray(pixels, np.float64).reshape(SPEC.n_halves, 1, SPEC.n_columns, 3)
    return [_image(one) for one in lines]


def _image(pixels: NDArray[Any]) -> QtGui.QImage:
    data = np.full((*pixels.shape[:2], 4), 255, np.uint8)
    data[..., :3] = np.rint(pixels[..., ::-1])
    height, width = data.shape[:2]
    return QtGui.QImage(data.tobytes(), width, height, 4 * width, QtGui.QImage.Format.Format_RGB32).copy()


class CorePainter:
    """Draws one frame of the map.

    Parameters
    ----------
    p : QPainter
    theme : Theme
    view : View
    scene : Scene
    font : QFont
    """

    def __init__(self, p: QtGui.QPainter, theme: Theme, view: View, scene: Scene, font: QtGui.QFont) -> None:
        self.p, self.theme, self.view, self.scene, self.font = p, theme, view, scene, font
        a, b = view.to_map(0, 0), view.to_map(view.width, view.height)
        self.seen = QtCore.QRectF(a[0], a[1], b[0] - a[0], b[1] - a[1])

    def rect(self, left: float, top: float, width: float, height: float) -> QtCore.QRectF:
        """A piece of the map in the window."""
        x, y = self.view.to_window(left, top)
        return QtCore.QRectF(x, y, width * self.view.zoom, height * self.view.zoom)

    # -- synapses and neurons ------------------------------------------------------------------------------------

    def images(self, synapses: list[QtGui.QImage], neurons: list[QtGui.QImage]) -> None:
        """The four quadrants and their neurons."""
        p, zoom = self.p, self.view.zoom
        p.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform, zoom < GRID_FROM / 2)
        for half in range(SPEC.n_halves):
            top = here.top_of(0 if half == 0 else here.of_synapse(1, 0, 0).line)
            band = here.top_of(SPEC.n_rows + half)
            for first in (0, _HALF):
                left, wide = here.left_of(first), _HALF * here.WIDE
                for image, y, high in ((synapses[half], top, float(SPEC.n_rows)), (neurons[half], band, here.BAND)):
                    source = QtCore.QRectF(first, 0, _HALF, image.height())
                    p.drawImage(self.rect(left, y, wide, high), image, source)
        p.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform, False)

    def _lines(self) -> range:
        """Lines of which something is seen."""
        tops = [line for line in range(here.N_LINES) if self._is_seen(line)]
        return range(tops[0], tops[-1] + 1) if tops else range(0)

    def _is_seen(self, line: int) -> bool:
        _, top, _, height = here.box(Spot(line, 0))
        return top + height > self.seen.top() and top < self.seen.bottom()

    def _columns(self) -> range:
        seen = [c for c in range(SPEC.n_columns)
                if here.left_of(c) + here.WIDE > self.seen.left() and here.left_of(c) < self.seen.right()]  # fmt: skip
        return range(seen[0], seen[-1] + 1) if seen else range(0)

    def close_by(self) -> None:
        """Grid, weights and labels where there is room for them."""
        zoom = self.view.zoom
        if zoom < GRID_FROM:
            return
        lines, columns = self._lines(), self._columns()
        self._grid(lines, columns)
        self.p.setFont(self.sized(min(0.62 * zoom, 13.0)))
        for line in lines:
            for column in columns:
                spot = Spot(line, column)
                if spot.is_circuit:
                    self._circuit(spot, self.rect(*here.box(spot)))
                elif zoom >= READ_FROM:
                    self._synapse(spot, self.rect(*here.box(spot)))

    def _grid(self, lines: range, columns: range) -> None:
        self.p.setPen(QtGui.QPen(QtGui.QColor(self.theme.line), 1))
        a, b = (self.rect(here.left_of(c), 0, here.WIDE, 0) for c in (columns[0], columns[-1]))
        for line in lines:
            _, top, _, height = here.box(Spot(line, 0))
            for y in (top, top + height) if line in (SPEC.n_rows - 1, SPEC.n_rows + 1) else (top,):
                at = self.rect(0, y, 0, 0).top()
                self.p.drawLine(QtCore.QPointF(a.left(), at), QtCore.QPointF(b.right(), at))
        high = self.rect(0, here.top_of(lines[0]), 0, 0).top()
        low = self.rect(0, here.top_of(lines[-1]), 0, here.box(Spot(lines[-1], 0))[3]).bottom()
        for column in columns:
            at = self.rect(here.left_of(column), 0, 0, 0).left()
            self.p.drawLine(QtCore.QPointF(at, high), QtCore.QPointF(at, low))

    def sized(self, px: float) -> QtGui.QFont:
        """The window's font in another size."""
        font = QtGui.QFont(self.font)
        font.setPixelSize(max(7, round(px)))
        return font

    def _synapse(self, spot: Spot, frame: QtCore.QRectF) -> None:
        array = self.scene.array
        at = spot.half, spot.row, spot.column
        if array.source[at] == NONE:
            return
        weight = int(array.weight[at])
        strong = weight > 0.55 * SPEC.weight_max
        self.p.setPen(QtGui.QColor("#000000" if strong and self.theme.dark else "#ffffff" if strong
                                   else self.theme.text))  # fmt: skip
        sign = "" if weight == 0 else "+" if array.sign[at[:2]] > 0 else "−"
        text = f"{sign}{weight}"
        if self.view.zoom >= LABEL_FROM:
            text += f"\n@{int(array.label[at])}"
        self.p.drawText(frame, _CENTRE, text)

    def _circuit(self, spot: Spot, frame: QtCore.QRectF) -> None:
        scene, zoom = self.scene, self.view.zoom
        bright = scene.values is not None and float(scene.values[spot.circuit]) > (scene.low + scene.high) / 2
        self.p.setPen(QtGui.QColor("#000000" if bright else "#ffffff" if scene.values is not None else self.theme.text))
        said = [str(spot.circuit)]
        if scene.values is not None and zoom >= READ_FROM:
            value = float(scene.values[spot.circuit])
            said.append(number(value) if np.isfinite(value) else "–")
        neuron = int(scene.array.neuron[spot.circuit])
        if scene.placed is not None and neuron != NONE:
            said.append(neuron_name(scene.placed, neuron))
        self.p.save()
        self.p.setFont(self.sized(min(0.75 * zoom, 14.0)))
        whole = QtCore.QRectF(0, 0, self.view.width, self.view.height)
        self.p.drawText(frame.intersected(whole), _CENTRE, "\n".join(said))
        self.p.restore()

    # -- drivers, the network's place, the cursor ----------------------------------------------------------------

    def drivers(self) -> None:
        """At the flanks, those in use brighter; from close by with the sources that they carry."""
        p, theme, array = self.p, self.theme, self.scene.array
        used = (array.sign.reshape(SPEC.n_halves, SPEC.n_drivers, 2) != 0).any(axis=2)
        p.setPen(QtCore.Qt.PenStyle.NoPen)
        close = self.view.zoom >= here.DRIVERS_FROM
        for half in range(SPEC.n_halves):
            for driver in range(SPEC.n_drivers):
                left, top, width, height = here.driver_box(half, driver)
                if top > self.seen.bottom() or top + height < self.seen.top():
                    continue
                frame = self.rect(left + 2, top + 0.2, width - 6, height - 0.4)
                if close:
                    frame = self.rect(left, top, width - 2, height)
                    frame.setWidth(min(frame.width(), 0.28 * self.view.width))
                    edge = (
                        max(frame.left(), 4.0) if not left else min(frame.left(), self.view.width - frame.width() - 4)
                    )
                    frame.moveLeft(edge)
                p.setPen(QtGui.QPen(QtGui.QColor(theme.line)) if close else QtCore.Qt.PenStyle.NoPen)
                p.setBrush(QtGui.QColor(theme.secondary if used[half, driver] and not close else theme.raised))
                p.drawRect(frame)
                if close:
                    self._driver(half, driver, frame)

    def _driver(self, half: int, driver: int, frame: QtCore.QRectF) -> None:
        p, array, zoom = self.p, self.scene.array, self.view.zoom
        p.setFont(self.sized(min(0.8 * zoom, 13.0)))
        p.setPen(QtGui.QColor(self.theme.text))
        text = f"{driver}: {self._carried(half, driver)}"
        elided = p.fontMetrics().elidedText(text, QtCore.Qt.TextElideMode.ElideRight, int(frame.width() - 2 * zoom - 6))
        p.drawText(frame.adjusted(4, 0, 0, 0), QtCore.Qt.AlignmentFlag.AlignVCenter, elided)
        for row in (2 * driver, 2 * driver + 1):
            sign = int(array.sign[half, row])
            if sign:
                line = here.of_synapse(half, row, 0).line
                side = QtCore.QRectF(
                    frame.right() - 2 * zoom, self.rect(0, here.top_of(line), 1, 1).top(), 2 * zoom, zoom
                )
                p.setPen(QtGui.QColor(excites(self.theme) if sign > 0 else inhibits(self.theme)))
                p.drawText(side, _CENTRE, "+" if sign > 0 else "−")

    def _carried(self, half: int, driver: int) -> str:
        placed = self.scene.placed
        if placed is None:
            return "–"
        sources = np.unique(self.scene.array.source[half, 2 * driver])
        names = [source_name(placed, int(s), self.scene.bias) for s in sources if s != NONE]
        return ", ".join(names) if names else "–"

    def network(self) -> None:
        """Where the network sits: hidden neurons in a frame, outputs in a thicker one with a mark."""
        p, theme, array = self.p, self.theme, self.scene.array
        p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        for half in range(SPEC.n_halves):
            for first, end, layer in array.runs(half):
                top = here.top_of(SPEC.n_rows + half)
                frame = self.rect(here.left_of(first), top, here.left_of(end - 1) + here.WIDE - here.left_of(first),
                                  here.BAND)  # fmt: skip
                last = layer == array.n_layers - 1
                pen = QtGui.QPen(QtGui.QColor(theme.amber if last else theme.text), 2.4 if last else 1.4)
                p.setPen(pen)
                p.drawRect(frame)
                if last:
                    x, y = frame.center().x(), frame.top() if half == 0 else frame.bottom()
                    way = -1 if half == 0 else 1
                    p.setBrush(QtGui.QColor(theme.amber))
                    p.drawPolygon([QtCore.QPointF(x, y + 2 * way), QtCore.QPointF(x - 4, y + 8 * way),
                                   QtCore.QPointF(x + 4, y + 8 * way)])  # fmt: skip
                    p.setBrush(QtCore.Qt.BrushStyle.NoBrush)

    def failed(self) -> None:
        """A cross on circuits that a calibration gave up."""
        if self.scene.failed is None:
            return
        self.p.setPen(QtGui.QPen(QtGui.QColor(self.theme.bad), 1.6))
        for circuit in np.flatnonzero(self.scene.failed).tolist():
            frame = self.rect(*here.box(here.of_circuit(circuit)))
            self.p.drawLine(frame.topLeft(), frame.bottomRight())
            self.p.drawLine(frame.topRight(), frame.bottomLeft())

    def glow(self) -> None:
        """Rows and neurons that an event is at."""
        p = self.p
        p.setPen(QtCore.Qt.PenStyle.NoPen)
        for (half, row), share in self.scene.rows.items():
            line = here.of_synapse(half, row, 0).line
            colour = QtGui.QColor(self.theme.amber)
            colour.setAlphaF(0.75 * share)
            p.setBrush(colour)
            thick = max(1.0, 1.6 / self.view.zoom)
            p.drawRect(self.rect(0, here.top_of(line) - (thick - 1) / 2, here.WIDTH, thick))
        for circuit, share in self.scene.circuits.items():
            left, top, width, height = here.box(here.of_circuit(circuit))
            frame = self.rect(left, top, width, height)
            grown = 5.0 * share
            colour = QtGui.QColor(self.theme.amber)
            colour.setAlphaF(min(1.0, 0.25 + share))
            p.setBrush(colour)
            p.drawRoundedRect(frame.adjusted(-grown, -grown, grown, grown), 3, 3)

    def captions(self) -> None:
        """What is where, as long as nothing is in it."""
        p, (synapses, neurons) = self.p, self.scene.captions
        p.setFont(self.font)
        p.setPen(QtGui.QColor(self.theme.secondary))
        wide = here.WIDTH - 2 * here.FLANK
        if self.scene.placed is None:
            for half in range(SPEC.n_halves):
                line = 0 if half == 0 else SPEC.n_rows + SPEC.n_halves
                p.drawText(self.rect(here.FLANK, here.top_of(line), wide, float(SPEC.n_rows)), _CENTRE, synapses)
        if self.scene.values is None and self.scene.placed is None:
            band = self.rect(here.FLANK, here.top_of(SPEC.n_rows), wide, SPEC.n_halves * here.BAND)
            p.drawText(band, _CENTRE, neurons)

    def cursor(self, spot: Spot, *, focused: bool) -> None:
        """A frame round what is picked, with hairlines so that it is found from afar."""
        p, theme = self.p, self.theme
        frame = self.rect(*here.box(spot))
        grown = frame.adjusted(-2, -2, 2, 2)
        p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        for colour, width in ((theme.ground, 4.0), (theme.focus if focused else theme.text, 2.0)):
            p.setPen(QtGui.QPen(QtGui.QColor(colour), width))
            p.drawRect(grown)
        if frame.height() < 12:
            p.setPen(QtGui.QPen(QtGui.QColor(theme.text), 1, QtCore.Qt.PenStyle.DotLine))
            y, x = frame.center().y(), frame.center().x()
            a, b = self.rect(0, 0, 0, 0).left(), self.rect(here.WIDTH, 0, 0, 0).left()
            p.drawLine(QtCore.QPointF(a, y), QtCore.QPointF(grown.left(), y))
            p.drawLine(QtCore.QPointF(grown.right(), y), QtCore.QPointF(b, y))
            low, high = self.rect(0, 0, 0, 0).top(), self.rect(0, here.HEIGHT, 0, 0).top()
            p.drawLine(QtCore.QPointF(x, low), QtCore.QPointF(x, grown.top()))
            p.drawLine(QtCore.QPointF(x, grown.bottom()), QtCore.QPointF(x, high))
