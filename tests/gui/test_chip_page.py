"""The chip's page in the window: found in the rail, gone through by keys, left without a trace."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from chip_desk import small_network
from PySide6 import QtCore, QtGui, QtWidgets
from shell_kit import Kit

from luiapp.chip.store import open_calibration
from luiapp.gui.chip.map_state import of_circuit
from luiapp.gui.chip.panel import ChipPage
from luiapp.texts import set_language
from luiapp.train.store import open_model, save_model

Key = QtCore.Qt.Key


pytestmark = pytest.mark.usefixtures("small_chip")


def chip(qtbot: Any, kit: Kit) -> ChipPage:
    qtbot.mouseClick(kit.shell.rail.buttons["chip"], QtCore.Qt.MouseButton.LeftButton)
    page = kit.shell.pages.page
    assert isinstance(page, ChipPage)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.found.done == ("serial",), timeout=120_000)
    return page


def press(qtbot: Any, kit: Kit, key: Any) -> None:
    qtbot.keyClick(QtWidgets.QApplication.focusWidget() or kit.shell, key)


def rest(qtbot: Any, page: ChipPage, *done: str) -> None:
    def is_so() -> bool:
        return page.latest is not None and page.latest.found.done == done and not page.latest.busy

    qtbot.waitUntil(is_so, timeout=120_000)


def test_space_does_what_comes_next_and_the_chart_fills(qtbot: Any, kit: Kit) -> None:
    page = chip(qtbot, kit)
    assert not kit.rig.sent or "Kick" not in {type(one).__name__ for one in kit.rig.sent}
    assert [one.value is not None for one in page.chart.bars] == [True, False, False, False]
    boxes = page.bar.stations.boxes
    assert boxes["serial"].shown.done and boxes["calibrate"].shown.present and not boxes["run"].isEnabled()
    qtbot.mouseClick(boxes["place"], QtCore.Qt.MouseButton.LeftButton)  # calibration is left out
    rest(qtbot, page, "serial", "place")
    assert page.bar.go.text() == "Run"
    press(qtbot, kit, Key.Key_Space)
    rest(qtbot, page, "serial", "place", "run")
    assert [one.value is not None for one in page.chart.bars] == [True, True, False, False]
    assert boxes["run"].shown.line.endswith("right") and boxes["loop"].shown.present


def test_space_stops_what_is_being_done(qtbot: Any, kit: Kit) -> None:
    page = chip(qtbot, kit)
    press(qtbot, kit, Key.Key_W)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.busy == "calibrate", timeout=120_000)
    assert page.bar.go.text() == "Stop" and page.bar.stations.boxes["calibrate"].shown.busy
    assert not page.bar.through.isEnabled() and not page.bar.stations.boxes["place"].isEnabled()
    press(qtbot, kit, Key.Key_Space)
    rest(qtbot, page, "serial")
    assert page.bar.go.text() == "Calibrate" and page.bar.through.isEnabled()


def test_a_sample_runs_in_slow_motion_and_the_map_lights_up(qtbot: Any, kit: Kit) -> None:
    page = chip(qtbot, kit)
    assert page.slow.watched is None and not page.slow.play.isEnabled()
    page.engine.do("place")
    qtbot.waitUntil(lambda: page.slow.watched is not None, timeout=120_000)
    assert page.tabs.name == "slow" and page.slow.slow.playing
    press(qtbot, kit, Key.Key_P)
    assert not page.slow.slow.playing and not kit.live.paused
    watched = page.slow.watched
    assert watched is not None
    page.slow.slow.go(float(watched.time[0]))
    page.slow.change_pace(0)
    assert page.map.core.scene.rows
    at = page.slow.slow.at
    press(qtbot, kit, Key.Key_Period)
    assert page.slow.slow.at == pytest.approx(at + 1.7e-6)
    neuron = int(watched.spike_neuron[0])
    page.map.core.pick(of_circuit(int(watched.placed.wiring.circuit[neuron, 0])))
    assert page.slow.traces.neurons[0] == neuron
    press(qtbot, kit, Key.Key_N)
    qtbot.waitUntil(lambda: page.slow.watched is not watched, timeout=120_000)
    press(qtbot, kit, Key.Key_V)
    assert page.tabs.name != "slow" and page.tabs.by_hand


def test_another_number_is_another_chip_and_comes_back_at_the_next_start(qtbot: Any, kit: Kit) -> None:
    page = chip(qtbot, kit)
    page.bar.another.click()
    page.bar.serial.choose(12)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.found.serial == 12)
    rest(qtbot, page, "serial")
    page.tabs.choose("limits")
    page.map.choice.setCurrentIndex(2)
    state = page.state()
    page.tabs.choose("spread")
    page.map.choice.setCurrentIndex(0)
    page.bar.serial.choose(3)
    page.restore(state)
    assert page.bar.serial.value == 12
    page.bar.serial.choose(10**12)
    assert page.bar.serial.value == 2**31 - 1
    page.bar.serial.choose(0)
    page.bar.serial.setFocus()
    press(qtbot, kit, Key.Key_Down)
    assert page.bar.serial.value == 0, "there is none below"
    press(qtbot, kit, Key.Key_Up)
    assert page.bar.serial.value == 1
    page.restore(state)
    page.restore({"serial": -5})
    page.restore({"serial": "x", "beside": "nowhere", "colours": 3})
    assert page.tabs.name == "limits" and page.map.parameter == "threshold"
    assert page.bar.serial.value == 12


def test_a_network_from_a_file_and_a_file_that_is_none(qtbot: Any, kit: Kit, tmp_path: Path) -> None:
    page = chip(qtbot, kit)
    path = save_model(tmp_path / "net.npz", small_network())
    assert page.take_files([str(path)]) and not page.take_files(["circuit.json"])
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.found.name == "net.npz")
    assert "net.npz" in page.bar.network.text()
    (tmp_path / "none.npz").write_bytes(b"nothing")
    assert not page.open_from(tmp_path / "none.npz")
    assert kit.shell.banner.isVisible() and "none.npz" in kit.shell.banner.text.text()


def test_the_page_speaks_both_languages(qtbot: Any, kit: Kit) -> None:
    page = chip(qtbot, kit)
    set_language("de")
    kit.shell.retranslate()
    assert page.bar.go.text() == "Kalibrieren"
    assert page.bar.stations.boxes["loop"].shown.title == "Auf dem Chip lernen"
    assert "97" in page.chart.accessibleName() or "," in page.chart.accessibleName()


def test_nothing_is_left_behind_and_nothing_is_begun_before_it_is_shown(qtbot: Any, kit: Kit) -> None:
    assert not [t for t in threading.enumerate() if t.name == "chip"]
    page = chip(qtbot, kit)
    assert page._timer.isActive()
    kit.shell.choose_place("bench")
    assert not page._timer.isActive()
    press(qtbot, kit, Key.Key_W)
    page.shut()
    assert not [t for t in threading.enumerate() if t.name == "chip"]


def test_everything_that_takes_the_keyboard_has_a_name(qtbot: Any, kit: Kit) -> None:
    page = chip(qtbot, kit)
    lacking = [
        one
        for one in page.findChildren(QtWidgets.QWidget)
        if one.focusPolicy() != QtCore.Qt.FocusPolicy.NoFocus
        and one.isVisible()
        and not (one.accessibleName() or getattr(one, "text", str)())
        and type(one).__name__ != "QLineEdit"
    ]
    assert lacking == []


def test_the_network_of_the_learning_page_moves_onto_the_chip(
    qtbot: Any, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = chip(qtbot, kit)
    page._fill_menu()
    menu = page.bar.network.menu()
    assert [one.isEnabled() for one in menu.actions()][:3] == [True, False, True], "nothing was learned yet"
    kit.shell.choose_place("learn")
    learning = kit.shell.pages.page
    learning.turn("hidden", 20)
    qtbot.waitUntil(lambda: learning.latest is not None and learning.latest.setup.hidden == 20, timeout=120_000)
    kit.shell.choose_place("chip")
    page._fill_menu()
    menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.found.shape == (5, 20, 3), timeout=120_000)
    rest(qtbot, page, "serial")
    assert page.bar.network.text() == "Network: from the learning page"
    page.engine.do("place")
    qtbot.waitUntil(lambda: page.slow.watched is not None, timeout=120_000)


def test_the_lens_follows_the_map_and_is_undone_by_the_windows_keys(qtbot: Any, kit: Kit) -> None:
    page = chip(qtbot, kit)
    page.tabs.buttons["lens"].click()
    page.map.core.pick(of_circuit(300))
    assert page.lens.book.lens.circuit == 300 and not kit.shell.actions_["undo"].isEnabled()
    qtbot.waitUntil(lambda: page.lens.seen is not None and page.lens.seen.lens.circuit == 300, timeout=120_000)
    page.lens.codes["threshold"].slider.setValue(700)
    assert kit.shell.actions_["undo"].isEnabled()
    press(qtbot, kit, Key.Key_V)  # away from the slider, whose own keys these aren't
    kit.shell.actions_["undo"].trigger()
    assert page.lens.book.lens.turned == () and kit.shell.actions_["redo"].isEnabled()
    kit.shell.choose_place("bench")
    assert not kit.shell.actions_["redo"].isEnabled()


def test_network_calibration_and_figure_leave_the_page(qtbot: Any, kit: Kit, tmp_path: Path) -> None:
    page = chip(qtbot, kit)
    page.export.network_to(tmp_path / "net.npz")
    assert (open_model(tmp_path / "net.npz").weight == small_network().weight).all()
    page.export.calibration_to(tmp_path / "seven.npz")
    assert not (tmp_path / "seven.npz").exists(), "there is none yet"
    page.engine.do("calibrate")
    rest(qtbot, page, "serial", "calibrate")
    page.export.calibration_to(tmp_path / "seven.npz")
    assert open_calibration(tmp_path / "seven.npz").serial == 7
    for name in ("a.png", "a.svg"):
        page.export.figure_to(tmp_path / name)
    picture = QtGui.QImage(str(tmp_path / "a.png"))
    assert picture.size() == 2 * page.body.size() and "<svg" in (tmp_path / "a.svg").read_text()
    page.export.figure_to(tmp_path / "a.bmp")
    assert ".png or .svg" in kit.shell.banner.text.text() and not (tmp_path / "a.bmp").exists()
    page._fill_menu()
    assert all(one.isEnabled() for one in page.bar.network.menu().actions()[3:])
    calibration = page.latest.found.calibration  # type: ignore[union-attr]
    assert calibration is not None
    for button, measured in ((page.map.before, calibration.before), (page.map.after, calibration.after)):
        button.click()
        assert (page.map.core.scene.values == measured["leak"]).all()
    page.map.choice.setCurrentIndex(3)
    assert page.map.core.scene.values == pytest.approx(1e6 * calibration.after["tau_mem"])
    assert page.spread.spread is page.map.spread and "µs" in page.spread.accessibleName()
