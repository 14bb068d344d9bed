"""The teacher's lock: what a lesson doesn't need can't be changed by accident. It keeps nobody out who wants to get in.

`Lock` is asked wherever a hand changes the circuit, opens another or goes to another place. Play, stop, undo, help,
language and everything for eyes and ears are never asked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.course.lock import Free
from luiapp.errors import RigError
from luiapp.gui.controls import Elided, label
from luiapp.gui.icons import picture
from luiapp.gui.theme import Look
from luiapp.model.network import Network
from luiapp.stream.source import Description
from luiapp.texts import tr

if TYPE_CHECKING:
    from luiapp.gui.live import Live

HOLD_MS = 3000
_BEAT_MS = 50


class Lock(QtCore.QObject):
    """Whether it is locked, and what is free nevertheless. What is refused is told as the source's refusals are."""

    changed = QtCore.Signal()

    def __init__(self, live: Live) -> None:
        super().__init__(live)
        self.changed.connect(live.network_changed)  # what can be changed is shown with it
        self._refused = live.refused
        self.on, self.free = False, Free()
        self._names: tuple[str, ...] = ()
        self._lifted = 0

    @property
    def holds(self) -> bool:
        """Whether hands are held off now; what the lesson itself does is not."""
        return self.on and not self._lifted

    def put(self, on: bool) -> None:
        """Lock, or open."""
        if on != self.on:
            self.on = on
            self.changed.emit()

    def leave_free(self, free: Free, names: tuple[str, ...] = ()) -> None:
        """Another lesson: what it needs, and its boards in the order of its text."""
        if (free, names) != (self.free, self._names):
            self.free, self._names = free, names
            self.changed.emit()

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """What the lesson does meanwhile is not held back."""
        self._lifted += 1
        try:
            yield
        finally:
            self._lifted -= 1

    def narrowed(self, can: Description | None) -> Description:
        """What a rig can do, as far as it is free; nothing where there is none."""
        if can is None:
            return Description({}, frozenset(), can_rewire=False)
        known = self.free.parameters
        if not self.holds or (known is None and self.free.wires):
            return can
        free = {name: how if known is None or name in known else "fixed" for name, how in can.parameters.items()}
        return replace(can, parameters=free, can_rewire=can.can_rewire and self.free.wires)

    def may_turn(self, network: Network, i_neuron: int, parameter: str) -> bool:
        """Whether this parameter may be turned by hand."""
        board = network.names[i_neuron]
        if board not in self._names and i_neuron < len(self._names):
            board = self._names[i_neuron]  # real boards are called as somebody named them
        return self._allow(self.free.part(board, parameter))

    def may_rewire(self) -> bool:
        """Whether boards and wires may come and go."""
        return self._allow(self.free.wires)

    def may_open(self) -> bool:
        """Whether another circuit, recording or rig may be opened by hand: no lesson needs that."""
        return self._allow(False)

    def may_go(self, place: str) -> bool:
        """Whether a place of the window is open."""
        return not self.holds or self.free.place(place)

    def _allow(self, free: bool) -> bool:
        if free or not self.holds:
            return True
        self._refused.emit(RigError("locked by the teacher: this lesson doesn't need it"))
        return False


class HoldButton(QtWidgets.QPushButton):
    """A button that acts once it has been held down for a while, by mouse, finger or the Enter key."""

    held = QtCore.Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("hold", True)
        self._ms = 0
        self._timer = QtCore.QTimer(self, interval=_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self.pressed.connect(self._begin)
        self.released.connect(self._end)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self._begin()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self._end()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QtGui.QFocusEvent) -> None:
        self._end()
        super().focusOutEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        if self._ms:
            painter = QtGui.QPainter(self)
            width = round(self.width() * min(self._ms / HOLD_MS, 1.0))
            painter.fillRect(0, self.height() - 5, width, 5, self.palette().color(self.foregroundRole()))
            painter.end()

    def _begin(self) -> None:
        self._ms = 0
        self._timer.start()

    def _end(self) -> None:
        self._timer.stop()
        self._ms = 0
        self.update()

    def _beat(self) -> None:
        self._ms += _BEAT_MS
        self.update()
        if self._ms >= HOLD_MS:
            self._end()
            self.held.emit()


class LockStrip(QtWidgets.QFrame):
    """Seen while it is locked: a sign, words, and the way out."""

    def __init__(self, lock: Lock, look: Look) -> None:
        super().__init__()
        self._lock, self._look = lock, look
        self.setProperty("role", "locked")
        self.sign, self.words = label(), Elided("heading")
        self.open_ = HoldButton()
        self.open_.held.connect(lambda: lock.put(False))
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(16, 4, 8, 4)
        row.setSpacing(10)
        row.addWidget(self.sign)
        row.addWidget(self.words, 1)
        row.addWidget(self.open_)
        lock.changed.connect(self.follow)
        look.changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Locked or not, language and theme."""
        self.setVisible(self._lock.on)
        self.sign.setPixmap(picture("lock", self._look.theme.text, round(18 * self._look.theme.scale)))
        self.words.say(tr("Locked: what this lesson doesn't need. It prevents mishaps; it is no safeguard."))
        self.open_.setText(tr("Hold for 3 s to unlock"))

    retranslate = follow
