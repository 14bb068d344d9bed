"""Several things at once: chosen, moved, put in line, grouped, copied, pasted and taken away."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from bench_desk import KEY, LEFT, Bench, make
from hypothesis import given
from hypothesis import strategies as st
from PySide6 import QtCore, QtGui
from pytestqt.qtbot import QtBot

from luiapp.errors import NetworkError
from luiapp.files.share import network_from_text
from luiapp.gui.bench import item_edit
from luiapp.gui.bench.arrange import GROUPS, arranged, fresh, groups, joined, part_of, spots
from luiapp.gui.bench.fingers import is_finger
from luiapp.gui.bench.painter import Layers
from luiapp.model.library import EXAMPLES
from luiapp.model.network import Network

__all__ = ["make"]
MODIFIER = QtCore.Qt.KeyboardModifier


def square() -> Network:
    net = Network(model="lui", name="square")
    for name, x, y in (("A", 0, 0), ("B", 300, 20), ("C", 600, 10), ("D", 300, 300)):
        net.neuron(name, position=(float(x), float(y)), parts_seed=net.n_neurons + 1)
    net.connect(0, 1, synapse=1)
    net.connect(1, 3, synapse=0)
    return net


def body(bench: Bench, i: int) -> QtCore.QPoint:
    return bench.canvas.view.to_pixel(bench.canvas.scene.at(i, (62.0, 24.0))).toPoint()


def do(bench: Bench, name: str) -> None:
    {a.objectName(): a for a in bench.panel.actions()}[f"bench.{name}"].trigger()


def test_clicks_with_shift_and_a_frame_choose_and_a_drag_moves_all_in_one_step(
    make: Callable[..., Bench], qtbot: QtBot
) -> None:
    bench = make(square())
    live, chosen = bench.live, bench.canvas.chosen
    qtbot.mouseClick(bench.canvas, LEFT, pos=body(bench, 0))
    qtbot.mouseClick(bench.canvas, LEFT, MODIFIER.ShiftModifier, body(bench, 1))
    assert chosen.keys == {0, 1}
    qtbot.mouseClick(bench.canvas, LEFT, MODIFIER.ControlModifier, body(bench, 0))
    assert chosen.keys == {1}
    qtbot.mouseClick(bench.canvas, LEFT, pos=body(bench, 3))
    assert chosen.keys == {3}, "a plain click chooses one"
    frame = QtCore.QRectF(bench.canvas.view.to_pixel(QtCore.QPointF(-140, -140)),
                          bench.canvas.view.to_pixel(QtCore.QPointF(420, 150))).toAlignedRect()  # fmt: skip
    qtbot.mousePress(bench.canvas, LEFT, MODIFIER.ShiftModifier, frame.topLeft())
    qtbot.mouseMove(bench.canvas, frame.center())
    bench.canvas.grab()
    qtbot.mouseRelease(bench.canvas, LEFT, MODIFIER.ShiftModifier, frame.bottomRight())
    assert chosen.keys == {0, 1}
    before, n = spots(live.network, range(4)), live.undo.count()
    start = body(bench, 1)
    qtbot.mousePress(bench.canvas, LEFT, pos=start)
    for k in range(1, 6):
        qtbot.mouseMove(bench.canvas, start + QtCore.QPoint(10 * k, 4 * k))
    qtbot.mouseRelease(bench.canvas, LEFT, pos=start + QtCore.QPoint(50, 20))
    after = spots(live.network, range(4))
    moved = {i: np.subtract(after[i], before[i]) for i in range(4)}
    assert np.array_equal(moved[0], moved[1]) and moved[0].min() > 8 and not moved[2].any() and not moved[3].any()
    assert live.undo.count() == n + 1 and live.undo.undoText() == "move 2 things"
    live.undo.undo()
    assert spots(live.network, range(4)) == before


def test_by_keys_all_is_chosen_nudged_and_extended(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make(square())
    live, chosen = bench.live, bench.canvas.chosen
    bench.canvas.setFocus()
    live.select(0)
    qtbot.keyClick(bench.canvas, KEY.Key_Right, MODIFIER.ShiftModifier)
    assert chosen.keys == {0, 1} and live.selected == 1
    do(bench, "all")
    assert chosen.keys == {0, 1, 2, 3}
    before = spots(live.network, range(4))
    qtbot.keyClick(bench.canvas, KEY.Key_Down, MODIFIER.ControlModifier)
    assert all(spots(live.network, range(4))[i] == (before[i][0], before[i][1] + 8) for i in range(4))
    live.select(2)
    assert chosen.keys == {2}


def test_put_in_line_and_spaced_out(make: Callable[..., Bench]) -> None:
    bench = make(square())
    live = bench.live
    bench.canvas.chosen.choose({0, 1, 2})
    do(bench, "row")
    assert {y for _, y in spots(live.network, range(3)).values()} == {10.0}
    do(bench, "column")
    assert {x for x, _ in spots(live.network, range(3)).values()} == {300.0}
    live.undo.undo()
    live.undo.undo()
    assert spots(live.network, range(4)) == spots(square(), range(4)), "each is a step of its own"
    assert live.undo.redoText() == "Put in a row"


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=2, max_size=12))
def test_places_in_line_keep_order_ends_and_mean(points: list[tuple[float, float]]) -> None:
    where = dict(enumerate(points))
    row, column, spread = (arranged(where, way) for way in ("row", "column", "spread"))
    assert [row[i][0] for i in where] == [x for x, _ in points] and len({y for _, y in row.values()}) == 1
    assert next(iter(row.values()))[1] == pytest.approx(np.mean([y for _, y in points]), abs=1e-6)
    assert len({x for x, _ in column.values()}) == 1
    axis = 0 if np.ptp([x for x, _ in points]) >= np.ptp([y for _, y in points]) else 1
    old, new = ([p[axis] for p in d.values()] for d in (where, spread))
    assert min(new) == pytest.approx(min(old)) and max(new) == pytest.approx(max(old))
    assert [new[i] for i in np.argsort(old, kind="stable")] == sorted(new)
    gaps = np.diff(sorted(new))
    assert np.ptp(gaps) <= 1e-6 * (1 + np.ptp(new))


def test_groups_move_together_survive_names_and_files_and_are_undone(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make(square())
    live, chosen = bench.live, bench.canvas.chosen
    lamp = item_edit.add(live, "lamp")
    chosen.choose({0, 2, lamp})
    do(bench, "group")
    assert groups(live.network) == [{0, 2, lamp}]
    live.select(1)
    live.select(0)
    assert chosen.keys == {0, 2, lamp}, "one chooses all"
    bench.panel._rename(2, "Carla")
    bench.panel._rename(lamp, "Sun")
    assert groups(Network.from_dict(live.network.to_dict())) == [{0, 2, "Sun"}]
    live.select(1)
    do(bench, "remove")
    assert groups(live.network) == [{0, 1, "Sun"}], "names, not places in a list"
    live.undo.undo()
    live.select(0)
    do(bench, "ungroup")
    assert groups(live.network) == [] and GROUPS not in live.network.extra
    live.undo.undo()
    assert groups(live.network) == [{0, 2, "Sun"}]


def test_copy_and_paste_take_the_wires_between_and_other_parts(make: Callable[..., Bench]) -> None:
    bench = make(square())
    live, chosen = bench.live, bench.canvas.chosen
    key = item_edit.add(live, "button")
    item_edit.plug(live, key, 0, 0)
    chosen.choose({0, 1, key})
    do(bench, "copy")
    text = QtGui.QGuiApplication.clipboard().text()
    assert network_from_text(text).names == ["A", "B"], "what is copied is a circuit that can be sent"
    do(bench, "paste")
    net = live.network
    assert net.names == ["A", "B", "C", "D", "A2", "B2"] and chosen.keys == {4, 5, "KEY2"}
    wires = [(int(a), int(b), int(s)) for a, b, s in zip(net.connections.pre, net.connections.post,
                                                         net.connections.synapse, strict=True)]  # fmt: skip
    assert wires == [(0, 1, 1), (1, 3, 0), (4, 5, 1)]
    assert [(s.item, s.i_neuron, s.synapse) for s in net.stimuli] == [(key, 0, 0), ("KEY2", 4, 0)]
    assert len(set(net.parameter("parts_seed"))) == 6
    do(bench, "cut")
    assert live.network.names == ["A", "B", "C", "D"] and [i.name for i in live.network.items] == [key]
    live.undo.undo()
    assert live.network.n_neurons == 6
    QtGui.QGuiApplication.clipboard().setText("just words")
    do(bench, "paste")
    assert live.network.n_neurons == 6
    QtGui.QGuiApplication.clipboard().setText("LUI1.damaged!")
    with bench.qtbot.waitSignal(live.problem):
        do(bench, "paste")


@pytest.mark.parametrize("key", EXAMPLES)
def test_every_example_pasted_onto_an_empty_bench_is_itself(key: str) -> None:
    net = EXAMPLES[key].build()
    everything = [*range(net.n_neurons), *(item.name for item in net.items)]
    copy, keys = joined(Network(model="lui", name=key), part_of(net, everything), shift=0.0)
    assert keys == everything

    def plain(one: Network) -> dict[str, object]:
        data = one.to_dict()
        return {
            **data,
            "stimuli": sorted(map(str, data["stimuli"])),
            "connections": sorted(map(str, data["connections"])),
        }

    assert plain(copy) == plain(net)


def test_boards_and_textbook_neurons_stay_apart_and_names_stay_free() -> None:
    lif = Network()
    lif.neuron("A")
    with pytest.raises(NetworkError, match="can't stand on one bench"):
        joined(square(), lif)
    assert fresh("A", {"A", "A2"}) == "A3" and fresh("12", {"12"}) == "122" and fresh("B", {"A"}) == "B"


def test_a_finger_needs_no_needle(make: Callable[..., Bench]) -> None:
    bench = make(square())
    hands, view = bench.canvas.hands, bench.canvas.view
    pad = view.to_pixel(bench.canvas.scene.pad(0, 1))
    beside = pad + QtCore.QPointF(-12, 0)
    assert hands._at(beside) is None
    part = hands._at(beside, finger=True)
    assert part is not None and (part.kind, part.number) == ("pad", 1)
    device = QtGui.QPointingDevice.primaryPointingDevice()
    event = QtGui.QMouseEvent(QtCore.QEvent.Type.MouseButtonPress, pad, pad, LEFT, LEFT, MODIFIER.NoModifier, device)
    assert not is_finger(event)


def test_sixty_four_boards_are_drawn_by_repainting_only_what_glows(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Network(model="lui")
    for i in range(64):
        net.neuron(position=(300.0 * (i % 8), 220.0 * (i // 8)))
        if i:
            net.connect(i - 1, i, synapse=1)
    bench = make(net)
    bench.measure(*[0.0] * 64)
    bench.canvas.grab()
    composed: list[QtCore.QRectF] = []
    original = Layers._compose

    def count(self: Layers, pixmap: QtGui.QPixmap, area: QtCore.QRectF) -> None:
        composed.append(area)
        original(self, pixmap, area)

    monkeypatch.setattr(Layers, "_compose", count)
    for k in range(10):
        bench.measure(*np.linspace(0.0, 0.1 * k, 64))
        bench.canvas.grab()
    assert composed == [], "frames paint lights over a picture that is kept"
    bench.live.turn(5, "r_vleak", 40e3)
    bench.canvas.grab()
    assert len(composed) == 1 and composed[0].width() < 0.2 * bench.canvas.width(), "a turn paints its board alone"
