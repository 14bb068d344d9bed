"""What each learner has done, in one SQLite file: whatever ends the program, the last thing done is there.

No accounts: a person, or a pair, is a name somebody typed.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from luiapp.errors import FileError, ParameterError

VERSION = 1
LONGEST_NAME = 60
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS progress (person TEXT NOT NULL, lesson TEXT NOT NULL, state TEXT NOT NULL, "
    "changed REAL NOT NULL, PRIMARY KEY (person, lesson)) WITHOUT ROWID"
)


class Progress:
    """The file. Opened for each deed anew, so that several windows may share it.

    Parameters
    ----------
    path : Path
        Made with its folder when something is first kept.
    clock : callable
        Seconds since 1970.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock

    def keep(self, person: str, lesson: str, state: dict[str, Any]) -> None:
        """Keep how a lesson stands. It is on disk when this returns. Raises `FileError` or `ParameterError`."""
        text = json.dumps(state, ensure_ascii=False, allow_nan=False)
        with self._open() as file, file:
            file.execute("INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?)",
                         (person_name(person), lesson, text, self._clock()))  # fmt: skip

    def get(self, person: str, lesson: str) -> dict[str, Any] | None:
        """How a lesson stands; None where nothing is known."""
        if not self._path.exists():
            return None
        with self._open() as file:
            row = file.execute("SELECT state FROM progress WHERE person = ? AND lesson = ?",
                               (person_name(person), lesson)).fetchone()  # fmt: skip
        try:
            state = json.loads(row[0]) if row else None
        except ValueError:
            return None
        return state if isinstance(state, dict) else None

    def reset(self, person: str, lesson: str) -> None:
        """Forget a lesson."""
        if self._path.exists():
            with self._open() as file, file:
                file.execute("DELETE FROM progress WHERE person = ? AND lesson = ?", (person_name(person), lesson))

    def people(self) -> list[str]:
        """Everybody that something is known of, the latest first."""
        if not self._path.exists():
            return []
        with self._open() as file:
            rows = file.execute("SELECT person FROM progress GROUP BY person ORDER BY max(changed) DESC").fetchall()
        return [row[0] for row in rows]

    def lessons(self, person: str) -> dict[str, float]:
        """When [s since 1970] each lesson of a person was last touched."""
        if not self._path.exists():
            return {}
        with self._open() as file:
            return dict(file.execute("SELECT lesson, changed FROM progress WHERE person = ?", (person_name(person),)))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=5.0)) as file:
                # The journal of old: one file when nothing happens, and safe on memory sticks, too.
                file.execute("PRAGMA journal_mode = DELETE")
                file.execute("PRAGMA synchronous = FULL")
                version = file.execute("PRAGMA user_version").fetchone()[0]
                if version > VERSION:
                    raise FileError("'{path}' was written by a newer luiapp; update this one", path=self._path)
                if version < VERSION:
                    with file:
                        file.execute(_SCHEMA)
                        file.execute(f"PRAGMA user_version = {VERSION}")
                yield file
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, FileError):
                raise
            raise FileError("the progress of the lessons can't be kept in '{path}': {why}",
                            path=self._path, why=error) from error  # fmt: skip


def person_name(text: str) -> str:
    """A person's name, tidied. Raises `ParameterError` if nothing is left of it, or it is too long."""
    name = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not name:
        raise ParameterError("type a name, or those of a pair")
    if len(name) > LONGEST_NAME:
        raise ParameterError("a name may have {most} letters, not {n}", most=LONGEST_NAME, n=len(name))
    return name
