"""Every text of the twin and of the examples has its German."""

from __future__ import annotations

import ast
from pathlib import Path

from luiapp.model.library import EXAMPLES
from luiapp.texts import set_language, tr

ROOT = Path(__file__).parents[2] / "luiapp"


def test_examples_and_errors_are_translated() -> None:
    texts = {text for one in EXAMPLES.values() for text in (one.title, one.about)}
    for path in ROOT.glob("simulate/twin*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                first = node.exc.args[0]
                assert isinstance(first, ast.Constant)
                texts.add(first.value)
    assert len(texts) >= 17
    set_language("de")
    assert [text for text in texts if tr(text) == text] == []
