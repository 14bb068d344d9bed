"""Which lessons there are, and where: inside the installed package, or beside the sources."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from luiapp.course.lesson import Lesson
from luiapp.course.reading import read_lesson, read_text, read_toml
from luiapp.errors import FileError, FormatError, LuiError
from luiapp.model.library import EXAMPLES
from luiapp.model.network import Network

COURSE = "course.toml"
CONCEPTS = "concepts"  # eight questions, asked before the course and after it
PRE, POST = "concepts-pre", "concepts-post"
_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,59}$")


def lessons_folder() -> Path:
    """The folder of the lessons that belong to this program."""
    inside = Path(__file__).parent / "lessons"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "lessons"


def lesson_names(folder: Path | None = None) -> tuple[str, ...]:
    """The names of the lessons in a folder, in the order of its ``course.toml``.

    Raises `FileError` or `FormatError`: no such file, or a name that isn't one.
    """
    folder = folder or lessons_folder()
    names = read_toml(read_text(folder, COURSE), COURSE).get("lessons")
    if not isinstance(names, list) or not all(isinstance(n, str) and _NAME.match(n) for n in names):
        raise FormatError(
            "{file} needs lessons = [\"01-name\", …]: names of folders in small letters, digits and '-'", file=COURSE
        )
    return tuple(names)


def find_lesson(text: str, folder: Path | None = None) -> Path:
    """The folder of a lesson, by its name, its number, or its path.

    Raises `FileError` with the names there are.
    """
    path = Path(text)
    if (path / "lesson.md").is_file():
        return path
    folder = folder or lessons_folder()
    names = lesson_names(folder)
    number = text.zfill(2) if text.isdigit() else None
    for name in names:
        if text in (name, name.partition("-")[2]) or name.partition("-")[0] == number:
            return folder / name
    raise FileError("there is no lesson '{name}'; there are {names}", name=text, names=", ".join(names))


def open_lesson(text: str, language: str = "en", folder: Path | None = None) -> tuple[Lesson, Path]:
    """A lesson and its folder, by its name, number or path; the concept check by `PRE` or `POST`.

    Raises `FileError` or `FormatError`.
    """
    if text in (PRE, POST):
        home = (folder or lessons_folder()) / CONCEPTS
        lesson = read_lesson(home, language)
        return replace(lesson, name=text, quiet="always" if text == PRE else "until-done"), home
    home = find_lesson(text, folder)
    return read_lesson(home, language), home


def all_lessons(language: str = "en", folder: Path | None = None) -> list[Lesson]:
    """Every lesson that can be read, in order."""
    folder = folder or lessons_folder()
    found = []
    for name in lesson_names(folder):
        try:
            found.append(read_lesson(folder / name, language))
        except LuiError:  # `lesson check` tells what is wrong with it; the others are still there
            continue
    return found


def by_name(language: str = "en", folder: Path | None = None) -> dict[str, Lesson]:
    """Every lesson by its name; the concept check first and last, where there is one."""
    found = {one.name: one for one in all_lessons(language, folder)}
    try:
        pre, post = (open_lesson(one, language, folder)[0] for one in (PRE, POST))
    except LuiError:
        return found
    return {PRE: pre, **found, POST: post}


def circuit(lesson: Lesson, folder: Path, lot: int = 1) -> Network:
    """The network that a lesson starts with; boards of the library are made of the parts of `lot` and following.

    Raises `FormatError` if it names neither an example nor a file of the lesson.
    """
    if lesson.circuit in EXAMPLES:
        return EXAMPLES[lesson.circuit].build(lot)
    if not lesson.circuit.endswith(".toml"):
        raise FormatError("the circuit '{name}' is neither an example ({names}) nor a .toml file of the lesson",
                          name=lesson.circuit, names=", ".join(EXAMPLES))  # fmt: skip
    network = Network.from_dict(_complete(read_toml(read_text(folder, lesson.circuit), lesson.circuit)))
    for i in range(network.n_neurons):
        network.set_parameter(i, "parts_seed", 0 if lot == 0 else lot + i)
    return network


def _complete(data: dict[str, object]) -> dict[str, object]:
    """Boards whose every membrane is measured, unless the file says otherwise."""
    rows = data.get("neurons")
    probes = [{"neuron": i} for i in range(len(rows))] if isinstance(rows, list) else []
    return {"format": "luiapp-network", "model": "lui", "probes": probes, **data}
