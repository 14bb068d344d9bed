"""Real boards behind serial ports, as far as any sketch that prints numbers shows them.

Stimuli by wire come with an adapter that speaks frames; a printing sketch only tells, so that a board is turned by
hand: `BoardRig.apply` says how.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from luiapp.data.chunk import Event, Layout
from luiapp.errors import ParameterError, RigError
from luiapp.link.columns import BoardSettings
from luiapp.link.intake import Intake
from luiapp.link.listener import PortListener
from luiapp.link.port import Opener, Port, list_all, open_at
from luiapp.model.lui import KNOBS, LUI
from luiapp.model.network import Network
from luiapp.rigs.wires import WireSource
from luiapp.stream.source import Command, Description, HandStep, Mark, Settable
from luiapp.texts import mark, tr

POLL = 0.006  # s between two looks at the ports; 4 kB fit into the system's buffer meanwhile, at 600 kB/s
MAX_PORTS = 32


@dataclass(frozen=True)
class PortSpec:
    """A port to open; without a `baud` rate it is found out, beginning with the `likely_baud` of last time."""

    path: str
    baud: int | None = None
    likely_baud: int | None = None


@dataclass(frozen=True)
class PortState:
    """How a port is doing, for a status bar.

    Attributes
    ----------
    state : str
        ``"waiting"`` for the port, ``"listening"`` for lines at the right baud rate, ``"reading"``.
    identity : str
        Under which to remember its `baud` (see `Port.identity`).
    rate : float
        Lines a second [Hz]; 0 before it is known.
    virtual : bool
        Whether the port isn't there.
    """

    name: str
    path: str
    state: str
    identity: str
    baud: int
    rate: float
    virtual: bool = False


@dataclass(frozen=True)
class RealBoard:
    """A board on the table, for marking it where it is drawn.

    Attributes
    ----------
    place : int
        At its port, from 0.
    port : str
        The name of that.
    silent : bool
        Whether nothing comes from there at present.
    virtual : bool
        Whether it only pretends to be real.
    """

    place: int
    port: str
    silent: bool
    virtual: bool = False

    def short(self) -> str:
        """For a mark beside the board, such as ``real 3``."""
        n = self.place + 1
        if self.silent:
            return tr("real {n}: silent", n=n)
        return tr("virtual {n}", n=n) if self.virtual else tr("real {n}", n=n)

    def told(self) -> str:
        """In words."""
        n = self.place + 1
        if self.silent:
            return tr("real board {n} at {port}, from which nothing comes: is it plugged in?", n=n, port=self.port)
        if self.virtual:
            return tr("board {n} of the virtual table", n=n)
        return tr("real board {n} at {port}", n=n, port=self.port)


def parse_ports(text: str) -> list[PortSpec]:
    """The ports in ``"PORT[@BAUD][,PORT2[@BAUD]…]"``.

    Raises
    ------
    ParameterError
        If there is none, one comes twice, or a baud rate is no number from 50 to 12 000 000.
    """
    specs: list[PortSpec] = []
    for part in (p.strip() for p in text.split(",")):
        path, at, baud = part.rpartition("@")
        if not at or "/" in baud:  # udev names may hold an @
            path, baud = part, ""
        if not path:
            raise ParameterError("a port is missing in '{text}'; write PORT, PORT@BAUD or PORT,PORT", text=text)
        if baud and not (baud.isascii() and baud.isdigit() and 50 <= int(baud) <= 12_000_000):
            raise ParameterError("'{baud}' is not a baud rate; write for example {port}@115200", baud=baud, port=path)
        if path in [s.path for s in specs]:
            raise ParameterError("the port {port} is named twice", port=path)
        specs.append(PortSpec(path, int(baud) if baud else None))
    if len(specs) > MAX_PORTS:
        raise ParameterError("at most {limit} ports can be read at once, not {n}", limit=MAX_PORTS, n=len(specs))
    return specs


def open_board(text: str, *, settings: BoardSettings | None = None) -> BoardRig:
    """The rig behind ``"PORT[@BAUD][,PORT2…]"``. Nothing is opened before the first read, and a port that isn't there
    is waited for; a `ParameterError` says what is wrong with `text`.
    """
    return BoardRig(parse_ports(text), settings)


class BoardSource(WireSource):
    """The stream of one or several ports; see `BoardRig`."""

    def __init__(
        self,
        ports: Sequence[PortSpec],
        settings: BoardSettings,
        *,
        lister: Callable[[], list[Port]] = list_all,
        opener: Opener = open_at,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        several = len(ports) > 1
        self.listeners = tuple(
            PortListener(p.path, baud=p.baud or settings.baud, likely_baud=p.likely_baud, opener=opener, lister=lister)
            for p in ports
        )
        self.intakes = tuple(Intake(one.name, settings=settings, several=several) for one in self.listeners)
        self._was_open = [False] * len(ports)
        super().__init__(self.intakes, Layout(1e-3, (), (), "board"), poll_every=POLL, clock=clock)

    @property
    def n_late(self) -> int:
        """Samples that came after their point of the common grid."""
        return self._grid.n_late if self._grid is not None else 0

    def _let_go(self) -> None:
        for one in self.listeners:
            one.close()

    def _poll(self, now: float) -> None:
        for listener, intake, i in zip(self.listeners, self.intakes, range(len(self.intakes)), strict=True):
            taken = [other.open_path for other in self.listeners if other is not listener and other.open_path]
            rows = listener.poll(now, taken)
            if self._was_open[i] and not listener.open_path:
                intake.interrupt()
            self._was_open[i] = bool(listener.open_path)
            board = listener.port.board if listener.port is not None else None
            intake.vref = board.vref if board is not None else None
            intake.feed(rows, self._clock())  # taken after the read: a line may seem late, never early
        self._put(now)

    def _flowing(self) -> list[bool]:
        return [bool(one.open_path) for one in self.listeners]

    def _name(self, i_input: int) -> str:
        return self.listeners[i_input].name

    def _news(self, now: float) -> list[Event]:
        events = []
        for listener, intake in zip(self.listeners, self.intakes, strict=True):
            notes = [*listener.notes, *intake.notes]
            listener.notes.clear()
            intake.notes.clear()
            events += [Event(now, "link", listener.name, note.name, note.text) for note in notes]
        return events


class BoardRig:
    """One or several boards behind serial ports.

    Parameters
    ----------
    ports : sequence of PortSpec
        With one port samples are passed on untouched, one line one index. Several are put on a common grid by nearest
        sample (see `luiapp.link.grid`).
    settings : BoardSettings, optional
        What is known of the columns, where inference isn't good enough.

    Notes
    -----
    What happens to a port comes as events of kind ``"link"``: ``target`` the port's name, ``name`` one of those of
    `luiapp.link.listener.Note`, ``value`` a sentence. A change of columns or rate begins a new layout at index 0.
    """

    kind = "board"

    def __init__(
        self,
        ports: Sequence[PortSpec],
        settings: BoardSettings | None = None,
        *,
        lister: Callable[[], list[Port]] = list_all,
        opener: Opener = open_at,
    ) -> None:
        if not ports:
            raise ParameterError("a port is missing in '{text}'; write PORT, PORT@BAUD or PORT,PORT", text="")
        self._source = BoardSource(ports, settings or BoardSettings(), lister=lister, opener=opener)
        self.name = ", ".join(one.name for one in self._source.listeners)
        self._network: Network | None = None

    @property
    def source(self) -> BoardSource:
        """Its stream."""
        return self._source

    @property
    def network(self) -> Network | None:
        """A copy of the circuit last asked for with `apply`; None before, since nobody can know."""
        return None if self._network is None else self._network.copy()

    def describe(self) -> Description:
        """Trimmers, switches: by hand. Cell and parts: fixed. Of the commands only `Mark`."""
        by_hand = {knob.parameter for knob in KNOBS} | {"sign_1", "sign_2", "sign_3"}
        parameters: dict[str, Settable] = {
            p.name: "by hand" if p.name in by_hand else "fixed" for p in LUI.parameters
        }  # fmt: skip
        return Description(parameters, frozenset({Mark}), can_rewire=False)

    def apply(self, network: Network) -> list[HandStep]:
        """What a hand must do to make it `network`; after the first time, only what has changed.

        Raises
        ------
        RigError
            If `network` isn't made of Lu.i boards.
        """
        if network.model != "lui":
            raise RigError("a board on the table is a 'lui' neuron; '{model}' neurons can only be simulated",
                           model=network.model)  # fmt: skip
        wanted = network.copy()
        steps = hand_steps(wanted, self._network)
        self._network = wanted
        return steps

    def send(self, command: Command) -> None:
        """Set a marker; every other command raises a `RigError` that says what a hand can do instead."""
        if isinstance(command, Mark):
            self._source.mark(command.value)
            return
        raise RigError(BY_HAND.get(type(command).__name__, CANNOT), port=self.name)

    def health(self) -> dict[str, int | float | str]:
        """Counters, all numbers, summed over the ports.

        ``ports``, ``ports_open``; ``bytes``, ``lines``, ``bad_lines``, ``text_lines``, ``overlong``,
        ``garbage_bytes`` (see `LineCounters`); ``samples``, ``missing`` (samples), ``gaps``, ``spikes``, ``late``
        (samples after their grid point); ``unplugged``, ``reconnects``; ``rate`` [Hz] and ``baud`` of the first port.
        """
        source = self._source
        health: dict[str, int | float | str] = {
            "ports": len(source.listeners),
            "ports_open": sum(bool(one.open_path) for one in source.listeners),
        }
        for name in ("bytes", "lines", "bad_lines", "text_lines", "overlong", "garbage_bytes"):
            health[name] = sum(getattr(one.parser.counters, name) for one in source.listeners)
        for name, field in (("samples", "n_samples"), ("missing", "n_missing"), ("gaps", "n_gaps"),
                            ("spikes", "n_spikes")):  # fmt: skip
            health[name] = sum(getattr(one, field) for one in source.intakes)
        health["late"] = source.n_late
        health["unplugged"] = sum(one.n_lost for one in source.listeners)
        health["reconnects"] = sum(max(0, one.n_opened - 1) for one in source.listeners)
        health["rate"] = 1 / source.layout.dt if source.layout.neurons or source.layout.traces else 0.0
        health["baud"] = source.listeners[0].baud
        return health

    def port_states(self) -> tuple[PortState, ...]:
        """How each port is doing."""
        return tuple(
            PortState(one.name, one.open_path or one.path, one.state, one.port.identity if one.port else one.path,
                      one.baud, 1 / intake.setup.dt if intake.setup is not None else 0.0)
            for one, intake in zip(self._source.listeners, self._source.intakes, strict=True)
        )  # fmt: skip

    def real_boards(self) -> dict[int, RealBoard]:
        """By neuron, the boards that are on the table: here all of them."""
        found: dict[int, RealBoard] = {}
        for state, intake in zip(self.port_states(), self.source.intakes, strict=True):
            n = len(intake.setup.neurons) if intake.setup is not None else 0
            for place in range(n):
                found[len(found)] = RealBoard(place, state.name, state.state != "reading", state.virtual)
        return found

    def close(self) -> None:
        """Let go of the ports. Reading afterwards raises `EOFError`."""
        self._source.close()


CANNOT = mark("{port} only prints numbers: it can't be told anything")
BY_HAND = {
    "SetParameter": mark("{port} only prints numbers: turn the trimmer by hand"),
    "Pulse": mark("{port} only prints numbers: touch 3 V to the dendrite's pin with a wire instead"),
    "Kick": mark("{port} only prints numbers: turn the leak trimmer up until the neuron fires instead"),
    "SetSpeed": mark("{port} is a real board: its time can't be stretched"),
    "SetPaused": mark("{port} is a real board: it can't be paused; freeze the scope instead"),
    "StepOnce": mark("{port} is a real board: it can't be paused; freeze the scope instead"),
    "Seek": mark("{port} is live: only a recording can be scrubbed"),
}


_PLUS = mark("set the switch of dendrite {k} of {neuron} to + (excites)")
_MINUS = mark("set the switch of dendrite {k} of {neuron} to − (inhibits)")


def hand_steps(wanted: Network, before: Network | None) -> list[HandStep]:
    """What a hand must do on the table to make it `wanted`; all of it where nothing is known of `before`."""
    steps: list[HandStep] = []
    at = {name: i for i, name in enumerate(before.names)} if before is not None else {}

    def changed(i: int, parameter: str) -> bool:
        j = at.get(wanted.names[i], -1)
        return before is None or j < 0 or before.parameter(parameter)[j] != wanted.parameter(parameter)[i]

    for i, name in enumerate(wanted.names):
        for knob in KNOBS:
            if changed(i, knob.parameter):
                percent = f"{knob.percent(float(wanted.parameter(knob.parameter)[i])):.0f}"
                steps.append(HandStep(i, knob.name, tr("turn {knob} of {neuron} to {percent} %", knob=knob.name,
                                                       neuron=name, percent=percent)))  # fmt: skip
        for k in (1, 2, 3):
            if changed(i, f"sign_{k}"):
                sign = float(wanted.parameter(f"sign_{k}")[i])
                steps.append(HandStep(i, f"sign_{k}", tr(_PLUS if sign > 0 else _MINUS, k=k, neuron=name)))
    return [*steps, *_wire_steps(wanted, before)]


def _wire_steps(wanted: Network, before: Network | None) -> list[HandStep]:
    new, old = _wires(wanted), _wires(before) if before is not None else []
    at = {name: i for i, name in enumerate(wanted.names)}  # −1 where the board is gone
    steps = [HandStep(at.get(pre, -1), "wire",
                      tr("pull the wire from {pre} to dendrite {k} of {post}", pre=pre, k=k, post=post))
             for pre, post, k in old if (pre, post, k) not in new]  # fmt: skip
    steps += [HandStep(at[pre], "wire",
                       tr("plug a wire from {pre}'s axon to dendrite {k} of {post}", pre=pre, k=k, post=post))
              for pre, post, k in new if (pre, post, k) not in old]  # fmt: skip
    return steps


def _wires(network: Network) -> list[tuple[str, str, int]]:
    """From whom to whom, and to which dendrite from 1 on."""
    every, names = network.connections, network.names
    return [(names[pre], names[post], synapse + 1)
            for pre, post, synapse in zip(every.pre.tolist(), every.post.tolist(), every.synapse.tolist(),
                                          strict=True)]  # fmt: skip
