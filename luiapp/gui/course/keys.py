"""Keys of the course: a step on and back, on the stage by a clicker, too, which first leafs through a long step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.theme import Look
from luiapp.texts import mark

KEYS = (("back", mark("Lesson: one step back"), "Alt+Left"), ("next", mark("Lesson: one step on"), "Alt+Right"))
_MOST_OF_A_PAGE, _A_LITTLE = 0.85, 0.12
_BELOW = 12  # px under what is to be seen last
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


def leaf(inside: QtWidgets.QWidget, last: QtWidgets.QWidget, by: int, look: Look) -> bool:
    """On the stage: scroll on (1) or back (−1) by most of a page, down to the widget `last` inside the column.

    Returns whether there was something left to see.
    """
    bar = _bar(inside)
    if bar is None or look.theme.name != "stage":
        return False
    before, page = bar.value(), bar.pageStep()
    end = max(last.mapTo(inside, QtCore.QPoint(0, last.height())).y() + _BELOW - page, 0)
    if by > 0 and before >= end:
        return False
    wanted = before + by * round(_MOST_OF_A_PAGE * page)
    bar.setValue(end if by > 0 and wanted > end - _A_LITTLE * page else wanted)
    return bar.value() != before


def to_top(inside: QtWidgets.QWidget) -> None:
    """Another step is read from its beginning."""
    bar = _bar(inside)
    if bar is not None:
        bar.setValue(0)


def _bar(inside: QtWidgets.QWidget) -> QtWidgets.QScrollBar | None:
    """That of the column in which a widget stands."""
    over = inside.parentWidget()
    while over is not None and not isinstance(over, QtWidgets.QScrollArea):
        over = over.parentWidget()
    return None if over is None else over.verticalScrollBar()


def keys_of(name: str, key: str, look: Look) -> list[QtGui.QKeySequence]:
    """The keys of an action; on the stage those that a presenter's clicker sends as well."""
    every = [key, _CLICKER[name]] if look.theme.name == "stage" else [key]
    return [QtGui.QKeySequence(one) for one in every]
