"""Boards and wires come, go, move and are named, by mouse and by keys."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from bench_desk import KEY, LEFT, Bench, ByHand, make
from PySide6 import QtCore
from pytestqt.qtbot import QtBot

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.gui.bench.lights import STEPS
from luiapp.gui.bench.scene import Part
from luiapp.gui.bench.words import wire_text
from luiapp.gui.steps import retranslate
from luiapp.model.network import Network
from luiapp.stream.ring import Ring
from luiapp.stream.source import Pulse
from luiapp.texts import set_language

__all__ = ["make"]


def test_boards_come_go_are_named_and_moved_and_all_comes_back(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make()
    live = bench.live
    actions = {a.objectName(): a for a in bench.panel.actions()}
    states = [live.network.to_dict()]
    actions["bench.add"].trigger()
    states.append(live.network.to_dict())
    assert live.network.names == ["N1", "N2", "N3"] and live.selected == 2
    assert list(live.network.parameter("parts_seed")) == [1, 2, 3]
    assert any(p.i_neuron == 2 and p.quantity == "membrane" for p in live.network.probes)
    live.select(0)
    actions["bench.duplicate"].trigger()
    assert bench.ohms(3, "r_vleak") == 65e3
    states.append(live.network.to_dict())
    actions["bench.rename"].trigger()
    field = bench.panel._name
    assert field.isVisible() and field.text() == "N4"
    field.setText("N1")
    qtbot.keyClick(field, KEY.Key_Return)
    assert field.isVisible() and "already a neuron" in field._note.text()
    field.setText("Echo")
    qtbot.keyClick(field, KEY.Key_Return)
    assert live.network.names[3] == "Echo" and not field.isVisible()
    states.append(live.network.to_dict())
    live.select(0)
    actions["bench.remove"].trigger()
    assert live.network.names == ["N2", "N3", "Echo"] and len(live.network.connections) == 0
    states.append(live.network.to_dict())
    x, y = bench.canvas.scene.centres[live.selected]
    qtbot.keyClick(bench.canvas, KEY.Key_Right, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert bench.canvas.scene.centres[live.selected] == (x + 8, y)
    states.append(live.network.to_dict())
    for state in reversed(states[:-1]):
        live.undo.undo()
        assert live.network.to_dict() == state
    for state in states[1:]:
        live.undo.redo()
        assert live.network.to_dict() == state
    assert live.undo.undoText() == f"move {live.network.names[0]}"
    english = [live.undo.text(i) for i in range(live.undo.count())]
    assert english[:4] == ["add N3", "duplicate N1", "rename N4 to Echo", "remove N1"]
    set_language("de")
    retranslate(live.undo)
    german = [live.undo.text(i) for i in range(live.undo.count())]
    assert all(a != b for a, b in zip(english, german, strict=True)) and "N4" in german[2] and "Echo" in german[2]


def test_dragging_a_board_moves_it_and_a_wire_plugs_in(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make()
    scale = bench.canvas.view.scale
    body = bench.canvas.view.to_pixel(bench.canvas.scene.at(0, (60.0, 30.0))).toPoint()
    before = bench.canvas.scene.centres[0]
    qtbot.mousePress(bench.canvas, LEFT, pos=body)
    for step in range(10, 61, 10):
        qtbot.mouseMove(bench.canvas, body + QtCore.QPoint(0, step))
    qtbot.mouseRelease(bench.canvas, LEFT, pos=body + QtCore.QPoint(0, 60))
    after = bench.live.network.positions[0]
    assert after[1] - before[1] == pytest.approx(60 / scale, abs=5)  # snaps to 8
    bench.live.undo.undo()
    assert bench.live.network.positions[0] == before
    start, end = bench.pixel(Part(1, "pin", "", 0)), bench.pixel(Part(0, "pad", "", 2))
    qtbot.mousePress(bench.canvas, LEFT, pos=start)
    qtbot.mouseMove(bench.canvas, (start + end) / 2)
    qtbot.mouseMove(bench.canvas, end)
    qtbot.mouseRelease(bench.canvas, LEFT, pos=end)
    every = bench.live.network.connections
    assert (every.pre[-1], every.post[-1], every.synapse[-1]) == (1, 0, 2)
    bench.live.undo.undo()
    assert len(bench.live.network.connections) == 1


def test_dendrites_by_action_and_calm(make: Callable[..., Bench]) -> None:
    bench = make()
    actions = {a.shortcut().toString(): a for a in bench.panel.actions()}
    bench.live.select(1)
    for key in "HJK":
        actions[key].trigger()
    assert bench.sent(Pulse) == [Pulse(1, 0), Pulse(1, 1), Pulse(1, 2)]
    bench.panel.calm = True
    bench.live.spiked.emit([(0.0, 0)])
    assert not bench.canvas.lights.dots


def test_the_assumed_supply_moves_the_leds_of_unknown_boards(make: Callable[..., Bench]) -> None:
    bench = make(rig=ByHand(kind="board"))
    layout = Layout(1e-3, (Trace("A0", "V", "membrane", 0),), ("A0",), "board")
    for vdd, lit in ((3.0, 4), (2.4, 5)):  # 0.9 V is 4.3 steps of 0.0695 · 3.0 V, and 5.4 of 0.0695 · 2.4 V
        bench.panel.vdd = vdd
        bench.live.ring = Ring(layout, 1.0)
        bench.live.layout_changed.emit(True)
        bench.live.ring.push(Chunk(layout, 0, np.array([[0.9]], np.float32)))
        bench.live.frame.emit()
        assert (bench.canvas.lights.leds[0] == STEPS).sum() == lit


def test_boards_that_move_a_little_do_not_move_the_rest(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make()
    scale = bench.canvas.view.scale
    qtbot.keyClick(bench.canvas, KEY.Key_Right, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert bench.canvas.view.scale == scale
    for _ in range(60):
        qtbot.keyClick(bench.canvas, KEY.Key_Up, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert bench.canvas.view.scale < scale  # but never out of sight
    assert bench.canvas._all_seen()


def test_a_wire_by_keys_alone(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make()
    actions = {a.objectName(): a for a in bench.panel.actions()}

    def wires() -> list[tuple[int, int, int]]:
        every = bench.live.network.connections
        return list(zip(every.pre.tolist(), every.post.tolist(), every.synapse.tolist(), strict=True))

    assert wires() == [(0, 1, 1)]
    actions["bench.wire"].trigger()
    qtbot.keyClick(bench.canvas, KEY.Key_Down)
    assert "N1 → dendrite 3 of N2" in bench.canvas._bubble[1]
    bench.canvas.grab()
    qtbot.keyClick(bench.canvas, KEY.Key_Return)
    assert wires() == [(0, 1, 1), (0, 1, 2)]
    bench.live.select(1)
    actions["bench.wire"].trigger()
    qtbot.keyClick(bench.canvas, KEY.Key_Right)
    qtbot.keyClick(bench.canvas, KEY.Key_Up)
    qtbot.keyClick(bench.canvas, KEY.Key_Escape)
    assert wires() == [(0, 1, 1), (0, 1, 2)] and bench.canvas.hands.wiring.source == -1
    bench.live.select(0)
    actions["bench.wire"].trigger()  # the same wire again is taken away
    qtbot.keyClick(bench.canvas, KEY.Key_Return)
    assert wires() == [(0, 1, 2)]
    bench.live.undo.undo()
    bench.live.undo.undo()
    assert wires() == [(0, 1, 1)]


def test_a_board_that_goes_while_it_is_held_lets_go(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make()
    smaller = bench.live.network.copy()
    smaller.remove(1)
    pin, knob = Part(1, "pin", "", 0), Part(1, "trimmer", "leak")
    for part in (pin, knob):
        at = bench.pixel(part)
        qtbot.mousePress(bench.canvas, LEFT, pos=at)
        qtbot.mouseMove(bench.canvas, at + QtCore.QPoint(9, 9))
        bench.live.rewire(smaller, lambda: "gone")
        bench.canvas.grab()
        qtbot.mouseMove(bench.canvas, at + QtCore.QPoint(20, 20))
        qtbot.mouseRelease(bench.canvas, LEFT, pos=at)
        assert bench.canvas.scene.names == ["N1"] and bench.canvas.hands.wiring.source == -1
        bench.live.undo.undo()
    bench.live.select(1)
    bench.canvas.hands.start_wire()
    bench.live.rewire(smaller, lambda: "gone")
    qtbot.keyClick(bench.canvas, KEY.Key_Right)
    bench.canvas.grab()


def test_arrows_select_the_neighbour(make: Callable[..., Bench], qtbot: QtBot) -> None:
    net = Network(model="lui")
    for place in ((0, 0), (280, 10), (20, 200)):
        net.neuron(position=place)
    bench = make(net)
    way = []
    for key in (KEY.Key_Right, KEY.Key_Right, KEY.Key_Left, KEY.Key_Down, KEY.Key_Up):
        qtbot.keyClick(bench.canvas, key)
        way.append(bench.live.selected)
    assert way == [1, 1, 0, 2, 0]


def test_a_taken_dendrite_takes_no_second_wire_and_says_so(make: Callable[..., Bench], qtbot: QtBot) -> None:
    """By keys and by mouse: the circuit stays as it is, nothing is to be undone, and a word says what to do."""
    bench = make()
    told: list[str] = []
    bench.live.problem.connect(lambda error: told.append(str(error)))
    actions = {a.objectName(): a for a in bench.panel.actions()}
    bench.live.select(1)
    actions["bench.wire"].trigger()  # from N2, to dendrite 2 of N1
    qtbot.keyClick(bench.canvas, KEY.Key_Right)  # to dendrite 2 of N2, where N1 is plugged in
    assert "already has a wire from 'N1'; use dendrite 1 or 3" in wire_text(bench.live, 1, Part(1, "pad", "", 1))
    qtbot.keyClick(bench.canvas, KEY.Key_Return)
    assert len(bench.live.network.connections) == 1 and not bench.live.undo.canUndo()
    start, end = bench.pixel(Part(1, "pin", "", 0)), bench.pixel(Part(1, "pad", "", 1))
    qtbot.mousePress(bench.canvas, LEFT, pos=start)
    qtbot.mouseMove(bench.canvas, (start + end) / 2)
    qtbot.mouseMove(bench.canvas, end)
    qtbot.mouseRelease(bench.canvas, LEFT, pos=end)
    assert len(bench.live.network.connections) == 1
    assert len(told) == 2 and told[0] == told[1]
    assert told[0].startswith("Dendrite 2 of 'N2' already has a wire from 'N1'; use dendrite 1 or 3, or join")
