"""The rows of the inspector: a trimmer with its slider, a dendrite with its sign, a plain number."""

from __future__ import annotations

from typing import Protocol

from PySide6 import QtCore, QtWidgets

from luiapp.gui.bench.state import (
    KNOB_LABELS,
    decimal_mark,
    parse_knob,
    percent_text,
    quantity,
    supply_of,
    value_text,
)
from luiapp.gui.bench.words import by_wire, why_fixed
from luiapp.gui.live import Live
from luiapp.gui.theme import Theme
from luiapp.gui.widgets.fit_label import FitLabel
from luiapp.gui.widgets.turner import Turner
from luiapp.gui.widgets.value_field import ValueField
from luiapp.model.lui import KNOBS, Knob
from luiapp.model.neuron import Parameter
from luiapp.texts import tr
from luiapp.units import parse_quantity


class Row(Protocol):
    """What all rows can do."""

    def names(self) -> tuple[str, ...]:
        """The parameters that it shows."""

    def follow(self) -> None:
        """Show the present values."""

    def retranslate(self) -> None:
        """All texts again."""

    def restyle(self, theme: Theme, colour: str) -> None:
        """Sizes and colours again."""


def _value(live: Live, name: str) -> float | None:
    network, i = live.network, live.selected
    if network is None or not 0 <= i < network.n_neurons:
        return None
    return float(network.parameter(name)[i])


class KnobRow(QtWidgets.QWidget):
    """A trimmer: name, value in physical units and percent (both typed or read), slider."""

    def __init__(self, live: Live, knob: Knob, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._live, self._knob = live, knob
        self._label = FitLabel(self)
        self.turner = Turner(self)
        self.turner.turned.connect(self._turned)
        self.field = ValueField(self._parse, self._take, self)
        layout = QtWidgets.QGridLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setVerticalSpacing(0)
        layout.addWidget(self._label, 0, 0)
        layout.addWidget(self.field, 0, 1)
        layout.addWidget(self.turner, 1, 0, 1, 2)
        layout.addWidget(self.field.note, 2, 0, 1, 2)
        layout.setColumnStretch(0, 1)

    def names(self) -> tuple[str, ...]:
        return (self._knob.parameter, "v_cell")

    def follow(self) -> None:
        ohms = _value(self._live, self._knob.parameter)
        self.setVisible(ohms is not None)
        if ohms is None:
            return
        tip = why_fixed(self._live, self._knob.parameter, self._live.selected)
        self.turner.setEnabled(not tip)
        self.field.line.setReadOnly(bool(tip))
        self.turner.setToolTip(tip or f"{quantity(ohms, 'Ω')}")
        self.turner.show_percent(self._knob.percent(ohms))
        value = value_text(self._knob, ohms, supply_of(self._live.network, self._live.selected))
        text = f"{value} · {percent_text(self._knob, ohms)}"
        if self._knob.reversed:
            text = f"{percent_text(self._knob, ohms)} · {value}"
        self.field.show_text(text)
        self.turner.setAccessibleDescription(f"{text}, {quantity(ohms, 'Ω')}" + (f", {tip}" if tip else ""))

    def retranslate(self) -> None:
        about, short = tr(self._knob.about), tr(KNOB_LABELS[self._knob.name])
        if self._knob.reversed:
            self._label.set_texts(tr("Weight"))
        else:
            self._label.set_texts(about[:1].upper() + about[1:], short)
        name = f"{short}: {about}"
        self.turner.setAccessibleName(name)
        self.field.set_name(name)
        self.field.line.setToolTip(tr("Type a value, such as {examples}", examples=self._examples()))

    def restyle(self, theme: Theme, colour: str) -> None:
        self.turner.restyle(theme, colour)
        self.field.restyle(theme)

    def _examples(self) -> str:
        first = {"leak": "1.8 V", "tau_mem": "220 ms", "tau_syn": "50 ms"}.get(self._knob.name, "0.11 mA")
        return f"{first.replace('.', decimal_mark())}, 40 %, 12 kΩ"

    def _parse(self, text: str) -> float:
        return parse_knob(self._knob, text.split("·")[0], supply_of(self._live.network, self._live.selected))

    def _take(self, ohms: float) -> None:
        self._live.turn(self._live.selected, self._knob.parameter, ohms)

    def _turned(self, percent: float) -> None:
        self._live.turn(self._live.selected, self._knob.parameter, self._knob.ohms(percent))


class DendriteRow(QtWidgets.QWidget):
    """One dendrite: its sign, a pulse button, its weight."""

    pulse = QtCore.Signal(int)

    def __init__(self, live: Live, synapse: int, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._live, self._synapse = live, synapse
        self._parameter = f"sign_{synapse + 1}"
        self._theme: Theme | None = None
        self._label = QtWidgets.QLabel(self)
        self.sign = QtWidgets.QPushButton(self)
        self.sign.setCheckable(True)
        self.sign.clicked.connect(self._flip)
        self.button = QtWidgets.QPushButton(self)
        self.button.clicked.connect(lambda: self.pulse.emit(synapse))
        self.weight = KnobRow(live, KNOBS[3 + synapse], self)
        layout = QtWidgets.QGridLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setVerticalSpacing(0)
        layout.addWidget(self._label, 0, 0)
        layout.addWidget(self.sign, 0, 1)
        layout.addWidget(self.button, 0, 2)
        layout.addWidget(self.weight, 1, 0, 1, 3)
        layout.setColumnStretch(0, 1)

    def names(self) -> tuple[str, ...]:
        return (self._parameter, *self.weight.names())

    def follow(self) -> None:
        self.weight.follow()
        sign = _value(self._live, self._parameter)
        self.setVisible(sign is not None)
        if sign is None:
            return
        self.sign.setChecked(sign < 0)
        self.sign.setEnabled(by_wire(self._live, self._parameter, self._live.selected))
        self.sign.setText(("−  " + tr("inhibits")) if sign < 0 else ("+  " + tr("excites")))

    def retranslate(self) -> None:
        n = self._synapse + 1
        self._label.setText(tr("Dendrite {n}", n=n))
        self.sign.setAccessibleName(tr("switch of dendrite {n}", n=n))
        self.button.setText(tr("Pulse"))
        self.button.setAccessibleName(tr("Pulse on dendrite {n}", n=n))
        self.weight.retranslate()
        self.follow()

    def restyle(self, theme: Theme, colour: str) -> None:
        self._label.setStyleSheet("font-weight: 600;")
        for button in (self.sign, self.button):
            button.setStyleSheet(button_style(theme))
        self.weight.restyle(theme, colour)

    def _flip(self) -> None:
        sign = _value(self._live, self._parameter)
        if sign is not None:
            self._live.turn(self._live.selected, self._parameter, -1.0 if sign >= 0 else 1.0)
        self.follow()


class NumberRow(QtWidgets.QWidget):
    """A parameter as a number with its unit."""

    def __init__(
        self, live: Live, parameter: Parameter, label: str = "", parent: QtWidgets.QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._live, self._parameter, self._text = live, parameter, label or parameter.about
        self._label = QtWidgets.QLabel(self)
        self._label.setWordWrap(True)
        self.field = ValueField(self._parse, self._take, self)
        layout = QtWidgets.QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(0)
        layout.addWidget(self._label, 0, 0)
        layout.addWidget(self.field, 0, 1)
        layout.addWidget(self.field.note, 1, 0, 1, 2)
        layout.setColumnStretch(0, 1)

    def names(self) -> tuple[str, ...]:
        return (self._parameter.name,)

    def follow(self) -> None:
        value = _value(self._live, self._parameter.name)
        self.setVisible(value is not None)
        if value is None:
            return
        self.field.line.setReadOnly(not by_wire(self._live, self._parameter.name, self._live.selected))
        if self._parameter.name == "parts_seed":
            self.field.show_text(tr("nominal parts") if value == 0 else f"{value:.0f}")
        else:
            self.field.show_text(quantity(value, self._parameter.unit))

    def retranslate(self) -> None:
        text = tr(self._text)
        self._label.setText(text[:1].upper() + text[1:])
        self.field.set_name(text)
        self.follow()

    def restyle(self, theme: Theme, colour: str) -> None:
        self.field.restyle(theme)

    def _parse(self, text: str) -> float:
        value = parse_quantity(text, self._parameter.unit)
        return float(round(value)) if self._parameter.name == "parts_seed" else value

    def _take(self, value: float) -> None:
        self._live.turn(self._live.selected, self._parameter.name, self._parameter.check(value))


def button_style(theme: Theme) -> str:
    """Buttons of the inspector."""
    return (
        f"QPushButton {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.line};"
        f" border-radius: 6px; padding: 0 10px; min-height: {theme.touch - 6}px; }}"
        f"QPushButton:checked {{ border: 2px dashed {theme.bad}; }}"
        f"QPushButton:hover:enabled {{ border-color: {theme.secondary}; }}"
        f"QPushButton:focus {{ border: 2px solid {theme.focus}; }}"
        f"QPushButton:disabled {{ color: {theme.secondary}; }}"
    )
