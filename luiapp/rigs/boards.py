"""Boards behind ports, whatever stands between: an adapter that speaks frames, or a sketch that prints lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from luiapp.errors import ParameterError
from luiapp.link.adapter import Adapter, answers_as_adapter
from luiapp.link.columns import BoardSettings
from luiapp.link.port import Port, Transport, list_all, open_at, real_path
from luiapp.rigs.adapter import NAME, AdapterRig, open_adapter, parse_adapters
from luiapp.rigs.board import BoardRig, PortSpec, parse_ports

PATIENCE = 0.6  # s for an answer to a greeting
PATIENCE_RESET = 3.0  # s, where opening the port starts the device anew


def open_boards(
    text: str, *, settings: BoardSettings | None = None, lister: Callable[[], list[Port]] = list_all
) -> BoardRig:
    """The rig behind ``"PORT[@BAUD][#BOARDS][,PORT2…]"``, or ``"virtual"``.

    A port without a baud rate is greeted as an adapter is; what doesn't answer is read as lines. With a baud rate it
    is read as lines at once, and with a number of boards it is an adapter. A port that isn't there is waited for, as
    one that prints lines. A `ParameterError` says what is wrong with `text`.
    """
    if "#" in text or NAME in [part.strip() for part in text.split(",")]:
        return open_adapter(text)
    specs = parse_ports(text)
    if settings is not None or any(one.baud for one in specs):
        return BoardRig(specs, settings)
    found = ask(specs, lister)
    adapters = [adapter for adapter, answered in found.values() if answered]
    if len(adapters) == len(specs):
        return AdapterRig(adapters, [one.n_boards for one in parse_adapters(text)])
    if adapters:
        other = next(path for path, (_, answered) in found.items() if not answered)
        for adapter, _ in found.values():
            adapter.close()
        raise ParameterError("{adapter} is an adapter and {other} prints lines; open one of them at a time",
                             adapter=adapters[0].label, other=other)  # fmt: skip
    wires = {path: adapter.let_go() for path, (adapter, _) in found.items()}
    return BoardRig(specs, opener=lambda path, baud: _hand_over(wires, path, baud))


def ask(specs: Sequence[PortSpec], lister: Callable[[], list[Port]] = list_all) -> dict[str, tuple[Adapter, bool]]:
    """Greet each port as an adapter is greeted: by its path, and whether it answered."""
    try:
        ports = {port.path: port for port in lister()}
    except OSError:
        ports = {}
    found = {}
    for one in specs:
        port = ports.get(real_path(one.path))
        resets = port is not None and port.board is not None and port.board.resets
        adapter = Adapter(one.path)
        found[one.path] = adapter, answers_as_adapter(adapter, PATIENCE_RESET if resets else PATIENCE)
    return found


def _hand_over(wires: dict[str, Transport | None], path: str, baud: int) -> Transport:
    """The wire that was opened to ask, at another speed; closing and opening it would start some boards anew."""
    wire = wires.pop(path, None)
    if wire is None:
        return open_at(path, baud)
    wire.set_baud(baud)
    return wire
