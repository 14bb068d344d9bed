"""Compile the catalogues and list what lacks a translation: ``make translations``.

A tool for developers, the only file here that isn't data; it doesn't travel inside the wheel and needs babel. With
``--tidy`` it also drops translations that nothing uses any more, and of a text that stands in several catalogues all
but the one in its home.
"""

from __future__ import annotations

import ast
import io
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

LOCALE = Path(__file__).parent
PACKAGE = LOCALE.parent

LANGUAGE_TEAMS = {"de": "German"}
# The catalogue of each folder or file, by the beginning of its path; what isn't named here is in "core".
HOMES = {
    "luiapp/cli/adapter": "adapter",
    "luiapp/cli/experiment": "experiments",
    "luiapp/cli/firmware": "adapter",
    "luiapp/chip/": "chip",
    "luiapp/cli/chip": "chip",
    "luiapp/cli/fit": "experiments",
    "luiapp/cli/train": "train",
    "luiapp/cli/lesson": "course",
    "luiapp/deploy/": "chip",
    "luiapp/rigs/chip": "chip",
    "luiapp/cli/": "cli",
    "luiapp/experiments/": "experiments",
    "luiapp/course/": "course",
    "luiapp/files/": "files",
    "luiapp/gui/bench/": "gui-bench",
    "luiapp/gui/boards/adapter_box": "adapter",
    "luiapp/gui/boards/calibrate": "adapter",
    "luiapp/gui/boards/joined_box": "adapter",
    "luiapp/gui/chip/": "gui-chip",
    "luiapp/gui/course/": "course",
    "luiapp/gui/measure/": "experiments",
    "luiapp/gui/scope/": "gui-scope",
    "luiapp/gui/training/": "gui-training",
    "luiapp/gui/": "gui-shell",
    "luiapp/link/adapter": "adapter",
    "luiapp/link/calibration": "adapter",
    "luiapp/link/flash": "adapter",
    "luiapp/link/hexfile": "adapter",
    "luiapp/link/message": "adapter",
    "luiapp/link/requests": "adapter",
    "luiapp/link/uf2": "adapter",
    "luiapp/rigs/adapter": "adapter",
    "luiapp/rigs/boards": "adapter",
    "luiapp/rigs/hybrid": "adapter",
    "luiapp/link/": "link",
    "luiapp/rigs/": "link",
    "luiapp/kernels/": "simulate",
    "luiapp/simulate/": "simulate",
    "luiapp/model/library": "circuits",
    "luiapp/model/items": "circuits",
    "luiapp/model/wiring": "circuits",
    "luiapp/model/parts": "twin",
    "luiapp/stream/derived": "gui-scope",
    "luiapp/train/event/": "train-event",
    "luiapp/train/": "train",
}


@dataclass(frozen=True)
class Text:
    """A text in the code: where it stands, what it says, and which fields it is given (None: not known there)."""

    place: str
    text: str
    fields: frozenset[str] | None


@dataclass(frozen=True)
class Fault:
    """A call that no catalogue can serve."""

    place: str
    reason: str


def collect(package: Path = PACKAGE) -> tuple[list[Text], list[Fault]]:
    """All texts given to ``tr``, ``mark`` and our errors below `package`."""
    texts: list[Text] = []
    faults: list[Fault] = []
    callers = {"tr", "mark"} | error_names()
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"), str(path))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in callers and node.args:
                place = f"{path.relative_to(package.parent)}:{node.lineno}"
                for literal in _branches(node.args[0]):
                    if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
                        texts.append(Text(place, literal.value, _fields(node)))
                    elif isinstance(literal, ast.JoinedStr | ast.BinOp):
                        faults.append(Fault(place, "an f-string or a sum of strings can't be looked up; use fields"))
    return texts, faults


def error_names() -> set[str]:
    """`LuiError`, its children, and theirs, wherever in the package they are defined."""
    parents: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                parents.setdefault(node.name, set()).update(_name(base) for base in node.bases)
    names = {"LuiError"}
    while more := {name for name, bases in parents.items() if bases & names} - names:
        names |= more
    return names


def braces(text: str) -> frozenset[str]:
    """The names of the fields in a text."""
    return frozenset(name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name)


def catalogues(language: str) -> dict[Path, Catalog]:
    """The catalogues of a language, by file."""
    found = {}
    for path in sorted((LOCALE / language).glob("*.po")):
        with path.open("rb") as file:
            found[path] = read_po(file, locale=language, abort_invalid=True)
    return found


def languages() -> list[str]:
    """The languages that have a folder here."""
    return sorted(p.name for p in LOCALE.iterdir() if p.is_dir() and any(p.glob("*.po")))


def compiled(catalogue: Catalog) -> bytes:
    """What belongs into the .mo file."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def is_current(path: Path, catalogue: Catalog) -> bool:
    """Whether the compiled file beside `path` says what `catalogue` says."""
    if not path.with_suffix(".mo").is_file():
        return False
    said = [
        {str(message.id): str(message.string) for message in one if message.id and message.string}
        for one in (catalogue, read_mo(io.BytesIO(path.with_suffix(".mo").read_bytes())))
    ]
    return said[0] == said[1]


def translations(language: str) -> dict[str, str]:
    """All finished translations of a language."""
    return {
        str(m.id): str(m.string)
        for catalogue in catalogues(language).values()
        for m in catalogue
        if m.id and m.string and not m.fuzzy
    }


def home(place: str) -> str:
    """The name of the catalogue where a text at `place` belongs."""
    return next((name for start, name in HOMES.items() if place.startswith(start)), "core")


def surplus(found: dict[str, Catalog], texts: list[Text]) -> list[tuple[str, str]]:
    """(catalogue, text) of all that can go: what nothing uses, and second translations away from home.

    A text that is used in several rooms is at home in the lowest: core, else the first by name.
    """
    homes: dict[str, set[str]] = {}
    for text in texts:
        homes.setdefault(text.text, set()).add(home(text.place))
    drop = []
    for identity in sorted({str(m.id) for catalogue in found.values() for m in catalogue if m.id}):
        holders = [name for name in found if identity in found[name]]
        wanted = homes.get(identity, set())
        ranked = sorted(holders, key=lambda name: (name not in wanted, name != "core", name))
        drop += [(name, identity) for name in (ranked[1:] if wanted else holders)]
    return drop


def tidy(language: str, texts: list[Text]) -> None:
    """Drop the surplus from the files of a language."""
    found = catalogues(language)
    names = {path.stem: catalogue for path, catalogue in found.items()}
    dropped = surplus(names, texts)
    for name, identity in dropped:
        print(f"{name}.po: dropped {identity!r}")
        names[name].delete(identity)
    for path, catalogue in found.items():
        if any(name == path.stem for name, _ in dropped):
            catalogue.last_translator = "the luiapp authors"  # else babel writes its placeholders
            catalogue.language_team = LANGUAGE_TEAMS.get(language, language)
            catalogue.msgid_bugs_address = "-"
            with path.open("wb") as file:
                write_po(file, catalogue, width=110)


def main() -> int:
    """Compile everything; returns 1 if a text lacks a translation."""
    texts, faults = collect()
    if "--tidy" in sys.argv[1:]:
        for language in languages():
            tidy(language, texts)
    lacking = 0
    for language in languages():
        for path, catalogue in catalogues(language).items():
            if not is_current(path, catalogue):  # its header has dates and versions that needn't change
                path.with_suffix(".mo").write_bytes(compiled(catalogue))
            print(f"{path.relative_to(PACKAGE.parent)}: {len(catalogue)} texts")
        known = translations(language)
        for text in {t.text: t for t in texts if t.text not in known}.values():
            lacking += 1
            quoted = text.text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            print(f'\n#: {text.place} has no {language}\nmsgid "{quoted}"\nmsgstr ""')
    for fault in faults:
        print(f"{fault.place}: {fault.reason}")
    return 1 if lacking or faults else 0


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _branches(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from _branches(node.body)
        yield from _branches(node.orelse)
    else:
        yield node


def _fields(call: ast.Call) -> frozenset[str] | None:
    names = [keyword.arg for keyword in call.keywords]
    if _name(call.func) == "mark" or None in names:
        return None
    return frozenset(name for name in names if name)


if __name__ == "__main__":
    sys.exit(main())
