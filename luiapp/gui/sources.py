"""Which rig the window shows: example, file, board or recording, and the way back to what was there before."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6 import QtCore

from luiapp.errors import FileError, LuiError, ParameterError, RigError
from luiapp.gui.live import Live
from luiapp.gui.steps import OWN
from luiapp.model.items import itemised
from luiapp.model.network import Network
from luiapp.stream.source import Rig
from luiapp.texts import tr

_log = logging.getLogger(__name__)
Factory = Callable[[], Rig]
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2} \d{2}\.\d{2} ")
CIRCUITS = (".json", ".nir", ".txt")  # suffixes; all others are recordings
FIRST = "single"  # the circuit of the very first start


def simulated(network: Network) -> Rig:
    """A simulated rig of `network`."""
    from luiapp.rigs.sim import SimRig

    return SimRig(network)


def half_real(network: Network, boards: dict[str, int], port: str, known: bool) -> Rig:
    """A rig of `network` in which `boards` are those at the adapter behind `port`."""
    from luiapp.rigs.hybrid import join

    return join(network, boards, port, known=known)  # type: ignore[return-value]


def _adapters(rig: Any) -> list[str]:
    """The ports of a rig's adapters, under every name."""
    states = rig.port_states() if hasattr(rig, "stimulate") else ()
    return [path for one in states for path in (one.path, one.identity)]


def by_text(text: str) -> Rig:
    """A rig by its text, such as ``board:/dev/ttyACM0``."""
    from luiapp.rigs.registry import open_rig

    return open_rig(text)


def _how_many(model: str, n: int) -> str:
    if model == "lui":
        return tr("1 board") if n == 1 else tr("{n} boards", n=n)
    return tr("1 neuron") if n == 1 else tr("{n} neurons", n=n)


class Sources(QtCore.QObject):
    """Opens rigs in the background and remembers the way back."""

    problem = QtCore.Signal(object)

    def __init__(
        self,
        live: Live,
        *,
        make_sim: Callable[[Network], Rig] = simulated,
        open_rig: Callable[[str], Rig] = by_text,
        examples: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(live)
        self._live, self._make_sim, self._open_rig, self._examples = live, make_sim, open_rig, examples
        self._circuit: Network | None = None  # of the last simulation, with every knob as it was left
        self._last_live: Factory | None = None
        self._chosen = ""  # the board that was selected when its circuit was joined
        live.rig_leaving.connect(self._remember)
        live.selection_changed.connect(self._choose_again)

    def examples(self) -> dict[str, Any]:
        """The circuits of the library."""
        if self._examples is None:
            from luiapp.model.library import EXAMPLES

            self._examples = dict(EXAMPLES)
        return self._examples

    def menu(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The circuits of the library by group: its title, and key and title of each circuit."""
        from luiapp.model.library import GROUPS

        found: dict[str, list[tuple[str, str]]] = {}
        for key, one in self.examples().items():
            found.setdefault(getattr(one, "group", ""), []).append((key, one.title))
        return [(GROUPS.get(group, ""), circuits) for group, circuits in found.items()]

    def circuit(self) -> Network | None:
        """The circuit to come back to at the next start."""
        self._remember()
        return self._circuit

    def open_example(self, key: str) -> None:
        """A circuit of the library."""
        if not self._live.lock.may_open():
            return
        examples = self.examples()
        if key not in examples:
            self.problem.emit(ParameterError("there is no circuit '{name}'; there are {names}",
                                             name=key, names=", ".join(examples)))  # fmt: skip
            return
        self.open_network(examples[key].build())

    def open_network(self, network: Network) -> None:
        """Simulate `network`; it is shown at once."""
        if not self._live.lock.may_open():
            return
        copy = itemised(network)
        self._circuit = copy
        self._live.preview(copy)
        self._last_live = lambda: self._make_sim(copy)
        self._live.open(self._last_live)

    def restart(self, network: Network) -> None:
        """Simulate `network` from its beginning, at once; what was done before can still be undone."""
        copy = itemised(network)
        try:
            rig = self._make_sim(copy)
        except LuiError as error:
            self.problem.emit(error)
            return
        self._live.adopt(rig, keep_undo=True)
        self._circuit, self._last_live = copy, lambda: self._make_sim(copy)

    def open_stored(self, data: dict[str, Any]) -> bool:
        """The circuit of the last session. False, and nothing happens, if it can't be read."""
        try:
            network = Network.from_dict(data)
        except LuiError as error:
            _log.warning("the last circuit can't be read: %s", error)
            return False
        if network.n_neurons == 0:
            return False
        self.open_network(network)
        return True

    def open_text(self, text: str) -> None:
        """A rig by its text: ``sim``, ``sim:ring``, ``board:PORT``, ``replay:FILE``."""
        kind, _, rest = text.partition(":")
        if kind == "sim":
            self.open_example(rest or self._first())
        elif kind == "replay":
            self.open_recording(Path(rest))
        elif self._live.lock.may_open():
            self._last_live = lambda: self._open_rig(text)
            self._live.open(self._last_live)

    def open_factory(self, factory: Factory) -> None:
        """A live rig that someone else knows how to make."""
        if self._live.lock.may_open():
            self._last_live = factory
            self._live.open(factory)

    def join(self, port: str, boards: dict[str, int] | None = None) -> None:
        """Put the adapter at `port` into the circuit on the screen: `boards` are real, or else the selected one is."""
        live = self._live
        network = self.circuit()
        if network is None or network.model != "lui" or not network.n_neurons:
            self.problem.emit(RigError("only a circuit of Lu.i boards can be joined with boards on the table; "
                                       "choose one in the circuit menu first"))  # fmt: skip
            return
        chosen = live.network.names[live.selected] if live.network is not None and live.selected >= 0 else ""
        self._chosen = chosen
        if boards is None:
            boards = {chosen if chosen in network.names else network.names[0]: 0}
        real, circuit = dict(boards), network.copy()
        known = port in _adapters(live.rig)  # one that is open already needs no greeting
        self._last_live = lambda: half_real(circuit, real, port, known)
        live.open(self._last_live)

    def open_recording(self, path: Path) -> None:
        """Play a recording back."""
        if not path.is_file():
            self.problem.emit(FileError("{file} isn't there; choose a recording that exists", file=path))
        elif self._live.lock.may_open():
            self._live.open(lambda: self._open_rig(f"replay:{path}"))

    def open_file(self, path: Path) -> None:
        """A circuit (.json, .nir, a shared text as .txt) or a recording (anything else)."""
        if path.suffix.lower() not in CIRCUITS:
            self.open_recording(path)
            return
        from luiapp.files.circuits import read_circuit

        try:
            self.open_network(read_circuit(path))
        except (LuiError, OSError) as error:
            self.problem.emit(error)

    def save_circuit(self, path: Path, *, script: str = "pynn") -> bool:
        """Write the circuit on the bench to `path`: as a file, a picture or a script, as its suffix says."""
        from luiapp.files.circuits import write_circuit

        network = self._live.network
        try:
            if network is None:
                raise ParameterError("there is no circuit to save: this source doesn't tell how it is wired")
            write_circuit(path, network, script=script)
        except (LuiError, OSError) as error:
            self.problem.emit(error)
            return False
        return True

    def back_to_live(self) -> None:
        """From a recording to what was live before it."""
        if self._last_live is not None:
            self._live.open(self._last_live)
        else:
            self.back_to_simulation()

    def back_to_simulation(self) -> None:
        """From boards to the circuit that was simulated last."""
        if self._circuit is not None:
            self.open_network(self._circuit)
        else:
            self.open_example(self._first())

    def describe(self) -> tuple[str, str]:
        """Name and a word on what is open, for the top bar."""
        rig, network = self._live.rig, self._live.network
        name = network.name if network is not None and network.name else ""
        if rig is None or rig.kind in OWN:
            example = self.examples().get(name)
            title = tr(example.title) if example is not None else name
            n = network.n_neurons if network is not None else 0
            about = _how_many(network.model, n) if network is not None and n else ""
            real = len(getattr(rig, "boards", ()))
            return title, tr("{boards}, {n} of them real", boards=about, n=real) if real else about
        if rig.kind == "replay":
            stem = Path(rig.name).stem if rig.name.endswith(".mcap") else rig.name
            return _DATE.sub("", stem) or stem, tr("recording")
        return rig.name, ""

    def _choose_again(self, _i: int) -> None:
        """The same board as before, when the joined circuit appears."""
        network, rig = self._live.network, self._live.rig
        if self._chosen and network is not None and rig is not None and rig.kind == "hybrid":
            name, self._chosen = self._chosen, ""
            if name in network.names:
                self._live.select(network.index(name))

    def _first(self) -> str:
        examples = self.examples()
        return FIRST if FIRST in examples or not examples else next(iter(examples))

    def _remember(self) -> None:
        rig = self._live.rig
        if rig is None or rig.kind not in OWN or self._live.network is None:
            return
        network = self._live.network.copy()
        self._circuit = network
        if rig.kind == "sim":
            self._last_live = lambda: self._make_sim(network)
        else:
            boards, port = dict(rig.boards), str(rig.port)  # type: ignore[attr-defined]
            self._last_live = lambda: half_real(network, boards, port, True)
