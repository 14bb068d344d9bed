"""The cards of the list of lessons."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6 import QtWidgets

from luiapp.course.lesson import Lesson
from luiapp.gui.controls import label, push
from luiapp.texts import tr


def lesson_card(lesson: Lesson, done: int, n: int, begin: Callable[[str], object]) -> QtWidgets.QFrame:
    """What a lesson is about, how far it is done, and a button that opens it."""
    card = QtWidgets.QFrame()
    card.setProperty("role", "card")
    column = QtWidgets.QVBoxLayout(card)
    number = lesson.name.partition("-")[0].lstrip("0")
    head, about, how = label("heading", wrap=True), label(wrap=True), label("secondary")
    head.setText(f"{number} · {lesson.title}")
    about.setText(lesson.about)
    sign = "✓ " if done == n else ""
    how.setText(sign + tr("{minutes} min · {done} of {n} steps done", minutes=lesson.minutes, done=done, n=n))
    go = push(partial(begin, lesson.name), "primary" if 0 < done < n else "")
    go.setText(tr("Begin") if done == 0 else tr("Go on") if done < n else tr("Once more"))
    go.setAccessibleName(f"{go.text()}: {lesson.title}")
    for one in (head, about, how, go):
        column.addWidget(one)
    return card
