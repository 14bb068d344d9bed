"""Every text of the link and the board rig exists in German, with the same fields."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import luiapp.link
from luiapp.texts import set_language, tr

ROOT = Path(luiapp.link.__file__).parent.parent
FILES = [*sorted((ROOT / "link").glob("*.py")), ROOT / "rigs" / "board.py"]
SPEAKERS = {"tr", "mark", "LinkError", "ParameterError", "RigError"}
SAME_IN_GERMAN: set[str] = set()


def texts() -> list[str]:
    found = []
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SPEAKERS:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.append(first.value)
    return found


@pytest.mark.parametrize("text", sorted(set(texts())))
def test_a_text_has_its_german(text):
    set_language("de")
    german = tr(text)
    assert german != text, "not translated"
    assert set(re.findall(r"{\w+}", german)) == set(re.findall(r"{\w+}", text))


def test_there_are_texts_to_look_at():
    assert len(texts()) > 25
