"""The card that hands a circuit on: as a text, as a QR code, or as the script of another program."""

from __future__ import annotations

import segno
from PySide6 import QtGui, QtWidgets

from luiapp.errors import LuiError
from luiapp.files.circuits import SCRIPTS
from luiapp.files.share import network_from_text, network_to_text
from luiapp.gui.bench.edit import can_rewire
from luiapp.gui.live import Live
from luiapp.gui.theme import Look
from luiapp.gui.widgets.hand_on import HandOnCard
from luiapp.model.items import itemised
from luiapp.texts import mark, tr

_TITLES = {"pynn": mark("PyNN script"), "norse": mark("Norse script")}


class CircuitCard(HandOnCard):
    """A circuit, with its text, its code and scripts."""

    def __init__(self, over: QtWidgets.QWidget, live: Live, look: Look) -> None:
        super().__init__(over, look)
        self._live = live
        self.tabs = QtWidgets.QTabWidget()
        self.scripts = {name: QtWidgets.QPlainTextEdit() for name in SCRIPTS}
        self.tabs.addTab(self.code, "")
        for script in self.scripts.values():
            script.setReadOnly(True)
            script.setLineWrapMode(QtWidgets.QPlainTextEdit.LineWrapMode.NoWrap)
            script.setFont(QtGui.QFontDatabase.systemFont(QtGui.QFontDatabase.SystemFont.FixedFont))
            script.setTabChangesFocus(True)
            self.tabs.addTab(script, "")
        column = self._column()
        column.addWidget(self.note)
        column.addWidget(self.tabs, 1)

    def retranslate(self) -> None:
        """All texts again, after the language changed."""
        super().retranslate()
        self.title.setText(tr("Hand this circuit on"))
        self.line.setAccessibleName(tr("The circuit as a text"))
        self.line.setToolTip(tr("Copy this text, or paste another one and open it"))
        self.open_.setText(tr("Open the text"))
        self.code.setAccessibleName(tr("QR code of the circuit"))
        self.tabs.setTabText(0, tr("QR code"))
        for k, name in enumerate(self.scripts):
            self.tabs.setTabText(k + 1, tr(_TITLES[name]))
            self.scripts[name].setAccessibleName(tr(_TITLES[name]))

    def _write(self) -> None:
        network = self._live.network
        self.problem.hide()
        self.open_.setEnabled(can_rewire(self._live))
        if network is None:
            self.complain(tr("This source doesn't tell how it is wired."))
            return
        try:
            text = network_to_text(network)
        except LuiError as error:
            self.complain(str(error))
            return
        self.line.setText(text)
        self.line.setCursorPosition(0)
        self.note.setText(
            tr("Everything is in this text: boards, trimmers, wires, stimuli. {n} characters.", n=len(text))
        )
        try:
            self.code.show_text(text)
        except segno.DataOverflowError:
            self.code.image = QtGui.QImage()
            self.note.setText(tr("{n} characters are too many for a QR code; send the text or the file.", n=len(text)))
        for name, view in self.scripts.items():
            try:
                view.setPlainText(SCRIPTS[name](network))
            except LuiError as error:
                view.setPlainText(str(error))

    def _copy(self) -> None:
        shown = self.tabs.currentWidget()
        text = shown.toPlainText() if isinstance(shown, QtWidgets.QPlainTextEdit) else self.line.text()
        QtGui.QGuiApplication.clipboard().setText(text)
        self.note.setText(tr("It is on the clipboard."))

    def _open(self) -> None:
        if not can_rewire(self._live):
            return
        try:
            network = itemised(network_from_text(self.line.text()))
        except LuiError as error:
            self.complain(str(error))
            return
        self._live.rewire(network, lambda: tr("open a circuit that was shared"))
        self.hide()

    def _height(self) -> int:
        return round(560 * self._look.theme.scale)
