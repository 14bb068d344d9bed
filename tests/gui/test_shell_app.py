"""From the command to the first moving trace, and the run without a display."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeRig, two_boards
from PySide6 import QtGui, QtWidgets
from shell_kit import FakeExample, FakeWriter, use_fake_panels

from luiapp.errors import RigError
from luiapp.gui import app, recording, sources
from luiapp.gui.milestones import process_age
from luiapp.model.network import Network
from luiapp.stream.source import Kick


@pytest.fixture
def rigs(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[FakeRig]]:
    made: list[FakeRig] = []

    def simulate(network: Network) -> FakeRig:
        made.append(FakeRig(network))
        return made[-1]

    use_fake_panels(monkeypatch)
    monkeypatch.setenv("LUIAPP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LUIAPP_STARTUP", "1")
    monkeypatch.setattr(sources.Sources.__init__, "__kwdefaults__", {
        "make_sim": simulate, "open_rig": _broken, "examples": {"single": FakeExample("One", two_boards)},
    })  # fmt: skip
    monkeypatch.setattr(recording.Recording.__init__, "__kwdefaults__", {
        **(recording.Recording.__init__.__kwdefaults__ or {}), "make_writer": FakeWriter,
    })  # fmt: skip
    interval = sys.getswitchinterval()
    yield made
    sys.setswitchinterval(interval)
    application = QtWidgets.QApplication.instance()
    assert isinstance(application, QtWidgets.QApplication)
    application.setStyleSheet("")


def _broken(text: str) -> FakeRig:
    raise RigError("there is no rig '{text}'", text=text)


def test_without_a_display_a_picture_and_a_recording_are_left(
    rigs: list[FakeRig], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert app.main(offscreen=True, seconds=0.6, out=out, lang="en") == 0
    picture = QtGui.QImage(str(out / "luiapp.png"))
    assert (picture.width(), picture.height()) == app.OFFSCREEN_SIZE
    assert len({picture.pixel(x, y) for x in range(0, 1366, 7) for y in range(0, 768, 7)}) > 10
    lines = (out / "opening.mcap").read_text().splitlines()
    assert lines[-1] == "end" and len(lines) > 5
    assert [c for c in rigs[0].sent if isinstance(c, Kick)] == [Kick(0)] and rigs[0]._closed
    said = capsys.readouterr().out
    assert str(out / "luiapp.png") in said and str(out / "opening.mcap") in said
    startup = json.loads(said.splitlines()[0])["startup_s"]
    assert 0 < startup["first_paint"] < startup["first_moving_trace"] <= process_age()
    assert not (tmp_path / "home").exists(), "nobody's settings are touched"


def test_a_rig_that_does_not_exist_is_an_error_code_and_a_sentence(
    rigs: list[FakeRig], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.main(rig="board:nowhere", offscreen=True, seconds=0.2, out=tmp_path, lang="en") == 1
    assert "There is no rig 'board:nowhere'." in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_an_error_code(
    rigs: list[FakeRig], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert app.main(offscreen=True, seconds=0.2, out=tmp_path / "file" / "deep", lang="de") == 1
    assert "lässt sich nicht anlegen" in capsys.readouterr().out


def test_the_last_circuit_comes_back_and_broken_settings_are_told(rigs: list[FakeRig], tmp_path: Path) -> None:
    assert app.main(seconds=0.5, lang="de", theme="light") == 0
    stored = json.loads((tmp_path / "home" / "settings.json").read_text())
    stored["network"]["neurons"][1]["parameters"]["r_leak"] = 12345.0
    (tmp_path / "home" / "settings.json").write_text(json.dumps(stored))
    assert app.main(seconds=0.5) == 0
    assert rigs[1].network.parameter("r_leak")[1] == 12345.0
    assert stored["theme"] == "light"
    (tmp_path / "home" / "settings.json").write_text("{")
    assert app.main(seconds=0.5) == 0
    assert rigs[2].network.parameter("r_leak")[1] == two_boards().parameter("r_leak")[1]
    assert (tmp_path / "home" / "settings (set aside).json").read_text() == "{"
    assert (tmp_path / "home" / "luiapp.log").stat().st_size > 0
