"""What a source and a rig are, and the commands that go down to a rig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from luiapp.data.chunk import Chunk, Layout
from luiapp.model.lui import SPIKE_WIDTH
from luiapp.model.network import Network


class Source(Protocol):
    """Where chunks come from. Owns no thread; read by one thread only."""

    @property
    def layout(self) -> Layout:
        """What its columns mean at present."""

    def read(self, timeout: float) -> Chunk | None:
        """The next chunk, after at most about `timeout` seconds; None if nothing came.

        Raises `EOFError` when nothing will ever come again (a replay that doesn't loop), `LuiError` on a fault that
        a person must hear of; after a `LuiError` reading may go on.
        """


@dataclass(frozen=True)
class SetParameter:
    """Turn a knob: set parameter `name` of neuron `i_neuron` (SI)."""

    i_neuron: int
    name: str
    value: float


@dataclass(frozen=True)
class Pulse:
    """An event at a dendrite, `width` seconds wide; for 'lif', with `weight` [V]."""

    i_neuron: int
    synapse: int = 0
    width: float = SPIKE_WIDTH
    weight: float = 1.0


@dataclass(frozen=True)
class Kick:
    """Make a neuron spike now, by lifting its membrane to the threshold."""

    i_neuron: int


@dataclass(frozen=True)
class SetSpeed:
    """Run at `factor` times real time (0.1 to 10)."""

    factor: float


@dataclass(frozen=True)
class SetPaused:
    """Hold the rig's time, or let it run."""

    paused: bool


@dataclass(frozen=True)
class StepOnce:
    """While paused: go on by `duration` seconds of the rig's time."""

    duration: float = 10e-3


@dataclass(frozen=True)
class Mark:
    """Set a marker (0–9, or a short text) at the present time."""

    value: int | str


@dataclass(frozen=True)
class Seek:
    """Replay only: go to `time` [s] of the recording."""

    time: float


Command = SetParameter | Pulse | Kick | SetSpeed | SetPaused | StepOnce | Mark | Seek
Settable = Literal["by wire", "by hand", "fixed"]


@dataclass(frozen=True)
class HandStep:
    """What is left for a hand to do after `Rig.apply`, such as turning w1 of N3 to 40 %.

    ``i_neuron`` is −1 where the board isn't in the circuit any more.
    """

    i_neuron: int
    name: str
    text: str


@dataclass(frozen=True)
class Description:
    """What a rig can do.

    Attributes
    ----------
    parameters : dict
        For each parameter of its neurons: ``"by wire"``, ``"by hand"`` or ``"fixed"``.
    commands : frozenset of type
        The commands it obeys; others raise `RigError`.
    can_rewire : bool
        Whether `Rig.apply` changes the circuit.
    duration : float or None
        Length of a replay [s]; None for what is live.
    """

    parameters: dict[str, Settable]
    commands: frozenset[type]
    can_rewire: bool
    duration: float | None = None


class Rig(Protocol):
    """Stimulator, neurons and acquisition: the thing on the table, real or not."""

    name: str  # for people, such as "ttyACM0" or a file's name
    kind: str  # "sim", "board", "hybrid", "replay", "chip": the badge

    @property
    def source(self) -> Source:
        """Its stream."""

    @property
    def network(self) -> Network | None:
        """A copy of the circuit it runs, where that is known."""

    def describe(self) -> Description:
        """What it can do."""

    def apply(self, network: Network) -> list[HandStep]:
        """Make it `network`, running on where neurons stay the same; returns what is left to do by hand.

        May be called from any thread; takes effect at the next read. Raises `RigError` if it can't.
        """

    def send(self, command: Command) -> None:
        """Obey a command, at the next read. May be called from any thread. Raises `RigError` if it can't."""

    def health(self) -> dict[str, int | float | str]:
        """Public counters (samples, gaps, bad lines, reconnects, lag …), by name."""

    def close(self) -> None:
        """Let go of everything. Reading afterwards raises `EOFError`."""
