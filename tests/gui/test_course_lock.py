"""The teacher's lock, and the circuits of a lesson: what may be changed, and what is there again afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6 import QtCore
from shell_kit import Kit

from luiapp.course.lesson import Act
from luiapp.course.library import open_lesson
from luiapp.course.lock import free
from luiapp.course.progress import Progress
from luiapp.errors import RigError
from luiapp.gui import lock as lock_module
from luiapp.gui.course.panel import CoursePanel
from luiapp.model.network import Network

Key = QtCore.Qt.Key
OWN = "two boards"  # what is on the bench before a lesson


@pytest.fixture
def kit(single: Kit) -> Kit:
    return single


@pytest.fixture
def panel(course: CoursePanel) -> CoursePanel:
    return course


def leak(kit: Kit, i: int = 0) -> float:
    assert kit.live.network is not None
    return float(kit.live.network.parameter("r_vleak")[i])


def test_locked_is_what_the_lesson_does_not_need(kit: Kit, panel: CoursePanel) -> None:
    live, shell, told = kit.live, kit.shell, []
    live.refused.connect(told.append)
    panel.begin("01-meet-lui")
    shell.actions_["lock"].trigger()
    assert live.lock.on and shell.deeds._strip.isVisible() and shell.settings.get("locked") is True
    live.turn(0, "r_vleak", 70e3)
    assert leak(kit) == pytest.approx(70e3)  # this lesson is about the leak
    network = live.network
    assert network is not None
    weight = float(network.parameter("r_w1")[0])
    live.turn(0, "r_w1", weight / 2)
    assert float(network.parameter("r_w1")[0]) == weight
    wider = network.copy()
    wider.neuron("more")
    live.rewire(wider, lambda: "")
    kit.sources.open_example("ring")
    kit.sources.open_text("board:/dev/null")
    assert live.network is not None and live.network.names == ["N1"] and not live.opening
    assert len(told) == 4 and all(isinstance(one, RigError) and "locked" in str(one) for one in told)
    can = live.describe()
    assert not can.can_rewire and can.parameters["r_vleak"] == "by wire" and can.parameters["r_w1"] == "fixed"
    live.undo.undo()
    assert leak(kit) != pytest.approx(70e3)  # undo is never locked


def test_places_and_keys_while_it_is_locked(kit: Kit, panel: CoursePanel) -> None:
    shell = kit.shell
    shell.show_place("bench")
    shell.actions_["lock"].trigger()
    assert shell.place == "course"  # where lessons are; nothing else is open
    open_ = {name for name, one in shell.rail.buttons.items() if one.isEnabled()}
    assert open_ == {"course"} and "lesson" in shell.rail.buttons["boards"].toolTip()
    actions = shell.actions_
    assert not actions["open"].isEnabled() and not shell.top.circuit.isEnabled()
    for name in ("pause", "undo", "redo", "help", "language", "stage", "theme", "sound", "record", "quit", "kick"):
        assert name in ("undo", "redo") or actions[name].isEnabled(), name
    kit.live.lock.leave_free(free(open_lesson("13-yin-yang")[0]))
    assert shell.rail.buttons["learn"].isEnabled() and not shell.rail.buttons["chip"].isEnabled()


def test_unlocking_needs_to_be_meant(qtbot: Any, kit: Kit, panel: CoursePanel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_module, "HOLD_MS", 300)
    lock, strip = kit.live.lock, kit.shell.deeds
    kit.shell.actions_["lock"].trigger()
    kit.shell.actions_["lock"].trigger()  # asks for the button instead
    assert lock.on and kit.shell.actions_["lock"].isChecked()
    hold = strip._strip.open_
    qtbot.keyClick(hold, Key.Key_Return)
    qtbot.mouseClick(hold, QtCore.Qt.MouseButton.LeftButton)
    assert lock.on
    qtbot.keyPress(hold, Key.Key_Return)
    qtbot.waitUntil(lambda: not lock.on, timeout=20_000)
    qtbot.keyRelease(hold, Key.Key_Return)
    assert not strip._strip.isVisible() and not kit.shell.actions_["lock"].isChecked()
    assert kit.shell.rail.buttons["boards"].isEnabled() and kit.live.describe().can_rewire
    assert kit.shell.settings.get("locked") is False


def test_the_lesson_itself_is_not_locked(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    kit.live.lock.put(True)
    panel.begin("04-adding-up")
    assert kit.live.network is not None and kit.live.network.name == panel.play.lesson.title
    qtbot.waitUntil(lambda: panel.session.history.now > 0.1, timeout=120_000)
    name = panel.session.names[0]
    panel.do((Act("turn", f"{name}.tau_syn", 33.0), Act("wire", f"{name}>{name}.3")))
    qtbot.waitUntil(lambda: kit.live.network is not None and (3 - 1) in kit.live.network.connections.synapse,
                    timeout=120_000)  # fmt: skip
    assert not kit.live.lock.free.part(name, "r_syn") or kit.live.lock.on


def test_undo_outlives_a_lesson_whose_stimuli_begin_anew(kit: Kit, panel: CoursePanel) -> None:
    live = kit.live
    live.turn(0, "r_vleak", 33e3)
    panel.begin("09-sound")
    assert live.network is not None and live.network.stimuli
    live.undo.undo()
    assert live.network is not None and live.network.name == OWN and not live.network.stimuli
    assert leak(kit) == pytest.approx(33e3)
    live.undo.undo()
    assert leak(kit) != pytest.approx(33e3)
    live.undo.redo()
    live.undo.redo()
    assert live.network is not None and live.network.stimuli


def test_the_own_circuit_comes_back_from_a_lessons_recording_too(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    panel.begin("01-meet-lui")
    kit.live.lock.put(True)
    with qtbot.waitSignal(kit.live.rig_changed, timeout=120_000):
        panel.replay.watch()  # the lesson's own recording isn't locked
    assert kit.live.rig is not None and kit.live.rig.kind == "replay"
    with qtbot.waitSignal(kit.live.rig_changed, timeout=120_000):
        panel.close_lesson()
    assert kit.live.rig.kind == "sim" and kit.live.network is not None and kit.live.network.name == OWN


def test_the_own_circuit_is_there_again_and_so_is_the_lessons(kit: Kit, panel: CoursePanel) -> None:
    live = kit.live
    live.turn(0, "r_vleak", 33e3)
    panel.begin("02-rest-and-leak")
    live.turn(0, "r_vleak", 44e3)
    panel.close_lesson()
    assert live.network is not None and live.network.name == OWN and leak(kit) == pytest.approx(33e3)
    panel.begin("02-rest-and-leak")  # another day
    assert leak(kit) == pytest.approx(44e3)
    kept = Progress(kit.paths.progress).get("–", "02-rest-and-leak")
    assert kept is not None and Network.from_dict(kept["circuit"]).parameter("r_vleak")[0] == pytest.approx(44e3)
    panel.open_circuit()
    fresh = leak(kit)
    assert fresh != pytest.approx(44e3)
    panel.reset()
    assert leak(kit) == fresh
    state = panel.state()
    again = CoursePanel(kit.desk)
    again.restore(state)
    again.close_lesson()
    assert live.network is not None and live.network.name == OWN and leak(kit) == pytest.approx(33e3)
    again.shut()
    again.deleteLater()
