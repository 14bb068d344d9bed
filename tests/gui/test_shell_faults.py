"""Errors from anywhere arrive in one place and are told once."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6 import QtCore
from shell_kit import ReplayFake, use_fake_panels, window

from luiapp.errors import FileError, LinkError
from luiapp.gui.banner import Banner, Notice
from luiapp.gui.faults import Fault, Faults
from luiapp.gui.theme import Look
from luiapp.texts import set_language


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def banner(qtbot: Any) -> Iterator[Banner]:
    look = Look()
    made = Banner(Faults(Path("/tmp/x.log")), look)
    qtbot.addWidget(made)
    made.retranslate()
    yield made


def test_a_stream_of_one_fault_is_told_once(qapp: Any) -> None:
    clock = Clock()
    faults = Faults(clock=clock)
    told: list[Fault] = []
    faults.told.connect(told.append)
    for _ in range(50):
        faults.take(LinkError("the port {port} went away", port="A"))
    assert len(told) == 1 and told[0].n == 50
    faults.take(LinkError("the port {port} went away", port="B"))
    assert len(told) == 2, "another port is another fault"
    faults.dismiss(told[0])
    for _ in range(10):
        clock.now += 4.0
        faults.take(LinkError("the port {port} went away", port="A"))
    assert len(told) == 2, "dismissed, and still streaming: quiet"
    clock.now += 6.0
    faults.take(LinkError("the port {port} went away", port="A"))
    assert len(told) == 3, "after a rest it is news"


def test_a_fault_in_each_frame_does_not_flood_the_log(qapp: Any, caplog: pytest.LogCaptureFixture) -> None:
    faults = Faults()
    with caplog.at_level(logging.ERROR, "luiapp.gui.faults"):
        for _ in range(1000):
            faults.take(ZeroDivisionError("in a paint"), "uncaught")
        faults.take(ZeroDivisionError("elsewhere"), "uncaught")
    told = [record.message for record in caplog.records]
    assert len(told) == 11  # 1, 2, 4 … 512, and the other one
    assert told[9:] == ["uncaught: in a paint (512 times)", "uncaught: elsewhere"]


def test_it_is_heard_from_threads_hooks_and_qt(qtbot: Any, tmp_path: Path) -> None:
    faults = Faults(tmp_path / "logs" / "luiapp.log")
    before = sys.excepthook, threading.excepthook
    faults.install()
    try:
        with qtbot.waitSignal(faults.told) as heard:
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
        assert isinstance(heard.args[0].error, ZeroDivisionError)
        with qtbot.waitSignal(faults.told) as heard:
            sys.excepthook(ValueError, ValueError("in a slot"), None)
        assert "in a slot" in heard.args[0].text
        QtCore.qWarning("only for the log")
        with qtbot.waitSignal(faults.told) as heard:
            QtCore.qCritical("painting failed")
        assert "painting failed" in heard.args[0].text
    finally:
        faults.uninstall()
    assert (sys.excepthook, threading.excepthook) == before
    log = (tmp_path / "logs" / "luiapp.log").read_text()
    for part in ("ZeroDivisionError", "in a slot", "only for the log", "painting failed", "Traceback"):
        assert part in log
    assert not [h for h in logging.getLogger("luiapp").handlers if isinstance(h, logging.FileHandler)]


def test_a_log_that_cannot_be_written_stops_nothing(qtbot: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    faults = Faults(tmp_path / "file" / "luiapp.log")
    with qtbot.waitSignal(faults.told):
        faults.install()
    faults.uninstall()
    assert faults.log is None


def test_the_banner_shows_one_after_the_other(banner: Banner) -> None:
    faults = banner._faults
    faults.take(LinkError("first"))
    faults.take(LinkError("second"))
    assert "First." in banner.text.text() and "1 more" in banner.more.text()
    banner.details.click()
    assert "/tmp/x.log" in banner.text.text()
    assert banner.dismiss() and "Second." in banner.text.text()
    assert "x.log" not in banner.text.text()
    faults.take(LinkError("second"))
    assert "(2×)" in banner.text.text()
    assert banner.dismiss() and not banner.isVisibleTo(None)
    assert not banner.dismiss()


def test_a_notice_waits_for_faults_and_its_button_acts(banner: Banner, qtbot: Any) -> None:
    done: list[int] = []
    banner._faults.take(LinkError("first"))
    banner.tell(Notice(lambda: "Saved", lambda: "Undo", lambda: done.append(1)))
    assert "First." in banner.text.text() and banner.property("role") == "problem"
    banner.dismiss()
    assert banner.text.text() == "Saved" and banner.property("role") == "notice"
    banner.act.click()
    assert done == [1] and banner.isHidden()


def test_faults_follow_the_language(banner: Banner) -> None:
    error = FileError("{file} isn't there; choose a recording that exists", file="a.mcap")
    banner._faults.take(error)
    english = banner.text.text()
    set_language("de")
    banner.retranslate()
    assert banner.text.text() != english and "a.mcap" in banner.text.text()


def test_a_problem_of_the_rig_reaches_the_window(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_fake_panels(monkeypatch)
    with window(qtbot, tmp_path) as kit:
        kit.live.problem.emit(LinkError("the cable is loose; plug it in"))
        assert "The cable is loose; plug it in." in kit.shell.banner.text.text()
        assert kit.shell.isVisible()


def test_what_a_rig_cannot_do_is_told_in_passing_and_is_no_fault(qtbot: Any, tmp_path: Path, monkeypatch: Any) -> None:
    use_fake_panels(monkeypatch)
    with window(qtbot, tmp_path) as kit:
        faults: list[Fault] = []
        kit.shell.faults.told.connect(faults.append)
        kit.live.adopt(ReplayFake())
        kit.live.kick(0)
        assert "no" in kit.shell.banner.text.text() and not kit.shell.banner.isHidden()
        assert faults == []
        kit.shell.banner.dismiss()
        assert kit.shell.banner.isHidden()
