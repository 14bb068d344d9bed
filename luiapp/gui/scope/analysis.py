"""The card beside the screen: an average around spikes, a spectrum or intervals, alive."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6 import QtCore, QtWidgets

from luiapp.gui.scope.analysis_state import KINDS, Curve
from luiapp.gui.scope.chart import Chart
from luiapp.gui.scope.controls import fill, style
from luiapp.gui.scope.paint import scope_font
from luiapp.gui.scope.state import ScopeState
from luiapp.gui.theme import Look
from luiapp.texts import tr


class Analysis(QtWidgets.QFrame):
    """Emits what a person chooses; shows the curve that it is given."""

    chosen = QtCore.Signal(str, object)  # a field of the state, and its new value
    reset = QtCore.Signal()
    copied = QtCore.Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.kind_box, self.lane_box, self.spikes_box = (QtWidgets.QComboBox() for _ in range(3))
        for box, name in ((self.kind_box, "analysis"), (self.lane_box, "lane"), (self.spikes_box, "second")):
            box.activated.connect(lambda i, box=box, name=name: self.chosen.emit(name, box.itemData(i)))
            box.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
            box.setMinimumContentsLength(4)
        self.log, self.again, self.copy, self.close_button = (QtWidgets.QToolButton() for _ in range(4))
        self.log.setCheckable(True)
        self.close_button.setText("✕")
        self.log.clicked.connect(lambda on: self.chosen.emit("logarithmic", on))
        self.again.clicked.connect(lambda _c=False: self.reset.emit())
        self.copy.clicked.connect(lambda _c=False: self.copied.emit())
        self.close_button.clicked.connect(lambda _c=False: self.chosen.emit("analysis", ""))
        self.chart = Chart(look)
        self.note = QtWidgets.QLabel()
        self.note.setWordWrap(True)
        self.note.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self._lay_out()

    def _lay_out(self) -> None:
        first, second = QtWidgets.QHBoxLayout(), QtWidgets.QHBoxLayout()
        for line, widgets in (
            (first, (self.kind_box, self.log, self.again, self.copy, self.close_button)),
            (second, (self.lane_box, self.spikes_box)),
        ):
            line.setSpacing(3)
            for widget in widgets:
                line.addWidget(widget)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(6, 4, 8, 0)
        column.setSpacing(3)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.chart, 1)
        column.addWidget(self.note)

    def retranslate(self) -> None:
        """All texts and sizes anew."""
        theme = self._look.theme
        self.setStyleSheet(style(theme))
        self.setFixedWidth(round(310 * min(theme.scale, 1.4)))
        self.log.setText(tr("log"))
        self.again.setText(tr("Reset"))
        self.copy.setText(tr("Copy"))
        for widget, text in (
            (self.kind_box, tr("What is analysed")), (self.lane_box, tr("Trace that is analysed")),
            (self.spikes_box, tr("Around whose spikes")), (self.log, tr("Logarithmic axes")),
            (self.again, tr("Average from now on")), (self.copy, tr("Copy the curve (CSV)")),
            (self.close_button, tr("Close the analysis")), (self.chart, tr("Curve of the analysis")),
        ):  # fmt: skip
            widget.setAccessibleName(text)
            widget.setToolTip(text)
        font = scope_font(theme, self.font())
        for one in self.findChildren(QtWidgets.QWidget):
            one.setFont(font)
            if isinstance(one, QtWidgets.QToolButton | QtWidgets.QComboBox):
                one.setFixedHeight(max(26, round(theme.touch * 0.85)))
        self.chart.setMinimumHeight(round(84 * theme.scale))
        self.close_button.setFixedWidth(self.close_button.height())

    def show_state(self, state: ScopeState, lanes: Sequence[str], neurons: Sequence[str]) -> None:
        """Set every control to the settings; `lanes` are names of traces, `neurons` of what can fire."""
        fill(self.kind_box, [(tr(text), key) for key, text in KINDS.items()], state.analysis)
        fill(self.lane_box, [(tr("selected"), ""), *((name, name) for name in lanes)], state.lane)
        every = [(tr("spikes: selected"), ""), *((tr("spikes: {name}", name=n), n) for n in neurons)]
        fill(self.spikes_box, every, state.second if state.second in neurons else "")
        self.lane_box.setVisible(len(lanes) > 1)
        self.spikes_box.setVisible(state.analysis == "average" and len(neurons) > 1)
        self.again.setVisible(state.analysis == "average")
        self.log.setVisible(state.analysis == "spectrum")
        self.log.setChecked(state.logarithmic)

    def show_curve(self, curve: Curve, colour: str) -> None:
        """Draw it, and say it."""
        self.chart.show_curve(curve, colour)
        if curve.note != self.note.text():
            self.note.setText(curve.note)
