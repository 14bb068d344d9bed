"""Ways through the lessons: for a booth, a school lesson, a workshop. Written in ``course.toml``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luiapp.course.lesson import Lesson
from luiapp.course.library import COURSE, lesson_names, lessons_folder
from luiapp.course.reading import read_text, read_toml
from luiapp.errors import FormatError

MOST_TRACKS, MOST_SESSIONS, MOST_PARTS = 20, 12, 24


@dataclass(frozen=True)
class Part:
    """A lesson of a track, or some of its steps; no steps: all."""

    lesson: str
    steps: tuple[str, ...] = ()

    def minutes(self, lessons: Mapping[str, Lesson]) -> int:
        """How long it takes."""
        steps = lessons[self.lesson].steps if self.lesson in lessons else ()
        return sum(s.minutes for s in steps if not self.steps or s.id in self.steps)


@dataclass(frozen=True)
class Track:
    """A way through the course, session by session."""

    id: str
    title: str
    about: str
    sessions: tuple[tuple[Part, ...], ...]

    def minutes(self, lessons: Mapping[str, Lesson]) -> list[int]:
        """How long each session takes."""
        return [sum(part.minutes(lessons) for part in session) for session in self.sessions]


def tracks(language: str = "en", folder: Path | None = None) -> list[Track]:
    """The tracks of the course, in a language.

    Raises `FormatError`: one that is written wrongly, or names a lesson that isn't in the course.
    """
    folder = folder or lessons_folder()
    rows = read_toml(read_text(folder, COURSE), COURSE).get("tracks", [])
    known = set(lesson_names(folder))
    if not isinstance(rows, list) or len(rows) > MOST_TRACKS or not all(isinstance(row, dict) for row in rows):
        raise FormatError("{file}: tracks are written [[tracks]], each with id, title, about and sessions", file=COURSE)
    return [_track(row, language, known) for row in rows]


def track_faults(folder: Path, lessons: Mapping[str, Lesson]) -> list[str]:
    """Steps that tracks name and lessons don't have."""
    return [f"{track.id}: {part.lesson} has no step {step}" for track in tracks("en", folder)
            for session in track.sessions for part in session if part.lesson in lessons
            for step in part.steps if step not in {s.id for s in lessons[part.lesson].steps}]  # fmt: skip


def _track(row: dict[str, Any], language: str, known: set[str]) -> Track:
    texts = {}
    for name in ("id", "title", "about"):
        text = row.get(f"{name}_{language}", row.get(name))
        if not isinstance(text, str) or not text.strip() or len(text) > 400:
            raise FormatError("{file}: a track needs '{name}', a short text", file=COURSE, name=name)
        texts[name] = text.strip()
    sessions = row.get("sessions")
    if not isinstance(sessions, list) or not 0 < len(sessions) <= MOST_SESSIONS:
        raise FormatError("{file}: track '{id}' needs sessions = [[\"01-name\", …], …]", file=COURSE, id=texts["id"])
    found = tuple(tuple(_part(one, texts["id"], known) for one in _listed(session)) for session in sessions)
    return Track(texts["id"], texts["title"], texts["about"], found)


def _listed(session: Any) -> list[Any]:
    return session[:MOST_PARTS] if isinstance(session, list) else [session]


def _part(text: Any, track: str, known: set[str]) -> Part:
    lesson, _, steps = str(text).partition(":")
    if lesson.strip() not in known:
        raise FormatError("{file}: track '{id}' names the lesson '{name}', which isn't in the course", file=COURSE,
                          id=track, name=lesson.strip()[:60])  # fmt: skip
    return Part(lesson.strip(), tuple(s.strip() for s in steps.split(",") if s.strip()))


def order(task: str, n: int) -> list[int]:
    """In which order the reasons of a question stand: the same on the screen and on paper, another for each question.

    Whoever writes a lesson may always put the right one first.
    """
    return sorted(range(n), key=lambda i: hashlib.sha256(f"{task} {i}".encode()).digest())
