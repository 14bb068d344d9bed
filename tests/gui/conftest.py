"""What tests of the window share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from chip_desk import small_work
from shell_kit import Kit, close_window, open_window, use_fake_panels, window

from luiapp.gui.chip import engine as engine_module
from luiapp.gui.chip import panel as panel_module
from luiapp.gui.course.panel import CoursePanel
from luiapp.rigs.sim import SimRig

PATIENCE = 60_000  # ms until something that should happen counts as not happening, on a laden computer too


@pytest.fixture
def qtbot(qtbot: Any) -> Any:
    """pytest-qt's, with patience where a test names no time."""
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=PATIENCE)
    qtbot.waitSignal = partial(qtbot.waitSignal, timeout=PATIENCE)
    return qtbot


@pytest.fixture
def kit(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """A window with fakes behind it."""
    use_fake_panels(monkeypatch)
    kit = open_window(qtbot, tmp_path)
    yield kit
    close_window(kit)


@pytest.fixture
def single(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """A window with one board that is truly simulated."""
    use_fake_panels(monkeypatch)
    monkeypatch.setattr(Kit, "make_sim", lambda self, network: SimRig(network))
    with window(qtbot, tmp_path, rig=False) as made:
        with qtbot.waitSignal(made.live.rig_changed, timeout=120_000):
            made.sources.open_example("single")
        yield made


@pytest.fixture
def small_chip(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chip's page works on a small network."""
    monkeypatch.setattr(panel_module, "Engine", lambda serial: engine_module.Engine(serial, work=small_work))


@pytest.fixture
def course(kit: Kit) -> CoursePanel:
    """The window's course."""
    kit.shell.show_place("course")
    made = kit.shell.panels["course side"]
    assert isinstance(made, CoursePanel)
    return made
