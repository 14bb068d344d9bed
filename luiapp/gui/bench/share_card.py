"""The card that hands a circuit on: as a text, as a QR code, or as the script of another program."""

from __future__ import annotations

import segno
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.errors import LuiError
from luiapp.files.circuits import SCRIPTS
from luiapp.files.share import network_from_text, network_to_text
from luiapp.gui.bench.edit import can_rewire
from luiapp.gui.controls import label, push
from luiapp.gui.icons import icon
from luiapp.gui.live import Live
from luiapp.gui.theme import Look
from luiapp.gui.training.share import Code
from luiapp.model.items import itemised
from luiapp.texts import mark, tr

_TITLES = {"pynn": mark("PyNN script"), "norse": mark("Norse script")}


class CircuitCard(QtWidgets.QFrame):
    """Lies over the bench and holds nothing up."""

    def __init__(self, over: QtWidgets.QWidget, live: Live, look: Look) -> None:
        super().__init__(over)
        self._over, self._live, self._look = over, live, look
        self.setProperty("role", "overlay")
        self.title, self.note, self.problem = label("title"), label("secondary", wrap=True), label("bad", wrap=True)
        self.line = QtWidgets.QLineEdit()
        self.line.returnPressed.connect(self._open)
        self.line.textEdited.connect(lambda _text: self.problem.hide())
        self.copy, self.open_ = push(self._copy), push(self._open)
        self.close_button = QtWidgets.QToolButton()
        self.close_button.clicked.connect(lambda _c=False: self.hide())
        self.code = Code()
        self.tabs = QtWidgets.QTabWidget()
        self.scripts = {name: QtWidgets.QPlainTextEdit() for name in SCRIPTS}
        self._arrange()
        self.problem.hide()
        self.hide()
        over.installEventFilter(self)

    def _arrange(self) -> None:
        head = QtWidgets.QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        row = QtWidgets.QHBoxLayout()
        for one, stretch in ((self.line, 1), (self.copy, 0), (self.open_, 0)):
            row.addWidget(one, stretch)
        self.tabs.addTab(self.code, "")
        for script in self.scripts.values():
            script.setReadOnly(True)
            script.setLineWrapMode(QtWidgets.QPlainTextEdit.LineWrapMode.NoWrap)
            script.setFont(QtGui.QFontDatabase.systemFont(QtGui.QFontDatabase.SystemFont.FixedFont))
            script.setTabChangesFocus(True)
            self.tabs.addTab(script, "")
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addLayout(head)
        column.addLayout(row)
        column.addWidget(self.problem)
        column.addWidget(self.note)
        column.addWidget(self.tabs, 1)

    def toggle(self) -> None:
        """Show it, or put it away."""
        if self.isVisible():
            self.hide()
            return
        self.retranslate()
        self._write()
        self._place()
        self.show()
        self.raise_()
        self.line.setFocus()
        self.line.selectAll()

    def retranslate(self) -> None:
        """All texts again, after the language changed."""
        self.title.setText(tr("Hand this circuit on"))
        self.line.setAccessibleName(tr("The circuit as a text"))
        self.line.setToolTip(tr("Copy this text, or paste another one and open it"))
        self.copy.setText(tr("Copy"))
        self.open_.setText(tr("Open the text"))
        self.close_button.setToolTip(tr("Close (Esc)"))
        self.close_button.setAccessibleName(tr("Close (Esc)"))
        self.close_button.setIcon(icon("close", self._look.theme.text))
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
            self._complain(tr("This source doesn't tell how it is wired."))
            return
        try:
            text = network_to_text(network)
        except LuiError as error:
            self._complain(str(error))
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

    def _complain(self, text: str) -> None:
        self.problem.setText("⚠ " + text)
        self.problem.show()

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
            self._complain(str(error))
            return
        self._live.rewire(network, lambda: tr("open a circuit that was shared"))
        self.hide()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.hide()
            self._over.setFocus()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        area, scale = self._over.rect(), self._look.theme.scale
        width, height = min(round(760 * scale), area.width() - 32), min(round(560 * scale), area.height() - 16)
        self.setGeometry((area.width() - width) // 2, (area.height() - height) // 2, width, height)
