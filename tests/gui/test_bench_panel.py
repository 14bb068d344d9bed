"""The bench under mouse, wheel and keys: what is seen and what is sent."""

from __future__ import annotations

import gc
from collections.abc import Callable

import numpy as np
import pytest
from bench_desk import KEY, LEFT, Bench, ByHand, make
from fakes import FakeRig, two_boards
from PySide6 import QtCore, QtGui, QtWidgets
from pytestqt.qtbot import QtBot

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.gui.bench import shape
from luiapp.gui.bench.lights import STEPS
from luiapp.gui.bench.panel import BenchPanel
from luiapp.gui.bench.scene import Part
from luiapp.gui.live import Live
from luiapp.gui.theme import Look
from luiapp.model.network import Network
from luiapp.stream.ring import Ring
from luiapp.stream.source import Pulse, SetParameter
from luiapp.texts import set_language

__all__ = ["make"]


def _bright(image: QtGui.QImage, at: QtCore.QPointF) -> bool:
    """Whether the pixel is that of a lit LED: white-hot to amber, never the dark brown of one that is off."""
    colour = image.pixelColor(at.toPoint())
    return colour.red() > 220 and colour.green() > 150


@pytest.mark.parametrize("volts", [0.0, 0.19, 0.22, 0.5, 0.9, 1.2, 1.3, 1.549])
def test_painted_leds_count_by_the_voltage_law(make: Callable[..., Bench], volts: float) -> None:
    bench = make()
    bench.measure(volts, 0.0)
    image = bench.canvas.grab().toImage()
    lit = [_bright(image, bench.canvas.view.to_pixel(bench.canvas.scene.at(0, led))) for led in shape.LEDS]
    expected = sum(volts > n * 0.0695 * 3.0 for n in range(1, 7))
    assert sum(lit) == expected
    assert lit == [n < expected for n in range(6)]
    other = [_bright(image, bench.canvas.view.to_pixel(bench.canvas.scene.at(1, led))) for led in shape.LEDS]
    assert not any(other)


def test_a_weak_cell_lights_leds_earlier(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.measure(1.1, 1.1)
    assert (bench.canvas.lights.leds[0] > STEPS / 2).sum() == 5  # 1.1 V > 5 · 0.0695 · 3.0 V = 1.04 V
    bench.live.turn(0, "v_cell", 2.4)
    bench.measure(1.1, 1.1)
    assert (bench.canvas.lights.leds[0] > STEPS / 2).sum() == 6  # 6 · 0.0695 · 2.4 V = 1.00 V
    assert (bench.canvas.lights.leds[1] > STEPS / 2).sum() == 5


def test_only_what_changed_is_painted(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.measure(0.5, 0.5)
    lights, latest = bench.canvas.lights, bench.live.ring.latest()
    now = lights.now
    for _ in range(60):  # until the afterglow of the first frames has gone
        now += 0.016
        lights.follow(latest, now)
    assert lights.follow(latest, now + 0.016) == []
    latest[1] = 0.9
    areas = lights.follow(latest, now + 0.032)
    assert areas and all(bench.canvas.scene.bounds(1).contains(a.center()) for a in areas)


def test_a_spike_lights_its_led_and_runs_along_the_wire(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.measure(0.0, 0.0)
    bench.live.spiked.emit([(0.0, 0)])
    lights, now = bench.canvas.lights, bench.canvas.lights.now
    lights.follow(None, now)
    assert list(lights.spikes) == [STEPS, 0]
    way = []
    for _ in range(100):
        now += 0.01
        lights.follow(None, now)
        way += [lights.dot_at(dot).x() for dot in lights.dots]
    assert len(way) > 8 and way == sorted(way)  # from N1 to N2, which stands to its right
    assert not lights.dots and not lights.spikes.any()


def test_wheel_turns_finely_with_shift_and_undo_restores(make: Callable[..., Bench]) -> None:
    bench = make()
    at = QtCore.QPointF(bench.pixel(Part(0, "trimmer", "tau_mem")))

    def wheel(modifiers: QtCore.Qt.KeyboardModifier) -> None:
        event = QtGui.QWheelEvent(
            at, at, QtCore.QPoint(), QtCore.QPoint(0, 120), QtCore.Qt.MouseButton.NoButton, modifiers,
            QtCore.Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QtWidgets.QApplication.sendEvent(bench.canvas, event)

    wheel(QtCore.Qt.KeyboardModifier.NoModifier)
    assert bench.ohms(0, "r_leak") == pytest.approx(11e3)  # 2 % of 50 kΩ
    wheel(QtCore.Qt.KeyboardModifier.ShiftModifier)
    assert bench.ohms(0, "r_leak") == pytest.approx(11.05e3)
    assert bench.sent(SetParameter)[-1] == SetParameter(0, "r_leak", bench.ohms(0, "r_leak"))
    assert bench.live.undo.count() == 1  # one go, one step
    bench.live.undo.undo()
    assert bench.ohms(0, "r_leak") == 10e3
    assert bench.sent(SetParameter)[-1] == SetParameter(0, "r_leak", 10e3)


def test_keys_reach_every_part_and_turn_it(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make()
    canvas = bench.canvas
    canvas.setFocus()
    seen = []
    while canvas.hands.tab(True):
        seen.append(canvas.focus_part)
    assert len(seen) == 12 and len(set(seen)) == 12  # six trimmers, three switches, three pads
    assert canvas.focus_part is None  # and then the focus goes on
    canvas.hands._focus(Part(0, "trimmer", "w1"))
    qtbot.keyClick(canvas, KEY.Key_Up)
    assert bench.ohms(0, "r_w1") == pytest.approx(11e3 - 220)  # more weight is less resistance
    qtbot.keyClick(canvas, KEY.Key_End)
    assert bench.ohms(0, "r_w1") == 0.0
    qtbot.keyClick(canvas, KEY.Key_Home)
    qtbot.keyClick(canvas, KEY.Key_PageUp)
    assert bench.ohms(0, "r_w1") == pytest.approx(0.9 * 22e3)
    assert "w1  10 %" in canvas.accessibleDescription()
    canvas.hands._focus(Part(0, "switch", "sign_2", 1))
    qtbot.keyClick(canvas, KEY.Key_Return)
    assert bench.ohms(0, "sign_2") == -1
    qtbot.keyClick(canvas, KEY.Key_Plus)
    assert bench.ohms(0, "sign_2") == 1
    canvas.hands._focus(Part(0, "pad", "", 2))
    qtbot.keyClick(canvas, KEY.Key_Return)
    assert bench.sent(Pulse) == [Pulse(0, 2)]


def test_dragging_up_and_round_turns(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make()
    at = bench.pixel(Part(1, "trimmer", "leak"))
    qtbot.mousePress(bench.canvas, LEFT, pos=at)
    for y in range(5, 45, 5):
        qtbot.mouseMove(bench.canvas, at - QtCore.QPoint(0, y))
    qtbot.mouseRelease(bench.canvas, LEFT, pos=at - QtCore.QPoint(0, 40))
    assert bench.live.selected == 1
    risen = bench.ohms(1, "r_vleak")
    assert 50e3 < risen <= 60e3  # 40 of 200 pixels, less the slip
    assert len(bench.sent(SetParameter)) >= 6  # while it turned, not only afterwards
    bench.live.undo.undo()
    assert bench.ohms(1, "r_vleak") == 40e3
    arm = 8
    qtbot.mousePress(bench.canvas, LEFT, pos=at + QtCore.QPoint(0, -arm))
    for x, y in ((6, -6), (8, 0), (6, 6), (0, 8)):
        qtbot.mouseMove(bench.canvas, at + QtCore.QPoint(x, y))
    qtbot.mouseRelease(bench.canvas, LEFT, pos=at + QtCore.QPoint(0, arm))
    assert bench.ohms(1, "r_vleak") > 80e3  # half a turn clockwise is two thirds of the way


def test_click_on_pad_and_switch(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make()
    qtbot.mouseClick(bench.canvas, LEFT, pos=bench.pixel(Part(1, "pad", "", 0)))
    assert bench.sent(Pulse) == [Pulse(1, 0)]
    assert [(r.i, r.synapse) for r in bench.canvas.lights.ripples] == [(1, 0)]
    assert bench.canvas.scene.cables[0].excites
    qtbot.mouseClick(bench.canvas, LEFT, pos=bench.pixel(Part(1, "switch", "sign_2", 1)))
    assert bench.ohms(1, "sign_2") == -1
    assert not bench.canvas.scene.cables[0].excites  # the wire into it shows it too


class ByHandKnown(ByHand):
    """Real boards whose circuit was told."""

    @property
    def network(self) -> Network:
        return self._network.copy()


def test_real_boards_are_drawn_but_not_turned(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make(rig=ByHandKnown(kind="board"))
    part = Part(0, "trimmer", "leak")
    bench.canvas.hands._focus(part)
    qtbot.keyClick(bench.canvas, KEY.Key_Up)
    qtbot.mouseClick(bench.canvas, LEFT, pos=bench.pixel(Part(0, "switch", "sign_1", 0)))
    assert bench.live.undo.count() == 0 and bench.ohms(0, "r_vleak") == 65e3
    bench.canvas.show_bubble(part)
    assert "turn it on the board" in bench.canvas._bubble[1]
    assert not any(a.isEnabled() for a in bench.panel.actions() if a.objectName() in ("bench.add", "bench.remove"))


def test_boards_appear_from_the_layout_where_no_circuit_is_known(make: Callable[..., Bench], qtbot: QtBot) -> None:
    bench = make(rig=ByHand(kind="board"))
    assert bench.canvas.scene.kind == "none"
    layout = Layout(1e-3, (Trace("A0", "V", "signal", 0), Trace("A1", "V", "signal", 1)), ("A0", "A1"), "board")
    bench.live.ring = Ring(layout, 1.0)
    bench.live.layout_changed.emit(True)
    bench.live.ring.push(Chunk(layout, 0, np.array([[0.7, np.nan]], np.float32)))
    bench.live.frame.emit()
    assert bench.canvas.scene.names == ["A0", "A1"]
    assert (bench.canvas.lights.leds == STEPS).sum(axis=1).tolist() == [3, 0]
    bench.live.select(1)
    bench.canvas.grab()
    for key in (KEY.Key_Tab, KEY.Key_Up, KEY.Key_Return, KEY.Key_Delete):
        qtbot.keyClick(bench.canvas, key)


@pytest.mark.parametrize(("model", "n", "kind"), [("lif", 5, "discs"), ("lif", 4000, "many"), ("lui", 0, "none")])
def test_other_networks_are_shown_without_harm(make: Callable[..., Bench], model: str, n: int, kind: str) -> None:
    net = Network(model=model)
    if n:
        net.neurons(n)
        net.connect(np.arange(n), np.roll(np.arange(n), 1), weight=np.where(np.arange(n) % 2, 0.1, -0.1))
        net.connect(0, 0, weight=0.2)

    class Still(FakeRig):
        def read(self, timeout: float) -> None:
            if self._closed:
                raise EOFError

    bench = make(rig=Still(net))
    assert bench.canvas.scene.kind == kind
    bench.live.spiked.emit([(0.0, 0), (0.0, max(n - 1, 0))])
    bench.live.frame.emit()
    bench.canvas.grab()
    assert bench.canvas.accessibleName()
    assert bench.panel._add.isVisible() == (n == 0)
    titles = {a.objectName(): a.text() for a in bench.panel.actions()}
    assert titles["bench.add"] == ("Add a neuron" if model == "lif" else "Add a board")


def test_view_is_remembered_and_nonsense_ignored(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.canvas.zoom(1.5)
    remembered = bench.panel.state()
    bench.canvas.fit()
    fitted = bench.canvas.view.scale
    bench.panel.restore(remembered)
    assert bench.panel.state() == remembered and bench.canvas.view.scale == pytest.approx(1.5 * fitted)
    for nonsense in ({}, {"scale": "x", "x": 0, "y": 0}, {"fit": False, "scale": float("nan"), "x": 1, "y": 1}):
        bench.panel.restore(nonsense)
        assert np.isfinite(bench.canvas.view.scale)


def test_zoom_keeps_the_point_under_the_pointer(make: Callable[..., Bench]) -> None:
    bench = make()
    about = QtCore.QPointF(300, 120)
    before = bench.canvas.view.to_bench(about)
    bench.canvas.zoom(1.7, about)
    after = bench.canvas.view.to_bench(about)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))


def test_language_and_theme_change_at_run_time(make: Callable[..., Bench]) -> None:
    bench = make()
    dark = bench.canvas.grab().toImage().pixelColor(2, 2)
    set_language("de")
    bench.panel.retranslate()
    bench.look.choose("light")
    assert {a.text() for a in bench.panel.actions()} >= {"Platine hinzufügen", "Platine entfernen"}
    assert bench.canvas.accessibleName() == "Werkbank: 2 Platinen"
    assert bench.canvas.grab().toImage().pixelColor(2, 2).lightness() > dark.lightness() + 100
    bench.look.choose("dark")


def test_every_control_has_a_name_and_every_action_a_key(make: Callable[..., Bench]) -> None:
    bench = make(Network(model="lui"))
    for widget in bench.panel.findChildren(QtWidgets.QWidget):
        if widget.focusPolicy() != QtCore.Qt.FocusPolicy.NoFocus and not isinstance(widget, QtWidgets.QLabel):
            interface = QtGui.QAccessible.queryAccessibleInterface(widget)
            assert interface.text(QtGui.QAccessible.Text.Name), widget
    keys = [a.shortcut().toString() for a in bench.panel.actions()]
    assert all(keys) and len(set(keys)) == len(keys)
    assert not set(keys) & {"Space", *"0123456789", *"PSRTFWCAULGN"}  # those are the window's and the scope's


def test_nothing_stays_when_it_closes(qtbot: QtBot) -> None:
    live, look = Live(), Look("dark")
    panel = BenchPanel(live, look)
    panel.show()
    live.adopt(FakeRig(two_boards()))
    qtbot.waitUntil(lambda: live.ring is not None)
    assert not panel.findChildren(QtCore.QTimer)
    panel.close()
    panel.deleteLater()
    QtWidgets.QApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    del panel
    gc.collect()
    live.select(1)  # signals to what is gone go nowhere
    live.turn(0, "r_leak", 5e3)
    live.frame.emit()
    live.close()
