"""One key records; the list shows, renames, deletes with a way back, exports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6 import QtCore, QtGui, QtWidgets
from shell_kit import Kit, use_fake_panels, window

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.errors import FileError, ParameterError
from luiapp.files import McapWriter
from luiapp.files.svg import COLOURS
from luiapp.gui.controls import clock_text
from luiapp.gui.recording import default_stem, free_path, safe_name
from luiapp.gui.recordings import state
from luiapp.gui.recordings.panel import RecordingsPanel
from luiapp.stream.source import Mark

Key = QtCore.Qt.Key


@pytest.fixture
def panel(qtbot: Any, kit: Kit) -> Iterator[RecordingsPanel]:
    folder = kit.recording.folder
    folder.mkdir(parents=True)
    for i, name in enumerate(("2026-11-20 09.00 old", "2026-11-22 14.03 synfire ring")):
        path = folder / f"{name}.mcap"
        path.write_bytes(b"x" * 1500 * (i + 1))
        os.utime(path, (1e9 + i, 1e9 + i))
    exported: list[tuple[Path, str]] = []

    def export(path: Path, kind: str) -> list[Path]:
        exported.append((path, kind))
        if kind == "wav":
            raise FileError("the disk is full; make room")
        return [path.with_suffix(".csv")]

    made = RecordingsPanel(kit.desk, measure=lambda path: 67.0, export=export)
    made.exported = exported  # type: ignore[attr-defined]
    qtbot.addWidget(made)
    made.show()
    yield made
    made.shut()


def test_one_key_records_and_the_file_is_complete(qtbot: Any, kit: Kit) -> None:
    qtbot.keyClick(kit.shell, Key.Key_R)
    assert kit.recording.active and kit.shell.top.record.text() == "0:00"
    writer = kit.writers[0]
    assert writer.path.parent == kit.recording.folder and writer.path.name.endswith(" two boards.mcap")
    assert writer.metadata["network"] == kit.rig.network.to_dict() and writer.metadata["kind"] == "sim"
    qtbot.keyClick(kit.shell, Key.Key_7)
    qtbot.waitUntil(lambda: Mark(7) in kit.rig.sent)
    qtbot.waitUntil(lambda: writer.path.exists() and "marker 7" in writer.path.read_text())
    with qtbot.waitSignal(kit.recording.finished):
        qtbot.keyClick(kit.shell, Key.Key_R)
    lines = writer.path.read_text().splitlines()
    assert lines[-1] == "end" and writer.closed and not kit.recording.active
    chunks = [tuple(map(int, line.split())) for line in lines[:-1] if line[0].isdigit()]
    for (first, n), (after, _) in pairwise(chunks):
        assert after == first + n, "no sample is missing between two chunks"
    assert writer.path.name in kit.shell.banner.text.text()
    assert kit.shell.top.record.text() == "Record"


def test_another_rig_ends_the_recording(qtbot: Any, kit: Kit) -> None:
    assert kit.recording.start()
    with qtbot.waitSignal(kit.live.rig_changed):
        kit.sources.open_example("other")
    assert not kit.recording.active and kit.writers[0].closed


def test_a_folder_that_cannot_be_made_is_told(qtbot: Any, kit: Kit) -> None:
    kit.recording.folder.write_text("a file is in the way")
    qtbot.keyClick(kit.shell, Key.Key_R)
    assert not kit.recording.active and not kit.shell.actions_["record"].isChecked()
    assert kit.shell.banner.isVisible() and str(kit.recording.folder) in kit.shell.banner.text.text()


def test_a_full_disk_ends_the_recording_and_is_told(qtbot: Any, kit: Kit) -> None:
    assert kit.recording.start()
    kit.writers[0].append = lambda chunk: (_ for _ in ()).throw(FileError("the disk is full; make room"))  # type: ignore[method-assign]
    qtbot.waitUntil(lambda: not kit.recording.active)
    assert "disk is full" in kit.shell.banner.text.text()
    assert kit.shell.top.record.text() == "Record"
    assert list(kit.recording.folder.iterdir()) == []  # not even the stub of a file with nothing in it


def test_nothing_is_recorded_without_a_rig(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_fake_panels(monkeypatch)
    with window(qtbot, tmp_path, rig=False) as kit:
        qtbot.keyClick(kit.shell, Key.Key_R)
        assert not kit.recording.active and kit.shell.banner.isVisible()
        assert not kit.shell.actions_["record"].isChecked()


@given(st.text(max_size=200))
def test_a_name_is_safe_on_every_system(text: str) -> None:
    name = safe_name(text)
    assert len(name) <= 80 and not set(name) & set('<>:"/\\|?*\n\0') and name == name.strip(" .")
    assert safe_name(name) == name


def test_names_tell_when_and_what_and_never_collide(tmp_path: Path) -> None:
    stem = default_stem("synfire: ring", datetime(2026, 11, 22, 14, 3))
    assert stem == "2026-11-22 14.03 synfire ring"
    names = []
    for _ in range(3):
        path = free_path(tmp_path, stem)
        path.touch()
        names.append(path.name)
    assert names == [f"{stem}.mcap", f"{stem} (2).mcap", f"{stem} (3).mcap"]


def test_the_list_is_newest_first_with_length_and_size(qtbot: Any, panel: RecordingsPanel) -> None:
    qtbot.waitUntil(lambda: "1:07" in panel.list.item(1).text())
    assert panel.list.item(0).text() == "synfire ring\n2026-11-22 14:03   ·   1:07   ·   3.00 kB"
    assert panel.list.item(1).text().startswith("old\n2026-11-20 09:00")


def test_enter_replays_the_chosen_one(qtbot: Any, kit: Kit, panel: RecordingsPanel) -> None:
    panel.list.setCurrentRow(1)
    panel.list.setFocus()
    with qtbot.waitSignal(kit.live.rig_changed):
        qtbot.keyClick(panel.list, Key.Key_Return)
    assert kit.live.rig is not None and kit.live.rig.kind == "replay"


def test_renaming_keeps_the_date(qtbot: Any, panel: RecordingsPanel) -> None:
    qtbot.keyClick(panel, Key.Key_F2)
    editor = panel.list.findChild(QtWidgets.QLineEdit)
    assert editor is not None and editor.text() == "synfire ring"
    editor.setText("a/b best")
    qtbot.keyClick(editor, Key.Key_Return)
    folder = panel._desk.recording.folder
    qtbot.waitUntil((folder / "2026-11-22 14.03 a b best.mcap").exists)
    assert not (folder / "2026-11-22 14.03 synfire ring.mcap").exists()
    with pytest.raises(ParameterError):
        state.rename(folder / "2026-11-22 14.03 a b best.mcap", "//")


def test_what_is_deleted_comes_back(qtbot: Any, kit: Kit, panel: RecordingsPanel) -> None:
    path = panel.chosen()
    assert path is not None
    data = path.read_bytes()
    qtbot.keyClick(panel, Key.Key_Delete)
    assert not path.exists() and panel.list.count() == 1
    assert kit.shell.banner.act.text() == "Undo"
    kit.shell.banner.act.click()
    assert path.read_bytes() == data and panel.list.count() == 2


def test_the_trash_is_handed_on_at_the_end(tmp_path: Path) -> None:
    paths = [tmp_path / "a.mcap", tmp_path / "b.mcap"]
    for path in paths:
        path.write_bytes(b"x")
        state.delete(path)
    state.empty_trash(tmp_path, lambda path: path.name == "a.mcap" and path.unlink() is None)
    assert [p.name for p in (tmp_path / state.TRASH).iterdir()] == ["b.mcap"], "what no trash takes is not lost"
    state.empty_trash(tmp_path, lambda path: path.unlink() is None)
    assert not (tmp_path / state.TRASH).exists()


def test_export_is_told_when_done_and_when_not(qtbot: Any, kit: Kit, panel: RecordingsPanel) -> None:
    panel.fill_exports()
    assert len(panel.export.menu().actions()) == len(state.EXPORTS)
    panel.export.menu().actions()[1].trigger()
    qtbot.waitUntil(lambda: "Saved" in kit.shell.banner.text.text())
    assert panel.exported == [(panel.chosen(), "csv-de")]  # type: ignore[attr-defined]
    panel.start_export("wav")
    qtbot.waitUntil(lambda: "disk is full" in kit.shell.banner.text.text())


def test_a_folder_that_is_not_there_is_an_invitation(qtbot: Any, kit: Kit) -> None:
    panel = RecordingsPanel(kit.desk)
    qtbot.addWidget(panel)
    assert panel.list.count() == 0 and "Press R" in panel.about.text() and not panel.play.isEnabled()
    panel.shut()


@pytest.mark.parametrize(
    "seconds, text", [(0, "0:00"), (59.99, "0:59"), (60, "1:00"), (3599.9, "59:59"), (3600, "1:00:00"), (-1, "0:00")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text
    assert clock_text(seconds, tenths=True, decimal=",").startswith(text + ",")


def recorded(path: Path, n: int = 2000) -> Path:
    """A recording of `n` ms, and, in the returned file, all but its end: what a killed program leaves."""
    layout = Layout(1e-3, (Trace("N1"),), ("N1",))
    writer = McapWriter(path, {})
    for first in range(0, n, 100):
        ramp = np.linspace(0, 1, 100, dtype=np.float32)[:, None]
        writer.append(Chunk(layout, first, ramp, np.array([first * 1e-3]), np.zeros(1, np.int32)))
        writer.flush()
    whole = path.read_bytes()
    writer.close()
    cut = path.with_name("cut.mcap")
    cut.write_bytes(whole)
    return cut


def test_the_length_of_a_recording_that_was_cut_off_is_known_too(tmp_path: Path) -> None:
    cut = recorded(tmp_path / "a.mcap")
    assert state.mcap_duration(tmp_path / "a.mcap") == pytest.approx(2.0, abs=0.11)  # as the index has it
    assert state.mcap_duration(cut) == pytest.approx(2.0)
    (tmp_path / "b.mcap").write_bytes(b"nothing of the kind")
    assert state.mcap_duration(tmp_path / "b.mcap") is None


def test_a_png_shows_what_was_recorded(qapp: object, tmp_path: Path) -> None:
    recorded(tmp_path / "a.mcap")
    (picture,) = state.export(tmp_path / "a.mcap", "png")
    image = QtGui.QImage(str(picture))
    assert picture.name == "a.png" and image.width() == 2700
    colours = {image.pixelColor(x, y).name() for x in range(0, 2700, 3) for y in range(0, image.height(), 3)}
    assert COLOURS[0].lower() in colours and "#ffffff" in colours
