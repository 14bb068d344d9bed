"""Two people who build a circuit on an empty bench: one with the mouse, one with keys alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from bench_desk import KEY, LEFT, Bench
from PySide6 import QtCore, QtGui, QtTest, QtWidgets

from luiapp.gui.bench.scene import Part, part_order
from luiapp.gui.bench.side import BenchSide
from luiapp.gui.bench.stimulus_state import FIELDS
from luiapp.model.items import ITEMS, Item
from luiapp.model.lui import KNOBS
from luiapp.model.network import Network

SHIFT = QtCore.Qt.KeyboardModifier.ShiftModifier
NONE = QtCore.Qt.KeyboardModifier.NoModifier


class Builder:
    """What both do alike; names and numbers are typed by either.

    Parameters
    ----------
    bench : Bench
        Empty.
    """

    def __init__(self, bench: Bench) -> None:
        self.bench, self.live, self.canvas, self.qtbot = bench, bench.live, bench.canvas, bench.qtbot
        self.canvas.lights.calm = self.canvas.play.calm = True
        self.panel = bench.panel
        self.side = BenchSide(bench.live, bench.look)
        self.qtbot.addWidget(self.side)
        self.side.resize(360, 900)
        self.side.show()

    def build(self, wanted: Network) -> Network:
        """Everything, in the order in which a person would."""
        for i, name in enumerate(wanted.names):
            self.add_board(wanted, i)
            self.name(name)
            for knob in KNOBS:
                self.turn(i, knob.name, knob.percent(float(wanted.parameter(knob.parameter)[i])))
            for k in range(3):
                if wanted.parameter(f"sign_{k + 1}")[i] < 0:
                    self.flip(i, k)
        for item in wanted.items:
            self.add_item(item)
            self.name(item.name)
            self.design(item)
        every = wanted.connections
        for pre, post, synapse in zip(every.pre.tolist(), every.post.tolist(), every.synapse.tolist(), strict=True):
            self.wire(pre, post, synapse)
        for link in wanted.stimuli:
            self.wire(link.item, link.i_neuron, link.synapse)
        assert self.live.network is not None
        return self.live.network

    def name(self, name: str) -> None:
        field = self.panel._name
        self.start_naming()
        assert field.isVisible()
        field.selectAll()
        self.qtbot.keyClicks(field, name)
        self.qtbot.keyClick(field, KEY.Key_Return)
        assert not field.isVisible(), field._note.text()

    def design(self, item: Item) -> None:
        """The stimulus of the selected item, chosen and typed."""
        panel, stimulus = self.side.item_panel, item.stimulus
        assert stimulus is not None and self.live.item == item.name
        box = panel._kind
        for _ in range(10):
            if box.currentData() == stimulus.kind:
                break
            self.qtbot.keyClick(box, KEY.Key_Down if box.currentIndex() < box.findData(stimulus.kind) else KEY.Key_Up)
        self._type(panel.times, "0")  # whatever comes fits between the ends of any interval
        for field in FIELDS[stimulus.kind]:
            value = getattr(stimulus, field.name)
            line = next(line for known, _, line in panel._fields if known.name == field.name)
            if value != getattr(panel.item.stimulus, field.name):
                self._type(line, f"{value:.9g}")
        self._type(panel.times, " ".join(f"{t:.9g}" for t in stimulus.times))

    def _type(self, field: Any, text: str) -> None:
        field.line.selectAll()
        self.qtbot.keyClicks(field.line, text)
        self.qtbot.keyClick(field.line, KEY.Key_Return)
        assert not field.note.isVisible(), field.note.text()

    def add_board(self, wanted: Network, i: int) -> None:
        raise NotImplementedError

    def start_naming(self) -> None:
        raise NotImplementedError

    def turn(self, i: int, name: str, percent: float) -> None:
        raise NotImplementedError

    def flip(self, i: int, k: int) -> None:
        raise NotImplementedError

    def add_item(self, item: Item) -> None:
        raise NotImplementedError

    def wire(self, source: int | str, post: int, synapse: int) -> None:
        raise NotImplementedError


class ByMouse(Builder):
    """Clicks, drags and turns of the wheel on the canvas."""

    def add_board(self, wanted: Network, i: int) -> None:
        self.canvas.fit()
        first = self.panel._add.isVisible()
        self.qtbot.mouseClick(self.panel._add if first else self.panel.add_bar.buttons[0], LEFT)
        self.canvas.fit()
        place = wanted.positions[i]
        assert place is not None
        grip = (62.0, 24.0)
        start = self._pixel(self.canvas.scene.at(i, grip))
        x, y = self.canvas.scene.centres[i]
        end = self._pixel(self.canvas.scene.at(i, grip) + QtCore.QPointF(place[0] - x, place[1] - y))
        self._drag(start, end)
        self.canvas.fit()

    def start_naming(self) -> None:
        scene = self.canvas.scene
        if self.live.item:
            thing = next(one for one in scene.things if one.item.name == self.live.item)
            at = thing.centre
        else:
            at = scene.at(self.live.selected, (8.0, 30.0))
        self.qtbot.mouseDClick(self.canvas, LEFT, pos=self._pixel(at))

    def turn(self, i: int, name: str, percent: float) -> None:
        pixel = self._pixel(self.canvas.scene.place_of(Part(i, "trimmer", name))[0])
        coarse, fine = divmod(round(10 * percent), 20)
        for notches, modifier in ((-60, NONE), (coarse, NONE), (fine, SHIFT)):  # from the end, where it is sure to be
            if notches:
                at = QtCore.QPointF(pixel)
                self.canvas.wheelEvent(QtGui.QWheelEvent(
                    at, self.canvas.mapToGlobal(at), QtCore.QPoint(), QtCore.QPoint(0, 120 * notches),
                    QtCore.Qt.MouseButton.NoButton, modifier, QtCore.Qt.ScrollPhase.NoScrollPhase, False))  # fmt: skip

    def flip(self, i: int, k: int) -> None:
        part = Part(i, "switch", f"sign_{k + 1}", k)
        self.qtbot.mouseClick(self.canvas, LEFT, pos=self._pixel(self.canvas.scene.place_of(part)[0]))

    def add_item(self, item: Item) -> None:
        self.qtbot.mouseClick(self.panel.add_bar.buttons[1], LEFT)
        menu = self.panel._items
        action = menu.actions()[list(ITEMS).index(item.kind)]
        self.qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
        self.canvas.fit()
        thing = next(one for one in self.canvas.scene.things if one.item.name == self.live.item)
        assert item.position is not None
        grip = thing.centre + QtCore.QPointF(20, 26)
        self._drag(self._pixel(grip), self._pixel(grip + QtCore.QPointF(*item.position) - thing.centre))
        self.canvas.fit()

    def wire(self, source: int | str, post: int, synapse: int) -> None:
        scene = self.canvas.scene
        if isinstance(source, str):
            start = next(one.jack for one in scene.things if one.item.name == source)
        else:
            start = scene.pin(source, 1)
        self._drag(self._pixel(start), self._pixel(scene.pad(post, synapse)))

    def _pixel(self, point: QtCore.QPointF) -> QtCore.QPoint:
        return self.canvas.view.to_pixel(point).toPoint()

    def _drag(self, start: QtCore.QPoint, end: QtCore.QPoint) -> None:
        self.qtbot.mousePress(self.canvas, LEFT, pos=start)
        for share in (0.5, 1.0):
            self.qtbot.mouseMove(self.canvas, start + (end - start) * share)
        self.qtbot.mouseRelease(self.canvas, LEFT, pos=end)


class ByKeys(Builder):
    """No pointer: shortcuts, Tab, arrows, Enter."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._to_bench()
        self.keys = {a.objectName(): a for a in bench.panel.actions()}
        self.canvas.setFocus()

    def add_board(self, wanted: Network, i: int) -> None:
        self._press("add")

    def start_naming(self) -> None:
        self._press("rename")

    def turn(self, i: int, name: str, percent: float) -> None:
        knob = next(one for one in KNOBS if one.name == name)
        before = 10 * knob.percent(self.bench.ohms(i, knob.parameter))
        if abs(10 * percent - before) < 1e-6:
            return
        self._go(Part(i, "trimmer", name))
        if abs(before - round(before)) > 1e-6:
            self.qtbot.keyClick(self.canvas, KEY.Key_Home)
            before = 0.0
        tenths = round(10 * percent) - round(before)
        up = tenths > 0
        big, rest = divmod(abs(tenths), 100)
        one, small = divmod(rest, 10)
        for n, key, modifier in ((big, KEY.Key_PageUp if up else KEY.Key_PageDown, NONE),
                                 (one, KEY.Key_Up if up else KEY.Key_Down, NONE),
                                 (small, KEY.Key_Up if up else KEY.Key_Down, SHIFT)):  # fmt: skip
            for _ in range(n):
                self.qtbot.keyClick(self.canvas, key, modifier)

    def flip(self, i: int, k: int) -> None:
        self._go(Part(i, "switch", f"sign_{k + 1}", k))
        self.qtbot.keyClick(self.canvas, KEY.Key_Minus)

    def add_item(self, item: Item) -> None:
        self._press("item")
        menu = self.panel._items
        for _ in range(list(ITEMS).index(item.kind)):
            self.qtbot.keyClick(menu, KEY.Key_Down)
        self.qtbot.keyClick(menu, KEY.Key_Return)

    def wire(self, source: int | str, post: int, synapse: int) -> None:
        self._select(source)
        self._press("wire")
        for _ in range(80):
            target = self.canvas.hands.wiring.target
            assert target is not None
            if target.i == post:
                break
            self.qtbot.keyClick(self.canvas, KEY.Key_Right)
        for _ in range((synapse - target.number) % 3):
            self.qtbot.keyClick(self.canvas, KEY.Key_Down)
        self.qtbot.keyClick(self.canvas, KEY.Key_Return)

    def _press(self, name: str) -> None:
        """A shortcut, as a key."""
        action = self.keys[f"bench.{name}"]
        assert action.isEnabled()
        self._to_bench()
        QtTest.QTest.keySequence(self.canvas, action.shortcut())

    def _to_bench(self) -> None:
        """The bench's window has the keyboard, as in the program, where there is only one window."""
        window = self.panel.window()
        if QtWidgets.QApplication.activeWindow() is not window:
            window.activateWindow()
            self.qtbot.waitUntil(lambda: QtWidgets.QApplication.activeWindow() is window)
        self.canvas.setFocus()

    def _select(self, key: int | str) -> None:
        self.canvas.setFocus()
        for _ in range(80):
            if self.canvas.chosen.main == key:
                return
            self._press("next")
        raise AssertionError(key)

    def _go(self, part: Part) -> None:
        """Tab until the part has the keys."""
        self.canvas.setFocus()
        if self.live.selected != part.i:
            self._select(part.i)
        parts = part_order(part.i)
        for _ in range(2 * len(parts)):
            if self.canvas.focus_part == part:
                return
            self.qtbot.keyClick(self.canvas, KEY.Key_Tab)
        raise AssertionError(part)


def plain(net: Network) -> dict[str, Any]:
    """What two circuits must share to be the same, whatever the order of their wires and however they stand."""
    every = net.connections
    return {
        "names": list(net.names),
        "parameters": {p.name: np.round(net.parameter(p.name), 3).tolist() for p in net.kind.parameters},
        "wires": sorted(zip(every.pre.tolist(), every.post.tolist(), every.synapse.tolist(), strict=True)),
        "stimuli": sorted((s.item, s.i_neuron, s.synapse, str(s.stimulus.to_dict())) for s in net.stimuli),
        "probes": sorted((p.i_neuron, p.quantity) for p in net.probes),
    }


__all__ = ["Builder", "ByKeys", "ByMouse", "plain"]
