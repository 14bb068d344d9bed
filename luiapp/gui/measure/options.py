"""What is to be chosen before a measurement begins: a row for each."""

from __future__ import annotations

from PySide6 import QtWidgets

from luiapp.experiments.registry import Option
from luiapp.gui.bench.state import KNOB_LABELS
from luiapp.gui.controls import label
from luiapp.texts import tr


class OptionRows(QtWidgets.QWidget):
    """A list or a number for each option; what was chosen last comes back."""

    def __init__(self) -> None:
        super().__init__()
        self._form = QtWidgets.QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setSpacing(8)
        self.fields: dict[str, QtWidgets.QComboBox | QtWidgets.QSpinBox] = {}
        self._options: tuple[Option, ...] = ()
        self._last: dict[str, str | int] = {}

    def show_options(self, options: tuple[Option, ...]) -> None:
        """Rows for these, in the language in use."""
        self._last |= self.values()
        while self._form.rowCount():
            self._form.removeRow(0)
        self.fields, self._options = {}, options
        for one in options:
            chosen = self._last.get(one.name, one.default)
            field: QtWidgets.QComboBox | QtWidgets.QSpinBox
            if one.choices:
                field = QtWidgets.QComboBox()
                for choice in one.choices:
                    field.addItem(tr(KNOB_LABELS.get(choice, choice)), choice)
                field.setCurrentIndex(max(0, field.findData(chosen)))
            else:
                field = QtWidgets.QSpinBox()
                field.setButtonSymbols(QtWidgets.QSpinBox.ButtonSymbols.NoButtons)
                field.setRange(one.low, one.high)
                field.setValue(int(chosen))
                field.setSuffix(f"\u00a0{one.unit}" if one.unit else "")
            field.setAccessibleName(tr(one.text))
            name = label("secondary")
            name.setText(tr(one.text))
            name.setBuddy(field)
            self._form.addRow(name, field)
            self.fields[one.name] = field
        self.setVisible(bool(options))

    def values(self) -> dict[str, str | int]:
        """What is chosen, by the options' names."""
        return {name: field.value() if isinstance(field, QtWidgets.QSpinBox) else str(field.currentData())
                for name, field in self.fields.items()}  # fmt: skip
