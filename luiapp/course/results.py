"""Result files: what somebody did in a lesson, with a seal that shows when it was edited afterwards.

The seal is an HMAC over everything else in the file. Its key is the class's word; whoever knows the word can make a
seal, so it shows edits, and doesn't prove who sat there.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luiapp.course.lesson import Entry, Lesson, Prediction, Question
from luiapp.course.play import Play
from luiapp.errors import FileError, FormatError
from luiapp.version import __version__

FORMAT, VERSION = "luiapp-result", 1
MOST_BYTES = 2_000_000
_SEAL = "seal"


@dataclass(frozen=True)
class Result:
    """What a file says, and whether its seal fits."""

    data: dict[str, Any]
    genuine: bool

    @property
    def person(self) -> str:
        return str(self.data.get("person", ""))

    @property
    def lesson(self) -> str:
        return str(self.data.get("lesson", ""))


def result(play: Play, person: str, *, created: str, word: str = "") -> dict[str, Any]:
    """The sealed result of a play, JSON-ready. `created` is a date as text, `word` the class's."""
    done, steps = play.progress()
    data: dict[str, Any] = {
        "format": FORMAT, "version": VERSION, "software": f"luiapp {__version__}", "created": created,
        "person": person, "lesson": play.lesson.name, "title": play.lesson.title,
        "steps_done": done, "steps": steps, "score": score(play), "points": list(points(play)), "known": play.known,
    }  # fmt: skip
    return {**data, _SEAL: seal(data, word)}


def score(play: Play) -> dict[str, list[int]]:
    """Right and all, of questions and of picked predictions."""
    found = {}
    for name, kind in (("questions", Question), ("predictions", Prediction)):
        tasks = [t for t in _tasks(play.lesson) if isinstance(t, kind) and getattr(t, "kind", "pick") == "pick"]
        found[name] = [sum(bool(play.known.get(t.id, {}).get("right")) for t in tasks), len(tasks)]
    return found


def points(play: Play) -> tuple[int, int]:
    """Points for what was measured, and how many there are: ten for each value at the first try.

    Two less for each further try and one less for each hint; what was found gives at least two.
    """
    entries = [t for t in _tasks(play.lesson) if isinstance(t, Entry)]
    found = 0
    for task in entries:
        state = play.known.get(task.id, {})
        if state.get("ok"):
            found += max(2, 10 - 2 * (int(state.get("tries", 1)) - 1) - int(state.get("hints", 0)))
    return found, 10 * len(entries)


def seal(data: dict[str, Any], word: str = "") -> str:
    """HMAC-SHA256 of the data, whatever the order of its keys."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hmac.new(b"luiapp-result-1:" + word.encode(), text.encode(), hashlib.sha256).hexdigest()


def write_result(path: Path, data: dict[str, Any]) -> Path:
    """Write it, whole or not at all. Raises `FileError`."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FileError("'{path}' can't be written: {why}", path=path, why=error.strerror) from error
    return path


def read_result(path: Path, word: str = "") -> Result:
    """Read one and hold its seal against it. Raises `FileError` or `FormatError`."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileError("'{path}' can't be read: {why}", path=path, why=error.strerror) from error
    if len(raw) > MOST_BYTES:
        raise FormatError("'{name}' is larger than {most} bytes; a result isn't", name=path.name, most=MOST_BYTES)
    try:
        data = json.loads(raw)
        sealed = dict(data)
        told = sealed.pop(_SEAL)
        if data["format"] != FORMAT or not isinstance(told, str):
            raise ValueError
        genuine = hmac.compare_digest(told.encode(), seal(sealed, word).encode())
    except (ValueError, TypeError, KeyError, RecursionError):
        raise FormatError("'{name}' is not the result of a lesson", name=path.name) from None
    return Result(data, genuine)


def _tasks(lesson: Lesson) -> list[Any]:
    return [task for step in lesson.steps for task in step.tasks]
