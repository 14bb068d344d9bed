"""Calibration, step by step: a multimeter at a board's membrane, its figure typed, the next board."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6 import QtCore, QtWidgets

from luiapp.errors import LuiError, ParameterError
from luiapp.gui.controls import label, push
from luiapp.gui.statusbar import decimal
from luiapp.texts import tr
from luiapp.units import parse_quantity

if TYPE_CHECKING:
    from luiapp.gui.desk import Desk

AVERAGED = 0.5  # s
RESTLESS = 0.02  # V, standard deviation above which a membrane is not at rest


class CalibrationBox(QtWidgets.QWidget):
    """For one board after the other; folded away until it is asked for."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._rig: Any = None
        self.open = QtWidgets.QPushButton()
        self.open.setCheckable(True)
        self.open.toggled.connect(self._unfold)
        self.inside = QtWidgets.QWidget()
        self.how, self.reading, self.said = label("secondary", wrap=True), label(wrap=True), label(wrap=True)
        self.board = QtWidgets.QComboBox()
        self.board.currentIndexChanged.connect(lambda _i: self.refresh())
        self.volts = QtWidgets.QLineEdit()
        self.volts.returnPressed.connect(self.store)
        self.store_button, self.clear_button = push(self.store), push(self.clear)
        inner = QtWidgets.QVBoxLayout(self.inside)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        entry, buttons = QtWidgets.QHBoxLayout(), QtWidgets.QHBoxLayout()
        entry.addWidget(self.board)
        entry.addWidget(self.volts, 1)
        buttons.addWidget(self.store_button)
        buttons.addWidget(self.clear_button)
        buttons.addStretch(1)
        inner.addWidget(self.how)
        inner.addWidget(self.reading)
        inner.addLayout(entry)
        inner.addLayout(buttons)
        inner.addWidget(self.said)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.open)
        column.addWidget(self.inside)
        self.inside.hide()
        self.said.hide()

    def show_rig(self, rig: Any) -> None:
        """Another rig is open, or none."""
        self._rig = rig if hasattr(rig, "calibrate") else None
        self.open.setChecked(False)

    def retranslate(self) -> None:
        """Texts in the language in use."""
        self.open.setText(tr("Calibrate …"))
        self.how.setText(tr("Put a multimeter between GND and MEM of the board, wait until it stands still, and type "
                            "what it shows. The adapter remembers."))  # fmt: skip
        self.board.setAccessibleName(tr("Board"))
        self.volts.setAccessibleName(tr("What the meter shows [V]"))
        self.volts.setPlaceholderText(tr("meter, in V"))
        self.store_button.setText(tr("Store"))
        self.clear_button.setText(tr("Set back"))
        self.refresh()

    def refresh(self) -> None:
        """What the board reads now."""
        if self.inside.isHidden():
            return
        ring = self._desk.live.ring
        names = list(ring.layout.neurons) if ring is not None else []
        if [self.board.itemText(i) for i in range(self.board.count())] != names:
            with QtCore.QSignalBlocker(self.board):
                self.board.clear()
                self.board.addItems(names)
        mean, spread = self._read()
        if not math.isfinite(mean):
            self.reading.setText(tr("Nothing is read there now."))
            return
        text = tr("{name} reads {v} V.", name=self.board.currentText(), v=f"{mean:.3f}".replace(".", decimal()))
        if spread > RESTLESS:
            text += " ⚠ " + tr("It isn't at rest: turn its leak down until it stops firing.")
        self.reading.setText(text)

    def store(self) -> None:
        """Take the typed figure, and go on to the next board."""
        i = self.board.currentIndex()
        try:
            mean, spread = self._read()
            if spread > RESTLESS:
                raise ParameterError("{name} isn't at rest; a calibration needs a still membrane",
                                     name=self.board.currentText())  # fmt: skip
            true = parse_quantity(self.volts.text(), "V")
            self._rig.calibrate(i, mean, true)
        except LuiError as error:
            self._desk.faults.take(error, "boards")
            return
        millivolts = f"{1000 * (true - mean):+.1f}".replace(".", decimal()).replace("-", "−")
        self._say(tr("{name}: put right by {mv} mV.", name=self.board.currentText(), mv=millivolts))
        self.volts.clear()
        self.board.setCurrentIndex(min(i + 1, self.board.count() - 1))
        self.volts.setFocus()

    def clear(self) -> None:
        """Forget this board's correction."""
        try:
            self._rig.uncalibrate(self.board.currentIndex())
        except LuiError as error:
            self._desk.faults.take(error, "boards")
            return
        self._say(tr("{name}: as without calibration.", name=self.board.currentText()))

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.show()

    def _unfold(self, on: bool) -> None:
        self.inside.setVisible(on)
        self.said.hide()
        self.refresh()
        if on:
            self.volts.setFocus()

    def _read(self) -> tuple[float, float]:
        """Mean and standard deviation [V] of the chosen board's latest half second; not-a-number without."""
        ring, i = self._desk.live.ring, self.board.currentIndex()
        if ring is None:
            return math.nan, math.nan
        membranes = {t.i_neuron: k for k, t in enumerate(ring.layout.traces) if t.quantity == "membrane"}
        n = round(AVERAGED / ring.layout.dt)
        values = ring.trace(membranes[i], ring.head - n, ring.head) if i in membranes else np.empty(0)
        values = values[np.isfinite(values)]
        return (float(values.mean()), float(values.std())) if len(values) >= n // 2 else (math.nan, math.nan)
