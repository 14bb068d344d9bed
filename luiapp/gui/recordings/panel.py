"""The recordings: newest first, Enter replays, and all that one does with files."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.errors import FileError, LuiError
from luiapp.gui.banner import Notice
from luiapp.gui.controls import clock_text, label, push
from luiapp.gui.desk import Desk
from luiapp.gui.icons import icon
from luiapp.gui.recordings import state
from luiapp.gui.recordings.state import EXPORTS, Entry
from luiapp.gui.statusbar import decimal
from luiapp.texts import tr
from luiapp.units import format_quantity

_ROLE = QtCore.Qt.ItemDataRole.UserRole


class RecordingsPanel(QtWidgets.QWidget):
    """The list, and what can be done with the chosen one."""

    _measured = QtCore.Signal(object, object)  # path, duration; from the worker
    _exported = QtCore.Signal(object, object)  # files or None, error or None; from the worker

    def __init__(
        self,
        desk: Desk,
        parent: QtWidgets.QWidget | None = None,
        *,
        measure: Callable[[Path], float | None] = state.mcap_duration,
        export: Callable[[Path, str], list[Path]] = state.export,
    ) -> None:
        super().__init__(parent)
        self._desk, self._measure, self._export = desk, measure, export
        self._entries: list[Entry] = []
        self._known: dict[tuple[Path, float], float | None] = {}
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._renaming: Path | None = None
        self._build()
        self._measured.connect(self._take_duration)
        self._exported.connect(self._tell_export)
        desk.recording.changed.connect(self.refresh)
        desk.live.rig_changed.connect(self._enable)
        self.retranslate()
        self.restyle()

    def _build(self) -> None:
        self.title, self.about = label("title"), label("secondary", wrap=True)
        self.list = QtWidgets.QListWidget()
        self.list.setWordWrap(True)
        self.list.setMinimumHeight(160)
        self.list.itemActivated.connect(lambda _item: self.replay())
        self.list.currentItemChanged.connect(lambda *_: self._enable())
        self.list.itemChanged.connect(self._renamed)
        self.play = push(self.replay, "primary")
        self.again = push(self._desk.sources.back_to_live)
        self.export = QtWidgets.QPushButton()
        self.export.setMenu(QtWidgets.QMenu(self.export))
        self.export.menu().aboutToShow.connect(self.fill_exports)
        self.rename_button, self.delete_button = push(self.rename), push(self.delete)
        self.folder_button = push(self.show_folder)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        column.addWidget(self.title)
        column.addWidget(self.about)
        column.addWidget(self.list, 1)
        column.addWidget(self.play)
        self._grid = QtWidgets.QGridLayout()
        self._grid.setSpacing(8)
        column.addLayout(self._grid)
        column.addWidget(self.again)

    # -- what all panels have ------------------------------------------------------------------------------------

    def actions(self) -> list[QtGui.QAction]:  # type: ignore[override]
        """None of its own; the list's keys are Enter, F2 and Del."""
        return []

    def state(self) -> dict[str, Any]:
        """Nothing to remember: the folder is the state."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Nothing to restore."""

    def retranslate(self) -> None:
        """Texts in the language in use."""
        self.title.setText(tr("Recordings"))
        self.list.setAccessibleName(tr("Recordings, newest first"))
        self.play.setText(tr("Replay"))
        self.again.setText(tr("Leave the replay"))
        self.export.setText(tr("Export"))
        self.rename_button.setText(tr("Rename"))
        self.delete_button.setText(tr("Delete"))
        self.folder_button.setText(tr("Show folder"))
        self.refresh()

    def restyle(self) -> None:
        """Icons of the theme in use; large type needs a line for each button."""
        n_columns = 2 if self._desk.look.theme.scale < 1.2 else 1
        for i, one in enumerate((self.export, self.rename_button, self.delete_button, self.folder_button)):
            one.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)
            self._grid.addWidget(one, i // n_columns, i % n_columns)
        text = self._desk.look.theme.text
        for one, name in ((self.export, "export"), (self.rename_button, "rename"), (self.delete_button, "trash"),
                          (self.folder_button, "folder"), (self.again, "live")):  # fmt: skip
            one.setIcon(icon(name, text))

    def shut(self) -> None:
        """End the workers; hand what was deleted to the system's trash."""
        self._closing.set()
        for thread in self._threads:
            thread.join(10.0)
        state.empty_trash(self._desk.recording.folder, _discard)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Delete:
            self.delete()
        elif event.key() == QtCore.Qt.Key.Key_F2:
            self.rename()
        else:
            super().keyPressEvent(event)

    # -- the list ------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the folder anew."""
        chosen = self.chosen()
        writing = self._desk.recording.path
        self._entries = [
            replace(e, duration=self._known.get((e.path, e.modified)))
            for e in state.scan(self._desk.recording.folder)
            if e.path != writing
        ]
        with QtCore.QSignalBlocker(self.list):
            self.list.clear()
            for entry in self._entries:
                item = QtWidgets.QListWidgetItem(self._line(entry))
                item.setData(_ROLE, entry.path)
                item.setToolTip(str(entry.path))
                self.list.addItem(item)
                if entry.path == chosen or self.list.count() == 1:
                    self.list.setCurrentItem(item)
        n = len(self._entries)
        if n:
            self.about.setText(tr("Enter replays. Each plays back as if it were live, knobs included."))
        else:
            self.about.setText(tr("Nothing recorded yet. Press R to record what happens on the bench, and R to stop."))
        self._enable()
        self._measure_unknown()

    def chosen(self) -> Path | None:
        """The chosen recording."""
        item = self.list.currentItem()
        return item.data(_ROLE) if item is not None else None

    def replay(self) -> None:
        """Play the chosen recording."""
        path = self.chosen()
        if path is not None:
            self._desk.sources.open_recording(path)

    def rename(self) -> None:
        """Edit the name in the list."""
        item, path = self.list.currentItem(), self.chosen()
        if item is None or path is None:
            return
        with QtCore.QSignalBlocker(self.list):
            self._renaming = path
            item.setFlags(item.flags() | QtCore.Qt.ItemFlag.ItemIsEditable)
            item.setText(Entry(path, 0, 0.0).name)
        self.list.editItem(item)

    def delete(self) -> None:
        """Delete the chosen recording; the notice has the way back."""
        path = self.chosen()
        if path is None:
            return
        try:
            trashed = state.delete(path)
        except LuiError as error:
            self._desk.faults.take(error, "delete")
            return
        self.refresh()
        self._desk.tell(Notice(lambda: tr("Deleted: {file}", file=path.name), lambda: tr("Undo"),
                               lambda: self._restore(trashed, path)))  # fmt: skip

    def show_folder(self) -> None:
        """Open the folder in the system's file manager."""
        folder = self._desk.recording.folder
        folder.mkdir(parents=True, exist_ok=True)
        if not QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(folder))):
            self._desk.tell(Notice(lambda: tr("The recordings are in {folder}", folder=folder)))

    def fill_exports(self) -> None:
        """The menu of formats, anew."""
        menu = self.export.menu()
        menu.clear()
        for kind, _, text, _options in EXPORTS:
            menu.addAction(tr(text)).triggered.connect(lambda _c=False, k=kind: self.start_export(k))

    def start_export(self, kind: str) -> None:
        """Export the chosen recording in the background; a notice tells when it is done."""
        path = self.chosen()
        if path is None:
            return
        self._desk.tell(Notice(lambda: tr("Exporting {file} …", file=path.name)))

        def work() -> None:
            files, fault = None, None
            try:
                files = self._export(path, kind)
            except Exception as error:  # told to the person
                fault = error
            self._send(self._exported, files, fault)

        self._spawn(work, "export")

    def _restore(self, trashed: Path, path: Path) -> None:
        try:
            state.restore(trashed, path)
        except LuiError as error:
            self._desk.faults.take(error, "restore")
        self.refresh()

    def _renamed(self, item: QtWidgets.QListWidgetItem) -> None:
        path, self._renaming = self._renaming, None
        if path is None or item.data(_ROLE) != path:
            return
        try:
            new = state.rename(path, item.text())
            item.setData(_ROLE, new)
        except LuiError as error:
            self._desk.faults.take(error, "rename")
        QtCore.QTimer.singleShot(0, self, self.refresh)

    # -- in the background ---------------------------------------------------------------------------------------

    def _measure_unknown(self) -> None:
        unknown = [e for e in self._entries if (e.path, e.modified) not in self._known]
        if not unknown or not self.isVisible():
            return
        for entry in unknown:
            self._known[entry.path, entry.modified] = None

        def work() -> None:
            for entry in unknown:
                if self._closing.is_set():
                    return
                self._send(self._measured, entry, self._measure(entry.path))

        self._spawn(work, "measure")

    def _spawn(self, work: Callable[[], None], name: str) -> None:
        self._threads = [t for t in self._threads if t.is_alive()]
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    @staticmethod
    def _send(signal: Any, *values: object) -> None:
        try:
            signal.emit(*values)
        except RuntimeError:  # the window was closed meanwhile
            return

    def _take_duration(self, entry: Entry, duration: float | None) -> None:
        self._known[entry.path, entry.modified] = duration
        for i, one in enumerate(self._entries):
            item = self.list.item(i)
            if one.path == entry.path and item is not None and self._renaming != one.path:
                self._entries[i] = replace(one, duration=duration)
                with QtCore.QSignalBlocker(self.list):
                    item.setText(self._line(self._entries[i]))

    def _tell_export(self, files: list[Path] | None, error: Exception | None) -> None:
        if files is not None:
            names = ", ".join(f.name for f in files)
            self._desk.tell(
                Notice(lambda: tr("Saved: {file}", file=names), lambda: tr("Show folder"), self.show_folder)
            )
        elif isinstance(error, MemoryError):
            self._desk.faults.take(
                FileError("this recording is too long for that format; export a part of it"), "export"
            )
        elif error is not None:
            self._desk.faults.take(error, "export")

    def _line(self, entry: Entry) -> str:
        length = clock_text(entry.duration) if entry.duration is not None else "–"
        size = format_quantity(entry.size, "B", 3, decimal())
        when = entry.when or f"{datetime.fromtimestamp(entry.modified):%Y-%m-%d %H:%M}"
        return f"{entry.name}\n{when}   ·   {length}   ·   {size}"

    def _enable(self) -> None:
        there = self.list.currentItem() is not None
        for one in (self.play, self.export, self.rename_button, self.delete_button):
            one.setEnabled(there)
        rig = self._desk.live.rig
        self.again.setVisible(rig is not None and rig.kind == "replay")


def _discard(path: Path) -> bool:
    """Into the system's trash."""
    result = QtCore.QFile.moveToTrash(str(path))
    return bool(result[0] if isinstance(result, tuple) else result)
