"""What glows on the bench: LEDs that follow the membranes, spikes on boards and wires, ripples at dendrites."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore

from luiapp.gui.bench import shape
from luiapp.gui.bench.scene import Scene
from luiapp.gui.bench.state import led_levels, supply_of
from luiapp.model import lui

STEPS = 12  # brightness levels that are told apart
AFTERGLOW = 0.05  # s, of the LEDs of the membrane
SPIKE_GLOW = 0.13  # s, of the spike LED
RIPPLE = 0.45  # s
SPEED = 900.0  # bench units a second at which a spike runs along a wire
_MOST_DOTS = 200
_APART = 0.05  # s between two dots on a wire, so that they stay dots


@dataclass(frozen=True)
class Dot:
    """A spike on its way along a wire."""

    i_cable: int
    start: float


@dataclass(frozen=True)
class Ripple:
    """Feedback at a dendrite that was touched."""

    i: int
    synapse: int
    start: float


class Lights:
    """The state of everything that glows. `follow` is called once a frame.

    Attributes
    ----------
    leds : (n_neurons, 6) int
        Brightness of each LED, 0…`STEPS`; for textbook neurons the first column is the level of the membrane.
    spikes : (n_neurons,) int
        Brightness of the spike LEDs, 0…`STEPS`.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.calm = False  # reduced motion: nothing travels
        self.vdd_estimate = lui.VDD
        self.dots: list[Dot] = []
        self.ripples: list[Ripple] = []
        self.now = 0.0
        self.resize(0)

    def resize(self, n: int) -> None:
        """Begin anew with `n` neurons."""
        self.leds = np.zeros((n, lui.N_LEDS), np.int16)
        self.spikes = np.zeros(n, np.int16)
        self._glow = np.zeros((n, lui.N_LEDS))
        self._spike = np.zeros(n)
        self._n_lit = np.zeros(n, np.int64)
        self.dots.clear()
        self.ripples.clear()
        self._have = np.array([i for i in sorted(self._scene.columns) if i < n], np.intp)
        self._columns = np.array([self._scene.columns[i] for i in self._have], np.intp)
        self.refresh()

    def refresh(self) -> None:
        """Read supply and thresholds anew, after a parameter changed."""
        network = self._scene.network
        n = len(self.spikes)
        self._vdd = np.array([supply_of(network, i, self.vdd_estimate) for i in range(n)])
        self._supplies = np.repeat(self._vdd[:, None], lui.N_LEDS + 1, axis=1)  # by how many LEDs load the cell
        if network is not None and network.model == "lui" and network.n_neurons == n:
            cell, resistance = network.parameter("v_cell")[:, None], network.parameter("r_cell")[:, None]
            self._supplies = lui.supply_voltage(cell, resistance, n_leds=np.arange(lui.N_LEDS + 1))
        if network is not None and network.model == "lif" and network.n_neurons == n:
            low, high = network.parameter("v_reset").copy(), network.parameter("v_threshold").copy()
            self._low, self._span = low, np.where(high > low, high - low, 1.0)
        else:
            self._low, self._span = np.zeros(n), self._vdd * lui.THRESHOLD_RATIO

    def spike(self, i_neuron: int) -> None:
        """A neuron spiked."""
        if not 0 <= i_neuron < len(self._spike):
            return
        self._spike[i_neuron] = 1.0
        if self.calm or len(self.dots) >= _MOST_DOTS:
            return
        fresh = {dot.i_cable for dot in self.dots if self.now - dot.start < _APART}
        self.dots += [Dot(k, self.now) for k, cable in enumerate(self._scene.cables)
                      if cable.pre == i_neuron and k not in fresh]  # fmt: skip

    def ripple(self, i_neuron: int, synapse: int) -> None:
        """A dendrite was touched. Said twice for one touch (by the hand and by the stream), it is shown once."""
        if any((r.i, r.synapse) == (i_neuron, synapse) and self.now - r.start < 0.25 * RIPPLE for r in self.ripples):
            return
        self.ripples.append(Ripple(i_neuron, synapse, self.now))

    def follow(self, latest: NDArray[np.float32] | None, now: float) -> list[QtCore.QRectF]:
        """Take the newest sample; returns what has to be painted again, in the bench's units."""
        dirty = self._moving()
        dt, self.now = min(max(now - self.now, 0.0), 0.25), now
        scene, n = self._scene, len(self.spikes)
        if not len(scene.centres) or n != len(scene.centres):
            return []
        v = np.zeros(n)
        if latest is not None and len(self._have) and self._columns.max() < len(latest):
            v[self._have] = latest[self._columns]
        target = self._disc_levels(v) if scene.kind == "discs" else self._bar(v)
        self._glow = np.maximum(target, self._glow * math.exp(-dt / AFTERGLOW)) if scene.kind == "boards" else target
        leds = np.rint(self._glow * STEPS).astype(np.int16)
        spikes = np.rint(self._spike * STEPS).astype(np.int16)
        self._spike *= math.exp(-dt / SPIKE_GLOW)
        changed_leds, changed_spikes = (leds != self.leds).any(axis=1), spikes != self.spikes
        self.leds, self.spikes = leds, spikes
        for i in np.flatnonzero(changed_leds):
            dirty.append(self._led_area(int(i)))
        for i in np.flatnonzero(changed_spikes):
            dirty.append(self._spike_area(int(i)))
        self.dots = [d for d in self.dots if self.dot_at(d) is not None]
        self.ripples = [r for r in self.ripples if now - r.start < RIPPLE]
        return dirty + self._moving()

    def dot_at(self, dot: Dot) -> QtCore.QPointF | None:
        """Where a spike on a wire is now; None once it has arrived."""
        if dot.i_cable >= len(self._scene.cables):
            return None
        cable = self._scene.cables[dot.i_cable]
        duration = min(max(cable.length / SPEED, 0.14), 0.5)
        x = (self.now - dot.start) / duration
        return cable.way.at(x) if 0 <= x <= 1 else None

    def _bar(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        """LEDs as the loaded supply lets them glow: each one that lights lowers it, and so the levels of all."""
        every = np.arange(len(v))
        for _ in range(lui.N_LEDS):
            lit = lui.leds_lit(v, self._supplies[every, self._n_lit])
            if (lit == self._n_lit).all():
                break
            self._n_lit = lit
        return led_levels(v, self._supplies[every, self._n_lit])

    def _disc_levels(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        level = np.clip(np.nan_to_num((v - self._low) / self._span), 0.0, 1.0)
        return np.repeat(np.rint(level * 4 * STEPS)[:, None] / STEPS, lui.N_LEDS, axis=1)

    def _moving(self) -> list[QtCore.QRectF]:
        areas = []
        for dot in self.dots:
            point = self.dot_at(dot)
            if point is not None:
                areas.append(QtCore.QRectF(point.x() - 13, point.y() - 13, 26, 26))
        for ripple in self.ripples:
            if ripple.i < len(self._scene.centres):
                point = self._scene.pad(ripple.i, ripple.synapse)
                areas.append(QtCore.QRectF(point.x() - 32, point.y() - 32, 64, 64))
        return areas

    def _led_area(self, i: int) -> QtCore.QRectF:
        if self._scene.kind == "discs":
            return self._scene.bounds(i)
        a = self._scene.at(i, shape.LEDS[0])
        b = self._scene.at(i, shape.LEDS[-1])
        r = 4 * shape.R_LED * shape.SIZE + 1
        return QtCore.QRectF(a.x() - r, a.y() - r, b.x() - a.x() + 2 * r, 2 * r)

    def _spike_area(self, i: int) -> QtCore.QRectF:
        if self._scene.kind == "discs":
            return self._scene.bounds(i)
        c, r = self._scene.at(i, shape.SPIKE_LED), 5.2 * shape.R_SPIKE_LED * shape.SIZE + 1
        return QtCore.QRectF(c.x() - r, c.y() - r, 2 * r, 2 * r)
