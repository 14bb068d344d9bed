"""Ports appear, are chosen and opened; what went wrong is said in words."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from fakes import FakeRig
from PySide6 import QtCore
from shell_kit import Kit

from luiapp.data.chunk import Event
from luiapp.errors import LinkError, ParameterError
from luiapp.gui.boards.panel import BoardsPanel
from luiapp.gui.boards.state import VIRTUAL, Ports, link_sentence, parse_baud, supply_sentence
from luiapp.gui.boards.watch import PortWatch
from luiapp.gui.boards.wires import Wires
from luiapp.gui.scope.scene import supplies
from luiapp.gui.statusbar import TROUBLE, in_words, thousands
from luiapp.rigs.adapter import open_adapter
from luiapp.stream.source import Description, Mark

Key = QtCore.Qt.Key


@dataclass(frozen=True)
class Info:
    path: str
    recognised: str = ""
    description: str = ""
    advice: str = ""
    permitted: bool = True


UNO = Info("/dev/ttyACM0", "Arduino Uno")
BARE = Info("/dev/ttyUSB0", "", "USB serial", "join the group dialout: sudo usermod -aG dialout me", False)


@pytest.fixture
def panel(qtbot: Any, kit: Kit) -> BoardsPanel:
    kit.plugged.append(UNO)
    look(qtbot, kit)
    kit.shell.banner.dismiss()
    kit.shell.show_place("boards")
    made = kit.shell.panels["boards side"]
    assert isinstance(made, BoardsPanel)
    made.ports.open = lambda paths: _open(kit, made.ports.text(paths))  # type: ignore[method-assign]
    return made


def look(qtbot: Any, kit: Kit) -> None:
    """Have the ports listed once more, and wait for it."""
    qtbot.waitUntil(lambda: kit.watch._thread is None or not kit.watch._thread.is_alive())
    with qtbot.waitSignal(kit.watch.changed):
        kit.watch.look()


def _open(kit: Kit, text: str) -> FakeRig:
    rig = kit.open_rig(text)
    rig.name = text
    rig.describe = lambda: Description({}, frozenset({Mark}), False)  # type: ignore[method-assign]
    rig.health = lambda: {"lines": 12345, "bad_lines": 3, "reconnects": 0, "gaps": 1, "baud": 115200}  # type: ignore[method-assign]
    return rig


def test_ports_come_and_go_off_the_guis_thread(qtbot: Any, kit: Kit, panel: BoardsPanel) -> None:
    threads = []
    kit.watch._lister = lambda: threads.append(threading.current_thread()) or list(kit.plugged)  # type: ignore[func-returns-value]
    assert panel.list.item(0).text() == "Arduino Uno\n/dev/ttyACM0"
    kit.plugged.append(BARE)
    look(qtbot, kit)
    assert panel.list.count() == 3  # and the virtual adapter
    assert panel.list.currentRow() == 1, "what was just plugged in is chosen"
    assert "dialout" in panel.advice.text()
    assert not kit.shell.banner.isVisible(), "it is seen in the list"
    kit.plugged.clear()
    look(qtbot, kit)
    assert panel.list.count() == 1
    assert panel.list.currentItem().text().startswith("Virtual") and "cable" in panel.advice.text()
    assert threads and threading.main_thread() not in threads


def test_plugging_in_is_seen_from_everywhere_and_one_click_connects(qtbot: Any, kit: Kit) -> None:
    qtbot.waitUntil(lambda: kit.watch.ports == [])
    kit.plugged.append(UNO)
    look(qtbot, kit)
    assert kit.shell.banner.text.text() == "Plugged in: Arduino Uno (/dev/ttyACM0)"
    opened: list[Any] = []
    Ports.open, before = lambda self, paths: opened.append(paths) or _open(kit, self.text(paths)), Ports.open  # type: ignore
    try:
        with qtbot.waitSignal(kit.live.rig_changed):
            kit.shell.banner.act.click()
    finally:
        Ports.open = before  # type: ignore[method-assign]
    assert opened == [["/dev/ttyACM0"]] and kit.shell.top.badge.text() == "BOARD"
    assert kit.shell.panels["boards side"].isVisible()


def test_the_status_bar_says_why_nothing_comes(qtbot: Any, kit: Kit, panel: BoardsPanel) -> None:
    with qtbot.waitSignal(kit.live.rig_changed):
        qtbot.keyClick(panel.list, Key.Key_Return)
    status = kit.shell.status
    status.wires = one = Wires(kit.live, lambda _notice: None)
    one.follow([Event(0.0, "link", "ttyACM0", "gone", "it went; plug it in again")])
    status.show_live(kit.live, None)
    assert status.state.whole == "⚠ it went; plug it in again"
    one.follow([Event(0.0, "link", "ttyACM0", "back", "it is back")])
    status.show_live(kit.live, None)
    assert status.state.whole.startswith("Source: ")


def test_one_key_connects_and_the_window_shows_it(qtbot: Any, kit: Kit, panel: BoardsPanel) -> None:
    kit.live.turn(0, "r_vleak", 73e3)
    panel.list.setFocus()
    with qtbot.waitSignal(kit.live.rig_changed):
        qtbot.keyClick(panel.list, Key.Key_Return)
    assert kit.live.rig is not None and kit.live.rig.name == "board:/dev/ttyACM0"
    assert kit.shell.top.badge.text() == "BOARD"
    assert panel.counters.text() == "baud rate: 115\u202f200\nlines: 12\u202f345"
    assert panel.faults.text() == "⚠ unreadable lines: 3\n⚠ gaps: 1"
    kit.shell.status.show_live(kit.live, None)
    assert kit.shell.status.trouble.text() == "⚠ unreadable lines: 3  ·  gaps: 1"
    assert not kit.shell.actions_["pause"].isEnabled() and not kit.shell.top.speed.isEnabled()
    with qtbot.waitSignal(kit.live.rig_changed):
        panel.back.click()
    assert kit.shell.top.badge.text() == "SIM" and not panel.back.isVisible()
    assert kit.shell.actions_["pause"].isEnabled() and kit.shell.top.speed.isEnabled()
    assert kit.rig.network.parameter("r_vleak")[0] == 73e3, "the simulation comes back as it was left"


def test_several_ticked_ports_are_one_rig_with_the_chosen_baud_rate(qtbot: Any, kit: Kit, panel: BoardsPanel) -> None:
    kit.plugged.append(BARE)
    look(qtbot, kit)
    panel.list.setFocus()
    for key in (Key.Key_Up, Key.Key_Plus, Key.Key_Down, Key.Key_Plus):
        qtbot.keyClick(panel.list, key)
    panel.baud.setCurrentIndex(panel.baud.findData(9600))
    with qtbot.waitSignal(kit.live.rig_changed):
        panel.go.click()
    assert kit.live.rig is not None and kit.live.rig.name == "board:/dev/ttyACM0@9600,/dev/ttyUSB0@9600"


def test_a_typed_path_is_added_ticked_and_remembered(qtbot: Any, kit: Kit, panel: BoardsPanel) -> None:
    panel.path.setText(" /dev/pts/7 ")
    qtbot.keyClick(panel.path, Key.Key_Return)
    assert panel.path.text() == "" and panel.list.item(1).text() == "/dev/pts/7"
    assert panel.list.item(1).checkState() == QtCore.Qt.CheckState.Checked
    panel.path.setText("a,b")
    qtbot.keyClick(panel.path, Key.Key_Return)
    assert kit.shell.banner.isVisible() and panel.list.count() == 3
    again = BoardsPanel(replace(kit.desk, watch=PortWatch(kit.shell, lister=list)))
    qtbot.addWidget(again)
    again.restore(panel.state())
    assert again.ports.paths() == ["/dev/pts/7", VIRTUAL]
    again.restore({"typed": 3, "baud": "x", "vref": []})
    assert again.ports.paths() == ["/dev/pts/7", VIRTUAL]


def test_a_lister_that_fails_is_told_once(qtbot: Any) -> None:
    def broken() -> list[Any]:
        raise LinkError("the ports can't be listed")

    watch = PortWatch(lister=broken)
    told: list[Exception] = []
    watch.failed.connect(told.append)
    for _ in range(3):
        watch.look()
        assert watch._thread is not None
        watch._thread.join()
        QtCore.QCoreApplication.processEvents()
    assert len(told) == 1 and watch.ports is None
    watch.shut()


def test_what_is_chosen() -> None:
    ports = Ports()
    assert ports.chosen() == []
    assert ports.update([UNO]) == (["/dev/ttyACM0"], [])
    assert ports.chosen() == ["/dev/ttyACM0"]
    ports.update([UNO, BARE])
    assert ports.chosen() == [] and ports.chosen("/dev/ttyUSB0") == ["/dev/ttyUSB0"]
    ports.tick("/dev/ttyACM0", True)
    assert ports.chosen("/dev/ttyUSB0") == ["/dev/ttyACM0"], "ticks count more than the line"
    assert ports.update([BARE]) == ([], ["/dev/ttyACM0"])
    assert ports.chosen() == ["/dev/ttyUSB0"], "an unplugged port isn't opened"
    assert ports.text(["COM3", "COM4"]) == "board:COM3,COM4"


def test_baud_rates() -> None:
    assert parse_baud("115200") == 115200
    for text in ("", "fast", "3", "1e9", "115200.5"):
        with pytest.raises(ParameterError):
            parse_baud(text)


def test_counters_in_words() -> None:
    assert in_words({"bad_lines": 0, "gaps": 2, "x": 5, "late": "no"}, TROUBLE) == ["gaps: 2"]
    assert thousands(1234567) == "1\u202f234\u202f567"


def test_the_virtual_adapter_is_the_last_of_the_list_and_needs_no_port(
    qtbot: Any, kit: Kit, panel: BoardsPanel
) -> None:
    assert panel.ports.paths()[-1] == VIRTUAL and panel.ports.text([VIRTUAL]) == "board:virtual"
    qtbot.waitUntil(lambda: kit.live.rig is not None and not kit.live.opening)
    kit.live.adopt(open_adapter(VIRTUAL))
    qtbot.waitUntil(lambda: kit.live.ring is not None and kit.live.ring.layout.kind == "board", timeout=120_000)
    qtbot.waitUntil(lambda: kit.live.ring.head > 300, timeout=120_000)
    assert kit.live.ring.layout.neurons == tuple(f"N{k}" for k in range(1, 9))
    assert "(virtual)" in kit.live.rig.name and panel.adapter.isVisibleTo(panel)
    panel._show_counters()
    assert panel.adapter.sentence.text().startswith("All is well")
    panel.adapter.name.setText("Hugo")
    panel.adapter.rename()
    qtbot.waitUntil(lambda: kit.live.rig.source.adapters[0].label == "Hugo", timeout=5000)
    panel.adapter.test()
    qtbot.waitUntil(lambda: kit.live.rig.source.intakes[0].self_test is not None, timeout=5000)
    panel._show_counters()
    assert "2.50 V" in panel.adapter.result.text()
    head = kit.live.ring.head
    qtbot.waitUntil(lambda: kit.live.ring.head > head + 300, timeout=5000)  # and the stream goes on
    # A supply that fired boards have told, as the panel says it and the scope draws it.
    qtbot.waitUntil(lambda: bool(np.isfinite(kit.live.supply()[:3]).all()), timeout=120_000)
    panel._show_counters()
    assert re.search(r"N1\s(2\.9|3\.0)", panel.supply.text())
    np.testing.assert_allclose(supplies(None, 8, kit.live.supply())[:3], 3.0, rtol=0.02)
    # Board 7 rests: its calibration goes the guided way.
    box = panel.adapter.calibration
    box.open.click()
    box.board.setCurrentIndex(0)
    qtbot.waitUntil(lambda: not np.isnan(box._read()[0]))
    box.refresh()
    assert "isn't at rest" in box.reading.text()
    box.board.setCurrentIndex(6)
    mean, spread = box._read()
    assert spread < 0.01
    box.volts.setText(f"{1000 * mean + 25:.1f} mV")
    box.store()
    assert box.said.text() == "N7: put right by +25.0 mV." and box.board.currentText() == "N8"
    qtbot.waitUntil(lambda: kit.live.rig.source.intakes[0].calibration[6][1] == pytest.approx(0.025, abs=1e-4))
    box.board.setCurrentIndex(6)
    box.clear()
    qtbot.waitUntil(lambda: kit.live.rig.source.intakes[0].calibration[6] == (0.0, 0.0))


def test_a_weak_cell_is_named() -> None:
    assert supply_sentence(("A", "B", "C"), [2.98, 2.31, float("nan")], ",") == (
        "Supply, from the height of spikes: A\u00a02,98\u00a0V, B\u00a02,31\u00a0V. ⚠ New cells soon: B."
    )
    assert supply_sentence(("A",), [float("nan")], ".") == "" and supply_sentence((), [], ".") == ""


@pytest.mark.parametrize("trouble", ["lost_sets", "overruns", "lost_frames", "bad_frames", "lost_spikes", "restarts"])
def test_trouble_on_the_link_is_told_with_what_to_do(trouble: str) -> None:
    well: dict[str, int | float | str] = {"ports_open": 1, "round_trip_ms": 3.2, "drift_ppm": -50.0}
    assert link_sentence(well, ",").endswith("Its clock loses 3,0 ms a minute, which is put right.")
    said = link_sentence({**well, trouble: 2}, ".")
    assert said != link_sentence(well, ".") and said.count(".") + said.count("?") == 1
    assert link_sentence({**well, "ports_open": 0, trouble: 2}, ".") == "Waiting for the adapter."
