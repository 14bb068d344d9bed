"""What is behind a port, as told to a person: an adapter, a sketch, silence, another program, no permission."""

from __future__ import annotations

import os
import sys
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from luiapp.cli import checks
from luiapp.link.doctor import PortInfo, answer
from luiapp.link.port import open_port

sys.path.insert(0, str(Path(__file__).parents[1] / "rigs"))
sys.path.insert(0, str(Path(__file__).parents[1] / "firmware"))
from board_pty import FakeBoard
from devices import FIRMWARE, device, lacking


@pytest.fixture
def silent() -> Iterator[str]:
    master, slave = os.openpty()
    tty.setraw(slave)
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_a_sketch_is_no_adapter():
    with FakeBoard() as board:
        ours, text = answer(board.path, 2.0)
    assert not ours and "prints lines" in text


def test_silence_may_want_firmware(silent):
    ours, text = answer(silent, 0.3)
    assert not ours and "luiapp firmware flash" in text


def test_a_port_in_use_says_so(silent):
    wire = open_port(silent)
    try:
        ours, text = answer(silent, 0.3)
    finally:
        wire.close()
    assert not ours and "another program" in text


def test_nothing_there_says_so():
    ours, text = answer("/dev/ttyNothing", 0.3)
    assert not ours and text.startswith("there is no port /dev/ttyNothing")


@pytest.mark.skipif(bool(lacking("native")) or not (FIRMWARE / "Makefile").exists(), reason="needs a C compiler")
def test_an_adapter_tells_its_name_and_firmware(tmp_path):
    import subprocess

    subprocess.run(["make", "-C", str(FIRMWARE), f"{tmp_path}/adapter-host", f"BUILD={tmp_path}"], check=True,
                   capture_output=True)  # fmt: skip
    with device("native", tmp_path, tmp_path) as client:
        assert answer(client().path, 3.0) == (True, "adapter port, firmware 1.0.0")


def test_the_doctor_asks_known_boards_only_where_it_may(monkeypatch):
    infos = [PortInfo("a", "/dev/ttyA", "", "2341:0043", "Arduino Uno", "", True, ""),
             PortInfo("b", "/dev/ttyB", "", "2341:0043", "Arduino Uno", "", False, "type 'sudo usermod'"),
             PortInfo("c", "/dev/ttyC", "modem", "", "", "", True, "")]  # fmt: skip
    asked: list[str] = []

    def told(path: str) -> tuple[bool, str]:
        asked.append(path)
        return False, "no adapter: it prints"

    monkeypatch.setattr("luiapp.link.doctor.port_report", lambda: infos)
    monkeypatch.setattr("luiapp.link.doctor.answer", told)
    found = checks.serial_ports()
    assert asked == ["/dev/ttyA"]
    assert [check.ok for check in found] == [True, False, True]
    assert found[0].found.endswith("no adapter: it prints") and "usermod" in found[1].advice
