"""What is up with the ports of the open boards: told once where everybody looks, and kept in the status bar."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6 import QtCore

from luiapp.gui.banner import Notice

if TYPE_CHECKING:
    from luiapp.data.chunk import Event
    from luiapp.gui.live import Live

# Names of `luiapp.link.listener.Note`: what keeps numbers from coming, what ends that, and what is merely worth a word.
TROUBLE = frozenset({"gone", "missing", "denied", "busy", "other", "silent", "garbage"})
WELL = frozenset({"open", "back", "data"})
WORTH_A_WORD = frozenset({"back", "columns", "rate"})


class Wires(QtCore.QObject):
    """Listens to the events of kind ``"link"``; those of a replay are history and concern nobody.

    Attributes
    ----------
    trouble : dict of str
        By the port's name, the sentence that says why nothing comes from it.
    """

    def __init__(self, live: Live, tell: Callable[[Notice], None]) -> None:
        super().__init__(live)
        self.trouble: dict[str, str] = {}
        self._live, self._tell = live, tell
        live.noted.connect(self.follow)
        live.rig_leaving.connect(self.trouble.clear)

    def follow(self, events: Iterable[Event]) -> None:
        """Take what happened."""
        rig = self._live.rig
        if rig is None or rig.kind not in ("board", "hybrid"):
            return
        for event in events:
            if event.kind == "link" and isinstance(event.value, str):
                self._take(event.target, event.name, event.value)

    def sentence(self) -> str:
        """Why nothing comes, of the port that is in trouble longest; empty where all is well."""
        return next(iter(self.trouble.values()), "")

    def _take(self, port: str, name: str, text: str) -> None:
        was_silent = port in self.trouble
        if name in TROUBLE:
            self.trouble[port] = text
        elif name in WELL:
            self.trouble.pop(port, None)
        if name in TROUBLE or name in WORTH_A_WORD or (name == "data" and was_silent):
            sentence = text[:1].upper() + text[1:] if not text.startswith(port) else text
            self._tell(Notice(lambda: sentence + ("" if sentence.endswith((".", "!", "?")) else ".")))
