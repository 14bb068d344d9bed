"""What the emulated chip leaves out, said plainly."""

from __future__ import annotations

from PySide6 import QtWidgets

from luiapp.gui.controls import label
from luiapp.texts import mark, tr

LIMITS = (
    mark("This chip is emulated: it behaves like one core of BrainScaleS-2 as far as published figures tell. A real "
         "one may do otherwise."),
    mark("Not there: adaptation, exponential and conductance-based terms, compartments, the plasticity processor, "
         "correlation sensors, short-term plasticity, the matrix mode."),
    mark("Circuits merged for more inputs act as one with the mean of their parameters."),
    mark("Drivers are all alike; nothing drifts, and temperature changes nothing."),
    mark("The synapses' own mismatch (5 %) and how lost events pile up are assumptions: no figures are published."),
    mark("Crossbar filters, background generators and the link to the host are not modelled; runs take no time on the "
         "way."),
    mark("Time and energy are estimates: the whole chip at 200 mW (Cramer et al. 2022)."),
    mark("The map is not to scale. Labels are numbered here in the order of the sources; the real software deals them "
         "out by itself."),
    mark("Slow motion shows events where they act; on their way they take some 80 ns."),
    mark("The Lu.i is the model's neuron with the chip's weights. A real Lu.i has three inputs and parts that vary."),
)  # fmt: skip


class LimitsCard(QtWidgets.QWidget):
    """A list to read."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = label("heading", wrap=True)
        self.lines = [label("secondary", wrap=True) for _ in LIMITS]
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 4, 6, 0)
        column.setSpacing(6)
        column.addWidget(self.heading)
        for one in self.lines:
            column.addWidget(one)
        column.addStretch(1)

    def retranslate(self) -> None:
        self.heading.setText(tr("What this chip doesn't show"))
        for one, text in zip(self.lines, LIMITS, strict=True):
            one.setText("•  " + tr(text))
