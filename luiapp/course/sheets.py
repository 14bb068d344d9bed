"""Sheets for paper: the student's, the teacher's with the key, and the report of what somebody did. One HTML file each.

Black on white, no pictures from elsewhere, no scripts; a browser prints it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

from luiapp.course.checks import told
from luiapp.course.formula_page import mathml
from luiapp.course.lesson import Button, Check, Entry, Experiment, Lesson, Prediction, Question, Step, Task
from luiapp.course.markdown import Block, Span
from luiapp.course.metrics import unit_of
from luiapp.course.sheet_figures import diagram, experiment_lines, experiment_outcome, points_of
from luiapp.course.tracks import order
from luiapp.model.lui import KNOB_LABELS
from luiapp.texts import tr

_STYLE = """
@page { size: A4; margin: 18mm 16mm; }
body { font: 11pt/1.4 "Inter", "Helvetica", "Arial", sans-serif; color: #000; background: #fff; max-width: 178mm;
  margin: 0 auto; padding: 6mm; }
h1 { font-size: 18pt; margin: 0 0 2mm; } h2 { font-size: 13pt; margin: 7mm 0 2mm; border-bottom: 1px solid #000; }
h3 { font-size: 11pt; margin: 4mm 0 1mm; } p, ul, ol { margin: 1.5mm 0; }
.note, .task { border: 1px solid #000; border-left-width: 4px; padding: 2mm 3mm; margin: 3mm 0; break-inside: avoid; }
.task { border-left-width: 1px; } .key { border: 2px dashed #000; padding: 1mm 3mm; margin: 1.5mm 0; }
.line { border-bottom: 1px solid #000; height: 8mm; } .head { display: flex; gap: 6mm; } .head div { flex: 1; }
.small { font-size: 9pt; } svg { display: block; width: 100%; max-width: 120mm; margin: 2mm 0; }
math { font-size: 12pt; } math[display="block"] { margin: 3mm 0; text-align: left; }
table { border-collapse: collapse; margin: 2mm 0; } td { border: 1px solid #000; padding: 1mm 3mm; }
"""
_TAGS = {"strong": "b", "stress": "i", "code": "code", "sub": "sub", "super": "sup"}


def student_sheet(lesson: Lesson) -> str:
    """The lesson on paper: text, questions to tick, axes to draw on, lines to write on."""
    body = [_names(), f"<p>{html.escape(lesson.about)}</p>", *(_step(s, key=False) for s in lesson.steps)]
    return _page(lesson, lesson.title, body)


def teacher_sheet(lesson: Lesson) -> str:
    """The teacher's page, then the lesson with its key, hints and goals."""
    rows = "".join(f"<tr><td>{html.escape(s.title)}</td><td>{tr('{n} min', n=s.minutes)}</td></tr>"
                   for s in lesson.steps)  # fmt: skip
    body = [_blocks(lesson.teacher), f"<table>{rows}</table>", *(_step(s, key=True) for s in lesson.steps)]
    return _page(lesson, tr("{title}: teacher's sheet", title=lesson.title), body)


def notes_page(lesson: Lesson, i_step: int) -> str:
    """What a teacher has to know at a step, key and hints included; then the teacher's page."""
    rest = tr("then: {titles}", titles=" · ".join(s.title for s in lesson.steps[i_step + 1 :]) or "–")
    body = [_step(lesson.steps[i_step], key=True), f"<p>{html.escape(rest)}</p><hr>", _blocks(lesson.teacher)]
    return _page(lesson, tr("{title}: notes", title=lesson.title), body)


def report_sheet(lesson: Lesson, data: dict[str, Any], *, genuine: bool | None = None) -> str:
    """The report of a result (see `results.result`): question, set-up, outcome, conclusion."""
    known = data.get("known")
    known = known if isinstance(known, dict) else {}
    parts = [f"<p>{html.escape(str(data.get('person', '')))} · {html.escape(str(data.get('created', '')))} · "
             f"{html.escape(str(data.get('software', '')))}</p>"]  # fmt: skip
    if genuine is not None:
        word = tr("The seal fits: nothing was changed.") if genuine else tr("The seal does not fit: it was changed.")
        parts.append(f'<p class="small">{html.escape(word)}</p>')
    parts.append(f"<h2>{tr('Question')}</h2><p>{html.escape(lesson.about)}</p>")
    parts.append(f"<h2>{tr('Set-up')}</h2><p>{tr('Circuit: {name}', name=html.escape(lesson.circuit))}</p>")
    parts.append(f"<h2>{tr('Outcome')}</h2>")
    parts += [_outcome(task, known.get(task.id)) for step in lesson.steps for task in step.tasks]
    words = [str(v["words"]) for v in known.values() if isinstance(v, dict) and v.get("words")]
    lines = "".join(f"<p>{html.escape(w)}</p>" for w in words) + '<div class="line"></div>' * 3
    parts.append(f"<h2>{tr('Conclusion')}</h2>{lines}")
    return _page(lesson, tr("{title}: report", title=lesson.title), parts)


def _page(lesson: Lesson, title: str, body: Iterable[str]) -> str:
    name = html.escape(title)
    foot = tr("luiapp, lesson {name}; CC BY 4.0, the luiapp authors", name=lesson.name)
    return (f'<!DOCTYPE html>\n<html lang="{lesson.language}"><head><meta charset="utf-8"><title>{name}</title>'
            f"<style>{_STYLE}</style></head><body><h1>{name}</h1>{''.join(body)}"
            f'<p class="small">{html.escape(foot)}</p></body></html>\n')  # fmt: skip


def _names() -> str:
    fields = "".join(f'<div>{word}:<div class="line"></div></div>' for word in (tr("Name"), tr("Class"), tr("Date")))
    return f'<div class="head">{fields}</div>'


def _step(step: Step, *, key: bool) -> str:
    parts = [f"<h2>{html.escape(step.title)}</h2>"]
    blocks: list[Block] = []
    for part in step.parts:
        if isinstance(part, Block):
            blocks.append(part)
            continue
        parts.append(_blocks(blocks))
        blocks = []
        parts.append(_task(part, key=key))
    return "".join([*parts, _blocks(blocks)])


def _blocks(blocks: Iterable[Block]) -> str:
    """Text; neighbouring items become one list."""
    parts: list[str] = []
    tags = {"bullet": "ul", "number": "ol"}
    open_ = ""
    for block in blocks:
        tag = tags.get(block.kind, "")
        if tag != open_:
            parts.append((f"</{open_}>" if open_ else "") + (f"<{tag}>" if tag else ""))
            open_ = tag
        words = _words(block.spans)
        if tag:
            parts.append(f"<li>{words}</li>")
        elif block.kind == "heading":
            parts.append(f"<h3>{words}</h3>" if block.level > 1 else "")
        elif block.kind == "note":
            parts.append(f'<div class="note">{words}</div>')
        elif block.kind == "formula":
            parts.append(mathml(block.text, block=True))
        elif block.kind == "paragraph":
            parts.append(f"<p>{words}</p>")
    return "".join(parts) + (f"</{open_}>" if open_ else "")


def _words(spans: tuple[Span, ...]) -> str:
    parts = []
    for span in spans:
        words = html.escape(span.text)
        if span.kind == "turn":
            name = tr(KNOB_LABELS.get(span.knob, span.knob))
            parts.append(f"<b>{html.escape(span.neuron)} {html.escape(name)}</b> (____ %)")
        elif span.kind == "formula":
            parts.append(mathml(span.text, block=False))
        elif span.kind in _TAGS:
            parts.append(f"<{_TAGS[span.kind]}>{words}</{_TAGS[span.kind]}>")
        elif span.kind == "link":
            parts.append(f"{words} ({html.escape(span.address)})")
        else:
            parts.append(words)
    return "".join(parts)


def _task(task: Task, *, key: bool) -> str:
    text = f"<p><b>{html.escape(task.text)}</b></p>"
    match task:
        case Question():
            inside = text + _ticks(task.options, task.answer if key else -1) + f"<p>{tr('Because')}:</p>" + _ticks(
                task.reasons, task.reason if key else -1, order(task.id, len(task.reasons)))  # fmt: skip
        case Prediction():
            inside = f"<p>{tr('Predict first')}</p>" + text
            if task.kind == "draw":
                inside += diagram(task, (), ())
            else:
                inside += _ticks(task.options, task.answer if key else -1) + f"<p>{tr('Because')}:</p>" + _ticks(
                    task.reasons, task.reason if key else -1, order(task.id, len(task.reasons)))  # fmt: skip
            inside += f'<p>{tr("What happened?")}</p><div class="line"></div>' if not key else ""
        case Entry():
            inside = text + f"<p>____________ {html.escape(task.unit)}</p>"
        case Check():
            inside = f"<p>☐ <b>{html.escape(task.text)}</b></p>"
        case Experiment():
            inside = f"<p>⚗ <b>{html.escape(task.text)}</b></p>" + experiment_lines(task)
        case Button():
            return f"<p>▷ {html.escape(task.text)}</p>"
    if key:
        inside += _key(task)
    return f'<div class="task">{inside}</div>'


def _key(task: Task) -> str:
    parts = []
    if isinstance(task, Question | Prediction):
        parts.append(html.escape(task.explain))
    if isinstance(task, Check):
        unit = unit_of(task.metric, task.options)
        parts.append(tr("Goal: {low} to {high}", low=told(task.low, unit), high=told(task.high, unit)))
    if isinstance(task, Entry):
        parts.append(tr("Accepted within {percent} % of what the program measures",
                        percent=f"{100 * task.tolerance:.0f}"))  # fmt: skip
    if isinstance(task, Check | Entry):
        parts += [tr("Hint {n}: {hint}", n=i, hint=html.escape(h)) for i, h in enumerate(task.hints, 1)]
    return "".join(f'<div class="key">{p}</div>' for p in parts)


def _ticks(options: tuple[str, ...], right: int, places: list[int] | None = None) -> str:
    every = places if places is not None else range(len(options))
    return "".join(f"<p>{'☒' if i == right else '☐'} {html.escape(options[i])}</p>" for i in every)


def _outcome(task: Task, state: Any) -> str:
    if isinstance(task, Button):
        return ""
    head = f"<h3>{html.escape(task.text)}</h3>"
    if not isinstance(state, dict):
        return head + f"<p>{tr('not done')}</p>"
    sign = "" if "right" not in state else " ✓" if state["right"] else " ✗"
    match task:
        case Question() | Prediction() if task.options:
            chosen = [options[i] for options, i in ((task.options, state.get("answer")),
                                                    (task.reasons, state.get("reason")))
                      if isinstance(i, int) and 0 <= i < len(options)]  # fmt: skip
            return head + "".join(f"<p>{html.escape(c)}</p>" for c in chosen) + f"<p>{sign}</p>"
        case Prediction():
            return head + diagram(task, points_of(state.get("drawn")), points_of(state.get("seen")))
        case Experiment():
            return head + experiment_outcome(task, state)
        case Entry():
            unit = unit_of(task.metric, task.options)
            values = [told(v, unit) for v in (state.get("typed"), state.get("value")) if isinstance(v, int | float)]
            return head + f"<p>{tr('read off, and measured by the program')}: {' · '.join(values)}</p>"
        case Check():
            value = state.get("value")
            reached = tr("reached") if state.get("ok") else tr("not reached")
            shown = told(value, unit_of(task.metric, task.options)) if isinstance(value, int | float) else "–"
            return head + f"<p>{reached}: {shown}</p>"
    return head
