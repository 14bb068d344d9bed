"""The scope as a panel: controls, legend, screen, history and a line of text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.live import Live
from luiapp.gui.scope import axes, paint
from luiapp.gui.scope.controls import VERBS, Controls, make_actions
from luiapp.gui.scope.cursors import value_at
from luiapp.gui.scope.instruments import Instruments
from luiapp.gui.scope.legend import Legend
from luiapp.gui.scope.screen import Screen
from luiapp.gui.scope.state import ScopeState
from luiapp.gui.scope.warm import Warmup
from luiapp.gui.theme import Look
from luiapp.texts import tr

_TICKS = 10_000  # positions of the history's bar


class ScopePanel(QtWidgets.QWidget):
    """Live traces, spikes, trigger, cursors and at least ten minutes of history.

    Parameters
    ----------
    live : Live
        Where the data comes from.
    look : Look
        The theme.
    """

    def __init__(self, live: Live, look: Look, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.live, self.look = live, look
        self.settings = ScopeState()
        self._warmup = Warmup()
        self._attached = True
        self.canvas = Screen(live, look, self.settings)
        self.canvas.is_ready = self._is_ready
        self.legend = Legend()
        self._actions = make_actions(self, self._do)
        self.addActions(list(self._actions.values()))
        self.controls = Controls(self._actions, self.legend)
        self.history = QtWidgets.QScrollBar(QtCore.Qt.Orientation.Horizontal)
        self.history.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.back = self.controls.back
        self.summary = QtWidgets.QLabel()
        self.summary.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.summary.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred)
        self.summary.setBuddy(self.canvas)
        self.instruments = Instruments(self)
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bottom = QtWidgets.QHBoxLayout()
        bottom.setContentsMargins(8, 0, 8, 3)
        bottom.addWidget(self.summary, 3)
        bottom.addWidget(self.history, 2)
        column.addWidget(self.controls)
        self.instruments.beside.insertWidget(0, self.canvas, 1)
        column.addLayout(self.instruments.beside, 1)
        column.addLayout(self.instruments.below)
        column.addLayout(bottom)

    def _connect(self) -> None:
        live = self.live
        live.frame.connect(self.canvas.advance)
        live.numbers.connect(self._on_numbers)
        live.layout_changed.connect(self._on_layout)
        live.network_changed.connect(self._on_network)
        live.parameter_changed.connect(self._on_parameter)
        live.selection_changed.connect(self._on_selection)
        live.window_wanted.connect(self.set_window)
        self.look.changed.connect(self.retranslate)
        self.canvas.changed.connect(self._show_state)
        self.controls.window_chosen.connect(self.set_window)
        self.controls.trigger_chosen.connect(self._on_trigger)
        self.legend.toggled.connect(self._on_legend)
        self.history.valueChanged.connect(self._on_history)

    # -- what the shell binds --------------------------------------------------------------------------------------

    def actions(self) -> list[QtGui.QAction]:
        """What can be done, with texts and keys in the language in use; for menus and the help on keys."""
        return list(self._actions.values())

    def freeze(self, on: bool) -> None:
        """Hold the picture (the stream goes on behind it), or follow the stream again."""
        self.canvas.timebase.freeze(on, self.canvas.ring, self._n_columns())
        self.canvas.touched()

    def toggle_cursors(self) -> None:
        """Show or hide the two cursors."""
        self.settings.cursors = not self.settings.cursors
        if self.settings.cursors:
            self.canvas.cursors.fetch(self.canvas.view)
        self.canvas.touched()

    def zoom_in(self) -> None:
        """A shorter window."""
        self.canvas.zoom_time(-1, 0.5)

    def zoom_out(self) -> None:
        """A longer window."""
        self.canvas.zoom_time(1, 0.5)

    def auto_axes(self) -> None:
        """Let the voltage axis follow the data."""
        self.canvas.auto_axes(True)

    def set_window(self, seconds: float) -> None:
        """Show so many seconds at once."""
        seconds = min(max(seconds, axes.WINDOWS[0]), axes.LONGEST)
        self.canvas.timebase.zoom(seconds, self.canvas.ring, 0.5)
        self.canvas.touched()

    def set_mode(self, mode: str) -> None:
        """``"scroll"`` or ``"sweep"``."""
        if mode in ("scroll", "sweep"):
            self.settings.mode = mode
            self.canvas.timebase.reset()
            self.canvas.touched()

    def set_unit(self, unit: str) -> None:
        """``"V"``, or ``"vdd"`` for fractions of the supply."""
        if unit in ("V", "vdd") and unit != self.settings.unit:
            self.settings.unit = unit
            factor = 1 / 3.0 if unit == "vdd" else 3.0
            self.settings.y_low *= factor
            self.settings.y_high *= factor
            self.canvas.fit_axis(at_once=True)
            self.canvas.touched()

    def export_figure(self, path: str | Path) -> None:
        """Save what is seen as a picture, by the suffix of `path`: PNG or SVG. Raises `FileError`, `FormatError`."""
        from luiapp.gui.figure import save_figure

        save_figure(self.canvas, Path(path))

    def state(self) -> dict[str, Any]:
        """The settings, JSON-able."""
        return self.settings.to_dict()

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over settings that `state` returned; what doesn't fit is left at its default."""
        for name, value in vars(ScopeState.from_dict(data)).items():
            setattr(self.settings, name, value)
        self.live.set_channels(self.settings.channels)
        self.canvas.timebase.reset()
        self.canvas.touched()

    def retranslate(self) -> None:
        """All texts, sizes and colours anew, in the language and theme in use."""
        theme = self.look.theme
        for verb in VERBS:
            action = self._actions[verb.name]
            action.setText(tr(verb.text))
            key = action.shortcut().toString(QtGui.QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(tr(verb.about) + (f" ({key})" if key else ""))
        self.controls.retranslate(theme)
        self.instruments.retranslate()
        self.canvas.setAccessibleName(tr("Screen of the scope"))
        self.history.setAccessibleName(tr("History"))
        self.history.setToolTip(tr("Look back; the last ten minutes are kept"))
        self.history.setFixedHeight(max(14, round(12 * theme.scale)))
        font = paint.scope_font(theme, self.font())
        self.summary.setFont(font)
        for widget in self.controls.findChildren(QtWidgets.QWidget):
            widget.setFont(font)
        self._show_state()
        self._on_numbers()
        self.canvas.refresh()

    def shutdown(self) -> None:
        """Let go of the stream and of the thread that loads the kernels."""
        if self._attached:
            self._attached = False
            self.live.frame.disconnect(self.canvas.advance)
            self.live.numbers.disconnect(self._on_numbers)
            self.instruments.listen(False)
        self._warmup.join()

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        if not event.spontaneous():  # behind a page, where its key doesn't act
            self.instruments.listen(False)
        super().hideEvent(event)

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        self.shutdown()
        super().closeEvent(event)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _is_ready(self) -> bool:
        return self._warmup.ready

    def _n_columns(self) -> int:
        return max(1, round(self.canvas.frame_now().plot.width() * self.devicePixelRatioF()))

    def _do(self, name: str, on: bool) -> None:
        state, canvas = self.settings, self.canvas
        match name:
            case "freeze":
                self.freeze(on)
            case "sweep":
                self.set_mode("sweep" if on else "scroll")
            case "cursors":
                self.toggle_cursors()
            case "auto":
                canvas.auto_axes(on)
            case "vdd":
                self.set_unit("vdd" if on else "V")
            case "stacked":
                state.lanes = "stacked" if on else "overlaid"
                canvas.touched()
            case "raster":
                state.raster = on
                canvas.touched()
            case "afterglow":
                self.instruments.set(afterglow=on, mode="sweep" if on else state.mode)
            case "measure":
                self.instruments.set(measure=on)
            case "average" | "spectrum" | "intervals":
                self.instruments.set(analysis=name if on else "")
            case "listen":
                self.instruments.listen(on)
            case "maths":
                self.instruments.open_form(on)
            case "twin":
                self._actions["twin"].setChecked(on and canvas.twin.start(self.live.selected))
                if not on:
                    canvas.twin.stop()
                self._on_numbers()
            case "zoom_in":
                self.zoom_in()
            case "zoom_out":
                self.zoom_out()
            case "arm":
                canvas.timebase.trigger.arm()
                canvas.touched()
            case "live":
                self.freeze(False)

    def _on_trigger(self) -> None:
        before = self.settings.trigger
        self.controls.read_trigger(self.settings)
        if self.settings.trigger != before and self.settings.trigger in ("rising", "falling"):
            self.settings.trigger_neuron = max(self.live.selected, 0)
        self.canvas.timebase.trigger.reset()
        self.canvas.touched()

    def _on_legend(self, i_trace: int, shown: bool) -> None:
        ring = self.canvas.ring
        if ring is None or i_trace >= len(ring.layout.traces):
            return
        name = ring.layout.traces[i_trace].name
        for names, keep in ((self.settings.hidden, not shown), (self.settings.shown, shown)):
            if keep and name not in names:
                names.append(name)
            elif not keep and name in names:
                names.remove(name)
        self.canvas.touched()

    def _on_layout(self, is_another: bool) -> None:
        if is_another:
            self.canvas.timebase.reset()
        else:
            self.canvas.timebase.trigger.reset()
        self.canvas.fit_axis(at_once=True)
        self.canvas.touched()

    def _on_network(self) -> None:
        self.canvas.fit_axis(at_once=True)
        self.canvas.touched()

    def _on_parameter(self, i_neuron: int, name: str) -> None:
        if name in ("v_threshold", "v_leak", "v_cell", "r_cell", "r_vleak"):
            self.canvas.refresh()

    def _on_selection(self, i_neuron: int) -> None:
        self.canvas.refresh()
        self._on_numbers()

    def _on_history(self, value: int) -> None:
        ring = self.canvas.ring
        if ring is None:
            return
        if value >= self.history.maximum() and not self.canvas.timebase.frozen:
            self.canvas.timebase.freeze(False, ring)
        else:
            oldest = ring.oldest * ring.layout.dt
            first = min(oldest + self.settings.window, ring.now)
            self.canvas.timebase.look_at(first + value / _TICKS * (ring.now - first), ring)
        self.canvas.touched()

    def _on_numbers(self) -> None:
        self.canvas.fit_axis()
        self.canvas.read_out()
        self.instruments.update()
        self._show_history()
        text = " · ".join(part for part in (self.summary_text(), self.canvas.twin.told()) if part)
        if text != self.summary.text():
            self.summary.setText(text)
            self.canvas.setAccessibleDescription(text)

    def summary_text(self) -> str:
        """The selected neuron in words: voltage, rate and spikes in the window."""
        ring = self.canvas.ring
        if ring is None:
            return tr("No signal yet")
        i = self.live.selected
        if not 0 <= i < len(ring.layout.neurons):
            return tr("{n} traces", n=len(ring.layout.traces))
        view = self.canvas.view
        window = self.settings.window
        t_end = view.t_high if view.segments and not self.canvas.timebase.is_live else ring.now
        neurons = ring.spikes(t_end - window, t_end)[1]
        n = int((neurons == i).sum())
        covered = min(window, t_end - ring.oldest * ring.layout.dt)
        rate = axes.number(n / covered if covered > 0 else 0.0, 1)
        i_trace = next((k for k, t in enumerate(ring.layout.traces) if t.i_neuron == i), -1)
        volts = axes.number(value_at(ring, i_trace, t_end - ring.layout.dt), 2)
        unit = ring.layout.traces[i_trace].unit if i_trace >= 0 else "V"
        spikes = tr("1 spike") if n == 1 else tr("{n} spikes", n=n)
        return tr("{name}: {volts} {unit} · {rate} Hz · {spikes} in {window}", name=ring.layout.neurons[i], volts=volts,
                  unit=unit, rate=rate, spikes=spikes, window=axes.duration(window))  # fmt: skip

    def _show_history(self) -> None:
        ring = self.canvas.ring
        live = self.canvas.timebase.is_live
        if self.back.isHidden() == (not live):
            self.back.setVisible(not live)
            self.controls.make_room()
        if ring is None:
            return
        blocker = QtCore.QSignalBlocker(self.history)
        length = max(ring.now - ring.oldest * ring.layout.dt, 1e-9)
        page = round(min(self.settings.window / length, 1.0) * _TICKS)
        first = min(ring.oldest * ring.layout.dt + self.settings.window, ring.now)
        self.history.setRange(0, _TICKS if length > self.settings.window else 0)
        self.history.setPageStep(max(page, 1))
        self.history.setSingleStep(max(page // 10, 1))
        at = self.canvas.timebase.t_right
        share = 1.0 if at is None or ring.now <= first else (at - first) / (ring.now - first)
        if not self.history.isSliderDown():
            self.history.setValue(round(min(max(share, 0.0), 1.0) * _TICKS))
        blocker.unblock()

    def _show_state(self) -> None:
        state, ring = self.settings, self.canvas.ring
        layout = ring.layout if ring is not None else None
        scene = self.canvas.scene_now()
        checks = {"freeze": self.canvas.timebase.frozen, "sweep": state.mode == "sweep", "cursors": state.cursors,
                  "auto": state.auto_axes,
                  "twin": self.canvas.twin.on, "vdd": state.unit == "vdd", "raster": state.raster,
                  "afterglow": state.afterglow, "measure": state.measure, "maths": self.instruments.form_is_open,
                  "listen": self.instruments.listening,
                  **{kind: state.analysis == kind for kind in ("average", "spectrum", "intervals")},
                  "stacked": scene.stacked if scene is not None else state.lanes == "stacked"}  # fmt: skip
        for name, on in checks.items():
            self._actions[name].setChecked(on)
        self.controls.show_state(state, layout)
        self.legend.show_traces(layout, state, self.look.theme)
        self.instruments.show()
        self._show_history()
