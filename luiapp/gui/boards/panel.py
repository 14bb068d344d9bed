"""Real boards: plug one in and it appears; one click or Enter connects it."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.errors import LuiError
from luiapp.gui.bench.real import is_joined, real_boards
from luiapp.gui.boards.adapter_box import AdapterBox
from luiapp.gui.boards.joined_box import JoinedBox
from luiapp.gui.boards.state import BAUDS, UNITS, VIRTUAL, Ports, supply_sentence
from luiapp.gui.controls import label, push
from luiapp.gui.desk import Desk
from luiapp.gui.statusbar import TROUBLE, WORKING, decimal, in_words
from luiapp.texts import tr


class BoardsPanel(QtWidgets.QWidget):
    """The serial ports, what is connected, and the way back to the simulation."""

    def __init__(self, desk: Desk, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.ports = Ports(desk.watch.ports or [])
        self._build()
        desk.watch.changed.connect(self._take)
        desk.live.rig_changed.connect(self._show)
        desk.live.network_changed.connect(self.joined.follow)
        desk.live.numbers.connect(self._show_counters)
        self.retranslate()

    def _build(self) -> None:
        self.title, self.about = label("title"), label("secondary", wrap=True)
        self.list = _TickList()
        self.list.setMinimumHeight(110)
        self.list.setMaximumHeight(190)
        self.list.setWordWrap(True)
        self.list.itemChanged.connect(self._ticked)
        self.list.itemActivated.connect(lambda item: self.connect_ports(item.data(QtCore.Qt.ItemDataRole.UserRole)))
        self.list.currentItemChanged.connect(lambda *_: self._show_advice())
        self.advice = label("secondary", wrap=True)
        self.go, self.join_button = push(self.connect_ports, "primary"), push(self.join)
        self.path = QtWidgets.QLineEdit()
        self.path.returnPressed.connect(self.add_path)
        self.add = push(self.add_path)
        self.baud_label, self.unit_label, self.path_label = (label("secondary") for _ in range(3))
        self.baud, self.unit = QtWidgets.QComboBox(), QtWidgets.QComboBox()
        self.baud.currentIndexChanged.connect(self._set_baud)
        self.unit.currentIndexChanged.connect(self._set_unit)
        self.counters_title, self.counters, self.faults = label("heading"), label(wrap=True), label("bad", wrap=True)
        self.supply = label(wrap=True)
        self.joined = JoinedBox(self._desk)
        self.adapter = AdapterBox(self._desk)
        self.back = push(self._desk.sources.back_to_simulation)
        entry = QtWidgets.QHBoxLayout()
        entry.addWidget(self.path, 1)
        entry.addWidget(self.add)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        for one in (self.title, self.about, self.list, self.advice, self.go, self.join_button, self.joined):
            column.addWidget(one)
        for part in (self.counters_title, self.adapter, self.supply, self.counters, self.faults):
            column.addWidget(part)
        column.addWidget(self.back)
        column.addSpacing(8)
        column.addWidget(self.path_label)
        column.addLayout(entry)
        for name, box in ((self.baud_label, self.baud), (self.unit_label, self.unit)):
            column.addWidget(name)
            column.addWidget(box)
            box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(10)
        column.addStretch(1)

    # -- what all panels have ------------------------------------------------------------------------------------

    def actions(self) -> list[QtGui.QAction]:  # type: ignore[override]
        """None of its own."""
        return []

    def state(self) -> dict[str, Any]:
        """What comes back at the next start."""
        return {"typed": self.ports.typed, "baud": self.ports.baud, "vref": self.ports.vref}

    def restore(self, state: dict[str, Any]) -> None:
        """As it was left; what doesn't fit is ignored."""
        typed = state.get("typed")
        if isinstance(typed, list):
            self.ports.typed = [p for p in typed if isinstance(p, str) and p]
        if state.get("baud") in (0, *BAUDS):
            self.baud.setCurrentIndex(max(0, self.baud.findData(state["baud"])))
        self.unit.setCurrentIndex(max(0, self.unit.findData(state.get("vref", ""))))
        self._fill()

    def retranslate(self) -> None:
        """Texts in the language in use."""
        self.title.setText(tr("Boards"))
        self.about.setText(tr("Plug in an adapter, or a microcontroller that prints numbers, such as an Arduino "
                              "that reads a membrane. It appears here by itself."))  # fmt: skip
        self.list.setAccessibleName(tr("Serial ports"))
        self.list.setToolTip(tr("Enter connects; + and − choose several"))
        self.go.setText(tr("Connect"))
        self.join_button.setText(tr("Join with the circuit"))
        self.join_button.setToolTip(
            tr("Some boards of the circuit on the screen are real then, the others stay simulated (Ctrl+J)")
        )
        self.path_label.setText(tr("Or type the path of a port"))
        self.path.setPlaceholderText("/dev/ttyACM0")
        self.path.setAccessibleName(tr("Path of a port"))
        self.add.setText(tr("Add"))
        self.baud_label.setText(tr("Baud rate"))
        self.unit_label.setText(tr("Numbers are"))
        self.baud.setAccessibleName(tr("Baud rate"))
        self.unit.setAccessibleName(tr("Numbers are"))
        self.counters_title.setText(tr("Connected"))
        self.back.setText(tr("Back to the simulation"))
        _fill_box(self.baud, [(tr("find out"), 0), *((str(b), b) for b in BAUDS)], self.ports.baud)
        _fill_box(self.unit, [(tr(text), key) for key, text in UNITS], self.ports.vref)
        self.adapter.retranslate()
        self.joined.retranslate()
        self._fill()
        self._show()

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        self._desk.watch.start()

    # -- ports ---------------------------------------------------------------------------------------------------

    def connect_ports(self, only: str = "") -> None:
        """Open the ticked ports as one rig; without any, the chosen line."""
        current = self.list.currentItem()
        chosen = self.ports.chosen(only or (current.data(QtCore.Qt.ItemDataRole.UserRole) if current else ""))
        if chosen:
            self._desk.sources.open_factory(lambda: self.ports.open(chosen))

    def join(self) -> None:
        """Join the boards at the chosen port with the circuit on the screen; of several the first counts."""
        current = self.list.currentItem()
        chosen = self.ports.chosen(current.data(QtCore.Qt.ItemDataRole.UserRole) if current else "")
        if chosen and not is_joined(self._desk.live):
            self._desk.sources.join(chosen[0])

    def add_path(self) -> None:
        """Take the typed path into the list, ticked."""
        try:
            path = self.ports.add(self.path.text())
        except LuiError as error:
            self._desk.faults.take(error, "boards")
            return
        self.path.clear()
        self._fill(select=path)

    def _take(self) -> None:
        came, went = self.ports.update(self._desk.watch.ports or [])
        if came or went or self.list.count() != len(self.ports.paths()):
            self._fill(select=came[0] if came else "")
        else:
            self._show_advice()

    def _fill(self, select: str = "") -> None:
        current = self.list.currentItem()
        select = select or (current.data(QtCore.Qt.ItemDataRole.UserRole) if current else "")
        with QtCore.QSignalBlocker(self.list):
            self.list.clear()
            for path in self.ports.paths():
                item = QtWidgets.QListWidgetItem(self._line(path))
                item.setData(QtCore.Qt.ItemDataRole.UserRole, path)
                item.setFlags(item.flags() | QtCore.Qt.ItemFlag.ItemIsUserCheckable)
                ticked = QtCore.Qt.CheckState.Checked if path in self.ports.ticked else QtCore.Qt.CheckState.Unchecked
                item.setCheckState(ticked)
                self.list.addItem(item)
                if path == select or self.list.count() == 1:
                    self.list.setCurrentItem(item)
        self._show_advice()

    def _line(self, path: str) -> str:
        info = self.ports.info(path)
        if path == VIRTUAL:
            return tr("Virtual adapter") + "\n" + tr("eight simulated boards")
        if info is None:
            return path
        what = tr(info.recognised) if info.recognised else info.description
        return f"{what}\n{path}" if what and what != "n/a" else path

    def _show_advice(self) -> None:
        current = self.list.currentItem()
        info = self.ports.info(current.data(QtCore.Qt.ItemDataRole.UserRole)) if current is not None else None
        if not self.ports.has_port:
            self.advice.setText(tr("No port yet. Some cables only charge: try another one if a board doesn't appear."))
        else:
            self.advice.setText(info.advice if info is not None else "")
        self.advice.setVisible(bool(self.advice.text()))
        self.go.setEnabled(current is not None)
        self.join_button.setEnabled(current is not None)

    def _ticked(self, item: QtWidgets.QListWidgetItem) -> None:
        on = item.checkState() == QtCore.Qt.CheckState.Checked
        self.ports.tick(item.data(QtCore.Qt.ItemDataRole.UserRole), on)

    def _set_baud(self, _index: int) -> None:
        self.ports.baud = int(self.baud.currentData() or 0)

    def _set_unit(self, _index: int) -> None:
        self.ports.vref = str(self.unit.currentData() or "")

    # -- while connected -----------------------------------------------------------------------------------------

    def _show(self) -> None:
        rig = self._desk.live.rig
        board = rig is not None and rig.kind in ("board", "hybrid")
        self.join_button.setVisible(not is_joined(self._desk.live))
        self.joined.show_rig()
        for one in (self.counters_title, self.counters, self.back):
            one.setVisible(board)
        self.adapter.show_rig(rig)
        self._show_counters()

    def _show_counters(self) -> None:
        rig = self._desk.live.rig
        board = rig is not None and rig.kind in ("board", "hybrid")
        health = self._desk.live.health() if board else {}
        if rig is not None and board:
            self.counters_title.setText(tr("Connected: {name}", name=rig.name))  # known once it has answered
        self.adapter.refresh(health)
        self.joined.refresh(health)
        faults = in_words(health, TROUBLE)
        self.counters.setText("\n".join(in_words(health, WORKING)))
        self.supply.setText(self._supplies() if board else "")
        self.supply.setVisible(bool(self.supply.text()))
        self.faults.setText("⚠ " + "\n⚠ ".join(faults) if faults else "")
        self.faults.setVisible(bool(faults))

    def _supplies(self) -> str:
        """What the boards' cells give, as far as their spikes have told."""
        ring = self._desk.live.ring
        names, volts = ring.layout.neurons if ring is not None else (), self._desk.live.supply().tolist()
        real = [i for i in real_boards(self._desk.live) if i < min(len(names), len(volts))]
        return supply_sentence([names[i] for i in real], [volts[i] for i in real], decimal())


class _TickList(QtWidgets.QListWidget):
    """A list whose lines are ticked by + and −, as the space bar belongs to the neuron."""

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        item = self.currentItem()
        if item is not None and event.text() in ("+", "-", "−"):
            on = event.text() == "+"
            item.setCheckState(QtCore.Qt.CheckState.Checked if on else QtCore.Qt.CheckState.Unchecked)
            return
        super().keyPressEvent(event)


def _fill_box(box: QtWidgets.QComboBox, items: list[tuple[str, Any]], chosen: Any) -> None:
    with QtCore.QSignalBlocker(box):
        box.clear()
        for text, data in items:
            box.addItem(text, data)
        box.setCurrentIndex(max(0, box.findData(chosen)))
