"""Slow motion: one sample at a pace that can be followed, both clocks, what is read, and a Lu.i that does the same."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from luiapp.gui.chip.array_state import NONE, neuron_name
from luiapp.gui.chip.slow_state import PACES, REPEATS, Slow, Watched, reference
from luiapp.gui.chip.slow_view import LuiView, TraceView
from luiapp.gui.chip.state import Found
from luiapp.gui.chip.words import number
from luiapp.gui.controls import Elided, label
from luiapp.gui.icons import icon
from luiapp.gui.statusbar import thousands
from luiapp.gui.theme import Look
from luiapp.gui.training.data_state import class_name
from luiapp.texts import tr
from luiapp.train.sets import YIN_YANG

_MOST = 3  # neurons shown at once
_SPACING = 200e-6  # s between samples, as the chip is usually run


class SlowCard(QtWidgets.QWidget):
    """Plays; the map lights up with it."""

    another = QtCore.Signal()  # another sample is wanted
    moved = QtCore.Signal()  # another moment

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.slow = Slow()
        self.watched: Watched | None = None
        self._neurons: list[int] = []
        self._found: Found | None = None
        self.play, self.next = QtWidgets.QToolButton(), QtWidgets.QPushButton()
        self.time = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self.time.setRange(0, 1000)
        self.pace = QtWidgets.QComboBox()
        self.clocks, self.told, self.counted = label("heading"), Elided("secondary"), Elided("secondary")
        self.verdict = Elided()
        self.traces, self.lui = TraceView(look), LuiView(look)
        self.lui_says = label("status", wrap=True)
        hands = QtWidgets.QHBoxLayout()
        hands.setSpacing(6)
        for one in (self.play, self.next):
            hands.addWidget(one)
        hands.addWidget(self.time, 1)
        clock = QtWidgets.QHBoxLayout()
        clock.addWidget(self.clocks, 1)
        clock.addWidget(self.pace)
        below = QtWidgets.QHBoxLayout()
        below.addWidget(self.lui)
        below.addWidget(self.lui_says, 1)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(hands)
        column.addLayout(clock)
        column.addWidget(self.verdict)
        column.addWidget(self.traces, 1)
        column.addLayout(below)
        column.addWidget(self.counted)
        self.play.clicked.connect(lambda _c=False: self.toggle())
        self.next.clicked.connect(lambda _c=False: self.another.emit())
        self.time.valueChanged.connect(self._scrubbed)
        self.pace.activated.connect(self._paced)

    # -- what a person does --------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Play or pause."""
        self.slow.toggle()
        self._show_moment()

    def step(self) -> None:
        """One reading of the converter further."""
        self.slow.step()
        self._show_moment()

    def change_pace(self, by: int) -> None:
        """A notch slower or faster."""
        self.slow.change_pace(by)
        self._show_moment()

    def _scrubbed(self, value: int) -> None:
        self.slow.playing = False
        self.slow.go(self.slow.duration * value / self.time.maximum())
        self._show_moment()

    def _paced(self, index: int) -> None:
        self.slow.i_pace = index
        self._show_moment()

    # -- what it shows -------------------------------------------------------------------------------------------

    def show_sample(self, watched: Watched | None) -> None:
        """A sample that ran; it is played from its beginning."""
        self.watched = watched
        if watched is None:
            self.slow = Slow()
            self._neurons.clear()
        else:
            self.slow.begin(watched.duration)
            n = watched.placed.wiring.n
            self._neurons = [j for j in self._neurons if j < n] or [n - watched.placed.net.n_out + watched.said]
        self._show_neurons()

    def show_found(self, found: Found) -> None:
        """Counters since the chip was switched on."""
        self._found = found
        fired, lost = (int(v) for v in found.counted.sum(axis=1))
        said = {"samples": thousands(found.samples), "fired": thousands(fired), "lost": thousands(lost)}
        self.counted.say(
            tr("since it was switched on: {samples} samples, {fired} events of neurons, {lost} lost", **said)
        )

    def pick(self, neuron: int) -> None:
        """The neuron that was picked on the map comes to the front."""
        if self.watched is None or neuron == NONE or neuron >= self.watched.placed.wiring.n:
            return
        self._neurons = [neuron, *(j for j in self._neurons if j != neuron)][:_MOST]
        self._show_neurons()

    def advance(self, seconds: float) -> None:
        """Time passes."""
        if self.slow.advance(seconds):
            self._show_moment()

    def _show_neurons(self) -> None:
        ref = reference(self.watched, self._neurons[0]) if self.watched is not None and self._neurons else None
        self.traces.show_sample(self.watched, list(self._neurons), ref)
        self.lui.show_reference(ref)
        self._say()
        self._show_moment()

    def _show_moment(self) -> None:
        slow = self.slow
        self.traces.show_moment(slow.at)
        scale = self.watched.placed.time_scale if self.watched is not None else 1000.0
        self.lui.show_moment(slow.at * scale)
        with QtCore.QSignalBlocker(self.time):
            self.time.setValue(round(self.time.maximum() * slow.at / slow.duration) if slow.duration else 0)
        if self.pace.currentIndex() != slow.i_pace:
            self.pace.setCurrentIndex(slow.i_pace)
        self.clocks.setText(
            tr("chip {us} µs · biology {ms} ms", us=number(1e6 * slow.at), ms=number(1e3 * slow.at * scale))
        )
        self._draw_play()
        self.moved.emit()

    def _draw_play(self) -> None:
        self.play.setIcon(icon("pause" if self.slow.playing else "play", self._look.theme.text))
        text = tr("Pause the slow motion (P)") if self.slow.playing else tr("Play in slow motion (P)")
        self.play.setToolTip(text)
        self.play.setAccessibleName(text)
        for one in (self.play, self.next, self.time):
            one.setEnabled(self.watched is not None)

    def _say(self) -> None:
        if self.watched is None:
            self.verdict.say("")
            self.lui_says.setText("")
            return
        one, us = self.watched, 1e6 * self.watched.duration
        right = "✓" if one.said == one.label else "✗"
        data = self._found.data if self._found is not None else YIN_YANG
        true, said = (tr(class_name(data, k)) for k in (one.label, one.said))
        self.verdict.say(
            tr("{right} it is {true}, the chip says {said}; right in {n} of {all} runs",
               right=right, true=true, said=said, n=one.agree, all=REPEATS)
        )  # fmt: skip
        slow = one.placed.time_scale
        self.lui_says.setText(tr(
            "A Lu.i with the inputs of neuron {name} (dashed) needs {ms} ms for these {us} µs; "
            "meanwhile the chip sees {n} samples.", name=neuron_name(one.placed, self._neurons[0]),
            ms=number(1e3 * one.duration * slow, 0), us=number(us, 0), n=thousands(one.duration * slow / _SPACING),
        ))  # fmt: skip

    # -- theme and language --------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        self.next.setText(tr("Another sample"))
        self.next.setToolTip(tr("Another unseen sample, as the chip is configured now (N)"))
        self.time.setAccessibleName(tr("Moment of the sample"))
        with QtCore.QSignalBlocker(self.pace):
            self.pace.clear()
            self.pace.addItems([tr("slowed {n}×", n=thousands(pace)) for pace in PACES])
            self.pace.setItemText(0, tr("biological time ({n}×)", n=thousands(PACES[0])))
            self.pace.setCurrentIndex(self.slow.i_pace)
        self.pace.setAccessibleName(tr("How slow"))
        self.pace.setToolTip(tr("How many times slower than on the chip (Alt+Up, Alt+Down)"))
        self.traces.setAccessibleName(tr("Events, and membranes as the parallel converter (CADC) reads them"))
        self.lui.setAccessibleName(tr("A Lu.i that does the same in biological time"))
        self._say()
        if self._found is not None:
            self.show_found(self._found)
        self._show_moment()

    def restyle(self) -> None:
        self._draw_play()
        self.traces.update()
        scale = min(self._look.theme.scale, 1.3)
        self.lui.setFixedSize(round(120 * scale), round(66 * scale))
        self.lui.update()
