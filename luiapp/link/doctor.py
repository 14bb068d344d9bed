"""What `luiapp ports` and `luiapp doctor` tell about the serial ports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from luiapp.link.adapter import Adapter, answers_as_adapter
from luiapp.link.port import Port, list_all, may_use, permission_advice
from luiapp.texts import tr


@dataclass(frozen=True)
class PortInfo:
    """A port, for a person or a script.

    Attributes
    ----------
    usb : str
        ``"2341:0043"``, or empty.
    recognised : str
        The board that its USB numbers nominate, or empty.
    permitted : bool
        Whether this person may use it.
    advice : str
        What to do or to know, in the reader's language; empty where nothing is.
    """

    name: str
    path: str
    description: str
    usb: str
    recognised: str
    serial_number: str
    permitted: bool
    advice: str


def answer(path: str, patience: float = 3.0) -> tuple[bool, str]:
    """Greet what is behind a port: whether an adapter answered, and what is there in a sentence.

    Opening the port starts some boards anew.
    """
    adapter = Adapter(path)
    try:
        if answers_as_adapter(adapter, patience) and adapter.info is not None:
            version = ".".join(map(str, adapter.info.firmware))
            return True, tr("adapter {label}, firmware {version}", label=adapter.label, version=version)
        if adapter.n_opened == 0:
            return False, next((note.text for note in adapter.notes), tr("nothing answered"))
        if adapter.n_bytes:
            return False, tr("no adapter: it sends something else, such as a sketch that prints lines")
        return False, tr("it is silent: no adapter, or its firmware is missing ('luiapp firmware flash')")
    finally:
        adapter.close()


def port_report(ports: Iterable[Port] | None = None) -> list[PortInfo]:
    """All ports that the system lists (or those given), with what to do about each."""
    return [_report(port) for port in (list_all() if ports is None else ports)]


def _report(port: Port) -> PortInfo:
    board = port.board
    permitted = may_use(port.path)
    advice = permission_advice(port.path) if not permitted else ""
    if not advice and board is not None and board.note:
        advice = tr(board.note)
    usb = "" if port.vid is None or port.pid is None else f"{port.vid:04x}:{port.pid:04x}"
    return PortInfo(port.name, port.path, port.description, usb, board.name if board else "",
                    port.serial_number, permitted, advice)  # fmt: skip
