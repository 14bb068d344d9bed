"""Frames with a heading, and the middle one: the network over one of its neurons."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtWidgets

from luiapp.gui.controls import Elided, label
from luiapp.gui.theme import Look
from luiapp.gui.training.engine import Snapshot
from luiapp.gui.training.insight import Inside
from luiapp.gui.training.network_view import MODE_HELP, MODE_TEXTS, MODES, NetworkView
from luiapp.gui.training.neuron_view import NeuronView
from luiapp.gui.training.setup_state import BIAS, channels
from luiapp.texts import tr


class Card(QtWidgets.QFrame):
    """A frame with a heading, and room beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.heading = label("heading")
        self.head = QtWidgets.QHBoxLayout()
        self.head.setSpacing(2)
        self.head.addWidget(self.heading)
        self.head.addStretch(1)
        self.column = QtWidgets.QVBoxLayout(self)
        self.column.setContentsMargins(12, 8, 12, 8)
        self.column.setSpacing(4)
        self.column.addLayout(self.head)


class NetworkCard(Card):
    """The network with its tiles, and the selected neuron in time."""

    watch_pressed = QtCore.Signal()
    mode_chosen = QtCore.Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.network, self.neuron = NetworkView(look), NeuronView(look)
        self.told = Elided()
        self.watch = QtWidgets.QPushButton()
        self.modes: dict[str, QtWidgets.QToolButton] = {}
        group = QtWidgets.QButtonGroup(self)
        for mode in MODES:
            one = QtWidgets.QToolButton()
            one.setCheckable(True)
            one.setChecked(mode == MODES[0])
            one.clicked.connect(_sender(self.choose_mode, mode))
            group.addButton(one)
            self.head.addWidget(one)
            self.modes[mode] = one
        self.watch.clicked.connect(lambda _c=False: self.watch_pressed.emit())
        foot = QtWidgets.QHBoxLayout()
        foot.addWidget(self.told, 1)
        foot.addWidget(self.watch)
        self.column.addWidget(self.network, 5)
        self.column.addLayout(foot)
        self.column.addWidget(self.neuron, 2)
        self._last: tuple[Snapshot, Inside] | None = None
        self.network.selected_changed.connect(lambda _i: self._show_neuron())

    def choose_mode(self, mode: str) -> None:
        """What the tiles show."""
        self.modes[mode].setChecked(True)
        self.network.set_mode(mode)
        self.mode_chosen.emit(mode)

    def next_mode(self) -> None:
        """The next thing that tiles can show."""
        self.choose_mode(MODES[(MODES.index(self.network.mode) + 1) % len(MODES)])

    def show_run(self, snapshot: Snapshot, inside: Inside, labels: NDArray[np.int64]) -> None:
        """A network, and a sample on its way through it."""
        self._last = snapshot, inside
        self.network.show_run(snapshot, inside, labels)
        self._show_neuron()

    def show_moment(self, now: float | None, backwards: bool) -> None:
        """The moment of the sample that is watched."""
        self.network.show_moment(now, backwards)
        self.neuron.show_moment(now, backwards)

    def show_watching(self, watching: bool) -> None:
        """Whether the sample is being watched."""
        self.watch.setText(tr("Stop watching") if watching else tr("Watch the sample"))
        self.watch.setToolTip(tr("Send the chosen sample through the network, slowly, and its gradient back (W)"))

    def _show_neuron(self) -> None:
        if self._last is None:
            return
        snapshot, inside = self._last
        names = [tr(BIAS) if name == BIAS else name for name in channels(snapshot.task)]
        self.neuron.show_run(inside, names, self.network.selected)
        text = self.neuron.sentence()
        self.told.say(text)
        self.network.setAccessibleDescription(text)
        self.neuron.setAccessibleName(text)

    def retranslate(self) -> None:
        self.heading.setText(tr("The network"))
        for mode, one in self.modes.items():
            one.setText(tr(MODE_TEXTS[mode]))
            one.setToolTip(tr(MODE_HELP[mode]) + " (V)")
        self.network.setAccessibleName(tr("Hidden neurons; the arrow keys select one"))
        self.neuron.setToolTip(tr(
            "From above: spikes that come in, the membrane with its threshold θ and spikes, the gradient that arrives. "
            "Shaded: where the surrogate lets the neuron learn."
        ))  # fmt: skip
        self._show_neuron()
        self.network.update()

    def restyle(self) -> None:
        self.network.restyle()
        self.neuron.update()


def _sender(call: Callable[[str], None], value: str) -> Callable[[bool], None]:
    def run(_checked: bool = False) -> None:
        call(value)

    return run
