"""The bar over the page: which chip, which network, how far, and what comes next."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from luiapp.gui.chip.serial_field import SerialField
from luiapp.gui.chip.state import STEPS, TITLES, Snapshot, upcoming
from luiapp.gui.chip.stations import Stations
from luiapp.gui.chip.words import network_name
from luiapp.gui.controls import Elided, label
from luiapp.gui.icons import icon
from luiapp.gui.theme import Look
from luiapp.texts import mark, tr

_INVITATIONS = {
    "serial": mark("Choose a chip, or press Space to switch this one on."),
    "calibrate": mark("No two circuits are alike. Calibrate the chip – or place the network as it is, to see why."),
    "place": mark("The circuits are alike now. Find a place for the network."),
    "run": mark("The network is on the chip. Let it run."),
    "loop": mark("The chip costs some accuracy. Let the network learn on this chip, with all its faults."),
    "": mark("The network knows its chip now. Another chip has other faults: change the number."),
}


class PathBar(QtWidgets.QWidget):
    """Serial number, network, one button for what comes next, and the stations below."""

    serial_chosen = QtCore.Signal(int)
    go_pressed = QtCore.Signal()
    through_pressed = QtCore.Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._snapshot: Snapshot | None = None
        self.setProperty("role", "bar")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self.serial_caption = label("secondary")
        self.serial = SerialField()
        self.another = QtWidgets.QToolButton()
        self.another.clicked.connect(lambda _c=False: self.serial.choose(self.serial.value + 1))
        self.network = QtWidgets.QPushButton()
        self.network.setMenu(QtWidgets.QMenu(self.network))
        self.told = Elided("secondary")
        self.through = QtWidgets.QPushButton()
        self.go = QtWidgets.QPushButton()
        self.go.setProperty("role", "primary")
        self.stations = Stations(look)
        first = QtWidgets.QHBoxLayout()
        first.setSpacing(8)
        for one in (self.serial_caption, self.serial, self.another, self.network):
            first.addWidget(one)
        first.addSpacing(8)
        first.addWidget(self.told, 1)
        first.addWidget(self.through)
        first.addWidget(self.go)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(16, 6, 12, 8)
        column.setSpacing(6)
        column.addLayout(first)
        column.addWidget(self.stations)
        self.serial.chosen.connect(self.serial_chosen)
        self.serial.returnPressed.connect(self.go.setFocus)  # so that Space goes on
        self.go.clicked.connect(lambda _c=False: self.go_pressed.emit())
        self.through.clicked.connect(lambda _c=False: self.through_pressed.emit())

    def show_serial(self, serial: int) -> None:
        """Follow what was chosen elsewhere."""
        self.serial.show_value(serial)

    def show_state(self, snapshot: Snapshot) -> None:
        """What is known and what is being done."""
        self._snapshot = snapshot
        self.stations.show_state(snapshot)
        self.network.setText(tr("Network: {name}", name=network_name(snapshot.found)))
        self.told.say(self._sentence(snapshot))
        left = upcoming(snapshot.found.done)
        self.go.setText(tr("Stop") if snapshot.busy else tr(TITLES[left]) if left else tr("Learn on"))
        help_ = tr("Stop what is being done (Space)") if snapshot.busy else tr("The next station (Space)")
        self.go.setToolTip(help_)
        self.go.setAccessibleName(self.go.text())
        self.go.setIcon(icon("stop" if snapshot.busy else "play", self._look.theme.on_accent))
        self.through.setEnabled(bool(left) and not (snapshot.busy and snapshot.waiting))

    @staticmethod
    def _sentence(snapshot: Snapshot) -> str:
        if snapshot.busy:
            step = tr(STEPS[snapshot.step]) if snapshot.step else ""
            return f"{tr(TITLES[snapshot.busy])}: {step} …" if step else f"{tr(TITLES[snapshot.busy])} …"
        left = upcoming(snapshot.found.done)
        return tr(_INVITATIONS[left])

    def retranslate(self) -> None:
        self.serial_caption.setText(tr("Chip no."))
        self.serial.setAccessibleName(tr("Serial number of the chip"))
        self.serial.setToolTip(tr("The same number is the same chip, with the same faults, on every computer"))
        self.another.setToolTip(tr("The next chip"))
        self.another.setAccessibleName(tr("The next chip"))
        self.network.setToolTip(tr("Which network is put on the chip"))
        self.through.setText(tr("The whole way"))
        self.through.setToolTip(tr("All stations that are left, one after the other (W)"))
        if self._snapshot is not None:
            self.show_state(self._snapshot)
        self.stations.retranslate()

    def restyle(self) -> None:
        side = round(18 * min(self._look.theme.scale, 1.3))
        self.another.setIcon(icon("step", self._look.theme.text))
        for one in (self.go, self.another):
            one.setIconSize(QtCore.QSize(side, side))
        self.serial.setFixedWidth(round(76 * min(self._look.theme.scale, 1.5)))
        self.stations.restyle()
        if self._snapshot is not None:
            self.show_state(self._snapshot)
