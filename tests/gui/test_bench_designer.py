"""Stimuli designed in the window: what is typed, clicked, drawn and played becomes the stimulus of the network."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from fakes import FakeRig, two_boards
from hypothesis import given
from hypothesis import strategies as st
from PySide6 import QtCore, QtGui
from pytestqt.qtbot import QtBot

from luiapp.errors import ParameterError
from luiapp.gui.bench import item_edit
from luiapp.gui.bench.side import BenchSide
from luiapp.gui.bench.stimulus_state import (
    FIELDS,
    KINDS,
    STRONGEST,
    as_kind,
    curve,
    drawn,
    field_text,
    parse_field,
    span,
    tapped,
    times_text,
    toggled,
    with_field,
    with_times,
)
from luiapp.gui.live import Live
from luiapp.gui.theme import Look
from luiapp.model.items import light_level
from luiapp.model.stimulus import HandDrawn, Poisson, Sine, SpikeTrain, Step, Train, spike_train, stimulus_from_dict
from luiapp.rigs.sim import SimRig
from luiapp.stream.record import record
from luiapp.stream.source import Pulse
from luiapp.texts import set_language

KEY = QtCore.Qt.Key
LEFT = QtCore.Qt.MouseButton.LeftButton


class Column:
    """The right column beside a fake rig, a generator selected."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.live = qtbot, Live()
        self.rig = FakeRig(two_boards())
        self.side = BenchSide(self.live, Look("dark"))
        self.panel = self.side.item_panel
        qtbot.addWidget(self.side)
        self.side.resize(360, 900)
        self.side.show()
        self.live.adopt(self.rig)
        self.live._timer.stop()
        self.name = item_edit.add(self.live, "generator")
        item_edit.plug(self.live, self.name, 0, 0)

    @property
    def stimulus(self) -> object:
        (link,) = self.live.network.stimuli
        assert link.stimulus == self.live.network.items[0].stimulus, "the wire follows its item"
        return link.stimulus

    def choose(self, kind: str) -> None:
        box = self.panel._kind
        box.setCurrentIndex(box.findData(kind))
        box.activated.emit(box.currentIndex())

    def type(self, name: str, text: str) -> None:
        line = next(line for field, _, line in self.panel._fields if field.name == name)
        line.line.setText(text)
        line.line.setModified(True)
        self.qtbot.keyClick(line.line, KEY.Key_Return)


@pytest.fixture
def column(qtbot: QtBot) -> Iterator[Column]:
    made = Column(qtbot)
    yield made
    made.live.close()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_chosen_shown_described_and_taken_back(column: Column, kind: str) -> None:
    before = column.live.network.to_dict()
    column.choose(kind)
    assert column.stimulus.kind == kind and column.side.currentWidget() is column.panel
    assert stimulus_from_dict(column.stimulus.to_dict()) == column.stimulus
    assert {f.name for f, _, _ in column.panel._fields} == {f.name for f in FIELDS[kind]}
    t, y = curve(column.stimulus, 200)
    assert len(t) == len(y) == 200 and np.isfinite(y).all() and (kind == "hand_drawn" or np.ptp(y) > 0)
    column.panel.view.grab()
    if kind != "train":
        column.live.undo.undo()
    assert column.live.network.to_dict() == before


def test_numbers_are_typed_and_wrong_ones_are_told_with_their_range(column: Column) -> None:
    column.type("interval", "250 ms")
    column.type("jitter", "5 ms")
    assert column.stimulus == Train(0.25, jitter=5e-3)
    column.type("interval", "0")
    note = next(line for field, _, line in column.panel._fields if field.name == "interval").note
    assert note.isVisible() and "repeats after goes from 1.00 ms to 10.0 ks" in note.text()
    assert column.stimulus == Train(0.25, jitter=5e-3)
    column.choose("poisson")
    column.type("rate", "12,5")
    column.type("stop", "3 s")
    assert column.stimulus == Poisson(12.5, stop=3.0)
    column.type("stop", "–")
    assert column.stimulus.stop == math.inf
    column.panel.times.line.setText("")
    set_language("de")
    column.side.retranslate()
    assert any(label.text() == "Rate" for _, label, _ in column.panel._fields)


def test_pulses_are_typed_and_clicked_and_set_by_keys(column: Column, qtbot: QtBot) -> None:
    column.choose("spike_train")
    times = column.panel.times
    times.line.setText("1; 0,25 250ms")
    times.line.setModified(True)
    qtbot.keyClick(times.line, KEY.Key_Return)
    assert column.stimulus == SpikeTrain((0.25, 0.25, 1.0))
    view = column.panel.view
    area = view._area()
    assert view.duration == pytest.approx(1.25)

    def at(share: float) -> QtCore.QPoint:
        return QtCore.QPointF(area.left() + share * area.width(), area.center().y()).toPoint()

    qtbot.mouseClick(view, LEFT, pos=at(0.4))
    assert column.stimulus.times == pytest.approx((0.25, 0.25, 0.5, 1.0))
    qtbot.mouseClick(view, LEFT, pos=at(0.4))
    assert column.stimulus.times == (0.25, 0.25, 1.0)
    view.setFocus()
    for key in (KEY.Key_Home, *[KEY.Key_Right] * 20, KEY.Key_Return, *[KEY.Key_Left] * 10, KEY.Key_Return):
        qtbot.keyClick(view, key)
    assert column.stimulus.times == pytest.approx((0.125, 0.25, 1.0)), "one away at 0.25 s, one more at 0.125 s"


def test_a_curve_is_drawn_by_strokes_and_a_stroke_is_one_step(column: Column, qtbot: QtBot) -> None:
    column.choose("hand_drawn")
    view, n = column.panel.view, column.live.undo.count()
    area, top = view._area(), view.tallest
    start = QtCore.QPointF(area.left() + 0.2 * area.width(), area.center().y()).toPoint()
    end = QtCore.QPointF(area.left() + 0.6 * area.width(), area.top() + 1).toPoint()
    qtbot.mousePress(view, LEFT, pos=start)
    QtCore.QCoreApplication.processEvents()
    for k in range(1, 5):
        move = QtCore.QPointF(start + (end - start) * k / 4)
        view.mouseMoveEvent(QtGui.QMouseEvent(QtCore.QEvent.Type.MouseMove, move, view.mapToGlobal(move), LEFT, LEFT,
                                              QtCore.Qt.KeyboardModifier.NoModifier))  # fmt: skip
    qtbot.mouseRelease(view, LEFT, pos=end)
    values = np.array(column.stimulus.values)
    assert column.live.undo.count() <= n + 1
    assert values[:19].max() == 0 == values[62:].max() and values[58] == pytest.approx(top, rel=0.08)
    assert (np.diff(values[21:58]) > 0).all() and values[40] == pytest.approx(top / 2, rel=0.1)
    view.setFocus()
    qtbot.keyClick(view, KEY.Key_Home)
    qtbot.keyClick(view, KEY.Key_Up)
    assert column.stimulus.values[0] > 0
    column.panel._repeat.click()
    assert column.stimulus.repeat is False


def test_a_pattern_is_played_on_keys_and_heard_while_it_is_played(column: Column, qtbot: QtBot) -> None:
    panel, now = column.panel, [0.0]
    panel.clock = lambda: now[0]
    heard: list[str] = []
    column.live.item_pressed.connect(heard.append)
    panel.tap_button.click()
    for t in (1.0, 1.25, 1.5):
        now[0] = t
        qtbot.keyClick(panel, KEY.Key_A)
    now[0] = 2.0
    qtbot.keyClick(panel, KEY.Key_Return)
    assert column.stimulus == Train(1.0, (0.0, 0.25, 0.5)) and heard == [column.name] * 3
    assert column.rig.sent.count(Pulse(0, 0)) == 0, "the bench sends them, not the column"
    panel.tap_button.click()
    qtbot.keyClick(panel, KEY.Key_Escape)
    assert column.stimulus == Train(1.0, (0.0, 0.25, 0.5)), "nothing played, nothing changed"


def test_light_and_buttons_have_what_they_need_and_no_more(column: Column) -> None:
    live, panel = column.live, column.panel
    item_edit.add(live, "light")
    assert panel._level.isVisible() and not panel._fields and not panel._kind.isVisible()
    panel._level.setValue(80)
    assert light_level(live.network.items[1].stimulus) == pytest.approx(0.8)
    item_edit.add(live, "button")
    assert not panel.view.isVisible() and [f.name for f, _, _ in panel._fields] == ["width"]
    with column.qtbot.waitSignal(live.item_pressed):
        panel._use.click()
    item_edit.add(live, "lamp")
    assert not panel._use.isVisible() and not panel._fields
    live.select(0)
    assert column.side.currentWidget() is column.side.inspector


def test_what_is_designed_drives_the_simulation() -> None:
    net = two_boards()
    net.set_parameter(0, "r_vleak", 30e3)
    net.stimulus(as_kind(None, "hand_drawn"), to=0)
    quiet = record(SimRig(net, real_time=False), 1.0).spike_train("N1")
    stroke = drawn(as_kind(None, "hand_drawn"), (0.0, 2e-4), (1.0, 2e-4))
    net.stimuli.clear()
    net.stimulus(stroke, to=0)
    assert len(quiet) == 0 and len(record(SimRig(net, real_time=False), 1.0).spike_train("N1")) > 0


def test_another_kind_keeps_what_both_have() -> None:
    train = as_kind(SpikeTrain((0.1, 2.05), 5e-3), "train")
    assert train == Train(2.2, (0.1, 2.05), width=5e-3)
    assert as_kind(train, "poisson").width == 5e-3 and as_kind(train, "train") is train
    assert as_kind(Step(1e-4, 1.0, 3.0), "ramp").stop == 3.0 and as_kind(Step(1e-4), "ramp").stop == 2.5
    assert as_kind(Step(1e-4, 1.0), "sine") == Sine(5e-5, 2.0, start=1.0)


def test_fields_refuse_what_is_beyond_their_range() -> None:
    fields = {f.name: f for f in FIELDS["step"]}
    with pytest.raises(ParameterError, match="must end after it begins"):
        with_field(Step(1e-5, 1.0, 2.0), fields["stop"], 0.5)
    with pytest.raises(ParameterError, match=r"current goes from −5\.00 mA to 5\.00 mA"):
        with_field(Step(1e-5), fields["amplitude"], 1.0)
    assert field_text(Step(1e-5), fields["stop"]) == "–" and parse_field(fields["stop"], " ") == math.inf
    with pytest.raises(ParameterError, match="not negative"):
        with_times(Train(1.0), "-0.5")
    with pytest.raises(ParameterError, match="lie between 0 s and its interval"):
        with_times(Train(1.0), "1.5")


@given(st.lists(st.floats(0, 50, allow_subnormal=False).map(lambda t: round(t, 3)), max_size=20))
def test_times_survive_being_written_and_read(times: list[float]) -> None:
    one = spike_train(times)
    assert with_times(SpikeTrain(()), times_text(one)).times == pytest.approx(one.times, rel=1e-4)
    assert with_times(SpikeTrain(()), times_text(one, ",")) == with_times(SpikeTrain(()), times_text(one))


@given(st.floats(0, 0.99), st.lists(st.integers(0, 99), max_size=8, unique=True))
def test_a_pulse_set_twice_is_none(time: float, others: list[int]) -> None:
    one = Train(1.0, tuple(sorted(k / 100 + 0.005 for k in others)))
    if any(abs(t - time) < 0.002 for t in one.times):
        return
    once = toggled(one, time, 1e-4)
    assert len(once.times) == len(one.times) + 1 and toggled(once, time, 1e-4) == one


@given(st.floats(0, 1), st.floats(-1, 1), st.floats(0, 1), st.floats(-1, 1))
def test_a_stroke_reaches_both_its_ends_whichever_way_it_goes(x0: float, y0: float, x1: float, y1: float) -> None:
    empty = HandDrawn((0.0,) * 50)
    a, b = (x0, y0 * STRONGEST), (x1, y1 * STRONGEST)
    there, back = drawn(empty, a, b).values, drawn(empty, b, a).values
    i, j = (min(int(x * 50), 49) for x in (x0, x1))
    assert there[j] == pytest.approx(b[1])
    if i != j:
        assert there == pytest.approx(back) and there[i] == pytest.approx(a[1])
    assert sum(v != 0 for v in there) <= abs(i - j) + 1


def test_a_played_pattern_and_the_window_of_time() -> None:
    assert tapped(SpikeTrain(()), [0.0, 0.4, 1.0]) == SpikeTrain((0.0, 0.4))
    assert tapped(Train(5.0), [0.0, 0.4, 1.0]) == Train(1.0, (0.0, 0.4))
    assert span(Poisson(10.0)) == 2.0 and span(Step(1e-4)) == 2.0 and span(Sine(1e-4, 3.0)) == 1.0
