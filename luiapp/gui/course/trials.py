"""Experiments of the open lesson, run in processes of their own while the window goes on."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6 import QtCore

from luiapp.course.lab import may_run
from luiapp.course.lesson import Experiment
from luiapp.course.library import lessons_folder
from luiapp.course.play import Play
from luiapp.course.trial import Trial, digest
from luiapp.errors import LuiError

POLL_MS = 60


def any_seed() -> int:
    """Another one for each run."""
    return random.randrange(2**31)


class Trials(QtCore.QObject):
    """At most one runs at a time.

    Parameters
    ----------
    changed : callable
        Called when one begins, ends or fails.

    Attributes
    ----------
    folder : Path or None
        The open lesson's.
    agreed : set of str
        Digests of programs from outside that somebody agreed to run.
    problems : dict
        By task: why it failed last.
    """

    def __init__(self, parent: QtCore.QObject, changed: Callable[[], object]) -> None:
        super().__init__(parent)
        self.folder: Path | None = None
        self.agreed: set[str] = set()
        self.problems: dict[str, str] = {}
        self.settings: dict[str, dict[str, Any]] = {}  # of knobs that were turned, by task
        self._changed = changed
        self._trial: Trial | None = None
        self._play: Play | None = None
        self._timer = QtCore.QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def running(self) -> str:
        """The task that is running; "" for none."""
        return self._trial.task.id if self._trial is not None else ""

    @property
    def allowed(self) -> bool:
        """Whether the lesson's program may run."""
        return self.folder is not None and may_run(self.folder, lessons_folder(), frozenset(self.agreed))

    def agree(self) -> None:
        """Somebody has read the program, and wants it to run."""
        if self.folder is not None:
            self.agreed.add(digest(self.folder))
            self._changed()

    def open(self, folder: Path | None) -> None:
        """Another lesson, or none."""
        self.stop()
        if folder != self.folder:
            self.settings.clear()
        self.folder = folder
        self.problems.clear()

    def start(self, play: Play, task: Experiment, given: dict[str, Any]) -> None:
        """Run `task`; what comes out goes into `play`."""
        if self._trial is not None or self.folder is None or not self.allowed or play.held_back(task):
            return
        self.problems.pop(task.id, None)
        try:
            self._trial = Trial(self.folder, task, given, seed=any_seed())
        except (LuiError, OSError) as error:
            self.problems[task.id] = str(error)
        else:
            self._play = play
            self._timer.start()
        self._changed()

    def stop(self) -> None:
        """End what is running; nothing comes of it."""
        self._timer.stop()
        if self._trial is not None:
            trial, self._trial = self._trial, None
            trial.stop()

    def _poll(self) -> None:
        trial, play = self._trial, self._play
        if trial is None or play is None:
            return
        try:
            found = trial.poll()
        except LuiError as error:
            self.problems[trial.task.id] = str(error)
        else:
            if found is None:
                return
            play.found(trial.task, trial.given, found)
        self._timer.stop()
        self._trial = None
        self._changed()
