"""The page's own keys. They act while it is shown, wherever in it the focus is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.texts import mark, tr

TABLE = (
    ("epoch", "E", mark("Learn one epoch")),
    ("reset", "Backspace", mark("Begin anew")),
    ("watch", "W", mark("Watch the sample")),
    ("tiles", "V", mark("What tiles show")),
    ("compare", "K", mark("Compare two runs")),
    ("share", "L", mark("Hand this set-up on")),
    ("bench", "B", mark("The sample on the bench")),
    ("boards", "N", mark("A network for real boards")),
)
# What the window's keys mean on the page.
MEANINGS = {
    "kick": mark("Learn, or pause"),
    "step": mark("Learn one mini-batch"),
    "slower": mark("Slower"),
    "faster": mark("Faster"),
    "figure": mark("Export figure…"),
    "open": mark("Open a trained network…"),
    "save": mark("Save the network…"),
    "undo": mark("Undo"),
    "redo": mark("Redo"),
}


def make_keys(
    page: QtWidgets.QWidget, do: dict[str, Callable[[], object]], table: Sequence[tuple[str, str, str]] = TABLE
) -> dict[str, QtGui.QAction]:
    """An action for each line of a page's table, calling what `do` says."""
    made = {}
    for name, keys, _ in table:
        action = QtGui.QAction(page)
        action.setObjectName(name)
        action.setShortcut(QtGui.QKeySequence(keys))
        action.setShortcutContext(QtCore.Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(without_state(do[name]))
        page.addAction(action)
        made[name] = action
    return made


def retranslate(keys: dict[str, QtGui.QAction], table: Sequence[tuple[str, str, str]] = TABLE) -> None:
    """Texts in the language in use."""
    for name, _, text in table:
        keys[name].setText(tr(text))


def without_state(call: Callable[[], object]) -> Callable[[bool], None]:
    """`call` for a signal that tells whether something is checked."""

    def run(_checked: bool = False) -> None:
        call()

    return run
