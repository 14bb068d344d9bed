"""What comes back at the next start, and what happens when it can't."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import two_boards
from hypothesis import given
from hypothesis import strategies as st
from PySide6 import QtCore
from shell_kit import close_window, open_window, use_fake_panels

from luiapp.gui import session
from luiapp.gui.paths import Paths
from luiapp.gui.qt_texts import QtTexts
from luiapp.gui.settings import DEFAULTS, Settings


def test_what_is_put_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    settings = Settings(path)
    settings.put("theme", "stage")
    settings.put("network", two_boards().to_dict())
    settings.save()
    again = Settings(path)
    assert again.get("theme") == "stage" and again.get("network") == two_boards().to_dict()
    assert again.get("side") == DEFAULTS["side"] and again.set_aside is None
    assert list(tmp_path.glob("deep/*.part")) == []


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda t: t.encode()) |
       st.recursive(st.none() | st.integers() | st.text(max_size=5),
                    lambda c: st.dictionaries(st.sampled_from([*DEFAULTS, "version", "format"]), c, max_size=4))
       .map(lambda v: json.dumps(v).encode()))  # fmt: skip
def test_no_file_can_stop_the_start(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("s") / "settings.json"
    path.write_bytes(data)
    settings = Settings(path)
    for name, value in DEFAULTS.items():
        assert type(settings.get(name)) is type(value)
    if settings.set_aside is not None:
        assert settings.set_aside.read_bytes() == data and not path.exists()
    settings.save()
    assert Settings(path).set_aside is None


def test_a_value_of_the_wrong_type_is_ignored_and_others_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"format": "luiapp-settings", "version": 1, "theme": 3, "side": "boards", "new": [1]}))
    settings = Settings(path)
    assert settings.get("theme") == "dark" and settings.get("side") == "boards"
    settings.save()
    assert json.loads(path.read_text())["new"] == [1], "fields of a newer program survive"
    with pytest.raises(TypeError):
        settings.put("theme", 3)


def test_a_newer_file_is_set_aside_whole(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"format": "luiapp-settings", "version": 99, "theme": "light"}))
    settings = Settings(path)
    assert settings.get("theme") == "dark" and settings.set_aside is not None
    assert json.loads(settings.set_aside.read_text())["version"] == 99


def test_the_window_comes_back_as_it_was_left(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_fake_panels(monkeypatch)
    kit = open_window(qtbot, tmp_path)
    kit.live.turn(1, "r_leak", 12e3)
    kit.shell.show_place("recordings")
    kit.shell.deeds.next_theme()
    kit.shell.choose_language("de")
    kit.shell.main.setSizes([300, 400])
    sizes = kit.shell.main.sizes()
    close_window(kit)

    settings = Settings(Paths.under(tmp_path).settings)
    assert settings.get("theme") == "light" and settings.get("language") == "de"
    kit = open_window(qtbot, tmp_path, rig=False, theme=settings.get("theme"))
    assert kit.shell.place == "recordings" and kit.shell.main.sizes() == pytest.approx(sizes, abs=2)
    assert kit.shell.panels["bench"].restored == {"seen": 7}
    with qtbot.waitSignal(kit.live.rig_changed):
        assert kit.sources.open_stored(kit.settings.get("network"))
    assert kit.rig.network.parameter("r_leak")[1] == 12e3
    assert kit.rig.network.positions == two_boards().positions
    close_window(kit)


def test_what_was_done_is_kept_while_the_window_is_open(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_fake_panels(monkeypatch)
    monkeypatch.setattr(session, "KEEP_AFTER_MS", 1)
    kit = open_window(qtbot, tmp_path)

    def kept(name: str) -> Any:
        return Settings(kit.paths.settings).get(name)

    kit.live.turn(0, "r_leak", 12_345.0)
    qtbot.waitUntil(lambda: "12345.0" in json.dumps(kept("network")))
    kit.shell.choose_language("de")
    qtbot.waitUntil(lambda: kept("language") == "de")
    kit.shell.look.choose("light")
    kit.shell.deeds.everyday_theme = "light"
    qtbot.waitUntil(lambda: kept("theme") == "light")
    close_window(kit)


def test_stage_is_for_the_moment(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_fake_panels(monkeypatch)
    kit = open_window(qtbot, tmp_path, rig=False)
    kit.shell.deeds.stage(True)
    close_window(kit)
    settings = Settings(Paths.under(tmp_path).settings)
    assert settings.get("theme") == "dark" and settings.get("side_open")


def test_qts_own_texts_follow_the_language(qapp: Any) -> None:
    texts = QtTexts(qapp)
    english = QtCore.QCoreApplication.translate("QPlatformTheme", "Cancel")
    assert texts.load("de")
    assert QtCore.QCoreApplication.translate("QPlatformTheme", "Cancel") == "Abbrechen" != english
    assert not texts.load("xx")
    assert texts.load("en")
    assert QtCore.QCoreApplication.translate("QPlatformTheme", "Cancel") == english


def test_a_stored_circuit_that_is_broken_is_refused(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_fake_panels(monkeypatch)
    kit = open_window(qtbot, tmp_path, rig=False)
    assert not kit.sources.open_stored({"format": "luiapp-network", "version": 1, "neurons": [3]})
    assert not kit.sources.open_stored({})
    close_window(kit)


def test_the_home_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUIAPP_HOME", str(tmp_path))
    assert Paths.standard() == Paths.under(tmp_path)


def test_the_stage_leaves_no_sizes_behind(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_fake_panels(monkeypatch)
    kit = open_window(qtbot, tmp_path)
    kit.shell.resize(1366, 768)
    kit.shell.across.setSizes([1290 - 350, 350])
    qtbot.wait(50)
    before = kit.shell.across.sizes()
    session.remember(kit.shell)
    kept = kit.settings.get("splitter_side")
    kit.shell.deeds.stage(True)
    kit.shell.set_side_open(True)
    kit.shell.across.setSizes([200, 590])
    qtbot.wait(50)
    session.remember(kit.shell)
    assert kit.settings.get("splitter_side") == kept
    kit.shell.deeds.stage(False)
    qtbot.waitUntil(lambda: kit.shell.width() == 1366)
    qtbot.wait(50)
    assert kit.shell.across.sizes()[1] == pytest.approx(before[1], abs=8)
    close_window(kit)
