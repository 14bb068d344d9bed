"""The circuits of a lesson on the bench: as it begins, as it was left, and afterwards the learner's own once more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from luiapp.errors import LuiError
from luiapp.gui.banner import Notice
from luiapp.gui.course.state import Session, by_hand
from luiapp.gui.desk import Desk
from luiapp.gui.steps import Exchange
from luiapp.model.network import Network
from luiapp.stream.source import Command, SetParameter
from luiapp.texts import tr

_log = logging.getLogger(__name__)
MOST_KEPT = 64  # boards of a circuit that is kept with a lesson


class Circuits:
    """Puts circuits on the bench, unless real boards are on the table; each can be undone.

    Attributes
    ----------
    own : Network or None
        What was on the bench before the lesson that is open.
    """

    def __init__(self, desk: Desk, session: Session) -> None:
        self._desk, self._session = desk, session
        self.own: Network | None = None

    def hold(self) -> None:
        """A lesson is about to be opened: remember the learner's own circuit."""
        if self._session.play is None:
            self.own = self._simulated()

    def begin(self, network: Network, *, anew: bool = False) -> None:
        """A lesson was opened: its circuit as it was left, or `anew`."""
        if not network.name or self._session.own_circuit:
            network.name = self._session.play.lesson.title if self._session.play is not None else ""
        kept = None if anew else self._kept(network)
        self._put(kept or network, lambda: tr("the lesson's circuit"))

    def leave(self) -> None:
        """The lesson was closed: the learner's own circuit is there again."""
        rig = self._desk.live.rig
        if self.own is not None and rig is not None and rig.kind in ("sim", "replay"):  # also from its recording
            self._put(self.own, lambda: tr("your own circuit"))
        self.own = None

    def remember(self) -> None:
        """Let the session keep the lesson's circuit as it is now."""
        network = self._simulated()
        known = set(self._session.names)
        if network is not None and known and known <= set(network.names) and network.n_neurons <= MOST_KEPT:
            self._session.bench = network.to_dict()

    def obey(self, what: Command | Network) -> None:
        """What the lesson does to the bench is due; on boards that are set by hand it is told instead."""
        live = self._desk.live
        with live.lock.lifted():
            if isinstance(what, Network):
                live.rewire(what, lambda: tr("the lesson's wires"))
            elif isinstance(what, SetParameter) and live.describe().parameters.get(what.name) != "by wire":
                names = self._session.history.neurons
                self._desk.tell(Notice(lambda: by_hand(what, names)))
            elif isinstance(what, SetParameter):
                live.turn(what.i_neuron, what.name, what.value)
            else:
                live.send(what)

    def state(self) -> dict[str, Any]:
        """What comes back at the next start."""
        return {} if self.own is None else self.own.to_dict()

    def restore(self, state: object) -> None:
        """As it was left; nonsense is ignored."""
        if isinstance(state, dict) and state:
            self.own = _network(state)

    def _simulated(self) -> Network | None:
        live = self._desk.live
        there = live.rig is not None and live.rig.kind == "sim" and live.network is not None
        return live.network.copy() if there and live.network is not None else None

    def _kept(self, fresh: Network) -> Network | None:
        """The lesson's circuit as it was left, if it is still this lesson's."""
        kept = _network(self._session.bench) if self._session.bench else None
        return kept if kept is not None and set(fresh.names) <= set(kept.names) else None

    def _put(self, network: Network, say: Callable[[], str]) -> None:
        live, sources = self._desk.live, self._desk.sources
        if live.rig is not None and live.rig.kind in ("board", "hybrid"):
            return
        before = self._simulated()
        with live.lock.lifted():
            if before is None:
                sources.open_network(network)
            elif network.stimuli or before.stimuli:  # which are timed from the beginning
                live.undo.push(Exchange(sources.restart, before, network.copy(), say))
            else:
                live.rewire(network, say)


def _network(data: dict[str, Any]) -> Network | None:
    try:
        return Network.from_dict(data)
    except LuiError as error:
        _log.warning("a circuit that was kept can't be read: %s", error)
        return None
