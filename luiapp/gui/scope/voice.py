"""The chosen neuron's membrane to be heard: its pitch follows the voltage, its spikes click."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6 import QtCore, QtWidgets

from luiapp.errors import RigError
from luiapp.gui.live import Live
from luiapp.gui.scope.controls import style
from luiapp.gui.scope.paint import scope_font
from luiapp.gui.sound import Sound, VoiceTrack
from luiapp.gui.theme import Theme
from luiapp.texts import tr

_STILL = 12  # frames without a sample – paused, or a recording at its end – after which it is silent
Range = Callable[[int], tuple[int, float, float]]


class Voice(QtWidgets.QFrame):
    """A line that says what is heard, with its volume and a stop; the sound has a thread of its own.

    Parameters
    ----------
    range_of : callable
        For a neuron its trace, and the voltages [V] of the lowest tone and of its threshold; trace −1: there is none.
    """

    volume_chosen = QtCore.Signal(float)
    ended = QtCore.Signal()
    _failed = QtCore.Signal(object)  # from the sound's thread

    def __init__(self, live: Live, range_of: Range, *, make_sound: Callable[..., Sound] = Sound) -> None:
        super().__init__()
        self._live, self._range_of = live, range_of
        self.sound = make_sound(failed=self._failed.emit, make_track=VoiceTrack)
        self._volume = 0.5
        self._head, self._n_still = -1, 0
        self.text = QtWidgets.QLabel()
        self.text.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.volume = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self.volume.setRange(0, 20)
        self.volume.setFixedWidth(140)
        self.volume.valueChanged.connect(lambda value: self.volume_chosen.emit(value / 20))
        self.stop_button = QtWidgets.QToolButton()
        self.stop_button.clicked.connect(lambda _c=False: self.ended.emit())
        line = QtWidgets.QHBoxLayout(self)
        line.setContentsMargins(8, 2, 8, 2)
        line.addWidget(self.text, 1)
        line.addWidget(self.volume)
        line.addWidget(self.stop_button)
        self._failed.connect(self._fail)
        self.hide()

    @property
    def on(self) -> bool:
        """Whether the membrane is heard."""
        return not self.isHidden()

    def listen(self, on: bool) -> None:
        """Begin, or fall silent."""
        if on == self.on:
            return
        self.setVisible(on)
        if on:
            self.sound.start()
            self._live.frame.connect(self._follow)
            self._live.spiked.connect(self._click)
        else:
            self._live.frame.disconnect(self._follow)
            self._live.spiked.disconnect(self._click)
            self.sound.stop()

    def show_volume(self, volume: float) -> None:
        """0 to 1."""
        self._volume = volume
        with QtCore.QSignalBlocker(self.volume):
            self.volume.setValue(round(20 * volume))

    def retranslate(self, theme: Theme) -> None:
        """All texts and sizes anew."""
        self.setStyleSheet(style(theme))
        self.stop_button.setText(tr("Stop listening"))
        self.volume.setAccessibleName(tr("Volume"))
        self.volume.setToolTip(tr("Volume"))
        font = scope_font(theme, self.font())
        for one in (self.text, self.stop_button):
            one.setFont(font)
            one.setFixedHeight(max(26, round(theme.touch * 0.85)))
        self.tell()

    def tell(self) -> None:
        """Whose membrane is heard, for eyes and for screen readers."""
        layout = self._live.ring.layout if self._live.ring is not None else None
        i = self._live.selected
        name = layout.neurons[i] if layout is not None and 0 <= i < len(layout.neurons) else "–"
        text = tr("♪ Membrane of {name}: the higher the voltage, the higher the tone; a click is a spike", name=name)
        if text != self.text.text():
            self.text.setText(text)
            self.setAccessibleName(text)

    def _follow(self) -> None:
        """A frame later."""
        track, latest = self.sound.track, self._live.latest()
        if not isinstance(track, VoiceTrack):
            return
        track.volume = self._volume
        height = math.nan
        i_trace, low, high = self._range_of(self._live.selected)
        head = self._live.ring.head if self._live.ring is not None else -1
        self._n_still = self._n_still + 1 if head == self._head else 0
        self._head = head
        if latest is not None and self._n_still < _STILL and 0 <= i_trace < len(latest) and high > low:
            height = (float(latest[i_trace]) - low) / (high - low)
        track.sing(height)

    def _click(self, spikes: list[tuple[float, int]]) -> None:
        ring = self._live.ring
        if ring is not None:
            mine = [(t, i) for t, i in spikes if i == self._live.selected]
            self.sound.add(mine, ring.now, self._live.speed)

    def _fail(self, error: Exception) -> None:
        """A machine without sound says so once, and is silent."""
        if self.on:
            self.ended.emit()
            (self._live.refused if isinstance(error, RigError) else self._live.problem).emit(error)
