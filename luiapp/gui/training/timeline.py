"""The line below the studio: go back to any moment of the run, see it again, or learn on from there."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from luiapp.gui.controls import label
from luiapp.gui.icons import icon
from luiapp.gui.statusbar import decimal
from luiapp.gui.theme import Look
from luiapp.gui.training.state import Studio
from luiapp.texts import tr

REPLAY_MS = 120  # between marks
_MOST_STEPS = 60  # of a replay, however long the run was


class Timeline(QtWidgets.QWidget):
    """A slider over the marks of a run."""

    looked = QtCore.Signal(object)  # number of a mark; None: the present
    go_on_pressed = QtCore.Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._at, self._n = 0, 0
        self._narrow = False
        self.setProperty("role", "bar")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self.replay = QtWidgets.QToolButton()
        self.slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self.told = label("secondary")
        self.go_on, self.now = QtWidgets.QPushButton(), QtWidgets.QPushButton()
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(16, 2, 16, 2)
        row.setSpacing(8)
        row.addWidget(self.replay)
        row.addWidget(self.slider, 1)
        for one in (self.told, self.go_on, self.now):
            row.addWidget(one)
        self._timer = QtCore.QTimer(self, interval=REPLAY_MS)
        self._timer.timeout.connect(self._next)
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderPressed.connect(self._timer.stop)
        self.replay.clicked.connect(lambda _c=False: self.toggle_replay())
        self.now.clicked.connect(lambda _c=False: self.looked.emit(None))
        self.go_on.clicked.connect(lambda _c=False: self.go_on_pressed.emit())
        self.show_run(Studio())

    @property
    def replaying(self) -> bool:
        return self._timer.isActive()

    def show_run(self, studio: Studio) -> None:
        """The history, and where in it the window stands."""
        self._n = len(studio.marks)
        last = max(self._n - 1, 0)
        self._at = last if studio.at is None else studio.at
        with QtCore.QSignalBlocker(self.slider):
            self.slider.setRange(0, last)
            self.slider.setPageStep(max(1, last // 10))
            self.slider.setValue(self._at)
        past = studio.at is not None
        self.slider.setEnabled(last > 0)
        self.replay.setEnabled(last > 0)
        self.go_on.setEnabled(past)
        self.now.setEnabled(past)
        for one in (self.go_on, self.now):
            one.setVisible(past or not self._narrow)
        self.told.setVisible(not (past and self._narrow))  # the bar above says where it is, too
        mark, point = studio.mark, decimal()
        if past and mark is not None:
            epoch = f"{mark.epochs:.1f}".replace(".", point)
            self.told.setText(tr("looking back at epoch {n}", n=epoch))
        else:
            self.told.setText(tr("now"))
        self.slider.setAccessibleDescription(self.told.text())

    def show_narrow(self, narrow: bool) -> None:
        """Whether there is little width: then buttons are there only when they can do something."""
        self._narrow = narrow

    def toggle_replay(self) -> None:
        """See the run again from its beginning, or stop that."""
        if self.replaying:
            self.stop()
        elif self._n > 1:
            self._timer.start()
            self.looked.emit(0)
        self._draw_replay()

    def stop(self) -> None:
        """No replay any more."""
        self._timer.stop()
        self._draw_replay()

    def _next(self) -> None:
        further = self._at + max(1, self._n // _MOST_STEPS)
        if further >= self._n - 1:
            self.stop()
            self.looked.emit(None)
        else:
            self.looked.emit(further)

    def _moved(self, value: int) -> None:
        self.looked.emit(None if value >= self._n - 1 else value)

    def _draw_replay(self) -> None:
        self.replay.setIcon(icon("pause" if self.replaying else "play", self._look.theme.text))
        text = tr("Stop the replay") if self.replaying else tr("See the run again from its beginning")
        self.replay.setToolTip(text)
        self.replay.setAccessibleName(text)

    def retranslate(self) -> None:
        self.slider.setAccessibleName(tr("Timeline of the run"))
        self.slider.setToolTip(tr("Timeline: back to any moment of this run"))
        self.go_on.setText(tr("Learn on from here"))
        self.go_on.setToolTip(tr("Forget what was learned after this moment, and go on from it"))
        self.now.setText(tr("Back to now"))
        self._draw_replay()
        self._size()

    def restyle(self) -> None:
        self._draw_replay()
        self._size()

    def _size(self) -> None:
        self.told.ensurePolished()
        metrics = self.told.fontMetrics()
        self.told.setFixedWidth(metrics.horizontalAdvance(tr("looking back at epoch {n}", n="888.8")) + 6)

    def hideEvent(self, event: object) -> None:
        self.stop()
