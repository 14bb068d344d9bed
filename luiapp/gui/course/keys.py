"""Keys of the course: a step on and back, on the stage by a clicker, too."""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtGui, QtWidgets

from luiapp.gui.theme import Look
from luiapp.texts import mark

KEYS = (("back", mark("Lesson: one step back"), "Alt+Left"), ("next", mark("Lesson: one step on"), "Alt+Right"))
_CLICKER = {"back": "PgUp", "next": "PgDown"}


def step_actions(parent: QtWidgets.QWidget, go: Callable[[int], object]) -> dict[str, QtGui.QAction]:
    """The actions of `KEYS`, by name."""
    found = {}
    for name, _, key in KEYS:
        action = QtGui.QAction(parent)
        action.setObjectName(f"lesson_{name}")
        action.setShortcut(key)
        action.triggered.connect(lambda _c=False, by=-1 if name == "back" else 1: go(by))
        found[name] = action
    return found


def keys_of(name: str, key: str, look: Look) -> list[QtGui.QKeySequence]:
    """The keys of an action; on the stage those that a presenter's clicker sends as well."""
    every = [key, _CLICKER[name]] if look.theme.name == "stage" else [key]
    return [QtGui.QKeySequence(one) for one in every]
