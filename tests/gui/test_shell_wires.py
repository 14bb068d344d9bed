"""What happens to a port is told where everybody looks, and stays told until it is over."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6 import QtCore

from luiapp.data.chunk import Event
from luiapp.gui.banner import Notice
from luiapp.gui.boards.wires import Wires
from luiapp.gui.statusbar import StatusBar


class FakeLive(QtCore.QObject):
    noted = QtCore.Signal(list)
    rig_leaving = QtCore.Signal()

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.rig = SimpleNamespace(kind=kind)


def link(name: str, text: str, port: str = "ttyACM0") -> list[Event]:
    return [Event(0.0, "link", port, name, text), Event(0.0, "marker", value=1)]


@pytest.fixture
def told() -> list[str]:
    return []


def wires(told: list[str], kind: str = "board") -> tuple[FakeLive, Wires]:
    live = FakeLive(kind)

    def tell(notice: Notice) -> None:
        told.append(notice.text())

    return live, Wires(live, tell)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["gone", "missing", "denied", "busy", "other", "silent", "garbage"])
def test_trouble_is_told_and_stays_until_it_is_over(qapp: object, told: list[str], name: str) -> None:
    live, one = wires(told)
    live.noted.emit(link(name, "no permission; log out and in again"))
    assert told == ["No permission; log out and in again."]
    live.noted.emit([Event(1.0, "gap", "ttyACM0", "", 3)])
    assert one.sentence() == "no permission; log out and in again"
    live.noted.emit(link("data", "ttyACM0 sends lines at 115200 baud"))
    assert one.sentence() == ""
    assert told[1:] == ["ttyACM0 sends lines at 115200 baud."]


def test_a_port_that_works_from_the_start_needs_no_word(qapp: object, told: list[str]) -> None:
    live, _ = wires(told)
    live.noted.emit(link("open", "ttyACM0 is open"))
    live.noted.emit(link("data", "ttyACM0 sends lines at 115200 baud"))
    assert told == []


def test_of_two_ports_one_may_be_well(qapp: object, told: list[str]) -> None:
    live, one = wires(told)
    live.noted.emit(link("gone", "A went", "A"))
    live.noted.emit(link("gone", "B went", "B"))
    live.noted.emit(link("back", "A is back", "A"))
    assert one.trouble == {"B": "B went"}
    live.rig_leaving.emit()
    assert one.trouble == {}


def test_what_a_recording_tells_of_its_wires_is_history(qapp: object, told: list[str]) -> None:
    live, one = wires(told, "replay")
    live.noted.emit(link("gone", "it went"))
    assert (told, one.sentence()) == ([], "")


def test_few_counters_at_once_and_all_in_the_tool_tip(qapp: object) -> None:
    bar = StatusBar()
    bar._show_trouble(["a: 1", "b: 2", "c: 3", "d: 4"])
    assert (bar.trouble.text(), bar.trouble.toolTip()) == ("⚠ a: 1  ·  b: 2  ·  c: 3 …", "a: 1\nb: 2\nc: 3\nd: 4")
    bar._show_trouble(["a: 1"])
    assert (bar.trouble.text(), bar.trouble.toolTip()) == ("⚠ a: 1", "")
    bar._show_trouble([])
    assert bar.trouble.text() == ""
    bar.deleteLater()
