"""What a lesson needs beside a rig: pages where something is learned, and programs that run. On a screen or without."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np

from luiapp.course.lesson import Act, Check, Entry, Experiment, Lesson, Step
from luiapp.course.trial import FILE, Found, Trial, digest
from luiapp.data.chunk import Layout
from luiapp.data.recording import Recording
from luiapp.errors import FileError

Readings = Mapping[str, Mapping[str, float | str]]  # by page: what can be read off it


class Lab(Protocol):
    """A page without its window."""

    def open(self, page: str, link: str) -> None:
        """Show a page with a set-up, or go on with what it shows where there is none."""

    def obey(self, act: Act) -> None:
        """Turn a knob (``knob``), learn some epochs (``learn``), go as far as a station (``go``)."""

    def readings(self) -> Readings:
        """What can be read off the pages."""

    def close(self) -> None:
        """Let go of threads."""


def experiments(lesson: Lesson) -> list[tuple[Step, Experiment]]:
    """All experiments of a lesson, and where they stand."""
    return [(step, task) for step in lesson.steps for task in step.tasks if isinstance(task, Experiment)]


def bench_goals(lesson: Lesson) -> bool:
    """Whether any goal of a lesson looks at the bench, and not at pages and experiments alone."""
    tasks = [task for step in lesson.steps for task in step.tasks]
    return any(isinstance(t, Check | Entry) and t.metric != "reading" for t in tasks)


def uses_pages(lesson: Lesson) -> bool:
    """Whether a lesson opens pages of the window."""
    return any(step.page for step in lesson.steps)


def run_now(folder: Path, task: Experiment, given: dict[str, object], *, seed: int) -> Found:
    """Run an experiment and wait for it."""
    return Trial(folder, task, given, seed=seed).wait()


def may_run(folder: Path, ours: Path, agreed: frozenset[str] = frozenset()) -> bool:
    """Whether the program of a lesson may run: it is one of `ours`, or somebody agreed to exactly this one."""
    inside = folder.resolve().parent == ours.resolve()
    known = digest(folder)
    return inside or (bool(known) and known in agreed)


def program(folder: Path) -> str:
    """The program, to be read before it is agreed to. Raises `FileError`."""
    try:
        return (folder / FILE).read_text("utf-8", "replace")
    except OSError as error:
        raise FileError("'{path}' can't be read: {why}", path=folder / FILE, why=error.strerror) from error


def blank() -> Recording:
    """No signal, for checks that look at pages and programs alone."""
    return Recording(Layout(1e-3, (), ()), np.zeros((0, 0), np.float32), np.zeros(0), np.zeros(0, np.int32))
