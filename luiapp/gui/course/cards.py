"""The cards of the list of lessons."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from PySide6 import QtWidgets

from luiapp.course.lesson import Lesson
from luiapp.course.play import Play
from luiapp.course.results import points
from luiapp.course.tracks import Part, Track, tracks
from luiapp.errors import LuiError
from luiapp.gui.controls import label, push
from luiapp.texts import language, tr

_log = logging.getLogger(__name__)
Listed = list[tuple[Lesson, tuple[int, int]]]  # lessons with (steps done, steps)


class TrackBox(QtWidgets.QComboBox):
    """Which way through the course is shown.

    Attributes
    ----------
    name : str
        The track's id; "" for all lessons.
    """

    def __init__(self, changed: Callable[[], object]) -> None:
        super().__init__()
        self.name = ""
        self._tracks: list[Track] = []
        self._changed = changed
        self.activated.connect(self._choose)

    @property
    def chosen(self) -> Track | None:
        """The track; None for all lessons."""
        return next((one for one in self._tracks if one.id == self.name), None)

    def show_tracks(self) -> None:
        """All tracks, in the language in use."""
        try:
            self._tracks = tracks(language())
        except LuiError as error:  # `lesson check` tells what is wrong with it; the lessons are still there
            _log.warning("%s", error)
            self._tracks = []
        self.setAccessibleName(tr("Way through the course"))
        self.clear()
        for name, text in (("", tr("All lessons")), *((one.id, one.title) for one in self._tracks)):
            self.addItem(text, name)
        self.setCurrentIndex(max(self.findData(self.name), 0))
        self.setVisible(bool(self._tracks))

    def _choose(self) -> None:
        self.name = str(self.currentData())
        self._changed()


def fill_cards(column: QtWidgets.QVBoxLayout, lessons: Listed, track: Track | None,
               begin: Callable[[str], object]) -> None:  # fmt: skip
    """The cards of all lessons, or of a track, session by session."""
    while (item := column.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
    if track is None:
        for lesson, (done, n) in lessons:
            column.addWidget(lesson_card(lesson, done, n, begin))
        return
    by_name = {lesson.name: (lesson, how) for lesson, how in lessons}
    about = label("secondary", wrap=True)
    about.setText(track.about)
    column.addWidget(about)
    minutes = track.minutes({name: lesson for name, (lesson, _) in by_name.items()})
    for i, session in enumerate(track.sessions):
        if len(track.sessions) > 1:
            head = label("heading")
            head.setText(tr("Session {i} · {minutes} min", i=i + 1, minutes=minutes[i]))
            column.addWidget(head)
        for part in session:
            if part.lesson in by_name:
                lesson, (done, n) = by_name[part.lesson]
                column.addWidget(lesson_card(lesson, done, n, begin, part))


def points_line(play: Play) -> str:
    """The points of a lesson in which they are counted; "" for the others."""
    found, n = points(play)
    return "\n" + tr("{points} of {n} points", points=found, n=n) if play.lesson.by_chance else ""


def lesson_card(
    lesson: Lesson, done: int, n: int, begin: Callable[[str], object], part: Part | None = None
) -> QtWidgets.QFrame:
    """What a lesson is about, how far it is done, and a button that opens it; of a track, which steps are meant."""
    card = QtWidgets.QFrame()
    card.setProperty("role", "card")
    column = QtWidgets.QVBoxLayout(card)
    number = lesson.name.partition("-")[0].lstrip("0")
    title = lesson.title if not lesson.quiet else (
        tr("Before the course: {title}", title=lesson.title) if lesson.quiet == "always" else
        tr("After the course: {title}", title=lesson.title))  # fmt: skip
    head, about, how = label("heading", wrap=True), label(wrap=True), label("secondary")
    head.setText(f"{number} · {title}" if number.isdigit() else title)
    about.setText(lesson.about)
    sign = "✓ " if done == n else ""
    how.setText(sign + tr("{minutes} min · {done} of {n} steps done", minutes=lesson.minutes, done=done, n=n))
    go = push(partial(begin, lesson.name), "primary" if 0 < done < n else "")
    go.setText(tr("Begin") if done == 0 else tr("Go on") if done < n else tr("Once more"))
    go.setAccessibleName(f"{go.text()}: {lesson.title}")
    if part is not None and part.steps:
        steps = ", ".join(s.title for s in lesson.steps if s.id in part.steps)
        about.setText(tr("Only: {steps} ({minutes} min)", steps=steps, minutes=part.minutes({lesson.name: lesson})))
    for one in (head, about, how, go):
        column.addWidget(one)
    return card
