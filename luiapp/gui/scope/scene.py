"""The scene: what is to be drawn where, worked out anew for each frame from data, settings, theme and size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui

from luiapp.data.chunk import Layout
from luiapp.gui.scope.state import MOST_OVERLAID, ScopeState
from luiapp.gui.theme import LINE_STYLES, Theme
from luiapp.model import lui
from luiapp.model.network import Network
from luiapp.stream.derived import CALCULATED

THICKEST = 0.2  # share of its lane that a line may take
DASHES = {"solid": (0, 0, 0, 0), "dashed": (9, 4, 0, 0), "dotted": (2, 3, 0, 0), "dash-dotted": (9, 3, 2, 3)}
MARK = 7  # length of a spike's mark at its trace [pixel]


@dataclass(frozen=True)
class Frame:
    """Where things lie in the widget, in logical pixels."""

    plot: QtCore.QRect  # traces
    raster: QtCore.QRect  # spikes; empty where it is switched off
    row: float  # height of a row of the raster
    both: QtCore.QRect  # plot and raster: what moves

    @classmethod
    def fit(cls, size: QtCore.QSize, theme: Theme, font: QtGui.QFontMetrics, n_rows: int, name_width: int,
            share: float = 0.42) -> Frame:  # fmt: skip
        """Divide a widget: names and numbers left, a line of text above and below, at most `share` for spikes."""
        left = max(font.horizontalAdvance("−0.00") + 10, name_width + 14)
        top, bottom = font.height() + 4, font.height() + 9
        right = round(10 * theme.scale)
        width = max(size.width() - left - right, 8)
        height = max(size.height() - top - bottom, 8)
        row = 0.0
        if n_rows:
            row = min(max(font.height() - 2, 6), share * height / n_rows)
        below = round(row * n_rows) + (6 if n_rows else 0)
        both = QtCore.QRect(left, top, width, height)
        plot = QtCore.QRect(left, top, width, height - below)
        return cls(plot, QtCore.QRect(left, top + height - below + 6, width, below - 6 if below else 0), row, both)


@dataclass
class Scene:
    """Everything that the pictures of a moment need, with places in device pixels from the top of the plot.

    Attributes
    ----------
    chosen : (n,) int32
        Traces on the screen, the selected neuron's last, so that it lies on top.
    divisor : (n,) float64
        What a voltage is divided by for the axis: 1, or the neuron's supply.
    gain, zero, y_from, y_end
        As in `luiapp.kernels.trace.strokes`.
    own : (n,) bool
        Calculated traces: each has a lane of its own, with a scale of its own.
    limits : list of (low, high)
        The scale of each row, in its unit.
    main : float
        Device pixels from the top that the others have.
    thresholds, rests : dict
        By neuron [V], where they are known.
    """

    frame: Frame
    dpr: float
    stacked: bool
    y_low: float
    y_high: float
    chosen: NDArray[np.int32]
    divisor: NDArray[np.float64]
    gain: NDArray[np.float64]
    zero: NDArray[np.float64]
    y_from: NDArray[np.int32]
    y_end: NDArray[np.int32]
    own: NDArray[np.bool_]
    limits: list[tuple[float, float]]
    main: float
    colours: list[str]
    styles: list[str]
    widths: NDArray[np.float32]
    thresholds: dict[int, float] = field(default_factory=dict)
    rests: dict[int, float] = field(default_factory=dict)

    @property
    def n_columns(self) -> int:
        return max(1, round(self.frame.plot.width() * self.dpr))

    @property
    def shared(self) -> list[int]:
        """Traces that share the voltage axis; all where there are no others."""
        rows = ~self.own if not self.own.all() else self.own
        return [int(i) for i in self.chosen[rows]]

    def y_at(self, row: int, volts: float) -> float:
        """Logical pixels from the top of the widget of a value [V] of row `row`."""
        return self.frame.plot.top() + float(self.zero[row] - self.gain[row] * volts) / self.dpr

    def volts_at(self, row: int, y: float) -> float:
        """The value [V] of row `row` at `y` logical pixels from the top of the widget."""
        return float((self.zero[row] - (y - self.frame.plot.top()) * self.dpr) / self.gain[row])

    def row_of(self, i_neuron: int, layout: Layout) -> int:
        """The row of a neuron's first trace on the screen; −1 if there is none."""
        for row, i_trace in enumerate(self.chosen):
            if layout.traces[i_trace].i_neuron == i_neuron:
                return row
        return -1

    def focus(self, i_selected: int, layout: Layout) -> int:
        """The row whose levels are named: the selected neuron's, or else the one on top; −1 if there is none."""
        row = self.row_of(i_selected, layout)
        return row if row >= 0 else len(self.chosen) - 1


def visible(layout: Layout, state: ScopeState) -> list[int]:
    """Indices of the traces to draw: membranes (or whatever there is), less those hidden, and those asked for."""
    membranes = any(t.quantity in ("membrane", "signal") for t in layout.traces)
    out = []
    for i, trace in enumerate(layout.traces):
        wanted = not membranes or trace.quantity in ("membrane", "signal", CALCULATED) or trace.name in state.shown
        if wanted and trace.name not in state.hidden:
            out.append(i)
    return out


def is_stacked(state: ScopeState, n_traces: int) -> bool:
    """Whether each trace has a lane of its own."""
    return state.lanes == "stacked" or (state.lanes == "auto" and n_traces > MOST_OVERLAID)


def style_of(layout: Layout, i_trace: int, theme: Theme) -> tuple[str, str]:
    """Colour and line style of a trace: its neuron's, other quantities in the next style; calculated ones have none."""
    trace = layout.traces[i_trace]
    if trace.quantity == CALCULATED:
        before = sum(t.quantity == CALCULATED for t in layout.traces[:i_trace])
        return theme.text, LINE_STYLES[before % len(LINE_STYLES)]
    neuron = trace.i_neuron if trace.i_neuron >= 0 else i_trace
    style = theme.neuron_style(neuron)
    if trace.quantity not in ("membrane", "signal"):
        style = LINE_STYLES[(LINE_STYLES.index(style) + 1) % len(LINE_STYLES)]
    return theme.neuron_colour(neuron), style


_NOTHING = np.empty(0)
_NO_LIMITS: Mapping[str, tuple[float, float]] = {}
Edges = NDArray[np.float64]


def supplies(network: Network | None, n: int, measured: NDArray[np.float64] = _NOTHING) -> NDArray[np.float64]:
    """(n,) supply of each neuron [V]: as measured, or its cell's under the load of all LEDs, or a fresh cell's."""
    out = np.full(n, lui.VDD)
    if network is not None and network.model == "lui":
        known = lui.supply_voltage(network.parameter("v_cell"), network.parameter("r_cell"), n_leds=lui.N_LEDS)[:n]
        out[: len(known)] = known
    measured = measured[:n]
    out[: len(measured)] = np.where(np.isfinite(measured), measured, out[: len(measured)])
    return out


def levels(
    network: Network | None, measured: NDArray[np.float64] = _NOTHING
) -> tuple[dict[int, float], dict[int, float]]:
    """Threshold and leak potential [V] of each neuron, where the circuit or its measured supply is known."""
    if network is None or not network.n_neurons:
        return {i: lui.THRESHOLD_RATIO * v for i, v in enumerate(measured.tolist()) if v == v}, {}
    if network.model == "lui":
        supply = supplies(network, network.n_neurons, measured)
        thresholds = supply * lui.THRESHOLD_RATIO
        rests = supply * network.parameter("r_vleak") / lui.knob("leak").track
    else:
        thresholds, rests = network.parameter("v_threshold"), network.parameter("v_leak")
    return dict(enumerate(thresholds.tolist())), dict(enumerate(rests.tolist()))


def lanes_of(own: NDArray[np.bool_], stacked: bool, height: float) -> tuple[Edges, Edges, float]:
    """Upper and lower edge of each row, in the order of the traces, and how much those have that share one plot."""
    n, n_own = len(own), int(own.sum())
    if stacked or n == n_own:
        edges = height * np.arange(n + 1) / max(n, 1)
        return edges[:-1], edges[1:], height
    main = height * (1 - min(0.27 * n_own, 0.6))
    top, bottom = np.zeros(n), np.full(n, main)
    edges = main + (height - main) * np.arange(n_own + 1) / max(n_own, 1)
    top[own], bottom[own] = edges[:-1], edges[1:]
    return top, bottom, main


def compose(
    layout: Layout, network: Network | None, selected: int, state: ScopeState, theme: Theme, frame: Frame, dpr: float,
    measured: NDArray[np.float64] = _NOTHING, limits: Mapping[str, tuple[float, float]] = _NO_LIMITS,
) -> Scene:  # fmt: skip
    """The scene of a moment. `measured`: (n,) supplies [V] that boards have told, not-a-number where not; `limits`:
    the scale of each calculated trace."""
    chosen = visible(layout, state)
    chosen.sort(key=lambda i: layout.traces[i].i_neuron == selected >= 0)
    n = len(chosen)
    neurons = [layout.traces[i].i_neuron for i in chosen]
    own = np.array([layout.traces[i].quantity == CALCULATED for i in chosen], bool)
    stacked = is_stacked(state, n - int(own.sum()))
    divisor = np.ones(n)
    if state.unit == "vdd":
        all_supplies = supplies(network, max([*neurons, 0]) + 1, measured)
        divisor = np.array([1.0 if i < 0 else all_supplies[i] for i in neurons], np.float64)
    both = state.y_low, max(state.y_high, state.y_low + 1e-9)
    scale = [limits.get(layout.traces[i].name, both) if o else both for i, o in zip(chosen, own, strict=True)]
    low, high = (np.array([one[k] for one in scale], np.float64) for k in (0, 1))
    place = np.argsort(np.argsort(chosen)) if n else np.empty(0, np.int64)  # lanes keep their order whoever is selected
    order = np.argsort(place)
    top, bottom, main = lanes_of(own[order], stacked, max(frame.plot.height() * dpr, 1.0))
    top, bottom = top[place], bottom[place]
    air = np.where((own | stacked) & (bottom - top > 24 * dpr), 2 * dpr, 0)
    gain = (bottom - top - 2 * air) / (high - low) / divisor
    zero = bottom - air + low * gain * divisor
    thin = theme.trace_width if n <= 12 else max(1.0, 0.6 * theme.trace_width)
    widths = np.array([thin * dpr * (1.5 if i == selected >= 0 and n > 1 else 1.0) for i in neurons], np.float32)
    narrow = own | stacked  # a line leaves room for what it draws
    widths = np.where(narrow, np.minimum(widths, (bottom - top) * THICKEST), widths).astype(np.float32)
    looks = [style_of(layout, i, theme) for i in chosen]
    thresholds, rests = levels(network, measured)
    return Scene(
        frame, dpr, stacked, state.y_low, state.y_high, np.array(chosen, np.int32), divisor, gain, zero,
        np.floor(top).astype(np.int32),
        np.minimum(np.ceil(bottom), np.floor(frame.plot.height() * dpr)).astype(np.int32), own, scale, main,
        [c for c, _ in looks], [s for _, s in looks], np.maximum(widths, 1), thresholds, rests,
    )  # fmt: skip
