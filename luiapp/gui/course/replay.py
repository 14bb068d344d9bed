"""The recording that lies beside a lesson: each step can be watched as the robot did it, with no board at all."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6 import QtWidgets

from luiapp.course.library import find_lesson
from luiapp.course.recorded import recording_of, step_ends
from luiapp.errors import LuiError
from luiapp.gui.controls import push
from luiapp.gui.course.state import Session
from luiapp.gui.desk import Desk
from luiapp.stream.source import Seek
from luiapp.texts import tr


class Host(Protocol):
    """The panel, as far as this row needs it."""

    session: Session


class ReplayRow(QtWidgets.QWidget):
    """A button that plays the open step's part of the recording, and another that goes back to the bench."""

    def __init__(self, host: Host, desk: Desk) -> None:
        super().__init__()
        self._host, self._desk = host, desk
        self._path: Path | None = None  # of the open lesson
        self._starts: list[float] = []  # s, of each step in the recording that is played
        self.play, self.back = push(self.watch), push(desk.sources.back_to_live)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.play, 1)
        row.addWidget(self.back, 1)
        desk.live.rig_changed.connect(self._rig_changed)

    @property
    def on(self) -> bool:
        """Whether this lesson's recording is what is seen."""
        rig = self._desk.live.rig
        return rig is not None and rig.kind == "replay" and self._path is not None and bool(self._starts)

    def watch(self) -> None:
        """Play the step that is open; the recording is opened first, where it isn't yet."""
        if self.on:
            self._seek()
        elif self._path is not None:
            from luiapp.files.npz import read_npz

            try:
                ends = step_ends(read_npz(self._path))
            except LuiError as error:
                self._desk.faults.take(error, "course")
                return
            self._starts = [0.0, *ends[:-1]]
            with self._desk.live.lock.lifted():
                self._desk.sources.open_recording(self._path)

    def follow(self) -> None:
        """Another lesson, step or language."""
        play = self._host.session.play
        if play is not None:
            try:
                path = recording_of(find_lesson(play.lesson.name, self._host.session.folder))
            except LuiError:
                path = None
            if path != self._path:
                self._path, self._starts = path, []
        self.setVisible(self._path is not None)
        self.play.setText(tr("Watch this step"))
        self.back.setText(tr("Back to the bench"))
        self.back.setVisible(self.on)

    def _rig_changed(self) -> None:
        if self.on:
            self._seek()
        else:
            self._starts = []
        self.back.setVisible(self.on)

    def _seek(self) -> None:
        play = self._host.session.play
        if play is not None and play.i_step < len(self._starts):
            self._desk.live.send(Seek(self._starts[play.i_step]))
