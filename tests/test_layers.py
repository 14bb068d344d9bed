"""Who may import whom, held against every import statement of the package, wherever it stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "luiapp"
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "locale" not in p.parts)

_BASIC = {"errors", "units", "texts"}
_PLAIN = _BASIC | {"model", "data"}
# Which rooms of ours each room may import. A room that isn't listed may not exist. `version` is open to all.
ROOMS: dict[str, set[str]] = {
    "version": set(),
    "texts": set(),
    "errors": {"texts"},
    "units": {"errors", "texts"},
    "kernels": set(),
    "model": _BASIC,
    "data": _BASIC,
    "files": _PLAIN,
    "simulate": _PLAIN | {"kernels"},
    "chip": _PLAIN | {"kernels"},
    "train": _PLAIN | {"kernels"},
    "deploy": _PLAIN | {"chip", "train"},  # a trained network on a chip: where these two siblings meet
    "link": _BASIC | {"data"},
    "stream": _PLAIN | {"kernels"},  # the ring's min/max pyramid
    "rigs": _PLAIN | {"stream", "simulate", "chip", "link", "files"},
    "experiments": _PLAIN | {"stream", "kernels"},  # the inner loops of the twin fit
    "course": _PLAIN | {"stream"},  # what a lesson does to the bench are commands for any rig
}
_LOWER = set(ROOMS)
ROOMS["gui"] = _LOWER
ROOMS["cli"] = _LOWER | {"gui"}
ROOMS["__init__"] = _LOWER
ROOMS["__main__"] = {"cli"}

# Which packages from outside; what isn't listed here is refused everywhere. The standard library is free.
OUTSIDE: dict[str, set[str]] = {
    "numba": {"kernels"},
    "llvmlite": {"kernels"},
    "serial": {"link/port.py"},
    "PySide6": {"gui"},
    "shiboken6": {"gui"},
    "pyqtgraph": {"gui"},
    "sounddevice": {"gui"},  # optional
    "segno": {"gui"},
    "distributed": {"train/sweep/run.py"},  # optional
    "sklearn": {"train/digits.py"},  # optional
    "mcap": {"files"},
    "lz4": {"files"},
    "zstandard": {"files"},
    "nir": {"files"},  # optional
    "numpy": {*ROOMS} - {"version", "texts", "errors", "units", "__init__", "__main__"},
}


def imports(tree: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """(line, dotted name, whether it stands inside a function) of everything that a file imports."""
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("late", "import_module", "__import__") and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value.partition(":")[0], True  # an import in disguise is one, too
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, id(node) in inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports here are absolute"
            base = node.module or ""
            if base == "luiapp":  # `from luiapp import model` names a room as well
                yield from ((node.lineno, f"luiapp.{alias.name}", id(node) in inside) for alias in node.names)
            else:
                yield node.lineno, base, id(node) in inside


def faults(where: str, source: str) -> list[str]:
    """What a file at `where` (below luiapp) imports against the rules."""
    import sys

    room = where.partition("/")[0].removesuffix(".py")
    if room not in ROOMS:
        return [f"{where}: there is no room '{room}'"]
    found = []
    for line, name, inside in imports(ast.parse(source)):
        top, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        if top == "luiapp":
            if not target:
                found.append(f"{where}:{line}: imports the package root, which is for users only")
            elif target not in (*ROOMS[room], room, "version"):
                found.append(f"{where}:{line}: {room} may not import {target}")
            elif (room, target) == ("cli", "gui") and not inside:
                found.append(f"{where}:{line}: cli imports gui inside functions only, as it runs without Qt")
        elif top not in sys.stdlib_module_names and top != "__future__":
            allowed = OUTSIDE.get(top)
            if allowed is None:
                found.append(f"{where}:{line}: {top} is no dependency of ours")
            elif room not in allowed and where not in allowed:
                found.append(f"{where}:{line}: {top} belongs into {', '.join(sorted(allowed))}")
    if where.startswith("gui/") and where.endswith("state.py"):
        found += [f"{where}:{n}: a state file knows no Qt" for n, m, _ in imports(ast.parse(source))
                  if m.partition(".")[0] in ("PySide6", "pyqtgraph", "shiboken6")]  # fmt: skip
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_import_is_allowed(path: Path) -> None:
    assert faults(path.relative_to(PACKAGE).as_posix(), path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("where", "source"),
    [
        ("model/x.py", "import numba"),
        ("model/x.py", "from luiapp.simulate import run"),
        ("link/client.py", "def f():\n    import serial"),
        ("stream/x.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from luiapp.rigs import registry"),
        ("cli/x.py", "from luiapp.gui.app import main"),
        ("files/x.py", "import luiapp"),
        ("files/x.py", "from luiapp import gui"),
        ("data/x.py", "import pandas"),
        ("gui/bench/state.py", "from PySide6 import QtCore"),
        ("utils/x.py", "import math"),
        ("simulate/x.py", "from luiapp.train import fit"),
        ("gui/recordings/state.py", 'late("mcap.reader")'),
    ],
)
def test_the_rules_catch(where: str, source: str) -> None:
    assert len(faults(where, source)) == 1


@pytest.mark.parametrize(
    ("where", "source"),
    [
        ("kernels/x.py", "import numba, math"),
        ("link/port.py", "import serial.tools.list_ports"),
        ("cli/x.py", "def f():\n    from luiapp.gui.app import main"),
        ("rigs/x.py", "from luiapp.stream.source import Rig\nfrom luiapp.rigs.sim import SimRig"),
        ("gui/x.py", "from PySide6 import QtCore"),
    ],
)
def test_the_rules_allow(where: str, source: str) -> None:
    assert faults(where, source) == []


def test_no_room_and_no_file_is_called_utils() -> None:
    names = [p for p in [*PACKAGE.rglob("*"), *PACKAGE.parent.glob("tests/**/*")] if re.fullmatch(r"utils?", p.stem)]
    assert names == []


@pytest.mark.parametrize("path", [*FILES, *sorted(Path(__file__).parent.rglob("*.py"))], ids=lambda p: p.name)
def test_no_file_outgrows_its_room(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400
