"""What the window remembers from one start to the next, and how it looks when there is nothing to remember."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6 import QtCore

from luiapp.errors import LuiError

if TYPE_CHECKING:
    from luiapp.gui.live import Live
    from luiapp.gui.settings import Settings
    from luiapp.gui.shell import Shell

_log = logging.getLogger(__name__)
SIDE_WIDTH = (340, 410)
BENCH_SHARE = 0.58
KEEP_AFTER_MS = 3000
MOST_KEPT = 256  # neurons of a circuit that is saved while it runs


def restore_layout(shell: Shell) -> None:
    """Window and splitters as they were left, or as designed."""
    if not _unpack(shell.settings, "geometry", shell.restoreGeometry):
        shell.resize(1366, 768)
    restore_splitters(shell)


def restore_splitters(shell: Shell) -> None:
    """Bench over scope, and the right column, as they were left or as designed."""
    if not _unpack(shell.settings, "splitter_main", shell.main.restoreState):
        shell.main.setSizes([round(BENCH_SHARE * 1000), round((1 - BENCH_SHARE) * 1000)])
    if not _unpack(shell.settings, "splitter_side", shell.across.restoreState):
        width = min(max(shell.width() // 4, SIDE_WIDTH[0]), SIDE_WIDTH[1])
        shell.across.setSizes([shell.width() - width, width])


def remember(shell: Shell) -> None:
    """Put everything into the settings; they still have to be saved."""
    put = shell.settings.put
    if not (shell.isFullScreen() or shell.look.theme.name == "stage"):  # the stage has sizes of its own
        for name, data in (("geometry", shell.saveGeometry()), ("splitter_main", shell.main.saveState()),
                           ("splitter_side", shell.across.saveState())):  # fmt: skip
            put(name, base64.b64encode(data.data()).decode())
    put("side", shell.place)
    put("side_open", shell.deeds.everyday_side)
    put("theme", shell.deeds.everyday_theme)
    states = shell.settings.get("panels")
    for name, panel in shell.panels.items():
        if hasattr(panel, "state"):
            states[name] = panel.state()
    put("panels", states)
    try:
        network = shell.sources.circuit() if shell.sources is not None else None
        if network is not None:
            put("network", network.to_dict())
    except LuiError as error:
        _log.error("the circuit can't be remembered: %s", error)


def save(shell: Shell) -> None:
    """Remember everything, on disk."""
    remember(shell)
    try:
        shell.settings.save()
    except OSError as error:
        _log.error("settings can't be saved: %s", error)


class Keeper(QtCore.QObject):
    """Saves some seconds after the circuit, theme or language changed: then even a crash loses little."""

    def __init__(self, shell: Shell, live: Live) -> None:
        super().__init__(shell)
        self._shell = shell
        self._timer = QtCore.QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self._timer.timeout.connect(self._keep)
        live.undo.indexChanged.connect(self.changed)
        live.rig_changed.connect(self.changed)
        shell.look.changed.connect(self.changed)

    def changed(self) -> None:
        """Something is to be kept; saved once it has been calm for a while."""
        self._timer.start()

    def stop(self) -> None:
        """At the end, where all is saved anyway."""
        self._timer.stop()

    def _keep(self) -> None:
        live = self._shell.live
        if live is not None and live.network is not None and live.network.n_neurons > MOST_KEPT:
            return  # writing it down would be seen as a pause; it is saved at the end
        save(self._shell)


def _unpack(settings: Settings, name: str, restore: Callable[[QtCore.QByteArray], bool]) -> bool:
    text = settings.get(name)
    try:
        return bool(text) and restore(QtCore.QByteArray(base64.b64decode(text, validate=True)))
    except ValueError:
        return False
