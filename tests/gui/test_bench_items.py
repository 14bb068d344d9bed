"""Sensors and displays on the bench, by mouse and by keys."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from bench_desk import KEY, LEFT, Bench, make
from PySide6 import QtCore, QtGui
from pytestqt.qtbot import QtBot

from luiapp.errors import RigError
from luiapp.files.code_circuit import pynn_circuit
from luiapp.files.share import network_from_text, network_to_text
from luiapp.gui.bench import item_edit
from luiapp.gui.bench.microphone import BLOCK, RATE, Claps
from luiapp.gui.widgets.hand_on import qr_image
from luiapp.model.items import ITEMS, light_level
from luiapp.model.library import EXAMPLES
from luiapp.model.network import Network
from luiapp.model.stimulus import Train
from luiapp.stream.source import Kick, Pulse
from luiapp.texts import set_language

__all__ = ["make"]
CTRL = QtCore.Qt.KeyboardModifier.ControlModifier


def names(bench: Bench) -> list[str]:
    assert bench.live.network is not None
    return [item.name for item in bench.live.network.items]


def spot(bench: Bench, name: str, part: str = "centre") -> QtCore.QPoint:
    thing = next(one for one in bench.canvas.scene.things if one.item.name == name)
    return bench.canvas.view.to_pixel(getattr(thing, part)).toPoint()


def drag(bench: Bench, start: QtCore.QPoint, end: QtCore.QPoint) -> None:
    bench.qtbot.mousePress(bench.canvas, LEFT, pos=start)
    for k in range(1, 5):
        bench.qtbot.mouseMove(bench.canvas, start + (end - start) * k / 4)
    bench.qtbot.mouseRelease(bench.canvas, LEFT, pos=end)


def wires(bench: Bench) -> list[tuple[str, int, int]]:
    assert bench.live.network is not None
    return [(link.item, link.i_neuron, link.synapse) for link in bench.live.network.stimuli]


@pytest.mark.parametrize("kind", ITEMS)
def test_each_kind_comes_by_the_menu_is_named_moved_copied_removed_and_undone(
    make: Callable[..., Bench], qtbot: QtBot, kind: str
) -> None:
    bench = make()
    live = bench.live
    actions = {a.objectName(): a for a in bench.panel.actions()}
    states = [live.network.to_dict()]
    actions["bench.item"].trigger()
    menu = bench.panel._items
    assert menu.isVisible() and menu.activeAction() is menu.actions()[0]
    for _ in range(list(ITEMS).index(kind)):
        qtbot.keyClick(menu, KEY.Key_Down)
    qtbot.keyClick(menu, KEY.Key_Return)
    (name,) = names(bench)
    assert live.network.items[0].kind == kind and live.item == name and live.selected == -1
    states.append(live.network.to_dict())
    actions["bench.rename"].trigger()
    field = bench.panel._name
    field.setText("N1")
    qtbot.keyClick(field, KEY.Key_Return)
    assert field.isVisible() and "already something called 'N1'" in field._note.text()
    field.setText("Mine")
    qtbot.keyClick(field, KEY.Key_Return)
    assert names(bench) == ["Mine"] and live.item == "Mine"
    states.append(live.network.to_dict())
    x = bench.canvas.scene.things[0].centre.x()
    qtbot.keyClick(bench.canvas, KEY.Key_Right, CTRL)
    assert bench.canvas.scene.things[0].centre.x() == x + 8
    states.append(live.network.to_dict())
    actions["bench.duplicate"].trigger()
    assert len(names(bench)) == 2 and live.network.items[1].stimulus == live.network.items[0].stimulus
    states.append(live.network.to_dict())
    actions["bench.remove"].trigger()
    assert names(bench) == ["Mine"] and live.item == ""
    states.append(live.network.to_dict())
    for state in reversed(states[:-1]):
        live.undo.undo()
        assert live.network.to_dict() == state
    for state in states[1:]:
        live.undo.redo()
        assert live.network.to_dict() == state


def test_a_wire_by_mouse_from_a_button_to_a_dendrite_and_from_an_axon_to_a_lamp(make: Callable[..., Bench]) -> None:
    bench = make()
    live = bench.live
    key, lamp = item_edit.add(live, "button"), item_edit.add(live, "lamp")
    pad = bench.canvas.view.to_pixel(bench.canvas.scene.pad(0, 2)).toPoint()
    drag(bench, spot(bench, key, "jack"), pad)
    assert wires(bench) == [(key, 0, 2)] and live.undo.undoText() == f"plug {key} into dendrite 3 of N1"
    pin = bench.canvas.view.to_pixel(bench.canvas.scene.pin(1, 1)).toPoint()
    drag(bench, pin, spot(bench, lamp, "jack"))
    assert live.network.items[1].hears == (1,) and live.undo.undoText() == f"plug N2 into {lamp}"
    taken = bench.canvas.view.to_pixel(bench.canvas.scene.pad(1, 1)).toPoint()
    with bench.qtbot.waitSignal(live.problem) as told:
        drag(bench, spot(bench, key, "jack"), taken)
    assert "Dendrite 2 of 'N2' already has a wire from 'N1'" in str(told.args[0])
    drag(bench, spot(bench, key, "jack"), pad)
    assert wires(bench) == [], "the same wire once more comes out"


def test_a_wire_by_keys_from_a_sensor_and_to_a_counter(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make()
    live = bench.live
    tick, count = item_edit.add(live, "metronome"), item_edit.add(live, "counter")
    bench.canvas.setFocus()
    live.select_item(tick)
    bench.canvas.hands.start_wire()
    qtbot.keyClick(bench.canvas, KEY.Key_Right)
    qtbot.keyClick(bench.canvas, KEY.Key_Up)
    assert "TICK1 → dendrite 3 of N2: Enter plugs in" in str(bench.canvas._bubble[1])
    qtbot.keyClick(bench.canvas, KEY.Key_Return)
    assert wires(bench) == [(tick, 1, 2)]
    live.select(1)
    bench.canvas.hands.start_wire()
    qtbot.keyClick(bench.canvas, KEY.Key_Left)
    assert "N2 → COUNT1: Enter plugs in" in str(bench.canvas._bubble[1])
    qtbot.keyClick(bench.canvas, KEY.Key_Return)
    assert next(item for item in live.network.items if item.name == count).hears == (1,)
    live.select_item(count)
    bench.canvas.hands.start_wire()
    assert not bench.canvas.hands.wiring.keyed, "nothing comes out of a counter"
    qtbot.keyClick(bench.canvas, KEY.Key_Left)
    assert live.selected == 1 and live.item == "", "arrows go from item to board"
    qtbot.keyClick(bench.canvas, KEY.Key_Right)
    assert live.item == count


def test_pressing_a_button_sends_a_pulse_to_each_of_its_dendrites(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make()
    live = bench.live
    key = item_edit.add(live, "button")
    item_edit.plug(live, key, 0, 0)
    item_edit.plug(live, key, 1, 2)
    live.select_item("")
    qtbot.mouseClick(bench.canvas, LEFT, pos=spot(bench, key, "face"))
    assert [(p.i_neuron, p.synapse) for p in bench.sent(Pulse)] == [(0, 0), (1, 2)] and live.item == key
    bench.canvas.setFocus()
    qtbot.keyClick(bench.canvas, KEY.Key_Return)
    live.kick()
    assert len(bench.sent(Pulse)) == 6 and bench.sent(Kick) == [], "Enter and the space bar press it"
    live.select(0)
    live.kick()
    assert bench.sent(Kick) == [Kick(0)]


def test_spikes_light_lamps_are_counted_and_are_heard(make: Callable[..., Bench]) -> None:
    class Speaker:
        def __init__(self) -> None:
            self.heard: list[int] = []
            self.running = False

        def start(self) -> None:
            self.running = True

        def stop(self) -> None:
            self.running = False

        def add(self, spikes: list[tuple[float, int]], now: float, speed: float) -> None:
            self.heard += [i for _, i in spikes]

    bench = make()
    live, play, speaker = bench.live, bench.canvas.play, Speaker()
    play.make_speaker = lambda: speaker
    lamp, count, sound = (item_edit.add(live, kind) for kind in ("lamp", "counter", "loudspeaker"))
    item_edit.plug(live, lamp, 0)
    for i in (0, 1):
        item_edit.plug(live, count, i)
    item_edit.plug(live, sound, 1)
    bench.measure(0.5, 0.5)
    live.spiked.emit([(0.1, 0), (0.11, 1), (0.2, 0)])
    assert play.counts == {count: 3} and speaker.heard == [1] and play.glow[lamp] == 1.0
    bench.measure(0.5, 0.5)
    assert play.glow[lamp] < 1.0, "and it goes out"
    thing = next(one for one in bench.canvas.scene.things if one.item.name == count)
    assert play.text(thing.item) == "3"
    live.item_pressed.emit(count)
    assert play.text(thing.item) == "0"
    live.close()
    assert not speaker.running


def test_light_follows_wheel_drag_and_keys_and_a_drag_is_one_step(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make()
    live = bench.live
    item_edit.add(live, "light")

    def level() -> float:
        return light_level(live.network.items[0].stimulus)

    n = live.undo.count()
    assert level() == pytest.approx(0.25)
    face = spot(bench, "LIGHT1", "face")
    drag(bench, face, face - QtCore.QPoint(0, 80))
    assert level() == pytest.approx(0.75) and live.undo.count() == n + 1
    live.undo.undo()
    assert level() == pytest.approx(0.25)
    bench.canvas.setFocus()
    for _ in range(20):
        qtbot.keyClick(bench.canvas, KEY.Key_Minus)
    assert level() == 0.0 and live.network.items[0].stimulus.times == ()
    qtbot.keyClick(bench.canvas, KEY.Key_Plus)
    assert 1 / live.network.items[0].stimulus.interval == pytest.approx(2.0)


def test_boards_get_the_pulses_of_a_metronome_from_here_and_a_simulation_makes_its_own(
    make: Callable[..., Bench],
) -> None:
    for kind, expected in (("board", 3), ("sim", 0)):
        bench = make()
        bench.rig.kind = kind
        live = bench.live
        tick = item_edit.add(live, "metronome")
        item_edit.set_stimulus(live, tick, Train(0.1, start=0.05))
        item_edit.plug(live, tick, 0)
        bench.measure(0.2, 0.2)
        before = len(bench.sent(Pulse))
        for _ in range(300):
            bench.measure(0.2, 0.2)
        assert len(bench.sent(Pulse)) - before == expected
        assert (tick in bench.canvas.play.glow) is True


def test_a_clap_is_sudden_and_counted_once() -> None:
    rng = np.random.default_rng(1)
    claps = Claps()

    def feed(seconds: float, loudness: float) -> int:
        blocks = round(seconds * RATE / BLOCK)
        return sum(claps.feed((loudness * rng.standard_normal(BLOCK)).astype(np.float32)) for _ in range(blocks))

    assert feed(2.0, 0.003) == 0
    assert [feed(0.05, 0.4) + feed(0.4, 0.003) for _ in range(4)] == [1] * 4
    assert feed(0.05, 0.02) == 0, "a word isn't a clap"


def test_a_microphone_listens_and_where_there_is_none_a_word_says_so(make: Callable[..., Bench]) -> None:
    class Ear:
        n, on = 0, False

        def start(self) -> None:
            self.on = True

        def stop(self) -> None:
            self.on = False

        def claps(self) -> int:
            n, self.n = self.n, 0
            return n

    class Deaf(Ear):
        def start(self) -> None:
            raise RigError("no microphone was found; connect one, or install the package 'sounddevice'")

    bench = make()
    live, play, ear = bench.live, bench.canvas.play, Ear()
    name = item_edit.add(live, "microphone")
    item_edit.plug(live, name, 1, 2)
    play.make_ear = Deaf
    with bench.qtbot.waitSignal(live.problem):
        live.item_pressed.emit(name)
    assert not play.listening(name)
    play.make_ear = lambda: ear
    live.item_pressed.emit(name)
    ear.n = 2
    bench.measure(0.1, 0.1)
    assert play.listening(name) and len(bench.sent(Pulse)) == 2
    live.item_pressed.emit(name)
    assert not ear.on
    live.item_pressed.emit(name)
    live.close()
    assert not ear.on


def test_items_stand_alone_and_are_told_in_both_languages(make: Callable[..., Bench]) -> None:
    bench = make(Network(model="lui"))
    live = bench.live
    key = item_edit.add(live, "button")
    assert bench.canvas.scene.kind == "none" and len(bench.canvas.scene.things) == 1
    bench.canvas.grab()
    assert "Button" in bench.canvas.accessibleDescription() and "not wired" in bench.canvas.accessibleDescription()
    set_language("de")
    bench.panel.retranslate()
    assert "Taster" in bench.canvas.accessibleDescription() and live.item == key


def test_a_circuit_is_handed_on_as_text_code_and_script_and_another_one_is_opened(
    make: Callable[..., Bench], qtbot: QtBot
) -> None:
    bench = make()
    live = bench.live
    {a.objectName(): a for a in bench.panel.actions()}["bench.share"].trigger()
    card = bench.panel._card
    assert card is not None and card.isVisible()
    assert network_from_text(card.line.text()).to_dict() == live.network.to_dict()
    expected = qr_image(card.line.text())
    assert card.code.image == expected and card.code.image.width() > 40
    card.tabs.setCurrentIndex(1)
    card.copy.click()
    script = QtGui.QGuiApplication.clipboard().text()
    assert "IF_curr_exp" in script and script == pynn_circuit(live.network)
    card.grab()
    before, other = live.network.to_dict(), EXAMPLES["xor"].build()
    card.line.setText("LUI1.nonsense")
    qtbot.keyClick(card.line, KEY.Key_Return)
    assert card.isVisible() and card.problem.isVisible()
    card.line.setText(network_to_text(other))
    qtbot.keyClick(card.line, KEY.Key_Return)
    assert not card.isVisible() and live.network.to_dict() == other.to_dict()
    live.undo.undo()
    assert live.network.to_dict() == before
    bench.panel.share()
    qtbot.keyClick(card, KEY.Key_Escape)
    assert not card.isVisible()
