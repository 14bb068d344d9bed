"""Which ports are there, which are chosen, and what to open: without Qt, so that it can be tested alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from luiapp.errors import ParameterError
from luiapp.texts import mark, tr
from luiapp.units import parse_quantity

BAUDS = (9600, 19200, 38400, 57600, 115200, 230400, 250000, 460800, 500000, 921600, 1000000, 2000000)
UNITS = (("", mark("as printed by the sketch, or found out")), ("3.3", mark("counts of a 3.3 V board")),
         ("5.0", mark("counts of a 5 V board")))  # fmt: skip


WEAK_CELL = 2.4  # V under load; below it a coin cell is soon empty
VIRTUAL = "virtual"  # the adapter that isn't there, as a path


@dataclass
class Ports:
    """The ports of the list: what the system tells, what was typed, what is ticked.

    Attributes
    ----------
    found : list
        `PortInfo` of the link room, in its order.
    typed : list of str
        Paths that a person added; they stay although the system doesn't list them.
    """

    found: list[Any] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    ticked: list[str] = field(default_factory=list)
    baud: int = 0  # 0: found out
    vref: str = ""  # a key of `UNITS`

    def update(self, found: Sequence[Any]) -> tuple[list[str], list[str]]:
        """Take a new list of the system. Returns (paths that came, paths that went)."""
        before, now = [p.path for p in self.found], [p.path for p in found]
        self.found = list(found)
        return [p for p in now if p not in before], [p for p in before if p not in now]

    def paths(self) -> list[str]:
        """Every path to be shown: the system's, then those that were typed, and the one that needs no port."""
        listed = [p.path for p in self.found]
        return [*listed, *(p for p in self.typed if p not in listed), VIRTUAL]

    @property
    def has_port(self) -> bool:
        """Whether there is one at all."""
        return self.paths() != [VIRTUAL]

    def info(self, path: str) -> Any:
        """What the system tells of `path`; None for a typed one."""
        return next((p for p in self.found if p.path == path), None)

    def add(self, path: str) -> str:
        """Add a path by hand. Raises `ParameterError` if there is nothing in it."""
        clean = path.strip()
        if not clean or "," in clean:
            raise ParameterError("write the path of one port, such as /dev/ttyACM0 or COM3")
        if clean not in self.paths():
            self.typed.append(clean)
        if clean not in self.ticked:
            self.ticked.append(clean)
        return clean

    def tick(self, path: str, on: bool) -> None:
        """Choose a port, or not any more."""
        self.ticked = [p for p in self.ticked if p != path] + ([path] if on else [])

    def chosen(self, only: str = "") -> list[str]:
        """What would be opened: the ticked ones in the order of the list; else `only`; else the only port there is."""
        ticked = [p for p in self.paths() if p in self.ticked]
        if ticked:
            return ticked
        if only:
            return [only]
        ports = self.paths()[:-1]
        return ports if len(ports) == 1 else []

    def text(self, paths: Sequence[str]) -> str:
        """The rig's text, ``board:PATH[@BAUD][,PATH2…]``."""
        at = f"@{self.baud}" if self.baud and VIRTUAL not in paths else ""
        return "board:" + ",".join(f"{p}{at}" for p in paths)

    def open(self, paths: Sequence[str]) -> Any:
        """The rig. Called in the background; may raise `LuiError`."""
        from luiapp.link.columns import BoardSettings
        from luiapp.rigs.boards import open_boards

        settings = BoardSettings(vref=float(self.vref)) if self.vref else None
        return open_boards(self.text(paths).partition(":")[2], settings=settings)


def parse_baud(text: str) -> int:
    """A baud rate that was typed. Raises `ParameterError`."""
    value = parse_quantity(text, "")
    if not 50 <= value <= 12_000_000 or value != int(value):
        raise ParameterError("'{text}' is not a baud rate; write for example 115200", text=text)
    return int(value)


# Counters of an adapter's link that a teacher must hear of, the gravest first, and what to do about each.
_ADVICE = (
    ("lost_sets", mark("Samples are lost in the adapter: sample fewer boards.")),
    ("overruns", mark("Samples come too fast for the adapter: sample fewer boards.")),
    ("lost_frames", mark("Messages are lost on the way: use another cable, without a hub.")),
    ("bad_frames", mark("Messages arrive broken: use a shorter cable, away from power supplies.")),
    ("lost_spikes", mark("Spikes are lost: is a spike wire loose and rattling?")),
    ("unanswered", mark("Requests stay unanswered: unplug the adapter and plug it in again.")),
    ("restarts", mark("The adapter started anew: is its cable loose?")),
)


def link_sentence(health: dict[str, int | float | str], decimal: str) -> str:
    """How the link to an adapter is doing, in a sentence or two that need no manual."""
    if not health.get("ports_open"):
        return tr("Waiting for the adapter.")
    for name, advice in _ADVICE:
        if health.get(name):
            return tr(advice)
    trip, drift = health.get("round_trip_ms"), health.get("drift_ppm")
    text = tr("All is well: nothing lost.")
    if isinstance(trip, int | float):
        text += " " + tr("It answers in {ms} ms.", ms=f"{trip:.0f}")
    if isinstance(drift, int | float) and abs(drift) >= 1:
        minutes = f"{60 * abs(drift) * 1e-3:.1f}".replace(".", decimal)
        text += " " + (tr("Its clock gains {ms} ms a minute, which is put right.", ms=minutes) if drift > 0
                       else tr("Its clock loses {ms} ms a minute, which is put right.", ms=minutes))  # fmt: skip
    return text


def delay_sentence(health: dict[str, int | float | str]) -> str:
    """What a spike takes between simulation and table, and what that means; as far as any have passed."""
    ms = {name: f"{value:.0f}" for name in ("delay_ms", "delay_99_ms", "out_ms", "back_ms")
          if isinstance(value := health.get(name), int | float)}  # fmt: skip
    if "delay_ms" in ms:
        told = tr("Out to a board and back in, a spike takes {ms} ms; 99 of 100 take at most {most} ms.",
                  ms=ms["delay_ms"], most=ms["delay_99_ms"])  # fmt: skip
    elif "out_ms" in ms:
        told = tr("From the simulation to a board a spike takes {ms} ms.", ms=ms["out_ms"])
    elif "back_ms" in ms:
        told = tr("From a board to the simulation a spike takes {ms} ms.", ms=ms["back_ms"])
    else:
        return tr("No spike has passed between simulation and boards yet.")
    return told + " " + tr("It is as if the wires between both worlds were so long; what is drawn stands where it "
                           "truly was.")  # fmt: skip


def supply_sentence(names: Sequence[str], volts: Sequence[float], decimal: str) -> str:
    """VDD of the boards that have told it by their spikes, and which of them need a new cell; or nothing."""
    known = [(name, v) for name, v in zip(names, volts, strict=False) if v == v]
    if not known:
        return ""
    values = ", ".join(f"{name}\u00a0{v:.2f}\u00a0V".replace(".", decimal) for name, v in known)
    text = tr("Supply, from the height of spikes: {values}.", values=values)
    if weak := [name for name, v in known if v < WEAK_CELL]:
        text += " ⚠ " + tr("New cells soon: {names}.", names=", ".join(weak))
    return text
