"""A lesson's recording, watched step by step in the window: its goals are reached though nobody turns anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6 import QtCore
from shell_kit import Kit, use_fake_panels, window

from luiapp.course.library import lesson_names, lessons_folder
from luiapp.course.recorded import step_ends
from luiapp.files.npz import read_npz
from luiapp.gui.course.panel import CoursePanel
from luiapp.rigs.registry import open_rig
from luiapp.rigs.replay import ReplayRig
from luiapp.rigs.sim import SimRig
from luiapp.stream.source import SetSpeed

FIRST = lesson_names()[0]


@pytest.fixture
def kit(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    use_fake_panels(monkeypatch)
    monkeypatch.setattr(Kit, "make_sim", lambda self, network: SimRig(network))
    monkeypatch.setattr(Kit, "open_rig", lambda self, text: open_rig(text))
    with window(qtbot, tmp_path, rig=False) as made:
        with qtbot.waitSignal(made.live.rig_changed, timeout=60_000):
            made.sources.open_example("single")
        made.shell.show_place("course")
        yield made


def test_each_step_can_be_watched_and_counts(qtbot: Any, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = kit.shell.panels["course side"]
    assert isinstance(panel, CoursePanel)
    panel.begin(FIRST)
    qtbot.waitUntil(lambda: panel.session.history.now > 0.1, timeout=20_000)
    assert panel.replay.isVisibleTo(panel) and not panel.replay.back.isVisibleTo(panel)
    panel.go(1)
    with qtbot.waitSignal(kit.live.rig_changed, timeout=20_000):
        qtbot.mouseClick(panel.replay.play, QtCore.Qt.MouseButton.LeftButton)
    rig = kit.live.rig
    assert isinstance(rig, ReplayRig) and panel.replay.on and panel.replay.back.isVisibleTo(panel)
    start = step_ends(read_npz(lessons_folder() / FIRST / "recording.npz"))[0]
    qtbot.waitUntil(lambda: rig.position >= start, timeout=10_000)
    kit.live.send(SetSpeed(10.0))
    check = panel.play.lesson.task("fast")
    qtbot.waitUntil(lambda: panel.play.task_done(check), timeout=20_000)
    sent: list[Any] = []
    monkeypatch.setattr(kit.live, "send", sent.append)
    panel.do(panel.play.lesson.task("kick").acts)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: not panel.session._plan, timeout=10_000)
    qtbot.wait(20)
    assert sent == [], "what a lesson does was done in its recording"
    monkeypatch.delattr(kit.live, "send")
    panel.go(-1)
    qtbot.mouseClick(panel.replay.play, QtCore.Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: rig.position < start, timeout=10_000)  # the first step anew
    with qtbot.waitSignal(kit.live.rig_changed, timeout=20_000):
        qtbot.mouseClick(panel.replay.back, QtCore.Qt.MouseButton.LeftButton)
    assert isinstance(kit.live.rig, SimRig) and not panel.replay.on
