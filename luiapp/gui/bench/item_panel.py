"""The right column of a sensor or display: what it does, designed in a picture, in numbers, or played on keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.bench import item_edit
from luiapp.gui.bench.edit import can_rewire
from luiapp.gui.bench.rows import button_style
from luiapp.gui.bench.state import decimal_mark
from luiapp.gui.bench.stimulus_state import (
    FIELDS,
    KINDS,
    Field,
    as_kind,
    field_text,
    parse_field,
    tapped,
    times_text,
    with_field,
    with_times,
)
from luiapp.gui.bench.stimulus_view import StimulusView
from luiapp.gui.live import Live
from luiapp.gui.theme import Look
from luiapp.gui.widgets.value_field import ValueField
from luiapp.model.items import ITEMS, Item, light_level, light_stimulus
from luiapp.model.stimulus import HandDrawn, SpikeTrain, Stimulus, Train
from luiapp.texts import mark, tr
from luiapp.units import parse_quantity

_USES = {"button": mark("Press"), "microphone": mark("Listen, or stop listening"), "counter": mark("Set to zero"),
         "metronome": mark("One pulse now"), "poisson": mark("One pulse now"), "light": mark("One pulse now"),
         "generator": mark("One pulse now")}  # fmt: skip


class ItemPanel(QtWidgets.QWidget):
    """Everything about the selected item. What can't be changed in the open rig is shown and not offered."""

    def __init__(self, live: Live, look: Look, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._live, self._look = live, look
        self.clock: Callable[[], float] = time.monotonic
        self._taps: list[float] | None = None
        self._built: tuple[str, str] | None = None
        self._fields: list[tuple[Field, QtWidgets.QLabel, ValueField]] = []
        self._name = ValueField(lambda _: 0.0, self._rename, self, right=False)
        self._about = QtWidgets.QLabel(self)
        self._kind = QtWidgets.QComboBox(self)
        for kind in KINDS:
            self._kind.addItem("", kind)
        self._kind.activated.connect(self._choose)
        self.view = StimulusView(look, self)
        self.view.changed.connect(self._set)
        self._hint = QtWidgets.QLabel(self)
        self._hint.setWordWrap(True)
        self._level = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal, self)
        self._level.setRange(0, 100)
        self._level.valueChanged.connect(lambda percent: self._set(light_stimulus(percent / 100)))
        self._times_label = QtWidgets.QLabel(self)
        self.times = ValueField(self._parse_times, self._take_times, self, right=False)
        self._repeat = QtWidgets.QCheckBox(self)
        self._repeat.clicked.connect(self._set_repeat)
        self.tap_button, self._use = QtWidgets.QPushButton(self), QtWidgets.QPushButton(self)
        self.tap_button.clicked.connect(self.toggle_playing)
        self._use.clicked.connect(lambda: live.item_pressed.emit(live.item))
        self._form = QtWidgets.QGridLayout()
        self._lay_out()
        self.setMinimumWidth(280)
        for signal in (live.network_changed, live.rig_changed, live.item_changed):
            signal.connect(self._adapt)
        look.changed.connect(self._restyle)
        self._restyle()
        self.retranslate()

    def _lay_out(self) -> None:
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(6)
        for one in (self._name, self._name.note, self._about, self._kind, self.view, self._hint, self._level,
                    self._times_label, self.times, self.times.note, self._repeat):  # fmt: skip
            column.addWidget(one)
        column.addLayout(self._form)
        column.addWidget(self.tap_button)
        column.addWidget(self._use)
        column.addStretch(1)

    # -- what it shows -------------------------------------------------------------------------------------------

    @property
    def item(self) -> Item | None:
        """The selected item."""
        network = self._live.network
        found = [item for item in network.items if item.name == self._live.item] if network is not None else []
        return found[0] if found else None

    def retranslate(self) -> None:
        """All texts again, after the language changed."""
        self._name.set_name(tr("Name"))
        self.times.set_name(tr("Pulses at"))
        self._times_label.setText(tr("Pulses at") + " (s)")
        self.times.line.setToolTip(tr("Seconds, such as {examples}", examples="0.5; 1.2; 1.25".replace(
            ".", decimal_mark())))  # fmt: skip
        self._repeat.setText(tr("Again and again"))
        self._kind.setAccessibleName(tr("Kind of stimulus"))
        self._level.setAccessibleName(tr("Brightness"))
        for i in range(self._kind.count()):
            self._kind.setItemText(i, tr(KINDS[self._kind.itemData(i)]))
        self._built = None
        self._adapt()

    def _adapt(self) -> None:
        item = self.item
        if item is None:
            self._taps = None
            return
        stimulus, free = item.stimulus, can_rewire(self._live)
        self._name.show_text(item.name)
        self._name.line.setReadOnly(not free)
        self._about.setText(tr(ITEMS[item.kind].about))
        self._kind.setVisible(item.kind == "generator")
        self._kind.setCurrentIndex(max(0, self._kind.findData(stimulus.kind if stimulus is not None else "")))
        pictured = stimulus is not None and stimulus.kind != "manual"
        self.view.setVisible(pictured)
        self.view.show_stimulus(stimulus if pictured else None)
        self._hint.setText(self.view.hint() if pictured else "")
        self._hint.setVisible(bool(self._hint.text()))
        self._level.setVisible(item.kind == "light")
        with QtCore.QSignalBlocker(self._level):
            self._level.setValue(round(100 * light_level(stimulus)))
        timed = isinstance(stimulus, SpikeTrain | Train) and item.kind == "generator"
        for one in (self._times_label, self.times, self.tap_button):
            one.setVisible(timed)
        if not timed:
            self._taps = None
            self.times.note.hide()
        self.times.show_text(times_text(stimulus, decimal_mark()) if stimulus is not None else "")
        self._repeat.setVisible(isinstance(stimulus, HandDrawn))
        self._repeat.setChecked(bool(getattr(stimulus, "repeat", False)))
        self.tap_button.setText(tr("End the pattern here") if self._taps is not None else tr("Play it on any key"))
        event = stimulus is None or stimulus.is_event
        self._use.setVisible(item.kind in _USES and event)
        self._use.setText(tr(_USES.get(item.kind, "")))
        for control in (self._kind, self.view, self._level, self.tap_button, self._repeat):
            control.setEnabled(free)
        self.times.line.setReadOnly(not free)
        self._build(item)
        for field, _, line in self._fields:
            assert stimulus is not None
            line.show_text(field_text(stimulus, field, decimal_mark()))
            line.line.setReadOnly(not free)

    def _build(self, item: Item) -> None:
        """Fields for a kind of stimulus."""
        kind = item.stimulus.kind if item.stimulus is not None else ""
        if self._built == (item.kind, kind):
            for _, _, line in self._fields:
                line.discard()
            return
        self._built = (item.kind, kind)
        while self._form.count():
            entry = self._form.takeAt(0)
            widget = entry.widget() if entry is not None else None
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        self._fields = []
        for row, field in enumerate(FIELDS.get(kind, ()) if item.kind != "light" else ()):
            label = QtWidgets.QLabel(tr(field.text)[:1].upper() + tr(field.text)[1:])
            line = ValueField(partial(parse_field, field), partial(self._take, field))
            line.set_name(tr(field.text))
            line.restyle(self._look.theme)
            self._form.addWidget(label, 2 * row, 0)
            self._form.addWidget(line, 2 * row, 1)
            self._form.addWidget(line.note, 2 * row + 1, 0, 1, 2)
            line.note.hide()
            self._fields.append((field, label, line))

    def _restyle(self) -> None:
        theme = self._look.theme
        self._name.restyle(theme)
        font = QtGui.QFont(self.font())
        font.setPixelSize(round(theme.font_px * 1.35))
        font.setWeight(QtGui.QFont.Weight.DemiBold)
        self._name.line.setFont(font)
        self.times.restyle(theme)
        for _, _, line in self._fields:
            line.restyle(theme)
        for label in (self._about, self._hint):
            label.setStyleSheet(f"color: {theme.secondary};")
        for button in (self.tap_button, self._use):
            button.setStyleSheet(button_style(theme))
        self._kind.setMinimumHeight(theme.touch)
        self.view.setFixedHeight(round(140 * theme.scale))

    # -- deeds ---------------------------------------------------------------------------------------------------

    def toggle_playing(self) -> None:
        """Begin to listen to keys, each of which is a pulse; the second time the pattern is done."""
        item, taps = self.item, self._taps
        if taps is not None and item is not None and item.stimulus is not None:
            self._taps = None
            if len(taps) > 1:
                start = taps[1]  # the first key is time zero
                self._set(tapped(item.stimulus, [t - start for t in [*taps[1:], self.clock()]]))
            self.releaseKeyboard()
        else:
            self._taps = [self.clock()]
            self.setFocus()
            self.grabKeyboard()
        self._adapt()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if self._taps is None:
            super().keyPressEvent(event)
        elif event.key() in (QtCore.Qt.Key.Key_Escape, QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self.toggle_playing()
        elif not event.isAutoRepeat():
            self._taps.append(self.clock())
            self._live.item_pressed.emit(self._live.item)

    def event(self, event: QtCore.QEvent) -> bool:
        if self._taps is not None and event.type() == QtCore.QEvent.Type.ShortcutOverride:
            event.accept()  # while a pattern is played no key means anything else
            return True
        return super().event(event)

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        if self._taps is not None:
            self._taps = None
            self.releaseKeyboard()

    def _set(self, stimulus: Stimulus) -> None:
        item = self.item
        if item is not None and stimulus != item.stimulus:
            item_edit.set_stimulus(self._live, item.name, stimulus)

    def _choose(self, index: int) -> None:
        item = self.item
        if item is not None:
            self._set(as_kind(item.stimulus, self._kind.itemData(index)))

    def _set_repeat(self, on: bool) -> None:
        item = self.item
        if item is not None and isinstance(item.stimulus, HandDrawn):
            self._set(replace(item.stimulus, repeat=on))

    def _take(self, field: Field, value: float) -> None:
        item = self.item
        if item is not None and item.stimulus is not None:
            self._set(with_field(item.stimulus, field, value))

    def _parse_times(self, text: str) -> float:
        for part in text.replace(";", " ").split():
            parse_quantity(part, "s")
        return 0.0

    def _take_times(self, _: float) -> None:
        item = self.item
        if item is not None and item.stimulus is not None:
            self._set(with_times(item.stimulus, self.times.line.text()))

    def _rename(self, _: float) -> None:
        error = item_edit.rename(self._live, self._live.item, self._name.line.text())
        if error is not None:
            raise error
