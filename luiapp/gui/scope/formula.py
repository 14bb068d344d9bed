"""The form in which traces are calculated from others: A − B, means, slopes; no text is ever run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.errors import LuiError, ParameterError
from luiapp.gui.scope.axes import decimal
from luiapp.gui.scope.controls import fill, style
from luiapp.gui.scope.paint import scope_font
from luiapp.gui.scope.state import MOST_CHANNELS
from luiapp.gui.theme import Theme
from luiapp.stream.derived import KINDS, Channel
from luiapp.texts import tr
from luiapp.units import format_quantity, parse_quantity

_SIGNS = {"difference": "−", "sum": "+", "product": "×"}


def suggested(kind: str, a: str, b: str) -> str:
    """A name for a calculated trace that says what it is."""
    if kind in _SIGNS:
        return f"{a} {_SIGNS[kind]} {b}"
    if kind == "slope":
        return f"d{a}/dt"
    if kind == "scaled":
        return f"k · {a} + c"
    return tr("mean {a}", a=a) if kind == "mean" else tr("low pass {a}", a=a)


class Formula(QtWidgets.QFrame):
    """Buttons of the calculated traces, and one line to make or change one.

    Parameters
    ----------
    faults : callable
        Of such channels, which can't be calculated from the stream, and why: {name: error}.
    """

    changed = QtCore.Signal(list)  # all channels anew
    closed = QtCore.Signal()

    def __init__(self, faults: Callable[[Sequence[Channel]], dict[str, LuiError]]) -> None:
        super().__init__()
        self._faults = faults
        self._channels: list[Channel] = []
        self._lanes: list[str] = []
        self._i_edited = -1  # the channel in the form; −1: a new one
        self.kind, self.a, self.b = (QtWidgets.QComboBox() for _ in range(3))
        self.factor, self.offset, self.seconds, self.name = (QtWidgets.QLineEdit() for _ in range(4))
        self.ok, self.remove, self.close_button, self.new = (QtWidgets.QToolButton() for _ in range(4))
        self.close_button.setText("✕")
        self.new.setCheckable(True)
        self.labels = {name: QtWidgets.QLabel() for name in ("a", "b", "factor", "offset", "seconds", "name")}
        self.note = QtWidgets.QLabel()
        self.note.setWordWrap(True)
        self.note.hide()
        self.chips: list[QtWidgets.QToolButton] = []
        self._lay_out()
        for box in (self.kind, self.a, self.b):
            box.activated.connect(self._suggest)
        for line in (self.factor, self.offset, self.seconds, self.name):
            line.returnPressed.connect(self.commit)
        self.ok.clicked.connect(lambda _c=False: self.commit())
        self.remove.clicked.connect(lambda _c=False: self._remove())
        self.new.clicked.connect(lambda _c=False: self._edit(-1))
        self.close_button.clicked.connect(lambda _c=False: self.closed.emit())

    def _lay_out(self) -> None:
        self._row = QtWidgets.QHBoxLayout()
        self._row.setSpacing(3)
        middle = QtCore.Qt.AlignmentFlag.AlignVCenter
        self._row.addWidget(self.new, 0, middle)
        self._row.addStretch(1)
        self._row.addWidget(self.close_button, 0, middle)
        line = QtWidgets.QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.kind)
        for name in self.labels:
            line.addWidget(self.labels[name])
            line.addWidget(self._field(name), 2 if name == "name" else 0)
        line.addWidget(self.ok)
        line.addWidget(self.remove)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(8, 3, 8, 3)
        column.setSpacing(3)
        column.addLayout(self._row)
        column.addLayout(line)
        column.addWidget(self.note)
        for name in ("factor", "offset", "seconds"):
            self._field(name).setMaximumWidth(80)
        for box in (self.kind, self.a, self.b):
            box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToContents)

    def _field(self, name: str) -> QtWidgets.QWidget:
        field = getattr(self, name)
        assert isinstance(field, QtWidgets.QWidget)
        return field

    def retranslate(self, theme: Theme) -> None:
        """All texts and sizes anew."""
        self.setStyleSheet(style(theme))
        self.note.setStyleSheet(f"color: {theme.bad}; font-weight: 600;")
        self.new.setText(tr("New trace"))
        self.remove.setText(tr("Remove"))
        for widget, text in (
            (self.kind, tr("How it is calculated")), (self.a, tr("Trace A")), (self.b, tr("Trace B")),
            (self.factor, tr("Factor k")), (self.offset, tr("Summand c, in the unit of A")),
            (self.seconds, tr("Over how long")), (self.name, tr("Name of the calculated trace")),
            (self.close_button, tr("Close the form")), (self.new, tr("Calculate another trace")),
        ):  # fmt: skip
            widget.setAccessibleName(text)
            widget.setToolTip(text)
        texts = {"a": "A", "b": "B", "factor": "k", "offset": "c", "seconds": tr("over"), "name": tr("as")}
        for name, text in texts.items():
            self.labels[name].setText(text)
        font = scope_font(theme, self.font())
        for one in self.findChildren(QtWidgets.QWidget):
            one.setFont(font)
            if isinstance(one, QtWidgets.QToolButton | QtWidgets.QComboBox | QtWidgets.QLineEdit):
                one.setFixedHeight(max(26, round(theme.touch * 0.85)))
        self._fill_in()

    def show_state(self, channels: Sequence[Channel], lanes: Sequence[str]) -> None:
        """The channels that there are, and the names of all traces."""
        if (list(channels), list(lanes)) == (self._channels, self._lanes):
            return
        self._channels, self._lanes = list(channels), list(lanes)
        if self._i_edited >= len(self._channels):
            self._i_edited = -1
        self._fill_in()

    def focus(self) -> None:
        """Where typing begins."""
        self.kind.setFocus(QtCore.Qt.FocusReason.TabFocusReason)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    # -- the form --------------------------------------------------------------------------------------------------

    def _fill_in(self) -> None:
        while len(self.chips) > len(self._channels):
            self.chips.pop().deleteLater()
        while len(self.chips) < len(self._channels):
            chip = QtWidgets.QToolButton()
            chip.setCheckable(True)
            i = len(self.chips)
            chip.clicked.connect(lambda _c=False, i=i: self._edit(i))
            self._row.insertWidget(i, chip, 0, QtCore.Qt.AlignmentFlag.AlignVCenter)
            self.chips.append(chip)
        faults = self._faults(self._channels)
        for i, (chip, channel) in enumerate(zip(self.chips, self._channels, strict=True)):
            chip.setFont(self.new.font())
            chip.setFixedHeight(self.new.minimumHeight())
            chip.setText(("⚠ " if channel.name in faults else "") + channel.name)
            chip.setToolTip(str(faults.get(channel.name, tr("Change {name}", name=channel.name))))
            chip.setChecked(i == self._i_edited)
        self.new.setChecked(self._i_edited < 0)
        old = self._channels[self._i_edited] if self._i_edited >= 0 else None
        lanes = [name for name in self._lanes if old is None or name != old.name]
        a = old.a if old is not None else self.a.currentData() or (lanes[0] if lanes else "")
        b = old.b if old is not None and old.b else self.b.currentData() or a
        if old is None and b == a:
            b = next((name for name in lanes if name != a), a)
        kind = old.kind if old is not None else self.kind.currentData() or "difference"
        fill(self.kind, [(tr(one.text), key) for key, one in KINDS.items()], kind)
        for box, value in ((self.a, a), (self.b, b)):
            gone = [value] if value and value not in lanes else []
            fill(box, [(name, name) for name in [*lanes, *gone]], value)
        mark = decimal()
        self.factor.setText(f"{old.factor:g}".replace(".", mark) if old is not None else "2")
        self.offset.setText(f"{old.offset:g}".replace(".", mark) if old is not None else "0")
        self.seconds.setText(format_quantity(old.seconds if old is not None else 5e-3, "s", 3, mark))
        self.name.setText(old.name if old is not None else "")
        self.ok.setText(tr("Change") if old is not None else tr("Add"))
        self.remove.setVisible(old is not None)
        self._tell(faults.get(old.name) if old is not None else None)
        self._suggest()

    def _suggest(self) -> None:
        """Show the fields that this kind uses, and what the trace is called if nobody says otherwise."""
        kind = self.kind.currentData() or "difference"
        for name in ("b", "factor", "offset", "seconds"):
            self._field(name).setVisible(name in KINDS[kind].uses)
            self.labels[name].setVisible(name in KINDS[kind].uses)
        self.name.setPlaceholderText(suggested(kind, self.a.currentText(), self.b.currentText()))

    def _edit(self, i: int) -> None:
        self._i_edited = i
        self._fill_in()
        self.focus()

    def _remove(self) -> None:
        i, self._i_edited = self._i_edited, -1
        self.changed.emit([c for k, c in enumerate(self._channels) if k != i])

    def commit(self) -> None:
        """Take over what the form says; what is wrong with it is told below it."""
        i = self._i_edited
        try:
            channel = self._read()
            every = [channel if k == i else c for k, c in enumerate(self._channels)] + ([channel] if i < 0 else [])
            if len(every) > MOST_CHANNELS:
                raise ParameterError("there are {n} calculated traces already; remove one first", n=MOST_CHANNELS)
            fault = self._faults(every).get(channel.name)
            if fault is not None:
                raise fault
        except LuiError as error:
            self._tell(error)
            return
        self._tell(None)
        self._i_edited = -1
        self.changed.emit(every)

    def _read(self) -> Channel:
        kind = str(self.kind.currentData())
        a, b = self.a.currentText(), self.b.currentText()
        name = self.name.text().strip() or self.name.placeholderText()
        if any(c.name == name for k, c in enumerate(self._channels) if k != self._i_edited):
            raise ParameterError("there is a trace called '{name}' already; choose another name", name=name)
        uses = KINDS[kind].uses
        scaled = "factor" in uses
        return Channel(
            name, kind, a, b if "b" in uses else "",
            factor=parse_quantity(self.factor.text(), "") if scaled else 1.0,
            offset=parse_quantity(self.offset.text(), "") if scaled else 0.0,
            seconds=parse_quantity(self.seconds.text(), "s") if "seconds" in uses else 5e-3,
        )  # fmt: skip

    def _tell(self, error: LuiError | None) -> None:
        self.note.setVisible(error is not None)
        self.note.setText("" if error is None else f"⚠ {error}")
        self.name.setAccessibleDescription(self.note.text())
