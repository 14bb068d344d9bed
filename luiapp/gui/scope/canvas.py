"""The screen of the scope: what moves, and what lies on top."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.live import Live
from luiapp.gui.scope import axes, paint
from luiapp.gui.scope.cursors import Cursors, value_at
from luiapp.gui.scope.picture import Picture
from luiapp.gui.scope.scene import Frame, Scene, compose, is_stacked, visible
from luiapp.gui.scope.state import ScopeState
from luiapp.gui.scope.twin import TwinOverlay
from luiapp.gui.scope.view import Timebase, View
from luiapp.gui.theme import Look, Theme
from luiapp.stream.derived import CALCULATED
from luiapp.stream.ring import Ring
from luiapp.texts import tr
from luiapp.units import format_quantity

_NO_VIEW = View("live", -1.0, 1.0, ())


class Canvas(QtWidgets.QWidget):
    """Draws the scope. Settings live in `state`; `changed` is emitted when a mouse or key changed one of them.

    `luiapp.gui.scope.screen.Screen` adds mouse and keys.
    """

    changed = QtCore.Signal()

    def __init__(self, live: Live, look: Look, state: ScopeState, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.live, self.look, self.state = live, look, state
        self.timebase = Timebase(state)
        self.cursors = Cursors()
        self.twin = TwinOverlay(live, self)
        self.picture = Picture()
        self.is_ready: Callable[[], bool] = lambda: True
        self.view = _NO_VIEW
        self._still = QtGui.QPixmap()
        self._still_key: object = None
        self._by_keys = False  # the focus came by keys, and is to be seen
        self._drawn: object = None
        self.pointer: QtCore.QPointF | None = None  # where a read-out is wanted
        self._frame: Frame | None = None
        self._frame_key: object = None
        self._main = axes.Follower()
        self.scales: dict[str, axes.Follower] = {}  # of calculated traces
        self._header = ""
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(240, 130)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # -- what is seen --------------------------------------------------------------------------------------------

    @property
    def ring(self) -> Ring | None:
        """The data, once there is any."""
        ring = self.live.ring
        return ring if ring is not None and ring.layout.traces else None

    def font_now(self) -> QtGui.QFont:
        """The type of the axes."""
        return paint.scope_font(self.look.theme, self.font())

    def stacked(self) -> bool:
        """Whether each trace has a lane of its own."""
        return self.ring is not None and is_stacked(self.state, len(visible(self.ring.layout, self.state)))

    def frame_now(self) -> Frame:
        """Where things lie at present; worked out anew after `refresh`, a change of size, or another stream."""
        layout = self.ring.layout if self.ring is not None else None
        key = self.size(), layout, self.look.theme.name
        if self._frame is None or self._frame_key != key:
            self._frame_key = key
            self._frame = self.frame_in(self.size(), self.look.theme)
        return self._frame

    def frame_in(self, size: QtCore.QSize, theme: Theme) -> Frame:
        """Where things lie in a picture of `size`."""
        layout = self.ring.layout if self.ring is not None else None
        metrics = QtGui.QFontMetrics(paint.scope_font(theme, self.font()))
        names = layout.neurons if layout is not None else ()
        lanes = [t.name for t in layout.traces if t.quantity == CALCULATED] if layout is not None else []
        width = max((metrics.horizontalAdvance(n) for n in (*names[:256], *lanes)), default=0)
        width = min(width, size.width() // 9)
        n_rows = len(names) if self.state.raster else 0
        return Frame.fit(size, theme, metrics, n_rows, width, 0.25 if self.stacked() else 0.36)

    def scene_now(self, frame: Frame | None = None, theme: Theme | None = None) -> Scene | None:
        """What is drawn where, at present; None before there is a stream."""
        ring = self.ring
        if ring is None:
            return None
        return compose(ring.layout, self.live.network, self.live.selected, self.state, theme or self.look.theme,
                       frame or self.frame_now(), self.devicePixelRatioF(), self.live.supply(),
                       {name: one.limits for name, one in self.scales.items()})  # fmt: skip

    def advance(self) -> None:
        """Called once per display frame: repaint what has changed, and only that."""
        ring = self.ring
        if ring is None or not self.isVisible():
            return
        columns = max(1, round(self.frame_now().plot.width() * self.devicePixelRatioF()))
        self.view = self.timebase.view(ring, columns)
        self.cursors.follow(self.view)
        key = self.view, ring.n_gaps
        if key != self._drawn:
            self._drawn = key
            self.update(self.frame_now().both)

    def refresh(self) -> None:
        """Draw everything anew: a setting, the theme, the language or the circuit changed."""
        self._still_key = self._drawn = self._frame = None
        self._header = self.header()
        self.update()

    def read_out(self) -> None:
        """Bring the line of text above the picture up to date."""
        header = self.header()
        if header != self._header:
            self._header = header
            self.update()

    def fit_axis(self, *, at_once: bool = False) -> None:
        """Let the voltage axis follow the data, where it may: wider at once, narrower only after some calm."""
        scene = self.scene_now()
        if scene is None or not len(scene.chosen):
            return
        changed = False
        assert self.ring is not None
        for row in np.flatnonzero(scene.own).tolist():
            scale = self.scales.setdefault(self.ring.layout.traces[scene.chosen[row]].name, axes.Follower())
            changed |= scale.follow(*(self._seen(scene, [row]) or (0.0, 1.0)), at_once=at_once)
        if self.state.auto_axes and not scene.own.all():
            self._main.limits = self.state.y_low, self.state.y_high
            changed |= self._main.follow(*self._extent(scene), at_once=at_once)
            self.state.y_low, self.state.y_high = self._main.limits
        if changed:
            self.refresh()

    def _extent(self, scene: Scene) -> tuple[float, float]:
        values = [scene.thresholds[i] / d for i, d in zip(self._neurons(scene), scene.divisor, strict=True)
                  if i in scene.thresholds]  # fmt: skip
        if values:
            values.append(0.0)
        values += self._seen(scene, np.flatnonzero(~scene.own).tolist()) or ()
        return (min(values), max(values)) if values else (0.0, 1.0)

    def _seen(self, scene: Scene, rows: list[int]) -> tuple[float, float] | None:
        """Least and greatest value of these rows on the screen, in units of the axis; None where there is none."""
        low, high = self.picture.low, self.picture.high
        if low.shape[0] != len(scene.chosen) or not low.size or not rows:
            return None
        divisor = scene.divisor[rows, None].astype(np.float32)
        found = float(np.fmin.reduce(low[rows] / divisor, axis=None)), \
            float(np.fmax.reduce(high[rows] / divisor, axis=None))  # fmt: skip
        return found if all(map(math.isfinite, found)) else None

    def _neurons(self, scene: Scene) -> list[int]:
        assert self.ring is not None
        return [self.ring.layout.traces[i].i_neuron for i in scene.chosen.tolist()]

    # -- painting ------------------------------------------------------------------------------------------------

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        reasons = QtCore.Qt.FocusReason
        self._by_keys = event.reason() in (reasons.TabFocusReason, reasons.BacktabFocusReason)
        super().focusInEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        p = QtGui.QPainter(self)
        self.draw(p, everything=not self.frame_now().both.contains(event.rect()))
        p.end()

    def draw(self, p: QtGui.QPainter, *, everything: bool = True) -> None:
        """Draw with `p`: all of it, or only what moves."""
        theme, ring = self.look.theme, self.ring
        font = self.font_now()
        p.setFont(font)
        pen = paint.Pen(p, theme, font, QtGui.QFontMetrics(font))
        frame = self.frame_now()
        scene = self.scene_now(frame)
        if ring is None or scene is None:
            self._draw_empty(pen, frame)
            return
        header = self._header
        key = (self.view.kind, self.view.x_low, self.view.span, header, self.size(), scene.dpr, theme.name, frame)
        if self._still_key != key:
            self._still_key = key
            self._still = self._draw_still(scene, font, header)
            everything = True
        if everything:
            p.drawPixmap(0, 0, self._still)
        if not self.is_ready():
            p.fillRect(frame.both, QtGui.QColor(theme.ground))
            return
        self.picture.render(ring, self.view, scene, theme, paint.y_ticks(scene, pen.metrics)[0])
        uprights = paint.x_ticks(self.view, frame.both.width(), pen.metrics)[1]
        self.picture.paint(p, frame.both.topLeft(), scene.dpr, uprights, theme)
        p.setClipRect(frame.both)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        self.draw_over(pen, scene, ring)
        if self.pointer is not None:
            self._draw_hover(pen, scene, ring, self.pointer)
        if self._by_keys and self.hasFocus():
            paint.draw_focus(pen, frame)
        p.setClipping(False)

    def draw_over(self, pen: paint.Pen, scene: Scene, ring: Ring) -> None:
        """Scales, levels, events and cursors."""
        paint.draw_scales(pen, scene, ring.layout)
        paint.draw_levels(pen, scene, ring.layout, self.live.selected)
        events = [e for s in self.view.segments
                  for e in ring.events(s.t_begin, s.t_begin + (s.end - s.begin) * self.view.span)]  # fmt: skip
        paint.draw_events(pen, scene, self.view, events)
        self.twin.paint(pen, scene, self.view, ring)
        if self.state.cursors:
            paint.draw_cursors(pen, scene, self.cursors.shares, self.cursors.active)

    def _draw_empty(self, pen: paint.Pen, frame: Frame) -> None:
        pen.p.fillRect(self.rect(), QtGui.QColor(pen.theme.panel))
        pen.p.fillRect(frame.both, QtGui.QColor(pen.theme.ground))
        middle = frame.both.center()
        network = self.live.network
        if network is not None and network.n_neurons:
            text = tr("The neurons get ready …")
        else:
            text = tr("The membrane appears here as soon as a neuron is there")
        pen.text(middle.x(), middle.y(), text, pen.theme.secondary, QtCore.Qt.AlignmentFlag.AlignHCenter)

    def _draw_still(self, scene: Scene, font: QtGui.QFont, header: str) -> QtGui.QPixmap:
        pixmap = QtGui.QPixmap(self.size() * scene.dpr)
        pixmap.setDevicePixelRatio(scene.dpr)
        pixmap.fill(QtGui.QColor(self.look.theme.panel))
        p = QtGui.QPainter(pixmap)
        p.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        p.setFont(font)
        pen = paint.Pen(p, self.look.theme, font, QtGui.QFontMetrics(font))
        assert self.ring is not None
        paint.draw_still(pen, scene, self.view, self.ring.layout, self.state.unit, self.live.selected, header)
        p.end()
        return pixmap

    def header(self) -> str:
        """What stands above the picture: how time runs, and what the cursors read."""
        state, trigger = self.state, self.timebase.trigger
        parts = []
        if self.timebase.frozen:
            parts += [tr("frozen"), *([tr("since start")] if self.view.kind == "past" else [])]
        elif self.view.kind == "past":
            parts += [tr("looking back"), tr("since start")]
        elif self.view.kind == "trigger":
            if trigger.done:
                parts.append(tr("single sweep done"))
            elif trigger.t_trigger is None or trigger.forced:
                parts.append(tr("waiting for a trigger"))
            else:
                parts.append(tr("triggered"))
        else:
            parts += [tr("sweep")] if state.mode == "sweep" else [tr("scroll"), tr("before now")]
        parts.insert(1, axes.duration(state.window))
        reading = self.cursor_text()
        return " · ".join(parts) + (f"   |   {reading}" if reading else "")

    def cursor_text(self) -> str:
        """What the cursors read, in one line; empty where they are off."""
        ring, scene = self.ring, self.scene_now()
        if not self.state.cursors or ring is None or scene is None or not len(scene.chosen):
            return ""
        row = self.focus_row(scene)
        one = self.cursors.read(self.view, ring, int(scene.chosen[row]))
        unit = paint.unit_name(self.state.unit, ring.layout, [int(scene.chosen[row])])
        divisor, n = float(scene.divisor[row]), 3
        volts = {k: f"{axes.number(v / divisor, n)} {unit}" for k, v in (("a", one.v_a), ("b", one.v_b), ("d", one.dv))}
        mark = axes.decimal()
        rate = format_quantity(one.rate, "Hz", 3, mark) if one.dt else "–"
        return (f"{ring.layout.traces[scene.chosen[row]].name}:  A {volts['a']}  B {volts['b']}  ΔV {volts['d']}  "
                f"Δt {format_quantity(one.dt, 's', 3, mark)}  1/Δt {rate}")  # fmt: skip

    def focus_row(self, scene: Scene) -> int:
        """The row that read-outs are about: the selected neuron's, else the topmost."""
        row = scene.row_of(self.live.selected, self.ring.layout) if self.ring is not None else -1
        return row if row >= 0 else len(scene.chosen) - 1

    def _draw_hover(self, pen: paint.Pen, scene: Scene, ring: Ring, at: QtCore.QPointF) -> None:
        both = scene.frame.both
        share = (at.x() - both.left()) / max(both.width(), 1)
        t = self.view.time_at(share)
        row = self.row_near(scene, at)
        if t is None or row < 0:
            return
        value = value_at(ring, int(scene.chosen[row]), t)
        if not math.isfinite(value):
            column = min(int(share * scene.n_columns), scene.n_columns - 1)
            value = float(self.picture.low[row, column] + self.picture.high[row, column]) / 2
        unit = paint.unit_name(self.state.unit, ring.layout, [int(scene.chosen[row])])
        name = ring.layout.traces[scene.chosen[row]].name
        x = self.view.x_low + share * self.view.span
        n = axes.places(axes.nice_step(self.view.span, 400))
        volts = axes.number(value / float(scene.divisor[row]), 3)
        colour = scene.colours[row]
        paint.draw_hover(pen, scene, at, [f"{name}  {volts} {unit}", f"{axes.number(x, n)} s"], colour)
        if math.isfinite(value):
            pen.p.setBrush(QtGui.QColor(colour))
            pen.p.drawEllipse(QtCore.QPointF(at.x(), scene.y_at(row, value)), 4, 4)

    def row_near(self, scene: Scene, at: QtCore.QPointF) -> int:
        """The row whose trace lies nearest to a point; −1 where there is none."""
        column = int((at.x() - scene.frame.both.left()) * scene.dpr)
        if not (0 <= column < scene.n_columns) or self.picture.low.shape != (len(scene.chosen), scene.n_columns):
            return -1
        y = (at.y() - scene.frame.plot.top()) * scene.dpr
        top = scene.zero - scene.gain * self.picture.high[:, column]
        bottom = scene.zero - scene.gain * self.picture.low[:, column]
        distance = np.maximum(np.maximum(top - y, y - bottom), 0.0)
        inside = (y >= scene.y_from) & (y <= scene.y_end)
        distance = np.where(inside, np.where(scene.own | scene.stacked, 0.0, distance), np.inf)
        if not len(distance) or np.isnan(distance).all() or not np.isfinite(np.nanmin(distance)):
            return -1
        return int(np.nanargmin(distance[::-1]) * -1 + len(distance) - 1)

    # -- what mouse, keys and panel share --------------------------------------------------------------------------

    def touched(self) -> None:
        """A setting changed: draw anew and tell the panel."""
        ring = self.ring
        if ring is not None:
            columns = max(1, round(self.frame_now().plot.width() * self.devicePixelRatioF()))
            self.view = self.timebase.view(ring, columns)
            self.cursors.follow(self.view)
        self.refresh()
        self.changed.emit()

    def move_cursor(self, columns: int) -> None:
        """Move the active cursor by so many pixels."""
        share = self.cursors.shares[self.cursors.active] + columns / max(self.frame_now().both.width() - 1, 1)
        self.cursors.put(self.cursors.active, share, self.view)
        self.read_out()
        self.update()

    def pan(self, seconds: float) -> None:
        """Look further back (negative) or towards now."""
        if self.ring is not None:
            self.timebase.pan(seconds, self.ring)
            self.touched()

    def zoom_time(self, direction: int, share: float = 1.0) -> None:
        """A longer (+1) or shorter (−1) window; what is at `share` of the axis stays, while looking back."""
        window = axes.next_window(self.state.window, direction)
        self.timebase.zoom(window, self.ring, min(max(share, 0.0), 1.0))
        self.touched()

    def zoom_volts(self, factor: float) -> None:
        """Stretch or squeeze the voltage axis about its middle."""
        middle, half = (self.state.y_low + self.state.y_high) / 2, (self.state.y_high - self.state.y_low) / 2 * factor
        if 1e-4 < half < 1e5:
            self.set_range(middle - half, middle + half)

    def set_range(self, low: float, high: float) -> None:
        """Fix the voltage axis."""
        self.state.auto_axes = False
        self.state.y_low, self.state.y_high = low, high
        self.touched()

    def auto_axes(self, on: bool) -> None:
        """Let the voltage axis follow the data, or stay as it is."""
        self.state.auto_axes = on
        self.fit_axis(at_once=True)
        self.touched()
