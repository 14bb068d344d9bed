"""The right column: the selected board in numbers and knobs."""

from __future__ import annotations

import math
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.bench import edit
from luiapp.gui.bench.real import real_boards
from luiapp.gui.bench.rows import DendriteRow, KnobRow, NumberRow, Row, button_style
from luiapp.gui.bench.state import decimal_mark, membrane_columns
from luiapp.gui.bench.words import can_do
from luiapp.gui.live import Live
from luiapp.gui.theme import Look
from luiapp.gui.widgets.fit_label import FitLabel
from luiapp.gui.widgets.value_field import ValueField
from luiapp.model.lui import KNOBS
from luiapp.texts import mark, tr

RATE_WINDOW = 5.0  # s over which spikes are counted
_CELL_LABELS = {
    "v_cell": mark("cell voltage"),
    "r_cell": mark("cell resistance"),
    "noise": mark("membrane noise"),
    "parts_seed": mark("part lot"),
}


class Inspector(QtWidgets.QWidget):
    """Name, live read-outs, and every parameter of the selected neuron."""

    def __init__(self, live: Live, look: Look, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._live, self._look = live, look
        self._rows: list[Row] = []
        self._titles: list[tuple[QtWidgets.QLabel, str]] = []
        self._model = ""
        self._style: object = None
        self._name = ValueField(lambda _: 0.0, self._rename, self, right=False)
        self._dot = QtWidgets.QLabel(self)
        self._readings = {name: _Reading(self) for name in ("v", "rate", "isi")}
        self._note = QtWidgets.QLabel(self)
        self._note.setWordWrap(True)
        self._body = QtWidgets.QWidget()
        self._column = QtWidgets.QVBoxLayout(self._body)
        self._column.setContentsMargins(16, 4, 16, 12)
        self._column.setSpacing(4)
        self._scroll = QtWidgets.QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._body)
        self._dice = QtWidgets.QPushButton()
        self._reset = QtWidgets.QPushButton()
        self._dice.clicked.connect(lambda: edit.another_lot(live, live.selected))
        self._reset.clicked.connect(self._reset_knobs)
        self._lay_out()
        self.setMinimumWidth(280)
        for signal in (live.network_changed, live.rig_changed, live.layout_changed):
            signal.connect(self._adapt)
        live.selection_changed.connect(self._select)
        live.parameter_changed.connect(self._parameter)
        live.numbers.connect(self._read)
        look.changed.connect(self._restyle)
        self._restyle()  # also where no circuit is known, so that nothing is built
        self._adapt()
        self.retranslate()

    # -- the shell's interface -----------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """All texts again, after the language changed."""
        self._name.set_name(tr("Name"))
        self._dice.setText("⚄  " + tr("another board"))
        self._dice.setAccessibleName(tr("another board"))
        self._dice.setToolTip(tr("Same trimmers, other parts: no two boards are quite equal."))
        self._reset.setText(tr("Reset trimmers"))
        self._reset.setAccessibleName(tr("Reset trimmers"))
        self._readings["v"].set_title(tr("membrane"))
        self._readings["rate"].set_title(tr("rate"))
        self._readings["isi"].set_title(tr("last interval"), tr("interval"))
        for label, text in self._titles:
            label.setText(tr(text))
        for row in self._rows:
            row.retranslate()
        self._adapt()

    def state(self) -> dict[str, Any]:
        """What to remember until the next start."""
        return {"scroll": self._scroll.verticalScrollBar().value()}

    def restore(self, state: dict[str, Any]) -> None:
        """Show what `state` remembered; nonsense is ignored."""
        value = state.get("scroll", 0)
        if isinstance(value, int):
            self._scroll.verticalScrollBar().setValue(value)

    def actions(self) -> list[QtGui.QAction]:
        """None of its own: everything here has a control."""
        return []

    # -- building ------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        head = QtWidgets.QHBoxLayout()
        head.setContentsMargins(16, 12, 16, 0)
        head.addWidget(self._dot)
        head.addWidget(self._name, 1)
        self._tiles = QtWidgets.QHBoxLayout()
        self._tiles.setContentsMargins(16, 4, 16, 4)
        self._tiles.setSpacing(8)
        for reading in self._readings.values():
            self._tiles.addWidget(reading, 1)
        note = QtWidgets.QHBoxLayout()
        note.setContentsMargins(16, 0, 16, 0)
        note.addWidget(self._note)
        whole = QtWidgets.QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        whole.addLayout(head)
        complaint = QtWidgets.QHBoxLayout()
        complaint.setContentsMargins(16, 0, 16, 0)
        complaint.addWidget(self._name.note)
        whole.addLayout(complaint)
        whole.addLayout(self._tiles)
        whole.addLayout(note)
        whole.addWidget(self._scroll, 1)

    def _build(self, model: str) -> None:
        """Rows for a kind of neuron."""
        self._style = None
        self._model = model
        for button in (self._dice, self._reset):
            button.setParent(None)
        self._rows, self._titles = [], []
        while self._column.count():
            item = self._column.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        if model == "lui":
            self._build_board()
        elif model and self._live.network is not None:
            self._title(mark("Parameters"))
            for parameter in self._live.network.kind.parameters:
                self._row(NumberRow(self._live, parameter))
        self._column.addStretch(1)
        self._restyle()
        for label, text in self._titles:
            label.setText(tr(text))
        for row in self._rows:
            row.retranslate()

    def _build_board(self) -> None:
        live = self._live
        self._title(mark("Membrane"))
        for knob in KNOBS[:2]:
            self._row(KnobRow(live, knob))
        self._title(mark("Synapses"))
        self._row(KnobRow(live, KNOBS[2]))
        for k in range(3):
            dendrite = DendriteRow(live, k)
            dendrite.pulse.connect(self._pulse)
            self._row(dendrite)
        self._column.addWidget(self._reset)
        self._title(mark("Cell and parts"))
        assert live.network is not None
        for name, label in _CELL_LABELS.items():
            self._row(NumberRow(live, live.network.kind.parameter(name), label))
        self._column.addWidget(self._dice)

    def _title(self, text: str) -> None:
        label = QtWidgets.QLabel()
        label.setIndent(0)
        self._titles.append((label, text))
        self._column.addWidget(label)

    def _row(self, row: KnobRow | DendriteRow | NumberRow) -> None:
        self._rows.append(row)
        self._column.addWidget(row)

    # -- keeping in step -----------------------------------------------------------------------------------------

    def _adapt(self) -> None:
        live = self._live
        network = live.network
        model = network.model if network is not None else ""
        if model != self._model:
            self._build(model)
        name = self._selected_name()
        shown = bool(name)
        self._dot.setVisible(shown)
        self._name.show_text(name)
        self._name.line.setReadOnly(not edit.can_rewire(live))
        for widget in (self._name, self._scroll, *self._readings.values()):
            widget.setVisible(shown)
        free = can_do(live, live.selected).parameters
        self._note.setText(self._remark(shown))
        self._note.setVisible(bool(self._note.text()))
        self._reset.setEnabled(shown and free.get("r_leak") == "by wire")
        self._dice.setEnabled(shown and free.get("parts_seed") == "by wire")
        for row in self._rows:
            row.follow()
        self._paint_dot()
        self._recolour()
        self._read()

    def _remark(self, shown: bool) -> str:
        """What has to be known before anything is turned."""
        live = self._live
        if not shown:
            return tr("Select a board to see its numbers.")
        if live.rig is not None and live.rig.kind == "replay":
            return tr("A recording: what was turned then is shown; now nothing can be turned.")
        if live.lock.holds:
            return tr("Locked: what can't be turned here, this lesson doesn't need.")
        if live.network is None or can_do(live, live.selected).parameters.get(KNOBS[0].parameter) == "by hand":
            real = real_boards(live).get(live.selected)
            told = f"{real.told()[:1].upper()}{real.told()[1:]}" if real is not None else ""
            text = tr("This board's trimmers are turned by hand, with a screwdriver.")
            return text if not told else f"{told}{'' if told.endswith('?') else '.'} {text}"
        return ""

    def _select(self, i_neuron: int) -> None:
        for field in self.findChildren(ValueField):
            field.discard()
        self._adapt()

    def _selected_name(self) -> str:
        live = self._live
        names: tuple[str, ...] | list[str] = ()
        if live.network is not None:
            names = live.network.names
        elif live.ring is not None and live.rig is not None:
            names = live.ring.layout.neurons
        return names[live.selected] if 0 <= live.selected < len(names) else ""

    def _parameter(self, i_neuron: int, name: str) -> None:
        if i_neuron == self._live.selected:
            for row in self._rows:
                if name in row.names():
                    row.follow()

    def _read(self) -> None:
        """The numbers beside the pictures."""
        live, ring, i = self._live, self._live.ring, self._live.selected
        volts = rate = isi = math.nan
        if ring is not None and live.rig is not None and i >= 0:
            column = membrane_columns(ring.layout).get(i)
            latest = live.latest()
            if column is not None and latest is not None and column < len(latest):
                volts = float(latest[column])
            times, neurons = ring.spikes(ring.now - RATE_WINDOW, ring.now + 1.0)
            mine = times[neurons == i]
            span = min(RATE_WINDOW, ring.now - ring.tail * ring.layout.dt)
            rate = len(mine) / span if span > 0.2 else math.nan
            isi = float(mine[-1] - mine[-2]) if len(mine) > 1 else math.nan
        self._readings["v"].set_value(_fixed(volts, 2, "V"))
        self._readings["rate"].set_value(_fixed(rate, 1, "Hz"))
        self._readings["isi"].set_value(_fixed(isi * 1e3, 0, "ms"))

    def _restyle(self) -> None:
        theme = self._look.theme
        self._name.restyle(theme)
        font = QtGui.QFont(self.font())
        font.setPixelSize(round(theme.font_px * 1.35))
        font.setWeight(QtGui.QFont.Weight.DemiBold)
        self._name.line.setFont(font)
        for reading in self._readings.values():
            reading.restyle(theme.raised, theme.text, theme.secondary, theme.font_px)
        for label, _ in self._titles:
            label.setStyleSheet(f"color: {theme.secondary}; font-weight: 600; padding-top: 10px;")
        self._note.setStyleSheet(f"color: {theme.secondary};")
        for button in (self._dice, self._reset):
            button.setStyleSheet(button_style(theme))
        self._scroll.verticalScrollBar().setStyleSheet(
            f"QScrollBar {{ background: transparent; width: 10px; margin: 0; }}"
            f"QScrollBar::handle {{ background: {theme.line}; border-radius: 4px; min-height: 32px; margin: 1px; }}"
            f"QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}"
        )
        self._recolour()
        self._paint_dot()

    def _recolour(self) -> None:
        theme = self._look.theme
        colour = theme.neuron_colour(max(self._live.selected, 0))
        style = (theme, colour, self._model)
        if style == self._style:  # style sheets are dear, and boards that are dragged come by here each time
            return
        self._style = style
        for row in self._rows:
            row.restyle(theme, colour)

    def _paint_dot(self) -> None:
        side = self._look.theme.font_px
        pixmap = QtGui.QPixmap(side, side)
        pixmap.fill(QtCore.Qt.GlobalColor.transparent)
        painter = QtGui.QPainter(pixmap)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(self._look.theme.neuron_colour(max(self._live.selected, 0))))
        painter.drawRoundedRect(0, 0, side, side, 3, 3)
        painter.end()
        self._dot.setPixmap(pixmap)

    # -- deeds ---------------------------------------------------------------------------------------------------

    def _rename(self, _: float) -> None:
        error = edit.rename(self._live, self._live.selected, self._name.line.text())
        if error is not None:
            raise error

    def _pulse(self, synapse: int) -> None:
        self._live.pulse(self._live.selected, synapse)

    def _reset_knobs(self) -> None:
        live = self._live
        if live.network is None:
            return
        live.undo.beginMacro(tr("reset the trimmers of {name}", name=self._selected_name()))
        for parameter in live.network.kind.parameters[:9]:
            live.turn(live.selected, parameter.name, parameter.default)
        live.undo.endMacro()


class _Reading(QtWidgets.QFrame):
    """A live number with its title."""

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._value = QtWidgets.QLabel("–", self)
        self._title = FitLabel(self)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.setSpacing(0)
        layout.addWidget(self._value)
        layout.addWidget(self._title)

    def set_title(self, *texts: str) -> None:
        """From long to short."""
        self._title.set_texts(*texts)
        self._value.setAccessibleName(texts[0])

    def set_value(self, text: str) -> None:
        if text != self._value.text():
            self._value.setText(text)

    def restyle(self, ground: str, text: str, secondary: str, size: int) -> None:
        self.setStyleSheet(f"_Reading {{ background: {ground}; border-radius: 8px; }}")
        self._value.setStyleSheet(f"color: {text}; font-size: {round(size * 1.25)}px; font-weight: 600;")
        self._title.setStyleSheet(f"color: {secondary}; font-size: {max(11, round(size * 0.85))}px;")


def _fixed(value: float, places: int, unit: str) -> str:
    """A number with a fixed count of decimals, so that it doesn't jump about; a dash where there is none."""
    if not math.isfinite(value):
        return f"– {unit}"
    text = f"{abs(value):.{places}f}".replace(".", decimal_mark())
    return ("−" if value < 0 and float(f"{value:.{places}f}") != 0 else "") + f"{text} {unit}"
