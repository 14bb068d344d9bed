"""`run` and `replay`: what reaches the window, and what is said where none can open."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from luiapp.cli.main import main

LINK = "luiapp://learn?beta=5"


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stands for the window: notes how it was opened."""
    opened: list[dict[str, Any]] = []

    def fake_main(**options: Any) -> int:
        opened.append(options)
        return 7

    app = ModuleType("luiapp.gui.app")
    app.main = fake_main  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "luiapp.gui.app", app)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return opened


def test_run_hands_everything_on(window: list[dict[str, Any]]) -> None:
    arguments = [
        "run",
        "--rig",
        "sim:ring",
        "--example",
        "ring",
        "--learn",
        LINK,
        "--chip",
        "12",
        "--lock",
        "--offscreen",
        "--seconds",
        "1500 ms",
    ]
    assert main([*arguments, "--out", "demo", "--theme", "stage", "--lang", "de"]) == 7
    assert window == [
        {"rig": "sim:ring", "example": "ring", "learn": LINK, "chip": 12, "lesson": None, "lock": True,
         "offscreen": True, "seconds": 1.5, "out": Path("demo"), "theme": "stage", "lang": "de"}
    ]  # fmt: skip


def test_run_alone(window: list[dict[str, Any]]) -> None:
    assert main(["run"]) == 7
    assert window == [
        {"rig": "sim", "example": None, "learn": None, "chip": None, "lesson": None, "lock": False,
         "offscreen": False, "seconds": None, "out": None, "theme": None, "lang": None}
    ]  # fmt: skip


def test_the_chip_that_nobody_numbers_is_the_seventh(window: list[dict[str, Any]]) -> None:
    assert main(["run", "--chip"]) == 7
    assert window[0]["chip"] == 7
    assert main(["run", "--chip", "-1"]) == 2


def test_replay_is_a_rig(window: list[dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    path.touch()
    assert main(["replay", str(path)]) == 7
    assert window[0]["rig"] == f"replay:{path}"


def test_replay_of_nothing(window: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tmp_path / "a.mcap")]) == 1
    assert "there is no file" in capsys.readouterr().err
    assert main(["replay", str(tmp_path)]) == 1
    assert "is a folder" in capsys.readouterr().err
    assert window == []


def test_no_display_is_a_clear_error(
    window: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["run"]) == 1
    assert "no display was found; --offscreen" in capsys.readouterr().err
    assert window == []
    monkeypatch.setenv("DISPLAY", ":9")
    assert main(["run"]) == 7


def test_a_missing_library_is_named_with_what_to_type(
    window: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Lacking(ModuleType):
        def __getattr__(self, name: str) -> Any:
            raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setitem(sys.modules, "luiapp.gui.app", Lacking("luiapp.gui.app"))
    assert main(["run"]) == 1
    assert "type: sudo apt-get install -y libegl1" in capsys.readouterr().err


def test_no_qt_is_a_clear_error(
    window: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["run"]) == 1
    assert "pip install PySide6-Essentials" in capsys.readouterr().err
    assert window == []


def test_preview_opens_the_lesson_once_it_is_right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from luiapp.course.template import write_template

    seen: list[dict[str, Any]] = []

    def record(*_args: Any, **given: Any) -> int:
        seen.append(given)
        return 0

    monkeypatch.setattr("luiapp.cli.window.open_window", record)
    write_template(tmp_path / "mine")
    assert main(["lesson", "preview", str(tmp_path / "mine")]) == 0
    assert seen == [{"rig": "sim", "example": None, "lesson": str((tmp_path / "mine").resolve())}]
    (tmp_path / "mine/lesson.md").write_text("nothing", "utf-8")
    assert main(["lesson", "preview", str(tmp_path / "mine")]) == 1 and len(seen) == 1
    assert main(["lesson", "preview"]) == 1
