"""Rigs by their text, as on the command line: ``sim``, ``sim:ring``, ``board:/dev/ttyACM0``, ``replay:lesson.mcap``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from luiapp.errors import ParameterError
from luiapp.model.network import Network
from luiapp.stream.source import Rig

if TYPE_CHECKING:
    from luiapp.chip.calibrate import Calibration

FIRST_EXAMPLE = "single"
FIRST_CHIP = 7
_CALIBRATION = "?calibration="


def _circuit(name: str) -> Network:
    """An example of the library, or a circuit from a file."""
    from luiapp.files.networks import read_network
    from luiapp.model.library import EXAMPLES

    if name in EXAMPLES:
        return EXAMPLES[name].build()
    if Path(name).suffix:
        return read_network(name)
    raise ParameterError("there is no example '{name}'; there are {names}, or name a file such as circuit.json",
                         name=name, names=", ".join(EXAMPLES))  # fmt: skip


def _sim(text: str) -> Rig:
    from luiapp.rigs.sim import SimRig

    return SimRig(_circuit(text or FIRST_EXAMPLE))


def _hybrid(text: str) -> Rig:
    from luiapp.rigs.hybrid import open_hybrid
    from luiapp.rigs.hybrid_chip import open_beside

    if text.startswith("chip:"):
        return open_beside(*_calibrated(text), _circuit)
    return open_hybrid(text, _circuit)  # type: ignore[return-value]


def _board(text: str) -> Rig:
    from luiapp.rigs.boards import open_boards

    return open_boards(text)


def _replay(text: str) -> Rig:
    from luiapp.rigs.replay import ReplayRig

    if not text:
        raise ParameterError("name the recording behind 'replay:', such as replay:lesson.mcap")
    return ReplayRig(text)


def _calibrated(text: str) -> tuple[str, Calibration | None]:
    """A text without the calibration at its end, and that."""
    from luiapp.chip.store import open_calibration

    text, _, path = text.partition(_CALIBRATION)
    return text, open_calibration(path) if path else None


def _chip(text: str) -> Rig:
    """A chip by its serial number, with a circuit from a file behind a comma, and a calibration at the end."""
    from luiapp.files.networks import read_network
    from luiapp.rigs.chip import ChipRig

    text, calibration = _calibrated(text)
    serial, _, path = text.partition(",")
    if serial and not serial.isdecimal():
        raise ParameterError("'{text}' is no serial number of a chip; write chip:7, chip:7,circuit.json, or "
                             "chip:7?calibration=seven.npz", text=serial)  # fmt: skip
    return ChipRig(
        read_network(path) if path else None,
        serial=int(serial or FIRST_CHIP),
        calibration=calibration,
    )


# What stands before the colon, and how to open what stands behind it. Each opener imports what it needs.
RIGS: dict[str, Callable[[str], Rig]] = {
    "sim": _sim, "board": _board, "replay": _replay, "chip": _chip, "hybrid": _hybrid,
}  # fmt: skip


def open_rig(text: str) -> Rig:
    """Open the rig called `text`.

    Parameters
    ----------
    text : str
        ``"sim"``, ``"sim:EXAMPLE"``, ``"sim:FILE.json"``, ``"board:PORT[@BAUD][,PORT2…]"``,
        ``"board:virtual"``, ``"replay:FILE"``, ``"chip:SERIAL[,FILE.json][?calibration=FILE.npz]"`` or
        ``"hybrid:PORT,CIRCUIT,NEURON=BOARD…"`` or ``"hybrid:chip:SERIAL,CIRCUIT,NEURON…[?calibration=FILE.npz]"``.

    Raises
    ------
    ParameterError
        If there is no such rig.
    FileError, FormatError
        If a file can't be read.
    """
    kind, _, rest = text.partition(":")
    if kind not in RIGS:
        raise ParameterError("there is no rig '{name}'; there are {names}", name=kind, names=", ".join(RIGS))
    return RIGS[kind](rest)
