"""The twin of the selected real board, drawn over its membrane in another line style, and how far they are apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6 import QtCore, QtGui

from luiapp.errors import RigError
from luiapp.gui.scope import axes
from luiapp.texts import tr

if TYPE_CHECKING:
    from luiapp.experiments.twin_live import LiveTwin
    from luiapp.experiments.twin_model import Membrane
    from luiapp.gui.live import Live
    from luiapp.gui.scope.paint import Pen
    from luiapp.gui.scope.scene import Scene
    from luiapp.gui.scope.view import View
    from luiapp.stream.ring import Ring

APART_OVER = 5.0  # s
_MOST_AT_ONCE = 20_000  # samples


class TwinOverlay(QtCore.QObject):
    """Runs a twin beside the board that was selected when it was switched on.

    Attributes
    ----------
    fitted : dict
        By board, the membrane that a fit found; others are as the circuit has them set.
    """

    def __init__(self, live: Live, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self.setObjectName("scope.twin overlay")
        self._live = live
        self._twin: LiveTwin | None = None
        self._next = 0
        self._source: Any = None
        self.fitted: dict[str, Membrane] = {}
        live.rig_leaving.connect(self.stop)
        live.numbers.connect(self.advance)
        live.network_changed.connect(self._renew)
        live.selection_changed.connect(lambda _i: self._renew())

    @property
    def on(self) -> bool:
        """Whether a twin runs."""
        return self._twin is not None

    def take(self, name: str, found: dict[str, Any] | None) -> None:
        """The fields of a fitted `Membrane` of a board: its twin is that one from now on."""
        from luiapp.experiments.twin_model import Membrane

        if found:
            sizes = tuple(found["amplitudes"])
            self.fitted[name] = Membrane(**{**found, "amplitudes": (*sizes, 0.0, 0.0, 0.0)[:3]})
            self._renew()

    def start(self, i_neuron: int) -> bool:
        """Run the twin of a board; where there is none a word says so. Returns whether it runs."""
        network, real = self._live.network, self._real()
        if network is None or network.model != "lui" or i_neuron not in real:
            self._live.refused.emit(RigError("a twin runs beside a real board: select one that lies on the table"))
            return False
        from luiapp.experiments.twin_live import LiveTwin, twin_of

        name = network.names[i_neuron]
        values = {p.name: float(network.parameter(p.name)[i_neuron]) for p in network.kind.parameters}
        wires = network.connections
        cables = [(int(a), int(s)) for a, b, s in zip(wires.pre, wires.post, wires.synapse, strict=True)
                  if b == i_neuron and int(a) in real]  # fmt: skip
        self._twin = LiveTwin(self.fitted.get(name) or twin_of(values), name, cables)
        self._source = None
        self.advance()
        return True

    def stop(self) -> None:
        """No twin."""
        self._twin = None

    def advance(self) -> None:
        """Compute what has become known."""
        from luiapp.experiments.twin_live import LAG, SHORTEST

        twin, ring, network = self._twin, self._live.ring, self._live.network
        if twin is None or ring is None or network is None or twin.name not in network.names:
            return
        i_neuron = network.index(twin.name)
        column = next((k for k, t in enumerate(ring.layout.traces) if t.i_neuron == i_neuron and t.unit == "V"), -1)
        if column < 0:
            return
        dt = ring.layout.dt
        end = ring.head - math.ceil(LAG / dt)
        if ring is not self._source:
            self._source, self._next = ring, max(ring.tail, end - round(2.0 / dt))
        begin = max(self._next, ring.tail, end - _MOST_AT_ONCE)
        if end - begin < SHORTEST / dt:
            return
        self._next = end
        t = np.arange(begin, end) * dt
        v = np.asarray(ring.trace(column, begin, end), np.float64)
        around = (float(t[0]) - 1.0, float(t[-1]) + dt)
        twin.follow(t, v, ring.spikes(*around), ring.events(*around), i_neuron)

    def told(self) -> str:
        """How far board and twin are apart, in a few words; empty while no twin runs."""
        if self._twin is None:
            return ""
        rms = 1000 * self._twin.rms(APART_OVER)
        told = tr("{ms} mV", ms=axes.number(rms, 1)) if math.isfinite(rms) else "–"
        kind = tr("fitted") if self._twin.name in self.fitted else tr("as set in the circuit")
        return tr("twin of {name} ({kind}): {rms} rms apart", name=self._twin.name, kind=kind, rms=told)

    def paint(self, pen: Pen, scene: Scene, view: View, ring: Ring) -> None:
        """The twin's course over the board's, dashed on a dark line so that it is seen on every colour."""
        twin, network = self._twin, self._live.network
        if twin is None or network is None or twin.name not in network.names or not len(twin.time):
            return
        row = scene.row_of(network.index(twin.name), ring.layout)
        if row < 0:
            return
        both, p = scene.frame.both, pen.p
        for segment in view.segments:
            last = segment.t_begin + (segment.end - segment.begin) * view.span
            a, b = np.searchsorted(twin.time, (segment.t_begin, last))
            step = max(1, (b - a) // (2 * max(both.width(), 1)))
            t, v = twin.time[a:b:step], twin.v[a:b:step]
            x = both.left() + (segment.begin + (t - segment.t_begin) / view.span) * (both.width() - 1)
            y = scene.frame.plot.top() + (scene.zero[row] - scene.gain[row] * v) / scene.dpr
            good = np.isfinite(y)
            line = QtGui.QPolygonF([QtCore.QPointF(a, b) for a, b in zip(x[good].tolist(), y[good].tolist(),
                                                                         strict=True)])  # fmt: skip
            p.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            for colour, width in ((pen.theme.ground, 3.4), (pen.theme.text, 1.6)):
                ink = QtGui.QPen(QtGui.QColor(colour), width * pen.theme.trace_width / 2)
                if colour == pen.theme.text:
                    ink.setDashPattern([4.0, 3.0])
                p.setPen(ink)
                p.drawPolyline(line)

    def _real(self) -> dict[int, Any]:
        told = getattr(self._live.rig, "real_boards", None)
        return told() if told is not None else {}

    def _renew(self) -> None:
        """Another board was chosen, or the circuit changed; a simulated one leaves the twin as it is."""
        if self._twin is None:
            return
        network, chosen = self._live.network, self._live.selected
        real = self._real()
        if chosen in real:
            self.start(chosen)
        elif network is None or self._twin.name not in network.names or network.index(self._twin.name) not in real:
            self.stop()
