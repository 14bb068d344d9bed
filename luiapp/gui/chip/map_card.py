"""The map of the core in its frame: what colours the neurons, before or after, closer and farther, what is picked."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from luiapp.chip.calibrate import QUANTITIES
from luiapp.chip.instance import quadrant
from luiapp.gui.chip.array_state import NONE, configured, empty, neuron_name, source_name
from luiapp.gui.chip.core_view import CoreView
from luiapp.gui.chip.map_state import Spot
from luiapp.gui.chip.spread_state import NAMES, Spread, spread
from luiapp.gui.chip.state import Found
from luiapp.gui.chip.words import number
from luiapp.gui.controls import Elided
from luiapp.gui.theme import Look
from luiapp.gui.training.cards import Card
from luiapp.gui.training.setup_state import BIAS
from luiapp.texts import tr


class MapCard(Card):
    """Follows what is known of the chip."""

    recoloured = QtCore.Signal()  # another parameter, or before instead of after

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.core = CoreView(look)
        self.found: Found | None = None
        self.spread: Spread | None = None
        self._chosen = 0  # what a person wants to see, while a calibration shows what it tunes
        self.choice = QtWidgets.QComboBox()
        self.choice.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)
        self.before, self.after = QtWidgets.QToolButton(), QtWidgets.QToolButton()
        group = QtWidgets.QButtonGroup(self)
        for one in (self.before, self.after):
            one.setCheckable(True)
            group.addButton(one)
            one.clicked.connect(lambda _c=False: self._recolour())
        self.after.setChecked(True)
        self.closer, self.farther, self.whole = (QtWidgets.QToolButton() for _ in range(3))
        self.closer.clicked.connect(lambda _c=False: self.core.zoom(1.6))
        self.farther.clicked.connect(lambda _c=False: self.core.zoom(1 / 1.6))
        self.whole.clicked.connect(lambda _c=False: self.core.fit())
        for widget in (self.choice, self.before, self.after, self.farther, self.closer, self.whole):
            self.head.addWidget(widget, 6 if widget is self.choice else 0)
        self.told = Elided("secondary")
        self.column.addWidget(self.core, 1)
        self.column.addWidget(self.told)
        self.choice.currentIndexChanged.connect(self._choose)
        self.core.picked.connect(lambda _spot: self._say())

    @property
    def parameter(self) -> str:
        """What colours the neurons, unless the chip is being calibrated."""
        return QUANTITIES[self._chosen]

    def choose(self, name: str) -> None:
        """Another parameter."""
        self.choice.setCurrentIndex(QUANTITIES.index(name))

    def show_found(self, found: Found) -> None:
        """What is known now; the picture is made anew only where something in it is another."""
        old, self.found = self.found, found
        if old is None or old.placed is not found.placed:
            array = empty() if found.placed is None else configured(found.placed)
            self.core.scene.array, self.core.scene.placed = array, found.placed
            self.core.show_scene(self.core.scene)
        if old is None or old.calibration is not found.calibration or old.tuned is not found.tuned:
            self._recolour()
        self._say()

    def _choose(self, index: int) -> None:
        self._chosen = index
        self._recolour()

    def _recolour(self) -> None:
        if self.found is None:
            return
        calibration, tuned, scene = self.found.calibration, self.found.tuned, self.core.scene
        after = self.after.isChecked() or tuned is not None
        name = self.parameter if tuned is None else tuned.name
        if tuned is not None:
            self.spread = spread(tuned.targets, name, tuned.before, tuned.now, running=True)
        elif calibration is not None:
            self.spread = spread(calibration.targets, name, calibration.before[name], calibration.after[name])
        else:
            self.spread = None
        scene.values = self.spread.values(after=after) if self.spread is not None else None
        if self.spread is not None:
            scene.low, scene.high = self.spread.low, self.spread.high
        scene.failed = ~calibration.success if calibration is not None and tuned is None and after else None
        with QtCore.QSignalBlocker(self.choice):
            self.choice.setCurrentIndex(QUANTITIES.index(name))
        for one in (self.choice, self.before, self.after):
            one.setEnabled(calibration is not None and tuned is None)
        self.core.show_scene(scene)
        self._say()
        self.recoloured.emit()

    def _say(self) -> None:
        text = self.sentence(self.core.spot)
        self.told.say(text)
        self.core.setAccessibleDescription(text)

    def sentence(self, spot: Spot) -> str:
        """What is known of a circuit or a synapse."""
        scene = self.core.scene
        if spot.is_circuit:
            said = [tr("Circuit {n}, quadrant {quadrant}", n=spot.circuit, quadrant=int(quadrant(spot.circuit)) + 1)]
            if self.spread is not None:
                then = tr("now") if self.spread.running else tr("after")
                for name, values in ((tr("before"), self.spread.before), (then, self.spread.after)):
                    said.append(f"{name} {number(float(values[spot.circuit]))} {self.spread.unit}")
            neuron = int(scene.array.neuron[spot.circuit])
            if scene.placed is not None and neuron != NONE:
                said.append(tr("neuron {name} of the network", name=neuron_name(scene.placed, neuron)))
            return " · ".join(said)
        at = spot.half, spot.row, spot.column
        sign = int(scene.array.sign[at[:2]])
        way = tr("excitatory") if sign > 0 else tr("inhibitory") if sign < 0 else tr("switched off")
        said = [tr("Row {row} ({way}) of driver {driver}", row=spot.row, way=way, driver=spot.row // 2)]
        source = int(scene.array.source[at])
        if scene.placed is None or source == NONE:
            said.append(tr("column {n}: no synapse", n=spot.column))
            return " · ".join(said)
        neuron = int(scene.array.neuron[spot.circuit])
        said.append(tr("weight {weight}, label {label}", weight=int(scene.array.weight[at]),
                       label=int(scene.array.label[at])))  # fmt: skip
        said.append(tr("from {source} to {neuron}", source=source_name(scene.placed, source, tr(BIAS)),
                       neuron=neuron_name(scene.placed, neuron)))  # fmt: skip
        return " · ".join(said)

    def retranslate(self) -> None:
        self.heading.setText(tr("The core"))
        self.core.setAccessibleName(tr("Map of the core: arrows pick, + and − zoom, Home shows all"))
        self.core.setToolTip(tr("Above and below the synapses, in the middle the neurons, at the sides the drivers. "
                                "Drag or wheel to move and zoom; a click picks."))  # fmt: skip
        self.core.scene.bias = tr(BIAS)
        self.core.scene.captions = (tr("256 × 256 synapses, all empty"), tr("512 neuron circuits, not measured yet"))
        self.core.show_scene(self.core.scene)
        with QtCore.QSignalBlocker(self.choice):
            self.choice.clear()
            self.choice.addItems([tr(NAMES[name]) for name in QUANTITIES])
            self.choice.setCurrentIndex(self._chosen)
        self.choice.setAccessibleName(tr("What colours the neurons"))
        self.choice.setToolTip(tr("What colours the neurons"))
        self.before.setText(tr("before"))
        self.before.setToolTip(tr("Measured with the codes of an average chip"))
        self.after.setText(tr("after"))
        self.after.setToolTip(tr("Measured with the codes that the calibration found"))
        for one, sign, text in ((self.closer, "+", tr("Closer (+)")), (self.farther, "−", tr("Farther (−)")),
                                (self.whole, tr("all"), tr("The whole core (Home)"))):  # fmt: skip
            one.setText(sign)
            one.setToolTip(text)
            one.setAccessibleName(text)
        self._say()

    def restyle(self) -> None:
        self.core.restyle()
