"""Two runs side by side."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6 import QtCore, QtWidgets
from shell_kit import Kit, close_window, open_window, settle, use_fake_panels

from luiapp.gui.training.panel import LearnPage
from luiapp.gui.training.rival import differences
from luiapp.gui.training.setup_state import Setup
from luiapp.texts import set_language

Key = QtCore.Qt.Key


def compared(qtbot: Any, kit: Kit) -> LearnPage:
    """The page with a second run, both at their beginning."""
    kit.shell.choose_place("learn")
    page = kit.shell.pages.page
    assert isinstance(page, LearnPage)
    qtbot.waitUntil(lambda: page.latest is not None, timeout=120_000)
    qtbot.keyClick(kit.shell, Key.Key_K)
    qtbot.waitUntil(lambda: page.rival.latest is not None, timeout=120_000)
    return page


def test_both_learn_the_same_until_a_knob_is_turned(qtbot: Any, kit: Kit) -> None:
    page = compared(qtbot, kit)
    assert page.rival.isVisible() and not page.figures.table.isVisible() and page.knobs.compare.isChecked()
    assert "same set-up" in page.rival.told.text()
    qtbot.keyClick(kit.shell, Key.Key_E)
    qtbot.waitUntil(lambda: _epochs(page) == (1.0, 1.0), timeout=120_000)
    assert page.latest is not None and page.rival.latest is not None
    assert (page.latest.weight == page.rival.latest.weight).all()
    page.turn("beta", 50.0)
    page.turn("rate", 0.02)
    qtbot.keyClick(kit.shell, Key.Key_E)
    qtbot.waitUntil(lambda: _epochs(page) == (2.0, 2.0), timeout=120_000)
    assert (page.latest.weight != page.rival.latest.weight).any()
    assert page.rival.told.text() == "Steepness β 10, Learning rate 0.005"
    grey = page.figures.accuracy.series[0]
    assert grey.y.tolist() == [m.accuracy for m in page.rival.marks] and grey.style == "dotted"


def test_both_follow_probe_timeline_and_reset(qtbot: Any, kit: Kit) -> None:
    page = compared(qtbot, kit)
    qtbot.keyClick(kit.shell, Key.Key_E)
    qtbot.waitUntil(lambda: _epochs(page) == (1.0, 1.0), timeout=120_000)
    qtbot.mouseClick(page.rival.map, QtCore.Qt.MouseButton.LeftButton,
                     pos=page.rival.map.to_pixel(0.7, 0.4).toPoint())  # fmt: skip
    assert page.map.place == page.rival.map.place != (0.62, 0.78)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.inside.place == page.map.place)
    page.look_back(0)
    qtbot.waitUntil(lambda: page.rival.latest is not None and page.rival.latest.past is page.rival.latest.marks[0])
    page.reset()
    qtbot.waitUntil(lambda: _epochs(page) == (0.0, 0.0))


def test_the_second_run_ends_with_its_thread(qtbot: Any, kit: Kit) -> None:
    page = compared(qtbot, kit)
    page.kick()
    assert len([t for t in threading.enumerate() if t.name == "learn"]) == 2
    kit.shell.choose_place("bench")
    assert page.rival.engine is not None and not page.rival.engine.playing
    kit.shell.choose_place("learn")
    qtbot.mouseClick(page.knobs.compare, QtCore.Qt.MouseButton.LeftButton)
    assert len([t for t in threading.enumerate() if t.name == "learn"]) == 1
    assert page.figures.table.isVisible() and not page.rival.isVisible() and page.engine.playing


def test_differences_are_told_by_their_knobs() -> None:
    one = Setup()
    assert differences(one, one) == ""
    assert differences(one, replace(one, hidden=20, attached=True)) == "Hidden neurons 120, Reset learns no"
    assert differences(one, replace(one, delays="axonal")) == "", "it means nothing to the method"


@pytest.mark.parametrize("theme", ["light", "stage"])
def test_nothing_is_cut_with_two_runs_in_german(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    use_fake_panels(monkeypatch)
    set_language("de")
    kit = open_window(qtbot, tmp_path, theme=theme)
    try:
        kit.shell.resize(1366, 768)
        page = compared(qtbot, kit)
        page.turn("beta", 0.5)
        settle()
        settle()
        assert (kit.shell.width(), kit.shell.height()) == (1366, 768)
        for one in page.findChildren(QtWidgets.QWidget):
            if one.isVisible():
                corner = one.mapTo(page, one.rect().bottomRight())
                assert corner.x() < page.width() and corner.y() < page.height(), (type(one), one.accessibleName())
    finally:
        close_window(kit)


def test_the_card_of_keys_tells_what_they_mean_on_the_page(qtbot: Any, kit: Kit) -> None:
    compared(qtbot, kit)
    qtbot.keyClick(kit.shell, Key.Key_F1)
    shown = {one.text() for one in kit.shell.help.findChildren(QtWidgets.QLabel)}
    assert {"Learn, or pause", "Compare two runs", "Save the network", "Everything also works by mouse."} <= shown
    assert "Make the neuron spike" not in shown and "Set a marker" not in shown
    qtbot.keyClick(kit.shell, Key.Key_Escape)
    kit.shell.choose_place("bench")
    qtbot.keyClick(kit.shell, Key.Key_F1)
    shown = {one.text() for one in kit.shell.help.findChildren(QtWidgets.QLabel) if one.isVisible()}
    assert "Make the neuron spike" in shown and "Compare two runs" not in shown


def _epochs(page: LearnPage) -> tuple[float, float]:
    other = page.rival.latest
    return (page.latest.epochs if page.latest is not None else -1.0, other.epochs if other is not None else -1.0)
