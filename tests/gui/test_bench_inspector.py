"""The inspector: what it shows, what is typed into it, and what it sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from fakes import FakeRig, two_boards
from PySide6 import QtCore, QtGui, QtWidgets
from pytestqt.qtbot import QtBot

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.gui.bench.inspector import Inspector
from luiapp.gui.bench.rows import DendriteRow, KnobRow, NumberRow
from luiapp.gui.live import Live
from luiapp.gui.theme import DARK, Look
from luiapp.gui.widgets.fit_label import FitLabel
from luiapp.gui.widgets.turner import Turner
from luiapp.model.network import Network
from luiapp.stream.ring import Ring
from luiapp.stream.source import Description, Pulse, SetParameter
from luiapp.texts import set_language

KEY = QtCore.Qt.Key


class Column:
    """An inspector on a fake rig that stands still."""

    def __init__(self, qtbot: QtBot, rig: FakeRig | None = None, look: str = "dark") -> None:
        self.live, self.look = Live(), Look(look)
        self.rig = rig or FakeRig(two_boards())
        self.inspector = Inspector(self.live, self.look)
        qtbot.addWidget(self.inspector)
        self.inspector.resize(360, 900)
        self.inspector.show()
        self.live.adopt(self.rig)
        self.live._timer.stop()

    def row(self, name: str) -> KnobRow | DendriteRow | NumberRow:
        return next(r for r in self.inspector._rows if name == r.names()[0])

    def value(self, i: int, name: str) -> float:
        return float(self.live.network.parameter(name)[i])


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Callable[..., Column]]:
    made: list[Column] = []

    def build(*args: object, **kwargs: object) -> Column:
        made.append(Column(qtbot, *args, **kwargs))
        return made[-1]

    yield build
    for column in made:
        column.live.close()


def _type(qtbot: QtBot, line: QtWidgets.QLineEdit, text: str) -> None:
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, KEY.Key_Return)


def test_typed_values_turn_the_trimmer_and_undo_brings_them_back(make: Callable[..., Column], qtbot: QtBot) -> None:
    column = make()
    row = column.row("r_leak")
    assert row.field.line.text() == "220 ms · 20 %"
    _type(qtbot, row.field.line, "440 ms")
    assert column.value(0, "r_leak") == pytest.approx(20e3)
    assert row.field.line.text() == "440 ms · 40 %" and row.turner.percent == 40
    assert column.rig.sent[-1] == SetParameter(0, "r_leak", column.value(0, "r_leak"))
    column.live.undo.undo()
    assert column.value(0, "r_leak") == 10e3 and row.field.line.text() == "220 ms · 20 %"
    column.live.select(1)
    assert column.row("r_vleak").field.line.text() == "1.20 V · 40 %"


def test_a_wrong_value_is_explained_in_place_and_escape_takes_it_back(
    make: Callable[..., Column], qtbot: QtBot
) -> None:
    column = make()
    row = column.row("r_leak")
    _type(qtbot, row.field.line, "3 s")
    assert row.field.note.isVisible() and "1100 ms" in row.field.note.text()
    assert row.field.line.text() == "3 s" and column.value(0, "r_leak") == 10e3
    column.live.parameter_changed.emit(0, "r_leak")  # what is being typed isn't overwritten by the stream
    assert row.field.line.text() == "3 s"
    qtbot.keyClick(row.field.line, KEY.Key_Escape)
    assert not row.field.note.isVisible() and row.field.line.text() == "220 ms · 20 %"
    assert not column.live.undo.count()
    _type(qtbot, row.field.line, "3 s")
    column.live.select(1)  # what was typed was for the other board
    assert not row.field.note.isVisible() and row.field.line.text() == "220 ms · 20 %"
    assert column.value(1, "r_leak") == 10e3


def test_sliders_by_key_and_shift(make: Callable[..., Column], qtbot: QtBot) -> None:
    column = make()
    turner = column.row("sign_1").weight.turner
    qtbot.keyClick(turner, KEY.Key_Right)
    assert column.value(0, "r_w1") == pytest.approx(0.49 * 22e3)
    qtbot.keyClick(turner, KEY.Key_Left, QtCore.Qt.KeyboardModifier.ShiftModifier)
    assert column.value(0, "r_w1") == pytest.approx(0.491 * 22e3)
    qtbot.keyClick(turner, KEY.Key_PageDown)
    assert column.value(0, "r_w1") == pytest.approx(0.591 * 22e3)
    assert "40.9 %" in turner.accessibleDescription()


def test_slider_follows_the_pointer(qtbot: QtBot) -> None:
    turner = Turner()
    qtbot.addWidget(turner)
    turner.resize(200, 24)
    heard: list[float] = []
    turner.turned.connect(heard.append)
    turner.show_percent(30)
    assert heard == [] and turner.percent == 30
    left, right = turner._ends()
    for fraction in (0.0, 0.25, 1.0):
        at = QtCore.QPoint(round(left + fraction * (right - left)), 12)
        qtbot.mouseClick(turner, QtCore.Qt.MouseButton.LeftButton, pos=at)
        assert turner.percent == pytest.approx(100 * fraction, abs=0.5)
    assert len(heard) == 3
    turner.show_percent(50)
    at = QtCore.QPointF(100, 12)

    def wheel() -> None:
        event = QtGui.QWheelEvent(
            at, at, QtCore.QPoint(), QtCore.QPoint(0, 120), QtCore.Qt.MouseButton.NoButton,
            QtCore.Qt.KeyboardModifier.NoModifier, QtCore.Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QtWidgets.QApplication.sendEvent(turner, event)

    wheel()
    assert turner.percent == 50  # a page that is scrolled doesn't turn it
    turner.show()
    turner.activateWindow()
    turner.setFocus()
    qtbot.waitUntil(turner.hasFocus)
    wheel()
    assert turner.percent == 51


def test_signs_pulses_reset_and_dice(make: Callable[..., Column], qtbot: QtBot) -> None:
    column = make()
    row = column.row("sign_3")
    row.sign.click()
    assert column.value(0, "sign_3") == -1 and "−" in row.sign.text() and "inhibits" in row.sign.text()
    row.button.click()
    assert column.rig.sent[-1] == Pulse(0, 2)
    _type(qtbot, column.row("r_leak").field.line, "80 %")
    column.inspector._reset.click()
    defaults = {p.name: p.default for p in column.live.network.kind.parameters[:9]}
    assert {name: column.value(0, name) for name in defaults} == defaults
    column.live.undo.undo()  # all of the reset is one step
    assert column.value(0, "sign_3") == -1 and column.value(0, "r_leak") == 40e3
    assert column.value(0, "r_vleak") == 65e3
    lots = {column.value(0, "parts_seed")}
    for _ in range(6):
        column.inspector._dice.click()
        lots.add(column.value(0, "parts_seed"))
    assert len(lots) > 4 and min(lots) >= 1
    _type(qtbot, column.row("parts_seed").field.line, "0")
    assert column.row("parts_seed").field.line.text() == "nominal parts"


def test_cell_and_noise_are_checked_against_their_range(make: Callable[..., Column], qtbot: QtBot) -> None:
    column = make()
    row = column.row("v_cell")
    _type(qtbot, row.field.line, "2500 mV")
    assert column.value(0, "v_cell") == 2.5
    assert column.row("r_vleak").field.line.text() == "1.62 V · 65 %"  # everything follows the cell
    _type(qtbot, row.field.line, "9 V")
    assert "1.8" in row.field.note.text() and column.value(0, "v_cell") == 2.5


def test_renaming_in_place(make: Callable[..., Column], qtbot: QtBot) -> None:
    column = make()
    line = column.inspector._name.line
    _type(qtbot, line, "N2")
    assert "already a neuron" in column.inspector._name.note.text() and column.live.network.names[0] == "N1"
    _type(qtbot, line, "Anna")
    assert column.live.network.names == ["Anna", "N2"] and not column.inspector._name.note.isVisible()
    column.live.undo.undo()
    assert line.text() == "N1" and column.live.network.names[0] == "N1"


def test_readings_are_those_of_the_stream(make: Callable[..., Column]) -> None:
    column = make()
    layout = Layout(1e-3, (Trace("N2", "V", "membrane", 1), Trace("N1", "V", "membrane", 0)), ("N1", "N2"))
    column.live.ring = Ring(layout, 10.0)
    samples = np.tile(np.array([[0.5, 1.234]], np.float32), (8000, 1))
    times = np.arange(0.1, 8.0, 0.4)  # 2.5 Hz
    column.live.ring.push(Chunk(layout, 0, samples, times, np.zeros(len(times), np.int32)))
    column.live.numbers.emit()
    texts = [r._value.text() for r in column.inspector._readings.values()]
    assert texts[0] == "1.23 V" and texts[2] == "400 ms"
    assert float(texts[1].split()[0]) == pytest.approx(2.5, abs=0.2)
    column.live.select(1)
    assert [r._value.text() for r in column.inspector._readings.values()] == ["0.50 V", "0.0 Hz", "– ms"]
    set_language("de")
    column.inspector.retranslate()
    assert column.inspector._readings["v"]._value.text() == "0,50 V"
    assert column.row("r_vleak").field.line.text() == "1,20 V · 40 %"


class ByHand(FakeRig):
    """A board that is turned by hand."""

    def describe(self) -> Description:
        return Description({p.name: "by hand" for p in self._network.kind.parameters}, frozenset(), False)


def test_by_hand_is_shown_but_not_turned(make: Callable[..., Column], qtbot: QtBot) -> None:
    column = make(ByHand(two_boards(), kind="board"))
    row = column.row("r_leak")
    assert not row.turner.isEnabled() and row.field.line.isReadOnly()
    assert "turn it on the board" in row.turner.toolTip()
    assert column.inspector._note.isVisible()
    assert not column.inspector._reset.isEnabled() and not column.inspector._dice.isEnabled()


def test_textbook_neurons_have_a_table(make: Callable[..., Column], qtbot: QtBot) -> None:
    class Still(FakeRig):
        def read(self, timeout: float) -> None:
            if self._closed:
                raise EOFError

    net = Network(model="lif")
    net.neurons(3)
    column = make(Still(net))
    assert [r.names()[0] for r in column.inspector._rows] == [p.name for p in net.kind.parameters]
    _type(qtbot, column.row("tau_mem").field.line, "12,5 ms")
    assert column.value(0, "tau_mem") == 12.5e-3
    _type(qtbot, column.row("tau_mem").field.line, "5 V")
    assert "s" in column.row("tau_mem").field.note.text() and column.row("tau_mem").field.note.isVisible()


@pytest.mark.parametrize("theme", ["dark", "light", "stage"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_text_is_cut(make: Callable[..., Column], theme: str, language: str) -> None:
    set_language(language)
    look = Look(theme)
    look.apply()
    try:
        column = make(look=theme)
        column.inspector.resize(340 if theme != "stage" else 410, 900)
        column.inspector.retranslate()
        QtWidgets.QApplication.processEvents()
        for label in column.inspector.findChildren(FitLabel):
            if label.isVisible():
                assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width(), label.text()
        for line in column.inspector.findChildren(QtWidgets.QLineEdit):
            if line.isVisible():
                assert line.fontMetrics().horizontalAdvance(line.text()) + 10 <= line.width(), line.text()
        for button in column.inspector.findChildren(QtWidgets.QPushButton):
            assert button.fontMetrics().horizontalAdvance(button.text()) <= button.width(), button.text()
            assert theme != "stage" or button.height() >= 40
        assert column.inspector._body.width() <= column.inspector._scroll.viewport().width()
    finally:
        Look("dark").apply()


def test_every_control_has_a_name(make: Callable[..., Column]) -> None:
    column = make()
    found = 0
    for widget in column.inspector.findChildren(QtWidgets.QWidget):
        if widget.focusPolicy() != QtCore.Qt.FocusPolicy.NoFocus and not isinstance(widget, QtWidgets.QLabel):
            interface = QtGui.QAccessible.queryAccessibleInterface(widget)
            assert interface.text(QtGui.QAccessible.Text.Name), widget
            found += 1
    assert found >= 25


def test_it_survives_coming_and_going_of_boards(make: Callable[..., Column]) -> None:
    column = make()
    empty = column.live.network.copy()
    empty.remove(0)
    empty.remove(0)
    column.live.rewire(empty, lambda: "remove all")
    assert column.inspector._note.isVisible() and not column.inspector._scroll.isVisible()
    column.live.undo.undo()
    column.live.select(0)
    assert column.inspector._scroll.isVisible() and column.inspector._name.line.text() == "N1"
    assert not column.inspector.findChildren(QtCore.QTimer)


def test_numbers_stand_on_their_ground_also_where_no_circuit_is_known(qtbot: QtBot) -> None:
    inspector = Inspector(Live(), Look("dark"))
    qtbot.addWidget(inspector)
    inspector.resize(360, 400)
    inspector.show()
    for reading in inspector._readings.values():
        assert reading.grab().toImage().pixelColor(4, reading.height() // 2).name() == DARK.raised
