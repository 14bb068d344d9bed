"""Every text of these rooms has its German."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import luiapp.texts
from luiapp.texts import set_language, tr

ROOT = Path(luiapp.texts.__file__).parent
FILES = [*sorted((ROOT / "files").glob("*.py")), *sorted((ROOT / "data").glob("*.py")),
         ROOT / "stream" / "record.py", ROOT / "stream" / "recorder.py", ROOT / "rigs" / "replay.py"]  # fmt: skip
SAME = {"'{file}': {reason}", "Signal ({unit})"}


def texts(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            own = name in ("tr", "mark", "_Damaged") or name in (
                "FormatError",
                "FileError",
                "ParameterError",
                "RigError",
            )
            if own and isinstance(node.args[0].value, str):
                found.append(node.args[0].value)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_text_is_translated(path: Path) -> None:
    set_language("de")
    assert [text for text in texts(path) if tr(text) == text and text not in SAME] == []
