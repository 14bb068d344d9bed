"""Several boards and items chosen together: what clicks with Shift and a frame choose, and what is done with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui

from luiapp.errors import LuiError
from luiapp.files.share import is_shared, network_from_text, network_to_text
from luiapp.gui.bench.arrange import (
    WAYS,
    Key,
    Place,
    arranged,
    grouped,
    joined,
    part_of,
    placed,
    spots,
    with_group,
)
from luiapp.gui.bench.edit import can_rewire
from luiapp.gui.steps import Step
from luiapp.model.items import remove_item
from luiapp.model.network import Network
from luiapp.texts import tr

if TYPE_CHECKING:
    from luiapp.gui.bench.canvas import BenchCanvas
    from luiapp.gui.live import Live


class Chosen:
    """What is chosen beside the one thing that keys act on.

    Attributes
    ----------
    more : set
        Keys of the others; empty where only one thing is chosen, or none.
    """

    def __init__(self, canvas: BenchCanvas) -> None:
        self._canvas = canvas
        self._live = canvas.live
        self.more: set[Key] = set()
        self._main: Key | None = None
        self._busy = False
        self._names: list[str] = []
        self._live.selection_changed.connect(self._follow)
        self._live.item_changed.connect(self._follow)
        self._live.network_changed.connect(self._prune)

    @property
    def main(self) -> Key | None:
        """The one that keys act on."""
        live = self._live
        return live.item or (live.selected if live.selected >= 0 else None)

    @property
    def keys(self) -> set[Key]:
        """All that is chosen."""
        return self.more | ({self.main} if self.main is not None else set())

    def choose(self, keys: Iterable[Key], main: Key | None = None) -> None:
        """Choose `keys`, all of their groups, and of them `main` for keys."""
        chosen = with_group(self._live.network, keys)
        first = main if main is not None else min(chosen, key=str, default=None)
        self._busy = True
        if first is None:
            self._live.select_item("")
        elif isinstance(first, str):
            self._live.select_item(first)
        else:
            self._live.select(first)
        self._busy = False
        self.more = chosen - ({first} if first is not None else set())
        self._main = self.main
        self._show()

    def toggle(self, key: Key) -> None:
        """One more, or one less."""
        chosen = self.keys
        group = with_group(self._live.network, [key])
        if key in chosen and len(chosen) > len(group):
            self.choose(chosen - group)
        else:
            self.choose(chosen | group, main=key)

    def everything(self) -> None:
        """Choose all that stands on the bench."""
        scene = self._canvas.scene
        keys: list[Key] = [*range(len(scene.centres)), *(thing.item.name for thing in scene.things)]
        if keys:
            self.choose(keys, main=self.main if self.main is not None else keys[0])

    def within(self, frame: QtCore.QRectF) -> None:
        """Choose what stands in a frame, in the bench's units."""
        scene = self._canvas.scene
        keys: list[Key] = [i for i, (x, y) in enumerate(scene.centres) if frame.contains(QtCore.QPointF(x, y))]
        keys += [thing.item.name for thing in scene.things if frame.contains(thing.centre)]
        self.choose(keys)

    def _follow(self) -> None:
        """The selection changed elsewhere: with it come only those of its group."""
        if self._busy or self.main == self._main:
            return
        self._main = self.main
        self.more = set()
        if self.main is not None:
            self.more = with_group(self._live.network, [self.main]) - {self.main}
        self._show()

    def _prune(self) -> None:
        """Boards came or went: indices mean others now, and what was chosen is no longer."""
        network = self._live.network
        names = [*network.names, *(item.name for item in network.items)] if network is not None else []
        if names != self._names:
            self._names, self.more = names, set()
            self._canvas.layers.more = self.more

    def _show(self) -> None:
        self._canvas.layers.more = self.more
        self._canvas.layers.forget()
        self._canvas.update()

    # -- deeds ---------------------------------------------------------------------------------------------------

    def move(self, where: Mapping[Key, Place]) -> None:
        """Put things elsewhere; what is moved in one go is one step."""
        live = self._live
        if live.network is not None:
            before = spots(live.network, where)
            if before != dict(where):
                live.undo.push(_Move(live, before, dict(where)))

    def arrange(self, way: str) -> None:
        """Put what is chosen in line."""
        if self._live.network is not None and len(self.keys) > 1:
            keys = sorted(self.keys, key=str)
            where = arranged(spots(self._live.network, keys), way)
            self._live.undo.push(_Move(self._live, spots(self._live.network, keys), where, way))

    def group(self, together: bool) -> None:
        """Let what is chosen be moved together, or not any more."""
        network = self._live.network
        if network is None or not can_rewire(self._live) or (together and len(self.keys) < 2):
            return
        net = grouped(network, self.keys, together=together)
        if net.extra != network.extra:
            self._live.rewire(net, lambda: tr("group") if together else tr("ungroup"))

    def copy(self) -> bool:
        """Put what is chosen on the clipboard, as the text of a shared circuit."""
        network = self._live.network
        if network is None or not self.keys:
            return False
        QtGui.QGuiApplication.clipboard().setText(network_to_text(part_of(network, self.keys)))
        return True

    def cut(self) -> None:
        """The same, and take it away."""
        if can_rewire(self._live) and self.copy():
            self.remove()

    def paste(self) -> None:
        """Put in what is on the clipboard, from here or from a chat."""
        text = QtGui.QGuiApplication.clipboard().text()
        if not can_rewire(self._live) or not text.strip():
            return
        try:
            if not is_shared(text):
                return
            self._put(network_from_text(text), lambda: tr("paste"))
        except LuiError as error:
            self._live.problem.emit(error)

    def duplicate(self) -> None:
        """All that is chosen once more, with the wires between."""
        network = self._live.network
        if network is not None and can_rewire(self._live):
            self._put(part_of(network, self.keys), lambda: tr("duplicate"))

    def remove(self) -> None:
        """Take all that is chosen away."""
        network, keys = self._live.network, self.keys
        if network is None or not can_rewire(self._live) or not keys:
            return
        net = placed(network, spots(network, range(network.n_neurons)))
        for key in keys:
            if isinstance(key, str):
                remove_item(net, key)
        for i in sorted((key for key in keys if isinstance(key, int)), reverse=True):
            net.remove(i)
        n = len(keys)
        self.more = set()
        self._live.rewire(net, lambda: tr("remove {n} things", n=n))

    def _put(self, part: Network, say: object) -> None:
        network = self._live.network
        assert network is not None and callable(say)
        net, keys = joined(placed(network, spots(network, range(network.n_neurons))), part)
        self._live.rewire(net, say)
        self.choose(keys, main=keys[0] if keys else None)


class _Move(Step):
    """Several things moved. Moves of the same things in one go are one step."""

    def __init__(self, live: Live, before: dict[Key, Place], after: dict[Key, Place], way: str = "") -> None:
        n = len(after)
        super().__init__(lambda: tr(WAYS[way]) if way else tr("move {n} things", n=n))
        self._live, self._before, self._after, self._way = live, before, after, way

    def id(self) -> int:
        return 5

    def mergeWith(self, other: QtGui.QUndoCommand) -> bool:
        if not isinstance(other, _Move) or other._way or self._way or other._after.keys() != self._after.keys():
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        self._put(self._after)

    def undo(self) -> None:
        self._put(self._before)

    def _put(self, where: dict[Key, Place]) -> None:
        network = self._live.network
        if network is None:
            return
        known = {item.name for item in network.items}
        where = {key: place for key, place in where.items()
                 if (key in known if isinstance(key, str) else key < network.n_neurons)}  # fmt: skip
        there = placed(network, where)
        network.positions[:] = there.positions
        network.items[:] = there.items
        self._live.network_changed.emit()
