"""A window with fakes behind it, for tests of the shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fakes import FakeRig, two_boards
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.data.chunk import Chunk
from luiapp.errors import RigError
from luiapp.gui import rail, shell
from luiapp.gui.boards.watch import PortWatch
from luiapp.gui.desk import Desk
from luiapp.gui.faults import Faults
from luiapp.gui.live import Live
from luiapp.gui.paths import Paths
from luiapp.gui.recording import Recording
from luiapp.gui.settings import Settings
from luiapp.gui.shell import Shell
from luiapp.gui.sources import Sources
from luiapp.gui.theme import Look
from luiapp.model.network import Network
from luiapp.stream.source import Command, Description, Seek, SetPaused
from luiapp.texts import tr


class FakePanel(QtWidgets.QWidget):
    """Stands where bench, scope and inspector stand."""

    def __init__(self, live: Live, look: Look, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.restored: dict[str, Any] = {}
        self.exported: list[str] = []
        self._action = QtGui.QAction(self)
        self._action.setShortcut("Ctrl+Shift+J")
        self.retranslate()

    def retranslate(self) -> None:
        self._action.setText(tr("Pause"))

    def state(self) -> dict[str, Any]:
        return {"seen": 7}

    def restore(self, state: dict[str, Any]) -> None:
        self.restored = state

    def actions(self) -> list[QtGui.QAction]:
        return [self._action]

    def export_figure(self, path: str) -> None:
        Path(path).write_text("figure")


class ReplayFake(FakeRig):
    """A recording of 20 s."""

    def __init__(self) -> None:
        super().__init__(kind="replay")
        self.at = 0.0

    def describe(self) -> Description:
        return Description({}, frozenset({SetPaused, Seek}), False, 20.0)

    def send(self, command: Command) -> None:
        if isinstance(command, Seek):
            self.sent.append(command)
            self.at = command.time
        else:
            super().send(command)

    def health(self) -> dict[str, int | float | str]:
        return {"position": self.at}


@dataclass
class FakeWriter:
    """Writes what a recorder gives it, one line a chunk."""

    path: Path
    metadata: dict[str, Any]
    bytes_written: int = 0
    closed: bool = False

    def append(self, chunk: Chunk) -> None:
        self.bytes_written += chunk.samples.nbytes
        with self.path.open("a") as file:
            file.writelines(f"{e.kind} {e.value}\n" for e in chunk.events)
            file.write(f"{chunk.i_first} {chunk.n_samples}\n")

    def flush(self) -> None: ...

    def close(self) -> None:
        self.closed = True
        with self.path.open("a") as file:
            file.write("end\n")


@dataclass(frozen=True)
class FakeExample:
    title: str
    build: Callable[[], Network]


class Kit:
    """The window and what lies behind it."""

    def __init__(self, home: Path, *, theme: str = "dark") -> None:
        self.paths = Paths.under(home)
        self.settings = Settings(self.paths.settings)
        self.faults = Faults()
        self.look = Look(theme)
        self.look.apply()
        self.rigs: list[FakeRig] = []
        self.writers: list[FakeWriter] = []
        self.shell = Shell(self.settings, self.faults, self.look, self.paths)
        self.live = Live(self.shell)
        examples = {"single": FakeExample("Pause", two_boards), "other": FakeExample("Record", two_boards)}
        self.sources = Sources(self.live, make_sim=self.make_sim, open_rig=self.open_rig, examples=examples)
        self.recording = Recording(self.live, self.paths.recordings, make_writer=self.make_writer)
        self.plugged: list[Any] = []
        self.watch = PortWatch(self.shell, lister=lambda: list(self.plugged))
        self.desk = Desk(self.live, self.look, self.sources, self.recording, self.settings, self.faults, self.paths,
                         self.watch, self.shell.banner.tell, self.shell.pages.open_beside)  # fmt: skip

    def make_sim(self, network: Network) -> FakeRig:
        self.rigs.append(FakeRig(network.copy()))
        return self.rigs[-1]

    def open_rig(self, text: str) -> FakeRig:
        kind = text.partition(":")[0]
        if kind == "broken":
            raise RigError("no")
        self.rigs.append(ReplayFake() if kind == "replay" else FakeRig(kind=kind))
        return self.rigs[-1]

    def make_writer(self, path: Path, metadata: dict[str, Any]) -> FakeWriter:
        self.writers.append(FakeWriter(path, metadata))
        return self.writers[-1]

    @property
    def rig(self) -> FakeRig:
        rig = self.live.rig
        assert isinstance(rig, FakeRig)
        return rig


def use_fake_panels(monkeypatch: Any) -> None:
    """Bench, scope and inspector are made by others and tested there."""
    monkeypatch.setattr(shell, "PANELS", {"bench": "shell_kit:FakePanel", "scope": "shell_kit:FakePanel"})
    monkeypatch.setattr(shell, "SIDE_AFTER_MS", 0)
    places = (replace(rail.PLACES[0], side="shell_kit:FakePanel"), *rail.PLACES[1:])
    monkeypatch.setattr(shell, "PLACES", places)


def open_window(qtbot: Any, home: Path, *, rig: bool = True, theme: str = "dark") -> Kit:
    """A shown window with everything loaded and, if `rig`, a running one."""
    kit = Kit(home, theme=theme)
    kit.shell.restore_layout()
    with qtbot.waitSignal(kit.shell.painted, timeout=5000):
        kit.shell.show()
    kit.shell.attach(kit.desk)
    with qtbot.waitSignal(kit.shell.loaded, timeout=5000):
        kit.shell.load_next()
    if rig:
        with qtbot.waitSignal(kit.live.rig_changed, timeout=5000):
            kit.sources.open_example("single")
        qtbot.waitUntil(lambda: kit.live.ring is not None and kit.live.ring.head > 0, timeout=5000)
    kit.shell.activateWindow()
    return kit


@contextmanager
def window(qtbot: Any, home: Path, **options: Any) -> Iterator[Kit]:
    """`open_window`, and `close_window` whatever happens."""
    kit = open_window(qtbot, home, **options)
    try:
        yield kit
    finally:
        close_window(kit)


def settle() -> None:
    """Let events in and then the layouts finish: a clock that ticked in that turn may just have changed a text."""
    QtWidgets.QApplication.processEvents()
    QtCore.QCoreApplication.sendPostedEvents()


def close_window(kit: Kit) -> None:
    """Close, and let Qt delete."""
    kit.shell.close()
    kit.shell.deleteLater()
    app = QtWidgets.QApplication.instance()
    assert app is not None
    app.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    app.setStyleSheet("")
