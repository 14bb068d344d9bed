"""The timeline of a replay: play, pause, scrub, and the way back to what is live."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from luiapp.gui.actions import Actions
from luiapp.gui.controls import button, clock_text, label
from luiapp.gui.desk import Desk
from luiapp.gui.statusbar import decimal
from luiapp.texts import tr

STEPS = 2000
SEEK_EVERY = 60  # ms; faster than this nobody sees a difference


class ScrubBar(QtWidgets.QWidget):
    """Visible while a recording plays."""

    def __init__(self, desk: Desk, actions: Actions) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self._live = desk.live
        self._wanted: float | None = None
        self.slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 20)
        self.slider.setSingleStep(STEPS // 200)
        self.slider.valueChanged.connect(self._scrub)
        self.time = label()
        self.length = label("secondary")
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(16, 2, 8, 2)
        row.setSpacing(8)
        row.addWidget(button(actions["pause"]))
        row.addWidget(self.time)
        row.addWidget(self.slider, 1)
        row.addWidget(self.length)
        row.addWidget(button(actions["live"], text=True))
        self._timer = QtCore.QTimer(self, interval=SEEK_EVERY, singleShot=True)
        self._timer.timeout.connect(self._seek)
        self._live.rig_changed.connect(self._show)
        self._live.frame.connect(self._follow)
        self._show()
        self.retranslate()

    @property
    def duration(self) -> float:
        """Length of the recording [s]; 0 where none plays."""
        return self._live.describe().duration or 0.0

    def position(self) -> float:
        """Where the replay is [s]."""
        at = self._live.health().get("position")
        if isinstance(at, int | float):
            return float(at)
        return self._live.ring.now if self._live.ring is not None else 0.0

    def retranslate(self) -> None:
        """Texts in the language in use."""
        self.slider.setAccessibleName(tr("Position in the recording"))
        self.slider.setToolTip(tr("Drag to any place of the recording"))
        self._print(self.position() if self.isVisible() else 0.0)

    def shut(self) -> None:
        """No more timers."""
        self._timer.stop()

    def _show(self) -> None:
        rig = self._live.rig
        self.setVisible(rig is not None and rig.kind == "replay")
        self._wanted = None
        self._print(0.0)

    def _follow(self) -> None:
        if not self.isVisible() or self._wanted is not None or self.slider.isSliderDown():
            return
        at, length = self.position(), self.duration
        with QtCore.QSignalBlocker(self.slider):
            self.slider.setValue(round(STEPS * at / length) if length > 0 else 0)
        self._print(at)

    def _print(self, at: float) -> None:
        mark = decimal()
        self.time.setText(clock_text(at, tenths=True, decimal=mark))
        self.length.setText(clock_text(self.duration, tenths=True, decimal=mark))

    def _scrub(self, value: int) -> None:
        self._wanted = value / STEPS * self.duration
        self._print(self._wanted)
        if not self._timer.isActive():  # the first at once, then at most one per interval, and always the last
            self._seek()
            self._timer.start()

    def _seek(self) -> None:
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self._live.seek(wanted)
            if not self._timer.isActive():
                self._timer.start()
