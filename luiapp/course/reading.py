"""A lesson from its folder. What comes from outside is data: bounded, checked, and never run."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from luiapp.course import schema
from luiapp.course.lesson import Button, Check, Entry, Experiment, Lesson, Prediction, Question, Step, Task
from luiapp.course.markdown import Block, blocks, plain
from luiapp.course.trial import MOST_SECONDS, Knob
from luiapp.errors import FileError, FormatError

PAGES = {"en": "lesson.md", "de": "lesson.de.md"}
TEACHER = {"en": "teacher.md", "de": "teacher.de.md"}
SOLUTION = "solution.toml"
MOST_BYTES = 400_000  # of one file
MOST_STEPS = 40
BY_CHANCE = "by chance"  # of a lesson's parts: other ones for everybody
_DRAWN = ("neuron", "low", "high")
_PICKED = ("options", "answer", "reasons", "reason")


def read_text(folder: Path, name: str) -> str:
    """A file of a lesson's folder; a link that leads out of it isn't read. Raises `FileError` or `FormatError`."""
    path = folder / name
    if Path(name).name != name or path.resolve().parent != folder.resolve():
        raise FormatError("'{name}' lies outside the lesson's folder; a lesson reads its own files alone", name=name)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileError("'{path}' can't be read: {why}", path=path, why=error.strerror) from error
    if len(data) > MOST_BYTES:
        raise FormatError("'{name}' is larger than {most} bytes; a lesson's file is text for people",
                          name=name, most=MOST_BYTES)  # fmt: skip
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormatError("'{name}' is not UTF-8 text; save it as UTF-8", name=name) from None


def read_toml(text: str, place: str) -> dict[str, Any]:
    """The table in `text`; a `FormatError` says where it isn't TOML."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise FormatError("{place}: this is not TOML: {why}", place=place, why=error) from None


def read_lesson(folder: str | Path, language: str = "en") -> Lesson:
    """The lesson in `folder`, in a language; its English page where there is none in that language.

    Raises
    ------
    FileError, FormatError
        What is missing or wrong, with file and line.
    """
    folder = Path(folder)
    lesson = _Page(PAGES["en"], read_text(folder, PAGES["en"])).lesson(folder.name, "en")
    if (folder / SOLUTION).exists():
        solution = _solution(read_toml(read_text(folder, SOLUTION), SOLUTION), lesson)
        lesson = _with(lesson, solution=solution)
    page = PAGES.get(language, PAGES["en"])
    if page != PAGES["en"] and (folder / page).exists():
        lesson = _with(_Page(page, read_text(folder, page), lesson).lesson(folder.name, language),
                       solution=lesson.solution)  # fmt: skip
    sheet = TEACHER.get(language, TEACHER["en"])
    sheet = sheet if (folder / sheet).exists() else TEACHER["en"]
    if (folder / sheet).exists():
        lesson = _with(lesson, teacher=tuple(blocks(read_text(folder, sheet), sheet)))
    return lesson


def _with(thing: Any, **changes: Any) -> Any:
    return replace(thing, **changes)


class _Page:
    """One page on its way to a lesson; of a translated page, `original` holds all that is no text."""

    def __init__(self, file: str, text: str, original: Lesson | None = None) -> None:
        self._file, self._original = file, original
        self._blocks = blocks(text, file)
        self._seen: set[str] = set()

    def lesson(self, name: str, language: str) -> Lesson:
        rest = list(self._blocks)
        if not rest or rest[0].kind != "heading" or rest[0].level != 1:
            raise FormatError("{file} must begin with its title, such as '# Meet Lu.i'", file=self._file)
        title = plain(rest.pop(0).spans)
        head: dict[str, Any] = {}
        if rest and rest[0].kind == "data" and rest[0].name == "lesson":
            head = self._fence(rest.pop(0))
        if self._original is None and not head:
            raise FormatError("{file} needs a fence ```lesson below its title, with 'about' and 'circuit'",
                              file=self._file)  # fmt: skip
        circuit = self._original.circuit if self._original is not None else head["circuit"]
        steps = self._steps(rest)
        if self._original is not None:
            self._same(steps, self._original)
        free = self._original.free if self._original is not None else head.get("free", ())
        chance = self._original.by_chance if self._original is not None else head.get("parts") == BY_CHANCE
        return Lesson(name, language, title, str(head.get("about", "")), circuit, steps, by_chance=chance, free=free)

    def _steps(self, rest: list[Block]) -> tuple[Step, ...]:
        starts = [i for i, b in enumerate(rest) if b.kind == "heading" and b.level <= 2]
        if not starts or starts[0] != 0:
            raise FormatError("{file}: text stands before the first step; begin a step with '## Its title {{#name}}'",
                              file=self._file)  # fmt: skip
        if len(starts) > MOST_STEPS:
            raise FormatError("{file} has {n} steps; {most} are the most", file=self._file, n=len(starts),
                              most=MOST_STEPS)  # fmt: skip
        found = tuple(self._step(rest[a:b]) for a, b in zip(starts, [*starts[1:], len(rest)], strict=True))
        names = [step.id for step in found]
        for i, name in enumerate(names):
            if name in names[:i]:
                raise FormatError("{file}: two steps are called '{name}'", file=self._file, name=name)
        return found

    def _step(self, part: list[Block]) -> Step:
        heading, rest = part[0], part[1:]
        place = f"{self._file}:{heading.line}"
        if not heading.name or heading.level != 2:
            raise FormatError("{place}: a step's title is '## Its title {{#name}}'", place=place)
        head: dict[str, Any] = {}
        if rest and rest[0].kind == "data" and rest[0].name == "step":
            head = self._fence(rest.pop(0))
        if self._original is not None:
            known = next((s for s in self._original.steps if s.id == heading.name), None)
            if known is None:
                raise FormatError("{place}: lesson.md has no step '{name}'", place=place, name=heading.name)
            head = {name: getattr(known, name) for name in ("minutes", "point_at", "page", "link", "scope")}
        elif "minutes" not in head:
            raise FormatError("{place}: the step needs a fence ```step with its minutes", place=place)
        parts = tuple(self._task(b) if b.kind == "data" else b for b in rest)
        more = {name: str(head.get(name, "")) for name in ("point_at", "page", "link")}
        return Step(heading.name, plain(heading.spans), head["minutes"], parts, **more,
                    scope=head.get("scope", 0.0))  # fmt: skip

    def _fence(self, block: Block) -> dict[str, Any]:
        place = f"{self._file}:{block.line}"
        if block.name not in schema.FENCES:
            raise FormatError("{place}: a fence begins with one of {names}, not '{name}'",
                              place=place, name=block.name, names=", ".join(schema.FENCES))  # fmt: skip
        return schema.take(block.name, read_toml(block.text, place), place, translated=self._original is not None)

    def _task(self, block: Block) -> Task:
        place = f"{self._file}:{block.line}"
        data = self._fence(block)
        if "id" not in data:
            raise FormatError("{place}: a fence ```{kind} stands only below a title", place=place, kind=block.name)
        if data["id"] in self._seen:
            raise FormatError("{place}: two tasks are called '{name}'", place=place, name=data["id"])
        self._seen.add(data["id"])
        if self._original is not None:
            return self._translated(data, place)
        if "hints" in data:
            schema.hints(data["hints"], place)
        if block.name in ("check", "entry"):
            data["options"] = data.pop("of", {})
        if block.name in ("predict", "button"):
            data["acts"] = data.pop("do")
        match block.name:
            case "question":
                return Question(**_picked(data, place))
            case "predict":
                return _prediction(data, place)
            case "check":
                if not data["low"] <= data["high"]:
                    raise FormatError("{place}: 'low' must not be above 'high'", place=place)
                return Check(**data)
            case "entry":
                return Entry(**data)
            case "experiment":
                return _experiment(data, place)
            case _:
                return Button(**data)

    def _translated(self, data: dict[str, Any], place: str) -> Task:
        assert self._original is not None
        try:
            task: Any = self._original.task(data["id"])
        except StopIteration:
            raise FormatError("{place}: lesson.md has no task '{name}'", place=place, name=data["id"]) from None
        for name, value in data.items():
            here = getattr(task, name, None)
            if isinstance(value, tuple) and (not isinstance(here, tuple) or len(value) != len(here)):
                raise FormatError("{place}: '{name}' has {n} entries here and another number in lesson.md",
                                  place=place, name=name, n=len(value))  # fmt: skip
        return _with(task, **data)

    def _same(self, steps: tuple[Step, ...], original: Lesson) -> None:
        for here, there in zip(steps, original.steps, strict=False):
            ours, theirs = [t.id for t in here.tasks], [t.id for t in there.tasks]
            if here.id != there.id or ours != theirs:
                raise FormatError("{file}: step '{name}' must have the tasks of lesson.md in their order: {names}",
                                  file=self._file, name=there.id, names=", ".join(theirs) or "–")  # fmt: skip
        if len(steps) != len(original.steps):
            raise FormatError("{file} has {n} steps, lesson.md has {there}", file=self._file, n=len(steps),
                              there=len(original.steps))  # fmt: skip


def _picked(data: dict[str, Any], place: str) -> dict[str, Any]:
    for which, among in (("answer", "options"), ("reason", "reasons")):
        if not 1 <= data[which] <= len(data[among]):
            raise FormatError("{place}: '{name}' is {value}, but there are {n} to choose from",
                              place=place, name=which, value=data[which], n=len(data[among]))  # fmt: skip
    return {**data, "answer": data["answer"] - 1, "reason": data["reason"] - 1}


def _prediction(data: dict[str, Any], place: str) -> Prediction:
    wanted = {"pick": _PICKED, "draw": _DRAWN}.get(data["kind"])
    if wanted is None:
        raise FormatError("{place}: a prediction is of kind 'pick' or 'draw', not '{kind}'",
                          place=place, kind=data["kind"])  # fmt: skip
    for name in wanted:
        if name not in data:
            raise FormatError("{place}: '{name}' is missing; a prediction of kind '{kind}' needs it",
                              place=place, name=name, kind=data["kind"])  # fmt: skip
    if not 0 < data["seconds"] <= 60:
        raise FormatError("{place}: a prediction runs for 0 to 60 seconds, not {value}",
                          place=place, value=data["seconds"])  # fmt: skip
    return Prediction(**(_picked(data, place) if data["kind"] == "pick" else data))


def _experiment(data: dict[str, Any], place: str) -> Experiment:
    for what, called in (("knobs", "names"), ("values", "value_names"), ("curves", "curve_names")):
        if len(data.get(what, ())) != len(data.get(called, ())):
            raise FormatError("{place}: '{what}' and '{called}' must be equally many", place=place, what=what,
                              called=called)  # fmt: skip
    if len(data.get("axes", ("", ""))) != 2:
        raise FormatError("{place}: 'axes' are two texts: what goes to the right, and what goes up", place=place)
    if not 0 < data["seconds"] <= MOST_SECONDS:
        raise FormatError("{place}: an experiment may take 0 to {most} seconds, not {value}", place=place,
                          most=MOST_SECONDS, value=data["seconds"])  # fmt: skip
    try:
        for knob, name in zip(data.get("knobs", ()), data.get("names", ()), strict=True):
            Knob.read(knob, name)
    except FormatError as error:
        raise FormatError("{place}: {error}", place=place, error=error) from None
    return Experiment(**data)


def _solution(data: dict[str, Any], lesson: Lesson) -> dict[str, tuple[Any, ...]]:
    known = {step.id for step in lesson.steps}
    for name in data:
        if name not in known:
            raise FormatError("{file}: lesson.md has no step '{name}'", file=SOLUTION, name=name)
    return {name: schema.acts(value, f"{SOLUTION}, {name}", robot=True) for name, value in data.items()}
