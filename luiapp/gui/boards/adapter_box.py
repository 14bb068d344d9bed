"""What an adapter says of itself while it is connected: is the link well, what is it called, does it pass its test."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

from PySide6 import QtCore, QtWidgets

from luiapp.errors import LuiError
from luiapp.gui.boards.calibrate import CalibrationBox
from luiapp.gui.boards.state import link_sentence
from luiapp.gui.controls import label, push
from luiapp.gui.statusbar import decimal
from luiapp.texts import tr

if TYPE_CHECKING:
    from luiapp.gui.desk import Desk


class AdapterBox(QtWidgets.QWidget):
    """Shown while adapters are open; hidden for boards that only print numbers."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._rig: Any = None
        self.sentence, self.result, self.name_label = (
            label(wrap=True),
            label("secondary", wrap=True),
            label("secondary"),
        )
        self.name = QtWidgets.QLineEdit()
        self.name.setMaxLength(12)
        self.name.returnPressed.connect(self.rename)
        self.rename_button, self.test_button = push(self.rename), push(self.test)
        self.which = QtWidgets.QComboBox()
        self.which.currentIndexChanged.connect(lambda _i: self._choose())
        self.calibration = CalibrationBox(desk)
        entry = QtWidgets.QHBoxLayout()
        entry.addWidget(self.name, 1)
        entry.addWidget(self.rename_button)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.sentence)
        column.addWidget(self.which)
        column.addWidget(self.name_label)
        column.addLayout(entry)
        column.addWidget(self.test_button)
        column.addWidget(self.result)
        column.addWidget(self.calibration)
        self.show_rig(None)

    def show_rig(self, rig: Any) -> None:
        """Another rig is open, or none."""
        self._rig = rig if hasattr(rig, "rename") else None
        self.setVisible(self._rig is not None)
        with QtCore.QSignalBlocker(self.which):
            self.which.clear()
            self.which.addItems([one.name for one in self._rig.source.adapters] if self._rig is not None else [])
        self.which.setVisible(self.which.count() > 1)
        self.calibration.show_rig(self._rig)
        self._choose()
        self.refresh({})

    def retranslate(self) -> None:
        """Texts in the language in use."""
        self.name_label.setText(tr("Name of the adapter"))
        self.name.setAccessibleName(tr("Name of the adapter"))
        self.rename_button.setText(tr("Rename"))
        self.test_button.setText(tr("Self-test"))
        self.test_button.setToolTip(tr("The stream pauses for a moment and the stimulus lines go low"))
        self.which.setAccessibleName(tr("Adapter"))
        self.calibration.retranslate()
        self.refresh({})

    def refresh(self, health: dict[str, int | float | str]) -> None:
        """What is new since the last time."""
        if self._rig is None:
            return
        self.sentence.setText(link_sentence(health, decimal()))
        self._show_name()
        self.calibration.refresh()
        result = self._rig.source.intakes[self._i].self_test
        info = self._rig.source.adapters[self._i].info
        if result is not None and info is not None:
            self._say(_in_words(result, info.vref_uv * 1e-6 / (1 << info.adc_bits)))

    def rename(self) -> None:
        """Give it the name that was typed."""
        self._do(lambda: self._rig.rename(self.name.text(), self._i), tr("Its name is kept in its memory."))

    def test(self) -> None:
        """Let it look at itself."""
        self._do(lambda: self._rig.test(self._i), tr("Testing …"))

    @property
    def _i(self) -> int:
        """Which of several adapters."""
        return max(0, self.which.currentIndex())

    def _choose(self) -> None:
        self._say("")
        self.name.setModified(False)
        self._show_name()

    def _show_name(self) -> None:
        """As it calls itself, unless somebody is typing."""
        if self._rig is not None and not self.name.isModified():
            self.name.setText(self._rig.source.adapters[self._i].label)

    def _say(self, text: str) -> None:
        self.result.setText(text)
        self.result.setVisible(bool(text))

    def _do(self, act: Any, text: str) -> None:
        if self._rig is None:
            return
        try:
            act()
        except LuiError as error:
            self._desk.faults.take(error, "boards")
            return
        self.name.setModified(False)
        self._say(text)


def _in_words(result: Any, lsb: float) -> str:
    whole = result.channels[: len(result.channels) // 4 * 4]
    noise = [sigma / 256 * lsb for _, sigma in struct.iter_unpack("<HH", whole)]
    worst = 1000 * max(noise, default=math.nan)
    heard = [str(k + 1) for k in range(8) if result.loopback >> k & 1]
    parts = [tr("Reference {v} V, noise at most {mv} mV.", v=f"{result.vref_mv / 1000:.2f}".replace(".", decimal()),
                mv=f"{worst:.1f}".replace(".", decimal()))]  # fmt: skip
    if heard:
        parts.append(tr("It hears itself at spike input {n}.", n=", ".join(heard)))
    return " ".join(parts)
