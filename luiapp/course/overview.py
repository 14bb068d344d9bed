"""A class at a glance, from a folder of sealed result files: how far everybody is, who is stuck, what was expected.

Files come from outside: what they hold is checked against the lessons, and shown as text alone.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from luiapp.course.checks import told
from luiapp.course.lesson import Check, Entry, Lesson, Prediction, Question, Step
from luiapp.course.library import POST, PRE
from luiapp.course.play import Play
from luiapp.course.results import Result, read_result
from luiapp.errors import FileError, LuiError
from luiapp.texts import tr

MOST_FILES = 2000
N_CONCEPTS = 8
_MANY_HINTS, _MANY_TRIES = 3, 3


@dataclass(frozen=True)
class Row:
    """One person in one lesson.

    Attributes
    ----------
    done, steps : int
    right, asked : int, questions and picked predictions
    stuck : str, the title of the first step that is open although a later one was begun, hints ran out, or it was tried
        often; "" if nobody can tell
    genuine : bool, whether the seal fits
    """

    person: str
    lesson: str
    created: str
    done: int
    steps: int
    right: int
    asked: int
    stuck: str
    genuine: bool


@dataclass(frozen=True)
class Tally:
    """What a class picked in one question or prediction: how many took each option, and how many had both right."""

    lesson: str
    task: str
    text: str
    options: tuple[str, ...]
    counts: tuple[int, ...]
    answer: int
    right: int


@dataclass(frozen=True)
class Overview:
    """A class.

    Attributes
    ----------
    before, after, gain : float or None
        Mean of the concept check, of those who did both, and the share of what there was to learn that was learned.
    problems : tuple of str
        Files that couldn't be read.
    """

    rows: tuple[Row, ...]
    tallies: tuple[Tally, ...]
    before: float | None = None
    after: float | None = None
    gain: float | None = None
    n_both: int = 0
    problems: tuple[str, ...] = field(default=())


def overview(folder: Path, lessons: Mapping[str, Lesson], word: str = "") -> Overview:
    """Everything in a folder; of each person and lesson the latest file counts.

    Raises
    ------
    FileError
        If the folder can't be read, or holds more files than a school.
    """
    try:
        files = sorted(folder.glob("*.json"))
    except OSError as error:
        raise FileError("'{path}' can't be read: {why}", path=folder, why=error.strerror) from error
    if not folder.is_dir():
        raise FileError("'{path}' is no folder", path=folder)
    if len(files) > MOST_FILES:
        raise FileError("'{path}' holds {n} files; {most} are the most", path=folder, n=len(files), most=MOST_FILES)
    latest: dict[tuple[str, str], Result] = {}
    problems = []
    for file in files:
        try:
            found = read_result(file, word)
        except LuiError as error:
            problems.append(str(error))
            continue
        key = (found.person, found.lesson)
        if key not in latest or str(found.data.get("created", "")) >= str(latest[key].data.get("created", "")):
            latest[key] = found
    known = {key: one for key, one in latest.items() if key[1] in lessons}
    problems += [tr("{person}: the lesson '{name}' isn't known here", person=p[:60], name=n[:60])
                 for p, n in latest if n not in lessons]  # fmt: skip
    plays = {key: Play(lessons[key[1]], {"known": one.data.get("known")}) for key, one in known.items()}
    rows = tuple(_row(known[key], plays[key]) for key in sorted(known))
    return Overview(rows, tuple(_tallies(lessons, plays)), *_gain(plays), tuple(problems))


def _row(found: Result, play: Play) -> Row:
    done, steps = play.progress()
    asked = _picked(play.lesson)
    right = sum(_chosen(play, t) == (t.answer, t.reason) for t in asked)
    created = str(found.data.get("created", ""))[:40]
    return Row(found.person[:80], found.lesson, created, done, steps, right, len(asked), _stuck(play), found.genuine)


def _picked(lesson: Lesson) -> list[Question | Prediction]:
    tasks = [task for step in lesson.steps for task in step.tasks]
    return [t for t in tasks if isinstance(t, Question) or (isinstance(t, Prediction) and t.kind == "pick")]


def _chosen(play: Play, task: Question | Prediction) -> tuple[int, int] | None:
    state = play.known.get(task.id, {})
    answer, reason = state.get("answer"), state.get("reason")
    if isinstance(answer, int) and isinstance(reason, int) and 0 <= answer < len(task.options):
        return answer, reason
    return None


def _stuck(play: Play) -> str:
    steps = play.lesson.steps
    begun = [i for i, step in enumerate(steps) if any(t.id in play.known for t in step.tasks)]
    for i, step in enumerate(steps):
        if not play.done(step) and (_struggles(play, step) or any(j > i for j in begun)):
            return step.title
    return ""


def _struggles(play: Play, step: Step) -> bool:
    for task in (t for t in step.tasks if isinstance(t, Check | Entry) and not play.task_done(t)):
        state = play.known.get(task.id, {})
        if _count(state, "hints") >= _MANY_HINTS or _count(state, "tries") >= _MANY_TRIES:
            return True
    return False


def _count(state: Mapping[str, Any], name: str) -> int:
    value = state.get(name, 0)
    return value if isinstance(value, int) else 0


def _tallies(lessons: Mapping[str, Lesson], plays: Mapping[tuple[str, str], Play]) -> Iterable[Tally]:
    for name, lesson in lessons.items():
        here = [play for (_, which), play in plays.items() if which == name]
        for task in _picked(lesson):
            chosen = [c for play in here if (c := _chosen(play, task)) is not None]
            if chosen:
                counts = tuple(sum(a == i for a, _ in chosen) for i in range(len(task.options)))
                right = sum(c == (task.answer, task.reason) for c in chosen)
                yield Tally(name, task.id, task.text, task.options, counts, task.answer, right)


def _gain(plays: Mapping[tuple[str, str], Play]) -> tuple[float | None, float | None, float | None, int]:
    """Hake's gain of those who answered both times."""

    def points(play: Play) -> int:
        return sum(_chosen(play, t) == (t.answer, t.reason) for t in _picked(play.lesson))

    people = [p for p, name in plays if name == PRE and (p, POST) in plays]
    if not people:
        return None, None, None, 0
    before = sum(points(plays[p, PRE]) for p in people) / len(people)
    after = sum(points(plays[p, POST]) for p in people) / len(people)
    gain = None if before >= N_CONCEPTS else (after - before) / (N_CONCEPTS - before)
    return before, after, gain, len(people)


def overview_html(found: Overview, lessons: Mapping[str, Lesson]) -> str:
    """The overview as one page without scripts, black on white; nothing is told by colour alone."""
    parts = [f"<h1>{tr('The class at a glance')}</h1>", *_first(found, lessons)]
    for name, lesson in lessons.items():
        rows = [row for row in found.rows if row.lesson == name]
        if not rows:
            continue
        title = html.escape(_title(lesson))
        finished = tr("{n} of {all} have finished", n=sum(r.done == r.steps for r in rows), all=len(rows))
        parts.append(f"<h2>{title}</h2><p>{finished}</p>")
        parts.append(_table((tr("Name"), tr("Steps"), tr("Right"), tr("Stuck at"), tr("Seal"), tr("Date")),
                            [_cells(row) for row in rows]))  # fmt: skip
        parts += [_histogram(tally) for tally in found.tallies if tally.lesson == name]
    if found.problems:
        parts.append(f"<h2>{tr('Not read')}</h2>" + "".join(f"<p>{html.escape(p)}</p>" for p in found.problems))
    if not found.rows:
        parts.append(f"<p>{tr('There are no results in this folder.')}</p>")
    style = ("body{font:11pt sans-serif;color:#000;background:#fff;margin:8mm}table{border-collapse:collapse}"
             "td,th{border:1px solid #000;padding:1mm 3mm;text-align:left}")  # fmt: skip
    return (f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{tr("The class at a glance")}</title>'
            f"<style>{style}</style></head><body>{''.join(parts)}</body></html>\n")  # fmt: skip


def _first(found: Overview, lessons: Mapping[str, Lesson]) -> list[str]:
    """What is looked at first: who is stuck, how far everybody is in which lesson, and what was gained."""
    parts = []
    stuck = [row for row in found.rows if row.stuck]
    if stuck:
        lines = "".join(f"<li>{html.escape(row.person)}: {html.escape(_title(lessons[row.lesson]))}, "
                       f"{html.escape(row.stuck)}</li>" for row in stuck)  # fmt: skip
        parts.append(f"<h2>{tr('Who is stuck')}</h2><ul>{lines}</ul>")
    begun = [name for name in lessons if any(row.lesson == name for row in found.rows)]
    if len(begun) > 1:
        cells = {(row.person, row.lesson): _far(row) for row in found.rows}
        people = sorted({row.person for row in found.rows})
        rows = [(one, *(cells.get((one, name), "–") for name in begun)) for one in people]
        parts.append(f"<h2>{tr('How far everybody is')}</h2>")
        parts.append(_table((tr("Name"), *(_title(lessons[name]) for name in begun)), rows))
    if found.before is not None and found.after is not None:
        gain = "–" if found.gain is None else f"{100 * found.gain:.0f} %"
        parts.append(f"<h2>{tr('Before and after')}</h2><p>" + tr(
            "{n} people answered both times: {before} of 8 right before, {after} after; gain {gain}.", n=found.n_both,
            before=told(found.before, ""), after=told(found.after, ""), gain=gain) + "</p>")  # fmt: skip
    return parts


def _title(lesson: Lesson) -> str:
    return f"{lesson.title} ({_round(lesson.name)})" if lesson.name in (PRE, POST) else lesson.title


def _far(row: Row) -> str:
    """Steps that are done, and a sign where somebody is stuck."""
    return "■" * row.done + "□" * (row.steps - row.done) + f" {row.done}/{row.steps}" + (" ⚠" if row.stuck else "")


def _round(name: str) -> str:
    return tr("before") if name == PRE else tr("after")


def _cells(row: Row) -> tuple[str, ...]:
    seal = tr("fits") if row.genuine else tr("does not fit")
    stuck = f"⚠ {row.stuck}" if row.stuck else ""
    return row.person, _far(replace(row, stuck="")), f"{row.right}/{row.asked}", stuck, seal, row.created


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    top = "".join(f"<th>{html.escape(h)}</th>" for h in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def _histogram(tally: Tally) -> str:
    n = sum(tally.counts)
    rows = [(("✓ " if i == tally.answer else "") + text, "■" * round(16 * c / n) + f" {c}")
            for i, (text, c) in enumerate(zip(tally.options, tally.counts, strict=True))]  # fmt: skip
    how = tr("{n} of {all} right, with the right reason", n=tally.right, all=n)
    return f"<h3>{html.escape(tally.text)}</h3>{_table((tr('Answer'), tr('How many')), rows)}<p>{how}</p>"
