"""The card that hands a set-up on: as a link, as a QR code, without the knobs that a class shall not see."""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.errors import LuiError
from luiapp.gui.controls import label
from luiapp.gui.theme import Look
from luiapp.gui.training.data_state import decoded
from luiapp.gui.training.knob_state import TABLE
from luiapp.gui.training.setup_state import Setup, from_link, link, matters
from luiapp.gui.widgets.hand_on import HandOnCard
from luiapp.texts import tr

MOST_IN_CODE = 990  # characters: two pixels a module still fit into the card


class ShareCard(HandOnCard):
    """A set-up of the learning page, without the knobs that a class shall not see."""

    opened = QtCore.Signal(object, object)  # Setup, names of hidden knobs
    hid = QtCore.Signal(object)  # names of hidden knobs

    def __init__(self, over: QtWidgets.QWidget, look: Look, tell: Callable[[str], None]) -> None:
        super().__init__(over, look)
        self._tell = tell
        self._setup = Setup()
        self.boxes = {knob.name: QtWidgets.QCheckBox(self) for knob in TABLE}
        for box in self.boxes.values():
            box.toggled.connect(self._chosen)
        grid = self._grid = QtWidgets.QGridLayout()
        grid.setVerticalSpacing(0)
        knobs = QtWidgets.QVBoxLayout()
        knobs.addWidget(self.note)
        knobs.addLayout(grid)
        knobs.addStretch(1)
        below = QtWidgets.QHBoxLayout()
        below.setSpacing(20)
        below.addLayout(knobs, 1)
        self.dense = label("secondary", wrap=True)
        self.dense.setFixedWidth(self.code.sizeHint().width())
        below.addWidget(self.code)
        below.addWidget(self.dense)
        self._column().addLayout(below)

    @property
    def hidden(self) -> frozenset[str]:
        """Knobs that a class shall not see."""
        return frozenset(name for name, box in self.boxes.items() if box.isChecked())

    def show_setup(self, setup: Setup, hidden: frozenset[str]) -> None:
        """The set-up that is handed on."""
        self._setup = setup
        for name, box in self.boxes.items():
            with QtCore.QSignalBlocker(box):
                box.setChecked(name in hidden)
            box.setVisible(matters(name, setup))
            self._grid.removeWidget(box)
        for i, name in enumerate(name for name in self.boxes if matters(name, setup)):
            self._grid.addWidget(self.boxes[name], i // 2, i % 2)
        self._write()

    def _write(self) -> None:
        text = link(self._setup, self.hidden)
        self.line.setText(text)
        self.line.setCursorPosition(0)
        fits = len(text) <= MOST_IN_CODE
        if fits:
            self.code.show_text(text)
        self.code.setVisible(fits)
        self.dense.setVisible(not fits)
        n = len(decoded(self._setup.points)[1])
        self.dense.setText(tr("With {n} painted points a QR code would be too fine to be read. Send the link, or save "
                              "the network (Ctrl+S): its file holds the points, too.", n=n))  # fmt: skip
        self.problem.hide()

    def _chosen(self) -> None:
        self._write()
        self.hid.emit(self.hidden)

    def _copy(self) -> None:
        QtGui.QGuiApplication.clipboard().setText(self.line.text())
        self._tell(tr("The link is on the clipboard."))

    def _open(self) -> None:
        try:
            setup, hidden = from_link(self.line.text())
        except LuiError as error:
            self.complain(str(error))
            return
        self.opened.emit(setup, hidden)
        self.hide()

    def retranslate(self) -> None:
        """All texts again, after the language changed."""
        super().retranslate()
        self.title.setText(tr("Hand this set-up on"))
        self.line.setAccessibleName(tr("Link to this set-up"))
        self.line.setToolTip(tr("Copy this link, or paste another one and open it"))
        self.open_.setText(tr("Open the link"))
        self.note.setText(tr("Knobs that a class shall not see:"))
        for knob in TABLE:
            self.boxes[knob.name].setText(tr(knob.text))
        self.code.setAccessibleName(tr("QR code of the link"))
