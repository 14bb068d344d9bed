"""What the verb ``lesson`` does."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luiapp.cli.lesson_record import Clock, chosen, record, recording_faults
from luiapp.cli.report import DONE, FAILED, Report, table
from luiapp.errors import FileError, LuiError, ParameterError
from luiapp.texts import language, tr

if TYPE_CHECKING:
    from luiapp.course.lesson import Experiment, Lesson
    from luiapp.course.robot import Outcome
    from luiapp.course.trial import Found


def list_lessons(options: Namespace) -> Report:
    """Name, title and length of every lesson, and the ways through them; or of one way."""
    from luiapp.course.library import all_lessons
    from luiapp.course.tracks import tracks

    lessons = all_lessons(language())
    by_name = {one.name: one for one in lessons}
    ways = tracks(language())
    if options.track:
        found = [one for one in ways if one.id == options.track]
        if not found:
            raise ParameterError("there is no track '{name}'; there are {names}", name=options.track,
                                 names=", ".join(one.id for one in ways))  # fmt: skip
        wanted = {part.lesson for session in found[0].sessions for part in session}
        lessons, ways = [one for one in lessons if one.name in wanted], found
    rows = [(one.name, one.title, tr("{n} min", n=one.minutes), one.about) for one in lessons]
    data = [{"name": one.name, "title": one.title, "minutes": one.minutes, "about": one.about,
             "steps": [step.id for step in one.steps]} for one in lessons]  # fmt: skip
    told = [{"id": way.id, "title": way.title, "about": way.about, "minutes": way.minutes(by_name),
             "sessions": [[{"lesson": part.lesson, "steps": list(part.steps)} for part in session]
                          for session in way.sessions]} for way in ways]  # fmt: skip
    lines = [(way.id, way.title, " + ".join(tr("{n} min", n=m) for m in way.minutes(by_name))) for way in ways]
    return Report({"lessons": data, "tracks": told}, [*table(rows), "", *table(lines)])


def new(options: Namespace) -> Report:
    """A folder with a small lesson that is right, to be changed."""
    from luiapp.course.template import write_template

    if not options.name:
        raise ParameterError("name the folder to be made, such as: luiapp lesson new my-lesson")
    folder = Path(options.name)
    if folder.exists():
        raise FileError("'{path}' already exists; name another folder", path=folder)
    files = write_template(folder)
    line = tr("{path}: {n} files. Next: change lesson.md, then 'luiapp lesson check {path}'", path=folder, n=len(files))
    return Report({"folder": folder, "files": files}, [line])


def check(options: Namespace) -> Report:
    """Read, validate, and let the robot play; exit code 1 if anything is wrong."""
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    for folder in chosen(options, ParameterError("name a lesson, or check them all: luiapp lesson check --all")):
        begun = time.perf_counter()
        messages = check_folder(folder, range(1, options.lots + 1), run_code=options.run_code)
        seconds = time.perf_counter() - begun
        rows.append({"name": folder.name, "ok": not messages, "seconds": seconds, "messages": messages})
        word = tr("{name}: all right", name=folder.name) if not messages else tr(
            "{name}: not yet", name=folder.name)  # fmt: skip
        lines += [word, *(f"  - {m}" for m in messages)]
    ok = all(row["ok"] for row in rows)
    return Report({"lessons": rows}, lines, DONE if ok else FAILED)


def check_folder(folder: Path, lots: range, *, run_code: bool = False) -> list[str]:
    """All that is wrong with a lesson: its files; then the robot in the simulation and on its replay, lot by lot."""
    from luiapp.course.lab import experiments, may_run
    from luiapp.course.library import lessons_folder
    from luiapp.course.reading import read_lesson
    from luiapp.course.validate import faults

    found = [str(fault) for fault in faults(folder)]
    if found:
        return found
    lesson = read_lesson(folder)
    if experiments(lesson) and not (run_code or may_run(folder, lessons_folder())):
        return [tr("its experiment.py was not run, as it comes from outside: read it, then add --run-code")]
    for lot in lots:
        found += [tr("lot {lot}: {message}", lot=lot, message=m) for m in play_lot(lesson, folder, lot)]
    return found or recording_faults(lesson, folder)


def play_lot(lesson: Lesson, folder: Path, lot: int) -> list[str]:
    """What goes wrong when the robot does the lesson with the parts of one lot, and when that is replayed."""
    from luiapp.cli.lesson_lab import Lab
    from luiapp.course.lab import run_now, uses_pages
    from luiapp.course.library import circuit
    from luiapp.course.robot import play_both
    from luiapp.rigs.sim import SimRig

    network = circuit(lesson, folder, lot)
    runs: dict[str, Found] = {}  # what was run with the same settings before needn't be run again

    def run(task: Experiment, given: dict[str, object]) -> Found:
        key = f"{task.id} {sorted(given.items())}"
        if key not in runs:
            runs[key] = run_now(folder, task, given, seed=lot)
        return runs[key]

    try:
        messages, outcome = play_both(
            lesson,
            lambda: SimRig(network, real_time=False),
            lab=(lambda: Lab(seed=lot)) if uses_pages(lesson) else None,
            run=run,
        )
        if not messages:
            messages = [tr("replayed: {message}", message=m) for m in play_replay(lesson, outcome, network)]
    except LuiError as error:
        return [str(error)]
    return messages


def play_replay(lesson: Lesson, outcome: Outcome, network: Any) -> list[str]:
    """What goes wrong when everything that the robot's rig sent is played back."""
    from luiapp.course.robot import Robot
    from luiapp.rigs.replay import ReplayRig

    clock = Clock()
    rig = ReplayRig(outcome.recording(network), clock=clock, wait=clock.wait)
    try:
        return Robot(lesson, rig, at=outcome.ends, seen=outcome.readings).run().messages
    finally:
        rig.close()


def sheet(options: Namespace) -> Report:
    """A student's or teacher's sheet, or the report of a result, as one HTML file or as PDF."""
    from luiapp.course.library import find_lesson
    from luiapp.course.reading import read_lesson
    from luiapp.course.results import read_result
    from luiapp.course.sheets import report_sheet, student_sheet, teacher_sheet

    if not options.out:
        raise ParameterError("name the file to write, such as: --out sheet.html or --out sheet.pdf")
    out = Path(options.out)
    _writable(out, options, (".html", ".htm", ".pdf"))
    found = read_result(Path(options.result), options.word) if options.result else None
    name = options.name or (found.lesson if found is not None else "")
    if not name:
        raise ParameterError("name a lesson, such as: luiapp lesson sheet 1 --out sheet.html")
    lesson = read_lesson(find_lesson(name), language())
    if found is not None:
        text = report_sheet(lesson, found.data, genuine=found.genuine)
    else:
        text = teacher_sheet(lesson) if options.teacher else student_sheet(lesson)
    if out.suffix.lower() == ".pdf":
        from luiapp.gui.paper import write_pdf

        write_pdf(out, text)
    else:
        _write(out, text)
    return Report({"lesson": lesson.name, "file": out}, [tr("written to") + f" {out}"])


def preview(options: Namespace) -> Report:
    """The window with a lesson that is being written; it follows its files."""
    from luiapp.cli.window import open_window
    from luiapp.course.library import find_lesson
    from luiapp.course.validate import faults

    if not options.name:
        raise ParameterError("name the lesson to show, such as: luiapp lesson preview my-lesson")
    folder = find_lesson(options.name)
    found = faults(folder)
    if found:
        return Report({"lesson": folder.name, "messages": [str(f) for f in found]}, [str(f) for f in found], FAILED)
    for name in ("offscreen", "seconds", "theme"):
        setattr(options, name, getattr(options, name, None))
    code = open_window(options, rig="sim", example=None, lesson=str(folder.resolve()))
    return Report({"lesson": folder.name, "messages": []}, [], code)


def overview(options: Namespace) -> Report:
    """A class at a glance, from a folder of result files."""
    from dataclasses import asdict

    from luiapp.course import overview as course
    from luiapp.course.library import by_name

    if not options.name:
        raise ParameterError("name the folder with the result files, such as: luiapp lesson overview results")
    lessons = by_name(language())
    found = course.overview(Path(options.name), lessons, options.word)
    data = asdict(found)
    lines = table([(r.person, r.lesson, f"{r.done}/{r.steps}", tr("right: {n} of {all}", n=r.right, all=r.asked),
                    tr("stuck at: {step}", step=r.stuck) if r.stuck else "",
                    "" if r.genuine else tr("the seal does not fit")) for r in found.rows])  # fmt: skip
    lines += [f"! {problem}" for problem in found.problems]
    if options.out:
        out = Path(options.out)
        _writable(out, options, (".html", ".htm"))
        _write(out, course.overview_html(found, lessons))
        lines.append(tr("written to") + f" {out}")
    return Report({**data, "file": options.out}, lines or [tr("There are no results in this folder.")])


def _writable(out: Path, options: Namespace, suffixes: tuple[str, ...]) -> None:
    if out.suffix.lower() not in suffixes:
        raise ParameterError("'{path}' must end with {names}", path=out, names=", ".join(suffixes))
    if out.exists() and not options.overwrite:
        raise FileError("'{path}' already exists; name another file, or add --overwrite", path=out)


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError("'{path}' can't be written: {why}", path=out, why=error.strerror) from error


DEEDS: dict[str, Callable[[Namespace], Report]] = {
    "list": list_lessons,
    "new": new,
    "check": check,
    "record": record,
    "sheet": sheet,
    "overview": overview,
    "preview": preview,
}
