"""Steps of undo: each one can say in the language in use what it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6 import QtCore, QtGui

from luiapp.errors import RigError
from luiapp.model.network import Network
from luiapp.stream.source import HandStep
from luiapp.texts import tr

if TYPE_CHECKING:
    from luiapp.gui.live import Live

OWN = ("sim", "hybrid")  # kinds of rigs whose circuit changes by these steps alone
_SAID = 2  # deeds of a hand in one message
ONE_GO_MS = 1000  # turns of the same knob within this time of each other are one step


def by_hand(steps: Sequence[HandStep]) -> RigError:
    """What is left for a hand to do on the table, in a sentence."""
    some = "; ".join(one.text for one in steps[:_SAID])
    if len(steps) <= _SAID:
        return RigError("By hand on the table: {steps}.", steps=some)
    return RigError("By hand on the table: {steps}; and {n} more, see Boards.", steps=some, n=len(steps) - _SAID)


class Step(QtGui.QUndoCommand):
    """Something that was done; `say` gives its name whenever it is asked, so that it can follow the language."""

    def __init__(self, say: Callable[[], str]) -> None:
        super().__init__(say())
        self._say = say

    def retranslate(self) -> None:
        """Its name in the language in use."""
        self.setText(self._say())


def retranslate(undo: QtGui.QUndoStack) -> None:
    """The texts of undo in the language in use."""
    for i in range(undo.count()):
        step = undo.command(i)
        if isinstance(step, Step):
            step.retranslate()


class Go(Step):
    """A value that is changed again and again, such as by a slider that is dragged: one go is one step.

    Parameters
    ----------
    what : hashable
        The thing that changes. Only steps of the same thing become one.
    put : callable
        Sets a value.
    """

    def __init__(
        self, what: object, put: Callable[[Any], object], before: Any, after: Any, say: Callable[[], str]
    ) -> None:
        super().__init__(say)
        self._what, self._put, self._before, self._after = what, put, before, after
        self._clock = QtCore.QElapsedTimer()
        self._clock.start()

    def id(self) -> int:
        return 1

    def mergeWith(self, other: QtGui.QUndoCommand) -> bool:
        if not isinstance(other, Go) or other._what != self._what or self._clock.elapsed() > ONE_GO_MS:
            return False
        self._after = other._after
        self._clock.restart()
        return True

    def redo(self) -> None:
        self._put(self._after)

    def undo(self) -> None:
        self._put(self._before)


def turn(live: Live, i_neuron: int, name: str, before: float, after: float) -> Go:
    """A knob turned."""
    neuron = live.network.names[i_neuron] if live.network is not None else str(i_neuron)
    about = live.network.kind.parameter(name).about if live.network is not None else name
    return Go(("knob", i_neuron, name), lambda value: live.put_parameter(i_neuron, name, value), before, after,
              lambda: tr("turn {knob} of {neuron}", knob=tr(about), neuron=neuron))  # fmt: skip


class Exchange(Step):
    """One thing for another: `put` takes the one after, and the one before when it is undone."""

    def __init__(self, put: Callable[[Any], None], before: Any, after: Any, say: Callable[[], str]) -> None:
        super().__init__(say)
        self._put, self._before, self._after = put, before, after

    def redo(self) -> None:
        self._put(self._after)

    def undo(self) -> None:
        self._put(self._before)


def rewire(live: Live, before: Network, after: Network, say: Callable[[], str]) -> Exchange:
    """The circuit changed; what is left for a hand is told."""

    def put(network: Network) -> None:
        left = live.put_network(network)
        if left and live.rig is not None and live.rig.kind in OWN:
            live.refused.emit(by_hand(left))

    return Exchange(put, before, after, say)
