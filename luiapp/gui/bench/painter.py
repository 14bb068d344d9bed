"""The bench's two layers: what stands still, kept as a pixmap, and the lights painted over it each frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from PySide6 import QtCore, QtGui

from luiapp.gui.bench import art, shape
from luiapp.gui.bench.cables import paint_bridge, paint_cable, paint_plugs
from luiapp.gui.bench.item_paint import lead_colour, paint_lead, paint_lead_end, paint_thing
from luiapp.gui.bench.lights import RIPPLE, STEPS, Lights
from luiapp.gui.bench.scene import R_DISC, Part, Scene
from luiapp.gui.theme import Look
from luiapp.model.lui import KNOBS

GRID = 32.0  # bench units between the dots of the ground


class View:
    """Which part of the bench is seen: logical pixels = bench units · scale + offset."""

    LEAST, MOST = 0.12, 6.0

    def __init__(self) -> None:
        self.scale = 1.0
        self.offset = QtCore.QPointF(0, 0)

    def to_bench(self, pixel: QtCore.QPointF) -> QtCore.QPointF:
        return (pixel - self.offset) / self.scale

    def to_pixel(self, point: QtCore.QPointF) -> QtCore.QPointF:
        return point * self.scale + self.offset

    def rect_to_pixel(self, rect: QtCore.QRectF) -> QtCore.QRectF:
        return QtCore.QRectF(self.to_pixel(rect.topLeft()), rect.size() * self.scale)

    def zoom(self, factor: float, about: QtCore.QPointF) -> None:
        """Magnify by `factor`; the bench under the pixel `about` stays there."""
        held = self.to_bench(about)
        self.scale = min(max(self.scale * factor, self.LEAST), self.MOST)
        self.offset = about - held * self.scale

    def fit(self, extent: QtCore.QRectF, size: QtCore.QSizeF, *, most: float = 3.0) -> None:
        """Show all of `extent` in the middle of `size`."""
        if extent.isEmpty() or size.isEmpty():
            return
        margin = 14.0
        scale = min((size.width() - 2 * margin) / extent.width(), (size.height() - 2 * margin) / extent.height())
        self.scale = min(max(scale, self.LEAST), most)
        centre = QtCore.QPointF(size.width() / 2, size.height() / 2)
        self.offset = centre - extent.center() * self.scale


class Layers:
    """Paints a `Scene` in a `View`."""

    def __init__(self, scene: Scene, lights: Lights, view: View, look: Look) -> None:
        self.scene, self.lights, self.view, self.look = scene, lights, view, look
        self.selected, self.item = -1, ""
        self.more: set[int | str] = set()  # chosen beside it
        self.active = False  # the bench has the keyboard
        self._static: QtGui.QPixmap | None = None
        self._stale: set[int] = set()
        self._board: QtGui.QPixmap | None = None
        self._glow: QtGui.QPixmap | None = None
        self._ember: QtGui.QPixmap | None = None
        self._flash: QtGui.QPixmap | None = None
        self._kept: dict[tuple[object, ...], QtGui.QPixmap] = {}
        self._key: tuple[object, ...] = ()

    def forget(self) -> None:
        """Everything has to be painted anew."""
        self._static = None
        self._stale.clear()

    def forget_art(self) -> None:
        """The theme or language changed."""
        self._key = ()
        self.forget()

    def touch(self, i: int) -> None:
        """A trimmer or switch of neuron `i` changed."""
        self._stale.add(i)

    # -- what stands still ---------------------------------------------------------------------------------------

    def static(self, size: QtCore.QSize, ratio: float) -> QtGui.QPixmap:
        """The still layer, for a widget of `size`."""
        self._sprites(ratio)
        pixels = (QtCore.QSizeF(size) * ratio).toSize()
        if self._static is None or self._static.size() != pixels:
            self._static = QtGui.QPixmap(pixels)
            self._static.setDevicePixelRatio(ratio)
            self._stale.clear()
            self._compose(self._static, QtCore.QRectF(QtCore.QPointF(0, 0), QtCore.QSizeF(size)))
        for i in self._stale:
            if i < len(self.scene.centres):
                area = self.view.rect_to_pixel(self.scene.bounds(i)).adjusted(-8, -8, 8, 8)
                self._compose(self._static, area)
        self._stale.clear()
        return self._static

    def _sprites(self, ratio: float) -> None:
        key = (self.view.scale, ratio, self.look.theme.name, self.scene.kind)
        if key == self._key:
            return
        self._key = key
        self._kept.clear()
        scale = self.view.scale * shape.SIZE
        if self.scene.kind == "boards":
            self._board = art.board_pixmap(scale, ratio, self.look.theme)
        self._glow = art.glow_pixmap(shape.R_LED * scale, ratio, "#ffd77a", "#ffa800")
        self._ember = art.glow_pixmap(shape.R_SPIKE_LED * scale, ratio, "#ffb030", "#ff9800", hot="#ffbe4a")
        self._flash = art.glow_pixmap(shape.R_SPIKE_LED * scale, ratio, "#fff3c4", "#ffb938")

    def _compose(self, pixmap: QtGui.QPixmap, area: QtCore.QRectF) -> None:
        painter = QtGui.QPainter(pixmap)
        painter.setRenderHints(QtGui.QPainter.RenderHint.Antialiasing | QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        area = QtCore.QRectF(area.toAlignedRect())
        painter.setClipRect(area)
        painter.fillRect(area, QtGui.QColor(self.look.theme.ground))
        self._paint_grid(painter, area)
        scene, view, theme = self.scene, self.view, self.look.theme
        seen = QtCore.QRectF(view.to_bench(area.topLeft()), area.size() / view.scale)
        painter.translate(view.offset)
        painter.scale(view.scale, view.scale)
        near = [c for c in scene.cables if c.path.boundingRect().adjusted(-9, -9, 9, 9).intersects(seen)]
        if scene.kind == "discs":
            for cable in near:
                self._paint_axon(painter, cable.path, cable.pre, cable.excites)
        else:
            for cable in near:
                paint_cable(painter, cable, theme.neuron_colour(cable.pre), theme)
        leads = [one for one in scene.leads if one.path.boundingRect().adjusted(-9, -9, 9, 9).intersects(seen)]
        for lead in leads:
            paint_lead(painter, lead, lead_colour(scene, lead, theme), theme)
        for i in range(len(scene.centres)):
            if scene.bounds(i).intersects(seen):
                self._paint_neuron(painter, i)
        if scene.kind == "boards":
            for cable in near:
                paint_plugs(painter, cable)
                if cable.crosses:
                    paint_bridge(painter, cable, theme)
        for lead in leads:
            paint_lead_end(painter, lead)
        for thing in scene.things:
            if thing.bounds.intersects(seen):
                chosen = thing.item.name == self.item or thing.item.name in self.more
                paint_thing(painter, thing, theme, selected=chosen, active=self.active)
        painter.end()

    def _paint_grid(self, painter: QtGui.QPainter, area: QtCore.QRectF) -> None:
        step = GRID * self.view.scale
        while step < 18:
            step *= 2
        x0 = self.view.offset.x() % step + math.floor(area.left() / step) * step
        y0 = self.view.offset.y() % step + math.floor(area.top() / step) * step
        colour = QtGui.QColor(self.look.theme.line)
        colour.setAlphaF(0.55 if self.look.theme.dark else 0.9)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing, False)  # ten times as fast, and as crisp
        painter.setPen(QtGui.QPen(colour, 2.0))
        n_x, n_y = int(area.width() / step) + 2, int(area.height() / step) + 2
        painter.drawPoints([QtCore.QPointF(x0 + a * step, y0 + b * step) for a in range(n_x) for b in range(n_y)])
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing, True)

    def _paint_neuron(self, painter: QtGui.QPainter, i: int) -> None:
        if self.scene.kind == "discs":
            self._paint_disc(painter, i)
            return
        scene = self.scene
        x, y = scene.centres[i]
        painter.save()
        painter.translate(x, y)
        painter.scale(shape.SIZE, shape.SIZE)
        if i == self.selected or i in self.more:
            self._paint_selection(painter)
        assert self._board is not None
        painter.restore()
        painter.save()  # the board's own pixels, unscaled and on whole pixels: as crisp as they were painted
        painter.resetTransform()
        corner = self.view.to_pixel(scene.bounds(i).topLeft())
        corner = QtCore.QPointF(round(corner.x()), round(corner.y()))
        painter.drawPixmap(corner, self._board)
        self._paint_parts(painter, i, corner)
        painter.restore()

    def _sprite(
        self, key: tuple[object, ...], area: QtCore.QRectF, paint: Callable[[QtGui.QPainter], None]
    ) -> QtGui.QPixmap:
        """What `paint` paints within `area` (board units), kept until the zoom changes."""
        if key not in self._kept:
            if len(self._kept) > 400:
                self._kept.clear()
            assert self._board is not None
            ratio, unit = self._board.devicePixelRatio(), self.view.scale * shape.SIZE
            pixmap = QtGui.QPixmap((area.size() * unit * ratio).toSize() + QtCore.QSize(1, 1))
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(QtCore.Qt.GlobalColor.transparent)
            painter = QtGui.QPainter(pixmap)
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
            painter.scale(unit, unit)
            painter.translate(-area.topLeft())
            paint(painter)
            painter.end()
            self._kept[key] = pixmap
        return self._kept[key]

    def _paint_parts(self, painter: QtGui.QPainter, i: int, corner: QtCore.QPointF) -> None:
        """Trimmers, switches and sticker of a board whose top left corner is at the pixel `corner`."""
        unit, network, theme = self.view.scale * shape.SIZE, self.scene.network, self.look.theme

        def put(key: tuple[object, ...], area: QtCore.QRectF, paint: Callable[[QtGui.QPainter], None]) -> None:
            at = corner + (area.topLeft() - shape.BOUNDS.topLeft()) * unit
            painter.drawPixmap(QtCore.QPointF(round(at.x()), round(at.y())), self._sprite(key, area, paint))

        for knob in KNOBS:
            at = shape.TRIMMERS[knob.name]
            percent = None  # a real board whose trimmers nobody has told us
            if network is not None:
                percent = round(knob.percent(float(network.parameter(knob.parameter)[i])), 1)
            area = QtCore.QRectF(at[0] - 15, at[1] - 15, 30, 30)
            put((knob.name, percent), area, partial(art.paint_trimmer, at=at, percent=percent))
        for k, at in enumerate(shape.SWITCHES):
            sign = float(network.parameter(f"sign_{k + 1}")[i]) if network is not None else None
            area = QtCore.QRectF(at[0] - 10, at[1] - 7, 20, 14)
            put(("switch", k, sign), area, partial(art.paint_switch, at=at, sign=sign))
        sticker = (self.scene.names[i], theme.neuron_colour(i), theme.neuron_style(i))
        put(sticker, shape.NAME_PLATE.adjusted(-5, -5, 5, 5), lambda p: art.paint_plate(p, *sticker))
        one = self.scene.real.get(i)
        if one is not None:
            text, silent = one.short(), one.silent
            put(("real", text, silent), art.REAL_MARK, lambda p: art.paint_real(p, text, theme, silent=silent))

    def _paint_selection(self, painter: QtGui.QPainter) -> None:
        theme, pixel = self.look.theme, 1 / (self.view.scale * shape.SIZE)
        thin = min((2.4 if self.active else 1.8) * pixel, 3.5)
        halo = QtGui.QColor(theme.text)
        for width, alpha in ((5.0 * thin, 0.08), (3.0 * thin, 0.14)):
            halo.setAlphaF(alpha)
            painter.strokePath(shape.inset(-2.0), QtGui.QPen(halo, width, j=QtCore.Qt.PenJoinStyle.RoundJoin))
        line = QtGui.QColor(theme.text)
        line.setAlphaF(1.0 if self.active else 0.75)
        painter.strokePath(shape.inset(-3.0), QtGui.QPen(line, thin, j=QtCore.Qt.PenJoinStyle.RoundJoin))

    def _paint_axon(self, painter: QtGui.QPainter, path: QtGui.QPainterPath, pre: int, excites: bool) -> None:
        colour = QtGui.QColor(self.look.theme.neuron_colour(pre))
        style = QtCore.Qt.PenStyle.SolidLine if excites else QtCore.Qt.PenStyle.DashLine
        painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        painter.strokePath(path, QtGui.QPen(colour, 2.2, style))
        end, angle = path.pointAtPercent(1.0), math.radians(path.angleAtPercent(1.0))
        d = QtCore.QPointF(math.cos(angle), -math.sin(angle))
        n = QtCore.QPointF(-d.y(), d.x())
        painter.setPen(QtGui.QPen(colour, 2.2))
        painter.setBrush(colour)
        if excites:
            painter.drawPolygon(QtGui.QPolygonF([end, end - d * 9 + n * 4.5, end - d * 9 - n * 4.5]))
        else:
            painter.drawLine(end + n * 7, end - n * 7)

    def _paint_disc(self, painter: QtGui.QPainter, i: int) -> None:
        theme, centre = self.look.theme, QtCore.QPointF(*self.scene.centres[i])
        if i == self.selected or i in self.more:
            painter.setPen(QtGui.QPen(QtGui.QColor(theme.text), 2.4))
            painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, R_DISC + 5, R_DISC + 5)
        painter.setPen(art.line_pen(theme.neuron_colour(i), 3.0, theme.neuron_style(i)))
        painter.setBrush(QtGui.QColor(theme.raised))
        painter.drawEllipse(centre, R_DISC, R_DISC)

    # -- what glows ----------------------------------------------------------------------------------------------

    def paint_lights(self, painter: QtGui.QPainter, area: QtCore.QRectF) -> None:
        """LEDs, spikes and ripples inside `area` (pixels)."""
        scene, view, lights = self.scene, self.view, self.lights
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        n = min(len(scene.centres), len(lights.spikes))
        for i in range(n):
            if not view.rect_to_pixel(scene.bounds(i)).adjusted(-20, -20, 20, 20).intersects(area):
                continue
            if scene.kind == "discs":
                self._paint_level(painter, i)
            else:
                self._paint_leds(painter, i)
        painter.setOpacity(1.0)
        self._paint_moving(painter)

    def _paint_leds(self, painter: QtGui.QPainter, i: int) -> None:
        assert self._glow is not None and self._ember is not None and self._flash is not None
        unit = self.view.scale * shape.SIZE
        half = self._glow.deviceIndependentSize().width() / 2
        levels = self.lights.leds[i]
        for k, at in enumerate(shape.LEDS):
            if levels[k]:
                painter.setOpacity(float(levels[k]) / STEPS)
                point = self.view.to_pixel(self.scene.at(i, at))
                painter.drawPixmap(point - QtCore.QPointF(half, half), self._glow)
        if self.lights.spikes[i]:
            level = float(self.lights.spikes[i]) / STEPS
            r = 5.2 * shape.R_SPIKE_LED * unit
            point = self.view.to_pixel(self.scene.at(i, shape.SPIKE_LED))
            target = QtCore.QRectF(point.x() - r, point.y() - r, 2 * r, 2 * r)
            # It cools from white through amber, as an LED's after-image does; one sprite alone would turn grey.
            for opacity, sprite in ((min(1.0, 1.6 * level), self._ember), (level**2.5, self._flash)):
                painter.setOpacity(opacity)
                painter.drawPixmap(target, sprite, QtCore.QRectF(sprite.rect()))

    def _paint_level(self, painter: QtGui.QPainter, i: int) -> None:
        theme, view = self.look.theme, self.view
        centre, r = view.to_pixel(QtCore.QPointF(*self.scene.centres[i])), (R_DISC - 4) * view.scale
        level = float(self.lights.leds[i, 0]) / (4 * STEPS)
        colour = QtGui.QColor(theme.neuron_colour(i))
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setOpacity(0.55)
        painter.setBrush(colour)
        chord = math.degrees(math.acos(1 - 2 * level)) if level < 1 else 180.0
        box = QtCore.QRectF(centre.x() - r, centre.y() - r, 2 * r, 2 * r)
        painter.drawChord(box, round((270 - chord) * 16), round(2 * chord * 16))
        if self.lights.spikes[i]:
            painter.setOpacity(float(self.lights.spikes[i]) / STEPS)
            painter.setBrush(QtGui.QColor("#fff3c8"))
            painter.drawEllipse(centre, r, r)
        painter.setOpacity(1.0)
        name = self.scene.names[i]
        font = art.silk_font(max(8, round(13 * view.scale)), bold=True)
        painter.setFont(font)
        flash = self.lights.spikes[i] > STEPS // 3
        painter.setPen(QtGui.QColor(art.INK if flash else theme.text))
        text = QtGui.QFontMetricsF(font).elidedText(name, QtCore.Qt.TextElideMode.ElideRight, 1.8 * r)
        painter.drawText(box, QtCore.Qt.AlignmentFlag.AlignCenter, text)

    def _paint_moving(self, painter: QtGui.QPainter) -> None:
        view, theme = self.view, self.look.theme
        for dot in self.lights.dots:
            point = self.lights.dot_at(dot)
            if point is None:
                continue
            centre, r = view.to_pixel(point), 12 * view.scale
            light = QtGui.QRadialGradient(centre, r)
            colour = QtGui.QColor(theme.neuron_colour(self.scene.cables[dot.i_cable].pre))
            light.setColorAt(0.0, QtGui.QColor("#ffffff"))
            light.setColorAt(0.32, QtGui.QColor("#fff6d8"))
            light.setColorAt(0.42, colour)
            colour.setAlphaF(0.0)
            light.setColorAt(1.0, colour)
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(light)
            painter.drawEllipse(centre, r, r)
        painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        for ripple in self.lights.ripples:
            if ripple.i >= len(self.scene.centres):
                continue
            x = min(max((self.lights.now - ripple.start) / RIPPLE, 0.0), 1.0)
            centre = view.to_pixel(self.scene.pad(ripple.i, ripple.synapse))
            for delay in (0.0, 0.3):
                y = x - delay
                if y > 0:
                    colour = QtGui.QColor("#ffd780" if theme.dark else "#b06e00")
                    colour.setAlphaF((1 - y) ** 1.5)
                    painter.setPen(QtGui.QPen(colour, 2.6 * view.scale * (1 - 0.6 * y)))
                    painter.drawEllipse(centre, (6 + 22 * y) * view.scale, (6 + 22 * y) * view.scale)

    def paint_focus(self, painter: QtGui.QPainter, part: Part, *, strong: bool) -> None:
        """A ring round the part that the keys act on, or that the pointer is over."""
        centre, radius = self.scene.place_of(part)
        if part.kind in ("body", "plate"):
            return
        at, r = self.view.to_pixel(centre), radius * self.view.scale + 3
        dark = QtGui.QColor("#000000")
        dark.setAlphaF(0.5)
        painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        painter.setPen(QtGui.QPen(dark, 4.5 if strong else 3.0))
        painter.drawEllipse(at, r, r)
        painter.setPen(QtGui.QPen(QtGui.QColor("#ffffff"), 2.4 if strong else 1.2))
        painter.drawEllipse(at, r, r)

    def paint_pointer(self, painter: QtGui.QPainter, part: Part) -> None:
        """Ring and arrow at the part that a lesson speaks of."""
        centre, radius = self.scene.place_of(part)
        at, r = self.view.to_pixel(centre), radius * self.view.scale + 6
        tip, size = at + QtCore.QPointF(0, -r - 2), max(9.0, 0.6 * r)
        arrow = QtGui.QPolygonF(
            [tip, tip + QtCore.QPointF(-size * 0.6, -size), tip + QtCore.QPointF(size * 0.6, -size)]
        )
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        for colour, width in (("#000000", 6.0), (self.look.theme.amber, 3.0)):
            painter.setPen(QtGui.QPen(QtGui.QColor(colour), width))
            painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, r, r)
            painter.setBrush(QtGui.QColor(colour))
            painter.drawPolygon(arrow)
