"""Boards behind adapters: membranes sampled in step, spikes to half a microsecond, and stimuli by wire."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from luiapp.data.chunk import Event, Layout
from luiapp.errors import ParameterError, RigError
from luiapp.link import messages as msg
from luiapp.link.adapter import BAUD, Adapter, label_bytes
from luiapp.link.adapter_intake import AdapterIntake
from luiapp.link.calibration import corrected
from luiapp.link.message import Message
from luiapp.model.network import Network
from luiapp.rigs.board import BY_HAND, CANNOT, BoardRig, PortState
from luiapp.rigs.wires import Feeding, WireSource
from luiapp.stream.source import Command, Description, HandStep, Kick, Mark, Pulse
from luiapp.texts import mark, tr

POLL = 0.004  # s between two looks
MOST_BOARDS = 8
NAME = "virtual"  # of the adapter that isn't there, as a port
MOST_ADAPTERS = 8
_WIDTHS = (10e-6, 0.655)  # s, what a pulse can last
ENDLESS = 0xFFFF


@dataclass(frozen=True)
class AdapterSpec:
    """An adapter to open: its port, and how many boards are plugged into it."""

    path: str
    n_boards: int = MOST_BOARDS


def parse_adapters(text: str) -> list[AdapterSpec]:
    """The adapters in ``"PORT[#BOARDS][,PORT2…]"``.

    Raises
    ------
    ParameterError
        If there is none or too many, one comes twice, or the number of boards isn't 1 to 8.
    """
    specs: list[AdapterSpec] = []
    for part in (p.strip() for p in text.split(",")):
        path, sign, boards = part.partition("#")
        if not path:
            raise ParameterError("a port is missing in '{text}'; write PORT, PORT#BOARDS or PORT,PORT", text=text)
        if sign and not (boards.isascii() and boards.isdigit() and 1 <= int(boards) <= MOST_BOARDS):
            raise ParameterError("'{boards}' is not a number of boards; write for example {port}#3",
                                 boards=boards, port=path)  # fmt: skip
        if path in [one.path for one in specs]:
            raise ParameterError("the port {port} is named twice", port=path)
        specs.append(AdapterSpec(path, int(boards) if sign else MOST_BOARDS))
    if len(specs) > MOST_ADAPTERS:
        raise ParameterError("at most {limit} adapters can be read at once, not {n}", limit=MOST_ADAPTERS, n=len(specs))
    return specs


class AdapterSource(WireSource):
    """The stream of one or several adapters, each on its own clock as fitted by pings. Closing ends all stimuli."""

    def __init__(
        self,
        adapters: Sequence[Adapter],
        n_boards: Sequence[int],
        *,
        period: float = 1e-3,
        clock: Callable[[], float] = time.monotonic,
        beside: Sequence[Feeding] = (),
    ) -> None:
        several = len(adapters) > 1
        self.adapters = tuple(adapters)
        self.intakes = tuple(AdapterIntake(one, period=period, n_boards=n, several=several)
                             for one, n in zip(adapters, n_boards, strict=True))  # fmt: skip
        super().__init__((*beside, *self.intakes), Layout(period, (), (), "board"), poll_every=POLL, clock=clock)

    def board(self, i_neuron: int) -> tuple[Adapter, int]:
        """The adapter of a neuron, and its board there. Raises `RigError` where there is none (yet)."""
        with self._lock:
            i = i_neuron
            for adapter, intake in zip(self.adapters, self.intakes, strict=True):
                n = len(intake.setup.neurons) if intake.setup is not None else 0
                if 0 <= i < n:
                    if adapter.state != "ready":
                        raise RigError("{port} isn't connected at present; plug it in again", port=adapter.label)
                    return adapter, i
                i -= n
        raise RigError("there is no neuron {value}; there are {n}", value=i_neuron, n=i_neuron - i)

    def request(self, adapter: Adapter, message: Message) -> None:
        """Send a message to one of the adapters."""
        with self._lock:
            adapter.send(message)

    def interrupt(self, i_adapter: int, *messages: Message) -> None:
        """Send messages that an adapter obeys only while it doesn't stream, and let it stream on."""
        with self._lock:
            self.intakes[i_adapter].interrupt(messages, self._clock())

    def _let_go(self) -> None:
        for one in self.adapters:
            one.close()

    def _poll(self, now: float) -> None:
        for adapter, intake in zip(self.adapters, self.intakes, strict=True):
            taken = [other.open_path for other in self.adapters if other is not adapter and other.open_path]
            intake.feed(adapter.poll(now, taken), now)
        self._put(now)

    def _flowing(self) -> list[bool]:
        return [one.state == "ready" for one in self.adapters]

    def _name(self, i_input: int) -> str:
        return self.adapters[i_input].label

    def _news(self, now: float) -> list[Event]:
        events: list[Event] = []
        for adapter, intake in zip(self.adapters, self.intakes, strict=True):
            notes = [*adapter.notes, *intake.notes]
            adapter.notes.clear()
            intake.notes.clear()
            events += [Event(now, "link", adapter.name, note.name, note.text) for note in notes]
            if intake.setup is None or not self._layout.neurons:
                continue
            for place, board, synapse, width in intake.done:
                if name := self._neuron_name(intake, board):
                    t = self._stream_time(intake, place)
                    events.append(Event(t, "pulse", name, str(synapse), width))
            intake.done.clear()
        return events

    def _neuron_name(self, intake: AdapterIntake, place: int) -> str:
        """What the board at a place of an adapter is called; empty where there is none."""
        names = intake.setup.neurons if intake.setup is not None else ()
        return names[place] if place < len(names) else ""

    def _stream_time(self, intake: AdapterIntake, place: float) -> float:
        assert intake.setup is not None
        if self._grid is None:
            return place * intake.setup.dt
        return intake.time_of(place, intake.setup.dt) - self._grid.t_zero


class AdapterRig(BoardRig):
    """Lu.i boards behind one or several adapters.

    Like a `BoardRig`, and `Pulse` goes by wire: it comes back as an event of kind ``"pulse"`` whose time and width are
    those at which the line truly rose and fell.

    Parameters
    ----------
    adapters : sequence of Adapter
    n_boards : sequence of int, optional
        Boards plugged into each; 8 where nothing is said.
    period : float
        Sampling interval [s].
    source : AdapterSource, optional
        Theirs, where it is made already.
    """

    def __init__(
        self, adapters: Sequence[Adapter], n_boards: Sequence[int] | None = None, *, period: float = 1e-3,
        source: AdapterSource | None = None,
    ) -> None:  # fmt: skip
        self._adapters = source or AdapterSource(adapters, n_boards or [MOST_BOARDS] * len(adapters), period=period)
        self._names = ", ".join(one.name for one in adapters)
        self._network: Network | None = None

    @property
    def name(self) -> str:  # type: ignore[override]
        """The adapters' labels; virtual ones are marked."""
        known = [one for one in self.source.adapters if one.info is not None]
        names = [tr("{label} (virtual)", label=one.label) if one.is_virtual else one.label for one in known]
        return ", ".join(names) or (tr("virtual adapter") if self._names == NAME else self._names)

    @property
    def source(self) -> AdapterSource:  # type: ignore[override]
        """Its stream."""
        return self._adapters

    def describe(self) -> Description:
        """Trimmers, switches: by hand. Cell and parts: fixed. Commands: `Pulse` by wire, and `Mark`."""
        return Description(super().describe().parameters, frozenset({Mark, Pulse}), can_rewire=False)

    def apply(self, network: Network) -> list[HandStep]:
        """As `BoardRig.apply`; raises `RigError` also where there are more boards than the adapters have inputs."""
        most = sum(len(one.setup.neurons) for one in self.source.intakes if one.setup is not None)
        if most and network.n_neurons > most:
            raise RigError("{n} boards are wanted, and the adapters have inputs for {most}; use another adapter",
                           n=network.n_neurons, most=most)  # fmt: skip
        return super().apply(network)

    def send(self, command: Command) -> None:
        """`Pulse` and `Mark`; every other command raises a `RigError` that says what a hand can do instead."""
        match command:
            case Mark(value):
                self.source.mark(value)
            case Pulse(i_neuron, synapse, width):
                self.stimulate(i_neuron, synapse, width=width)
            case Kick():
                raise RigError(_KICK, port=self.name)
            case _:
                raise RigError(BY_HAND.get(type(command).__name__, CANNOT), port=self.name)

    def stimulate(
        self, i_neuron: int, synapse: int, *, width: float = 15.9e-3, n: int = 1, period: float = 0.05
    ) -> None:
        """Pulses on a dendrite by wire, in the place of what the line was doing.

        Parameters
        ----------
        n : int
            How many; 0 for silence, 65535 for pulses without end.
        width, period : float
            Of a pulse, and from one to the next [s].

        Raises
        ------
        RigError
            If there is no such dendrite, its adapter isn't connected, or it can't give such pulses.
        """
        adapter, board = self.source.board(i_neuron)
        if not 0 <= synapse < 3:
            raise RigError("a board has the dendrites 0, 1 and 2, not {value}", value=synapse)
        if not _WIDTHS[0] <= width <= _WIDTHS[1]:
            raise RigError("a pulse lasts 0.01 to 655 ms by wire, not {value} ms", value=f"{1000 * width:g}")
        if n > 1 and not width < period <= 6.5:
            raise RigError("pulses follow each other after 6.5 s at most and more than their width, not {value} s",
                           value=f"{period:g}")  # fmt: skip
        if not 0 <= n <= ENDLESS:
            raise RigError("a train has 0 to 65535 pulses, not {value}", value=n)
        stim = msg.Stim(3 * board + synapse, round(width * 1e5), n, round(period * 1e4) if n > 1 else 0, 0)
        self.source.request(adapter, stim)

    def rename(self, label: str, i_adapter: int = 0) -> None:
        """Give an adapter a name, which it keeps. Raises `ParameterError` if it is no name, or too long."""
        one = self.source.adapters[i_adapter]
        uid = one.info.uid if one.info is not None and any(one.info.uid) else secrets.token_bytes(8)
        self.source.interrupt(i_adapter, msg.SetId(uid, label_bytes(label)))

    def test(self, i_adapter: int = 0) -> None:
        """Let an adapter look at itself; `AdapterIntake.self_test` has the result within a second."""
        self.source.intakes[i_adapter].self_test = None
        self.source.interrupt(i_adapter, msg.SelfTest())

    def calibrate(self, i_neuron: int, shown: float, true: float) -> None:
        """Make a board's membrane read `true` [V], as by a meter, where it reads `shown` now; the adapter remembers.

        Raises `RigError` where there is no such board, `ParameterError` where they differ too much; see `corrected`.
        """
        adapter, board = self.source.board(i_neuron)
        i = self.source.adapters.index(adapter)
        gain, offset = self.source.intakes[i].calibration.get(board, (0.0, 0.0))
        offset = corrected(board + 1, shown, true, offset)
        told = msg.CalibrationSet(board, round(gain * 1e6), round(offset * 1e6))
        self.source.interrupt(i, told, msg.CalibrationGet(board))

    def uncalibrate(self, i_neuron: int) -> None:
        """Forget a board's correction. Raises `RigError` where there is no such board."""
        adapter, board = self.source.board(i_neuron)
        self.source.interrupt(self.source.adapters.index(adapter), msg.CalibrationSet(board, 0, 0),
                              msg.CalibrationGet(board))  # fmt: skip

    def health(self) -> dict[str, int | float | str]:
        """Counters, all numbers, summed over the adapters.

        ``ports``, ``ports_open``, ``virtual`` (how many are); ``samples``, ``missing``, ``gaps``, ``spikes``;
        ``bad_frames``, ``lost_frames``, ``unanswered``, ``restarts``, ``unplugged``, ``reconnects`` as seen from here;
        ``lost_sets``, ``overruns``, ``lost_spikes``, ``late_edges``, ``watchdog`` as told by the devices; ``rate``
        [Hz], ``round_trip_ms`` and ``drift_ppm`` of the first one, where known.
        """
        source = self.source
        health: dict[str, int | float | str] = {
            "ports": len(source.adapters),
            "ports_open": sum(one.state == "ready" for one in source.adapters),
            "virtual": sum(one.is_virtual for one in source.adapters),
        }
        for name, field in (("samples", "n_samples"), ("missing", "n_missing"), ("gaps", "n_gaps"),
                            ("spikes", "n_spikes")):  # fmt: skip
            health[name] = sum(getattr(one, field) for one in source.intakes)
        for name in ("bad_frames", "lost_frames", "unanswered", "restarts"):
            health[name] = sum(getattr(one.counters, name) for one in source.adapters)
        for name in ("lost_sets", "overruns", "lost_spikes", "late_edges", "watchdog"):
            health[name] = sum(getattr(one.status, name) for one in source.adapters if one.status is not None)
        health["unplugged"] = sum(one.n_lost for one in source.adapters)
        health["reconnects"] = sum(max(0, one.n_opened - 1) for one in source.adapters)
        health["rate"] = 1 / source.layout.dt if source.layout.neurons else 0.0
        clock = source.adapters[0].device_clock
        for name, value in (("round_trip_ms", 1000 * clock.round_trip), ("drift_ppm", clock.drift_ppm)):
            if math.isfinite(value):
                health[name] = round(float(value), 2)
        return health

    def port_states(self) -> tuple[PortState, ...]:
        """How each adapter's port is doing."""
        words = {"waiting": "waiting", "ready": "reading"}
        return tuple(
            PortState(one.label, one.open_path or one.path, words.get(one.state, "listening"), one.path, BAUD,
                      1 / intake.setup.dt if intake.setup is not None else 0.0, one.is_virtual)
            for one, intake in zip(self.source.adapters, self.source.intakes, strict=True)
        )  # fmt: skip

    def close(self) -> None:
        """Stop stimuli and let go of the ports. Reading afterwards raises `EOFError`."""
        self.source.close()


def open_adapter(text: str) -> AdapterRig:
    """The rig behind ``"PORT[#BOARDS][,PORT2…]"``; ``virtual`` as a port is an adapter that isn't there.

    A port that isn't there yet is waited for. A `ParameterError` says what is wrong with `text`.
    """
    from luiapp.rigs.virtual import virtual_adapter

    specs = parse_adapters(text)
    adapters = [virtual_adapter() if one.path == NAME else Adapter(one.path) for one in specs]
    return AdapterRig(adapters, [one.n_boards for one in specs])


_KICK = mark("{port} can't lift a membrane: send a pulse instead (keys 1, 2 and 3)")
