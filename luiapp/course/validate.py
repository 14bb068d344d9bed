"""Everything that can be said of a lesson without running it, in sentences for whoever writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from luiapp.course.acts import commands, missing_parts
from luiapp.course.lesson import Act, Button, Check, Entry, Experiment, Lesson, Prediction, Step
from luiapp.course.library import circuit
from luiapp.course.lock import PLACES, WIRES
from luiapp.course.markdown import Block
from luiapp.course.metrics import METRICS
from luiapp.course.reading import PAGES, SOLUTION, TEACHER, read_lesson
from luiapp.course.trial import FILE
from luiapp.errors import FormatError, LuiError
from luiapp.model.network import Network

PAGES_OF_WINDOW = ("learn", "chip")  # that can stand beside a lesson
PARTS_OF_PAGES = {"chip": ("serial", "calibrate", "place", "run", "loop")}  # at which a step can point


def faults(folder: Path) -> list[LuiError]:
    """What is wrong with the lesson in `folder`; the first fault of its files, else all of its contents."""
    try:
        lesson = read_lesson(folder)
        network = circuit(lesson, folder)
    except LuiError as error:
        return [error]
    found: list[LuiError] = []
    for language, page in PAGES.items():
        if not (folder / page).exists():
            found.append(FormatError("{file} is missing: every lesson speaks both languages", file=page))
        elif language != "en":
            try:
                read_lesson(folder, language)
            except LuiError as error:
                found.append(error)
    for name in (*TEACHER.values(), SOLUTION):
        if not (folder / name).exists():
            found.append(FormatError("{file} is missing; '{command}' shows how it begins",
                                     file=name, command="luiapp lesson new"))  # fmt: skip
    for name in lesson.free:
        if name not in (WIRES, *PLACES):
            found += _there(name, network, "lesson.md, free")
    for step in lesson.steps:
        found += _step_faults(step, network)
        found += _told_faults(step, lesson)
    if any(isinstance(t, Experiment) for s in lesson.steps for t in s.tasks) and not (folder / FILE).is_file():
        found.append(FormatError("{file} is missing, but the lesson has an experiment", file=FILE))
    for name, acts in lesson.solution.items():
        found += [f for act in acts for f in _act_faults(act, network, f"{SOLUTION}, {name}")]
    return found


def _step_faults(step: Step, network: Network) -> list[LuiError]:
    found: list[LuiError] = []
    place = f"lesson.md, step '{step.id}'"
    page, _, station = step.point_at.partition(".")
    if page in PAGES_OF_WINDOW:
        if station not in PARTS_OF_PAGES.get(page, ()) or page != step.page:
            found.append(FormatError("{place}: '{target}' can't be pointed at; there are {names}, beside their page",
                                     place=place, target=step.point_at,
                                     names=", ".join(f"{p}.{one}" for p, all_ in PARTS_OF_PAGES.items() for one in all_)
                                     ))  # fmt: skip
    elif step.point_at:
        found += _there(step.point_at, network, place)
    for part in step.parts:
        match part:
            case Block():
                found += [f for s in part.spans if s.kind == "turn"
                          for f in _there(f"{s.neuron}.{s.knob}", network, place)]  # fmt: skip
            case Check() | Entry():
                found += _metric_faults(part, network, f"{place}, '{part.id}'")
            case Button() | Prediction():
                found += [f for act in part.acts for f in _act_faults(act, network, f"{place}, '{part.id}'")]
                if isinstance(part, Prediction) and part.kind == "draw":
                    found += _there(part.neuron, network, place)
            case _:
                pass
    return found


def _told_faults(step: Step, lesson: Lesson) -> list[LuiError]:
    """What is said about pages, experiments, and goals that look at them."""
    found: list[LuiError] = []
    place = f"lesson.md, step '{step.id}'"
    if step.page and step.page not in PAGES_OF_WINDOW:
        found.append(FormatError("{place}: there is no page '{name}'; there are {names}", place=place, name=step.page,
                                 names=", ".join(PAGES_OF_WINDOW)))  # fmt: skip
    known = {t.id: t for s in lesson.steps for t in s.tasks}
    for task in step.tasks:
        if task.id in PAGES_OF_WINDOW:
            found.append(FormatError("{place}: '{task}' is the name of a page; call the task by another", place=place,
                                     task=task.id))  # fmt: skip
        if isinstance(task, Prediction) and task.until and task.until not in {t.id for t in step.tasks}:
            found.append(FormatError("{place}, '{task}': the step has no '{name}' to wait for", place=place,
                                     task=task.id, name=task.until))  # fmt: skip
        if isinstance(task, Check) and task.metric == "reading":
            of, value = str(task.options.get("of")), task.options.get("value")
            source = known.get(of)
            numbers = {v.partition(" ")[0] for v in source.values} if isinstance(source, Experiment) else set()
            if of not in PAGES_OF_WINDOW and value not in numbers:
                found.append(FormatError("{place}, '{task}': no page and no experiment '{of}' gives '{value}'",
                                         place=place, task=task.id, of=of, value=value))  # fmt: skip
    return found


def _metric_faults(task: Check | Entry, network: Network, place: str) -> list[LuiError]:
    metric = METRICS.get(task.metric)
    if metric is None:
        return [FormatError("{place}: there is no metric '{name}'; there are {names}",
                            place=place, name=task.metric, names=", ".join(METRICS))]  # fmt: skip
    found: list[LuiError] = []
    for key in metric.needs:
        if key not in task.options:
            found.append(FormatError("{place}: the metric '{name}' needs '{key}' in 'of'",
                                     place=place, name=task.metric, key=key))  # fmt: skip
    for key, value in task.options.items():
        if key not in (*metric.needs, *metric.may):
            found.append(FormatError("{place}: the metric '{name}' knows no '{key}'",
                                     place=place, name=task.metric, key=key))  # fmt: skip
        elif not _fits(key, value):
            found.append(FormatError("{place}: '{key}' can't be {value}", place=place, key=key, value=repr(value)[:60]))
        elif key in metric.neurons and value not in network.names:
            found.append(FormatError("{place}: the circuit has no board '{name}'; it has {names}",
                                     place=place, name=value, names=", ".join(network.names)))  # fmt: skip
    if not 0 < task.seconds <= 120:
        found.append(FormatError("{place}: a check looks at 0 to 120 seconds, not {value}",
                                 place=place, value=task.seconds))  # fmt: skip
    return found


def _fits(key: str, value: Any) -> bool:
    if key == "where":
        return isinstance(value, dict)
    if key == "wires":
        return isinstance(value, list) and all(isinstance(w, str) for w in value)
    if key in ("neuron", "sender", "receiver", "first", "second", "knob", "of", "value", "unit"):
        return isinstance(value, str)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _act_faults(act: Act, network: Network, place: str) -> list[LuiError]:
    try:
        commands(act, network)
        if act.verb == "tune":
            missing_parts(act.target, network)
    except LuiError as error:
        return [FormatError("{place}: {error}", place=place, error=error)]
    return []


def _there(target: str, network: Network, place: str) -> list[LuiError]:
    try:
        missing_parts(target, network)
    except LuiError as error:
        return [FormatError("{place}: {error}", place=place, error=error)]
    return []
