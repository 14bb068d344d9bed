"""The recordings of the lessons: made by the robot, and held against the checks."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luiapp.cli.report import DONE, FAILED, Report
from luiapp.errors import LuiError, ParameterError
from luiapp.texts import tr

if TYPE_CHECKING:
    from luiapp.course.lesson import Lesson
    from luiapp.data.recording import Recording


def chosen(options: Namespace, otherwise: ParameterError) -> list[Path]:
    """The folders of the lesson that is named, or of all; raises `otherwise` where neither is asked for."""
    from luiapp.course.library import find_lesson, lesson_names, lessons_folder

    if options.all:
        return [lessons_folder() / name for name in lesson_names()]
    if not options.name:
        raise otherwise
    return [find_lesson(options.name)]


def record(options: Namespace) -> Report:
    """Have the robot do lessons, and keep what it saw in their folders; exit code 1 if one of them can't be done."""
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    for folder in chosen(options, ParameterError("name a lesson, or record them all: luiapp lesson record --all")):
        messages, size = record_folder(folder)
        rows.append({"name": folder.name, "ok": not messages, "bytes": size, "messages": messages})
        if messages:
            lines.append(tr("{name}: not yet", name=folder.name))
        elif size:
            lines.append(tr("{name}: recorded, {size} kB", name=folder.name, size=f"{size / 1000:.0f}"))
        else:
            lines.append(tr("{name}: its experiments need no board, so there is nothing to record", name=folder.name))
        lines += [f"  - {m}" for m in messages]
    return Report({"lessons": rows}, lines, DONE if all(row["ok"] for row in rows) else FAILED)


def record_folder(folder: Path) -> tuple[list[str], int]:
    """What went wrong, and the size [bytes] of the recording; it is written only if nothing did."""
    from luiapp.course.lab import bench_goals, run_now
    from luiapp.course.library import circuit
    from luiapp.course.reading import read_lesson
    from luiapp.course.recorded import DT, RECORDING, light
    from luiapp.course.robot import Robot
    from luiapp.files.npz import write_npz
    from luiapp.rigs.sim import SimRig
    from luiapp.simulate.engine import Options

    try:
        lesson = read_lesson(folder)
        if not bench_goals(lesson):
            return [], 0
        network = circuit(lesson, folder)
        rig = SimRig(network, options=Options(record_every=round(DT / Options().dt)), real_time=False)
        try:
            outcome = Robot(lesson, rig, run=lambda task, given: run_now(folder, task, given, seed=1)).run()
        finally:
            rig.close()
        if outcome.messages or not outcome.chunks:
            return outcome.messages, 0
        recording = light(outcome.recording(network), outcome.ends)
        messages = replayed(lesson, recording)
        if messages:
            return messages, 0
        write_npz(folder / RECORDING, recording, compressed=True)
    except LuiError as error:
        return [str(error)], 0
    return [], (folder / RECORDING).stat().st_size


def recording_faults(lesson: Lesson, folder: Path) -> list[str]:
    """What is wrong with the recording in a lesson's folder, where there is one: a goal isn't reached in it."""
    from luiapp.course.recorded import RECORDING, recording_of
    from luiapp.files.npz import read_npz

    path = recording_of(folder)
    if path is None:
        return []
    again = f"luiapp lesson record {folder.name}"
    try:
        messages = replayed(lesson, read_npz(path))
    except LuiError as error:
        messages = [str(error)]
    return [tr("{file}: {message} Was the lesson changed? Then '{command}'", file=RECORDING, message=m, command=again)
            for m in messages]  # fmt: skip


def replayed(lesson: Lesson, recording: Recording) -> list[str]:
    """What goes wrong when a lesson's recording is played back, and each step is judged when it was over."""
    from luiapp.course.recorded import step_ends
    from luiapp.course.robot import Robot
    from luiapp.rigs.replay import ReplayRig

    clock = Clock()
    rig = ReplayRig(recording, clock=clock, wait=clock.wait)
    try:
        return Robot(lesson, rig, at=step_ends(recording)).run().messages
    finally:
        rig.close()


class Clock:
    """A clock that only goes on when somebody waits."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        return self._now

    def wait(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self._now += seconds
