"""Real and simulated boards in one circuit, from the window: joined, marked, exchanged, undone, told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from fakes import FakeRig
from PySide6 import QtCore
from shell_kit import Kit

from luiapp.experiments.finding import Finding
from luiapp.experiments.registry import EXPERIMENTS
from luiapp.experiments.session import Session
from luiapp.experiments.twin_fit import fit_trace
from luiapp.experiments.twin_trace import from_columns
from luiapp.gui.bench import art
from luiapp.gui.bench.item_play import describe_item
from luiapp.gui.bench.panel import BenchPanel
from luiapp.gui.bench.real import free_place, joined, lost_currents
from luiapp.gui.bench.scene import Part
from luiapp.gui.bench.words import by_wire, describe_part
from luiapp.gui.boards.panel import BoardsPanel
from luiapp.gui.boards.state import delay_sentence
from luiapp.gui.scope.panel import ScopePanel
from luiapp.gui.statusbar import StatusBar
from luiapp.model.items import add_item, plug_item
from luiapp.model.network import Network
from luiapp.model.stimulus import Step
from luiapp.rigs.hybrid import HybridRig
from luiapp.stream.source import Description, Mark, Pulse

PATIENCE = 60_000  # ms; a first compilation takes long


def chain() -> Network:
    """A, B, C and D, each wired to the next."""
    net = Network("lui", name="chain of four")
    for name in "ABCD":
        net.neuron(name, r_vleak=41e3, r_leak=3e3, r_tsyn=4e3, r_w1=500.0)
    for k in range(3):
        net.connect(k, k + 1, synapse=0)
    return net


@pytest.fixture
def bench(qtbot: Any, kit: Kit) -> BenchPanel:
    """The bench of a circuit that is about to be joined."""
    with qtbot.waitSignal(kit.live.rig_changed):
        kit.sources.open_network(chain())
    panel = BenchPanel(kit.live, kit.look)
    qtbot.addWidget(panel)
    panel.resize(900, 420)
    panel.show()
    return panel


def join(qtbot: Any, kit: Kit, i: int) -> BoardsPanel:
    """By the key that stands in the menu: the virtual adapter is the only port."""
    kit.live.select(i)
    with qtbot.waitSignal(kit.live.rig_changed, timeout=PATIENCE):
        kit.shell.actions_["join"].trigger()
    assert isinstance(kit.live.rig, HybridRig)
    qtbot.waitUntil(lambda: kit.live.ring is not None and kit.live.ring.head > 200, timeout=PATIENCE)
    panel = kit.shell.panels["boards side"]
    assert isinstance(panel, BoardsPanel)
    return panel


def crossing(panel: BenchPanel) -> list[tuple[int, int]]:
    return [(cable.pre, cable.post) for cable in panel.canvas.scene.cables if cable.crosses]


def test_the_boards_on_the_table_join_the_circuit_on_the_screen(qtbot: Any, kit: Kit, bench: BenchPanel) -> None:
    scene = bench.canvas.scene
    bench._actions["real"].trigger()
    assert "Ctrl+J" in kit.shell.banner.text.text(), "a word where nothing is joined yet"
    panel = join(qtbot, kit, 1)
    assert kit.shell.top.badge.text() == "SIM + BOARD" and joined(kit.live) == {"B": 0} and kit.live.selected == 1
    assert kit.shell.top.about.whole == "4 boards, 1 of them real"
    qtbot.waitUntil(lambda: 1 in scene.real and not scene.real[1].silent, timeout=PATIENCE)
    assert set(scene.real) == {1} and scene.real[1].short() == "virtual 1"
    assert crossing(bench) == [(0, 1), (1, 2)], "only what runs from one world to the other"
    # Trimmers of what is real are no longer the window's to turn.
    assert by_wire(kit.live, "r_leak", 0) and not by_wire(kit.live, "r_leak", 1)
    assert "virtual table" in describe_part(kit.live, scene, Part(1, "body"))
    assert "virtual" not in describe_part(kit.live, scene, Part(0, "body"))
    assert not panel.join_button.isVisibleTo(panel) and panel.joined.isVisibleTo(panel)
    assert [box.currentText() for box in panel.joined.places] == ["B"] + ["–"] * 7
    assert "turn leak of B to 41 %" in panel.joined.hand.text()


def test_who_is_real_changes_by_key_and_list_and_is_undone(qtbot: Any, kit: Kit, bench: BenchPanel) -> None:
    panel = join(qtbot, kit, 1)
    live, ring = kit.live, kit.live.ring
    live.select(3)
    bench._actions["real"].trigger()
    assert joined(live) == {"B": 0, "D": 1} and set(bench.canvas.scene.real) == {1, 3}
    assert live.undo.undoText() == "D is board 2"
    said = kit.shell.banner.text.text()
    assert said.startswith("By hand on the table: turn leak of D to 41 %") and said.endswith("more, see Boards.")
    places = panel.joined.places
    assert [box.currentText() for box in places[:3]] == ["B", "D", "–"]
    panel.joined._put(4, 1 + live.network.index("C"))  # as chosen in the list of place 5
    assert joined(live) == {"B": 0, "D": 1, "C": 4}
    assert "plug a wire from B's axon to dendrite 1 of C" in panel.joined.hand.text(), "a cable between real boards"
    assert crossing(bench) == [(0, 1)]
    panel.joined._put(0, 1 + live.network.index("A"))
    assert joined(live) == {"A": 0, "D": 1, "C": 4}, "a place holds one board"
    for _ in range(3):
        live.undo.undo()
    assert joined(live) == {"B": 0}
    live.undo.redo()
    assert joined(live) == {"B": 0, "D": 1}
    bench._actions["real"].trigger()
    assert joined(live) == {"B": 0} and live.undo.undoText() == "D is simulated"
    qtbot.waitUntil(lambda: live.ring is not None and live.ring.head > 600, timeout=PATIENCE)
    assert live.ring is ring, "one stream goes on through all of it"
    assert live.network.names == list("ABCD")
    with qtbot.waitSignal(live.rig_changed, timeout=PATIENCE):
        panel.back.click()
    assert kit.shell.top.badge.text() == "SIM" and kit.live.network.names == list("ABCD")


def test_a_circuit_that_cannot_be_joined_says_so(qtbot: Any, kit: Kit) -> None:
    lif = Network("lif")
    lif.neuron("A")
    kit.live.network = lif
    kit.sources.join("virtual")
    assert "nly a circuit of Lu.i boards" in kit.shell.banner.text.text()


def test_eight_places_and_no_more() -> None:
    assert free_place({}) == 0 and free_place({"A": 0, "B": 2}) == 1
    assert free_place({str(k): k for k in range(8)}) == -1


def test_a_mark_is_a_word_and_a_frame_not_a_colour_alone(qtbot: Any, kit: Kit, bench: BenchPanel) -> None:
    """Where the mark is, the picture of the bench changes; and a silent board's frame is broken."""
    join(qtbot, kit, 1)
    canvas = bench.canvas
    qtbot.waitUntil(lambda: 1 in canvas.scene.real and not canvas.scene.real[1].silent, timeout=PATIENCE)
    scale = canvas.scene.at(1, (art.REAL_MARK.center().x(), art.REAL_MARK.center().y()))
    at = canvas.view.to_pixel(scale).toPoint()
    area = QtCore.QRect(at.x() - 20, at.y() - 6, 40, 12)
    marked = bench.grab(area).toImage()
    bench._actions["real"].trigger()
    assert bench.grab(area).toImage() != marked


def test_what_a_spike_takes_on_its_way_is_told(qtbot: Any, kit: Kit) -> None:
    both: dict[str, int | float | str] = {"delay_ms": 14.2, "delay_99_ms": 21.7, "out_ms": 6.0, "back_ms": 8.0}
    assert delay_sentence(both).startswith("Out to a board and back in, a spike takes 14 ms; 99 of 100 take at most 22")
    assert delay_sentence({"out_ms": 6.0}).startswith("From the simulation to a board a spike takes 6 ms.")
    assert delay_sentence({"back_ms": 8.0}).startswith("From a board to the simulation a spike takes 8 ms.")
    assert "yet" in delay_sentence({})
    bar = StatusBar()
    kit.rig.health = lambda: both  # type: ignore[method-assign]
    bar.show_live(kit.live, None)
    assert "out and back: 14 ms, 99 %: 22 ms" in bar.state.whole and "so long" in bar.state.toolTip()
    bar.deleteLater()


def found_at_once(session: Session) -> Iterator[Finding]:
    """A table of two boards and one wire, without looking."""
    net = chain()
    net.remove("D")
    net.remove("C")
    yield Finding("table", "2 boards, 1 wire.", network=net)


def test_the_bench_has_the_table_looked_at_and_shows_it(
    qtbot: Any, kit: Kit, bench: BenchPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not bench._table.isVisibleTo(bench), "what is simulated is known"
    monkeypatch.setitem(EXPERIMENTS, "table", replace(EXPERIMENTS["table"], home="test_joined:found_at_once"))
    rig = FakeRig(kind="board")
    rig.describe = lambda: Description({}, frozenset({Pulse, Mark}), False)  # type: ignore[method-assign]
    with qtbot.waitSignal(kit.live.rig_changed):
        kit.live.adopt(rig)
    assert bench._table.isVisibleTo(bench) and not bench.add_bar.isVisibleTo(bench)
    kit.shell.actions_["table"].trigger()  # as by Shift+D, or by the button
    qtbot.waitUntil(lambda: kit.live.network is not None and kit.live.network.names == ["A", "B"], timeout=PATIENCE)
    assert kit.shell.panels["measure side"].box.shown.title == EXPERIMENTS["table"].title
    assert [(cable.pre, cable.post) for cable in bench.canvas.scene.cables] == [(0, 1)]


def test_the_twin_of_a_real_board_is_drawn_over_it(qtbot: Any, kit: Kit, bench: BenchPanel) -> None:
    """The virtual table's first board isn't set as the circuit says: its twin is apart by what a fit mends."""
    join(qtbot, kit, 1)
    scope = ScopePanel(kit.live, kit.look)
    qtbot.addWidget(scope)
    scope.resize(900, 320)
    scope.show()
    live, twin = kit.live, scope.canvas.twin
    live.select(0)
    scope._actions["twin"].trigger()
    assert not twin.on and not scope._actions["twin"].isChecked()
    assert "select one that lies on the table" in kit.shell.banner.text.text()
    live.select(1)
    scope._actions["twin"].trigger()
    assert twin.on and scope._actions["twin"].isChecked()
    qtbot.waitUntil(lambda: int(np.isfinite(twin._twin.v).sum()) > 1500, timeout=PATIENCE)
    set_in_circuit = twin._twin.rms(5.0)
    assert "twin of B (as set in the circuit)" in twin.told() and "rms apart" in twin.told()
    ran = twin._twin
    good = np.isfinite(ran.measured)
    fit = fit_trace(from_columns(ran.time[good], ran.measured[good], pulses=[]))
    twin.take("B", asdict(fit.membrane))
    qtbot.waitUntil(lambda: int(np.isfinite(twin._twin.v).sum()) > 1500, timeout=PATIENCE)
    assert "twin of B (fitted)" in twin.told() and twin._twin.rms(5.0) < 0.5 * set_in_circuit
    scope._on_numbers()
    assert scope.summary.text().endswith(twin.told())
    scope._actions["freeze"].trigger()
    scope.canvas.advance()
    with_twin = scope.canvas.grab().toImage()
    scope._actions["twin"].trigger()
    assert not twin.on and twin.told() == "" and scope.canvas.grab().toImage() != with_twin
    scope.close()


def test_a_current_into_a_real_board_is_crossed_out_and_becomes_pulses(qtbot: Any, kit: Kit, bench: BenchPanel) -> None:
    join(qtbot, kit, 1)
    live = kit.live
    network = live.network.copy()
    for item, i in (("S1", 0), ("S2", 2)):
        add_item(network, "generator", item, stimulus=Step(20e-6))
        plug_item(network, item, i)
    live.rewire(network, lambda: "currents")
    assert not bench._actions["pulses"].isEnabled() and not any(lead.lost for lead in bench.canvas.scene.leads)
    live.select(2)
    bench._actions["real"].trigger()
    said = kit.shell.banner.text.text()
    assert said.startswith("S2 is a current into C, a real board") and "Shift+P" in said
    assert [lead.i_neuron for lead in bench.canvas.scene.leads if lead.lost] == [2]
    assert "an adapter can't give currents" in describe_item(live, bench.canvas.play, live.network.items[1])
    bench._actions["pulses"].trigger()
    assert lost_currents(live) == () and not bench._actions["pulses"].isEnabled()
    [link] = [one for one in live.network.stimuli if one.item == "S2"]
    assert link.stimulus.is_event and (link.i_neuron, link.synapse) == (2, 1), "dendrite 1 has a wire already"
    assert [one.stimulus.kind for one in live.network.stimuli if one.item == "S1"] == ["step"]
    pulsed: list[str] = []
    live.noted.connect(lambda events: pulsed.extend(e.name for e in events if (e.kind, e.target) == ("pulse", "C")))
    qtbot.waitUntil(lambda: "1" in pulsed, timeout=PATIENCE)  # the adapter tells that it gave them
    live.undo.undo()
    assert lost_currents(live) == (("C", "S2"),)
