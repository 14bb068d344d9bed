"""One table of all commands: what they are called, their keys, their icons. Everything that can be done is in here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.texts import mark, tr


@dataclass(frozen=True)
class Command:
    """One line of the table.

    ``keys`` are Qt's names of key sequences, the first is shown. ``group`` orders the help card and the menu.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    group: str = ""
    checkable: bool = False


PLAY, RECORDING, CIRCUIT, VIEW, HELP = (
    mark("Play"), mark("Recordings"), mark("Circuit"), mark("View"), mark("Help"),
)  # fmt: skip
GROUPS = (PLAY, RECORDING, CIRCUIT, VIEW, HELP)

LOCAL_KEYS = frozenset({"Del", "Backspace", "End", "Home", "F2", "Return", "Enter", "+", "-", "PgUp", "PgDown",
                        "Left", "Right", "Up", "Down", "Tab", "Esc"})  # fmt: skip
COMMANDS = (
    Command("kick", mark("Make the neuron spike"), ("Space",), "bench", PLAY),
    Command("pause", mark("Pause"), ("P",), "pause", PLAY, True),
    Command("step", mark("One step of 10 ms"), (".",), "step", PLAY),
    Command("slower", mark("Slower"), ("Alt+Down",), "", PLAY),
    Command("faster", mark("Faster"), ("Alt+Up",), "", PLAY),
    Command("real_time", mark("Real time"), ("Alt+0",), "", PLAY),
    Command("sound", mark("Hear the spikes"), ("S",), "sound", PLAY, True),
    Command("record", mark("Record"), ("R",), "record", RECORDING, True),
    Command("live", mark("Leave the replay"), ("Ctrl+B",), "live", RECORDING),
    Command("figure", mark("Export figure…"), ("Ctrl+P",), "export", RECORDING),
    Command("open", mark("Open…"), ("Ctrl+O",), "folder", CIRCUIT),
    Command("save", mark("Save circuit as…"), ("Ctrl+S",), "", CIRCUIT),
    Command("join", mark("Join the boards on the table with the circuit"), ("Ctrl+J",), "boards", CIRCUIT),
    Command("table", mark("Find out what is on the table"), ("Shift+D",), "measure", CIRCUIT),
    Command("undo", mark("Undo"), ("Ctrl+Z",), "undo", CIRCUIT),
    Command("redo", mark("Redo"), ("Ctrl+Y", "Ctrl+Shift+Z"), "redo", CIRCUIT),
    Command("stage", mark("Stage: for the projector"), ("F11",), "", VIEW, True),
    Command("theme", mark("Light or dark"), ("T",), "theme", VIEW),
    Command("language", mark("Deutsch"), ("Ctrl+L",), "", VIEW),
    Command("lock", mark("Teacher's lock"), ("Ctrl+Shift+L",), "lock", VIEW, True),
    Command("side", mark("Side panel"), ("F9",), "", VIEW, True),
    Command("quit", mark("Quit"), ("Ctrl+Q",), "", VIEW),
    Command("help", mark("Keys"), ("F1", "?"), "help", HELP),
)


class Actions(QtCore.QObject):
    """The table as `QAction`s of one window.

    Parameters
    ----------
    window : QWidget
        Whose shortcuts they are: they act wherever the focus is in it, except while text is being typed.
    do : dict
        What each command calls; a checkable one gets the new state.
    """

    marked = QtCore.Signal(int)  # a digit was pressed

    def __init__(self, window: QtCore.QObject, do: dict[str, Callable[..., object]]) -> None:
        super().__init__(window)
        self.by_name: dict[str, QtGui.QAction] = {}
        self.markers: list[QtGui.QAction] = []
        for command in COMMANDS:
            action = QtGui.QAction(self, checkable=command.checkable)
            action.setObjectName(command.name)
            action.setShortcuts([QtGui.QKeySequence(key) for key in command.keys])
            action.setAutoRepeat(command.name in ("step", "slower", "faster", "undo", "redo"))
            signal = action.toggled if command.checkable else action.triggered
            signal.connect(do[command.name] if command.checkable else _without_state(do[command.name]))
            self.by_name[command.name] = action
        for digit in range(10):
            action = QtGui.QAction(self)
            action.setShortcut(QtGui.QKeySequence(str(digit)))
            action.setAutoRepeat(False)
            action.triggered.connect(_marker(self, digit))
            self.markers.append(action)
        self.retranslate()

    def __getitem__(self, name: str) -> QtGui.QAction:
        return self.by_name[name]

    def all(self) -> list[QtGui.QAction]:
        """Every action, for `QWidget.addActions`."""
        return [*self.by_name.values(), *self.markers]

    def retranslate(self) -> None:
        """Texts in the language in use."""
        for command in COMMANDS:
            action = self.by_name[command.name]
            action.setText(tr(command.text))
            action.setToolTip(hint(action))
        for digit, action in enumerate(self.markers):
            action.setText(tr("Marker {digit}", digit=digit))

    def set_icons(self, draw: Callable[[str], QtGui.QIcon]) -> None:
        """Icons in the colours of the theme."""
        for command in COMMANDS:
            if command.icon:
                self.by_name[command.name].setIcon(draw(command.icon))


def adopt(window: QtWidgets.QWidget, actions: list[QtGui.QAction], taken: set[str]) -> list[str]:
    """Let a panel's actions act in the whole window, and take away keys that are `taken`; returns those.

    Letters act everywhere. Keys that mean something to every list and slider (Delete, End, F2 …) act in the panel only.
    """
    refused = []
    for action in actions:
        keys = action.shortcuts()
        free = [key for key in keys if key.toString() not in taken]
        refused += [f"{action.objectName()} {key.toString()}" for key in keys if key not in free]
        if len(free) != len(keys):
            action.setShortcuts(free)
        taken.update(key.toString() for key in free)
        local = bool(free) and free[0].toString() in LOCAL_KEYS
        context = QtCore.Qt.ShortcutContext
        action.setShortcutContext(context.WidgetWithChildrenShortcut if local else context.WindowShortcut)
        if not local:
            window.addAction(action)
    return refused


def hint(action: QtGui.QAction) -> str:
    """Tool tip: what it does and its key."""
    keys = action.shortcut().toString(QtGui.QKeySequence.SequenceFormat.NativeText)
    return f"{action.text()} ({keys})" if keys else action.text()


def _without_state(call: Callable[..., object]) -> Callable[[bool], None]:
    def run(_checked: bool = False) -> None:
        call()

    return run


def _marker(actions: Actions, digit: int) -> Callable[[bool], None]:
    def run(_checked: bool = False) -> None:
        actions.marked.emit(digit)

    return run
