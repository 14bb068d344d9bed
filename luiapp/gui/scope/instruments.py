"""What a scope measures beside drawing: each instrument is built when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6 import QtCore, QtWidgets

from luiapp.errors import LuiError
from luiapp.gui.steps import Go
from luiapp.texts import mark, tr

if TYPE_CHECKING:
    from luiapp.gui.scope.analysis import Analysis
    from luiapp.gui.scope.analysis_state import Average
    from luiapp.gui.scope.formula import Formula
    from luiapp.gui.scope.measure_state import Lane, Reading, Sums
    from luiapp.gui.scope.panel import ScopePanel
    from luiapp.gui.scope.strip import Strip
    from luiapp.gui.scope.voice import Voice
    from luiapp.stream.derived import Channel
    from luiapp.stream.ring import Ring

SETTINGS = {
    "measure": mark("show measured numbers"),
    "quantities": mark("choose what is measured"),
    "measure_over": mark("choose over what is measured"),
    "lane": mark("choose the measured trace"),
    "second": mark("choose trace B"),
    "afterglow": mark("afterglow"),
    "logarithmic": mark("logarithmic spectrum"),
    "analysis": mark("change what is analysed"),
    "channels": mark("change calculated traces"),
    "volume": mark("volume of the membrane"),
}


class Instruments(QtCore.QObject):
    """Measured numbers, calculated traces and analyses of one scope.

    Attributes
    ----------
    strip : Strip or None
    form : Formula or None
    analysis : Analysis or None
    voice : Voice or None
    below, beside : layouts
        Of what stands below the screen, and of the screen with what stands beside it.
    """

    def __init__(self, panel: ScopePanel) -> None:
        super().__init__(panel)
        self._panel, self._live = panel, panel.live
        self._state = panel.settings
        self.below, self.beside = QtWidgets.QVBoxLayout(), QtWidgets.QHBoxLayout()
        self.below.setSpacing(0)
        self.beside.setSpacing(0)
        self.strip: Strip | None = None
        self.form: Formula | None = None
        self.analysis: Analysis | None = None
        self._average: Average | None = None
        self.voice: Voice | None = None
        self._sums: Sums | None = None
        self._t_reset = 0.0
        self._told: tuple[list[Reading], Lane] | None = None

    def set(self, **changes: Any) -> None:
        """Change settings; one step of undo."""
        before = {name: getattr(self._state, name) for name in changes}
        if before != changes:
            name = next(iter(changes))
            self._live.undo.push(Go(("scope", *changes), self._put, before, changes, lambda: tr(SETTINGS[name])))

    def _put(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(self._state, name, value)
        if "channels" in values:
            self._live.set_channels(self._state.channels)
        if "mode" in values:
            self._panel.canvas.timebase.reset()
        self._panel.canvas.touched()

    def lanes(self) -> list[str]:
        """Names of the traces of the stream."""
        ring = self._panel.canvas.ring
        return [t.name for t in ring.layout.traces] if ring is not None else []

    def lane_index(self, name: str) -> int:
        """The column of a trace; of the selected neuron's, or the first one, where `name` is empty or isn't there."""
        ring = self._panel.canvas.ring
        if ring is None:
            return -1
        traces = ring.layout.traces
        for i, trace in enumerate(traces):
            if trace.name == name:
                return i
        return next((i for i, t in enumerate(traces) if t.i_neuron == self._live.selected >= 0), 0)

    # -- numbers ---------------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show or hide what the settings say, with all controls as they are set."""
        if self._state.measure and self.strip is None:
            self._build_strip()
        if self.strip is not None:
            self.strip.setVisible(self._state.measure)
            self.strip.show_state(self._state, self.lanes())
        if self._state.analysis and self.analysis is None:
            self._build_analysis()
        if self.analysis is not None:
            self.analysis.setVisible(bool(self._state.analysis))
            ring = self._panel.canvas.ring
            self.analysis.show_state(self._state, self.lanes(), ring.layout.neurons if ring is not None else ())
        if self.form is not None and not self.form.isHidden():
            self.form.show_state(self._state.channels, self.lanes())
        self.update()

    def _build_strip(self) -> None:
        from luiapp.gui.scope.measure_state import Sums
        from luiapp.gui.scope.strip import Strip

        self.strip, self._sums = Strip(), Sums()
        self.strip.chosen.connect(lambda name, value: self.set(**{name: value}))
        self.strip.reset.connect(self.reset)
        self.strip.copied.connect(self.copy)
        self.below.addWidget(self.strip)
        self.reset()
        self.strip.retranslate(self._panel.look.theme)

    def reset(self) -> None:
        """Measure from now on."""
        ring = self._panel.canvas.ring
        self._t_reset = ring.now if ring is not None else 0.0

    def update(self) -> None:
        """The numbers anew, a few times a second."""
        if self.voice is not None and self.voice.on:
            self.voice.show_volume(self._state.volume)
            self.voice.tell()
        if self.strip is not None and self._state.measure:
            self._measure(self.strip)
        if self.analysis is not None and self._state.analysis:
            self._analyse(self.analysis)

    def _measure(self, strip: Strip) -> None:
        from luiapp.gui.scope import axes
        from luiapp.gui.scope.measure_state import lane_over, readings

        ring, state = self._panel.canvas.ring, self._state
        if ring is None or self._sums is None:
            return
        begin, end = self._span(ring)
        lane, second = (lane_over(ring, self.lane_index(name), begin, end, self._sums)
                        for name in (state.lane, state.second))  # fmt: skip
        found = readings(state.quantities, lane, second)
        self._told = found, lane
        note = tr("{name}, in {seconds} s", name=lane.name, seconds=axes.number(lane.seconds, 2))
        if state.measure_over == "cursors" and not state.cursors:
            note = tr("C shows the cursors")
        strip.show_readings(lane.name, found, self._panel.look.theme, note)

    def copy(self, kind: str) -> None:
        """Put the numbers into the clipboard, as ``"text"`` or ``"csv"``."""
        from luiapp.gui.scope.measure_state import as_csv, as_text

        if self._told is not None:
            QtWidgets.QApplication.clipboard().setText((as_csv if kind == "csv" else as_text)(*self._told))

    # -- curves ------------------------------------------------------------------------------------------------------

    def _build_analysis(self) -> None:
        from luiapp.gui.scope.analysis import Analysis
        from luiapp.gui.scope.analysis_state import Average

        self.analysis, average = Analysis(self._panel.look), Average()
        self._average = average
        self.analysis.chosen.connect(lambda name, value: self.set(**{name: value}))
        self.analysis.reset.connect(self._reset_average)
        self.analysis.copied.connect(self._copy_curve)
        self.beside.addWidget(self.analysis)
        self.analysis.retranslate()

    def _reset_average(self) -> None:
        ring = self._panel.canvas.ring
        if self._average is not None and ring is not None:
            self._average.reset(ring.now)
            self.update()

    def _copy_curve(self) -> None:
        curve = self.analysis.chart.curve if self.analysis is not None else None
        if curve is not None:
            QtWidgets.QApplication.clipboard().setText(curve.csv())

    def _analyse(self, card: Analysis) -> None:
        from luiapp.gui.scope.analysis_state import interval_curve, spectrum_curve
        from luiapp.gui.scope.scene import style_of

        ring, state = self._panel.canvas.ring, self._state
        if ring is None:
            return
        i_trace, begin, end = self.lane_index(state.lane), *self._span(ring)
        trace = ring.layout.traces[i_trace]
        colour = style_of(ring.layout, i_trace, self._panel.look.theme)[0]
        if state.analysis == "spectrum":
            card.show_curve(spectrum_curve(ring, i_trace, begin, end, log=state.logarithmic), colour)
            return
        neurons = ring.layout.neurons
        fallback = ring.layout.traces[self.lane_index("")].i_neuron
        i_neuron = fallback if state.analysis == "average" or trace.i_neuron < 0 else trace.i_neuron
        if state.analysis == "average" and state.second in neurons:
            i_neuron = neurons.index(state.second)
        if not 0 <= i_neuron < len(neurons):
            return
        if state.analysis == "average" and self._average is not None:
            self._average.take(ring, i_trace, i_neuron)
            card.show_curve(self._average.curve(trace.name, neurons[i_neuron], trace.unit), colour)
        else:
            times, who = ring.spikes(begin, end)
            colour = self._panel.look.theme.neuron_colour(i_neuron)
            card.show_curve(interval_curve(times[who == i_neuron], neurons[i_neuron]), colour)

    def _span(self, ring: Ring) -> tuple[float, float]:
        """From when to when [s] is measured and analysed."""
        from luiapp.gui.scope.measure_state import span_of

        canvas, state = self._panel.canvas, self._state
        self._t_reset = min(self._t_reset, ring.now)
        return span_of(state.measure_over, canvas.view, canvas.cursors.shares, state.window, self._t_reset, ring.now)

    # -- sound -------------------------------------------------------------------------------------------------------

    @property
    def listening(self) -> bool:
        """Whether the chosen neuron's membrane is heard."""
        return self.voice is not None and self.voice.on

    def listen(self, on: bool) -> None:
        """Let the chosen neuron's membrane be heard, or be silent."""
        if on and self.voice is None:
            from luiapp.gui.scope.voice import Voice

            self.voice = Voice(self._live, self._range_of)
            self.voice.volume_chosen.connect(lambda volume: self.set(volume=volume))
            self.voice.ended.connect(lambda: self.listen(False))
            self.below.addWidget(self.voice)
            self.voice.retranslate(self._panel.look.theme)
        if self.voice is not None:
            self.voice.show_volume(self._state.volume)
            self.voice.listen(on)
            self._panel.canvas.changed.emit()

    def _range_of(self, i_neuron: int) -> tuple[int, float, float]:
        """A neuron's trace, and the voltages [V] of its lowest tone and its threshold; those of the axis elsewhere."""
        ring, scene = self._panel.canvas.ring, self._panel.canvas.scene_now()
        if ring is None or scene is None or i_neuron < 0:
            return -1, 0.0, 1.0
        threshold = scene.thresholds.get(i_neuron)
        rest = scene.rests.get(i_neuron, 0.0)
        if threshold is None:
            return self.lane_index(""), self._state.y_low, self._state.y_high
        return self.lane_index(""), min(0.0, rest), threshold

    # -- calculated traces -------------------------------------------------------------------------------------------

    @property
    def form_is_open(self) -> bool:
        """Whether traces can be calculated at present."""
        return self.form is not None and not self.form.isHidden()

    def open_form(self, on: bool) -> None:
        """Show the form for calculated traces, or put it away."""
        if on and self.form is None:
            from luiapp.gui.scope.formula import Formula

            self.form = Formula(self._faults)
            self.form.changed.connect(lambda channels: self.set(channels=channels))
            self.form.closed.connect(lambda: self.open_form(False))
            self.below.insertWidget(0, self.form)
            self.form.retranslate(self._panel.look.theme)
        if self.form is not None:
            self.form.setVisible(on)
            self._panel.canvas.changed.emit()
            if on:
                self.form.focus()
            else:
                self._panel.canvas.setFocus()

    def _faults(self, channels: Sequence[Channel]) -> dict[str, LuiError]:
        """Which of these can't be calculated from the stream, and why."""
        from luiapp.stream.derived import Derived

        ring, known = self._panel.canvas.ring, {c.name for c in self._live.derived.channels}
        known -= set(self._live.derived.faults)
        if ring is None:
            return {}
        trial = Derived(channels)
        trial.bind(replace(ring.layout, traces=tuple(t for t in ring.layout.traces if t.name not in known)))
        return trial.faults

    def retranslate(self) -> None:
        """All texts and sizes anew."""
        if self.voice is not None:
            self.voice.retranslate(self._panel.look.theme)
        if self.analysis is not None:
            self.analysis.retranslate()
        if self.form is not None:
            self.form.retranslate(self._panel.look.theme)
        if self.strip is not None:
            self.strip.retranslate(self._panel.look.theme)
